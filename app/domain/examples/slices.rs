//! Scores the search for slices on cases whose causes are known: `cargo xtask bench slices`.
//!
//! Cases are drawn from seeds: odd ones are for tuning, even ones for the figures. With `odd` as argument it scores the former.

mod dice;

use std::{collections::BTreeMap, time::Instant};

use dice::Dice;
use domain::slices::{Finding, Table, Verdict, find};

/// Names of dimension and value.
type Slice = Vec<(String, String)>;

#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "numbers of a game")]
impl Dice {
    fn below(&mut self, n: usize) -> usize {
        (self.unit() * n as f64) as usize
    }
    fn poisson(&mut self, mean: f64) -> f64 {
        if mean > 50.0 {
            return (mean + mean.sqrt() * self.normal()).round().max(0.0);
        }
        let (limit, mut product, mut count) = ((-mean).exp(), self.unit(), 0.0);
        while product > limit {
            product *= self.unit();
            count += 1.0;
        }
        count
    }
    fn binomial(&mut self, n: f64, p: f64) -> f64 {
        match n * p {
            mean if mean > 30.0 => (mean + (mean * (1.0 - p)).sqrt() * self.normal()).round().clamp(0.0, n),
            mean if n > 200.0 => self.poisson(mean).min(n),
            _ => (0..n as usize).filter(|_| self.unit() < p).count() as f64,
        }
    }
    /// Some of the dimensions, in order.
    fn choose(&mut self, dimensions: usize, count: usize) -> Vec<usize> {
        let mut all: Vec<usize> = (0..dimensions).collect();
        for at in 0..dimensions {
            let other = at + self.below(dimensions - at);
            all.swap(at, other);
        }
        all.truncate(count);
        all.sort_unstable();
        all
    }
}

/// All combinations of dimensions of these sizes.
struct Leaves {
    sizes: Vec<usize>,
    codes: Vec<Vec<usize>>,
}

impl Leaves {
    fn new(sizes: &[usize]) -> Self {
        let leaf = |mut number: usize| {
            let mut digit = |size: &usize| {
                let digit = number % size;
                number /= size;
                digit
            };
            sizes.iter().map(&mut digit).collect()
        };
        Self { sizes: sizes.to_vec(), codes: (0..sizes.iter().product()).map(leaf).collect() }
    }

    fn of(&self, slice: &[(usize, usize)]) -> Vec<usize> {
        (0..self.codes.len()).filter(|&leaf| slice.iter().all(|&(at, value)| self.codes[leaf][at] == value)).collect()
    }

    fn table(&self, columns: &[&str], figures: &[Vec<f64>]) -> Table {
        let header: Vec<String> =
            (0..self.sizes.len()).map(|at| format!("d{at}")).chain(columns.iter().map(|name| (*name).to_owned())).collect();
        let row = |leaf: usize| {
            let values = self.codes[leaf].iter().map(|value| format!("v{value}"));
            values.chain(figures.iter().map(|figure| figure[leaf].to_string())).collect::<Vec<String>>()
        };
        Table::read(&header, (0..self.codes.len()).map(row)).expect("a table that was made here").0
    }
}

fn named(slice: &[(usize, usize)]) -> Slice {
    slice.iter().map(|(at, value)| (format!("d{at}"), format!("v{value}"))).collect()
}

