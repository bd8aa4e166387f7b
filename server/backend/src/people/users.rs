//! Users and their memberships, kept by administrators.

use domain::{
    Actor, Fault, Page, PageRequest, Permission,
    actor::Grants,
    audit::Object,
    form::Typed,
    id::UserId,
    live::Topic,
    people::{MembershipDraft, PasswordChange, Role, User, UserBrief, UserDraft, UserFilter, covers, grants_of},
};
use serde_json::{Value, json};

use super::{Service, store};
use crate::{WriteTx, audit, deliveries};

/// What is demanded of whoever keeps people.
const KEEP: Permission = Permission::ManagePeople;

impl Service {
    pub(super) async fn list_users(&self, actor: &Actor, filter: &UserFilter, page: &PageRequest) -> Result<Page<User>, Fault> {
        actor.require_everywhere(KEEP)?;
        let mut conn = self.ctx.db.read().await?;
        let users = store::users::list(&mut conn, filter, page, self.ctx.now()).await?;
        Ok(Page::cut(users, page.limit, |user| (0, user.login.clone())))
    }

    pub(super) async fn one_user(&self, actor: &Actor, id: &UserId) -> Result<User, Fault> {
        actor.require_everywhere(KEEP)?;
        let mut conn = self.ctx.db.read().await?;
        store::users::user(&mut conn, id, self.ctx.now()).await?.ok_or(Fault::NotFound("user"))
    }

    /// The user with this login: the command line names people so.
    pub async fn user_by_login(&self, actor: &Actor, login: &str) -> Result<User, Fault> {
        actor.require_everywhere(KEEP)?;
        let mut conn = self.ctx.db.read().await?;
        let account = store::users::account_by_login(&mut conn, &login.to_lowercase()).await?.ok_or(Fault::NotFound("user"))?;
        store::users::user(&mut conn, &account.id()?, self.ctx.now()).await?.ok_or(Fault::NotFound("user"))
    }

    pub(super) async fn who_can_enter(&self, actor: &Actor) -> Result<Vec<UserBrief>, Fault> {
        actor.require_somewhere(Permission::Read)?;
        let mut conn = self.ctx.db.read().await?;
        store::users::enabled(&mut conn).await
    }

    pub(super) async fn make_user(&self, actor: &Actor, typed: &Typed) -> Result<UserId, Fault> {
        actor.require_everywhere(KEEP)?;
        let draft = UserDraft::parse(typed)?;
        let first = if typed.get("role").is_empty() { None } else { Some(MembershipDraft::parse(typed)?) };
        let hash = self.passwords.hash(draft.password.clone()).await?;
        let mut tx = self.ctx.begin_write().await?;
        let id = self.insert_user(&mut tx, &draft, &hash, "").await?;
        if let Some(first) = &first {
            self.allowed_role(&mut tx, actor, first).await?;
            store::users::add_membership(&mut tx, &id, first).await?;
        }
        tx.announce(Topic::People, &id, None);
        let detail = json!({"name": draft.name, "email": draft.email, "password_due": !draft.keep, "membership": first.as_ref().map(membership_detail)});
        audit::record(&mut tx, &self.ctx, actor, "user.add", Object::new("user", &id, &draft.login, None), &detail).await?;
        tx.commit().await?;
        Ok(id)
    }

    pub(super) async fn insert_user(&self, tx: &mut WriteTx, draft: &UserDraft, hash: &str, locale: &str) -> Result<UserId, Fault> {
        let id: UserId = self.ctx.new_id();
        let (login, name, email) = (draft.login.as_str(), draft.name.as_str(), draft.email.as_str());
        let now = self.ctx.now();
        let password_due = !draft.keep;
        let new = store::users::New { id: &id, login, name, email, password_hash: hash, password_due, locale, now };
        store::users::insert(tx, new).await.map_err(|fault| taken(fault, "login", login))?;
        Ok(id)
    }

    pub(super) async fn rename_user(&self, actor: &Actor, id: &UserId, typed: &Typed) -> Result<(), Fault> {
        actor.require_everywhere(KEEP)?;
        let (name, email) = UserDraft::parse_edit(typed)?;
        let mut tx = self.ctx.begin_write().await?;
        let object = self.subject(&mut tx, actor, id).await?;
        let there = store::users::user(&mut tx, id, self.ctx.now()).await?.ok_or(Fault::NotFound("user"))?;
        if (there.name.as_str(), &there.email) == (name.as_str(), &email) {
            return Ok(());
        }
        store::users::edit(&mut tx, id, name.as_str(), &email).await?;
        deliveries::account::moved(&mut tx, &self.ctx, id, true).await?;
        self.done(tx, actor, "user.edit", object, &json!({"name": name, "email": email})).await
    }

    pub(super) async fn give_password(&self, actor: &Actor, id: &UserId, typed: &Typed) -> Result<(), Fault> {
        actor.require_everywhere(KEEP)?;
        let login = self.one_user(actor, id).await?.login;
        let change = PasswordChange::parse(typed, &login)?;
        // One's own password is one's own choice, wherever it is set.
        let due = !change.keep && actor.user() != Some(id);
        let hash = self.passwords.hash(change.new).await?;
        let mut tx = self.ctx.begin_write().await?;
        let object = self.subject(&mut tx, actor, id).await?;
        store::users::set_password(&mut tx, id, &hash, due).await?;
        store::sessions::forget_failures(&mut tx, &login).await?;
        self.done(tx, actor, "password.set", object, &json!({"password_due": due})).await
    }

