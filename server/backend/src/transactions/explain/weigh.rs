//! Adding cells up to leaves, searching them, and looking into what was found. Works on what was read, off the async threads.

use std::collections::HashMap;

use domain::{
    slices::{ABSENT, Baseline, Cause, Counts, FOLDED, Looked, Measure, Observed, Table, Verdict, find, folded},
    transactions::{Cube, Wanted, cells::Sums},
};
use foldhash::fast::FixedState;

use super::{
    super::reads::Read,
    MOST_LEAVES,
    baseline::Before,
    frame::{Frame, Leaf},
};

/// A measure of a leaf below this many is chance: such leaves are put together.
const LEAST_MEASURE: f64 = 8.0;

/// Transactions, failures, amount: now, and in the past; and what was to be expected of what is explained.
#[derive(Debug, Clone, Copy, Default)]
struct Both {
    now: [f64; 3],
    past: [f64; 3],
    expected: f64,
}

impl Both {
    fn add(&mut self, other: &Self) {
        for (sum, more) in self.now.iter_mut().chain(&mut self.past).zip(other.now.iter().chain(&other.past)) {
            *sum += more;
        }
        self.expected += other.expected;
    }
}

type Leaves = HashMap<Leaf, Both, FixedState>;
type Numbers = HashMap<u32, (f64, f64), FixedState>;

/// A slice that was found, in numbers.
pub(super) struct Found {
    pub(super) slice: Vec<(usize, u32)>,
    pub(super) cause: Cause,
    pub(super) total: f64,
    /// Failures by code: now, and in the past.
    pub(super) codes: Numbers,
    /// By currency: what failed now (of a measure: what was moved), and what was to be expected.
    pub(super) money: Numbers,
    /// The slot in which it began.
    pub(super) since: Option<domain::Timestamp>,
}

impl Found {
    pub(super) fn holds(&self, leaf: &Leaf) -> bool {
        self.slice.iter().all(|(at, number)| leaf[*at] == *number)
    }
}

/// A span weighed against its past, in numbers.
pub(super) struct Weighed {
    pub(super) baseline: Baseline,
    pub(super) verdict: Verdict,
    pub(super) total: f64,
    pub(super) observed: f64,
    pub(super) expected: f64,
    /// The currency of an amount.
    pub(super) currency: u32,
    /// In the order in which they were taken: a leaf belongs to the first one that holds it.
    pub(super) culprits: Vec<Found>,
    pub(super) rest: Option<(f64, f64, f64)>,
    pub(super) codes: Numbers,
    /// By dimension: what of each value was seen now, and in the past.
    pub(super) dimensions: Vec<Numbers>,
    pub(super) leaves: usize,
    pub(super) folded: bool,
    pub(super) damaged: u64,
}

#[expect(clippy::cast_precision_loss, reason = "counts and amounts in minor units stay far below 2^52")]
fn figures(sums: &Sums) -> [f64; 3] {
    [sums.total as f64, sums.failed as f64, sums.amount as f64]
}

/// The currency that moves most.
fn main_currency(reads: &[Read], wanted: &Wanted) -> u32 {
    let mut sums: HashMap<u32, i64> = HashMap::new();
    for read in reads.iter().filter(|read| read.is_of(Cube::Merchants)) {
        read.each(|stream, _, key, one| {
            if wanted.takes(stream, key) {
                *sums.entry(key.currency).or_default() += one.amount;
            }
        });
    }
    sums.into_iter().max_by_key(|(number, amount)| (*amount, std::cmp::Reverse(*number))).map_or(0, |(number, _)| number)
}

/// What is added up, and how.
struct Scale<'a> {
    looked: Looked,
    wanted: &'a Wanted,
    frame: &'a Frame,
    currency: u32,
}

