//! The overview under load: a large house, and many who look at it.

use std::time::{Duration, Instant};

use backend::db::{Kind, sql};
use domain::{
    Permission, Timestamp,
    id::{AlertId, MonitorId, SystemId},
    time::{HOUR, MINUTE},
};

use crate::app::TestApp;

const SYSTEMS: usize = 200;
const MONITORS: usize = 2_000;
const READERS: usize = 50;

/// Monitors with their standings and two days of roll-ups by the hour; by the minute for `minutes`.
async fn fill(app: &TestApp, minutes: i64) {
    let team = app.team("payments").await;
    let mut systems: Vec<SystemId> = Vec::new();
    for n in 0..SYSTEMS {
        systems.push(app.system(&format!("system-{n:03}"), &team).await);
    }
    let monitors: Vec<(MonitorId, &SystemId)> = (0..MONITORS).map(|n| (app.ctx.new_id(), &systems[n % SYSTEMS])).collect();
    let mut tx = app.ctx.begin_write().await.expect("a write");
    let target = r#"{"kind":"heartbeat","every":60,"grace":30}"#;
    for chunk in monitors.chunks(1_000) {
        sql("INSERT INTO monitors (id, system_id, name, kind, target, severity, needed, created_at, updated_at) VALUES ")
            .rows(chunk, |r, (id, system)| {
                r.bind(id).bind(*system).bind(id.as_str()).bind("heartbeat").bind(target).bind(2_i64).bind(1_i64).bind(0_i64).bind(0_i64)
            })
            .run(&mut tx)
            .await
            .expect("monitors");
        sql("INSERT INTO monitor_standings (monitor_id, state, since, run, leaning, last, told, revision) VALUES ")
            .rows(chunk, |r, (id, _)| r.bind(id).bind("up").bind(0_i64).bind(1_i64).bind("").bind("").bind("clear").bind(0_i64))
            .run(&mut tx)
            .await
            .expect("standings");
    }
    tx.commit().await.expect("a commit");
    roll(app, &monitors, HOUR, 48).await;
    roll(app, &monitors, MINUTE, minutes).await;
}

async fn roll(app: &TestApp, monitors: &[(MonitorId, &SystemId)], width: i64, slots: i64) {
    let sketch = vec![7_u8; 120];
    for n in 0..slots {
        let start: Timestamp = app.now().floor(width).plus(-n * width);
        let mut tx = app.ctx.begin_write().await.expect("a write");
        for chunk in monitors.chunks(1_000) {
            sql("INSERT INTO monitor_rollups (monitor_id, width, start, checks, failures, unknowns, answers, sum_us, min_us, max_us, sketch) VALUES ")
                .rows(chunk, |r, (id, _)| {
                    r.bind(id).bind(width).bind(start).bind(6_i64).bind(i64::from(n == 3)).bind(0_i64).bind(6_i64).bind(9_i64).bind(1_i64).bind(3_i64)
                        .bind(sketch.clone())
                })
                .run(&mut tx)
                .await
                .expect("roll-ups");
        }
        tx.commit().await.expect("a commit");
    }
}

/// Alerts that are over, with two rows of history each: `count` of them, over the last 300 days.
async fn remember(app: &TestApp, count: i64) {
    let conn = &mut app.ctx.db.read().await.expect("a connection");
    let systems = sql("SELECT id FROM systems").texts(conn).await.expect("systems");
    let team = sql("SELECT id FROM teams").texts(conn).await.expect("a team").remove(0);
    let pace = 300 * 24 * HOUR / count;
    for from in (0..count).step_by(1_000) {
        let mut tx = app.ctx.begin_write().await.expect("a write");
        let rows: Vec<(AlertId, i64)> = (from..(from + 1_000).min(count)).map(|n| (app.ctx.new_id(), n)).collect();
        sql("INSERT INTO alerts (id, fingerprint, source_kind, source_id, system_id, team_id, title, detail, url, severity, state, holds, holds_since, \
             hold_ms, recover_ms, started_at, changed_at, seen_at, fired_at, resolved_at, events) VALUES ")
        .rows(&rows, |r, (id, n)| {
            let (start, system) = (app.now().plus(-n * pace - HOUR), &systems[usize::try_from(*n).expect("positive") % systems.len()]);
            let end = start.plus(10 * MINUTE);
            r.bind(id)
                .bind(format!("monitor:{n}"))
                .bind("monitor")
                .bind(n.to_string())
                .bind(system)
                .bind(&team)
                .bind(format!("check {n} is down"))
                .bind("status 503, expected 200-299")
                .bind("")
                .bind(1 + n % 4)
                .bind("resolved")
                .bind(0_i64)
                .bind(end)
                .bind(0_i64)
                .bind(0_i64)
                .bind(start)
                .bind(end)
                .bind(end)
                .bind(start)
                .bind(end)
                .bind(2_i64)
        })
        .run(&mut tx)
        .await
        .expect("alerts");
        tx.commit().await.expect("a commit");
    }
}

