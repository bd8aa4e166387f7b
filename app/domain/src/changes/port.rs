//! What pages and the API may ask of `changes`.

use super::*;
use crate::{
    Actor, Fault, Page, PageRequest, Span,
    files::File,
    form::Typed,
    id::{ChangeId, FileId, FreezeId, TeamId},
};

/// The port of the area `changes`; `backend` implements it. Acts answer [`Fault::Conflict`] where the state refuses;
/// an act whose effect is there already succeeds without a second effect.
#[async_trait::async_trait]
pub trait Changes: Send + Sync {
    /// Changes that match, the latest window first.
    async fn list(&self, actor: &Actor, filter: &Filter, page: &PageRequest) -> Result<Page<Summary>, Fault>;
    /// Changes that match and freezes in a span.
    async fn calendar(&self, actor: &Actor, filter: &Filter, span: Span) -> Result<Calendar, Fault>;
    /// One change with everything about it; `id` may also be its number (`CHG-12`).
    async fn detail(&self, actor: &Actor, id: &str) -> Result<Detail, Fault>;
    /// Changes that the actor could approve now, the earliest window first; at most 200.
    async fn waiting(&self, actor: &Actor) -> Result<Vec<Waiting>, Fault>;
    /// Teams and systems that the actor may name in a request.
    async fn choices(&self, actor: &Actor) -> Result<Choices, Fault>;
    /// What would be in the way of what was typed, without storing it; `id` is the change that is edited, if one is.
    async fn check(&self, actor: &Actor, id: Option<&ChangeId>, typed: &Typed) -> Result<Vec<Conflict>, Fault>;

    /// When what was typed could run with nothing in the way, at the same time of day first; `None` where nothing is in the way
    /// of it, or no such moment lies within a fortnight.
    async fn free_slot(&self, actor: &Actor, id: Option<&ChangeId>, typed: &Typed) -> Result<Option<Span>, Fault>;
    /// What is in the way of what is asked with [`SLOT_FIELDS`], and when it could run.
    async fn next_free(&self, actor: &Actor, query: &Typed) -> Result<SlotAnswer, Fault>;

    /// Writes down a change; with the field `submit` it asks for approval at once.
    async fn request(&self, actor: &Actor, typed: &Typed) -> Result<ChangeId, Fault>;
    /// Changes its content (field `version` is what was read); approvals given to other content are void.
    async fn revise(&self, actor: &Actor, id: &ChangeId, typed: &Typed) -> Result<Revised, Fault>;
    /// What moving it to field `start` (local wall time in its zone) would do; nothing is stored.
    async fn moving(&self, actor: &Actor, id: &str, typed: &Typed) -> Result<Moving, Fault>;
    /// Moves it there, as long as it is (field `version` is what was read); an edit like any other.
    async fn shift(&self, actor: &Actor, id: &ChangeId, typed: &Typed) -> Result<Revised, Fault>;
    /// Asks for approval.
    async fn submit(&self, actor: &Actor, id: &ChangeId) -> Result<(), Fault>;
    /// Approves exactly the content whose `hash` was read; field `remark` may say more.
    async fn approve(&self, actor: &Actor, id: &ChangeId, typed: &Typed) -> Result<(), Fault>;
    /// Refuses, with field `remark` as the reason.
    async fn reject(&self, actor: &Actor, id: &ChangeId, typed: &Typed) -> Result<(), Fault>;
    /// Takes an approved change into the plan.
    async fn schedule(&self, actor: &Actor, id: &ChangeId) -> Result<(), Fault>;
    /// Begins the work: only inside the window, only when no freeze covers what is left of it. What yields is gone past with
    /// the field `override` and a `reason`.
    async fn start(&self, actor: &Actor, id: &ChangeId, typed: &Typed) -> Result<(), Fault>;
    /// Ends the work with field `outcome`; field `remark` may say more.
    async fn finish(&self, actor: &Actor, id: &ChangeId, typed: &Typed) -> Result<(), Fault>;
    /// Ends the observation.
    async fn close(&self, actor: &Actor, id: &ChangeId) -> Result<(), Fault>;
    /// Withdraws it; field `remark` may say why.
    async fn cancel(&self, actor: &Actor, id: &ChangeId, typed: &Typed) -> Result<(), Fault>;
    /// Adds field `text` to the discussion.
    async fn comment(&self, actor: &Actor, id: &ChangeId, typed: &Typed) -> Result<(), Fault>;

    /// Attaches a file, of a kind that may be attached, as large as the house permits. It is no part of the content: what was
    /// approved stays approved, and the timeline tells of it.
    async fn attach(&self, actor: &Actor, id: &ChangeId, name: &str, body: Vec<u8>) -> Result<File, Fault>;
    /// A file with its content; for whoever may read the change.
    async fn file(&self, actor: &Actor, id: &ChangeId, file: &FileId) -> Result<(File, Vec<u8>), Fault>;
    /// Removes the content of a file, for a `reason`; that it was there stays.
    async fn remove_file(&self, actor: &Actor, id: &ChangeId, file: &FileId, typed: &Typed) -> Result<(), Fault>;

    /// Freezes that have not ended, or with `past` all: those that end last first, so the past ones last.
    async fn freezes(&self, actor: &Actor, past: bool, page: &PageRequest) -> Result<Page<Freeze>, Fault>;
    /// One freeze.
    async fn freeze(&self, actor: &Actor, id: &FreezeId) -> Result<Freeze, Fault>;
    /// Sets a freeze.
    async fn set_freeze(&self, actor: &Actor, typed: &Typed) -> Result<FreezeId, Fault>;
    /// Changes a freeze (field `version` is what was read).
    async fn change_freeze(&self, actor: &Actor, id: &FreezeId, typed: &Typed) -> Result<(), Fault>;
    /// Removes a freeze.
    async fn lift_freeze(&self, actor: &Actor, id: &FreezeId) -> Result<(), Fault>;

    /// The calendar of the team whose secret this is, as iCalendar text (RFC 5545). Nobody needs to be logged in; whoever the secret
    /// was told must still be one who may read it.
    async fn ical(&self, secret: &str) -> Result<String, Fault>;
    /// The feeds of the teams that the actor may read, under addresses of their own.
    async fn feeds(&self, actor: &Actor) -> Result<Vec<Feed>, Fault>;
    /// Ends every URL of a team's feed, whoever has it; each person has a new one.
    async fn renew_feed(&self, actor: &Actor, team: &TeamId) -> Result<(), Fault>;
}
