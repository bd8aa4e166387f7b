//! What people do with channels and deliveries.

use async_trait::async_trait;
use domain::{
    Actor, Fault, Page, PageRequest, Permission, Problem, Reach, Wording,
    audit::Object,
    deliveries::{
        Attempt, Channel, ChannelInput, Delivery, Filter, Kind, Manner, NewChannel, Notify, Present, State,
        message::{Message, Telling, sample},
    },
    form::Typed,
    id::{ChannelId, DeliveryId, IncidentId, TeamId},
    live::Topic,
    people::Locale,
};
use serde_json::{Value, json};

use super::{ENGINE, ailing, channels, secrets::Secrets, send::Settings, sign, store};
use crate::{Context, WriteTx, audit};

/// Deliveries that are sent again at once.
const RESENT: u32 = 1_000;

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
    settings: Settings,
}

impl Service {
    /// The service over the common ground.
    pub fn new(ctx: Context, settings: Settings) -> Self {
        Self { ctx, settings }
    }

    /// What needs the database, or the house, to be seen as wrong.
    async fn refuse_wrong(&self, tx: &mut WriteTx, actor: &Actor, input: &ChannelInput, but: Option<&ChannelId>) -> Result<(), Fault> {
        let mut problems = Vec::new();
        if channels::name_is_taken(tx, input.name.as_str(), but).await? {
            problems.push(Problem::new("name", &input.name, Wording::new("expect-free")));
        }
        if input.kind == Kind::Email && self.settings.mail.is_none() {
            problems.push(Problem::new("to", input.kind.target(&input.settings), Wording::new("expect-mail-server")));
        }
        if let Some(fallback) = &input.manner.fallback {
            let found = channels::get(tx, &actor.reach(Permission::ManageChannels), fallback).await;
            if but == Some(fallback) || found.is_err() {
                problems.push(Problem::new("fallback", fallback, Wording::new("expect-other-channel")));
            }
        }
        if problems.is_empty() { Ok(()) } else { Err(Fault::Invalid(problems)) }
    }

    async fn finish(&self, mut tx: WriteTx, actor: &Actor, act: &str, channel: &Channel, detail: &Value) -> Result<(), Fault> {
        let object = Object::new("channel", &channel.id, &channel.name, channel.team.as_ref());
        tx.announce(Topic::Deliveries, &channel.id, channel.team.as_ref());
        audit::record(&mut tx, &self.ctx, actor, act, object, detail).await?;
        tx.commit().await
    }

    /// The channel of a delivery, if the actor may resend through it.
    async fn resendable(&self, tx: &mut WriteTx, actor: &Actor, delivery: &Delivery) -> Result<Channel, Fault> {
        let channel = channels::get(tx, &Reach::All, &delivery.channel).await.map_err(|fault| match fault {
            Fault::NotFound(_) if delivery.user.is_some() => Fault::conflict("conflict-delivery-personal"),
            Fault::NotFound(_) => Fault::conflict("conflict-channel-removed"),
            fault => fault,
        })?;
        require(actor, channel.team.as_ref())?;
        Ok(channel)
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
        let mut input = ChannelInput::parse(typed, None)?;
        require(actor, input.team.as_ref()).map_err(|fault| no_such_team(fault, input.team.as_ref()))?;
        if input.kind == Kind::Webhook && !input.secrets.contains_key("secret") {
            input.secrets.insert("secret".to_owned(), sign::new_secret());
        }
        let mut secrets = Secrets::default();
        secrets.take(&input.secrets);
        let target = input.kind.target(&secrets.beside(&input.settings));
        let id: ChannelId = self.ctx.new_id();
        let mut tx = self.ctx.begin_write().await?;
        self.refuse_wrong(&mut tx, actor, &input, None).await?;
        channels::insert(&mut tx, &id, &input, &target, &secrets.seal(&self.ctx.seal)?, self.ctx.now()).await?;
        let channel = channels::get(&mut tx, &Reach::All, &id).await?;
        let detail = json!({ "kind": channel.kind, "target": channel.target, "events": channel.events, "manner": channel.manner });
        self.finish(tx, actor, "channel.create", &channel, &detail).await?;
        let secret = (channel.kind == Kind::Webhook).then(|| secrets.get("secret").to_owned());
        Ok(NewChannel { channel, secret })
    }

