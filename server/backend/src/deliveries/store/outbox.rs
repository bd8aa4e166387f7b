//! What waits to be sent: who may send it now, how it ended, what is left of a channel that was removed.

use domain::{
    Fault, Timestamp,
    deliveries::{Held, Kind, Manner, Piece, State},
    id::{ChannelId, DeliveryId},
    time::MINUTE,
};
use sqlx::AnyConnection;

use super::{
    attempts,
    channels::read_json,
    threads::{after_all, release},
};
use crate::db::{Sql, sql, stored};

/// A delivery that this process has claimed, with all that sending it needs.
#[derive(Debug, sqlx::FromRow)]
pub(in crate::deliveries) struct Job {
    pub(in crate::deliveries) id: String,
    pub(in crate::deliveries) channel_id: String,
    pub(in crate::deliveries) channel_name: String,
    pub(in crate::deliveries) kind: String,
    pub(in crate::deliveries) user_id: String,
    pub(in crate::deliveries) page_id: String,
    pub(in crate::deliveries) channel_team: String,
    pub(in crate::deliveries) config: String,
    pub(in crate::deliveries) manner: String,
    pub(in crate::deliveries) secret: String,
    pub(in crate::deliveries) key: String,
    pub(in crate::deliveries) event: String,
    pub(in crate::deliveries) team_id: String,
    pub(in crate::deliveries) incident_id: Option<String>,
    pub(in crate::deliveries) payload: String,
    pub(in crate::deliveries) attempts: i64,
    pub(in crate::deliveries) passed_on: i64,
    pub(in crate::deliveries) first_failed_at: Option<i64>,
    pub(in crate::deliveries) created_at: i64,
}

/// A channel that has something due.
#[derive(sqlx::FromRow)]
pub(in crate::deliveries) struct Busy {
    pub(in crate::deliveries) id: String,
    enabled: i64,
    kind: String,
    manner: String,
    /// 0: somebody is being paged; 1: a channel of a team; 2: one of a person; 3: one of a subscriber of a status page.
    pub(in crate::deliveries) rank: i64,
}

impl Busy {
    /// Whether it is that of a subscriber of a status page.
    pub(in crate::deliveries) fn is_outside(&self) -> bool {
        self.rank == 3
    }

    /// Whether programs read it.
    pub(in crate::deliveries) fn is_for_programs(&self) -> Result<bool, Fault> {
        Ok(stored::<Kind>(&self.kind)?.is_for_programs())
    }

    /// Whether people of the house read it, to whom an incident and its alert are one thing.
    pub(in crate::deliveries) fn is_read(&self) -> Result<bool, Fault> {
        Ok(!self.is_outside() && !self.is_for_programs()?)
    }

    pub(in crate::deliveries) fn manner(&self) -> Result<Manner, Fault> {
        read_json(&self.manner)
    }
}

/// Channels that have something due: one look into an index for each, however much waits. One that is turned off sends
/// tests only; what else waits goes out when it is turned on again. Pages come first, then teams, then what persons told
/// themselves. Subscribers are not among them: see [`busy_subscribers`].
pub(in crate::deliveries) async fn busy_channels(conn: &mut AnyConnection, now: Timestamp) -> Result<Vec<Busy>, Fault> {
    sql("SELECT c.id, c.enabled, c.kind, c.manner, CASE WHEN EXISTS (SELECT 1 FROM deliveries d WHERE d.channel_id = c.id AND \
         d.behind = 0 AND d.state IN ('waiting', 'sending') AND d.next_at <= $1 AND d.event = 'page') THEN 0 WHEN c.user_id = '' THEN 1 ELSE 2 END \
         AS rank FROM channels c WHERE c.removed_at IS NULL AND c.page_id = '' AND ((c.enabled = 1 AND EXISTS (SELECT 1 FROM \
         deliveries d WHERE d.channel_id = c.id AND d.behind = 0 AND d.state IN ('waiting', 'sending') AND d.next_at <= $2)) OR (c.enabled = 0 AND EXISTS \
         (SELECT 1 FROM deliveries d WHERE d.channel_id = c.id AND d.event = 'test' AND d.state IN ('waiting', 'sending') \
         AND d.next_at <= $3))) ORDER BY rank, c.id")
    .value(now)
    .value(now)
    .value(now)
    .all(conn)
    .await
}

