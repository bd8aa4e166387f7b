//! What concerns oneself: profile, password, sessions.

use domain::{
    Actor, Fault, Problem, Wording,
    audit::Object,
    form::Typed,
    id::SessionId,
    live::Topic,
    people::{Locale, PasswordChange, Preferences, ProfileDraft, Session, Theme, User},
};
use serde_json::json;

use super::{Service, feeds, person, store};
use crate::{audit, deliveries};

/// What wrong passwords of those who entered already are counted by.
const HERE: &str = "profile";

impl Service {
    pub(super) async fn oneself(&self, actor: &Actor) -> Result<(User, Preferences), Fault> {
        actor.authenticated()?;
        let id = actor.user().ok_or(Fault::NotFound("user"))?;
        let mut conn = self.ctx.db.read().await?;
        let user = store::users::user(&mut conn, id, self.ctx.now()).await?.ok_or(Fault::NotFound("user"))?;
        let account = store::users::account(&mut conn, id).await?.ok_or(Fault::NotFound("user"))?;
        Ok((user, account.prefs()))
    }

    pub(super) async fn edit_oneself(&self, actor: &Actor, typed: &Typed) -> Result<(), Fault> {
        let id = person(actor)?;
        let draft = ProfileDraft::parse(typed)?;
        let mut tx = self.ctx.begin_write().await?;
        let user = store::users::user(&mut tx, id, self.ctx.now()).await?.ok_or(Fault::NotFound("user"))?;
        let likes = store::users::account(&mut tx, id).await?.ok_or(Fault::NotFound("user"))?.prefs();
        if (user.name.as_str(), &user.email, &likes) == (draft.name.as_str(), &draft.email, &draft.likes()) {
            return Ok(());
        }
        store::users::edit_profile(&mut tx, id, &draft).await?;
        deliveries::account::moved(&mut tx, &self.ctx, id, false).await?;
        let object = Object::new("user", id, &draft.name, None);
        audit::record(&mut tx, &self.ctx, actor, "profile.edit", object, &json!({"name": draft.name, "email": draft.email})).await?;
        tx.commit().await
    }

    pub(super) async fn keep_preference(&self, actor: &Actor, locale: Option<Locale>, theme: Option<Theme>) -> Result<(), Fault> {
        let id = person(actor)?;
        let mut tx = self.ctx.begin_write().await?;
        // A taste, not an act: the audit trail has no row for it.
        store::users::prefer(&mut tx, id, locale, theme).await?;
        tx.commit().await
    }

    pub(super) async fn change_own_password(&self, actor: &Actor, session: &SessionId, typed: &Typed) -> Result<(), Fault> {
        let id = person(actor)?;
        let mut conn = self.ctx.db.read().await?;
        let account = store::users::account(&mut conn, id).await?.ok_or(Fault::NotFound("user"))?;
        drop(conn);
        let change = PasswordChange::parse(typed, &account.login)?;
        let tried = self.take_try(&account.login, HERE).await?;
        if !self.judge(&tried, &change.current, Some(&account)).await? {
            self.note_failure(&tried, Some(&account)).await?;
            let expected = Wording::new("expect-current-password");
            return Err(Fault::Invalid(vec![if change.current.is_empty() {
                Problem::new("current", "", expected)
            } else {
                Problem::unsaid("current", Wording::new("unsaid-text-wrong"), expected)
            }]));
        }
        let hash = self.passwords.hash(change.new).await?;
        let mut tx = self.ctx.begin_write().await?;
        store::users::set_password(&mut tx, id, &hash, false).await?;
        store::sessions::forget_tries(&mut tx, &account.login, HERE).await?;
        store::sessions::carry_over(&mut tx, id, session).await?;
        tx.announce(Topic::People, id, None);
        audit::record(&mut tx, &self.ctx, actor, "password.change", Object::new("user", id, &account.login, None), &json!({})).await?;
        tx.commit().await
    }

    /// The addresses that they have of calendars of teams and schedules end; the pages show others from then on.
    pub(super) async fn renew_own_addresses(&self, actor: &Actor) -> Result<(), Fault> {
        let id = person(actor)?;
        let mut tx = self.ctx.begin_write().await?;
        if !feeds::renew_mark(&mut tx, &self.ctx, id).await? {
            return Ok(());
        }
        audit::record(&mut tx, &self.ctx, actor, "profile.renew-feeds", Object::new("user", id, &actor.name, None), &json!({})).await?;
        tx.commit().await
    }

    pub(super) async fn own_sessions(&self, actor: &Actor) -> Result<Vec<Session>, Fault> {
        let id = person(actor)?;
        let mut conn = self.ctx.db.read().await?;
        store::sessions::list(&mut conn, id, self.ctx.now()).await
    }
}
