//! Moments of a foreign calendar, in the zones that it names or defines.

use std::collections::HashMap;

use domain::{
    Timestamp,
    calendars::DefinedZone,
    time::{instant, parse_day},
};
use icalendar::parser::Property;
use jiff::{civil::DateTime, tz::TimeZone};

/// Zones that are read of a calendar.
const MOST: usize = 20;

/// The zones of a calendar.
pub(super) struct Zones {
    /// That of its whole days, and of times that name none.
    pub(super) own: TimeZone,
    /// Those that it defines, under names that nobody else knows.
    defined: HashMap<String, TimeZone>,
}

impl Zones {
    /// Reads the definitions of a calendar. What defines none, or one whose offsets no zone of IANA has, is left out, and with it the events
    /// that need it.
    pub(super) fn new(own: &TimeZone, definitions: &[String], now: Timestamp) -> Self {
        let read = definitions.iter().take(MOST).filter_map(|lines| DefinedZone::read(lines.lines()));
        let defined =
            read.filter(|one| known(one.name()).is_none()).filter_map(|one| Some((one.name().to_owned(), one.zone(own, now)?))).collect();
        Self { own: own.clone(), defined }
    }

    fn called(&self, name: &str) -> Option<TimeZone> {
        known(name).or_else(|| self.defined.get(name).cloned())
    }
}

/// A moment, its wall time and zone, and whether it is a whole day.
pub(super) struct Moment {
    pub(super) at: Timestamp,
    pub(super) wall: DateTime,
    pub(super) zone: TimeZone,
    pub(super) name: String,
    pub(super) whole_day: bool,
}

impl Moment {
    /// So much later on its wall, as a DURATION says.
    pub(super) fn after(&self, length: &str) -> Option<Timestamp> {
        let length: jiff::Span = length.trim().parse().ok()?;
        instant(self.wall.checked_add(length).ok()?, &self.zone)
    }
}

/// The moment of a property.
pub(super) fn moment(property: &Property<'_>, zones: &Zones) -> Option<Moment> {
    moments(property, zones).next()
}

/// The moments of a property, which may list several.
pub(super) fn moments<'a>(property: &'a Property<'_>, zones: &'a Zones) -> impl Iterator<Item = Moment> + 'a {
    let named = named(property);
    property.val.as_str().split(',').filter_map(move |text| read(text, named.as_deref(), zones))
}

/// The times of a property that may list moments, days and periods: where each begins, and where it ends if it says so.
pub(super) fn times<'a>(property: &'a Property<'_>, zones: &'a Zones) -> impl Iterator<Item = Option<(Moment, Option<Timestamp>)>> + 'a {
    let named = named(property);
    property.val.as_str().split(',').map(move |text| {
        let Some((begin, end)) = text.split_once('/') else { return Some((read(text, named.as_deref(), zones)?, None)) };
        let begin = read(begin, named.as_deref(), zones)?;
        let end = if end.trim_start_matches(['+', ' ']).starts_with(['P', 'p']) {
            begin.after(end)?
        } else {
            read(end, named.as_deref(), zones)?.at
        };
        Some((begin, Some(end)))
    })
}

/// The zone that a property names.
fn named(property: &Property<'_>) -> Option<String> {
    let named = property.params.iter().find(|parameter| parameter.key.as_str().eq_ignore_ascii_case("TZID"));
    named.and_then(|parameter| parameter.val.as_ref()).map(|name| name.as_str().trim().trim_matches('"').to_owned())
}

fn read(text: &str, named: Option<&str>, zones: &Zones) -> Option<Moment> {
    let text = text.trim();
    if let Some(day) = parse_day(text) {
        let (wall, zone) = (day.to_datetime(jiff::civil::Time::midnight()), zones.own.clone());
        return Some(Moment { at: instant(wall, &zone)?, wall, name: zone.iana_name()?.to_owned(), zone, whole_day: true });
    }
    let (wall, zone) = match (text.strip_suffix(['Z', 'z']), named) {
        (Some(wall), _) => (wall, TimeZone::UTC),
        (None, Some(name)) => (text, zones.called(name)?),
        (None, None) => (text, zones.own.clone()),
    };
    let wall: DateTime = wall.parse().ok()?;
    Some(Moment { at: instant(wall, &zone)?, wall, name: zone.iana_name()?.to_owned(), zone, whole_day: false })
}

/// A zone by the name that a calendar gives it: that of IANA, with or without what some put before it, or one of the usual names of
/// Windows (Unicode CLDR, windowsZones).
fn known(name: &str) -> Option<TimeZone> {
    let windows = match name {
        "China Standard Time" => "Asia/Shanghai",
        "Taipei Standard Time" => "Asia/Taipei",
        "Singapore Standard Time" => "Asia/Singapore",
        "Tokyo Standard Time" => "Asia/Tokyo",
        "Korea Standard Time" => "Asia/Seoul",
        "India Standard Time" => "Asia/Kolkata",
        "AUS Eastern Standard Time" => "Australia/Sydney",
        "GMT Standard Time" => "Europe/London",
        "Greenwich Standard Time" => "Atlantic/Reykjavik",
        "W. Europe Standard Time" => "Europe/Berlin",
        "Romance Standard Time" => "Europe/Paris",
        "Central Europe Standard Time" => "Europe/Budapest",
        "Central European Standard Time" => "Europe/Warsaw",
        "FLE Standard Time" => "Europe/Kyiv",
        "GTB Standard Time" => "Europe/Bucharest",
        "Russian Standard Time" => "Europe/Moscow",
        "Eastern Standard Time" => "America/New_York",
        "Central Standard Time" => "America/Chicago",
        "Mountain Standard Time" => "America/Denver",
        "Pacific Standard Time" => "America/Los_Angeles",
        other => other,
    };
    let iana = windows.rsplit_once("/tzfile/").map_or(windows, |(_, name)| name).trim_start_matches('/');
    domain::time::zone(iana)
}