/// Subscribers of status pages who have something due, those who wait longest first, at most `limit`. They may be many, and mostly
/// nothing is due: the outbox is asked, not each of them.
pub(in crate::deliveries) async fn busy_subscribers(conn: &mut AnyConnection, now: Timestamp, limit: usize) -> Result<Vec<Busy>, Fault> {
    let mut rows: Vec<Busy> = sql("SELECT c.id, c.enabled, c.kind, c.manner, CAST(3 AS BIGINT) AS rank FROM deliveries d JOIN channels c ON c.id = d.channel_id \
         WHERE d.event IN ('status.confirm', 'status.notice') AND d.behind = 0 AND d.state IN ('waiting', 'sending') AND d.next_at <= $1 AND c.page_id <> '' AND c.removed_at IS NULL ORDER BY d.next_at, d.id LIMIT ")
    .value(now)
    .bind(i64::try_from(limit).unwrap_or(i64::MAX))
    .all(conn)
    .await?;
    let mut seen = std::collections::HashSet::new();
    rows.retain(|row| seen.insert(row.id.clone()));
    Ok(rows)
}

/// A delivery that is due.
#[derive(Clone, sqlx::FromRow)]
pub(in crate::deliveries) struct Due {
    pub(in crate::deliveries) id: String,
    pub(in crate::deliveries) next_at: i64,
    pub(in crate::deliveries) event: String,
    pub(in crate::deliveries) severity: Option<i64>,
    incident_id: Option<String>,
    created_at: i64,
}

impl Due {
    pub(in crate::deliveries) fn piece(&self) -> Result<Piece<'_>, Fault> {
        Ok(Piece { event: stored(&self.event)?, incident: self.incident_id.as_deref(), at: Timestamp(self.created_at) })
    }
}

/// Deliveries of a channel that are due and wait for no other, the longest first. A claim that nobody finished is due again when its
/// lease is over.
pub(in crate::deliveries) async fn due(conn: &mut AnyConnection, channel: &Busy, now: Timestamp, limit: usize) -> Result<Vec<Due>, Fault> {
    let mut query = sql(
        "SELECT id, next_at, event, severity, incident_id, created_at FROM deliveries WHERE channel_id = $1 AND behind = 0 AND state IN ('waiting', 'sending') AND next_at <= $2",
    )
    .value(&channel.id)
    .value(now);
    if channel.enabled == 0 {
        query = query.push(" AND event = 'test'");
    }
    query.push(" ORDER BY next_at, id LIMIT ").bind(i64::try_from(limit).unwrap_or(i64::MAX)).all(conn).await
}

/// How many messages a channel has been told within the last minute or is being told now, and when the oldest of them was
/// told: what was summed up in another does not count.
pub(in crate::deliveries) async fn told_lately(conn: &mut AnyConnection, channel: &str, now: Timestamp) -> Result<(i64, Timestamp), Fault> {
    #[derive(sqlx::FromRow)]
    struct Told {
        told: i64,
        oldest: i64,
    }
    let row: Option<Told> =
        sql("SELECT COUNT(*) AS told, COALESCE(MIN(delivered_at), $1) AS oldest FROM deliveries WHERE channel_id = $2 \
         AND summed_in IS NULL AND event <> 'test' AND ((state = 'sending' AND next_at > $3) OR delivered_at > $4)")
        .value(now)
        .value(channel)
        .value(now)
        .value(now.plus(-MINUTE))
        .first(conn)
        .await?;
    Ok(row.map_or((0, now), |row| (row.told, Timestamp(row.oldest))))
}

/// Lets a due delivery wait until a moment, for a reason that is no failure.
pub(in crate::deliveries) async fn hold(conn: &mut AnyConnection, due: &Due, until: Timestamp, why: Held) -> Result<bool, Fault> {
    let held = sql("UPDATE deliveries SET state = 'waiting', next_at = $1, held = $2 WHERE id = $3 AND next_at = $4 \
         AND state IN ('waiting', 'sending')")
    .value(until)
    .value(why.name())
    .value(&due.id)
    .value(due.next_at)
    .run(conn)
    .await?;
    Ok(held == 1)
}

