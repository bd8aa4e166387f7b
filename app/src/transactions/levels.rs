//! Where a level changed, marked in the charts where no band says it: each slot is held against the same slot last week, so that the
//! rhythm of the day is no change; without a last week, spans that are too short for a rhythm are looked at as they are.

use domain::{
    bands::Change,
    changepoints::change_points,
    time::HOUR,
    transactions::{Analysis, Point},
};

use super::{bands::level, charts::Drawn, figures::float};
use crate::{components::Mark, visit::Visit};

/// Changes that are marked in one chart at most; the surest.
const MOST: usize = 4;
/// Spans up to this have no rhythm of the day to speak of.
const SHORT: i64 = 6 * HOUR;
/// A change of volume below this share is none to speak of.
const LEAST_SHARE: f64 = 0.05;
/// A change of success rate below this many points of a hundred is none.
const LEAST_POINTS: f64 = 0.2;

/// Marks the changes of volume and success rate, but in the charts with a band: the changes that are known with it are those of its whole
/// history.
pub(super) fn mark(visit: &Visit, analysis: &Analysis, banded: &[&str], drawn: &mut [Drawn]) {
    let over: Vec<&Point> = analysis.points.iter().filter(|point| point.span.to <= visit.now).collect();
    let had = analysis.before.total > 0;
    if !had && analysis.span.length() > SHORT {
        return;
    }
    for chart in drawn.iter_mut().filter(|chart| !banded.contains(&chart.id)) {
        let changes = match chart.id {
            "transactions-volume" => volume(&over, had),
            "transactions-success" => success(&over, had),
            _ => continue,
        };
        let href = format!("#{}", chart.id);
        chart.data.marks.extend(changes.iter().map(|change| Mark { at: change.at, label: level(visit, change), href: href.clone() }));
    }
}

fn mean(points: &[&Point], value: impl Fn(&Point) -> f64, weight: impl Fn(&Point) -> f64) -> f64 {
    let all: f64 = points.iter().map(|point| weight(point)).sum();
    if all > 0.0 { points.iter().map(|point| value(point)).sum::<f64>() / all } else { 0.0 }
}

fn volume(points: &[&Point], had: bool) -> Vec<Change> {
    let each: Vec<f64> = points
        .iter()
        .map(|point| match had {
            // A root, so that the scatter of a busy slot and of a calm one is the same.
            true if point.before_total > 0 => (float(point.total) / float(point.before_total)).sqrt(),
            true => f64::NAN,
            false => float(point.total).sqrt(),
        })
        .collect();
    let level = |points: &[&Point]| {
        // Against last week's share of the same slots, in transactions of a slot of the whole span.
        if had { mean(points, |p| float(p.total), |p| float(p.before_total)) } else { mean(points, |p| float(p.total), |_| 1.0) }
    };
    let usual = mean(points, |p| float(p.before_total), |_| 1.0);
    let size = |value: f64| if had { value * usual } else { value };
    told(points, &each, |part| size(level(part)), |change| (change.after / change.before.max(f64::MIN_POSITIVE) - 1.0).abs() >= LEAST_SHARE)
}

fn success(points: &[&Point], had: bool) -> Vec<Change> {
    let each: Vec<f64> = points
        .iter()
        .map(|point| match (point.success_rate(), point.before_rate()) {
            (Some(now), Some(before)) if had => (now - before) * 100.0,
            (Some(now), None) if !had => now * 100.0,
            _ => f64::NAN,
        })
        .collect();
    let level = |points: &[&Point]| mean(points, |p| float(p.total.saturating_sub(p.failed)) * 100.0, |p| float(p.total));
    told(points, &each, level, |change| (change.after - change.before).abs() >= LEAST_POINTS)
}

/// The changes with the levels on both sides; those to speak of, the surest few in order of time.
fn told(points: &[&Point], each: &[f64], level: impl Fn(&[&Point]) -> f64, is_much: impl Fn(&Change) -> bool) -> Vec<Change> {
    let found = change_points(each, Some(&[]));
    let ends: Vec<usize> = found.iter().map(|change| change.at).chain([points.len()]).collect();
    let mut begin = 0;
    let mut changes: Vec<Change> = Vec::new();
    for (change, end) in found.iter().zip(ends.iter().skip(1)) {
        let at = points[change.at].span.from;
        let told =
            Change { at, before: level(&points[begin..change.at]), after: level(&points[change.at..*end]), confidence: change.confidence };
        if is_much(&told) {
            changes.push(told);
        }
        begin = change.at;
    }
    changes.sort_by(|a, b| b.confidence.total_cmp(&a.confidence));
    changes.truncate(MOST);
    changes.sort_by_key(|change| change.at);
    changes
}

#[cfg(test)]
mod tests {
    use domain::{Span, Timestamp};

    use super::*;

    /// A day of slots of ten minutes with a rhythm, half of it from a slot on.
    fn day(half_from: usize) -> Vec<Point> {
        (0..144)
            .map(|at| {
                let rhythm = 600 + 400 * u64::from(at % 72 > 30) + (at as u64 * 7_919 % 37);
                let from = Timestamp(at as i64 * 600_000);
                let total = if at >= half_from { rhythm / 2 } else { rhythm };
                Point {
                    span: Span { from, to: from.plus(600_000) },
                    total,
                    failed: total / 50 + if at >= half_from { total / 10 } else { 0 },
                    p50: None,
                    p95: None,
                    p99: None,
                    before_total: rhythm + (at as u64 * 104_729 % 23),
                    before_failed: rhythm / 50,
                    amount: None,
                    before_amount: None,
                }
            })
            .collect()
    }

    #[test]
    fn a_level_that_changed_is_told_with_its_size_and_a_rhythm_is_none() {
        let points = day(100);
        let points: Vec<&Point> = points.iter().collect();
        let found = volume(&points, true);
        assert_eq!(found.iter().map(|change| change.at).collect::<Vec<_>>(), [points[100].span.from], "{found:?}");
        assert!((found[0].after / found[0].before - 0.5).abs() < 0.03, "{found:?}");
        let found = success(&points, true);
        assert!(found.len() == 1 && (found[0].before - 98.0).abs() < 0.5 && (found[0].after - 88.0).abs() < 1.0, "{found:?}");
        let calm = day(1_000);
        let calm: Vec<&Point> = calm.iter().collect();
        assert!(volume(&calm, true).is_empty() && success(&calm, true).is_empty());
    }
}
