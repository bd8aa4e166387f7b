//! Incidents: the ticket for one disturbance, and everything that happened in it.
//!
//! `triage → investigating → identified → mitigated → resolved → reviewed → closed`. One open incident per system
//! and cause, or per team and cause where no system is named; a relapse within the rules' window of resolution reopens it, a later one opens a new incident that is
//! linked to the old.

mod after;
mod figures;
mod filter;
mod input;
mod port;
mod record;
mod rule;
mod suspect;
mod teamwork;
mod templates;

use serde::{Deserialize, Serialize};

use crate::{
    Timestamp,
    alerts::Severity,
    files::File,
    id::{AlertId, EntryId, IncidentId, SystemId, TeamId, UserId},
    words::words,
};
pub use after::{
    ACTION_FIELDS, Action, ActionFilter, ActionInput, After, Correcting, Correction, Cost, Heading, Impact, ImpactMoney, ImpactVerdict,
    LEAST_TRANSACTIONS, Moment, Normal, REMIND_AGAIN_MS, REMIND_BEFORE_MS, REVIEW_FIELDS, Review, ReviewDetail, ReviewInput, TimeKind,
    Times, Took, WEEKS, estimate, remains, remind_after, review_markdown,
};
pub use figures::{Figure, FigureRow, FiguresAnswer, Noise};
pub use filter::{Filter, Ref};
pub use input::{COMMENT_FIELDS, Edit, INCIDENT_FIELDS, Lead, Opening, moment};
pub use port::Incidents;
pub use record::{BACK_MS, EntryHistory, EntryVersion, Record, Remark, read_reason, read_rewrite};
pub use rule::{Onset, RELAPSE_MS, State, moves, onset};
pub use suspect::{LOOK_BACK_MS, MOST_SUSPECTS, RUN_BACK_MS, Suspect, SuspectKind, TOGETHER_MS, Verdict, rank};
pub use teamwork::{
    COMMANDER, LinkInput, LinkKind, Linked, MOST, Responder, ResponderInput, Role, RoleInput, Rules, Runbook, RunbookInput, SystemInput,
    TASK_FIELDS, Task, TaskInput, Teamwork, Together, WINDOW_MS, read_merge, read_window, window_minutes,
};
pub use templates::{
    Begin, Fill, MOST_SECTIONS, ReviewSection, ReviewTemplate, Sheets, TemplateInput, TemplateSection, Templates, proposed,
};

