//! Rolling up on the way in: rows become cells of every cube and grain.
//!
//! What comes in together is kept together, whatever its system, so that a write is a few segments and not some for each
//! system; merging tells the systems apart later ([`split`]).

use std::collections::{BTreeMap, HashMap};

use foldhash::fast::RandomState;

use super::{
    Cube, Dimension, Grain,
    cells::{self, Cell, Cells, Damaged, Key, Sums},
};
use crate::time::MINUTE;

/// One good line. Numbers are those of the batch's own [`LocalNames`] until the dictionary has given its own.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Row {
    /// Minutes since the epoch.
    pub minute: i64,
    /// System.
    pub system: u32,
    /// Link.
    pub link: u32,
    /// Merchant.
    pub merchant: u32,
    /// Channel.
    pub channel: u32,
    /// Code; 0 where it succeeded.
    pub code: u32,
    /// Currency.
    pub currency: u32,
    /// Whether it failed.
    pub failed: bool,
    /// Amount in minor units.
    pub amount: i64,
    /// Bin of its latency, where one was given.
    pub bin: Option<u16>,
}

/// The texts of one batch, numbered from 1 in the order in which they came; 0 is the empty text.
#[derive(Debug, Clone, Default)]
pub struct LocalNames {
    numbers: [HashMap<String, u32, RandomState>; 6],
    texts: [Vec<String>; 6],
}

impl LocalNames {
    /// The number of a text.
    pub fn number(&mut self, dimension: Dimension, text: &str) -> u32 {
        if text.is_empty() {
            return 0;
        }
        let (numbers, texts) = (&mut self.numbers[dimension as usize], &mut self.texts[dimension as usize]);
        if let Some(number) = numbers.get(text) {
            return *number;
        }
        texts.push(text.to_owned());
        let number = u32::try_from(texts.len()).unwrap_or(u32::MAX);
        numbers.insert(text.to_owned(), number);
        number
    }

    /// The texts of a dimension; the first has number 1.
    pub fn texts(&self, dimension: Dimension) -> &[String] {
        &self.texts[dimension as usize]
    }
}

/// Stands for "several systems".
pub const MIXED: u32 = 0;

/// Where cells are kept together: one segment each.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Part {
    /// Cube.
    pub cube: Cube,
    /// Grain.
    pub grain: Grain,
    /// System, by its number; [`MIXED`] where the cells say it themselves.
    pub system: u32,
    /// Start of the segment, epoch-milliseconds.
    pub slot: i64,
}

/// Cells of every cube and grain, growing row by row.
#[derive(Debug, Default)]
pub struct Roll {
    parts: BTreeMap<Part, Cells>,
}

impl Roll {
    /// Adds one row at the finest grain.
    pub fn add(&mut self, row: &Row) {
        let at = row.minute * MINUTE;
        let slot = at.div_euclid(Grain::Minute.slot()) * Grain::Minute.slot();
        let minute = u32::try_from((at - slot) / MINUTE).unwrap_or(0);
        let (failed, failed_amount) = if row.failed { (1, row.amount) } else { (0, 0) };
        let sums = Sums { total: 1, failed, amount: row.amount, failed_amount };
        let part = |cube| Part { cube, grain: Grain::Minute, system: MIXED, slot };
        let link = Key { system: row.system, minute, link: row.link, channel: row.channel, currency: row.currency, ..Key::default() };
        let cell = self.cell(part(Cube::Links), link);
        cell.sums.add(&sums);
        cell.bins.extend(row.bin.map(|bin| (bin, 1)));
        let merchant = Key { merchant: row.merchant, ..link };
        self.cell(part(Cube::Merchants), merchant).sums.add(&sums);
        if row.failed {
            let failure = Key { code: row.code, ..merchant };
            self.cell(part(Cube::Failures), failure).sums.add(&Sums { failed, failed_amount, ..Sums::default() });
        }
    }

    fn cell(&mut self, part: Part, key: Key) -> &mut Cell {
        self.parts.entry(part).or_default().entry(key).or_default()
    }

