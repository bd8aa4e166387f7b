//! What a policy asks to be shown before a change: for each kind the evidence of exactly its artifact, or a waiver that two
//! people gave.
//!
//! **Invariant:** nobody opens the gate of a change that they requested or wrote by saying that something passed: somebody else brings
//! what is merely said, or the portal measured it and the policy says what it had to measure. What failed is passed only in the
//! same way.

use serde::{Deserialize, Serialize};

use super::{Artifact, Bounds, Broken, Refusal, read_reason, same_sha};
use crate::{
    Fault, Timestamp, Wording,
    evidence::{Evidence, EvidenceKind, EvidenceVerdict},
    form::{Check, Typed},
    id::{EntryId, EvidenceId, UserId},
    time::DAY,
    words::words,
};

/// Days that a waiver holds at most.
const MOST_DAYS: i64 = 30;

words! {
    /// How it stands with one kind of evidence.
    pub enum RequirementStatus {
        /// It is there, passed, and holds.
        Met = "met",
        /// Two people do without it.
        Waived = "waived",
        /// The change names no artifact by its hash: nothing can be shown of it.
        Nameless = "nameless",
        /// There is none.
        Missing = "missing",
        /// There is, but of another artifact.
        Other = "other-artifact",
        /// Whoever requested or wrote the change says that it passed, and nothing else does.
        Own = "own",
        /// It did not pass.
        Failed = "failed",
        /// It passed its own limits, but not those of the policy.
        Beyond = "beyond-policy",
        /// It holds no more.
        Expired = "expired",
    }
}

/// Doing without evidence, or being about to once a second person agrees.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[cfg_attr(feature = "openapi", schema(as = EvidenceWaiver))]
pub struct Waiver {
    /// Its id.
    pub id: EntryId,
    /// What is done without.
    pub kind: EvidenceKind,
    /// Why.
    pub reason: String,
    /// Until when it holds.
    pub until: Timestamp,
    /// Who asked.
    pub asked_by: String,
    /// Their id: somebody else must agree.
    pub asked_id: UserId,
    /// When.
    pub asked_at: Timestamp,
    /// Who agreed; empty while nobody has.
    pub agreed_by: String,
    /// When.
    pub agreed_at: Option<Timestamp>,
}

/// One kind of evidence that a change needs.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[cfg_attr(feature = "openapi", schema(as = EvidenceRequirement))]
pub struct Requirement {
    /// Which.
    pub kind: EvidenceKind,
    /// How it stands.
    pub status: RequirementStatus,
    /// Whether the newest is left out: whoever requested or wrote the change says that it passed, and the file does not.
    pub unheard: bool,
    /// The piece that decides, where there is one.
    pub evidence: Option<EvidenceId>,
    /// Until when that, or the waiver, holds.
    pub until: Option<Timestamp>,
    /// Doing without it, asked for or agreed.
    pub waiver: Option<Waiver>,
    /// What the policy allows to have been measured.
    #[serde(default)]
    pub bounds: Bounds,
    /// What of that is not kept.
    #[serde(default)]
    pub broken: Vec<Broken>,
}

