//! How risky a change is as facts have it, beside what its requester says: points out of 100, each with its reason.

use serde::{Deserialize, Serialize};

use super::{Artifact, Content, Kind, Risk, same_sha};
use crate::{
    Timestamp,
    evidence::{Evidence, EvidenceKind, EvidenceVerdict},
    time::zone,
    words::words,
};

words! {
    /// What adds to the risk.
    pub enum Factor {
        /// The most important system touched: its tier, 1 to 4.
        Tier = "tier",
        /// Systems that need one of those touched.
        Radius = "radius",
        /// Per cent of the earlier changes of these systems that did not end well.
        Failures = "failures",
        /// Systems touched.
        Systems = "systems",
        /// Steps of the plan.
        Steps = "steps",
        /// The window lies where people work and buy: the first local hour of it that does.
        Daytime = "daytime",
        /// No change of these systems has been finished before.
        First = "first",
        /// Per cent of its term that the evidence which the policy asks for has behind it when the window opens; the oldest of its kinds.
        Evidence = "evidence",
        /// It does not wait for approval.
        Emergency = "emergency",
    }
}

/// One reason.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Points {
    /// What adds.
    pub factor: Factor,
    /// What was found, e.g. the tier or the number of systems.
    pub found: i64,
    /// How many points it adds.
    pub points: u32,
}

/// A score with its reasons, the heaviest first.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[cfg_attr(feature = "openapi", schema(as = RiskScore))]
pub struct Score {
    /// 0 to 100.
    pub total: u32,
    /// What it is made of.
    pub reasons: Vec<Points>,
}

/// Points from which a change counts as risky.
const HIGH: u32 = 60;
const MEDIUM: u32 = 35;

impl Score {
    /// The same as one of the words that requesters use.
    pub fn level(&self) -> Risk {
        match self.total {
            HIGH.. => Risk::High,
            MEDIUM.. => Risk::Medium,
            _ => Risk::Low,
        }
    }
}

/// What is known beside the content.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Facts {
    /// Tier of the most important system, 1 to 4.
    pub tier: u8,
    /// Systems that need one of those touched, directly or not.
    pub radius: usize,
    /// Changes of these systems that were finished in the half year before.
    pub finished: u32,
    /// Those of them that did not end as planned.
    pub failed: u32,
    /// Per cent of its term that the evidence has behind it; absent where none is asked for, or none is there.
    pub evidence: Option<u32>,
}

/// Per cent of a term after which evidence counts as old.
const HALF: u32 = 50;
/// Per cent of a term after which it counts as about to end.
const MOST: u32 = 80;

/// How old the evidence is at a moment that a policy asks for, in per cent of the term for which it holds: of each kind the newest
/// that passed and holds then, and of those the oldest. `found` is what there is of the artifact's name. What is lacking has no age: the
/// gate says so.
pub fn evidence_used(kinds: &[EvidenceKind], artifact: Option<&Artifact>, found: &[Evidence], at: Timestamp) -> Option<u32> {
    let artifact = artifact.filter(|artifact| !artifact.sha.is_empty())?;
    let newest = |kind: &EvidenceKind| {
        let good = |one: &&Evidence| one.kind == *kind && one.verdict == EvidenceVerdict::Passed && one.expires_at > at;
        found.iter().filter(good).filter(|one| same_sha(&artifact.sha, &one.sha)).max_by_key(|one| one.at)
    };
    let used = |one: &Evidence| {
        let term = one.expires_at.since(one.at).max(1);
        u32::try_from((at.since(one.at).clamp(0, term)) * 100 / term).unwrap_or(100)
    };
    kinds.iter().filter_map(newest).map(used).max()
}

fn capped(count: usize, each: u32, most: u32) -> u32 {
    u32::try_from(count).unwrap_or(u32::MAX).saturating_mul(each).min(most)
}

/// The hours at which people begin to work and buy, and are done.
const MORNING: i8 = 8;
const EVENING: i8 = 22;

/// Adds it up.
pub fn score(content: &Content, facts: &Facts) -> Score {
    let mut reasons = Vec::new();
    let mut add = |factor, found: i64, points: u32| {
        if points > 0 {
            reasons.push(Points { factor, found, points });
        }
    };
    let count = |n: usize| i64::try_from(n).unwrap_or(i64::MAX);
    let tier = match facts.tier {
        1 => 30,
        2 => 15,
        3 => 5,
        _ => 0,
    };
    add(Factor::Tier, i64::from(facts.tier), tier);
    add(Factor::Radius, count(facts.radius), capped(facts.radius, 4, 20));
    if let Some(share) = (facts.failed.min(facts.finished) * 100).checked_div(facts.finished) {
        // One failure of one change says less than five of ten.
        let weight = facts.finished.min(5);
        add(Factor::Failures, i64::from(share), share * 30 * weight / 500);
    } else {
        add(Factor::First, 0, 10);
    }
    add(Factor::Systems, count(content.systems.len()), capped(content.systems.len().saturating_sub(1), 3, 12));
    add(Factor::Steps, count(content.steps.len()), capped(content.steps.len() / 10, 4, 8));
    if let Some(hour) = busy_hour(content) {
        add(Factor::Daytime, i64::from(hour), 10);
    }
    if let Some(used) = facts.evidence {
        let points = match used {
            MOST.. => 10,
            HALF.. => 5,
            _ => 0,
        };
        add(Factor::Evidence, i64::from(used), points);
    }
    add(Factor::Emergency, 0, if content.kind == Kind::Emergency { 15 } else { 0 });
    reasons.sort_by_key(|reason| std::cmp::Reverse(reason.points));
    let total = reasons.iter().map(|reason| reason.points).sum::<u32>().min(100);
    Score { total, reasons }
}

