//! Charts over time: drawn by the server as SVG with a table of the data; where WebAssembly runs, uPlot takes the
//! drawing's place and follows live. Gaps stay gaps; every mark and shade is a link.

use domain::Timestamp;
use leptos::prelude::*;
use serde::Serialize;

use super::{Icon, Maybe, significant};
use crate::{islands::ChartIsland, t, visit::use_visit};

/// A line.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Series {
    /// Its name.
    pub name: String,
    /// One value per time; `None` where nothing is known.
    pub values: Vec<Option<f64>>,
    /// The same span before: drawn dashed and grey.
    pub past: bool,
}

/// A change on the axis of time: ▲ with its number.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Mark {
    /// When.
    pub at: Timestamp,
    /// What, e.g. `#214 gateway 3.2`.
    pub label: String,
    /// Where it is.
    pub href: String,
}

/// An incident as a shaded span.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Shade {
    /// First moment.
    pub from: Timestamp,
    /// Last moment.
    pub to: Timestamp,
    /// What, e.g. `INC-12`.
    pub label: String,
    /// Where it is.
    pub href: String,
}

/// What a chart shows.
#[derive(Debug, Clone, PartialEq, Serialize, Default)]
pub struct ChartData {
    /// Moments, rising.
    pub times: Vec<Timestamp>,
    /// At most six lines.
    pub series: Vec<Series>,
    /// Unit of the values, in the axis title.
    pub unit: String,
    /// The axis begins at zero: always for volumes.
    pub from_zero: bool,
    /// A line that must not be crossed, e.g. an objective or threshold.
    pub limit: Option<f64>,
    /// Changes.
    pub marks: Vec<Mark>,
    /// Incidents.
    pub shades: Vec<Shade>,
}

/// Rows of the table of the data, at most.
const TABLE_ROWS: usize = 240;

/// A chart: title with unit, one sentence, the drawing, its legend and its data as a table.
#[component]
pub fn Chart(
    /// Id of the chart, unique on its page.
    #[prop(into)]
    id: String,
    /// What is shown.
    #[prop(into)]
    title: String,
    /// The sentence that it says.
    #[prop(into)]
    summary: String,
    /// The data.
    data: ChartData,
    /// Topics on which it reads anew, separated by commas.
    #[prop(optional, into)]
    live: Maybe<String>,
) -> impl IntoView {
    let Maybe(live) = live;
    let visit = use_visit();
    // Serialising plain data cannot fail.
    let json = serde_json::to_string(&data).unwrap_or_default();
    let legend = legend(&data);
    let plot = plot(&data, &summary);
    let table = table(&data, &title);
    view! {
        <figure
            class="chart"
            id=id.clone()
            data-live=live
            data-chart=json
            data-zone=visit.zone_name.clone()
            data-locale=visit.locale.tag()
        >
            <figcaption>
                <p class="chart-title">{title}<span class="chart-unit">{data.unit.clone()}</span></p>
                <p class="chart-summary">{summary}</p>
            </figcaption>
            <ChartIsland id=id.clone()>
                <div class="chart-box" tabindex="0"></div>
                {plot}
                {legend}
                // Shown by the script that can do it.
                <button type="button" class="button chart-png" data-kind="quiet" data-size="small" data-png="" hidden>
                    <Icon name="download"/>
                    <span>{t!("chart-save-png")}</span>
                </button>
                {table}
            </ChartIsland>
        </figure>
    }
}

fn legend(data: &ChartData) -> impl IntoView + use<> {
    let mut number = 0;
    let items = data
        .series
        .iter()
        .map(|series| {
            let word = word(series, &mut number);
            let name = series.name.clone();
            view! { <li data-series=word data-dash=series.past.then_some("")>{name}</li> }
        })
        .collect_view();
    view! { <ul class="chart-legend">{items}</ul> }
}

fn word(series: &Series, number: &mut usize) -> String {
    if series.past {
        return "past".into();
    }
    *number += 1;
    number.to_string()
}

