//! Windows and freezes around every change of clocks, held against a second reading of wall time that knows nothing but the
//! offset of an instant.

use jiff::{
    Span as Length,
    civil::DateTime,
    tz::{Offset, TimeZone},
};
use proptest::prelude::*;

use super::{
    Freeze, FreezeContent, Kind, Question, Scope, Window,
    content::tests::content,
    gate::tests::{freeze_in, gate, key},
    window::Doubt,
};
use crate::{
    Span, Timestamp,
    alerts::{Recurrence, recurrence::Written},
    changes::State,
    form::{Check, Typed},
    time::{DAY, HOUR, MINUTE},
};

/// An hour forward at 02:00, at 03:00 and at midnight; half an hour; two hours; in the other half of the year; never.
const ZONES: [&str; 10] = [
    "Europe/Berlin",
    "America/New_York",
    "America/St_Johns",
    "America/Santiago",
    "Australia/Lord_Howe",
    "Pacific/Auckland",
    "Africa/Cairo",
    "Asia/Beirut",
    "Antarctica/Troll",
    "Asia/Shanghai",
];

/// A change of clocks: the zone, and the wall time shortly before and after it. Where there is none, some day.
#[derive(Debug, Clone)]
struct Turn {
    zone: &'static str,
    tz: TimeZone,
    at: Timestamp,
}

fn turns() -> impl Strategy<Value = Turn> {
    (0..ZONES.len(), 2005_i16..2060, 0_usize..2).prop_map(|(zone, year, nth)| {
        let tz = crate::time::zone(ZONES[zone]).unwrap();
        let begin = jiff::civil::date(year, 1, 1).to_zoned(tz.clone()).unwrap().timestamp();
        let at = tz.following(begin).nth(nth).map_or(begin, |turn| turn.timestamp());
        Turn { zone: ZONES[zone], tz, at: Timestamp(at.as_millisecond()) }
    })
}

/// Wall times from two days before a change of clocks until two days after, every minute as likely, those near it more.
fn around() -> impl Strategy<Value = i64> {
    prop_oneof![-180_i64..180, -2 * 1_440_i64..2 * 1_440]
}

impl Turn {
    /// The wall time so many minutes after the one at which clocks are changed, as it was before.
    fn wall(&self, minutes: i64) -> DateTime {
        let before = self.offset(self.at.plus(-1)).to_datetime(self.at.jiff());
        before.checked_add(Length::new().minutes(minutes)).unwrap()
    }

    fn offset(&self, at: Timestamp) -> Offset {
        self.tz.to_offset(at.jiff())
    }

    /// Every instant at which clocks show this, the first first.
    fn shown(&self, wall: DateTime) -> Vec<Timestamp> {
        let mut found: Vec<Timestamp> = self
            .sides(wall)
            .map(|offset| Timestamp(offset.to_timestamp(wall).unwrap().as_millisecond()))
            .into_iter()
            .filter(|at| self.offset(*at).to_datetime(at.jiff()) == wall)
            .collect();
        found.sort();
        found.dedup();
        found
    }

    /// The offset of a day before and of a day after.
    fn sides(&self, wall: DateTime) -> [Offset; 2] {
        let as_utc = Timestamp(Offset::UTC.to_timestamp(wall).unwrap().as_millisecond());
        [as_utc.plus(-DAY), as_utc.plus(DAY)].map(|at| self.offset(at))
    }

    /// What the rule says (RFC 5545, § 3.3.5): the first of them; where clocks never show it, the offset of before.
    fn means(&self, wall: DateTime) -> Timestamp {
        let shown = self.shown(wall).first().copied();
        shown.unwrap_or_else(|| Timestamp(self.sides(wall)[0].to_timestamp(wall).unwrap().as_millisecond()))
    }

    fn window(&self, start: DateTime, end: DateTime) -> Result<Window, crate::Fault> {
        let fields = [("start", text(start)), ("end", text(end)), ("zone", self.zone.to_owned())];
        let typed = Typed::from_pairs(fields.map(|(name, value)| (name.to_owned(), value)));
        let mut check = Check::new(&typed);
        let window = Window::parse(&mut check);
        check.finish((window,)).map(|(window,)| window)
    }

    fn freeze(&self, rrule: &str, first: DateTime, minutes: i64) -> Freeze {
        let written = Written { rrule: rrule.into(), start: text(first), minutes, zone: self.zone.into() };
        let recurrence = Recurrence::new(written).unwrap();
        let begin = recurrence.begins().unwrap();
        let window = Window { start: String::new(), end: String::new(), zone: self.zone.into(), span: recurrence.at(begin).unwrap() };
        let plain = freeze_in(window, Scope::All);
        Freeze { content: FreezeContent { recurrence: Some(recurrence), ..plain.content.clone() }, ..plain }
    }
}

