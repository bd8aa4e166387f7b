//! People: who may enter, as whom, and what they may do where.
//!
//! A *user* belongs to teams through *memberships*, each giving a *role* in one team or in all. A role is a named
//! set of permissions with the page its holder sees first. A user enters with a password and holds a *session*;
//! a program enters with a *token*, which never holds more than its owner does at that moment.

mod access;
mod draft;
mod identity;
mod port;
mod role;
mod rules;
mod user;

pub use access::{LoggedIn, NewToken, Session, Token};
pub use draft::{MembershipDraft, PasswordChange, ProfileDraft, RoleDraft, SetupDraft, TeamDraft, TokenDraft, UserDraft};
pub use identity::{Credential, Identity, Locale, Preferences, Theme};
pub use port::People;
pub use role::{DEFAULT_ROLES, DefaultRole, Membership, Role, home_of};
pub use rules::{
    LOCK_AFTER, LOCK_EVERYWHERE_AFTER, LOCK_MS, REFUSE_AFTER, SETUP_MS, check_password, covers, grants_of, held_anywhere, local_path,
    locked_after, parse_email, parse_login, parse_zone, token_grants,
};
pub use user::{Team, User, UserBrief, UserFilter};
