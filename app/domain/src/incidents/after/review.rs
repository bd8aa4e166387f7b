//! The review: what happened, what went well and badly, why, and what is done about it.

use serde::{Deserialize, Serialize};

use super::{Impact, Times};
use crate::{
    Timestamp,
    id::{ActionId, IncidentId, TeamId, UserId},
    incidents::{Incident, Suspect, Verdict},
    time::DAY,
};

/// So long before something is due its owner is reminded for the first time.
pub const REMIND_BEFORE_MS: i64 = DAY;
/// So long after that, and again and again, until it is done.
pub const REMIND_AGAIN_MS: i64 = DAY;

/// The next reminder after one that was sent now.
pub fn remind_after(due: Timestamp, now: Timestamp) -> Timestamp {
    due.max(now.plus(REMIND_AGAIN_MS))
}

/// What was written down.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Review {
    /// What happened; Markdown, as all of it.
    pub summary: String,
    /// What went well.
    pub went_well: String,
    /// What went badly.
    pub went_badly: String,
    /// What contributed to it.
    pub causes: String,
    /// Counts how often it was written; 0 where it was not yet.
    pub version: i64,
    /// Who wrote it last; empty where nobody has.
    pub written_by: String,
    /// Who said that it is finished; empty where nobody has.
    pub finished_by: String,
    /// When.
    pub finished_at: Option<Timestamp>,
}

/// Something to be done about it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[cfg_attr(feature = "openapi", schema(as = IncidentAction))]
pub struct Action {
    /// Its id.
    pub id: ActionId,
    /// The incident.
    pub incident: IncidentId,
    /// Its number.
    pub number: i64,
    /// Its title.
    pub title: String,
    /// The team of the incident.
    pub team: TeamId,
    /// What is to be done.
    pub text: String,
    /// By whom.
    pub owner: UserId,
    /// Their name.
    pub owner_name: String,
    /// By when.
    pub due: Timestamp,
    /// Who did or dropped it; empty while it is to be done.
    pub ended_by: String,
    /// When.
    pub ended_at: Option<Timestamp>,
    /// Why it is not done; empty where it was, or is to be.
    pub dropped_why: String,
}

impl Action {
    /// Whether it should have been done by now, and is not.
    pub fn is_overdue(&self, now: Timestamp) -> bool {
        self.ended_at.is_none() && self.due < now
    }
}

/// A review with what it is about.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct ReviewDetail {
    /// The incident.
    pub incident: Incident,
    /// Name of its team.
    pub team_name: String,
    /// What was written; filled from the facts where nothing was yet.
    pub review: Review,
    /// When things were.
    pub times: Times,
    /// What it cost.
    pub impact: Option<Impact>,
    /// What was confirmed as its cause.
    pub causes: Vec<Suspect>,
    /// What is done about it.
    pub actions: Vec<Action>,
}

impl ReviewDetail {
    /// Fills from the facts what nobody has written yet.
    pub fn prefill(&mut self) {
        if self.review.version == 0 {
            self.review.summary.clone_from(&self.incident.impact);
            let confirmed = self.causes.iter().filter(|suspect| suspect.verdict == Some(Verdict::Confirmed));
            self.review.causes = confirmed.map(|suspect| format!("- {}\n", suspect.title)).collect();
        }
    }
}

/// The review as a Markdown document. `word` gives headings in the reader's language by a short name, `when` says moments in the
/// reader's zone.
pub fn review_markdown(
    detail: &ReviewDetail,
    word: impl Fn(&str) -> String,
    facts: &[(String, String)],
    when: impl Fn(Timestamp) -> String,
) -> String {
    let line = |text: &str| text.replace(['\n', '\r'], " ").replace('|', "\\|");
    let mut out = format!("# {} {}\n\n", detail.incident.label(), line(&detail.incident.title));
    for (name, value) in facts {
        out.push_str(&format!("- **{}:** {}\n", line(name), line(value)));
    }
    let review = &detail.review;
    for (key, text) in
        [("summary", &review.summary), ("causes", &review.causes), ("went-well", &review.went_well), ("went-badly", &review.went_badly)]
    {
        let text = if text.trim().is_empty() { "—" } else { text.trim() };
        out.push_str(&format!("\n## {}\n\n{text}\n", word(key)));
    }
    out.push_str(&format!("\n## {}\n\n", word("actions")));
    if detail.actions.is_empty() {
        out.push_str("—\n");
    }
    for action in &detail.actions {
        let mark = if action.ended_at.is_some() { "x" } else { " " };
        let why = if action.dropped_why.is_empty() { String::new() } else { format!(" — {}", line(&action.dropped_why)) };
        out.push_str(&format!("- [{mark}] {} ({}, {}){why}\n", line(&action.text), line(&action.owner_name), when(action.due)));
    }
    out
}
