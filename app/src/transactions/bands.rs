//! The expected band in the charts of `/transactions`, where it is switched on: of one system as it was forecast, of any other choice as
//! it is worked out now.

use domain::{
    Fault, Span,
    bands::{Band, Change, Measure},
    time::HOUR,
    transactions::{Analysis, Point},
};
use leptos::prelude::*;

use super::charts::Drawn;
use crate::{
    components::{FacetOption, Facets, Here, Mark, Series, When, percent, significant},
    i18n::say,
    t,
    visit::Visit,
};

/// What is expected under a choice.
pub(super) struct Expected {
    bands: Vec<Band>,
    /// What has to be said of it.
    said: Vec<&'static str>,
}

/// What is expected under a choice; `None` where nobody has the system that is chosen: the page says that there is nothing.
pub(super) async fn of(visit: &Visit, analysis: &Analysis) -> Result<Option<Expected>, Fault> {
    let (filter, span, points) = (&analysis.filter, analysis.span, &analysis.points);
    let shown = Here::parse(&visit.path_and_query).get("band") == "on";
    let wide = points.iter().any(|point| point.span.length() > HOUR);
    let none = |said: Option<&'static str>| Ok(Some(Expected { bands: Vec::new(), said: said.into_iter().collect() }));
    match filter.one_system() {
        _ if !shown => none(None),
        _ if !filter.code.is_empty() => none(Some("bands-no-codes")),
        Some(system) => match visit.portal.bands.over(&visit.actor, system, span).await {
            Err(Fault::NotFound(_)) => Ok(None),
            bands => {
                let bands = bands?;
                let said = if bands.is_empty() { Some("bands-none") } else { wide.then_some("bands-summed") };
                let said = said.into_iter().chain(several(&bands, analysis)).collect();
                Ok(Some(Expected { bands, said }))
            }
        },
        None => {
            let bands = match visit.portal.bands.of_choice(&visit.actor, filter, span).await {
                Err(Fault::TooMany { .. }) => return none(Some("bands-busy")),
                bands => bands?,
            };
            let said = if bands.is_empty() { "bands-too-little" } else { "bands-worked-out" };
            let summed = (wide && !bands.is_empty()).then_some("bands-summed");
            let said = [said].into_iter().chain(summed).chain(several(&bands, analysis)).collect();
            Ok(Some(Expected { bands, said }))
        }
    }
}

/// What is to be said where amounts moved and those of the weeks before are not forecast, or no longer, as the counts are.
fn several(bands: &[Band], analysis: &Analysis) -> Option<&'static str> {
    let fitted = |measure: Measure| bands.iter().find(|band| band.measure == measure).map(|band| band.fit.at);
    let is_behind = !analysis.totals.money.is_empty() && fitted(Measure::Amount) < fitted(Measure::Volume);
    is_behind.then_some("bands-several-currencies")
}

fn chart_of(measure: Measure) -> &'static str {
    match measure {
        Measure::Volume => "transactions-volume",
        Measure::Success => "transactions-success",
        Measure::P95 => "transactions-latency",
        Measure::Amount => "transactions-amount",
    }
}

/// Lays the bands into the charts, beside last week's line, and marks where a level changed. The charts that have one now.
pub(super) fn lay(visit: &Visit, expected: &Expected, points: &[Point], drawn: &mut [Drawn]) -> Vec<&'static str> {
    let mut banded = Vec::new();
    let volume = expected.bands.iter().find(|band| band.measure == Measure::Volume);
    for band in expected.bands.iter().filter(|band| !band.hours.is_empty()) {
        let Some(chart) = drawn.iter_mut().find(|chart| chart.id == chart_of(band.measure)) else { continue };
        let hours: Vec<_> = points.iter().map(|point| band.over(point.span, volume)).collect();
        if hours.iter().all(Option::is_none) {
            continue;
        }
        banded.push(chart.id);
        let end = |name: &str, values: Vec<Option<f64>>| Series { name: say(visit.locale, name, &[]), past: false, values };
        chart.data.series.push(end("bands-low", hours.iter().map(|hour| hour.map(|hour| hour.low)).collect()));
        chart.data.series.push(end("bands-high", hours.iter().map(|hour| hour.map(|hour| hour.high)).collect()));
        let (Some(first), Some(last)) = (points.first(), points.last()) else { continue };
        let whole = Span { from: first.span.from, to: last.span.to };
        for change in band.fit.changes.iter().filter(|change| whole.contains(change.at)) {
            let label = level(visit, change);
            chart.data.marks.push(Mark { at: change.at, label, href: format!("#{}", chart.id) });
        }
    }
    banded
}

/// A change of level with its size.
pub(super) fn level(visit: &Visit, change: &Change) -> String {
    let size = if change.before == 0.0 { String::new() } else { format!(" ({:+.0} %)", (change.after / change.before - 1.0) * 100.0) };
    let (before, after) = (significant(change.before), format!("{}{size}", significant(change.after)));
    say(visit.locale, "bands-level", &[("before", before.into()), ("after", after.into())])
}

/// The switch, and what the bands are worth.
pub(super) fn notes(expected: &Expected) -> impl IntoView + use<> {
    let options = vec![FacetOption::new("", t!("bands-off")), FacetOption::new("on", t!("bands-on"))];
    let said = expected.said.iter().map(|key| view! { <p class="muted small">{t!(*key)}</p> }).collect_view();
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
        {said}
        {list}
    }
}
