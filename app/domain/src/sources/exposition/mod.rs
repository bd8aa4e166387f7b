//! What a scraped endpoint says: the Prometheus text exposition format 0.0.4 and OpenMetrics 1.0.
//!
//! Both are read line by line from bytes that are in memory already, within [`Limits`]; what is wrong is told with its
//! line. OpenMetrics is read as strictly as it is written down (one blank, one order, one end), the older format as
//! leniently: blanks, comments, families in pieces. Neither is read to half: a page that does not parse, or that was cut
//! off, gives no value at all, because half of a page would pass for the whole.
//!
//! Sources: <https://prometheus.io/docs/instrumenting/exposition_formats/> and
//! <https://github.com/prometheus/OpenMetrics/blob/main/specification/OpenMetrics.md>.

mod family;
pub(super) mod lex;
mod open;
mod text;

use std::collections::BTreeMap;

use crate::{Timestamp, words::words};

/// Labels of a series, by name.
pub type Labels = BTreeMap<String, String>;

/// What we ask an endpoint for: the stricter format first.
pub const ACCEPT: &str = "application/openmetrics-text;version=1.0.0;q=0.8,text/plain;version=0.0.4;q=0.6,text/plain;q=0.4,*/*;q=0.1";

words! {
    /// In which format a page is written.
    pub enum Format {
        /// The Prometheus text format 0.0.4.
        Text = "text",
        /// OpenMetrics 1.0.
        OpenMetrics = "openmetrics",
    }
    /// What a metric measures.
    pub enum MetricKind {
        /// Only goes up, or begins anew.
        Counter = "counter",
        /// Goes up and down.
        Gauge = "gauge",
        /// Counts of observations in buckets, and their sum.
        Histogram = "histogram",
        /// The same of what is there now.
        GaugeHistogram = "gaugehistogram",
        /// Quantiles of observations, and their sum.
        Summary = "summary",
        /// Facts in labels.
        Info = "info",
        /// Which of several states hold.
        StateSet = "stateset",
        /// Nobody said.
        Unknown = "unknown",
    }
}

impl Format {
    /// The format that a `Content-Type` names; the older one where it names none.
    pub fn of(content_type: &str) -> Self {
        let media = content_type.split(';').next().unwrap_or_default().trim();
        if media.eq_ignore_ascii_case("application/openmetrics-text") { Self::OpenMetrics } else { Self::Text }
    }
}

/// How much of a page is taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// Samples.
    pub samples: usize,
    /// Labels of a sample.
    pub labels: usize,
    /// Bytes of a line.
    pub line: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self { samples: 100_000, labels: 64, line: 64 << 10 }
    }
}

/// Why a page cannot be read: technical detail, in English.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("line {line}: {why}")]
pub struct Unreadable {
    /// Number of the line, from 1.
    pub line: usize,
    /// What is wrong with it.
    pub why: String,
}

/// A trace or the like that an observation points to.
#[derive(Debug, Clone, PartialEq)]
pub struct Exemplar {
    /// What it points to.
    pub labels: Labels,
    /// The value observed.
    pub value: f64,
    /// When.
    pub at: Option<Timestamp>,
}

/// One value of one series.
#[derive(Debug, Clone, PartialEq)]
pub struct Sample {
    /// Full name, suffix included, e.g. `http_requests_total`.
    pub name: String,
    /// Labels.
    pub labels: Labels,
    /// The value; may be NaN or infinite.
    pub value: f64,
    /// The moment that the endpoint gives to it, if it does.
    pub at: Option<Timestamp>,
    /// An example of what was counted.
    pub exemplar: Option<Exemplar>,
}

/// Everything about one metric.
#[derive(Debug, Clone, PartialEq)]
pub struct Family {
    /// Name without suffix.
    pub name: String,
    /// What it measures.
    pub kind: MetricKind,
    /// What its author says of it; may be empty.
    pub help: String,
    /// Its unit; may be empty.
    pub unit: String,
    /// Its samples, in the order of the page.
    pub samples: Vec<Sample>,
}

impl Family {
    fn new(name: impl Into<String>) -> Self {
        Self { name: name.into(), kind: MetricKind::Unknown, help: String::new(), unit: String::new(), samples: Vec::new() }
    }

    /// Whether samples of this name only go up: their rate is what is worth looking at.
    pub fn counts(&self, sample: &str) -> bool {
        let suffix = sample.strip_prefix(self.name.as_str()).unwrap_or_default();
        match self.kind {
            MetricKind::Counter => suffix != "_created",
            MetricKind::Histogram => matches!(suffix, "_bucket" | "_count" | "_sum"),
            MetricKind::Summary => matches!(suffix, "_count" | "_sum"),
            _ => false,
        }
    }
}

/// Reads a page. The families stand in the order in which the page first names them.
pub fn parse(page: &[u8], format: Format, limits: Limits) -> Result<Vec<Family>, Unreadable> {
    let page = std::str::from_utf8(page).map_err(|error| {
        let line = 1 + page[..error.valid_up_to()].iter().filter(|byte| **byte == b'\n').count();
        Unreadable { line, why: "this is not UTF-8".into() }
    })?;
    match format {
        Format::Text => text::parse(page, limits),
        Format::OpenMetrics => open::parse(page, limits),
    }
}

#[cfg(test)]
mod tests;
