//! Measurements: alerts taken in, and a storm of them.

use std::{
    collections::HashMap,
    sync::{
        Arc, Mutex,
        atomic::{AtomicU64, Ordering},
    },
    time::{Duration, Instant},
};

use axum::{Router, extract::State, routing::any};

use super::*;

fn kind() -> backend::db::Kind {
    let postgres = std::env::var("EVENKEEL_BENCH_DATABASE").is_ok_and(|v| v == "postgres");
    if postgres { backend::db::Kind::Postgres } else { backend::db::Kind::Sqlite }
}

fn batch(from: usize, count: usize, cluster: usize) -> Value {
    let alerts = (from..from + count).map(|n| {
        json!({ "labels": { "alertname": format!("Check{}", n % 20), "instance": format!("host-{n}"), "cluster": format!("c{}", n % cluster), "severity": "warning" },
            "annotations": { "summary": format!("check {n} fails") } })
    });
    Value::Array(alerts.collect())
}

fn at(took: &mut [Duration], share: usize) -> f64 {
    took.sort();
    took[(took.len() - 1) * share / 100].as_secs_f64() * 1_000.0
}

async fn routed(app: &TestApp, team: &domain::id::TeamId) -> Actor {
    app.line("Duty", true).await;
    let admin = app.admin().await;
    let yaml = "route:\n  receiver: duty\n  group_by: [cluster]\n  group_wait: 10s\n  group_interval: 30s\nreceivers:\n  - name: duty\n    channels: [Duty]\n";
    app.portal.routes.put(&admin, yaml, 0).await.expect("routes");
    app.user("sender", &[Permission::Read, Permission::IngestAlerts], Some(team)).await
}

/// `cargo xtask bench alerts`: how many new alerts a second are acknowledged, posted to `/api/v2/alerts` in batches of 100, and how
/// many that are known already.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "a measurement; run by `cargo xtask bench alerts`"]
async fn bench_alerts() {
    let kind = kind();
    let app = TestApp::with(kind, |settings| settings.limits.api_per_minute = 1_000_000).await;
    let (team, _) = app.team_with_system("gateway").await;
    let sender = routed(&app, &team).await;
    for what in ["new", "repeated"] {
        let begun = Instant::now();
        let mut took = Vec::new();
        for n in 0..50 {
            let each = Instant::now();
            app.api("POST", "/api/v2/alerts", &batch(n * 100, 100, 50)).as_(&sender).send().await.is(200);
            took.push(each.elapsed());
        }
        let rate = 5_000.0 / begun.elapsed().as_secs_f64();
        println!(
            "{kind:?}: 5,000 {what} alerts in batches of 100: {rate:.0} a second, batch p50 {:.0} ms, p95 {:.0} ms",
            at(&mut took, 50),
            at(&mut took, 95)
        );
    }
}

/// What the storm's pages are told to: counts notifications, and when each page arrived, by the title of its alert; likewise when
/// whoever is on call was called, by the title of the incident.
#[derive(Clone, Default)]
struct Receiver {
    pages: Arc<Mutex<HashMap<String, Instant>>>,
    calls: Arc<Mutex<HashMap<String, Instant>>>,
    groups: Arc<AtomicU64>,
}

impl Receiver {
    /// Takes pages at `/page`, calls at `/call` and groups at `/group`; gives where.
    async fn begin(&self) -> String {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("a free port");
        let url = format!("http://{}", listener.local_addr().expect("an address"));
        let page = async |State(this): State<Self>, body: String| {
            let body: Value = serde_json::from_str(&body).expect("JSON");
            for alert in body["data"]["alerts"].as_array().expect("a group").iter().filter(|alert| alert["status"] == "firing") {
                let title = alert["title"].as_str().expect("a title").to_owned();
                this.pages.lock().expect("not poisoned").entry(title).or_insert_with(Instant::now);
            }
        };
        let call = async |State(this): State<Self>, body: String| {
            let body: Value = serde_json::from_str(&body).expect("JSON");
            let title = body["data"]["incident"]["title"].as_str().expect("a title").to_owned();
            this.calls.lock().expect("not poisoned").entry(title).or_insert_with(Instant::now);
        };
        let group = async |State(this): State<Self>| {
            this.groups.fetch_add(1, Ordering::SeqCst);
        };
        let router = Router::new().route("/page", any(page)).route("/call", any(call)).route("/group", any(group)).with_state(self.clone());
        tokio::spawn(async move { axum::serve(listener, router).await });
        url
    }
}

const STORM: &str = "route:\n  receiver: duty\n  group_by: [cluster]\n  group_wait: 10s\n  group_interval: 30s\n  routes:\n    - matchers: [severity=critical]\n      receiver: page\n      group_by: [alertname]\n      group_wait: 0s\nreceivers:\n  - name: duty\n    channels: [Duty]\n  - name: page\n    channels: [Page]\n";

