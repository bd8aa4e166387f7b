//! The service: each method is one act or one reading.

use async_trait::async_trait;
use domain::{
    Actor, Fault, Span,
    form::Typed,
    id::{RuleId, SourceId, SystemId},
    rules::{Instance, Preview, Rule, Rules, Slot, import::Report},
};

use super::{acts, import, reads};
use crate::{Context, egress::Egress, transactions};

/// Implements [`domain::rules::Rules`].
pub struct Service {
    ctx: Context,
    egress: Egress,
    counts: transactions::Settings,
}

impl Service {
    /// The service over the common ground; a preview asks sources through `egress`, the settings say how long transactions are kept.
    pub fn new(ctx: Context, egress: Egress, counts: transactions::Settings) -> Self {
        Self { ctx, egress, counts }
    }
}

#[async_trait]
impl Rules for Service {
    async fn list(&self, actor: &Actor) -> Result<Vec<Rule>, Fault> {
        reads::list(&self.ctx, actor).await
    }
    async fn get(&self, actor: &Actor, id: &RuleId) -> Result<Rule, Fault> {
        reads::get(&self.ctx, actor, id).await
    }
    async fn instances(&self, actor: &Actor, id: &RuleId) -> Result<Vec<Instance>, Fault> {
        reads::instances(&self.ctx, actor, id).await
    }
    async fn values(&self, actor: &Actor, id: &RuleId, span: Span) -> Result<Vec<Slot>, Fault> {
        reads::values(&self.ctx, actor, id, span).await
    }
    async fn create(&self, actor: &Actor, typed: &Typed) -> Result<RuleId, Fault> {
        acts::create(&self.ctx, actor, typed).await
    }
    async fn edit(&self, actor: &Actor, id: &RuleId, typed: &Typed) -> Result<(), Fault> {
        acts::edit(&self.ctx, actor, id, typed).await
    }
    async fn pause(&self, actor: &Actor, id: &RuleId, paused: bool) -> Result<(), Fault> {
        acts::pause(&self.ctx, actor, id, paused).await
    }
    async fn delete(&self, actor: &Actor, id: &RuleId) -> Result<(), Fault> {
        acts::delete(&self.ctx, actor, id).await
    }
    async fn preview(&self, actor: &Actor, id: Option<&RuleId>, typed: &Typed) -> Result<Preview, Fault> {
        reads::preview(&self.ctx, (&self.egress, &self.counts), actor, (id, typed)).await
    }
    async fn import(&self, actor: &Actor, system: &SystemId, source: &SourceId, yaml: &str, plan: bool) -> Result<Report, Fault> {
        import::import(&self.ctx, actor, system, source, yaml, plan).await
    }
}
