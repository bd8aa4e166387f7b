//! The overview: a verdict that is never good because data is missing, cut to the reader's reach; the search over everything.

use std::fmt::Write as _;

use domain::{
    Actor, Permission, Timestamp,
    people::Locale,
    time::{DAY, HOUR, MINUTE},
};
use serde_json::json;

use crate::app::TestApp;

mod load;

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

    /// Clocks in New York went forward five days ago: what was there at this time of the wall a week ago was an hour later in UTC.
    async fn last_week_is_that_of_the_wall_of_the_teams(app: TestApp) {
        let team = app.team("payments").await;
        app.system("pay", &team).await;
        let sender = app.user("shipper", &[Permission::Read, Permission::IngestTransactions], Some(&team)).await;
        app.on_call_in("America/New_York", &team).await;
        traffic(&app, &sender, app.now().plus(HOUR - 7 * DAY), 1).await;
        traffic(&app, &sender, app.now(), 1).await;
        let summary = app.get("/api/v1/overview").as_(&sender).send().await.is(200).json();
        assert_eq!((&summary["totals"]["total"], &summary["before"]["total"]), (&json!(90), &json!(90)));
    }

    async fn it_shows_no_more_than_may_be_read(app: TestApp) {
        let (team, others) = (app.team("payments").await, app.team("others").await);
        app.system("pay", &team).await;
        app.system("ledger", &others).await;
        let vera = app.viewer("vera", &team).await;
        let json = app.get("/api/v1/overview").as_(&vera).send().await.is(200).json();
        let names: Vec<_> = json["systems"].as_array().unwrap().iter().map(|s| s["system"]["key"].as_str().unwrap()).collect();
        assert_eq!(names, ["pay"]);
        let strip = json["systems"][0]["strip"].as_array().unwrap();
        assert_eq!((strip.len(), &strip[23]["span"]["to"]), (24, &json!(app.now().floor(HOUR).plus(HOUR))));
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

    async fn what_is_old_is_found_by_its_number_and_its_words(app: TestApp) {
        let team = app.team("payments").await;
        let system = app.system("pay", &team).await;
        let worker = app.user("wu", &[Permission::Read, Permission::WorkIncidents, Permission::RequestChanges], Some(&team)).await;
        let mut conn = app.ctx.db.read().await.unwrap();
        let numbers: Vec<i64> = (1..=330).collect();
        for chunk in numbers.chunks(100) {
            let title = |n: i64| if n == 7 { "Nostro account short".to_owned() } else { format!("Disturbance 5{n}") };
            backend::db::sql("INSERT INTO incidents (id, number, title, severity, state, is_open, system_id, team_id, cause, impact, opened_at, updated_at) VALUES ")
                .rows(chunk, |r, n| {
                    let id = app.ctx.new_id::<domain::id::IncidentId>();
                    r.bind(&id).bind(*n).bind(title(*n)).bind(3_i64).bind("closed").bind(0_i64).bind(&system).bind(&team).bind("").bind("").bind(*n).bind(*n)
                })
                .run(&mut conn)
                .await
                .unwrap();
            backend::db::sql("INSERT INTO changes (id, number, title, team_id, requester_id, requester_name, state, risk, start_wall, end_wall, zone, starts_at, \
                 ends_at, version, hash, needed, created_at, updated_at) VALUES ")
                .rows(chunk, |r, n| {
                    let id = app.ctx.new_id::<domain::id::ChangeId>();
                    let wall = "2025-03-14T07:00";
                    r.bind(&id).bind(*n).bind(title(*n)).bind(&team).bind(worker.user().unwrap()).bind("wu").bind("closed").bind("low").bind(wall).bind(wall)
                        .bind("UTC").bind(*n).bind(*n + 1).bind(1_i64).bind("").bind(1_i64).bind(*n).bind(*n)
                })
                .run(&mut conn)
                .await
                .unwrap();
        }
        drop(conn);
        let find = async |q: &str| {
            let found = app.get(&format!("/api/v1/search?q={q}")).as_(&worker).send().await.is(200).json();
            found.as_array().unwrap().iter().map(|f| f["title"].as_str().unwrap().to_owned()).collect::<Vec<_>>()
        };
        assert_eq!(find("INC-5").await[0], "INC-5 Disturbance 55");
        assert_eq!(find("chg-12").await[0], "CHG-12 Disturbance 512");
        assert_eq!(find("nostro").await, ["INC-7 Nostro account short", "CHG-7 Nostro account short"]);
        // A bare number is looked up exactly, whatever else holds these digits.
        assert_eq!(find("5").await[..2], ["INC-5 Disturbance 55", "CHG-5 Disturbance 55"]);
        assert_eq!(find("%235").await[0], "INC-5 Disturbance 55");
    }

    async fn what_watches_and_who_is_called_is_found(app: TestApp) {
        let (team, system) = app.team_with_system("gateway").await;
        let rights = [Permission::Read, Permission::EditMonitors, Permission::EditSystems, Permission::ManageOnCall, Permission::WorkIncidents];
        let ed = app.user("ed", &rights, Some(&team)).await;
        let otto = app.user("otto", &rights, Some(&app.team("other").await)).await;
        let make = async |path: &str, body: serde_json::Value| app.api("POST", path, &body).as_(&ed).send().await.is(201).json();
        make("/api/v1/monitors", serde_json::json!({ "name": "Zebra door", "system": system, "kind": "tcp", "address": "127.0.0.1:9", "interval": "60" })).await;
        make("/api/v1/objectives", serde_json::json!({ "name": "Zebra goal", "system": system, "kind": "success", "target": "99" })).await;
        make("/api/v1/sources", serde_json::json!({ "name": "Zebra metrics", "system": system, "kind": "query", "url": "http://127.0.0.1:9/" })).await;
        make("/api/v1/status-pages", serde_json::json!({ "slug": "zebra", "title": "Zebra status", "team": team })).await;
        app.observe(&crate::alerts::signal(&system, "Zebra", Some(true))).await.unwrap();
        let find = async |who: &Actor| {
            let found = app.get("/api/v1/search?q=zebra").as_(who).send().await.is(200).json();
            let mut kinds: Vec<String> = found.as_array().unwrap().iter().map(|f| f["kind"].as_str().unwrap().to_owned()).collect();
            kinds.sort();
            kinds
        };
        assert_eq!(find(&ed).await, ["alert", "incident", "monitor", "objective", "source", "status"]);
        assert_eq!(find(&otto).await, Vec::<String>::new(), "another team's");
        app.get("/search?q=zebra").as_(&ed).in_(domain::people::Locale::Zh).send().await.is(200).has("监控项").has("状态页");
    }

    async fn the_frame_counts_what_needs_somebody(app: TestApp) {
        use domain::{alerts::Severity, overview::Glance};
        let (team, system) = app.team_with_system("gateway").await;
        let approver = app.user("alan", &[Permission::Read, Permission::ApproveChanges, Permission::RequestChanges], Some(&team)).await;
        let rita = app.user("rita", &[Permission::Read, Permission::RequestChanges], Some(&team)).await;
        let stranger = app.user("otto", &[Permission::Read, Permission::ApproveChanges], Some(&app.team("other").await)).await;
        let nothing = Glance { worst: None, alerts: 0, incidents: 0, approvals: 0 };
        assert_eq!(app.portal.overview.glance(&approver).await.unwrap(), nothing);
        for (source, severity) in [("m1", Severity::P3), ("m2", Severity::P2)] {
            app.observe(&domain::alerts::Signal { severity, ..crate::alerts::signal(&system, source, Some(true)) }).await.unwrap();
        }
        let seen = app.alerts().await[0].id.clone();
        app.portal.alerts.acknowledge(&Actor::engine("test"), &seen).await.unwrap();
        let other = app.system("ledger", &app.team("third").await).await;
        let request = async |who: &Actor, systems: serde_json::Value| {
            let body = json!({
                "title": "New routing", "systems": systems, "start": "2025-03-14T07:00", "end": "2025-03-14T09:00", "zone": "UTC",
                "plan": "1. drain", "rollback": "back", "impact": "", "risk": "low", "risk_reason": "done weekly", "submit": true,
            });
            app.api("POST", "/api/v1/changes", &body).as_(who).send().await.is(201).json()
        };
        let waits = request(&rita, json!(["gateway"])).await;
        // Their own, and one that needs another team as well, are not for them.
        request(&approver, json!(["gateway"])).await;
        let wide = app.user("wide", &[Permission::Read, Permission::RequestChanges], None).await;
        request(&wide, json!(["gateway", other])).await;
        assert_eq!(app.portal.overview.glance(&approver).await.unwrap(), Glance { worst: Some(2), alerts: 1, incidents: 2, approvals: 1 });
        assert_eq!(app.portal.overview.glance(&stranger).await.unwrap(), nothing);
        let path = format!("/api/v1/changes/{}/approve", waits["id"].as_str().unwrap());
        app.api("POST", &path, &json!({ "hash": waits["hash"] })).as_(&approver).send().await.is(200);
        assert_eq!(app.portal.overview.glance(&approver).await.unwrap().approvals, 0);
    }

    async fn a_strip_shows_each_hour_in_its_cell(app: TestApp) {
        use domain::monitors::{CheckResult, Reason, Verdict};
        let (_, system) = app.team_with_system("gateway").await;
        let admin = app.admin().await;
        let fields = [("name", "front"), ("system", system.as_str()), ("kind", "heartbeat"), ("deadline", "5m"), ("severity", "P1")];
        let fields = domain::form::Typed::from_pairs(fields.map(|(name, value)| (name.to_owned(), value.to_owned())));
        let monitor = app.portal.monitors.create(&admin, &fields).await.unwrap();
        // The day ends with the hour that runs: its first cell began 23 hours before that.
        let hour = app.now().floor(HOUR);
        let results = [(-24, Verdict::Down), (-23, Verdict::Up), (-22, Verdict::Down), (-2, Verdict::Down), (-1, Verdict::Up), (0, Verdict::Up)];
        let results = results.map(|(hours, verdict)| CheckResult::bare(hour.plus(hours * HOUR), verdict, Reason::Called, ""));
        let mut tx = app.ctx.begin_write().await.unwrap();
        backend::monitors::backfill(&mut tx, &backend::monitors::Settings::default(), &monitor, results.to_vec(), app.now()).await.unwrap();
        tx.commit().await.unwrap();
        let summary = app.portal.overview.summary(&admin).await.unwrap();
        let strip = &summary.systems[0].strip;
        let shown: Vec<_> = strip.iter().enumerate().filter(|(_, cell)| cell.cell.count > 0).map(|(i, cell)| (i, cell.cell.failures)).collect();
        assert_eq!(shown, [(0, 0), (1, 1), (21, 1), (22, 0), (23, 0)]);
        assert!(strip.windows(2).all(|pair| pair[0].span.to == pair[1].span.from) && strip.len() == 24);
    }
}
