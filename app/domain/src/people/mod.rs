//! The area `people`: its types and rules.

mod port;

pub use port::People;
