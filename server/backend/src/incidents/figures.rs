//! Incidents and alerts in figures.

use std::collections::{BTreeMap, HashMap};

use domain::{
    Fault, Reach, Span,
    alerts::Severity,
    id::{IncidentId, SystemId},
    incidents::{FigureRow, FiguresAnswer, Impact, Noise, Took},
};
use sqlx::AnyConnection;

use super::store;
use crate::{alerts, people, systems};

/// Most incidents that are counted.
const MOST: u32 = 5_000;
/// Most kinds of alerts that are listed.
const LOUDEST: usize = 20;

/// How long the steps of an incident took, and what it cost.
type One = (Took, Option<Impact>);

/// What lies within reach and happened in the span.
pub(super) async fn of(conn: &mut AnyConnection, reach: &Reach, span: Span) -> Result<FiguresAnswer, Fault> {
    let counted = store::counted(conn, reach, span, MOST).await?;
    let loud = alerts::noise(conn, reach, span).await?;
    let mut ids: Vec<SystemId> = counted
        .iter()
        .filter_map(|incident| incident.system.clone())
        .chain(loud.iter().filter_map(|kind| SystemId::parse(&kind.system_id)))
        .collect();
    ids.sort();
    ids.dedup();
    let names: HashMap<SystemId, String> =
        systems::briefs(conn, &Reach::All, &ids).await?.into_iter().map(|brief| (brief.id, brief.name)).collect();
    let teams: HashMap<_, _> = people::teams(conn, &Reach::All).await?.into_iter().map(|team| (team.id, team.name)).collect();
    let ids: Vec<IncidentId> = counted.iter().map(|incident| incident.id.clone()).collect();
    let mut impacts = store::impacts(conn, reach, &ids).await?;
    let (mut by_system, mut by_team): (BTreeMap<String, Vec<One>>, BTreeMap<String, Vec<One>>) = Default::default();
    let mut by_severity: BTreeMap<i64, Vec<One>> = BTreeMap::new();
    let mut all = Vec::new();
    for incident in &counted {
        let one: One = (incident.times.took(), impacts.remove(incident.id.as_str()));
        all.push(one.clone());
        by_system.entry(incident.system.as_ref().and_then(|id| names.get(id)).cloned().unwrap_or_default()).or_default().push(one.clone());
        by_team.entry(teams.get(&incident.team).cloned().unwrap_or_default()).or_default().push(one.clone());
        by_severity.entry(incident.severity).or_default().push(one);
    }
    let rows = |groups: BTreeMap<String, Vec<One>>| {
        let mut rows: Vec<FigureRow> = groups.into_iter().map(|(name, these)| FigureRow::of(name, &these)).collect();
        rows.sort_by(|a, b| b.incidents.cmp(&a.incidents).then(a.name.cmp(&b.name)));
        rows
    };
    let mut noise = Noise::default();
    for kind in &loud {
        noise.fired += kind.fired;
        noise.acted += kind.acted;
        noise.useful += kind.useful;
        noise.useless += kind.useless;
    }
    let noisiest = loud.into_iter().take(LOUDEST).map(|kind| Noise {
        system: kind.system().and_then(|id| names.get(&id).cloned()).unwrap_or_default(),
        title: kind.title,
        fired: kind.fired,
        acted: kind.acted,
        useful: kind.useful,
        useless: kind.useless,
    });
    Ok(FiguresAnswer {
        span,
        cut: counted.len() >= MOST as usize,
        all: FigureRow::of("", &all),
        by_severity: by_severity.into_iter().map(|(rank, these)| FigureRow::of(Severity::from_rank(rank).name(), &these)).collect(),
        by_team: rows(by_team),
        by_system: rows(by_system),
        noise,
        noisiest: noisiest.collect(),
    })
}
