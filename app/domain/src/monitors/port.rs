//! What pages and the API may ask of `monitors`.

/// The port of the area `monitors`; `backend` implements it.
#[async_trait::async_trait]
pub trait Monitors: Send + Sync {}
