//! How risky a change is as facts have it, beside what its requester says: points out of 100, each with its reason.

use serde::{Deserialize, Serialize};

use super::{Content, Kind, Risk};
use crate::{time::zone, words::words};

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
        /// The window lies where people work and buy: the local hour at which it begins.
        Daytime = "daytime",
        /// No change of these systems has been finished before.
        First = "first",
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
}

fn capped(count: usize, each: u32, most: u32) -> u32 {
    u32::try_from(count).unwrap_or(u32::MAX).saturating_mul(each).min(most)
}

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
    add(Factor::Emergency, 0, if content.kind == Kind::Emergency { 15 } else { 0 });
    reasons.sort_by_key(|reason| std::cmp::Reverse(reason.points));
    let total = reasons.iter().map(|reason| reason.points).sum::<u32>().min(100);
    Score { total, reasons }
}

/// The local hour at which the window begins, where that is between 8 and 22.
fn busy_hour(content: &Content) -> Option<i8> {
    let zone = zone(&content.window.zone)?;
    let hour = content.window.span.from.jiff().to_zoned(zone).hour();
    (8..22).contains(&hour).then_some(hour)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::changes::content::tests::content;

    fn told(score: &Score) -> Vec<String> {
        score.reasons.iter().map(|r| format!("{} {} +{}", r.factor, r.found, r.points)).collect()
    }

    #[test]
    fn every_point_has_its_reason() {
        // 02:00 to 04:00 in Shanghai, two systems.
        let mut content = content();
        let quiet = score(&content, &Facts { tier: 3, radius: 0, finished: 9, failed: 0 });
        assert_eq!((quiet.total, quiet.level(), told(&quiet)), (8, Risk::Low, vec!["tier 3 +5".into(), "systems 2 +3".into()]));
        content.kind = Kind::Emergency;
        content.window.span.from = content.window.span.from.plus(8 * crate::time::HOUR);
        let loud = score(&content, &Facts { tier: 1, radius: 9, finished: 4, failed: 2 });
        assert_eq!(told(&loud), ["tier 1 +30", "radius 9 +20", "emergency 0 +15", "failures 50 +12", "daytime 10 +10", "systems 2 +3"]);
        assert_eq!((loud.total, loud.level()), (90, Risk::High));
        let first = score(&content, &Facts { tier: 1, radius: 90, finished: 0, failed: 0 });
        assert!(first.total <= 100 && told(&first).contains(&"first 0 +10".to_owned()));
    }
}
