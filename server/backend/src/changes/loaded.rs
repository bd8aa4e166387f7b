//! Finding a change as the actor may see it, with what its rules need.

use std::collections::BTreeMap;

use domain::{
    Actor, Fault, Permission, Reach,
    changes::{Content, Summary, SystemRef},
    id::{ChangeId, SystemId, TeamId, UserId},
    systems::Brief,
};
use sqlx::AnyConnection;

use super::store::{self, Stored, Written};
use crate::systems;

/// A change with its content, who wrote that, and the systems it touches as they are now.
///
/// **Invariant:** whoever wrote any of its contents is no second pair of eyes on it: what they wrote may stand in the present one, whoever
/// edited that last.
pub(super) struct Loaded {
    pub stored: Stored,
    pub content: Content,
    pub author: UserId,
    /// Whoever requested it, and the author of each of its contents.
    pub writers: Vec<UserId>,
    /// Whoever had a hand in carrying it out: began it, ran a tool of its plan, ticked a step off, brought it to production, ended it.
    pub hands: Vec<UserId>,
    pub systems: Vec<Brief>,
}

impl Loaded {
    pub(super) fn id(&self) -> &ChangeId {
        &self.stored.summary.id
    }

    pub(super) fn team(&self) -> &TeamId {
        &self.stored.summary.team.id
    }

    /// `CHG-12 New routing`: how audit rows and notices call it.
    pub(super) fn label(&self) -> String {
        format!("{} {}", domain::changes::number_text(self.stored.summary.number), self.stored.summary.title)
    }

    /// The teams whose approvers must agree: the owners of every system touched.
    pub(super) fn owners(&self) -> Vec<TeamId> {
        let mut owners: Vec<_> = self.systems.iter().map(|s| s.team.clone()).collect();
        owners.sort();
        owners.dedup();
        owners
    }

    /// Demands the permission in the team of the change; that it may be read was settled by loading it.
    pub(super) fn require(&self, actor: &Actor, permission: Permission) -> Result<(), Fault> {
        if actor.may(permission, self.team()) { Ok(()) } else { Err(Fault::Forbidden(permission)) }
    }

    /// Demands that they request or execute changes of its team.
    pub(super) fn require_work(&self, actor: &Actor) -> Result<(), Fault> {
        self.require(actor, Permission::RequestChanges).or_else(|_| self.require(actor, Permission::ExecuteChanges))
    }

    /// Whether they hold the permission for every system touched; of none nobody does.
    fn holds_for_every_owner(&self, actor: &Actor, permission: Permission) -> bool {
        let owners = self.owners();
        !owners.is_empty() && owners.iter().all(|team| actor.may(permission, team))
    }

    /// Whether they requested it or wrote any of its contents.
    pub(super) fn is_theirs(&self, actor: &Actor) -> bool {
        actor.user().is_some_and(|user| self.writers.contains(user))
    }

    /// Refuses those as the second of two people.
    pub(super) fn refuse_its_own(&self, actor: &Actor) -> Result<(), Fault> {
        if self.is_theirs(actor) { Err(Fault::conflict("conflict-change-second-own")) } else { Ok(()) }
    }

    /// Whether they may be the second of two people who do without evidence: who approve for every system touched.
    pub(super) fn may_agree_to_waive(&self, actor: &Actor) -> bool {
        self.holds_for_every_owner(actor, Permission::ApproveChanges)
    }

    /// Whether they may be the second of two people who break a freeze: who approve for every system touched, or set freezes for all of
    /// them and the team of the change.
    pub(super) fn may_agree_to_break(&self, actor: &Actor) -> bool {
        let freezes = actor.may(Permission::SetFreezes, self.team()) && self.holds_for_every_owner(actor, Permission::SetFreezes);
        freezes || self.holds_for_every_owner(actor, Permission::ApproveChanges)
    }
}

/// The change within the actor's reach, by id or number; [`Fault::NotFound`] otherwise.
pub(super) async fn change(conn: &mut AnyConnection, actor: &Actor, id: &str) -> Result<Loaded, Fault> {
    actor.authenticated()?;
    let stored = store::by_id(conn, &actor.reach(Permission::Read), id).await?.ok_or(Fault::NotFound("change"))?;
    whole(conn, stored).await
}

/// The change that is there already, where one is named.
pub(super) async fn if_named(conn: &mut AnyConnection, actor: &Actor, id: Option<&ChangeId>) -> Result<Option<Loaded>, Fault> {
    match id {
        Some(id) => change(conn, actor, id.as_str()).await.map(Some),
        None => Ok(None),
    }
}

/// Adds content, author and systems.
pub(super) async fn whole(conn: &mut AnyConnection, stored: Stored) -> Result<Loaded, Fault> {
    wholes(conn, vec![stored]).await?.pop().ok_or(Fault::Internal)
}

/// The same for any number of changes, by two queries.
pub(super) async fn wholes(conn: &mut AnyConnection, all: Vec<Stored>) -> Result<Vec<Loaded>, Fault> {
    let ids: Vec<&ChangeId> = all.iter().map(|stored| &stored.summary.id).collect();
    let mut contents = store::contents(conn, &ids).await?;
    let mut wanted: Vec<SystemId> = contents.values().flat_map(|written| written.content.systems.iter().cloned()).collect();
    wanted.sort();
    wanted.dedup();
    // By name, as one change shows them.
    let briefs = systems::briefs(conn, &Reach::All, &wanted).await?;
    all.into_iter()
        .map(|mut stored| {
            let Written { content, author, writers, hands } = contents.remove(&stored.summary.id).ok_or(Fault::Internal)?;
            let systems: Vec<Brief> = briefs.iter().filter(|brief| content.systems.contains(&brief.id)).cloned().collect();
            stored.summary.systems = systems.iter().map(reference).collect();
            Ok(Loaded { stored, content, author, writers, hands, systems })
        })
        .collect()
}

/// A system by name.
pub(super) fn reference(brief: &Brief) -> SystemRef {
    SystemRef { id: brief.id.clone(), key: brief.key.clone(), name: brief.name.clone() }
}

/// Fills the systems of summaries in.
pub(super) async fn named(conn: &mut AnyConnection, mut changes: Vec<Summary>) -> Result<Vec<Summary>, Fault> {
    let ids: Vec<&ChangeId> = changes.iter().map(|c| &c.id).collect();
    let of = store::system_rows(conn, &ids).await?;
    let mut wanted: Vec<SystemId> = of.values().flatten().cloned().collect();
    wanted.sort();
    wanted.dedup();
    let briefs: BTreeMap<SystemId, SystemRef> =
        systems::briefs(conn, &Reach::All, &wanted).await?.iter().map(|b| (b.id.clone(), reference(b))).collect();
    for change in &mut changes {
        let ids = of.get(&change.id).map_or(&[][..], Vec::as_slice);
        change.systems = ids.iter().filter_map(|id| briefs.get(id).cloned()).collect();
        change.systems.sort_by(|a, b| a.name.cmp(&b.name));
    }
    Ok(changes)
}
