//! `evenkeel forecast|anomalies|changepoints FILE…`: what is normal, offline.

use std::path::{Path, PathBuf};

use clap::{Args, ValueEnum};
use domain::{
    anomalies, changepoints,
    forecast::{Ask, Forecast, forecast, seasons_of_step},
    series::Series,
};
use serde_json::{Value, json};

use super::{
    Failure,
    files::{Stopwatch, each, series, series_in_order},
};

/// How an answer is written.
#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Format {
    /// An object a line.
    Json,
    /// A table with a header.
    Csv,
}

/// Files hold one column of values; a time and a value; an id, a time and a value; or a series a row behind its id.
#[derive(Args)]
pub(super) struct Forecasting {
    /// CSV files, with or without a header.
    #[arg(required = true, value_name = "FILE")]
    files: Vec<PathBuf>,
    /// The column of values by its name, or its number from 1; needed where several hold numbers and none is called value.
    #[arg(long, value_name = "COLUMN")]
    column: Option<String>,
    /// Steps ahead.
    #[arg(long, default_value = "48", value_parser = clap::value_parser!(u16).range(1..=10_000))]
    horizon: u16,
    /// Lengths of the seasons in steps, e.g. 24,168; else they are found.
    #[arg(long, value_delimiter = ',', value_name = "STEPS")]
    season: Vec<u16>,
    /// Per cent of what comes that the interval is to hold.
    #[arg(long, default_value = "90", value_parser = clap::value_parser!(u8).range(50..=99))]
    level: u8,
    /// A line of JSON for each series, or a table of steps.
    #[arg(long, value_enum, default_value = "json")]
    format: Format,
    /// Files looked at side by side.
    #[arg(long, default_value = "1", value_parser = clap::value_parser!(u16).range(1..=256))]
    threads: u16,
}

pub(super) fn foretell(command: &Forecasting) -> Result<(), Failure> {
    if command.format == Format::Csv {
        println!("file,series,step,mean,lower,upper");
    }
    each(&command.files, command.threads, |file| {
        let name = file.display().to_string();
        let all = series_in_order(file, command.column.as_deref()).map_err(|why| unread(&name, command.format, &why))?;
        let lines: Vec<String> = all.iter().map(|(one, sorted)| foretold(command, &name, one, *sorted)).collect();
        Ok(lines.join("\n"))
    })
}

/// One value in so many missing is many.
const MANY_GAPS: usize = 10;

/// The line, or the rows, of one series.
fn foretold(command: &Forecasting, file: &str, one: &Series, sorted: bool) -> String {
    let level = f64::from(command.level) / 100.0;
    let watch = Stopwatch::start();
    let values = one.even();
    let known: Vec<f64> = values.iter().copied().filter(|value| value.is_finite()).collect();
    let missing = values.len() - known.len();
    if sorted {
        eprintln!("{file}: rows were not in the order of time, and are taken in it");
    }
    if missing * MANY_GAPS > values.len() {
        eprintln!("{file}: {missing} of {} values are missing: the forecast is worth less", values.len());
    }
    let seasons = match one.step_ms() {
        _ if !command.season.is_empty() => command.season.iter().map(|season| usize::from(*season)).collect(),
        Some(step) => seasons_of_step(&known, step),
        None => Vec::new(),
    };
    let found = forecast(&values, &Ask { horizon: usize::from(command.horizon), seasons, level });
    let cpu_ms = watch.ms();
    let Some(Forecast { seasons, mean, lower, upper, model, backtest }) = found else {
        return match command.format {
            Format::Json => json!({ "file": file, "series": one.name, "error": "no value is known" }).to_string(),
            Format::Csv => table([[file, &one.name, "", "", "", ""].map(str::to_owned)]),
        };
    };
    if command.format == Format::Csv {
        let figures = |step: usize| [(step + 1).to_string(), mean[step].to_string(), lower[step].to_string(), upper[step].to_string()];
        return table((0..mean.len()).map(|step| [file.to_owned(), one.name.clone()].into_iter().chain(figures(step))));
    }
    let weights: serde_json::Map<String, Value> = model.iter().map(|(name, weight)| ((*name).to_owned(), json!(weight))).collect();
    json!({
        "file": file, "series": one.name, "horizon": mean.len(), "season": seasons, "mean": mean, "lower": lower, "upper": upper,
        "level": level, "model": weights, "backtest": backtest, "values": values.len(), "missing": missing, "sorted": sorted, "cpu_ms": cpu_ms,
    })
    .to_string()
}

/// Files hold a time and a value, or values only; the score of a row depends on it and the rows before.
#[derive(Args)]
pub(super) struct Anomalies {
    /// CSV files, with or without a header.
    #[arg(required = true, value_name = "FILE")]
    files: Vec<PathBuf>,
    /// The column of values by its name, or its number from 1; needed where several hold numbers and none is called value.
    #[arg(long, value_name = "COLUMN")]
    column: Option<String>,
    /// Every row with its score, or a line of JSON for each series with what stands out.
    #[arg(long, value_enum, default_value = "csv")]
    format: Format,
    /// Files looked at side by side.
    #[arg(long, default_value = "1", value_parser = clap::value_parser!(u16).range(1..=256))]
    threads: u16,
}

