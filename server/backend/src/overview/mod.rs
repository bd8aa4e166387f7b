//! The service of the area `overview`: reads what the areas tell, and owns nothing itself.

mod glance;
mod search;
mod summary;

use std::{sync::Arc, time::Duration};

use async_trait::async_trait;
use domain::{
    Actor, Fault, Permission, Reach, Span,
    alerts::Alerts,
    changes::Changes,
    incidents::Incidents,
    monitors::Monitors,
    objectives::Objectives,
    oncall::OnCall,
    overview::{Events, Found, Glance, Overview, Summary},
    rules::Rules,
    sources::Sources,
    status::Status,
    tools::Tools,
};

use crate::{Context, changes, incidents, shared::Shared};

use summary::DayStrips;

/// How long what was read for one reader serves the others.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Settings {
    /// The overview, among those who may read the same teams.
    pub summary: Duration,
    /// The names of tools, rules and the like, for the search, among those who may read the same teams.
    pub tools: Duration,
    /// The strips of the last two hours, among everybody.
    pub strips: Duration,
    /// The strips of the hours before, which do not change any more, among everybody.
    pub hours_over: Duration,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            summary: Duration::from_secs(1),
            tools: Duration::from_secs(10),
            strips: Duration::from_secs(5),
            hours_over: Duration::from_secs(600),
        }
    }
}

impl Settings {
    /// Everybody reads for themselves.
    pub const ALONE: Self = Self { summary: Duration::ZERO, tools: Duration::ZERO, strips: Duration::ZERO, hours_over: Duration::ZERO };
}

/// Implements [`domain::overview::Overview`].
pub struct Service {
    ctx: Context,
    areas: Areas,
    summaries: Shared<Reach, Summary>,
    toolbox: search::Toolbox,
    strips: DayStrips,
}

/// The areas that are asked through their ports, with the asker's own authority.
pub struct Areas {
    /// Alerts, for the search.
    pub alerts: Arc<dyn Alerts>,
    /// Changes, for the search.
    pub changes: Arc<dyn Changes>,
    /// Incidents, for the search.
    pub incidents: Arc<dyn Incidents>,
    /// Monitors, for the search.
    pub monitors: Arc<dyn Monitors>,
    /// Objectives, for the search.
    pub objectives: Arc<dyn Objectives>,
    /// Schedules, for the search.
    pub oncall: Arc<dyn OnCall>,
    /// Rules, for the search.
    pub rules: Arc<dyn Rules>,
    /// Sources, for the search.
    pub sources: Arc<dyn Sources>,
    /// Status pages, for the search.
    pub status: Arc<dyn Status>,
    /// Tools, for the search.
    pub tools: Arc<dyn Tools>,
}

impl Service {
    /// The service over the common ground and the areas.
    pub fn new(ctx: Context, areas: Areas, settings: &Settings) -> Self {
        let (summaries, toolbox) = (Shared::new(settings.summary), Shared::new(settings.tools));
        Self { ctx, areas, summaries, toolbox, strips: DayStrips::new(settings.hours_over, settings.strips) }
    }
}

#[async_trait]
impl Overview for Service {
    async fn glance(&self, actor: &Actor) -> Result<Glance, Fault> {
        actor.require_somewhere(Permission::Read)?;
        glance::read(&mut *self.ctx.db.read().await?, actor, self.ctx.now()).await
    }

    async fn search(&self, actor: &Actor, text: &str) -> Result<Vec<Found>, Fault> {
        actor.require_somewhere(Permission::Read)?;
        search::read(&self.ctx, &self.areas, &self.toolbox, actor, text).await
    }

    async fn summary(&self, actor: &Actor) -> Result<Summary, Fault> {
        actor.require_somewhere(Permission::Read)?;
        let reach = actor.reach(Permission::Read);
        let read = async { summary::read(&mut *self.ctx.db.read().await?, &reach, &self.strips, self.ctx.now()).await };
        self.summaries.get(reach.clone(), read).await
    }

    async fn events(&self, actor: &Actor, span: Span) -> Result<Events, Fault> {
        actor.require_somewhere(Permission::Read)?;
        let mut conn = self.ctx.db.read().await?;
        let reach = actor.reach(Permission::Read);
        let changes = changes::between(&mut conn, &reach, span).await?;
        Ok(Events { changes, incidents: incidents::during(&mut conn, &reach, span).await? })
    }
}
