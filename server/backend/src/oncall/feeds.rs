//! Calendars of schedules and of one's own shifts as iCalendar text, behind secret addresses. Those of a schedule are each one
//! person's own, and end with their right to read it.
//!
//! A shift is known by its schedule, person and first moment: where a cover moves it, the calendar that reads the feed anew
//! has the new one in place of the old.

use domain::{
    Actor, Fault, Permission, Reach, Span, Timestamp,
    audit::Object,
    id::{ScheduleId, UserId},
    live::Topic,
    oncall::{Duty, Feed, ScheduleRef},
    time::DAY,
};
use icalendar::{Calendar, Component, Event, EventStatus};
use serde_json::json;
use sqlx::AnyConnection;

use super::{
    Service,
    reading::{duties, everybody, faces},
    store::{self, Stored, covers},
};
use crate::{
    audit,
    ical::{calendar, event},
    people,
    personal::{Holder, Shown},
    seal::random_hex,
};

/// What addresses of schedules are keyed for.
const OF_SCHEDULES: &str = "oncall.schedule";
/// How far back and ahead a feed reaches.
const BACK: i64 = 30 * DAY;
const AHEAD: i64 = 180 * DAY;

impl Service {
    fn shift(&self, schedule: &ScheduleRef, duty: &Duty, stamp: Timestamp) -> Event {
        let who = duty.person.as_ref().map_or("gap", |person| person.id.as_str());
        let uid = format!("duty-{}-{who}-{}@evenkeel", schedule.id, duty.span.from.0);
        let mut event = event(&uid, duty.span, 0, stamp);
        match &duty.person {
            Some(person) => event.summary(&format!("{} · {}", person.name, schedule.name)),
            None => event.summary(&format!("⚠ nobody on call · {}", schedule.name)),
        };
        event.description(&format!("team: {}\nzone: {}\n{}", schedule.team_name, schedule.zone, duty.layer));
        event.status(EventStatus::Confirmed);
        event.url(&format!("{}/oncall/schedules/{}", self.url, schedule.id));
        event.add_property("CATEGORIES", "ONCALL");
        event.add_property("TRANSP", "TRANSPARENT");
        event.done()
    }

    async fn write(&self, conn: &mut AnyConnection, calendar: &mut Calendar, stored: &Stored, only: Option<&UserId>) -> Result<(), Fault> {
        let now = self.ctx.now();
        // From the beginning of a day: what it cuts keeps its name from one reading to the next.
        let from = Timestamp(now.plus(-BACK).0.div_euclid(DAY) * DAY);
        let span = Span { from, to: now.plus(AHEAD) };
        let covers = covers::during(conn, &[stored.id()], span).await?;
        let everybody = everybody(&stored.plan, &covers);
        if only.is_some_and(|only| !everybody.contains(only)) {
            return Ok(());
        }
        let faces = faces(conn, stored.team(), &everybody).await?;
        let briefs: Vec<_> = covers.iter().map(covers::Stored::brief).collect();
        for duty in duties(&stored.plan, &briefs, &faces, span) {
            if only.is_none_or(|only| duty.person.as_ref().is_some_and(|person| person.id == *only)) {
                calendar.push(self.shift(&stored.schedule, &duty, now));
            }
        }
        Ok(())
    }

    pub(super) async fn ical(&self, secret: &str) -> Result<String, Fault> {
        let conn = &mut *self.ctx.db.read().await?;
        let Some((reader, page)) = people::feeds::reader(conn, secret).await? else {
            let stored = self.shown(conn, secret).await?;
            let mut calendar = calendar(&stored.schedule.name);
            self.write(conn, &mut calendar, &stored, None).await?;
            return Ok(calendar.done().to_string());
        };
        if page.is_some() {
            return Err(Fault::NotFound("calendar"));
        }
        let user = reader.person()?;
        let mut calendar = calendar(&reader.name);
        for stored in store::list(conn, &reader.reach(Permission::Read), None).await? {
            self.write(conn, &mut calendar, &stored, Some(user)).await?;
        }
        Ok(calendar.done().to_string())
    }

    /// The schedule of an address, if its person may read it now.
    async fn shown(&self, conn: &mut AnyConnection, secret: &str) -> Result<Stored, Fault> {
        let missing = || Fault::NotFound("calendar");
        let shown = Shown::read(secret).ok_or_else(missing)?;
        let id = ScheduleId::parse(shown.what()).ok_or_else(missing)?;
        let stored = store::get(conn, &Reach::All, &id).await.map_err(|fault| match fault {
            Fault::NotFound(_) => missing(),
            other => other,
        })?;
        let mark = store::feed(conn, &id).await?;
        shown.open(conn, (&self.ctx.seal, self.ctx.now()), OF_SCHEDULES, &mark, stored.team()).await?;
        Ok(stored)
    }

    pub(super) async fn feed(&self, actor: &Actor, id: &ScheduleId) -> Result<Feed, Fault> {
        actor.require_somewhere(Permission::Read)?;
        let conn = &mut *self.ctx.db.read().await?;
        let stored = self.find(conn, actor, id).await?;
        let mark = store::feed(conn, id).await?;
        let secret = Holder::of(conn, actor).await?.address(&self.ctx.seal, OF_SCHEDULES, id.as_str(), &mark)?;
        Ok(Feed { secret, may_renew: actor.may(Permission::ManageOnCall, stored.team()) })
    }

    pub(super) async fn renew_feed(&self, actor: &Actor, id: &ScheduleId) -> Result<(), Fault> {
        actor.require_somewhere(Permission::ManageOnCall)?;
        let mut tx = self.ctx.begin_write().await?;
        let stored = self.kept(&mut tx, actor, id).await?;
        store::set_feed(&mut tx, id, &random_hex()).await?;
        // The secret itself stays out of the trail.
        self.finish(tx, actor, "schedule.renew-feed", (id, &stored.plan.name, stored.team()), &json!({})).await
    }

    pub(super) async fn own_feed(&self, actor: &Actor) -> Result<Option<Feed>, Fault> {
        let user = actor.person()?;
        let secret = people::feeds::secret(&mut *self.ctx.db.read().await?, &self.ctx.seal, user, None).await?;
        Ok(secret.map(|secret| Feed { secret, may_renew: true }))
    }

    pub(super) async fn renew_own_feed(&self, actor: &Actor) -> Result<(), Fault> {
        let user = actor.person()?;
        let mut tx = self.ctx.begin_write().await?;
        if !people::feeds::renew(&mut tx, &self.ctx, user, None).await? {
            return Ok(());
        }
        tx.announce(Topic::OnCall, "", None);
        audit::record(&mut tx, &self.ctx, actor, "oncall.renew-feed", Object::new("user", user, &actor.name, None), &json!({})).await?;
        tx.commit().await
    }
}
