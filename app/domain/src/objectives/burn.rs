//! The arithmetic of budgets: pure functions.

use serde::{Deserialize, Serialize};

use super::Hour;
use crate::{
    Timestamp,
    alerts::Severity,
    time::{DAY, HOUR, MINUTE},
};

/// How many there were, and how many of them went well.
#[derive(Debug, Clone, Copy, PartialEq, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Count {
    /// Went well.
    pub good: f64,
    /// There were.
    pub total: f64,
}

impl Count {
    /// Did not go well; never negative.
    pub fn bad(self) -> f64 {
        (self.total - self.good).max(0.0)
    }

    /// Share that went well; `None` where there was nothing.
    pub fn share(self) -> Option<f64> {
        (self.total > 0.0).then(|| (self.good / self.total).clamp(0.0, 1.0))
    }

    /// Both together.
    #[must_use]
    pub fn and(self, other: Self) -> Self {
        Self { good: self.good + other.good, total: self.total + other.total }
    }
}

/// An alarm on the burn rate.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Alarm {
    /// Beyond this burn rate.
    pub factor: f64,
    /// Over this stretch, in milliseconds.
    pub long_ms: i64,
    /// And over this one.
    pub short_ms: i64,
    /// How bad it is.
    pub severity: Severity,
}

/// The three alarms. At 14.4 two per cent of a budget of 30 days are gone within an hour, at 6 five per cent within six
/// hours, at 1 ten per cent within three days.
pub const ALARMS: [Alarm; 3] = [
    Alarm { factor: 14.4, long_ms: HOUR, short_ms: 5 * MINUTE, severity: Severity::P1 },
    Alarm { factor: 6.0, long_ms: 6 * HOUR, short_ms: 30 * MINUTE, severity: Severity::P2 },
    Alarm { factor: 1.0, long_ms: 3 * DAY, short_ms: 6 * HOUR, severity: Severity::P3 },
];

/// A question in PromQL counts by extrapolation: one failure may look like a little more, never like so many.
const MORE_THAN_ONE: f64 = 1.5;

/// For how many milliseconds what a stretch of this length counted is as good as new: less than a minute, which is from
/// one look to the next, for an hour and less; five minutes for six hours, an hour for three days and more.
pub fn fresh_ms(length_ms: i64) -> i64 {
    (length_ms / 72).clamp(MINUTE / 2, HOUR)
}

/// The share that may go wrong, given the target in per cent: in whole hundred-millionths, so that what is written with a few
/// decimals is meant exactly.
fn budget(target: f64) -> f64 {
    ((100.0 - target) * 1e6).round().max(1.0) / 1e8
}

/// The burn rate; `None` where nothing was counted.
pub fn burn(count: Count, target: f64) -> Option<f64> {
    (count.total > 0.0).then(|| count.bad() / count.total / budget(target))
}

/// Whether an alarm holds; `None` where nobody knows, because nothing was counted in one of its stretches.
///
/// One failure more or less must not decide where there is little traffic: without the last of its failures the long stretch
/// must burn as fast all the same. So one failure alone never fires.
pub fn fires(alarm: &Alarm, long: Count, short: Count, target: f64) -> Option<bool> {
    // Beyond means beyond: what floating-point division leaves over is not.
    let beyond = |burn: f64| burn > alarm.factor * (1.0 + 1e-12);
    let (long_burn, short_burn) = (burn(long, target)?, burn(short, target)?);
    let but_one = Count { good: long.good + 1.0, total: long.total };
    let steady = long.bad() > MORE_THAN_ONE && burn(but_one, target).is_some_and(beyond);
    Some(beyond(long_burn) && beyond(short_burn) && steady)
}

/// How many may go wrong of so many.
pub fn allowed(total: f64, target: f64) -> f64 {
    total * budget(target)
}

/// What is left of the budget of a window after each of its hours. The budget is a share of everything in the window.
pub fn burn_down(hours: Vec<(Timestamp, Count)>, target: f64) -> Vec<Hour> {
    let budget = allowed(hours.iter().map(|(_, count)| count.total).sum(), target);
    let mut bad = 0.0;
    let after = |(at, count): (Timestamp, Count)| {
        bad += count.bad();
        Hour { at, count, left: if budget > 0.0 { 1.0 - bad / budget } else { 1.0 } }
    };
    hours.into_iter().map(after).collect()
}