/// Claims a due delivery until `lease`; `None` where another was faster, or the channel was turned off or removed. One that is
/// told within another carries the id of that one.
pub(in crate::deliveries) async fn claim(
    conn: &mut AnyConnection,
    due: &Due,
    lease: Timestamp,
    summed_in: Option<&str>,
) -> Result<Option<Job>, Fault> {
    // What is told within another one is told after what stands before it.
    let claimed = sql("UPDATE deliveries SET state = 'sending', attempts = attempts + 1, next_at = $1, held = '', summed_in = $2 \
         WHERE id = $3 AND next_at = $4 AND (behind = 0 OR $5 = 1) AND state IN ('waiting', 'sending') AND EXISTS (SELECT 1 FROM channels c \
         WHERE c.id = deliveries.channel_id AND c.removed_at IS NULL AND (c.enabled = 1 OR deliveries.event = 'test'))")
    .value(lease)
    .value(summed_in)
    .value(&due.id)
    .value(due.next_at)
    .value(i64::from(summed_in.is_some()))
    .run(conn)
    .await?;
    if claimed == 0 {
        return Ok(None);
    }
    sql("SELECT d.id, d.channel_id, CASE WHEN c.label = '' THEN c.name ELSE c.label END AS channel_name, c.kind, c.user_id, \
         c.page_id, c.team_id AS channel_team, c.config, c.manner, c.secret, d.key, d.event, d.team_id, d.incident_id, d.payload, d.attempts, \
         d.passed_on, d.first_failed_at, d.created_at FROM deliveries d JOIN channels c ON c.id = d.channel_id WHERE d.id = $1")
    .value(&due.id)
    .first(conn)
    .await
}

/// Lets no claim of mail, or of anything else, last longer than until a moment.
pub(in crate::deliveries) async fn shorten(conn: &mut AnyConnection, mail: bool, until: Timestamp) -> Result<(), Fault> {
    let which = if mail { " IN " } else { " NOT IN " };
    sql("UPDATE deliveries SET next_at = ")
        .bind(until)
        .push(" WHERE state = 'sending' AND next_at > ")
        .bind(until)
        .push(" AND channel_id")
        .push(which)
        .push("(SELECT id FROM channels WHERE kind = 'email')")
        .run(conn)
        .await
        .map(drop)
}

/// Whether a claim stands, and lasts beyond a moment.
pub(in crate::deliveries) async fn is_claimed(conn: &mut AnyConnection, job: &Job, until: Timestamp) -> Result<bool, Fault> {
    let standing = sql("SELECT COUNT(*) FROM deliveries WHERE id = $1 AND state = 'sending' AND attempts = $2 AND next_at > $3")
        .value(&job.id)
        .value(job.attempts)
        .value(until)
        .count(conn)
        .await?;
    Ok(standing == 1)
}

/// What a message to a channel said, and what was told along with it; nothing where it is forgotten.
pub(in crate::deliveries) async fn said(conn: &mut AnyConnection, id: &DeliveryId, channel: &ChannelId) -> Result<Vec<String>, Fault> {
    sql("SELECT payload FROM deliveries WHERE channel_id = $1 AND (id = $2 OR summed_in = $3) ORDER BY created_at, id")
        .value(channel)
        .value(id)
        .value(id)
        .texts(conn)
        .await
}

/// How an attempt ended.
pub(in crate::deliveries) struct Ended<'a> {
    pub(in crate::deliveries) state: State,
    pub(in crate::deliveries) next: Timestamp,
    /// How many milliseconds it took.
    pub(in crate::deliveries) ms: i64,
    pub(in crate::deliveries) status: Option<i64>,
    pub(in crate::deliveries) error: &'a str,
    pub(in crate::deliveries) receipt: &'a str,
    /// The delivery that told this one too.
    pub(in crate::deliveries) summed_in: Option<&'a str>,
}

/// Records how an attempt ended; `false` where the claim has been lost to another attempt meanwhile.
pub(in crate::deliveries) async fn record(conn: &mut AnyConnection, job: &Job, ended: &Ended<'_>, now: Timestamp) -> Result<bool, Fault> {
    let failed = (ended.state != State::Delivered).then_some(now);
    let changed = sql("UPDATE deliveries SET state = $1, next_at = $2, last_at = $3, delivered_at = $4, last_status = $5, last_error = $6, \
         receipt = $7, summed_in = $8, first_failed_at = COALESCE(first_failed_at, $9) WHERE id = $10 AND state = 'sending' AND attempts = $11")
    .value(ended.state.name())
    .value(ended.next)
    .value(now)
    .value((ended.state == State::Delivered).then_some(now))
    .value(ended.status)
    .value(ended.error)
    .value(ended.receipt)
    .value(ended.summed_in)
    .value(failed)
    .value(&job.id)
    .value(job.attempts)
    .run(conn)
    .await?;
    if changed != 1 {
        return Ok(false);
    }
    attempts::add(conn, &job.id, ended, now).await?;
    Ok(true)
}

