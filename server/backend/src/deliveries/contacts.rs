//! How persons are reached: everybody keeps their own contact methods, proves that messages arrive there, and acknowledges
//! through the links in them.

use std::sync::Arc;

use async_trait::async_trait;
use domain::{
    Actor, Fault, Problem, Timestamp, Wording,
    alerts::Alerts,
    audit::Object,
    deliveries::{CODE_LASTS_MS, CODE_TRIES, CONTACTS, Contact, ContactInput, Delivery, Filter, Kind, Link, Notify, Present},
    form::{Check, Typed},
    id::{ChannelId, DeliveryId, UserId},
    incidents::Incidents,
    live::Topic,
    time::HOUR,
};
use serde_json::{Value, json};
use subtle::ConstantTimeEq;

use super::{
    ENGINE, NOBODYS, account, codes,
    secrets::Secrets,
    send::{self, Settings},
    sign,
    store::{self, channels, contacts},
};
use crate::{Context, WriteTx, audit, people, seal::random_hex};

/// Codes, and tests, that one person may have sent within an hour, wherever to.
const AN_HOUR: i64 = 10;

async fn bounded(tx: &mut WriteTx, user: &UserId, event: Notify, now: Timestamp) -> Result<(), Fault> {
    if store::told_since(tx, user, event, now.plus(-HOUR)).await? < AN_HOUR { Ok(()) } else { Err(Fault::TooMany { retry_after_s: 600 }) }
}

/// Implements [`domain::deliveries::Contacts`].
pub struct Contacts {
    pub(super) ctx: Context,
    settings: Settings,
    pub(super) alerts: Arc<dyn Alerts>,
    pub(super) incidents: Arc<dyn Incidents>,
}

impl Contacts {
    /// The service over the common ground; links acknowledge through these two.
    pub fn new(ctx: Context, settings: Settings, alerts: Arc<dyn Alerts>, incidents: Arc<dyn Incidents>) -> Self {
        Self { ctx, settings, alerts, incidents }
    }

    async fn finish(&self, mut tx: WriteTx, actor: &Actor, act: &str, contact: &Contact, detail: &Value) -> Result<(), Fault> {
        let object = Object::new("contact", &contact.id, &contact.name, None);
        audit::record(&mut tx, &self.ctx, actor, act, object, detail).await?;
        tx.commit().await
    }

    /// What steps in is another contact method of one's own.
    async fn refuse_strange_fallback(tx: &mut WriteTx, user: &UserId, input: &ContactInput, but: Option<&ChannelId>) -> Result<(), Fault> {
        let Some(fallback) = &input.manner.fallback else { return Ok(()) };
        if but == Some(fallback) || contacts::get(tx, user, fallback).await.is_err() {
            return Err(Fault::invalid("fallback", fallback, Wording::new("expect-other-contact")));
        }
        Ok(())
    }

    fn refuse_without_mail(&self, input: &ContactInput) -> Result<(), Fault> {
        if input.kind == Kind::Email && self.settings.mail.is_none() {
            return Err(Fault::invalid("to", input.kind.target(&input.settings), Wording::new("expect-mail-server")));
        }
        Ok(())
    }

    /// Writes something that the person asked for into the outbox of a contact method.
    async fn tell(&self, tx: &mut WriteTx, contact: &ChannelId, event: Notify, data: &Value) -> Result<DeliveryId, Fault> {
        let delivery: DeliveryId = self.ctx.new_id();
        let key = format!("{event}-{delivery}");
        let message = store::Message { event: event.name(), key: &key, team: NOBODYS, system: None, incident: None, data };
        store::enqueue_one(tx, &delivery, contact, &message, self.ctx.now()).await?;
        tx.announce(Topic::Deliveries, &delivery, None);
        tx.ring(ENGINE);
        Ok(delivery)
    }

    /// Makes a code and sends it; only what it is made of is stored.
    async fn tell_code(&self, tx: &mut WriteTx, user: &UserId, contact: &ChannelId) -> Result<(), Fault> {
        let now = self.ctx.now();
        bounded(tx, user, Notify::Verify, now).await?;
        let seed = random_hex();
        contacts::set_code(tx, contact, &seed, now.plus(CODE_LASTS_MS)).await?;
        self.tell(tx, contact, Notify::Verify, &json!({ "seed": seed })).await.map(drop)
    }
}

/// What is typed of the account's own address: that follows the account, whatever is typed.
fn followed(before: &Contact, typed: &Typed) -> Typed {
    let mut typed = typed.clone();
    if before.account {
        typed.set("to", &before.target);
        typed.set("name", &before.target);
    }
    typed
}