/// The first local hour of the window that is between 8 and 22.
fn busy_hour(content: &Content) -> Option<i8> {
    let zone = zone(&content.window.zone)?;
    let span = content.window.span;
    let begins = span.from.jiff().to_zoned(zone.clone());
    if (MORNING..EVENING).contains(&begins.hour()) {
        return Some(begins.hour());
    }
    // It begins at night and lasts into the morning, or does not.
    let day = if begins.hour() < MORNING { begins.date() } else { begins.date().tomorrow().ok()? };
    let morning = day.at(MORNING, 0, 0, 0).to_zoned(zone).ok()?;
    (morning.timestamp() < span.to.jiff()).then_some(MORNING)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::changes::content::tests::content;

    #[test]
    fn evidence_ages_over_its_term() {
        use crate::changes::requirement::tests::evidence;
        let artifact = Artifact { name: "gateway".into(), version: "4.12".into(), sha: "ab".repeat(32) };
        let piece = |at: i64, until: i64, verdict| Evidence { at: Timestamp(at), ..evidence(&artifact.sha, verdict, until) };
        let used = |kinds: &[EvidenceKind], found: &[Evidence], at: i64| evidence_used(kinds, Some(&artifact), found, Timestamp(at));
        let wanted = [EvidenceKind::Performance];
        let old = piece(0, 100, EvidenceVerdict::Passed);
        assert_eq!(used(&wanted, std::slice::from_ref(&old), 60), Some(60));
        assert_eq!(used(&wanted, &[piece(50, 150, EvidenceVerdict::Passed), old.clone()], 60), Some(10), "the newest counts");
        assert_eq!(used(&wanted, &[piece(50, 150, EvidenceVerdict::Failed), old.clone()], 60), Some(60));
        assert_eq!(used(&wanted, std::slice::from_ref(&old), 100), None, "it holds no more");
        assert_eq!(used(&[], &[old], 60), None, "none is asked for");
    }

    #[test]
    fn a_window_that_lasts_into_the_day_is_in_the_day() {
        // It begins at 02:00 in Shanghai.
        let mut content = content();
        let from = content.window.span.from;
        let mut hour = |from: Timestamp, minutes: i64| {
            content.window.span = crate::Span { from, to: from.plus(minutes * crate::time::MINUTE) };
            busy_hour(&content)
        };
        assert_eq!((hour(from, 6 * 60), hour(from, 6 * 60 + 1)), (None, Some(8)));
        assert_eq!((hour(from.plus(4 * crate::time::HOUR), 12 * 60), hour(from.plus(7 * crate::time::HOUR), 60)), (Some(8), Some(9)));
        // From 22:00 through the night, and on.
        let late = from.plus(20 * crate::time::HOUR);
        assert_eq!((hour(late, 10 * 60), hour(late, 11 * 60), hour(late.plus(-1), 60)), (None, Some(8), Some(21)));
    }

    fn told(score: &Score) -> Vec<String> {
        score.reasons.iter().map(|r| format!("{} {} +{}", r.factor, r.found, r.points)).collect()
    }

    #[test]
    fn every_point_has_its_reason() {
        // 02:00 to 04:00 in Shanghai, two systems.
        let mut content = content();
        let quiet = score(&content, &Facts { tier: 3, radius: 0, finished: 9, failed: 0, evidence: Some(49) });
        assert_eq!((quiet.total, quiet.level(), told(&quiet)), (8, Risk::Low, vec!["tier 3 +5".into(), "systems 2 +3".into()]));
        content.kind = Kind::Emergency;
        content.window.span.from = content.window.span.from.plus(8 * crate::time::HOUR);
        let loud = score(&content, &Facts { tier: 1, radius: 9, finished: 4, failed: 2, evidence: Some(50) });
        assert_eq!(
            told(&loud),
            ["tier 1 +30", "radius 9 +20", "emergency 0 +15", "failures 50 +12", "daytime 10 +10", "evidence 50 +5", "systems 2 +3"]
        );
        assert_eq!((loud.total, loud.level()), (95, Risk::High));
        let first = score(&content, &Facts { tier: 1, radius: 90, finished: 0, failed: 0, evidence: None });
        assert!(first.total <= 100 && told(&first).contains(&"first 0 +10".to_owned()));
    }
}
