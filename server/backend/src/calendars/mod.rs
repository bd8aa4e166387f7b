//! The service of the area `calendars`, and what sibling areas may ask of it on their own connection.
//!
//! **Invariants:** a calendar of a team is read and written within that team; everybody's is written by whoever may do so everywhere. Its address
//! is sealed where it is kept and told to nobody; only its host is.

mod engine;
mod moments;
mod read;
mod store;

use async_trait::async_trait;
use domain::{
    Actor, Fault, Permission, Reach, Span,
    audit::Object,
    calendars::{Calendars, Content, ForeignCalendar, Times},
    form::Typed,
    id::CalendarId,
    live::Topic,
};
use serde_json::json;
use sqlx::AnyConnection;
use url::Url;

use crate::{Context, WriteTx, audit, occasions};
pub use engine::Reader;

/// What addresses are sealed for.
const PURPOSE: &str = "calendars.url";
/// Calendars that a house may read.
const MOST: i64 = 200;
/// Times that are told of one span.
const TIMES: usize = 500;

/// Implements [`Calendars`].
pub struct Service {
    ctx: Context,
}

impl Service {
    /// The service over the common ground.
    pub fn new(ctx: Context) -> Self {
        Self { ctx }
    }

    async fn found(&self, conn: &mut AnyConnection, actor: &Actor, id: &CalendarId) -> Result<ForeignCalendar, Fault> {
        store::one(conn, &actor.reach(Permission::Read), id).await?.ok_or(Fault::NotFound("calendar"))
    }

    /// The calendar, if the actor may write it: it may be read, so what is missing is the permission.
    async fn writable(&self, conn: &mut AnyConnection, actor: &Actor, id: &CalendarId) -> Result<ForeignCalendar, Fault> {
        let found = self.found(conn, actor, id).await?;
        match occasions::require(actor, found.content.team.as_ref()) {
            Err(Fault::NotFound(_)) => Err(Fault::Forbidden(Permission::SetFreezes)),
            other => other.map(|()| found),
        }
    }

    async fn end(&self, mut tx: WriteTx, actor: &Actor, act: &str, id: &CalendarId, content: &Content) -> Result<(), Fault> {
        tx.announce(Topic::Changes, id, content.team.as_ref());
        // The address itself stays out of the trail.
        let object = Object::new("calendar", id, &content.name, content.team.as_ref());
        audit::record(&mut tx, &self.ctx, actor, act, object, &json!({ "calendar": content })).await?;
        tx.commit().await
    }
}

/// What the calendars within reach hold in a span: everybody's, and those of teams.
pub(crate) async fn during(conn: &mut AnyConnection, reach: &Reach, span: Span) -> Result<Times, Fault> {
    let calendars = store::list(conn, reach).await?;
    if calendars.is_empty() {
        return Ok(Times::default());
    }
    let ids: Vec<&CalendarId> = calendars.iter().map(|calendar| &calendar.id).collect();
    let mut times = store::during(conn, &ids, span, TIMES).await?;
    times.sort_by(|a, b| a.span.from.cmp(&b.span.from).then_with(|| a.name.cmp(&b.name)));
    times.truncate(TIMES);
    Ok(Times { calendars, times })
}

#[async_trait]
impl Calendars for Service {
    async fn list(&self, actor: &Actor) -> Result<Vec<ForeignCalendar>, Fault> {
        actor.authenticated()?;
        store::list(&mut *self.ctx.db.read().await?, &actor.reach(Permission::Read)).await
    }

    async fn get(&self, actor: &Actor, id: &CalendarId) -> Result<ForeignCalendar, Fault> {
        actor.authenticated()?;
        self.found(&mut *self.ctx.db.read().await?, actor, id).await
    }

    async fn add(&self, actor: &Actor, typed: &Typed) -> Result<CalendarId, Fault> {
        actor.require_somewhere(Permission::SetFreezes)?;
        let (content, url) = Content::parse(typed)?;
        let wrong = || Fault::invalid("url", "", domain::Wording::new("expect-url"));
        let host = Url::parse(&url).ok().and_then(|url| url.host_str().map(str::to_owned)).ok_or_else(wrong)?;
        let sealed = self.ctx.seal.seal(PURPOSE, url.as_bytes())?;
        let id: CalendarId = self.ctx.new_id();
        let mut tx = self.ctx.begin_write().await?;
        occasions::check_team(&mut tx, actor, content.team.as_ref()).await?;
        if store::count(&mut tx).await? >= MOST {
            return Err(Fault::Conflict(domain::Wording::new("calendars-conflict-most").with("max", MOST)));
        }
        store::insert(&mut tx, &id, &actor.name, (&content, &sealed, &host), self.ctx.now()).await?;
        tx.ring(engine::NAME);
        self.end(tx, actor, "calendar.add", &id, &content).await?;
        Ok(id)
    }

    async fn refresh(&self, actor: &Actor, id: &CalendarId) -> Result<(), Fault> {
        actor.authenticated()?;
        let mut tx = self.ctx.begin_write().await?;
        let found = self.writable(&mut tx, actor, id).await?;
        store::soon(&mut tx, id, self.ctx.now()).await?;
        tx.ring(engine::NAME);
        self.end(tx, actor, "calendar.refresh", id, &found.content).await
    }

    async fn remove(&self, actor: &Actor, id: &CalendarId) -> Result<(), Fault> {
        actor.authenticated()?;
        let mut tx = self.ctx.begin_write().await?;
        let found = self.writable(&mut tx, actor, id).await?;
        if !store::delete(&mut tx, id).await? {
            return Err(Fault::NotFound("calendar"));
        }
        self.end(tx, actor, "calendar.remove", id, &found.content).await
    }
}
