//! The service of the area `merchants`: who they are, what they were told, which incidents named them.
//!
//! **Invariants:** a record and a message are a team's own, and read by those who may read the team; what a merchant was told
//! is never edited.

mod store;

use std::collections::BTreeMap;

use async_trait::async_trait;
use domain::{
    Actor, Fault, Permission, Wording,
    audit::Object,
    form::Typed,
    id::{EntryId, TeamId},
    merchants::{Draft, Mentioned, Merchants, Message, Trouble},
    time::DAY,
};
use serde_json::json;

use crate::{Context, audit, explanations, systems};

/// How far back the history of a merchant goes.
const HISTORY: i64 = 400 * DAY;
/// Letters of a value, as senders may give.
const LONGEST: usize = 80;

/// Implements [`Merchants`].
pub struct Service {
    ctx: Context,
}

impl Service {
    /// The service over the common ground.
    pub fn new(ctx: Context) -> Self {
        Self { ctx }
    }
}

/// A value that senders can give.
fn named(merchant: &str) -> Result<&str, Fault> {
    let good = !merchant.trim().is_empty() && merchant.chars().count() <= LONGEST && !merchant.chars().any(char::is_control);
    if good {
        Ok(merchant)
    } else {
        Err(Fault::invalid("merchant", merchant, Wording::new("expect-at-most-characters").with("max", LONGEST)))
    }
}

#[async_trait]
impl Merchants for Service {
    async fn get(&self, actor: &Actor, merchant: &str) -> Result<Mentioned, Fault> {
        actor.require_somewhere(Permission::Read)?;
        let merchant = named(merchant)?;
        let reach = actor.reach(Permission::Read);
        let conn = &mut *self.ctx.db.read().await?;
        let mut records = store::records(conn, &reach, merchant).await?;
        let teams = systems::teams(conn).await?;
        for record in &mut records {
            if let Some(team) = teams.iter().find(|team| team.id == record.team) {
                record.team_name.clone_from(&team.name);
            }
        }
        let messages = store::messages(conn, &reach, merchant).await?;
        let since = self.ctx.now().plus(-HISTORY);
        let named = explanations::naming(conn, &reach, "merchant", merchant, since).await?;
        let troubles = named.into_iter().map(|(incident, number, title, told)| Trouble { incident, number, title, told }).collect();
        Ok(Mentioned { merchant: merchant.to_owned(), records, messages, troubles })
    }

    async fn names(&self, actor: &Actor) -> Result<BTreeMap<String, String>, Fault> {
        actor.require_somewhere(Permission::Read)?;
        Ok(store::names(&mut *self.ctx.db.read().await?, &actor.reach(Permission::Read)).await?.into_iter().collect())
    }

    async fn edit(&self, actor: &Actor, merchant: &str, typed: &Typed) -> Result<(), Fault> {
        actor.require_somewhere(Permission::EditSystems)?;
        let merchant = named(merchant)?;
        let draft = Draft::parse(typed)?;
        if !actor.reach(Permission::Read).includes(&draft.team) {
            return Err(Fault::NotFound("team"));
        }
        actor.require(Permission::EditSystems, &draft.team, "merchant")?;
        let version = if typed.get("version").is_empty() { 0 } else { typed.version(i64::MAX)? };
        let mut tx = self.ctx.begin_write().await?;
        if !systems::teams(&mut tx).await?.iter().any(|team| team.id == draft.team) {
            return Err(Fault::NotFound("team"));
        }
        if store::is_written(&mut tx, merchant, &draft, version).await? {
            return Ok(());
        }
        if !store::save(&mut tx, merchant, &draft, version, &actor.name, self.ctx.now()).await? {
            return Err(Fault::conflict("merchants-conflict-edited"));
        }
        let detail =
            json!({ "name": draft.name, "contact": draft.contact, "phone": draft.phone, "email": draft.email, "notes": draft.notes });
        audit::record(&mut tx, &self.ctx, actor, "merchant.edit", Object::new("merchant", merchant, merchant, Some(&draft.team)), &detail)
            .await?;
        tx.commit().await
    }

    async fn tell(&self, actor: &Actor, merchant: &str, typed: &Typed) -> Result<Message, Fault> {
        actor.require_somewhere(Permission::WorkIncidents)?;
        let merchant = named(merchant)?;
        let given = typed.get("team");
        let team = &TeamId::parse(given).ok_or_else(|| Fault::invalid("team", given, Wording::new("expect-choice")))?;
        if !actor.reach(Permission::Read).includes(team) {
            return Err(Fault::NotFound("team"));
        }
        actor.require(Permission::WorkIncidents, team, "merchant")?;
        let message = Message::parse(typed, &actor.name, self.ctx.now())?;
        let mut tx = self.ctx.begin_write().await?;
        if !systems::teams(&mut tx).await?.iter().any(|one| one.id == *team) {
            return Err(Fault::NotFound("team"));
        }
        let id: EntryId = self.ctx.new_id();
        store::add_message(&mut tx, &id, team, merchant, &message).await?;
        let detail = json!({ "to": message.to, "subject": message.subject, "text": message.text });
        audit::record(&mut tx, &self.ctx, actor, "merchant.tell", Object::new("merchant", merchant, merchant, Some(team)), &detail).await?;
        tx.commit().await?;
        Ok(message)
    }
}
