//! Watches one run from its first request to what is written of its end.

use std::{
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::{Duration, Instant},
};

use domain::{
    Actor, Fault,
    audit::Object,
    evidence::Limits,
    id::EvidenceId,
    live::Topic,
    load::{Plan, Run, Second, Shown, State, Trace, body},
};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use tokio::sync::oneshot;
use tokio_util::sync::CancellationToken;

use super::{
    Progress, Report, Runner, deployed,
    engine::{LEASE, NAME, Way},
    send, store,
    trial::{self, Trying},
};
use crate::{Context, WriteTx, audit, evidence};

/// How often what was measured is written, and the claim renewed.
const BEAT: Duration = Duration::from_secs(1);

/// How a run ended.
pub(super) struct End {
    pub(super) state: State,
    pub(super) trouble: String,
    pub(super) report: Option<Value>,
}

/// Sends a run; by the end its row says how it went.
pub(super) async fn watch(runner: &Runner, run: &Run, mut plan: Plan, stop: Arc<AtomicBool>, token: CancellationToken) {
    let progress = Progress::default();
    let mut trying = match Trying::of(runner, run).await {
        Ok(trying) => trying,
        Err(fault) => {
            // Without it the fault would be put in blindly: the run is found interrupted.
            tracing::warn!(run = %run.id, %fault, "the trial of a load test does not read");
            return;
        }
    };
    let ledger = trying.as_ref().map(|trying| trying.trial.ledger.clone()).filter(|path| !path.is_empty());
    if trying.is_some() {
        plan.mark = run.id.to_string();
    }
    let mut result = apart(runner.way.clone(), (plan.clone(), ledger), stop.clone(), progress.clone());
    let mut written = 0;
    let mut beats = tokio::time::interval(BEAT);
    let mut renewed = Instant::now();
    let (mut interrupted, mut cancelled) = (false, false);
    let result = loop {
        tokio::select! {
            result = &mut result => break result.unwrap_or_else(|_| Err("the sender failed; the log of the portal says more".to_owned())),
            () = token.cancelled(), if !cancelled => {
                (interrupted, cancelled) = (true, true);
                stop.store(true, Ordering::Relaxed);
            }
            _ = beats.tick() => {
                match beat(runner, run, &progress.seconds(written, false)).await {
                    Ok((count, wish)) => {
                        written += count;
                        renewed = Instant::now();
                        if wish {
                            stop.store(true, Ordering::Relaxed);
                        }
                    }
                    // The claim is another's, or nobody can be told: then nothing is sent any more.
                    Err(fault) => {
                        tracing::warn!(run = %run.id, %fault, "how a load test goes is not written");
                        if matches!(fault, Fault::Conflict(_)) || renewed.elapsed() > Duration::from_millis(LEASE.unsigned_abs() / 2) {
                            interrupted = true;
                            stop.store(true, Ordering::Relaxed);
                        }
                    }
                }
                if let Some((trying, since)) = trying.as_mut().zip(progress.since()).filter(|_| !stop.load(Ordering::Relaxed))
                    && let Err(fault) = trying.go_on(since).await
                {
                    tracing::warn!(run = %run.id, %fault, "what a trial was about to do was not done");
                }
            },
        }
    };
    let since = progress.since().unwrap_or_default().as_secs_f64();
    let ending = async {
        if let Some(trying) = &mut trying {
            // Where the process ends there is no time for it: what is owed is made good at the next start.
            if interrupted {
                drop(trying.give_back(since, true).await);
            } else {
                trying.settle(since).await;
            }
        }
        let end = match result {
            _ if interrupted => End { state: State::Interrupted, trouble: String::new(), report: None },
            Err(trouble) => End { state: State::NotStarted, trouble, report: None },
            Ok((report, traced)) => {
                let state = if stop.load(Ordering::Relaxed) { State::Stopped } else { State::Finished };
                let shown = trying.as_ref().zip(traced).map(|(trying, (trace, tallied))| trying.shown(&plan, (&trace, tallied)));
                End { state, trouble: String::new(), report: Some(told(run, &report, shown.as_ref())) }
            }
        };
        write_end(runner, run, &end, &progress.seconds(written, true)).await;
    };
    // The claim is renewed until that is written, or another process would call the run interrupted. Both go on side by side: one
    // that waits for the other's transaction would wait for ever.
    let renewing = async {
        loop {
            beats.tick().await;
            drop(beat(runner, run, &[]).await);
        }
    };
    tokio::select! {
        () = ending => {}
        () = renewing => {}
    }
}

