//! A comparison: runs against a baseline and a candidate that take turns, judged as `evenkeel evidence --candidate` judges files.

use serde::Serialize;
use serde_json::{Value, json};

use super::{Order, Run, Script, State};
use crate::{
    Fault, Timestamp, Wording,
    evidence::{Limits, Outcome, Reading, compare, read},
    form::{Check, Typed},
    id::{EvidenceId, LoadComparisonId, LoadTargetId, TeamId},
    words::words,
};

/// The fields of a comparison beside those of an order.
pub const COMPARISON_FIELDS: &[&str] = &["baseline", "turns", "slower", "throughput"];
/// Runs of each side, where nothing is said; the least that are judged; the most.
pub const TURNS: i64 = 5;
/// The least.
pub const LEAST_TURNS: i64 = 5;
/// The most.
pub const MOST_TURNS: i64 = 20;

words! {
    /// Whose run it is.
    pub enum Side {
        /// What runs now.
        Baseline = "baseline",
        /// What shall take its place.
        Candidate = "candidate",
    }
}

/// Whose turn it is: pair after pair, each begun by the side that ended the one before, so that neither always comes first.
pub fn side_of(turn: i64) -> Side {
    if matches!(turn.rem_euclid(4), 0 | 3) { Side::Baseline } else { Side::Candidate }
}

/// A comparison.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[cfg_attr(feature = "openapi", schema(as = LoadComparison))]
pub struct Comparison {
    /// Its id.
    pub id: LoadComparisonId,
    /// The target of the baseline.
    pub baseline: LoadTargetId,
    /// Name of that.
    pub baseline_name: String,
    /// The target of the candidate.
    pub candidate: LoadTargetId,
    /// Name of that.
    pub candidate_name: String,
    /// The team of the candidate.
    pub team: TeamId,
    /// Runs of each side.
    pub turns: i64,
    /// The 99th percentile may be so many times as high.
    pub slower: f64,
    /// The throughput must be so many times as high.
    pub throughput: f64,
    /// How it stands.
    #[cfg_attr(feature = "openapi", schema(value_type = String))]
    pub state: State,
    /// What came of it.
    #[cfg_attr(feature = "openapi", schema(value_type = Option<String>))]
    pub outcome: Option<Outcome>,
    /// Why.
    pub reason: String,
    /// The evidence that it became.
    pub evidence: Option<EvidenceId>,
    /// Who asked for it.
    pub by: String,
    /// When.
    pub asked_at: Timestamp,
    /// When it was over.
    pub finished_at: Option<Timestamp>,
    /// Its runs in turn; empty in a list.
    pub runs: Vec<Run>,
}

impl Comparison {
    /// What is borne.
    pub fn limits(&self) -> Limits {
        Limits { slower: self.slower, throughput: self.throughput, ..Limits::default() }
    }
}

/// What is asked for.
#[derive(Debug, Clone, PartialEq)]
pub struct ComparisonOrder {
    /// Against the candidate's target; the same is sent to the baseline's.
    pub order: Order,
    /// The target of the baseline.
    pub baseline: LoadTargetId,
    /// Runs of each side.
    pub turns: i64,
    /// What is borne.
    pub limits: (f64, f64),
}

impl ComparisonOrder {
    /// Reads the fields of an order and of [`COMPARISON_FIELDS`].
    pub fn parse(typed: &Typed, script: impl Fn(&str) -> Result<Script, Wording>) -> Result<Self, Fault> {
        let usual = Limits::default();
        let mut check = Check::new(typed);
        let baseline = check.field("baseline", |text| LoadTargetId::parse(text.trim()).ok_or_else(|| Wording::new("expect-id")));
        let turns = if typed.get("turns").trim().is_empty() { Some(TURNS) } else { check.number("turns", LEAST_TURNS, MOST_TURNS) };
        let factor = |text: &str| {
            text.trim()
                .replace(',', ".")
                .parse::<f64>()
                .ok()
                .filter(|n| *n > 0.0 && *n < 1e3)
                .ok_or_else(|| Wording::new("load-expect-factor"))
        };
        let (slower, throughput) = (check.optional("slower", factor), check.optional("throughput", factor));
        let own = check.finish((baseline, turns, slower, throughput));
        // Everything that is wrong is told at once.
        match (Order::parse(typed, COMPARISON_FIELDS, script), own) {
            (Ok(order), Ok((baseline, turns, slower, throughput))) => {
                Ok(Self { order, baseline, turns, limits: (slower.unwrap_or(usual.slower), throughput.unwrap_or(usual.throughput)) })
            }
            (Err(Fault::Invalid(mut one)), Err(Fault::Invalid(two))) => {
                one.extend(two);
                Err(Fault::Invalid(one))
            }
            (Err(fault), _) | (_, Err(fault)) => Err(fault),
        }
    }
}

/// What the runs that went to their end measured, of each side.
pub fn readings(runs: &[Run]) -> (Vec<Reading>, Vec<Reading>) {
    let of = |side: Side| {
        let own = runs.iter().filter(|run| run.side == Some(side) && run.state == State::Finished);
        own.filter_map(|run| read(run.report.as_ref()?.to_string().as_bytes()).ok()).collect()
    };
    (of(Side::Baseline), of(Side::Candidate))
}

/// The raw file of a comparison: a line of JSON for each run in turn, then one for what came of them, as `evenkeel evidence`
/// prints it; and that outcome with its reason.
pub fn body(runs: &[Run], limits: Limits) -> (String, Outcome, String) {
    let (baseline, candidate) = readings(runs);
    let judged = compare(&baseline, &candidate, limits);
    let mut lines: Vec<Value> = runs
        .iter()
        .map(|run| {
            let file = format!("{}-{}", run.side.map_or("run", Side::name), run.turn + 1);
            json!({ "file": file, "side": run.side, "run": run.id, "state": run.state, "report": run.report })
        })
        .collect();
    lines.push(judged.line());
    let text = lines.iter().fold(String::new(), |text, line| format!("{text}{line}\n"));
    (text, judged.outcome, judged.reason)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sides_take_turns_and_neither_always_comes_first() {
        let sides: String = (0..10).map(|turn| if side_of(turn) == Side::Baseline { 'a' } else { 'b' }).collect();
        assert_eq!(sides, "abbaabbaab");
        assert_eq!((0..10).filter(|turn| side_of(*turn) == Side::Baseline).count(), 5);
        assert_eq!((0..14).filter(|turn| side_of(*turn) == Side::Candidate).count(), 7);
    }

    #[test]
    fn everything_that_is_wrong_is_told_at_once() {
        let typed = Typed::from_pairs(
            [
                ("target", "x"),
                ("baseline", "y"),
                ("turns", "4"),
                ("slower", "0"),
                ("rate", "-1"),
                ("artifact_sha", "zz"),
                ("wat", "1"),
                ("script", "?"),
            ]
            .map(|(name, value)| (name.to_owned(), value.to_owned())),
        );
        let fault = ComparisonOrder::parse(&typed, |_| Err(Wording::new("load-expect-yaml"))).unwrap_err();
        let mut fields: Vec<_> = fault.problems().iter().map(|p| p.field.as_str()).collect();
        fields.sort_unstable();
        assert_eq!(
            fields,
            ["artifact", "artifact_sha", "artifact_version", "baseline", "rate", "script", "slower", "target", "turns", "wat"]
        );
    }
}
