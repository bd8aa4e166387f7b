//! One of several, any of several, yes or no.

use leptos::prelude::*;

use super::{Ties, mark};
use crate::{components::Maybe, form::FormState};

/// One of several.
#[component]
pub fn SelectField(
    /// The form.
    #[prop(into)]
    form: FormState,
    /// Name of the field.
    #[prop(into)]
    name: String,
    /// Label above it.
    #[prop(into)]
    label: String,
    /// Value and word of each choice.
    options: Vec<(String, String)>,
    /// What to choose, in one sentence.
    #[prop(optional, into)]
    hint: String,
    /// A first choice with an empty value and this word, e.g. "All" or "— choose —".
    #[prop(optional, into)]
    blank: Maybe<String>,
    /// May stay empty.
    #[prop(optional)]
    optional: bool,
) -> impl IntoView {
    let Maybe(blank) = blank;
    let ties = Ties::new(&form, &name, hint);
    let current = form.get(&name);
    let control = view! {
        <select
            class="input"
            id=ties.id.clone()
            name=name
            aria-describedby=ties.described.clone()
            aria-invalid=ties.invalid()
        >
            {blank.map(|word| view! { <option value="">{word}</option> })}
            {options
                .into_iter()
                .map(|(value, word)| {
                    let selected = value == current;
                    view! { <option value=value selected=selected>{word}</option> }
                })
                .collect_view()}
        </select>
    };
    ties.around(label, optional, control)
}

/// Any of several, as check boxes.
#[component]
pub fn ChoicesField(
    /// The form.
    #[prop(into)]
    form: FormState,
    /// Name of the field; sent once per ticked box.
    #[prop(into)]
    name: String,
    /// Label above it.
    #[prop(into)]
    label: String,
    /// Value and word of each choice.
    options: Vec<(String, String)>,
    /// What to tick, in one sentence.
    #[prop(optional, into)]
    hint: String,
    /// May stay empty.
    #[prop(optional)]
    optional: bool,
) -> impl IntoView {
    let ties = Ties::new(&form, &name, hint);
    view! {
        <fieldset class="field" id=ties.id.clone() aria-describedby=ties.described.clone() tabindex="-1">
            <legend>{label}{mark(optional)}</legend>
            {ties.hint()}
            <div class="choices">
                {options
                    .into_iter()
                    .map(|(value, word)| {
                        let checked = form.is(&name, &value);
                        let name = name.clone();
                        view! { <label class="check"><input type="checkbox" name=name value=value checked=checked/><span>{word}</span></label> }
                    })
                    .collect_view()}
            </div>
            {ties.error()}
        </fieldset>
    }
}

/// One check box; sends `on` when it is ticked.
#[component]
pub fn CheckField(
    /// The form.
    #[prop(into)]
    form: FormState,
    /// Name of the field.
    #[prop(into)]
    name: String,
    /// What ticking it means.
    #[prop(into)]
    label: String,
    /// More about it.
    #[prop(optional, into)]
    hint: String,
) -> impl IntoView {
    let ties = Ties::new(&form, &name, String::new());
    let checked = form.typed.has(&name) && !form.typed.get(&name).is_empty();
    view! {
        <div class="field">
            <label class="check">
                <input
                    type="checkbox"
                    id=ties.id.clone()
                    name=name
                    value="on"
                    checked=checked
                    aria-describedby=ties.described.clone()
                    aria-invalid=ties.invalid()
                />
                <span>{label}{(!hint.is_empty()).then(|| view! { <small>{hint}</small> })}</span>
            </label>
            {ties.error()}
        </div>
    }
}
