//! What roll-ups tell of a change's systems, and of systems that it does not touch: since its work ended, and before.
//!
//! The others are the busiest of those that neither need what is touched nor are needed by it, directly or not, and on which no
//! other change was begun meanwhile.
//!
//! **Invariant:** memory is bounded: a stretch is at most [`SLOTS`] slots, and one system is read at a time.

use domain::{
    Fault, Reach, Span, Timestamp,
    changes::{Course, DrawnSlot, Look, NewCode, SlotSeen, SystemSeen, Watch, WatchStage},
    id::{ChangeId, SystemId},
    systems::Brief,
    time::{DAY, HOUR, MINUTE},
    transactions::{Bins, Filter, Kept, Sum, span_before},
};
use jiff::tz::TimeZone;
use sqlx::AnyConnection;

use super::{loaded::Loaded, store};
use crate::{monitors, streams, systems, transactions};

/// Slots of a stretch at most.
const SLOTS: i64 = 120;
/// Transactions that a slot is to hold on average, so that its median means something.
const FULL: u64 = 30;
/// Slots that are left of a stretch at least, however few transactions they hold.
const FEWEST: usize = 12;
/// Weeks that are looked back to, as far as hours are kept.
const WEEKS: i64 = 4;
/// How far back a code counts as seen.
const CODES: i64 = 28 * DAY;

/// Systems that are read beside those of the change.
const BESIDE: usize = 6;

/// What was read.
pub(super) struct Sight {
    pub seen: Vec<SystemSeen>,
    /// Systems that the change does not touch.
    pub beside: Vec<SystemSeen>,
    /// Failures since with codes that were never seen before.
    pub codes: Vec<NewCode>,
    pub drawn: Drawn,
}

/// What the chart shows, before it is known which of the others took part.
pub(super) struct Drawn {
    own: Vec<DrawnSlot>,
    beside: Vec<Other>,
}

/// Transactions and failures of one of the others, by moment.
struct Other {
    id: String,
    slots: Vec<(Timestamp, u64, u64)>,
}

impl Drawn {
    /// With those that a look used.
    pub(super) fn with(mut self, look: &Look) -> Vec<DrawnSlot> {
        for other in self.beside.iter().filter(|other| look.controls.iter().any(|control| control.id == other.id)) {
            for (at, total, failed) in &other.slots {
                if let Some(slot) = self.own.iter_mut().find(|slot| slot.at == *at) {
                    slot.control_total += total;
                    slot.control_failed += failed;
                }
            }
        }
        self.own
    }
}

/// The stretches that are held against each other.
struct Stretches {
    since: Span,
    /// Right before the work, where that is looked at.
    before: Option<Span>,
    weeks: Vec<Week>,
    width: i64,
}

/// The same time of a week before. Where minutes are kept no longer it is in whole hours, and tells rates only.
#[derive(Clone, Copy)]
struct Week {
    span: Span,
    hours: bool,
}

impl Stretches {
    fn of(course: &Course, watch: Watch, started: Timestamp, now: Timestamp, kept: &Kept, zone: &TimeZone) -> Self {
        let (planned, since) = (course.span, course.seen(now));
        let width = ((planned.length() + SLOTS * MINUTE - 1) / (SLOTS * MINUTE)).max(1) * MINUTE;
        let begun = started.floor(MINUTE);
        let before = course.before(watch, begun, zone);
        let mut weeks: Vec<Week> = Vec::new();
        for week in 1..=WEEKS {
            let past = span_before(planned, 7 * week, zone);
            let hours = past.from < kept.minute.plus(HOUR);
            let span = if hours { Span { from: past.from.floor(HOUR), to: past.to.plus(HOUR - 1).floor(HOUR) } } else { past };
            if span.to > begun || (hours && span.from < kept.hour.plus(DAY)) {
                break;
            }
            weeks.push(Week { span, hours });
        }
        Self { since, before, weeks, width }
    }
}

fn seen(sum: &Sum) -> SlotSeen {
    SlotSeen { total: sum.sums.total, failed: sum.sums.failed, latency: Bins::from(&sum.latency) }
}

/// How many slots are put together, so that they hold enough.
fn together(slots: &[(Timestamp, Sum)]) -> usize {
    let total: u64 = slots.iter().map(|(_, sum)| sum.sums.total).sum();
    let wanted = (FULL * slots.len() as u64).div_ceil(total.max(1));
    usize::try_from(wanted).unwrap_or(usize::MAX).clamp(1, (slots.len() / FEWEST).max(1))
}

