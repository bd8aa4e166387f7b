//! How people and programs enter: sessions and tokens.

use serde::{Deserialize, Serialize};

use super::{Preferences, UserBrief};
use crate::{PermissionSet, Timestamp, id::*};

/// A session has begun.
#[derive(Clone)]
pub struct LoggedIn {
    /// The value of the session cookie.
    pub cookie: String,
    /// When it ends by itself.
    pub expires: Timestamp,
    /// Path of the person's first screen.
    pub home: String,
    /// How they want the portal to be.
    pub prefs: Preferences,
}

/// One login of one person.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Session {
    /// Which.
    pub id: SessionId,
    /// When it began.
    pub created_at: Timestamp,
    /// When it was last used, to within five minutes.
    pub seen_at: Timestamp,
    /// When it ends by itself.
    pub expires_at: Timestamp,
    /// Address it began from.
    pub address: String,
    /// What the browser calls itself, cut to 200 characters.
    pub agent: String,
}

/// An API token, without its secret.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Token {
    /// Which.
    pub id: TokenId,
    /// Whose.
    pub owner: UserBrief,
    /// What it is for.
    pub name: String,
    /// What it may do at most; its owner's permissions bound it besides.
    pub permissions: PermissionSet,
    /// When it was made.
    pub created_at: Timestamp,
    /// When it ends by itself.
    pub expires_at: Timestamp,
    /// When it was last used, to within five minutes.
    pub used_at: Option<Timestamp>,
    /// When it was revoked.
    pub revoked_at: Option<Timestamp>,
}

/// A token just made: the only time that its secret is told.
#[derive(Clone, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct NewToken {
    /// Which.
    pub id: TokenId,
    /// What to send as `Authorization: Bearer …`. Not stored; it cannot be told again.
    pub secret: String,
    /// When it ends by itself.
    pub expires_at: Timestamp,
}
