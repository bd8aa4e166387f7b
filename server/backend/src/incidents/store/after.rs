//! Tables `incident_impacts` and `incident_times`.

use std::collections::HashMap;

use domain::{
    Fault, Reach, Timestamp,
    id::{IncidentId, SystemId},
    incidents::{Correcting, Correction, Impact, ImpactMoney, TimeKind},
    time::{DAY, MINUTE},
};
use sqlx::AnyConnection;

use super::overlaps;
use crate::db::{sql, stored};

#[derive(sqlx::FromRow)]
struct ImpactRow {
    incident_id: String,
    computed_at: i64,
    from_at: i64,
    to_at: i64,
    settled: i64,
    verdict: String,
    total: i64,
    failed: i64,
    expected: i64,
    excess: i64,
    low: i64,
    high: i64,
    missing: i64,
    weeks: i64,
    money: String,
    systems: String,
    own_failed: i64,
    also: String,
}

fn json<T: serde::de::DeserializeOwned>(text: &str) -> Result<T, Fault> {
    serde_json::from_str(text).map_err(|error| {
        tracing::error!(%error, "stored JSON does not parse");
        Fault::Internal
    })
}

impl ImpactRow {
    fn read(self) -> Result<Impact, Fault> {
        Ok(Impact {
            verdict: stored(&self.verdict)?,
            from: Timestamp(self.from_at),
            to: Timestamp(self.to_at),
            computed_at: Timestamp(self.computed_at),
            settled: self.settled == 1,
            total: self.total,
            failed: self.failed,
            expected: self.expected,
            excess: self.excess,
            low: self.low,
            high: self.high,
            missing: self.missing,
            weeks: self.weeks,
            money: json::<Vec<(String, i64)>>(&self.money)?
                .into_iter()
                .map(|(currency, amount)| ImpactMoney { currency, amount })
                .collect(),
            systems: json(&self.systems)?,
            own_failed: if self.own_failed < 0 { self.failed } else { self.own_failed },
            also: Vec::new(),
        })
    }
}

/// Those of the incidents that lie within reach.
pub(in crate::incidents) async fn within(conn: &mut AnyConnection, reach: &Reach, ids: &[IncidentId]) -> Result<Vec<IncidentId>, Fault> {
    let found = sql("SELECT id FROM incidents WHERE 1 = 1").and_in("id", ids).within("team_id", reach).texts(conn).await?;
    found.iter().map(|id| stored(id)).collect()
}

/// What these incidents cost, as far as it was counted; of what others count as well, those are told that lie within reach.
pub(in crate::incidents) async fn impacts(
    conn: &mut AnyConnection,
    reach: &Reach,
    ids: &[IncidentId],
) -> Result<HashMap<String, Impact>, Fault> {
    let rows: Vec<ImpactRow> =
        sql("SELECT incident_id, computed_at, from_at, to_at, settled, verdict, total, failed, expected, excess, low, high, \
         missing, weeks, money, systems, own_failed, also FROM incident_impacts WHERE 1 = 1")
        .and_in("incident_id", ids)
        .all(conn)
        .await?;
    let (mut found, mut others) = (HashMap::with_capacity(rows.len()), Vec::new());
    for row in rows {
        others.extend(json::<Vec<String>>(&row.also)?.into_iter().map(|other| (row.incident_id.clone(), other)));
        found.insert(row.incident_id.clone(), row.read()?);
    }
    if !others.is_empty() {
        let ids: Vec<String> = others.iter().map(|(_, other)| other.clone()).collect();
        for (id, number) in overlaps::numbers(conn, reach, &ids).await? {
            for (one, _) in others.iter().filter(|(_, other)| *other == id) {
                found.get_mut(one).into_iter().for_each(|impact| impact.also.push(number));
            }
        }
    }
    Ok(found)
}

/// What an incident cost, whose transactions tell it, and who counts some of the same.
pub(in crate::incidents) struct Counting {
    pub(in crate::incidents) impact: Impact,
    pub(in crate::incidents) systems: Vec<SystemId>,
    pub(in crate::incidents) also: Vec<IncidentId>,
}

