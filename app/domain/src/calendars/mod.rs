//! Foreign calendars: read from an address again and again, and shown on the calendar of changes.
//!
//! What they hold is shown, with where it is from and how fresh it is, and changes nothing else: days on which a system behaves otherwise are
//! [occasions](crate::occasions). **Invariant:** the address is a secret, as the addresses of calendars are; only its host is told.

mod defined;
mod event;
mod port;

pub use defined::DefinedZone;
pub use event::{Event, ends};
pub use port::Calendars;

use serde::{Deserialize, Serialize};

use crate::{
    Fault, Span, Timestamp, Wording,
    form::{Check, Typed, whole},
    id::{CalendarId, TeamId},
    text::{Name, parse_url},
    time::{MINUTE, zone},
};

/// Every field there is.
pub const FIELDS: &[&str] = &["name", "url", "team", "zone", "every_minutes"];
/// Minutes from one reading to the next: at least, at most, and where nobody says.
pub const EVERY: (u32, u32, u32) = (15, 10_080, 60);
/// From a reading that failed to the next, doubled each time up to the usual pause.
const AGAIN: i64 = 5 * MINUTE;

/// What is said of a calendar, beside its address.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[cfg_attr(feature = "openapi", schema(as = ForeignCalendarContent))]
pub struct Content {
    /// Its name.
    pub name: String,
    /// The team whose it is; `null` where it is everybody's.
    pub team: Option<TeamId>,
    /// IANA zone of its whole days, and of times that name none.
    pub zone: String,
    /// Minutes from one reading to the next.
    pub every_minutes: u32,
}

impl Content {
    /// Reads the fields of [`FIELDS`]; gives the address as well.
    ///
    /// # Errors
    /// [`Fault::Invalid`] names every field that is wrong.
    pub fn parse(typed: &Typed) -> Result<(Self, String), Fault> {
        let mut check = Check::new(typed);
        check.only(FIELDS);
        let name = check.field("name", Name::parse);
        let url = check.field("url", |text| {
            let text = text.trim();
            // What people are given to subscribe to is the same over TLS.
            let text = text.strip_prefix("webcal://").map_or_else(|| text.to_owned(), |rest| format!("https://{rest}"));
            parse_url(&text)
        });
        let team = check.optional("team", |text| TeamId::parse(text.trim()).ok_or_else(|| Wording::new("changes-expect-team")));
        let zone = check.field("zone", |text| {
            let text = text.trim();
            zone(text).map(|_| text.to_owned()).ok_or_else(|| Wording::new("expect-zone"))
        });
        let (least, most, usual) = EVERY;
        let every = check.optional("every_minutes", |text| whole(text, least, most));
        let (name, url, team, zone, every) = check.finish((name, url, team, zone, every))?;
        Ok((Self { name: name.into_string(), team, zone, every_minutes: every.unwrap_or(usual) }, url))
    }

    /// When it is read next, after so many failures one after the other.
    pub fn next(&self, now: Timestamp, failures: i64) -> Timestamp {
        let usual = i64::from(self.every_minutes) * MINUTE;
        let pause = if failures > 0 { (AGAIN << (failures - 1).min(12)).min(usual) } else { usual };
        now.plus(pause)
    }
}

/// How reading it went.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Reading {
    /// When it was last read; `null` where it never was.
    pub read_at: Option<Timestamp>,
    /// Since when it cannot be read; `null` where it can.
    pub failing_since: Option<Timestamp>,
    /// Why, in English; empty where it can be read.
    pub failure: String,
    /// When it is read next.
    pub next_at: Timestamp,
    /// Events that are kept of it.
    pub events: i64,
    /// Events that could not be read.
    pub left: i64,
}

/// A foreign calendar.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct ForeignCalendar {
    /// Its id.
    pub id: CalendarId,
    /// What is said of it.
    #[serde(flatten)]
    pub content: Content,
    /// The host of its address.
    pub host: String,
    /// Name of its team; empty where it is everybody's.
    pub team_name: String,
    /// Who added it.
    pub author: String,
    /// How reading it went.
    pub reading: Reading,
}

/// One time of an event of a foreign calendar.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[cfg_attr(feature = "openapi", schema(as = ForeignTime))]
pub struct Time {
    /// Of which calendar.
    pub calendar: CalendarId,
    /// The name of the event.
    pub name: String,
    /// Whether it is whole days.
    pub whole_days: bool,
    /// When.
    pub span: Span,
}

/// What foreign calendars hold in a span.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[cfg_attr(feature = "openapi", schema(as = ForeignTimes))]
pub struct Times {
    /// The calendars, by name.
    pub calendars: Vec<ForeignCalendar>,
    /// Their events, by beginning; at most 500.
    pub times: Vec<Time>,
}

impl Times {
    /// The calendar that a time is of.
    pub fn of(&self, time: &Time) -> Option<&ForeignCalendar> {
        self.calendars.iter().find(|calendar| calendar.id == time.calendar)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn typed(pairs: &[(&str, &str)]) -> Typed {
        let mut typed = Typed::default();
        for (name, value) in [("name", "Office"), ("url", "webcal://calendar.example.org/x.ics"), ("zone", "Asia/Shanghai")] {
            typed.set(name, value);
        }
        pairs.iter().for_each(|(name, value)| typed.set(*name, value));
        typed
    }

    #[test]
    fn an_address_to_subscribe_to_is_read_over_tls() {
        let (content, url) = Content::parse(&typed(&[])).unwrap();
        assert_eq!((content.every_minutes, url.as_str()), (60, "https://calendar.example.org/x.ics"));
        let wrong = [("name", ""), ("url", "file:///etc/passwd"), ("zone", "Mars"), ("every_minutes", "1"), ("colour", "red")];
        let mut fields: Vec<_> =
            Content::parse(&typed(&wrong)).unwrap_err().problems().iter().map(|problem| problem.field.clone()).collect();
        fields.sort();
        assert_eq!(fields, ["colour", "every_minutes", "name", "url", "zone"]);
    }

    #[test]
    fn what_fails_is_tried_again_sooner_and_then_as_usual() {
        let (content, _) = Content::parse(&typed(&[("every_minutes", "30")])).unwrap();
        let pauses: Vec<i64> = (0..6).map(|failures| content.next(Timestamp(0), failures).0 / MINUTE).collect();
        assert_eq!(pauses, [30, 5, 10, 20, 30, 30]);
    }
}
