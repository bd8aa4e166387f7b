//! The service of the area `incidents`.

use crate::Context;

/// Implements [`domain::incidents::Incidents`].
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

impl domain::incidents::Incidents for Service {}
