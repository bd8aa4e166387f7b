//! Adding cells up for one page.

use std::collections::HashMap;

use foldhash::fast::RandomState;

use super::{
    Cube,
    cells::{Key, Sums},
    sketch::Sketch,
};
use crate::streams::{Dims, PLACES};

/// Values of one dimension for which latency is added up at most: each takes 10 KiB.
const SKETCHES: usize = 200;

/// Counts by number.
pub type By = HashMap<u32, Sums, RandomState>;

/// How the cells of one stream are read under a choice.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Chosen {
    /// Chosen values in each place, sorted; `None` takes everything.
    pub values: [Option<Vec<u32>>; PLACES],
    /// The table to which the values of each place go; `None` where it is not wanted.
    pub tables: [Option<u8>; PLACES],
    /// Places of wide dimensions, a bit each.
    pub wide: u8,
}

impl Chosen {
    fn takes(&self, dims: &Dims) -> bool {
        self.values.iter().zip(dims).all(|(wanted, dim)| wanted.as_ref().is_none_or(|list| list.binary_search(dim).is_ok()))
    }

    fn has_wide(&self, place: usize) -> bool {
        self.wide & (1 << place) != 0
    }

    /// Whether something is chosen of a wide dimension.
    fn is_wide(&self) -> bool {
        (0..PLACES).zip(&self.values).any(|(place, wanted)| wanted.is_some() && self.has_wide(place))
    }

    /// Whether something is chosen of a narrow dimension.
    fn is_narrow(&self) -> bool {
        (0..PLACES).zip(&self.values).any(|(place, wanted)| wanted.is_some() && !self.has_wide(place))
    }
}

/// A choice in numbers of the dictionary.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Wanted {
    /// How each stream is read, by its number. Cells of others are taken whole, and stand in no table.
    pub streams: HashMap<u32, Chosen, RandomState>,
    /// Codes; `None` takes everything.
    pub code: Option<Vec<u32>>,
    /// Codes with which a failure counts as none, sorted.
    pub excused: Vec<u32>,
    /// The one currency of which transactions are taken; `None` takes all, and those without.
    pub currency: Option<u32>,
    /// How many tables there are.
    pub tables: usize,
}

impl Wanted {
    /// Whether the cell is chosen, whatever its code.
    pub fn takes(&self, stream: u32, key: &Key) -> bool {
        self.currency.is_none_or(|currency| currency == key.currency)
            && self.streams.get(&stream).is_none_or(|chosen| chosen.takes(&key.dims))
    }

    /// Whether the code of the cell is chosen.
    pub fn takes_code(&self, key: &Key) -> bool {
        self.code.as_ref().is_none_or(|codes| codes.binary_search(&key.code).is_ok()) && self.excused.binary_search(&key.code).is_err()
    }

    /// Whether codes tell which failures count: then they are counted from their own cube.
    pub fn by_code(&self) -> bool {
        self.code.is_some() || !self.excused.is_empty()
    }

    /// The smallest cube that counts transactions under this choice: with latency unless something is chosen of a wide dimension.
    pub fn main_cube(&self) -> Cube {
        match self.table_cube(false) {
            Cube::Links if !self.streams.values().any(Chosen::is_narrow) => Cube::Totals,
            cube => cube,
        }
    }

    /// The smallest cube that holds the tables of the wide dimensions under this choice, or of the narrow ones.
    pub fn table_cube(&self, wide: bool) -> Cube {
        if wide || self.streams.values().any(Chosen::is_wide) { Cube::Merchants } else { Cube::Links }
    }

    /// Whether there is a table of a wide dimension, or of a narrow one.
    pub fn has_table(&self, wide: bool) -> bool {
        let stands =
            |chosen: &Chosen| (0..PLACES).zip(chosen.tables).any(|(place, table)| table.is_some() && chosen.has_wide(place) == wide);
        self.streams.values().any(stands)
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
    pub currencies: By,
    /// By stream.
    pub streams: By,
    /// By value, for each table.
    pub tables: Vec<By>,
    /// Latency by value, for each table of a narrow dimension with few values.
    pub latencies: Vec<HashMap<u32, Sketch, RandomState>>,
    /// Failures by code, whatever codes are chosen.
    pub codes: By,
    /// Segments that should have been added but do not read.
    pub damaged: u64,
}

impl Tally {
    /// Nothing counted yet. `edges` are where the points of the chart begin, and the end of the last.
    pub fn new(wanted: Wanted, edges: Vec<i64>) -> Self {
        let (points, tables) = (edges.len().saturating_sub(1), wanted.tables);
        Self {
            wanted,
            edges,
            series: vec![Sum::default(); points],
            tables: vec![By::default(); tables],
            latencies: vec![HashMap::default(); tables],
            ..Self::default()
        }
    }

    /// The choice under which it counts.
    pub fn wanted(&self) -> &Wanted {
        &self.wanted
    }

