//! The service of the area `overview`.

use crate::Context;

/// Implements [`domain::overview::Overview`].
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

impl domain::overview::Overview for Service {}
