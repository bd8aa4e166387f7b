//! Tables `change_rollbacks` and `change_undos`.

use domain::{
    Fault, Timestamp,
    changes::{Rollback, Undo, UndoState, UndoTrouble},
    id::{ChangeId, RunId, UserId},
};
use sqlx::AnyConnection;

use crate::db::{sql, stored};

#[derive(sqlx::FromRow)]
struct Row {
    since: i64,
    by_id: String,
    by_name: String,
    reason: String,
    ended_at: Option<i64>,
}

#[derive(sqlx::FromRow)]
struct UndoRow {
    place: i64,
    state: String,
    run_id: Option<String>,
    trouble: String,
    note: String,
    by_name: String,
    at: Option<i64>,
}

impl UndoRow {
    fn read(self) -> Result<Undo, Fault> {
        Ok(Undo {
            place: usize::try_from(self.place).map_err(|_| Fault::Internal)?,
            state: stored(&self.state)?,
            run: self.run_id.as_deref().map(stored).transpose()?,
            trouble: if self.trouble.is_empty() { None } else { Some(stored(&self.trouble)?) },
            note: self.note,
            by: self.by_name,
            at: self.at.map(Timestamp),
        })
    }
}

/// How a change is rolled back, or was, and who began that; `None` where nobody did.
pub(in crate::changes) async fn rollback(conn: &mut AnyConnection, id: &ChangeId) -> Result<Option<(Rollback, UserId)>, Fault> {
    let row: Option<Row> =
        sql("SELECT since, by_id, by_name, reason, ended_at FROM change_rollbacks WHERE change_id = $1").value(id).first(conn).await?;
    let Some(row) = row else { return Ok(None) };
    // The last step is undone first.
    let undos: Vec<UndoRow> =
        sql("SELECT place, state, run_id, trouble, note, by_name, at FROM change_undos WHERE change_id = $1 ORDER BY place DESC")
            .value(id)
            .all(conn)
            .await?;
    let undos = undos.into_iter().map(UndoRow::read).collect::<Result<_, _>>()?;
    let by = stored(&row.by_id)?;
    let ended_at = row.ended_at.map(Timestamp);
    Ok(Some((Rollback { since: Timestamp(row.since), by: row.by_name, reason: row.reason, ended_at, undos }, by)))
}

/// Begins to roll a change back; 0 where somebody has.
pub(in crate::changes) async fn begin_rollback(
    conn: &mut AnyConnection,
    id: &ChangeId,
    (user, name): (&UserId, &str),
    reason: &str,
    places: &[usize],
    now: Timestamp,
) -> Result<u64, Fault> {
    let begun = sql("INSERT INTO change_rollbacks (change_id, since, by_id, by_name, reason) VALUES ($1, $2, $3, $4, $5) \
         ON CONFLICT (change_id) DO UPDATE SET since = excluded.since, by_id = excluded.by_id, by_name = excluded.by_name, \
         reason = excluded.reason, ended_at = NULL WHERE change_rollbacks.ended_at IS NOT NULL")
    .value(id)
    .value(now)
    .value(user)
    .value(name)
    .value(reason)
    .run(conn)
    .await?;
    if begun == 1 {
        // What an earlier rollback has undone stays undone.
        sql("DELETE FROM change_undos WHERE change_id = $1 AND state <> $2").value(id).value(UndoState::Done.name()).run(conn).await?;
        sql("INSERT INTO change_undos (change_id, place, state) VALUES ")
            .rows(places, |row, place| row.bind(id).bind(i64::try_from(*place).unwrap_or(0)).bind(UndoState::Waiting.name()))
            .run(conn)
            .await?;
    }
    Ok(begun)
}

/// Ends it; 0 where it had ended.
pub(in crate::changes) async fn end_rollback(conn: &mut AnyConnection, id: &ChangeId, now: Timestamp) -> Result<u64, Fault> {
    sql("UPDATE change_rollbacks SET ended_at = $1 WHERE change_id = $2 AND ended_at IS NULL").value(now).value(id).run(conn).await
}

/// How the undoing of a step comes to stand.
pub(in crate::changes) struct Turn<'a> {
    pub(in crate::changes) to: UndoState,
    pub(in crate::changes) trouble: Option<UndoTrouble>,
    pub(in crate::changes) note: &'a str,
    /// Who said so; empty for a tool.
    pub(in crate::changes) by: &'a str,
}

/// Moves it on from where it was read; 0 where somebody was faster.
pub(in crate::changes) async fn turn(
    conn: &mut AnyConnection,
    id: &ChangeId,
    undo: &Undo,
    turn: &Turn<'_>,
    now: Timestamp,
) -> Result<u64, Fault> {
    sql("UPDATE change_undos SET state = $1, trouble = $2, note = $3, by_name = $4, at = $5 WHERE change_id = $6 AND place = $7 AND state = $8")
        .value(turn.to.name())
        .value(turn.trouble.map_or("", UndoTrouble::name))
        .value(turn.note)
        .value(turn.by)
        .value(now)
        .value(id)
        .value(i64::try_from(undo.place).unwrap_or(0))
        .value(undo.state.name())
        .run(conn)
        .await
}

/// Says which run undoes a step.
pub(in crate::changes) async fn set_undo_run(conn: &mut AnyConnection, id: &ChangeId, place: usize, run: &RunId) -> Result<(), Fault> {
    sql("UPDATE change_undos SET run_id = $1 WHERE change_id = $2 AND place = $3")
        .value(run)
        .value(id)
        .value(i64::try_from(place).unwrap_or(0))
        .run(conn)
        .await
        .map(drop)
}

#[derive(sqlx::FromRow)]
struct Running {
    change_id: String,
    run_id: Option<String>,
}

/// Tools that undo steps now, by change.
pub(in crate::changes) async fn undoing(conn: &mut AnyConnection, limit: u32) -> Result<Vec<(ChangeId, Option<RunId>)>, Fault> {
    let rows: Vec<Running> = sql("SELECT u.change_id, u.run_id FROM change_undos u JOIN change_rollbacks r ON r.change_id = u.change_id \
         WHERE u.state = 'running' AND r.ended_at IS NULL ORDER BY u.at, u.change_id LIMIT $1")
    .value(limit)
    .all(conn)
    .await?;
    rows.into_iter().map(|row| Ok((stored(&row.change_id)?, row.run_id.as_deref().map(stored).transpose()?))).collect()
}
