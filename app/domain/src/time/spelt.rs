//! Times as banks and programs spell them, spelt as `2025-06-15T14:05:00`, with the offset behind it where they name one.

use jiff::civil::{Date, DateTime, Time};

use crate::series::{halved, of_half};

/// What stands first in a date whose year is last, between strokes: `3/4/2025`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum First {
    Day,
    Month,
}

/// The time in the usual spelling; `None` where it is none, or `first` would have to be known and is not. It may stand in quotes or
/// brackets. An offset may stand apart, with the name of its zone behind it; of names alone only UTC and GMT are known.
pub(crate) fn respelt(text: &str, first: Option<First>) -> Option<String> {
    let text = text.trim().trim_matches(['`', '\'', '"', '[', ']']).trim();
    let chinese;
    let text = if text.contains('年') {
        chinese = text.replace(['年', '月'], "-").replace('日', " ").replace(['时', '分'], ":").replace('秒', "");
        chinese.trim_end_matches([':', ' '])
    } else {
        text
    };
    let (text, offset) = parted(text);
    let (text, half) = halved(text);
    let wall = wall(text, first)?;
    let wall = half.map_or(Some(wall), |half| of_half(wall, half))?;
    Some(format!("{wall}{}", offset.unwrap_or_default()))
}

/// A length of time by its parts, each a number and its unit (`1m2.5s`, `1 h 5 min`), as so many of what `unit` says of a unit; and how many
/// parts it has.
pub(crate) fn length_in_parts(text: &str, unit: impl Fn(&str) -> Option<f64>) -> Option<(f64, usize)> {
    let (mut rest, mut sum, mut parts) = (text.trim(), 0.0, 0);
    while !rest.is_empty() {
        let (number, more) = rest.split_at(rest.find(|sign: char| !sign.is_ascii_digit() && sign != '.')?);
        let (name, next) = more.split_at(more.find(|sign: char| sign.is_ascii_digit()).unwrap_or(more.len()));
        sum += number.parse::<f64>().ok()? * unit(name.trim())?;
        rest = next;
        parts += 1;
    }
    (parts > 0).then_some((sum, parts))
}

/// A day and a time of the clock, and nothing else: with a blank or `T` between them, or as one number of fourteen digits.
pub(super) fn wall(text: &str, first: Option<First>) -> Option<DateTime> {
    let (day, clock) = day_and_clock(text)?;
    Some(DateTime::from_parts(date(day, first)?, time(clock.trim())?))
}

/// A time as one number, `20250615140500`, or a day as its midnight, `20250615`; of this century or the last.
pub(crate) fn compact(text: &str) -> Option<DateTime> {
    let is_number = matches!(text.len(), 8 | 14) && text.bytes().all(|digit| digit.is_ascii_digit());
    if !is_number || !(text.starts_with("19") || text.starts_with("20")) {
        return None;
    }
    let (day, clock) = text.split_at(8);
    let clock = if clock.is_empty() { Time::midnight() } else { time(clock)? };
    Some(DateTime::from_parts(date(day, None)?, clock))
}

/// The text without its offset, and that as RFC 3339 has it.
fn parted(text: &str) -> (&str, Option<String>) {
    if let Some((before, name)) = text.rsplit_once(' ') {
        // As Go writes it: +0800 CST.
        let abbreviated = (2..=5).contains(&name.len()) && name.bytes().all(|letter| letter.is_ascii_uppercase());
        let numbered = before.rsplit_once(' ').and_then(|(before, number)| Some((before, offset(number)?)));
        match numbered {
            Some((before, number)) if abbreviated => return (before, Some(number)),
            _ if matches!(name, "UTC" | "GMT" | "Z") => return (before, Some("Z".to_owned())),
            _ => {}
        }
        if let Some(number) = offset(name) {
            return (before, Some(number));
        }
    }
    if let Some(before) = text.strip_suffix('Z').filter(|before| before.ends_with(|last: char| last.is_ascii_digit())) {
        return (before, Some("Z".to_owned()));
    }
    // At the clock: 14:05:00+08.
    let at = text.rfind(['+', '-']).filter(|at| text[..*at].contains(':'));
    match at.and_then(|at| Some((at, offset(&text[at..])?))) {
        Some((at, number)) => (text[..at].trim_end(), Some(number)),
        None => (text, None),
    }
}

