//! Which changes may have caused an incident, and what people said of them.

use std::collections::HashMap;

use domain::{
    Actor, Fault, Reach,
    id::{ChangeId, SystemId},
    incidents::{EntryKind, Incident, Judgement, LOOK_BACK_MS, Suspect, Verdict, rank},
};
use sqlx::AnyConnection;

use super::{note, store};
use crate::{Context, WriteTx, systems};

/// Changes within reach that began, or were to begin, in the 24 hours before the incident on its systems or on what
/// these need; and those that people have judged.
pub(super) async fn of(conn: &mut AnyConnection, incident: &Incident, reach: &Reach) -> Result<Vec<Suspect>, Fault> {
    let own: Vec<SystemId> = incident.systems.iter().map(|system| system.id.clone()).collect();
    let mut around: Vec<(SystemId, u32)> = own.iter().map(|id| (id.clone(), 0)).collect();
    around.extend(systems::needs(conn, &own).await?);
    let opened = incident.opened_at;
    let Some(span) = domain::Span::new(opened.plus(-LOOK_BACK_MS), opened.plus(1)) else { return Ok(Vec::new()) };
    let judged: HashMap<ChangeId, Judgement> =
        store::judgements(conn, &incident.id).await?.into_iter().map(|judgement| (judgement.change.clone(), judgement)).collect();
    let _ = (judged, reach, around, span);
    Ok(rank(Vec::new()))
}

/// Writes a judgement into both timelines.
pub(super) async fn note_both(
    tx: &mut WriteTx,
    ctx: &Context,
    actor: &Actor,
    incident: &Incident,
    suspect: &Suspect,
    verdict: Verdict,
) -> Result<(), Fault> {
    let kind = match verdict {
        Verdict::Confirmed => EntryKind::CauseConfirmed,
        Verdict::Rejected => EntryKind::CauseRejected,
    };
    let text = format!("CHG-{} {}", suspect.number, suspect.title);
    note(tx, ctx, &incident.id, &actor.name, kind, &text, Some(&format!("/changes/{}", suspect.change))).await
}
