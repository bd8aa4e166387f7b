//! The kept file of a comparison: a line for each run, then one for what came of them.

use serde_json::Value;

use super::{Comparison, Outcome, compare::measured};

/// A run as such a file tells it.
#[derive(Debug, Clone, PartialEq)]
pub struct KeptRun {
    /// The file of the tool that measured, or what the run is called.
    pub file: String,
    /// `baseline` or `candidate`.
    pub side: String,
    /// SHA-256 of the tool's file; absent where the run itself stands there, and where nobody says.
    pub sha256: Option<String>,
    /// Requests a second.
    pub rate: Option<f64>,
    /// 99th percentile.
    pub p99_ms: Option<f64>,
}

/// What such a file holds.
#[derive(Debug, Clone, PartialEq)]
pub struct Kept {
    /// Its runs, in the order of the file.
    pub runs: Vec<KeptRun>,
    /// How they are judged anew.
    pub judged: Comparison,
}

/// The verdict that the last line tells, the lines of runs, and that last line; `None` where the file is none of this.
pub(super) fn lines(body: &[u8]) -> Option<(Outcome, Vec<Value>, Value)> {
    let text = std::str::from_utf8(body).ok()?;
    // The last line first: most files are none of this.
    let last: Value = serde_json::from_str(text.lines().rfind(|line| !line.trim().is_empty())?).ok()?;
    let told = last.get("verdict")?.as_str()?.parse().ok()?;
    let runs = text.lines().filter(|line| line.contains("\"side\"")).filter_map(|line| serde_json::from_str(line).ok());
    Some((told, runs.collect(), last))
}

/// Reads the kept file of a comparison; `None` of any other, and where it has no runs of both sides.
pub fn kept(body: &[u8]) -> Option<Kept> {
    let (_, lines, last) = lines(body)?;
    let (judged, _) = Comparison::again(&lines, &last)?;
    let text = |line: &Value, name: &str| line[name].as_str().map(str::to_owned);
    let runs = lines
        .iter()
        .filter_map(|line| {
            let run = measured(line);
            let (rate, p99_ms) = run.map_or((None, None), |run| (run.rate, run.quantile(99.0)));
            Some(KeptRun { file: text(line, "file")?, side: text(line, "side")?, sha256: text(line, "sha256"), rate, p99_ms })
        })
        .collect();
    Some(Kept { runs, judged })
}