/// `+08`, `+0800` or `+08:00` as the last of them.
fn offset(text: &str) -> Option<String> {
    let (sign, digits) = text.split_at_checked(1).filter(|(sign, _)| matches!(*sign, "+" | "-"))?;
    let digits = digits.replace(':', "");
    let good = matches!(digits.len(), 2 | 4) && digits.bytes().all(|digit| digit.is_ascii_digit());
    good.then(|| format!("{sign}{}:{}", &digits[..2], digits.get(2..).filter(|minutes| !minutes.is_empty()).unwrap_or("00")))
}

/// The day, and the time of the clock.
fn day_and_clock(text: &str) -> Option<(&str, &str)> {
    // 20251128140500, maybe with a fraction.
    let digits = text.bytes().take_while(u8::is_ascii_digit).count();
    if digits == 14 {
        return text.split_at_checked(8);
    }
    let is_mark = |at: usize| {
        let digit = |at: usize| text.as_bytes().get(at).is_some_and(u8::is_ascii_digit);
        at > 0 && digit(at - 1) && digit(at + 1)
    };
    let apart = text.char_indices().find(|(at, sign)| *sign == ' ' || (*sign == 'T' && is_mark(*at))).map(|(at, _)| at);
    // 28/Nov/2025:14:05:00
    let at = apart.or_else(|| text.find(':').filter(|at| text[..*at].bytes().any(|letter| letter.is_ascii_alphabetic())))?;
    Some((&text[..at], &text[at + 1..]))
}

fn number(text: &str, most: usize) -> Option<i16> {
    let good = (1..=most).contains(&text.len()) && text.bytes().all(|digit| digit.is_ascii_digit());
    if good { text.parse().ok() } else { None }
}

fn two(text: &str) -> Option<i8> {
    number(text, 2).and_then(|number| i8::try_from(number).ok())
}

fn date(text: &str, first: Option<First>) -> Option<Date> {
    if text.len() == 8 && text.bytes().all(|digit| digit.is_ascii_digit()) {
        return Date::new(number(&text[..4], 4)?, two(&text[4..6])?, two(&text[6..])?).ok();
    }
    let mark = text.chars().find(|sign| matches!(sign, '-' | '/' | '.'))?;
    let mut parts = text.split(mark);
    let (begin, middle, end) = (parts.next()?, parts.next()?, parts.next()?);
    if parts.next().is_some() {
        return None;
    }
    let (year, month, day) = if begin.len() == 4 {
        (begin, two(middle)?, end)
    } else if let Some(month) = named(middle) {
        (end, month, begin)
    } else if mark == '.' || first == Some(First::Day) {
        (end, two(middle)?, begin)
    } else if first == Some(First::Month) {
        (end, two(begin)?, middle)
    } else {
        return None;
    };
    let year = number(year, 4).filter(|_| year.len() == 4)?;
    Date::new(year, month, two(day)?).ok()
}

/// The number of a month by the first three letters of its English name.
fn named(text: &str) -> Option<i8> {
    let months = ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"];
    let at = months.iter().position(|month| text.eq_ignore_ascii_case(month))?;
    i8::try_from(at + 1).ok()
}

