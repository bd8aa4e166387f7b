//! An event of a foreign calendar: once, or again and again but for some times.

use crate::{
    Span, Timestamp,
    alerts::{FOREVER, Recurrence, recurrence::Written},
};

/// An event as it is kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Event {
    /// What it is called.
    pub name: String,
    /// Whether it is whole days.
    pub whole_days: bool,
    /// The first time.
    pub first: Span,
    /// When it comes again; `None` where it does not.
    pub recurrence: Option<Written>,
    /// Beginnings that are left out of that, in order.
    pub without: Vec<Timestamp>,
    /// When the last time ends: see [`ends`].
    pub ends: Timestamp,
}

/// When the last time of an event ends that has this first one and comes again so; [`FOREVER`] where it goes on.
pub fn ends(first: Span, again: Option<&Recurrence>) -> Timestamp {
    again.map_or(first.to, |again| again.ends().unwrap_or(FOREVER).max(first.to))
}

impl Event {
    /// Its times that overlap a span, in order.
    pub fn times(&self, span: Span) -> Vec<Span> {
        // What is over is not worked out.
        let still = self.recurrence.clone().filter(|_| self.ends > span.from && self.first.from < span.to);
        let again = still.and_then(|written| Recurrence::kept(written).ok());
        let Some(again) = again else { return Some(self.first).filter(|first| first.overlaps(span)).into_iter().collect() };
        let mut times = again.within(span);
        // The first one counts, whether the rule has it or not (RFC 5545, § 3.8.5.3).
        if self.first.overlaps(span) && !times.iter().any(|time| time.from == self.first.from) {
            times.insert(0, self.first);
        }
        times.retain(|time| self.without.binary_search(&time.from).is_err());
        times
    }

    /// Whether none of it is left after a moment.
    pub fn is_over(&self, moment: Timestamp) -> bool {
        self.ends <= moment
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::time::{DAY, HOUR};

    #[test]
    fn what_is_left_out_does_not_come() {
        let first = Timestamp::parse_rfc3339("2025-03-14T09:00:00Z").unwrap();
        let written = Written { rrule: "FREQ=DAILY;COUNT=4".into(), start: "2025-03-14T09:00".into(), minutes: 60, zone: "UTC".into() };
        let again = Recurrence::kept(written.clone()).unwrap();
        let span = Span { from: first, to: first.plus(HOUR) };
        assert_eq!((ends(span, Some(&again)), ends(span, None)), (first.plus(3 * DAY + HOUR), span.to));
        let event = Event {
            name: "Stand-up".into(),
            whole_days: false,
            first: span,
            ends: ends(span, Some(&again)),
            recurrence: Some(written),
            without: vec![first.plus(2 * DAY)],
        };
        let all = Span { from: first.plus(-DAY), to: first.plus(10 * DAY) };
        let days: Vec<i64> = event.times(all).iter().map(|time| time.from.since(first) / DAY).collect();
        assert_eq!(days, [0, 1, 3]);
        assert!(!event.is_over(first.plus(3 * DAY)) && event.is_over(first.plus(4 * DAY)));
        let after = Span { from: first.plus(4 * DAY), to: first.plus(10 * DAY) };
        assert_eq!(event.times(after), []);
        let once = Event { recurrence: None, ends: span.to, ..event };
        assert_eq!(once.times(all), [once.first]);
        assert!(once.is_over(once.first.to) && once.times(Span { from: once.first.to, to: all.to }).is_empty());
    }
}
