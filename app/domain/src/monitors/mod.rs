//! The area `monitors`: its types and rules.

mod port;

pub use port::Monitors;
