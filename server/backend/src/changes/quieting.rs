//! Quiet windows: read from the hours of the change's systems and of all that depends on them. What depends on them may be another team's:
//! windows are chosen by the volume of all, and numbers are told only of what the reader may know of.

use std::collections::HashSet;

use domain::{
    Actor, Fault, Permission, Reach, Span, Timestamp, Wording,
    changes::{
        Content, Demands, ExpectedAmount, ExpectedVerdict, Filter, HourlyVolume, QuietAnswer, QuietAsk, QuietLack, QuietSpan, QuietWindow,
        Risk, Subject, Surroundings, Tried, WindowCost, conflicts, drop_points, quiet_spans,
    },
    form::Typed,
    id::{SystemId, TeamId, UserId},
    quiet::{self, Ask, BadVolume, Volume, plan_where, weigh},
    systems::Brief,
    time::{DAY, HOUR, MINUTE},
};
use jiff::tz::TimeZone;
use sqlx::AnyConnection;

use super::{
    Service,
    foreseeing::{BACK, FAR, Prospect, unlike},
    standing::Standing,
    store,
    surroundings::{Around, owners},
};
use crate::{
    systems,
    transactions::{self, Hours},
};

/// How far ahead windows are looked for.
const AHEAD: i64 = 14;
/// Windows that are named.
const NAMED: usize = 3;
/// How far back earlier changes say something about the next.
const CHANGES: i64 = 182 * DAY;

/// Whole hours of volume up to now, from the first that held anything, and the same hours of those systems that the reader may know of,
/// where they are not all; `since` is when hours begin to be kept of all of them: before, what is gone would look like a quiet time.
async fn hours(
    conn: &mut AnyConnection,
    (systems, seen): (&[SystemId], &[SystemId]),
    now: Timestamp,
    since: Timestamp,
) -> Result<(Hours, Option<Hours>), Fault> {
    let span = history(now, since);
    let mut found = transactions::hours(conn, systems, span).await?;
    let mut told = match seen.len() {
        all if all == systems.len() => None,
        0 => Some(Hours { rows: found.rows.iter().map(|(at, ..)| (*at, 0.0, 0.0)).collect(), amounts: Vec::new() }),
        _ => Some(transactions::hours(conn, seen, span).await?),
    };
    let first = found.rows.iter().position(|(_, total, _)| *total > 0.0).unwrap_or(found.rows.len());
    for hours in [Some(&mut found), told.as_mut()].into_iter().flatten() {
        hours.rows.drain(..first);
        hours.amounts.iter_mut().for_each(|(_, list)| drop(list.drain(..first)));
    }
    Ok((found, told))
}

/// What is moved in a window, rolling back included, by currency: forecast as its transactions are. Hours in which more was given back
/// than taken count as none.
fn moved(volume: &HourlyVolume, ask: &Ask, from: Timestamp) -> Vec<ExpectedAmount> {
    let one = |(currency, list): &(String, Vec<f64>)| {
        let rows = volume.hours.iter().zip(list).map(|((at, _), minor)| (*at, minor.max(0.0))).collect();
        let (amount, _) = weigh(&Volume::new(rows).ok()?, ask, from)?;
        Some(ExpectedAmount::new(currency, amount))
    };
    volume.amounts.iter().filter_map(one).collect()
}

/// Where windows are looked for.
fn ahead(asked: &QuietAsk, now: Timestamp) -> Result<Span, QuietLack> {
    let Some(within) = asked.within else { return Ok(Span { from: now, to: now.plus(AHEAD * DAY) }) };
    if within.to <= now.plus(HOUR) {
        return Err(QuietLack::Past);
    }
    let (from, to) = (within.from.max(now), within.to.min(now.plus(FAR)));
    if from < to { Ok(Span { from, to }) } else { Err(QuietLack::Far) }
}