impl Scale<'_> {
    /// Adds what was read: now, or by a factor to the past. Gives how many segments do not read.
    fn add(&self, leaves: &mut Leaves, reads: &[Read], past: Option<f64>) -> u64 {
        let by_code = self.wanted.by_code();
        let mut damaged = 0;
        for read in reads {
            let failures = read.is_of(Cube::Failures);
            if failures && !by_code {
                continue;
            }
            damaged += read.each(|stream, _, key, sums| {
                if !self.wanted.takes(stream, key) || self.looked == Looked::Amount && key.currency != self.currency {
                    return;
                }
                let mut figures = figures(sums);
                if failures {
                    if !self.wanted.takes_code(key) {
                        return;
                    }
                    (figures[0], figures[2]) = (0.0, 0.0);
                } else if by_code {
                    figures[1] = 0.0;
                }
                let both = leaves.entry(self.frame.leaf(stream, key)).or_default();
                let (into, factor) = match past {
                    None => (&mut both.now, 1.0),
                    Some(factor) => (&mut both.past, factor),
                };
                for (sum, more) in into.iter_mut().zip(figures) {
                    *sum += more * factor;
                }
            });
        }
        damaged
    }

    /// What is measured of a leaf: now, and in the past.
    fn measure(&self, both: &Both) -> (f64, f64) {
        match self.looked {
            Looked::Success => (both.now[1], both.past[1]),
            Looked::Volume => (both.now[0], both.past[0]),
            Looked::Amount => (both.now[2].max(0.0), both.past[2].max(0.0)),
        }
    }

    fn fold(&self, leaves: Leaves) -> (Vec<(Leaf, Both)>, bool) {
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a weight for an order")]
        let weight = |both: &Both| {
            let (now, past) = self.measure(both);
            if self.looked.is_rate() { (both.now[1] as u64, both.now[0] as u64) } else { (now.max(past) as u64, both.now[0] as u64) }
        };
        let mut most = most_leaves(&leaves);
        if !self.looked.is_rate() {
            let heavy = leaves.values().filter(|both| both.now[0].max(both.past[0]) >= LEAST_MEASURE).count();
            most = most.min(heavy.max(1));
        }
        folded(leaves, most, weight, Both::add)
    }

    fn table(&self, leaves: &[(Leaf, Both)]) -> Table {
        let names: Vec<&str> = self.frame.columns.iter().map(String::as_str).collect();
        let keys: Vec<Leaf> = leaves.iter().map(|(leaf, _)| *leaf).collect();
        let column = |of: &dyn Fn(&Both) -> f64| leaves.iter().map(|(_, both)| of(both)).collect::<Vec<f64>>();
        let observed = if self.looked.is_rate() {
            Observed::Counts(Counts {
                total: column(&|both| both.now[0]),
                failed: column(&|both| both.now[1].min(both.now[0])),
                hist_total: column(&|both| both.past[0]),
                hist_failed: column(&|both| both.past[1].min(both.past[0])),
            })
        } else {
            Observed::Measure(Measure { real: column(&|both| self.measure(both).0), predict: column(&|both| self.measure(both).1) })
        };
        Table::of_numbers(&names, &keys, observed)
    }
}

/// Leaves that may be searched: the more dimensions tell them apart, the more cuboids there are, and the fewer leaves.
fn most_leaves(leaves: &Leaves) -> usize {
    let Some(first) = leaves.keys().next() else { return MOST_LEAVES };
    let telling = (0..first.len()).filter(|at| leaves.keys().any(|leaf| leaf[*at] != first[*at])).count();
    // Choices of one to four dimensions.
    let cuboids = (1..=4).scan(1, |choices, chosen| {
        *choices = *choices * (telling + 1).saturating_sub(chosen) / chosen;
        Some(*choices)
    });
    MOST_LEAVES * 15 / cuboids.sum::<usize>().max(15)
}

impl Weighed {
    /// Weighs what was read.
    pub(super) fn of(looked: Looked, (wanted, frame): (&Wanted, &Frame), now: Vec<Read>, before: Before) -> Self {
        let main = || wanted.currency.unwrap_or_else(|| main_currency(&now, wanted));
        let currency = if looked == Looked::Amount { main() } else { 0 };
        let scale = Scale { looked, wanted, frame, currency };
        let mut leaves = Leaves::default();
        let mut damaged = scale.add(&mut leaves, &now, None);
        let spans = f64::from(before.baseline.spans.max(1));
        for (reads, factor) in &before.spans {
            // A rate is told by all that was counted; a count is that of one span.
            let factor = if looked.is_rate() { 1.0 } else { factor / spans };
            damaged += scale.add(&mut leaves, reads, Some(factor));
        }
        let dimensions = differences(&scale, &leaves);
        let count = leaves.len();
        let (mut leaves, was_folded) = scale.fold(leaves);
        let table = scale.table(&leaves);
        expect(looked, &mut leaves, &table);
        let found = find(&table);
        let mut all = Both::default();
        leaves.iter().for_each(|(_, both)| all.add(both));
        let mut weighed = Self {
            baseline: before.baseline,
            verdict: if before.spans.is_empty() { Verdict::TooLittle } else { found.verdict },
            total: all.now[0],
            observed: scale.measure(&all).0,
            expected: all.expected,
            currency,
            culprits: Vec::new(),
            rest: None,
            codes: Numbers::default(),
            dimensions,
            leaves: count,
            folded: was_folded,
            damaged,
        };
        if weighed.verdict == Verdict::Slices {
            weighed.culprits = found.causes.into_iter().filter_map(|cause| culprit(frame, cause)).collect();
            weighed.culprits.sort_by_key(|found| found.cause.taken);
            // Nothing but what was put together: no slice has a name.
            if weighed.culprits.is_empty() {
                weighed.verdict = Verdict::Global;
            }
        }
        weighed.look_into(&scale, &leaves, &now, &before.spans);
        weighed
    }

