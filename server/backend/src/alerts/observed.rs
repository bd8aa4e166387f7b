//! What sources say of conditions, many at a time, becomes rows.
//!
//! **Architecture invariant:** how many statements this takes does not depend on how many conditions are spoken of, and rows are
//! locked and begun in one order, that of their fingerprints.

use std::collections::{BTreeMap, HashMap, HashSet};

use domain::{
    Fault, Reach, Timestamp, Wording,
    alerts::{
        Labels, Reading, Signal, Timing,
        labels::{Known, complete},
    },
    id::{SystemId, TeamId},
    systems::Brief,
};
use sqlx::AnyConnection;

use super::{
    past,
    pipeline::Judge,
    step::{self, Going},
    store::{self, AlertRow},
};
use crate::{Context, WriteTx, people, systems};

/// One condition, and what is said of it.
pub(super) struct Said {
    pub(super) fingerprint: String,
    pub(super) signal: Signal,
    pub(super) timing: Timing,
    /// Who posts it; empty where our own sources observe it.
    sender: String,
}

impl Said {
    pub(super) fn new(signal: Signal, timing: Timing, sender: &str) -> Self {
        Self { fingerprint: signal.fingerprint(), signal, timing, sender: sender.to_owned() }
    }

    /// Whether the same is said: that it lasts, or that it is over.
    fn is_like(&self, later: &Self) -> bool {
        let (own, other) = (&self.signal, &later.signal);
        own.system == other.system && own.holds == other.holds && self.timing.ended_at.is_some() == later.timing.ended_at.is_some()
    }

    /// What is said of it again, without anything between: the earliest beginning counts, and of two ends the later one.
    fn merge(&mut self, mut later: Self) {
        let before = self.timing;
        let starts_at = before.starts_at.zip(later.timing.starts_at).map(|(own, other)| own.min(other));
        if before.ended_at > later.timing.ended_at {
            self.timing.starts_at = starts_at;
            return;
        }
        if later.timing.ended_at.is_none() {
            (later.timing.expires_at, later.timing.named) = later.timing.end_after(before.expires_at, before.named);
        }
        later.timing.starts_at = starts_at;
        *self = later;
    }
}

/// What became of what was said, by team.
#[derive(Debug, Default)]
pub(super) struct Tally(BTreeMap<String, Counts>);

/// Alerts that began, ended, and that were said again.
#[derive(Debug, Default, Clone, Copy)]
pub(super) struct Counts {
    pub(super) began: u64,
    pub(super) ended: u64,
    pub(super) again: u64,
}

impl Tally {
    /// The counts of a team.
    pub(super) fn of(&mut self, team: &str) -> &mut Counts {
        self.0.entry(team.to_owned()).or_default()
    }

    /// Counts these as well.
    pub(super) fn add(&mut self, other: Self) {
        for (team, counts) in other.0 {
            let own = self.0.entry(team).or_default();
            (own.began, own.ended, own.again) = (own.began + counts.began, own.ended + counts.ended, own.again + counts.again);
        }
    }

    /// The teams for which something began or ended.
    pub(super) fn news(&self) -> impl Iterator<Item = (&String, &Counts)> {
        self.0.iter().filter(|(_, counts)| counts.began + counts.ended > 0)
    }
}

/// What is said, with what is said of a condition over and over again said once.
pub(super) fn folded(said: Vec<Said>) -> Vec<Said> {
    let mut last: HashMap<String, usize> = HashMap::new();
    let mut folded: Vec<Said> = Vec::with_capacity(said.len());
    for said in said {
        if let Some(before) = last.get(&said.fingerprint).and_then(|at| folded.get_mut(*at))
            && before.is_like(&said)
        {
            before.merge(said);
            continue;
        }
        last.insert(said.fingerprint.clone(), folded.len());
        folded.push(said);
    }
    folded
}

