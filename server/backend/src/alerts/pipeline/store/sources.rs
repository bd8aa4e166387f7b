//! What fires, or fired at an earlier moment, and may keep other alerts quiet.

use domain::{
    Fault, Timestamp,
    alerts::{Labels, labels::MEANS_DOWN},
    id::{AlertId, SystemId, TeamId},
    monitors::Reason,
};
use sqlx::AnyConnection;

use crate::{
    alerts::store::read_labels,
    db::{Sql, sql, stored},
};

/// The state in which an alert `a` was at a moment, as its history tells; to be closed by what it shall be. An alert that fires is there
/// from its first event on, and stays in its state until the next.
const STOOD: &str = "(SELECT e.to_state FROM alert_events e WHERE e.alert_id = a.id AND e.at <= $1 ORDER BY e.at DESC, e.seq DESC LIMIT 1)";
/// What is neither over by then nor began after it.
const LASTED: &str = "a.fired_at <= $1 AND (a.resolved_at IS NULL OR a.resolved_at > $1)";

/// Whether an alert `a` was quiet at a moment because its monitor was under maintenance, as was decided until then.
const MAINTAINED: &str = "COALESCE((SELECT d.data FROM alert_decisions d WHERE d.alert_id = a.id AND d.at <= $1 \
     AND d.kind IN ('suppressed', 'released') ORDER BY d.seq DESC LIMIT 1), '') LIKE '%\"cause\":\"monitor\"%'";

/// An alert that fires: what may keep another one quiet.
pub(in crate::alerts::pipeline) struct Source {
    pub(in crate::alerts::pipeline) id: AlertId,
    pub(in crate::alerts::pipeline) source_kind: String,
    pub(in crate::alerts::pipeline) source_id: String,
    pub(in crate::alerts::pipeline) title: String,
    pub(in crate::alerts::pipeline) labels: Labels,
    pub(in crate::alerts::pipeline) team: TeamId,
    pub(in crate::alerts::pipeline) sender: String,
}

#[derive(sqlx::FromRow)]
struct SourceRow {
    id: String,
    source_kind: String,
    source_id: String,
    title: String,
    labels: String,
    team_id: String,
    sender: String,
}

async fn sources(query: Sql, conn: &mut AnyConnection) -> Result<Vec<Source>, Fault> {
    let rows: Vec<SourceRow> = query.all(conn).await?;
    let source = |row: SourceRow| {
        let (id, team, labels) = (stored(&row.id)?, stored(&row.team_id)?, read_labels(&row.labels)?);
        let SourceRow { source_kind, source_id, title, sender, .. } = row;
        Ok(Source { id, source_kind, source_id, title, labels, team, sender })
    };
    rows.into_iter().map(source).collect()
}

/// Everything that fires.
pub(in crate::alerts::pipeline) async fn firing(conn: &mut AnyConnection) -> Result<Vec<Source>, Fault> {
    let query = sql("SELECT id, source_kind, source_id, title, labels, team_id, sender FROM alerts \
         WHERE state IN ('firing', 'recovering') ORDER BY id");
    sources(query, conn).await
}

/// Everything that fired at an earlier moment and is not forgotten, but what maintenance of its monitor kept quiet; its labels are the
/// last ones that it had.
pub(in crate::alerts::pipeline) async fn firing_then(conn: &mut AnyConnection, then: Timestamp) -> Result<Vec<Source>, Fault> {
    let query = sql("SELECT a.id, a.source_kind, a.source_id, a.title, a.labels, a.team_id, a.sender FROM alerts a WHERE ").value(then);
    let query = query.push(LASTED).push(" AND ").push(STOOD).push(" IN ('firing', 'recovering') AND NOT ").push(MAINTAINED);
    sources(query.push(" ORDER BY a.id"), conn).await
}

/// An alert that means that a system is down.
#[derive(Debug, Clone, sqlx::FromRow)]
pub(in crate::alerts::pipeline) struct Down {
    pub(in crate::alerts::pipeline) system_id: String,
    pub(in crate::alerts::pipeline) id: String,
    pub(in crate::alerts::pipeline) title: String,
    pub(in crate::alerts::pipeline) source_kind: String,
    pub(in crate::alerts::pipeline) source_id: String,
    pub(in crate::alerts::pipeline) team_id: String,
    pub(in crate::alerts::pipeline) sender: String,
}

/// Narrows a query over alerts `a` to those that mean that their system is down: what is P1, a monitor's that is P2, whatever says so of
/// itself; but none that says it does not, and no check of something that answers.
fn means_down(query: Sql) -> Sql {
    let says = |query: Sql, value: &'static str| {
        let query = query.push("EXISTS (SELECT 1 FROM alert_labels l WHERE l.alert_id = a.id AND l.name = ").bind(MEANS_DOWN);
        query.push(" AND l.value = ").bind(value).push(")")
    };
    let query = says(query.push("("), "true");
    let query = query.push(" OR ((a.severity = 1 OR a.severity = 2 AND a.source_kind = 'monitor') AND NOT ");
    let mut query = says(query, "false");
    for reason in Reason::ANSWERS {
        query = query.push(" AND NOT (a.source_kind = 'monitor' AND (a.detail = ").bind(reason.name());
        query = query.push(" OR a.detail LIKE ").bind(format!("{reason}: %")).push("))");
    }
    query.push("))")
}

/// What fires on these systems and means that one of them is down; of each system the 200 oldest, the oldest first.
pub(in crate::alerts::pipeline) async fn down_on(conn: &mut AnyConnection, systems: &[&SystemId]) -> Result<Vec<Down>, Fault> {
    if systems.is_empty() {
        return Ok(Vec::new());
    }
    let query =
        sql("SELECT system_id, id, title, source_kind, source_id, team_id, sender FROM (SELECT a.*, ROW_NUMBER() OVER (PARTITION BY \
         system_id ORDER BY fired_at, id) AS place FROM alerts a WHERE state = 'firing' AND ");
    means_down(query).and_in("system_id", systems.iter().copied()).push(") AS d WHERE place <= 200 ORDER BY fired_at, id").all(conn).await
}

/// What fired on these systems at an earlier moment and is not forgotten, but what maintenance of its monitor kept quiet, the oldest
/// first; at most 200 of all. What it meant is read from what it said last.
pub(in crate::alerts::pipeline) async fn down_on_then(
    conn: &mut AnyConnection,
    systems: &[&SystemId],
    then: Timestamp,
) -> Result<Vec<Down>, Fault> {
    if systems.is_empty() {
        return Ok(Vec::new());
    }
    let query = sql("SELECT a.system_id, a.id, a.title, a.source_kind, a.source_id, a.team_id, a.sender FROM alerts a WHERE ").value(then);
    means_down(query.push(LASTED).push(" AND ").push(STOOD).push(" = 'firing' AND NOT ").push(MAINTAINED).push(" AND "))
        .and_in("a.system_id", systems.iter().copied())
        .push(" ORDER BY a.fired_at, a.id LIMIT 200")
        .all(conn)
        .await
}

/// Whether any alert is kept that was there at a moment; where none is, what fired then may be forgotten.
pub(in crate::alerts) async fn any_until(conn: &mut AnyConnection, then: Timestamp) -> Result<bool, Fault> {
    Ok(sql("SELECT COUNT(*) FROM (SELECT 1 FROM alerts WHERE started_at <= $1 LIMIT 1) AS found").value(then).count(conn).await? > 0)
}
