//! The service of the area `people`.

use async_trait::async_trait;
use domain::{
    Fault,
    people::{Credential, Identity},
};

use crate::Context;

/// Implements [`domain::people::People`].
pub struct Service {
    #[expect(dead_code, reason = "the area is being built")]
    ctx: Context,
}

impl Service {
    /// The service over the common ground.
    pub fn new(ctx: Context) -> Self {
        Self { ctx }
    }
}

#[async_trait]
impl domain::people::People for Service {
    async fn authenticate(&self, _credential: Credential<'_>) -> Result<Identity, Fault> {
        Err(Fault::Unauthenticated)
    }
}
