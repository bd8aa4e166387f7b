//! What pages and the API may ask of `incidents`.

/// The port of the area `incidents`; `backend` implements it.
#[async_trait::async_trait]
pub trait Incidents: Send + Sync {}
