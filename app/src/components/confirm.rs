//! Acts that are asked back: in place by `<details>`, which needs no JavaScript, and native dialogs.

use leptos::prelude::*;

use super::{Button, ButtonKind, Icon, Maybe};
use crate::t;

/// A destructive act, asked back in place. Where `type_name` is given the person must type the name of the thing;
/// it is posted as `confirm` and the service compares it.
#[component]
pub fn Confirm(
    /// The verb, on the button that opens and on the button that acts.
    #[prop(into)]
    verb: String,
    /// What will happen, in one sentence that names the thing.
    #[prop(into)]
    text: String,
    /// Where it posts to.
    #[prop(into)]
    action: String,
    /// The name that must be typed.
    #[prop(optional, into)]
    type_name: Maybe<String>,
    /// Name of an icon before the verb.
    #[prop(optional, into)]
    icon: Maybe<String>,
    /// Small, for rows of tables.
    #[prop(optional)]
    small: bool,
    /// Further fields of the form.
    #[prop(optional)]
    children: Option<Children>,
) -> impl IntoView {
    let Maybe(type_name) = type_name;
    let Maybe(icon) = icon;
    let icon = icon.map(|name| view! { <Icon name/> });
    view! {
        <details class="confirm">
            <summary class="button" data-kind="danger" data-size=small.then_some("small")>{icon}{verb.clone()}</summary>
            <form class="confirm-body" method="post" action=action>
                <p>{text}</p>
                {children.map(|children| children())}
                {type_name
                    .map(|name| {
                        view! {
                            <label class="field">
                                <span>{t!("confirm-type-name", name = name)}</span>
                                <input class="input" name="confirm" required autocomplete="off"/>
                            </label>
                        }
                    })}
                <Button label=verb kind=ButtonKind::Danger/>
            </form>
        </details>
    }
}

/// A native dialog; a script opens it. Whatever is in it must be reachable without JavaScript as well.
#[component]
pub fn Dialog(
    /// Its id.
    #[prop(into)]
    id: String,
    /// Its heading.
    #[prop(into)]
    title: String,
    /// What it holds.
    children: Children,
) -> impl IntoView {
    let heading = format!("{id}-title");
    view! {
        <dialog class="dialog" id=id aria-labelledby=heading.clone()>
            <h2 id=heading.clone()>{title}</h2>
            {children()}
            <form class="dialog-acts" method="dialog">
                <button class="button" type="submit">{t!("dialog-close")}</button>
            </form>
        </dialog>
    }
}

/// A value with a button that copies it; without JavaScript the value is there to be selected.
#[component]
pub fn CopyButton(
    /// What is copied.
    #[prop(into)]
    value: String,
    /// Shown in place of the value: then only the button copies.
    #[prop(optional)]
    hidden: bool,
) -> impl IntoView {
    let copied = value.clone();
    view! {
        <span class="copy">
            {(!hidden).then(|| view! { <code>{value}</code> })}
            <button class="button needs-js" type="button" data-size="small" data-copy=copied data-done=t!("copy-done")>
                <Icon name="copy"/>
                <span>{t!("copy")}</span>
            </button>
        </span>
    }
}

/// A secret that is shown once, with its warning.
#[component]
pub fn SecretOnce(
    /// The secret.
    #[prop(into)]
    value: String,
    /// What it is for, and that it will not be shown again.
    #[prop(into)]
    text: String,
) -> impl IntoView {
    view! {
        <div class="secret-once" role="status">
            <p>{text}</p>
            <CopyButton value/>
        </div>
    }
}
