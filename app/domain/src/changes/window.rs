//! When a change may run: local wall time and zone as people said it, and the span it means.

use serde::{Deserialize, Serialize};

use crate::{
    Span, Timestamp, Wording,
    form::{Check, Checked},
    time::{DAY, MINUTE, zone},
};

/// Longest window that may be asked for, in milliseconds: 30 days.
const LONGEST: i64 = 30 * DAY;
/// Most minutes that clocks go back by.
const MOST_AGAIN: i64 = 180;

/// A window or a freeze span. The wall times and the zone are kept as they were given; `span` is what they mean.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Window {
    /// First moment inside, as local wall time `2025-03-14T02:00`.
    pub start: String,
    /// First moment after, as local wall time.
    pub end: String,
    /// IANA zone of both, e.g. `Asia/Shanghai`.
    pub zone: String,
    /// The same in UTC epoch-milliseconds.
    pub span: Span,
}

/// Why a wall time needs a second look: clocks were changed that day.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Doubt {
    /// It does not exist (clocks go forward over it); read as that much later.
    Gap,
    /// It exists twice (clocks go back over it); the first is meant.
    Overlap,
}

impl Window {
    /// The window of a span, in a zone; a zone that is not known any more is read as UTC.
    pub fn of(span: Span, zone_name: &str) -> Self {
        let tz = zone(zone_name).unwrap_or(jiff::tz::TimeZone::UTC);
        let wall = |at: Timestamp| at.jiff().to_zoned(tz.clone()).strftime("%Y-%m-%dT%H:%M").to_string();
        Self { start: wall(span.from), end: wall(span.to), zone: zone_name.to_owned(), span }
    }

    /// Reads `start`, `end` and `zone` of a form. A wall time in a gap or an overlap takes the reading of RFC 5545
    /// (§ 3.3.5): in a gap the offset before it, in an overlap the first of the two.
    pub fn parse(check: &mut Check<'_>) -> Checked<Self> {
        let Some((zone_name, tz)) = check.field("zone", |text| {
            let text = text.trim();
            zone(text).map(|tz| (text.to_owned(), tz)).ok_or_else(|| Wording::new("expect-zone"))
        }) else {
            // Still say what is wrong with the times.
            check.field("start", |text| civil(text).map(|_| ()));
            check.field("end", |text| civil(text).map(|_| ()));
            return None;
        };
        let moment = |text: &str| {
            let civil = civil(text)?;
            let zoned = tz.to_ambiguous_zoned(civil).compatible().map_err(|_| Wording::new("changes-expect-wall-time"))?;
            Ok((civil.strftime("%Y-%m-%dT%H:%M").to_string(), Timestamp(zoned.timestamp().as_millisecond())))
        };
        let start = check.field("start", moment);
        let end = check.field("end", moment);
        let ((start, from), (end, to)) = (start?, end?);
        match Span::new(from, to) {
            // As it was typed, it ends after it starts: clocks go over the start, or over the end.
            None if start < end => {
                let skipped = |text: &str| {
                    civil(text).is_ok_and(|at| matches!(tz.to_ambiguous_timestamp(at).offset(), jiff::tz::AmbiguousOffset::Gap { .. }))
                };
                let (field, time) = if skipped(&end) && !skipped(&start) { ("end", &end) } else { ("start", &start) };
                let exists = Wording::new("changes-expect-time-that-exists").with("time", time.replace('T', " ")).with("zone", &zone_name);
                check.problem(field, exists);
                None
            }
            None => {
                check.problem("end", Wording::new("changes-expect-after-start").with("start", start.replace('T', " ")));
                None
            }
            Some(span) if span.length() > LONGEST => {
                check.problem("end", Wording::new("changes-expect-window-at-most-days").with("max", LONGEST / DAY));
                None
            }
            Some(span) => Some(Self { start, end, zone: zone_name, span }),
        }
    }

