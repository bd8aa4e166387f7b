//! What a foreign calendar holds: events with their hours, in the zones that it names.

use std::collections::HashMap;

use domain::{
    Span, Timestamp, Wording,
    alerts::{Recurrence, recurrence::Written},
    calendars::{Event, ends},
    text::seen,
    time::{DAY, MINUTE, instant, parse_day},
};
use icalendar::parser::{Component, Property};
use jiff::{civil::DateTime, tz::TimeZone};

use crate::occasions::foreign;

/// Events that are read of a calendar, and that are kept of it.
const MOST: usize = 10_000;
const KEPT: usize = 2_000;
/// Times that may be left out of one event.
const LEFT_OUT: usize = 1_000;
/// About as many bytes are kept of a calendar; a time that is left out takes so many of them, and an event so many beside its texts.
const BYTES: usize = 1 << 20;
const OF_TIME: usize = 14;
const OF_EVENT: usize = 150;
/// What is over longer than this is not kept.
const BACK: i64 = 90 * DAY;
/// Characters of a name.
const NAME: usize = 120;

/// What was read.
#[derive(Debug, Default)]
pub(super) struct Read {
    /// The events that are kept, the next first.
    pub(super) events: Vec<Event>,
    /// How many could not be read.
    pub(super) left: usize,
}

/// One VEVENT.
struct One {
    uid: String,
    /// Which time of another one it stands for.
    stands_for: Option<Timestamp>,
    cancelled: bool,
    event: Event,
}

/// The events of a calendar; times that name no zone are of `zone`.
///
/// # Errors
/// What is no calendar.
pub(super) fn read(text: &str, zone: &TimeZone, now: Timestamp) -> Result<Read, Wording> {
    let (mut ones, mut left) = (Vec::new(), 0);
    for lines in foreign::events(text, MOST)? {
        match foreign::with_event(&lines, |event| one(event, zone))? {
            Some(read) => ones.push(read),
            None => left += 1,
        }
    }
    // What stands for one time of an event takes that time away from it.
    let mut moved: HashMap<String, Vec<Timestamp>> = HashMap::new();
    for one in &ones {
        if let Some(at) = one.stands_for {
            moved.entry(one.uid.clone()).or_default().push(at);
        }
    }
    moved.values_mut().for_each(tidy);
    ones.retain(|one| !one.cancelled && !one.event.is_over(now.plus(-BACK)));
    ones.sort_by_key(|one| one.event.ends.min(one.event.first.from.max(now)));
    let (mut events, mut bytes): (Vec<Event>, usize) = (Vec::new(), 0);
    for one in ones {
        let taken = moved.get(&one.uid).filter(|_| one.stands_for.is_none());
        match without(one.event, taken) {
            Some(event) if events.len() < KEPT && bytes + size(&event) <= BYTES => {
                bytes += size(&event);
                events.push(event);
            }
            _ => left += 1,
        }
    }
    Ok(Read { events, left })
}

/// In order, each once.
fn tidy(times: &mut Vec<Timestamp>) {
    times.sort_unstable();
    times.dedup();
}

/// The event without the times that others stand for; `None` where there are too many of them. What comes once has none: a file may name
/// one event thousands of times.
fn without(mut event: Event, taken: Option<&Vec<Timestamp>>) -> Option<Event> {
    if event.recurrence.is_none() {
        event.without.clear();
        return Some(event);
    }
    event.without.extend(taken.filter(|taken| taken.len() <= LEFT_OUT).into_iter().flatten());
    tidy(&mut event.without);
    let many = event.without.len() > LEFT_OUT || taken.is_some_and(|taken| taken.len() > LEFT_OUT);
    (!many).then_some(event)
}

/// About how many bytes are kept of an event.
fn size(event: &Event) -> usize {
    let rule = event.recurrence.as_ref().map_or(0, |again| again.rrule.len() + again.zone.len());
    OF_EVENT + event.name.len() + rule + OF_TIME * event.without.len()
}

/// A moment, its wall time and zone, and whether it is a whole day.
struct Moment {
    at: Timestamp,
    wall: DateTime,
    zone: TimeZone,
    name: String,
    whole_day: bool,
}

