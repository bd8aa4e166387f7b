//! Who is on call, when all layers and covers lie on each other.

use super::{
    Plan,
    wall::{common, without},
};
use crate::{
    Span, Timestamp,
    id::{CoverId, UserId},
};

/// What says who has a shift.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Source {
    /// Nothing: a gap.
    Gap,
    /// The layer at this place of the plan.
    Layer(usize),
    /// A cover.
    Cover(CoverId),
}

/// One person's shift, or a gap.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Shift {
    /// From when to when.
    pub span: Span,
    /// Who; `None` in a gap.
    pub person: Option<UserId>,
    /// What says so.
    pub source: Source,
}

/// Who is on call during a span: in order, without overlap, nothing left out. Covers are given in the order in which they were
/// made; the last one counts.
pub fn on_call(plan: &Plan, covers: &[(CoverId, UserId, Span)], span: Span) -> Vec<Shift> {
    let mut free = vec![span];
    let mut shifts = Vec::new();
    for (id, person, covered) in covers.iter().rev() {
        for piece in common(&free, &[*covered]) {
            shifts.push(Shift { span: piece, person: Some(person.clone()), source: Source::Cover(id.clone()) });
        }
        free = without(&free, &[*covered]);
    }
    let zone = plan.time_zone();
    let holidays = plan.holiday_dates();
    for (place, layer) in plan.layers.iter().enumerate().rev() {
        let turns = layer.turns(&zone, &holidays, span);
        let mut open = 0;
        for (turn, person) in &turns {
            while free.get(open).is_some_and(|free| free.to <= turn.from) {
                open += 1;
            }
            let reached = free.get(open..).unwrap_or_default().iter().take_while(|free| free.from < turn.to);
            shifts.extend(reached.filter_map(|free| Span::new(free.from.max(turn.from), free.to.min(turn.to))).map(|piece| Shift {
                span: piece,
                person: Some((*person).clone()),
                source: Source::Layer(place),
            }));
        }
        free = without(&free, &turns.into_iter().map(|(turn, _)| turn).collect::<Vec<_>>());
    }
    shifts.extend(free.into_iter().map(|gap| Shift { span: gap, person: None, source: Source::Gap }));
    shifts.sort_by_key(|shift| shift.span.from);
    shifts
}

/// Who is on call at a moment; `None` in a gap.
pub fn present(plan: &Plan, covers: &[(CoverId, UserId, Span)], at: Timestamp) -> Option<UserId> {
    let moment = Span { from: at, to: at.plus(1) };
    on_call(plan, covers, moment).into_iter().next().and_then(|shift| shift.person)
}

#[cfg(test)]
mod tests {
    use jiff::civil::Time;
    use proptest::prelude::*;

    use super::*;
    use crate::{
        id::TeamId,
        oncall::{Day, Holiday, Hours, Layer, OnHolidays, Rotation},
        time::{DAY, HOUR, MINUTE, parse_wall, zone},
    };

    fn user(n: usize) -> UserId {
        UserId::parse(&format!("00000000-0000-7000-8000-{n:012}")).unwrap()
    }

    fn cover(n: usize) -> CoverId {
        CoverId::parse(&format!("00000000-0000-7000-9000-{n:012}")).unwrap()
    }

    fn plan(zone: &str, layers: Vec<Layer>) -> Plan {
        let team = TeamId::parse("00000000-0000-7000-8000-000000000000").unwrap();
        Plan { name: "primary".into(), team, zone: zone.into(), layers, holidays: Vec::new() }
    }

    fn layer(rotation: Rotation, every: i64, handoff: &str, start: &str, people: usize) -> Layer {
        Layer {
            name: "base".into(),
            rotation,
            every,
            handoff: handoff.parse().unwrap(),
            start: start.parse().unwrap(),
            people: (1..=people).map(user).collect(),
            hours: Vec::new(),
            holidays: OnHolidays::Same,
        }
    }

