//! Silences: matchers and a time in which what they match tells nobody.
//!
//! An alert that is silenced fires, is listed and has its history; it is suppressed, which is a flag and not a state.

use serde::{Deserialize, Serialize};

use super::{
    Labels, Matcher, Recurrence,
    filter::unread,
    matcher::{LONGEST as LONGEST_EXPRESSION, all_match, expressions, parse_matchers, print_matchers},
    recurrence::Written,
};
use crate::{
    Fault, Span, Timestamp, Wording,
    form::{Check, Typed},
    id::{SilenceId, TeamId},
    text::{Name, one_line},
    time::{DAY, HOUR, MINUTE, parse_wall, zone},
    words::words,
};

words! {
    /// Where a silence stands.
    pub enum SilenceState {
        /// It silences now.
        Active = "active",
        /// It will silence.
        Pending = "pending",
        /// It silences no more.
        Expired = "expired",
    }
}

/// Fields of the form and of the JSON object.
pub const SILENCE_FIELDS: &[&str] =
    &["matchers", "team", "start", "end", "duration", "zone", "rrule", "minutes", "comment", "author", "version"];

/// Longest silence that does not recur, in milliseconds: ten years.
const LONGEST: i64 = 3_660 * DAY;
/// Longest comment, in characters.
pub const LONGEST_COMMENT: usize = 1_000;
/// Matchers that one silence may have.
const MOST: usize = 50;
/// Bytes of all of them.
const LONGEST_MATCHERS: usize = 2 * LONGEST_EXPRESSION;

/// What a silence says.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct SilenceContent {
    /// Whose alerts it silences; `null` for those of every team.
    pub team: Option<TeamId>,
    /// What the labels must satisfy, all of it.
    pub matchers: Vec<Matcher>,
    /// From when until when. Of one that recurs: when the first begins, and the moment of its last end where it has one.
    pub span: Span,
    /// When it comes again, if it does.
    pub recurrence: Option<Recurrence>,
    /// Why.
    pub comment: String,
    /// In whose name a program made it (`createdBy` of Alertmanager's API), where it said so.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub author: Option<String>,
}

/// A silence.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Silence {
    /// Its id.
    pub id: SilenceId,
    /// What it says.
    #[serde(flatten)]
    pub content: SilenceContent,
    /// Who made it.
    pub created_by: String,
    /// When it was made.
    pub created_at: Timestamp,
    /// When it was edited or ended last.
    pub updated_at: Timestamp,
    /// Counts edits from 1.
    pub version: i64,
}

/// No end that anybody set.
pub const FOREVER: Timestamp = Timestamp(253_370_764_800_000);

impl SilenceContent {
    /// The span in which it silences at this moment.
    pub fn at(&self, now: Timestamp) -> Option<Span> {
        if !self.span.contains(now) {
            return None;
        }
        match &self.recurrence {
            None => Some(self.span),
            Some(recurrence) => recurrence.at(now),
        }
    }

    /// Where it stands.
    pub fn state(&self, now: Timestamp) -> SilenceState {
        let over = self.span.to <= now || self.recurrence.as_ref().is_some_and(|recurrence| recurrence.is_over(now));
        match () {
            () if over => SilenceState::Expired,
            () if self.at(now).is_some() => SilenceState::Active,
            () => SilenceState::Pending,
        }
    }

    /// The span that it silences now or next.
    pub fn now_or_next(&self, now: Timestamp) -> Span {
        match &self.recurrence {
            None => self.span,
            Some(recurrence) => recurrence.now_or_next(now).unwrap_or(self.span),
        }
    }

    /// Whether it speaks of an alert of this team with these labels, whatever the time.
    pub fn matches(&self, team: &TeamId, labels: &Labels) -> bool {
        self.team.as_ref().is_none_or(|own| own == team) && all_match(&self.matchers, labels)
    }

