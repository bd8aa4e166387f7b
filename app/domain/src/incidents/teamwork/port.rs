//! What pages and the API may ask around an incident.

use super::{Role, Rules, Task};
use crate::{
    Actor, Fault,
    form::Typed,
    id::{IncidentId, TaskId},
    people::UserBrief,
};

/// The part of the port of `incidents` about working together. Every act on an incident needs `incidents.work` in its
/// team, and is refused with a conflict where it was merged into another.
#[async_trait::async_trait]
pub trait Teamwork: Send + Sync {
    /// Who may work on the incident: who can be given a role or a task, by name.
    async fn workers(&self, actor: &Actor, id: &IncidentId) -> Result<Vec<UserBrief>, Fault>;
    /// Gives `user` the `role`; with `commander` they lead.
    async fn add_responder(&self, actor: &Actor, id: &IncidentId, typed: &Typed) -> Result<(), Fault>;
    /// `user` no longer holds the `role`. Saying it of whoever does not hold it changes nothing.
    async fn remove_responder(&self, actor: &Actor, id: &IncidentId, typed: &Typed) -> Result<(), Fault>;
    /// Writes down what is to be done: `task`, `assignee`, `due`, `zone`.
    async fn add_task(&self, actor: &Actor, id: &IncidentId, typed: &Typed) -> Result<Task, Fault>;
    /// It is done, or is to be done again.
    async fn tick_task(&self, actor: &Actor, id: &IncidentId, task: &TaskId, done: bool) -> Result<(), Fault>;
    /// It need not be done.
    async fn remove_task(&self, actor: &Actor, id: &IncidentId, task: &TaskId) -> Result<(), Fault>;
    /// Pins a runbook; see [`super::RunbookInput`].
    async fn pin_runbook(&self, actor: &Actor, id: &IncidentId, typed: &Typed) -> Result<(), Fault>;
    /// It turned out to be the incident `into`: alerts, responders and open tasks go there, and so does whatever is told of it
    /// from now on. Gives the number of that incident.
    async fn merge(&self, actor: &Actor, id: &IncidentId, typed: &Typed) -> Result<i64, Fault>;
    /// Says that `other` belongs to it, as `kind`. Saying it twice is saying it once.
    async fn link(&self, actor: &Actor, id: &IncidentId, typed: &Typed) -> Result<(), Fault>;
    /// Takes that back, whichever of the two it was said of.
    async fn unlink(&self, actor: &Actor, id: &IncidentId, typed: &Typed) -> Result<(), Fault>;
    /// It concerns `add_system` as well, or no longer `remove_system`; the first one stays.
    async fn set_system(&self, actor: &Actor, id: &IncidentId, typed: &Typed) -> Result<(), Fault>;
    /// The rules of the house, for everybody to read.
    async fn rules(&self, actor: &Actor) -> Result<Rules, Fault>;
    /// Sets `reopen_minutes`; needs `settings.manage`.
    async fn set_rules(&self, actor: &Actor, typed: &Typed) -> Result<(), Fault>;
    /// Adds a role, or renames the one under `key`; needs `settings.manage`.
    async fn save_role(&self, actor: &Actor, typed: &Typed) -> Result<Role, Fault>;
    /// Removes a role that nobody holds in an open incident; needs `settings.manage`.
    async fn remove_role(&self, actor: &Actor, key: &str) -> Result<(), Fault>;
}
