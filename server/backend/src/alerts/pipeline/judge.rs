//! Why an alert tells nobody now, or would have told nobody at an earlier moment, as far as history tells. Everything is read at most once for a transaction, and only what some alert needs.
//!
//! **Architecture invariants:** nobody keeps another team's alerts quiet by posting labels: an alert inhibits those of its own team, and
//! those that its own sender posts for others; a system that is needed keeps quiet what needs it where its own team's sources (or the
//! same sender) say that it is down. What is another team's is never named in a reason.

use std::{collections::HashMap, sync::Arc};

use domain::{
    Fault, Timestamp,
    alerts::{
        Cause, Labels, Reason, Routing, Silence,
        group::{self, Side},
        labels::is_foreign,
    },
    id::{AlertId, SystemId, TeamId},
};
use sqlx::AnyConnection;

use super::store::{self, Down, Source};
use crate::{
    alerts::{routing, silences, store::AlertRow},
    changes::{self, UnderWay},
    db::stored,
    monitors,
    systems::Links,
};

/// An alert as far as it is judged.
pub(in crate::alerts) struct Subject {
    pub(in crate::alerts) id: Option<AlertId>,
    pub(in crate::alerts) fingerprint: String,
    pub(in crate::alerts) team: TeamId,
    pub(in crate::alerts) system: Option<SystemId>,
    pub(in crate::alerts) labels: Labels,
    /// Who posted it; empty where our own sources observe it.
    pub(in crate::alerts) sender: String,
    pub(in crate::alerts) fired: Timestamp,
    /// Since when the condition holds, whether or not it fired at once.
    pub(in crate::alerts) began: Timestamp,
    /// The monitor of ours that sees it, by id as it is stored.
    pub(in crate::alerts) monitor: Option<String>,
}

impl Subject {
    pub(in crate::alerts) fn of(row: &AlertRow) -> Result<Self, Fault> {
        Ok(Self {
            id: Some(stored(&row.id)?),
            fingerprint: row.fingerprint.clone(),
            team: row.team()?,
            system: row.system()?,
            labels: row.labels()?,
            sender: row.sender.clone(),
            fired: Timestamp(row.fired_at.unwrap_or(row.changed_at)),
            began: Timestamp(row.started_at),
            monitor: (row.source_kind == monitors::SOURCE).then(|| row.source_id.clone()),
        })
    }

    fn side(&self) -> Side<'_> {
        Side { team: &self.team, sender: &self.sender }
    }

    /// A reason that names what keeps it quiet only where that is its own team's.
    fn reason(&self, cause: Cause, by: String, name: &str, team: &TeamId) -> Reason {
        Reason { cause, by, name: if *team == self.team { name.to_owned() } else { String::new() } }
    }
}

/// Judges alerts at one moment.
pub(in crate::alerts) struct Judge {
    now: Timestamp,
    /// The moment is over: what stood then is read from history.
    past: bool,
    /// What routes there are.
    pub(in crate::alerts) routing: Arc<Routing>,
    /// Version of the file; 0 for none.
    pub(in crate::alerts) version: i64,
    silences: Option<Vec<Silence>>,
    sources: Option<Vec<Source>>,
    links: Option<Links>,
    /// What is down among what a system needs.
    needs: HashMap<SystemId, Vec<Arc<Down>>>,
    /// Since when all checks of what a system needs have looked, where it needs something that is checked.
    looked: HashMap<SystemId, Timestamp>,
    changes: Option<Vec<UnderWay>>,
    /// Monitors that are under maintenance, by id, with their names; of an earlier moment only those that were asked for.
    maintained: Option<HashMap<String, String>>,
    /// How often conditions began to fire lately.
    firings: HashMap<String, i64>,
}

impl Judge {
    /// Begins at a moment; the routes are read.
    pub(in crate::alerts) async fn begin(conn: &mut AnyConnection, now: Timestamp) -> Result<Self, Fault> {
        let (version, routing) = routing::in_force(conn).await?;
        Ok(Self::new(now, false, version, routing))
    }

    /// Begins at a moment that is over, with the routes of that time.
    pub(in crate::alerts) async fn then(conn: &mut AnyConnection, then: Timestamp) -> Result<Self, Fault> {
        let (version, routing) = routing::in_force_then(conn, then).await?;
        Ok(Self::new(then, true, version, routing))
    }

    fn new(now: Timestamp, past: bool, version: i64, routing: Arc<Routing>) -> Self {
        Self {
            now,
            past,
            routing,
            version,
            silences: None,
            sources: None,
            links: None,
            needs: HashMap::new(),
            looked: HashMap::new(),
            changes: None,
            maintained: None,
            firings: HashMap::new(),
        }
    }

    /// Something began to fire or ended: what depends on it is read anew.
    pub(in crate::alerts) fn moved(&mut self) {
        self.sources = None;
        self.needs.clear();
        self.firings.clear();
    }

