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

/// Whether there is a user who was made before this moment.
pub async fn any_before(conn: &mut AnyConnection, moment: Timestamp) -> Result<bool, Fault> {
    store::users::any_before(conn, moment).await
}

/// The teams within reach, by name.
pub async fn teams(conn: &mut AnyConnection, reach: &Reach) -> Result<Vec<Team>, Fault> {
    store::teams::list(conn, reach).await
}

/// Users who may enter and hold the permission in the team, by name: who can approve, who can be asked.
pub async fn holders(conn: &mut AnyConnection, permission: Permission, team: &TeamId) -> Result<Vec<UserBrief>, Fault> {
    store::users::holders(conn, permission, Some(team)).await
}

/// Forgets API tokens that ended before, at most `limit`; gives how many.
pub async fn forget_tokens(conn: &mut AnyConnection, before: Timestamp, limit: u32) -> Result<u64, Fault> {
    store::tokens::forget(conn, before, limit).await
}
