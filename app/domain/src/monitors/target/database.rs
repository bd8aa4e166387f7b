//! A check by speaking with a database: it greets, takes the login where there is one, and answers a ping.

use serde::{Deserialize, Serialize};

use super::{HostPort, Pace, grpc::line};
use crate::form::{Check, Typed};

/// A check by speaking with a database.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct DatabaseTarget {
    /// Where.
    pub address: HostPort,
    /// How often.
    #[serde(flatten)]
    pub pace: Pace,
    /// Whether the connection is secured before anything else is said.
    pub tls: bool,
    /// Whether a certificate that is not valid is accepted (and reported).
    pub accept_invalid: bool,
    /// Who logs in; empty where the greeting is enough.
    pub user: String,
    /// The database that is opened; empty for that of the user.
    pub database: String,
}

impl DatabaseTarget {
    pub(super) fn parse(check: &mut Check<'_>, typed: &Typed, usual: u16) -> Option<Self> {
        let address = check.field("address", |text| HostPort::parse(text, Some(usual)));
        let pace = Pace::parse(check);
        let user = check.field("user", |text| line(text, 120));
        let database = check.field("database", |text| line(text, 120));
        Some(Self {
            address: address?,
            pace: pace?,
            tls: typed.has("tls"),
            accept_invalid: typed.has("accept_invalid"),
            user: user?,
            database: database?,
        })
    }

    pub(super) fn fill(&self, typed: &mut Typed) {
        typed.set("address", &self.address);
        typed.set("user", &self.user);
        typed.set("database", &self.database);
        for (name, on) in [("tls", self.tls), ("accept_invalid", self.accept_invalid)] {
            if on {
                typed.set(name, "on");
            }
        }
    }
}
