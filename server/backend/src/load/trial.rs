//! Takes something away in the middle of a run, gives it back whatever happens, and asks the target what it has received.
//!
//! Tools are run through the port of their area, in the name of whoever asked and with what they may do at that moment. That one
//! is asked for is written before it is, by compare and set, so no second process does what one does already. **Invariant:** the
//! fault is put in once at most; what gives it back is run after the fault's tool is over, until it has succeeded once: by whoever
//! watches the run, and by the engine where the run is over.

use std::time::{Duration, Instant};

use domain::{
    Actor, Fault, Problem, Reach, Wording,
    alerts::{Delays, Labels, Severity, Signal},
    audit::Object,
    id::LoadRunId,
    load::{Act, ActOrder, Bounds, CALM, Outage, Plan, Run, Shown, Tallied, Target, Trace, Trial, TrialOrder, reads_only},
    tools::RunState,
};
use serde_json::json;
use url::Url;

use super::{Runner, line::Lines, store, watch};
use crate::{WriteTx, alerts, audit, egress::Egress, people};

/// The noun of the source of an alert.
const SOURCE: &str = "load-run";

/// Bytes of a ledger, at most; and for each request.
const LEDGER: (usize, usize) = (64 << 20, 1 << 10);
/// Seconds after which a ledger is asked again, where something is not in it yet.
const AGAIN: [u64; 4] = [0, 1, 2, 4];
/// How long the end of tools is waited for before the end of a run is written.
const PATIENCE: Duration = Duration::from_secs(120);

/// What was typed of a trial, with tools that the actor may run by the clock.
pub(super) async fn read(runner: &Runner, actor: &Actor, asked: &TrialOrder, plan: &Plan, target: &Target) -> Result<Trial, Fault> {
    let by = actor.user().cloned().ok_or_else(|| Fault::conflict("load-conflict-person"))?;
    let (fault_s, mend_s) = asked.moments(plan.schedule.seconds())?;
    if !runner.tools.switch(actor).await?.is_on() {
        return Err(Fault::Unavailable(Wording::new("tools-unavailable-off")));
    }
    let fault = act(runner, actor, &asked.fault, ("fault_tool", "fault_values"), (fault_s, Some(target))).await?;
    let mend = match &asked.mend {
        Some(mend) => Some(act(runner, actor, mend, ("mend_tool", "mend_values"), (mend_s, None)).await?),
        None => None,
    };
    Ok(Trial { fault, mend, ledger: asked.ledger.clone(), bounds: Bounds::of(target.tier), by })
}

async fn act(
    runner: &Runner,
    actor: &Actor,
    (id, values, _): &ActOrder,
    (tool_field, values_field): (&str, &str),
    (after_s, target): (i64, Option<&Target>),
) -> Result<Act, Fault> {
    let tool = match runner.tools.get(actor, id).await {
        Err(Fault::NotFound(_)) => return Err(Fault::invalid(tool_field, id, Wording::new("expect-id"))),
        other => other?,
    };
    if !tool.runs_alone() {
        return Err(Fault::invalid(tool_field, &tool.definition.name, Wording::new("load-expect-alone")));
    }
    if let Some(target) = target {
        // A fault elsewhere would show that all is well here.
        let elsewhere = tool.system_id.as_ref().is_some_and(|system| *system != target.system);
        if !tool.definition.takes_away || elsewhere {
            return Err(Fault::invalid(tool_field, &tool.definition.name, Wording::new("load-expect-takes-away")));
        }
    }
    let act = Act::new(id.clone(), tool.definition.name.clone(), values.clone(), after_s);
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

/// A trial that goes on, as it stands in the row of its run.
pub(super) struct Trying<'a> {
    runner: &'a Runner,
    run: &'a Run,
    /// As it was written last.
    pub(super) trial: Trial,
    version: i64,
    pub(super) owes: bool,
}

impl<'a> Trying<'a> {
    /// The trial of a run, if it has one.
    pub(super) async fn of(runner: &'a Runner, run: &'a Run) -> Result<Option<Self>, Fault> {
        let found = store::trials::trial(&mut *runner.ctx.db.read().await?, &run.id).await?;
        Ok(found.map(|(trial, version, owes)| Self { runner, run, trial, version, owes }))
    }

    fn act(&mut self, which: Which) -> Option<&mut Act> {
        match which {
            Which::Fault => Some(&mut self.trial.fault),
            Which::Mend => self.trial.mend.as_mut(),
        }
    }

