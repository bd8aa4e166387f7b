//! The whole catalogue in hand, to change it: a catalogue has hundreds of systems, so rules over all of it (cycles,
//! unknown keys) are asked of values, not of SQL.

use std::collections::BTreeMap;

use domain::{
    Actor, Fault, Permission, Problem, Wording,
    id::SystemId,
    systems::{Edges, Entry, TeamChoice},
};
use sqlx::AnyConnection;

use super::store::{self, Stored};

/// Every system and every team, read on the transaction that will change them.
pub(super) struct Catalogue {
    pub(super) systems: Vec<Stored>,
    pub(super) teams: Vec<TeamChoice>,
}

impl Catalogue {
    pub(super) async fn read(conn: &mut AnyConnection) -> Result<Self, Fault> {
        Ok(Self { systems: store::stored_systems(conn).await?, teams: store::teams(conn).await? })
    }

    pub(super) fn by_key(&self, key: &str) -> Option<&Stored> {
        self.systems.iter().find(|s| s.entry.key == key)
    }

    pub(super) fn by_id(&self, id: &SystemId) -> Option<&Stored> {
        self.systems.iter().find(|s| s.id == *id)
    }

    /// Each key with the keys that it needs.
    pub(super) fn edges(&self) -> Edges {
        self.systems.iter().map(|s| (s.entry.key.clone(), s.entry.needs.clone())).collect()
    }

    /// The team that an entry names, by key or id; a problem where it is not within the actor's reach.
    pub(super) fn team(&self, actor: &Actor, named: &str) -> Result<&TeamChoice, Problem> {
        self.teams
            .iter()
            .find(|t| (t.key == named || t.id.as_str() == named) && actor.may(Permission::Read, &t.id))
            .ok_or_else(|| Problem::new("team", named, Wording::new("systems-expect-team")))
    }

    /// Names team and needs of an entry by key, and refuses what the actor cannot see; what stands there already and
    /// lies outside the actor's reach is kept, because nobody removes what they are not shown.
    pub(super) fn resolve(&self, actor: &Actor, entry: &Entry, stands: Option<&Stored>, siblings: &[Entry]) -> (Entry, Vec<Problem>) {
        let mut problems = Vec::new();
        let mut resolved = entry.clone();
        match self.team(actor, &entry.team) {
            Ok(team) => resolved.team.clone_from(&team.key),
            Err(problem) => problems.push(problem),
        }
        resolved.needs.clear();
        for need in &entry.needs {
            let known = self
                .systems
                .iter()
                .find(|s| (s.entry.key == *need || s.id.as_str() == need) && actor.may(Permission::Read, &s.team))
                .map(|s| s.entry.key.clone())
                .or_else(|| siblings.iter().find(|s| s.key == *need).map(|s| s.key.clone()));
            match known {
                Some(key) => resolved.needs.push(key),
                None => problems.push(Problem::new("needs", need, Wording::new("systems-expect-system"))),
            }
        }
        if let Some(stands) = stands {
            let unseen = |key: &&String| self.by_key(key).is_some_and(|s| !actor.may(Permission::Read, &s.team));
            resolved.needs.extend(stands.entry.needs.iter().filter(unseen).cloned());
        }
        resolved.sort();
        (resolved, problems)
    }

    /// The entries that the actor may read, without needs that they may not.
    pub(super) fn visible(&self, actor: &Actor) -> Vec<Entry> {
        let seen: BTreeMap<&str, bool> =
            self.systems.iter().map(|s| (s.entry.key.as_str(), actor.may(Permission::Read, &s.team))).collect();
        let mut entries: Vec<Entry> =
            self.systems.iter().filter(|s| actor.may(Permission::Read, &s.team)).map(|s| s.entry.clone()).collect();
        for entry in &mut entries {
            entry.needs.retain(|need| seen.get(need.as_str()).copied().unwrap_or(false));
        }
        entries
    }
}