#[async_trait]
impl domain::deliveries::Contacts for Contacts {
    async fn mine(&self, actor: &Actor) -> Result<Vec<Contact>, Fault> {
        let user = people::person(actor)?;
        if self.ctx.mail && contacts::account(&mut *self.ctx.db.read().await?, user).await?.is_none() {
            let mut tx = self.ctx.begin_write().await?;
            account::ensure(&mut tx, &self.ctx, user).await?;
            tx.commit().await?;
        }
        contacts::all(&mut *self.ctx.db.read().await?, user).await
    }

    async fn one(&self, actor: &Actor, id: &ChannelId) -> Result<Contact, Fault> {
        let user = people::person(actor)?;
        contacts::get(&mut *self.ctx.db.read().await?, user, id).await
    }

    async fn add(&self, actor: &Actor, typed: &Typed) -> Result<Contact, Fault> {
        let user = people::person(actor)?;
        let mut input = ContactInput::parse(typed, None)?;
        self.refuse_without_mail(&input)?;
        if input.kind == Kind::Webhook && !input.secrets.contains_key("secret") {
            input.secrets.insert("secret".to_owned(), sign::new_secret());
        }
        let mut secrets = Secrets::default();
        secrets.take(&input.secrets);
        let target = input.kind.target(&secrets.beside(&input.settings));
        let (id, now): (ChannelId, _) = (self.ctx.new_id(), self.ctx.now());
        let mut tx = self.ctx.begin_write().await?;
        if contacts::all(&mut tx, user).await?.len() >= CONTACTS {
            return Err(Fault::Conflict(Wording::new("conflict-contacts-many").with("max", CONTACTS)));
        }
        Self::refuse_strange_fallback(&mut tx, user, &input, None).await?;
        let verified = (!input.kind.needs_code()).then_some(now);
        let new = contacts::Written { input: &input, target: &target, sealed: &secrets.seal(&self.ctx.seal)?, verified };
        contacts::insert(&mut tx, &id, user, &new, now).await?;
        if input.kind.needs_code() {
            self.tell_code(&mut tx, user, &id).await?;
        }
        let contact = contacts::get(&mut tx, user, &id).await?;
        self.finish(tx, actor, "contact.add", &contact, &json!({ "kind": contact.kind, "target": contact.target })).await?;
        Ok(contact)
    }

    async fn edit(&self, actor: &Actor, id: &ChannelId, typed: &Typed) -> Result<Contact, Fault> {
        let user = people::person(actor)?;
        let (before, sealed) = {
            let conn = &mut *self.ctx.db.read().await?;
            (contacts::get(conn, user, id).await?, channels::sealed(conn, id).await?)
        };
        let mut secrets = Secrets::before(&self.ctx.seal, &sealed)?;
        let names = secrets.names();
        let typed = &followed(&before, typed);
        let input = ContactInput::parse(typed, Some(&Present { kind: before.kind, settings: &before.settings, secrets: &names }))?;
        self.refuse_without_mail(&input)?;
        let version = typed.version(before.version)?;
        secrets.take(&input.secrets);
        let target = input.kind.target(&secrets.beside(&input.settings));
        // What goes elsewhere, or by another hand, must be proved anew.
        let moved = input.settings != before.settings || !input.secrets.is_empty();
        let verified = before.verified_at.filter(|_| !(moved && input.kind.needs_code()));
        let mut tx = self.ctx.begin_write().await?;
        Self::refuse_strange_fallback(&mut tx, user, &input, Some(id)).await?;
        let new = contacts::Written { input: &input, target: &target, sealed: &secrets.seal(&self.ctx.seal)?, verified };
        if !contacts::update(&mut tx, id, version, &new, self.ctx.now()).await? {
            return Err(Fault::conflict("conflict-channel-edited"));
        }
        let contact = contacts::get(&mut tx, user, id).await?;
        // Written again as it was: the transaction ends with nothing in it.
        if input.secrets.is_empty() && (Contact { version: before.version, ..contact.clone() }) == before {
            return Ok(before);
        }
        if verified.is_none() && moved {
            self.tell_code(&mut tx, user, id).await?;
        }
        tx.ring(ENGINE);
        let detail = json!({ "target": [before.target, contact.target], "enabled": [before.enabled, contact.enabled] });
        self.finish(tx, actor, "contact.edit", &contact, &detail).await?;
        Ok(contact)
    }

    async fn remove(&self, actor: &Actor, id: &ChannelId) -> Result<(), Fault> {
        let contact = self.one(actor, id).await?;
        if contact.account {
            return Err(Fault::conflict("conflict-contact-account"));
        }
        let mut tx = self.ctx.begin_write().await?;
        if !channels::remove(&mut tx, id, self.ctx.now()).await? {
            return Err(Fault::NotFound("contact"));
        }
        tx.ring(ENGINE);
        self.finish(tx, actor, "contact.remove", &contact, &json!({ "target": contact.target })).await
    }

