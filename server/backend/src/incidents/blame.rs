//! An incident that a change is known to have caused: its systems got worse, and statistics leave no doubt.

use domain::{
    Fault, Timestamp,
    alerts::Severity,
    id::{ChangeId, IncidentId, SystemId, TeamId},
    incidents::{EntryKind, Suspect, SuspectKind, Verdict},
    systems::Brief,
};

use super::{
    note,
    store::{self, IncidentRow},
    tell,
};
use crate::{Context, WriteTx};

/// What is known.
pub(crate) struct Blame<'a> {
    pub(crate) change: &'a ChangeId,
    /// `CHG-12 New routing`.
    pub(crate) label: String,
    /// The team of the change.
    pub(crate) team: TeamId,
    /// How risky it was said to be.
    pub(crate) risk: &'static str,
    /// The system that got worse.
    pub(crate) system: &'a Brief,
    /// All systems that the change touched, that one first.
    pub(crate) systems: &'a [SystemId],
    /// When the change began.
    pub(crate) since: Timestamp,
    /// What got worse, and by how much.
    pub(crate) impact: String,
}

/// Confirms the change as the cause of the incident that is open on its systems since it began, or of a new one; gives the
/// incident and its number.
pub(crate) async fn blame(tx: &mut WriteTx, ctx: &Context, actor_name: &str, blame: &Blame<'_>) -> Result<(IncidentId, i64), Fault> {
    let open = store::open_on(tx, blame.systems).await?;
    let mut known = store::these(tx, &open).await?;
    known.retain(|row| row.opened_at >= blame.since.0);
    let (id, number) = match known.into_iter().max_by_key(|row| row.number) {
        Some(row) => (row.id()?, row.number),
        None => open_for(tx, ctx, actor_name, blame).await?,
    };
    let now = ctx.now();
    let link = format!("/changes/{}", blame.change);
    let suspect = Suspect {
        kind: SuspectKind::Change,
        id: blame.change.to_string(),
        title: blame.label.clone(),
        link: link.clone(),
        state: String::new(),
        system: blame.system.id.clone(),
        system_name: blame.system.name.clone(),
        team: blame.team.clone(),
        distance: 0,
        at: blame.since,
        before_ms: now.since(blame.since),
        risk: blame.risk.to_owned(),
        pattern: SuspectKind::Change.name().to_owned(),
        hits: 0,
        judged: 0,
        score: 1.0,
        verdict: Some(Verdict::Confirmed),
        judged_by: actor_name.to_owned(),
    };
    if store::judge(tx, &id, &suspect, Verdict::Confirmed, actor_name, now).await? {
        note(tx, ctx, &id, actor_name, EntryKind::CauseConfirmed, &blame.label, Some(&link)).await?;
    }
    Ok((id, number))
}

async fn open_for(tx: &mut WriteTx, ctx: &Context, actor_name: &str, blame: &Blame<'_>) -> Result<(IncidentId, i64), Fault> {
    let id: IncidentId = ctx.new_id();
    let number = store::next_number(tx).await?;
    // What matters most is worse than high.
    let severity = if blame.system.tier <= 1 { Severity::P1 } else { Severity::P2 };
    let title = format!("{}: FAIL · 上线验证未通过", blame.label);
    let row = IncidentRow {
        system_id: Some(blame.system.id.to_string()),
        impact: blame.impact.clone(),
        ..IncidentRow::fresh(&id, number, title, severity, &blame.system.team, ctx.now())
    };
    store::insert(tx, &row, blame.systems).await?;
    note(tx, ctx, &id, actor_name, EntryKind::Opened, &row.title, None).await?;
    tell(tx, ctx, &id, "incident.opened").await?;
    Ok((id, number))
}
