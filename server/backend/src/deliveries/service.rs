//! The service of deliveries.

use crate::Context;

/// Implements [`domain::deliveries::Deliveries`].
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

impl domain::deliveries::Deliveries for Service {}
