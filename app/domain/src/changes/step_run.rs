//! Tools that were run for the steps of a change.

use serde::Serialize;

use super::{Step, Tick};
use crate::{
    Timestamp,
    id::{RunId, ToolId},
    tools::{Run, RunState},
};

/// A tool that was run in place, for one step.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct StepRun {
    /// Which step, from 0.
    pub step: usize,
    /// Whether it undoes the step.
    pub undo: bool,
    /// The run; absent for those who may not see it: they see that it runs, not what it says.
    pub run: Option<RunId>,
    /// How it stands.
    pub state: RunState,
    /// Who asked for it.
    pub requested_by: String,
    /// When.
    pub requested_at: Timestamp,
    /// Exit code, where it ended by itself and may be seen.
    pub exit_code: Option<i32>,
}

/// The step that a tool was run for: the one that the run says, else the one that was open.
pub fn step_of(steps: &[Step], ticks: &[Tick], run: &Run) -> Option<usize> {
    run.step.or_else(|| step_at(steps, ticks, &run.tool, run.requested_at))
}

/// The step that a tool was run for at a moment: the first that names it and was not ticked off by then, else the last that names
/// it; `None` where none does.
fn step_at(steps: &[Step], ticks: &[Tick], tool: &ToolId, at: Timestamp) -> Option<usize> {
    let naming = || steps.iter().enumerate().filter(|(_, step)| step.tool.as_ref() == Some(tool)).map(|(place, _)| place);
    let done = |place: &usize| ticks.iter().any(|tick| tick.place == *place && tick.at <= at);
    naming().find(|place| !done(place)).or_else(|| naming().next_back())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::changes::StepResult;

    #[test]
    fn a_run_belongs_to_the_step_that_was_open() {
        let tool = |n: u8| ToolId::parse(&format!("00000000-0000-7000-8000-00000000000{n}")).unwrap();
        let step = |tool: Option<ToolId>| Step { what: "x".into(), tool, ..Step::default() };
        let steps = [step(Some(tool(1))), step(None), step(Some(tool(1))), step(Some(tool(2)))];
        let tick = |place, at| Tick { place, result: StepResult::Done, note: String::new(), by: String::new(), at: Timestamp(at) };
        let at = |ticks: &[Tick], n, at| step_at(&steps, ticks, &tool(n), Timestamp(at));
        assert_eq!((at(&[], 1, 5), at(&[], 2, 5), at(&[], 3, 5)), (Some(0), Some(3), None));
        assert_eq!((at(&[tick(0, 4)], 1, 5), at(&[tick(0, 6)], 1, 5)), (Some(2), Some(0)));
        assert_eq!(at(&[tick(0, 1), tick(2, 2)], 1, 5), Some(2));
    }
}
