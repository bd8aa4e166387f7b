//! `evenkeel verify BASELINE CANDIDATE`: the verification of a change on two files.

use std::{io::Write as _, path::PathBuf, process::ExitCode};

use clap::Args;
use domain::{
    statistics::special::place,
    verification::{
        Found, Judged, Judgement, Looking, Margin, Metric, Part, Points, Sheet, Terms, Verdict,
        columns::{margin_of_share, more_is_better, says_direction, without_label},
        control, judge, metrics, sentence,
    },
};
use serde_json::{Value, json};

use super::files::{Format, rows_of};

/// Columns are metrics, by name in both files; `total,failed`, `x_total,x_failed` or `requests,errors` are a rate of failures,
/// as is a column of outcomes (`true`, `failed`, `is_error` of 0 and 1, statuses of HTTP, codes), every other column of numbers a measure
/// of which less is better, unless its name says otherwise (`success_rate`, `throughput`, `revenue`). Numbers may have units; a row for
/// each metric or route of a moment is put side by side; counters that go on are judged by their steps. Columns that are not judged are told.
/// Nothing passes of which notably more is missing in the candidate than in the baseline. Ends with 0 for PASS, 1 for FAIL, 3 for
/// INCONCLUSIVE, and 2 where a file did not read.
#[derive(Args)]
pub(super) struct Verify {
    /// Before.
    #[arg(value_name = "BASELINE")]
    baseline: PathBuf,
    /// After.
    #[arg(value_name = "CANDIDATE")]
    candidate: PathBuf,
    /// How much worse is no matter, and beyond which a metric fails: points of a rate (`0.001` or `0.1%`); of a measure a share
    /// below 1 or `10%`, else its own unit. `NAME=…` for one metric. Without it, a tenth of what the baseline shows (of a rate
    /// or a share at least 0.1 points) must be kept to, and what is proven to be worse, by more than half of that, fails.
    #[arg(long, value_name = "[NAME=]MARGIN", value_parser = margin)]
    margin: Vec<(Option<String>, Margin)>,
    /// A metric of which more is better.
    #[arg(long, value_name = "NAME")]
    higher_is_better: Vec<String>,
    /// A metric of which less is better, whatever its name says.
    #[arg(long, value_name = "NAME")]
    lower_is_better: Vec<String>,
    /// Probability with which each limit may be missed.
    #[arg(long, default_value = "0.01", value_parser = share)]
    alpha: f64,
    /// Limits that hold although somebody looks again and again (mixture sequential probability ratio test).
    #[arg(long)]
    continuous: bool,
    /// A system that was not touched, before: what it moved by is taken from what the candidate moved by. Columns by the same
    /// names; may be given several times, each with its own --control-candidate.
    #[arg(long, value_name = "FILE")]
    control_baseline: Vec<PathBuf>,
    /// The same system after, in the order of --control-baseline.
    #[arg(long, value_name = "FILE")]
    control_candidate: Vec<PathBuf>,
    /// How to say it.
    #[arg(long, value_enum, default_value = "text")]
    format: Format,
}

fn margin(text: &str) -> Result<(Option<String>, Margin), String> {
    let (name, value) = text.rsplit_once('=').map_or((None, text), |(name, value)| (Some(name.trim().to_owned()), value));
    Margin::parse(value).map(|margin| (name, margin)).ok_or_else(|| format!("{value:?}, expected a number, 0 or more, e.g. 0.001 or 10%"))
}

pub(super) fn share(text: &str) -> Result<f64, String> {
    text.parse().ok().filter(|share| *share > 0.0 && *share < 0.5).ok_or_else(|| "expected a number between 0 and 0.5".to_owned())
}

pub(super) fn run(command: &Verify) -> ExitCode {
    let judged = || -> Result<(Judgement, Found), String> {
        let (baseline, candidate) = (Sheet::new(rows_of(&command.baseline)?), Sheet::new(rows_of(&command.candidate)?));
        let mut found = metrics(&baseline, &candidate).map_err(|wrong| wrong.to_string())?;
        let (before, after) = (&command.control_baseline, &command.control_candidate);
        if before.len() != after.len() {
            let (before, after) = (before.len(), after.len());
            return Err(format!(
                "--control-baseline is given {before} and --control-candidate {after} times, expected one of each for a control"
            ));
        }
        for (before, after) in before.iter().zip(after) {
            let sheets = (Sheet::new(rows_of(before)?), Sheet::new(rows_of(after)?));
            control(&mut found.metrics, &before.display().to_string(), &sheets.0, &sheets.1)
                .map_err(|wrong| format!("{}: {wrong}", before.display()))?;
        }
        Ok((judge(&found.metrics, &terms(command, &found.metrics)), found))
    };
    let (judgement, found) = match judged() {
        Ok(judged) => judged,
        Err(why) => {
            eprintln!("{why}");
            return ExitCode::from(2);
        }
    };
    let open = open(command, &found);
    let text =
        if command.format == Format::Json { format!("{:#}", told(&judgement, &found, &open)) } else { plain(&judgement, &found, &open) };
    if writeln!(std::io::stdout(), "{text}").is_err() {
        return ExitCode::from(2);
    }
    ExitCode::from(match judgement.verdict {
        Verdict::Pass => 0,
        Verdict::Fail => 1,
        Verdict::Inconclusive => 3,
    })
}

