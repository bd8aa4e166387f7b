//! Status pages: what customers are told, served from what was read last even while the database is busy or away.
//!
//! **Architecture invariants:** nothing that is known inside goes to a page by itself but how the systems of its components stand
//! and how their days were, and when work on them is planned; what a reader is told is read at most once in 15 seconds by each
//! process, however many ask.

mod answer;
mod feeds;
mod shelf;
mod store;
mod subscriptions;
mod work;

use std::sync::Arc;

use async_trait::async_trait;
use domain::{
    Actor, Fault, Permission, Reach, Wording,
    audit::Object,
    form::Typed,
    id::{IncidentId, StatusNoticeId, StatusPageId, SystemId},
    incidents::Ref,
    live::Topic,
    status::{
        Asker, DAYS, Notice, NoticeInput, NoticeState, PageInput, StatusAnswer, StatusDetail, StatusPage, SubscriptionInput, Ticket,
        UpdateInput,
    },
    time::DAY,
};
use serde_json::{Value, json};
use sqlx::AnyConnection;

use crate::{Context, WriteTx, audit, deliveries::subscribers, incidents, people, systems};
pub(crate) use subscriptions::{Hearers, Hearing, lost};
pub use work::Announcer;

/// Implements [`domain::status::Status`].
pub struct Service {
    ctx: Context,
    shelf: shelf::Shelf,
    askers: subscriptions::Askers,
    /// Whether there is a mail server.
    mail: bool,
}

impl Service {
    /// The service over the common ground; `mail`: whether there is a mail server.
    pub fn new(ctx: Context, mail: bool) -> Self {
        Self { shelf: shelf::Shelf::new(&ctx), ctx, askers: subscriptions::Askers::default(), mail }
    }

    async fn begin(&self, actor: &Actor, id: &StatusPageId, permission: Permission) -> Result<(WriteTx, StatusPage), Fault> {
        actor.require_somewhere(Permission::Read)?;
        let mut tx = self.ctx.begin_write().await?;
        let page = store::page(&mut tx, &actor.reach(Permission::Read), id).await?;
        actor.require(permission, &page.team, "status page")?;
        Ok((tx, page))
    }

    /// The page as it was read last, as far as the actor may read it.
    async fn seen(&self, actor: &Actor, slug: &str) -> Result<shelf::Kept, Fault> {
        let kept = self.shelf.page(&self.ctx, slug).await?;
        if kept.public || actor.may(Permission::Read, &kept.team) { Ok(kept) } else { Err(Fault::NotFound("status page")) }
    }

    /// Begins what whoever may read a page does for themselves.
    async fn begin_as_reader(&self, actor: &Actor, slug: &str) -> Result<(WriteTx, StatusPage), Fault> {
        let mut tx = self.ctx.begin_write().await?;
        let page = store::by_slug(&mut tx, slug).await?.filter(|page| page.public || actor.may(Permission::Read, &page.team));
        Ok((tx, page.ok_or(Fault::NotFound("status page"))?))
    }

    async fn finish(&self, mut tx: WriteTx, actor: &Actor, act: &str, page: &StatusPage, detail: Value) -> Result<(), Fault> {
        let object = Object::new("status-page", &page.id, &page.title, Some(&page.team));
        audit::record(&mut tx, &self.ctx, actor, act, object, &detail).await?;
        tx.announce(Topic::Incidents, &page.id, Some(&page.team));
        tx.commit().await
    }
}

/// Demands that the actor may give a page this host, where it is another one: it takes the host from the rest of the portal.
fn may_host(actor: &Actor, before: &str, host: &str) -> Result<(), Fault> {
    if host == before || host.is_empty() { Ok(()) } else { actor.require_everywhere(Permission::ManageSettings) }
}

/// The components with the systems that they name; a problem where the actor may not see one.
async fn components(conn: &mut AnyConnection, actor: &Actor, input: &PageInput) -> Result<Vec<(String, String, SystemId)>, Fault> {
    let known = systems::all(conn, &actor.reach(Permission::Read)).await?;
    input
        .components
        .iter()
        .map(|component| {
            let system = known.iter().find(|brief| brief.key == component.system.as_str());
            let system =
                system.ok_or_else(|| Fault::invalid("components", &component.system, Wording::new("deployments-expect-system")))?;
            Ok((component.group.clone(), component.name.to_string(), system.id.clone()))
        })
        .collect()
}

#[async_trait]
impl domain::status::Status for Service {
    async fn answer(&self, actor: &Actor, slug: &str) -> Result<Arc<StatusAnswer>, Fault> {
        Ok(self.seen(actor, slug).await?.answer)
    }

