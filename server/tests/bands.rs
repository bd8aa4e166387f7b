//! Expected bands: fitted by themselves, kept as they were forecast, shown on the page and by the API, to nobody else.

use backend::db::sql;
use domain::{
    Actor, Permission,
    people::Locale,
    time::{DAY, HOUR, MINUTE},
};
use serde_json::{Value, json};

use crate::app::TestApp;

const PATH: &str = "/api/v1/transactions/band?system=pay";

/// Ten days of transactions with a rhythm of the day, up to now.
async fn history(app: &TestApp, actor: &Actor) {
    let mut lines = Vec::new();
    for hour in 1..=240_i64 {
        let at = app.now().floor(HOUR).plus(-hour * HOUR + 10 * MINUTE);
        let day = (at.0 / HOUR) % 24;
        for number in 0..(4 + (day - 12).abs()) {
            let code = if number == 3 { "51" } else { "00" };
            lines.push(json!({ "time": at.0, "system": "pay", "link": "L1", "code": code, "latency_ms": 20 + number, "amount": "12.50", "currency": "CNY" }).to_string());
        }
    }
    let ask = app.ask("POST", "/api/v1/transactions").header("content-type", "application/x-ndjson");
    ask.body(lines.join("\n")).as_(actor).send().await.is(200).has("\"refused\":0");
}

async fn bands(app: &TestApp, actor: &Actor, more: &str) -> Value {
    let answer = app.get(&format!("{PATH}{more}")).as_(actor).send().await;
    answer.is(200);
    answer.json()
}