/// A window as it is told: chosen by all that is counted, in numbers of what the reader may know of.
fn named(window: quiet::Window, verdict: Option<(ExpectedVerdict, String)>, (volume, ask): (&HourlyVolume, &Ask)) -> QuietWindow {
    let span = window.span;
    let seen = volume.told.as_ref().map(|_| Volume::new(volume.told()).ok().and_then(|seen| quiet::window(&seen, ask, span)));
    let window = match seen {
        None => window,
        Some(seen) => seen.unwrap_or(quiet::Window { span, expected: 0.0, upper: 0.0, cost: 0.0 }),
    };
    let (told, slowest) = verdict.unzip();
    QuietWindow {
        start: wall(span.from, &ask.zone),
        end: wall(span.to, &ask.zone),
        span,
        expected: window.expected,
        upper: window.upper,
        amounts: moved(volume, ask, span.from),
        cost: window.cost,
        verdict_ms: told.map(|told| told.ms),
        slowest: slowest.unwrap_or_default(),
    }
}

/// The hours up to now that are kept.
fn history(now: Timestamp, since: Timestamp) -> Span {
    let to = now.floor(HOUR);
    Span { from: to.plus(-BACK).max(since.plus(HOUR - 1).floor(HOUR)).min(to), to }
}

pub(super) fn wall(at: Timestamp, zone: &TimeZone) -> String {
    at.jiff().to_zoned(zone.clone()).strftime("%Y-%m-%dT%H:%M").to_string()
}

/// What a window is reckoned from.
struct Reckoned {
    /// Hours of volume, and what was moved in them.
    volume: HourlyVolume,
    /// How often such work fails, and what fails anyway.
    ask: Ask,
    /// Systems that are counted, and how many of them the reader may know of.
    counted: usize,
    told: usize,
}

/// What may be in the way of work on some systems.
struct Way {
    /// When work may begin.
    first: Timestamp,
    /// How long rolling it back takes.
    rollback_ms: i64,
    team: TeamId,
    systems: Vec<SystemId>,
    /// The teams that own them.
    teams: Vec<TeamId>,
    risk: Risk,
    standing: Standing,
    around: Surroundings,
}

impl Way {
    /// Whether nothing is in the way of work and of rolling it back: what may be needed is kept free, too. An incident that is open now
    /// says nothing of a night to come; whoever starts then is held back by it, if it still is. What only warns keeps no window back.
    fn leaves(&self, work: Span) -> bool {
        let plain = Subject::new(None, &self.team, (&self.systems, &self.teams), Span { to: work.to.plus(self.rollback_ms), ..work });
        let subject = self.standing.of(Subject { risk: self.risk, ..plain });
        work.from >= self.first && !conflicts(&subject, &self.around).iter().any(|conflict| conflict.kind.takes_window())
    }
}

impl Service {
    /// The volume of these systems and of all that depend on them, and how often changes of them fail; of the systems that are `known`,
    /// what may be told. What depends on a system may be another team's, whose business can be told from a sum that it is part of.
    async fn reckoned(&self, conn: &mut AnyConnection, systems: &[SystemId], known: &[Brief], mut ask: Ask) -> Result<Reckoned, Fault> {
        let mut counted: Vec<SystemId> = systems.to_vec();
        counted.extend(systems::Links::read(conn).await?.needed_by(systems)?.into_iter().map(|(id, _)| id));
        counted.sort();
        counted.dedup();
        let now = self.ctx.now();
        // Days that are not like others have another volume than is expected, and fewer people.
        let teams = owners(conn, &counted).await?.into_values().collect();
        ask.special = unlike(conn, teams, now).await?;
        let kept = self.kept.kept_of(conn, &counted, now).await?;
        let reach: HashSet<&SystemId> = known.iter().map(|system| &system.id).collect();
        let seen: Vec<SystemId> = counted.iter().filter(|id| reach.contains(id)).cloned().collect();
        let (all, told) = hours(conn, (&counted, &seen), now, kept.hour).await?;
        let (finished, failed) = store::past(conn, systems, now.plus(-CHANGES)).await?;
        // Few changes tell little: drawn towards one in twenty.
        ask.failing = (f64::from(failed) + 1.0) / (f64::from(finished) + 20.0);
        let rows = told.as_ref().map_or(&all.rows, |told| &told.rows);
        let (total, bad) = rows.iter().fold((0.0, 0.0), |(total, bad), (_, t, f)| (total + t, bad + f));
        ask.usual = if total > 0.0 { (bad / total).clamp(1e-5, 0.5) } else { ask.usual };
        let hours = all.rows.into_iter().map(|(at, total, _)| (at, total)).collect();
        let (told, amounts) = match told {
            Some(told) => (Some(told.rows.into_iter().map(|(_, total, _)| total).collect()), told.amounts),
            None => (None, all.amounts),
        };
        Ok(Reckoned { volume: HourlyVolume { hours, told, amounts }, ask, counted: counted.len(), told: seen.len() })
    }

