//! A file to send.

use leptos::prelude::*;

use super::Ties;
use crate::form::FormState;

/// A file to send; its form needs `enctype="multipart/form-data"`. What was chosen cannot be kept where the form is refused:
/// no browser lets a page choose a file.
#[component]
pub fn FileField(
    /// The form.
    #[prop(into)]
    form: FormState,
    /// Name of the field.
    #[prop(into)]
    name: String,
    /// Label above it.
    #[prop(into)]
    label: String,
    /// What may be sent, in one sentence.
    #[prop(optional, into)]
    hint: String,
) -> impl IntoView {
    let ties = Ties::new(&form, &name, hint);
    let control = view! {
        <input
            class="input"
            type="file"
            id=ties.id.clone()
            name=name
            aria-describedby=ties.described.clone()
            aria-invalid=ties.invalid()
            aria-required="true"
        />
    };
    ties.around(label, false, control)
}
