//! One system, with what belongs to it: incidents, alerts, changes, tools, runs.

use axum::extract::Path;
use domain::{
    Page, PageRequest, Permission, Span, alerts, changes, deployments,
    incidents::{self, Incident},
    monitors,
    systems::{Brief, System},
    time::HOUR,
    tools::{RunFilter, ToolFilter},
    transactions::{self, Question, Tables, Totals},
};
use leptos::prelude::*;

use super::list::tier_word;
use crate::{
    components::{
        Badge, Confirm, Empty, EmptyKind, ErrorSummary, Fact, Facts, Icon, Kpi, Kpis, LinkButton, Markdown, PageHead, Panel, SeverityBadge,
        SuccessKpi, Tone, When, WhenSpan, WhenStyle, full,
    },
    fault::Answer,
    form::FormState,
    t,
    tools::{brief_runs, brief_tools},
    visit::Visit,
};

pub(super) async fn page(visit: Visit, Path(id): Path<String>) -> Answer {
    show(&visit, &id, FormState::default()).await
}

/// The page, after an act that was refused with the reason on top.
pub(super) async fn show(visit: &Visit, id: &str, form: FormState) -> Answer {
    let id = super::id(id)?;
    let portal = &visit.portal;
    let actor = &visit.actor;
    let system = portal.systems.get(actor, &id).await?;
    let few = PageRequest { after: None, limit: 8 };
    let open = incidents::Filter { systems: vec![id.clone()], ..incidents::Filter::default() };
    let firing = alerts::Filter { systems: vec![id.clone()], ..alerts::Filter::default() };
    let planned = changes::Filter { systems: vec![id.clone()], ..changes::Filter::default() };
    let incidents = portal.incidents.list(actor, &open, &few).await?;
    let alerts = portal.alerts.list(actor, &firing, &few).await?;
    let changes = portal.changes.list(actor, &planned, &few).await?;
    let tools = portal.tools.list(actor, &ToolFilter { system: Some(id.clone()), ..ToolFilter::default() }, &few).await?;
    let brought = deployments::Filter { system: Some(id.clone()), ..deployments::Filter::default() };
    let brought = portal.deployments.list(actor, &brought, &few).await?;
    let runs = portal.tools.runs(actor, &RunFilter { system: Some(id.clone()), ..RunFilter::default() }, &few).await?;
    let watched = monitors::Filter { systems: vec![id.clone()], ..monitors::Filter::default() };
    let monitors = portal.monitors.list(actor, &watched, &few).await?;
    let volume = volume(visit, &system.brief.key).await?;
    let may_edit = actor.may(Permission::EditSystems, &system.brief.team);
    let may_watch = actor.may(Permission::EditMonitors, &system.brief.team);
    let may_ask = actor.may(Permission::RequestChanges, &system.brief.team);
    let may_define = visit.may(Permission::DefineTools);
    let start = tools.items.iter().any(|tool| portal.tools.may_run(actor, tool)).then(|| format!("/tools?system={id}"));
    let post = visit.may(Permission::ManageTokens).then(|| crate::deployments::command(visit, &system.brief.key));
    let title = system.brief.name.clone();
    let status = form.status();
    let reader = visit.clone();
    Ok(visit.page_as(status, title, move || {
        let watch = may_watch.then(|| format!("/monitors/new?system={id}"));
        let strips = crate::monitors::brief(&reader, monitors.items, watch);
        let key = &system.brief.key;
        let volume = volume.map(|(now, before)| kpis(now, before, &format!("/transactions?system={key}")));
        let path = format!("/systems/{id}");
        let query = |page: &str| format!("/{page}?system={id}");
        let (every_incident, every_alert, every_change) = (query("incidents"), query("alerts"), query("changes"));
        let ask = may_ask.then(|| format!("/changes/new?system={id}"));
        let (every_tool, every_run) = (query("tools"), query("runs"));
        let edit = may_edit.then(|| view! { <LinkButton href=format!("{path}/edit") label=t!("systems-edit") icon="pencil"/> });
        let key = system.brief.key.clone();
        let delete = may_edit.then(|| {
            view! {
                <Confirm
                    verb=t!("systems-delete")
                    text=t!("systems-delete-text")
                    action=format!("{path}/delete")
                    type_name=key.clone()
                    icon="trash-2"
                    small=true
                />
            }
        });
        let facts = about(&system);
        let badge = view! { <Badge tone=Tone::Accent word=tier_word(system.brief.tier)/> }.into_any();
        let every_monitor = query("monitors");
        let every_deployment = query("deployments");
        view! {
            <PageHead title=system.brief.name.clone() sub=key.clone() back=("/systems".to_owned(), t!("systems-title")) badges=badge>
                {edit}
            </PageHead>
            <ErrorSummary form=&form/>
            <div class="split">
                <div class="stack">
                    {volume}
                    <Panel title=t!("systems-monitors") id="systems-monitors" live="monitors" acts=all(every_monitor)>{strips}</Panel>
                    <Panel title=t!("systems-alerts") id="systems-alerts" live="alerts" acts=all(every_alert)>
                        {alert_list(alerts)}
                    </Panel>
                    <Panel title=t!("systems-incidents") id="systems-incidents" live="incidents" acts=all(every_incident)>
                        {incident_list(incidents)}
                    </Panel>
                    <Panel title=t!("systems-changes") id="systems-changes" live="changes" acts=all(every_change)>
                        {change_list(changes, ask)}
                    </Panel>
                    <Panel title=t!("deployments-title") id="systems-deployments" live="changes" acts=all(every_deployment)>
                        {crate::deployments::brief(brought.items, post)}
                    </Panel>
                    <Panel title=t!("systems-tools") id="systems-tools" live="runs" acts=all(every_tool)>{brief_tools(tools.items, may_define)}</Panel>
                    <Panel title=t!("systems-runs") id="systems-runs" live="runs" acts=all(every_run)>{brief_runs(runs.items, start)}</Panel>
                </div>
                <div class="stack">{facts} {delete}</div>
            </div>
        }
    }))
}

