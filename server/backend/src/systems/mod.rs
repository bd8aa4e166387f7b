//! The service of the area `systems`, and what sibling areas may ask of it on their own connection.

mod catalogue;
mod service;
mod store;
mod yaml;

use domain::{
    Fault, Reach,
    id::SystemId,
    systems::{Brief, TeamChoice},
};
use sqlx::AnyConnection;

pub use service::Service;

/// One system in brief, whoever asks; `NotFound("system")` where there is none.
pub async fn brief(conn: &mut AnyConnection, id: &SystemId) -> Result<Brief, Fault> {
    store::briefs(conn, &Reach::All, std::slice::from_ref(id)).await?.pop().ok_or(Fault::NotFound("system"))
}

/// Those of the systems that lie within reach, in brief, by name.
pub async fn briefs(conn: &mut AnyConnection, reach: &Reach, ids: &[SystemId]) -> Result<Vec<Brief>, Fault> {
    store::briefs(conn, reach, ids).await
}

/// Every system within reach, in brief, by name.
pub async fn all(conn: &mut AnyConnection, reach: &Reach) -> Result<Vec<Brief>, Fault> {
    store::all(conn, reach).await
}

/// The systems that these need, directly and indirectly, each with its distance (1 = direct); without themselves.
pub async fn needs(conn: &mut AnyConnection, ids: &[SystemId]) -> Result<Vec<(SystemId, u32)>, Fault> {
    store::spread(conn, ids, store::Direction::Needs).await
}

/// The systems that need these, directly and indirectly, each with its distance: the blast radius.
pub async fn needed_by(conn: &mut AnyConnection, ids: &[SystemId]) -> Result<Vec<(SystemId, u32)>, Fault> {
    store::spread(conn, ids, store::Direction::NeededBy).await
}

/// Every team, by name: to find one by the key or id that a form names.
pub async fn teams(conn: &mut AnyConnection) -> Result<Vec<TeamChoice>, Fault> {
    store::teams(conn).await
}
