//! Gathers the facts from which conflicts are computed.

use std::collections::{BTreeMap, BTreeSet};

use domain::{
    Actor, Fault, Permission, Reach, Span, Timestamp,
    changes::{Conflict, Filter, Neighbour, State, Subject, Surroundings, conflicts, hands, names_of_hands, number_text},
    id::{ChangeId, SystemId, TeamId},
    people::UserBrief,
};
use sqlx::AnyConnection;

use super::{
    ground::on_systems,
    loaded::{self, Loaded},
    standing::{Fitting, away},
    store,
};
use crate::{incidents, people, systems};

/// Most changes that are looked at as neighbours.
const MOST: u32 = 1_000;

/// What is around a span, gathered once for any number of changes in it.
pub(super) struct Around {
    facts: Surroundings,
    links: systems::Links,
    /// Around each system that was asked for, both ways.
    near: BTreeMap<SystemId, BTreeMap<SystemId, u32>>,
    /// Names that were looked up, and the people whom they mean.
    pub(super) asked: BTreeSet<String>,
    pub(super) known: Vec<UserBrief>,
    pub(super) fitting: Fitting,
    pub(super) teams: BTreeMap<TeamId, String>,
}

impl Around {
    /// Everything that could be in the way within the span, as far as the actor may know it: a change of others is
    /// told by its number only.
    pub(super) async fn gather(conn: &mut AnyConnection, actor: &Actor, span: Span, now: Timestamp) -> Result<Self, Fault> {
        let filter = Filter { states: State::ALL.iter().copied().filter(|s| s.is_live()).collect(), ..Filter::default() };
        let found = store::overlapping(conn, &Reach::All, &filter, span, MOST).await?;
        let changes = loaded::named(conn, found.into_iter().map(|c| c.summary).collect()).await?;
        let reach = actor.reach(Permission::Read);
        let readable: BTreeSet<_> =
            store::overlapping(conn, &reach, &filter, span, MOST).await?.into_iter().map(|c| c.summary.id).collect();
        let freezes = store::freezes(conn, &Reach::All, span).await?;
        let mut facts = Surroundings { freezes, away: away(conn, span, now).await?, ..Surroundings::default() };
        let ids: Vec<&ChangeId> = changes.iter().map(|change| &change.id).collect();
        let contents = if ids.is_empty() { BTreeMap::new() } else { store::contents(conn, &ids).await? };
        let steps = |id: &ChangeId| contents.get(id).map_or_else(BTreeSet::new, |written| names_of_hands(&written.content.steps));
        let asked: BTreeSet<String> = changes.iter().flat_map(|change| steps(&change.id)).collect();
        let known = people::called(conn, &asked.iter().cloned().collect::<Vec<_>>()).await?;
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
                risk: change.risk,
                people: hands(&steps(&change.id), &known),
                systems: change.systems.into_iter().map(|s| s.id).collect(),
                team: change.team.id,
                id: change.id,
            });
        }
        for incident in incidents::open_on(conn, None).await? {
            facts.incidents.extend(on_systems(&incident, reach.includes(&incident.team)));
            facts.names.extend(incident.systems.into_iter().map(|system| (system.id, system.name)));
        }
        facts.vital = systems::vital(conn).await?;
        let links = systems::Links::read(conn).await?;
        Ok(Self { facts, links, near: BTreeMap::new(), asked, known, fitting: Fitting::new(), teams: BTreeMap::new() })
    }

    /// Whether there is somebody who is away, or a holiday of a team.
    pub(super) fn anybody_is_away(&self) -> bool {
        !self.facts.away.absences.is_empty() || !self.facts.away.days_off.is_empty()
    }

    /// The conflicts of a change as it stands.
    pub(super) async fn of_change(&mut self, conn: &mut AnyConnection, change: &Loaded) -> Result<Vec<Conflict>, Fault> {
        let standing = self.standing(conn, change).await?;
        let owners = change.owners();
        self.of(&standing.of(change.subject(&owners)))
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
