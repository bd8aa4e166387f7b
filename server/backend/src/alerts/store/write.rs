//! How rows of `alerts` are locked and written: many at a time, in as many statements as for one.

use std::collections::HashSet;

use domain::{Fault, Timestamp};
use sqlx::AnyConnection;

use super::{AlertRow, COLUMNS, labels, select};
use crate::db::{Bind, Sql, in_order, sql};

/// Rows in one statement: 27 values each, and no database takes more than 32,766.
const TOGETHER: usize = 500;

/// The running alerts of these conditions, of which their sources speak now, locked for this transaction in one order. That they
/// were spoken of is written by the statement that locks them, so that a repetition costs no other.
pub(in crate::alerts) async fn take_running<T: Bind>(
    conn: &mut AnyConnection,
    fingerprints: impl IntoIterator<Item = T>,
    now: Timestamp,
) -> Result<Vec<AlertRow>, Fault> {
    locked(conn, sql("UPDATE alerts SET seen_at = ").bind(now), "state <> 'resolved'", "fingerprint", fingerprints).await
}

/// Those of these alerts that are not over, locked for this transaction in one order.
pub(in crate::alerts) async fn take<T: Bind>(conn: &mut AnyConnection, ids: impl IntoIterator<Item = T>) -> Result<Vec<AlertRow>, Fault> {
    locked(conn, sql("UPDATE alerts SET seen_at = seen_at"), "state <> 'resolved'", "id", ids).await
}

/// Those of these alerts that are over, locked for this transaction in one order.
pub(in crate::alerts) async fn take_over<T: Bind>(
    conn: &mut AnyConnection,
    ids: impl IntoIterator<Item = T>,
) -> Result<Vec<AlertRow>, Fault> {
    locked(conn, sql("UPDATE alerts SET seen_at = seen_at"), "resolved_at IS NOT NULL", "id", ids).await
}

/// What was over of these conditions since then: of each the last one last. The state is not asked for, or a database might look at
/// everything that is over.
pub(in crate::alerts) async fn over_since(
    conn: &mut AnyConnection,
    fingerprints: &[&String],
    since: Timestamp,
) -> Result<Vec<AlertRow>, Fault> {
    let query = select().push(" AND resolved_at >= ").bind(since).and_in("fingerprint", fingerprints.iter().copied());
    query.push(" ORDER BY resolved_at, id").all(conn).await
}

async fn locked<T: Bind>(
    conn: &mut AnyConnection,
    touch: Sql,
    which: &'static str,
    column: &'static str,
    values: impl IntoIterator<Item = T>,
) -> Result<Vec<AlertRow>, Fault> {
    let lock = in_order(conn);
    let mut rows: Vec<AlertRow> = touch
        .push(" WHERE id IN (SELECT id FROM alerts WHERE ")
        .push(which)
        .and_in(column, values)
        .push(" ORDER BY fingerprint, id")
        .push(lock)
        .push(") AND ")
        .push(which)
        .push(" RETURNING ")
        .push(COLUMNS)
        .all(conn)
        .await?;
    rows.sort_by(|a, b| (&a.fingerprint, &a.id).cmp(&(&b.fingerprint, &b.id)));
    Ok(rows)
}

/// Begins alerts, with their labels; gives the ids of those that have begun: the others are running already.
pub(in crate::alerts) async fn insert(conn: &mut AnyConnection, rows: &[&AlertRow]) -> Result<HashSet<String>, Fault> {
    let mut begun = HashSet::new();
    for chunk in rows.chunks(TOGETHER) {
        let ids =
            sql("INSERT INTO alerts (id, fingerprint, source_kind, source_id, system_id, team_id, title, detail, url, severity, state, \
             holds, holds_since, hold_ms, recover_ms, started_at, changed_at, seen_at, fired_at, labels, annotations, expires_at, \
             end_named, events, routed, sender, rule, late) VALUES ")
            .rows(chunk, |r, row| {
                r.bind(&row.id)
                    .bind(&row.fingerprint)
                    .bind(&row.source_kind)
                    .bind(&row.source_id)
                    .bind(row.system_id.as_ref())
                    .bind(&row.team_id)
                    .bind(&row.title)
                    .bind(&row.detail)
                    .bind(&row.url)
                    .bind(row.severity)
                    .bind(&row.state)
                    .bind(row.holds)
                    .bind(row.holds_since)
                    .bind(row.hold_ms)
                    .bind(row.recover_ms)
                    .bind(row.started_at)
                    .bind(row.changed_at)
                    .bind(row.seen_at)
                    .bind(row.fired_at)
                    .bind(&row.labels)
                    .bind(&row.annotations)
                    .bind(row.expires_at)
                    .bind(row.end_named)
                    .bind(row.events)
                    .bind(row.routed)
                    .bind(&row.sender)
                    .bind(&row.rule)
                    .bind(&row.late)
            })
            .push(" ON CONFLICT (fingerprint) WHERE state <> 'resolved' DO NOTHING RETURNING id")
            .texts(conn)
            .await?;
        begun.extend(ids);
    }
    let rows: Vec<&AlertRow> = rows.iter().copied().filter(|row| begun.contains(&row.id)).collect();
    labels::write(conn, &rows).await?;
    Ok(begun)
}

/// Writes the labels of these in the place of those before.
pub(in crate::alerts) async fn relabel(conn: &mut AnyConnection, rows: &[&AlertRow]) -> Result<(), Fault> {
    labels::erase(conn, rows).await?;
    labels::write(conn, rows).await
}

/// Writes what moves: of rows that this transaction has locked.
pub(in crate::alerts) async fn save(conn: &mut AnyConnection, rows: &[&AlertRow]) -> Result<(), Fault> {
    for chunk in rows.chunks(TOGETHER) {
        sql("UPDATE alerts SET title = v.column2, detail = v.column3, url = v.column4, severity = v.column5, state = v.column6, \
             holds = v.column7, holds_since = v.column8, hold_ms = v.column9, recover_ms = v.column10, changed_at = v.column11, \
             fired_at = v.column12, resolved_at = v.column13, incident_id = v.column14, labels = v.column15, annotations = v.column16, \
             suppressed = v.column17, expires_at = v.column18, events = v.column19, routed = v.column20, \
             started_at = v.column21, rule = v.column22, end_named = v.column23, late = v.column24 FROM (VALUES ")
        .rows(chunk, |r, row| {
            r.bind(&row.id)
                .bind(&row.title)
                .bind(&row.detail)
                .bind(&row.url)
                .bind(row.severity)
                .bind(&row.state)
                .bind(row.holds)
                .bind(row.holds_since)
                .bind(row.hold_ms)
                .bind(row.recover_ms)
                .bind(row.changed_at)
                .bind(row.fired_at)
                .bind(row.resolved_at)
                .bind(row.incident_id.as_ref())
                .bind(&row.labels)
                .bind(&row.annotations)
                .bind(&row.suppressed)
                .bind(row.expires_at)
                .bind(row.events)
                .bind(row.routed)
                .bind(row.started_at)
                .bind(&row.rule)
                .bind(row.end_named)
                .bind(&row.late)
        })
        .push(") AS v WHERE alerts.id = v.column1")
        .run(conn)
        .await?;
    }
    Ok(())
}
