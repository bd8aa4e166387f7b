//! Carrying a change out: its steps ticked off, paused, rolled back; freezes broken by two people; what CI is told.

use jiff::tz::TimeZone;
use serde::{Deserialize, Serialize};

use super::{ChangeFigures, Filter, QuietAnswer, QuietSpan, State, read_sha};
use crate::{
    Actor, Fault, Span, Timestamp, Wording,
    deployments::Deployment,
    form::{Check, Typed},
    id::{ChangeId, EntryId, FreezeId, RunId, UserId},
    words::words,
};

words! {
    /// What became of a step.
    pub enum StepResult {
        /// Done, and its check was good.
        Done = "done",
        /// Done, but not as expected.
        Failed = "failed",
        /// Not done, and not needed.
        Skipped = "skipped",
    }
}

/// A step that was ticked off.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[cfg_attr(feature = "openapi", schema(as = ChangeTick))]
pub struct Tick {
    /// Which step, from 0.
    pub place: usize,
    /// What became of it.
    pub result: StepResult,
    /// A remark; may be empty.
    pub note: String,
    /// Who ticked it off.
    pub by: String,
    /// When.
    pub at: Timestamp,
}

/// A freeze that does not hold one change back, or will not once a second person agrees.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct FreezeBreak {
    /// Its id.
    pub id: EntryId,
    /// The freeze.
    pub freeze: FreezeId,
    /// Whether it binds the whole house.
    pub house: bool,
    /// What the freeze was for.
    pub freeze_reason: String,
    /// Why it is broken.
    pub reason: String,
    /// Who asked.
    pub asked_by: String,
    /// Their id: somebody else must agree.
    pub asked_id: UserId,
    /// When.
    pub asked_at: Timestamp,
    /// Who agreed; empty while nobody has.
    pub agreed_by: String,
    /// When.
    pub agreed_at: Option<Timestamp>,
    /// Whether the freeze is another by now: it was edited, and holds the change back again.
    pub void: bool,
}

impl FreezeBreak {
    /// Whether two people have broken the freeze as it is.
    pub fn holds(&self) -> bool {
        self.agreed_at.is_some() && !self.void
    }
}

/// Go or no go, as CI asks.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GateAnswer {
    /// The change.
    pub id: ChangeId,
    /// 12, said as `CHG-12`.
    pub number: i64,
    /// Where it stands.
    pub state: State,
    /// Whether work may begin, or go on.
    pub go: bool,
    /// Everything against it.
    pub reasons: Vec<Wording>,
    /// What was brought for it so far, as far as whoever asks may read it; oldest first.
    pub deployments: Vec<Deployment>,
}

/// What CI says it is about to bring: field `artifact_sha`, which must be there and the one that was approved where that names one.
pub fn asked_sha(typed: &Typed) -> Result<Option<String>, Fault> {
    let mut check = Check::new(typed);
    check.only(&["artifact_sha"]);
    let sha = check.optional("artifact_sha", read_sha);
    check.finish((sha,)).map(|(sha,)| sha)
}

/// Digits of a hash that stand for all of it.
pub const SHORT_SHA: usize = 12;
/// Digits of a SHA-256: one that is named whole is meant whole.
pub const WHOLE_SHA: usize = 64;

/// Whether what is shown is what a change names: the same, or one the beginning of the other and of twelve digits at least. Where the
/// change names all 64 digits of a SHA-256, only those.
pub fn same_sha(named: &str, shown: &str) -> bool {
    let beginning = named.len().min(shown.len()) >= SHORT_SHA && (named.starts_with(shown) || shown.starts_with(named));
    named == shown || (named.len() < WHOLE_SHA && beginning)
}

/// Characters that the note of a step may have.
pub const LONGEST_NOTE: usize = 1_000;

/// Reads `result` and `note` of a step.
pub fn parse_tick(typed: &Typed) -> Result<(StepResult, String), Fault> {
    let mut check = Check::new(typed);
    check.only(&["result", "note"]);
    let result = check.field("result", |text| super::read_word(text, StepResult::ALL));
    let note = check.field("note", |text| {
        let text = text.trim();
        if text.chars().count() > LONGEST_NOTE {
            Err(Wording::new("expect-at-most-characters").with("max", LONGEST_NOTE))
        } else {
            Ok(text.to_owned())
        }
    });
    check.finish((result, note))
}

