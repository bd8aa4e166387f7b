//! Badges: shape, word and colour together, so that none is needed alone.

use leptos::prelude::*;

use super::{Icon, Maybe, Tone};
use crate::t;

/// A state or a severity in one word.
#[component]
pub fn Badge(
    /// Its colour and, unless `icon` is given, its shape.
    tone: Tone,
    /// Its word.
    #[prop(into)]
    word: String,
    /// Another shape than the tone's.
    #[prop(optional, into)]
    icon: Maybe<String>,
    /// Without the tinted ground.
    #[prop(optional)]
    plain: bool,
) -> impl IntoView {
    let Maybe(icon) = icon;
    view! {
        <span class="badge" data-tone=tone.word() data-plain=plain.then_some("")>
            <Icon name=icon.unwrap_or_else(|| tone.icon().to_owned())/>
            {word}
        </span>
    }
}

/// How bad: `P1 critical` to `P4 info`.
#[component]
pub fn SeverityBadge(
    /// 1 (critical) to 4 (information).
    level: u8,
) -> impl IntoView {
    let word = match level {
        1 => t!("severity-p1"),
        2 => t!("severity-p2"),
        3 => t!("severity-p3"),
        _ => t!("severity-p4"),
    };
    view! { <Badge tone=Tone::severity(level) word/> }
}

/// How something is now.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Status {
    /// All is well.
    Up,
    /// It works, but not as it should.
    Degraded,
    /// It does not work.
    Down,
    /// Planned work is under way.
    Maintenance,
    /// Nothing is known.
    #[default]
    NoData,
}

impl Status {
    /// Its colour and shape.
    pub fn tone(self) -> Tone {
        match self {
            Self::Up => Tone::Ok,
            Self::Degraded => Tone::P3,
            Self::Down => Tone::P1,
            Self::Maintenance => Tone::Maintenance,
            Self::NoData => Tone::NoData,
        }
    }

    /// Its word in the language being rendered.
    pub fn say(self) -> String {
        match self {
            Self::Up => t!("status-up"),
            Self::Degraded => t!("status-degraded"),
            Self::Down => t!("status-down"),
            Self::Maintenance => t!("status-maintenance"),
            Self::NoData => t!("status-no-data"),
        }
    }
}

/// How something is now, as a badge.
#[component]
pub fn StatusBadge(
    /// The state.
    status: Status,
    /// Without the tinted ground.
    #[prop(optional)]
    plain: bool,
) -> impl IntoView {
    view! { <Badge tone=status.tone() word=status.say() plain/> }
}
