//! Moves locked alerts along, many at a time, and does what each transition asks for.

use std::collections::HashMap;

use domain::{
    Fault, Reach, Timestamp,
    alerts::{AlertFacts, Reading, Severity, State, path},
    id::{IncidentId, SystemId, TeamId},
    live::Topic,
};
use sqlx::AnyConnection;

use super::{
    observed::Tally,
    pipeline::{
        self, Judge, Subject,
        store::{Decided, decide},
    },
    store::{self, AlertRow, Event},
};
use crate::{Context, WriteTx, deliveries, incidents, systems};

/// Of so many alerts in one write live pages are told one by one; of more, that there are some.
const ANNOUNCED: usize = 20;

/// An alert on its way: locked by this transaction, or begun by it.
pub(super) struct Going {
    pub(super) row: AlertRow,
    /// As it is stored.
    stored: AlertRow,
    events: Vec<Event>,
    /// It fires for the first time.
    fires: bool,
    /// It fires again, having recovered.
    relapses: bool,
    /// It fires already, and is worse than it was.
    worsens: bool,
    /// It fires, as before or again, and is worse than it was: who was told is told that.
    harsher: bool,
    ends: bool,
}

impl Going {
    /// One with which nothing has happened.
    fn still(stored: AlertRow, row: AlertRow) -> Self {
        Self { row, stored, events: Vec::new(), fires: false, relapses: false, worsens: false, harsher: false, ends: false }
    }

    /// One that is over, and of which its source says more: that is noted, and moves nothing.
    pub(super) fn noted(stored: AlertRow, row: AlertRow) -> Self {
        let mut this = Self::still(stored, row);
        let (state, detail) = (this.row.state.clone(), this.row.detail.clone());
        this.events.push(Event::next(&mut this.row, "read", &state, &detail));
        this
    }

    /// One that is stored as `stored` and is to be as `row`, read so: passes through every state that follows now. `version`: of the
    /// routes that lead it, if it fires.
    pub(super) fn on(stored: AlertRow, row: AlertRow, reading: Reading, ctx: &Context, version: i64) -> Result<Self, Fault> {
        let mut this = Self::still(stored, row);
        this.worsen()?;
        this.read(reading, ctx)?;
        this.harsher = !this.fires && this.row.state()? == State::Firing && this.row.severity < this.stored.severity;
        if this.fires {
            this.row.routed = version;
        }
        Ok(this)
    }

    /// One that is over whatever is known, since then, or now: what nobody says any more does not hold.
    pub(super) fn over(since: Option<Timestamp>, row: AlertRow, ctx: &Context) -> Self {
        let mut this = Self::still(row.clone(), row);
        (this.row.holds, this.row.holds_since) = (0, ctx.now().0);
        this.go(State::Resolved, ctx);
        if let Some(at) = since {
            this.ended(at);
        }
        this
    }

    /// One that begins: it is stored as it is after its first steps.
    pub(super) fn begin(mut row: AlertRow, reading: Reading, ctx: &Context, version: i64) -> Result<Self, Fault> {
        let detail = row.detail.clone();
        let first = Event::next(&mut row, "moved", "", &detail);
        let mut this = Self::on(row.clone(), row, reading, ctx, version)?;
        this.events.insert(0, first);
        this.stored = this.row.clone();
        Ok(this)
    }

    /// Notes that it is told to be worse than it is stored, where people have heard of it.
    fn worsen(&mut self) -> Result<(), Fault> {
        self.worsens = self.row.fired_at.is_some() && self.row.state()? == State::Firing && self.row.severity < self.stored.severity;
        if self.worsens {
            let [before, now] = [self.stored.severity, self.row.severity].map(Severity::from_rank);
            let state = self.row.state.clone();
            self.events.push(Event::next(&mut self.row, "worsened", &state, &format!("{before} → {now}")));
        }
        Ok(())
    }

