//! The area `incidents`: its types and rules.

mod port;

pub use port::Incidents;
