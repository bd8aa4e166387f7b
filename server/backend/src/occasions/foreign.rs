//! Foreign calendars: iCalendar (RFC 5545) into days.
//!
//! The parser goes down a call for each BEGIN. What stands between them is cut out here, and it is given one event at a time,
//! without what lies within: no calendar is deep enough to end the process.

use std::collections::HashMap;

use domain::{Wording, occasions::Foreign, text::LONGEST_NAME, time::parse_day};
use icalendar::parser::{Component, read_calendar, unfold};
use jiff::civil::{Date, DateTime};

/// Events that are read of a calendar.
pub(super) const MOST: usize = 1_000;

/// Parts that may lie within one another.
const DEEPEST: usize = 8;

/// An event, or why it is none: with its name and the text of its beginning.
pub(super) type Read = Result<Foreign, (String, String, Wording)>;

/// The events of a calendar, in its order.
///
/// # Errors
/// What is no calendar.
pub(super) fn read(text: &str) -> Result<Vec<Read>, Wording> {
    let events = parts(text, MOST)?.events;
    if events.is_empty() {
        return Err(Wording::new("occasions-expect-events"));
    }
    let (mut ones, mut count) = (Vec::new(), 0);
    for lines in &events {
        let one = with_event(lines, One::of)?;
        count += one.reads.len();
        if count > MOST {
            return Err(Wording::new("occasions-expect-at-most").with("max", MOST));
        }
        ones.push(one);
    }
    let taken = stood_for(ones.iter().filter_map(|one| Some((one.uid.clone(), one.stands_for?))));
    let kept = |one: One| {
        let taken = taken.get(&one.uid).filter(|_| one.stands_for.is_none());
        one.kept(taken.map_or(&[][..], Vec::as_slice))
    };
    Ok(ones.into_iter().flat_map(kept).collect())
}

/// What events take away from another one of the same UID, each by standing for one of its times (RECURRENCE-ID).
pub(crate) fn stood_for<T: Ord>(each: impl Iterator<Item = (String, T)>) -> HashMap<String, Vec<T>> {
    let mut taken: HashMap<String, Vec<T>> = HashMap::new();
    for (uid, at) in each.filter(|(uid, _)| !uid.is_empty()) {
        taken.entry(uid).or_default().push(at);
    }
    taken.values_mut().for_each(tidy);
    taken
}

/// In order, each once.
pub(crate) fn tidy<T: Ord>(times: &mut Vec<T>) {
    times.sort_unstable();
    times.dedup();
}

/// One VEVENT.
struct One {
    uid: String,
    /// Which day of another one it stands for.
    stands_for: Option<Date>,
    /// The event, and one for each day that it lists beside its rule.
    reads: Vec<Read>,
    /// Days that it leaves out.
    without: Vec<Date>,
}

impl One {
    fn of(component: &Component<'_>) -> Self {
        let mut reads = event_and_more(component);
        let mut without = Vec::new();
        if let Some(Ok(first)) = reads.first() {
            let name = first.name.clone();
            for text in listed(component, "EXDATE") {
                match day_of(text) {
                    Some(day) => without.push(day),
                    None if reads.len() <= MOST => {
                        reads.push(Err((name.clone(), text.to_owned(), Wording::new("occasions-left-without-day"))));
                    }
                    None => break,
                }
            }
        }
        Self { uid: text_of(component, "UID"), stands_for: day_of(&text_of(component, "RECURRENCE-ID")), reads, without }
    }

    /// What it brings, but for the days that it leaves out and those that are taken away from it.
    fn kept(mut self, taken: &[Date]) -> Vec<Read> {
        self.without.extend_from_slice(taken);
        tidy(&mut self.without);
        // Of what lists its days without a rule, the first may be left out as well.
        let lists = self.reads.iter().flatten().count() > 1;
        let lacks = |one: &Foreign| parse_day(&one.first).is_some_and(|day| self.without.binary_search(&day).is_ok());
        self.reads.retain(|read| !lists || !read.as_ref().is_ok_and(|one| one.rrule.is_empty() && lacks(one)));
        for one in self.reads.iter_mut().flatten().filter(|one| !one.rrule.is_empty()) {
            one.without.clone_from(&self.without);
        }
        self.reads
    }
}

