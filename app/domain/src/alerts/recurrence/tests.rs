use super::*;
use crate::time::HOUR;

fn recurrence(rrule: &str, start: &str, minutes: i64, zone: &str) -> Recurrence {
    Recurrence::new(Written { rrule: rrule.into(), start: start.into(), minutes, zone: zone.into() }).unwrap()
}

fn spans(recurrence: &Recurrence, from: &str, count: usize) -> Vec<String> {
    let mut at = Timestamp::parse_rfc3339(from).unwrap();
    let mut found = Vec::new();
    while let Some(span) = recurrence.after(at).filter(|_| found.len() < count) {
        found.push(format!("{} {}h", &span.from.rfc3339()[..16], span.length() / HOUR));
        at = span.from;
    }
    found
}

#[test]
fn the_wall_counts_through_the_change_of_clocks() {
    let nights = recurrence("FREQ=WEEKLY;BYDAY=SA", "2025-03-15T22:00", 6 * 60, "Europe/Berlin");
    // The night of 29 March loses an hour; from then on 22:00 is 20:00 UTC.
    assert_eq!(spans(&nights, "2025-03-16T00:00:00Z", 3), ["2025-03-22T21:00 6h", "2025-03-29T21:00 5h", "2025-04-05T20:00 6h"]);
    assert_eq!(spans(&nights, "2025-10-24T00:00:00Z", 2), ["2025-10-25T20:00 7h", "2025-11-01T21:00 6h"]);
    let at = |text: &str| nights.at(Timestamp::parse_rfc3339(text).unwrap()).is_some();
    assert!(at("2025-03-30T01:59:00Z") && !at("2025-03-30T02:00:00Z") && !at("2025-03-29T20:59:00Z"));
}

#[test]
fn a_wall_time_that_is_skipped_or_twice() {
    let daily = recurrence("FREQ=DAILY", "2025-03-28T02:30", 60, "Europe/Berlin");
    assert_eq!(
        spans(&daily, "2025-03-29T00:00:00Z", 3),
        ["2025-03-29T01:30 1h", "2025-03-30T01:00 0h", "2025-03-31T00:30 1h"],
        "02:30 would be read as 03:30: what the wall shows of it are the minutes from 03:00 to 03:30"
    );
    let short = daily.at(Timestamp::parse_rfc3339("2025-03-30T01:00:00Z").unwrap()).unwrap();
    assert_eq!(short.length(), 30 * MINUTE);
}

#[test]
fn what_a_few_words_can_say() {
    use jiff::civil::Weekday::{Friday, Monday, Tuesday};
    // The 7th of March 2025 is a Friday.
    let said = |rrule: &str| recurrence(rrule, "2025-03-07T18:00", 60, "UTC").cadence().map(|found| (found.every, found.on));
    for (rrule, every, on) in [
        ("FREQ=DAILY", 1, Days::Every),
        ("FREQ=DAILY;INTERVAL=3;COUNT=5", 3, Days::Every),
        ("FREQ=DAILY;BYDAY=FR,MO", 1, Days::OfWeek(vec![Monday, Friday])),
        ("FREQ=WEEKLY", 1, Days::OfWeek(vec![Friday])),
        ("FREQ=WEEKLY;INTERVAL=2;BYDAY=FR,MO,FR", 2, Days::OfWeek(vec![Monday, Friday])),
        ("FREQ=MONTHLY", 1, Days::OfMonth(vec![7])),
        ("FREQ=MONTHLY;BYMONTHDAY=1,-1", 1, Days::OfMonth(vec![1, -1])),
        ("FREQ=MONTHLY;INTERVAL=3;BYDAY=2TU,-1FR", 3, Days::Nth(vec![(2, Tuesday), (-1, Friday)])),
        ("FREQ=MONTHLY;BYDAY=TU", 1, Days::OfWeek(vec![Tuesday])),
        ("FREQ=MONTHLY;BYDAY=SU;BYSETPOS=1", 1, Days::Nth(vec![(1, jiff::civil::Weekday::Sunday)])),
        ("FREQ=MONTHLY;INTERVAL=2;BYDAY=MO,TU,WE,TH,FR;BYSETPOS=-1,1", 2, Days::NthWorkday(vec![1, -1])),
        ("FREQ=YEARLY", 1, Days::OfYear(3, 7)),
        ("FREQ=YEARLY;BYMONTH=11;BYMONTHDAY=11", 1, Days::OfYear(11, 11)),
    ] {
        assert_eq!(said(rrule), Some((every, on)), "{rrule}");
    }
    for other in [
        "FREQ=WEEKLY;INTERVAL=2;BYDAY=MO,SU;WKST=SU",
        "FREQ=DAILY;INTERVAL=2;BYDAY=MO",
        "FREQ=WEEKLY;BYMONTHDAY=1",
        "FREQ=MONTHLY;BYDAY=FR;BYMONTHDAY=13",
        "FREQ=MONTHLY;BYDAY=1MO,TU",
        "FREQ=DAILY;BYMONTH=12",
        "FREQ=YEARLY;BYMONTH=2,11;BYDAY=1MO",
        "FREQ=YEARLY;BYMONTHDAY=1",
        "FREQ=YEARLY;BYMONTH=1;BYMONTHDAY=1;BYSETPOS=1",
        "FREQ=MONTHLY;BYDAY=SA,SU;BYSETPOS=-1",
        "FREQ=MONTHLY;BYMONTHDAY=1,2;BYSETPOS=-1",
    ] {
        assert_eq!(said(other), None, "{other}");
    }
    let until = recurrence("FREQ=WEEKLY;UNTIL=20250401T120000Z", "2025-03-07T18:00", 60, "UTC");
    assert_eq!((until.cadence().unwrap().last.map(|day| day.to_string()).as_deref(), until.time().as_str()), (Some("2025-03-31"), "18:00"));
}

