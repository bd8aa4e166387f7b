//! The timeline of a change, oldest first.

use domain::{
    Timestamp,
    changes::{Entry as Row, EntryKind, NoGo, Outcome, UndoState},
    deployments::State,
};
use leptos::prelude::*;

use super::say::{entry_word, outcome_word};
use crate::{
    components::{Entry, Markdown, Timeline},
    deployments, t,
    visit::use_visit,
};

/// The timeline, oldest first.
#[component]
pub(super) fn History(entries: Vec<Row>) -> impl IntoView {
    view! {
        <Timeline label=t!("changes-timeline")>
            {entries
                .into_iter()
                .map(|entry| {
                    let (what, text) = entry_texts(&entry);
                    let body = (!text.is_empty()).then(|| view! { <Markdown text/> });
                    let href = entry.link.filter(|link| link.starts_with('/')).unwrap_or_default();
                    if href.is_empty() {
                        view! { <Entry at=entry.at who=entry.actor what>{body}</Entry> }.into_any()
                    } else {
                        view! { <Entry at=entry.at who=entry.actor what href>{body}</Entry> }.into_any()
                    }
                })
                .collect_view()}
        </Timeline>
    }
}

/// What a row tells, and what was said with it.
fn entry_texts(entry: &Row) -> (String, String) {
    let word = entry_word(entry.kind);
    match entry.kind {
        EntryKind::Voided => (t!("changes-entry-voided-count", count = entry.text.parse::<i64>().unwrap_or(0)), String::new()),
        EntryKind::Verified => (format!("{word}: {}", t!(&format!("changes-entry-verified-{}", entry.text))), String::new()),
        EntryKind::Finished | EntryKind::Judged => {
            let (outcome, remark) = entry.text.split_once('\n').unwrap_or((&entry.text, ""));
            let outcome = outcome.parse::<Outcome>().map_or_else(|_| outcome.to_owned(), outcome_word);
            (format!("{word}: {outcome}"), remark.to_owned())
        }
        EntryKind::Expired => {
            (t!(&format!("changes-entry-expired-{}", if entry.text == "approval" { "approval" } else { "window" })), String::new())
        }
        EntryKind::Deployed => {
            let (state, label) = entry.text.split_once('\n').unwrap_or((&entry.text, ""));
            let state = State::parse(state).map_or_else(|| state.to_owned(), deployments::state_word);
            (format!("{word} {label}: {state}"), String::new())
        }
        EntryKind::Ungated => {
            let (label, why) = entry.text.split_once('\n').unwrap_or((&entry.text, ""));
            let word = if why == NoGo::Unbegun.name() { t!("changes-entry-unbegun") } else { word };
            let why: Vec<String> = why.split(' ').filter_map(NoGo::parse).map(|why| t!(&format!("changes-no-go-{why}"))).collect();
            (format!("{word} {label}: {}", why.join(", ")), String::new())
        }
        EntryKind::MaintenanceOpened => (word, opened(&entry.text).unwrap_or_default()),
        EntryKind::MaintenanceClosed => {
            (t!(&format!("changes-entry-maintenance-closed-{}", if entry.text == "window" { "window" } else { "ended" })), String::new())
        }
        EntryKind::Undone => (word, undone(&entry.text)),
        EntryKind::Note => (word, crate::tools::say_told(&entry.text)),
        _ => (word, entry.text.clone()),
    }
}

/// Until when a maintenance window lasts, and what it holds.
fn opened(text: &str) -> Option<String> {
    let mut lines = text.lines();
    let until = use_visit().wall(Timestamp(lines.next()?.parse().ok()?));
    let (systems, around) = (lines.next()?.to_owned(), lines.next()?.parse::<i64>().ok()?);
    Some(t!("changes-maintenance-holds", until = until, systems = systems, around = around))
}

/// `2. Deploy: done`, with how it stands in the reader's language, and a remark.
fn undone(text: &str) -> String {
    let (line, remark) = text.split_once("\n\n").unwrap_or((text, ""));
    let said = line.rsplit_once(": ").filter(|(_, state)| UndoState::parse(state).is_some());
    let line = said.map_or_else(|| line.to_owned(), |(what, state)| format!("{what}: {}", t!(&format!("changes-undo-{state}"))));
    if remark.is_empty() { line } else { format!("{line}\n\n{remark}") }
}
