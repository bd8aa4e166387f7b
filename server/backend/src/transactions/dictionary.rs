//! Numbers for texts. The writer remembers every number it has seen; what it does not know is numbered in a transaction of its
//! own before the batch is written, so that a batch that fails leaves at worst a number that nobody uses.
//!
//! Each system has a budget of values for each dimension: whoever sends random merchants fills the own budget, and nobody
//! else's merchants become [`OTHER`]. A value that is known is free for everybody.
//!
//! **Invariant:** a number is used only for transactions up to the moment that its row allows (`used_until`), which is moved on
//! in long strides; so the engine may drop a value as soon as nothing is kept that is older than that.

use std::collections::{BTreeMap, HashMap};

use domain::{
    Fault, Timestamp,
    time::{DAY, MINUTE},
    transactions::{Dimension, LocalNames, Row},
};
use foldhash::fast::RandomState;

use super::{
    store::{self, NewValue, ValueRow},
    writer::Job,
};
use crate::Context;

/// Stands for every value beyond the budget of its system.
const OTHER: &str = "(other)";
/// How far ahead a value is kept whenever it is used beyond what its row allows.
const STRIDE: i64 = 30 * DAY;

/// What is known of a value.
#[derive(Clone, Copy)]
struct Known {
    number: u32,
    system: u32,
    used_until: i64,
}

/// The numbers that are known.
pub(super) struct Dictionary {
    known: [HashMap<String, Known, RandomState>; 6],
    /// Values that each system has brought.
    brought: [HashMap<u32, usize, RandomState>; 6],
    max_values: usize,
    /// When it was read, and last rid of what has gone.
    read_at: Option<Timestamp>,
}

/// From a batch's own numbers to those of the dictionary, by dimension.
pub(super) struct Translation([Vec<u32>; 6]);

/// Texts without a number that may be used, by dimension and text: the system that brought them, and until when they are kept.
type Wanted<'j> = BTreeMap<(Dimension, &'j str), (u32, i64)>;

impl Dictionary {
    pub(super) fn new(max_values: usize) -> Self {
        Self { known: Default::default(), brought: Default::default(), max_values, read_at: None }
    }

    fn learn(&mut self, rows: Vec<ValueRow>) {
        for row in rows {
            if let (Some(dimension), Ok(number), Ok(system)) =
                (Dimension::parse(&row.dimension), u32::try_from(row.id), u32::try_from(row.system))
            {
                let known = Known { number, system, used_until: row.used_until };
                if self.known[dimension as usize].insert(row.value, known).is_none_or(|before| before.system != system) {
                    *self.brought[dimension as usize].entry(system).or_default() += 1;
                }
            }
        }
    }

    /// Reads the dictionary at first, and once a day, so that what has gone is forgotten here, too.
    async fn refresh(&mut self, ctx: &Context) -> Result<(), Fault> {
        let now = ctx.now();
        if self.read_at.is_none_or(|at| now.since(at) >= DAY) {
            let rows = store::values(&mut *ctx.db.read().await?).await?;
            (self.known, self.brought) = Default::default();
            self.learn(rows);
            self.read_at = Some(now);
        }
        Ok(())
    }

    /// Makes sure that every text of the batches has a number, or [`OTHER`] has one.
    pub(super) async fn prepare(&mut self, ctx: &Context, jobs: &[Job]) -> Result<(), Fault> {
        self.refresh(ctx).await?;
        // Systems first: what is new is put down to one of them.
        for dimensions in [&Dimension::ALL[..1], &Dimension::ALL[1..]] {
            let wanted = self.wanted(jobs, dimensions);
            if wanted.is_empty() {
                continue;
            }
            let values: Vec<NewValue<'_>> = wanted
                .into_iter()
                .map(|((dimension, value), (system, used_until))| NewValue { dimension, value, system, used_until })
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

    /// What must be numbered, or kept for longer, before the batches are written.
    fn wanted<'j>(&self, jobs: &'j [Job], dimensions: &[Dimension]) -> Wanted<'j> {
        let mut wanted = Wanted::new();
        let mut brought: HashMap<(Dimension, u32), usize> = HashMap::new();
        for job in jobs {
            for &dimension in dimensions {
                let known = &self.known[dimension as usize];
                let texts = job.names.texts(dimension);
                let is_fine = |text: &str| known.get(text).is_some_and(|known| known.used_until >= job.newest);
                let unsure: Vec<usize> = (0..texts.len()).filter(|at| !is_fine(&texts[*at])).collect();
                if unsure.is_empty() {
                    continue;
                }
                let until = job.newest.saturating_add(STRIDE);
                let owners = self.owners(job, dimension);
                for at in unsure {
                    let text = texts[at].as_str();
                    if let Some((_, longest)) = wanted.get_mut(&(dimension, text)) {
                        *longest = until.max(*longest);
                        continue;
                    }
                    if let Some(known) = known.get(text) {
                        wanted.insert((dimension, text), (known.system, until));
                        continue;
                    }
                    let system = owners.get(at + 1).copied().unwrap_or_default();
                    let count = brought
                        .entry((dimension, system))
                        .or_insert_with(|| self.brought[dimension as usize].get(&system).copied().unwrap_or_default());
                    if dimension == Dimension::System || *count < self.max_values {
                        *count += 1;
                        wanted.insert((dimension, text), (system, until));
                    } else if known.get(OTHER).is_none_or(|other| other.used_until < job.newest) {
                        let (_, longest) = wanted.entry((dimension, OTHER)).or_insert((0, until));
                        *longest = until.max(*longest);
                    }
                }
            }
        }
        wanted
    }

    /// The system that first names each text of a batch, by the text's own number; 0 for systems themselves.
    fn owners(&self, job: &Job, dimension: Dimension) -> Vec<u32> {
        let mut owners = vec![0; job.names.texts(dimension).len() + 1];
        if dimension == Dimension::System {
            return owners;
        }
        let systems = self.translate(&job.names);
        for row in &job.rows {
            let named = local(row, dimension) as usize;
            if let Some(owner) = owners.get_mut(named).filter(|owner| **owner == 0) {
                *owner = systems.of(Dimension::System, row.system);
            }
        }
        owners
    }

    /// The numbers for one batch, after [`Self::prepare`].
    pub(super) fn translate(&self, names: &LocalNames) -> Translation {
        Translation(Dimension::ALL.map(|dimension| {
            let known = &self.known[dimension as usize];
            let number = |text: &String| known.get(text).or_else(|| known.get(OTHER)).map_or(0, |known| known.number);
            std::iter::once(0).chain(names.texts(dimension).iter().map(number)).collect()
        }))
    }
}

/// The own number of a row's text.
fn local(row: &Row, dimension: Dimension) -> u32 {
    match dimension {
        Dimension::System => row.system,
        Dimension::Link => row.link,
        Dimension::Merchant => row.merchant,
        Dimension::Channel => row.channel,
        Dimension::Code => row.code,
        Dimension::Currency => row.currency,
    }
}

/// The newest moment among rows, to the end of its minute.
pub(super) fn newest(rows: &[Row]) -> i64 {
    rows.iter().map(|row| (row.minute + 1) * MINUTE).max().unwrap_or_default()
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
