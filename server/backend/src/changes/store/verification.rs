//! Tables `change_verifications` and `change_looks`.

use domain::{
    Fault, Span, Timestamp,
    changes::{Course, DrawnSlot, Judged, Look, Outcome, Verification, Verified, WatchStage},
    id::ChangeId,
};
use sqlx::AnyConnection;

use crate::db::{sql, stored};

/// Begins to watch a change.
pub(in crate::changes) async fn begin_watch(conn: &mut AnyConnection, id: &ChangeId, course: &Course) -> Result<(), Fault> {
    sql("INSERT INTO change_verifications (change_id, stage, verdict, span_from, span_to, next_at) VALUES ($1, $2, $3, $4, $5, $6) \
         ON CONFLICT (change_id) DO NOTHING")
    .value(id)
    .value(course.stage.name())
    .value(Verified::Inconclusive.name())
    .value(course.span.from)
    .value(course.span.to)
    .value(course.next)
    .run(conn)
    .await
    .map(drop)
}

/// Changes that are to be looked at.
pub(in crate::changes) async fn to_look_at(conn: &mut AnyConnection, now: Timestamp, limit: u32) -> Result<Vec<ChangeId>, Fault> {
    let due = sql("SELECT change_id FROM change_verifications WHERE next_at <= $1 ORDER BY next_at, change_id LIMIT $2");
    due.value(now).value(limit).texts(conn).await?.iter().map(|id| stored(id)).collect()
}

#[derive(sqlx::FromRow)]
struct Row {
    stage: String,
    verdict: String,
    span_from: i64,
    span_to: i64,
    next_at: Option<i64>,
    drawn: String,
    judged: String,
}

async fn row(conn: &mut AnyConnection, id: &ChangeId) -> Result<Option<Row>, Fault> {
    sql("SELECT stage, verdict, span_from, span_to, next_at, drawn, judged FROM change_verifications WHERE change_id = $1")
        .value(id)
        .first(conn)
        .await
}

/// Where the watching of a change stands; `None` where nothing more is looked at.
pub(in crate::changes) async fn course(conn: &mut AnyConnection, id: &ChangeId) -> Result<Option<Course>, Fault> {
    let Some(row) = row(conn, id).await? else { return Ok(None) };
    let Some(next) = row.next_at.map(Timestamp) else { return Ok(None) };
    let span = Span { from: Timestamp(row.span_from), to: Timestamp(row.span_to) };
    Ok(Some(Course { stage: stored(&row.stage)?, span, next }))
}

/// How the watching of a change goes; of its looks the last, or all.
pub(in crate::changes) async fn verification(conn: &mut AnyConnection, id: &ChangeId, all: bool) -> Result<Option<Verification>, Fault> {
    let Some(row) = row(conn, id).await? else { return Ok(None) };
    let bodies = sql("SELECT body FROM change_looks WHERE change_id = $1 ORDER BY place DESC LIMIT $2");
    let bodies = bodies.value(id).value(if all { 1_000 } else { 1 }).texts(conn).await?;
    Ok(Some(Verification {
        stage: stored(&row.stage)?,
        verdict: stored(&row.verdict)?,
        until: Timestamp(row.span_to),
        next_at: row.next_at.map(Timestamp),
        judged: if row.judged.is_empty() { None } else { Some(read::<Judged>(&row.judged)?) },
        looks: bodies.iter().rev().map(|body| read::<Look>(body)).collect::<Result<_, _>>()?,
        drawn: read::<Vec<DrawnSlot>>(&row.drawn)?,
    }))
}

fn read<T: serde::de::DeserializeOwned>(text: &str) -> Result<T, Fault> {
    serde_json::from_str(text).map_err(|error| {
        tracing::error!(%error, "what was seen of a change does not read");
        Fault::Internal
    })
}

fn written<T: serde::Serialize>(value: &T) -> Result<String, Fault> {
    serde_json::to_string(value).map_err(|_| Fault::Internal)
}

/// Keeps a look and where the watching goes from there (`None`: it is over); 0 where it is no longer where it was read.
pub(in crate::changes) async fn keep_look(
    conn: &mut AnyConnection,
    id: &ChangeId,
    before: &Course,
    (look, drawn): (&Look, &[DrawnSlot]),
    after: Option<&Course>,
) -> Result<u64, Fault> {
    let span = after.map_or(before.span, |course| course.span);
    let done = sql("UPDATE change_verifications SET stage = $1, verdict = $2, span_from = $3, span_to = $4, next_at = $5, drawn = $6 \
         WHERE change_id = $7 AND next_at = $8")
    .value(after.map_or(WatchStage::Over, |course| course.stage).name())
    .value(look.verdict.name())
    .value(span.from)
    .value(span.to)
    .value(after.map(|course| course.next))
    .value(written(&drawn)?)
    .value(id)
    .value(before.next)
    .run(conn)
    .await?;
    if done == 1 {
        sql("INSERT INTO change_looks (change_id, place, body) \
             VALUES ($1, (SELECT COALESCE(MAX(place), 0) + 1 FROM change_looks WHERE change_id = $2), $3)")
        .value(id)
        .value(id)
        .value(written(look)?)
        .run(conn)
        .await?;
    }
    Ok(done)
}

/// Nothing more is looked at.
pub(in crate::changes) async fn end_watch(conn: &mut AnyConnection, id: &ChangeId) -> Result<u64, Fault> {
    sql("UPDATE change_verifications SET stage = 'over', next_at = NULL WHERE change_id = $1 AND next_at IS NOT NULL")
        .value(id)
        .run(conn)
        .await
}

/// Keeps what a person said, where the change is watched or was.
pub(in crate::changes) async fn keep_judged(conn: &mut AnyConnection, id: &ChangeId, judged: &Judged) -> Result<(), Fault> {
    sql("UPDATE change_verifications SET judged = $1 WHERE change_id = $2").value(written(judged)?).value(id).run(conn).await.map(drop)
}

/// Says how a change ended that is observed.
pub(in crate::changes) async fn set_outcome(
    conn: &mut AnyConnection,
    id: &ChangeId,
    outcome: Outcome,
    now: Timestamp,
) -> Result<u64, Fault> {
    sql("UPDATE changes SET outcome = $1, sequence = sequence + 1, updated_at = $2 WHERE id = $3 AND state = 'observing'")
        .value(outcome.name())
        .value(now)
        .value(id)
        .run(conn)
        .await
}
