//! In which manner a channel speaks: language and zone, quiet hours, how much a minute, who steps in, its own words.

use jiff::{ToSpan, civil, tz::TimeZone};
use serde::{Deserialize, Serialize};

use super::{Own, message::Template};
use crate::{
    Fault, Timestamp, Wording,
    alerts::Severity,
    form::{Check, Typed, one_of, whole},
    id::ChannelId,
    people::Locale,
    time,
    words::words,
};

/// Names of the fields of a manner, of channels of teams and of persons alike.
pub const MANNER_FIELDS: &[&str] = &[
    "language",
    "zone",
    "quiet_from",
    "quiet_to",
    "quiet_through",
    "per_minute",
    "fallback",
    "fallback_after",
    "title",
    "title_en",
    "title_zh",
    "body",
    "body_en",
    "body_zh",
];

/// A daily span of wall time in which only what is bad enough is told at once; the rest is told when it is over.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Quiet {
    /// First minute of the day that is quiet.
    pub from: u16,
    /// First minute of the day that is not any more; before `from` where the span crosses midnight.
    pub to: u16,
    /// This severity and what is worse breaks through; `null`: nothing does.
    pub through: Option<Severity>,
}

words! {
    /// Who may acknowledge by the link in a message of a channel of teams.
    pub enum LinkFor {
        /// Nobody: there is no such link.
        Nobody = "nobody",
        /// Whoever logs in, as far as they may.
        LoggedIn = "login",
        /// Whoever reads the channel: it is recorded as done by way of the channel.
        Readers = "readers",
    }
}

/// How a channel speaks.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(default)]
pub struct Manner {
    /// Language of its messages.
    #[cfg_attr(feature = "openapi", schema(value_type = String))]
    pub language: Locale,
    /// IANA zone of quiet hours, and of the times in messages.
    pub zone: String,
    /// Quiet hours.
    pub quiet: Option<Quiet>,
    /// Messages a minute; what is more is summed up in one.
    pub per_minute: Option<u32>,
    /// The channel that is told what this one could not tell.
    pub fallback: Option<ChannelId>,
    /// Minutes of failing after which the fallback is told already; `null`: when this channel gives up.
    pub fallback_after: Option<u32>,
    /// Of a contact method: whether it is told only what another one could not tell.
    pub reserve: bool,
    /// Whether it tells that something fires but not that it is over: `send_resolved: false` of Alertmanager.
    pub firing_only: bool,
    /// Who may acknowledge by the link in its messages; of contact methods it is always their person.
    pub acknowledge: LinkFor,
    /// Template of the title; empty: the usual one.
    pub title: Own,
    /// Template of the text; empty: the usual one.
    pub body: Own,
}

impl Default for Manner {
    fn default() -> Self {
        Self {
            language: Locale::En,
            zone: "UTC".to_owned(),
            quiet: None,
            per_minute: None,
            fallback: None,
            fallback_after: None,
            reserve: false,
            firing_only: false,
            acknowledge: LinkFor::LoggedIn,
            title: Own::default(),
            body: Own::default(),
        }
    }
}

/// `22:00` as minutes of the day.
fn minute_of_day(text: &str) -> Result<u16, Wording> {
    let wrong = || Wording::new("expect-wall-time");
    let (hours, minutes) = text.trim().split_once(':').ok_or_else(wrong)?;
    let number = |text: &str, below: u16| {
        let digits = (1..=2).contains(&text.len()) && text.bytes().all(|b| b.is_ascii_digit());
        digits.then(|| text.parse::<u16>().ok()).flatten().filter(|n| *n < below).ok_or_else(wrong)
    };
    Ok(number(hours, 24)? * 60 + number(minutes, 60)?)
}

/// Minutes of the day as `22:00`.
pub fn wall_time(minute: u16) -> String {
    format!("{:02}:{:02}", minute / 60, minute % 60)
}

impl Manner {
    /// Reads the manner alone out of what was typed.
    pub fn parse(typed: &Typed) -> Result<Self, Fault> {
        let mut check = Check::new(typed);
        let manner = Self::read(&mut check, typed);
        check.finish((manner,)).map(|(manner,)| manner)
    }

