//! `evenkeel quiet FILE`: the cheapest windows after a history of volume, as JSON.

use std::{io::Write as _, path::PathBuf, process::ExitCode};

use clap::Args;
use domain::{
    Span, Timestamp,
    quiet::{Ask, BadVolume, Busy, GOOD, Plan, Trial, Volume, Window, plan, time_to_see},
    text::number,
    time::{DAY, HOUR, MINUTE, SECOND},
    verification::{
        columns::{column_of_moments, column_of_volume},
        moment::read_moment,
    },
};
use jiff::tz::TimeZone;
use serde_json::{Value, json};

use super::{files::rows_of, verify::share};

/// The file has a moment and a volume in each row (`timestamp,value`), at any regular step; gaps may be. At least four weeks.
/// Ends with 0; with 3 where too little is known to say, with 2 where the file did not read.
#[derive(Args)]
pub(super) struct Quiet {
    /// CSV file.
    #[arg(value_name = "FILE")]
    file: PathBuf,
    /// How long the work takes: 2h, 90m, 1h30m.
    #[arg(long, value_parser = length)]
    duration: i64,
    /// How long rolling back takes; both are at risk.
    #[arg(long, default_value = "0m", value_parser = length)]
    rollback: i64,
    /// How many windows to name.
    #[arg(long, default_value = "3", value_parser = clap::value_parser!(u16).range(1..=100))]
    count: u16,
    /// Days after the file's end that are looked at.
    #[arg(long, default_value = "7", value_parser = clap::value_parser!(i64).range(1..=35))]
    days: i64,
    /// Zone of wall times, days and hours.
    #[arg(long, default_value = "UTC", value_parser = zone)]
    zone: TimeZone,
    /// Hours left out, e.g. 08:00-22:00; more than one with commas.
    #[arg(long, value_delimiter = ',', value_name = "HH:MM-HH:MM", value_parser = busy)]
    busy_hours: Vec<Busy>,
    /// File with a date a line that is left out, in the history and ahead.
    #[arg(long, value_name = "FILE")]
    holidays: Option<PathBuf>,
    /// How often such a change fails.
    #[arg(long, default_value = "0.05", value_parser = share)]
    failing: f64,
    /// Rate of failures that is usual.
    #[arg(long, default_value = "0.0005", value_parser = share)]
    usual: f64,
    /// By how much more of them verification is to see.
    #[arg(long, default_value = "0.001", value_parser = share)]
    drop: f64,
    /// How to say it; there is only the one.
    #[arg(long, default_value = "json", value_parser = ["json"])]
    format: String,
}

fn zone(name: &str) -> Result<TimeZone, String> {
    domain::time::zone(name).ok_or_else(|| "expected an IANA zone such as Asia/Shanghai".to_owned())
}

fn busy(text: &str) -> Result<Busy, String> {
    Busy::parse(text).ok_or_else(|| "expected hours such as 08:00-22:00".to_owned())
}

/// Milliseconds of `2h`, `90m`, `1h30m`, `2.5h` or seconds alone.
fn length(text: &str) -> Result<i64, String> {
    let wrong = || "expected a length such as 2h or 90m, at most three days".to_owned();
    let (mut ms, mut digits) = (0.0, String::new());
    for letter in text.trim().chars() {
        let unit = match letter.to_ascii_lowercase() {
            '0'..='9' | '.' => {
                digits.push(letter);
                continue;
            }
            's' => SECOND,
            'm' => MINUTE,
            'h' => HOUR,
            'd' => DAY,
            _ => return Err(wrong()),
        };
        ms += std::mem::take(&mut digits).parse::<f64>().map_err(|_| wrong())? * unit as f64;
    }
    if !digits.is_empty() {
        ms += digits.parse::<f64>().map_err(|_| wrong())? * SECOND as f64;
    }
    #[expect(clippy::cast_possible_truncation, reason = "at most three days")]
    if (0.0..=(3 * DAY) as f64).contains(&ms) { Ok(ms as i64) } else { Err(wrong()) }
}

pub(super) fn run(command: &Quiet) -> ExitCode {
    let told = match look(command) {
        Ok(told) => told,
        Err(why) => {
            eprintln!("{why}");
            return ExitCode::from(2);
        }
    };
    let (known, value) = told;
    if writeln!(std::io::stdout(), "{value:#}").is_err() {
        return ExitCode::from(2);
    }
    ExitCode::from(if known { 0 } else { 3 })
}

fn look(command: &Quiet) -> Result<(bool, Value), String> {
    if command.duration < MINUTE {
        return Err("--duration: expected a minute or more".into());
    }
    let History { rows, unread, column } = read(command)?;
    let mut ask = Ask::new(command.duration, command.zone.clone());
    ask.rollback_ms = command.rollback;
    ask.count = usize::from(command.count);
    ask.days = command.days;
    ask.busy.clone_from(&command.busy_hours);
    (ask.failing, ask.usual, ask.drop) = (command.failing, command.usual, command.drop);
    if let Some(file) = &command.holidays {
        for row in rows_of(file)? {
            let Some(cell) = row.first().filter(|cell| !cell.is_empty()) else { continue };
            match cell.parse() {
                Ok(date) => ask.leave_out(date),
                Err(_) if ask.special.is_empty() && !cell.starts_with(|c: char| c.is_ascii_digit()) => {}
                Err(_) => return Err(format!("{}: {cell:?}, expected a date such as 2025-10-01", file.display())),
            }
        }
    }
    let mut warnings = Vec::new();
    if unread > 0 {
        warnings.push(format!("{unread} rows without a moment and a number were left out: gaps"));
    }
    let planned = Volume::new(rows).and_then(|volume| Ok((plan(&volume, &ask)?, volume)));
    Ok(match planned {
        Ok((plan, volume)) => (true, told(&plan, &volume, &ask, (&column, &warnings))),
        Err(wrong @ (BadVolume::Negative { .. } | BadVolume::Irregular)) => return Err(wrong.to_string()),
        Err(wrong) => {
            let verdict = match wrong {
                BadVolume::Empty | BadVolume::Zero => "no_volume",
                BadVolume::NoRoom => "no_room",
                BadVolume::Coarse { .. } => "too_coarse",
                _ => "too_short",
            };
            (false, json!({ "verdict": verdict, "sentence": wrong.to_string(), "windows": [], "backtest": null, "warnings": warnings }))
        }
    })
}

