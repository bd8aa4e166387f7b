//! What may have caused it: nearness in time × nearness along the dependencies × how risky such a thing is × how often such a
//! thing had been the cause on that system.

use serde::{Deserialize, Serialize};

use crate::{
    Timestamp,
    id::{SystemId, TeamId},
    time::{HOUR, MINUTE},
    words::words,
};

/// How far back a change or a deployment may lie to be suspected.
pub const LOOK_BACK_MS: i64 = 24 * HOUR;
/// How far back the run of a tool may lie.
pub const RUN_BACK_MS: i64 = 6 * HOUR;
/// How far apart alerts may begin to have begun together.
pub const TOGETHER_MS: i64 = 10 * MINUTE;
/// Most suspects that are listed.
pub const MOST_SUSPECTS: usize = 20;

words! {
    /// What a person said of a suspect.
    pub enum Verdict {
        /// This caused it.
        Confirmed = "confirmed",
        /// This did not.
        Rejected = "rejected",
    }
    /// What can be suspected.
    pub enum SuspectKind {
        /// A change.
        Change = "change",
        /// A deployment.
        Deployment = "deployment",
        /// A run of a tool.
        Run = "run",
        /// An alert that began at about the same time.
        Alert = "alert",
    }
}

impl SuspectKind {
    /// After so long, in milliseconds, it is half as suspicious.
    fn half_life_ms(self) -> i64 {
        match self {
            Self::Change => 2 * HOUR,
            Self::Deployment => HOUR,
            Self::Run => 30 * MINUTE,
            Self::Alert => 5 * MINUTE,
        }
    }
}

/// Something that may have caused an incident, with the reasons in numbers; the page makes the sentence.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Suspect {
    /// What it is.
    pub kind: SuspectKind,
    /// Its id.
    pub id: String,
    /// What it is called.
    pub title: String,
    /// Page of it, within the portal.
    pub link: String,
    /// Its state by name; empty where it was forgotten since.
    pub state: String,
    /// The system it touched.
    pub system: SystemId,
    /// Name of that system.
    pub system_name: String,
    /// The team that it belongs to.
    pub team: TeamId,
    /// 0 where it touched the system itself, 1 where a system that it needs directly …
    pub distance: u32,
    /// When it began, or was to begin.
    pub at: Timestamp,
    /// How long before the incident, in milliseconds; negative where it began after.
    pub before_ms: i64,
    /// How risky it is: of a change what was said, `failed` where it went wrong; empty where nothing is known.
    pub risk: String,
    /// What later suspects of the same system are learned from, e.g. `change` or `run:<tool>`.
    pub pattern: String,
    /// How often such a thing was confirmed as the cause of other incidents of that system.
    pub hits: i64,
    /// How often people said anything of such a thing.
    pub judged: i64,
    /// 0 to 1; the higher, the more suspicious.
    pub score: f64,
    /// What a person said.
    pub verdict: Option<Verdict>,
    /// Who said so.
    pub judged_by: String,
}

/// How risky such a thing is, 0 to 1.
fn weight(kind: SuspectKind, risk: &str) -> f64 {
    match (kind, risk) {
        (_, "failed") => 1.0,
        (SuspectKind::Change, "high") => 1.0,
        (SuspectKind::Change, "medium") => 0.85,
        (SuspectKind::Change, _) => 0.7,
        (SuspectKind::Deployment | SuspectKind::Alert, _) => 0.9,
        (SuspectKind::Run, _) => 0.6,
    }
}

/// How much more (or less) suspicious experience makes it: the share of confirmed ones, smoothed by four that are undecided,
/// against one half. Without experience 1; never more than 2 or less than 0.
pub fn learned(hits: i64, judged: i64) -> f64 {
    #[expect(clippy::cast_precision_loss, reason = "counts of clicks")]
    let (hits, judged) = (hits.max(0) as f64, judged.max(hits).max(0) as f64);
    (hits + 2.0) / (judged + 4.0) * 2.0
}

