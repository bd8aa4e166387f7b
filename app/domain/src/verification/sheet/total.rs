//! The total of what failed, found by its numbers.

use super::single::Both;
use crate::{
    statistics::series::{quantile, sorted},
    verification::columns::{self, Pair},
};

/// Rows of a side from which numbers show that one column is the total of another.
const ROWS: usize = 5;
/// By how much a total that is guessed may have grown.
const MOST_GROWTH: f64 = 1.5;

fn middle(values: &[f64]) -> f64 {
    quantile(&sorted(values), 0.5)
}

/// Of one column that counts failures (or successes) the total, where its name does not say so for sure: the only other column that may
/// count and is at least as much in every row of both files. `None` where there is none, or several.
pub(super) fn beside(free: &[&Both<'_>]) -> Option<Pair> {
    let whole = |one: &Both<'_>| one.before.whole() && one.after.whole() && !one.bits();
    let mut some = free.iter().filter(|one| columns::counts_some(one.name) && whole(one));
    let (Some(some), None) = (some.next(), some.next()) else { return None };
    let holds = |one: &Both<'_>| {
        [(&one.before, &some.before), (&one.after, &some.after)].into_iter().all(|(all, part)| {
            let rows = || all.values.iter().zip(&part.values);
            all.values.len() == part.values.len()
                && rows().count() >= ROWS
                && rows().all(|(all, part)| all >= part)
                && rows().any(|(all, part)| all > part)
        })
    };
    // What is no total after all, and rose, would hide what failed with it.
    let steady = |one: &Both<'_>| middle(&one.after.values) <= MOST_GROWTH * middle(&one.before.values);
    let fits =
        |one: &&&Both<'_>| columns::may_count_all(one.name) && whole(one) && !one.moment() && !one.statuses() && holds(one) && steady(one);
    let mut totals = free.iter().filter(fits);
    match (totals.next(), totals.next()) {
        (Some(total), None) => Pair::of(total.name, some.name),
        _ => None,
    }
}