fn table(data: &ChartData, title: &str) -> impl IntoView + use<> {
    let visit = use_visit();
    let step = data.times.len().div_ceil(TABLE_ROWS).max(1);
    let names = data.series.iter().map(|s| view! { <th scope="col" class="number">{s.name.clone()}</th> }).collect_view();
    let rows = data
        .times
        .iter()
        .enumerate()
        .step_by(step)
        .map(|(i, at)| {
            let cells = data
                .series
                .iter()
                .map(|s| view! { <td class="number">{s.values.get(i).copied().flatten().map_or_else(|| super::NULL.to_owned(), significant)}</td> })
                .collect_view();
            view! { <tr><th scope="row">{visit.wall(*at)}</th>{cells}</tr> }
        })
        .collect_view();
    let caption = if step > 1 { t!("chart-every", title = title, step = step) } else { title.to_owned() };
    view! {
        <details class="data-table">
            <summary>{t!("chart-view-data")}</summary>
            <div class="table-wrap" role="group" aria-label=title.to_owned() tabindex="0">
                <table class="table">
                    <caption>{caption}</caption>
                    <thead><tr><th scope="col">{t!("chart-time", zone = visit.offset_label())}</th>{names}</tr></thead>
                    <tbody>{rows}</tbody>
                </table>
            </div>
        </details>
    }
}

const WIDTH: f64 = 720.0;
const HEIGHT: f64 = 220.0;
const LEFT: f64 = 60.0;
const BOTTOM: f64 = 24.0;
const TOP: f64 = 16.0;

/// The drawing of the server.
#[expect(clippy::cast_precision_loss, reason = "milliseconds within a span, far below 2^53")]
fn plot(data: &ChartData, summary: &str) -> AnyView {
    let (Some(first), Some(last)) = (data.times.first().copied(), data.times.last().copied()) else {
        return view! { <p class="plot plot-nothing muted">{t!("chart-nothing")}</p> }.into_any();
    };
    let visit = use_visit();
    let known = || data.series.iter().flat_map(|s| &s.values).flatten().copied().chain(data.limit).filter(|v| v.is_finite());
    let (low, high) = (known().fold(f64::INFINITY, f64::min), known().fold(f64::NEG_INFINITY, f64::max));
    let low = if data.from_zero || !low.is_finite() { 0.0 } else { low };
    let high = if high > low { high } else { low + 1.0 };
    let ticks = ticks(low, high);
    let (bottom, top) = (low.min(ticks[0]), high.max(ticks[ticks.len() - 1]));
    let length = last.since(first).max(1) as f64;
    let x = |at: Timestamp| LEFT + (at.since(first) as f64 / length).clamp(0.0, 1.0) * (WIDTH - LEFT - 8.0);
    let y = |v: f64| HEIGHT - BOTTOM - (v - bottom) / (top - bottom) * (HEIGHT - BOTTOM - TOP);
    let grid = ticks
        .iter()
        .map(|v| {
            let at = format!("{:.1}", y(*v));
            view! {
                <line class="plot-grid" x1=LEFT.to_string() x2=(WIDTH - 8.0).to_string() y1=at.clone() y2=at></line>
                <text x=(LEFT - 6.0).to_string() y=format!("{:.1}", y(*v) + 4.0) text-anchor="end">{super::compact(*v)}</text>
            }
        })
        .collect_view();
    let days = length > 2.0 * domain::time::DAY as f64;
    let seconds = length < 5.0 * domain::time::MINUTE as f64;
    let mut said = String::new();
    let steps = if seconds { 3 } else { 5 };
    let labels = (0..=steps)
        .filter_map(|i| {
            #[expect(clippy::cast_possible_truncation, reason = "a moment within the span")]
            let at = first.plus((length * f64::from(i) / f64::from(steps)) as i64);
            let wall = visit.wall(at);
            let text = if days { &wall[5..10] } else { &wall[11..if seconds { 19 } else { 16 }] };
            // Once is enough where little time has passed.
            (said != text).then(|| {
                said = text.to_owned();
                let anchor = if i == steps { "end" } else { "middle" };
                view! { <text x=format!("{:.1}", x(at)) y=(HEIGHT - 7.0).to_string() text-anchor=anchor>{said.clone()}</text> }
            })
        })
        .collect_view();
    let shades = data
        .shades
        .iter()
        .map(|shade| {
            let (from, to) = (x(shade.from), x(shade.to));
            view! {
                <a href=shade.href.clone() aria-label=shade.label.clone()>
                    <rect
                        class="plot-span"
                        x=format!("{from:.1}")
                        y=TOP.to_string()
                        width=format!("{:.1}", (to - from).max(2.0))
                        height=(HEIGHT - BOTTOM - TOP).to_string()
                    >
                        <title>{shade.label.clone()}</title>
                    </rect>
                </a>
            }
        })
        .collect_view();
    let mut number = 0;
    let lines = data
        .series
        .iter()
        .map(|series| {
            let word = word(series, &mut number);
            let d = line(&data.times, &series.values, &x, &y);
            view! { <path class="plot-line" data-series=word data-dash=series.past.then_some("") d=d></path> }
        })
        .collect_view();
    let limit = data.limit.map(|limit| {
        let at = format!("{:.1}", y(limit));
        view! { <line class="plot-limit" x1=LEFT.to_string() x2=(WIDTH - 8.0).to_string() y1=at.clone() y2=at></line> }
    });
    let marks = data
        .marks
        .iter()
        .map(|mark| {
            let (at, base) = (x(mark.at), HEIGHT - BOTTOM);
            view! {
                <a href=mark.href.clone() aria-label=mark.label.clone()>
                    <path
                        class="plot-mark"
                        d=format!("M{:.1} {base}L{:.1} {base}L{at:.1} {:.1}Z", at - 6.0, at + 6.0, base - 10.0)
                    >
                        <title>{mark.label.clone()}</title>
                    </path>
                </a>
            }
        })
        .collect_view();
    view! {
        <svg class="plot" viewBox=format!("0 0 {WIDTH} {HEIGHT}") role="group" aria-label=summary.to_owned()>
            {shades}
            {grid}
            {labels}
            {lines}
            {limit}
            {marks}
        </svg>
    }
    .into_any()
}

