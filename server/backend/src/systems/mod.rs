//! The service of the area `systems`, and what sibling areas may ask of it on their own connection.

mod catalogue;
mod service;
mod store;
mod yaml;

use std::collections::BTreeSet;

use domain::{
    Actor, Fault, Permission, Reach, Wording,
    id::SystemId,
    systems::{Brief, TeamChoice},
};
use sqlx::AnyConnection;

use crate::db::Sql;
pub use service::Service;

/// One system in brief, whoever asks; `NotFound("system")` where there is none.
pub async fn brief(conn: &mut AnyConnection, id: &SystemId) -> Result<Brief, Fault> {
    store::briefs(conn, &Reach::All, std::slice::from_ref(id)).await?.pop().ok_or(Fault::NotFound("system"))
}

/// The system that a form names, if the actor may do this there; a problem of the field `system` where it is not there for them.
pub async fn chosen(conn: &mut AnyConnection, actor: &Actor, permission: Permission, id: &SystemId) -> Result<Brief, Fault> {
    let may = async |conn: &mut AnyConnection| {
        let system = brief(conn, id).await?;
        actor.require(permission, &system.team, "system")?;
        Ok(system)
    };
    match may(conn).await {
        Err(Fault::NotFound(_)) => Err(Fault::invalid("system", id, Wording::new("expect-id"))),
        other => other,
    }
}

/// Those of the systems that lie within reach, in brief, by name.
pub async fn briefs(conn: &mut AnyConnection, reach: &Reach, ids: &[SystemId]) -> Result<Vec<Brief>, Fault> {
    store::briefs(conn, reach, ids).await
}

/// What to do when a system is down, in Markdown, whoever asks; `None` where there is no such system.
pub async fn runbook(conn: &mut AnyConnection, id: &SystemId) -> Result<Option<String>, Fault> {
    store::runbook(conn, id).await
}

/// Every system within reach, in brief, by name.
pub async fn all(conn: &mut AnyConnection, reach: &Reach) -> Result<Vec<Brief>, Fault> {
    store::all(conn, reach).await
}

/// Systems of tier 1, whoever asks.
pub(crate) async fn vital(conn: &mut AnyConnection) -> Result<BTreeSet<SystemId>, Fault> {
    store::vital(conn).await
}

/// Every dependency, read once to ask about any number of systems.
pub struct Links(Vec<store::EdgeRow>);

impl Links {
    /// Reads them.
    pub async fn read(conn: &mut AnyConnection) -> Result<Self, Fault> {
        Ok(Self(store::edges(conn).await?))
    }

    /// Those that are known; read where they are not yet.
    pub async fn known<'l>(known: &'l mut Option<Self>, conn: &mut AnyConnection) -> Result<&'l Self, Fault> {
        let links = match known.take() {
            Some(links) => links,
            None => Self::read(conn).await?,
        };
        Ok(known.insert(links))
    }

    /// The systems that these need, directly and indirectly, each with its distance (1 = direct); without themselves.
    pub fn needs(&self, ids: &[SystemId]) -> Result<Vec<(SystemId, u32)>, Fault> {
        store::spread(&self.0, ids, store::Direction::Needs)
    }

    /// The systems that need these, directly and indirectly, each with its distance: the blast radius.
    pub fn needed_by(&self, ids: &[SystemId]) -> Result<Vec<(SystemId, u32)>, Fault> {
        store::spread(&self.0, ids, store::Direction::NeededBy)
    }
}

/// The systems that these need; see [`Links::needs`].
pub async fn needs(conn: &mut AnyConnection, ids: &[SystemId]) -> Result<Vec<(SystemId, u32)>, Fault> {
    Links::read(conn).await?.needs(ids)
}

/// Every team, by name: to find one by the key or id that a form names.
pub async fn teams(conn: &mut AnyConnection) -> Result<Vec<TeamChoice>, Fault> {
    store::teams(conn).await
}

/// Appends ` AND <column> IN (the systems within reach)`, or nothing where the reach is everything: the team scope of tables
/// that know their system only.
pub fn within(query: Sql, column: &'static str, reach: &Reach) -> Sql {
    store::within(query, column, reach)
}
