//! What must not hold up what: the database the launching, a hanging target the others, one bad row all rows, and an act
//! nobody but those who still may.

use std::{sync::Arc, time::Duration};

use backend::{Context, SystemClock, WriteTx, db::Kind, db::sql, monitors::Prober};
use domain::{
    Actor, Fault, PageRequest, Permission,
    id::{MonitorId, SystemId},
    monitors::{Filter, Reason, Shown},
    time::{MINUTE, SECOND},
};
use tokio_util::{sync::CancellationToken, task::TaskTracker};

use super::{
    fields, firing, monitor, scene,
    target::{Reply, Server},
};
use crate::app::TestApp;

async fn http(app: &TestApp, editor: &Actor, system: &SystemId, name: &str, url: &str, more: &[(&str, &str)]) -> MonitorId {
    let mut typed = fields(&[("name", name), ("system", system.as_str()), ("kind", "http"), ("url", url), ("interval", "5")]);
    for (name, value) in more {
        typed.set(*name, value);
    }
    app.portal.monitors.create(editor, &typed).await.expect("a monitor")
}

async fn beat(app: &TestApp, editor: &Actor, system: &SystemId, name: &str) -> MonitorId {
    let typed = fields(&[("name", name), ("system", system.as_str()), ("kind", "heartbeat"), ("deadline", "5m")]);
    let id = app.portal.monitors.create(editor, &typed).await.expect("a heartbeat");
    let secret = app.portal.monitors.secret(editor, &id).await.unwrap().unwrap();
    app.portal.monitors.beat(&secret).await.expect("a call");
    id
}

async fn change(app: &TestApp, text: &'static str, id: &MonitorId) {
    let mut conn = app.ctx.db.read().await.unwrap();
    assert_eq!(sql(text).value(id).run(&mut conn).await.unwrap(), 1, "{text}");
}

fn settings(concurrency: usize) -> server::settings::Settings {
    server::settings::Settings {
        egress: server::settings::Egress { allow: vec!["127.0.0.0/8".into()], ..Default::default() },
        monitors: server::settings::Monitors { concurrency, ..Default::default() },
        ..Default::default()
    }
}

pub(super) fn by_hand() -> server::settings::Settings {
    let mut settings = settings(8);
    settings.monitors.by_hand = true;
    settings
}

/// The engine on the clock of the wall, ticking by itself until it is stopped.
struct Running {
    prober: Arc<Prober>,
    tracker: TaskTracker,
    stop: CancellationToken,
}

impl Running {
    fn start(app: &TestApp, concurrency: usize) -> Self {
        let ctx = Context::new(app.ctx.db.clone(), Arc::new(SystemClock)).with_seal(app.ctx.seal.clone());
        let settings = settings(concurrency);
        let prober = Arc::new(Prober::new(ctx.clone(), server::boot::egress(&settings), server::boot::checking(&settings)));
        let (tracker, stop) = (TaskTracker::new(), CancellationToken::new());
        backend::Engines::new(ctx, vec![prober.clone()]).start(&tracker, &stop);
        Self { prober, tracker, stop }
    }

    async fn stop(self) {
        self.stop.cancel();
        self.tracker.close();
        self.tracker.wait().await;
    }
}

/// Keeps everybody else from writing what is known of monitors, until it is dropped.
async fn hold_writer(app: &TestApp) -> WriteTx {
    let mut tx = app.ctx.begin_write().await.expect("the writer");
    if app.ctx.db.kind() == Kind::Postgres {
        sql("LOCK TABLE monitor_standings IN ACCESS EXCLUSIVE MODE").run(&mut tx).await.expect("a lock");
    }
    tx
}

async fn kept(app: &TestApp) -> i64 {
    sql("SELECT COUNT(*) FROM monitor_results").count(&mut app.ctx.db.read().await.unwrap()).await.unwrap()
}

