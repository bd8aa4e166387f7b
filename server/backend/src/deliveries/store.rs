//! Table `deliveries`: the outbox and the ledger in one.

use domain::{
    Fault, Reach, Timestamp,
    deliveries::{Delivery, Filter, State},
    id::{ChannelId, DeliveryId, IncidentId, SystemId},
};
use sqlx::AnyConnection;

use super::channels::ALL_TEAMS;
use crate::db::{Sql, sql, stored};

/// A message on its way into the outbox.
pub(super) struct Message<'a> {
    pub(super) event: &'a str,
    pub(super) key: &'a str,
    /// The team, or `*`.
    pub(super) team: &'a str,
    pub(super) system: Option<&'a SystemId>,
    pub(super) incident: Option<&'a IncidentId>,
    pub(super) data: &'a serde_json::Value,
}

/// Writes a row; `false` where the channel has one with this key.
pub(super) async fn enqueue(
    conn: &mut AnyConnection,
    id: &DeliveryId,
    channel: &ChannelId,
    message: &Message<'_>,
    now: Timestamp,
) -> Result<bool, Fault> {
    let body = serde_json::json!({ "type": message.event, "timestamp": now.rfc3339(), "data": message.data }).to_string();
    let inserted = sql(
        "INSERT INTO deliveries (id, channel_id, key, event, team_id, system_id, incident_id, payload, state, next_at, created_at) VALUES ",
    )
    .rows([message], |r, message| {
        r.bind(id)
            .bind(channel)
            .bind(message.key)
            .bind(message.event)
            .bind(message.team)
            .bind(message.system)
            .bind(message.incident)
            .bind(body.as_str())
            .bind(State::Waiting.name())
            .bind(now)
            .bind(now)
    })
    .push(" ON CONFLICT (channel_id, key) DO NOTHING")
    .run(conn)
    .await?;
    Ok(inserted == 1)
}

/// A delivery that this process has claimed, with all that sending it needs.
#[derive(Debug, sqlx::FromRow)]
pub(super) struct Job {
    pub(super) id: String,
    pub(super) channel_id: String,
    pub(super) channel_name: String,
    pub(super) url: String,
    pub(super) secret: String,
    pub(super) key: String,
    pub(super) event: String,
    pub(super) team_id: String,
    pub(super) incident_id: Option<String>,
    pub(super) payload: String,
    pub(super) attempts: i64,
}

/// Deliveries that are due, at most `each` of every channel: a slow endpoint does not hold up the others.
/// A claim that nobody finished is due again when its lease is over.
pub(super) async fn due(conn: &mut AnyConnection, now: Timestamp, each: i64) -> Result<Vec<Due>, Fault> {
    sql("SELECT id, channel_id, next_at FROM (SELECT id, channel_id, next_at, ROW_NUMBER() OVER (PARTITION BY channel_id ORDER BY next_at, id) AS place \
         FROM deliveries WHERE state IN ('waiting', 'sending') AND next_at <= $1) ranked WHERE place <= $2 ORDER BY next_at, id LIMIT 200")
    .value(now)
    .value(each)
    .all(conn)
    .await
}

/// A delivery that is due.
#[derive(sqlx::FromRow)]
pub(super) struct Due {
    pub(super) id: String,
    pub(super) channel_id: String,
    pub(super) next_at: i64,
}

/// Claims a due delivery until `lease`; `None` where another was faster.
pub(super) async fn claim(conn: &mut AnyConnection, due: &Due, lease: Timestamp) -> Result<Option<Job>, Fault> {
    let claimed = sql("UPDATE deliveries SET state = 'sending', attempts = attempts + 1, next_at = $1 \
         WHERE id = $2 AND next_at = $3 AND state IN ('waiting', 'sending')")
    .value(lease)
    .value(&due.id)
    .value(due.next_at)
    .run(conn)
    .await?;
    if claimed == 0 {
        return Ok(None);
    }
    sql("SELECT d.id, d.channel_id, c.name AS channel_name, c.url, c.secret, d.key, d.event, d.team_id, d.incident_id, d.payload, d.attempts \
         FROM deliveries d JOIN channels c ON c.id = d.channel_id WHERE d.id = $1")
    .value(&due.id)
    .first(conn)
    .await
}

