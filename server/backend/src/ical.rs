//! What calendars of all areas have in common, as iCalendar text (RFC 5545). Moments are written in UTC, which needs no
//! VTIMEZONE.

use domain::{Span, Timestamp};
use icalendar::{Calendar, Component, Event, Property};

/// A calendar of what belongs to somebody.
pub(crate) fn calendar(of: &str) -> Calendar {
    let mut calendar = Calendar::new();
    calendar.name(&format!("Evenkeel – {of}"));
    calendar.append_property(Property::new("REFRESH-INTERVAL", "PT15M").add_parameter("VALUE", "DURATION").done());
    calendar
}

fn utc(at: Timestamp) -> String {
    at.jiff().strftime("%Y%m%dT%H%M%SZ").to_string()
}

/// An event, with what calendars need to know whether they have it already.
pub(crate) fn event(uid: &str, span: Span, sequence: i64, stamp: Timestamp) -> Event {
    let mut event = Event::new();
    event.uid(uid);
    event.append_property(Property::new("DTSTAMP", utc(stamp)));
    event.append_property(Property::new("LAST-MODIFIED", utc(stamp)));
    event.append_property(Property::new("DTSTART", utc(span.from)));
    event.append_property(Property::new("DTEND", utc(span.to)));
    event.append_property(Property::new("SEQUENCE", sequence.to_string()));
    event
}

#[cfg(test)]
mod tests {
    use icalendar::{CalendarDateTime, DatePerhapsTime};
    use proptest::prelude::*;

    use super::*;

    fn moment(at: DatePerhapsTime) -> Option<i64> {
        match at {
            DatePerhapsTime::DateTime(CalendarDateTime::Utc(at)) => Some(at.timestamp() * 1_000),
            _ => None,
        }
    }

    proptest! {
        /// Whatever minute of two centuries, whatever clocks do there.
        #[test]
        fn what_is_written_reads_as_the_same_instants(from in 946_684_800_i64 / 60..7_258_118_400 / 60, minutes in 1_i64..60_000, word in "[ -~\\n中é]{0,90}") {
            let span = Span { from: Timestamp(from * 60_000), to: Timestamp((from + minutes) * 60_000) };
            // Names are one line; what is written of something may be several.
            let mut calendar = calendar(&word.replace('\n', " "));
            let mut one = event("x@evenkeel", span, 3, span.from);
            one.summary(&word);
            calendar.push(one.done());
            let text = calendar.done().to_string();
            // 75 octets should do (RFC 5545, 3.1); the library at times forgets the space that a folded line begins with.
            prop_assert!(text.lines().all(|line| line.len() <= 76), "{text}");
            let read: Calendar = text.parse().map_err(TestCaseError::fail)?;
            let events: Vec<&Event> = read.events().collect();
            prop_assert_eq!(events.len(), 1);
            let ends = (events[0].get_start().and_then(moment), events[0].get_end().and_then(moment));
            prop_assert_eq!(ends, (Some(span.from.0), Some(span.to.0)));
        }
    }
}
