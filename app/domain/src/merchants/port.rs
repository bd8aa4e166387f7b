//! What pages and the API may ask of `merchants`.

use std::collections::BTreeMap;

use super::{Mentioned, Message};
use crate::{Actor, Fault, form::Typed};

/// The port of the area `merchants`; `backend` implements it. A merchant is named by its value.
#[async_trait::async_trait]
pub trait Merchants: Send + Sync {
    /// What is written down of a merchant within the actor's reach; of an unknown one nothing is.
    async fn get(&self, actor: &Actor, merchant: &str) -> Result<Mentioned, Fault>;

    /// What merchants are called, by their values, as far as a team within reach has written it down.
    async fn names(&self, actor: &Actor) -> Result<BTreeMap<String, String>, Fault>;

    /// Writes down what a team knows of a merchant, from the fields of [`super::FIELDS`]. Needs `systems.edit` in the team;
    /// `version` must name the version that was read, otherwise `Conflict`.
    async fn edit(&self, actor: &Actor, merchant: &str, typed: &Typed) -> Result<(), Fault>;

    /// Notes that a team tells a merchant something, from the fields `team`, `to`, `subject`, `text`. Needs `incidents.work` in the
    /// team. The mail itself is sent by whoever tells: the portal is no mail program.
    async fn tell(&self, actor: &Actor, merchant: &str, typed: &Typed) -> Result<Message, Fault>;
}