    /// Writes how it stands, if nobody else has meanwhile; and, where that is told, whether something is still away.
    async fn keep(&mut self, away: Option<bool>) -> Result<(), Fault> {
        match self.keep_once(away).await {
            Err(fault @ (Fault::Conflict(_) | Fault::Internal)) => self.keep_anew(away, fault).await,
            kept => kept,
        }
    }

    async fn keep_once(&mut self, away: Option<bool>) -> Result<(), Fault> {
        let mut tx = self.runner.ctx.begin_write().await?;
        self.write(&mut tx, away).await?;
        tx.commit().await?;
        self.version += 1;
        Ok(())
    }

    /// After a write of which it is not known whether it was made, or which met another: what is ours there already is kept, what is
    /// another's is gone on from, and what was not written is tried once more.
    async fn keep_anew(&mut self, away: Option<bool>, fault: Fault) -> Result<(), Fault> {
        let mut conn = self.runner.ctx.db.read().await?;
        if store::trials::stands(&mut conn, &self.run.id, self.version + 1, (&self.trial, self.owes)).await? {
            self.version += 1;
            return Ok(());
        }
        let Some((trial, version, owes)) = store::trials::trial(&mut conn, &self.run.id).await? else { return Err(fault) };
        drop(conn);
        if version == self.version {
            return self.keep_once(away).await;
        }
        (self.trial, self.version, self.owes) = (trial, version, owes);
        Err(fault)
    }

    async fn write(&self, tx: &mut WriteTx, away: Option<bool>) -> Result<(), Fault> {
        if !store::trials::tried(tx, &self.run.id, self.version, (&self.trial, self.owes)).await? {
            return Err(Fault::conflict("load-conflict-lost"));
        }
        if let Some(away) = away {
            alerts::observe(tx, &self.runner.ctx, &self.signal(away)).await?;
        }
        watch::announce(tx, self.run);
        Ok(())
    }

    /// Somebody has given it back by hand: nothing is owed any more.
    pub(super) async fn by_hand(mut self, actor: &Actor) -> Result<(), Fault> {
        self.owes = false;
        let mut tx = self.runner.ctx.begin_write().await?;
        self.write(&mut tx, Some(false)).await?;
        let object = Object::new("load-run", &self.run.id, &self.run.target_name, Some(&self.run.team));
        audit::record(&mut tx, &self.runner.ctx, actor, "load.given-back", object, &json!({ "url": self.run.url })).await?;
        tx.commit().await
    }

    /// Does what has become due at this moment of the run; `since` counts from the first request.
    pub(super) async fn go_on(&mut self, since: Duration) -> Result<(), Fault> {
        let since = since.as_secs_f64();
        #[expect(clippy::cast_precision_loss, reason = "a run has four hours at most")]
        let due = |act: &Act| since >= act.after_s as f64;
        if self.trial.fault.asked_s.is_none() {
            if due(&self.trial.fault) {
                self.ask(Which::Fault, since).await?;
            }
        } else if self.trial.mend.as_ref().is_some_and(due) {
            self.give_back(since, false).await?;
        } else {
            self.look(Which::Fault).await?;
        }
        Ok(())
    }

    /// One step towards giving back what was taken away; whether the fault's tool is over and nothing is owed any more. That tool must be
    /// over before, or it would land afterwards: with `now` it is ended.
    pub(super) async fn give_back(&mut self, since: f64, now: bool) -> Result<bool, Fault> {
        if matches!(self.look(Which::Fault).await?, Some(state) if !state.is_over()) {
            if let (true, Some(run)) = (now, &self.trial.fault.run) {
                match self.runner.tools.kill(&engine(), run).await {
                    Ok(()) | Err(Fault::Conflict(_)) => {}
                    Err(fault) => return Err(fault),
                }
            }
            return Ok(false);
        }
        if !self.owes {
            return Ok(true);
        }
        match self.look(Which::Mend).await? {
            Some(RunState::Succeeded) => {
                let version = self.version;
                self.owes = false;
                if let Err(fault) = self.keep(Some(false)).await {
                    self.owes |= self.version == version;
                    return Err(fault);
                }
                return Ok(true);
            }
            Some(state) if !state.is_over() => return Ok(false),
            _ => {}
        }
        let Some(mend) = &self.trial.mend else { return Ok(true) };
        if mend.times > 0 && self.runner.ctx.now() < mend.again_at() {
            return Ok(false);
        }
        self.ask(Which::Mend, since).await?;
        Ok(false)
    }