impl Requirement {
    /// How it stands with a kind, of which a policy allows what is within its bounds; `found` is what there is of the artifact's
    /// name, the newest first; `writers` requested or wrote the change.
    pub fn of(
        (kind, bounds): (EvidenceKind, Bounds),
        artifact: Option<&Artifact>,
        found: &[Evidence],
        writers: &[UserId],
        waivers: &[Waiver],
        now: Timestamp,
    ) -> Self {
        let waiver =
            waivers.iter().filter(|waiver| waiver.kind == kind && waiver.until > now).max_by_key(|w| w.agreed_at.is_some()).cloned();
        let known: Vec<&Evidence> = found.iter().filter(|one| one.kind == kind).collect();
        let bounds = if kind == EvidenceKind::Performance { bounds } else { Bounds::default() };
        let broken_by = |one: &Evidence| bounds.broken(one.measured.as_ref());
        let mut unheard = false;
        let (status, decides) = match artifact.filter(|artifact| !artifact.sha.is_empty()) {
            None => (RequirementStatus::Nameless, None),
            Some(artifact) => {
                let mut same = known.iter().copied().filter(|one| same_sha(&artifact.sha, &one.sha)).peekable();
                let counts = |one: &Evidence| counts(one, writers, bounds);
                unheard = same.peek().is_some_and(|one| !counts(one));
                match same.find(|one| counts(one)) {
                    None if unheard => (RequirementStatus::Own, None),
                    None if !known.is_empty() => (RequirementStatus::Other, None),
                    None => (RequirementStatus::Missing, None),
                    Some(one) if one.verdict != EvidenceVerdict::Passed => (RequirementStatus::Failed, Some(one)),
                    Some(one) if one.expires_at <= now => (RequirementStatus::Expired, Some(one)),
                    Some(one) if !broken_by(one).is_empty() => (RequirementStatus::Beyond, Some(one)),
                    Some(one) => (RequirementStatus::Met, Some(one)),
                }
            }
        };
        let broken = decides.filter(|_| status == RequirementStatus::Beyond).map(broken_by).unwrap_or_default();
        let agreed = waiver.as_ref().filter(|waiver| waiver.agreed_at.is_some());
        let (status, until) = match (status, agreed) {
            (RequirementStatus::Met, _) | (_, None) => (status, decides.map(|one| one.expires_at)),
            (_, Some(waiver)) => (RequirementStatus::Waived, Some(waiver.until)),
        };
        Self { kind, status, unheard, evidence: decides.map(|one| one.id.clone()), until, waiver, bounds, broken }
    }

    /// Every reason why the change may not go ahead for it. `yields`: a reason goes past them.
    pub fn refusals(&self, yields: bool) -> Vec<Refusal> {
        if self.status == RequirementStatus::Beyond {
            return self.broken.iter().map(|one| Refusal { why: one.wording(), yields }).collect();
        }
        self.lack().map(|key| Refusal { why: Wording::new(key).with("kind", self.kind), yields }).into_iter().collect()
    }

    fn lack(&self) -> Option<&'static str> {
        Some(match self.status {
            RequirementStatus::Met | RequirementStatus::Waived | RequirementStatus::Beyond => return None,
            RequirementStatus::Nameless => "conflict-evidence-nameless",
            RequirementStatus::Missing => "conflict-evidence-missing",
            RequirementStatus::Other => "conflict-evidence-other-artifact",
            RequirementStatus::Own => "conflict-evidence-own",
            RequirementStatus::Failed if self.unheard => "conflict-evidence-failed-own",
            RequirementStatus::Failed => "conflict-evidence-failed",
            RequirementStatus::Expired => "conflict-evidence-expired",
        })
    }

    /// Whether somebody may ask to do without it.
    pub fn waivable(&self) -> bool {
        !matches!(self.status, RequirementStatus::Met | RequirementStatus::Waived) && self.waiver.is_none()
    }
}

/// Whether it counts for a change that these wrote: that something passed is not theirs to say, neither in a word nor in a file
/// that they brought, nor by limits that they chose. What the portal measured and held to limits of its own is nobody's word; nor
/// is what it measured where the policy says how slow, how faulty and how weak a load may be: then no limit is left to choose.
fn counts(one: &Evidence, writers: &[UserId], bounds: Bounds) -> bool {
    let decided = one.measured_here && one.computed && bounds.decide();
    one.verdict != EvidenceVerdict::Passed || decided || one.by_id.as_ref().map_or(one.computed, |by| !writers.contains(by))
}

