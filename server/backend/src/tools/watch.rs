//! Watches one command from start to end: its output, its deadline, the wish to kill it.

use std::{sync::Arc, time::Duration};

use domain::{
    Actor, Fault,
    audit::Object,
    live::Topic,
    tools::{End, Run, RunState},
};
use serde_json::json;
use tokio::{io::AsyncReadExt, net::unix::pipe::Receiver, sync::Notify, time::Instant};
use tokio_util::sync::CancellationToken;

use super::{
    Settings,
    account::Standing,
    joined,
    keeper::{self, News},
    log::Log,
    process,
    store::{self, Finish},
};
use crate::{Context, audit};

/// Waiting output after which it is written at once, and after which no more is read until some was.
const WRITE_AT: usize = 64 * 1024;
const STOP_AT: usize = 256 * 1024;
/// Longest time that a line waits before it is handed to be written.
const WRITE_EVERY: Duration = Duration::from_millis(250);

/// A run that this process has claimed.
pub(super) struct Claim {
    pub(super) run: Run,
    /// Environment variables that carry secrets.
    pub(super) secrets: Vec<(String, String)>,
    /// Rung when a person wants it killed.
    pub(super) kill: Arc<Notify>,
    /// Cancelled when the portal stops.
    pub(super) stop: CancellationToken,
    /// Who watches: rows are written only while the claim holds.
    pub(super) runner: String,
    /// How its command stands to the portal.
    pub(super) standing: Standing,
}

/// Runs the command; by the end its row says how it went.
pub(super) async fn watch(ctx: Context, settings: Arc<Settings>, claim: Claim) {
    let run = &claim.run;
    let order =
        process::Order { run: &run.id, argv: &run.argv, secrets: &claim.secrets, timeout_s: run.timeout_s, standing: claim.standing };
    let mut log = Log::new(&ctx, &claim, settings.log_bytes);
    let finish = match process::start(&settings, &order).await {
        Ok(started) => follow(&settings, &claim, started, &mut log).await,
        Err(error) => Finish { state: RunState::NotStarted, exit_code: None, trouble: error.to_string(), log: log.figures() },
    };
    // The database may be away for a while; a run that could not be finished is found lost at the next start.
    for wait in [0_u64, 1, 2, 4, 8, 16, 30, 60] {
        tokio::time::sleep(Duration::from_secs(wait)).await;
        match end(&ctx, &claim, &finish).await {
            Ok(()) => return,
            Err(fault) => tracing::warn!(run = %run.id, %fault, "end of a run not written yet"),
        }
    }
}

async fn follow(settings: &Settings, claim: &Claim, mut started: process::Started, log: &mut Log) -> Finish {
    let run = &claim.run;
    let deadline = Instant::now() + Duration::from_secs(u64::try_from(run.timeout_s).unwrap_or(1));
    let mut buffer = vec![0; 64 * 1024];
    let mut ticks = tokio::time::interval(WRITE_EVERY);
    let (mut open, mut due) = (true, false);
    let (mut timed_out, mut kill_asked, mut stopped, mut news) = (false, false, false, None);
    let writer = log.writer();
    // Nothing in here waits for the database: what ends the run is heard at once.
    loop {
        tokio::select! {
            told = started.told.news() => { news = told; break }
            () = claim.kill.notified() => { kill_asked = true; break }
            () = claim.stop.cancelled() => { stopped = true; break }
            () = tokio::time::sleep_until(deadline) => { timed_out = true; break }
            read = started.output.read(&mut buffer), if open && log.waiting < STOP_AT => open = log.take(read, &buffer).await,
            Ok(place) = writer.reserve(), if log.waiting >= WRITE_AT || due && log.waiting > 0 => {
                place.send(log.batch());
                due = false;
            }
            _ = ticks.tick() => due = true,
        }
    }
    drop(writer);
    started.end().await;
    // Whatever the command left behind goes with it; what it still has to say is read meanwhile.
    let patience = settings.kill_grace + keeper::PATIENCE * 2;
    let told = tokio::time::timeout(patience, last_news(&mut started, news, log, &mut buffer, open)).await;
    let (exit_code, gone) = told.unwrap_or_default();
    if !gone {
        // A keeper that came to harm leaves no proof that nothing is left, only what can be found.
        process::end_all(&run.id, settings.kill_grace).await;
    }
    drain(&mut started.output, log, &mut buffer).await;
    log.finish().await;
    started.part().await;
    process::remove_dir(&started.dir);
    let end = End { exit_code, timed_out, kill_asked, gone };
    let state = if stopped && gone { RunState::Lost } else { end.state() };
    Finish { state, exit_code: end.exit_code, trouble: String::new(), log: log.figures() }
}

/// Listens to the keeper to the end, from the news that there are, and reads output meanwhile so that nothing is held up
/// by a full pipe. The exit code of the command, and whether nothing is left.
async fn last_news(
    started: &mut process::Started,
    mut news: Option<News>,
    log: &mut Log,
    buffer: &mut [u8],
    mut open: bool,
) -> (Option<i32>, bool) {
    let mut code = None;
    loop {
        match news.take() {
            Some(News::Ended(with)) => code = with,
            Some(News::Gone) => return (code, true),
            Some(News::Left) => return (code, false),
            Some(News::Begun | News::Trouble(_)) | None => {}
        }
        tokio::select! {
            told = started.told.news() => match told {
                None => return (code, false),
                told => news = told,
            },
            read = started.output.read(buffer), if open => open = log.take(read, buffer).await,
        }
    }
}

/// Reads what is left in the pipe, for a second at most: a process that was not killed may keep it open.
async fn drain(output: &mut Receiver, log: &mut Log, buffer: &mut [u8]) {
    let rest = async {
        while {
            let read = output.read(buffer).await;
            log.take(read, buffer).await
        } {}
    };
    let _ = tokio::time::timeout(Duration::from_secs(1), rest).await;
}

/// Writes the end of a run, once.
async fn end(ctx: &Context, claim: &Claim, finish: &Finish) -> Result<(), Fault> {
    let run = &claim.run;
    let mut tx = ctx.begin_write().await?;
    if !store::runs::finish(&mut tx, &run.id, &claim.runner, finish, ctx.now()).await? {
        tracing::warn!(run = %run.id, "the claim on a run was lost before its end was written");
        return Ok(());
    }
    let engine = Actor::engine("runs");
    joined::tell(&mut tx, ctx, run, finish.state, finish.exit_code, joined::NAME).await?;
    tx.announce(Topic::Runs, &run.id, Some(&run.team));
    tx.ring(super::engine::NAME);
    let detail = json!({ "state": finish.state.word(), "exit_code": finish.exit_code, "trouble": finish.trouble });
    audit::record(&mut tx, ctx, &engine, "run.end", Object::new("run", &run.id, &run.tool_name, Some(&run.team)), &detail).await?;
    tx.commit().await
}
