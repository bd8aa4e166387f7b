//! Changes are watched after their work: what passes closes, what fails opens an incident, what cannot be told is left to people.

use domain::{people::Locale, time::DAY};

use super::*;
use crate::deliveries::sink::Sink;

/// Payments of so many minutes from a moment on: so many a minute, of which some fail with a code.
pub(super) async fn pay(room: &Room, sender: &Actor, from: Timestamp, minutes: i64, failed: i64, how: (&str, i64)) {
    pay_in(room, (sender, "gateway"), from, minutes, failed, how).await;
}

/// The same of any system.
async fn pay_in(room: &Room, (sender, system): (&Actor, &str), from: Timestamp, minutes: i64, failed: i64, (code, slow): (&str, i64)) {
    let mut lines = Vec::new();
    for minute in 0..minutes {
        for i in 0..100 {
            let at = from.plus(minute * MINUTE + i * 500).rfc3339();
            let code = if i < failed { code } else { "00" };
            let latency = slow + (minute * 7_919 + i * 613) % 37;
            lines.push(json!({ "time": at, "system": system, "link": "bank", "code": code, "latency_ms": latency }).to_string());
        }
    }
    let ask = room.app.ask("POST", "/api/v1/transactions").header("content-type", "application/x-ndjson");
    let answer = ask.body(lines.join("\n")).as_(sender).send().await;
    assert!(answer.status < 300, "{}", answer.body);
}

/// A change whose work ends at 07:10, with payments in the hour before and a week ago.
async fn finished(room: &Room, fields: &[(&str, Value)]) -> (Value, Actor) {
    let sender = room.app.user("ingrid", &[Permission::Read, Permission::IngestTransactions], Some(&room.team)).await;
    let change = room.request(&room.with(fields)).await;
    room.act(&room.alan, &change, "approve", &json!({ "hash": change["hash"] })).await.is(200);
    room.app.advance(HOUR + MINUTE);
    room.act(&room.ruth, &change, "start", &json!({})).await.is(200);
    room.app.advance(9 * MINUTE);
    room.act(&room.ruth, &change, "finish", &json!({ "outcome": "success" })).await.is(200);
    (change, sender)
}

async fn past(room: &Room, sender: &Actor) {
    pay(room, sender, room.app.now().plus(-7 * DAY), 60, 1, ("51", 100)).await;
    pay(room, sender, room.app.now().plus(-69 * MINUTE), 60, 1, ("51", 100)).await;
}

async fn told(room: &Room, who: &Actor, change: &Value) -> Value {
    let answer = room.app.get(&format!("/api/v1/changes/{}/verification", change["id"].as_str().unwrap())).as_(who).send().await;
    answer.is(200).json()
}

/// An hour of payments of the gateway as before, looked at each five minutes; what is known then.
async fn an_hour_as_before(room: &Room, sender: &Actor, change: &Value) -> Value {
    for _ in 0..12 {
        room.app.advance(5 * MINUTE);
        pay(room, sender, room.app.now().plus(-5 * MINUTE), 5, 1, ("51", 100)).await;
        room.app.settle().await;
    }
    told(room, &room.rita, change).await
}

fn kinds(change: &Value) -> Vec<String> {
    change["entries"].as_array().unwrap().iter().map(|e| e["kind"].as_str().unwrap().to_owned()).collect()
}

