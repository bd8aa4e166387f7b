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
