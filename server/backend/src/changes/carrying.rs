//! Carrying a change out: the gate that CI asks, steps, pauses, and rolling back.

use domain::{
    Actor, Fault, Permission, Reach, Timestamp, Wording,
    changes::{
        EntryKind, Gate, GateAnswer, Question, State, StepResult, Tick, Verdict, asked_sha, parse_tick, read_reason, same_sha, step_of,
        tick_refusal, work_refused,
    },
    form::{Check, Typed},
    id::{ChangeId, ToolId},
    tools::{Run, RunState},
};
use serde_json::json;
use sqlx::AnyConnection;

use super::{
    Service,
    ground::Ground,
    loaded::{self, Loaded},
    store, tell,
    undoing::{open_rollback, refuse_rolling},
};
use crate::{Context, WriteTx, deployments, tools};

/// A reason of one to a thousand characters.
pub(super) fn reason(typed: &Typed, fields: &[&str]) -> Result<String, Fault> {
    let mut check = Check::new(typed);
    check.only(fields);
    let reason = check.field("reason", read_reason);
    check.finish((reason,)).map(|(reason,)| reason)
}

/// Refuses what is done of the work where nobody is at it: it has not begun, is over, rests or is being undone.
pub(super) async fn expect_at_work(tx: &mut WriteTx, change: &Loaded) -> Result<(), Fault> {
    if change.stored.summary.state != State::Executing {
        return Err(Fault::conflict("conflict-change-not-under-way"));
    }
    if change.stored.paused_at.is_some() {
        return Err(Fault::conflict("conflict-change-paused"));
    }
    refuse_refused(tx, change).await?;
    refuse_rolling(tx, change.id()).await
}

/// Refuses to go on with what somebody refused: an emergency is judged while it runs. No verdict is said meanwhile.
async fn refuse_refused(tx: &mut WriteTx, change: &Loaded) -> Result<(), Fault> {
    store::hold(tx, change.id()).await?;
    let given = store::approvals(tx, change.id(), change.stored.version).await?;
    work_refused(&given).map_or(Ok(()), |why| Err(Fault::Conflict(why)))
}

/// Whether a run does a step of a change.
fn does_step(change: &Loaded, ticks: &[Tick], run: &Run) -> bool {
    !run.undo && step_of(&change.content.steps, ticks, run).is_some()
}

/// Refuses to start what was asked for a step of a change that somebody refused meanwhile. Holds the change: before the run is written.
pub(crate) async fn refuse_run(tx: &mut WriteTx, run: &Run) -> Result<(), Fault> {
    let Some(id) = &run.change else { return Ok(()) };
    let Some(found) = store::by_id(tx, &Reach::All, id.as_str()).await? else { return Ok(()) };
    let change = loaded::whole(tx, found).await?;
    let ticks = store::ticks(tx, id).await?;
    if does_step(&change, &ticks, run) { refuse_refused(tx, &change).await } else { Ok(()) }
}

/// Takes back the runs that were asked for its steps and have not started: it was refused.
pub(super) async fn take_back_runs(tx: &mut WriteTx, ctx: &Context, actor: &Actor, change: &Loaded) -> Result<(), Fault> {
    let (ticks, runs) = (store::ticks(tx, change.id()).await?, tools::of_change(tx, change.id()).await?);
    for run in &runs {
        if !run.state.is_over() && does_step(change, &ticks, run) {
            tools::take_back(tx, ctx, actor, run).await?;
        }
    }
    Ok(())
}

/// Why this person may not carry the change out: they alone approved it, themselves or in another's mouth, or agreed to the template that
/// it is approved with.
pub(super) async fn sole_refusal(conn: &mut AnyConnection, actor: &Actor, change: &Loaded) -> Result<Option<Wording>, Fault> {
    let Some(user) = actor.user() else { return Ok(None) };
    let given = store::approvals(conn, change.id(), change.stored.version).await?;
    let own: Vec<bool> = given
        .iter()
        .filter(|one| !one.void && one.verdict == Verdict::Approve)
        .map(|one| one.approver == *user || one.principal == *user)
        .collect();
    if !own.is_empty() && own.iter().all(|own| *own) {
        return Ok(Some(Wording::new("conflict-change-sole-executor")));
    }
    if let Some(id) = &change.content.template {
        let agreed = store::template(conn, &Reach::All, id).await?.and_then(|template| template.approver);
        if agreed.as_ref() == Some(user) {
            return Ok(Some(Wording::new("conflict-change-sole-template")));
        }
    }
    Ok(None)
}

