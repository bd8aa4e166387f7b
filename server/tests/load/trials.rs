//! Trials of high availability: a tool takes an instance away under load, another gives it back, and the ledger is counted.

use std::sync::{
    Arc, Mutex,
    atomic::{AtomicBool, AtomicU64, Ordering},
};

use axum::{
    Router,
    extract::State,
    http::{HeaderMap, StatusCode},
    routing::{any, get},
};
use domain::tools::RunState;

use super::*;

/// A service of which one instance can be taken away; it writes down what it has done, and may forget or repeat some of it.
#[derive(Default)]
struct Pair {
    down: AtomicBool,
    done: Mutex<Vec<String>>,
    /// Every so many are not written down.
    forgets: AtomicU64,
    /// Every so many are written down twice.
    repeats: AtomicU64,
    /// Whether it cannot be started the next time.
    stubborn: AtomicBool,
    /// Whether nobody takes over.
    alone: AtomicBool,
}

impl Pair {
    async fn open() -> (Arc<Self>, String) {
        let pair = Arc::new(Self::default());
        let router = Router::new()
            .route("/-/down", get(down))
            .route("/-/up", get(up))
            .route("/-/done", get(|State(pair): State<Arc<Pair>>| async move { pair.done.lock().unwrap().join("\n") }))
            .fallback(any(work))
            .with_state(pair.clone());
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        tokio::spawn(async move { axum::serve(listener, router).await });
        (pair, url)
    }
}

/// The other instance takes over after a while.
async fn down(State(pair): State<Arc<Pair>>) {
    pair.down.store(true, Ordering::SeqCst);
    if !pair.alone.load(Ordering::SeqCst) {
        tokio::spawn(async move {
            tokio::time::sleep(Duration::from_millis(700)).await;
            pair.down.store(false, Ordering::SeqCst);
        });
    }
}

async fn up(State(pair): State<Arc<Pair>>) -> StatusCode {
    if pair.stubborn.swap(false, Ordering::SeqCst) {
        return StatusCode::SERVICE_UNAVAILABLE;
    }
    pair.down.store(false, Ordering::SeqCst);
    StatusCode::OK
}

async fn work(State(pair): State<Arc<Pair>>, headers: HeaderMap) -> StatusCode {
    if pair.down.load(Ordering::SeqCst) {
        return StatusCode::SERVICE_UNAVAILABLE;
    }
    if let Some(mark) = headers.get("evenkeel-request").and_then(|mark| mark.to_str().ok()) {
        let mut done = pair.done.lock().unwrap();
        let is = |every: &AtomicU64| {
            let every = every.load(Ordering::SeqCst);
            every > 0 && (done.len() as u64).is_multiple_of(every)
        };
        let times = if is(&pair.forgets) { 0 } else { 1 + usize::from(is(&pair.repeats)) };
        // What was forgotten leaves a line, so that the next one is not.
        done.extend(if times == 0 { vec!["-".to_owned()] } else { vec![mark.to_owned(); times] });
    }
    StatusCode::OK
}

/// A ground with a person who may run tools, and with tools that take the instance away and give it back.
struct Trials {
    ground: Ground,
    pair: Arc<Pair>,
    target: String,
    fault: String,
    mend: String,
    approval: String,
    ria: Actor,
}

impl Trials {
    async fn new(app: TestApp) -> Self {
        let ground = Ground::new(app).await;
        let admin = ground.app.admin().await;
        let ria = ground.app.user("ria", &[Permission::Read, Permission::RequestChanges, Permission::RunTools], Some(&ground.team)).await;
        let (pair, url) = Pair::open().await;
        let target = ground.register("Pair", &url).await;
        let port = url.rsplit(':').next().unwrap();
        let call = format!("exec 3<>/dev/tcp/127.0.0.1/{port}; printf 'GET /-/%s HTTP/1.0\\r\\n\\r\\n' \"$1\" >&3; grep -q 200 <&3");
        let mut ids = Vec::new();
        for (name, approval) in [("Kill an instance", false), ("Start it again", false), ("With approval", true)] {
            let body = json!({
                "name": name, "team": "payments", "argv": ["/bin/bash", "-c", call, "call", "{what}"], "timeout_s": 20, "approval": approval, "takes_away": name != "Start it again",
                "parameters": [{"key": "what", "label": "What", "kind": "choice", "rule": "down, up", "required": true}],
            });
            let typed = serde_json::from_value(body).unwrap();
            ids.push(ground.app.portal.tools.define(&admin, &typed).await.unwrap().to_string());
        }
        Self { ground, pair, target, fault: ids[0].clone(), mend: ids[1].clone(), approval: ids[2].clone(), ria }
    }

