//! One monitor: how it is, how it was, and what can be done.

use axum::extract::Path;
use domain::{
    Fault, Page, PageRequest, Permission,
    id::MonitorId,
    monitors::{CheckResult, Monitor, Place, Recurring, Series as Rolled, Shown},
};
use leptos::prelude::*;

use super::{
    elsewhere::Elsewhere,
    seen::Seen,
    words::{ShownBadge, VerdictBadge, latency, result_slots, say_reason, say_strip, to_ms, total},
};
use crate::{
    components::{
        Button, Cell, Chart, ChartData, Column, Confirm, CopyButton, Empty, EmptyKind, Fact, Facts, Here, Kpi, Kpis, LinkButton, NULL,
        Notice, PageHead, Pager, Panel, PostButton, RangePicker, Series, SeverityBadge, StatusStrip, Table, TimeRange, Tone, When,
        WhenStyle, duration, full, percent,
    },
    csv::{NextPage, stream_csv},
    fault::Answer,
    t,
    visit::{Visit, use_visit},
};

/// Results in the strip of the last ones.
const STRIP: u32 = 60;

/// Reads the id of a path; anything else is not there.
pub(super) fn read_id(text: &str) -> Result<MonitorId, Fault> {
    MonitorId::parse(text).ok_or(Fault::NotFound("monitor"))
}

pub(super) async fn detail(visit: Visit, Path(id): Path<String>) -> Answer {
    let id = read_id(&id)?;
    let (port, actor) = (&visit.portal.monitors, &visit.actor);
    let monitor = port.get(actor, &id).await?;
    let range = TimeRange::of(&visit, "now-6h")?;
    let series = port.series(actor, &id, range.span).await?;
    let recent = port.results(actor, &id, &PageRequest { after: None, limit: STRIP }).await?;
    let after = Here::parse(&visit.path_and_query).get("after").to_owned();
    let page = port.results(actor, &id, &PageRequest::parse(Some(&after), Some("20"))?).await?;
    let may_edit = actor.may(Permission::EditMonitors, &monitor.system.team);
    let secret = if may_edit {
        match port.secret(actor, &id).await {
            Err(Fault::Conflict(_)) => Some(None),
            secret => secret?.map(Some),
        }
    } else {
        None
    };
    let places = visit.portal.locations.places(actor, &id).await?;
    let recurring = port.recurring(actor, &id).await?;
    // Before the first result it can be said already that there will be none.
    let refused = if monitor.standing.last.is_none() { port.refused(actor, &id).await? } else { None };
    let v = visit.clone();
    Ok(visit.page(monitor.name.clone(), move || {
        let csv = v.may(Permission::Export).then(|| format!("/monitors/{}/results.csv", monitor.id));
        view! {
            <div id="monitor-head" data-live="monitors"><Head monitor=monitor.clone() may_edit/></div>
            <div id="monitor-now" class="stack" data-live="monitors">
                <Standing monitor=monitor.clone() refused/>
                <Seen last=monitor.standing.last.clone()/>
                <Recent visit=v.clone() name=monitor.name.clone() recent=recent.items/>
            </div>
            <div id="monitor-places" data-live="monitors"><Elsewhere visit=v.clone() places=places.clone() quorum=monitor.places.quorum/></div>
            <RangePicker range/>
            <div id="monitor-figures" data-live="monitors"><Figures series=series.clone()/></div>
            {monitor.target.pace().is_some().then(|| view! { <LatencyChart series/> })}
            <div class="split">
                <div id="monitor-checked" data-live="monitors" data-live-mode="notice">
                    <Panel title=t!("monitors-results") id="monitor-results" flush=true>
                        <Results page csv/>
                    </Panel>
                </div>
                <Side monitor=monitor.clone() recurring=recurring.clone() secret may_edit/>
            </div>
        }
    }))
}

