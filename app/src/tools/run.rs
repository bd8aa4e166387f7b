//! One run: how it stands, its exact arguments, its log while it is being written, and the acts on it.

use axum::extract::Path;
use domain::{
    Permission,
    tools::{LogPart, Run, RunState},
};
use leptos::prelude::*;
use serde::Deserialize;

use super::{log, run_id, say};
use crate::{
    components::{
        Badge, ButtonKind, Confirm, Fact, Facts, Lasted, LinkButton, LogView, Notice, PageHead, Panel, PostButton, Tone, When, full,
    },
    fault::Answer,
    query::Query,
    t,
    visit::Visit,
};

/// Lines of the log that the page shows at once, the last ones unless others are asked for.
const PAGE: u32 = 2_000;

#[derive(Deserialize)]
pub(super) struct From {
    /// The first line of the log that is shown.
    from: Option<i64>,
}

pub(super) async fn page(visit: Visit, Path(id): Path<String>, Query(query): Query<From>) -> Answer {
    let id = run_id(&id)?;
    let tools = &visit.portal.tools;
    let run = tools.get_run(&visit.actor, &id).await?;
    let from = query.from.map_or(-i64::from(PAGE), |from| from.clamp(1, run.log_lines.max(1)));
    let part = tools.log(&visit.actor, &id, from, PAGE).await?;
    let may_run = match tools.get(&visit.actor, &run.tool).await {
        Ok(tool) => tools.may_run(&visit.actor, &tool),
        Err(_) => false,
    };
    let own = visit.actor.user().is_some() && visit.actor.user() == run.requested_by.as_ref();
    let may_decide = run.state == RunState::Awaiting && visit.actor.may(Permission::ApproveRuns, &run.team) && !own;
    let now = visit.now;
    Ok(visit.page(run.tool_name.clone(), move || {
        let (tone, word) = say::state(run.state);
        let path = format!("/runs/{}", run.id);
        let badge = view! { <span id="runs-state" data-live="runs"><Badge tone word/></span> }.into_any();
        let acts = acts(&run, &path, may_run, may_decide);
        let notices = notices(&run, own);
        let again = (run.state == RunState::Running)
            .then(|| view! { <noscript><p><a href=path.clone()>{t!("runs-log-refresh")}</a></p></noscript> });
        let log = log_view(&run, part, &path);
        let facts = about(&run, now);
        view! {
            <PageHead
                title=run.tool_name.clone()
                sub=t!("runs-version", version = run.version)
                back=("/runs".to_owned(), t!("runs-title"))
                badges=badge
            >
                <span id="runs-acts" class="row" data-live="runs">{acts}</span>
            </PageHead>
            <div class="split">
                <div class="stack">
                    <div id="runs-notices" class="stack-tight" data-live="runs">{notices}</div>
                    <Panel title=t!("runs-log") id="runs-log">{again} {log}</Panel>
                </div>
                <div class="stack">{facts}</div>
            </div>
        }
    }))
}

fn log_view(run: &Run, part: LogPart, path: &str) -> impl IntoView + use<> {
    let (first, last) = (part.first, part.next - 1);
    let link = |here: bool, query: String, label: String| {
        if here {
            view! { <span class="muted">{label}</span> }.into_any()
        } else {
            view! { <a href=format!("{path}{query}#runs-log")>{label}</a> }.into_any()
        }
    };
    let forgotten = log::is_forgotten(run, &part);
    let total = if forgotten { 0 } else { run.log_lines };
    let paged = !forgotten && (first > 1 || last < run.log_lines);
    let pages = paged.then(|| {
        view! {
            <nav class="row" data-log-pages="" aria-label=t!("runs-log-pages")>
                <span>{t!("runs-log-part", first = first, last = last, total = run.log_lines)}</span>
                {link(first <= 1, "?from=1".into(), t!("runs-log-first"))}
                {link(first <= 1, format!("?from={}", (first - i64::from(PAGE)).max(1)), t!("runs-log-earlier"))}
                {link(last >= run.log_lines, format!("?from={}", part.next), t!("runs-log-later"))}
                {link(last >= run.log_lines, String::new(), t!("runs-log-last"))}
            </nav>
        }
    });
    // A short log that is over is all there; nothing need be fetched.
    let live = !run.state.is_over();
    let source = (live || paged).then(|| format!("{path}/log"));
    let end = log::end_words(run, &part);
    view! {
        {pages}
        <LogView label=t!("runs-log") lines=log::lines(&part) source total live end download=format!("{path}/log.txt")/>
    }
}

