//! A check by the health service of gRPC (`grpc.health.v1.Health/Check`).

use serde::{Deserialize, Serialize};

use super::{HostPort, Pace};
use crate::{
    Wording,
    form::{Check, Typed},
    text::one_line,
};

/// A check by the health service.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct GrpcTarget {
    /// Where.
    pub address: HostPort,
    /// How often.
    #[serde(flatten)]
    pub pace: Pace,
    /// The service asked about; empty for the whole server.
    pub service: String,
    /// Whether it is asked over TLS.
    pub tls: bool,
    /// Whether a certificate that is not valid is accepted (and reported).
    pub accept_invalid: bool,
}

impl GrpcTarget {
    pub(super) fn parse(check: &mut Check<'_>, typed: &Typed) -> Option<Self> {
        let address = check.field("address", |text| HostPort::parse(text, None));
        let pace = Pace::parse(check);
        let service = check.field("service", |text| line(text, 200));
        Some(Self { address: address?, pace: pace?, service: service?, tls: typed.has("tls"), accept_invalid: typed.has("accept_invalid") })
    }

    pub(super) fn fill(&self, typed: &mut Typed) {
        typed.set("address", &self.address);
        typed.set("service", &self.service);
        for (name, on) in [("tls", self.tls), ("accept_invalid", self.accept_invalid)] {
            if on {
                typed.set(name, "on");
            }
        }
    }
}

/// One line of text that may be empty.
pub(super) fn line(text: &str, max: usize) -> Result<String, Wording> {
    let text = text.trim();
    if text.chars().count() > max {
        return Err(Wording::new("expect-at-most-characters").with("max", max));
    }
    one_line(text).map(|()| text.to_owned())
}
