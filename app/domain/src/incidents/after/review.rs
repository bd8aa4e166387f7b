//! The review: what happened, what went well and badly, why, and what is done about it.

use serde::{Deserialize, Serialize};

use super::{Impact, Times};
use crate::{
    Timestamp,
    id::{ActionId, IncidentId, ReviewTemplateId, TeamId, UserId},
    incidents::{Fill, Incident, ReviewSection, ReviewTemplate, Suspect, Verdict},
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
    /// Name of the template that it was begun from; empty where it has the usual sections.
    pub template: String,
    /// The sections of that template, in their order, instead of the four usual ones.
    pub sections: Vec<ReviewSection>,
    /// Whether somebody has chosen its sections, or written in it.
    pub begun: bool,
    /// Counts how often it was written; 0 where it was not yet.
    pub version: i64,
    /// Who wrote it last; empty where nobody has.
    pub written_by: String,
    /// Who said that it is finished; empty where nobody has.
    pub finished_by: String,
    /// When.
    pub finished_at: Option<Timestamp>,
}

/// A section as it is read: the four usual ones by a short name, those of a template by their own heading.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Heading<'a> {
    /// One of the usual ones: `summary`, `causes`, `went-well`, `went-badly`.
    Usual(&'static str),
    /// One of a template.
    Own(&'a str),
}

impl Review {
    /// What was written, section by section, in the order in which it is read.
    pub fn parts(&self) -> Vec<(Heading<'_>, &str)> {
        if !self.sections.is_empty() {
            return self.sections.iter().map(|section| (Heading::Own(&section.heading), section.text.as_str())).collect();
        }
        vec![
            (Heading::Usual("summary"), &self.summary),
            (Heading::Usual("causes"), &self.causes),
            (Heading::Usual("went-well"), &self.went_well),
            (Heading::Usual("went-badly"), &self.went_badly),
        ]
    }

    /// Headings of the sections in which something must be written before it is finished, and is not; of a template only.
    pub fn wanting(&self) -> Vec<&str> {
        let empty = self.sections.iter().filter(|section| section.required && section.text.trim().is_empty());
        empty.map(|section| section.heading.as_str()).collect()
    }
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
    /// The templates that it may be begun from, while nobody has written in it.
    pub templates: Vec<ReviewTemplate>,
    /// That of them which fits the incident best.
    pub proposed: Option<ReviewTemplateId>,
}

impl ReviewDetail {
    /// Fills from the facts what nobody has written yet.
    pub fn prefill(&mut self) {
        if self.review.version == 0 {
            self.review.summary.clone_from(&self.incident.impact);
            let confirmed = self.causes.iter().filter(|suspect| suspect.verdict == Some(Verdict::Confirmed));
            self.review.causes = confirmed.map(|suspect| format!("- {}\n", suspect.title)).collect();
            for section in &mut self.review.sections {
                match section.fill {
                    Fill::Nothing => {}
                    Fill::Impact => section.text.clone_from(&self.review.summary),
                    Fill::Causes => section.text.clone_from(&self.review.causes),
                }
            }
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
    for (heading, text) in detail.review.parts() {
        let heading = match heading {
            Heading::Usual(key) => word(key),
            Heading::Own(own) => line(own),
        };
        let text = if text.trim().is_empty() { "—" } else { text.trim() };
        out.push_str(&format!("\n## {heading}\n\n{text}\n"));
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
