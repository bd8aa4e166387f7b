//! Held against systems that were not touched: what happens to everybody, and what happens beside it.

use domain::{
    statistics::random::Chance,
    verification::{Control, Counts, Metric, Points, Terms, Verdict, judge},
};

use super::{
    SOME as TIMES, minutes_of,
    share::{Share, percent},
};

/// A company: rates of failure of the touched system and of those that are not.
struct Case {
    name: &'static str,
    /// FAIL in percent that is wanted at least; 0 where the change does not hurt.
    wanted: f64,
    /// Before and since, of the touched system.
    own: (f64, f64),
    /// The same of each of the others, and its transactions a minute.
    others: &'static [(f64, f64, u32)],
    /// Shape of what differs from minute to minute, and how much of it stays.
    spread: (f64, f64),
}

const CALM: (f64, f64) = (f64::INFINITY, 0.0);
const EQUAL: &[(f64, f64, u32)] = &[(0.0005, 0.0005, 434), (0.0005, 0.0005, 434), (0.0005, 0.0005, 434)];
const FELL: &[(f64, f64, u32)] = &[(0.0005, 0.0025, 434), (0.0005, 0.0025, 434), (0.0005, 0.0025, 434)];

const CASES: &[Case] = &[
    Case { name: "no change, three like it", wanted: 0.0, own: (0.0005, 0.0005), others: EQUAL, spread: CALM },
    Case { name: "no change, one control", wanted: 0.0, own: (0.005, 0.005), others: &[(0.005, 0.005, 434)], spread: CALM },
    Case {
        name: "no change, a tiny and a noisy control",
        wanted: 0.0,
        own: (0.0005, 0.0005),
        others: &[(0.0005, 0.0005, 4), (0.05, 0.05, 434)],
        spread: CALM,
    },
    Case {
        name: "no change, over-dispersed",
        wanted: 0.0,
        own: (0.005, 0.005),
        others: &[(0.005, 0.005, 434), (0.01, 0.01, 434)],
        spread: (2.0, 0.0),
    },
    Case { name: "all fall by 0.2 points", wanted: 0.0, own: (0.0005, 0.0025), others: FELL, spread: CALM },
    Case {
        name: "all fall by 0.2 points, one control",
        wanted: 0.0,
        own: (0.0005, 0.0025),
        others: &[(0.0005, 0.0025, 434)],
        spread: CALM,
    },
    Case {
        name: "all fall by 2 points, rates differ",
        wanted: 0.0,
        own: (0.005, 0.025),
        others: &[(0.001, 0.021, 434), (0.01, 0.03, 200), (0.002, 0.022, 900)],
        spread: CALM,
    },
    Case {
        name: "three times as much fails everywhere",
        wanted: 0.0,
        own: (0.005, 0.015),
        others: &[(0.001, 0.003, 434), (0.002, 0.006, 434), (0.003, 0.009, 434)],
        spread: CALM,
    },
    Case {
        name: "all fall, over-dispersed, autocorrelated",
        wanted: 0.0,
        own: (0.005, 0.025),
        others: &[(0.005, 0.025, 434), (0.01, 0.03, 434), (0.005, 0.025, 434)],
        spread: (2.0, 0.5),
    },
    // Two errors more than without: as much is seen with some more.
    Case { name: "drop 99.95 → 99.85 %, three calm controls", wanted: 70.0, own: (0.0005, 0.0015), others: EQUAL, spread: CALM },
    Case { name: "drop 99.95 → 99.80 %, three calm controls", wanted: 90.0, own: (0.0005, 0.002), others: EQUAL, spread: CALM },
    Case { name: "all fall by 0.2 points, it by 0.5", wanted: 50.0, own: (0.0005, 0.0055), others: FELL, spread: CALM },
    Case { name: "all fall by 0.2 points, it by 1", wanted: 90.0, own: (0.0005, 0.0105), others: FELL, spread: CALM },
    Case {
        name: "one control of three is hurt by the change",
        wanted: 90.0,
        own: (0.0005, 0.0025),
        others: &[(0.0005, 0.0025, 434), (0.0005, 0.0005, 434), (0.0005, 0.0005, 434)],
        spread: CALM,
    },
    Case {
        name: "all fall by 1.5 points, it by 6, over-dispersed",
        wanted: 90.0,
        own: (0.005, 0.065),
        others: &[(0.005, 0.02, 434), (0.01, 0.025, 434), (0.005, 0.02, 434)],
        spread: (2.0, 0.0),
    },
];

/// Prints how each comes out; whether all held.
pub(super) fn all(shift: u64) -> bool {
    println!(
        "\n{:<48}{:>7}{:>8}{:>8}{:>14}{:>16}",
        "against systems that were not touched", "times", "PASS", "FAIL", "INCONCLUSIVE", "FAIL without"
    );
    let mut held = true;
    for (seed, case) in (500_u64..).zip(CASES) {
        let mut chance = Chance::new(2 * seed + shift);
        let (mut seen, mut alone) = ([0u32; 3], 0);
        for _ in 0..TIMES {
            let mut metric = draw(case, &mut chance);
            seen[judge(std::slice::from_ref(&metric), &Terms::default()).verdict as usize] += 1;
            metric.controls.clear();
            alone += u32::from(judge(&[metric], &Terms::default()).verdict == Verdict::Fail);
        }
        let [pass, fail, open] = seen.map(|n| percent(n, TIMES));
        let good = if case.wanted > 0.0 { fail >= case.wanted && pass <= 1.0 } else { fail <= 1.0 };
        held &= good;
        let said = if good { "" } else { "  not held" };
        let of = Share { seen: seen[1], times: TIMES };
        let without = percent(alone, TIMES);
        println!("{:<48}{TIMES:>7}{pass:>7.1}%{fail:>7.2}%{open:>13.1}%{without:>15.1}%   FAIL {of}{said}", case.name);
    }
    held
}

fn draw(case: &Case, chance: &mut Chance) -> Metric {
    let mut sides = |(before, since): (f64, f64), each: u32| {
        let (shape, keep) = case.spread;
        let baseline: Vec<Counts> = minutes_of(chance, each, before, shape, keep);
        Points::Rate { baseline, candidate: minutes_of(chance, each, since, shape, keep) }
    };
    let points = sides(case.own, 434);
    let controls = case.others.iter().map(|(before, since, each)| Control {
        name: "other".into(),
        points: sides((*before, *since), *each),
        missing: 0.0,
    });
    let controls = controls.collect();
    Metric { controls, ..Metric::new("m", points) }
}
