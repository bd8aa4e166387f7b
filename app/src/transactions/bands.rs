//! The expected band in the charts of `/transactions`: of one system as a whole, where it is switched on.

use domain::{
    Fault, Span,
    bands::{Band, Change, Measure},
    transactions::{Filter, Point},
};
use leptos::prelude::*;

use super::charts::Drawn;
use crate::{
    components::{FacetOption, Facets, Here, Mark, Series, When, percent, significant},
    i18n::say,
    t,
    visit::Visit,
};

/// What is expected under a choice that can have a band.
pub(super) struct Expected {
    shown: bool,
    bands: Vec<Band>,
}

/// `None` where what is chosen is no single system: bands are kept of whole systems.
pub(super) async fn of(visit: &Visit, filter: &Filter, span: Span) -> Result<Option<Expected>, Fault> {
    let [system] = &filter.system[..] else { return Ok(None) };
    if filter.choices().count() > 1 {
        return Ok(None);
    }
    let shown = Here::parse(&visit.path_and_query).get("band") == "on";
    let bands = match shown {
        true => visit.portal.bands.over(&visit.actor, system, span).await,
        false => Ok(Vec::new()),
    };
    match bands {
        // A key that nobody has: the page says that there is nothing.
        Err(Fault::NotFound(_)) => Ok(None),
        bands => Ok(Some(Expected { shown, bands: bands? })),
    }
}

fn chart_of(measure: Measure) -> &'static str {
    match measure {
        Measure::Volume => "transactions-volume",
        Measure::Success => "transactions-success",
        Measure::P95 => "transactions-latency",
    }
}

/// Lays the bands into the charts, in the place of last week's line, and marks where a level changed.
pub(super) fn lay(visit: &Visit, expected: &Expected, points: &[Point], drawn: &mut [Drawn]) {
    let volume = expected.bands.iter().find(|band| band.measure == Measure::Volume);
    for band in expected.bands.iter().filter(|band| !band.hours.is_empty()) {
        let Some(chart) = drawn.iter_mut().find(|chart| chart.id == chart_of(band.measure)) else { continue };
        let hours: Vec<_> = points.iter().map(|point| band.over(point.span, volume)).collect();
        let end = |name: &str, values: Vec<Option<f64>>| Series { name: say(visit.locale, name, &[]), past: true, values };
        chart.data.series.retain(|series| !series.past);
        chart.data.series.push(end("bands-low", hours.iter().map(|hour| hour.map(|hour| hour.low)).collect()));
        chart.data.series.push(end("bands-high", hours.iter().map(|hour| hour.map(|hour| hour.high)).collect()));
        let (Some(first), Some(last)) = (points.first(), points.last()) else { continue };
        let whole = Span { from: first.span.from, to: last.span.to };
        for change in band.fit.changes.iter().filter(|change| whole.contains(change.at)) {
            let label = level(visit, change);
            chart.data.marks.push(Mark { at: change.at, label, href: format!("#{}", chart.id) });
        }
    }
}

/// A change of level with its size.
fn level(visit: &Visit, change: &Change) -> String {
    let size = if change.before == 0.0 { String::new() } else { format!(" ({:+.0} %)", (change.after / change.before - 1.0) * 100.0) };
    let (before, after) = (significant(change.before), format!("{}{size}", significant(change.after)));
    say(visit.locale, "bands-level", &[("before", before.into()), ("after", after.into())])
}

/// The switch, and what the bands are worth.
pub(super) fn notes(expected: &Expected) -> impl IntoView + use<> {
    let options = vec![FacetOption::new("", t!("bands-off")), FacetOption::new("on", t!("bands-on"))];
    let none = (expected.shown && expected.bands.is_empty()).then(|| view! { <p class="muted small">{t!("bands-none")}</p> });
    let rows = expected
        .bands
        .iter()
        .map(|band| {
            let name = t!(&format!("bands-of-{}", band.measure));
            let said = match (band.fit.held, band.fit.error) {
                (Some(held), Some(error)) => t!("bands-worth", held = percent(Some(held)), error = significant(error)),
                _ => t!("bands-untried"),
            };
            let at = band.fit.at;
            view! { <li>{name}": "{said}" "{t!("bands-made")}" "<When at=at/></li> }
        })
        .collect_view();
    let list = (!expected.bands.is_empty()).then(|| view! { <ul class="muted small">{rows}</ul> });
    view! {
        <div class="row-apart"><Facets name="band" label=t!("bands-switch") options/></div>
        {none}
        {list}
    }
}