/// An additive measure. `one`: slices of one cuboid that fall alike, with little noise; else up to three causes of different
/// cuboids, strengths and spreads, with up to 25 % of noise.
fn measure(seed: u64, one: bool) -> (Table, Vec<Slice>) {
    let mut dice = Dice(seed * 7_919 + 13);
    let leaves = Leaves::new(if one { &[10, 7, 12, 20] } else { &[10, 12, 10, 8, 5] });
    let empty = dice.between(0.0, 0.25);
    let weibull = |dice: &mut Dice| (100.0 * dice.unit().max(1e-12).ln().powi(2)).floor();
    let base: Vec<f64> = leaves.codes.iter().map(|_| if dice.unit() < empty { 0.0 } else { weibull(&mut dice) }).collect();
    let noise = if one { 0.008 } else { dice.between(0.0, 0.25) };
    let (mut real, mut predict, mut touched) = (base.clone(), base.clone(), vec![false; base.len()]);
    let falls = one || dice.unit() < 0.5;
    let mut truth = Vec::new();
    for _ in 0..if one { 1 } else { 1 + dice.below(3) } {
        let depth = 1 + dice.below(if one { 3 } else { 4 });
        let dimensions = dice.choose(leaves.sizes.len(), depth);
        let (strength, spread) = (dice.between(0.2, 1.0) + if one { 0.0 } else { noise }, if one { 0.0 } else { dice.between(0.0, 0.1) });
        for _ in 0..=dice.below(3) {
            let slice: Vec<(usize, usize)> = dimensions.iter().map(|&at| (at, dice.below(leaves.sizes[at]))).collect();
            let hit = leaves.of(&slice);
            if hit.iter().all(|&leaf| base[leaf] == 0.0) || hit.iter().any(|&leaf| touched[leaf]) {
                continue;
            }
            for leaf in hit {
                touched[leaf] = true;
                let left = (1.0 - strength - spread * dice.normal()).max(0.0);
                if falls { real[leaf] *= left } else { predict[leaf] *= left }
            }
            truth.push(named(&slice));
        }
    }
    for leaf in (0..base.len()).filter(|&leaf| !touched[leaf]) {
        real[leaf] = (real[leaf] * (1.0 + noise * dice.normal())).max(0.0);
    }
    (leaves.table(&domain::slices::MEASURE, &[real, predict]), truth)
}

/// What fails of a payment company's transactions.
#[derive(Clone, Copy, PartialEq)]
enum Day {
    /// One or two slices fail more.
    Causes,
    /// Everything fails more.
    Global,
    /// A day like others.
    Calm,
    /// One slice fails more, of a few hundred or thousand transactions.
    FewWithCause,
    /// The same without.
    FewCalm,
}