/// What a calendar is cut into.
#[derive(Debug, Default)]
pub(crate) struct Parts {
    /// The lines of each event, for [`with_event`].
    pub(crate) events: Vec<String>,
    /// The lines of each zone that it defines, between its beginning and its end.
    pub(crate) zones: Vec<String>,
}

/// The events of a calendar, and the zones that it defines.
///
/// # Errors
/// What is no calendar, or has more events than `most`.
pub(crate) fn parts(text: &str, most: usize) -> Result<Parts, Wording> {
    let text = text.trim_start_matches('\u{feff}').trim_start();
    if !text.get(..15).is_some_and(|head| head.eq_ignore_ascii_case("BEGIN:VCALENDAR")) {
        return Err(Wording::new("occasions-expect-calendar"));
    }
    let parts = cut(&unfold(text))?;
    if parts.events.len() > most {
        return Err(Wording::new("occasions-expect-at-most").with("max", most));
    }
    Ok(parts)
}

/// The lines of each part of a calendar, each ended as the parser looks for it: of an event its own, of a zone all.
fn cut(unfolded: &str) -> Result<Parts, Wording> {
    let mut open: Vec<String> = Vec::new();
    let mut parts = Parts::default();
    for line in unfolded.split(['\r', '\n']).map(str::trim).filter(|line| !line.is_empty()) {
        let (word, name) = line.split_once(':').map_or((line, ""), |(word, name)| (word.trim(), name.trim()));
        let (begins, ends) = (word.eq_ignore_ascii_case("BEGIN"), word.eq_ignore_ascii_case("END"));
        if begins {
            open.push(name.to_ascii_uppercase());
            if open.len() > DEEPEST {
                return Err(Wording::new("occasions-expect-shallow").with("max", DEEPEST));
            }
            match open.iter().map(String::as_str).collect::<Vec<_>>().as_slice() {
                ["VCALENDAR", "VEVENT"] => parts.events.push(String::new()),
                ["VCALENDAR", "VTIMEZONE"] => parts.zones.push(String::new()),
                _ => {}
            }
        } else if ends && !open.pop().is_some_and(|begun| begun.eq_ignore_ascii_case(name)) {
            return Err(Wording::new("occasions-expect-calendar"));
        }
        let into = match open.iter().map(String::as_str).collect::<Vec<_>>().as_slice() {
            ["VCALENDAR", "VEVENT"] if !begins && !ends => parts.events.last_mut(),
            ["VCALENDAR", "VTIMEZONE", within @ ..] if !begins || !within.is_empty() => parts.zones.last_mut(),
            _ => None,
        };
        if let Some(lines) = into {
            lines.push_str(line);
            lines.push_str("\r\n");
        }
    }
    if open.is_empty() { Ok(parts) } else { Err(Wording::new("occasions-expect-calendar")) }
}

