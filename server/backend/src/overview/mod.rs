//! The service of the area `overview`: reads what the areas tell, and owns nothing itself.

mod glance;
mod search;
mod summary;

use std::sync::Arc;

use async_trait::async_trait;
use domain::{
    Actor, Fault, Permission, Span,
    changes::Changes,
    incidents::Incidents,
    overview::{Events, Found, Glance, Overview, Summary},
    tools::Tools,
};

use crate::{Context, changes, incidents};

/// Implements [`domain::overview::Overview`].
pub struct Service {
    ctx: Context,
    areas: Areas,
}

/// The areas that are asked through their ports, with the asker's own authority.
pub struct Areas {
    /// Changes, for the search and what waits for approval.
    pub changes: Arc<dyn Changes>,
    /// Incidents, for the search.
    pub incidents: Arc<dyn Incidents>,
    /// Tools, for the search.
    pub tools: Arc<dyn Tools>,
}

impl Service {
    /// The service over the common ground and the areas.
    pub fn new(ctx: Context, areas: Areas) -> Self {
        Self { ctx, areas }
    }
}

#[async_trait]
impl Overview for Service {
    async fn glance(&self, actor: &Actor) -> Result<Glance, Fault> {
        actor.require_somewhere(Permission::Read)?;
        let glance = glance::read(&mut *self.ctx.db.read().await?, actor).await?;
        let approvals = if actor.may_somewhere(Permission::ApproveChanges) { self.areas.changes.waiting(actor).await?.len() } else { 0 };
        Ok(Glance { approvals: i64::try_from(approvals).unwrap_or(i64::MAX), ..glance })
    }

    async fn search(&self, actor: &Actor, text: &str) -> Result<Vec<Found>, Fault> {
        actor.require_somewhere(Permission::Read)?;
        search::read(&self.ctx, &self.areas, actor, text).await
    }

    async fn summary(&self, actor: &Actor) -> Result<Summary, Fault> {
        actor.require_somewhere(Permission::Read)?;
        summary::read(&mut *self.ctx.db.read().await?, actor, self.ctx.now()).await
    }

    async fn events(&self, actor: &Actor, span: Span) -> Result<Events, Fault> {
        actor.require_somewhere(Permission::Read)?;
        let mut conn = self.ctx.db.read().await?;
        let reach = actor.reach(Permission::Read);
        let changes = changes::between(&mut conn, &reach, span).await?;
        Ok(Events { changes, incidents: incidents::during(&mut conn, &reach, span).await? })
    }
}