/// Reads why somebody goes past something: one to a thousand characters.
pub fn read_reason(text: &str) -> Result<String, Wording> {
    let text = text.trim();
    match text.chars().count() {
        0 => Err(Wording::new("changes-expect-reason")),
        1..=1_000 => Ok(text.to_owned()),
        _ => Err(Wording::new("expect-at-most-characters").with("max", 1_000)),
    }
}

/// What pages and the API may ask of carrying changes out; `backend` implements it.
#[async_trait::async_trait]
pub trait Carrying: Send + Sync {
    /// Whether work on the change may begin or go on; field `artifact_sha` names what is about to be brought.
    async fn gate(&self, actor: &Actor, id: &str, typed: &Typed) -> Result<GateAnswer, Fault>;
    /// Ticks a step off: fields `result` and `note`. The same again changes nothing, another result replaces it.
    async fn tick(&self, actor: &Actor, id: &ChangeId, place: usize, typed: &Typed) -> Result<(), Fault>;
    /// Runs the tool of a step with exactly what the plan gives it; only its secrets are typed, as `p.KEY`.
    async fn run_step(&self, actor: &Actor, id: &ChangeId, place: usize, typed: &Typed) -> Result<RunId, Fault>;
    /// Pauses the work, with field `reason`.
    async fn pause(&self, actor: &Actor, id: &ChangeId, typed: &Typed) -> Result<(), Fault>;
    /// Goes on with it.
    async fn resume(&self, actor: &Actor, id: &ChangeId) -> Result<(), Fault>;
    /// Undoes every step that was done and says how, the last one first, tools as the plan gives them; then ends the work with the
    /// outcome `rolled-back`. Field `remark` says why.
    async fn roll_back(&self, actor: &Actor, id: &ChangeId, typed: &Typed) -> Result<(), Fault>;
    /// Says of the step whose turn it is how it was undone, or runs its tool (again): fields `result` and `note`, and `p.KEY` of secrets.
    async fn undo(&self, actor: &Actor, id: &ChangeId, place: usize, typed: &Typed) -> Result<(), Fault>;
    /// Asks that a freeze (field `freeze`) does not hold this change back, with field `reason`.
    async fn break_glass(&self, actor: &Actor, id: &ChangeId, typed: &Typed) -> Result<(), Fault>;
    /// Agrees to that, as a second person: field `break`.
    async fn agree_to_break(&self, actor: &Actor, id: &ChangeId, typed: &Typed) -> Result<(), Fault>;
    /// Asks to do without evidence: fields `kind`, `reason` and `days`.
    async fn waive(&self, actor: &Actor, id: &ChangeId, typed: &Typed) -> Result<(), Fault>;
    /// Agrees to that, as a second person: field `waiver`.
    async fn agree_to_waive(&self, actor: &Actor, id: &ChangeId, typed: &Typed) -> Result<(), Fault>;
    /// The cheapest windows for what is typed (systems, zone, start and end for its length), as far as it is typed.
    async fn quiet(&self, actor: &Actor, typed: &Typed) -> Result<QuietAnswer, Fault>;
    /// The same for whoever may read, as the calendar shows them: `from`, `to` and `length` say where they are to lie and how long they are.
    async fn cheapest(&self, actor: &Actor, typed: &Typed) -> Result<QuietAnswer, Fault>;
    /// Quiet hours of a span on the wall of a zone, of the systems of a filter or of all.
    async fn quiet_hours(&self, actor: &Actor, filter: &Filter, span: Span, zone: &TimeZone) -> Result<Option<Vec<QuietSpan>>, Fault>;
    /// How changes went in a span.
    async fn figures(&self, actor: &Actor, span: Span) -> Result<ChangeFigures, Fault>;
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_hash_may_be_short() {
        assert!(same_sha("ab12cd34ef56", "ab12cd34ef5678") && same_sha("ab12cd34ef5678", "ab12cd34ef56"));
        assert!(same_sha("ab12cd3", "ab12cd3") && !same_sha("ab12cd34ef5", "ab12cd34ef5678") && !same_sha("ab12cd34ef5678", "ab12cd34ef5"));
        let whole = "ab".repeat(32);
        assert!(same_sha(&whole, &whole) && !same_sha(&whole, &whole[..40]) && same_sha(&whole[..40], &whole));
        let typed = |sha: &str| Typed::from_pairs([("artifact_sha".to_owned(), sha.to_owned())]);
        assert_eq!(asked_sha(&typed("sha256:AB12CD34")), Ok(Some("ab12cd34".to_owned())));
        assert_eq!(asked_sha(&typed("")), Ok(None));
        assert!(asked_sha(&typed("xyz")).is_err());
    }
}
