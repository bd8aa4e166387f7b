//! How quiet each hour of a calendar is expected to be, of what the busiest one holds.

use jiff::tz::TimeZone;
use serde::{Deserialize, Serialize};

use super::ExpectedAmount;
use crate::{
    Span, Timestamp,
    time::{HOUR, MINUTE},
};

/// Hours of a week.
const WEEK: usize = 168;

/// The grades: up to which share of the busiest hour of the week an hour belongs to each, the quietest first. What is above the last is
/// busy.
pub const QUIET_GRADES: [f64; 4] = [0.1, 0.25, 0.5, 0.75];

/// What was counted by the hour.
#[derive(Debug, Clone, Default)]
pub struct HourlyVolume {
    /// Each hour with its transactions.
    pub hours: Vec<(Timestamp, f64)>,
    /// Transactions of each of those hours that the reader may know of; `None` where those are all.
    pub told: Option<Vec<f64>>,
    /// What was moved in each of those hours in minor units, by currency, as far as the reader may know it.
    pub amounts: Vec<(String, Vec<f64>)>,
}

impl HourlyVolume {
    /// The hours with the transactions that the reader may know of.
    pub fn told(&self) -> Vec<(Timestamp, f64)> {
        match &self.told {
            Some(told) => self.hours.iter().zip(told).map(|((at, _), told)| (*at, *told)).collect(),
            None => self.hours.clone(),
        }
    }
}

/// Hours one after the other in which alike little is expected.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct QuietSpan {
    /// When.
    pub span: Span,
    /// From 1, at most a tenth of the busiest hour of the week, over a quarter and a half to 4, at most three quarters of it.
    pub grade: u8,
    /// What its hours hold of the busiest one, 0 to 1: of all systems that are counted, as the grade.
    pub share: f64,
    /// Transactions that are expected in it, of the systems within the reader's reach.
    pub expected: f64,
    /// What they are expected to move, by currency; empty where transactions carry no amounts.
    pub amounts: Vec<ExpectedAmount>,
}

/// What every hour of the week on the wall of a zone usually holds; `None` where it is not known of. What was counted lies on whole hours
/// of UTC: where a zone is half an hour off those, each counts for both hours of the wall that it lies in.
fn usual(hours: &[(Timestamp, f64)], zone: &TimeZone, volume: impl Fn(usize) -> f64) -> Vec<Option<f64>> {
    let (mut sums, mut weights) = (vec![0.0; WEEK], vec![0.0; WEEK]);
    for (n, (from, _)) in hours.iter().enumerate() {
        let mut at = *from;
        while at < from.plus(HOUR) {
            let end = next_hour(at, zone).min(from.plus(HOUR));
            #[expect(clippy::cast_precision_loss, reason = "milliseconds of an hour")]
            let part = end.since(at) as f64 / HOUR as f64;
            sums[slot(at, zone)] += part * volume(n);
            weights[slot(at, zone)] += part;
            at = end;
        }
    }
    sums.into_iter().zip(weights).map(|(sum, weight)| (weight > 0.0).then(|| sum / weight)).collect()
}

/// The hour of the week on the wall.
fn slot(at: Timestamp, zone: &TimeZone) -> usize {
    let wall = at.jiff().to_zoned(zone.clone());
    let (day, hour) = (wall.weekday().to_monday_zero_offset(), wall.hour());
    usize::try_from(i32::from(day) * 24 + i32::from(hour)).unwrap_or(0) % WEEK
}

/// Milliseconds since the hour began on the wall.
fn into_hour(at: Timestamp, zone: &TimeZone) -> i64 {
    let wall = at.jiff().to_zoned(zone.clone());
    i64::from(wall.minute()) * MINUTE + i64::from(wall.second()) * 1_000 + i64::from(wall.millisecond())
}

/// When the next hour begins on the wall.
fn next_hour(at: Timestamp, zone: &TimeZone) -> Timestamp {
    at.plus(HOUR - into_hour(at, zone))
}

