use super::*;
use crate::{
    Span, Timestamp,
    statistics::random::Chance,
    time::{DAY, HOUR, MINUTE, zone},
};

/// A payment company: quiet at 04:00, quieter on Monday nights, growing, with noise.
fn payments(weeks: i64, zone_name: &str, step: i64, seed: u64, start: &str) -> Vec<(Timestamp, f64)> {
    let zone = zone(zone_name).unwrap();
    let start = crate::time::parse_wall(start, &zone).unwrap();
    let mut chance = Chance::new(seed);
    (0..weeks * 7 * DAY / step)
        .map(|i| {
            let at = start.plus(i * step);
            let wall = at.jiff().to_zoned(zone.clone());
            let hour = f64::from(wall.hour()) + f64::from(wall.minute()) / 60.0;
            let day = (1.0 - ((hour - 4.0) / 24.0 * std::f64::consts::TAU).cos()).powi(2) + 0.08;
            let weekday = [0.9, 1.0, 1.0, 1.05, 1.2, 1.3, 1.1][usize::try_from(wall.weekday().to_monday_zero_offset()).unwrap()];
            let mean = 1_000.0 * day * weekday * (1.0 + 0.02 * (i * step) as f64 / (7 * DAY) as f64) * step as f64 / (5 * MINUTE) as f64;
            (at, (mean * (1.0 + 0.05 * chance.normal()) + mean.sqrt() * chance.normal()).round().max(0.0))
        })
        .collect()
}

fn asked(zone_name: &str) -> Ask {
    Ask::new(2 * HOUR, zone(zone_name).unwrap())
}

#[test]
fn cheapest_window_is_found_and_tried() {
    for (seed, step) in [(1, 5 * MINUTE), (2, 15 * MINUTE), (3, HOUR), (4, MINUTE)] {
        let volume = Volume::new(payments(6, "Asia/Shanghai", step, seed, "2025-01-06T00:00")).unwrap();
        let plan = plan(&volume, &asked("Asia/Shanghai")).unwrap();
        assert_eq!(plan.windows.len(), 3);
        let wall = plan.windows[0].span.from.jiff().to_zoned(zone("Asia/Shanghai").unwrap());
        assert!((2..=4).contains(&wall.hour()) && wall.weekday() == jiff::civil::Weekday::Monday, "{wall}");
        assert!(plan.windows.iter().all(|window| window.upper > window.expected && window.span.from >= volume.to()));
        assert!(plan.backtest.mean().unwrap() <= 1.10, "{:?}", plan.backtest);
        assert!((0.0..0.05).contains(&plan.growth));
        assert!(time_to_see(&volume, &asked("Asia/Shanghai"), plan.windows[0].span.to).is_some());
    }
}

#[test]
fn one_window_is_weighed_by_itself() {
    let volume = Volume::new(payments(6, "UTC", HOUR, 9, "2025-01-06T00:00")).unwrap();
    let ask = asked("UTC");
    let (night, cost) = weigh(&volume, &ask, volume.to().plus(DAY + 3 * HOUR)).unwrap();
    let (noon, dear) = weigh(&volume, &ask, volume.to().plus(DAY + 15 * HOUR)).unwrap();
    assert!(noon > 5.0 * night && dear > cost, "{night} {noon}");
    assert!((cost - night * ask.failing).abs() < 1e-9);
    assert_eq!(weigh(&Volume::new(payments(3, "UTC", HOUR, 9, "2025-01-06T00:00")).unwrap(), &ask, volume.to()), None);
}

#[test]
fn outage_and_gaps_do_not_make_an_hour_quiet() {
    let mut rows = payments(5, "UTC", 5 * MINUTE, 5, "2025-01-06T00:00");
    let start = rows[0].0;
    // Nothing at noon of the last Wednesday; a night is not known at all.
    rows.iter_mut().filter(|(at, _)| (0..4 * HOUR).contains(&at.since(start.plus(30 * DAY + 11 * HOUR)))).for_each(|(_, v)| *v = 0.0);
    rows.retain(|(at, _)| !(0..6 * HOUR).contains(&at.since(start.plus(28 * DAY + 2 * HOUR))));
    let volume = Volume::new(rows).unwrap();
    let plan = plan(&volume, &asked("UTC")).unwrap();
    let wall = plan.windows[0].span.from.jiff().to_zoned(zone("UTC").unwrap());
    assert!((2..=4).contains(&wall.hour()), "{wall}");
}

