//! Numbers for texts. The writer remembers every number it has seen; what it does not know is numbered in a transaction of its
//! own before the batch is written, so that a batch that fails leaves at worst a number that nobody uses.

use std::collections::{BTreeSet, HashMap};

use domain::{
    Fault,
    transactions::{Dimension, LocalNames, Row},
};

use super::store;
use crate::Context;

/// Stands for every value beyond the limit of its dimension.
const OTHER: &str = "(other)";

/// The numbers that are known.
pub(super) struct Dictionary {
    numbers: [HashMap<String, u32>; 6],
    max_values: usize,
    loaded: bool,
}

/// From a batch's own numbers to those of the dictionary, by dimension.
pub(super) struct Translation([Vec<u32>; 6]);

impl Dictionary {
    pub(super) fn new(max_values: usize) -> Self {
        Self { numbers: Default::default(), max_values, loaded: false }
    }

    fn learn(&mut self, rows: Vec<store::ValueRow>) {
        for row in rows {
            if let (Some(dimension), Ok(id)) = (Dimension::parse(&row.dimension), u32::try_from(row.id)) {
                self.numbers[dimension as usize].insert(row.value, id);
            }
        }
    }

    /// Makes sure that every text of the batches has a number.
    pub(super) async fn prepare(&mut self, ctx: &Context, batches: impl Iterator<Item = &LocalNames> + Clone) -> Result<(), Fault> {
        if !self.loaded {
            let rows = store::values(&mut *ctx.db.read().await?).await?;
            self.learn(rows);
            self.loaded = true;
        }
        let mut unknown = BTreeSet::new();
        for dimension in Dimension::ALL {
            let known = &self.numbers[dimension as usize];
            let texts = batches.clone().flat_map(|names| names.texts(dimension)).map(String::as_str).filter(|t| !known.contains_key(*t));
            let fresh: BTreeSet<&str> = texts.collect();
            // Systems are ours, and few.
            let room = if dimension == Dimension::System { usize::MAX } else { self.max_values.saturating_sub(known.len()) };
            if fresh.len() > room && !known.contains_key(OTHER) {
                unknown.insert((dimension, OTHER));
            }
            unknown.extend(fresh.into_iter().take(room).map(|text| (dimension, text)));
        }
        if unknown.is_empty() {
            return Ok(());
        }
        let unknown: Vec<_> = unknown.into_iter().collect();
        let mut tx = ctx.begin_write().await?;
        store::add_values(&mut tx, &unknown).await?;
        let mut rows = Vec::new();
        for dimension in Dimension::ALL {
            let texts: Vec<&str> = unknown.iter().filter(|(d, _)| *d == dimension).map(|(_, text)| *text).collect();
            rows.extend(store::find_values(&mut tx, dimension, &texts).await?);
        }
        tx.commit().await?;
        self.learn(rows);
        Ok(())
    }

    /// The numbers for one batch, after [`Self::prepare`].
    pub(super) fn translate(&self, names: &LocalNames) -> Translation {
        Translation(Dimension::ALL.map(|dimension| {
            let known = &self.numbers[dimension as usize];
            let number = |text: &String| known.get(text).or_else(|| known.get(OTHER)).copied().unwrap_or(0);
            std::iter::once(0).chain(names.texts(dimension).iter().map(number)).collect()
        }))
    }
}

impl Translation {
    fn of(&self, dimension: Dimension, local: u32) -> u32 {
        self.0[dimension as usize].get(local as usize).copied().unwrap_or(0)
    }

    /// The row in numbers of the dictionary.
    pub(super) fn row(&self, row: &Row) -> Row {
        Row {
            system: self.of(Dimension::System, row.system),
            link: self.of(Dimension::Link, row.link),
            merchant: self.of(Dimension::Merchant, row.merchant),
            channel: self.of(Dimension::Channel, row.channel),
            code: self.of(Dimension::Code, row.code),
            currency: self.of(Dimension::Currency, row.currency),
            ..*row
        }
    }
}
