//! What a rule reads: its values now, and over what is past.

use std::collections::BTreeMap;

use domain::{
    Fault, Span, Timestamp,
    alerts::Labels,
    id::SystemId,
    monitors::Resolution,
    rules::{Input, Measure, Outcome, Reading, Track, deviate, fold},
    sources::{Answer, AnswerKind, Query, Selector},
    time::{HOUR, MINUTE, SECOND},
    transactions::{Filter, Grain, Kept, Sum, cover, days_before, span_before, units},
};
use jiff::tz::TimeZone;
use sqlx::AnyConnection;

use super::unusual::{self, Asked, Memory};
use crate::{
    Context,
    egress::Egress,
    oncall, sources, streams,
    transactions::{self, explain::kept},
};

/// Label sets of one rule at most; what is beyond is left out, and said.
pub(super) const MOST: usize = 500;
/// A transaction is on its way for a while: the minute that is counted last ended this long ago.
pub(super) const SETTLED: i64 = 30 * SECOND;

/// What is read, and by which rule.
pub(super) struct What<'a> {
    pub(super) system: &'a SystemId,
    pub(super) input: &'a Input,
    pub(super) weeks: Option<u32>,
    /// What is remembered of the past from one evaluation to the next.
    pub(super) memory: &'a Memory,
    pub(super) counts: &'a transactions::Settings,
}

impl What<'_> {
    /// How long the transactions are kept that a filter takes, of streams that have the dimension by which they are told apart, if any:
    /// what another stream of the system keeps says nothing of them.
    async fn kept(&self, conn: &mut AnyConnection, (filter, by): (&Filter, &str), now: Timestamp) -> Result<Kept, Fault> {
        let streams = streams::of_ids(conn, std::slice::from_ref(self.system)).await?;
        let found = match by {
            "" => kept(self.counts, &streams, filter, now),
            by => kept(self.counts, &streams, &filter.clone().with(by, ""), now),
        };
        match found {
            // Of a dimension that is declared no longer nothing is counted, however long it would be kept.
            Err(Fault::Invalid(_)) => Ok(self.counts.shortest(now, streams.iter().map(|stream| stream.keeping))),
            found => found,
        }
    }

    /// The zone whose wall time the weeks share: that in which the team of the system is on call.
    async fn zone(&self, ctx: &Context) -> Result<TimeZone, Fault> {
        oncall::zone_of_systems(&mut *ctx.db.read().await?, std::slice::from_ref(self.system)).await
    }
}

/// The values at a moment.
pub(super) async fn now(ctx: &Context, egress: &Egress, what: &What<'_>, now: Timestamp) -> Result<Outcome, Fault> {
    let outcome = at(ctx, egress, what, now).await?;
    let Some(weeks) = what.weeks.filter(|_| !matches!(outcome, Outcome::Unknown(_))) else { return Ok(outcome) };
    let zone = what.zone(ctx).await?;
    let mut past: BTreeMap<Labels, Vec<f64>> = BTreeMap::new();
    for week in 1..=i64::from(weeks) {
        match at(ctx, egress, what, days_before(now, 7 * week, &zone)).await? {
            Outcome::Values(values) => values.into_iter().for_each(|one| past.entry(one.labels).or_default().push(one.value)),
            // A part of the past is no measure.
            Outcome::Partial(_, why) | Outcome::Unknown(why) => return Ok(Outcome::Unknown(why)),
        }
    }
    let deviation = |one: Reading| {
        let value = deviate(one.value, past.get(&one.labels).map_or(&[], Vec::as_slice))?;
        Some(Reading::plain(one.labels, value))
    };
    Ok(outcome.map(|values| values.into_iter().filter_map(deviation).collect()))
}

