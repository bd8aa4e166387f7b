//! What a schedule says, as it is typed, previewed, stored.

use jiff::{
    civil::{Date, Time},
    tz::TimeZone,
};
use serde::{Deserialize, Serialize};

use super::{Day, HoursSheet, Layer, LayerSheet, OnHolidays, Rotation, Sheet, layer::Hours};
use crate::{
    Fault, Problem, Wording,
    form::{Check, Typed},
    id::{TeamId, UserId},
    text::Name,
    time,
};

/// Layers that one schedule may have.
pub const MOST_LAYERS: usize = 10;
/// People in one layer, and holidays of one schedule.
const MOST_PEOPLE: usize = 40;
const MOST_HOLIDAYS: usize = 200;

/// A day on which layers may be switched.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[cfg_attr(feature = "openapi", schema(as = ScheduleHoliday))]
pub struct Holiday {
    /// The day, in the schedule's zone.
    #[serde(with = "crate::text::day")]
    #[cfg_attr(feature = "openapi", schema(value_type = String))]
    pub date: Date,
    /// Its name; may be empty.
    pub name: String,
}

/// What a schedule says.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[cfg_attr(feature = "openapi", schema(as = SchedulePlan))]
pub struct Plan {
    /// Its name.
    pub name: String,
    /// The team it belongs to.
    pub team: TeamId,
    /// IANA zone of all its wall times.
    pub zone: String,
    /// Its layers: a later one covers an earlier one.
    pub layers: Vec<Layer>,
    /// Its holidays, sorted.
    pub holidays: Vec<Holiday>,
}

impl Plan {
    /// The zone itself; UTC where it is not known (it was when the plan was read).
    pub fn time_zone(&self) -> TimeZone {
        time::zone(&self.zone).unwrap_or(TimeZone::UTC)
    }

    /// The days of its holidays.
    pub fn holiday_dates(&self) -> Vec<Date> {
        self.holidays.iter().map(|holiday| holiday.date).collect()
    }

    /// Everybody it names, once each.
    pub fn people(&self) -> Vec<UserId> {
        let mut people: Vec<UserId> = self.layers.iter().flat_map(|layer| layer.people.iter().cloned()).collect();
        people.sort();
        people.dedup();
        people
    }

    /// Reads `name`, `team`, `zone`, `holidays` (a day and its name per line or value) and the layers, as JSON objects in
    /// `layers` or as fields `layers[i].…`. All problems at once.
    pub fn parse(typed: &Typed) -> Result<Self, Fault> {
        let mut problems = Vec::new();
        let sheet = match Sheet::read(typed) {
            Ok(sheet) => sheet,
            Err(found) => {
                problems.extend(found);
                Sheet::default()
            }
        };
        let mut check = Check::new(typed);
        let known: Vec<&str> =
            typed.names().filter(|name| Sheet::is_part(name)).chain(["name", "team", "zone", "holidays", "version", "act"]).collect();
        check.only(&known);
        let name = check.field("name", Name::parse);
        let team = check.field("team", |text| TeamId::parse(text.trim()).ok_or_else(|| Wording::new("expect-id")));
        let zone = check.field("zone", |text| {
            let text = text.trim();
            time::zone(text).map(|_| text.to_owned()).ok_or_else(|| Wording::new("expect-zone"))
        });
        let lines = typed.all("holidays").join("\n");
        let holidays = read_holidays(&lines);
        if let Err(expected) = &holidays {
            problems.push(Problem::new("holidays", &lines, expected.clone()));
        }
        if sheet.layers.is_empty() && problems.is_empty() {
            problems.push(Problem::new("layers", "", Wording::new("oncall-expect-a-layer")));
        }
        if sheet.layers.len() > MOST_LAYERS {
            problems.push(Problem::new("layers", sheet.layers.len(), Wording::new("oncall-expect-layers").with("max", MOST_LAYERS)));
        }
        let layers: Vec<Option<Layer>> = sheet.layers.iter().enumerate().map(|(i, layer)| read_layer(i, layer, &mut problems)).collect();
        match check.finish((name, team, zone, holidays.ok())) {
            Ok((name, team, zone, holidays)) if problems.is_empty() => {
                let layers = layers.into_iter().collect::<Option<Vec<_>>>().ok_or(Fault::Internal)?;
                Ok(Self { name: name.into_string(), team, zone, layers, holidays })
            }
            Err(Fault::Invalid(mut found)) => {
                found.extend(problems);
                Err(Fault::Invalid(found))
            }
            Ok(_) | Err(Fault::Internal) => Err(Fault::Invalid(problems)),
            Err(other) => Err(other),
        }
    }

    /// The same as form fields.
    pub fn to_typed(&self) -> Typed {
        let layers = self.layers.iter().map(LayerSheet::of).collect();
        let mut typed = Typed::default();
        typed.set("name", &self.name);
        typed.set("team", &self.team);
        typed.set("zone", &self.zone);
        let lines: Vec<String> = self.holidays.iter().map(|h| format!("{} {}", h.date, h.name).trim_end().to_owned()).collect();
        typed.set("holidays", lines.join("\n"));
        Sheet { layers }.write(&mut typed);
        typed
    }
}

