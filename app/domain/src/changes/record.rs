//! What is known of changes, as lists, pages and the API show it.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::{
    Conflict, Content, DemandStatus, FieldDiff, Freeze, FreezeBreak, Kind, Other, Outcome, Powers, Requirement, Risk, Rollback, Score,
    Shown, State, StepClock, StepRun, Tick, Verdict, Verification, Window,
};
use crate::{
    Span, Timestamp, Wording, calendars,
    deployments::Deployment,
    files::File,
    id::{ChangeId, SystemId, TeamId, ToolId, UserId},
    occasions,
    words::words,
};

/// `CHG-12`.
pub fn number_text(number: i64) -> String {
    format!("CHG-{number}")
}

/// Reads `CHG-12`, `chg-12` or `12`.
pub fn parse_number(text: &str) -> Option<i64> {
    let text = text.trim();
    let digits = text.get(..4).filter(|p| p.eq_ignore_ascii_case("chg-")).map_or(text, |_| &text[4..]);
    digits.parse().ok().filter(|n| *n > 0)
}

words! {
    /// What a row of a change's timeline tells.
    pub enum EntryKind {
        /// It was written down.
        Created = "created",
        /// Its content was changed.
        Edited = "edited",
        /// Its window was moved.
        Moved = "moved",
        /// Approval was asked for.
        Submitted = "submitted",
        /// Somebody approved.
        Approved = "approved",
        /// Somebody refused.
        Rejected = "rejected",
        /// Approvals given before do not count any more.
        Voided = "voided",
        /// It was taken into the plan.
        Scheduled = "scheduled",
        /// Work began.
        Started = "started",
        /// Work ended.
        Finished = "finished",
        /// What was seen since came to a verdict.
        Verified = "verified",
        /// Somebody said how it ended, in place of the figures.
        Judged = "judged",
        /// Observation ended.
        Closed = "closed",
        /// It was withdrawn.
        Cancelled = "cancelled",
        /// Time ran out before it began.
        Expired = "expired",
        /// It began although something was in the way, for a reason.
        Overridden = "overridden",
        /// A step was ticked off.
        Ticked = "ticked",
        /// Work was paused.
        Paused = "paused",
        /// Work went on.
        Resumed = "resumed",
        /// Somebody asked that a freeze does not hold it back.
        BreakAsked = "break-asked",
        /// A second person agreed to that.
        FreezeBroken = "freeze-broken",
        /// Somebody asked to do without evidence.
        WaiverAsked = "waiver-asked",
        /// A second person agreed to that.
        EvidenceWaived = "evidence-waived",
        /// A file was attached; the text is its name.
        FileAdded = "file-added",
        /// The content of a file was removed; the text is its name, and why.
        FileRemoved = "file-removed",
        /// Somebody said something, in Markdown.
        Comment = "comment",
        /// What CI brought for it: how that stands, and on the next line which version came where.
        Deployed = "deployed",
        /// CI brought something for it although there was no go: which version came where, and on the next line why not ([`NoGo`](super::NoGo)).
        Ungated = "ungated",
        /// Its maintenance window was opened: until when at most (milliseconds), which systems, and how many need those, by line.
        MaintenanceOpened = "maintenance-opened",
        /// It was closed: `ended` with the work, or its `window` was over first.
        MaintenanceClosed = "maintenance-closed",
        /// Rolling it back began; why.
        RollingBack = "rolling-back",
        /// A step was undone, or could not be.
        Undone = "undone",
        /// Rolling it back ended before everything was undone.
        RollbackEnded = "rollback-ended",
        /// Another part of the house noted a fact, e.g. a tool run.
        Note = "note",
    }
}

/// A system by name.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct SystemRef {
    /// Its id.
    pub id: SystemId,
    /// Its handle.
    pub key: String,
    /// Its name.
    pub name: String,
}

/// A tool by name.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct ToolRef {
    /// Its id.
    pub id: ToolId,
    /// Its name.
    pub name: String,
    /// Keys of what a plan may give it.
    pub takes: Vec<String>,
    /// Keys of what is typed when it runs, and kept nowhere: secrets.
    pub secrets: Vec<String>,
}

