//! Transactions: every encoding, refusals by line, batches that count once, sums against a reference, late data, overload.

mod amounts;
mod bench;
mod days;
mod explain;
mod faults;
mod merchants;
mod mix;
mod reports;
mod samples;
mod standing;
mod upkeep;

use std::{collections::BTreeMap, fmt::Write as _, io::Write as _};

use backend::db::{Kind, sql};
use domain::{
    Actor, Permission, Timestamp,
    id::{SystemId, TeamId},
    time::{DAY, HOUR, MINUTE},
};
use serde_json::{Value, json};

use crate::app::{Answer, BEGIN, TestApp};

const PATH: &str = "/api/v1/transactions";
const MAY: &[Permission] = &[Permission::Read, Permission::IngestTransactions];

/// A team with a system `pay`, and one who may post to it.
async fn stage(app: &TestApp) -> (TeamId, SystemId, Actor) {
    // Half a minute past: what happens now lies before the end of this minute.
    app.advance(30_000);
    let team = app.team("payments").await;
    let system = app.system("pay", &team).await;
    let sender = app.user("shipper", MAY, Some(&team)).await;
    (team, system, sender)
}

async fn post(app: &TestApp, actor: &Actor, body: impl Into<axum::body::Body>, headers: &[(&str, &str)]) -> Answer {
    let mut ask = app.ask("POST", PATH).as_(actor).body(body);
    for (name, value) in headers {
        ask = ask.header(name, value);
    }
    ask.send().await
}

fn line(at: Timestamp, link: &str, merchant: &str, code: &str, latency: f64, amount: i64) -> String {
    format!(
        r#"{{"time":{},"system":"pay","link":"{link}","merchant":"{merchant}","channel":"app","code":"{code}","latency_ms":{latency},"amount":{amount},"currency":"CNY"}}"#,
        at.0
    )
}

async fn analyse(app: &TestApp, actor: &Actor, query: &str) -> Value {
    let answer = app.get(&format!("{PATH}?{query}")).as_(actor).send().await;
    answer.is(200);
    answer.json()
}

fn gzip(body: &[u8]) -> Vec<u8> {
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    encoder.write_all(body).unwrap();
    encoder.finish().unwrap()
}

