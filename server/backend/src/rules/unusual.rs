//! How unusual the transactions of a system are: the past that a window is held against, and what is said of it.
//!
//! The past of a window is made of windows as wide as it, around the same time of the days before; where too few days are known, of
//! the hours before it. It changes little within an hour, and is remembered so long.
//!
//! The same time of another day is that of the wall in the zone of the rule; where it names none, so many times 24 hours before. Days that
//! are no measure of this one are left out ([`special`]).
//!
//! Where a window of the whole or of a value is unusual, a cumulative sum over the windows before it says when that began ([`onset`]).
//! A slow leak is looked for in the windows of hours; of single values, in whole hours.
//!
//! The past says which values of a dimension are judged: of more than [`MOST`] those with most transactions in it. What a window holds of
//! them is counted whole, so that one that is missing has stopped. A value that had no transactions in the past, or too few to say a rate,
//! is not judged, however much of it fails: the whole sees it.

mod hours;
mod past;
mod special;
mod values;

use std::{
    collections::{BTreeMap, BTreeSet, HashMap},
    sync::{Arc, Mutex, PoisonError},
};

use domain::{
    Fault, Span, Timestamp,
    alerts::Labels,
    id::SystemId,
    occasions::Kind,
    rules::{Measure, Reading},
    time::{DAY, HOUR, MINUTE, SECOND},
    transactions::{Filter, Grain, Kept, Sum, cells::Sums, cover, days_before},
    unusual::{Counted, Expected, failures, latency, leak, onset, volume},
};
use serde_json::json;
use sqlx::AnyConnection;

use hours::Hours;
pub(super) use past::{over, step};
use special::{takes, zone};
use values::Values;

use super::read::SETTLED;
use crate::{
    Context,
    transactions::{self, ALWAYS},
};

/// Days that are looked back, as far as windows are kept: minutes are a little longer where nothing else is set.
const DAYS: i64 = 13;
/// Days below which the hours before count, too.
const FEW_DAYS: usize = 3;
/// How far from the time of day a window of another day may lie.
const AROUND: i64 = HOUR;
/// The hours before a window that say on which level its day is.
const BEFORE: i64 = 2 * HOUR;
/// How far back a leak is looked for.
const LEAK: i64 = 6 * HOUR;
/// Past windows that are looked at, evenly chosen.
const WINDOWS: usize = 100;
/// A surprise below which nobody asks when it began.
const UNUSUAL: f64 = 2.0;
/// Histories that are remembered at most.
const REMEMBERED: usize = 300;
/// Values that stand out of which it is asked when it began, at most.
const TRACED: usize = 5;

/// What is looked at.
#[derive(Debug, Clone, Copy)]
pub(super) struct Asked<'a> {
    pub(super) system: &'a SystemId,
    pub(super) measure: Measure,
    pub(super) filter: &'a Filter,
    pub(super) over_s: u32,
    pub(super) by: &'a str,
    pub(super) zone: &'a str,
    /// How long the transactions are kept that are looked at.
    pub(super) kept: Kept,
}

impl Asked<'_> {
    fn width(&self) -> i64 {
        i64::from(self.over_s) * SECOND
    }

    /// Whether windows over a span can still be told apart.
    fn keeps(&self, span: Span) -> bool {
        let by_hour = span.from.0 % HOUR == 0 && self.width() % HOUR == 0;
        cover(span, Grain::Minute, &self.kept).resolution <= if by_hour { Grain::Hour } else { Grain::Minute }
    }

    fn key(&self) -> String {
        json!([self.system, self.measure, self.filter, self.over_s, self.by, self.zone]).to_string()
    }
}

/// Histories, each until its hour is over.
#[derive(Default)]
pub(super) struct Memory {
    histories: Mutex<BTreeMap<String, (Timestamp, History)>>,
    /// Where many moments of one rule are tried: the hours that their histories share.
    hours: Option<tokio::sync::Mutex<Hours>>,
}

impl Memory {
    /// For many moments of one rule.
    fn of_one() -> Self {
        Self { hours: Some(tokio::sync::Mutex::default()), ..Self::default() }
    }

