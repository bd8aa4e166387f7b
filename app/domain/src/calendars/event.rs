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
    /// Beginnings that are left out of that.
    pub without: Vec<Timestamp>,
}

impl Event {
    /// Its times that overlap a span, in order.
    pub fn times(&self, span: Span) -> Vec<Span> {
        let again = self.recurrence.clone().and_then(|written| Recurrence::kept(written).ok());
        let Some(again) = again else { return Some(self.first).filter(|first| first.overlaps(span)).into_iter().collect() };
        let mut times = again.within(span);
        // The first one counts, whether the rule has it or not (RFC 5545, § 3.8.5.3).
        if self.first.overlaps(span) && !times.iter().any(|time| time.from == self.first.from) {
            times.insert(0, self.first);
        }
        times.retain(|time| !self.without.contains(&time.from));
        times
    }

    /// From when it may come, and until when.
    pub fn extent(&self) -> Span {
        let to = if self.recurrence.is_some() { FOREVER } else { self.first.to };
        Span { from: self.first.from, to }
    }

    /// Whether none of it is left after a moment.
    pub fn is_over(&self, moment: Timestamp) -> bool {
        match self.recurrence.clone().and_then(|written| Recurrence::kept(written).ok()) {
            Some(again) => self.first.to <= moment && again.is_over(moment),
            None => self.first.to <= moment,
        }
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
        let event = Event {
            name: "Stand-up".into(),
            whole_days: false,
            first: Span { from: first, to: first.plus(HOUR) },
            recurrence: Some(written),
            without: vec![first.plus(2 * DAY)],
        };
        let all = Span { from: first.plus(-DAY), to: first.plus(10 * DAY) };
        let days: Vec<i64> = event.times(all).iter().map(|time| time.from.since(first) / DAY).collect();
        assert_eq!(days, [0, 1, 3]);
        assert!(!event.is_over(first.plus(3 * DAY)) && event.is_over(first.plus(4 * DAY)));
        let once = Event { recurrence: None, ..event };
        assert_eq!(once.times(all), [once.first]);
        assert!(once.is_over(once.first.to) && once.times(Span { from: once.first.to, to: all.to }).is_empty());
    }
}
