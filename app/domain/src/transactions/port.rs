//! What pages and the API may ask of `transactions`.

/// The port of the area `transactions`; `backend` implements it.
#[async_trait::async_trait]
pub trait Transactions: Send + Sync {}
