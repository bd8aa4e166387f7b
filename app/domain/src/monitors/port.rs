//! What pages and the API may ask of `monitors`.

use super::{CheckResult, Filter, ImportPlan, Monitor, Recurring, Row, Series};
use crate::{Actor, Fault, Page, PageRequest, Permission, Span, Timestamp, form::Typed, id::MonitorId, systems::Brief};

/// The port of the area `monitors`; `backend` implements it.
#[async_trait::async_trait]
pub trait Monitors: Send + Sync {
    /// Monitors within reach, worst first, then by name; each with its last 24 hours.
    async fn list(&self, actor: &Actor, filter: &Filter, page: &PageRequest) -> Result<Page<Row>, Fault>;

    /// How many monitors within reach are shown in which way, in the order of [`super::Shown::ALL`].
    async fn counts(&self, actor: &Actor) -> Result<Vec<(super::Shown, i64)>, Fault>;

    /// One monitor.
    async fn get(&self, actor: &Actor, id: &MonitorId) -> Result<Monitor, Fault>;

    /// The secret in the URL that a heartbeat is called by; `None` for other kinds. Needs `monitors.edit`. A conflict where the
    /// key that sealed it is lost.
    async fn secret(&self, actor: &Actor, id: &MonitorId) -> Result<Option<String>, Fault>;

    /// The last results, newest first, as many as are kept (500).
    async fn results(&self, actor: &Actor, id: &MonitorId, page: &PageRequest) -> Result<Page<CheckResult>, Fault>;

    /// Results over a span, rolled up; at most 800 points.
    async fn series(&self, actor: &Actor, id: &MonitorId, span: Span) -> Result<Series, Fault>;

    /// Systems on which the actor holds the permission, by name: to read monitors of, or to make them for.
    async fn systems(&self, actor: &Actor, permission: Permission) -> Result<Vec<Brief>, Fault>;

    /// Makes a monitor from the fields of [`super::FIELDS`]; it is checked at once. Needs `monitors.edit` on the system.
    async fn create(&self, actor: &Actor, typed: &Typed) -> Result<MonitorId, Fault>;

    /// Edits a monitor. `version`, where it is given, must be the one that stands. Needs `monitors.edit` on both systems.
    async fn edit(&self, actor: &Actor, id: &MonitorId, typed: &Typed) -> Result<(), Fault>;

    /// Suspends the checks; an alert that is firing ends. Nothing happens where it is paused already.
    async fn pause(&self, actor: &Actor, id: &MonitorId) -> Result<(), Fault>;

    /// Takes the checks up again.
    async fn resume(&self, actor: &Actor, id: &MonitorId) -> Result<(), Fault>;

    /// Goes on checking but tells nobody until then (at most 30 days ahead); `None` ends it.
    async fn maintain(&self, actor: &Actor, id: &MonitorId, until: Option<Timestamp>) -> Result<(), Fault>;

    /// The maintenance that comes again, if there is one.
    async fn recurring(&self, actor: &Actor, id: &MonitorId) -> Result<Option<Recurring>, Fault>;

    /// Writes it, as [`Recurring::parse`] reads it, or takes it away. What runs goes on to its end. Needs `monitors.edit`.
    async fn recur(&self, actor: &Actor, id: &MonitorId, typed: &Typed) -> Result<Option<Recurring>, Fault>;

    /// Does one act with several monitors, all or none; fields as [`super::Many::parse`] reads them. Gives how many there were.
    async fn many(&self, actor: &Actor, typed: &Typed) -> Result<u64, Fault>;

    /// What an import would make of `text` (a backup of Uptime Kuma, or modules of a blackbox exporter with `targets`): `system`
    /// (id or key) is where what has no group of that name goes. Changes nothing.
    async fn plan_import(&self, actor: &Actor, typed: &Typed) -> Result<ImportPlan, Fault>;

    /// Makes what the plan says, all or nothing; with `fingerprint` only if that is still the plan.
    async fn import(&self, actor: &Actor, typed: &Typed) -> Result<ImportPlan, Fault>;

    /// Why this machine does not let us ping; `None` where it does. Anybody may know.
    fn ping_refused(&self) -> Option<String>;

    /// Whether the address of a monitor that has no result yet is known to be one that is never connected to: the address.
    /// A name is resolved; what cannot be found in two seconds may be found later.
    async fn refused(&self, actor: &Actor, id: &MonitorId) -> Result<Option<String>, Fault>;

    /// Checks a monitor once, now; the result counts like any other. Refused for heartbeats and while paused.
    async fn check_now(&self, actor: &Actor, id: &MonitorId) -> Result<CheckResult, Fault>;

    /// Gives a heartbeat a new URL; the old one is dead at once.
    async fn renew_secret(&self, actor: &Actor, id: &MonitorId) -> Result<String, Fault>;

    /// Deletes a monitor with its results; an alert that is firing ends.
    async fn delete(&self, actor: &Actor, id: &MonitorId) -> Result<(), Fault>;

    /// A heartbeat was called by its URL. Anybody may who knows it; `NotFound` where it is none. Durable when this returns.
    async fn beat(&self, secret: &str) -> Result<(), Fault>;
}