words! {
    /// What a row of a timeline tells; the page finds the sentence for it, the row holds only names and values.
    pub enum EntryKind {
        /// The incident was opened; the text is its title.
        Opened = "opened",
        /// A relapse reopened it; the text says what relapsed.
        Reopened = "reopened",
        /// It followed an earlier incident; the text is that one's number.
        Linked = "linked",
        /// An alert fired; the text is its title.
        AlertFired = "alert-fired",
        /// An alert was acknowledged; the text is its title.
        AlertAcknowledged = "alert-acknowledged",
        /// An alert was resolved; the text is its title.
        AlertResolved = "alert-resolved",
        /// The state moved; the text is the new state's name.
        Moved = "moved",
        /// Somebody took the lead; the text is their name.
        Owned = "owned",
        /// Nobody leads any more.
        Released = "released",
        /// Title, severity or impact were edited; the text says which.
        Edited = "edited",
        /// A comment, Markdown.
        Comment = "comment",
        /// A change on these systems was started, finished, failed …; the text says what.
        Change = "change",
        /// Something was confirmed as the cause; the text is what it is called.
        CauseConfirmed = "cause-confirmed",
        /// Something was rejected as the cause.
        CauseRejected = "cause-rejected",
        /// A deployment on these systems began or ended; the text says what.
        Deployment = "deployment",
        /// A tool run started or ended; the text says what.
        Run = "run",
        /// Somebody took notice of the incident itself.
        Acknowledged = "acknowledged",
        /// An escalation, or somebody, paged people; the text says whom.
        Paged = "paged",
        /// A page reached nobody; the text says whom it was for.
        PagedNobody = "paged-nobody",
        /// A step of an escalation waits, because everything that lasts is kept quiet.
        PagingHeld = "paging-held",
        /// Something worse joined it after somebody took notice: people are called anew.
        PagingAgain = "paging-again",
        /// An escalation came to its end and nobody acknowledged; the text is the policy.
        Unanswered = "unanswered",
        /// A notification arrived; the text is event and channel.
        Delivered = "delivered",
        /// A notification was given up; the text is event, channel and the last fault.
        DeliveryFailed = "delivery-failed",
        /// Somebody was given a role; the text is name and key of the role.
        RoleGiven = "role-given",
        /// Somebody no longer holds a role; the text is name and key of the role.
        RoleTaken = "role-taken",
        /// A task was written down; the text is what, and who.
        TaskAdded = "task-added",
        /// A task was done; the text is what.
        TaskDone = "task-done",
        /// A task is to be done again; the text is what.
        TaskReopened = "task-reopened",
        /// A task need not be done; the text is what.
        TaskRemoved = "task-removed",
        /// A runbook was pinned; the text names its system, or is empty.
        RunbookPinned = "runbook-pinned",
        /// It turned out to be another incident; the text is that one's number and title.
        MergedInto = "merged-into",
        /// Another incident turned out to be this one; the text is that one's number and title.
        MergedFrom = "merged-from",
        /// Another incident belongs to it; the text is how, and which.
        Related = "related",
        /// Another incident does not belong to it after all; the text is how, and which.
        Unrelated = "unrelated",
        /// A file was attached; the text is its name.
        FileAdded = "file-added",
        /// A file was removed; the text is its name and why.
        FileRemoved = "file-removed",
        /// Customers were told; the text is the title of the status page and where the notice stands.
        Published = "published",
        /// A search found the slices in which failures concentrate; `text` holds names and figures.
        Finding = "finding",
        /// It is over; the text is what it cost.
        Impact = "impact",
        /// A moment was corrected; the text is which, to when (epoch-milliseconds, or a dash for the facts) and why.
        TimeCorrected = "time-corrected",
        /// Somebody began to write the review.
        ReviewBegun = "review-begun",
        /// Somebody shall do something about it; the text is what and who.
        ActionAdded = "action-added",
        /// That was done; the text is what.
        ActionDone = "action-done",
        /// That need not be done; the text is what and why.
        ActionDropped = "action-dropped",
        /// It concerns a system as well; the text is its name.
        SystemAdded = "system-added",
        /// It does not concern a system; the text is its name.
        SystemRemoved = "system-removed",
    }
}

impl EntryKind {
    /// Whether an alert that comes and goes writes such rows by the thousand: they do not push out what people did.
    pub fn comes_often(self) -> bool {
        use EntryKind::{AlertAcknowledged, AlertFired, AlertResolved, Delivered, DeliveryFailed};
        matches!(self, AlertFired | AlertAcknowledged | AlertResolved | Delivered | DeliveryFailed)
    }
}

/// One row of a timeline.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Entry {
    /// Its id.
    pub id: EntryId,
    /// When.
    pub at: Timestamp,
    /// What it tells.
    pub kind: EntryKind,
    /// Who or what did it.
    pub actor: String,
    /// Names and values; Markdown where the kind is `comment`.
    pub text: String,
    /// Page of what it speaks of, within the portal; may be empty.
    pub link: String,
    /// When it was written, where that was later than what it tells of.
    pub added_at: Option<Timestamp>,
    /// The person who wrote it, where it is a comment of one.
    pub author: Option<UserId>,
    /// How often it was written anew.
    pub edits: i64,
}

