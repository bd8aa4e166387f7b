//! The audit trail: written in the same transaction as the act.

mod store;

use domain::{
    Actor, Fault, Who,
    audit::{AuditRow, Object},
};
use serde_json::Value;

use crate::{Context, WriteTx};

/// Implements [`domain::audit::Audit`].
pub struct Service {
    #[expect(dead_code, reason = "the area is being built")]
    ctx: Context,
}

impl Service {
    /// The service over the common ground.
    pub fn new(ctx: Context) -> Self {
        Self { ctx }
    }
}

impl domain::audit::Audit for Service {}

/// Appends one row. Call it last in every act, on the act's own transaction: taking the head of the chain
/// makes other writers wait until this one commits.
///
/// `detail` says what changed; never put a secret in it.
pub async fn record(tx: &mut WriteTx, ctx: &Context, actor: &Actor, act: &str, object: Object, detail: &Value) -> Result<(), Fault> {
    let (kind, id) = match &actor.who {
        Who::Nobody => ("nobody", String::new()),
        Who::User(id) => ("user", id.to_string()),
        Who::Token(id, _) => ("token", id.to_string()),
        Who::Engine(name) => ("engine", (*name).to_owned()),
    };
    let (seq, before) = store::take_head(tx).await?;
    let mut row = AuditRow {
        seq,
        at: ctx.now(),
        actor_kind: kind.to_owned(),
        actor_id: id,
        actor_name: actor.name.clone(),
        act: act.to_owned(),
        object,
        detail: detail.to_string(),
        hash: String::new(),
    };
    row.hash = row.chain(&before);
    store::append(tx, &row).await
}