#[test]
fn wall_time_holds_over_a_change_of_the_clocks() {
    // Summer time begins in Berlin on 30 March 2025: the history is winter time, the week to come begins in it.
    let volume = Volume::new(payments(5, "Europe/Berlin", 5 * MINUTE, 6, "2025-02-24T00:00")).unwrap();
    let plan = plan(&volume, &asked("Europe/Berlin")).unwrap();
    let wall = plan.windows[0].span.from.jiff().to_zoned(zone("Europe/Berlin").unwrap());
    assert!((2..=4).contains(&wall.hour()), "{wall}");
}

/// Weeks of a wall from one midnight to another, by the hour: one transaction each, and a thousand in one hour of the week.
fn one_busy_hour(from: &str, to: &str, busy: (jiff::civil::Weekday, i8)) -> Volume {
    let berlin = zone("Europe/Berlin").unwrap();
    let at = |text: &str| crate::time::parse_wall(text, &berlin).unwrap();
    let held = |at: Timestamp| {
        let wall = at.jiff().to_zoned(berlin.clone());
        if (wall.weekday(), wall.hour()) == busy { 1_000.0 } else { 1.0 }
    };
    let hours = (0..).map(|hour| at(from).plus(hour * HOUR)).take_while(|hour| *hour < at(to));
    Volume::new(hours.map(|at| (at, held(at))).collect()).unwrap()
}

#[test]
fn weeks_are_those_of_the_wall() {
    use jiff::civil::Weekday::{Monday, Sunday};
    // The clocks went forward on 30 March and back on 26 October: in hours of 168 a week has its busy hour twice, or not at all.
    for (from, to, busy) in [
        ("2025-03-03T00:00", "2025-04-14T00:00", (Sunday, 23)),
        ("2025-10-06T00:00", "2025-11-17T00:00", (Monday, 0)),
        // They are set within the week to come.
        ("2025-02-10T00:00", "2025-03-24T00:00", (Sunday, 23)),
        ("2025-09-08T00:00", "2025-10-20T00:00", (Sunday, 23)),
    ] {
        let volume = one_busy_hour(from, to, busy);
        let ask = Ask::new(HOUR, zone("Europe/Berlin").unwrap());
        let mut hours = (0..7 * 24 + 2).map(|hour| volume.to().plus(hour * HOUR));
        let wall = |at: &Timestamp| at.jiff().to_zoned(ask.zone.clone());
        let at = hours.find(|at| (wall(at).weekday(), wall(at).hour()) == busy).unwrap();
        let (found, _) = weigh(&volume, &ask, at).unwrap();
        assert!((found / 1_000.0 - 1.0).abs() < 0.01, "{from} {found}");
    }
}

#[test]
fn windows_begin_on_the_same_grid_after_the_clocks_are_set() {
    let berlin = zone("Europe/Berlin").unwrap();
    for day in ["2025-03-28", "2025-10-24"] {
        let now = crate::time::parse_wall(day, &berlin).unwrap();
        for (grain, many) in [(2 * HOUR, 84), (6 * HOUR, 28), (DAY, 7)] {
            let spans = Ask::new(HOUR, berlin.clone()).spans(now, grain);
            let off =
                spans.iter().map(|span| span.from.jiff().to_zoned(berlin.clone())).find(|at| i64::from(at.hour()) * HOUR % grain != 0);
            assert_eq!(off, None, "{day} {grain}");
            // There is no 02:00 then, or there are two.
            assert_eq!(spans.len().abs_diff(many), usize::from(grain == 2 * HOUR), "{day} {grain}");
        }
    }
}

