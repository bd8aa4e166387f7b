//! How changes went: the four measures of DORA, and how often rules were gone past, in the span and by any change.
//!
//! Deployment frequency counts deployments to production that succeeded; lead time is from the oldest commit that came there with a
//! change, or else from its request, to its end; a change failed
//! when it ended degraded or rolled back, or is the confirmed cause of an incident; time to restore is that of those incidents.

use serde::{Deserialize, Serialize};

use super::{Kind, Outcome};
use crate::{Span, time::DAY};

/// One change that ended in the span.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Ended {
    /// Name of its team.
    pub team: String,
    /// Names of its systems.
    pub systems: Vec<String>,
    /// What kind.
    pub kind: Kind,
    /// How it ended.
    pub outcome: Outcome,
    /// Milliseconds from its commit, or else its request, to its end.
    pub lead_ms: i64,
    /// Whether they count from its commit.
    pub from_commit: bool,
    /// Whether it is the confirmed cause of an incident.
    pub caused: bool,
    /// Milliseconds until service was restored, for each of those incidents that is over.
    pub restored_ms: Vec<i64>,
}

/// How a rule was gone past.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Past {
    /// A soft freeze yielded to a reason.
    Frozen,
    /// Something else yielded to a reason.
    Override,
    /// Two people broke a freeze.
    Break,
    /// Two people did without a kind of evidence.
    Waiver,
}

/// A rule that was gone past in the span, whatever has become of its change.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GonePast {
    /// Name of the change's team.
    pub team: String,
    /// Names of its systems.
    pub systems: Vec<String>,
    /// How.
    pub how: Past,
}

/// Figures of a team, of a system, or of everything.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct ChangeFigureRow {
    /// Of what; empty for everything.
    pub name: String,
    /// Changes that ended.
    pub changes: i64,
    /// Those that ended as planned and caused nothing.
    pub succeeded: i64,
    /// Those that failed.
    pub failed: i64,
    /// Emergencies among them.
    pub emergencies: i64,
    /// How often something was gone past for a reason.
    pub overrides: i64,
    /// How often that was a soft freeze.
    pub frozen: i64,
    /// How often a freeze was broken.
    pub breaks: i64,
    /// How often evidence was done without.
    pub waivers: i64,
    /// Deployments to production that succeeded.
    pub deployments: i64,
    /// The same for each week.
    pub deployments_a_week: f64,
    /// Median time from commit, or else request, to end, in milliseconds.
    pub lead_ms: Option<i64>,
    /// Changes among them whose time counts from their commit.
    pub from_commit: i64,
    /// Median time to restore, in milliseconds.
    pub restore_ms: Option<i64>,
}

/// Figures of a span.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct ChangeFigures {
    /// Which.
    pub span: Span,
    /// Everything.
    pub all: ChangeFigureRow,
    /// By team, the most changes first.
    pub by_team: Vec<ChangeFigureRow>,
    /// By system, the most changes first; a change of several counts for each.
    pub by_system: Vec<ChangeFigureRow>,
    /// Whether there were more changes than are counted.
    pub cut: bool,
}

fn median(mut values: Vec<i64>) -> Option<i64> {
    values.sort_unstable();
    let middle = values.len() / 2;
    match values.len() {
        0 => None,
        n if n % 2 == 1 => Some(values[middle]),
        _ => Some(values[middle - 1].midpoint(values[middle])),
    }
}

