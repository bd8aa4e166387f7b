//! How a change is watched once its work has ended: how long, how much worse is no matter, and when it is looked at.
//!
//! It is looked at again and again until the time is over that was set. What fails ends it at once; what passes ends it when
//! the time is over; what cannot be told is watched for longer, and once more when customers come in the morning.
//! **Invariant:** the number of looks is bounded, whatever the clock does.

use jiff::tz::TimeZone;
use serde::{Deserialize, Serialize};

use super::Verified;
use crate::{
    Span, Timestamp, Wording,
    form::{Check, Typed},
    time::{DAY, HOUR, MINUTE, parse_wall, zone},
    transactions::span_before,
    verification::Looking,
    words::words,
};

/// The fields of a form that say it.
pub const WATCH_FIELDS: [&str; 3] = ["verify_minutes", "verify_margin", "verify_latency"];

/// Shortest time in which anything can be told.
const SHORTEST: u32 = 10;
/// Longest time: slots stay minutes.
const LONGEST: u32 = 720;
/// Looks within the time that was set.
const LOOKS: i64 = 12;
/// Shortest pause between two looks.
const PAUSE: i64 = 5 * MINUTE;
/// How much longer what cannot be told is watched, in times that were set.
const LONGER: i64 = 2;
/// When customers come, on the wall of the change's window, and for how long that is looked at.
const MORNING: (&str, i64) = ("08:00", 3 * HOUR);

words! {
    /// How far the watching has come.
    pub enum WatchStage {
        /// The time that was set.
        Watching = "watching",
        /// It could not be told: longer.
        Extended = "extended",
        /// Nor then: once more when customers come.
        Morning = "morning",
        /// Nothing more is looked at.
        Over = "over",
    }
}

/// How long a change is watched, and how much worse is no matter.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Watch {
    /// Minutes; 0 where it is not watched.
    pub minutes: u32,
    /// How much more may fail, in hundredths of a percentage point.
    pub margin: u32,
    /// How much slower it may be, in percent.
    pub latency: u32,
}

impl Default for Watch {
    fn default() -> Self {
        Self { minutes: 60, margin: 20, latency: 20 }
    }
}

impl Watch {
    /// Reads the fields; what is not given is as usual.
    pub(super) fn parse(check: &mut Check<'_>) -> Option<Self> {
        let usual = Self::default();
        let between = |min: &str, max: u32| Wording::new("expect-between").with("min", min).with("max", max);
        let minutes = check.optional("verify_minutes", |text| match text.trim().parse() {
            Ok(0) => Ok(0),
            Ok(minutes) if (SHORTEST..=LONGEST).contains(&minutes) => Ok(minutes),
            _ => Err(Wording::new("changes-expect-watch").with("min", SHORTEST).with("max", LONGEST)),
        });
        let margin = check.optional("verify_margin", |text| hundredths(text).ok_or_else(|| Wording::new("changes-expect-margin")));
        let latency = check.optional("verify_latency", |text| {
            let number = text.trim().trim_end_matches('%').trim_end();
            number.parse().ok().filter(|percent| (1..=500).contains(percent)).ok_or_else(|| between("1", 500))
        });
        Some(Self {
            minutes: minutes?.unwrap_or(usual.minutes),
            margin: margin?.unwrap_or(usual.margin),
            latency: latency?.unwrap_or(usual.latency),
        })
    }

    /// The same as form fields.
    pub fn fill(self, typed: &mut Typed) {
        typed.set("verify_minutes", self.minutes);
        typed.set("verify_margin", self.margin_text());
        typed.set("verify_latency", self.latency);
    }

    /// How much more may fail, in percentage points: `0.2`.
    pub fn margin_text(self) -> String {
        let text = format!("{}.{:02}", self.margin / 100, self.margin % 100);
        text.trim_end_matches('0').trim_end_matches('.').to_owned()
    }

    /// In one line, as differences show it.
    pub fn line(self) -> String {
        if self.minutes == 0 {
            "–".to_owned()
        } else {
            format!("{} min · +{} % · +{} %", self.minutes, self.margin_text(), self.latency)
        }
    }

    /// Its time in milliseconds.
    pub fn length(self) -> i64 {
        i64::from(self.minutes) * MINUTE
    }

