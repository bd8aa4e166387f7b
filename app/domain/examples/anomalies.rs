//! Scores the search for anomalies on drawn series in the manner of the Numenta Anomaly Benchmark: `cargo xtask bench anomalies`.
//!
//! The scorer follows the paper (Lavin and Ahmad 2015), standard profile: each labelled window counts once, by its earliest
//! detection; a false one costs 0.11; the first 15 % say nothing; one threshold for the whole corpus, the best. Series come from
//! seeds: odd ones are for tuning (argument `odd`), even ones for the figures.

mod dice;

use std::time::Instant;

use dice::Dice;
use domain::anomalies::{TOLD, judge};

#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "numbers of a game")]
impl Dice {
    fn below(&mut self, n: usize) -> usize {
        (self.unit() * n as f64) as usize
    }
    /// Heavy on the right.
    fn burst(&mut self) -> f64 {
        self.unit().max(1e-9).powf(-0.45) - 1.0
    }
}

/// A series and the moments at which something happens.
struct Case {
    values: Vec<f64>,
    moments: Vec<usize>,
    day: Option<usize>,
}

/// Kinds of series, much like those of the benchmark.
const KINDS: [&str; 10] = ["cpu", "network", "requests", "demand", "temperature", "counts", "traffic", "artificial", "calm", "prices"];

fn wave(at: usize, length: usize) -> f64 {
    (at as f64 / length as f64 * std::f64::consts::TAU).sin()
}

/// Moments apart from each other, behind the first fifth.
fn moments(dice: &mut Dice, count: usize, length: usize) -> Vec<usize> {
    let mut found: Vec<usize> = Vec::new();
    for _ in 0..count * 20 {
        let at = length / 5 + dice.below(length * 3 / 4);
        if found.len() < count && found.iter().all(|other| other.abs_diff(at) > length / 8) && at + 60 < length {
            found.push(at);
        }
    }
    found.sort_unstable();
    found
}

fn draw(kind: &str, seed: u64) -> Case {
    let mut dice = Dice(seed * 7_919 + 101);
    let dice = &mut dice;
    let (length, day, count) = match kind {
        "demand" => (10_320, Some(48), 5),
        "temperature" => (7_267, Some(24), 2),
        "counts" => (15_800, Some(288), 3),
        "traffic" => (2_400, None, 2),
        "prices" => (1_600, Some(24), 2),
        "calm" => (4_032, Some(288), 0),
        "artificial" => (4_032, Some(288), 1),
        _ => (4_032, Some(288), 1 + dice.below(2)),
    };
    let moments = moments(dice, count, length);
    let rhythm = day.unwrap_or(200);
    let (level, noise, swing) = (dice.between(10.0, 80.0), dice.between(0.01, 0.15), dice.between(0.0, 0.3));
    let (every, lasts) = (40 + dice.below(200), 1 + dice.below(4));
    let (mut drift, mut wander) = (0.0, 0.0);
    let mut values: Vec<f64> = (0..length)
        .map(|at| {
            drift += 0.02 * dice.normal() - 0.0005 * drift;
            wander = 0.9 * wander + 0.1 * dice.normal();
            let weekend = if at / rhythm % 7 >= 5 { 0.75 } else { 1.0 };
            match kind {
                "cpu" => {
                    let spike = if dice.unit() < 0.01 { level * dice.between(0.2, 0.8) } else { 0.0 };
                    level * (1.0 + swing * wave(at, rhythm) + noise * dice.normal()) + spike
                }
                "network" => {
                    let busy = if at % every < lasts { level * 6.0 * dice.between(0.8, 1.2) } else { 0.0 };
                    level * (0.5 + 0.3 * dice.burst()) + busy
                }
                "requests" => (level * (1.0 + swing * wave(at, rhythm)) * (0.4 + 0.6 * dice.burst())).floor(),
                "demand" => {
                    let curve = 1.0 + 0.6 * wave(at + 30, 48) + 0.25 * wave(at, 24);
                    15_000.0 * curve.max(0.15) * f64::max(weekend, 0.9) * (1.0 + 0.04 * dice.normal() + 0.05 * wander)
                }
                "temperature" => 70.0 + 2.0 * wave(at, 24) + 3.0 * drift + 0.6 * dice.normal(),
                "counts" => {
                    let mean = 12.0 * (1.0 + 0.7 * wave(at, rhythm)) * (0.6 * wander).exp();
                    let natural = if dice.unit() < 0.002 { 1.0 + dice.burst() } else { 1.0 };
                    (mean * natural + mean.sqrt() * dice.normal()).max(0.0).round()
                }
                "traffic" => {
                    let rush = if at % 200 > 80 && at % 200 < 110 { 0.7 } else { 1.0 };
                    level * rush * (1.0 + 0.12 * dice.normal() + 0.2 * wander)
                }
                "artificial" | "calm" => {
                    let on = (at % 288) > 100 && (at % 288) < 220;
                    let size = if seed.is_multiple_of(3) { 0.0 } else { 3.0 };
                    20.0 + if on { 60.0 } else { 0.0 } + size * dice.unit()
                }
                _ => 0.1 * (0.25 * wander).exp() * (1.0 + 0.15 * wave(at, 24)) * (1.0 + 0.3 * dice.burst()),
            }
        })
        .collect();
    for &at in &moments {
        happen(dice, kind, &mut values, at, rhythm);
    }
    Case { values, moments, day }
}

