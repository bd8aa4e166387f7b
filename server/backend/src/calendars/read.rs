//! What a foreign calendar holds: events with their hours, in the zones that it names.

use domain::{
    Span, Timestamp, Wording,
    alerts::{Recurrence, recurrence::Written},
    calendars::{Event, ends},
    text::seen,
    time::{DAY, MINUTE, instant},
};
use icalendar::parser::{Component, Property};
use jiff::tz::TimeZone;

use super::moments::{Moment, Zones, moment, moments, times};
use crate::occasions::foreign::{self, tidy};

/// Events that are read of a calendar, and that are kept of it.
const MOST: usize = 10_000;
const KEPT: usize = 2_000;
/// Times that may be left out of one event, and that it may list beside its rule.
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
    /// Times that it lists beside its rule (RDATE), and whether they are whole days.
    also: Vec<(Span, bool)>,
}

impl One {
    /// Whether it begins then by its own beginning or its rule.
    fn has(&self, at: Timestamp) -> bool {
        let ruled = || self.event.times(Span { from: at, to: at.plus(1) }).iter().any(|time| time.from == at);
        self.event.first.from == at || self.event.recurrence.is_some() && ruled()
    }

    /// Whether that time is left out, or another one stands for it.
    fn lacks(&self, at: Timestamp, taken: Option<&Vec<Timestamp>>) -> bool {
        self.event.without.binary_search(&at).is_ok() || taken.is_some_and(|taken| taken.binary_search(&at).is_ok())
    }

    /// The times that it lists beside its rule and does not have anyhow, each as an event of its own.
    fn listed(&self, taken: Option<&Vec<Timestamp>>, since: Timestamp) -> Vec<Self> {
        let free = self.also.iter().filter(|(span, _)| span.to > since && !self.lacks(span.from, taken) && !self.has(span.from));
        free.map(|(span, whole_days)| {
            let (name, ends) = (self.event.name.clone(), span.to);
            let event = Event { name, whole_days: *whole_days, first: *span, recurrence: None, without: Vec::new(), ends };
            Self { uid: self.uid.clone(), stands_for: Some(span.from), cancelled: false, event, also: Vec::new() }
        })
        .collect()
    }
}

