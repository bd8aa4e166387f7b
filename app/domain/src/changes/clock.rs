//! How long each step took, and which steps a failed one holds back.

use serde::Serialize;

use super::{StepResult, Tick};
use crate::{Timestamp, Wording};

/// When a step was begun and ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct StepClock {
    /// Which step, from 0.
    pub step: usize,
    /// When its turn came: the work began, or the step before it was ticked off. Absent while its turn has not come, and where it
    /// was skipped.
    pub begun_at: Option<Timestamp>,
    /// When it was ticked off; absent while it is not.
    pub ended_at: Option<Timestamp>,
}

/// The step whose turn it is: the first that was not ticked off, or failed and is to be put right.
pub fn open_step(steps: usize, ticks: &[Tick]) -> Option<usize> {
    (0..steps).find(|place| ticks.iter().all(|tick| tick.place != *place || tick.result == StepResult::Failed))
}

/// The clock of every step of a change whose work began at `started`; `running` while it goes on: then the first open step runs.
pub fn step_clocks(steps: usize, ticks: &[Tick], started: Option<Timestamp>, running: bool) -> Vec<StepClock> {
    let of = |place: usize| ticks.iter().find(|tick| tick.place == place);
    let present = open_step(steps, ticks).filter(|_| running);
    let clock = |step: usize| {
        let own = of(step);
        let ended_at = own.map(|tick| tick.at);
        let turn = own.is_some_and(|tick| tick.result != StepResult::Skipped) || present == Some(step);
        // A step that was ticked again later than this one did not come before it.
        let earlier = ticks.iter().filter(|tick| tick.place < step && ended_at.is_none_or(|end| tick.at <= end)).map(|tick| tick.at).max();
        StepClock { step, begun_at: earlier.or(started).filter(|_| turn), ended_at }
    };
    (0..steps).map(clock).collect()
}

/// The first step that was done and did not come out as expected.
pub fn failed_step(ticks: &[Tick]) -> Option<&Tick> {
    ticks.iter().filter(|tick| tick.result == StepResult::Failed).min_by_key(|tick| tick.place)
}

/// Why a step cannot be ticked off so now: one before it failed, and is not put right. A step that failed does not become one that
/// was not needed.
pub fn tick_refusal(ticks: &[Tick], place: usize, result: StepResult) -> Option<Wording> {
    let failed = failed_step(ticks)?.place;
    let refused = match result {
        StepResult::Done => failed < place,
        StepResult::Skipped => ticks.iter().any(|tick| tick.place == place && tick.result == StepResult::Failed),
        StepResult::Failed => false,
    };
    refused.then(|| Wording::new("conflict-change-step-failed").with("number", failed.min(place) + 1))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tick(place: usize, result: StepResult, at: i64) -> Tick {
        Tick { place, result, note: String::new(), by: String::new(), at: Timestamp(at) }
    }

    #[test]
    fn a_step_runs_from_the_one_before_it() {
        let told = |ticks: &[Tick], running| -> Vec<(Option<i64>, Option<i64>)> {
            let clocks = step_clocks(3, ticks, Some(Timestamp(10)), running);
            clocks.iter().map(|clock| (clock.begun_at.map(|at| at.0), clock.ended_at.map(|at| at.0))).collect()
        };
        assert_eq!(told(&[], true), [(Some(10), None), (None, None), (None, None)]);
        let first = [tick(0, StepResult::Done, 15)];
        assert_eq!(told(&first, true), [(Some(10), Some(15)), (Some(15), None), (None, None)]);
        assert_eq!(told(&first, false)[1], (None, None));
        let rest = [tick(0, StepResult::Done, 15), tick(1, StepResult::Skipped, 20), tick(2, StepResult::Done, 30)];
        assert_eq!(told(&rest, true), [(Some(10), Some(15)), (None, Some(20)), (Some(20), Some(30))]);
        // Ticked again after the others: they did not wait for that.
        let late = [tick(0, StepResult::Done, 40), tick(1, StepResult::Done, 20)];
        assert_eq!(told(&late, true)[..2], [(Some(10), Some(40)), (Some(10), Some(20))]);
        assert_eq!(step_clocks(1, &[], None, false), [StepClock { step: 0, begun_at: None, ended_at: None }]);
    }

    #[test]
    fn what_failed_holds_back_what_follows() {
        let ticks = [tick(0, StepResult::Done, 1), tick(1, StepResult::Failed, 2)];
        let refused = |place, result| tick_refusal(&ticks, place, result).map(|why| why.args[0].1.clone());
        assert_eq!(refused(2, StepResult::Done), Some("2".to_owned()));
        assert_eq!(refused(1, StepResult::Skipped), Some("2".to_owned()));
        assert_eq!((refused(1, StepResult::Done), refused(0, StepResult::Done), refused(2, StepResult::Skipped)), (None, None, None));
        assert_eq!(tick_refusal(&ticks[..1], 1, StepResult::Done), None);
    }
}
