//! Buttons: one that submits, a link that looks like one, and a form that is only one.

use leptos::prelude::*;

use super::{Icon, Maybe};

/// How much a button wants to be pressed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum ButtonKind {
    /// One of several.
    #[default]
    Plain,
    /// The one that the page is about.
    Primary,
    /// Takes something away.
    Danger,
    /// Stays in the background.
    Quiet,
}

impl ButtonKind {
    /// The value of `data-kind`.
    pub fn word(self) -> &'static str {
        match self {
            Self::Plain => "plain",
            Self::Primary => "primary",
            Self::Danger => "danger",
            Self::Quiet => "quiet",
        }
    }
}

fn inside(icon: &str, label: String) -> impl IntoView + use<> {
    let icon = (!icon.is_empty()).then(|| view! { <Icon name=icon.to_owned()/> });
    view! { {icon} <span>{label}</span> }
}

/// A submit button within a form.
#[component]
pub fn Button(
    /// What it does, as a verb.
    #[prop(into)]
    label: String,
    /// How much it wants to be pressed.
    #[prop(optional)]
    kind: ButtonKind,
    /// Name of an icon before the word.
    #[prop(optional, into)]
    icon: String,
    /// `name` of the field that it sends, where several buttons share a form.
    #[prop(optional, into)]
    name: Maybe<String>,
    /// `value` of that field.
    #[prop(optional, into)]
    value: Maybe<String>,
    /// Small, for rows of tables.
    #[prop(optional)]
    small: bool,
    /// As wide as its box.
    #[prop(optional)]
    wide: bool,
    /// Cannot be pressed now; say why beside it.
    #[prop(optional)]
    disabled: bool,
) -> impl IntoView {
    let Maybe(name) = name;
    let Maybe(value) = value;
    view! {
        <button
            type="submit"
            class="button"
            data-kind=kind.word()
            data-size=small.then_some("small")
            data-wide=wide.then_some("")
            name=name
            value=value
            disabled=disabled
        >
            {inside(&icon, label)}
        </button>
    }
}

/// A link that looks like a button: goes somewhere, changes nothing.
#[component]
pub fn LinkButton(
    /// Where to.
    #[prop(into)]
    href: String,
    /// What is there.
    #[prop(into)]
    label: String,
    /// How much it wants to be pressed.
    #[prop(optional)]
    kind: ButtonKind,
    /// Name of an icon before the word.
    #[prop(optional, into)]
    icon: String,
    /// Small, for rows of tables.
    #[prop(optional)]
    small: bool,
    /// A key that follows it, e.g. `a`; needs `data-key` handling by the keyboard script.
    #[prop(optional, into)]
    key: Maybe<String>,
) -> impl IntoView {
    let Maybe(key) = key;
    view! {
        <a class="button" href=href data-kind=kind.word() data-size=small.then_some("small") data-key=key>
            {inside(&icon, label)}
        </a>
    }
}

/// A form that is only a button: an act without anything to type.
#[component]
pub fn PostButton(
    /// Where it posts to.
    #[prop(into)]
    action: String,
    /// What it does, as a verb.
    #[prop(into)]
    label: String,
    /// How much it wants to be pressed.
    #[prop(optional)]
    kind: ButtonKind,
    /// Name of an icon before the word.
    #[prop(optional, into)]
    icon: String,
    /// Hidden fields to send along.
    #[prop(optional)]
    fields: Vec<(&'static str, String)>,
    /// Small, for rows of tables.
    #[prop(optional)]
    small: bool,
    /// As wide as its box.
    #[prop(optional)]
    wide: bool,
    /// Cannot be pressed now; say why beside it.
    #[prop(optional)]
    disabled: bool,
    /// A single key that presses it, e.g. `a` to acknowledge; needs JavaScript.
    #[prop(optional, into)]
    key: Maybe<String>,
) -> impl IntoView {
    let Maybe(key) = key;
    view! {
        <form class="post" method="post" action=action data-key=key>
            {fields.into_iter().map(|(name, value)| view! { <input type="hidden" name=name value=value/> }).collect_view()}
            <Button label kind icon small wide disabled/>
        </form>
    }
}