    fn span(from: &str, to: &str, name: &str) -> Span {
        let tz = zone(name).unwrap();
        Span::new(parse_wall(from, &tz).unwrap(), parse_wall(to, &tz).unwrap()).unwrap()
    }

    /// `from wall – to wall person`, in the zone of the plan.
    fn told(plan: &Plan, covers: &[(CoverId, UserId, Span)], span: Span) -> Vec<String> {
        let tz = plan.time_zone();
        let who = |person: Option<UserId>| person.and_then(|id| id.as_str().chars().last()).unwrap_or('–');
        on_call(plan, covers, span)
            .into_iter()
            .map(|s| format!("{} {} {}", &s.span.from.wall(&tz)[5..16], &s.span.to.wall(&tz)[5..16], who(s.person)))
            .collect()
    }

    #[test]
    fn a_week_is_handed_off_at_the_same_wall_time_through_both_changes_of_the_clocks() {
        let berlin = "Europe/Berlin";
        let weekly = plan(berlin, vec![layer(Rotation::Weekly, 1, "09:00", "2025-03-03", 3)]);
        assert_eq!(
            told(&weekly, &[], span("2025-03-24T00:00", "2025-04-08T00:00", berlin)),
            ["03-24 00:00 03-24 09:00 3", "03-24 09:00 03-31 09:00 1", "03-31 09:00 04-07 09:00 2", "04-07 09:00 04-08 00:00 3"]
        );
        let lengths =
            |from: &str, to: &str| on_call(&weekly, &[], span(from, to, berlin)).iter().map(|s| s.span.length() / HOUR).collect::<Vec<_>>();
        assert_eq!(lengths("2025-03-24T09:00", "2025-04-07T09:00"), [167, 168], "an hour less where clocks go forward");
        assert_eq!(lengths("2025-10-20T09:00", "2025-11-03T09:00"), [169, 168], "an hour more where they go back");
    }

    #[test]
    fn a_hand_off_that_the_clocks_leave_out_or_show_twice_is_one_hand_off() {
        let berlin = "Europe/Berlin";
        let daily = plan(berlin, vec![layer(Rotation::Daily, 1, "02:30", "2025-01-01", 2)]);
        assert_eq!(
            told(&daily, &[], span("2025-03-29T02:30", "2025-03-31T02:30", berlin)),
            ["03-29 02:30 03-30 03:00 2", "03-30 03:00 03-31 02:30 1"]
        );
        let shifts = on_call(&daily, &[], span("2025-10-25T02:30", "2025-10-27T02:30", berlin));
        assert_eq!(shifts.iter().map(|s| s.span.length() / MINUTE).collect::<Vec<_>>(), [24 * 60, 25 * 60]);
        // In the second half past two the hand-off has been.
        let second = span("2025-10-26T02:30", "2025-10-26T04:00", berlin).from.plus(HOUR);
        assert_eq!(present(&daily, &[], second), shifts[1].person);
    }

    #[test]
    fn nights_lie_on_days_and_what_nobody_has_is_a_gap() {
        let shanghai = "Asia/Shanghai";
        let weekdays = Day::ALL[..5].to_vec();
        let hours =
            |days: &[Day], from: &str, to: &str| Hours { days: days.to_vec(), from: from.parse().unwrap(), to: to.parse().unwrap() };
        let mut office = layer(Rotation::Weekly, 1, "09:00", "2025-03-03", 1);
        office.hours = vec![hours(&weekdays, "09:00", "18:00")];
        let mut night = layer(Rotation::Daily, 1, "18:00", "2025-03-03", 2);
        night.people = vec![user(5), user(6)];
        night.hours = vec![hours(&weekdays, "18:00", "09:00")];
        let plan = plan(shanghai, vec![office, night]);
        assert_eq!(
            told(&plan, &[], span("2025-03-13T09:00", "2025-03-17T10:00", shanghai)),
            [
                "03-13 09:00 03-13 18:00 1",
                "03-13 18:00 03-14 09:00 5",
                "03-14 09:00 03-14 18:00 1",
                "03-14 18:00 03-15 09:00 6",
                "03-15 09:00 03-17 09:00 –",
                "03-17 09:00 03-17 10:00 1",
            ]
        );
        // A cover fills a part of the gap, and a later one lies on it.
        let covers = [
            (cover(1), user(3), span("2025-03-14T12:00", "2025-03-16T12:00", shanghai)),
            (cover(2), user(4), span("2025-03-15T00:00", "2025-03-15T06:00", shanghai)),
        ];
        assert_eq!(
            told(&plan, &covers, span("2025-03-14T09:00", "2025-03-17T10:00", shanghai)),
            [
                "03-14 09:00 03-14 12:00 1",
                "03-14 12:00 03-15 00:00 3",
                "03-15 00:00 03-15 06:00 4",
                "03-15 06:00 03-16 12:00 3",
                "03-16 12:00 03-17 09:00 –",
                "03-17 09:00 03-17 10:00 1",
            ]
        );
    }