both! {
    async fn every_encoding_counts_the_same(app: TestApp) {
        let (_, _, sender) = stage(&app).await;
        let good = line(app.now(), "L1", "M1", "00", 12.0, 100);
        let lines = format!("{good}\n{good}\n");
        let array = format!("[{good},{good}]");
        let zipped = zstd::encode_all(lines.as_bytes(), 1).unwrap();
        for (body, headers) in [
            (lines.clone().into_bytes(), vec![("content-type", "application/x-ndjson")]),
            (array.into_bytes(), vec![("content-type", "application/json")]),
            (gzip(lines.as_bytes()), vec![("content-encoding", "gzip")]),
            (zipped, vec![("content-encoding", "zstd")]),
        ] {
            let answer = post(&app, &sender, body, &headers).await;
            assert_eq!(answer.is(200).json(), json!({
                "status": 200, "accepted": 2, "refused": 0, "replayed": false, "errors": [], "errors_omitted": 0, "newest_lag_ms": 0, "oldest_lag_ms": 0
            }));
        }
        post(&app, &sender, good.replace(',', ",\n"), &[]).await.is(200).has("\"accepted\":1");
        assert_eq!(analyse(&app, &sender, "from=now-1h").await["totals"]["total"], 9);
    }

    async fn bad_lines_are_named_and_good_ones_kept(app: TestApp) {
        let (_, _, sender) = stage(&app).await;
        let bad = r#"{"time":"yesterday","system":"nope","id":"t-2","amount":1.5,"code":"00"}"#;
        let body = format!("{}\n{bad}\n{{broken\n", line(app.now(), "L1", "M1", "00", 12.0, 100));
        let answer = post(&app, &sender, body.clone(), &[]).await;
        let json = answer.is(200).json();
        assert_eq!((&json["accepted"], &json["refused"]), (&json!(1), &json!(2)));
        let errors: Vec<_> = json["errors"].as_array().unwrap().iter().map(|e| (e["line"].as_u64().unwrap(), e["id"].as_str(), e["field"].as_str().unwrap(), e["value"].as_str().unwrap())).collect();
        assert_eq!(errors, [(2, Some("t-2"), "time", "yesterday"), (2, Some("t-2"), "system", "nope"), (2, Some("t-2"), "amount", "1.5"), (3, None, "", "{broken")]);
        answer.has("RFC 3339 with an offset");
        // In the reader's language, and with nothing accepted a refusal.
        let answer = app.ask("POST", PATH).as_(&sender).in_(domain::people::Locale::Zh).body(bad).send().await;
        answer.is(422).has("带时区偏移").has("urn:evenkeel:problem:invalid");
        post(&app, &sender, "", &[]).await.is(422).has("\"field\":\"body\"");
        post(&app, &sender, "[{\"time\":1}, {", &[]).await.is(422).has("it breaks at line 1");
        assert_eq!(analyse(&app, &sender, "from=now-1h").await["totals"]["total"], 1);
    }

    async fn a_batch_with_a_key_counts_once(app: TestApp) {
        let (_, _, sender) = stage(&app).await;
        let body = format!("{}\n{{bad\n", line(app.now(), "L1", "M1", "00", 12.0, 100));
        let key = [("idempotency-key", "file-1:0")];
        let first = post(&app, &sender, body.clone(), &key).await.is(200).json();
        for _ in 0..3 {
            let answer = post(&app, &sender, body.clone(), &key).await;
            assert_eq!(answer.header("idempotent-replayed"), "true");
            let again = answer.is(200).json();
            assert_eq!(again["replayed"], true);
            assert_eq!((&again["accepted"], &again["errors"]), (&first["accepted"], &first["errors"]));
        }
        // At once, too; compressed is the same batch.
        let (a, b) = tokio::join!(
            post(&app, &sender, format!("{body}\n"), &[("x-batch-id", "file-1:1")]),
            post(&app, &sender, gzip(format!("{body}\n").as_bytes()), &[("x-batch-id", "file-1:1"), ("content-encoding", "gzip")]),
        );
        assert_eq!((a.status, b.status), (200, 200));
        assert!(a.json()["replayed"] != b.json()["replayed"]);
        // Another body under the key is a mistake of the sender; another sender's key is another key.
        post(&app, &sender, format!("{body}{body}"), &key).await.is(409).has("Another batch was counted under this key");
        let other = app.user("other", MAY, None).await;
        post(&app, &other, body, &key).await.is(200).has("\"replayed\":false");
        post(&app, &sender, "{}", &[("idempotency-key", "has a blank")]).await.is(422).has("Idempotency-Key");
        assert_eq!(analyse(&app, &other, "from=now-1h").await["totals"]["total"], 3);
    }

    async fn sums_are_exact_and_survive_merging(app: TestApp) {
        let (_, _, sender) = stage(&app).await;
        let mut seed = 7_u64;
        let mut random = move |n: u64| {
            seed ^= seed << 13;
            seed ^= seed >> 7;
            seed ^= seed << 17;
            seed % n
        };
        let (mut total, mut failed, mut amount) = (0_u64, 0_u64, 0_i64);
        let mut by_merchant: BTreeMap<String, (u64, u64)> = BTreeMap::new();
        let mut by_code: BTreeMap<&str, u64> = BTreeMap::new();
        let mut latencies = Vec::new();
        for batch in 0..40 {
            let mut body = String::new();
            for _ in 0..250 {
                let at = app.now().plus(-i64::try_from(random(50 * 60_000)).unwrap());
                let code = ["00", "00", "00", "00", "51", "91", "05"][usize::try_from(random(7)).unwrap()];
                let merchant = format!("M{}", random(20));
                let money = i64::try_from(random(10_000)).unwrap();
                #[expect(clippy::cast_precision_loss, reason = "small")]
                let latency = 1.0 + random(90_000) as f64 / 10.0;
                writeln!(body, "{}", line(at, ["L1", "L2"][usize::try_from(random(2)).unwrap()], &merchant, code, latency, money)).unwrap();
                (total, amount) = (total + 1, amount + money);
                latencies.push(latency);
                let row = by_merchant.entry(merchant).or_default();
                row.0 += 1;
                if code != "00" {
                    failed += 1;
                    row.1 += 1;
                    *by_code.entry(code).or_default() += 1;
                }
            }
            post(&app, &sender, body, &[]).await.is(200);
            if batch == 20 {
                app.settle().await;
            }
        }
        latencies.sort_by(f64::total_cmp);
        for _ in 0..3 {
            let json = analyse(&app, &sender, "from=now-2h&sort=volume").await;
            assert_eq!(json["totals"]["total"], total);
            assert_eq!(json["totals"]["failed"], failed);
            assert_eq!(json["totals"]["money"], json!([{"currency": "CNY", "amount": amount, "failed_amount": json["totals"]["money"][0]["failed_amount"]}]));
            assert_eq!(json["resolution"], "minute");
            let exact = latencies[(latencies.len() - 1) * 95 / 100];
            let p95 = json["totals"]["p95"].as_f64().unwrap();
            assert!((p95 - exact).abs() <= exact * 0.015, "{p95} against {exact}");
            let points: u64 = json["points"].as_array().unwrap().iter().map(|p| p["total"].as_u64().unwrap()).sum();
            assert_eq!(points, total);
            let merchants: BTreeMap<_, _> = json["merchants"].as_array().unwrap().iter().map(|m| (m["value"].as_str().unwrap().to_owned(), (m["total"].as_u64().unwrap(), m["failed"].as_u64().unwrap()))).collect();
            assert_eq!(merchants, by_merchant);
            let codes: BTreeMap<_, _> = json["codes"].as_array().unwrap().iter().map(|c| (c["code"].as_str().unwrap(), c["failed"].as_u64().unwrap())).collect();
            assert_eq!(codes, by_code);
            // A choice of merchant and code gives the same numbers.
            let json = analyse(&app, &sender, "from=now-2h&merchant=M3&merchant=M4&code=51").await;
            assert_eq!(json["totals"]["total"], by_merchant["M3"].0 + by_merchant["M4"].0);
            app.settle().await;
            app.advance(11 * MINUTE);
        }
        app.advance(3 * HOUR);
        app.settle().await;
        let pieces = sql("SELECT COUNT(*) FROM transaction_segments WHERE grain < 86400000").count(&mut app.ctx.db.read().await.unwrap()).await.unwrap();
        // Four cubes, by minute and by hour, of the two hours touched: one sealed segment each.
        assert!(pieces <= 4 * 2 * 2, "{pieces} segments are left after merging");
        assert_eq!(analyse(&app, &sender, "from=now-6h").await["totals"]["total"], total);
    }

    async fn last_week_stands_beside_it_and_late_data_counts(app: TestApp) {
        let (_, _, sender) = stage(&app).await;
        let week = app.now().plus(-7 * DAY - 20 * MINUTE);
        let before = format!("{}\n{}", line(week, "L1", "M1", "00", 10.0, 1), line(week, "L1", "M1", "91", 10.0, 1));
        post(&app, &sender, before.clone(), &[]).await.is(200).has("\"accepted\":2");
        app.settle().await;
        post(&app, &sender, line(app.now().plus(-20 * MINUTE), "L1", "M1", "00", 10.0, 1), &[]).await.is(200);
        // Later than everything was merged.
        app.advance(20 * MINUTE);
        app.settle().await;
        post(&app, &sender, before, &[]).await.is(200);
        app.settle().await;
        let json = analyse(&app, &sender, "from=now-1h").await;
        assert_eq!((&json["totals"]["total"], &json["totals"]["failed"]), (&json!(1), &json!(0)));
        assert_eq!((&json["before"]["total"], &json["before"]["failed"]), (&json!(4), &json!(2)));
        assert_eq!(json["codes"], json!([{"code": "91", "failed": 0, "share": 0.0, "cumulative": 0.0, "before": 2}]));
        assert_eq!(json["latest"], json!(app.now().plus(-40 * MINUTE).floor(MINUTE).0));
        // What is older than anything kept is refused, and so is the future.
        let old = line(app.now().plus(-900 * DAY), "L1", "M1", "00", 1.0, 1);
        post(&app, &sender, old, &[]).await.is(422).has("no longer kept");
        post(&app, &sender, line(app.now().plus(HOUR), "L1", "M1", "00", 1.0, 1), &[]).await.is(422).has("check the sender's clock");
    }

    async fn a_spring_day_in_berlin_has_23_hours(app: TestApp) {
        let (_, _, sender) = stage(&app).await;
        // 20 days after the clock's beginning: past 30 March 2025, when summer time began.
        app.advance(20 * DAY);
        let mut body = String::new();
        let midnight = Timestamp::parse_rfc3339("2025-03-29T23:00:00Z").unwrap();
        for hour in -24..48 {
            writeln!(body, "{}", line(midnight.plus(hour * HOUR + MINUTE), "L1", "M1", "00", 1.0, 1)).unwrap();
        }
        post(&app, &sender, body, &[]).await.is(200);
        let json = analyse(&app, &sender, "from=2025-03-20T00:00:00%2B01:00&to=2025-04-01T00:00:00%2B02:00&zone=Europe/Berlin").await;
        let days: Vec<u64> = json["points"].as_array().unwrap().iter().map(|p| p["total"].as_u64().unwrap()).filter(|n| *n > 0).collect();
        assert_eq!(days, [24, 23, 24]);
        app.get(&format!("{PATH}?zone=Nowhere/Here")).as_(&sender).send().await.is(422).has("Nowhere/Here");
    }

    async fn what_is_no_longer_kept_by_minute_is_told_by_hour(app: TestApp) {
        let (_, _, sender) = stage(&app).await;
        let begin = app.now();
        post(&app, &sender, line(begin.plus(30 * MINUTE - HOUR), "L1", "M1", "91", 10.0, 7), &[]).await.is(200);
        app.advance(20 * DAY);
        app.settle().await;
        let query = |from: Timestamp, to: Timestamp| format!("from={}&to={}", from.rfc3339(), to.rfc3339());
        let json = analyse(&app, &sender, &query(begin.plus(-50 * MINUTE), begin.plus(-40 * MINUTE))).await;
        assert_eq!((&json["resolution"], &json["totals"]["total"]), (&json!("hour"), &json!(1)));
        assert_eq!(json["span"]["from"], begin.plus(-HOUR).floor(HOUR).0);
        app.advance(120 * DAY);
        app.settle().await;
        let json = analyse(&app, &sender, &query(begin.plus(-50 * MINUTE), begin.plus(-40 * MINUTE))).await;
        assert_eq!((&json["resolution"], &json["codes"][0]["code"]), (&json!("day"), &json!("91")));
    }

    async fn authority_is_asked_by_line_and_by_reach(app: TestApp) {
        let (team, _, sender) = stage(&app).await;
        let others = app.team("others").await;
        app.system("ledger", &others).await;
        let reader = app.user("reader", &[Permission::Read], Some(&others)).await;
        let viewer = app.viewer("vera", &team).await;
        let good = line(app.now(), "L1", "M1", "00", 1.0, 1);
        app.ask("POST", PATH).body(good.clone()).send().await.is(401);
        app.get(PATH).send().await.is(401);
        post(&app, &viewer, good.clone(), &[]).await.is(403).has("transactions.ingest");
        // A system of another team is not there; one that may only be read is closed.
        post(&app, &sender, good.replace("pay", "ledger"), &[]).await.is(422).has("a system that you can see");
        let mut both = sender.clone();
        both.grants.teams.insert(others.clone(), [Permission::Read].into_iter().collect());
        post(&app, &both, good.replace("pay", "ledger"), &[]).await.is(422).has("in whose team you may post");
        post(&app, &sender, good, &[]).await.is(200);
        assert_eq!(analyse(&app, &viewer, "").await["totals"]["total"], 1);
        assert_eq!(analyse(&app, &reader, "").await["totals"]["total"], 0);
        assert_eq!(analyse(&app, &reader, "system=pay").await["merchants"], json!([]));
    }

    async fn a_sender_need_not_be_a_reader(app: TestApp) {
        let (team, _, _) = stage(&app).await;
        let sender = app.user("till", &[Permission::IngestTransactions], Some(&team)).await;
        post(&app, &sender, line(app.now(), "L1", "M1", "00", 12.0, 100), &[]).await.is(200);
        app.get(&format!("{PATH}?from=now-1h")).as_(&sender).send().await.is(403);
        let other = app.team("cards").await;
        let stranger = app.user("stranger", &[Permission::IngestTransactions], Some(&other)).await;
        post(&app, &stranger, line(app.now(), "L1", "M1", "00", 12.0, 100), &[]).await.is(422).has("the key of a system");
    }

    async fn bombs_and_rubbish_are_refused(app: TestApp) {
        let (_, _, sender) = stage(&app).await;
        let zeros = vec![b' '; 40 << 20];
        post(&app, &sender, gzip(&zeros), &[("content-encoding", "gzip")]).await.is(413);
        post(&app, &sender, zstd::encode_all(&*zeros, 1).unwrap(), &[("content-encoding", "zstd")]).await.is(413);
        post(&app, &sender, "no gzip", &[("content-encoding", "gzip")]).await.is(400);
        post(&app, &sender, "x", &[("content-encoding", "br")]).await.is(415).has("gzip, zstd, deflate or none");
        app.get(&format!("{PATH}?sort=best")).as_(&sender).send().await.is(422);
        app.get(&format!("{PATH}?from=now&to=now-1h")).as_(&sender).send().await.is(422);
        app.get(&format!("{PATH}?top=0")).as_(&sender).send().await.is(422);
    }

    async fn values_beyond_the_limit_are_counted_together(app: TestApp) {
        let (_, _, sender) = stage(&app).await;
        let settings = backend::transactions::Settings { max_values: 3, ..Default::default() };
        let service = backend::transactions::Service::new(app.ctx.clone(), settings);
        let body: String = (0..9).map(|i| line(app.now(), "L1", &format!("M{i}"), "00", 1.0, 1) + "\n").collect();
        use domain::transactions::{Batch, Transactions};
        service.ingest(&sender, Batch { body: body.into_bytes(), ..Batch::default() }).await.unwrap();
        let json = analyse(&app, &sender, "sort=volume").await;
        assert_eq!(json["merchants"][0], json!({
            "value": "(other)", "total": 6, "failed": 0, "before_total": 0, "before_failed": 0, "amount": 6, "before_amount": 0
        }));
        assert_eq!(json["totals"]["total"], 9);
    }

    async fn a_full_queue_answers_429_and_does_nothing(app: TestApp) {
        let kind = app.ctx.db.kind();
        let (_, _, sender) = stage(&app).await;
        // Known values first, so that the writer waits where it writes.
        let good = line(app.now(), "L1", "M1", "00", 1.0, 1);
        post(&app, &sender, good.clone(), &[]).await.is(200);
        let mut blocker = app.ctx.begin_write().await.unwrap();
        if kind == Kind::Postgres {
            sql("LOCK TABLE transaction_segments IN EXCLUSIVE MODE").run(&mut blocker).await.unwrap();
        }
        let queue = backend::transactions::Settings::default().queue;
        let sends: Vec<_> = (0..queue + 40)
            .map(|_| {
                let ask = app.ask("POST", PATH).as_(&sender).body(good.clone());
                tokio::spawn(async move { ask.send().await })
            })
            .collect();
        tokio::time::sleep(std::time::Duration::from_millis(700)).await;
        drop(blocker);
        let mut accepted = 1;
        let mut refused = 0;
        for send in sends {
            let answer = send.await.unwrap();
            match answer.status {
                200 => accepted += 1,
                429 => {
                    assert_eq!(answer.header("retry-after"), "1");
                    refused += 1;
                }
                other => panic!("{other}: {}", answer.body),
            }
        }
        assert!(refused > 0, "the queue never filled");
        assert_eq!(analyse(&app, &sender, "").await["totals"]["total"], accepted);
    }
}

