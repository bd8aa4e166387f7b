//! What is checked, and how an answer is judged: one file for each kind, with its fields, its rules and what people type.

mod address;
mod answer;
mod body;
mod database;
mod dns;
mod grpc;
mod header;
mod heartbeat;
mod http;
mod icmp;
mod json;
mod pace;
mod redirect;
mod tcp;
mod tls;

use serde::{Deserialize, Serialize};

use crate::{
    form::{Check, Typed},
    words::words,
};

pub use address::{HostPort, parse_host};
pub use answer::Heard;
pub use body::{BodyMatch, MatchMode};
pub use database::DatabaseTarget;
pub use dns::{AnswerMode, DnsTarget, Rcode, RecordKind, Transport};
pub use grpc::GrpcTarget;
pub use header::HeaderMatch;
pub use heartbeat::Heartbeat;
pub use http::{HttpAuth, HttpTarget, Method};
pub use icmp::{IcmpTarget, Pings};
pub use json::{JsonMatch, JsonOp};
pub use pace::{Pace, expect_duration, parse_seconds};
pub use redirect::HttpVersion;
pub use tcp::{Step, TcpTarget, TcpTls, heard, parse_dialogue, spoken, write_dialogue};
pub use tls::{Chain, StartTls, TlsTarget, TlsVersion};

/// What stands in the place of a value that the reader may not see.
pub const CONCEALED: &str = "…";

words! {
    /// How something is checked.
    pub enum Kind {
        /// A URL is asked.
        Http = "http",
        /// A port is connected to, and perhaps spoken with.
        Tcp = "tcp",
        /// A certificate is looked at.
        Tls = "tls",
        /// A name server is asked.
        Dns = "dns",
        /// A host is pinged.
        Icmp = "icmp",
        /// The health service of gRPC is asked.
        Grpc = "grpc",
        /// A PostgreSQL server is spoken with.
        Postgres = "postgres",
        /// A MySQL or MariaDB server is spoken with.
        Mysql = "mysql",
        /// A Redis server is spoken with.
        Redis = "redis",
        /// A call is waited for.
        Heartbeat = "heartbeat",
    }
}

/// What is checked.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(tag = "kind", rename_all = "lowercase")]
#[expect(clippy::large_enum_variant, reason = "most of them are HTTP, and there are thousands, not millions")]
pub enum Target {
    /// A URL is asked.
    Http(HttpTarget),
    /// A port is connected to, and perhaps spoken with.
    Tcp(TcpTarget),
    /// A certificate is looked at.
    Tls(TlsTarget),
    /// A name server is asked.
    Dns(DnsTarget),
    /// A host is pinged.
    Icmp(IcmpTarget),
    /// The health service of gRPC is asked.
    Grpc(GrpcTarget),
    /// A PostgreSQL server is spoken with.
    Postgres(DatabaseTarget),
    /// A MySQL or MariaDB server is spoken with.
    Mysql(DatabaseTarget),
    /// A Redis server is spoken with.
    Redis(DatabaseTarget),
    /// A call is waited for.
    Heartbeat(Heartbeat),
    /// What is stored cannot be read, e.g. because a newer version wrote it: nothing is known of the target until it is
    /// edited.
    Unreadable {
        /// Of which kind it is.
        of: Kind,
        /// Why, in English.
        why: String,
    },
}

impl Target {
    /// Its kind.
    pub fn kind(&self) -> Kind {
        match self {
            Self::Http(_) => Kind::Http,
            Self::Tcp(_) => Kind::Tcp,
            Self::Tls(_) => Kind::Tls,
            Self::Dns(_) => Kind::Dns,
            Self::Icmp(_) => Kind::Icmp,
            Self::Grpc(_) => Kind::Grpc,
            Self::Postgres(_) => Kind::Postgres,
            Self::Mysql(_) => Kind::Mysql,
            Self::Redis(_) => Kind::Redis,
            Self::Heartbeat(_) => Kind::Heartbeat,
            Self::Unreadable { of, .. } => *of,
        }
    }

    /// How often it is asked, and how long it may take; `None` where nothing is asked.
    pub fn pace(&self) -> Option<Pace> {
        match self {
            Self::Http(t) => Some(t.pace),
            Self::Tcp(t) => Some(t.pace),
            Self::Tls(t) => Some(t.pace),
            Self::Dns(t) => Some(t.pace),
            Self::Icmp(t) => Some(t.pace),
            Self::Grpc(t) => Some(t.pace),
            Self::Postgres(t) | Self::Mysql(t) | Self::Redis(t) => Some(t.pace),
            Self::Heartbeat(_) | Self::Unreadable { .. } => None,
        }
    }