#[component]
fn Head(monitor: Monitor, may_edit: bool) -> impl IntoView {
    let at = |act: &str| format!("/monitors/{}/{act}", monitor.id);
    let asked = monitor.target.pace().is_some() && monitor.places.has(&Place::here());
    let acts = may_edit.then(|| {
        let toggle = if monitor.paused {
            view! { <PostButton action=at("resume") label=t!("monitors-resume") icon="play"/> }.into_any()
        } else {
            view! { <PostButton action=at("pause") label=t!("monitors-pause") icon="clock"/> }.into_any()
        };
        view! {
            {(asked && !monitor.paused).then(|| view! { <PostButton action=at("check") label=t!("monitors-check-now") icon="refresh-cw"/> })}
            {toggle}
            <LinkButton href=at("edit") label=t!("monitors-edit") icon="pencil"/>
        }
    });
    let level = u8::try_from(monitor.severity.rank()).unwrap_or(4);
    let badges = view! {
        <ShownBadge shown=monitor.shown/>
        <SeverityBadge level/>
    }
    .into_any();
    let sub = super::words::say_target(&monitor);
    view! {
        <PageHead title=monitor.name.clone() sub badges back=("/monitors".to_owned(), t!("monitors-title"))>{acts}</PageHead>
    }
}

#[component]
fn Standing(monitor: Monitor, refused: Option<String>) -> impl IntoView {
    let standing = monitor.standing;
    let notice = match monitor.shown {
        Shown::Maintenance => Some((Tone::Maintenance, t!("monitors-notice-maintenance"))),
        Shown::Paused => Some((Tone::NoData, t!("monitors-notice-paused"))),
        Shown::Unknown => Some((Tone::NoData, t!("monitors-notice-unknown"))),
        Shown::New => match refused {
            Some(address) => Some((Tone::P2, t!("monitors-notice-refused", address = address))),
            None => Some((Tone::NoData, t!("monitors-notice-new"))),
        },
        Shown::Down | Shown::Up => None,
    };
    let leaning = standing
        .leaning
        .map(|verdict| t!("monitors-leaning", run = standing.run, needed = monitor.needed, verdict = super::words::say_verdict(verdict)));
    let last = standing.last;
    let checked = last.as_ref().map(|l| l.at);
    let reason = last.as_ref().map_or_else(|| NULL.to_owned(), say_reason);
    let took = latency(last.as_ref().and_then(|l| l.latency_us));
    let ends = last.as_ref().and_then(|l| l.tls_expires_at);
    view! {
        {notice.map(|(tone, title)| view! { <Notice tone title/> })}
        <Facts>
            <Fact name=t!("monitors-state")><ShownBadge shown=monitor.shown/>" "{leaning}</Fact>
            <Fact name=t!("monitors-since")><When at=standing.since/></Fact>
            <Fact name=t!("monitors-checked")><When at=checked/></Fact>
            <Fact name=t!("monitors-last-result")>{reason}</Fact>
            <Fact name=t!("monitors-last-latency")>{took}</Fact>
            {ends.map(|at| view! { <Fact name=t!("monitors-certificate-ends")><When at=at/></Fact> })}
            {monitor.maintenance_until.map(|at| view! { <Fact name=t!("monitors-maintenance-until")><When at=at/></Fact> })}
        </Facts>
    }
}

#[component]
fn Recent(visit: Visit, name: String, recent: Vec<CheckResult>) -> impl IntoView {
    if recent.is_empty() {
        return ().into_any();
    }
    let mut recent = recent;
    recent.reverse();
    let count = |wanted| recent.iter().filter(|r| r.verdict == wanted).count();
    let cell = domain::monitors::Cell {
        count: i64::try_from(recent.len()).unwrap_or_default(),
        failures: i64::try_from(count(domain::monitors::Verdict::Down)).unwrap_or_default(),
        unknown: i64::try_from(count(domain::monitors::Verdict::Unknown)).unwrap_or_default(),
    };
    let summary = say_strip(&name, cell);
    let slots = result_slots(&visit, &recent);
    view! {
        <section class="monitors-recent" aria-label=t!("monitors-recent")>
            <p class="muted small">{t!("monitors-recent")}": "{summary.clone()}</p>
            <StatusStrip summary slots table=true/>
        </section>
    }
    .into_any()
}

#[component]
fn Figures(series: Rolled) -> impl IntoView {
    let sum = total(series.points.iter().map(|p| p.cell));
    let most = |pick: fn(&domain::monitors::Point) -> Option<i64>| latency(series.points.iter().filter_map(pick).max());
    let (p95, max) = (most(|p| p.p95_us), most(|p| p.max_us));
    view! {
        <Kpis>
            <Kpi
                label=t!("monitors-availability")
                value=percent(sum.availability())
                note=t!("monitors-availability-note", failures = full(sum.failures), count = full(sum.count), unknown = full(sum.unknown))
            />
            <Kpi label=t!("monitors-worst-p95") value=p95 note=t!("monitors-worst-note")/>
            <Kpi label=t!("monitors-worst-max") value=max/>
        </Kpis>
    }
}

