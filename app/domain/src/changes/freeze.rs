//! Freezes: spans in which changes may not run.

use serde::{Deserialize, Serialize};

use super::{SystemRef, Window};
use crate::{
    Fault, Span, Timestamp, Wording,
    alerts::{
        Recurrence,
        recurrence::{MOST_TIMES, Written},
    },
    form::{Check, Typed},
    id::{FreezeId, SystemId, TeamId},
    systems::Brief,
    text::Name,
};

/// What a freeze covers.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "lowercase", tag = "kind", content = "of")]
pub enum Scope {
    /// Every change.
    All,
    /// Changes of the team, and on its systems.
    Team(TeamId),
    /// Changes on these systems.
    Systems(Vec<SystemId>),
}

impl Scope {
    /// Stable text name.
    pub fn name(&self) -> &'static str {
        match self {
            Self::All => "all",
            Self::Team(_) => "team",
            Self::Systems(_) => "systems",
        }
    }
}

/// What a freeze says.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct FreezeContent {
    /// What it covers.
    pub scope: Scope,
    /// When.
    pub window: Window,
    /// Why, one line: people read it when they are refused.
    pub reason: String,
    /// Whether only two people who break it go past it; otherwise a reason does.
    #[serde(default = "hard")]
    pub hard: bool,
    /// When it comes again; then the window is the first of them, or the one that is looked at.
    #[serde(default)]
    pub recurrence: Option<Recurrence>,
}

fn hard() -> bool {
    true
}

/// A freeze.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Freeze {
    /// Its id.
    pub id: FreezeId,
    /// What it says.
    #[serde(flatten)]
    pub content: FreezeContent,
    /// Who set it last.
    pub author: String,
    /// Counts edits from 1.
    pub version: i64,
    /// Names of the systems in the scope, if it names systems.
    pub systems: Vec<SystemRef>,
    /// Name of the team in the scope, if it names one.
    pub team_name: String,
}

impl Freeze {
    /// Whether it covers a change on these systems; `teams` says whether a team does the work or owns one of them.
    pub fn covers(&self, systems: &[SystemId], teams: impl Fn(&TeamId) -> bool) -> bool {
        match &self.content.scope {
            Scope::All => true,
            Scope::Team(team) => teams(team),
            Scope::Systems(frozen) => frozen.iter().any(|s| systems.contains(s)),
        }
    }
}

impl FreezeContent {
    /// Reads `scope` (`all`, `team`, `systems`), `team`, `systems`, `start`, `end`, `zone`, `reason`.
    pub fn parse(typed: &Typed, known: &[Brief]) -> Result<Self, Fault> {
        let mut check = Check::new(typed);
        check.only(&["scope", "team", "systems", "start", "end", "zone", "reason", "soft", "rrule", "version"]);
        let scope = check.choice("scope", &[("all", 0), ("team", 1), ("systems", 2)]);
        let scope = match scope {
            Some(1) => {
                check.field("team", |text| TeamId::parse(text.trim()).map(Scope::Team).ok_or_else(|| Wording::new("changes-expect-team")))
            }
            Some(2) => {
                let systems = check.each("systems", |text| {
                    let text = text.trim();
                    known
                        .iter()
                        .find(|s| s.id.as_str() == text || s.key == text)
                        .map(|s| s.id.clone())
                        .ok_or_else(|| Wording::new("changes-expect-system"))
                });
                match systems {
                    Some(list) if list.is_empty() => {
                        check.problem("systems", Wording::new("changes-expect-a-system"));
                        None
                    }
                    other => other.map(|mut list| {
                        list.sort();
                        list.dedup();
                        Scope::Systems(list)
                    }),
                }
            }
            other => other.map(|_| Scope::All),
        };
        let window = Window::parse(&mut check);
        let reason = check.field("reason", Name::parse);
        let recurrence = match (&window, typed.get("rrule").trim()) {
            (_, "") | (None, _) => None,
            (Some(window), rrule) => match recurring(window, rrule) {
                Ok(recurrence) => Some(recurrence),
                Err((field, wording)) => {
                    check.problem(if field == "minutes" { "end" } else { field }, wording);
                    None
                }
            },
        };
        let (scope, window, reason) = check.finish((scope, window, reason))?;
        Ok(Self { scope, window, reason: reason.into_string(), hard: !typed.has("soft"), recurrence })
    }

