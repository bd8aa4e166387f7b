//! `/alerts`: what needs me, unacknowledged first.

use domain::{
    Fault, PageRequest, Permission,
    alerts::{Alert, Filter, Severity, State, matcher::print_labels},
    form::Typed,
    id::AlertId,
};
use jiff::tz::TimeZone;
use leptos::prelude::*;

use super::{
    say::{AlertStateBadge, AlertTabs, LabelChips, QuietBadge, back, level, state_word, system_link},
    seen::title_of,
};
use crate::{
    components::{
        Button, Cell, Column, Empty, EmptyKind, FacetOption, Facets, FilterBar, FilterFold, FilterSearch, FilterSelect, Here, PageHead,
        Pager, PostButton, SeverityBadge, Table, When, WhenStyle,
    },
    csv::{NextPage, stream_csv},
    fault::Answer,
    form::PostedForm,
    t, tr,
    visit::{Visit, current_locale},
};

fn query(visit: &Visit) -> Typed {
    Typed::from_pairs(Here::parse(&visit.path_and_query).pairs().iter().cloned())
}

/// `GET /alerts`
pub(super) async fn page(visit: Visit) -> Answer {
    let query = query(&visit);
    let filter = Filter::parse(&query)?;
    let request = PageRequest::parse(Some(query.get("after")), Some(query.get("limit")))?;
    let page = visit.portal.alerts.list(&visit.actor, &filter, &request).await?;
    let systems = visit.portal.systems.choices(&visit.actor, Permission::Read).await?;
    let systems = systems.into_iter().map(|brief| (brief.id.to_string(), brief.name)).collect::<Vec<_>>();
    let may_export = visit.may(Permission::Export);
    let here = visit.path_and_query.clone();
    let (actor, zone) = (visit.actor.clone(), visit.zone.clone());
    // Nothing for my teams is as good a sign as nothing at all.
    let unfiltered = filter == Filter { mine: filter.mine, ..Filter::default() } && request.after.is_none();
    Ok(visit.page(tr!(visit, "alerts-title"), move || {
        let shown = page.items.len();
        let may_bulk = page.items.iter().any(|alert| can_acknowledge(alert) && actor.may(Permission::AcknowledgeAlerts, &alert.team));
        let body = if shown > 0 {
            let rows = page.items.into_iter().map(|alert| row(alert, &actor, &zone, &here)).collect_view();
            let columns = vec![
                Column::unspoken(t!("alerts-select")),
                Column::new(t!("alerts-alert")),
                Column::new(t!("alerts-state")),
                Column::new(t!("alerts-system")),
                Column::new(t!("alerts-since")),
                Column::new(t!("alerts-incident")),
                Column::new(t!("alerts-acknowledged")),
            ];
            view! { <Table caption=t!("alerts-title") columns>{rows}</Table> }.into_any()
        } else if unfiltered {
            view! { <Empty kind=EmptyKind::Clear title=t!("alerts-clear") text=t!("alerts-clear-text")/> }.into_any()
        } else {
            view! { <Empty kind=EmptyKind::NoMatch title=t!("alerts-no-match")/> }.into_any()
        };
        view! {
            <PageHead title=t!("alerts-title") sub=t!("alerts-sub")/>
            <AlertTabs current="/alerts"/>
            <FilterFold>
                <div class="alerts-facets">
                    <Facets name="state" label=t!("alerts-state") options=states() many=true/>
                    <Facets name="severity" label=t!("alerts-severity") options=severities() many=true/>
                    <Facets name="unacknowledged" label=t!("alerts-acknowledged") options=vec![FacetOption::new("", t!("alerts-any")), FacetOption::new("on", t!("alerts-unacknowledged"))]/>
                    <Facets name="suppressed" label=t!("alerts-notifies") options=vec![FacetOption::new("", t!("alerts-any")), FacetOption::new("no", t!("alerts-notifies-somebody")), FacetOption::new("yes", t!("alerts-notifies-nobody"))]/>
                    <Facets name="mine" label=t!("alerts-mine") options=vec![FacetOption::new("", t!("alerts-all-teams")), FacetOption::new("on", t!("alerts-mine"))]/>
                </div>
                <FilterBar keep=vec!["state", "severity", "unacknowledged", "suppressed", "mine", "incident"]>
                    <FilterSelect name="system" label=t!("alerts-system") options=systems/>
                    <FilterSearch name="label" label=t!("alerts-labels")/>
                </FilterBar>
            </FilterFold>
            {may_bulk.then(|| view! {
                <form id="alerts-bulk" class="alerts-bulk" method="post" action="/alerts/acknowledge">
                    <input type="hidden" name="next" value=Here::now().href()/>
                    <Button label=t!("alerts-acknowledge-selected") icon="check"/>
                </form>
            })}
            <div id="alerts-list" data-live="alerts" data-live-mode="notice">
                {body}
                {if may_export {
                    view! { <Pager shown next=page.next csv="/alerts.csv"/> }.into_any()
                } else {
                    view! { <Pager shown next=page.next/> }.into_any()
                }}
            </div>
        }
    }))
}

