//! What people do with channels and deliveries.

use async_trait::async_trait;
use domain::{
    Actor, Fault, Page, PageRequest, Permission, Reach, Wording,
    audit::Object,
    deliveries::{Channel, ChannelInput, Delivery, Filter, NewChannel, Notify, SecretInput},
    form::Typed,
    id::{ChannelId, DeliveryId, TeamId},
    live::Topic,
};
use serde_json::{Value, json};

use super::{ENGINE, SECRET, channels, sign, store};
use crate::{Context, WriteTx, audit};

/// Demands that the actor may manage channels of this team, or of all teams.
fn require(actor: &Actor, team: Option<&TeamId>) -> Result<(), Fault> {
    match team {
        Some(team) => actor.require(Permission::ManageChannels, team, "channel"),
        None => actor.require_everywhere(Permission::ManageChannels),
    }
}

/// Implements [`domain::deliveries::Deliveries`].
pub struct Service {
    ctx: Context,
}

impl Service {
    /// The service over the common ground.
    pub fn new(ctx: Context) -> Self {
        Self { ctx }
    }

    /// What needs the database to be seen as wrong.
    async fn refuse_taken(&self, tx: &mut WriteTx, input: &ChannelInput, but: Option<&ChannelId>) -> Result<(), Fault> {
        if channels::name_is_taken(tx, input.name.as_str(), but).await? {
            return Err(Fault::invalid("name", &input.name, Wording::new("expect-free")));
        }
        Ok(())
    }

    async fn finish(&self, mut tx: WriteTx, actor: &Actor, act: &str, channel: &Channel, detail: &Value) -> Result<(), Fault> {
        let object = Object::new("channel", &channel.id, &channel.name, channel.team.as_ref());
        tx.announce(Topic::Deliveries, &channel.id, channel.team.as_ref());
        audit::record(&mut tx, &self.ctx, actor, act, object, detail).await?;
        tx.commit().await
    }
}

#[async_trait]
impl domain::deliveries::Deliveries for Service {
    async fn channels(&self, actor: &Actor) -> Result<Vec<Channel>, Fault> {
        actor.require_somewhere(Permission::ManageChannels)?;
        channels::all(&mut *self.ctx.db.read().await?, &actor.reach(Permission::ManageChannels)).await
    }

    async fn channel(&self, actor: &Actor, id: &ChannelId) -> Result<Channel, Fault> {
        actor.require_somewhere(Permission::Read)?;
        let channel = channels::get(&mut *self.ctx.db.read().await?, &actor.reach(Permission::Read), id).await?;
        require(actor, channel.team.as_ref())?;
        Ok(channel)
    }

    async fn create_channel(&self, actor: &Actor, typed: &Typed) -> Result<NewChannel, Fault> {
        actor.require_somewhere(Permission::ManageChannels)?;
        let input = ChannelInput::parse(typed)?;
        require(actor, input.team.as_ref()).map_err(|fault| no_such_team(fault, input.team.as_ref()))?;
        let secret = match &input.secret {
            SecretInput::Given(secret) => secret.clone(),
            SecretInput::Keep => sign::new_secret(),
        };
        let sealed = self.ctx.seal.seal(SECRET, secret.as_bytes())?;
        let id: ChannelId = self.ctx.new_id();
        let mut tx = self.ctx.begin_write().await?;
        self.refuse_taken(&mut tx, &input, None).await?;
        channels::insert(&mut tx, &id, &input, &sealed, self.ctx.now()).await?;
        let channel = channels::get(&mut tx, &Reach::All, &id).await?;
        self.finish(
            tx,
            actor,
            "channel.create",
            &channel,
            &json!({ "kind": channel.kind, "target": channel.target, "events": channel.events }),
        )
        .await?;
        Ok(NewChannel { channel, secret })
    }

