//! Tables `alert_groups`, `alert_members`, `alert_decisions`, and what is asked of `alerts` about quiet.

use std::collections::HashMap;

use domain::{
    Fault, Reach, Timestamp,
    alerts::{Decision, DecisionKind, Labels, Told},
    id::{AlertId, EntryId, TeamId},
};
use sqlx::AnyConnection;

use crate::{
    Context,
    alerts::store::{AlertRow, COLUMNS, read_labels},
    db::{sql, stored},
};

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

pub(super) fn read_list(text: &str) -> Vec<String> {
    serde_json::from_str(text).unwrap_or_default()
}

/// Brings a group about, or the routes of one that is there up to date; locked for this transaction either way. Gives it as it
/// stands; a fresh one has `flushed_at` and `next_at` empty.
pub(super) async fn take_or_make(conn: &mut AnyConnection, row: &GroupRow) -> Result<GroupRow, Fault> {
    let found = sql(
        "INSERT INTO alert_groups (id, group_key, receiver, place, labels, channels, tells_team, send_resolved, wait_ms, interval_ms, \
         repeat_ms, mute, active, standing, created_at) VALUES ",
    )
    .rows([row], |r, row| {
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
    .first(conn)
    .await?;
    found.ok_or(Fault::Internal)
}

/// The routes do not lead here any more: only ends that are owed are told.
/// Gives the receiver of each group.
pub(super) async fn leave_all(conn: &mut AnyConnection) -> Result<HashMap<String, String>, Fault> {
    #[derive(sqlx::FromRow)]
    struct Row {
        id: String,
        receiver: String,
    }
    let rows: Vec<Row> = sql("UPDATE alert_groups SET leaving = 1 RETURNING id, receiver").all(conn).await?;
    Ok(rows.into_iter().map(|row| (row.id, row.receiver)).collect())
}

/// What is left behind speaks at once.
pub(super) async fn wake_leaving(conn: &mut AnyConnection, now: Timestamp) -> Result<(), Fault> {
    sql("UPDATE alert_groups SET next_at = $1 WHERE leaving = 1").value(now).run(conn).await.map(drop)
}

/// When a group speaks next; `None` for not before something happens.
pub(super) async fn set_next(conn: &mut AnyConnection, group: &str, next: Option<Timestamp>) -> Result<(), Fault> {
    sql("UPDATE alert_groups SET next_at = $1 WHERE id = $2").value(next).value(group).run(conn).await.map(drop)
}

/// Adds an alert to a group; twice is once.
pub(super) async fn add(conn: &mut AnyConnection, group: &str, alert: &str, told: Told, at: Option<i64>) -> Result<(), Fault> {
    sql("INSERT INTO alert_members (group_id, alert_id, told, told_at) VALUES ($1, $2, $3, $4) ON CONFLICT (group_id, alert_id) DO NOTHING")
        .value(group)
        .value(alert)
        .value(told.name())
        .value(at)
        .run(conn)
        .await
        .map(drop)
}

/// Ids of groups whose time has come.
pub(super) async fn due(conn: &mut AnyConnection, now: Timestamp, limit: usize) -> Result<Vec<String>, Fault> {
    sql("SELECT id FROM alert_groups WHERE next_at <= $1 ORDER BY next_at, id LIMIT ")
        .value(now)
        .bind(i64::try_from(limit).unwrap_or(i64::MAX))
        .texts(conn)
        .await
}

/// A group, locked for this transaction.
pub(super) async fn take(conn: &mut AnyConnection, id: &str) -> Result<Option<GroupRow>, Fault> {
    sql("UPDATE alert_groups SET said = said WHERE id = $1 RETURNING ").value(id).push(GROUP).first(conn).await
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

/// Groups with an alert within reach, whether the routes lead there or it still owes something; 2,000 at most.
pub(in crate::alerts) async fn groups(conn: &mut AnyConnection, reach: &Reach) -> Result<Vec<GroupRow>, Fault> {
    sql("SELECT ")
        .push(GROUP)
        .push(" FROM alert_groups WHERE id IN (SELECT m.group_id FROM alert_members m JOIN alerts a ON a.id = m.alert_id WHERE 1 = 1")
        .within("a.team_id", reach)
        .push(") ORDER BY receiver, created_at, id LIMIT 2000")
        .all(conn)
        .await
}

/// One alert in one group.
#[derive(sqlx::FromRow)]
pub(in crate::alerts) struct Membership {
    pub(in crate::alerts) group_id: String,
    pub(in crate::alerts) alert_id: String,
}

/// Who is in these groups, as far as the reach goes, the oldest alert first.
pub(in crate::alerts) async fn memberships(conn: &mut AnyConnection, reach: &Reach, groups: &[GroupRow]) -> Result<Vec<Membership>, Fault> {
    sql("SELECT m.group_id, m.alert_id FROM alert_members m JOIN alerts a ON a.id = m.alert_id WHERE 1 = 1")
        .within("a.team_id", reach)
        .and_in("m.group_id", groups.iter().map(|group| &group.id))
        .push(" ORDER BY a.started_at, a.id")
        .all(conn)
        .await
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

#[derive(sqlx::FromRow)]
struct ToldRow {
    group_id: String,
    alert_id: String,
    told: String,
    told_at: Option<i64>,
}

/// What was told to whom, of every alert in a group: group, alert, what, when.
pub(super) async fn members_of(
    conn: &mut AnyConnection,
    alert: Option<&str>,
    group: Option<&str>,
) -> Result<Vec<(String, String, Told, Option<i64>)>, Fault> {
    let mut query = sql("SELECT group_id, alert_id, told, told_at FROM alert_members WHERE 1 = 1");
    if let Some(alert) = alert {
        query = query.push(" AND alert_id = ").bind(alert);
    }
    if let Some(group) = group {
        query = query.push(" AND group_id = ").bind(group);
    }
    let rows: Vec<ToldRow> = query.push(" ORDER BY group_id, alert_id").all(conn).await?;
    rows.into_iter().map(|row| Ok((row.group_id, row.alert_id, stored(&row.told)?, row.told_at))).collect()
}

/// The alerts of these groups, the oldest first.
pub(in crate::alerts) async fn alerts_in(conn: &mut AnyConnection, group: &str) -> Result<Vec<AlertRow>, Fault> {
    sql("SELECT ")
        .push(COLUMNS)
        .push(" FROM alerts WHERE id IN (SELECT alert_id FROM alert_members WHERE group_id = ")
        .bind(group)
        .push(") ORDER BY started_at, id")
        .all(conn)
        .await
}

/// Writes what was told of an alert.
pub(super) async fn tell(conn: &mut AnyConnection, group: &str, alert: &str, told: Told, now: Timestamp) -> Result<(), Fault> {
    sql("UPDATE alert_members SET told = $1, told_at = $2 WHERE group_id = $3 AND alert_id = $4")
        .value(told.name())
        .value(now)
        .value(group)
        .value(alert)
        .run(conn)
        .await
        .map(drop)
}

/// Takes alerts out of a group.
pub(super) async fn remove(conn: &mut AnyConnection, group: &str, alerts: &[String]) -> Result<(), Fault> {
    for chunk in alerts.chunks(200) {
        sql("DELETE FROM alert_members WHERE group_id = $1").value(group).and_in("alert_id", chunk).run(conn).await?;
    }
    Ok(())
}

/// Writes how a group stands after its time had come.
pub(super) async fn save(conn: &mut AnyConnection, row: &GroupRow) -> Result<(), Fault> {
    sql("UPDATE alert_groups SET said = $1, next_at = $2, flushed_at = $3, told_at = $4, leaving = $5 WHERE id = $6")
        .value(row.said)
        .value(row.next_at)
        .value(row.flushed_at)
        .value(row.told_at)
        .value(row.leaving)
        .value(&row.id)
        .run(conn)
        .await
        .map(drop)
}

/// Ends a group that has no alerts any more.
pub(super) async fn end(conn: &mut AnyConnection, id: &str) -> Result<(), Fault> {
    sql("DELETE FROM alert_groups WHERE id = $1 AND NOT EXISTS (SELECT 1 FROM alert_members m WHERE m.group_id = alert_groups.id)")
        .value(id)
        .run(conn)
        .await
        .map(drop)
}

/// An alert that fires: what may keep another one quiet.
pub(super) struct Source {
    pub(super) id: AlertId,
    pub(super) title: String,
    pub(super) labels: Labels,
    pub(super) team: TeamId,
    pub(super) sender: String,
}

#[derive(sqlx::FromRow)]
struct SourceRow {
    id: String,
    title: String,
    labels: String,
    team_id: String,
    sender: String,
}

/// Everything that fires.
pub(super) async fn firing(conn: &mut AnyConnection) -> Result<Vec<Source>, Fault> {
    let rows: Vec<SourceRow> =
        sql("SELECT id, title, labels, team_id, sender FROM alerts WHERE state IN ('firing', 'recovering') ORDER BY id").all(conn).await?;
    let source = |row: SourceRow| {
        let (id, team, labels) = (stored(&row.id)?, stored(&row.team_id)?, read_labels(&row.labels)?);
        Ok(Source { id, title: row.title, labels, team, sender: row.sender })
    };
    rows.into_iter().map(source).collect()
}

/// An alert that means that a system is down.
#[derive(Debug, Clone, sqlx::FromRow)]
pub(super) struct Down {
    pub(super) id: String,
    pub(super) title: String,
    pub(super) source_kind: String,
    pub(super) team_id: String,
    pub(super) sender: String,
}

/// What fires on these systems and means that one of them is down: P1 or P2; the 200 oldest.
pub(super) async fn down_on(conn: &mut AnyConnection, systems: &[domain::id::SystemId]) -> Result<Vec<Down>, Fault> {
    sql("SELECT id, title, source_kind, team_id, sender FROM alerts WHERE state = 'firing' AND severity <= 2")
        .and_in("system_id", systems)
        .push(" ORDER BY fired_at, id LIMIT 200")
        .all(conn)
        .await
}

/// How often a condition began to fire since.
pub(super) async fn firings(conn: &mut AnyConnection, fingerprint: &str, since: Timestamp) -> Result<i64, Fault> {
    sql("SELECT COUNT(*) FROM alerts WHERE fingerprint = $1 AND fired_at >= $2").value(fingerprint).value(since).count(conn).await
}

/// Ids of what fires or recovers, the oldest first.
pub(super) async fn lasting(conn: &mut AnyConnection, limit: u32) -> Result<Vec<AlertRow>, Fault> {
    sql("SELECT ")
        .push(COLUMNS)
        .push(" FROM alerts WHERE state IN ('firing', 'recovering') ORDER BY started_at, id LIMIT ")
        .bind(limit)
        .all(conn)
        .await
}

/// Writes why an alert is quiet.
pub(in crate::alerts) async fn set_suppressed(conn: &mut AnyConnection, row: &AlertRow) -> Result<(), Fault> {
    sql("UPDATE alerts SET suppressed = $1 WHERE id = $2").value(&row.suppressed).value(&row.id).run(conn).await.map(drop)
}

/// Writes down what was decided.
pub(in crate::alerts) async fn decide(
    conn: &mut AnyConnection,
    ctx: &Context,
    alert: &str,
    kind: DecisionKind,
    data: &serde_json::Value,
) -> Result<(), Fault> {
    let seq = sql("SELECT COALESCE(MAX(seq), 0) + 1 FROM alert_decisions WHERE alert_id = $1").value(alert).count(conn).await?;
    sql("INSERT INTO alert_decisions (id, alert_id, at, seq, kind, data) VALUES ($1, $2, $3, $4, $5, $6)")
        .value(&ctx.new_id::<EntryId>())
        .value(alert)
        .value(ctx.now())
        .value(seq)
        .value(kind.name())
        .value(data.to_string())
        .run(conn)
        .await
        .map(drop)
}

#[derive(sqlx::FromRow)]
struct DecisionRow {
    at: i64,
    kind: String,
    data: String,
}

/// What was decided about an alert, oldest first; the last 500.
pub(in crate::alerts) async fn decisions(conn: &mut AnyConnection, alert: &AlertId) -> Result<Vec<Decision>, Fault> {
    let rows: Vec<DecisionRow> =
        sql("SELECT at, kind, data FROM alert_decisions WHERE alert_id = $1 ORDER BY seq DESC LIMIT 500").value(alert).all(conn).await?;
    rows.into_iter()
        .rev()
        .map(|row| {
            Ok(Decision { at: Timestamp(row.at), kind: stored(&row.kind)?, data: serde_json::from_str(&row.data).unwrap_or_default() })
        })
        .collect()
}

/// What is due later is due sooner: the clock was set back.
pub(super) async fn sooner(conn: &mut AnyConnection, by: i64, now: Timestamp) -> Result<(), Fault> {
    sql("UPDATE alert_groups SET next_at = next_at - $1 WHERE next_at > $2").value(by).value(now).run(conn).await.map(drop)
}
