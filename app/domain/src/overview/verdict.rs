//! Are customers hurt now? One sentence from what is measured. It is never "no" because data is missing.

use serde::{Deserialize, Serialize};

use crate::{
    Timestamp,
    time::{HOUR, MINUTE},
    transactions::Totals,
};

/// Transactions older than this say nothing about now.
pub const FRESH: i64 = 5 * MINUTE;
/// A system that had transactions within this long should have some now.
const EXPECTED: i64 = 24 * HOUR;
/// Failures below this many are no fall of the rate, whatever their share.
const FEW: u64 = 10;
/// How far beyond chance a fall must lie, in standard deviations.
const CLEARLY: f64 = 4.0;
/// How far the rate must have fallen to matter, as a share.
const NOTABLE: f64 = 0.005;

/// The answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "lowercase")]
pub enum Answer {
    /// Transactions or monitors say that customers are hurt, or a severe incident is open.
    Hurt,
    /// They were within the last minutes, and what hurt them is over.
    Recovering,
    /// It cannot be told: what would say so is missing or old.
    Unknown,
    /// Fresh transactions say that customers are not hurt.
    Clear,
}

/// One reason for the answer.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "kebab-case", tag = "kind")]
pub enum Reason {
    /// The success rate fell clearly below that of last week.
    SuccessFell {
        /// Share now, 0 to 1.
        now: f64,
        /// Share in the same span last week; `null` where there was nothing to compare with.
        before: Option<f64>,
        /// Failures now.
        failed: u64,
    },
    /// The success rate had fallen, and the last five minutes are as last week again.
    SuccessBack {
        /// Share in the last five minutes, 0 to 1.
        now: f64,
        /// Failures in the last fifteen.
        failed: u64,
    },
    /// A severe incident (P1, P2) was resolved within the last minutes.
    IncidentOver {
        /// `INC-42`.
        label: String,
        /// Its title.
        title: String,
        /// What is said of that in each language, as [`crate::alerts::title_told`] reads it.
        #[serde(skip)]
        told: String,
        /// Path of its page.
        href: String,
    },
    /// Far fewer transactions than in the same span last week.
    VolumeFell {
        /// Transactions now.
        now: u64,
        /// Transactions in the same span last week.
        before: u64,
    },
    /// A severe incident (P1, P2) is open.
    Incident {
        /// `INC-42`.
        label: String,
        /// Its title.
        title: String,
        /// What is said of that in each language, as [`crate::alerts::title_told`] reads it.
        #[serde(skip)]
        told: String,
        /// Path of its page.
        href: String,
    },
    /// Monitors of these systems (tier 1 and 2) are down.
    Down {
        /// Names of the systems.
        systems: Vec<String>,
    },
    /// No transaction since then, though there were some within a day.
    Stale {
        /// The newest transaction.
        latest: Timestamp,
    },
    /// No transaction within a day, or ever.
    NoTransactions,
    /// Monitors whose last check says nothing, or came never.
    Blind {
        /// How many.
        monitors: u64,
    },
    /// Nothing is monitored.
    NoMonitors,
}

impl Reason {
    /// Whether this says that customers are hurt.
    fn hurts(&self) -> bool {
        matches!(self, Self::SuccessFell { .. } | Self::VolumeFell { .. } | Self::Incident { .. } | Self::Down { .. })
    }

    /// Whether this says that customers were hurt until just now.
    fn hurt(&self) -> bool {
        matches!(self, Self::SuccessBack { .. } | Self::IncidentOver { .. })
    }

    /// Whether this makes it impossible to say that they are not.
    fn blinds(&self) -> bool {
        matches!(self, Self::Stale { .. } | Self::NoTransactions)
    }
}

/// The answer with its reasons, and how fresh what it rests on is.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Verdict {
    /// The answer.
    pub answer: Answer,
    /// Why, the weightiest first; what is merely good to know comes last.
    pub reasons: Vec<Reason>,
    /// The newest transaction, whenever that was.
    pub latest: Option<Timestamp>,
}

