//! `cargo xtask bench verification`: how often a verification errs, on data drawn again and again, and how well that is known.

mod controls;
mod portal;
mod share;

use domain::{
    statistics::random::Chance,
    verification::{Counts, Metric, Points, Terms, always::Seen, judge},
};
use share::{Share, percent};

/// How often rates are drawn, and what takes longer.
const MANY: u32 = 40_000;
const SOME: u32 = 2_000;
/// Those before were looked at when one share of α was chosen once more.
const FRESH: u64 = 1_000;
/// Seeds that are reported; the statistics were tuned on odd ones.
const EVEN: u64 = 2;
/// Transactions a side that 99.95 → 99.85 % takes at α 0.01 and power 0.9, over an hour.
const MINUTES: u32 = 60;
const A_MINUTE: u32 = 434;

/// What was drawn, and what it should come to.
struct Case {
    name: &'static str,
    /// Whether nothing changed.
    null: bool,
    draw: fn(&mut Chance) -> Points,
}

/// Failures of each minute; the rate is drawn anew (gamma of this shape) with so much of it kept from minute to minute.
fn minutes(chance: &mut Chance, rate: f64, shape: f64, keep: f64) -> Vec<Counts> {
    minutes_of(chance, A_MINUTE, rate, shape, keep)
}

fn minutes_of(chance: &mut Chance, each: u32, rate: f64, shape: f64, keep: f64) -> Vec<Counts> {
    let mut factor = 1.0;
    (0..MINUTES)
        .map(|minute| {
            if shape.is_finite() && (minute == 0 || chance.share() >= keep) {
                factor = chance.gamma(shape) / shape;
            }
            let failed = chance.binomial(each, (rate * factor).min(1.0));
            Counts { total: f64::from(each), failed: f64::from(failed) }
        })
        .collect()
}

fn rates(chance: &mut Chance, before: f64, after: f64, shape: f64, keep: f64) -> Points {
    let baseline = minutes(chance, before, shape, keep);
    Points::Rate { baseline, candidate: minutes(chance, after, shape, keep) }
}

/// The same rate before and since, of so many transactions a minute.
fn fewer(chance: &mut Chance, each: u32, rate: f64) -> Points {
    let baseline = minutes_of(chance, each, rate, f64::INFINITY, 0.0);
    Points::Rate { baseline, candidate: minutes_of(chance, each, rate, f64::INFINITY, 0.0) }
}

/// Latencies: with memory from point to point, `turned` into the wanted shape.
fn series(chance: &mut Chance, n: usize, memory: f64, turned: fn(f64) -> f64) -> Vec<f64> {
    let mut at = chance.normal();
    (0..n)
        .map(|_| {
            at = memory * at + (1.0 - memory * memory).sqrt() * chance.normal();
            turned(at)
        })
        .collect()
}

fn measures(chance: &mut Chance, n: usize, memory: f64, before: fn(f64) -> f64, after: fn(f64) -> f64) -> Points {
    let baseline = series(chance, n, memory, before);
    Points::Measure { baseline, candidate: series(chance, n, memory, after) }
}

fn bell(z: f64) -> f64 {
    100.0 + 10.0 * z
}

fn skewed(z: f64) -> f64 {
    100.0 * (0.4 * z).exp()
}

fn heavy(z: f64) -> f64 {
    100.0 * (z.abs() * 1.2).exp()
}

fn tied(z: f64) -> f64 {
    (10.0 + z).round()
}