#[test]
fn the_clock_of_the_tests_is_where_the_tests_think() {
    assert_eq!(BEGIN.rfc3339(), "2025-03-14T06:00:00.000Z");
}

both! {
    async fn the_page_shows_the_slice_and_drills_down(app: TestApp) {
        let (team, _, sender) = stage(&app).await;
        let vera = app.viewer("vera", &team).await;
        app.get("/transactions").as_(&vera).header("host", "ops.example").send().await.is(200)
            .has("No transactions yet").has("curl http://").has("\"system\":\"pay\"");
        let mut body = String::new();
        for i in 0..200 {
            let code = if i % 10 == 0 { "91" } else { "00" };
            writeln!(body, "{}", line(app.now().plus(-i * 30_000), "L1", &format!("M{}", i % 4), code, 20.0, 1_250)).unwrap();
        }
        writeln!(body, "{}", line(app.now(), "L2", "<b>M</b>", "=51", 20.0, 1)).unwrap();
        post(&app, &sender, body, &[]).await.is(200);
        let page = app.get("/transactions?from=now-3h").as_(&vera).send().await;
        page.is(200).has("201").has("Success rate").has("of 201").has("91").has("/transactions?from=now-3h&amp;merchant=M0");
        page.has("&lt;b&gt;M&lt;/b&gt;").lacks("<b>M</b>").has("2025-03-14");
        let page = app.get("/transactions?from=now-3h&merchant=M0&code=91").as_(&vera).in_(domain::people::Locale::Zh).send().await;
        page.is(200).has("商户 M0：取消选择").has("href=\"/transactions?from=now-3h&amp;code=91\"").has("不按返回码提供");
        app.get("/transactions?from=tomorrow").as_(&vera).send().await.is(422).has("tomorrow");
        // Nobody waits for ten thousand years, on whatever way they are asked for.
        for path in ["/transactions", "/transactions/explanation", "/api/v1/transactions", "/api/v1/transactions/explanation"] {
            for span in ["from=0001-01-01T00:00:00Z&to=9999-12-30T00:00:00Z", "from=1970-01-01T00:00:00Z"] {
                app.get(&format!("{path}?{span}")).as_(&vera).send().await.is(422).has("800");
            }
        }
        app.get("/api/v1/transactions?from=now-396d").as_(&vera).send().await.is(200);
        app.get("/transactions").send().await.is(303);
        // The whole as CSV, for those who may take it away; formulas are text.
        app.get("/transactions.csv?by=merchant").as_(&vera).send().await.is(403).has("export");
        let analyst = app.user("ana", &[Permission::Read, Permission::Export], Some(&team)).await;
        let csv = app.get("/transactions.csv?from=now-3h&by=code").as_(&analyst).send().await;
        csv.is(200).has("code,failures").has("91,20,").has("'=51,1,");
        let csv = app.get("/transactions.csv?from=now-3h&by=point&merchant=M0").as_(&analyst).send().await;
        assert_eq!(csv.is(200).body.lines().skip(1).map(|l| l.split(',').nth(2).unwrap().parse::<u64>().unwrap()).sum::<u64>(), 50);
        app.get("/transactions.xlsx?from=now-3h").as_(&analyst).send().await.is(200);
        app.get("/transactions.xlsx").as_(&vera).send().await.is(403);
        app.get("/transactions?from=now-396d&to=now").as_(&analyst).send().await.is(200).has("13 months").has("/transactions.xlsx");
        app.get("/transactions.csv?by=colour").as_(&analyst).send().await.is(422).has("colour");
    }
}
