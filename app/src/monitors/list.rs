//! The list of monitors, worst first.

use domain::{
    Fault, PageRequest, Permission,
    form::Typed,
    monitors::{Act, Filter, Row, Shown},
    systems::Brief,
    time::HOUR,
};
use leptos::prelude::*;

use super::words::{ShownBadge, Slots, latency, say_reason, say_shown, say_strip, say_target, to_ms, total};
use crate::{
    components::{
        Button, ButtonKind, Cell, Column, Empty, EmptyKind, FacetOption, Facets, FilterBar, FilterFold, FilterSearch, FilterSelect, Here,
        LinkButton, PageHead, Pager, Sparkline, StatusStrip, Table, When, WhenStyle, duration,
    },
    csv::{NextPage, stream_csv},
    fault::Answer,
    t, tr,
    visit::Visit,
};

fn filter(visit: &Visit) -> Result<Filter, Fault> {
    Filter::parse(&Typed::from_pairs(Here::parse(&visit.path_and_query).pairs().iter().cloned()))
}

pub(super) async fn list(visit: Visit) -> Answer {
    let here = Here::parse(&visit.path_and_query);
    let filter = filter(&visit)?;
    let request = PageRequest::parse(Some(here.get("after")), Some(here.get("limit")))?;
    let page = visit.portal.monitors.list(&visit.actor, &filter, &request).await?;
    let counts = visit.portal.monitors.counts(&visit.actor).await?;
    let systems = visit.portal.monitors.systems(&visit.actor, Permission::Read).await?;
    let may_edit = visit.may(Permission::EditMonitors);
    let csv = visit.may(Permission::Export).then(|| "/monitors.csv".to_owned());
    let v = visit.clone();
    Ok(visit.page(tr!(visit, "monitors-title"), move || {
        let empty = page.items.is_empty();
        let all: i64 = counts.iter().map(|(_, n)| n).sum();
        let body = match (page.items.is_empty(), filter.is_everything()) {
            (true, true) => view! {
                <Empty kind=EmptyKind::NotConfigured title=t!("monitors-empty") text=t!("monitors-empty-text")>
                    {may_edit.then(|| view! { <LinkButton href="/monitors/new" label=t!("monitors-new") icon="plus" kind=ButtonKind::Primary/> })}
                </Empty>
            }
            .into_any(),
            (true, false) => view! { <Empty kind=EmptyKind::NoMatch title=t!("monitors-no-match")/> }.into_any(),
            (false, _) => {
                let (shown, next) = (page.items.len(), page.next);
                view! {
                    <Rows visit=v.clone() rows=page.items/>
                    <Pager shown next csv/>
                }
                .into_any()
            }
        };
        view! {
            <PageHead title=t!("monitors-title") sub=t!("monitors-sub")>
                {may_edit.then(|| view! {
                    <LinkButton href="/monitors/import" label=t!("monitors-import") icon="inbox"/>
                    <LinkButton href="/monitors/new" label=t!("monitors-new") icon="plus" kind=ButtonKind::Primary/>
                })}
            </PageHead>
            {(may_edit && !empty).then(|| view! { <Bulk/> })}
            <div id="monitors-list" class="stack" data-live="monitors">
                <FilterFold>
                    <Facets name="state" label=t!("monitors-filter-state") options=facets(&counts, all)/>
                    <Filters systems=systems/>
                </FilterFold>
                {body}
            </div>
        }
    }))
}

fn facets(counts: &[(Shown, i64)], all: i64) -> Vec<FacetOption> {
    let one = |(shown, count): &(Shown, i64)| FacetOption::new(shown.name(), say_shown(*shown)).count(*count);
    std::iter::once(FacetOption::new("", t!("monitors-filter-all")).count(all)).chain(counts.iter().map(one)).collect()
}

#[component]
fn Filters(systems: Vec<Brief>) -> impl IntoView {
    let mut teams: Vec<(String, String)> = systems.iter().map(|s| (s.team.to_string(), s.team_name.clone())).collect();
    teams.sort_by(|a, b| a.1.cmp(&b.1));
    teams.dedup();
    let systems = systems.into_iter().map(|s| (s.id.to_string(), s.name)).collect();
    view! {
        <FilterBar keep=vec!["state"]>
            <FilterSearch name="q" label=t!("monitors-filter-text")/>
            <FilterSelect name="system" label=t!("monitors-system") options=systems/>
            <FilterSelect name="team" label=t!("monitors-team") options=teams/>
        </FilterBar>
    }
}

/// What can be done with all that are ticked.
#[component]
fn Bulk() -> impl IntoView {
    let acts = [
        (Act::Pause, t!("monitors-pause")),
        (Act::Resume, t!("monitors-resume")),
        (Act::Maintain, t!("monitors-maintenance-begin-many")),
        (Act::EndMaintenance, t!("monitors-maintenance-end-many")),
    ];
    let acts = acts.into_iter().map(|(act, word)| view! { <option value=act.name()>{word}</option> }).collect_view();
    let spans = [1_800_i64, 3_600, 14_400, 86_400]
        .into_iter()
        .map(|seconds| view! { <option value=seconds.to_string()>{duration(seconds * 1_000)}</option> })
        .collect_view();
    view! {
        <form id="monitors-bulk" class="monitors-bulk" method="post" action="/monitors/many">
            <input type="hidden" name="next" value=Here::now().href()/>
            <label for="monitors-bulk-act">{t!("monitors-bulk")}</label>
            <select class="input" id="monitors-bulk-act" name="act">{acts}</select>
            <label class="visually-hidden" for="monitors-bulk-for">{t!("monitors-maintenance-for")}</label>
            <select class="input" id="monitors-bulk-for" name="for">{spans}</select>
            <Button label=t!("monitors-bulk-do")/>
        </form>
    }
}

