//! The service of the area `explanations`: which slices explain a span, and what was found by itself for alerts and incidents.
//!
//! The search is that of [`crate::transactions::explain`]; the engine [`Explainer`] runs it for alerts on transactions from
//! their first sign on, and for every open incident. **Invariants:** what was found stands as data and is worded when it is
//! read; an explanation is read by whoever may read its alert or incident; finding nothing later takes nothing back.

mod engine;
mod store;
mod subjects;

use std::{sync::Arc, time::Duration};

use async_trait::async_trait;
use domain::{
    Actor, Fault, Permission, Reach, Span, Timestamp,
    id::{AlertId, IncidentId},
    incidents::EntryKind,
    slices::{Asked, EVERYWHERE, Explanation, Explanations, Told},
    time::{MINUTE, SECOND},
    words::NotAWord,
};
use jiff::tz::TimeZone;
use sqlx::AnyConnection;
use tokio::sync::Semaphore;

use crate::{
    Context, WriteTx, alerts, incidents, streams, systems,
    transactions::{
        self,
        explain::{Within, explain, kept},
    },
    turns::turn_at,
};
pub use engine::{Explainer, NAME};
use store::{Heard, Stored};

/// What an explanation belongs to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) enum Subject {
    /// An alert.
    Alert,
    /// An incident.
    Incident,
}

impl Subject {
    fn name(self) -> &'static str {
        match self {
            Self::Alert => "alert",
            Self::Incident => "incident",
        }
    }
}

impl std::str::FromStr for Subject {
    type Err = NotAWord;
    fn from_str(word: &str) -> Result<Self, NotAWord> {
        [Self::Alert, Self::Incident].into_iter().find(|subject| subject.name() == word).ok_or(NotAWord)
    }
}

/// Spans that are explained at a time where somebody asks: each takes months of counts at worst.
const TURNS: usize = 2;
/// How long somebody waits for their turn.
const PATIENCE: Duration = Duration::from_secs(10);

/// Implements [`Explanations`].
#[derive(Clone)]
pub struct Service {
    ctx: Context,
    settings: transactions::Settings,
    turn: Arc<Semaphore>,
}

impl Service {
    /// The service over the common ground; the settings say how long which counts are kept.
    pub fn new(ctx: Context, settings: transactions::Settings) -> Self {
        Self { ctx, settings, turn: Arc::new(Semaphore::new(TURNS)) }
    }

    async fn explained(&self, reach: &Reach, asked: &Asked) -> Result<Explanation, Fault> {
        let conn = &mut *self.ctx.db.read().await?;
        let systems = systems::all(conn, reach).await?;
        let streams = streams::of(conn, systems).await?;
        let now = self.ctx.now();
        let zone = domain::time::zone(&asked.zone).unwrap_or(TimeZone::UTC);
        let kept = kept(&self.settings, &streams, &asked.filter, now)?;
        let told = Span { from: asked.span.from, to: asked.span.to.min(now).max(asked.span.from) };
        self.settings.expect_span(told, streams.iter().map(|stream| stream.keeping))?;
        let (filter, excused, looked) = (&asked.filter, asked.excused.as_slice(), asked.looked);
        let within = Within { streams: &streams, filter, excused, zone: &zone, looked, currency: "", kept: &kept, now };
        explain(conn, &within, asked.span).await
    }
}

#[async_trait]
impl Explanations for Service {
    async fn explain(&self, actor: &Actor, asked: &Asked) -> Result<Explanation, Fault> {
        actor.require_somewhere(Permission::Read)?;
        let turn = turn_at(&self.turn, PATIENCE).await?;
        let (this, reach, asked) = (self.clone(), actor.reach(Permission::Read), asked.clone());
        // Whoever asked may be gone before it is done: the turn is over when it is.
        let task = tokio::spawn(async move {
            let _turn = turn;
            this.explained(&reach, &asked).await
        });
        task.await.map_err(|_| Fault::Internal)?
    }

    async fn of_alert(&self, actor: &Actor, id: &AlertId) -> Result<Option<Told>, Fault> {
        actor.require_somewhere(Permission::Read)?;
        let conn = &mut *self.ctx.db.read().await?;
        let (team, incident) = alerts::place(conn, id).await?;
        if !actor.reach(Permission::Read).includes(&team) {
            return Err(Fault::NotFound("alert"));
        }
        let own = told(conn, Subject::Alert, id.as_str()).await?;
        match incident.filter(|_| own.is_none()) {
            // What looks at no transactions itself is explained by what its incident cost.
            Some(incident) if incidents::readable(conn, actor, &incident).await.is_ok() => {
                told(conn, Subject::Incident, incident.as_str()).await
            }
            _ => Ok(own),
        }
    }

    async fn of_incident(&self, actor: &Actor, id: &IncidentId) -> Result<Option<Told>, Fault> {
        actor.require_somewhere(Permission::Read)?;
        let conn = &mut *self.ctx.db.read().await?;
        incidents::readable(conn, actor, id).await?;
        told(conn, Subject::Incident, id.as_str()).await
    }
}

async fn told(conn: &mut AnyConnection, subject: Subject, id: &str) -> Result<Option<Told>, Fault> {
    Ok(store::get(conn, subject, id).await?.map(|stored| stored.told))
}

/// What was found for an incident, for the messages about it.
pub(crate) async fn of_incident(conn: &mut AnyConnection, id: &str) -> Result<Option<Explanation>, Fault> {
    Ok(told(conn, Subject::Incident, id).await?.map(|told| told.explanation))
}

/// What was found for an alert that lasts, for the words of its rule.
pub(crate) async fn of_running(conn: &mut AnyConnection, alert: &AlertId) -> Result<Option<Explanation>, Fault> {
    Ok(told(conn, Subject::Alert, alert.as_str()).await?.map(|told| told.explanation).filter(Explanation::is_trouble))
}

