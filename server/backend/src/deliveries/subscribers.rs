//! Subscribers of status pages: somebody outside, known by an address alone. It is asked first whether it wants to be told; it is
//! sealed, and shown to nobody. What was subscribed on a page of the house hangs on the right of whoever did so, and ends with it.

use domain::{
    Actor, Fault, Timestamp,
    deliveries::{Kind, Manner, Notify},
    id::{ChannelId, DeliveryId, StatusPageId, UserId},
    live::Topic,
    people::Locale,
    status::{ASKED_A_DAY, ASKED_AN_HOUR, SUBSCRIBERS, StatusPage, Subscribers, SubscriptionInput, TicketAct},
    time::{DAY, HOUR},
};
use serde_json::Value;
use sqlx::AnyConnection;

use super::{
    ENGINE, NOBODYS,
    secrets::Secrets,
    sign,
    store::{
        self, Busy, channels,
        subscribers::{self, Subscriber},
    },
    tickets,
};
use crate::{
    Context, Seal, WriteTx,
    seal::random_hex,
    status::{self, Hearers, Hearing},
};

/// What addresses are hashed for.
const PURPOSE: &str = "deliveries.subscriber";

/// Hashes of an address, with the newest key first: one finds it, whichever key was the newest when it was written.
fn hashes(seal: &Seal, input: &SubscriptionInput) -> Result<Vec<String>, Fault> {
    let same = input.sameness();
    let parts: [&[u8]; 2] = [input.kind.name().as_bytes(), same.as_bytes()];
    Ok(seal.mac_keys(PURPOSE)?.iter().map(|key| key.mac(&parts)).collect())
}

/// The page that somebody subscribes to.
pub(crate) struct Page<'a> {
    /// The page.
    pub(crate) page: &'a StatusPage,
    /// On whose right to read it that hangs.
    pub(crate) reader: Option<&'a UserId>,
    /// What is told of it in messages.
    pub(crate) facts: &'a Value,
}

/// Asks an address whether it wants to be told; `false` where nothing was written: it is told already, or was asked often enough.
pub(crate) async fn ask(
    tx: &mut WriteTx,
    ctx: &Context,
    asked: &Page<'_>,
    input: &SubscriptionInput,
    (language, zone): (Locale, &str),
) -> Result<bool, Fault> {
    let (now, hashes) = (ctx.now(), hashes(&ctx.seal, input)?);
    let (page, reader) = (asked.page, asked.reader);
    let known = subscribers::find(tx, &page.id, &hashes).await?.into_iter().find(|known| known.reader.as_ref() == reader);
    if known.as_ref().is_some_and(|known| known.verified) || subscribers::asked_since(tx, &hashes, now.plus(-DAY)).await? >= ASKED_A_DAY {
        return Ok(false);
    }
    if subscribers::asked_since(tx, &[], now.plus(-HOUR)).await? >= ASKED_AN_HOUR {
        return Err(Fault::TooMany { retry_after_s: 600 });
    }
    let id = match known {
        Some(known) => known.id,
        None => {
            if subscribers::all(tx, &page.id).await? >= SUBSCRIBERS {
                return Err(Fault::conflict("conflict-status-full"));
            }
            let (id, manner) = (ctx.new_id::<ChannelId>(), Manner { language, zone: zone.to_owned(), ..Manner::default() });
            let new = subscribers::Written {
                page: &page.id,
                reader,
                label: &page.title,
                kind: input.kind,
                manner: &manner,
                sealed: &secrets(input).seal(&ctx.seal)?,
                hash: hashes.first().ok_or(Fault::Internal)?,
            };
            subscribers::insert(tx, &id, &new, now).await?;
            id
        }
    };
    let delivery: DeliveryId = ctx.new_id();
    let key = format!("status-confirm-{}", &random_hex()[..24]);
    let data = serde_json::json!({ "page": asked.facts });
    let message =
        store::Message { event: Notify::StatusConfirm.name(), key: &key, team: NOBODYS, system: None, incident: None, data: &data };
    store::enqueue_one(tx, &delivery, &id, &message, now).await?;
    tx.announce(Topic::Deliveries, &delivery, None);
    tx.ring(ENGINE);
    Ok(true)
}

/// The address, and what a webhook is signed with.
fn secrets(input: &SubscriptionInput) -> Secrets {
    let field = if input.kind == Kind::Email { "to" } else { "url" };
    let mut values = std::collections::BTreeMap::from([(field.to_owned(), input.address.clone())]);
    if input.kind == Kind::Webhook {
        values.insert("secret".to_owned(), sign::new_secret());
    }
    let mut secrets = Secrets::default();
    secrets.take(&values);
    secrets
}

/// What a link opens.
pub(crate) struct Opened {
    /// Whose it is.
    pub(crate) channel: ChannelId,
    /// The page.
    pub(crate) page: StatusPageId,
    /// On whose right to read it that hangs.
    pub(crate) reader: Option<UserId>,
    /// How messages are carried.
    pub(crate) kind: Kind,
    /// What the link does.
    pub(crate) act: TicketAct,
    /// Whether that has happened.
    pub(crate) done: bool,
    /// What a webhook's messages are signed with.
    pub(crate) secret: Option<String>,
}

