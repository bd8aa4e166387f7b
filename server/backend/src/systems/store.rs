//! Tables `systems` and `system_dependencies`.

use std::collections::{BTreeMap, BTreeSet};

use domain::{
    Fault, PageRequest, Reach, Timestamp,
    id::{SystemId, TeamId},
    systems::{Brief, Entry, Filter, Link, System, TeamChoice},
};
use sqlx::AnyConnection;

use crate::{
    db::{Sql, sql, stored},
    people,
};

#[derive(sqlx::FromRow)]
struct BriefRow {
    id: String,
    key: String,
    name: String,
    team_id: String,
    team_name: String,
    tier: i64,
}

impl BriefRow {
    fn read(self) -> Result<Brief, Fault> {
        Ok(Brief {
            id: stored(&self.id)?,
            key: self.key,
            name: self.name,
            team: stored(&self.team_id)?,
            team_name: self.team_name,
            tier: u8::try_from(self.tier).unwrap_or(4),
        })
    }
}

pub(super) fn within(query: Sql, column: &'static str, reach: &Reach) -> Sql {
    match reach {
        Reach::All => query,
        Reach::Teams(_) => {
            query.push(" AND ").push(column).push(" IN (SELECT id FROM systems WHERE 1 = 1").within("team_id", reach).push(")")
        }
    }
}

fn select_briefs() -> Sql {
    sql("SELECT s.id, s.key, s.name, s.team_id, t.name AS team_name, s.tier FROM systems s JOIN teams t ON t.id = s.team_id WHERE 1 = 1")
}

/// The runbook of a system.
pub(super) async fn runbook(conn: &mut AnyConnection, id: &SystemId) -> Result<Option<String>, Fault> {
    Ok(sql("SELECT runbook FROM systems WHERE id = $1").value(id).texts(conn).await?.pop())
}

pub(super) async fn briefs(conn: &mut AnyConnection, reach: &Reach, ids: &[SystemId]) -> Result<Vec<Brief>, Fault> {
    let rows: Vec<BriefRow> =
        select_briefs().within("s.team_id", reach).and_in("s.id", ids).push(" ORDER BY s.name, s.id").all(conn).await?;
    rows.into_iter().map(BriefRow::read).collect()
}

pub(super) async fn all(conn: &mut AnyConnection, reach: &Reach) -> Result<Vec<Brief>, Fault> {
    let rows: Vec<BriefRow> = select_briefs().within("s.team_id", reach).push(" ORDER BY s.name, s.id").all(conn).await?;
    rows.into_iter().map(BriefRow::read).collect()
}

/// Systems of tier 1.
pub(super) async fn vital(conn: &mut AnyConnection) -> Result<BTreeSet<SystemId>, Fault> {
    sql("SELECT id FROM systems WHERE tier = 1").texts(conn).await?.iter().map(|id| stored(id)).collect()
}

/// One whole row.
#[derive(sqlx::FromRow)]
struct SystemRow {
    id: String,
    key: String,
    name: String,
    team_id: String,
    team_key: String,
    team_name: String,
    tier: i64,
    description: String,
    runbook: String,
    links: String,
    version: i64,
    created_at: i64,
    updated_at: i64,
}

fn select_systems() -> Sql {
    sql("SELECT s.id, s.key, s.name, s.team_id, t.key AS team_key, t.name AS team_name, s.tier, s.description, s.runbook, s.links, \
         s.version, s.created_at, s.updated_at FROM systems s JOIN teams t ON t.id = s.team_id WHERE 1 = 1")
}

impl SystemRow {
    /// Without what it needs and what needs it.
    fn read(self) -> Result<System, Fault> {
        Ok(System {
            brief: Brief {
                id: stored(&self.id)?,
                key: self.key,
                name: self.name,
                team: stored(&self.team_id)?,
                team_name: self.team_name,
                tier: u8::try_from(self.tier).unwrap_or(4),
            },
            team_key: self.team_key,
            description: self.description,
            runbook: self.runbook,
            links: read_links(&self.links)?,
            needs: Vec::new(),
            needed_by: Vec::new(),
            version: self.version,
            created_at: Timestamp(self.created_at),
            updated_at: Timestamp(self.updated_at),
        })
    }
}

fn read_links(json: &str) -> Result<Vec<Link>, Fault> {
    serde_json::from_str(json).map_err(|error| {
        tracing::error!(%error, "stored links do not parse");
        Fault::Internal
    })
}

