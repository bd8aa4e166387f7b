//! The overview: a verdict that is never good because data is missing, cut to the reader's reach; the search over everything.

use std::fmt::Write as _;

use domain::{
    Actor, Permission, Timestamp,
    people::Locale,
    time::{DAY, MINUTE},
};
use serde_json::json;

use crate::app::TestApp;

/// Posts one transaction every ten seconds of the fifteen minutes before a moment.
async fn traffic(app: &TestApp, sender: &Actor, until: Timestamp, failing: usize) {
    let mut body = String::new();
    for i in 0..90_usize {
        let at = until.plus(-i64::try_from(i).unwrap() * 10_000 - 1_000);
        let code = if i < failing { "91" } else { "00" };
        writeln!(body, r#"{{"time":{},"system":"pay","link":"L1","code":"{code}","latency_ms":20}}"#, at.0).unwrap();
    }
    app.ask("POST", "/api/v1/transactions").as_(sender).body(body).send().await.is(200);
}

both! {
    async fn the_verdict_follows_what_is_measured(app: TestApp) {
        let team = app.team("payments").await;
        app.system("pay", &team).await;
        let sender = app.user("shipper", &[Permission::Read, Permission::IngestTransactions], Some(&team)).await;
        let vera = app.viewer("vera", &team).await;
        let verdict = async || app.get("/api/v1/overview").as_(&vera).send().await.is(200).json()["verdict"].clone();

        assert_eq!(verdict().await, json!({"answer": "unknown", "reasons": [{"kind": "no-transactions"}, {"kind": "no-monitors"}], "latest": null}));
        app.get("/").as_(&vera).send().await.is(200).has("Customer impact is not known").has("not monitored").has("No open incidents");

        traffic(&app, &sender, app.now().plus(-7 * DAY), 1).await;
        traffic(&app, &sender, app.now(), 1).await;
        assert_eq!(verdict().await["answer"], "clear");
        app.get("/").as_(&vera).send().await.is(200).has("No customer impact seen").has("Newest transaction");
        app.get("/").as_(&vera).in_(Locale::Zh).send().await.is(200).has("最近 15 分钟未见客户影响");

        // What was fresh grows old by itself.
        app.advance(6 * MINUTE);
        assert_eq!(verdict().await["reasons"][0]["kind"], "stale");
        app.get("/?wall=1").as_(&vera).send().await.is(200).has("Customer impact is not known").has("data-wall").has("DATA STALE");

        app.advance(20 * MINUTE);
        traffic(&app, &sender, app.now(), 40).await;
        let verdict = verdict().await;
        assert_eq!((&verdict["answer"], &verdict["reasons"][0]["kind"], &verdict["reasons"][0]["failed"]), (&json!("hurt"), &json!("success-fell"), &json!(40)));
        app.get("/").as_(&vera).send().await.is(200).has("Payments degraded").has("(40 failed)");
    }

    async fn it_shows_no_more_than_may_be_read(app: TestApp) {
        let (team, others) = (app.team("payments").await, app.team("others").await);
        app.system("pay", &team).await;
        app.system("ledger", &others).await;
        let vera = app.viewer("vera", &team).await;
        let json = app.get("/api/v1/overview").as_(&vera).send().await.is(200).json();
        let names: Vec<_> = json["systems"].as_array().unwrap().iter().map(|s| s["system"]["key"].as_str().unwrap()).collect();
        assert_eq!(names, ["pay"]);
        app.get("/").as_(&vera).send().await.is(200).has(">pay<").lacks("ledger");
        app.get("/").send().await.is(303);
        app.get("/api/v1/overview").send().await.is(401);
        let nobody = app.user("none", &[], Some(&team)).await;
        app.get("/api/v1/overview").as_(&nobody).send().await.is(403);
    }

    async fn everything_is_found_by_name_number_and_initials(app: TestApp) {
        let (team, others) = (app.team("payments").await, app.team("others").await);
        let system = app.system("zhifu-wangguan", &team).await;
        app.system("zhanghu", &others).await;
        let mut conn = app.ctx.db.read().await.unwrap();
        backend::db::sql("UPDATE systems SET name = $1 WHERE id = $2").value("支付网关").value(&system).run(&mut conn).await.unwrap();
        drop(conn);
        let worker = app.user("wu", &[Permission::Read, Permission::WorkIncidents], Some(&team)).await;
        let opened = app
            .api("POST", "/api/v1/incidents", &json!({"title": "退款失败", "severity": "P2", "system": [system.as_str()], "impact": ""}))
            .as_(&worker)
            .send()
            .await;
        opened.is(201);
        let find = async |q: &str| {
            let answer = app.get(&format!("/api/v1/search?q={q}")).as_(&worker).send().await;
            let found = answer.is(200).json();
            found.as_array().unwrap().iter().map(|f| format!("{} {}", f["kind"].as_str().unwrap(), f["title"].as_str().unwrap())).collect::<Vec<_>>()
        };
        assert_eq!(find("zfwg").await, ["system 支付网关"]);
        assert_eq!(find("wangguan").await, ["system 支付网关"]);
        assert_eq!(find("tksb").await, ["incident INC-1 退款失败"]);
        assert_eq!(find("inc-1").await, ["incident INC-1 退款失败"]);
        assert_eq!(find("zhanghu").await, [] as [&str; 0]);
        assert_eq!(find("").await, [] as [&str; 0]);
        // A severe incident is what the overview says first.
        let json = app.get("/api/v1/overview").as_(&worker).send().await.is(200).json();
        assert_eq!((&json["verdict"]["answer"], &json["verdict"]["reasons"][0]["label"], &json["severe"]), (&json!("hurt"), &json!("INC-1"), &json!(1)));
        app.get("/").as_(&worker).send().await.is(200).has("INC-1 退款失败").has("(P2) ");
    }
}
