//! Tables `explanations` and `explanation_values`.

use domain::{
    Fault, Reach, Timestamp,
    slices::{Explanation, Told},
};
use sqlx::AnyConnection;

use super::Subject;
use crate::db::{sql, stored};

/// A stored explanation.
pub(super) struct Stored {
    pub(super) told: Told,
    pub(super) heard: Heard,
}

/// What the timeline of an incident has heard.
#[derive(Debug, Default)]
pub(super) struct Heard {
    /// What it was told last.
    pub(super) named: String,
    /// How often it was told.
    pub(super) tellings: i64,
    /// When it was told last.
    pub(super) told_at: Timestamp,
    /// Since when the slice that is named first is found without a break.
    pub(super) steady_since: Timestamp,
}

#[derive(sqlx::FromRow)]
struct Row {
    body: String,
    named: String,
    tellings: i64,
    told_at: i64,
    steady_since: i64,
    first_at: i64,
    settled: i64,
}

/// What is stored for a subject.
pub(super) async fn get(conn: &mut AnyConnection, subject: Subject, id: &str) -> Result<Option<Stored>, Fault> {
    let row: Option<Row> = sql(
        "SELECT body, named, tellings, told_at, steady_since, first_at, settled FROM explanations WHERE subject = $1 AND subject_id = $2",
    )
    .value(subject.name())
    .value(id)
    .first(conn)
    .await?;
    let Some(row) = row else { return Ok(None) };
    let explanation: Explanation = match serde_json::from_str(&row.body) {
        Ok(explanation) => explanation,
        Err(error) => {
            // What an older version wrote and this one does not read is worked out anew.
            tracing::error!(%error, subject = subject.name(), id, "a stored explanation does not read");
            return Ok(None);
        }
    };
    Ok(Some(Stored {
        told: Told { first_at: Timestamp(row.first_at), settled: row.settled != 0, explanation },
        heard: Heard {
            named: row.named,
            tellings: row.tellings,
            told_at: Timestamp(row.told_at),
            steady_since: Timestamp(row.steady_since),
        },
    }))
}

/// Writes what is known of a subject now.
pub(super) async fn save(conn: &mut AnyConnection, subject: Subject, id: &str, stored: &Stored) -> Result<(), Fault> {
    let body = serde_json::to_string(&stored.told.explanation).map_err(|_| Fault::Internal)?;
    sql("INSERT INTO explanations (subject, subject_id, body, named, tellings, told_at, steady_since, first_at, computed_at, settled) VALUES (")
        .bind(subject.name())
        .push(", ")
        .bind(id)
        .push(", ")
        .bind(body)
        .push(", ")
        .bind(&stored.heard.named)
        .push(", ")
        .bind(stored.heard.tellings)
        .push(", ")
        .bind(stored.heard.told_at)
        .push(", ")
        .bind(stored.heard.steady_since)
        .push(", ")
        .bind(stored.told.first_at)
        .push(", ")
        .bind(stored.told.explanation.computed_at)
        .push(
            ", 0) ON CONFLICT (subject, subject_id) DO UPDATE SET body = excluded.body, named = excluded.named, tellings = excluded.tellings, \
             told_at = excluded.told_at, steady_since = excluded.steady_since, computed_at = excluded.computed_at, settled = 0",
        )
        .run(conn)
        .await?;
    // What was named before and is not now was a guess.
    sql("DELETE FROM explanation_values WHERE subject = $1 AND subject_id = $2").value(subject.name()).value(id).run(conn).await?;
    let named = stored.told.explanation.named();
    if !named.is_empty() {
        sql("INSERT INTO explanation_values (subject, subject_id, dimension, value, named_at) VALUES ")
            .rows(named, |row, (dimension, value)| {
                row.bind(subject.name()).bind(id).bind(dimension).bind(value).bind(stored.told.explanation.computed_at)
            })
            .push(" ON CONFLICT (subject, subject_id, dimension, value) DO UPDATE SET named_at = excluded.named_at")
            .run(conn)
            .await?;
    }
    Ok(())
}

#[derive(sqlx::FromRow)]
struct SubjectRow {
    subject: String,
    subject_id: String,
}

impl SubjectRow {
    fn read(self) -> Result<(Subject, String), Fault> {
        Ok((stored(&self.subject)?, self.subject_id))
    }
}

/// Everything that is still worked out anew.
pub(super) async fn unsettled(conn: &mut AnyConnection) -> Result<Vec<(Subject, String)>, Fault> {
    let rows: Vec<SubjectRow> = sql("SELECT subject, subject_id FROM explanations WHERE settled = 0").all(conn).await?;
    rows.into_iter().map(SubjectRow::read).collect()
}

/// A subject is over: what is known of it stands.
pub(super) async fn settle(conn: &mut AnyConnection, subject: Subject, id: &str) -> Result<u64, Fault> {
    sql("UPDATE explanations SET settled = 1 WHERE subject = $1 AND subject_id = $2 AND settled = 0")
        .value(subject.name())
        .value(id)
        .run(conn)
        .await
}

/// The incidents within reach whose explanation names a value, worked out last since a moment, the newest first.
pub(super) async fn naming(
    conn: &mut AnyConnection,
    reach: &Reach,
    (dimension, value): (&str, &str),
    since: Timestamp,
    limit: i64,
) -> Result<Vec<String>, Fault> {
    sql("SELECT v.subject_id FROM explanation_values v JOIN incidents i ON i.id = v.subject_id WHERE v.subject = ")
        .bind(Subject::Incident.name())
        .push(" AND v.dimension = ")
        .bind(dimension)
        .push(" AND v.value = ")
        .bind(value)
        .push(" AND v.named_at >= ")
        .bind(since)
        .within("i.team_id", reach)
        .push(" ORDER BY v.named_at DESC, v.subject_id DESC LIMIT ")
        .bind(limit)
        .texts(conn)
        .await
}

/// Forgets some that were worked out last before a moment; how many.
pub(super) async fn age(conn: &mut AnyConnection, before: Timestamp, limit: i64) -> Result<u64, Fault> {
    let rows: Vec<SubjectRow> = sql("SELECT subject, subject_id FROM explanations WHERE settled = 1 AND computed_at < $1 LIMIT $2")
        .value(before)
        .value(limit)
        .all(conn)
        .await?;
    let mut gone = 0;
    for row in rows {
        for table in [
            "DELETE FROM explanation_values WHERE subject = $1 AND subject_id = $2",
            "DELETE FROM explanations WHERE subject = $1 AND subject_id = $2",
        ] {
            gone += sql(table).value(&row.subject).value(&row.subject_id).run(conn).await?;
        }
    }
    Ok(gone)
}