/// `cargo xtask bench respond`: the pages that the first line opens, in a house of 2,000 monitors and 100,000 alerts that are
/// over, by ten readers at once. Prints the figures.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "a measurement; run by `cargo xtask bench respond`"]
async fn bench_respond() {
    let kind = if std::env::var("EVENKEEL_BENCH_DATABASE").is_ok_and(|kind| kind == "postgres") { Kind::Postgres } else { Kind::Sqlite };
    let app = std::sync::Arc::new(TestApp::with(kind, |settings| settings.by_hand = false).await);
    fill(&app, 120).await;
    remember(&app, 100_000).await;
    let reader = app.user("vera", &[Permission::Read], None).await;
    let some_system = sql("SELECT id FROM systems").texts(&mut app.ctx.db.read().await.unwrap()).await.unwrap().remove(0);
    let of_system = format!("/alerts?state=resolved&system={some_system}");
    let system = format!("/systems/{some_system}");
    for path in ["/", "/alerts", "/alerts?state=resolved", &of_system, "/incidents", "/monitors", "/systems", &system] {
        let readers: Vec<_> = (0..10)
            .map(|_| {
                let (app, reader, path) = (app.clone(), reader.clone(), path.to_owned());
                tokio::spawn(async move {
                    let mut took = Vec::new();
                    for _ in 0..20 {
                        let begun = Instant::now();
                        app.get(&path).as_(&reader).send().await.is(200);
                        took.push(begun.elapsed());
                    }
                    took
                })
            })
            .collect();
        let mut took = Vec::new();
        for reader in readers {
            took.extend(reader.await.expect("a reader"));
        }
        took.sort();
        let at = |share: usize| took[(took.len() - 1) * share / 100].as_secs_f64() * 1_000.0;
        let name = path.split('=').next().unwrap_or(path);
        println!("{kind:?}: {name:<24} p50 {:.1} ms, p95 {:.1} ms, max {:.1} ms (wanted: p95 < 300 ms)", at(50), at(95), at(100));
    }
}

/// `cargo xtask bench overview`: fifty readers whose live page reads anew every two seconds, in a house of 2,000 monitors
/// with two days of history. Prints the figures.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "a measurement; run by `cargo xtask bench overview`"]
async fn bench_overview() {
    let env = |name: &str| std::env::var(name).unwrap_or_default();
    let kind = if env("EVENKEEL_BENCH_DATABASE") == "postgres" { Kind::Postgres } else { Kind::Sqlite };
    let app = std::sync::Arc::new(TestApp::with(kind, |settings| settings.by_hand = false).await);
    fill(&app, env("EVENKEEL_BENCH_MINUTES").parse().unwrap_or(2 * 24 * 60)).await;
    let reader = app.user("vera", &[Permission::Read], None).await;
    app.get("/").as_(&reader).send().await.is(200).has("system-199");
    let mut readers = Vec::new();
    for n in 0..READERS {
        let (app, reader) = (app.clone(), reader.clone());
        readers.push(tokio::spawn(async move {
            let mut took = Vec::new();
            let every = Duration::from_secs(2);
            let mut next = tokio::time::Instant::now() + every * u32::try_from(n).expect("few") / u32::try_from(READERS).expect("few");
            for _ in 0..10 {
                tokio::time::sleep_until(next).await;
                next += every;
                let begun = Instant::now();
                app.get("/").as_(&reader).send().await.is(200);
                took.push(begun.elapsed());
            }
            took
        }));
    }
    let mut took = Vec::new();
    for reader in readers {
        took.extend(reader.await.expect("a reader"));
    }
    took.sort();
    let at = |share: usize| took[(took.len() - 1) * share / 100].as_secs_f64() * 1_000.0;
    println!(
        "overview, {MONITORS} monitors, {READERS} readers, {kind:?}: p50 {:.1} ms, p95 {:.1} ms, max {:.1} ms",
        at(50),
        at(95),
        at(100)
    );
    assert!(cfg!(debug_assertions) || at(95) <= 50.0, "target: p95 <= 50 ms");
}