/// The events of a calendar; times that name no zone are of `zone`.
///
/// # Errors
/// What is no calendar.
pub(super) fn read(text: &str, zone: &TimeZone, now: Timestamp) -> Result<Read, Wording> {
    let (mut ones, mut left) = (Vec::new(), 0);
    let parts = foreign::parts(text, MOST)?;
    let zones = Zones::new(zone, &parts.zones, now);
    for lines in parts.events {
        match foreign::with_event(&lines, |event| one(event, &zones))? {
            Some(read) => ones.push(read),
            None => left += 1,
        }
    }
    // What stands for one time of an event takes that time away from it.
    let moved = foreign::stood_for(ones.iter().filter_map(|one: &One| Some((one.uid.clone(), one.stands_for?))));
    let taken = |one: &One| moved.get(&one.uid).filter(|_| one.stands_for.is_none());
    let since = now.plus(-BACK);
    ones.retain(|one| !one.cancelled);
    let listing = ones.iter().filter(|one| one.stands_for.is_none());
    let listed: Vec<One> = listing.flat_map(|one| one.listed(taken(one), since)).take(MOST).collect();
    // Of what lists its times without a rule, the first may be taken away as well.
    ones.retain(|one| one.also.is_empty() || one.event.recurrence.is_some() || !one.lacks(one.event.first.from, taken(one)));
    ones.extend(listed);
    ones.retain(|one| !one.event.is_over(since));
    ones.sort_by_key(|one| one.event.ends.min(one.event.first.from.max(now)));
    let (mut events, mut bytes): (Vec<Event>, usize) = (Vec::new(), 0);
    for one in ones {
        let taken = taken(&one);
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

/// The properties of this name.
fn all<'a>(event: &'a Component<'a>, name: &'static str) -> impl Iterator<Item = &'a Property<'a>> {
    event.properties.iter().filter(move |property| property.name.as_str().eq_ignore_ascii_case(name))
}

/// The times that an event lists beside its rule, each as long as the first unless it says otherwise; `None` where one does not read, or
/// there are too many.
fn also(event: &Component<'_>, zones: &Zones, begin: &Moment, first: Span) -> Option<Vec<(Span, bool)>> {
    let days = if begin.whole_day { (first.to.jiff().to_zoned(begin.zone.clone()).date() - begin.wall.date()).get_days() } else { 1 };
    let mut found: Vec<(Span, bool)> = Vec::new();
    for time in all(event, "RDATE").flat_map(|property| times(property, zones)).take(LEFT_OUT + 1) {
        let (from, end) = time?;
        let end = match end {
            Some(end) => end,
            None if from.whole_day => instant(from.wall.checked_add(jiff::Span::new().days(days.max(1))).ok()?, &from.zone)?,
            None => from.at.plus(first.length()),
        };
        found.push((Span { from: from.at, to: end.max(from.at.plus(MINUTE)) }, from.whole_day));
    }
    let few = found.len() <= LEFT_OUT;
    found.sort_by_key(|(span, _)| span.from);
    found.dedup_by_key(|(span, _)| span.from);
    few.then_some(found)
}

fn one(event: &Component<'_>, zones: &Zones) -> Option<One> {
    let begin = moment(event.find_prop("DTSTART")?, zones)?;
    // Whoever wrote it cannot be asked: what is not seen, and what no table takes, goes.
    let name = seen(&foreign::name_of(event));
    let name = name.trim();
    let end = match (event.find_prop("DTEND"), event.find_prop("DURATION")) {
        (Some(end), _) => moment(end, zones)?.at,
        (None, Some(length)) => begin.after(length.val.as_str())?,
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
    let mut without: Vec<Timestamp> = all(event, "EXDATE").flat_map(|property| moments(property, zones)).map(|moment| moment.at).collect();
    tidy(&mut without);
    let also = also(event, zones, &begin, first)?;
    Some(One {
        uid: foreign::text_of(event, "UID"),
        stands_for: event.find_prop("RECURRENCE-ID").and_then(|which| moment(which, zones)).map(|moment| moment.at),
        cancelled: foreign::text_of(event, "STATUS").eq_ignore_ascii_case("CANCELLED"),
        event: Event {
            name: if name.is_empty() { "—".to_owned() } else { name.chars().take(NAME).collect() },
            whole_days: begin.whole_day,
            first,
            ends: ends(first, recurrence.as_ref()),
            recurrence: recurrence.map(Written::from),
            without,
        },
        also,
    })
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
    fn times_that_are_listed_come_beside_the_rule() {
        let berlin = "DTSTART;TZID=Europe/Berlin:20250317T100000\nDTEND;TZID=Europe/Berlin:20250317T110000\n";
        let read = events(&format!(
            "BEGIN:VEVENT\nUID:1\nSUMMARY:Weekly\n{berlin}RRULE:FREQ=WEEKLY;COUNT=2\nEXDATE;TZID=Europe/Berlin:20250321T100000\n\
             RDATE;TZID=Europe/Berlin:20250318T120000,20250324T100000,20250321T100000\n\
             RDATE;VALUE=PERIOD:20250319T080000Z/20250319T083000Z,20250320T080000Z/PT2H\nRDATE;VALUE=DATE:20250322\nEND:VEVENT\n\
             BEGIN:VEVENT\nUID:2\nSUMMARY:Days\nDTSTART;VALUE=DATE:20250325\nDTEND;VALUE=DATE:20250327\nRDATE;VALUE=DATE:20250329\nEND:VEVENT\n\
             BEGIN:VEVENT\nUID:3\nSUMMARY:Moved\nDTSTART:20250326T100000Z\nRDATE:20250327T100000Z,20250328T100000Z\nEXDATE:20250326T100000Z\nEND:VEVENT\n\
             BEGIN:VEVENT\nUID:3\nSUMMARY:Moved, later\nRECURRENCE-ID:20250327T100000Z\nDTSTART:20250327T150000Z\nEND:VEVENT\n\
             BEGIN:VEVENT\nUID:4\nSUMMARY:Odd\nDTSTART:20250326T100000Z\nRDATE:soon\nEND:VEVENT\n"
        ));
        let of = |name: &str| read.events.iter().filter(|event| event.name == name).flat_map(times).collect::<Vec<_>>().join(" ");
        assert_eq!(
            of("Weekly"),
            "03-17T09:00–03-17T10:00 03-24T09:00–03-24T10:00 03-18T11:00–03-18T12:00 03-19T08:00–03-19T08:30 03-20T08:00–03-20T10:00 \
             03-21T23:00–03-22T23:00"
        );
        // The second begins in the night before clocks go forward.
        assert_eq!(of("Days"), "03-24T23:00–03-26T23:00 03-28T23:00–03-30T22:00");
        assert_eq!((of("Moved").as_str(), of("Moved, later").as_str()), ("03-28T10:00–03-28T10:01", "03-27T15:00–03-27T15:01"));
        assert_eq!(read.left, 1, "a time that does not read");
        let many: Vec<String> = (0..1_001).map(|n| format!("2025{:02}{:02}T{:02}0000Z", 4 + n / 500, 1 + n / 24 % 20, n % 24)).collect();
        let read = events(&format!("BEGIN:VEVENT\nUID:1\nSUMMARY:x\nDTSTART:20250326T100000Z\nRDATE:{}\nEND:VEVENT\n", many.join(",")));
        assert_eq!((read.events.len(), read.left), (0, 1));
    }

    #[test]
    fn a_zone_that_the_calendar_defines_is_read_by_its_offsets() {
        let part = |kind: &str, from: &str, to: &str, month: u8| {
            format!(
                "BEGIN:{kind}\nDTSTART:16010101T020000\nTZOFFSETFROM:{from}\nTZOFFSETTO:{to}\nRRULE:FREQ=YEARLY;BYDAY=-1SU;BYMONTH={month}\nEND:{kind}\n"
            )
        };
        let zone = |name: &str, parts: &str| format!("BEGIN:VTIMEZONE\nTZID:{name}\n{parts}END:VTIMEZONE\n");
        let fixed = part("STANDARD", "+0900", "+0900", 1);
        let europe = format!("{}{}", part("DAYLIGHT", "+0100", "+0200", 3), part("STANDARD", "+0200", "+0100", 10).replace("T02", "T03"));
        let read = events(&format!(
            "{}{}{}BEGIN:VEVENT\nUID:1\nSUMMARY:There\nDTSTART;TZID=\"(UTC+01:00) Office\":20250324T100000\nRRULE:FREQ=DAILY;COUNT=9\n\
             EXDATE;TZID=\"(UTC+01:00) Office\":20250325T100000,20250326T100000,20250327T100000,20250328T100000,20250330T100000,20250401T100000\n\
             RDATE;TZID=\"(UTC+01:00) Office\":20250402T100000\nEND:VEVENT\n\
             BEGIN:VEVENT\nUID:2\nSUMMARY:East\nDTSTART;TZID=East:20250324T100000\nEND:VEVENT\n\
             BEGIN:VEVENT\nUID:3\nSUMMARY:Nowhere\nDTSTART;TZID=Odd:20250324T100000\nEND:VEVENT\n",
            zone("(UTC+01:00) Office", &europe),
            zone("East", &fixed),
            zone("Odd", &part("STANDARD", "+0107", "+0107", 1)),
        ));
        let of = |name: &str| read.events.iter().filter(|event| event.name == name).flat_map(times).collect::<Vec<_>>().join(" ");
        // An hour earlier once its clocks have gone forward; two of its times are left by then, and one more is listed.
        assert_eq!(of("There"), "03-24T09:00–03-24T09:01 03-29T09:00–03-29T09:01 03-31T08:00–03-31T08:01 04-02T08:00–04-02T08:01");
        assert_eq!((of("East").as_str(), read.left), ("03-24T01:00–03-24T01:01", 1), "no clocks are off by 67 minutes");
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