fn write_links(links: &[Link]) -> String {
    serde_json::to_string(links).unwrap_or_else(|_| "[]".to_owned())
}

/// A page of systems by tier and key, `limit + 1` rows, with what each needs and is needed by within reach.
pub(super) async fn list(conn: &mut AnyConnection, reach: &Reach, filter: &Filter, page: &PageRequest) -> Result<Vec<System>, Fault> {
    let mut query = select_systems().within("s.team_id", reach);
    if let Some(text) = &filter.text {
        query = query.push(" AND (").holds("s.name", text).push(" OR ").holds("s.key", text).push(")");
    }
    if let Some(team) = &filter.team {
        query = query.push(" AND t.key = ").bind(team);
    }
    if let Some(tier) = filter.tier {
        query = query.push(" AND s.tier = ").bind(i64::from(tier));
    }
    if let Some((tier, key)) = page.position()? {
        query = query.push(" AND (s.tier > ").bind(tier).push(" OR (s.tier = ").bind(tier).push(" AND s.key > ").bind(key).push("))");
    }
    let rows: Vec<SystemRow> = query.push(" ORDER BY s.tier, s.key LIMIT ").bind(page.limit + 1).all(conn).await?;
    let mut systems = rows.into_iter().map(SystemRow::read).collect::<Result<Vec<_>, _>>()?;
    join(conn, reach, &mut systems).await?;
    Ok(systems)
}

/// One system; `NotFound` outside the reach.
pub(super) async fn get(conn: &mut AnyConnection, reach: &Reach, id: &SystemId) -> Result<System, Fault> {
    let row: Option<SystemRow> = select_systems().within("s.team_id", reach).push(" AND s.id = ").bind(id).first(conn).await?;
    let mut systems = vec![row.ok_or(Fault::NotFound("system"))?.read()?];
    join(conn, reach, &mut systems).await?;
    systems.pop().ok_or(Fault::Internal)
}

/// Fills in what the systems need and what needs them.
async fn join(conn: &mut AnyConnection, reach: &Reach, systems: &mut [System]) -> Result<(), Fault> {
    if systems.is_empty() {
        return Ok(());
    }
    let known: BTreeMap<String, Brief> = all(conn, reach).await?.into_iter().map(|b| (b.id.to_string(), b)).collect();
    let edges: Vec<EdgeRow> = sql("SELECT system_id, needs_id FROM system_dependencies").all(conn).await?;
    for system in systems {
        let id = system.brief.id.as_str();
        system.needs = edges.iter().filter(|e| e.system_id == id).filter_map(|e| known.get(&e.needs_id).cloned()).collect();
        system.needed_by = edges.iter().filter(|e| e.needs_id == id).filter_map(|e| known.get(&e.system_id).cloned()).collect();
        system.needs.sort_by(|a, b| a.name.cmp(&b.name));
        system.needed_by.sort_by(|a, b| a.name.cmp(&b.name));
    }
    Ok(())
}

/// A system as the catalogue holds it: everything named by key.
pub(super) struct Stored {
    pub(super) id: SystemId,
    pub(super) team: TeamId,
    pub(super) version: i64,
    pub(super) entry: Entry,
}

/// Every system, by key.
pub(super) async fn stored_systems(conn: &mut AnyConnection) -> Result<Vec<Stored>, Fault> {
    let rows: Vec<SystemRow> = select_systems().push(" ORDER BY s.key").all(conn).await?;
    let edges: Vec<EdgeRow> = sql("SELECT system_id, needs_id FROM system_dependencies").all(conn).await?;
    let keys: BTreeMap<String, String> = rows.iter().map(|r| (r.id.clone(), r.key.clone())).collect();
    let mut systems = Vec::with_capacity(rows.len());
    for row in rows {
        let mut entry = Entry {
            key: row.key,
            name: row.name,
            team: row.team_key,
            tier: u8::try_from(row.tier).unwrap_or(4),
            description: row.description,
            runbook: row.runbook,
            links: read_links(&row.links)?,
            needs: edges.iter().filter(|e| e.system_id == row.id).filter_map(|e| keys.get(&e.needs_id).cloned()).collect(),
        };
        entry.sort();
        systems.push(Stored { id: stored(&row.id)?, team: stored(&row.team_id)?, version: row.version, entry });
    }
    Ok(systems)
}

/// Every team, by name.
pub(super) async fn teams(conn: &mut AnyConnection) -> Result<Vec<TeamChoice>, Fault> {
    let teams = people::teams(conn, &Reach::All).await?;
    Ok(teams.into_iter().map(|team| TeamChoice { id: team.id, key: team.key, name: team.name }).collect())
}

