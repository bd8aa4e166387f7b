//! `evenkeel forecast|anomalies|changepoints FILE…`: what is normal, offline.

use std::path::{Path, PathBuf};

use clap::{Args, ValueEnum};
use domain::{
    anomalies::{self, Judged},
    changepoints,
    forecast::{Ask, Forecast, forecast, seasons_of_step},
    series::Series,
};
use serde_json::{Value, json};

use super::{
    Failure,
    files::{self, Columns, Stopwatch, Threads, each, series, series_in_order},
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
    #[command(flatten)]
    columns: Columns,
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
    #[command(flatten)]
    threads: Threads,
}

pub(super) fn foretell(command: &Forecasting) -> Result<(), Failure> {
    if command.format == Format::Csv {
        println!("file,series,step,mean,lower,upper");
    }
    let look = |file: &Path| -> Result<String, String> {
        let name = file.display().to_string();
        let all = series_in_order(file, &command.columns)?;
        let lines: Vec<String> = all.iter().map(|(one, sorted)| foretold(command, &name, one, *sorted)).collect();
        Ok(lines.join("\n"))
    };
    each(&command.files, command.threads, look, |file, why| unread(file, command.format, why))
}

/// Says where the rows were taken in another order than that of the file, or may be in a wrong one.
fn warn_of_order(file: &str, one: &Series, sorted: bool) {
    if sorted {
        eprintln!("{file}: rows were not in the order of time, and are taken in it");
    } else if one.untold() {
        eprintln!("{file}: the times do not read: the rows are taken as they stand");
    }
}

/// One value in so many missing is many.
const MANY_GAPS: usize = 10;

