//! What is asked for: a script against a target, for an artifact; and what its result shows.

use super::{Given, Script, TrialOrder};
use crate::{
    Fault, Timestamp, Wording,
    changes::read_sha,
    evidence::{EvidenceVerdict, Submission, read_facts, read_limit},
    form::{Check, Typed},
    id::LoadTargetId,
    text::Name,
};

/// The fields of an order.
pub const ORDER_FIELDS: &[&str] = &[
    "target",
    "rate",
    "duration",
    "ramp",
    "connections",
    "timeout",
    "script",
    "artifact",
    "artifact_version",
    "artifact_sha",
    "facts",
    "max_p99_ms",
    "max_failed",
    "days",
];
/// Where neither form nor script says anything.
const USUAL: (f64, &str) = (100.0, "60s");
/// Letters of a script.
const LONGEST: usize = 50_000;

/// What is loaded, and where: what evidence is about.
#[derive(Debug, Clone, PartialEq, serde::Serialize, serde::Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[cfg_attr(feature = "openapi", schema(as = LoadSubject))]
pub struct Subject {
    /// Name of the artifact.
    pub artifact: String,
    /// Its version.
    pub artifact_version: String,
    /// Its SHA-256 or commit.
    pub artifact_sha: String,
    /// What the environment is made of, e.g. `4 nodes, PostgreSQL 16`; may be empty.
    pub facts: String,
    /// The 99th percentile may be so many milliseconds; empty: no limit.
    pub max_p99_ms: String,
    /// So many percent may fail; empty: no limit.
    pub max_failed: String,
    /// Days for which the evidence holds.
    pub days: i64,
}

/// An order that was read.
#[derive(Debug, Clone, PartialEq)]
pub struct Order {
    /// What is loaded.
    pub target: LoadTargetId,
    /// What is sent; the base is the target's.
    pub script: Script,
    /// For what.
    pub subject: Subject,
    /// What is taken away meanwhile.
    pub trial: Option<TrialOrder>,
}

impl Order {
    /// Reads the [`ORDER_FIELDS`], and `more`. `read` reads the text of a script.
    pub fn parse(typed: &Typed, more: &[&'static str], read: impl Fn(&str) -> Result<Script, Wording>) -> Result<Self, Fault> {
        let mut check = Check::new(typed);
        check.only(&[ORDER_FIELDS, more].concat());
        let target = check.field("target", |text| LoadTargetId::parse(text.trim()).ok_or_else(|| Wording::new("expect-id")));
        let script = check.field("script", |text| match text.trim() {
            "" => Ok(Script::default()),
            text if text.len() > LONGEST => Err(Wording::new("expect-at-most-characters").with("max", LONGEST)),
            text => read(text),
        });
        let number = |text: &str| {
            text.trim().parse::<f64>().ok().filter(|n| *n > 0.0 && n.is_finite()).ok_or_else(|| Wording::new("load-expect-number"))
        };
        let rate = check.optional("rate", number);
        let connections = check.optional("connections", |text| {
            text.trim().parse::<u32>().ok().filter(|n| *n > 0).ok_or_else(|| Wording::new("load-expect-number"))
        });
        let text = |text: &str| Ok(text.trim().to_owned());
        let (duration, ramp, timeout) = (check.optional("duration", text), check.optional("ramp", text), check.optional("timeout", text));
        let subject = Subject::read(&mut check, typed);
        let trial = TrialOrder::read(&mut check, typed);
        let times = duration.zip(ramp).zip(timeout);
        let (target, script, rate, connections, times, subject, trial) =
            check.finish((target, script, rate, connections, times, subject, trial))?;
        let ((duration, ramp), timeout) = times;
        let mut script = script.with(&Given { rate, duration, ramp, connections, timeout });
        if script.stages.is_empty() {
            if script.rate == 0.0 {
                script.rate = USUAL.0;
            }
            if script.duration.is_empty() {
                USUAL.1.clone_into(&mut script.duration);
            }
        }
        Ok(Self { target, script, subject, trial })
    }
}

impl Subject {
    fn read(check: &mut Check<'_>, typed: &Typed) -> Option<Self> {
        let artifact = check.field("artifact", Name::parse);
        let version = check.field("artifact_version", Name::parse);
        let sha = check.field("artifact_sha", read_sha);
        // Beside the name of the environment there is room for so much.
        let facts = check.field("facts", |text| match text.trim() {
            text if text.chars().count() > 200 => Err(Wording::new("expect-at-most-characters").with("max", 200)),
            text => crate::text::one_line(text).map(|()| text.to_owned()),
        });
        let (p99, failed) = (check.optional("max_p99_ms", read_limit), check.optional("max_failed", read_limit));
        let days = if typed.get("days").trim().is_empty() { Some(30) } else { check.number("days", 1, 365) };
        let said = |limit: Option<f64>| limit.map_or_else(String::new, |limit| limit.to_string());
        Some(Self {
            artifact: artifact?.into_string(),
            artifact_version: version?.into_string(),
            artifact_sha: sha?,
            facts: facts?,
            max_p99_ms: said(p99?),
            max_failed: said(failed?),
            days: days?,
        })
    }

    /// Where it was shown, in one line.
    pub fn place(&self, environment: &str) -> String {
        let line = if self.facts.is_empty() { environment.to_owned() } else { format!("{environment}: {}", self.facts) };
        line.chars().take(120).collect()
    }

    /// What the result shows, by the judge of all evidence of performance. `held` says whether the load was as strong as asked for.
    ///
    /// # Errors
    /// A result that is none.
    pub fn judge(&self, environment: &str, body: &[u8], held: Option<(f64, f64)>, now: Timestamp) -> Result<Submission, Fault> {
        let mut typed = Typed::default();
        // Facts that are told by name are kept beside the environment, and not in its name: policies ask for that.
        let place = if read_facts(&self.facts).is_ok() { environment.to_owned() } else { self.place(environment) };
        for (name, value) in [
            ("kind", "performance"),
            ("artifact", &self.artifact),
            ("artifact_version", &self.artifact_version),
            ("artifact_sha", &self.artifact_sha),
            ("environment", &place),
            ("max_p99_ms", &self.max_p99_ms),
            ("max_failed", &self.max_failed),
            // Where no limit says anything, nothing has been shown.
            ("verdict", EvidenceVerdict::Inconclusive.name()),
        ] {
            typed.set(name, value);
        }
        typed.set("days", self.days);
        let mut submission = Submission::parse(&typed, body, now)?;
        if let Some((rate, wanted)) = held {
            judged(&mut submission, rate, wanted);
        }
        Ok(submission)
    }
}

/// Whether a load was as strong as asked for, within a twentieth; both in requests a second.
pub fn held(rate: f64, wanted: f64) -> bool {
    rate >= 0.95 * wanted
}

/// A load that was weaker than asked for has passed nothing.
fn judged(submission: &mut Submission, rate: f64, wanted: f64) {
    if held(rate, wanted) {
        return;
    }
    if submission.verdict == EvidenceVerdict::Passed {
        submission.verdict = EvidenceVerdict::Inconclusive;
    }
    let line = format!("the rate was not held: {rate:.1} of {wanted:.1} a second");
    submission.note = if submission.note.is_empty() { line } else { format!("{}\n{line}", submission.note) };
}
