//! Several lines of text.

use leptos::prelude::*;

use super::Ties;
use crate::{components::escape::escaped, form::FormState};

/// Several lines of text.
#[component]
pub fn TextAreaField(
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
    /// Lines shown at first.
    #[prop(default = 4)]
    rows: u32,
    /// May stay empty.
    #[prop(optional)]
    optional: bool,
    /// In a fixed-width face.
    #[prop(optional)]
    mono: bool,
) -> impl IntoView {
    let ties = Ties::new(&form, &name, hint);
    let value = form.get(&name);
    let control = view! {
        <textarea
            class="input"
            id=ties.id.clone()
            name=name
            rows=rows.to_string()
            data-mono=mono.then_some("")
            aria-describedby=ties.described.clone()
            aria-invalid=ties.invalid()
            aria-required=(!optional).then_some("true")
        >
            {content(&value)}
        </textarea>
    };
    ties.around(label, optional, control)
}

/// Several lines that travel with a form unseen.
#[component]
pub fn KeptText(
    /// Name of the field.
    #[prop(into)]
    name: String,
    /// What is kept.
    #[prop(into)]
    value: String,
) -> impl IntoView {
    view! { <textarea name=name hidden>{content(&value)}</textarea> }
}

/// What stands in a text area. Leptos writes it as it is, as if it were a script; a first line end would be swallowed by the browser.
fn content(text: &str) -> String {
    format!("\n{}", escaped(text))
}