/// Writes the end, again and again: the database may be away for a while; a run that could not be finished is found interrupted.
async fn write_end(runner: &Runner, run: &Run, end: &End, rest: &[Second]) {
    for wait in [0_u64, 1, 2, 4, 8, 16, 30] {
        tokio::time::sleep(Duration::from_secs(wait)).await;
        match self::end(&runner.ctx, run, &runner.sent.holder, end, rest).await {
            Ok(_) => return,
            Err(fault) => tracing::warn!(run = %run.id, %fault, "end of a load test not written yet"),
        }
    }
}

/// What became of each request, where that was kept, and what a ledger told of it.
type Traced = Option<(Trace, trial::Told)>;

/// Sends on a thread of its own, so that pages do not wait behind requests and measure nothing of them.
/// Where there is a ledger the target is asked for it, once everything was sent.
fn apart(
    way: Way,
    (plan, ledger): (Plan, Option<String>),
    stop: Arc<AtomicBool>,
    progress: Progress,
) -> oneshot::Receiver<Result<(Report, Traced), String>> {
    let (tell, told) = oneshot::channel();
    let sending = async move {
        let egress = way();
        let report = send::run(&egress, plan.clone(), stop.clone(), &progress).await?;
        let Some(trace) = progress.trace() else { return Ok((report, None)) };
        let tallied = match ledger {
            Some(path) if !stop.load(Ordering::Relaxed) => Some(trial::ledger(&egress, plan, &path, &trace).await),
            _ => None,
        };
        Ok((report, Some((trace, tallied))))
    };
    let work = move || {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
        let result = match runtime {
            Ok(runtime) => runtime.block_on(sending),
            Err(error) => Err(format!("no thread: {error}")),
        };
        // Nobody listens any more only where the process ends.
        let _ = tell.send(result);
    };
    if let Err(error) = std::thread::Builder::new().name("load".into()).spawn(work) {
        tracing::error!(%error, "no thread for a load test");
    }
    told
}

/// Writes seconds and renews the claim; gives how many were written, and whether somebody wants the end.
async fn beat(runner: &Runner, run: &Run, seconds: &[Second]) -> Result<(usize, bool), Fault> {
    let ctx = &runner.ctx;
    let mut tx = ctx.begin_write().await?;
    let wish = store::runs::renew(&mut tx, &run.id, &runner.sent.holder, ctx.now().plus(LEASE)).await?;
    let wish = wish.ok_or_else(|| Fault::conflict("load-conflict-lost"))?;
    store::runs::add_seconds(&mut tx, &run.id, seconds).await?;
    announce(&mut tx, run);
    tx.commit().await?;
    Ok((seconds.len(), !wish.is_empty()))
}

pub(super) fn announce(tx: &mut WriteTx, run: &Run) {
    tx.announce(Topic::Load, &run.id, Some(&run.team));
}

/// What was measured beside what was loaded, and a mark that tells environments apart.
fn told(run: &Run, report: &Report, shown: Option<&Shown>) -> Value {
    let environment = json!({
        "target": run.target_name,
        "url": run.url,
        "environment": run.environment,
        "facts": run.subject.facts,
        "sender": {
            "version": env!("CARGO_PKG_VERSION"),
            "os": std::env::consts::OS,
            "arch": std::env::consts::ARCH,
            "cores": std::thread::available_parallelism().map_or(0, usize::from),
        },
    });
    let mark: String = Sha256::digest(environment.to_string()).iter().take(8).map(|byte| format!("{byte:02x}")).collect();
    let mut value = serde_json::to_value(report).unwrap_or_default();
    if let Value::Object(fields) = &mut value {
        fields.insert("began_at".into(), json!(run.started_at));
        fields.insert("held".into(), json!(report.held()));
        fields.insert("environment".into(), environment);
        fields.insert("fingerprint".into(), json!(mark));
        fields.insert("artifact_sha".into(), json!(run.subject.artifact_sha));
        fields.insert("script".into(), json!(run.script));
        if let Some(shown) = shown {
            fields.insert("trial".into(), json!(shown));
        }
    }
    value
}

