//! What may have caused an incident: changes, deployments, runs of tools and alerts around it; and what people said of them.

use std::collections::HashMap;

use domain::{
    Actor, Fault, Reach, Span, Timestamp,
    id::{ChangeId, SystemId},
    incidents::{EntryKind, Incident, Judgement, LOOK_BACK_MS, RUN_BACK_MS, Suspect, SuspectKind, TOGETHER_MS, Verdict, rank},
};
use sqlx::AnyConnection;

use super::{note, store};
use crate::{Context, WriteTx, alerts, changes, deployments, systems, tools};

/// The systems of an incident and all that they need, each with its distance.
struct Around {
    places: Vec<(SystemId, u32)>,
    names: HashMap<SystemId, String>,
    opened: Timestamp,
}

impl Around {
    async fn read(conn: &mut AnyConnection, incident: &Incident) -> Result<Self, Fault> {
        let own: Vec<SystemId> = incident.systems.iter().map(|system| system.id.clone()).collect();
        let mut places: Vec<(SystemId, u32)> = own.iter().map(|id| (id.clone(), 0)).collect();
        if own.is_empty() {
            // Nobody said which system it is: it may be any of the team.
            places.extend(systems::all(conn, &Reach::Teams(vec![incident.team.clone()])).await?.into_iter().map(|brief| (brief.id, 1)));
        }
        places.extend(systems::needs(conn, &own).await?);
        let ids: Vec<SystemId> = places.iter().map(|(id, _)| id.clone()).collect();
        let names = systems::briefs(conn, &Reach::All, &ids).await?.into_iter().map(|brief| (brief.id, brief.name)).collect();
        Ok(Self { places, names, opened: incident.opened_at })
    }

    fn systems(&self) -> Vec<SystemId> {
        self.places.iter().map(|(id, _)| id.clone()).collect()
    }

    /// The time before the incident, as long as this, and a little after it.
    fn span(&self, back_ms: i64, after_ms: i64) -> Option<Span> {
        Span::new(self.opened.plus(-back_ms), self.opened.plus(after_ms.max(1)))
    }

    /// A suspect on one of these systems, at its nearest.
    fn suspect(&self, kind: SuspectKind, id: String, title: String, system: SystemId, team: domain::id::TeamId, at: Timestamp) -> Suspect {
        let distance = self.places.iter().filter(|(place, _)| *place == system).map(|(_, distance)| *distance).min().unwrap_or(u32::MAX);
        let link = match kind {
            SuspectKind::Change => format!("/changes/{id}"),
            SuspectKind::Deployment => format!("/deployments?system={system}#deployment-{id}"),
            SuspectKind::Run => format!("/runs/{id}"),
            SuspectKind::Alert => format!("/alerts/{id}"),
        };
        Suspect {
            kind,
            id,
            title,
            link,
            state: String::new(),
            system_name: self.names.get(&system).cloned().unwrap_or_default(),
            system,
            team,
            distance,
            at,
            before_ms: self.opened.since(at),
            risk: String::new(),
            pattern: kind.name().to_owned(),
            hits: 0,
            judged: 0,
            score: 0.0,
            verdict: None,
            judged_by: String::new(),
        }
    }
}

/// What lies within reach and may have caused it, and what people have said anything of, ranked.
pub(super) async fn of(conn: &mut AnyConnection, incident: &Incident, reach: &Reach) -> Result<Vec<Suspect>, Fault> {
    let around = Around::read(conn, incident).await?;
    let systems = around.systems();
    let mut found = Vec::new();
    if let Some(span) = around.span(LOOK_BACK_MS, 1) {
        for change in changes::recent(conn, &around.places, span).await? {
            let at = change.started_at.unwrap_or(change.window.from);
            let title = format!("CHG-{} {}", change.number, change.title);
            let mut suspect = around.suspect(SuspectKind::Change, change.id.to_string(), title, change.system, change.team, at);
            change.state.name().clone_into(&mut suspect.state);
            change.risk.name().clone_into(&mut suspect.risk);
            found.push(suspect);
        }
        for made in deployments::recent(conn, &systems, span).await? {
            let (at, wrong) = (made.started_at, made.went_wrong());
            let mut suspect = around.suspect(SuspectKind::Deployment, made.id.to_string(), made.label(), made.system, made.team, at);
            made.state.name().clone_into(&mut suspect.state);
            if wrong {
                "failed".clone_into(&mut suspect.risk);
            }
            found.push(suspect);
        }
    }
    if let Some(span) = around.span(RUN_BACK_MS, 1) {
        for run in tools::began(conn, &systems, span).await? {
            // What was run for this incident did not lead to it, whatever the clock says.
            if run.incident.as_ref() == Some(&incident.id) {
                continue;
            }
            let mut suspect = around.suspect(SuspectKind::Run, run.id.to_string(), run.tool_name, run.system, run.team, run.at);
            run.state.word().clone_into(&mut suspect.state);
            suspect.pattern = format!("run:{}", run.tool);
            found.push(suspect);
        }
    }
    if let Some(span) = around.span(TOGETHER_MS, TOGETHER_MS) {
        for alert in alerts::began(conn, &systems, &incident.id, span).await? {
            // What began when it was over did not bring it.
            if incident.resolved_at.is_some_and(|end| alert.started_at > end) {
                continue;
            }
            let mut suspect =
                around.suspect(SuspectKind::Alert, alert.id.to_string(), alert.title, alert.system, alert.team, alert.started_at);
            alert.state.name().clone_into(&mut suspect.state);
            found.push(suspect);
        }
    }
    let mut said: HashMap<(SuspectKind, String), Judgement> =
        store::judgements(conn, &incident.id).await?.into_iter().map(|said| ((said.kind, said.id.clone()), said)).collect();
    for suspect in &mut found {
        if let Some(said) = said.remove(&(suspect.kind, suspect.id.clone())) {
            (suspect.verdict, suspect.judged_by) = (Some(said.verdict), said.by);
        }
    }
    // What was said of something that lies too far back now, or was forgotten since, stands all the same.
    for (_, said) in said {
        let mut suspect = around.suspect(said.kind, said.id, said.title, said.system, said.team, said.began_at);
        (suspect.pattern, suspect.verdict, suspect.judged_by) = (said.pattern, Some(said.verdict), said.by);
        found.push(suspect);
    }
    found.retain(|suspect| reach.includes(&suspect.team));
    let hits = store::hits(conn, &systems, &incident.id).await?;
    for suspect in &mut found {
        (suspect.hits, suspect.judged) = hits.get(&(suspect.system.clone(), suspect.pattern.clone())).copied().unwrap_or_default();
    }
    Ok(rank(found))
}

/// Writes a judgement into the timeline, and into that of the change where it is one.
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
    note(tx, ctx, &incident.id, &actor.name, kind, &suspect.title, Some(&suspect.link)).await?;
    let Some(change) = ChangeId::parse(&suspect.id).filter(|_| suspect.kind == SuspectKind::Change) else { return Ok(()) };
    // Who may not speak there leaves it alone; who reads there may not read the incident, so that is named by its number.
    match changes::workable(tx, actor, &change).await {
        Err(Fault::NotFound(_) | Fault::Forbidden(_)) => return Ok(()),
        other => other?,
    }
    // A sign needs no translation: this change led, or did not lead, to that incident.
    let sign = if verdict == Verdict::Confirmed { "⇒" } else { "⇏" };
    let text = format!("{sign} {}", incident.label());
    changes::note(tx, ctx, &change, &actor.name, &text, Some(&format!("/incidents/{}", incident.number))).await
}
