//! Rolling a change back as one act: every step that was done and says how it is undone is undone, the last one first.

use serde::{Deserialize, Serialize};

use super::{Step, StepResult, Tick};
use crate::{
    Fault, Timestamp, Wording,
    form::{Check, Typed},
    id::RunId,
    words::words,
};

words! {
    /// How the undoing of a step stands.
    pub enum UndoState {
        /// Its turn has not come, or a person has to do it.
        Waiting = "waiting",
        /// Its tool runs.
        Running = "running",
        /// Undone.
        Done = "done",
        /// It could not be undone so: the rest waits.
        Failed = "failed",
        /// Not undone, and not needed.
        Skipped = "skipped",
    }
    /// What a person says or does where the undoing of a step has its turn.
    pub enum UndoAct {
        /// It is undone.
        Done = "done",
        /// It cannot be undone so.
        Failed = "failed",
        /// It need not be undone.
        Skipped = "skipped",
        /// Its tool runs, again if it ran.
        Run = "run",
    }
    /// Why the tool that undoes a step did not do it.
    pub enum UndoTrouble {
        /// It ran, and did not succeed.
        Run = "run",
        /// Whoever began to roll back may not run it.
        Right = "right",
        /// It takes secrets, which somebody has to type.
        Secrets = "secrets",
        /// It is not what it was when the change was approved, or is not in use.
        Tool = "tool",
        /// Tools do not run at all.
        Off = "off",
    }
}

/// How one step is undone.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Undo {
    /// Which step, from 0.
    pub place: usize,
    /// How that stands.
    pub state: UndoState,
    /// The last run of its tool; absent where none was, and for those who may not see it.
    pub run: Option<RunId>,
    /// Why its tool did not do it, where it failed so.
    pub trouble: Option<UndoTrouble>,
    /// A remark; may be empty.
    pub note: String,
    /// Who said so; empty where its tool did it.
    pub by: String,
    /// When it came to stand so; absent while it waits.
    pub at: Option<Timestamp>,
}

/// How a change is rolled back, or was.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[cfg_attr(feature = "openapi", schema(as = ChangeRollback))]
pub struct Rollback {
    /// Since when.
    pub since: Timestamp,
    /// Who began it.
    pub by: String,
    /// Why.
    pub reason: String,
    /// When it ended; absent while it goes on.
    pub ended_at: Option<Timestamp>,
    /// The steps that are undone, in the order in which they are.
    pub undos: Vec<Undo>,
}

impl Rollback {
    /// Whether it goes on.
    pub fn is_open(&self) -> bool {
        self.ended_at.is_none()
    }

    /// The one whose turn it is, or at which it stopped.
    pub fn next(&self) -> Option<&Undo> {
        self.undos.iter().find(|undo| !matches!(undo.state, UndoState::Done | UndoState::Skipped))
    }

    /// The one that failed: the rest waits for it.
    pub fn failed(&self) -> Option<&Undo> {
        self.next().filter(|undo| undo.state == UndoState::Failed)
    }

    /// Whether everything was undone.
    pub fn is_whole(&self) -> bool {
        self.next().is_none()
    }
}

/// The steps that are undone when a change is rolled back: those that were done, well or not, and say how; the last one first. A step
/// counts as done where it was ticked off so, and where its tool `ran`. Work that is `over` although nothing was ticked off was done
/// elsewhere, all of it.
pub fn to_undo(steps: &[Step], ticks: &[Tick], ran: &[usize], over: bool) -> Vec<usize> {
    let elsewhere = over && ticks.is_empty() && ran.is_empty();
    let ticked = |place: &usize| ticks.iter().any(|tick| tick.place == *place && tick.result != StepResult::Skipped);
    let begun = |place: &usize| elsewhere || ran.contains(place) || ticked(place);
    (0..steps.len()).rev().filter(begun).filter(|place| steps[*place].is_undone()).collect()
}

/// Reads `result` and `note`; other fields are those of the tool, where it runs. Where a tool failed, a person who says otherwise says why.
pub fn parse_undo(typed: &Typed, failed: bool) -> Result<(UndoAct, String), Fault> {
    let mut check = Check::new(typed);
    let act = check.field("result", |text| super::read_word(text, UndoAct::ALL));
    let run = act == Some(UndoAct::Run);
    if !run {
        check.only(&["result", "note"]);
    }
    let note = check.field("note", |text| {
        let text = text.trim();
        match text.chars().count() {
            0 if failed && !run => Err(Wording::new("changes-expect-reason")),
            0..=1_000 => Ok(text.to_owned()),
            _ => Err(Wording::new("expect-at-most-characters").with("max", 1_000)),
        }
    });
    check.finish((act, note))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_done_is_undone_from_the_end() {
        let step = |rollback: &str| Step { what: "x".into(), rollback: rollback.into(), ..Step::default() };
        let steps = [step("a"), step(""), step("c"), step("d"), step("e")];
        let tick = |place, result| Tick { place, result, note: String::new(), by: String::new(), at: Timestamp(0) };
        let ticks = [tick(0, StepResult::Done), tick(1, StepResult::Done), tick(2, StepResult::Skipped), tick(3, StepResult::Failed)];
        assert_eq!(to_undo(&steps, &ticks, &[], false), [3, 0]);
        assert_eq!(to_undo(&steps, &[], &[], false), Vec::<usize>::new());
        assert_eq!(to_undo(&steps, &ticks, &[4, 1], true), [4, 3, 0], "a tool that ran has done something, ticked off or not");
        assert_eq!(to_undo(&steps, &[], &[], true), [4, 3, 2, 0], "it was done elsewhere");
    }

    #[test]
    fn it_stops_at_what_failed() {
        let undo = |place, state| Undo { place, state, run: None, trouble: None, note: String::new(), by: String::new(), at: None };
        let mut all = Rollback { since: Timestamp(0), by: String::new(), reason: String::new(), ended_at: None, undos: Vec::new() };
        assert!(all.is_whole() && all.is_open());
        all.undos = vec![undo(2, UndoState::Done), undo(1, UndoState::Failed), undo(0, UndoState::Waiting)];
        assert_eq!((all.next().map(|undo| undo.place), all.failed().map(|undo| undo.place)), (Some(1), Some(1)));
        all.undos[1].state = UndoState::Skipped;
        assert_eq!((all.next().map(|undo| undo.place), all.failed()), (Some(0), None));
        let typed =
            |note: &str, result: &str| Typed::from_pairs([("note", note), ("result", result)].map(|(k, v)| (k.to_owned(), v.to_owned())));
        assert!(parse_undo(&typed("", "done"), true).is_err() && parse_undo(&typed("", "run"), true).is_ok());
        assert_eq!(parse_undo(&typed(" by hand ", "done"), true).unwrap(), (UndoAct::Done, "by hand".to_owned()));
    }
}
