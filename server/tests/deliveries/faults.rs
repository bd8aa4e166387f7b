//! Alerts come in and messages go out while something goes wrong. Of everything that was acknowledged the receiver hears, and whatever it
//! hears twice carries the same key: `kill -9` twelve times (`EVENKEEL_CRASHES`) at random moments, and Postgres gone and back.

use std::{
    collections::{BTreeMap, BTreeSet},
    time::Duration,
};

use backend::{
    Context, Seal,
    db::{Kind, sql},
};
use serde_json::{Value, json};

use super::{
    sink::{Got, Sink},
    *,
};
use crate::app::{Database, line::Line, process};

fn kills() -> u64 {
    std::env::var("EVENKEEL_CRASHES").ok().and_then(|text| text.parse().ok()).unwrap_or(12)
}

/// Which alert a message tells of.
fn named(got: &Got) -> String {
    got.json()["data"]["alert"]["labels"]["alertname"].as_str().expect("its name").to_owned()
}

/// What is posted to processes on one database, and what was heard of it.
struct Trial {
    app: TestApp,
    token: String,
    sink: Sink,
    acknowledged: BTreeSet<String>,
    heard: Vec<Got>,
}

impl Trial {
    /// Nothing of ours holds the database open afterwards.
    async fn begin(kind: Kind) -> Self {
        let app = TestApp::new(kind).await;
        app.to_wall_clock();
        let sender = app.user("prom", &[Permission::Read, Permission::IngestAlerts, Permission::ManageChannels], None).await;
        app.team("shop").await;
        let token = process::hand_over(&app, &sender.name, &["read", "alerts.ingest", "channels.manage"]).await;
        let sink = Sink::begin("").await;
        // Long enough that many a fault falls between the sending and the record of it.
        sink.pause(Duration::from_millis(40));
        Self { app, token, sink, acknowledged: BTreeSet::new(), heard: Vec::new() }
    }

    /// Posts JSON; the status and the body, or nothing where the connection broke.
    async fn post(&self, address: &str, path: &str, body: &Value) -> Option<(u16, String)> {
        process::post(address, &self.token, path, "Content-Type: application/json\r\n", &body.to_string()).await
    }

    async fn add_channel(&self, address: &str) {
        let url = format!("{}/", self.sink.url);
        let channel = json!({ "name": "pager", "url": url, "team": "*", "events": ["alert.firing"], "enabled": true });
        assert_eq!(self.post(address, "/api/v1/channels", &channel).await.expect("an answer").0, 201);
    }

    /// Posts twenty alerts, five at a time; how many were refused.
    async fn alert(&mut self, address: &str, round: u64) -> usize {
        let mut refused = 0;
        for n in 0..4 {
            let names: Vec<String> = (0..5).map(|m| format!("Down {round} {n} {m}")).collect();
            let labels = |name: &String| json!({ "labels": { "alertname": name, "team": "shop", "severity": "warning" }, "endsAt": "2099-01-01T00:00:00Z" });
            let alerts: Vec<_> = names.iter().map(labels).collect();
            match self.post(address, "/api/v2/alerts", &json!(alerts)).await {
                Some((200, _)) => self.acknowledged.extend(names),
                Some((429 | 500 | 503, _)) | None => refused += names.len(),
                Some((status, text)) => panic!("status {status}: {text}"),
            }
        }
        refused
    }

    /// The next process, whose clock stands where every claim of the dead ones is over, tells whatever is left to tell.
    async fn check(mut self) {
        assert!(self.acknowledged.len() > 20, "only {} alerts were acknowledged: the test proves nothing", self.acknowledged.len());
        let app = &self.app;
        self.sink.pause(Duration::ZERO);
        let seal = Seal::open(&app.database.folder().join("evenkeel.key")).expect("the key of the program");
        let ctx = Context::new(app.database.open().await, app.clock.clone()).with_seal(seal);
        let house = server::boot::house(&ctx, &app.edge.settings);
        app.to_wall_clock();
        // Replicas wait besides until the lease of a dead one is over, by the clock of the database.
        for _ in 0..120 {
            app.advance(15 * SECOND);
            house.engines.settle().await.unwrap();
            self.heard.extend(self.sink.take());
            let heard: BTreeSet<String> = self.heard.iter().map(named).collect();
            let waiting = sql("SELECT COUNT(*) FROM deliveries WHERE event = 'alert.firing' AND state <> 'delivered'");
            if self.acknowledged.is_subset(&heard) && waiting.count(&mut ctx.db.read().await.unwrap()).await.unwrap() == 0 {
                break;
            }
            tokio::time::sleep(Duration::from_millis(500)).await;
        }
        let mut keys: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
        for got in &self.heard {
            let name = named(got);
            keys.entry(name).or_default().insert(got.header("webhook-id").to_owned());
        }
        let missing: Vec<_> = self.acknowledged.iter().filter(|name| !keys.contains_key(*name)).collect();
        assert!(missing.is_empty(), "acknowledged, and nobody heard of them: {missing:?}");
        assert!(keys.values().all(|keys| keys.len() == 1), "two keys for one thing: {keys:?}");
        let ledger = sql("SELECT COUNT(*) FROM deliveries WHERE event = 'alert.firing'");
        let conn = &mut *ctx.db.read().await.unwrap();
        assert_eq!(usize::try_from(ledger.count(conn).await.unwrap()).unwrap(), keys.len(), "one line of the ledger for each");
        let open = sql("SELECT COUNT(*) FROM deliveries WHERE event = 'alert.firing' AND state <> 'delivered'").count(conn).await.unwrap();
        assert_eq!(open, 0, "nothing is stuck");
        eprintln!("{} alerts, {} messages, of which {} came again", keys.len(), self.heard.len(), self.heard.len() - keys.len());
    }
}

async fn killed_between_commit_and_send(kind: Kind) {
    let mut trial = Trial::begin(kind).await;
    let mut seed = 88_172_645_463_325_252_u64;
    for round in 0..kills() {
        let (mut child, address) = process::serve(&trial.app).await;
        if round == 0 {
            trial.add_channel(&address).await;
        }
        trial.alert(&address, round).await;
        seed ^= seed << 13;
        seed ^= seed >> 7;
        seed ^= seed << 17;
        tokio::time::sleep(Duration::from_millis(seed % 150)).await;
        child.kill().await.expect("kill -9");
        trial.heard.extend(trial.sink.take());
    }
    trial.check().await;
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

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn postgres_goes_away_between_commit_and_send() {
    if !Database::postgres_is_there() {
        return;
    }
    let mut trial = Trial::begin(Kind::Postgres).await;
    let line = Line::to_postgres(&trial.app.database.url).await;
    let (mut child, address) = process::begin(&mut process::program_on(&trial.app, &line.url)).await;
    trial.add_channel(&address).await;
    let mut refused = 0;
    for round in 0..6 {
        refused += trial.alert(&address, 2 * round).await;
        tokio::time::sleep(Duration::from_millis(30 * round)).await;
        line.cut();
        assert_eq!(trial.alert(&address, 2 * round + 1).await, 20, "acknowledged without a database");
        line.mend();
        trial.heard.extend(trial.sink.take());
        // It is back by itself: the same process takes the next ones.
        for _ in 0..100 {
            let (status, _) = process::get(&address, &trial.token, "/api/v1/channels").await.expect("an answer");
            if status == 200 {
                break;
            }
            assert_eq!(status, 503);
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
    }
    assert_eq!(refused, 0, "refused although Postgres was back");
    child.kill().await.expect("its end");
    trial.check().await;
}
