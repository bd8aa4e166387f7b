//! The service of the area `streams`, and what `transactions` may ask of it on its own connection.
//!
//! **Architecture invariant:** a declaration is laid over what was there ([`domain::streams::declare`]), never beside it: a place that
//! cells use keeps its meaning as long as they are kept.

mod acts;
mod store;
mod yaml;

use std::collections::HashMap;

use async_trait::async_trait;
use domain::{
    Actor, Fault, Permission, Timestamp,
    form::Typed,
    id::{StreamId, SystemId},
    streams::{Detail, Keeping, Layout, Preview, Stream, StreamFate, Streams},
    systems::Brief,
};
use sqlx::AnyConnection;

use crate::{Context, systems, transactions};
pub(crate) use store::Sent;

/// Every stream of these systems: for each the usual one, then the others by key.
pub(crate) async fn of(conn: &mut AnyConnection, systems: Vec<Brief>) -> Result<Vec<Stream>, Fault> {
    let ids: Vec<SystemId> = systems.iter().map(|system| system.id.clone()).collect();
    let mut declared: HashMap<SystemId, Vec<store::Stored>> = HashMap::new();
    for one in store::of_systems(conn, &ids).await? {
        declared.entry(one.system.clone()).or_default().push(one);
    }
    let mut all = Vec::with_capacity(systems.len());
    for system in systems {
        let own = declared.remove(&system.id).unwrap_or_default();
        if own.first().is_none_or(|first| !first.key.is_empty()) {
            all.push(store::undeclared(system.clone()));
        }
        all.extend(own.into_iter().map(|one| one.with(system.clone())));
    }
    Ok(all)
}

/// The same for systems by their ids, whoever asks.
pub(crate) async fn of_ids(conn: &mut AnyConnection, systems: &[SystemId]) -> Result<Vec<Stream>, Fault> {
    let briefs = systems::briefs(conn, &domain::Reach::All, systems).await?;
    of(conn, briefs).await
}

/// The streams that are kept otherwise than the portal says.
pub(crate) async fn keepings(conn: &mut AnyConnection) -> Result<Vec<(StreamId, Keeping)>, Fault> {
    store::keepings(conn).await
}

/// Notes who sent, and whose values were counted as another one.
pub(crate) async fn note(conn: &mut AnyConnection, sent: &[Sent], others: &[(String, String)], now: Timestamp) -> Result<(), Fault> {
    store::note_senders(conn, sent, now).await?;
    store::note_others(conn, others, now).await
}

/// Implements [`domain::streams::Streams`].
pub struct Service {
    ctx: Context,
    transactions: transactions::Settings,
}

impl Service {
    /// The service over the common ground; the settings say how long transactions are kept.
    pub fn new(ctx: Context, transactions: transactions::Settings) -> Self {
        Self { ctx, transactions }
    }
}

/// A stream within reach.
async fn find(conn: &mut AnyConnection, actor: &Actor, id: &StreamId) -> Result<Stream, Fault> {
    let (system, declared) = match store::one(conn, id).await? {
        Some(one) => (one.system.clone(), Some(one)),
        None => (SystemId::parse(id.as_str()).ok_or(Fault::NotFound("stream"))?, None),
    };
    let system = systems::brief(conn, &system).await.map_err(|fault| match fault {
        Fault::NotFound(_) => Fault::NotFound("stream"),
        other => other,
    })?;
    if !actor.may(Permission::Read, &system.team) {
        return Err(Fault::NotFound("stream"));
    }
    Ok(match declared {
        Some(one) => one.with(system),
        None => store::undeclared(system),
    })
}

#[async_trait]
impl Streams for Service {
    async fn list(&self, actor: &Actor) -> Result<Vec<Stream>, Fault> {
        actor.require_somewhere(Permission::Read)?;
        let mut conn = self.ctx.db.read().await?;
        let systems = systems::all(&mut conn, &actor.reach(Permission::Read)).await?;
        of(&mut conn, systems).await
    }

    async fn get(&self, actor: &Actor, id: &StreamId) -> Result<Detail, Fault> {
        actor.authenticated()?;
        let mut conn = self.ctx.db.read().await?;
        let stream = find(&mut conn, actor, id).await?;
        let others: HashMap<String, Timestamp> = store::others(&mut conn, id).await?.into_iter().collect();
        let mut fills = transactions::fills(&mut conn, &stream, self.transactions.max_values).await?;
        for fill in &mut fills {
            fill.other_at = others.get(&fill.dimension).copied();
        }
        let latest = transactions::latest_of(&mut conn, &stream.id).await?;
        Ok(Detail { senders: store::senders(&mut conn, id).await?, stream, latest, fills })
    }

    async fn create(&self, actor: &Actor, typed: &Typed) -> Result<StreamId, Fault> {
        acts::create(self, actor, typed).await
    }

    async fn edit(&self, actor: &Actor, id: &StreamId, typed: &Typed) -> Result<(), Fault> {
        acts::edit(self, actor, id, typed).await
    }

    async fn delete(&self, actor: &Actor, id: &StreamId) -> Result<(), Fault> {
        acts::delete(self, actor, id).await
    }

    async fn preview(&self, actor: &Actor, id: Option<&StreamId>, typed: &Typed) -> Result<Preview, Fault> {
        acts::preview(self, actor, id, typed).await
    }

    async fn try_lines(&self, actor: &Actor, id: &StreamId, read_as: &Layout, lines: &str) -> Result<Preview, Fault> {
        actor.authenticated()?;
        let stream = find(&mut *self.ctx.db.read().await?, actor, id).await?;
        actor.require(Permission::IngestTransactions, &stream.system.team, "stream")?;
        let layout = Layout { id: stream.id.clone(), system: stream.system.id.clone(), ..read_as.clone() };
        acts::read_sample(self, layout, &stream.full, lines.to_owned()).await
    }

    async fn import(&self, actor: &Actor, yaml: &str, plan: bool) -> Result<Vec<(String, StreamFate)>, Fault> {
        yaml::import(self, actor, yaml, plan).await
    }
}
