//! One layer: whose turn it is, at which hours of the week.

use jiff::{
    civil::{Date, DateTime, Time},
    tz::TimeZone,
};
use serde::{Deserialize, Serialize};

use super::{
    Day, OnHolidays, Rotation,
    wall::{common, day, instant, joined, later, whole_day, without},
};
use crate::{
    Span, Timestamp,
    id::UserId,
    time::{HOUR, SECOND},
};

/// Hours of the week; from one time of day to another, over midnight where it ends no later than it begins: 08:00 to 08:00
/// is a whole day.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[cfg_attr(feature = "openapi", schema(as = ScheduleHours))]
pub struct Hours {
    /// Days on which it begins.
    pub days: Vec<Day>,
    /// Wall time at which it begins, e.g. `20:00`.
    #[serde(with = "minutes")]
    #[cfg_attr(feature = "openapi", schema(value_type = String))]
    pub from: Time,
    /// Wall time at which it ends.
    #[serde(with = "minutes")]
    #[cfg_attr(feature = "openapi", schema(value_type = String))]
    pub to: Time,
}

/// People who take turns.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[cfg_attr(feature = "openapi", schema(as = ScheduleLayer))]
pub struct Layer {
    /// Its name.
    pub name: String,
    /// What turns are counted in.
    pub rotation: Rotation,
    /// Length of a turn in that unit, 1 or more.
    pub every: i64,
    /// Wall time of the hand-off, e.g. `09:00`.
    #[serde(with = "minutes")]
    #[cfg_attr(feature = "openapi", schema(value_type = String))]
    pub handoff: Time,
    /// Day of the first hand-off; nobody is on duty before.
    #[serde(with = "crate::text::day")]
    #[cfg_attr(feature = "openapi", schema(value_type = String))]
    pub start: Date,
    /// Who takes turns, in order; one may stand there more than once.
    pub people: Vec<UserId>,
    /// Hours of the week in which it has somebody; empty for always.
    pub hours: Vec<Hours>,
    /// What it does on holidays.
    pub holidays: OnHolidays,
}

impl Day {
    fn of(day: Date) -> Self {
        let place = day.weekday().to_monday_zero_offset();
        usize::try_from(place).ok().and_then(|place| Self::ALL.get(place)).copied().unwrap_or(Self::Monday)
    }
}

impl Layer {
    /// Seconds between two hand-offs, as clocks show them.
    fn step_s(&self) -> i64 {
        let unit = match self.rotation {
            Rotation::Daily => 24,
            Rotation::Weekly => 7 * 24,
            Rotation::Hourly => 1,
        };
        self.every.max(1) * unit * (HOUR / SECOND)
    }

    fn first(&self) -> DateTime {
        self.start.to_datetime(self.handoff)
    }

    /// When a turn begins: the same wall time whatever the clocks do.
    fn begin(&self, turn: i64, zone: &TimeZone) -> Timestamp {
        let since = jiff::SignedDuration::from_secs(self.step_s().saturating_mul(turn));
        instant(self.first().saturating_add(since), zone)
    }

    /// The turn in which a moment lies; negative before the first.
    fn turn(&self, at: Timestamp, zone: &TimeZone) -> i64 {
        let wall = at.jiff().to_zoned(zone.clone()).datetime();
        let mut turn = wall.duration_since(self.first()).as_secs().div_euclid(self.step_s());
        // Clocks that went back show a wall time at which the hand-off has been already.
        while self.begin(turn + 1, zone) <= at {
            turn += 1;
        }
        while self.begin(turn, zone) > at {
            turn -= 1;
        }
        turn
    }

    /// When it has somebody at all, within (about) a span.
    fn open(&self, zone: &TimeZone, holidays: &[Date], span: Span) -> Vec<Span> {
        let all = vec![span];
        let (first, last) = (later(day(span.from, zone), -2), later(day(span.to, zone), 1));
        let open = if self.hours.is_empty() {
            all
        } else {
            let mut open = Vec::new();
            let mut date = first;
            while date <= last {
                for hours in self.hours.iter().filter(|hours| hours.days.contains(&Day::of(date))) {
                    let until = if hours.to > hours.from { date } else { later(date, 1) };
                    open.extend(Span::new(instant(date.to_datetime(hours.from), zone), instant(until.to_datetime(hours.to), zone)));
                }
                let next = later(date, 1);
                if next == date {
                    // The last day that can be told.
                    break;
                }
                date = next;
            }
            common(&joined(open), &all)
        };
        let days = || joined(holidays.iter().filter(|d| (first..=last).contains(*d)).filter_map(|d| whole_day(*d, zone)).collect());
        match self.holidays {
            OnHolidays::Same => open,
            OnHolidays::Off => without(&open, &days()),
            OnHolidays::Only => common(&open, &days()),
        }
    }

    /// Who has it by this layer alone, in order, without overlap, cut to the span.
    pub(super) fn turns(&self, zone: &TimeZone, holidays: &[Date], span: Span) -> Vec<(Span, &UserId)> {
        let Ok(count) = i64::try_from(self.people.len()) else { return Vec::new() };
        if count == 0 {
            return Vec::new();
        }
        let open = self.open(zone, holidays, span);
        let mut found = Vec::new();
        let mut turn = self.turn(span.from, zone).max(0);
        let (mut from, mut place) = (self.begin(turn, zone), 0);
        while from < span.to {
            let to = self.begin(turn + 1, zone);
            let person = usize::try_from(turn.rem_euclid(count)).ok().and_then(|place| self.people.get(place));
            while open.get(place).is_some_and(|open| open.to <= from) {
                place += 1;
            }
            let mut ahead = place;
            while let Some(open) = open.get(ahead).filter(|open| open.from < to) {
                found.extend(Span::new(from.max(open.from), to.min(open.to)).zip(person));
                ahead += 1;
            }
            (from, turn) = (to, turn + 1);
        }
        found
    }
}

/// Times of day as `09:00`.
mod minutes {
    use jiff::civil::Time;
    use serde::{Deserialize, Deserializer, Serializer, de::Error};

    pub(super) fn serialize<S: Serializer>(time: &Time, s: S) -> Result<S::Ok, S::Error> {
        s.collect_str(&time.strftime("%H:%M"))
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(d: D) -> Result<Time, D::Error> {
        String::deserialize(d)?.parse().map_err(D::Error::custom)
    }
}