/// Hours ahead on the wall of a zone in which little is expected, by the same hour of past weeks against the busiest one; those of one
/// grade next to each other are one span. `None` where less than a week is known.
pub fn quiet_spans(volume: &HourlyVolume, ahead: Span, zone: &TimeZone) -> Option<Vec<QuietSpan>> {
    let hours = &volume.hours;
    let usual = |of: &dyn Fn(usize) -> f64| usual(hours, zone, of);
    let usually = usual(&|n| hours[n].1);
    let peak = usually.iter().flatten().copied().fold(0.0, f64::max);
    if hours.len() < WEEK || peak <= 0.0 {
        return None;
    }
    let moved: Vec<(&str, Vec<Option<f64>>)> =
        volume.amounts.iter().map(|(currency, list)| (currency.as_str(), usual(&|n| list.get(n).copied().unwrap_or(0.0)))).collect();
    let mut found: Vec<(Span, u8, Vec<usize>)> = Vec::new();
    let mut at = ahead.from.plus(-into_hour(ahead.from, zone));
    while at < ahead.to {
        let (place, end) = (slot(at, zone), next_hour(at, zone));
        let grade = usually[place].and_then(|volume| (1_u8..).zip(QUIET_GRADES).find(|(_, most)| volume <= most * peak));
        if let Some((grade, _)) = grade {
            match found.last_mut() {
                Some((span, last, places)) if span.to == at && *last == grade => {
                    span.to = end;
                    places.push(place);
                }
                _ => found.push((Span { from: at, to: end }, grade, vec![place])),
            }
        }
        at = end;
    }
    let sum = |list: &[Option<f64>], places: &[usize]| places.iter().filter_map(|place| list[*place]).sum::<f64>();
    let known = volume.told.as_ref().map(|told| usual(&|n| told.get(n).copied().unwrap_or(0.0)));
    let told = |(span, grade, places): (Span, u8, Vec<usize>)| {
        let expected = sum(known.as_ref().unwrap_or(&usually), &places);
        let amounts = moved.iter().map(|(currency, list)| ExpectedAmount::new(currency, sum(list, &places))).collect();
        #[expect(clippy::cast_precision_loss, reason = "hours of some weeks")]
        let share = sum(&usually, &places) / places.len() as f64 / peak;
        QuietSpan { span, grade, share, expected, amounts }
    };
    Some(found.into_iter().map(told).collect())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::time::{DAY, parse_wall, zone};

    fn graded(volume: &HourlyVolume, ahead: Span) -> Option<Vec<(Span, u8)>> {
        Some(quiet_spans(volume, ahead, &TimeZone::UTC)?.into_iter().map(|one| (one.span, one.grade)).collect())
    }

    #[test]
    fn hours_are_graded_by_their_share_of_the_busiest() {
        let start = Timestamp(1_741_910_400_000);
        let volume = |hour: i64| match hour % 24 {
            2..5 => 5.0,
            5 => 20.0,
            6 => 40.0,
            7 => 75.0,
            _ => 100.0,
        };
        let hours: Vec<_> = (0..24 * 14).map(|hour| (start.plus(hour * HOUR), volume(hour))).collect();
        let amounts = vec![("CNY".to_owned(), hours.iter().map(|(_, volume)| volume * 1_000.0).collect())];
        let ahead = Span { from: start.plus(14 * DAY), to: start.plus(16 * DAY) };
        let counted = HourlyVolume { hours: hours.clone(), told: None, amounts };
        let span = |day: i64, from: i64, to: i64| Span { from: start.plus(day * DAY + from * HOUR), to: start.plus(day * DAY + to * HOUR) };
        let day = |day: i64| [(span(day, 2, 5), 1), (span(day, 5, 6), 2), (span(day, 6, 7), 3), (span(day, 7, 8), 4)];
        assert_eq!(graded(&counted, ahead), Some([day(14), day(15)].concat()));
        let night = &quiet_spans(&counted, ahead, &TimeZone::UTC).unwrap()[0];
        assert!((night.share - 0.05).abs() < 1e-9 && (night.expected - 15.0).abs() < 1e-9);
        assert_eq!(night.amounts, [ExpectedAmount { currency: "CNY".into(), amount: 15_000 }]);
        // Who may know of a part of it only is told that part; how quiet it is, is the same.
        let part = HourlyVolume { told: Some(hours.iter().map(|(_, volume)| volume / 5.0).collect()), ..counted.clone() };
        let told = &quiet_spans(&part, ahead, &TimeZone::UTC).unwrap()[0];
        assert!((told.expected - 3.0).abs() < 1e-9, "{told:?}");
        assert_eq!((told.share, told.grade, told.span), (night.share, night.grade, night.span));
        let short = HourlyVolume { hours: hours[..100].to_vec(), ..HourlyVolume::default() };
        assert_eq!(quiet_spans(&short, ahead, &TimeZone::UTC), None, "less than a week tells nothing");
        let of = |hours: Vec<_>| HourlyVolume { hours, ..HourlyVolume::default() };
        let even = of(hours.iter().map(|(at, _)| (*at, 100.0)).collect());
        assert_eq!(quiet_spans(&even, ahead, &TimeZone::UTC), Some(Vec::new()), "no hour is quieter than another");
        let nothing = of(hours.iter().map(|(at, _)| (*at, 0.0)).collect());
        assert_eq!(quiet_spans(&nothing, ahead, &TimeZone::UTC), None);
    }

    /// Four weeks before the wall's midnight of a Monday, quiet from 02:00 to 05:00 there, and the days after it.
    fn nights(name: &str, monday: &str) -> (HourlyVolume, TimeZone, Timestamp) {
        let zone = zone(name).unwrap();
        let monday = parse_wall(monday, &zone).unwrap();
        let first = monday.plus(-28 * DAY).floor(HOUR);
        let quiet = |at: Timestamp| (2..5).contains(&at.jiff().to_zoned(zone.clone()).hour());
        // Counted by the minute, kept by the hour of UTC.
        let held = |hour: Timestamp| (0..60).map(|minute| if quiet(hour.plus(minute * MINUTE)) { 0.1 } else { 10.0 }).sum();
        let hours = (0..).map(|n| first.plus(n * HOUR)).take_while(|at| *at < monday).map(|at| (at, held(at))).collect();
        (HourlyVolume { hours, ..HourlyVolume::default() }, zone, monday)
    }

    fn quietest(name: &str, monday: &str, days: i64) -> Vec<String> {
        let (volume, zone, monday) = nights(name, monday);
        let found = quiet_spans(&volume, Span { from: monday, to: monday.plus(days * DAY) }, &zone).unwrap();
        found
            .into_iter()
            .filter(|one| one.grade == 1)
            .map(|one| format!("{}–{}", one.span.from.wall(&zone), &one.span.to.wall(&zone)[11..16]))
            .collect()
    }

    #[test]
    fn hours_are_those_of_the_wall() {
        // Summer time began there on 30 March: an hour of UTC is another one on the wall since.
        let berlin = quietest("Europe/Berlin", "2025-03-31T00:00", 1);
        assert!(berlin.len() == 1 && berlin[0].contains(" 02:00") && berlin[0].ends_with("05:00"), "{berlin:?}");
        // It begins within what is shown, too: that night has no 02:00.
        let short = quietest("Europe/Berlin", "2025-03-24T00:00", 7);
        assert!(short.len() == 7 && short[6].contains(" 03:00") && short[6].ends_with("05:00"), "{short:?}");
        // Half an hour off the hours that are kept: the two hours that are wholly quiet are told, at full hours of the wall.
        for name in ["Asia/Kolkata", "Australia/Lord_Howe", "America/St_Johns"] {
            let found = quietest(name, "2025-06-16T00:00", 2);
            assert!(found.len() == 2 && found.iter().all(|one| one.contains(":00") && !one.contains(":30")), "{name}: {found:?}");
        }
        let kolkata = quietest("Asia/Kolkata", "2025-06-16T00:00", 1);
        assert!(kolkata[0].contains(" 03:00") && kolkata[0].ends_with("04:00"), "{kolkata:?}");
    }
}