/// What a file holds.
struct History {
    rows: Vec<(Timestamp, f64)>,
    /// How many rows have no moment or no volume.
    unread: usize,
    /// Where the volumes stand: name, or number from 1.
    column: String,
}

/// Moments and volumes. A wall time that comes twice, when the clocks go back, is the later
/// one the second time.
fn read(command: &Quiet) -> Result<History, String> {
    let mut rows = rows_of(&command.file)?;
    if let Some(cell) = rows.first_mut().and_then(|row| row.first_mut()) {
        *cell = cell.trim_start_matches('\u{feff}').to_owned();
    }
    rows.retain(|row| row.iter().any(|cell| !cell.is_empty()));
    let named = rows.first().is_some_and(|row| row.iter().all(|cell| read_moment(cell, &command.zone).is_none() && number(cell).is_none()));
    let header: Vec<String> = if named { rows.remove(0) } else { Vec::new() };
    let at = column_of_moments(&header, &rows, &command.zone).unwrap_or(0);
    let value = column_of_volume(&header, &rows, at, &command.zone).unwrap_or(usize::from(at == 0));
    let mut history: Vec<(Timestamp, f64)> = Vec::with_capacity(rows.len());
    let mut unread = 0;
    for row in &rows {
        let cell = |column: usize| row.get(column).map_or("", String::as_str);
        let (Some(mut moment), Some(value)) = (read_moment(cell(at), &command.zone), number(cell(value))) else {
            unread += 1;
            continue;
        };
        if let Some((last, _)) = history.last()
            && moment <= *last
            && last.since(moment) < HOUR
            && read_moment(cell(at), &TimeZone::UTC) != Some(moment)
            && wall_again(moment, &command.zone)
        {
            moment = moment.plus(HOUR);
        }
        history.push((moment, value));
    }
    let column = header.get(value).cloned().unwrap_or_else(|| (value + 1).to_string());
    Ok(History { rows: history, unread, column })
}

fn wall_again(moment: Timestamp, zone: &TimeZone) -> bool {
    let wall = |at: Timestamp| at.jiff().to_zoned(zone.clone()).datetime();
    wall(moment) == wall(moment.plus(HOUR))
}

fn told(plan: &Plan, volume: &Volume, ask: &Ask, (column, warnings): (&str, &[String])) -> Value {
    let local = |at: Timestamp| at.jiff().to_zoned(ask.zone.clone()).strftime("%Y-%m-%dT%H:%M:%S%:z").to_string();
    let span = |span: Span| (local(span.from), local(span.to));
    let window = |window: &Window| {
        let (start, end) = span(window.span);
        json!({
            "start": start,
            "end": end,
            "start_utc": window.span.from.rfc3339(),
            "expected": round(window.expected),
            "upper": round(window.upper),
            "cost": round(window.cost),
            "time_to_verdict_s": time_to_see(volume, ask, window.span.to).map(|ms| ms / SECOND),
        })
    };
    let trial = |trial: &Trial| {
        json!({
            "start": local(trial.chosen.from),
            "realised": round(trial.realised),
            "best_start": local(trial.best.from),
            "best": round(trial.best_volume),
            "ratio": trial.ratio().map(round),
        })
    };
    let trials: Vec<Value> = plan.backtest.trials.iter().map(trial).collect();
    let sentence = plan.windows.first().map_or_else(String::new, |first| {
        let (start, end) = span(first.span);
        let soon = time_to_see(volume, ask, first.span.to).map_or_else(
            || "too quiet to verify within two weeks".to_owned(),
            |ms| format!("a verdict {:.1} h after it", ms as f64 / HOUR as f64),
        );
        let tried = plan.backtest.mean().map_or_else(
            || "the history is too short to try the choice".to_owned(),
            |mean| format!("such choices held {mean:.2} × the best in hindsight"),
        );
        format!("Quietest from {start} to {end}: {:.0} transactions expected, at most {:.0}; {soon}; {tried}.", first.expected, first.upper)
    });
    json!({
        "verdict": "planned",
        "sentence": sentence,
        "windows": plan.windows.iter().map(window).collect::<Vec<_>>(),
        "column": column,
        "step_s": volume.step() / SECOND,
        "from": local(volume.from()),
        "to": local(volume.to()),
        "growth_per_week": round(plan.growth),
        "needed_per_side": plan.needed,
        "backtest": { "weeks": trials, "mean": plan.backtest.mean().map(round), "worst": plan.backtest.worst().map(round), "wanted": GOOD },
        "warnings": warnings,
    })
}

fn round(value: f64) -> f64 {
    (value * 1e4).round() / 1e4
}
