//! Moments: `<time>` in UTC for machines, wall time of the reader's zone for people, and how long ago.

use domain::{Timestamp, time::MINUTE};
use leptos::prelude::*;

use super::{NULL, duration};
use crate::{t, visit::use_visit};

/// How a moment is shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum WhenStyle {
    /// `2025-03-14 14:05:30 · 3 min ago`.
    #[default]
    Both,
    /// `2025-03-14 14:05:30`; on hovering how long ago.
    Wall,
    /// `3 min ago`; on hovering the wall time.
    Ago,
}

/// How long ago, or how long until, in words.
pub fn ago(at: Timestamp, now: Timestamp) -> String {
    let ms = now.since(at);
    if ms.abs() < 5_000 {
        t!("when-now")
    } else if ms >= 0 {
        t!("when-ago", duration = coarse(ms))
    } else {
        t!("when-until", duration = coarse(-ms))
    }
}

/// One unit is enough to say how long ago something was, from a minute on.
fn coarse(ms: i64) -> String {
    let unit = [86_400_000, 3_600_000, MINUTE, 1_000].into_iter().find(|unit| ms >= *unit).unwrap_or(1_000);
    duration(ms / unit * unit)
}

/// A moment in the reader's zone. The script keeps "ago" ticking.
#[component]
pub fn When(
    /// The moment; `None` is "—".
    #[prop(into)]
    at: Option<Timestamp>,
    /// How it is shown.
    #[prop(optional)]
    style: WhenStyle,
) -> impl IntoView {
    let Some(at) = at else { return NULL.into_any() };
    let visit = use_visit();
    let wall = visit.wall(at);
    let ago = ago(at, visit.now);
    let machine = at.rfc3339();
    match style {
        WhenStyle::Both => {
            view! { <time class="when" datetime=machine>{wall}" "<span class="when-relative" data-ago="">{format!("· {ago}")}</span></time> }
                .into_any()
        }
        WhenStyle::Wall => view! { <time class="when" datetime=machine title=ago>{wall}</time> }.into_any(),
        WhenStyle::Ago => view! { <time class="when" datetime=machine title=wall data-ago="">{ago}</time> }.into_any(),
    }
}

/// A span of two moments: `2025-03-14 22:00 – 23:30 (1 h 30 min)`; an open end is "now".
#[component]
pub fn WhenSpan(
    /// First moment.
    from: Timestamp,
    /// Last moment; `None` where it goes on.
    #[prop(into)]
    to: Option<Timestamp>,
) -> impl IntoView {
    let visit = use_visit();
    let minute = |at: Timestamp| visit.wall(at).chars().take(16).collect::<String>();
    let first = minute(from);
    let last = to.map(|to| {
        let last = minute(to);
        let short = if last[..10] == first[..10] { last[11..].to_owned() } else { last };
        view! { <time datetime=to.rfc3339()>{short}</time> }
    });
    let length = duration(to.unwrap_or(visit.now).since(from));
    view! {
        <span class="when">
            <time datetime=from.rfc3339()>{first}</time>
            " – "
            {match last {
                Some(last) => last.into_any(),
                None => t!("when-goes-on").into_any(),
            }}
            <span class="when-relative">{format!(" ({length})")}</span>
        </span>
    }
}

/// A length of time, for tables: `3 h 12 min`, exact milliseconds in `value`.
#[component]
pub fn Lasted(
    /// Milliseconds; `None` is "—".
    #[prop(into)]
    ms: Option<i64>,
) -> impl IntoView {
    match ms {
        Some(ms) => view! { <data class="nowrap" value=ms.to_string()>{duration(ms)}</data> }.into_any(),
        None => NULL.into_any(),
    }
}

/// A length of time that grows: from a moment until now. The script keeps it growing.
#[component]
pub fn Running(
    /// Since when.
    from: Timestamp,
) -> impl IntoView {
    let length = duration(use_visit().now.since(from).max(0));
    view! { <time class="nowrap" datetime=from.rfc3339() data-running="">{length}</time> }
}