pub(in crate::incidents) async fn save_impact(conn: &mut AnyConnection, id: &IncidentId, counting: &Counting) -> Result<(), Fault> {
    let Counting { impact, systems, also } = counting;
    let also: Vec<&str> = also.iter().map(IncidentId::as_str).collect();
    let money: Vec<(&str, i64)> = impact.money.iter().map(|money| (money.currency.as_str(), money.amount)).collect();
    sql("DELETE FROM incident_impacts WHERE incident_id = $1").value(id).run(conn).await?;
    sql("INSERT INTO incident_impacts (incident_id, computed_at, from_at, to_at, settled, verdict, total, failed, expected, excess, low, high, \
         missing, weeks, money, systems, own_failed, also) VALUES ")
    .rows([impact], |r, impact| {
        r.bind(id)
            .bind(impact.computed_at)
            .bind(impact.from)
            .bind(impact.to)
            .bind(impact.settled)
            .bind(impact.verdict.name())
            .bind(impact.total)
            .bind(impact.failed)
            .bind(impact.expected)
            .bind(impact.excess)
            .bind(impact.low)
            .bind(impact.high)
            .bind(impact.missing)
            .bind(impact.weeks)
            .bind(serde_json::json!(money).to_string())
            .bind(serde_json::json!(impact.systems).to_string())
            .bind(impact.own_failed)
            .bind(serde_json::json!(also).to_string())
    })
    .run(conn)
    .await?;
    overlaps::save_counted(conn, id, systems).await
}

/// Whatever holds of the time of an incident was altered: what it cost is counted anew.
pub(in crate::incidents) async fn unsettle(conn: &mut AnyConnection, id: &IncidentId) -> Result<(), Fault> {
    sql("UPDATE incident_impacts SET settled = 0, computed_at = 0 WHERE incident_id = $1").value(id).run(conn).await.map(|_| ())
}

/// What every incident cost that the figures could not tell is counted anew.
pub(in crate::incidents) async fn unsettle_all(conn: &mut AnyConnection) -> Result<(), Fault> {
    sql("UPDATE incident_impacts SET settled = 0, computed_at = 0 WHERE verdict <> 'told'").run(conn).await.map(|_| ())
}

/// From one look at what may have come late to the next.
const LATE_MS: i64 = 10 * MINUTE;

/// Incidents whose impact is to be counted: those that last, and those that are over and not settled; not twice within the pause.
/// For a day what was settled is counted anew now and then: transactions may come late.
pub(in crate::incidents) async fn due(conn: &mut AnyConnection, now: Timestamp, pause: i64, limit: u32) -> Result<Vec<IncidentId>, Fault> {
    let ids = sql("SELECT i.id FROM incidents i LEFT JOIN incident_impacts m ON m.incident_id = i.id \
         WHERE i.merged_into IS NULL AND (m.incident_id IS NULL OR ((i.is_open = 1 OR m.settled = 0) AND m.computed_at <= ")
    .bind(now.plus(-pause))
    .push(") OR (m.settled = 1 AND i.resolved_at > ")
    .bind(now.plus(-DAY))
    .push(" AND m.computed_at <= ")
    .bind(now.plus(-LATE_MS))
    .push(")) ORDER BY COALESCE(m.computed_at, 0), i.number DESC LIMIT ")
    .bind(limit)
    .texts(conn)
    .await?;
    ids.iter().map(|id| stored(id)).collect()
}

#[derive(sqlx::FromRow)]
struct TimeRow {
    what: String,
    at: i64,
    reason: String,
    corrected_by: String,
    corrected_at: i64,
}

/// The moments that were corrected.
pub(in crate::incidents) async fn corrections(conn: &mut AnyConnection, id: &IncidentId) -> Result<Vec<(TimeKind, Correction)>, Fault> {
    let rows: Vec<TimeRow> =
        sql("SELECT what, at, reason, corrected_by, corrected_at FROM incident_times WHERE incident_id = $1").value(id).all(conn).await?;
    rows.into_iter()
        .map(|row| {
            let correction =
                Correction { at: Timestamp(row.at), reason: row.reason, by: row.corrected_by, corrected_at: Timestamp(row.corrected_at) };
            Ok((stored(&row.what)?, correction))
        })
        .collect()
}

/// Corrects a moment, or takes the correction back.
pub(in crate::incidents) async fn correct(
    conn: &mut AnyConnection,
    id: &IncidentId,
    input: &Correcting,
    by: &str,
    now: Timestamp,
) -> Result<(), Fault> {
    sql("DELETE FROM incident_times WHERE incident_id = $1 AND what = $2").value(id).value(input.what.name()).run(conn).await?;
    let Some(at) = input.at else { return Ok(()) };
    sql("INSERT INTO incident_times (incident_id, what, at, reason, corrected_by, corrected_at) VALUES ($1, $2, $3, $4, $5, $6)")
        .value(id)
        .value(input.what.name())
        .value(at)
        .value(&input.reason)
        .value(by)
        .value(now)
        .run(conn)
        .await
        .map(|_| ())
}
