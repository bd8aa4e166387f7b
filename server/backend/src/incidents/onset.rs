//! What a firing alert does: joins the open incident, reopens the last one, or opens another.

use std::collections::{BTreeSet, HashMap};

use domain::{
    Fault, Timestamp,
    alerts::AlertFacts,
    id::{IncidentId, TeamId},
    incidents::{EntryKind, Onset, State, onset},
};

use super::{
    note, note_all, paging,
    store::{self, IncidentRow, Note},
    teamwork, tell,
};
use crate::{Context, WriteTx, alerts, explanations};

/// Who speaks of it in a timeline.
const NAME: &str = "alerts";

/// Alerts fire: gives the incident that each belongs to, after writing what happened into their timelines. Those that only join one
/// that is open are written together, however many they are.
pub async fn on_firing(tx: &mut WriteTx, ctx: &Context, alerts: &[AlertFacts]) -> Result<Vec<IncidentId>, Fault> {
    if alerts.is_empty() {
        return Ok(Vec::new());
    }
    let teams: BTreeSet<&TeamId> = alerts.iter().map(|alert| &alert.team).collect();
    let causes: BTreeSet<&str> = alerts.iter().map(|alert| alert.cause.as_str()).collect();
    let (teams, causes): (Vec<_>, Vec<_>) = (teams.into_iter().collect(), causes.into_iter().collect());
    // The open incident of each place and cause, and how bad it is.
    let mut open: HashMap<(String, String), (IncidentId, i64)> = HashMap::new();
    for row in store::take_running(tx, &teams, &causes, ctx.now()).await? {
        let place = row.system_id.clone().unwrap_or_else(|| row.team_id.clone());
        open.insert((place, row.cause.clone()), (row.id()?, row.severity));
    }
    let key = |alert: &AlertFacts| {
        let place = alert.system.as_ref().map_or_else(|| alert.team.to_string(), ToString::to_string);
        (place, alert.cause.clone())
    };
    // The worst of each first: then no other makes it worse.
    let mut order: Vec<usize> = (0..alerts.len()).collect();
    order.sort_by_cached_key(|place| (key(&alerts[*place]), alerts[*place].severity.rank(), *place));
    let (mut found, mut notes) = (vec![None; alerts.len()], Vec::new());
    for place in order {
        let (alert, key) = (&alerts[place], key(&alerts[place]));
        let stays = alert.system.is_none() && alert.incident.is_some();
        let joins = open.get(&key).filter(|(_, severity)| !stays && alert.severity.rank() >= *severity);
        let id = if let Some((id, _)) = joins {
            notes.push(fired(id, alert));
            id.clone()
        } else {
            let (id, severity) = one(tx, ctx, alert).await?;
            if !stays {
                open.insert(key, (id.clone(), severity));
            }
            id
        };
        found[place] = Some(id);
    }
    note_all(tx, ctx, NAME, &notes).await?;
    found.into_iter().collect::<Option<Vec<_>>>().ok_or(Fault::Internal)
}

/// Alerts that fire are worse than they were: so are their incidents, where those are open.
pub async fn on_worse(tx: &mut WriteTx, ctx: &Context, alerts: &[AlertFacts]) -> Result<(), Fault> {
    for alert in alerts {
        let Some(incident) = &alert.incident else { continue };
        let row = store::lock(tx, incident).await?;
        let row = lasting(tx, row).await?;
        if row.state()?.is_open() && paging::worsen(tx, ctx, &row, alert.severity, NAME).await? {
            paging::worsened(tx, ctx, &row.id()?).await?;
        }
    }
    Ok(())
}

/// The one that goes on, where it was merged into another.
async fn lasting(tx: &mut WriteTx, row: IncidentRow) -> Result<IncidentRow, Fault> {
    match &row.merged_into {
        Some(into) => store::lock(tx, &crate::db::stored(into)?).await,
        None => Ok(row),
    }
}