#[test]
fn rules() {
    for (rrule, start, expected) in [
        ("FREQ=DAILY;INTERVAL=3", "2025-01-01T00:00", vec!["01-04", "01-07", "01-10"]),
        ("FREQ=DAILY;COUNT=3", "2025-01-01T00:00", vec!["01-02", "01-03"]),
        ("FREQ=DAILY;UNTIL=20250102T000000Z", "2025-01-01T00:00", vec!["01-02"]),
        ("FREQ=DAILY;UNTIL=20250102", "2025-01-01T00:00", vec!["01-02"]),
        ("FREQ=DAILY;UNTIL=20250102", "2025-01-01T22:00", vec!["01-02"]),
        ("FREQ=DAILY;UNTIL=20250103T220000Z", "2025-01-01T22:00", vec!["01-02", "01-03"]),
        ("FREQ=DAILY;UNTIL=20250103T215959Z", "2025-01-01T22:00", vec!["01-02"]),
        ("FREQ=DAILY;UNTIL=20250103T220000", "2025-01-01T22:00", vec!["01-02", "01-03"]),
        ("FREQ=DAILY;UNTIL=20250103T000000", "2025-01-01T22:00", vec!["01-02"]),
        ("FREQ=DAILY;BYDAY=MO,TU,WE,TH,FR", "2025-01-02T00:00", vec!["01-03", "01-06", "01-07"]),
        ("FREQ=WEEKLY;INTERVAL=2;BYDAY=MO,SU", "2025-01-06T00:00", vec!["01-12", "01-20", "01-26"]),
        ("FREQ=WEEKLY;INTERVAL=2;BYDAY=MO,SU;WKST=SU", "2025-01-06T00:00", vec!["01-19", "01-20", "02-02"]),
        ("RRULE:FREQ=MONTHLY", "2025-01-31T00:00", vec!["03-31", "05-31", "07-31"]),
        ("FREQ=MONTHLY;BYMONTHDAY=-1", "2025-01-31T00:00", vec!["02-28", "03-31", "04-30"]),
        ("FREQ=MONTHLY;BYDAY=2TU", "2025-01-14T00:00", vec!["02-11", "03-11", "04-08"]),
        ("FREQ=MONTHLY;BYDAY=-1FR;INTERVAL=2", "2025-01-31T00:00", vec!["03-28", "05-30", "07-25"]),
        ("FREQ=YEARLY;BYMONTH=2,11;BYDAY=1MO", "2025-02-03T00:00", vec!["11-03", "02-02", "11-02"]),
        ("FREQ=YEARLY", "2024-02-29T00:00", vec!["02-29", "02-29", "02-29"]),
    ] {
        let recurrence = recurrence(rrule, start, 60, "UTC");
        let from = format!("{start}:00Z");
        let found: Vec<_> = spans(&recurrence, &from, 3).into_iter().map(|span| span[5..10].to_owned()).collect();
        assert_eq!(found, expected, "{rrule}");
    }
}

