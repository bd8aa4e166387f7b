//! Several processes on one Postgres: one does the work of each engine, and who was stopped in the middle of it changes nothing
//! when it goes on.

use std::{
    collections::BTreeSet,
    sync::{Arc, Mutex},
    time::{Duration, Instant},
};

use axum::{Json, Router, extract::State, http::HeaderMap, routing::any};
use backend::{
    Context,
    db::{Kind, sql},
    replicas::Leases,
};
use domain::{
    Fault, Permission,
    id::TeamId,
    live::{Event, Topic},
};
use serde_json::{Value, json};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpListener, TcpStream},
};

use crate::app::{Database, TestApp, process};

mod storm;

/// Counts what it is asked.
#[derive(Clone, Default)]
struct Target {
    probes: Arc<Mutex<Vec<Instant>>>,
    /// What was delivered: under which key, and what it says.
    told: Arc<Mutex<Vec<(String, Value)>>>,
}

impl Target {
    async fn begin(&self) -> String {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
        let url = format!("http://{}", listener.local_addr().expect("an address"));
        let probe = async |State(this): State<Self>| this.probes.lock().unwrap().push(Instant::now());
        let hook = async |State(this): State<Self>, headers: HeaderMap, Json(body): Json<Value>| {
            this.told.lock().unwrap().push((headers["webhook-id"].to_str().unwrap().to_owned(), body));
        };
        let router = Router::new().route("/probe", any(probe)).route("/hook", any(hook)).with_state(self.clone());
        tokio::spawn(async move { axum::serve(listener, router).await });
        url
    }

    fn delivered(&self) -> usize {
        self.told.lock().unwrap().len()
    }
}

/// Sends JSON to a process; the answer.
async fn post(address: &str, token: &str, path: &str, body: &Value) -> Value {
    let body = body.to_string();
    let mut stream = TcpStream::connect(address).await.expect("a connection");
    let head = format!(
        "POST {path} HTTP/1.1\r\nHost: {address}\r\nAuthorization: Bearer {token}\r\nContent-Type: application/json\r\n\
         Content-Length: {}\r\nConnection: close\r\n\r\n",
        body.len()
    );
    stream.write_all(head.as_bytes()).await.unwrap();
    stream.write_all(body.as_bytes()).await.unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).await.unwrap();
    let (head, text) = answer.split_once("\r\n\r\n").expect("an answer");
    assert!(head.starts_with("HTTP/1.1 2"), "{path}: {answer}");
    serde_json::from_str(text).unwrap_or_default()
}

/// A token of somebody who may do this, on a database of a program's own.
async fn token(app: &TestApp, may: &[Permission], team: Option<&TeamId>) -> String {
    let operator = app.user("olga", may, team).await;
    sql("DELETE FROM settings").run(&mut app.ctx.db.read().await.unwrap()).await.unwrap();
    let mut command = process::program(app);
    command.args(["token", "add", &operator.name, "--name", "replicas"]);
    for permission in may {
        command.args(["--permission", permission.name()]);
    }
    let token = command.output().await.expect("a token");
    String::from_utf8(token.stdout).unwrap().trim().to_owned()
}

async fn holder(ctx: &Context, engine: &str) -> String {
    let mut conn = ctx.db.read().await.unwrap();
    sql("SELECT holder FROM leases WHERE name = $1").value(engine).texts(&mut conn).await.unwrap().pop().unwrap_or_default()
}

