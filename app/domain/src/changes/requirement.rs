//! What a policy asks to be shown before a change: for each kind the evidence of exactly its artifact, or a waiver that two
//! people gave.
//!
//! **Invariant:** nobody opens the gate of a change that they requested or wrote by saying that something passed: somebody else brings
//! what is merely said, or the portal measured it and the policy says what it had to measure. What failed is passed only in the
//! same way.

use serde::{Deserialize, Serialize};

use super::{Artifact, Bound, Bounds, Broken, Refusal, read_reason, same_sha};
use crate::{
    Fault, Timestamp, Wording,
    evidence::{Evidence, EvidenceKind, EvidenceVerdict, Facts, composite, differing, facts_text, lacking},
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
        /// There is of this artifact, but shown in another environment than the policy demands.
        Elsewhere = "other-environment",
        /// There is of this artifact, but shown in an environment that is made otherwise than production, or nobody says how that is made.
        Unlike = "unlike-production",
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
    /// Which custom evidence; empty for other kinds.
    pub custom: String,
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
    /// Which custom evidence, as the policy names it; empty for other kinds, and where any will do.
    #[serde(default)]
    pub custom: String,
    /// Where it must have been shown; empty for anywhere.
    #[serde(default)]
    pub environment: String,
    /// Where it was shown, where that is not what is demanded.
    #[serde(default)]
    pub shown_in: String,
    /// What production is made of, as far as deployments say, where evidence must come from the like of it; `null` from anywhere.
    #[serde(default)]
    pub production: Option<Vec<Facts>>,
    /// What is made otherwise where it was shown, production first, as `cpu 8 / 4`.
    #[serde(default)]
    pub differs: Vec<String>,
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
    /// Transactions a second that production has at its busiest, where that matters and is known.
    #[serde(default)]
    #[cfg_attr(feature = "openapi", schema(value_type = Option<f64>))]
    pub peak: Option<Bound>,
    /// What of that is not kept.
    #[serde(default)]
    pub broken: Vec<Broken>,
}

/// What a policy asks for of one kind.
#[derive(Debug, Clone, Copy)]
pub struct Wanted<'a> {
    /// Which.
    pub kind: EvidenceKind,
    /// Which custom evidence; empty for any.
    pub custom: &'a str,
    /// Where it must have been shown; empty for anywhere.
    pub environment: &'a str,
    /// What production is made of, one for each system that says so, where evidence must come from the like of it; `None` from anywhere.
    pub production: Option<&'a [Facts]>,
    /// What must have been measured.
    pub bounds: Bounds,
    /// Transactions a second that production has at its busiest, where that is known.
    pub peak: Option<Bound>,
}

impl Wanted<'_> {
    /// Whether a piece is of what is wanted, wherever it was shown.
    fn is_of(&self, kind: EvidenceKind, custom: &str) -> bool {
        kind == self.kind && (self.custom.is_empty() || same_name(self.custom, custom))
    }

    /// Whether a piece was shown where it must have been. Once what an environment is made of stood in its name, as
    /// `pre: cpu=4; replicas=3`: policies that name one so mean that environment, made so.
    fn is_here(&self, one: &Evidence) -> bool {
        let made_so = || {
            composite(self.environment)
                .is_some_and(|(name, facts)| same_name(name, &one.environment) && lacking(&facts, &one.facts).is_empty())
        };
        self.environment.is_empty() || same_name(self.environment, &one.environment) || made_so()
    }

    /// Where a piece was shown, as far as that matters.
    fn place_of(&self, one: &Evidence) -> String {
        match composite(self.environment) {
            Some(_) if !one.facts.is_empty() => format!("{}: {}", one.environment, facts_text(&one.facts).replace('\n', "; ")),
            _ => one.environment.clone(),
        }
    }

    /// Whether an environment that is made so will do: of all that production of one of the systems is made of.
    fn is_alike(&self, facts: &Facts) -> bool {
        self.production.is_none_or(|all| all.iter().any(|production| lacking(production, facts).is_empty()))
    }

    /// Whether an environment of which that is told may be made so: nothing is told that is otherwise.
    fn may_be_alike(&self, facts: &Facts) -> bool {
        let otherwise = |production: &Facts| production.iter().any(|(name, value)| facts.get(name).is_some_and(|told| told != value));
        self.production.is_none_or(|all| all.iter().any(|production| !otherwise(production)))
    }

    /// What of that is otherwise, of the system whose production is nearest; nothing where nobody says what any is made of.
    fn differs(&self, facts: &Facts) -> Vec<String> {
        let each = self.production.unwrap_or_default().iter().map(|production| lacking(production, facts));
        each.min_by_key(Vec::len).unwrap_or_default()
    }
}

