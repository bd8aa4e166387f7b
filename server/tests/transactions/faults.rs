//! Transactions while something goes wrong. Several senders post batches, each again under its key until it is acknowledged; in the end
//! every batch is there, and none is there twice: counts, amounts and failures by code are exactly what was sent.

mod busy;
mod full;
mod killed;
mod lost;

use std::{
    collections::BTreeMap,
    fmt::Write as _,
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicU64, Ordering},
    },
    time::Duration,
};

use backend::{
    Context, SystemClock,
    db::{Kind, sql},
};
use domain::{
    Actor, Clock as _, Permission, Span, Timestamp,
    time::{HOUR, MINUTE},
    transactions::{Filter, Money, Question, Sort, Tables},
};
use tokio::task::JoinHandle;

use crate::app::{Database, TestApp, process};

const SENDERS: usize = 3;
const LINES: u64 = 40;

/// Posts one batch; the status, or nothing where the connection broke.
async fn send(address: &str, token: &str, key: &str, body: &str) -> Option<u16> {
    let key = format!("Idempotency-Key: {key}\r\n");
    let (status, text) = process::post(address, token, "/api/v1/transactions", &key, body).await?;
    // An answer that broke off acknowledges nothing.
    (status != 200 || text.contains(&format!("\"accepted\":{LINES}"))).then_some(status)
}

/// Five lines of a batch fail with 91, three with 05.
fn code(line: u64) -> &'static str {
    match line % 8 {
        0 => "91",
        5 if line < 24 => "05",
        _ => "00",
    }
}

/// In minor units; different for every line.
fn amount(line: u64) -> u64 {
    1_001 + line * 37
}

fn batch(key: &str, at: Timestamp) -> String {
    let mut body = String::new();
    for i in 0..LINES {
        let (code, amount) = (code(i), amount(i));
        writeln!(
            body,
            r#"{{"time":{},"system":"pay","link":"L{}","merchant":"{key}","code":"{code}","latency_ms":{i},"amount":{amount},"currency":"CNY"}}"#,
            at.0,
            i % 3
        )
        .unwrap();
    }
    body
}

/// What is sent to processes on one database, and how far each sender is.
struct Trial {
    app: TestApp,
    reader: Actor,
    token: String,
    began: Timestamp,
    acknowledged: Arc<AtomicU64>,
    /// What was not acknowledged: answers 429 and 503, and what is in doubt.
    refused: Arc<AtomicU64>,
    numbers: [u64; SENDERS],
}

/// Senders at work on one process.
struct Senders {
    stop: Arc<AtomicBool>,
    tasks: Vec<JoinHandle<u64>>,
}

impl Trial {
    /// Nothing of ours holds the database open afterwards.
    async fn begin(kind: Kind) -> Self {
        let app = TestApp::new(kind).await;
        app.to_wall_clock();
        let (_, _, sender) = super::stage(&app).await;
        let reader = app.user("reader", &[Permission::Read], None).await;
        let token = process::hand_over(&app, &sender.name, &["read", "transactions.ingest"]).await;
        let (acknowledged, refused) = Default::default();
        Self { app, reader, token, began: SystemClock.now(), acknowledged, refused, numbers: [0; SENDERS] }
    }

    fn acknowledged(&self) -> u64 {
        self.acknowledged.load(Ordering::SeqCst)
    }

    fn refused(&self) -> u64 {
        self.refused.load(Ordering::SeqCst)
    }

    /// Each sends its next batch under the same key until it is acknowledged.
    fn send_to(&self, address: &str) -> Senders {
        let stop = Arc::new(AtomicBool::new(false));
        let (began, tasks) = (self.began, self.numbers.iter().enumerate());
        let tasks = tasks.map(|(who, number)| {
            let (address, token, stop, mut number) = (address.to_owned(), self.token.clone(), stop.clone(), *number);
            let (acknowledged, refused) = (self.acknowledged.clone(), self.refused.clone());
            // Where the connection broke while it committed, nobody knows whether it was taken.
            let doubt = self.app.ctx.db.kind() == Kind::Postgres;
            tokio::spawn(async move {
                while !stop.load(Ordering::SeqCst) {
                    let key = format!("s{who}-{number}");
                    match send(&address, &token, &key, &batch(&key, began)).await {
                        Some(200) => {
                            number += 1;
                            acknowledged.fetch_add(1, Ordering::SeqCst);
                        }
                        Some(500) if !doubt => panic!("status 500"),
                        Some(429 | 500 | 503) | None => {
                            refused.fetch_add(1, Ordering::SeqCst);
                            tokio::time::sleep(Duration::from_millis(5)).await;
                        }
                        Some(other) => panic!("status {other}"),
                    }
                }
                number
            })
        });
        let tasks = tasks.collect();
        Senders { stop, tasks }
    }

