//! What an approver has to know on one screen of a phone: what is brought, how it is watched, and what was edited since it was approved.

use domain::changes::{Artifact, FILES_FIELD, FieldDiff, Kind, Risk, SHORT_SHA, Watch};
use leptos::prelude::*;

use super::{
    request::labels,
    say::{kind_word, risk_word},
};
use crate::{
    components::{Diff, NULL, Notice, Panel, Tone},
    t,
};

/// Letters of a value that still stands in a line of its own.
const SHORT: usize = 120;

/// How it is watched after the work.
pub(super) fn watch_text(watch: Watch) -> String {
    if watch.minutes == 0 {
        return t!("changes-watch-none");
    }
    t!("changes-watch-text", minutes = watch.minutes, margin = watch.margin_text(), latency = watch.latency)
}

/// Name, version and the beginning of the hash of what is brought, and how it is watched.
#[component]
pub(super) fn Brought(artifact: Option<Artifact>, watch: Watch) -> impl IntoView {
    let artifact = match artifact {
        None => view! { <span class="muted">{t!("changes-artifact-none")}</span> }.into_any(),
        Some(artifact) => {
            let short: String = artifact.sha.chars().take(SHORT_SHA).collect();
            let hash = (!short.is_empty()).then(|| view! { " " <code class="changes-hash" title=artifact.sha.clone()>{short}</code> });
            view! { <strong>{format!("{} {}", artifact.name, artifact.version)}</strong>{hash} }.into_any()
        }
    };
    view! {
        <dl class="changes-brief">
            <dt>{t!("changes-field-artifact")}</dt>
            <dd>{artifact}</dd>
            <dt>{t!("changes-verification")}</dt>
            <dd>{watch_text(watch)}</dd>
        </dl>
    }
}

/// The name of a field.
fn name_of(field: &FieldDiff, labels: &[(&'static str, String)]) -> String {
    match field.field.as_str() {
        "start" => t!("changes-field-window"),
        // The line holds all of it.
        "verify_minutes" => t!("changes-verification"),
        name => labels.iter().find(|(known, _)| *known == name).map_or_else(|| name.to_owned(), |(_, label)| label.clone()),
    }
}

/// A value in the reader's language, where it is a word.
fn said(field: &str, value: &str) -> String {
    let word = match field {
        "risk" => Risk::parse(value).map(risk_word),
        "kind" => Kind::parse(value).map(kind_word),
        _ => None,
    };
    word.unwrap_or_else(|| if value.is_empty() { NULL.to_owned() } else { value.to_owned() })
}

/// Warns of the files that came since, by name, which nobody approved; and what differs otherwise.
fn apart(diff: Vec<FieldDiff>) -> (Option<AnyView>, Vec<FieldDiff>) {
    let (files, rest): (Vec<FieldDiff>, Vec<FieldDiff>) = diff.into_iter().partition(|field| field.field == FILES_FIELD);
    let names = files.into_iter().next().map(|field| field.now.replace('\n', ", "));
    (names.map(|names| view! { <Notice tone=Tone::P3 title=t!("changes-since-files", names = names)/> }.into_any()), rest)
}

/// What differs, in short: a field in a line with its old and its new value, a long text line by line behind its name.
#[component]
pub(super) fn SinceBrief(diff: Vec<FieldDiff>) -> impl IntoView {
    let labels = labels();
    let (files, diff) = apart(diff);
    let one = |field: FieldDiff| {
        let name = name_of(&field, &labels);
        let (before, now) = (said(&field.field, &field.before), said(&field.field, &field.now));
        let short = |text: &str| !text.contains('\n') && text.chars().count() <= SHORT;
        if short(&before) && short(&now) {
            return view! {
                <li>
                    <strong>{name}</strong>": "<del>{before}</del>" "<span aria-hidden="true">"→"</span>" "<ins>{now}</ins>
                </li>
            }
            .into_any();
        }
        let label = name.clone();
        view! { <li><details><summary><strong>{name}</strong></summary><Diff label before after=now/></details></li> }.into_any()
    };
    let list = (!diff.is_empty()).then(|| view! { <ul>{diff.into_iter().map(one).collect_view()}</ul> });
    view! { <div class="changes-since"><p><strong>{t!("changes-since")}</strong></p>{files}{list}</div> }
}

/// The same on the page of the change, line by line.
#[component]
pub(super) fn Since(diff: Vec<FieldDiff>) -> impl IntoView {
    let labels = labels();
    let (files, diff) = apart(diff);
    let one = |field: FieldDiff| {
        let name = name_of(&field, &labels);
        let (before, after) = (said(&field.field, &field.before), said(&field.field, &field.now));
        view! { <h3>{name.clone()}</h3><Diff label=name before after/> }
    };
    let list = diff.into_iter().map(one).collect_view();
    view! { <Panel title=t!("changes-since") id="since">{files}{list}</Panel> }
}
