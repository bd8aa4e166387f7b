//! The words of a change's life, and which act leads from where to where.

use crate::{Wording, words::words};

words! {
    /// Where a change stands.
    pub enum State {
        /// Being written; nobody is asked yet.
        Draft = "draft",
        /// Waits for approval.
        Pending = "pending",
        /// Approved; nobody has taken it into the plan yet.
        Approved = "approved",
        /// Approved and taken into the plan.
        Scheduled = "scheduled",
        /// Under way.
        Executing = "executing",
        /// Done; being watched.
        Observing = "observing",
        /// Over.
        Closed = "closed",
        /// Refused by an approver; may be reworked.
        Rejected = "rejected",
        /// Withdrawn.
        Cancelled = "cancelled",
        /// Not started while its approval, or its window, lasted; may be planned anew.
        Expired = "expired",
    }
    /// What a change is, which says what it takes to carry it out.
    pub enum Kind {
        /// Made from a template that was approved once: within it, it needs no further approval.
        Standard = "standard",
        /// Approved before it runs.
        Normal = "normal",
        /// May run first; the approval is owed, and is asked for until it is given or refused.
        Emergency = "emergency",
    }
    /// What moves a change.
    pub enum Act {
        /// Ask for approval.
        Submit = "submit",
        /// The last approval that was needed.
        Approve = "approve",
        /// Refuse.
        Reject = "reject",
        /// Change what is approved.
        Revise = "revise",
        /// Take into the plan.
        Schedule = "schedule",
        /// Begin the work.
        Start = "start",
        /// End the work with an outcome.
        Finish = "finish",
        /// Say after the work how it ended: well, badly, undone.
        Judge = "judge",
        /// End the observation.
        Close = "close",
        /// Withdraw.
        Cancel = "cancel",
        /// Time ran out before it began.
        Expire = "expire",
    }
    /// How risky the work is, as its requester judges and gives reasons for.
    pub enum Risk {
        /// Routine, easily undone.
        Low = "low",
        /// May be noticed.
        Medium = "medium",
        /// May hurt customers.
        High = "high",
    }
    /// How the work ended.
    pub enum Outcome {
        /// As planned.
        Success = "success",
        /// Done, but something is worse than before.
        Degraded = "degraded",
        /// Undone by the rollback plan.
        RolledBack = "rolled-back",
        /// Done, but whether all is as well as before cannot be said.
        Inconclusive = "inconclusive",
    }
    /// What an approver said.
    pub enum Verdict {
        /// Yes, to exactly this content.
        Approve = "approve",
        /// No, and why.
        Reject = "reject",
    }
}

/// Reads one of a few words, or says which they are.
pub fn word<T: std::str::FromStr + std::fmt::Display>(text: &str, all: &[T]) -> Result<T, Wording> {
    text.trim()
        .parse()
        .map_err(|_| Wording::new("expect-one-of").with("choices", all.iter().map(T::to_string).collect::<Vec<_>>().join(", ")))
}

impl Outcome {
    /// Reads the outcome that was typed.
    pub fn read(text: &str) -> Result<Self, Wording> {
        word(text, Self::ALL)
    }
}

impl State {
    /// The state after an act, or `None` where the act is not possible: the whole table.
    pub fn after(self, act: Act) -> Option<Self> {
        use State::*;
        Some(match (self, act) {
            (Draft, Act::Submit) => Pending,
            (Draft | Rejected | Expired, Act::Revise) => Draft,
            // An edit voids what was approved: it waits for approval anew.
            (Pending | Approved | Scheduled, Act::Revise) => Pending,
            (Pending, Act::Approve) => Approved,
            (Pending, Act::Reject) => Rejected,
            (Approved, Act::Schedule) => Scheduled,
            (Approved | Scheduled, Act::Start) => Executing,
            (Executing, Act::Finish) | (Observing, Act::Judge) => Observing,
            (Observing, Act::Close) => Closed,
            (Draft | Pending | Approved | Scheduled | Rejected | Expired, Act::Cancel) => Cancelled,
            (Pending | Approved | Scheduled, Act::Expire) => Expired,
            _ => return None,
        })
    }

    /// The states from which the act is possible.
    pub fn before(act: Act) -> impl Iterator<Item = Self> {
        Self::ALL.iter().copied().filter(move |state| state.after(act).is_some())
    }

    /// The state after the act, or the refusal in words.
    pub fn step(self, act: Act) -> Result<Self, crate::Fault> {
        self.after(act).ok_or_else(|| crate::Fault::Conflict(Wording::new("conflict-change-state").with("state", self).with("act", act)))
    }

    /// Why there is nothing to roll back in this state, and what to do instead; nothing where there is.
    pub fn no_roll_back(self) -> Option<Wording> {
        Some(Wording::new(match self {
            Self::Executing | Self::Observing => return None,
            Self::Draft | Self::Pending | Self::Approved | Self::Scheduled => "conflict-change-roll-back-ahead",
            Self::Rejected | Self::Expired => "conflict-change-roll-back-refused",
            Self::Cancelled => "conflict-change-roll-back-withdrawn",
            Self::Closed => "conflict-change-roll-back-closed",
        }))
    }

    /// Whether it stands in the calendar as something that will run or runs: what others collide with.
    pub fn is_live(self) -> bool {
        matches!(self, Self::Pending | Self::Approved | Self::Scheduled | Self::Executing)
    }

    /// Whether nothing more will happen.
    pub fn is_over(self) -> bool {
        matches!(self, Self::Closed | Self::Cancelled)
    }
}

impl Risk {
    /// How many people must approve.
    pub fn approvals(self) -> u32 {
        match self {
            Self::High => 2,
            Self::Low | Self::Medium => 1,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_of_transitions() {
        let mut table = String::new();
        for state in State::ALL {
            let moves: Vec<_> = Act::ALL.iter().filter_map(|act| state.after(*act).map(|to| format!("{act}→{to}"))).collect();
            table.push_str(&format!("{state}: {}\n", moves.join(" ")));
        }
        insta::assert_snapshot!(table, @r"
        draft: submit→pending revise→draft cancel→cancelled
        pending: approve→approved reject→rejected revise→pending cancel→cancelled expire→expired
        approved: revise→pending schedule→scheduled start→executing cancel→cancelled expire→expired
        scheduled: revise→pending start→executing cancel→cancelled expire→expired
        executing: finish→observing
        observing: judge→observing close→closed
        closed: 
        rejected: revise→draft cancel→cancelled
        cancelled: 
        expired: revise→draft cancel→cancelled
        ");
    }

    #[test]
    fn what_was_begun_can_be_rolled_back() {
        let can: Vec<_> = State::ALL.iter().filter(|state| state.no_roll_back().is_none()).collect();
        assert_eq!(can, [&State::Executing, &State::Observing]);
    }

    #[test]
    fn only_an_approved_change_starts() {
        assert_eq!(State::before(Act::Start).collect::<Vec<_>>(), [State::Approved, State::Scheduled]);
        assert!(State::Pending.step(Act::Start).is_err());
    }

    #[test]
    fn high_risk_takes_two() {
        assert_eq!([Risk::Low, Risk::Medium, Risk::High].map(Risk::approvals), [1, 1, 2]);
    }
}
