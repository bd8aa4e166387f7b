//! Which change may have caused it: nearness in time × nearness along the dependencies.

use serde::{Deserialize, Serialize};

use crate::{Timestamp, id::ChangeId, time::HOUR, words::words};

/// How far back a change may lie to be suspected.
pub const LOOK_BACK_MS: i64 = 24 * HOUR;

/// After so long, a change is half as suspicious.
const HALF_LIFE_MS: i64 = 2 * HOUR;

words! {
    /// What a person said of a suspect.
    pub enum Verdict {
        /// This caused it.
        Confirmed = "confirmed",
        /// This did not.
        Rejected = "rejected",
    }
}

/// A change that may have caused an incident, with the reasons in numbers; the page makes the sentence.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Suspect {
    /// The change.
    pub change: ChangeId,
    /// Its number.
    pub number: i64,
    /// Its title.
    pub title: String,
    /// Its state by name.
    pub state: String,
    /// The system it touched.
    pub system_name: String,
    /// 0 where it touched the system itself, 1 where a system that it needs directly …
    pub distance: u32,
    /// When it began, or was to begin.
    pub at: Timestamp,
    /// How long before the incident, in milliseconds; negative where it began after.
    pub before_ms: i64,
    /// 0 to 1; the higher, the more suspicious.
    pub score: f64,
    /// What a person said.
    pub verdict: Option<Verdict>,
    /// Who said so.
    pub judged_by: String,
}

/// How suspicious: 1 for a change on the system itself at the very moment, halved every two hours and divided by
/// one more for every step along the dependencies. A change that began after the incident scores 0.
pub fn score(before_ms: i64, distance: u32) -> f64 {
    if before_ms < 0 {
        return 0.0;
    }
    #[expect(clippy::cast_precision_loss, reason = "a day in milliseconds fits")]
    let halves = before_ms as f64 / HALF_LIFE_MS as f64;
    0.5_f64.powf(halves) / f64::from(distance + 1)
}

/// Scores and sorts: confirmed first, then by score, rejected last.
pub fn rank(mut suspects: Vec<Suspect>) -> Vec<Suspect> {
    for suspect in &mut suspects {
        suspect.score = score(suspect.before_ms, suspect.distance);
    }
    let group = |s: &Suspect| match s.verdict {
        Some(Verdict::Confirmed) => 0,
        None => 1,
        Some(Verdict::Rejected) => 2,
    };
    suspects.sort_by(|a, b| group(a).cmp(&group(b)).then(b.score.total_cmp(&a.score)).then(b.number.cmp(&a.number)));
    suspects
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::time::MINUTE;

    fn suspect(number: i64, minutes: i64, distance: u32, verdict: Option<Verdict>) -> Suspect {
        Suspect {
            change: ChangeId::parse("00000000-0000-7000-8000-000000000001").unwrap(),
            number,
            title: String::new(),
            state: String::new(),
            system_name: String::new(),
            distance,
            at: Timestamp(0),
            before_ms: minutes * MINUTE,
            score: 0.0,
            verdict,
            judged_by: String::new(),
        }
    }

    #[test]
    fn near_in_time_and_near_in_the_graph_come_first() {
        let order: Vec<i64> = rank(vec![
            suspect(1, 600, 0, None),
            suspect(2, 10, 2, None),
            suspect(3, 10, 0, None),
            suspect(4, 5, 0, Some(Verdict::Rejected)),
            suspect(5, 1_200, 3, Some(Verdict::Confirmed)),
            suspect(6, -5, 0, None),
        ])
        .iter()
        .map(|s| s.number)
        .collect();
        assert_eq!(order, [5, 3, 2, 1, 6, 4]);
    }

    #[test]
    fn scores() {
        assert!((score(0, 0) - 1.0).abs() < 1e-9);
        assert!((score(2 * HOUR, 0) - 0.5).abs() < 1e-9);
        assert!((score(2 * HOUR, 1) - 0.25).abs() < 1e-9);
        assert!(score(-1, 0).abs() < 1e-9);
    }
}
