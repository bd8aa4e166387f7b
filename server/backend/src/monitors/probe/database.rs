//! What the probes of databases share: the connection, secured where it is to be, and the words of a refusal.

use domain::monitors::{DatabaseTarget, Reason};
use secrecy::ExposeSecret;

use super::{Asking, Miss, wire::Wire};
use crate::egress::Security;

/// How the connection of a target is to be secured.
pub(super) fn security(target: &DatabaseTarget) -> Security {
    Security { accept_invalid: target.accept_invalid, ..Security::default() }
}

/// Secures a connection for the host of the target.
pub(super) async fn secure(wire: Wire, asking: &Asking<'_>, target: &DatabaseTarget) -> Result<Wire, Miss> {
    wire.secure(asking, target.address.host(), security(target)).await
}

/// The password, or the empty text.
pub(super) fn password<'a>(asking: &Asking<'a>) -> &'a str {
    asking.secret.map(ExposeSecret::expose_secret).unwrap_or_default()
}

/// A login that was refused.
pub(super) fn refused(what: impl std::fmt::Display) -> Miss {
    Miss::Told(Reason::Login, what.to_string())
}

/// A server that says it is not well.
pub(super) fn unwell(what: impl std::fmt::Display) -> Miss {
    Miss::Told(Reason::Unhealthy, what.to_string())
}

/// A text that ends with a zero byte, and what follows it.
pub(super) fn text_until_zero(bytes: &[u8]) -> (String, &[u8]) {
    let end = bytes.iter().position(|byte| *byte == 0).unwrap_or(bytes.len());
    (String::from_utf8_lossy(&bytes[..end]).into_owned(), bytes.get(end + 1..).unwrap_or_default())
}
