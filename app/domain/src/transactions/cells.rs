//! Cells and how a segment packs them: rows in key order, each field a variable-length integer, key fields as the difference
//! to the row before, fields that are zero in every row left out. A merchant cell takes about eight bytes.

use std::collections::HashMap;

use foldhash::fast::RandomState;

use crate::streams::{Dims, PLACES};

/// What tells the cells of one segment apart. Numbers of the dictionary; 0 is none, or not kept apart in this cube.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Key {
    /// Stream, in a segment that holds several; 0 where the segment is one stream's.
    pub stream: u32,
    /// Minute within the segment; 0 where the segment is one slot.
    pub minute: u32,
    /// Values of the stream's dimensions, each in its place.
    pub dims: Dims,
    /// Code.
    pub code: u32,
    /// Currency.
    pub currency: u32,
}

/// What is counted in a cell.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Sums {
    /// Transactions; in the failures cube always 0.
    pub total: u64,
    /// Those that failed.
    pub failed: u64,
    /// Amount of all of them in minor units.
    pub amount: i64,
    /// Amount of those that failed.
    pub failed_amount: i64,
}

impl Sums {
    /// Adds another cell's counts.
    pub fn add(&mut self, other: &Self) {
        self.total = self.total.saturating_add(other.total);
        self.failed = self.failed.saturating_add(other.failed);
        self.amount = self.amount.saturating_add(other.amount);
        self.failed_amount = self.failed_amount.saturating_add(other.failed_amount);
    }
}

/// A cell: its counts, and latency counts by bin (not in order while it grows).
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Cell {
    /// The counts.
    pub sums: Sums,
    /// Latency: bin and count.
    pub bins: Vec<(u16, u32)>,
}

/// Cells by key. The numbers in keys are ours, so the hash need not withstand much; it is seeded all the same.
pub type Cells = HashMap<Key, Cell, RandomState>;

/// The bytes are not a segment: a fault of ours, or of the disk.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("damaged segment")]
pub struct Damaged;

const VERSION: u8 = 3;
/// Three dimensions (link, merchant, channel) and a narrower mask.
const THREE: u8 = 2;
/// As version 2, without the field of the stream.
const WITHOUT_STREAM: u8 = 1;
/// Minute, eight dimensions, code, currency, four sums, stream.
const FIELDS: usize = 16;
const HAS_BINS: u32 = 1 << 31;
/// Where the sums stand among the fields.
const SUMS: std::ops::Range<usize> = 11..15;
/// Which fields the older versions had, in their order.
const OLD: [usize; 11] = [0, 1, 2, 3, 9, 10, 11, 12, 13, 14, 15];

fn fields(key: &Key, sums: &Sums) -> [i64; FIELDS] {
    let mut fields = [0; FIELDS];
    fields[0] = key.minute.into();
    for (field, dim) in fields[1..=PLACES].iter_mut().zip(key.dims) {
        *field = dim.into();
    }
    fields[9] = key.code.into();
    fields[10] = key.currency.into();
    fields[11] = sums.total.cast_signed();
    fields[12] = sums.failed.cast_signed();
    fields[13] = sums.amount;
    fields[14] = sums.failed_amount;
    fields[15] = key.stream.into();
    fields
}

/// Whether a field is written as the difference to the row before, or as it is.
fn differs(field: usize) -> bool {
    !SUMS.contains(&field)
}

fn put(out: &mut Vec<u8>, mut n: u64) {
    while n >= 0x80 {
        out.push(u8::try_from(n & 0x7f).unwrap_or(0) | 0x80);
        n >>= 7;
    }
    out.push(u8::try_from(n).unwrap_or(0));
}

fn zigzag(n: i64) -> u64 {
    ((n << 1) ^ (n >> 63)).cast_unsigned()
}

fn unzigzag(n: u64) -> i64 {
    (n >> 1).cast_signed() ^ -((n & 1).cast_signed())
}

/// Packs cells into the bytes of a segment.
pub fn encode(cells: &mut Cells) -> Vec<u8> {
    let mut rows: Vec<(&Key, &mut Cell)> = cells.iter_mut().collect();
    rows.sort_unstable_by_key(|(key, _)| **key);
    let mut mask = 0_u32;
    for (key, cell) in &rows {
        for (i, value) in fields(key, &cell.sums).iter().enumerate() {
            mask |= u32::from(*value != 0) << i;
        }
        if !cell.bins.is_empty() {
            mask |= HAS_BINS;
        }
    }
    let mut out = Vec::with_capacity(16 + rows.len() * 10);
    out.push(VERSION);
    out.extend_from_slice(&mask.to_le_bytes());
    put(&mut out, rows.len() as u64);
    let present: Vec<usize> = (0..FIELDS).filter(|i| mask & (1 << i) != 0).collect();
    let mut before = [0_i64; FIELDS];
    for (key, cell) in rows {
        let now = fields(key, &cell.sums);
        for &i in &present {
            put(&mut out, zigzag(if differs(i) { now[i] - before[i] } else { now[i] }));
        }
        before = now;
        if mask & HAS_BINS != 0 {
            settle(&mut cell.bins);
            put(&mut out, cell.bins.len() as u64);
            let mut last = 0;
            for (bin, count) in &cell.bins {
                put(&mut out, u64::from(bin - last));
                put(&mut out, u64::from(*count));
                last = *bin;
            }
        }
    }
    out
}

