//! What an occasion says.

use jiff::{
    civil::{Date, Time},
    tz::TimeZone,
};
use serde::{Deserialize, Serialize};

use crate::{
    Fault, Span, Timestamp, Wording,
    alerts::{
        Recurrence,
        recurrence::{LONGEST_MIN, Written},
    },
    form::{Check, Checked, Typed},
    id::TeamId,
    text::Name,
    time::{instant, parse_day, zone},
    words::words,
};

/// Every field there is.
pub const FIELDS: &[&str] = &["kind", "name", "first", "last", "zone", "team", "rrule", "without", "version"];
/// Days that may be left out of one occasion.
const MOST_WITHOUT: usize = 1_000;
/// Minutes of a day.
const DAY_MIN: i64 = 24 * 60;

words! {
    /// What kind of days they are: those of one kind are expected to be alike.
    pub enum Kind {
        /// People do not work.
        Holiday = "holiday",
        /// Wages are paid.
        Payday = "payday",
        /// A sale, a match, a closing of the books.
        Event = "event",
    }
}

/// What an occasion says.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Content {
    /// What kind of days they are.
    pub kind: Kind,
    /// Its name.
    pub name: String,
    /// Its first day, `2025-10-01`.
    #[serde(with = "crate::text::day")]
    #[cfg_attr(feature = "openapi", schema(value_type = String, format = Date))]
    pub first: Date,
    /// Its last day; the same where it is one.
    #[serde(with = "crate::text::day")]
    #[cfg_attr(feature = "openapi", schema(value_type = String, format = Date))]
    pub last: Date,
    /// IANA zone of its days.
    pub zone: String,
    /// The team whose it is; `null` where it is everybody's.
    pub team: Option<TeamId>,
    /// When it comes again: an RRULE; `null` where it does not.
    pub rrule: Option<String>,
    /// First days of the times that are left out of that, in order.
    #[serde(default, with = "crate::text::days")]
    #[cfg_attr(feature = "openapi", schema(value_type = Vec<String>))]
    pub without: Vec<Date>,
}

fn date(text: &str) -> Result<Date, Wording> {
    let text = text.trim();
    parse_day(text).filter(|day| (1970..=2200).contains(&day.year())).ok_or_else(|| Wording::new("occasions-expect-date"))
}

/// Reads `without`: days with blanks, commas or lines between them, one value or several.
fn without(check: &mut Check<'_>) -> Checked<Vec<Date>> {
    let text = check.typed().all("without").join("\n");
    let mut days = Vec::new();
    for part in
        text.split(|letter: char| letter.is_whitespace() || matches!(letter, ',' | ';' | '，' | '、')).filter(|part| !part.is_empty())
    {
        match date(part) {
            Ok(day) => days.push(day),
            Err(expected) => {
                check.wrong("without", part, expected);
                return None;
            }
        }
    }
    days.sort_unstable();
    days.dedup();
    if days.len() > MOST_WITHOUT {
        let found = days.len().to_string();
        check.wrong("without", &found, Wording::new("occasions-expect-days").with("max", MOST_WITHOUT));
        return None;
    }
    Some(days)
}

impl Content {
    /// Reads the fields of [`FIELDS`].
    ///
    /// # Errors
    /// [`Fault::Invalid`] names every field that is wrong.
    pub fn parse(typed: &Typed) -> Result<Self, Fault> {
        let mut check = Check::new(typed);
        check.only(FIELDS);
        let kinds: Vec<(&str, Kind)> = Kind::ALL.iter().map(|kind| (kind.name(), *kind)).collect();
        let kind = check.choice("kind", &kinds);
        let name = check.field("name", Name::parse);
        let first = check.field("first", date);
        let last = check.optional("last", date);
        let zone = check.field("zone", |text| {
            let text = text.trim();
            zone(text).map(|_| text.to_owned()).ok_or_else(|| Wording::new("expect-zone"))
        });
        let team = check.optional("team", |text| TeamId::parse(text.trim()).ok_or_else(|| Wording::new("changes-expect-team")));
        let rrule = check.optional("rrule", |text| Ok(text.trim().to_owned()));
        let without = without(&mut check);
        if rrule.as_ref().is_some_and(Option::is_none) && without.as_ref().is_some_and(|days| !days.is_empty()) {
            check.problem("without", Wording::new("occasions-expect-again"));
        }
        let read = check.finish((kind, name, first, last, zone, team, rrule, without))?;
        let (kind, name, first, last, zone, team, rrule, without) = read;
        let mut content = Self { kind, name: name.into_string(), first, last: last.unwrap_or(first), zone, team, rrule, without };
        if content.last < content.first {
            return Err(Fault::invalid("last", content.last, Wording::new("occasions-expect-last").with("first", first)));
        }
        if content.minutes() > LONGEST_MIN {
            return Err(Fault::invalid("last", content.last, Wording::new("occasions-expect-days").with("max", LONGEST_MIN / DAY_MIN)));
        }
        if let Some(written) = content.written() {
            let read = Recurrence::new(written).map_err(|(field, wording)| {
                let field = if field == "rrule" { "rrule" } else { "first" };
                Fault::invalid(field, typed.get(field), wording)
            })?;
            content.rrule = Some(read.written().rrule.clone());
        }
        Ok(content)
    }

