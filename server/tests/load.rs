//! Load tests in the portal: targets and their caps, runs that hold their rate or do not, what stops them, and what becomes evidence.

mod comparisons;
mod deployed;
mod gate;
mod http2;
mod target;
mod trials;
mod word;

use std::time::Duration;

use domain::{
    Actor, Permission,
    id::{SystemId, TeamId},
    people::Locale,
    time::DAY,
};
use serde_json::{Value, json};

use crate::app::TestApp;
use target::{Loaded, Manner};

/// A team with its system, who registers, and who runs.
struct Ground {
    app: TestApp,
    team: TeamId,
    system: SystemId,
    kim: Actor,
    rita: Actor,
}

impl Ground {
    async fn new(app: TestApp) -> Self {
        let team = app.team("payments").await;
        let system = app.system("gateway", &team).await;
        let kim = app.user("kim", &[Permission::Read, Permission::EditSystems], Some(&team)).await;
        let rita = app.user("rita", &[Permission::Read, Permission::RequestChanges], Some(&team)).await;
        Self { app, team, system, kim, rita }
    }

    fn target(&self, name: &str, url: &str, more: &Value) -> Value {
        let mut body = json!({
            "name": name, "url": url, "system": self.system, "environment": "pre", "max_rate": 200, "max_seconds": 20, "max_in_flight": 8,
        });
        more.as_object().unwrap().iter().for_each(|(name, value)| body[name] = value.clone());
        body
    }

    /// A target at this place; its id.
    async fn register(&self, name: &str, url: &str) -> String {
        let made = self.app.api("POST", "/api/v1/load/targets", &self.target(name, url, &json!({}))).as_(&self.kim).send().await;
        made.is(201).json()["id"].as_str().unwrap().to_owned()
    }

    fn order(target: &str, more: &Value) -> Value {
        let mut body = json!({
            "target": target, "rate": 40, "duration": "1s", "connections": 4,
            "artifact": "gateway", "artifact_version": "4.12", "artifact_sha": "ab12cd34ef",
        });
        more.as_object().unwrap().iter().for_each(|(name, value)| body[name] = value.clone());
        body
    }

    async fn start(&self, target: &str, more: &Value) -> String {
        let asked = self.app.api("POST", "/api/v1/load/runs", &Self::order(target, more)).as_(&self.rita).send().await;
        asked.is(201).json()["id"].as_str().unwrap().to_owned()
    }

    async fn read(&self, path: &str) -> Value {
        self.app.get(path).as_(&self.rita).send().await.is(200).json()
    }

    /// Lets the engine work until this stands in this state.
    async fn until(&self, path: &str, state: &str) -> Value {
        for _ in 0..2_000 {
            self.app.settle().await;
            let known = self.read(path).await;
            if known["state"] == state {
                return known;
            }
            let over = !matches!(known["state"].as_str(), Some("queued" | "running"));
            assert!(!over, "wanted {state}: {known}");
            tokio::time::sleep(Duration::from_millis(25)).await;
        }
        panic!("{path} is never {state}");
    }

    async fn over(&self, run: &str, state: &str) -> Value {
        self.until(&format!("/api/v1/load/runs/{run}"), state).await
    }

    async fn count(&self, question: &'static str) -> i64 {
        let mut conn = self.app.ctx.db.read().await.unwrap();
        backend::db::sql(question).count(&mut conn).await.unwrap()
    }
}

