//! The part of RRULE that has a meaning for days: FREQ from DAILY to YEARLY, INTERVAL, COUNT, UNTIL, BYDAY, BYMONTHDAY,
//! BYMONTH, WKST. COUNT is turned into a last day when it is read, so that asking about a day looks at that day only.

use jiff::{
    civil::{Date, Weekday},
    tz::TimeZone,
};

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
const HORIZON: u32 = 40_000;

impl std::fmt::Display for Rule {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.text)
    }
}

fn weekday(text: &str) -> Option<Weekday> {
    WEEKDAYS.iter().find(|(word, _)| *word == text).map(|(_, day)| *day)
}

fn list<T>(value: &str, read: impl Fn(&str) -> Option<T>) -> Result<Vec<T>, String> {
    value.split(',').map(|item| read(item).ok_or_else(|| item.to_owned())).collect()
}

impl Rule {
    pub(super) fn parse(text: &str, first: Date, zone: &TimeZone) -> Result<Self, String> {
        let text = text.trim().to_ascii_uppercase();
        let text = text.strip_prefix("RRULE:").unwrap_or(&text).trim_end_matches(';').to_owned();
        let mut rule = Self {
            freq: Freq::Daily,
            interval: 1,
            days: Vec::new(),
            monthdays: Vec::new(),
            months: Vec::new(),
            week_begins: Weekday::Monday,
            last: None,
            text: text.clone(),
        };
        let (mut seen, mut count, mut freq) = (Vec::new(), None, None);
        for part in text.split(';') {
            let (name, value) = part.split_once('=').ok_or_else(|| part.to_owned())?;
            if seen.contains(&name) {
                return Err(part.to_owned());
            }
            seen.push(name);
            let wrong = || part.to_owned();
            match name {
                "FREQ" => {
                    freq = Some(match value {
                        "DAILY" => Freq::Daily,
                        "WEEKLY" => Freq::Weekly,
                        "MONTHLY" => Freq::Monthly,
                        "YEARLY" => Freq::Yearly,
                        _ => return Err(wrong()),
                    });
                }
                "INTERVAL" => rule.interval = value.parse().ok().filter(|n| (1..=1_000).contains(n)).ok_or_else(wrong)?,
                "COUNT" => count = Some(value.parse().ok().filter(|n| (1..=MAX_COUNT).contains(n)).ok_or_else(wrong)?),
                "UNTIL" => rule.last = Some(until(value, zone).ok_or_else(wrong)?),
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
                "WKST" => rule.week_begins = weekday(value).ok_or_else(wrong)?,
                _ => return Err(wrong()),
            }
        }
        rule.freq = freq.ok_or("FREQ")?;
        let numbered = rule.days.iter().any(|(which, _)| *which != 0);
        if numbered && !(rule.freq == Freq::Monthly || rule.freq == Freq::Yearly && !rule.months.is_empty()) {
            return Err("BYDAY".to_owned());
        }
        if let Some(count) = count {
            if rule.last.is_some() {
                return Err("COUNT, UNTIL".to_owned());
            }
            rule.last = Some(rule.nth(first, count));
        }
        Ok(rule)
    }

    /// The day of the n-th repetition, the last day that is looked at where there are not so many.
    fn nth(&self, first: Date, count: u32) -> Date {
        let (mut date, mut left) = (first, count);
        for _ in 0..HORIZON {
            if self.has(first, date) {
                left -= 1;
                if left == 0 {
                    break;
                }
            }
            match date.tomorrow() {
                Ok(next) => date = next,
                Err(_) => break,
            }
        }
        date
    }

    /// Whether one begins on the date, where the first day is `first`.
    pub(super) fn has(&self, first: Date, date: Date) -> bool {
        if date < first || self.last.is_some_and(|last| date > last) {
            return false;
        }
        let every = |apart: i32| apart % self.interval == 0;
        let in_month = self.months.is_empty() || self.months.contains(&date.month());
        let aligned = match self.freq {
            Freq::Daily => every(days_between(first, date)),
            Freq::Weekly => {
                let begin = |date: Date| i32::from(date.weekday().since(self.week_begins));
                every((days_between(first, date) - begin(date) + begin(first)) / 7)
            }
            Freq::Monthly => {
                every((i32::from(date.year()) - i32::from(first.year())) * 12 + i32::from(date.month()) - i32::from(first.month()))
            }
            Freq::Yearly => every(i32::from(date.year()) - i32::from(first.year())),
        };
        aligned && in_month && self.day_fits(first, date)
    }

    fn day_fits(&self, first: Date, date: Date) -> bool {
        if !self.days.is_empty() && !self.days.iter().any(|(which, day)| is_nth(date, *which, *day)) {
            return false;
        }
        let last = date.days_in_month();
        if !self.monthdays.is_empty() && !self.monthdays.iter().any(|n| if *n > 0 { *n == date.day() } else { last + n + 1 == date.day() })
        {
            return false;
        }
        if !self.days.is_empty() || !self.monthdays.is_empty() {
            // A yearly rule that names days but no month means the month of its first day.
            return self.freq != Freq::Yearly || !self.months.is_empty() || date.month() == first.month();
        }
        match self.freq {
            Freq::Daily => true,
            Freq::Weekly => date.weekday() == first.weekday(),
            Freq::Monthly => date.day() == first.day(),
            Freq::Yearly => date.day() == first.day() && (!self.months.is_empty() || date.month() == first.month()),
        }
    }
}

fn days_between(from: Date, to: Date) -> i32 {
    to.since(from).map_or(0, |span| span.get_days())
}

/// Whether the date is the n-th such weekday of its month, from its end where n is negative; 0 is any.
fn is_nth(date: Date, which: i8, day: Weekday) -> bool {
    if date.weekday() != day {
        return false;
    }
    match which {
        0 => true,
        n if n > 0 => (date.day() - 1) / 7 + 1 == n,
        n => (date.days_in_month() - date.day()) / 7 + 1 == -n,
    }
}

/// `20250102` or `20250102T120000Z`: the last day on which one may begin, in the zone.
fn until(value: &str, zone: &TimeZone) -> Option<Date> {
    let date = |text: &str| Date::strptime("%Y%m%d", text).ok();
    match value.split_once('T') {
        None => date(value),
        Some((day, time)) => {
            let civil = date(day)?.to_datetime(jiff::civil::Time::strptime("%H%M%S", time.trim_end_matches('Z')).ok()?);
            if time.ends_with('Z') {
                Some(civil.to_zoned(TimeZone::UTC).ok()?.with_time_zone(zone.clone()).date())
            } else {
                Some(civil.date())
            }
        }
    }
}
