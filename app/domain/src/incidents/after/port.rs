//! What pages and the API may ask after the fact.

use super::{super::FiguresAnswer, Action, ActionFilter, Impact, ReviewDetail, Times};
use crate::{
    Actor, Fault, Page, PageRequest, Span,
    form::Typed,
    id::{ActionId, AlertId, IncidentId},
};

/// The part of the port of `incidents` about what comes after. Reading is for whoever may read the incident; acts need
/// `incidents.work` in its team.
#[async_trait::async_trait]
pub trait After: Send + Sync {
    /// What these incidents cost, as far as it was counted; in the order given.
    async fn impacts(&self, actor: &Actor, ids: &[IncidentId]) -> Result<Vec<Option<Impact>>, Fault>;
    /// When things were.
    async fn times(&self, actor: &Actor, id: &IncidentId) -> Result<Times, Fault>;
    /// Corrects a moment, or takes the correction back: `what`, `at`, `zone`, `reason`.
    async fn correct(&self, actor: &Actor, id: &IncidentId, typed: &Typed) -> Result<(), Fault>;
    /// The review with the facts; what nobody has written is filled from them.
    async fn review(&self, actor: &Actor, id: &IncidentId) -> Result<ReviewDetail, Fault>;
    /// Writes the review.
    async fn write_review(&self, actor: &Actor, id: &IncidentId, typed: &Typed) -> Result<(), Fault>;
    /// It is finished: what happened and why is written, and the resolved incident is reviewed.
    async fn finish_review(&self, actor: &Actor, id: &IncidentId) -> Result<(), Fault>;
    /// Somebody shall do something by some day: `action`, `owner`, `due`, `zone`.
    async fn add_action(&self, actor: &Actor, id: &IncidentId, typed: &Typed) -> Result<Action, Fault>;
    /// It is done; or, with a `reason`, need not be. Whoever owns it may say so as well.
    async fn end_action(&self, actor: &Actor, action: &ActionId, typed: &Typed) -> Result<(), Fault>;
    /// Incidents that were opened in a span, in figures, and alerts that fired in it; as far as the actor may read.
    async fn figures(&self, actor: &Actor, span: Span) -> Result<FiguresAnswer, Fault>;
    /// What people said of an alert, and whether the actor said anything: useful, useless, one's own.
    async fn feedback(&self, actor: &Actor, alert: &AlertId) -> Result<(i64, i64, Option<bool>), Fault>;
    /// Says whether an alert was useful; the last word of a person counts. Needs `alerts.acknowledge` in its team.
    async fn say_useful(&self, actor: &Actor, alert: &AlertId, useful: bool) -> Result<(), Fault>;
    /// One page of the actions that the actor may read or owns, the most urgent first.
    async fn actions(&self, actor: &Actor, filter: &ActionFilter, page: &PageRequest) -> Result<Page<Action>, Fault>;
}
