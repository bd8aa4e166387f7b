//! Sends what a [`Plan`] says when it is due, and measures from then on.
//!
//! A task keeps the time and hands out numbers of requests, and connections take them in turn, all on one thread; of HTTP/2 those who
//! send over one. Where all are busy, requests wait, and their waiting is latency (what Gil Tene calls coordinated omission is leaving it out).

use std::{
    collections::VecDeque,
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicBool, AtomicU64, Ordering},
        mpsc,
    },
    time::{Duration, Instant},
};

use domain::load::Plan;
use tokio::sync::{Notify, Semaphore};
use url::Url;

use super::{
    line::Lines,
    tally::{Progress, Report},
};
use crate::egress::Egress;

/// Requests that may wait for a connection; beyond that the target is hopeless, and they count as failed.
const WAITING: usize = 200_000;
/// How long answers are waited for once a run was stopped.
const GRACE: Duration = Duration::from_secs(1);
/// Before a request is due the time-keeper stops sleeping: a thread wakes late, and so does a runtime.
const AWAKE: Duration = Duration::from_micros(100);
/// Requests that are handed out at once where it is late; then connections have their turn.
const AT_ONCE: u32 = 32;

/// One request: its number, and when it is due.
#[derive(Clone, Copy)]
pub(super) struct Due {
    pub(super) n: u64,
    pub(super) at: Instant,
}

/// Requests that are due and that nobody sends yet.
struct Queue {
    due: Mutex<VecDeque<Due>>,
    ready: Semaphore,
    /// Requests that found no room.
    lost: AtomicU64,
}

impl Queue {
    async fn next(&self) -> Option<Due> {
        self.ready.acquire().await.ok()?.forget();
        // Each ticket without a request is the end for one connection.
        self.due.lock().unwrap_or_else(PoisonError::into_inner).pop_front()
    }

    /// Drops what waits, and its tickets.
    fn forget(&self) {
        let mut waiting = self.due.lock().unwrap_or_else(PoisonError::into_inner);
        self.ready.forget_permits(waiting.len());
        waiting.clear();
    }

    fn put(&self, due: Due) {
        let mut waiting = self.due.lock().unwrap_or_else(PoisonError::into_inner);
        if waiting.len() >= WAITING {
            self.lost.fetch_add(1, Ordering::Relaxed);
            return;
        }
        waiting.push_back(due);
        drop(waiting);
        self.ready.add_permits(1);
    }
}

/// Runs a plan to its end, or until `stop` is set: then what waits is not sent any more, and what was sent is waited for shortly.
/// Connections are opened before the first request is due.
///
/// # Errors
/// An address that is none, a target that cannot be reached at all, or no thread to keep the time.
pub async fn run(egress: &Egress, plan: Plan, stop: Arc<AtomicBool>, progress: &Progress) -> Result<Report, String> {
    let base = Url::parse(&plan.base).map_err(|error| format!("{}: {error}", plan.base))?;
    let lines = Arc::new(Lines::new(egress.clone(), &base, plan)?);
    let connections = usize::try_from(lines.plan.connections).unwrap_or(1);
    let opened = futures::future::join_all((0..lines.count()).map(|who| lines.open(who))).await;
    if let Some(Err(why)) = opened.iter().find(|one| one.is_err())
        && opened.iter().all(Result::is_err)
    {
        return Err(format!("{}: {why}", lines.plan.base));
    }
    // Before anybody waits for what it hands out.
    let mut clock = Clock::begin().map_err(|error| format!("the time-keeper: {error}"))?;
    let queue = Arc::new(Queue { due: Mutex::new(VecDeque::new()), ready: Semaphore::new(0), lost: AtomicU64::new(0) });
    let begin = Instant::now() + Duration::from_millis(20);
    progress.begin(begin, !lines.plan.mark.is_empty());
    let schedule = lines.plan.schedule.clone();
    let (keeper_queue, keeper_stop) = (Arc::clone(&queue), Arc::clone(&stop));
    let keeper = tokio::spawn(async move {
        let mut sent = 0;
        for (n, seconds) in (0..).zip(schedule) {
            let at = begin + Duration::from_secs_f64(seconds);
            if !clock.until(at, &keeper_stop).await {
                break;
            }
            keeper_queue.put(Due { n, at });
            sent += 1;
        }
        if keeper_stop.load(Ordering::Relaxed) {
            keeper_queue.forget();
        }
        keeper_queue.ready.add_permits(connections);
        sent
    });
    // Those who share a connection take it when they first send.
    let opened = opened.into_iter().map(Result::ok).chain(std::iter::repeat_with(|| None));
    let workers = (0..connections).zip(opened).map(|(who, mut line)| {
        let (lines, queue, progress) = (Arc::clone(&lines), Arc::clone(&queue), progress.clone());
        tokio::spawn(async move {
            while let Some(due) = queue.next().await {
                let begun = Instant::now();
                let answer = lines.send(who, &mut line, due).await;
                let ended = Instant::now();
                progress.tally().count(due, begun, ended, answer);
            }
        })
    });
    let workers = workers.collect::<Vec<_>>();
    let aborts: Vec<_> = workers.iter().map(tokio::task::JoinHandle::abort_handle).collect();
    tokio::select! {
        _ = futures::future::join_all(workers) => {}
        () = ended_early(&stop) => aborts.iter().for_each(tokio::task::AbortHandle::abort),
    }
    let sent = keeper.await.map_err(|_| "the time-keeper failed".to_owned())?;
    let lost = queue.lost.load(Ordering::Relaxed);
    Ok(progress.tally().report(begin, sent, lost, lines.plan.schedule.requests() / lines.plan.schedule.seconds()))
}

/// Comes back a little after `stop` was set.
async fn ended_early(stop: &AtomicBool) {
    while !stop.load(Ordering::Relaxed) {
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    tokio::time::sleep(GRACE).await;
}

/// Waits for moments. Timers of a runtime are a millisecond coarse: long waits are slept on a thread of their own, which does nothing
/// else; in short ones whatever is ready goes on.
struct Clock {
    sleeps: mpsc::Sender<Duration>,
    woken: Arc<Notify>,
    /// Moments in a row that had passed already.
    late: u32,
}

impl Clock {
    fn begin() -> std::io::Result<Self> {
        let (sleeps, asked) = mpsc::channel::<Duration>();
        let woken = Arc::new(Notify::new());
        let waker = Arc::clone(&woken);
        std::thread::Builder::new().spawn(move || {
            for time in asked {
                std::thread::sleep(time);
                waker.notify_one();
            }
        })?;
        Ok(Self { sleeps, woken, late: 0 })
    }

    /// Waits for a moment; `false` where it was stopped before.
    async fn until(&mut self, at: Instant, stop: &AtomicBool) -> bool {
        loop {
            if stop.load(Ordering::Relaxed) {
                return false;
            }
            let left = at.saturating_duration_since(Instant::now());
            if left.is_zero() {
                self.late = (self.late + 1) % AT_ONCE;
                if self.late == 0 {
                    tokio::task::yield_now().await;
                }
                return true;
            }
            self.late = 0;
            if left > AWAKE && self.sleeps.send((left - AWAKE).min(Duration::from_millis(100))).is_ok() {
                self.woken.notified().await;
            } else {
                tokio::task::yield_now().await;
            }
        }
    }
}