    async fn of(&self, conn: &mut AnyConnection, asked: &Asked<'_>, hour: Timestamp) -> Result<History, Fault> {
        let key = asked.key();
        let known = self.histories.lock().unwrap_or_else(PoisonError::into_inner).get(&key).filter(|(of, _)| *of == hour).cloned();
        if let Some((_, history)) = known {
            return Ok(history);
        }
        let history = if asked.by.is_empty() {
            History::Whole(Arc::new(Days::read(conn, asked, Span { from: hour, to: hour.plus(HOUR) }).await?))
        } else {
            let values = match &self.hours {
                Some(hours) => Values::read(conn, asked, hour, &mut *hours.lock().await).await?,
                None => Values::read(conn, asked, hour, &mut Hours::default()).await?,
            };
            History::Values(Arc::new(values))
        };
        let mut all = self.histories.lock().unwrap_or_else(PoisonError::into_inner);
        all.retain(|_, (of, _)| *of >= hour.plus(-HOUR));
        if all.len() < REMEMBERED {
            all.insert(key, (hour, history.clone()));
        }
        Ok(history)
    }
}

/// The days before: windows of the whole, or hours of each value. Cheap to clone.
#[derive(Clone)]
enum History {
    Whole(Arc<Days>),
    Values(Arc<Values>),
}

/// The days before, and what was special about them.
struct Days {
    days: Vec<Line>,
    special: Vec<(Kind, Span)>,
}

impl Days {
    /// The past of windows that end within a span.
    async fn read(conn: &mut AnyConnection, asked: &Asked<'_>, span: Span) -> Result<Self, Fault> {
        let wide = Span { from: span.from.plus(-LEAK - AROUND - BEFORE), to: span.to.plus(AROUND) };
        let special = special::read(conn, asked.system, Span { from: wide.from.plus(-(DAYS + 1) * DAY), to: wide.to }).await?;
        let zone = zone(asked.zone);
        let mut days = Vec::new();
        for day in 1..=DAYS {
            let back = span.from.since(days_before(span.from, day, &zone));
            let past = wide.moved(-back);
            // What is no longer kept is no measure: it is not nought.
            if !asked.keeps(past) {
                break;
            }
            days.push(Line::read(conn, asked, past, &special).await?.moved(back));
        }
        Ok(Self { days, special })
    }
}

/// What was counted in one window.
#[derive(Debug, Clone, Copy)]
struct Window {
    at: Timestamp,
    /// Within what kind of occasion it lay, if any.
    kind: Option<Kind>,
    counted: Counted,
    p99: Option<f64>,
}

/// Windows one after the other.
struct Line {
    width: i64,
    windows: Vec<Window>,
}

impl Line {
    async fn read(conn: &mut AnyConnection, asked: &Asked<'_>, span: Span, special: &[(Kind, Span)]) -> Result<Self, Fault> {
        let width = asked.width();
        let slots = transactions::slots(conn, asked.system, asked.filter, span, width, &ALWAYS).await?;
        let windows = slots.into_iter().map(|(at, sum)| Window {
            at,
            kind: special::kind(special, at, width),
            counted: counted(&sum.sums),
            p99: p99(asked.measure, &sum),
        });
        Ok(Self { width, windows: windows.collect() })
    }

    /// Its windows as if they were so much later, in milliseconds; their kind is of when they were.
    fn moved(mut self, by: i64) -> Self {
        self.windows.iter_mut().for_each(|window| window.at = window.at.plus(by));
        self
    }

    /// Windows that begin within a span.
    fn within(&self, from: Timestamp, to: Timestamp) -> &[Window] {
        let begin = self.windows.partition_point(|window| window.at < from);
        let end = self.windows.partition_point(|window| window.at < to);
        &self.windows[begin..end.max(begin)]
    }

    /// Transactions in the hours before a moment.
    fn before(&self, at: Timestamp) -> f64 {
        self.within(at.plus(-BEFORE), at.plus(1 - self.width)).iter().map(|window| window.counted.total).sum()
    }

    fn is_empty(&self) -> bool {
        self.windows.iter().all(|window| window.counted.total == 0.0)
    }
}

#[expect(clippy::cast_precision_loss, reason = "counts stay far below 2^52")]
fn counted(sums: &Sums) -> Counted {
    Counted { total: sums.total as f64, failed: sums.failed as f64 }
}

