//! Silences: who may make them, and what they match.
//!
//! A silence belongs to a team and silences alerts of that team only, or it is for every team, which takes the permission in all
//! of them: nobody silences what they do not answer for.

mod store;

use async_trait::async_trait;
use domain::{
    Actor, Fault, Page, PageRequest, Permission, Reach, Timestamp, Wording,
    alerts::{Alert, Filter, Silence, SilenceContent, SilenceState},
    audit::Object,
    form::Typed,
    id::{SilenceId, TeamId},
    live::Topic,
};
use serde_json::{Value, json};
use sqlx::AnyConnection;

use super::{pipeline, service};
use crate::{Context, WriteTx, audit, people};

/// Alerts that a preview shows.
const SHOWN: u32 = 100;

/// Implements [`domain::alerts::Silences`].
pub struct Silences {
    ctx: Context,
}

fn require(actor: &Actor, team: Option<&TeamId>) -> Result<(), Fault> {
    match team {
        Some(team) => actor.require(Permission::SilenceAlerts, team, "team"),
        None => actor.require_everywhere(Permission::SilenceAlerts),
    }
}

impl Silences {
    /// The service over the common ground.
    pub fn new(ctx: Context) -> Self {
        Self { ctx }
    }

    async fn note(&self, tx: &mut WriteTx, actor: &Actor, act: &str, silence: &Silence, detail: &Value) -> Result<(), Fault> {
        let content = &silence.content;
        let object = Object::new("silence", &silence.id, content.print(), content.team.as_ref());
        tx.announce(Topic::Alerts, "", content.team.as_ref());
        tx.ring(pipeline::NAME);
        audit::record(tx, &self.ctx, actor, act, object, detail).await
    }

    async fn add(&self, tx: &mut WriteTx, actor: &Actor, content: SilenceContent, now: Timestamp) -> Result<Silence, Fault> {
        check_team(tx, actor, &content).await?;
        let silence =
            Silence { id: self.ctx.new_id(), content, created_by: actor.name.clone(), created_at: now, updated_at: now, version: 1 };
        store::insert(tx, &silence).await?;
        self.note(tx, actor, "silence.create", &silence, &json!({ "to": silence.content })).await?;
        Ok(silence)
    }

    async fn end(&self, tx: &mut WriteTx, actor: &Actor, mut silence: Silence, now: Timestamp) -> Result<(), Fault> {
        silence.content.span.to = now;
        silence.content.span.from = silence.content.span.from.min(now);
        if !store::update(tx, &silence.id, silence.version, &silence.content, now).await? {
            return Err(Fault::conflict("conflict-silence-edited"));
        }
        self.note(tx, actor, "silence.expire", &silence, &json!({})).await
    }

    /// The silence within reach, if the actor may change it.
    async fn load(&self, tx: &mut WriteTx, actor: &Actor, id: &SilenceId) -> Result<Silence, Fault> {
        let silence = store::get(tx, &actor.reach(Permission::Read), id).await?;
        match require(actor, silence.content.team.as_ref()) {
            Err(Fault::NotFound(_)) => Err(Fault::Forbidden(Permission::SilenceAlerts)),
            other => other.map(|()| silence),
        }
    }
}

/// A team that the actor does not see is a wrong value in the field, not a missing page.
async fn check_team(conn: &mut AnyConnection, actor: &Actor, content: &SilenceContent) -> Result<(), Fault> {
    if let Some(team) = &content.team {
        let wrong = || Fault::invalid("team", team, Wording::new("expect-id"));
        if people::teams(conn, &Reach::Teams(vec![team.clone()])).await?.is_empty() {
            return Err(wrong());
        }
        return require(actor, Some(team)).map_err(|fault| if matches!(fault, Fault::NotFound(_)) { wrong() } else { fault });
    }
    require(actor, None)
}

#[async_trait]
impl domain::alerts::Silences for Silences {
    async fn list(&self, actor: &Actor, state: Option<SilenceState>, page: &PageRequest) -> Result<Page<Silence>, Fault> {
        actor.require_somewhere(Permission::Read)?;
        let now = self.ctx.now();
        let rows = store::list(&mut *self.ctx.db.read().await?, &actor.reach(Permission::Read), state, page, now).await?;
        let mut cut = Page::cut(rows, page.limit, |s| (s.created_at.0, s.id.to_string()));
        // What recurs is pending between two times: the table does not know.
        cut.items.retain(|silence| state.is_none_or(|state| silence.content.state(now) == state));
        Ok(cut)
    }

