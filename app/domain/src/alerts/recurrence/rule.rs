//! The part of RRULE that has a meaning for days: FREQ from DAILY to YEARLY, INTERVAL, COUNT, UNTIL, BYDAY, BYMONTHDAY,
//! BYMONTH, BYSETPOS of a month or a year, WKST; an hour and a minute where they are those of the start. COUNT is turned into a last day
//! when it is read, so that asking about a day looks at that day only.
//!
//! Rules come from strangers: what is typed or taken over is bounded in length, its lists are sorted and without doubles, and
//! days are found month by month as bits of a number, so that no rule costs more than the months that are looked through.

use jiff::{
    civil::{Date, DateTime, Weekday},
    tz::TimeZone,
};

use crate::Wording;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Freq {
    Daily,
    Weekly,
    Monthly,
    Yearly,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Rule {
    pub(super) freq: Freq,
    pub(super) interval: i32,
    /// Weekdays, each with which of the month it is (0: every).
    pub(super) days: Vec<(i8, Weekday)>,
    pub(super) monthdays: Vec<i8>,
    pub(super) months: Vec<i8>,
    /// Which of the days of a month or a year; from its end where negative, all of them where there are none.
    pub(super) places: Vec<i16>,
    pub(super) week_begins: Weekday,
    pub(super) last: Option<Date>,
    text: String,
}

const WEEKDAYS: [(&str, Weekday); 7] = [
    ("MO", Weekday::Monday),
    ("TU", Weekday::Tuesday),
    ("WE", Weekday::Wednesday),
    ("TH", Weekday::Thursday),
    ("FR", Weekday::Friday),
    ("SA", Weekday::Saturday),
    ("SU", Weekday::Sunday),
];
/// Most repetitions that COUNT may ask for, and days that are looked through for the last of them.
const MAX_COUNT: u32 = 1_000;
const HORIZON: i32 = 40_000;
/// Characters of a rule, and items of one of its lists.
const LONGEST: usize = 500;
const MOST_ITEMS: usize = 62;
/// Years in which a first one must come. Leap days are eight years apart around 2100.
const FIRST_WITHIN: i16 = 12;
/// What RFC 5545 knows beside what is taken here: one span begins on a day, at the time of the first.
const NOT_TAKEN: [&str; 6] = ["BYHOUR", "BYMINUTE", "BYSECOND", "BYWEEKNO", "BYYEARDAY", "BYSETPOS"];
/// Months that are looked through backwards for the last one.
const LOOKED_BACK: u32 = 150;

impl std::fmt::Display for Rule {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.text)
    }
}

fn weekday(text: &str) -> Option<Weekday> {
    WEEKDAYS.iter().find(|(word, _)| *word == text).map(|(_, day)| *day)
}

fn list<T>(value: &str, read: impl Fn(&str) -> Option<T>) -> Result<Vec<T>, Wording> {
    value.split(',').map(|item| read(item).ok_or_else(|| not_understood(item))).collect()
}

fn not_understood(why: &str) -> Wording {
    Wording::new("silences-expect-rrule").with("why", why)
}

/// Of a part that stands in RFC 5545, and that nothing is made of here.
fn not_taken(part: &str) -> Wording {
    Wording::new("silences-expect-rrule-without").with("part", part)
}

/// Each once, in the order of a month: from its beginning first, from its end last.
fn tidy<T: PartialEq, K: Ord>(items: &mut Vec<T>, order: impl Fn(&T) -> K) {
    items.sort_by_key(order);
    items.dedup();
}

fn later(date: Date, span: jiff::Span) -> Date {
    date.saturating_add(span)
}

impl Rule {
    /// Reads what somebody asks for, or says what would be right.
    pub(super) fn parse(text: &str, start: DateTime, zone: &TimeZone) -> Result<Self, Wording> {
        if text.len() > LONGEST {
            return Err(Wording::new("expect-at-most-characters").with("max", LONGEST));
        }
        if text.split(';').any(|part| part.split(',').count() > MOST_ITEMS) {
            return Err(Wording::new("silences-expect-rrule-lists").with("max", MOST_ITEMS));
        }
        let (rule, first) = (Self::read(text, start, zone)?, start.date());
        let endless = Self { last: None, ..rule.clone() };
        let end = later(first, jiff::Span::new().years(FIRST_WITHIN));
        if endless.next(first, first, end).is_none() {
            return Err(Wording::new("silences-expect-rrule-that-comes").with("years", FIRST_WITHIN));
        }
        Ok(rule)
    }

