//! What people do with alerts: read and acknowledge.

use std::collections::HashMap;

use async_trait::async_trait;
use domain::{
    Actor, Fault, Page, PageRequest, Permission, Reach, Timestamp, Wording,
    alerts::{Alert, AlertDetail, Filter, MOST_AT_ONCE, Matcher, Posted, SeenFrom, State},
    audit::Object,
    id::{AlertId, SystemId, TeamId},
    live::Topic,
};
use serde_json::json;
use sqlx::AnyConnection;

use super::{
    intake,
    pipeline::{Judge, Subject},
    step::{name_of, system_names},
    store::{self, AlertRow},
};
use crate::{Context, WriteTx, audit, incidents};

/// Alerts that are judged before others get their turn.
const TURN: usize = 500;

/// Implements [`domain::alerts::Alerts`].
pub struct Service {
    ctx: Context,
}

impl Service {
    /// The service over the common ground.
    pub fn new(ctx: Context) -> Self {
        Self { ctx }
    }

    /// Checks authority for every alert first, so that all are acknowledged or none; rows are locked before
    /// incidents are, in the order of ids, so that two such acts never wait for each other.
    pub(super) async fn acknowledge_these(&self, tx: &mut WriteTx, actor: &Actor, ids: &[AlertId]) -> Result<u64, Fault> {
        let mut ids = ids.to_vec();
        ids.sort();
        ids.dedup();
        let rows = store::get_all(tx, &actor.reach(Permission::Read), &ids).await?;
        if rows.len() < ids.len() {
            return Err(Fault::NotFound("alert"));
        }
        for row in &rows {
            actor.require(Permission::AcknowledgeAlerts, &row.team()?, "alert")?;
        }
        let now = self.ctx.now();
        let mut fresh = Vec::new();
        for row in rows {
            if let Some(seq) = store::acknowledge(tx, &row.id, &actor.name, now).await? {
                fresh.push((row, seq));
            } else if row.state()? == State::Resolved && row.acknowledged_at.is_none() {
                return Err(Fault::conflict("conflict-alert-over"));
            }
        }
        store::note_acknowledged(tx, &self.ctx, &fresh, &actor.name).await?;
        for (row, _) in &fresh {
            incidents::on_acknowledged(tx, &self.ctx, &row.facts()?, &actor.name).await?;
            tx.announce(Topic::Alerts, &row.id, Some(&row.team()?));
        }
        for (row, _) in &fresh {
            let object = Object::new("alert", &row.id, &row.title, Some(&row.team()?));
            audit::record(tx, &self.ctx, actor, "alert.acknowledge", object, &json!({})).await?;
        }
        Ok(fresh.len() as u64)
    }
}

#[async_trait]
impl domain::alerts::Alerts for Service {
    async fn list(&self, actor: &Actor, filter: &Filter, page: &PageRequest) -> Result<Page<Alert>, Fault> {
        actor.require_somewhere(Permission::Read)?;
        let mine = if filter.mine { named_teams(actor) } else { Reach::All };
        let conn = &mut *self.ctx.db.read().await?;
        let rows = store::list(conn, filter, &actor.reach(Permission::Read), &mine, page.position()?.as_ref(), page.limit).await?;
        let names = system_names(conn, rows.iter().map(|(_, row)| row)).await?;
        let page = Page::cut(rows, page.limit, |(place, row)| (*place, row.id.clone()));
        let items = page.items.iter().map(|(_, row)| named(row, &names)).collect::<Result<_, _>>()?;
        Ok(Page { items, next: page.next })
    }

    async fn get(&self, actor: &Actor, id: &AlertId) -> Result<AlertDetail, Fault> {
        actor.require_somewhere(Permission::Read)?;
        let reach = actor.reach(Permission::Read);
        let conn = &mut *self.ctx.db.read().await?;
        let row = store::get(conn, &reach, id).await?;
        let names = system_names(conn, [&row].into_iter()).await?;
        let alert = named(&row, &names)?;
        let incident = match &alert.incident {
            Some(id) => incidents::title(conn, &reach, id).await?,
            None => None,
        };
        let (incident_number, incident_title, incident_told) =
            incident.map_or((None, None, String::new()), |(number, title, told)| (Some(number), Some(title), told));
        let (history, earlier_history) = store::history(conn, id).await?;
        Ok(AlertDetail { alert, incident_number, incident_title, incident_told, history, earlier_history })
    }

