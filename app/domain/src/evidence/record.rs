//! Evidence that is kept: what was shown of which artifact, where, with what result, and until when that holds.
//!
//! What is called passed was either told so by whoever brought it, or follows from its file: a comparison that
//! `evenkeel evidence` made, or a run held against limits. **Invariant:** the file decides where it can.

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::{Comparison, Facts, Outcome, Reading, kept::lines, read, read_facts, sound, why};
use crate::{
    Fault, Timestamp, Wording,
    changes::{read_sha, read_word},
    form::{Check, Typed},
    id::{EvidenceId, TeamId, UserId},
    text::Name,
    time::DAY,
    words::words,
};

/// The fields that come with a file.
pub const EVIDENCE_FIELDS: [&str; 14] = [
    "team",
    "kind",
    "custom",
    "artifact",
    "artifact_version",
    "artifact_sha",
    "environment",
    "facts",
    "verdict",
    "note",
    "days",
    "max_p99_ms",
    "max_failed",
    "name",
];
/// Days that evidence holds at most, and where nothing is said.
const DAYS: (i64, i64) = (365, 30);

words! {
    /// What evidence is about.
    pub enum EvidenceKind {
        /// A load test.
        Performance = "performance",
        /// An instance or a link was taken away under load.
        Availability = "high-availability",
        /// A drill.
        Drill = "drill",
        /// A scan for known weaknesses.
        Security = "security-scan",
        /// Something else that a policy asks for.
        Custom = "custom",
    }
    /// What it shows.
    pub enum EvidenceVerdict {
        /// All is well.
        Passed = "passed",
        /// It is not.
        Failed = "failed",
        /// It cannot be told.
        Inconclusive = "inconclusive",
    }
}

/// What a load test measured, where the file told; times in milliseconds.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Measured {
    /// The tool, e.g. `k6`.
    pub source: String,
    /// Requests that ended.
    pub requests: u64,
    /// Those that failed; `null` where nobody says.
    pub failed: Option<u64>,
    /// Requests a second.
    pub rate: Option<f64>,
    /// Median.
    pub p50_ms: Option<f64>,
    /// 99th percentile.
    pub p99_ms: Option<f64>,
}

impl Measured {
    /// Requests that failed, in percent; `None` of none.
    pub fn failed_percent(&self) -> Option<f64> {
        #[expect(clippy::cast_precision_loss, reason = "counts stay far below 2^52")]
        let share = 100.0 * self.failed? as f64 / self.requests as f64;
        share.is_finite().then_some(share)
    }

    /// The worst of several runs of one side: what a bound is held against must hold for each of them. `None` of none; a figure
    /// that one of them does not tell is not known.
    fn worst(runs: &[Reading]) -> Option<Self> {
        let all = |figure: fn(&Reading) -> Option<f64>, worse: fn(f64, f64) -> f64| -> Option<f64> {
            runs.iter().map(figure).reduce(|a, b| a.zip(b).map(|(a, b)| worse(a, b))).flatten()
        };
        // What is not known stands above all.
        let share = |run: &Reading| run.failing().unwrap_or(f64::INFINITY);
        let worst = runs.iter().max_by(|a, b| share(a).total_cmp(&share(b)))?;
        Some(Self {
            rate: all(|run| run.rate, f64::min),
            p50_ms: all(|run| run.quantile(50.0), f64::max),
            p99_ms: all(|run| run.quantile(99.0), f64::max),
            ..Self::of(worst)
        })
    }

    fn of(reading: &Reading) -> Self {
        Self {
            source: reading.source.name().to_owned(),
            requests: reading.requests,
            failed: reading.failed,
            rate: reading.rate,
            p50_ms: reading.quantile(50.0),
            p99_ms: reading.quantile(99.0),
        }
    }
}

/// What comes with a file, read.
#[derive(Debug, Clone, PartialEq)]
pub struct Submission {
    /// The team whose it is; the only one where there is one.
    pub team: Option<TeamId>,
    /// What it is about.
    pub kind: EvidenceKind,
    /// What custom evidence is of, as policies name it, e.g. `pen-test report`; empty for other kinds, and where nobody says.
    pub custom: String,
    /// Name of the artifact.
    pub artifact: String,
    /// Its version.
    pub version: String,
    /// Its SHA-256 or commit, hexadecimal.
    pub sha: String,
    /// Where it was shown.
    pub environment: String,
    /// What that is made of.
    pub facts: Facts,
    /// What it shows.
    pub verdict: EvidenceVerdict,
    /// Whether the file says so, and not whoever brought it.
    pub computed: bool,
    /// What was measured.
    pub measured: Option<Measured>,
    /// Why it is called so: by the file, or in words of whoever brought it.
    pub note: String,
    /// Until when it holds.
    pub expires_at: Timestamp,
}