    /// Reads what these will need, each kind of thing once, however many they are.
    pub(in crate::alerts) async fn prepare(&mut self, conn: &mut AnyConnection, subjects: &[Subject]) -> Result<(), Fault> {
        let mut systems: Vec<SystemId> = subjects.iter().filter_map(|subject| subject.system.clone()).collect();
        systems.sort();
        systems.dedup();
        if self.routing.manners.dependents {
            self.prepare_needs(conn, systems.iter().filter(|system| !self.needs.contains_key(*system)).cloned().collect()).await?;
        }
        if self.routing.manners.changes && self.changes.is_none() && !systems.is_empty() {
            self.changes = Some(match self.past {
                false => changes::under_way(conn, &mut self.links, self.now).await?,
                true => changes::under_way_then(conn, &mut self.links, self.now).await?,
            });
        }
        if subjects.iter().any(|subject| subject.monitor.is_some()) {
            self.prepare_maintained(conn).await?;
            self.recall_maintained(conn, subjects).await?;
        }
        if self.routing.manners.flapping {
            let fresh = subjects.iter().filter(|subject| self.may_flap(subject) && !self.firings.contains_key(&subject.fingerprint));
            let fresh: Vec<&String> = fresh.map(|subject| &subject.fingerprint).collect();
            let counted = store::firings(conn, &fresh, self.now.plus(-group::FLAP_SPAN)).await?;
            self.firings.extend(fresh.into_iter().map(|fingerprint| (fingerprint.clone(), 0)));
            self.firings.extend(counted);
        }
        Ok(())
    }

    fn may_flap(&self, subject: &Subject) -> bool {
        self.now.since(subject.fired) < group::FLAP_STAYS
    }

    /// Of an earlier moment what maintenance kept quiet is not among what fired then; else see [`Self::recall_maintained`].
    async fn prepare_maintained(&mut self, conn: &mut AnyConnection) -> Result<(), Fault> {
        if self.maintained.is_none() && !self.past {
            self.maintained = Some(monitors::maintained(conn, self.now).await?);
        }
        Ok(())
    }

    /// Which of the monitors that see these were under maintenance at an earlier moment.
    async fn recall_maintained(&mut self, conn: &mut AnyConnection, subjects: &[Subject]) -> Result<(), Fault> {
        if !self.past {
            return Ok(());
        }
        for subject in subjects {
            let (Some(monitor), Some(system)) = (&subject.monitor, &subject.system) else { continue };
            let brought = changes::window_then(conn, system, self.now).await?;
            if monitors::was_maintained(conn, monitor, brought, self.now).await? {
                let name = subject.labels.get(monitors::SOURCE).cloned().unwrap_or_default();
                self.maintained.get_or_insert_default().insert(monitor.clone(), name);
            }
        }
        Ok(())
    }

    /// Whether an alert is quiet because its monitor is under maintenance: it keeps nothing else quiet, or nobody would hear of either.
    fn is_maintained(&self, source_kind: &str, source_id: &str) -> bool {
        source_kind == monitors::SOURCE && self.maintained.as_ref().is_some_and(|maintained| maintained.contains_key(source_id))
    }

    async fn prepare_needs(&mut self, conn: &mut AnyConnection, systems: Vec<SystemId>) -> Result<(), Fault> {
        if systems.is_empty() {
            return Ok(());
        }
        let links = Links::known(&mut self.links, conn).await?;
        let mut needed: Vec<(SystemId, Vec<SystemId>)> = Vec::with_capacity(systems.len());
        for system in systems {
            let ids = links.needs(std::slice::from_ref(&system))?;
            needed.push((system, ids.into_iter().map(|(id, _)| id).collect()));
        }
        let mut all: Vec<&SystemId> = needed.iter().flat_map(|(_, ids)| ids).collect();
        all.sort();
        all.dedup();
        let mut down = if self.past { store::down_on_then(conn, &all, self.now).await? } else { store::down_on(conn, &all).await? };
        if down.iter().any(|down| down.source_kind == monitors::SOURCE) {
            self.prepare_maintained(conn).await?;
        }
        down.retain(|down| !self.is_maintained(&down.source_kind, &down.source_id));
        let down: Vec<Arc<Down>> = down.into_iter().map(Arc::new).collect();
        let looked = if self.past { HashMap::new() } else { monitors::looked_at(conn, &all).await? };
        for (system, ids) in needed {
            let since = ids.iter().filter_map(|id| looked.get(id.as_str())).min();
            self.looked.extend(since.map(|since| (system.clone(), *since)));
            // The oldest ones first.
            let found = down.iter().filter(|down| ids.iter().any(|id| id.as_str() == down.system_id)).cloned().collect();
            self.needs.insert(system, found);
        }
        Ok(())
    }

