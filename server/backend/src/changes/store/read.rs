//! Reading changes.

use std::collections::BTreeMap;

use domain::{
    Fault, PageRequest, Reach, Span, Timestamp,
    changes::{Approval, Demands, Entry, Filter, State, Summary, TeamRef, Window, parse_number},
    id::{ChangeId, SystemId, TeamId, UserId},
};
use sqlx::AnyConnection;

use crate::db::{Sql, sql, stored};

/// A change as it is stored; the systems of its summary are filled in by the service.
pub(in crate::changes) struct Stored {
    pub summary: Summary,
    pub requester: UserId,
    pub version: i64,
    pub hash: String,
    pub sequence: i64,
    /// What the present content takes; empty for what was written before there were policies.
    pub demands: Demands,
    /// How long an approval holds; 0: as long as the window.
    pub approval_ms: i64,
    /// Since when work is paused, if it is.
    pub paused_at: Option<Timestamp>,
    /// Until when its maintenance window lasts at most, while one is open.
    pub maintained_until: Option<Timestamp>,
    pub created_at: Timestamp,
    pub updated_at: Timestamp,
}

#[derive(sqlx::FromRow)]
struct Row {
    id: String,
    number: i64,
    title: String,
    team_id: String,
    team_name: String,
    requester_id: String,
    requester_name: String,
    state: String,
    risk: String,
    start_wall: String,
    end_wall: String,
    zone: String,
    starts_at: i64,
    ends_at: i64,
    version: i64,
    hash: String,
    approvals: i64,
    needed: i64,
    sequence: i64,
    outcome: Option<String>,
    started_at: Option<i64>,
    finished_at: Option<i64>,
    created_at: i64,
    updated_at: i64,
    kind: String,
    score: String,
    approval_ms: i64,
    approval_until: Option<i64>,
    owed_at: Option<i64>,
    demand: String,
    paused_at: Option<i64>,
    maintained_until: Option<i64>,
}

impl Row {
    fn read(self) -> Result<Stored, Fault> {
        Ok(Stored {
            summary: Summary {
                id: stored(&self.id)?,
                number: self.number,
                title: self.title,
                team: TeamRef { id: stored(&self.team_id)?, name: self.team_name },
                kind: stored(&self.kind)?,
                state: stored(&self.state)?,
                risk: stored(&self.risk)?,
                score: serde_json::from_str(&self.score).unwrap_or_default(),
                window: Window {
                    start: self.start_wall,
                    end: self.end_wall,
                    zone: self.zone,
                    span: Span { from: Timestamp(self.starts_at), to: Timestamp(self.ends_at) },
                },
                systems: Vec::new(),
                requester: self.requester_name,
                approvals: u32::try_from(self.approvals).unwrap_or(0),
                needed: u32::try_from(self.needed).unwrap_or(u32::MAX),
                owed_at: self.owed_at.map(Timestamp),
                approval_until: self.approval_until.map(Timestamp),
                started_at: self.started_at.map(Timestamp),
                finished_at: self.finished_at.map(Timestamp),
                outcome: self.outcome.as_deref().map(stored).transpose()?,
            },
            requester: stored(&self.requester_id)?,
            version: self.version,
            hash: self.hash,
            sequence: self.sequence,
            demands: if self.demand.is_empty() { Demands::default() } else { demands_of(&self.demand)? },
            approval_ms: self.approval_ms,
            paused_at: self.paused_at.map(Timestamp),
            maintained_until: self.maintained_until.map(Timestamp),
            created_at: Timestamp(self.created_at),
            updated_at: Timestamp(self.updated_at),
        })
    }
}

fn demands_of(text: &str) -> Result<Demands, Fault> {
    serde_json::from_str(text).map_err(|error| {
        tracing::error!(%error, "what a change takes does not read");
        Fault::Internal
    })
}

fn select() -> Sql {
    sql("SELECT c.id, c.number, c.title, c.team_id, t.name AS team_name, c.requester_id, c.requester_name, c.state, c.risk, \
         c.start_wall, c.end_wall, c.zone, c.starts_at, c.ends_at, c.version, c.hash, c.approvals, c.needed, c.sequence, c.outcome, \
         c.started_at, c.finished_at, c.created_at, c.updated_at, c.kind, c.score, c.approval_ms, c.approval_until, c.owed_at, c.demand, c.paused_at, c.maintained_until \
         FROM changes c JOIN teams t ON t.id = c.team_id WHERE 1 = 1")
}

/// Within reach, touching a system, and under way or approved and in its window; at most twenty.
pub(in crate::changes) async fn open_on(
    conn: &mut AnyConnection,
    reach: &Reach,
    system: &SystemId,
    now: Timestamp,
) -> Result<Vec<Stored>, Fault> {
    let window = select().push(" AND (c.state = 'executing' OR (c.state = 'approved' AND c.starts_at <= ").bind(now);
    let window = window.push(" AND c.ends_at > ").bind(now).push(")) AND EXISTS (SELECT 1 FROM change_systems o WHERE o.change_id = c.id");
    let of = window.push(" AND o.system_id = ").bind(system).push(")");
    let rows: Vec<Row> = readable(of, reach).push(" ORDER BY c.number LIMIT 20").all(conn).await?;
    rows.into_iter().map(Row::read).collect()
}

