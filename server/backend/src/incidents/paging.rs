//! What escalations need to know of an incident, and taking notice of it.

use domain::{
    Actor, Fault, Permission, Reach,
    alerts::Severity,
    escalations::Progress,
    id::{IncidentId, SystemId, TeamId},
    incidents::EntryKind,
};
use serde_json::{Value, json};
use sqlx::AnyConnection;

use super::{
    Service, note, payload,
    store::{self, IncidentRow},
};
use crate::{Context, WriteTx, alerts, escalations};

/// An incident as escalations see it.
pub(crate) struct Facts {
    pub(crate) id: IncidentId,
    pub(crate) number: i64,
    pub(crate) title: String,
    pub(crate) severity: Severity,
    pub(crate) team: TeamId,
    pub(crate) system: Option<SystemId>,
    pub(crate) open: bool,
    /// Somebody took notice since it opened last.
    pub(crate) acknowledged: bool,
    /// What messages tell of it.
    pub(crate) payload: Value,
}

/// The facts of an incident, whoever asks.
pub(crate) async fn facts(conn: &mut AnyConnection, id: &IncidentId) -> Result<Facts, Fault> {
    let row = store::get(conn, &Reach::All, id).await?;
    Ok(Facts {
        id: row.id()?,
        number: row.number,
        title: row.title.clone(),
        severity: Severity::from_rank(row.severity),
        team: row.team()?,
        system: row.system()?,
        open: row.state()?.is_open(),
        acknowledged: row.seen_at.is_some(),
        payload: payload(conn, &row).await?,
    })
}

/// The same, with the incident locked for this transaction.
pub(crate) async fn locked(tx: &mut WriteTx, id: &IncidentId) -> Result<Facts, Fault> {
    store::lock(tx, id).await?;
    facts(tx, id).await
}

/// The team of an incident that the actor may read; `NotFound` where they may not.
pub(crate) async fn readable(conn: &mut AnyConnection, actor: &Actor, id: &IncidentId) -> Result<TeamId, Fault> {
    store::get(conn, &actor.reach(Permission::Read), id).await?.team()
}

/// Somebody took notice: nobody is paged for it any more.
pub(super) async fn seen(tx: &mut WriteTx, ctx: &Context, id: &IncidentId, by: &str) -> Result<(), Fault> {
    store::set_acknowledged(tx, id, ctx.now()).await?;
    escalations::stop(tx, ctx, id, Progress::Acknowledged, by).await
}

/// It is as bad as this from now on, if it was not; whether that is news. Who is called then is another matter: [`worsened`].
pub(super) async fn worsen(tx: &mut WriteTx, ctx: &Context, row: &IncidentRow, to: Severity, by: &str) -> Result<bool, Fault> {
    if to.rank() >= row.severity {
        return Ok(false);
    }
    let id = row.id()?;
    store::worsen(tx, &id, to, ctx.now()).await?;
    note(tx, ctx, &id, by, EntryKind::Edited, to.name(), None).await?;
    Ok(true)
}

/// It became worse than it was: whoever its severity calls is called.
pub(super) async fn worsened(tx: &mut WriteTx, ctx: &Context, id: &IncidentId) -> Result<(), Fault> {
    let facts = facts(tx, id).await?;
    escalations::worsened(tx, ctx, &facts).await
}

impl Service {
    pub(super) async fn take_notice(&self, actor: &Actor, id: &IncidentId) -> Result<(), Fault> {
        let (mut tx, row) = self.begin(actor, id).await?;
        let team = row.team()?;
        // Alerts are locked before incidents, everywhere.
        let alerts =
            if actor.may(Permission::AcknowledgeAlerts, &team) { alerts::acknowledge_of(&mut tx, &self.ctx, actor, id).await? } else { 0 };
        let before = locked(&mut tx, id).await?;
        if !before.open {
            return Err(Fault::conflict("conflict-incident-over"));
        }
        let climbs = escalations::climbs(&mut tx, id).await?;
        if before.acknowledged && !climbs && alerts == 0 {
            return Ok(());
        }
        seen(&mut tx, &self.ctx, id, &actor.name).await?;
        note(&mut tx, &self.ctx, id, &actor.name, EntryKind::Acknowledged, "", None).await?;
        self.finish(tx, actor, "incident.acknowledge", &row, &json!({ "alerts": alerts })).await
    }
}
