//! Table `deployments`.

use domain::{
    Fault, Reach, Span, Timestamp,
    deployments::{Deployment, Filter, PRODUCTION, Post, State},
    evidence::{Facts, facts_text, read_facts},
    id::{ChangeId, DeploymentId, LoadTargetId, SystemId},
    time::DAY,
};
use sqlx::AnyConnection;

use crate::db::{Sql, sql, stored};

#[derive(sqlx::FromRow)]
struct Row {
    id: String,
    system_id: String,
    system_name: String,
    team_id: String,
    environment: String,
    target: String,
    facts: String,
    version: String,
    sha: String,
    url: String,
    state: String,
    started_at: i64,
    finished_at: Option<i64>,
    committed_at: Option<i64>,
    posted_by: String,
    change_id: Option<String>,
    change_number: Option<i64>,
}

impl Row {
    fn read(self) -> Result<Deployment, Fault> {
        Ok(Deployment {
            id: stored(&self.id)?,
            system: stored(&self.system_id)?,
            system_name: self.system_name,
            team: stored(&self.team_id)?,
            environment: self.environment,
            target: self.target,
            // What does not read says nothing.
            facts: read_facts(&self.facts).unwrap_or_default(),
            version: self.version,
            sha: self.sha,
            url: self.url,
            state: stored(&self.state)?,
            started_at: Timestamp(self.started_at),
            finished_at: self.finished_at.map(Timestamp),
            committed_at: self.committed_at.map(Timestamp),
            by: self.posted_by,
            change: self.change_id.as_deref().map(stored).transpose()?,
            change_number: self.change_number,
        })
    }
}

fn select() -> Sql {
    sql(
        "SELECT d.id, d.system_id, s.name AS system_name, s.team_id, d.environment, d.target, d.facts, d.version, d.sha, d.url, d.state, d.started_at, d.finished_at, \
         d.committed_at, d.posted_by, d.change_id, c.number AS change_number \
         FROM deployments d JOIN systems s ON s.id = d.system_id LEFT JOIN changes c ON c.id = d.change_id WHERE 1 = 1",
    )
}

async fn read(query: Sql, conn: &mut AnyConnection) -> Result<Vec<Deployment>, Fault> {
    query.all::<Row>(conn).await?.into_iter().map(Row::read).collect()
}

pub(super) async fn get(conn: &mut AnyConnection, id: &DeploymentId) -> Result<Deployment, Fault> {
    read(select().push(" AND d.id = ").bind(id), conn).await?.pop().ok_or(Fault::NotFound("deployment"))
}

/// Those within reach that were made for a change, oldest first; at most `limit`, the latest.
pub(super) async fn of_change(conn: &mut AnyConnection, reach: &Reach, change: &ChangeId, limit: u32) -> Result<Vec<Deployment>, Fault> {
    let query = select().within("s.team_id", reach).push(" AND d.change_id = ").bind(change);
    let mut found = read(query.push(" ORDER BY d.started_at DESC, d.id DESC LIMIT ").bind(i64::from(limit)), conn).await?;
    found.reverse();
    Ok(found)
}

/// One page, newest first, with one row more than `limit`; `after` is moment and id of the last row of the page before.
pub(super) async fn list(
    conn: &mut AnyConnection,
    reach: &Reach,
    filter: &Filter,
    after: Option<(i64, String)>,
    limit: u32,
) -> Result<Vec<Deployment>, Fault> {
    let mut query = select().within("s.team_id", reach);
    if let Some(system) = &filter.system {
        query = query.push(" AND d.system_id = ").bind(system);
    }
    if !filter.environment.is_empty() {
        query = query.push(" AND d.environment = ").bind(&filter.environment);
    }
    if let Some((at, id)) = after {
        query = query.push(" AND (d.started_at < ").bind(at).push(" OR (d.started_at = ").bind(at).push(" AND d.id < ").bind(id).push("))");
    }
    read(query.push(" ORDER BY d.started_at DESC, d.id DESC LIMIT ").bind(i64::from(limit) + 1), conn).await
}

/// Those within reach, of these systems or of all, that ran at some moment of the span; the latest 500, oldest first.
pub(super) async fn during(
    conn: &mut AnyConnection,
    reach: &Reach,
    systems: Option<&[SystemId]>,
    span: Span,
) -> Result<Vec<Deployment>, Fault> {
    let mut query = select().within("s.team_id", reach).push(" AND d.started_at < ").bind(span.to);
    query = query.push(" AND COALESCE(d.finished_at, d.started_at) >= ").bind(span.from);
    if let Some(systems) = systems {
        query = query.and_in("d.system_id", systems);
    }
    let mut found = read(query.push(" ORDER BY d.started_at DESC, d.id DESC LIMIT 500"), conn).await?;
    found.reverse();
    Ok(found)
}