    /// Reads what is kept: it was asked for when it was written.
    pub(super) fn read(text: &str, start: DateTime, zone: &TimeZone) -> Result<Self, Wording> {
        let text = text.trim().to_ascii_uppercase();
        let text = text.strip_prefix("RRULE:").unwrap_or(&text).trim_end_matches(';').to_owned();
        let mut rule = Self {
            freq: Freq::Daily,
            interval: 1,
            days: Vec::new(),
            monthdays: Vec::new(),
            months: Vec::new(),
            places: Vec::new(),
            week_begins: Weekday::Monday,
            last: None,
            text: text.clone(),
        };
        let (mut seen, mut count, mut freq) = (Vec::new(), None, None);
        for part in text.split(';') {
            let (name, value) = part.split_once('=').ok_or_else(|| not_understood(part))?;
            if seen.contains(&name) {
                return Err(not_understood(part));
            }
            seen.push(name);
            let wrong = || not_understood(part);
            match name {
                "FREQ" => {
                    freq = Some(match value {
                        "DAILY" => Freq::Daily,
                        "WEEKLY" => Freq::Weekly,
                        "MONTHLY" => Freq::Monthly,
                        "YEARLY" => Freq::Yearly,
                        "SECONDLY" | "MINUTELY" | "HOURLY" => return Err(not_taken(part)),
                        _ => return Err(wrong()),
                    });
                }
                "INTERVAL" => rule.interval = value.parse().ok().filter(|n| (1..=1_000).contains(n)).ok_or_else(wrong)?,
                "COUNT" => count = Some(value.parse().ok().filter(|n| (1..=MAX_COUNT).contains(n)).ok_or_else(wrong)?),
                "UNTIL" => rule.last = Some(until(value, start, zone).ok_or_else(wrong)?),
                "BYDAY" => {
                    rule.days = list(value, |item| {
                        let at = item.len().checked_sub(2).filter(|at| item.is_char_boundary(*at))?;
                        let (which, day) = item.split_at(at);
                        let which = if which.is_empty() { 0 } else { which.parse().ok().filter(|n| *n != 0 && (-5..=5).contains(n))? };
                        Some((which, weekday(day)?))
                    })?;
                }
                "BYMONTHDAY" => rule.monthdays = list(value, |n| n.parse().ok().filter(|n| *n != 0 && (-31..=31).contains(n)))?,
                "BYMONTH" => rule.months = list(value, |n| n.parse().ok().filter(|n| (1..=12).contains(n)))?,
                "BYSETPOS" => rule.places = list(value, |n| n.parse().ok().filter(|n| *n != 0 && (-366..=366).contains(n)))?,
                "BYHOUR" if value.parse() == Ok(start.hour()) => {}
                "BYMINUTE" if value.parse() == Ok(start.minute()) => {}
                "BYSECOND" if value.parse() == Ok(start.second()) => {}
                _ if NOT_TAKEN.contains(&name) => return Err(not_taken(part)),
                "WKST" => rule.week_begins = weekday(value).ok_or_else(wrong)?,
                _ => return Err(wrong()),
            }
        }
        rule.freq = freq.ok_or_else(|| not_understood("FREQ"))?;
        tidy(&mut rule.months, |n| *n);
        tidy(&mut rule.monthdays, |n| (*n < 0, *n));
        tidy(&mut rule.places, |n| (*n < 0, *n));
        tidy(&mut rule.days, |(which, day)| (*which < 0, *which, day.to_monday_zero_offset()));
        let numbered = rule.days.iter().any(|(which, _)| *which != 0);
        if numbered && !(rule.freq == Freq::Monthly || rule.freq == Freq::Yearly && !rule.months.is_empty()) {
            return Err(not_understood("BYDAY"));
        }
        // Of one day, or of a week, there is nothing to choose that could not be said with BYDAY.
        if !rule.places.is_empty() {
            match rule.freq {
                Freq::Daily | Freq::Weekly => return Err(not_taken("BYSETPOS")),
                _ if rule.days.is_empty() && rule.monthdays.is_empty() && rule.months.is_empty() => return Err(not_understood("BYSETPOS")),
                _ => {}
            }
        }
        if let Some(count) = count {
            if rule.last.is_some() {
                return Err(not_understood("COUNT, UNTIL"));
            }
            rule.last = Some(rule.nth(start.date(), count));
        }
        Ok(rule)
    }

