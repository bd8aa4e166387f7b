//! A zone that a calendar defines itself (VTIMEZONE, RFC 5545 § 3.6.5): the zone of IANA whose clocks show the same.
//!
//! What is kept of a calendar names its zones, and only those of IANA have names that everybody knows. A definition is held against them
//! around now: where one has the same offsets, and changes them in the same moments, it stands for the definition.

use jiff::{civil::DateTime, tz::TimeZone};

use crate::{
    Span, Timestamp,
    alerts::{Recurrence, recurrence::Written},
    time::{DAY, MINUTE, SECOND, zone},
};

/// A definition is held against a zone in so many days before now and after.
const BACK: i64 = 92 * DAY;
const AHEAD: i64 = 2 * 366 * DAY;
/// Before these, so much is looked back for the change that holds.
const BEFORE: i64 = 2 * 366 * DAY;
/// Between changes, both are looked at once in so long.
const EVERY: i64 = 7 * DAY;
/// Most parts of a definition that are read, and most moments that one of them lists.
const MOST: usize = 200;

/// STANDARD or DAYLIGHT: clocks are changed at these wall times, of the offset before.
struct Part {
    walls: Vec<DateTime>,
    rule: Option<Recurrence>,
    /// Offset before, in milliseconds.
    before: i64,
    after: i64,
}

/// A zone as a calendar defines it.
pub struct DefinedZone {
    name: String,
    /// Which zone of IANA it says that it is; may be empty.
    location: String,
    parts: Vec<Part>,
}

/// Name and value of a line; what qualifies the name goes.
fn property(line: &str) -> Option<(&str, &str)> {
    let name_ends = line.find([':', ';'])?;
    let mut quoted = false;
    let (name, rest) = line.split_at(name_ends);
    let (colon, _) = rest.char_indices().find(|(_, letter)| {
        quoted ^= *letter == '"';
        *letter == ':' && !quoted
    })?;
    Some((name.trim(), rest[colon + 1..].trim()))
}

/// `+0100`, `-023000`: milliseconds.
fn offset(text: &str) -> Option<i64> {
    let (sign, digits) = match text.split_at_checked(1)? {
        ("+", digits) => (1, digits),
        ("-", digits) => (-1, digits),
        _ => return None,
    };
    let part = |from: usize| digits.get(from..from + 2)?.parse::<i64>().ok().filter(|part| *part < 60);
    let seconds = if digits.len() == 4 { 0 } else { part(4)? };
    Some(sign * ((part(0)? * 60 + part(2)?) * MINUTE + seconds * SECOND))
}

/// The moment at which a clock in UTC shows this.
fn as_utc(wall: DateTime) -> Option<Timestamp> {
    Some(Timestamp(wall.to_zoned(TimeZone::UTC).ok()?.timestamp().as_millisecond()))
}

impl Part {
    fn read(lines: &[&str]) -> Option<Self> {
        let all = |wanted: &str| {
            let wanted = wanted.to_owned();
            lines
                .iter()
                .filter_map(|line| property(line))
                .filter(move |(name, _)| name.eq_ignore_ascii_case(&wanted))
                .map(|(_, value)| value)
        };
        let first: DateTime = all("DTSTART").next()?.parse().ok()?;
        let (before, after) = (offset(all("TZOFFSETFROM").next()?)?, offset(all("TZOFFSETTO").next()?)?);
        let mut walls = vec![first];
        for listed in all("RDATE").flat_map(|list| list.split(',')).take(MOST) {
            walls.push(listed.trim().parse().ok()?);
        }
        let rule = match all("RRULE").next() {
            None => None,
            // Read as wall time of a zone whose clocks are never changed.
            Some(rrule) => {
                let start = first.strftime("%Y-%m-%dT%H:%M").to_string();
                Some(Recurrence::new(Written { rrule: rrule.to_owned(), start, minutes: 1, zone: "UTC".to_owned() }).ok()?)
            }
        };
        Some(Self { walls, rule, before, after })
    }