/// The latest of a system that came into an environment, or were taken back there, the last one first: to this place or to none by name.
/// Names count in any case, and only where it is not known which target was called so.
pub(super) async fn settled(
    conn: &mut AnyConnection,
    system: &SystemId,
    environment: &str,
    (id, name): (&LoadTargetId, &str),
) -> Result<Vec<Deployment>, Fault> {
    let query = select().push(" AND d.system_id = ").bind(system).push(" AND LOWER(d.environment) = ").bind(environment.to_lowercase());
    let query = query.push(" AND (d.target = '' OR d.target_id = ").bind(id).push(" OR (d.target_id = '' AND (d.target = ").bind(name);
    let query = query.push(" OR LOWER(d.target) = ").bind(name.to_lowercase()).push(")))");
    let query = query.and_in("d.state", [State::Succeeded.name(), State::RolledBack.name()]);
    read(query.push(" ORDER BY COALESCE(d.finished_at, d.started_at) DESC, d.id DESC LIMIT 50"), conn).await
}

/// How many of each of these systems began in the span in a production environment and succeeded.
pub(super) async fn succeeded(conn: &mut AnyConnection, systems: &[SystemId], span: Span) -> Result<Vec<(SystemId, i64)>, Fault> {
    #[derive(sqlx::FromRow)]
    struct Count {
        system_id: String,
        made: i64,
    }
    let rows: Vec<Count> = sql("SELECT system_id, COUNT(*) AS made FROM deployments WHERE state = 'succeeded' AND started_at >= ")
        .bind(span.from)
        .push(" AND started_at < ")
        .bind(span.to)
        .and_in("LOWER(environment)", PRODUCTION)
        .and_in("system_id", systems)
        .push(" GROUP BY system_id")
        .all(conn)
        .await?;
    rows.into_iter().map(|row| Ok((stored(&row.system_id)?, row.made))).collect()
}

/// A place of production to which nothing came for so long before what came last is taken for gone.
const RETIRED: i64 = 90 * DAY;

/// What production of each of these systems is made of, place by place, as the last deployment says that came there, was not taken back
/// and tells of it. What names no place came to all of them; a place to which nothing came for [`RETIRED`] before the last is none any more.
pub(super) async fn made_of(conn: &mut AnyConnection, systems: &[SystemId]) -> Result<Vec<Facts>, Fault> {
    #[derive(sqlx::FromRow)]
    struct Told {
        facts: String,
    }
    let rows: Vec<Told> = sql("SELECT ranked.facts FROM (SELECT d.facts, d.target, COALESCE(d.finished_at, d.started_at) AS came, \
         MAX(CASE WHEN d.target = '' THEN COALESCE(d.finished_at, d.started_at) END) OVER (PARTITION BY d.system_id) AS everywhere, \
         MAX(COALESCE(d.finished_at, d.started_at)) OVER (PARTITION BY d.system_id) AS newest, \
         ROW_NUMBER() OVER (PARTITION BY d.system_id, LOWER(d.target) ORDER BY COALESCE(d.finished_at, d.started_at) DESC, d.id DESC) AS place \
         FROM deployments d WHERE d.state = 'succeeded' AND d.facts <> ''")
    .and_in("LOWER(d.environment)", PRODUCTION)
    .and_in("d.system_id", systems)
    .push(
        " AND NOT EXISTS (SELECT 1 FROM deployments r WHERE r.state = 'rolled-back' AND r.system_id = d.system_id \
         AND LOWER(r.environment) = LOWER(d.environment) AND r.version = d.version AND r.sha = d.sha \
         AND (r.target = '' OR LOWER(r.target) = LOWER(d.target)) \
         AND (COALESCE(r.finished_at, r.started_at) > COALESCE(d.finished_at, d.started_at) \
         OR (COALESCE(r.finished_at, r.started_at) = COALESCE(d.finished_at, d.started_at) AND r.id > d.id)))",
    )
    .push(") ranked WHERE ranked.place = 1 AND (ranked.target = '' OR ranked.everywhere IS NULL OR ranked.came > ranked.everywhere)")
    .push(" AND ranked.newest - ranked.came <= ")
    .bind(RETIRED)
    .push(" ORDER BY ranked.facts")
    .all(conn)
    .await?;
    let mut found: Vec<Facts> = rows.iter().filter_map(|row| read_facts(&row.facts).ok()).collect();
    found.dedup();
    Ok(found)
}

