//! What the portal does with a change: looked at twelve times in an hour, for two hours more where it cannot be told, and in
//! the morning; against the hour before and the same time of four weeks, and against systems that it does not touch.

use domain::{
    Timestamp,
    changes::{Course, SlotSeen, SystemSeen, Verified, Watch, WatchStage, look},
    statistics::random::Chance,
    time::MINUTE,
    transactions::Bins,
};

use super::{
    SOME as TIMES,
    share::{Share, percent},
};

/// Transactions of a minute.
const EACH: u32 = 434;
/// When the work ends: two hours after midnight.
const END: Timestamp = Timestamp(1_741_917_600_000);

/// What a company is like, and what becomes of it.
#[derive(Clone, Copy)]
struct Case {
    name: &'static str,
    /// Share that failed before, and since.
    rate: (f64, f64),
    /// Shape of what differs from minute to minute, and how much of it stays.
    spread: (f64, f64),
    /// What the others fail by more since; `None` without others.
    others: Option<f64>,
    /// Hundredths of a point.
    margin: u32,
    /// How the system tells its latency, where it does.
    latency: Option<Latency>,
    /// Whether the change hurts.
    hurts: bool,
}

/// Latencies of transactions, lognormal.
#[derive(Clone, Copy)]
struct Latency {
    /// Deviation of the logarithm within a minute.
    within: f64,
    /// The same of the levels of minutes, and how much of a level stays.
    levels: (f64, f64),
    /// What all take since, times what they took before.
    times: f64,
    /// Share that takes three times as long since.
    slow: f64,
}

impl Latency {
    const FINE: Self = Self { within: 0.5, levels: (0.0, 0.0), times: 1.0, slow: 0.0 };

    fn draw(self, chance: &mut Chance, level: f64, since: bool) -> Bins {
        let (times, slow) = if since { (self.times, self.slow) } else { (1.0, 0.0) };
        let middle = 100.0 * times * level.exp();
        let mut one = || middle * (self.within * chance.normal()).exp() * if slow > 0.0 && chance.share() < slow { 3.0 } else { 1.0 };
        (0..EACH).map(|_| one()).collect()
    }
}

const CALM: (f64, f64) = (f64::INFINITY, 0.0);
const FINE: Case = Case { name: "", rate: (0.0005, 0.0005), spread: CALM, others: None, margin: 10, latency: None, hurts: false };

const CASES: &[Case] = &[
    Case { name: "99.95 %, margin 0.1", ..FINE },
    Case { name: "99.95 %, margin 0.01", margin: 1, ..FINE },
    Case { name: "99.95 %, margin 0.01, two others", margin: 1, others: Some(0.0), ..FINE },
    Case { name: "99.92 %, margin 0.01", rate: (0.0008, 0.0008), margin: 1, ..FINE },
    Case { name: "99.8 %, over-dispersed, margin 0.01", rate: (0.002, 0.002), spread: (1.0, 0.0), margin: 1, ..FINE },
    Case { name: "99.5 %, autocorrelated, margin 0.01", rate: (0.005, 0.005), spread: (2.0, 0.85), margin: 1, ..FINE },
    Case { name: "99.5 %, autocorrelated, margin 0.2", rate: (0.005, 0.005), spread: (2.0, 0.85), margin: 20, ..FINE },
    Case { name: "latency", latency: Some(Latency::FINE), margin: 20, ..FINE },
    Case { name: "latency of a heavy tail", latency: Some(Latency { within: 1.0, ..Latency::FINE }), margin: 20, ..FINE },
    Case { name: "latency, minutes differ by 10 %", latency: Some(Latency { levels: (0.1, 0.0), ..Latency::FINE }), margin: 20, ..FINE },
    Case {
        name: "latency, minutes differ by 10 % and hang together",
        latency: Some(Latency { levels: (0.1, 0.9), ..Latency::FINE }),
        margin: 20,
        ..FINE
    },
    Case {
        name: "latency, two others",
        latency: Some(Latency { levels: (0.05, 0.0), ..Latency::FINE }),
        others: Some(0.0),
        margin: 20,
        ..FINE
    },
    Case {
        name: "latency + 50 %",
        latency: Some(Latency { times: 1.5, levels: (0.1, 0.0), ..Latency::FINE }),
        margin: 20,
        hurts: true,
        ..FINE
    },
    Case {
        name: "latency three times as great for 3 of 100",
        latency: Some(Latency { slow: 0.03, levels: (0.05, 0.0), ..Latency::FINE }),
        margin: 20,
        hurts: true,
        ..FINE
    },
    Case { name: "all fall by 0.2 points, margin 0.05, two others", rate: (0.0005, 0.0025), others: Some(0.002), margin: 5, ..FINE },
    Case { name: "99.8 %, autocorrelated, margin 0.05", rate: (0.002, 0.002), spread: (2.0, 0.85), margin: 5, ..FINE },
    Case { name: "drop to 99.85 %, margin 0.01", rate: (0.0005, 0.0015), margin: 1, hurts: true, ..FINE },
    Case { name: "drop to 99.85 %, margin 0.02", rate: (0.0005, 0.0015), margin: 2, hurts: true, ..FINE },
    Case { name: "drop to 99.85 %, margin 0.02, two others", rate: (0.0005, 0.0015), margin: 2, others: Some(0.0), hurts: true, ..FINE },
    Case { name: "all fall by 0.2, it by 0.5, margin 0.05", rate: (0.0005, 0.0055), others: Some(0.002), margin: 5, hurts: true, ..FINE },
];

