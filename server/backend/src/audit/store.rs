//! Tables `audit` and `audit_head`.

use domain::{Fault, audit::AuditRow};
use sqlx::AnyConnection;

use crate::db::sql;

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