both! {
    async fn what_is_as_before_passes_and_closes_by_itself(app: TestApp) {
        let sink = Sink::begin("ok").await;
        app.channel_of("slack", json!({ "hook": format!("{}/x", sink.url), "events": ["change.verified"] })).await;
        let room = Room::new(app).await;
        let (change, sender) = finished(&room, &[("verify_margin", json!("2"))]).await;
        past(&room, &sender).await;
        let page = format!("/changes/{}", change["id"].as_str().unwrap());
        room.app.get(&page).as_(&room.rita).send().await.is(200).has("nothing has been looked at yet").lacks("/judge").lacks("change-intervals");
        for look in 1..=12 {
            room.app.advance(5 * MINUTE);
            pay(&room, &sender, room.app.now().plus(-5 * MINUTE), 5, 1, ("51", 100)).await;
            room.app.settle().await;
            let known = told(&room, &room.rita, &change).await;
            assert_eq!(known["looks"].as_array().unwrap().len(), look);
            assert_ne!(known["verdict"], "fail", "{known}");
        }
        let known = told(&room, &room.rita, &change).await;
        assert_eq!((known["verdict"].as_str(), known["stage"].as_str(), known["next_at"].as_i64()), (Some("pass"), Some("over"), None), "{:#}", known["looks"][11]);
        let figures = known["looks"][11]["figures"].as_array().unwrap();
        assert_eq!((figures[0]["n_before"].as_i64(), figures[0]["n_since"].as_i64(), figures[0]["margin"].as_f64()), (Some(12_000), Some(6_000), Some(2.0)));
        assert!(known["sentence"].as_str().unwrap().starts_with("Failures of gateway: "), "{}", known["sentence"]);
        let now = room.read(&room.rita, &change).await;
        assert_eq!((now["state"].as_str(), now["outcome"].as_str(), now["verification"]["verdict"].as_str()), (Some("closed"), Some("success"), Some("pass")));
        assert_eq!(kinds(&now)[3..], ["started", "maintenance-opened", "finished", "maintenance-closed", "verified", "closed"].map(str::to_owned)[..], "{:?}", kinds(&now));
        assert_eq!(room.count("SELECT COUNT(*) FROM audit WHERE act = 'change.verify'").await, 1);
        room.app.get(&page).as_(&room.rita).send().await.is(200).has("PASS").has("change-intervals").has("change-verification").has("All 12 looks").has("latency");
        room.app.get(&page).as_(&room.rita).in_(Locale::Zh).send().await.is(200).has("上线验证").has("延迟中位数").has("各以自身容许值为单位");
        // Nothing more is done, nor left to anybody.
        room.app.settle().await;
        let message = sink.one().json().to_string();
        assert!(message.contains("PASS") && !message.contains("close it"), "{message}");
        room.app.advance(DAY);
        room.app.settle().await;
        assert_eq!(told(&room, &room.rita, &change).await["looks"].as_array().unwrap().len(), 12);
        let stranger = room.app.user("sam", Permission::ALL, Some(&room.app.team("others").await)).await;
        room.app.get(&format!("/api/v1{page}/verification")).as_(&stranger).send().await.is(404);
    }

    async fn what_fails_opens_an_incident_and_is_rolled_back(app: TestApp) {
        let sink = Sink::begin("ok").await;
        app.channel_of("slack", json!({ "hook": format!("{}/x", sink.url), "events": ["change.verified"] })).await;
        let room = Room::new(app).await;
        let (change, sender) = finished(&room, &[]).await;
        past(&room, &sender).await;
        room.app.advance(5 * MINUTE);
        pay(&room, &sender, room.app.now().plus(-5 * MINUTE), 5, 30, ("E77", 100)).await;
        room.app.settle().await;
        let known = told(&room, &room.rita, &change).await;
        assert_eq!((known["verdict"].as_str(), known["stage"].as_str()), (Some("fail"), Some("over")), "{known:#}");
        assert_eq!(known["looks"][0]["codes"], json!([{ "code": "E77", "failed": 150 }]));
        let codes = known["warnings"].as_array().unwrap().last().unwrap();
        assert_eq!((&codes["en"], &codes["zh"]), (&json!("Codes never seen before: E77 (150)"), &json!("从未出现过的失败码：E77 (150)")));
        let now = room.read(&room.rita, &change).await;
        assert_eq!((now["state"].as_str(), now["outcome"].as_str()), (Some("observing"), Some("degraded")));
        assert!(now["caused"][0]["label"].as_str().unwrap().starts_with("INC-1 CHG-1 New routing: FAIL"), "{}", now["caused"]);
        let incident = room.app.get("/api/v1/incidents/1").as_(&room.rita).send().await.is(200).json();
        let suspect = &incident["suspects"][0];
        assert_eq!((suspect["id"].as_str(), suspect["verdict"].as_str()), (change["id"].as_str(), Some("confirmed")));
        assert!(incident["incident"]["impact"].as_str().unwrap().contains("failures gateway"), "{}", incident["incident"]["impact"]);
        // What is told names it and leads to its button; the incident carries it for whoever may.
        room.app.settle().await;
        let message = sink.one().json().to_string();
        assert!(message.contains("Roll it back") && message.contains("FAIL") && message.contains("#verification"), "{message}");
        room.app.get("/incidents/1").as_(&room.ruth).send().await.is(200).has("CHG-1 New routing made it worse").has(&format!("/changes/{}/rollback", change["id"].as_str().unwrap()));
        room.app.get("/incidents/1").as_(&room.ruth).in_(Locale::Zh).send().await.is(200).has("是否回退？");
        room.app.get("/incidents/1").as_(&room.rita).send().await.is(200).lacks("made it worse");
        // Looking again has no second effect.
        room.app.advance(HOUR);
        room.app.settle().await;
        assert_eq!(room.count("SELECT COUNT(*) FROM incidents").await, 1);
        let page = format!("/changes/{}", change["id"].as_str().unwrap());
        room.app.get(&page).as_(&room.ruth).send().await.is(200).has("Roll it back?").has("/rollback").has("FAIL").has("E77 (150)");
        room.app.get(&page).as_(&room.rita).send().await.is(200).lacks("Roll it back?");
        room.act(&room.rita, &change, "rollback", &json!({ "remark": "errors rose" })).await.is(403);
        room.act(&room.ruth, &change, "rollback", &json!({})).await.is(422).has("remark");
        let undone = room.act(&room.ruth, &change, "rollback", &json!({ "remark": "errors rose" })).await.is(200).json();
        assert_eq!((undone["outcome"].as_str(), undone["state"].as_str()), (Some("rolled-back"), Some("observing")));
        room.act(&room.ruth, &change, "rollback", &json!({ "remark": "errors rose" })).await.is(200);
        room.app.get(&page).as_(&room.ruth).send().await.is(200).lacks("Roll it back?").has("errors rose");
        room.app.get("/incidents/1").as_(&room.ruth).send().await.is(200).lacks("made it worse");
        assert_eq!(room.count("SELECT COUNT(*) FROM audit WHERE act = 'change.judge'").await, 1);
        room.act(&room.ruth, &change, "close", &json!({})).await.is(200);
    }

    async fn what_is_to_be_known_beside_is_said(app: TestApp) {
        let room = Room::new(app).await;
        let (change, sender) = finished(&room, &[]).await;
        // Every fourth minute fails much more than the others, before as since.
        let begun = room.app.now().plus(-69 * MINUTE);
        for minute in 0..60 {
            pay(&room, &sender, begun.plus(minute * MINUTE), 1, if minute % 4 == 0 { 20 } else { 1 }, ("51", 100)).await;
        }
        for minute in 0..10 {
            room.app.advance(MINUTE);
            pay(&room, &sender, room.app.now().plus(-MINUTE), 1, if minute % 4 == 0 { 20 } else { 1 }, ("51", 100)).await;
        }
        room.app.settle().await;
        let known = told(&room, &room.rita, &change).await;
        let figures = known["looks"][0]["figures"].as_array().unwrap();
        let failures = figures.iter().find(|figure| figure["measure"] == "failures").unwrap();
        assert_eq!(failures["warnings"][0]["kind"], "over-dispersed", "{failures:#}");
        let said = known["warnings"].as_array().unwrap().iter().find(|one| one["measure"] == "failures").unwrap();
        assert_eq!(said["system"], "gateway");
        assert!(said["en"].as_str().unwrap().contains("times as much as chance makes them") && said["zh"].as_str().unwrap().contains("随机波动"), "{said}");
        let page = format!("/changes/{}", change["id"].as_str().unwrap());
        room.app.get(&page).as_(&room.rita).send().await.is(200).has("times as much as chance makes them: the interval is wider for it");
        room.app.get(&page).as_(&room.rita).in_(Locale::Zh).send().await.is(200).has("各分钟之间的差异是随机波动的");
    }

    async fn what_cannot_be_told_is_watched_longer_and_left_to_people(app: TestApp) {
        let room = Room::new(app).await;
        let (change, sender) = finished(&room, &[]).await;
        past(&room, &sender).await;
        // Payments stay away: missing data never passes.
        let mut stages = Vec::new();
        for _ in 0..40 {
            room.app.advance(HOUR);
            room.app.settle().await;
            let known = told(&room, &room.rita, &change).await;
            assert_eq!(known["verdict"], "inconclusive");
            let stage = known["stage"].as_str().unwrap().to_owned();
            if stages.last() != Some(&stage) {
                stages.push(stage);
            }
        }
        assert_eq!(stages, ["extended", "morning", "over"]);
        let now = room.read(&room.rita, &change).await;
        assert_eq!((now["state"].as_str(), now["outcome"].as_str()), (Some("observing"), Some("success")));
        assert_eq!(kinds(&now).iter().filter(|kind| *kind == "verified").count(), 3);
        assert_eq!(told(&room, &room.rita, &change).await["looks"][0]["figures"][0]["doubt"], "nothing");
        let page = format!("/changes/{}", change["id"].as_str().unwrap());
        room.app.get(&page).as_(&room.ruth).send().await.is(200).has("Somebody has to say how it ended").has("/judge");
        room.act(&room.rita, &change, "judge", &json!({ "outcome": "success", "remark": "seen by hand" })).await.is(403);
        room.act(&room.ruth, &change, "judge", &json!({ "outcome": "fine" })).await.is(422).has("outcome").has("remark");
        room.app.post_form(&format!("{page}/judge"), &[("outcome", "success"), ("remark", "")]).as_(&room.ruth).send().await.is(422).has("a reason in words");
        room.app.post_form(&format!("{page}/judge"), &[("outcome", "success"), ("remark", "seen by hand")]).as_(&room.ruth).send().await.is(303);
        room.act(&room.ruth, &change, "judge", &json!({ "outcome": "success", "remark": "seen by hand" })).await.is(200);
        assert_eq!(room.count("SELECT COUNT(*) FROM audit WHERE act = 'change.judge'").await, 1);
        room.app.get(&page).as_(&room.rita).send().await.is(200).has("ruth says: success").has("seen by hand");
        let stranger = room.app.user("sam", Permission::ALL, Some(&room.app.team("others").await)).await;
        room.act(&stranger, &change, "judge", &json!({ "outcome": "success", "remark": "x" })).await.is(404);
        room.act(&room.ruth, &change, "close", &json!({})).await.is(200);
        room.act(&room.ruth, &change, "judge", &json!({ "outcome": "degraded", "remark": "x" })).await.is(409);
    }

    async fn a_system_of_which_nothing_can_be_told_is_closed_by_a_person(app: TestApp) {
        let sink = Sink::begin("ok").await;
        app.channel_of("slack", json!({ "hook": format!("{}/x", sink.url), "events": ["change.verified"] })).await;
        let room = Room::new(app).await;
        room.app.system("ledger", &room.team).await;
        let (change, sender) = finished(&room, &[("systems", json!(["gateway", "ledger"])), ("verify_margin", json!("2"))]).await;
        past(&room, &sender).await;
        let known = an_hour_as_before(&room, &sender, &change).await;
        assert_eq!((known["verdict"].as_str(), known["stage"].as_str()), (Some("pass"), Some("over")), "{known:#}");
        assert_eq!((&known["looks"][11]["unseen"], &known["looks"][11]["silent"]), (&json!(["ledger"]), &json!([])));
        let warned = known["warnings"].as_array().unwrap().iter().any(|one| one["en"].as_str().unwrap().ends_with("a person closes the change: ledger"));
        assert!(warned, "{}", known["warnings"]);
        let now = room.read(&room.rita, &change).await;
        assert_eq!((now["state"].as_str(), now["outcome"].as_str()), (Some("observing"), Some("success")));
        // So does the notice: nobody waits for it to close by itself.
        room.app.settle().await;
        let message = sink.one().json().to_string();
        assert!(message.contains("PASS") && message.contains("A person has to close it"), "{message}");
        let page = format!("/changes/{}", change["id"].as_str().unwrap());
        room.app.get(&page).as_(&room.ruth).send().await.is(200).has("PASS").has("a person closes the change: ledger");
        room.act(&room.ruth, &change, "close", &json!({})).await.is(200);
    }

    async fn a_stream_that_stays_silent_lets_nothing_pass(app: TestApp) {
        let room = Room::new(app).await;
        let ledger = room.app.system("ledger", &room.team).await;
        let dora = room.app.user("dora", Permission::ALL, Some(&room.team)).await;
        let stream = json!({ "system": ledger.to_string(), "key": "web", "name": "Web", "dimensions": ["device"], "success_codes": ["2*"], "currency": "CNY",
            "time": "date", "time_format": "epoch-s", "code": "status", "latency": "took", "latency_unit": "s", "amount": "price", "amount_unit": "major" });
        room.send(&dora, "POST", "/api/v1/streams", &stream).await.is(201);
        let (change, sender) = finished(&room, &[("systems", json!(["gateway", "ledger"])), ("verify_margin", json!("2"))]).await;
        past(&room, &sender).await;
        let known = an_hour_as_before(&room, &sender, &change).await;
        assert_eq!((known["verdict"].as_str(), known["stage"].as_str()), (Some("inconclusive"), Some("extended")), "{known:#}");
        assert!(known["looks"][11]["figures"].as_array().unwrap().iter().all(|figure| figure["verdict"] == "pass"), "{known:#}");
        assert_eq!(known["sentence"], "Nothing came of ledger, of which something was to be expected: without it nothing passes.");
        assert_eq!(room.read(&room.rita, &change).await["state"], "observing");
        let page = format!("/changes/{}", change["id"].as_str().unwrap());
        room.app.get(&page).as_(&room.rita).in_(Locale::Zh).send().await.is(200).has("本应有数据的 ledger 没有任何数据");
    }

    async fn whether_and_how_it_is_watched_is_set_with_the_change(app: TestApp) {
        let room = Room::new(app).await;
        let wrong = room.with(&[("verify_minutes", json!(5)), ("verify_margin", json!("0.001")), ("verify_latency", json!(0))]);
        room.send(&room.rita, "POST", "/api/v1/changes", &wrong).await.is(422).has("verify_minutes").has("10 to 720").has("verify_margin").has("verify_latency");
        let (change, _) = finished(&room, &[("verify_minutes", json!(0))]).await;
        let now = room.read(&room.rita, &change).await;
        assert_eq!((now["verification"].is_null(), now["content"]["watch"]["minutes"].as_i64()), (true, Some(0)));
        room.app.get(&format!("/api/v1/changes/{}/verification", change["id"].as_str().unwrap())).as_(&room.rita).send().await.is(404);
        let page = format!("/changes/{}", change["id"].as_str().unwrap());
        room.app.get(&page).as_(&room.ruth).send().await.is(200).has("Not watched after the work").has("/judge");
        room.app.get("/changes/new").as_(&room.rita).send().await.is(200).has("verify_margin").has("value=\"0.2\"");
        // What a person ends is looked at no more.
        let (other, _) = { let body = room.with(&[("verify_minutes", json!(60)), ("start", json!("2025-03-14T07:30"))]); (room.request(&body).await, ()) };
        room.act(&room.alan, &other, "approve", &json!({ "hash": other["hash"] })).await.is(200);
        room.app.advance(30 * MINUTE);
        room.act(&room.ruth, &other, "start", &json!({})).await.is(200);
        room.act(&room.ruth, &other, "finish", &json!({ "outcome": "degraded", "remark": "slow" })).await.is(200);
        assert!(room.read(&room.rita, &other).await["verification"]["next_at"].is_i64());
        room.act(&room.ruth, &other, "close", &json!({})).await.is(200);
        assert!(room.read(&room.rita, &other).await["verification"]["next_at"].is_null());
    }

    async fn what_hits_everybody_is_not_laid_on_the_change(app: TestApp) {
        let room = Room::new(app).await;
        let others = room.app.team("others").await;
        let (bank, shop) = (room.app.system("bank", &room.team).await, room.app.system("shop", &room.team).await);
        for key in ["kiosk", "mail"] {
            room.app.system(key, &others).await;
        }
        // What the gateway needs, and what needs it, is no measure.
        room.app.needs(&room.gateway, &bank).await;
        room.app.needs(&shop, &room.gateway).await;
        let sender = room.app.user("omar", &[Permission::Read, Permission::IngestTransactions], None).await;
        let (change, _) = finished(&room, &[]).await;
        let all = ["gateway", "bank", "shop", "mail", "kiosk"];
        for system in all {
            pay_in(&room, (&sender, system), room.app.now().plus(-69 * MINUTE), 60, 1, ("51", 100)).await;
        }
        room.app.advance(5 * MINUTE);
        for system in all {
            pay_in(&room, (&sender, system), room.app.now().plus(-5 * MINUTE), 5, if system == "bank" { 1 } else { 30 }, ("51", 100)).await;
        }
        room.app.settle().await;
        let known = told(&room, &sender, &change).await;
        let look = &known["looks"][0];
        let figure = look["figures"].as_array().unwrap().iter().find(|figure| figure["measure"] == "failures").unwrap();
        assert_eq!((known["verdict"].as_str(), figure["doubt"].as_str()), (Some("inconclusive"), Some("shared")), "{look:#}");
        let names: Vec<_> = look["controls"].as_array().unwrap().iter().map(|control| control["name"].as_str().unwrap()).collect();
        assert_eq!((names, figure["drift"]["controls"].as_i64()), (vec!["kiosk", "mail"], Some(2)));
        assert!(figure["drift"]["estimate"].as_f64().unwrap() > 20.0 && figure["alone"]["low"].as_f64().unwrap() > 0.2, "{figure:#}");
        assert!(known["drawn"].as_array().unwrap().iter().any(|slot| slot["control_failed"].as_i64() > Some(0)), "{}", known["drawn"]);
        assert!(known["sentence"].as_str().unwrap().contains("of systems that it does not touch (2)"), "{}", known["sentence"]);
        assert_eq!(room.count("SELECT COUNT(*) FROM incidents").await, 0);
        // Systems of another team are there, but not by name.
        let known = told(&room, &room.rita, &change).await;
        assert_eq!((known["looks"][0]["controls"][0]["name"].as_str(), known["looks"][0]["controls"][0]["id"].as_str()), (Some(""), Some("")));
        let page = format!("/changes/{}", change["id"].as_str().unwrap());
        let shown = room.app.get(&page).as_(&room.rita).send().await;
        shown.is(200).has("but so are systems that it does not touch").has("a system of another team").lacks("kiosk");
        room.app.get(&page).as_(&room.rita).in_(Locale::Zh).send().await.is(200).has("不能只归因于本变更").has("其他团队的系统");
        // What goes on when the others are well again fails all the same.
        let mut known = known;
        for _ in 0..5 {
            room.app.advance(5 * MINUTE);
            for system in all {
                let failing = if system == "gateway" { 90 } else { 1 };
                pay_in(&room, (&sender, system), room.app.now().plus(-5 * MINUTE), 5, failing, ("51", 100)).await;
            }
            room.app.settle().await;
            known = told(&room, &room.rita, &change).await;
            if known["verdict"] == "fail" {
                break;
            }
        }
        assert_eq!(known["verdict"], "fail", "{known:#}");
    }

    async fn without_any_other_system_it_is_said(app: TestApp) {
        let room = Room::new(app).await;
        let shop = room.app.system("shop", &room.team).await;
        let (change, sender) = finished(&room, &[]).await;
        past(&room, &sender).await;
        pay_in(&room, (&sender, "shop"), room.app.now().plus(-69 * MINUTE), 60, 1, ("51", 100)).await;
        // Another change was begun on the only other one.
        let other = room.request(&room.with(&[("title", json!("Shop")), ("systems", json!([shop])), ("start", json!("2025-03-14T07:11"))])).await;
        room.act(&room.alan, &other, "approve", &json!({ "hash": other["hash"] })).await.is(200);
        room.app.advance(MINUTE);
        room.act(&room.ruth, &other, "start", &json!({})).await.is(200);
        room.app.advance(5 * MINUTE);
        pay(&room, &sender, room.app.now().plus(-5 * MINUTE), 5, 1, ("51", 100)).await;
        pay_in(&room, (&sender, "shop"), room.app.now().plus(-5 * MINUTE), 5, 1, ("51", 100)).await;
        room.app.settle().await;
        let known = told(&room, &room.rita, &change).await;
        assert_eq!((known["looks"][0]["controls"].as_array().unwrap().len(), known["looks"][0]["figures"][0]["drift"].is_null()), (0, true));
        let page = format!("/changes/{}", change["id"].as_str().unwrap());
        room.app.get(&page).as_(&room.rita).send().await.is(200).has("judged without");
    }
}