/// Writes the end of a run, once: its result becomes evidence, unless another artifact came meanwhile; a comparison goes on, or is over.
/// Whether it was this one's to write.
pub(super) async fn end(ctx: &Context, run: &Run, runner: &str, end: &End, seconds: &[Second]) -> Result<bool, Fault> {
    let now = ctx.now();
    let file = match (&end.report, end.state) {
        (Some(report), State::Finished) if run.comparison.is_none() => {
            let body = serde_json::to_vec_pretty(report).map_err(|_| Fault::Internal)?;
            let figure = |name: &str| report.get(name).and_then(Value::as_f64).unwrap_or_default();
            let read = match Shown::of(report) {
                Some(shown) => run.subject.show(&run.environment, &body, (&shown, report["held"] == true), now)?,
                None => run.subject.judge(&run.environment, &body, Some((figure("rate"), figure("wanted_rate"))), now)?,
            };
            Some((read, evidence::File::new(format!("load-{}.json", run.id), body)?))
        }
        _ => None,
    };
    let mut tx = ctx.begin_write().await?;
    let came = if file.is_some() { deployed::came_since(&mut tx, run).await? } else { None };
    let trouble = came.as_ref().unwrap_or(&end.trouble);
    let report = end.report.as_ref().map(Value::to_string).unwrap_or_default();
    if !store::runs::finish(&mut tx, (&run.id, runner), (end.state, trouble, &report), now).await? {
        return Ok(false);
    }
    store::runs::add_seconds(&mut tx, &run.id, seconds).await?;
    if let Some((read, file)) = file.filter(|_| came.is_none()) {
        let verdict = read.verdict;
        // What is taken away is held to the tier; a run alone to limits that whoever asked for it chose.
        let word = run.by_id.as_ref().filter(|_| run.trial.is_none());
        let origin = evidence::Origin { team: &run.team, by: &run.by, word, here: true };
        let id = evidence::keep(&mut tx, ctx, &Actor::engine(NAME), origin, read, file).await?;
        store::runs::shown(&mut tx, &run.id, &id, verdict).await?;
    }
    if run.comparison.is_some() {
        go_on(&mut tx, ctx, run, end.state).await?;
    }
    announce(&mut tx, run);
    tx.ring(NAME);
    let object = Object::new("load-run", &run.id, &run.target_name, Some(&run.team));
    let detail = json!({ "state": end.state, "url": run.url, "trouble": trouble });
    audit::record(&mut tx, ctx, &Actor::engine(NAME), "load.end", object, &detail).await?;
    tx.commit().await?;
    Ok(true)
}

/// A comparison after one of its runs: the next turn, or the verdict. Where a run did not go to its end there is nothing to judge.
async fn go_on(tx: &mut WriteTx, ctx: &Context, run: &Run, state: State) -> Result<(), Fault> {
    let Some(id) = &run.comparison else { return Ok(()) };
    let comparison = store::comparisons::get(tx, &domain::Reach::All, id).await?;
    if state != State::Finished {
        store::runs::withdraw_rest(tx, id, ctx.now()).await?;
        return store::comparisons::end(tx, id, state, None, "", None, ctx.now()).await;
    }
    let runs = store::runs::of_comparison(tx, id).await?;
    if runs.iter().any(|run| !run.state.is_over()) {
        return Ok(());
    }
    let (text, outcome, reason) = body(&runs, comparison.limits());
    let candidate = runs.iter().rfind(|one| one.target == comparison.candidate).unwrap_or(run);
    if let Some(why) = deployed::came_since(tx, candidate).await? {
        return store::comparisons::end(tx, id, State::Finished, None, &why, None, ctx.now()).await;
    }
    let read = candidate.subject.judge(&candidate.environment, text.as_bytes(), None, ctx.now())?;
    let file = evidence::File::new(format!("comparison-{id}.ndjson"), text.into_bytes())?;
    // So is a comparison, where it bears more than the usual.
    let word = run.by_id.as_ref().filter(|_| comparison.limits().is_laxer(&Limits::default()));
    let origin = evidence::Origin { team: &comparison.team, by: &comparison.by, word, here: true };
    let evidence: EvidenceId = evidence::keep(tx, ctx, &Actor::engine(NAME), origin, read, file).await?;
    store::comparisons::end(tx, id, State::Finished, Some(outcome), &reason, Some(&evidence), ctx.now()).await
}
