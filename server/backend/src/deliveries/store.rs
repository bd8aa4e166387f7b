//! Table `deliveries`: the outbox and the ledger in one.

use std::sync::Arc;

use domain::{
    Fault, Reach, Timestamp,
    alerts::Severity,
    deliveries::{Delivery, Filter, Held, Notify, State, message::severity, thread},
    id::{ChannelId, DeliveryId, IncidentId, SystemId, TeamId, UserId},
};
use serde_json::json;
use sqlx::AnyConnection;

use crate::db::{Sql, sql, stored};

mod attempts;
pub(super) mod channels;
pub(super) mod chosen;
pub(super) mod contacts;
mod outbox;
pub(super) mod subscribers;
mod threads;

pub(super) use attempts::attempts;
pub(super) use outbox::{
    Busy, Due, Ended, Job, Left, busy_channels, busy_subscribers, claim, due, hold, is_claimed, left_behind, left_due, mark_dead, pass_on,
    record, revive, said, set_passed_on, shorten, told_lately,
};
pub(super) use threads::{behind, followers, release, release_all};

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

/// A row of the outbox that is to be written.
pub(super) struct Outgoing<'a> {
    id: DeliveryId,
    channel: &'a ChannelId,
    event: &'a str,
    key: &'a str,
    team: &'a str,
    system: Option<&'a SystemId>,
    incident: Option<&'a IncidentId>,
    severity: Option<i64>,
    thread: Arc<str>,
    behind: i64,
    body: Arc<str>,
}

/// The rows of one message, one for each channel.
pub(super) fn outgoing<'a>(
    message: &Message<'a>,
    to: impl Iterator<Item = (DeliveryId, &'a ChannelId)>,
    now: Timestamp,
) -> Vec<Outgoing<'a>> {
    let body = json!({ "type": message.event, "timestamp": now.rfc3339(), "data": message.data }).to_string();
    let (body, severity): (Arc<str>, _) = (body.into(), severity(message.data).map(Severity::rank));
    let Message { event, key, team, system, incident, .. } = *message;
    let thread: Arc<str> = Notify::parse(event).and_then(|event| thread(event, message.data)).unwrap_or_default().into();
    let row = |(id, channel)| {
        let (thread, body) = (thread.clone(), body.clone());
        Outgoing { id, channel, event, key, team, system, incident, severity, thread, behind: 0, body }
    };
    to.map(row).collect()
}

/// Writes one row, under a key that is its own.
pub(super) async fn enqueue_one(
    conn: &mut AnyConnection,
    id: &DeliveryId,
    channel: &ChannelId,
    message: &Message<'_>,
    now: Timestamp,
) -> Result<(), Fault> {
    enqueue(conn, &mut outgoing(message, std::iter::once((id.clone(), channel)), now), now).await.map(drop)
}

/// Rows in one statement: messages may be long.
const TOGETHER: usize = 200;

