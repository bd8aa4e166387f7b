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
    Context, Engine, WriteTx,
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
/// What was left by a channel that was removed, given up in one transaction.
const BURIED: u32 = 100;
/// Why it was given up.
const REMOVED: &str = "the channel was removed";

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
        let mut due = Vec::new();
        {
            let conn = &mut *self.ctx.db.read().await?;
            for channel in store::busy_channels(conn, now).await? {
                // A slow endpoint does not hold up the others.
                let room = EACH.saturating_sub(flying.get(&channel.id).copied().unwrap_or_default());
                if room > 0 {
                    due.extend(store::due(conn, &channel, now, room).await?);
                }
            }
        }
        due.sort_by(|a, b| (a.next_at, &a.id).cmp(&(b.next_at, &b.id)));
        due.truncate(ALL.saturating_sub(flying.values().sum()));
        if due.is_empty() {
            return Ok(Vec::new());
        }
        let mut jobs = Vec::new();
        let mut tx = self.ctx.begin_write().await?;
        for due in due {
            jobs.extend(store::claim(&mut tx, &due, now.plus(LEASE_MS)).await?);
        }
        tx.commit().await?;
        Ok(jobs)
    }

    /// Gives up what channels that were removed have left behind; gives how many it were.
    async fn bury(&self, now: Timestamp) -> Result<u64, Fault> {
        let mut done = 0;
        loop {
            let left = store::left_behind(&mut *self.ctx.db.read().await?, now, BURIED).await?;
            if left.is_empty() {
                return Ok(done);
            }
            let mut tx = self.ctx.begin_write().await?;
            for left in left {
                if store::mark_dead(&mut tx, &left, REMOVED).await? {
                    done += 1;
                    tx.announce(Topic::Deliveries, &left.id, TeamId::parse(&left.team_id).as_ref());
                    let told = format!("{} → {}: {REMOVED}", left.event, left.channel_name);
                    self.note(&mut tx, left.incident_id.as_deref(), EntryKind::DeliveryFailed, &told, &left.id).await?;
                }
            }
            tx.commit().await?;
        }
    }

    /// Writes into the timeline of the incident that a delivery concerns, if it concerns one.
    async fn note(&self, tx: &mut WriteTx, incident: Option<&str>, kind: EntryKind, told: &str, delivery: &str) -> Result<(), Fault> {
        let Some(incident) = incident else { return Ok(()) };
        let incident: IncidentId = stored(incident)?;
        incidents::note(tx, &self.ctx, &incident, ENGINE, kind, told, Some(&format!("/admin/deliveries/{delivery}"))).await
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
        let mut request = Request::new(Method::POST, job.target.clone());
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
        let told = format!("{} → {}", job.event, job.channel_name);
        let incident = job.incident_id.as_deref();
        match state {
            State::Delivered => self.note(&mut tx, incident, EntryKind::Delivered, &told, &job.id).await?,
            State::Dead => self.note(&mut tx, incident, EntryKind::DeliveryFailed, &format!("{told}: {error}"), &job.id).await?,
            State::Waiting | State::Sending => {}
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
    async fn tick(&self, now: Timestamp) -> Result<u64, Fault> {
        // What cannot be given up does not keep the rest from being sent.
        let buried = self.bury(now).await.unwrap_or_else(|fault| {
            tracing::error!(%fault, "what removed channels left behind was not given up");
            0
        });
        let bell = self.ctx.bus.bell(ENGINE);
        let mut load: HashMap<String, usize> = HashMap::new();
        // Tasks of their own: an attempt that waits for the database must go on while this claims the next ones.
        let mut flying = JoinSet::new();
        let (mut begun, mut done, mut trouble) = (0, buried, None);
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
