//! What pages and the API may ask of silences and routes.

use super::{
    Alert, Group, Manners, RoutingVersion, Silence, SilenceContent, SilenceState, WhatIf, Why,
    inbound::{Integration, IntegrationKind, Taken},
    routing::Carried,
};
use crate::{
    Actor, Fault, Page, PageRequest, Timestamp,
    form::Typed,
    id::{AlertId, IntegrationId, SilenceId},
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
    /// Makes another one in the place of one, which ends if it has not: both or neither.
    async fn replace(&self, actor: &Actor, id: &SilenceId, typed: &Typed) -> Result<Silence, Fault>;
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
    /// What else keeps alerts quiet, by the file in force.
    async fn manners(&self, actor: &Actor) -> Result<Manners, Fault>;
    /// All versions, the newest first, at most 100.
    async fn versions(&self, actor: &Actor) -> Result<Vec<RoutingVersion>, Fault>;
    /// Puts a file into force on top of a version; everything that fires is led by it at once. Needs `alerts.route` everywhere.
    /// An empty file takes the routes away.
    async fn put(&self, actor: &Actor, yaml: &str, version: i64) -> Result<RoutingVersion, Fault>;
    /// Groups that have spoken speak anew: of what is news, and then after their interval, as after a reload of Alertmanager. Needs
    /// `alerts.route` everywhere.
    async fn reload(&self, actor: &Actor) -> Result<(), Fault>;
    /// Carries an `alertmanager.yml` over: makes the channels that it needs and puts it into force, or (`plan`) says what that
    /// would be. Needs `alerts.route` and `channels.manage` everywhere.
    async fn import(&self, actor: &Actor, yaml: &str, plan: bool) -> Result<Carried, Fault>;
    /// Names of the receivers of the routes in force.
    async fn receivers(&self, actor: &Actor) -> Result<Vec<String>, Fault>;
    /// Groups with what the actor may read of them.
    async fn groups(&self, actor: &Actor) -> Result<Vec<Group>, Fault>;
    /// Everything that was decided about an alert.
    async fn why(&self, actor: &Actor, alert: &AlertId) -> Result<Why, Fault>;
    /// What would happen to an alert with labels (`name=value` lines, JSON or `{a="b"}`): now, or at a time. A time that is
    /// over is answered from the history.
    async fn what_if(&self, actor: &Actor, labels: &str, at: Option<Timestamp>) -> Result<WhatIf, Fault>;
}

/// The port of ways in; `backend` implements it.
#[async_trait::async_trait]
pub trait Integrations: Send + Sync {
    /// Those of the teams for which the actor may route alerts, by name.
    async fn list(&self, actor: &Actor) -> Result<Vec<Integration>, Fault>;
    /// One with its secret.
    async fn get(&self, actor: &Actor, id: &IntegrationId) -> Result<(Integration, String), Fault>;
    /// Opens one. Needs `alerts.route` in its team.
    async fn create(&self, actor: &Actor, typed: &Typed) -> Result<Integration, Fault>;
    /// Changes one. Where it is closed, or has another kind or team, what fires through it is over.
    async fn edit(&self, actor: &Actor, id: &IntegrationId, typed: &Typed) -> Result<(), Fault>;
    /// Gives one another secret; the old one is dead at once.
    async fn renew(&self, actor: &Actor, id: &IntegrationId) -> Result<(Integration, String), Fault>;
    /// Closes one for good; what fires through it is over.
    async fn remove(&self, actor: &Actor, id: &IntegrationId) -> Result<(), Fault>;
    /// Takes a message; the secret is the whole authority. As upstream: what is right of it is taken, then what is wrong is told.
    async fn take(&self, secret: &str, kind: Option<IntegrationKind>, body: &[u8]) -> Result<Taken, Fault>;
    /// Takes what a client of PagerDuty says of a change: a deployment of the system of that way in, once.
    async fn take_change(&self, secret: &str, body: &[u8]) -> Result<(), Fault>;
}