/// Readable by those who read its team, or the owner of a system it touches, or a team whose agreement it takes.
pub(super) fn readable(statement: Sql, reach: &Reach) -> Sql {
    match reach {
        Reach::All => statement,
        Reach::Teams(_) => statement
            .push(" AND (EXISTS (SELECT 1 FROM teams r WHERE r.id = c.team_id")
            .within("r.id", reach)
            .push(") OR EXISTS (SELECT 1 FROM change_systems cs WHERE cs.change_id = c.id")
            .within("cs.team_id", reach)
            .push(") OR EXISTS (SELECT 1 FROM change_demand_teams cd WHERE cd.change_id = c.id")
            .within("cd.team_id", reach)
            .push("))"),
    }
}

async fn read(statement: Sql, conn: &mut AnyConnection) -> Result<Vec<Stored>, Fault> {
    statement.all::<Row>(conn).await?.into_iter().map(Row::read).collect()
}

fn matching(mut statement: Sql, filter: &Filter) -> Sql {
    if !filter.text.is_empty() {
        statement = statement
            .push(" AND (")
            .holds("c.title", &filter.text)
            .push(" OR ")
            .holds("c.requester_name", &filter.text)
            .push(" OR c.number = ")
            .bind(parse_number(&filter.text).unwrap_or(0));
        // A hash is that of the artifact which a change brings.
        if (7..=64).contains(&filter.text.len()) && filter.text.bytes().all(|b| b.is_ascii_hexdigit()) {
            statement = statement
                .push(" OR EXISTS (SELECT 1 FROM change_revisions r WHERE r.change_id = c.id AND r.version = c.version AND ")
                .holds("r.content", &filter.text)
                .push(")");
        }
        statement = statement.push(")");
    }
    if !filter.states.is_empty() {
        statement = statement.and_in("c.state", filter.states.iter().map(|s| s.name()));
    }
    if !filter.risks.is_empty() {
        statement = statement.and_in("c.risk", filter.risks.iter().map(|r| r.name()));
    }
    if !filter.teams.is_empty() {
        statement = statement.and_in("c.team_id", &filter.teams);
    }
    if !filter.systems.is_empty() {
        statement = statement
            .push(" AND EXISTS (SELECT 1 FROM change_systems fs WHERE fs.change_id = c.id")
            .and_in("fs.system_id", &filter.systems)
            .push(")");
    }
    match filter.span {
        Some(span) => within_span(statement, span),
        None => statement,
    }
}

/// Busy within the span: by its window until it starts, by its start and end from then on; without an end while it is under way.
pub(super) fn within_span(statement: Sql, span: Span) -> Sql {
    statement.push(" AND c.busy_from < ").bind(span.to).push(" AND c.busy_to > ").bind(span.from)
}

pub(in crate::changes) async fn by_id(conn: &mut AnyConnection, reach: &Reach, id: &str) -> Result<Option<Stored>, Fault> {
    let statement = match parse_number(id) {
        Some(number) => select().push(" AND c.number = ").bind(number),
        None => select().push(" AND c.id = ").bind(id),
    };
    Ok(read(readable(statement, reach), conn).await?.pop())
}

/// Where these stand, those that are there.
pub(in crate::changes) async fn standings(conn: &mut AnyConnection, ids: &[&ChangeId]) -> Result<Vec<Standing>, Fault> {
    #[derive(sqlx::FromRow)]
    struct Found {
        id: String,
        state: String,
    }
    let rows: Vec<Found> = sql("SELECT id, state FROM changes WHERE 1 = 1").and_in("id", ids.iter().copied()).all(conn).await?;
    rows.into_iter().map(|row| Ok(Standing { change: stored(&row.id)?, state: stored(&row.state)? })).collect()
}

/// Where a change stands.
pub(crate) struct Standing {
    /// The change.
    pub(crate) change: ChangeId,
    /// Its state.
    pub(crate) state: State,
}

/// The latest window first; one row more than asked for.
pub(in crate::changes) async fn list(
    conn: &mut AnyConnection,
    reach: &Reach,
    filter: &Filter,
    page: &PageRequest,
) -> Result<Vec<Stored>, Fault> {
    let mut statement = matching(readable(select(), reach), filter);
    if let Some((starts_at, id)) = page.position()? {
        statement = statement
            .push(" AND (c.starts_at < ")
            .bind(starts_at)
            .push(" OR (c.starts_at = ")
            .bind(starts_at)
            .push(" AND c.id < ")
            .bind(&id)
            .push("))");
    }
    read(statement.push(" ORDER BY c.starts_at DESC, c.id DESC LIMIT ").bind(page.limit + 1), conn).await
}

