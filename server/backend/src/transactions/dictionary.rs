//! Numbers for texts. The writer remembers every number it has seen; what it does not know is numbered in a transaction of its
//! own before the batch is written, so that a batch that fails leaves at worst a number that nobody uses.
//!
//! Each stream has a budget of values for each dimension: whoever sends random merchants fills the own budget, and nobody
//! else's merchants become [`OTHER`]. A value that is known is free for everybody.
//!
//! **Invariant:** a number is used only for transactions up to the moment that its row allows (`used_until`), which is moved on
//! in long strides; so the engine may drop a value as soon as nothing is kept that is older than that.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use domain::{
    Fault, Timestamp,
    streams::{Dims, PLACES},
    time::{DAY, MINUTE},
    transactions::{FIXED, LocalNames, Row, STREAM},
};
use foldhash::fast::RandomState;

use super::{
    store::{self, NewValue, ValueRow},
    writer::Job,
};
use crate::Context;

/// Stands for every value beyond the budget of its stream.
const OTHER: &str = "(other)";
/// How far ahead a value is kept whenever it is used beyond what its row allows.
const STRIDE: i64 = 30 * DAY;

/// What is known of a value.
#[derive(Clone, Copy)]
struct Known {
    number: u32,
    stream: u32,
    used_until: i64,
}

/// What is known of a dimension.
#[derive(Default)]
struct Values {
    known: HashMap<String, Known, RandomState>,
    /// Values that each stream has brought.
    brought: HashMap<u32, usize, RandomState>,
}

/// The numbers that are known.
pub(super) struct Dictionary {
    dimensions: HashMap<String, Values, RandomState>,
    max_values: usize,
    /// When it was read, and last rid of what has gone.
    read_at: Option<Timestamp>,
    /// Streams, by their id, and dimensions of which values were counted as [`OTHER`] since this was last asked.
    others: BTreeSet<(String, String)>,
}

/// From a batch's own numbers to those of the dictionary.
pub(super) struct Translation {
    /// In the order of the batch's dimensions.
    numbers: Vec<Vec<u32>>,
    /// For each stream of the batch which of them stands in each place.
    places: Vec<[Option<u16>; PLACES]>,
}

/// Texts without a number that may be used, by dimension and text: the stream that brought them, and until when they are kept.
type Wanted<'j> = BTreeMap<(&'j str, &'j str), (u32, i64)>;

impl Dictionary {
    pub(super) fn new(max_values: usize) -> Self {
        Self { dimensions: HashMap::default(), max_values, read_at: None, others: BTreeSet::new() }
    }

    fn known(&self, dimension: &str, text: &str) -> Option<Known> {
        self.dimensions.get(dimension)?.known.get(text).copied()
    }

    /// Whose values were counted as [`OTHER`] since this was last asked.
    pub(super) fn take_others(&mut self) -> Vec<(String, String)> {
        std::mem::take(&mut self.others).into_iter().collect()
    }

    fn learn(&mut self, rows: Vec<ValueRow>) {
        for row in rows {
            if let (Ok(number), Ok(stream)) = (u32::try_from(row.id), u32::try_from(row.system)) {
                let known = Known { number, stream, used_until: row.used_until };
                let values = self.dimensions.entry(row.dimension).or_default();
                if values.known.insert(row.value, known).is_none_or(|before| before.stream != stream) {
                    *values.brought.entry(stream).or_default() += 1;
                }
            }
        }
    }

    /// Reads the dictionary at first, and once a day, so that what has gone is forgotten here, too.
    async fn refresh(&mut self, ctx: &Context) -> Result<(), Fault> {
        let now = ctx.now();
        if self.read_at.is_none_or(|at| now.since(at) >= DAY) {
            let rows = store::values(&mut *ctx.db.read().await?).await?;
            self.dimensions = HashMap::default();
            self.learn(rows);
            self.read_at = Some(now);
        }
        Ok(())
    }

    /// Makes sure that every text of the batches has a number, or [`OTHER`] has one.
    pub(super) async fn prepare(&mut self, ctx: &Context, jobs: &[Job]) -> Result<(), Fault> {
        self.refresh(ctx).await?;
        // Streams first: what is new is put down to one of them.
        for streams in [true, false] {
            let wanted = self.wanted(jobs, streams);
            if wanted.is_empty() {
                continue;
            }
            let values: Vec<NewValue<'_>> = wanted
                .into_iter()
                .map(|((dimension, value), (stream, used_until))| NewValue { dimension, value, stream, used_until })
                .collect();
            let mut tx = ctx.begin_write().await?;
            store::keep_values(&mut tx, &values).await?;
            let mut rows = Vec::new();
            for same in values.chunk_by(|a, b| a.dimension == b.dimension) {
                let texts: Vec<&str> = same.iter().map(|new| new.value).collect();
                rows.extend(store::find_values(&mut tx, same[0].dimension, &texts).await?);
            }
            tx.commit().await?;
            self.learn(rows);
        }
        Ok(())
    }