/// Something out of the ordinary from a moment on.
fn happen(dice: &mut Dice, kind: &str, values: &mut [f64], at: usize, rhythm: usize) {
    let count = values.len();
    let end = |length: usize| (at + length).min(count);
    let usual = values[at.saturating_sub(500)..at].iter().sum::<f64>() / at.clamp(1, 500) as f64;
    match (kind, dice.below(4)) {
        ("demand", which) => {
            let change = [0.45, 0.6, 1.5, 1.35][which];
            for value in &mut values[at..(at + 30).min(at + rhythm)] {
                *value *= change;
            }
        }
        ("temperature", which) => {
            let fall = dice.between(8.0, 18.0) * if which == 0 { 1.0 } else { -1.0 };
            let to = end(40 + dice.below(60));
            let steps = (to - at) as f64;
            for (place, value) in values[at..to].iter_mut().enumerate() {
                *value += fall * (place as f64 / steps * 2.5).min(1.0);
            }
        }
        ("counts", _) => {
            let (size, to) = (dice.between(8.0, 30.0), end(8 + dice.below(40)));
            for (place, value) in values[at..to].iter_mut().enumerate() {
                *value += usual * size * (1.0 - place as f64 / 60.0).max(0.1) * dice.between(0.6, 1.2);
            }
        }
        ("artificial", which) => {
            let from = at / 288 * 288 + 101;
            let to = (from + 119).min(values.len());
            for value in values.iter_mut().take(to).skip(from.min(to)) {
                *value += [60.0, -60.0, -35.0, 45.0][which];
            }
        }
        (_, 0) => {
            let size = dice.between(2.5, 6.0);
            values[at..end(2 + dice.below(6))].iter_mut().for_each(|value| *value = usual * (1.0 + size));
        }
        (_, 1) => {
            let times = if dice.unit() < 0.5 { dice.between(1.5, 2.2) } else { dice.between(0.2, 0.6) };
            values[at..end(400)].iter_mut().for_each(|value| *value *= times);
        }
        (_, 2) => values[at..end(60 + dice.below(100))].iter_mut().for_each(|value| *value = usual * 0.02),
        _ => {
            for value in &mut values[at..end(50 + dice.below(60))] {
                *value += usual * dice.between(0.0, 2.5);
            }
        }
    }
}

