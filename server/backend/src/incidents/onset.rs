//! What a firing alert does: joins the open incident, reopens the last one, or opens another.

use domain::{
    Fault, Timestamp,
    alerts::AlertFacts,
    id::IncidentId,
    incidents::{EntryKind, Onset, State, onset},
};

use super::{note, paging, store, teamwork, tell};
use crate::{Context, WriteTx};

/// An alert fires: gives the incident it belongs to, after writing what happened into its timeline.
pub async fn on_firing(tx: &mut WriteTx, ctx: &Context, alert: &AlertFacts) -> Result<IncidentId, Fault> {
    let now = ctx.now();
    if let Some(id) = settle(tx, ctx, alert, now).await? {
        return Ok(id);
    }
    // Another one is needed. The counter is the lock under which incidents are opened: numbers have no gap, and of
    // two that come at once the second finds the first one's incident.
    let number = store::next_number(tx).await?;
    if let Some(id) = settle(tx, ctx, alert, now).await? {
        store::give_number_back(tx).await?;
        return Ok(id);
    }
    let previous = store::latest(tx, alert).await?;
    let id: IncidentId = ctx.new_id();
    let row = store::IncidentRow::begin(&id, number, alert, previous.as_ref().map(|p| p.id.clone()), now);
    store::insert(tx, &row, alert.system.as_slice()).await?;
    note(tx, ctx, &id, "alerts", EntryKind::Opened, &alert.title, None).await?;
    if let Some(previous) = previous {
        let link = format!("/incidents/{}", previous.number);
        note(tx, ctx, &id, "alerts", EntryKind::Linked, &format!("INC-{}", previous.number), Some(&link)).await?;
    }
    note_fired(tx, ctx, &id, alert).await?;
    tell(tx, ctx, &id, "incident.opened").await?;
    Ok(id)
}

/// Joins or reopens the latest incident of this system (or team) and cause, if the rule says so. What names no system stays in the
/// incident that it has: routes may have been written anew, and lead it to another group now.
async fn settle(tx: &mut WriteTx, ctx: &Context, alert: &AlertFacts, now: Timestamp) -> Result<Option<IncidentId>, Fault> {
    let found = match (&alert.system, &alert.incident) {
        (None, Some(incident)) => Some(store::lock(tx, incident).await?),
        _ => store::take_latest(tx, alert, now).await?,
    };
    let Some(mut row) = found else { return Ok(None) };
    if let Some(into) = &row.merged_into {
        row = store::lock(tx, &crate::db::stored(into)?).await?;
    }
    let (id, state) = (row.id()?, row.state()?);
    match onset(Some((state, row.resolved_at.map(Timestamp))), teamwork::window(tx).await?, now) {
        Onset::Open => Ok(None),
        Onset::Join => {
            note_fired(tx, ctx, &id, alert).await?;
            if alert.severity.rank() < row.severity {
                store::worsen(tx, &id, alert.severity, now).await?;
                note(tx, ctx, &id, "alerts", EntryKind::Edited, alert.severity.name(), None).await?;
                paging::worsened(tx, ctx, &id).await?;
            }
            Ok(Some(id))
        }
        Onset::Reopen => {
            let to = if row.owner_id.is_some() { State::Investigating } else { State::Triage };
            store::reopen(tx, &id, to, now).await?;
            note(tx, ctx, &id, "alerts", EntryKind::Reopened, &alert.title, None).await?;
            note_fired(tx, ctx, &id, alert).await?;
            tell(tx, ctx, &id, "incident.reopened").await?;
            Ok(Some(id))
        }
    }
}

async fn note_fired(tx: &mut WriteTx, ctx: &Context, id: &IncidentId, alert: &AlertFacts) -> Result<(), Fault> {
    let text = if alert.detail.is_empty() { alert.title.clone() } else { format!("{}: {}", alert.title, alert.detail) };
    note(tx, ctx, id, "alerts", EntryKind::AlertFired, &text, Some(&format!("/alerts/{}", alert.id))).await
}
