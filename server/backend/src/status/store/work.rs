//! Table `status_work`: what subscribers were told of planned work.

use domain::{
    Fault, Span, Timestamp,
    id::{ChangeId, StatusPageId},
    status::{PastWork, WorkState},
};
use sqlx::AnyConnection;

use crate::db::sql;

/// What was told of one work on one page.
#[derive(sqlx::FromRow)]
pub(in super::super) struct Told {
    pub(in super::super) change_id: String,
    pub(in super::super) id: String,
    pub(in super::super) starts_at: i64,
    pub(in super::super) ends_at: i64,
    pub(in super::super) components: String,
    pub(in super::super) began_at: Option<i64>,
}

impl Told {
    pub(in super::super) fn span(&self) -> Span {
        Span { from: Timestamp(self.starts_at), to: Timestamp(self.ends_at) }
    }
}

/// What is to be told.
pub(in super::super) struct News {
    pub(in super::super) change: ChangeId,
    pub(in super::super) id: String,
    pub(in super::super) span: Span,
    pub(in super::super) components: Vec<String>,
    pub(in super::super) state: WorkState,
}

/// What was told of a page and is not over yet.
pub(in super::super) async fn open(conn: &mut AnyConnection, page: &StatusPageId) -> Result<Vec<Told>, Fault> {
    sql("SELECT change_id, id, starts_at, ends_at, components, began_at FROM status_work WHERE page_id = $1 AND over_at IS NULL")
        .value(page)
        .all(conn)
        .await
}

/// What was told of a page and has ended since a moment, the latest first.
pub(in super::super) async fn past(conn: &mut AnyConnection, page: &StatusPageId, since: Timestamp) -> Result<Vec<PastWork>, Fault> {
    #[derive(sqlx::FromRow)]
    struct Row {
        id: String,
        starts_at: i64,
        ends_at: i64,
        components: String,
        over_at: i64,
        called_off: i64,
    }
    let rows: Vec<Row> = sql("SELECT id, starts_at, ends_at, components, over_at, called_off FROM status_work WHERE page_id = $1 AND \
         over_at > $2 ORDER BY over_at DESC, id LIMIT 100")
    .value(page)
    .value(since)
    .all(conn)
    .await?;
    let past = rows.into_iter().map(|row| PastWork {
        id: row.id,
        span: Span { from: Timestamp(row.starts_at), to: Timestamp(row.ends_at) },
        components: serde_json::from_str(&row.components).unwrap_or_default(),
        over_at: Timestamp(row.over_at),
        called_off: row.called_off == 1,
    });
    Ok(past.collect())
}

/// Writes down what is told; `false` where it was told before.
pub(in super::super) async fn note(conn: &mut AnyConnection, page: &StatusPageId, news: &News, now: Timestamp) -> Result<bool, Fault> {
    let components = serde_json::to_string(&news.components).map_err(|_| Fault::Internal)?;
    let written = match news.state {
        WorkState::Moved => {
            sql("UPDATE status_work SET id = $1, starts_at = $2, ends_at = $3, components = $4 WHERE page_id = $5 AND change_id = $6 AND \
                 over_at IS NULL")
            .value(&news.id)
            .value(news.span.from)
            .value(news.span.to)
            .value(components)
            .value(page)
            .value(&news.change)
            .run(conn)
            .await?
        }
        WorkState::Ended | WorkState::CalledOff => {
            sql("UPDATE status_work SET over_at = $1, called_off = $2 WHERE page_id = $3 AND change_id = $4 AND over_at IS NULL")
                .value(now)
                .value(news.state == WorkState::CalledOff)
                .value(page)
                .value(&news.change)
                .run(conn)
                .await?
        }
        // What was called off may be planned anew.
        WorkState::Announced | WorkState::Begun => {
            sql("INSERT INTO status_work (page_id, change_id, id, starts_at, ends_at, components, told_at, began_at) \
                 VALUES ($1, $2, $3, $4, $5, $6, $7, $8) ON CONFLICT (page_id, change_id) DO UPDATE SET id = excluded.id, \
                 starts_at = excluded.starts_at, ends_at = excluded.ends_at, components = excluded.components, \
                 began_at = excluded.began_at, over_at = NULL, called_off = 0 \
                 WHERE status_work.over_at IS NOT NULL OR status_work.began_at IS NULL AND excluded.began_at IS NOT NULL")
            .value(page)
            .value(&news.change)
            .value(&news.id)
            .value(news.span.from)
            .value(news.span.to)
            .value(components)
            .value(now)
            .value((news.state == WorkState::Begun).then_some(now))
            .run(conn)
            .await?
        }
    };
    Ok(written > 0)
}

/// Whether anything was over before a moment.
pub(in super::super) async fn is_over_before(conn: &mut AnyConnection, before: Timestamp) -> Result<bool, Fault> {
    Ok(sql("SELECT COUNT(*) FROM status_work WHERE over_at < $1").value(before).count(conn).await? > 0)
}

/// Forgets what was over before a moment.
pub(in super::super) async fn forget(conn: &mut AnyConnection, before: Timestamp) -> Result<(), Fault> {
    sql("DELETE FROM status_work WHERE over_at < $1").value(before).run(conn).await.map(drop)
}
