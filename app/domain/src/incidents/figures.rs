//! Incidents in figures: how long steps took, with how many they were; and how many alerts were worth it.

use serde::{Deserialize, Serialize};

use super::{Cost, Impact, Took};
use crate::Span;

/// A length of time over several incidents, in milliseconds. Nothing is averaged over nothing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[cfg_attr(feature = "openapi", schema(as = IncidentFigure))]
pub struct Figure {
    /// How many incidents it is made of.
    pub count: i64,
    /// The mean; absent where there are none.
    pub mean: Option<i64>,
    /// The median.
    pub median: Option<i64>,
    /// The longest.
    pub longest: Option<i64>,
}

impl Figure {
    /// Of these lengths.
    pub fn of(mut lengths: Vec<i64>) -> Self {
        lengths.sort_unstable();
        let count = lengths.len();
        if count == 0 {
            return Self::default();
        }
        let sum: i128 = lengths.iter().map(|ms| i128::from(*ms)).sum();
        let middle = count / 2;
        let median = if count % 2 == 1 { lengths[middle] } else { i64::midpoint(lengths[middle - 1], lengths[middle]) };
        Self {
            count: i64::try_from(count).unwrap_or(i64::MAX),
            mean: i64::try_from(sum / i128::try_from(count).unwrap_or(1)).ok(),
            median: Some(median),
            longest: lengths.last().copied(),
        }
    }
}

/// Incidents that have something in common.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[cfg_attr(feature = "openapi", schema(as = IncidentFigures))]
pub struct FigureRow {
    /// What they have in common: a name, `P1` to `P4`, or nothing for all of them.
    pub name: String,
    /// How many were opened.
    pub incidents: i64,
    /// From the first sign until it was noticed (MTTD).
    pub detect: Figure,
    /// From there until somebody took it on (MTTA).
    pub acknowledge: Figure,
    /// From the first sign until customers were no longer hurt.
    pub mitigate: Figure,
    /// From the first sign until it was over (MTTR).
    pub resolve: Figure,
    /// What they cost together: a transaction that failed during several counts with the one that was opened first.
    pub cost: Cost,
}

impl FigureRow {
    /// Of incidents whose steps took so long, and that cost so much as far as it was counted.
    pub fn of(name: impl Into<String>, these: &[(Took, Option<Impact>)]) -> Self {
        let figure = |pick: fn(&Took) -> Option<i64>| Figure::of(these.iter().filter_map(|(took, _)| pick(took)).collect());
        let mut cost = Cost::default();
        these.iter().filter_map(|(_, impact)| impact.as_ref()).for_each(|impact| cost.add(impact));
        Self {
            name: name.into(),
            incidents: i64::try_from(these.len()).unwrap_or(i64::MAX),
            detect: figure(|took| took.detect),
            acknowledge: figure(|took| took.acknowledge),
            mitigate: figure(|took| took.mitigate),
            resolve: figure(|took| took.resolve),
            cost,
        }
    }
}

/// How many alerts were worth it.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Noise {
    /// What they have in common: their title; empty for all of them.
    pub title: String,
    /// Name of their system; empty for all of them.
    pub system: String,
    /// How many fired.
    pub fired: i64,
    /// How many led to something: somebody acknowledged it, or took on its incident.
    pub acted: i64,
    /// How often somebody said that one was useful.
    pub useful: i64,
    /// How often somebody said that one was not.
    pub useless: i64,
}

/// Everything that the page shows.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct FiguresAnswer {
    /// Of incidents that were opened in this time, merged ones left out; and of alerts that fired in it.
    pub span: Span,
    /// All of them.
    pub all: FigureRow,
    /// By severity, the worst first; only those of which there is one.
    pub by_severity: Vec<FigureRow>,
    /// By team.
    pub by_team: Vec<FigureRow>,
    /// By the system that began it, those with most incidents first.
    pub by_system: Vec<FigureRow>,
    /// All alerts.
    pub noise: Noise,
    /// Alerts by title and system, those that led to nothing most often first; 20 at most.
    pub noisiest: Vec<Noise>,
    /// Whether there were more incidents than are counted.
    pub cut: bool,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_is_averaged_over_nothing() {
        assert_eq!(Figure::of(Vec::new()), Figure::default());
        assert_eq!(FigureRow::of("x", &[(Took::default(), None)]).resolve.mean, None);
        assert_eq!(Figure::of(vec![10, 1, 4]), Figure { count: 3, mean: Some(5), median: Some(4), longest: Some(10) });
        assert_eq!(Figure::of(vec![1, 3]).median, Some(2));
        assert_eq!(Figure::of(vec![i64::MAX, i64::MAX]).mean, Some(i64::MAX));
    }

    #[test]
    fn only_what_came_so_far_counts() {
        let took = [
            (Took { acknowledge: Some(5), ..Took::default() }, None),
            (Took { acknowledge: Some(7), resolve: Some(70), ..Took::default() }, None),
        ];
        let row = FigureRow::of("gateway", &took);
        assert_eq!((row.incidents, row.acknowledge.count, row.resolve.count, row.detect.count), (2, 2, 1, 0));
    }
}