/// Notes that another channel has been told in place of this one.
pub(in crate::deliveries) async fn set_passed_on(conn: &mut AnyConnection, id: &str) -> Result<(), Fault> {
    sql("UPDATE deliveries SET passed_on = 1 WHERE id = $1").value(id).run(conn).await.map(drop)
}

/// Writes what one delivery tells into the outbox of another channel, with the same key; `false` where that channel has it.
pub(in crate::deliveries) async fn pass_on(
    conn: &mut AnyConnection,
    id: &DeliveryId,
    from: &str,
    channel: &str,
    now: Timestamp,
) -> Result<bool, Fault> {
    let columns =
        sql("INSERT INTO deliveries (id, channel_id, key, event, team_id, system_id, incident_id, payload, severity, thread, behind, \
         state, next_at, created_at, instead_of) SELECT CAST($1 AS TEXT), CAST($2 AS TEXT), key, event, team_id, system_id, incident_id, \
         payload, severity, thread, ")
        .value(id)
        .value(channel);
    let written = after_all(columns, |query| query.bind(channel))
        .push(", 'waiting', CAST(")
        .bind(now)
        .push(" AS BIGINT), CAST(")
        .bind(now)
        .push(" AS BIGINT), id FROM deliveries d WHERE id = ")
        .bind(from)
        .push(" ON CONFLICT (channel_id, key) DO NOTHING")
        .run(conn)
        .await?;
    Ok(written == 1)
}

/// Puts a dead delivery back into the outbox, after what waits there of its thread; `false` where it is not dead.
pub(in crate::deliveries) async fn revive(conn: &mut AnyConnection, id: &DeliveryId, now: Timestamp) -> Result<bool, Fault> {
    let fresh =
        sql("UPDATE deliveries AS d SET state = 'waiting', attempts = 0, next_at = $1, first_failed_at = NULL, passed_on = 0, behind = ")
            .value(now);
    let changed =
        after_all(fresh, |query| query.push("d.channel_id")).push(" WHERE id = ").bind(id).push(" AND state = 'dead'").run(conn).await?;
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

fn left() -> Sql {
    sql("SELECT d.id, c.label AS channel_name, d.event, d.team_id, d.incident_id, d.next_at FROM channels c \
         JOIN deliveries d ON d.channel_id = c.id WHERE d.state IN ('waiting', 'sending') AND d.behind = 0")
}

/// What removed channels have left behind and nobody is sending any more.
pub(in crate::deliveries) async fn left_behind(conn: &mut AnyConnection, now: Timestamp, limit: u32) -> Result<Vec<Left>, Fault> {
    let query = left().push(" AND c.removed_at IS NOT NULL AND (d.state = 'waiting' OR d.next_at <= ").bind(now);
    query.push(") LIMIT ").bind(limit).all(conn).await
}

/// What is due of a channel that is told nothing of it.
pub(in crate::deliveries) async fn left_due(
    conn: &mut AnyConnection,
    channel: &ChannelId,
    now: Timestamp,
    limit: u32,
) -> Result<Vec<Left>, Fault> {
    let query = left().push(" AND c.id = ").bind(channel).push(" AND d.next_at <= ").bind(now);
    query.push(" LIMIT ").bind(limit).all(conn).await
}

/// Gives up what was left behind, so that what comes after it is next; `false` where it has moved meanwhile.
pub(in crate::deliveries) async fn mark_dead(conn: &mut AnyConnection, left: &Left, why: &str) -> Result<bool, Fault> {
    let changed =
        sql("UPDATE deliveries SET state = 'dead', last_error = $1 WHERE id = $2 AND next_at = $3 AND state IN ('waiting', 'sending')")
            .value(why)
            .value(&left.id)
            .value(left.next_at)
            .run(conn)
            .await?;
    release(conn, &left.id, None).await?;
    Ok(changed == 1)
}
