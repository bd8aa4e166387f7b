//! What sibling areas may ask, on their own connection or transaction.

use domain::{
    Actor, Fault, Permission, Reach, Timestamp, Who, Wording,
    id::{TeamId, TokenId, UserId},
    people::{Membership, Team, UserBrief, grants_of},
};
use sqlx::AnyConnection;

use super::store;

/// How a user is called; `NotFound("user")` where there is none.
pub async fn user_name(conn: &mut AnyConnection, id: &UserId) -> Result<String, Fault> {
    Ok(store::users::account(conn, id).await?.ok_or(Fault::NotFound("user"))?.name)
}

/// The person as an actor, with what they may do now; `None` where there is no such user, or one who may not enter.
pub async fn actor_of(conn: &mut AnyConnection, id: &UserId) -> Result<Option<Actor>, Fault> {
    let Some(account) = store::users::account(conn, id).await?.filter(|account| account.disabled == 0) else { return Ok(None) };
    let memberships = store::users::memberships_of(conn, id).await?;
    Ok(Some(Actor { who: Who::User(id.clone()), name: account.name, grants: grants_of(&memberships) }))
}

/// Whether a token stands: not revoked, not over, its owner not disabled.
pub(crate) async fn token_stands(conn: &mut AnyConnection, token: &TokenId, now: Timestamp) -> Result<bool, Fault> {
    Ok(store::tokens::open(conn, token, now).await?.is_some())
}

/// A person as other areas tell of them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Named {
    /// Their id.
    pub id: UserId,
    /// Their name.
    pub name: String,
    /// Whether their account is disabled.
    pub disabled: bool,
    /// IANA name of the zone they have chosen; empty where they have not.
    pub zone: String,
}

/// These people, by name; those that are not there are left out.
pub async fn named(conn: &mut AnyConnection, ids: &[UserId]) -> Result<Vec<Named>, Fault> {
    store::users::named(conn, ids).await
}

/// Where mail reaches a person, and how they read it.
pub struct Address {
    /// The mail address; may be empty.
    pub email: String,
    /// The language that they have chosen, else English.
    pub locale: domain::people::Locale,
    /// IANA name of the zone that they have chosen; empty where they have not.
    pub zone: String,
}

/// Where mail reaches a person; `None` where there is no such person.
pub async fn address(conn: &mut AnyConnection, user: &UserId) -> Result<Option<Address>, Fault> {
    store::users::address(conn, user).await
}

/// How a team is called; `None` where there is none.
pub async fn team_name(conn: &mut AnyConnection, id: &TeamId) -> Result<Option<String>, Fault> {
    store::teams::name(conn, id).await
}

/// Whether there is a user who was made before this moment.
pub async fn any_before(conn: &mut AnyConnection, moment: Timestamp) -> Result<bool, Fault> {
    store::users::any_before(conn, moment).await
}

/// The teams within reach, by name.
pub async fn teams(conn: &mut AnyConnection, reach: &Reach) -> Result<Vec<Team>, Fault> {
    store::teams::list(conn, reach).await
}

/// That a team which was typed exists and may be read; otherwise the field `team` is wrong.
pub(crate) async fn expect_team(conn: &mut AnyConnection, actor: &Actor, team: &TeamId) -> Result<(), Fault> {
    let exists = !teams(conn, &Reach::Teams(vec![team.clone()])).await?.is_empty();
    if exists && actor.may(Permission::Read, team) {
        Ok(())
    } else {
        Err(Fault::invalid("team", team, Wording::new("changes-expect-team")))
    }
}

/// Key of a team; `NotFound("team")` where there is none.
pub async fn team_key(conn: &mut AnyConnection, id: &TeamId) -> Result<String, Fault> {
    store::teams::key(conn, id).await?.ok_or(Fault::NotFound("team"))
}

/// Users who may enter and hold the permission in the team, by name: who can approve, who can be asked.
pub async fn holders(conn: &mut AnyConnection, permission: Permission, team: &TeamId) -> Result<Vec<UserBrief>, Fault> {
    store::users::holders(conn, permission, Some(team)).await
}

/// People who may enter that are called so, by their log-in in lower case or by their name.
pub(crate) async fn called(conn: &mut AnyConnection, names: &[String]) -> Result<Vec<UserBrief>, Fault> {
    if names.is_empty() { Ok(Vec::new()) } else { store::users::called(conn, names).await }
}

/// Whoever may do this in the whole house, by name.
pub(crate) async fn holders_everywhere(conn: &mut AnyConnection, permission: Permission) -> Result<Vec<UserBrief>, Fault> {
    store::users::holders(conn, permission, None).await
}

/// The same for whoever has one of these roles there, by key; any role where there are none.
pub(crate) async fn holders_with(
    conn: &mut AnyConnection,
    permission: Permission,
    team: &TeamId,
    roles: &[String],
) -> Result<Vec<UserBrief>, Fault> {
    store::users::holders_with(conn, permission, Some(team), roles).await
}

/// The roles that a person has, where.
pub(crate) async fn memberships(conn: &mut AnyConnection, user: &UserId) -> Result<Vec<Membership>, Fault> {
    store::users::memberships_of(conn, user).await
}

/// Every role: key, name in English, name in Chinese.
pub(crate) async fn role_names(conn: &mut AnyConnection) -> Result<Vec<(String, String, String)>, Fault> {
    store::roles::names(conn).await
}

/// Forgets API tokens that ended before, at most `limit`; gives how many.
pub async fn forget_tokens(conn: &mut AnyConnection, before: Timestamp, limit: u32) -> Result<u64, Fault> {
    store::tokens::forget(conn, before, limit).await
}
