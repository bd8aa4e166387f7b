//! How the systems of a change, and those that it does not touch, are expected to go on: what the time to its verdict is reckoned from.
//!
//! Others count whoever may see them, as they will count when the change is judged: the page of a change tells how many transactions each of
//! them had without its name, and here nothing of them is told but that a verdict takes longer.

use domain::{
    Fault, Span, Timestamp,
    changes::{ExpectedVerdict, Outlook, Watch, time_to_verdict},
    id::{SystemId, TeamId},
    quiet::{Ask, Forecast, Volume},
    systems::Brief,
    time::{DAY, HOUR, MINUTE},
    transactions::{Filter, Kept},
    verification::{Counts, rate::Dispersion},
};
use jiff::tz::TimeZone;
use sqlx::AnyConnection;

use super::seen;
use crate::{occasions, transactions};

/// How far back volume says something about what comes.
pub(super) const BACK: i64 = 56 * DAY;
/// How far ahead it does, at most: what was weeks ago says little of what comes after.
pub(super) const FAR: i64 = 62 * DAY;
/// How far back minutes are looked at: how they differ, and whether they tell latency.
const MINUTES: i64 = 6 * HOUR;
/// Rates of failure that are reckoned with: what never failed may.
const RATES: (f64, f64) = (1e-5, 0.5);

/// Times that are not like others of these teams and of everybody, as far back and ahead as something is forecast.
pub(super) async fn unlike(conn: &mut AnyConnection, mut teams: Vec<TeamId>, now: Timestamp) -> Result<Vec<Span>, Fault> {
    teams.sort();
    teams.dedup();
    // Rolling back may last beyond what is looked at.
    let span = Span { from: now.plus(-BACK), to: now.plus(FAR + 4 * DAY) };
    Ok(occasions::special(conn, teams, span).await?.into_iter().map(|(_, time)| time).collect())
}

/// A system by what was counted of it; `None` of volume where too little is known.
struct Known {
    name: String,
    rate: f64,
    spread: f64,
    latency: bool,
    volume: Option<Volume>,
}

impl Known {
    async fn read(conn: &mut AnyConnection, system: &Brief, span: Span, now: Timestamp, kept: &Kept) -> Result<Self, Fault> {
        let mut rows = transactions::hours(conn, std::slice::from_ref(&system.id), span).await?.rows;
        let first = rows.iter().position(|(_, total, _)| *total > 0.0).unwrap_or(rows.len());
        rows.drain(..first);
        let (total, failed) = rows.iter().fold((0.0, 0.0), |(total, failed), (_, t, f)| (total + t, failed + f));
        let to = now.floor(MINUTE);
        let of = Span { from: to.plus(-MINUTES), to };
        let slots = transactions::slots(conn, &system.id, &Filter::default(), of, MINUTE, kept).await?;
        let latency = slots.iter().any(|(_, sum)| sum.latency.total() > 0);
        #[expect(clippy::cast_precision_loss, reason = "counts stay far below 2^52")]
        let counts = |total: u64, failed: u64| Counts { total: total as f64, failed: failed as f64 };
        let minutes: Vec<Counts> = slots.iter().map(|(_, sum)| counts(sum.sums.total, sum.sums.failed)).collect();
        Ok(Self {
            name: system.name.clone(),
            rate: if total > 0.0 { (failed / total).clamp(RATES.0, RATES.1) } else { RATES.0 },
            spread: Dispersion::of(&minutes, &[]).factor,
            latency,
            volume: Volume::new(rows.into_iter().map(|(at, total, _)| (at, total)).collect()).ok(),
        })
    }
}

/// What is known of the systems that a change would touch, and of those it would be held against.
pub(super) struct Prospect {
    own: Vec<Known>,
    others: Vec<Known>,
    /// Times that are not like others.
    special: Vec<Span>,
    zone: TimeZone,
    zone_name: String,
}

impl Prospect {
    /// Reads it from the hours of a span up to now.
    pub(super) async fn read(
        conn: &mut AnyConnection,
        (systems, zone): (&[Brief], &str),
        (span, now): (Span, Timestamp),
        kept: &Kept,
    ) -> Result<Self, Fault> {
        let ids: Vec<SystemId> = systems.iter().map(|system| system.id.clone()).collect();
        let past = Span { from: now.floor(HOUR).plus(-HOUR), to: now.floor(HOUR) };
        let beside = seen::apart(conn, &ids, None, past, kept).await?;
        let (mut own, mut others) = (Vec::new(), Vec::new());
        for system in systems {
            own.push(Known::read(conn, system, span, now, kept).await?);
        }
        for system in &beside {
            others.push(Known::read(conn, system, span, now, kept).await?);
        }
        let teams: Vec<TeamId> = systems.iter().chain(&beside).map(|system| system.team.clone()).collect();
        let special = unlike(conn, teams, now).await?;
        let tz = domain::time::zone(zone).unwrap_or(TimeZone::UTC);
        Ok(Self { own, others, special, zone: tz, zone_name: zone.to_owned() })
    }

    /// When a verdict is expected after each work, and the name of the system of which it comes last.
    pub(super) fn verdicts(&self, watch: Watch, works: &[Span]) -> Vec<Option<(ExpectedVerdict, String)>> {
        let ask = Ask { special: self.special.clone(), ..Ask::new(HOUR, self.zone.clone()) };
        let (own, others) = (forecasts(&self.own, &ask), forecasts(&self.others, &ask));
        let (outlooks, beside) = (outlooks(&self.own, &own), outlooks(&self.others, &others));
        let one = |work: &Span| {
            let told = time_to_verdict(watch, *work, &self.zone_name, (&outlooks, &beside))?;
            Some((told, self.own.get(told.slowest).map_or_else(String::new, |known| known.name.clone())))
        };
        works.iter().map(one).collect()
    }
}

fn forecasts<'v>(list: &'v [Known], ask: &'v Ask) -> Vec<Option<Forecast<'v>>> {
    list.iter().map(|known| known.volume.as_ref().and_then(|volume| Forecast::new(volume, ask))).collect()
}

fn outlooks<'v>(list: &[Known], forecasts: &'v [Option<Forecast<'v>>]) -> Vec<Outlook<'v>> {
    let one = |(known, forecast): (&Known, &'v Option<Forecast<'v>>)| {
        let volume = Box::new(move |span: Span| forecast.as_ref().and_then(|forecast| forecast.one(span)).unwrap_or(0.0));
        Outlook { rate: known.rate, spread: known.spread, latency: known.latency, volume }
    };
    list.iter().zip(forecasts).map(one).collect()
}
