//! Table `alert_events`: everything that happened to an alert, and the forgetting of it.

use domain::{
    Fault, Timestamp,
    alerts::{AlertEvent, State},
    id::{AlertId, EntryId, IncidentId},
};
use sqlx::AnyConnection;

use super::AlertRow;
use crate::{
    Context,
    db::{sql, stored},
};

/// Rows of history in one statement.
const TOGETHER: usize = 1_000;

/// A row of history that is to be written.
pub(in crate::alerts) struct Event {
    alert: String,
    seq: i64,
    kind: &'static str,
    from: String,
    to: String,
    detail: String,
}

impl Event {
    /// The next one of an alert that is locked by this transaction; the state after is the row's. The alert counts its own history,
    /// so that appending costs the same however long it is: the row must be saved.
    pub(in crate::alerts) fn next(row: &mut AlertRow, kind: &'static str, from: &str, detail: &str) -> Self {
        row.events += 1;
        Self { alert: row.id.clone(), seq: row.events, kind, from: from.to_owned(), to: row.state.clone(), detail: detail.to_owned() }
    }
}

/// Appends to the histories.
pub(in crate::alerts) async fn append(conn: &mut AnyConnection, ctx: &Context, events: &[Event]) -> Result<(), Fault> {
    for chunk in events.chunks(TOGETHER) {
        sql("INSERT INTO alert_events (id, alert_id, seq, at, kind, from_state, to_state, actor, detail) VALUES ")
            .rows(chunk, |r, event| {
                r.bind(&ctx.new_id::<EntryId>())
                    .bind(&event.alert)
                    .bind(event.seq)
                    .bind(ctx.now())
                    .bind(event.kind)
                    .bind(&event.from)
                    .bind(&event.to)
                    .bind("alerts")
                    .bind(&event.detail)
            })
            .run(conn)
            .await?;
    }
    Ok(())
}

/// Appends to the history of each of these, locked by this transaction and counted on already, that somebody has seen it;
/// beside each row the number of its new event.
pub(in crate::alerts) async fn note_acknowledged(
    conn: &mut AnyConnection,
    ctx: &Context,
    rows: &[(AlertRow, i64)],
    actor: &str,
) -> Result<(), Fault> {
    for chunk in rows.chunks(100) {
        sql("INSERT INTO alert_events (id, alert_id, seq, at, kind, from_state, to_state, actor, detail) VALUES ")
            .rows(chunk, |r, (row, seq)| {
                r.bind(&ctx.new_id::<EntryId>())
                    .bind(&row.id)
                    .bind(*seq)
                    .bind(ctx.now())
                    .bind("acknowledged")
                    .bind(&row.state)
                    .bind(&row.state)
                    .bind(actor)
                    .bind("")
            })
            .run(conn)
            .await?;
    }
    Ok(())
}

#[derive(sqlx::FromRow)]
struct EventRow {
    at: i64,
    kind: String,
    from_state: String,
    to_state: String,
    actor: String,
    detail: String,
}

/// Rows of history that are told, the newest.
const TOLD: usize = 1_000;

/// The history, oldest first: the last 1,000 rows of it, and how many came before.
pub(in crate::alerts) async fn history(conn: &mut AnyConnection, id: &AlertId) -> Result<(Vec<AlertEvent>, i64), Fault> {
    let all = sql("SELECT COUNT(*) FROM alert_events WHERE alert_id = $1").value(id);
    let (rows, earlier) =
        sql("SELECT at, kind, from_state, to_state, actor, detail FROM alert_events WHERE alert_id = $1 ORDER BY at DESC, seq DESC")
            .value(id)
            .up_to::<EventRow>(TOLD, all, conn)
            .await?;
    let read = |row: EventRow| {
        Ok(AlertEvent {
            at: Timestamp(row.at),
            kind: stored(&row.kind)?,
            from: State::parse(&row.from_state),
            to: stored(&row.to_state)?,
            actor: row.actor,
            detail: row.detail,
        })
    };
    Ok((rows.into_iter().rev().map(read).collect::<Result<_, Fault>>()?, earlier))
}

/// What was seen when it began to fire; empty where it never did.
pub(in crate::alerts) async fn seen_at_first(conn: &mut AnyConnection, row: &AlertRow) -> Result<String, Fault> {
    let seen = sql(
        "SELECT detail FROM alert_events WHERE alert_id = $1 AND to_state = 'firing' AND from_state <> 'firing' ORDER BY at, seq LIMIT 1",
    )
    .value(&row.id)
    .texts(conn)
    .await?
    .pop();
    Ok(seen.unwrap_or_default())
}

/// Forgets alerts that were over before and belong to no incident that is spared: first their history, then themselves;
/// at most about `limit` rows. Gives how many.
pub(in crate::alerts) async fn forget(
    conn: &mut AnyConnection,
    before: Timestamp,
    spared: &[IncidentId],
    limit: u32,
) -> Result<u64, Fault> {
    let over = sql("SELECT id FROM alerts WHERE state = 'resolved' AND resolved_at < $1")
        .value(before)
        .and_not_in("incident_id", spared)
        .push(" ORDER BY resolved_at LIMIT ")
        .bind(limit)
        .texts(conn)
        .await?;
    if over.is_empty() {
        return Ok(0);
    }
    sql("DELETE FROM alert_feedback WHERE 1 = 1").and_in("alert_id", &over).run(conn).await?;
    let events = sql("DELETE FROM alert_events WHERE id IN (SELECT id FROM alert_events WHERE 1 = 1")
        .and_in("alert_id", &over)
        .push(" LIMIT ")
        .bind(limit)
        .push(")")
        .run(conn)
        .await?;
    if events >= u64::from(limit) {
        return Ok(events);
    }
    Ok(events + sql("DELETE FROM alerts WHERE 1 = 1").and_in("id", &over).run(conn).await?)
}