both! {
    async fn what_was_measured_becomes_evidence(app: TestApp) {
        let ground = Ground::new(app).await;
        let server = Loaded::new(Manner::default()).await;
        let target = ground.register("Gateway pre", &server.url()).await;
        let script = "variables: { user: [ann, bob] }\nrequests:\n  - { path: '/pay/{{user}}?n={{n}}', method: POST, body: '{\"u\":\"{{user}}\"}' }\n";
        let run = ground.start(&target, &json!({ "script": script, "max_p99_ms": 500, "max_failed": 1, "facts": "2 nodes" })).await;
        let known = ground.over(&run, "finished").await;
        assert_eq!(server.hits(), 40);
        assert!(server.paths().contains(&"/pay/bob?n=1".to_owned()));
        let report = &known["report"];
        assert_eq!((report["requests"].as_u64(), report["failed"].as_u64(), report["codes"]["200"].as_u64()), (Some(40), Some(0), Some(40)));
        assert_eq!(report["fingerprint"].as_str().unwrap().len(), 16);
        assert_eq!(known["verdict"], "passed", "{known}");
        // Every request is in a second.
        let seconds = ground.read(&format!("/api/v1/load/runs/{run}/seconds")).await;
        assert_eq!(seconds.as_array().unwrap().iter().map(|one| one["requests"].as_i64().unwrap()).sum::<i64>(), 40);
        let evidence = ground.read(&format!("/api/v1/evidence/{}", known["evidence"].as_str().unwrap())).await;
        assert_eq!((evidence["kind"].as_str(), evidence["sha"].as_str(), evidence["by"].as_str()), (Some("performance"), Some("ab12cd34ef"), Some("rita")));
        assert_eq!((evidence["environment"].as_str(), evidence["measured"]["requests"].as_u64()), (Some("pre: 2 nodes"), Some(40)));
        let file = ground.app.get(&format!("/api/v1/evidence/{}/file", evidence["id"].as_str().unwrap())).as_(&ground.rita).send().await;
        assert_eq!(serde_json::from_str::<Value>(&file.is(200).body).unwrap()["tool"], "evenkeel load");
        // The page says it, with and without scripts, in both languages.
        let page = ground.app.get(&format!("/load/runs/{run}")).as_(&ground.rita).send().await;
        page.is(200).has("data-chart").has("p99.9").has("finished").has("Rate held").has("passed").lacks("/stop\"");
        ground.app.get(&format!("/load/runs/{run}")).as_(&ground.rita).in_(Locale::Zh).send().await.is(200).has("已完成").has("自到期起");
        ground.app.get("/load").as_(&ground.rita).send().await.is(200).has("Gateway pre").has("/load/runs/new").lacks("/load/targets/new");
        for act in ["load-target.register", "load.ask", "load.end", "evidence.submit"] {
            let mut conn = ground.app.ctx.db.read().await.unwrap();
            let rows = backend::db::sql("SELECT COUNT(*) FROM audit WHERE act = $1").value(act).count(&mut conn).await.unwrap();
            assert_eq!(rows, 1, "{act}");
        }
        // The seconds are forgotten some day, what came of them is not.
        ground.app.advance(181 * DAY);
        ground.app.settle().await;
        assert_eq!(ground.count("SELECT COUNT(*) FROM load_seconds").await, 0);
        ground.app.get(&format!("/load/runs/{run}")).as_(&ground.rita).send().await.is(200).has("p99.9");
    }

    async fn without_limits_or_without_its_rate_nothing_has_passed(app: TestApp) {
        let ground = Ground::new(app).await;
        let server = Loaded::new(Manner::default()).await;
        let quick = ground.register("Quick", &server.url()).await;
        let run = ground.start(&quick, &json!({})).await;
        assert_eq!(ground.over(&run, "finished").await["verdict"], "inconclusive");
        // Two connections and a tenth of a second for each answer: twenty a second of the forty that were asked for.
        let slow = Loaded::new(Manner { delay: Duration::from_millis(100), ..Manner::default() }).await;
        let target = ground.register("Slow", &slow.url()).await;
        let run = ground.start(&target, &json!({ "connections": 2, "duration": "2s", "max_failed": 50 })).await;
        let known = ground.over(&run, "finished").await;
        assert_eq!((known["report"]["held"].as_bool(), known["verdict"].as_str()), (Some(false), Some("inconclusive")), "{known}");
        // What waited is latency: the last ones waited as long as the test itself, though each was answered at once.
        let (late, service) = (known["report"]["latency_ms"]["p99"].as_f64().unwrap(), known["report"]["service_ms"]["p99"].as_f64().unwrap());
        assert!(late > 1_000.0 && service < 400.0, "{late} {service}");
        ground.app.get(&format!("/load/runs/{run}")).as_(&ground.rita).send().await.is(200).has("The rate was not held");
        // Answers that are errors fail.
        server.manner(Manner { status: 503, ..Manner::default() });
        let run = ground.start(&quick, &json!({ "max_failed": 1 })).await;
        let known = ground.over(&run, "finished").await;
        assert_eq!((known["report"]["failed"].as_u64(), known["verdict"].as_str()), (Some(40), Some("failed")));
    }

    async fn nothing_goes_beyond_the_caps_or_off_the_target(app: TestApp) {
        let ground = Ground::new(app).await;
        let (server, other) = (Loaded::new(Manner::default()).await, Loaded::new(Manner::default()).await);
        let target = ground.register("Gateway", &server.url()).await;
        for (more, field) in [
            (json!({ "rate": 201 }), "rate"),
            (json!({ "duration": "21s" }), "duration"),
            (json!({ "duration": "20s", "ramp": "1s" }), "duration"),
            (json!({ "connections": 9 }), "connections"),
            (json!({ "script": format!("base: {}\n", other.url()) }), "script"),
            (json!({ "script": "requests: [{ path: /, headers: { host: other } }]\n" }), "script"),
            (json!({ "script": "requests: [{ path: /, method: CONNECT }]\n" }), "script"),
            (json!({ "script": "requests: [{ path: '/{{nobody}}' }]\n" }), "script"),
            (json!({ "script": "rates: 5\n" }), "script"),
            (json!({ "script": format!("variables: {{ v: ['{}'] }}\nrequests: [{{ path: /, body: '{}' }}]\n", "x".repeat(900), "{{v}}".repeat(80)) }), "65,536 bytes"),
            (json!({ "rate": null, "script": "rate: .inf\nstages: [{ rate: 1, duration: 1s }]\n" }), "rate"),
            (json!({ "artifact_sha": "x" }), "artifact_sha"),
            (json!({ "target": ground.team }), "target"),
        ] {
            let refused = ground.app.api("POST", "/api/v1/load/runs", &Ground::order(&target, &more)).as_(&ground.rita).send().await;
            refused.is(422).has(field);
        }
        assert_eq!(ground.count("SELECT COUNT(*) FROM load_runs").await, 0);
        // A form says so too, and keeps what was typed.
        let form = [("target", target.as_str()), ("rate", "201"), ("duration", "1s"), ("artifact", "gateway"), ("artifact_version", "4"), ("artifact_sha", "ab12cd34"), ("turns", "5")];
        let refused = ground.app.post_form("/load/runs/new", &form).as_(&ground.rita).send().await;
        refused.is(422).has("at most 200 requests a second").has("value=\"201\"").has("value=\"ab12cd34\"");
        // A redirect is an answer; nobody goes after it.
        server.manner(Manner { status: 302, location: format!("{}/elsewhere", other.url()), ..Manner::default() });
        let run = ground.start(&target, &json!({ "max_failed": 0 })).await;
        let known = ground.over(&run, "finished").await;
        assert_eq!((known["report"]["codes"]["302"].as_u64(), other.hits()), (Some(40), 0));
        // Only networks of the setting, whatever monitors may reach; and never the metadata of a cloud.
        for url in ["http://10.0.0.1", "http://93.184.216.34", "http://169.254.169.254", "http://[::1]:80"] {
            let body = ground.target("Off", url, &json!({}));
            ground.app.api("POST", "/api/v1/load/targets", &body).as_(&ground.kim).send().await.is(422).has("egress.load");
        }
        for url in ["http://127.0.0.1:1/path", "ftp://127.0.0.1", "http://u:p@127.0.0.1"] {
            let body = ground.target("Off", url, &json!({}));
            ground.app.api("POST", "/api/v1/load/targets", &body).as_(&ground.kim).send().await.is(422).has("url");
        }
        let wild = ground.target("Wild", "http://127.0.0.1:1", &json!({ "max_rate": 20_001, "max_seconds": 14_401, "max_in_flight": 1_001 }));
        ground.app.api("POST", "/api/v1/load/targets", &wild).as_(&ground.kim).send().await.is(422).has("max_rate").has("max_seconds").has("max_in_flight");
    }

    async fn a_target_that_refuses_was_not_loaded(app: TestApp) {
        let ground = Ground::new(app).await;
        // A port on which nobody listens any more.
        let gone = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
        let target = ground.register("Gone", &format!("http://{gone}")).await;
        let run = ground.start(&target, &json!({ "max_failed": 1 })).await;
        let known = ground.over(&run, "not-started").await;
        assert!(known["trouble"].as_str().unwrap().contains("refused"), "{known}");
        assert_eq!((known["verdict"].as_str(), ground.count("SELECT COUNT(*) FROM evidence").await), (None, 0));
        ground.app.get(&format!("/load/runs/{run}")).as_(&ground.rita).send().await.is(200).has("It was not sent");
    }

    async fn others_neither_see_nor_load_it(app: TestApp) {
        let ground = Ground::new(app).await;
        let server = Loaded::new(Manner::default()).await;
        let target = ground.register("Gateway", &server.url()).await;
        let viewer = ground.app.viewer("vera", &ground.team).await;
        let cards = ground.app.team("cards").await;
        let otto = ground.app.user("otto", Permission::ALL, Some(&cards)).await;
        let run = ground.start(&target, &json!({})).await;
        let order = Ground::order(&target, &json!({}));
        ground.app.api("POST", "/api/v1/load/runs", &order).as_(&viewer).send().await.is(403);
        ground.app.api("POST", "/api/v1/load/runs", &order).as_(&ground.kim).send().await.is(403);
        ground.app.api("POST", "/api/v1/load/runs", &order).as_(&otto).send().await.is(422).has("target");
        let body = ground.target("Mine", &server.url(), &json!({}));
        ground.app.api("POST", "/api/v1/load/targets", &body).as_(&ground.rita).send().await.is(403);
        ground.app.api("POST", "/api/v1/load/targets", &body).as_(&otto).send().await.is(422).has("system");
        for path in [format!("targets/{target}"), format!("runs/{run}"), format!("runs/{run}/seconds")] {
            ground.app.get(&format!("/api/v1/load/{path}")).as_(&otto).send().await.is(404);
            ground.app.get(&format!("/api/v1/load/{path}")).as_(&viewer).send().await.is(200);
        }
        for path in [format!("/load/targets/{target}"), format!("/load/runs/{run}"), format!("/load/targets/{target}/edit")] {
            ground.app.get(&path).as_(&otto).send().await.is(404);
        }
        ground.app.ask("POST", &format!("/api/v1/load/runs/{run}/stop")).as_(&otto).send().await.is(404);
        ground.app.ask("POST", &format!("/api/v1/load/runs/{run}/stop")).as_(&viewer).send().await.is(403);
        ground.app.ask("POST", &format!("/api/v1/load/targets/{target}/retire")).as_(&otto).send().await.is(404);
        ground.app.ask("POST", &format!("/api/v1/load/targets/{target}/retire")).as_(&ground.rita).send().await.is(403);
        ground.app.get("/load").as_(&viewer).send().await.is(200).has("Gateway").lacks("/load/runs/new").lacks("/load/targets/new");
        ground.app.get("/load").as_(&otto).send().await.is(200).lacks("Gateway");
        // Two edits upon one version; then it is retired, and what waits for it is not sent.
        let edit = ground.target("Gateway 2", &server.url(), &json!({ "version": 1 }));
        let path = format!("/api/v1/load/targets/{target}");
        ground.app.api("PUT", &path, &edit).as_(&ground.kim).send().await.is(200).has("Gateway 2");
        ground.app.api("PUT", &path, &edit).as_(&ground.kim).send().await.is(409);
        ground.app.ask("POST", &format!("{path}/retire")).as_(&ground.kim).send().await.is(204);
        assert_eq!(ground.over(&run, "withdrawn").await["stopped_by"], "kim");
        ground.app.api("POST", "/api/v1/load/runs", &order).as_(&ground.rita).send().await.is(422).has("not retired");
        assert_eq!(server.hits(), 0);
        ground.app.ask("POST", &format!("{path}/revive")).as_(&ground.kim).send().await.is(204);
        ground.app.api("POST", "/api/v1/load/runs", &order).as_(&ground.rita).send().await.is(201);
    }

    async fn a_run_is_stopped_and_one_place_has_one_run(app: TestApp) {
        let ground = Ground::new(app).await;
        let server = Loaded::new(Manner::default()).await;
        let target = ground.register("Gateway", &server.url()).await;
        // Whoever asked first goes first; of the same moment none is first.
        let first = ground.start(&target, &json!({ "duration": "20s", "max_failed": 1 })).await;
        ground.app.advance(1);
        let second = ground.start(&target, &json!({})).await;
        ground.app.advance(1);
        let third = ground.start(&target, &json!({})).await;
        ground.over(&first, "running").await;
        assert_eq!(ground.read(&format!("/api/v1/load/runs/{second}")).await["state"], "queued");
        let page = ground.app.get(&format!("/load/runs/{first}")).as_(&ground.rita).send().await;
        page.is(200).has("<noscript>").has("data-live=\"load\"").has("/stop\"");
        for _ in 0..400 {
            if server.hits() >= 40 {
                break;
            }
            tokio::time::sleep(Duration::from_millis(25)).await;
        }
        ground.app.post_form(&format!("/load/runs/{third}/stop"), &[]).as_(&ground.rita).send().await.is(303);
        ground.app.post_form(&format!("/load/runs/{first}/stop"), &[]).as_(&ground.rita).send().await.is(303);
        let known = ground.over(&first, "stopped").await;
        assert_eq!((known["stopped_by"].as_str(), known["verdict"].as_str(), known["evidence"].as_str()), (Some("rita"), None, None));
        let sent = known["report"]["requests"].as_u64().unwrap();
        assert!((40..800).contains(&sent), "{sent}");
        assert_eq!(ground.read(&format!("/api/v1/load/runs/{third}")).await["state"], "withdrawn");
        ground.app.post_form(&format!("/load/runs/{first}/stop"), &[]).as_(&ground.rita).send().await.is(409);
        ground.over(&second, "finished").await;
        assert_eq!(ground.count("SELECT COUNT(*) FROM evidence").await, 1);
    }

    async fn what_says_who_asks_is_sent_and_shown_to_nobody(app: TestApp) {
        let ground = Ground::new(app).await;
        let server = Loaded::new(Manner::default()).await;
        let target = ground.register("Gateway", &server.url()).await;
        let script = "variables: { key: [k3yring] }\nrequests: [{ path: '/pay', headers: { Authorization: 'Bearer {{key}}' } }]\n";
        let run = ground.start(&target, &json!({ "script": script, "max_failed": 1 })).await;
        let known = ground.over(&run, "finished").await;
        assert!(server.heads().iter().all(|head| head.contains("Bearer k3yring")), "it is sent");
        let evidence = known["evidence"].as_str().unwrap();
        for path in [format!("/api/v1/load/runs/{run}"), format!("/load/runs/{run}"), format!("/load/runs/new?from={run}"), format!("/api/v1/evidence/{evidence}/file")] {
            ground.app.get(&path).as_(&ground.rita).send().await.is(200).lacks("k3yring").lacks("Bearer").has("••••••");
        }
        for question in [
            "SELECT COUNT(*) FROM load_runs WHERE script LIKE '%k3yring%' OR report LIKE '%k3yring%' OR sealed <> ''",
            "SELECT COUNT(*) FROM audit WHERE detail LIKE '%k3yring%'",
        ] {
            assert_eq!(ground.count(question).await, 0, "{question}");
        }
        // What was hidden is not sent in the place of what it hides.
        let hidden = json!({ "script": "requests: [{ path: /, headers: { Authorization: '••••••' } }]\n" });
        ground.app.api("POST", "/api/v1/load/runs", &Ground::order(&target, &hidden)).as_(&ground.rita).send().await.is(422).has("script");
    }

    async fn whoever_owns_what_is_loaded_ends_it(app: TestApp) {
        let ground = Ground::new(app).await;
        let cards = ground.app.team("cards").await;
        let otto = ground.app.user("otto", &[Permission::Read, Permission::EditSystems, Permission::RequestChanges], Some(&cards)).await;
        let (old, new) = (Loaded::new(Manner::default()).await, Loaded::new(Manner::default()).await);
        let (candidate, baseline) = (ground.register("Next", &new.url()).await, ground.register("Now", &old.url()).await);
        let both = ground.app.user("bea", &[Permission::Read, Permission::RequestChanges], None).await;
        let order = Ground::order(&candidate, &json!({ "baseline": baseline, "duration": "20s" }));
        let id = ground.app.api("POST", "/api/v1/load/comparisons", &order).as_(&both).send().await.is(201).json()["id"].as_str().unwrap().to_owned();
        let path = format!("/api/v1/load/comparisons/{id}");
        let first = ground.read(&path).await["runs"][0]["id"].as_str().unwrap().to_owned();
        // As of one that was asked for while a baseline might be another team's: who may not read its runs does not see them here.
        let mut tx = ground.app.ctx.begin_write().await.unwrap();
        backend::db::sql("UPDATE load_runs SET team_id = $1 WHERE side = 'baseline'").value(&cards).run(&mut tx).await.unwrap();
        tx.commit().await.unwrap();
        let sides: Vec<_> = ground.read(&path).await["runs"].as_array().unwrap().iter().map(|run| run["side"].clone()).collect();
        assert_eq!(sides, vec![json!("candidate"); 5]);
        ground.app.settle().await;
        ground.app.get(&path).as_(&otto).send().await.is(404);
        ground.app.ask("POST", &format!("/api/v1/load/runs/{first}/stop")).as_(&otto).send().await.is(204);
        ground.until(&path, "stopped").await;
        // What is retired is not loaded on.
        let run = ground.start(&candidate, &json!({ "duration": "20s" })).await;
        ground.app.advance(1);
        let waits = ground.start(&candidate, &json!({})).await;
        ground.over(&run, "running").await;
        ground.app.ask("POST", &format!("/api/v1/load/targets/{candidate}/retire")).as_(&ground.kim).send().await.is(204);
        ground.over(&run, "stopped").await;
        assert_eq!(ground.read(&format!("/api/v1/load/runs/{waits}")).await["state"], "withdrawn");
    }

    async fn a_run_that_does_not_read_keeps_nobody_waiting(app: TestApp) {
        let ground = Ground::new(app).await;
        let server = Loaded::new(Manner::default()).await;
        let target = ground.register("Gateway", &server.url()).await;
        let (first, second) = (ground.start(&target, &json!({})).await, ground.start(&target, &json!({})).await);
        ground.app.advance(1);
        let third = ground.start(&target, &json!({})).await;
        let mut conn = ground.app.ctx.db.read().await.unwrap();
        backend::db::sql("UPDATE load_runs SET script = '{' WHERE id = $1").value(first.as_str()).run(&mut conn).await.unwrap();
        let claim = "UPDATE load_runs SET script = '{', state = 'running', runner = 'gone', started_at = 1, lease_until = 1 WHERE id = $1";
        backend::db::sql(claim).value(second.as_str()).run(&mut conn).await.unwrap();
        drop(conn);
        for _ in 0..400 {
            ground.app.settle().await;
            if ground.count("SELECT COUNT(*) FROM load_runs WHERE state = 'finished'").await == 1 {
                break;
            }
            tokio::time::sleep(Duration::from_millis(25)).await;
        }
        ground.over(&third, "finished").await;
        assert_eq!(ground.count("SELECT COUNT(*) FROM load_runs WHERE state IN ('not-started', 'interrupted') AND trouble LIKE '%cannot be read%'").await, 2);
    }

    async fn a_run_whose_sender_is_gone_is_interrupted(app: TestApp) {
        let ground = Ground::new(app).await;
        let server = Loaded::new(Manner::default()).await;
        let target = ground.register("Gateway", &server.url()).await;
        let run = ground.start(&target, &json!({ "max_failed": 50 })).await;
        // A sender of another time has claimed it, and its process was killed.
        let mut conn = ground.app.ctx.db.read().await.unwrap();
        let claim = "UPDATE load_runs SET state = 'running', runner = 'gone', started_at = 1, lease_until = 1 WHERE id = $1";
        backend::db::sql(claim).value(run.as_str()).run(&mut conn).await.unwrap();
        drop(conn);
        let known = ground.over(&run, "interrupted").await;
        assert_eq!((known["verdict"].as_str(), known["evidence"].as_str(), server.hits()), (None, None, 0));
        ground.app.settle().await;
        assert_eq!((ground.read(&format!("/api/v1/load/runs/{run}")).await["state"].as_str(), server.hits()), (Some("interrupted"), 0));
        ground.app.get(&format!("/load/runs/{run}")).as_(&ground.rita).send().await.is(200).has("ended in the middle").lacks("passed");
        ground.app.get(&format!("/load/runs/{run}")).as_(&ground.rita).in_(Locale::Zh).send().await.is(200).has("已中断");
        // The place is free again.
        let next = ground.start(&target, &json!({})).await;
        ground.over(&next, "finished").await;
    }
}