/// Waits until it is so; fails after so many seconds.
async fn until(seconds: u64, what: &str, mut so: impl AsyncFnMut() -> bool) -> Duration {
    let began = Instant::now();
    while !so().await {
        assert!(began.elapsed() < Duration::from_secs(seconds), "not within {seconds} s: {what}");
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    began.elapsed()
}

fn signal(process: &tokio::process::Child, name: &str) {
    let pid = process.id().expect("it runs").to_string();
    assert!(std::process::Command::new("kill").args([name, &pid]).status().unwrap().success());
}

#[tokio::test]
async fn a_stopped_replica_is_replaced_and_does_nothing_twice_when_it_goes_on() {
    if !Database::postgres_is_there() {
        return;
    }
    let app = TestApp::new(Kind::Postgres).await;
    let team = app.team("payments").await;
    let system = app.system("gateway", &team).await;
    let token = token(&app, &[Permission::Read, Permission::ManageChannels, Permission::EditMonitors], None).await;
    let target = Target::default();
    let url = target.begin().await;

    let (first, at_first) = process::serve(&app).await;
    until(20, "the first one works", async || !holder(&app.ctx, "monitors").await.is_empty()).await;
    let (_second, at_second) = process::serve(&app).await;
    let channel = json!({ "name": "pager", "url": format!("{url}/hook"), "team": "*", "events": ["alert.firing"], "enabled": true });
    let channel = post(&at_first, &token, "/api/v1/channels", &channel).await;
    let channel = channel["channel"]["id"].as_str().expect("a channel").to_owned();
    let monitor = json!({ "system": system, "name": "probe", "kind": "http", "url": format!("{url}/probe"), "interval": 5, "timeout": 2 });
    post(&at_first, &token, "/api/v1/monitors", &monitor).await;
    let test = format!("/api/v1/channels/{channel}/test");
    post(&at_second, &token, &test, &json!({})).await;
    until(10, "a delivery that was asked for at the other", async || target.delivered() == 1).await;
    until(15, "two probes", async || target.probes.lock().unwrap().len() >= 2).await;

    let before = holder(&app.ctx, "deliveries").await;
    signal(&first, "-STOP");
    post(&at_second, &token, &test, &json!({})).await;
    let took = until(15, "the second one takes over", async || target.delivered() == 2).await;
    eprintln!("taken over in {took:?}");
    assert_ne!(holder(&app.ctx, "deliveries").await, before);
    let probes = target.probes.lock().unwrap().len();
    until(20, "it probes, too", async || target.probes.lock().unwrap().len() >= probes + 2).await;

    signal(&first, "-CONT");
    let both = target.probes.lock().unwrap().len();
    post(&at_first, &token, &test, &json!({})).await;
    until(10, "what is asked for at the first, the second delivers", async || target.delivered() == 3).await;
    until(30, "probing goes on", async || target.probes.lock().unwrap().len() >= both + 4).await;
    assert_ne!(holder(&app.ctx, "monitors").await, before);

    let keys: BTreeSet<String> = target.told.lock().unwrap().iter().map(|(key, _)| key.clone()).collect();
    assert_eq!((keys.len(), target.delivered()), (3, 3), "each once");
    // From when on both are there again; who takes over begins at a moment of its own.
    let probes = target.probes.lock().unwrap()[both - 1..].to_vec();
    let nearest = probes.windows(2).map(|pair| pair[1] - pair[0]).min().unwrap();
    assert!(nearest > Duration::from_secs(3), "every 5 s, by one at a time: {nearest:?}");
}

#[tokio::test]
async fn who_has_lost_the_lease_writes_nothing() {
    if !Database::postgres_is_there() {
        return;
    }
    let app = TestApp::new(Kind::Postgres).await;
    let replica = || {
        let leases = Leases::new(app.ctx.db.clone()).with_term(Duration::from_millis(400));
        app.ctx.clone().with_leases(leases)
    };
    let (one, other) = (replica(), replica());
    let (mine, theirs) = (one.leases.of("work"), other.leases.of("work"));
    assert!(mine.hold().await && !theirs.hold().await, "the first to come");
    one.under("work").begin_write().await.unwrap().commit().await.unwrap();
    assert_eq!(other.under("work").begin_write().await.err().map(|f| matches!(f, Fault::Unavailable(_))), Some(true));

    // While a transaction runs under the lease nobody takes it, however long ago the term was over.
    let running = one.under("work").begin_write().await.unwrap();
    tokio::time::sleep(Duration::from_millis(500)).await;
    assert!(!one.under("work").acts(), "before it leaves the building it is asked for again");
    let taking = tokio::spawn(async move { theirs.hold().await });
    tokio::time::sleep(Duration::from_millis(200)).await;
    assert!(!taking.is_finished());
    running.commit().await.unwrap();
    assert!(taking.await.unwrap());
    assert!(one.under("work").begin_write().await.is_err(), "another works now");
    assert!(!mine.hold().await);

    // Given back, it is free at once.
    other.leases.release().await.unwrap();
    tokio::time::sleep(Duration::from_millis(150)).await;
    assert!(mine.hold().await);
}

#[tokio::test]
async fn leases_are_kept_while_every_connection_is_taken() {
    if !Database::postgres_is_there() {
        return;
    }
    let app = TestApp::new(Kind::Postgres).await;
    let db = app.database.open().await;
    let leases = Leases::new(db.clone()).with_term(Duration::from_secs(2));
    let (lease, other) = (leases.of("work"), Leases::new(app.ctx.db.clone()).with_term(Duration::from_secs(2)).of("work"));
    assert!(lease.hold().await);
    let mut taken = Vec::new();
    while let Ok(Ok(conn)) = tokio::time::timeout(Duration::from_millis(500), db.read()).await {
        taken.push(conn);
    }
    assert!(taken.len() > 4, "there were some to take");
    for _ in 0..8 {
        tokio::time::sleep(Duration::from_millis(500)).await;
        assert!(lease.hold().await && lease.stands(), "it is renewed all the same");
        assert!(!other.hold().await);
    }
}

#[tokio::test]
async fn what_happens_in_one_replica_is_heard_in_the_others() {
    if !Database::postgres_is_there() {
        return;
    }
    let app = TestApp::new(Kind::Postgres).await;
    let other = Context::new(app.database.open().await, app.clock.clone());
    let (tracker, stop) = (tokio_util::task::TaskTracker::new(), tokio_util::sync::CancellationToken::new());
    for ctx in [&app.ctx, &other] {
        backend::replicas::Relay::new(ctx.clone(), &app.database.url).start(&tracker, &stop);
    }
    tracker.close();
    let (mut here, mut there, bell) = (app.ctx.bus.subscribe(), other.bus.subscribe(), other.bus.bell("work"));
    tokio::time::sleep(Duration::from_millis(500)).await;
    let event = Event { topic: Topic::Incidents, id: "7".into(), team: None };
    let mut tx = app.ctx.begin_write().await.unwrap();
    tx.announce(Topic::Incidents, "7", None);
    tx.ring("work");
    tx.commit().await.unwrap();
    let patience = Duration::from_secs(5);
    assert_eq!(tokio::time::timeout(patience, there.recv()).await.unwrap().unwrap(), event);
    tokio::time::timeout(patience, bell.notified()).await.unwrap();
    assert_eq!(here.recv().await.unwrap(), event);
    tokio::time::sleep(Duration::from_millis(300)).await;
    assert!(here.try_recv().is_err(), "one's own is not heard twice");

    // More than a notification holds: everything is read anew.
    for n in 0..500 {
        app.ctx.bus.send(Event { topic: Topic::Alerts, id: format!("alert-{n}"), team: None });
    }
    let told = tokio::time::timeout(patience, async {
        loop {
            let event = there.recv().await.unwrap();
            if event.topic == Topic::Systems {
                return event.id;
            }
        }
    });
    assert_eq!(told.await.unwrap(), "");
    stop.cancel();
    tracker.wait().await;
}
