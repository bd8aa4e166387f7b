//! A team's calendar as iCalendar text (RFC 5545), behind a secret URL.
//!
//! Every event keeps its UID for life and counts SEQUENCE up with every edit and move, so that calendars replace
//! what they have.

use domain::{
    Actor, Fault, Permission, Reach, Span, Timestamp,
    audit::Object,
    changes::{Feed, Freeze, Scope, State, TeamRef, number_text},
    id::TeamId,
    live::Topic,
    time::DAY,
};
use icalendar::{Component, Event, EventStatus};
use serde_json::json;

use super::{
    Service, loaded,
    store::{self, Stored},
};
use crate::{
    audit,
    ical::{calendar, event},
    people::{self, TeamCalendar},
};

/// How far back and ahead a feed reaches.
const BACK: i64 = 90 * DAY;
const AHEAD: i64 = 400 * DAY;

fn change_event(url: &str, change: &Stored) -> Event {
    let summary = &change.summary;
    let mut event = event(&format!("change-{}@evenkeel", summary.id), summary.busy(), change.sequence, change.updated_at);
    let systems = summary.systems.iter().map(|s| s.name.as_str()).collect::<Vec<_>>().join(", ");
    event.summary(&format!("{} {}", number_text(summary.number), summary.title));
    event.description(&format!(
        "state: {}\nrisk: {}\nsystems: {systems}\nteam: {}\nrequested by: {}\nwindow: {} – {} {}",
        summary.state,
        summary.risk,
        summary.team.name,
        summary.requester,
        summary.window.start.replace('T', " "),
        summary.window.end.replace('T', " "),
        summary.window.zone,
    ));
    event.status(match summary.state {
        State::Draft | State::Pending => EventStatus::Tentative,
        State::Rejected | State::Cancelled => EventStatus::Cancelled,
        _ => EventStatus::Confirmed,
    });
    event.url(&format!("{url}/changes/{}", summary.id));
    event.add_property("CATEGORIES", "CHANGE");
    event.done()
}

fn freeze_event(url: &str, freeze: &Freeze, stamp: Timestamp) -> Event {
    // Each time of one that comes again is an event of its own.
    let uid = match &freeze.content.recurrence {
        None => format!("freeze-{}@evenkeel", freeze.id),
        Some(_) => format!("freeze-{}-{}@evenkeel", freeze.id, freeze.content.window.span.from.0),
    };
    let mut event = event(&uid, freeze.content.window.span, freeze.version - 1, stamp);
    event.summary(&format!("⛔ {}", freeze.content.reason));
    event.status(EventStatus::Confirmed);
    event.url(&format!("{url}/freezes#freeze-{}", freeze.id));
    event.add_property("CATEGORIES", "FREEZE");
    event.add_property("TRANSP", "TRANSPARENT");
    event.done()
}

impl Service {
    pub(super) async fn ical(&self, secret: &str) -> Result<String, Fault> {
        let mut conn = self.ctx.db.read().await?;
        let (team, name) = people::team_of_calendar(&mut conn, &self.ctx, secret).await?;
        let now = self.ctx.now();
        let span = Span { from: now.plus(-BACK), to: now.plus(AHEAD) };
        let mut changes = store::of_team(&mut conn, &team, span).await?;
        let named = loaded::named(&mut conn, changes.iter().map(|c| c.summary.clone()).collect()).await?;
        for (change, summary) in changes.iter_mut().zip(named) {
            change.summary = summary;
        }
        let freezes = store::freezes(&mut conn, &Reach::Teams(vec![team.clone()]), span).await?;
        let mut calendar = calendar(&name);
        for change in &changes {
            calendar.push(change_event(&self.url, change));
        }
        for freeze in &freezes {
            if !matches!(&freeze.content.scope, Scope::Team(other) if *other != team) {
                calendar.push(freeze_event(&self.url, freeze, now));
            }
        }
        Ok(calendar.done().to_string())
    }

    pub(super) async fn feeds(&self, actor: &Actor) -> Result<Vec<Feed>, Fault> {
        actor.require_somewhere(Permission::Read)?;
        let mut conn = self.ctx.db.read().await?;
        let calendars = people::calendars(&mut conn, &self.ctx.seal, actor).await?;
        let feed = |calendar: TeamCalendar| {
            let may_renew = actor.may(Permission::ManagePeople, &calendar.team);
            Feed { team: TeamRef { id: calendar.team, name: calendar.name }, secret: calendar.secret, may_renew }
        };
        Ok(calendars.into_iter().map(feed).collect())
    }

    pub(super) async fn renew_feed(&self, actor: &Actor, team: &TeamId) -> Result<(), Fault> {
        actor.require(Permission::ManagePeople, team, "team")?;
        let mut tx = self.ctx.begin_write().await?;
        let name = people::renew_calendar(&mut tx, team).await?;
        tx.announce(Topic::People, team, Some(team));
        // The secret itself stays out of the trail.
        audit::record(&mut tx, &self.ctx, actor, "calendar.renew", Object::new("team", team, name, Some(team)), &json!({})).await?;
        tx.commit().await
    }
}