/// Share of the budget of a window that is left, 1 for all of it; below 0 where more went wrong than may.
pub fn budget_left(count: Count, target: f64) -> Option<f64> {
    burn(count, target).map(|burn| 1.0 - burn)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn count(total: f64, bad: f64) -> Count {
        Count { good: total - bad, total }
    }

    #[test]
    fn the_table_of_burn_rates() {
        for (target, total, bad, expected) in [
            (99.9, 100_000.0, 100.0, Some(1.0)),
            (99.9, 100_000.0, 1_440.0, Some(14.4)),
            (99.0, 1_000.0, 0.0, Some(0.0)),
            (99.5, 1_000.0, 1_000.0, Some(200.0)),
            (99.9, 0.0, 0.0, None),
        ] {
            let found = burn(count(total, bad), target);
            assert!(
                found.zip(expected).is_none_or(|(a, b)| (a - b).abs() < 1e-6) && found.is_some() == expected.is_some(),
                "{target} {total} {bad}: {found:?}"
            );
        }
    }

    #[test]
    fn long_stretches_keep_longer() {
        let seconds = |ms| fresh_ms(ms) / 1_000;
        assert_eq!([5 * MINUTE, HOUR, 6 * HOUR, 3 * DAY, 28 * DAY].map(seconds), [30, 50, 300, 3_600, 3_600]);
    }

    #[test]
    fn both_stretches_must_burn() {
        let [fast, slow, steady] = ALARMS;
        let many = |bad| count(100_000.0, bad);
        for (alarm, long, short, expected) in [
            (fast, many(1_450.0), many(1_450.0), Some(true)),
            (fast, many(1_450.0), many(1_000.0), Some(false)),
            (fast, many(1_400.0), many(9_000.0), Some(false)),
            (slow, many(700.0), many(700.0), Some(true)),
            (slow, many(500.0), many(700.0), Some(false)),
            (steady, many(102.0), many(102.0), Some(true)),
            (steady, many(99.0), many(102.0), Some(false)),
            (fast, many(1_450.0), count(0.0, 0.0), None),
            (fast, count(0.0, 0.0), count(0.0, 0.0), None),
        ] {
            assert_eq!(fires(&alarm, long, short, 99.9), expected, "{alarm:?} {long:?} {short:?}");
        }
    }

    #[test]
    fn one_failure_alone_never_fires_however_little_there_is() {
        for alarm in ALARMS {
            for total in [1.0, 5.0, 40.0, 1_000.0] {
                assert_eq!(fires(&alarm, count(total, 1.0), count(1.0, 1.0), 99.9), Some(false), "{alarm:?} {total}");
            }
        }
        // Nor one that extrapolation makes a little more of.
        assert_eq!(fires(&ALARMS[0], count(5.0, 1.3), count(1.0, 1.0), 99.9), Some(false));
        // Two of ten are another matter.
        assert_eq!(fires(&ALARMS[0], count(10.0, 2.0), count(2.0, 1.0), 99.9), Some(true));
        assert_eq!(fires(&ALARMS[0], count(10.0, 2.0), count(2.0, 1.0), 90.0), Some(false));
    }

    #[test]
    fn a_budget_is_used_up_and_more() {
        let left = |bad| budget_left(count(10_000.0, bad), 99.0).unwrap();
        assert!((left(0.0) - 1.0).abs() < 1e-9 && (left(25.0) - 0.75).abs() < 1e-9 && left(100.0).abs() < 1e-9);
        assert!((left(250.0) + 1.5).abs() < 1e-9);
        assert_eq!(budget_left(count(0.0, 0.0), 99.0), None);
        assert_eq!(count(5.0, 9.0).bad(), 9.0);
        assert_eq!(Count { good: 7.0, total: 5.0 }.bad(), 0.0, "a source may count good ones twice");
    }

    #[test]
    fn the_budget_burns_down_to_what_is_left() {
        let hours = [(100.0, 0.0), (0.0, 0.0), (300.0, 3.0), (600.0, 1.0), (0.0, 0.0)];
        let hours: Vec<_> = (0..).zip(hours).map(|(at, (total, bad))| (Timestamp(at * HOUR), count(total, bad))).collect();
        let whole = hours.iter().fold(Count::default(), |sum, (_, count)| sum.and(*count));
        let down: Vec<_> = burn_down(hours, 99.0).into_iter().map(|hour| (hour.left * 100.0).round()).collect();
        assert_eq!(down, [100.0, 100.0, 70.0, 60.0, 60.0]);
        assert!((budget_left(whole, 99.0).unwrap() - 0.6).abs() < 1e-9);
        assert_eq!(burn_down(vec![(Timestamp(0), Count::default())], 99.0)[0].left, 1.0);
    }

    /// The same in whole numbers: `bad / total > factor × (100 − target) / 100`, the factor in tenths, the target in
    /// thousandths of a per cent.
    fn naive(factor_tenths: u64, bad: u64, total: u64, target_millis: u64) -> bool {
        u128::from(bad) * 1_000_000 > u128::from(factor_tenths) * u128::from(total) * u128::from(100_000 - target_millis)
    }

    proptest! {
        #[test]
        fn the_alarms_are_what_whole_numbers_say(
            which in 0..3_usize,
            (long_total, long_bad) in (1..200_000_u64).prop_flat_map(|total| (Just(total), 0..=total)),
            (short_total, short_bad) in (1..20_000_u64).prop_flat_map(|total| (Just(total), 0..=total)),
            near in any::<bool>(),
            target_millis in 50_000..=99_999_u64,
        ) {
            let (alarm, tenths) = (&ALARMS[which], [144, 60, 10][which]);
            // Half of the time right at the edge, where an error would show.
            let edge = |total: u64, bad: u64| if near { (tenths * total * (100_000 - target_millis) / 1_000_000 + bad % 3).min(total) } else { bad };
            let (long_bad, short_bad) = (edge(long_total, long_bad), edge(short_total, short_bad));
            #[expect(clippy::cast_precision_loss, reason = "small numbers")]
            let (of, target) = (|total: u64, bad: u64| count(total as f64, bad as f64), target_millis as f64 / 1_000.0);
            let beyond = |bad, total| naive(tenths, bad, total, target_millis);
            let expected = long_bad > 1 && beyond(long_bad, long_total) && beyond(long_bad - 1, long_total) && beyond(short_bad, short_total);
            prop_assert_eq!(fires(alarm, of(long_total, long_bad), of(short_total, short_bad), target), Some(expected));
        }

        #[test]
        fn nothing_counted_is_neither_good_nor_bad(which in 0..3_usize, total in 1.0..1e6_f64, target in 50.0..99.999_f64) {
            let (alarm, all_bad, none) = (&ALARMS[which], count(total, total), Count::default());
            prop_assert_eq!(fires(alarm, all_bad, none, target), None);
            prop_assert_eq!(fires(alarm, none, all_bad, target), None);
            prop_assert_eq!((burn(none, target), budget_left(none, target), none.share()), (None, None, None));
        }

        #[test]
        fn more_failures_burn_faster_and_leave_less(total in 2..10_000_u64, bad in 0..10_000_u64, target in 50.0..99.999_f64) {
            let bad = bad % total;
            #[expect(clippy::cast_precision_loss, reason = "small numbers")]
            let (one, more) = (count(total as f64, bad as f64), count(total as f64, bad as f64 + 1.0));
            prop_assert!(burn(one, target).unwrap() < burn(more, target).unwrap());
            prop_assert!(budget_left(one, target).unwrap() > budget_left(more, target).unwrap());
            // At a burn rate of 1 exactly what is allowed goes wrong.
            let spent = count(one.total, allowed(one.total, target));
            prop_assert!((burn(spent, target).unwrap() - 1.0).abs() < 1e-6 && budget_left(spent, target).unwrap().abs() < 1e-6);
            // Two stretches together burn between one and the other.
            let (a, b, both) = (burn(one, target).unwrap(), burn(spent, target).unwrap(), burn(one.and(spent), target).unwrap());
            prop_assert!(a.min(b) - 1e-6 <= both && both <= a.max(b) + 1e-6);
        }
    }
}
