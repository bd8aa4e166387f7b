//! What a reader may do with a change.

use serde::Serialize;

use super::{Detail, Other, Refusal, work_refused};
use crate::Wording;

/// What the reader may do with a change now: which buttons to show. The acts themselves ask again.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Powers {
    /// Edit.
    pub revise: bool,
    /// Attach files, and remove them while it is a draft.
    pub attach: bool,
    /// Ask for approval.
    pub submit: bool,
    /// Approve and reject.
    pub approve: bool,
    /// Take into the plan.
    pub schedule: bool,
    /// Start: the state allows it and so does the permission; the clock and freezes may still refuse.
    pub start: bool,
    /// Finish.
    pub finish: bool,
    /// Say how it ended, or that it was undone, after the work.
    pub judge: bool,
    /// Close.
    pub close: bool,
    /// Withdraw.
    pub cancel: bool,
    /// Why approving is not offered though it waits, if it waits.
    #[serde(skip)]
    pub approve_refusal: Option<Wording>,
    /// It is theirs to approve, once that is mended.
    #[serde(skip)]
    pub approve_later: bool,
    /// Freezes that hold it back and could be broken for it.
    #[serde(skip)]
    pub breakable: Vec<Other>,
    /// Agree, as a second person, that a freeze is broken.
    pub agree: bool,
    /// Agree, as a second person, that evidence is done without.
    pub agree_waiver: bool,
    /// The same as `agree` where it binds the whole house.
    pub agree_house: bool,
    /// Freezes of the whole house that hold it back, which the reader may not break: why, and whom to ask.
    #[serde(skip)]
    pub unbreakable: Vec<Wording>,
    /// Why work that is under way is not theirs to go on with: its steps, their tools, its end.
    #[serde(skip)]
    pub hand_refusal: Option<Wording>,
    /// Why nothing is theirs to say of how it ended but that it was undone.
    #[serde(skip)]
    pub judge_refusal: Option<Wording>,
    /// Why starting would be refused now, every reason.
    #[serde(skip)]
    pub start_refusals: Vec<Refusal>,
}

impl Detail {
    /// Why the steps of work that is under way, and their tools, wait: it was refused, or it is not the reader's to go on with.
    pub fn work_refusal(&self) -> Option<Wording> {
        work_refused(&self.approvals_given).or_else(|| self.powers.hand_refusal.clone())
    }
}