    fn read(&mut self, reading: Reading, ctx: &Context) -> Result<(), Fault> {
        let state = self.row.state()?;
        let changed = self.row.reading() != reading;
        let states = path(state, reading, ctx.now(), self.row.delays());
        self.row.take_reading(reading);
        if states.is_empty() && changed {
            let (state, detail) = (self.row.state.clone(), self.row.detail.clone());
            self.events.push(Event::next(&mut self.row, "read", &state, &detail));
        }
        for state in states {
            self.go(state, ctx);
        }
        Ok(())
    }

    /// It is over since a moment that its source has named, which lies within its life.
    pub(super) fn ended(&mut self, at: Timestamp) {
        let row = &mut self.row;
        row.resolved_at = row.resolved_at.map(|now| at.0.clamp(row.started_at.min(now), now));
    }

    fn go(&mut self, to: State, ctx: &Context) {
        let now = ctx.now();
        let (from, detail) = (std::mem::replace(&mut self.row.state, to.name().to_owned()), self.row.detail.clone());
        self.row.changed_at = now.0;
        match to {
            State::Firing if self.row.fired_at.is_none() => {
                self.row.fired_at = Some(now.0);
                self.fires = true;
            }
            State::Firing => self.relapses = true,
            State::Resolved => {
                self.row.resolved_at = Some(now.0);
                self.ends = true;
            }
            State::Pending | State::Recovering => {}
        }
        self.events.push(Event::next(&mut self.row, "moved", &from, &detail));
    }

    /// It fires or ends, and people may have to hear of that.
    fn is_news(&self) -> bool {
        self.row.fired_at.is_some() && (self.fires || self.relapses || self.ends)
    }

    fn begins(&self) -> bool {
        self.fires
    }

    fn is_harsher(&self) -> bool {
        self.harsher
    }

    /// It is over, and had fired.
    fn is_over(&self) -> bool {
        self.ends && self.is_news()
    }

    /// Its incident hears only that it is worse.
    fn is_worse(&self) -> bool {
        self.worsens && !self.is_news()
    }
}

/// Moves alerts that are locked by this transaction on, as time and what is known of them ask for. Gives how many transitions
/// there were.
pub(super) async fn advance(tx: &mut WriteTx, ctx: &Context, judge: &mut Judge, rows: Vec<AlertRow>) -> Result<u64, Fault> {
    let going: Vec<Going> = rows
        .into_iter()
        .map(|row| {
            // Nobody has said it again: it is over, since the end that was said of it, whenever somebody looks.
            if let Some(at) = row.expires_at.filter(|at| *at <= ctx.now().0) {
                return Ok(Going::over(Some(Timestamp(at)), row, ctx));
            }
            let reading = row.reading();
            Going::on(row.clone(), row, reading, ctx, judge.version)
        })
        .collect::<Result<_, Fault>>()?;
    let done = going.iter().map(|going| going.events.len() as u64).sum();
    settle(tx, ctx, judge, going, &mut Tally::default()).await?;
    Ok(done)
}

/// Writes how these stand, and does what hangs on it.
pub(super) async fn settle(
    tx: &mut WriteTx,
    ctx: &Context,
    judge: &mut Judge,
    mut all: Vec<Going>,
    tally: &mut Tally,
) -> Result<(), Fault> {
    save(tx, &mut all).await?;
    follow(tx, ctx, judge, vec![all], tally).await
}

/// Stores alerts as they stand.
pub(super) async fn save(tx: &mut WriteTx, all: &mut [Going]) -> Result<(), Fault> {
    let renamed: Vec<&AlertRow> = all.iter().filter(|going| going.row.labels != going.stored.labels).map(|going| &going.row).collect();
    store::relabel(tx, &renamed).await?;
    let changed: Vec<&AlertRow> = all.iter().filter(|going| going.row != going.stored).map(|going| &going.row).collect();
    store::save(tx, &changed).await?;
    for going in all {
        if going.row != going.stored {
            going.stored = going.row.clone();
        }
    }
    Ok(())
}

