//! The audit trail: written in the same transaction as the act.

mod chain;
mod store;

use async_trait::async_trait;
use domain::{
    Actor, Fault, Page, PageRequest, Permission, Timestamp, Who,
    audit::{Audit, AuditFilter, AuditRow, Damage, Mark, Object, Verdict},
    time::MINUTE,
};
use serde_json::Value;
use sqlx::AnyConnection;

use self::{
    chain::{BROKEN, KEYED, Keys, PLAIN, Walk},
    store::{Head, Row},
};
use crate::{Context, WriteTx, people};

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

    async fn verify(&self, actor: &Actor, noted: Option<&Mark>) -> Result<Verdict, Fault> {
        actor.require_everywhere(Permission::ReadAudit)?;
        let keys = Keys::of(&self.ctx.seal)?;
        let mut conn = self.ctx.db.read().await?;
        // Rows that are appended meanwhile lie beyond this head; they are checked next time.
        let head = store::head(&mut conn).await?;
        let mut verdict = Verdict { rows: 0, plain: 0, head: String::new(), broken: None };
        let mut walk = Walk::new(&keys);
        while verdict.rows < head.seq {
            let rows = store::after(&mut conn, verdict.rows, BATCH).await?;
            if rows.first().is_none_or(|row| row.seq > head.seq) {
                break;
            }
            for row in rows.into_iter().take_while(|row| row.seq <= head.seq) {
                let next = verdict.rows + 1;
                let damage = if row.seq != next {
                    Some(Damage::Missing)
                } else if !walk.step(&row, &verdict.head) {
                    Some(Damage::Edited)
                } else if noted.is_some_and(|noted| noted.rows == next && noted.hash != row.hash) {
                    Some(Damage::Another)
                } else {
                    None
                };
                if let Some(damage) = damage {
                    verdict.broken = Some((next, damage));
                    return Ok(verdict);
                }
                verdict.rows = next;
                verdict.plain += i64::from(row.scheme == PLAIN);
                verdict.head = row.hash;
            }
            tokio::task::yield_now().await;
        }
        let end = verdict.rows + 1;
        verdict.broken = if verdict.rows != head.seq || verdict.head != head.hash || store::beyond_head(&mut conn).await? {
            Some((end, Damage::Truncated))
        } else if !is_ours(&mut conn, &keys, &head, self.ctx.now().plus(1)).await? {
            Some((end, if verdict.rows == 0 { Damage::Missing } else { Damage::Truncated }))
        } else {
            noted.filter(|noted| noted.rows > verdict.rows).map(|_| (end, Damage::Another))
        };
        Ok(verdict)
    }
}

/// Whether the head is in our hand. Without a keyed hash it is where no row was written since there is a key: after rows
/// that are all of the old kind, or on a portal where nobody entered before `moment`.
async fn is_ours(conn: &mut AnyConnection, keys: &Keys, head: &Head, moment: Timestamp) -> Result<bool, Fault> {
    match (head.mac.as_str(), head.seq) {
        ("", 0) => Ok(!people::any_before(conn, moment).await?),
        ("", last) => Ok(store::scheme(conn, last).await? == Some(PLAIN)),
        (mac, last) => Ok(keys.holds_head(last, &head.hash, mac)),
    }
}

/// When an act of one of these names was done with an object, until a moment, and its detail: in order, the last 500.
pub(crate) async fn done_with(
    conn: &mut AnyConnection,
    object: (&str, &str),
    acts: &[&str],
    until: Timestamp,
) -> Result<Vec<(Timestamp, String, Value)>, Fault> {
    let rows = store::done_with(conn, object, acts, until).await?;
    Ok(rows.into_iter().rev().map(|row| (Timestamp(row.at), row.act, serde_json::from_str(&row.detail).unwrap_or_default())).collect())
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
    let head = store::take_head(tx).await?;
    let keys = Keys::of(&ctx.seal)?;
    let mut row = Row {
        seq: head.seq,
        at: ctx.now().0,
        actor_kind: kind.to_owned(),
        actor_id: id,
        actor_name: actor.name.clone(),
        act: act.to_owned(),
        object_kind: object.kind,
        object_id: object.id,
        object_name: object.name,
        team_id: object.team.map(|team| team.to_string()),
        detail: detail.to_string(),
        hash: String::new(),
        scheme: KEYED,
    };
    let (hash, mac) = keys.chain(&row, &head.hash)?;
    row.hash = hash;
    // The first act of a portal may be the making of its first user, just now.
    let before = Head { seq: head.seq - 1, ..head };
    let ours = is_ours(tx, &keys, &before, ctx.now().plus(-MINUTE)).await?;
    if !ours {
        tracing::error!(row = row.seq, "the head of the audit trail is not as this portal left it; `evenkeel audit verify` says where");
    }
    store::append(tx, &row, if ours { &mac } else { BROKEN }).await
}
