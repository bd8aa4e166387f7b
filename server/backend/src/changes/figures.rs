//! How changes went, by team and system.

use std::collections::{BTreeMap, BTreeSet};

use domain::{
    Actor, Fault, Permission, Span,
    changes::{ChangeFigureRow, ChangeFigures, Ended, GonePast},
    id::{ChangeId, SystemId},
    systems::Brief,
};

use super::{Service, store};
use crate::{db::stored, deployments, incidents, systems};

/// Most changes that are counted.
const MOST: u32 = 5_000;

/// What counts for a team or a system.
#[derive(Default)]
struct Group<'a> {
    changes: Vec<&'a Ended>,
    past: Vec<&'a GonePast>,
}

/// Names of a change's systems, as far as they are known to the reader.
fn names(of: &BTreeMap<ChangeId, Vec<SystemId>>, known: &[Brief], id: &ChangeId) -> Vec<String> {
    of.get(id).into_iter().flatten().filter_map(|id| known.iter().find(|s| s.id == *id)).map(|s| s.name.clone()).collect()
}

impl Service {
    pub(super) async fn figures(&self, actor: &Actor, span: Span) -> Result<ChangeFigures, Fault> {
        actor.require_somewhere(Permission::Read)?;
        let reach = actor.reach(Permission::Read);
        let mut conn = self.ctx.db.read().await?;
        let rows = store::ended(&mut conn, &reach, span, MOST).await?;
        let ids: Vec<ChangeId> = rows.iter().map(|row| stored(&row.id)).collect::<Result<_, _>>()?;
        let gone = store::gone_past(&mut conn, &reach, span, MOST).await?;
        let gone_ids: Vec<ChangeId> = gone.iter().map(|(_, row)| stored(&row.id)).collect::<Result<_, _>>()?;
        let known = systems::all(&mut conn, &reach).await?;
        let every: Vec<&ChangeId> = ids.iter().chain(&gone_ids).collect::<BTreeSet<_>>().into_iter().collect();
        let of = store::system_rows(&mut conn, &every).await?;
        let mut restored: BTreeMap<ChangeId, Vec<Option<i64>>> = BTreeMap::new();
        for (change, ms) in incidents::restored(&mut conn, &ids).await? {
            restored.entry(change).or_default().push(ms);
        }
        let mut ended = Vec::with_capacity(rows.len());
        for (row, id) in rows.iter().zip(&ids) {
            let after = restored.remove(id).unwrap_or_default();
            // A commit from after its end is none of what it brought.
            let commit = row.committed_at.filter(|at| *at <= row.finished_at);
            ended.push(Ended {
                team: row.team.clone(),
                systems: names(&of, &known, id),
                kind: stored(&row.kind)?,
                outcome: stored(&row.outcome)?,
                lead_ms: row.finished_at - commit.unwrap_or(row.created_at),
                from_commit: commit.is_some(),
                caused: !after.is_empty(),
                restored_ms: after.into_iter().flatten().collect(),
            });
        }
        let past: Vec<GonePast> = gone
            .iter()
            .zip(&gone_ids)
            .map(|((how, row), id)| GonePast { team: row.team.clone(), systems: names(&of, &known, id), how: *how })
            .collect();
        let system_ids: Vec<_> = known.iter().map(|s| s.id.clone()).collect();
        let (mut by_team, mut by_system): (BTreeMap<String, i64>, BTreeMap<String, i64>) = Default::default();
        let mut deployed = 0;
        for (id, made) in deployments::succeeded(&mut conn, &system_ids, span).await? {
            let Some(system) = known.iter().find(|s| s.id == id) else { continue };
            *by_team.entry(system.team_name.clone()).or_default() += made;
            *by_system.entry(system.name.clone()).or_default() += made;
            deployed += made;
        }
        let rows = |made: BTreeMap<String, i64>, of: &dyn Fn(&Ended) -> Vec<String>, of_past: &dyn Fn(&GonePast) -> Vec<String>| {
            let mut groups: BTreeMap<String, Group<'_>> = made.keys().map(|name| (name.clone(), Group::default())).collect();
            for change in &ended {
                for name in of(change) {
                    groups.entry(name).or_default().changes.push(change);
                }
            }
            for one in &past {
                for name in of_past(one) {
                    groups.entry(name).or_default().past.push(one);
                }
            }
            let mut rows: Vec<ChangeFigureRow> = groups
                .into_iter()
                .map(|(name, group)| {
                    let deployments = made.get(&name).copied().unwrap_or(0);
                    ChangeFigureRow::of(name, &group.changes, &group.past, deployments, span)
                })
                .collect();
            rows.sort_by(|a, b| b.changes.cmp(&a.changes).then(a.name.cmp(&b.name)));
            rows
        };
        Ok(ChangeFigures {
            span,
            all: ChangeFigureRow::of("", &ended.iter().collect::<Vec<_>>(), &past.iter().collect::<Vec<_>>(), deployed, span),
            by_team: rows(by_team, &|change: &Ended| vec![change.team.clone()], &|one: &GonePast| vec![one.team.clone()]),
            by_system: rows(by_system, &|change: &Ended| change.systems.clone(), &|one: &GonePast| one.systems.clone()),
            cut: ended.len().max(past.len()) >= MOST as usize,
        })
    }
}