    /// Whether clocks are changed at the start or at the end.
    pub fn doubts(&self) -> [Option<Doubt>; 2] {
        [&self.start, &self.end].map(|text| {
            let ambiguous = zone(&self.zone)?.to_ambiguous_timestamp(civil(text).ok()?);
            match ambiguous.offset() {
                jiff::tz::AmbiguousOffset::Gap { .. } => Some(Doubt::Gap),
                jiff::tz::AmbiguousOffset::Fold { .. } => Some(Doubt::Overlap),
                jiff::tz::AmbiguousOffset::Unambiguous { .. } => None,
            }
        })
    }

    /// The same window from another local wall time on, in its zone, as long as it was. Where its end falls into an hour that
    /// comes twice, and would be read as the first of the two, it ends when both are over: never shorter, and readable.
    pub fn moved(&self, start: &str) -> Result<Self, Wording> {
        let tz = zone(&self.zone).ok_or_else(|| Wording::new("expect-zone"))?;
        let moment = |wall: jiff::civil::DateTime| {
            let zoned = tz.to_ambiguous_zoned(wall).compatible().map_err(|_| Wording::new("changes-expect-wall-time"))?;
            Ok(Timestamp(zoned.timestamp().as_millisecond()))
        };
        let begin = civil(start)?;
        let start = begin.strftime("%Y-%m-%dT%H:%M").to_string();
        if start == self.start {
            return Ok(self.clone());
        }
        let from = moment(begin)?;
        let least = from.plus(self.span.length());
        let wall = least.jiff().to_zoned(tz.clone()).datetime();
        for minutes in 0..=MOST_AGAIN {
            let end = wall.saturating_add(jiff::Span::new().minutes(minutes));
            let to = moment(end)?;
            if to >= least {
                return Ok(Self {
                    start,
                    end: end.strftime("%Y-%m-%dT%H:%M").to_string(),
                    zone: self.zone.clone(),
                    span: Span { from, to },
                });
            }
        }
        Err(Wording::new("changes-expect-wall-time"))
    }

    /// Length in whole minutes, as it really passes.
    pub fn minutes(&self) -> i64 {
        self.span.length() / MINUTE
    }
}