#[test]
fn an_end_with_a_time_is_a_moment_of_the_zone_or_of_the_wall() {
    // RFC 5545: the last one begins at UNTIL or before it.
    let last = |until: &str, start: &str, zone: &str| {
        let rule = recurrence(&format!("FREQ=DAILY;UNTIL={until}"), start, 60, zone);
        rule.rule.last_day(rule.first.date()).map(|day| day.to_string()).unwrap()
    };
    assert_eq!(last("20250410T000000Z", "2025-04-01T22:00", "UTC"), "2025-04-09");
    // 22:00 in Berlin is 20:00 UTC in summer, and 06:00 in Shanghai the evening before.
    assert_eq!(last("20250410T200000Z", "2025-04-01T22:00", "Europe/Berlin"), "2025-04-10");
    assert_eq!(last("20250410T195959Z", "2025-04-01T22:00", "Europe/Berlin"), "2025-04-09");
    assert_eq!(last("20250410T220000Z", "2025-04-01T06:00", "Asia/Shanghai"), "2025-04-11");
    assert_eq!(last("20250410T215959Z", "2025-04-01T06:00", "Asia/Shanghai"), "2025-04-10");
    assert_eq!(last("20250410T220000", "2025-04-01T22:00", "Europe/Berlin"), "2025-04-10");
    assert_eq!(last("20250410T200000", "2025-04-01T22:00", "Europe/Berlin"), "2025-04-09");
}

/// A rule, its first day, and the first days on which it comes.
#[rustfmt::skip]
const CHOSEN: &[(&str, &str, &str)] = &[
    ("FREQ=MONTHLY;BYDAY=MO,TU,WE,TH,FR;BYSETPOS=-1", "2025-01-31", "2025-01-31 2025-02-28 2025-03-31 2025-04-30 2025-05-30"),
    ("FREQ=MONTHLY;BYDAY=MO,TU,WE,TH,FR;BYSETPOS=1", "2025-01-01", "2025-01-01 2025-02-03 2025-03-03 2025-04-01 2025-05-01"),
    ("FREQ=MONTHLY;BYDAY=MO,TU,WE,TH,FR;BYSETPOS=2,-2", "2025-01-10", "2025-01-30 2025-02-04 2025-02-27 2025-03-04 2025-03-28"),
    ("FREQ=MONTHLY;BYDAY=SU;BYSETPOS=1", "2025-01-05", "2025-01-05 2025-02-02 2025-03-02 2025-04-06 2025-05-04"),
    ("FREQ=MONTHLY;BYDAY=SU;BYSETPOS=5", "2025-01-01", "2025-03-30 2025-06-29 2025-08-31 2025-11-30 2026-03-29"),
    ("FREQ=MONTHLY;INTERVAL=3;BYDAY=SA,SU;BYSETPOS=-1", "2025-01-01", "2025-01-26 2025-04-27 2025-07-27 2025-10-26 2026-01-31"),
    ("FREQ=MONTHLY;BYMONTHDAY=1,15,-1;BYSETPOS=2", "2025-01-01", "2025-01-15 2025-02-15 2025-03-15 2025-04-15 2025-05-15"),
    ("FREQ=MONTHLY;BYMONTH=3,6,9,12;BYDAY=MO,TU,WE,TH,FR;BYSETPOS=-1", "2025-01-01", "2025-03-31 2025-06-30 2025-09-30 2025-12-31 2026-03-31"),
    ("FREQ=MONTHLY;BYDAY=MO,TU,WE,TH,FR;BYMONTHDAY=25,26,27,28,29,30,31;BYSETPOS=-3", "2025-01-01", "2025-01-29 2025-02-26 2025-03-27 2025-04-28 2025-05-28"),
    ("FREQ=MONTHLY;BYDAY=FR;BYMONTHDAY=13", "2025-01-01", "2025-06-13 2026-02-13 2026-03-13 2026-11-13 2027-08-13"),
    ("FREQ=MONTHLY;BYDAY=TU,TH;BYSETPOS=3;COUNT=3", "2025-01-20", "2025-02-11 2025-03-11 2025-04-08"),
    ("FREQ=MONTHLY;BYDAY=MO,TU,WE,TH,FR;BYSETPOS=-1;UNTIL=20250401T000000Z", "2025-01-31", "2025-01-31 2025-02-28 2025-03-31"),
    ("FREQ=YEARLY;BYMONTH=3,6;BYDAY=MO;BYSETPOS=-1", "2025-01-01", "2025-06-30 2026-06-29 2027-06-28 2028-06-26 2029-06-25"),
    ("FREQ=YEARLY;BYMONTH=3,6;BYDAY=MO;BYSETPOS=1,5,-1", "2025-01-01", "2025-03-03 2025-03-31 2025-06-30 2026-03-02 2026-03-30"),
    ("FREQ=YEARLY;BYDAY=MO,TU,WE,TH,FR;BYSETPOS=-1", "2025-01-01", "2025-12-31 2026-12-31 2027-12-31 2028-12-29 2029-12-31"),
    ("FREQ=YEARLY;BYDAY=SA,SU;BYSETPOS=10", "2025-01-01", "2025-02-02 2026-02-01 2027-01-31 2028-01-30 2029-02-04"),
    ("FREQ=YEARLY;BYMONTHDAY=29;BYSETPOS=2", "2025-01-01", "2025-03-29 2026-03-29 2027-03-29 2028-02-29 2029-03-29"),
    ("FREQ=YEARLY;BYMONTHDAY=31", "2025-01-01", "2025-01-31 2025-03-31 2025-05-31 2025-07-31 2025-08-31"),
    ("FREQ=YEARLY;BYDAY=SU", "2025-12-20", "2025-12-21 2025-12-28 2026-01-04 2026-01-11 2026-01-18"),
    ("FREQ=YEARLY;BYMONTH=11;BYDAY=TU;BYMONTHDAY=2,3,4,5,6,7,8", "2025-01-01", "2025-11-04 2026-11-03 2027-11-02 2028-11-07 2029-11-06"),
    ("FREQ=YEARLY;INTERVAL=2;BYMONTH=12;BYDAY=MO,TU,WE,TH,FR;BYSETPOS=-1,1", "2024-06-01", "2024-12-02 2024-12-31 2026-12-01 2026-12-31 2028-12-01"),
    ("FREQ=WEEKLY;BYDAY=SA;BYHOUR=22;BYMINUTE=0;BYSECOND=0", "2025-01-01", "2025-01-04 2025-01-11 2025-01-18 2025-01-25 2025-02-01"),
];