#[component]
fn LatencyChart(series: Rolled) -> impl IntoView {
    let line = |name: String, pick: fn(&domain::monitors::Point) -> Option<i64>| Series {
        name,
        values: series.points.iter().map(|p| pick(p).map(to_ms)).collect(),
        past: false,
    };
    let top = latency(series.points.iter().filter_map(|p| p.p99_us).max());
    let known = series.points.iter().filter(|p| p.cell.count > 0).count();
    let width = duration(series.resolution.width_ms());
    let data = ChartData {
        times: series.points.iter().map(|p| p.at).collect(),
        series: vec![line("p50".into(), |p| p.p50_us), line("p95".into(), |p| p.p95_us), line("p99".into(), |p| p.p99_us)],
        unit: "ms".into(),
        from_zero: true,
        ..ChartData::default()
    };
    let summary = t!("monitors-chart-summary", top = top, slots = known, width = width);
    view! { <Chart id="monitor-latency" title=t!("monitors-latency") summary data live="monitors"/> }
}

#[component]
fn Results(page: Page<CheckResult>, csv: Option<String>) -> impl IntoView {
    if page.items.is_empty() {
        return view! { <Empty kind=EmptyKind::NotConfigured title=t!("monitors-no-results") tight=true/> }.into_any();
    }
    let columns = vec![
        Column::new(t!("monitors-at")),
        Column::new(t!("monitors-verdict")),
        Column::new(t!("monitors-reason")),
        Column::new(t!("monitors-total")).number(),
        Column::new(t!("monitors-dns")).number(),
        Column::new(t!("monitors-connect")).number(),
        Column::new(t!("monitors-tls")).number(),
        Column::new(t!("monitors-first-byte")).number(),
    ];
    let (shown, next) = (page.items.len(), page.next);
    let rows = page
        .items
        .into_iter()
        .map(|result| {
            let reason = say_reason(&result);
            view! {
                <tr>
                    <Cell main=true><When at=result.at style=WhenStyle::Wall/></Cell>
                    <Cell label=t!("monitors-verdict")><VerdictBadge verdict=result.verdict/></Cell>
                    <Cell label=t!("monitors-reason")>{reason}</Cell>
                    <Cell label=t!("monitors-total") number=true>{latency(result.latency_us)}</Cell>
                    <Cell label=t!("monitors-dns") number=true>{latency(result.dns_us)}</Cell>
                    <Cell label=t!("monitors-connect") number=true>{latency(result.connect_us)}</Cell>
                    <Cell label=t!("monitors-tls") number=true>{latency(result.tls_us)}</Cell>
                    <Cell label=t!("monitors-first-byte") number=true>{latency(result.first_byte_us)}</Cell>
                </tr>
            }
        })
        .collect_view();
    view! {
        <Table caption=t!("monitors-results") columns>{rows}</Table>
        <Pager shown next csv/>
    }
    .into_any()
}

/// A delay of the alert, where one was chosen.
fn delay(name: String, seconds: Option<u32>) -> Option<AnyView> {
    seconds.map(|seconds| view! { <Fact name>{duration(i64::from(seconds) * 1_000)}</Fact> }.into_any())
}

#[component]
fn Side(monitor: Monitor, recurring: Option<Recurring>, secret: Option<Option<String>>, may_edit: bool) -> impl IntoView {
    let base = format!("/monitors/{}", monitor.id);
    let calling = secret.map(|secret| view! { <Calling base=base.clone() secret/> });
    let running = monitor.maintenance_until.is_some();
    let again = recurring.map(|recurring| super::recurring::told(&recurring));
    let upkeep = may_edit.then(|| view! { <Upkeep base=base.clone() name=monitor.name.clone() running/> });
    let what = super::what::what(&monitor);
    let system = format!("/systems/{}", monitor.system.id);
    view! {
        <div class="stack">
            <Panel title=t!("monitors-what")>
                <Facts stacked=true>
                    <Fact name=t!("monitors-system")><a href=system>{monitor.system.name}</a></Fact>
                    <Fact name=t!("monitors-team")>{monitor.system.team_name}</Fact>
                    {what}
                    <Fact name=t!("monitors-needed")>{monitor.needed}</Fact>
                    {delay(t!("monitors-hold"), monitor.hold_s)}
                    {delay(t!("monitors-recover"), monitor.recover_s)}
                    {again.map(|again| view! { <Fact name=t!("monitors-recurring")>{again}</Fact> })}
                </Facts>
            </Panel>
            {calling}
            {upkeep}
        </div>
    }
}