async fn at(ctx: &Context, egress: &Egress, what: &What<'_>, at: Timestamp) -> Result<Outcome, Fault> {
    match what.input {
        Input::Query { source, expr } => {
            let query = Query { expr: expr.clone(), span: None, at, step: None };
            Ok(sources::answer(ctx, egress, source, &query).await?.map_or_else(Outcome::Unknown, readings))
        }
        Input::Kept { source, selector, over_s, fold: how } => {
            let selector = read_selector(selector)?;
            let mut conn = ctx.db.read().await?;
            if let Some(why) = sources::trouble(&mut conn, source).await? {
                return Ok(Outcome::Unknown(why));
            }
            let over = i64::from(*over_s) * SECOND;
            let resolution = if over > 6 * HOUR { Resolution::Hour } else { Resolution::Minute };
            let span = Span { from: at.plus(-over).floor(resolution.width_ms()), to: at.plus(1) };
            let windows = sources::windows(&mut conn, source, &selector, resolution, span).await?;
            let readings = windows.into_iter().filter_map(|(labels, points)| Some(Reading::plain(labels, fold(*how, &points)?)));
            Ok(Outcome::Values(readings.collect()))
        }
        Input::Transactions { measure, filter, over_s, currency } => {
            let end = at.plus(-SETTLED).floor(MINUTE);
            let window = Span { from: end.plus(-i64::from(*over_s) * SECOND), to: end };
            let mut conn = ctx.db.read().await?;
            let kept = what.kept(&mut conn, (filter, ""), ctx.now()).await?;
            let Some(counted) = stands_for(window, &kept) else { return Ok(Outcome::Values(Vec::new())) };
            let sum = transactions::sum_in(&mut conn, what.system, (filter, currency), counted, &kept).await?;
            let value = value_of((*measure, currency), &sum, share(window, counted));
            Ok(Outcome::Values(value.map(|value| Reading::plain(Labels::new(), value)).into_iter().collect()))
        }
        Input::Unusual { measure, filter, over_s, by, zone } => {
            let kept = what.kept(&mut *ctx.db.read().await?, (filter, by), ctx.now()).await?;
            let asked = Asked { system: what.system, measure: *measure, filter, over_s: *over_s, by, zone, kept };
            Ok(Outcome::Values(unusual::at(ctx, what.memory, &asked, at).await?))
        }
    }
}

fn read_selector(text: &str) -> Result<Selector, Fault> {
    Selector::parse(text).map_err(|_| {
        tracing::error!(text, "a stored selector does not parse");
        Fault::Internal
    })
}

/// What is counted for a window: itself as long as minutes are kept, then the whole hours around it. What is not kept at all is not
/// nought.
fn stands_for(window: Span, kept: &Kept) -> Option<Span> {
    match cover(window, Grain::Day, kept).resolution {
        Grain::Minute => Some(window),
        Grain::Hour => Some(Span { from: window.from.floor(HOUR), to: window.to.plus(HOUR - 1).floor(HOUR) }),
        Grain::Day => None,
    }
}

/// The part of what was counted for a window that falls to it.
#[expect(clippy::cast_precision_loss, reason = "milliseconds of a span")]
fn share(window: Span, counted: Span) -> f64 {
    window.length() as f64 / counted.length().max(1) as f64
}

/// The value of a window; `share` scales what is counted.
#[expect(clippy::cast_precision_loss, reason = "counts stay far below 2^52")]
fn value_of((measure, currency): (Measure, &str), sum: &Sum, share: f64) -> Option<f64> {
    let (total, failed) = (sum.sums.total as f64, sum.sums.failed as f64);
    match measure {
        Measure::Volume => Some(total * share),
        Measure::Success => (total > 0.0).then(|| (total - failed) / total * 100.0),
        Measure::P99 => sum.latency.quantile(0.99),
        Measure::Code => Some(failed * share),
        Measure::Amount => Some(units(sum.sums.amount as f64, currency) * share),
    }
}

fn clean(mut labels: Labels) -> Labels {
    labels.remove("__name__");
    labels
}

fn readings(answer: Answer) -> Outcome {
    if !matches!(answer.kind, AnswerKind::Vector | AnswerKind::Scalar) {
        return Outcome::Unknown(format!("the answer is a {}; expected a vector or a number", answer.kind));
    }
    let lack = answer.lack();
    let values = answer.series.into_iter().filter_map(|one| {
        let (_, value) = one.points.last().copied()?;
        (!value.is_nan()).then(|| Reading::plain(clean(one.labels), value))
    });
    let values = values.collect();
    match lack {
        None => Outcome::Values(values),
        Some(why) => Outcome::Partial(values, why),
    }
}

