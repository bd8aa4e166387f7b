//! The service of the area `occasions`, and what sibling areas may ask of it on their own connection.
//!
//! **Invariant:** an occasion of a team is read and written within that team; everybody's is written by whoever may do so everywhere.

pub(crate) mod foreign;
mod store;

use std::collections::BTreeSet;

use async_trait::async_trait;
use domain::{
    Actor, Fault, Permission, Reach, Span, Wording,
    audit::Object,
    form::Typed,
    id::{OccasionId, TeamId},
    live::Topic,
    occasions::{Content, Kind, Occasion, Occasions, Report, Taken, Time, as_typed},
};
use serde_json::json;
use sqlx::AnyConnection;

use crate::{Context, WriteTx, audit, people};

/// Letters of a calendar that is taken over.
const LONGEST: usize = 2_000_000;

/// Implements [`Occasions`].
pub struct Service {
    ctx: Context,
}

impl Service {
    /// The service over the common ground.
    pub fn new(ctx: Context) -> Self {
        Self { ctx }
    }

    async fn loaded(&self, conn: &mut AnyConnection, actor: &Actor, id: &OccasionId) -> Result<Occasion, Fault> {
        let found = store::one(conn, &actor.reach(Permission::Read), id).await?.ok_or(Fault::NotFound("occasion"))?;
        Ok(found.from_moment(self.ctx.now()))
    }

    /// The occasion, if the actor may write it: it may be read, so what is missing is the permission.
    async fn editable(&self, conn: &mut AnyConnection, actor: &Actor, id: &OccasionId) -> Result<Occasion, Fault> {
        let found = self.loaded(conn, actor, id).await?;
        match require(actor, found.content.team.as_ref()) {
            Err(Fault::NotFound(_)) => Err(Fault::Forbidden(Permission::SetFreezes)),
            other => other.map(|()| found),
        }
    }

    async fn write(&self, tx: &mut WriteTx, actor: &Actor, content: &Content, detail: &serde_json::Value) -> Result<OccasionId, Fault> {
        let id: OccasionId = self.ctx.new_id();
        store::insert(tx, &id, &actor.name, content, self.ctx.now()).await?;
        self.end(tx, actor, "occasion.add", &id, content, detail).await?;
        Ok(id)
    }

    /// What becomes of each event of a calendar, and what is new in it.
    async fn weigh(
        &self,
        conn: &mut AnyConnection,
        actor: &Actor,
        events: Result<Vec<Weighed>, Fault>,
        typed: &Typed,
    ) -> Result<(Report, Vec<Content>), Fault> {
        // One team for all of them; what is no id is told with the other fields.
        let team = typed.get("team").trim();
        let id = TeamId::parse(team);
        if team.is_empty() || id.is_some() {
            check_team(conn, actor, id.as_ref()).await?;
        }
        let known = store::list(conn, &actor.reach(Permission::Read), None).await?.into_iter().map(|one| one.content);
        let key = |one: &Content| (one.name.clone(), one.first, one.lacks_first(), one.team.clone());
        let mut known: BTreeSet<_> = known.map(|one| key(&one)).collect();
        let (mut report, mut new) = (Report::default(), Vec::new());
        for (name, first, read) in events? {
            let read =
                read.and_then(|content| if known.insert(key(&content)) { Ok(content) } else { Err(Wording::new("occasions-left-known")) });
            let why = match read {
                Ok(content) => {
                    new.push(content);
                    None
                }
                Err(why) => Some(why),
            };
            report.events.push(Taken { name, first, why });
        }
        report.taken = new.len();
        Ok((report, new))
    }

    async fn end(
        &self,
        tx: &mut WriteTx,
        actor: &Actor,
        act: &str,
        id: &OccasionId,
        content: &Content,
        detail: &serde_json::Value,
    ) -> Result<(), Fault> {
        tx.announce(Topic::Changes, id, content.team.as_ref());
        audit::record(tx, &self.ctx, actor, act, Object::new("occasion", id, &content.name, content.team.as_ref()), detail).await
    }
}

/// Name and first day of an event, and its content, or why it is left out.
type Weighed = (String, String, Result<Content, Wording>);

/// Reads every event as an occasion of this kind, zone and team.
fn contents(events: Vec<foreign::Read>, typed: &Typed) -> Result<Vec<Weighed>, Fault> {
    let read = |event: foreign::Read| match event {
        Err((name, first, why)) => Ok((name, first, Err(why))),
        Ok(event) => Ok((event.name.clone(), event.first.clone(), content_of(&as_typed(&event, typed))?)),
    };
    events.into_iter().map(read).collect()
}

/// The content of an event, or why it is left out. What is wrong with the kind, the zone or the team is wrong with all of them.
fn content_of(typed: &Typed) -> Result<Result<Content, Wording>, Fault> {
    let own = |field: &str| matches!(field, "name" | "first" | "last" | "rrule" | "without");
    match Content::parse(typed) {
        Ok(content) => Ok(Ok(content)),
        Err(fault) => match fault.problems() {
            [first, ..] if fault.problems().iter().all(|one| own(&one.field)) => Ok(Err(first.expected.clone())),
            _ => Err(fault),
        },
    }
}

/// Whether the actor may write for the team, which must be one that is within sight.
pub(crate) async fn check_team(conn: &mut AnyConnection, actor: &Actor, team: Option<&TeamId>) -> Result<(), Fault> {
    if let Some(team) = team {
        people::expect_team(conn, actor, team).await?;
    }
    require(actor, team)
}

