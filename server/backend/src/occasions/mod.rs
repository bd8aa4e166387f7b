//! The service of the area `occasions`, and what sibling areas may ask of it on their own connection.
//!
//! **Invariant:** an occasion of a team is read and written within that team; everybody's is written by whoever may do so everywhere.

mod foreign;
mod store;

use async_trait::async_trait;
use domain::{
    Actor, Fault, Permission, Reach, Span, Wording,
    audit::Object,
    form::Typed,
    id::{OccasionId, TeamId},
    live::Topic,
    occasions::{Content, Occasion, Occasions, Report, Taken, Time, as_typed},
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

    async fn read(&self, conn: &mut AnyConnection, actor: &Actor, typed: &Typed) -> Result<Content, Fault> {
        let content = Content::parse(typed)?;
        self.check_team(conn, actor, content.team.as_ref()).await?;
        Ok(content)
    }

    async fn check_team(&self, conn: &mut AnyConnection, actor: &Actor, team: Option<&TeamId>) -> Result<(), Fault> {
        if let Some(team) = team {
            let exists = !people::teams(conn, &Reach::Teams(vec![team.clone()])).await?.is_empty();
            if !exists || !actor.may(Permission::Read, team) {
                return Err(Fault::invalid("team", team, Wording::new("changes-expect-team")));
            }
        }
        require(actor, team)
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

fn require(actor: &Actor, team: Option<&TeamId>) -> Result<(), Fault> {
    match team {
        Some(team) => actor.require(Permission::SetFreezes, team, "team"),
        None => actor.require_everywhere(Permission::SetFreezes),
    }
}

/// Each time of everybody's occasions, and of those of teams within reach, that overlaps a span, in order.
pub(crate) async fn during(conn: &mut AnyConnection, reach: &Reach, span: Span) -> Result<Vec<Time>, Fault> {
    let found = store::around(conn, reach, span).await?;
    let mut times: Vec<Time> = found.iter().flat_map(|one| one.times(span)).collect();
    times.sort_by_key(|time| time.span.from);
    Ok(times)
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
        let mut tx = self.ctx.begin_write().await?;
        let content = self.read(&mut tx, actor, typed).await?;
        let id: OccasionId = self.ctx.new_id();
        store::insert(&mut tx, &id, &actor.name, &content, self.ctx.now()).await?;
        self.end(&mut tx, actor, "occasion.add", &id, &content, &json!({ "to": content })).await?;
        tx.commit().await?;
        Ok(id)
    }

    async fn change(&self, actor: &Actor, id: &OccasionId, typed: &Typed) -> Result<(), Fault> {
        actor.authenticated()?;
        let mut tx = self.ctx.begin_write().await?;
        let before = self.editable(&mut tx, actor, id).await?;
        let content = self.read(&mut tx, actor, typed).await?;
        let version = typed.version(before.version)?;
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
        let events = foreign::read(text).map_err(unread)?;
        let mut tx = self.ctx.begin_write().await?;
        let mut known: Vec<Content> =
            store::list(&mut tx, &actor.reach(Permission::Read), None).await?.into_iter().map(|one| one.content).collect();
        let mut report = Report::default();
        for event in events {
            let (name, first, why) = match event {
                Err((name, first, why)) => (name, first, Some(why)),
                Ok(event) => {
                    let why = self.take(&mut tx, actor, &as_typed(&event, typed), (&mut known, dry)).await?;
                    (event.name, event.first, why)
                }
            };
            report.taken += usize::from(why.is_none());
            report.events.push(Taken { name, first, why });
        }
        if dry {
            return Ok(report);
        }
        tx.commit().await?;
        Ok(report)
    }
}

impl Service {
    /// Takes one event; why not, where it is left out. What is wrong with the kind, the zone or the team is wrong with all of them.
    async fn take(
        &self,
        tx: &mut WriteTx,
        actor: &Actor,
        typed: &Typed,
        (known, dry): (&mut Vec<Content>, bool),
    ) -> Result<Option<Wording>, Fault> {
        let content = match self.read(tx, actor, typed).await {
            Ok(content) => content,
            Err(fault) => {
                let own = |field: &str| matches!(field, "name" | "first" | "last" | "rrule");
                return match fault.problems().iter().find(|problem| own(&problem.field)) {
                    Some(problem) if fault.problems().iter().all(|one| own(&one.field)) => Ok(Some(problem.expected.clone())),
                    _ => Err(fault),
                };
            }
        };
        let is_same = |one: &Content| one.name == content.name && one.first == content.first && one.team == content.team;
        if known.iter().any(is_same) {
            return Ok(Some(Wording::new("occasions-left-known")));
        }
        if !dry {
            let id: OccasionId = self.ctx.new_id();
            store::insert(tx, &id, &actor.name, &content, self.ctx.now()).await?;
            self.end(tx, actor, "occasion.add", &id, &content, &json!({ "to": content, "imported": true })).await?;
        }
        known.push(content);
        Ok(None)
    }
}
