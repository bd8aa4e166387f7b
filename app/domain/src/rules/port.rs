//! What pages and the API may ask of `rules`.

use super::{Instance, Preview, Rule, Slot, import::Report};
use crate::{
    Actor, Fault, Span,
    form::Typed,
    id::{RuleId, SourceId, SystemId},
};

/// The port of the area `rules`; `backend` implements it.
#[async_trait::async_trait]
pub trait Rules: Send + Sync {
    /// Rules within reach: what holds first, then what nobody knows, then by group and name.
    async fn list(&self, actor: &Actor) -> Result<Vec<Rule>, Fault>;

    /// One rule.
    async fn get(&self, actor: &Actor, id: &RuleId) -> Result<Rule, Fault>;

    /// Its label sets as they were last, those that hold first; at most 200.
    async fn instances(&self, actor: &Actor, id: &RuleId) -> Result<Vec<Instance>, Fault>;

    /// Its values over a span, rolled up.
    async fn values(&self, actor: &Actor, id: &RuleId, span: Span) -> Result<Vec<Slot>, Fault>;

    /// Makes a rule from the fields of [`super::FIELDS`]; it is evaluated at once. Needs `monitors.edit` on the system, and
    /// reading of its source.
    async fn create(&self, actor: &Actor, typed: &Typed) -> Result<RuleId, Fault>;

    /// Edits a rule. What it had fired is over; what is still bad fires anew.
    async fn edit(&self, actor: &Actor, id: &RuleId, typed: &Typed) -> Result<(), Fault>;

    /// Stops looking, or goes on. What it had fired is over.
    async fn pause(&self, actor: &Actor, id: &RuleId, paused: bool) -> Result<(), Fault>;

    /// Deletes a rule. What it had fired is over.
    async fn delete(&self, actor: &Actor, id: &RuleId) -> Result<(), Fault>;

    /// How often a rule of these fields would have fired in the last 24 hours. Changes nothing. With the rule that is being edited it may
    /// ask what that one asks, as an edit may.
    async fn preview(&self, actor: &Actor, id: Option<&RuleId>, typed: &Typed) -> Result<Preview, Fault>;

    /// Takes a file of Prometheus rules over, for a system and a query source; with `plan` it only says what would be.
    async fn import(&self, actor: &Actor, system: &SystemId, source: &SourceId, yaml: &str, plan: bool) -> Result<Report, Fault>;
}