    async fn edit_channel(&self, actor: &Actor, id: &ChannelId, typed: &Typed) -> Result<Channel, Fault> {
        let before = self.channel(actor, id).await?;
        let mut secrets = Secrets::before(&self.ctx.seal, &channels::sealed(&mut *self.ctx.db.read().await?, id).await?)?;
        let names = secrets.names();
        let input = ChannelInput::parse(typed, Some(&Present { kind: before.kind, settings: &before.settings, secrets: &names }))?;
        // Every webhook has a secret: where it was lost with the key, nobody unsigns it by editing something else.
        if before.kind == Kind::Webhook && !secrets.has("secret") && input.secrets.is_empty() {
            return Err(Fault::invalid("secret", "", Wording::new("expect-secret-again")));
        }
        require(actor, input.team.as_ref()).map_err(|fault| no_such_team(fault, input.team.as_ref()))?;
        // A form carries the version it was filled from; an API call may leave it out and mean the present one.
        let version = match typed.get("version") {
            "" => before.version,
            text => text
                .parse()
                .map_err(|_| Fault::invalid("version", text, Wording::new("expect-between").with("min", 1).with("max", before.version)))?,
        };
        secrets.take(&input.secrets);
        let target = input.kind.target(&secrets.beside(&input.settings));
        let mut tx = self.ctx.begin_write().await?;
        self.refuse_wrong(&mut tx, actor, &input, Some(id)).await?;
        let sealed = secrets.seal(&self.ctx.seal)?;
        if !channels::update(&mut tx, id, version, &input, &target, &sealed, self.ctx.now()).await? {
            return Err(Fault::conflict("conflict-channel-edited"));
        }
        let channel = channels::get(&mut tx, &Reach::All, id).await?;
        // Written again as it was: the transaction ends with nothing in it.
        if input.secrets.is_empty() && (Channel { version: before.version, ..channel.clone() }) == before {
            return Ok(before);
        }
        if !channel.enabled {
            ailing::withdraw(&mut tx, &self.ctx, id.as_str()).await?;
        }
        // What waited while it was off goes out.
        tx.ring(ENGINE);
        let detail = json!({
            "target": [before.target, channel.target],
            "events": [before.events, channel.events],
            "enabled": [before.enabled, channel.enabled],
            "manner": [before.manner, channel.manner],
            "secret_changed": !input.secrets.is_empty(),
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
        ailing::withdraw(&mut tx, &self.ctx, id.as_str()).await?;
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
        store::enqueue_one(&mut tx, &delivery, id, &message, self.ctx.now()).await?;
        tx.ring(ENGINE);
        self.finish(tx, actor, "channel.test", &channel, &json!({})).await?;
        Ok(delivery)
    }

    async fn preview(&self, actor: &Actor, typed: &Typed) -> Result<Vec<Message>, Fault> {
        actor.require_somewhere(Permission::ManageChannels)?;
        let manner = Manner::parse(typed)?;
        let zone = manner.time_zone();
        let name = Some(typed.get("name").trim()).filter(|name| !name.is_empty()).unwrap_or("—");
        let events = [Notify::AlertFiring, Notify::AlertResolved, Notify::IncidentOpened, Notify::ChangePending];
        let mut locales = Locale::ALL;
        // Its own language first.
        locales.sort_by_key(|locale| *locale != manner.language);
        let mut messages = Vec::with_capacity(locales.len() * events.len());
        for locale in locales {
            let (title, body) = (manner.title(locale), manner.body(locale));
            messages.extend(events.into_iter().map(|event| {
                Message::of(&Telling {
                    event,
                    key: "preview",
                    at: self.ctx.now(),
                    data: &sample(event),
                    channel: name,
                    locale,
                    speech: self.settings.speech,
                    zone: &zone,
                    base: &self.settings.base,
                    acknowledge: None,
                    unsubscribe: None,
                    title: title.as_ref(),
                    body: body.as_ref(),
                })
            }));
        }
        Ok(messages)
    }

    fn ready(&self, kind: Kind) -> bool {
        kind != Kind::Email || self.settings.mail.is_some()
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

    async fn receipts(&self, actor: &Actor, incident: &IncidentId, keys: &[String]) -> Result<Vec<Delivery>, Fault> {
        actor.require_somewhere(Permission::Read)?;
        if keys.is_empty() {
            return Ok(Vec::new());
        }
        store::under_keys(&mut *self.ctx.db.read().await?, &actor.reach(Permission::Read), incident, keys).await
    }

    async fn get(&self, actor: &Actor, id: &DeliveryId) -> Result<(Delivery, String), Fault> {
        actor.require_somewhere(Permission::Read)?;
        let conn = &mut *self.ctx.db.read().await?;
        let delivery = store::get(conn, &actor.reach(Permission::Read), id).await?;
        let body = store::body(conn, id).await?;
        Ok((delivery, body))
    }

    async fn attempts(&self, actor: &Actor, id: &DeliveryId) -> Result<Vec<Attempt>, Fault> {
        actor.require_somewhere(Permission::Read)?;
        let conn = &mut *self.ctx.db.read().await?;
        store::get(conn, &actor.reach(Permission::Read), id).await?;
        store::attempts(conn, id).await
    }

    async fn resend(&self, actor: &Actor, id: &DeliveryId) -> Result<(), Fault> {
        actor.require_somewhere(Permission::Read)?;
        let mut tx = self.ctx.begin_write().await?;
        let delivery = store::get(&mut tx, &actor.reach(Permission::Read), id).await?;
        let channel = self.resendable(&mut tx, actor, &delivery).await?;
        if !store::revive(&mut tx, id, self.ctx.now()).await? {
            return Err(Fault::conflict("conflict-delivery-not-dead"));
        }
        tx.ring(ENGINE);
        self.finish(tx, actor, "delivery.resend", &channel, &json!({ "delivery": id, "key": delivery.key })).await
    }

    async fn resend_all(&self, actor: &Actor, filter: &Filter) -> Result<u64, Fault> {
        actor.require_somewhere(Permission::ManageChannels)?;
        let filter = Filter { states: vec![State::Dead], ..filter.clone() };
        let mut tx = self.ctx.begin_write().await?;
        let dead = store::list(&mut tx, &filter, &actor.reach(Permission::Read), None, RESENT).await?;
        let (now, mut done) = (self.ctx.now(), Vec::new());
        // The oldest first: what was told of one thing is told again in its order.
        let dead = &dead[..dead.len().min(usize::try_from(RESENT).unwrap_or(usize::MAX))];
        for delivery in dead.iter().rev() {
            // What cannot go out again stays as it is: its channel is gone, or another person's.
            if self.resendable(&mut tx, actor, delivery).await.is_ok() && store::revive(&mut tx, &delivery.id, now).await? {
                done.push(&delivery.id);
            }
        }
        if done.is_empty() {
            return Ok(0);
        }
        tx.ring(ENGINE);
        tx.announce(Topic::Deliveries, "", None);
        let detail = json!({ "deliveries": done.len(), "first": done.first(), "channel": filter.channel });
        audit::record(&mut tx, &self.ctx, actor, "delivery.resend", Object::new("delivery", "", "", None), &detail).await?;
        let count = done.len() as u64;
        tx.commit().await?;
        Ok(count)
    }
}

/// A team that the actor does not see is a wrong value in the field, not a missing page.
fn no_such_team(fault: Fault, team: Option<&TeamId>) -> Fault {
    match (fault, team) {
        (Fault::NotFound(_), Some(team)) => Fault::invalid("team", team, Wording::new("expect-id")),
        (fault, _) => fault,
    }
}