#[test]
fn some_of_the_days_of_a_month_or_a_year() {
    for (rrule, first, expected) in CHOSEN {
        let rule = recurrence(rrule, &format!("{first}T22:00"), 60, "UTC");
        let found: Vec<_> = spans(&rule, &format!("{first}T00:00:00Z"), 5).into_iter().map(|span| span[..10].to_owned()).collect();
        assert_eq!(found.join(" "), *expected, "{rrule}");
        // The same backwards: the last of it is the last that is found forwards.
        if let Some(last) = rule.rule.last_day(rule.first.date()) {
            assert_eq!(found.last(), Some(&last.to_string()), "{rrule}");
        }
    }
}

#[test]
fn what_is_known_but_not_taken_is_named() {
    for (rrule, part) in [
        ("FREQ=DAILY;BYHOUR=1,13", "BYHOUR=1,13"),
        ("FREQ=DAILY;BYHOUR=1", "BYHOUR=1"),
        ("FREQ=DAILY;BYMINUTE=0,30", "BYMINUTE=0,30"),
        ("FREQ=DAILY;BYSECOND=30", "BYSECOND=30"),
        ("FREQ=YEARLY;BYWEEKNO=20", "BYWEEKNO=20"),
        ("FREQ=YEARLY;BYYEARDAY=100", "BYYEARDAY=100"),
        ("FREQ=WEEKLY;BYDAY=MO,TU;BYSETPOS=-1", "BYSETPOS"),
        ("FREQ=DAILY;BYSETPOS=1", "BYSETPOS"),
        ("FREQ=HOURLY", "FREQ=HOURLY"),
    ] {
        let (field, wording) = refused(rrule);
        assert_eq!((field, wording), ("rrule", Wording::new("silences-expect-rrule-without").with("part", part)), "{rrule}");
    }
    assert_eq!(refused("FREQ=MONTHLY;BYDAY=MO;BYSETPOS=6").1.key, "silences-expect-rrule-that-comes");
}

