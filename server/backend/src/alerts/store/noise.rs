//! Table `alert_feedback`, and how many alerts were worth it.

use domain::{
    Fault, Reach, Span, Timestamp,
    id::{AlertId, SystemId, UserId},
};
use sqlx::AnyConnection;

use crate::db::sql;

#[derive(sqlx::FromRow)]
struct SaidRow {
    user_id: String,
    useful: i64,
}

/// What people said of an alert: useful, useless, what this person said.
pub(in crate::alerts) async fn feedback(
    conn: &mut AnyConnection,
    id: &AlertId,
    me: Option<&UserId>,
) -> Result<(i64, i64, Option<bool>), Fault> {
    let rows: Vec<SaidRow> = sql("SELECT user_id, useful FROM alert_feedback WHERE alert_id = $1").value(id).all(conn).await?;
    let count = |useful: i64| i64::try_from(rows.iter().filter(|row| row.useful == useful).count()).unwrap_or(i64::MAX);
    let mine = me.and_then(|me| rows.iter().find(|row| row.user_id == me.as_str())).map(|row| row.useful == 1);
    Ok((count(1), count(0), mine))
}

/// A person says whether an alert was useful; `false` where they had said the same.
pub(in crate::alerts) async fn say_useful(
    conn: &mut AnyConnection,
    id: &AlertId,
    user: &UserId,
    useful: bool,
    by: &str,
    now: Timestamp,
) -> Result<bool, Fault> {
    let changed = sql("INSERT INTO alert_feedback (alert_id, user_id, useful, said_by, at) VALUES ($1, $2, $3, $4, $5) \
         ON CONFLICT (alert_id, user_id) DO UPDATE SET useful = EXCLUDED.useful, at = EXCLUDED.at WHERE alert_feedback.useful <> EXCLUDED.useful")
    .value(id)
    .value(user)
    .value(useful)
    .value(by)
    .value(now)
    .run(conn)
    .await?;
    Ok(changed == 1)
}

/// Alerts of one title on one system that fired in a span.
#[derive(sqlx::FromRow)]
pub(crate) struct Loud {
    /// Their title.
    pub(crate) title: String,
    /// Their system, by id; empty where they have none.
    pub(crate) system_id: String,
    /// How many fired.
    pub(crate) fired: i64,
    /// How many somebody acknowledged, or took on the incident of.
    pub(crate) acted: i64,
    /// How often somebody said that one was useful.
    pub(crate) useful: i64,
    /// How often somebody said that one was not.
    pub(crate) useless: i64,
}

impl Loud {
    /// Their system.
    pub(crate) fn system(&self) -> Option<SystemId> {
        SystemId::parse(&self.system_id)
    }
}

/// Alerts within reach that fired in a span, by title and system, those that led to nothing most often first; 1,000 at most.
pub(in crate::alerts) async fn noise(conn: &mut AnyConnection, reach: &Reach, span: Span) -> Result<Vec<Loud>, Fault> {
    sql("SELECT a.title, COALESCE(a.system_id, '') AS system_id, COUNT(*) AS fired, \
         CAST(SUM(CASE WHEN a.acknowledged_at IS NOT NULL OR i.acknowledged_at IS NOT NULL THEN 1 ELSE 0 END) AS BIGINT) AS acted, \
         CAST(COALESCE(SUM((SELECT COUNT(*) FROM alert_feedback f WHERE f.alert_id = a.id AND f.useful = 1)), 0) AS BIGINT) AS useful, \
         CAST(COALESCE(SUM((SELECT COUNT(*) FROM alert_feedback f WHERE f.alert_id = a.id AND f.useful = 0)), 0) AS BIGINT) AS useless \
         FROM alerts a LEFT JOIN incidents i ON i.id = a.incident_id WHERE a.fired_at >= ")
    .bind(span.from)
    .push(" AND a.fired_at < ")
    .bind(span.to)
    .within("a.team_id", reach)
    .push(" GROUP BY a.title, a.system_id ORDER BY COUNT(*) - SUM(CASE WHEN a.acknowledged_at IS NOT NULL OR i.acknowledged_at IS NOT NULL THEN 1 \
           ELSE 0 END) DESC, COUNT(*) DESC, a.title LIMIT 1000")
    .all(conn)
    .await
}
