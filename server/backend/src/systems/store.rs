//! Tables `systems` and `system_dependencies`.

use std::collections::BTreeMap;

use domain::{Fault, Reach, id::SystemId, systems::Brief};
use sqlx::AnyConnection;

use crate::db::{Sql, sql, stored};

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

fn select_briefs() -> Sql {
    sql("SELECT s.id, s.key, s.name, s.team_id, t.name AS team_name, s.tier FROM systems s JOIN teams t ON t.id = s.team_id WHERE 1 = 1")
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

/// Which way along the dependencies.
#[derive(Clone, Copy)]
pub(super) enum Direction {
    Needs,
    NeededBy,
}

#[derive(sqlx::FromRow)]
struct EdgeRow {
    system_id: String,
    needs_id: String,
}

/// Breadth first over all edges: a catalogue has hundreds of systems, not millions.
pub(super) async fn spread(conn: &mut AnyConnection, from: &[SystemId], direction: Direction) -> Result<Vec<(SystemId, u32)>, Fault> {
    let edges: Vec<EdgeRow> = sql("SELECT system_id, needs_id FROM system_dependencies").all(conn).await?;
    let mut next: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
    for edge in &edges {
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
