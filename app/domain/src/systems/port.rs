//! What pages and the API may ask of `systems`.

use super::{Brief, Filter, Plan, System, TeamChoice};
use crate::{Actor, Fault, Page, PageRequest, Permission, form::Typed, id::SystemId};

/// The port of the area `systems`; `backend` implements it.
#[async_trait::async_trait]
pub trait Systems: Send + Sync {
    /// Systems within the actor's reach, by tier and key.
    async fn list(&self, actor: &Actor, filter: &Filter, page: &PageRequest) -> Result<Page<System>, Fault>;

    /// One system; `NotFound` where there is none within reach.
    async fn get(&self, actor: &Actor, id: &SystemId) -> Result<System, Fault>;

    /// Every system in whose team the actor holds the permission, in brief, by name: choices of a form.
    async fn choices(&self, actor: &Actor, permission: Permission) -> Result<Vec<Brief>, Fault>;

    /// Every team in which the actor holds the permission, by name: choices of a form.
    async fn teams(&self, actor: &Actor, permission: Permission) -> Result<Vec<TeamChoice>, Fault>;

    /// Writes down a new system from the fields [`super::FIELDS`]. Needs `EditSystems` in its team.
    async fn create(&self, actor: &Actor, typed: &Typed) -> Result<SystemId, Fault>;

    /// Replaces every field. `version` must name the version that was read, otherwise `Conflict`. Needs
    /// `EditSystems` in the team that owns it and in the team that shall.
    async fn edit(&self, actor: &Actor, id: &SystemId, typed: &Typed) -> Result<(), Fault>;

    /// Removes a system that nothing needs and nothing belongs to; otherwise `Conflict` says what does.
    async fn delete(&self, actor: &Actor, id: &SystemId) -> Result<(), Fault>;

    /// The systems within reach as YAML; importing it again changes nothing. Needs `Export`.
    async fn export(&self, actor: &Actor) -> Result<String, Fault>;

    /// What a YAML file would alter. Problems name `systems[2].tier`. Needs `EditSystems` in every team concerned.
    async fn plan(&self, actor: &Actor, yaml: &str) -> Result<Plan, Fault>;

    /// Does what [`Systems::plan`] says, in one transaction; gives what was done. With a fingerprint, only if the
    /// difference is still the one that was shown.
    async fn apply(&self, actor: &Actor, yaml: &str, fingerprint: Option<&str>) -> Result<Plan, Fault>;
}
