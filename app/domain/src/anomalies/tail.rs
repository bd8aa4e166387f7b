//! How rare a number is, learnt from the numbers before it.

use std::collections::VecDeque;

/// Share of numbers that lie in the tail.
const SHARE: f64 = 0.03;
/// Numbers before anything is said.
const FIRST: usize = 60;
/// A tail begins no lower: the views say 1 for what is usual, and less than this for next to nothing.
const LEAST: f64 = 0.05;
/// Nothing is said to be rarer than this (powers of ten).
const MOST: f64 = 16.0;

/// The tail of a stream of numbers, none negative: where it begins, and how fast it falls (a Pareto tail by Hill's estimate, both
/// followed with a fading memory).
#[derive(Debug, Clone)]
pub(super) struct Tail {
    first: VecDeque<f64>,
    begins: f64,
    falls: f64,
    seen: f64,
}

impl Tail {
    pub(super) fn new() -> Self {
        Self { first: VecDeque::new(), begins: 0.0, falls: 0.3, seen: 0.0 }
    }

    /// How rare a number is, in powers of ten, before it is learnt from.
    pub(super) fn look(&mut self, number: f64) -> f64 {
        let number = if number.is_finite() { number.max(1e-9) } else { 1e9 };
        self.seen += 1.0;
        if self.first.len() < FIRST {
            self.first.push_back(number);
            if self.first.len() == FIRST {
                let mut sorted: Vec<f64> = self.first.iter().copied().collect();
                sorted.sort_by(f64::total_cmp);
                self.begins = sorted[FIRST - 3].max(LEAST);
            }
            return 0.0;
        }
        let beyond = (number / self.begins).ln();
        let rare = if beyond > 0.0 {
            (-SHARE.log10() + beyond / self.falls / std::f64::consts::LN_10).min(MOST)
        } else {
            -SHARE.log10() * (number / self.begins)
        };
        // What was learnt early moves on sooner. A single number moves the tail by no more than its rank.
        let pace = (2.0 / self.seen).max(0.002);
        self.begins *= (4.0 * pace * (f64::from(u8::from(beyond > 0.0)) - SHARE)).exp();
        self.begins = self.begins.max(LEAST);
        if beyond > 0.0 {
            let weight = (4.0 * pace / SHARE * 0.25).clamp(0.02, 0.1);
            self.falls += weight * (beyond.min(3.0) - self.falls);
            self.falls = self.falls.max(0.08);
        }
        rare
    }
}
