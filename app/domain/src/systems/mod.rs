//! The catalogue of systems: the services of the business, who owns them, what they need.
//!
//! A system is written down once, as an [`Entry`]: the form, the API and the YAML file all pass through the same
//! parser. What needs what must stay free of cycles ([`cycle`]); what a file would alter is shown before it does
//! ([`plan`]).

mod entry;
mod graph;
mod plan;
mod port;

use serde::{Deserialize, Serialize};

use crate::{
    Fault, Timestamp, Wording,
    id::{SystemId, TeamId},
};
pub use entry::{Entry, FIELDS, Link};
pub use graph::{Edges, arrows, cycle};
pub use plan::{FieldChange, Plan, Step, StepKind, check, differences, plan};
pub use port::Systems;

/// What other areas need to know of a system.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Brief {
    /// Its id.
    pub id: SystemId,
    /// Its handle, unique, e.g. `bank-link`.
    pub key: String,
    /// Its name.
    pub name: String,
    /// The team that owns it.
    pub team: TeamId,
    /// Name of that team.
    pub team_name: String,
    /// 1 (customers stop at once) to 4 (internal).
    pub tier: u8,
}

/// A system with everything that its page says about it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct System {
    /// Id, key, name, team, tier.
    #[serde(flatten)]
    pub brief: Brief,
    /// Key of the owning team.
    pub team_key: String,
    /// What it does; Markdown.
    pub description: String,
    /// What to do when it is down; Markdown.
    pub runbook: String,
    /// Where more is to be found.
    pub links: Vec<Link>,
    /// What it needs directly, as far as the reader's teams reach, by name.
    pub needs: Vec<Brief>,
    /// What needs it directly, as far as the reader's teams reach, by name.
    pub needed_by: Vec<Brief>,
    /// Counts up with every edit; an edit names the version that it is based on.
    pub version: i64,
    /// When it was written down.
    pub created_at: Timestamp,
    /// When it was last edited.
    pub updated_at: Timestamp,
}

/// A team that may own a system.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct TeamChoice {
    /// Its id.
    pub id: TeamId,
    /// Its handle.
    pub key: String,
    /// Its name.
    pub name: String,
}

/// Which systems a list shows.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Filter {
    /// Text within key or name, in any case.
    pub text: Option<String>,
    /// Key of the owning team.
    pub team: Option<String>,
    /// 1 to 4.
    pub tier: Option<u8>,
}

impl Filter {
    /// Reads the query parameters `q`, `team` and `tier`; empty texts count as absent.
    pub fn parse(text: Option<&str>, team: Option<&str>, tier: Option<&str>) -> Result<Self, Fault> {
        let given = |text: Option<&str>| text.map(str::trim).filter(|t| !t.is_empty()).map(str::to_owned);
        let tier = match given(tier) {
            None => None,
            Some(text) => Some(
                text.parse()
                    .ok()
                    .filter(|t| (1..=4).contains(t))
                    .ok_or_else(|| Fault::invalid("tier", &text, Wording::new("expect-between").with("min", 1).with("max", 4)))?,
            ),
        };
        Ok(Self { text: given(text), team: given(team), tier })
    }

    /// Whether it lets everything through.
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }
}
