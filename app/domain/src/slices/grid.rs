//! The leaves by number, and the cuboids over them.

use std::collections::HashMap;

use foldhash::fast::FixedState;

use super::Table;

/// Cells of a table that numbers the elements of a cuboid; a sparser cuboid is numbered by a map.
const DENSE: usize = 1 << 20;

/// A slice by numbers: these dimensions, with the values that this leaf has there.
#[derive(Debug, Clone)]
pub(super) struct Cause {
    pub(super) dimensions: Vec<usize>,
    pub(super) leaf: usize,
    pub(super) score: f64,
    pub(super) observed: f64,
    pub(super) expected: f64,
    pub(super) total: f64,
    pub(super) share: f64,
}

/// The values of all leaves, by dimension.
pub(super) struct Grid<'t> {
    pub(super) codes: &'t [Vec<u32>],
    /// By dimension: what stands where a leaf has no such dimension.
    absent: &'t [Option<u32>],
    /// Different values of each dimension.
    pub(super) sizes: Vec<usize>,
    pub(super) leaves: usize,
}

/// A choice of dimensions, and which of its elements each leaf belongs to.
pub(super) struct Cuboid {
    pub(super) dimensions: Vec<usize>,
    pub(super) of: Vec<u32>,
    pub(super) elements: usize,
    /// The element of the leaves that lack one of the dimensions: it is no slice.
    pub(super) nowhere: Option<u32>,
}

impl<'t> Grid<'t> {
    pub(super) fn new(table: &'t Table) -> Self {
        Self { codes: &table.codes, absent: &table.absent, sizes: table.values.iter().map(Vec::len).collect(), leaves: table.leaves() }
    }

    /// Every cuboid of at least `least` and at most `most` dimensions, those of few dimensions first.
    pub(super) fn cuboids(&self, least: usize, most: usize) -> Vec<Cuboid> {
        let count = self.codes.len();
        let mut choices: Vec<Vec<usize>> = (0_u32..1 << count)
            .map(|mask| (0..count).filter(|at| mask >> at & 1 == 1).collect::<Vec<_>>())
            .filter(|choice| (least..=most).contains(&choice.len()))
            .collect();
        choices.sort_by_key(|choice| (choice.len(), choice.clone()));
        choices.into_iter().map(|choice| self.cuboid(choice)).collect()
    }

    fn cuboid(&self, dimensions: Vec<usize>) -> Cuboid {
        let cells = dimensions.iter().try_fold(1_u64, |cells, &at| cells.checked_mul(self.sizes[at] as u64));
        let key = |leaf: usize| dimensions.iter().fold(0_u64, |key, &at| key * self.sizes[at] as u64 + u64::from(self.codes[at][leaf]));
        let mut elements = 0;
        let mut number = |seen: &mut u32| {
            if *seen == u32::MAX {
                *seen = elements;
                elements += 1;
            }
            *seen
        };
        let mut none = u32::MAX;
        let some_lack = dimensions.iter().any(|&at| self.absent[at].is_some());
        let lacks = |leaf: usize| some_lack && dimensions.iter().any(|&at| self.lacks(at, leaf));
        let of = match cells.and_then(|cells| usize::try_from(cells).ok()) {
            Some(cells) if cells <= DENSE => {
                let mut seen = vec![u32::MAX; cells];
                let mut place =
                    |leaf: usize| number(if lacks(leaf) { &mut none } else { &mut seen[usize::try_from(key(leaf)).unwrap_or_default()] });
                (0..self.leaves).map(&mut place).collect()
            }
            // Beyond 2⁶⁴ cells the key would run over: then the values themselves are the key.
            None => {
                let mut seen: HashMap<Vec<u32>, u32, FixedState> = HashMap::default();
                let values = |leaf: usize| dimensions.iter().map(|&at| self.codes[at][leaf]).collect();
                let mut place = |leaf: usize| number(if lacks(leaf) { &mut none } else { seen.entry(values(leaf)).or_insert(u32::MAX) });
                (0..self.leaves).map(&mut place).collect()
            }
            Some(_) => {
                let mut seen: HashMap<u64, u32, FixedState> = HashMap::default();
                let mut place = |leaf: usize| number(if lacks(leaf) { &mut none } else { seen.entry(key(leaf)).or_insert(u32::MAX) });
                (0..self.leaves).map(&mut place).collect()
            }
        };
        Cuboid { dimensions, of, elements: elements as usize, nowhere: Some(none).filter(|none| *none != u32::MAX) }
    }

    /// Whether a leaf has no such dimension.
    pub(super) fn lacks(&self, dimension: usize, leaf: usize) -> bool {
        self.absent[dimension] == Some(self.codes[dimension][leaf])
    }

    /// Whether two leaves have the same values there.
    pub(super) fn alike(&self, dimensions: &[usize], one: usize, other: usize) -> bool {
        dimensions.iter().all(|&at| self.codes[at][one] == self.codes[at][other])
    }
}

/// What the best of so many candidates reaches by chance, in nats.
#[expect(clippy::cast_precision_loss, reason = "candidates are far fewer than 2^52")]
pub(super) fn by_chance(cuboids: &[Cuboid]) -> f64 {
    (cuboids.iter().map(|cuboid| cuboid.elements).sum::<usize>().max(1) as f64).ln()
}
