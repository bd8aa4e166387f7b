//! Where a line says what, and how it is written there.

use serde::{Deserialize, Serialize};

use crate::{Timestamp, Wording, people::parse_zone, words::words};

words! {
    /// How a time is written.
    pub enum TimeFormat {
        /// RFC 3339 with an offset, or epoch milliseconds as a whole number.
        Auto = "auto",
        /// RFC 3339 with an offset.
        Rfc3339 = "rfc3339",
        /// Epoch seconds, a fraction allowed, as a number or a text.
        Seconds = "epoch-s",
        /// Epoch milliseconds.
        Millis = "epoch-ms",
        /// Epoch microseconds.
        Micros = "epoch-us",
        /// Epoch nanoseconds.
        Nanos = "epoch-ns",
        /// As in the Common Log Format: `10/Oct/2000:13:55:36 -0700`.
        Clf = "clf",
        /// Wall time in a zone, as databases and tables write it: `2025-06-15 14:05:00`.
        Local = "local",
        /// The same, of a date with its year last the day first: `15/06/2025 14:05:00`.
        LocalDay = "local-dmy",
        /// The same, of such a date the month first: `06/15/2025 02:05:00 PM`.
        LocalMonth = "local-mdy",
    }
    /// What a latency is counted in.
    pub enum LatencyUnit {
        /// Milliseconds.
        Millis = "ms",
        /// Seconds, a fraction allowed.
        Seconds = "s",
        /// Microseconds.
        Micros = "us",
        /// Nanoseconds.
        Nanos = "ns",
    }
    /// What an amount is counted in.
    pub enum AmountUnit {
        /// Minor units as a whole number, major ones as a decimal in a text.
        Usual = "usual",
        /// Minor units, as a number or a text.
        Minor = "minor",
        /// Major units, as a number or a text.
        Major = "major",
        /// Major units, their fraction behind a comma in a text: `1.234,50`.
        MajorComma = "major-comma",
    }
}

/// The fields of a line; empty: the usual name. A field within a field is named with a point: `http.status`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[cfg_attr(feature = "openapi", schema(as = StreamMapping))]
#[serde(default)]
pub struct Mapping {
    /// When it happened; `time`.
    pub time: String,
    /// How that is written.
    pub time_format: TimeFormat,
    /// The IANA zone of a local time; empty for every other format.
    pub time_zone: String,
    /// The result code; `code`.
    pub code: String,
    /// Whether it succeeded; `success`.
    pub success: String,
    /// How long it took; `latency_ms`.
    pub latency: String,
    /// In which unit.
    pub latency_unit: LatencyUnit,
    /// Its amount; `amount`.
    pub amount: String,
    /// In which unit.
    pub amount_unit: AmountUnit,
    /// The currency; `currency`.
    pub currency: String,
    /// The line's own id; `id`.
    pub id: String,
}

impl Default for Mapping {
    fn default() -> Self {
        Self {
            time: String::new(),
            time_format: TimeFormat::Auto,
            time_zone: String::new(),
            code: String::new(),
            success: String::new(),
            latency: String::new(),
            latency_unit: LatencyUnit::Millis,
            amount: String::new(),
            amount_unit: AmountUnit::Usual,
            currency: String::new(),
            id: String::new(),
        }
    }
}

impl Mapping {
    /// How its time is written, in one word: `epoch-s`, `local:Asia/Shanghai`.
    pub fn time_word(&self) -> String {
        match self.time_format {
            local if local.is_local() => format!("{local}:{}", self.time_zone),
            other => other.to_string(),
        }
    }

    /// Sets that from such a word.
    pub(super) fn set_time_word(&mut self, word: &str) -> Result<(), Wording> {
        let (format, zone) = word.split_once(':').unwrap_or((word, ""));
        self.time_format = TimeFormat::parse(format).ok_or_else(TimeFormat::expected)?;
        self.time_zone = if self.time_format.is_local() { parse_zone(zone)? } else { String::new() };
        Ok(())
    }
}

impl TimeFormat {
    /// Whether it is the time of a clock somewhere, whose zone must be known.
    pub fn is_local(self) -> bool {
        matches!(self, Self::Local | Self::LocalDay | Self::LocalMonth)
    }

    /// What would be right where it is none.
    pub(super) fn expected() -> Wording {
        let names: Vec<&str> = Self::ALL.iter().map(|format| format.name()).collect();
        Wording::new("expect-one-of").with("choices", names.join(", "))
    }
}

/// Reads the time of the Common Log Format.
pub fn parse_clf(text: &str) -> Option<Timestamp> {
    let text = text.trim().trim_start_matches('[').trim_end_matches(']');
    let at = jiff::Timestamp::strptime("%d/%b/%Y:%H:%M:%S %z", text).ok()?;
    Some(Timestamp(at.as_millisecond()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_time_of_a_web_server_is_read() {
        assert_eq!(parse_clf("10/Oct/2000:13:55:36 -0700"), Timestamp::parse_rfc3339("2000-10-10T13:55:36-07:00"));
        assert_eq!(parse_clf("[14/Mar/2025:06:00:00 +0000]"), Timestamp::parse_rfc3339("2025-03-14T06:00:00Z"));
        assert_eq!(parse_clf("14/Mar/2025"), None);
    }
}
