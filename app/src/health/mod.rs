//! `/admin/health`: whether the portal itself is well.

use domain::{
    PageRequest, Permission,
    health::{Apart, EngineHealth},
    monitors::Filter as MonitorFilter,
    people::UserFilter,
    time::DAY,
};
use leptos::prelude::*;

use crate::{
    components::{ButtonKind, LinkButton, Notice, PageHead, Tone, duration},
    fault::Answer,
    routes::{Need, Routes},
    t,
    tools::obstacle_notice,
    tr,
    visit::Visit,
};

/// Its page.
pub fn routes() -> Routes {
    Routes::new().get("/admin/health", Need::Permission(Permission::ManageSettings), show)
}

async fn show(visit: Visit) -> Answer {
    let report = visit.portal.health.report(&visit.actor).await?;
    let (started, now) = (visit.wall(report.started_at), visit.now);
    // What was refused long ago was mended.
    let refused = report.refused.clone().filter(|refused| now.since(refused.at) < DAY).map(|refused| (visit.wall(refused.at), refused));
    let sick = report.engines.iter().filter(|e| e.late || e.fault.is_some()).count();
    let next = next_steps(&visit).await;
    let obstacle = visit.portal.tools.switch(&visit.actor).await.is_ok_and(domain::tools::Switch::is_on).then(|| obstacle_notice(&visit));
    Ok(visit.page(tr!(visit, "health-title"), move || {
        let tools = match report.tools {
            Apart::Account => t!("health-tools-account"),
            Apart::Wall => t!("health-tools-wall"),
            Apart::Nothing => t!("health-tools-nothing"),
            Apart::Refused => t!("health-tools-refused"),
        };
        view! {
            <PageHead title=t!("health-title")>
                <LinkButton href="/admin/components" label=t!("nav-components") icon="shapes" kind=ButtonKind::Quiet/>
            </PageHead>
            {(!next.is_empty())
                .then(|| {
                    let steps = next.into_iter().map(|(href, key)| view! { <li><a href=href>{t!(key)}</a></li> }).collect_view();
                    view! { <Notice tone=Tone::P4 title=t!("health-next")><ul>{steps}</ul></Notice> }
                })}
            {obstacle}
            {refused
                .map(|(at, refused)| {
                    let told = t!("health-refused-last", at = at, by = refused.by, why = refused.why, count = refused.count);
                    view! { <Notice tone=Tone::P3 title=t!("health-refused")><p>{told}</p></Notice> }
                })}
            <p class="health-verdict" data-state=if sick == 0 { "ok" } else { "p2" }>
                {if sick == 0 { t!("health-all-well") } else { t!("health-some-sick", count = sick) }}
            </p>
            <dl class="facts">
                <dt>{t!("health-version")}</dt>
                <dd>{report.version}</dd>
                <dt>{t!("health-database")}</dt>
                <dd>{report.database}</dd>
                <dt>{t!("health-started")}</dt>
                <dd>{started}</dd>
                <dt>{t!("health-tools")}</dt>
                <dd>{tools}</dd>
            </dl>
            <h2 id="engines">{t!("health-engines")}</h2>
            <section id="engines-live" class="table-wrap" data-live="deliveries,monitors" aria-labelledby="engines" tabindex="0">
                <table class="table">
                    <thead>
                        <tr>
                            <th scope="col">{t!("health-engine")}</th>
                            <th scope="col">{t!("health-state")}</th>
                            <th scope="col" class="number">{t!("health-last-tick")}</th>
                            <th scope="col" class="number">{t!("health-period")}</th>
                            <th scope="col" class="number">{t!("health-done")}</th>
                        </tr>
                    </thead>
                    <tbody>{report.engines.into_iter().map(|engine| row(engine, now)).collect_view()}</tbody>
                </table>
            </section>
        }
    }))
}

/// What is still to be made before the portal has anything to tell: where, and in which words.
async fn next_steps(visit: &Visit) -> Vec<(&'static str, &'static str)> {
    let (portal, actor) = (&visit.portal, &visit.actor);
    let one = PageRequest { after: None, limit: 2 };
    // What cannot be read is not missed: the page is about health.
    let systems = portal.systems.choices(actor, Permission::Read).await.is_ok_and(|systems| systems.is_empty());
    let monitors = portal.monitors.list(actor, &MonitorFilter::default(), &one).await.is_ok_and(|page| page.items.is_empty());
    let alone = portal.people.users(actor, &UserFilter::default(), &one).await.is_ok_and(|page| page.items.len() < 2);
    let policies = portal.escalations.policies(actor).await.unwrap_or_default();
    let unpaged = !systems && policies.is_empty();
    let vain = policies.iter().any(|checked| !checked.warnings.is_empty());
    let steps = [
        (systems, ("/systems/new", "health-next-system")),
        (monitors && !systems, ("/monitors/new", "health-next-monitor")),
        (alone, ("/admin/users/new", "health-next-people")),
        (unpaged, ("/oncall/policies", "health-next-policy")),
        (vain, ("/oncall/policies", "health-next-vain")),
    ];
    steps.into_iter().filter(|(missing, _)| *missing).map(|(_, step)| step).collect()
}

/// What the engine does, in a word; its name where there is none.
fn engine_word(name: &str) -> String {
    let key = format!("health-engine-{name}");
    if crate::i18n::has(&key) { t!(&key) } else { name.to_owned() }
}

/// How often at least, in words; many times a second is always.
fn period_words(ms: i64) -> String {
    if ms < 1_000 { t!("health-always") } else { duration(ms) }
}

fn row(engine: EngineHealth, now: domain::Timestamp) -> impl IntoView {
    let (state, word) = match (&engine.fault, engine.late) {
        (Some(fault), _) => ("p2", t!("health-failed", fault = fault.clone())),
        (None, true) => ("p3", t!("health-late")),
        (None, false) => ("ok", t!("health-well")),
    };
    let shape = if state == "ok" { "●" } else { "▲" };
    let ago = engine.ticked_at.map_or_else(|| "—".to_owned(), |at| t!("health-seconds-ago", seconds = now.since(at) / 1000));
    view! {
        <tr>
            <th scope="row">{engine_word(&engine.name)}</th>
            <td>
                <span class="badge" data-state=state>
                    <span aria-hidden="true">{shape}</span>
                    " "
                    {word}
                </span>
            </td>
            <td class="number">{ago}</td>
            <td class="number">{period_words(engine.period_ms)}</td>
            <td class="number">{engine.done.map_or_else(|| "—".to_owned(), |n| n.to_string())}</td>
        </tr>
    }
}
