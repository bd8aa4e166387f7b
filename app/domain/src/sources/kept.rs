//! Series of a scraped endpoint that are kept, and what there is to choose from.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use super::{
    Labels,
    exposition::{Family, Format, MetricKind},
};
use crate::{Span, Timestamp, id::SeriesId, monitors::Resolution};

/// Metrics of a page that are offered at most.
const OFFERED: usize = 5_000;

/// One series that is kept.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Kept {
    /// Its id.
    pub id: SeriesId,
    /// Full name of the metric.
    pub metric: String,
    /// Its labels.
    pub labels: Labels,
    /// Whether it counts: then what is kept is its rate per second.
    pub counts: bool,
    /// The last value.
    pub last: Option<f64>,
    /// When that was.
    pub last_at: Option<Timestamp>,
}

impl Kept {
    /// As it is written in PromQL, e.g. `up{job="node"}`.
    pub fn title(&self) -> String {
        write_series(&self.metric, &self.labels)
    }
}

/// A series as it is written in PromQL.
pub(super) fn write_series(metric: &str, labels: &Labels) -> String {
    if labels.is_empty() {
        return metric.to_owned();
    }
    let labels: Vec<_> = labels.iter().map(|(name, value)| format!("{name}={value:?}")).collect();
    format!("{metric}{{{}}}", labels.join(", "))
}

/// The values of a series in one slot.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct KeptPoint {
    /// Start of the slot.
    pub at: Timestamp,
    /// Values in it.
    pub count: i64,
    /// Their sum.
    pub sum: f64,
    /// The smallest.
    pub min: f64,
    /// The largest.
    pub max: f64,
    /// The last.
    pub last: f64,
}

impl KeptPoint {
    /// A slot with one value.
    pub fn one(at: Timestamp, value: f64) -> Self {
        Self { at, count: 1, sum: value, min: value, max: value, last: value }
    }

    /// The mean.
    #[expect(clippy::cast_precision_loss, reason = "counts stay far below 2^52")]
    pub fn mean(&self) -> f64 {
        self.sum / self.count.max(1) as f64
    }
}

/// A kept series over a span.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct KeptSeries {
    /// Which.
    pub kept: Kept,
    /// Over which span; begins and ends on slots.
    pub span: Span,
    /// Width of a slot.
    pub resolution: Resolution,
    /// The slots that have values, in order.
    pub points: Vec<KeptPoint>,
}

/// A counter as it was read.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Raw {
    /// Its value.
    pub value: f64,
    /// When.
    pub at: Timestamp,
}

/// The rate per second from one reading of a counter to the next; `None` where time did not go on. A counter that went
/// down began anew: it counted from zero since.
pub fn rate(before: Raw, now: Raw) -> Option<f64> {
    let ms = now.at.since(before.at);
    let grown = if now.value < before.value { now.value } else { now.value - before.value };
    #[expect(clippy::cast_precision_loss, reason = "milliseconds between two readings")]
    (ms > 0).then(|| grown * 1_000.0 / ms as f64).filter(|rate| rate.is_finite())
}

/// One metric of a page.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Metric {
    /// Full name, suffix included.
    pub name: String,
    /// What it measures.
    pub kind: MetricKind,
    /// Whether it only goes up: then its rate would be kept.
    pub counts: bool,
    /// Its unit; may be empty.
    pub unit: String,
    /// What its author says; may be empty.
    pub help: String,
    /// Series of that name on the page.
    pub series: usize,
    /// Names of their labels.
    pub labels: Vec<String>,
    /// The value of the first series, where it is a number.
    pub example: Option<f64>,
}

/// What a page had to choose from.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Catalogue {
    /// When the page was read.
    pub at: Timestamp,
    /// How it was written.
    pub format: Format,
    /// Samples on it.
    pub samples: usize,
    /// Its metrics by name, at most 5,000.
    pub metrics: Vec<Metric>,
}

/// What a page has to choose from.
pub fn catalogue(families: &[Family], format: Format, at: Timestamp) -> Catalogue {
    let mut metrics: BTreeMap<&str, (Metric, BTreeSet<&str>)> = BTreeMap::new();
    let mut samples = 0;
    for family in families {
        for sample in &family.samples {
            samples += 1;
            let (metric, labels) = metrics.entry(&sample.name).or_insert_with(|| {
                let metric = Metric {
                    name: sample.name.clone(),
                    kind: family.kind,
                    counts: family.counts(&sample.name),
                    unit: family.unit.clone(),
                    help: family.help.chars().take(300).collect(),
                    series: 0,
                    labels: Vec::new(),
                    example: Some(sample.value).filter(|value| value.is_finite()),
                };
                (metric, BTreeSet::new())
            });
            metric.series += 1;
            labels.extend(sample.labels.keys().map(String::as_str));
        }
    }
    let metrics = metrics
        .into_values()
        .take(OFFERED)
        .map(|(metric, labels)| Metric { labels: labels.into_iter().map(str::to_owned).collect(), ..metric });
    Catalogue { at, format, samples, metrics: metrics.collect() }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sources::exposition::{Limits, parse};

    #[test]
    fn counters_become_rates() {
        let raw = |value, ms| Raw { value, at: Timestamp(ms) };
        assert_eq!(rate(raw(10.0, 0), raw(25.0, 15_000)), Some(1.0));
        assert_eq!(rate(raw(10.0, 0), raw(3.0, 1_000)), Some(3.0), "began anew");
        assert_eq!(rate(raw(1.0, 5), raw(2.0, 5)), None);
        assert_eq!(rate(raw(f64::INFINITY, 0), raw(f64::INFINITY, 5)), None);
    }

    #[test]
    fn a_page_is_offered_by_name() {
        let page = "# TYPE b counter\n# HELP b Orders\nb{l=\"1\"} 3\nb{m=\"2\"} 4\na NaN\n";
        let families = parse(page.as_bytes(), Format::Text, Limits::default()).unwrap();
        let catalogue = catalogue(&families, Format::Text, Timestamp(7));
        assert_eq!(catalogue.samples, 3);
        let (a, b) = (&catalogue.metrics[0], &catalogue.metrics[1]);
        assert_eq!((a.name.as_str(), a.counts, a.example), ("a", false, None));
        assert_eq!((b.series, b.counts, b.example, b.help.as_str()), (2, true, Some(3.0), "Orders"));
        assert_eq!(b.labels, ["l", "m"]);
    }
}
