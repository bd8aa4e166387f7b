//! Tables `rule_instances` and `rule_rollups`: what each label set said last, and what the values were over time.

use domain::{
    Fault, Span, Timestamp,
    alerts::{Labels, labels::fingerprint},
    id::RuleId,
    monitors::Resolution,
    rules::Slot,
};
use sqlx::AnyConnection;

use super::store::{parsed, written};
use crate::db::sql;

/// What a label set said last.
#[derive(Debug, Clone)]
pub(super) struct Kept {
    pub(super) labels: Labels,
    pub(super) value: Option<f64>,
    pub(super) holds: bool,
    pub(super) since: Timestamp,
}

#[derive(sqlx::FromRow)]
struct KeptRow {
    labels: String,
    reading: Option<f64>,
    holds: i64,
    since: i64,
}

/// The label sets of a rule, those that hold first.
pub(super) async fn instances(conn: &mut AnyConnection, id: &RuleId) -> Result<Vec<Kept>, Fault> {
    let rows: Vec<KeptRow> = sql("SELECT labels, reading, holds, since FROM rule_instances WHERE rule_id = $1 ORDER BY holds DESC, labels")
        .value(id)
        .all(conn)
        .await?;
    rows.into_iter()
        .map(|row| {
            Ok(Kept {
                labels: parsed(&row.labels)?,
                value: row.reading.filter(|value| value.is_finite()),
                holds: row.holds != 0,
                since: Timestamp(row.since),
            })
        })
        .collect()
}

/// A label set of a rule by its fingerprint, as long as it is looked at.
pub(super) async fn labels_of(conn: &mut AnyConnection, id: &RuleId, label_set: &str) -> Result<Option<Labels>, Fault> {
    let found = sql("SELECT labels FROM rule_instances WHERE rule_id = $1 AND fingerprint = $2");
    let found = found.value(id).value(label_set).texts(conn).await?;
    found.first().map(|labels| parsed(labels)).transpose()
}

pub(super) async fn save_instances(conn: &mut AnyConnection, id: &RuleId, kept: &[Kept]) -> Result<(), Fault> {
    for chunk in kept.chunks(200) {
        let labels = chunk.iter().map(|kept| written(&kept.labels)).collect::<Result<Vec<_>, _>>()?;
        sql("INSERT INTO rule_instances (rule_id, fingerprint, labels, reading, holds, since) VALUES ")
            .rows(chunk.iter().zip(labels), |row, (kept, labels)| {
                let value = kept.value.filter(|value| value.is_finite());
                row.bind(id).bind(fingerprint(&kept.labels)).bind(labels).bind(value).bind(kept.holds).bind(kept.since)
            })
            .push(
                " ON CONFLICT (rule_id, fingerprint) DO UPDATE SET reading = excluded.reading, holds = excluded.holds, since = excluded.since",
            )
            .run(conn)
            .await?;
    }
    Ok(())
}

pub(super) async fn forget_instances(conn: &mut AnyConnection, id: &RuleId, kept: &[Kept]) -> Result<(), Fault> {
    for chunk in kept.chunks(200) {
        sql("DELETE FROM rule_instances WHERE rule_id = $1")
            .value(id)
            .and_in("fingerprint", chunk.iter().map(|kept| fingerprint(&kept.labels)))
            .run(conn)
            .await?;
    }
    Ok(())
}

/// Adds the values of one evaluation to their minute, hour and day.
pub(super) async fn roll_up(conn: &mut AnyConnection, id: &RuleId, at: Timestamp, values: &[f64]) -> Result<(), Fault> {
    if values.is_empty() {
        return Ok(());
    }
    let least = values.iter().copied().fold(f64::INFINITY, f64::min);
    let most = values.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    let (total, count): (f64, i64) = (values.iter().sum(), i64::try_from(values.len()).unwrap_or(i64::MAX));
    sql("INSERT INTO rule_rollups (rule_id, width, start, readings, total, least, most) VALUES ")
        .rows(Resolution::ALL, |row, resolution| {
            let width = resolution.width_ms();
            row.bind(id).bind(width).bind(at.floor(width)).bind(count).bind(total).bind(least).bind(most)
        })
        .push(
            " ON CONFLICT (rule_id, width, start) DO UPDATE SET readings = rule_rollups.readings + excluded.readings, \
             total = rule_rollups.total + excluded.total, \
             least = CASE WHEN excluded.least < rule_rollups.least THEN excluded.least ELSE rule_rollups.least END, \
             most = CASE WHEN excluded.most > rule_rollups.most THEN excluded.most ELSE rule_rollups.most END",
        )
        .run(conn)
        .await?;
    Ok(())
}

#[derive(sqlx::FromRow)]
struct SlotRow {
    start: i64,
    readings: i64,
    total: f64,
    least: f64,
    most: f64,
}

/// The values of a rule over a span, in order.
pub(super) async fn slots(conn: &mut AnyConnection, id: &RuleId, resolution: Resolution, span: Span) -> Result<Vec<Slot>, Fault> {
    let rows: Vec<SlotRow> =
        sql("SELECT start, readings, total, least, most FROM rule_rollups WHERE rule_id = $1 AND width = $2 AND start >= $3 \
         AND start < $4 ORDER BY start")
        .value(id)
        .value(resolution.width_ms())
        .value(span.from.floor(resolution.width_ms()))
        .value(span.to)
        .all(conn)
        .await?;
    #[expect(clippy::cast_precision_loss, reason = "counts stay far below 2^52")]
    let slot =
        |row: SlotRow| Slot { at: Timestamp(row.start), least: row.least, mean: row.total / row.readings.max(1) as f64, most: row.most };
    Ok(rows.into_iter().map(slot).collect())
}

/// Deletes slots of one width that began before, the oldest first, at most `limit`; how many.
pub(super) async fn age(conn: &mut AnyConnection, resolution: Resolution, before: Timestamp, limit: u32) -> Result<u64, Fault> {
    sql("DELETE FROM rule_rollups WHERE (rule_id, width, start) IN \
         (SELECT rule_id, width, start FROM rule_rollups WHERE width = $1 AND start < $2 ORDER BY start LIMIT $3)")
    .value(resolution.width_ms())
    .value(before)
    .value(limit)
    .run(conn)
    .await
}
