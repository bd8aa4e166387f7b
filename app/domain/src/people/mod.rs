//! The area `people`: its types and rules.

mod identity;
mod port;

pub use identity::{Credential, Identity, Locale, Preferences, Theme};
pub use port::People;
