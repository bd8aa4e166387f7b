//! Who acts, and how far they reach.

use std::collections::BTreeMap;

use crate::{Fault, Permission, PermissionSet, id::*};

/// Who acts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Who {
    /// Nobody is logged in.
    Nobody,
    /// A person, through a session.
    User(UserId),
    /// An API token, in the name of its owner.
    Token(TokenId, UserId),
    /// A part of the process itself, e.g. `alerts`.
    Engine(&'static str),
}

/// What an actor holds: permissions in all teams, and more in some.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Grants {
    /// Holds in every team, those to come included.
    pub everywhere: PermissionSet,
    /// Holds in single teams, beside `everywhere`.
    pub teams: BTreeMap<TeamId, PermissionSet>,
}

/// The one who asks. The first line of every service method questions it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Actor {
    /// Who.
    pub who: Who,
    /// Name for people to read; goes into audit rows and timelines.
    pub name: String,
    /// What they hold.
    pub grants: Grants,
}

/// The teams in which an actor holds a permission: what a query may return.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Reach {
    /// Every team.
    All,
    /// These teams only; may be none.
    Teams(Vec<TeamId>),
}

impl Reach {
    /// What lies within either.
    #[must_use]
    pub fn or(self, other: Self) -> Self {
        match (self, other) {
            (Self::Teams(mut teams), Self::Teams(more)) => {
                teams.extend(more);
                teams.sort();
                teams.dedup();
                Self::Teams(teams)
            }
            _ => Self::All,
        }
    }

    /// Whether the team lies within.
    pub fn includes(&self, team: &TeamId) -> bool {
        match self {
            Self::All => true,
            Self::Teams(teams) => teams.contains(team),
        }
    }
}

impl Actor {
    /// Nobody: holds nothing.
    pub fn nobody() -> Self {
        Self { who: Who::Nobody, name: String::new(), grants: Grants::default() }
    }

    /// A part of the process: holds everything, is named in the audit.
    pub fn engine(name: &'static str) -> Self {
        Self { who: Who::Engine(name), name: name.to_owned(), grants: Grants { everywhere: PermissionSet::all(), teams: BTreeMap::new() } }
    }

    /// The person behind the actor, if there is one.
    pub fn user(&self) -> Option<&UserId> {
        match &self.who {
            Who::User(user) | Who::Token(_, user) => Some(user),
            Who::Nobody | Who::Engine(_) => None,
        }
    }

    /// Demands that there is a person behind the actor: for what is somebody's own.
    pub fn person(&self) -> Result<&UserId, Fault> {
        self.authenticated()?;
        self.user().ok_or_else(|| Fault::conflict("conflict-needs-session"))
    }

    /// Whether the actor holds the permission in the team.
    pub fn may(&self, permission: Permission, team: &TeamId) -> bool {
        self.grants.everywhere.has(permission) || self.grants.teams.get(team).is_some_and(|set| set.has(permission))
    }

    /// Whether the actor holds the permission in some team at least: whether to show a button at all.
    pub fn may_somewhere(&self, permission: Permission) -> bool {
        self.grants.everywhere.has(permission) || self.grants.teams.values().any(|set| set.has(permission))
    }

    /// The teams in which the actor holds the permission.
    pub fn reach(&self, permission: Permission) -> Reach {
        if self.grants.everywhere.has(permission) {
            return Reach::All;
        }
        Reach::Teams(self.grants.teams.iter().filter(|(_, set)| set.has(permission)).map(|(team, _)| team.clone()).collect())
    }

    /// Demands the permission on something of a team. Another team's thing is not there at all:
    /// [`Fault::NotFound`] with the noun where it may not be read, [`Fault::Forbidden`] where it may.
    pub fn require(&self, permission: Permission, team: &TeamId, noun: &'static str) -> Result<(), Fault> {
        self.authenticated()?;
        if !self.may(Permission::Read, team) {
            return Err(Fault::NotFound(noun));
        }
        if self.may(permission, team) { Ok(()) } else { Err(Fault::Forbidden(permission)) }
    }

    /// Demands the permission in some team at least.
    pub fn require_somewhere(&self, permission: Permission) -> Result<(), Fault> {
        self.authenticated()?;
        if self.may_somewhere(permission) { Ok(()) } else { Err(Fault::Forbidden(permission)) }
    }

    /// Demands the permission in every team: for what belongs to none.
    pub fn require_everywhere(&self, permission: Permission) -> Result<(), Fault> {
        self.authenticated()?;
        if self.grants.everywhere.has(permission) { Ok(()) } else { Err(Fault::Forbidden(permission)) }
    }

    /// Demands that somebody is there.
    pub fn authenticated(&self) -> Result<(), Fault> {
        if self.who == Who::Nobody { Err(Fault::Unauthenticated) } else { Ok(()) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn team(n: u8) -> TeamId {
        TeamId::parse(&format!("00000000-0000-7000-8000-0000000000{n:02x}")).unwrap()
    }

    #[test]
    fn another_teams_thing_is_not_there() {
        let mut actor = Actor { who: Who::Engine("t"), name: "t".into(), grants: Grants::default() };
        actor.grants.teams.insert(team(1), [Permission::Read, Permission::EditMonitors].into_iter().collect());
        actor.grants.teams.insert(team(2), [Permission::Read].into_iter().collect());
        assert_eq!(actor.require(Permission::EditMonitors, &team(1), "monitor"), Ok(()));
        assert_eq!(actor.require(Permission::EditMonitors, &team(2), "monitor"), Err(Fault::Forbidden(Permission::EditMonitors)));
        assert_eq!(actor.require(Permission::EditMonitors, &team(3), "monitor"), Err(Fault::NotFound("monitor")));
        assert_eq!(actor.reach(Permission::EditMonitors), Reach::Teams(vec![team(1)]));
        assert_eq!(actor.require_everywhere(Permission::Read), Err(Fault::Forbidden(Permission::Read)));
        assert_eq!(Actor::nobody().require(Permission::Read, &team(1), "monitor"), Err(Fault::Unauthenticated));
    }

    #[test]
    fn what_is_somebodys_own_needs_a_person() {
        let lena = UserId::parse("00000000-0000-7000-8000-000000000001").unwrap();
        let actor = Actor { who: Who::User(lena.clone()), ..Actor::nobody() };
        assert_eq!(actor.person(), Ok(&lena));
        assert_eq!(Actor::engine("t").person(), Err(Fault::conflict("conflict-needs-session")));
        assert_eq!(Actor::nobody().person(), Err(Fault::Unauthenticated));
    }
}
