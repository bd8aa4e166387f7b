//! Subscriptions: who is outside asks to be told, confirms it by a signed link, and ends it by another. On a page of the house whoever
//! may read it asks so, and is told as long as they may.

use std::{
    collections::{HashMap, hash_map::Entry},
    sync::{Mutex, PoisonError},
};

use domain::{
    Actor, Fault, Permission, Reach, Timestamp, Wording,
    audit::Object,
    deliveries::Kind,
    form::Typed,
    id::{EntryId, StatusNoticeId, StatusPageId, UserId},
    live::Topic,
    status::{ASKS_AN_HOUR, Asker, Notice, StatusPage, SubscriptionInput, Ticket, TicketAct, UpdateInput},
    time::HOUR,
};
use serde_json::{Value, json};
use sqlx::AnyConnection;

use super::{Service, store};
use crate::{Context, WriteTx, audit, deliveries::subscribers, people};

/// Networks and people remembered at most; with more within an hour, those remembered are forgotten and begin anew.
const ASKERS: usize = 10_000;

/// How often each network has asked within the hour, and each person on pages of the house.
#[derive(Default)]
pub(super) struct Askers {
    hour: Mutex<(Option<Timestamp>, HashMap<String, u32>)>,
}

impl Askers {
    /// Counts a request, unless there were enough.
    fn take(&self, asker: String, now: Timestamp) -> Result<(), Fault> {
        let hour = now.floor(HOUR);
        let mut asked = self.hour.lock().unwrap_or_else(PoisonError::into_inner);
        if asked.0 != Some(hour) || asked.1.len() >= ASKERS {
            *asked = (Some(hour), HashMap::new());
        }
        let count = asked.1.entry(asker).or_default();
        if *count >= ASKS_AN_HOUR {
            let left = hour.plus(HOUR).since(now).div_euclid(1_000) + 1;
            return Err(Fault::TooMany { retry_after_s: u32::try_from(left).unwrap_or(3_600) });
        }
        *count += 1;
        Ok(())
    }
}

/// What messages tell of a page. Links in them begin with its own host, where it is served under one: who reads them may not reach ours.
pub(super) fn facts(url: &str, page: &StatusPage) -> Value {
    let hosted = page.public && !page.host.is_empty();
    let (site, path) = if hosted { (site(url, &page.host), "/".to_owned()) } else { (url.to_owned(), format!("/status/{}", page.slug)) };
    json!({ "slug": page.slug, "title": page.title, "site": site, "path": path, "url": format!("{site}{path}") })
}

/// The address that begins like ours and has another host.
fn site(url: &str, host: &str) -> String {
    let (scheme, rest) = url.split_once("://").unwrap_or(("https", url));
    let port = rest.rsplit_once(':').map(|(_, port)| port).filter(|port| port.bytes().all(|byte| byte.is_ascii_digit()));
    port.map_or_else(|| format!("{scheme}://{host}"), |port| format!("{scheme}://{host}:{port}"))
}

/// Whether a reader who subscribed may be told what is said on a page: as long as their account is open and they may read it.
fn reads(page: &StatusPage, reader: Option<&Actor>) -> bool {
    reader.is_some_and(|reader| page.public || reader.may(Permission::Read, &page.team))
}

/// Whether a subscriber may be told: anybody where the page is public; where a reader subscribed, as long as they may read it.
async fn may_be_told(conn: &mut AnyConnection, page: &StatusPage, reader: Option<&UserId>) -> Result<bool, Fault> {
    let Some(reader) = reader else { return Ok(page.public) };
    Ok(reads(page, people::actor_of(conn, reader).await?.as_ref()))
}

/// What becomes of what a subscriber is to be told.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Hearing {
    /// It is told.
    Told,
    /// It is not, while not everybody may read the page.
    Rests,
    /// Nothing is told any more: the reader may not read the page, or it is gone.
    Over,
}

/// Looks at what subscribers may be told, with what was read for it: each page and each reader once.
#[derive(Default)]
pub(crate) struct Hearers {
    pages: HashMap<StatusPageId, Option<StatusPage>>,
    readers: HashMap<UserId, Option<Actor>>,
}

impl Hearers {
    /// What becomes of what a subscriber of a page is to be told, who hangs on a reader or on nobody.
    pub(crate) async fn hear(&mut self, conn: &mut AnyConnection, page: &StatusPageId, reader: Option<&UserId>) -> Result<Hearing, Fault> {
        let page = match self.pages.entry(page.clone()) {
            Entry::Occupied(known) => known.into_mut(),
            Entry::Vacant(unknown) => unknown.insert(found(conn, page).await?),
        };
        let Some(page) = page else { return Ok(Hearing::Over) };
        let Some(reader) = reader else { return Ok(if page.public { Hearing::Told } else { Hearing::Rests }) };
        let reader = match self.readers.entry(reader.clone()) {
            Entry::Occupied(known) => known.into_mut(),
            Entry::Vacant(unknown) => unknown.insert(people::actor_of(conn, reader).await?),
        };
        Ok(if reads(page, reader.as_ref()) { Hearing::Told } else { Hearing::Over })
    }
}

/// A page; `None` where it is gone.
async fn found(conn: &mut AnyConnection, page: &StatusPageId) -> Result<Option<StatusPage>, Fault> {
    match store::page(conn, &Reach::All, page).await {
        Ok(page) => Ok(Some(page)),
        Err(Fault::NotFound(_)) => Ok(None),
        Err(fault) => Err(fault),
    }
}