/// Names that people type: the same in any case.
fn same_name(a: &str, b: &str) -> bool {
    a.trim().to_lowercase() == b.trim().to_lowercase()
}

impl Requirement {
    /// How it stands with what is wanted; `found` is what there is of the artifact's name, the newest first; `writers` requested or
    /// wrote the change.
    pub fn of(
        wanted: Wanted<'_>,
        artifact: Option<&Artifact>,
        found: &[Evidence],
        writers: &[UserId],
        waivers: &[Waiver],
        now: Timestamp,
    ) -> Self {
        let Wanted { kind, custom, environment, production, bounds, peak } = wanted;
        let own = |waiver: &&Waiver| waiver.kind == kind && waiver.custom == custom && waiver.until > now;
        let waiver = waivers.iter().filter(own).max_by_key(|w| w.agreed_at.is_some()).cloned();
        let known: Vec<&Evidence> = found.iter().filter(|one| wanted.is_of(one.kind, &one.custom)).collect();
        let here = |one: &Evidence| wanted.is_here(one);
        let (bounds, peak) = if kind == EvidenceKind::Performance { (bounds, peak) } else { (Bounds::default(), None) };
        let broken_by = |one: &Evidence| bounds.broken(one.measured.as_ref(), peak);
        let (mut unheard, mut elsewhere, mut unlike) = (false, None, None);
        let (status, decides) = match artifact.filter(|artifact| !artifact.sha.is_empty()) {
            None => (RequirementStatus::Nameless, None),
            Some(artifact) => {
                let of_it = |one: &&Evidence| same_sha(&artifact.sha, &one.sha);
                elsewhere = known.iter().copied().filter(of_it).find(|one| !here(one));
                unlike = known.iter().copied().filter(of_it).find(|one| here(one) && !wanted.is_alike(&one.facts));
                // What failed counts wherever it may have been the like of production.
                let like = |one: &Evidence| {
                    if one.verdict == EvidenceVerdict::Failed { wanted.may_be_alike(&one.facts) } else { wanted.is_alike(&one.facts) }
                };
                let fits = |one: &&Evidence| here(one) && like(one);
                let mut same = known.iter().copied().filter(of_it).filter(fits).peekable();
                let counts = |one: &Evidence| counts(one, writers, bounds);
                unheard = same.peek().is_some_and(|one| !counts(one));
                match same.find(|one| counts(one)) {
                    None if unheard => (RequirementStatus::Own, None),
                    None if unlike.is_some() => (RequirementStatus::Unlike, unlike),
                    None if elsewhere.is_some() => (RequirementStatus::Elsewhere, elsewhere),
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
        let shown_in = elsewhere.filter(|_| status == RequirementStatus::Elsewhere).map_or_else(String::new, |one| wanted.place_of(one));
        let unlike = unlike.filter(|_| status == RequirementStatus::Unlike);
        let (production, differs) = (production.map(<[Facts]>::to_vec), unlike.map(|one| wanted.differs(&one.facts)).unwrap_or_default());
        let (custom, environment, evidence) = (custom.to_owned(), environment.to_owned(), decides.map(|one| one.id.clone()));
        Self { kind, custom, environment, shown_in, production, differs, status, unheard, evidence, until, waiver, bounds, peak, broken }
    }

    /// Every reason why the change may not go ahead for it. `yields`: a reason goes past them.
    pub fn refusals(&self, yields: bool) -> Vec<Refusal> {
        if self.status == RequirementStatus::Beyond {
            return self.broken.iter().map(|one| Refusal { why: one.wording(), yields }).collect();
        }
        let why = |key: &'static str| {
            // Stands behind the kind, where it has a name of its own.
            let custom = if self.custom.is_empty() { String::new() } else { format!(" “{}”", self.custom) };
            let why = Wording::new(key).with("kind", self.kind).with("custom", custom);
            if self.status == RequirementStatus::Elsewhere {
                return why.with("environment", &self.environment).with("shown", &self.shown_in);
            }
            if self.status == RequirementStatus::Unlike { why.with("differs", self.differs.join("; ")) } else { why }
        };
        self.lack().map(|key| Refusal { why: why(key), yields }).into_iter().collect()
    }

    fn lack(&self) -> Option<&'static str> {
        Some(match self.status {
            RequirementStatus::Met | RequirementStatus::Waived | RequirementStatus::Beyond => return None,
            RequirementStatus::Nameless => "conflict-evidence-nameless",
            RequirementStatus::Missing => "conflict-evidence-missing",
            RequirementStatus::Other => "conflict-evidence-other-artifact",
            RequirementStatus::Elsewhere => "conflict-evidence-environment",
            RequirementStatus::Unlike if self.differs.is_empty() => "conflict-evidence-production-unknown",
            RequirementStatus::Unlike => "conflict-evidence-production",
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
    /// Which custom evidence; empty for other kinds, and where nobody says.
    pub custom: String,
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
    /// Where it was shown.
    #[serde(default)]
    pub environment: String,
    /// What that is made of.
    #[serde(default)]
    pub facts: Facts,
    /// The mark of that; empty where nobody says.
    #[serde(default)]
    pub fingerprint: String,
}

/// Two pieces of evidence of one artifact that were shown in different environments.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Apart {
    /// Kind and name of one.
    pub one: (EvidenceKind, String),
    /// Those of the other.
    pub other: (EvidenceKind, String),
    /// What differs, as `cpu 4 / 8`.
    pub differs: Vec<String>,
}

impl Shown {
    /// The newest of each kind; `found` is what there is of the artifact's name, the newest first.
    pub fn of(artifact: Option<&Artifact>, found: &[Evidence]) -> Vec<Self> {
        let Some(artifact) = artifact.filter(|artifact| !artifact.sha.is_empty()) else { return Vec::new() };
        let same: Vec<&Evidence> = found.iter().filter(|one| same_sha(&artifact.sha, &one.sha)).collect();
        let alike = |a: &Evidence, b: &Evidence| a.kind == b.kind && same_name(&a.custom, &b.custom);
        let mut newest: Vec<&Evidence> = Vec::new();
        for one in same {
            if !newest.iter().any(|known| alike(known, one)) {
                newest.push(one);
            }
        }
        newest.sort_by_key(|one| one.kind);
        newest
            .into_iter()
            .map(|one| Self {
                id: one.id.clone(),
                kind: one.kind,
                custom: one.custom.clone(),
                verdict: one.verdict,
                version: one.version.clone(),
                computed: one.computed,
                by: one.by.clone(),
                until: one.expires_at,
                environment: one.environment.clone(),
                facts: one.facts.clone(),
                fingerprint: one.fingerprint.clone(),
            })
            .collect()
    }

    /// The first two whose environments differ, of those that say what theirs is made of.
    pub fn apart(shown: &[Self]) -> Option<Apart> {
        let mut told = shown.iter().filter(|one| !one.fingerprint.is_empty());
        let one = told.next()?;
        let other = told.find(|other| other.fingerprint != one.fingerprint)?;
        let named = |one: &Self| (one.kind, one.custom.clone());
        Some(Apart { one: named(one), other: named(other), differs: differing(&one.facts, &other.facts) })
    }
}

/// Reads `kind`, `custom`, `reason` and `days` of a waiver that is asked for.
pub fn parse_waiver(typed: &Typed) -> Result<(EvidenceKind, String, String, i64), Fault> {
    let mut check = Check::new(typed);
    check.only(&["kind", "custom", "reason", "days"]);
    let custom = typed.get("custom").trim().to_owned();
    let kind = check.field("kind", |text| super::read_word(text, EvidenceKind::ALL));
    let reason = check.field("reason", read_reason);
    let days = if typed.get("days").trim().is_empty() { Some(1) } else { check.number("days", 1, MOST_DAYS) };
    check.finish((kind, reason, days)).map(|(kind, reason, days)| (kind, custom, reason, days * DAY))
}

#[cfg(test)]
pub(super) mod tests;
