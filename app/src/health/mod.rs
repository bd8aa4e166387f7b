//! `/admin/health`: whether the portal itself is well.

use domain::{
    Permission,
    health::{Apart, EngineHealth},
};
use leptos::prelude::*;

use crate::{
    fault::Answer,
    routes::{Need, Routes},
    t, tr,
    visit::Visit,
};

/// Its page.
pub fn routes() -> Routes {
    Routes::new().get("/admin/health", Need::Permission(Permission::ManageSettings), show)
}

async fn show(visit: Visit) -> Answer {
    let report = visit.portal.health.report(&visit.actor).await?;
    let (started, now) = (visit.wall(report.started_at), visit.now);
    let sick = report.engines.iter().filter(|e| e.late || e.fault.is_some()).count();
    Ok(visit.page(tr!(visit, "health-title"), move || {
        let tools = match report.tools {
            Apart::Account => t!("health-tools-account"),
            Apart::Wall => t!("health-tools-wall"),
            Apart::Nothing => t!("health-tools-nothing"),
            Apart::Refused => t!("health-tools-refused"),
        };
        view! {
            <h1>{t!("health-title")}</h1>
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
            <th scope="row">{engine.name}</th>
            <td>
                <span class="badge" data-state=state>
                    <span aria-hidden="true">{shape}</span>
                    " "
                    {word}
                </span>
            </td>
            <td class="number">{ago}</td>
            <td class="number">{format!("{} s", engine.period_ms as f64 / 1000.0)}</td>
            <td class="number">{engine.done.map_or_else(|| "—".to_owned(), |n| n.to_string())}</td>
        </tr>
    }
}
