//! What one change takes to be approved: teams by name, nothing that an edit of a policy could move afterwards.

use serde::{Deserialize, Serialize};

use super::{Bound, Bounds, PolicyContent, Risk, Wanted};
use crate::{
    Permission,
    evidence::{EvidenceKind, Facts},
    id::TeamId,
    people::Membership,
};

/// What a change takes: so many persons, who may approve in all of these teams, with one of these roles.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[cfg_attr(feature = "openapi", schema(as = ApprovalDemand))]
pub struct Demand {
    /// Which stage it belongs to, from 0.
    pub stage: usize,
    /// How many persons.
    pub count: u32,
    /// Teams in all of which they may approve.
    pub teams: Vec<TeamId>,
    /// Keys of roles, one of which they have there; empty for any.
    pub roles: Vec<String>,
}

/// Everything that one change takes.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[cfg_attr(feature = "openapi", schema(as = ApprovalDemands))]
pub struct Demands {
    /// Name of the policy; empty where none matched.
    pub policy: String,
    /// Whether stages are asked one after another.
    pub in_order: bool,
    /// What it takes.
    pub list: Vec<Demand>,
    /// Kinds of evidence that it takes.
    #[serde(default)]
    pub evidence: Vec<EvidenceKind>,
    /// Custom evidence that it takes, by name; where none is named any will do.
    #[serde(default)]
    pub custom: Vec<String>,
    /// Where evidence must have been shown; empty for anywhere.
    #[serde(default)]
    pub environment: String,
    /// Whether that must be made as production is.
    #[serde(default)]
    pub like_production: bool,
    /// What evidence of performance must have measured.
    #[serde(default)]
    pub bounds: Bounds,
    /// What the busiest of its systems bore when this was written, in transactions a second, where that matters and was known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "openapi", schema(value_type = Option<f64>))]
    pub peak: Option<Bound>,
}

impl Demands {
    /// What it takes where no policy says otherwise.
    pub fn usual(owners: &[TeamId], persons: u32) -> Self {
        let demand = Demand { stage: 0, count: persons, teams: owners.to_vec(), roles: Vec::new() };
        Self { policy: String::new(), in_order: false, list: vec![demand], ..Self::default() }
    }

    /// What the policy that decides asks for; what is usual where none does.
    pub fn of(policy: Option<&PolicyContent>, owners: &[TeamId], doer: &TeamId, risk: Risk) -> Self {
        policy.map_or_else(|| Self::usual(owners, risk.approvals()), |policy| policy.demands(owners, doer))
    }

    /// Whether it matters what production bears.
    pub fn asks_for_peak(&self) -> bool {
        self.evidence.contains(&EvidenceKind::Performance) && (self.like_production || self.bounds.min_peak.is_some())
    }

    /// Each piece of evidence that it takes; `production` is what that of its systems is made of, as far as deployments say.
    pub fn wanted<'a>(&'a self, production: &'a [Facts]) -> Vec<Wanted<'a>> {
        let peak = self.peak;
        let (environment, production) = (self.environment.as_str(), self.like_production.then_some(production));
        let bounds = if self.like_production { self.bounds.as_production(peak) } else { self.bounds };
        let one = |kind, custom| Wanted { kind, custom, environment, production, bounds, peak };
        let of = |kind: &EvidenceKind| match (*kind, self.custom.as_slice()) {
            (EvidenceKind::Custom, names @ [_, ..]) => names.iter().map(|name| one(*kind, name)).collect(),
            _ => vec![one(*kind, "")],
        };
        self.evidence.iter().flat_map(of).collect()
    }

    /// How many persons altogether.
    pub fn needed(&self) -> u32 {
        self.list.iter().map(|demand| demand.count).sum::<u32>().max(1)
    }

    /// The demands that are asked now; `given` says for each how many have agreed.
    pub fn open(&self, given: &[u32]) -> Vec<usize> {
        let lacks = |(i, demand): &(usize, &Demand)| given.get(*i).copied().unwrap_or(0) < demand.count;
        let lacking: Vec<(usize, &Demand)> = self.list.iter().enumerate().filter(lacks).collect();
        let first = lacking.iter().map(|(_, demand)| demand.stage).min();
        lacking.into_iter().filter(|(_, demand)| !self.in_order || Some(demand.stage) == first).map(|(i, _)| i).collect()
    }
}

impl Demand {
    /// Whether somebody with these memberships may meet it.
    pub fn fits(&self, memberships: &[Membership]) -> bool {
        self.teams.iter().all(|team| {
            memberships.iter().any(|m| {
                m.team.as_ref().is_none_or(|of| of == team)
                    && m.permissions.has(Permission::ApproveChanges)
                    && (self.roles.is_empty() || self.roles.contains(&m.role_key))
            })
        })
    }
}