    /// When clocks are changed by this part in a span, and what is listed, whenever that is.
    fn changes(&self, span: Span) -> impl Iterator<Item = Timestamp> {
        let ruled = self.rule.as_ref().map(|rule| rule.within(span)).unwrap_or_default();
        let listed = self.walls.iter().filter_map(|wall| as_utc(*wall));
        ruled.into_iter().map(|time| time.from).chain(listed).map(|wall| wall.plus(-self.before))
    }
}

impl DefinedZone {
    /// Reads the lines between `BEGIN:VTIMEZONE` and its end; `None` where they do not define one.
    pub fn read<'a>(lines: impl IntoIterator<Item = &'a str>) -> Option<Self> {
        let (mut name, mut location, mut parts, mut open) = (String::new(), String::new(), Vec::new(), None::<Vec<&str>>);
        for line in lines {
            let Some((word, value)) = property(line) else { continue };
            match (word.to_ascii_uppercase().as_str(), &mut open) {
                ("BEGIN", None) => open = Some(Vec::new()),
                ("END", Some(part)) => {
                    parts.push(Part::read(part)?);
                    open = None;
                }
                (_, Some(part)) => part.push(line),
                ("TZID", None) => value.trim_matches('"').clone_into(&mut name),
                ("X-LIC-LOCATION", None) => value.clone_into(&mut location),
                _ => {}
            }
        }
        (!name.is_empty() && (1..=MOST).contains(&parts.len())).then_some(Self { name, location, parts })
    }

    /// What events call it by.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The zone of IANA that has the same offsets around now, the one that it names or this one rather than another; `None` where none
    /// has.
    pub fn zone(&self, rather: &TimeZone, now: Timestamp) -> Option<TimeZone> {
        let mut span = Span { from: now.plus(-BACK), to: now.plus(AHEAD) };
        let wide = Span { from: span.from.plus(-BEFORE), to: span.to };
        let mut changes: Vec<(Timestamp, i64, i64)> =
            self.parts.iter().flat_map(|part| part.changes(wide).map(|at| (at, part.before, part.after))).collect();
        changes.sort_unstable();
        // What only lists its changes says nothing of later ones.
        let last = changes.last().map(|(at, ..)| at.plus(1)).filter(|last| span.contains(*last));
        if let Some(last) = last.filter(|_| self.parts.iter().all(|part| part.rule.is_none())) {
            span.to = last;
        }
        let own = |at: Timestamp| match changes.partition_point(|(change, ..)| *change <= at) {
            0 => changes.first().map(|(_, before, _)| *before),
            after => Some(changes[after - 1].2),
        };
        let edges = changes.iter().map(|(at, ..)| *at).filter(|at| span.contains(*at)).flat_map(|at| [at.plus(-SECOND), at]);
        let between = (0..span.length() / EVERY).map(|week| span.from.plus(week * EVERY));
        let expected: Vec<(Timestamp, i64)> = edges.chain(between).map(|at| Some((at, own(at)?))).collect::<Option<_>>()?;
        let same = |zone: &TimeZone| expected.iter().all(|(at, offset)| i64::from(zone.to_offset(at.jiff()).seconds()) * SECOND == *offset);
        let named = zone(&self.location).into_iter().chain([rather.clone()]);
        let all = jiff::tz::db().available().filter_map(|name| zone(name.as_str()));
        named.chain(all).find(same)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const STANDARD: &str = "BEGIN:STANDARD\nDTSTART:16010101T030000\nTZOFFSETFROM:+0200\nTZOFFSETTO:+0100\nRRULE:FREQ=YEARLY;BYDAY=-1SU;BYMONTH=10\nEND:STANDARD";
    const DAYLIGHT: &str = "BEGIN:DAYLIGHT\nDTSTART:16010101T020000\nTZOFFSETFROM:+0100\nTZOFFSETTO:+0200\nRRULE:FREQ=YEARLY;BYDAY=-1SU;BYMONTH=3\nEND:DAYLIGHT";

    fn found(text: &str) -> Option<String> {
        let now = Timestamp::parse_rfc3339("2025-03-14T06:00:00Z").unwrap();
        let defined = DefinedZone::read(text.lines())?;
        Some(defined.zone(&zone("Asia/Shanghai").unwrap(), now)?.iana_name()?.to_owned())
    }

    #[test]
    fn a_definition_is_the_zone_whose_clocks_show_the_same() {
        let ours = format!("TZID:Office time\n{STANDARD}\n{DAYLIGHT}");
        let name = found(&ours).unwrap();
        let at = |text: &str| zone(&name).unwrap().to_offset(Timestamp::parse_rfc3339(text).unwrap().jiff()).seconds() / 3_600;
        assert_eq!((at("2025-03-30T00:59:59Z"), at("2025-03-30T01:00:00Z")), (1, 2), "{name}");
        assert_eq!((at("2025-10-26T00:59:59Z"), at("2025-10-26T01:00:00Z")), (2, 1), "{name}");
        // The one that it says it is, where that is true.
        assert_eq!(found(&format!("X-LIC-LOCATION:Europe/Berlin\n{ours}")).as_deref(), Some("Europe/Berlin"));
        let wrong = found(&format!("X-LIC-LOCATION:Europe/London\n{ours}")).unwrap();
        assert_eq!(wrong, name);
        // An hour off half the year is another zone.
        let never = found(&format!("TZID:\"Office, standard\"\n{STANDARD}")).unwrap();
        assert_ne!(never, name);
        assert_eq!(zone(&never).unwrap().to_offset(Timestamp::parse_rfc3339("2025-07-01T00:00:00Z").unwrap().jiff()).seconds(), 3_600);
    }

    #[test]
    fn an_offset_alone_is_one_too_and_ours_rather_than_another() {
        let fixed = |offset: &str| {
            format!(
                "TZID;X-SOURCE=\"a:b\":GMT somewhat\nBEGIN:STANDARD\nDTSTART:19700101T000000\nTZOFFSETFROM:{offset}\nTZOFFSETTO:{offset}\nEND:STANDARD"
            )
        };
        assert_eq!(found(&fixed("+0800")).as_deref(), Some("Asia/Shanghai"));
        let odd = found(&fixed("+0545")).unwrap();
        assert!(odd == "Asia/Kathmandu" || odd == "Asia/Katmandu", "{odd}");
        assert_eq!(found(&fixed("+0107")), None, "no clocks show that");
        assert_eq!(DefinedZone::read(fixed("+0800").lines()).unwrap().name(), "GMT somewhat");
    }

    #[test]
    fn what_lists_its_changes_is_held_against_those_and_what_defines_nothing_is_none() {
        let listed = "TZID:Listed\nBEGIN:STANDARD\nDTSTART:20241027T030000\nRDATE:20251026T030000\nTZOFFSETFROM:+0200\nTZOFFSETTO:+0100\nEND:STANDARD\n\
             BEGIN:DAYLIGHT\nDTSTART:20240331T020000\nRDATE:20250330T020000\nTZOFFSETFROM:+0100\nTZOFFSETTO:+0200\nEND:DAYLIGHT\n";
        let rather = DefinedZone::read(listed.lines()).unwrap().zone(&zone("Europe/Vienna").unwrap(), Timestamp(1_741_932_000_000));
        assert_eq!(rather.unwrap().iana_name(), Some("Europe/Vienna"), "as far as it says");
        for text in [
            "",
            "TZID:Nothing",
            "BEGIN:STANDARD\nDTSTART:19700101T000000\nTZOFFSETFROM:+0100\nTZOFFSETTO:+0100\nEND:STANDARD",
            "TZID:x\nBEGIN:STANDARD\nDTSTART:19700101T000000\nTZOFFSETFROM:01:00\nTZOFFSETTO:+0100\nEND:STANDARD",
            "TZID:x\nBEGIN:STANDARD\nDTSTART:19700101T000000\nRRULE:FREQ=SECONDLY\nTZOFFSETFROM:+0100\nTZOFFSETTO:+0100\nEND:STANDARD",
        ] {
            assert_eq!(found(text), None, "{text}");
        }
    }
}