    /// Writes that a tool is asked for, and asks: what is killed between the two is found by what was written.
    async fn ask(&mut self, which: Which, since: f64) -> Result<(), Fault> {
        let now = self.runner.ctx.now();
        let (before, version) = ((self.trial.clone(), self.owes), self.version);
        if which == Which::Fault {
            self.owes = self.trial.mend.is_some();
        }
        let Some(act) = self.act(which) else { return Ok(()) };
        act.ask(since, now);
        let (tool, typed) = (act.tool.clone(), act.typed());
        // The first time that it is not given back may be chance.
        let away = (which == Which::Mend && act.times > 1).then_some(true);
        if let Err(fault) = self.keep(away).await {
            // Nothing was asked for, so it is still to be done; unless it is gone on from what another wrote.
            if self.version == version {
                (self.trial, self.owes) = before;
            }
            return Err(fault);
        }
        let mut asked = match self.person().await {
            Ok(actor) => self.runner.tools.run(&actor, &tool, &typed).await,
            Err(fault) => Err(fault),
        };
        // What was taken away in somebody's name is given back even where they may not any more.
        if which == Which::Mend && matches!(asked, Err(Fault::Unauthenticated | Fault::Forbidden(_) | Fault::NotFound(_))) {
            asked = self.runner.tools.run(&engine(), &tool, &typed).await;
        }
        if let Err(fault) = &asked {
            tracing::warn!(run = %self.run.id, %tool, %fault, "a tool of a trial was not run");
            // A fault that was not put in is nothing to give back; of some nobody knows whether they were.
            self.owes &= which == Which::Mend || matches!(fault, Fault::Internal);
        }
        let Some(act) = self.act(which) else { return Ok(()) };
        match asked {
            Ok(run) => act.run = Some(run),
            Err(fault) => act.trouble = fault.to_string(),
        }
        self.keep(None).await
    }

    async fn person(&self) -> Result<Actor, Fault> {
        people::actor_of(&mut *self.runner.ctx.db.read().await?, &self.trial.by).await?.ok_or(Fault::Unauthenticated)
    }

    /// How the tool of an act stands, and writes when it began and was over; `None` where there is none.
    async fn look(&mut self, which: Which) -> Result<Option<RunState>, Fault> {
        let Some(id) = self.act(which).and_then(|act| act.run.clone()) else { return Ok(None) };
        let found = match self.runner.tools.get_run(&engine(), &id).await {
            Err(Fault::NotFound(_)) => return Ok(Some(RunState::Lost)),
            other => other?,
        };
        let Some(act) = self.act(which) else { return Ok(None) };
        if act.ended_s.is_none() && found.state.is_over() {
            act.began_s = found.started_at.and_then(|at| act.second(at));
            act.ended_s = found.finished_at.and_then(|at| act.second(at));
            if found.state != RunState::Succeeded {
                act.trouble = format!("{}: {}", act.tool_name, found.state.word());
            }
            self.keep(None).await?;
        }
        Ok(Some(found.state))
    }

    /// That something is still away is an alert, until it is given back.
    fn signal(&self, holds: bool) -> Signal {
        let mend = self.trial.mend.as_ref();
        Signal {
            source_kind: SOURCE,
            source_id: self.run.id.to_string(),
            system: None,
            team: Some(self.run.team.clone()),
            holds: Some(holds),
            severity: Severity::P1,
            title: format!("{}: what a trial took away was not given back", self.run.target_name),
            detail: mend.map_or_else(String::new, |mend| mend.trouble.clone()),
            url: format!("/load/runs/{}", self.run.id),
            delays: Some(Delays { hold_ms: 0, recover_ms: 0 }),
            labels: [("alertname".to_owned(), "TrialNotGivenBack".to_owned()), (SOURCE.to_owned(), self.run.id.to_string())].into(),
            annotations: Labels::new(),
            late: String::new(),
            rule: Vec::new(),
        }
    }

