//! The area `overview`: its types and rules.

mod port;

pub use port::Overview;