    async fn raise(&self, actor: &Actor, id: &ChannelId) -> Result<(), Fault> {
        let user = people::person(actor)?;
        let mut tx = self.ctx.begin_write().await?;
        let mut all = contacts::all(&mut tx, user).await?;
        let place = all.iter().position(|contact| contact.id == *id).ok_or(Fault::NotFound("contact"))?;
        let Some(above) = place.checked_sub(1) else { return Ok(()) };
        all.swap(above, place);
        for (place, contact) in (1_i64..).zip(&all) {
            contacts::set_place(&mut tx, &contact.id, place).await?;
        }
        let contact = contacts::get(&mut tx, user, id).await?;
        self.finish(tx, actor, "contact.raise", &contact, &json!({ "place": contact.place })).await
    }

    async fn send_code(&self, actor: &Actor, id: &ChannelId) -> Result<(), Fault> {
        let user = people::person(actor)?;
        let mut tx = self.ctx.begin_write().await?;
        let contact = contacts::get(&mut tx, user, id).await?;
        if contact.verified_at.is_some() {
            return Err(Fault::conflict("conflict-contact-verified"));
        }
        self.tell_code(&mut tx, user, id).await?;
        self.finish(tx, actor, "contact.code", &contact, &json!({})).await
    }

    async fn verify(&self, actor: &Actor, id: &ChannelId, typed: &Typed) -> Result<(), Fault> {
        let user = people::person(actor)?;
        let contact = self.one(actor, id).await?;
        if contact.verified_at.is_some() {
            return Err(Fault::conflict("conflict-contact-verified"));
        }
        let mut check = Check::new(typed);
        check.only(&["code"]);
        let code = check.field("code", |text| {
            let digits: String = text.chars().filter(|c| !c.is_whitespace()).collect();
            if digits.len() == 6 && digits.bytes().all(|b| b.is_ascii_digit()) { Ok(digits) } else { Err(Wording::new("expect-code")) }
        });
        let (code,) = check.finish((code,))?;
        // A try counts before it is judged, whatever happens afterwards.
        let mut tx = self.ctx.begin_write().await?;
        let seed = contacts::take_try(&mut tx, id, CODE_TRIES, self.ctx.now()).await?;
        tx.commit().await?;
        let Some(seed) = seed else { return Err(Fault::conflict("conflict-code-over")) };
        let right = codes::code(&self.ctx.seal, id.as_str(), &seed)?;
        if !bool::from(right.as_bytes().ct_eq(code.as_bytes())) {
            return Err(Fault::Invalid(vec![Problem::unsaid("code", Wording::new("unsaid-text-wrong"), Wording::new("expect-code-sent"))]));
        }
        let mut tx = self.ctx.begin_write().await?;
        contacts::set_verified(&mut tx, id, self.ctx.now()).await?;
        let contact = contacts::get(&mut tx, user, id).await?;
        self.finish(tx, actor, "contact.verify", &contact, &json!({ "target": contact.target })).await
    }

    async fn test(&self, actor: &Actor, id: &ChannelId) -> Result<DeliveryId, Fault> {
        let contact = self.one(actor, id).await?;
        if contact.verified_at.is_none() {
            return Err(Fault::conflict("conflict-contact-unverified"));
        }
        let mut tx = self.ctx.begin_write().await?;
        // Whoever tests without end takes the places of what must arrive.
        bounded(&mut tx, people::person(actor)?, Notify::Test, self.ctx.now()).await?;
        let data = json!({ "message": "This is a test of the channel.", "channel": contact.name, "by": actor.name });
        let delivery = self.tell(&mut tx, id, Notify::Test, &data).await?;
        self.finish(tx, actor, "contact.test", &contact, &json!({})).await?;
        Ok(delivery)
    }

    async fn last(&self, actor: &Actor, id: &ChannelId) -> Result<Option<Delivery>, Fault> {
        let user = people::person(actor)?;
        let filter = Filter { channel: Some(id.clone()), user: Some(user.clone()), ..Filter::default() };
        let conn = &mut *self.ctx.db.read().await?;
        Ok(store::list(conn, &filter, &domain::Reach::All, None, 1).await?.into_iter().next())
    }

    async fn push_key(&self, actor: &Actor) -> Result<String, Fault> {
        people::person(actor)?;
        send::public_key(&self.ctx).await
    }

    async fn link(&self, visitor: &Actor, token: &str) -> Result<Link, Fault> {
        self.open(visitor, token).await?.show(self).await
    }

    async fn acknowledge(&self, visitor: &Actor, token: &str) -> Result<Link, Fault> {
        let opened = self.open(visitor, token).await?;
        let link = opened.show(self).await?;
        if link.about.over {
            return Err(Fault::conflict("conflict-link-over"));
        }
        opened.acknowledge(self).await?;
        opened.show(self).await
    }
}
