//! Status strips and sparklines: how something was over a span, at a glance.

use leptos::prelude::*;

use super::Tone;
use crate::t;

/// One slot of a strip.
#[derive(Debug, Clone, PartialEq)]
pub struct Slot {
    /// Its colour.
    pub tone: Tone,
    /// Its height from 0 to 1: with the colour it says the same twice. Full when all is well, lower the worse.
    pub height: f64,
    /// What it says: time and state, e.g. `14:05 – 14:10 down`.
    pub label: String,
    /// Where more of it is.
    pub href: Option<String>,
}

/// How something was over a span: one bar per slot, oldest at the left. The same as a table below where `table`.
#[component]
pub fn StatusStrip(
    /// The sentence that it says, e.g. `bank-link, last 24 h: up 99.2%, down 2 times`.
    #[prop(into)]
    summary: String,
    /// The slots, oldest first.
    slots: Vec<Slot>,
    /// Offers the slots as a table below.
    #[prop(optional)]
    table: bool,
) -> impl IntoView {
    let width = slots.len().max(1) * 4;
    let bars = slots
        .iter()
        .enumerate()
        .map(|(i, slot)| {
            let height = (slot.height.clamp(0.0, 1.0) * 26.0).max(3.0);
            let bar = view! {
                <rect
                    x=(i * 4).to_string()
                    y=format!("{:.1}", 28.0 - height)
                    width="3"
                    height=format!("{height:.1}")
                    data-tone=slot.tone.word()
                >
                    <title>{slot.label.clone()}</title>
                </rect>
            };
            match slot.href.clone() {
                Some(href) => view! { <a href=href aria-label=slot.label.clone()>{bar}</a> }.into_any(),
                None => bar.into_any(),
            }
        })
        .collect_view();
    // Links within an image would not be reached by assistive technology.
    let role = if slots.iter().any(|slot| slot.href.is_some()) { "group" } else { "img" };
    view! {
        <div class="strip">
            <svg viewBox=format!("0 0 {width} 28") preserveAspectRatio="none" role=role aria-label=summary.clone() data-strip="">
                {bars}
            </svg>
            {table.then(|| view! { <SlotTable summary slots/> })}
        </div>
    }
}

#[component]
fn SlotTable(summary: String, slots: Vec<Slot>) -> impl IntoView {
    view! {
        <details class="data-table">
            <summary>{t!("chart-view-data")}</summary>
            <div class="table-wrap" role="group" aria-label=summary.clone() tabindex="0">
                <table class="table">
                    <caption>{summary.clone()}</caption>
                    <tbody>
                        {slots
                            .into_iter()
                            .map(|slot| view! { <tr><td data-tone=slot.tone.word()>{slot.label}</td></tr> })
                            .collect_view()}
                    </tbody>
                </table>
            </div>
        </details>
    }
}

/// A small line without axes; gaps stay gaps.
#[component]
pub fn Sparkline(
    /// The sentence that it says.
    #[prop(into)]
    summary: String,
    /// Values in equal steps; `None` where nothing is known.
    values: Vec<Option<f64>>,
    /// The same span before, drawn dashed.
    #[prop(optional)]
    past: Vec<Option<f64>>,
) -> impl IntoView {
    let known = || values.iter().chain(&past).flatten().copied().filter(|v| v.is_finite());
    let top = known().fold(0.0_f64, f64::max);
    let bottom = known().fold(0.0_f64, f64::min);
    let line = path(&values, bottom, top);
    let before = path(&past, bottom, top);
    view! {
        <svg class="sparkline" viewBox="0 0 100 30" preserveAspectRatio="none" role="img" aria-label=summary>
            {(!before.is_empty()).then(|| view! { <path class="sparkline-past" d=before></path> })}
            <path d=line></path>
        </svg>
    }
}

#[expect(clippy::cast_precision_loss, reason = "a few hundred points")]
fn path(values: &[Option<f64>], bottom: f64, top: f64) -> String {
    use std::fmt::Write as _;
    let range = if top > bottom { top - bottom } else { 1.0 };
    let step = 100.0 / (values.len().saturating_sub(1)).max(1) as f64;
    let mut d = String::new();
    let mut pen_down = false;
    for (i, value) in values.iter().enumerate() {
        let Some(value) = value.filter(|v| v.is_finite()) else {
            pen_down = false;
            continue;
        };
        // Writing to a string cannot fail.
        let _ = write!(d, "{}{:.1} {:.1}", if pen_down { 'L' } else { 'M' }, i as f64 * step, 29.0 - (value - bottom) / range * 28.0);
        pen_down = true;
    }
    d
}

#[cfg(test)]
mod tests {
    use super::path;

    #[test]
    fn gaps_stay_gaps() {
        assert_eq!(path(&[Some(0.0), Some(1.0), None, Some(0.5)], 0.0, 1.0), "M0.0 29.0L33.3 1.0M100.0 15.0");
        assert_eq!(path(&[None], 0.0, 1.0), "");
    }
}