/// Writes into the trail that a reader is told nothing more of a page, because they may not read it.
pub(crate) async fn lost(tx: &mut WriteTx, ctx: &Context, actor: &Actor, page: &StatusPageId, detail: &Value) -> Result<(), Fault> {
    let Some(page) = found(tx, page).await? else { return Ok(()) };
    let object = Object::new("status-page", &page.id, &page.title, Some(&page.team));
    audit::record(tx, ctx, actor, "status-page.lose-subscriber", object, detail).await?;
    tx.announce(Topic::Deliveries, "", Some(&page.team));
    Ok(())
}

impl Service {
    pub(super) async fn ask(&self, actor: &Actor, slug: &str, typed: &Typed, asker: &Asker) -> Result<(), Fault> {
        let public = self.seen(actor, slug).await?.public;
        let input = SubscriptionInput::parse(typed)?;
        if input.kind == Kind::Email && !self.mail {
            return Err(Fault::invalid("email", &input.address, Wording::new("expect-mail-server")));
        }
        // A house may have one address for all its people.
        let who = if public { people::network_of(&asker.peer) } else { actor.person()?.to_string() };
        self.askers.take(who, self.ctx.now())?;
        let (mut tx, page) = self.begin_as_reader(actor, slug).await?;
        let reader = if page.public { None } else { Some(actor.person()?) };
        let facts = facts(&self.ctx.url, &page);
        let asked = subscribers::Page { page: &page, reader, facts: &facts };
        match subscribers::ask(&mut tx, &self.ctx, &asked, &input, (asker.locale, &asker.zone)).await {
            Ok(true) => self.finish(tx, actor, "status-page.subscribe", &page, json!({ "kind": input.kind })).await,
            // Nothing was written. Two at once from the same address: the other one has asked it.
            Ok(false) => Ok(()),
            Err(Fault::Conflict(wording)) if wording.key == "conflict-taken" => Ok(()),
            Err(fault) => Err(fault),
        }
    }

    /// What a link opens, with its page. Nothing begins for whoever may not be told; an end is always there.
    async fn opened(&self, conn: &mut AnyConnection, token: &str) -> Result<(StatusPage, subscribers::Opened), Fault> {
        let opened = subscribers::open(conn, &self.ctx, token).await?;
        let page = store::page(conn, &Reach::All, &opened.page).await?;
        if opened.act == TicketAct::Confirm && !may_be_told(conn, &page, opened.reader.as_ref()).await? {
            return Err(Fault::NotFound("subscription"));
        }
        Ok((page, opened))
    }

    pub(super) async fn open(&self, token: &str) -> Result<Ticket, Fault> {
        let (page, opened) = self.opened(&mut *self.ctx.db.read().await?, token).await?;
        Ok(ticket(page, opened))
    }

    pub(super) async fn act(&self, token: &str) -> Result<Ticket, Fault> {
        let mut tx = self.ctx.begin_write().await?;
        let (page, mut opened) = self.opened(&mut tx, token).await?;
        if subscribers::act(&mut tx, &self.ctx, &opened).await? {
            let act = if opened.act == TicketAct::Confirm { "status-page.confirm" } else { "status-page.unsubscribe" };
            // The link is all that is known of who follows it.
            self.finish(tx, &Actor::nobody(), act, &page, json!({ "kind": opened.kind })).await?;
        }
        opened.done = true;
        Ok(ticket(page, opened))
    }

    /// Has the subscribers of a page told what was just said of a notice.
    pub(super) async fn spread(
        &self,
        tx: &mut WriteTx,
        page: &StatusPage,
        notice: &StatusNoticeId,
        (update, said): (&EntryId, &UpdateInput),
    ) -> Result<(), Fault> {
        let (notice, _) = store::notice(tx, notice).await?;
        let Notice { id, title, impact, components, began_at, resolved_at, .. } = &notice;
        let data = json!({
            "page": facts(&self.ctx.url, page),
            "notice": {
                "id": id, "title": title, "state": said.state, "impact": impact, "components": components, "text": said.text,
                "began_at": began_at.rfc3339(), "resolved_at": resolved_at.map(Timestamp::rfc3339),
            },
        });
        subscribers::tell(tx, &self.ctx, page, &format!("status-{update}"), &data).await.map(drop)
    }
}

fn ticket(page: StatusPage, opened: subscribers::Opened) -> Ticket {
    let subscribers::Opened { kind, act, done, secret, .. } = opened;
    Ticket { act, page: page.id, slug: page.slug, title: page.title, kind, done, secret }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn links_begin_with_the_host_of_the_page() {
        assert_eq!(site("https://ops.example.org", "status.example.org"), "https://status.example.org");
        assert_eq!(site("http://127.0.0.1:8080", "status.example.org"), "http://status.example.org:8080");
        assert_eq!(site("http://[::1]", "status.example.org"), "http://status.example.org");
    }

    #[test]
    fn a_network_asks_so_often_an_hour() {
        let askers = Askers::default();
        for n in 0..ASKS_AN_HOUR {
            assert!(askers.take(people::network_of(&format!("2001:db8::{n:x}")), Timestamp(1_000)).is_ok());
        }
        let again = |now: i64| askers.take(people::network_of("2001:db8::ffff"), Timestamp(now));
        assert_eq!(again(1_000), Err(Fault::TooMany { retry_after_s: 3_600 }));
        assert!(askers.take(people::network_of("192.0.2.1"), Timestamp(1_000)).is_ok());
        assert!(again(HOUR).is_ok());
    }
}
