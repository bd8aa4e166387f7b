//! What pages and the API may ask of `streams`.

use super::{Detail, Layout, Preview, Stream};
use crate::{Actor, Fault, form::Typed, id::StreamId};

/// The port of the area `streams`; `backend` implements it.
#[async_trait::async_trait]
pub trait Streams: Send + Sync {
    /// Every stream of the systems within reach, usual ones included, by name.
    async fn list(&self, actor: &Actor) -> Result<Vec<Stream>, Fault>;

    /// One stream with who sends it and how full its dimensions are.
    async fn get(&self, actor: &Actor, id: &StreamId) -> Result<Detail, Fault>;

    /// Declares a stream from the fields of [`super::FIELDS`]. Needs `systems.edit` on the system.
    async fn create(&self, actor: &Actor, typed: &Typed) -> Result<StreamId, Fault>;

    /// Declares it anew; what was counted keeps its meaning.
    async fn edit(&self, actor: &Actor, id: &StreamId, typed: &Typed) -> Result<(), Fault>;

    /// Takes the declaration away. A usual stream is as it was before it had one; what another counted is shown no longer.
    async fn delete(&self, actor: &Actor, id: &StreamId) -> Result<(), Fault>;

    /// What lines (field `sample`) would count as under what was typed; for a stream that there is, or a new one.
    async fn preview(&self, actor: &Actor, id: Option<&StreamId>, typed: &Typed) -> Result<Preview, Fault>;

    /// What lines would count as if the stream were read like this; needs `transactions.ingest` on the system.
    async fn try_lines(&self, actor: &Actor, id: &StreamId, read_as: &Layout, lines: &str) -> Result<Preview, Fault>;

    /// Declares every stream of a YAML file (a list under `streams`), each with the fields of [`super::FIELDS`] and `system` as a
    /// key; with `plan` nothing is written. Gives a line for each: its name, and whether it is new, changed or as it was.
    async fn import(&self, actor: &Actor, yaml: &str, plan: bool) -> Result<Vec<(String, super::StreamFate)>, Fault>;
}
