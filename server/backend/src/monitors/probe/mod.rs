//! One check of a target: a file for each kind. Everything leaves through the house's one client, has one deadline, and
//! reads no more than a bound.

mod database;
mod dns;
mod grpc;
mod http;
mod icmp;
mod mysql;
mod postgres;
mod redis;
mod scram;
mod starttls;
mod tcp;
mod tls;
mod wire;

use std::time::Duration;

use domain::{
    Timestamp,
    monitors::{CheckResult, Fact, FactKind, Pace, Reason, Target, Verdict},
};
use secrecy::SecretString;
use tokio::time::Instant;

use crate::egress::{Egress, EgressError};

/// Characters of technical detail that are kept.
const DETAIL: usize = 300;

/// What a check goes by.
pub(super) struct Asking<'a> {
    pub(super) egress: &'a Egress,
    /// The secret that goes with the target, where there is one.
    pub(super) secret: Option<&'a SecretString>,
    /// The moment at which the check begins.
    pub(super) at: Timestamp,
    begin: Instant,
    deadline: Instant,
    most: Duration,
}

impl<'a> Asking<'a> {
    pub(super) fn new(egress: &'a Egress, secret: Option<&'a SecretString>, at: Timestamp) -> Self {
        let begin = Instant::now();
        Self { egress, secret, at, begin, deadline: begin, most: Duration::MAX }
    }

    /// Waits no longer than this, whatever the target says.
    pub(super) fn at_most(self, most: Duration) -> Self {
        Self { most, ..self }
    }

    fn within(self, pace: Pace) -> Self {
        Self { deadline: self.begin + Duration::from_secs(u64::from(pace.timeout_s)).min(self.most), ..self }
    }
}

/// How long each phase took, as far as it was reached.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Phases {
    dns: Duration,
    connect: Duration,
    tls: Duration,
    /// Until what was asked was answered.
    answer: Duration,
}

/// What a probe found where an answer came.
#[derive(Default)]
pub(super) struct Sight {
    phases: Phases,
    /// What is wrong with the answer; `None` where nothing is.
    wrong: Option<(Reason, String)>,
    tls_expires_at: Option<Timestamp>,
    facts: Vec<Fact>,
    /// The latency, where it is another than the time of the whole check.
    latency: Option<Duration>,
}

impl Sight {
    fn tell(&mut self, kind: FactKind, text: impl std::fmt::Display) {
        self.facts.push(Fact::new(kind, text));
    }

    /// Takes a judgement over: what is fine is not wrong.
    fn judged(&mut self, (reason, detail): (Reason, String)) {
        self.wrong = (reason != Reason::Fine).then_some((reason, detail));
    }
}

/// Why a probe found no answer that could be judged.
#[derive(Debug)]
pub(super) enum Miss {
    /// The client says why.
    Egress(EgressError),
    /// The target does.
    Told(Reason, String),
}

impl From<EgressError> for Miss {
    fn from(error: EgressError) -> Self {
        Self::Egress(error)
    }
}

impl Miss {
    fn protocol(what: impl std::fmt::Display) -> Self {
        Self::Told(Reason::Protocol, what.to_string())
    }
}

/// Checks a target once.
pub(super) async fn probe(asking: Asking<'_>, target: &Target) -> CheckResult {
    let at = asking.at;
    let asking = match target.pace() {
        Some(pace) => asking.within(pace),
        None => asking,
    };
    let begin = asking.begin;
    let found = match target {
        Target::Http(http) => return Box::pin(http::probe(&asking, http)).await,
        Target::Tcp(tcp) => Box::pin(tcp::probe(&asking, tcp)).await,
        Target::Tls(tls) => Box::pin(tls::probe(&asking, tls)).await,
        Target::Dns(dns) => Box::pin(dns::probe(&asking, dns)).await,
        Target::Icmp(icmp) => Box::pin(icmp::probe(&asking, icmp)).await,
        Target::Grpc(grpc) => Box::pin(grpc::probe(&asking, grpc)).await,
        Target::Postgres(database) => Box::pin(postgres::probe(&asking, database)).await,
        Target::Mysql(database) => Box::pin(mysql::probe(&asking, database)).await,
        Target::Redis(database) => Box::pin(redis::probe(&asking, database)).await,
        Target::Heartbeat(_) => return CheckResult::bare(at, Verdict::Unknown, Reason::Unreadable, "a heartbeat is not asked"),
        Target::Unreadable { why, .. } => return CheckResult::bare(at, Verdict::Unknown, Reason::Unreadable, why),
    };
    match found {
        Ok(sight) => seen(sight, begin.elapsed(), at),
        Err(Miss::Egress(error)) => failed(&error, at),
        Err(Miss::Told(reason, detail)) => CheckResult::bare(at, Verdict::Down, reason, cut(detail)),
    }
}

fn us(time: Duration) -> Option<i64> {
    i64::try_from(time.as_micros()).ok()
}

fn seen(sight: Sight, took: Duration, at: Timestamp) -> CheckResult {
    let (verdict, (reason, detail)) = match sight.wrong {
        None => (Verdict::Up, (Reason::Fine, String::new())),
        Some(wrong) => (Verdict::Down, wrong),
    };
    let phases = sight.phases;
    CheckResult {
        latency_us: us(sight.latency.unwrap_or(took)),
        dns_us: us(phases.dns),
        connect_us: us(phases.connect),
        tls_us: us(phases.tls),
        first_byte_us: us(phases.answer),
        tls_expires_at: sight.tls_expires_at,
        facts: sight.facts,
        ..CheckResult::bare(at, verdict, reason, cut(detail))
    }
}

fn failed(error: &EgressError, at: Timestamp) -> CheckResult {
    let reason = Reason::parse(error.code()).unwrap_or(Reason::Protocol);
    // What we may not or cannot ask tells nothing of the target.
    let ours = error.is_ours() || reason == Reason::RefusedAddress;
    let verdict = if ours { Verdict::Unknown } else { Verdict::Down };
    CheckResult::bare(at, verdict, reason, cut(error.to_string()))
}

/// A detail as it is kept: what a target says may hold anything, and a database does not take everything.
fn cut(mut text: String) -> String {
    text.retain(|letter| !letter.is_control());
    if let Some((at, _)) = text.char_indices().nth(DETAIL) {
        text.truncate(at);
        text.push('…');
    }
    text
}
