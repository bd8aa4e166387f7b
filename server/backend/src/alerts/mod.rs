//! The service of the area `alerts`.

use crate::Context;

/// Implements [`domain::alerts::Alerts`].
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

impl domain::alerts::Alerts for Service {}
