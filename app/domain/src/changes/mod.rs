//! The area `changes`: its types and rules.

mod port;

pub use port::Changes;
