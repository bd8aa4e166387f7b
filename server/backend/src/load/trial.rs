//! Takes something away in the middle of a run, gives it back whatever happens, and asks the target what it has received.
//!
//! Tools are run through the port of their area, in the name of whoever asked and with what they may do at that moment. That one
//! was asked for is written before it is, by compare and set: neither a restart nor a second process asks twice.

use std::time::{Duration, Instant};

use domain::{
    Actor, Fault, Problem, Wording,
    id::LoadRunId,
    load::{Act, ActOrder, Bounds, Outage, Plan, Shown, Tallied, Trace, Trial, TrialOrder, reads_only},
    tools::RunState,
};
use url::Url;

use super::{Runner, line::Lines, store};
use crate::{Context, egress::Egress, people};

/// Bytes of a ledger, at most.
const LEDGER: usize = 256 << 20;
/// Seconds after which a ledger is asked again, where something is not in it yet.
const AGAIN: [u64; 4] = [0, 1, 2, 4];
/// How long the end of a tool is waited for.
const TOOL: Duration = Duration::from_secs(120);

/// What was typed of a trial, with tools that the actor may run by the clock.
pub(super) async fn read(runner: &Runner, actor: &Actor, asked: &TrialOrder, plan: &Plan, tier: u8) -> Result<Trial, Fault> {
    let by = actor.user().cloned().ok_or_else(|| Fault::conflict("load-conflict-person"))?;
    let (fault_s, mend_s) = asked.moments(plan.schedule.seconds())?;
    if !runner.tools.switch(actor).await?.is_on() {
        return Err(Fault::Unavailable(Wording::new("tools-unavailable-off")));
    }
    let fault = act(runner, actor, &asked.fault, ("fault_tool", "fault_values"), fault_s).await?;
    let mend = match &asked.mend {
        Some(mend) => Some(act(runner, actor, mend, ("mend_tool", "mend_values"), mend_s).await?),
        None => None,
    };
    Ok(Trial { fault, mend, ledger: asked.ledger.clone(), bounds: Bounds::of(tier), by })
}

async fn act(
    runner: &Runner,
    actor: &Actor,
    (id, values, _): &ActOrder,
    (tool_field, values_field): (&str, &str),
    after_s: i64,
) -> Result<Act, Fault> {
    let tool = match runner.tools.get(actor, id).await {
        Err(Fault::NotFound(_)) => return Err(Fault::invalid(tool_field, id, Wording::new("expect-id"))),
        other => other?,
    };
    if !tool.runs_alone() {
        return Err(Fault::invalid(tool_field, &tool.definition.name, Wording::new("load-expect-alone")));
    }
    let act = Act {
        tool: id.clone(),
        tool_name: tool.definition.name.clone(),
        values: values.clone(),
        after_s,
        asked_s: None,
        run: None,
        trouble: String::new(),
    };
    match runner.tools.preview(actor, id, &act.typed()).await {
        Err(Fault::Invalid(problems)) => {
            let here = |problem: Problem| Problem { field: values_field.to_owned(), ..problem };
            Err(Fault::Invalid(problems.into_iter().map(here).collect()))
        }
        other => other.map(|_| act),
    }
}

/// Which of the two.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Which {
    Fault,
    Mend,
}

fn of(trial: &mut Trial, which: Which) -> Option<&mut Act> {
    match which {
        Which::Fault => Some(&mut trial.fault),
        Which::Mend => trial.mend.as_mut(),
    }
}

/// Runs what has become due at this moment of the run; `since` counts from the first request.
pub(super) async fn go_on(runner: &Runner, id: &LoadRunId, trial: &mut Trial, since: Duration) {
    let since = since.as_secs_f64();
    #[expect(clippy::cast_precision_loss, reason = "a run has four hours at most")]
    let due = |act: &Act| act.asked_s.is_none() && since >= act.after_s as f64;
    if due(&trial.fault) {
        ask(runner, id, trial, Which::Fault, since).await;
    }
    if trial.fault.asked_s.is_some() && trial.mend.as_ref().is_some_and(due) {
        ask(runner, id, trial, Which::Mend, since).await;
    }
}

/// Gives back what was taken away, where nobody has yet.
pub(super) async fn give_back(runner: &Runner, id: &LoadRunId, trial: &mut Trial, since: Duration) {
    if trial.fault.asked_s.is_some() && trial.mend.as_ref().is_some_and(|mend| mend.asked_s.is_none()) {
        ask(runner, id, trial, Which::Mend, since.as_secs_f64()).await;
    }
}

