//! What sibling areas may ask, on their own connection or transaction.

use domain::{
    Fault, Permission, Reach, Timestamp,
    id::{TeamId, UserId},
    people::{Team, UserBrief},
};
use sqlx::AnyConnection;

use super::store;

/// How a user is called; `NotFound("user")` where there is none.
pub async fn user_name(conn: &mut AnyConnection, id: &UserId) -> Result<String, Fault> {
    Ok(store::users::account(conn, id).await?.ok_or(Fault::NotFound("user"))?.name)
}

/// How a team is called; `NotFound("team")` where there is none.
pub async fn team_name(conn: &mut AnyConnection, id: &TeamId) -> Result<String, Fault> {
    store::teams::name(conn, id).await?.ok_or(Fault::NotFound("team"))
}

/// The teams within reach, by name.
pub async fn teams(conn: &mut AnyConnection, reach: &Reach) -> Result<Vec<Team>, Fault> {
    store::teams::list(conn, reach).await
}

/// Users who may enter and hold the permission in the team, by name: who can approve, who can be asked.
pub async fn holders(conn: &mut AnyConnection, permission: Permission, team: &TeamId) -> Result<Vec<UserBrief>, Fault> {
    store::users::holders(conn, permission, Some(team)).await
}

/// The secret part of a team's calendar URL.
pub async fn calendar_secret(conn: &mut AnyConnection, id: &TeamId) -> Result<String, Fault> {
    store::teams::calendar_secret(conn, id).await?.ok_or(Fault::NotFound("team"))
}

/// The team whose calendar has this secret.
pub async fn team_of_calendar(conn: &mut AnyConnection, secret: &str) -> Result<TeamId, Fault> {
    store::teams::by_calendar_secret(conn, secret).await?.ok_or(Fault::NotFound("calendar"))
}

/// Forgets API tokens that ended before, at most `limit`; gives how many.
pub async fn forget_tokens(conn: &mut AnyConnection, before: Timestamp, limit: u32) -> Result<u64, Fault> {
    store::tokens::forget(conn, before, limit).await
}
