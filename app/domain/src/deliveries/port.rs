//! What pages and the API may ask of `deliveries`.

/// The port of the area `deliveries`; `backend` implements it.
#[async_trait::async_trait]
pub trait Deliveries: Send + Sync {}