/// Reads a day of the years 2000–2199.
pub(super) fn read_date(text: &str) -> Result<Date, Wording> {
    time::parse_day(text.trim()).filter(|date| (2000..2200).contains(&date.year())).ok_or_else(|| Wording::new("oncall-expect-date"))
}

/// Reads a time of day to the minute.
fn read_time(text: &str) -> Result<Time, Wording> {
    let text = text.trim();
    let plain = (text.len() == 5 || text.len() == 8) && text.bytes().all(|b| b.is_ascii_digit() || b == b':');
    let time: Option<Time> = text.parse().ok();
    time.filter(|time| plain && time.second() == 0).ok_or_else(|| Wording::new("oncall-expect-time"))
}

fn read_holidays(text: &str) -> Result<Vec<Holiday>, Wording> {
    let mut holidays = Vec::new();
    for line in text.lines().map(str::trim).filter(|line| !line.is_empty()) {
        let (date, name) = line.split_once(char::is_whitespace).unwrap_or((line, ""));
        let wrong = || Wording::new("oncall-expect-holidays").with("line", line);
        let date = read_date(date).map_err(|_| wrong())?;
        let name = if name.trim().is_empty() { String::new() } else { Name::parse(name).map_err(|_| wrong())?.into_string() };
        holidays.push(Holiday { date, name });
    }
    if holidays.len() > MOST_HOLIDAYS {
        return Err(Wording::new("oncall-expect-at-most-holidays").with("max", MOST_HOLIDAYS));
    }
    holidays.sort_by_key(|holiday| holiday.date);
    holidays.dedup_by_key(|holiday| holiday.date);
    Ok(holidays)
}

/// Reads one layer; what is wrong is noted under `layers[i].…`.
fn read_layer(i: usize, sheet: &LayerSheet, problems: &mut Vec<Problem>) -> Option<Layer> {
    let before = problems.len();
    let mut note = |part: &str, value: &str, expected: Wording| problems.push(Problem::new(format!("layers[{i}].{part}"), value, expected));
    let name = Name::parse(&sheet.name).map_err(|expected| note("name", &sheet.name, expected)).ok();
    let rotation = word("rotation", &sheet.rotation, Rotation::ALL, Rotation::name, &mut note);
    let (most, least) = match rotation {
        Some(Rotation::Hourly) => (24 * 14, 1),
        Some(Rotation::Daily) => (60, 1),
        _ => (12, 1),
    };
    let every = sheet.every.trim().parse().ok().filter(|n| (least..=most).contains(n));
    if every.is_none() {
        note("every", &sheet.every, Wording::new("expect-between").with("min", least).with("max", most));
    }
    let handoff = read_time(&sheet.handoff).map_err(|expected| note("handoff", &sheet.handoff, expected)).ok();
    let start = read_date(&sheet.start).map_err(|expected| note("start", &sheet.start, expected)).ok();
    let mut people = Vec::new();
    for text in &sheet.people {
        match UserId::parse(text) {
            Some(person) => people.push(person),
            None => note("people", text, Wording::new("oncall-expect-person")),
        }
    }
    if sheet.people.is_empty() {
        note("people", "", Wording::new("oncall-expect-people"));
    } else if people.len() > MOST_PEOPLE {
        note("people", &people.len().to_string(), Wording::new("oncall-expect-at-most-people").with("max", MOST_PEOPLE));
    }
    let holidays = word("holidays", &sheet.holidays, OnHolidays::ALL, OnHolidays::name, &mut note);
    let hours = sheet.hours.iter().enumerate().filter_map(|(k, hours)| read_hours(k, hours, &mut note)).collect();
    let (name, rotation, every, handoff, start, holidays) = (name?, rotation?, every?, handoff?, start?, holidays?);
    (problems.len() == before).then(|| Layer { name: name.into_string(), rotation, every, handoff, start, people, hours, holidays })
}

fn read_hours(k: usize, sheet: &HoursSheet, note: &mut impl FnMut(&str, &str, Wording)) -> Option<Hours> {
    let from = read_time(&sheet.from).map_err(|expected| note(&format!("hours[{k}].from"), &sheet.from, expected)).ok();
    let to = read_time(&sheet.to).map_err(|expected| note(&format!("hours[{k}].to"), &sheet.to, expected)).ok();
    let mut days: Vec<Day> = Vec::new();
    for text in &sheet.days {
        days.extend(word(&format!("hours[{k}].days"), text, Day::ALL, Day::name, note));
    }
    days.sort();
    days.dedup();
    if sheet.days.is_empty() {
        note(&format!("hours[{k}].days"), "", Wording::new("oncall-expect-days"));
    }
    (!days.is_empty()).then_some(())?;
    Some(Hours { days, from: from?, to: to? })
}

fn word<T: Copy>(
    part: &str,
    text: &str,
    all: &[T],
    name: impl Fn(T) -> &'static str,
    note: &mut impl FnMut(&str, &str, Wording),
) -> Option<T> {
    let found = all.iter().copied().find(|one| name(*one) == text);
    if found.is_none() {
        let choices = all.iter().map(|one| name(*one)).collect::<Vec<_>>().join(", ");
        note(part, text, Wording::new("expect-one-of").with("choices", choices));
    }
    found
}