#[test]
fn what_has_a_last_one_ends() {
    let ends = |rrule: &str| recurrence(rrule, "2025-03-07T22:00", 240, "UTC").ends().map(|end| end.rfc3339()[..16].to_owned());
    assert_eq!(ends("FREQ=WEEKLY"), None);
    assert_eq!(ends("FREQ=WEEKLY;COUNT=3").as_deref(), Some("2025-03-22T02:00"));
    // The last Friday up to a Wednesday, and the last of March in years.
    assert_eq!(ends("FREQ=WEEKLY;UNTIL=20250402T000000Z").as_deref(), Some("2025-03-29T02:00"));
    assert_eq!(ends("FREQ=YEARLY;UNTIL=20280101").as_deref(), Some("2027-03-08T02:00"));
    // Over before it began: nothing of it comes later than this.
    assert_eq!(ends("FREQ=WEEKLY;UNTIL=20250301").as_deref(), Some("2025-03-03T04:00"));
}

#[test]
fn what_is_no_rule_is_refused() {
    for bad in [
        "",
        "FREQ=SECONDLY",
        "FREQ=DAILY;INTERVAL=0",
        "FREQ=DAILY;COUNT=2;UNTIL=20250101",
        "FREQ=DAILY;BYSETPOS=1",
        "FREQ=MONTHLY;BYSETPOS=1",
        "FREQ=MONTHLY;BYDAY=MO;BYSETPOS=0",
        "FREQ=MONTHLY;BYDAY=MO;BYSETPOS=367",
        "FREQ=MONTHLY;BYDAY=MO;BYSETPOS=",
        "FREQ=WEEKLY;BYDAY=XX",
        "FREQ=WEEKLY;BYDAY=1MO",
        "FREQ=MONTHLY;BYMONTHDAY=32",
        "BYDAY=MO",
        "FREQ=DAILY;FREQ=WEEKLY",
    ] {
        assert_eq!(refused(bad).0, "rrule", "{bad}");
    }
}

fn refused(rrule: &str) -> (&'static str, Wording) {
    Recurrence::new(Written { rrule: rrule.into(), start: "2025-01-01T00:00".into(), minutes: 60, zone: "UTC".into() }).unwrap_err()
}

#[test]
fn a_bomb_is_refused_and_what_is_taken_is_cheap() {
    let begun = std::time::Instant::now();
    for items in [700, 7_000, 30_000] {
        let bomb = format!("FREQ=DAILY;COUNT=1000;BYMONTHDAY={}", vec!["-31"; items].join(","));
        assert_eq!(refused(&bomb).1.key, "expect-at-most-characters");
    }
    let list = format!("FREQ=DAILY;COUNT=1000;BYMONTHDAY={}", vec!["31"; 63].join(","));
    assert_eq!(refused(&list).1.key, "silences-expect-rrule-lists");
    for never in
        ["FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=30", "FREQ=DAILY;COUNT=1000;BYMONTH=2,4;BYMONTHDAY=31", "FREQ=MONTHLY;BYDAY=1MO;BYMONTHDAY=8"]
    {
        assert_eq!(refused(never).1.key, "silences-expect-rrule-that-comes", "{never}");
        // What was taken before still reads, and is over.
        let kept = Written { rrule: never.into(), start: "2025-01-01T00:00".into(), minutes: 60, zone: "UTC".into() };
        assert!(Recurrence::try_from(kept).unwrap().is_over(Timestamp(0)), "{never}");
    }
    let days = (-31..=31).filter(|n| *n != 0).map(|n: i32| n.to_string()).collect::<Vec<_>>().join(",");
    for (taken, start, last) in [
        (format!("FREQ=DAILY;INTERVAL=7;COUNT=1000;BYMONTHDAY={days}"), "2025-01-01T00:00", "2044-02-24"),
        ("FREQ=YEARLY;COUNT=1000;BYMONTH=2;BYMONTHDAY=29,29,29".to_owned(), "2025-01-01T00:00", "2134-07-09"),
        ("FREQ=YEARLY;COUNT=1000;BYDAY=MO,TU,WE,TH,FR;BYSETPOS=-1".to_owned(), "2025-01-01T00:00", "2134-07-09"),
        ("FREQ=YEARLY;COUNT=2".to_owned(), "2096-02-29T00:00", "2104-02-29"),
    ] {
        let rule = recurrence(&taken, start, 60, "UTC").rule;
        assert_eq!(rule.last.map(|date| date.to_string()).as_deref(), Some(last), "{taken}");
    }
    assert!(begun.elapsed() < std::time::Duration::from_secs(2), "{:?}", begun.elapsed());
}

#[test]
fn days_come_once_and_in_order() {
    let rule = recurrence("FREQ=MONTHLY;BYMONTHDAY=-1,15,-2,1,15", "2025-01-01T00:00", 60, "UTC").rule;
    assert_eq!(rule.monthdays, [1, 15, -2, -1]);
}
