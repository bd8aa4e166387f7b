//! The comparisons of a look as one chart: each estimate with its interval, against no difference and against the margin.
//!
//! Comparisons have different units; so each is drawn in measures of its own margin, and the margin is one line for all.

use domain::changes::{LookFigure, Verified};
use leptos::prelude::*;

use super::verification::{bounds, name_of, signed, unit, verdict_word};
use crate::{components::significant, t};

/// Height of a comparison, and of what stands above all of them, in pixels.
const ROW: usize = 46;
const HEAD: usize = 20;
/// How far the chart reaches at least and at most, in margins: what lies beyond is drawn to the edge.
const LEAST: (f64, f64) = (-1.25, 1.75);
const MOST: (f64, f64) = (-6.0, 8.0);
/// Free space at each edge, in percent.
const EDGE: f64 = 2.0;

/// Lower limit, estimate and upper limit in margins; a limit that is not there is infinite.
fn in_margins(figure: &LookFigure) -> (f64, f64, f64) {
    let margin = if figure.margin > 0.0 { figure.margin } else { figure.estimate.abs().max(f64::MIN_POSITIVE) };
    let low = figure.low.map_or(f64::NEG_INFINITY, |low| low / margin);
    (low, figure.estimate / margin, figure.high.map_or(f64::INFINITY, |high| high / margin))
}

/// From where to where the chart reaches.
fn reach(rows: &[(f64, f64, f64)]) -> (f64, f64) {
    let finite = || rows.iter().flat_map(|(low, at, high)| [*low, *at, *high]).filter(|value| value.is_finite());
    let from = finite().fold(LEAST.0, f64::min).max(MOST.0);
    (from, finite().fold(LEAST.1, f64::max).min(MOST.1))
}

/// Where a value stands, in percent of the width; what lies beyond stands at the edge.
fn place(value: f64, (from, to): (f64, f64)) -> f64 {
    EDGE + (100.0 - 2.0 * EDGE) * ((value - from) / (to - from)).clamp(0.0, 1.0)
}

fn percent(value: f64) -> String {
    format!("{value:.2}%")
}

/// One comparison in words, for whoever does not see the chart.
fn spoken(figure: &LookFigure) -> String {
    let (low, high) = bounds(figure.low, figure.high);
    let unit = unit(figure.measure);
    t!(
        "changes-forest-row",
        name = name_of(figure),
        verdict = verdict_word(figure.verdict),
        estimate = format!("{}{unit}", signed(figure.estimate)),
        low = low,
        high = high,
        margin = format!("{}{unit}", significant(figure.margin))
    )
}

/// The chart; nothing where nothing could be compared.
#[component]
pub(super) fn Forest(figures: Vec<LookFigure>) -> impl IntoView {
    let figures: Vec<LookFigure> = figures.into_iter().filter(|figure| figure.n_before > 0 && figure.n_since > 0).collect();
    if figures.is_empty() {
        return ().into_any();
    }
    let rows: Vec<_> = figures.iter().map(in_margins).collect();
    let reach = reach(&rows);
    let height = HEAD + ROW * figures.len();
    let summary = figures.iter().map(spoken).collect::<Vec<_>>().join(" ");
    let (none, margin) = (percent(place(0.0, reach)), percent(place(1.0, reach)));
    let bars = figures.iter().zip(&rows).enumerate().map(|(i, (figure, (low, at, high)))| {
        let (text, line) = (HEAD + ROW * i + 16, HEAD + ROW * i + 30);
        let (from, to, at) = (percent(place(*low, reach)), percent(place(*high, reach)), percent(place(*at, reach)));
        let state = match figure.verdict {
            Verified::Pass => "pass",
            Verified::Fail => "fail",
            Verified::Inconclusive => "inconclusive",
        };
        // An end that is bounded and in sight is closed.
        let end = |value: f64, x: &str| {
            let (x, y1, y2) = (x.to_owned(), (line - 5).to_string(), (line + 5).to_string());
            (value >= reach.0 && value <= reach.1).then(|| view! { <line x1=x.clone() x2=x y1=y1 y2=y2></line> })
        };
        view! {
            <g data-verdict=state>
                <text x="0" y=text.to_string()>{name_of(figure)}</text>
                <line x1=from.clone() x2=to.clone() y1=line.to_string() y2=line.to_string()></line>
                {end(*low, &from)}
                {end(*high, &to)}
                <circle cx=at cy=line.to_string() r="4"></circle>
            </g>
        }
    });
    let bars = bars.collect_view();
    let bottom = height.to_string();
    view! {
        <figure class="changes-forest" id="change-intervals">
            <svg width="100%" height=bottom.clone() role="img" aria-label=summary>
                <line class="changes-forest-none" x1=none.clone() x2=none.clone() y1="16" y2=bottom.clone()></line>
                <text class="changes-forest-axis" x=none y="12" text-anchor="middle">"0"</text>
                <line class="changes-forest-margin" x1=margin.clone() x2=margin.clone() y1="16" y2=bottom.clone()></line>
                <text class="changes-forest-axis" x=margin y="12" text-anchor="middle">{t!("changes-look-margin")}</text>
                {bars}
            </svg>
            <figcaption class="muted small">{t!("changes-forest-note")}</figcaption>
        </figure>
    }
    .into_any()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_lies_beyond_the_chart_stands_at_its_edge() {
        let reach = reach(&[(-0.2, 0.1, 0.4), (f64::NEG_INFINITY, 40.0, f64::INFINITY)]);
        assert_eq!(reach, (LEAST.0, MOST.1));
        assert!(place(f64::NEG_INFINITY, reach) == EDGE && place(40.0, reach) == 100.0 - EDGE);
        assert!(place(0.0, reach) < place(1.0, reach));
    }
}
