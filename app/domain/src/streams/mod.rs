//! Streams: what a system sends, and how it is told apart.
//!
//! A stream belongs to a system and declares up to eight *dimensions* in order. Each has a *place* of its own in the cells
//! ([`crate::transactions::cells`]), given once and kept: another order, another label or one more dimension leave what was
//! counted as it is; what is taken away keeps its place, *retired*, until nothing is kept that used it.
//!
//! Every system has its *usual* stream with the dimensions link, merchant and channel: nothing need be declared for it, and
//! its id is the id of the system. The others are named `system/stream`.

mod columns;
mod declare;
mod dimensions;
mod encoded;
mod fields;
mod head;
mod input;
mod logline;
mod mapped;
mod port;
mod rows;
mod sheet;

use serde::{Deserialize, Serialize};

use crate::{
    Timestamp,
    id::{StreamId, SystemId},
    systems::Brief,
    time::DAY,
    transactions::{LineProblem, SAMPLES_PER_MINUTE},
    words::words,
};
pub use columns::{COLUMNS, column_of, guess, joined, read_as};
pub use declare::{declare, usual};
pub use dimensions::{DraftDimension, MAX_LIMIT, RESERVED, key_of_dimension};
pub use encoded::{Decoding, decoded};
pub use fields::{AmountUnit, LatencyUnit, Mapping, TimeFormat, parse_clf};
pub use head::Head;
pub(crate) use input::parse_currency;
pub use input::{Draft, FIELDS};
pub use logline::{LogFormat, Reader, good_codes};
pub use mapped::ColumnMap;
pub use port::Streams;
pub use rows::{Passed, Rows, unwrapped};
pub use sheet::{Sheet, line_of_row, separator};

/// Dimensions that a stream may have at a time.
pub const PLACES: usize = 8;

/// Numbers of values in the order of places; 0 is none.
pub type Dims = [u32; PLACES];

words! {
    /// What becomes of an entry of a file.
    pub enum StreamFate {
        /// It is declared now.
        New = "new",
        /// It is declared otherwise.
        Changed = "changed",
        /// It was like that already.
        Same = "same",
    }
}

/// A declared dimension.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Dimension {
    /// Its handle: the field of a line, the parameter of a URL.
    pub key: String,
    /// What people read; empty for the usual ones, which every language has a word for.
    #[serde(default)]
    pub label: String,
    /// Where its numbers stand in the cells.
    pub place: u8,
    /// Different values that are told apart; the rest is counted together as `(other)`. `null`: as many as the portal allows.
    #[serde(default)]
    pub limit: Option<u32>,
    /// Whether there are so many values that latency is not kept by it.
    #[serde(default)]
    pub wide: bool,
    /// The field of a line that holds it; empty where it has the name of the key.
    #[serde(default)]
    pub field: String,
    /// Since when it is declared no longer; absent while it is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub retired_at: Option<Timestamp>,
}

impl Dimension {
    /// The field of a line that holds it.
    pub fn source(&self) -> &str {
        if self.field.is_empty() { &self.key } else { &self.field }
    }

    /// Its place as an index.
    pub fn at(&self) -> usize {
        usize::from(self.place).min(PLACES - 1)
    }
}

/// How the cells of one stream are read: what ingestion and pages need to know of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Layout {
    /// Its id, under which it is counted; the usual stream has that of its system.
    pub id: StreamId,
    /// Its system.
    pub system: SystemId,
    /// Key within the system; empty for the usual stream.
    pub key: String,
    /// Its dimensions in the order of pages; without those that are retired.
    pub dimensions: Vec<Dimension>,
    /// Codes that mean success; empty: those of the portal. `2*` means every code that begins with 2.
    pub success_codes: Vec<String>,
    /// Currency of lines that name none.
    pub currency: String,
    /// Where a line says what.
    pub mapping: Mapping,
    /// How long what is counted of it is kept, and which of its failures.
    pub keeping: Keeping,
}

impl Layout {
    /// How the usual stream of a system is read where nothing is declared.
    pub fn usual(system: &SystemId) -> Self {
        Self {
            id: StreamId::of_system(system),
            system: system.clone(),
            key: String::new(),
            dimensions: usual(),
            success_codes: Vec::new(),
            currency: String::new(),
            mapping: Mapping::default(),
            keeping: Keeping::default(),
        }
    }

    /// Its name: the key of its system, and after a stroke its own.
    pub fn name(&self, system_key: &str) -> String {
        full_name(system_key, &self.key)
    }

    /// The dimension with this key.
    pub fn dimension(&self, key: &str) -> Option<&Dimension> {
        self.dimensions.iter().find(|dimension| dimension.key == key)
    }
}

/// What the keys of whole files and tables begin with: they count once as long as what they counted is kept, not only for the time in
/// which a sender may send a batch again.
pub const LASTING: [&str; 2] = ["import-", "table-"];

/// A name for what somebody sends, by its content: sent again it counts once.
pub fn content_key(of: &str, content: &[u8]) -> String {
    use sha2::{Digest, Sha256};
    let digest = Sha256::digest(content);
    digest.iter().take(16).fold(format!("{of}-"), |key, byte| format!("{key}{byte:02x}"))
}

/// The name of a stream: the key of its system, and after a stroke its own, where it has one.
pub fn full_name(system_key: &str, key: &str) -> String {
    if key.is_empty() { system_key.to_owned() } else { format!("{system_key}/{key}") }
}