both! {
    async fn a_band_is_fitted_by_itself_and_kept_as_it_was_forecast(app: TestApp) {
        let team = app.team("payments").await;
        app.system("pay", &team).await;
        let sender = app.user("ines", &[Permission::Read, Permission::IngestTransactions], Some(&team)).await;
        app.settle().await;
        assert_eq!(bands(&app, &sender, "").await, json!([]));
        app.get("/transactions?system=pay&band=on").as_(&sender).send().await.is(200);
        history(&app, &sender).await;
        app.get("/transactions?system=pay&band=on").as_(&sender).send().await.is(200).has("No band yet");
        app.advance(HOUR);
        app.settle().await;
        let first = bands(&app, &sender, "").await;
        let measures: Vec<&str> = first.as_array().unwrap().iter().map(|band| band["measure"].as_str().unwrap()).collect();
        assert_eq!(measures, ["volume", "success", "p95", "amount"]);
        let volume = &first[0];
        assert_eq!(volume["hours"].as_array().unwrap().len(), 24, "{volume}");
        assert!(volume["fit"]["held"].as_f64() > Some(0.6) && volume["fit"]["error"].is_number(), "{}", volume["fit"]);
        for hour in volume["hours"].as_array().unwrap() {
            let end = |name: &str| hour[name].as_f64().unwrap();
            assert!(0.0 <= end("low") && end("low") <= end("mean") && end("mean") <= end("high") && end("high") < 60.0, "{hour}");
        }
        assert!(first[1]["hours"].as_array().unwrap().iter().all(|hour| hour["high"].as_f64() <= Some(100.0)), "{}", first[1]);
        // In units of the currency, twelve and a half for each.
        let means = |place: usize| first[place]["hours"].as_array().unwrap().iter().map(|hour| hour["mean"].as_f64().unwrap()).sum::<f64>();
        assert!((means(3) / means(0) / 12.5 - 1.0).abs() < 0.1, "{} of {}", means(3), means(0));
        // An hour later the future is forecast anew; the hour that has begun stays as it was forecast.
        let begun = app.now().floor(HOUR);
        let span = format!("&from={}&to={}", begun.rfc3339(), begun.plus(HOUR).rfc3339());
        let before = bands(&app, &sender, &span).await;
        app.advance(HOUR);
        app.settle().await;
        let after = bands(&app, &sender, &span).await;
        assert_eq!((&before[0]["hours"], before[0]["hours"].as_array().unwrap().len()), (&after[0]["hours"], 1));
        assert_ne!(before[0]["fit"]["at"], after[0]["fit"]["at"]);
    }

    async fn a_measure_that_comes_later_has_a_past_too(app: TestApp) {
        let team = app.team("payments").await;
        app.system("pay", &team).await;
        let sender = app.user("ines", &[Permission::Read, Permission::IngestTransactions], Some(&team)).await;
        history(&app, &sender).await;
        app.settle().await;
        // As it was where only the others were known.
        let mut tx = app.ctx.begin_write().await.unwrap();
        sql("DELETE FROM bands WHERE measure = 'amount'").run(&mut tx).await.unwrap();
        sql("DELETE FROM band_fits WHERE measure = 'amount'").run(&mut tx).await.unwrap();
        tx.commit().await.unwrap();
        assert_eq!(bands(&app, &sender, "").await.as_array().unwrap().len(), 3);
        app.advance(HOUR);
        app.settle().await;
        let after = bands(&app, &sender, "").await;
        assert_eq!((&after[3]["measure"], after[3]["hours"].as_array().unwrap().len()), (&json!("amount"), 24), "{after}");
    }

    async fn a_stop_improves_nothing_that_was_forecast_and_what_is_old_goes(app: TestApp) {
        let team = app.team("payments").await;
        let system = app.system("pay", &team).await;
        let sender = app.user("ines", &[Permission::Read, Permission::IngestTransactions], Some(&team)).await;
        history(&app, &sender).await;
        app.settle().await;
        let begun = app.now().floor(HOUR).plus(HOUR);
        let span = |from: i64, to: i64| format!("&from={}&to={}", begun.plus(from * HOUR).rfc3339(), begun.plus(to * HOUR).rfc3339());
        let before = bands(&app, &sender, &span(0, 39)).await;
        assert_eq!(before[0]["hours"].as_array().unwrap().len(), 39);
        // More than is forgotten at once is older than a year is looked back at.
        let starts: Vec<i64> = (0..4_500).map(|number| app.now().0 - 401 * DAY - number).collect();
        let mut tx = app.ctx.begin_write().await.unwrap();
        for part in starts.chunks(500) {
            sql("INSERT INTO bands (system_id, measure, start, low, expected, high) VALUES ")
                .rows(part, |row, start| row.bind(&system).bind("volume").bind(*start).bind(1.0).bind(1.0).bind(1.0))
                .run(&mut tx)
                .await
                .unwrap();
        }
        tx.commit().await.unwrap();
        // The portal stands still; nothing comes meanwhile.
        app.advance(40 * HOUR);
        app.settle().await;
        let after = bands(&app, &sender, &span(0, 39)).await;
        assert_ne!(before[0]["fit"]["at"], after[0]["fit"]["at"]);
        assert_eq!(before[0]["hours"], after[0]["hours"]);
        let mut conn = app.ctx.db.read().await.unwrap();
        let old = sql("SELECT COUNT(*) FROM bands WHERE start < $1").value(app.now().plus(-400 * DAY)).count(&mut conn).await.unwrap();
        assert_eq!(old, 0);
    }

    async fn the_page_draws_it_of_one_system_and_another_team_sees_none(app: TestApp) {
        let team = app.team("payments").await;
        app.system("pay", &team).await;
        let sender = app.user("ines", &[Permission::Read, Permission::IngestTransactions], Some(&team)).await;
        history(&app, &sender).await;
        app.settle().await;
        let page = app.get("/transactions?system=pay&from=now-24h&band=on").as_(&sender).send().await;
        page.is(200).has("Expected at least").has("Expected at most").has("a band for 90 % of hours").has("Against last week");
        app.get("/transactions?system=pay&from=now-24h&band=on").as_(&sender).in_(Locale::Zh).send().await.is(200).has("预期下限").has("回测");
        app.get("/transactions?system=pay&from=now-24h").as_(&sender).send().await.is(200).lacks("Expected at least").has("band=on");
        // Of any other choice it is worked out for the asking, and where there can be none the page says why.
        for choice in ["system=pay&link=L1", "from=now-24h"] {
            let page = app.get(&format!("/transactions?{choice}&from=now-24h&band=on")).as_(&sender).send().await;
            page.is(200).has("Expected at least").has("Worked out now for this choice").has("same span last week");
        }
        app.get("/transactions?link=L9&from=now-24h&band=on").as_(&sender).send().await.is(200).lacks("Expected at least");
        app.get("/transactions?code=51&from=now-24h&band=on").as_(&sender).send().await.is(200).has("No band of single codes");
        app.get("/transactions?system=pay&from=now-60d&band=on").as_(&sender).send().await.is(200).has("Expected at least").has("the band is added up from its hours");
        app.get("/transactions?system=pay&from=now-60d&band=on").as_(&sender).in_(Locale::Zh).send().await.is(200).has("区间由各小时相加而成");
        app.get("/transactions?code=51&from=now-24h&band=on").as_(&sender).in_(Locale::Zh).send().await.is(200).has("单个返回码没有预期区间");
        let from = app.now().floor(HOUR).plus(-24 * HOUR).rfc3339();
        let of_link = bands(&app, &sender, &format!("&link=L1&from={from}&to={}", app.now().rfc3339())).await;
        assert_eq!((of_link.as_array().unwrap().len(), of_link[0]["hours"].as_array().unwrap().len()), (4, 24), "{of_link}");
        assert_eq!(bands(&app, &sender, "&code=51").await, json!([]));
        // Before anything is kept there is none, whatever is asked.
        assert_eq!(bands(&app, &sender, "&link=L1&from=1971-01-01T00:00:00Z&to=1971-01-02T00:00:00Z").await, json!([]));
        // Several at once take turns.
        let paths: Vec<String> = (0..3).map(|hour| format!("&link=L1&to={}", app.now().plus(-hour * HOUR).rfc3339())).collect();
        let asked = futures::future::join_all(paths.iter().map(|path| bands(&app, &sender, path))).await;
        assert!(asked.iter().all(|found| found.as_array().unwrap().len() == 4), "{asked:?}");
        // What is moved in two currencies is no one amount.
        let euros = json!({ "time": app.now().plus(-2 * HOUR).0, "system": "pay", "link": "L2", "code": "00", "amount": "1.00", "currency": "EUR" });
        app.ask("POST", "/api/v1/transactions").json(&euros).as_(&sender).send().await.is(200).has("\"refused\":0");
        let of_both = bands(&app, &sender, "&link=L1&link=L2").await;
        assert!(of_both.as_array().unwrap().iter().all(|band| band["measure"] != "amount") && !of_both[0].is_null(), "{of_both}");
        for (locale, said) in [(Locale::En, "No band of the amount, or none that goes on"), (Locale::Zh, "金额没有预期区间")] {
            let page = async |links: &str| app.get(&format!("/transactions?{links}&from=now-24h&band=on")).as_(&sender).in_(locale).send().await;
            page("link=L1&link=L2").await.is(200).has(said);
            page("link=L1").await.is(200).lacks(said);
        }
        app.get(&format!("{PATH}&colour=red")).as_(&sender).send().await.is(422).has("colour");
        let other = app.team("cards").await;
        let stranger = app.user("otto", &[Permission::Read], Some(&other)).await;
        app.get(PATH).as_(&stranger).send().await.is(404);
        assert_eq!(bands(&app, &stranger, "&link=L1").await, json!([]));
        app.get("/api/v1/transactions/band?system=none").as_(&sender).send().await.is(404);
        app.get(&format!("{PATH}&from=yesterday")).as_(&sender).send().await.is(422).has("yesterday");
        app.get(&format!("{PATH}&to=2020-01-01T00:00:00Z&from=2021-01-01T00:00:00Z")).as_(&sender).send().await.is(422);
    }
}
