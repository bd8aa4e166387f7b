//! Table `alert_groups`, and what is asked of `alerts` about quiet.

use std::collections::HashMap;

use domain::{Fault, Reach, Timestamp, alerts::Cause, id::IncidentId};
use sqlx::AnyConnection;

use crate::{
    alerts::store::{AlertRow, COLUMNS},
    db::{Bind, in_order, sql},
};

mod decisions;
mod members;
mod sources;

pub(in crate::alerts) use decisions::{Decided, decide, decisions};
pub(in crate::alerts) use members::memberships;
pub(super) use members::{Member, add, alerts_in, group_ids, members_in, members_of, owe, remove, tell, told_to_team};
pub(in crate::alerts) use sources::any_until;
pub(super) use sources::{Down, Source, down_on, down_on_then, firing, firing_then};

/// One row of `alert_groups`.
#[derive(Debug, Clone, sqlx::FromRow)]
pub(in crate::alerts) struct GroupRow {
    pub(in crate::alerts) id: String,
    pub(in crate::alerts) group_key: String,
    pub(in crate::alerts) receiver: String,
    pub(in crate::alerts) place: String,
    pub(in crate::alerts) labels: String,
    pub(in crate::alerts) channels: String,
    pub(in crate::alerts) tells_team: i64,
    pub(in crate::alerts) send_resolved: i64,
    pub(in crate::alerts) wait_ms: i64,
    pub(in crate::alerts) interval_ms: i64,
    pub(in crate::alerts) repeat_ms: i64,
    pub(in crate::alerts) mute: String,
    pub(in crate::alerts) active: String,
    pub(in crate::alerts) standing: i64,
    pub(in crate::alerts) leaving: i64,
    pub(in crate::alerts) said: i64,
    pub(in crate::alerts) next_at: Option<i64>,
    pub(in crate::alerts) flushed_at: Option<i64>,
    pub(in crate::alerts) told_at: Option<i64>,
    pub(in crate::alerts) created_at: i64,
}

const GROUP: &str = "id, group_key, receiver, place, labels, channels, tells_team, send_resolved, wait_ms, interval_ms, repeat_ms, mute, active, \
     standing, leaving, said, next_at, flushed_at, told_at, created_at";

/// A list of texts as it is stored.
pub(super) fn list(texts: &[String]) -> String {
    serde_json::to_string(texts).unwrap_or_else(|_| "[]".to_owned())
}

pub(in crate::alerts) fn read_list(text: &str) -> Vec<String> {
    serde_json::from_str(text).unwrap_or_default()
}

/// Rows in one statement.
const TOGETHER: usize = 1_000;

/// Brings groups about, or the routes of those that are there up to date; locked for this transaction either way, in the order
/// given. Each key and receiver may stand there once. Gives them as they stand; a fresh one has `flushed_at` and `next_at` empty.
pub(super) async fn take_or_make(conn: &mut AnyConnection, rows: &[GroupRow]) -> Result<Vec<GroupRow>, Fault> {
    let mut found = Vec::with_capacity(rows.len());
    for chunk in rows.chunks(TOGETHER) {
        found.extend(take_or_make_these(conn, chunk).await?);
    }
    Ok(found)
}

async fn take_or_make_these(conn: &mut AnyConnection, rows: &[GroupRow]) -> Result<Vec<GroupRow>, Fault> {
    sql("INSERT INTO alert_groups (id, group_key, receiver, place, labels, channels, tells_team, send_resolved, wait_ms, interval_ms, \
         repeat_ms, mute, active, standing, created_at) VALUES ")
    .rows(rows, |r, row| {
        r.bind(&row.id)
            .bind(&row.group_key)
            .bind(&row.receiver)
            .bind(&row.place)
            .bind(&row.labels)
            .bind(&row.channels)
            .bind(row.tells_team)
            .bind(row.send_resolved)
            .bind(row.wait_ms)
            .bind(row.interval_ms)
            .bind(row.repeat_ms)
            .bind(&row.mute)
            .bind(&row.active)
            .bind(row.standing)
            .bind(row.created_at)
    })
    .push(
        " ON CONFLICT (group_key, receiver) WHERE leaving = 0 DO UPDATE SET place = excluded.place, channels = excluded.channels, \
         tells_team = excluded.tells_team, send_resolved = excluded.send_resolved, wait_ms = excluded.wait_ms, \
         interval_ms = excluded.interval_ms, repeat_ms = excluded.repeat_ms, mute = excluded.mute, active = excluded.active RETURNING ",
    )
    .push(GROUP)
    .all(conn)
    .await
}