    async fn post(&self, actor: &Actor, from: &SeenFrom, alerts: Vec<Posted>) -> Result<u64, Fault> {
        intake::post(&self.ctx, actor, from, alerts, None).await
    }

    async fn these(&self, actor: &Actor, ids: &[AlertId]) -> Result<Vec<Alert>, Fault> {
        actor.require_somewhere(Permission::Read)?;
        let conn = &mut *self.ctx.db.read().await?;
        let rows = store::get_all(conn, &actor.reach(Permission::Read), ids).await?;
        named_all(conn, &rows).await
    }

    async fn standing(&self, actor: &Actor, labels: &[Matcher]) -> Result<Vec<(Alert, Vec<String>)>, Fault> {
        intake::standing(&self.ctx, actor, labels).await
    }

    async fn acknowledge(&self, actor: &Actor, id: &AlertId) -> Result<bool, Fault> {
        self.acknowledge_all(actor, std::slice::from_ref(id)).await.map(|fresh| fresh == 1)
    }

    async fn acknowledge_all(&self, actor: &Actor, ids: &[AlertId]) -> Result<u64, Fault> {
        actor.require_somewhere(Permission::Read)?;
        if ids.len() > MOST_AT_ONCE {
            return Err(Fault::invalid("ids", ids.len(), Wording::new("alerts-expect-at-most").with("max", MOST_AT_ONCE)));
        }
        let mut tx = self.ctx.begin_write().await?;
        let fresh = self.acknowledge_these(&mut tx, actor, ids).await?;
        tx.commit().await?;
        Ok(fresh)
    }
}

/// The teams that the actor belongs to by name; everything where there is none, because then nothing is more theirs.
fn named_teams(actor: &Actor) -> Reach {
    let teams: Vec<TeamId> = actor.grants.teams.keys().cloned().collect();
    if teams.is_empty() { Reach::All } else { Reach::Teams(teams) }
}

fn named(row: &AlertRow, names: &HashMap<SystemId, String>) -> Result<Alert, Fault> {
    row.read(name_of(row, names)?)
}

/// Marks the running alert of a condition as seen, if there is one that the actor may acknowledge.
pub(super) async fn acknowledge_running(ctx: &Context, actor: &Actor, fingerprint: &str) -> Result<(), Fault> {
    let mut tx = ctx.begin_write().await?;
    if let Some(row) = store::take_running(&mut tx, [fingerprint], ctx.now()).await?.pop() {
        let id: AlertId = crate::db::stored(&row.id)?;
        Service::new(ctx.clone()).acknowledge_these(&mut tx, actor, std::slice::from_ref(&id)).await?;
    }
    tx.commit().await
}

/// These rows with the names of their systems.
pub(super) async fn named_all(conn: &mut AnyConnection, rows: &[AlertRow]) -> Result<Vec<Alert>, Fault> {
    let names = system_names(conn, rows.iter()).await?;
    rows.iter().map(|row| named(row, &names)).collect()
}

/// The same, with what keeps each of those that fire quiet at this moment. What is stored was so when the dispatcher looked last.
pub(super) async fn judged(conn: &mut AnyConnection, now: Timestamp, rows: &[AlertRow]) -> Result<Vec<Alert>, Fault> {
    let mut alerts = named_all(conn, rows).await?;
    let (mut places, mut subjects) = (Vec::with_capacity(rows.len()), Vec::with_capacity(rows.len()));
    for (place, row) in rows.iter().enumerate() {
        if row.fired_at.is_some() && !row.state()?.is_over() {
            places.push(place);
            subjects.push(Subject::of(row)?);
        }
    }
    let mut judge = Judge::begin(conn, now).await?;
    judge.prepare(conn, &subjects).await?;
    for (n, (place, subject)) in places.into_iter().zip(&subjects).enumerate() {
        // Thousands are judged one after the other: others get their turn in between.
        if n % TURN == TURN - 1 {
            tokio::task::yield_now().await;
        }
        alerts[place].suppressed = judge.reasons(conn, subject).await?;
    }
    Ok(alerts)
}

/// Alerts within reach, in the order of lists, at most `limit`.
pub(super) async fn first(conn: &mut AnyConnection, filter: &Filter, reach: &Reach, limit: u32) -> Result<Vec<AlertRow>, Fault> {
    let mut rows = store::list(conn, filter, reach, &Reach::All, None, limit).await?;
    rows.truncate(limit as usize);
    Ok(rows.into_iter().map(|(_, row)| row).collect())
}