fn put_together(slots: &[(Timestamp, Sum)], count: usize) -> Vec<SlotSeen> {
    slots
        .chunks(count)
        .map(|chunk| {
            let mut whole = Sum::default();
            for (_, sum) in chunk {
                whole.sums.add(&sum.sums);
                whole.latency.merge(&sum.latency);
            }
            seen(&whole)
        })
        .collect()
}

/// Hours: their latency is another measure than that of minutes.
fn rates(hours: &[(Timestamp, Sum)]) -> Vec<SlotSeen> {
    let filled = hours.iter().filter(|(_, sum)| sum.sums.total > 0);
    filled.map(|(_, sum)| SlotSeen { total: sum.sums.total, failed: sum.sums.failed, latency: Bins::default() }).collect()
}

/// Adds what a system showed to what is drawn.
fn draw(drawn: &mut Vec<DrawnSlot>, slots: &[(Timestamp, Sum)], week: Option<&[(Timestamp, Sum)]>) {
    for (place, (at, sum)) in slots.iter().enumerate() {
        let known = drawn.iter().position(|slot| slot.at == *at);
        let known = known.unwrap_or_else(|| {
            drawn.push(DrawnSlot::empty(*at));
            drawn.len() - 1
        });
        let Some(slot) = drawn.get_mut(known) else { continue };
        slot.total += sum.sums.total;
        slot.failed += sum.sums.failed;
        if let Some((_, sum)) = week.and_then(|week| week.get(place)) {
            slot.week_total += sum.sums.total;
            slot.week_failed += sum.sums.failed;
        }
    }
}

/// Reads what there is to be seen of a change by now. Its work began at `started`.
pub(super) async fn sight(
    conn: &mut AnyConnection,
    change: &Loaded,
    (course, started): (&Course, Timestamp),
    now: Timestamp,
    kept: &Kept,
) -> Result<Sight, Fault> {
    let zone = domain::time::zone(&change.content.window.zone).unwrap_or(TimeZone::UTC);
    let stretches = Stretches::of(course, change.content.watch, started, now, kept, &zone);
    let ids: Vec<SystemId> = change.systems.iter().map(|system| system.id.clone()).collect();
    let (mut list, mut drawn) = (Vec::new(), Vec::new());
    for system in &change.systems {
        let read = Stretch::read(conn, &system.id, &stretches, kept).await?;
        if let Some(slots) = read.before.as_deref().filter(|_| course.stage != WatchStage::Morning) {
            draw(&mut drawn, slots, None);
        }
        draw(&mut drawn, &read.since, read.weeks.first().filter(|(_, hours)| !hours).map(|(slots, _)| slots.as_slice()));
        list.push(read.told(&system.id, &system.name));
    }
    let unseen: Vec<SystemId> = ids.iter().zip(&list).filter(|(_, seen)| seen.is_unseen()).map(|(id, _)| id.clone()).collect();
    if !unseen.is_empty() {
        let silent = silent(conn, &unseen, stretches.since).await?;
        list.iter_mut().for_each(|seen| seen.silent = silent.iter().any(|id| id.as_str() == seen.id));
    }
    drawn.sort_by_key(|slot| slot.at);
    let (mut beside, mut beside_drawn) = (Vec::new(), Vec::new());
    for system in others(conn, change, &stretches, kept).await? {
        let read = Stretch::read(conn, &system.id, &stretches, kept).await?;
        let drawn = read.before.iter().flatten().chain(&read.since).map(|(at, sum)| (*at, sum.sums.total, sum.sums.failed));
        beside_drawn.push(Other { id: system.id.to_string(), slots: drawn.collect() });
        beside.push(read.told(&system.id, &system.name));
    }
    let codes = new_codes(conn, &ids, stretches.since, started, kept).await?;
    Ok(Sight { seen: list, beside, codes, drawn: Drawn { own: drawn, beside: beside_drawn } })
}

