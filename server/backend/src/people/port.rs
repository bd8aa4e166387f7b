//! The port, each method by name: the work stands in the file of its noun.

use async_trait::async_trait;
use domain::{Actor, Fault, Page, PageRequest, Permission, form::Typed, id::*, people::*};

use super::{Service, store};

#[async_trait]
impl People for Service {
    async fn authenticate(&self, credential: Credential<'_>) -> Result<Identity, Fault> {
        self.recognise(credential).await
    }
    async fn login(&self, login: &str, password: &str, peer: &str, agent: &str) -> Result<LoggedIn, Fault> {
        self.keys().await?;
        self.enter(login, password, peer, agent).await
    }
    async fn logout(&self, actor: &Actor, session: &SessionId) -> Result<(), Fault> {
        self.end_session(actor, session, "session.end").await.map(|_| ())
    }
    async fn needs_setup(&self) -> Result<bool, Fault> {
        store::users::is_empty(&mut *self.ctx.db.read().await?).await
    }
    async fn setup_opens(&self, secret: &str) -> Result<bool, Fault> {
        self.link_opens(secret).await
    }
    async fn setup(&self, secret: &str, typed: &Typed, peer: &str, agent: &str) -> Result<LoggedIn, Fault> {
        self.set_up(secret, typed, peer, agent).await
    }

    async fn me(&self, actor: &Actor) -> Result<(User, Preferences), Fault> {
        self.oneself(actor).await
    }
    async fn edit_me(&self, actor: &Actor, typed: &Typed) -> Result<(), Fault> {
        self.edit_oneself(actor, typed).await
    }
    async fn prefer(&self, actor: &Actor, locale: Option<Locale>, theme: Option<Theme>) -> Result<(), Fault> {
        self.keep_preference(actor, locale, theme).await
    }
    async fn change_password(&self, actor: &Actor, session: &SessionId, typed: &Typed) -> Result<(), Fault> {
        self.change_own_password(actor, session, typed).await
    }
    async fn renew_addresses(&self, actor: &Actor) -> Result<(), Fault> {
        self.renew_own_addresses(actor).await
    }
    async fn sessions(&self, actor: &Actor) -> Result<Vec<Session>, Fault> {
        self.own_sessions(actor).await
    }
    async fn revoke_session(&self, actor: &Actor, id: &SessionId) -> Result<(), Fault> {
        if self.end_session(actor, id, "session.revoke").await? { Ok(()) } else { Err(Fault::NotFound("session")) }
    }

    async fn colleagues(&self, actor: &Actor) -> Result<Vec<UserBrief>, Fault> {
        self.who_can_enter(actor).await
    }
    async fn users(&self, actor: &Actor, filter: &UserFilter, page: &PageRequest) -> Result<Page<User>, Fault> {
        self.list_users(actor, filter, page).await
    }
    async fn user(&self, actor: &Actor, id: &UserId) -> Result<User, Fault> {
        self.one_user(actor, id).await
    }
    async fn add_user(&self, actor: &Actor, typed: &Typed) -> Result<UserId, Fault> {
        self.make_user(actor, typed).await
    }
    async fn edit_user(&self, actor: &Actor, id: &UserId, typed: &Typed) -> Result<(), Fault> {
        self.rename_user(actor, id, typed).await
    }
    async fn set_password(&self, actor: &Actor, id: &UserId, typed: &Typed) -> Result<(), Fault> {
        self.give_password(actor, id, typed).await
    }
    async fn set_disabled(&self, actor: &Actor, id: &UserId, disabled: bool) -> Result<(), Fault> {
        self.close_or_open(actor, id, disabled).await
    }
    async fn unlock(&self, actor: &Actor, id: &UserId) -> Result<(), Fault> {
        self.forget_failures(actor, id).await
    }
    async fn add_membership(&self, actor: &Actor, user: &UserId, typed: &Typed) -> Result<(), Fault> {
        self.give_role(actor, user, typed).await
    }
    async fn remove_membership(&self, actor: &Actor, user: &UserId, typed: &Typed) -> Result<(), Fault> {
        self.take_role(actor, user, typed).await
    }

    async fn teams(&self, actor: &Actor) -> Result<Vec<Team>, Fault> {
        self.list_teams(actor).await
    }
    async fn add_team(&self, actor: &Actor, typed: &Typed) -> Result<TeamId, Fault> {
        self.make_team(actor, typed).await
    }
    async fn edit_team(&self, actor: &Actor, id: &TeamId, typed: &Typed) -> Result<(), Fault> {
        self.rename_team(actor, id, typed).await
    }
    async fn remove_team(&self, actor: &Actor, id: &TeamId) -> Result<(), Fault> {
        self.drop_team(actor, id).await
    }
    async fn roles(&self, actor: &Actor) -> Result<Vec<Role>, Fault> {
        self.list_roles(actor).await
    }
    async fn add_role(&self, actor: &Actor, typed: &Typed) -> Result<RoleId, Fault> {
        self.make_role(actor, typed).await
    }
    async fn edit_role(&self, actor: &Actor, id: &RoleId, typed: &Typed) -> Result<(), Fault> {
        self.shape_role(actor, id, typed).await
    }
    async fn remove_role(&self, actor: &Actor, id: &RoleId) -> Result<(), Fault> {
        self.drop_role(actor, id).await
    }

    async fn tokens(&self, actor: &Actor, everybody: bool) -> Result<Vec<Token>, Fault> {
        self.list_tokens(actor, everybody).await
    }
    async fn create_token(&self, actor: &Actor, typed: &Typed) -> Result<NewToken, Fault> {
        self.make_token(actor, typed).await
    }
    async fn revoke_token(&self, actor: &Actor, id: &TokenId) -> Result<(), Fault> {
        self.kill_token(actor, id).await
    }
    async fn granters(&self, actor: &Actor, _permission: Permission) -> Result<Vec<String>, Fault> {
        actor.authenticated()?;
        let mut conn = self.ctx.db.read().await?;
        let administrators = store::users::holders(&mut conn, Permission::ManagePeople, None).await?;
        Ok(administrators.into_iter().take(5).map(|user| user.name).collect())
    }
}
