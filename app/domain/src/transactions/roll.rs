//! Rolling up on the way in: rows become cells of every cube and grain.
//!
//! What comes in together is kept together, whatever its stream, so that a write is a few segments and not some for each
//! stream; merging tells the streams apart later ([`split`]).

use std::collections::BTreeMap;

use super::{
    Cube, Grain,
    cells::{self, Cell, Cells, Damaged, Key, Sums},
};
use crate::{
    streams::{Dims, PLACES},
    time::MINUTE,
};

/// One good line. Numbers are those of the batch's own [`LocalNames`] until the dictionary has given its own.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Row {
    /// Minutes since the epoch.
    pub minute: i64,
    /// Stream.
    pub stream: u32,
    /// Values of its dimensions, each in its place.
    pub dims: Dims,
    /// Places of those by which latency is not kept, a bit each.
    pub wide: u8,
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

/// Stands for "several streams".
pub const MIXED: u32 = 0;

/// Where cells are kept together: one segment each.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Part {
    /// Cube.
    pub cube: Cube,
    /// Grain.
    pub grain: Grain,
    /// Stream, by its number; [`MIXED`] where the cells say it themselves.
    pub stream: u32,
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
        let part = |cube| Part { cube, grain: Grain::Minute, stream: MIXED, slot };
        let full = Key { stream: row.stream, minute, dims: row.dims, currency: row.currency, code: 0 };
        let narrow = Key { dims: narrowed(row.dims, row.wide), ..full };
        let cell = self.cell(part(Cube::Links), narrow);
        cell.sums.add(&sums);
        cell.bins.extend(row.bin.map(|bin| (bin, 1)));
        self.cell(part(Cube::Merchants), full).sums.add(&sums);
        if row.failed {
            let failure = Key { code: row.code, ..full };
            self.cell(part(Cube::Failures), failure).sums.add(&Sums { failed, failed_amount, ..Sums::default() });
        }
    }

    fn cell(&mut self, part: Part, key: Key) -> &mut Cell {
        self.parts.entry(part).or_default().entry(key).or_default()
    }

    /// Derives the totals from the links, and the hours and days from the minutes. Called once, after the last row.
    #[must_use]
    pub fn folded(mut self) -> BTreeMap<Part, Cells> {
        let totals = |part: &Part| (part.cube == Cube::Links).then_some(Part { cube: Cube::Totals, ..*part });
        self.fold(totals, |key| Key { dims: Dims::default(), ..key });
        for (fine, grain) in [(Grain::Minute, Grain::Hour), (Grain::Hour, Grain::Day)] {
            let slot = |part: &Part| part.slot.div_euclid(grain.slot()) * grain.slot();
            let coarser = |part: &Part| (part.grain == fine).then(|| Part { grain, slot: slot(part), ..*part });
            self.fold(coarser, |key| Key { minute: 0, ..key });
        }
        self.parts
    }

    /// Adds the cells of those parts that belong into another one to that, under what is left of their keys.
    fn fold(&mut self, into: impl Fn(&Part) -> Option<Part>, left: impl Fn(Key) -> Key) {
        let mut folded: BTreeMap<Part, Cells> = BTreeMap::new();
        for (part, cells) in &mut self.parts {
            let Some(into) = into(part) else { continue };
            let into = folded.entry(into).or_default();
            for (key, cell) in cells {
                cells::settle(&mut cell.bins);
                let sum = into.entry(left(*key)).or_default();
                sum.sums.add(&cell.sums);
                sum.bins.extend_from_slice(&cell.bins);
            }
        }
        self.parts.extend(folded);
    }
}

/// The values without those of the wide places.
fn narrowed(mut dims: Dims, wide: u8) -> Dims {
    for (place, dim) in (0..PLACES).zip(&mut dims) {
        if wide & (1 << place) != 0 {
            *dim = 0;
        }
    }
    dims
}

/// Adds up segments of one part. Where they are mixed, each stream comes out for itself.
pub fn split<'b>(part: Part, bodies: impl IntoIterator<Item = &'b [u8]>) -> Result<BTreeMap<Part, Cells>, Damaged> {
    let mut parts: BTreeMap<Part, Cells> = BTreeMap::new();
    for body in bodies {
        cells::decode(body, |key, sums, bins| {
            let into = if part.stream == MIXED { Part { stream: key.stream, ..part } } else { part };
            let cell = parts.entry(into).or_default().entry(Key { stream: MIXED, ..*key }).or_default();
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
                stream: 1,
                dims: [1 + u32::try_from(i % 3).unwrap(), u32::try_from(i % 11).unwrap(), 0, 0, 0, 0, 0, 5],
                wide: 0b10,
                code: u32::from(i % 5 == 0),
                currency: 1,
                failed: i % 5 == 0,
                amount: i,
                bin: Some(500),
            });
        }
        let parts = roll.folded();
        for grain in Grain::ALL {
            for (cube, total, failed, bins) in [
                (Cube::Links, 1_000, 200, 1_000),
                (Cube::Merchants, 1_000, 200, 0),
                (Cube::Failures, 0, 200, 0),
                (Cube::Totals, 1_000, 200, 1_000),
            ] {
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
    fn mixed_segments_come_out_by_stream() {
        let mut roll = Roll::default();
        for stream in [7, 9, 7] {
            roll.add(&Row {
                minute: 29_000_000,
                stream,
                dims: [1, 0, 0, 0, 0, 0, 0, 0],
                wide: 0,
                code: 0,
                currency: 0,
                failed: false,
                amount: 5,
                bin: Some(3),
            });
        }
        let (part, mut cells) = roll.folded().into_iter().find(|(p, _)| p.cube == Cube::Links && p.grain == Grain::Day).unwrap();
        assert_eq!(part.stream, MIXED);
        let body = cells::encode(&mut cells);
        let parts = split(part, [body.as_slice(), body.as_slice()]).unwrap();
        let totals: Vec<_> =
            parts.iter().map(|(p, cells)| (p.stream, cells.iter().map(|(k, c)| (k.stream, c.sums.total)).collect::<Vec<_>>())).collect();
        assert_eq!(totals, [(7, vec![(0, 4)]), (9, vec![(0, 2)])]);
        // What is one stream's stays together.
        let one = Part { stream: 9, ..part };
        let body = cells::encode(&mut parts.get(&one).unwrap().clone());
        assert_eq!(split(one, [body.as_slice()]).unwrap().into_keys().collect::<Vec<_>>(), [one]);
        assert!(split(one, [&body[1..]]).is_err());
    }
}
