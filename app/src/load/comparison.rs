//! Runs of baseline and candidate that take turns, and what they show.

use axum::extract::Path;
use domain::{
    Permission,
    evidence::{Outcome, compare},
    load::{Comparison, Run, State, readings},
};
use leptos::prelude::*;

use super::{comparison_id, say};
use crate::{
    components::{Badge, Cell, Column, Confirm, Fact, Facts, LinkButton, Notice, PageHead, Panel, Table, Tone, When, significant},
    evidence::say::say_why,
    fault::Answer,
    t, tr,
    visit::Visit,
};

/// `GET /load/comparisons/{id}`
pub(super) async fn page(visit: Visit, Path(id): Path<String>) -> Answer {
    let known = visit.portal.load.comparison(&visit.actor, &comparison_id(&id)?).await?;
    let may = visit.actor.may(Permission::RequestChanges, &known.team);
    Ok(visit.page(tr!(visit, "load-comparison"), move || {
        let path = format!("/load/comparisons/{}", known.id);
        let (tone, word) = known.outcome.map_or_else(|| say::state(known.state), say::outcome);
        let badges = view! { <span id="load-badge" data-live="load"><Badge tone word/></span> }.into_any();
        let again = (!known.state.is_over()).then(|| view! { <noscript><p><a href=path.clone()>{t!("load-refresh")}</a></p></noscript> });
        let evidence = known
            .evidence
            .as_ref()
            .map(|id| view! { <LinkButton href=format!("/evidence/{id}") label=t!("load-evidence") icon="clipboard-check"/> });
        let stop = (may && !known.state.is_over()).then(|| {
            view! { <Confirm verb=t!("load-stop") text=t!("load-call-off-text") action=format!("{path}/stop") icon="octagon-alert"/> }
        });
        let sub = t!("load-comparison-of", candidate = known.candidate_name.as_str(), baseline = known.baseline_name.as_str());
        let (said, list, about) = (notice(&known), turns(&known.runs).into_any(), facts(&known).into_any());
        view! {
            <PageHead
                title=t!("load-comparison")
                sub=sub
                back=("/load".to_owned(), t!("load-title"))
                badges=badges
            >
                <span id="load-acts" class="row" data-live="load">{evidence} {stop}</span>
            </PageHead>
            <div class="stack">
                <div id="load-notices" class="stack-tight" data-live="load">{said}</div>
                {again}
                <Panel title=t!("load-runs") id="load-turns" live="load" flush=true>{list}</Panel>
                <Panel title=t!("load-facts")>{about}</Panel>
            </div>
        }
    }))
}

/// `POST /load/comparisons/{id}/stop`
pub(super) async fn stop(visit: Visit, Path(id): Path<String>) -> Answer {
    visit.portal.load.call_off(&visit.actor, &comparison_id(&id)?).await?;
    Ok(visit.go(&format!("/load/comparisons/{id}"), "toast-load-stop"))
}

/// What was kept is English, as its file is; the same runs judged again say it in the reader's language.
fn why(known: &Comparison, outcome: Outcome) -> String {
    let (baseline, candidate) = readings(&known.runs);
    let judged = compare(&baseline, &candidate, known.limits());
    if judged.outcome == outcome { say_why(&judged) } else { known.reason.clone() }
}

fn notice(known: &Comparison) -> AnyView {
    let over = known.runs.iter().filter(|run| run.state.is_over()).count();
    let (tone, text) = match (known.outcome, known.state) {
        (Some(outcome), _) => (say::outcome(outcome).0, why(known, outcome)),
        (None, State::Running) => (Tone::P4, t!("load-turns-of", done = over, all = known.runs.len())),
        (None, State::Finished) => (Tone::P2, t!("load-no-evidence-text", why = known.reason.as_str())),
        (None, _) => (Tone::P2, t!("load-not-judged")),
    };
    view! { <Notice tone><p>{text}</p></Notice> }.into_any()
}

fn turns(runs: &[Run]) -> impl IntoView + use<> {
    let columns = vec![
        Column::new(t!("load-turn")),
        Column::new(t!("load-state")),
        Column::new(t!("load-rate")).number(),
        Column::new("p50").number(),
        Column::new("p99").number(),
        Column::new(t!("load-failed")).number(),
    ];
    let rows = runs
        .iter()
        .map(|run| {
            let (tone, word) = say::state(run.state);
            let (turn, rate, failed) = (run.turn + 1, say::rate(run), say::count(run, "/failed"));
            let side = run.side.map(say::side);
            let href = format!("/load/runs/{}", run.id);
            let [p50, p99] = ["/latency_ms/p50", "/latency_ms/p99"].map(|pointer| say::ms(run, pointer));
            view! {
                <tr>
                    <Cell main=true><a href=href>{side}" "{turn}</a></Cell>
                    <Cell label=t!("load-state")><Badge tone word/></Cell>
                    <Cell label=t!("load-rate") number=true>{rate}</Cell>
                    <Cell label="p50" number=true>{p50}</Cell>
                    <Cell label="p99" number=true>{p99}</Cell>
                    <Cell label=t!("load-failed") number=true>{failed}</Cell>
                </tr>
            }
        })
        .collect_view();
    view! { <Table caption=t!("load-runs") columns>{rows}</Table> }
}

fn facts(known: &Comparison) -> impl IntoView + use<> {
    let subject = known.runs.first().map(|run| run.subject.clone());
    let (slower, throughput) = (significant(known.slower), significant(known.throughput));
    let (by, asked, finished) = (known.by.clone(), known.asked_at, known.finished_at);
    let (candidate, baseline) = (known.candidate_name.clone(), known.baseline_name.clone());
    let [candidate_path, baseline_path] = [&known.candidate, &known.baseline].map(|id| format!("/load/targets/{id}"));
    view! {
        <Facts>
            <Fact name=t!("load-candidate")><a href=candidate_path>{candidate}</a></Fact>
            <Fact name=t!("load-baseline")><a href=baseline_path>{baseline}</a></Fact>
            {subject.map(|subject| view! {
                <Fact name=t!("load-artifact")>{subject.artifact}" "{subject.artifact_version}</Fact>
                <Fact name=t!("load-sha")><code class="load-url">{subject.artifact_sha}</code></Fact>
            })}
            <Fact name=t!("load-slower")>{slower}</Fact>
            <Fact name=t!("load-throughput")>{throughput}</Fact>
            <Fact name=t!("load-by")>{by}" · "<When at=asked/></Fact>
            <Fact name=t!("load-finished")><When at=finished/></Fact>
        </Facts>
    }
}
