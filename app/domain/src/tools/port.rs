//! What pages and the API may ask of `tools`.

use super::{LogPart, Preview, Run, RunFilter, Switch, Tool, ToolFilter, Version};
use crate::{
    Actor, Fault, Page, PageRequest, Wording,
    form::Typed,
    id::{RunId, ToolId},
};

/// The port of the area `tools`; `backend` implements it.
#[async_trait::async_trait]
pub trait Tools: Send + Sync {
    /// Whether tools may be run at all.
    async fn switch(&self, actor: &Actor) -> Result<Switch, Fault>;
    /// Why no command can be started on this machine, if so: the account is missing. Open to anybody.
    fn obstacle(&self) -> Option<Wording>;
    /// Switches tools on or off; `Conflict` where the configuration file decides. Needs `ManageSettings` everywhere.
    async fn set_switch(&self, actor: &Actor, on: bool) -> Result<(), Fault>;

    /// Tools within the actor's reach, newest first.
    async fn list(&self, actor: &Actor, filter: &ToolFilter, page: &PageRequest) -> Result<Page<Tool>, Fault>;
    /// One tool.
    async fn get(&self, actor: &Actor, id: &ToolId) -> Result<Tool, Fault>;
    /// Every version of it, the newest first.
    async fn versions(&self, actor: &Actor, id: &ToolId) -> Result<Vec<Version>, Fault>;
    /// Defines a tool: `team` and `system` (by key) beside the fields of [`super::Definition`]. Needs `DefineTools`.
    async fn define(&self, actor: &Actor, typed: &Typed) -> Result<ToolId, Fault>;
    /// Makes a new version of it; `version` must name the one that was read. Needs `DefineTools`.
    async fn redefine(&self, actor: &Actor, id: &ToolId, typed: &Typed) -> Result<(), Fault>;
    /// Retires it, or brings it back. Needs `DefineTools`.
    async fn retire(&self, actor: &Actor, id: &ToolId, retired: bool) -> Result<(), Fault>;

    /// Whether the actor may run it: `RunTools`, or `RunSafeTools` where it is safe for the first line.
    fn may_run(&self, actor: &Actor, tool: &Tool) -> bool;
    /// What a run with these values (`p.KEY`) would do; nothing happens.
    async fn preview(&self, actor: &Actor, id: &ToolId, typed: &Typed) -> Result<Preview, Fault>;
    /// Asks for a run with values `p.KEY`, for `incident` or `change` if they are named. It starts at once, or
    /// after somebody else approved it.
    async fn run(&self, actor: &Actor, id: &ToolId, typed: &Typed) -> Result<RunId, Fault>;

    /// Runs within the actor's reach, newest first.
    async fn runs(&self, actor: &Actor, filter: &RunFilter, page: &PageRequest) -> Result<Page<Run>, Fault>;
    /// One run.
    async fn get_run(&self, actor: &Actor, id: &RunId) -> Result<Run, Fault>;
    /// Lines of its log from line `from` (1 is the first), at most `limit`; negative `from` counts from the end.
    async fn log(&self, actor: &Actor, id: &RunId, from: i64, limit: u32) -> Result<LogPart, Fault>;
    /// Lets a run that waits for it start. Needs `ApproveRuns`; never one's own.
    async fn approve(&self, actor: &Actor, id: &RunId) -> Result<(), Fault>;
    /// Refuses it. Needs `ApproveRuns`; never one's own.
    async fn reject(&self, actor: &Actor, id: &RunId) -> Result<(), Fault>;
    /// Has its whole process group killed, or takes it back before it started. Needs what running it needs.
    async fn kill(&self, actor: &Actor, id: &RunId) -> Result<(), Fault>;
}
