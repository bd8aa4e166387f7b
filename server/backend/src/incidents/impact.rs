//! Counts what incidents cost, while they last and once more when they are over; the engine `impact`.

use std::time::Duration;

use async_trait::async_trait;
use domain::{
    Fault, Reach, Span, Timestamp,
    id::{IncidentId, SystemId},
    incidents::{EntryKind, Impact, ImpactMoney, ImpactVerdict, Incident, Moment, Normal, Times, WEEKS, estimate, remains},
    live::Topic,
    time::{MINUTE, SECOND},
    transactions::{Grain, Kept, cover, money_grouped, span_before},
};
use sqlx::AnyConnection;

use super::{
    note,
    service::with_systems,
    store::{self, Beside, Counting},
};
use crate::{Context, Engine, alerts, oncall, systems, transactions};

/// Name of the engine, and of its bell.
const NAME: &str = "impact";
/// Not counted again within so long.
const PAUSE_MS: i64 = 20 * SECOND;
/// What is posted later than so long after the end is not counted any more.
const LATE_MS: i64 = 2 * MINUTE;
/// Incidents of one tick.
const BATCH: u32 = 50;

/// When things were, as far as the facts say, with the corrections.
pub(super) async fn times(conn: &mut AnyConnection, incident: &Incident) -> Result<Times, Fault> {
    let first = alerts::first_sign(conn, &incident.id).await?.unwrap_or(incident.opened_at);
    let fact = |at: Option<Timestamp>| Moment { fact: at, correction: None };
    let mut times = Times {
        began: fact(Some(first.min(incident.opened_at))),
        detected: fact(Some(incident.opened_at)),
        acknowledged: fact(incident.acknowledged_at),
        mitigated: fact(incident.mitigated_at),
        resolved: fact(incident.resolved_at),
    };
    for (what, correction) in store::corrections(conn, &incident.id).await? {
        times.of_mut(what).correction = Some(correction);
    }
    Ok(times)
}

/// What all incidents cost is counted anew: older transactions came to be known.
pub async fn recount(ctx: &Context) -> Result<(), Fault> {
    let mut tx = ctx.begin_write().await?;
    store::unsettle_all(&mut tx).await?;
    tx.ring(NAME);
    tx.commit().await
}

/// The engine `impact`.
pub struct Assessor {
    ctx: Context,
    transactions: transactions::Settings,
}

impl Assessor {
    /// The engine over the common ground; the settings say how long which counts are kept.
    pub fn new(ctx: Context, transactions: transactions::Settings) -> Self {
        Self { ctx, transactions }
    }

    /// What an incident has cost by now.
    async fn count(&self, conn: &mut AnyConnection, incident: &Incident, now: Timestamp) -> Result<Counting, Fault> {
        let times = times(conn, incident).await?;
        let from = times.began.at().unwrap_or(incident.opened_at);
        let end = if incident.state.is_open() { times.mitigated.at() } else { times.mitigated.at().or(times.resolved.at()) };
        let to = end.unwrap_or(now).max(from.plus(1));
        let (systems, names) = counted_systems(conn, incident).await?;
        let impact = Impact {
            verdict: ImpactVerdict::None,
            from,
            to,
            computed_at: now,
            settled: !incident.state.is_open() && now.since(to) >= LATE_MS,
            total: 0,
            failed: 0,
            expected: 0,
            excess: 0,
            low: 0,
            high: 0,
            missing: 0,
            weeks: 0,
            money: Vec::new(),
            systems: names,
            own_failed: 0,
            also: Vec::new(),
        };
        let mut counting = Counting { impact, systems, also: Vec::new() };
        let Some(span) = Span::new(from, to).filter(|_| !counting.systems.is_empty()) else { return Ok(counting) };
        let Counting { impact, systems, also } = &mut counting;
        let kept = self.transactions.kept_of(conn, systems, now).await?;
        let (totals, _) = transactions::counted(conn, systems, span, &kept).await?;
        (impact.total, impact.failed) = (whole(totals.total), whole(totals.failed));
        let beside = store::beside(conn, &incident.id, systems, span, now).await?;
        impact.own_failed = own_failed(conn, incident.number, impact.failed, (systems.as_slice(), span), &beside, &kept).await?;
        *also = beside.into_iter().map(|beside| beside.id).collect();
        also.dedup();
        impact.money =
            totals.money.into_iter().map(|money| ImpactMoney { currency: money.currency, amount: money.failed_amount }).collect();
        let normal = normal(conn, systems, span, &kept).await?;
        counting.impact = estimate(counting.impact, &normal);
        Ok(counting)
    }

    async fn assess(&self, id: &IncidentId, now: Timestamp) -> Result<u64, Fault> {
        let (incident, mut counting) = {
            let conn = &mut *self.ctx.db.read().await?;
            let row = store::get(conn, &Reach::All, id).await?;
            let incident = with_systems(conn, vec![row]).await?.pop().ok_or(Fault::Internal)?;
            let counting = self.count(conn, &incident, now).await?;
            (incident, counting)
        };
        let mut tx = self.ctx.begin_write().await?;
        let before = store::impacts(&mut tx, &Reach::All, std::slice::from_ref(id)).await?.remove(id.as_str());
        // Another process may have counted it meanwhile.
        if before.as_ref().is_some_and(|before| now.since(before.computed_at) < PAUSE_MS) {
            return Ok(0);
        }
        // It may have been opened again since it was read.
        let row = store::get(&mut tx, &Reach::All, id).await?;
        counting.impact.settled &= !row.state()?.is_open();
        store::save_impact(&mut tx, id, &counting).await?;
        let impact = counting.impact;
        let told = |impact: &Impact| (impact.verdict, impact.excess, impact.missing, impact.settled);
        if before.as_ref().map(told) != Some(told(&impact)) {
            tx.announce(Topic::Incidents, id, Some(&incident.team));
        }
        let final_words = |impact: &Impact| (impact.settled && impact.verdict == ImpactVerdict::Told).then(|| words(impact));
        let now_said = final_words(&impact);
        if now_said.is_some() && now_said != before.as_ref().and_then(final_words) {
            note(&mut tx, &self.ctx, id, NAME, EntryKind::Impact, &words(&impact), None).await?;
        }
        tx.commit().await?;
        Ok(1)
    }
}