    async fn edit_channel(&self, actor: &Actor, id: &ChannelId, typed: &Typed) -> Result<Channel, Fault> {
        let before = self.channel(actor, id).await?;
        let input = ChannelInput::parse(typed)?;
        require(actor, input.team.as_ref()).map_err(|fault| no_such_team(fault, input.team.as_ref()))?;
        // A form carries the version it was filled from; an API call may leave it out and mean the present one.
        let version = match typed.get("version") {
            "" => before.version,
            text => text
                .parse()
                .map_err(|_| Fault::invalid("version", text, Wording::new("expect-between").with("min", 1).with("max", before.version)))?,
        };
        let sealed = match &input.secret {
            SecretInput::Given(secret) => Some(self.ctx.seal.seal(SECRET, secret.as_bytes())?),
            SecretInput::Keep => None,
        };
        let mut tx = self.ctx.begin_write().await?;
        self.refuse_taken(&mut tx, &input, Some(id)).await?;
        if !channels::update(&mut tx, id, version, &input, sealed.as_deref(), self.ctx.now()).await? {
            return Err(Fault::conflict("conflict-channel-edited"));
        }
        let channel = channels::get(&mut tx, &Reach::All, id).await?;
        // What waited while it was off goes out.
        tx.ring(ENGINE);
        let detail = json!({
            "target": [before.target, channel.target],
            "events": [before.events, channel.events],
            "enabled": [before.enabled, channel.enabled],
            "secret_changed": sealed.is_some(),
        });
        self.finish(tx, actor, "channel.edit", &channel, &detail).await?;
        Ok(channel)
    }

    async fn remove_channel(&self, actor: &Actor, id: &ChannelId) -> Result<(), Fault> {
        let channel = self.channel(actor, id).await?;
        let mut tx = self.ctx.begin_write().await?;
        if !channels::remove(&mut tx, id, self.ctx.now()).await? {
            return Err(Fault::NotFound("channel"));
        }
        tx.ring(ENGINE);
        self.finish(tx, actor, "channel.remove", &channel, &json!({ "target": channel.target })).await
    }

    async fn test_channel(&self, actor: &Actor, id: &ChannelId) -> Result<DeliveryId, Fault> {
        let channel = self.channel(actor, id).await?;
        let delivery: DeliveryId = self.ctx.new_id();
        let mut tx = self.ctx.begin_write().await?;
        let payload = json!({ "message": "This is a test of the channel.", "channel": channel.name, "by": actor.name });
        let key = format!("test-{delivery}");
        let message = store::Message {
            event: Notify::Test.name(),
            key: &key,
            team: channels::team_column(channel.team.as_ref()),
            system: None,
            incident: None,
            data: &payload,
        };
        store::enqueue(&mut tx, &delivery, id, &message, self.ctx.now()).await?;
        tx.ring(ENGINE);
        self.finish(tx, actor, "channel.test", &channel, &json!({})).await?;
        Ok(delivery)
    }

    async fn hears(&self, actor: &Actor, team: &TeamId) -> Result<bool, Fault> {
        actor.require(Permission::Read, team, "team")?;
        channels::any_hears(&mut *self.ctx.db.read().await?, team).await
    }

    async fn list(&self, actor: &Actor, filter: &Filter, page: &PageRequest) -> Result<Page<Delivery>, Fault> {
        actor.require_somewhere(Permission::Read)?;
        let conn = &mut *self.ctx.db.read().await?;
        let rows = store::list(conn, filter, &actor.reach(Permission::Read), page.position()?.as_ref(), page.limit).await?;
        Ok(Page::cut(rows, page.limit, |row| (row.created_at.0, row.id.to_string())))
    }

    async fn get(&self, actor: &Actor, id: &DeliveryId) -> Result<(Delivery, String), Fault> {
        actor.require_somewhere(Permission::Read)?;
        let conn = &mut *self.ctx.db.read().await?;
        let delivery = store::get(conn, &actor.reach(Permission::Read), id).await?;
        let body = store::body(conn, id).await?;
        Ok((delivery, body))
    }

    async fn resend(&self, actor: &Actor, id: &DeliveryId) -> Result<(), Fault> {
        actor.require_somewhere(Permission::Read)?;
        let mut tx = self.ctx.begin_write().await?;
        let delivery = store::get(&mut tx, &actor.reach(Permission::Read), id).await?;
        let channel = channels::get(&mut tx, &Reach::All, &delivery.channel).await.map_err(|fault| match fault {
            Fault::NotFound(_) => Fault::conflict("conflict-channel-removed"),
            fault => fault,
        })?;
        require(actor, channel.team.as_ref())?;
        if !store::revive(&mut tx, id, self.ctx.now()).await? {
            return Err(Fault::conflict("conflict-delivery-not-dead"));
        }
        tx.ring(ENGINE);
        self.finish(tx, actor, "delivery.resend", &channel, &json!({ "delivery": id, "key": delivery.key })).await
    }
}

/// A team that the actor does not see is a wrong value in the field, not a missing page.
fn no_such_team(fault: Fault, team: Option<&TeamId>) -> Fault {
    match (fault, team) {
        (Fault::NotFound(_), Some(team)) => Fault::invalid("team", team, Wording::new("expect-id")),
        (fault, _) => fault,
    }
}
