//! Freezes: spans in which changes may not run.

use serde::{Deserialize, Serialize};

use super::{SystemRef, Window};
use crate::{
    Fault, Wording,
    form::{Check, Typed},
    id::{FreezeId, SystemId, TeamId},
    systems::Brief,
    text::Name,
};

/// What a freeze covers.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "lowercase", tag = "kind", content = "of")]
pub enum Scope {
    /// Every change.
    All,
    /// Changes of the team, and on its systems.
    Team(TeamId),
    /// Changes on these systems.
    Systems(Vec<SystemId>),
}

impl Scope {
    /// Stable text name.
    pub fn name(&self) -> &'static str {
        match self {
            Self::All => "all",
            Self::Team(_) => "team",
            Self::Systems(_) => "systems",
        }
    }
}

/// What a freeze says.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct FreezeContent {
    /// What it covers.
    pub scope: Scope,
    /// When.
    pub window: Window,
    /// Why, one line: people read it when they are refused.
    pub reason: String,
}

/// A freeze.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Freeze {
    /// Its id.
    pub id: FreezeId,
    /// What it says.
    #[serde(flatten)]
    pub content: FreezeContent,
    /// Who set it last.
    pub author: String,
    /// Counts edits from 1.
    pub version: i64,
    /// Names of the systems in the scope, if it names systems.
    pub systems: Vec<SystemRef>,
    /// Name of the team in the scope, if it names one.
    pub team_name: String,
}

impl Freeze {
    /// Whether it covers a change on these systems; `teams` says whether a team does the work or owns one of them.
    pub fn covers(&self, systems: &[SystemId], teams: impl Fn(&TeamId) -> bool) -> bool {
        match &self.content.scope {
            Scope::All => true,
            Scope::Team(team) => teams(team),
            Scope::Systems(frozen) => frozen.iter().any(|s| systems.contains(s)),
        }
    }
}

impl FreezeContent {
    /// Reads `scope` (`all`, `team`, `systems`), `team`, `systems`, `start`, `end`, `zone`, `reason`.
    pub fn parse(typed: &Typed, known: &[Brief]) -> Result<Self, Fault> {
        let mut check = Check::new(typed);
        check.only(&["scope", "team", "systems", "start", "end", "zone", "reason", "version"]);
        let scope = check.choice("scope", &[("all", 0), ("team", 1), ("systems", 2)]);
        let scope = match scope {
            Some(1) => {
                check.field("team", |text| TeamId::parse(text.trim()).map(Scope::Team).ok_or_else(|| Wording::new("changes-expect-team")))
            }
            Some(2) => {
                let systems = check.each("systems", |text| {
                    let text = text.trim();
                    known
                        .iter()
                        .find(|s| s.id.as_str() == text || s.key == text)
                        .map(|s| s.id.clone())
                        .ok_or_else(|| Wording::new("changes-expect-system"))
                });
                match systems {
                    Some(list) if list.is_empty() => {
                        check.problem("systems", Wording::new("changes-expect-a-system"));
                        None
                    }
                    other => other.map(|mut list| {
                        list.sort();
                        list.dedup();
                        Scope::Systems(list)
                    }),
                }
            }
            other => other.map(|_| Scope::All),
        };
        let window = Window::parse(&mut check);
        let reason = check.field("reason", Name::parse);
        let (scope, window, reason) = check.finish((scope, window, reason))?;
        Ok(Self { scope, window, reason: reason.into_string() })
    }

    /// The same as form fields.
    pub fn to_typed(&self) -> Typed {
        let mut typed = Typed::default();
        typed.set("scope", self.scope.name());
        typed.set("start", &self.window.start);
        typed.set("end", &self.window.end);
        typed.set("zone", &self.window.zone);
        typed.set("reason", &self.reason);
        match &self.scope {
            Scope::All => {}
            Scope::Team(team) => typed.set("team", team),
            Scope::Systems(systems) => systems.iter().for_each(|s| typed.add("systems", s)),
        }
        typed
    }
}