/// A team by name.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct TeamRef {
    /// Its id.
    pub id: TeamId,
    /// Its name.
    pub name: String,
}

/// A change as a list shows it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Summary {
    /// Its id.
    pub id: ChangeId,
    /// 12, said as `CHG-12`.
    pub number: i64,
    /// One line.
    pub title: String,
    /// The team that does the work.
    pub team: TeamRef,
    /// What kind of change.
    pub kind: Kind,
    /// Where it stands.
    pub state: State,
    /// How risky, as its requester says.
    pub risk: Risk,
    /// How risky as facts have it, 0 (not) to 100.
    pub score: Score,
    /// When it may run.
    pub window: Window,
    /// The systems it touches, by name.
    pub systems: Vec<SystemRef>,
    /// Who asked for it.
    pub requester: String,
    /// Approvals given to the present content.
    pub approvals: u32,
    /// Approvals needed.
    pub needed: u32,
    /// Of an emergency that ran first: until when its approval is due; absent where none is owed.
    pub owed_at: Option<Timestamp>,
    /// The approval holds until then; absent where it does not end, or is not given.
    pub approval_until: Option<Timestamp>,
    /// When work began.
    pub started_at: Option<Timestamp>,
    /// When work ended.
    pub finished_at: Option<Timestamp>,
    /// How it ended.
    pub outcome: Option<Outcome>,
}

impl Summary {
    /// When it really ran, or will: from its start (or the window's) to its end (or the window's).
    pub fn busy(&self) -> Span {
        let from = self.started_at.unwrap_or(self.window.span.from);
        let to = self.finished_at.unwrap_or(self.window.span.to);
        Span { from, to: to.max(from.plus(1)) }
    }
}

/// Something that was in the way when the work began all the same.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Override {
    /// Stable name of the refusal, e.g. `conflict-change-incident`.
    pub kind: String,
    /// The thing itself, e.g. an incident by number and title.
    pub what: String,
    /// Why it was gone past.
    pub reason: String,
    /// By whom.
    pub by: String,
    /// When.
    pub at: Timestamp,
}

/// What one approver said.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Approval {
    /// Who.
    pub approver: UserId,
    /// Their name then.
    pub name: String,
    /// In whose place; the approver's own where they spoke for themselves.
    pub principal: UserId,
    /// Their name then.
    pub principal_name: String,
    /// Which demand it meets.
    pub place: usize,
    /// What.
    pub verdict: Verdict,
    /// The hash of the content it binds.
    pub hash: String,
    /// The reason or remark; may be empty.
    pub remark: String,
    /// When.
    pub at: Timestamp,
    /// Whether the content is another by now.
    pub void: bool,
}

/// A row of the timeline.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Entry {
    /// When.
    pub at: Timestamp,
    /// Who.
    pub actor: String,
    /// What it tells.
    pub kind: EntryKind,
    /// Reason, comment or outcome; may be empty.
    pub text: String,
    /// Page of what it is about, within this site; may be absent.
    pub link: Option<String>,
}