/// What is said in rounds, each of which speaks of a condition once: what is said of one again counts after what was said before.
pub(super) fn rounds(said: Vec<Said>) -> Vec<Vec<Said>> {
    let (mut rounds, mut rest) = (Vec::new(), said);
    while !rest.is_empty() {
        let mut seen = HashSet::new();
        let (first, later): (Vec<_>, Vec<_>) = rest.into_iter().partition(|said| seen.insert(said.fingerprint.clone()));
        rounds.push(first);
        rest = later;
    }
    rounds
}

/// Takes what is said. Of two that speak of one condition the later one counts after the earlier one: after the groups of the one are
/// locked, alerts and incidents of the other are, so that whoever hears others gives each of the [`rounds`] a transaction of its own.
pub(super) async fn observe(tx: &mut WriteTx, ctx: &Context, judge: &mut Judge, said: Vec<Said>) -> Result<Tally, Fault> {
    let mut tally = Tally::default();
    for once in rounds(said) {
        each_once(tx, ctx, judge, once, &mut tally).await?;
    }
    Ok(tally)
}

async fn each_once(tx: &mut WriteTx, ctx: &Context, judge: &mut Judge, mut said: Vec<Said>, tally: &mut Tally) -> Result<(), Fault> {
    let now = ctx.now();
    said.sort_by(|a, b| a.fingerprint.cmp(&b.fingerprint));
    let parties = Parties::of(tx, &said).await?;
    let mut lots = Vec::new();
    // Between "none is running" and our insert another writer may begin one; then it is there to be taken.
    for _ in 0..3 {
        let rows = store::take_running(tx, said.iter().map(|said| &said.fingerprint), now).await?;
        let mut running: HashMap<String, AlertRow> = rows.into_iter().map(|row| (row.fingerprint.clone(), row)).collect();
        let (mut going, mut over, mut fresh, mut gone) = (Vec::new(), Vec::new(), Vec::new(), Vec::new());
        for said in said {
            match running.remove(&said.fingerprint) {
                Some(row) if row.system()? == said.signal.system => {
                    tally.of(&row.team_id).again += 1;
                    going.push(said_again(row, &said, &parties.labels(&said.signal)?.0, ctx, judge.version)?);
                    continue;
                }
                // The source speaks of another system now, perhaps of another team: here it is over, there it begins.
                Some(row) => over.push(row),
                None if said.timing.ended_at.is_some() => {
                    gone.push(said);
                    continue;
                }
                None => {}
            }
            if said.signal.holds == Some(true) {
                fresh.push(said);
            }
        }
        // Alerts are locked before their incidents, here as well.
        going.extend(past::longer(tx, now, &gone).await?);
        past::pass_over(tx, now, &mut fresh).await?;
        let mut over: Vec<Going> = over.into_iter().map(|row| Going::over(None, row, ctx)).collect();
        // What is over here is stored as that before it begins there.
        step::save(tx, &mut over).await?;
        step::save(tx, &mut going).await?;
        lots.extend([over, going]);
        if fresh.is_empty() {
            return step::follow(tx, ctx, judge, lots, tally).await;
        }
        let mut going = Vec::with_capacity(fresh.len());
        for said in &fresh {
            let (labels, team) = parties.labels(&said.signal)?;
            going.push(begun(ctx, said, &labels, &team, judge.version)?);
        }
        let begun = store::insert(tx, &going.iter().map(|going| &going.row).collect::<Vec<_>>()).await?;
        let (mut begins, mut late) = (Vec::new(), Vec::new());
        for (going, said) in going.into_iter().zip(fresh) {
            if begun.contains(&going.row.id) {
                tally.of(&going.row.team_id).began += 1;
                begins.push(going);
            } else {
                late.push(said);
            }
        }
        lots.push(begins);
        if late.is_empty() {
            // All together: incidents are locked before groups.
            return step::follow(tx, ctx, judge, lots, tally).await;
        }
        said = late;
    }
    Err(Fault::Unavailable(Wording::new("unavailable-database-busy")))
}