    /// The pause between two looks.
    fn pause(self) -> i64 {
        (self.length() / LOOKS).max(PAUSE)
    }
}

/// `0.2`, `0.2%` or `,2` of a point, 0.01 to 10, in hundredths.
fn hundredths(text: &str) -> Option<u32> {
    let text = text.trim().trim_end_matches('%').trim_end().replace(',', ".");
    let (whole, part) = text.split_once('.').unwrap_or((&text, ""));
    let digits = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
    if text.is_empty() || !digits(whole) || !digits(part) || part.len() > 2 || whole.len() > 2 {
        return None;
    }
    let whole: u32 = if whole.is_empty() { 0 } else { whole.parse().ok()? };
    let part: u32 = format!("{part:0<2}").parse().ok()?;
    Some(whole * 100 + part).filter(|margin| (1..=1_000).contains(margin))
}

/// Where the watching of a change stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Course {
    /// How far it has come.
    pub stage: WatchStage,
    /// What is looked at begins here, and ends here at the latest.
    pub span: Span,
    /// When it is looked at next.
    pub next: Timestamp,
}

impl Course {
    /// From the end of the work on; `None` where it is not watched.
    pub fn begin(watch: Watch, finished: Timestamp) -> Option<Self> {
        let span = Span::new(finished, finished.plus(watch.length()))?;
        Some(Self { stage: WatchStage::Watching, span, next: finished.plus(watch.pause()) })
    }

    /// After a look that came to a verdict; `None`: nothing more is to be looked at. `zone` is that of the change's window.
    pub fn after(self, watch: Watch, verdict: Verified, now: Timestamp, zone_name: &str) -> Option<Self> {
        let ended = now >= self.span.to;
        match (verdict, self.stage) {
            (Verified::Fail, _) | (_, WatchStage::Over) => None,
            (Verified::Pass, stage) if ended || stage != WatchStage::Watching => None,
            _ if !ended => Some(Self { next: now.plus(watch.pause()).min(self.span.to), ..self }),
            (_, WatchStage::Watching) => {
                let span = Span { from: self.span.from, to: self.span.to.plus(LONGER * watch.length()) };
                Some(Self { stage: WatchStage::Extended, span, next: now.plus(watch.pause()) })
            }
            (_, WatchStage::Extended) => {
                let from = morning(self.span.to, zone_name);
                let span = Span { from, to: from.plus(MORNING.1) };
                Some(Self { stage: WatchStage::Morning, span, next: from.plus(watch.pause().min(MORNING.1)) })
            }
            (_, WatchStage::Morning) => None,
        }
    }

    /// How the probability of an error is shared among the looks: three quarters go to the one at the end of the time that was
    /// set, for which it was set; the rest to limits that hold at every look, and to the ends of what comes later. All of
    /// them together err with 0.96 of it, as they hang together (counted on 200,000 drawn courses).
    pub fn looking(self, now: Timestamp) -> Looking {
        let (always, planned) = match self.stage {
            WatchStage::Watching => (0.15, 0.75),
            WatchStage::Extended | WatchStage::Over => (0.15, 0.15),
            WatchStage::Morning => (0.05, 0.1),
        };
        Looking { always, planned: if now >= self.span.to { planned } else { 0.0 } }
    }

    /// What can be looked at by now.
    pub fn seen(self, now: Timestamp) -> Span {
        Span { from: self.span.from, to: now.floor(MINUTE).min(self.span.to).max(self.span.from.plus(MINUTE)) }
    }

    /// What it is held against beside weeks before: the stretch right before the work began; of a morning the same hours by the clock on
    /// the wall of the day before, where the work began after them.
    pub fn before(self, watch: Watch, begun: Timestamp, zone: &TimeZone) -> Option<Span> {
        if self.stage == WatchStage::Morning {
            return Some(span_before(self.span, 1, zone)).filter(|day| day.to <= begun);
        }
        Some(Span { from: begun.plus(-watch.length().max(HOUR)), to: begun })
    }
}

