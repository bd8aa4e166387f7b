//! Ways in: who may open them, and what comes through ([`taking`]).
//!
//! The secret in the address is the whole authority, and it reaches one team only: no label of a message leads to another's.
//! **Architecture invariant:** what fires through a way in is over when that can tell its end no more: closed, removed, or of
//! another kind or team. That is one transaction with the act, and what begins holds the way in: nothing begins through one that is
//! being closed.

mod store;
mod taking;

use async_trait::async_trait;
use domain::{
    Actor, Fault, Permission, Reach, Wording,
    alerts::inbound::{Integration, IntegrationInput, IntegrationKind, Taken},
    audit::Object,
    form::Typed,
    id::IntegrationId,
};
use serde_json::{Value, json};

use super::withdraw_each;
use crate::{Context, WriteTx, audit, seal::random_hex, systems};

/// What secrets are sealed for.
const PURPOSE: &str = "integrations.secret";

/// 128 bits in 32 characters: as long as a routing key of PagerDuty, whose clients count them.
fn new_secret() -> String {
    random_hex()[..32].to_owned()
}

/// What the form says of it, for the audit.
fn facts(one: &Integration) -> Value {
    json!({ "name": one.name, "kind": one.kind, "team": one.team, "system": one.system, "enabled": one.enabled, "mapping": one.mapping })
}

/// Implements [`domain::alerts::Integrations`].
pub struct Integrations {
    ctx: Context,
}

impl Integrations {
    /// The service over the common ground.
    pub fn new(ctx: Context) -> Self {
        Self { ctx }
    }

    async fn check(&self, tx: &mut WriteTx, actor: &Actor, input: &IntegrationInput, but: Option<&IntegrationId>) -> Result<(), Fault> {
        let wrong = |field: &str, value: &dyn std::fmt::Display| Fault::invalid(field, value.to_string(), Wording::new("expect-id"));
        actor.require(Permission::RouteAlerts, &input.team, "team").map_err(|fault| match fault {
            Fault::NotFound(_) => wrong("team", &input.team),
            fault => fault,
        })?;
        if let Some(system) = &input.system {
            let known = systems::briefs(tx, &Reach::Teams(vec![input.team.clone()]), std::slice::from_ref(system)).await?;
            if known.is_empty() {
                return Err(Fault::invalid("system", system.to_string(), Wording::new("integrations-expect-system")));
            }
        }
        if store::name_is_taken(tx, input.name.as_str(), but).await? {
            return Err(Fault::invalid("name", &input.name, Wording::new("expect-free")));
        }
        Ok(())
    }

    async fn finish(&self, mut tx: WriteTx, actor: &Actor, act: &str, one: &Integration, detail: &Value) -> Result<(), Fault> {
        let object = Object::new("integration", &one.id, &one.name, Some(&one.team));
        audit::record(&mut tx, &self.ctx, actor, act, object, detail).await?;
        tx.commit().await
    }

    /// Ends what fires through it, on the transaction that closes it.
    async fn end_all(&self, tx: &mut WriteTx, one: &Integration) -> Result<(), Fault> {
        let running = store::running(tx, one).await?;
        withdraw_each(tx, &self.ctx, one.kind.name(), &running).await
    }
}

/// Whether it still takes what it took when it was read; nobody closes it until this transaction ends.
pub(super) async fn hold(tx: &mut WriteTx, one: &Integration) -> Result<bool, Fault> {
    store::hold(tx, one).await
}

#[async_trait]
impl domain::alerts::Integrations for Integrations {
    async fn list(&self, actor: &Actor) -> Result<Vec<Integration>, Fault> {
        actor.require_somewhere(Permission::RouteAlerts)?;
        store::all(&mut *self.ctx.db.read().await?, &actor.reach(Permission::RouteAlerts)).await
    }

    async fn get(&self, actor: &Actor, id: &IntegrationId) -> Result<(Integration, String), Fault> {
        actor.require_somewhere(Permission::RouteAlerts)?;
        let conn = &mut *self.ctx.db.read().await?;
        let one = store::get(conn, &actor.reach(Permission::RouteAlerts), id).await?;
        let secret = self.ctx.seal.unseal_text(PURPOSE, &store::sealed(conn, id).await?)?;
        Ok((one, secret))
    }

    async fn create(&self, actor: &Actor, typed: &Typed) -> Result<Integration, Fault> {
        actor.require_somewhere(Permission::RouteAlerts)?;
        let input = IntegrationInput::parse(typed)?;
        let mut tx = self.ctx.begin_write().await?;
        self.check(&mut tx, actor, &input, None).await?;
        let id: IntegrationId = self.ctx.new_id();
        let secret = self.ctx.seal.stow(PURPOSE, &new_secret())?;
        store::insert(&mut tx, &id, &input, &secret, self.ctx.now()).await?;
        let one = store::get(&mut tx, &Reach::All, &id).await?;
        self.finish(tx, actor, "integration.create", &one, &facts(&one)).await?;
        Ok(one)
    }

    async fn edit(&self, actor: &Actor, id: &IntegrationId, typed: &Typed) -> Result<(), Fault> {
        actor.require_somewhere(Permission::RouteAlerts)?;
        let mut tx = self.ctx.begin_write().await?;
        let before = store::get(&mut tx, &actor.reach(Permission::RouteAlerts), id).await?;
        let input = IntegrationInput::parse(typed)?;
        self.check(&mut tx, actor, &input, Some(id)).await?;
        let version = typed.version(before.version)?;
        // Whoever was faster edited something else: nothing is ended for that.
        if !store::update(&mut tx, id, version, &input).await? {
            return Err(Fault::conflict("conflict-integration-edited"));
        }
        let after = store::get(&mut tx, &Reach::All, id).await?;
        // Written again as it was: the transaction ends with nothing in it.
        if facts(&before) == facts(&after) {
            return Ok(());
        }
        if before.enabled && (!input.enabled || input.kind != before.kind || input.team != before.team) {
            self.end_all(&mut tx, &before).await?;
        }
        self.finish(tx, actor, "integration.edit", &after, &json!({ "from": facts(&before), "to": facts(&after) })).await
    }

    async fn renew(&self, actor: &Actor, id: &IntegrationId) -> Result<(Integration, String), Fault> {
        actor.require_somewhere(Permission::RouteAlerts)?;
        let mut tx = self.ctx.begin_write().await?;
        let one = store::get(&mut tx, &actor.reach(Permission::RouteAlerts), id).await?;
        let secret = new_secret();
        store::set_secret(&mut tx, id, &self.ctx.seal.stow(PURPOSE, &secret)?).await?;
        self.finish(tx, actor, "integration.renew", &one, &json!({})).await?;
        Ok((one, secret))
    }

    async fn remove(&self, actor: &Actor, id: &IntegrationId) -> Result<(), Fault> {
        actor.require_somewhere(Permission::RouteAlerts)?;
        let mut tx = self.ctx.begin_write().await?;
        let one = store::get(&mut tx, &actor.reach(Permission::RouteAlerts), id).await?;
        if !store::delete(&mut tx, id).await? {
            return Err(Fault::NotFound("integration"));
        }
        self.end_all(&mut tx, &one).await?;
        self.finish(tx, actor, "integration.remove", &one, &json!({})).await
    }

    async fn take(&self, secret: &str, kind: Option<IntegrationKind>, body: &[u8]) -> Result<Taken, Fault> {
        taking::take(&self.ctx, secret, kind, body).await
    }

    async fn take_change(&self, secret: &str, body: &[u8]) -> Result<(), Fault> {
        taking::take_change(&self.ctx, secret, body).await
    }
}