fn p99(measure: Measure, sum: &Sum) -> Option<f64> {
    sum.latency.quantile(0.99).filter(|_| measure == Measure::P99)
}

/// The readings at a moment.
pub(super) async fn at(ctx: &Context, memory: &Memory, asked: &Asked<'_>, at: Timestamp) -> Result<Vec<Reading>, Fault> {
    let end = at.plus(-SETTLED).floor(MINUTE);
    let mut conn = ctx.db.read().await?;
    let history = memory.of(&mut conn, asked, end.plus(-1).floor(HOUR)).await?;
    match history {
        History::Values(values) => {
            let mut found = of_values(&mut conn, asked, &values, end).await?;
            let standing_out = found.iter_mut().filter(|reading| reading.value >= UNUSUAL && reading.onset.is_none());
            for reading in standing_out.take(TRACED) {
                let Some(name) = reading.labels.get(asked.by) else { continue };
                let filter = asked.filter.clone().only(asked.by, name);
                let span = Span { from: end.plus(-LEAK / asked.width() * asked.width()), to: end };
                let windows = Line::read(&mut conn, &Asked { filter: &filter, ..*asked }, span, &[]).await?.windows;
                reading.onset = values.onset(asked, name, &windows);
            }
            Ok(found)
        }
        History::Whole(days) => {
            let today = Line::read(&mut conn, asked, reach(asked, end, end), &days.special).await?;
            // Others read meanwhile.
            drop(conn);
            let measure = asked.measure;
            let judge = move || {
                let (ground, last) = (Ground::new(measure, &days, &today), today.windows.len().checked_sub(1)?);
                let (value, said) = ground.judge(last)?;
                Some(Reading { labels: Labels::new(), value, said, onset: ground.onset(last, value) })
            };
            let found = tokio::task::spawn_blocking(judge).await.map_err(|_| Fault::Internal)?;
            Ok(found.into_iter().collect())
        }
    }
}

/// The readings of single values for the window that ends at a moment.
async fn of_values(conn: &mut AnyConnection, asked: &Asked<'_>, values: &Values, end: Timestamp) -> Result<Vec<Reading>, Fault> {
    let (system, of) = (asked.system, (asked.filter, asked.by));
    let now = transactions::by_value(conn, system, of, Span { from: end.plus(-asked.width()), to: end }).await?;
    let hour = match values.sees_leaks() {
        true => transactions::by_value(conn, system, of, Span { from: values.hour(), to: end }).await?,
        false => HashMap::new(),
    };
    Ok(values.judge(asked, &now, &hour))
}

/// What is read of today for windows that end from `first` to `last`: whole windows.
fn reach(asked: &Asked<'_>, first: Timestamp, last: Timestamp) -> Span {
    let width = asked.width();
    let before = (LEAK + BEFORE + width - 1) / width * width;
    Span { from: first.plus(-before), to: last }
}

/// What a window of today is held against.
struct Ground<'a> {
    measure: Measure,
    days: Vec<&'a Line>,
    special: &'a [(Kind, Span)],
    today: &'a Line,
    /// The rate of failures that was to be expected in each hour of today, and how much windows differ.
    rates: BTreeMap<Timestamp, Option<(f64, f64)>>,
}

impl<'a> Ground<'a> {
    fn new(measure: Measure, before: &'a Days, today: &'a Line) -> Self {
        let days: Vec<&Line> = before.days.iter().filter(|day| !day.is_empty()).collect();
        let mut ground = Self { measure, days, special: &before.special, today, rates: BTreeMap::new() };
        if matches!(measure, Measure::Success | Measure::Code) {
            let hours: BTreeSet<Timestamp> = today.windows.iter().map(|window| window.at.floor(HOUR)).collect();
            for hour in hours {
                // One transaction: the failures that are expected of it are the rate.
                let past = ground.past(hour.plus(HOUR / 2)).map(|(window, _)| window.counted).collect::<Vec<_>>();
                let expected = failures(&past, Counted { total: 1.0, failed: 0.0 });
                ground.rates.insert(hour, expected.map(|expected| (expected.mean, expected.dispersion)));
            }
        }
        ground
    }

