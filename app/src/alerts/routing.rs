//! `/alerts/routing`: the file that says who is told, and the groups that it has made; `/alerts/what-if`: what it would do.

use domain::{
    Fault, Permission,
    alerts::{Considered, Group, Manners, Reached, RoutingVersion, Untold, Verdict, WhatIf, matcher::print_labels},
    form::Typed,
    time::parse_wall,
};
use leptos::prelude::*;

use super::{
    say::{AlertTabs, reason_item},
    seen::alert_title,
};
use crate::{
    components::{
        Badge, Button, ButtonKind, Cell, Column, Empty, EmptyKind, ErrorSummary, Here, LinkButton, MomentField, Notice, PageHead, Panel,
        Table, TextAreaField, Tone, When, duration,
    },
    fault::Answer,
    form::{FormState, PostedForm},
    t, tr,
    visit::Visit,
};

/// `GET /alerts/routing`
pub(super) async fn page(visit: Visit) -> Answer {
    let current = visit.portal.routes.current(&visit.actor).await?;
    let mut typed = Typed::default();
    typed.set("yaml", &current.yaml);
    typed.set("version", current.version);
    show(&visit, current, FormState::fresh(typed)).await
}

/// `POST /alerts/routing`
pub(super) async fn put(visit: Visit, posted: PostedForm) -> Answer {
    visit.actor.require_everywhere(Permission::RouteAlerts)?;
    let version = posted.get("version").parse().unwrap_or(-1);
    let yaml = posted.get("yaml").replace("\r\n", "\n");
    match visit.portal.routes.put(&visit.actor, &yaml, version).await {
        Ok(_) => Ok(visit.go("/alerts/routing", "toast-routing-saved")),
        Err(fault @ (Fault::Invalid(_) | Fault::Conflict(_))) => {
            let current = visit.portal.routes.current(&visit.actor).await?;
            show(&visit, current, FormState::refused(posted.typed, fault)).await
        }
        Err(fault) => Err(fault.into()),
    }
}

const EXAMPLE: &str = "route:\n  receiver: team\n  group_by: [alertname, system]\n  routes:\n    - matchers: [severity=\"critical\"]\n      receiver: duty\n      group_wait: 10s\n      continue: true\nreceivers:\n  - name: team\n    team: true\n  - name: duty\n    channels: [Duty]\ninhibit_rules:\n  - source_matchers: [severity=\"critical\"]\n    target_matchers: [severity=~\"warning|info\"]\n    equal: [system]\nsuppress:\n  changes: true\n";

async fn show(visit: &Visit, current: RoutingVersion, form: FormState) -> Answer {
    let groups = visit.portal.routes.groups(&visit.actor).await?;
    let manners = visit.portal.routes.manners(&visit.actor).await?;
    let may = visit.actor.grants.everywhere.has(Permission::RouteAlerts);
    let imports = may && visit.actor.grants.everywhere.has(Permission::ManageChannels);
    Ok(visit.page_as(form.status(), tr!(visit, "routing-title"), move || {
        let standing = current.yaml.trim().is_empty();
        let about = if current.version == 0 {
            t!("routing-never").into_any()
        } else {
            view! { {t!("routing-version", version = current.version, author = current.author.as_str())}" "<When at=current.at/> }.into_any()
        };
        let file = if may {
            view! {
                <form class="form" method="post" action="/alerts/routing">
                    <input type="hidden" name="version" value=form.get("version")/>
                    <TextAreaField form=&form name="yaml" label=t!("routing-file") hint=t!("routing-file-hint") rows=18 mono=true optional=true/>
                    <div class="form-acts"><Button label=t!("routing-save") kind=ButtonKind::Primary/></div>
                </form>
                <details class="alerts-more">
                    <summary>{t!("routing-example")}</summary>
                    <pre class="mono" tabindex="0">{EXAMPLE}</pre>
                </details>
            }
            .into_any()
        } else if standing {
            view! { <p class="muted">{t!("routing-read-only", permission = Permission::RouteAlerts.name())}</p> }.into_any()
        } else {
            view! { <pre class="mono" tabindex="0">{current.yaml.clone()}</pre> }.into_any()
        };
        view! {
            <PageHead title=t!("routing-title") sub=t!("routing-sub")>
                {imports.then(|| view! { <LinkButton href="/alerts/routing/import" label=t!("routing-import") icon="download"/> })}
            </PageHead>
            <AlertTabs current="/alerts/routing"/>
            <ErrorSummary form=&form labels=vec![("yaml", t!("routing-file"))]/>
            {(standing && may).then(|| view! { <Notice tone=Tone::Accent title=t!("routing-standing")><p>{t!("routing-standing-text")}</p></Notice> })}
            {(standing && !may).then(|| view! { <Notice tone=Tone::Accent title=t!("routing-standing")/> })}
            <div class="stack">
            <Panel title=t!("routing-in-force")>
                <p class="muted">{about}</p>
                {file}
            </Panel>
            <Panel title=t!("routing-quiet") id="quiet">{manner_list(manners)}</Panel>
            <Panel title=t!("routing-groups") id="groups" live="alerts" flush=true>{group_rows(groups)}</Panel>
            </div>
        }
    }))
}

