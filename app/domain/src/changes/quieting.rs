//! When a change would hurt the fewest: the cheapest windows ahead, as a form offers them.

use serde::{Deserialize, Serialize};

use super::{
    Kind, Risk, Step, Watch, Window,
    content::{MOST_SYSTEMS, rollback_minutes},
    filter::read_span,
    step,
};
use crate::{
    Fault, Span, Wording,
    form::{Check, Typed, whole},
    id::{SystemId, TeamId},
    systems::Brief,
    time::{DAY, HOUR, MINUTE},
    words::words,
};

/// Length of the work where the form does not say it.
const USUAL: i64 = 2 * HOUR;
/// Minutes that work may take.
const LENGTHS: (u32, u32) = (5, 3 * 24 * 60);

words! {
    /// Why no window is named.
    pub enum QuietLack {
        /// Less than four weeks of transactions, or none: it would be a guess.
        Volume = "volume",
        /// Freezes and other work leave no room.
        Room = "room",
        /// What is asked about is over.
        Past = "past",
        /// It lies further ahead than anybody can tell.
        Far = "far",
    }
}

/// What is asked.
#[derive(Debug, Clone, PartialEq)]
pub struct QuietAsk {
    /// The systems that are touched.
    pub systems: Vec<SystemId>,
    /// The team that does the work, where it is said; otherwise it is that of the first system.
    pub team: Option<TeamId>,
    /// Length of the work.
    pub length: i64,
    /// Where the windows are to lie; the days that come where it is not said.
    pub within: Option<Span>,
    /// Minutes that rolling it back takes; 0 where nobody said.
    pub rollback_minutes: u32,
    /// Zone of the window.
    pub zone: String,
    /// How it will be watched: what a verdict takes.
    pub watch: Watch,
    /// How risky it is said to be; medium where the form does not say it yet.
    pub risk: Risk,
    /// What kind of change it is.
    pub kind: Kind,
    /// Its steps, as far as they read.
    pub steps: Vec<Step>,
}

impl QuietAsk {
    /// Reads systems, team, zone, length and the time of rolling back from a request that need not be complete otherwise.
    pub fn parse(typed: &Typed, known: &[Brief]) -> Result<Self, Fault> {
        // Each once: what stands there a thousand times costs no more than one.
        let mut once: Vec<String> =
            typed.all("systems").iter().map(|text| text.trim().to_owned()).filter(|text| !text.is_empty()).collect();
        once.sort();
        once.dedup();
        if once.len() > MOST_SYSTEMS {
            let expected = Wording::new("changes-expect-at-most-systems").with("max", MOST_SYSTEMS);
            return Err(Fault::invalid("systems", once.len(), expected));
        }
        let mut asked = Typed::from_pairs(
            typed
                .names()
                .filter(|name| *name != "systems")
                .flat_map(|name| typed.all(name).iter().map(|value| (name.to_owned(), value.clone()))),
        );
        once.iter().for_each(|text| asked.add("systems", text));
        let typed = &asked;
        let mut check = Check::new(typed);
        let systems = check.each("systems", |text| {
            let text = text.trim();
            known.iter().find(|s| s.id.as_str() == text || s.key == text).ok_or_else(|| Wording::new("changes-expect-system"))
        });
        if systems.as_ref().is_some_and(Vec::is_empty) {
            check.problem("systems", Wording::new("changes-expect-a-system"));
        }
        let timed = !typed.get("start").trim().is_empty() && !typed.get("end").trim().is_empty();
        let told = check.optional("length", |text| whole(text, LENGTHS.0, LENGTHS.1).map(|minutes| i64::from(minutes) * MINUTE));
        let window =
            if timed { Window::parse(&mut check).map(|window| window.span.length()) } else { told.map(|length| length.unwrap_or(USUAL)) };
        let within = read_span(&mut check);
        let zone = check.field("zone", |text| {
            crate::time::zone(text.trim()).map(|_| text.trim().to_owned()).ok_or_else(|| Wording::new("expect-zone"))
        });
        let team = check.optional("team", |text| TeamId::parse(text.trim()).ok_or_else(|| Wording::new("changes-expect-team")));
        let undoing = rollback_minutes(&mut check);
        let watch = Watch::parse(&mut check);
        let (systems, team, length, zone, undoing, watch) = check.finish((systems, team, window, zone, undoing, watch))?;
        let mut systems: Vec<SystemId> = systems.into_iter().map(|system| system.id.clone()).collect();
        systems.sort();
        systems.dedup();
        let risk = Risk::parse(typed.get("risk").trim()).unwrap_or(Risk::Medium);
        let kind = Kind::parse(typed.get("kind").trim()).unwrap_or(Kind::Normal);
        let steps = step::parse(typed).0;
        Ok(Self { systems, team, length: length.min(3 * DAY), within, rollback_minutes: undoing, zone, watch, risk, kind, steps })
    }
}

/// Money that is expected to be moved.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct ExpectedAmount {
    /// ISO 4217; empty where senders gave none.
    pub currency: String,
    /// In minor units.
    pub amount: i64,
}

impl ExpectedAmount {
    /// The amount to the nearest minor unit.
    pub fn new(currency: &str, amount: f64) -> Self {
        #[expect(clippy::cast_possible_truncation, reason = "beyond 2^53 minor units nobody expects anything to the cent")]
        let amount = amount.round() as i64;
        Self { currency: currency.to_owned(), amount }
    }
}

