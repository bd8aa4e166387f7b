//! What pages and the API may ask of `changes`.

/// The port of the area `changes`; `backend` implements it.
#[async_trait::async_trait]
pub trait Changes: Send + Sync {}