/// One incident.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Incident {
    /// Its id.
    pub id: IncidentId,
    /// 1, 2, 3 …: people say `INC-42`.
    pub number: i64,
    /// One line.
    pub title: String,
    /// What the alert that opened it said in each language then, as [`crate::alerts::title_told`] reads it; empty where it said one alone.
    #[serde(skip)]
    pub told: String,
    /// How bad it is.
    pub severity: Severity,
    /// Where it stands.
    pub state: State,
    /// The team that works on it.
    pub team: TeamId,
    /// The systems it concerns, the first being the one that began it; none where only a team is known.
    pub systems: Vec<SystemRef>,
    /// The system that began it; `null` where none was named.
    pub system: Option<SystemId>,
    /// What makes two disturbances the same; empty where a person opened it.
    pub cause: String,
    /// Who leads.
    pub owner: Option<UserId>,
    /// Name of who leads; empty where nobody does.
    pub owner_name: String,
    /// What customers notice, in words (Markdown).
    pub impact: String,
    /// When it was opened.
    pub opened_at: Timestamp,
    /// When the first person took notice: an acknowledged alert, a move out of triage, an owner.
    pub acknowledged_at: Option<Timestamp>,
    /// When somebody took notice since it opened last: a relapse is not seen yet.
    pub seen_at: Option<Timestamp>,
    /// When customers stopped being hurt.
    pub mitigated_at: Option<Timestamp>,
    /// When it was over.
    pub resolved_at: Option<Timestamp>,
    /// How often a relapse reopened it.
    pub reopened: i64,
    /// The spans in which it was open, the first one first: a relapse begins another one.
    pub outages: Vec<Outage>,
    /// The earlier incident of the same system and cause.
    pub previous: Option<IncidentId>,
    /// Counts what was done to title, severity and impact.
    pub version: i64,
    /// The incident that this one turned out to be.
    pub merged_into: Option<IncidentId>,
}

impl Incident {
    /// `INC-42`.
    pub fn label(&self) -> String {
        format!("INC-{}", self.number)
    }

    /// How long it lasted, or has lasted by now, in milliseconds: the sum of its outages, without the time between.
    pub fn duration(&self, now: Timestamp) -> i64 {
        self.outages.iter().map(|outage| outage.duration(now)).sum()
    }
}

/// A span in which an incident was open.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Outage {
    /// When it was opened, or opened again.
    pub from: Timestamp,
    /// When it was over; `null` while it lasts.
    pub to: Option<Timestamp>,
}

impl Outage {
    /// How long it lasted, or has lasted by now, in milliseconds.
    pub fn duration(&self, now: Timestamp) -> i64 {
        self.to.unwrap_or(now).since(self.from).max(0)
    }
}

/// A system by id and name.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct SystemRef {
    /// Its id.
    pub id: SystemId,
    /// Its name.
    pub name: String,
}

/// An incident with everything its page shows.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct IncidentDetail {
    /// The incident.
    pub incident: Incident,
    /// Name of the team.
    pub team_name: String,
    /// Number of the earlier incident of the same system and cause, where the reader may see that.
    pub previous_number: Option<i64>,
    /// Everything that happened, oldest first; of alerts and deliveries the newest 2,000, of all else the newest 10,000.
    pub timeline: Vec<Entry>,
    /// How many older rows of it are left out.
    pub timeline_left_out: i64,
    /// What may have caused it, the most suspicious first.
    pub suspects: Vec<Suspect>,
    /// Alerts that belong to it, newest first, at most 200.
    pub alerts: Vec<AlertRef>,
    /// How many earlier alerts are left out.
    pub earlier_alerts: i64,
    /// Who works on it, what is to be done, what belongs to it.
    pub together: Together,
    /// Files attached to it, oldest first.
    pub files: Vec<File>,
}

/// An alert of an incident.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct AlertRef {
    /// Its id.
    pub id: AlertId,
    /// One line.
    pub title: String,
    /// What it says in each language, as [`crate::alerts::title_told`] reads it; empty where it says one alone.
    #[serde(skip)]
    pub told: String,
    /// How bad it is.
    pub severity: Severity,
    /// Where it stands.
    pub state: crate::alerts::State,
    /// Whether somebody acknowledged it.
    pub acknowledged: bool,
    /// First sign.
    pub started_at: Timestamp,
}

/// What a person said of a suspect.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Judgement {
    /// What it was said of.
    pub kind: SuspectKind,
    /// Its id.
    pub id: String,
    /// What was said.
    pub verdict: Verdict,
    /// By whom.
    pub by: String,
    /// The system that it touched.
    pub system: SystemId,
    /// The team that it belongs to.
    pub team: TeamId,
    /// What later suspects of the same system are learned from.
    pub pattern: String,
    /// What it was called.
    pub title: String,
    /// When it began.
    pub began_at: Timestamp,
}
