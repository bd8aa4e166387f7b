//! Everything the overview shows, read from the areas on one connection.

use std::collections::HashMap;

use domain::{
    Actor, Fault, Permission, Span, Timestamp,
    alerts::Severity,
    id::SystemId,
    monitors::Shown,
    overview::{Seen, Summary, SystemLine, Verdict},
    time::{DAY, HOUR, MINUTE},
};
use sqlx::AnyConnection;

use crate::{alerts, changes, incidents, monitors, systems, transactions};

/// Cells of a system's strip: half an hour each.
const CELLS: u32 = 48;
/// The last minutes, by which customers are judged.
const NOW: i64 = 15 * MINUTE;
/// Changes this far around now are shown.
const AROUND: i64 = 4 * HOUR;

pub(super) async fn read(conn: &mut AnyConnection, actor: &Actor, now: Timestamp) -> Result<Summary, Fault> {
    let reach = actor.reach(Permission::Read);
    let systems = systems::all(conn, &reach).await?;
    let ids: Vec<SystemId> = systems.iter().map(|system| system.id.clone()).collect();

    // Whole minutes that are over: the one that runs is still being filled.
    let to = now.floor(MINUTE);
    let span = Span { from: to.plus(-NOW), to };
    let totals = transactions::totals(conn, Some(&ids), span).await?;
    let before = transactions::totals(conn, Some(&ids), span.moved(-7 * DAY)).await?;
    let latest = transactions::latest(conn, Some(&ids)).await?;

    let states = monitors::states(conn, &reach, now).await?;
    let mut open = incidents::open(conn, &reach).await?;
    open.sort_by_key(|incident| (incident.severity.rank(), std::cmp::Reverse(incident.opened_at)));
    let severe: Vec<_> = open.iter().filter(|i| matches!(i.severity, Severity::P1 | Severity::P2)).collect();

    let strips: HashMap<SystemId, _> =
        monitors::strips(conn, &ids, Span { from: now.plus(-DAY), to: now }, CELLS).await?.into_iter().collect();
    let mut lines: Vec<SystemLine> = systems
        .into_iter()
        .map(|system| {
            // The worst comes first.
            let mut of_it = states.iter().filter(|monitor| monitor.system == system.id);
            let shown = of_it.clone().map(|monitor| monitor.shown).min_by_key(|shown| weight(*shown));
            let monitors = of_it.by_ref().count() as u64;
            SystemLine { shown, monitors, strip: strips.get(&system.id).cloned().unwrap_or_default(), system }
        })
        .collect();
    lines.sort_by_key(|line| (line.shown.map_or(u8::MAX, weight), line.system.tier));

    let checked = states.iter().filter(|monitor| monitor.shown != Shown::Paused);
    let seen = Seen {
        now: totals.clone(),
        before: before.clone(),
        latest,
        severe: severe.iter().map(|i| (i.label(), i.title.clone(), format!("/incidents/{}", i.id))).collect(),
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
        changes: changes::between(conn, &reach, Span { from: now.plus(-AROUND), to: now.plus(AROUND) }).await?,
        alerts: alerts::firing(conn, &reach).await?,
    })
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