/// The latest of the same system, environment, place, version and commit.
pub(super) async fn same(conn: &mut AnyConnection, system: &SystemId, post: &Post) -> Result<Option<Deployment>, Fault> {
    let query = select()
        .push(" AND d.system_id = ")
        .bind(system)
        .push(" AND d.environment = ")
        .bind(&post.environment)
        .push(" AND d.target = ")
        .bind(&post.target)
        .push(" AND d.version = ")
        .bind(&post.version)
        .push(" AND d.sha = ")
        .bind(&post.sha)
        .push(" ORDER BY d.started_at DESC, d.id DESC LIMIT 1");
    Ok(read(query, conn).await?.pop())
}

/// The target that the latest deployment came to which named its place so.
pub(super) async fn place(conn: &mut AnyConnection, system: &SystemId, name: &str) -> Result<Option<LoadTargetId>, Fault> {
    #[derive(sqlx::FromRow)]
    struct Place {
        target_id: String,
    }
    let row: Option<Place> = sql("SELECT target_id FROM deployments WHERE target_id <> '' AND system_id = ")
        .bind(system)
        .push(" AND (target = ")
        .bind(name)
        .push(" OR LOWER(target) = ")
        .bind(name.to_lowercase())
        .push(") ORDER BY posted_at DESC, id DESC LIMIT 1")
        .first(conn)
        .await?;
    row.map(|row| stored(&row.target_id)).transpose()
}

/// Those of a system that named a place so, and of which it was not known which target that is, came to this one; in another case only where
/// no other target is called exactly so.
pub(super) async fn came_to(conn: &mut AnyConnection, system: &SystemId, (id, name): (&LoadTargetId, &str)) -> Result<(), Fault> {
    sql(
        "UPDATE deployments SET target_id = $1 WHERE target_id = '' AND system_id = $2 AND (target = $3 OR (LOWER(target) = $4 AND NOT EXISTS \
         (SELECT 1 FROM load_targets t WHERE t.system_id = deployments.system_id AND t.id <> $5 AND t.name = deployments.target)))",
    )
    .value(id)
    .value(system)
    .value(name)
    .value(name.to_lowercase())
    .value(id)
    .run(conn)
    .await
    .map(drop)
}

pub(super) async fn insert(
    conn: &mut AnyConnection,
    id: &DeploymentId,
    system: &SystemId,
    (post, place, change): (&Post, Option<&LoadTargetId>, Option<&ChangeId>),
    (started, finished): (Timestamp, Option<Timestamp>),
    by: &str,
    now: Timestamp,
) -> Result<(), Fault> {
    sql(
        "INSERT INTO deployments (id, system_id, environment, target, target_id, facts, version, sha, url, state, started_at, finished_at, \
         posted_by, posted_at, committed_at, change_id) VALUES ",
    )
    .rows([post], |r, post| {
        r.bind(id)
            .bind(system)
            .bind(&post.environment)
            .bind(&post.target)
            .bind(place.map_or("", LoadTargetId::as_str))
            .bind(facts_text(&post.facts))
            .bind(&post.version)
            .bind(&post.sha)
            .bind(&post.url)
            .bind(post.state.name())
            .bind(started)
            .bind(finished)
            .bind(by)
            .bind(now)
            .bind(post.committed_at)
            .bind(change)
    })
    .run(conn)
    .await
    .map(|_| ())
}

/// It stands otherwise now.
pub(super) async fn settle(
    conn: &mut AnyConnection,
    id: &DeploymentId,
    (state, finished): (State, Option<Timestamp>),
    committed: Option<Timestamp>,
    (url, facts): (&str, &Facts),
    change: Option<&ChangeId>,
) -> Result<(), Fault> {
    sql("UPDATE deployments SET state = $1, finished_at = $2, committed_at = $3, url = $4, facts = $5, change_id = $6 WHERE id = $7")
        .value(state.name())
        .value(finished)
        .value(committed)
        .value(url)
        .value(facts_text(facts))
        .value(change)
        .value(id)
        .run(conn)
        .await
        .map(|_| ())
}

/// For which version of its change it came with a go.
pub(super) async fn let_through(conn: &mut AnyConnection, id: &DeploymentId, version: i64) -> Result<(), Fault> {
    sql("UPDATE deployments SET gated = $1 WHERE id = $2").value(version).value(id).run(conn).await.map(drop)
}
