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
            // Leptos writes the text of a text area as it is, as if it were a script. A first line end would be swallowed by the browser.
            {format!("\n{}", escaped(&value))}
        </textarea>
    };
    ties.around(label, optional, control)
}