/// The incidents within reach that named a value since a moment, the newest first, with what was found: the history of a merchant.
pub(crate) async fn naming(
    conn: &mut AnyConnection,
    reach: &Reach,
    dimension: &str,
    value: &str,
    since: Timestamp,
) -> Result<Vec<(IncidentId, i64, String, Told)>, Fault> {
    let mut found = Vec::new();
    for id in store::naming(conn, reach, (dimension, value), since, 100).await? {
        let Some(id) = IncidentId::parse(&id) else { continue };
        if let Some((number, title, _)) = incidents::title(conn, reach, &id).await?
            && let Some(told) = told(conn, Subject::Incident, id.as_str()).await?
        {
            found.push((id, number, title, told));
        }
    }
    Ok(found)
}

/// An alert has opened or joined an incident: what was found for the alert while it was pending is known there from the
/// beginning, so that the first message about the incident names it.
pub(crate) async fn adopt(tx: &mut WriteTx, ctx: &Context, alert: &AlertId, incident: &IncidentId) -> Result<(), Fault> {
    let Some(found) = store::get(tx, Subject::Alert, alert.as_str()).await? else { return Ok(()) };
    if store::get(tx, Subject::Incident, incident.as_str()).await?.is_none() {
        keep(tx, ctx, Subject::Incident, incident.as_str(), found.told.explanation).await?;
    }
    Ok(())
}

/// How often the timeline of an incident is told something new.
const TELLINGS: i64 = 6;
/// How long another slice must be found without a break before the timeline is set right: the first handful may point at less than the
/// whole of it. Twice as long with every telling after that, as what flickers is no news.
const STEADY_MS: i64 = 20 * SECOND;
/// How long until the timeline hears what is found beside the same slice.
const BESIDE_MS: i64 = 2 * MINUTE;

/// The slice that a label names first.
fn first(label: &str) -> &str {
    label.split("; ").next().unwrap_or(label)
}

/// Whether the timeline hears of a label. That a slice stands out where nothing did before is news at once.
fn is_news(label: &str, heard: &Heard, now: Timestamp) -> bool {
    let named = heard.named.as_str();
    let ripe = if heard.tellings == 0 || named.starts_with(EVERYWHERE) && !label.starts_with(EVERYWHERE) {
        true
    } else if first(label) == first(named) {
        now.since(heard.told_at) >= BESIDE_MS
    } else {
        now.since(heard.steady_since) >= STEADY_MS << (heard.tellings - 1)
    };
    ripe && label != named && heard.tellings < TELLINGS
}

/// Keeps what was found; the timeline of an incident hears of it where something else is named than before.
async fn keep(tx: &mut WriteTx, ctx: &Context, subject: Subject, id: &str, explanation: Explanation) -> Result<(), Fault> {
    let now = ctx.now();
    let explanation = explanation.brief();
    let label = explanation.label();
    let (first_at, mut heard, steady) = match store::get(tx, subject, id).await? {
        Some(before) => (before.told.first_at, before.heard, first(&before.told.explanation.label()) == first(&label)),
        None => (now, Heard::default(), false),
    };
    if !steady {
        heard.steady_since = now;
    }
    let news = is_news(&label, &heard, now);
    if news {
        heard = Heard { named: label, tellings: heard.tellings + 1, told_at: now, ..heard };
    }
    let stored = Stored { told: Told { first_at, settled: false, explanation }, heard };
    store::save(tx, subject, id, &stored).await?;
    if let Some(incident) = IncidentId::parse(id).filter(|_| subject == Subject::Incident && news) {
        let link = stored.told.explanation.path();
        incidents::note(tx, ctx, &incident, NAME, EntryKind::Finding, &words(&stored.told.explanation), Some(&link)).await?;
    }
    Ok(())
}

/// `link=L3 merchant=M17 code=91 · 92 % · 312/400`: figures and names need no translation.
fn words(explanation: &Explanation) -> String {
    let (share, observed, total) = explanation.culprits.first().map_or((1.0, explanation.observed, explanation.total), |culprit| {
        (culprit.share, culprit.observed, if explanation.looked.is_rate() { culprit.total } else { culprit.expected })
    });
    format!("{} · {:.0} % · {observed:.0}/{total:.0}", explanation.label(), share * 100.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_steady_sets_right_what_was_told_and_what_flickers_is_no_news() {
        let whole = "link=L1 code=91";
        let narrow = "link=L1 channel=app code=91";
        let heard = |named: &str, tellings, label: &str, steady: i64, told: i64| {
            let now = Timestamp(10 * MINUTE);
            let named = named.to_owned();
            is_news(label, &Heard { named, tellings, told_at: now.plus(-told), steady_since: now.plus(-steady) }, now)
        };
        assert!(heard("", 0, narrow, 0, 0));
        assert!(heard("* code=91", 3, narrow, 0, 0), "it stands out now");
        assert!(!heard(narrow, 1, whole, 10 * SECOND, MINUTE) && heard(narrow, 1, whole, 20 * SECOND, MINUTE));
        assert!(!heard(narrow, 2, whole, 30 * SECOND, MINUTE) && heard(narrow, 2, whole, 40 * SECOND, MINUTE));
        let second = "link=L1 code=91; merchant=M2 code=05";
        assert!(!heard(whole, 1, second, MINUTE, MINUTE) && heard(whole, 1, second, MINUTE, 2 * MINUTE));
        assert!(!heard(narrow, 1, narrow, 9 * MINUTE, 9 * MINUTE) && !heard(narrow, TELLINGS, whole, 9 * MINUTE, 9 * MINUTE));
    }
}
