//! `evenkeel slices FILE…`: the search for slices offline, one line of JSON for each file.

use std::{
    io::Write as _,
    path::{Path, PathBuf},
    sync::{
        Mutex, PoisonError,
        atomic::{AtomicUsize, Ordering},
        mpsc,
    },
};

use clap::Args;
use domain::slices::{Cause, Finding, Table, find};
use rustix::time::{ClockId, clock_gettime};
use serde_json::{Map, Value, json};

use super::Failure;

/// Columns are dimensions, but for `total,failed,hist_total,hist_failed` (transactions and failures now, and summed over the
/// history) or `real,predict` (an additive measure and its forecast).
#[derive(Args)]
pub(super) struct Slices {
    /// CSV files with a header.
    #[arg(required = true, value_name = "FILE")]
    files: Vec<PathBuf>,
    /// Files looked at side by side.
    #[arg(long, default_value = "1", value_parser = clap::value_parser!(u16).range(1..=256))]
    threads: u16,
}

/// Answers go out in the order of the files, each as soon as it is known. Fails after the last one where a file did not read.
pub(super) fn run(command: &Slices) -> Result<(), Failure> {
    let next = AtomicUsize::new(0);
    let (sender, receiver) = mpsc::sync_channel::<(usize, Result<String, String>)>(64);
    let sender = Mutex::new(sender);
    std::thread::scope(|scope| {
        for _ in 0..command.threads {
            let own = sender.lock().unwrap_or_else(PoisonError::into_inner).clone();
            let next = &next;
            scope.spawn(move || {
                while let Some((at, file)) = Some(next.fetch_add(1, Ordering::Relaxed)).and_then(|at| Some((at, command.files.get(at)?))) {
                    if own.send((at, look(file))).is_err() {
                        return;
                    }
                }
            });
        }
        drop(sender);
        tell(receiver)
    })
}

fn tell(receiver: mpsc::Receiver<(usize, Result<String, String>)>) -> Result<(), Failure> {
    let mut out = std::io::stdout().lock();
    let mut waiting = std::collections::BTreeMap::new();
    let (mut due, mut unread) = (0, 0);
    for (at, answer) in receiver {
        waiting.insert(at, answer);
        while let Some(answer) = waiting.remove(&due) {
            due += 1;
            unread += usize::from(answer.is_err());
            let (Ok(line) | Err(line)) = answer;
            writeln!(out, "{line}")?;
        }
        out.flush()?;
    }
    if unread > 0 { Err(format!("{unread} of {due} files did not read").into()) } else { Ok(()) }
}

/// The line for one file; `Err` where it did not read.
fn look(file: &Path) -> Result<String, String> {
    let name = file.display().to_string();
    let table = read(file).map_err(|why| json!({ "file": name, "error": why }).to_string())?;
    let begun = clock_gettime(ClockId::ThreadCPUTime);
    let Finding { verdict, causes } = find(&table);
    let ended = clock_gettime(ClockId::ThreadCPUTime);
    let ns = (ended.tv_sec - begun.tv_sec) * 1_000_000_000 + (ended.tv_nsec - begun.tv_nsec);
    #[expect(clippy::cast_precision_loss, reason = "a search does not take a month")]
    let cpu_ms = (ns as f64 / 1e3).round() / 1e3;
    let causes: Vec<Value> = causes.iter().map(cause).collect();
    Ok(json!({ "file": name, "verdict": verdict, "causes": causes, "cpu_ms": cpu_ms }).to_string())
}

fn cause(cause: &Cause) -> Value {
    let slice: Map<String, Value> = cause.slice.iter().map(|(dimension, value)| (dimension.clone(), json!(value))).collect();
    json!({
        "slice": slice,
        "score": cause.score,
        "observed": cause.observed,
        "expected": cause.expected,
        "total": cause.total,
        "share_of_excess": cause.share_of_excess,
    })
}

fn read(file: &Path) -> Result<Table, String> {
    let mut reader = csv::ReaderBuilder::new().has_headers(true).flexible(true).from_path(file).map_err(|error| error.to_string())?;
    let header: Vec<String> = reader.headers().map_err(|error| error.to_string())?.iter().map(str::to_owned).collect();
    let mut broken = None;
    let rows = reader.records().map_while(|record| match record {
        Ok(record) => Some(record.iter().map(str::to_owned).collect()),
        Err(error) => {
            broken = Some(error.to_string());
            None
        }
    });
    let table = Table::read(&header, rows);
    broken.map_or(table.map_err(|wrong| wrong.to_string()), Err)
}
