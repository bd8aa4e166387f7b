//! `/incidents`: the open ones first in mind, all of them by filter.

use domain::{
    Fault, PageRequest, Permission, Timestamp,
    alerts::Severity,
    form::Typed,
    incidents::{Filter, Impact, Incident, Outage, State},
};
use leptos::prelude::*;

use super::cost::{also, cost_line};
use super::say::{IncidentStateBadge, state_word, system_names};
use crate::{
    alerts::level,
    components::{
        ButtonKind, Cell, Column, Empty, EmptyKind, FacetOption, Facets, FilterBar, FilterFold, FilterSearch, FilterSelect, Here, Lasted,
        LinkButton, NULL, PageHead, Pager, SeverityBadge, Table, When, WhenStyle,
    },
    csv::{NextPage, stream_csv},
    fault::Answer,
    t, tr,
    visit::{Visit, use_visit},
};

fn query(visit: &Visit) -> Typed {
    Typed::from_pairs(Here::parse(&visit.path_and_query).pairs().iter().cloned())
}

/// `GET /incidents`
pub(super) async fn page(visit: Visit) -> Answer {
    let query = query(&visit);
    let filter = Filter::parse(&query)?;
    let request = PageRequest::parse(Some(query.get("after")), Some(query.get("limit")))?;
    let page = visit.portal.incidents.list(&visit.actor, &filter, &request).await?;
    let ids: Vec<_> = page.items.iter().map(|incident| incident.id.clone()).collect();
    let impacts = visit.portal.incidents.impacts(&visit.actor, &ids).await?;
    let systems = visit.portal.systems.choices(&visit.actor, Permission::Read).await?;
    let none = ("none".to_owned(), tr!(visit, "incidents-no-system"));
    let systems = std::iter::once(none).chain(systems.into_iter().map(|brief| (brief.id.to_string(), brief.name))).collect::<Vec<_>>();
    let teams = visit.portal.systems.teams(&visit.actor, Permission::Read).await?;
    let teams = teams.into_iter().map(|team| (team.id.to_string(), team.name)).collect::<Vec<_>>();
    let (may_export, may_open) = (visit.may(Permission::Export), visit.may(Permission::WorkIncidents));
    let may_rule = visit.actor.require_everywhere(Permission::ManageSettings).is_ok();
    let nothing_at_all = filter == Filter::default() && request.after.is_none();
    let only_open = filter == Filter { open: true, ..Filter::default() };
    Ok(visit.page(tr!(visit, "incidents-title"), move || {
        let shown = page.items.len();
        let body = if shown > 0 {
            let columns = vec![
                Column::new(t!("incidents-number")),
                Column::new(t!("incidents-field-title")),
                Column::new(t!("incidents-state")),
                Column::new(t!("incidents-systems")),
                Column::new(t!("incidents-opened")),
                Column::new(t!("incidents-duration")).number(),
                Column::new(t!("incidents-impact")).number(),
                Column::new(t!("incidents-owner")),
            ];
            view! { <Table caption=t!("incidents-title") columns>{page.items.into_iter().zip(impacts).map(row).collect_view()}</Table> }.into_any()
        } else if nothing_at_all || only_open {
            view! { <Empty kind=EmptyKind::Clear title=t!("incidents-clear") text=t!("incidents-clear-text")/> }.into_any()
        } else {
            view! { <Empty kind=EmptyKind::NoMatch title=t!("incidents-no-match")/> }.into_any()
        };
        let mut severities = vec![FacetOption::new("", t!("alerts-any"))];
        severities.extend(Severity::ALL.iter().map(|severity| FacetOption::new(severity.name(), severity.name())));
        let mut states = vec![FacetOption::new("", t!("alerts-any"))];
        states.extend(State::ALL.iter().map(|state| FacetOption::new(state.name(), state_word(*state))));
        view! {
            <PageHead title=t!("incidents-title")>
                <LinkButton href="/incidents/figures" label=t!("incidents-figures") icon="activity" kind=ButtonKind::Quiet/>
                <LinkButton href="/incidents/actions" label=t!("incidents-actions") icon="clipboard-check" kind=ButtonKind::Quiet/>
                {may_rule.then(|| view! { <LinkButton href="/incidents/rules" label=t!("incidents-rules") icon="settings" kind=ButtonKind::Quiet/> })}
                {may_open.then(|| view! { <LinkButton href="/incidents/new" label=t!("incidents-open") icon="plus" kind=ButtonKind::Primary/> })}
            </PageHead>
            <FilterFold>
                <div class="incidents-facets">
                    <Facets name="open" label=t!("incidents-which") options=vec![FacetOption::new("", t!("incidents-all")), FacetOption::new("on", t!("incidents-only-open"))]/>
                    <Facets name="severity" label=t!("alerts-severity") options=severities many=true/>
                    <Facets name="state" label=t!("incidents-state") options=states many=true/>
                    <Facets name="mine" label=t!("incidents-owner") options=vec![FacetOption::new("", t!("incidents-anybody")), FacetOption::new("on", t!("incidents-mine"))]/>
                </div>
                <FilterBar keep=vec!["open", "severity", "state", "mine"]>
                    <FilterSelect name="system" label=t!("alerts-system") options=systems/>
                    <FilterSelect name="team" label=t!("incidents-team") options=teams/>
                    <FilterSearch name="q" label=t!("incidents-search")/>
                </FilterBar>
            </FilterFold>
            <div id="incidents-list" data-live="incidents" data-live-mode="notice">
                {body}
                {if may_export {
                    view! { <Pager shown next=page.next csv="/incidents.csv"/> }.into_any()
                } else {
                    view! { <Pager shown next=page.next/> }.into_any()
                }}
            </div>
        }
    }))
}