    /// They stop after what they are at.
    async fn stop(&mut self, senders: Senders) {
        senders.stop.store(true, Ordering::SeqCst);
        for (who, sender) in senders.tasks.into_iter().enumerate() {
            self.numbers[who] = sender.await.expect("a sender");
        }
    }

    /// Waits, at most half a minute, until a number is beyond what it was; gives how long that was.
    async fn until_more(&self, number: impl Fn(&Self) -> u64) -> Duration {
        let (before, began) = (number(self), std::time::Instant::now());
        for _ in 0..3_000 {
            if number(self) > before {
                return began.elapsed();
            }
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
        panic!("nothing for half a minute after {before}");
    }

    /// Each sender's present batch is acknowledged: nothing is left in doubt but what never was sent.
    async fn last(&self, address: &str) {
        for (who, number) in self.numbers.iter().enumerate() {
            let key = format!("s{who}-{number}");
            assert_eq!(send(address, &self.token, &key, &batch(&key, self.began)).await, Some(200));
            self.acknowledged.fetch_add(1, Ordering::SeqCst);
        }
    }

    /// What is stored is what was acknowledged. No process may be at work any more.
    async fn check(&self, least: u64) {
        let ctx = Context::new(self.app.database.open().await, self.app.clock.clone());
        if ctx.db.kind() == Kind::Sqlite {
            assert_eq!(sql("PRAGMA integrity_check").texts(&mut ctx.db.read().await.unwrap()).await.unwrap(), ["ok"]);
        }
        let portal = server::boot::house(&ctx, &server::settings::Settings::default()).portal;
        let question = Question {
            span: Span::new(self.began.plus(-HOUR), self.began.plus(HOUR)).unwrap(),
            filter: Filter::default(),
            zone: "UTC".into(),
            sort: Sort::Volume,
            top: 1_000_000,
            tables: Tables::All,
        };
        self.app.advance(10 * MINUTE);
        let analysis = portal.transactions.analyse(&self.reader, &question).await.unwrap();
        type Sums = (u64, u64, Option<i64>);
        let minor = |lines: &mut dyn Iterator<Item = u64>| i64::try_from(lines.map(amount).sum::<u64>()).unwrap();
        let failed = || (0..LINES).filter(|line| code(*line) != "00");
        let each: Sums = (LINES, failed().count() as u64, Some(minor(&mut (0..LINES))));
        let stored: BTreeMap<String, Sums> =
            analysis.rows("merchant").iter().map(|m| (m.value.clone(), (m.total, m.failed, m.amount))).collect();
        let numbers = self.numbers.iter().enumerate();
        let sent: BTreeMap<String, Sums> =
            numbers.flat_map(|(who, count)| (0..=*count).map(move |number| (format!("s{who}-{number}"), each))).collect();
        let acknowledged = self.acknowledged();
        assert!(acknowledged > least, "only {acknowledged} batches were acknowledged: the test proves nothing");
        assert_eq!(stored, sent, "{acknowledged} batches were acknowledged");
        assert_eq!(analysis.totals.total, acknowledged * LINES);
        let batches = i64::try_from(acknowledged).unwrap();
        let money = Money { currency: "CNY".into(), amount: batches * each.2.unwrap_or(0), failed_amount: batches * minor(&mut failed()) };
        assert_eq!(analysis.totals.money, [money]);
        let codes: Vec<(&str, u64)> = analysis.codes.iter().map(|row| (row.code.as_str(), row.failed)).collect();
        let of = |wanted: &str| acknowledged * (0..LINES).filter(|line| code(*line) == wanted).count() as u64;
        assert_eq!(codes, [("91", of("91")), ("05", of("05"))]);
        ctx.db.close().await;
    }
}
