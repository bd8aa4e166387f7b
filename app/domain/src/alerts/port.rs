//! What pages and the API may ask of `alerts`.

/// The port of the area `alerts`; `backend` implements it.
#[async_trait::async_trait]
pub trait Alerts: Send + Sync {}