/// The line, or the rows, of one series.
fn foretold(command: &Forecasting, file: &str, one: &Series, sorted: bool) -> String {
    let level = f64::from(command.level) / 100.0;
    let watch = Stopwatch::start();
    let values = one.even();
    let missing = values.iter().filter(|value| !value.is_finite()).count();
    if missing * MANY_GAPS > values.len() {
        eprintln!("{file}: {missing} of {} values are missing: the forecast is worth less", values.len());
    }
    let seasons = match one.step_ms() {
        _ if !command.season.is_empty() => command.season.iter().map(|season| usize::from(*season)).collect(),
        Some(step) => seasons_of_step(&values, step),
        None => Vec::new(),
    };
    let found = forecast(&values, &Ask { horizon: usize::from(command.horizon), seasons, level });
    let cpu_ms = watch.ms();
    warn_of_order(file, one, sorted);
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

/// Files hold a time and a value, or values only; the score of a row depends on it and on what was before.
#[derive(Args)]
pub(super) struct Anomalies {
    /// CSV files, with or without a header.
    #[arg(required = true, value_name = "FILE")]
    files: Vec<PathBuf>,
    #[command(flatten)]
    columns: Columns,
    /// Every row with its score, or a line of JSON for each series with what stands out.
    #[arg(long, value_enum, default_value = "csv")]
    format: Format,
    #[command(flatten)]
    threads: Threads,
}

/// The columns of scored rows: of one file without its name, of one series without its own.
const SCORED: [&str; 6] = ["file", "series", "timestamp", "value", "anomaly_score", "anomaly"];

pub(super) fn stand_out(command: &Anomalies) -> Result<(), Failure> {
    let several = command.files.len() > 1;
    if several && command.format == Format::Csv {
        println!("{}", SCORED.join(","));
    }
    let look = |file: &Path| -> Result<String, String> {
        let all = series(file, &command.columns)?;
        scored(command.format, &file.display().to_string(), &all, several)
    };
    each(&command.files, command.threads, look, |file, why| unread(file, if several { command.format } else { Format::Json }, why))
}

/// The lines, or the rows, of one file.
fn scored(format: Format, file: &str, all: &[Series], several: bool) -> Result<String, String> {
    let mut lines = Vec::new();
    let mut rows: Vec<[String; 6]> = if several { Vec::new() } else { vec![SCORED.map(str::to_owned)] };
    for one in all {
        let watch = Stopwatch::start();
        let (said, sorted) = judged(one)?;
        let cpu_ms = watch.ms();
        // Of the first values nothing is said: they are learnt from.
        let learning = anomalies::LEARNING.min(one.values.iter().filter(|value| value.is_finite()).count());
        warn_of_order(file, one, sorted);
        let stamp = |at: usize| one.stamps.get(at).cloned().unwrap_or_else(|| at.to_string());
        if format == Format::Json {
            let told: Vec<Value> = (0..said.len())
                .filter(|&at| said[at].anomaly)
                .map(|at| json!({ "row": at, "timestamp": stamp(at), "value": one.values[at], "score": said[at].score }))
                .collect();
            lines.push(json!({
                "file": file, "series": one.name, "rows": said.len(), "sorted": sorted, "learning": learning, "anomalies": told, "cpu_ms": cpu_ms,
            }));
            continue;
        }
        eprintln!("{file}: the first {learning} values are learnt from, and not judged");
        rows.extend((0..said.len()).map(|at| {
            let value = Some(one.values[at]).filter(|value| value.is_finite()).map(|value| value.to_string()).unwrap_or_default();
            let score = format!("{:.9}", said[at].score);
            [file.to_owned(), one.name.clone(), stamp(at), value, score, u8::from(said[at].anomaly).to_string()]
        }));
    }
    if format == Format::Json {
        return Ok(lines.iter().map(Value::to_string).collect::<Vec<_>>().join("\n"));
    }
    // Names tell files and series apart; where there is one only, nothing stands before the time.
    let unnamed = if several { 0 } else { 1 + usize::from(all.len() == 1) };
    Ok(table(rows.into_iter().map(|row| row.into_iter().skip(unnamed))))
}

/// What is said of each row, in the order of the file; they are judged in the order of time, and whether that is another.
fn judged(one: &Series) -> Result<(Vec<Judged>, bool), String> {
    let places = one.order().map_err(|wrong| wrong.to_string())?;
    let ordered = places.as_ref().map(|places| one.at_places(places));
    let in_time = ordered.as_ref().unwrap_or(one);
    let day = in_time.step_ms().and_then(|step| usize::try_from(86_400_000 / step.max(1)).ok());
    let said = anomalies::judge_over(&in_time.values, &in_time.holes(), day);
    let Some(places) = places else { return Ok((said, false)) };
    let mut by_row = said.clone();
    for (said, place) in said.into_iter().zip(places) {
        by_row[place] = said;
    }
    Ok((by_row, true))
}

/// Files as for `forecast`.
#[derive(Args)]
pub(super) struct ChangePoints {
    /// CSV files, with or without a header.
    #[arg(required = true, value_name = "FILE")]
    files: Vec<PathBuf>,
    #[command(flatten)]
    columns: Columns,
    /// Lengths of the seasons in steps, e.g. 24,168; else they are found.
    #[arg(long, value_delimiter = ',', value_name = "STEPS")]
    season: Vec<u16>,
    #[command(flatten)]
    threads: Threads,
}

pub(super) fn change(command: &ChangePoints) -> Result<(), Failure> {
    let given: Vec<usize> = command.season.iter().map(|season| usize::from(*season)).filter(|season| *season > 1).collect();
    let look = |file: &Path| -> Result<String, String> {
        let name = file.display().to_string();
        let all = series_in_order(file, &command.columns)?;
        let told = |(one, sorted): &(Series, bool)| {
            let watch = Stopwatch::start();
            let found = changepoints::change_points(&one.values, (!given.is_empty()).then_some(&given));
            let cpu_ms = watch.ms();
            warn_of_order(&name, one, *sorted);
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
    };
    each(&command.files, command.threads, look, files::unread)
}

/// What is said of a file that does not read; a table has no place for why, which is said beside it.
fn unread(file: &str, format: Format, why: &str) -> String {
    match format {
        Format::Json => files::unread(file, why),
        Format::Csv => {
            eprintln!("{file}: {why}");
            table([[file, "", "", "", "", ""].map(str::to_owned)])
        }
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