/// What else keeps alerts quiet, and how the file says so.
fn manner_list(manners: Manners) -> impl IntoView {
    let items = [("dependents", manners.dependents), ("changes", manners.changes), ("flapping", manners.flapping)]
        .map(|(name, on)| {
            let (tone, word) = if on { (Tone::Ok, t!("routing-quiet-on")) } else { (Tone::NoData, t!("routing-quiet-off")) };
            view! { <li class="row"><Badge tone word/>{t!(&format!("routing-quiet-{name}"))}" "<code>{format!("suppress.{name}")}</code></li> }
        })
        .collect_view();
    view! { <ul class="stack-tight">{items}</ul> }
}

/// Groups that the page shows, one a row.
const ROWS: usize = 2_000;

fn group_rows(groups: Vec<Group>) -> AnyView {
    if groups.is_empty() {
        return view! { <Empty kind=EmptyKind::Clear title=t!("routing-groups-none") tight=true/> }.into_any();
    }
    let columns = vec![
        Column::new(t!("routing-group")),
        Column::new(t!("routing-receiver")),
        Column::new(t!("routing-alerts")),
        Column::new(t!("routing-told")),
        Column::new(t!("routing-next")),
    ];
    let more = groups.len().saturating_sub(ROWS);
    let rows = groups
        .into_iter()
        .take(ROWS)
        .map(|group| {
            let name =
                if group.standing { group.alerts.first().map_or_else(String::new, alert_title) } else { print_labels(&group.labels) };
            let leaving = group.leaving.then(|| view! { " "<span class="muted">{t!("routing-leaving")}</span> });
            view! {
                <tr>
                    <Cell main=true><span class="mono">{name}</span>{leaving}</Cell>
                    <Cell label=t!("routing-receiver")>{group.receiver}</Cell>
                    <Cell label=t!("routing-alerts") number=true>{group.alerts.len()}</Cell>
                    <Cell label=t!("routing-told")><When at=group.told_at/></Cell>
                    <Cell label=t!("routing-next")><When at=group.next_at/></Cell>
                </tr>
            }
        })
        .collect_view();
    view! {
        <Table caption=t!("routing-groups") columns>{rows}</Table>
        {(more > 0).then(|| view! { <p class="muted">{t!("routing-groups-more", count = more)}</p> })}
    }
    .into_any()
}

/// `GET /alerts/what-if`; `?labels=` and `?at=` ask.
pub(super) async fn what_if(visit: Visit) -> Answer {
    let here = Here::parse(&visit.path_and_query);
    let mut typed = Typed::default();
    typed.set("labels", here.get("labels"));
    typed.set("at", here.get("at"));
    let asked = !here.get("labels").trim().is_empty();
    let at = match here.get("at") {
        "" => Ok(None),
        text => parse_wall(text, &visit.zone)
            .map(Some)
            .ok_or_else(|| Fault::invalid("at", text, domain::Wording::new("changes-expect-wall-time"))),
    };
    let answer = match (asked, at) {
        (true, Ok(at)) => visit.portal.routes.what_if(&visit.actor, here.get("labels"), at).await.map(Some),
        (false, Ok(_)) => Ok(None),
        (_, Err(fault)) => Err(fault),
    };
    let (form, found) = match answer {
        Ok(found) => (FormState::fresh(typed), found),
        Err(fault @ Fault::Invalid(_)) => (FormState::refused(typed, fault), None),
        Err(fault) => return Err(fault.into()),
    };
    Ok(visit.page_as(form.status(), tr!(visit, "whatif-title"), move || {
        view! {
            <PageHead title=t!("whatif-title") sub=t!("whatif-sub")/>
            <AlertTabs current="/alerts/what-if"/>
            <ErrorSummary form=&form labels=vec![("labels", t!("alerts-labels")), ("at", t!("whatif-at"))]/>
            <div class="stack">
            <form class="form" method="get" action="/alerts/what-if">
                <TextAreaField form=&form name="labels" label=t!("alerts-labels") hint=t!("whatif-labels-hint") rows=4 mono=true/>
                <MomentField form=&form name="at" label=t!("whatif-at") hint=t!("whatif-at-hint") optional=true/>
                <div class="form-acts"><Button label=t!("whatif-ask") kind=ButtonKind::Primary/></div>
            </form>
            {found.map(answered)}
            </div>
        }
    }))
}