/// Counts of the last hour and of the same hour a week ago; `None` where the system has never had a transaction.
async fn volume(visit: &Visit, key: &str) -> Result<Option<(Totals, Totals)>, domain::Fault> {
    let Some(span) = Span::new(visit.now.plus(-HOUR), visit.now) else { return Ok(None) };
    let filter = transactions::Filter::default().with("system", key);
    let zone = visit.zone_name.clone();
    let question = Question { span, filter, zone, sort: transactions::Sort::default(), top: 1, tables: Tables::Of(Vec::new()) };
    let analysis = visit.portal.transactions.analyse(&visit.actor, &question).await?;
    Ok(analysis.latest.map(|_| (analysis.totals, analysis.before)))
}

fn kpis(now: Totals, before: Totals, href: &str) -> impl IntoView + use<> {
    let count = |n: u64| i64::try_from(n).unwrap_or(i64::MAX);
    let (total, failed) = (count(now.total), count(now.failed));
    let week_ago = t!("systems-week-ago");
    let was = (count(before.total), count(before.failed), week_ago);
    let href = href.to_owned();
    view! {
        <div id="systems-volume" data-live="transactions">
            <Kpis>
                <Kpi label=t!("systems-volume-hour") value=full(total) href=href.clone()/>
                <SuccessKpi label=t!("systems-success-hour") total failed before=was href/>
            </Kpis>
        </div>
    }
}

fn all(href: String) -> AnyView {
    view! { <a href=href>{t!("systems-all")}</a> }.into_any()
}

fn about(system: &System) -> impl IntoView + use<> {
    let system = system.clone();
    let texts = [(t!("systems-description"), system.description.clone()), (t!("systems-runbook"), system.runbook.clone())];
    view! {
        <Panel title=t!("systems-facts") id="systems-facts" live="systems">
            <Facts stacked=true>
                <Fact name=t!("systems-team")>{system.brief.team_name}</Fact>
                <Fact name=t!("systems-needs")>{briefs(system.needs)}</Fact>
                <Fact name=t!("systems-needed-by")>{briefs(system.needed_by)}</Fact>
                {(!system.links.is_empty())
                    .then(|| {
                        view! {
                            <Fact name=t!("systems-links")>
                                <ul class="systems-links">
                                    {system
                                        .links
                                        .into_iter()
                                        .map(|link| {
                                            view! { <li><a href=link.url rel="noreferrer noopener"><Icon name="external-link"/>{link.label}</a></li> }
                                        })
                                        .collect_view()}
                                </ul>
                            </Fact>
                        }
                    })}
                <Fact name=t!("systems-updated")><When at=system.updated_at/></Fact>
            </Facts>
        </Panel>
        {texts
            .into_iter()
            .filter(|(_, text)| !text.is_empty())
            .map(|(title, text)| view! { <Panel title><Markdown text/></Panel> })
            .collect_view()}
    }
}

fn briefs(systems: Vec<Brief>) -> impl IntoView {
    if systems.is_empty() {
        return crate::components::NULL.into_any();
    }
    let items = systems.into_iter().map(|s| view! { <li><a href=format!("/systems/{}", s.id)>{s.name}</a></li> }).collect_view();
    view! { <ul class="systems-links">{items}</ul> }.into_any()
}

fn alert_list(alerts: Page<alerts::Alert>) -> AnyView {
    if alerts.items.is_empty() {
        return view! { <Empty kind=EmptyKind::Clear title=t!("systems-alerts-none") tight=true/> }.into_any();
    }
    let items = alerts.items.into_iter().map(|alert| {
        view! {
            <li>
                <SeverityBadge level=u8::try_from(alert.severity.rank()).unwrap_or(4)/>
                <a href=format!("/alerts/{}", alert.id)>{crate::alerts::alert_title(&alert)}</a>
            </li>
        }
    });
    view! { <ul class="systems-items">{items.collect_view()}</ul> }.into_any()
}

fn incident_list(incidents: Page<Incident>) -> AnyView {
    if incidents.items.is_empty() {
        return view! { <Empty kind=EmptyKind::Clear title=t!("systems-incidents-none") tight=true/> }.into_any();
    }
    let items = incidents.items.into_iter().map(|incident| {
        view! {
            <li>
                <SeverityBadge level=u8::try_from(incident.severity.rank()).unwrap_or(4)/>
                <a href=format!("/incidents/{}", incident.id)>{incident.label()}" "{crate::alerts::spoken_title(&incident.title, &incident.told)}</a>
                <When at=incident.opened_at style=WhenStyle::Ago/>
            </li>
        }
    });
    view! { <ul class="systems-items">{items.collect_view()}</ul> }.into_any()
}

fn change_list(changes: Page<changes::Summary>, ask: Option<String>) -> AnyView {
    if changes.items.is_empty() {
        return view! {
            <Empty kind=EmptyKind::Clear title=t!("systems-changes-none") tight=true>
                {ask.map(|href| view! { <LinkButton href label=t!("changes-new") icon="plus" small=true/> })}
            </Empty>
        }
        .into_any();
    }
    let items = changes.items.into_iter().map(|change| {
        view! {
            <li>
                <a href=format!("/changes/{}", change.id)>{format!("CHG-{} ", change.number)}{change.title}</a>
                <WhenSpan from=change.window.span.from to=change.window.span.to/>
            </li>
        }
    });
    view! { <ul class="systems-items">{items.collect_view()}</ul> }.into_any()
}
