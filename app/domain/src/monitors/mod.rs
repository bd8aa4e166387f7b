//! Monitors: something that is checked, again and again, and what is known of it.
//!
//! Most ask: a URL, a port, a certificate, a name server, a database ([`Kind`]); a *heartbeat* waits to be called. Each check gives a verdict; after enough equal verdicts
//! in a row the state moves ([`rule::judge`]). A fault on our own side (name resolution) gives *unknown*, never *down*, and
//! missing data never gives *up*.

mod credential;
mod expected;
mod fact;
mod filter;
mod import;
mod input;
mod location;
mod maintained;
mod many;
mod port;
mod recurring;
pub mod rule;
mod series;
mod target;

use serde::{Deserialize, Serialize};

use crate::{
    Timestamp,
    alerts::Severity,
    id::{MonitorId, SystemId, TeamId},
    systems::Brief,
    words::words,
};
pub use credential::SecretInput;
pub use expected::StatusSet;
pub use fact::{Fact, FactKind};
pub use filter::Filter;
pub use import::{Called, Fate, IMPORT_FIELDS, ImportItem, ImportPlan, Note, Origin, names};
pub use input::{Draft, FIELDS};
pub use location::{
    Assignment, Assignments, HERE, LOST_MS, Location, LocationDraft, Locations, NewLocation, Place, PlaceStanding, Places, Report, Reported,
};
pub use maintained::{Done, was_maintained};
pub use many::{Act, Many};
pub use port::Monitors;
pub use recurring::Recurring;
pub use series::{Cell, CellState, Point, Resolution, Series, StripCell, bucket_of};
pub use target::{
    AnswerMode, BodyMatch, CONCEALED, Chain, DatabaseTarget, DnsTarget, GrpcTarget, HeaderMatch, Heard, Heartbeat, HostPort, HttpAuth,
    HttpTarget, HttpVersion, IcmpTarget, JsonMatch, JsonOp, Kind, MatchMode, Method, Pace, Pings, Rcode, RecordKind, StartTls, Step,
    Target, TcpTarget, TcpTls, TlsTarget, TlsVersion, Transport, expect_duration, heard, parse_dialogue, parse_host, parse_seconds, spoken,
    write_dialogue,
};

words! {
    /// What one check found.
    pub enum Verdict {
        /// As it should be.
        Up = "up",
        /// Not as it should be.
        Down = "down",
        /// The fault is on our side: nothing is known of the target.
        Unknown = "unknown",
    }
    /// What is believed of a monitor, after enough equal verdicts in a row.
    pub enum State {
        /// No result yet.
        New = "new",
        /// Works.
        Up = "up",
        /// Does not work.
        Down = "down",
        /// Nobody knows.
        Unknown = "unknown",
    }
    /// What a person is shown: the state, unless something stands before it.
    pub enum Shown {
        /// Does not work.
        Down = "down",
        /// Nobody knows.
        Unknown = "unknown",
        /// Under maintenance: checked, but tells nobody.
        Maintenance = "maintenance",
        /// Not checked now.
        Paused = "paused",
        /// No result yet.
        New = "new",
        /// Works.
        Up = "up",
    }
    /// Why a check found what it found.
    pub enum Reason {
        /// Everything was as expected.
        Fine = "fine",
        /// A heartbeat was called in time.
        Called = "called",
        /// A heartbeat was not called in time.
        Missed = "missed",
        /// The status is not an expected one.
        Status = "status",
        /// The body does not hold what it must, or holds what it must not.
        Body = "body",
        /// A header of the answer is not as it must be.
        Header = "header",
        /// The JSON of the answer is not as it must be.
        Json = "json",
        /// The certificate ends too soon.
        Expiry = "expiry",
        /// No agreement on TLS, or the certificate is not valid.
        Tls = "tls",
        /// The certificate is another than expected.
        Certificate = "certificate",
        /// The answer is another than expected.
        Answer = "answer",
        /// The code of a name server's answer is another than expected.
        Rcode = "rcode",
        /// Too many requests were lost.
        Loss = "loss",
        /// The answers took too long.
        Slow = "slow",
        /// The service says that it is not well.
        Unhealthy = "unhealthy",
        /// The login was refused.
        Login = "login",
        /// The time was over.
        Timeout = "timeout",
        /// No connection.
        Connect = "connect",
        /// What came back is not the protocol, or broke off.
        Protocol = "protocol",
        /// A redirect that is not followed, or leads elsewhere than it must.
        Redirect = "redirect",
        /// Another version of HTTP answers than must.
        HttpVersion = "http-version",
        /// The name does not exist.
        NoSuchName = "no-such-name",
        /// Our own name resolution failed.
        Dns = "dns",
        /// The address may not be connected to.
        RefusedAddress = "refused-address",
        /// The request itself cannot be sent.
        InvalidRequest = "invalid-request",
        /// The machine that checks does not permit this kind of check.
        NotPermitted = "not-permitted",
        /// Too much came to be looked at: nothing was wrong with what was.
        Unseen = "unseen",
        /// Not enough places say so.
        Quorum = "quorum",
        /// The location is lost: its agent is not heard of.
        LocationLost = "location-lost",
        /// What is stored of the monitor cannot be read.
        Unreadable = "unreadable",
    }
}