/// `cargo xtask bench storm`: 10,000 new alerts a minute, for one minute or for `EVENKEEL_STORM_MINUTES`, and in every second one
/// that pages a channel and has whoever is on call called; how late pages arrive, what was told in groups, and how the interface
/// answers meanwhile.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "a measurement; run by `cargo xtask bench storm`"]
async fn bench_storm() {
    let kind = kind();
    let minutes: usize = std::env::var("EVENKEEL_STORM_MINUTES").ok().and_then(|text| text.parse().ok()).unwrap_or(1);
    let mut app = TestApp::with(kind, |settings| settings.limits.api_per_minute = 1_000_000).await;
    let (team, _) = app.team_with_system("gateway").await;
    let (receiver, admin) = (Receiver::default(), app.admin().await);
    let url = receiver.begin().await;
    let mut called = String::new();
    for (name, path) in [("Duty", "group"), ("Page", "page"), ("Phone", "call")] {
        let hook = format!("{url}/{path}");
        let fields = [("name", name), ("url", &hook), ("team", "*"), ("enabled", "on"), ("events", "change.pending")];
        called = app.portal.deliveries.create_channel(&admin, &typed(&fields)).await.expect("a channel").channel.id.to_string();
    }
    let step = json!({ "after_min": 0, "severities": ["P1"], "targets": [format!("channel:{called}")] });
    let policy =
        json!({ "name": "Payments", "team": team, "default": true, "skip_empty": true, "repeat": 0, "again_min": 60, "steps": [step] });
    app.api("POST", "/api/v1/oncall/policies", &policy).as_(&admin).send().await.is(201);
    app.portal.routes.put(&admin, STORM, 0).await.expect("routes");
    let sender = app.user("sender", &[Permission::Read, Permission::IngestAlerts], Some(&team)).await;
    // The engines run by the clock of the machine, so the app does too.
    app.to_wall_clock();
    app.ctx.clock = Arc::new(backend::SystemClock);
    let egress = server::boot::egress(&app.edge.settings);
    let ways = backend::deliveries::Ways { teams: egress.clone(), persons: egress.clone(), subscribers: egress };
    let engines = backend::Engines::new(
        app.ctx.clone(),
        vec![
            Arc::new(backend::alerts::Clockwork::new(app.ctx.clone())),
            Arc::new(backend::alerts::Dispatcher::new(app.ctx.clone())),
            Arc::new(backend::escalations::Climber::new(app.ctx.clone())),
            Arc::new(backend::deliveries::Courier::new(app.ctx.clone(), ways, backend::deliveries::Settings::default())),
        ],
    );
    let (tracker, stop) = (tokio_util::task::TaskTracker::new(), tokio_util::sync::CancellationToken::new());
    engines.start(&tracker, &stop);
    let begun = Instant::now();
    let (mut shown, mut posts, mut sent) = (Vec::new(), Vec::new(), HashMap::new());
    for second in 0..minutes * 60 {
        let page = format!("page {second}");
        let critical = json!({ "labels": { "alertname": page, "severity": "critical" }, "annotations": { "summary": page } });
        let mut storm = batch(second * 166, 166, 50);
        storm.as_array_mut().expect("a list").push(critical);
        let each = Instant::now();
        sent.insert(page, each);
        app.api("POST", "/api/v2/alerts", &storm).as_(&sender).send().await.is(200);
        posts.push(each.elapsed());
        for path in ["/", "/alerts", "/incidents"] {
            let page = Instant::now();
            app.get(path).as_(&sender).send().await.is(200);
            shown.push(page.elapsed());
        }
        let next = Duration::from_secs(u64::try_from(second).expect("fits") + 1);
        tokio::time::sleep(next.saturating_sub(begun.elapsed())).await;
        // The clock of what is asked goes along.
        app.advance(1_000);
    }
    let span = begun.elapsed().as_secs_f64();
    tokio::time::sleep(Duration::from_secs(12)).await;
    stop.cancel();
    let conn = &mut app.ctx.db.read().await.expect("a connection");
    let lasting = backend::db::sql("SELECT COUNT(*) FROM alerts WHERE state <> 'resolved'").count(conn).await.expect("a count");
    let since = |arrived: &Mutex<HashMap<String, Instant>>| -> Vec<Duration> {
        let arrived = arrived.lock().expect("not poisoned");
        sent.iter().filter_map(|(page, at)| Some(arrived.get(page)?.duration_since(*at))).collect()
    };
    let (mut late, mut calls) = (since(&receiver.pages), since(&receiver.calls));
    println!(
        "{kind:?}: {} alerts in {span:.0} s, {lasting} last: {} of {} pages arrived, p50 {:.0} ms, p99 {:.0} ms (wanted: p99 <= 5 s); {} calls \
         of whoever is on call, p50 {:.0} ms, p99 {:.0} ms; {} notifications of groups; the interface p50 {:.0} ms, p95 {:.0} ms; a post of \
         167 p95 {:.0} ms",
        minutes * 60 * 167,
        late.len(),
        sent.len(),
        at(&mut late, 50),
        at(&mut late, 99),
        calls.len(),
        at(&mut calls, 50),
        at(&mut calls, 99),
        receiver.groups.load(Ordering::SeqCst),
        at(&mut shown, 50),
        at(&mut shown, 95),
        at(&mut posts, 95)
    );
    assert_eq!((late.len(), calls.len()), (sent.len(), sent.len()), "a page or a call is missing");
}