/// What the verdict rests on.
#[derive(Debug, Clone, Default)]
pub struct Seen {
    /// Transactions of the last minutes.
    pub now: Totals,
    /// The same span last week.
    pub before: Totals,
    /// Transactions of the last third of that span.
    pub recent: Totals,
    /// The newest transaction.
    pub latest: Option<Timestamp>,
    /// P1 and P2 incidents that ended within the span: label, title, what is said of that in each language, path.
    pub over: Vec<(String, String, String, String)>,
    /// Open P1 and P2 incidents: the same of each.
    pub severe: Vec<(String, String, String, String)>,
    /// Names of tier 1 and 2 systems with a monitor that is down.
    pub down: Vec<String>,
    /// Monitors that are checked.
    pub monitors: u64,
    /// Those of them that say nothing.
    pub blind: u64,
}

impl Verdict {
    /// Judges what was seen.
    pub fn of(seen: &Seen, at: Timestamp) -> Self {
        let mut reasons = Vec::new();
        for (label, title, told, href) in seen.severe.clone() {
            reasons.push(Reason::Incident { label, title, told, href });
        }
        let rate = success_fell(&seen.now, &seen.before);
        reasons.extend(rate.map(|fell| success_back(seen).unwrap_or(fell)));
        for (label, title, told, href) in seen.over.clone() {
            reasons.push(Reason::IncidentOver { label, title, told, href });
        }
        if !seen.down.is_empty() {
            reasons.push(Reason::Down { systems: seen.down.clone() });
        }
        match seen.latest {
            Some(latest) if at.since(latest) <= FRESH => {
                if seen.before.total >= 100 && seen.now.total * 5 < seen.before.total {
                    reasons.push(Reason::VolumeFell { now: seen.now.total, before: seen.before.total });
                }
            }
            Some(latest) if at.since(latest) <= EXPECTED => reasons.push(Reason::Stale { latest }),
            _ => reasons.push(Reason::NoTransactions),
        }
        if seen.monitors == 0 {
            reasons.push(Reason::NoMonitors);
        } else if seen.blind > 0 {
            reasons.push(Reason::Blind { monitors: seen.blind });
        }
        let answer = if reasons.iter().any(Reason::hurts) {
            Answer::Hurt
        } else if reasons.iter().any(Reason::blinds) {
            Answer::Unknown
        } else if reasons.iter().any(Reason::hurt) {
            Answer::Recovering
        } else {
            Answer::Clear
        };
        Self { answer, reasons, latest: seen.latest }
    }
}

/// Failures beyond what last week's rate explains: a one-sided binomial test in its normal form, with last week's rate smoothed
/// so that a few transactions prove nothing.
#[expect(clippy::cast_precision_loss, reason = "counts far below 2^53")]
fn success_fell(now: &Totals, before: &Totals) -> Option<Reason> {
    let (rate, rate_before) = (now.success_rate()?, before.success_rate());
    if now.failed < FEW || rate_before.unwrap_or(1.0) - rate < NOTABLE {
        return None;
    }
    let (n, failed) = (now.total as f64, now.failed as f64);
    // One failure in a hundred is what nobody calls a disturbance where nothing is known of last week.
    let expected = (before.failed as f64 + 1.0) / (before.total as f64 + 100.0);
    let deviation = (n * expected * (1.0 - expected)).sqrt().max(1.0);
    ((failed - n * expected) / deviation > CLEARLY).then_some(Reason::SuccessFell { now: rate, before: rate_before, failed: now.failed })
}

/// Whether enough fresh transactions say that a fall is over.
fn success_back(seen: &Seen) -> Option<Reason> {
    let (now, before) = (seen.recent.success_rate()?, seen.before.success_rate().unwrap_or(1.0));
    let enough = seen.recent.total >= 2 * FEW;
    (enough && before - now < NOTABLE).then_some(Reason::SuccessBack { now, failed: seen.now.failed })
}

