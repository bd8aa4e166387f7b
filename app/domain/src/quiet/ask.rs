//! What a window is to be like.

use jiff::{civil::Date, tz::TimeZone};

use crate::{
    Span, Timestamp,
    time::{DAY, HOUR, MINUTE},
    transactions::days_before,
};

/// Hours of the day in which nothing is done: minutes since midnight, `from` may lie after `to` (over midnight).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Busy {
    /// First minute.
    pub from: i64,
    /// First minute after.
    pub to: i64,
}

impl Busy {
    /// Reads `07:00-23:00` (also `7-23`).
    pub fn parse(text: &str) -> Option<Self> {
        let (from, to) = text.trim().split_once(['-', '–'])?;
        let minute = |text: &str| {
            let (hour, minute) = text.trim().split_once(':').unwrap_or((text.trim(), "0"));
            let (hour, minute) = (hour.parse::<i64>().ok()?, minute.parse::<i64>().ok()?);
            ((0..=24).contains(&hour) && (0..60).contains(&minute) && hour * 60 + minute <= 1_440).then_some(hour * 60 + minute)
        };
        let (from, to) = (minute(from)?, minute(to)?);
        (from != to).then_some(Self { from, to })
    }

    fn holds(self, minute: i64) -> bool {
        if self.from < self.to { self.from <= minute && minute < self.to } else { minute >= self.from || minute < self.to }
    }
}

/// What a window is to be like, and what it would have to prove.
#[derive(Debug, Clone)]
pub struct Ask {
    /// Length of the work.
    pub duration_ms: i64,
    /// Time to roll it back, should it fail; what is at risk is both.
    pub rollback_ms: i64,
    /// How many windows to name.
    pub count: usize,
    /// Days after the history that are looked at.
    pub days: i64,
    /// The work is to lie within this span; anywhere in those days where there is none.
    pub within: Option<Span>,
    /// The zone of days and hours.
    pub zone: TimeZone,
    /// Hours left out.
    pub busy: Vec<Busy>,
    /// Times that are not like others, holidays among them: nothing is planned into them, nor rolled back in them, and what they held says nothing of other
    /// times.
    pub special: Vec<Span>,
    /// How often such a change fails.
    pub failing: f64,
    /// Rate of failures that is usual.
    pub usual: f64,
    /// By how much more the verification is to see.
    pub drop: f64,
    /// Its error.
    pub alpha: f64,
    /// Its power.
    pub power: f64,
}

impl Ask {
    /// So long, in a zone; everything else as usual.
    pub fn new(duration_ms: i64, zone: TimeZone) -> Self {
        Self {
            duration_ms,
            rollback_ms: 0,
            count: 3,
            days: 7,
            within: None,
            zone,
            busy: Vec::new(),
            special: Vec::new(),
            failing: 0.05,
            usual: 0.0005,
            drop: 0.001,
            alpha: 0.01,
            power: 0.9,
        }
    }

    /// A day that is not like others; one beyond what can be told changes nothing.
    pub fn leave_out(&mut self, day: Date) {
        let midnight = |day: Date| Some(Timestamp(day.to_zoned(self.zone.clone()).ok()?.timestamp().as_millisecond()));
        let whole = midnight(day).zip(day.tomorrow().ok().and_then(midnight)).and_then(|(from, to)| Span::new(from, to));
        self.special.extend(whole);
    }

    /// Work and rolling it back.
    pub fn length(&self) -> i64 {
        (self.duration_ms + self.rollback_ms).clamp(MINUTE, 3 * DAY)
    }

    /// Whether something of a span lies in a time that is not like others.
    pub(super) fn is_special(&self, span: Span) -> bool {
        self.special.iter().any(|time| time.overlaps(span))
    }

    /// The spans that may be chosen after a moment. They begin on a grid of the wall, also after the clocks are set: where a zone is half an
    /// hour off, at full hours too.
    pub fn spans(&self, now: Timestamp, grain: i64) -> Vec<Span> {
        let on_grid = |at: Timestamp| {
            let off = i64::from(at.jiff().to_zoned(self.zone.clone()).offset().seconds()) * 1_000;
            Timestamp(-(-at.0 - off).div_euclid(grain) * grain - off)
        };
        // Where the clocks are set before it, it is the next one from there.
        let first = |at: Timestamp| {
            let set = self.zone.following(at.jiff()).next().map(|change| Timestamp(change.timestamp().as_millisecond()));
            set.filter(|set| *set <= on_grid(at)).map_or_else(|| on_grid(at), on_grid)
        };
        let end = days_before(now, -self.days, &self.zone);
        let mut spans = Vec::new();
        let mut at = first(now);
        while at.plus(self.length()) <= end {
            let span = Span { from: at, to: at.plus(self.length()) };
            let work = at.plus(self.duration_ms);
            if self.within.is_none_or(|within| within.from <= at && work <= within.to) && !self.is_special(span) && self.allows(span) {
                spans.push(span);
            }
            at = first(at.plus(1));
        }
        spans
    }

    fn allows(&self, span: Span) -> bool {
        if self.busy.is_empty() {
            return true;
        }
        let mut at = span.from;
        while at < span.to {
            let wall = at.jiff().to_zoned(self.zone.clone());
            let minute = i64::from(wall.hour()) * 60 + i64::from(wall.minute());
            if self.busy.iter().any(|busy| busy.holds(minute)) {
                return false;
            }
            at = at.plus((15 * MINUTE).min(HOUR));
        }
        let last = span.to.plus(-1).jiff().to_zoned(self.zone.clone());
        let minute = i64::from(last.hour()) * 60 + i64::from(last.minute());
        !self.busy.iter().any(|busy| busy.holds(minute))
    }
}
