//! What keeps the counts in order: damage that stays where it is, bounds that hold, budgets by system, retention.

use std::{
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use axum::body::Body;
use backend::{
    Engine,
    db::{Kind, sql},
    transactions::{Compactor, Service, Settings},
};
use domain::{
    Fault, Permission,
    time::{DAY, HOUR, MINUTE},
    transactions::{Batch, Transactions},
};
use futures::stream;
use serde_json::json;

use super::{MAY, PATH, analyse, line, post, stage};
use crate::app::TestApp;

async fn count(app: &TestApp, text: &'static str) -> i64 {
    sql(text).count(&mut app.ctx.db.read().await.unwrap()).await.unwrap()
}

fn batch(body: String) -> Batch {
    Batch { body: body.into_bytes(), ..Batch::default() }
}

fn busy(refused: Option<Fault>) -> bool {
    refused == Some(Fault::TooMany { retry_after_s: 1 })
}

both! {
    async fn what_does_not_read_is_set_aside_and_everything_else_goes_on(app: TestApp) {
        let (_, _, sender) = stage(&app).await;
        let good = line(app.now(), "L1", "M1", "91", 10.0, 1);
        for i in 0..3 {
            post(&app, &sender, good.clone(), &[("idempotency-key", &format!("k{i}"))]).await.is(200);
        }
        sql("UPDATE transaction_segments SET body = $1 WHERE id IN (SELECT MIN(id) FROM transaction_segments WHERE cube = 4 AND grain = 60000)")
            .value(vec![2_u8, 255])
            .run(&mut app.ctx.db.read().await.unwrap())
            .await
            .unwrap();
        // The page counts what reads, and says that something is missing, before and after it was set aside.
        let before = analyse(&app, &sender, "from=now-1h").await;
        assert_eq!((&before["totals"]["total"], &before["damaged"]), (&json!(2), &json!(1)));
        app.advance(8 * DAY);
        app.settle().await;
        assert_eq!(count(&app, "SELECT COUNT(*) FROM transaction_segments WHERE level = 99").await, 1);
        assert_eq!(count(&app, "SELECT COUNT(*) FROM transaction_segments WHERE level = 9").await, 12, "every slot is sealed");
        assert_eq!(count(&app, "SELECT COUNT(*) FROM transaction_batches").await, 0, "the retention ran");
        let query = "from=now-9d&to=now-7d";
        let after = analyse(&app, &sender, query).await;
        assert_eq!((&after["merchants"][0]["total"], &after["codes"][0]["failed"]), (&json!(3), &json!(3)));
        let page = app.get(&format!("/transactions?from={}&to={}", app.now().plus(-8 * DAY - HOUR).rfc3339(), app.now().plus(-8 * DAY + MINUTE).rfc3339()));
        page.as_(&sender).send().await.is(200).has("does not read");
        // Its retention is that of the others.
        app.advance(1_000 * DAY);
        app.settle().await;
        assert_eq!(count(&app, "SELECT COUNT(*) FROM transaction_segments").await, 0);
    }

    async fn what_was_counted_before_there_were_totals_comes_from_the_links(app: TestApp) {
        let (_, _, sender) = stage(&app).await;
        let begin = app.now();
        for hours in 0..60_i64 {
            let at = begin.plus(hours * HOUR);
            let code = if hours % 7 == 0 { "91" } else { "00" };
            let links = ["L1", "L2"].map(|link| line(at, link, &format!("M{}", hours % 5), code, 10.0 + f64::from(u32::try_from(hours).unwrap()), hours));
            app.advance(HOUR);
            post(&app, &sender, links.join("\n"), &[]).await.is(200).has("\"accepted\":2");
        }
        app.settle().await;
        let (first, last) = (begin.rfc3339(), app.now().rfc3339());
        let asked = ["", "&link=L1", "&merchant=M3", "&code=91", "&link=L2&code=91&merchant=M0"].map(|choice| format!("from={first}&to={last}{choice}"));
        let mut told = Vec::new();
        // As of a new database; as of one that was brought up to date in the midst of it; as of one that was so just now.
        for since in [0, begin.plus(DAY).floor(DAY).0, app.now().plus(2 * DAY).floor(DAY).0] {
            sql("DELETE FROM transaction_segments WHERE cube = 4 AND slot < $1").value(since).run(&mut app.ctx.db.read().await.unwrap()).await.unwrap();
            sql("UPDATE transaction_totals SET since = $1").value(since).run(&mut app.ctx.db.read().await.unwrap()).await.unwrap();
            let mut answers = Vec::new();
            for query in &asked {
                answers.push(analyse(&app, &sender, query).await);
            }
            told.push(answers);
        }
        assert_eq!((&told[0][0]["totals"]["total"], &told[0][0]["links"][0]["total"]), (&json!(120), &json!(60)));
        assert!(told[0][0]["totals"]["p99"].as_f64().unwrap() > 60.0);
        assert_eq!(told[0][1]["totals"]["total"], 60);
        assert_eq!((&told[1], &told[2]), (&told[0], &told[0]));
    }

    async fn only_batches_with_a_key_are_remembered(app: TestApp) {
        let (_, _, sender) = stage(&app).await;
        let good = line(app.now(), "L1", "M1", "00", 10.0, 1);
        for _ in 0..3 {
            post(&app, &sender, good.clone(), &[]).await.is(200);
        }
        post(&app, &sender, good.clone(), &[("idempotency-key", "k")]).await.is(200);
        assert_eq!(count(&app, "SELECT COUNT(*) FROM transaction_batches").await, 1);
        assert_eq!(analyse(&app, &sender, "").await["totals"]["total"], 4);
    }

    async fn keys_of_files_and_tables_last_as_long_as_days(app: TestApp) {
        let (_, _, sender) = stage(&app).await;
        let good = line(app.now(), "L1", "M1", "00", 10.0, 1);
        let keys = ["import-1", "table-1", "batch-1"];
        let send = async |key| post(&app, &sender, good.clone(), &[("idempotency-key", key)]).await.is(200).json()["replayed"].clone();
        for key in keys {
            assert_eq!(send(key).await, false);
        }
        app.advance(8 * DAY);
        app.settle().await;
        // A month's file is imported again next week.
        for (key, replayed) in keys.into_iter().zip([true, true, false]) {
            assert_eq!(send(key).await, replayed, "{key}");
        }
        // By then its lines are refused.
        app.advance(i64::from(Settings::default().day_days) * DAY);
        app.settle().await;
        assert_eq!(count(&app, "SELECT COUNT(*) FROM transaction_batches").await, 0);
        post(&app, &sender, good.clone(), &[("idempotency-key", keys[0])]).await.is(422).has("no longer kept");
    }

    async fn without_a_place_nothing_is_read(app: TestApp) {
        let (_, _, sender) = stage(&app).await;
        let mut places = Vec::new();
        while let Ok(place) = app.portal.transactions.reserve(&sender, 0).await {
            places.push(place);
        }
        assert_eq!(places.len(), Settings::default().queue);
        let read = Arc::new(AtomicBool::new(false));
        let body = |read: &Arc<AtomicBool>| {
            let read = read.clone();
            let good = line(app.now(), "L1", "M1", "00", 10.0, 1);
            Body::from_stream(stream::once(async move {
                read.store(true, Ordering::SeqCst);
                Ok::<_, std::io::Error>(good)
            }))
        };
        let answer = post(&app, &sender, body(&read), &[]).await;
        assert_eq!(answer.is(429).header("retry-after"), "1");
        assert!(!read.load(Ordering::SeqCst), "the body was read although there was no place for it");
        places.pop();
        post(&app, &sender, body(&read), &[]).await.is(200);
        assert!(read.load(Ordering::SeqCst));
        // Who may post nowhere hears that first.
        let (reader, _) = (app.user("reader", &[Permission::Read], None).await, places);
        assert!(matches!(app.portal.transactions.reserve(&reader, 0).await.err(), Some(Fault::Forbidden(_))));
    }

    async fn bodies_in_memory_are_bounded_in_bytes(app: TestApp) {
        let (_, _, sender) = stage(&app).await;
        let service = Service::new(app.ctx.clone(), Settings { queue_bytes: 1 << 20, ..Settings::default() });
        let mut first = service.reserve(&sender, 600 << 10).await.unwrap();
        assert!(busy(service.reserve(&sender, 600 << 10).await.err()));
        // What announced nothing makes room as it comes.
        let mut second = service.reserve(&sender, 0).await.unwrap();
        second.grow(300 << 10).unwrap();
        second.grow(300 << 10).unwrap();
        assert!(busy(first.grow(800 << 10).err()));
        drop(second);
        first.grow(800 << 10).unwrap();
        drop(first);
        // More than all there is gets through when nothing else is there.
        let place = service.reserve(&sender, 32 << 20).await.unwrap();
        assert!(busy(service.reserve(&sender, 1).await.err()));
        place.count(batch(line(app.now(), "L1", "M1", "00", 10.0, 1))).await.unwrap();
        service.reserve(&sender, 32 << 20).await.unwrap();
    }

    async fn few_bodies_are_unfolded_at_a_time(app: TestApp) {
        let (_, _, sender) = stage(&app).await;
        let cores = std::thread::available_parallelism().map_or(2, std::num::NonZero::get);
        let mut places = Vec::new();
        for _ in 0..=cores {
            places.push(app.portal.transactions.reserve(&sender, 0).await.unwrap());
        }
        let mut last = places.pop().unwrap();
        for place in &mut places {
            place.turn().await.unwrap();
            place.turn().await.unwrap();
        }
        assert!(tokio::time::timeout(Duration::from_millis(50), last.turn()).await.is_err());
        places.pop();
        last.turn().await.unwrap();
    }

    async fn a_flood_of_values_is_paid_for_by_its_own_system(app: TestApp) {
        let (_, _, sender) = stage(&app).await;
        let others = app.team("others").await;
        app.system("ledger", &others).await;
        let honest = app.user("honest", MAY, Some(&others)).await;
        let service = Service::new(app.ctx.clone(), Settings { max_values: 4, ..Settings::default() });
        let flood: String = (0..9).map(|i| line(app.now(), "L1", &format!("M{i}"), "00", 1.0, 1) + "\n").collect();
        service.ingest(&sender, batch(flood)).await.unwrap();
        let theirs: String = (0..4).map(|i| line(app.now(), "L1", &format!("N{i}"), "00", 1.0, 1).replace("pay", "ledger") + "\n").collect();
        service.ingest(&honest, batch(theirs)).await.unwrap();
        let merchants = async |actor, sort: &str| {
            let json = analyse(&app, actor, &format!("sort=volume{sort}")).await;
            let mut names: Vec<_> = json["merchants"].as_array().unwrap().iter().map(|m| m["value"].as_str().unwrap().to_owned()).collect();
            names.sort();
            names
        };
        assert_eq!(merchants(&honest, "").await, ["N0", "N1", "N2", "N3"]);
        assert_eq!(merchants(&sender, "").await, ["(other)", "M0", "M1", "M2", "M3"]);
        // What is known is free: another system's value needs no budget.
        service.ingest(&sender, batch(line(app.now(), "L1", "N3", "00", 1.0, 1))).await.unwrap();
        assert!(merchants(&sender, "").await.contains(&"N3".to_owned()));
        // Mixed or told apart, nobody sees another team's.
        app.advance(HOUR);
        app.settle().await;
        assert_eq!(merchants(&honest, "&from=now-3h").await, ["N0", "N1", "N2", "N3"]);
    }

    async fn values_go_with_the_last_counts_that_use_them(app: TestApp) {
        let (_, _, sender) = stage(&app).await;
        let service = Service::new(app.ctx.clone(), Settings { max_values: 2, ..Settings::default() });
        let send = async |merchant: &str| {
            let good = line(app.now(), "L1", merchant, "00", 1.0, 1);
            service.ingest(&sender, batch(good)).await.unwrap();
        };
        send("old").await;
        send("kept").await;
        app.advance(500 * DAY);
        app.settle().await;
        send("kept").await;
        app.advance(400 * DAY);
        app.settle().await;
        let left = sql("SELECT value FROM transaction_values WHERE dimension = 'merchant'").texts(&mut app.ctx.db.read().await.unwrap()).await.unwrap();
        assert_eq!(left, ["kept"]);
        // There is room again, and a value that comes back has a number again.
        send("new").await;
        app.advance(30_000);
        let json = analyse(&app, &sender, "").await;
        assert_eq!(json["merchants"][0]["value"], "new");
        send("old").await;
        app.advance(30_000);
        assert_eq!(analyse(&app, &sender, "from=now-500d").await["totals"]["total"], 3);
    }

    async fn two_that_merge_the_same_count_nothing_twice(app: TestApp) {
        let (_, _, sender) = stage(&app).await;
        app.system("ledger", &app.team("others").await).await;
        for i in 0..40 {
            post(&app, &sender, line(app.now().plus(-i * MINUTE), "L1", &format!("M{i}"), "91", 10.0, 1), &[]).await.is(200);
        }
        let (a, b) = (Compactor::new(app.ctx.clone(), Settings::default()), Compactor::new(app.ctx.clone(), Settings::default()));
        for _ in 0..4 {
            let now = app.now();
            // One may have to give up; what it began is undone.
            let _ = tokio::join!(a.tick(now), b.tick(now));
            let json = analyse(&app, &sender, "from=now-4h").await;
            assert_eq!((&json["totals"]["total"], &json["totals"]["failed"], &json["damaged"]), (&json!(40), &json!(40), &json!(0)));
            app.advance(20 * MINUTE);
        }
    }

    async fn the_retention_is_found_by_an_index(app: TestApp) {
        if app.ctx.db.kind() == Kind::Postgres {
            return;
        }
        #[derive(sqlx::FromRow)]
        struct Plan {
            detail: String,
        }
        let plan: Vec<Plan> = sql("EXPLAIN QUERY PLAN DELETE FROM transaction_segments WHERE (cube, grain, system, slot, id) IN \
             (SELECT cube, grain, system, slot, id FROM transaction_segments WHERE grain = 60000 AND slot < 5 LIMIT 9)")
            .all(&mut app.ctx.db.read().await.unwrap())
            .await
            .unwrap();
        let plan: String = plan.into_iter().map(|step| step.detail + "\n").collect();
        assert!(plan.contains("transaction_segments_age") && !plan.contains("SCAN transaction_segments"), "{plan}");
        app.ask("GET", PATH).send().await.is(401);
    }
}