/// Writes rows; gives how many there were of which the channel had none with this key.
pub(super) async fn enqueue(conn: &mut AnyConnection, rows: &mut [Outgoing<'_>], now: Timestamp) -> Result<u64, Fault> {
    threads::line_up(conn, rows, now).await?;
    let mut fresh = 0;
    for chunk in rows.chunks(TOGETHER) {
        fresh += sql(
            "INSERT INTO deliveries (id, channel_id, key, event, team_id, system_id, incident_id, payload, severity, thread, behind, state, \
             next_at, created_at) VALUES ",
        )
        .rows(chunk.iter(), |r, row| {
            r.bind(&row.id)
                .bind(row.channel)
                .bind(row.key)
                .bind(row.event)
                .bind(row.team)
                .bind(row.system)
                .bind(row.incident)
                .bind(&*row.body)
                .bind(row.severity)
                .bind(&*row.thread)
                .bind(row.behind)
                .bind(State::Waiting.name())
                .bind(now)
                .bind(now)
        })
        .push(" ON CONFLICT (channel_id, key) DO NOTHING")
        .run(conn)
        .await?;
    }
    Ok(fresh)
}

#[derive(sqlx::FromRow)]
struct DeliveryRow {
    id: String,
    channel_id: String,
    channel_name: String,
    kind: String,
    user_id: String,
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
    receipt: String,
    held: String,
    behind: i64,
    summed_in: Option<String>,
    instead_of: Option<String>,
}

impl DeliveryRow {
    fn read(self) -> Result<Delivery, Fault> {
        Ok(Delivery {
            id: stored(&self.id)?,
            channel: stored(&self.channel_id)?,
            channel_name: self.channel_name,
            kind: stored(&self.kind)?,
            user: UserId::parse(&self.user_id),
            event: stored(&self.event)?,
            key: self.key,
            // All teams, or nobody's.
            team: TeamId::parse(&self.team_id),
            incident: self.incident_id.as_deref().map(stored).transpose()?,
            state: stored(&self.state)?,
            attempts: self.attempts,
            next_at: Timestamp(self.next_at),
            created_at: Timestamp(self.created_at),
            last_at: self.last_at.map(Timestamp),
            delivered_at: self.delivered_at.map(Timestamp),
            last_status: self.last_status,
            last_error: self.last_error,
            receipt: self.receipt,
            held: if self.behind > 0 { Some(Held::Order) } else { Held::parse(&self.held) },
            summed_in: self.summed_in.as_deref().map(stored).transpose()?,
            instead_of: self.instead_of.as_deref().map(stored).transpose()?,
        })
    }
}

fn select() -> Sql {
    sql(
        "SELECT d.id, d.channel_id, CASE WHEN c.label = '' THEN c.name ELSE c.label END AS channel_name, c.kind, c.user_id, d.event, d.key, d.team_id, d.incident_id, d.state, d.attempts, d.next_at, d.created_at, \
         d.last_at, d.delivered_at, d.last_status, d.last_error, d.receipt, d.held, d.behind, d.summed_in, d.instead_of FROM deliveries d JOIN channels c ON c.id = d.channel_id WHERE 1 = 1",
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
    if !filter.kinds.is_empty() {
        query = query.and_in("c.kind", filter.kinds.iter().map(|kind| kind.name()));
    }
    if !filter.events.is_empty() {
        query = query.and_in("d.event", filter.events.iter().map(|event| event.name()));
    }
    if let Some(channel) = &filter.channel {
        query = query.push(" AND d.channel_id = ").bind(channel);
    }
    if let Some(user) = &filter.user {
        query = query.push(" AND c.user_id = ").bind(user);
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

/// What was told of an incident under these keys, oldest first.
pub(super) async fn under_keys(
    conn: &mut AnyConnection,
    reach: &Reach,
    incident: &IncidentId,
    keys: &[String],
) -> Result<Vec<Delivery>, Fault> {
    let query = select().within("d.team_id", reach).push(" AND d.incident_id = ").bind(incident).and_in("d.key", keys);
    let rows: Vec<DeliveryRow> = query.push(" ORDER BY d.created_at, d.id").all(conn).await?;
    rows.into_iter().map(DeliveryRow::read).collect()
}

/// One delivery within reach.
pub(super) async fn get(conn: &mut AnyConnection, reach: &Reach, id: &DeliveryId) -> Result<Delivery, Fault> {
    let row: Option<DeliveryRow> = select().within("d.team_id", reach).push(" AND d.id = ").bind(id).first(conn).await?;
    row.ok_or(Fault::NotFound("delivery"))?.read()
}

/// The body that was or will be sent.
pub(super) async fn body(conn: &mut AnyConnection, id: &DeliveryId) -> Result<String, Fault> {
    let mut texts = sql("SELECT payload FROM deliveries WHERE id = $1").value(id).texts(conn).await?;
    texts.pop().ok_or(Fault::NotFound("delivery"))
}

/// How often a person was told something of this kind since.
pub(super) async fn told_since(conn: &mut AnyConnection, user: &UserId, event: Notify, since: Timestamp) -> Result<i64, Fault> {
    sql("SELECT COUNT(*) FROM deliveries d JOIN channels c ON c.id = d.channel_id WHERE d.event = $1 AND c.user_id = $2 \
         AND d.created_at > $3")
    .value(event.name())
    .value(user)
    .value(since)
    .count(conn)
    .await
}

pub(super) async fn dead_of_incident(conn: &mut AnyConnection, incident: &IncidentId) -> Result<i64, Fault> {
    sql("SELECT COUNT(*) FROM deliveries WHERE incident_id = $1 AND state = 'dead'").value(incident).count(conn).await
}

/// Forgets deliveries that ended before and belong to no incident that is spared, at most `limit`; gives how many.
pub(super) async fn forget(conn: &mut AnyConnection, before: Timestamp, spared: &[IncidentId], limit: u32) -> Result<u64, Fault> {
    sql("DELETE FROM deliveries WHERE id IN (SELECT id FROM deliveries WHERE state IN ('delivered', 'dead') AND created_at < $1 \
         AND COALESCE(last_at, created_at) < $2")
    .value(before)
    .value(before)
    .and_not_in("incident_id", spared)
    .push(" ORDER BY created_at, id LIMIT ")
    .bind(limit)
    .push(")")
    .run(conn)
    .await
}

/// What is due later is due sooner: the clock was set back.
pub(super) async fn sooner(conn: &mut AnyConnection, by: i64, now: Timestamp) -> Result<(), Fault> {
    sql("UPDATE deliveries SET next_at = next_at - $1 WHERE state IN ('waiting', 'sending') AND next_at > $2")
        .value(by)
        .value(now)
        .run(conn)
        .await
        .map(drop)
}
