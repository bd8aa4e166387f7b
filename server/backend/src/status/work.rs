//! Tells the subscribers of status pages of planned work: when it is announced, when it begins and when it is over; each once. The
//! engine `status`.

use std::{collections::HashMap, time::Duration};

use async_trait::async_trait;
use domain::{
    Fault, Reach, Timestamp,
    changes::State,
    id::ChangeId,
    live::Topic,
    status::{StatusPage, WorkState},
    time::{DAY, SECOND},
};
use serde_json::json;

use super::{
    answer,
    answer::Planned,
    store::{
        self,
        work::{News, Told},
    },
    subscriptions::facts,
};
use crate::{Context, Engine, changes, db::stored, deliveries::subscribers};

/// Name of the engine, and of its bell.
const NAME: &str = "status";
/// What was told is kept so long after it is over.
const KEPT_MS: i64 = 90 * DAY;

/// The engine `status`.
pub struct Announcer {
    ctx: Context,
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
    let (change, id) = (planned.change.clone(), work.id.clone());
    Some(News { change, id, span: work.span, components: work.components.clone(), state })
}

/// What is new of what is planned no more, by where its change stands now.
fn of_gone(told: &Told, now: Option<&changes::Standing>) -> Result<Option<News>, Fault> {
    let began = told.began_at.is_some();
    let state = match now.map(|now| now.state) {
        // It was planned for later than anybody is told of, or its window was missed: that is told when it is decided.
        Some(State::Scheduled) => return Ok(None),
        Some(State::Executing) if began => return Ok(None),
        Some(State::Executing) => WorkState::Begun,
        now if began || matches!(now, Some(State::Observing | State::Closed)) => WorkState::Ended,
        _ => WorkState::CalledOff,
    };
    let components = serde_json::from_str(&told.components).unwrap_or_default();
    Ok(Some(News { change: stored(&told.change_id)?, id: told.id.clone(), span: told.span(), components, state }))
}

impl Announcer {
    /// The engine over the common ground.
    pub fn new(ctx: Context) -> Self {
        Self { ctx }
    }

    /// What is new on a page; asks, and writes nothing.
    async fn news(&self, page: &StatusPage, now: Timestamp) -> Result<Vec<News>, Fault> {
        let conn = &mut *self.ctx.db.read().await?;
        let told = store::work::open(conn, &page.id).await?;
        let systems = answer::systems(page);
        let planned = if systems.is_empty() { Vec::new() } else { answer::planned(conn, page, &systems, now).await? };
        let known: HashMap<&str, &Told> = told.iter().map(|told| (told.change_id.as_str(), told)).collect();
        let mut news: Vec<News> =
            planned.iter().filter_map(|planned| of_planned(planned, known.get(planned.change.as_str()).copied())).collect();
        let gone: Vec<&Told> = told.iter().filter(|told| planned.iter().all(|planned| planned.change.as_str() != told.change_id)).collect();
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
            if !store::work::note(&mut tx, &page.id, &news, now).await? {
                continue;
            }
            done += 1;
            let News { id, span, components, state, .. } = &news;
            let data = json!({
                "page": facts(&self.ctx.url, page),
                "work": { "id": id, "state": state, "components": components, "from": span.from.rfc3339(), "to": span.to.rfc3339() },
            });
            // Called off and planned anew it is told anew.
            let key = format!("status-work-{id}-{state}-{}", now.0 / SECOND);
            subscribers::tell(&mut tx, &self.ctx, page, &key, &data).await?;
        }
        tx.announce(Topic::Incidents, &page.id, Some(&page.team));
        tx.commit().await?;
        Ok(done)
    }

    async fn forget(&self, before: Timestamp) -> Result<(), Fault> {
        if store::work::is_over_before(&mut *self.ctx.db.read().await?, before).await? {
            let mut tx = self.ctx.begin_write().await?;
            store::work::forget(&mut tx, before).await?;
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