impl Reason {
    /// Why a check may fail although what it looks at answers: the certificate ends soon, the answers take long. That is no sign that a
    /// system is down.
    pub const ANSWERS: [Self; 2] = [Self::Expiry, Self::Slow];
}

/// The outcome of one check.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct CheckResult {
    /// When the check began; strictly later than the one before of the same monitor.
    pub at: Timestamp,
    /// What it found.
    pub verdict: Verdict,
    /// Why.
    pub reason: Reason,
    /// Technical detail of the reason, in English, e.g. the status or what the system said; may be empty.
    pub detail: String,
    /// Status of the answer, where one came.
    pub status: Option<u16>,
    /// Whole time in microseconds, where an answer came.
    pub latency_us: Option<i64>,
    /// Name resolution, in microseconds.
    pub dns_us: Option<i64>,
    /// Opening the connection, in microseconds.
    pub connect_us: Option<i64>,
    /// TLS handshake, in microseconds.
    pub tls_us: Option<i64>,
    /// From the request to the head of the answer, in microseconds.
    pub first_byte_us: Option<i64>,
    /// When the certificate ends, where one was shown.
    pub tls_expires_at: Option<Timestamp>,
    /// What else was seen, e.g. the version spoken or the answers; kept of the last result only.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub facts: Vec<Fact>,
}

impl CheckResult {
    /// A result without an answer from the network.
    pub fn bare(at: Timestamp, verdict: Verdict, reason: Reason, detail: impl Into<String>) -> Self {
        Self {
            at,
            verdict,
            reason,
            detail: detail.into(),
            status: None,
            latency_us: None,
            dns_us: None,
            connect_us: None,
            tls_us: None,
            first_byte_us: None,
            tls_expires_at: None,
            facts: Vec::new(),
        }
    }
}

/// What is known of a monitor.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Standing {
    /// What is believed.
    pub state: State,
    /// Since when.
    pub since: Timestamp,
    /// Equal verdicts in a row that speak against the state; 0 where the last one agreed.
    pub run: u32,
    /// What those say.
    pub leaning: Option<Verdict>,
    /// The last result.
    pub last: Option<CheckResult>,
}

impl Standing {
    /// Before the first result.
    pub fn fresh(at: Timestamp) -> Self {
        Self { state: State::New, since: at, run: 0, leaning: None, last: None }
    }
}

/// A monitor, and what is known of it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Monitor {
    /// Its id.
    pub id: MonitorId,
    /// The system it belongs to.
    pub system: Brief,
    /// Its name.
    pub name: String,
    /// What is checked.
    pub target: Target,
    /// Whether a secret is stored that goes with it.
    pub has_secret: bool,
    /// From where it is checked.
    #[serde(flatten)]
    pub places: Places,
    /// How bad it is when it is down.
    pub severity: Severity,
    /// Equal verdicts in a row that move the state.
    pub needed: u32,
    /// Seconds from *down* to a firing alert; `null` for none.
    pub hold_s: Option<u32>,
    /// Seconds that *up* must last before the alert is resolved; `null` for 10.
    pub recover_s: Option<u32>,
    /// Whether checks are suspended.
    pub paused: bool,
    /// Until when it tells nobody; `null` for no maintenance.
    pub maintenance_until: Option<Timestamp>,
    /// What a person is shown now.
    pub shown: Shown,
    /// What is known.
    pub standing: Standing,
    /// Grows with every edit; an edit names the one it began from.
    pub version: i64,
    /// When it was made.
    pub created_at: Timestamp,
    /// When it was last edited.
    pub updated_at: Timestamp,
}

impl Monitor {
    /// As everybody sees it who may not edit it: without what may hold a credential.
    #[must_use]
    pub fn concealed(mut self) -> Self {
        self.target = self.target.concealed();
        self
    }
}

/// What other areas want to know of a monitor.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct MonitorState {
    /// Its id.
    pub id: MonitorId,
    /// Its name.
    pub name: String,
    /// The system it belongs to.
    pub system: SystemId,
    /// The team of that system.
    pub team: TeamId,
    /// What a person is shown.
    pub shown: Shown,
    /// Since when its state holds.
    pub since: Timestamp,
    /// How bad it is when it is down.
    pub severity: Severity,
}

/// One row of the list: a monitor, its last 24 hours by the hour.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Row {
    /// The monitor.
    pub monitor: Monitor,
    /// 24 cells, oldest first.
    pub day: Vec<Point>,
}
