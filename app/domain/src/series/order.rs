//! The order of time, of rows that are in another.

use std::cmp::Ordering;

use super::{BadSeries, Series, columns::even_steps};
use crate::text;

impl Series {
    /// The places of the rows in the order of time, or of the running number that stands for it, where they are in another; `None` where
    /// nothing tells it, too.
    ///
    /// # Errors
    /// [`BadSeries::Order`] names a row that has no place among others that are out of order.
    pub fn order(&self) -> Result<Option<Vec<usize>>, BadSeries> {
        let moments = self.moments();
        let places = if most(&moments) { places(&moments) } else { self.numbers().map_or(Ok(None), |numbers| places(&numbers)) };
        places.map_err(|row| BadSeries::Order(row + 1, self.stamps[row].clone()))
    }

    /// Whether there are times, and most of them do not read: what order the rows are in is not known.
    pub fn untold(&self) -> bool {
        !self.stamps.is_empty() && !most(&self.moments()) && self.numbers().is_none()
    }

    /// The numbers of the rows, where they run: hardly any stands twice, and they are whole or go by even steps. The hour of the day,
    /// or what else comes again or turns over, is no order of rows, nor is a date whose year stands last.
    fn numbers(&self) -> Option<Vec<Option<f64>>> {
        let numbers: Vec<Option<f64>> = self.stamps.iter().map(|stamp| text::number(stamp)).collect();
        let mut known: Vec<f64> = numbers.iter().flatten().copied().collect();
        let (count, sorted, turned) = (known.len(), known.is_sorted(), turns_over(&known));
        known.sort_by(f64::total_cmp);
        known.dedup();
        let run = known.len() * 10 > count * 9 && (known.iter().all(|number| number.fract() == 0.0) || even_steps(&known));
        let dates = || known.iter().all(|number| ends_in_year(*number));
        (most(&numbers) && run && (sorted || !turned && !dates())).then_some(numbers)
    }

    /// The rows at these places.
    #[must_use]
    pub fn at_places(&self, places: &[usize]) -> Self {
        Self {
            name: self.name.clone(),
            stamps: places.iter().map(|at| self.stamps[*at].clone()).collect(),
            values: places.iter().map(|at| self.values[*at]).collect(),
            manner: self.manner,
        }
    }

    /// The rows in the order of time, and whether they were in another; see [`Self::order`].
    ///
    /// # Errors
    /// [`BadSeries::Order`], as above.
    pub fn in_order(self) -> Result<(Self, bool), BadSeries> {
        Ok(match self.order()? {
            Some(places) => (self.at_places(&places), true),
            None => (self, false),
        })
    }
}

fn most<T>(keys: &[Option<T>]) -> bool {
    keys.iter().flatten().count() * 2 > keys.len()
}

/// Whether numbers go up, and a few times fall by most of their span: hours and days of which the first is in the middle, counters of so
/// many bits.
fn turns_over(numbers: &[f64]) -> bool {
    let span = numbers.iter().copied().fold(f64::NEG_INFINITY, f64::max) - numbers.iter().copied().fold(f64::INFINITY, f64::min);
    let falls: Vec<f64> = numbers.windows(2).map(|pair| pair[0] - pair[1]).filter(|fall| *fall > 0.0).collect();
    !falls.is_empty() && falls.len() * 8 <= numbers.len() && falls.iter().all(|fall| fall * 2.0 > span)
}

/// Whether a number reads as a date without what parts it, the day or the month first: 31012014, 1312014 (a zero before it is lost).
fn ends_in_year(number: f64) -> bool {
    if !(1_000_000.0..100_000_000.0).contains(&number) || number.fract() != 0.0 {
        return false;
    }
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "held against bounds first")]
    let number = number as u32;
    let (first, second, year) = (number / 1_000_000, number / 10_000 % 100, number % 10_000);
    (1_900..=2_100).contains(&year) && first.min(second) >= 1 && first.min(second) <= 12 && first.max(second) <= 31
}

/// The places in order, `None` where they are in it; or one that has no key where others are out of order.
fn places<T: PartialOrd + Copy>(keys: &[Option<T>]) -> Result<Option<Vec<usize>>, usize> {
    let known: Vec<T> = keys.iter().flatten().copied().collect();
    if known.is_sorted() {
        return Ok(None);
    }
    if let Some(row) = keys.iter().position(Option::is_none) {
        return Err(row);
    }
    let mut places: Vec<usize> = (0..keys.len()).collect();
    places.sort_by(|a, b| keys[*a].partial_cmp(&keys[*b]).unwrap_or(Ordering::Equal));
    Ok(Some(places))
}
