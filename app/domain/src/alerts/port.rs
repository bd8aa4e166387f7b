//! What pages and the API may ask of `alerts`.

use super::{Alert, AlertDetail, Filter, Matcher, Posted, SeenFrom};
use crate::{Actor, Fault, Page, PageRequest, id::AlertId};

/// The port of the area `alerts`; `backend` implements it.
#[async_trait::async_trait]
pub trait Alerts: Send + Sync {
    /// One page of the alerts that the actor may read: unacknowledged first, then the worst, then the newest; what is
    /// over comes last, newest first.
    async fn list(&self, actor: &Actor, filter: &Filter, page: &PageRequest) -> Result<Page<Alert>, Fault>;
    /// One alert with its history.
    async fn get(&self, actor: &Actor, id: &AlertId) -> Result<AlertDetail, Fault>;
    /// Says "I have seen it". Needs `alerts.acknowledge` in the alert's team. Twice is once: gives whether it was new.
    async fn acknowledge(&self, actor: &Actor, id: &AlertId) -> Result<bool, Fault>;
    /// Takes alerts that somebody posts; gives how many. What is wrong with some is told when the others are taken. Needs
    /// `alerts.ingest` in the team of each: that of the system whose key the label `system` is, else the one whose key the
    /// label `team` is, else where `from` says, else the actor's own first one.
    async fn post(&self, actor: &Actor, from: &SeenFrom, alerts: Vec<Posted>) -> Result<u64, Fault>;
    /// Those of these alerts that the actor may read, in the order of their ids; at most 20,000 are asked for.
    async fn these(&self, actor: &Actor, ids: &[AlertId]) -> Result<Vec<Alert>, Fault>;
    /// Everything that lasts and that the actor may read, with the receivers that its routes lead to; at most 20,000.
    async fn standing(&self, actor: &Actor, labels: &[Matcher]) -> Result<Vec<(Alert, Vec<String>)>, Fault>;
    /// Acknowledges several at once, at most [`super::MOST_AT_ONCE`], all or none; gives how many were new.
    async fn acknowledge_all(&self, actor: &Actor, ids: &[AlertId]) -> Result<u64, Fault>;
}
