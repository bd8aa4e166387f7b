//! One run: its seconds while they go by, what was measured, the act that ends it.

use axum::extract::Path;
use domain::{
    Permission, Timestamp,
    load::{Run, Second, State, thin},
    time::SECOND,
};
use leptos::prelude::*;

use super::{run_id, say, trial};
use crate::{
    components::{
        Badge, Cell, Chart, ChartData, Column, Confirm, Fact, Facts, LinkButton, NULL, Notice, PageHead, Panel, Series, Table, Tone, When,
        full, significant,
    },
    evidence::say::{verdict_tone, verdict_word},
    fault::Answer,
    t,
    visit::Visit,
};

/// Points of a chart, at most.
const POINTS: usize = 720;

/// `GET /load/runs/{id}`
pub(super) async fn page(visit: Visit, Path(id): Path<String>) -> Answer {
    let id = run_id(&id)?;
    let run = visit.portal.load.run(&visit.actor, &id).await?;
    let seconds = visit.portal.load.seconds(&visit.actor, &id).await?;
    let may = visit.actor.may(Permission::RequestChanges, &run.team);
    Ok(visit.page(run.target_name.clone(), move || {
        let path = format!("/load/runs/{}", run.id);
        let badges = view! { <span id="load-badge" data-live="load">{badges(&run)}</span> }.into_any();
        let again = (!run.state.is_over()).then(|| view! { <noscript><p><a href=path.clone()>{t!("load-refresh")}</a></p></noscript> });
        let sub = format!("{} {}", run.subject.artifact, run.subject.artifact_version);
        let (acts, said, bar) = (acts(&run, &path, may).into_any(), notices(&run).into_any(), progress(&run, &seconds).into_any());
        let (drawn, figures, about) = (charts(&run, &seconds).into_any(), result(&run), facts(&run).into_any());
        let trial = trial::panel(&run, may);
        view! {
            <PageHead
                title=run.target_name.clone()
                sub=sub
                back=("/load".to_owned(), t!("load-title"))
                badges=badges
            >
                <span id="load-acts" class="row" data-live="load">{acts}</span>
            </PageHead>
            <div class="stack">
                <div id="load-notices" class="load-notices stack-tight" data-live="load">{said} {bar}</div>
                {again}
                {trial}
                {drawn}
                <Panel title=t!("load-result") id="load-result" live="load" flush=true>{figures}</Panel>
                <Panel title=t!("load-facts") id="load-facts" live="load">{about}</Panel>
            </div>
        }
    }))
}

/// `POST /load/runs/{id}/stop`
pub(super) async fn stop(visit: Visit, Path(id): Path<String>) -> Answer {
    visit.portal.load.stop(&visit.actor, &run_id(&id)?).await?;
    Ok(visit.go(&format!("/load/runs/{id}"), "toast-load-stop"))
}

/// `POST /load/runs/{id}/given-back`
pub(super) async fn given_back(visit: Visit, Path(id): Path<String>) -> Answer {
    visit.portal.load.given_back(&visit.actor, &run_id(&id)?).await?;
    Ok(visit.go(&format!("/load/runs/{id}"), "toast-load-given-back"))
}

fn badges(run: &Run) -> impl IntoView + use<> {
    let (tone, word) = say::state(run.state);
    let shows = run.verdict.map(|verdict| view! { " " <Badge tone=verdict_tone(verdict) word=verdict_word(verdict)/> });
    view! { <Badge tone word/>{shows} }
}

fn acts(run: &Run, path: &str, may: bool) -> impl IntoView + use<> {
    let evidence = run
        .evidence
        .as_ref()
        .map(|id| view! { <LinkButton href=format!("/evidence/{id}") label=t!("load-evidence") icon="clipboard-check"/> });
    let stop = (may && !run.state.is_over())
        .then(|| view! { <Confirm verb=t!("load-stop") text=t!("load-stop-text") action=format!("{path}/stop") icon="octagon-alert"/> });
    let again = (may && run.state.is_over() && run.comparison.is_none())
        .then(|| view! { <LinkButton href=format!("/load/runs/new?from={}", run.id) label=t!("load-again") icon="refresh-cw"/> });
    view! { {evidence} {again} {stop} }
}

