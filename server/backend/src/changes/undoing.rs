//! Rolling a change back as one act: what its steps say undoes them is done, the last one first, tools by themselves with exactly what
//! was approved, the rest as people tick it off; the engine `rollbacks` takes up what a tool has left.
//!
//! **Invariants:** one step is undone at a time, and no tool is run twice for one turn: the row of the step is claimed on the transaction
//! that asks for the run. What fails stops it, and says so; only a person goes on.

use std::{sync::Arc, time::Duration};

use async_trait::async_trait;
use domain::{
    Actor, Fault, Permission, Reach, Timestamp, Who, Wording,
    changes::{
        EntryKind, Outcome, Rollback, State, Step, StepResult, Tick, Undo, UndoAct, UndoState, UndoTrouble, parse_undo, step_of, to_undo,
    },
    form::Typed,
    id::{ChangeId, UserId},
    tools::{Run, RunState},
};
use serde_json::json;
use sqlx::AnyConnection;

use super::{
    Service,
    acts::{person, remark},
    carrying::lend_hand,
    loaded::{self, Loaded},
    store::{self, Turn},
    tell,
};
use crate::{
    Context, Engine, WriteTx, people,
    tools::{self, Purpose},
};

/// Name of the engine, and of its bell.
pub const NAME: &str = "rollbacks";
/// Changes of one tick.
const BATCH: u32 = 100;

/// What a step says of itself in the timeline: `2. Deploy`.
fn title(place: usize, step: &Step) -> String {
    format!("{}. {}", place + 1, step.what)
}

/// The rollback that goes on, and who began it.
pub(super) async fn open_rollback(conn: &mut AnyConnection, id: &ChangeId) -> Result<Option<(Rollback, UserId)>, Fault> {
    Ok(store::rollback(conn, id).await?.filter(|(known, _)| known.is_open()))
}

/// Refuses what cannot be while a change is rolled back.
pub(super) async fn refuse_rolling(tx: &mut WriteTx, id: &ChangeId) -> Result<(), Fault> {
    match open_rollback(tx, id).await? {
        Some(_) => Err(Fault::conflict("conflict-change-rolling-back")),
        None => Ok(()),
    }
}

/// The steps that are undone when a change is rolled back now: not those that were undone before.
pub(super) fn places(change: &Loaded, ticks: &[Tick], runs: &[Run], known: Option<&Rollback>) -> Vec<usize> {
    let steps = &change.content.steps;
    let begun = runs.iter().filter(|run| !run.undo && run.started_at.is_some());
    let ran: Vec<usize> = begun.filter_map(|run| step_of(steps, ticks, run)).collect();
    let mut places = to_undo(steps, ticks, &ran, change.stored.summary.state == State::Observing);
    let done =
        |place: &usize| known.is_some_and(|known| known.undos.iter().any(|undo| undo.place == *place && undo.state == UndoState::Done));
    places.retain(|place| !done(place));
    places
}

/// A token reaches no further by rolling back than by running the tools itself.
async fn may_undo(tx: &mut WriteTx, actor: &Actor, change: &Loaded, places: &[usize]) -> Result<(), Fault> {
    if matches!(actor.who, Who::Token(..)) {
        let steps = places.iter().filter_map(|place| change.content.steps.get(*place));
        for tool in steps.filter_map(|step| step.rollback_tool.as_ref()) {
            tools::demand(tx, actor, tool).await?;
        }
    }
    Ok(())
}

impl Service {
    /// One act: what was done is undone as its steps say, then the work ends as rolled back.
    pub(super) async fn roll_back(&self, actor: &Actor, id: &ChangeId, typed: &Typed) -> Result<(), Fault> {
        let (mut tx, change) = self.begin(actor, id, Permission::ExecuteChanges).await?;
        let state = change.stored.summary.state;
        // That there is nothing to undo matters more than a reason for it.
        if let Some(wording) = state.no_roll_back() {
            return Err(Fault::Conflict(wording));
        }
        let why = remark(typed, true)?;
        let user = person(actor, Permission::ExecuteChanges)?;
        let known = store::rollback(&mut tx, id).await?;
        if known.as_ref().is_some_and(|(known, _)| known.is_open()) {
            return Ok(());
        }
        lend_hand(&mut tx, actor, &change).await?;
        let (ticks, runs) = (store::ticks(&mut tx, id).await?, tools::of_change(&mut tx, id).await?);
        // What is still to run would do again what is being undone.
        let waits = |run: &Run| !run.undo && !run.state.is_over() && step_of(&change.content.steps, &ticks, run).is_some();
        if runs.iter().any(waits) {
            return Err(Fault::conflict("conflict-change-tool-runs"));
        }
        let places = places(&change, &ticks, &runs, known.as_ref().map(|(known, _)| known));
        may_undo(&mut tx, actor, &change, &places).await?;
        if places.is_empty() || change.stored.summary.outcome == Some(Outcome::RolledBack) {
            return self.conclude(tx, actor, change, why).await;
        }
        let now = self.ctx.now();
        if store::begin_rollback(&mut tx, id, (user, &actor.name), &why, &places, now).await? == 0 {
            return Ok(());
        }
        store::set_paused(&mut tx, id, None, now).await?;
        // Nothing is verified of what is being undone.
        store::end_watch(&mut tx, id).await?;
        tell::incidents(&mut tx, &self.ctx, actor, &change, "rolling back").await?;
        let steps: Vec<usize> = places.iter().map(|place| place + 1).collect();
        let detail = json!({ "steps": steps, "reason": why, "hash": change.stored.hash });
        tell::act(&mut tx, &self.ctx, actor, &change, "change.rollback", &[(EntryKind::RollingBack, &why)], &detail).await?;
        self.go_on(tx, actor, change).await
    }

