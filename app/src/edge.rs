//! What the edge has found out about a request's connection; each stands in the request's extensions.

use std::net::IpAddr;

/// Who is at the other end: the peer's address, or what a trusted proxy says it was.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Peer(pub IpAddr);

/// Whether the reader's connection is encrypted, by us or by a trusted proxy: decides name and attributes of cookies.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Secure(pub bool);

impl Secure {
    /// Name of the session cookie: the `__Host-` prefix binds it to this host, but needs TLS.
    pub fn session_cookie(self) -> &'static str {
        if self.0 { "__Host-ek_session" } else { "ek_session" }
    }
}