/// Writes a new row, without what it needs.
pub(super) async fn insert(conn: &mut AnyConnection, id: &SystemId, team: &TeamId, entry: &Entry, now: Timestamp) -> Result<(), Fault> {
    sql("INSERT INTO systems (id, key, name, team_id, tier, description, runbook, links, version, created_at, updated_at) VALUES ")
        .rows([entry], |row, e| {
            row.bind(id)
                .bind(&e.key)
                .bind(&e.name)
                .bind(team)
                .bind(i64::from(e.tier))
                .bind(&e.description)
                .bind(&e.runbook)
                .bind(write_links(&e.links))
                .bind(1_i64)
                .bind(now)
                .bind(now)
        })
        .run(conn)
        .await?;
    Ok(())
}

/// Replaces the row if it still has the version; whether it had.
pub(super) async fn update(
    conn: &mut AnyConnection,
    id: &SystemId,
    version: i64,
    team: &TeamId,
    entry: &Entry,
    now: Timestamp,
) -> Result<bool, Fault> {
    let changed = sql("UPDATE systems SET version = version + 1, key = ")
        .bind(&entry.key)
        .push(", name = ")
        .bind(&entry.name)
        .push(", team_id = ")
        .bind(team)
        .push(", tier = ")
        .bind(i64::from(entry.tier))
        .push(", description = ")
        .bind(&entry.description)
        .push(", runbook = ")
        .bind(&entry.runbook)
        .push(", links = ")
        .bind(write_links(&entry.links))
        .push(", updated_at = ")
        .bind(now)
        .push(" WHERE id = ")
        .bind(id)
        .push(" AND version = ")
        .bind(version)
        .run(conn)
        .await?;
    Ok(changed == 1)
}

/// Replaces what a system needs.
pub(super) async fn set_needs(conn: &mut AnyConnection, id: &SystemId, needs: &[SystemId]) -> Result<(), Fault> {
    sql("DELETE FROM system_dependencies WHERE system_id = $1").value(id).run(conn).await?;
    if !needs.is_empty() {
        sql("INSERT INTO system_dependencies (system_id, needs_id) VALUES ")
            .rows(needs, |row, need| row.bind(id).bind(need))
            .run(conn)
            .await?;
    }
    Ok(())
}

/// Removes a row; what refers to it makes this a conflict.
pub(super) async fn delete(conn: &mut AnyConnection, id: &SystemId) -> Result<(), Fault> {
    sql("DELETE FROM systems WHERE id = $1").value(id).run(conn).await?;
    Ok(())
}

/// Which way along the dependencies.
#[derive(Clone, Copy)]
pub(super) enum Direction {
    Needs,
    NeededBy,
}

#[derive(sqlx::FromRow)]
pub(super) struct EdgeRow {
    system_id: String,
    needs_id: String,
}

/// Every dependency.
pub(super) async fn edges(conn: &mut AnyConnection) -> Result<Vec<EdgeRow>, Fault> {
    sql("SELECT system_id, needs_id FROM system_dependencies").all(conn).await
}

/// Breadth first over all edges: a catalogue has hundreds of systems, not millions.
pub(super) fn spread(edges: &[EdgeRow], from: &[SystemId], direction: Direction) -> Result<Vec<(SystemId, u32)>, Fault> {
    let mut next: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
    for edge in edges {
        let (a, b) = match direction {
            Direction::Needs => (&edge.system_id, &edge.needs_id),
            Direction::NeededBy => (&edge.needs_id, &edge.system_id),
        };
        next.entry(a).or_default().push(b);
    }
    let mut distance: BTreeMap<&str, u32> = from.iter().map(|id| (id.as_str(), 0)).collect();
    let mut wave: Vec<&str> = distance.keys().copied().collect();
    let mut step = 0;
    while !wave.is_empty() {
        step += 1;
        let mut reached = Vec::new();
        for id in wave {
            for &neighbour in next.get(id).into_iter().flatten() {
                if !distance.contains_key(neighbour) {
                    distance.insert(neighbour, step);
                    reached.push(neighbour);
                }
            }
        }
        wave = reached;
    }
    let mut found = Vec::new();
    for (id, steps) in distance {
        if steps > 0 {
            found.push((stored(id)?, steps));
        }
    }
    found.sort_by_key(|(_, steps)| *steps);
    Ok(found)
}
