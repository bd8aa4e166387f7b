//! A trial of high availability: under steady load something is taken away, and what that costs is measured.
//!
//! Each request carries [`MARK`] with the id of the run and a number. What was answered well and is not in the ledger of the
//! target was lost; what stands there more than once was done twice. Requests count for the second in which they were due.

mod order;
mod shown;
mod trace;

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::{
    Timestamp,
    form::Typed,
    id::{RunId, ToolId, UserId},
    time::SECOND,
};

pub use order::{ActOrder, TRIAL_FIELDS, TrialOrder};
pub use shown::{Shown, reads_only};
pub use trace::{Outage, Tallied, Trace};

/// The header that numbers requests: `RUN/NUMBER`.
pub const MARK: &str = "evenkeel-request";
/// Seconds before the fault, and after the last act: less shows neither how it was nor that it stays well.
pub const CALM: i64 = 5;
/// Share of the error budget of thirty days that one fault may use.
const BUDGET: f64 = 0.2;
/// Least and longest time after which what failed to be given back is tried again, in milliseconds.
const AGAIN: (i64, i64) = (10 * SECOND, 600 * SECOND);

/// What a tier is held to.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[cfg_attr(feature = "openapi", schema(as = LoadTrialBounds))]
pub struct Bounds {
    /// Share of requests that go well over thirty days.
    pub objective: f64,
    /// Seconds after which all must be well again.
    pub recovery_s: f64,
    /// Share of the error budget of thirty days that the fault may use.
    pub budget: f64,
}

impl Bounds {
    /// Of a tier, 1 to 4.
    pub fn of(tier: u8) -> Self {
        let (objective, recovery_s) = match tier {
            0 | 1 => (0.9999, 30.0),
            2 => (0.9995, 60.0),
            3 => (0.999, 300.0),
            _ => (0.99, 900.0),
        };
        Self { objective, recovery_s, budget: BUDGET }
    }
}

/// A tool that is run at its moment, in the name of whoever asked for the trial.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[cfg_attr(feature = "openapi", schema(as = LoadTrialAct))]
pub struct Act {
    /// The tool.
    pub tool: ToolId,
    /// Its name, as it was when this was asked for.
    pub tool_name: String,
    /// What it is given, by key of the parameter.
    pub values: BTreeMap<String, String>,
    /// Seconds after the first request.
    pub after_s: i64,
    /// When it was asked for last, in seconds after the first request; `null` before.
    pub asked_s: Option<f64>,
    /// The same moment.
    pub asked_at: Option<Timestamp>,
    /// How often it was asked for.
    pub times: u32,
    /// That run of the tool.
    pub run: Option<RunId>,
    /// When the tool began, in seconds after the first request.
    pub began_s: Option<f64>,
    /// When it was over.
    pub ended_s: Option<f64>,
    /// Why it was not run, or how it failed.
    pub trouble: String,
}

impl Act {
    /// One that comes after so many seconds.
    pub fn new(tool: ToolId, tool_name: String, values: BTreeMap<String, String>, after_s: i64) -> Self {
        Self {
            tool,
            tool_name,
            values,
            after_s,
            asked_s: None,
            asked_at: None,
            times: 0,
            run: None,
            began_s: None,
            ended_s: None,
            trouble: String::new(),
        }
    }

    /// It is asked for, so many seconds after the first request.
    pub fn ask(&mut self, since_s: f64, now: Timestamp) {
        (self.asked_s, self.asked_at) = (Some((since_s * 10.0).round() / 10.0), Some(now));
        (self.run, self.times) = (None, self.times + 1);
        self.trouble.clear();
    }

    /// Where a moment lies on the clock of the run.
    #[expect(clippy::cast_precision_loss, reason = "a run has hours, not years")]
    pub fn second(&self, at: Timestamp) -> Option<f64> {
        Some(self.asked_s? + at.since(self.asked_at?) as f64 / SECOND as f64)
    }

    /// From when on it may be asked for once more, where it failed: each time later, ten minutes at most.
    pub fn again_at(&self) -> Timestamp {
        let wait = AGAIN.0.saturating_mul(1 << self.times.saturating_sub(1).min(10)).min(AGAIN.1);
        self.asked_at.map_or(Timestamp(0), |at| at.plus(wait))
    }

    /// What the tool is given, as its form would.
    pub fn typed(&self) -> Typed {
        Typed::from_pairs(self.values.iter().map(|(key, value)| (format!("p.{key}"), value.clone())))
    }
}

/// What is taken away, and how what came of it is counted.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[cfg_attr(feature = "openapi", schema(as = LoadTrial))]
pub struct Trial {
    /// Takes something away: kills an instance, cuts a link.
    pub fault: Act,
    /// Gives it back, where nothing else does. Once the fault was asked for this is run, again where it fails, whatever becomes of the load.
    pub mend: Option<Act>,
    /// Path at the target under which it tells the marks that it has received; empty where it does not.
    pub ledger: String,
    /// What the tier of the system is held to.
    pub bounds: Bounds,
    /// In whose name tools are run.
    pub by: UserId,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_failed_is_tried_again_later_each_time_and_moments_lie_on_the_clock_of_the_run() {
        let mut act = Act::new(ToolId::parse("0193f2a0-7b1c-7def-8abc-0123456789ab").unwrap(), "kill".into(), BTreeMap::new(), 5);
        let now = Timestamp(1_000_000);
        let waits: Vec<i64> = (0..9)
            .map(|_| {
                act.ask(5.04, now);
                act.again_at().since(now) / SECOND
            })
            .collect();
        assert_eq!(waits, [10, 20, 40, 80, 160, 320, 600, 600, 600]);
        assert_eq!((act.asked_s, act.second(now.plus(2_500))), (Some(5.0), Some(7.5)));
    }
}