async fn ask(runner: &Runner, id: &LoadRunId, trial: &mut Trial, which: Which, since: f64) {
    let before = trial.clone();
    let Some(act) = of(trial, which) else { return };
    act.asked_s = Some((since * 10.0).round() / 10.0);
    match keep(&runner.ctx, id, &before, trial).await {
        Ok(true) => {}
        // Another has it, or nobody can be told: then nothing is done.
        Ok(false) => return,
        Err(fault) => {
            tracing::warn!(run = %id, %fault, "what a trial was about to do could not be written");
            *trial = before;
            return;
        }
    }
    let written = trial.clone();
    let asked = match actor_of(&runner.ctx, trial).await {
        Ok(actor) => match of(trial, which) {
            Some(act) => runner.tools.run(&actor, &act.tool, &act.typed()).await,
            None => return,
        },
        Err(fault) => Err(fault),
    };
    let Some(act) = of(trial, which) else { return };
    match asked {
        Ok(run) => act.run = Some(run),
        Err(fault) => {
            tracing::warn!(run = %id, tool = %act.tool, %fault, "a tool of a trial was not run");
            act.trouble = fault.to_string();
        }
    }
    if let Err(fault) = keep(&runner.ctx, id, &written, trial).await {
        tracing::warn!(run = %id, %fault, "what a trial has done could not be written");
    }
}

async fn actor_of(ctx: &Context, trial: &Trial) -> Result<Actor, Fault> {
    people::actor_of(&mut *ctx.db.read().await?, &trial.by).await?.ok_or(Fault::Unauthenticated)
}

async fn keep(ctx: &Context, id: &LoadRunId, before: &Trial, trial: &Trial) -> Result<bool, Fault> {
    let mut tx = ctx.begin_write().await?;
    let kept = store::runs::tried(&mut tx, id, before, trial).await?;
    tx.commit().await?;
    Ok(kept)
}

/// Why the fault was not one, where its tool did not end well; waits for its end.
async fn trouble_of(runner: &Runner, trial: &Trial) -> Result<String, Fault> {
    let fault = &trial.fault;
    let Some(run) = &fault.run else {
        let why = if fault.asked_s.is_none() { "the run was over before its moment" } else { fault.trouble.as_str() };
        return Ok(why.to_owned());
    };
    let begun = Instant::now();
    loop {
        // The engine looks after its own run, whoever may see it now.
        let found = runner.tools.get_run(&Actor::engine(super::engine::NAME), run).await?;
        match found.state {
            RunState::Succeeded => return Ok(String::new()),
            state if state.is_over() || begun.elapsed() > TOOL => return Ok(format!("{}: {}", fault.tool_name, state.word())),
            _ => tokio::time::sleep(Duration::from_millis(200)).await,
        }
    }
}

/// Everything that it has shown, once the run is over.
pub(super) async fn shown(runner: &Runner, trial: &Trial, plan: &Plan, (trace, tallied): (&Trace, Told)) -> Shown {
    let trouble = trouble_of(runner, trial).await.unwrap_or_else(|fault| fault.to_string());
    let outage: Option<Outage> = trial.fault.asked_s.map(|at| trace.after(at, plan.schedule.seconds(), trial.bounds));
    let (tallied, silent) = match tallied {
        Some(Ok(tallied)) => (Some(tallied), None),
        Some(Err(why)) => (None, Some(why)),
        None => (None, None),
    };
    if let Some(why) = silent {
        tracing::info!(%why, "a target told no ledger");
    }
    Shown { bounds: trial.bounds, outage, tallied, reads_only: reads_only(plan), trouble }
}

/// What a ledger told, or why it did not; `None` where there is none.
pub(super) type Told = Option<Result<Tallied, String>>;

/// Asks the target which requests it has received, again where some are not there yet.
pub(super) async fn ledger(egress: &Egress, plan: Plan, path: &str, trace: &Trace) -> Result<Tallied, String> {
    let mark = plan.mark.clone();
    let path = path.replace("{{run}}", &mark);
    let base = Url::parse(&plan.base).map_err(|error| format!("{}: {error}", plan.base))?;
    let lines = Lines::new(egress.clone(), &base, plan)?;
    let mut last = Err("it was not asked".to_owned());
    for wait in AGAIN {
        tokio::time::sleep(Duration::from_secs(wait)).await;
        last = lines.read(&path, LEDGER).await.and_then(|body| {
            let told = trace.against(&mark, &String::from_utf8_lossy(&body));
            let nothing = told.answered > 0 && told.lost == told.answered && told.unanswered == 0;
            if nothing { Err(format!("{path}: tells of no request of this run")) } else { Ok(told) }
        });
        if matches!(last, Ok(Tallied { lost: 0, .. })) {
            break;
        }
    }
    last
}
