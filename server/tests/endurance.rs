//! What goes wrong inside stays small: a panic costs one tick or one batch, a caller who goes away tears nothing apart,
//! and what cannot be written now does not keep anybody from reading.

use std::{
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicU64, Ordering},
    },
    time::Duration,
};

use async_trait::async_trait;
use backend::{Context, Engine, Engines, db::sql};
use domain::{
    Clock, Fault, Permission, Timestamp,
    time::{DAY, MINUTE},
    transactions::{Batch, Transactions},
};
use serde_json::json;
use tokio_util::{sync::CancellationToken, task::TaskTracker};

use crate::app::ManualClock;

/// An engine whose first tick panics.
#[derive(Default)]
struct Clumsy(AtomicU64);

#[async_trait]
impl Engine for Clumsy {
    fn name(&self) -> &'static str {
        "clumsy"
    }
    fn period(&self) -> Duration {
        Duration::from_millis(5)
    }
    async fn tick(&self, _: Timestamp) -> Result<u64, Fault> {
        assert!(self.0.fetch_add(1, Ordering::SeqCst) > 0, "the first tick");
        Ok(0)
    }
}

/// An engine that seldom ticks, but knows that something is due in a moment.
#[derive(Default)]
struct Knowing(AtomicU64);

#[async_trait]
impl Engine for Knowing {
    fn name(&self) -> &'static str {
        "knowing"
    }
    fn period(&self) -> Duration {
        Duration::from_hours(1)
    }
    async fn next_due(&self, now: Timestamp) -> Option<Timestamp> {
        Some(now.plus(1))
    }
    async fn tick(&self, _: Timestamp) -> Result<u64, Fault> {
        self.0.fetch_add(1, Ordering::SeqCst);
        Ok(0)
    }
}

tokio::task_local! {
    static HERE: ();
}

/// A clock that panics, when armed, for everybody but the test itself.
struct Trap {
    clock: Arc<ManualClock>,
    armed: AtomicBool,
}

impl Clock for Trap {
    fn now(&self) -> Timestamp {
        assert!(!self.armed.load(Ordering::SeqCst) || HERE.try_with(|()| ()).is_ok(), "a fault of ours");
        self.clock.now()
    }
}

