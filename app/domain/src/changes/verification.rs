//! What the watching of a change has come to so far, and what people say of it.

use serde::{Deserialize, Serialize};

use super::{Look, Outcome, Verified, WatchStage, read_word};
use crate::{
    Actor, Fault, Timestamp, Wording,
    form::{Check, Typed},
    id::ChangeId,
};

/// Counts of a slot, and of the same slot a week earlier: what the chart draws.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct DrawnSlot {
    /// When it begins.
    pub at: Timestamp,
    /// Transactions of the change's systems.
    pub total: u64,
    /// Those that failed.
    pub failed: u64,
    /// Transactions a week earlier.
    pub week_total: u64,
    /// Those that failed.
    pub week_failed: u64,
    /// Transactions of systems that the change does not touch and is held against.
    #[serde(default)]
    pub control_total: u64,
    /// Those that failed.
    #[serde(default)]
    pub control_failed: u64,
}

impl DrawnSlot {
    /// A slot of which nothing is known yet.
    pub fn empty(at: Timestamp) -> Self {
        Self { at, total: 0, failed: 0, week_total: 0, week_failed: 0, control_total: 0, control_failed: 0 }
    }
}

/// What a person said in place of the figures.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[cfg_attr(feature = "openapi", schema(as = ChangeJudged))]
pub struct Judged {
    /// How it ended, in their eyes.
    pub outcome: Outcome,
    /// Why.
    pub reason: String,
    /// Who.
    pub by: String,
    /// When.
    pub at: Timestamp,
}

/// How the watching of a change goes, or went.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Verification {
    /// How far it has come.
    pub stage: WatchStage,
    /// What the last look came to; inconclusive before the first.
    pub verdict: Verified,
    /// The present stage ends then, or the last one ended.
    pub until: Timestamp,
    /// When it is looked at next; absent where nothing more is.
    pub next_at: Option<Timestamp>,
    /// What a person said.
    pub judged: Option<Judged>,
    /// Every look, the oldest first.
    pub looks: Vec<Look>,
    /// Slots before the change and since, with a gap while it was carried out.
    pub drawn: Vec<DrawnSlot>,
}

/// Reads `outcome` and `remark` of a judgement; it wants a reason whatever it says.
pub fn parse_judgement(typed: &Typed) -> Result<(Outcome, String), Fault> {
    let mut check = Check::new(typed);
    check.only(&["outcome", "remark"]);
    let outcome = check.field("outcome", |text| read_word(text, Outcome::ALL));
    let remark = check.field("remark", |text| {
        let text = text.trim();
        match text.chars().count() {
            0 => Err(Wording::new("changes-expect-reason")),
            1..=1_000 => Ok(text.to_owned()),
            _ => Err(Wording::new("expect-at-most-characters").with("max", 1_000)),
        }
    });
    check.finish((outcome, remark))
}

/// What pages and the API may ask of verification; `backend` implements it.
#[async_trait::async_trait]
pub trait Verifying: Send + Sync {
    /// How the watching of a change goes, by id or number; `NotFound("verification")` where it was never watched.
    async fn verification(&self, actor: &Actor, id: &str) -> Result<Verification, Fault>;
    /// Says how a change ended, in place of the figures: fields `outcome` and `remark`. Nothing more is looked at then.
    async fn judge(&self, actor: &Actor, id: &ChangeId, typed: &Typed) -> Result<(), Fault>;
}
