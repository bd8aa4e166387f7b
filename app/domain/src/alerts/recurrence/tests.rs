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
    ] {
        assert_eq!(said(other), None, "{other}");
    }
    let until = recurrence("FREQ=WEEKLY;UNTIL=20250401T120000Z", "2025-03-07T18:00", 60, "UTC");
    assert_eq!((until.cadence().unwrap().last.map(|day| day.to_string()).as_deref(), until.time().as_str()), (Some("2025-04-01"), "18:00"));
}

#[test]
fn rules() {
    for (rrule, start, expected) in [
        ("FREQ=DAILY;INTERVAL=3", "2025-01-01T00:00", vec!["01-04", "01-07", "01-10"]),
        ("FREQ=DAILY;COUNT=3", "2025-01-01T00:00", vec!["01-02", "01-03"]),
        ("FREQ=DAILY;UNTIL=20250102T000000Z", "2025-01-01T00:00", vec!["01-02"]),
        ("FREQ=DAILY;UNTIL=20250102", "2025-01-01T00:00", vec!["01-02"]),
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
