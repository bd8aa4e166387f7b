//! What waits for one approver.

use domain::{Fault, Reach, id::UserId};
use sqlx::AnyConnection;

use super::{
    contents::{HANDS, WRITERS},
    read::readable,
};
use crate::db::sql;

/// A change that waits, or owes its approval, and in which this person has had no hand.
#[derive(sqlx::FromRow)]
pub(in crate::changes) struct Candidate {
    /// What it takes, as JSON; empty for what was written before there were policies.
    pub demand: String,
    /// Places of the demands that were met, one for each approval.
    pub places: String,
    /// Who spoke, and in whose place.
    pub spoke: String,
    /// Who requested it and wrote its contents.
    pub writers: String,
    /// Who had a hand in carrying it out; empty while nobody has.
    pub hands: String,
    /// Owners of its systems.
    pub owners: String,
    pub needed: i64,
}

/// Those within reach that this person neither asked for nor wrote a part of nor carried out nor has judged.
pub(in crate::changes) async fn candidates(conn: &mut AnyConnection, reach: &Reach, approver: &UserId) -> Result<Vec<Candidate>, Fault> {
    let statement = sql("SELECT ")
        .push(WRITERS)
        .push(", ")
        .push(HANDS)
        .push(
            ", c.demand, c.needed, \
             COALESCE((SELECT string_agg(CAST(a.place AS TEXT), ' ') FROM change_approvals a WHERE a.change_id = c.id AND a.version = c.version \
             AND a.verdict = 'approve'), '') AS places, \
             COALESCE((SELECT string_agg(a.principal_id || ' ' || a.approver_id, ' ') FROM change_approvals a WHERE a.change_id = c.id AND a.version = c.version), '') AS spoke, \
             COALESCE((SELECT string_agg(o.team_id, ' ') FROM change_systems o WHERE o.change_id = c.id), '') AS owners \
             FROM changes c WHERE (c.state = 'pending' OR c.owed_at IS NOT NULL) AND c.started_by <> ",
        )
        .bind(approver)
        .push(" AND c.requester_id <> ")
        .bind(approver)
        .push(" AND NOT EXISTS (SELECT 1 FROM change_revisions w WHERE w.change_id = c.id AND w.author_id = ")
        .bind(approver)
        .push(") AND NOT EXISTS (SELECT 1 FROM change_hands h WHERE h.change_id = c.id AND h.user_id = ")
        .bind(approver)
        .push(") AND NOT EXISTS (SELECT 1 FROM change_approvals a WHERE a.change_id = c.id AND a.version = c.version AND a.approver_id = ")
        .bind(approver)
        .push(")");
    readable(statement, reach).push(" ORDER BY c.starts_at, c.id LIMIT 500").all(conn).await
}