    /// The day of the n-th repetition, the last day that is looked at where there are not so many.
    fn nth(&self, first: Date, count: u32) -> Date {
        let end = later(first, jiff::Span::new().days(HORIZON));
        let (mut month, mut left) = (first.first_of_month(), count);
        while month <= end {
            let mut days = self.days_of(first, month);
            if month < first {
                days &= from_day(first.day());
            }
            if days.count_ones() >= left {
                (1..left).for_each(|_| days &= days - 1);
                return day_of(month, days).unwrap_or(end);
            }
            left -= days.count_ones();
            match next_month(month) {
                Some(next) => month = next,
                None => break,
            }
        }
        end
    }

    /// The first day from `from` to `until` on which one begins, where the first day is `first`.
    pub(super) fn next(&self, first: Date, from: Date, until: Date) -> Option<Date> {
        let from = from.max(first);
        let until = self.last.map_or(until, |last| last.min(until));
        let mut month = from.first_of_month();
        while month <= until {
            let mut days = self.days_of(first, month);
            if month < from {
                days &= from_day(from.day());
            }
            if let Some(date) = day_of(month, days) {
                return (date <= until).then_some(date);
            }
            month = next_month(month)?;
        }
        None
    }

    /// The last day on which one begins, where the first day is `first`; `None` where there is no last one, or none in many months before
    /// the day after which none is looked for.
    pub(super) fn last_day(&self, first: Date) -> Option<Date> {
        let last = self.last?;
        let mut month = last.first_of_month();
        for _ in 0..LOOKED_BACK {
            if month < first.first_of_month() {
                return None;
            }
            let mut days = self.days_of(first, month);
            if month == last.first_of_month() {
                days &= !from_day(last.day()) | bit(last.day());
            }
            if month == first.first_of_month() {
                days &= from_day(first.day());
            }
            if let Some(place) = days.checked_ilog2() {
                return Date::new(month.year(), month.month(), i8::try_from(place).ok()? + 1).ok();
            }
            month = month.yesterday().ok()?.first_of_month();
        }
        None
    }

    /// Whether one begins on the date, where the first day is `first`.
    pub(super) fn has(&self, first: Date, date: Date) -> bool {
        self.next(first, date, date).is_some()
    }

    /// Days of a month on which one begins, the lowest bit the first of them; what is before the first day, or after the last, is not asked.
    fn days_of(&self, first: Date, month: Date) -> u32 {
        let fit = self.fitting(first, month);
        if fit == 0 || self.places.is_empty() {
            return fit;
        }
        // How many fit in the same month or year: before this month, and in all.
        let (before, all) = if self.freq == Freq::Yearly {
            let months = (1..=12).filter_map(|n| Date::new(month.year(), n, 1).ok());
            months.fold((0, 0), |(before, all), other| {
                let count = self.fitting(first, other).count_ones();
                (before + if other < month { count } else { 0 }, all + count)
            })
        } else {
            (0, fit.count_ones())
        };
        // From the lowest day on, each with how many come before it.
        let each = std::iter::successors(Some(fit), |left| Some(left & (left - 1)).filter(|left| *left != 0));
        let days = each.map(|left| left & left.wrapping_neg()).zip(before..);
        days.filter(|(_, place)| self.chooses(*place, all)).fold(0, |chosen, (day, _)| chosen | day)
    }

    /// Whether it is one of the chosen, of so many.
    fn chooses(&self, place: u32, all: u32) -> bool {
        let (place, all) = (i64::from(place), i64::from(all));
        self.places.iter().any(|n| i64::from(*n) == place + 1 || i64::from(*n) == place - all)
    }

