//! Which changes may have caused an incident, and what people said of them.

use std::collections::HashMap;

use domain::{
    Actor, Fault, Reach,
    id::{ChangeId, SystemId},
    incidents::{EntryKind, Incident, Judgement, LOOK_BACK_MS, Suspect, Verdict, rank},
};
use sqlx::AnyConnection;

use super::{note, store};
use crate::{Context, WriteTx, changes, systems};

/// Changes within reach that began, or were to begin, in the 24 hours before the incident on its systems or on what
/// these need; and those that people have judged.
pub(super) async fn of(conn: &mut AnyConnection, incident: &Incident, reach: &Reach) -> Result<Vec<Suspect>, Fault> {
    let own: Vec<SystemId> = incident.systems.iter().map(|system| system.id.clone()).collect();
    let mut around: Vec<(SystemId, u32)> = own.iter().map(|id| (id.clone(), 0)).collect();
    around.extend(systems::needs(conn, &own).await?);
    let opened = incident.opened_at;
    let Some(span) = domain::Span::new(opened.plus(-LOOK_BACK_MS), opened.plus(1)) else { return Ok(Vec::new()) };
    let recent = changes::recent(conn, &around, span).await?;
    let judged: HashMap<ChangeId, Judgement> =
        store::judgements(conn, &incident.id).await?.into_iter().map(|judgement| (judgement.change.clone(), judgement)).collect();
    let ids: Vec<SystemId> = recent.iter().map(|change| change.system.clone()).collect();
    let names: HashMap<SystemId, String> =
        systems::briefs(conn, &Reach::All, &ids).await?.into_iter().map(|brief| (brief.id, brief.name)).collect();
    let suspects = recent.into_iter().filter(|change| reach.includes(&change.team)).map(|change| {
        let at = change.started_at.unwrap_or(change.window.from);
        let judgement = judged.get(&change.id);
        Suspect {
            number: change.number,
            title: change.title,
            state: change.state.name().to_owned(),
            system_name: names.get(&change.system).cloned().unwrap_or_default(),
            distance: change.distance,
            at,
            before_ms: opened.since(at),
            score: 0.0,
            verdict: judgement.map(|j| j.verdict),
            judged_by: judgement.map_or_else(String::new, |j| j.by.clone()),
            change: change.id,
        }
    });
    Ok(rank(suspects.collect()))
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
    note(tx, ctx, &incident.id, &actor.name, kind, &text, Some(&format!("/changes/{}", suspect.change))).await?;
    // A sign needs no translation: this change led, or did not lead, to that incident.
    let sign = if verdict == Verdict::Confirmed { "⇒" } else { "⇏" };
    let text = format!("{sign} {} {}", incident.label(), incident.title);
    changes::note(tx, ctx, &suspect.change, &actor.name, &text, Some(&format!("/incidents/{}", incident.number))).await
}