    /// The same as form fields.
    pub fn to_typed(&self) -> Typed {
        let mut typed = Typed::default();
        typed.set("scope", self.scope.name());
        typed.set("start", &self.window.start);
        typed.set("end", &self.window.end);
        typed.set("zone", &self.window.zone);
        typed.set("reason", &self.reason);
        if !self.hard {
            typed.set("soft", "on");
        }
        if let Some(recurrence) = &self.recurrence {
            typed.set("rrule", &recurrence.written().rrule);
        }
        match &self.scope {
            Scope::All => {}
            Scope::Team(team) => typed.set("team", team),
            Scope::Systems(systems) => systems.iter().for_each(|s| typed.add("systems", s)),
        }
        typed
    }
}

/// The rule by which a window comes again: as long on the wall each time.
fn recurring(window: &Window, rrule: &str) -> Result<Recurrence, (&'static str, Wording)> {
    let civil = |text: &str| text.parse::<jiff::civil::DateTime>().map_err(|_| ("start", Wording::new("changes-expect-wall-time")));
    let length = civil(&window.end)? - civil(&window.start)?;
    let minutes = length.total((jiff::Unit::Minute, civil(&window.start)?)).unwrap_or(0.0);
    #[expect(clippy::cast_possible_truncation, reason = "minutes of at most a month")]
    let written =
        Written { rrule: rrule.to_owned(), start: window.start.clone(), minutes: minutes.round() as i64, zone: window.zone.clone() };
    Recurrence::new(written)
}

/// What has no end that anybody set.
const FOREVER: Timestamp = crate::alerts::FOREVER;

impl FreezeContent {
    /// From the first beginning to the last end.
    pub fn extent(&self) -> Span {
        let Some(recurrence) = &self.recurrence else { return self.window.span };
        let from = recurrence.begins().unwrap_or(self.window.span.from);
        if !["COUNT=", "UNTIL="].iter().any(|end| recurrence.written().rrule.contains(end)) {
            return Span { from, to: FOREVER };
        }
        let mut to = recurrence.at(from).map_or(self.window.span.to, |span| span.to);
        let mut at = from;
        for _ in 0..MOST_TIMES {
            match recurrence.after(at) {
                Some(span) => (at, to) = (span.from, to.max(span.to)),
                None => return Span { from, to: to.max(from.plus(1)) },
            }
        }
        Span { from, to: FOREVER }
    }
}

