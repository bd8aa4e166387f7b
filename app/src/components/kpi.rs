//! Cards with one figure each.

use leptos::prelude::*;

use super::{Delta, DeltaText, Icon, Maybe, NULL, Tone, full, percent};
use crate::t;

/// Cards side by side.
#[component]
pub fn Kpis(
    /// The cards: [`Kpi`]s.
    children: Children,
) -> impl IntoView {
    view! { <div class="kpis">{children()}</div> }
}

/// One figure with its unit, its difference and a note. No value is "—".
#[component]
pub fn Kpi(
    /// What it measures, with its span.
    #[prop(into)]
    label: String,
    /// The figure; `None` where nothing is known.
    #[prop(into)]
    value: Maybe<String>,
    /// Its unit.
    #[prop(optional, into)]
    unit: Maybe<String>,
    /// Its difference against something else.
    #[prop(optional, into)]
    delta: Maybe<Delta>,
    /// What belongs to it, e.g. the count of failures.
    #[prop(optional, into)]
    note: Maybe<String>,
    /// A tone where the figure is a verdict; comes with the tone's shape.
    #[prop(optional, into)]
    tone: Maybe<Tone>,
    /// Where more of it is.
    #[prop(optional, into)]
    href: Maybe<String>,
) -> impl IntoView {
    let Maybe(value) = value;
    let Maybe(unit) = unit;
    let Maybe(delta) = delta;
    let Maybe(note) = note;
    let Maybe(tone) = tone;
    let Maybe(href) = href;
    let value = together(&value.unwrap_or_else(|| NULL.to_owned()));
    let figure = match href {
        Some(href) => view! { <a href=href>{value}</a> }.into_any(),
        None => value.into_any(),
    };
    view! {
        <div class="kpi">
            <span class="kpi-label">{label}</span>
            <span class="kpi-value" data-tone=tone.map(Tone::word)>
                {tone.map(|tone| view! { <Icon name=tone.icon()/> })}
                {figure}
                {unit.map(|unit| view! { <span class="kpi-unit">{unit}</span> })}
            </span>
            {note.map(|note| view! { <span class="kpi-note">{note}</span> })}
            {delta.map(|delta| view! { <DeltaText delta/> })}
        </div>
    }
}

/// A number stays on the line of its unit: `27 min 59 s` breaks before the second number only.
fn together(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for char in text.chars() {
        let joins = char == ' ' && out.chars().last().is_some_and(|before| before.is_ascii_digit());
        out.push(if joins { '\u{a0}' } else { char });
    }
    out
}

/// A success rate, always with the count of failures, compared in percentage points.
#[component]
pub fn SuccessKpi(
    /// What it measures, with its span.
    #[prop(into)]
    label: String,
    /// How many there were.
    total: i64,
    /// How many of them failed.
    failed: i64,
    /// Total and failures of the span compared with, and its name.
    #[prop(optional, into)]
    before: Maybe<(i64, i64, String)>,
    /// Where more of it is.
    #[prop(optional, into)]
    href: Maybe<String>,
) -> impl IntoView {
    let Maybe(before) = before;
    let Maybe(href) = href;
    let rate = success_rate(total, failed);
    let delta = before.and_then(|(total, failed, against)| Delta::points(rate?, success_rate(total, failed)?, against));
    view! {
        <Kpi
            label
            value=rate.map(|_| percent(rate))
            note=t!("kpi-failed", failed = full(failed), total = full(total))
            delta
            href=href
        />
    }
}

/// The share of successes; `None` where there was nothing.
#[expect(clippy::cast_precision_loss, reason = "counts far below 2^53")]
pub fn success_rate(total: i64, failed: i64) -> Option<f64> {
    (total > 0).then(|| (total - failed) as f64 / total as f64)
}