/// Windows around the moments: together a tenth of the series.
fn windows(case: &Case) -> Vec<(usize, usize)> {
    let half = case.values.len() / 20 / case.moments.len().max(1);
    case.moments.iter().map(|at| (at.saturating_sub(half), (at + half).min(case.values.len() - 1))).collect()
}

fn sigmoid(place: f64) -> f64 {
    if place > 3.0 { -1.0 } else { 2.0 / (1.0 + (5.0 * place).exp()) - 1.0 }
}

/// What a detector gets for one series where it alarms at these rows, in order: as it stands, and how many were false.
fn score(length: usize, windows: &[(usize, usize)], alarms: impl Iterator<Item = usize>) -> (f64, usize) {
    let probation = (length * 15 / 100).min(750);
    let mut sum = 0.0;
    let (mut found, mut wrong) = (vec![false; windows.len()], 0);
    for at in alarms.filter(|at| *at >= probation) {
        if let Some(number) = windows.iter().position(|(from, to)| (*from..=*to).contains(&at)) {
            if !found[number] {
                let (from, to) = windows[number];
                sum += sigmoid(-((to - at + 1) as f64 / (to - from + 1) as f64));
                found[number] = true;
            }
            continue;
        }
        wrong += 1;
        let before = windows.iter().rev().find(|(_, to)| *to < at);
        sum += 0.11 * before.map_or(-1.0, |(from, to)| sigmoid((at - to) as f64 / (to - from) as f64));
    }
    (sum - found.iter().filter(|found| !**found).count() as f64, wrong)
}

struct Scored {
    kind: &'static str,
    windows: Vec<(usize, usize)>,
    scores: Vec<f64>,
}

/// The normalised score of some series at a threshold: 100 for all windows at their first row and nothing else, 0 for silence.
fn normalised<'s>(all: impl Iterator<Item = &'s Scored>, threshold: f64) -> (f64, usize) {
    let (mut sum, mut windows, mut wrong) = (0.0, 0.0, 0);
    for one in all {
        let alarms = (0..one.scores.len()).filter(|at| one.scores[*at] >= threshold);
        let (part, false_ones) = score(one.scores.len(), &one.windows, alarms);
        sum += part;
        windows += one.windows.len() as f64;
        wrong += false_ones;
    }
    (if windows > 0.0 { 100.0 * (sum + windows) / (2.0 * windows) } else { sum }, wrong)
}

fn main() {
    let odd = std::env::args().any(|argument| argument == "odd");
    let seeds = (1..=8_u64).map(|seed| 2 * seed + u64::from(odd));
    let begun = Instant::now();
    let mut rows = 0;
    let all: Vec<Scored> = seeds
        .flat_map(|seed| KINDS.into_iter().map(move |kind| (kind, seed)))
        .map(|(kind, seed)| {
            let case = draw(kind, seed);
            rows += case.values.len();
            let scores = judge(&case.values, case.day).into_iter().map(|said| said.score).collect();
            Scored { kind, windows: windows(&case), scores }
        })
        .collect();
    let took = begun.elapsed();
    let best = (50..1_000)
        .map(|step| f64::from(step) / 1_000.0)
        .max_by(|a, b| normalised(all.iter(), *a).0.total_cmp(&normalised(all.iter(), *b).0));
    let best = best.unwrap_or(TOLD);
    for kind in KINDS {
        let (score, wrong) = normalised(all.iter().filter(|one| one.kind == kind), best);
        println!("{kind:<14}{score:>7.1}   {wrong} false");
    }
    let (score, wrong) = normalised(all.iter(), best);
    let (usual, more) = normalised(all.iter(), TOLD);
    println!("standard profile {score:.1} at {best:.3} ({wrong} false); at {TOLD} as shipped {usual:.1} ({more} false)");
    println!("{:.1} µs a value", took.as_secs_f64() * 1e6 / f64::from(u32::try_from(rows).unwrap_or(u32::MAX)));
}