/// One of them, which opens an incident, or changes more of one than its timeline; the incident, and how bad it is now.
async fn one(tx: &mut WriteTx, ctx: &Context, alert: &AlertFacts) -> Result<(IncidentId, i64), Fault> {
    let now = ctx.now();
    if let Some(found) = settle(tx, ctx, alert, now).await? {
        return Ok(found);
    }
    // Another one is needed. The counter is the lock under which incidents are opened: numbers have no gap, and of
    // two that come at once the second finds the first one's incident.
    let number = store::next_number(tx).await?;
    if let Some(found) = settle(tx, ctx, alert, now).await? {
        store::give_number_back(tx).await?;
        return Ok(found);
    }
    let previous = store::latest(tx, alert).await?;
    let id: IncidentId = ctx.new_id();
    let row = IncidentRow::begin(&id, number, alert, previous.as_ref().map(|p| p.id.clone()), now);
    store::insert(tx, &row, alert.system.as_slice()).await?;
    note(tx, ctx, &id, NAME, EntryKind::Opened, &alert.title, None).await?;
    if let Some(previous) = previous {
        let link = format!("/incidents/{}", previous.number);
        note(tx, ctx, &id, NAME, EntryKind::Linked, &format!("INC-{}", previous.number), Some(&link)).await?;
    }
    note_fired(tx, ctx, &id, alert).await?;
    explanations::adopt(tx, ctx, &alert.id, &id).await?;
    alerts::join(tx, &alert.id, &id).await?;
    tell(tx, ctx, &id, "incident.opened").await?;
    Ok((id, row.severity))
}

/// Joins or reopens the latest incident of this system (or team) and cause, if the rule says so. What names no system stays in the
/// incident that it has: routes may have been written anew, and lead it to another group now.
async fn settle(tx: &mut WriteTx, ctx: &Context, alert: &AlertFacts, now: Timestamp) -> Result<Option<(IncidentId, i64)>, Fault> {
    let found = match (&alert.system, &alert.incident) {
        (None, Some(incident)) => Some(store::lock(tx, incident).await?),
        _ => store::take_latest(tx, alert, now).await?,
    };
    let Some(row) = found else { return Ok(None) };
    let row = lasting(tx, row).await?;
    let (id, state, severity) = (row.id()?, row.state()?, row.severity.min(alert.severity.rank()));
    match onset(Some((state, row.resolved_at.map(Timestamp))), teamwork::window(tx).await?, now) {
        Onset::Open => Ok(None),
        Onset::Join => {
            note_fired(tx, ctx, &id, alert).await?;
            if paging::worsen(tx, ctx, &row, alert.severity, NAME).await? {
                // Whoever took notice saw something milder, and something else.
                if alert.incident.is_none() && store::set_unseen(tx, &id).await? {
                    note(tx, ctx, &id, NAME, EntryKind::PagingAgain, "", None).await?;
                }
                paging::worsened(tx, ctx, &id).await?;
            }
            Ok(Some((id, severity)))
        }
        Onset::Reopen => {
            let to = if row.owner_id.is_some() { State::Investigating } else { State::Triage };
            store::reopen(tx, &id, to, now).await?;
            note(tx, ctx, &id, NAME, EntryKind::Reopened, &alert.title, None).await?;
            note_fired(tx, ctx, &id, alert).await?;
            // Before it is told: whom to page hangs on it.
            paging::worsen(tx, ctx, &row, alert.severity, NAME).await?;
            explanations::adopt(tx, ctx, &alert.id, &id).await?;
            alerts::join(tx, &alert.id, &id).await?;
            tell(tx, ctx, &id, "incident.reopened").await?;
            Ok(Some((id, severity)))
        }
    }
}

/// What the timeline says of it.
fn fired(incident: &IncidentId, alert: &AlertFacts) -> Note {
    let text = if alert.detail.is_empty() { alert.title.clone() } else { format!("{}: {}", alert.title, alert.detail) };
    Note { incident: incident.clone(), kind: EntryKind::AlertFired, text, link: format!("/alerts/{}", alert.id) }
}

async fn note_fired(tx: &mut WriteTx, ctx: &Context, id: &IncidentId, alert: &AlertFacts) -> Result<(), Fault> {
    let Note { kind, text, link, .. } = fired(id, alert);
    note(tx, ctx, id, NAME, kind, &text, Some(&link)).await
}
