//! Review templates: which sections a review has, what each asks for, and which incidents they are proposed for.
//!
//! Where none fits, a review has the usual sections. A review that was begun from a template holds a copy of its sections: it
//! stays as it is, whatever becomes of the template.

mod input;
mod port;

use serde::{Deserialize, Serialize};

use crate::{
    Timestamp,
    alerts::Severity,
    id::{ReviewTemplateId, TeamId},
    words::words,
};
pub use input::{Begin, Sheets, TemplateInput};
pub use port::Templates;

/// Most sections of a template.
pub const MOST_SECTIONS: usize = 20;

words! {
    /// What a section is filled from before anybody has written in it.
    pub enum Fill {
        /// Nothing.
        Nothing = "nothing",
        /// What was written as the impact of the incident.
        Impact = "impact",
        /// What was confirmed as its cause.
        Causes = "causes",
    }
}

/// One section of a template.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[cfg_attr(feature = "openapi", schema(as = ReviewTemplateSection))]
pub struct TemplateSection {
    /// Its heading, one line.
    pub heading: String,
    /// What to write there; may be empty.
    pub guide: String,
    /// What it is filled from.
    pub fill: Fill,
    /// Whether a review is finished only when something is written here.
    pub required: bool,
}

/// A template.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct ReviewTemplate {
    /// Its id.
    pub id: ReviewTemplateId,
    /// Its name.
    pub name: String,
    /// The team whose incidents it is for; `null`: for everybody's.
    pub team: Option<TeamId>,
    /// Name of that team; empty where it is for everybody.
    pub team_name: String,
    /// The severities for which it is proposed; it can be chosen for any.
    pub severities: Vec<Severity>,
    /// Its sections in the order in which they are asked.
    pub sections: Vec<TemplateSection>,
    /// Counts how often it was saved.
    pub version: i64,
    /// Who saved it last.
    pub changed_by: String,
    /// When.
    pub changed_at: Timestamp,
}

impl ReviewTemplate {
    /// Whether reviews of a team's incidents may be begun from it.
    pub fn is_for(&self, team: &TeamId) -> bool {
        self.team.as_ref().is_none_or(|own| own == team)
    }
}

/// The template that is proposed for an incident: one of its team before one of everybody's, then by name; `None`: the usual sections.
pub fn proposed<'a>(templates: &'a [ReviewTemplate], team: &TeamId, severity: Severity) -> Option<&'a ReviewTemplate> {
    let fitting = templates.iter().filter(|template| template.is_for(team) && template.severities.contains(&severity));
    fitting.min_by_key(|template| (template.team.is_none(), template.name.to_lowercase(), template.id.clone()))
}

/// One section of a review, as its template asked for it when the review was begun.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct ReviewSection {
    /// Its heading.
    pub heading: String,
    /// What to write there.
    pub guide: String,
    /// What it is filled from.
    pub fill: Fill,
    /// Whether something must be written here.
    pub required: bool,
    /// What was written, Markdown.
    pub text: String,
}

impl From<TemplateSection> for ReviewSection {
    fn from(asked: TemplateSection) -> Self {
        Self { heading: asked.heading, guide: asked.guide, fill: asked.fill, required: asked.required, text: String::new() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn template(n: u8, name: &str, team: Option<&TeamId>, severities: &[Severity]) -> ReviewTemplate {
        ReviewTemplate {
            id: ReviewTemplateId::parse(&format!("00000000-0000-7000-8000-0000000000{n:02}")).unwrap(),
            name: name.into(),
            team: team.cloned(),
            team_name: String::new(),
            severities: severities.to_vec(),
            sections: Vec::new(),
            version: 1,
            changed_by: String::new(),
            changed_at: Timestamp(0),
        }
    }

    #[test]
    fn the_own_team_comes_before_everybody() {
        let team = |n: u8| TeamId::parse(&format!("00000000-0000-7000-8000-0000000001{n:02}")).unwrap();
        let (own, other) = (team(1), team(2));
        let all = [
            template(1, "A", Some(&other), &[Severity::P1]),
            template(2, "Everybody", None, &[Severity::P1, Severity::P3]),
            template(3, "zoo", Some(&own), &[Severity::P1]),
            template(4, "Own", Some(&own), &[Severity::P1]),
            template(5, "Never proposed", Some(&own), &[]),
        ];
        let name = |severity| proposed(&all, &own, severity).map(|found| found.name.as_str());
        assert_eq!((name(Severity::P1), name(Severity::P3), name(Severity::P2)), (Some("Own"), Some("Everybody"), None));
    }
}