/// Reads a local wall time of the years 2000–2199, to the minute.
fn civil(text: &str) -> Result<jiff::civil::DateTime, Wording> {
    let wrong = || Wording::new("changes-expect-wall-time");
    let text = text.trim().replace(' ', "T");
    let at: jiff::civil::DateTime = text.parse().map_err(|_| wrong())?;
    // A date alone would parse as midnight: what was meant stays unsaid.
    if !text.contains('T') || !(2000..2200).contains(&at.year()) {
        return Err(wrong());
    }
    at.with().second(0).subsec_nanosecond(0).build().map_err(|_| wrong())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::form::Typed;

    fn window(start: &str, end: &str, zone: &str) -> Result<Window, crate::Fault> {
        let typed = Typed::from_pairs([("start", start), ("end", end), ("zone", zone)].map(|(k, v)| (k.to_owned(), v.to_owned())));
        let mut check = Check::new(&typed);
        let window = Window::parse(&mut check);
        check.finish((window,)).map(|(window,)| window)
    }

    #[test]
    fn wall_time_and_zone_give_a_span() {
        let w = window("2025-03-14T02:00", "2025-03-14 04:30", "Asia/Shanghai").unwrap();
        assert_eq!((w.span.from.rfc3339().as_str(), w.minutes()), ("2025-03-13T18:00:00.000Z", 150));
        assert_eq!(w.doubts(), [None, None]);
    }

    #[test]
    fn gaps_and_overlaps_have_one_reading_and_say_so() {
        // 02:30 does not exist on 30 March 2025 in Berlin: 03:30 summer time.
        let gap = window("2025-03-30T02:30", "2025-03-30T04:00", "Europe/Berlin").unwrap();
        assert_eq!(
            (gap.span.from.rfc3339().as_str(), gap.minutes(), gap.doubts()),
            ("2025-03-30T01:30:00.000Z", 30, [Some(Doubt::Gap), None])
        );
        // 02:30 exists twice on 26 October 2025: the first; until 03:30 there are two hours.
        let overlap = window("2025-10-26T02:30", "2025-10-26T03:30", "Europe/Berlin").unwrap();
        assert_eq!(
            (overlap.span.from.rfc3339().as_str(), overlap.minutes(), overlap.doubts()),
            ("2025-10-26T00:30:00.000Z", 120, [Some(Doubt::Overlap), None])
        );
    }

    #[test]
    fn a_window_inside_a_gap_is_empty_no_longer() {
        // Both ends move alike, so their distance stays.
        assert_eq!(window("2025-03-30T02:10", "2025-03-30T02:50", "Europe/Berlin").unwrap().minutes(), 40);
    }

    #[test]
    fn every_problem_names_its_field() {
        let fields = |r: Result<Window, crate::Fault>| r.unwrap_err().problems().iter().map(|p| p.field.clone()).collect::<Vec<_>>();
        assert_eq!(fields(window("tomorrow", "2025-03-14", "Mars/Olympus")), ["zone", "start", "end"]);
        assert_eq!(fields(window("2025-03-14T05:00", "2025-03-14T04:00", "UTC")), ["end"]);
        assert_eq!(fields(window("2025-03-14T05:00", "2025-05-14T04:00", "UTC")), ["end"]);
    }

    #[test]
    fn a_start_that_clocks_go_over_is_named_as_that() {
        // 02:30 is read as 03:30, so nothing would be left of the window.
        let fault = window("2027-03-28T02:30", "2027-03-28T03:30", "Europe/Berlin").unwrap_err();
        let problem = &fault.problems()[0];
        assert_eq!((problem.field.as_str(), problem.expected.key), ("start", "changes-expect-time-that-exists"));
        assert_eq!(problem.expected.args[0].1, "2027-03-28 02:30");
        let fault = window("2027-03-28T02:30", "2027-03-28T02:10", "Europe/Berlin").unwrap_err();
        assert_eq!(fault.problems()[0].expected.key, "changes-expect-after-start", "typed the wrong way round");
    }

    #[test]
    fn a_moved_window_keeps_its_wall_time_and_its_length() {
        let night = window("2025-03-28T01:30", "2025-03-28T03:30", "Europe/Berlin").unwrap();
        let day = night.moved("2025-03-29T01:30").unwrap();
        assert_eq!((day.start.as_str(), day.end.as_str(), day.minutes()), ("2025-03-29T01:30", "2025-03-29T03:30", 120));
        assert_eq!(day.span.from.since(night.span.from), DAY);
        // On the Sunday 02:00 is 03:00: the same start on the wall, and two hours of work end at 04:30.
        let sunday = night.moved("2025-03-30T01:30").unwrap();
        assert_eq!((sunday.end.as_str(), sunday.minutes()), ("2025-03-30T04:30", 120));
        assert_eq!(night.moved("2025-03-31T01:30").unwrap().span.from.since(night.span.from), 3 * DAY - 60 * MINUTE);
        // A start that does not exist says so, as in any form.
        let gap = night.moved("2025-03-30T02:15").unwrap();
        assert_eq!((gap.doubts()[0], gap.end.as_str(), gap.minutes()), (Some(Doubt::Gap), "2025-03-30T05:15", 120));
        assert_eq!(night.moved("2025-03-28 01:30").unwrap(), night);
        assert!(night.moved("tomorrow").is_err() && night.moved("2025-03-30").is_err());
    }

    #[test]
    fn an_end_in_an_hour_that_comes_twice_can_be_read_again() {
        let night = window("2025-10-25T01:30", "2025-10-25T03:00", "Europe/Berlin").unwrap();
        // 01:30 and ninety minutes are 02:00 for the second time, which nobody can write: it ends when that hour is over.
        let moved = night.moved("2025-10-26T01:30").unwrap();
        assert_eq!((moved.end.as_str(), moved.minutes()), ("2025-10-26T03:00", 150));
        let again = window(&moved.start, &moved.end, &moved.zone).unwrap();
        assert_eq!(again, moved);
    }
}