    /// Days of a month that fit, before some of them are chosen.
    fn fitting(&self, first: Date, month: Date) -> u32 {
        let years = i32::from(month.year()) - i32::from(first.year());
        let comes = match self.freq {
            Freq::Daily | Freq::Weekly => true,
            Freq::Monthly => (years * 12 + i32::from(month.month()) - i32::from(first.month())) % self.interval == 0,
            // A yearly rule that names neither months nor days means the month of its first day.
            Freq::Yearly => {
                let named = !self.months.is_empty() || !self.days.is_empty() || !self.monthdays.is_empty();
                years % self.interval == 0 && (named || month.month() == first.month())
            }
        };
        if !comes || !self.months.is_empty() && !self.months.contains(&month.month()) {
            return 0;
        }
        let length = month.days_in_month();
        let mut fit = u32::MAX >> (32 - length);
        if !self.days.is_empty() {
            fit &= self.days.iter().fold(0, |days, (which, day)| days | weekdays(month, *which, *day));
        }
        if !self.monthdays.is_empty() {
            let day = |n: i8| if n > 0 { n } else { length + n + 1 };
            fit &= self.monthdays.iter().fold(0, |days, n| days | bit(day(*n)));
        }
        if self.days.is_empty() && self.monthdays.is_empty() {
            fit &= match self.freq {
                Freq::Daily => u32::MAX,
                Freq::Weekly => weekdays(month, 0, first.weekday()),
                Freq::Monthly | Freq::Yearly => bit(first.day()),
            };
        }
        if self.interval == 1 || matches!(self.freq, Freq::Monthly | Freq::Yearly) {
            return fit;
        }
        // Every second week counts weeks from their beginning, every third day counts days.
        let (since, each) = match self.freq {
            Freq::Weekly => (later(first, jiff::Span::new().days(-i32::from(first.weekday().since(self.week_begins)))), 7),
            _ => (first, 1),
        };
        let begin = days_between(since, month);
        let counts = |day: &i8| (begin + i32::from(*day) - 1).div_euclid(each).rem_euclid(self.interval) == 0;
        (1..=length).filter(counts).fold(0, |days, day| days | bit(day)) & fit
    }
}

/// The bit of a day of a month; none where there is no such day.
fn bit(day: i8) -> u32 {
    u32::try_from(day - 1).ok().and_then(|place| 1_u32.checked_shl(place)).unwrap_or(0)
}

/// The bits of a day and of those after it.
fn from_day(day: i8) -> u32 {
    !(bit(day) - 1)
}

/// The first of the days of a month.
fn day_of(month: Date, days: u32) -> Option<Date> {
    let place = i8::try_from(days.trailing_zeros()).ok().filter(|_| days != 0)?;
    Date::new(month.year(), month.month(), place + 1).ok()
}

fn next_month(month: Date) -> Option<Date> {
    month.last_of_month().tomorrow().ok()
}

/// The n-th such weekday of a month, from its end where n is negative; every one where it is 0.
fn weekdays(month: Date, which: i8, day: Weekday) -> u32 {
    let begin = day.since(month.weekday());
    let each = 0b1_0000001_0000001_0000001_0000001_u32 << begin & (u32::MAX >> (32 - month.days_in_month()));
    let count = i8::try_from(each.count_ones()).unwrap_or(0);
    match which {
        0 => each,
        n => {
            let place = if n > 0 { n - 1 } else { count + n };
            if (0..count).contains(&place) { bit(1 + begin + 7 * place) } else { 0 }
        }
    }
}

fn days_between(from: Date, to: Date) -> i32 {
    to.since(from).map_or(0, |span| span.get_days())
}

/// `20250102` or `20250102T120000Z`: the last day on which one may begin, in the zone. Where it says a time, one that begins later on its
/// day comes no more.
fn until(value: &str, start: DateTime, zone: &TimeZone) -> Option<Date> {
    let date = |text: &str| Date::strptime("%Y%m%d", text).ok();
    let Some((day, time)) = value.split_once('T') else { return date(value) };
    let end = date(day)?.to_datetime(jiff::civil::Time::strptime("%H%M%S", time.trim_end_matches('Z')).ok()?);
    let (day, is_late) = if time.ends_with('Z') {
        let end = end.to_zoned(TimeZone::UTC).ok()?.with_time_zone(zone.clone());
        let begin = zone.to_ambiguous_zoned(end.date().to_datetime(start.time())).compatible().ok()?;
        (end.date(), begin > end)
    } else {
        (end.date(), start.time() > end.time())
    };
    if is_late { day.yesterday().ok() } else { Some(day) }
}
