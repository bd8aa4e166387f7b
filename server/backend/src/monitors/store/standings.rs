//! Table `monitor_standings`: what is known of each monitor.

use std::collections::HashMap;

use domain::{
    Fault, Timestamp,
    id::{MonitorId, SystemId},
    monitors::{Standing, State, Verdict},
};
use sqlx::AnyConnection;

use super::write_json;
use crate::db::{Sql, sql, stored};

/// A standing with what belongs to the machinery around it.
pub(in crate::monitors) struct Held {
    pub(in crate::monitors) id: MonitorId,
    pub(in crate::monitors) standing: Standing,
    /// What alerts were last told: `holds`, `clear`, `unknown`; empty before anything.
    pub(in crate::monitors) told: String,
    /// When a heartbeat was last called.
    pub(in crate::monitors) called_at: Option<Timestamp>,
    /// When a heartbeat counts as missed.
    pub(in crate::monitors) due_at: Option<Timestamp>,
}

#[derive(sqlx::FromRow)]
pub(super) struct StandingRow {
    pub(super) monitor_id: String,
    pub(super) state: String,
    pub(super) since: i64,
    pub(super) run: i64,
    pub(super) leaning: String,
    pub(super) last: String,
    pub(super) told: String,
    pub(super) called_at: Option<i64>,
    pub(super) due_at: Option<i64>,
}

impl StandingRow {
    /// What cannot be read of a standing is not known: the next results say it anew.
    pub(super) fn read(self) -> Result<Held, Fault> {
        Ok(Held {
            id: stored(&self.monitor_id)?,
            standing: Standing {
                state: stored::<State>(&self.state).unwrap_or(State::Unknown),
                since: Timestamp(self.since),
                run: u32::try_from(self.run).unwrap_or_default(),
                leaning: if self.leaning.is_empty() { None } else { stored::<Verdict>(&self.leaning).ok() },
                last: serde_json::from_str(&self.last).ok(),
            },
            told: self.told,
            called_at: self.called_at.map(Timestamp),
            due_at: self.due_at.map(Timestamp),
        })
    }
}

pub(super) async fn insert(conn: &mut AnyConnection, id: &MonitorId, now: Timestamp) -> Result<(), Fault> {
    sql("INSERT INTO monitor_standings (monitor_id, state, since, run, leaning, last, told, revision) \
         VALUES ($1, 'new', $2, 0, '', '', '', 0)")
    .value(id)
    .value(now)
    .run(conn)
    .await?;
    Ok(())
}

/// Reads standings for a change: nobody else changes them until this transaction ends.
pub(in crate::monitors) async fn take(conn: &mut AnyConnection, ids: &[MonitorId]) -> Result<Vec<Held>, Fault> {
    let rows: Vec<StandingRow> = sql("UPDATE monitor_standings SET revision = revision + 1 WHERE 1 = 1")
        .and_in("monitor_id", ids)
        .push(" RETURNING monitor_id, state, since, run, leaning, last, told, called_at, due_at")
        .all(conn)
        .await?;
    Ok(rows.into_iter().filter_map(|row| row.read().ok()).collect())
}

/// Writes standings that were taken.
pub(in crate::monitors) async fn save(conn: &mut AnyConnection, held: &[Held]) -> Result<(), Fault> {
    let mut rows = Vec::with_capacity(held.len());
    for one in held {
        rows.push((one, one.standing.last.as_ref().map(write_json).transpose()?.unwrap_or_default()));
    }
    for chunk in rows.chunks(500) {
        sql("INSERT INTO monitor_standings (monitor_id, state, since, run, leaning, last, last_at, told, called_at, due_at, revision) VALUES ")
            .rows(chunk, |row, (held, last)| {
                row.bind(&held.id)
                    .bind(held.standing.state.name())
                    .bind(held.standing.since)
                    .bind(held.standing.run)
                    .bind(held.standing.leaning.map_or("", Verdict::name))
                    .bind(last)
                    .bind(held.standing.last.as_ref().map(|l| l.at))
                    .bind(&held.told)
                    .bind(held.called_at)
                    .bind(held.due_at)
                    .bind(0_i64)
            })
            .push(
                " ON CONFLICT (monitor_id) DO UPDATE SET state = excluded.state, since = excluded.since, run = excluded.run, \
                 leaning = excluded.leaning, last = excluded.last, last_at = excluded.last_at, told = excluded.told, \
                 called_at = excluded.called_at, due_at = excluded.due_at",
            )
            .run(conn)
            .await?;
    }
    Ok(())
}

/// Moves the moment at which a heartbeat counts as missed.
pub(in crate::monitors) async fn set_due(conn: &mut AnyConnection, id: &MonitorId, due: Option<Timestamp>) -> Result<(), Fault> {
    sql("UPDATE monitor_standings SET due_at = $1 WHERE monitor_id = $2").value(due).value(id).run(conn).await?;
    Ok(())
}

/// When a heartbeat was last called.
pub(in crate::monitors) async fn called_at(conn: &mut AnyConnection, id: &MonitorId) -> Result<Option<Timestamp>, Fault> {
    let at = sql("SELECT COALESCE(called_at, -1) FROM monitor_standings WHERE monitor_id = $1").value(id).count(conn).await?;
    Ok((at > 0).then_some(Timestamp(at)))
}

#[derive(sqlx::FromRow)]
struct LookedRow {
    system_id: String,
    looked_at: i64,
}

/// Since when every check of a system has looked, by its id: the oldest of their last results; 0 where one of them leans to another
/// verdict and looks again. Of systems that nothing checks nothing is said.
pub(in crate::monitors) async fn looked_at(conn: &mut AnyConnection, systems: &[&SystemId]) -> Result<HashMap<String, Timestamp>, Fault> {
    let query = sql("SELECT m.system_id, MIN(CASE WHEN s.leaning <> '' THEN 0 ELSE COALESCE(s.last_at, 0) END) AS looked_at \
         FROM monitors m JOIN monitor_standings s ON s.monitor_id = m.id WHERE m.paused = 0 AND m.kind <> 'heartbeat'");
    by_system(conn, query.and_in("m.system_id", systems.iter().copied())).await
}

/// When the last result came of a monitor of these systems that is not paused, by id.
pub(in crate::monitors) async fn last_seen(conn: &mut AnyConnection, systems: &[SystemId]) -> Result<HashMap<String, Timestamp>, Fault> {
    let query = sql("SELECT m.system_id, MAX(COALESCE(s.last_at, 0)) AS looked_at FROM monitors m \
         JOIN monitor_standings s ON s.monitor_id = m.id WHERE m.paused = 0");
    by_system(conn, query.and_in("m.system_id", systems)).await
}

async fn by_system(conn: &mut AnyConnection, query: Sql) -> Result<HashMap<String, Timestamp>, Fault> {
    let rows: Vec<LookedRow> = query.push(" GROUP BY m.system_id").all(conn).await?;
    Ok(rows.into_iter().map(|row| (row.system_id, Timestamp(row.looked_at))).collect())
}