#[cfg(test)]
mod tests {
    use super::*;

    const AT: Timestamp = Timestamp(1_750_000_000_000);

    fn counted(total: u64, failed: u64) -> Totals {
        Totals { total, failed, ..Totals::default() }
    }

    fn well() -> Seen {
        Seen { now: counted(1_000, 5), before: counted(1_000, 5), latest: Some(AT.plus(-MINUTE)), monitors: 3, ..Seen::default() }
    }

    #[test]
    fn fresh_transactions_as_last_week_are_clear() {
        assert_eq!(Verdict::of(&well(), AT), Verdict { answer: Answer::Clear, reasons: vec![], latest: Some(AT.plus(-MINUTE)) });
    }

    #[test]
    fn missing_or_old_data_is_never_clear() {
        let stale = Seen { latest: Some(AT.plus(-6 * MINUTE)), ..well() };
        let verdict = Verdict::of(&stale, AT);
        assert_eq!((verdict.answer, &verdict.reasons[0]), (Answer::Unknown, &Reason::Stale { latest: AT.plus(-6 * MINUTE) }));
        let nothing = Verdict::of(&Seen::default(), AT);
        assert_eq!((nothing.answer, nothing.reasons), (Answer::Unknown, vec![Reason::NoTransactions, Reason::NoMonitors]));
    }

    #[test]
    fn a_fall_must_be_clear_and_notable() {
        for (now, before, hurt) in [
            ((1_000, 80), (1_000, 5), true),
            ((1_000, 9), (1_000, 5), false),
            ((20, 9), (0, 0), false),
            ((40, 20), (0, 0), true),
            ((1_000, 60), (1_000, 58), false),
        ] {
            let seen = Seen { now: counted(now.0, now.1), before: counted(before.0, before.1), ..well() };
            assert_eq!(Verdict::of(&seen, AT).answer == Answer::Hurt, hurt, "{now:?} {before:?}");
        }
    }

    #[test]
    fn what_is_over_is_recovering() {
        let fell = Seen { now: counted(1_000, 80), recent: counted(300, 30), ..well() };
        assert_eq!(Verdict::of(&fell, AT).answer, Answer::Hurt);
        let back = Seen { recent: counted(300, 1), ..fell.clone() };
        assert_eq!(Verdict::of(&back, AT).answer, Answer::Recovering);
        let few = Seen { recent: counted(10, 0), ..fell };
        assert_eq!(Verdict::of(&few, AT).answer, Answer::Hurt);
        let over = Seen { over: vec![("INC-1".into(), "t".into(), String::new(), "/incidents/1".into())], ..well() };
        assert_eq!(Verdict::of(&over, AT).answer, Answer::Recovering);
        let blind = Seen { latest: None, ..over };
        assert_eq!(Verdict::of(&blind, AT).answer, Answer::Unknown);
    }

    #[test]
    fn nothing_is_said_of_a_week_that_was_not() {
        let seen = Seen { now: counted(400, 40), before: counted(0, 0), ..well() };
        assert!(matches!(Verdict::of(&seen, AT).reasons[0], Reason::SuccessFell { before: None, .. }));
    }

    #[test]
    fn fewer_transactions_incidents_and_monitors_hurt() {
        let quiet = Seen { now: counted(100, 0), ..well() };
        assert_eq!(Verdict::of(&quiet, AT).reasons, [Reason::VolumeFell { now: 100, before: 1_000 }]);
        let down = Seen { down: vec!["gateway".into()], ..well() };
        assert_eq!(Verdict::of(&down, AT).answer, Answer::Hurt);
        let severe = Seen { severe: vec![("INC-1".into(), "t".into(), String::new(), "/incidents/1".into())], ..well() };
        assert_eq!(Verdict::of(&severe, AT).answer, Answer::Hurt);
    }
}