pub(super) fn stand_out(command: &Anomalies) -> Result<(), Failure> {
    each(&command.files, command.threads, |file| {
        let name = file.display().to_string();
        let all = series(file, command.column.as_deref()).map_err(|why| unread(&name, Format::Json, &why))?;
        let lines: Vec<String> = all.iter().map(|one| scored(command.format, &name, one, all.len() > 1)).collect();
        Ok(lines.join("\n"))
    })
}

fn scored(format: Format, file: &str, one: &Series, named: bool) -> String {
    let watch = Stopwatch::start();
    let day = one.step_ms().and_then(|step| usize::try_from(86_400_000 / step.max(1)).ok());
    let said = anomalies::judge(&one.values, day);
    let cpu_ms = watch.ms();
    // Of the first values nothing is said: they are learnt from.
    let learning = anomalies::LEARNING.min(one.values.iter().filter(|value| value.is_finite()).count());
    if format == Format::Csv {
        eprintln!("{file}: the first {learning} values are learnt from, and not judged");
    }
    let stamp = |at: usize| one.stamps.get(at).cloned().unwrap_or_else(|| at.to_string());
    if format == Format::Json {
        let told: Vec<Value> = (0..said.len())
            .filter(|&at| said[at].anomaly)
            .map(|at| json!({ "row": at, "timestamp": stamp(at), "value": one.values[at], "score": said[at].score }))
            .collect();
        return json!({ "file": file, "series": one.name, "rows": said.len(), "learning": learning, "anomalies": told, "cpu_ms": cpu_ms })
            .to_string();
    }
    let head = ["series", "timestamp", "value", "anomaly_score", "anomaly"].map(str::to_owned);
    let row = |at: usize| {
        let value = Some(one.values[at]).filter(|value| value.is_finite()).map(|value| value.to_string()).unwrap_or_default();
        [one.name.clone(), stamp(at), value, format!("{:.9}", said[at].score), u8::from(said[at].anomaly).to_string()]
    };
    // The name tells series of one file apart; where there is one only, nothing stands before the time.
    table(std::iter::once(head).chain((0..said.len()).map(row)).map(|row| row.into_iter().skip(usize::from(!named))))
}

/// Files as for `forecast`.
#[derive(Args)]
pub(super) struct ChangePoints {
    /// CSV files, with or without a header.
    #[arg(required = true, value_name = "FILE")]
    files: Vec<PathBuf>,
    /// The column of values by its name, or its number from 1; needed where several hold numbers and none is called value.
    #[arg(long, value_name = "COLUMN")]
    column: Option<String>,
    /// Lengths of the seasons in steps, e.g. 24,168; else they are found.
    #[arg(long, value_delimiter = ',', value_name = "STEPS")]
    season: Vec<u16>,
    /// Files looked at side by side.
    #[arg(long, default_value = "1", value_parser = clap::value_parser!(u16).range(1..=256))]
    threads: u16,
}

pub(super) fn change(command: &ChangePoints) -> Result<(), Failure> {
    let given: Vec<usize> = command.season.iter().map(|season| usize::from(*season)).filter(|season| *season > 1).collect();
    each(&command.files, command.threads, |file: &Path| {
        let name = file.display().to_string();
        let all = series_in_order(file, command.column.as_deref()).map_err(|why| unread(&name, Format::Json, &why))?;
        let told = |(one, sorted): &(Series, bool)| {
            let watch = Stopwatch::start();
            let found = changepoints::change_points(&one.values, (!given.is_empty()).then_some(&given));
            let cpu_ms = watch.ms();
            let points: Vec<Value> = found
                .iter()
                .map(|point| {
                    let (at, size) = (point.at, point.size());
                    json!({
                        "row": at, "timestamp": one.stamps.get(at), "before": point.before, "after": point.after, "size": size,
                        "confidence": point.confidence,
                    })
                })
                .collect();
            json!({ "file": name, "series": one.name, "rows": one.values.len(), "sorted": sorted, "change_points": points, "cpu_ms": cpu_ms }).to_string()
        };
        Ok(all.iter().map(told).collect::<Vec<_>>().join("\n"))
    })
}

/// What is said of a file that does not read; a table has no place for why.
fn unread(file: &str, format: Format, why: &str) -> String {
    match format {
        Format::Json => json!({ "file": file, "error": why }).to_string(),
        Format::Csv => table([[file, "", "", "", "", ""].map(str::to_owned)]),
    }
}

/// Rows of cells, in quotes where they need them; no end of line after the last.
fn table(rows: impl IntoIterator<Item = impl IntoIterator<Item = String>>) -> String {
    let mut writer = csv::Writer::from_writer(Vec::new());
    for row in rows {
        // Writing to memory cannot fail.
        let _ = writer.write_record(row);
    }
    String::from_utf8_lossy(&writer.into_inner().unwrap_or_default()).trim_end_matches('\n').to_owned()
}
