//! `evenkeel probe`: the same program as an agent elsewhere. It only ever goes out: it fetches what it is to check and posts
//! what it found, over HTTPS, with a token that can do nothing else. While the portal is away it goes on checking, and keeps
//! its results within a bound.

use std::{
    collections::{HashMap, VecDeque},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use bytes::Bytes;
use domain::{
    Clock, Timestamp,
    id::MonitorId,
    monitors::{Assignment, Assignments, Report, Reported},
};
use http::{HeaderMap, HeaderValue, Method, StatusCode, header};
use secrecy::{ExposeSecret, SecretString};
use tokio::{
    sync::Notify,
    task::{Id, JoinSet},
    time::Instant,
};
use tokio_util::sync::CancellationToken;

use super::{
    engine::SLOW,
    probe::{self, Asking},
    schedule::{Lane, Launch, Schedule},
    store::PlannedRow,
};
use crate::{
    context::SystemClock,
    egress::{Egress, Request},
};

/// Results that are kept while the portal is away; beyond this the oldest are given up.
const KEPT: usize = 20_000;
/// Results in one batch.
const BATCH: usize = 500;
/// Between two batches, and between two signs of life where there are no results.
const BEAT: Duration = Duration::from_secs(1);
const ALIVE: Duration = Duration::from_secs(10);
/// Longest wait after the portal did not answer.
const PATIENCE: Duration = Duration::from_secs(30);
/// Checks at a time.
const ROOM: usize = 1_000;

/// The agent.
pub struct Agent {
    /// How the portal is reached.
    portal: Egress,
    /// How targets are.
    targets: Egress,
    url: String,
    token: SecretString,
    clock: Arc<dyn Clock>,
    schedule: Mutex<Schedule>,
    changed: Notify,
    found: Mutex<VecDeque<Reported>>,
}

/// Why the portal gave no answer that is one.
enum Unheard {
    /// It says that it does not know the token: no use in trying again.
    Refused,
    /// It is away, or says something else.
    Away(String),
}

impl Agent {
    /// An agent for the portal at `url`, which is `https`, or on this host.
    pub fn new(portal: Egress, targets: Egress, url: &str, token: SecretString) -> Result<Self, String> {
        let parsed = url::Url::parse(url).map_err(|error| format!("{url}: {error}"))?;
        let near = matches!(parsed.host_str(), Some("localhost" | "127.0.0.1" | "[::1]"));
        if parsed.scheme() != "https" && !(parsed.scheme() == "http" && near) {
            return Err(format!("{url}: expected https://…; in clear only to this host"));
        }
        Ok(Self {
            portal,
            targets,
            url: url.trim_end_matches('/').to_owned(),
            token,
            clock: Arc::new(SystemClock),
            schedule: Mutex::default(),
            changed: Notify::new(),
            found: Mutex::default(),
        })
    }

    fn schedule(&self) -> MutexGuard<'_, Schedule> {
        self.schedule.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn found(&self) -> MutexGuard<'_, VecDeque<Reported>> {
        self.found.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Works until it is told to stop, or the portal says that it has no such location.
    pub async fn run(&self, stop: &CancellationToken) -> Result<(), String> {
        tokio::select! {
            () = stop.cancelled() => Ok(()),
            outcome = self.fetch() => outcome,
            outcome = self.send() => outcome,
            () = self.check() => Ok(()),
        }
    }

    /// Asks the portal for something; gives the body of its answer.
    async fn ask(&self, method: Method, path: &str, body: Bytes, timeout: Duration) -> Result<Bytes, Unheard> {
        let mut headers = HeaderMap::new();
        let mut bearer = HeaderValue::try_from(format!("Bearer {}", self.token.expose_secret())).map_err(|_| Unheard::Refused)?;
        bearer.set_sensitive(true);
        headers.insert(header::AUTHORIZATION, bearer);
        headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/json"));
        let request = Request { headers, body, timeout, body_cap: 64 << 20, ..Request::new(method, format!("{}{path}", self.url)) };
        let answer = Box::pin(self.portal.request(request)).await.map_err(|error| Unheard::Away(error.to_string()))?;
        match answer.status {
            status if status.is_success() => Ok(answer.body),
            StatusCode::NOT_FOUND if is_removed(&answer.body) => Err(Unheard::Refused),
            status => Err(Unheard::Away(status.to_string())),
        }
    }

    /// Fetches what is to be checked, again and again.
    async fn fetch(&self) -> Result<(), String> {
        let (mut tag, mut wait) = (String::new(), BEAT);
        loop {
            let path = format!("/api/v1/probe/assignments?tag={tag}");
            let answer = self.ask(Method::GET, &path, Bytes::new(), Duration::from_secs(40)).await;
            let read =
                answer.and_then(|body| serde_json::from_slice::<Assignments>(&body).map_err(|error| Unheard::Away(error.to_string())));
            match read {
                Ok(given) => {
                    wait = BEAT;
                    if given.tag != tag {
                        tracing::info!(monitors = given.monitors.len(), "what is to be checked has changed");
                        self.schedule().rebuild(given.monitors.into_iter().filter_map(row).collect(), self.clock.now());
                        self.changed.notify_one();
                        tag = given.tag;
                    }
                }
                Err(Unheard::Refused) => return Err("the portal refuses the token".to_owned()),
                Err(Unheard::Away(why)) => {
                    tracing::warn!(why, "the portal does not say what is to be checked; what is known goes on");
                    tokio::time::sleep(jittered(wait)).await;
                    wait = (wait * 2).min(PATIENCE);
                }
            }
        }
    }

    /// Posts what was found, batch by batch; one that was not acknowledged is posted again as it was.
    async fn send(&self) -> Result<(), String> {
        let session = hex::encode(rand::random::<[u8; 12]>());
        let (mut number, mut wait, mut spoke) = (0, BEAT, None::<Instant>);
        let mut batch: Vec<Reported> = Vec::new();
        loop {
            tokio::time::sleep(jittered(wait)).await;
            if batch.is_empty() {
                let mut found = self.found();
                let end = found.len().min(BATCH);
                batch = found.drain(..end).collect();
                drop(found);
                if batch.is_empty() && spoke.is_some_and(|at| at.elapsed() < ALIVE) {
                    continue;
                }
                number += 1;
            }
            let version = env!("CARGO_PKG_VERSION").to_owned();
            let report = Report { session: session.clone(), number, sent_at: self.clock.now(), version, results: batch.clone() };
            let body = serde_json::to_vec(&report).map_err(|error| error.to_string())?;
            match self.ask(Method::POST, "/api/v1/probe/results", body.into(), Duration::from_secs(20)).await {
                Ok(_) => {
                    batch.clear();
                    (wait, spoke) = (BEAT, Some(Instant::now()));
                }
                Err(Unheard::Refused) => return Err("the portal refuses the token".to_owned()),
                Err(Unheard::Away(why)) => {
                    tracing::warn!(why, waiting = self.found().len(), "the portal does not take results; they are kept");
                    wait = (wait * 2).min(PATIENCE);
                }
            }
        }
    }

    fn keep(&self, reported: Reported) {
        let mut found = self.found();
        if found.len() >= KEPT {
            found.pop_front();
        }
        found.push_back(reported);
    }

    /// Checks what is due.
    async fn check(&self) {
        let mut checks: JoinSet<(Reported, Lane, Lane)> = JoinSet::new();
        let mut tasks: HashMap<Id, (MonitorId, Lane)> = HashMap::new();
        let mut passed = 0;
        loop {
            while let Some(launch) = self.schedule().launch(self.clock.now(), ROOM, &mut passed) {
                let place = (launch.monitor.clone(), launch.lane);
                let handle = checks.spawn(check(self.targets.clone(), launch, self.clock.now()));
                tasks.insert(handle.id(), place);
            }
            let due = self.schedule().next(ROOM);
            let wait = due.map_or(PATIENCE, |due| {
                Duration::from_millis(u64::try_from(due.since(self.clock.now()).max(1)).unwrap_or(1)).min(PATIENCE)
            });
            tokio::select! {
                Some(joined) = checks.join_next_with_id() => {
                    let id = joined.as_ref().map_or_else(tokio::task::JoinError::id, |(id, _)| *id);
                    let next = joined.as_ref().map_or(Lane::Quick, |(_, (_, _, next))| *next);
                    if let Some((monitor, lane)) = tasks.remove(&id) {
                        self.schedule().landed(&monitor, lane, next);
                    }
                    match joined {
                        Ok((_, (reported, ..))) => self.keep(reported),
                        Err(error) => tracing::error!(%error, "a check broke off"),
                    }
                }
                () = self.changed.notified() => {}
                () = tokio::time::sleep(wait) => {}
            }
        }
    }
}

/// So long, up to a fifth more: many agents that lost the portal together do not all come back at once.
fn jittered(wait: Duration) -> Duration {
    wait.mul_f64(1.0 + rand::random::<f64>() / 5.0)
}

/// Whether the portal itself says that there is no such location. What stands between (a proxy, a page for maintenance) may answer
/// 403, 404 or 502 as well, and means nothing by it.
fn is_removed(body: &[u8]) -> bool {
    let problem: serde_json::Value = serde_json::from_slice(body).unwrap_or_default();
    problem["type"] == "urn:evenkeel:problem:not-found" && problem["detail"] == "no such location"
}

/// An assignment as the schedule knows it; its secret travels in the place of the sealed one.
fn row(given: Assignment) -> Option<PlannedRow> {
    Some(PlannedRow {
        id: given.monitor.to_string(),
        kind: given.target.kind().name().to_owned(),
        target: serde_json::to_string(&given.target).ok()?,
        credential: given.secret.unwrap_or_default(),
        version: given.version,
        // Spread over their grid, not all in the moment of joining.
        last_at: Some(0),
    })
}

async fn check(egress: Egress, launch: Launch, at: Timestamp) -> (Reported, Lane, Lane) {
    let begin = Instant::now();
    let secret = (!launch.credential.is_empty()).then(|| SecretString::from(launch.credential.to_string()));
    let result = probe::probe(Asking::new(&egress, secret.as_ref(), at), &launch.target).await;
    let next = if result.latency_us.is_none() && begin.elapsed() > SLOW { Lane::Slow } else { Lane::Quick };
    (Reported { monitor: launch.monitor, version: launch.version, result }, launch.lane, next)
}