    fn look_into(&mut self, scale: &Scale<'_>, leaves: &[(Leaf, Both)], now: &[Read], spans: &[(Vec<Read>, f64)]) {
        let mut rest = Both::default();
        for (leaf, both) in leaves {
            match self.culprits.iter_mut().find(|found| found.holds(leaf)) {
                Some(found) => found.total += both.now[0],
                None => rest.add(both),
            }
        }
        if !self.culprits.is_empty() {
            self.rest = Some((rest.now[0], scale.measure(&rest).0, rest.expected));
        }
        self.add_codes_and_money(scale, now, None);
        #[expect(clippy::cast_precision_loss, reason = "a handful of spans")]
        let count = spans.len().max(1) as f64;
        for (reads, factor) in spans {
            self.add_codes_and_money(scale, reads, Some(factor / count));
        }
        let codes: Numbers = self.codes.iter().filter(|(code, _)| **code != FOLDED).map(|(code, both)| (*code, *both)).collect();
        self.dimensions.push(codes);
    }

    fn add_codes_and_money(&mut self, scale: &Scale<'_>, reads: &[Read], past: Option<f64>) {
        let add = |numbers: &mut Numbers, number: u32, value: f64| {
            let both = numbers.entry(number).or_default();
            match past {
                None => both.0 += value,
                Some(factor) => both.1 += value * factor,
            }
        };
        // Of single codes, what failed with them is in the failures only.
        let by_code = scale.wanted.by_code();
        for read in reads {
            let failures = read.is_of(Cube::Failures);
            read.each(|stream, _, key, sums| {
                if !scale.wanted.takes(stream, key) || failures && !scale.wanted.takes_code(key) {
                    return;
                }
                let leaf = scale.frame.leaf(stream, key);
                #[expect(clippy::cast_precision_loss, reason = "amounts in minor units stay far below 2^52")]
                let (failed, amount, failed_amount) = (sums.failed as f64, sums.amount as f64, sums.failed_amount as f64);
                let (money, counts) = if scale.looked.is_rate() { (failed_amount, failures == by_code) } else { (amount, !failures) };
                if failures {
                    add(&mut self.codes, key.code, failed);
                }
                if let Some(found) = self.culprits.iter_mut().find(|found| found.holds(&leaf)) {
                    if failures {
                        add(&mut found.codes, key.code, failed);
                    }
                    if counts {
                        add(&mut found.money, key.currency, money);
                    }
                }
            });
        }
    }
}

/// Notes what is to be expected of each leaf. Of failures it is what the search holds them against: where traffic goes another way
/// than before, the rate of the sum says nothing.
fn expect(looked: Looked, leaves: &mut [(Leaf, Both)], table: &Table) {
    let any_before = leaves.iter().any(|(_, both)| both.past[0] > 0.0);
    for ((_, both), failures) in leaves.iter_mut().zip(table.expected()) {
        both.expected = match looked {
            Looked::Success if any_before => failures,
            Looked::Success => 0.0,
            Looked::Volume => both.past[0],
            Looked::Amount => both.past[2],
        };
    }
}

/// What was found in numbers; `None` where it names what was put together.
fn culprit(frame: &Frame, cause: Cause) -> Option<Found> {
    let slice = cause.slice.iter().map(|(name, number)| Some((frame.place(name)?, number.parse().ok()?))).collect::<Option<Vec<_>>>()?;
    if slice.iter().any(|(_, number)| *number == FOLDED) {
        return None;
    }
    Some(Found { slice, cause, total: 0.0, codes: Numbers::default(), money: Numbers::default(), since: None })
}

/// By dimension: what of each value was seen now, and in the past; without leaves that have no such dimension.
fn differences(scale: &Scale<'_>, leaves: &Leaves) -> Vec<Numbers> {
    let mut dimensions = vec![Numbers::default(); scale.frame.columns.len()];
    for (leaf, both) in leaves {
        let (now, past) = scale.measure(both);
        for (numbers, number) in dimensions.iter_mut().zip(leaf).filter(|(_, number)| **number != ABSENT) {
            let sum = numbers.entry(*number).or_default();
            sum.0 += now;
            sum.1 += past;
        }
    }
    dimensions
}