    /// Derives the hours and days from the minutes. Called once, after the last row.
    #[must_use]
    pub fn folded(mut self) -> BTreeMap<Part, Cells> {
        for (fine, grain) in [(Grain::Minute, Grain::Hour), (Grain::Hour, Grain::Day)] {
            let mut coarse: BTreeMap<Part, Cells> = BTreeMap::new();
            for (part, cells) in self.parts.iter_mut().filter(|(part, _)| part.grain == fine) {
                let into = Part { grain, slot: part.slot.div_euclid(grain.slot()) * grain.slot(), ..*part };
                let into = coarse.entry(into).or_default();
                for (key, cell) in cells {
                    cells::settle(&mut cell.bins);
                    let sum = into.entry(Key { minute: 0, ..*key }).or_default();
                    sum.sums.add(&cell.sums);
                    sum.bins.extend_from_slice(&cell.bins);
                }
            }
            self.parts.extend(coarse);
        }
        self.parts
    }
}

/// Adds up segments of one part. Where they are mixed, each system comes out for itself.
pub fn split<'b>(part: Part, bodies: impl IntoIterator<Item = &'b [u8]>) -> Result<BTreeMap<Part, Cells>, Damaged> {
    let mut parts: BTreeMap<Part, Cells> = BTreeMap::new();
    for body in bodies {
        cells::decode(body, |key, sums, bins| {
            let into = if part.system == MIXED { Part { system: key.system, ..part } } else { part };
            let cell = parts.entry(into).or_default().entry(Key { system: MIXED, ..*key }).or_default();
            cell.sums.add(sums);
            cell.bins.extend_from_slice(bins);
        })?;
    }
    Ok(parts)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::time::{DAY, HOUR};

    #[test]
    fn every_grain_counts_the_same() {
        let mut roll = Roll::default();
        for i in 0..1_000_i64 {
            roll.add(&Row {
                minute: 29_000_000 + i * 7,
                system: 1,
                link: 1 + u32::try_from(i % 3).unwrap(),
                merchant: u32::try_from(i % 11).unwrap(),
                channel: 0,
                code: u32::from(i % 5 == 0),
                currency: 1,
                failed: i % 5 == 0,
                amount: i,
                bin: Some(500),
            });
        }
        let parts = roll.folded();
        for grain in Grain::ALL {
            for (cube, total, failed, bins) in
                [(Cube::Links, 1_000, 200, 1_000), (Cube::Merchants, 1_000, 200, 0), (Cube::Failures, 0, 200, 0)]
            {
                let mut sums = Sums::default();
                let mut seen = 0;
                for (part, cells) in parts.iter().filter(|(p, _)| p.grain == grain && p.cube == cube) {
                    assert_eq!(part.slot % if grain == Grain::Day { DAY } else { HOUR }, 0);
                    for cell in cells.values() {
                        sums.add(&cell.sums);
                        seen += cell.bins.iter().map(|(_, n)| n).sum::<u32>();
                    }
                }
                assert_eq!((sums.total, sums.failed, seen), (total, failed, bins), "{grain:?} {cube:?}");
                assert_eq!(sums.failed_amount, (0..1_000).filter(|i| i % 5 == 0).sum::<i64>());
            }
        }
    }

    #[test]
    fn mixed_segments_come_out_by_system() {
        let mut roll = Roll::default();
        for system in [7, 9, 7] {
            roll.add(&Row {
                minute: 29_000_000,
                system,
                link: 1,
                merchant: 0,
                channel: 0,
                code: 0,
                currency: 0,
                failed: false,
                amount: 5,
                bin: Some(3),
            });
        }
        let (part, mut cells) = roll.folded().into_iter().find(|(p, _)| p.cube == Cube::Links && p.grain == Grain::Day).unwrap();
        assert_eq!(part.system, MIXED);
        let body = cells::encode(&mut cells);
        let parts = split(part, [body.as_slice(), body.as_slice()]).unwrap();
        let totals: Vec<_> =
            parts.iter().map(|(p, cells)| (p.system, cells.iter().map(|(k, c)| (k.system, c.sums.total)).collect::<Vec<_>>())).collect();
        assert_eq!(totals, [(7, vec![(0, 4)]), (9, vec![(0, 2)])]);
        // What is one system's stays together.
        let one = Part { system: 9, ..part };
        let body = cells::encode(&mut parts.get(&one).unwrap().clone());
        assert_eq!(split(one, [body.as_slice()]).unwrap().into_keys().collect::<Vec<_>>(), [one]);
        assert!(split(one, [&body[1..]]).is_err());
    }
}
