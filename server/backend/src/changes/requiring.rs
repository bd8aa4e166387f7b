//! Evidence that a change needs, and doing without it: asked for by one person, agreed to by another who may
//! approve for every system touched and neither requested nor wrote the change, for a while.

use domain::{
    Actor, Fault, Permission, Span, Timestamp, Wording,
    changes::{Bound, Content, Demands, EntryKind, Kind, Refusal, Requirement, Shown, number_text, parse_waiver},
    evidence::{Evidence, EvidenceKind},
    form::{Check, Typed},
    id::{ChangeId, EntryId, TeamId},
    time::{DAY, HOUR},
};
use serde_json::json;
use sqlx::AnyConnection;

use super::{Service, acts::person, loaded::Loaded, store, tell};
use crate::{deployments, evidence, transactions};

/// How far back it is looked for what production bears.
const BUSIEST: i64 = 28 * DAY;

/// Evidence of the artifact, the newest first, that its teams brought; and of others of its name the newest.
pub(super) async fn evidence_of(conn: &mut AnyConnection, content: &Content, owners: &[TeamId]) -> Result<Vec<Evidence>, Fault> {
    let Some(artifact) = &content.artifact else { return Ok(Vec::new()) };
    let teams: Vec<TeamId> = owners.iter().chain([&content.team]).cloned().collect();
    evidence::of_artifact(conn, &teams, &artifact.name, &artifact.sha).await
}

/// What these have against the change. An emergency goes past it for a reason, which is kept.
pub(super) fn held_back(change: &Loaded, requirements: &[Requirement]) -> Vec<Refusal> {
    let yields = change.content.kind == Kind::Emergency;
    requirements.iter().flat_map(|requirement| requirement.refusals(yields)).collect()
}

/// What stands for a kind of evidence: the name of custom evidence, where it has one.
fn called(kind: EvidenceKind, custom: &str) -> &str {
    if custom.is_empty() { kind.name() } else { custom }
}

/// How it stands with each kind that the policy asked for when the content was written.
async fn requirements(conn: &mut AnyConnection, change: &Loaded, now: Timestamp) -> Result<Vec<Requirement>, Fault> {
    if change.stored.demands.evidence.is_empty() {
        return Ok(Vec::new());
    }
    let found = evidence_of(conn, &change.content, &change.owners()).await?;
    weighed(conn, change, &found, now).await
}

/// The same demands with what the busiest of the change's systems bore in the four weeks before, in transactions a second, where they ask
/// for it and any was counted. It is read when they are written: what is paid afterwards moves nothing.
pub(super) async fn with_peak(conn: &mut AnyConnection, demands: Demands, content: &Content, now: Timestamp) -> Result<Demands, Fault> {
    if !demands.asks_for_peak() {
        return Ok(demands);
    }
    let to = now.floor(HOUR);
    let span = Span { from: to.plus(-BUSIEST), to };
    let mut most = 0.0_f64;
    for system in &content.systems {
        most = most.max(transactions::peak(conn, system, span).await?);
    }
    Ok(Demands { peak: Bound::try_from(most).ok().filter(|_| most > 0.0), ..demands })
}

async fn weighed(conn: &mut AnyConnection, change: &Loaded, found: &[Evidence], now: Timestamp) -> Result<Vec<Requirement>, Fault> {
    let demands = &change.stored.demands;
    let production = if demands.like_production { deployments::made_of(conn, &change.content.systems).await? } else { Vec::new() };
    let wanted = demands.wanted(&production);
    if wanted.is_empty() {
        return Ok(Vec::new());
    }
    let artifact = change.content.artifact.as_ref();
    let waivers = store::waivers(conn, change.id(), change.stored.version).await?;
    Ok(wanted.into_iter().map(|wanted| Requirement::of(wanted, artifact, found, &change.writers, &waivers, now)).collect())
}

