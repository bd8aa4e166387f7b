//! What pages and the API may ask of `systems`.

/// The port of the area `systems`; `backend` implements it.
#[async_trait::async_trait]
pub trait Systems: Send + Sync {}