fn states() -> Vec<FacetOption> {
    let mut options = vec![FacetOption::new("", t!("alerts-running"))];
    options.extend(State::ALL.iter().map(|state| FacetOption::new(state.name(), state_word(*state))));
    options
}

fn severities() -> Vec<FacetOption> {
    let mut options = vec![FacetOption::new("", t!("alerts-any"))];
    options.extend(Severity::ALL.iter().map(|severity| FacetOption::new(severity.name(), severity.name())));
    options
}

pub(super) fn can_acknowledge(alert: &Alert) -> bool {
    alert.acknowledged_at.is_none() && !alert.state.is_over()
}

fn row(alert: Alert, actor: &domain::Actor, zone: &TimeZone, here: &str) -> impl IntoView + use<> {
    let (open, may) = (can_acknowledge(&alert), actor.may(Permission::AcknowledgeAlerts, &alert.team));
    let (href, title) = (format!("/alerts/{}", alert.id), title_of(&alert, current_locale(), zone));
    let tick = (open && may).then(|| {
        let label = t!("alerts-select-one", title = title.as_str());
        view! {
            <label class="check">
                <input type="checkbox" name="id" value=alert.id.to_string() form="alerts-bulk" data-select=""/>
                <span class="visually-hidden">{label}</span>
            </label>
        }
    });
    let seen = if alert.acknowledged_at.is_some() {
        let by = t!("alerts-by", name = alert.acknowledged_by.as_str());
        view! { <span class="nowrap">{by}" "<When at=alert.acknowledged_at style=WhenStyle::Ago/></span> }.into_any()
    } else if open && may {
        let fields = vec![("next", here.to_owned())];
        view! { <PostButton action=format!("{href}/acknowledge") label=t!("alerts-acknowledge") icon="check" fields small=true key="a"/> }
            .into_any()
    } else {
        "—".into_any()
    };
    let incident = match alert.incident {
        Some(id) => view! { <span><a href=format!("/incidents/{id}")>{t!("alerts-to-incident")}</a></span> }.into_any(),
        None => "—".into_any(),
    };
    let unknown = (alert.holds.is_none() && !alert.state.is_over()).then(|| view! { <span class="muted">" "{t!("alerts-unknown")}</span> });
    view! {
        <tr>
            <Cell>{tick}</Cell>
            <Cell main=true>
                <SeverityBadge level=level(alert.severity)/>
                " "
                <a href=href>{title}</a>
                <LabelChips labels=alert.labels few=true/>
            </Cell>
            <Cell label=t!("alerts-state")><AlertStateBadge state=alert.state/><QuietBadge reasons=alert.suppressed/>{unknown}</Cell>
            <Cell label=t!("alerts-system")><span>{system_link(alert.system.as_ref(), &alert.system_name)}</span></Cell>
            <Cell label=t!("alerts-since")><When at=alert.started_at style=WhenStyle::Ago/></Cell>
            <Cell label=t!("alerts-incident")>{incident}</Cell>
            <Cell label=t!("alerts-acknowledged") acts=true>{seen}</Cell>
        </tr>
    }
}

/// `POST /alerts/acknowledge`: every ticked alert, all or none.
pub(super) async fn acknowledge(visit: Visit, form: PostedForm) -> Answer {
    let ids = form.typed.all("id").iter().map(|id| AlertId::parse(id).ok_or(Fault::NotFound("alert"))).collect::<Result<Vec<_>, _>>()?;
    let fresh = visit.portal.alerts.acknowledge_all(&visit.actor, &ids).await?;
    let toast = if fresh == 0 { "toast-alerts-none" } else { "toast-alert-acknowledged" };
    Ok(visit.go(&back(form.get("next"), "/alerts".into()), toast))
}

/// `GET /alerts.csv`: every alert that the filter matches.
pub(super) async fn csv(visit: Visit) -> Answer {
    visit.actor.require_somewhere(Permission::Export)?;
    let filter = std::sync::Arc::new(Filter::parse(&query(&visit))?);
    let head = [
        "id",
        "title",
        "severity",
        "state",
        "system",
        "detail",
        "started",
        "fired",
        "resolved",
        "acknowledged",
        "acknowledged_by",
        "incident",
        "labels",
    ];
    let fetch = move |after| {
        let (visit, filter) = (visit.clone(), filter.clone());
        let page = PageRequest { after, limit: domain::page::MAX_PAGE };
        Box::pin(async move { visit.portal.alerts.list(&visit.actor, &filter, &page).await }) as NextPage<Alert>
    };
    let cells = |alert: &Alert| {
        let moment = |at: Option<domain::Timestamp>| at.map(domain::Timestamp::rfc3339).unwrap_or_default();
        vec![
            alert.id.to_string(),
            alert.title.clone(),
            alert.severity.to_string(),
            alert.state.to_string(),
            alert.system_name.clone(),
            alert.detail.clone(),
            alert.started_at.rfc3339(),
            moment(alert.fired_at),
            moment(alert.resolved_at),
            moment(alert.acknowledged_at),
            alert.acknowledged_by.clone(),
            alert.incident.as_ref().map(ToString::to_string).unwrap_or_default(),
            print_labels(&alert.labels),
        ]
    };
    Ok(stream_csv("alerts.csv", head.map(str::to_owned).to_vec(), fetch, cells).await?)
}