/// The next time that customers come.
fn morning(after: Timestamp, zone_name: &str) -> Timestamp {
    let tz = zone(zone_name).unwrap_or(TimeZone::UTC);
    let on = |at: Timestamp| {
        let day = at.jiff().to_zoned(tz.clone()).strftime("%Y-%m-%d").to_string();
        parse_wall(&format!("{day}T{}", MORNING.0), &tz)
    };
    on(after).filter(|at| *at >= after).or_else(|| on(after.plus(DAY))).unwrap_or(after.plus(DAY))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> Timestamp {
        Timestamp::parse_rfc3339(text).unwrap()
    }

    #[test]
    fn margins_are_read_in_points() {
        let read: Vec<_> = ["0.2", "0.05%", "1", "10", ",5", "0", "10.01", "0.123", "-1", "x"].map(hundredths).into();
        assert_eq!(read, [Some(20), Some(5), Some(100), Some(1000), Some(50), None, None, None, None, None]);
        assert_eq!(Watch { margin: 5, ..Watch::default() }.margin_text(), "0.05");
        assert_eq!(Watch::default().line(), "60 min · +0.2 % · +20 %");
    }

    #[test]
    fn what_cannot_be_told_is_watched_longer_and_again_in_the_morning() {
        let watch = Watch::default();
        let finished = at("2025-03-14T02:00:00+08:00");
        let mut course = Course::begin(watch, finished).unwrap();
        let mut told = vec![];
        let mut looks = 0;
        loop {
            looks += 1;
            let now = course.next;
            if told.last() != Some(&course.stage) {
                told.push(course.stage);
            }
            assert!(course.seen(now).to <= course.span.to);
            match course.after(watch, Verified::Inconclusive, now, "Asia/Shanghai") {
                Some(next) => course = next,
                None => break,
            }
        }
        assert_eq!((told, looks), (vec![WatchStage::Watching, WatchStage::Extended, WatchStage::Morning], 72));
        assert_eq!(course.span, Span { from: at("2025-03-14T08:00:00+08:00"), to: at("2025-03-14T11:00:00+08:00") });
        assert!(Course::begin(Watch { minutes: 0, ..watch }, finished).is_none());
    }

    #[test]
    fn a_morning_is_held_against_the_same_hours_by_the_clock_of_the_day_before() {
        // The clocks of Berlin went forward on 30 March at two.
        let berlin = zone("Europe/Berlin").unwrap();
        let span = Span { from: at("2025-03-30T08:00:00+02:00"), to: at("2025-03-30T11:00:00+02:00") };
        let course = Course { stage: WatchStage::Morning, span, next: span.to };
        let before = |begun: &str| course.before(Watch::default(), at(begun), &berlin);
        let day = Span { from: at("2025-03-29T08:00:00+01:00"), to: at("2025-03-29T11:00:00+01:00") };
        assert_eq!((before("2025-03-29T11:00:00+01:00"), before("2025-03-29T10:59:00+01:00")), (Some(day), None));
        let watching = Course { stage: WatchStage::Watching, ..course };
        let begun = at("2025-03-30T01:00:00+01:00");
        assert_eq!(watching.before(Watch::default(), begun, &berlin), Some(Span { from: begun.plus(-HOUR), to: begun }));
    }

    #[test]
    fn a_failure_ends_it_at_once_and_success_when_its_time_is_over() {
        let watch = Watch::default();
        let course = Course::begin(watch, at("2025-03-14T02:00:00Z")).unwrap();
        let after = |verdict, minutes| course.after(watch, verdict, course.span.from.plus(minutes * MINUTE), "UTC").map(|c| c.stage);
        assert_eq!(after(Verified::Fail, 5), None);
        assert_eq!(after(Verified::Pass, 5), Some(WatchStage::Watching));
        assert_eq!(after(Verified::Pass, 60), None);
        // After an outage of the portal what was missed is not looked at one by one.
        assert_eq!(after(Verified::Inconclusive, 600), Some(WatchStage::Extended));
        let extended = Course { stage: WatchStage::Extended, ..course };
        assert_eq!(extended.after(watch, Verified::Pass, course.span.from.plus(MINUTE), "UTC"), None);
        let late = extended.after(watch, Verified::Inconclusive, course.span.to, "Europe/Berlin").unwrap();
        assert_eq!(late.span.from, at("2025-03-14T08:00:00+01:00"));
    }
}