/// The values over a span, for a preview; an error says in English why there are none.
pub(super) async fn past(ctx: &Context, egress: &Egress, what: &What<'_>, span: Span) -> Result<Result<Vec<Track>, String>, Fault> {
    let step = step_ms(what.input, span);
    let now = match over(ctx, egress, what, span, step).await? {
        Ok(now) => now,
        Err(why) => return Ok(Err(why)),
    };
    let mut before = Vec::new();
    if let Some(weeks) = what.weeks {
        let zone = what.zone(ctx).await?;
        for week in 1..=i64::from(weeks) {
            let (past, same) = weeks_before(span, step, week, &zone);
            match over(ctx, egress, what, past, step).await? {
                Ok(values) => before.push((same, values)),
                Err(why) => return Ok(Err(why)),
            }
        }
    }
    let tracks = now.into_iter().map(|(labels, values)| {
        let points = (0..=span.length() / step)
            .map(|slot| span.from.plus(slot * step))
            .map(|at| {
                let value = values.get(&at).copied();
                if what.weeks.is_none() {
                    return (at, value);
                }
                let past: Vec<f64> = before.iter().filter_map(|(same, past)| past.get(&labels)?.get(same.get(&at)?).copied()).collect();
                (at, value.and_then(|value| deviate(value, &past)))
            })
            .collect();
        Track { labels, points }
    });
    Ok(Ok(tracks.take(MOST).collect()))
}

/// A span so many weeks earlier by the clock on the wall, and the moment in it that stands for each of the span: where clocks change
/// between two of them, the nearer one.
fn weeks_before(span: Span, step: i64, weeks: i64, zone: &TimeZone) -> (Span, BTreeMap<Timestamp, Timestamp>) {
    let earlier = |at: Timestamp| days_before(at, 7 * weeks, zone);
    let past = span_before(span, 7 * weeks, zone);
    let on_grid = |at: Timestamp| past.from.plus((at.since(past.from) + step / 2) / step * step);
    let moments = (0..=span.length() / step).map(|slot| span.from.plus(slot * step));
    (past, moments.map(|at| (at, on_grid(earlier(at)))).collect())
}

type Curves = BTreeMap<Labels, BTreeMap<Timestamp, f64>>;

fn step_ms(input: &Input, span: Span) -> i64 {
    match input {
        Input::Query { expr, .. } => Query { expr: expr.clone(), span: Some(span), at: span.to, step: None }.step_ms().max(MINUTE),
        Input::Kept { .. } => MINUTE,
        Input::Unusual { over_s, by, .. } => unusual::step(i64::from(*over_s) * SECOND, by, span),
        Input::Transactions { over_s, .. } => (i64::from(*over_s) * SECOND / 5 / MINUTE * MINUTE).max(MINUTE),
    }
}

async fn over(ctx: &Context, egress: &Egress, what: &What<'_>, span: Span, step: i64) -> Result<Result<Curves, String>, Fault> {
    let mut curves = Curves::new();
    match what.input {
        Input::Query { source, expr } => {
            let query = Query { expr: expr.clone(), span: Some(span), at: span.to, step: None };
            match sources::answer(ctx, egress, source, &query).await?.and_then(Answer::whole) {
                Err(why) => return Ok(Err(why)),
                Ok(answer) => {
                    for one in answer.series.into_iter().take(MOST) {
                        let curve = curves.entry(clean(one.labels)).or_default();
                        // On our own grid, whatever grid the source has.
                        let on_grid = |at: Timestamp| span.from.plus((at.since(span.from) + step / 2) / step * step);
                        curve.extend(one.points.into_iter().filter(|(_, value)| !value.is_nan()).map(|(at, value)| (on_grid(at), value)));
                    }
                }
            }
        }
        Input::Kept { source, selector, over_s, fold: how } => {
            let selector = read_selector(selector)?;
            let window = i64::from(*over_s) * SECOND;
            let whole = Span { from: span.from.plus(-window), to: span.to };
            let found = sources::windows(&mut *ctx.db.read().await?, source, &selector, Resolution::Minute, whole).await?;
            for (labels, points) in found.into_iter().take(50) {
                let curve = curves.entry(labels).or_default();
                for slot in 0..=span.length() / step {
                    let at = span.from.plus(slot * step);
                    let (from, to) = (points.partition_point(|p| p.at < at.plus(-window)), points.partition_point(|p| p.at <= at));
                    if let Some(value) = fold(*how, &points[from..to]) {
                        curve.insert(at, value);
                    }
                }
            }
        }
        Input::Transactions { measure, filter, over_s, currency } => {
            let mut conn = ctx.db.read().await?;
            let kept = what.kept(&mut conn, (filter, ""), ctx.now()).await?;
            let window = i64::from(*over_s) * SECOND;
            let values = slide(&mut conn, what.system, (*measure, filter, currency), window, (span, step), &kept).await?;
            curves.insert(Labels::new(), values);
        }
        Input::Unusual { measure, filter, over_s, by, zone } => {
            let kept = what.kept(&mut *ctx.db.read().await?, (filter, by), ctx.now()).await?;
            let asked = Asked { system: what.system, measure: *measure, filter, over_s: *over_s, by, zone, kept };
            curves = unusual::over(ctx, &asked, span, step).await?;
        }
    }
    Ok(Ok(curves))
}

