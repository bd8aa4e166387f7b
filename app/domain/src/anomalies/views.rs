//! The views of a value, each one number that is small as long as nothing happens.

use std::collections::VecDeque;

use super::tail::Tail;
use crate::statistics::series::median;

/// Values that are kept.
pub(super) const KEPT: usize = 6_100;
/// A short window.
const WINDOW: usize = 12;
/// A long one, at most.
const LONG: usize = 96;
/// Values of a pattern that is looked up among earlier ones.
const PATTERN: usize = 8;
/// Earlier patterns.
const PATTERNS: usize = 400;
/// Views there are.
const VIEWS: usize = 9;
/// What each view counts: next value, window against seasons, window's spread, value, short pattern, long pattern, recent surprise,
/// slow leak, long window against seasons.
const WEIGHTS: [f64; VIEWS] = [0.7, 1.0, 0.9, 1.0, 1.0, 0.9, 1.0, 0.8, 1.0];
/// The view of long patterns.
const LONG_PATTERN: usize = 5;
/// What the rest of the views adds to the one that counts most.
const REST: f64 = 0.15;

/// A mean with a fading memory that begins as a plain mean.
#[derive(Debug, Clone, Copy)]
struct Fading {
    mean: f64,
    seen: f64,
    memory: f64,
}

impl Fading {
    fn new(memory: f64) -> Self {
        Self { mean: 0.0, seen: 0.0, memory }
    }
    fn add(&mut self, value: f64) {
        self.seen = (self.seen + 1.0).min(self.memory);
        self.mean += (value - self.mean) / self.seen;
    }
}

/// Everything that is remembered of a series.
#[derive(Debug, Clone)]
pub(super) struct Views {
    kept: Vec<f64>,
    count: usize,
    day: Option<usize>,
    season: Option<usize>,
    fast: Fading,
    slow: Fading,
    /// Errors of: the last value, the fast mean, the season.
    errors: [Fading; 3],
    error: Fading,
    moved: Fading,
    spreads: Fading,
    middle: f64,
    far: Fading,
    least: f64,
    most: f64,
    short: Patterns,
    long: Patterns,
    surprise: VecDeque<f64>,
    leak: [f64; 2],
    wide: Fading,
    tails: Vec<Tail>,
}

impl Views {
    pub(super) fn new(day: Option<usize>) -> Self {
        Self {
            kept: Vec::new(),
            count: 0,
            day,
            season: None,
            fast: Fading::new(6.0),
            slow: Fading::new(400.0),
            errors: [Fading::new(400.0); 3],
            error: Fading::new(600.0),
            moved: Fading::new(600.0),
            spreads: Fading::new(600.0),
            middle: 0.0,
            far: Fading::new(2_000.0),
            least: f64::INFINITY,
            most: f64::NEG_INFINITY,
            short: Patterns::new(PATTERN),
            long: Patterns::new(12),
            surprise: VecDeque::new(),
            leak: [0.0; 2],
            wide: Fading::new(600.0),
            tails: vec![Tail::new(); VIEWS],
        }
    }

    pub(super) fn kept(&self) -> &[f64] {
        &self.kept
    }

    /// Takes over the seasons that were found: the longest that was seen three times. Long patterns in steps of another length are
    /// none to compare with: that view begins anew.
    pub(super) fn season_of(&mut self, found: &[usize]) {
        let before = self.step();
        let fits = |season: &usize| season * 3 <= self.kept.len();
        self.season = found.iter().copied().rfind(fits).or(self.day.filter(|day| day * 2 <= self.kept.len()));
        if self.step() != before {
            (self.long, self.tails[LONG_PATTERN]) = (Patterns::new(12), Tail::new());
        }
    }

    /// Holds the places of steps that have no value with what stood there a season (else a day) before, moved to the level of now: what
    /// follows keeps its place in the season, and no view has looked. Of a long hole whole weeks, or seasons, are left out. Before
    /// there is a season to keep places in, none is held.
    pub(super) fn hold_places(&mut self, steps: usize) {
        let Some(season) = self.season.or(self.day).filter(|season| *season <= self.kept.len()) else { return };
        let whole = self.day.map(|day| 7 * day).filter(|week| *week <= KEPT && week % season == 0).unwrap_or(season);
        let end = self.kept.len();
        let moved = if end < season + WINDOW { 0.0 } else { self.mean(end, WINDOW) - self.mean(end - season, WINDOW) };
        for _ in 0..steps % whole {
            let before = self.kept[self.kept.len() - season];
            // What was held already is at this level.
            self.kept.push(if self.kept.len() - season < end { before + moved } else { before });
        }
        self.forget();
    }