fn acts(run: &Run, path: &str, may_run: bool, may_decide: bool) -> impl IntoView + use<> {
    let again = (may_run && run.state.is_over()).then(|| {
        let mut query = form_urlencoded::Serializer::new(String::new());
        for value in run.values.iter().filter(|v| v.text != domain::tools::MASK) {
            query.append_pair(&format!("p.{}", value.key), &value.text);
        }
        if let Some(incident) = &run.incident {
            query.append_pair("incident", incident.as_str());
        }
        if let Some(change) = &run.change {
            query.append_pair("change", change.as_str());
        }
        let href = format!("/tools/{}?{}", run.tool, query.finish());
        view! { <LinkButton href label=t!("runs-again") icon="refresh-cw"/> }
    });
    let decide = may_decide.then(|| {
        view! {
            <PostButton action=format!("{path}/approve") label=t!("runs-approve") kind=ButtonKind::Primary icon="check"/>
            <PostButton action=format!("{path}/reject") label=t!("runs-reject") icon="circle-x"/>
        }
    });
    let withdraw = (may_run && matches!(run.state, RunState::Awaiting | RunState::Queued))
        .then(|| view! { <PostButton action=format!("{path}/kill") label=t!("runs-withdraw") icon="undo-2"/> });
    let kill = (may_run && run.state == RunState::Running && run.killed_name.is_empty())
        .then(|| view! { <Confirm verb=t!("runs-kill") text=t!("runs-kill-text") action=format!("{path}/kill") icon="octagon-alert"/> });
    view! { {again} {decide} {withdraw} {kill} }
}

fn notices(run: &Run, own: bool) -> impl IntoView + use<> {
    let mut notices: Vec<(Tone, String)> = Vec::new();
    match run.state {
        RunState::Awaiting if own => notices.push((Tone::P3, t!("runs-awaiting-own"))),
        RunState::Awaiting => notices.push((Tone::P3, t!("runs-awaiting"))),
        RunState::Running if !run.killed_name.is_empty() => {
            notices.push((Tone::P3, t!("runs-kill-asked", name = run.killed_name.as_str())));
        }
        RunState::KillUnconfirmed => notices.push((Tone::P1, t!("runs-kill-unconfirmed"))),
        RunState::Lost => notices.push((Tone::P2, t!("runs-lost"))),
        RunState::NotStarted => notices.push((Tone::P2, t!("runs-not-started", reason = run.trouble.as_str()))),
        _ => {}
    }
    if run.log_cut {
        notices.push((Tone::P3, t!("runs-log-cut", bytes = full(run.log_bytes))));
    }
    notices.into_iter().map(|(tone, text)| view! { <Notice tone><p>{text}</p></Notice> }).collect_view()
}

fn about(run: &Run, now: domain::Timestamp) -> impl IntoView + use<> {
    let values = run
        .values
        .iter()
        .filter(|v| !v.text.is_empty())
        .map(|v| view! { <li><span class="muted">{v.key.clone()}</span>" "<code>{v.text.clone()}</code></li> })
        .collect_view();
    let incident = run.incident.as_ref().map(|id| view! { <a href=format!("/incidents/{id}")>{t!("runs-incident")}</a> });
    let change = run.change.as_ref().map(|id| view! { <a href=format!("/changes/{id}")>{t!("runs-change")}</a> });
    let linked = incident.is_some() || change.is_some();
    let decided = (!run.decided_name.is_empty()).then(|| {
        let (name, at) = (run.decided_name.clone(), run.decided_at);
        view! { <Fact name=t!("runs-decided-by")>{name}" "<When at/></Fact> }
    });
    let exit = run.exit_code.map_or_else(|| crate::components::NULL.to_owned(), |code| code.to_string());
    let tool = view! { <a href=format!("/tools/{}", run.tool)>{run.tool_name.clone()}</a> };
    let (requested_by, requested_at) = (run.requested_name.clone(), run.requested_at);
    let (started, finished, lasted) = (run.started_at, run.finished_at, run.duration(now));
    let command = say::command(&run.argv);
    view! {
        <Panel title=t!("runs-facts") id="runs-facts" live="runs">
            <Facts stacked=true>
                <Fact name=t!("runs-tool")>{tool}</Fact>
                <Fact name=t!("runs-requested-by")>{requested_by}</Fact>
                <Fact name=t!("runs-requested-at")><When at=requested_at/></Fact>
                {decided}
                <Fact name=t!("runs-started")><When at=started/></Fact>
                <Fact name=t!("runs-finished")><When at=finished/></Fact>
                <Fact name=t!("runs-duration")><Lasted ms=lasted/></Fact>
                <Fact name=t!("runs-exit")>{exit}</Fact>
                <Fact name=t!("tools-command")>{command}</Fact>
                <Fact name=t!("runs-values")><ul class="tools-items">{values}</ul></Fact>
                {linked.then(|| view! { <Fact name=t!("runs-for")>{incident}" "{change}</Fact> })}
            </Facts>
        </Panel>
    }
}

pub(super) async fn kill(visit: Visit, Path(id): Path<String>) -> Answer {
    visit.portal.tools.kill(&visit.actor, &run_id(&id)?).await?;
    Ok(visit.go(&format!("/runs/{id}"), "toast-run-kill"))
}

pub(super) async fn approve(visit: Visit, Path(id): Path<String>) -> Answer {
    visit.portal.tools.approve(&visit.actor, &run_id(&id)?).await?;
    Ok(visit.go(&format!("/runs/{id}"), "toast-run-approved"))
}

pub(super) async fn reject(visit: Visit, Path(id): Path<String>) -> Answer {
    visit.portal.tools.reject(&visit.actor, &run_id(&id)?).await?;
    Ok(visit.go(&format!("/runs/{id}"), "toast-run-rejected"))
}
