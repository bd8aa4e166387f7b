//! Adding cells up for one page.

use std::collections::HashMap;

use super::{
    Cube,
    cells::{Key, Sums},
    sketch::Sketch,
};

/// A choice in numbers of the dictionary; `None` takes everything.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Wanted {
    /// Links.
    pub link: Option<Vec<u32>>,
    /// Merchants.
    pub merchant: Option<Vec<u32>>,
    /// Channels.
    pub channel: Option<Vec<u32>>,
    /// Codes.
    pub code: Option<Vec<u32>>,
}

fn takes(wanted: Option<&Vec<u32>>, number: u32) -> bool {
    wanted.is_none_or(|list| list.contains(&number))
}

impl Wanted {
    /// Whether the cell is chosen, whatever its code.
    pub fn takes(&self, key: &Key) -> bool {
        takes(self.link.as_ref(), key.link) && takes(self.merchant.as_ref(), key.merchant) && takes(self.channel.as_ref(), key.channel)
    }

    /// Whether the code of the cell is chosen.
    pub fn takes_code(&self, key: &Key) -> bool {
        takes(self.code.as_ref(), key.code)
    }

    /// The cube that counts transactions under this choice: with latency unless merchants are told apart.
    pub fn main_cube(&self) -> Cube {
        if self.merchant.is_some() { Cube::Merchants } else { Cube::Links }
    }
}

/// Counts with latency.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Sum {
    /// The counts.
    pub sums: Sums,
    /// Latency; stays empty where the cube has none.
    pub latency: Sketch,
}

/// Counts of one span under one choice.
#[derive(Debug, Clone, Default)]
pub struct Tally {
    wanted: Wanted,
    edges: Vec<i64>,
    /// Everything chosen.
    pub all: Sum,
    /// By point of the chart: one fewer than there are edges.
    pub series: Vec<Sum>,
    /// By currency.
    pub currencies: HashMap<u32, Sums>,
    /// By system.
    pub systems: HashMap<u32, Sums>,
    /// By link.
    pub links: HashMap<u32, Sums>,
    /// By channel.
    pub channels: HashMap<u32, Sums>,
    /// By merchant.
    pub merchants: HashMap<u32, Sums>,
    /// Failures by code, whatever codes are chosen.
    pub codes: HashMap<u32, Sums>,
    /// Segments that should have been added but do not read.
    pub damaged: u64,
}

impl Tally {
    /// Nothing counted yet. `edges` are where the points of the chart begin, and the end of the last.
    pub fn new(wanted: Wanted, edges: Vec<i64>) -> Self {
        let points = edges.len().saturating_sub(1);
        Self { wanted, edges, series: vec![Sum::default(); points], ..Self::default() }
    }

    /// The totals, and the point of the chart that holds the moment.
    fn all_and_point(&mut self, at: i64) -> impl Iterator<Item = &mut Sum> {
        let after = self.edges.partition_point(|edge| *edge <= at);
        let point = after.checked_sub(1).and_then(|i| self.series.get_mut(i));
        [&mut self.all].into_iter().chain(point)
    }

    /// Adds a cell of the cube that counts transactions to the totals and the chart. `at` lies within the cell.
    pub fn add_main(&mut self, system: u32, at: i64, key: &Key, sums: &Sums, bins: &[(u16, u32)]) {
        if !self.wanted.takes(key) {
            return;
        }
        let mut sums = *sums;
        // Failures of single codes are counted from their own cube, and their latency is not kept apart.
        let by_code = self.wanted.code.is_some();
        if by_code {
            (sums.failed, sums.failed_amount) = (0, 0);
        }
        for by in self.all_and_point(at) {
            by.sums.add(&sums);
            if !by_code {
                for (bin, count) in bins {
                    by.latency.add(*bin, (*count).into());
                }
            }
        }
        self.groups(system, key, &sums);
    }

    fn groups(&mut self, system: u32, key: &Key, sums: &Sums) {
        for (group, number) in [
            (&mut self.currencies, key.currency),
            (&mut self.systems, system),
            (&mut self.links, key.link),
            (&mut self.channels, key.channel),
        ] {
            group.entry(number).or_default().add(sums);
        }
    }

    /// Adds a cell of the merchants cube to the table of merchants.
    pub fn add_merchant(&mut self, key: &Key, sums: &Sums) {
        if self.wanted.takes(key) {
            let mut sums = *sums;
            if self.wanted.code.is_some() {
                (sums.failed, sums.failed_amount) = (0, 0);
            }
            self.merchants.entry(key.merchant).or_default().add(&sums);
        }
    }

    /// Adds a cell of the failures cube: by code, and everywhere else if single codes are chosen.
    pub fn add_failure(&mut self, system: u32, at: i64, key: &Key, sums: &Sums) {
        if !self.wanted.takes(key) {
            return;
        }
        self.codes.entry(key.code).or_default().add(sums);
        if self.wanted.code.as_ref().is_some_and(|codes| codes.contains(&key.code)) {
            for by in self.all_and_point(at) {
                by.sums.add(sums);
            }
            self.groups(system, key, sums);
            self.merchants.entry(key.merchant).or_default().add(sums);
        }
    }
}