both! {
    async fn a_panic_is_a_failed_tick(app: TestApp) {
        let engine = Arc::new(Clumsy::default());
        let engines = Engines::new(app.ctx.clone(), vec![engine.clone()]);
        assert_eq!(engines.settle().await, Err(Fault::Internal));
        assert_eq!(engines.pulses()[0].2.as_ref().unwrap().outcome, Err(Fault::Internal));
        assert_eq!(engines.settle().await, Ok(()));

        let engine = Arc::new(Clumsy::default());
        let (tracker, stop) = (TaskTracker::new(), CancellationToken::new());
        Engines::new(app.ctx.clone(), vec![engine.clone()]).start(&tracker, &stop);
        tracker.close();
        for _ in 0..400 {
            if engine.0.load(Ordering::SeqCst) > 2 {
                break;
            }
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
        assert!(engine.0.load(Ordering::SeqCst) > 2, "the task ended with the panic");
        stop.cancel();
        tracker.wait().await;
    }

    async fn an_engine_ticks_when_something_is_due_and_not_a_period_later(app: TestApp) {
        let engine = Arc::new(Knowing::default());
        let (tracker, stop) = (TaskTracker::new(), CancellationToken::new());
        Engines::new(app.ctx.clone(), vec![engine.clone()]).start(&tracker, &stop);
        tracker.close();
        for _ in 0..4_000 {
            if engine.0.load(Ordering::SeqCst) > 2 {
                break;
            }
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
        assert!(engine.0.load(Ordering::SeqCst) > 2, "it rested for an hour");
        stop.cancel();
        tracker.wait().await;
    }

    async fn a_panic_of_the_writer_costs_one_batch(app: TestApp) {
        let team = app.team("payments").await;
        app.system("pay", &team).await;
        let sender = app.user("shipper", &[Permission::Read, Permission::IngestTransactions], Some(&team)).await;
        let trap = Arc::new(Trap { clock: app.clock.clone(), armed: AtomicBool::new(false) });
        let ctx = Context { clock: trap.clone(), ..app.ctx.clone() };
        let service = backend::transactions::Service::new(ctx, backend::transactions::Settings::default());
        let body = format!(r#"{{"time":{},"system":"pay","link":"L1","merchant":"M1","channel":"app","code":"00","latency_ms":1,"amount":1,"currency":"CNY"}}"#, app.now().0);
        let send = || HERE.scope((), service.ingest(&sender, Batch { body: body.clone().into_bytes(), ..Default::default() }));
        send().await.unwrap();
        trap.armed.store(true, Ordering::SeqCst);
        assert_eq!(send().await.unwrap_err(), Fault::Internal);
        trap.armed.store(false, Ordering::SeqCst);
        assert_eq!(send().await.unwrap().accepted, 1);
        assert!(service.is_written());
        app.get("/readyz").send().await.is(200).has("ready");
    }

    async fn who_is_known_reads_while_nothing_can_be_written(app: TestApp) {
        let admin = crate::people::begin(&app).await;
        crate::people::user(&app, &admin, "olga", "operator").await;
        let cookie = format!("ek_session={}", crate::people::log_in(&app, "olga").await);
        app.advance(6 * MINUTE);
        let mut writer = app.ctx.begin_write().await.unwrap();
        // On Postgres others may write, but not this row.
        sql("UPDATE sessions SET seen_at = seen_at").run(&mut writer).await.unwrap();
        let began = std::time::Instant::now();
        for _ in 0..3 {
            app.get("/profile").cookie(&cookie).send().await.is(200);
        }
        assert!(began.elapsed() < Duration::from_secs(4), "pages waited for the writer: {:?}", began.elapsed());
        drop(writer);
        for _ in 0..100 {
            app.get("/profile").cookie(&cookie).send().await.is(200);
            let seen = sql("SELECT seen_at FROM sessions").count(&mut app.ctx.db.read().await.unwrap()).await.unwrap();
            if seen == app.now().0 {
                return;
            }
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        panic!("once it can be written it is");
    }

    async fn a_caller_who_goes_away_does_not_tear_act_and_answer_apart(app: TestApp) {
        let admin = app.admin().await;
        app.team("payments").await;
        for (n, patience) in [0, 1, 2, 3, 4, 6, 8, 12, 16, 24, 32].into_iter().enumerate() {
            let (key, system) = (format!("k-{n}"), format!("system-{n}"));
            let body = json!({ "key": system, "name": "Gateway", "team": "payments", "tier": 1 });
            let create = || app.api("POST", "/api/v1/systems", &body).as_(&admin).header("idempotency-key", &key).send();
            let _ = tokio::time::timeout(Duration::from_millis(patience), create()).await;
            let mut answer = create().await;
            for _ in 0..200 {
                if answer.status != 409 {
                    break;
                }
                tokio::time::sleep(Duration::from_millis(10)).await;
                answer = create().await;
            }
            answer.is(201).has(&system);
        }
    }

    async fn what_was_begun_and_has_no_answer_is_not_done_again(app: TestApp) {
        let admin = app.admin().await;
        app.team("payments").await;
        let body = json!({ "key": "gateway", "name": "Gateway", "team": "payments", "tier": 1 });
        let create = || app.api("POST", "/api/v1/systems", &body).as_(&admin).header("idempotency-key", "k-1").send();
        create().await.is(201);
        // As a process leaves it that dies after the act and before the answer is kept.
        let mut conn = app.ctx.db.read().await.unwrap();
        sql("UPDATE idempotency SET status = 0, body = ''").run(&mut conn).await.unwrap();
        sql("UPDATE systems SET key = 'renamed'").run(&mut conn).await.unwrap();
        drop(conn);
        create().await.is(409).has("being worked on");
        app.advance(2 * MINUTE);
        create().await.is(409).has("how it ended is not known");
        app.advance(DAY - 3 * MINUTE);
        create().await.is(409);
        app.advance(2 * MINUTE);
        create().await.is(201);
    }
}
