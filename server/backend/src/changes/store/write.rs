//! Writing changes. Every move is one conditional UPDATE whose row count tells whether it happened.

use std::collections::BTreeSet;

use domain::{
    Fault, Timestamp,
    changes::{Content, Demands, EntryKind, Outcome, Score, State, Verdict},
    id::{ChangeId, EntryId, TeamId, UserId},
    systems::Brief,
};
use sqlx::AnyConnection;

use crate::db::{sql, stored};

/// The next number; concurrent requests wait for each other here.
pub(in crate::changes) async fn next_number(conn: &mut AnyConnection) -> Result<i64, Fault> {
    sql("UPDATE change_counter SET number = number + 1 WHERE id = 1 RETURNING number").count(conn).await
}

/// Who writes.
#[derive(Clone, Copy)]
pub(in crate::changes) struct Author<'a> {
    pub id: &'a UserId,
    pub name: &'a str,
}

/// What a content takes to be approved, as facts and policies have it when it is written.
pub(in crate::changes) struct Terms {
    pub score: Score,
    pub demands: Demands,
    pub approval_ms: i64,
}

impl Terms {
    fn score(&self) -> Result<String, Fault> {
        serde_json::to_string(&self.score).map_err(|_| Fault::Internal)
    }

    fn demand(&self) -> Result<String, Fault> {
        serde_json::to_string(&self.demands).map_err(|_| Fault::Internal)
    }
}

/// A new change in the state `draft`, at version 1.
pub(in crate::changes) async fn insert(
    conn: &mut AnyConnection,
    (id, number): (&ChangeId, i64),
    author: (&UserId, &str),
    (content, terms): (&Content, &Terms),
    systems: &[Brief],
    now: Timestamp,
) -> Result<(), Fault> {
    let window = &content.window;
    let (score, demand) = (terms.score()?, terms.demand()?);
    sql("INSERT INTO changes (id, number, title, team_id, requester_id, requester_name, state, risk, start_wall, end_wall, zone, starts_at, \
         ends_at, busy_from, busy_to, version, hash, needed, created_at, updated_at, kind, score, approval_ms, demand) VALUES ")
    .rows([()], |r, ()| {
        r.bind(id)
            .bind(number)
            .bind(&content.title)
            .bind(&content.team)
            .bind(author.0)
            .bind(author.1)
            .bind(State::Draft.name())
            .bind(content.risk.name())
            .bind(&window.start)
            .bind(&window.end)
            .bind(&window.zone)
            .bind(window.span.from)
            .bind(window.span.to)
            .bind(window.span.from)
            .bind(window.span.to)
            .bind(1i64)
            .bind(content.hash())
            .bind(terms.demands.needed())
            .bind(now)
            .bind(now)
            .bind(content.kind.name())
            .bind(&score)
            .bind(terms.approval_ms)
            .bind(&demand)
    })
    .run(conn)
    .await?;
    write_demand_teams(conn, id, terms).await?;
    write_content(conn, id, 1, Author { id: author.0, name: author.1 }, content, systems, now).await
}

/// Another content: a new version in the state `to`, with no approvals. 0 where the change has moved meanwhile.
pub(in crate::changes) async fn revise(
    conn: &mut AnyConnection,
    id: &ChangeId,
    (from, version): (State, i64),
    to: State,
    author: (&UserId, &str),
    (content, terms): (&Content, &Terms),
    systems: &[Brief],
    now: Timestamp,
) -> Result<u64, Fault> {
    let window = &content.window;
    let done = sql(
        "UPDATE changes SET title = $1, team_id = $2, state = $3, risk = $4, start_wall = $5, end_wall = $6, zone = $7, starts_at = $8, \
         ends_at = $9, busy_from = $10, busy_to = $11, version = version + 1, hash = $12, approvals = 0, needed = $13, sequence = sequence + 1, \
         updated_at = $14, kind = $15, score = $16, approval_ms = $17, approval_until = NULL, demand = $18 WHERE id = $19 AND state = $20 AND version = $21",
    )
    .value(&content.title)
    .value(&content.team)
    .value(to.name())
    .value(content.risk.name())
    .value(&window.start)
    .value(&window.end)
    .value(&window.zone)
    .value(window.span.from)
    .value(window.span.to)
    .value(window.span.from)
    .value(window.span.to)
    .value(content.hash())
    .value(terms.demands.needed())
    .value(now)
    .value(content.kind.name())
    .value(terms.score()?)
    .value(terms.approval_ms)
    .value(terms.demand()?)
    .value(id)
    .value(from.name())
    .value(version)
    .run(conn)
    .await?;
    if done == 1 {
        sql("DELETE FROM change_systems WHERE change_id = $1").value(id).run(conn).await?;
        write_demand_teams(conn, id, terms).await?;
        write_content(conn, id, version + 1, Author { id: author.0, name: author.1 }, content, systems, now).await?;
    }
    Ok(done)
}

