//! What pages and the API may ask of `audit`.

/// The port of the area `audit`; `backend` implements it.
#[async_trait::async_trait]
pub trait Audit: Send + Sync {}
