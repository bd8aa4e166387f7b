//! What waits to be sent: who may send it now, how it ended, what is left of a channel that was removed.

use domain::{Fault, Timestamp, deliveries::State, id::DeliveryId};
use sqlx::AnyConnection;

use crate::db::sql;

/// A delivery that this process has claimed, with all that sending it needs.
#[derive(Debug, sqlx::FromRow)]
pub(in crate::deliveries) struct Job {
    pub(in crate::deliveries) id: String,
    pub(in crate::deliveries) channel_id: String,
    pub(in crate::deliveries) channel_name: String,
    pub(in crate::deliveries) target: String,
    pub(in crate::deliveries) secret: String,
    pub(in crate::deliveries) key: String,
    pub(in crate::deliveries) event: String,
    pub(in crate::deliveries) team_id: String,
    pub(in crate::deliveries) incident_id: Option<String>,
    pub(in crate::deliveries) payload: String,
    pub(in crate::deliveries) attempts: i64,
}

/// A channel that has something due.
#[derive(sqlx::FromRow)]
pub(in crate::deliveries) struct Busy {
    pub(in crate::deliveries) id: String,
    enabled: i64,
}

/// Channels that have something due: one look into an index for each, however much waits. One that is turned off sends
/// tests only; what else waits goes out when it is turned on again.
pub(in crate::deliveries) async fn busy_channels(conn: &mut AnyConnection, now: Timestamp) -> Result<Vec<Busy>, Fault> {
    sql("SELECT c.id, c.enabled FROM channels c WHERE c.removed_at IS NULL AND ((c.enabled = 1 AND EXISTS (SELECT 1 FROM deliveries d \
         WHERE d.channel_id = c.id AND d.state IN ('waiting', 'sending') AND d.next_at <= $1)) OR (c.enabled = 0 AND EXISTS (SELECT 1 \
         FROM deliveries d WHERE d.channel_id = c.id AND d.event = 'test' AND d.state IN ('waiting', 'sending') AND d.next_at <= $2)))")
    .value(now)
    .value(now)
    .all(conn)
    .await
}

/// A delivery that is due.
#[derive(sqlx::FromRow)]
pub(in crate::deliveries) struct Due {
    pub(in crate::deliveries) id: String,
    pub(in crate::deliveries) next_at: i64,
}

/// Deliveries of a channel that are due, the longest first. A claim that nobody finished is due again when its lease is
/// over.
pub(in crate::deliveries) async fn due(conn: &mut AnyConnection, channel: &Busy, now: Timestamp, limit: usize) -> Result<Vec<Due>, Fault> {
    let mut query = sql("SELECT id, next_at FROM deliveries WHERE channel_id = $1 AND state IN ('waiting', 'sending') AND next_at <= $2")
        .value(&channel.id)
        .value(now);
    if channel.enabled == 0 {
        query = query.push(" AND event = 'test'");
    }
    query.push(" ORDER BY next_at, id LIMIT ").bind(i64::try_from(limit).unwrap_or(i64::MAX)).all(conn).await
}

/// Claims a due delivery until `lease`; `None` where another was faster, or the channel was turned off or removed.
pub(in crate::deliveries) async fn claim(conn: &mut AnyConnection, due: &Due, lease: Timestamp) -> Result<Option<Job>, Fault> {
    let claimed = sql("UPDATE deliveries SET state = 'sending', attempts = attempts + 1, next_at = $1 \
         WHERE id = $2 AND next_at = $3 AND state IN ('waiting', 'sending') AND EXISTS (SELECT 1 FROM channels c \
         WHERE c.id = deliveries.channel_id AND c.removed_at IS NULL AND (c.enabled = 1 OR deliveries.event = 'test'))")
    .value(lease)
    .value(&due.id)
    .value(due.next_at)
    .run(conn)
    .await?;
    if claimed == 0 {
        return Ok(None);
    }
    sql("SELECT d.id, d.channel_id, CASE WHEN c.label = '' THEN c.name ELSE c.label END AS channel_name, c.target, c.secret, d.key, d.event, d.team_id, d.incident_id, d.payload, d.attempts \
         FROM deliveries d JOIN channels c ON c.id = d.channel_id WHERE d.id = $1")
    .value(&due.id)
    .first(conn)
    .await
}

/// Records how an attempt ended; `false` where the claim has been lost to another attempt meanwhile.
pub(in crate::deliveries) async fn record(
    conn: &mut AnyConnection,
    job: &Job,
    state: State,
    next: Timestamp,
    now: Timestamp,
    status: Option<i64>,
    error: &str,
) -> Result<bool, Fault> {
    let changed =
        sql("UPDATE deliveries SET state = $1, next_at = $2, last_at = $3, delivered_at = $4, last_status = $5, last_error = $6 \
         WHERE id = $7 AND state = 'sending' AND attempts = $8")
        .value(state.name())
        .value(next)
        .value(now)
        .value((state == State::Delivered).then_some(now))
        .value(status)
        .value(error)
        .value(&job.id)
        .value(job.attempts)
        .run(conn)
        .await?;
    Ok(changed == 1)
}

/// Puts a dead delivery back into the outbox; `false` where it is not dead.
pub(in crate::deliveries) async fn revive(conn: &mut AnyConnection, id: &DeliveryId, now: Timestamp) -> Result<bool, Fault> {
    let changed = sql("UPDATE deliveries SET state = 'waiting', attempts = 0, next_at = $1 WHERE id = $2 AND state = 'dead'")
        .value(now)
        .value(id)
        .run(conn)
        .await?;
    Ok(changed == 1)
}

/// A delivery whose channel was removed before it was sent.
#[derive(sqlx::FromRow)]
pub(in crate::deliveries) struct Left {
    pub(in crate::deliveries) id: String,
    pub(in crate::deliveries) channel_name: String,
    pub(in crate::deliveries) event: String,
    pub(in crate::deliveries) team_id: String,
    pub(in crate::deliveries) incident_id: Option<String>,
    next_at: i64,
}

/// What removed channels have left behind and nobody is sending any more.
pub(in crate::deliveries) async fn left_behind(conn: &mut AnyConnection, now: Timestamp, limit: u32) -> Result<Vec<Left>, Fault> {
    sql("SELECT d.id, c.label AS channel_name, d.event, d.team_id, d.incident_id, d.next_at FROM channels c \
         JOIN deliveries d ON d.channel_id = c.id WHERE c.removed_at IS NOT NULL AND d.state IN ('waiting', 'sending') \
         AND (d.state = 'waiting' OR d.next_at <= $1) LIMIT ")
    .value(now)
    .bind(limit)
    .all(conn)
    .await
}

/// Gives up what was left behind; `false` where it has moved meanwhile.
pub(in crate::deliveries) async fn mark_dead(conn: &mut AnyConnection, left: &Left, why: &str) -> Result<bool, Fault> {
    let changed =
        sql("UPDATE deliveries SET state = 'dead', last_error = $1 WHERE id = $2 AND next_at = $3 AND state IN ('waiting', 'sending')")
            .value(why)
            .value(&left.id)
            .value(left.next_at)
            .run(conn)
            .await?;
    Ok(changed == 1)
}
