//! What a change is held against at its gate, and what it takes to be approved: facts, read once.

use domain::{
    Actor, Fault, Permission, Reach, Span, Timestamp, Wording,
    changes::{Content, Demands, Facts, Freeze, FreezeBreak, Gate, OpenIncident, Refusal, evidence_used, score},
    id::FreezeId,
    incidents::Incident,
    systems::Brief,
    time::{DAY, HOUR},
};
use sqlx::AnyConnection;

use super::{
    Service,
    carrying::sole_refusal,
    loaded::Loaded,
    requiring::{evidence_of, lacking, with_peak},
    store::{self, Terms},
};
use crate::{incidents, systems};

/// How far back earlier changes say something about the next.
const LOOK_BACK: i64 = 182 * DAY;

/// The facts around one change.
pub(super) struct Ground {
    freezes: Vec<Freeze>,
    incidents: Vec<OpenIncident>,
    broken: Vec<FreezeId>,
    further: Vec<Refusal>,
    /// When a pipeline brought it, in time and with nobody at work.
    brought: Option<Timestamp>,
    now: Timestamp,
}

impl Ground {
    /// Reads what the change is held against; incidents that the actor may not read are called by their numbers.
    pub(super) async fn read(conn: &mut AnyConnection, actor: &Actor, change: &Loaded, now: Timestamp) -> Result<Self, Fault> {
        let brought = store::brought_at(conn, change.id()).await?;
        let window = change.content.window.span;
        // What was brought is begun when the window is over: the freezes of then count.
        let to = if brought.is_some() { window.to.max(now.plus(1)) } else { window.to };
        let freezes = store::freezes(conn, &Reach::All, Span { from: window.from, to }).await?;
        let mut found = Vec::new();
        for incident in incidents::open_on(conn, Some(&change.content.systems)).await? {
            found.extend(on_systems(&incident, actor.may(Permission::Read, &incident.team)));
        }
        let broken = store::breaks(conn, change.id(), change.stored.version).await?;
        let broken = broken.into_iter().filter(FreezeBreak::holds).map(|one| one.freeze).collect();
        let further = lacking(conn, change, now).await?;
        Ok(Self { freezes, broken, incidents: found, further, brought, now })
    }

    /// The gate of the change.
    pub(super) fn gate<'a>(&'a self, change: &'a Loaded) -> Gate<'a> {
        let summary = &change.stored.summary;
        Gate {
            state: summary.state,
            owed: summary.owed_at.is_some(),
            content: &change.content,
            systems: &change.systems,
            approval_until: summary.approval_until,
            freezes: &self.freezes,
            broken: &self.broken,
            incidents: &self.incidents,
            further: &self.further,
            brought: self.brought.is_some(),
            now: self.now,
        }
    }

    /// When the work that begins now has begun: what a pipeline brought before was the beginning of it.
    pub(super) fn begun(&self) -> Timestamp {
        self.brought.map_or(self.now, |brought| brought.min(self.now))
    }

    /// Hard freezes that hold the change back in what is left of its window.
    pub(super) fn blocking(&self, change: &Loaded) -> Vec<Freeze> {
        let span = change.content.window.span;
        let rest = Span { from: span.from.max(self.now), to: span.to };
        self.gate(change).blocking(rest).into_iter().filter(|freeze| freeze.content.hard).cloned().collect()
    }

    /// Adds what this person alone is refused for when they begin the work.
    pub(super) async fn of_executor(mut self, conn: &mut AnyConnection, actor: &Actor, change: &Loaded) -> Result<Self, Fault> {
        self.further.extend(sole_refusal(conn, actor, change).await?.map(Refusal::firm));
        Ok(self)
    }
}

/// An open incident, once for each of its systems; who may not read it is told its number alone.
pub(super) fn on_systems(incident: &Incident, readable: bool) -> impl Iterator<Item = OpenIncident> {
    let label = if readable { format!("{} {}", incident.label(), incident.title) } else { incident.label() };
    incident.systems.iter().map(move |system| OpenIncident {
        id: incident.id.to_string(),
        label: label.clone(),
        readable,
        system: system.id.clone(),
    })
}

impl Service {
    /// Reads what the change is held against.
    pub(super) async fn ground(&self, conn: &mut AnyConnection, actor: &Actor, change: &Loaded) -> Result<Ground, Fault> {
        Ground::read(conn, actor, change, self.ctx.now()).await
    }

    /// What this content takes to be approved; refused where it lacks the rollback plan that its policy demands.
    pub(super) async fn terms(&self, conn: &mut AnyConnection, content: &Content, systems: &[Brief]) -> Result<Terms, Fault> {
        let radius = systems::Links::read(conn).await?.needed_by(&content.systems)?;
        let (finished, failed) = store::past(conn, &content.systems, self.ctx.now().plus(-LOOK_BACK)).await?;
        let tier = systems.iter().map(|s| s.tier).min().unwrap_or(4);
        let mut facts = Facts { tier, radius: radius.len(), finished, failed, evidence: None };
        let mut owners: Vec<_> = systems.iter().map(|s| s.team.clone()).collect();
        owners.sort();
        owners.dedup();
        let mut score = score(content, &facts);
        let mut risk = content.risk.max(score.level());
        let mut policy = self.deciding(conn, content.kind, risk, tier).await?;
        // What is asked for follows from the risk, and its age adds to the risk: once around, and no further.
        let kinds = policy.as_ref().map_or(&[][..], |policy| policy.evidence.as_slice());
        facts.evidence =
            evidence_used(kinds, content.artifact.as_ref(), &evidence_of(conn, content, &owners).await?, content.window.span.from);
        if facts.evidence.is_some() {
            score = domain::changes::score(content, &facts);
            let older = content.risk.max(score.level());
            if older != risk {
                risk = older;
                policy = self.deciding(conn, content.kind, risk, tier).await?;
            }
        }
        if content.rollback.trim().is_empty() && policy.as_ref().is_none_or(|policy| policy.rollback) {
            return Err(Fault::invalid("rollback", "", Wording::new("changes-expect-rollback")));
        }
        if let Some(id) = &content.template {
            // What was agreed to with the template is agreed to; evidence is of the artifact, which is its own.
            let asked = policy.map(|policy| policy.demands(&owners, &content.team)).unwrap_or_default();
            let name = store::template(conn, &Reach::All, id).await?.map(|template| template.name).unwrap_or_default();
            let demands = Demands { policy: name, in_order: false, list: Vec::new(), ..asked };
            let demands = with_peak(conn, demands, content, self.ctx.now()).await?;
            return Ok(Terms { score, demands, approval_ms: 0 });
        }
        let demands = Demands::of(policy.as_ref(), &owners, &content.team, risk);
        let demands = with_peak(conn, demands, content, self.ctx.now()).await?;
        Ok(Terms { score, demands, approval_ms: policy.map_or(0, |policy| policy.hours * HOUR) })
    }
}