    pub(super) async fn undo(&self, actor: &Actor, id: &ChangeId, place: usize, typed: &Typed) -> Result<(), Fault> {
        actor.authenticated()?;
        let mut tx = self.ctx.begin_write().await?;
        let change = loaded::change(&mut tx, actor, id.as_str()).await?;
        // As with the tools of steps: who carries a change out need not be who may run them.
        let runs = typed.get("result").trim() == UndoAct::Run.name();
        let may = change.require(actor, Permission::ExecuteChanges);
        may.or_else(|fault| if runs { change.require(actor, Permission::RequestChanges) } else { Err(fault) })?;
        let step = change.content.steps.get(place).ok_or(Fault::NotFound("step"))?;
        // The change before its trail, as whoever else decides on it.
        store::hold(&mut tx, id).await?;
        let Some((known, _)) = open_rollback(&mut tx, id).await? else { return Err(Fault::conflict("conflict-change-not-rolling-back")) };
        let undo = known.undos.iter().find(|undo| undo.place == place).ok_or(Fault::NotFound("step"))?;
        let (act, note) = parse_undo(typed, undo.state == UndoState::Failed)?;
        let to = match act {
            UndoAct::Done => UndoState::Done,
            UndoAct::Failed => UndoState::Failed,
            UndoAct::Skipped => UndoState::Skipped,
            UndoAct::Run => UndoState::Running,
        };
        if undo.state == to && undo.note == note {
            return Ok(());
        }
        if let Some(next) = known.next().filter(|next| next.place != place) {
            return Err(Fault::Conflict(Wording::new("conflict-change-undo-order").with("number", next.place + 1)));
        }
        if undo.state == UndoState::Running {
            return Err(Fault::conflict("conflict-change-step-runs"));
        }
        let turn = Turn { to, trouble: None, note: &note, by: if act == UndoAct::Run { "" } else { &actor.name } };
        let claimed = self.turn(&mut tx, &change, undo, &turn).await?;
        if act == UndoAct::Run {
            let mut secrets = Typed::default();
            typed.names().filter(|name| name.starts_with("p.")).for_each(|name| secrets.set(name, typed.get(name)));
            self.launch(&mut tx, actor, &change, &claimed, &secrets).await?;
        }
        let remark = if note.is_empty() { String::new() } else { format!("\n\n{note}") };
        let text = format!("{}: {}{remark}", title(place, step), to.name());
        let detail = json!({ "step": place + 1, "result": act, "note": note });
        tell::act(&mut tx, &self.ctx, actor, &change, "change.undo", &[(EntryKind::Undone, &text)], &detail).await?;
        self.go_on(tx, actor, change).await
    }

    /// The work ends otherwise than by rolling it back to its end: no further step is undone, which is said.
    pub(super) async fn give_up(&self, mut tx: WriteTx, actor: &Actor, change: &Loaded, outcome: Outcome) -> Result<WriteTx, Fault> {
        let Some((known, _)) = open_rollback(&mut tx, change.id()).await? else { return Ok(tx) };
        let runs = known.next().is_some_and(|undo| undo.state == UndoState::Running);
        if runs || outcome == Outcome::Success {
            return Err(Fault::conflict("conflict-change-rolling-back"));
        }
        store::end_rollback(&mut tx, change.id(), self.ctx.now()).await?;
        let left: Vec<usize> = known.undos.iter().filter(|undo| undo.state != UndoState::Done).map(|undo| undo.place + 1).collect();
        let entries = [(EntryKind::RollbackEnded, "")];
        tell::act(&mut tx, &self.ctx, actor, change, "change.rollback-end", &entries, &json!({ "left": left })).await?;
        Ok(tx)
    }