/// Failures by leaf: Zipf merchants, each with its own rhythm of the day, rates of their own, the day's drift. The history is that of
/// the same hour of other days or, of every other case, of whole days.
fn counts(seed: u64, day: Day) -> (Table, Vec<Slice>) {
    let mut dice = Dice(seed * 104_729 + 7 + day as u64 * 31);
    let few = matches!(day, Day::FewWithCause | Day::FewCalm);
    let leaves = Leaves::new(if few { &[5, 7, 2, 3] } else { &[8, 60, 4, 5] });
    let zipf = |dice: &mut Dice, size: usize| {
        let weights: Vec<f64> = (1..=size).map(|rank| dice.between(0.5, 1.5) / f64::from(u32::try_from(rank).unwrap())).collect();
        let sum: f64 = weights.iter().sum();
        weights.into_iter().map(|weight| weight / sum).collect::<Vec<_>>()
    };
    let weights: Vec<Vec<f64>> = leaves.sizes.iter().map(|&size| zipf(&mut dice, size)).collect();
    let bias: Vec<Vec<f64>> = leaves.sizes.iter().map(|&size| (0..size).map(|_| (0.35 * dice.normal()).exp()).collect()).collect();
    let volume = if few { dice.between(300.0, 5_000.0) } else { dice.between(3_000.0, 60_000.0) };
    let rate = dice.between(0.004, 0.03);
    let history = if few { dice.between(3.0, 10.0) } else { dice.between(7.0, 28.0) };
    // By how much more every merchant sells in this hour than in the mean of a day.
    let (hour, whole_days) = (dice.between(0.0, 24.0), (seed / 2).is_multiple_of(2));
    let hours = |_| 1.0 + dice.between(0.2, 0.8) * ((hour - 14.0 - 4.0 * dice.normal()) * std::f64::consts::TAU / 24.0).cos();
    let rhythm: Vec<f64> = (0..leaves.sizes[1]).map(hours).collect();
    let weight = |at: usize, value: usize| weights[at][value] * if at == 1 { rhythm[value] } else { 1.0 };
    let share = |slice: &[(usize, usize)]| slice.iter().map(|&(at, value)| weight(at, value)).product::<f64>();
    let wanted = match day {
        Day::Causes => 1 + dice.below(2),
        Day::FewWithCause => 1,
        Day::Global | Day::Calm | Day::FewCalm => 0,
    };
    let mut slices: Vec<Vec<(usize, usize)>> = Vec::new();
    for _ in 0..1_000 {
        let depth = 1 + dice.below(3);
        let slice: Vec<_> = dice.choose(leaves.sizes.len(), depth).into_iter().map(|at| (at, dice.below(leaves.sizes[at]))).collect();
        let within = |a: &[(usize, usize)], b: &[(usize, usize)]| a.iter().all(|part| b.contains(part));
        let apart = !slices.iter().any(|other| within(other, &slice) || within(&slice, other));
        if slices.len() < wanted && share(&slice) * volume >= 20.0 && share(&slice) <= 0.6 && apart {
            slices.push(slice);
        }
    }
    // At least some 25 further failures: fewer nobody could tell from chance.
    let lifts: Vec<f64> = slices.iter().map(|slice| (25.0 / (share(slice) * volume)).max(dice.between(0.02, 0.5)).min(0.9)).collect();
    let shift = if day == Day::Global { dice.between(1.8, 5.0) } else { 1.0 } * (0.06 * dice.normal()).exp();
    let mut figures = vec![Vec::new(); 4];
    for codes in &leaves.codes {
        let weight = codes.iter().enumerate().map(|(at, &value)| weight(at, value)).product::<f64>();
        let before = weight * history / if whole_days { rhythm[codes[1]] } else { 1.0 };
        let bias = codes.iter().enumerate().map(|(at, &value)| bias[at][value]).product::<f64>() * (0.2 * dice.normal()).exp();
        let usual = (rate * bias).min(0.5);
        let mut succeed = 1.0 - (usual * shift).min(0.9);
        for (slice, lift) in slices.iter().zip(&lifts) {
            if slice.iter().all(|&(at, value)| codes[at] == value) {
                succeed *= 1.0 - lift;
            }
        }
        let (now, before) = (dice.poisson(weight * volume), dice.poisson(before * volume));
        let row = [now, dice.binomial(now, 1.0 - succeed), before, dice.binomial(before, usual)];
        figures.iter_mut().zip(row).for_each(|(column, figure)| column.push(figure));
    }
    (leaves.table(&domain::slices::COUNTS, &figures), slices.iter().map(|slice| named(slice)).collect())
}

/// Volumes of a payment company, mostly of merchants that sell little: counts against the mean of four weeks.
fn volumes(seed: u64, day: Day) -> (Table, Vec<Slice>) {
    let mut dice = Dice(seed * 15_485_863 + 3 + day as u64 * 31);
    let leaves = Leaves::new(&[18, 60, 8, 3]);
    let zipf = |dice: &mut Dice, size: usize| {
        let weights: Vec<f64> = (1..=size).map(|rank| dice.between(0.5, 1.5) / f64::from(u32::try_from(rank).unwrap())).collect();
        let sum: f64 = weights.iter().sum();
        weights.into_iter().map(|weight| weight / sum).collect::<Vec<_>>()
    };
    let weights: Vec<Vec<f64>> = leaves.sizes.iter().map(|&size| zipf(&mut dice, size)).collect();
    let volume = dice.between(20_000.0, 400_000.0);
    let fallen = (day == Day::Causes).then(|| {
        let depth = 1 + dice.below(2);
        dice.choose(2, depth).into_iter().map(|at| (at, dice.below(8))).collect::<Vec<_>>()
    });
    let left = dice.between(0.3, 0.7);
    let mut figures = vec![Vec::new(); 2];
    for codes in &leaves.codes {
        let usual = volume * codes.iter().enumerate().map(|(at, &value)| weights[at][value]).product::<f64>();
        let hit = day == Day::Global || fallen.as_ref().is_some_and(|slice| slice.iter().all(|&(at, value)| codes[at] == value));
        let now = usual * if hit { left } else { 1.0 } * (0.1 * dice.normal()).exp();
        let row = [dice.poisson(now), dice.poisson(4.0 * usual) / 4.0];
        figures.iter_mut().zip(row).for_each(|(column, figure)| column.push(figure));
    }
    (leaves.table(&domain::slices::MEASURE, &figures), fallen.iter().map(|slice| named(slice)).collect())
}

