//! Foreign calendars: iCalendar (RFC 5545) into days.

use domain::{Wording, occasions::Foreign};
use icalendar::parser::{Component, read_calendar, unfold};
use jiff::civil::{Date, DateTime};

/// Events that are read of a calendar.
pub(super) const MOST: usize = 1_000;

/// An event, or why it is none: with its name and the text of its beginning.
pub(super) type Read = Result<Foreign, (String, String, Wording)>;

/// The events of a calendar, in its order.
///
/// # Errors
/// What is no calendar.
pub(super) fn read(text: &str) -> Result<Vec<Read>, Wording> {
    let head = text.trim_start_matches('\u{feff}').trim_start().get(..15);
    if !head.is_some_and(|head| head.eq_ignore_ascii_case("BEGIN:VCALENDAR")) {
        return Err(Wording::new("occasions-expect-calendar"));
    }
    let unfolded = unfold(text.trim_start_matches('\u{feff}').trim_start());
    let calendar = read_calendar(&unfolded).map_err(|_| Wording::new("occasions-expect-calendar"))?;
    let events: Vec<&Component<'_>> = calendar.components.iter().filter(|one| one.name.as_str() == "VEVENT").collect();
    if events.is_empty() {
        return Err(Wording::new("occasions-expect-events"));
    }
    if events.len() > MOST {
        return Err(Wording::new("occasions-expect-at-most").with("max", MOST));
    }
    Ok(events.into_iter().map(event).collect())
}

fn text_of(event: &Component<'_>, name: &str) -> String {
    event.find_prop(name).map(|found| found.val.as_str().trim().to_owned()).unwrap_or_default()
}

fn event(event: &Component<'_>) -> Read {
    let unescaped = text_of(event, "SUMMARY").replace("\\n", " ").replace("\\N", " ").replace("\\,", ",").replace("\\;", ";");
    let name = unescaped.replace("\\\\", "\\").split_whitespace().collect::<Vec<_>>().join(" ");
    let begins = text_of(event, "DTSTART");
    let refuse = |why: &'static str| (name.clone(), begins.clone(), Wording::new(why));
    if name.is_empty() {
        return Err(refuse("occasions-left-without-name"));
    }
    if text_of(event, "STATUS").eq_ignore_ascii_case("CANCELLED") {
        return Err(refuse("occasions-left-cancelled"));
    }
    if event.find_prop("RECURRENCE-ID").is_some() {
        return Err(refuse("occasions-left-exception"));
    }
    let first: Date = begins.parse().map_err(|_| {
        let is_moment = begins.trim_end_matches('Z').parse::<DateTime>().is_ok();
        refuse(if is_moment { "occasions-left-with-time" } else { "occasions-left-without-day" })
    })?;
    // DTEND is the day after; without it and without DURATION it is one day (RFC 5545, § 3.6.1).
    let last = match (text_of(event, "DTEND"), text_of(event, "DURATION")) {
        (end, _) if !end.is_empty() => end.parse::<Date>().ok().and_then(|end| end.yesterday().ok()).map(|last| last.max(first)),
        (_, length) if !length.is_empty() => days(&length).and_then(|days| first.checked_add(jiff::Span::new().days(days - 1)).ok()),
        _ => Some(first),
    };
    let last = last.ok_or_else(|| refuse("occasions-left-without-day"))?;
    Ok(Foreign { name: name.clone(), first: first.to_string(), last: last.to_string(), rrule: text_of(event, "RRULE") })
}

/// Whole days of a duration such as `P3D` or `P1W`.
fn days(text: &str) -> Option<i32> {
    let length = text.strip_prefix('+').unwrap_or(text).strip_prefix('P')?;
    let (number, unit) = length.split_at_checked(length.len().checked_sub(1)?)?;
    let number: i32 = number.parse().ok().filter(|number| (1..=366).contains(number))?;
    match unit {
        "D" => Some(number),
        "W" => Some(number * 7),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn calendar(events: &str) -> String {
        format!("BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:-//x//y//EN\r\n{events}END:VCALENDAR\r\n")
            .replace('\n', "\r\n")
            .replace("\r\r", "\r")
    }

    #[test]
    fn whole_days_are_taken_and_what_is_not_is_told() {
        let text = calendar(
            "BEGIN:VEVENT\nUID:1\nSUMMARY:National\\, day of a very lo\n ng name\nDTSTART;VALUE=DATE:20251001\nDTEND;VALUE=DATE:20251009\nEND:VEVENT\n\
             BEGIN:VEVENT\nUID:2\nSUMMARY:New Year\nDTSTART;VALUE=DATE:20250101\nRRULE:FREQ=YEARLY\nEND:VEVENT\n\
             BEGIN:VEVENT\nUID:3\nSUMMARY:Sale\nDTSTART;VALUE=DATE:20251111\nDURATION:P3D\nEND:VEVENT\n\
             BEGIN:VEVENT\nUID:4\nSUMMARY:Meeting\nDTSTART:20251111T100000Z\nEND:VEVENT\n\
             BEGIN:VEVENT\nUID:5\nSUMMARY:Gone\nSTATUS:CANCELLED\nDTSTART;VALUE=DATE:20251112\nEND:VEVENT\n\
             BEGIN:VTODO\nUID:6\nSUMMARY:Not an event\nEND:VTODO\n",
        );
        let found = read(&text).unwrap();
        let taken: Vec<(&str, &str, &str)> =
            found.iter().flatten().map(|one| (one.name.as_str(), one.first.as_str(), one.last.as_str())).collect();
        assert_eq!(
            taken,
            [
                ("National, day of a very long name", "2025-10-01", "2025-10-08"),
                ("New Year", "2025-01-01", "2025-01-01"),
                ("Sale", "2025-11-11", "2025-11-13")
            ]
        );
        let left: Vec<&str> = found.iter().filter_map(|one| one.as_ref().err()).map(|(_, _, why)| why.key).collect();
        assert_eq!(left, ["occasions-left-with-time", "occasions-left-cancelled"]);
        assert_eq!(found[1].as_ref().unwrap().rrule, "FREQ=YEARLY");
    }

    #[test]
    fn rubbish_is_no_calendar() {
        for text in ["", "hello", "BEGIN:VCALENDAR", "\0\u{1}\u{2}", "BEGIN:VEVENT\r\nEND:VEVENT"] {
            assert!(read(text).is_err(), "{text:?}");
        }
        assert_eq!(read(&calendar("")).unwrap_err().key, "occasions-expect-events");
    }
}