impl Freeze {
    /// The freeze at each of its times that overlaps the span: itself where it does not come again.
    pub fn times(&self, span: Span) -> Vec<Self> {
        let Some(recurrence) = &self.content.recurrence else {
            return if self.content.window.span.overlaps(span) { vec![self.clone()] } else { Vec::new() };
        };
        let at = |time: Span| {
            let mut one = self.clone();
            one.content.window = Window::of(time, &self.content.window.zone);
            one
        };
        recurrence.within(span).into_iter().map(at).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::time::HOUR;

    fn freeze(rrule: &str) -> Freeze {
        let fields = [
            ("scope", "all"),
            ("start", "2025-03-22T22:00"),
            ("end", "2025-03-23T04:00"),
            ("zone", "Europe/Berlin"),
            ("reason", "Nights"),
            ("rrule", rrule),
            ("soft", "on"),
        ];
        let typed = Typed::from_pairs(fields.map(|(k, v)| (k.to_owned(), v.to_owned())));
        let content = FreezeContent::parse(&typed, &[]).unwrap();
        assert_eq!(FreezeContent::parse(&content.to_typed(), &[]).unwrap(), content);
        Freeze {
            id: FreezeId::parse("00000000-0000-7000-8000-000000000001").unwrap(),
            content,
            author: String::new(),
            version: 1,
            systems: vec![],
            team_name: String::new(),
        }
    }

    fn at(text: &str) -> Timestamp {
        Timestamp::parse_rfc3339(text).unwrap()
    }

    #[test]
    fn nights_that_come_again_through_the_change_of_clocks() {
        let nights = freeze("FREQ=WEEKLY;BYDAY=SA;COUNT=3");
        assert!(!nights.content.hard);
        let span = Span { from: at("2025-03-20T00:00:00Z"), to: at("2025-04-10T00:00:00Z") };
        let told: Vec<_> = nights
            .times(span)
            .into_iter()
            .map(|f| {
                let w = f.content.window;
                format!("{} – {} {}h", w.start, w.end, w.span.length() / HOUR)
            })
            .collect();
        assert_eq!(
            told,
            ["2025-03-22T22:00 – 2025-03-23T04:00 6h", "2025-03-29T22:00 – 2025-03-30T04:00 5h", "2025-04-05T22:00 – 2025-04-06T04:00 6h"]
        );
        assert_eq!(nights.content.extent(), Span { from: at("2025-03-22T21:00:00Z"), to: at("2025-04-06T02:00:00Z") });
        assert_eq!(freeze("FREQ=DAILY").content.extent().to, FOREVER);
        // The edge to the millisecond.
        let edge = at("2025-03-30T02:00:00Z");
        assert!(nights.times(Span { from: edge, to: edge.plus(HOUR) }).is_empty());
        assert_eq!(nights.times(Span { from: edge.plus(-1), to: edge }).len(), 1);
    }

    #[test]
    fn a_rule_that_is_none_is_a_matter_of_its_field() {
        let fields = [
            ("scope", "all"),
            ("start", "2025-03-22T22:00"),
            ("end", "2025-03-23T04:00"),
            ("zone", "UTC"),
            ("reason", "Nights"),
            ("rrule", "FREQ=SOMETIMES"),
        ];
        let typed = Typed::from_pairs(fields.map(|(k, v)| (k.to_owned(), v.to_owned())));
        assert_eq!(FreezeContent::parse(&typed, &[]).unwrap_err().problems()[0].field, "rrule");
    }

    proptest::proptest! {
        /// Through every Sunday on which clocks change, in zones that change them: each time lies on its wall, in order, once.
        #[test]
        fn every_time_lies_on_its_wall(zone in 0_usize..4, hour in 0_u32..24, minutes in 30_i64..600, day in 1_u32..28) {
            let zone = ["Europe/Berlin", "America/New_York", "Australia/Lord_Howe", "Asia/Shanghai"][zone];
            let written = Written { rrule: "FREQ=DAILY".into(), start: format!("2025-03-{day:02}T{hour:02}:30"), minutes, zone: zone.into() };
            let recurrence = Recurrence::new(written).unwrap();
            let begin = recurrence.begins().unwrap();
            let end = begin.plus(minutes * 60_000);
            let window = Window { start: String::new(), end: String::new(), zone: zone.into(), span: Span { from: begin, to: end } };
            let content = FreezeContent { scope: Scope::All, window, reason: String::new(), hard: true, recurrence: Some(recurrence) };
            let freeze = Freeze { content, ..freeze("") };
            let span = Span { from: at("2025-03-01T00:00:00Z"), to: at("2025-05-01T00:00:00Z") };
            let times = freeze.times(span);
            let mut last = Timestamp(0);
            for time in &times {
                let w = &time.content.window;
                proptest::prop_assert!(w.span.from > last && w.span.to > w.span.from && w.span.overlaps(span));
                // What is asked at its edges agrees with it, to the millisecond.
                let seen = freeze.times(Span { from: w.span.from, to: w.span.from.plus(1) });
                proptest::prop_assert!(seen.iter().any(|one| one.content.window.span == w.span));
                // The wall says what was asked for, but where clocks go over it.
                let said = format!("{hour:02}:30");
                let moved = !w.start.ends_with(&said);
                proptest::prop_assert!(!moved || (w.span.from.0 / 3_600_000) < (at("2025-04-07T00:00:00Z").0 / 3_600_000));
                last = w.span.from;
            }
            proptest::prop_assert!(times.len() >= 33);
        }
    }
}
