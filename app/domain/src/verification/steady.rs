//! What a rise of latency that is still to come must look like to be found, by the same judgement that will look for it.
//!
//! Looks compare the medians of slots of time by the shift of Hodges & Lehmann. A median varies by what slots differ by anyhow, and by
//! chance of the transactions of its slot: by 1/(4·f²·n), with f the density there (Cramér, *Mathematical Methods of Statistics*, 1946,
//! § 28.5). The shift of points that are about normal is as sure as the difference of their means would be of 3/π as many (Hodges & Lehmann,
//! *Annals of Mathematical Statistics* 34, 1963).

use std::f64::consts::PI;

use super::{
    always::Seen,
    foreseen::{Line, first_found},
    judge::{Looking, ROUGHLY},
    question::COARSE,
};
use crate::{
    statistics::{
        series::{dependence, median, sorted},
        special::{normal_above, normal_quantile, place, student_quantile},
    },
    transactions::Bins,
};

/// Points of a difference of means that one of a shift stands for, of normal ones.
const EFFICIENCY: f64 = 3.0 / PI;
/// Transactions that a slot is to hold on average, so that its median means something, as looks put slots together.
const FULL: f64 = 30.0;
/// Slots that are left of a stretch at least, however few they hold.
const FEWEST: f64 = 12.0;
/// Transactions without which a slot has no median.
const FEW: f64 = 8.0;
/// Slots of one stretch: within an hour the rhythm of the day is no matter.
const STRETCH: usize = 60;
/// Slots of a stretch from which it tells how they differ.
const TELLING: usize = 6;
/// No medians are surer than so, however alike: bins have a width.
const LEAST: f64 = 1e-8;

/// How the medians of a system's slots differ, as shares of their level.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Steady {
    /// Variance of one of a slot with very many transactions.
    pub apart: f64,
    /// What a single transaction would add to that: n of them add the n-th part.
    pub each: f64,
    /// [Dependence](crate::statistics::series::dependence) of neighbours.
    pub dependence: f64,
}

impl Steady {
    /// Of the latencies of minutes in the order of time; `None` where there are too few to tell.
    pub fn of(minutes: &[Bins]) -> Option<Self> {
        let held: f64 = minutes.iter().map(total).sum();
        let count = place((FULL * minutes.len() as f64 / held.max(1.0)).ceil(), minutes.len()).max(1);
        let slots: Vec<Bins> = minutes.chunks(count).map(Bins::together).collect();
        let stretch = (STRETCH / count).max(TELLING);
        let told: Vec<Self> = slots.chunks(stretch).filter_map(Self::of_stretch).collect();
        let mean = |of: fn(&Self) -> f64| told.iter().map(of).sum::<f64>() / told.len() as f64;
        // In one of six stretches chance alone looks like memory.
        let dependence = median(&sorted(&told.iter().map(|one| one.dependence).collect::<Vec<f64>>()));
        (!told.is_empty()).then(|| Self { apart: mean(|one| one.apart), each: mean(|one| one.each), dependence })
    }

    fn of_stretch(slots: &[Bins]) -> Option<Self> {
        let known = slots.iter().filter(|slot| total(slot) >= FEW);
        let (medians, chance): (Vec<f64>, Vec<f64>) = known.filter_map(|slot| Some((slot.quantile(0.5)?, 1.0 / total(slot)))).unzip();
        let (n, level) = (medians.len() as f64, median(&sorted(&medians)));
        if medians.len() < TELLING || level <= 0.0 {
            return None;
        }
        let all = Bins::together(slots);
        // The density at the median, by how far apart a fifth of all around it lies.
        let wide = (all.quantile(0.6)? - all.quantile(0.4)?) / level;
        let each = (wide / 0.2).powi(2) / 4.0;
        let mean = medians.iter().sum::<f64>() / n;
        let variance = medians.iter().map(|one| (one - mean).powi(2)).sum::<f64>() / (n - 1.0) / (level * level);
        let apart = (variance - each * chance.iter().sum::<f64>() / n).max(0.0);
        Some(Self { apart, each, dependence: dependence(&medians) })
    }
}

fn total(bins: &Bins) -> f64 {
    bins.total() as f64
}

/// What the medians of a system are expected to show at one look.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Paced {
    steady: Steady,
    /// Slots that are held against it, and slots since.
    before: f64,
    since: f64,
    /// Transactions of one.
    slot: f64,
}

impl Paced {
    /// With so many transactions before and since, of which the latter come in so many slots as looks cut their time into; `None` where
    /// slots have too few for a median.
    pub fn new(steady: Steady, (before, since): (f64, f64), slots: f64) -> Option<Self> {
        let wanted = (FULL * slots / since.max(f64::MIN_POSITIVE)).ceil().clamp(1.0, (slots / FEWEST).floor().max(1.0));
        let slot = since / slots * wanted;
        (slot >= FEW && before > 0.0).then(|| Self { steady, before: before / slot, since: slots / wanted, slot })
    }