/// What there is of exactly the artifact of a change, asked for or not: whoever approves sees it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[cfg_attr(feature = "openapi", schema(as = EvidenceShown))]
pub struct Shown {
    /// Its id.
    pub id: EvidenceId,
    /// What it is about.
    pub kind: EvidenceKind,
    /// What it shows.
    pub verdict: EvidenceVerdict,
    /// Version of the artifact, as it was brought.
    pub version: String,
    /// Whether the file says so, and not whoever brought it.
    pub computed: bool,
    /// Who brought it.
    pub by: String,
    /// Until when it holds.
    pub until: Timestamp,
}

impl Shown {
    /// The newest of each kind; `found` is what there is of the artifact's name, the newest first.
    pub fn of(artifact: Option<&Artifact>, found: &[Evidence]) -> Vec<Self> {
        let Some(artifact) = artifact.filter(|artifact| !artifact.sha.is_empty()) else { return Vec::new() };
        let newest = |kind: &EvidenceKind| found.iter().find(|one| one.kind == *kind && same_sha(&artifact.sha, &one.sha));
        EvidenceKind::ALL
            .iter()
            .filter_map(newest)
            .map(|one| Self {
                id: one.id.clone(),
                kind: one.kind,
                verdict: one.verdict,
                version: one.version.clone(),
                computed: one.computed,
                by: one.by.clone(),
                until: one.expires_at,
            })
            .collect()
    }
}

