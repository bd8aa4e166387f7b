//! When what is typed could run with nothing in the way.

use domain::{
    Actor, Fault, Permission, Span,
    changes::{SLOT_HORIZON, SlotAnswer, Window, are_mild, free_slot, slot_asked},
    form::Typed,
    id::ChangeId,
};
use jiff::tz::TimeZone;
use sqlx::AnyConnection;

use super::{Service, loaded, reading::Draft, surroundings::Around};

impl Service {
    pub(super) async fn free_slot(&self, actor: &Actor, id: Option<&ChangeId>, typed: &Typed) -> Result<Option<Span>, Fault> {
        actor.require_somewhere(Permission::RequestChanges)?;
        let mut conn = self.ctx.db.read().await?;
        let change = loaded::if_named(&mut conn, actor, id).await?;
        let draft = self.drafted(&mut conn, actor, change.as_ref(), typed).await?;
        if are_mild(&self.clashes(&mut conn, actor, id, &draft).await?) {
            return Ok(None);
        }
        self.first_free(&mut conn, actor, id, &draft).await
    }

    pub(super) async fn next_free(&self, actor: &Actor, query: &Typed) -> Result<SlotAnswer, Fault> {
        actor.require_somewhere(Permission::RequestChanges)?;
        let mut conn = self.ctx.db.read().await?;
        let change = match query.get("change").trim() {
            "" => None,
            id => Some(loaded::change(&mut conn, actor, id).await?),
        };
        let id = change.as_ref().map(|change| &change.stored.summary.id);
        let typed = slot_asked(query, change.as_ref().map(|change| &change.content))?;
        let draft = self.drafted(&mut conn, actor, change.as_ref(), &typed).await?;
        let conflicts = self.clashes(&mut conn, actor, id, &draft).await?;
        let asked = draft.content.window.clone();
        let free = if are_mild(&conflicts) && asked.span.from >= self.ctx.now() {
            Some(asked.clone())
        } else {
            let found = self.first_free(&mut conn, actor, id, &draft).await?;
            found.map(|span| Window::of(span, &asked.zone))
        };
        Ok(SlotAnswer { asked, conflicts, free })
    }

    async fn first_free(
        &self,
        conn: &mut AnyConnection,
        actor: &Actor,
        id: Option<&ChangeId>,
        draft: &Draft,
    ) -> Result<Option<Span>, Fault> {
        let span = draft.content.window.span;
        let from = span.from.max(self.ctx.now());
        let ahead = Span { from, to: from.plus(SLOT_HORIZON + span.length()) };
        let mut around = Around::gather(conn, actor, ahead, self.ctx.now()).await?;
        let standing = draft.standing(conn, &mut around).await?;
        let subject = standing.of(draft.subject(id));
        let around = around.near(&subject)?;
        let zone = domain::time::zone(&draft.content.window.zone).unwrap_or(TimeZone::UTC);
        Ok(free_slot(&subject, &around, from, &zone))
    }
}
