//! What came of a file of another program, in the language of whoever sent it.

use app::i18n::say_wording;
use domain::{
    Wording,
    alerts::routing::{Line, Report},
    people::Locale,
    rules::import as rules,
};
use serde::Serialize;
use utoipa::ToSchema;

/// What became of an `alertmanager.yml`.
#[derive(Serialize, ToSchema)]
pub struct RoutingReport {
    /// Whether it is in force; else nothing was changed.
    done: bool,
    /// Receiver of the root of the routes.
    root: String,
    /// How many receivers there are.
    receivers: usize,
    /// How many inhibition rules.
    inhibitions: usize,
    /// How many named time intervals.
    intervals: usize,
    /// Channels that the receivers need.
    channels: Vec<Line>,
    /// What could not be carried over.
    left: Vec<String>,
}

impl RoutingReport {
    /// The report in words.
    pub fn said(report: Report, locale: Locale) -> Self {
        let Report { done, root, receivers, inhibitions, intervals, channels, left } = report;
        Self { done, root, receivers, inhibitions, intervals, channels, left: say_all(&left, locale) }
    }
}

/// What became of a file of Prometheus rules.
#[derive(Serialize, ToSchema)]
pub struct RulesReport {
    /// Every rule of the file, in its order.
    lines: Vec<RulesReportLine>,
    /// Whether it was done, or only planned.
    done: bool,
}

/// What becomes of one rule of a file.
#[derive(Serialize, ToSchema)]
pub struct RulesReportLine {
    /// Its group.
    group: String,
    /// Its name.
    name: String,
    /// What is done with it.
    fate: rules::Fate,
    /// What is not carried over, or why nothing is.
    notes: Vec<String>,
}

impl RulesReport {
    /// The report in words.
    pub fn said(report: rules::Report, locale: Locale) -> Self {
        let line = |line: rules::Line| {
            let notes = say_all(&line.notes, locale);
            RulesReportLine { group: line.group, name: line.name, fate: line.fate, notes }
        };
        Self { lines: report.lines.into_iter().map(line).collect(), done: report.done }
    }
}

fn say_all(wordings: &[Wording], locale: Locale) -> Vec<String> {
    wordings.iter().map(|wording| say_wording(locale, wording)).collect()
}
