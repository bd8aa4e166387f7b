//! What a change asks for, in each of its versions.

use std::collections::BTreeMap;

use domain::{
    Fault, Timestamp,
    changes::Content,
    id::{ChangeId, UserId},
};
use sqlx::AnyConnection;

use crate::db::{sql, stored};

#[derive(sqlx::FromRow)]
struct ContentRow {
    change_id: String,
    content: String,
    author_id: String,
}

fn parse_content(text: &str) -> Result<Content, Fault> {
    serde_json::from_str(text).map_err(|error| {
        tracing::error!(%error, "stored content of a change does not parse");
        Fault::Internal
    })
}

/// The present content of each change, and who wrote it.
pub(in crate::changes) async fn contents(
    conn: &mut AnyConnection,
    ids: &[&ChangeId],
) -> Result<BTreeMap<ChangeId, (Content, UserId)>, Fault> {
    let rows: Vec<ContentRow> = sql(
        "SELECT r.change_id, r.content, r.author_id FROM change_revisions r JOIN changes c ON c.id = r.change_id AND c.version = r.version WHERE 1 = 1",
    )
    .and_in("r.change_id", ids.iter().copied())
    .all(conn)
    .await?;
    rows.iter().map(|row| Ok((stored(&row.change_id)?, (parse_content(&row.content)?, stored(&row.author_id)?)))).collect()
}

/// When a version of a change was written.
pub(in crate::changes) async fn written_at(conn: &mut AnyConnection, id: &ChangeId, version: i64) -> Result<Timestamp, Fault> {
    let at = sql("SELECT at FROM change_revisions WHERE change_id = $1 AND version = $2");
    at.value(id).value(version).count(conn).await.map(Timestamp)
}

/// Who requested a change, and who wrote any of its contents.
pub(in crate::changes) async fn writers(conn: &mut AnyConnection, id: &ChangeId) -> Result<Vec<UserId>, Fault> {
    #[derive(sqlx::FromRow)]
    struct Writer {
        user_id: String,
    }
    let rows: Vec<Writer> = sql("SELECT requester_id AS user_id FROM changes WHERE id = $1 \
         UNION SELECT author_id AS user_id FROM change_revisions WHERE change_id = $2")
    .value(id)
    .value(id)
    .all(conn)
    .await?;
    rows.iter().map(|row| stored(&row.user_id)).collect()
}

/// The content that was approved last: its version and itself.
pub(in crate::changes) async fn last_approved(conn: &mut AnyConnection, id: &ChangeId) -> Result<Option<(i64, Content)>, Fault> {
    #[derive(sqlx::FromRow)]
    struct Approved {
        version: i64,
        content: String,
    }
    let row: Option<Approved> =
        sql("SELECT r.version, r.content FROM change_revisions r WHERE r.change_id = $1 AND EXISTS (SELECT 1 FROM change_approvals a \
         WHERE a.change_id = r.change_id AND a.version = r.version AND a.verdict = 'approve') ORDER BY r.version DESC LIMIT 1")
        .value(id)
        .first(conn)
        .await?;
    row.map(|r| Ok((r.version, parse_content(&r.content)?))).transpose()
}
