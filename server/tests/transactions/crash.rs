//! Killing the process while it takes transactions: twenty times (`EVENKEEL_CRASHES=100` for a hundred) `kill -9` at random moments.
//! Every batch that was acknowledged is there, and none is there twice, though each was sent again under its key until it was
//! acknowledged: counts, amounts and failures by code are exactly what was sent.

use std::{
    collections::BTreeMap,
    fmt::Write as _,
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicU64, Ordering},
    },
    time::{Duration, SystemTime},
};

use backend::{
    Context,
    db::{Kind, sql},
};
use domain::{
    Permission, Span, Timestamp,
    time::HOUR,
    transactions::{Filter, Money, Question, Sort, Tables},
};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
};

use crate::app::{Database, TestApp, process};

const SENDERS: usize = 3;
const LINES: u64 = 40;

/// How often the process is killed.
fn kills() -> u64 {
    std::env::var("EVENKEEL_CRASHES").ok().and_then(|text| text.parse().ok()).unwrap_or(20)
}

/// Posts one batch; the status, or nothing where the connection broke.
async fn send(address: &str, token: &str, key: &str, body: &str) -> Option<u16> {
    let mut stream = TcpStream::connect(address).await.ok()?;
    let head = format!(
        "POST /api/v1/transactions HTTP/1.1\r\nHost: {address}\r\nAuthorization: Bearer {token}\r\nIdempotency-Key: {key}\r\n\
         Content-Length: {}\r\nConnection: close\r\n\r\n",
        body.len()
    );
    stream.write_all(head.as_bytes()).await.ok()?;
    stream.write_all(body.as_bytes()).await.ok()?;
    let mut answer = String::new();
    stream.read_to_string(&mut answer).await.ok()?;
    let (head, text) = answer.split_once("\r\n\r\n")?;
    let status = head.split(' ').nth(1)?.parse().ok()?;
    // An answer that broke off acknowledges nothing.
    (status != 200 || text.contains(&format!("\"accepted\":{LINES}"))).then_some(status)
}

fn real_now() -> Timestamp {
    let since = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).expect("after 1970");
    Timestamp(i64::try_from(since.as_millis()).expect("before the year 292 million"))
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

async fn many_kills(kind: Kind) {
    let kills = kills();
    let app = TestApp::new(kind).await;
    app.advance(real_now().since(app.now()));
    let (_, _, sender) = super::stage(&app).await;
    let reader = app.user("reader", &[Permission::Read], None).await;
    // What the harness sealed with a key of its own, the program seals anew with the key in its folder.
    sql("DELETE FROM settings").run(&mut app.ctx.db.read().await.unwrap()).await.unwrap();
    // Nothing of ours may hold the file open: every start is one after a crash.
    app.ctx.db.close().await;
    let token = process::program(&app)
        .args(["token", "add", &sender.name, "--name", "crash", "--permission", "read", "--permission", "transactions.ingest"])
        .output()
        .await
        .expect("a token");
    assert!(token.status.success(), "{}", String::from_utf8_lossy(&token.stderr));
    let token = Arc::new(String::from_utf8(token.stdout).unwrap().trim().to_owned());

    let began = real_now();
    let acknowledged = Arc::new(AtomicU64::new(0));
    let mut numbers = [0_u64; SENDERS];
    let mut seed = 88_172_645_463_325_252_u64;
    for round in 0..=kills {
        let (mut child, address) = process::serve(&app).await;
        let stop = Arc::new(AtomicBool::new(false));
        let senders: Vec<_> = (0..SENDERS)
            .map(|who| {
                let (address, token, stop, acknowledged) = (address.clone(), token.clone(), stop.clone(), acknowledged.clone());
                let mut number = numbers[who];
                tokio::spawn(async move {
                    while !stop.load(Ordering::SeqCst) {
                        // The same batch under the same key until it is acknowledged.
                        let key = format!("s{who}-{number}");
                        match send(&address, &token, &key, &batch(&key, began)).await {
                            Some(200) => {
                                number += 1;
                                acknowledged.fetch_add(1, Ordering::SeqCst);
                            }
                            Some(429 | 503) | None => tokio::time::sleep(Duration::from_millis(5)).await,
                            Some(other) => panic!("status {other}"),
                        }
                    }
                    number
                })
            })
            .collect();
        seed ^= seed << 13;
        seed ^= seed >> 7;
        seed ^= seed << 17;
        // Every third round as it comes; else not before something was acknowledged, so that a slow start proves something, too.
        let before = acknowledged.load(Ordering::SeqCst);
        for _ in 0..300 {
            if round % 3 == 0 || acknowledged.load(Ordering::SeqCst) > before {
                break;
            }
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
        tokio::time::sleep(Duration::from_millis(seed % 120)).await;
        if round < kills {
            child.kill().await.expect("kill -9");
        }
        stop.store(true, Ordering::SeqCst);
        for (who, sender) in senders.into_iter().enumerate() {
            numbers[who] = sender.await.expect("a sender");
        }
        // In the last round each sender stops only after an acknowledgement: nothing is left in doubt but what never was sent again.
        if round == kills {
            for (who, number) in numbers.iter().enumerate() {
                let key = format!("s{who}-{number}");
                assert_eq!(send(&address, &token, &key, &batch(&key, began)).await, Some(200));
                acknowledged.fetch_add(1, Ordering::SeqCst);
            }
            child.kill().await.expect("kill -9");
        }
    }

    let ctx = Context::new(app.database.open().await, app.clock.clone());
    let mut conn = ctx.db.read().await.unwrap();
    if kind == Kind::Sqlite {
        assert_eq!(sql("PRAGMA integrity_check").texts(&mut conn).await.unwrap(), ["ok"]);
    }
    drop(conn);
    let portal = server::boot::house(&ctx, &server::settings::Settings::default()).portal;
    let question = Question {
        span: Span::new(began.plus(-HOUR), began.plus(HOUR)).unwrap(),
        filter: Filter::default(),
        zone: "UTC".into(),
        sort: Sort::Volume,
        top: 1_000_000,
        tables: Tables::All,
    };
    app.advance(10 * 60_000);
    let analysis = portal.transactions.analyse(&reader, &question).await.unwrap();
    type Sums = (u64, u64, Option<i64>);
    let minor = |lines: &mut dyn Iterator<Item = u64>| i64::try_from(lines.map(amount).sum::<u64>()).unwrap();
    let failed = || (0..LINES).filter(|line| code(*line) != "00");
    let each: Sums = (LINES, failed().count() as u64, Some(minor(&mut (0..LINES))));
    let stored: BTreeMap<String, Sums> =
        analysis.rows("merchant").iter().map(|m| (m.value.clone(), (m.total, m.failed, m.amount))).collect();
    let sent: BTreeMap<String, Sums> =
        numbers.iter().enumerate().flat_map(|(who, count)| (0..=*count).map(move |number| (format!("s{who}-{number}"), each))).collect();
    let acknowledged = acknowledged.load(Ordering::SeqCst);
    assert!(acknowledged > kills / 2, "only {acknowledged} batches were acknowledged: the test proves nothing");
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

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn many_kills_lose_and_double_nothing_on_sqlite() {
    many_kills(Kind::Sqlite).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn many_kills_lose_and_double_nothing_on_postgres() {
    if Database::postgres_is_there() {
        many_kills(Kind::Postgres).await;
    }
}