/// Records how an attempt ended; `false` where the claim has been lost to another attempt meanwhile.
pub(super) async fn record(
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
pub(super) async fn revive(conn: &mut AnyConnection, id: &DeliveryId, now: Timestamp) -> Result<bool, Fault> {
    let changed = sql("UPDATE deliveries SET state = 'waiting', attempts = 0, next_at = $1 WHERE id = $2 AND state = 'dead'")
        .value(now)
        .value(id)
        .run(conn)
        .await?;
    Ok(changed == 1)
}

#[derive(sqlx::FromRow)]
struct DeliveryRow {
    id: String,
    channel_id: String,
    channel_name: String,
    event: String,
    key: String,
    team_id: String,
    incident_id: Option<String>,
    state: String,
    attempts: i64,
    next_at: i64,
    created_at: i64,
    last_at: Option<i64>,
    delivered_at: Option<i64>,
    last_status: Option<i64>,
    last_error: String,
}

impl DeliveryRow {
    fn read(self) -> Result<Delivery, Fault> {
        Ok(Delivery {
            id: stored(&self.id)?,
            channel: stored(&self.channel_id)?,
            channel_name: self.channel_name,
            event: stored(&self.event)?,
            key: self.key,
            team: if self.team_id == ALL_TEAMS { None } else { Some(stored(&self.team_id)?) },
            incident: self.incident_id.as_deref().map(stored).transpose()?,
            state: stored(&self.state)?,
            attempts: self.attempts,
            next_at: Timestamp(self.next_at),
            created_at: Timestamp(self.created_at),
            last_at: self.last_at.map(Timestamp),
            delivered_at: self.delivered_at.map(Timestamp),
            last_status: self.last_status,
            last_error: self.last_error,
        })
    }
}

fn select() -> Sql {
    sql(
        "SELECT d.id, d.channel_id, c.name AS channel_name, d.event, d.key, d.team_id, d.incident_id, d.state, d.attempts, d.next_at, d.created_at, \
         d.last_at, d.delivered_at, d.last_status, d.last_error FROM deliveries d JOIN channels c ON c.id = d.channel_id WHERE 1 = 1",
    )
}

/// One page, newest first, with one row more than `limit`.
pub(super) async fn list(
    conn: &mut AnyConnection,
    filter: &Filter,
    reach: &Reach,
    after: Option<&(i64, String)>,
    limit: u32,
) -> Result<Vec<Delivery>, Fault> {
    let mut query = select().within("d.team_id", reach);
    if !filter.states.is_empty() {
        query = query.and_in("d.state", filter.states.iter().map(|s| s.name()));
    }
    if let Some(channel) = &filter.channel {
        query = query.push(" AND d.channel_id = ").bind(channel);
    }
    if let Some(incident) = &filter.incident {
        query = query.push(" AND d.incident_id = ").bind(incident);
    }
    if let Some((at, id)) = after {
        query =
            query.push(" AND (d.created_at < ").bind(*at).push(" OR (d.created_at = ").bind(*at).push(" AND d.id < ").bind(id).push("))");
    }
    let rows: Vec<DeliveryRow> = query.push(" ORDER BY d.created_at DESC, d.id DESC LIMIT ").bind(i64::from(limit) + 1).all(conn).await?;
    rows.into_iter().map(DeliveryRow::read).collect()
}

pub(super) async fn get(conn: &mut AnyConnection, id: &DeliveryId) -> Result<Delivery, Fault> {
    let row: Option<DeliveryRow> = select().push(" AND d.id = ").bind(id).first(conn).await?;
    row.ok_or(Fault::NotFound("delivery"))?.read()
}

/// The body that was or will be sent.
pub(super) async fn body(conn: &mut AnyConnection, id: &DeliveryId) -> Result<String, Fault> {
    let mut texts = sql("SELECT payload FROM deliveries WHERE id = $1").value(id).texts(conn).await?;
    texts.pop().ok_or(Fault::NotFound("delivery"))
}

pub(super) async fn dead_of_incident(conn: &mut AnyConnection, incident: &IncidentId) -> Result<i64, Fault> {
    sql("SELECT COUNT(*) FROM deliveries WHERE incident_id = $1 AND state = 'dead'").value(incident).count(conn).await
}