/// A change as its page shows it.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Detail {
    /// As a list shows it.
    #[serde(flatten)]
    pub summary: Summary,
    /// What is or will be approved.
    pub content: Content,
    /// Hash of the content: an approval must name it.
    pub hash: String,
    /// Counts edits from 1: an edit must name it.
    pub version: i64,
    /// Counts edits and moves: the sequence number of its calendar event.
    pub sequence: i64,
    /// What approvers said, oldest first.
    pub approvals_given: Vec<Approval>,
    /// What it takes to be approved, and who could.
    pub demands: Vec<DemandStatus>,
    /// Name of the policy that asks for it; empty where none matched.
    pub policy: String,
    /// What is in the way.
    pub conflicts: Vec<Conflict>,
    /// What was changed since the content that was approved last, where that is not the present one, and files that came since.
    pub changed_since_approval: Option<Vec<FieldDiff>>,
    /// Incidents of which it is the confirmed cause.
    pub caused: Vec<Other>,
    /// Evidence that it needs, and how it stands with each kind.
    pub evidence: Vec<Requirement>,
    /// What evidence there is of exactly its artifact, asked for or not.
    pub shown: Vec<Shown>,
    /// Steps that were ticked off.
    pub ticks: Vec<Tick>,
    /// How long each step took, in their order.
    pub clocks: Vec<StepClock>,
    /// Tools that were run for its steps, the newest first.
    pub runs: Vec<StepRun>,
    /// Since when work is paused, if it is.
    pub paused_at: Option<Timestamp>,
    /// Until when its maintenance window lasts at most; absent while none is open.
    pub maintained_until: Option<Timestamp>,
    /// The steps that would be undone if it were rolled back now, in that order; the first is 0.
    pub to_undo: Vec<usize>,
    /// How it is rolled back, or was; absent where no step says how it is undone.
    pub rollback: Option<Rollback>,
    /// What CI brought for it, as far as the reader may know it, oldest first.
    pub deployments: Vec<Deployment>,
    /// Freezes that were broken for it, or are asked to be.
    pub breaks: Vec<FreezeBreak>,
    /// What was in the way when it began all the same.
    pub overrides: Vec<Override>,
    /// How the watching after the work goes; absent where it is not watched, or not yet.
    pub verification: Option<Verification>,
    /// Files attached to it, oldest first. They are no part of what is approved; from submission on none is removed.
    pub files: Vec<File>,
    /// Tools that its steps name.
    pub tools: Vec<ToolRef>,
    /// The timeline, oldest first.
    pub entries: Vec<Entry>,
    /// What the reader may do.
    pub powers: Powers,
    /// When it was written down.
    pub created_at: Timestamp,
}

/// A change that waits for the reader's approval.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Waiting {
    /// As a list shows it.
    #[serde(flatten)]
    pub summary: Summary,
    /// What is approved.
    pub content: Content,
    /// Hash of the content.
    pub hash: String,
    /// What is in the way.
    pub conflicts: Vec<Conflict>,
    /// Evidence that it needs, and how it stands with each kind.
    pub evidence: Vec<Requirement>,
    /// What evidence there is of exactly its artifact, asked for or not.
    pub shown: Vec<Shown>,
    /// What was edited since it was last approved, field by field, and files that came since; absent where nothing was, or it never was
    /// approved.
    pub changed_since_approval: Option<Vec<FieldDiff>>,
    /// Tools that its steps name.
    pub tools: Vec<ToolRef>,
    /// Why it cannot be approved yet.
    #[serde(skip)]
    pub refused: Option<Wording>,
}

/// Changes and freezes of a span.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Calendar {
    /// Changes whose window or execution overlaps the span, by start; at most 500.
    pub changes: Vec<Summary>,
    /// Conflicts of each change that is still to run, in the order of `changes`.
    pub conflicts: Vec<Vec<Conflict>>,
    /// Freezes that overlap it, by start.
    pub freezes: Vec<Freeze>,
    /// Days of it that are not like others, by start.
    pub occasions: Vec<occasions::Time>,
    /// What foreign calendars hold in it.
    pub foreign: calendars::Times,
    /// The team that owns each system that a change touches.
    pub owners: BTreeMap<SystemId, TeamId>,
    /// Whether there are more changes than are shown.
    pub cut: bool,
}

/// What a form offers.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Choices {
    /// Teams for which the reader may ask.
    pub teams: Vec<TeamRef>,
    /// Systems that the reader may name.
    pub systems: Vec<SystemRef>,
    /// Tools that a step may name.
    pub tools: Vec<ToolRef>,
}

/// What an edit did.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Revised {
    /// The version after it.
    pub version: i64,
    /// How many approvals it voided.
    pub voided: u32,
}

/// A team's calendar feed, as somebody has it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Feed {
    /// Whose.
    pub team: TeamRef,
    /// The secret part of its URL, that person's own; whoever has it can read the team's calendar, as long as that person may.
    pub secret: String,
    /// Whether the reader may end every address of it, for everybody to get another.
    pub may_renew: bool,
}
