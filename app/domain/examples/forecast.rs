//! Scores forecasts as the M4 competition did: `cargo xtask bench forecast`.
//!
//! Series come from seeds (odd ones for tuning, with the argument `odd`; even ones for the figures) and imitate the hourly ones of
//! M4; two files in the form of M4 (`TRAIN TEST`) are scored instead where they are given.

mod dice;

use std::time::Instant;

use dice::Dice;
use domain::{
    forecast::{Ask, forecast},
    series::read,
};

const HORIZON: usize = 48;

const KINDS: [&str; 5] = ["load", "traffic", "shifts", "noisy", "solar"];

fn draw(kind: &str, seed: u64) -> Vec<f64> {
    let mut dice = Dice(seed * 6_007 + 17);
    let length = if seed % 4 < 2 { 700 } else { 960 } + HORIZON;
    let phases: Vec<f64> = (0..6).map(|_| dice.between(0.0, std::f64::consts::TAU)).collect();
    let sizes: Vec<f64> = (0..6).map(|at| dice.between(0.3, 1.0) / f64::from(at + 1)).collect();
    let weekend = dice.between(0.6, 1.0);
    let (mut slow, mut quick, mut shift) = (0.0, 0.0, 0.0);
    (0..length)
        .map(|at| {
            slow = 0.998 * slow + 0.03 * dice.normal();
            quick = 0.85 * quick + dice.normal();
            if dice.unit() < 0.004 {
                shift = dice.normal();
            }
            let hour = at as f64 / 24.0 * std::f64::consts::TAU;
            let day: f64 = (0..6).map(|k| sizes[k] * (hour * (k + 1) as f64 + phases[k]).sin()).sum();
            let week = if at / 24 % 7 >= 5 { weekend } else { 1.0 };
            match kind {
                "load" => 1_000.0 * (2.0 + 0.35 * day) * week.sqrt() * (1.0 + 0.15 * slow + 0.01 * quick),
                "traffic" => 200.0 * (0.9 * day - 0.3).exp() * week * (0.1 * quick).exp() + 5.0,
                "shifts" => 100.0 + 20.0 * day + 25.0 * shift + 3.0 * quick,
                "noisy" => (50.0 + 15.0 * day * week + 15.0 * quick + 10.0 * slow).max(0.0),
                _ => 400.0 * ((hour - 1.6).sin().max(0.0)) * (0.75 + 0.15 * slow + 0.1 * quick).clamp(0.05, 1.1),
            }
        })
        .collect()
}

/// Naive2 of the competition: the last value, with classical multiplicative seasons where they are significant.
fn naive2(values: &[f64]) -> Vec<f64> {
    let (count, season) = (values.len(), 24);
    let mean = values.iter().sum::<f64>() / count as f64;
    let spread: f64 = values.iter().map(|value| (value - mean).powi(2)).sum();
    let alike = |lag: usize| values[lag..].iter().zip(values).map(|(now, then)| (now - mean) * (then - mean)).sum::<f64>() / spread;
    let squares: f64 = (1..season).map(|lag| alike(lag).powi(2)).sum();
    let mut usual = vec![1.0; season];
    if alike(season).abs() > 1.645 * ((1.0 + 2.0 * squares) / count as f64).sqrt() {
        for (place, one) in usual.iter_mut().enumerate() {
            let ratios = (season / 2..count - season / 2).filter(|at| at % season == place).map(|at| {
                let around = &values[at - season / 2..=at + season / 2];
                values[at] / ((around.iter().sum::<f64>() - (around[0] + around[season]) / 2.0) / season as f64)
            });
            let ratios: Vec<f64> = ratios.filter(|ratio| ratio.is_finite()).collect();
            *one = ratios.iter().sum::<f64>() / ratios.len().max(1) as f64;
        }
        let mean = usual.iter().sum::<f64>() / season as f64;
        usual.iter_mut().for_each(|one| *one /= mean);
    }
    let last = values[count - 1] / usual[(count - 1) % season].max(1e-9);
    (0..HORIZON).map(|ahead| last * usual[(count + ahead) % season]).collect()
}

fn smape(truth: &[f64], said: &[f64]) -> f64 {
    let one = |(truth, said): (&f64, &f64)| if truth == said { 0.0 } else { (truth - said).abs() / (truth.abs() + said.abs()) };
    200.0 * truth.iter().zip(said).map(one).sum::<f64>() / truth.len() as f64
}

fn mase(known: &[f64], truth: &[f64], said: &[f64]) -> f64 {
    let naive = known[24..].iter().zip(known).map(|(now, then)| (now - then).abs()).sum::<f64>() / (known.len() - 24) as f64;
    truth.iter().zip(said).map(|(truth, said)| (truth - said).abs()).sum::<f64>() / truth.len() as f64 / naive.max(1e-12)
}

fn table(file: &str) -> Vec<Vec<f64>> {
    let text = std::fs::read_to_string(file).expect("a file to read");
    let rows: Vec<Vec<String>> = text.lines().map(|line| line.split(',').map(str::to_owned).collect()).collect();
    read(&rows, None, &[]).expect("a table of series").into_iter().map(|one| one.values).collect()
}

fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let cases: Vec<(String, Vec<f64>, Vec<f64>)> = match &arguments[..] {
        [train, test] => table(train).into_iter().zip(table(test)).map(|(known, truth)| ("given".to_owned(), known, truth)).collect(),
        other => (1..=16_u64)
            .flat_map(|seed| KINDS.into_iter().map(move |kind| (kind, seed)))
            .map(|(kind, seed)| {
                let mut known = draw(kind, 2 * seed + u64::from(other.iter().any(|word| word == "odd")));
                let truth = known.split_off(known.len() - HORIZON);
                (kind.to_owned(), known, truth)
            })
            .collect(),
    };
    let mut sums: std::collections::BTreeMap<String, [f64; 7]> = std::collections::BTreeMap::new();
    for (kind, known, truth) in &cases {
        let begun = Instant::now();
        let said = forecast(known, &Ask { horizon: HORIZON, seasons: vec![24, 168], level: 0.9 }).expect("a forecast of what has values");
        let ms = begun.elapsed().as_secs_f64() * 1e3;
        let plain = naive2(known);
        let held =
            truth.iter().zip(said.lower.iter().zip(&said.upper)).filter(|(truth, (low, high))| (**low..=**high).contains(*truth)).count();
        let figures = [
            smape(truth, &said.mean),
            mase(known, truth, &said.mean),
            smape(truth, &plain),
            mase(known, truth, &plain),
            held as f64 / HORIZON as f64,
            ms,
            1.0,
        ];
        for key in [kind.as_str(), "≡ all"] {
            let sum = sums.entry(key.to_owned()).or_insert([0.0; 7]);
            sum.iter_mut().zip(figures).for_each(|(sum, figure)| *sum += figure);
        }
    }
    for (kind, sum) in sums {
        let mean = |at: usize| sum[at] / sum[6];
        let owa = f64::midpoint(sum[0] / sum[2], sum[1] / sum[3]);
        println!(
            "{kind:<10}{:>5.0} series   OWA {owa:.3}   sMAPE {:>6.2}   MASE {:.3}   held by the 90 % interval {:.3}   {:.1} ms",
            sum[6],
            mean(0),
            mean(1),
            mean(4),
            mean(5)
        );
    }
}
