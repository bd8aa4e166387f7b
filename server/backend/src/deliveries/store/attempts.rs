//! Table `delivery_attempts`: what each attempt came to. The rows go with their delivery.

use domain::{Fault, Timestamp, deliveries::Attempt, id::DeliveryId};
use sqlx::AnyConnection;

use super::outbox::Ended;
use crate::db::sql;

/// Attempts of a delivery that are kept, the newest.
const KEPT: i64 = 100;

/// Adds how an attempt ended, and forgets those before the newest hundred. Whoever asks holds the delivery's row.
pub(super) async fn add(conn: &mut AnyConnection, delivery: &str, ended: &Ended<'_>, now: Timestamp) -> Result<(), Fault> {
    let last = sql("SELECT COALESCE(MAX(number), 0) FROM delivery_attempts WHERE delivery_id = $1").value(delivery).count(conn).await?;
    let number = last + 1;
    sql("INSERT INTO delivery_attempts (delivery_id, number, at, ms, status, error) VALUES ($1, $2, $3, $4, $5, $6)")
        .value(delivery)
        .value(number)
        .value(now)
        .value(ended.ms)
        .value(ended.status)
        .value(ended.error)
        .run(conn)
        .await?;
    if number <= KEPT {
        return Ok(());
    }
    sql("DELETE FROM delivery_attempts WHERE delivery_id = $1 AND number <= $2")
        .value(delivery)
        .value(number - KEPT)
        .run(conn)
        .await
        .map(drop)
}

#[derive(sqlx::FromRow)]
struct AttemptRow {
    number: i64,
    at: i64,
    ms: i64,
    status: Option<i64>,
    error: String,
}

/// The attempts of a delivery, oldest first.
pub(in crate::deliveries) async fn attempts(conn: &mut AnyConnection, delivery: &DeliveryId) -> Result<Vec<Attempt>, Fault> {
    let rows: Vec<AttemptRow> = sql("SELECT number, at, ms, status, error FROM delivery_attempts WHERE delivery_id = $1 ORDER BY number")
        .value(delivery)
        .all(conn)
        .await?;
    let read = |row: AttemptRow| {
        let AttemptRow { number, at, ms, status, error } = row;
        Attempt { number, at: Timestamp(at), ms, status, error }
    };
    Ok(rows.into_iter().map(read).collect())
}
