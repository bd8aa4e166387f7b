//! Sample failures: off where nothing is said, few of many, once with their batch, for those within reach, gone when their days are over.

use backend::db::sql;
use domain::{
    Actor, Permission, Span, Timestamp,
    people::Locale,
    time::{DAY, HOUR, MINUTE},
    transactions::{Filter, SamplesAsked},
};
use serde_json::{Value, json};

use super::{MAY, PATH, line, post, stage};
use crate::app::TestApp;

async fn count(app: &TestApp) -> i64 {
    sql("SELECT COUNT(*) FROM transaction_samples").count(&mut app.ctx.db.read().await.unwrap()).await.unwrap()
}

async fn samples(app: &TestApp, actor: &Actor, query: &str) -> Value {
    app.get(&format!("{PATH}/samples?{query}")).as_(actor).send().await.is(200).json()
}

/// A failure with the sender's own id.
fn failure(at: Timestamp, link: &str, merchant: &str, id: &str) -> String {
    line(at, link, merchant, "91", 1_250.5, 12_345).replace('}', &format!(r#","id":"{id}"}}"#))
}

both! {
    async fn some_failures_are_kept_as_they_came(app: TestApp) {
        let (team, system, sender) = stage(&app).await;
        let keeper = app.user("kim", &[Permission::Read, Permission::EditSystems], Some(&team)).await;
        let now = app.now();
        // Nobody asked for it: nothing is kept, and the page says so.
        post(&app, &sender, failure(now, "L1", "M1", "t-0"), &[]).await.is(200);
        assert_eq!(count(&app).await, 0);
        assert_eq!(samples(&app, &sender, "").await, json!({"kept_by": [], "samples": []}));
        app.get("/transactions").as_(&sender).send().await.is(200).has("No single failures are kept here").lacks("transactions-samples\"");
        // Who may declare the stream switches it on.
        let path = format!("/api/v1/streams/{system}");
        let put = async |extra: Value| {
            let mut body = json!({"dimensions": ["link", {"key": "merchant", "wide": true}, "channel"], "version":
                app.get(&path).as_(&keeper).send().await.json()["version"]});
            body.as_object_mut().unwrap().extend(extra.as_object().unwrap().clone());
            app.ask("PUT", &path).as_(&keeper).json(&body).send().await
        };
        put(json!({"samples_per_minute": 8})).await.is(422).has("sample_days").has("the days for which sample failures are kept");
        put(json!({"sample_days": 91})).await.is(422).has("from 1 to 90");
        put(json!({"sample_days": 3, "samples_per_minute": 601})).await.is(422).has("samples_per_minute");
        put(json!({"sample_days": 3, "samples_per_minute": 8})).await.is(200).has("\"sample_days\":3");
        app.get(&format!("/streams/{system}")).as_(&keeper).send().await.is(200).has("Sample failures of one minute");
        app.get(&format!("/streams/{system}/edit")).as_(&keeper).in_(Locale::Zh).send().await.is(200).has("失败样本保留天数");
        // A storm of one kind, and one other: five of the storm, and the other; sent again, nothing more.
        let storm: Vec<String> = (0..40).map(|n| failure(now.plus(-2), "L1", "M1", &format!("s-{n}"))).collect();
        let body = format!("{}\n{}\n{}", storm.join("\n"), failure(now.plus(-1), "L2", "M2", "one"), line(now, "L1", "M1", "00", 5.0, 1));
        for _ in 0..2 {
            post(&app, &sender, body.clone(), &[("idempotency-key", "storm")]).await.is(200).has("\"accepted\":42");
        }
        assert_eq!(count(&app).await, 6);
        // Another batch of that minute finds no room for what is alike, and two places for others.
        let more: Vec<String> = (0..9).map(|n| failure(now.plus(-2), "L3", &format!("N{n}"), "more")).collect();
        post(&app, &sender, format!("{}\n{}", storm.join("\n"), more.join("\n")), &[]).await.is(200);
        assert_eq!(count(&app).await, 8);
        // Asked for under a choice, the newest first.
        let found = samples(&app, &sender, "link=L2").await;
        let one = json!({"at": now.plus(-1).0, "stream": "pay", "code": "91", "dimensions": {"link": "L2", "merchant": "M2", "channel": "app"},
            "latency_ms": 1250.5, "amount": 12_345, "currency": "CNY", "reference": "one"});
        assert_eq!(found, json!({"kept_by": ["pay"], "samples": [one]}));
        let all = samples(&app, &sender, "").await;
        assert_eq!((all["samples"].as_array().unwrap().len(), &all["samples"][0]), (5, &one));
        assert_eq!(samples(&app, &sender, "top=100&code=91").await["samples"].as_array().unwrap().len(), 8);
        assert_eq!(samples(&app, &sender, "code=05").await["samples"], json!([]));
        assert_eq!(samples(&app, &sender, "from=now-3h&to=now-2h").await["samples"], json!([]));
        for (query, field) in [("top=0", "top"), ("top=101", "top"), ("top=x", "top"), ("from=never", "from"), ("colour=red", "colour")] {
            app.get(&format!("{PATH}/samples?{query}")).as_(&sender).send().await.is(422).has(field);
        }
        // What is excused is no failure to be shown.
        let but = async |code: &str| {
            let span = Span::new(now.plus(-HOUR), now.plus(MINUTE)).unwrap();
            let asked = SamplesAsked { span, filter: Filter::default(), excused: vec![code.to_owned()], most: 20 };
            app.portal.transactions.samples(&sender, &asked).await.unwrap().samples.len()
        };
        assert_eq!((but("91").await, but("05").await), (0, 8));
        // The page, in both languages; nothing for those who may not read the system.
        let page = app.get("/transactions?merchant=M2").as_(&sender).send().await;
        page.is(200).has("Sample failures").has("link L2").has("123.45 CNY").has("one");
        app.get("/transactions?code=05").as_(&sender).in_(Locale::Zh).send().await.is(200);
        app.get("/transactions").as_(&sender).in_(Locale::Zh).send().await.is(200).has("失败样本").has("发送方流水号");
        let others = app.team("others").await;
        let stranger = app.user("stranger", MAY, Some(&others)).await;
        assert_eq!(samples(&app, &stranger, "").await, json!({"kept_by": [], "samples": []}));
        app.get(&format!("{PATH}/samples")).send().await.is(401);
    }

    async fn sample_failures_go_when_their_days_are_over(app: TestApp) {
        let (team, _, sender) = stage(&app).await;
        let keeper = app.user("kim", &[Permission::Read, Permission::EditSystems], Some(&team)).await;
        let yaml = "streams:\n- system: pay\n  dimensions: [link, {key: merchant, wide: true}, channel]\n  sample_days: 2\n";
        let import = async |yaml: String| {
            app.ask("POST", "/api/v1/streams/import").as_(&keeper).json(&json!({"yaml": yaml})).send().await.is(200);
        };
        import(yaml.to_owned()).await;
        post(&app, &sender, failure(app.now(), "L1", "M1", "old"), &[]).await.is(200);
        app.advance(DAY);
        post(&app, &sender, failure(app.now(), "L1", "M1", "young"), &[]).await.is(200);
        app.settle().await;
        assert_eq!(count(&app).await, 2);
        app.advance(DAY + HOUR);
        // Too old is not shown, swept or not.
        assert_eq!(samples(&app, &sender, "from=now-5d").await["samples"].as_array().unwrap().len(), 1);
        app.settle().await;
        assert_eq!(count(&app).await, 1);
        // Switched off, nothing stays.
        import(yaml.replace("  sample_days: 2\n", "")).await;
        assert_eq!(samples(&app, &sender, "from=now-5d").await["kept_by"], json!([]));
        app.advance(20 * MINUTE);
        app.settle().await;
        assert_eq!(count(&app).await, 0);
    }
}