    /// Goes on until that is so, for so long at most; the engine goes on after that.
    pub(super) async fn settle(&mut self, since: f64) {
        let begun = Instant::now();
        while begun.elapsed() < PATIENCE {
            match self.give_back(since + begun.elapsed().as_secs_f64(), true).await {
                Ok(true) => return,
                Ok(false) => {}
                Err(fault) => tracing::warn!(run = %self.run.id, %fault, "a trial does not settle yet"),
            }
            tokio::time::sleep(Duration::from_millis(250)).await;
        }
    }

    /// Everything that it has shown, once it has settled.
    pub(super) fn shown(&self, plan: &Plan, (trace, tallied): (&Trace, Told)) -> Shown {
        let fault = &self.trial.fault;
        let seconds = plan.schedule.seconds();
        #[expect(clippy::cast_precision_loss, reason = "a few seconds")]
        let last = seconds - CALM as f64;
        let trouble = match (fault.asked_s, fault.ended_s) {
            (None, _) => "the run was over before its moment".to_owned(),
            _ if !fault.trouble.is_empty() => fault.trouble.clone(),
            (_, None) => format!("{}: not over", fault.tool_name),
            // A fault after the last request costs nothing, and shows nothing.
            (_, Some(ended)) if ended > last => format!("{}: over after {ended:.1} s, the load after {seconds:.1} s", fault.tool_name),
            _ => String::new(),
        };
        let outage: Option<Outage> = fault.began_s.map(|at| trace.after(at, seconds, self.trial.bounds));
        let tallied = tallied.and_then(|told| told.inspect_err(|why| tracing::info!(%why, "a target told no ledger")).ok());
        let spans = (fault.began_s, self.trial.mend.as_ref().and_then(|mend| mend.began_s));
        Shown { bounds: self.trial.bounds, outage, spans, tallied, reads_only: reads_only(plan), trouble }
    }
}

/// In whose name the portal looks after tools that it has asked for.
fn engine() -> Actor {
    Actor::engine(super::engine::NAME)
}

/// Gives back what trials whose run is over still owe; how many steps were taken.
pub(super) async fn make_good(runner: &Runner) -> Result<u64, Fault> {
    let owing = store::trials::owing(&mut *runner.ctx.db.read().await?).await?;
    let mut count = 0;
    for id in owing {
        match step(runner, &id).await {
            Ok(moved) => count += u64::from(moved),
            // One that cannot be given back now keeps none of the others from it.
            Err(fault) => tracing::warn!(run = %id, %fault, "what a trial took away is not given back yet"),
        }
    }
    Ok(count)
}

/// One step for a run that nobody watches; whether anything changed.
pub(super) async fn step(runner: &Runner, id: &LoadRunId) -> Result<bool, Fault> {
    let run = store::runs::get(&mut *runner.ctx.db.read().await?, &Reach::All, id).await?;
    let Some(mut trying) = Trying::of(runner, &run).await? else { return Ok(false) };
    let before = trying.version;
    #[expect(clippy::cast_precision_loss, reason = "milliseconds of a few days")]
    let since = run.started_at.map_or(0, |begin| runner.ctx.now().since(begin)) as f64 / 1e3;
    trying.give_back(since, true).await?;
    Ok(trying.version != before)
}

/// What a ledger told, or why it did not; `None` where there is none.
pub(super) type Told = Option<Result<Tallied, String>>;

/// Asks the target which requests it has received, again where some are not there yet.
pub(super) async fn ledger(egress: &Egress, plan: Plan, path: &str, trace: &Trace) -> Result<Tallied, String> {
    let mark = plan.mark.clone();
    let path = path.replace("{{run}}", &mark);
    let base = Url::parse(&plan.base).map_err(|error| format!("{}: {error}", plan.base))?;
    let lines = Lines::new(egress.clone(), &base, plan)?;
    let requests = usize::try_from(trace.requests()).unwrap_or(usize::MAX);
    let most = requests.saturating_mul(LEDGER.1).saturating_add(1 << 20).min(LEDGER.0);
    let mut last = Err("it was not asked".to_owned());
    for wait in AGAIN {
        tokio::time::sleep(Duration::from_secs(wait)).await;
        last = lines.read(&path, most).await.and_then(|body| {
            let told = trace.against(&mark, &body);
            let nothing = told.answered > 0 && told.lost == told.answered && told.unanswered == 0;
            if nothing { Err(format!("{path}: tells of no request of this run")) } else { Ok(told) }
        });
        if matches!(last, Ok(Tallied { lost: 0, .. })) {
            break;
        }
    }
    last
}