    fn order(&self, more: &Value) -> Value {
        let mut body = Ground::order(
            &self.target,
            &json!({
                "duration": "15s", "fault_tool": self.fault, "fault_values": "what=down", "fault_after": 5,
                "mend_tool": self.mend, "mend_values": "what = up", "mend_after": 9, "ledger": "/-/done?run={{run}}",
                "script": "requests: [{ path: /pay, method: POST }]\n",
            }),
        );
        more.as_object().unwrap().iter().for_each(|(name, value)| body[name] = value.clone());
        body
    }

    async fn start(&self, more: &Value) -> String {
        let asked = self.ground.app.api("POST", "/api/v1/load/runs", &self.order(more)).as_(&self.ria).send().await;
        asked.is(201).json()["id"].as_str().unwrap().to_owned()
    }

    /// Lets the engines work until this holds.
    async fn wait(&self, what: &str, holds: impl Fn() -> bool) {
        for _ in 0..1_200 {
            if holds() {
                return;
            }
            self.ground.app.settle().await;
            tokio::time::sleep(Duration::from_millis(25)).await;
        }
        panic!("not in time: {what}");
    }

    /// How the tool of this act ended.
    async fn tool(&self, known: &Value, act: &str) -> RunState {
        let id = known["trial"][act]["run"].as_str().unwrap_or_else(|| panic!("{act} was not run: {known}"));
        let id = domain::id::RunId::parse(id).unwrap();
        for _ in 0..400 {
            self.ground.app.settle().await;
            let run = self.ground.app.portal.tools.get_run(&self.ria, &id).await.unwrap();
            if run.state.is_over() {
                return run.state;
            }
            tokio::time::sleep(Duration::from_millis(25)).await;
        }
        panic!("the tool does not end");
    }
}

