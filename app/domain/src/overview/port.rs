//! What pages and the API may ask of `overview`.

/// The port of the area `overview`; `backend` implements it.
#[async_trait::async_trait]
pub trait Overview: Send + Sync {}
