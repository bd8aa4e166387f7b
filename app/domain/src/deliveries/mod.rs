//! The area `deliveries`: its types and rules.

mod port;

pub use port::Deliveries;