/// Evidence that is kept.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Evidence {
    /// Its id.
    pub id: EvidenceId,
    /// The team whose it is.
    pub team: TeamId,
    /// Its name.
    pub team_name: String,
    /// What it is about.
    pub kind: EvidenceKind,
    /// What custom evidence is of, as policies name it; empty for other kinds, and where nobody says.
    pub custom: String,
    /// Name of the artifact.
    pub artifact: String,
    /// Its version.
    pub version: String,
    /// Its SHA-256 or commit.
    pub sha: String,
    /// Where it was shown.
    pub environment: String,
    /// What that is made of.
    pub facts: Facts,
    /// A mark of what that is made of: the same facts have the same; empty where nobody says.
    pub fingerprint: String,
    /// What it shows.
    pub verdict: EvidenceVerdict,
    /// Whether the file says so, and not whoever brought it.
    pub computed: bool,
    /// What was measured, where the file told.
    pub measured: Option<Measured>,
    /// Why it is called so.
    pub note: String,
    /// Name of the file.
    pub file: String,
    /// Bytes of it.
    pub size: i64,
    /// SHA-256 of the file.
    pub file_sha256: String,
    /// Until when it holds.
    pub expires_at: Timestamp,
    /// Who brought it.
    pub by: String,
    /// Their id; `null` where a part of the portal did, or it is not known.
    pub by_id: Option<UserId>,
    /// Whether the portal measured it itself, against a registered target.
    pub measured_here: bool,
    /// When.
    pub at: Timestamp,
}

/// A limit: a number of 0 or more, with or without `%`.
pub fn read_limit(text: &str) -> Result<f64, Wording> {
    let number = text.trim().trim_end_matches('%').trim_end().replace(',', ".").parse::<f64>().ok();
    number.filter(|value| value.is_finite() && *value >= 0.0).ok_or_else(|| Wording::new("evidence-expect-limit"))
}

/// A comparison that `evenkeel evidence` or the portal made: its runs are judged anew; a last line without them is somebody's word.
fn compared(body: &[u8]) -> Option<(Outcome, String, bool, Option<Measured>, Facts)> {
    let (told, runs, last) = lines(body)?;
    if let Some((judged, candidate)) = Comparison::again(&runs, &last) {
        let facts = candidate.first().map(|run| run.facts.clone()).unwrap_or_default();
        return Some((judged.outcome, judged.told(), true, Measured::worst(&candidate), facts));
    }
    Some((told, last.get("reason").and_then(Value::as_str).unwrap_or_default().to_owned(), false, None, Facts::new()))
}