/// Keeps that somebody carries it out; refused to whoever alone approved it. No verdict is said meanwhile: whoever approves it at this
/// moment comes before, or sees the hand.
pub(super) async fn take_part(tx: &mut WriteTx, actor: &Actor, change: &Loaded) -> Result<(), Fault> {
    store::hold(tx, change.id()).await?;
    if let Some(why) = sole_refusal(tx, actor, change).await? {
        return Err(Fault::Conflict(why));
    }
    put_hand(tx, actor, change).await
}

/// Keeps that somebody had a hand in it where that waits for nobody, whoever approved it.
pub(super) async fn lend_hand(tx: &mut WriteTx, actor: &Actor, change: &Loaded) -> Result<(), Fault> {
    store::hold(tx, change.id()).await?;
    put_hand(tx, actor, change).await
}

async fn put_hand(conn: &mut AnyConnection, actor: &Actor, change: &Loaded) -> Result<(), Fault> {
    match actor.user() {
        Some(user) => store::put_hand(conn, change.id(), user).await,
        None => Ok(()),
    }
}

/// Somebody runs a tool for a change by hand: where a step of the plan names it, that is carrying it out.
pub(crate) async fn handled(tx: &mut WriteTx, actor: &Actor, id: &ChangeId, tool: &ToolId) -> Result<(), Fault> {
    let found = store::by_id(tx, &Reach::All, id.as_str()).await?.ok_or(Fault::NotFound("change"))?;
    let change = loaded::whole(tx, found).await?;
    if change.content.steps.iter().any(|step| step.tool.as_ref() == Some(tool)) {
        refuse_refused(tx, &change).await?;
        take_part(tx, actor, &change).await?;
    }
    Ok(())
}

/// A step that a tool does is done where its tool ran well; otherwise somebody says in a remark why it is all the same.
async fn expect_run(tx: &mut WriteTx, change: &Loaded, ticks: &[Tick], place: usize) -> Result<(), Fault> {
    let runs = tools::of_change(tx, change.id()).await?;
    let steps = &change.content.steps;
    let own: Vec<&Run> = runs.iter().filter(|run| !run.undo && step_of(steps, ticks, run) == Some(place)).collect();
    if own.iter().any(|run| !run.state.is_over()) {
        return Err(Fault::conflict("conflict-change-step-runs"));
    }
    if own.iter().any(|run| run.state == RunState::Succeeded) {
        return Ok(());
    }
    Err(Fault::conflict("conflict-change-step-unproven"))
}

/// Everything that is against bringing what has this hash for the change now; nothing where it is a go.
pub(super) async fn against(
    conn: &mut AnyConnection,
    actor: &Actor,
    change: &Loaded,
    sha: Option<&str>,
    now: Timestamp,
) -> Result<Vec<Wording>, Fault> {
    let mut reasons: Vec<Wording> = Vec::new();
    let begun = change.stored.summary.state == State::Executing;
    if begun {
        reasons.extend(work_refused(&store::approvals(conn, change.id(), change.stored.version).await?));
        if change.stored.paused_at.is_some() {
            reasons.push(Wording::new("conflict-change-paused"));
        }
        if open_rollback(conn, change.id()).await?.is_some() {
            reasons.push(Wording::new("conflict-change-rolling-back"));
        }
    } else {
        // Who brings what nobody has begun carries it out.
        reasons.extend(sole_refusal(conn, actor, change).await?);
    }
    let ground = Ground::read(conn, actor, change, now).await?;
    // Whoever began it past what yields has given a reason for that, and for nothing that came later.
    let past = if begun { store::overrides(conn, change.id()).await? } else { Vec::new() };
    // That something was brought in time lets nothing more through when the window is over.
    let gate = Gate { brought: false, ..ground.gate(change) };
    let refusals = gate.refusals(if begun { Question::GoOn } else { Question::Start });
    reasons.extend(refusals.into_iter().filter(|refusal| !refusal.is_among(&past)).map(|refusal| refusal.why));
    if let Some(artifact) = change.content.artifact.as_ref().filter(|artifact| !artifact.sha.is_empty()) {
        match sha {
            None => reasons.push(Wording::new("conflict-change-unnamed-artifact").with("approved", &artifact.sha)),
            Some(sha) if same_sha(&artifact.sha, sha) => {}
            Some(sha) => {
                reasons.push(Wording::new("conflict-change-other-artifact").with("approved", &artifact.sha).with("asked", sha));
            }
        }
    }
    Ok(reasons)
}