    /// The same as form fields.
    pub fn to_typed(&self) -> Typed {
        let mut typed = Typed::default();
        typed.set("kind", self.kind);
        typed.set("name", &self.name);
        typed.set("first", self.first);
        typed.set("last", self.last);
        typed.set("zone", &self.zone);
        typed.set("team", self.team.as_ref().map_or("", TeamId::as_str));
        typed.set("rrule", self.rrule.as_deref().unwrap_or_default());
        typed.set("without", days_text(&self.without));
        typed
    }

    fn minutes(&self) -> i64 {
        (i64::from((self.last - self.first).get_days()) + 1) * DAY_MIN
    }

    /// When it comes again; `None` where it does not.
    ///
    /// # Errors
    /// Names the field that is wrong and what would be right.
    pub fn recurrence(&self) -> Result<Option<Recurrence>, (&'static str, Wording)> {
        self.written().map(Recurrence::kept).transpose()
    }

    fn written(&self) -> Option<Written> {
        let rrule = self.rrule.clone()?;
        Some(Written { rrule, start: format!("{}T00:00", self.first), minutes: self.minutes(), zone: self.zone.clone() })
    }

    /// From the beginning of its first day to the end of its last.
    fn span(&self) -> Option<Span> {
        let zone = zone(&self.zone)?;
        Span::new(begin(self.first, &zone)?, begin(self.last.tomorrow().ok()?, &zone)?)
    }

    /// When the times begin that are left out, in order.
    fn left_out(&self) -> Vec<Timestamp> {
        zone(&self.zone).map_or_else(Vec::new, |zone| self.without.iter().filter_map(|day| begin(*day, &zone)).collect())
    }

    /// Whether it leaves its own first day out: that is no day of it.
    pub fn lacks_first(&self) -> bool {
        self.without.contains(&self.first)
    }

    /// Its times that overlap a span, in order.
    pub fn times(&self, span: Span) -> Vec<Span> {
        match self.recurrence() {
            Ok(Some(recurrence)) => {
                let (mut times, without) = (recurrence.within(span), self.left_out());
                times.retain(|time| without.binary_search(&time.from).is_err());
                times
            }
            _ => self.span().filter(|one| one.overlaps(span)).into_iter().collect(),
        }
    }

    /// The time that goes on at a moment, or the next one.
    pub fn next(&self, now: Timestamp) -> Option<Span> {
        match self.recurrence() {
            Ok(Some(recurrence)) => {
                let without = self.left_out();
                let mut times = std::iter::successors(recurrence.now_or_next(now), |time| recurrence.after(time.from));
                times.find(|time| without.binary_search(&time.from).is_err())
            }
            _ => self.span().filter(|span| span.to > now),
        }
    }

    /// From when it may come, and until when: of what comes again only the beginning is told.
    pub fn extent(&self) -> Span {
        let span = self.span().unwrap_or(Span { from: Timestamp(0), to: Timestamp(1) });
        if self.rrule.is_some() { Span { from: span.from, to: crate::alerts::FOREVER } } else { span }
    }
}

/// When a day begins in a zone.
fn begin(day: Date, zone: &TimeZone) -> Option<Timestamp> {
    instant(day.to_datetime(Time::midnight()), zone)
}

