//! What a policy asks to be shown before a change: for each kind the evidence of exactly its artifact, or a waiver that two
//! people gave.
//!
//! **Invariant:** nobody opens the gate of a change that they requested or wrote by saying that something passed: somebody else brings
//! what is merely said, or the file decides for itself. What failed is passed only in the same way.

use serde::{Deserialize, Serialize};

use super::{Artifact, Refusal, read_reason, same_sha};
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
}

impl Requirement {
    /// How it stands with a kind; `found` is what there is of the artifact's name, the newest first; `writers` requested or wrote the
    /// change.
    pub fn of(
        kind: EvidenceKind,
        artifact: Option<&Artifact>,
        found: &[Evidence],
        writers: &[UserId],
        waivers: &[Waiver],
        now: Timestamp,
    ) -> Self {
        let waiver =
            waivers.iter().filter(|waiver| waiver.kind == kind && waiver.until > now).max_by_key(|w| w.agreed_at.is_some()).cloned();
        let known: Vec<&Evidence> = found.iter().filter(|one| one.kind == kind).collect();
        let mut unheard = false;
        let (status, decides) = match artifact.filter(|artifact| !artifact.sha.is_empty()) {
            None => (RequirementStatus::Nameless, None),
            Some(artifact) => {
                let mut same = known.iter().copied().filter(|one| same_sha(&artifact.sha, &one.sha)).peekable();
                unheard = same.peek().is_some_and(|one| !counts(one, writers));
                match same.find(|one| counts(one, writers)) {
                    None if unheard => (RequirementStatus::Own, None),
                    None if !known.is_empty() => (RequirementStatus::Other, None),
                    None => (RequirementStatus::Missing, None),
                    Some(one) if one.verdict != EvidenceVerdict::Passed => (RequirementStatus::Failed, Some(one)),
                    Some(one) if one.expires_at <= now => (RequirementStatus::Expired, Some(one)),
                    Some(one) => (RequirementStatus::Met, Some(one)),
                }
            }
        };
        let agreed = waiver.as_ref().filter(|waiver| waiver.agreed_at.is_some());
        let (status, until) = match (status, agreed) {
            (RequirementStatus::Met, _) | (_, None) => (status, decides.map(|one| one.expires_at)),
            (_, Some(waiver)) => (RequirementStatus::Waived, Some(waiver.until)),
        };
        Self { kind, status, unheard, evidence: decides.map(|one| one.id.clone()), until, waiver }
    }

    /// Why the change may not go ahead for it, if it may not. `yields`: a reason goes past it.
    pub fn refusal(&self, yields: bool) -> Option<Refusal> {
        let key = match self.status {
            RequirementStatus::Met | RequirementStatus::Waived => return None,
            RequirementStatus::Nameless => "conflict-evidence-nameless",
            RequirementStatus::Missing => "conflict-evidence-missing",
            RequirementStatus::Other => "conflict-evidence-other-artifact",
            RequirementStatus::Own => "conflict-evidence-own",
            RequirementStatus::Failed if self.unheard => "conflict-evidence-failed-own",
            RequirementStatus::Failed => "conflict-evidence-failed",
            RequirementStatus::Expired => "conflict-evidence-expired",
        };
        Some(Refusal { why: Wording::new(key).with("kind", self.kind), yields })
    }

    /// Whether somebody may ask to do without it.
    pub fn waivable(&self) -> bool {
        !matches!(self.status, RequirementStatus::Met | RequirementStatus::Waived) && self.waiver.is_none()
    }
}

/// Whether it counts for a change that these wrote: that something passed is not theirs to say, neither in a word nor in a file
/// that they brought, nor by limits that they chose. What the portal measured and held to limits of its own is nobody's word.
fn counts(one: &Evidence, writers: &[UserId]) -> bool {
    one.verdict != EvidenceVerdict::Passed || one.by_id.as_ref().map_or(one.computed, |by| !writers.contains(by))
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
mod tests {
    use super::*;
    use crate::{changes::content::tests::id, id::TeamId};

    fn evidence(sha: &str, verdict: EvidenceVerdict, until: i64) -> Evidence {
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
            at: Timestamp(0),
        }
    }

    #[test]
    fn only_what_was_shown_of_exactly_this_artifact_counts() {
        use EvidenceVerdict::{Failed, Passed};
        let artifact = Artifact { name: "gateway".into(), version: "4.12".into(), sha: "ab12cd34ef5678".into() };
        let of = |found: &[Evidence]| Requirement::of(EvidenceKind::Performance, Some(&artifact), found, &[], &[], Timestamp(10)).status;
        assert_eq!(of(&[]), RequirementStatus::Missing);
        assert_eq!(of(&[evidence("ab12cd34ef56", Passed, 11)]), RequirementStatus::Met);
        assert_eq!(of(&[evidence("ab12cd34ef56", Passed, 10)]), RequirementStatus::Expired, "to the millisecond");
        assert_eq!(of(&[evidence("ffffffff", Passed, 99)]), RequirementStatus::Other);
        // The newest of this artifact decides, whatever was shown before.
        assert_eq!(of(&[evidence("ab12cd34ef56", Failed, 99), evidence("ab12cd34ef56", Passed, 99)]), RequirementStatus::Failed);
        assert_eq!(of(&[evidence("ffffffff", Failed, 99), evidence("ab12cd34ef56", Passed, 99)]), RequirementStatus::Met);
        assert_eq!(
            Requirement::of(EvidenceKind::Drill, Some(&artifact), &[evidence("ab12cd34ef56", Passed, 99)], &[], &[], Timestamp(10)).status,
            RequirementStatus::Missing
        );
        assert_eq!(Requirement::of(EvidenceKind::Drill, None, &[], &[], &[], Timestamp(0)).status, RequirementStatus::Nameless);
    }

    #[test]
    fn nobody_opens_the_gate_of_their_own_change_by_saying_so() {
        use EvidenceVerdict::{Failed, Passed};
        let (writer, other) = (UserId::parse(&id(2)).unwrap(), UserId::parse(&id(4)).unwrap());
        let artifact = Artifact { name: "gateway".into(), version: "4.12".into(), sha: "ab".repeat(32) };
        let told = |verdict, by: Option<&UserId>| Evidence { computed: false, by_id: by.cloned(), ..evidence(&artifact.sha, verdict, 99) };
        let writers = [writer.clone()];
        let of = |found: &[Evidence]| Requirement::of(EvidenceKind::Performance, Some(&artifact), found, &writers, &[], Timestamp(10));
        let key = |found: &[Evidence]| of(found).refusal(false).map(|refusal| refusal.why.key);
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
        let of = |waiver: &Waiver, now| Requirement::of(EvidenceKind::Drill, None, &[], &[], std::slice::from_ref(waiver), Timestamp(now));
        assert_eq!((of(&waiver, 5).status, of(&waiver, 5).waivable()), (RequirementStatus::Nameless, false));
        waiver.agreed_at = Some(Timestamp(3));
        assert_eq!((of(&waiver, 19).status, of(&waiver, 19).refusal(false)), (RequirementStatus::Waived, None));
        assert_eq!((of(&waiver, 20).status, of(&waiver, 20).waivable()), (RequirementStatus::Nameless, true));
    }
}