    pub(super) async fn close_or_open(&self, actor: &Actor, id: &UserId, disabled: bool) -> Result<(), Fault> {
        actor.require_everywhere(KEEP)?;
        let mut tx = self.ctx.begin_write().await?;
        let object = self.subject(&mut tx, actor, id).await?;
        if !store::users::set_disabled(&mut tx, id, disabled).await? {
            return Ok(());
        }
        self.done(tx, actor, if disabled { "user.disable" } else { "user.enable" }, object, &json!({})).await
    }

    pub(super) async fn forget_failures(&self, actor: &Actor, id: &UserId) -> Result<(), Fault> {
        actor.require_everywhere(KEEP)?;
        let mut tx = self.ctx.begin_write().await?;
        let object = self.subject(&mut tx, actor, id).await?;
        if !store::sessions::forget_failures(&mut tx, &object.name.clone()).await? {
            return Ok(());
        }
        self.done(tx, actor, "user.unlock", object, &json!({})).await
    }

    pub(super) async fn give_role(&self, actor: &Actor, user: &UserId, typed: &Typed) -> Result<(), Fault> {
        actor.require_everywhere(KEEP)?;
        let draft = MembershipDraft::parse(typed)?;
        let mut tx = self.ctx.begin_write().await?;
        let object = self.subject(&mut tx, actor, user).await?;
        let role = self.allowed_role(&mut tx, actor, &draft).await?;
        if !store::users::add_membership(&mut tx, user, &draft).await? {
            return Ok(());
        }
        self.done(tx, actor, "membership.add", object, &json!({"role": role.key, "membership": membership_detail(&draft)})).await
    }

    pub(super) async fn take_role(&self, actor: &Actor, user: &UserId, typed: &Typed) -> Result<(), Fault> {
        actor.require_everywhere(KEEP)?;
        let draft = MembershipDraft::parse(typed)?;
        let mut tx = self.ctx.begin_write().await?;
        let object = self.subject(&mut tx, actor, user).await?;
        if !store::users::remove_membership(&mut tx, user, &draft).await? {
            return Err(Fault::NotFound("membership"));
        }
        self.done(tx, actor, "membership.remove", object, &json!({"membership": membership_detail(&draft)})).await
    }

    /// The role and team exist, and the actor holds what the role gives there.
    async fn allowed_role(&self, tx: &mut WriteTx, actor: &Actor, draft: &MembershipDraft) -> Result<Role, Fault> {
        let role = store::roles::get(tx, &draft.role).await?.ok_or(Fault::NotFound("role"))?;
        let mut given = Grants::default();
        match &draft.team {
            None => given.everywhere = role.permissions,
            Some(team) => {
                store::teams::name(tx, team).await?.ok_or(Fault::NotFound("team"))?;
                given.teams.insert(team.clone(), role.permissions);
            }
        }
        if covers(&actor.grants, &given) { Ok(role) } else { Err(Fault::conflict("conflict-gives-more-than-held")) }
    }

    /// The user that an act concerns. Whoever holds less than they do may not touch them: a new password for a
    /// stronger account would be a way around the roles.
    async fn subject(&self, tx: &mut WriteTx, actor: &Actor, id: &UserId) -> Result<Object, Fault> {
        let account = store::users::account(tx, id).await?.ok_or(Fault::NotFound("user"))?;
        let theirs = grants_of(&store::users::memberships_of(tx, id).await?);
        if !covers(&actor.grants, &theirs) {
            return Err(Fault::conflict("conflict-holds-more-than-you"));
        }
        Ok(Object::new("user", id, &account.login, None))
    }

    /// Ends an act about people: open streams look again, and an administrator is left.
    pub(super) async fn done(&self, mut tx: WriteTx, actor: &Actor, act: &str, object: Object, detail: &Value) -> Result<(), Fault> {
        tx.announce(Topic::People, &object.id, None);
        // The audit row comes first: it makes other writers wait, so that two acts at once cannot each see the other's administrator.
        audit::record(&mut tx, &self.ctx, actor, act, object, detail).await?;
        if store::users::holders(&mut tx, KEEP, None).await?.is_empty() && !store::users::is_empty(&mut tx).await? {
            return Err(Fault::conflict("conflict-last-administrator"));
        }
        tx.commit().await
    }
}

fn membership_detail(draft: &MembershipDraft) -> Value {
    json!({"team": draft.team.as_ref().map_or("*", |team| team.as_str()), "role": draft.role})
}

/// Says which field a "taken" concerns.
pub(super) fn taken(fault: Fault, field: &'static str, value: &str) -> Fault {
    match fault {
        Fault::Conflict(wording) if wording.key == "conflict-taken" => Fault::invalid(field, value, domain::Wording::new("expect-free")),
        other => other,
    }
}