    /// Past windows around the time of day of a moment, each with its day, evenly chosen where they are many.
    fn past(&self, at: Timestamp) -> impl Iterator<Item = (Window, &'a Line)> + use<'a> {
        let mut found: Vec<(Window, &'a Line)> = Vec::new();
        let kind = special::kind(self.special, at, self.today.width);
        let counts = |window: &&Window| takes(self.measure, kind, window.kind);
        for day in &self.days {
            let windows = day.within(at.plus(-AROUND), at.plus(AROUND)).iter().filter(counts);
            found.extend(windows.map(|window| (*window, *day)));
        }
        if self.days.len() < FEW_DAYS {
            // The newest windows may be the trouble itself.
            let newest = self.today.windows.last().map_or(at, |last| last.at).min(at).plus(-2 * self.today.width);
            let windows = self.today.within(newest.plus(-LEAK / 2), newest).iter().filter(counts);
            found.extend(windows.map(|window| (*window, self.today)));
        }
        let step = found.len().div_ceil(WINDOWS).max(1);
        found.into_iter().step_by(step)
    }

    /// How surprising a window of today is, and what is said of it; `None` where nobody can tell.
    fn judge(&self, place: usize) -> Option<(f64, String)> {
        let window = self.today.windows.get(place)?;
        let past = self.past(window.at);
        match self.measure {
            Measure::Success | Measure::Code => {
                let counts: Vec<Counted> = past.map(|(window, _)| window.counted).collect();
                let expected = failures(&counts, window.counted)?;
                let said = said_of_failures(window.counted, &expected);
                match self.leak(place).filter(|(surprise, _)| *surprise > expected.surprise) {
                    Some((surprise, began)) => Some((surprise, since(&said, began))),
                    None => Some((expected.surprise, said)),
                }
            }
            Measure::Volume => {
                let counts: Vec<(f64, f64)> = past.map(|(window, day)| (window.counted.total, day.before(window.at))).collect();
                let expected = volume(&counts, window.counted.total, self.today.before(window.at))?;
                Some((expected.surprise, said_of_volume(window.counted.total, &expected)))
            }
            // No rule asks for it: amounts follow no law by which a surprise could be told.
            Measure::Amount => None,
            Measure::P99 => {
                let values: Vec<f64> = past.filter_map(|(window, _)| window.p99).collect();
                let now = window.p99?;
                let expected = latency(&values, now)?;
                Some((expected.surprise, format!("p99 is {now:.0} ms where {:.0}–{:.0} ms were expected", expected.low, expected.high)))
            }
        }
    }

    /// When what makes a window unusual began: the start of the first window of the cumulative sum; `None` where it is not unusual.
    fn onset(&self, place: usize, surprise: f64) -> Option<Timestamp> {
        if surprise < UNUSUAL {
            return None;
        }
        let from = self.today.windows.partition_point(|window| window.at < self.today.windows[place].at.plus(-LEAK));
        let surprises: Vec<f64> = (from..place).map(|at| self.judge(at).map_or(0.0, |(one, _)| one)).chain([surprise]).collect();
        onset(&surprises).map(|at| self.today.windows[from + at].at)
    }

    /// A leak that goes on in a window: how surprising, and since when.
    fn leak(&self, place: usize) -> Option<(f64, Timestamp)> {
        let end = self.today.windows.get(place)?.at;
        let windows = self.today.within(end.plus(-LEAK), end.plus(1));
        let mut dispersion = 1.0f64;
        let mut rated = Vec::new();
        for window in windows {
            let (rate, its) = (*self.rates.get(&window.at.floor(HOUR))?)?;
            dispersion = dispersion.max(its);
            rated.push((window.counted, rate));
        }
        let leak = leak(&rated, dispersion)?;
        Some((leak.surprise, windows.get(leak.since)?.at))
    }
}

fn said_of_failures(now: Counted, expected: &Expected) -> String {
    format!("{} of {} failed where {:.0}–{:.0} were expected", now.failed, now.total, expected.low.floor(), expected.high.ceil())
}

/// What is said of a leak.
fn since(said: &str, began: Timestamp) -> String {
    format!("{said}; more than expected since {}", began.rfc3339())
}

fn said_of_volume(now: f64, expected: &Expected) -> String {
    format!("{now} transactions where {:.0}–{:.0} were expected", expected.low.floor(), expected.high.ceil())
}
