//! Tells the subscribers of status pages of planned work: when it is announced, when it begins and when it is over; each once. The
//! engine `status`, and the table `status_work` in which stands what was told.

use std::{collections::HashMap, time::Duration};

use async_trait::async_trait;
use domain::{
    Fault, Reach, Span, Timestamp,
    changes::State,
    id::{ChangeId, StatusPageId},
    live::Topic,
    status::{PastWork, StatusPage, WorkState},
    time::{DAY, SECOND},
};
use serde_json::json;
use sqlx::AnyConnection;

use super::{answer, answer::Planned, store, subscriptions::facts};
use crate::{
    Context, Engine, WriteTx, changes,
    db::{sql, stored},
    deliveries::subscribers,
};

/// Name of the engine, and of its bell.
const NAME: &str = "status";
/// What was told is kept so long after it is over.
const KEPT_MS: i64 = 90 * DAY;

/// The engine `status`.
pub struct Announcer {
    ctx: Context,
}

/// What was told of one work on one page.
#[derive(sqlx::FromRow)]
struct Told {
    change_id: String,
    id: String,
    starts_at: i64,
    ends_at: i64,
    components: String,
    began_at: Option<i64>,
}

impl Told {
    fn span(&self) -> Span {
        Span { from: Timestamp(self.starts_at), to: Timestamp(self.ends_at) }
    }
}

/// What is to be told.
struct News {
    change: ChangeId,
    id: String,
    span: Span,
    components: Vec<String>,
    state: WorkState,
}

/// What was told of a page and is not over yet.
async fn open(conn: &mut AnyConnection, page: &StatusPageId) -> Result<Vec<Told>, Fault> {
    sql("SELECT change_id, id, starts_at, ends_at, components, began_at FROM status_work WHERE page_id = $1 AND over_at IS NULL")
        .value(page)
        .all(conn)
        .await
}

/// What was told of a page and has ended since a moment, the latest first.
pub(super) async fn past(conn: &mut AnyConnection, page: &StatusPageId, since: Timestamp) -> Result<Vec<PastWork>, Fault> {
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

/// What is new of what is planned, against what was told before.
fn of_planned(planned: &Planned, told: Option<&Told>) -> Option<News> {
    let work = &planned.work;
    let state = match told {
        None if work.running => WorkState::Begun,
        None => WorkState::Announced,
        Some(told) if told.began_at.is_some() => return None,
        Some(_) if work.running => WorkState::Begun,
        Some(told) if told.span() != work.span => WorkState::Moved,
        Some(_) => return None,
    };
    let (change, id) = (planned.change.id.clone(), work.id.clone());
    Some(News { change, id, span: work.span, components: work.components.clone(), state })
}

/// What is new of what is planned no more, by where its change stands now.
fn of_gone(told: &Told, now: Option<&changes::Standing>) -> Result<Option<News>, Fault> {
    let (span, state) = match now.map(|now| now.state) {
        // It was planned for later than anybody is told of, or its window was missed: that is told when it is decided.
        Some(State::Scheduled) => return Ok(None),
        Some(State::Executing) if told.began_at.is_some() => return Ok(None),
        Some(State::Executing) => (told.span(), WorkState::Begun),
        Some(State::Observing | State::Closed) => (told.span(), WorkState::Ended),
        _ if told.began_at.is_some() => (told.span(), WorkState::Ended),
        _ => (told.span(), WorkState::CalledOff),
    };
    let components = serde_json::from_str(&told.components).unwrap_or_default();
    Ok(Some(News { change: stored(&told.change_id)?, id: told.id.clone(), span, components, state }))
}

/// Writes down what is told; `false` where it was told before.
async fn note(tx: &mut WriteTx, page: &StatusPageId, news: &News, now: Timestamp) -> Result<bool, Fault> {
    let components = serde_json::to_string(&news.components).map_err(|_| Fault::Internal)?;
    let (began, over) = match news.state {
        WorkState::Announced | WorkState::Moved => (None, None),
        WorkState::Begun => (Some(now), None),
        WorkState::Ended | WorkState::CalledOff => (None, Some(now)),
    };
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
            .run(tx)
            .await?
        }
        WorkState::Ended | WorkState::CalledOff => {
            sql("UPDATE status_work SET over_at = $1, called_off = $2 WHERE page_id = $3 AND change_id = $4 AND over_at IS NULL")
                .value(over)
                .value(news.state == WorkState::CalledOff)
                .value(page)
                .value(&news.change)
                .run(tx)
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
            .value(began)
            .run(tx)
            .await?
        }
    };
    Ok(written > 0)
}

