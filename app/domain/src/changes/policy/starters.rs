//! Policies that a portal may begin with, where nobody has written any.

use super::{Kind, PolicyContent, Risk, Side, Stage};
use crate::{changes::Bounds, evidence::EvidenceKind};

impl PolicyContent {
    /// What proves itself before it goes live: what is most important under load and with a part of it taken away, and what is of
    /// high risk under load; two of the owners agree to a high risk, one to the rest. The names are the reader's words for tier 1 at
    /// high risk, for tier 1, and for high risk elsewhere.
    pub fn starters([tier1_high, tier1, high]: [String; 3]) -> Vec<Self> {
        let both = vec![EvidenceKind::Performance, EvidenceKind::Availability];
        vec![
            starter(tier1_high, 10, (vec![1], vec![Risk::High]), 2, both.clone()),
            starter(tier1, 20, (vec![1], Vec::new()), 1, both),
            starter(high, 30, (Vec::new(), vec![Risk::High]), 2, vec![EvidenceKind::Performance]),
        ]
    }

    /// Whether it is the other one, whatever either is called, or is called so.
    pub fn stands_for(&self, other: &Self) -> bool {
        self.name == other.name || Self { name: other.name.clone(), ..self.clone() } == *other
    }
}

/// For normal changes: so many of the owners agree, the evidence is there, and how it is undone.
fn starter(name: String, place: i64, (tiers, risks): (Vec<u8>, Vec<Risk>), count: u32, evidence: Vec<EvidenceKind>) -> PolicyContent {
    PolicyContent {
        name,
        place,
        kinds: vec![Kind::Normal],
        risks,
        tiers,
        stages: vec![Stage { count, of: Side::Owners, team: None, roles: Vec::new() }],
        in_order: false,
        hours: 0,
        rollback: true,
        evidence,
        custom: Vec::new(),
        environment: String::new(),
        like_production: false,
        bounds: Bounds::default(),
    }
}