#[component]
fn Rows(visit: Visit, rows: Vec<Row>) -> impl IntoView {
    let columns = vec![
        Column::unspoken(t!("monitors-select")),
        Column::new(t!("monitors-state")),
        Column::new(t!("monitors-name")),
        Column::new(t!("monitors-system")),
        Column::new(t!("monitors-day")),
        Column::new(t!("monitors-latency-p95")),
        Column::new(t!("monitors-last-latency")).number(),
        Column::new(t!("monitors-checked")),
    ];
    let mut slots = Slots::default();
    let rows = rows.into_iter().map(|row| one_row(&visit, &mut slots, row)).collect_view();
    view! { <Table caption=t!("monitors-title") columns>{rows}</Table> }
}

fn one_row(visit: &Visit, slots: &mut Slots, row: Row) -> impl IntoView + use<> {
    let Row { monitor, day } = row;
    let sum = total(day.iter().map(|point| point.cell));
    let summary = say_strip(&monitor.name, sum);
    let p95: Vec<Option<f64>> = day.iter().map(|point| point.p95_us.map(to_ms)).collect();
    let top = day.iter().filter_map(|point| point.p95_us).max();
    let spark = t!("monitors-spark-summary", name = monitor.name.clone(), top = latency(top));
    let slots = slots.of(visit, &day, HOUR);
    let last = monitor.standing.last.clone();
    let trouble = last.as_ref().filter(|_| monitor.shown == Shown::Down || monitor.shown == Shown::Unknown).map(say_reason);
    let target = say_target(&monitor);
    let took = latency(last.as_ref().and_then(|l| l.latency_us));
    let checked = last.map(|l| l.at);
    let tick = visit.actor.may(Permission::EditMonitors, &monitor.system.team).then(|| {
        let label = t!("monitors-select-one", name = monitor.name.clone());
        view! {
            <label class="check">
                <input type="checkbox" name="id" value=monitor.id.to_string() form="monitors-bulk" data-select=""/>
                <span class="visually-hidden">{label}</span>
            </label>
        }
    });
    view! {
        <tr>
            <Cell>{tick}</Cell>
            <Cell label=t!("monitors-state")><ShownBadge shown=monitor.shown/></Cell>
            <Cell main=true>
                <a href=format!("/monitors/{}", monitor.id)>{monitor.name.clone()}</a>
                <span class="monitors-target muted small">{target}</span>
                {trouble.map(|why| view! { <span class="monitors-trouble small">{why}</span> })}
            </Cell>
            <Cell label=t!("monitors-system")>
                <a href=format!("/systems/{}", monitor.system.id)>{monitor.system.name.clone()}</a>
                <span class="muted small monitors-team">{monitor.system.team_name.clone()}</span>
            </Cell>
            <Cell label=t!("monitors-day")><div class="monitors-strip"><StatusStrip summary slots/></div></Cell>
            <Cell label=t!("monitors-latency-p95")><div class="monitors-spark"><Sparkline summary=spark values=p95/></div></Cell>
            <Cell label=t!("monitors-last-latency") number=true>{took}</Cell>
            <Cell label=t!("monitors-checked")><When at=checked style=WhenStyle::Ago/></Cell>
        </tr>
    }
}

pub(super) async fn csv(visit: Visit) -> Answer {
    visit.actor.require_somewhere(Permission::Export)?;
    let filter = filter(&visit)?;
    let head =
        ["id", "name", "system", "team", "kind", "target", "state", "since", "severity", "last_checked", "last_reason", "last_latency_ms"];
    let v = visit.clone();
    let fetch = move |after: Option<String>| -> NextPage<Row> {
        let (visit, filter) = (v.clone(), filter.clone());
        Box::pin(async move { visit.portal.monitors.list(&visit.actor, &filter, &PageRequest { after, limit: 500 }).await })
    };
    let cells = |row: &Row| {
        let monitor = &row.monitor;
        let last = monitor.standing.last.as_ref();
        let target = monitor.target.what();
        vec![
            monitor.id.to_string(),
            monitor.name.clone(),
            monitor.system.key.clone(),
            monitor.system.team_name.clone(),
            monitor.target.kind().to_string(),
            target,
            monitor.shown.name().to_owned(),
            monitor.standing.since.rfc3339(),
            monitor.severity.name().to_owned(),
            last.map(|l| l.at.rfc3339()).unwrap_or_default(),
            last.map(|l| l.reason.name().to_owned()).unwrap_or_default(),
            last.and_then(|l| l.latency_us).map(|us| to_ms(us).to_string()).unwrap_or_default(),
        ]
    };
    Ok(stream_csv("monitors.csv", head.map(str::to_owned).to_vec(), fetch, cells).await?)
}