/// What it takes is reckoned anew, while nobody has approved it.
pub(in crate::changes) async fn set_terms(conn: &mut AnyConnection, id: &ChangeId, terms: &Terms) -> Result<(), Fault> {
    sql("UPDATE changes SET needed = $1, score = $2, approval_ms = $3, demand = $4 WHERE id = $5 AND approvals = 0")
        .value(terms.demands.needed())
        .value(terms.score()?)
        .value(terms.approval_ms)
        .value(terms.demand()?)
        .value(id)
        .run(conn)
        .await?;
    write_demand_teams(conn, id, terms).await
}

/// The teams whose agreement it takes, in place of those before.
async fn write_demand_teams(conn: &mut AnyConnection, id: &ChangeId, terms: &Terms) -> Result<(), Fault> {
    sql("DELETE FROM change_demand_teams WHERE change_id = $1").value(id).run(conn).await?;
    let teams: BTreeSet<&TeamId> = terms.demands.list.iter().flat_map(|demand| &demand.teams).collect();
    if teams.is_empty() {
        return Ok(());
    }
    sql("INSERT INTO change_demand_teams (change_id, team_id) VALUES ")
        .rows(teams, |r, team| r.bind(id).bind(team))
        .run(conn)
        .await
        .map(drop)
}

/// Waits for whoever decides on the change at this moment, and keeps others waiting until the end of the transaction.
pub(in crate::changes) async fn hold(conn: &mut AnyConnection, id: &ChangeId) -> Result<(), Fault> {
    sql("UPDATE changes SET updated_at = updated_at WHERE id = $1").value(id).run(conn).await.map(drop)
}

async fn write_content(
    conn: &mut AnyConnection,
    id: &ChangeId,
    version: i64,
    author: Author<'_>,
    content: &Content,
    systems: &[Brief],
    now: Timestamp,
) -> Result<(), Fault> {
    let owner = |system: &_| systems.iter().find(|s| s.id == *system).map_or(&content.team, |s| &s.team);
    let text = serde_json::to_string(content).map_err(|_| Fault::Internal)?;
    let rows: Vec<(&_, &TeamId)> = content.systems.iter().map(|system| (system, owner(system))).collect();
    sql("INSERT INTO change_systems (change_id, system_id, team_id) VALUES ")
        .rows(rows, |r, (system, team)| r.bind(id).bind(system).bind(team))
        .run(conn)
        .await?;
    sql("INSERT INTO change_revisions (change_id, version, hash, author_id, author_name, content, at) VALUES ")
        .rows([()], |r, ()| r.bind(id).bind(version).bind(content.hash()).bind(author.id).bind(author.name).bind(&text).bind(now))
        .run(conn)
        .await?;
    Ok(())
}

/// One move along the table of transitions.
pub(in crate::changes) struct Move {
    pub from: State,
    pub to: State,
    pub version: i64,
    pub started_at: Option<Timestamp>,
    pub finished_at: Option<Timestamp>,
    pub outcome: Option<Outcome>,
    /// Who began the work, where the move begins it.
    pub started_by: Option<String>,
    /// Until when an approval is due that is owed from now on.
    pub owed_at: Option<Timestamp>,
}

impl Move {
    /// A move that leaves nothing but the state.
    pub(in crate::changes) fn plain(from: State, to: State, version: i64) -> Self {
        Self { from, to, version, started_at: None, finished_at: None, outcome: None, started_by: None, owed_at: None }
    }

    /// The end of the span in which it is busy, where the move sets another: what is under way has none yet.
    fn busy_to(&self) -> Option<Timestamp> {
        self.finished_at.or_else(|| self.started_at.map(|_| Timestamp(i64::MAX)))
    }
}

/// Moves it, if it still is where it was read: 1, otherwise 0.
pub(in crate::changes) async fn step(conn: &mut AnyConnection, id: &ChangeId, step: &Move, now: Timestamp) -> Result<u64, Fault> {
    sql("UPDATE changes SET state = $1, sequence = sequence + 1, updated_at = $2, started_at = COALESCE($3, started_at), \
         finished_at = COALESCE($4, finished_at), busy_from = COALESCE($5, busy_from), busy_to = COALESCE($6, busy_to), \
         outcome = COALESCE($7, outcome), started_by = COALESCE($8, started_by), owed_at = COALESCE($9, owed_at), \
         chase_at = COALESCE($10, chase_at) WHERE id = $11 AND state = $12 AND version = $13")
    .value(step.to.name())
    .value(now)
    .value(step.started_at)
    .value(step.finished_at)
    .value(step.started_at)
    .value(step.busy_to())
    .value(step.outcome.map(Outcome::name))
    .value(step.started_by.as_deref())
    .value(step.owed_at)
    .value(step.owed_at)
    .value(id)
    .value(step.from.name())
    .value(step.version)
    .run(conn)
    .await
}