fn notices(run: &Run) -> impl IntoView + use<> {
    let said = match run.state {
        State::Queued => Some((Tone::NoData, t!("load-queued-text"))),
        State::Interrupted => Some((Tone::P2, t!("load-interrupted-text"))),
        State::Stopped => Some((Tone::P3, t!("load-stopped-text", name = run.stopped_by.as_str()))),
        State::NotStarted => Some((Tone::P2, t!("load-not-started-text", why = run.trouble.as_str()))),
        State::Finished if !run.trouble.is_empty() => Some((Tone::P2, t!("load-no-evidence-text", why = run.trouble.as_str()))),
        State::Running if !run.stopped_by.is_empty() => Some((Tone::P3, t!("load-stopping", name = run.stopped_by.as_str()))),
        _ => None,
    };
    let weak = run.report.as_ref().is_some_and(|report| report.get("held") == Some(&false.into())) && run.state == State::Finished;
    view! {
        {said.map(|(tone, text)| view! { <Notice tone><p>{text}</p></Notice> })}
        {weak.then(|| view! { <Notice tone=Tone::P3><p>{t!("load-not-held")}</p></Notice> })}
    }
}

/// How far it is, in words and as a bar.
fn progress(run: &Run, seconds: &[Second]) -> impl IntoView + use<> {
    (run.state == State::Running).then(|| {
        let (done, whole) = (seconds.len(), run.seconds());
        view! {
            <p class="load-progress">
                <progress max=whole.to_string() value=done.to_string() aria-label=t!("load-progress")></progress>
                {t!("load-progress-of", done = done, whole = significant(whole))}
            </p>
        }
    })
}

#[expect(clippy::cast_precision_loss, reason = "counts and times stay far below 2^52")]
fn charts(run: &Run, seconds: &[Second]) -> impl IntoView + use<> {
    // One that waits has its charts already: they fill as it runs, without the page being read anew.
    if run.state.is_over() && seconds.is_empty() {
        return ().into_any();
    }
    let begin = run.started_at.unwrap_or(run.asked_at);
    let (points, step) = thin(seconds, POINTS);
    let times: Vec<Timestamp> = points.iter().map(|one| begin.plus(one.at * SECOND)).collect();
    let series = |name: String, of: fn(&Second) -> Option<f64>| Series { name, values: points.iter().map(of).collect(), past: false };
    let worst = (step > 1).then(|| t!("load-worst", step = step));
    let said = |text: String| [Some(text), worst.clone()].into_iter().flatten().collect::<Vec<_>>().join(" ");
    let ended: i64 = seconds.iter().map(|one| one.requests).sum();
    let failed: i64 = seconds.iter().map(|one| one.failed).sum();
    let slowest = seconds.iter().filter_map(|one| one.p99_us).max();
    let marks = trial::marks(run, begin);
    let legend = trial::legend(&marks);
    let rates = ChartData {
        marks: marks.clone(),
        times: times.clone(),
        series: vec![series(t!("load-ended"), |one| Some(one.requests as f64)), series(t!("load-errors"), |one| Some(one.failed as f64))],
        unit: t!("load-per-second"),
        from_zero: true,
        ..ChartData::default()
    };
    let latencies = ChartData {
        marks,
        times,
        series: vec![
            series("p50".into(), |one| one.p50_us.map(|us| us as f64 / 1e3)),
            series("p99".into(), |one| one.p99_us.map(|us| us as f64 / 1e3)),
        ],
        unit: "ms".into(),
        from_zero: true,
        limit: run.subject.max_p99_ms.parse().ok(),
        ..ChartData::default()
    };
    let rate_says = said(t!("load-ended-sum", ended = full(ended), failed = full(failed)));
    let late_says = said(slowest.map_or_else(String::new, |us| t!("load-slowest", ms = significant(us as f64 / 1e3))));
    view! {
        <div id="load-marks" data-live="load">{legend}</div>
        <div class="panel load-chart"><Chart id="load-rate" title=t!("load-rate-chart") summary=rate_says data=rates live="load"/></div>
        <div class="panel load-chart"><Chart id="load-latency" title=t!("load-latency-chart") summary=late_says data=latencies live="load"/></div>
    }
    .into_any()
}

