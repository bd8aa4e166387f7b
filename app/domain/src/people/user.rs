//! Users and teams.

use serde::{Deserialize, Serialize};

use super::Membership;
use crate::{Timestamp, id::*};

/// A user in brief: for choosers and names.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct UserBrief {
    /// Which.
    pub id: UserId,
    /// What they type to log in.
    pub login: String,
    /// How they are called.
    pub name: String,
}

/// A person who logs in.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct User {
    /// Which.
    pub id: UserId,
    /// What they type to log in; unique.
    pub login: String,
    /// How they are called.
    pub name: String,
    /// Where mail reaches them; may be empty.
    pub email: String,
    /// Whether they may not enter.
    pub disabled: bool,
    /// Until when too many wrong passwords keep them out, if they do.
    pub locked_until: Option<Timestamp>,
    /// Whether they still have to choose a password of their own.
    pub password_due: bool,
    /// When the account was made.
    pub created_at: Timestamp,
    /// What they are, where.
    pub memberships: Vec<Membership>,
}

/// Which users a list holds.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct UserFilter {
    /// Part of the login, name or mail address, in any case.
    pub text: String,
    /// Members of this team only (directly or through every team).
    pub team: Option<TeamId>,
    /// Only those who may not enter (`true`) or may (`false`).
    pub disabled: Option<bool>,
}

/// A team; owns systems, tools and changes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Team {
    /// Which.
    pub id: TeamId,
    /// Short handle; unique.
    pub key: String,
    /// Its name; unique.
    pub name: String,
    /// How many users are members of just this team.
    pub members: i64,
    /// When it was made.
    pub created_at: Timestamp,
}
