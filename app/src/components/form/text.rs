//! One line of text, plain or secret.

use leptos::prelude::*;

use super::Ties;
use crate::{components::Maybe, form::FormState};

/// One line of text.
#[component]
pub fn TextField(
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
    /// `type` of the input: `text`, `email`, `url`, `search`.
    #[prop(optional, into)]
    kind: Maybe<String>,
    /// May stay empty.
    #[prop(optional)]
    optional: bool,
    /// In a fixed-width face: for commands, patterns, URLs.
    #[prop(optional)]
    mono: bool,
    /// An example, where the hint does not give one.
    #[prop(optional, into)]
    placeholder: Maybe<String>,
    /// `autocomplete` of the input.
    #[prop(optional, into)]
    autocomplete: Maybe<String>,
    /// Takes the focus when the page opens.
    #[prop(optional)]
    autofocus: bool,
) -> impl IntoView {
    let Maybe(kind) = kind;
    let Maybe(placeholder) = placeholder;
    let Maybe(autocomplete) = autocomplete;
    let ties = Ties::new(&form, &name, hint);
    let value = form.get(&name);
    let control = view! {
        <input
            class="input"
            type=kind.unwrap_or_else(|| "text".into())
            id=ties.id.clone()
            name=name
            value=value
            placeholder=placeholder
            autocomplete=autocomplete.unwrap_or_else(|| "off".into())
            autofocus=autofocus
            data-mono=mono.then_some("")
            aria-describedby=ties.described.clone()
            aria-invalid=ties.invalid()
            aria-required=(!optional).then_some("true")
        />
    };
    ties.around(label, optional, control)
}

/// A secret: never rendered back, whatever the form holds.
#[component]
pub fn SecretField(
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
    /// `current-password`, `new-password` or `off`.
    #[prop(optional, into)]
    autocomplete: Maybe<String>,
    /// May stay empty.
    #[prop(optional)]
    optional: bool,
) -> impl IntoView {
    let Maybe(autocomplete) = autocomplete;
    let ties = Ties::new(&form, &name, hint);
    let control = view! {
        <input
            class="input"
            type="password"
            id=ties.id.clone()
            name=name
            autocomplete=autocomplete.unwrap_or_else(|| "off".into())
            aria-describedby=ties.described.clone()
            aria-invalid=ties.invalid()
            aria-required=(!optional).then_some("true")
        />
    };
    ties.around(label, optional, control)
}
