//! What pages and the API may ask of `people`.

use super::{Credential, Identity};
use crate::Fault;

/// The port of the area `people`; `backend` implements it.
#[async_trait::async_trait]
pub trait People: Send + Sync {
    /// Who shows this credential. [`Fault::Unauthenticated`] where it is not valid (any more).
    async fn authenticate(&self, credential: Credential<'_>) -> Result<Identity, Fault>;
}