fn one(event: &Component<'_>, zone: &TimeZone) -> Option<One> {
    let begin = moment(event.find_prop("DTSTART")?, zone)?;
    // Whoever wrote it cannot be asked: what is not seen, and what no table takes, goes.
    let name = seen(&foreign::name_of(event));
    let name = name.trim();
    let end = match (event.find_prop("DTEND"), event.find_prop("DURATION")) {
        (Some(end), _) => moment(end, zone)?.at,
        (None, Some(length)) => {
            let length: jiff::Span = length.val.as_str().trim().parse().ok()?;
            instant(begin.wall.checked_add(length).ok()?, &begin.zone)?
        }
        // A day, or a moment (RFC 5545, § 3.6.1).
        (None, None) if begin.whole_day => instant(begin.wall.checked_add(jiff::Span::new().days(1)).ok()?, &begin.zone)?,
        (None, None) => begin.at,
    };
    let first = Span { from: begin.at, to: end.max(begin.at.plus(MINUTE)) };
    let rule = event.find_prop("RRULE").map(|rule| rule.val.as_str().trim().to_owned()).filter(|rule| !rule.is_empty());
    let recurrence = match rule {
        None => None,
        Some(rrule) => {
            let wall_end = first.to.jiff().to_zoned(begin.zone.clone()).datetime();
            let minutes = (wall_end - begin.wall).total((jiff::Unit::Minute, begin.wall)).ok()?;
            #[expect(clippy::cast_possible_truncation, reason = "checked by the recurrence")]
            let minutes = (minutes.round() as i64).max(1);
            let written = Written { rrule, start: begin.wall.strftime("%Y-%m-%dT%H:%M").to_string(), minutes, zone: begin.name.clone() };
            // A rule that we do not follow is better left out than shown at other times.
            Some(Recurrence::new(written).ok()?)
        }
    };
    let left_out = event.properties.iter().filter(|property| property.name.as_str().eq_ignore_ascii_case("EXDATE"));
    let without = left_out.flat_map(|property| moments(property, zone)).map(|moment| moment.at).collect();
    Some(One {
        uid: foreign::text_of(event, "UID"),
        stands_for: event.find_prop("RECURRENCE-ID").and_then(|which| moment(which, zone)).map(|moment| moment.at),
        cancelled: foreign::text_of(event, "STATUS").eq_ignore_ascii_case("CANCELLED"),
        event: Event {
            name: if name.is_empty() { "—".to_owned() } else { name.chars().take(NAME).collect() },
            whole_days: begin.whole_day,
            first,
            ends: ends(first, recurrence.as_ref()),
            recurrence: recurrence.map(Written::from),
            without,
        },
    })
}

fn moment(property: &Property<'_>, zone: &TimeZone) -> Option<Moment> {
    moments(property, zone).next()
}

/// The moments of a property, which may list several.
fn moments<'a>(property: &'a Property<'_>, zone: &'a TimeZone) -> impl Iterator<Item = Moment> + 'a {
    let named = property.params.iter().find(|parameter| parameter.key.as_str().eq_ignore_ascii_case("TZID"));
    let named = named.and_then(|parameter| parameter.val.as_ref()).map(|name| name.as_str().trim().trim_matches('"').to_owned());
    property.val.as_str().split(',').filter_map(move |text| {
        let text = text.trim();
        if let Some(day) = parse_day(text) {
            let wall = day.to_datetime(jiff::civil::Time::midnight());
            return Some(Moment {
                at: instant(wall, zone)?,
                wall,
                zone: zone.clone(),
                name: zone.iana_name()?.to_owned(),
                whole_day: true,
            });
        }
        let (wall, zone) = match text.strip_suffix(['Z', 'z']) {
            Some(wall) => (wall, TimeZone::UTC),
            None => (
                text,
                match &named {
                    Some(name) => zone_called(name)?,
                    None => zone.clone(),
                },
            ),
        };
        let wall: DateTime = wall.parse().ok()?;
        Some(Moment { at: instant(wall, &zone)?, wall, name: zone.iana_name()?.to_owned(), zone, whole_day: false })
    })
}

