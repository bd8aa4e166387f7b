//! What happened, in order.

use domain::Timestamp;
use leptos::prelude::*;

use super::{Icon, Maybe, Tone, When};

/// A list of what happened; `children` are [`Entry`]s.
#[component]
pub fn Timeline(
    /// What it is the history of, for those who cannot see it.
    #[prop(into)]
    label: String,
    /// The entries in order.
    children: Children,
) -> impl IntoView {
    view! { <ol class="timeline" aria-label=label>{children()}</ol> }
}

/// One thing that happened: who, what, when, and what they said.
#[component]
pub fn Entry(
    /// When.
    at: Timestamp,
    /// Who did it: a name, or a part of the process.
    #[prop(into)]
    who: String,
    /// What was done, as a short sentence without the name.
    #[prop(into)]
    what: String,
    /// Name of an icon; else the tone's.
    #[prop(optional, into)]
    icon: Maybe<String>,
    /// Its colour.
    #[prop(optional, into)]
    tone: Maybe<Tone>,
    /// Id, so that it can be linked to.
    #[prop(optional, into)]
    id: Maybe<String>,
    /// Where more of it is.
    #[prop(optional, into)]
    href: Maybe<String>,
    /// What was said or attached.
    #[prop(optional)]
    children: Option<Children>,
) -> impl IntoView {
    let Maybe(icon) = icon;
    let Maybe(tone) = tone;
    let Maybe(id) = id;
    let Maybe(href) = href;
    let icon = icon.unwrap_or_else(|| tone.unwrap_or(Tone::Accent).icon().to_owned());
    let what = match href {
        Some(href) => view! { <a href=href>{what}</a> }.into_any(),
        None => view! { <span>{what}</span> }.into_any(),
    };
    view! {
        <li id=id>
            <span class="timeline-mark" data-tone=tone.map(Tone::word)><Icon name=icon/></span>
            <div class="timeline-body">
                <p class="timeline-head"><span class="timeline-who">{who}</span>{what}<When at/></p>
                {children.map(|children| children())}
            </div>
        </li>
    }
}
