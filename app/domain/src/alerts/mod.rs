//! The area `alerts`: its types and rules.

mod port;

pub use port::Alerts;