/// Does what hangs on the transitions of alerts that are stored as they stand. Each lot is told of after the one before.
///
/// The incidents of all are locked before the groups of any: of two writes, one that goes the other way would wait for what the other
/// holds, and the other for it.
pub(super) async fn follow(
    tx: &mut WriteTx,
    ctx: &Context,
    judge: &mut Judge,
    mut lots: Vec<Vec<Going>>,
    tally: &mut Tally,
) -> Result<(), Fault> {
    lots.iter_mut().for_each(|lot| lot.retain(|going| !going.events.is_empty()));
    let sizes: Vec<usize> = lots.iter().map(Vec::len).collect();
    let mut all: Vec<Going> = lots.into_iter().flatten().collect();
    announce(tx, all.iter().map(|going| &going.row))?;
    for going in all.iter().filter(|going| going.ends) {
        tally.of(&going.row.team_id).ended += 1;
    }
    if all.iter().any(Going::is_news) {
        judge.moved();
    }
    let mut decided = Vec::new();
    hush(tx, judge, &mut all, &mut decided).await?;
    tell_incidents(tx, ctx, judge, &mut all).await?;
    save(tx, &mut all).await?;
    let events: Vec<Event> = all.iter_mut().flat_map(|going| std::mem::take(&mut going.events)).collect();
    store::append(tx, ctx, &events).await?;
    decide(tx, ctx, &decided).await?;
    let lots = parted(&all, &sizes);
    // Each of these calls locks its groups in one order; of several a later one may want what comes before those of the first.
    let calls = |lot: &&[Going]| usize::from(lot.iter().any(Going::begins)) + usize::from(lot.iter().any(Going::is_over));
    if lots.iter().map(calls).sum::<usize>() > 1 {
        pipeline::hold_both(tx, ctx, judge, &rows(&all, Going::begins), &rows(&all, Going::is_over)).await?;
    }
    for lot in lots {
        pipeline::enter(tx, ctx, judge, &rows(lot, Going::begins)).await?;
        pipeline::worse(tx, ctx, judge, &rows(lot, Going::is_harsher)).await?;
        pipeline::end(tx, ctx, judge, &rows(lot, Going::is_over)).await?;
    }
    Ok(())
}

/// The lots of all, which are of these sizes.
fn parted<'a>(mut all: &'a [Going], sizes: &[usize]) -> Vec<&'a [Going]> {
    let mut lots = Vec::with_capacity(sizes.len());
    for size in sizes {
        let (lot, later) = all.split_at(*size);
        lots.push(lot);
        all = later;
    }
    lots
}

/// The rows of those of a lot that are such.
fn rows(lot: &[Going], which: impl Fn(&Going) -> bool) -> Vec<&AlertRow> {
    lot.iter().filter(|going| which(going)).map(|going| &going.row).collect()
}

/// Tells live pages.
pub(super) fn announce<'a>(tx: &mut WriteTx, rows: impl Iterator<Item = &'a AlertRow>) -> Result<(), Fault> {
    let rows: Vec<&AlertRow> = rows.collect();
    let each = rows.len() <= ANNOUNCED;
    let mut teams: Vec<TeamId> = Vec::new();
    for row in rows {
        let team = row.team()?;
        if each {
            tx.announce(Topic::Alerts, &row.id, Some(&team));
        } else if !teams.contains(&team) {
            tx.announce(Topic::Alerts, "", Some(&team));
            teams.push(team);
        }
    }
    Ok(())
}

/// Writes why those that begin to fire are kept quiet from the beginning, where something does.
async fn hush(tx: &mut WriteTx, judge: &mut Judge, all: &mut [Going], decided: &mut Vec<Decided>) -> Result<(), Fault> {
    let firing: Vec<&mut Going> = all.iter_mut().filter(|going| going.fires).collect();
    let subjects: Vec<Subject> = firing.iter().map(|going| Subject::of(&going.row)).collect::<Result<_, _>>()?;
    judge.prepare(tx, &subjects).await?;
    for (going, subject) in firing.into_iter().zip(&subjects) {
        let reasons = judge.reasons(tx, subject).await?;
        if !reasons.is_empty() {
            let event = pipeline::suppress(&mut going.row, &reasons, decided)?;
            going.events.push(event);
        }
    }
    Ok(())
}