/// Reads `kind`, `reason` and `days` of a waiver that is asked for.
pub fn parse_waiver(typed: &Typed) -> Result<(EvidenceKind, String, i64), Fault> {
    let mut check = Check::new(typed);
    check.only(&["kind", "reason", "days"]);
    let kind = check.field("kind", |text| super::read_word(text, EvidenceKind::ALL));
    let reason = check.field("reason", read_reason);
    let days = if typed.get("days").trim().is_empty() { Some(1) } else { check.number("days", 1, MOST_DAYS) };
    check.finish((kind, reason, days)).map(|(kind, reason, days)| (kind, reason, days * DAY))
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;
    use crate::{changes::content::tests::id, evidence::Measured, id::TeamId};

    pub(crate) fn evidence(sha: &str, verdict: EvidenceVerdict, until: i64) -> Evidence {
        Evidence {
            id: EvidenceId::parse(&id(7)).unwrap(),
            team: TeamId::parse(&id(1)).unwrap(),
            team_name: String::new(),
            kind: EvidenceKind::Performance,
            artifact: "gateway".into(),
            version: "4.12".into(),
            sha: sha.into(),
            environment: "pre".into(),
            verdict,
            computed: true,
            measured: None,
            note: String::new(),
            file: "k6.json".into(),
            size: 1,
            file_sha256: String::new(),
            expires_at: Timestamp(until),
            by: "ci".into(),
            by_id: None,
            measured_here: false,
            at: Timestamp(0),
        }
    }

    #[test]
    fn only_what_was_shown_of_exactly_this_artifact_counts() {
        use EvidenceVerdict::{Failed, Passed};
        let artifact = Artifact { name: "gateway".into(), version: "4.12".into(), sha: "ab12cd34ef5678".into() };
        let of = |found: &[Evidence]| {
            Requirement::of((EvidenceKind::Performance, Bounds::default()), Some(&artifact), found, &[], &[], Timestamp(10)).status
        };
        assert_eq!(of(&[]), RequirementStatus::Missing);
        assert_eq!(of(&[evidence("ab12cd34ef56", Passed, 11)]), RequirementStatus::Met);
        assert_eq!(of(&[evidence("ab12cd34ef56", Passed, 10)]), RequirementStatus::Expired, "to the millisecond");
        assert_eq!(of(&[evidence("ffffffff", Passed, 99)]), RequirementStatus::Other);
        // The newest of this artifact decides, whatever was shown before.
        assert_eq!(of(&[evidence("ab12cd34ef56", Failed, 99), evidence("ab12cd34ef56", Passed, 99)]), RequirementStatus::Failed);
        assert_eq!(of(&[evidence("ffffffff", Failed, 99), evidence("ab12cd34ef56", Passed, 99)]), RequirementStatus::Met);
        let shown = Shown::of(
            Some(&artifact),
            &[evidence("ffffffff", Passed, 99), evidence("ab12cd34ef56", Failed, 99), evidence("ab12cd34ef56", Passed, 9)],
        );
        assert_eq!(shown.iter().map(|one| (one.kind, one.verdict)).collect::<Vec<_>>(), [(EvidenceKind::Performance, Failed)]);
        assert_eq!(
            Requirement::of(
                (EvidenceKind::Drill, Bounds::default()),
                Some(&artifact),
                &[evidence("ab12cd34ef56", Passed, 99)],
                &[],
                &[],
                Timestamp(10)
            )
            .status,
            RequirementStatus::Missing
        );
        assert_eq!(
            Requirement::of((EvidenceKind::Drill, Bounds::default()), None, &[], &[], &[], Timestamp(0)).status,
            RequirementStatus::Nameless
        );
    }

    #[test]
    fn nobody_opens_the_gate_of_their_own_change_by_saying_so() {
        use EvidenceVerdict::{Failed, Passed};
        let (writer, other) = (UserId::parse(&id(2)).unwrap(), UserId::parse(&id(4)).unwrap());
        let artifact = Artifact { name: "gateway".into(), version: "4.12".into(), sha: "ab".repeat(32) };
        let told = |verdict, by: Option<&UserId>| Evidence { computed: false, by_id: by.cloned(), ..evidence(&artifact.sha, verdict, 99) };
        let writers = [writer.clone()];
        let of = |found: &[Evidence]| {
            Requirement::of((EvidenceKind::Performance, Bounds::default()), Some(&artifact), found, &writers, &[], Timestamp(10))
        };
        let key = |found: &[Evidence]| of(found).refusals(false).first().map(|refusal| refusal.why.key);
        let (own, foreign) = (told(Passed, Some(&writer)), told(Passed, Some(&other)));
        assert_eq!(
            (of(std::slice::from_ref(&own)).status, key(std::slice::from_ref(&own))),
            (RequirementStatus::Own, Some("conflict-evidence-own"))
        );
        assert_eq!(of(&[told(Passed, None)]).status, RequirementStatus::Own, "nobody knows who brought it");
        assert_eq!(key(&[own.clone(), told(Failed, Some(&other))]), Some("conflict-evidence-failed-own"));
        assert_eq!(key(&[told(Failed, Some(&writer)), foreign.clone()]), Some("conflict-evidence-failed"));
        assert_eq!(key(&[own.clone(), foreign.clone()]), None, "what somebody else brought still counts");
        assert_eq!(key(&[foreign, told(Failed, Some(&other))]), None);
        let file = Evidence { computed: true, ..own };
        assert_eq!(key(std::slice::from_ref(&file)), Some("conflict-evidence-own"), "a file is the word of whoever brings it");
        assert_eq!(key(&[Evidence { by_id: None, ..file }, told(Failed, Some(&other))]), None, "what was measured here decides");
    }

    #[test]
    fn what_was_measured_here_counts_where_the_policy_leaves_no_limit_to_choose() {
        let writer = UserId::parse(&id(2)).unwrap();
        let artifact = Artifact { name: "gateway".into(), version: "4.12".into(), sha: "ab".repeat(32) };
        let measured = Measured { source: "evenkeel".into(), requests: 9, failed: 0, rate: Some(120.0), p50_ms: None, p99_ms: Some(200.0) };
        let own = Evidence {
            measured: Some(measured),
            by_id: Some(writer.clone()),
            measured_here: true,
            ..evidence(&artifact.sha, EvidenceVerdict::Passed, 99)
        };
        let writers = [writer];
        let of = |bounds: &str, one: &Evidence| {
            let asked = (EvidenceKind::Performance, serde_json::from_str(bounds).unwrap());
            Requirement::of(asked, Some(&artifact), std::slice::from_ref(one), &writers, &[], Timestamp(10)).status
        };
        let all = r#"{"max_p99_ms":300,"max_failed":1,"min_rate":100}"#;
        assert_eq!(of(all, &own), RequirementStatus::Met);
        for some in
            ["{}", r#"{"max_p99_ms":300,"max_failed":1}"#, r#"{"max_p99_ms":300,"min_rate":100}"#, r#"{"max_failed":1,"min_rate":9}"#]
        {
            assert_eq!(of(some, &own), RequirementStatus::Own, "{some}");
        }
        assert_eq!(of(r#"{"max_p99_ms":199,"max_failed":1,"min_rate":100}"#, &own), RequirementStatus::Beyond);
        let brought = Evidence { measured_here: false, ..own.clone() };
        assert_eq!(of(all, &brought), RequirementStatus::Own, "a file that they brought");
        assert_eq!(of(all, &Evidence { computed: false, ..own }), RequirementStatus::Own, "a word");
    }

    #[test]
    fn what_passed_lax_limits_is_held_against_those_of_the_policy() {
        let artifact = Artifact { name: "gateway".into(), version: "4.12".into(), sha: "ab".repeat(32) };
        let bounds: Bounds = serde_json::from_str(r#"{"max_p99_ms":300,"min_rate":100}"#).unwrap();
        let measured = |p99| Measured { source: "k6".into(), requests: 9, failed: 0, rate: Some(80.0), p50_ms: None, p99_ms: Some(p99) };
        let of = |kind, p99: Option<f64>| {
            let one = Evidence { kind, measured: p99.map(measured), ..evidence(&artifact.sha, EvidenceVerdict::Passed, 99) };
            Requirement::of((kind, bounds), Some(&artifact), &[one], &[], &[], Timestamp(10))
        };
        let keys = |one: &Requirement| one.refusals(false).into_iter().map(|refusal| refusal.why.key).collect::<Vec<_>>();
        let slow = of(EvidenceKind::Performance, Some(412.0));
        assert_eq!((slow.status, keys(&slow)), (RequirementStatus::Beyond, vec!["conflict-evidence-p99", "conflict-evidence-rate"]));
        assert_eq!(keys(&of(EvidenceKind::Performance, Some(20.0))), ["conflict-evidence-rate"]);
        assert_eq!(keys(&of(EvidenceKind::Performance, None)), ["conflict-evidence-p99-unknown", "conflict-evidence-rate-unknown"]);
        assert_eq!(of(EvidenceKind::Drill, None).status, RequirementStatus::Met, "bounds are of performance");
    }

    #[test]
    fn a_waiver_takes_two_and_ends() {
        let user = UserId::parse(&id(2)).unwrap();
        let mut waiver = Waiver {
            id: EntryId::parse(&id(3)).unwrap(),
            kind: EvidenceKind::Drill,
            reason: "no line free".into(),
            until: Timestamp(20),
            asked_by: "r".into(),
            asked_id: user,
            asked_at: Timestamp(0),
            agreed_by: String::new(),
            agreed_at: None,
        };
        let of = |waiver: &Waiver, now| {
            Requirement::of((EvidenceKind::Drill, Bounds::default()), None, &[], &[], std::slice::from_ref(waiver), Timestamp(now))
        };
        assert_eq!((of(&waiver, 5).status, of(&waiver, 5).waivable()), (RequirementStatus::Nameless, false));
        waiver.agreed_at = Some(Timestamp(3));
        assert_eq!((of(&waiver, 19).status, of(&waiver, 19).refusals(false)), (RequirementStatus::Waived, vec![]));
        assert_eq!((of(&waiver, 20).status, of(&waiver, 20).waivable()), (RequirementStatus::Nameless, true));
    }
}
