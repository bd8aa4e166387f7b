//! Spans that come again: an RRULE of RFC 5545, a wall time and a zone.
//!
//! What recurs is wall time, at both ends: "Sundays 22:00 to 02:00 in Berlin" is that in winter, in summer and in the two nights
//! between. A wall time in a gap or an overlap takes the compatible reading (RFC 5545, § 3.3.5).

mod cadence;
mod rule;
#[cfg(test)]
mod tests;

use jiff::{
    Span as Length,
    civil::{Date, DateTime},
    tz::TimeZone,
};
use serde::{Deserialize, Serialize};

use crate::{
    Span, Timestamp, Wording,
    time::{DAY, MINUTE},
};
pub use cadence::{Cadence, Days};
use rule::Rule;

/// Longest span that may recur, in minutes: 31 days.
pub const LONGEST_MIN: i64 = 31 * 24 * 60;

/// Times that are looked at in one span.
pub const MOST_TIMES: usize = 500;

/// When something comes again.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "Written", into = "Written")]
pub struct Recurrence {
    written: Written,
    rule: Rule,
    zone: TimeZone,
    first: DateTime,
}

#[cfg(feature = "openapi")]
impl utoipa::PartialSchema for Recurrence {
    fn schema() -> utoipa::openapi::RefOr<utoipa::openapi::schema::Schema> {
        Written::schema()
    }
}
#[cfg(feature = "openapi")]
impl utoipa::ToSchema for Recurrence {}

/// The same as it is written down.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Written {
    /// An RRULE, e.g. `FREQ=WEEKLY;BYDAY=SU`.
    pub rrule: String,
    /// Wall time at which the first span begins, e.g. `2025-03-16T22:00`.
    pub start: String,
    /// How long each lasts on the clock on the wall, in minutes.
    pub minutes: i64,
    /// IANA zone.
    pub zone: String,
}

impl From<Recurrence> for Written {
    fn from(recurrence: Recurrence) -> Self {
        recurrence.written
    }
}

impl TryFrom<Written> for Recurrence {
    type Error = String;
    fn try_from(written: Written) -> Result<Self, String> {
        Self::kept(written).map_err(|(field, wording)| format!("{field}: {}", wording.key))
    }
}

impl Recurrence {
    /// Reads what somebody asks for, or names the field that is wrong and what would be right.
    pub fn new(written: Written) -> Result<Self, (&'static str, Wording)> {
        Self::read(written, Rule::parse)
    }

    /// Reads what is kept, in which there may be more than is taken today: a rule that never comes, a long one.
    pub(crate) fn kept(written: Written) -> Result<Self, (&'static str, Wording)> {
        Self::read(written, Rule::read)
    }

    fn read(
        mut written: Written,
        rule: impl FnOnce(&str, DateTime, &TimeZone) -> Result<Rule, Wording>,
    ) -> Result<Self, (&'static str, Wording)> {
        let zone = crate::time::zone(&written.zone).ok_or(("zone", Wording::new("expect-zone")))?;
        let first: DateTime =
            written.start.trim().replace(' ', "T").parse().map_err(|_| ("start", Wording::new("changes-expect-wall-time")))?;
        if !(1..=LONGEST_MIN).contains(&written.minutes) {
            return Err(("minutes", Wording::new("expect-between").with("min", 1).with("max", LONGEST_MIN)));
        }
        let rule = rule(&written.rrule, first, &zone).map_err(|wording| ("rrule", wording))?;
        written.rrule = rule.to_string();
        written.start = first.strftime("%Y-%m-%dT%H:%M").to_string();
        Ok(Self { written, rule, zone, first })
    }

    /// As it is written down.
    pub fn written(&self) -> &Written {
        &self.written
    }

    /// How often it comes, where a few words can say that.
    pub fn cadence(&self) -> Option<Cadence> {
        Cadence::of(&self.rule, self.first.date())
    }