    /// Claims the turn of a step, so that nobody else does.
    async fn turn(&self, tx: &mut WriteTx, change: &Loaded, undo: &Undo, turn: &Turn<'_>) -> Result<Undo, Fault> {
        if store::turn(tx, change.id(), undo, turn, self.ctx.now()).await? == 0 {
            return Err(Fault::conflict("conflict-change-moved"));
        }
        Ok(Undo { state: turn.to, ..undo.clone() })
    }

    /// Asks for the run of the tool that undoes a step, with exactly what the plan gives it; its turn is claimed.
    async fn launch(&self, tx: &mut WriteTx, actor: &Actor, change: &Loaded, undo: &Undo, secrets: &Typed) -> Result<(), Fault> {
        let step = change.content.steps.get(undo.place).ok_or(Fault::Internal)?;
        let tool = step.rollback_tool.as_ref().ok_or_else(|| Fault::conflict("conflict-change-step-by-hand"))?;
        let purpose = Purpose { change: change.id(), step: undo.place, undo: true, given: &step.rollback_parameters };
        let run = self.tools.ask(tx, actor, (tool, Some(purpose)), secrets).await?;
        store::set_undo_run(tx, change.id(), undo.place, &run).await
    }

    /// Goes on until a tool runs, a person is waited for, something failed, or everything was undone; ends the transaction.
    async fn go_on(&self, mut tx: WriteTx, actor: &Actor, change: Loaded) -> Result<(), Fault> {
        loop {
            let Some((known, by)) = store::rollback(&mut tx, change.id()).await? else { return Err(Fault::Internal) };
            let Some(undo) = known.next() else {
                store::end_rollback(&mut tx, change.id(), self.ctx.now()).await?;
                return self.conclude(tx, actor, change, known.reason).await;
            };
            let step = change.content.steps.get(undo.place).ok_or(Fault::Internal)?;
            let goes = match undo.state {
                UndoState::Running => self.after_run(&mut tx, &change, undo).await?,
                UndoState::Waiting if step.rollback_tool.is_some() => self.begin_tool(&mut tx, &change, undo, &by).await?,
                _ => false,
            };
            if !goes {
                return tx.commit().await;
            }
        }
    }

    /// The turn of a step that a tool undoes has come; `true` where there is more to do at once.
    async fn begin_tool(&self, tx: &mut WriteTx, change: &Loaded, undo: &Undo, by: &UserId) -> Result<bool, Fault> {
        let claimed = self.turn(tx, change, undo, &Turn { to: UndoState::Running, trouble: None, note: "", by: "" }).await?;
        let begun = match people::actor_of(tx, by).await? {
            Some(actor) => self.launch(tx, &actor, change, &claimed, &Typed::default()).await,
            None => Err(Fault::Unauthenticated),
        };
        let trouble = match begun {
            Ok(()) => return Ok(false),
            Err(Fault::Forbidden(_) | Fault::NotFound(_) | Fault::Unauthenticated) => UndoTrouble::Right,
            Err(Fault::Invalid(_)) => UndoTrouble::Secrets,
            Err(Fault::Conflict(_)) => UndoTrouble::Tool,
            Err(Fault::Unavailable(why)) if why.key.starts_with("tools-unavailable-") => UndoTrouble::Off,
            Err(fault) => return Err(fault),
        };
        self.stop(tx, change, &claimed, trouble).await.map(|()| false)
    }

    /// The tool of a step ran; `true` where that has ended well.
    async fn after_run(&self, tx: &mut WriteTx, change: &Loaded, undo: &Undo) -> Result<bool, Fault> {
        let ids: Vec<_> = undo.run.iter().cloned().collect();
        let state = tools::runs_of(tx, &ids).await?.first().map_or(RunState::Lost, |run| run.state);
        if !state.is_over() {
            return Ok(false);
        }
        if state != RunState::Succeeded {
            return self.stop(tx, change, undo, UndoTrouble::Run).await.map(|()| false);
        }
        self.turn(tx, change, undo, &Turn { to: UndoState::Done, trouble: None, note: "", by: "" }).await?;
        self.told(tx, change, undo, UndoState::Done, None).await.map(|()| true)
    }

    /// A step could not be undone by its tool: the rest waits for a person.
    async fn stop(&self, tx: &mut WriteTx, change: &Loaded, undo: &Undo, trouble: UndoTrouble) -> Result<(), Fault> {
        self.turn(tx, change, undo, &Turn { to: UndoState::Failed, trouble: Some(trouble), note: "", by: "" }).await?;
        self.told(tx, change, undo, UndoState::Failed, Some(trouble)).await
    }

