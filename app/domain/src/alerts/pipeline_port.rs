//! What pages and the API may ask of silences and routes.

use super::{Alert, Group, RoutingVersion, Silence, SilenceContent, SilenceState, WhatIf, Why, routing::Carried};
use crate::{
    Actor, Fault, Page, PageRequest, Timestamp,
    form::Typed,
    id::{AlertId, SilenceId},
};

/// The port of silences; `backend` implements it.
#[async_trait::async_trait]
pub trait Silences: Send + Sync {
    /// One page, the newest first; those of every team are seen by everybody.
    async fn list(&self, actor: &Actor, state: Option<SilenceState>, page: &PageRequest) -> Result<Page<Silence>, Fault>;
    /// One of them.
    async fn get(&self, actor: &Actor, id: &SilenceId) -> Result<Silence, Fault>;
    /// Silences. Needs `alerts.silence` in its team, or everywhere for one of every team.
    async fn create(&self, actor: &Actor, typed: &Typed) -> Result<Silence, Fault>;
    /// Changes one that is not over.
    async fn edit(&self, actor: &Actor, id: &SilenceId, typed: &Typed) -> Result<Silence, Fault>;
    /// Ends one now.
    async fn expire(&self, actor: &Actor, id: &SilenceId) -> Result<(), Fault>;
    /// Alerts that last and that it speaks of, at most 100.
    async fn matching(&self, actor: &Actor, content: &SilenceContent) -> Result<Vec<Alert>, Fault>;
}

/// The port of routes; `backend` implements it.
#[async_trait::async_trait]
pub trait Routes: Send + Sync {
    /// The file in force.
    async fn current(&self, actor: &Actor) -> Result<RoutingVersion, Fault>;
    /// All versions, the newest first, at most 100.
    async fn versions(&self, actor: &Actor) -> Result<Vec<RoutingVersion>, Fault>;
    /// Puts a file into force on top of a version; everything that fires is led by it at once. Needs `alerts.route` everywhere.
    /// An empty file takes the routes away.
    async fn put(&self, actor: &Actor, yaml: &str, version: i64) -> Result<RoutingVersion, Fault>;
    /// Carries an `alertmanager.yml` over: makes the channels that it needs and puts it into force, or (`plan`) says what that
    /// would be. Needs `alerts.route` and `channels.manage` everywhere.
    async fn import(&self, actor: &Actor, yaml: &str, plan: bool) -> Result<Carried, Fault>;
    /// Names of the receivers of the routes in force.
    async fn receivers(&self, actor: &Actor) -> Result<Vec<String>, Fault>;
    /// Groups with what the actor may read of them.
    async fn groups(&self, actor: &Actor) -> Result<Vec<Group>, Fault>;
    /// Everything that was decided about an alert.
    async fn why(&self, actor: &Actor, alert: &AlertId) -> Result<Why, Fault>;
    /// What would happen to an alert with labels (`name=value` lines, JSON or `{a="b"}`) at a time.
    async fn what_if(&self, actor: &Actor, labels: &str, at: Timestamp) -> Result<WhatIf, Fault>;
}