    /// Every reason, sorted; none where it tells.
    pub(in crate::alerts) async fn reasons(&mut self, conn: &mut AnyConnection, subject: &Subject) -> Result<Vec<Reason>, Fault> {
        self.prepare(conn, std::slice::from_ref(subject)).await?;
        let mut reasons = self.silenced(conn, subject).await?;
        reasons.extend(self.inhibited(conn, subject).await?);
        if let Some(system) = &subject.system {
            let down = self.needs_what_is_down(subject, system)?;
            reasons.extend(down.or_else(|| self.unsettled(subject, system)));
            let change = self.changes.iter().flatten().find(|change| change_causes(change, subject, system));
            reasons.extend(change.map(|c| subject.reason(Cause::Maintenance, c.id.to_string(), &c.title, &c.team)));
        }
        reasons.extend(self.under_maintenance(subject));
        let firings = self.firings.get(&subject.fingerprint).copied().unwrap_or_default();
        if self.may_flap(subject) && group::flaps(firings, subject.fired, self.now) {
            reasons.push(Reason { cause: Cause::Flapping, by: String::new(), name: firings.to_string() });
        }
        reasons.extend(self.routing.nobody(&subject.labels).map(|name| Reason { cause: Cause::Nobody, by: String::new(), name }));
        reasons.sort();
        reasons.dedup();
        Ok(reasons)
    }

    async fn silenced(&mut self, conn: &mut AnyConnection, subject: &Subject) -> Result<Vec<Reason>, Fault> {
        if self.silences.is_none() {
            let mut holding = silences::holding(conn, self.now).await?;
            // One that was made afterwards, for a time that had begun, kept nothing quiet before it was made.
            holding.retain(|silence| !self.past || silence.created_at <= self.now);
            self.silences = Some(holding);
        }
        let holding = self.silences.iter().flatten().filter(|silence| silence.content.matches(&subject.team, &subject.labels));
        Ok(holding.map(|s| Reason { cause: Cause::Silence, by: s.id.to_string(), name: s.content.comment.clone() }).collect())
    }

    async fn inhibited(&mut self, conn: &mut AnyConnection, subject: &Subject) -> Result<Option<Reason>, Fault> {
        let rules = self.routing.inhibitions.clone();
        let targeted = rules.iter().any(|rule| domain::alerts::matcher::all_match(&rule.target, &subject.labels));
        if !targeted {
            return Ok(None);
        }
        if self.sources.is_none() {
            let mut sources = if self.past { store::firing_then(conn, self.now).await? } else { store::firing(conn).await? };
            sources.retain(|source| rules.iter().any(|rule| domain::alerts::matcher::all_match(&rule.source, &source.labels)));
            if sources.iter().any(|source| source.source_kind == monitors::SOURCE) {
                self.prepare_maintained(conn).await?;
            }
            sources.retain(|source| !self.is_maintained(&source.source_kind, &source.source_id));
            self.sources = Some(sources);
        }
        let found = self.sources.iter().flatten().find(|source| {
            subject.id.as_ref() != Some(&source.id)
                && subject.side().trusts(Side { team: &source.team, sender: &source.sender })
                && rules.iter().any(|rule| rule.keeps_quiet(&source.labels, &subject.labels))
        });
        Ok(found.map(|source| subject.reason(Cause::Inhibition, source.id.to_string(), &source.title, &source.team)))
    }

    /// Whether what the system needs may be down too, and its checks have not looked since this fired: the one that is seen first is not
    /// always the one that causes the others.
    fn unsettled(&self, subject: &Subject, system: &SystemId) -> Option<Reason> {
        let looked = self.looked.get(system)?;
        let waits = *looked < subject.fired && (0..group::SETTLES).contains(&self.now.since(subject.fired));
        waits.then(|| Reason { cause: Cause::Unsettled, by: String::new(), name: String::new() })
    }

    /// Whether the monitor that sees it is under maintenance; it is of the same team, as its system is.
    fn under_maintenance(&self, subject: &Subject) -> Option<Reason> {
        let (id, name) = self.maintained.as_ref()?.get_key_value(subject.monitor.as_ref()?)?;
        Some(Reason { cause: Cause::Monitor, by: id.clone(), name: name.clone() })
    }

    fn needs_what_is_down(&self, subject: &Subject, system: &SystemId) -> Result<Option<Reason>, Fault> {
        for down in self.needs.get(system).into_iter().flatten() {
            let team: TeamId = stored(&down.team_id)?;
            // Whoever needs a system of another team takes that team's word for it, as far as its own sources saw it.
            if !is_foreign(&down.source_kind) || subject.side().trusts(Side { team: &team, sender: &down.sender }) {
                return Ok(Some(subject.reason(Cause::Dependency, down.id.clone(), &down.title, &team)));
            }
        }
        Ok(None)
    }
}

/// Whether a change under way is taken for the cause: it holds the system, and began before the alert did.
/// What was wrong before is not its doing.
fn change_causes(change: &UnderWay, subject: &Subject, system: &SystemId) -> bool {
    subject.began >= change.since && change.holds.contains(system)
}
