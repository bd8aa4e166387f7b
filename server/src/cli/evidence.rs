//! `evenkeel evidence FILE…`: what load tests of other tools measured, one line of JSON for each file; with `--candidate`
//! also whether the candidate is as fast.

use std::{
    io::Write as _,
    path::{Path, PathBuf},
    process::ExitCode,
};

use clap::Args;
use domain::evidence::{Comparison, Facts, Limits, Outcome, Reading, compare, read, read_facts};
use serde_json::{Map, Value, json};
use sha2::{Digest as _, Sha256};

/// Files of k6, JMeter, Gatling, oha, wrk2 and Locust. With `--candidate` the files before it are runs of the baseline, and
/// the last line says `passed`, `regressed`, `inconclusive` or `invalid` (exit code 0, 1, 3, 3). Ends with 2 where a file did
/// not read.
#[derive(Args)]
pub(super) struct Evidence {
    /// What the tools wrote.
    #[arg(required = true, value_name = "FILE")]
    files: Vec<PathBuf>,
    /// Runs of the candidate, which took turns with those of the baseline; five of each or more.
    #[arg(long, num_args = 1.., value_name = "FILE")]
    candidate: Vec<PathBuf>,
    /// A fact of the environment, e.g. `cpu=4` or `database=postgres 16`; again for each.
    #[arg(long = "fact", value_name = "NAME=VALUE")]
    facts: Vec<String>,
    /// The same where the candidate ran, where that is another.
    #[arg(long = "candidate-fact", value_name = "NAME=VALUE")]
    candidate_facts: Vec<String>,
    /// So many times as high the 99th percentile may be.
    #[arg(long, default_value = "1.10", value_parser = factor)]
    slower: f64,
    /// So many times as high the throughput must be.
    #[arg(long, default_value = "0.95", value_parser = factor)]
    throughput: f64,
}

fn factor(text: &str) -> Result<f64, String> {
    text.parse().ok().filter(|factor| *factor > 0.0 && *factor < 1e3).ok_or_else(|| "expected a number above 0, e.g. 1.10".to_owned())
}

pub(super) fn run(command: &Evidence) -> ExitCode {
    let mut unread = false;
    let mut lines = Vec::new();
    let known = |facts: &[String]| read_facts(&facts.join("\n")).ok();
    let (Some(facts), Some(candidate_facts)) = (known(&command.facts), known(&command.candidate_facts)) else {
        eprintln!("--fact: expected name=value, each name once");
        return ExitCode::from(2);
    };
    let candidate_facts = if candidate_facts.is_empty() { &facts } else { &candidate_facts };
    let mut side = |files: &[PathBuf], name: Option<&str>, facts: &Facts| -> Vec<Reading> {
        let mut readings = Vec::new();
        for file in files {
            let (line, reading) = look(file, name, facts);
            unread |= reading.is_none();
            readings.extend(reading);
            lines.push(line);
        }
        readings
    };
    let compared = !command.candidate.is_empty();
    let baseline = side(&command.files, compared.then_some("baseline"), &facts);
    let candidate = side(&command.candidate, compared.then_some("candidate"), candidate_facts);
    let limits = Limits { slower: command.slower, throughput: command.throughput, ..Limits::default() };
    let comparison = (compared && !unread).then(|| compare(&baseline, &candidate, limits));
    lines.extend(comparison.as_ref().map(Comparison::line));
    let mut out = std::io::stdout().lock();
    if lines.iter().any(|line| writeln!(out, "{line}").is_err()) || unread {
        return ExitCode::from(2);
    }
    ExitCode::from(match comparison.map(|comparison| comparison.outcome) {
        None | Some(Outcome::Passed) => 0,
        Some(Outcome::Regressed) => 1,
        Some(Outcome::Inconclusive | Outcome::Invalid) => 3,
    })
}

fn look(file: &Path, side: Option<&str>, facts: &Facts) -> (Value, Option<Reading>) {
    let name = file.display().to_string();
    let bytes = std::fs::read(file).map_err(|error| error.to_string());
    let mut line = Map::new();
    line.insert("file".into(), json!(name));
    if let Some(side) = side {
        line.insert("side".into(), json!(side));
    }
    if let Ok(bytes) = &bytes {
        // So that the figures can be held against the file later.
        let sha256: String = Sha256::digest(bytes).iter().map(|byte| format!("{byte:02x}")).collect();
        line.insert("sha256".into(), json!(sha256));
        line.insert("bytes".into(), json!(bytes.len()));
    }
    match bytes.and_then(|bytes| read(&bytes).map_err(|wrong| wrong.to_string())) {
        Err(why) => {
            line.insert("error".into(), json!(why));
            (line.into(), None)
        }
        Ok(mut reading) => {
            if !facts.is_empty() {
                reading.facts.clone_from(facts);
            }
            let quantiles: Map<String, Value> = reading.quantiles.iter().map(|(percent, ms)| (format!("p{percent}"), json!(ms))).collect();
            if let Ok(Value::Object(fields)) = serde_json::to_value(&reading) {
                line.extend(fields.into_iter().filter(|(name, _)| name != "quantiles"));
            }
            line.insert("error_rate".into(), json!(reading.failing()));
            line.insert("quantiles_ms".into(), quantiles.into());
            (line.into(), Some(reading))
        }
    }
}