impl Service {
    pub(super) async fn gate(&self, actor: &Actor, id: &str, typed: &Typed) -> Result<GateAnswer, Fault> {
        let sha = asked_sha(typed)?;
        let mut conn = self.ctx.db.read().await?;
        let change = loaded::change(&mut conn, actor, id).await?;
        change.require(actor, Permission::PostDeployments)?;
        let summary = &change.stored.summary;
        let reasons = against(&mut conn, actor, &change, sha.as_deref(), self.ctx.now()).await?;
        let deployments = deployments::of_change(&mut conn, &actor.reach(Permission::Read), &summary.id).await?;
        Ok(GateAnswer {
            id: summary.id.clone(),
            number: summary.number,
            state: summary.state,
            go: reasons.is_empty(),
            reasons,
            deployments,
        })
    }

    pub(super) async fn tick(&self, actor: &Actor, id: &ChangeId, place: usize, typed: &Typed) -> Result<(), Fault> {
        let (mut tx, change) = self.begin(actor, id, Permission::ExecuteChanges).await?;
        let (result, note) = parse_tick(typed)?;
        let step = change.content.steps.get(place).ok_or(Fault::NotFound("step"))?;
        expect_at_work(&mut tx, &change).await?;
        take_part(&mut tx, actor, &change).await?;
        let ticks = store::ticks(&mut tx, id).await?;
        let before = ticks.iter().find(|tick| tick.place == place);
        if before.is_some_and(|tick| tick.result == result && tick.note == note) {
            return Ok(());
        }
        if let Some(why) = tick_refusal(&ticks, place, result) {
            return Err(Fault::Conflict(why));
        }
        if result == StepResult::Done && note.is_empty() && step.tool.is_some() {
            expect_run(&mut tx, &change, &ticks, place).await?;
        }
        store::put_tick(&mut tx, id, place, (result, &note), &actor.name, self.ctx.now()).await?;
        let text = format!("{}. {}: {result}{}", place + 1, step.what, if note.is_empty() { String::new() } else { format!("\n\n{note}") });
        let detail = json!({ "step": place + 1, "result": result, "note": note });
        tell::act(&mut tx, &self.ctx, actor, &change, "change.step", &[(EntryKind::Ticked, &text)], &detail).await?;
        tx.commit().await
    }

    pub(super) async fn pause(&self, actor: &Actor, id: &ChangeId, typed: &Typed) -> Result<(), Fault> {
        let (mut tx, change) = self.begin(actor, id, Permission::ExecuteChanges).await?;
        let reason = reason(typed, &["reason"])?;
        if change.stored.summary.state != State::Executing {
            return Err(Fault::conflict("conflict-change-not-under-way"));
        }
        refuse_rolling(&mut tx, id).await?;
        let now = self.ctx.now();
        if store::set_paused(&mut tx, id, Some(now), now).await? == 0 {
            return Ok(());
        }
        tell::act(&mut tx, &self.ctx, actor, &change, "change.pause", &[(EntryKind::Paused, &reason)], &json!({ "reason": reason }))
            .await?;
        tx.commit().await
    }

    pub(super) async fn resume(&self, actor: &Actor, id: &ChangeId) -> Result<(), Fault> {
        let (mut tx, change) = self.begin(actor, id, Permission::ExecuteChanges).await?;
        if change.stored.summary.state != State::Executing {
            return Err(Fault::conflict("conflict-change-not-under-way"));
        }
        if store::set_paused(&mut tx, id, None, self.ctx.now()).await? == 0 {
            return Ok(());
        }
        tell::act(&mut tx, &self.ctx, actor, &change, "change.resume", &[(EntryKind::Resumed, "")], &json!({})).await?;
        tx.commit().await
    }
}