    /// The wall time at which each begins, `HH:MM`.
    pub fn time(&self) -> String {
        self.first.strftime("%H:%M").to_string()
    }

    /// The span that begins on a date, if the rule has one there.
    fn on(&self, date: Date) -> Option<Span> {
        if !self.rule.has(self.first.date(), date) {
            return None;
        }
        let moment = |civil: DateTime| {
            let zoned = self.zone.to_ambiguous_zoned(civil).compatible().ok()?;
            Some(Timestamp(zoned.timestamp().as_millisecond()))
        };
        let begin = date.to_datetime(self.first.time());
        let from = moment(begin)?;
        let end = begin.checked_add(Length::new().try_minutes(self.written.minutes).ok()?).ok()?;
        let to = moment(end)?;
        // Where the clocks go over its beginning, and the reading of that lies behind its end, it begins when they have gone: the wall
        // shows what is left of it.
        Span::new(from, to).or_else(|| Span::new(self.changed_before(from)?, to))
    }

    /// When clocks were last changed before a moment.
    fn changed_before(&self, at: Timestamp) -> Option<Timestamp> {
        self.zone.preceding(at.jiff()).next().map(|change| Timestamp(change.timestamp().as_millisecond()))
    }

    /// The span that holds the moment.
    pub fn at(&self, now: Timestamp) -> Option<Span> {
        let today = now.jiff().to_zoned(self.zone.clone()).date();
        let back = self.written.minutes / (24 * 60) + 2;
        (0..=back).find_map(|days| {
            let date = today.checked_sub(Length::new().try_days(days).ok()?).ok()?;
            self.on(date).filter(|span| span.contains(now))
        })
    }

    /// The span that holds the moment, else the next one.
    pub fn now_or_next(&self, now: Timestamp) -> Option<Span> {
        self.at(now).or_else(|| self.after(now))
    }

    /// Every span that overlaps another one, in order, at most [`MOST_TIMES`]. Where they overlap each other, from the one that holds the
    /// beginning on.
    pub fn within(&self, span: Span) -> Vec<Span> {
        let times = std::iter::successors(self.now_or_next(span.from), |time| self.after(time.from));
        times.take_while(|time| time.from < span.to).take(MOST_TIMES).collect()
    }

    /// The next span that begins after the moment; looks five years ahead.
    pub fn after(&self, now: Timestamp) -> Option<Span> {
        let today = now.jiff().to_zoned(self.zone.clone()).date().max(self.first.date());
        let mut date = today.yesterday().ok()?;
        let until = date.saturating_add(Length::new().days(5 * 366 - 1));
        loop {
            date = self.rule.next(self.first.date(), date, until)?;
            if let Some(span) = self.on(date).filter(|span| span.from > now) {
                return Some(span);
            }
            date = date.tomorrow().ok()?;
        }
    }

    /// When the first one begins.
    pub fn begins(&self) -> Option<Timestamp> {
        let far_back = Timestamp(i64::MIN / 4);
        self.on(self.first.date()).map(|span| span.from).or_else(|| self.after(far_back).map(|span| span.from))
    }

    /// When the last of it ends, or a little after that where it is not told exactly; `None` where there is no last one.
    pub fn ends(&self) -> Option<Timestamp> {
        let last = self.rule.last?;
        if let Some(span) = self.rule.last_day(self.first.date()).and_then(|day| self.on(day)) {
            return Some(span.to);
        }
        // None begins after that day: on no wall does it end later than its length and a day after.
        let midnight = last.tomorrow().ok()?.to_zoned(self.zone.clone()).ok()?;
        Some(Timestamp(midnight.timestamp().as_millisecond()).plus(self.length_ms() + DAY))
    }

    /// Whether nothing of it is left.
    pub fn is_over(&self, now: Timestamp) -> bool {
        self.at(now).is_none() && self.after(now).is_none()
    }

    /// How long each lasts on the wall, in milliseconds.
    pub fn length_ms(&self) -> i64 {
        self.written.minutes * MINUTE
    }
}
