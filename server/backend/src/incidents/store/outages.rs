//! Table `incident_outages`.

use std::collections::HashMap;

use domain::{Fault, Timestamp, id::IncidentId, incidents::Outage};
use sqlx::AnyConnection;

use crate::db::sql;

/// The incident is open from now on, or over: begins or ends an outage where that is news. It must be locked.
pub(super) async fn follow(conn: &mut AnyConnection, id: &IncidentId, open: bool, now: Timestamp) -> Result<(), Fault> {
    if !open {
        let ended = sql("UPDATE incident_outages SET ended_at = $1 WHERE incident_id = $2 AND ended_at IS NULL");
        return ended.value(now).value(id).run(conn).await.map(drop);
    }
    if sql("SELECT COUNT(*) FROM incident_outages WHERE ended_at IS NULL AND incident_id = $1").value(id).count(conn).await? > 0 {
        return Ok(());
    }
    sql("INSERT INTO incident_outages (incident_id, seq, began_at) \
         SELECT $1, COALESCE(MAX(seq), 0) + 1, $2 FROM incident_outages WHERE incident_id = $3")
    .value(id)
    .value(now)
    .value(id)
    .run(conn)
    .await
    .map(drop)
}

/// One turned out to be another, which was opened as early as the earlier of both: so began its first outage.
pub(super) async fn merge(conn: &mut AnyConnection, one: &IncidentId, other: &IncidentId, now: Timestamp) -> Result<(), Fault> {
    sql("UPDATE incident_outages SET began_at = (SELECT opened_at FROM incidents WHERE id = $1) \
         WHERE incident_id = $2 AND seq = (SELECT MIN(seq) FROM incident_outages WHERE incident_id = $3)")
    .value(other)
    .value(other)
    .value(other)
    .run(conn)
    .await?;
    follow(conn, one, false, now).await
}

#[derive(sqlx::FromRow)]
struct OutageRow {
    incident_id: String,
    began_at: i64,
    ended_at: Option<i64>,
}

/// The outages of these incidents, the first one first.
pub(in crate::incidents) async fn outages(conn: &mut AnyConnection, ids: &[&str]) -> Result<HashMap<String, Vec<Outage>>, Fault> {
    let rows: Vec<OutageRow> = sql("SELECT incident_id, began_at, ended_at FROM incident_outages WHERE 1 = 1")
        .and_in("incident_id", ids.iter().copied())
        .push(" ORDER BY incident_id, seq")
        .all(conn)
        .await?;
    let mut of: HashMap<String, Vec<Outage>> = HashMap::new();
    for row in rows {
        let outage = Outage { from: Timestamp(row.began_at), to: row.ended_at.map(Timestamp) };
        of.entry(row.incident_id).or_default().push(outage);
    }
    Ok(of)
}
