//! The first start: the seven roles, and the link with which the first person makes themselves administrator.

use domain::{
    Actor, Fault,
    audit::Object,
    form::Typed,
    id::TeamId,
    people::{DEFAULT_ROLES, LoggedIn, MembershipDraft, Role, SETUP_MS, SetupDraft},
};
use serde_json::json;

use super::{Service, store};
use crate::{
    Context, audit,
    seal::{digest, random_hex},
    settings, tools,
};

/// Writes the default roles where they were never written. Idempotent; every start calls it.
pub async fn ensure_defaults(ctx: &Context) -> Result<(), Fault> {
    let now = ctx.now();
    let mut tx = ctx.begin_write().await?;
    if settings::read(&mut tx, "roles.seeded").await?.is_none() {
        for role in &DEFAULT_ROLES {
            let role = Role {
                id: ctx.new_id(),
                key: role.key.into(),
                name: role.name.into(),
                name_zh: role.name_zh.into(),
                home: role.home.into(),
                permissions: role.permissions.iter().copied().collect(),
                members: 0,
            };
            store::roles::seed(&mut tx, &role, now).await?;
        }
        settings::write_first(&mut tx, "roles.seeded", "1", now).await?;
    }
    tx.commit().await
}

/// A fresh secret for `/setup/<secret>`, while there are no users; older ones do not open any more. `None` once there
/// are users.
pub async fn setup_secret(ctx: &Context) -> Result<Option<String>, Fault> {
    let now = ctx.now();
    let mut tx = ctx.begin_write().await?;
    if !store::users::is_empty(&mut tx).await? {
        return Ok(None);
    }
    let secret = random_hex();
    store::setup::replace(&mut tx, &digest(&secret), now, now.plus(SETUP_MS)).await?;
    tx.commit().await?;
    Ok(Some(secret))
}

impl Service {
    pub(super) async fn link_opens(&self, secret: &str) -> Result<bool, Fault> {
        let mut conn = self.ctx.db.read().await?;
        Ok(store::setup::opens(&mut conn, &digest(secret), self.ctx.now()).await? && store::users::is_empty(&mut conn).await?)
    }

    pub(super) async fn set_up(&self, secret: &str, typed: &Typed, peer: &str, agent: &str) -> Result<LoggedIn, Fault> {
        if !self.link_opens(secret).await? {
            return Err(Fault::NotFound("setup-link"));
        }
        let draft = SetupDraft::parse(typed)?;
        self.keys().await?;
        let hash = self.passwords.hash(draft.user.password.clone()).await?;
        let now = self.ctx.now();
        let mut tx = self.ctx.begin_write().await?;
        if !store::setup::take(&mut tx, &digest(secret), now).await? || !store::users::is_empty(&mut tx).await? {
            return Err(Fault::NotFound("setup-link"));
        }
        let team: TeamId = self.ctx.new_id();
        self.insert_team(&mut tx, &team, &draft.team).await?;
        let user = self.insert_user(&mut tx, &draft.user, &hash, draft.locale.tag()).await?;
        let role = store::roles::by_key(&mut tx, "administrator").await?.ok_or(Fault::NotFound("role"))?;
        store::users::add_membership(&mut tx, &user, &MembershipDraft { team: None, role: role.id }).await?;
        tools::choose(&mut tx, draft.tools, now).await?;
        settings::write(&mut tx, "setup.done", "1", now).await?;
        let account = store::users::account(&mut tx, &user).await?.ok_or(Fault::Internal)?;
        let entered = self.begin_session(&mut tx, &account, peer, agent).await?;
        let detail = json!({"administrator": draft.user.login, "team": draft.team.name, "tools": draft.tools});
        let object = Object::new("team", &team, &draft.team.name, Some(&team));
        audit::record(&mut tx, &self.ctx, &Actor::engine("setup"), "setup.finish", object, &detail).await?;
        tx.commit().await?;
        Ok(entered)
    }
}
