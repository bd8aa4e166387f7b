//! Why a request gave no answer.

use std::net::IpAddr;

/// Which part of a request was under way.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Phase {
    /// Asking for the address of the name.
    Dns,
    /// Opening the connection.
    Connect,
    /// Agreeing on TLS.
    Tls,
    /// Waiting for the head of the answer.
    FirstByte,
    /// Reading the body of the answer, or what is said over a connection.
    Body,
}

impl Phase {
    /// A stable word, e.g. for a metric label.
    pub fn word(self) -> &'static str {
        match self {
            Self::Dns => "dns",
            Self::Connect => "connect",
            Self::Tls => "tls",
            Self::FirstByte => "first-byte",
            Self::Body => "body",
        }
    }
}

/// Why a request gave no answer. The texts are technical detail; pages say [`EgressError::code`] in the reader's language.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum EgressError {
    /// The request itself cannot be sent.
    #[error("{0}")]
    Invalid(String),
    /// No address of the host may be connected to.
    #[error("{host} ({address}) is an inside address that was not connected to; the setting egress.allow does not hold it")]
    Refused {
        /// The host asked for.
        host: String,
        /// Its first address.
        address: IpAddr,
    },
    /// The name does not exist.
    #[error("{0}")]
    NoSuchName(String),
    /// Our own name resolution failed: says nothing of the target.
    #[error("{0}")]
    Resolver(String),
    /// No connection.
    #[error("{0}")]
    Connect(String),
    /// No agreement on TLS, or the certificate is not valid.
    #[error("{0}")]
    Tls(String),
    /// The time was over during this phase.
    #[error("{}", .0.word())]
    Timeout(Phase),
    /// What came back is not the protocol, or broke off.
    #[error("{0}")]
    Protocol(String),
    /// The machine does not permit us to ask in this way.
    #[error("{0}")]
    NotPermitted(String),
    /// A redirect that is not followed: too many, downwards to http, or to nowhere.
    #[error("{0}")]
    Redirect(String),
}

impl EgressError {
    /// Stable code, e.g. `refused-address`.
    pub fn code(&self) -> &'static str {
        match self {
            Self::Invalid(_) => "invalid-request",
            Self::Refused { .. } => "refused-address",
            Self::NoSuchName(_) => "no-such-name",
            Self::Resolver(_) | Self::Timeout(Phase::Dns) => "dns",
            Self::Connect(_) => "connect",
            Self::Tls(_) => "tls",
            Self::Timeout(_) => "timeout",
            Self::Protocol(_) => "protocol",
            Self::Redirect(_) => "redirect",
            Self::NotPermitted(_) => "not-permitted",
        }
    }

    /// What was met, `connect: 192.0.2.1:443: Connection refused`, as it is kept and said again in the reader's language.
    pub fn told(&self) -> String {
        format!("{}: {self}", self.code())
    }

    /// Whether the fault is on our side, so that nothing is known of the target.
    pub fn is_ours(&self) -> bool {
        matches!(self, Self::Resolver(_) | Self::Timeout(Phase::Dns) | Self::Invalid(_) | Self::NotPermitted(_))
    }
}