/// Puts bins in order, each once.
pub(super) fn settle(bins: &mut Vec<(u16, u32)>) {
    bins.sort_unstable_by_key(|(bin, _)| *bin);
    bins.dedup_by(|later, kept| {
        let same = later.0 == kept.0;
        if same {
            kept.1 = kept.1.saturating_add(later.1);
        }
        same
    });
}

/// What the head of a segment says: which fields its rows have, in which order, and whether latency follows.
fn head(at: &mut Cursor<'_>) -> Result<(Vec<usize>, bool), Damaged> {
    let version = at.byte()?;
    if version == VERSION {
        let mask = u32::from_le_bytes([at.byte()?, at.byte()?, at.byte()?, at.byte()?]);
        if mask & !(((1 << FIELDS) - 1) | HAS_BINS) != 0 {
            return Err(Damaged);
        }
        return Ok(((0..FIELDS).filter(|i| mask & (1 << i) != 0).collect(), mask & HAS_BINS != 0));
    }
    let known = match version {
        THREE => OLD.len(),
        WITHOUT_STREAM => OLD.len() - 1,
        _ => return Err(Damaged),
    };
    let mask = u16::from_le_bytes([at.byte()?, at.byte()?]);
    let (fields, bins) = (mask & 0x7fff, mask & 0x8000 != 0);
    if u32::from(fields) >> known != 0 {
        return Err(Damaged);
    }
    Ok((OLD.iter().enumerate().filter(|(i, _)| fields & (1 << i) != 0).map(|(_, field)| *field).collect(), bins))
}

/// Reads the cells of a segment one after another, each with its latency.
pub fn decode(bytes: &[u8], each: impl FnMut(&Key, &Sums, &[(u16, u32)])) -> Result<(), Damaged> {
    decode_some(bytes, |_| true, each)
}

/// Reads those cells of a segment that are chosen by their keys. Of the others latency, which is most of what they take, is
/// passed over.
pub fn decode_some(
    bytes: &[u8],
    mut chosen: impl FnMut(&Key) -> bool,
    mut each: impl FnMut(&Key, &Sums, &[(u16, u32)]),
) -> Result<(), Damaged> {
    let mut at = Cursor { bytes };
    let (present, has_bins) = head(&mut at)?;
    let count = at.number()?;
    if present.is_empty() && !has_bins && count > 1 {
        return Err(Damaged);
    }
    let mut row = [0_i64; FIELDS];
    let mut bins = Vec::new();
    let key_of = |n: i64| u32::try_from(n).map_err(|_| Damaged);
    for _ in 0..count {
        for &i in &present {
            let read = unzigzag(at.number()?);
            row[i] = if differs(i) { row[i].checked_add(read).ok_or(Damaged)? } else { read };
        }
        let mut dims = Dims::default();
        for (dim, field) in dims.iter_mut().zip(&row[1..=PLACES]) {
            *dim = key_of(*field)?;
        }
        let key = Key { stream: key_of(row[15])?, minute: key_of(row[0])?, dims, code: key_of(row[9])?, currency: key_of(row[10])? };
        let wanted = chosen(&key);
        bins.clear();
        if has_bins {
            let (len, mut bin) = (at.number()?, 0_u64);
            if wanted {
                for _ in 0..len {
                    bin = bin.saturating_add(at.number()?);
                    bins.push((u16::try_from(bin).map_err(|_| Damaged)?, u32::try_from(at.number()?).map_err(|_| Damaged)?));
                }
            } else {
                at.pass(len.saturating_mul(2))?;
            }
        }
        if !wanted {
            continue;
        }
        let sums = Sums { total: row[11].cast_unsigned(), failed: row[12].cast_unsigned(), amount: row[13], failed_amount: row[14] };
        each(&key, &sums, &bins);
    }
    if at.bytes.is_empty() { Ok(()) } else { Err(Damaged) }
}

/// Adds the cells of a segment to those at hand.
pub fn merge(into: &mut Cells, bytes: &[u8]) -> Result<(), Damaged> {
    decode(bytes, |key, sums, bins| {
        let cell = into.entry(*key).or_default();
        cell.sums.add(sums);
        cell.bins.extend_from_slice(bins);
    })
}

struct Cursor<'a> {
    bytes: &'a [u8],
}

