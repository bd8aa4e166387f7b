//! Systems that a change does not touch, seen at the same times: what happened to everybody is not laid on the change.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::{LookMeasure, SystemSeen, missing, questions, usual};
use crate::{
    statistics::series::{median, sorted},
    transactions::Bins,
    verification::{Control, Counts, MOST_CONTROLS, Points, telling},
};

/// Points of a side of a latency from which a control tells anything of it.
const FEWEST: usize = 12;

/// A system that the change does not touch, as what it showed was held against the change's. Shares in percent.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct LookControl {
    /// Its id; empty, as its name, for those who may not see it.
    pub id: String,
    /// Its name.
    pub name: String,
    /// Transactions before.
    pub n_before: u64,
    /// Transactions since.
    pub n_since: u64,
    /// Share that failed before.
    pub before: f64,
    /// Share that failed since.
    pub since: f64,
}

/// What the systems moved by that the change does not touch; in the unit of the figure.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct LookDrift {
    /// At best guess.
    pub estimate: f64,
    /// Lower limit.
    pub low: f64,
    /// Upper limit.
    pub high: f64,
    /// How many of them it is taken from.
    pub controls: u32,
}

/// One comparison without what the others show.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct LookAlone {
    /// How much more it is, at best guess.
    pub estimate: f64,
    /// Lower limit of that; absent where it has none.
    pub low: Option<f64>,
    /// Upper limit.
    pub high: Option<f64>,
}

/// The others, and which of them took part.
pub(super) struct Others<'s> {
    all: &'s [SystemSeen],
    used: BTreeMap<usize, LookControl>,
}

impl<'s> Others<'s> {
    pub(super) fn new(all: &'s [SystemSeen]) -> Self {
        Self { all, used: BTreeMap::new() }
    }

    /// Controls for each question that is put to a system, in its order. `kept` are the stretches of the past that are held
    /// against it; of a control only those count that are in order there as well.
    pub(super) fn of(&mut self, asked: &[(LookMeasure, Points)], kept: &[usize], margin: f64) -> Vec<Vec<Control>> {
        let none = || asked.iter().map(|_| Vec::new()).collect();
        let Some((_, Points::Rate { baseline, candidate })) = asked.first() else { return none() };
        let known: Vec<(f64, Vec<(LookMeasure, Points)>)> = self
            .all
            .iter()
            .map(|other| {
                let stretches: Vec<_> = usual(&other.before)
                    .into_iter()
                    .filter(|place| kept.contains(place))
                    .filter_map(|place| other.before.get(place))
                    .collect();
                let missing = if stretches.is_empty() { 1.0 } else { missing(&stretches, &other.since) };
                (missing, questions(&stretches, &other.since))
            })
            .collect();
        let control = |place: usize, points: &Points| {
            let (name, missing) = (self.all[place].name.clone(), known[place].0);
            Control { name, points: points.clone(), missing }
        };
        let failures: Vec<Control> = known.iter().enumerate().map(|(place, (_, asked))| control(place, &asked[0].1)).collect();
        let chosen = telling((baseline, Counts::sum(candidate)), margin, &failures, MOST_CONTROLS);
        let controls = asked
            .iter()
            .map(|(measure, own)| {
                let of = |place: &usize| {
                    let points = known[*place].1.iter().find(|(other, _)| other == measure).map(|(_, points)| points)?;
                    alike(own, points).map(|points| control(*place, &points))
                };
                chosen.iter().filter_map(of).collect()
            })
            .collect();
        for place in chosen {
            if let Points::Rate { baseline, candidate } = &failures[place].points {
                self.used.entry(place).or_insert_with(|| told(&self.all[place], Counts::sum(baseline), Counts::sum(candidate)));
            }
        }
        controls
    }

    /// Those that took part.
    pub(super) fn used(self) -> Vec<LookControl> {
        self.used.into_values().collect()
    }
}

#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "counts")]
fn told(system: &SystemSeen, before: Counts, since: Counts) -> LookControl {
    LookControl {
        id: system.id.clone(),
        name: system.name.clone(),
        n_before: before.total as u64,
        n_since: since.total as u64,
        before: before.rate() * 100.0,
        since: since.rate() * 100.0,
    }
}

/// A rate as it is; a latency in the measure of the system's own, for what slows everybody slows the slow by more.
fn alike(own: &Points, other: &Points) -> Option<Points> {
    match (own, other) {
        (Points::Rate { .. }, Points::Rate { .. }) => Some(other.clone()),
        (Points::Measure { baseline: own, .. }, Points::Measure { baseline, candidate }) => {
            let enough = baseline.len().min(candidate.len()) >= FEWEST;
            let factor = median(&sorted(own)) / median(&sorted(baseline));
            let by = |values: &[f64]| values.iter().map(|value| value * factor).collect();
            (enough && factor.is_finite() && factor > 0.0).then(|| Points::Measure { baseline: by(baseline), candidate: by(candidate) })
        }
        (Points::Quantile { share, baseline: own, .. }, Points::Quantile { baseline, candidate, .. }) => {
            let held = |slots: &[Bins]| slots.iter().filter(|slot| slot.total() > 0).count();
            let enough = held(baseline).min(held(candidate)) >= FEWEST;
            let at = |slots: &[Bins]| Bins::together(slots).quantile(*share);
            let scale = at(own)? / at(baseline)?;
            let points = Points::Quantile { share: *share, scale, baseline: baseline.clone(), candidate: candidate.clone() };
            (enough && scale.is_finite() && scale > 0.0).then_some(points)
        }
        _ => None,
    }
}
