//! A table of leaves that are numbers already, as the cubes of transactions hold them.

use std::collections::HashMap;

use foldhash::fast::FixedState;

use super::{Observed, Table};

/// What stands for all values that were not told apart.
pub const FOLDED: u32 = u32::MAX;
/// What stands where a leaf has no such dimension: no slice names it.
pub const ABSENT: u32 = u32::MAX - 1;

impl Table {
    /// A table of leaves by the numbers of their values: `keys` has one number for each dimension. A value is called by its
    /// number in digits. Dimensions in which all leaves are alike are left out, as long as one is left.
    pub fn of_numbers<K: AsRef<[u32]>>(dimensions: &[&str], keys: &[K], observed: Observed) -> Self {
        let mut table = Self { dimensions: Vec::new(), values: Vec::new(), codes: Vec::new(), absent: Vec::new(), observed };
        for (at, name) in dimensions.iter().enumerate() {
            let mut known: HashMap<u32, u32, FixedState> = HashMap::default();
            let mut values = Vec::new();
            let codes: Vec<u32> = keys
                .iter()
                .map(|key| {
                    let number = key.as_ref().get(at).copied().unwrap_or_default();
                    *known.entry(number).or_insert_with(|| {
                        values.push(number.to_string());
                        u32::try_from(values.len() - 1).unwrap_or(u32::MAX)
                    })
                })
                .collect();
            if values.len() > 1 || at + 1 == dimensions.len() && table.dimensions.is_empty() {
                table.dimensions.push((*name).to_owned());
                table.absent.push(known.get(&ABSENT).copied());
                table.values.push(values);
                table.codes.push(codes);
            }
        }
        table
    }
}

/// Puts leaves together until there are at most so many: those that matter least (by `weight`, the heaviest first) lose their
/// value in the dimension of most values, and become one where they are alike in all others. Sums over the other dimensions
/// stay exact. Gives the leaves, and whether any was folded.
pub fn folded<const D: usize, V: Copy>(
    leaves: HashMap<[u32; D], V, FixedState>,
    most: usize,
    weight: impl Fn(&V) -> (u64, u64),
    add: impl Fn(&mut V, &V),
) -> (Vec<([u32; D], V)>, bool) {
    let mut all: Vec<([u32; D], V)> = leaves.into_iter().collect();
    if all.len() <= most || D == 0 {
        // The same leaves in the same order give the same answer.
        all.sort_unstable_by_key(|(key, _)| *key);
        return (all, false);
    }
    all.sort_unstable_by(|(a_key, a), (b_key, b)| weight(b).cmp(&weight(a)).then(a_key.cmp(b_key)));
    let widest = (0..D)
        .max_by_key(|at| {
            let mut seen: Vec<u32> = all.iter().map(|(key, _)| key[*at]).collect();
            seen.sort_unstable();
            seen.dedup();
            seen.len()
        })
        .unwrap_or_default();
    let mut rest: HashMap<[u32; D], V, FixedState> = HashMap::default();
    for (mut key, value) in all.split_off(most) {
        key[widest] = FOLDED;
        rest.entry(key).and_modify(|sum| add(sum, &value)).or_insert(value);
    }
    all.extend(rest);
    all.sort_unstable_by_key(|(key, _)| *key);
    (all, true)
}

#[cfg(test)]
mod tests {
    use super::{
        super::{Counts, Measure, Verdict, find},
        *,
    };

    #[test]
    fn numbers_find_what_names_find() {
        let mut keys = Vec::new();
        let mut counts = Counts::default();
        for link in 0..4_u32 {
            for merchant in 0..30_u32 {
                let bad = link == 2 && merchant == 7;
                keys.push([9, link, merchant]);
                counts.total.push(100.0);
                counts.failed.push(if bad { 90.0 } else { 1.0 });
                counts.hist_total.push(400.0);
                counts.hist_failed.push(4.0);
            }
        }
        let table = Table::of_numbers(&["system", "link", "merchant"], &keys, Observed::Counts(counts));
        assert_eq!(table.dimensions, ["link", "merchant"]);
        let found = find(&table);
        assert_eq!(found.verdict, Verdict::Slices);
        assert_eq!(found.causes[0].slice, [("link".to_owned(), "2".to_owned()), ("merchant".to_owned(), "7".to_owned())]);
        let alone = Table::of_numbers(&["system"], &[[9], [9]], Observed::Counts(Counts::default()));
        assert_eq!(alone.dimensions, ["system"]);
    }

    #[test]
    fn a_dimension_that_a_leaf_has_not_is_named_by_nobody() {
        // One stream with links, whose L2 is bad; another with routes, all of which fail more often since ever.
        let mut keys = Vec::new();
        let (mut counts, mut measure) = (Counts::default(), Measure::default());
        for link in 0..6_u32 {
            keys.push([1, link, ABSENT]);
            for (column, value) in [(&mut counts.total, 1_000.0), (&mut counts.failed, if link == 2 { 300.0 } else { 10.0 })] {
                column.push(value);
            }
            counts.hist_total.push(4_000.0);
            counts.hist_failed.push(40.0);
        }
        for route in 0..6_u32 {
            keys.push([2, ABSENT, route]);
            counts.total.push(1_000.0);
            counts.failed.push(100.0);
            counts.hist_total.push(4_000.0);
            counts.hist_failed.push(400.0);
        }
        let names = ["stream", "link", "route"];
        let found = find(&Table::of_numbers(&names, &keys, Observed::Counts(counts)));
        assert_eq!(found.causes.len(), 1);
        assert_eq!(found.causes[0].slice, [("link".to_owned(), "2".to_owned())]);
        // All of one stream goes: it is the stream, not "no link".
        for key in &keys {
            measure.predict.push(1_000.0);
            measure.real.push(if key[0] == 2 { 400.0 } else { 1_000.0 });
        }
        let found = find(&Table::of_numbers(&names, &keys, Observed::Measure(measure)));
        assert_eq!(found.causes.iter().map(|cause| cause.slice.clone()).collect::<Vec<_>>(), [[("stream".to_owned(), "2".to_owned())]]);
    }

    #[test]
    fn what_matters_least_is_folded_and_nothing_is_lost() {
        let leaves: HashMap<[u32; 2], u64, FixedState> =
            (0..1_000_u32).map(|merchant| ([merchant % 3, merchant], u64::from(merchant))).collect();
        let sum: u64 = leaves.values().sum();
        let (kept, any) = folded(leaves.clone(), 100, |n| (*n, 0), |a, b| *a += b);
        assert!(any);
        assert_eq!(kept.len(), 103);
        assert_eq!(kept.iter().map(|(_, n)| n).sum::<u64>(), sum);
        assert!(kept.iter().any(|(key, n)| *key == [0, 999] && *n == 999));
        assert_eq!(folded(leaves, 2_000, |n| (*n, 0), |a, b| *a += b).0.len(), 1_000);
    }
}
