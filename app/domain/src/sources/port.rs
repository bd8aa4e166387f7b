//! What pages and the API may ask of `sources`.

use super::{Answer, Catalogue, Kept, KeptSeries, Query, Source};
use crate::{
    Actor, Fault, Span,
    form::Typed,
    id::{SeriesId, SourceId},
};

/// The port of the area `sources`; `backend` implements it.
#[async_trait::async_trait]
pub trait Sources: Send + Sync {
    /// Sources within reach: those that are down first, then by name.
    async fn list(&self, actor: &Actor) -> Result<Vec<Source>, Fault>;

    /// One source.
    async fn get(&self, actor: &Actor, id: &SourceId) -> Result<Source, Fault>;

    /// Makes a source from the fields of [`super::FIELDS`]; it is asked at once. Needs `monitors.edit` on the system.
    async fn create(&self, actor: &Actor, typed: &Typed) -> Result<SourceId, Fault>;

    /// Edits a source. A secret that is not typed stays, unless the source moves to another host. Needs `monitors.edit` on
    /// both systems.
    async fn edit(&self, actor: &Actor, id: &SourceId, typed: &Typed) -> Result<(), Fault>;

    /// Stops asking it, or goes on. An alert that is firing on it ends.
    async fn pause(&self, actor: &Actor, id: &SourceId, paused: bool) -> Result<(), Fault>;

    /// Asks it once, now; what comes back counts like any other answer. Needs `monitors.edit`.
    async fn ask_now(&self, actor: &Actor, id: &SourceId) -> Result<Source, Fault>;

    /// Deletes a source with everything that is kept of it.
    async fn delete(&self, actor: &Actor, id: &SourceId) -> Result<(), Fault>;

    /// What the last page that was looked through had to choose from; `None` where none has been read.
    async fn catalogue(&self, actor: &Actor, id: &SourceId) -> Result<Option<Catalogue>, Fault>;

    /// Chooses what is kept, by the fields of [`super::Choice`]. Needs `monitors.edit`.
    async fn choose(&self, actor: &Actor, id: &SourceId, typed: &Typed) -> Result<(), Fault>;

    /// The series that are kept, by name.
    async fn kept(&self, actor: &Actor, id: &SourceId) -> Result<Vec<Kept>, Fault>;

    /// Some kept series over a span, rolled up.
    async fn series(&self, actor: &Actor, id: &SourceId, series: &[SeriesId], span: Span) -> Result<Vec<KeptSeries>, Fault>;

    /// Asks a question of a query source, now. It is put with the source's own credential, so that it needs what writing a rule needs:
    /// `monitors.edit` somewhere. What the source says against it is [`Fault::Invalid`] of the field `q`.
    async fn query(&self, actor: &Actor, id: &SourceId, query: &Query) -> Result<Answer, Fault>;
}
