//! Status strips and sparklines: how something was over a span, at a glance.

use std::fmt::Write as _;

use leptos::prelude::*;

use super::{Tone, escape::escaped};
use crate::t;

/// One slot of a strip.
#[derive(Debug, Clone, PartialEq)]
pub struct Slot {
    /// Its colour.
    pub tone: Tone,
    /// Its height from 0 to 1: with the colour it says the same twice. Full when all is well, lower the worse.
    pub height: f64,
    /// When it begins, e.g. `14:05`.
    pub from: String,
    /// When it ends; empty for a moment.
    pub to: String,
    /// What it says, e.g. `down`.
    pub word: String,
}

impl Slot {
    /// `14:05 – 14:10 down`, from the beginning of this slot to the end of that.
    fn label(&self, last: &Self) -> String {
        let to = if last.to.is_empty() && last.from != self.from { &last.from } else { &last.to };
        let dash = if to.is_empty() { "" } else { " – " };
        format!("{}{dash}{to} {}", self.from, self.word)
    }

    fn like(&self, other: &Self) -> bool {
        self.tone == other.tone && (self.height - other.height).abs() < f64::EPSILON && self.word == other.word
    }
}

/// One shape for each run of like slots: a day without trouble is one shape, not ninety-six. As text, because a view of
/// each bar would cost more than the rest of a page that has fifty strips.
fn bars(slots: &[Slot]) -> String {
    let mut svg = String::new();
    let mut x = 0;
    for run in slots.chunk_by(Slot::like) {
        let (Some(first), Some(last)) = (run.first(), run.last()) else { continue };
        let height = (first.height.clamp(0.0, 1.0) * 26.0).max(3.0);
        // Writing to a string cannot fail.
        let _ = write!(svg, "<path data-tone=\"{}\" d=\"", first.tone.word());
        for _ in run {
            let _ = write!(svg, "M{x} {:.1}h3V28h-3z", 28.0 - height);
            x += 4;
        }
        let _ = write!(svg, "\"><title>{}</title></path>", escaped(&first.label(last)));
    }
    svg
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
    view! {
        <div class="strip">
            <svg
                viewBox=format!("0 0 {width} 28")
                preserveAspectRatio="none"
                role="img"
                aria-label=summary.clone()
                inner_html=bars(&slots)
            ></svg>
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
                            .map(|slot| view! { <tr><td data-tone=slot.tone.word()>{slot.label(&slot)}</td></tr> })
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
    use super::{Slot, Tone, bars, path};

    #[test]
    fn like_slots_are_one_shape() {
        let slot =
            |from: &str, to: &str, word: &str, height| Slot { tone: Tone::Ok, height, from: from.into(), to: to.into(), word: word.into() };
        let slots = [slot("00:00", "00:30", "up", 1.0), slot("00:30", "01:00", "up", 1.0), slot("01:00", "", "<down>", 0.5)];
        assert_eq!(
            bars(&slots),
            "<path data-tone=\"ok\" d=\"M0 2.0h3V28h-3zM4 2.0h3V28h-3z\"><title>00:00 – 01:00 up</title></path>\
             <path data-tone=\"ok\" d=\"M8 15.0h3V28h-3z\"><title>01:00 &lt;down&gt;</title></path>"
        );
    }

    #[test]
    fn gaps_stay_gaps() {
        assert_eq!(path(&[Some(0.0), Some(1.0), None, Some(0.5)], 0.0, 1.0), "M0.0 29.0L33.3 1.0M100.0 15.0");
        assert_eq!(path(&[None], 0.0, 1.0), "");
    }
}