impl Cursor<'_> {
    fn byte(&mut self) -> Result<u8, Damaged> {
        let (first, rest) = self.bytes.split_first().ok_or(Damaged)?;
        self.bytes = rest;
        Ok(*first)
    }

    /// Passes over so many numbers.
    fn pass(&mut self, numbers: u64) -> Result<(), Damaged> {
        for _ in 0..numbers {
            let end = self.bytes.iter().position(|byte| byte & 0x80 == 0).ok_or(Damaged)?;
            self.bytes = &self.bytes[end + 1..];
        }
        Ok(())
    }

    fn number(&mut self) -> Result<u64, Damaged> {
        let mut n = 0_u64;
        for shift in (0..64).step_by(7) {
            let byte = self.byte()?;
            n |= u64::from(byte & 0x7f) << shift;
            if byte & 0x80 == 0 {
                return Ok(n);
            }
        }
        Err(Damaged)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn cell() -> impl Strategy<Value = (Key, Cell)> {
        (
            (0_u32..3, 0_u32..60, prop::array::uniform8(prop_oneof![Just(0_u32), 0_u32..5, any::<u32>()]), 0_u32..40, 0_u32..2),
            (any::<u32>(), any::<u32>(), any::<i64>(), -9_i64..9),
            prop::collection::btree_map(0_u16..1_300, 1_u32..100, 0..9),
        )
            .prop_map(|((stream, minute, dims, code, currency), (total, failed, amount, failed_amount), bins)| {
                (
                    Key { stream, minute, dims, code, currency },
                    Cell {
                        sums: Sums { total: total.into(), failed: failed.into(), amount, failed_amount },
                        bins: bins.into_iter().collect(),
                    },
                )
            })
    }

    proptest! {
        #[test]
        fn what_is_packed_comes_out(cells in prop::collection::hash_map(cell().prop_map(|(k, _)| k), cell().prop_map(|(_, c)| c), 0..60)) {
            let bytes = encode(&mut cells.clone().into_iter().collect());
            let mut back = Cells::default();
            merge(&mut back, &bytes).unwrap();
            prop_assert_eq!(&back, &cells.iter().map(|(key, cell)| (*key, cell.clone())).collect::<Cells>());
            // What is not chosen is passed over.
            let mut some = Cells::default();
            decode_some(&bytes, |key| key.minute % 2 == 1, |key, sums, bins| {
                some.insert(*key, Cell { sums: *sums, bins: bins.to_vec() });
            })
            .unwrap();
            back.retain(|key, _| key.minute % 2 == 1);
            prop_assert_eq!(some, back);
        }

        #[test]
        fn rubbish_never_panics(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
            let _ = decode(&bytes, |_, _, _| {});
            let _ = decode_some(&bytes, |_| false, |_, _, _| {});
        }
    }

    #[test]
    fn what_an_older_program_packed_still_reads() {
        // One row: link 3, two transactions, one of them failed.
        let bytes = [1, 0b1100_0010, 0, 1, 6, 4, 2];
        let mut seen = Vec::new();
        decode(&bytes, |key, sums, _| seen.push((*key, *sums))).unwrap();
        let key = Key { dims: [3, 0, 0, 0, 0, 0, 0, 0], ..Key::default() };
        assert_eq!(seen, [(key, Sums { total: 2, failed: 1, ..Sums::default() })]);
        // The same with merchant 5, code 2, one amount and system 7: version 2 had a field more.
        let bytes = [2, 0b0101_0110, 0b0000_0101, 1, 6, 10, 4, 4, 22, 14];
        let mut seen = Vec::new();
        decode(&bytes, |key, sums, _| seen.push((*key, *sums))).unwrap();
        let key = Key { dims: [3, 5, 0, 0, 0, 0, 0, 0], code: 2, stream: 7, ..Key::default() };
        assert_eq!(seen, [(key, Sums { total: 2, amount: 11, ..Sums::default() })]);
        // A field that its version did not have.
        assert_eq!(decode(&[1, 0, 0b0000_0100, 0], |_, _, _| {}), Err(Damaged));
    }

    #[test]
    fn merging_adds() {
        let key = Key { dims: [3, 0, 0, 0, 0, 0, 0, 9], ..Key::default() };
        let one = Cell { sums: Sums { total: 2, failed: 1, amount: 10, failed_amount: 5 }, bins: vec![(7, 2), (7, 1), (3, 1)] };
        let bytes = encode(&mut Cells::from_iter([(key, one)]));
        let mut sum = Cells::default();
        merge(&mut sum, &bytes).unwrap();
        merge(&mut sum, &bytes).unwrap();
        let bytes = encode(&mut sum);
        let mut seen = Vec::new();
        decode(&bytes, |k, s, b| seen.push((*k, *s, b.to_vec()))).unwrap();
        assert_eq!(seen, [(key, Sums { total: 4, failed: 2, amount: 20, failed_amount: 10 }, vec![(3, 2), (7, 6)])]);
    }
}