#[test]
fn four_weeks_of_the_wall_are_enough() {
    // The clocks go forward in the third of them.
    let mut rows = payments(4, "Europe/Berlin", 5 * MINUTE, 6, "2025-03-10T00:00");
    rows.truncate(rows.len() - 12);
    let found = plan(&Volume::new(rows).unwrap(), &asked("Europe/Berlin")).unwrap();
    assert_eq!((found.windows.len(), found.backtest.trials.len()), (3, 1));
}

#[test]
fn windows_lie_in_the_span_asked_for_and_begin_on_the_wall() {
    let volume = Volume::new(payments(6, "Asia/Kolkata", HOUR, 11, "2025-01-06T00:30")).unwrap();
    let within = Span { from: volume.to().plus(3 * DAY), to: volume.to().plus(4 * DAY) };
    let ask = Ask { within: Some(within), ..asked("Asia/Kolkata") };
    let found = plan(&volume, &ask).unwrap();
    assert!(!found.windows.is_empty());
    for window in &found.windows {
        assert!(window.span.from >= within.from && window.span.to <= within.to, "{window:?}");
        // What is kept by hours of UTC begins at half past on that wall; what is proposed does not.
        assert_eq!(window.span.from.jiff().to_zoned(ask.zone.clone()).minute(), 0);
    }
    let over = Ask { within: Some(Span { from: volume.from(), to: volume.to() }), ..ask };
    assert_eq!(plan(&volume, &over), Err(BadVolume::NoRoom));
}

#[test]
fn busy_hours_and_holidays_are_left_out() {
    let volume = Volume::new(payments(5, "UTC", 5 * MINUTE, 7, "2025-01-06T00:00")).unwrap();
    let mut ask = asked("UTC");
    ask.busy = vec![Busy::parse("00:00-06:00").unwrap(), Busy::parse("22-1").unwrap()];
    let monday = volume.to().jiff().to_zoned(ask.zone.clone()).date();
    ask.leave_out(monday);
    let found = plan(&volume, &ask).unwrap();
    for window in found.windows {
        let wall = window.span.from.jiff().to_zoned(ask.zone.clone());
        assert!((6..=20).contains(&wall.hour()) && wall.date() != monday, "{wall}");
    }
    ask.busy = vec![Busy::parse("0-24").unwrap()];
    assert_eq!(plan(&volume, &ask), Err(BadVolume::NoRoom));
    assert_eq!(Busy::parse("25-3"), None);
}

#[test]
fn too_little_is_said() {
    let short = Volume::new(payments(3, "UTC", HOUR, 8, "2025-01-06T00:00")).unwrap();
    assert!(matches!(plan(&short, &asked("UTC")), Err(BadVolume::Short { .. })));
    assert_eq!(Volume::new(vec![]), Err(BadVolume::Empty));
    let zero = payments(5, "UTC", HOUR, 9, "2025-01-06T00:00").into_iter().map(|(at, _)| (at, 0.0)).collect();
    assert_eq!(Volume::new(zero), Err(BadVolume::Zero));
    assert!(matches!(Volume::new(vec![(Timestamp(0), -1.0)]), Err(BadVolume::Negative { .. })));
    let day = Volume::new((0..48).map(|i| (Timestamp(i * HOUR), 2.0)).collect()).unwrap();
    assert_eq!(day.sum(Span { from: Timestamp(HOUR / 2), to: Timestamp(2 * HOUR) }), Some(3.0));
}

#[test]
fn what_is_in_the_way_does_not_use_up_the_choice() {
    let volume = Volume::new(payments(6, "UTC", HOUR, 12, "2025-01-06T00:00")).unwrap();
    let ask = Ask { days: 14, ..Ask::new(HOUR, zone("UTC").unwrap()) };
    let hour = |at: Timestamp| at.jiff().to_zoned(ask.zone.clone()).hour();
    // Every night until 06:00 is taken: more than the cheapest sixty windows of a fortnight.
    let found = plan_where(&volume, &ask, |work| hour(work.from) >= 6).unwrap();
    assert_eq!(found.windows.len(), 3);
    assert!(found.windows.iter().all(|window| (6..9).contains(&hour(window.span.from)) || hour(window.span.from) >= 22), "{found:?}");
    assert_eq!(plan_where(&volume, &ask, |_| false).unwrap().windows, []);
    assert_eq!(plan_where(&volume, &ask, |_| true).unwrap(), plan(&volume, &ask).unwrap());
}