/// `312 (280–340) · CNY 12,345.00`: figures need no translation.
fn words(impact: &Impact) -> String {
    let money = impact.money.iter().map(|money| format!(" · {} {}", money.currency, money_grouped(money.amount, &money.currency)));
    format!("{} ({}–{}){}", impact.excess, impact.low, impact.high, money.collect::<String>())
}

/// The systems whose transactions tell: those of the incident, or where these have none, the nearest of the same team that need
/// them; and their names.
pub(super) async fn counted_systems(conn: &mut AnyConnection, incident: &Incident) -> Result<(Vec<SystemId>, Vec<String>), Fault> {
    let own: Vec<SystemId> = incident.systems.iter().map(|system| system.id.clone()).collect();
    if transactions::latest(conn, Some(&own)).await?.is_some() {
        return Ok((own, incident.systems.iter().map(|system| system.name.clone()).collect()));
    }
    let above = systems::Links::read(conn).await?.needed_by(&own)?;
    let ids: Vec<SystemId> = above.iter().map(|(id, _)| id.clone()).collect();
    let mut briefs = systems::briefs(conn, &Reach::Teams(vec![incident.team.clone()]), &ids).await?;
    let distance = |id: &SystemId| above.iter().filter(|(above, _)| above == id).map(|(_, steps)| *steps).min().unwrap_or(u32::MAX);
    briefs.sort_by_key(|brief| distance(&brief.id));
    let mut found: Vec<domain::systems::Brief> = Vec::new();
    for brief in briefs {
        if found.first().is_some_and(|first| distance(&first.id) < distance(&brief.id)) {
            break;
        }
        if transactions::latest(conn, Some(std::slice::from_ref(&brief.id))).await?.is_some() {
            found.push(brief);
        }
    }
    Ok(found.into_iter().map(|brief| (brief.id, brief.name)).unzip())
}

fn whole(n: u64) -> i64 {
    i64::try_from(n).unwrap_or(i64::MAX)
}

/// Of the transactions that failed on these systems in the span, those that no incident with a lower number counts.
async fn own_failed(
    conn: &mut AnyConnection,
    number: i64,
    failed: i64,
    (systems, span): (&[SystemId], Span),
    beside: &[Beside],
    kept: &Kept,
) -> Result<i64, Fault> {
    let before: Vec<&Beside> = beside.iter().filter(|beside| beside.number < number).collect();
    if before.is_empty() || failed == 0 {
        return Ok(failed);
    }
    // As they are counted: a minute that one has begun is counted with it.
    let counted = |span: Span| cover(span, Grain::Day, kept).span;
    let mut own = 0;
    for system in systems {
        let others: Vec<Span> = before.iter().filter(|beside| beside.system == *system).map(|beside| counted(beside.span)).collect();
        for rest in remains(counted(span), &others) {
            own += whole(transactions::counted(conn, std::slice::from_ref(system), rest, kept).await?.0.failed);
        }
    }
    Ok(own.min(failed))
}

/// What was counted in the same span of the wall in the weeks before, as far as they hold anything.
async fn normal(conn: &mut AnyConnection, systems: &[SystemId], span: Span, kept: &Kept) -> Result<Vec<Normal>, Fault> {
    let zone = oncall::zone_of_systems(conn, systems).await?;
    let mut found = Vec::new();
    for week in 1..=WEEKS {
        let past = span_before(span, 7 * week, &zone);
        let (totals, covered) = transactions::counted(conn, systems, past, kept).await?;
        if totals.total == 0 {
            continue;
        }
        #[expect(clippy::cast_precision_loss, reason = "counts and milliseconds of an incident")]
        let (total, failed, share) = (totals.total as f64, totals.failed as f64, past.length() as f64 / covered.length().max(1) as f64);
        #[expect(clippy::cast_precision_loss, reason = "milliseconds of an incident")]
        let longer = span.length() as f64 / past.length().max(1) as f64;
        found.push(Normal { total: total * share.min(1.0) * longer, rate: failed / total });
    }
    Ok(found)
}

#[async_trait]
impl Engine for Assessor {
    fn name(&self) -> &'static str {
        NAME
    }

    fn period(&self) -> Duration {
        Duration::from_secs(30)
    }

    async fn tick(&self, now: Timestamp) -> Result<u64, Fault> {
        let due = store::due(&mut *self.ctx.db.read().await?, now, PAUSE_MS, BATCH).await?;
        let mut done = 0;
        for id in due {
            match self.assess(&id, now).await {
                Ok(count) => done += count,
                Err(fault @ Fault::Unavailable(_)) => return Err(fault),
                Err(fault) => tracing::error!(incident = %id, %fault, "what it cost cannot be counted; the others are"),
            }
        }
        Ok(done)
    }
}