    /// Reads a form or a JSON object. `start` and `end` are wall times in `zone`, or RFC 3339; without a start it begins now,
    /// without an end it takes `duration` (`2h`, `90m`, `3d`). With `rrule` it comes again, each time for `minutes`; `end` is
    /// then when that is over for good, and may be left out. `team` is an id, or `*` for every team.
    pub fn parse(typed: &Typed, now: Timestamp) -> Result<Self, Fault> {
        let mut check = Check::new(typed);
        check.only(SILENCE_FIELDS);
        let matchers = read_matchers(&mut check);
        let team = check.field("team", |text| match text.trim() {
            "*" => Ok(None),
            text => TeamId::parse(text).map(Some).ok_or_else(|| Wording::new("expect-choice")),
        });
        let comment = check.field("comment", read_comment);
        let author = check.optional("author", Name::parse).map(|name| name.map(Name::into_string));
        let zone_name = match typed.get("zone").trim() {
            "" => "UTC",
            name => name,
        };
        let Some(tz) = zone(zone_name) else {
            check.problem("zone", Wording::new("expect-zone"));
            return Err(check.finish((None::<()>,)).err().unwrap_or(Fault::Internal));
        };
        let moment = |text: &str| {
            let text = text.trim();
            Timestamp::parse_rfc3339(text).or_else(|| parse_wall(text, &tz)).ok_or_else(|| Wording::new("changes-expect-wall-time"))
        };
        let start = check.optional("start", moment).map(|start| start.unwrap_or(now));
        let end = check.optional("end", moment);
        let duration = check.optional("duration", |text| read_duration(text).ok_or_else(|| Wording::new("silences-expect-duration")));
        let recurring = !typed.get("rrule").trim().is_empty();
        let recurrence = if recurring { read_recurrence(&mut check, start, &tz, zone_name).map(Some) } else { Some(None) };
        let (matchers, team, comment, author, start, end, duration, recurrence) =
            check.finish((matchers, team, comment, author, start, end, duration, recurrence))?;
        let end = end.or_else(|| duration.filter(|_| !recurring).map(|ms| start.plus(ms))).or(recurring.then_some(FOREVER));
        let from = recurrence.as_ref().and_then(Recurrence::begins).unwrap_or(start);
        let wrong = |key| Err(Fault::invalid("end", typed.get("end"), Wording::new(key)));
        let Some(end) = end else { return wrong("silences-expect-end") };
        match Span::new(from, end) {
            None => wrong("silences-expect-after-start"),
            Some(span) if span.to <= now => wrong("silences-expect-future"),
            Some(span) if !recurring && span.length() > LONGEST => wrong("silences-expect-ten-years"),
            Some(span) => Ok(Self { team, matchers, span, recurrence, comment, author }),
        }
    }