/// Incidents hear of what fires and is not kept quiet, and of what is over.
async fn tell_incidents(tx: &mut WriteTx, ctx: &Context, judge: &Judge, all: &mut [Going]) -> Result<(), Fault> {
    let over: Vec<_> = all.iter().filter(|going| going.is_over()).map(|going| going.row.facts()).collect::<Result<_, _>>()?;
    let worse: Vec<_> = all.iter().filter(|going| going.is_worse()).map(|going| going.row.facts()).collect::<Result<_, _>>()?;
    // What is kept quiet opens no incident until it is kept quiet no more; one that was kept quiet when it began may have none yet.
    let firing = all.iter_mut().filter(|going| going.is_news() && !going.ends).map(|going| &mut going.row);
    let heard_of = firing.filter(|row| row.incident_id.is_some() || !row.is_suppressed());
    let (facts, concerned) = concerned(judge, heard_of.collect())?;
    incidents::hold_both(tx, &[&over, &worse], &facts).await?;
    incidents::on_resolved(tx, ctx, &over).await?;
    join(concerned, &incidents::on_firing(tx, ctx, &facts).await?);
    incidents::on_worse(tx, ctx, &worse).await
}

/// Names of the systems that these concern.
pub(super) async fn system_names<'a>(
    conn: &mut AnyConnection,
    rows: impl Iterator<Item = &'a AlertRow>,
) -> Result<HashMap<SystemId, String>, Fault> {
    let mut ids: Vec<SystemId> = rows.filter_map(|row| row.system().transpose()).collect::<Result<_, _>>()?;
    if ids.is_empty() {
        return Ok(HashMap::new());
    }
    ids.sort();
    ids.dedup();
    Ok(systems::briefs(conn, &Reach::All, &ids).await?.into_iter().map(|brief| (brief.id, brief.name)).collect())
}

/// The name of the system of an alert; empty where it concerns none.
pub(super) fn name_of<'a>(row: &AlertRow, names: &'a HashMap<SystemId, String>) -> Result<&'a str, Fault> {
    Ok(row.system()?.and_then(|system| names.get(&system)).map_or("", String::as_str))
}

/// These are not kept quiet (any more): their incidents hear of them, where those have not. The rows are to be saved.
pub(super) async fn heard(tx: &mut WriteTx, ctx: &Context, judge: &Judge, rows: Vec<&mut AlertRow>) -> Result<(), Fault> {
    let (facts, concerned) = concerned(judge, rows)?;
    join(concerned, &incidents::on_firing(tx, ctx, &facts).await?);
    Ok(())
}

/// What incidents hear of those of these that fire, and their rows.
fn concerned<'a>(judge: &Judge, rows: Vec<&'a mut AlertRow>) -> Result<(Vec<AlertFacts>, Vec<&'a mut AlertRow>), Fault> {
    let (mut facts, mut concerned) = (Vec::with_capacity(rows.len()), Vec::with_capacity(rows.len()));
    for row in rows {
        let mut fact = row.facts()?;
        // That a channel fails is told through the others. An incident about it would be told through itself.
        if row.state()? != State::Firing || fact.system.is_none() && row.source_kind == deliveries::SOURCE {
            continue;
        }
        if fact.system.is_none() {
            fact.cause = pipeline::cause(judge, row)?;
        }
        facts.push(fact);
        concerned.push(row);
    }
    Ok((facts, concerned))
}

/// These belong to these incidents.
fn join(rows: Vec<&mut AlertRow>, incidents: &[IncidentId]) {
    for (row, incident) in rows.into_iter().zip(incidents) {
        row.incident_id = Some(incident.to_string());
    }
}
