//! How often something comes again, in parts that every language puts into words.

use jiff::civil::{Date, Weekday};

use super::rule::{Freq, Rule};

/// How often something comes again.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Cadence {
    /// Every how many days, weeks, months or years.
    pub every: i32,
    /// On which days.
    pub on: Days,
    /// The last day on which one may begin.
    pub last: Option<Date>,
}

/// Days of a cadence.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Days {
    /// Every day that it counts.
    Every,
    /// Of the week, from Monday on.
    OfWeek(Vec<Weekday>),
    /// Of the month; from its end where negative.
    OfMonth(Vec<i8>),
    /// Which of the month, and which weekday: the second Tuesday.
    Nth(Vec<(i8, Weekday)>),
    /// Which of the days of the month from Monday to Friday: the last of them.
    NthWorkday(Vec<i16>),
    /// Month and day of the year.
    OfYear(i8, i8),
}

impl Cadence {
    /// What a rule says that begins on `first`; `None` where a few words cannot say it.
    pub(super) fn of(rule: &Rule, first: Date) -> Option<Self> {
        let plain = rule.days.iter().all(|(which, _)| *which == 0);
        let on = match rule.freq {
            _ if !rule.places.is_empty() => chosen(rule)?,
            Freq::Yearly => yearly(rule, first)?,
            _ if !rule.months.is_empty() || !rule.days.is_empty() && !rule.monthdays.is_empty() => return None,
            Freq::Daily if rule.days.is_empty() && rule.monthdays.is_empty() => Days::Every,
            // Every second day that is a Monday or the first of a month is nothing that anybody says.
            Freq::Daily if rule.interval > 1 => return None,
            Freq::Weekly if !rule.monthdays.is_empty() => return None,
            Freq::Weekly if rule.days.is_empty() => Days::OfWeek(vec![first.weekday()]),
            // Which days make up a week counts then.
            Freq::Weekly if rule.interval > 1 && rule.days.len() > 1 && rule.week_begins != Weekday::Monday => return None,
            Freq::Monthly if rule.days.is_empty() && rule.monthdays.is_empty() => Days::OfMonth(vec![first.day()]),
            Freq::Monthly if plain && rule.interval > 1 && !rule.days.is_empty() => return None,
            _ if rule.days.is_empty() => Days::OfMonth(rule.monthdays.clone()),
            _ if plain => {
                let mut days: Vec<Weekday> = rule.days.iter().map(|(_, day)| *day).collect();
                days.sort_by_key(|day| day.to_monday_zero_offset());
                days.dedup();
                Days::OfWeek(days)
            }
            _ if rule.days.iter().all(|(which, _)| *which != 0) => Days::Nth(rule.days.clone()),
            _ => return None,
        };
        Some(Self { every: rule.interval, on, last: rule.last })
    }
}

/// The days of a month that are chosen by their place.
fn chosen(rule: &Rule) -> Option<Days> {
    if rule.freq != Freq::Monthly || !rule.months.is_empty() || !rule.monthdays.is_empty() || rule.days.iter().any(|(which, _)| *which != 0)
    {
        return None;
    }
    let workdays = rule.days.iter().map(|(_, day)| day.to_monday_one_offset()).eq(1..=5);
    match rule.days.as_slice() {
        [(_, day)] => {
            let places: Option<Vec<_>> = rule.places.iter().map(|n| Some((i8::try_from(*n).ok()?, *day))).collect();
            places.map(Days::Nth)
        }
        _ if workdays => Some(Days::NthWorkday(rule.places.clone())),
        _ => None,
    }
}

fn yearly(rule: &Rule, first: Date) -> Option<Days> {
    let month = match rule.months.as_slice() {
        [] if rule.monthdays.is_empty() => first.month(),
        [only] => *only,
        _ => return None,
    };
    let day = match rule.monthdays.as_slice() {
        [] => first.day(),
        [only] if *only > 0 => *only,
        _ => return None,
    };
    rule.days.is_empty().then_some(Days::OfYear(month, day))
}
