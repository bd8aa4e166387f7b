//! What pages and the API may ask of `tools`.

/// The port of the area `tools`; `backend` implements it.
#[async_trait::async_trait]
pub trait Tools: Send + Sync {}