fn row((incident, impact): (Incident, Option<Impact>)) -> impl IntoView {
    let cost = impact.as_ref().and_then(cost_line).unwrap_or_else(|| NULL.to_owned());
    let shared =
        impact.filter(|impact| !impact.also.is_empty()).map(|impact| view! { <span class="muted small cost-also">{also(&impact)}</span> });
    let now = use_visit().now;
    let (href, label, ms) = (format!("/incidents/{}", incident.number), incident.label(), incident.duration(now));
    let title = crate::alerts::spoken_title(&incident.title, &incident.told);
    let systems = Some(system_names(&incident)).filter(|names| !names.is_empty()).unwrap_or_else(|| NULL.to_owned());
    let parts = (incident.outages.len() > 1)
        .then(|| view! { " "<span class="muted">{t!("incidents-in-outages", count = incident.outages.len())}</span> });
    let owner = if incident.owner_name.is_empty() { "—".to_owned() } else { incident.owner_name };
    view! {
        <tr>
            <Cell label=t!("incidents-number")><span class="nowrap">{label}</span></Cell>
            <Cell main=true><SeverityBadge level=level(incident.severity)/>" "<a href=href>{title}</a></Cell>
            <Cell label=t!("incidents-state")><IncidentStateBadge state=incident.state/></Cell>
            <Cell label=t!("incidents-systems")>{systems}</Cell>
            <Cell label=t!("incidents-opened")><When at=incident.opened_at style=WhenStyle::Ago/></Cell>
            <Cell label=t!("incidents-duration") number=true><Lasted ms/>{parts}</Cell>
            <Cell label=t!("incidents-impact") number=true>{cost}{shared}</Cell>
            <Cell label=t!("incidents-owner")>{owner}</Cell>
        </tr>
    }
}

/// `GET /incidents.csv`: every incident that the filter matches.
pub(super) async fn csv(visit: Visit) -> Answer {
    visit.actor.require_somewhere(Permission::Export)?;
    let filter = std::sync::Arc::new(Filter::parse(&query(&visit))?);
    let head = [
        "number",
        "title",
        "severity",
        "state",
        "systems",
        "owner",
        "impact",
        "opened",
        "acknowledged",
        "mitigated",
        "resolved",
        "duration_s",
        "reopened",
        "outages",
    ];
    let now = visit.now;
    let fetch = move |after| {
        let (visit, filter) = (visit.clone(), filter.clone());
        let page = PageRequest { after, limit: domain::page::MAX_PAGE };
        Box::pin(async move { visit.portal.incidents.list(&visit.actor, &filter, &page).await }) as NextPage<Incident>
    };
    let cells = move |incident: &Incident| {
        let moment = |at: Option<Timestamp>| at.map(Timestamp::rfc3339).unwrap_or_default();
        vec![
            incident.label(),
            incident.title.clone(),
            incident.severity.to_string(),
            incident.state.to_string(),
            system_names(incident),
            incident.owner_name.clone(),
            incident.impact.clone(),
            incident.opened_at.rfc3339(),
            moment(incident.acknowledged_at),
            moment(incident.mitigated_at),
            moment(incident.resolved_at),
            (incident.duration(now) / 1_000).to_string(),
            incident.reopened.to_string(),
            spans(incident),
        ]
    };
    let answer: Result<_, Fault> = stream_csv("incidents.csv", head.map(str::to_owned).to_vec(), fetch, cells).await;
    Ok(answer?)
}

/// The outages as ISO 8601 intervals, in a row; one that lasts has no end yet.
fn spans(incident: &Incident) -> String {
    let span = |outage: &Outage| format!("{}/{}", outage.from.rfc3339(), outage.to.map_or_else(|| "..".to_owned(), Timestamp::rfc3339));
    incident.outages.iter().map(span).collect::<Vec<_>>().join(" ")
}
