//! Feeds of pages that not everybody may read: each reader has an address of their own for each page. It opens nothing to whoever does
//! not know it, and nothing once the reader may not read the page.

use std::sync::Arc;

use domain::{
    Actor, Fault, Reach,
    audit::Object,
    status::{StatusAnswer, StatusPage},
};
use serde_json::json;

use super::{Service, store};
use crate::{WriteTx, audit, people};

impl Service {
    pub(super) async fn own_feed(&self, actor: &Actor, slug: &str) -> Result<Option<String>, Fault> {
        let page = self.seen(actor, slug).await?.id;
        let user = actor.person()?;
        people::feeds::secret(&mut *self.ctx.db.read().await?, &self.ctx.seal, user, Some(&page)).await
    }

    pub(super) async fn renew_own_feed(&self, actor: &Actor, slug: &str) -> Result<(), Fault> {
        let (mut tx, page) = self.begin_as_reader(actor, slug).await?;
        let user = actor.person()?;
        if page.public {
            return Err(Fault::conflict("conflict-status-public"));
        }
        if !people::feeds::renew(&mut tx, &self.ctx, user, Some(&page.id)).await? {
            return Ok(());
        }
        self.note(tx, actor, "status-page.renew-feed", &page).await
    }

    pub(super) async fn end_own_feed(&self, actor: &Actor, slug: &str) -> Result<(), Fault> {
        let (mut tx, page) = self.begin_as_reader(actor, slug).await?;
        if !people::feeds::end(&mut tx, actor.person()?, &page.id).await? {
            return Err(Fault::NotFound("feed"));
        }
        self.note(tx, actor, "status-page.end-feed", &page).await
    }

    /// Writes an act of a reader for themselves into the trail, without the secret. What the page tells is as it was: nobody reads it anew.
    async fn note(&self, mut tx: WriteTx, actor: &Actor, act: &str, page: &StatusPage) -> Result<(), Fault> {
        let object = Object::new("status-page", &page.id, &page.title, Some(&page.team));
        audit::record(&mut tx, &self.ctx, actor, act, object, &json!({})).await?;
        tx.commit().await
    }

    pub(super) async fn by_feed(&self, secret: &str) -> Result<Arc<StatusAnswer>, Fault> {
        let (reader, slug) = {
            let conn = &mut *self.ctx.db.read().await?;
            let Some((reader, Some(page))) = people::feeds::reader(conn, secret).await? else { return Err(Fault::NotFound("feed")) };
            (reader, store::page(conn, &Reach::All, &page).await?.slug)
        };
        Ok(self.seen(&reader, &slug).await?.answer)
    }
}
