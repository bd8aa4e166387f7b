//! The secret of each team's calendar feed, a column of `teams` that belongs to this area.

use domain::{Fault, Reach, id::TeamId};
use sqlx::AnyConnection;

use crate::db::sql;

#[derive(sqlx::FromRow)]
pub(in crate::changes) struct FeedRow {
    pub id: String,
    pub name: String,
    pub calendar_secret: String,
}

pub(in crate::changes) async fn feeds(conn: &mut AnyConnection, reach: &Reach) -> Result<Vec<FeedRow>, Fault> {
    sql("SELECT id, name, calendar_secret FROM teams WHERE 1 = 1").within("id", reach).push(" ORDER BY name, id").all(conn).await
}

pub(in crate::changes) async fn renew_feed(conn: &mut AnyConnection, team: &TeamId, secret: &str) -> Result<u64, Fault> {
    sql("UPDATE teams SET calendar_secret = $1 WHERE id = $2").value(secret).value(team).run(conn).await
}