fn text(wall: DateTime) -> String {
    wall.strftime("%Y-%m-%dT%H:%M").to_string()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]

    #[test]
    fn a_window_lies_where_the_wall_says(turn in turns(), from in around(), minutes in 1_i64..600) {
        let (start, end) = (turn.wall(from), turn.wall(from + minutes));
        let (from, to) = (turn.means(start), turn.means(end));
        match turn.window(start, end) {
            // Refused only where clocks leave nothing of it.
            Err(_) => prop_assert!(to <= from, "{start} – {end} {}: refused", turn.zone),
            Ok(window) => {
                prop_assert_eq!(window.span, Span { from, to }, "{} – {} {}", start, end, turn.zone);
                let doubt = |wall| match turn.shown(wall).len() {
                    0 => Some(Doubt::Gap),
                    1 => None,
                    _ => Some(Doubt::Overlap),
                };
                prop_assert_eq!(window.doubts(), [doubt(start), doubt(end)]);
            }
        }
    }

    #[test]
    fn a_window_that_is_moved_over_it_is_never_shorter(turn in turns(), from in around(), to in around(), minutes in 1_i64..600) {
        let (start, end) = (turn.wall(from), turn.wall(from + minutes));
        if let Ok(window) = turn.window(start, end) {
            let goal = turn.wall(to);
            let moved = window.moved(&text(goal)).unwrap();
            prop_assert_eq!(moved.span.from, turn.means(goal));
            prop_assert!(moved.minutes() >= window.minutes() && moved.minutes() <= window.minutes() + 180);
            let read = turn.window(moved.start.parse().unwrap(), moved.end.parse().unwrap());
            prop_assert_eq!(read.map(|read| read.span).ok(), Some(moved.span), "what it says means what it is");
        }
    }

    #[test]
    fn a_freeze_comes_on_each_of_its_days_once(turn in turns(), at in around(), minutes in 1_i64..1_440, back in 1_i64..5, weekly in any::<bool>()) {
        let every = if weekly { 7 } else { 1 };
        let first = turn.wall(at - back * every * 1_440);
        let freeze = turn.freeze(if weekly { "FREQ=WEEKLY" } else { "FREQ=DAILY" }, first, minutes);
        let span = Span { from: turn.means(first), to: turn.at.plus(15 * DAY) };
        let walls: Vec<DateTime> = (0..40).map(|n| first.checked_add(Length::new().days(n * every)).unwrap()).collect();
        let expected: Vec<Span> = walls
            .into_iter()
            // Only those near this change of clocks, not near the next.
            .filter(|begin| turn.means(*begin) < span.to)
            .map(|begin| {
                let end = begin.checked_add(Length::new().minutes(minutes)).unwrap();
                let (from, to) = (turn.means(begin), turn.means(end));
                // Clocks go over its beginning and further than to its end: what is left of it begins when they have gone.
                Span { from: if from < to { from } else { turn.at }, to }
            })
            .filter(|one| one.overlaps(span))
            .collect();
        let times: Vec<Span> = freeze.times(span).into_iter().map(|one| one.content.window.span).collect();
        prop_assert_eq!(&times, &expected, "{} from {}, {} min", turn.zone, first, minutes);
        prop_assert!(times.windows(2).all(|two| two[0].from < two[1].from), "in order, none twice");
        // Whatever part of it is looked at, it is frozen there, and by none but these. One whose end clocks put off may reach into the
        // next: then the later of the two is told.
        for time in &times {
            for moment in [time.from, time.to.plus(-1)] {
                let seen = freeze.times(Span { from: moment, to: moment.plus(1) });
                let seen: Vec<Span> = seen.into_iter().map(|one| one.content.window.span).collect();
                prop_assert!(seen.iter().any(|one| one.contains(moment)), "{:?} at {:?}", time, moment);
                prop_assert!(seen.iter().all(|one| times.contains(one)), "{:?} at {:?}", seen, moment);
            }
        }
    }

    #[test]
    fn the_edge_of_a_freeze_is_exact_to_the_millisecond(turn in turns(), at in around(), minutes in 1_i64..1_440) {
        let freeze = turn.freeze("FREQ=WEEKLY", turn.wall(at - 7 * 1_440), minutes);
        let Some(frozen) = freeze.times(Span { from: turn.at.plus(-3 * DAY), to: turn.at.plus(3 * DAY) }).pop() else {
            return Ok(());
        };
        let frozen = frozen.content.window.span;
        let asked = |question: Question, span: Span, now: Timestamp| {
            let mut content = content();
            content.kind = Kind::Normal;
            content.window.span = span;
            let freezes = freeze.times(Span { from: span.from.plus(-DAY), to: span.to.plus(DAY) });
            key(super::Gate { freezes: &freezes, ..gate(&content, State::Approved, now) }.decide(question, true))
        };
        // Work that ends as the freeze begins may be planned and started; one that would last a millisecond longer may not.
        let before = Span { from: frozen.from.plus(-HOUR), to: frozen.from };
        let into = Span { to: frozen.from.plus(1), ..before };
        prop_assert_eq!(asked(Question::Schedule, before, before.from), Ok(State::Scheduled));
        prop_assert_eq!(asked(Question::Start, before, before.from), Ok(State::Executing));
        prop_assert_eq!(asked(Question::Schedule, into, into.from), Err("conflict-change-frozen"));
        prop_assert_eq!(asked(Question::Start, into, into.from), Err("conflict-change-frozen"));
        // And at its end.
        let after = Span { from: frozen.to.plus(-MINUTE), to: frozen.to.plus(HOUR) };
        prop_assert_eq!(asked(Question::Start, after, frozen.to.plus(-1)), Err("conflict-change-frozen"));
        prop_assert_eq!(asked(Question::Start, after, frozen.to), Ok(State::Executing));
    }
}