impl ChangeFigureRow {
    /// Adds changes, what was gone past, and deployments up.
    pub fn of(name: impl Into<String>, changes: &[&Ended], past: &[&GonePast], deployments: i64, span: Span) -> Self {
        let failed = |change: &&&Ended| change.caused || matches!(change.outcome, Outcome::Degraded | Outcome::RolledBack);
        let count = |n: usize| i64::try_from(n).unwrap_or(i64::MAX);
        let gone = |hows: &[Past]| count(past.iter().filter(|one| hows.contains(&one.how)).count());
        let fails = count(changes.iter().filter(failed).count());
        let well = |change: &&&Ended| change.outcome == Outcome::Success && !change.caused;
        #[expect(clippy::cast_precision_loss, reason = "a mean of small counts over weeks")]
        let weeks = (span.length() as f64 / (7 * DAY) as f64).max(1.0 / 7.0);
        #[expect(clippy::cast_precision_loss, reason = "a mean of small counts over weeks")]
        let a_week = deployments as f64 / weeks;
        Self {
            name: name.into(),
            changes: count(changes.len()),
            succeeded: count(changes.iter().filter(well).count()),
            failed: fails,
            emergencies: count(changes.iter().filter(|c| c.kind == Kind::Emergency).count()),
            overrides: gone(&[Past::Frozen, Past::Override]),
            frozen: gone(&[Past::Frozen]),
            breaks: gone(&[Past::Break]),
            waivers: gone(&[Past::Waiver]),
            deployments,
            deployments_a_week: a_week,
            lead_ms: median(changes.iter().map(|c| c.lead_ms).collect()),
            from_commit: count(changes.iter().filter(|c| c.from_commit).count()),
            restore_ms: median(changes.iter().flat_map(|c| c.restored_ms.iter().copied()).collect()),
        }
    }

    /// Share of the changes that ended as planned and caused nothing, 0 to 1; absent where there were none.
    pub fn success_rate(&self) -> Option<f64> {
        share(self.succeeded, self.changes)
    }

    /// Share of the changes that failed, 0 to 1; absent where there were none.
    pub fn failure_rate(&self) -> Option<f64> {
        share(self.failed, self.changes)
    }

    /// Share of emergencies, 0 to 1; absent where there were no changes.
    pub fn emergency_share(&self) -> Option<f64> {
        share(self.emergencies, self.changes)
    }
}

fn share(part: i64, of: i64) -> Option<f64> {
    #[expect(clippy::cast_precision_loss, reason = "a share of counts")]
    let share = (of > 0).then(|| part as f64 / of as f64);
    share
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Timestamp, time::HOUR};

    #[test]
    fn what_caused_an_incident_failed_whatever_was_said_of_it() {
        let ended = |outcome, lead_ms, caused: bool| Ended {
            team: "t".into(),
            systems: vec!["s".into()],
            kind: if caused { Kind::Emergency } else { Kind::Normal },
            outcome,
            lead_ms,
            from_commit: caused,
            caused,
            restored_ms: if caused { vec![HOUR, 3 * HOUR] } else { Vec::new() },
        };
        let past =
            [Past::Frozen, Past::Override, Past::Override, Past::Waiver].map(|how| GonePast { team: "t".into(), systems: vec![], how });
        let all = [
            ended(Outcome::Success, 4 * HOUR, false),
            ended(Outcome::Success, 2 * HOUR, true),
            ended(Outcome::RolledBack, 8 * HOUR, false),
            ended(Outcome::Inconclusive, 8 * HOUR, false),
        ];
        let span = Span { from: Timestamp(0), to: Timestamp(14 * DAY) };
        let row = ChangeFigureRow::of("", &all.iter().collect::<Vec<_>>(), &past.iter().collect::<Vec<_>>(), 7, span);
        assert_eq!((row.changes, row.succeeded, row.failed, row.emergencies), (4, 1, 2, 1));
        assert_eq!((row.overrides, row.frozen, row.breaks, row.waivers), (3, 1, 0, 1));
        assert_eq!((row.lead_ms, row.from_commit, row.restore_ms), (Some(6 * HOUR), 1, Some(2 * HOUR)));
        assert!(
            (row.deployments_a_week - 3.5).abs() < 1e-9
                && row.success_rate() == Some(0.25)
                && row.failure_rate() == Some(0.5)
                && row.emergency_share() == Some(0.25)
        );
        let none = ChangeFigureRow::of("", &[], &[], 0, span);
        assert_eq!((none.failure_rate(), none.lead_ms), (None, None));
    }
}