    /// What work on these systems is expected to cost that begins at each of the moments, of the systems within the actor's reach; `None`
    /// where too little is known.
    pub(super) async fn costs<const N: usize>(
        &self,
        conn: &mut AnyConnection,
        actor: &Actor,
        content: &Content,
        starts: [Timestamp; N],
    ) -> Result<[Option<WindowCost>; N], Fault> {
        let zone = domain::time::zone(&content.window.zone).unwrap_or(TimeZone::UTC);
        let rollback_ms = i64::from(content.rollback_minutes) * MINUTE;
        let ask = Ask { rollback_ms, ..Ask::new(content.window.span.length(), zone) };
        let known = systems::all(conn, &actor.reach(Permission::Read)).await?;
        let Reckoned { volume, ask, .. } = self.reckoned(conn, &content.systems, &known, ask).await?;
        let Ok(volume) = Volume::new(volume.told()) else { return Ok([None; N]) };
        Ok(starts.map(|at| weigh(&volume, &ask, at).map(|(expected, cost)| WindowCost { expected, cost })))
    }

    pub(super) async fn quiet(&self, actor: &Actor, typed: &Typed) -> Result<QuietAnswer, Fault> {
        actor.require_somewhere(Permission::RequestChanges)?;
        self.cheapest(actor, typed).await
    }

    pub(super) async fn cheapest(&self, actor: &Actor, typed: &Typed) -> Result<QuietAnswer, Fault> {
        actor.require_somewhere(Permission::Read)?;
        let mut conn = self.ctx.db.read().await?;
        let known = systems::all(&mut conn, &actor.reach(Permission::Read)).await?;
        let asked = QuietAsk::parse(typed, &known)?;
        let zone = domain::time::zone(&asked.zone).unwrap_or(TimeZone::UTC);
        let now = self.ctx.now();
        let own: Vec<Brief> = known.iter().filter(|system| asked.systems.contains(&system.id)).cloned().collect();
        let team = match asked.team.clone() {
            Some(team) if actor.may(Permission::Read, &team) => team,
            Some(team) => return Err(Fault::invalid("team", team, Wording::new("changes-expect-team"))),
            None => own.first().map(|system| system.team.clone()).ok_or(Fault::Internal)?,
        };
        let ask = Ask { rollback_ms: i64::from(asked.rollback_minutes) * MINUTE, ..Ask::new(asked.length, zone.clone()) };
        let Reckoned { volume, mut ask, counted, told } = self.reckoned(&mut conn, &asked.systems, &known, ask).await?;
        let mut answer = QuietAnswer {
            windows: Vec::new(),
            lack: None,
            zone: asked.zone.clone(),
            systems: counted,
            told,
            failing: ask.failing,
            rollback_minutes: asked.rollback_minutes,
            needed: 0.0,
            drop: drop_points(asked.watch),
            backtest: None,
        };
        let ahead = match ahead(&asked, now) {
            Ok(ahead) => ahead,
            Err(lack) => return Ok(QuietAnswer { lack: Some(lack), ..answer }),
        };
        ask.within = asked.within.map(|_| ahead);
        // Rolling back may last into the day after.
        ask.days = ahead.to.since(now.floor(HOUR)).div_euclid(DAY) + 3;
        if asked.within.is_none() {
            ask.days = AHEAD;
        }
        ask.count = NAMED;
        // A fortnight of hours and its back-test: some work, beside that of others.
        let way = self.way(&mut conn, (actor, &asked), (&own, &team), ahead).await?;
        let (hours, asks) = (volume.hours.clone(), ask.clone());
        let planned =
            tokio::task::spawn_blocking(move || Volume::new(hours).and_then(|volume| plan_where(&volume, &asks, |work| way.leaves(work))));
        let planned = match planned.await.map_err(|_| Fault::Internal)? {
            Ok(planned) => planned,
            Err(BadVolume::NoRoom) => return Ok(QuietAnswer { lack: Some(QuietLack::Room), ..answer }),
            Err(_) => return Ok(QuietAnswer { lack: Some(QuietLack::Volume), ..answer }),
        };
        let tried = planned.backtest;
        let weeks = tried.trials.iter().filter(|trial| trial.ratio().is_some()).count();
        answer.backtest = tried.mean().zip(tried.worst()).map(|(mean, worst)| Tried { weeks, mean, worst });
        let free = planned.windows;
        let kept = self.kept.kept_of(&mut conn, &asked.systems, now).await?;
        let prospect = Prospect::read(&mut conn, (&own, &asked.zone), (history(now, kept.hour), now), &kept).await?;
        let (works, watch): (Vec<Span>, _) = (free.iter().map(|window| window.span).collect(), asked.watch);
        let verdicts = tokio::task::spawn_blocking(move || prospect.verdicts(watch, &works)).await.map_err(|_| Fault::Internal)?;
        answer.needed = verdicts.iter().flatten().map(|(told, _)| told.since).next().unwrap_or(0.0);
        answer.windows = free.into_iter().zip(verdicts).map(|(window, verdict)| named(window, verdict, (&volume, &ask))).collect();
        if answer.windows.is_empty() {
            answer.lack = Some(QuietLack::Room);
        }
        Ok(answer)
    }

