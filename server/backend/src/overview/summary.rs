//! Everything the overview shows, read from the areas on one connection.

use std::{collections::HashMap, sync::Arc, time::Duration};

use domain::{
    Fault, Reach, Span, Timestamp,
    alerts::Severity,
    id::SystemId,
    incidents::Incident,
    monitors::{Shown, StripCell},
    overview::{Seen, Summary, SystemLine, Verdict},
    time::{DAY, HOUR, MINUTE},
    transactions::week_before,
};
use sqlx::AnyConnection;

use crate::{alerts, changes, incidents, monitors, oncall, shared::Shared, systems, transactions};

/// Cells of a system's strip: the hours of a day, as results are rolled up. The last one is still being filled.
const CELLS: u32 = 24;
/// The last minutes, by which customers are judged.
const NOW: i64 = 15 * MINUTE;
/// The last of them, by which it is judged whether that is over.
const RECENT: i64 = 5 * MINUTE;
/// Changes this far around now are shown.
const AROUND: i64 = 4 * HOUR;

/// Hours, the last ones of the day, that are read again and again; what came before does not change any more.
const FRESH: u32 = 2;

/// Strips of all systems, whoever reads them, by where they end.
type Strips = Shared<Timestamp, Arc<HashMap<SystemId, Vec<StripCell>>>>;

/// The strips of the last day in two pieces, because most of it is over.
pub(super) struct DayStrips {
    over: Strips,
    fresh: Strips,
}

impl DayStrips {
    pub(super) fn new(over: Duration, fresh: Duration) -> Self {
        Self { over: Shared::new(over), fresh: Shared::new(fresh) }
    }
}
pub(super) async fn read(conn: &mut AnyConnection, reach: &Reach, strips: &DayStrips, now: Timestamp) -> Result<Summary, Fault> {
    let systems = systems::all(conn, reach).await?;
    let ids: Vec<SystemId> = systems.iter().map(|system| system.id.clone()).collect();

    // Whole minutes that are over: the one that runs is still being filled.
    let to = now.floor(MINUTE);
    let span = Span { from: to.plus(-NOW), to };
    let totals = transactions::totals(conn, Some(&ids), span).await?;
    // As many minutes, also where clocks were changed between them.
    let week = week_before(to, &oncall::zone_of(conn, reach).await?);
    let before = transactions::totals(conn, Some(&ids), Span { from: week.plus(-NOW), to: week }).await?;
    let recent = transactions::totals(conn, Some(&ids), Span { from: to.plus(-RECENT), to }).await?;
    let latest = transactions::latest(conn, Some(&ids)).await?;

    let states = monitors::states(conn, reach, now).await?;
    let mut open = incidents::open(conn, reach).await?;
    open.sort_by_key(|incident| (incident.severity.rank(), std::cmp::Reverse(incident.opened_at)));
    let severe: Vec<_> = open.iter().filter(|i| is_severe(i)).collect();

    let lately = incidents::during(conn, reach, Span { from: now.plus(-NOW), to: now }).await?;
    let over = lately.iter().filter(|i| is_severe(i) && i.resolved_at.is_some()).map(named).collect();

    let strip_of = read_strips(conn, strips, now).await?;
    let mut of_system: HashMap<SystemId, (Shown, u64)> = HashMap::new();
    for monitor in &states {
        let (shown, count) = of_system.entry(monitor.system.clone()).or_insert((monitor.shown, 0));
        // The worst comes first.
        *shown = [*shown, monitor.shown].into_iter().min_by_key(|shown| weight(*shown)).unwrap_or(monitor.shown);
        *count += 1;
    }
    let mut lines: Vec<SystemLine> = systems
        .into_iter()
        .map(|system| {
            let (shown, monitors) = of_system.get(&system.id).map_or((None, 0), |(shown, count)| (Some(*shown), *count));
            SystemLine { shown, monitors, strip: strip_of(&system.id), system }
        })
        .collect();
    lines.sort_by_key(|line| (line.shown.map_or(u8::MAX, weight), line.system.tier));

    let checked = states.iter().filter(|monitor| monitor.shown != Shown::Paused);
    let seen = Seen {
        now: totals.clone(),
        before: before.clone(),
        latest,
        recent,
        over,
        severe: severe.iter().map(|i| named(i)).collect(),
        down: lines.iter().filter(|l| l.shown == Some(Shown::Down) && l.system.tier <= 2).map(|l| l.system.name.clone()).collect(),
        monitors: checked.clone().count() as u64,
        blind: checked.filter(|monitor| matches!(monitor.shown, Shown::Unknown | Shown::New)).count() as u64,
    };
    let severe = severe.len() as u64;
    Ok(Summary {
        at: now,
        verdict: Verdict::of(&seen, now),
        span,
        totals,
        before,
        severe,
        systems: lines,
        incidents: open,
        changes: changes::between(conn, reach, Span { from: now.plus(-AROUND), to: now.plus(AROUND) }).await?,
        alerts: alerts::firing(conn, reach).await?,
    })
}

fn is_severe(incident: &Incident) -> bool {
    matches!(incident.severity, Severity::P1 | Severity::P2)
}

/// Label, title, what is said of that in each language, and path.
fn named(incident: &Incident) -> (String, String, String, String) {
    (incident.label(), incident.title.clone(), incident.told.clone(), format!("/incidents/{}", incident.id))
}

/// The last 24 hours by the clock.
fn day_of(now: Timestamp) -> Span {
    let to = now.floor(HOUR).plus(HOUR);
    Span { from: to.plus(-DAY), to }
}

/// How to find the strip of a system: what is over and what is fresh of the last day, one behind the other.
async fn read_strips(
    conn: &mut AnyConnection,
    strips: &DayStrips,
    now: Timestamp,
) -> Result<impl Fn(&SystemId) -> Vec<StripCell> + use<>, Fault> {
    let day = day_of(now);
    let border = day.to.plus(-i64::from(FRESH) * HOUR);
    let pieces = [(Span { from: day.from, to: border }, CELLS - FRESH), (Span { from: border, to: day.to }, FRESH)];
    let over = strips.over.get(border, read_piece(conn, pieces[0])).await?;
    let fresh = strips.fresh.get(day.to, read_piece(conn, pieces[1])).await?;
    let empty = pieces.map(|(span, cells)| monitors::empty_strip(span, cells));
    Ok(move |system: &SystemId| {
        let mut strip = over.get(system).unwrap_or(&empty[0]).clone();
        strip.extend_from_slice(fresh.get(system).unwrap_or(&empty[1]));
        strip
    })
}

async fn read_piece(conn: &mut AnyConnection, (span, cells): (Span, u32)) -> Result<Arc<HashMap<SystemId, Vec<StripCell>>>, Fault> {
    let ids: Vec<SystemId> = systems::all(conn, &Reach::All).await?.into_iter().map(|system| system.id).collect();
    Ok(Arc::new(monitors::strips(conn, &ids, span, cells).await?.into_iter().collect()))
}

/// The order in which states of monitors are bad, worst first.
fn weight(shown: Shown) -> u8 {
    match shown {
        Shown::Down => 0,
        Shown::Unknown => 1,
        Shown::New => 2,
        Shown::Maintenance => 3,
        Shown::Paused => 4,
        Shown::Up => 5,
    }
}