    async fn get(&self, actor: &Actor, id: &SilenceId) -> Result<Silence, Fault> {
        actor.require_somewhere(Permission::Read)?;
        store::get(&mut *self.ctx.db.read().await?, &actor.reach(Permission::Read), id).await
    }

    async fn create(&self, actor: &Actor, typed: &Typed) -> Result<Silence, Fault> {
        actor.require_somewhere(Permission::SilenceAlerts)?;
        let now = self.ctx.now();
        let content = SilenceContent::parse(typed, now)?;
        let mut tx = self.ctx.begin_write().await?;
        let silence = self.add(&mut tx, actor, content, now).await?;
        tx.commit().await?;
        Ok(silence)
    }

    async fn replace(&self, actor: &Actor, id: &SilenceId, typed: &Typed) -> Result<Silence, Fault> {
        actor.require_somewhere(Permission::Read)?;
        let now = self.ctx.now();
        let content = SilenceContent::parse(typed, now)?;
        let mut tx = self.ctx.begin_write().await?;
        let before = self.load(&mut tx, actor, id).await?;
        let silence = self.add(&mut tx, actor, content, now).await?;
        if before.content.state(now) != SilenceState::Expired {
            self.end(&mut tx, actor, before, now).await?;
        }
        tx.commit().await?;
        Ok(silence)
    }

    async fn edit(&self, actor: &Actor, id: &SilenceId, typed: &Typed) -> Result<Silence, Fault> {
        actor.require_somewhere(Permission::Read)?;
        let now = self.ctx.now();
        let mut tx = self.ctx.begin_write().await?;
        let before = self.load(&mut tx, actor, id).await?;
        let version = typed.version(before.version)?;
        if before.content.state(now) == SilenceState::Expired {
            return Err(Fault::conflict("conflict-silence-expired"));
        }
        let mut content = SilenceContent::parse(typed, now)?;
        content.author = content.author.or_else(|| before.content.author.clone());
        check_team(&mut tx, actor, &content).await?;
        if version == before.version && content == before.content {
            return Ok(before);
        }
        if !store::update(&mut tx, id, version, &content, now).await? {
            return Err(Fault::conflict("conflict-silence-edited"));
        }
        let after = Silence { content, updated_at: now, version: version + 1, ..before.clone() };
        self.note(&mut tx, actor, "silence.edit", &after, &json!({ "from": before.content, "to": after.content })).await?;
        tx.commit().await?;
        Ok(after)
    }

    async fn expire(&self, actor: &Actor, id: &SilenceId) -> Result<(), Fault> {
        actor.require_somewhere(Permission::Read)?;
        let now = self.ctx.now();
        let mut tx = self.ctx.begin_write().await?;
        let silence = self.load(&mut tx, actor, id).await?;
        if silence.content.state(now) == SilenceState::Expired {
            return Err(Fault::conflict("conflict-silence-expired"));
        }
        self.end(&mut tx, actor, silence, now).await?;
        tx.commit().await
    }

    async fn matching(&self, actor: &Actor, content: &SilenceContent) -> Result<Vec<Alert>, Fault> {
        actor.require_somewhere(Permission::Read)?;
        let filter = Filter { labels: content.matchers.clone(), ..Filter::default() };
        let mut reach = actor.reach(Permission::Read);
        if let Some(team) = &content.team {
            reach = if reach.includes(team) { Reach::Teams(vec![team.clone()]) } else { Reach::Teams(Vec::new()) };
        }
        let conn = &mut *self.ctx.db.read().await?;
        let rows = service::first(conn, &filter, &reach, SHOWN).await?;
        service::named_all(conn, &rows).await
    }
}

/// Silences that hold at the moment.
pub(super) async fn holding(conn: &mut AnyConnection, now: Timestamp) -> Result<Vec<Silence>, Fault> {
    let mut silences = store::at(conn, now).await?;
    silences.retain(|silence| silence.content.at(now).is_some());
    Ok(silences)
}

/// Whether a silence that concerns the team was edited since a moment, so that what it said then is not known.
pub(super) async fn edited_since(conn: &mut AnyConnection, team: &TeamId, then: Timestamp) -> Result<bool, Fault> {
    store::edited_since(conn, team, then).await
}

/// Forgets silences that ended before, at most `limit`.
pub(crate) async fn forget(conn: &mut AnyConnection, before: Timestamp, limit: u32) -> Result<u64, Fault> {
    store::forget(conn, before, limit).await
}