/// Failures of minutes, and a latency for each where it is told.
fn slots(chance: &mut Chance, count: usize, (rate, since): (f64, bool), case: &Case) -> Vec<SlotSeen> {
    let (mut factor, mut level) = (1.0, 0.0);
    let (shape, keep) = case.spread;
    (0..count)
        .map(|minute| {
            if shape.is_finite() && (minute == 0 || chance.share() >= keep) {
                factor = chance.gamma(shape) / shape;
            }
            let failed = u64::from(chance.binomial(EACH, (rate * factor).min(1.0)));
            let latency = case.latency.map_or_else(Bins::default, |told| {
                let (deviation, stays) = told.levels;
                let new = if minute == 0 { 1.0 } else { (1.0 - stays * stays).sqrt() };
                level = stays * level + new * deviation * chance.normal();
                told.draw(chance, level, since)
            });
            SlotSeen { total: u64::from(EACH), failed, latency }
        })
        .collect()
}

/// Slots of so many minutes.
fn wide(minutes: &[SlotSeen], width: usize) -> Vec<SlotSeen> {
    let sum = |slots: &[SlotSeen]| SlotSeen {
        total: slots.iter().map(|slot| slot.total).sum(),
        failed: slots.iter().map(|slot| slot.failed).sum(),
        latency: Bins::together(&slots.iter().map(|slot| slot.latency.clone()).collect::<Vec<_>>()),
    };
    minutes.chunks(width).map(sum).collect()
}

/// What a system shows in the night and in the morning after.
struct System {
    hour: Vec<SlotSeen>,
    nights: Vec<Vec<SlotSeen>>,
    night: Vec<SlotSeen>,
    mornings: Vec<Vec<SlotSeen>>,
    morning: Vec<SlotSeen>,
}

impl System {
    fn new(chance: &mut Chance, (before, since): (f64, f64), case: &Case) -> Self {
        Self {
            hour: slots(chance, 60, (before, false), case),
            nights: (0..4).map(|_| slots(chance, 180, (before, false), case)).collect(),
            night: slots(chance, 180, (since, true), case),
            mornings: (0..5).map(|_| slots(chance, 180, (before, false), case)).collect(),
            morning: slots(chance, 180, (since, true), case),
        }
    }

    fn seen(&self, name: &str, course: &Course, now: Timestamp) -> SystemSeen {
        let minutes = |ms: i64| usize::try_from(ms / MINUTE).unwrap_or(0);
        let planned = minutes(course.span.length());
        let (width, reached) = (planned.div_ceil(120), minutes(course.seen(now).length()));
        let (before, since) = if course.stage == WatchStage::Morning {
            (self.mornings.iter().map(|day| wide(day, width)).collect(), wide(&self.morning[..reached], width))
        } else {
            let mut before = vec![wide(&self.hour, width)];
            before.extend(self.nights.iter().map(|night| wide(&night[..planned], width)));
            (before, wide(&self.night[..reached], width))
        };
        SystemSeen { id: name.into(), name: name.into(), before, since, ..SystemSeen::default() }
    }
}

/// How a change goes: the verdict, and the stage in which it falls.
fn watched(chance: &mut Chance, case: &Case) -> (Verified, WatchStage) {
    let watch = Watch { minutes: 60, margin: case.margin, latency: 20 };
    let own = System::new(chance, case.rate, case);
    let others: Vec<System> =
        case.others.iter().flat_map(|by| [*by; 2]).map(|by| System::new(chance, (case.rate.0, case.rate.0 + by), case)).collect();
    let Some(mut course) = Course::begin(watch, END) else { return (Verified::Inconclusive, WatchStage::Over) };
    loop {
        let now = course.next;
        let seen = [own.seen("own", &course, now)];
        let beside: Vec<SystemSeen> = others.iter().map(|other| other.seen("other", &course, now)).collect();
        let look = look((now, &course), (&seen, &beside), Vec::new(), watch);
        match course.after(watch, look.verdict, now, "UTC") {
            Some(next) => course = next,
            None => return (look.verdict, course.stage),
        }
    }
}

/// Prints how each comes out whose name has this in it; whether all held.
pub(super) fn all(shift: u64, only: &str) -> bool {
    let wanted = |case: &Case| only == "portal" || case.name.contains(only);
    if !CASES.iter().any(wanted) {
        return true;
    }
    println!(
        "\n{:<48}{:>7}{:>8}{:>8}{:>14}   FAIL by 26,000 a side, 78,000, and in the morning",
        "as the portal looks", "times", "PASS", "FAIL", "INCONCLUSIVE"
    );
    let mut held = true;
    for (seed, case) in (900_u64..).zip(CASES).filter(|(_, case)| wanted(case)) {
        let mut chance = Chance::new(2 * seed + shift);
        let times = if case.latency.is_some() { TIMES / 2 } else { TIMES };
        let (mut seen, mut stages) = ([0u32; 3], [0u32; 3]);
        for _ in 0..times {
            let (verdict, stage) = watched(&mut chance, case);
            seen[verdict as usize] += 1;
            if verdict == Verified::Fail {
                stages[(stage as usize).min(2)] += 1;
            }
        }
        let [pass, fail, open] = seen.map(|n| percent(n, times));
        let [first, longer, morning] = stages.map(|n| percent(n, times));
        // Held against others it takes longer, theirs is an error more; and of a quantile not far beyond its margin.
        let soon = if case.others.is_some() || case.latency.is_some() { fail } else { first };
        let good = if case.hurts { soon >= 90.0 && pass <= 1.0 } else { fail <= 1.0 };
        held &= good;
        let said = if good { "" } else { "  not held" };
        let of = Share { seen: seen[Verified::Fail as usize], times };
        let stages = format!("{first:>9.1}% +{longer:.1}% +{morning:.1}%");
        println!("{:<48}{times:>7}{pass:>7.1}%{fail:>7.2}%{open:>13.1}%{stages}   FAIL {of}{said}", case.name);
    }
    held
}