    /// Values in each part of a long pattern.
    fn step(&self) -> usize {
        self.season.map_or(6, |season| (season / 16).clamp(3, 60))
    }

    fn back(&self, steps: usize) -> Option<f64> {
        self.kept.len().checked_sub(steps).and_then(|at| self.kept.get(at)).copied()
    }

    /// What the season leads to expect: the median of the same place in the last three, moved to the level of now.
    fn seasonal(&self) -> Option<f64> {
        let season = self.season?;
        let mut said: Vec<f64> = (1..=3).filter_map(|back| self.back(back * season)).collect();
        if said.is_empty() {
            return None;
        }
        said.sort_by(f64::total_cmp);
        Some(said[said.len() / 2])
    }

    /// The mean of the values before a place.
    fn mean(&self, end: usize, length: usize) -> f64 {
        self.kept[end - length..end].iter().sum::<f64>() / length as f64
    }

    /// The mean of a window that ends now, as seasons lead to expect: the median of what it was in the last three.
    fn usual(&self, length: usize) -> Option<f64> {
        let ends = (1..=3).filter_map(|back| self.kept.len().checked_sub(back * self.season?)).filter(|end| *end >= length);
        let mut said: Vec<f64> = ends.map(|end| self.mean(end, length)).collect();
        said.sort_by(f64::total_cmp);
        (!said.is_empty()).then(|| median(&said))
    }

    /// How rare a value is, in powers of ten.
    pub(super) fn look(&mut self, value: f64) -> f64 {
        if self.count == 0 {
            (self.middle, self.least, self.most) = (value, value, value);
        }
        let range = (self.most - self.least).max(self.most.abs().max(self.least.abs()) * 1e-6).max(1e-12);
        let floor = range * 2e-3;
        let last = self.kept.last().copied().unwrap_or(value);
        let seasonal = self.seasonal();
        let said = [Some(last), Some(self.fast.mean).filter(|_| self.count > 0), seasonal];
        // What has erred least lately is believed.
        let best = (0..3)
            .filter(|&at| said[at].is_some() && self.errors[at].seen > 30.0)
            .min_by(|a, b| self.errors[*a].mean.total_cmp(&self.errors[*b].mean));
        let miss = value - best.and_then(|at| said[at]).unwrap_or(last);
        let base = seasonal.unwrap_or(self.slow.mean);
        // A view that knows nothing yet says nothing, and nothing is learnt of it.
        let mut numbers = [None; VIEWS];
        numbers[0] = (self.error.seen > 0.0).then(|| miss.abs() / (self.error.mean + floor));
        self.kept.push(value);
        self.count += 1;
        let window = &self.kept[self.kept.len().saturating_sub(WINDOW)..];
        let mean = window.iter().sum::<f64>() / window.len() as f64;
        let moved = mean - self.usual(WINDOW).unwrap_or(self.slow.mean);
        numbers[1] = (self.moved.seen > 0.0).then(|| moved.abs() / (self.moved.mean + floor));
        let spread = window.windows(2).map(|pair| (pair[1] - pair[0]).abs()).sum::<f64>() / window.len() as f64;
        let wild = ((spread + floor) / (self.spreads.mean + floor)).ln();
        // Quieter than ever is told by how long it has been so: a window of nothing is one step, many are more.
        numbers[2] = Some(if wild >= 0.0 { wild } else { -0.7 * wild });
        let never = if value > self.most || value < self.least { 1.3 } else { 1.0 };
        numbers[3] = Some(never * (value - self.middle).abs() / (self.far.mean + floor));
        numbers[4] = self.short.look(&self.kept, 1, floor);
        numbers[LONG_PATTERN] = self.long.look(&self.kept, self.step(), floor);
        let unit = (miss / (self.error.mean + floor)).clamp(-6.0, 6.0);
        self.leak = [(self.leak[0] * 0.98 + unit - 0.5).max(0.0), (self.leak[1] * 0.98 - unit - 0.5).max(0.0)];
        let off = ((value - base) / (self.far.mean + floor)).abs().min(6.0);
        numbers[7] = Some(self.leak[0].max(self.leak[1]) + 0.2 * off);
        let span = self.season.map_or(LONG, |season| (season / 4).clamp(WINDOW, LONG));
        // One season is no measure of a level: three are.
        let known = self.season.is_some_and(|season| self.kept.len() >= 3 * season + span);
        let wide = self.usual(span).filter(|_| known).map(|usual| self.mean(self.kept.len(), span) - usual);
        numbers[8] = wide.filter(|_| self.wide.seen > 0.0).map(|wide| wide.abs() / (self.wide.mean + 0.5 * floor));
        let mut rare = [0.0; VIEWS];
        for (at, number) in numbers.into_iter().enumerate() {
            rare[at] = number.map_or(0.0, |number| self.tails[at].look(number) * WEIGHTS[at]);
        }
        // How surprising the last values were together.
        let now = rare.iter().copied().fold(0.0, f64::max).min(6.0);
        self.surprise.push_back(now);
        if self.surprise.len() > 5 {
            self.surprise.pop_front();
        }
        let together = self.surprise.iter().sum::<f64>() / self.surprise.len() as f64;
        rare[6] = self.tails[6].look(together) * WEIGHTS[6];
        self.learn(value, miss, (moved, wide), spread, &said);
        let most = rare.iter().copied().fold(0.0, f64::max);
        most + REST * (rare.iter().sum::<f64>() - most)
    }

