//! What is told of one thing through one channel: it leaves one after the other.
//!
//! Whatever is written while something of its thread waits is *behind* it, and nobody looks at it. Once what was before it has ended,
//! well or not, it is due: an end whose beginning was given up is told all the same, because an attempt that nobody answered may have
//! been heard, and a fallback may have told it.

use std::collections::{BTreeMap, HashMap};

use domain::{
    Fault, Timestamp,
    deliveries::{MAX_ATTEMPTS, Notify, patience_ms},
};
use sqlx::AnyConnection;

use super::{Outgoing, outbox::Due};
use crate::db::{Sql, sql};

/// The last place that is taken in these threads, by thread and channel; none where nothing waits.
async fn last(conn: &mut AnyConnection, threads: &[&str]) -> Result<HashMap<(String, String), i64>, Fault> {
    let mut last = HashMap::new();
    for chunk in threads.chunks(5_000) {
        let found: Vec<(String, String, i64)> =
            sql("SELECT thread, channel_id, MAX(behind) FROM deliveries WHERE thread <> '' AND state IN ('waiting', 'sending')")
                .and_in("thread", chunk.iter().copied())
                .push(" GROUP BY thread, channel_id")
                .all(conn)
                .await?;
        last.extend(found.into_iter().map(|(thread, channel, behind)| ((thread, channel), behind)));
    }
    Ok(last)
}

/// Gives rows that are about to be written their places.
pub(super) async fn line_up(conn: &mut AnyConnection, rows: &mut [Outgoing<'_>], now: Timestamp) -> Result<(), Fault> {
    let mut threads: Vec<&str> = rows.iter().map(|row| &*row.thread).filter(|thread| !thread.is_empty()).collect();
    threads.sort_unstable();
    threads.dedup();
    let last = last(conn, &threads).await?;
    if last.is_empty() {
        return Ok(());
    }
    for row in &mut *rows {
        row.behind = last.get(&(row.thread.to_string(), row.channel.to_string())).map_or(0, |behind| behind + 1);
    }
    hurry(conn, rows, now).await
}

/// Whatever news would not wait in quiet hours waits for nobody who does: what stands before it is as urgent from now on.
async fn hurry(conn: &mut AnyConnection, rows: &[Outgoing<'_>], now: Timestamp) -> Result<(), Fault> {
    let mut urgent: BTreeMap<(&str, &str), i64> = BTreeMap::new();
    let is_of_end = |event: &str| Notify::parse(event).is_some_and(Notify::is_of_end);
    for row in rows.iter().filter(|row| row.behind > 0 && !is_of_end(row.event)) {
        let Some(severity) = row.severity else { continue };
        let least = urgent.entry((&*row.thread, row.channel.as_str())).or_insert(severity);
        *least = severity.min(*least);
    }
    let urgent: Vec<_> = urgent.into_iter().collect();
    for chunk in urgent.chunks(1_000) {
        sql("UPDATE deliveries SET severity = v.column3, next_at = CASE WHEN held = 'quiet' THEN CAST(")
            .bind(now)
            .push(" AS BIGINT) ELSE next_at END, held = CASE WHEN held = 'quiet' THEN '' ELSE held END FROM (VALUES ")
            .rows(chunk, |r, ((thread, channel), severity)| r.bind(*thread).bind(*channel).bind(*severity))
            .push(
                ") AS v WHERE deliveries.thread = v.column1 AND deliveries.channel_id = v.column2 AND deliveries.thread <> '' \
                 AND deliveries.state = 'waiting' AND (deliveries.severity IS NULL OR deliveries.severity > v.column3)",
            )
            .run(conn)
            .await?;
    }
    Ok(())
}

/// Pushes the place after whatever waits of the thread of `d`, in the channel that is pushed.
pub(super) fn after_all(query: Sql, channel: impl FnOnce(Sql) -> Sql) -> Sql {
    let query = query.push(
        "COALESCE((SELECT MAX(o.behind) + 1 FROM deliveries o WHERE o.thread = d.thread AND o.thread <> '' \
         AND o.state IN ('waiting', 'sending') AND o.channel_id = ",
    );
    channel(query).push("), 0)")
}

/// What is behind is due where nothing of its thread waits before it any more.
fn released(died: Option<Timestamp>) -> Sql {
    let mut update = sql("UPDATE deliveries SET behind = 0");
    if let Some(now) = died {
        // What has waited for twice as long as attempts go on is tried once: else a channel that is out of order for days is told of
        // them one by one, and of the present last.
        update = update.push(", attempts = CASE WHEN created_at < ").bind(now.plus(-2 * patience_ms())).push(" THEN CAST(");
        update = update.bind(MAX_ATTEMPTS - 1).push(" AS BIGINT) ELSE attempts END");
    }
    update.push(
        " WHERE behind > 0 AND thread <> '' AND state IN ('waiting', 'sending') AND NOT EXISTS \
         (SELECT 1 FROM deliveries o WHERE o.thread = deliveries.thread AND o.channel_id = deliveries.channel_id AND o.thread <> '' \
         AND o.state IN ('waiting', 'sending') AND o.behind < deliveries.behind)",
    )
}

/// This one has ended, or was given up at a moment: what comes after it is due.
pub(in crate::deliveries) async fn release(conn: &mut AnyConnection, ended: &str, died: Option<Timestamp>) -> Result<(), Fault> {
    released(died)
        .push(" AND thread = (SELECT thread FROM deliveries WHERE id = ")
        .bind(ended)
        .push(") AND channel_id = (SELECT channel_id FROM deliveries WHERE id = ")
        .bind(ended)
        .push(")")
        .run(conn)
        .await
        .map(drop)
}

/// Whatever waits for nothing any more is due: on Postgres one may be written at the very moment at which the one before it ends, and
/// neither sees the other. Gives how many.
pub(in crate::deliveries) async fn release_all(conn: &mut AnyConnection) -> Result<u64, Fault> {
    released(None).run(conn).await
}

/// Of what comes after `d` in its thread and channel, as `f`.
fn following(columns: &'static str) -> Sql {
    sql("SELECT ").push(columns).push(
        " FROM deliveries d JOIN deliveries f ON f.thread = d.thread AND f.channel_id = d.channel_id WHERE f.thread <> '' AND f.behind > d.behind",
    )
}

/// What comes after these and waits, in its order.
pub(in crate::deliveries) async fn behind(conn: &mut AnyConnection, ids: &[&str], limit: usize) -> Result<Vec<Due>, Fault> {
    following("f.id, f.next_at, f.event, f.severity, f.incident_id, f.created_at")
        .push(" AND f.state = 'waiting'")
        .and_in("d.id", ids.iter().copied())
        .push(" ORDER BY f.created_at, f.behind, f.id LIMIT ")
        .bind(i64::try_from(limit).unwrap_or(i64::MAX))
        .all(conn)
        .await
}

/// A delivery that waits for another.
#[derive(sqlx::FromRow)]
pub(in crate::deliveries) struct Follower {
    pub(in crate::deliveries) id: String,
    pub(in crate::deliveries) team_id: String,
}

/// What comes after this one and has not been passed on, in its order.
pub(in crate::deliveries) async fn followers(conn: &mut AnyConnection, id: &str) -> Result<Vec<Follower>, Fault> {
    following("f.id, f.team_id")
        .push(" AND f.state IN ('waiting', 'sending') AND f.passed_on = 0 AND d.id = ")
        .bind(id)
        .push(" ORDER BY f.behind, f.id")
        .all(conn)
        .await
}
