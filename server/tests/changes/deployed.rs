//! Deployments that CI posts for a change.

use domain::{people::Locale, time::DAY};

use super::*;
use crate::deliveries::sink::Sink;

both! {
    async fn ci_posts_start_and_finish_for_a_change(app: TestApp) {
        let room = Room::new(app).await;
        room.app.system("ledger", &room.team).await;
        let ci = room.app.user("ci", &[Permission::Read, Permission::PostDeployments], Some(&room.team)).await;
        let artifact = [("artifact", json!("gateway")), ("artifact_version", json!("4.12")), ("artifact_sha", json!("ab12cd34ef56"))];
        let change = room.request(&room.with(&artifact)).await;
        let id = change["id"].as_str().unwrap();
        let post = async |fields: &[(&str, &str)]| {
            let mut body = json!({ "system": "gateway", "version": "4.12", "sha": "ab12cd34ef5678", "change": "CHG-1" });
            for (name, value) in fields {
                body[*name] = json!(value);
            }
            room.send(&ci, "POST", "/api/v1/deployments", &body).await
        };
        let page = format!("/changes/{id}");
        room.app.get(&page).as_(&room.rita).send().await.is(200).lacks("id=\"deployments\"");
        let begun = post(&[("status", "started")]).await.is(201).json();
        assert_eq!((begun["change"].as_str(), begun["change_number"].as_i64()), (Some(id), Some(1)));
        post(&[("status", "started")]).await.is(200);
        room.app.advance(MINUTE);
        // The end need not name it again.
        let ended = post(&[("status", "succeeded"), ("change", "")]).await.is(200).json();
        assert_eq!((ended["id"].clone(), ended["change"].as_str()), (begun["id"].clone(), Some(id)));
        let told = room.read(&room.rita, &change).await;
        assert_eq!((told["deployments"].as_array().unwrap().len(), told["deployments"][0]["state"].as_str()), (1, Some("succeeded")));
        let entries: Vec<_> = told["entries"].as_array().unwrap().iter().filter(|entry| entry["kind"] == "deployed").cloned().collect();
        let texts: Vec<_> = entries.iter().map(|entry| entry["text"].as_str().unwrap()).collect();
        assert_eq!(texts, ["started\n4.12 → production", "succeeded\n4.12 → production"]);
        assert!(entries[0]["link"].as_str().unwrap().ends_with(&format!("#deployment-{}", begun["id"].as_str().unwrap())));
        let shown = room.app.get(&page).as_(&room.rita).send().await;
        shown.is(200).has("id=\"deployments\"").has("gateway 4.12 → production").has("brought 4.12 → production: succeeded").lacks("was approved.");
        room.app.get("/deployments").as_(&room.rita).send().await.is(200).has("CHG-1").has(&page);
        // Something else than was approved is told on the page.
        post(&[("status", "failed"), ("sha", "ffffffffffff"), ("change", id)]).await.is(201);
        room.app.get(&page).as_(&room.rita).send().await.is(200).has("4.12 → production brought ffffffffffff, but ab12cd34ef56 was approved.");
        let chinese = room.app.get(&page).as_(&room.rita).in_(Locale::Zh).send().await;
        chinese.is(200).has("而获批的是 ab12cd34ef56").has("发布了 4.12 → production: ");
        // Without a change as ever.
        assert!(post(&[("version", "5"), ("change", "")]).await.is(201).json()["change"].is_null());
    }

    async fn channels_that_hear_of_the_work_hear_of_what_comes_without_a_go(app: TestApp) {
        let mut channels = Vec::new();
        for events in [&["change.started", "change.finished"][..], &["change.pending", "change.started"], &["alert.firing"]] {
            let name = format!("room {}", channels.len());
            channels.push(app.channel_of("webhook", json!({ "name": name, "url": "https://hooks.example.org/x", "events": events })).await);
        }
        let mut tx = app.ctx.begin_write().await.unwrap();
        let file = include_str!("../../../migrations/postgres/0147_ungated_and_places.sql");
        let again = || file.split(';').filter(|statement| statement.contains("UPDATE channels"));
        assert_eq!(again().count(), 1);
        for statement in again().chain(again()) {
            backend::db::sql(statement).run(&mut tx).await.unwrap();
        }
        let hears = backend::db::sql("SELECT COUNT(*) FROM channels WHERE events = 'change.started change.finished change.ungated'");
        assert_eq!(hears.count(&mut tx).await.unwrap(), 1);
        let all = backend::db::sql("SELECT COUNT(*) FROM channels WHERE events LIKE '%change.ungated%'").count(&mut tx).await.unwrap();
        tx.commit().await.unwrap();
        assert_eq!((all, channels.len()), (1, 3));
    }

    async fn what_comes_without_a_go_is_noted_and_told(app: TestApp) {
        let sink = Sink::begin("{}").await;
        let room = Room::new(app).await;
        let ci = room.app.user("ci", &[Permission::Read, Permission::PostDeployments], Some(&room.team)).await;
        room.app.channel_of("webhook", json!({ "name": "ops", "url": format!("{}/team", sink.url), "events": ["change.ungated"] })).await;
        for (who, name) in [(&room.alan, "alan"), (&room.ruth, "ruth")] {
            let fields = json!({ "name": "hook", "kind": "webhook", "url": format!("{}/{name}", sink.url), "enabled": true });
            room.app.portal.contacts.add(who, &serde_json::from_value(fields).unwrap()).await.unwrap();
        }
        let artifact = [("artifact", json!("gateway")), ("artifact_version", json!("4.12")), ("artifact_sha", json!("ab12cd34ef56"))];
        let change = room.request(&room.with(&artifact)).await;
        let post = async |version: &str, fields: &[(&str, &str)]| {
            let mut body = json!({ "system": "gateway", "version": version, "sha": "ab12cd34ef5678", "change": "CHG-1", "status": "started" });
            for (name, value) in fields {
                body[*name] = json!(value);
            }
            room.send(&ci, "POST", "/api/v1/deployments", &body).await
        };
        let told = async || {
            room.app.settle().await;
            let mut told: Vec<(String, Value)> = sink.take().iter().map(|got| (got.path.clone(), got.json())).collect();
            told.retain(|(_, told)| told["type"] == "change.ungated");
            told.sort_by(|a, b| a.0.cmp(&b.0));
            told.into_iter().map(|(path, told)| format!("{path} {}", told["data"]["no_go"])).collect::<Vec<_>>()
        };
        let noted = async || {
            let entries = room.read(&room.rita, &change).await["entries"].clone();
            let noted = entries.as_array().unwrap().iter().filter(|entry| entry["kind"] == "ungated").map(|entry| entry["text"].as_str().unwrap().to_owned());
            noted.collect::<Vec<_>>()
        };
        // What is tried elsewhere first needs no go.
        post("4.12", &[("environment", "staging")]).await.is(201);
        assert_eq!((told().await, noted().await), (Vec::<String>::new(), Vec::<String>::new()));
        // It is recorded all the same, and told once.
        post("4.12", &[]).await.is(201);
        post("4.12", &[]).await.is(200);
        post("4.12", &[("status", "succeeded")]).await.is(200);
        let why = r#"["unapproved","early"]"#;
        assert_eq!(told().await, [format!("/alan {why}"), format!("/ruth {why}"), format!("/team {why}")]);
        assert_eq!(noted().await, ["4.12 → production\nunapproved early"]);
        let page = format!("/changes/{}", change["id"].as_str().unwrap());
        room.app.get(&page).as_(&room.rita).send().await.is(200).has("brought without a go 4.12 → production: not approved, before its window");
        room.app.get(&page).as_(&room.rita).in_(Locale::Zh).send().await.is(200).has("未获放行即发布了 4.12 → production: 未获批准, 窗口尚未开始");
        // So is what is told of only at its end.
        post("4.12.1", &[("status", "succeeded"), ("sha", "ffffffffffff")]).await.is(201);
        assert_eq!((told().await.len(), noted().await[1..].to_vec()), (3, vec!["4.12.1 → production\nunapproved early artifact".to_owned()]));
        // With a go it is said that nobody has begun the work; then nothing more, but in a freeze.
        room.act(&room.alan, &change, "approve", &json!({ "hash": change["hash"] })).await.is(200);
        room.app.advance(HOUR);
        post("4.13", &[]).await.is(201);
        let why = r#"["unbegun"]"#;
        assert_eq!(told().await, [format!("/alan {why}"), format!("/ruth {why}"), format!("/team {why}")]);
        assert_eq!(noted().await[2..], ["4.13 → production\nunbegun"]);
        post("4.13.0", &[]).await.is(201);
        assert_eq!((told().await.len(), noted().await.len()), (0, 4), "told once");
        room.app.get(&page).as_(&room.rita).in_(Locale::Zh).send().await.is(200).has("获放行后发布了 4.13 → production: 尚无人开始执行");
        room.act(&room.ruth, &change, "start", &json!({})).await.is(200);
        post("4.13.1", &[]).await.is(201);
        assert_eq!((told().await.len(), noted().await.len()), (0, 4));
        let freeze = json!({ "scope": "all", "start": "2025-03-14T00:00", "end": "2025-03-15T00:00", "zone": "UTC", "reason": "Sale" });
        let admin = room.app.admin().await;
        room.send(&admin, "POST", "/api/v1/freezes", &freeze).await.is(201);
        post("4.14", &[]).await.is(201);
        assert_eq!((told().await.len(), noted().await[4..].to_vec()), (3, vec!["4.14 → production\nfrozen".to_owned()]));
    }

    async fn what_only_a_pipeline_carried_out_waits_to_be_begun(app: TestApp) {
        let room = Room::new(app).await;
        let ci = room.app.user("ci", &[Permission::Read, Permission::PostDeployments], Some(&room.team)).await;
        let change = room.approved().await;
        let post = async |status: &str| {
            let body = json!({ "system": "gateway", "version": "4.12", "sha": "ab12cd34ef56", "change": "CHG-1", "status": status });
            room.send(&ci, "POST", "/api/v1/deployments", &body).await
        };
        room.app.advance(HOUR);
        let began = room.app.now();
        post("started").await.is(201);
        room.app.advance(MINUTE);
        post("succeeded").await.is(200);
        // The window is over, and production has it: it does not run out, and opens no gate either.
        room.app.advance(3 * HOUR);
        room.app.settle().await;
        let waits = room.read(&room.rita, &change).await;
        let noted: Vec<_> = waits["entries"].as_array().unwrap().iter().filter(|one| one["kind"] == "ungated").map(|one| one["text"].clone()).collect();
        assert_eq!((waits["state"].as_str(), noted), (Some("approved"), vec![json!("4.12 → production\nunbegun")]));
        let gate = room.act(&ci, &change, "gate", &json!({ "artifact_sha": "ab12cd34ef56" })).await.is(200).json();
        assert_eq!((gate["go"].as_bool(), gate["reasons"][0]["key"].as_str()), (Some(false), Some("conflict-change-too-late")));
        // Its work began when it was brought: what was before is what it is held against.
        let started = room.act(&room.ruth, &change, "start", &json!({})).await.is(200).json();
        assert_eq!((started["state"].as_str(), started["started_at"].as_i64()), (Some("executing"), Some(began.0)));
        assert_eq!(room.count("SELECT COUNT(*) FROM changes WHERE maintained_until IS NOT NULL").await, 0);
        let ended = room.act(&room.ruth, &change, "finish", &json!({ "outcome": "success" })).await.is(200).json();
        assert_eq!((ended["state"].as_str(), ended["verification"]["stage"].as_str()), (Some("observing"), Some("watching")));
    }

    async fn what_came_without_a_go_runs_out_with_its_window(app: TestApp) {
        let room = Room::new(app).await;
        let ci = room.app.user("ci", &[Permission::Read, Permission::PostDeployments], Some(&room.team)).await;
        let post = async |number: &str| {
            let body = json!({ "system": "gateway", "version": number, "sha": "ab12cd34ef56", "change": number, "status": "started" });
            room.send(&ci, "POST", "/api/v1/deployments", &body).await.is(201);
        };
        let state = async |change: &Value| {
            room.app.settle().await;
            room.read(&room.rita, change).await["state"].clone()
        };
        // Brought while it waited, and approved afterwards.
        let early = room.request(&room.body()).await;
        room.app.advance(HOUR + 5 * MINUTE);
        post("CHG-1").await;
        room.app.advance(30 * MINUTE);
        room.act(&room.alan, &early, "approve", &json!({ "hash": early["hash"] })).await.is(200);
        room.app.advance(2 * HOUR);
        assert_eq!(state(&early).await, "expired");
        // Approved, and brought in a freeze.
        let frozen = room.with(&[("start", json!("2025-03-14T12:00")), ("end", json!("2025-03-14T14:00"))]);
        let frozen = room.request(&frozen).await;
        room.act(&room.alan, &frozen, "approve", &json!({ "hash": frozen["hash"] })).await.is(200);
        let freeze = json!({ "scope": "all", "start": "2025-03-14T11:00", "end": "2025-03-15T00:00", "zone": "UTC", "reason": "Sale" });
        let admin = room.app.admin().await;
        room.send(&admin, "POST", "/api/v1/freezes", &freeze).await.is(201);
        room.app.advance(3 * HOUR);
        post("CHG-2").await;
        room.app.advance(2 * HOUR);
        assert_eq!(state(&frozen).await, "expired");
    }

    async fn what_a_pipeline_brought_began_no_earlier_than_it_was_approved(app: TestApp) {
        let room = Room::new(app).await;
        let ci = room.app.user("ci", &[Permission::Read, Permission::PostDeployments], Some(&room.team)).await;
        let change = room.request(&room.body()).await;
        room.app.advance(HOUR + 30 * MINUTE);
        let approved = room.app.now();
        room.act(&room.alan, &change, "approve", &json!({ "hash": change["hash"] })).await.is(200);
        room.app.advance(MINUTE);
        let body = json!({
            "system": "gateway", "version": "4.12", "change": "CHG-1", "status": "started", "started_at": "2025-03-14T07:10:00Z",
        });
        room.send(&ci, "POST", "/api/v1/deployments", &body).await.is(201);
        room.app.advance(2 * HOUR);
        let started = room.act(&room.ruth, &change, "start", &json!({})).await.is(200).json();
        assert_eq!((started["state"].as_str(), started["started_at"].as_i64()), (Some("executing"), Some(approved.0)));
    }

    async fn what_a_pipeline_brought_and_nobody_begins_runs_out_in_a_week(app: TestApp) {
        let sink = Sink::begin("{}").await;
        let room = Room::new(app).await;
        let admin = room.app.admin().await;
        room.app.channel_of("webhook", json!({ "name": "ops", "url": sink.url.clone(), "events": ["change.expired"] })).await;
        let change = room.approved().await;
        room.app.advance(HOUR);
        let body = json!({ "system": "gateway", "version": "4.12", "change": "CHG-1", "status": "succeeded" });
        room.send(&admin, "POST", "/api/v1/deployments", &body).await.is(201);
        for (after, state) in [(7 * DAY + 2 * HOUR - 1, "approved"), (1, "expired")] {
            room.app.advance(after);
            room.app.settle().await;
            assert_eq!(room.read(&room.rita, &change).await["state"], state);
        }
        let told: Vec<_> = sink.take().iter().map(|got| (got.json()["type"].clone(), got.json()["data"]["state"].clone())).collect();
        assert_eq!(told, [(json!("change.expired"), json!("expired"))]);
    }

    async fn channels_that_hear_of_the_work_hear_that_a_change_ran_out(app: TestApp) {
        for (name, events) in [("work", &["change.started", "change.finished"][..]), ("starts", &["change.started"]), ("alerts", &["alert.firing"])] {
            app.channel_of("webhook", json!({ "name": name, "url": "https://hooks.example.org/x", "events": events })).await;
        }
        let mut tx = app.ctx.begin_write().await.unwrap();
        // Run twice, it says it once.
        for _ in 0..2 {
            backend::db::sql(include_str!("../../../migrations/postgres/0148_change_expired.sql")).run(&mut tx).await.unwrap();
        }
        let hears = backend::db::sql("SELECT COUNT(*) FROM channels WHERE events = 'change.started change.finished change.expired'");
        assert_eq!(hears.count(&mut tx).await.unwrap(), 1);
        let all = backend::db::sql("SELECT COUNT(*) FROM channels WHERE events LIKE '%change.expired%'").count(&mut tx).await.unwrap();
        tx.commit().await.unwrap();
        assert_eq!(all, 1);
    }

    async fn what_is_told_only_after_the_work_is_compared_with_what_was_approved(app: TestApp) {
        let room = Room::new(app).await;
        let ci = room.app.user("ci", &[Permission::Read, Permission::PostDeployments], Some(&room.team)).await;
        let artifact = [("artifact", json!("gateway")), ("artifact_version", json!("4.12")), ("artifact_sha", json!("ab12cd34ef56"))];
        let change = room.request(&room.with(&artifact)).await;
        room.act(&room.alan, &change, "approve", &json!({ "hash": change["hash"] })).await.is(200);
        room.app.advance(HOUR);
        room.act(&room.ruth, &change, "start", &json!({})).await.is(200);
        room.act(&room.ruth, &change, "finish", &json!({ "outcome": "success" })).await.is(200);
        room.app.advance(3 * HOUR);
        for (version, sha) in [("4.12", "ab12cd34ef5678"), ("4.13", "ffffffffffff")] {
            let body = json!({ "system": "gateway", "version": version, "sha": sha, "change": "CHG-1", "status": "succeeded" });
            room.send(&ci, "POST", "/api/v1/deployments", &body).await.is(201);
        }
        // That the time was over is nothing against it.
        let entries = room.read(&room.rita, &change).await["entries"].clone();
        let noted: Vec<_> = entries.as_array().unwrap().iter().filter(|entry| entry["kind"] == "ungated").map(|entry| entry["text"].clone()).collect();
        assert_eq!(noted, [json!("4.13 → production\nartifact")]);
    }

    async fn a_change_that_is_not_there_or_touches_something_else_is_refused(app: TestApp) {
        let room = Room::new(app).await;
        room.app.system("ledger", &room.team).await;
        let ci = room.app.user("ci", &[Permission::Read, Permission::PostDeployments], Some(&room.team)).await;
        room.request(&room.body()).await;
        let others = room.app.team("others").await;
        room.app.system("shop", &others).await;
        let rights = [Permission::Read, Permission::RequestChanges, Permission::PostDeployments];
        let sam = room.app.user("sam", &rights, Some(&others)).await;
        room.send(&sam, "POST", "/api/v1/changes", &room.with(&[("systems", json!(["shop"]))])).await.is(201);
        let post = async |who: &Actor, system: &str, change: &str| {
            room.send(who, "POST", "/api/v1/deployments", &json!({ "system": system, "version": "1", "change": change })).await
        };
        for unknown in ["CHG-9", "CHG-2", "rubbish", "../x"] {
            post(&ci, "gateway", unknown).await.is(422).has("\"change\"").has("id or number of a change");
        }
        post(&ci, "ledger", "CHG-1").await.is(409).has("CHG-1 New routing does not touch ledger, only gateway.");
        assert_eq!(room.count("SELECT COUNT(*) FROM deployments").await, 0);
        // Who may not read the system is not told of what came there.
        post(&sam, "shop", "CHG-2").await.is(201);
        room.app.get("/api/v1/changes/CHG-2").as_(&ci).send().await.is(404);
    }

    async fn what_names_no_change_is_made_for_the_one_that_waits_for_it(app: TestApp) {
        let room = Room::new(app).await;
        let ci = room.app.user("ci", &[Permission::Read, Permission::PostDeployments], Some(&room.team)).await;
        let steps = json!([{ "what": "Deploy" }, { "what": "Look" }]);
        let change = room.request(&room.with(&[
            ("artifact", json!("gateway")), ("artifact_version", json!("4.12")), ("artifact_sha", json!("ab12cd34ef56")), ("steps", steps),
        ])).await;
        let id = change["id"].as_str().unwrap();
        let post = async |version: &str, fields: &[(&str, &str)]| {
            let mut body = json!({ "system": "gateway", "version": version, "sha": "ab12cd34ef5678" });
            for (name, value) in fields {
                body[*name] = json!(value);
            }
            room.send(&ci, "POST", "/api/v1/deployments", &body).await.is(201).json()
        };
        room.act(&room.alan, &change, "approve", &json!({ "hash": change["hash"] })).await.is(200);
        assert!(post("early", &[]).await["change"].is_null(), "before its window");
        room.app.advance(HOUR);
        assert!(post("elsewhere", &[("environment", "staging")]).await["change"].is_null(), "not to production");
        assert!(post("other", &[("sha", "ffffffffffff")]).await["change"].is_null(), "another artifact");
        assert!(post("nameless", &[("sha", "")]).await["change"].is_null(), "no hash");
        assert_eq!(post("4.12", &[("status", "started")]).await["change"].as_str(), Some(id));
        let gate = room.act(&ci, &change, "gate", &json!({ "artifact_sha": "ab12cd34ef5678" })).await.is(200).json();
        assert_eq!((gate["go"].as_bool(), gate["deployments"].as_array().unwrap().len(), gate["deployments"][0]["state"].as_str()), (Some(true), 1, Some("started")));
        // CI begins nothing by itself: somebody who may does. Then what it says is one press away.
        let page = format!("/changes/{id}");
        room.act(&room.ruth, &change, "start", &json!({})).await.is(200);
        room.app.get(&page).as_(&room.ruth).send().await.is(200).lacks("Tick off step");
        room.send(&ci, "POST", "/api/v1/deployments", &json!({ "system": "gateway", "version": "4.12", "sha": "ab12cd34ef5678", "status": "failed" })).await.is(200);
        let shown = room.app.get(&page).as_(&room.ruth).send().await;
        shown.is(200).has("Tick off step 1 “Deploy” with what came of gateway 4.12 → production: ").has("gateway 4.12 → production: failed").has("value=\"failed\"");
        room.app.get(&page).as_(&room.ruth).in_(Locale::Zh).send().await.is(200).has("以 gateway 4.12 → production 的结果勾选步骤 1“Deploy”");
        room.app.get(&page).as_(&room.rita).send().await.is(200).lacks("Tick off step");
        let tick = [("result", "failed"), ("note", "gateway 4.12 → production: failed")];
        room.app.post_form(&format!("{page}/steps/0"), &tick).as_(&room.ruth).send().await.is(303);
        room.app.get(&page).as_(&room.ruth).send().await.is(200).lacks("Tick off step");
        // Another artifact ticks nothing off, though it names the change.
        room.app.advance(MINUTE);
        let number = format!("CHG-{}", change["number"]);
        assert_eq!(post("9", &[("sha", "ffffffffffff"), ("change", &number), ("status", "succeeded")]).await["change"].as_str(), Some(id));
        room.app.get(&page).as_(&room.ruth).send().await.is(200).lacks("Tick off step");
        // Tried again, it went well.
        room.app.advance(MINUTE);
        assert_eq!(post("4.12", &[("status", "succeeded")]).await["change"].as_str(), Some(id));
        room.app.get(&page).as_(&room.ruth).send().await.is(200).has("Tick off step 1 “Deploy” with what came of gateway 4.12 → production: ").has("gateway 4.12 → production: succeeded");
        let told = room.act(&room.ruth, &change, "steps/0", &json!({ "result": "done", "note": "gateway 4.12 → production: succeeded" })).await.is(200).json();
        assert_eq!((told["ticks"][0]["result"].as_str(), told["deployments"].as_array().unwrap().len()), (Some("done"), 3));
        room.app.get(&page).as_(&room.ruth).send().await.is(200).lacks("Tick off step");
    }

    async fn lead_time_counts_from_the_commit_and_only_production_counts(app: TestApp) {
        let room = Room::new(app).await;
        let ci = room.app.user("ci", &[Permission::Read, Permission::PostDeployments], Some(&room.team)).await;
        let change = room.approved().await;
        room.app.advance(HOUR);
        room.act(&room.ruth, &change, "start", &json!({})).await.is(200);
        let post = async |fields: &[(&str, &str)]| {
            let mut body = json!({ "system": "gateway", "version": "1", "change": "CHG-1" });
            for (name, value) in fields {
                body[*name] = json!(value);
            }
            room.send(&ci, "POST", "/api/v1/deployments", &body).await
        };
        let figures = async || {
            let path = "/api/v1/changes/figures?from=2025-03-07T00:00:00Z&to=2025-03-21T00:00:00Z";
            room.app.get(path).as_(&room.rita).send().await.is(200).json()["all"].clone()
        };
        room.act(&room.ruth, &change, "finish", &json!({ "outcome": "success" })).await.is(200);
        post(&[("environment", "staging"), ("committed_at", "2025-03-10T06:00:00Z")]).await.is(201);
        let before = figures().await;
        assert_eq!((before["lead_ms"].as_i64(), before["from_commit"].as_i64(), before["deployments"].as_i64()), (Some(HOUR), Some(0), Some(0)));
        for wrong in ["1741845600", "tomorrow", "2025-03-20T00:00:00Z"] {
            post(&[("committed_at", wrong)]).await.is(422).has("\"committed_at\"");
        }
        // A day before the request; said at the end of what had begun without.
        post(&[("environment", "PROD"), ("status", "started")]).await.is(201);
        let made = post(&[("environment", "PROD"), ("committed_at", "1741845600000")]).await.is(200).json();
        assert_eq!(made["committed_at"].as_i64(), Some(1_741_845_600_000));
        let after = figures().await;
        assert_eq!((after["lead_ms"].as_i64(), after["from_commit"].as_i64(), after["deployments"].as_i64()), (Some(25 * HOUR), Some(1), Some(1)));
        room.app.advance(MINUTE);
        let page = room.app.get("/changes/figures").as_(&room.rita).send().await;
        page.is(200).has("from the commit for 1 of 1, else from the request").has("1 to production (or prod) succeeded");
        room.app.get("/changes/figures").as_(&room.rita).in_(Locale::Zh).send().await.is(200).has("1 项中 1 项自提交起算");
    }
}
