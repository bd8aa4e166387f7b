//! Table `alert_routing`.

use domain::{Fault, Timestamp, alerts::RoutingVersion};
use sqlx::AnyConnection;

use crate::db::{Sql, sql};

#[derive(sqlx::FromRow)]
struct Row {
    version: i64,
    yaml: String,
    author: String,
    at: i64,
}

impl Row {
    fn read(self) -> RoutingVersion {
        RoutingVersion { version: self.version, yaml: self.yaml, author: self.author, at: Timestamp(self.at) }
    }
}

fn select() -> Sql {
    sql("SELECT version, yaml, author, at FROM alert_routing ORDER BY version DESC LIMIT ")
}

pub(super) async fn current(conn: &mut AnyConnection) -> Result<RoutingVersion, Fault> {
    let row: Option<Row> = select().bind(1).first(conn).await?;
    Ok(row.map_or_else(none, Row::read))
}

/// Nothing was ever written.
fn none() -> RoutingVersion {
    RoutingVersion { version: 0, yaml: String::new(), author: String::new(), at: Timestamp(0) }
}

/// The version that was in force at a moment.
pub(super) async fn then(conn: &mut AnyConnection, then: Timestamp) -> Result<RoutingVersion, Fault> {
    let query = sql("SELECT version, yaml, author, at FROM alert_routing WHERE at <= ").bind(then);
    let row: Option<Row> = query.push(" ORDER BY version DESC LIMIT 1").first(conn).await?;
    Ok(row.map_or_else(none, Row::read))
}

pub(super) async fn versions(conn: &mut AnyConnection) -> Result<Vec<RoutingVersion>, Fault> {
    let rows: Vec<Row> = select().bind(100).all(conn).await?;
    Ok(rows.into_iter().map(Row::read).collect())
}

/// Appends a version; `false` where somebody was faster.
pub(super) async fn append(conn: &mut AnyConnection, version: &RoutingVersion) -> Result<bool, Fault> {
    let done = sql("INSERT INTO alert_routing (version, yaml, author, at) VALUES ($1, $2, $3, $4) ON CONFLICT (version) DO NOTHING")
        .value(version.version)
        .value(&version.yaml)
        .value(&version.author)
        .value(version.at)
        .run(conn)
        .await?;
    Ok(done == 1)
}