    /// What must be numbered, or kept for longer, before the batches are written: streams, or everything else.
    fn wanted<'j>(&mut self, jobs: &'j [Job], streams: bool) -> Wanted<'j> {
        let mut wanted = Wanted::new();
        let mut brought: HashMap<(&str, u32), usize> = HashMap::new();
        let mut others = BTreeSet::new();
        for job in jobs {
            for (at, texts) in job.names.dimensions.iter().enumerate().filter(|(_, texts)| (texts.dimension == STREAM) == streams) {
                let dimension = texts.dimension.as_str();
                let is_fine = |text: &str| self.known(dimension, text).is_some_and(|known| known.used_until >= job.newest);
                let unsure: Vec<usize> = (0..texts.texts.len()).filter(|at| !is_fine(&texts.texts[*at])).collect();
                if unsure.is_empty() {
                    continue;
                }
                let until = job.newest.saturating_add(STRIDE);
                let owners = if streams { Vec::new() } else { owners(job, at) };
                for unsure in unsure {
                    let text = texts.texts[unsure].as_str();
                    if let Some((_, longest)) = wanted.get_mut(&(dimension, text)) {
                        *longest = until.max(*longest);
                        continue;
                    }
                    if let Some(known) = self.known(dimension, text) {
                        wanted.insert((dimension, text), (known.stream, until));
                        continue;
                    }
                    let local = owners.get(unsure + 1).copied().unwrap_or_default();
                    let owner = job.names.stream_of(local);
                    let stream = owner.and_then(|owner| self.known(STREAM, owner.id.as_str())).map_or(0, |known| known.number);
                    let place = owner.and_then(|owner| (0..PLACES).find(|place| owner.places[*place].map(usize::from) == Some(at)));
                    let limit = owner.zip(place).and_then(|(owner, place)| owner.limits[place]);
                    let limit = limit.map_or(self.max_values, |limit| limit as usize);
                    let count = brought.entry((dimension, stream)).or_insert_with(|| {
                        self.dimensions.get(dimension).and_then(|values| values.brought.get(&stream)).copied().unwrap_or_default()
                    });
                    if streams || *count < limit {
                        *count += 1;
                        wanted.insert((dimension, text), (stream, until));
                        continue;
                    }
                    if let Some(owner) = owner {
                        others.insert((owner.id.to_string(), dimension.to_owned()));
                    }
                    if self.known(dimension, OTHER).is_none_or(|other| other.used_until < job.newest) {
                        let (_, longest) = wanted.entry((dimension, OTHER)).or_insert((0, until));
                        *longest = until.max(*longest);
                    }
                }
            }
        }
        self.others.extend(others);
        wanted
    }

    /// The numbers for one batch, after [`Self::prepare`].
    pub(super) fn translate(&self, names: &LocalNames) -> Translation {
        let numbers = names.dimensions.iter().map(|texts| {
            let values = self.dimensions.get(&texts.dimension);
            let number = |text: &String| {
                let known = |text: &str| values.and_then(|values| values.known.get(text));
                known(text).or_else(|| known(OTHER)).map_or(0, |known| known.number)
            };
            std::iter::once(0).chain(texts.texts.iter().map(number)).collect()
        });
        Translation { numbers: numbers.collect(), places: names.streams.iter().map(|stream| stream.places).collect() }
    }
}

/// The stream that first names each text of a dimension of the batch, by the text's own number; streams by theirs.
fn owners(job: &Job, dimension: usize) -> Vec<u32> {
    let mut owners = vec![0; job.names.dimensions[dimension].texts.len() + 1];
    let mut own = |number: u32, stream: u32| {
        if let Some(owner) = owners.get_mut(number as usize).filter(|owner| **owner == 0) {
            *owner = stream;
        }
    };
    for row in &job.rows {
        match dimension {
            1 => own(row.code, row.stream),
            2 => own(row.currency, row.stream),
            _ => {
                let Some(local) = job.names.stream_of(row.stream) else { continue };
                for (number, place) in row.dims.into_iter().zip(local.places) {
                    if place.map(usize::from) == Some(dimension) {
                        own(number, row.stream);
                    }
                }
            }
        }
    }
    debug_assert_eq!(FIXED[1..], ["code", "currency"]);
    owners
}

/// The newest moment among rows, to the end of its minute.
pub(super) fn newest(rows: &[Row]) -> i64 {
    rows.iter().map(|row| (row.minute + 1) * MINUTE).max().unwrap_or_default()
}

impl Translation {
    fn of(&self, dimension: usize, local: u32) -> u32 {
        self.numbers.get(dimension).and_then(|numbers| numbers.get(local as usize)).copied().unwrap_or(0)
    }

    /// The row in numbers of the dictionary.
    pub(super) fn row(&self, row: &Row) -> Row {
        let places = self.places.get((row.stream as usize).wrapping_sub(1)).copied().unwrap_or_default();
        let mut dims = Dims::default();
        for ((dim, local), place) in dims.iter_mut().zip(row.dims).zip(places) {
            *dim = place.map_or(0, |place| self.of(usize::from(place), local));
        }
        Row { stream: self.of(0, row.stream), dims, code: self.of(1, row.code), currency: self.of(2, row.currency), ..*row }
    }
}