/// A window of transactions that moves by steps.
async fn slide(
    conn: &mut AnyConnection,
    system: &SystemId,
    (measure, filter, currency): (Measure, &Filter, &str),
    window: i64,
    (span, step): (Span, i64),
    kept: &Kept,
) -> Result<BTreeMap<Timestamp, f64>, Fault> {
    let wide = (window / step).max(1) * step;
    // Each moment with its window and what is counted for it: by steps, or by hours.
    let (mut fine, mut coarse) = (Vec::new(), Vec::new());
    for slot in 0..=span.length() / step {
        let at = span.from.plus(slot * step);
        let window = Span { from: at.floor(step).plus(-wide), to: at.floor(step) };
        if let Some(counted) = stands_for(window, kept) {
            let by = if counted == window { &mut fine } else { &mut coarse };
            by.push((at, window, counted));
        }
    }
    let mut values = BTreeMap::new();
    for (moments, width) in [(fine, step), (coarse, HOUR)] {
        let (Some((_, _, first)), Some((_, _, last))) = (moments.first(), moments.last()) else { continue };
        let whole = Span { from: first.from, to: last.to };
        let slots = transactions::slots_in(conn, system, (filter, currency), whole, width, kept).await?;
        for (at, window, counted) in moments {
            let begin = slots.partition_point(|(start, _)| *start < counted.from);
            let end = slots.partition_point(|(start, _)| start.plus(width) <= counted.to);
            let mut sum = Sum::default();
            for (_, one) in &slots[begin..end.max(begin)] {
                sum.sums.add(&one.sums);
                sum.latency.merge(&one.latency);
            }
            if let Some(value) = value_of((measure, currency), &sum, share(window, counted)) {
                values.insert(at, value);
            }
        }
    }
    Ok(values)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_no_longer_kept_is_not_nought() {
        let at = |text: &str| Timestamp::parse_rfc3339(text).unwrap();
        let window = |day: &str| Span { from: at(&format!("2025-03-{day}T06:50:00Z")), to: at(&format!("2025-03-{day}T07:05:00Z")) };
        let kept = Kept { minute: at("2025-03-20T00:00:00Z"), hour: at("2025-03-10T00:00:00Z"), day: at("2024-01-01T00:00:00Z") };
        assert_eq!(stands_for(window("20"), &kept), Some(window("20")));
        let hours = stands_for(window("19"), &kept).unwrap();
        assert_eq!(hours, Span { from: at("2025-03-19T06:00:00Z"), to: at("2025-03-19T08:00:00Z") });
        assert!((share(window("19"), hours) - 0.125).abs() < 1e-9 && (share(window("20"), window("20")) - 1.0).abs() < 1e-9);
        assert_eq!(stands_for(window("09"), &kept), None);
    }

    #[test]
    fn weeks_are_those_of_the_wall() {
        let at = |text: &str| Timestamp::parse_rfc3339(text).unwrap();
        let zone = domain::time::zone("America/New_York").unwrap();
        // Clocks went forward on the 9th at 2 o'clock; every seven minutes.
        let span = Span { from: at("2025-03-15T06:00:00Z"), to: at("2025-03-16T06:00:00Z") };
        let (past, same) = weeks_before(span, 7 * MINUTE, 1, &zone);
        assert_eq!(past, Span { from: at("2025-03-08T07:00:00Z"), to: at("2025-03-09T07:00:00Z") });
        assert_eq!(same.get(&at("2025-03-15T12:18:00Z")), Some(&at("2025-03-08T13:18:00Z")));
        let (past, same) = weeks_before(span.moved(HOUR * 2), 7 * MINUTE, 1, &zone);
        assert_eq!(past, Span { from: at("2025-03-08T09:00:00Z"), to: at("2025-03-09T08:00:00Z") });
        assert_eq!((same.len(), same.get(&at("2025-03-16T07:20:00Z"))), (206, Some(&at("2025-03-09T07:17:00Z"))));
    }
}
