//! What a reader of a status page is told, read in one go.

use std::collections::HashMap;

use domain::{
    Fault, Span, Timestamp,
    alerts::Severity,
    changes::{State as ChangeState, Summary},
    id::{ChangeId, StatusPageId, SystemId},
    monitors::{Cell, Shown, StripCell},
    status::{ComponentStanding, DAYS, Notice, PlannedWork, Standing, StatusAnswer, StatusPage, overall, seen, standing},
    time::{DAY, SECOND, zone},
};
use jiff::tz::TimeZone;
use sha2::{Digest as _, Sha256};
use sqlx::AnyConnection;
use uuid::{Builder, Uuid};

use super::store;
use crate::{alerts, changes, monitors};

/// Planned work is told so long before.
const AHEAD_MS: i64 = 14 * DAY;

/// A UUID (version 8) that is the same as long as page, change and beginning are, and says nothing of them.
fn known_by(page: &StatusPageId, change: &Summary) -> String {
    let digest = Sha256::digest(format!("{page} {} {}", change.id, change.window.span.from.0));
    let (head, _) = digest.split_at(16);
    Builder::from_custom_bytes(head.try_into().unwrap_or_default()).into_uuid().to_string()
}

/// When a change was written down: its id tells (RFC 9562, version 7).
fn asked_at(change: &Summary) -> Timestamp {
    let told = Uuid::parse_str(change.id.as_str()).ok().and_then(|id| id.get_timestamp());
    told.and_then(|told| i64::try_from(told.to_unix().0).ok()).map_or(change.window.span.from, |seconds| Timestamp(seconds * SECOND))
}

/// Planned work on the systems of a page.
pub(super) struct Planned {
    /// The change behind it, and the systems that it touches: told to nobody.
    pub(super) change: ChangeId,
    touched: Vec<SystemId>,
    /// What is told.
    pub(super) work: PlannedWork,
}

/// The systems of a page, each once.
pub(super) fn systems(page: &StatusPage) -> Vec<SystemId> {
    let mut systems: Vec<SystemId> = page.components.iter().map(|component| component.system.clone()).collect();
    systems.sort();
    systems.dedup();
    systems
}

/// What is planned on these systems of a page within the days ahead, and what is under way.
pub(super) async fn planned(
    conn: &mut AnyConnection,
    page: &StatusPage,
    systems: &[SystemId],
    now: Timestamp,
) -> Result<Vec<Planned>, Fault> {
    let ahead = Span { from: now, to: now.plus(AHEAD_MS) };
    let found = changes::planned_on(conn, systems, ahead).await?.into_iter().filter_map(|change| {
        let touched: Vec<SystemId> = change.systems.iter().map(|system| system.id.clone()).filter(|id| systems.contains(id)).collect();
        let names = page.components.iter().filter(|c| touched.contains(&c.system)).map(|c| c.name.clone()).collect::<Vec<_>>();
        let work = PlannedWork {
            id: known_by(&page.id, &change),
            told_at: change.started_at.unwrap_or_else(|| asked_at(&change).max(change.window.span.from.plus(-AHEAD_MS))).min(now),
            span: change.window.span,
            components: names,
            running: change.state == ChangeState::Executing,
        };
        (!touched.is_empty()).then_some(Planned { change: change.id, touched, work })
    });
    Ok(found.collect())
}

/// Reads it.
pub(super) async fn read(conn: &mut AnyConnection, page: &StatusPage, now: Timestamp) -> Result<StatusAnswer, Fault> {
    let systems = systems(page);
    let zone = zone(&page.zone).unwrap_or(TimeZone::UTC);
    let strips: HashMap<SystemId, Vec<StripCell>> = monitors::days(conn, &systems, &zone, now, DAYS).await?.into_iter().collect();
    let (mut shown, mut maintained): (HashMap<SystemId, Vec<Shown>>, _) = (HashMap::new(), Vec::new());
    for monitor in monitors::states_of(conn, &systems, now).await? {
        shown.entry(monitor.system).or_default().push(monitor.shown);
        if monitor.shown == Shown::Maintenance {
            maintained.push(monitor.id);
        }
    }
    // What a monitor sees while it is under maintenance is no harm that anybody is told of.
    let hurt: HashMap<SystemId, Severity> = alerts::hurting(conn, &systems, &maintained).await?.into_iter().collect();
    let notices = store::notices(conn, &page.id, now.plus(-i64::from(DAYS) * DAY)).await?;
    let planned = planned(conn, page, &systems, now).await?;
    let components: Vec<ComponentStanding> = page
        .components
        .iter()
        .map(|component| {
            let days = strips.get(&component.system).cloned().unwrap_or_default();
            let total = days.iter().fold(Cell::default(), |sum, day| Cell {
                count: sum.count + day.cell.count,
                failures: sum.failures + day.cell.failures,
                unknown: sum.unknown + day.cell.unknown,
            });
            let monitors = shown.get(&component.system).map_or(&[][..], Vec::as_slice);
            let seen = seen(hurt.get(&component.system).copied(), monitors);
            let told = notices.iter().filter(|notice| notice.resolved_at.is_none() && notice.components.contains(&component.name));
            let told = told.map(|notice| notice.impact).max();
            let worked_on = planned.iter().any(|one| one.work.running && one.touched.contains(&component.system));
            ComponentStanding {
                group: component.group.clone(),
                name: component.name.clone(),
                standing: standing(seen, told, worked_on),
                uptime: total.availability(),
                days,
            }
        })
        .collect();
    Ok(StatusAnswer {
        slug: page.slug.clone(),
        title: page.title.clone(),
        public: page.public,
        about: page.about.clone(),
        zone: page.zone.clone(),
        at: now,
        overall: overall(&components.iter().map(|component| component.standing).collect::<Vec<Standing>>()),
        components,
        // What is behind it inside is not told.
        notices: notices.into_iter().map(|notice| Notice { incident: None, ..notice }).collect(),
        planned: planned.into_iter().map(|one| one.work).collect(),
        past_work: store::work::past(conn, &page.id, now.plus(-AHEAD_MS)).await?,
    })
}
