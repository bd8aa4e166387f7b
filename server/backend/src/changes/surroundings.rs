//! Gathers the facts from which conflicts are computed.

use std::collections::{BTreeMap, BTreeSet};

use domain::{
    Actor, Fault, Permission, Reach, Span,
    changes::{Conflict, Filter, Neighbour, State, Subject, Surroundings, conflicts, number_text},
    id::{SystemId, TeamId},
};
use sqlx::AnyConnection;

use super::{ground::on_systems, loaded, store};
use crate::{incidents, systems};

/// Most changes that are looked at as neighbours.
const MOST: u32 = 1_000;

/// What is around a span, gathered once for any number of changes in it.
pub(super) struct Around {
    facts: Surroundings,
    links: systems::Links,
    /// Around each system that was asked for, both ways.
    near: BTreeMap<SystemId, BTreeMap<SystemId, u32>>,
}

impl Around {
    /// Everything that could be in the way within the span, as far as the actor may know it: a change of others is
    /// told by its number only.
    pub(super) async fn gather(conn: &mut AnyConnection, actor: &Actor, span: Span) -> Result<Self, Fault> {
        let filter = Filter { states: State::ALL.iter().copied().filter(|s| s.is_live()).collect(), ..Filter::default() };
        let found = store::overlapping(conn, &Reach::All, &filter, span, MOST).await?;
        let changes = loaded::named(conn, found.into_iter().map(|c| c.summary).collect()).await?;
        let reach = actor.reach(Permission::Read);
        let readable: BTreeSet<_> =
            store::overlapping(conn, &reach, &filter, span, MOST).await?.into_iter().map(|c| c.summary.id).collect();
        let mut facts = Surroundings { freezes: store::freezes(conn, &Reach::All, span).await?, ..Surroundings::default() };
        for change in changes {
            for system in &change.systems {
                facts.names.insert(system.id.clone(), system.name.clone());
            }
            let readable = readable.contains(&change.id);
            let number = number_text(change.number);
            facts.neighbours.push(Neighbour {
                label: if readable { format!("{number} {}", change.title) } else { number },
                readable,
                span: change.busy(),
                systems: change.systems.into_iter().map(|s| s.id).collect(),
                team: change.team.id,
                id: change.id,
            });
        }
        for incident in incidents::open_on(conn, None).await? {
            facts.incidents.extend(on_systems(&incident, reach.includes(&incident.team)));
            facts.names.extend(incident.systems.into_iter().map(|system| (system.id, system.name)));
        }
        Ok(Self { facts, links: systems::Links::read(conn).await?, near: BTreeMap::new() })
    }

    /// The conflicts of one change.
    pub(super) fn of(&mut self, subject: &Subject<'_>) -> Result<Vec<Conflict>, Fault> {
        self.link(subject)?;
        Ok(conflicts(subject, &self.facts))
    }

    /// The facts as they are for one change.
    pub(super) fn near(mut self, subject: &Subject<'_>) -> Result<Surroundings, Fault> {
        self.link(subject)?;
        Ok(self.facts)
    }

    fn link(&mut self, subject: &Subject<'_>) -> Result<(), Fault> {
        let mut linked: BTreeMap<SystemId, u32> = BTreeMap::new();
        for system in subject.systems {
            if !self.near.contains_key(system) {
                let one = std::slice::from_ref(system);
                let mut near: BTreeMap<SystemId, u32> = BTreeMap::new();
                for (other, steps) in self.links.needs(one)?.into_iter().chain(self.links.needed_by(one)?) {
                    near.entry(other).and_modify(|s| *s = steps.min(*s)).or_insert(steps);
                }
                self.near.insert(system.clone(), near);
            }
            for (other, steps) in self.near.get(system).into_iter().flatten() {
                linked.entry(other.clone()).and_modify(|s| *s = (*steps).min(*s)).or_insert(*steps);
            }
        }
        self.facts.linked = linked;
        Ok(())
    }
}

/// The team that owns each of these systems.
pub(super) async fn owners(conn: &mut AnyConnection, systems: &[SystemId]) -> Result<BTreeMap<SystemId, TeamId>, Fault> {
    Ok(systems::briefs(conn, &Reach::All, systems).await?.into_iter().map(|s| (s.id, s.team)).collect())
}
