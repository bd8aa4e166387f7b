//! A moment as wall time.

use leptos::prelude::*;

use super::Ties;
use crate::{components::Maybe, form::FormState, visit::use_visit};

/// A moment as wall time in the reader's zone, which stands beside it. Posts `2025-03-14T14:05`.
#[component]
pub fn MomentField(
    /// The form.
    #[prop(into)]
    form: FormState,
    /// Name of the field.
    #[prop(into)]
    name: String,
    /// Label above it.
    #[prop(into)]
    label: String,
    /// What to enter, in one sentence.
    #[prop(optional, into)]
    hint: String,
    /// Another zone than the reader's: its IANA name.
    #[prop(optional, into)]
    zone: Maybe<String>,
    /// May stay empty.
    #[prop(optional)]
    optional: bool,
) -> impl IntoView {
    let Maybe(zone) = zone;
    let ties = Ties::new(&form, &name, hint);
    let visit = use_visit();
    let zone = zone.unwrap_or_else(|| {
        if visit.zone_name == "UTC" { "UTC".to_owned() } else { format!("{} ({})", visit.zone_name, visit.offset_label()) }
    });
    let value = form.get(&name).replace(' ', "T");
    // What does not parse would vanish from a date input: then it is shown as text.
    let kind = if value.is_empty() || value.parse::<jiff::civil::DateTime>().is_ok() { "datetime-local" } else { "text" };
    let control = view! {
        <div class="field-unit">
            <input
                class="input"
                type=kind
                id=ties.id.clone()
                name=name
                value=value
                aria-describedby=ties.described.clone()
                aria-invalid=ties.invalid()
                aria-required=(!optional).then_some("true")
            />
            <span class="field-zone">{zone}</span>
        </div>
    };
    ties.around(label, optional, control)
}
