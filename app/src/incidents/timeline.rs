//! Everything that happened, as the page and the print show it.

use domain::incidents::{self, EntryKind, Role};
use leptos::prelude::*;

use super::say::{entry_words, who};
use crate::{
    components::{Entry, Markdown, Timeline, When},
    t,
    visit::use_visit,
};

/// The timeline, oldest first.
#[component]
pub(super) fn Happened(
    /// What it is the history of.
    label: String,
    /// The rows in order.
    entries: Vec<incidents::Entry>,
    /// How many older rows are left out.
    left_out: i64,
    /// The roles of the house, by which people are called in it.
    roles: Vec<Role>,
    /// Path of the incident, where its comments may be looked at one by one.
    #[prop(optional, into)]
    path: String,
) -> impl IntoView {
    let me = use_visit().actor.user().cloned();
    let rows = entries
        .into_iter()
        .map(|entry| {
            let (what, icon, tone) = entry_words(entry.kind, &entry.text, &roles);
            let href = (!entry.link.is_empty()).then_some(entry.link);
            let later = entry.added_at.map(|at| {
                view! { <p class="muted small">{t!("incidents-added-later", name = who(&entry.actor))}" "<When at/></p> }
            });
            let mine = me.is_some() && entry.author == me;
            let more = (!path.is_empty() && entry.kind == EntryKind::Comment && (mine || entry.edits > 0)).then(|| {
                let label = if entry.edits > 0 { t!("incidents-edited", count = entry.edits) } else { t!("incidents-rewrite") };
                view! { <p class="small"><a href=format!("{path}/entries/{}", entry.id)>{label}</a></p> }
            });
            let said = (entry.kind == EntryKind::Comment).then(|| view! { <Markdown text=entry.text/>{later}{more} });
            view! { <Entry at=entry.at who=who(&entry.actor) what icon tone href id=format!("entry-{}", entry.id)>{said}</Entry> }
        })
        .collect_view();
    let cut = (left_out > 0).then(|| view! { <p class="muted small">{t!("incidents-timeline-cut", count = left_out)}</p> });
    view! {
        {cut}
        <Timeline label>{rows}</Timeline>
    }
}
