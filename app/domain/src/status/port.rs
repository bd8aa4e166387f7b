//! What pages and the API may ask of `status`.

use std::sync::Arc;

use super::{Asker, Notice, StatusAnswer, StatusDetail, StatusPage, Ticket};
use crate::{
    Actor, Fault,
    form::Typed,
    id::{StatusNoticeId, StatusPageId},
};

/// The port of the area `status`; `backend` implements it. Pages are edited with `systems.edit`, notices with
/// `incidents.work`, in the team of the page; a host of its own is given to a page with `settings.manage`, for under it nothing
/// else of the portal is there.
#[async_trait::async_trait]
pub trait Status: Send + Sync {
    /// What a reader is told; a page that is not public is there for whoever may read its team. While the database is away
    /// or busy, what was read last.
    async fn answer(&self, actor: &Actor, slug: &str) -> Result<Arc<StatusAnswer>, Fault>;
    /// The place of the page that has a host of its own; `None` where none has this one.
    async fn by_host(&self, host: &str) -> Option<String>;
    /// Whether a page was known to have this host when that was read last. Asks nobody.
    fn knows_host(&self, host: &str) -> bool;
    /// The pages that the actor may read, by title.
    async fn pages(&self, actor: &Actor) -> Result<Vec<StatusPage>, Fault>;
    /// One page as its editors see it, with its notices of the history.
    async fn page(&self, actor: &Actor, id: &StatusPageId) -> Result<StatusDetail, Fault>;
    /// Makes a page.
    async fn add(&self, actor: &Actor, typed: &Typed) -> Result<StatusPage, Fault>;
    /// Edits a page.
    async fn edit(&self, actor: &Actor, id: &StatusPageId, typed: &Typed) -> Result<(), Fault>;
    /// Removes a page with all its notices.
    async fn remove(&self, actor: &Actor, id: &StatusPageId) -> Result<(), Fault>;
    /// Tells customers of something.
    async fn publish(&self, actor: &Actor, id: &StatusPageId, typed: &Typed) -> Result<Notice, Fault>;
    /// Tells them how it goes on.
    async fn update(&self, actor: &Actor, notice: &StatusNoticeId, typed: &Typed) -> Result<(), Fault>;
    /// Asks an address whether it wants to be told what is published on a page. Whoever asks learns nothing of whether it is told already.
    /// On a page that not everybody may read a person asks who may; it is told as long as they may.
    async fn subscribe(&self, actor: &Actor, slug: &str, typed: &Typed, asker: &Asker) -> Result<(), Fault>;
    /// Ends the subscription of an address (`kind` with `email` or `url`), confirmed or not: for whoever asks the house instead of
    /// following the link. Needs `systems.edit` in the team of the page; an address that is not there is a problem of its field.
    async fn end_subscription(&self, actor: &Actor, id: &StatusPageId, typed: &Typed) -> Result<(), Fault>;
    /// The secret in the address of the actor's own feed of a page; `None` until they make one.
    async fn own_feed(&self, actor: &Actor, slug: &str) -> Result<Option<String>, Fault>;
    /// Gives the actor's own feed of a page that not everybody may read a (new) secret; the old address stops working.
    async fn renew_own_feed(&self, actor: &Actor, slug: &str) -> Result<(), Fault>;
    /// Ends that feed.
    async fn end_own_feed(&self, actor: &Actor, slug: &str) -> Result<(), Fault>;
    /// What the feed with this secret tells; `NotFound` where nobody's has it, or its owner may not enter or read the page any more.
    async fn by_feed(&self, secret: &str) -> Result<Arc<StatusAnswer>, Fault>;
    /// What a signed link of a subscriber opens; `NotFound` where it does not. Changes nothing.
    async fn ticket(&self, token: &str) -> Result<Ticket, Fault>;
    /// Does what the link says. Twice is once.
    async fn redeem(&self, token: &str) -> Result<Ticket, Fault>;
}