/// Reads the lines of one event.
///
/// # Errors
/// What does not parse.
pub(crate) fn with_event<T>(lines: &str, read: impl FnOnce(&Component<'_>) -> T) -> Result<T, Wording> {
    let alone = format!("BEGIN:VCALENDAR\r\nBEGIN:VEVENT\r\n{lines}END:VEVENT\r\nEND:VCALENDAR\r\n");
    let calendar = read_calendar(&alone).map_err(|_| Wording::new("occasions-expect-calendar"))?;
    calendar.components.first().map(read).ok_or_else(|| Wording::new("occasions-expect-calendar"))
}

/// The text of a property; empty where there is none.
pub(crate) fn text_of(event: &Component<'_>, name: &str) -> String {
    event.find_prop(name).map(|found| found.val.as_str().trim().to_owned()).unwrap_or_default()
}

/// What an event is called, on one line; empty where it does not say.
pub(crate) fn name_of(event: &Component<'_>) -> String {
    let unescaped = text_of(event, "SUMMARY").replace("\\n", " ").replace("\\N", " ").replace("\\,", ",").replace("\\;", ";");
    unescaped.replace("\\\\", "\\").split_whitespace().collect::<Vec<_>>().join(" ")
}

fn event(event: &Component<'_>) -> Read {
    let name = name_of(event);
    let begins = text_of(event, "DTSTART");
    let refuse = |why: &'static str| (name.clone(), begins.clone(), Wording::new(why));
    if name.is_empty() {
        return Err(refuse("occasions-left-without-name"));
    }
    if text_of(event, "STATUS").eq_ignore_ascii_case("CANCELLED") {
        return Err(refuse("occasions-left-cancelled"));
    }
    let day = |text: &str| {
        parse_day(text)
            .ok_or_else(|| refuse(if day_of(text).is_some() { "occasions-left-with-time" } else { "occasions-left-without-day" }))
    };
    let first = day(&begins)?;
    // DTEND is the day after; without it and without DURATION it is one day (RFC 5545, § 3.6.1).
    let last = match (text_of(event, "DTEND"), text_of(event, "DURATION")) {
        (end, _) if !end.is_empty() => day(&end)?.yesterday().ok().map(|last| last.max(first)),
        (_, length) if !length.is_empty() => days(&length).and_then(|days| first.checked_add(jiff::Span::new().days(days - 1)).ok()),
        _ => Some(first),
    };
    let last = last.ok_or_else(|| refuse("occasions-left-without-day"))?;
    Ok(Foreign {
        name: name.clone(),
        first: first.to_string(),
        last: last.to_string(),
        rrule: text_of(event, "RRULE"),
        without: Vec::new(),
    })
}

/// The day of a text that may have a time, as its clock on the wall says.
fn day_of(text: &str) -> Option<Date> {
    parse_day(text).or_else(|| text.trim_end_matches(['Z', 'z']).parse::<DateTime>().ok().map(DateTime::date))
}

/// Each text that properties of this name list.
fn listed<'a>(event: &'a Component<'a>, name: &'static str) -> impl Iterator<Item = &'a str> {
    let named = event.properties.iter().filter(move |property| property.name.as_str().eq_ignore_ascii_case(name));
    named.flat_map(|property| property.val.as_str().split(',').map(str::trim))
}