fn answered(found: WhatIf) -> impl IntoView {
    let silence = format!("/alerts/silences/new?matchers={}", encoded(&print_labels(&found.labels)));
    let team = if found.team.is_some() { found.team_name.clone() } else { t!("whatif-no-team") };
    let told = found.reasons.is_empty();
    let heard = found.is_heard();
    let paging = match found.paging {
        Some(paging) => {
            let href = format!("/oncall/policies/{}", paging.policy);
            view! {
                <div class="stack-tight">
                    <p>{t!("whatif-paging-by")}" "<a href=href>{paging.name}</a></p>
                    {crate::escalations::plan(paging.steps)}
                </div>
            }
            .into_any()
        }
        None if told => view! { <p class="muted">{t!("whatif-paging-none")}</p> }.into_any(),
        None => view! { <p class="muted">{t!("whatif-paging-quiet")}</p> }.into_any(),
    };
    let reasons = found.reasons.into_iter().map(reason_item).collect_view();
    let (tone, verdict) = match (told, heard) {
        (false, _) => (Tone::Maintenance, t!("whatif-quiet")),
        (true, false) => (Tone::P2, t!("whatif-unheard")),
        (true, true) => (Tone::Ok, t!("whatif-tells")),
    };
    view! {
        <div class="stack">
        <Panel title=t!("whatif-answer")>
            <div class="stack-tight">
            <Notice tone title=verdict>
                <p>{t!("whatif-belongs", team = team, system = if found.system_name.is_empty() { "—".to_owned() } else { found.system_name })}</p>
                <ul>{reasons}</ul>
            </Notice>
            {then_notes(&found.untold)}
            <p><LinkButton href=silence label=t!("silences-new") icon="bell-off" small=true/></p>
            </div>
        </Panel>
        <Panel title=t!("whatif-reached") flush=true>{reached_rows(found.reached)}</Panel>
        <Panel title=t!("whatif-paging")>{paging}</Panel>
        <Panel title=t!("whatif-routes") flush=true>{route_rows(found.routes)}</Panel>
        </div>
    }
}

/// Of a moment that is over: what was read from history, and what is as it is now.
fn then_notes(untold: &[Untold]) -> Option<AnyView> {
    if untold.is_empty() {
        return None;
    }
    let lines = untold.iter().map(|what| view! { <li>{t!(&format!("whatif-untold-{what}"))}</li> }).collect_view();
    Some(
        view! {
            <div class="muted small" id="untold">
                <p>{t!("whatif-then")}</p>
                <ul>{lines}</ul>
            </div>
        }
        .into_any(),
    )
}

fn encoded(text: &str) -> String {
    form_urlencoded::byte_serialize(text.as_bytes()).collect()
}

fn reached_rows(reached: Vec<Reached>) -> impl IntoView {
    let columns = vec![
        Column::new(t!("routing-receiver")),
        Column::new(t!("routing-channels")),
        Column::new(t!("routing-group")),
        Column::new(t!("routing-timers")),
    ];
    let rows = reached
        .into_iter()
        .map(|reached| {
            let channels = if reached.channels.is_empty() { t!("routing-no-channels") } else { reached.channels.join(", ") };
            let repeat = if reached.repeat_ms == 0 { t!("routing-never-again") } else { duration(reached.repeat_ms) };
            let timers =
                t!("routing-timers-text", wait = duration(reached.wait_ms), interval = duration(reached.interval_ms), repeat = repeat);
            let mute =
                reached.mute.map(|name| view! { " "<Badge tone=Tone::Maintenance word=t!("routing-mute", name = name) icon="bell-off"/> });
            view! {
                <tr>
                    <Cell main=true>{reached.receiver}{mute}</Cell>
                    <Cell label=t!("routing-channels")>{channels}</Cell>
                    <Cell label=t!("routing-group")><span class="mono">{print_labels(&reached.group)}</span></Cell>
                    <Cell label=t!("routing-timers")>{timers}</Cell>
                </tr>
            }
        })
        .collect_view();
    view! { <Table caption=t!("whatif-reached") columns>{rows}</Table> }
}

/// Every route with what became of it.
pub(super) fn route_rows(routes: Vec<Considered>) -> impl IntoView {
    let columns = vec![Column::new(t!("routing-route")), Column::new(t!("routing-receiver")), Column::new(t!("routing-verdict"))];
    let rows = routes
        .into_iter()
        .map(|route| {
            let (tone, icon, word) = match route.verdict {
                Verdict::Taken => (Tone::Ok, "check", t!("routing-taken")),
                Verdict::Passed => (Tone::Accent, "arrow-right", t!("routing-passed")),
                Verdict::Refused => (Tone::NoData, "x", t!("routing-refused")),
                Verdict::Unreached => (Tone::NoData, "minus", t!("routing-unreached")),
            };
            let indent = "\u{a0}\u{a0}".repeat(route.depth as usize);
            view! {
                <tr>
                    <Cell main=true><span class="mono">{indent}{route.matchers}</span></Cell>
                    <Cell label=t!("routing-receiver")>{route.receiver}</Cell>
                    <Cell label=t!("routing-verdict")>
                        <Badge tone word icon/>" "<span class="mono small">{route.why}</span>
                    </Cell>
                </tr>
            }
        })
        .collect_view();
    view! { <Table caption=t!("whatif-routes") columns>{rows}</Table> }
}
