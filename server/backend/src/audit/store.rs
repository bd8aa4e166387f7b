//! Tables `audit` and `audit_head`.

use domain::{
    Fault, Reach, Timestamp,
    audit::{AuditFilter, AuditRow, Object},
    id::TeamId,
};
use sqlx::AnyConnection;

use crate::db::{Sql, sql};

#[derive(sqlx::FromRow)]
struct Head {
    seq: i64,
    hash: String,
}

/// Takes the next number and the hash to build on; on Postgres this locks the head until the commit.
pub(super) async fn take_head(conn: &mut AnyConnection) -> Result<(i64, String), Fault> {
    let head: Option<Head> = sql("UPDATE audit_head SET seq = seq + 1 WHERE id = 1 RETURNING seq, hash").first(conn).await?;
    head.map(|h| (h.seq, h.hash)).ok_or(Fault::Internal)
}

/// Appends the row and moves the head.
pub(super) async fn append(conn: &mut AnyConnection, row: &AuditRow) -> Result<(), Fault> {
    sql("INSERT INTO audit (seq, at, actor_kind, actor_id, actor_name, act, object_kind, object_id, object_name, team_id, detail, hash) VALUES ")
        .rows([row], |r, row| {
            r.bind(row.seq)
                .bind(row.at)
                .bind(&row.actor_kind)
                .bind(&row.actor_id)
                .bind(&row.actor_name)
                .bind(&row.act)
                .bind(&row.object.kind)
                .bind(&row.object.id)
                .bind(&row.object.name)
                .bind(row.object.team.as_ref())
                .bind(&row.detail)
                .bind(&row.hash)
        })
        .run(conn)
        .await?;
    sql("UPDATE audit_head SET hash = $1 WHERE id = 1").value(&row.hash).run(conn).await?;
    Ok(())
}

#[derive(sqlx::FromRow)]
struct Row {
    seq: i64,
    at: i64,
    actor_kind: String,
    actor_id: String,
    actor_name: String,
    act: String,
    object_kind: String,
    object_id: String,
    object_name: String,
    team_id: Option<String>,
    detail: String,
    hash: String,
}

impl Row {
    fn read(self) -> AuditRow {
        // A team that does not parse was written by somebody else: the hash will tell.
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
    sql("SELECT seq, at, actor_kind, actor_id, actor_name, act, object_kind, object_id, object_name, team_id, detail, hash FROM audit \
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
        let like = format!("%{}%", literal(&filter.actor.to_lowercase()));
        query = query.push(" AND (LOWER(actor_name) LIKE ").bind(like).push(" ESCAPE '!' OR actor_id = ").bind(&filter.actor).push(")");
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

/// The number and hash that the last row must have.
pub(super) async fn head(conn: &mut AnyConnection) -> Result<(i64, String), Fault> {
    let head: Option<Head> = sql("SELECT seq, hash FROM audit_head WHERE id = 1").first(conn).await?;
    Ok(head.map_or((0, String::new()), |head| (head.seq, head.hash)))
}

/// Rows after this number, in order.
pub(super) async fn after(conn: &mut AnyConnection, seq: i64, limit: i64) -> Result<Vec<AuditRow>, Fault> {
    let rows: Vec<Row> = select().push(" AND seq > ").bind(seq).push(" ORDER BY seq LIMIT ").bind(limit).all(conn).await?;
    Ok(rows.into_iter().map(Row::read).collect())
}

/// Whether a row stands beyond the head; asked in one statement, so that a row appended just now is no finding.
pub(super) async fn beyond_head(conn: &mut AnyConnection) -> Result<bool, Fault> {
    Ok(sql("SELECT COUNT(*) FROM audit WHERE seq > (SELECT seq FROM audit_head WHERE id = 1)").count(conn).await? > 0)
}