impl Announcer {
    /// The engine over the common ground.
    pub fn new(ctx: Context) -> Self {
        Self { ctx }
    }

    /// What is new on a page; asks, and writes nothing.
    async fn news(&self, page: &StatusPage, now: Timestamp) -> Result<Vec<News>, Fault> {
        let conn = &mut *self.ctx.db.read().await?;
        let told = open(conn, &page.id).await?;
        let planned = if page.components.is_empty() { Vec::new() } else { answer::planned(conn, page, now).await? };
        let known: HashMap<&str, &Told> = told.iter().map(|told| (told.change_id.as_str(), told)).collect();
        let mut news: Vec<News> =
            planned.iter().filter_map(|planned| of_planned(planned, known.get(planned.change.id.as_str()).copied())).collect();
        let gone: Vec<&Told> =
            told.iter().filter(|told| planned.iter().all(|planned| planned.change.id.as_str() != told.change_id)).collect();
        let ids: Vec<ChangeId> = gone.iter().map(|told| stored(&told.change_id)).collect::<Result<_, _>>()?;
        let standings = changes::standings(conn, &ids.iter().collect::<Vec<_>>()).await?;
        for told in gone {
            let now = standings.iter().find(|standing| standing.change.as_str() == told.change_id);
            news.extend(of_gone(told, now)?);
        }
        Ok(news)
    }

    async fn tell(&self, page: &StatusPage, news: Vec<News>, now: Timestamp) -> Result<u64, Fault> {
        let (mut tx, mut done) = (self.ctx.begin_write().await?, 0);
        for news in news {
            if !note(&mut tx, &page.id, &news, now).await? {
                continue;
            }
            done += 1;
            if page.public {
                let News { id, span, components, state, .. } = &news;
                let data = json!({
                    "page": facts(&self.ctx.url, page),
                    "work": { "id": id, "state": state, "components": components, "from": span.from.rfc3339(), "to": span.to.rfc3339() },
                });
                // Called off and planned anew it is told anew.
                let key = format!("status-work-{id}-{state}-{}", now.0 / SECOND);
                subscribers::tell(&mut tx, &self.ctx, (&page.id, &page.team), &key, &data).await?;
            }
        }
        tx.announce(Topic::Incidents, &page.id, Some(&page.team));
        tx.commit().await?;
        Ok(done)
    }

    async fn forget(&self, before: Timestamp) -> Result<(), Fault> {
        let old = sql("SELECT COUNT(*) FROM status_work WHERE over_at < $1").value(before).count(&mut *self.ctx.db.read().await?).await?;
        if old > 0 {
            let mut tx = self.ctx.begin_write().await?;
            sql("DELETE FROM status_work WHERE over_at < $1").value(before).run(&mut tx).await?;
            tx.commit().await?;
        }
        Ok(())
    }
}

#[async_trait]
impl Engine for Announcer {
    fn name(&self) -> &'static str {
        NAME
    }

    fn period(&self) -> Duration {
        Duration::from_secs(30)
    }

    async fn tick(&self, now: Timestamp) -> Result<u64, Fault> {
        let pages = store::pages(&mut *self.ctx.db.read().await?, &Reach::All).await?;
        let mut done = 0;
        for page in pages {
            let news = self.news(&page, now).await?;
            if !news.is_empty() {
                done += self.tell(&page, news, now).await?;
            }
        }
        self.forget(now.plus(-KEPT_MS)).await?;
        Ok(done)
    }
}