impl Submission {
    /// Reads what came with a file, and the file.
    pub fn parse(typed: &Typed, body: &[u8], now: Timestamp) -> Result<Self, Fault> {
        let mut check = Check::new(typed);
        check.only(&EVIDENCE_FIELDS);
        let team = check.optional("team", |text| TeamId::parse(text.trim()).ok_or_else(|| Wording::new("changes-expect-team")));
        let kind = check.field("kind", |text| read_word(text, EvidenceKind::ALL));
        let custom = check.optional("custom", Name::parse);
        if custom.as_ref().is_some_and(Option::is_some) && kind.is_some_and(|kind| kind != EvidenceKind::Custom) {
            check.problem("custom", Wording::new("evidence-expect-no-custom"));
        }
        let artifact = check.field("artifact", Name::parse);
        let version = check.field("artifact_version", Name::parse);
        let sha = check.field("artifact_sha", read_sha);
        let environment = check.field("environment", Name::parse);
        let facts = check.field("facts", read_facts);
        let told = check.optional("verdict", |text| read_word(text, EvidenceVerdict::ALL));
        let note = check.field("note", |text| {
            let text = text.trim();
            if text.chars().count() > 1_000 {
                Err(Wording::new("expect-at-most-characters").with("max", 1_000))
            } else {
                Ok(text.to_owned())
            }
        });
        let days = if typed.get("days").trim().is_empty() { Some(DAYS.1) } else { check.number("days", 1, DAYS.0) };
        let (p99, failing) = (check.optional("max_p99_ms", read_limit), check.optional("max_failed", read_limit));
        let (mut found, mut own_facts) = (None, Facts::new());
        if body.is_empty() {
            check.problem("file", Wording::new("evidence-expect-file"));
        } else if kind == Some(EvidenceKind::Performance) {
            match (compared(body), read(body)) {
                (Some((outcome, reason, computed, measured, facts)), _) => {
                    found = Some((verdict_of(outcome), computed, reason, measured));
                    own_facts = facts;
                }
                (None, Ok(reading)) => {
                    let limits = (p99.flatten(), failing.flatten());
                    let (verdict, mut reason) =
                        within(&reading, limits).map_or((None, String::new()), |(verdict, why)| (Some(verdict), why));
                    if let Some(rows) = reading.unread {
                        let gap = if reason.is_empty() { "" } else { "\n" };
                        reason = format!("{reason}{gap}{}", why::unread(rows).text);
                    }
                    own_facts.clone_from(&reading.facts);
                    found = Some((verdict.or(told.flatten()), verdict.is_some(), reason, Some(Measured::of(&reading))));
                }
                (None, Err(wrong)) => check.problem("file", Wording::new("evidence-expect-load").with("why", wrong)),
            }
        } else {
            found = Some((told.flatten(), false, String::new(), None));
        }
        if check.is_clean() && found.as_ref().is_some_and(|(verdict, ..)| verdict.is_none()) {
            check.problem("verdict", Wording::new("evidence-expect-verdict"));
        }
        let read = check.finish((team, kind, custom, artifact, version, sha, environment, facts, note, days))?;
        let (team, kind, custom, artifact, version, sha, environment, told_facts, note, days) = read;
        let facts = if told_facts.is_empty() { sound(own_facts) } else { told_facts };
        let Some((Some(verdict), computed, reason, measured)) = found else { return Err(Fault::Internal) };
        let note = [reason, note].into_iter().filter(|part| !part.is_empty()).collect::<Vec<_>>().join("\n");
        let expires_at = now.plus(days * DAY);
        let (artifact, version, environment) = (artifact.into_string(), version.into_string(), environment.into_string());
        let custom = custom.map_or_else(String::new, Name::into_string);
        Ok(Self { team, kind, custom, artifact, version, sha, environment, facts, verdict, computed, measured, note, expires_at })
    }
}

fn verdict_of(outcome: Outcome) -> Option<EvidenceVerdict> {
    Some(match outcome {
        Outcome::Passed => EvidenceVerdict::Passed,
        Outcome::Regressed => EvidenceVerdict::Failed,
        Outcome::Inconclusive | Outcome::Invalid => EvidenceVerdict::Inconclusive,
    })
}

/// A run against limits, where any are set: what it says, and why in figures.
fn within(reading: &Reading, (p99, failing): (Option<f64>, Option<f64>)) -> Option<(EvidenceVerdict, String)> {
    if p99.is_none() && failing.is_none() {
        return None;
    }
    let mut lines = Vec::new();
    let mut verdict = EvidenceVerdict::Passed;
    if let Some(most) = p99 {
        match reading.quantile(99.0) {
            Some(seen) => {
                if seen > most {
                    verdict = EvidenceVerdict::Failed;
                }
                lines.push(format!("p99 {seen:.1} ms, ≤ {most} ms"));
            }
            None => {
                verdict = EvidenceVerdict::Inconclusive;
                lines.push(format!("p99 —, ≤ {most} ms"));
            }
        }
    }
    if let Some(most) = failing {
        match (reading.failed, reading.failing()) {
            (Some(failed), Some(share)) => {
                let share = 100.0 * share;
                if share > most || failed >= reading.requests {
                    verdict = EvidenceVerdict::Failed;
                }
                lines.push(format!("{failed} / {} ({share:.2} %), ≤ {most} %", reading.requests));
            }
            _ => {
                // What was too slow has failed, whatever the rest.
                if verdict == EvidenceVerdict::Passed {
                    verdict = EvidenceVerdict::Inconclusive;
                }
                lines.push(format!("— / {}, ≤ {most} %", reading.requests));
            }
        }
    }
    Some((verdict, lines.join("; ")))
}

#[cfg(test)]
mod tests;