    #[test]
    fn a_holiday_turns_one_layer_off_and_another_on() {
        let shanghai = "Asia/Shanghai";
        let mut usual = layer(Rotation::Weekly, 1, "09:00", "2025-09-29", 1);
        usual.holidays = OnHolidays::Off;
        let mut feast = layer(Rotation::Daily, 1, "00:00", "2025-10-01", 1);
        feast.people = vec![user(8)];
        feast.holidays = OnHolidays::Only;
        let mut plan = plan(shanghai, vec![usual, feast]);
        let asked = span("2025-09-30T12:00", "2025-10-03T12:00", shanghai);
        assert_eq!(told(&plan, &[], asked), ["09-30 12:00 10-03 12:00 1"], "no holiday, no feast");
        plan.holidays = ["2025-10-01", "2025-10-02"].map(|date| Holiday { date: date.parse().unwrap(), name: "国庆".into() }).to_vec();
        assert_eq!(
            told(&plan, &[], asked),
            ["09-30 12:00 10-01 00:00 1", "10-01 00:00 10-02 00:00 8", "10-02 00:00 10-03 00:00 8", "10-03 00:00 10-03 12:00 1"]
        );
    }

    #[test]
    fn before_it_begins_nobody_has_it() {
        let plan = plan("UTC", vec![layer(Rotation::Hourly, 12, "08:00", "2025-03-14", 2)]);
        assert_eq!(
            told(&plan, &[], span("2025-03-14T00:00", "2025-03-15T09:00", "UTC")),
            ["03-14 00:00 03-14 08:00 –", "03-14 08:00 03-14 20:00 1", "03-14 20:00 03-15 08:00 2", "03-15 08:00 03-15 09:00 1"]
        );
        assert!(
            on_call(&self::plan("UTC", Vec::new()), &[], span("2025-03-14T00:00", "2025-03-15T09:00", "UTC"))
                .iter()
                .all(|s| s.person.is_none())
        );
    }

    const ZONES: [&str; 8] = [
        "Europe/Berlin",
        "America/New_York",
        "Australia/Lord_Howe",
        "Asia/Shanghai",
        "Pacific/Apia",
        "Africa/Casablanca",
        "Antarctica/Troll",
        "UTC",
    ];

    prop_compose! {
        fn any_layer()(
            rotation in proptest::sample::select(Rotation::ALL),
            every in 1_i64..30,
            minute in 0_i8..60,
            hour in 0_i8..24,
            start in 0_i64..900,
            people in 0_usize..4,
            hours in proptest::collection::vec((1_u8..128, 0_i8..24, 0_i8..24), 0..3),
            holidays in proptest::sample::select(OnHolidays::ALL),
        ) -> Layer {
            let start = jiff::civil::date(2024, 1, 1).saturating_add(jiff::Span::new().days(start));
            Layer {
                name: "any".into(),
                rotation,
                every,
                handoff: Time::constant(hour, minute, 0, 0),
                start,
                people: (1..=people).map(user).collect(),
                hours: hours
                    .into_iter()
                    .map(|(days, from, to)| Hours {
                        days: Day::ALL.iter().enumerate().filter(|(i, _)| days & (1 << i) != 0).map(|(_, d)| *d).collect(),
                        from: Time::constant(from, 0, 0, 0),
                        to: Time::constant(to, 0, 0, 0),
                    })
                    .collect(),
                holidays,
            }
        }
    }