/// A running alert of which its source says something more.
fn said_again(mut row: AlertRow, said: &Said, labels: &Labels, ctx: &Context, version: i64) -> Result<Going, Fault> {
    let (signal, before) = (&said.signal, row.clone());
    row.title.clone_from(&signal.title);
    row.severity = signal.severity.rank();
    row.url.clone_from(&signal.url);
    let (end, named) = said.timing.end_after(row.expires_at.map(Timestamp), row.end_named == 1);
    (row.expires_at, row.end_named) = (end.map(|at| at.0), i64::from(named));
    // As upstream merges: of what overlaps the earliest beginning counts.
    row.started_at = said.timing.starts_at.map_or(row.started_at, |at| at.0.min(row.started_at));
    row.detail.clone_from(&signal.detail);
    // What ends it may be another rule already; it fired by this one.
    if signal.holds == Some(true) {
        row.rule = store::terms(&signal.rule);
    }
    if let Some(delays) = signal.delays {
        (row.hold_ms, row.recover_ms) = (delays.hold_ms, delays.recover_ms);
    }
    (row.labels, row.annotations) = (store::written(labels), store::written(&signal.annotations));
    row.late.clone_from(&signal.late);
    let reading = row.reading().then(signal.holds, ctx.now());
    let mut going = Going::on(before, row, reading, ctx, version)?;
    if let Some(at) = said.timing.ended_at {
        going.ended(at);
    }
    Ok(going)
}

/// An alert that begins, as far as it goes at once.
fn begun(ctx: &Context, said: &Said, labels: &Labels, team: &TeamId, version: i64) -> Result<Going, Fault> {
    let now = ctx.now();
    let mut row = AlertRow::begin(&ctx.new_id(), &said.signal, team, now);
    row.labels = store::written(labels);
    row.sender.clone_from(&said.sender);
    (row.expires_at, row.end_named) = (said.timing.expires_at.map(|at| at.0), i64::from(said.timing.named));
    row.started_at = said.timing.starts_at.map_or(now, |at| at.min(now)).0;
    Going::begin(row, Reading { holds: Some(true), since: now }, ctx, version)
}

/// The systems and teams that are spoken of.
struct Parties {
    systems: HashMap<SystemId, Brief>,
    keys: HashMap<TeamId, String>,
}

impl Parties {
    async fn of(conn: &mut AnyConnection, said: &[Said]) -> Result<Self, Fault> {
        let mut ids: Vec<SystemId> = said.iter().filter_map(|said| said.signal.system.clone()).collect();
        ids.sort();
        ids.dedup();
        let found = if ids.is_empty() { Vec::new() } else { systems::briefs(conn, &Reach::All, &ids).await? };
        let systems: HashMap<SystemId, Brief> = found.into_iter().map(|brief| (brief.id.clone(), brief)).collect();
        let mut teams: Vec<TeamId> = systems.values().map(|system| system.team.clone()).collect();
        teams.extend(said.iter().filter_map(|said| said.signal.team.clone()));
        teams.sort();
        teams.dedup();
        let keys = people::teams(conn, &Reach::Teams(teams)).await?.into_iter().map(|team| (team.id, team.key)).collect();
        Ok(Self { systems, keys })
    }

    /// The labels of a signal with everything that ours carry, and whose it is.
    fn labels(&self, signal: &Signal) -> Result<(Labels, TeamId), Fault> {
        let system = match &signal.system {
            Some(id) => Some(self.systems.get(id).ok_or(Fault::NotFound("system"))?),
            None => None,
        };
        let team = system.map(|system| &system.team).or(signal.team.as_ref()).ok_or(Fault::NotFound("team"))?;
        let key = self.keys.get(team).ok_or(Fault::NotFound("team"))?;
        let known = Known {
            source_kind: signal.source_kind,
            system: system.map(|system| (system.key.as_str(), system.tier)),
            team: key,
            severity: signal.severity,
        };
        let mut labels = signal.labels.clone();
        complete(&mut labels, &known);
        Ok((labels, team.clone()))
    }
}