    async fn by_host(&self, host: &str) -> Option<String> {
        self.shelf.place(&self.ctx, host).await
    }

    fn knows_host(&self, host: &str) -> bool {
        self.shelf.knows(host)
    }

    async fn pages(&self, actor: &Actor) -> Result<Vec<StatusPage>, Fault> {
        actor.require_somewhere(Permission::Read)?;
        store::pages(&mut *self.ctx.db.read().await?, &actor.reach(Permission::Read)).await
    }

    async fn page(&self, actor: &Actor, id: &StatusPageId) -> Result<StatusDetail, Fault> {
        actor.require_somewhere(Permission::Read)?;
        let conn = &mut *self.ctx.db.read().await?;
        let page = store::page(conn, &actor.reach(Permission::Read), id).await?;
        let notices = store::notices(conn, id, self.ctx.now().plus(-i64::from(DAYS) * DAY)).await?;
        let subscribers = subscribers::count(conn, id, page.public).await?;
        Ok(StatusDetail { page, notices, subscribers })
    }

    async fn add(&self, actor: &Actor, typed: &Typed) -> Result<StatusPage, Fault> {
        actor.require_somewhere(Permission::EditSystems)?;
        let input = PageInput::parse(typed)?;
        actor.require(Permission::EditSystems, &input.team, "team")?;
        let host = input.host.clone().unwrap_or_default();
        may_host(actor, "", &host)?;
        let mut tx = self.ctx.begin_write().await?;
        let parts = components(&mut tx, actor, &input).await?;
        let id: StatusPageId = self.ctx.new_id();
        store::insert(&mut tx, &id, &input, (&host, input.zone.as_deref().unwrap_or("UTC")), self.ctx.now()).await?;
        store::set_components(&mut tx, &id, &parts).await?;
        let page = store::page(&mut tx, &Reach::All, &id).await?;
        tx.announce(Topic::Incidents, shelf::turned(&page.slug), Some(&page.team));
        self.finish(tx, actor, "status-page.add", &page, json!(page)).await?;
        Ok(page)
    }

    async fn edit(&self, actor: &Actor, id: &StatusPageId, typed: &Typed) -> Result<(), Fault> {
        let (mut tx, before) = self.begin(actor, id, Permission::EditSystems).await?;
        let input = PageInput::parse(typed)?;
        actor.require(Permission::EditSystems, &input.team, "team")?;
        let host = input.host.clone().unwrap_or_else(|| before.host.clone());
        may_host(actor, &before.host, &host)?;
        let zone = input.zone.clone().unwrap_or_else(|| before.zone.clone());
        let parts = components(&mut tx, actor, &input).await?;
        let version = input.version.unwrap_or(before.version);
        if !store::edit(&mut tx, id, version, &input, (&host, &zone), self.ctx.now()).await? {
            return Err(Fault::conflict("conflict-status-edited"));
        }
        store::set_components(&mut tx, id, &parts).await?;
        let after = store::page(&mut tx, &Reach::All, id).await?;
        // Written again as it was: the transaction ends with nothing in it.
        if (StatusPage { version: before.version, ..after.clone() }) == before {
            return Ok(());
        }
        let detail = json!({ "from": before, "to": after });
        for slug in [&before.slug, &after.slug] {
            tx.announce(Topic::Incidents, shelf::turned(slug), Some(&after.team));
        }
        self.finish(tx, actor, "status-page.edit", &after, detail).await
    }

    async fn remove(&self, actor: &Actor, id: &StatusPageId) -> Result<(), Fault> {
        let (mut tx, page) = self.begin(actor, id, Permission::EditSystems).await?;
        subscribers::remove_all(&mut tx, id, self.ctx.now()).await?;
        people::feeds::end_all(&mut tx, id).await?;
        store::remove(&mut tx, id).await?;
        tx.announce(Topic::Incidents, shelf::turned(&page.slug), Some(&page.team));
        self.finish(tx, actor, "status-page.remove", &page, json!({ "slug": page.slug })).await
    }