fn result(run: &Run) -> AnyView {
    if run.report.is_none() {
        return view! { <p class="load-nothing muted">{t!("load-no-result")}</p> }.into_any();
    }
    let columns =
        vec![Column::new(t!("load-quantile")), Column::new(t!("load-latency")).number(), Column::new(t!("load-service")).number()];
    let quantiles = ["min", "mean", "p50", "p75", "p90", "p95", "p99", "p99.9", "max"];
    let rows = quantiles
        .into_iter()
        .map(|name| {
            let label = match name {
                "min" => t!("load-min"),
                "mean" => t!("load-mean"),
                "max" => t!("load-max"),
                quantile => quantile.to_owned(),
            };
            let [latency, service] = ["latency", "service"].map(|kind| say::ms(run, &format!("/{kind}_ms/{name}")));
            view! {
                <tr>
                    <Cell main=true>{label}</Cell>
                    <Cell label=t!("load-latency") number=true>{latency}</Cell>
                    <Cell label=t!("load-service") number=true>{service}</Cell>
                </tr>
            }
        })
        .collect_view();
    let counts = |pointer: &str| {
        let found = run.report.as_ref().and_then(|report| report.pointer(pointer)?.as_object().cloned()).unwrap_or_default();
        let each = |(name, count): (String, serde_json::Value)| view! { <li><code>{name}</code>": "{full(count.as_i64().unwrap_or_default())}</li> };
        if found.is_empty() {
            return NULL.into_any();
        }
        view! { <ul class="load-counts">{found.into_iter().map(each).collect_view()}</ul> }.into_any()
    };
    let (rate, requests, failed) = (say::rate(run), say::count(run, "/requests"), say::count(run, "/failed"));
    let (codes, reasons) = (counts("/codes"), counts("/errors"));
    view! {
        <div class="load-sums">
            <Facts>
                <Fact name=t!("load-rate")>{rate}</Fact>
                <Fact name=t!("load-requests")>{requests}</Fact>
                <Fact name=t!("load-failed")>{failed}</Fact>
                <Fact name=t!("load-codes")>{codes}</Fact>
                <Fact name=t!("load-reasons")>{reasons}</Fact>
            </Facts>
        </div>
        <Table caption=t!("load-quantiles") columns>{rows}</Table>
        <p class="load-nothing muted small">{t!("load-honest")}</p>
    }
    .into_any()
}

fn facts(run: &Run) -> impl IntoView + use<> {
    let mark = run.report.as_ref().and_then(|report| report.get("fingerprint")?.as_str().map(str::to_owned));
    let script = serde_json::to_string_pretty(&run.script).unwrap_or_default();
    let comparison = run.comparison.as_ref().zip(run.side).map(|(id, side)| {
        let (href, turn) = (format!("/load/comparisons/{id}"), format!("{} {}", say::side(side), run.turn + 1));
        view! { <Fact name=t!("load-comparison")><a href=href>{turn}</a></Fact> }
    });
    let (target, name, url) = (format!("/load/targets/{}", run.target), run.target_name.clone(), run.url.clone());
    let (place, sha) = (run.subject.place(&run.environment), run.subject.artifact_sha.clone());
    let (by, asked, started, finished) = (run.by.clone(), run.asked_at, run.started_at, run.finished_at);
    view! {
        <Facts>
            <Fact name=t!("load-target")><a href=target>{name}</a></Fact>
            <Fact name=t!("load-url")><code class="load-url">{url}</code></Fact>
            <Fact name=t!("load-environment")>{place}</Fact>
            {mark.map(|mark| view! { <Fact name=t!("load-fingerprint")><code>{mark}</code></Fact> })}
            <Fact name=t!("load-sha")><code class="load-url">{sha}</code></Fact>
            {comparison}
            <Fact name=t!("load-by")>{by}" · "<When at=asked/></Fact>
            <Fact name=t!("load-started")><When at=started/></Fact>
            <Fact name=t!("load-finished")><When at=finished/></Fact>
        </Facts>
        <details class="load-script"><summary>{t!("load-script")}</summary><pre tabindex="0">{script}</pre></details>
    }
}
