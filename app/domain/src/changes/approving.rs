//! Who must agree, as pages and the API show it; and what may be asked of it.

use serde::{Deserialize, Serialize};

use super::{Approval, Bounds, Delegation, Policy, PolicyContent, Verdict, Waiting};
use crate::{
    Actor, Fault, Wording,
    evidence::EvidenceKind,
    form::Typed,
    id::{ApprovalPolicyId, ChangeId, DelegationId},
    people::UserBrief,
};

/// A demand with how far it is met.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct DemandStatus {
    /// Which stage it belongs to, from 0.
    pub stage: usize,
    /// How many persons it takes.
    pub count: u32,
    /// How many have agreed.
    pub given: u32,
    /// Whether it is asked now.
    pub open: bool,
    /// Names of the teams in all of which they may approve.
    pub teams: Vec<String>,
    /// Keys of roles, one of which they have there; empty for any.
    pub roles: Vec<String>,
    /// Names of those who could.
    pub who: Vec<String>,
}

/// What would be asked for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[cfg_attr(feature = "openapi", schema(as = ApprovalWhatIf))]
pub struct WhatIf {
    /// Name of the policy; empty where none matches.
    pub policy: String,
    /// Whether stages are asked one after another.
    pub in_order: bool,
    /// How many hours an approval holds; 0: as long as the window.
    pub hours: i64,
    /// Whether a rollback plan is needed.
    pub rollback: bool,
    /// Kinds of evidence that are needed of the artifact.
    pub evidence: Vec<EvidenceKind>,
    /// Custom evidence that is needed, by name; where none is named any will do.
    pub custom: Vec<String>,
    /// Where evidence must have been shown; empty for anywhere.
    pub environment: String,
    /// Whether that must be made as production is.
    pub like_production: bool,
    /// What evidence of performance must have measured.
    pub bounds: Bounds,
    /// What it takes.
    pub demands: Vec<DemandStatus>,
}

/// What became of one of several approvals.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Answered {
    /// Which change.
    pub id: ChangeId,
    /// Whether it is approved by the actor now.
    pub approved: bool,
    /// Why not.
    pub refused: Option<Wording>,
}

/// What stands behind a signed link.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ApprovalLink {
    /// The change as its approver sees it.
    pub waiting: Waiting,
    /// Whose link it is.
    pub user_name: String,
    /// Whether this person has approved it.
    pub approved: bool,
    /// Why it is not theirs to approve now.
    pub refused: Option<Wording>,
}

/// Why nothing more is done of a change, though its work may have begun: somebody refused it.
pub fn work_refused(given: &[Approval]) -> Option<Wording> {
    let refuses = |one: &Approval| !one.void && one.verdict == Verdict::Reject;
    given.iter().any(refuses).then(|| Wording::new("conflict-change-refused"))
}

/// What pages and the API may ask of approval; `backend` implements it.
#[async_trait::async_trait]
pub trait Approving: Send + Sync {
    /// Every policy, in the order in which they are asked.
    async fn policies(&self, actor: &Actor) -> Result<Vec<Policy>, Fault>;
    /// One policy.
    async fn policy(&self, actor: &Actor, id: &ApprovalPolicyId) -> Result<Policy, Fault>;
    /// Keys of roles with their names in English and Chinese.
    async fn role_keys(&self, actor: &Actor) -> Result<Vec<(String, String, String)>, Fault>;
    /// Sets those of several policies that are not there yet, by name or by what they say; the ids of these.
    async fn begin_policies(&self, actor: &Actor, policies: Vec<PolicyContent>) -> Result<Vec<ApprovalPolicyId>, Fault>;
    /// Writes a policy. Needs `ManageSettings` everywhere.
    async fn set_policy(&self, actor: &Actor, typed: &Typed) -> Result<ApprovalPolicyId, Fault>;
    /// Changes it (field `version` is what was read). What waits already keeps what it took.
    async fn change_policy(&self, actor: &Actor, id: &ApprovalPolicyId, typed: &Typed) -> Result<(), Fault>;
    /// Removes it.
    async fn remove_policy(&self, actor: &Actor, id: &ApprovalPolicyId) -> Result<(), Fault>;
    /// Who must approve a change of this `kind` and `risk` on these `systems`, if it were asked for now.
    async fn what_if(&self, actor: &Actor, typed: &Typed) -> Result<WhatIf, Fault>;

    /// Delegations that the actor has given, and those given to them, that hold now.
    async fn delegations(&self, actor: &Actor) -> Result<(Vec<Delegation>, Vec<Delegation>), Fault>;
    /// Persons to whom the actor could delegate.
    async fn delegates(&self, actor: &Actor) -> Result<Vec<UserBrief>, Fault>;
    /// Lets somebody approve in the actor's place until a moment.
    async fn delegate(&self, actor: &Actor, typed: &Typed) -> Result<DelegationId, Fault>;
    /// Ends a delegation now.
    async fn end_delegation(&self, actor: &Actor, id: &DelegationId) -> Result<(), Fault>;

    /// Approves several changes, each for itself: field `pick`, repeated, is `ID:HASH`.
    async fn approve_many(&self, actor: &Actor, typed: &Typed) -> Result<Vec<Answered>, Fault>;
    /// What stands behind a signed link; nobody needs to be logged in.
    async fn link(&self, token: &str) -> Result<ApprovalLink, Fault>;
    /// Approves by a signed link exactly the content whose field `hash` was shown.
    async fn approve_by_link(&self, token: &str, typed: &Typed) -> Result<ApprovalLink, Fault>;
}