/// A zone by the name that a calendar gives it: that of IANA, with or without what some put before it, or one of the usual names of
/// Windows (Unicode CLDR, windowsZones).
fn zone_called(name: &str) -> Option<TimeZone> {
    let windows = match name {
        "China Standard Time" => "Asia/Shanghai",
        "Taipei Standard Time" => "Asia/Taipei",
        "Singapore Standard Time" => "Asia/Singapore",
        "Tokyo Standard Time" => "Asia/Tokyo",
        "Korea Standard Time" => "Asia/Seoul",
        "India Standard Time" => "Asia/Kolkata",
        "AUS Eastern Standard Time" => "Australia/Sydney",
        "GMT Standard Time" => "Europe/London",
        "Greenwich Standard Time" => "Atlantic/Reykjavik",
        "W. Europe Standard Time" => "Europe/Berlin",
        "Romance Standard Time" => "Europe/Paris",
        "Central Europe Standard Time" => "Europe/Budapest",
        "Central European Standard Time" => "Europe/Warsaw",
        "FLE Standard Time" => "Europe/Kyiv",
        "GTB Standard Time" => "Europe/Bucharest",
        "Russian Standard Time" => "Europe/Moscow",
        "Eastern Standard Time" => "America/New_York",
        "Central Standard Time" => "America/Chicago",
        "Mountain Standard Time" => "America/Denver",
        "Pacific Standard Time" => "America/Los_Angeles",
        other => other,
    };
    let iana = windows.rsplit_once("/tzfile/").map_or(windows, |(_, name)| name).trim_start_matches('/');
    domain::time::zone(iana)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn zone() -> TimeZone {
        domain::time::zone("Europe/Berlin").unwrap()
    }

    fn events(lines: &str) -> Read {
        let text = format!("BEGIN:VCALENDAR\nVERSION:2.0\nPRODID:-//x//y//EN\n{lines}END:VCALENDAR\n").replace('\n', "\r\n");
        read(&text, &zone(), Timestamp::parse_rfc3339("2025-03-14T06:00:00Z").unwrap()).unwrap()
    }

    fn times(event: &Event) -> Vec<String> {
        let from = Timestamp::parse_rfc3339("2025-03-01T00:00:00Z").unwrap();
        let say = |time: Span| format!("{}–{}", &time.from.rfc3339()[5..16], &time.to.rfc3339()[5..16]);
        event.times(Span { from, to: from.plus(40 * DAY) }).into_iter().map(say).collect()
    }

    #[test]
    fn hours_are_read_in_the_zone_that_is_named() {
        let read = events(
            "BEGIN:VEVENT\nUID:1\nSUMMARY:In UTC\nDTSTART:20250320T090000Z\nDTEND:20250320T100000Z\nEND:VEVENT\n\
             BEGIN:VEVENT\nUID:2\nSUMMARY:In Shanghai\nDTSTART;TZID=Asia/Shanghai:20250321T090000\nDURATION:PT1H30M\nEND:VEVENT\n\
             BEGIN:VEVENT\nUID:3\nSUMMARY:As Windows says\nDTSTART;TZID=\"Pacific Standard Time\":20250322T090000\nEND:VEVENT\n\
             BEGIN:VEVENT\nUID:4\nSUMMARY:Here\nDTSTART:20250323T090000\nDTEND:20250323T093000\nEND:VEVENT\n\
             BEGIN:VEVENT\nUID:5\nSUMMARY:A whole day\nDTSTART;VALUE=DATE:20250330\nDTEND;VALUE=DATE:20250331\nEND:VEVENT\n\
             BEGIN:VEVENT\nUID:6\nSUMMARY:Nowhere\nDTSTART;TZID=Mars/Olympus:20250323T090000\nEND:VEVENT\n\
             BEGIN:VEVENT\nUID:7\nSUMMARY:Over long ago\nDTSTART:20200323T090000Z\nEND:VEVENT\n\
             BEGIN:VEVENT\nUID:8\nSUMMARY:Off\nSTATUS:CANCELLED\nDTSTART:20250323T090000Z\nEND:VEVENT\n",
        );
        let told: Vec<(&str, bool, String)> =
            read.events.iter().map(|event| (event.name.as_str(), event.whole_days, times(event).join(" "))).collect();
        assert_eq!(
            told,
            [
                ("In UTC", false, "03-20T09:00–03-20T10:00".to_owned()),
                ("In Shanghai", false, "03-21T01:00–03-21T02:30".to_owned()),
                ("As Windows says", false, "03-22T16:00–03-22T16:01".to_owned()),
                ("Here", false, "03-23T08:00–03-23T08:30".to_owned()),
                ("A whole day", true, "03-29T23:00–03-30T22:00".to_owned()),
            ]
        );
        assert_eq!(read.left, 1, "a zone that nobody knows");
    }

    #[test]
    fn what_comes_again_does_so_on_the_wall_but_for_what_is_left_out_or_moved() {
        let read = events(
            "BEGIN:VEVENT\nUID:1\nSUMMARY:Weekly\nDTSTART;TZID=Europe/Berlin:20250317T100000\nDTEND;TZID=Europe/Berlin:20250317T110000\n\
             RRULE:FREQ=WEEKLY;UNTIL=20250409T000000Z\nEXDATE;TZID=Europe/Berlin:20250324T100000\nEND:VEVENT\n\
             BEGIN:VEVENT\nUID:1\nSUMMARY:Weekly\\, later\nRECURRENCE-ID;TZID=Europe/Berlin:20250331T100000\nDTSTART;TZID=Europe/Berlin:20250331T150000\n\
             DTEND;TZID=Europe/Berlin:20250331T160000\nEND:VEVENT\n\
             BEGIN:VEVENT\nUID:2\nSUMMARY:By the second\nDTSTART:20250317T100000Z\nRRULE:FREQ=SECONDLY\nEND:VEVENT\n",
        );
        let told: Vec<(&str, String)> = read.events.iter().map(|event| (event.name.as_str(), times(event).join(" "))).collect();
        assert_eq!(
            told,
            [
                ("Weekly", "03-17T09:00–03-17T10:00 04-07T08:00–04-07T09:00".to_owned()),
                ("Weekly, later", "03-31T13:00–03-31T14:00".to_owned())
            ]
        );
        assert_eq!(read.left, 1);
    }

    #[test]
    fn one_event_that_is_named_thousands_of_times_does_not_grow() {
        let uid = "UID:1\nSUMMARY:Again\nDTSTART:20250317T100000Z\n";
        let of = |n: u32, more: &str| {
            format!("BEGIN:VEVENT\n{uid}RECURRENCE-ID:202503{:02}T{:02}{:02}00Z\n{more}END:VEVENT\n", 1 + n / 1_440, n / 60 % 24, n % 60)
        };
        let (rule, end) = ("RRULE:FREQ=DAILY\n", "END:VEVENT\n");
        let many: String = (0..3_000).map(|n| of(n, "")).collect();
        let read = events(&format!("BEGIN:VEVENT\n{uid}{rule}{end}{many}"));
        assert!(read.events.iter().all(|event| event.without.is_empty()));
        assert_eq!((read.events.len(), read.left), (KEPT, 3_001 - KEPT), "whose times are moved thousands of times is left out");
        // As many as may be, each once, in order; those of many such events do not pass the bytes of a calendar.
        let some: String = (0..1_000).rev().map(|n| of(n, "STATUS:CANCELLED\n")).collect();
        let read = events(&format!("{}{some}{some}", format!("BEGIN:VEVENT\n{uid}{rule}{end}").repeat(200)));
        assert!(read.events.iter().all(|event| event.without.len() == LEFT_OUT && event.without.is_sorted()));
        assert!((50..80).contains(&read.events.len()), "{}", read.events.len());
        assert_eq!(read.left, 200 - read.events.len());
    }

    #[test]
    fn names_are_what_can_be_seen_and_kept() {
        let read = events(
            "BEGIN:VEVENT\nUID:1\nSUMMARY:A\u{0}\u{7}b \u{202E}c\u{200B}\nDTSTART:20250320T090000Z\nEND:VEVENT\nBEGIN:VEVENT\nUID:2\nSUMMARY:\u{0}\nDTSTART:20250321T090000Z\nEND:VEVENT\n",
        );
        assert_eq!(read.events.iter().map(|event| event.name.as_str()).collect::<Vec<_>>(), ["Ab c", "—"]);
    }

    #[test]
    fn what_is_no_calendar_says_so() {
        let now = Timestamp(0);
        assert_eq!(read("<html>Log in</html>", &zone(), now).unwrap_err().key, "occasions-expect-calendar");
        // One that holds nothing yet is one all the same.
        assert_eq!(events("").events.len(), 0);
    }
}
