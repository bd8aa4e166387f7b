//! The texts of one batch, numbered in the order in which they came.

use std::collections::HashMap;

use foldhash::fast::RandomState;

use crate::{
    Timestamp,
    id::{StreamId, SystemId},
    streams::{Layout, PLACES},
};

/// The dimension of streams in the dictionary. A usual stream goes by the id of its system, as it did when there were no others.
pub const STREAM: &str = "system";
/// The dimension of result codes.
pub const CODE: &str = "code";
/// The dimension of currencies, ISO 4217.
pub const CURRENCY: &str = "currency";

/// The texts of one dimension; the first has number 1, 0 is the empty text.
#[derive(Debug, Clone, Default)]
pub struct Texts {
    /// Key of the dimension.
    pub dimension: String,
    numbers: HashMap<String, u32, RandomState>,
    /// The texts.
    pub texts: Vec<String>,
}

impl Texts {
    fn of(dimension: &str) -> Self {
        Self { dimension: dimension.to_owned(), ..Self::default() }
    }

    fn number(&mut self, text: &str) -> u32 {
        if text.is_empty() {
            return 0;
        }
        if let Some(number) = self.numbers.get(text) {
            return *number;
        }
        self.texts.push(text.to_owned());
        let number = u32::try_from(self.texts.len()).unwrap_or(u32::MAX);
        self.numbers.insert(text.to_owned(), number);
        number
    }
}

/// A stream that a batch has lines of.
#[derive(Debug, Clone)]
pub struct LocalStream {
    /// Its id.
    pub id: StreamId,
    /// Its system.
    pub system: SystemId,
    /// Which of [`LocalNames::dimensions`] stands in each place.
    pub places: [Option<u16>; PLACES],
    /// Most values in each place; `None`: as many as the portal allows.
    pub limits: [Option<u32>; PLACES],
    /// Places by which latency is not kept, a bit each.
    pub wide: u8,
    /// Lines that were accepted.
    pub accepted: u64,
    /// Oldest and newest time among them.
    pub seen: Option<(Timestamp, Timestamp)>,
}

/// The texts of one batch.
#[derive(Debug, Clone)]
pub struct LocalNames {
    /// Its streams; the first has number 1.
    pub streams: Vec<LocalStream>,
    /// The texts by dimension: [`STREAM`], [`CODE`], [`CURRENCY`], then those of the streams.
    pub dimensions: Vec<Texts>,
}

/// Where result codes stand in [`LocalNames::dimensions`].
pub(super) const CODE_AT: usize = 1;
/// Where currencies stand there.
pub(super) const CURRENCY_AT: usize = 2;

/// Where the fixed dimensions stand.
pub const FIXED: [&str; 3] = [STREAM, CODE, CURRENCY];

impl Default for LocalNames {
    fn default() -> Self {
        Self { streams: Vec::new(), dimensions: FIXED.iter().map(|key| Texts::of(key)).collect() }
    }
}

impl LocalNames {
    /// The number of a stream, which is the place of its texts plus one.
    pub(super) fn stream(&mut self, layout: &Layout) -> u32 {
        let number = self.dimensions[0].number(layout.id.as_str());
        if self.streams.len() < number as usize {
            let mut stream = LocalStream {
                id: layout.id.clone(),
                system: layout.system.clone(),
                places: [None; PLACES],
                limits: [None; PLACES],
                wide: 0,
                accepted: 0,
                seen: None,
            };
            for dimension in &layout.dimensions {
                let at = dimension.at();
                let known = self.dimensions.iter().skip(FIXED.len()).position(|texts| texts.dimension == dimension.key);
                let known = known.map_or(self.dimensions.len(), |known| known + FIXED.len());
                if known == self.dimensions.len() {
                    self.dimensions.push(Texts::of(&dimension.key));
                }
                stream.places[at] = u16::try_from(known).ok();
                stream.limits[at] = dimension.limit;
                stream.wide |= u8::from(dimension.wide) << at;
            }
            self.streams.push(stream);
        }
        number
    }

    /// The stream with a number.
    pub fn stream_of(&self, number: u32) -> Option<&LocalStream> {
        self.streams.get((number as usize).wrapping_sub(1))
    }

    pub(super) fn stream_mut(&mut self, number: u32) -> Option<&mut LocalStream> {
        self.streams.get_mut((number as usize).wrapping_sub(1))
    }

    /// The number of a text in a dimension of [`LocalNames::dimensions`].
    pub(super) fn number(&mut self, dimension: usize, text: &str) -> u32 {
        self.dimensions.get_mut(dimension).map_or(0, |texts| texts.number(text))
    }

    /// The texts of a dimension; the first has number 1.
    pub fn texts(&self, dimension: &str) -> &[String] {
        self.dimensions.iter().find(|texts| texts.dimension == dimension).map_or(&[], |texts| texts.texts.as_slice())
    }
}