/// How suspicious: what began at the very moment on the system itself scores its weight; halved after the half-life of its
/// kind and divided by one more for every step along the dependencies. What began after the incident scores 0; alerts that
/// began together may do so a little later.
pub fn score(suspect: &Suspect) -> f64 {
    let apart = match suspect.kind {
        SuspectKind::Alert => suspect.before_ms.abs(),
        _ if suspect.before_ms < 0 => return 0.0,
        _ => suspect.before_ms,
    };
    #[expect(clippy::cast_precision_loss, reason = "a day in milliseconds fits")]
    let halves = apart as f64 / suspect.kind.half_life_ms() as f64;
    let near = 0.5_f64.powf(halves) / f64::from(suspect.distance.saturating_add(1));
    (near * weight(suspect.kind, &suspect.risk) * learned(suspect.hits, suspect.judged)).min(1.0)
}

/// Scores and sorts: confirmed first, then by score, rejected last; the [`MOST_SUSPECTS`] first ones, and all that people have
/// said anything of.
pub fn rank(mut suspects: Vec<Suspect>) -> Vec<Suspect> {
    for suspect in &mut suspects {
        suspect.score = score(suspect);
    }
    let group = |s: &Suspect| match s.verdict {
        Some(Verdict::Confirmed) => 0,
        None => 1,
        Some(Verdict::Rejected) => 2,
    };
    suspects.sort_by(|a, b| group(a).cmp(&group(b)).then(b.score.total_cmp(&a.score)).then(b.at.cmp(&a.at)).then(a.id.cmp(&b.id)));
    let mut unsaid = 0;
    suspects.retain(|suspect| {
        unsaid += usize::from(suspect.verdict.is_none());
        suspect.verdict.is_some() || unsaid <= MOST_SUSPECTS
    });
    suspects
}

#[cfg(test)]
mod tests {
    use super::*;

    fn suspect(title: &str, kind: SuspectKind, minutes: i64, distance: u32, verdict: Option<Verdict>) -> Suspect {
        Suspect {
            kind,
            id: title.into(),
            title: title.into(),
            link: String::new(),
            state: String::new(),
            system: SystemId::parse("00000000-0000-7000-8000-000000000001").unwrap(),
            system_name: String::new(),
            team: TeamId::parse("00000000-0000-7000-8000-000000000002").unwrap(),
            distance,
            at: Timestamp(0),
            before_ms: minutes * MINUTE,
            risk: "high".into(),
            pattern: String::new(),
            hits: 0,
            judged: 0,
            score: 0.0,
            verdict,
            judged_by: String::new(),
        }
    }

    #[test]
    fn near_in_time_and_near_in_the_graph_come_first() {
        use SuspectKind::{Alert, Change, Deployment, Run};
        let order: Vec<String> = rank(vec![
            suspect("old", Change, 600, 0, None),
            suspect("far", Change, 10, 2, None),
            suspect("near", Change, 10, 0, None),
            suspect("no", Change, 5, 0, Some(Verdict::Rejected)),
            suspect("yes", Change, 1_200, 3, Some(Verdict::Confirmed)),
            suspect("after", Run, -5, 0, None),
            suspect("deployed", Deployment, 10, 0, None),
            suspect("beside", Alert, -1, 1, None),
        ])
        .into_iter()
        .map(|s| s.id)
        .collect();
        assert_eq!(order, ["yes", "near", "deployed", "beside", "far", "old", "after", "no"]);
    }

    #[test]
    fn experience_counts_and_never_decides_alone() {
        assert!((learned(0, 0) - 1.0).abs() < 1e-9);
        assert!(learned(3, 3) > 1.4 && learned(0, 3) < 0.6);
        assert!(learned(1_000, 1_000) <= 2.0 && learned(0, 1_000) > 0.0);
        assert!(learned(5, 2) <= 2.0);
        let known = Suspect { hits: 4, judged: 4, ..suspect("a", SuspectKind::Run, 30, 0, None) };
        assert!(score(&known) > score(&suspect("b", SuspectKind::Run, 30, 0, None)));
    }

    #[test]
    fn scores() {
        let of = |minutes, distance| score(&suspect("a", SuspectKind::Change, minutes, distance, None));
        assert!((of(0, 0) - 1.0).abs() < 1e-9);
        assert!((of(120, 0) - 0.5).abs() < 1e-9);
        assert!((of(120, 1) - 0.25).abs() < 1e-9);
        assert!(of(-1, 0).abs() < 1e-9);
    }

    #[test]
    fn only_so_many_are_listed() {
        let many = (0..100).map(|n| suspect(&n.to_string(), SuspectKind::Run, n, 0, (n == 99).then_some(Verdict::Rejected)));
        assert_eq!(rank(many.collect()).len(), MOST_SUSPECTS + 1);
    }
}