    /// The timeline and the audit row of what no person did.
    async fn told(&self, tx: &mut WriteTx, change: &Loaded, undo: &Undo, to: UndoState, trouble: Option<UndoTrouble>) -> Result<(), Fault> {
        let step = change.content.steps.get(undo.place).ok_or(Fault::Internal)?;
        let text = format!("{}: {}", title(undo.place, step), to.name());
        let detail = json!({ "step": undo.place + 1, "result": to, "trouble": trouble, "run": undo.run });
        tell::act(tx, &self.ctx, &Actor::engine(NAME), change, "change.undo", &[(EntryKind::Undone, &text)], &detail).await
    }

    /// Everything is undone: steps that were not done are skipped, and the work ends as rolled back; or what was done already is.
    async fn conclude(&self, mut tx: WriteTx, actor: &Actor, change: Loaded, why: String) -> Result<(), Fault> {
        let summary = &change.stored.summary;
        if summary.state == State::Observing && summary.outcome != Some(Outcome::RolledBack) {
            return self.judge_in(tx, actor, &change, Outcome::RolledBack, why).await;
        }
        if summary.state == State::Executing {
            let ticked: Vec<usize> = store::ticks(&mut tx, change.id()).await?.into_iter().map(|tick| tick.place).collect();
            for place in (0..change.content.steps.len()).filter(|place| !ticked.contains(place)) {
                store::put_tick(&mut tx, change.id(), place, (StepResult::Skipped, ""), &actor.name, self.ctx.now()).await?;
            }
        }
        self.finish_in(tx, actor, change, Outcome::RolledBack, why).await
    }

    /// Takes up a change where a tool has left it.
    async fn take_up(&self, id: &ChangeId) -> Result<u64, Fault> {
        let mut tx = self.ctx.begin_write().await?;
        store::hold(&mut tx, id).await?;
        let Some(found) = store::by_id(&mut tx, &Reach::All, id.as_str()).await? else { return Ok(0) };
        let change = loaded::whole(&mut tx, found).await?;
        if change.stored.summary.state.no_roll_back().is_some() {
            // It was ended meanwhile: nothing more is undone.
            let done = store::end_rollback(&mut tx, id, self.ctx.now()).await?;
            tx.commit().await?;
            return Ok(done);
        }
        self.go_on(tx, &Actor::engine(NAME), change).await.map(|()| 1)
    }
}

/// The rollback as the actor may see it: runs of tools of other teams are not named.
pub(super) async fn seen(conn: &mut AnyConnection, actor: &Actor, known: Option<Rollback>) -> Result<Option<Rollback>, Fault> {
    let Some(mut known) = known else { return Ok(None) };
    let ids: Vec<_> = known.undos.iter().filter_map(|undo| undo.run.clone()).collect();
    let runs = tools::runs_of(conn, &ids).await?;
    for undo in &mut known.undos {
        undo.run = undo.run.take().filter(|id| runs.iter().any(|run| run.id == *id && actor.may(Permission::Read, &run.team)));
    }
    Ok(Some(known))
}

/// The engine `rollbacks`.
pub struct Undoer {
    ctx: Context,
    service: Arc<Service>,
}

impl Undoer {
    /// The engine over the common ground, and the service whose acts it goes on with.
    pub fn new(ctx: Context, service: Arc<Service>) -> Self {
        Self { ctx, service }
    }
}

#[async_trait]
impl Engine for Undoer {
    fn name(&self) -> &'static str {
        NAME
    }

    fn period(&self) -> Duration {
        Duration::from_secs(5)
    }

    async fn tick(&self, _now: Timestamp) -> Result<u64, Fault> {
        let (running, runs) = {
            let conn = &mut *self.ctx.db.read().await?;
            let running = store::undoing(conn, BATCH).await?;
            let ids: Vec<_> = running.iter().filter_map(|(_, run)| run.clone()).collect();
            (running, tools::runs_of(conn, &ids).await?)
        };
        let mut done = 0;
        for (change, run) in running {
            if runs.iter().any(|known| Some(&known.id) == run.as_ref() && !known.state.is_over()) {
                continue;
            }
            match Box::pin(self.service.take_up(&change)).await {
                Ok(count) => done += count,
                Err(fault @ Fault::Unavailable(_)) => return Err(fault),
                Err(fault) => tracing::error!(%change, %fault, "a change cannot be rolled back further; the others are"),
            }
        }
        Ok(done)
    }
}