/// The routes do not lead to any of these groups any more: only ends that are owed are told.
pub(super) async fn leave_all(conn: &mut AnyConnection) -> Result<(), Fault> {
    sql("UPDATE alert_groups SET leaving = 1 WHERE leaving = 0").run(conn).await.map(drop)
}

/// These groups as they stand, by id.
pub(super) async fn by_id(conn: &mut AnyConnection, groups: &[&str]) -> Result<HashMap<String, GroupRow>, Fault> {
    let mut found = HashMap::new();
    for chunk in groups.chunks(5_000) {
        let rows: Vec<GroupRow> =
            sql("SELECT ").push(GROUP).push(" FROM alert_groups WHERE 1 = 1").and_in("id", chunk.iter().copied()).all(conn).await?;
        found.extend(rows.into_iter().map(|row| (row.id.clone(), row)));
    }
    Ok(found)
}

/// What is left behind speaks at once.
pub(super) async fn wake_leaving(conn: &mut AnyConnection, now: Timestamp) -> Result<(), Fault> {
    sql("UPDATE alert_groups SET next_at = $1 WHERE leaving = 1 AND (next_at IS NULL OR next_at > $2)")
        .value(now)
        .value(now)
        .run(conn)
        .await
        .map(drop)
}

/// Ids of alerts that fire or recover and were led by another version of the routes, the oldest first.
pub(super) async fn behind(conn: &mut AnyConnection, version: i64, limit: u32) -> Result<Vec<String>, Fault> {
    sql("SELECT id FROM alerts WHERE state IN ('firing', 'recovering') AND routed <> $1 ORDER BY started_at, id LIMIT ")
        .value(version)
        .bind(limit)
        .texts(conn)
        .await
}

/// Groups that tell one of these alerts by itself speak at once.
pub(super) async fn call_standing(conn: &mut AnyConnection, alerts: &[String], now: Timestamp) -> Result<(), Fault> {
    if alerts.is_empty() {
        return Ok(());
    }
    sql("UPDATE alert_groups SET next_at = $1 WHERE standing = 1 AND id IN (SELECT group_id FROM alert_members WHERE 1 = 1")
        .value(now)
        .and_in("alert_id", alerts)
        .push(")")
        .run(conn)
        .await
        .map(drop)
}

/// Groups to which the routes lead, which have spoken and will speak again, speak at once; gives how many. They are locked in the one
/// order of groups.
pub(super) async fn call_spoken(conn: &mut AnyConnection, now: Timestamp) -> Result<u64, Fault> {
    let lock = in_order(conn);
    sql("UPDATE alert_groups SET next_at = $1 WHERE id IN (SELECT id FROM alert_groups WHERE standing = 0 AND leaving = 0 \
         AND flushed_at IS NOT NULL AND next_at > $2 ORDER BY group_key, receiver, id")
    .value(now)
    .value(now)
    .push(lock)
    .push(")")
    .run(conn)
    .await
}

/// When groups speak next: each its own moment.
pub(super) async fn set_next(conn: &mut AnyConnection, groups: &[(String, Timestamp)]) -> Result<(), Fault> {
    for chunk in groups.chunks(TOGETHER) {
        sql("UPDATE alert_groups SET next_at = v.column2 FROM (VALUES ")
            .rows(chunk, |r, (group, next)| r.bind(group).bind(*next))
            .push(") AS v WHERE alert_groups.id = v.column1")
            .run(conn)
            .await?;
    }
    Ok(())
}

/// Ids of groups whose time has come. Where there are more, those that have said nothing yet take up to half of the room, and come first:
/// thousands that are called to speak once more keep back no first word.
pub(super) async fn due(conn: &mut AnyConnection, now: Timestamp, limit: usize) -> Result<Vec<String>, Fault> {
    let oldest = due_of(conn, now, limit, "").await?;
    if oldest.len() < limit {
        return Ok(oldest);
    }
    let mut due = due_of(conn, now, limit / 2, " AND flushed_at IS NULL").await?;
    let others: Vec<String> = oldest.into_iter().filter(|id| !due.contains(id)).collect();
    due.extend(others);
    due.truncate(limit);
    Ok(due)
}

async fn due_of(conn: &mut AnyConnection, now: Timestamp, limit: usize, which: &'static str) -> Result<Vec<String>, Fault> {
    sql("SELECT id FROM alert_groups WHERE next_at <= $1")
        .value(now)
        .push(which)
        .push(" ORDER BY next_at, id LIMIT ")
        .bind(i64::try_from(limit).unwrap_or(i64::MAX))
        .texts(conn)
        .await
}