#[derive(Default)]
struct Score {
    right: u32,
    wrong: u32,
    missed: u32,
    with_cause: u32,
    among_three: u32,
    verdicts: BTreeMap<Verdict, u32>,
    took_ms: Vec<f64>,
}

impl Score {
    fn add(&mut self, found: &Finding, truth: &[Slice], took_ms: f64) {
        let count = |n: usize| u32::try_from(n).expect("few");
        let right = found.causes.iter().filter(|cause| truth.contains(&cause.slice)).count();
        self.right += count(right);
        self.wrong += count(found.causes.len() - right);
        self.missed += count(truth.len() - right);
        self.with_cause += u32::from(!truth.is_empty());
        self.among_three += u32::from(found.causes.iter().take(3).any(|cause| truth.contains(&cause.slice)));
        *self.verdicts.entry(found.verdict).or_default() += 1;
        self.took_ms.push(took_ms);
    }

    fn print(&mut self, name: &str, wanted: &str) {
        self.took_ms.sort_by(f64::total_cmp);
        let [p50, most] = [self.took_ms[self.took_ms.len() / 2], self.took_ms[self.took_ms.len() - 1]];
        let verdicts: Vec<String> = self.verdicts.iter().map(|(verdict, count)| format!("{verdict} {count}")).collect();
        let quality = if self.with_cause == 0 {
            format!("{} causes where there are none", self.wrong)
        } else {
            let f1 = f64::from(2 * self.right) / f64::from(2 * self.right + self.wrong + self.missed);
            format!("F1 {f1:.3}, hit@3 {:.3}", f64::from(self.among_three) / f64::from(self.with_cause))
        };
        println!("{name:<34}{quality}; p50 {p50:.1} ms, max {most:.1} ms; {}   (wanted: {wanted})", verdicts.join(", "));
    }
}

fn main() {
    let odd = std::env::args().any(|argument| argument == "odd");
    let seeds = || (0..200_u64).map(move |n| 2 * n + u64::from(odd));
    let score = |name: &str, wanted: &str, case: &dyn Fn(u64) -> (Table, Vec<Slice>)| {
        let mut score = Score::default();
        for seed in seeds() {
            let (table, truth) = case(seed);
            let begun = Instant::now();
            let found = find(&table);
            score.add(&found, &truth, begun.elapsed().as_secs_f64() * 1e3);
        }
        score.print(name, wanted);
    };
    score("measure, one cuboid, 0.8 % noise", "F1 >= 0.967 at <= 25 ms", &|seed| measure(seed, true));
    score("measure, many cuboids, noise", "F1 >= 0.75 at <= 150 ms", &|seed| measure(seed, false));
    score("volumes, one cause", "F1 >= 0.75 at <= 150 ms", &|seed| volumes(seed, Day::Causes));
    score("volumes, everywhere", "global", &|seed| volumes(seed, Day::Global));
    score("volumes, a day like others", "none in 95 of 100", &|seed| volumes(seed, Day::Calm));
    score("failures, 1-2 causes", "F1 >= 0.73, hit@3 >= 0.92", &|seed| counts(seed, Day::Causes));
    score("failures, few, one cause", "F1 >= 0.73, hit@3 >= 0.92 at <= 5 ms", &|seed| counts(seed, Day::FewWithCause));
    score("failures, everywhere", "global", &|seed| counts(seed, Day::Global));
    score("failures, a day like others", "none in 95 of 100", &|seed| counts(seed, Day::Calm));
    score("failures, few, like others", "none in 95 of 100", &|seed| counts(seed, Day::FewCalm));
}