fn line(times: &[Timestamp], values: &[Option<f64>], x: &impl Fn(Timestamp) -> f64, y: &impl Fn(f64) -> f64) -> String {
    use std::fmt::Write as _;
    let mut d = String::new();
    let mut pen_down = false;
    for (at, value) in times.iter().zip(values) {
        let Some(value) = value.filter(|v| v.is_finite()) else {
            pen_down = false;
            continue;
        };
        // A lone point is drawn as a short dash; writing to a string cannot fail.
        let (px, py) = (x(*at), y(value));
        let _ = if pen_down { write!(d, "L{px:.1} {py:.1}") } else { write!(d, "M{px:.1} {py:.1}h.1") };
        pen_down = true;
    }
    d
}

/// Three to six round values that span the range (1, 2 or 5 times a power of ten apart).
fn ticks(low: f64, high: f64) -> Vec<f64> {
    let raw = (high - low) / 4.0;
    let power = 10_f64.powf(raw.log10().floor());
    let step = [1.0, 2.0, 5.0, 10.0].into_iter().map(|m| m * power).find(|s| *s >= raw).unwrap_or(power);
    let first = (low / step).floor();
    (0..=8).map(|i| (first + f64::from(i)) * step).take_while(|v| *v < high + step).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ticks_are_round_and_span_the_range() {
        assert_eq!(ticks(0.0, 9.0), [0.0, 5.0, 10.0]);
        assert_eq!(ticks(0.0, 100.0), [0.0, 50.0, 100.0]);
        assert_eq!(ticks(97.0, 100.0), [97.0, 98.0, 99.0, 100.0]);
        assert_eq!(ticks(0.0, 1.0), [0.0, 0.5, 1.0]);
    }

    #[test]
    fn lines_break_at_gaps() {
        let times: Vec<_> = (0..4).map(Timestamp).collect();
        #[expect(clippy::cast_precision_loss, reason = "small")]
        let d = line(&times, &[Some(1.0), Some(2.0), None, Some(3.0)], &|t: Timestamp| t.0 as f64, &|v| v);
        assert_eq!(d, "M0.0 1.0h.1L1.0 2.0M3.0 3.0h.1");
    }
}
