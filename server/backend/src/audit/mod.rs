//! The audit trail: written in the same transaction as the act.

mod store;

use async_trait::async_trait;
use domain::{
    Actor, Fault, Page, PageRequest, Permission, Who,
    audit::{Audit, AuditFilter, AuditRow, Damage, Object, Verdict},
};
use serde_json::Value;

use crate::{Context, WriteTx};

/// Implements [`domain::audit::Audit`].
pub struct Service {
    ctx: Context,
}

impl Service {
    /// The service over the common ground.
    pub fn new(ctx: Context) -> Self {
        Self { ctx }
    }
}

/// Rows read at a time while the chain is checked.
const BATCH: i64 = 1_000;

#[async_trait]
impl Audit for Service {
    async fn list(&self, actor: &Actor, filter: &AuditFilter, page: &PageRequest) -> Result<Page<AuditRow>, Fault> {
        actor.require_somewhere(Permission::ReadAudit)?;
        let before = page.position()?.map(|(seq, _)| seq);
        let mut conn = self.ctx.db.read().await?;
        let rows = store::list(&mut conn, &actor.reach(Permission::ReadAudit), filter, before, page.limit).await?;
        Ok(Page::cut(rows, page.limit, |row| (row.seq, String::new())))
    }

    async fn verify(&self, actor: &Actor) -> Result<Verdict, Fault> {
        actor.require_everywhere(Permission::ReadAudit)?;
        let mut conn = self.ctx.db.read().await?;
        // Rows that are appended meanwhile lie beyond this head; they are checked next time.
        let (seq, head) = store::head(&mut conn).await?;
        let mut verdict = Verdict { rows: 0, head: String::new(), broken: None };
        loop {
            let rows = store::after(&mut conn, verdict.rows, BATCH).await?;
            let last = rows.len() < usize::try_from(BATCH).unwrap_or(usize::MAX);
            for row in rows {
                let next = verdict.rows + 1;
                if verdict.rows >= seq {
                    break;
                }
                let damage = if row.seq != next {
                    Some(Damage::Missing)
                } else if row.chain(&verdict.head) != row.hash {
                    Some(Damage::Edited)
                } else {
                    None
                };
                if let Some(damage) = damage {
                    verdict.broken = Some((next, damage));
                    return Ok(verdict);
                }
                verdict.rows = next;
                verdict.head = row.hash;
            }
            if last || verdict.rows >= seq {
                break;
            }
        }
        if verdict.rows != seq || verdict.head != head {
            verdict.broken = Some((verdict.rows + 1, Damage::Truncated));
        } else if store::beyond_head(&mut conn).await? {
            verdict.broken = Some((seq + 1, Damage::Truncated));
        }
        Ok(verdict)
    }
}

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
