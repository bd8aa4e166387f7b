//! The area `transactions`: its types and rules.

mod port;

pub use port::Transactions;
