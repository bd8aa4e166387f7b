//! One attempt: the facts become a message, the message what the kind reads, and the answer an outcome.

mod http;
pub(super) mod mail;
mod push;

use domain::{
    Fault, Timestamp,
    alerts::Severity,
    deliveries::{
        Kind, LinkFor, Manner, Notify, Outcome,
        message::{Message, Speech, Telling},
    },
    id::{ChannelId, DeliveryId, UserId},
    status::{CONFIRM_LASTS_MS, TicketAct},
};
use serde_json::Value;

use super::{
    codes, links,
    secrets::Secrets,
    store::{Job, channels::read_json},
    tickets,
};
use crate::{Context, db::stored, egress::Egress};
pub use mail::{MailSecurity, MailServer, sender_of};
pub(super) use push::public_key;

/// What sending needs to know of the house.
#[derive(Clone, Default)]
pub struct Settings {
    /// How people reach the portal, without a slash at the end.
    pub base: String,
    /// The mail server, where there is one.
    pub mail: Option<MailServer>,
    /// How messages say lines of our own.
    pub speech: Speech,
}

/// A claimed delivery with what is told along with it.
pub(super) struct Load {
    pub(super) job: Job,
    pub(super) also: Vec<Job>,
}

/// Sends through every kind.
#[derive(Clone)]
pub(super) struct Sender {
    pub(super) ctx: Context,
    pub(super) ways: Ways,
    pub(super) settings: Settings,
}

/// The ways out, by who said where to.
#[derive(Clone)]
pub struct Ways {
    /// Channels of teams, which only those may make who may; and the mail server of the house.
    pub teams: Egress,
    /// Contact methods: everybody who has an account enters their own.
    pub persons: Egress,
    /// Subscribers of status pages: anybody on the internet may have entered it.
    pub subscribers: Egress,
}

impl Ways {
    fn of(&self, ready: &Ready<'_>) -> &Egress {
        if ready.is_subscriber() {
            &self.subscribers
        } else if ready.job.user_id.is_empty() {
            &self.teams
        } else {
            &self.persons
        }
    }
}

/// What one attempt is made of.
struct Ready<'a> {
    kind: Kind,
    settings: std::collections::BTreeMap<String, String>,
    secrets: Secrets,
    /// The message for people.
    message: Message,
    /// The stored body, with what only this reader may know put in: `type`, `timestamp`, `data`.
    body: Value,
    job: &'a Job,
    /// Moment of this attempt.
    now: Timestamp,
    written: Timestamp,
}

impl Sender {
    /// One attempt, outside of any transaction.
    pub(super) async fn send(&self, load: &Load) -> Result<Outcome, Fault> {
        let ready = self.ready(load)?;
        let outcome = self.attempt(&ready).await?;
        Ok(if ready.is_subscriber() { ready.discreet(outcome) } else { outcome })
    }

    async fn attempt(&self, ready: &Ready<'_>) -> Result<Outcome, Fault> {
        match ready.kind {
            Kind::Email => match &self.settings.mail {
                Some(server) => Ok(mail::send(&self.ways.teams, server, ready).await),
                None => Ok(Outcome::Failed("no mail server is set up (setting mail.host)".to_owned())),
            },
            Kind::WebPush => {
                let key = push::key(&self.ctx).await?;
                let contact = self.settings.mail.as_ref().map_or(self.settings.base.as_str(), |mail| mail.from.as_str());
                let request = push::request(&key, contact, ready)?;
                Ok(http::exchange(self.ways.of(ready), ready.kind, request).await)
            }
            kind => {
                let request = http::request(ready, &self.settings.base)?;
                Ok(http::exchange(self.ways.of(ready), kind, request).await)
            }
        }
    }