/// When the next group speaks whose time has not come yet.
pub(super) async fn next_due(conn: &mut AnyConnection, now: Timestamp) -> Result<Option<Timestamp>, Fault> {
    let next = sql("SELECT MIN(next_at) FROM alert_groups WHERE next_at > $1").value(now).count(conn).await?;
    Ok((next > 0).then_some(Timestamp(next)))
}

/// Groups with these keys to which the routes lead.
pub(super) async fn ids_under(conn: &mut AnyConnection, keys: &[&str]) -> Result<Vec<String>, Fault> {
    sql("SELECT id FROM alert_groups WHERE leaving = 0").and_in("group_key", keys.iter().copied()).texts(conn).await
}

/// Groups, locked for this transaction in one order.
pub(super) async fn take<T: Bind>(conn: &mut AnyConnection, ids: impl IntoIterator<Item = T>) -> Result<Vec<GroupRow>, Fault> {
    let lock = in_order(conn);
    let mut rows: Vec<GroupRow> = sql("UPDATE alert_groups SET said = said WHERE id IN (SELECT id FROM alert_groups WHERE 1 = 1")
        .and_in("id", ids)
        .push(" ORDER BY group_key, receiver, id")
        .push(lock)
        .push(") RETURNING ")
        .push(GROUP)
        .all(conn)
        .await?;
    rows.sort_by(|a, b| (&a.group_key, &a.receiver, &a.id).cmp(&(&b.group_key, &b.receiver, &b.id)));
    Ok(rows)
}

/// Groups of an alert, as they stand.
pub(in crate::alerts) async fn groups_of(conn: &mut AnyConnection, alert: &str) -> Result<Vec<GroupRow>, Fault> {
    sql("SELECT ")
        .push(GROUP)
        .push(" FROM alert_groups WHERE id IN (SELECT group_id FROM alert_members WHERE alert_id = ")
        .bind(alert)
        .push(") ORDER BY created_at, id")
        .all(conn)
        .await
}

/// Groups with an alert within reach, whether the routes lead there or it still owes something; 20,000 at most, as many as alerts are
/// judged.
pub(in crate::alerts) async fn groups(conn: &mut AnyConnection, reach: &Reach) -> Result<Vec<GroupRow>, Fault> {
    sql("SELECT ")
        .push(GROUP)
        .push(" FROM alert_groups WHERE id IN (SELECT m.group_id FROM alert_members m JOIN alerts a ON a.id = m.alert_id WHERE 1 = 1")
        .within("a.team_id", reach)
        .push(") ORDER BY receiver, created_at, id LIMIT 20000")
        .all(conn)
        .await
}

#[derive(sqlx::FromRow)]
struct LastingRow {
    id: String,
    suppressed: String,
    mute: Option<String>,
    active: Option<String>,
}

/// What of an incident has fired and is not over: why each is kept quiet, and the mute times of the groups in which the routes lead it.
pub(in crate::alerts) async fn lasting_of(
    conn: &mut AnyConnection,
    incident: &IncidentId,
) -> Result<HashMap<String, (String, Vec<(String, String)>)>, Fault> {
    let rows: Vec<LastingRow> =
        sql("SELECT a.id, a.suppressed, g.mute, g.active FROM alerts a LEFT JOIN alert_members m ON m.alert_id = a.id \
         LEFT JOIN alert_groups g ON g.id = m.group_id AND g.leaving = 0 WHERE a.incident_id = $1 AND a.fired_at IS NOT NULL \
         AND a.state <> 'resolved'")
        .value(incident)
        .all(conn)
        .await?;
    let mut found = HashMap::new();
    for row in rows {
        let (_, groups) = found.entry(row.id).or_insert((row.suppressed, Vec::new()));
        groups.extend(row.mute.zip(row.active));
    }
    Ok(found)
}