    /// The same as form fields, with wall times in a zone.
    pub fn to_typed(&self, reader: &jiff::tz::TimeZone, reader_name: &str) -> Typed {
        let mut typed = Typed::default();
        typed.set("matchers", self.matchers.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n"));
        typed.set("team", self.team.as_ref().map_or("*", TeamId::as_str));
        typed.set("comment", &self.comment);
        typed.set("author", self.author.as_deref().unwrap_or_default());
        let wall = |at: Timestamp, tz: &jiff::tz::TimeZone| at.wall(tz)[..16].replace(' ', "T");
        match &self.recurrence {
            None => {
                typed.set("zone", reader_name);
                typed.set("start", wall(self.span.from, reader));
                typed.set("end", wall(self.span.to, reader));
            }
            Some(recurrence) => {
                let written = recurrence.written();
                typed.set("zone", &written.zone);
                typed.set("start", &written.start);
                typed.set("rrule", &written.rrule);
                typed.set("minutes", written.minutes);
                if self.span.to != FOREVER {
                    typed.set("end", wall(self.span.to, &zone(&written.zone).unwrap_or(jiff::tz::TimeZone::UTC)));
                }
            }
        }
        typed
    }

    /// `{a="b"}`.
    pub fn print(&self) -> String {
        print_matchers(&self.matchers)
    }
}

fn read_comment(text: &str) -> Result<String, Wording> {
    let text = text.trim();
    match text.chars().count() {
        0 => Err(Wording::new("expect-something")),
        n if n > LONGEST_COMMENT => Err(Wording::new("expect-at-most-characters").with("max", LONGEST_COMMENT)),
        _ => one_line(text).map(|()| text.to_owned()),
    }
}

fn read_matchers(check: &mut Check<'_>) -> Option<Vec<Matcher>> {
    // Counted before one is compiled.
    if check.typed().all("matchers").iter().map(String::len).sum::<usize>() > LONGEST_MATCHERS {
        check.problem("matchers", unread(format!("more than {LONGEST_MATCHERS} bytes")));
        return None;
    }
    if expressions(check.typed().all("matchers")) > MOST {
        check.problem("matchers", Wording::new("silences-expect-at-most").with("max", MOST));
        return None;
    }
    let matchers: Vec<Matcher> = check
        .each("matchers", |text| {
            let lines = text.lines().filter(|line| !line.trim().is_empty());
            lines.map(|line| parse_matchers(line).map_err(unread)).collect::<Result<Vec<_>, _>>()
        })?
        .into_iter()
        .flatten()
        .flatten()
        .collect();
    // As upstream: what matches everything is a slip of the hand.
    let wrong = if matchers.iter().all(|matcher| matcher.takes("")) {
        Some(Wording::new("silences-expect-narrower"))
    } else {
        (matchers.len() > MOST).then(|| Wording::new("silences-expect-at-most").with("max", MOST))
    };
    match wrong {
        Some(wording) => {
            check.problem("matchers", wording);
            None
        }
        None => Some(matchers),
    }
}

fn read_recurrence(check: &mut Check<'_>, start: Option<Timestamp>, tz: &jiff::tz::TimeZone, zone_name: &str) -> Option<Recurrence> {
    let rrule = check.field("rrule", |text| Ok(text.to_owned()))?;
    let minutes = check.number("minutes", 1, super::recurrence::LONGEST_MIN)?;
    let start = start?.wall(tz)[..16].replace(' ', "T");
    match Recurrence::new(Written { rrule, start, minutes, zone: zone_name.to_owned() }) {
        Ok(recurrence) => Some(recurrence),
        Err((field, wording)) => {
            check.problem(field, wording);
            None
        }
    }
}

/// Reads `90m`, `2h`, `1d`, `1w`, also together as in `1h30m`: a duration as Prometheus writes it. Milliseconds.
pub fn read_duration(text: &str) -> Option<i64> {
    let text = text.trim();
    if text == "0" {
        return Some(0);
    }
    let (mut rest, mut sum, mut last) = (text, 0_i64, i64::MAX);
    while !rest.is_empty() {
        let digits = rest.find(|c: char| !c.is_ascii_digit()).filter(|n| *n > 0)?;
        let number: i64 = rest[..digits].parse().ok()?;
        let after = &rest[digits..];
        let (unit, used) = match after.as_bytes() {
            [b'm', b's', ..] => (1, 2),
            [b'y', ..] => (365 * DAY, 1),
            [b'w', ..] => (7 * DAY, 1),
            [b'd', ..] => (DAY, 1),
            [b'h', ..] => (HOUR, 1),
            [b'm', ..] => (MINUTE, 1),
            [b's', ..] => (1_000, 1),
            _ => return None,
        };
        if unit >= last {
            return None;
        }
        last = unit;
        sum = sum.checked_add(number.checked_mul(unit)?)?;
        rest = &after[used..];
    }
    (!text.is_empty()).then_some(sum)
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: Timestamp = Timestamp(1_741_932_000_000); // 2025-03-14T06:00Z

    fn typed(pairs: &[(&str, &str)]) -> Typed {
        Typed::from_pairs(pairs.iter().map(|(n, v)| ((*n).to_owned(), (*v).to_owned())))
    }

    fn parse(pairs: &[(&str, &str)]) -> Result<SilenceContent, Vec<String>> {
        let mut all = vec![("matchers", "env=prod"), ("team", "*"), ("comment", "why")];
        all.retain(|(name, _)| !pairs.iter().any(|(other, _)| name == other));
        all.extend(pairs);
        let problems = |fault: Fault| fault.problems().iter().map(|p| format!("{}: {}", p.field, p.expected.key)).collect();
        SilenceContent::parse(&typed(&all), NOW).map_err(problems)
    }

    #[test]
    fn what_is_typed() {
        let silence = parse(&[("duration", "1h30m"), ("matchers", "env=prod\n\n{a=~\"b.*\",c!=d}")]).unwrap();
        assert_eq!(
            (silence.span, silence.print().as_str()),
            (Span { from: NOW, to: NOW.plus(90 * MINUTE) }, r#"{env="prod",a=~"b.*",c!="d"}"#)
        );
        let silence = parse(&[("start", "2025-03-14T20:00"), ("end", "2025-03-14T22:00"), ("zone", "Asia/Shanghai")]).unwrap();
        assert_eq!(silence.span.from.rfc3339(), "2025-03-14T12:00:00.000Z");
        let long = format!("a={}", "x".repeat(LONGEST_MATCHERS));
        for (pairs, problem) in [
            (vec![], "end: silences-expect-end"),
            (vec![("duration", "soon")], "duration: silences-expect-duration"),
            (vec![("end", "2025-03-13T00:00")], "end: silences-expect-after-start"),
            (vec![("start", "2025-03-01T00:00"), ("end", "2025-03-13T00:00")], "end: silences-expect-future"),
            (vec![("duration", "11y")], "end: silences-expect-ten-years"),
            (vec![("duration", "1h"), ("matchers", "a=~.*")], "matchers: silences-expect-narrower"),
            (vec![("duration", "1h"), ("matchers", "")], "matchers: silences-expect-narrower"),
            (vec![("duration", "1h"), ("matchers", "a")], "matchers: alerts-expect-matchers"),
            (vec![("duration", "1h"), ("matchers", long.as_str())], "matchers: alerts-expect-matchers"),
            (vec![("duration", "1h"), ("comment", "")], "comment: expect-something"),
            (vec![("duration", "1h"), ("zone", "Mars")], "zone: expect-zone"),
            (vec![("rrule", "FREQ=NEVER"), ("minutes", "5")], "rrule: silences-expect-rrule"),
            (vec![("rrule", "FREQ=DAILY"), ("minutes", "0")], "minutes: expect-between"),
            (vec![("duration", "1h"), ("matcher", "x=y")], "matcher: expect-one-of"),
        ] {
            assert_eq!(parse(&pairs).unwrap_err().first().map(String::as_str), Some(problem), "{pairs:?}");
        }
    }

    #[test]
    fn it_stands_where_the_clock_says() {
        let once = parse(&[("start", "2025-03-14T08:00"), ("end", "2025-03-14T10:00")]).unwrap();
        let weekly =
            parse(&[("start", "2025-03-14T08:00"), ("rrule", "FREQ=WEEKLY"), ("minutes", "120"), ("end", "2025-04-01T00:00")]).unwrap();
        let at = |silence: &SilenceContent, hours: i64| silence.state(NOW.plus(hours * HOUR));
        use SilenceState::*;
        assert_eq!([0, 2, 3, 4].map(|h| at(&once, h)), [Pending, Active, Active, Expired]);
        assert_eq!([0, 2, 4, 24 * 7 + 3, 24 * 17, 24 * 18].map(|h| at(&weekly, h)), [Pending, Active, Pending, Active, Pending, Expired]);
        let zone = jiff::tz::TimeZone::UTC;
        for silence in [once, weekly] {
            assert_eq!(SilenceContent::parse(&silence.to_typed(&zone, "UTC"), NOW), Ok(silence));
        }
    }

    #[test]
    fn durations_as_prometheus_writes_them() {
        for (text, ms) in [("5m", Some(5 * MINUTE)), ("1h30m", Some(90 * MINUTE)), ("100ms", Some(100)), ("0", Some(0)), ("1d", Some(DAY))]
        {
            assert_eq!(read_duration(text), ms, "{text}");
        }
        for text in ["", "5", "m", "5x", "1m1h", "-5m", "1h 5m", "99999999999999y"] {
            assert_eq!(read_duration(text), None, "{text}");
        }
    }
}
