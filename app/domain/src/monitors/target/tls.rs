//! A check of what a server shows of its certificates.

use serde::{Deserialize, Serialize};

use super::{HostPort, Pace, parse_host};
use crate::{
    Timestamp, Wording,
    form::{Check, Typed, one_of, whole},
    monitors::Reason,
    time::DAY,
    words::words,
};

words! {
    /// Versions of TLS.
    #[derive(Default)]
    pub enum TlsVersion {
        /// 1.2.
        #[default]
        V12 = "1.2",
        /// 1.3.
        V13 = "1.3",
    }
}

words! {
    /// What is said in the clear before TLS begins.
    #[derive(Default)]
    pub enum StartTls {
        /// Nothing: TLS from the first byte.
        #[default]
        Never = "none",
        /// SMTP: RFC 3207.
        Smtp = "smtp",
        /// IMAP: RFC 9051.
        Imap = "imap",
        /// POP3: RFC 2595.
        Pop3 = "pop3",
        /// PostgreSQL: its `SSLRequest`.
        Postgres = "postgres",
    }
}

impl StartTls {
    /// The port that is usual for it.
    fn port(self) -> u16 {
        match self {
            Self::Never => 443,
            Self::Smtp => 25,
            Self::Imap => 143,
            Self::Pop3 => 110,
            Self::Postgres => 5432,
        }
    }
}

/// A check of certificates.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct TlsTarget {
    /// Where.
    pub address: HostPort,
    /// How often.
    #[serde(flatten)]
    pub pace: Pace,
    /// The name that the certificate must be for; empty for the host.
    pub server_name: String,
    /// Days that every certificate of the chain must still hold.
    pub tls_days: u32,
    /// What the issuer of the certificate must contain; empty for any.
    pub issuer: String,
    /// The oldest version of TLS that counts.
    pub tls_min: TlsVersion,
    /// What is said in the clear first.
    #[serde(default)]
    pub starttls: StartTls,
}

/// What was shown.
#[derive(Debug, Clone, Default)]
pub struct Chain {
    /// Why the chain is not valid for the name; `None` where it is.
    pub problem: Option<String>,
    /// Who issued the first certificate.
    pub issuer: String,
    /// When the first of the chain ends; `None` where that cannot be read.
    pub ends_at: Option<Timestamp>,
}

impl TlsTarget {
    pub(super) fn parse(check: &mut Check<'_>) -> Option<Self> {
        let starttls = check.optional("starttls", |text| StartTls::parse(text).ok_or_else(|| one_of(StartTls::ALL)));
        let port = starttls.flatten().unwrap_or_default().port();
        let address = check.field("address", |text| HostPort::parse(text, Some(port)));
        let pace = Pace::parse(check);
        let server_name = check.optional("server_name", parse_host);
        let tls_days = check.optional("tls_days", |text| whole(text, 1, 365));
        let issuer = check.field("issuer", |text| {
            if text.chars().count() > 200 {
                Err(Wording::new("expect-at-most-characters").with("max", 200))
            } else {
                Ok(text.trim().to_owned())
            }
        });
        let tls_min = tls_min(check);
        Some(Self {
            address: address?,
            pace: pace?,
            server_name: server_name?.unwrap_or_default(),
            tls_days: tls_days?.unwrap_or(14),
            issuer: issuer?,
            tls_min: tls_min?,
            starttls: starttls?.unwrap_or_default(),
        })
    }

    pub(super) fn fill(&self, typed: &mut Typed) {
        typed.set("address", &self.address);
        typed.set("server_name", &self.server_name);
        typed.set("tls_days", self.tls_days);
        typed.set("issuer", &self.issuer);
        typed.set("tls_min", self.tls_min);
        typed.set("starttls", self.starttls);
    }

    /// The name that the certificate must be for.
    pub fn name(&self) -> &str {
        if self.server_name.is_empty() { self.address.host() } else { &self.server_name }
    }

    /// Judges what was shown.
    pub fn judge(&self, shown: &Chain, now: Timestamp) -> (Reason, String) {
        if let Some(problem) = &shown.problem {
            return (Reason::Tls, problem.clone());
        }
        if !self.issuer.is_empty() && !shown.issuer.to_lowercase().contains(&self.issuer.to_lowercase()) {
            return (Reason::Certificate, format!("{}, expected “{}”", shown.issuer, self.issuer));
        }
        match shown.ends_at {
            Some(end) => expiry(end, self.tls_days, now).unwrap_or((Reason::Fine, String::new())),
            None => (Reason::Tls, "the certificate cannot be read".to_owned()),
        }
    }
}

/// Whether a certificate ends too soon.
pub(super) fn expiry(end: Timestamp, days: u32, now: Timestamp) -> Option<(Reason, String)> {
    let left = end.since(now);
    (left < i64::from(days) * DAY)
        .then(|| (Reason::Expiry, format!("{} ({} d left, {days} d wanted)", end.rfc3339(), left.div_euclid(DAY))))
}

pub(super) fn tls_min(check: &mut Check<'_>) -> Option<TlsVersion> {
    let version = check.optional("tls_min", |text| TlsVersion::parse(text).ok_or_else(|| one_of(TlsVersion::ALL)));
    version.map(|version| version.unwrap_or(TlsVersion::V12))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_chain_then_the_issuer_then_the_end() {
        let target = TlsTarget {
            address: HostPort::parse("example.org", Some(443)).unwrap(),
            pace: Pace { interval_s: 60, timeout_s: 10 },
            server_name: String::new(),
            tls_days: 14,
            issuer: "let's encrypt".into(),
            tls_min: TlsVersion::V12,
            starttls: StartTls::Never,
        };
        let shown = |problem: Option<&str>, issuer: &str, days: i64| Chain {
            problem: problem.map(str::to_owned),
            issuer: issuer.to_owned(),
            ends_at: Some(Timestamp(days * DAY)),
        };
        let reason = |shown: Chain| target.judge(&shown, Timestamp(0)).0;
        assert_eq!(reason(shown(Some("UnknownIssuer"), "x", 1)), Reason::Tls);
        assert_eq!(reason(shown(None, "CN=Somebody", 1)), Reason::Certificate);
        assert_eq!(reason(shown(None, "C=US, O=Let's Encrypt, CN=R3", 13)), Reason::Expiry);
        assert_eq!(reason(shown(None, "C=US, O=Let's Encrypt, CN=R3", 14)), Reason::Fine);
        assert_eq!(target.name(), "example.org");
    }
}
