//! What roll-ups tell of a change's systems: since its work ended, and before.
//!
//! **Invariant:** memory is bounded: a stretch is at most [`SLOTS`] slots, and one system is read at a time.

use domain::{
    Fault, Span, Timestamp,
    changes::{Course, DrawnSlot, NewCode, SlotSeen, SystemSeen, Watch, WatchStage},
    id::SystemId,
    time::{DAY, HOUR, MINUTE},
    transactions::{Filter, Kept, Sum, week_before},
};
use jiff::tz::TimeZone;
use sqlx::AnyConnection;

use super::load::Loaded;
use crate::transactions;

/// Slots of a stretch at most.
const SLOTS: i64 = 120;
/// Transactions that a slot is to hold on average, so that its quantiles mean something.
const FULL: u64 = 30;
/// Slots that are left of a stretch at least, however few transactions they hold.
const FEWEST: usize = 12;
/// Transactions of a slot from which a median is one, and a 95th percentile.
const LEAST: (u64, u64) = (8, 20);
/// Weeks that are looked back to, as far as minutes are kept.
const WEEKS: usize = 4;
/// How far back a code counts as seen.
const CODES: i64 = 28 * DAY;

/// What was read.
pub(super) struct Sight {
    pub seen: Vec<SystemSeen>,
    /// Failures since with codes that were never seen before.
    pub codes: Vec<NewCode>,
    pub drawn: Vec<DrawnSlot>,
}

/// The stretches that are held against each other.
struct Stretches {
    since: Span,
    /// Right before the work, where that is looked at.
    before: Option<Span>,
    weeks: Vec<Span>,
    width: i64,
}

impl Stretches {
    fn of(course: &Course, watch: Watch, started: Timestamp, now: Timestamp, kept: &Kept, zone: &TimeZone) -> Self {
        let (planned, since) = (course.span, course.seen(now));
        let width = ((planned.length() + SLOTS * MINUTE - 1) / (SLOTS * MINUTE)).max(1) * MINUTE;
        let begun = started.floor(MINUTE);
        let before = if course.stage == WatchStage::Morning {
            // The morning of the day before, where the work began after it.
            let day = Span { from: planned.from.plus(-DAY), to: planned.to.plus(-DAY) };
            (day.to <= begun).then_some(day)
        } else {
            Some(Span { from: begun.plus(-watch.length().max(HOUR)), to: begun })
        };
        let mut weeks: Vec<Span> = Vec::new();
        for _ in 0..WEEKS {
            let later = weeks.last().copied().unwrap_or(planned);
            let week = Span { from: week_before(later.from, zone), to: week_before(later.to, zone) };
            if week.from < kept.minute.plus(HOUR) || week.to > begun {
                break;
            }
            weeks.push(week);
        }
        Self { since, before, weeks, width }
    }
}

fn seen(sum: &Sum) -> SlotSeen {
    let held = sum.latency.total();
    SlotSeen {
        total: sum.sums.total,
        failed: sum.sums.failed,
        p50: sum.latency.quantile(0.5).filter(|_| held >= LEAST.0),
        p95: sum.latency.quantile(0.95).filter(|_| held >= LEAST.1),
    }
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

/// Adds what a system showed to what is drawn.
fn draw(drawn: &mut Vec<DrawnSlot>, slots: &[(Timestamp, Sum)], week: Option<&[(Timestamp, Sum)]>) {
    for (place, (at, sum)) in slots.iter().enumerate() {
        let known = drawn.iter().position(|slot| slot.at == *at);
        let known = known.unwrap_or_else(|| {
            drawn.push(DrawnSlot { at: *at, total: 0, failed: 0, week_total: 0, week_failed: 0 });
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
    let all = Filter::default();
    let (mut list, mut drawn) = (Vec::new(), Vec::new());
    for system in &change.systems {
        let since = transactions::slots(conn, &system.id, &all, stretches.since, stretches.width, kept).await?;
        let count = together(&since);
        let mut before = Vec::new();
        if let Some(span) = stretches.before {
            let slots = transactions::slots(conn, &system.id, &all, span, stretches.width, kept).await?;
            before.push(put_together(&slots, count));
            if course.stage != WatchStage::Morning {
                draw(&mut drawn, &slots, None);
            }
        }
        let mut last_week = None;
        for span in &stretches.weeks {
            let slots = transactions::slots(conn, &system.id, &all, *span, stretches.width, kept).await?;
            before.push(put_together(&slots, count));
            last_week.get_or_insert(slots);
        }
        draw(&mut drawn, &since, last_week.as_deref());
        list.push(SystemSeen { name: system.name.clone(), before, since: put_together(&since, count) });
    }
    drawn.sort_by_key(|slot| slot.at);
    let ids: Vec<SystemId> = change.systems.iter().map(|system| system.id.clone()).collect();
    let codes = new_codes(conn, &ids, stretches.since, started, kept).await?;
    Ok(Sight { seen: list, codes, drawn })
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