/// What that has against the change.
pub(super) async fn lacking(conn: &mut AnyConnection, change: &Loaded, now: Timestamp) -> Result<Vec<Refusal>, Fault> {
    Ok(held_back(change, &requirements(conn, change, now).await?))
}

impl Service {
    /// How it stands with each kind that is asked for, and what evidence there is whether or not it is asked for, of one reading.
    pub(super) async fn evidence(&self, conn: &mut AnyConnection, change: &Loaded) -> Result<(Vec<Requirement>, Vec<Shown>), Fault> {
        let found = evidence_of(conn, &change.content, &change.owners()).await?;
        let shown = Shown::of(change.content.artifact.as_ref(), &found);
        Ok((weighed(conn, change, &found, self.ctx.now()).await?, shown))
    }

    pub(super) async fn waive(&self, actor: &Actor, id: &ChangeId, typed: &Typed) -> Result<(), Fault> {
        let (mut tx, change) = self.begin(actor, id, Permission::ExecuteChanges).await?;
        let user = person(actor, Permission::ExecuteChanges)?;
        let (kind, custom, reason, length) = parse_waiver(typed)?;
        let asked = |requirement: &Requirement| requirement.kind == kind && requirement.custom == custom;
        let needed = requirements(&mut tx, &change, self.ctx.now()).await?.into_iter().find(asked);
        let needed = needed.ok_or_else(|| Fault::invalid("kind", kind, Wording::new("evidence-expect-needed")))?;
        if !needed.waivable() {
            return Err(Fault::conflict("conflict-evidence-not-waivable"));
        }
        let (row, now): (EntryId, _) = (self.ctx.new_id(), self.ctx.now());
        let until = now.plus(length);
        store::ask_waiver(&mut tx, &row, (id, change.stored.version), ((kind, &custom), &reason, until), (user, &actor.name), now).await?;
        let text = format!("{}: {reason}", called(kind, &custom));
        let detail = json!({ "kind": kind, "custom": custom, "reason": reason, "until": until });
        tell::act(&mut tx, &self.ctx, actor, &change, "evidence.waive-ask", &[(EntryKind::WaiverAsked, &text)], &detail).await?;
        tx.commit().await
    }

    pub(super) async fn agree_to_waive(&self, actor: &Actor, id: &ChangeId, typed: &Typed) -> Result<(), Fault> {
        actor.authenticated()?;
        let mut tx = self.ctx.begin_write().await?;
        let change = super::loaded::change(&mut tx, actor, id.as_str()).await?;
        if !change.may_agree_to_waive(actor) {
            return Err(Fault::Forbidden(Permission::ApproveChanges));
        }
        let user = person(actor, Permission::ApproveChanges)?;
        let mut check = Check::new(typed);
        check.only(&["waiver"]);
        let asked = check.field("waiver", |text| EntryId::parse(text).ok_or_else(|| Wording::new("expect-id")));
        let (asked,) = check.finish((asked,))?;
        let version = change.stored.version;
        let all = store::waivers(&mut tx, id, version).await?;
        let one = all.into_iter().find(|one| one.id == asked).ok_or(Fault::NotFound("waiver"))?;
        if one.agreed_at.is_some() {
            return Ok(());
        }
        change.refuse_its_own(actor)?;
        if store::agree_waiver(&mut tx, (&asked, id, version), (user, &actor.name), self.ctx.now()).await? == 0 {
            return Err(Fault::conflict("conflict-evidence-two-people"));
        }
        let text = format!("{}: {} ({} + {})", called(one.kind, &one.custom), one.reason, one.asked_by, actor.name);
        let number = number_text(change.stored.summary.number);
        let detail = json!({ "kind": one.kind, "custom": one.custom, "reason": one.reason, "until": one.until, "asked_by": one.asked_by, "change": number });
        tell::act(&mut tx, &self.ctx, actor, &change, "evidence.waive", &[(EntryKind::EvidenceWaived, &text)], &detail).await?;
        tx.commit().await
    }
}