    /// Milliseconds between two results when all is well.
    pub fn interval_ms(&self) -> i64 {
        i64::from(match (self, self.pace()) {
            (_, Some(pace)) => pace.interval_s,
            (Self::Heartbeat(beat), None) => beat.deadline_s,
            (_, None) => 60,
        }) * 1_000
    }

    /// What it is that is checked, in technical words: a URL, an address, a question.
    pub fn what(&self) -> String {
        match self {
            Self::Http(t) => t.url.clone(),
            Self::Tcp(t) => t.address.to_string(),
            Self::Tls(t) => t.address.to_string(),
            Self::Dns(t) => match &t.server {
                Some(server) => format!("{} {} @{server}", t.record, t.lookup),
                None => format!("{} {}", t.record, t.lookup),
            },
            Self::Icmp(t) => t.host.clone(),
            Self::Grpc(t) => format!("{} {}", t.address, t.service).trim_end().to_owned(),
            Self::Postgres(t) | Self::Mysql(t) | Self::Redis(t) => t.address.to_string(),
            Self::Heartbeat(t) => format!("{} s + {} s", t.deadline_s, t.grace_s),
            Self::Unreadable { why, .. } => why.clone(),
        }
    }

    /// In which field the secret is typed that goes with it; `None` where none does.
    pub fn secret_field(&self) -> Option<&'static str> {
        match self {
            Self::Http(t) => t.auth.field(),
            Self::Postgres(t) | Self::Mysql(t) if t.user.is_empty() => None,
            Self::Postgres(_) | Self::Mysql(_) | Self::Redis(_) => Some("password"),
            _ => None,
        }
    }

    /// To whom a secret would be given: where it changes, the secret must be given anew, or an editor could have it sent to
    /// a place of their own.
    pub fn confidant(&self) -> String {
        match self {
            Self::Http(t) => t.confidant(),
            Self::Postgres(t) | Self::Mysql(t) | Self::Redis(t) => format!("{} {} {}", t.address, t.tls, t.accept_invalid),
            _ => String::new(),
        }
    }

    /// As everybody sees it who may not edit it: without what may hold a credential.
    #[must_use]
    pub fn concealed(mut self) -> Self {
        match &mut self {
            Self::Http(http) => http.conceal(),
            Self::Tcp(tcp) => tcp.conceal(),
            _ => {}
        }
        self
    }

    /// Reads the fields of a kind.
    pub(super) fn parse(kind: Kind, check: &mut Check<'_>, typed: &Typed) -> Option<Self> {
        match kind {
            Kind::Http => HttpTarget::parse(check, typed).map(Self::Http),
            Kind::Tcp => TcpTarget::parse(check, typed).map(Self::Tcp),
            Kind::Tls => TlsTarget::parse(check).map(Self::Tls),
            Kind::Dns => DnsTarget::parse(check, typed).map(Self::Dns),
            Kind::Icmp => IcmpTarget::parse(check).map(Self::Icmp),
            Kind::Grpc => GrpcTarget::parse(check, typed).map(Self::Grpc),
            Kind::Postgres => DatabaseTarget::parse(check, typed, 5_432).map(Self::Postgres),
            Kind::Mysql => DatabaseTarget::parse(check, typed, 3_306).map(Self::Mysql),
            Kind::Redis => DatabaseTarget::parse(check, typed, 6_379).map(Self::Redis),
            Kind::Heartbeat => Heartbeat::parse(check).map(Self::Heartbeat),
        }
    }

    /// The fields of what is stored, to fill a form.
    pub(super) fn fill(&self, typed: &mut Typed) {
        match self {
            Self::Http(t) => t.fill(typed),
            Self::Tcp(t) => t.fill(typed),
            Self::Tls(t) => t.fill(typed),
            Self::Dns(t) => t.fill(typed),
            Self::Icmp(t) => t.fill(typed),
            Self::Grpc(t) => t.fill(typed),
            Self::Postgres(t) | Self::Mysql(t) | Self::Redis(t) => t.fill(typed),
            Self::Heartbeat(t) => t.fill(typed),
            // Nothing can be said of it: whoever edits says it anew.
            Self::Unreadable { .. } => {}
        }
        if let Some(pace) = self.pace() {
            pace.fill(typed);
        }
    }
}
