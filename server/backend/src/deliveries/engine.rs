//! The courier: claims what is due, sends it, records how it ended.

use std::{collections::HashMap, time::Duration};

use async_trait::async_trait;
use bytes::Bytes;
use domain::{
    Fault, Timestamp,
    deliveries::{Outcome, State, after_attempt},
    id::{IncidentId, TeamId},
    incidents::EntryKind,
    live::Topic,
    time::SECOND,
};
use http::{HeaderMap, HeaderValue, Method, header};
use secrecy::{ExposeSecret, SecretString};
use tokio::task::JoinSet;

use super::{
    ENGINE, SECRET, sign,
    store::{self, Job},
};
use crate::{
    Context, Engine,
    db::stored,
    egress::{Egress, Request},
    incidents,
};

/// Messages under way at once to one channel, and in all.
const EACH: usize = 4;
const ALL: usize = 64;
/// Messages begun in one tick: a tick ends, so that the process can.
const BEGUN: usize = 1_000;
/// How long an endpoint may take, and how long a claim lasts: longer, so that a claim is not lost while it is used.
const TIMEOUT: Duration = Duration::from_secs(10);
const LEASE_MS: i64 = 60 * SECOND;

/// The engine `deliveries`.
#[derive(Clone)]
pub struct Courier {
    ctx: Context,
    egress: Egress,
}

impl Courier {
    /// The engine over the common ground, with the way out.
    pub fn new(ctx: Context, egress: Egress) -> Self {
        Self { ctx, egress }
    }

    /// Claims what is due and fits beside what is under way.
    async fn claim(&self, flying: &HashMap<String, usize>) -> Result<Vec<Job>, Fault> {
        let now = self.ctx.now();
        let due = store::due(&mut *self.ctx.db.read().await?, now, EACH as i64).await?;
        if due.is_empty() {
            return Ok(Vec::new());
        }
        let mut load = flying.clone();
        let mut room = ALL.saturating_sub(load.values().sum());
        let mut jobs = Vec::new();
        let mut tx = self.ctx.begin_write().await?;
        for due in due {
            let busy = load.entry(due.channel_id.clone()).or_default();
            if room == 0 || *busy >= EACH {
                continue;
            }
            if let Some(job) = store::claim(&mut tx, &due, now.plus(LEASE_MS)).await? {
                *busy += 1;
                room -= 1;
                jobs.push(job);
            }
        }
        tx.commit().await?;
        Ok(jobs)
    }

    /// One attempt, outside of any transaction, and its record.
    async fn attempt(&self, job: Job) -> (String, Result<(), Fault>) {
        let outcome = match self.send(&job).await {
            Ok(outcome) => outcome,
            Err(fault) => Outcome::Failed(fault.to_string()),
        };
        let channel = job.channel_id.clone();
        (channel, self.record(&job, &outcome).await)
    }

    async fn send(&self, job: &Job) -> Result<Outcome, Fault> {
        let opened = self.ctx.seal.unseal(SECRET, &job.secret)?;
        let secret = String::from_utf8(opened.expose_secret().to_vec()).map(SecretString::from).map_err(|_| Fault::Internal)?;
        let at_s = self.ctx.now().0.div_euclid(SECOND);
        let signature = sign::signature(&secret, &job.key, at_s, &job.payload)?;
        let mut headers = HeaderMap::new();
        headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/json"));
        headers.insert(header::USER_AGENT, HeaderValue::from_static(concat!("Evenkeel/", env!("CARGO_PKG_VERSION"))));
        for (name, value) in [("webhook-id", job.key.as_str()), ("webhook-timestamp", &at_s.to_string()), ("webhook-signature", &signature)]
        {
            headers.insert(name, HeaderValue::from_str(value).map_err(|_| Fault::Internal)?);
        }
        let mut request = Request::new(Method::POST, job.url.clone());
        request.headers = headers;
        request.body = Bytes::from(job.payload.clone());
        request.timeout = TIMEOUT;
        request.body_cap = 1 << 12;
        Ok(match self.egress.request(request).await {
            Ok(exchange) => Outcome::Answered(exchange.status.as_u16()),
            Err(error) => Outcome::Failed(error.to_string()),
        })
    }

    async fn record(&self, job: &Job, outcome: &Outcome) -> Result<(), Fault> {
        let now = self.ctx.now();
        let (state, next) = after_attempt(outcome, job.attempts, now, &job.id);
        let (status, error) = match outcome {
            Outcome::Answered(status) if outcome.arrived() => (Some(i64::from(*status)), String::new()),
            Outcome::Answered(status) => (Some(i64::from(*status)), format!("status {status}, expected 2xx")),
            Outcome::Failed(error) => (None, error.chars().take(500).collect()),
        };
        let mut tx = self.ctx.begin_write().await?;
        if !store::record(&mut tx, job, state, next, now, status, &error).await? {
            return Ok(());
        }
        tx.announce(Topic::Deliveries, &job.id, TeamId::parse(&job.team_id).as_ref());
        if let Some(incident) = &job.incident_id {
            let incident: IncidentId = stored(incident)?;
            let told = format!("{} → {}", job.event, job.channel_name);
            let link = format!("/admin/deliveries/{}", job.id);
            match state {
                State::Delivered => {
                    incidents::note(&mut tx, &self.ctx, &incident, ENGINE, EntryKind::Delivered, &told, Some(&link)).await?;
                }
                State::Dead => {
                    let told = format!("{told}: {error}");
                    incidents::note(&mut tx, &self.ctx, &incident, ENGINE, EntryKind::DeliveryFailed, &told, Some(&link)).await?;
                }
                State::Waiting | State::Sending => {}
            }
        }
        tx.commit().await
    }
}

#[async_trait]
impl Engine for Courier {
    fn name(&self) -> &'static str {
        ENGINE
    }

    fn period(&self) -> Duration {
        Duration::from_secs(1)
    }

    /// Sends until nothing is due. A slow endpoint does not hold the others up: while it takes its time, the bell is
    /// heard and the rest goes out.
    async fn tick(&self, _now: Timestamp) -> Result<u64, Fault> {
        let bell = self.ctx.bus.bell(ENGINE);
        let mut load: HashMap<String, usize> = HashMap::new();
        // Tasks of their own: an attempt that waits for the database must go on while this claims the next ones.
        let mut flying = JoinSet::new();
        let (mut begun, mut done, mut trouble) = (0, 0, None);
        loop {
            if begun < BEGUN && trouble.is_none() {
                match self.claim(&load).await {
                    Ok(jobs) => {
                        for job in jobs {
                            *load.entry(job.channel_id.clone()).or_default() += 1;
                            begun += 1;
                            let this = self.clone();
                            flying.spawn(async move { this.attempt(job).await });
                        }
                    }
                    Err(fault) => trouble = Some(fault),
                }
            }
            if flying.is_empty() {
                return trouble.map_or(Ok(done), Err);
            }
            tokio::select! {
                Some(landed) = flying.join_next() => {
                    let Ok((channel, outcome)) = landed else {
                        trouble = Some(Fault::Internal);
                        continue;
                    };
                    if let Some(count) = load.get_mut(&channel) {
                        *count -= 1;
                    }
                    match outcome {
                        Ok(()) => done += 1,
                        Err(fault) => trouble = Some(fault),
                    }
                }
                () = bell.notified() => {}
            }
        }
    }
}
