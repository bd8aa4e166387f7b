//! A log in parts: as HTML for whoever follows it, as server-sent events, as a text file.

use std::{convert::Infallible, time::Duration};

use axum::{
    body::Body,
    extract::Path,
    response::{
        IntoResponse, Response,
        sse::{Event, KeepAlive, Sse},
    },
};
use bytes::Bytes;
use domain::{
    Fault,
    id::RunId,
    tools::{LogPart, Run, RunState},
};
use futures::stream;
use http::{HeaderMap, header};
use leptos::prelude::*;
use serde::Deserialize;

use super::run_id;
use crate::{
    components::{LogLine, LogLines, full},
    fault::Answer,
    query::Query,
    t, tr,
    visit::Visit,
};

/// Lines in one part at most.
const PART: u32 = 2_000;
/// Pause between two looks at a log that is being written.
const PAUSE: Duration = Duration::from_millis(400);
/// Longest life of one stream; the browser connects anew, and by that its session is asked again.
const LIFE: Duration = Duration::from_secs(60);

#[derive(Deserialize)]
pub(super) struct After {
    /// Number of the last line that is known; 0 for none.
    after: Option<i64>,
    /// Lines at most.
    limit: Option<u32>,
    /// For a stream: of what is new, only so many of the last lines; whoever reads fetches the others when they are seen.
    tail: Option<u32>,
}

/// The lines of a part as the log view shows them.
pub(super) fn lines(part: &LogPart) -> Vec<LogLine> {
    (part.first..).zip(&part.lines).map(|(number, text)| LogLine { number, text: text.clone(), err: false }).collect()
}

/// Whether there were lines where there are none any more.
pub(super) fn is_forgotten(run: &Run, part: &LogPart) -> bool {
    run.state.is_over() && part.lines.is_empty() && part.first <= run.log_lines
}

/// What stands below a log; `None` while it is being written.
pub(super) fn end_words(run: &Run, part: &LogPart) -> Option<String> {
    match run.state {
        RunState::Awaiting | RunState::Queued | RunState::Running => None,
        _ if is_forgotten(run, part) => Some(t!("runs-log-forgotten", lines = full(run.log_lines))),
        _ if run.log_cut => Some(t!("runs-log-cut", bytes = full(run.log_bytes))),
        _ => Some(match run.exit_code {
            Some(code) => t!("runs-log-end", code = code.to_string()),
            None => super::say::state(run.state).1,
        }),
    }
}

/// Lines after a number: HTML list items, or events where the caller accepts a stream.
pub(super) async fn part(visit: Visit, Path(id): Path<String>, Query(query): Query<After>, headers: HeaderMap) -> Answer {
    let id = run_id(&id)?;
    let known = headers.get("last-event-id").and_then(|v| v.to_str().ok()).and_then(|v| v.parse().ok());
    let from = known.or(query.after).unwrap_or(0).max(0) + 1;
    let accepts = headers.get(header::ACCEPT).and_then(|v| v.to_str().ok()).unwrap_or_default();
    if accepts.contains("text/event-stream") {
        // Refused before the stream begins, not within it.
        visit.portal.tools.get_run(&visit.actor, &id).await?;
        return Ok(follow(visit, id, from, query.tail.map(|tail| tail.clamp(1, PART))));
    }
    let part = visit.portal.tools.log(&visit.actor, &id, from, query.limit.unwrap_or(PART).min(PART)).await?;
    let body = html(&visit, lines(&part));
    let over = if part.done { "1" } else { "0" };
    Ok(([("x-log-over", over), ("cache-control", "no-store")], axum::response::Html(body)).into_response())
}

fn html(visit: &Visit, lines: Vec<LogLine>) -> String {
    let owner = Owner::new();
    owner.with(|| {
        provide_context(visit.clone());
        view! { <LogLines lines/> }.into_view().to_html()
    })
}

/// The lines from a number on; with `tail` only the last ones, where there are more.
async fn newest(visit: &Visit, id: &RunId, from: i64, tail: Option<u32>) -> Result<LogPart, Fault> {
    let tools = &visit.portal.tools;
    let part = tools.log(&visit.actor, id, from, tail.unwrap_or(PART)).await?;
    let Some(tail) = tail.filter(|_| !part.lines.is_empty()) else { return Ok(part) };
    let last = tools.log(&visit.actor, id, -i64::from(tail), tail).await?;
    Ok(if last.first > part.first { last } else { part })
}

/// Events `lines` (HTML) with the number of the last line as id, and one `end`.
fn follow(visit: Visit, id: RunId, from: i64, tail: Option<u32>) -> Response {
    let until = tokio::time::Instant::now() + LIFE;
    let begin = from;
    let events = stream::unfold((visit, id, from, false), move |(visit, id, mut from, over)| async move {
        if over {
            return None;
        }
        // However fast a command writes, a reader is told a few times a second.
        if tail.is_some() && from > begin {
            tokio::time::sleep(PAUSE).await;
        }
        loop {
            let part = match newest(&visit, &id, from, tail).await {
                Ok(part) => part,
                Err(_) => return None,
            };
            from = part.next;
            if !part.lines.is_empty() {
                let event = Event::default()
                    .event("lines")
                    .id((part.next - 1).to_string())
                    .retry(Duration::from_millis(500))
                    // A carriage return would end the line of the stream; within HTML it can be written otherwise.
                    .data(html(&visit, lines(&part)).replace('\r', "&#13;"));
                return Some((Ok::<_, Infallible>(event), (visit, id, from, false)));
            }
            if part.done {
                let event = Event::default().event("end").data(part.state.word());
                return Some((Ok(event), (visit, id, from, true)));
            }
            if tokio::time::Instant::now() >= until {
                return None;
            }
            tokio::time::sleep(PAUSE).await;
        }
    });
    Sse::new(events).keep_alive(KeepAlive::default()).into_response()
}

/// The whole log as text; where part of it was not kept, the last line says so.
pub(super) async fn text(visit: Visit, Path(id): Path<String>) -> Answer {
    let id = run_id(&id)?;
    let run = visit.portal.tools.get_run(&visit.actor, &id).await?;
    let mark = run.log_cut.then(|| tr!(visit, "runs-log-cut", bytes = full(run.log_bytes)));
    let name = format!("attachment; filename=\"run-{id}.log\"");
    let rest = stream::try_unfold((visit, id, 1, mark), |(visit, id, from, mark)| async move {
        let part =
            visit.portal.tools.log(&visit.actor, &id, from, PART).await.map_err(|fault: Fault| std::io::Error::other(fault.to_string()))?;
        if part.lines.is_empty() {
            return Ok::<_, std::io::Error>(mark.map(|mark| (Bytes::from(format!("{mark}\n")), (visit, id, from, None))));
        }
        let mut text = part.lines.join("\n");
        text.push('\n');
        Ok(Some((Bytes::from(text), (visit, id, part.next, mark))))
    });
    Response::builder()
        .header(header::CONTENT_TYPE, "text/plain; charset=utf-8")
        .header(header::CONTENT_DISPOSITION, name)
        .header(header::CACHE_CONTROL, "no-store")
        .body(Body::from_stream(rest))
        .map_err(|_| Fault::Internal.into())
}
