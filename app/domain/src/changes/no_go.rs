//! Why something was brought although there was no go, in few words: what the timeline and a notice keep of what the gate said then.

use super::State;
use crate::{Wording, words::words};

words! {
    /// What was against it.
    pub enum NoGo {
        /// Nobody had approved it yet, or somebody had refused it.
        Unapproved = "unapproved",
        /// It is over: done, withdrawn or run out.
        Over = "over",
        /// Its window had not opened.
        Early = "early",
        /// Its window was over.
        Late = "late",
        /// Its approval had ended.
        Lapsed = "lapsed",
        /// Whoever alone approved it brought it.
        Sole = "sole",
        /// A freeze.
        Frozen = "frozen",
        /// An open incident of its systems.
        Incident = "incident",
        /// Evidence that it needs.
        Evidence = "evidence",
        /// Something else was brought than was approved, or nobody said what.
        Artifact = "artifact",
        /// Work was paused, or being rolled back.
        Resting = "resting",
        /// Nobody had begun the work: the gate let it through, and nobody carries it out.
        Unbegun = "unbegun",
    }
}

impl NoGo {
    /// What a reason of the gate is, of a change in this state.
    pub fn of(why: &Wording, state: State) -> Self {
        match why.key {
            "conflict-change-state" if matches!(state, State::Draft | State::Pending | State::Rejected) => Self::Unapproved,
            "conflict-change-refused" => Self::Unapproved,
            "conflict-change-state" | "conflict-change-not-under-way" => Self::Over,
            "conflict-change-too-early" => Self::Early,
            "conflict-change-too-late" => Self::Late,
            "conflict-change-approval-over" => Self::Lapsed,
            "conflict-change-sole-executor" | "conflict-change-sole-template" => Self::Sole,
            "conflict-change-frozen" => Self::Frozen,
            "conflict-change-incident" => Self::Incident,
            "conflict-change-unnamed-artifact" | "conflict-change-other-artifact" => Self::Artifact,
            "conflict-change-paused" | "conflict-change-rolling-back" => Self::Resting,
            _ => Self::Evidence,
        }
    }

    /// Each of them once.
    pub fn each(reasons: &[Wording], state: State) -> Vec<Self> {
        let mut all: Vec<Self> = reasons.iter().map(|why| Self::of(why, state)).collect();
        all.sort_unstable();
        all.dedup();
        all
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        changes::{
            Gate, Question, Scope,
            content::tests::content,
            gate::tests::{freeze_in, gate},
        },
        time::MINUTE,
    };

    #[test]
    fn reasons_of_the_gate_are_known_by_their_words() {
        let content = content();
        let from = content.window.span.from;
        let freezes = [freeze_in(content.window.clone(), Scope::All)];
        let each = |state, now| {
            let gate = Gate { freezes: &freezes, approval_until: Some(from), ..gate(&content, state, now) };
            let reasons: Vec<Wording> = gate.refusals(Question::Start).into_iter().map(|refusal| refusal.why).collect();
            NoGo::each(&reasons, state)
        };
        assert_eq!(each(State::Pending, from.plus(-MINUTE)), [NoGo::Unapproved, NoGo::Early, NoGo::Frozen]);
        assert_eq!(each(State::Approved, from), [NoGo::Lapsed, NoGo::Frozen]);
        assert_eq!(each(State::Closed, content.window.span.to), [NoGo::Over, NoGo::Late, NoGo::Lapsed]);
        assert_eq!(NoGo::of(&Wording::new("conflict-change-refused"), State::Executing), NoGo::Unapproved);
        assert_eq!(NoGo::of(&Wording::new("conflict-change-sole-executor"), State::Approved), NoGo::Sole);
        let lacks = Wording::new("conflict-evidence-missing").with("kind", "performance");
        assert_eq!(NoGo::each(&[lacks.clone(), lacks], State::Approved), [NoGo::Evidence]);
    }
}