/// Reads a link: `NotFound` where it does not open. A subscription that is over is not begun again by an old link.
pub(crate) async fn open(conn: &mut AnyConnection, ctx: &Context, token: &str) -> Result<Opened, Fault> {
    let (channel, act) = tickets::read(&ctx.seal, token, ctx.now())?.ok_or(Fault::NotFound("subscription"))?;
    let known = subscribers::get(conn, &channel).await?;
    if known.removed && act == TicketAct::Confirm {
        return Err(Fault::NotFound("subscription"));
    }
    let done = match act {
        TicketAct::Confirm => known.verified,
        TicketAct::End => known.removed,
    };
    let secrets = Secrets::open(&ctx.seal, &known.sealed)?;
    let secret = (act == TicketAct::Confirm && secrets.has("secret")).then(|| secrets.get("secret").to_owned());
    Ok(Opened { channel, page: known.page, reader: known.reader, kind: known.kind, act, done, secret })
}

/// Does what the link says; `false` where it was done before.
pub(crate) async fn act(tx: &mut WriteTx, ctx: &Context, opened: &Opened) -> Result<bool, Fault> {
    match opened.act {
        TicketAct::Confirm => subscribers::confirm(tx, &opened.channel, ctx.now()).await,
        TicketAct::End => {
            // What waits for it is given up.
            tx.ring(ENGINE);
            channels::remove(tx, &opened.channel, ctx.now()).await
        }
    }
}

/// Puts what was published into the outbox of the subscribers of the page, once for each key; gives how many that are. Of a page that
/// not everybody may read those are told who subscribed as readers.
pub(crate) async fn tell(tx: &mut WriteTx, ctx: &Context, page: &StatusPage, key: &str, data: &Value) -> Result<u64, Fault> {
    let (told, team) = (subscribers::told(tx, &page.id, page.public).await?, &page.team);
    if told.is_empty() {
        return Ok(0);
    }
    let message = store::Message { event: Notify::StatusNotice.name(), key, team: team.as_str(), system: None, incident: None, data };
    let mut rows = store::outgoing(&message, told.iter().map(|channel| (ctx.new_id(), channel)), ctx.now());
    let written = store::enqueue(tx, &mut rows, ctx.now()).await?;
    tx.announce(Topic::Deliveries, "", Some(team));
    tx.ring(ENGINE);
    Ok(written)
}

/// Ends what an address subscribed to, whoever did so; `false` where nobody had.
pub(crate) async fn end(tx: &mut WriteTx, ctx: &Context, page: &StatusPageId, input: &SubscriptionInput) -> Result<bool, Fault> {
    let mut ended = false;
    for known in subscribers::find(tx, page, &hashes(&ctx.seal, input)?).await? {
        ended |= channels::remove(tx, &known.id, ctx.now()).await?;
    }
    // What waits for it is given up.
    tx.ring(ENGINE);
    Ok(ended)
}

/// Subscribers who have something due, by what becomes of it.
#[derive(Default)]
pub(super) struct Heard {
    /// They are told.
    pub(super) told: Vec<Busy>,
    /// They rest while not everybody may read their page.
    pub(super) resting: Vec<ChannelId>,
    /// They may not read any more what they subscribed to as readers.
    pub(super) lost: Vec<Subscriber>,
}

impl Heard {
    /// Whether there is nobody to be told nothing.
    pub(super) fn is_all(&self) -> bool {
        self.resting.is_empty() && self.lost.is_empty()
    }
}

/// Looks whom of these subscribers may be told.
pub(super) async fn heard(conn: &mut AnyConnection, busy: Vec<Busy>) -> Result<Heard, Fault> {
    let mut heard = Heard::default();
    if busy.is_empty() {
        return Ok(heard);
    }
    let ids: Vec<&str> = busy.iter().map(|channel| channel.id.as_str()).collect();
    let (known, mut hearers) = (subscribers::of(conn, &ids).await?, Hearers::default());
    for one in known {
        match hearers.hear(conn, &one.page, one.reader.as_ref()).await? {
            Hearing::Told => {}
            Hearing::Rests => heard.resting.push(one.id),
            Hearing::Over => heard.lost.push(one),
        }
    }
    let deaf = |id: &str| heard.resting.iter().chain(heard.lost.iter().map(|one| &one.id)).any(|other| other.as_str() == id);
    heard.told = busy.into_iter().filter(|channel| !deaf(&channel.id)).collect();
    Ok(heard)
}

/// Ends a subscription whose reader may not read the page any more; `false` where it was over.
pub(super) async fn lose(tx: &mut WriteTx, ctx: &Context, lost: &Subscriber) -> Result<bool, Fault> {
    if !channels::remove(tx, &lost.id, ctx.now()).await? {
        return Ok(false);
    }
    // What waits for them is given up with the next tick.
    tx.ring(ENGINE);
    let detail = serde_json::json!({ "kind": lost.kind, "reader": lost.reader });
    status::lost(tx, ctx, &Actor::engine(ENGINE), &lost.page, &detail).await?;
    Ok(true)
}

/// How many subscribers of a page are told: of one that not everybody may read, those who subscribed as readers.
pub(crate) async fn count(conn: &mut AnyConnection, page: &StatusPageId, everybody: bool) -> Result<Subscribers, Fault> {
    subscribers::count(conn, page, everybody).await
}

/// The page is gone: so are its subscribers.
pub(crate) async fn remove_all(tx: &mut WriteTx, page: &StatusPageId, now: Timestamp) -> Result<u64, Fault> {
    tx.ring(ENGINE);
    subscribers::remove_all(tx, page, now).await
}

/// Removes what was asked for before and never confirmed, at most `limit`.
pub(crate) async fn forget_unconfirmed(conn: &mut AnyConnection, before: Timestamp, now: Timestamp, limit: u32) -> Result<u64, Fault> {
    subscribers::remove_unconfirmed(conn, before, now, limit).await
}