both! {
    async fn checks_go_on_while_the_database_is_held_and_nothing_is_lost(app: TestApp) {
        let server = Server::plain().await;
        let (system, editor, _) = scene(&app, &server.url("/"), &[("interval", "5")]).await;
        for n in 0..4 {
            http(&app, &editor, &system, &format!("m{n}"), &server.url("/"), &[]).await;
        }
        let engine = Running::start(&app, 100);
        tokio::time::sleep(Duration::from_secs(1)).await;
        let before = server.hits();
        assert!(before >= 5, "new monitors are checked at once");
        let held = hold_writer(&app).await;
        tokio::time::sleep(Duration::from_secs(6)).await;
        let hits = server.hits();
        drop(held);
        assert!(hits >= before + 5, "every monitor was due again while the database was held: {before}, then {hits} checks");
        let figures = engine.prober.figures();
        assert!(figures.missed == 0 && figures.lateness_s.2 < 1.0, "{figures:?}");
        tokio::time::sleep(Duration::from_secs(1)).await;
        engine.stop().await;
        assert!(kept(&app).await >= i64::from(hits), "{} of {hits} results are kept", kept(&app).await);
    }

    async fn a_target_that_cannot_be_read_is_unknown_and_holds_up_nobody(app: TestApp) {
        let server = Server::plain().await;
        let (system, editor, id) = scene(&app, &server.url("/"), &[]).await;
        let beating = beat(&app, &editor, &system, "nightly").await;
        app.settle().await;
        for id in [&id, &beating] {
            change(&app, "UPDATE monitors SET target = '{\"kind\":\"pigeon\"}', version = version + 1 WHERE id = $1", id).await;
        }
        let other = http(&app, &editor, &system, "other", &server.url("/"), &[]).await;
        let hits = server.hits();
        app.advance(10 * MINUTE);
        app.settle().await;
        assert_eq!((monitor(&app, &editor, &other).await.shown, server.hits()), (Shown::Up, hits + 1));
        for id in [&id, &beating] {
            let broken = monitor(&app, &editor, id).await;
            assert_eq!((broken.shown, broken.standing.last.unwrap().reason), (Shown::Unknown, Reason::Unreadable));
            app.get(&format!("/monitors/{id}")).as_(&editor).send().await.is(200).has("cannot be read").has("pigeon");
            app.get(&format!("/monitors/{id}/edit")).as_(&editor).send().await.is(200);
        }
        assert_eq!(app.portal.monitors.check_now(&editor, &id).await.unwrap_err(), Fault::conflict("monitors-conflict-unreadable"));
        assert_eq!(app.portal.monitors.list(&editor, &Filter::default(), &PageRequest::default()).await.unwrap().items.len(), 3);
        app.get("/monitors.csv").as_(&app.admin().await).send().await.is(200).has("pigeon");
        let mended = fields(&[("name", "front"), ("system", system.as_str()), ("kind", "http"), ("url", &server.url("/"))]);
        app.portal.monitors.edit(&editor, &id, &mended).await.expect("said anew");
        for _ in 0..2 {
            app.settle().await;
            app.advance(30 * SECOND);
        }
        app.settle().await;
        assert_eq!(monitor(&app, &editor, &id).await.shown, Shown::Up);
    }

    async fn a_standing_that_cannot_be_read_is_unknown_until_results_say_more(app: TestApp) {
        let server = Server::plain().await;
        let (_, editor, id) = scene(&app, &server.url("/"), &[]).await;
        app.settle().await;
        change(&app, "UPDATE monitor_standings SET state = 'odd', last = '{', leaning = 'odd' WHERE monitor_id = $1", &id).await;
        let mut conn = app.ctx.db.read().await.unwrap();
        let spoilt = sql("UPDATE monitor_rollups SET sketch = $1 WHERE monitor_id = $2").value(b"odd".to_vec()).value(&id);
        assert_eq!(spoilt.run(&mut conn).await.unwrap(), 3);
        drop(conn);
        assert_eq!(monitor(&app, &editor, &id).await.shown, Shown::Unknown, "never green because data is missing");
        assert!(app.portal.monitors.counts(&editor).await.unwrap().contains(&(Shown::Unknown, 1)));
        for _ in 0..2 {
            super::round(&app).await;
        }
        assert_eq!(monitor(&app, &editor, &id).await.shown, Shown::Up);
    }

    async fn one_monitor_that_cannot_be_written_holds_up_no_other(app: TestApp) {
        let (system, editor, _) = scene(&app, "http://127.0.0.1:1/", &[]).await;
        let (bad, fine, late) = (
            beat(&app, &editor, &system, "bad").await,
            beat(&app, &editor, &system, "fine").await,
            beat(&app, &editor, &system, "late").await,
        );
        let monitors = &app.portal.monitors;
        app.advance(5 * MINUTE);
        monitors.beat(&monitors.secret(&editor, &late).await.unwrap().unwrap()).await.unwrap();
        app.settle().await;
        assert_eq!(monitor(&app, &editor, &bad).await.shown, Shown::Down);
        monitors.beat(&monitors.secret(&editor, &bad).await.unwrap().unwrap()).await.unwrap();
        monitors.maintain(&editor, &fine, Some(app.now().plus(6 * MINUTE))).await.unwrap();
        let mut conn = app.ctx.db.read().await.unwrap();
        let spoilt = sql("UPDATE alerts SET incident_id = 'odd' WHERE source_id = $1").value(&bad).run(&mut conn).await.unwrap();
        assert_eq!(spoilt, 1);
        drop(conn);
        app.advance(6 * MINUTE);
        // This engine alone: what the engine of alerts makes of a spoilt alert is its own affair.
        let prober = Prober::new(app.ctx.clone(), server::boot::egress(&by_hand()), server::boot::checking(&by_hand()));
        backend::Engines::new(app.ctx.clone(), vec![Arc::new(prober)]).settle().await.expect("it settles");
        assert_eq!(monitor(&app, &editor, &late).await.shown, Shown::Down, "a heartbeat missed beside it is told");
        assert_eq!(monitor(&app, &editor, &fine).await.shown, Shown::Down, "a maintenance that ends beside it is taken off");
        let until = "SELECT COUNT(*) FROM monitors WHERE maintenance_until > 0";
        assert_eq!(sql(until).count(&mut app.ctx.db.read().await.unwrap()).await.unwrap(), 0);
        assert_eq!(monitor(&app, &editor, &bad).await.shown, Shown::Up, "that the bad one was missed waits");
        assert!(firing(&app).await >= 2);
    }

    async fn whoever_lost_the_monitor_meanwhile_changes_nothing(app: TestApp) {
        let (system, editor, _) = scene(&app, "http://127.0.0.1:1/", &[]).await;
        let id = beat(&app, &editor, &system, "nightly").await;
        let other = app.team("other").await;
        let theirs = app.system("theirs", &other).await;
        let portal = &app.portal;
        let secret = portal.monitors.secret(&editor, &id).await.unwrap();
        let audited = || async {
            let mut conn = app.ctx.db.read().await.unwrap();
            sql("SELECT COUNT(*) FROM audit WHERE act LIKE 'monitor.%'").count(&mut conn).await.unwrap()
        };
        let before = audited().await;
        // Somebody moves it to another team, and has not committed when the acts begin.
        let mut tx = app.ctx.begin_write().await.unwrap();
        let moved = sql("UPDATE monitors SET system_id = $1, version = version + 1 WHERE id = $2").value(&theirs).value(&id);
        moved.run(&mut tx).await.unwrap();
        let until = Some(app.now().plus(MINUTE));
        let commit = async {
            tokio::time::sleep(Duration::from_millis(300)).await;
            tx.commit().await.unwrap();
        };
        let monitors = &portal.monitors;
        let (pause, maintain, renew, delete, ()) = tokio::join!(
            monitors.pause(&editor, &id),
            monitors.maintain(&editor, &id, until),
            monitors.renew_secret(&editor, &id),
            monitors.delete(&editor, &id),
            commit
        );
        for outcome in [pause, maintain, renew.map(drop), delete] {
            assert_eq!(outcome.unwrap_err(), Fault::NotFound("monitor"));
        }
        let admin = app.admin().await;
        let stands = monitor(&app, &admin, &id).await;
        assert_eq!((stands.paused, stands.maintenance_until), (false, None));
        assert_eq!(monitors.secret(&admin, &id).await.unwrap(), secret);
        assert_eq!(audited().await, before, "what did not happen is in no audit");
        // And one that is deleted meanwhile gets no new secret.
        let (delete, renew) = {
            let mut tx = app.ctx.begin_write().await.unwrap();
            sql("DELETE FROM monitors WHERE id = $1").value(&id).run(&mut tx).await.unwrap();
            let commit = async {
                tokio::time::sleep(Duration::from_millis(300)).await;
                tx.commit().await
            };
            tokio::join!(commit, monitors.renew_secret(&admin, &id))
        };
        delete.unwrap();
        assert_eq!(renew.unwrap_err(), Fault::NotFound("monitor"));
        assert_eq!(audited().await, before);
    }

    async fn a_monitor_says_how_long_it_waits_before_it_alarms(app: TestApp) {
        let server = Server::plain().await;
        server.set(Reply::status(500));
        let (_, editor, id) = scene(&app, &server.url("/"), &[("needed", "1"), ("hold", "1m"), ("recover", "2m")]).await;
        let states = || async {
            let mut conn = app.ctx.db.read().await.unwrap();
            sql("SELECT state FROM alerts ORDER BY id").texts(&mut conn).await.unwrap()
        };
        app.settle().await;
        assert_eq!(states().await, ["pending"]);
        app.advance(59 * SECOND);
        app.settle().await;
        assert_eq!(states().await, ["pending"], "not a second before");
        app.advance(SECOND);
        app.settle().await;
        assert_eq!(states().await, ["firing"]);
        server.set(Reply::status(200));
        super::round(&app).await;
        assert_eq!(states().await, ["recovering"]);
        app.advance(110 * SECOND);
        app.settle().await;
        assert_eq!(states().await, ["recovering"]);
        app.advance(10 * SECOND);
        app.settle().await;
        assert_eq!(states().await, ["resolved"]);
        let shown = app.get(&format!("/api/v1/monitors/{id}")).as_(&editor).send().await.json();
        assert_eq!((&shown["hold_s"], &shown["recover_s"]), (&60.into(), &120.into()));
        app.get(&format!("/monitors/{id}")).as_(&editor).send().await.is(200).has("Alert after").has("Resolve after");
        let form = app.get(&format!("/monitors/{id}/edit")).as_(&editor).in_(domain::people::Locale::Zh).send().await;
        form.is(200).has("持续多久告警").has("value=\"60\"");
        let bad = fields(&[("name", "x"), ("system", "x"), ("kind", "http"), ("url", "http://x/"), ("hold", "2d"), ("recover", "soon")]);
        let problems = app.portal.monitors.create(&editor, &bad).await.unwrap_err();
        let names: Vec<_> = problems.problems().iter().map(|p| p.field.as_str()).collect();
        assert_eq!(names, ["system", "hold", "recover"]);
    }

    async fn beyond_reach_a_monitor_is_not_even_read(app: TestApp) {
        let (_, editor, id) = scene(&app, "http://127.0.0.1:1/", &[]).await;
        let team = app.team("other").await;
        let stranger = app.user("olaf", Permission::ALL, Some(&team)).await;
        let monitors = &app.portal.monitors;
        // What cannot even be read of it: to whom it is not there, that makes no difference.
        change(&app, "UPDATE monitors SET system_id = system_id, maintenance_until = 1 WHERE id = $1", &id).await;
        assert_eq!(monitors.results(&stranger, &id, &PageRequest::default()).await.unwrap_err(), Fault::NotFound("monitor"));
        assert_eq!(monitors.secret(&stranger, &id).await.unwrap_err(), Fault::NotFound("monitor"));
        assert_eq!(monitors.maintain(&stranger, &id, None).await.unwrap_err(), Fault::NotFound("monitor"));
        assert_eq!(monitors.renew_secret(&stranger, &id).await.unwrap_err(), Fault::NotFound("monitor"));
        assert!(monitors.results(&editor, &id, &PageRequest::default()).await.is_ok());
    }
}

/// One database is enough: what is tried is who gets a place.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn targets_that_hang_leave_the_others_in_time() {
    let app = TestApp::new(Kind::Sqlite).await;
    let (well, hung) = (Server::plain().await, Server::plain().await);
    hung.set(Reply { delay: Duration::from_secs(60), ..Reply::status(200) });
    let (system, editor, _) = scene(&app, &well.url("/"), &[("interval", "5")]).await;
    for n in 0..3 {
        http(&app, &editor, &system, &format!("well{n}"), &well.url("/"), &[]).await;
    }
    // Twelve that take four of five seconds each would need ten places for themselves.
    for n in 0..12 {
        http(&app, &editor, &system, &format!("hung{n}"), &hung.url("/"), &[("timeout", "4")]).await;
    }
    let engine = Running::start(&app, 4);
    // Until every one of them has been found to hang once.
    tokio::time::sleep(Duration::from_secs(17)).await;
    let hits = well.hits();
    tokio::time::sleep(Duration::from_millis(10_500)).await;
    let hits = well.hits() - hits;
    engine.stop().await;
    assert!(hits >= 8, "four monitors every 5 s were checked {hits} times in 10 s");
}