both! {
    async fn an_instance_is_taken_away_and_what_that_costs_is_evidence(app: TestApp) {
        let trials = Trials::new(app).await;
        let ground = &trials.ground;
        let run = trials.start(&json!({ "max_failed": 0 })).await;
        let known = ground.over(&run, "finished").await;
        assert_eq!((trials.tool(&known, "fault").await, trials.tool(&known, "mend").await), (RunState::Succeeded, RunState::Succeeded));
        let shown = &known["report"]["trial"];
        assert_eq!(known["verdict"], "passed", "{known}");
        let (outage, tallied) = (&shown["outage"], &shown["tallied"]);
        let (failed, recovery) = (outage["failed"].as_u64().unwrap(), outage["recovery_s"].as_f64().unwrap());
        assert!(failed > 0 && known["report"]["failed"].as_u64() == Some(failed), "{shown}");
        assert!((0.2..9.0).contains(&recovery), "{shown}");
        assert_eq!((outage["failed_before"].as_u64(), tallied["lost"].as_u64(), tallied["duplicated"].as_u64()), (Some(0), Some(0), Some(0)));
        assert_eq!(tallied["answered"].as_u64(), Some(600 - failed));
        let (fault, mend) = (shown["spans"][0].as_f64().unwrap(), shown["spans"][1].as_f64().unwrap());
        assert!(fault >= 5.0 && mend >= 9.0 && outage["silent"].as_u64() == Some(0), "{shown}");
        // The system is of tier 2: failed ÷ (40/s × 0.05 % × 30 days).
        assert_eq!(shown["bounds"]["objective"], 0.9995);
        let rate = known["report"]["requests"].as_f64().unwrap() / 15.0;
        assert!((outage["budget_used"].as_f64().unwrap() - failed as f64 / (rate * 0.0005 * 2_592_000.0)).abs() < 1e-9, "{shown}");
        let evidence = ground.read(&format!("/api/v1/evidence/{}", known["evidence"].as_str().unwrap())).await;
        assert_eq!((evidence["kind"].as_str(), evidence["computed"].as_bool(), evidence["by"].as_str()), (Some("high-availability"), Some(true), Some("ria")));
        assert!(evidence["note"].as_str().unwrap().contains("well again after"), "{evidence}");
        // Its page says the same in the reader's language, and leads to the run.
        let page = ground.app.get(&format!("/evidence/{}", evidence["id"].as_str().unwrap())).as_(&trials.ria).in_(Locale::Zh).send().await;
        page.is(200).has(&format!("href=\"/load/runs/{}\"", known["id"].as_str().unwrap())).has("秒后恢复").lacks("well again after");
        let page = ground.app.get(&format!("/load/runs/{run}")).as_(&trials.ria).send().await;
        page.is(200).has("Well again after").has("Kill an instance").has("what=down").has("Error budget used");
        ground.app.get(&format!("/load/runs/{run}")).as_(&trials.ria).in_(Locale::Zh).send().await.is(200).has("恢复用时").has("高可用");
        ground.app.get("/load/runs/new").as_(&trials.ria).send().await.is(200).has("Kill an instance").has("what (down | up)").lacks("With approval");

        // What was answered and is not there is lost; what is there twice was done twice.
        trials.pair.done.lock().unwrap().clear();
        trials.pair.forgets.store(100, Ordering::SeqCst);
        trials.pair.repeats.store(70, Ordering::SeqCst);
        let run = trials.start(&json!({})).await;
        let known = ground.over(&run, "finished").await;
        let tallied = &known["report"]["trial"]["tallied"];
        assert!(tallied["lost"].as_u64().unwrap() > 0 && tallied["duplicated"].as_u64().unwrap() > 0, "{tallied}");
        assert_eq!(known["verdict"], "failed", "{known}");
    }

    async fn what_was_taken_away_is_given_back_whatever_happens(app: TestApp) {
        let trials = Trials::new(app).await;
        let ground = &trials.ground;
        trials.pair.alone.store(true, Ordering::SeqCst);
        // Somebody stops it in the middle, and the instance does not start at once: it is tried again, and told.
        let run = trials.start(&json!({ "mend_after": 10 })).await;
        let path = format!("/api/v1/load/runs/{run}");
        ground.over(&run, "running").await;
        trials.pair.stubborn.store(true, Ordering::SeqCst);
        trials.wait("the fault", || trials.pair.down.load(Ordering::SeqCst)).await;
        ground.app.ask("POST", &format!("{path}/stop")).as_(&trials.ria).send().await.is(204);
        trials.wait("the first try", || !trials.pair.stubborn.load(Ordering::SeqCst)).await;
        assert!(trials.pair.down.load(Ordering::SeqCst));
        ground.app.advance(11_000);
        trials.wait("the second try", || !trials.pair.down.load(Ordering::SeqCst)).await;
        let known = ground.over(&run, "stopped").await;
        assert_eq!((known["trial"]["mend"]["times"].as_u64(), known["verdict"].as_str()), (Some(2), None));
        assert_eq!(ground.count("SELECT COUNT(*) FROM evidence").await, 0);
        let alerts = ground.app.get("/api/v1/alerts?state=resolved").as_(&trials.ria).send().await;
        alerts.is(200).has("what a trial took away was not given back");
        // The portal was killed after the fault, before it could write of which run: whoever finds it gives back what is missing, once.
        let run = trials.start(&json!({})).await;
        let known = ground.read(&format!("/api/v1/load/runs/{run}")).await;
        let mut trial: domain::load::Trial = serde_json::from_value(known["trial"].clone()).unwrap();
        trial.fault.ask(5.0, ground.app.now());
        trials.pair.down.store(true, Ordering::SeqCst);
        let mut conn = ground.app.ctx.db.read().await.unwrap();
        let claim = "UPDATE load_runs SET state = 'running', runner = 'gone', started_at = 1, lease_until = 1, trial = $1, owes = 1 WHERE id = $2";
        backend::db::sql(claim).value(serde_json::to_string(&trial).unwrap()).value(run.as_str()).run(&mut conn).await.unwrap();
        drop(conn);
        ground.over(&run, "interrupted").await;
        trials.wait("what is made good", || !trials.pair.down.load(Ordering::SeqCst)).await;
        for _ in 0..20 {
            ground.app.settle().await;
        }
        assert_eq!(ground.count("SELECT COUNT(*) FROM runs").await, 4);
        assert_eq!(ground.count("SELECT COUNT(*) FROM load_runs WHERE owes = 1").await, 0);
        ground.app.post_form(&format!("/load/runs/{run}/given-back"), &[]).as_(&trials.ria).send().await.is(409);
        // What cannot be given back is given back by hand: the portal tries no more, and its alert is over.
        let run = trials.start(&json!({})).await;
        let mut trial: domain::load::Trial = serde_json::from_value(ground.read(&format!("/api/v1/load/runs/{run}")).await["trial"].clone()).unwrap();
        trial.fault.ask(5.0, ground.app.now());
        trial.mend.as_mut().unwrap().values.insert("what".into(), "sideways".into());
        let mut conn = ground.app.ctx.db.read().await.unwrap();
        let claim = "UPDATE load_runs SET state = 'running', runner = 'gone', started_at = 1, lease_until = 1, trial = $1, owes = 1 WHERE id = $2";
        backend::db::sql(claim).value(serde_json::to_string(&trial).unwrap()).value(run.as_str()).run(&mut conn).await.unwrap();
        drop(conn);
        ground.over(&run, "interrupted").await;
        for _ in 0..6 {
            ground.app.settle().await;
            ground.app.advance(61_000);
        }
        let page = ground.app.get(&format!("/load/runs/{run}")).as_(&trials.ria).send().await;
        page.is(200).has("was not run").has("/given-back\"");
        ground.app.get("/api/v1/alerts?state=firing").as_(&trials.ria).send().await.is(200).has("not given back");
        let path = format!("/api/v1/load/runs/{run}/given-back");
        ground.app.ask("POST", &path).as_(&ground.kim).send().await.is(403);
        ground.app.ask("POST", &path).as_(&trials.ria).send().await.is(204);
        ground.app.settle().await;
        assert_eq!(ground.read(&format!("/api/v1/load/runs/{run}")).await["owes"], false);
        ground.app.get("/api/v1/alerts?state=firing").as_(&trials.ria).send().await.is(200).lacks("not given back");
    }

    async fn what_another_wrote_of_a_trial_is_gone_on_from(app: TestApp) {
        let trials = Trials::new(app).await;
        let ground = &trials.ground;
        let run = trials.start(&json!({})).await;
        trials.wait("the first request", || !trials.pair.done.lock().unwrap().is_empty()).await;
        let mut conn = ground.app.ctx.db.read().await.unwrap();
        backend::db::sql("UPDATE load_runs SET trial_version = trial_version + 1").run(&mut conn).await.unwrap();
        drop(conn);
        let known = ground.over(&run, "finished").await;
        assert_eq!((trials.tool(&known, "fault").await, trials.tool(&known, "mend").await), (RunState::Succeeded, RunState::Succeeded));
        assert_eq!((ground.count("SELECT COUNT(*) FROM runs").await, &known["owes"]), (2, &json!(false)), "each once");
    }

    async fn a_trial_needs_its_own_rights_and_room(app: TestApp) {
        let trials = Trials::new(app).await;
        let ground = &trials.ground;
        for (more, field) in [
            (json!({ "fault_tool": "x" }), "fault_tool"),
            (json!({ "fault_tool": ground.team }), "fault_tool"),
            (json!({ "fault_tool": trials.approval }), "fault_tool"),
            (json!({ "fault_tool": trials.mend }), "fault_tool"),
            (json!({ "fault_values": "what=sideways" }), "fault_values"),
            (json!({ "fault_values": "down" }), "fault_values"),
            (json!({ "fault_after": 4 }), "fault_after"),
            (json!({ "fault_after": 11 }), "fault_after"),
            (json!({ "mend_after": 5 }), "mend_after"),
            (json!({ "duration": "8s" }), "fault_after"),
            (json!({ "ledger": "//elsewhere/x" }), "ledger"),
            (json!({ "ledger": "http://elsewhere/x" }), "ledger"),
        ] {
            let refused = ground.app.api("POST", "/api/v1/load/runs", &trials.order(&more)).as_(&trials.ria).send().await;
            refused.is(422).has(field);
        }
        // Who may load may not yet run a tool.
        ground.app.api("POST", "/api/v1/load/runs", &trials.order(&json!({}))).as_(&ground.rita).send().await.is(403);
        let other = json!({ "baseline": ground.register("Other", "http://127.0.0.1:1").await });
        ground.app.api("POST", "/api/v1/load/comparisons", &trials.order(&other)).as_(&trials.ria).send().await.is(422).has("fault_tool");
        assert_eq!(ground.count("SELECT COUNT(*) FROM load_runs").await, 0);
        // Without a ledger nobody knows what was lost, unless every request only reads; a tool that fails took nothing away.
        let free = json!({ "ledger": "", "fault_values": "what=up", "mend_tool": "", "mend_values": "", "mend_after": "", "duration": "11s" });
        let run = trials.start(&free).await;
        let known = ground.over(&run, "finished").await;
        assert_eq!(known["verdict"], "inconclusive", "{known}");
        let id = known["evidence"].as_str().unwrap();
        assert!(ground.read(&format!("/api/v1/evidence/{id}")).await["note"].as_str().unwrap().contains("no ledger"));
    }
}