/// Days as [`Content::parse`] reads them.
pub fn days_text(days: &[Date]) -> String {
    days.iter().map(ToString::to_string).collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::time::{DAY, HOUR};

    fn typed(pairs: &[(&str, &str)]) -> Typed {
        let mut typed = Typed::default();
        for (name, value) in [("kind", "payday"), ("name", "Wages"), ("first", "2025-01-31"), ("zone", "Europe/Berlin")] {
            typed.set(name, value);
        }
        pairs.iter().for_each(|(name, value)| typed.set(*name, value));
        typed
    }

    fn fields(result: Result<Content, Fault>) -> Vec<String> {
        result.unwrap_err().problems().iter().map(|problem| problem.field.clone()).collect()
    }

    #[test]
    fn days_are_those_of_their_zone_whatever_clocks_do() {
        let content = Content::parse(&typed(&[("first", "2025-03-30"), ("last", "2025-03-30")])).unwrap();
        assert_eq!(content.span().unwrap().length(), 23 * HOUR);
        assert_eq!(Content::parse(&content.to_typed()).unwrap(), content);
        assert_eq!(content.next(content.span().unwrap().to), None);
    }

    #[test]
    fn the_last_day_of_every_month_is_a_payday() {
        let content = Content::parse(&typed(&[("rrule", "FREQ=MONTHLY;BYMONTHDAY=-1")])).unwrap();
        let from = content.span().unwrap().from;
        let times = content.times(Span { from, to: from.plus(110 * DAY) });
        let days: Vec<String> =
            times.iter().map(|time| time.from.jiff().to_zoned(zone("Europe/Berlin").unwrap()).date().to_string()).collect();
        assert_eq!(days, ["2025-01-31", "2025-02-28", "2025-03-31", "2025-04-30"]);
        assert_eq!(content.next(times[1].from.plus(HOUR)), Some(times[1]));
        assert_eq!(content.extent().to, crate::alerts::FOREVER);
    }

    #[test]
    fn days_that_are_left_out_do_not_come() {
        let rule = ("rrule", "FREQ=MONTHLY;BYMONTHDAY=-1");
        let content = Content::parse(&typed(&[rule, ("without", "2025-03-31, 2025-02-28\n2025-02-28")])).unwrap();
        assert_eq!(days_text(&content.without), "2025-02-28 2025-03-31");
        let from = content.span().unwrap().from;
        let times = content.times(Span { from, to: from.plus(110 * DAY) });
        let days: Vec<String> =
            times.iter().map(|time| time.from.jiff().to_zoned(zone("Europe/Berlin").unwrap()).date().to_string()).collect();
        assert_eq!(days, ["2025-01-31", "2025-04-30"]);
        assert_eq!((content.next(times[0].to), content.lacks_first()), (Some(times[1]), false));
        assert_eq!(Content::parse(&content.to_typed()).unwrap(), content);
        let told = serde_json::to_value(&content).unwrap();
        assert_eq!((told["without"][1].as_str(), serde_json::from_value::<Content>(told.clone()).unwrap()), (Some("2025-03-31"), content));
        // Of what comes twice, neither is left.
        let gone = [("rrule", "FREQ=MONTHLY;BYMONTHDAY=-1;COUNT=2"), ("without", "2025-01-31 2025-02-28")];
        let gone = Content::parse(&typed(&gone)).unwrap();
        assert_eq!((gone.next(from), gone.lacks_first(), gone.times(Span { from, to: from.plus(99 * DAY) })), (None, true, vec![]));
        assert_eq!(fields(Content::parse(&typed(&[("without", "2025-02-28")]))), ["without"]);
        assert_eq!(fields(Content::parse(&typed(&[rule, ("without", "soon")]))), ["without"]);
        let day = |n: i32| format!("{}-{:02}-{:02}", 1970 + n / 336, 1 + n / 28 % 12, 1 + n % 28);
        for (count, key) in [(1_000, None), (1_001, Some("occasions-expect-days"))] {
            let many = (0..count).map(day).collect::<Vec<_>>().join(" ");
            let read = Content::parse(&typed(&[rule, ("without", many.as_str())]));
            assert_eq!(read.err().map(|fault| fault.problems()[0].expected.key), key);
        }
    }

    #[test]
    fn what_is_wrong_is_named() {
        assert_eq!(fields(Content::parse(&typed(&[("last", "2025-01-30")]))), ["last"]);
        assert_eq!(fields(Content::parse(&typed(&[("last", "2025-03-30")]))), ["last"]);
        assert_eq!(fields(Content::parse(&typed(&[("rrule", "SOMETIMES")]))), ["rrule"]);
        assert_eq!(fields(Content::parse(&typed(&[("kind", "party"), ("first", "tomorrow"), ("zone", "Nowhere"), ("name", "")]))).len(), 4);
    }
}