/// Whether what was given for a metric of this name is meant for the one: `p99` is every `p99{…}`.
fn means(given: &str, name: &str) -> bool {
    given.eq_ignore_ascii_case(name) || given.eq_ignore_ascii_case(without_label(name))
}

/// What is to be known of the whole.
fn open(command: &Verify, found: &Found) -> Vec<String> {
    let told = |name: &str| command.higher_is_better.iter().chain(&command.lower_is_better).any(|own| means(own, name));
    let unsaid = |metric: &&Metric| !matches!(metric.points, Points::Rate { .. }) && !says_direction(&metric.name) && !told(&metric.name);
    let unsaid: Vec<&str> = found.metrics.iter().filter(unsaid).map(|metric| metric.name.as_str()).collect();
    let unsaid = (!unsaid.is_empty()).then(|| {
        format!(
            "{}: no name says whether more is better, so less is taken to be; --higher-is-better NAME says otherwise",
            unsaid.join(", ")
        )
    });
    found.unknown_order().into_iter().chain(found.notes.iter().map(ToString::to_string)).chain(unsaid).collect()
}

fn terms(command: &Verify, metrics: &[Metric]) -> Terms {
    let less = |name: &str| command.lower_is_better.iter().any(|own| means(own, name));
    let more = |name: &str| command.higher_is_better.iter().any(|own| means(own, name));
    let margin = |metric: &Metric| {
        let given = || command.margin.iter().filter_map(|(name, margin)| Some((name.as_ref()?, *margin)));
        let own = given().find(|(name, _)| name.eq_ignore_ascii_case(&metric.name));
        own.or_else(|| given().find(|(name, _)| means(name, &metric.name))).map(|(_, margin)| (metric.name.clone(), margin))
    };
    let share = |metric: &Metric| match &metric.points {
        Points::Measure { baseline, candidate } => Some((metric.name.clone(), margin_of_share(&metric.name, baseline, candidate)?)),
        _ => None,
    };
    let higher = metrics.iter().map(|metric| &metric.name).filter(|name| more(name) || (more_is_better(name) && !less(name)));
    Terms {
        alpha: command.alpha,
        margin: command.margin.iter().rev().find(|(name, _)| name.is_none()).map(|(_, margin)| *margin),
        margins: metrics.iter().filter_map(margin).collect(),
        supposed: metrics.iter().filter_map(share).collect(),
        higher: higher.cloned().collect(),
        looking: command.continuous.then_some(Looking { always: 1.0, planned: 0.0 }),
        ..Terms::default()
    }
}

fn word(verdict: Verdict) -> String {
    verdict.name().to_uppercase()
}

fn told(judgement: &Judgement, found: &Found, open: &[String]) -> Value {
    let metrics: Vec<Value> = judgement.metrics.iter().map(metric).collect();
    let left_out: Vec<Value> = found.left_out.iter().map(|(column, why)| json!({ "column": column, "why": why.to_string() })).collect();
    json!({
        "verdict": word(judgement.verdict), "sentence": sentence(judgement), "warnings": open, "metrics": metrics, "left_out": left_out,
    })
}

fn metric(judged: &Judged) -> Value {
    let first = judged.parts.first();
    json!({
        "name": judged.name,
        "kind": judged.kind,
        "n_baseline": place(judged.n_baseline.round(), usize::MAX),
        "n_candidate": place(judged.n_candidate.round(), usize::MAX),
        "baseline": judged.baseline,
        "candidate": judged.candidate,
        "measure": first.map(|part| &part.measure),
        "estimate": first.map(|part| part.estimate),
        "interval": first.map(|part| interval(part.interval)),
        "alone": first.and_then(alone),
        "controls": first.and_then(drift),
        "margin": first.map(|part| part.margin),
        "p": first.map(|part| part.p.min(1.0)),
        "verdict": word(judged.verdict),
        "warnings": judged.warnings.iter().map(ToString::to_string).collect::<Vec<_>>(),
        "parts": judged.parts.iter().map(part).collect::<Vec<_>>(),
    })
}

fn interval((low, high): (f64, f64)) -> Value {
    let limit = |value: f64| if value.is_finite() { json!(value) } else { Value::Null };
    json!([limit(low), limit(high)])
}

/// The difference without what the controls show.
fn alone(part: &Part) -> Option<Value> {
    part.alone.map(|(estimate, limits)| json!({ "estimate": estimate, "interval": interval(limits) }))
}

/// What the controls moved by.
fn drift(part: &Part) -> Option<Value> {
    part.drift.map(|drift| json!({ "estimate": drift.estimate, "interval": interval((drift.low, drift.high)), "n": drift.controls }))
}

fn part(part: &Part) -> Value {
    json!({
        "measure": part.measure,
        "estimate": part.estimate,
        "interval": interval(part.interval),
        "alone": alone(part),
        "controls": drift(part),
        "margin": part.margin,
        "p": part.p.min(1.0),
        "verdict": word(part.verdict),
    })
}

fn plain(judgement: &Judgement, found: &Found, open: &[String]) -> String {
    let mut lines = vec![sentence(judgement)];
    lines.extend(open.iter().map(|open| format!("  {:<13}{open}", "note")));
    for metric in &judgement.metrics {
        lines.push(format!("  {:<13}{}", word(metric.verdict), metric.name));
        lines.extend(metric.warnings.iter().map(|warning| format!("{:15}{warning}", "")));
    }
    lines.extend(found.left_out.iter().map(|(column, why)| format!("  {:<13}{column}: {why}", "left out")));
    lines.join("\n")
}
