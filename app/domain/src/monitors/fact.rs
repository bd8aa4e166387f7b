//! What a check has seen beside its times: kept of the last result, so that a person sees what a probe saw.

use serde::{Deserialize, Serialize};

use crate::words::words;

words! {
    /// What is told.
    pub enum FactKind {
        /// The address that answered.
        Peer = "peer",
        /// The version of HTTP that was spoken.
        HttpVersion = "http-version",
        /// The URL that answered, after redirects.
        Url = "url",
        /// The version of TLS that was spoken.
        TlsVersion = "tls-version",
        /// A certificate of the chain, the server's own first: its subject, its issuer, its end.
        Certificate = "certificate",
        /// What is wrong with the chain, though it was accepted.
        Accepted = "accepted",
        /// A line that was waited for, or an answer of a name server.
        Answer = "answer",
        /// The code of a name server's answer.
        Rcode = "rcode",
        /// The name server that was asked.
        Server = "server",
        /// Percent of requests lost.
        Loss = "loss",
        /// Shortest, mean and longest time of an answer.
        RoundTrip = "round-trip",
        /// What a health service says.
        Serving = "serving",
        /// The version that a server says it is.
        ServerVersion = "server-version",
    }
}

/// One thing that was seen.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Fact {
    /// What it tells.
    pub kind: FactKind,
    /// Technical text, in English; at most 300 characters.
    pub text: String,
}

impl Fact {
    /// A fact; longer text is cut.
    pub fn new(kind: FactKind, text: impl std::fmt::Display) -> Self {
        let mut text = text.to_string();
        text.retain(|letter| !letter.is_control());
        if let Some((at, _)) = text.char_indices().nth(299) {
            text.truncate(at);
            text.push('…');
        }
        Self { kind, text }
    }
}
