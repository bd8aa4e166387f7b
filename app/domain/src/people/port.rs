//! What pages and the API may ask of `people`.

/// The port of the area `people`; `backend` implements it.
#[async_trait::async_trait]
pub trait People: Send + Sync {}
