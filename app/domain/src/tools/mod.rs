//! The area `tools`: its types and rules.

mod port;

pub use port::Tools;
