//! What pages and the API may ask of `incidents`.

use super::{After, Filter, Incident, IncidentDetail, Record, Ref, State, SuspectKind, Teamwork, Templates, Verdict};
use crate::{Actor, Fault, Page, PageRequest, form::Typed, id::IncidentId};

/// The port of the area `incidents`, with what its parts add; `backend` implements it. Every act needs `incidents.work` in the incident's
/// team and refuses with a conflict what the state does not allow.
#[async_trait::async_trait]
pub trait Incidents: Teamwork + Record + After + Templates {
    /// One page of the incidents that the actor may read, newest first.
    async fn list(&self, actor: &Actor, filter: &Filter, page: &PageRequest) -> Result<Page<Incident>, Fault>;
    /// One incident with everything its page shows.
    async fn get(&self, actor: &Actor, which: &Ref) -> Result<IncidentDetail, Fault>;
    /// Opens one by hand: `title`, `severity`, `system` (repeatable) or `team`, `impact`.
    async fn open(&self, actor: &Actor, typed: &Typed) -> Result<Incident, Fault>;
    /// Edits `title`, `severity`, `impact`; `version` is what was read.
    async fn edit(&self, actor: &Actor, id: &IncidentId, typed: &Typed) -> Result<(), Fault>;
    /// Moves it on; only along the table of moves.
    async fn move_to(&self, actor: &Actor, id: &IncidentId, state: State) -> Result<(), Fault>;
    /// Takes notice of it, and of all its alerts that last: whoever is paged for it is not paged any more. Doing it twice is
    /// doing it once.
    async fn acknowledge(&self, actor: &Actor, id: &IncidentId) -> Result<(), Fault>;
    /// Adds the comment `text` (Markdown), of now or of an earlier moment; see [`super::Remark`].
    async fn comment(&self, actor: &Actor, id: &IncidentId, typed: &Typed) -> Result<(), Fault>;
    /// Gives the lead to the actor, to somebody who may work incidents in its team, or to nobody; see [`super::Lead`].
    async fn lead(&self, actor: &Actor, id: &IncidentId, typed: &Typed) -> Result<(), Fault>;
    /// Says of a suspect that it caused this, or did not. Saying it twice is saying it once.
    async fn judge(&self, actor: &Actor, id: &IncidentId, kind: SuspectKind, what: &str, verdict: Verdict) -> Result<(), Fault>;
}
