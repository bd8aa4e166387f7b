//! Everything that happened, as the page and the print show it.

use domain::incidents::{self, EntryKind, Role};
use leptos::prelude::*;

use super::say::{entry_words, who};
use crate::components::{Entry, Markdown, Timeline};

/// The timeline, oldest first.
#[component]
pub(super) fn Happened(
    /// What it is the history of.
    label: String,
    /// The rows in order.
    entries: Vec<incidents::Entry>,
    /// The roles of the house, by which people are called in it.
    roles: Vec<Role>,
) -> impl IntoView {
    let rows = entries
        .into_iter()
        .map(|entry| {
            let (what, icon, tone) = entry_words(entry.kind, &entry.text, &roles);
            let href = (!entry.link.is_empty()).then_some(entry.link);
            let said = (entry.kind == EntryKind::Comment).then(|| view! { <Markdown text=entry.text/> });
            view! { <Entry at=entry.at who=who(&entry.actor) what icon tone href id=format!("entry-{}", entry.id)>{said}</Entry> }
        })
        .collect_view();
    view! { <Timeline label>{rows}</Timeline> }
}
