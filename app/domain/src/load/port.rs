//! What pages and the API may ask of load tests.

use super::{Comparison, Run, RunFilter, Second, Target};
use crate::{
    Actor, Fault, Page, PageRequest,
    form::Typed,
    id::{LoadComparisonId, LoadRunId, LoadTargetId},
};

/// The port of the area `load`; `backend` implements it.
#[async_trait::async_trait]
pub trait Load: Send + Sync {
    /// Targets within reach, by name; those that are retired only where asked for.
    async fn targets(&self, actor: &Actor, retired: bool) -> Result<Vec<Target>, Fault>;
    /// One target.
    async fn target(&self, actor: &Actor, id: &LoadTargetId) -> Result<Target, Fault>;
    /// Registers a target of a system. Needs `EditSystems` in the system's team.
    async fn register(&self, actor: &Actor, typed: &Typed) -> Result<LoadTargetId, Fault>;
    /// Changes it; `version` must name the one that was read. Needs `EditSystems`.
    async fn change(&self, actor: &Actor, id: &LoadTargetId, typed: &Typed) -> Result<(), Fault>;
    /// Retires it, or brings it back. Needs `EditSystems`.
    async fn retire(&self, actor: &Actor, id: &LoadTargetId, retired: bool) -> Result<(), Fault>;

    /// Runs within reach, the newest first.
    async fn runs(&self, actor: &Actor, filter: &RunFilter, page: &PageRequest) -> Result<Page<Run>, Fault>;
    /// One run.
    async fn run(&self, actor: &Actor, id: &LoadRunId) -> Result<Run, Fault>;
    /// Its seconds so far, in order.
    async fn seconds(&self, actor: &Actor, id: &LoadRunId) -> Result<Vec<Second>, Fault>;
    /// Asks for a run. Needs `RequestChanges` in the team of the target.
    async fn start(&self, actor: &Actor, typed: &Typed) -> Result<LoadRunId, Fault>;
    /// Ends it, or takes it back before it started. Needs what asking for it needs.
    async fn stop(&self, actor: &Actor, id: &LoadRunId) -> Result<(), Fault>;

    /// Somebody has given back by hand what a trial took away: the portal tries no more. Needs what asking for it needs.
    async fn given_back(&self, actor: &Actor, id: &LoadRunId) -> Result<(), Fault>;

    /// Asks for interleaved runs against two targets. Needs `RequestChanges` in the teams of both.
    async fn compare(&self, actor: &Actor, typed: &Typed) -> Result<LoadComparisonId, Fault>;
    /// One comparison with its runs.
    async fn comparison(&self, actor: &Actor, id: &LoadComparisonId) -> Result<Comparison, Fault>;
    /// Ends what runs of it, and takes back the rest.
    async fn call_off(&self, actor: &Actor, id: &LoadComparisonId) -> Result<(), Fault>;
}