/// Demands the right to write for a team; without one, for everybody.
pub(crate) fn require(actor: &Actor, team: Option<&TeamId>) -> Result<(), Fault> {
    match team {
        Some(team) => actor.require(Permission::SetFreezes, team, "team"),
        None => actor.require_everywhere(Permission::SetFreezes),
    }
}

/// Each time that a holiday of a team overlaps a span, whoever asks; everybody's left out.
pub(crate) async fn holidays(conn: &mut AnyConnection, span: Span) -> Result<Vec<(TeamId, Time)>, Fault> {
    let found = store::around(conn, &Reach::All, span).await?;
    let of_team = |one: &Occasion| one.content.team.clone().filter(|_| one.content.kind == Kind::Holiday);
    let each = found.iter().filter_map(|one| Some((of_team(one)?, one.times(span))));
    Ok(each.flat_map(|(team, times)| times.into_iter().map(move |time| (team.clone(), time))).collect())
}

/// Each time of everybody's occasions, and of those of teams within reach, that overlaps a span, in order.
pub(crate) async fn during(conn: &mut AnyConnection, reach: &Reach, span: Span) -> Result<Vec<Time>, Fault> {
    let found = store::around(conn, reach, span).await?;
    let mut times: Vec<Time> = found.iter().flat_map(|one| one.times(span)).collect();
    times.sort_by_key(|time| time.span.from);
    Ok(times)
}

/// When there are occasions of everybody or of these teams within a span, and of what kind, in order.
pub(crate) async fn special(conn: &mut AnyConnection, teams: Vec<TeamId>, span: Span) -> Result<Vec<(Kind, Span)>, Fault> {
    let times = during(conn, &Reach::Teams(teams), span).await?;
    Ok(times.into_iter().map(|time| (time.kind, time.span)).collect())
}

#[async_trait]
impl Occasions for Service {
    async fn list(&self, actor: &Actor, past: bool) -> Result<Vec<Occasion>, Fault> {
        actor.authenticated()?;
        let now = self.ctx.now();
        let mut conn = self.ctx.db.read().await?;
        let found = store::list(&mut conn, &actor.reach(Permission::Read), (!past).then_some(now)).await?;
        let mut found: Vec<Occasion> = found.into_iter().map(|one| one.from_moment(now)).filter(|one| past || one.next.is_some()).collect();
        found.sort_by_key(|one| one.next.map_or((1, -one.content.extent().from.0), |next| (0, next.from.0)));
        Ok(found)
    }

    async fn get(&self, actor: &Actor, id: &OccasionId) -> Result<Occasion, Fault> {
        actor.authenticated()?;
        self.loaded(&mut *self.ctx.db.read().await?, actor, id).await
    }

    async fn add(&self, actor: &Actor, typed: &Typed) -> Result<OccasionId, Fault> {
        actor.require_somewhere(Permission::SetFreezes)?;
        let content = Content::parse(typed)?;
        let mut tx = self.ctx.begin_write().await?;
        check_team(&mut tx, actor, content.team.as_ref()).await?;
        let id = self.write(&mut tx, actor, &content, &json!({ "to": content })).await?;
        tx.commit().await?;
        Ok(id)
    }

    async fn change(&self, actor: &Actor, id: &OccasionId, typed: &Typed) -> Result<(), Fault> {
        actor.authenticated()?;
        // What it costs to read is paid before anything is held; who may not write it does not hear what is wrong with it.
        let content = Content::parse(typed);
        let mut tx = self.ctx.begin_write().await?;
        let before = self.editable(&mut tx, actor, id).await?;
        let content = content?;
        check_team(&mut tx, actor, content.team.as_ref()).await?;
        let version = typed.version(before.version)?;
        if version == before.version && content == before.content {
            return Ok(());
        }
        if !store::update(&mut tx, (id, version), &actor.name, &content, self.ctx.now()).await? {
            return Err(Fault::conflict("occasions-conflict-edited"));
        }
        self.end(&mut tx, actor, "occasion.change", id, &content, &json!({ "from": before.content, "to": content })).await?;
        tx.commit().await
    }

    async fn remove(&self, actor: &Actor, id: &OccasionId) -> Result<(), Fault> {
        actor.authenticated()?;
        let mut tx = self.ctx.begin_write().await?;
        let before = self.editable(&mut tx, actor, id).await?;
        if !store::delete(&mut tx, id).await? {
            return Err(Fault::NotFound("occasion"));
        }
        self.end(&mut tx, actor, "occasion.remove", id, &before.content, &json!({ "from": before.content })).await?;
        tx.commit().await
    }

    async fn import(&self, actor: &Actor, typed: &Typed, dry: bool) -> Result<Report, Fault> {
        actor.require_somewhere(Permission::SetFreezes)?;
        let text = typed.get("text");
        let unread = |wording: Wording| Fault::Invalid(vec![domain::Problem::new("text", "", wording)]);
        if text.len() > LONGEST {
            return Err(unread(Wording::new("expect-at-most-characters").with("max", LONGEST)));
        }
        // A thousand events are read beside the others' work, and before anything is held.
        let (asked, text) = (typed.clone(), text.to_owned());
        let reading = tokio::task::spawn_blocking(move || foreign::read(&text).map(|events| contents(events, &asked)));
        let events = reading.await.map_err(|_| Fault::Internal)?.map_err(unread)?;
        if dry {
            return Ok(self.weigh(&mut *self.ctx.db.read().await?, actor, events, typed).await?.0);
        }
        let mut tx = self.ctx.begin_write().await?;
        let (report, new) = self.weigh(&mut tx, actor, events, typed).await?;
        for content in new {
            self.write(&mut tx, actor, &content, &json!({ "to": content, "imported": true })).await?;
        }
        tx.commit().await?;
        Ok(report)
    }
}
