//! One run against a target, and its seconds.

use serde::{Deserialize, Serialize};

use super::{Script, Shown, Side, Subject, Trial};
use crate::{
    Fault, Timestamp, Wording,
    evidence::EvidenceVerdict,
    form::Typed,
    id::{EvidenceId, LoadComparisonId, LoadRunId, LoadTargetId, TeamId, UserId},
    words::words,
};

words! {
    /// How a run stands.
    pub enum State {
        /// It starts when its turn comes: one run at a place at a time.
        Queued = "queued",
        /// Requests are sent.
        Running = "running",
        /// It went to its end.
        Finished = "finished",
        /// A person ended it before.
        Stopped = "stopped",
        /// The portal ended in the middle of it. It is never run again by itself, and shows nothing.
        Interrupted = "interrupted",
        /// The target could not be reached, or may not be.
        NotStarted = "not-started",
        /// It was taken back before it started.
        Withdrawn = "withdrawn",
    }
}

impl State {
    /// Whether it will not change any more.
    pub fn is_over(self) -> bool {
        !matches!(self, Self::Queued | Self::Running)
    }
}

/// One run.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[cfg_attr(feature = "openapi", schema(as = LoadRun))]
pub struct Run {
    /// Its id.
    pub id: LoadRunId,
    /// The target.
    pub target: LoadTargetId,
    /// Name of that.
    pub target_name: String,
    /// Scheme, host and port, as they were when it was asked for.
    pub url: String,
    /// Where the target stands, as it was then.
    pub environment: String,
    /// The team of the target, as it was then.
    pub team: TeamId,
    /// The comparison that it is part of.
    pub comparison: Option<LoadComparisonId>,
    /// Its side in that.
    #[cfg_attr(feature = "openapi", schema(value_type = Option<String>))]
    pub side: Option<Side>,
    /// Its place in that, from 0.
    pub turn: i64,
    /// How it stands.
    #[cfg_attr(feature = "openapi", schema(value_type = String))]
    pub state: State,
    /// What is sent.
    #[cfg_attr(feature = "openapi", schema(value_type = Object))]
    pub script: Script,
    /// For what.
    pub subject: Subject,
    /// What is taken away meanwhile, and what came of that; `null` where nothing is.
    pub trial: Option<Trial>,
    /// Whether something was taken away that is not known to have been given back.
    pub owes: bool,
    /// Who asked for it.
    pub by: String,
    /// Their id; `null` where it is not known.
    pub by_id: Option<UserId>,
    /// When.
    pub asked_at: Timestamp,
    /// When the first request was sent.
    pub started_at: Option<Timestamp>,
    /// When it was over.
    pub finished_at: Option<Timestamp>,
    /// Who ended it; empty where nobody did.
    pub stopped_by: String,
    /// Why there is no result, where there is none.
    pub trouble: String,
    /// What was measured: what `evenkeel load --format json` writes, and what was loaded; `null` before.
    #[cfg_attr(feature = "openapi", schema(value_type = Object))]
    pub report: Option<serde_json::Value>,
    /// The evidence that it became.
    pub evidence: Option<EvidenceId>,
    /// What that showed.
    pub verdict: Option<EvidenceVerdict>,
}

impl Run {
    /// How long it takes as planned, in seconds.
    pub fn seconds(&self) -> f64 {
        Script { base: self.url.clone(), ..self.script.clone() }.plan().map_or(0.0, |plan| plan.schedule.seconds())
    }

    /// What the trial has shown, once it is over.
    pub fn shown(&self) -> Option<Shown> {
        Shown::of(self.report.as_ref()?)
    }

    /// A figure of the report, by its JSON pointer.
    pub fn figure(&self, pointer: &str) -> Option<f64> {
        self.report.as_ref()?.pointer(pointer)?.as_f64()
    }
}

/// Which runs.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct RunFilter {
    /// Against this target.
    pub target: Option<LoadTargetId>,
    /// That stand so.
    pub state: Option<State>,
}

impl RunFilter {
    /// Reads `target` and `state`.
    pub fn parse(typed: &Typed) -> Result<Self, Fault> {
        let target = match typed.get("target") {
            "" => None,
            text => Some(LoadTargetId::parse(text).ok_or_else(|| Fault::invalid("target", text, Wording::new("expect-id")))?),
        };
        let state = match typed.get("state") {
            "" => None,
            text => {
                let words = || State::ALL.iter().map(|state| state.name()).collect::<Vec<_>>().join(", ");
                let wrong = || Fault::invalid("state", text, Wording::new("expect-one-of").with("choices", words()));
                Some(State::parse(text).ok_or_else(wrong)?)
            }
        };
        Ok(Self { target, state })
    }
}

/// What ended in one second of a run. Latency counts from when a request was due.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[cfg_attr(feature = "openapi", schema(as = LoadSecond))]
pub struct Second {
    /// Seconds since the first request was due.
    pub at: i64,
    /// Requests that ended.
    pub requests: i64,
    /// Those that failed.
    pub failed: i64,
    /// Median in microseconds; `null` where none ended.
    pub p50_us: Option<i64>,
    /// 99th percentile in microseconds.
    pub p99_us: Option<i64>,
}

/// At most so many points of all these seconds, and how many seconds each holds: of several the worst is shown, never the mean.
pub fn thin(seconds: &[Second], most: usize) -> (Vec<Second>, usize) {
    let step = seconds.len().div_ceil(most.max(1)).max(1);
    let worst = |part: &[Second]| Second {
        at: part[0].at,
        requests: part.iter().map(|one| one.requests).min().unwrap_or(0),
        failed: part.iter().map(|one| one.failed).max().unwrap_or(0),
        p50_us: part.iter().filter_map(|one| one.p50_us).max(),
        p99_us: part.iter().filter_map(|one| one.p99_us).max(),
    };
    (seconds.chunks(step).map(worst).collect(), step)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_point_is_the_worst_of_its_seconds() {
        let second = |at, requests, p99: Option<i64>| Second { at, requests, failed: at, p50_us: p99, p99_us: p99 };
        let all = [second(0, 9, Some(5)), second(1, 7, Some(8)), second(2, 8, None)];
        assert_eq!(thin(&all, 10), (all.to_vec(), 1));
        let (points, step) = thin(&all, 2);
        assert_eq!((step, points[0].requests, points[0].failed, points[0].p99_us, points[1].p99_us), (2, 7, 1, Some(8), None));
        assert_eq!(thin(&[], 2), (Vec::new(), 1));
    }
}