    /// Reads what was typed; problems go to `check`.
    pub(super) fn read(check: &mut Check<'_>, typed: &Typed) -> Option<Self> {
        let language = check.optional("language", |text| {
            let choices = || Wording::new("expect-one-of").with("choices", Locale::ALL.map(Locale::tag).join(", "));
            Locale::ALL.into_iter().find(|locale| locale.tag() == text).ok_or_else(choices)
        });
        let zone = check.optional("zone", |text| {
            let text = text.trim();
            time::zone(text).map(|_| text.to_owned()).ok_or_else(|| Wording::new("expect-zone"))
        });
        let from = check.optional("quiet_from", minute_of_day);
        let to = check.optional("quiet_to", minute_of_day);
        let through = check.optional("quiet_through", |text| Severity::parse(text).ok_or_else(|| one_of(Severity::ALL)));
        let per_minute = number(check, "per_minute", 1, 600);
        let fallback = check.optional("fallback", |text| ChannelId::parse(text).ok_or_else(|| Wording::new("expect-id")));
        let fallback_after = number(check, "fallback_after", 1, 240);
        let acknowledge = check.optional("acknowledge", |text| LinkFor::parse(text).ok_or_else(|| one_of(LinkFor::ALL)));
        let usual = Self::default();
        let spoken = language.flatten().unwrap_or(usual.language);
        let title = Own::read(check, "title", spoken);
        let body = Own::read(check, "body", spoken);
        match (from, to) {
            (Some(Some(_)), Some(None)) => check.problem("quiet_to", Wording::new("expect-wall-time")),
            (Some(None), Some(Some(_))) => check.problem("quiet_from", Wording::new("expect-wall-time")),
            (Some(Some(from)), Some(Some(to))) if from == to => check.problem("quiet_to", Wording::new("expect-other-time")),
            _ => {}
        }
        if fallback == Some(None) && !typed.get("fallback_after").trim().is_empty() {
            check.problem("fallback", Wording::new("expect-choice"));
        }
        Some(Self {
            language: language?.unwrap_or(usual.language),
            zone: zone?.unwrap_or(usual.zone),
            quiet: from?.zip(to?).zip(through).map(|((from, to), through)| Quiet { from, to, through }),
            per_minute: per_minute?,
            fallback: fallback?,
            fallback_after: fallback_after?,
            reserve: typed.has("reserve"),
            firing_only: typed.has("firing_only"),
            acknowledge: acknowledge?.unwrap_or(usual.acknowledge),
            title: title?,
            body: body?,
        })
    }

    /// The zone; UTC where the name is known no more.
    pub fn time_zone(&self) -> TimeZone {
        time::zone(&self.zone).unwrap_or(TimeZone::UTC)
    }

    /// Its own title in this language, where it has one.
    pub fn title(&self, locale: Locale) -> Option<Template> {
        self.title.template(locale)
    }

    /// Its own text in this language, where it has one.
    pub fn body(&self, locale: Locale) -> Option<Template> {
        self.body.template(locale)
    }

    /// Until when a message of this severity waits for quiet hours to be over; `None` where it may go now.
    pub fn quiet_until(&self, severity: Option<Severity>, now: Timestamp) -> Option<Timestamp> {
        let quiet = self.quiet?;
        if severity.zip(quiet.through).is_some_and(|(severity, through)| severity.rank() <= through.rank()) {
            return None;
        }
        let zone = self.time_zone();
        let local = now.jiff().to_zoned(zone.clone()).datetime();
        let minute = u16::try_from(i32::from(local.hour()) * 60 + i32::from(local.minute())).unwrap_or(0);
        let (within, tomorrow) = if quiet.from < quiet.to {
            (quiet.from <= minute && minute < quiet.to, false)
        } else {
            (minute >= quiet.from || minute < quiet.to, minute >= quiet.from)
        };
        if !within {
            return None;
        }
        let day = if tomorrow { local.date().checked_add(1.day()).ok()? } else { local.date() };
        let at = civil::Time::new(i8::try_from(quiet.to / 60).ok()?, i8::try_from(quiet.to % 60).ok()?, 0, 0).ok()?;
        let end = zone.to_ambiguous_zoned(day.to_datetime(at)).compatible().ok()?;
        // In the hour that exists twice the end may already lie behind: then it is over.
        Some(Timestamp(end.timestamp().as_millisecond())).filter(|end| *end > now)
    }
}