#[test]
fn times_unlike_others_say_nothing_of_those_that_are_like_them() {
    let rows = payments(6, "UTC", HOUR, 13, "2025-01-06T00:00");
    let end = rows[0].0.plus(6 * 7 * DAY);
    let noon = end.plus(11 * HOUR);
    // The last two Mondays were holidays.
    let special: Vec<Span> = [7, 14].map(|days| Span { from: end.plus(-days * DAY), to: end.plus((1 - days) * DAY) }).into();
    let spoiled = rows.iter().map(|(at, v)| (*at, if special.iter().any(|day| day.from <= *at && *at < day.to) { v * 0.1 } else { *v }));
    let (usual, spoiled) = (Volume::new(rows.clone()).unwrap(), Volume::new(spoiled.collect()).unwrap());
    let expected = |volume: &Volume, special: &[Span]| weigh(volume, &Ask { special: special.to_vec(), ..asked("UTC") }, noon).unwrap().0;
    let truth = expected(&usual, &[]);
    assert!(expected(&spoiled, &[]) < 0.9 * truth, "{} {truth}", expected(&spoiled, &[]));
    assert!((expected(&spoiled, &special) / truth - 1.0).abs() < 0.1, "{} {truth}", expected(&spoiled, &special));
    // Where nothing else is known, they tell; and of what is itself unlike others everything does.
    let always = [Span { from: rows[0].0, to: end }];
    assert_eq!(expected(&spoiled, &always), expected(&spoiled, &[]));
    let too = [special.clone(), vec![Span { from: end, to: end.plus(DAY) }]].concat();
    assert!(expected(&spoiled, &too) < 0.9 * expected(&spoiled, &special));
}

#[test]
fn days_that_are_left_out_are_times_unlike_others() {
    // With the night in which the clocks go forward: a day of 23 hours.
    let mut ask = asked("Europe/Berlin");
    for day in ["2025-03-29", "2025-03-30"] {
        ask.leave_out(day.parse().unwrap());
    }
    let told: Vec<i64> = ask.special.iter().map(|day| day.length() / HOUR).collect();
    assert_eq!((told, ask.special[1].from), (vec![24, 23], ask.special[0].to));
    // What they take off their week, they take off no other day of it.
    let rows = payments(6, "UTC", HOUR, 15, "2025-01-06T00:00");
    let end = rows[0].0.plus(6 * 7 * DAY);
    let closed = Span { from: end.plus(-7 * DAY), to: end.plus(-5 * DAY) };
    let spoiled = Volume::new(rows.iter().map(|(at, v)| (*at, if closed.contains(*at) { v * 0.05 } else { *v })).collect()).unwrap();
    let mut told = asked("UTC");
    for days in 0..2 {
        told.leave_out(closed.from.plus(days * DAY).jiff().to_zoned(told.zone.clone()).date());
    }
    let noon = end.plus(5 * DAY + 11 * HOUR);
    let truth = weigh(&Volume::new(rows).unwrap(), &asked("UTC"), noon).unwrap().0;
    let found = weigh(&spoiled, &told, noon).unwrap().0;
    assert!((found / truth - 1.0).abs() < 0.03, "{found} {truth}");
}

#[test]
fn neither_work_nor_rolling_back_is_planned_into_times_unlike_others() {
    let volume = Volume::new(payments(6, "UTC", HOUR, 14, "2025-01-06T00:00")).unwrap();
    let ask = Ask { rollback_ms: 4 * HOUR, count: 100, ..asked("UTC") };
    let first = plan(&volume, &ask).unwrap().windows[0].span;
    // It begins where the work ends.
    let special = vec![Span { from: first.to, to: first.to.plus(DAY) }];
    let found = plan(&volume, &Ask { special: special.clone(), ..ask }).unwrap().windows;
    assert!(!found.is_empty());
    for window in found {
        let whole = Span { to: window.span.to.plus(4 * HOUR), ..window.span };
        assert!(!special[0].overlaps(whole), "{window:?}");
    }
}
