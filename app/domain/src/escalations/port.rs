//! What pages and the API may ask of `escalations`.

use super::{Checked, Choices, Planned, Policy, Record, Run, Taken};
use crate::{
    Actor, Fault, Span, Timestamp,
    alerts::Severity,
    form::Typed,
    id::{IncidentId, PolicyId},
    oncall::Burden,
};

/// The port of the area `escalations`; `backend` implements it. Reading needs `read` in the team, keeping policies
/// `oncall.manage`, paging `incidents.work` in the incident's team.
#[async_trait::async_trait]
pub trait Escalations: Send + Sync {
    /// Every policy within reach, by name, with what is wrong with it now.
    async fn policies(&self, actor: &Actor) -> Result<Vec<Checked>, Fault>;
    /// One policy, with what is wrong with it now.
    async fn policy(&self, actor: &Actor, id: &PolicyId) -> Result<Checked, Fault>;
    /// Whom it would page when, if an incident of this severity began at a moment and nobody acknowledged.
    async fn what_if(&self, actor: &Actor, id: &PolicyId, severity: Severity, begin: Timestamp) -> Result<Vec<Planned>, Fault>;
    /// What a form may offer.
    async fn choices(&self, actor: &Actor) -> Result<Choices, Fault>;
    /// Makes a policy.
    async fn create(&self, actor: &Actor, typed: &Typed) -> Result<Policy, Fault>;
    /// Changes a policy (field `version` is what was read). Runs under way go on by what it says now.
    async fn change(&self, actor: &Actor, id: &PolicyId, typed: &Typed) -> Result<(), Fault>;
    /// Removes a policy; its runs end.
    async fn remove(&self, actor: &Actor, id: &PolicyId) -> Result<(), Fault>;

    /// What was done to page somebody for an incident.
    async fn record(&self, actor: &Actor, incident: &IncidentId) -> Result<Record, Fault>;
    /// Whom somebody may page for an incident by hand: values and names.
    async fn targets(&self, actor: &Actor, incident: &IncidentId) -> Result<Choices, Fault>;
    /// Takes the next step of an incident's run at once, or begins one.
    async fn escalate(&self, actor: &Actor, incident: &IncidentId) -> Result<Run, Fault>;
    /// Pages `target` now.
    async fn page(&self, actor: &Actor, incident: &IncidentId, typed: &Typed) -> Result<Taken, Fault>;

    /// How often people of teams within reach were paged in a span, the heaviest burden first.
    async fn load(&self, actor: &Actor, span: Span) -> Result<Vec<Burden>, Fault>;
}