fn number(check: &mut Check<'_>, field: &str, min: u32, max: u32) -> Option<Option<u32>> {
    check.optional(field, |text| whole(text, min, max))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::time::HOUR;

    fn manner(fields: &[(&str, &str)]) -> Result<Manner, crate::Fault> {
        let typed = Typed::from_pairs(fields.iter().map(|(k, v)| ((*k).to_owned(), (*v).to_owned())));
        Manner::parse(&typed)
    }

    fn at(text: &str) -> Timestamp {
        Timestamp::parse_rfc3339(text).unwrap()
    }

    #[test]
    fn quiet_hours_are_wall_time_across_midnight() {
        let manner = manner(&[("zone", "Asia/Shanghai"), ("quiet_from", "22:30"), ("quiet_to", "7:00"), ("quiet_through", "P2")]).unwrap();
        let until = |severity, now: &str| manner.quiet_until(severity, at(now)).map(Timestamp::rfc3339);
        // 23:00 in Shanghai is 15:00 UTC.
        assert_eq!(until(Some(Severity::P3), "2025-03-14T15:00:00Z").as_deref(), Some("2025-03-14T23:00:00.000Z"));
        assert_eq!(until(None, "2025-03-14T22:59:59Z").as_deref(), Some("2025-03-14T23:00:00.000Z"));
        assert_eq!(until(Some(Severity::P2), "2025-03-14T15:00:00Z"), None, "bad enough");
        assert_eq!(until(Some(Severity::P3), "2025-03-14T23:00:00Z"), None, "over");
        assert_eq!(until(Some(Severity::P3), "2025-03-14T14:29:59Z"), None, "not yet");
    }

    #[test]
    fn quiet_hours_end_in_the_gap_and_in_the_overlap() {
        let manner = manner(&[("zone", "Europe/Berlin"), ("quiet_from", "00:00"), ("quiet_to", "02:30")]).unwrap();
        let until = |now: &str| manner.quiet_until(None, at(now));
        // 02:30 does not exist on 30 March: it is over an hour after 01:30, at 03:30 summer time.
        assert_eq!(until("2025-03-30T00:30:00Z"), Some(at("2025-03-30T01:30:00Z")));
        // 02:30 exists twice on 26 October: the first one ends it, whatever the clock shows afterwards.
        assert_eq!(until("2025-10-26T00:00:00Z"), Some(at("2025-10-26T00:30:00Z")));
        for minute in 0..(24 * 60) {
            let now = at("2025-10-25T22:00:00Z").plus(minute * 60_000);
            assert!(until(now.rfc3339().as_str()).is_none_or(|end| end > now && end.since(now) <= 4 * HOUR));
        }
    }

    #[test]
    fn what_is_wrong_is_told_field_by_field() {
        let wrong = |fields: &[(&str, &str)]| {
            let fault = manner(fields).unwrap_err();
            fault.problems().iter().map(|p| p.field.clone()).collect::<Vec<_>>()
        };
        assert_eq!(
            wrong(&[("language", "de"), ("zone", "Mars/Base"), ("per_minute", "0"), ("acknowledge", "all"), ("body", "{titel}")]),
            ["language", "zone", "per_minute", "acknowledge", "body"]
        );
        assert_eq!(wrong(&[("quiet_from", "25:00"), ("quiet_to", "7")]), ["quiet_from", "quiet_to"]);
        assert_eq!(wrong(&[("quiet_from", "22:00")]), ["quiet_to"]);
        assert_eq!(wrong(&[("quiet_from", "22:00"), ("quiet_to", "22:00")]), ["quiet_to"]);
        assert_eq!(wrong(&[("fallback_after", "5")]), ["fallback"]);
        assert_eq!(manner(&[]).unwrap(), Manner::default());
    }
}