/// Days that counts are kept, `null`: as the portal keeps them; and what is kept beside them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(default)]
pub struct Keeping {
    /// By minute.
    pub minute_days: Option<u32>,
    /// By hour.
    pub hour_days: Option<u32>,
    /// By day; what is older is refused.
    pub day_days: Option<u32>,
    /// Days that sample failures are kept as they were received; `null`: none are.
    pub sample_days: Option<u32>,
    /// Failures of one minute that are kept so; `null`: twenty.
    pub samples_per_minute: Option<u32>,
}

impl Keeping {
    /// Failures of one minute that are kept as they are received; 0: none.
    pub fn samples(self) -> u32 {
        self.sample_days.map_or(0, |_| self.samples_per_minute.unwrap_or(SAMPLES_PER_MINUTE))
    }

    /// From when on sample failures are kept; `None` where none are.
    pub fn samples_since(self, now: Timestamp) -> Option<Timestamp> {
        self.sample_days.map(|days| now.plus(-i64::from(days) * DAY))
    }
}

/// A stream with everything that its page says.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Stream {
    /// Its id; the usual stream has that of its system.
    pub id: StreamId,
    /// The system that sends it.
    pub system: Brief,
    /// Key within the system; empty for the usual stream.
    pub key: String,
    /// What lines say in `stream`: `system/key`, or the key of the system for the usual stream.
    pub full: String,
    /// What people call it.
    pub name: String,
    /// Its dimensions in order, the retired ones last.
    pub dimensions: Vec<Dimension>,
    /// Codes that mean success; empty: those of the portal.
    pub success_codes: Vec<String>,
    /// Currency of lines that name none.
    pub currency: String,
    /// Where a line says what.
    pub mapping: Mapping,
    /// How long counts are kept.
    pub keeping: Keeping,
    /// Whether anything was declared; a usual stream need not be.
    pub declared: bool,
    /// Counts up with every edit; 0 where nothing was declared.
    pub version: i64,
}

impl Stream {
    /// How its cells are read.
    pub fn layout(&self) -> Layout {
        Layout {
            id: self.id.clone(),
            system: self.system.id.clone(),
            key: self.key.clone(),
            dimensions: self.dimensions.iter().filter(|dimension| dimension.retired_at.is_none()).cloned().collect(),
            success_codes: self.success_codes.clone(),
            currency: self.currency.clone(),
            mapping: self.mapping.clone(),
            keeping: self.keeping,
        }
    }

    /// Its dimensions, without those that are retired.
    pub fn open_dimensions(&self) -> impl Iterator<Item = &Dimension> {
        self.dimensions.iter().filter(|dimension| dimension.retired_at.is_none())
    }

    /// Whether it is the usual stream of its system.
    pub fn is_usual(&self) -> bool {
        self.key.is_empty()
    }
}

/// How many values a dimension has.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Fill {
    /// Key of the dimension.
    pub dimension: String,
    /// Values that this stream brought first; those that another stream knows cost it nothing.
    pub values: u64,
    /// How many it may bring; the rest is counted together as `(other)`.
    pub limit: u64,
    /// When a line was last counted under `(other)`; `null` where none ever was.
    pub other_at: Option<Timestamp>,
}

/// What is known of one who sends.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Sender {
    /// Its name.
    pub name: String,
    /// When its last batch came.
    pub received_at: Timestamp,
    /// Lines that were counted, ever.
    pub accepted: u64,
    /// Lines that were refused, ever.
    pub refused: u64,
    /// Arrival less the newest time in its last batch of which something was counted, in milliseconds; below zero its clock runs ahead.
    pub newest_lag_ms: i64,
    /// Arrival less the oldest time in its last batch.
    pub oldest_lag_ms: i64,
    /// Smallest lag of its last hundred batches or so: about how far its clock runs behind (above zero) or ahead, and how long
    /// lines are under way.
    pub skew_ms: i64,
}

impl Sender {
    /// A lag beyond which a clock is looked at, in milliseconds.
    pub const SUSPECT_MS: i64 = 5_000;

    /// Whether its clock certainly runs ahead.
    pub fn is_ahead(&self) -> bool {
        self.skew_ms < -1_000
    }

    /// Whether its clock runs behind, or its lines are long under way.
    pub fn is_behind(&self) -> bool {
        self.skew_ms > Self::SUSPECT_MS
    }
}

/// A stream with what came of it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[cfg_attr(feature = "openapi", schema(as = StreamDetail))]
pub struct Detail {
    /// The stream.
    #[serde(flatten)]
    pub stream: Stream,
    /// The newest transaction, whenever that was.
    pub latest: Option<Timestamp>,
    /// How full its dimensions are.
    pub fills: Vec<Fill>,
    /// Who sends it, the latest first.
    pub senders: Vec<Sender>,
}

/// One line of a preview.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct PreviewLine {
    /// Its number from 1.
    pub line: u64,
    /// Its minute, where it was read.
    pub time: Option<Timestamp>,
    /// Whether it failed.
    pub failed: bool,
    /// The code, of a failure.
    pub code: String,
    /// Latency in milliseconds, within 1 %.
    pub latency_ms: Option<u64>,
    /// Amount with its currency.
    pub amount: String,
    /// Values in the order of the dimensions.
    pub values: Vec<String>,
}

/// What pasted lines would count as.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[cfg_attr(feature = "openapi", schema(as = StreamPreview))]
pub struct Preview {
    /// Keys of the dimensions.
    pub dimensions: Vec<String>,
    /// The first lines.
    pub lines: Vec<PreviewLine>,
    /// Lines that would be counted.
    pub accepted: u64,
    /// Lines that would be refused.
    pub refused: u64,
    /// What is wrong with the first of those.
    #[serde(skip)]
    pub problems: Vec<LineProblem>,
}
