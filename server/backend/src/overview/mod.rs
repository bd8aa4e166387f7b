//! The service of the area `overview`: reads what the areas tell, and owns nothing itself.

mod glance;
mod search;

use async_trait::async_trait;
use domain::{
    Actor, Fault, Permission,
    overview::{Found, Glance, Overview},
};

use crate::Context;

/// Implements [`domain::overview::Overview`].
pub struct Service {
    ctx: Context,
}

impl Service {
    /// The service over the common ground.
    pub fn new(ctx: Context) -> Self {
        Self { ctx }
    }
}

#[async_trait]
impl Overview for Service {
    async fn glance(&self, actor: &Actor) -> Result<Glance, Fault> {
        actor.require_somewhere(Permission::Read)?;
        glance::read(&mut *self.ctx.db.read().await?, actor).await
    }

    async fn search(&self, actor: &Actor, text: &str) -> Result<Vec<Found>, Fault> {
        actor.require_somewhere(Permission::Read)?;
        search::read(&mut *self.ctx.db.read().await?, actor, text).await
    }
}
