//! Tables `audit` and `audit_head`.

use domain::{
    Fault, Reach, Timestamp,
    audit::{AuditFilter, AuditRow, Object},
    id::TeamId,
};
use sqlx::AnyConnection;

use crate::db::{Sql, sql};

/// What the head says: how many rows there are, the hash of the last one, and the keyed hash over both.
#[derive(sqlx::FromRow)]
pub(super) struct Head {
    pub(super) seq: i64,
    pub(super) hash: String,
    pub(super) mac: String,
}

/// Takes the next number and the hash to build on; on Postgres this locks the head until the commit.
pub(super) async fn take_head(conn: &mut AnyConnection) -> Result<Head, Fault> {
    let head: Option<Head> = sql("UPDATE audit_head SET seq = seq + 1 WHERE id = 1 RETURNING seq, hash, mac").first(conn).await?;
    head.ok_or(Fault::Internal)
}

/// Appends the row and moves the head.
pub(super) async fn append(conn: &mut AnyConnection, row: &Row, mac: &str) -> Result<(), Fault> {
    sql("INSERT INTO audit (seq, at, actor_kind, actor_id, actor_name, act, object_kind, object_id, object_name, team_id, detail, hash, \
         scheme) VALUES ")
    .rows([row], |r, row| {
        r.bind(row.seq)
            .bind(row.at)
            .bind(&row.actor_kind)
            .bind(&row.actor_id)
            .bind(&row.actor_name)
            .bind(&row.act)
            .bind(&row.object_kind)
            .bind(&row.object_id)
            .bind(&row.object_name)
            .bind(row.team_id.as_ref())
            .bind(&row.detail)
            .bind(&row.hash)
            .bind(row.scheme)
    })
    .run(conn)
    .await?;
    sql("UPDATE audit_head SET hash = $1, mac = $2 WHERE id = 1").value(&row.hash).value(mac).run(conn).await?;
    Ok(())
}

/// The scheme of one row, if it is there.
pub(super) async fn scheme(conn: &mut AnyConnection, seq: i64) -> Result<Option<i64>, Fault> {
    #[derive(sqlx::FromRow)]
    struct Scheme {
        scheme: i64,
    }
    let found: Option<Scheme> = sql("SELECT scheme FROM audit WHERE seq = $1").value(seq).first(conn).await?;
    Ok(found.map(|found| found.scheme))
}

/// A row as it stands in the table.
#[derive(sqlx::FromRow)]
pub(super) struct Row {
    pub(super) seq: i64,
    pub(super) at: i64,
    pub(super) actor_kind: String,
    pub(super) actor_id: String,
    pub(super) actor_name: String,
    pub(super) act: String,
    pub(super) object_kind: String,
    pub(super) object_id: String,
    pub(super) object_name: String,
    pub(super) team_id: Option<String>,
    pub(super) detail: String,
    pub(super) hash: String,
    pub(super) scheme: i64,
}

impl Row {
    fn read(self) -> AuditRow {
        // A team that does not parse was written by somebody else; checking the chain tells.
        let team = self.team_id.and_then(|id| TeamId::parse(&id));
        AuditRow {
            seq: self.seq,
            at: Timestamp(self.at),
            actor_kind: self.actor_kind,
            actor_id: self.actor_id,
            actor_name: self.actor_name,
            act: self.act,
            object: Object { kind: self.object_kind, id: self.object_id, name: self.object_name, team },
            detail: self.detail,
            hash: self.hash,
        }
    }
}

fn select() -> Sql {
    sql("SELECT seq, at, actor_kind, actor_id, actor_name, act, object_kind, object_id, object_name, team_id, detail, hash, \
         scheme FROM audit \
         WHERE 1 = 1")
}

/// `text` with the wildcards of LIKE taken literally (escape character `!`).
fn literal(text: &str) -> String {
    text.replace('!', "!!").replace('%', "!%").replace('_', "!_")
}

/// One row more than the page holds, if there is one; newest first.
pub(super) async fn list(
    conn: &mut AnyConnection,
    reach: &Reach,
    filter: &AuditFilter,
    before: Option<i64>,
    limit: u32,
) -> Result<Vec<AuditRow>, Fault> {
    let mut query = select().within("team_id", reach);
    if !filter.actor.is_empty() {
        query = query.push(" AND (").holds("actor_name", &filter.actor).push(" OR actor_id = ").bind(&filter.actor).push(")");
    }
    if !filter.act.is_empty() {
        query = query.push(" AND act LIKE ").bind(format!("{}%", literal(&filter.act))).push(" ESCAPE '!'");
    }
    if !filter.kind.is_empty() {
        query = query.push(" AND object_kind = ").bind(&filter.kind);
    }
    if !filter.object.is_empty() {
        query = query.push(" AND object_id = ").bind(&filter.object);
    }
    if let Some(team) = &filter.team {
        query = query.push(" AND team_id = ").bind(team);
    }
    if let Some(from) = filter.from {
        query = query.push(" AND at >= ").bind(from);
    }
    if let Some(to) = filter.to {
        query = query.push(" AND at < ").bind(to);
    }
    if let Some(before) = before {
        query = query.push(" AND seq < ").bind(before);
    }
    let rows: Vec<Row> = query.push(" ORDER BY seq DESC LIMIT ").bind(i64::from(limit) + 1).all(conn).await?;
    Ok(rows.into_iter().map(Row::read).collect())
}

/// An act as far as it says what was done.
#[derive(sqlx::FromRow)]
pub(super) struct Act {
    pub(super) at: i64,
    pub(super) act: String,
    pub(super) detail: String,
}

/// Acts of these names with an object, until a moment, newest first.
pub(super) async fn done_with(
    conn: &mut AnyConnection,
    (kind, id): (&str, &str),
    acts: &[&str],
    until: Timestamp,
) -> Result<Vec<Act>, Fault> {
    sql("SELECT at, act, detail FROM audit WHERE object_kind = $1 AND object_id = $2 AND at <= $3")
        .value(kind)
        .value(id)
        .value(until)
        .and_in("act", acts.iter().copied())
        .push(" ORDER BY seq DESC LIMIT 500")
        .all(conn)
        .await
}

/// The head as it stands.
pub(super) async fn head(conn: &mut AnyConnection) -> Result<Head, Fault> {
    let head: Option<Head> = sql("SELECT seq, hash, mac FROM audit_head WHERE id = 1").first(conn).await?;
    Ok(head.unwrap_or(Head { seq: 0, hash: String::new(), mac: super::chain::BROKEN.to_owned() }))
}

/// Rows after this number, in order, as they stand.
pub(super) async fn after(conn: &mut AnyConnection, seq: i64, limit: i64) -> Result<Vec<Row>, Fault> {
    select().push(" AND seq > ").bind(seq).push(" ORDER BY seq LIMIT ").bind(limit).all(conn).await
}

/// Whether a row stands beyond the head; asked in one statement, so that a row appended just now is no finding.
pub(super) async fn beyond_head(conn: &mut AnyConnection) -> Result<bool, Fault> {
    Ok(sql("SELECT COUNT(*) FROM audit WHERE seq > (SELECT seq FROM audit_head WHERE id = 1)").count(conn).await? > 0)
}
