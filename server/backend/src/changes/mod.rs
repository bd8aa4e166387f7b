//! The service of the area `changes`.

use crate::Context;

/// Implements [`domain::changes::Changes`].
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

impl domain::changes::Changes for Service {}