    fn learn(&mut self, value: f64, miss: f64, (moved, wide): (f64, Option<f64>), spread: f64, said: &[Option<f64>; 3]) {
        // What sticks out is learnt from no more than what is four times the usual.
        let cut = |fading: &mut Fading, number: f64| {
            let most = if fading.seen > 30.0 { 4.0 * fading.mean + 1e-300 } else { f64::INFINITY };
            fading.add(number.min(most));
        };
        for (error, said) in self.errors.iter_mut().zip(said) {
            if let Some(said) = said {
                cut(error, (value - said).abs());
            }
        }
        cut(&mut self.error, miss.abs());
        cut(&mut self.moved, moved.abs());
        if let Some(wide) = wide {
            cut(&mut self.wide, wide.abs());
        }
        cut(&mut self.spreads, spread);
        cut(&mut self.far, (value - self.middle).abs());
        self.fast.add(value);
        self.slow.add(value);
        let pace = (1.0 / self.count as f64).max(0.002);
        self.middle += 2.0 * pace * (self.far.mean + 1e-300) * (value - self.middle).signum();
        (self.least, self.most) = (self.least.min(value), self.most.max(value));
        self.forget();
    }

    fn forget(&mut self) {
        while self.kept.len() > KEPT + 1_000 {
            self.kept.drain(..1_000);
        }
    }
}

/// Patterns that were seen, and how far the newest is from the nearest of them.
#[derive(Debug, Clone)]
struct Patterns {
    length: usize,
    known: Vec<Vec<f64>>,
    waiting: VecDeque<Vec<f64>>,
    next: usize,
    clock: usize,
    usual: Fading,
}

impl Patterns {
    fn new(length: usize) -> Self {
        Self { length, known: Vec::new(), waiting: VecDeque::new(), next: 0, clock: 0, usual: Fading::new(600.0) }
    }

    /// The pattern of the last values, `step` of them in each of its parts; how far it is from what was seen, in units of the usual; `None`
    /// while too little was seen.
    fn look(&mut self, kept: &[f64], step: usize, floor: f64) -> Option<f64> {
        let span = self.length * step;
        self.clock += 1;
        if kept.len() < span {
            return None;
        }
        let parts = kept[kept.len() - span..].chunks(step).map(|part| part.iter().sum::<f64>() / step as f64);
        let pattern: Vec<f64> = parts.collect();
        let far = |other: &Vec<f64>, most: f64| {
            let mut sum = 0.0;
            for (one, other) in pattern.iter().zip(other) {
                sum += (one - other).abs();
                if sum > most {
                    return most;
                }
            }
            sum
        };
        let nearest = self.known.iter().fold(f64::INFINITY, |nearest, other| nearest.min(far(other, nearest)));
        if self.clock.is_multiple_of((span / 4).max(1)) {
            // What was seen just now is no precedent.
            self.waiting.push_back(pattern);
            let ripe = if self.waiting.len() > 6 { self.waiting.pop_front() } else { None };
            if let Some(ripe) = ripe {
                if self.known.len() < PATTERNS {
                    self.known.push(ripe);
                } else {
                    self.known[self.next] = ripe;
                    self.next = (self.next + 1) % PATTERNS;
                }
            }
        }
        if self.known.len() < 12 {
            return None;
        }
        let number = (self.usual.seen > 0.0).then(|| nearest / (self.usual.mean + floor * self.length as f64 * 0.5));
        let most = if self.usual.seen > 30.0 { 4.0 * self.usual.mean } else { f64::INFINITY };
        self.usual.add(nearest.min(most));
        number
    }
}