    /// The totals, and the point of the chart that holds the moment.
    fn all_and_point(&mut self, at: i64) -> impl Iterator<Item = &mut Sum> {
        let after = self.edges.partition_point(|edge| *edge <= at);
        let point = after.checked_sub(1).and_then(|i| self.series.get_mut(i));
        [&mut self.all].into_iter().chain(point)
    }

    /// Adds a cell of the cube that counts transactions, one that [`Wanted::takes`], to the totals and the chart. `at` lies within
    /// the cell.
    pub fn add_main(&mut self, stream: u32, at: i64, key: &Key, sums: &Sums, bins: &[(u16, u32)]) {
        let sums = self.of_main(sums);
        // The latency of failures with single codes is not kept apart.
        let bins = if self.wanted.by_code() { &[] } else { bins };
        for by in self.all_and_point(at) {
            by.sums.add(&sums);
            for (bin, count) in bins {
                by.latency.add(*bin, (*count).into());
            }
        }
        self.currencies.entry(key.currency).or_default().add(&sums);
        self.streams.entry(stream).or_default().add(&sums);
    }

    /// What a cell of all transactions adds.
    fn of_main(&self, sums: &Sums) -> Sums {
        // Failures with single codes are counted from their own cube.
        if self.wanted.by_code() { Sums { failed: 0, failed_amount: 0, ..*sums } } else { *sums }
    }

    /// Adds a cell of [`Wanted::table_cube`], one that [`Wanted::takes`], to the tables of the wide dimensions, or of the narrow ones.
    pub fn add_slices(&mut self, wide: bool, stream: u32, key: &Key, sums: &Sums, bins: &[(u16, u32)]) {
        let sums = self.of_main(sums);
        self.add_tables(stream, key, &sums, wide);
        if !wide && !self.wanted.by_code() && !bins.is_empty() {
            self.add_latency(stream, key, bins);
        }
    }

    fn add_tables(&mut self, stream: u32, key: &Key, sums: &Sums, wide: bool) {
        let Some(chosen) = self.wanted.streams.get(&stream) else { return };
        for (place, table) in (0..PLACES).zip(chosen.tables) {
            let is_wide = chosen.has_wide(place);
            if let Some(table) = table.filter(|_| is_wide == wide).and_then(|table| self.tables.get_mut(usize::from(table))) {
                table.entry(key.dims[place]).or_default().add(sums);
            }
        }
    }

    fn add_latency(&mut self, stream: u32, key: &Key, bins: &[(u16, u32)]) {
        let Some(chosen) = self.wanted.streams.get(&stream) else { return };
        for (place, table) in (0..PLACES).zip(chosen.tables).filter(|(place, _)| !chosen.has_wide(*place)) {
            let Some(table) = table.and_then(|table| self.latencies.get_mut(usize::from(table))) else { continue };
            let number = key.dims[place];
            if table.len() >= SKETCHES && !table.contains_key(&number) {
                continue;
            }
            let sketch = table.entry(number).or_default();
            for (bin, count) in bins {
                sketch.add(*bin, (*count).into());
            }
        }
    }

    /// Adds a cell of the failures cube, one that [`Wanted::takes`]: by code, and everywhere else if single codes are chosen.
    pub fn add_failure(&mut self, stream: u32, at: i64, key: &Key, sums: &Sums) {
        self.codes.entry(key.code).or_default().add(sums);
        if self.wanted.by_code() && self.wanted.takes_code(key) {
            for by in self.all_and_point(at) {
                by.sums.add(sums);
            }
            self.currencies.entry(key.currency).or_default().add(sums);
            self.streams.entry(stream).or_default().add(sums);
            self.add_tables(stream, key, sums, false);
            self.add_tables(stream, key, sums, true);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn counted(wanted: Wanted) -> (u64, u64) {
        let mut tally = Tally::new(wanted, Vec::new());
        tally.add_main(1, 0, &Key::default(), &Sums { total: 100, failed: 12, ..Sums::default() }, &[]);
        for (code, failed) in [(51, 7), (54, 2), (91, 3)] {
            tally.add_failure(1, 0, &Key { code, ..Key::default() }, &Sums { failed, ..Sums::default() });
        }
        (tally.all.sums.total, tally.all.sums.failed)
    }

    #[test]
    fn of_one_currency_nothing_else_is_taken() {
        let of = |currency| Wanted { currency, ..Wanted::default() };
        let taken = |wanted: &Wanted| [0, 7, 8].map(|currency| wanted.takes(1, &Key { currency, ..Key::default() }));
        assert_eq!((taken(&of(None)), taken(&of(Some(7)))), ([true; 3], [false, true, false]));
    }

    #[test]
    fn what_is_excused_is_counted_and_no_failure() {
        let of = |code: Option<Vec<u32>>, excused: &[u32]| counted(Wanted { code, excused: excused.to_vec(), ..Wanted::default() });
        assert_eq!(of(None, &[]), (100, 12));
        assert_eq!(of(None, &[51, 54]), (100, 3));
        assert_eq!(of(Some(vec![51, 91]), &[]), (100, 10));
        assert_eq!(of(Some(vec![51, 91]), &[51]), (100, 3));
    }
}