    proptest! {
        /// Shifts cover exactly the span, without overlap; none is empty; a gap says that it is one.
        #[test]
        fn every_instant_has_one_person_or_is_in_a_gap(
            zone in proptest::sample::select(&ZONES[..]),
            layers in proptest::collection::vec(any_layer(), 0..4),
            covers in proptest::collection::vec((0_i64..200 * DAY, 1_i64..5 * DAY), 0..3),
            holidays in proptest::collection::vec(0_i64..700, 0..5),
            from in 0_i64..500 * DAY,
            length in 1_i64..40 * DAY,
        ) {
            let mut plan = plan(zone, layers);
            let first = jiff::civil::date(2024, 6, 1);
            plan.holidays = holidays.into_iter().map(|n| Holiday { date: first.saturating_add(jiff::Span::new().days(n)), name: String::new() }).collect();
            let begin = Timestamp(1_717_200_000_000).plus(from);
            let span = Span::new(begin, begin.plus(length)).unwrap();
            let covers: Vec<_> = covers.into_iter().enumerate()
                .map(|(n, (at, length))| (cover(n), user(7 + n), Span { from: begin.plus(at - 100 * DAY), to: begin.plus(at - 100 * DAY + length) })).collect();
            let shifts = on_call(&plan, &covers, span);
            prop_assert_eq!(shifts.first().map(|s| s.span.from), Some(span.from));
            prop_assert_eq!(shifts.last().map(|s| s.span.to), Some(span.to));
            for pair in shifts.windows(2) {
                prop_assert_eq!(pair[0].span.to, pair[1].span.from);
            }
            for shift in &shifts {
                prop_assert!(shift.span.from < shift.span.to);
                prop_assert_eq!(shift.person.is_none(), shift.source == Source::Gap);
                // Asked for one moment, it is the same person.
                let middle = Timestamp(i64::midpoint(shift.span.from.0, shift.span.to.0));
                prop_assert_eq!(&present(&plan, &covers, middle), &shift.person);
            }
        }

        /// Hand-offs are at the wall time they are set to, or at the moment of the jump where clocks leave that out.
        #[test]
        fn hand_offs_keep_their_wall_time(
            name in proptest::sample::select(&ZONES[..]),
            hour in 0_i8..24,
            minute in 0_i8..60,
            weekly in any::<bool>(),
            every in 1_i64..4,
            from in 0_i64..700 * DAY,
        ) {
            let handoff = Time::constant(hour, minute, 0, 0);
            let rotation = if weekly { Rotation::Weekly } else { Rotation::Daily };
            let mut layer = layer(rotation, every, "00:00", "2024-01-01", 3);
            layer.handoff = handoff;
            let plan = plan(name, vec![layer]);
            let tz = zone(name).unwrap();
            let begin = Timestamp(1_717_200_000_000).plus(from);
            let shifts = on_call(&plan, &[], Span::new(begin, begin.plus(60 * DAY)).unwrap());
            for shift in &shifts[1..] {
                let shown = shift.span.from.jiff().to_zoned(tz.clone());
                let just_before = shift.span.from.plus(-1).jiff().to_zoned(tz.clone());
                let jumped = shown.offset() != just_before.offset() && just_before.time() < handoff && handoff < shown.time();
                prop_assert!(shown.time() == handoff || jumped, "{shown}");
            }
            for pair in shifts.windows(2) {
                prop_assert_ne!(&pair[0].person, &pair[1].person);
            }
        }
    }
}