    fn ready<'a>(&self, load: &'a Load) -> Result<Ready<'a>, Fault> {
        let job = &load.job;
        let manner: Manner = read_json(&job.manner)?;
        let (own_words, event) = (manner.body(manner.language).is_some(), stored::<Notify>(&job.event)?);
        let is_part = |other: &Job| {
            let same = job.incident_id.is_some() && job.incident_id == other.incident_id;
            Ok::<_, Fault>(!own_words && same && event.takes_in(stored(&other.event)?))
        };
        let mut several = false;
        for other in &load.also {
            several |= links::asks(stored(&other.event)?) && !is_part(other)?;
        }
        let (mut message, mut body) = self.tell(job, &manner, several)?;
        let (mut also, mut parts) = (Vec::with_capacity(load.also.len()), Vec::new());
        for other in &load.also {
            let (its_message, its_body) = self.tell(other, &manner, false)?;
            if is_part(other)? {
                parts.push(also.len());
            } else {
                message.also.push(its_message.title);
            }
            also.push(its_body);
        }
        let parts: Vec<&Value> = parts.into_iter().map(|place| &also[place]["data"]).collect();
        message.take_in(&body["data"], &parts, self.settings.speech, &manner.time_zone());
        if !also.is_empty() {
            body["also"] = Value::Array(also);
        }
        let (settings, secrets) = (read_json(&job.config)?, Secrets::open(&self.ctx.seal, &job.secret)?);
        Ok(Ready {
            kind: stored(&job.kind)?,
            // Where a subscriber is reached is sealed.
            settings: if job.page_id.is_empty() { settings } else { secrets.beside(&settings) },
            secrets,
            message,
            body,
            job,
            now: self.ctx.now(),
            written: Timestamp(job.created_at),
        })
    }

    /// The message of one delivery, and its body with what only its reader may know. `several`: others that are to be acknowledged are
    /// told along with it.
    fn tell(&self, job: &Job, manner: &Manner, several: bool) -> Result<(Message, Value), Fault> {
        let mut body: Value = read_json(&job.payload)?;
        let event: Notify = stored(&job.event)?;
        let written = Timestamp(job.created_at);
        let user = UserId::parse(&job.user_id);
        let opens = user.is_some() || (job.page_id.is_empty() && is_for_readers(manner, stored(&job.kind)?));
        let link = if opens {
            let (channel, delivery) = (stored::<ChannelId>(&job.channel_id)?, stored::<DeliveryId>(&job.id)?);
            links::path(&self.ctx.seal, user.as_ref(), (&channel, &delivery), (event, &body["data"]), several, written)?
        } else {
            None
        };
        if let Some(link) = &link {
            body["data"]["ack"] = Value::String(link.clone());
        }
        if event == Notify::Verify {
            body["data"]["code"] =
                Value::String(codes::code(&self.ctx.seal, &job.channel_id, body["data"]["seed"].as_str().unwrap_or_default())?);
        }
        let site = body["data"]["page"]["site"].as_str().filter(|_| event.is_of_status()).map(str::to_owned);
        let base = site.as_deref().unwrap_or(&self.settings.base);
        let ticket =
            |act: TicketAct, ends: Option<Timestamp>| tickets::path(&self.ctx.seal, &stored::<ChannelId>(&job.channel_id)?, act, ends);
        let confirm =
            if event == Notify::StatusConfirm { Some(ticket(TicketAct::Confirm, Some(written.plus(CONFIRM_LASTS_MS)))?) } else { None };
        let unsubscribe = if event == Notify::StatusNotice { Some(ticket(TicketAct::End, None)?) } else { None };
        for (name, path) in [("confirm", &confirm), ("unsubscribe", &unsubscribe)] {
            if let Some(path) = path {
                body["data"][name] = Value::String(format!("{base}{path}"));
            }
        }
        let (zone, title, text) = (manner.time_zone(), manner.title(manner.language), manner.body(manner.language));
        let message = Message::of(&Telling {
            event,
            key: &job.key,
            at: written,
            data: &body["data"],
            channel: &job.channel_name,
            locale: manner.language,
            speech: self.settings.speech,
            zone: &zone,
            base,
            acknowledge: link.as_deref().or(confirm.as_deref()),
            unsubscribe: unsubscribe.as_deref(),
            title: title.as_ref().filter(|_| !event.is_asked_for()),
            body: text.as_ref().filter(|_| !event.is_asked_for()),
        });
        Ok((message, body))
    }
}

/// Whether messages of a channel of teams carry a link that acknowledges: a program does not log in.
fn is_for_readers(manner: &Manner, kind: Kind) -> bool {
    match manner.acknowledge {
        LinkFor::Nobody => false,
        LinkFor::LoggedIn => !kind.is_for_programs(),
        LinkFor::Readers => true,
    }
}

impl Ready<'_> {
    /// Whether it goes to somebody who subscribed to a status page.
    fn is_subscriber(&self) -> bool {
        !self.job.page_id.is_empty()
    }

    /// The outcome without the address, which others may have said: the ledger is read by people who are not to know it.
    fn discreet(&self, outcome: Outcome) -> Outcome {
        let (to, url) = (self.setting("to"), self.setting("url"));
        let host = url.split_once("://").map_or("", |(_, rest)| rest.split(['/', '?', '#', ':']).next().unwrap_or_default());
        let without = |text: String| {
            let hidden = [url, host, to].into_iter().filter(|word| !word.is_empty());
            hidden.fold(text, |text, word| text.replace(word, "…"))
        };
        match outcome {
            Outcome::Arrived { status, receipt } => Outcome::Arrived { status, receipt: without(receipt) },
            Outcome::Refused { status, why, wait_ms, gone } => Outcome::Refused { status, why: without(why), wait_ms, gone },
            Outcome::Failed(why) => Outcome::Failed(without(why)),
        }
    }

    fn setting(&self, name: &str) -> &str {
        self.settings.get(name).map_or("", String::as_str)
    }

    /// Whether it is as bad as it gets, so that a phone should wake up.
    fn is_urgent(&self) -> bool {
        self.message.severity.is_some_and(|severity| severity <= Severity::P2) || self.message.event == Notify::Page
    }
}
