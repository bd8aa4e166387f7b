//! Measurements: alerts taken in, and a storm of them.

use std::{
    sync::Arc,
    time::{Duration, Instant},
};

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

/// `cargo xtask bench storm`: 10,000 new alerts a minute, for one minute or for `EVENKEEL_STORM_MINUTES`; the page of alerts
/// meanwhile, and what was told.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "a measurement; run by `cargo xtask bench storm`"]
async fn bench_storm() {
    let kind = kind();
    let minutes: usize = std::env::var("EVENKEEL_STORM_MINUTES").ok().and_then(|text| text.parse().ok()).unwrap_or(1);
    let mut app = TestApp::with(kind, |settings| settings.limits.api_per_minute = 1_000_000).await;
    let (team, _) = app.team_with_system("gateway").await;
    let sender = routed(&app, &team).await;
    // The engines run by the clock of the machine, so the app does too.
    app.advance(i64::try_from(std::time::SystemTime::UNIX_EPOCH.elapsed().expect("after 1970").as_millis()).expect("fits") - app.now().0);
    app.ctx.clock = Arc::new(backend::SystemClock);
    let engines = backend::Engines::new(
        app.ctx.clone(),
        vec![Arc::new(backend::alerts::Clockwork::new(app.ctx.clone())), Arc::new(backend::alerts::Dispatcher::new(app.ctx.clone()))],
    );
    let (tracker, stop) = (tokio_util::task::TaskTracker::new(), tokio_util::sync::CancellationToken::new());
    engines.start(&tracker, &stop);
    let begun = Instant::now();
    let (mut pages, mut posts) = (Vec::new(), Vec::new());
    for second in 0..minutes * 60 {
        let each = Instant::now();
        app.api("POST", "/api/v2/alerts", &batch(second * 167, 167, 50)).as_(&sender).send().await.is(200);
        posts.push(each.elapsed());
        let page = Instant::now();
        app.get("/alerts").as_(&sender).send().await.is(200);
        pages.push(page.elapsed());
        let next = Duration::from_secs(u64::try_from(second).expect("fits") + 1);
        tokio::time::sleep(next.saturating_sub(begun.elapsed())).await;
        // The clock of what is asked goes along.
        app.advance(1_000);
    }
    tokio::time::sleep(Duration::from_secs(12)).await;
    stop.cancel();
    let mut conn = app.ctx.db.read().await.expect("a connection");
    let told = backend::db::sql("SELECT COUNT(*) FROM deliveries").count(&mut conn).await.expect("a count");
    let lasting = backend::db::sql("SELECT COUNT(*) FROM alerts WHERE state <> 'resolved'").count(&mut conn).await.expect("a count");
    println!(
        "{kind:?}: {} alerts in {:.0} s: {lasting} last, {told} notifications; the page of alerts p50 {:.0} ms, p95 {:.0} ms, p99 {:.0} ms; a post of 167 p95 {:.0} ms",
        minutes * 60 * 167,
        begun.elapsed().as_secs_f64(),
        at(&mut pages, 50),
        at(&mut pages, 95),
        at(&mut pages, 99),
        at(&mut posts, 95)
    );
}
