//! Two changes that were watched after their work: one that changed nothing for customers, and one that did, was found out
//! and rolled back. Told once payments are there, as what is said of them is reckoned, not written.

use backend::{Engine, changes::Verifier, transactions};
use domain::{
    Fault, Timestamp,
    changes::WatchStage,
    id::{ChangeId, IncidentId},
    incidents::State,
    time::{HOUR, MINUTE},
};

use super::{
    Stage,
    business::Trouble,
    past::day_at,
    people::Crew,
    planned::{Plan, approve, ask_with},
    typed,
};

/// Looks at most: more are never taken.
const LOOKS: usize = 100;

/// When the work of the bad one ended.
fn went_wrong(now: Timestamp) -> Timestamp {
    day_at(now, 3, 15, 12)
}

/// What it did to payments.
pub(super) fn trouble(now: Timestamp) -> Trouble {
    let from = went_wrong(now);
    Trouble { from, to: from.plus(33 * MINUTE), link: None, merchant: None, code: "96", share: 0.3 }
}

/// Tells both.
pub(super) async fn tell(stage: &Stage<'_>, crew: &Crew, now: Timestamp) -> Result<(), Fault> {
    let good = Plan {
        title: "Gateway: routes behind a switch 网关路由开关",
        systems: &["gateway"],
        risk: "low",
        from: day_at(now, 2, 14, 0),
        to: day_at(now, 2, 15, 0),
        plan: "Switch the new routing table on for all merchants; off again within a minute.",
    };
    let id = carried_out(stage, crew, &good, &[("verify_minutes", "240"), ("verify_margin", "3"), ("verify_latency", "30")]).await?;
    watch(stage, &id).await?;
    let end = went_wrong(now);
    let bad = Plan {
        title: "Gateway: stricter time-outs 网关超时收紧",
        systems: &["gateway"],
        risk: "medium",
        from: end.plus(-12 * MINUTE),
        to: end.plus(HOUR),
        plan: "Lower the time-out towards banks from 8 s to 2 s.",
    };
    let id = carried_out(stage, crew, &bad, &[("verify_margin", "0.5"), ("verify_latency", "30")]).await?;
    watch(stage, &id).await?;
    let release = crew.actor("release");
    let changes = &stage.portal.changes;
    let caused = changes.detail(&release, id.as_str()).await?.caused;
    let found = caused.first().and_then(|caused| IncidentId::parse(caused.id.as_deref().unwrap_or_default())).ok_or(Fault::Internal)?;
    let (operations, incidents) = (crew.actor("operations"), &stage.portal.incidents);
    // From the moment on in which it was found out.
    stage.clock.pass(MINUTE);
    incidents.lead(&operations, &found, &typed(&[("owner", "me")])).await?;
    for state in [State::Investigating, State::Identified] {
        stage.clock.pass(2 * MINUTE);
        incidents.move_to(&operations, &found, state).await?;
    }
    stage.clock.set(domain::Clock::now(stage.clock).plus(MINUTE).max(end.plus(31 * MINUTE)));
    stage.portal.carrying.roll_back(&release, &id, &typed(&[("remark", "Banks answer in 3 s at noon; back to 8 s.")])).await?;
    stage.clock.pass(2 * MINUTE);
    incidents.move_to(&operations, &found, State::Mitigated).await?;
    stage.clock.pass(25 * MINUTE);
    incidents.move_to(&operations, &found, State::Resolved).await?;
    stage.clock.pass(90 * MINUTE);
    changes.close(&release, &id).await?;
    stage.clock.release();
    Ok(())
}

/// Asked for, approved, begun and ended in its window.
async fn carried_out(stage: &Stage<'_>, crew: &Crew, plan: &Plan<'_>, watch: &[(&str, &str)]) -> Result<ChangeId, Fault> {
    let (changes, release) = (&stage.portal.changes, crew.actor("release"));
    stage.clock.set(plan.from.plus(-5 * HOUR));
    let id = ask_with(stage, crew, plan, watch).await?;
    stage.clock.set(plan.from.plus(-3 * HOUR));
    approve(stage, crew, &id).await?;
    stage.clock.set(plan.from.plus(MINUTE));
    changes.start(&release, &id, &typed(&[])).await?;
    stage.clock.set(plan.from.plus(12 * MINUTE));
    changes.finish(&release, &id, &typed(&[("outcome", "success"), ("remark", "")])).await?;
    Ok(id)
}

/// Looks at it whenever it is due, until nothing more is to be looked at.
async fn watch(stage: &Stage<'_>, id: &ChangeId) -> Result<(), Fault> {
    let verifier = Verifier::new(stage.ctx.clone(), transactions::Settings::default());
    for _ in 0..LOOKS {
        let known = stage.portal.verifying.verification(&super::me(), id.as_str()).await?;
        let Some(next) = known.next_at.filter(|_| known.stage != WatchStage::Over) else { break };
        stage.clock.set(next);
        verifier.tick(next).await?;
    }
    Ok(())
}