/// A window that hurts few.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct QuietWindow {
    /// When.
    pub span: Span,
    /// Its start on the wall, as the form takes it.
    pub start: String,
    /// Its end on the wall.
    pub end: String,
    /// Transactions expected in it.
    pub expected: f64,
    /// As many at most, in 19 of 20.
    pub upper: f64,
    /// What they are expected to move, by currency, the largest first; empty where transactions carry no amounts.
    #[serde(default)]
    pub amounts: Vec<ExpectedAmount>,
    /// Transactions expected to be hurt: those × how often changes of these systems fail.
    pub cost: f64,
    /// Milliseconds after the work until verification finds, in nine of ten, a system whose failures rise by `drop`, as it will look: each
    /// system by itself, the last of them counts. Absent where it ends before, or is not watched.
    pub verdict_ms: Option<i64>,
    /// Name of the system of which it can be told last; empty where of none.
    #[serde(default)]
    pub slowest: String,
}

/// The cheapest windows.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct QuietAnswer {
    /// At most three, the cheapest first.
    pub windows: Vec<QuietWindow>,
    /// Why there are none, where there are none.
    pub lack: Option<QuietLack>,
    /// Zone of start and end.
    pub zone: String,
    /// Systems whose volume was counted: those touched, and all that depend on them.
    pub systems: usize,
    /// How many of those are within the reader's reach: windows are chosen by all, and what is expected, hurt and moved in them, and when
    /// it could be judged, is told of these.
    pub told: usize,
    /// How often changes of these systems fail, 0 to 1.
    pub failing: f64,
    /// Minutes of rolling back that are counted after the work.
    pub rollback_minutes: u32,
    /// Transactions since the work that the verdict of the slowest system takes, in the first of the windows that have one; 0 where none has.
    pub needed: f64,
    /// Percentage points by which failures rise in what is to be found: twice the margin.
    #[serde(default)]
    pub drop: f64,
    /// How such a choice would have done; absent where no week could be tried.
    pub backtest: Option<Tried>,
}

/// How such choices would have done in weeks that are over; each ratio is what was really held by the best in hindsight: 1.1 is a tenth
/// more.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[cfg_attr(feature = "openapi", schema(as = QuietBacktest))]
pub struct Tried {
    /// Weeks that were tried.
    pub weeks: usize,
    /// Mean of the ratios.
    pub mean: f64,
    /// The worst of them.
    pub worst: f64,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn systems_count_once_and_are_bounded() {
        let many = |name: fn(usize) -> String| Typed::from_pairs((0..6_000).map(|n| ("systems".to_owned(), name(n))));
        let refused =
            |typed: &Typed| QuietAsk::parse(typed, &[]).unwrap_err().problems().iter().map(|one| one.expected.key).collect::<Vec<_>>();
        assert_eq!(refused(&many(|n| format!("s{n}"))), ["changes-expect-at-most-systems"]);
        assert_eq!(refused(&many(|_| " x ".to_owned())).iter().filter(|key| **key == "changes-expect-system").count(), 1);
    }

    #[test]
    fn a_form_half_filled_is_enough() {
        let known = [Brief {
            id: SystemId::parse("00000000-0000-7000-8000-000000000002").unwrap(),
            key: "gateway".into(),
            name: "Gateway".into(),
            team: crate::id::TeamId::parse("00000000-0000-7000-8000-000000000001").unwrap(),
            team_name: String::new(),
            tier: 1,
        }];
        let typed = |pairs: &[(&str, &str)]| Typed::from_pairs(pairs.iter().map(|(k, v)| ((*k).to_owned(), (*v).to_owned())));
        let ask = QuietAsk::parse(&typed(&[("systems", "gateway"), ("zone", "Asia/Shanghai"), ("verify_margin", "1")]), &known).unwrap();
        assert_eq!((ask.length, ask.systems.len(), ask.watch.margin), (2 * HOUR, 1, 100));
        assert_eq!((ask.team, ask.rollback_minutes), (None, 0));
        let team = "00000000-0000-7000-8000-000000000009";
        let said = [("systems", "gateway"), ("zone", "UTC"), ("team", team), ("rollback_minutes", "45")];
        let ask = QuietAsk::parse(&typed(&said), &known).unwrap();
        assert_eq!((ask.team.map(|team| team.to_string()).as_deref(), ask.rollback_minutes), (Some(team), 45));
        let both = [("systems", "gateway"), ("zone", "UTC"), ("start", "2025-03-14T02:00"), ("end", "2025-03-14T02:30")];
        assert_eq!(QuietAsk::parse(&typed(&both), &known).unwrap().length, HOUR / 2);
        let fields: Vec<_> =
            QuietAsk::parse(&typed(&[("zone", "Mars")]), &known).unwrap_err().problems().iter().map(|p| p.field.clone()).collect();
        assert_eq!(fields, ["systems", "zone"]);
        let days =
            [("systems", "gateway"), ("zone", "UTC"), ("length", "45"), ("from", "2025-03-14T00:00:00Z"), ("to", "2025-03-21T00:00:00Z")];
        let ask = QuietAsk::parse(&typed(&days), &known).unwrap();
        assert_eq!((ask.length, ask.within.map(Span::length)), (45 * MINUTE, Some(7 * DAY)));
        let wrong =
            [("systems", "gateway"), ("zone", "UTC"), ("length", "4"), ("from", "2025-03-14T00:00:00Z"), ("to", "2025-03-13T00:00:00Z")];
        let fields: Vec<_> = QuietAsk::parse(&typed(&wrong), &known).unwrap_err().problems().iter().map(|p| p.field.clone()).collect();
        assert_eq!(fields, ["length", "to"]);
    }
}