const CASES: &[Case] = &[
    Case { name: "rate 99.95 %, 26,000 a side", null: true, draw: |c| rates(c, 0.0005, 0.0005, f64::INFINITY, 0.0) },
    Case { name: "rate 99.5 %", null: true, draw: |c| rates(c, 0.005, 0.005, f64::INFINITY, 0.0) },
    Case { name: "rate 95 %", null: true, draw: |c| rates(c, 0.05, 0.05, f64::INFINITY, 0.0) },
    Case { name: "rate 99.95 %, over-dispersed", null: true, draw: |c| rates(c, 0.0005, 0.0005, 0.2, 0.0) },
    Case { name: "rate 99.5 %, over-dispersed 2 ×", null: true, draw: |c| rates(c, 0.005, 0.005, 2.0, 0.0) },
    Case { name: "rate 98 %, over-dispersed 5 ×", null: true, draw: |c| rates(c, 0.02, 0.02, 2.0, 0.0) },
    Case { name: "rate 99.5 %, over-dispersed, autocorrelated", null: true, draw: |c| rates(c, 0.005, 0.005, 2.0, 0.7) },
    Case { name: "rate 98 %, over-dispersed, autocorrelated", null: true, draw: |c| rates(c, 0.02, 0.02, 2.0, 0.7) },
    Case { name: "rate 99.91 %", null: true, draw: |c| rates(c, 0.0009, 0.0009, f64::INFINITY, 0.0) },
    // Where exact sums say that most fail without any change.
    Case { name: "rate 99.905 %", null: true, draw: |c| rates(c, 0.000_95, 0.000_95, f64::INFINITY, 0.0) },
    Case { name: "rate 99.9 %", null: true, draw: |c| rates(c, 0.001, 0.001, f64::INFINITY, 0.0) },
    Case { name: "rate 99.92 %, 20,000 a side", null: true, draw: |c| fewer(c, 333, 0.0008) },
    Case { name: "rate 99.92 %, 9,000 a side", null: true, draw: |c| fewer(c, 150, 0.0008) },
    Case { name: "rate 99.93 %", null: true, draw: |c| rates(c, 0.0007, 0.0007, f64::INFINITY, 0.0) },
    Case { name: "rate 99.8 %, over-dispersed", null: true, draw: |c| rates(c, 0.002, 0.002, 1.0, 0.0) },
    Case { name: "rate 99.8 %, over-dispersed by half", null: true, draw: |c| rates(c, 0.002, 0.002, 2.0, 0.0) },
    Case { name: "rate 99.95 %, over-dispersed, autocorrelated", null: true, draw: |c| rates(c, 0.0005, 0.0005, 0.5, 0.8) },
    Case { name: "rate 99.5 %, strongly autocorrelated", null: true, draw: |c| rates(c, 0.005, 0.005, 2.0, 0.85) },
    Case { name: "rate 99.5 %, very strongly autocorrelated", null: true, draw: |c| rates(c, 0.005, 0.005, 2.0, 0.9) },
    Case { name: "rate 99.8 %, strongly autocorrelated", null: true, draw: |c| rates(c, 0.002, 0.002, 2.0, 0.85) },
    Case { name: "rate 98 %, strongly autocorrelated", null: true, draw: |c| rates(c, 0.02, 0.02, 2.0, 0.85) },
    Case { name: "measure, 10 points", null: true, draw: |c| measures(c, 10, 0.0, bell, bell) },
    Case { name: "measure, 30 points", null: true, draw: |c| measures(c, 30, 0.0, bell, bell) },
    Case { name: "measure, 60 points", null: true, draw: |c| measures(c, 60, 0.0, bell, bell) },
    Case { name: "measure, 300 points", null: true, draw: |c| measures(c, 300, 0.0, bell, bell) },
    Case { name: "measure, 60 skewed", null: true, draw: |c| measures(c, 60, 0.0, skewed, skewed) },
    Case { name: "measure, 300 heavy-tailed", null: true, draw: |c| measures(c, 300, 0.0, heavy, heavy) },
    Case { name: "measure, 10 heavy-tailed", null: true, draw: |c| measures(c, 10, 0.0, heavy, heavy) },
    Case { name: "measure, 60 tied", null: true, draw: |c| measures(c, 60, 0.0, tied, tied) },
    Case { name: "measure, 60 autocorrelated 0.5", null: true, draw: |c| measures(c, 60, 0.5, skewed, skewed) },
    Case { name: "measure, 60 autocorrelated 0.8", null: true, draw: |c| measures(c, 60, 0.8, skewed, skewed) },
    Case { name: "measure, 30 autocorrelated 0.6", null: true, draw: |c| measures(c, 30, 0.6, skewed, skewed) },
    Case { name: "measure, 300 autocorrelated 0.8", null: true, draw: |c| measures(c, 300, 0.8, skewed, skewed) },
    Case { name: "measure, 1,000 autocorrelated 0.9", null: true, draw: |c| measures(c, 1_000, 0.9, skewed, skewed) },
    Case { name: "drop 99.95 → 99.85 %, 26,000 a side", null: false, draw: |c| rates(c, 0.0005, 0.0015, f64::INFINITY, 0.0) },
    Case { name: "drop 99.5 → 98 %, over-dispersed", null: false, draw: |c| rates(c, 0.005, 0.02, 2.0, 0.0) },
    Case { name: "measure +20 %, 60 points", null: false, draw: |c| measures(c, 60, 0.0, bell, |z| 1.2 * bell(z)) },
    Case { name: "measure +25 %, 10 points", null: false, draw: |c| measures(c, 10, 0.0, bell, |z| 1.25 * bell(z)) },
    Case { name: "measure +50 %, 200 autocorrelated 0.5", null: false, draw: |c| measures(c, 200, 0.5, skewed, |z| 1.5 * skewed(z)) },
    Case {
        name: "tail 3 ×, 1,000 points",
        null: false,
        draw: |c| measures(c, 1_000, 0.0, skewed, |z| if z > 1.3 { 3.0 * skewed(z) } else { skewed(z) }),
    },
    Case {
        name: "two humps, one median, 60 points",
        null: false,
        draw: |c| measures(c, 60, 0.0, bell, |z| if z > 0.0 { 140.0 + 5.0 * z } else { 60.0 + 5.0 * z }),
    },
];

