//! Tables `approval_policies` and `approval_delegations`.

use domain::{
    Fault, Timestamp,
    changes::{Delegation, Policy, PolicyContent},
    id::{ApprovalPolicyId, DelegationId, UserId},
};
use sqlx::AnyConnection;

use crate::db::{Sql, sql, stored};

#[derive(sqlx::FromRow)]
struct PolicyRow {
    id: String,
    content: String,
    author: String,
    version: i64,
    updated_at: i64,
}

fn select() -> Sql {
    sql("SELECT id, content, author, version, updated_at FROM approval_policies WHERE 1 = 1")
}

async fn read(statement: Sql, conn: &mut AnyConnection) -> Result<Vec<Policy>, Fault> {
    let rows: Vec<PolicyRow> = statement.push(" ORDER BY place, name LIMIT 500").all(conn).await?;
    let read = |row: PolicyRow| {
        let content: PolicyContent = serde_json::from_str(&row.content).map_err(|error| {
            tracing::error!(%error, "an approval policy does not read");
            Fault::Internal
        })?;
        Ok(Policy { id: stored(&row.id)?, content, author: row.author, updated_at: Timestamp(row.updated_at), version: row.version })
    };
    rows.into_iter().map(read).collect()
}

/// Every policy, in the order in which they are asked.
pub(in crate::changes) async fn policies(conn: &mut AnyConnection) -> Result<Vec<Policy>, Fault> {
    read(select(), conn).await
}

pub(in crate::changes) async fn policy(conn: &mut AnyConnection, id: &ApprovalPolicyId) -> Result<Policy, Fault> {
    read(select().push(" AND id = ").bind(id), conn).await?.pop().ok_or(Fault::NotFound("policy"))
}

/// Whether another policy has the name.
pub(in crate::changes) async fn named_so(conn: &mut AnyConnection, name: &str, but: &str) -> Result<bool, Fault> {
    Ok(sql("SELECT COUNT(*) FROM approval_policies WHERE name = $1 AND id <> $2").value(name).value(but).count(conn).await? > 0)
}

fn text(content: &PolicyContent) -> Result<String, Fault> {
    serde_json::to_string(content).map_err(|_| Fault::Internal)
}

pub(in crate::changes) async fn insert_policy(
    conn: &mut AnyConnection,
    id: &ApprovalPolicyId,
    content: &PolicyContent,
    author: &str,
    now: Timestamp,
) -> Result<(), Fault> {
    sql("INSERT INTO approval_policies (id, name, place, content, author, updated_at) VALUES ($1, $2, $3, $4, $5, $6)")
        .value(id)
        .value(&content.name)
        .value(content.place)
        .value(text(content)?)
        .value(author)
        .value(now)
        .run(conn)
        .await
        .map(drop)
}

/// 0 where it was changed since it was read.
pub(in crate::changes) async fn update_policy(
    conn: &mut AnyConnection,
    (id, version): (&ApprovalPolicyId, i64),
    content: &PolicyContent,
    author: &str,
    now: Timestamp,
) -> Result<u64, Fault> {
    sql("UPDATE approval_policies SET name = $1, place = $2, content = $3, author = $4, updated_at = $5, version = version + 1 \
         WHERE id = $6 AND version = $7")
    .value(&content.name)
    .value(content.place)
    .value(text(content)?)
    .value(author)
    .value(now)
    .value(id)
    .value(version)
    .run(conn)
    .await
}

pub(in crate::changes) async fn delete_policy(conn: &mut AnyConnection, id: &ApprovalPolicyId) -> Result<u64, Fault> {
    sql("DELETE FROM approval_policies WHERE id = $1").value(id).run(conn).await
}

#[derive(sqlx::FromRow)]
struct DelegationRow {
    id: String,
    from_id: String,
    from_name: String,
    to_id: String,
    to_name: String,
    starts_at: i64,
    ends_at: i64,
    reason: String,
}

async fn delegated(statement: Sql, conn: &mut AnyConnection) -> Result<Vec<Delegation>, Fault> {
    let rows: Vec<DelegationRow> = statement.push(" ORDER BY ends_at, id LIMIT 2000").all(conn).await?;
    let read = |row: DelegationRow| {
        Ok(Delegation {
            id: stored(&row.id)?,
            from: stored(&row.from_id)?,
            from_name: row.from_name,
            to: stored(&row.to_id)?,
            to_name: row.to_name,
            since: Timestamp(row.starts_at),
            until: Timestamp(row.ends_at),
            reason: row.reason,
        })
    };
    rows.into_iter().map(read).collect()
}

fn select_delegations() -> Sql {
    sql("SELECT id, from_id, from_name, to_id, to_name, starts_at, ends_at, reason FROM approval_delegations WHERE 1 = 1")
}

/// Those given to a person that hold at the moment.
pub(in crate::changes) async fn delegations_to(conn: &mut AnyConnection, to: &UserId, now: Timestamp) -> Result<Vec<Delegation>, Fault> {
    delegated(select_delegations().push(" AND to_id = ").bind(to).push(" AND ends_at > ").bind(now), conn).await
}

/// All that hold at the moment: whose approval they are is away until they end.
pub(in crate::changes) async fn delegations_now(conn: &mut AnyConnection, now: Timestamp) -> Result<Vec<Delegation>, Fault> {
    delegated(select_delegations().push(" AND starts_at <= ").bind(now).push(" AND ends_at > ").bind(now), conn).await
}

/// Those that a person has given and that hold at the moment.
pub(in crate::changes) async fn delegations_from(
    conn: &mut AnyConnection,
    from: &UserId,
    now: Timestamp,
) -> Result<Vec<Delegation>, Fault> {
    delegated(select_delegations().push(" AND from_id = ").bind(from).push(" AND ends_at > ").bind(now), conn).await
}

pub(in crate::changes) async fn delegation(conn: &mut AnyConnection, id: &DelegationId) -> Result<Delegation, Fault> {
    delegated(select_delegations().push(" AND id = ").bind(id), conn).await?.pop().ok_or(Fault::NotFound("delegation"))
}

pub(in crate::changes) async fn insert_delegation(conn: &mut AnyConnection, new: &Delegation) -> Result<(), Fault> {
    sql("INSERT INTO approval_delegations (id, from_id, from_name, to_id, to_name, starts_at, ends_at, reason) VALUES ")
        .rows([new], |r, d| {
            let r = r.bind(&d.id).bind(&d.from).bind(&d.from_name).bind(&d.to).bind(&d.to_name);
            r.bind(d.since).bind(d.until).bind(&d.reason)
        })
        .run(conn)
        .await
        .map(drop)
}

/// Ends it now; 0 where it is over.
pub(in crate::changes) async fn end_delegation(conn: &mut AnyConnection, id: &DelegationId, now: Timestamp) -> Result<u64, Fault> {
    sql("UPDATE approval_delegations SET ends_at = $1 WHERE id = $2 AND ends_at > $3").value(now).value(id).value(now).run(conn).await
}