/// A verdict about to be written.
pub(in crate::changes) struct NewApproval<'a> {
    pub change: &'a ChangeId,
    pub version: i64,
    pub hash: &'a str,
    pub requester: &'a UserId,
    pub author: &'a UserId,
    pub approver: &'a UserId,
    pub name: &'a str,
    /// In whose place.
    pub principal: (&'a UserId, &'a str),
    /// Which demand it meets.
    pub place: usize,
    pub remark: &'a str,
    pub at: Timestamp,
    /// Until when the approval holds once it is complete.
    pub until: Option<Timestamp>,
}

async fn insert_verdict(conn: &mut AnyConnection, new: &NewApproval<'_>, verdict: Verdict) -> Result<u64, Fault> {
    sql("INSERT INTO change_approvals (change_id, version, hash, requester_id, author_id, approver_id, approver_name, verdict, remark, at, place, principal_id, principal_name) VALUES ")
        .rows([new], |r, new| {
            r.bind(new.change)
                .bind(new.version)
                .bind(new.hash)
                .bind(new.requester)
                .bind(new.author)
                .bind(new.approver)
                .bind(new.name)
                .bind(verdict.name())
                .bind(new.remark)
                .bind(new.at)
                .bind(i64::try_from(new.place).unwrap_or(0))
                .bind(new.principal.0)
                .bind(new.principal.1)
        })
        .push(" ON CONFLICT DO NOTHING")
        .run(conn)
        .await
}

/// What came of an approval.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::changes) enum Counted {
    /// This approver has spoken on this version before.
    Before,
    /// The change does not wait for this content any more.
    Moved,
    /// It counts; the state now.
    Now(State),
}

/// Writes an approval and counts it in one conditional UPDATE, which also makes the last step. The row of the change
/// serialises approvers, so that the one who completes the count is exactly one.
pub(in crate::changes) async fn approve(conn: &mut AnyConnection, new: &NewApproval<'_>) -> Result<Counted, Fault> {
    if insert_verdict(conn, new, Verdict::Approve).await? == 0 {
        return Ok(Counted::Before);
    }
    let state = sql("UPDATE changes SET approvals = approvals + 1, sequence = sequence + 1, updated_at = $1, \
         approval_until = CASE WHEN approvals + 1 >= needed THEN $2 ELSE approval_until END, \
         state = CASE WHEN approvals + 1 >= needed AND state = 'pending' THEN 'approved' ELSE state END, \
         owed_at = CASE WHEN approvals + 1 >= needed THEN NULL ELSE owed_at END, \
         chase_at = CASE WHEN approvals + 1 >= needed THEN NULL ELSE chase_at END \
         WHERE id = $3 AND (state = 'pending' OR owed_at IS NOT NULL) AND approvals < needed AND version = $4 AND hash = $5 RETURNING state")
    .value(new.at)
    .value(new.until)
    .value(new.change)
    .value(new.version)
    .value(new.hash)
    .texts(conn)
    .await?
    .pop();
    state.map_or(Ok(Counted::Moved), |state| Ok(Counted::Now(stored(&state)?)))
}

/// Writes a refusal and moves the change, or ends what an emergency owed; 0 where it has moved meanwhile. Who approved before may
/// refuse later.
pub(in crate::changes) async fn refuse(conn: &mut AnyConnection, new: &NewApproval<'_>, owed: bool) -> Result<u64, Fault> {
    let done = if owed {
        sql("UPDATE changes SET owed_at = NULL, chase_at = NULL, sequence = sequence + 1, updated_at = $1 WHERE id = $2 AND version = $3 \
             AND owed_at IS NOT NULL")
        .value(new.at)
        .value(new.change)
        .value(new.version)
        .run(conn)
        .await?
    } else {
        step(conn, new.change, &Move::plain(State::Pending, State::Rejected, new.version), new.at).await?
    };
    if done == 1 && insert_verdict(conn, new, Verdict::Reject).await? == 0 {
        sql("UPDATE change_approvals SET verdict = 'reject', remark = $1, at = $2 WHERE change_id = $3 AND version = $4 AND approver_id = $5")
            .value(new.remark)
            .value(new.at)
            .value(new.change)
            .value(new.version)
            .value(new.approver)
            .run(conn)
            .await?;
        sql("UPDATE changes SET approvals = approvals - 1 WHERE id = $1").value(new.change).run(conn).await?;
    }
    Ok(done)
}

/// A row of the timeline.
pub(in crate::changes) async fn insert_entry(
    conn: &mut AnyConnection,
    id: &EntryId,
    change: &ChangeId,
    actor_name: &str,
    (kind, text, link): (EntryKind, &str, &str),
    at: Timestamp,
) -> Result<(), Fault> {
    sql("INSERT INTO change_entries (id, change_id, place, at, actor_name, kind, body, link) \
         VALUES ($1, $2, (SELECT COALESCE(MAX(place), 0) + 1 FROM change_entries WHERE change_id = $3), $4, $5, $6, $7, $8)")
    .value(id)
    .value(change)
    .value(change)
    .value(at)
    .value(actor_name)
    .value(kind.name())
    .value(text)
    .value(link)
    .run(conn)
    .await?;
    Ok(())
}
