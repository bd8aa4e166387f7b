//! What pages and the API may ask of `people`.

use super::*;
use crate::{Actor, Fault, Page, PageRequest, Permission, form::Typed, id::*};

/// The port of the area `people`; `backend` implements it.
///
/// Entering (`authenticate`, `login`, `setup`) asks for no authority. What concerns oneself needs a session, not a
/// token ([`Fault::Conflict`] otherwise). Everything about others needs [`Permission::ManagePeople`] in every team.
/// Nobody gives, or takes over, more than they hold; one administrator who may enter always remains.
#[async_trait::async_trait]
pub trait People: Send + Sync {
    /// Who shows this credential; [`Fault::Unauthenticated`] where it is not valid (any more).
    async fn authenticate(&self, credential: Credential<'_>) -> Result<Identity, Fault>;
    /// Begins a session. [`Fault::Unauthenticated`] whatever is wrong; [`Fault::TooMany`] after too many tries.
    async fn login(&self, login: &str, password: &str, peer: &str, agent: &str) -> Result<LoggedIn, Fault>;
    /// Ends the session.
    async fn logout(&self, actor: &Actor, session: &SessionId) -> Result<(), Fault>;
    /// Whether nobody has set the portal up yet. Open to anybody.
    async fn needs_setup(&self) -> Result<bool, Fault>;
    /// Whether the set-up link still opens.
    async fn setup_opens(&self, secret: &str) -> Result<bool, Fault>;
    /// Makes the first team and administrator, and logs them in; the link opens once ([`SetupDraft`]).
    async fn setup(&self, secret: &str, typed: &Typed, peer: &str, agent: &str) -> Result<LoggedIn, Fault>;

    /// The actor themselves.
    async fn me(&self, actor: &Actor) -> Result<(User, Preferences), Fault>;
    /// Edits the actor themselves ([`ProfileDraft`]).
    async fn edit_me(&self, actor: &Actor, typed: &Typed) -> Result<(), Fault>;
    /// Keeps a language or a theme that was chosen in the shell.
    async fn prefer(&self, actor: &Actor, locale: Option<Locale>, theme: Option<Theme>) -> Result<(), Fault>;
    /// Changes the actor's password ([`PasswordChange`]); every other session of theirs ends.
    async fn change_password(&self, actor: &Actor, session: &SessionId, typed: &Typed) -> Result<(), Fault>;
    /// Ends the addresses that the actor has of calendars of teams and schedules, once a minute: they have others from then on.
    async fn renew_addresses(&self, actor: &Actor) -> Result<(), Fault>;
    /// The actor's open sessions, newest first.
    async fn sessions(&self, actor: &Actor) -> Result<Vec<Session>, Fault>;
    /// Ends one of the actor's sessions.
    async fn revoke_session(&self, actor: &Actor, id: &SessionId) -> Result<(), Fault>;

    /// Users who may enter, by name: for choosers. Needs [`Permission::Read`] somewhere.
    async fn colleagues(&self, actor: &Actor) -> Result<Vec<UserBrief>, Fault>;
    /// Users by login.
    async fn users(&self, actor: &Actor, filter: &UserFilter, page: &PageRequest) -> Result<Page<User>, Fault>;
    /// One user.
    async fn user(&self, actor: &Actor, id: &UserId) -> Result<User, Fault>;
    /// Makes a user ([`UserDraft`]), with a first membership where `role` is given ([`MembershipDraft`]).
    async fn add_user(&self, actor: &Actor, typed: &Typed) -> Result<UserId, Fault>;
    /// Edits name and mail address.
    async fn edit_user(&self, actor: &Actor, id: &UserId, typed: &Typed) -> Result<(), Fault>;
    /// Sets a password for someone ([`PasswordChange`] without `current`); their sessions end.
    async fn set_password(&self, actor: &Actor, id: &UserId, typed: &Typed) -> Result<(), Fault>;
    /// Keeps a user out from the next request on, or lets them in again.
    async fn set_disabled(&self, actor: &Actor, id: &UserId, disabled: bool) -> Result<(), Fault>;
    /// Forgets wrong passwords.
    async fn unlock(&self, actor: &Actor, id: &UserId) -> Result<(), Fault>;
    /// Gives a role ([`MembershipDraft`]); giving it again changes nothing.
    async fn add_membership(&self, actor: &Actor, user: &UserId, typed: &Typed) -> Result<(), Fault>;
    /// Takes a role ([`MembershipDraft`]).
    async fn remove_membership(&self, actor: &Actor, user: &UserId, typed: &Typed) -> Result<(), Fault>;

    /// Teams that the actor may read, by name.
    async fn teams(&self, actor: &Actor) -> Result<Vec<Team>, Fault>;
    /// Makes a team ([`TeamDraft`]).
    async fn add_team(&self, actor: &Actor, typed: &Typed) -> Result<TeamId, Fault>;
    /// Edits a team.
    async fn edit_team(&self, actor: &Actor, id: &TeamId, typed: &Typed) -> Result<(), Fault>;
    /// Removes a team that owns nothing and has no members.
    async fn remove_team(&self, actor: &Actor, id: &TeamId) -> Result<(), Fault>;
    /// Every role, by name.
    async fn roles(&self, actor: &Actor) -> Result<Vec<Role>, Fault>;
    /// Makes a role ([`RoleDraft`]).
    async fn add_role(&self, actor: &Actor, typed: &Typed) -> Result<RoleId, Fault>;
    /// Edits a role; holders feel it with their next request.
    async fn edit_role(&self, actor: &Actor, id: &RoleId, typed: &Typed) -> Result<(), Fault>;
    /// Removes a role that nobody has.
    async fn remove_role(&self, actor: &Actor, id: &RoleId) -> Result<(), Fault>;

    /// The actor's tokens, or everybody's, newest first.
    async fn tokens(&self, actor: &Actor, everybody: bool) -> Result<Vec<Token>, Fault>;
    /// Makes a token for the actor ([`TokenDraft`]); needs [`Permission::ManageTokens`] somewhere.
    async fn create_token(&self, actor: &Actor, typed: &Typed) -> Result<NewToken, Fault>;
    /// Revokes a token: one's own, or anybody's with [`Permission::ManagePeople`].
    async fn revoke_token(&self, actor: &Actor, id: &TokenId) -> Result<(), Fault>;
    /// Names of those who can give someone a permission, at most five: for the page that refuses.
    async fn granters(&self, actor: &Actor, permission: Permission) -> Result<Vec<String>, Fault>;
}
