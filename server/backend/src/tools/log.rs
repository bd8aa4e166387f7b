//! Output on its way into the database. Whoever watches a command hands lines over and never waits for a write; a task of
//! its own writes them, again and again while the database is away. Both hold a bounded amount.

use std::{
    sync::{
        Arc,
        atomic::{AtomicI64, Ordering},
    },
    time::Duration,
};

use domain::{Fault, id::RunId, tools::LineCutter};
use tokio::sync::mpsc;
use tokio_util::task::AbortOnDropHandle;

use super::{store, watch::Claim};
use crate::Context;

/// Batches that wait to be written.
const BATCHES: usize = 4;
/// Between two attempts to write a batch.
const AGAIN: Duration = Duration::from_millis(500);
/// How long the rest of the output may take to be written when the command is over.
const PATIENCE: Duration = Duration::from_secs(20);

/// Lines, bytes, whether some were not kept.
pub(super) type Figures = (i64, i64, bool);

/// Lines that are written together, and how the log stands after them.
pub(super) struct Batch {
    lines: Vec<String>,
    seen: u64,
    cut: bool,
}

/// The output of one run.
pub(super) struct Log {
    run: RunId,
    cutter: LineCutter,
    lines: Vec<String>,
    /// Bytes in lines that were not handed over yet.
    pub(super) waiting: usize,
    /// Bytes that were written by the command.
    seen: u64,
    /// Bytes that may still be kept.
    room: u64,
    cut: bool,
    /// `None` once everything was handed over.
    batches: Option<mpsc::Sender<Batch>>,
    /// Lines that are in the database.
    written: Arc<AtomicI64>,
    writing: AbortOnDropHandle<()>,
}

impl Log {
    pub(super) fn new(ctx: &Context, claim: &Claim, room: u64) -> Self {
        let secrets = claim.secrets.iter().map(|(_, value)| value.clone()).collect();
        let (batches, received) = mpsc::channel(BATCHES);
        let written = Arc::new(AtomicI64::new(0));
        let writer = Writer { ctx: ctx.clone(), run: claim.run.id.clone(), runner: claim.runner.clone(), written: written.clone() };
        Self {
            run: claim.run.id.clone(),
            cutter: LineCutter::new(secrets),
            lines: Vec::new(),
            waiting: 0,
            seen: 0,
            room,
            cut: false,
            batches: Some(batches),
            written,
            writing: AbortOnDropHandle::new(tokio::spawn(writer.write(received))),
        }
    }

    /// Where batches are handed over, to wait for a place.
    pub(super) fn writer(&self) -> mpsc::Sender<Batch> {
        match &self.batches {
            Some(batches) => batches.clone(),
            // Closed at once: nobody receives.
            None => mpsc::channel(1).0,
        }
    }

    pub(super) fn figures(&self) -> Figures {
        (self.written.load(Ordering::SeqCst), i64::try_from(self.seen).unwrap_or(i64::MAX), self.cut)
    }

    /// Takes what was read; whether more may come.
    pub(super) async fn take(&mut self, read: std::io::Result<usize>, buffer: &[u8]) -> bool {
        let Ok(count @ 1..) = read else { return false };
        self.seen += count as u64;
        if self.cut {
            // Nothing is kept any more. A command that only floods is slowed, not served at full speed.
            tokio::time::sleep(Duration::from_millis(2)).await;
            return true;
        }
        let lines = self.cutter.push(&buffer[..count]);
        self.keep(lines);
        true
    }

    fn keep(&mut self, lines: impl IntoIterator<Item = String>) {
        for line in lines {
            let size = line.len() as u64 + 1;
            if size > self.room {
                self.cut = true;
                return;
            }
            self.room -= size;
            self.waiting += line.len() + 1;
            self.lines.push(line);
        }
    }

    /// What waits, to be handed over.
    pub(super) fn batch(&mut self) -> Batch {
        self.waiting = 0;
        Batch { lines: std::mem::take(&mut self.lines), seen: self.seen, cut: self.cut }
    }

    /// Hands the rest over and waits until it is written; a database that does not take it in time leaves the log cut.
    pub(super) async fn finish(&mut self) {
        if !self.cut {
            let rest = self.cutter.finish();
            self.keep(rest);
        }
        let rest = self.batch();
        let batches = self.batches.take();
        let writing = &mut self.writing;
        let written = tokio::time::timeout(PATIENCE, async move {
            if let Some(batches) = batches {
                // Fails only where the writer broke off, which the handle says.
                let _ = batches.send(rest).await;
            }
            writing.await
        });
        if !matches!(written.await, Ok(Ok(()))) {
            tracing::warn!(run = %self.run, "the rest of the output was not written");
            self.writing.abort();
            self.cut = true;
        }
    }
}

struct Writer {
    ctx: Context,
    run: RunId,
    runner: String,
    written: Arc<AtomicI64>,
}

impl Writer {
    /// Writes every batch in turn, each until it is in the database.
    async fn write(self, mut batches: mpsc::Receiver<Batch>) {
        while let Some(batch) = batches.recv().await {
            if batch.lines.is_empty() {
                continue;
            }
            while let Err(fault) = self.append(&batch).await {
                tracing::warn!(run = %self.run, %fault, "output of a run not written yet");
                tokio::time::sleep(AGAIN).await;
            }
        }
    }

    async fn append(&self, batch: &Batch) -> Result<(), Fault> {
        let before = self.written.load(Ordering::SeqCst);
        let after = before + i64::try_from(batch.lines.len()).unwrap_or(i64::MAX);
        let figures = (after, i64::try_from(batch.seen).unwrap_or(i64::MAX), batch.cut);
        let mut tx = self.ctx.begin_write().await?;
        // Where the claim is lost nobody reads this log any more.
        if store::runs::grow(&mut tx, &self.run, &self.runner, figures).await? {
            store::runs::append_log(&mut tx, &self.run, before + 1, &batch.lines).await?;
            tx.commit().await?;
        }
        self.written.store(after, Ordering::SeqCst);
        Ok(())
    }
}
