//! Whether runs of baseline and candidate took turns, and bore the same load, as far as their files say.

use super::{
    Facts, Reading, differing,
    why::{self, Said},
};
use crate::Timestamp;

/// So many times as high the load of one run may be as that of another.
pub(super) const LOAD: f64 = 1.05;

/// What the files leave open.
pub(super) fn unknown(baseline: &[Reading], candidate: &[Reading]) -> Vec<Said> {
    let both = || baseline.iter().chain(candidate);
    let mut open = Vec::new();
    if both().any(|run| run.began_at.is_none()) {
        open.push(why::no_begin());
    }
    if both().any(|run| run.offered.is_none()) {
        open.push(why::no_offered());
    }
    let mut places = both().map(|run| &run.facts);
    let first = places.next();
    if let Some((first, other)) = first.and_then(|first: &Facts| Some((first, places.find(|facts| *facts != first)?))) {
        open.push(why::places(&differing(first, other)));
    }
    let unread: u64 = both().filter_map(|run| run.unread).sum();
    if unread > 0 {
        open.push(why::unread(unread));
    }
    open
}

/// Why nothing can be said of such runs: one counts twice, the sides did not take turns, or bore different load.
pub(super) fn wrong(baseline: &[Reading], candidate: &[Reading]) -> Option<Said> {
    let runs: Vec<(bool, &Reading)> = baseline.iter().map(|run| (false, run)).chain(candidate.iter().map(|run| (true, run))).collect();
    // No two runs come out alike in every figure, whatever is said of where they ran.
    let figures: Vec<Reading> = runs.iter().map(|(_, run)| Reading { facts: Facts::new(), ..(*run).clone() }).collect();
    if figures.iter().enumerate().any(|(at, run)| figures[..at].contains(run)) {
        return Some(why::twice());
    }
    if let Some(mut order) = runs.iter().map(|(side, run)| Some((run.began_at?, *side))).collect::<Option<Vec<(Timestamp, bool)>>>() {
        order.sort_unstable();
        let turns = order.windows(2).filter(|pair| pair[0].1 != pair[1].1).count();
        // Sides that ran at once shared the hour.
        let at_once = order.windows(2).any(|pair| pair[0].0 == pair[1].0 && pair[0].1 != pair[1].1);
        let least = baseline.len().min(candidate.len()).div_ceil(2);
        if turns < least && !at_once {
            return Some(why::no_turns(turns, least, order.first().is_some_and(|first| first.1)));
        }
    }
    let offered: Vec<f64> = runs.iter().filter_map(|(_, run)| run.offered).filter(|rate| *rate > 0.0).collect();
    let (low, high) = (offered.iter().copied().reduce(f64::min)?, offered.iter().copied().reduce(f64::max)?);
    (high > low * LOAD).then(|| why::load_differs(low, high, LOAD))
}