/// When the first of the groups speaks in which the routes lead what lasts of an incident; `None` where one has spoken already, where
/// something of it is in no group, or nothing lasts.
pub(in crate::alerts) async fn first_told(conn: &mut AnyConnection, incident: &IncidentId) -> Result<Option<Timestamp>, Fault> {
    #[derive(sqlx::FromRow)]
    struct Row {
        next_at: Option<i64>,
        spoken: Option<i64>,
    }
    let row: Option<Row> = sql(
        "SELECT MIN(g.next_at) AS next_at, CAST(SUM(CASE WHEN g.id IS NULL OR g.flushed_at IS NOT NULL THEN 1 ELSE 0 END) AS BIGINT) AS spoken \
         FROM alerts a LEFT JOIN alert_members m ON m.alert_id = a.id LEFT JOIN alert_groups g ON g.id = m.group_id AND g.leaving = 0 \
         WHERE a.incident_id = $1 AND a.fired_at IS NOT NULL AND a.state <> 'resolved'",
    )
    .value(incident)
    .first(conn)
    .await?;
    Ok(row.filter(|row| row.spoken == Some(0)).and_then(|row| row.next_at).map(Timestamp))
}

/// These alerts, in no order.
pub(in crate::alerts) async fn alerts_of(conn: &mut AnyConnection, ids: &[&String]) -> Result<Vec<AlertRow>, Fault> {
    let mut rows = Vec::with_capacity(ids.len());
    for some in ids.chunks(5_000) {
        let found: Vec<AlertRow> =
            sql("SELECT ").push(COLUMNS).push(" FROM alerts WHERE 1 = 1").and_in("id", some.iter().copied()).all(conn).await?;
        rows.extend(found);
    }
    Ok(rows)
}

/// Writes how groups stand after their time had come.
pub(super) async fn save(conn: &mut AnyConnection, rows: &[GroupRow]) -> Result<(), Fault> {
    for chunk in rows.chunks(TOGETHER) {
        sql("UPDATE alert_groups SET said = v.column2, next_at = v.column3, flushed_at = v.column4, told_at = v.column5, \
             leaving = v.column6 FROM (VALUES ")
        .rows(chunk, |r, row| r.bind(&row.id).bind(row.said).bind(row.next_at).bind(row.flushed_at).bind(row.told_at).bind(row.leaving))
        .push(") AS v WHERE alert_groups.id = v.column1")
        .run(conn)
        .await?;
    }
    Ok(())
}

/// Ends those of the groups that have no alerts any more.
pub(super) async fn end(conn: &mut AnyConnection, ids: &[&str]) -> Result<(), Fault> {
    for chunk in ids.chunks(5_000) {
        sql("DELETE FROM alert_groups WHERE NOT EXISTS (SELECT 1 FROM alert_members m WHERE m.group_id = alert_groups.id)")
            .and_in("id", chunk.iter().copied())
            .run(conn)
            .await?;
    }
    Ok(())
}

/// How often conditions began to fire since: those that did. What a monitor's maintenance kept quiet to its end does not count: whoever
/// works on something makes it come and go.
pub(super) async fn firings(conn: &mut AnyConnection, fingerprints: &[&String], since: Timestamp) -> Result<Vec<(String, i64)>, Fault> {
    let maintained = format!("%\"cause\":\"{}\"%", Cause::Monitor);
    let mut found: Vec<(String, i64)> = Vec::new();
    for chunk in fingerprints.chunks(5_000) {
        let rows: Vec<(String, i64)> = sql("SELECT fingerprint, COUNT(*) FROM alerts WHERE fired_at >= $1 AND suppressed NOT LIKE $2")
            .value(since)
            .value(&maintained)
            .and_in("fingerprint", chunk.iter().copied())
            .push(" GROUP BY fingerprint")
            .all(conn)
            .await?;
        found.extend(rows);
    }
    Ok(found)
}

/// What fires or recovers and is kept quiet, or is not, the oldest first, after the one that began then and has this id.
pub(super) async fn lasting(
    conn: &mut AnyConnection,
    quiet: bool,
    after: Option<&(i64, String)>,
    limit: usize,
) -> Result<Vec<AlertRow>, Fault> {
    let mut query = sql("SELECT ").push(COLUMNS).push(" FROM alerts WHERE state IN ('firing', 'recovering')");
    query = query.push(if quiet { " AND suppressed <> '[]'" } else { " AND suppressed = '[]'" });
    if let Some((at, id)) = after {
        query = query.push(" AND (started_at > ").bind(*at).push(" OR (started_at = ").bind(*at).push(" AND id > ").bind(id).push("))");
    }
    query.push(" ORDER BY started_at, id LIMIT ").bind(i64::try_from(limit).unwrap_or(i64::MAX)).all(conn).await
}

/// What is due later is due sooner: the clock was set back.
pub(super) async fn sooner(conn: &mut AnyConnection, by: i64, now: Timestamp) -> Result<(), Fault> {
    sql("UPDATE alert_groups SET next_at = next_at - $1 WHERE next_at > $2").value(by).value(now).run(conn).await.map(drop)
}
