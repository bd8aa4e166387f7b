//! A number with its unit.

use leptos::prelude::*;

use super::Ties;
use crate::{form::FormState, t};

/// A number, with its unit behind it.
#[component]
pub fn NumberField(
    /// The form.
    #[prop(into)]
    form: FormState,
    /// Name of the field.
    #[prop(into)]
    name: String,
    /// Label above it.
    #[prop(into)]
    label: String,
    /// What to type, in one sentence.
    #[prop(optional, into)]
    hint: String,
    /// The unit, e.g. `s`.
    #[prop(optional, into)]
    unit: String,
    /// Least value, inclusive; for the browser's keyboard and arrows only, the domain decides.
    #[prop(optional)]
    min: Option<i64>,
    /// Greatest value, inclusive.
    #[prop(optional)]
    max: Option<i64>,
    /// May stay empty.
    #[prop(optional)]
    optional: bool,
) -> impl IntoView {
    let ties = Ties::new(&form, &name, hint);
    let value = form.get(&name);
    // A number input throws away what is no number; text with a numeric keyboard keeps what was typed.
    let range = min.zip(max).map(|(min, max)| t!("field-range", min = min, max = max));
    let control = view! {
        <div class="field-unit">
            <input
                class="input"
                type="text"
                inputmode="decimal"
                id=ties.id.clone()
                name=name
                value=value
                autocomplete="off"
                aria-describedby=ties.described.clone()
                aria-invalid=ties.invalid()
                aria-required=(!optional).then_some("true")
            />
            <span class="field-zone">{unit}{range.map(|range| format!(" {range}"))}</span>
        </div>
    };
    ties.around(label, optional, control)
}