/// The URL of a heartbeat; `None` where the key that sealed it is lost.
#[component]
fn Calling(base: String, secret: Option<String>) -> impl IntoView {
    let shown = match secret {
        Some(secret) => {
            let url = format!("{}/beat/{secret}", use_visit().origin);
            let command = format!("curl -fsS --retry 3 -X POST \"{url}\"");
            view! {
                <p>{t!("monitors-beat-hint")}</p>
                <CopyButton value=url/>
                <pre class="monitors-example"><code>{command}</code></pre>
            }
            .into_any()
        }
        None => view! { <p>{t!("monitors-conflict-lost-address")}</p> }.into_any(),
    };
    view! {
        <Panel title=t!("monitors-beat-url")>
            {shown}
            <Confirm verb=t!("monitors-renew") text=t!("monitors-renew-text") action=format!("{base}/renew") icon="key-round"/>
        </Panel>
    }
}

/// Maintenance and deletion.
#[component]
fn Upkeep(base: String, name: String, running: bool) -> impl IntoView {
    let spans = [1_800_i64, 3_600, 14_400, 86_400]
        .into_iter()
        .map(|seconds| view! { <option value=seconds.to_string()>{duration(seconds * 1_000)}</option> })
        .collect_view();
    let action = format!("{base}/maintenance");
    let end = running.then(|| {
        view! { <PostButton action=action.clone() label=t!("monitors-maintenance-end") fields=vec![("for", "0".to_owned())]/> }
    });
    view! {
        <Panel title=t!("monitors-maintenance")>
            <p>{t!("monitors-maintenance-hint")}</p>
            <form class="row" method="post" action=action.clone()>
                <label class="visually-hidden" for="maintenance-for">{t!("monitors-maintenance-for")}</label>
                <select class="input" id="maintenance-for" name="for">{spans}</select>
                <Button label=t!("monitors-maintenance-begin") icon="wrench"/>
            </form>
            {end}
            <LinkButton href=format!("{action}/recurring") label=t!("monitors-recurring") icon="calendar-range"/>
        </Panel>
        <Confirm
            verb=t!("monitors-delete")
            text=t!("monitors-delete-text", name = name.clone())
            action=format!("{base}/delete")
            type_name=name
            icon="trash-2"
        />
    }
}

pub(super) async fn csv(visit: Visit, Path(id): Path<String>) -> Answer {
    visit.actor.require_somewhere(Permission::Export)?;
    let id = read_id(&id)?;
    let head =
        ["at", "verdict", "reason", "detail", "status", "total_us", "dns_us", "connect_us", "tls_us", "first_byte_us", "certificate_ends"];
    let v = visit.clone();
    let fetch = move |after: Option<String>| -> NextPage<CheckResult> {
        let (visit, id) = (v.clone(), id.clone());
        Box::pin(async move { visit.portal.monitors.results(&visit.actor, &id, &PageRequest { after, limit: 500 }).await })
    };
    let cells = |result: &CheckResult| {
        let number = |n: Option<i64>| n.map(|n| n.to_string()).unwrap_or_default();
        vec![
            result.at.rfc3339(),
            result.verdict.name().to_owned(),
            result.reason.name().to_owned(),
            result.detail.clone(),
            number(result.status.map(i64::from)),
            number(result.latency_us),
            number(result.dns_us),
            number(result.connect_us),
            number(result.tls_us),
            number(result.first_byte_us),
            result.tls_expires_at.map(domain::Timestamp::rfc3339).unwrap_or_default(),
        ]
    };
    Ok(stream_csv("results.csv", head.map(str::to_owned).to_vec(), fetch, cells).await?)
}
