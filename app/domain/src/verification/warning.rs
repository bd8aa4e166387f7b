//! What else is to be known of a metric, beside its verdict.

use std::fmt::{Display, Formatter, Result};

use super::say::plain;

/// One of them; said in English, for terminals and programs.
#[derive(Debug, Clone, PartialEq)]
pub enum Warning {
    /// Minutes of the baseline differ so many times as much as chance makes them: the interval is wider for it.
    Dispersed(f64),
    /// The same of slots, in what lies beyond a quantile.
    DispersedBeyond(f64),
    /// Too few rows to see whether they do.
    FewRows,
    /// Neighbouring points hang together: they count as so many times fewer.
    Dependent(f64),
    /// A question fails by itself, but not among so many (Holm).
    Holm {
        /// The question.
        measure: String,
        /// How many there are.
        questions: usize,
    },
    /// Points are spread otherwise about their middle, with this probability by chance (Brown & Forsythe).
    Spread(f64),
    /// They have another form, with this probability by chance (Cramér & von Mises).
    Form(f64),
    /// Too few points to judge the slowest, and those there are lie beyond the margin.
    FewSlowest,
    /// Controls are there, and none is of use.
    NoControl,
    /// There is nothing in the candidate, or in the baseline.
    NoData {
        /// Of which side.
        candidate: bool,
    },
    /// So much of the candidate is missing, or so much more than of the baseline, that nothing passes: shares of both sides.
    Missing {
        /// Of the baseline.
        baseline: f64,
        /// Of the candidate.
        candidate: f64,
    },
    /// Shares of both sides that are missing.
    Gaps(f64, f64),
    /// The candidate falls short of the time that the baseline covers by this share of it.
    Shorter(f64),
    /// Codes of failures that only the candidate has, the commonest first, and how often each is there.
    NewCodes(Vec<(String, usize)>),
    /// Of this metric more is better.
    HigherIsBetter,
}

/// A probability, as far as it deserves to be told.
fn told(p: f64) -> String {
    if p < 1e-4 { "< 0.0001".into() } else { format!("{p:.4}") }
}

impl Display for Warning {
    fn fmt(&self, f: &mut Formatter<'_>) -> Result {
        match self {
            Self::Dispersed(times) => {
                write!(f, "the baseline's minutes differ {times:.1} times as much as chance makes them; the interval is wider for it")
            }
            Self::DispersedBeyond(times) => {
                write!(f, "slots differ {times:.1} times as much in what lies beyond as chance makes them; the interval is wider for it")
            }
            Self::FewRows => f.write_str("too few rows in the baseline to see whether its minutes differ more than by chance"),
            Self::Dependent(times) => write!(f, "neighbouring points hang together: they count as {times:.1} times fewer"),
            Self::Holm { measure, questions } => {
                write!(f, "{measure}: beyond the margin on its own, but not among {questions} questions (Holm)")
            }
            Self::Spread(p) => write!(f, "the shape changed (Brown–Forsythe, p {})", told(*p)),
            Self::Form(p) => write!(f, "the shape changed (Cramér–von Mises, p {})", told(*p)),
            Self::FewSlowest => f.write_str("too few points to judge the slowest, and those there are lie beyond the margin"),
            Self::NoControl => {
                f.write_str("no control is of use, points of them are missing or too few: judged without, and missing data never passes")
            }
            Self::NoData { candidate } => write!(f, "no data in the {}", if *candidate { "candidate" } else { "baseline" }),
            Self::Missing { baseline, candidate } => {
                let (candidate, baseline) = (plain(candidate * 100.0), plain(baseline * 100.0));
                write!(f, "{candidate} % of the candidate's points are missing, {baseline} % of the baseline's: missing data never passes")
            }
            Self::Gaps(baseline, candidate) => {
                write!(f, "points missing: {:.1} % of the baseline, {:.1} % of the candidate", baseline * 100.0, candidate * 100.0)
            }
            Self::Shorter(share) => {
                let covered = (1.0 - share) * 100.0;
                write!(f, "the candidate covers {covered:.0} % of the time that the baseline covers: rows at its end may be missing")
            }
            Self::NewCodes(codes) => {
                let codes: Vec<String> = codes.iter().map(|(code, times)| format!("{code} ({times})")).collect();
                write!(f, "failures that the baseline does not have, with how often they are there: {}", codes.join(", "))
            }
            Self::HigherIsBetter => f.write_str("higher is better: estimates and intervals say by how much it is worse"),
        }
    }
}

impl Warning {
    /// Whether it says why something did not pass.
    pub(super) fn doubts(&self) -> bool {
        matches!(self, Self::FewSlowest | Self::Spread(_) | Self::Form(_) | Self::NoControl | Self::Missing { .. } | Self::Gaps(..))
    }
}