    /// Variances of where they lie since and before, where latency is `risen` times as high since.
    fn variances(&self, risen: f64) -> (f64, f64) {
        let Steady { apart, each, dependence } = self.steady;
        let one = (dependence * (apart + each / self.slot) / EFFICIENCY).max(LEAST);
        (one * risen * risen / self.since, one / self.before)
    }
}

/// From which rise on one look finds the medians of a system worse, among so many questions, where they rise by `drop` and no more than
/// `margin` is no matter, both as shares of their level; `None` where it hardly can.
pub fn rise_line(
    own: Paced,
    others: &[Paced],
    (margin, drop): (f64, f64),
    (alpha, looking): (f64, Looking),
    questions: usize,
) -> Option<Line> {
    let apart = |of: fn((f64, f64)) -> f64| {
        let sure: f64 = others.iter().map(|other| 1.0 / of(other.variances(1.0))).sum();
        if sure > 0.0 { 1.0 / sure } else { 0.0 }
    };
    let (since, before) = own.variances(1.0 + drop);
    let known = |slots: f64| (slots / own.steady.dependence - 1.0).max(1.0);
    let freedom = (since + before).powi(2) / (since * since / known(own.since) + before * before / known(own.before));
    let (since, before) = (since + apart(|v| v.0), before + apart(|v| v.1));
    let (z, t) = (normal_quantile(1.0 - alpha), student_quantile(1.0 - alpha, freedom.max(2.0)));
    let error = (since + before).sqrt() * t / z;
    let scales = [margin, COARSE * margin].map(|scale| scale.max(error * 1e-3));
    let planned = looking.planned * if own.steady.dependence > 1.0 { ROUGHLY } else { 1.0 };
    let questions = questions as f64;
    let fails = |estimate: f64| {
        let seen = Seen { estimate, variance: error * error };
        let mut low = scales.map(|scale| seen.limits(alpha * looking.always / 2.0, scale).0).into_iter().fold(f64::NEG_INFINITY, f64::max);
        let mut p = 2.0 / looking.always * scales.map(|scale| seen.p_beyond(margin, scale)).into_iter().fold(1.0, f64::min);
        if planned > 0.0 {
            low = low.max(estimate - normal_quantile(1.0 - alpha * planned) * error);
            p = p.min(normal_above((estimate - margin) / error) / planned);
        }
        low > margin && p * questions <= alpha
    };
    first_found(fails, drop, since + before).map(|fails_from| Line { fails_from, since, before })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::statistics::random::Chance;

    fn minutes(seed: u64, count: usize, (each, apart): (u32, f64)) -> Vec<Bins> {
        let mut chance = Chance::new(seed);
        (0..count)
            .map(|_| {
                let level = 120.0 * (1.0 + apart * chance.normal());
                (0..each).map(|_| level * (0.6 * chance.normal()).exp()).collect()
            })
            .collect()
    }

    #[test]
    fn medians_differ_by_chance_and_by_more() {
        // A log-normal one: its density at the median is 1/(σ·√(2π)), of shares of it.
        let each = 0.36 * 2.0 * PI / 4.0;
        let calm = Steady::of(&minutes(1, 360, (60, 0.0))).unwrap();
        assert!((0.8..1.25).contains(&(calm.each / each)) && calm.apart < 0.002 && calm.dependence < 1.5, "{calm:?}");
        let uneven = Steady::of(&minutes(2, 360, (60, 0.1))).unwrap();
        assert!((0.007..0.013).contains(&uneven.apart) && (0.8..1.25).contains(&(uneven.each / each)), "{uneven:?}");
        // Few are put together, as looks do.
        let few = Steady::of(&minutes(3, 360, (3, 0.1))).unwrap();
        assert!((0.7..1.5).contains(&(few.each / each)), "{few:?}");
        assert_eq!((Steady::of(&minutes(4, 360, (0, 0.0))), Steady::of(&minutes(5, 3, (60, 0.0))), Steady::of(&[])), (None, None, None));
    }

    #[test]
    fn more_is_found_sooner() {
        let steady = Steady { apart: 0.001, each: 0.5, dependence: 1.0 };
        let looking = Looking { always: 0.15, planned: 0.0 };
        let from = |steady: Steady, since: f64, others: &[Paced]| {
            let own = Paced::new(steady, (6_000.0, since), since / 100.0)?;
            rise_line(own, others, (0.05, 0.1), (0.01, looking), 5).map(|line| line.fails_from)
        };
        let (soon, late) = (from(steady, 500.0, &[]), from(steady, 3_000.0, &[]).unwrap());
        assert!(soon.is_none_or(|soon| soon > late), "{soon:?} {late}");
        let others = [Paced::new(steady, (6_000.0, 3_000.0), 30.0).unwrap()];
        assert!(from(steady, 3_000.0, &others).unwrap() > late, "others are an error more");
        assert!(from(Steady { apart: 0.004, ..steady }, 3_000.0, &[]).unwrap() > late);
        assert!(from(Steady { dependence: 3.0, ..steady }, 3_000.0, &[]).unwrap() > late);
        // An hour of one a minute has slots of five: no median.
        assert_eq!(Paced::new(steady, (300.0, 60.0), 60.0), None);
        assert_eq!(Paced::new(steady, (300.0, 0.0), 60.0), None);
    }
}
