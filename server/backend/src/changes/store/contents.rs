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
    writers: String,
    hands: String,
}

/// The present content of a change, who wrote it, everybody who wrote at the change: whoever requested it, and the author of each of
/// its contents; and everybody who had a hand in carrying it out.
pub(in crate::changes) struct Written {
    pub content: Content,
    pub author: UserId,
    pub writers: Vec<UserId>,
    pub hands: Vec<UserId>,
}

/// Who requested a change `c` and who wrote its contents, parted by blanks.
pub(super) const WRITERS: &str =
    "c.requester_id || ' ' || (SELECT string_agg(w.author_id, ' ') FROM change_revisions w WHERE w.change_id = c.id) AS writers";
/// Who had a hand in carrying a change `c` out, parted by blanks; empty where nobody has.
pub(super) const HANDS: &str =
    "c.started_by || COALESCE((SELECT ' ' || string_agg(h.user_id, ' ') FROM change_hands h WHERE h.change_id = c.id), '') AS hands";

fn parse_content(text: &str) -> Result<Content, Fault> {
    serde_json::from_str(text).map_err(|error| {
        tracing::error!(%error, "stored content of a change does not parse");
        Fault::Internal
    })
}

/// Ids that are parted by blanks, each once.
fn people(text: &str) -> Result<Vec<UserId>, Fault> {
    let mut ids = text.split_whitespace().map(stored).collect::<Result<Vec<UserId>, Fault>>()?;
    ids.sort();
    ids.dedup();
    Ok(ids)
}

/// The present content of each change, who wrote, and who carries it out.
pub(in crate::changes) async fn contents(conn: &mut AnyConnection, ids: &[&ChangeId]) -> Result<BTreeMap<ChangeId, Written>, Fault> {
    let rows: Vec<ContentRow> = sql("SELECT r.change_id, r.content, r.author_id, ")
        .push(WRITERS)
        .push(", ")
        .push(HANDS)
        .push(" FROM change_revisions r JOIN changes c ON c.id = r.change_id AND c.version = r.version WHERE 1 = 1")
        .and_in("r.change_id", ids.iter().copied())
        .all(conn)
        .await?;
    let read = |row: ContentRow| {
        let content = parse_content(&row.content)?;
        Ok((
            stored(&row.change_id)?,
            Written { content, author: stored(&row.author_id)?, writers: people(&row.writers)?, hands: people(&row.hands)? },
        ))
    };
    rows.into_iter().map(read).collect()
}

/// When a version of a change was written.
pub(in crate::changes) async fn written_at(conn: &mut AnyConnection, id: &ChangeId, version: i64) -> Result<Timestamp, Fault> {
    let at = sql("SELECT at FROM change_revisions WHERE change_id = $1 AND version = $2");
    at.value(id).value(version).count(conn).await.map(Timestamp)
}

/// The content that was approved last.
pub(in crate::changes) struct Approved {
    pub version: i64,
    pub content: Content,
    /// When somebody first approved it.
    pub since: Timestamp,
}

/// The content that was approved last, if any was.
pub(in crate::changes) async fn last_approved(conn: &mut AnyConnection, id: &ChangeId) -> Result<Option<Approved>, Fault> {
    #[derive(sqlx::FromRow)]
    struct Row {
        version: i64,
        content: String,
        since: i64,
    }
    let row: Option<Row> = sql("SELECT r.version, r.content, MIN(a.at) AS since FROM change_revisions r JOIN change_approvals a \
         ON a.change_id = r.change_id AND a.version = r.version AND a.verdict = 'approve' WHERE r.change_id = $1 \
         GROUP BY r.version, r.content ORDER BY r.version DESC LIMIT 1")
    .value(id)
    .first(conn)
    .await?;
    row.map(|r| Ok(Approved { version: r.version, content: parse_content(&r.content)?, since: Timestamp(r.since) })).transpose()
}
