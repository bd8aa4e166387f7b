//! How often a rule would have fired: the same judgement, over what is past.

use serde::{Deserialize, Serialize};

use super::{Condition, NoData, judge};
use crate::{Timestamp, alerts::Labels, unusual::onset};

/// Runs that are told one by one at most.
const TOLD: usize = 20;

/// The past of one label set; `None` where there was no value.
#[derive(Debug, Clone, PartialEq)]
pub struct Track {
    /// The label set.
    pub labels: Labels,
    /// Its values, in order of time.
    pub points: Vec<(Timestamp, Option<f64>)>,
}

/// One time that it would have fired.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Run {
    /// The label set.
    pub labels: Labels,
    /// When it would have fired.
    pub fired_at: Timestamp,
    /// When it would have been over; `null` where it still fires.
    pub over_at: Option<Timestamp>,
    /// The worst value meanwhile, as far from the threshold as it went.
    pub worst: Option<f64>,
    /// Of a rule on what is unusual: when it began, by the start of a cumulative sum; `null` where that does not stand out.
    pub onset_at: Option<Timestamp>,
}

impl Run {
    /// How long after its beginning it would have fired, in milliseconds.
    pub fn delay_ms(&self) -> Option<i64> {
        self.onset_at.map(|onset| self.fired_at.since(onset).max(0))
    }
}

/// What would have been.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Preview {
    /// Label sets that had values.
    pub series: usize,
    /// How often it would have fired.
    pub fired: usize,
    /// Milliseconds in which at least one label set fired, added up over label sets.
    pub firing_ms: i64,
    /// Moments that were tried, added up over label sets.
    pub moments: usize,
    /// Those of them without a value.
    pub gaps: usize,
    /// The first runs, in order of time, at most 20.
    pub runs: Vec<Run>,
}

/// Plays the past through. `for_ms` must be bad without a break before it fires, `keep_ms` good before it is over.
pub fn preview(condition: Condition, no_data: NoData, for_ms: i64, keep_ms: i64, tracks: &[Track]) -> Preview {
    let mut preview = Preview { series: tracks.len(), fired: 0, firing_ms: 0, moments: 0, gaps: 0, runs: Vec::new() };
    for track in tracks {
        play(condition, no_data, for_ms, keep_ms, track, &mut preview);
    }
    preview.runs.sort_by_key(|run| run.fired_at);
    preview.runs.truncate(TOLD);
    preview
}

impl Preview {
    /// The same with the beginnings of what was unusual: values are surprises, each of a window so wide that ends at its moment.
    #[must_use]
    pub fn with_onsets(mut self, tracks: &[Track], width_ms: i64) -> Self {
        for run in &mut self.runs {
            let Some(track) = tracks.iter().find(|track| track.labels == run.labels) else { continue };
            let until = track.points.partition_point(|(at, _)| *at <= run.fired_at);
            let surprises: Vec<f64> = track.points[..until].iter().map(|(_, value)| value.unwrap_or(0.0)).collect();
            run.onset_at = onset(&surprises).map(|place| track.points[place].0.plus(-width_ms));
        }
        self
    }
}

fn play(condition: Condition, no_data: NoData, for_ms: i64, keep_ms: i64, track: &Track, preview: &mut Preview) {
    let (mut holds, mut bad_since, mut good_since) = (false, None, None);
    let mut run: Option<Run> = None;
    let mut last = None;
    for (at, value) in &track.points {
        let at = *at;
        last = Some(at);
        holds = match (value, condition, no_data) {
            (Some(value), ..) => judge(condition, holds, *value),
            (None, Condition::Present, _) | (None, _, NoData::Ok) => false,
            (None, _, NoData::Alert) => true,
            (None, _, NoData::Keep) => holds,
        };
        preview.moments += 1;
        preview.gaps += usize::from(value.is_none() && condition != Condition::Present);
        if holds {
            good_since = None;
            let since = *bad_since.get_or_insert(at);
            if run.is_none() && at.since(since) >= for_ms {
                run = Some(Run { labels: track.labels.clone(), fired_at: at, over_at: None, worst: *value, onset_at: None });
            }
            if let (Some(run), Some(value)) = (&mut run, value) {
                run.worst = Some(run.worst.map_or(*value, |worst| worse(condition, worst, *value)));
            }
        } else {
            bad_since = None;
            let since = *good_since.get_or_insert(at);
            if at.since(since) >= keep_ms
                && let Some(mut over) = run.take()
            {
                over.over_at = Some(at);
                count(preview, over, at);
            }
        }
    }
    if let (Some(run), Some(at)) = (run, last) {
        count(preview, run, at);
    }
}

fn count(preview: &mut Preview, run: Run, until: Timestamp) {
    preview.fired += 1;
    preview.firing_ms += until.since(run.fired_at);
    preview.runs.push(run);
}

fn worse(condition: Condition, a: f64, b: f64) -> f64 {
    match condition {
        Condition::Threshold(threshold) if threshold.compare == super::Compare::Below => a.min(b),
        _ => a.max(b),
    }
}

#[cfg(test)]
mod tests {
    use super::{
        super::{Compare, Threshold},
        *,
    };

    const BAD: Condition = Condition::Threshold(Threshold { compare: Compare::Above, fire: 10.0, recover: 5.0 });

    fn track(values: &[Option<f64>]) -> Vec<Track> {
        let points = values.iter().zip(0..).map(|(value, i)| (Timestamp(i * 60_000), *value)).collect();
        vec![Track { labels: Labels::new(), points }]
    }

    #[test]
    fn hold_and_hysteresis_are_played_through() {
        let past =
            track(&[Some(1.0), Some(11.0), Some(12.0), Some(7.0), Some(4.0), Some(4.0), Some(30.0), Some(1.0), Some(20.0), Some(21.0)]);
        let found = preview(BAD, NoData::Keep, 60_000, 60_000, &past);
        assert_eq!((found.fired, found.firing_ms), (2, 180_000), "{found:?}");
        assert_eq!(found.runs[0].fired_at, Timestamp(120_000));
        assert_eq!((found.runs[0].over_at, found.runs[0].worst), (Some(Timestamp(300_000)), Some(12.0)));
        assert_eq!(found.runs[1].over_at, None);
        assert_eq!(preview(BAD, NoData::Keep, 0, 0, &past).fired, 3);
    }

    #[test]
    fn a_run_says_how_long_after_its_beginning_it_fired() {
        let past = track(&[Some(0.2), Some(0.3), Some(2.0), Some(4.0), Some(11.0), Some(12.0), Some(0.1)]);
        let found = preview(BAD, NoData::Keep, 60_000, 0, &past).with_onsets(&past, 60_000);
        assert_eq!((found.runs[0].fired_at, found.runs[0].onset_at), (Timestamp(300_000), Some(Timestamp(60_000))));
        assert_eq!(found.runs[0].delay_ms(), Some(240_000));
    }

    #[test]
    fn gaps_mean_what_was_chosen() {
        let past = track(&[Some(11.0), None, None, Some(1.0)]);
        let fired = |no_data| {
            let found = preview(BAD, no_data, 120_000, 0, &past);
            (found.fired, found.gaps)
        };
        assert_eq!(fired(NoData::Keep), (1, 2));
        assert_eq!(fired(NoData::Alert), (1, 2));
        assert_eq!(fired(NoData::Ok), (0, 2));
        assert_eq!(preview(Condition::Present, NoData::Keep, 0, 0, &past).fired, 2);
    }
}
