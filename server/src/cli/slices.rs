//! `evenkeel slices FILE…`: the search for slices offline, one line of JSON for each file.

use std::path::{Path, PathBuf};

use clap::Args;
use domain::slices::{Cause, Finding, Mended, Table, find};
use serde_json::{Map, Value, json};

use super::{
    Failure,
    files::{Stopwatch, Threads, each, table_of, unread},
};

/// Columns are dimensions, but for `total,failed,hist_total,hist_failed` (transactions and failures now, and summed over the
/// history) or `real,predict` (an additive measure and its forecast).
#[derive(Args)]
pub(super) struct Slices {
    /// CSV files with a header, parted by comma, semicolon, tab or bar.
    #[arg(required = true, value_name = "FILE")]
    files: Vec<PathBuf>,
    #[command(flatten)]
    threads: Threads,
}

/// Fails after the last file where one did not read.
pub(super) fn run(command: &Slices) -> Result<(), Failure> {
    each(&command.files, command.threads, look, unread)
}

/// The line for one file, or why it did not read.
fn look(file: &Path) -> Result<String, String> {
    let name = file.display().to_string();
    let (table, mended) = read(file)?;
    let watch = Stopwatch::start();
    let Finding { verdict, causes } = find(&table);
    let cpu_ms = watch.ms();
    let causes: Vec<Value> = causes.iter().map(cause).collect();
    let mut line = json!({ "file": name, "verdict": verdict, "causes": causes, "cpu_ms": cpu_ms });
    let warnings = mended.warnings();
    if !warnings.is_empty() {
        eprintln!("{name}: {}", warnings.join("; "));
        line["warnings"] = json!(warnings);
    }
    Ok(line.to_string())
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

fn read(file: &Path) -> Result<(Table, Mended), String> {
    let mut rows = table_of(file, Table::figures)?.into_iter();
    let header = rows.next().unwrap_or_default();
    Table::read(&header, rows).map_err(|wrong| wrong.to_string())
}