/// Busy in the span, by start.
pub(in crate::changes) async fn overlapping(
    conn: &mut AnyConnection,
    reach: &Reach,
    filter: &Filter,
    span: Span,
    limit: u32,
) -> Result<Vec<Stored>, Fault> {
    let statement = within_span(matching(readable(select(), reach), filter), span);
    read(statement.push(" ORDER BY c.busy_from, c.id LIMIT ").bind(limit), conn).await
}

/// Waiting for approval, or owing it, the earliest window first.
pub(in crate::changes) async fn awaiting(conn: &mut AnyConnection, reach: &Reach, limit: u32) -> Result<Vec<Stored>, Fault> {
    let statement = readable(select(), reach).push(" AND (c.state = 'pending' OR c.owed_at IS NOT NULL)");
    read(statement.push(" ORDER BY c.starts_at, c.id LIMIT ").bind(limit), conn).await
}

/// What a team's calendar shows: its own changes and those on its systems, drafts left out.
pub(in crate::changes) async fn of_team(conn: &mut AnyConnection, team: &TeamId, span: Span) -> Result<Vec<Stored>, Fault> {
    let reach = Reach::Teams(vec![team.clone()]);
    let statement = within_span(readable(select(), &reach), span).push(" AND c.state <> 'draft'");
    read(statement.push(" ORDER BY c.starts_at, c.id LIMIT 2000"), conn).await
}

#[derive(sqlx::FromRow)]
struct SystemRow {
    change_id: String,
    system_id: String,
}

/// The systems of each change.
pub(in crate::changes) async fn system_rows(
    conn: &mut AnyConnection,
    ids: &[&ChangeId],
) -> Result<BTreeMap<ChangeId, Vec<SystemId>>, Fault> {
    let rows: Vec<SystemRow> = sql("SELECT change_id, system_id FROM change_systems WHERE 1 = 1")
        .and_in("change_id", ids.iter().copied())
        .push(" ORDER BY system_id")
        .all(conn)
        .await?;
    let mut systems: BTreeMap<ChangeId, Vec<SystemId>> = BTreeMap::new();
    for row in rows {
        systems.entry(stored(&row.change_id)?).or_default().push(stored(&row.system_id)?);
    }
    Ok(systems)
}

/// The teams whose people may read a change: its own, the owners of the systems it touches, those whose agreement it takes.
pub(in crate::changes) async fn readers(conn: &mut AnyConnection, id: &ChangeId) -> Result<Vec<TeamId>, Fault> {
    let teams = sql("SELECT team_id FROM changes WHERE id = $1 UNION SELECT team_id FROM change_systems WHERE change_id = $2 \
         UNION SELECT team_id FROM change_demand_teams WHERE change_id = $3")
    .value(id)
    .value(id)
    .value(id)
    .texts(conn)
    .await?;
    teams.iter().map(|team| stored(team)).collect()
}

#[derive(sqlx::FromRow)]
struct ApprovalRow {
    place: i64,
    principal_id: String,
    principal_name: String,
    version: i64,
    hash: String,
    approver_id: String,
    approver_name: String,
    verdict: String,
    remark: String,
    at: i64,
}

/// What approvers said, oldest first; `version` is the present one.
pub(in crate::changes) async fn approvals(conn: &mut AnyConnection, id: &ChangeId, version: i64) -> Result<Vec<Approval>, Fault> {
    let rows: Vec<ApprovalRow> =
        sql("SELECT place, principal_id, principal_name, version, hash, approver_id, approver_name, verdict, remark, at FROM change_approvals WHERE change_id = $1 ORDER BY at, approver_id")
            .value(id)
            .all(conn)
            .await?;
    rows.into_iter()
        .map(|row| {
            Ok(Approval {
                approver: stored(&row.approver_id)?,
                name: row.approver_name,
                principal: stored(&row.principal_id)?,
                principal_name: row.principal_name,
                place: usize::try_from(row.place).unwrap_or(0),
                verdict: stored(&row.verdict)?,
                hash: row.hash,
                remark: row.remark,
                at: Timestamp(row.at),
                void: row.version != version,
            })
        })
        .collect()
}

#[derive(sqlx::FromRow)]
struct EntryRow {
    at: i64,
    actor_name: String,
    kind: String,
    body: String,
    link: String,
}

/// The timeline, oldest first.
pub(in crate::changes) async fn entries(conn: &mut AnyConnection, id: &ChangeId) -> Result<Vec<Entry>, Fault> {
    let rows: Vec<EntryRow> = sql("SELECT at, actor_name, kind, body, link FROM change_entries WHERE change_id = $1 ORDER BY place, id")
        .value(id)
        .all(conn)
        .await?;
    rows.into_iter()
        .map(|row| {
            let link = Some(row.link).filter(|l| !l.is_empty());
            Ok(Entry { at: Timestamp(row.at), actor: row.actor_name, kind: stored(&row.kind)?, text: row.body, link })
        })
        .collect()
}