/// `14:05:00`, `9:05`, `140500`, any of them with a fraction of a second.
fn time(text: &str) -> Option<Time> {
    let (whole, part) = text.split_once(['.', ',']).unwrap_or((text, "0"));
    let part = part.get(..part.len().min(9)).filter(|part| !part.is_empty() && part.bytes().all(|digit| digit.is_ascii_digit()))?;
    let nanos = format!("{part:0<9}").parse().ok()?;
    let (hour, minute, second) = match whole.split_once(':') {
        Some((hour, rest)) => {
            // A fraction is one of a second.
            let (minute, second) = rest.split_once(':').or_else(|| (whole.len() == text.len()).then_some((rest, "0")))?;
            (hour, minute, second)
        }
        None if whole.len() == 6 && whole.is_ascii() => (&whole[..2], &whole[2..4], &whole[4..]),
        None => return None,
    };
    Time::new(two(hour)?, two(minute)?, two(second)?, nanos).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_of_banks_and_programs_are_spelt_as_usual() {
        for (text, usual) in [
            ("2026-11-28 14:05:00 +0800", "2026-11-28T14:05:00+08:00"),
            ("2026-11-28 14:05:00.5 -03:30", "2026-11-28T14:05:00.5-03:30"),
            ("2026-11-28 14:05:00 +0800 CST", "2026-11-28T14:05:00+08:00"),
            ("2026-11-28 14:05:00 +0000 UTC", "2026-11-28T14:05:00+00:00"),
            ("2026-11-28 14:05:00 UTC", "2026-11-28T14:05:00Z"),
            ("2026-11-28 14:05:00+08", "2026-11-28T14:05:00+08:00"),
            ("2026-11-28 14:05:00Z", "2026-11-28T14:05:00Z"),
            ("20261128140500", "2026-11-28T14:05:00"),
            ("20261128140500.25", "2026-11-28T14:05:00.25"),
            ("20261128 140500", "2026-11-28T14:05:00"),
            ("20261128T140500", "2026-11-28T14:05:00"),
            ("20261128 14:05:00", "2026-11-28T14:05:00"),
            ("28.11.2026 14:05:00", "2026-11-28T14:05:00"),
            ("1.2.2026  9:05", "2026-02-01T09:05:00"),
            ("28/Nov/2026:14:05:00.123", "2026-11-28T14:05:00.123"),
            ("28/Nov/2026:14:05:00.123 +0800", "2026-11-28T14:05:00.123+08:00"),
            ("28-OCT-2026 14:05:00", "2026-10-28T14:05:00"),
            ("`2026-11-28 14:05:00", "2026-11-28T14:05:00"),
            ("'2026/11/28 2:05 pm'", "2026-11-28T14:05:00"),
            ("[2026-11-28 12:05:00 AM]", "2026-11-28T00:05:00"),
            ("2026年11月28日 14:05:00", "2026-11-28T14:05:00"),
            ("2026年1月2日14时05分", "2026-01-02T14:05:00"),
        ] {
            assert_eq!(respelt(text, None).as_deref(), Some(usual), "{text}");
        }
        for text in [
            "11/28/2026 14:05",
            "28/11/2026 14:05",
            "28-11-2026 14:05",
            "28.11.26 14:05",
            "2026-11-28",
            "20261128",
            "20261328140500",
            "202611281405",
            "2026-11-28 13:05 PM",
            "2026-11-28 24:05",
            "2026-11-28 14:05.5",
            "2026-11-28 14:05:00 CST",
            "2026-11-28 14:05:00 +8",
            "1732774000000",
            "noon",
            "年",
            "",
        ] {
            assert_eq!(respelt(text, None), None, "{text}");
        }
    }

    #[test]
    fn a_time_may_be_one_number() {
        for (text, wall) in [
            ("20261128140500", Some("2026-11-28T14:05:00")),
            ("19991231", Some("1999-12-31T00:00:00")),
            ("20261328", None),
            ("20261128240000", None),
            ("17327740", None),
            ("1732774000", None),
            ("1732774000000", None),
            ("2026-1-1", None),
            ("", None),
        ] {
            assert_eq!(compact(text).map(|wall| wall.to_string()).as_deref(), wall, "{text}");
        }
    }

    #[test]
    fn what_stands_first_is_said() {
        let both = |text: &str| [First::Day, First::Month].map(|first| respelt(text, Some(first)));
        let at = |text: &str| Some(text.to_owned());
        assert_eq!(both("3/4/2026 02:05:00 PM"), [at("2026-04-03T14:05:00"), at("2026-03-04T14:05:00")]);
        assert_eq!(both("11/28/2026 14:05"), [None, at("2026-11-28T14:05:00")]);
        assert_eq!(both("28-11-2026 14:05"), [at("2026-11-28T14:05:00"), None]);
        // A point means the day, and a year that is first is one.
        assert_eq!(both("3.4.2026 14:05"), [at("2026-04-03T14:05:00"), at("2026-04-03T14:05:00")]);
        assert_eq!(both("2026/3/4 14:05"), [at("2026-03-04T14:05:00"), at("2026-03-04T14:05:00")]);
    }
}