/// Systems that should have told something by now besides what is counted below: one of their streams is declared, or there are checks and
/// none has looked since.
async fn silent(conn: &mut AnyConnection, systems: &[SystemId], since: Span) -> Result<Vec<SystemId>, Fault> {
    let declared = streams::of_ids(conn, systems).await?.into_iter().filter(|stream| stream.declared).map(|stream| stream.system.id);
    let mut silent: Vec<SystemId> = declared.collect();
    let checked = monitors::last_seen(conn, systems).await?;
    let unchecked = |id: &SystemId| checked.get(id.as_str()).is_some_and(|last| *last < since.from);
    silent.extend(systems.iter().filter(|id| unchecked(id)).cloned());
    Ok(silent)
}

/// What one system showed in every stretch.
struct Stretch {
    since: Vec<(Timestamp, Sum)>,
    before: Option<Vec<(Timestamp, Sum)>>,
    /// Each with whether its slots are hours.
    weeks: Vec<(Vec<(Timestamp, Sum)>, bool)>,
}

impl Stretch {
    async fn read(conn: &mut AnyConnection, system: &SystemId, stretches: &Stretches, kept: &Kept) -> Result<Self, Fault> {
        let (all, width) = (Filter::default(), stretches.width);
        let since = transactions::slots(conn, system, &all, stretches.since, width, kept).await?;
        let before = match stretches.before {
            Some(span) => Some(transactions::slots(conn, system, &all, span, width, kept).await?),
            None => None,
        };
        let mut weeks = Vec::new();
        for week in &stretches.weeks {
            let width = if week.hours { HOUR } else { width };
            weeks.push((transactions::slots(conn, system, &all, week.span, width, kept).await?, week.hours));
        }
        Ok(Self { since, before, weeks })
    }

    fn told(&self, id: &SystemId, name: &str) -> SystemSeen {
        let count = together(&self.since);
        let mut before: Vec<Vec<SlotSeen>> = self.before.iter().map(|slots| put_together(slots, count)).collect();
        before.extend(self.weeks.iter().map(|(slots, hours)| if *hours { rates(slots) } else { put_together(slots, count) }));
        SystemSeen { id: id.to_string(), name: name.to_owned(), before, since: put_together(&self.since, count), silent: false }
    }
}

/// The systems that the change is held against beside its own past.
async fn others(conn: &mut AnyConnection, change: &Loaded, stretches: &Stretches, kept: &Kept) -> Result<Vec<Brief>, Fault> {
    let own: Vec<SystemId> = change.systems.iter().map(|system| system.id.clone()).collect();
    let past = stretches.before.or(stretches.weeks.first().map(|week| week.span)).unwrap_or(stretches.since);
    apart(conn, &own, Some(change.id()), past, kept).await
}

/// The busiest systems of a span that neither need these nor are needed by them, and that no other change has touched since.
pub(super) async fn apart(
    conn: &mut AnyConnection,
    own: &[SystemId],
    change: Option<&ChangeId>,
    past: Span,
    kept: &Kept,
) -> Result<Vec<Brief>, Fault> {
    let links = systems::Links::read(conn).await?;
    let mut not = own.to_vec();
    not.extend(links.needs(own)?.into_iter().chain(links.needed_by(own)?).map(|(id, _)| id));
    not.extend(store::touched_since(conn, past.from, change).await?);
    let free: Vec<Brief> = systems::all(conn, &Reach::All).await?.into_iter().filter(|system| !not.contains(&system.id)).collect();
    let ids: Vec<SystemId> = free.iter().map(|system| system.id.clone()).collect();
    // By what was before: how they go since chooses none of them.
    let busiest = transactions::busiest(conn, &ids, past, BESIDE, kept).await?;
    Ok(free.into_iter().filter(|system| busiest.contains(&system.id)).collect())
}

/// Codes of failures since that no failure had before the work began.
async fn new_codes(
    conn: &mut AnyConnection,
    systems: &[SystemId],
    since: Span,
    started: Timestamp,
    kept: &Kept,
) -> Result<Vec<NewCode>, Fault> {
    let now = transactions::codes(conn, systems, since, kept).await?;
    if now.is_empty() {
        return Ok(Vec::new());
    }
    let begun = started.floor(MINUTE);
    let known = transactions::codes(conn, systems, Span { from: begun.plus(-CODES), to: begun }, kept).await?;
    let new = now.into_iter().filter(|(code, _)| !known.iter().any(|(known, _)| known == code));
    Ok(new.map(|(code, failed)| NewCode { code, failed }).collect())
}