/// The event, and one for each day that it lists beside its rule (RDATE). What is refused for its name is refused once.
fn event_and_more(component: &Component<'_>) -> Vec<Read> {
    let first = event(component);
    let Ok(one) = &first else { return vec![first] };
    if one.name.chars().nth(LONGEST_NAME).is_some() {
        return vec![first];
    }
    let days = |from: &str, to: &str| Some(parse_day(from)?.until(parse_day(to)?).ok()?.get_days());
    let length = days(&one.first, &one.last).unwrap_or(0);
    let listed = listed(component, "RDATE").take(MOST + 1).map(|text| -> Read {
        let day = parse_day(text).and_then(|day| Some((day, day.checked_add(jiff::Span::new().days(length)).ok()?)));
        let (day, last) = day.ok_or_else(|| (one.name.clone(), text.to_owned(), Wording::new("occasions-left-without-day")))?;
        Ok(Foreign { name: one.name.clone(), first: day.to_string(), last: last.to_string(), rrule: String::new(), without: Vec::new() })
    });
    let more: Vec<Read> = listed.filter(|read| !read.as_ref().is_ok_and(|more| more.first == one.first)).collect();
    std::iter::once(first).chain(more).collect()
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
             BEGIN:VEVENT\nUID:4a\nSUMMARY:Meeting there\nDTSTART;TZID=Europe/Berlin:20251111T100000\nDTEND;TZID=Europe/Berlin:20251111T110000\nEND:VEVENT\n\
             BEGIN:VEVENT\nUID:4b\nSUMMARY:Meeting here\nDTSTART:20251111T100000\nEND:VEVENT\n\
             BEGIN:VEVENT\nUID:4c\nSUMMARY:Until noon\nDTSTART;VALUE=DATE:20251111\nDTEND:20251112T120000\nEND:VEVENT\n\
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
        let timed = "occasions-left-with-time";
        assert_eq!(left, [timed, timed, timed, timed, "occasions-left-cancelled"]);
        assert_eq!(found[1].as_ref().unwrap().rrule, "FREQ=YEARLY");
    }

    #[test]
    fn days_that_are_listed_are_days_of_their_own() {
        let text = calendar(
            "BEGIN:VEVENT\nUID:1\nSUMMARY:Closed\nDTSTART;VALUE=DATE:20251224\nDTEND;VALUE=DATE:20251226\n\
             RDATE;VALUE=DATE:20251224,20260105\nRDATE;VALUE=DATE:20260228\nRDATE:20260301T100000Z\nEND:VEVENT\n",
        );
        let found = read(&text).unwrap();
        let taken: Vec<(&str, &str)> = found.iter().flatten().map(|one| (one.first.as_str(), one.last.as_str())).collect();
        assert_eq!(taken, [("2025-12-24", "2025-12-25"), ("2026-01-05", "2026-01-06"), ("2026-02-28", "2026-03-01")]);
        let left: Vec<_> = found.iter().filter_map(|one| one.as_ref().err()).map(|(_, first, why)| (first.as_str(), why.key)).collect();
        assert_eq!(left, [("20260301T100000Z", "occasions-left-without-day")]);
        // Of one event as of many.
        let many = (0..1_001).map(|i| format!("{}0101", 1_900 + i)).collect::<Vec<_>>().join(",");
        let text = calendar(&format!("BEGIN:VEVENT\nSUMMARY:x\nDTSTART;VALUE=DATE:20251224\nRDATE;VALUE=DATE:{many}\nEND:VEVENT\n"));
        assert_eq!(read(&text).unwrap_err().key, "occasions-expect-at-most");
        // A name that nothing may have is not kept for each of them.
        for (length, found) in [(LONGEST_NAME, 3), (LONGEST_NAME + 1, 1)] {
            let name = "é".repeat(length);
            let text = calendar(&format!(
                "BEGIN:VEVENT\nSUMMARY:{name}\nDTSTART;VALUE=DATE:20251224\nRDATE;VALUE=DATE:20260105,20260106\nEND:VEVENT\n"
            ));
            assert_eq!(read(&text).unwrap().len(), found);
        }
    }

    #[test]
    fn days_that_are_left_out_or_moved_are_none() {
        let text = calendar(
            "BEGIN:VEVENT\nUID:1\nSUMMARY:New Year\nDTSTART;VALUE=DATE:20250101\nRRULE:FREQ=YEARLY\nEXDATE;VALUE=DATE:20270101,20260101\n\
             EXDATE;TZID=Europe/Berlin:20280101T000000\nEXDATE:soon\nEND:VEVENT\n\
             BEGIN:VEVENT\nUID:1\nSUMMARY:New Year, later\nRECURRENCE-ID;VALUE=DATE:20290101\nDTSTART;VALUE=DATE:20290102\nEND:VEVENT\n\
             BEGIN:VEVENT\nUID:1\nSUMMARY:New Year\nRECURRENCE-ID;VALUE=DATE:20300101\nSTATUS:CANCELLED\nDTSTART;VALUE=DATE:20300101\nEND:VEVENT\n\
             BEGIN:VEVENT\nUID:1\nSUMMARY:At noon\nRECURRENCE-ID;VALUE=DATE:20310101\nDTSTART:20310101T120000Z\nEND:VEVENT\n\
             BEGIN:VEVENT\nUID:2\nSUMMARY:Closed\nDTSTART;VALUE=DATE:20251224\nRDATE;VALUE=DATE:20251227,20251231\n\
             EXDATE;VALUE=DATE:20251224,20251231\nEND:VEVENT\n\
             BEGIN:VEVENT\nSUMMARY:Nobody's\nDTSTART;VALUE=DATE:20250601\nRRULE:FREQ=YEARLY\nEND:VEVENT\n\
             BEGIN:VEVENT\nSUMMARY:Another\nRECURRENCE-ID;VALUE=DATE:20260601\nDTSTART;VALUE=DATE:20260601\nEND:VEVENT\n",
        );
        let found = read(&text).unwrap();
        let without = |one: &Foreign| one.without.iter().map(|day| day.year().to_string()).collect::<Vec<_>>().join(" ");
        let taken: Vec<_> = found.iter().flatten().map(|one| (one.name.as_str(), one.first.as_str(), without(one))).collect();
        let all = "2026 2027 2028 2029 2030 2031".to_owned();
        let none = String::new;
        assert_eq!(
            taken,
            [
                ("New Year", "2025-01-01", all),
                ("New Year, later", "2029-01-02", none()),
                ("Closed", "2025-12-27", none()),
                ("Nobody's", "2025-06-01", none()),
                ("Another", "2026-06-01", none()),
            ]
        );
        let left: Vec<_> = found.iter().filter_map(|one| one.as_ref().err()).map(|(_, first, why)| (first.as_str(), why.key)).collect();
        assert_eq!(
            left,
            [
                ("soon", "occasions-left-without-day"),
                ("20300101", "occasions-left-cancelled"),
                ("20310101T120000Z", "occasions-left-with-time")
            ]
        );
    }

    #[test]
    fn what_lies_deep_is_refused_however_it_is_written() {
        let lower = format!("BEGIN:VCALENDAR\r\n{}", "begin:vevent\n".repeat(3_000));
        let upper = format!("BEGIN:VCALENDAR\r\n{}", "BEGIN:VEVENT\r\n".repeat(3_000));
        let folded = format!("BEGIN:VCALENDAR\r\n{}", "BEG\r\n IN:VEV\r\n\tENT\r\n".repeat(3_000));
        let spaced = format!("BEGIN:VCALENDAR\r\n{}", "BEGIN : VEVENT \r".repeat(3_000));
        for text in [lower, upper, folded, spaced] {
            assert_eq!(read(&text).unwrap_err().key, "occasions-expect-shallow", "{}", &text[..60]);
        }
        // Ends that the parser takes for something else, and beginnings behind an end.
        for lines in ["BEGIN:VEVENT\r\nX:a\nEND:VEVENT\r\n", "BEGIN:V\r\nEND:VBEGIN:Q\r\n", "BEGIN:VEVENT\r\nX;P=a\r\nEND:VEVENT\r\n"] {
            let text = format!("BEGIN:VCALENDAR\r\n{}END:VCALENDAR\r\n", lines.repeat(900));
            let read = read(&text);
            assert!(read.is_err() || read.is_ok_and(|events| events.iter().all(Result::is_err)), "{lines:?}");
        }
        let alarm = "BEGIN:VALARM\nTRIGGER:-PT15M\nEND:VALARM\n";
        let event = format!("BEGIN:VEVENT\nSUMMARY:Sale\n{alarm}DTSTART;VALUE=DATE:20251111\nEND:VEVENT\n");
        assert_eq!(read(&calendar(&event)).unwrap()[0].as_ref().unwrap().first, "2025-11-11");
    }

    #[test]
    fn rubbish_is_no_calendar() {
        for text in ["", "hello", "BEGIN:VCALENDAR", "\0\u{1}\u{2}", "BEGIN:VEVENT\r\nEND:VEVENT"] {
            assert!(read(text).is_err(), "{text:?}");
        }
        assert_eq!(read(&calendar("")).unwrap_err().key, "occasions-expect-events");
    }
}