    /// What is in the way of work within a span: read once, for all windows of it.
    async fn way(
        &self,
        conn: &mut AnyConnection,
        (actor, asked): (&Actor, &QuietAsk),
        (own, team): (&[Brief], &TeamId),
        ahead: Span,
    ) -> Result<Way, Fault> {
        let now = self.ctx.now();
        let ahead = Span { to: ahead.to.plus(3 * DAY), ..ahead };
        let mut teams: Vec<_> = owners(conn, &asked.systems).await?.into_values().collect();
        teams.sort();
        teams.dedup();
        let mut around = Around::gather(conn, actor, ahead, now).await?;
        let tier = own.iter().map(|system| system.tier).min().unwrap_or(4);
        let policy = self.deciding(conn, asked.kind, asked.risk, tier).await?;
        let demands = Demands::of(policy.as_ref(), &teams, team, asked.risk);
        let writers: Vec<&UserId> = actor.user().into_iter().collect();
        let standing = around.foreseen(conn, (asked.kind, &asked.steps), (&demands, &[]), &writers).await?;
        let around = around.near(&Subject::new(None, team, (&asked.systems, &teams), ahead))?;
        let (team, systems, first) = (team.clone(), asked.systems.clone(), now.plus(HOUR));
        let rollback_ms = i64::from(asked.rollback_minutes) * MINUTE;
        Ok(Way { first, rollback_ms, team, systems, teams, risk: asked.risk, standing, around })
    }

    /// How quiet the hours of a span are on the wall of a zone, of the systems that are filtered for, or of all within reach; `None` where too
    /// little is known.
    pub(super) async fn quiet_hours(
        &self,
        actor: &Actor,
        filter: &Filter,
        span: Span,
        zone: &TimeZone,
    ) -> Result<Option<Vec<QuietSpan>>, Fault> {
        actor.require_somewhere(Permission::Read)?;
        let mut conn = self.ctx.db.read().await?;
        let reach: Reach = actor.reach(Permission::Read);
        let known = systems::all(&mut conn, &reach).await?;
        let ids: Vec<SystemId> =
            known.iter().map(|system| &system.id).filter(|id| filter.systems.is_empty() || filter.systems.contains(id)).cloned().collect();
        // The same volume, of the same systems, as where windows are looked for: both say the same.
        let Reckoned { volume, .. } = self.reckoned(&mut conn, &ids, &known, Ask::new(HOUR, zone.clone())).await?;
        Ok(quiet_spans(&volume, span, zone))
    }
}