fn main() {
    println!("{:<48}{:>7}{:>8}{:>8}{:>14}   what it is of, with limits of 95 %", "drawn", "times", "PASS", "FAIL", "INCONCLUSIVE");
    let mut held = true;
    let only = std::env::args().nth(1).unwrap_or_default();
    let shift: u64 = std::env::args().nth(2).and_then(|text| text.parse().ok()).unwrap_or(FRESH);
    let wanted = |case: &Case| only == "looks-once" || case.name.contains(&only);
    for (seed, case) in (1..).zip(CASES).filter(|(_, case)| wanted(case)) {
        let mut chance = Chance::new(EVEN * seed + shift);
        let times = match (case.draw)(&mut Chance::new(0)) {
            Points::Rate { .. } => MANY,
            Points::Measure { .. } | Points::Quantile { .. } => SOME,
        };
        let mut seen = [0u32; 3];
        for _ in 0..times {
            let points = (case.draw)(&mut chance);
            seen[judge(&[Metric::new("m", points)], &Terms::default()).verdict as usize] += 1;
        }
        let [pass, fail, open] = seen.map(|n| percent(n, times));
        let good = if case.null { fail <= 1.0 } else { fail >= 90.0 && pass <= 1.0 };
        held &= good;
        let said = if good { "" } else { "  not held" };
        let of = Share { seen: seen[1], times };
        println!("{:<48}{times:>7}{pass:>7.1}%{fail:>7.2}%{open:>13.1}%   FAIL {of}{said}", case.name);
    }
    held &= only.is_empty().then(looking).unwrap_or(true);
    if only.is_empty() || only == "controls" {
        held &= controls::all(shift);
    }
    held &= portal::all(shift, &only);
    if !held {
        std::process::exit(1);
    }
}

/// Looked at after every minute of a day, without any change.
fn looking() -> bool {
    let mut chance = Chance::new(99);
    let (mut once, mut always) = (0u32, 0u32);
    for _ in 0..SOME {
        let (mut before, mut after) = (Counts::default(), Counts::default());
        let (mut fooled, mut fooled_always) = (false, false);
        for minute in 1..=1_440 {
            before = Counts { total: before.total + 434.0, failed: before.failed + f64::from(chance.binomial(434, 0.005)) };
            after = Counts { total: after.total + 434.0, failed: after.failed + f64::from(chance.binomial(434, 0.005)) };
            if minute < 10 {
                continue;
            }
            let all = Counts::sum(&[before, after]).rate();
            let variance = all * (1.0 - all) * (1.0 / before.total + 1.0 / after.total);
            let estimate = after.rate() - before.rate();
            fooled |= estimate / variance.sqrt() > 2.326;
            fooled_always |= Seen { estimate, variance }.p_beyond(0.0, 0.001) < 0.01;
        }
        once += u32::from(fooled);
        always += u32::from(fooled_always);
    }
    let of = |seen: u32| Share { seen, times: SOME };
    println!(
        "looked at every minute of a day, {SOME} times: limits for one look fool in {}, those that always hold in {}",
        of(once),
        of(always)
    );
    percent(always, SOME) <= 1.0
}
