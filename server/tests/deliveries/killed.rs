//! Killing the process between commit and send: twelve times (`EVENKEEL_CRASHES`) `kill -9` at random moments while alerts come in
//! and messages go out. Of everything that was acknowledged the receiver hears, and whatever it hears twice carries the same key.

use std::{
    collections::{BTreeMap, BTreeSet},
    time::{Duration, SystemTime},
};

use backend::{
    Context, Seal,
    db::{Kind, sql},
};
use serde_json::json;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
};

use super::{
    sink::{Got, Sink},
    *,
};
use crate::app::{Database, process};

fn kills() -> u64 {
    std::env::var("EVENKEEL_CRASHES").ok().and_then(|text| text.parse().ok()).unwrap_or(12)
}

/// Posts JSON; the status and the body, or nothing where the connection broke.
async fn post(address: &str, token: &str, path: &str, body: &serde_json::Value) -> Option<(u16, String)> {
    let body = body.to_string();
    let mut stream = TcpStream::connect(address).await.ok()?;
    let head = format!(
        "POST {path} HTTP/1.1\r\nHost: {address}\r\nAuthorization: Bearer {token}\r\nContent-Type: application/json\r\n\
         Content-Length: {}\r\nConnection: close\r\n\r\n",
        body.len()
    );
    stream.write_all(head.as_bytes()).await.ok()?;
    stream.write_all(body.as_bytes()).await.ok()?;
    let mut answer = String::new();
    stream.read_to_string(&mut answer).await.ok()?;
    let (head, text) = answer.split_once("\r\n\r\n")?;
    Some((head.split(' ').nth(1)?.parse().ok()?, text.to_owned()))
}

/// Which alert a message tells of.
fn named(got: &Got) -> String {
    got.json()["data"]["alert"]["labels"]["alertname"].as_str().expect("its name").to_owned()
}

async fn killed_between_commit_and_send(kind: Kind) {
    let app = TestApp::new(kind).await;
    let since = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).expect("after 1970");
    app.advance(i64::try_from(since.as_millis()).expect("fits") - app.now().0);
    let sender = app.user("prom", &[Permission::Read, Permission::IngestAlerts, Permission::ManageChannels], None).await;
    app.team("shop").await;
    // What the harness sealed with a key of its own, the program seals anew with the key in its folder.
    sql("DELETE FROM settings").run(&mut app.ctx.db.read().await.unwrap()).await.unwrap();
    app.ctx.db.close().await;
    let token = process::program(&app)
        .args(["token", "add", &sender.name, "--name", "crash", "--permission", "read", "--permission", "alerts.ingest"])
        .args(["--permission", "channels.manage"])
        .output()
        .await
        .expect("a token");
    assert!(token.status.success(), "{}", String::from_utf8_lossy(&token.stderr));
    let token = String::from_utf8(token.stdout).unwrap().trim().to_owned();

    let sink = Sink::begin("").await;
    // Long enough that many a kill falls between the sending and the record of it.
    sink.pause(Duration::from_millis(40));
    let (mut acknowledged, mut seed, mut got) = (BTreeSet::new(), 88_172_645_463_325_252_u64, Vec::new());
    for round in 0..kills() {
        let (mut child, address) = process::serve(&app).await;
        if round == 0 {
            let channel =
                json!({ "name": "pager", "url": format!("{}/", sink.url), "team": "*", "events": ["alert.firing"], "enabled": true });
            assert_eq!(post(&address, &token, "/api/v1/channels", &channel).await.expect("an answer").0, 201);
        }
        for n in 0..4 {
            let names: Vec<String> = (0..5).map(|m| format!("Down {round} {n} {m}")).collect();
            let labels = |name: &String| json!({ "labels": { "alertname": name, "team": "shop", "severity": "warning" }, "endsAt": "2099-01-01T00:00:00Z" });
            let alerts: Vec<_> = names.iter().map(labels).collect();
            match post(&address, &token, "/api/v2/alerts", &json!(alerts)).await {
                Some((200, _)) => acknowledged.extend(names),
                Some((429 | 503, _)) | None => {}
                Some((status, text)) => panic!("status {status}: {text}"),
            }
        }
        seed ^= seed << 13;
        seed ^= seed >> 7;
        seed ^= seed << 17;
        tokio::time::sleep(Duration::from_millis(seed % 150)).await;
        child.kill().await.expect("kill -9");
        got.extend(sink.take());
    }
    assert!(acknowledged.len() > 20, "only {} alerts were acknowledged: the test proves nothing", acknowledged.len());

    // The next process, whose clock stands where every claim of the dead ones is over.
    sink.pause(Duration::ZERO);
    let seal = Seal::open(&app.database.folder().join("evenkeel.key")).expect("the key of the program");
    let ctx = Context::new(app.database.open().await, app.clock.clone()).with_seal(seal);
    let house = server::boot::house(&ctx, &app.edge.settings);
    let since = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).expect("after 1970");
    app.advance(i64::try_from(since.as_millis()).expect("fits") - app.now().0);
    // Replicas wait besides until the lease of a dead one is over, by the clock of the database.
    for _ in 0..120 {
        app.advance(15 * SECOND);
        house.engines.settle().await.unwrap();
        got.extend(sink.take());
        let heard: BTreeSet<String> = got.iter().map(named).collect();
        let waiting = sql("SELECT COUNT(*) FROM deliveries WHERE event = 'alert.firing' AND state <> 'delivered'");
        if acknowledged.is_subset(&heard) && waiting.count(&mut ctx.db.read().await.unwrap()).await.unwrap() == 0 {
            break;
        }
        tokio::time::sleep(Duration::from_millis(500)).await;
    }

    let mut keys: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for got in &got {
        let name = named(got);
        keys.entry(name).or_default().insert(got.header("webhook-id").to_owned());
    }
    let missing: Vec<_> = acknowledged.iter().filter(|name| !keys.contains_key(*name)).collect();
    assert!(missing.is_empty(), "acknowledged, and nobody heard of them: {missing:?}");
    assert!(keys.values().all(|keys| keys.len() == 1), "two keys for one thing: {keys:?}");
    let ledger = sql("SELECT COUNT(*) FROM deliveries WHERE event = 'alert.firing'");
    let conn = &mut *ctx.db.read().await.unwrap();
    assert_eq!(usize::try_from(ledger.count(conn).await.unwrap()).unwrap(), keys.len(), "one line of the ledger for each");
    let open = sql("SELECT COUNT(*) FROM deliveries WHERE event = 'alert.firing' AND state <> 'delivered'").count(conn).await.unwrap();
    assert_eq!(open, 0, "nothing is stuck");
    eprintln!("{} alerts, {} messages, of which {} came again", keys.len(), got.len(), got.len() - keys.len());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn killed_between_commit_and_send_on_sqlite() {
    killed_between_commit_and_send(Kind::Sqlite).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn killed_between_commit_and_send_on_postgres() {
    if Database::postgres_is_there() {
        killed_between_commit_and_send(Kind::Postgres).await;
    }
}