    async fn publish(&self, actor: &Actor, id: &StatusPageId, typed: &Typed) -> Result<Notice, Fault> {
        let (mut tx, page) = self.begin(actor, id, Permission::WorkIncidents).await?;
        let now = self.ctx.now();
        let input = NoticeInput::parse(typed, now)?;
        let unknown = input.affects.iter().find(|name| page.components.iter().all(|component| component.name != **name));
        if let Some(unknown) = unknown {
            return Err(Fault::invalid("affects", unknown, Wording::new("status-expect-affects")));
        }
        let incident: Option<IncidentId> = match &input.incident {
            Some(which) => Some(self.incident(&mut tx, actor, which, typed).await?),
            None => None,
        };
        let notice: StatusNoticeId = self.ctx.new_id();
        store::publish(&mut tx, &notice, id, &input, incident.as_ref(), now).await?;
        let said = UpdateInput { state: input.state, text: input.text.clone() };
        let update = self.ctx.new_id();
        store::say(&mut tx, &update, &notice, &said, &actor.name, now).await?;
        self.spread(&mut tx, &page, &notice, (&update, &said)).await?;
        self.tell(&mut tx, actor, incident.as_ref(), &page, input.state).await?;
        let (made, _) = store::notice(&mut tx, &notice).await?;
        self.finish(tx, actor, "status-page.publish", &page, json!(made)).await?;
        Ok(made)
    }

    async fn update(&self, actor: &Actor, notice: &StatusNoticeId, typed: &Typed) -> Result<(), Fault> {
        actor.require_somewhere(Permission::Read)?;
        let (found, page) = store::notice(&mut *self.ctx.db.read().await?, notice).await?;
        let (mut tx, page) = self.begin(actor, &page, Permission::WorkIncidents).await?;
        let input = UpdateInput::parse(typed)?;
        let update = self.ctx.new_id();
        store::say(&mut tx, &update, notice, &input, &actor.name, self.ctx.now()).await?;
        self.spread(&mut tx, &page, notice, (&update, &input)).await?;
        self.tell(&mut tx, actor, found.incident.as_ref(), &page, input.state).await?;
        let detail = json!({ "notice": notice, "state": input.state, "text": input.text });
        self.finish(tx, actor, "status-page.update", &page, detail).await
    }

    async fn subscribe(&self, actor: &Actor, slug: &str, typed: &Typed, asker: &Asker) -> Result<(), Fault> {
        self.ask(actor, slug, typed, asker).await
    }

    async fn end_subscription(&self, actor: &Actor, id: &StatusPageId, typed: &Typed) -> Result<(), Fault> {
        let (mut tx, page) = self.begin(actor, id, Permission::EditSystems).await?;
        let input = SubscriptionInput::parse(typed)?;
        if !subscribers::end(&mut tx, &self.ctx, id, &input).await? {
            let field = if input.kind == domain::deliveries::Kind::Email { "email" } else { "url" };
            return Err(Fault::invalid(field, &input.address, Wording::new("status-expect-subscribed")));
        }
        // Whose it was is shown to nobody, in the trail neither.
        self.finish(tx, actor, "status-page.end-subscription", &page, json!({ "kind": input.kind })).await
    }

    async fn own_feed(&self, actor: &Actor, slug: &str) -> Result<Option<String>, Fault> {
        self.own_feed(actor, slug).await
    }

    async fn renew_own_feed(&self, actor: &Actor, slug: &str) -> Result<(), Fault> {
        self.renew_own_feed(actor, slug).await
    }

    async fn end_own_feed(&self, actor: &Actor, slug: &str) -> Result<(), Fault> {
        self.end_own_feed(actor, slug).await
    }

    async fn by_feed(&self, secret: &str) -> Result<Arc<StatusAnswer>, Fault> {
        self.by_feed(secret).await
    }

    async fn ticket(&self, token: &str) -> Result<Ticket, Fault> {
        self.open(token).await
    }

    async fn redeem(&self, token: &str) -> Result<Ticket, Fault> {
        self.act(token).await
    }
}

impl Service {
    /// The incident that is named, as far as the actor may work on it.
    async fn incident(&self, tx: &mut WriteTx, actor: &Actor, which: &Ref, typed: &Typed) -> Result<IncidentId, Fault> {
        let unknown = || Fault::invalid("incident", typed.get("incident"), Wording::new("incidents-expect-incident"));
        let id = incidents::find(tx, which).await?.ok_or_else(unknown)?;
        let team = incidents::team(tx, &id).await?;
        if actor.may(Permission::WorkIncidents, &team) { Ok(id) } else { Err(unknown()) }
    }

    /// Writes into the timeline of the incident that customers were told.
    async fn tell(
        &self,
        tx: &mut WriteTx,
        actor: &Actor,
        incident: Option<&IncidentId>,
        page: &StatusPage,
        state: NoticeState,
    ) -> Result<(), Fault> {
        let Some(incident) = incident else { return Ok(()) };
        let (text, link) = (format!("{}: {state}", page.title), format!("/status/{}", page.slug));
        incidents::note(tx, &self.ctx, incident, &actor.name, domain::incidents::EntryKind::Published, &text, Some(&link)).await
    }
}
