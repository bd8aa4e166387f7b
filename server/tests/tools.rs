//! Tools: what arrives in a command, who may run it, how it ends, what is left of it.

mod guard;
mod limits;

use std::time::Duration;

use domain::{
    Actor, Fault, Permission,
    form::Typed,
    id::{RunId, TeamId, ToolId},
    tools::{Run, RunState},
};
use serde_json::json;

use crate::app::TestApp;

fn typed(json: serde_json::Value) -> Typed {
    serde_json::from_value(json).expect("an object")
}

/// A tool from arguments and parameters, of the team `ops`.
async fn tool(app: &TestApp, admin: &Actor, name: &str, argv: &[&str], parameters: serde_json::Value, more: serde_json::Value) -> ToolId {
    let mut body = json!({"name": name, "team": "ops", "argv": argv, "parameters": parameters, "timeout_s": 20});
    for (key, value) in more.as_object().expect("an object") {
        body[key] = value.clone();
    }
    app.portal.tools.define(admin, &typed(body)).await.expect("a tool")
}

async fn runner(app: &TestApp, login: &str, team: &TeamId) -> Actor {
    app.user(login, &[Permission::Read, Permission::RunTools], Some(team)).await
}

/// Lets the engine work until the run is over.
async fn over(app: &TestApp, actor: &Actor, id: &RunId) -> Run {
    for _ in 0..1_200 {
        app.settle().await;
        let run = app.portal.tools.get_run(actor, id).await.expect("the run");
        if run.state.is_over() {
            return run;
        }
        tokio::time::sleep(Duration::from_millis(25)).await;
    }
    panic!("the run does not end");
}

async fn until_line(app: &TestApp, actor: &Actor, id: &RunId, text: &str) -> String {
    for _ in 0..800 {
        app.settle().await;
        let part = app.portal.tools.log(actor, id, 1, 100).await.expect("the log");
        if let Some(line) = part.lines.iter().find(|line| line.contains(text)) {
            return line.clone();
        }
        tokio::time::sleep(Duration::from_millis(25)).await;
    }
    panic!("the line {text} does not come");
}

async fn log(app: &TestApp, actor: &Actor, id: &RunId) -> Vec<String> {
    app.portal.tools.log(actor, id, 1, 10_000).await.expect("the log").lines
}

fn is_alive(pid: &str) -> bool {
    std::fs::read_to_string(format!("/proc/{pid}/stat"))
        .is_ok_and(|stat| !matches!(stat.rsplit_once(')').and_then(|(_, r)| r.split_whitespace().next()), Some("Z" | "X") | None))
}

both! {
    async fn what_is_typed_arrives_as_one_argument_or_is_refused(app: TestApp) {
        let team = app.team("ops").await;
        let admin = app.admin().await;
        let free = json!([{"key": "x", "kind": "text"}]);
        let echo = tool(&app, &admin, "echo", &["/usr/bin/printf", "[%s]\\n", "{x}", "end"], free, json!({})).await;
        let actor = runner(&app, "rita", &team).await;
        for text in ["; id", "$(id)", "`id`", "a b", "' \" \\", "${HOME}", "| cat"] {
            let run = app.portal.tools.run(&actor, &echo, &typed(json!({"p.x": text}))).await.expect("a run");
            let run = over(&app, &actor, &run).await;
            assert_eq!(run.state, RunState::Succeeded, "{text}: {}", run.trouble);
            assert_eq!(log(&app, &actor, &run.id).await, [format!("[{text}]"), "[end]".to_owned()]);
        }
        for text in ["-o", "a\nb"] {
            let fault = app.portal.tools.run(&actor, &echo, &typed(json!({"p.x": text}))).await.unwrap_err();
            assert_eq!(fault.problems()[0].field, "p.x", "{text}");
        }
        let page = app.post_form(&format!("/tools/{echo}/run"), &[("p.x", "-o"), ("act", "run")]).as_(&actor).send().await;
        page.is(422).has("value=\"-o\"");
        let dry = app.post_form(&format!("/tools/{echo}/run"), &[("p.x", "; id"), ("act", "preview")]).as_(&actor).send().await;
        dry.is(200).has("; id").has("/usr/bin/printf");
        let unknown = app.portal.tools.run(&actor, &echo, &typed(json!({"p.y": "1"}))).await.unwrap_err();
        assert_eq!(unknown.problems()[0].field, "p.y");
    }

    async fn a_flood_is_cut_and_a_deadline_holds(app: TestApp) {
        let team = app.team("ops").await;
        let admin = app.admin().await;
        let yes = tool(&app, &admin, "yes", &["yes", "line"], json!([]), json!({"timeout_s": 2})).await;
        let actor = runner(&app, "rita", &team).await;
        let run = app.portal.tools.run(&actor, &yes, &typed(json!({}))).await.expect("a run");
        let run = over(&app, &actor, &run).await;
        assert_eq!(run.state, RunState::TimedOut);
        assert!(run.log_cut);
        assert!(run.log_bytes > 4 * 1024 * 1024, "{}", run.log_bytes);
        assert!(run.log_lines <= 4 * 1024 * 1024 / 5 + 1, "{}", run.log_lines);
        app.get(&format!("/runs/{}", run.id)).as_(&actor).send().await.is(200).has("bytes");
    }

    async fn a_kill_ends_everything_it_started(app: TestApp) {
        let team = app.team("ops").await;
        let admin = app.admin().await;
        // One grandchild ignores the request to end, another leaves the group.
        let script = "sh -c 'trap \"\" TERM; echo stubborn $$; sleep 300 & wait; sleep 300' & setsid sh -c 'echo escaped $$; sleep 300' & wait";
        let nest = tool(&app, &admin, "nest", &["/bin/sh", "-c", script], json!([]), json!({"timeout_s": 120})).await;
        let actor = runner(&app, "rita", &team).await;
        let run = app.portal.tools.run(&actor, &nest, &typed(json!({}))).await.expect("a run");
        let pid = |line: &str| line.split(' ').nth(1).expect("a pid").to_owned();
        let stubborn = pid(&until_line(&app, &actor, &run, "stubborn").await);
        let escaped = pid(&until_line(&app, &actor, &run, "escaped").await);
        assert!(is_alive(&stubborn) && is_alive(&escaped));
        app.post_form(&format!("/runs/{run}/kill"), &[]).as_(&actor).send().await.is(303);
        let run = over(&app, &actor, &run).await;
        assert_eq!((run.state, run.killed_name.as_str()), (RunState::Killed, "rita"));
        assert!(!is_alive(&stubborn) && !is_alive(&escaped));
        assert!(matches!(app.portal.tools.kill(&actor, &run.id).await, Err(Fault::Conflict(_))));
    }

    async fn a_secret_is_sealed_masked_and_forgotten(app: TestApp) {
        let team = app.team("ops").await;
        let admin = app.admin().await;
        let parameters = json!([{"key": "db-password", "kind": "secret", "required": true}]);
        let argv = ["/bin/sh", "-c", "echo got $RUN_SECRET_DB_PASSWORD; env | sort | cut -d= -f1 | tr '\\n' ' '"];
        let more = json!({"approval": true});
        let leak = tool(&app, &admin, "leak", &argv, parameters, more).await;
        let actor = runner(&app, "rita", &team).await;
        let canary = "canary-4711-secret";
        let id = app.portal.tools.run(&actor, &leak, &typed(json!({"p.db-password": canary}))).await.expect("a run");
        let mut conn = app.ctx.db.read().await.expect("a connection");
        let sealed = backend::db::sql("SELECT secrets FROM runs WHERE id = $1").value(&id).texts(&mut conn).await.expect("a row");
        assert!(!sealed[0].is_empty() && !sealed[0].contains("canary"));
        let approver = app.user("anna", &[Permission::Read, Permission::ApproveRuns], Some(&team)).await;
        app.portal.tools.approve(&approver, &id).await.expect("approved");
        let run = over(&app, &actor, &id).await;
        let lines = log(&app, &actor, &id).await;
        assert_eq!(lines[0], "got ••••••");
        // Nothing of our own environment is there: only what the command is given, and what sh itself sets.
        let names: Vec<_> = lines[1].split_whitespace().filter(|n| !["PWD", "OLDPWD", "SHLVL", "_"].contains(n)).collect();
        assert_eq!(names, ["HOME", "LANG", "PATH", "RUN_ID", "RUN_SECRET_DB_PASSWORD", "TMPDIR"]);
        assert_eq!(run.state, RunState::Succeeded);
        let tables = ["SELECT secrets || argv || given FROM runs", "SELECT text FROM run_logs", "SELECT detail FROM audit"];
        for table in tables {
            for row in backend::db::sql(table).texts(&mut conn).await.expect("rows") {
                assert!(!row.contains("canary"), "{table}: {row}");
            }
        }
        let short = app.post_form(&format!("/tools/{leak}/run"), &[("p.db-password", "tiny!"), ("act", "run")]).as_(&actor).send().await;
        short.is(422).lacks("tiny!");
    }

    async fn nobody_approves_their_own_run(app: TestApp) {
        let team = app.team("ops").await;
        let admin = app.admin().await;
        let careful = tool(&app, &admin, "careful", &["true"], json!([]), json!({"approval": true})).await;
        let all = [Permission::Read, Permission::RunTools, Permission::ApproveRuns];
        let (rita, anna) = (app.user("rita", &all, Some(&team)).await, app.user("anna", &all, Some(&team)).await);
        let tools = &app.portal.tools;
        let id = tools.run(&rita, &careful, &typed(json!({}))).await.expect("a run");
        app.settle().await;
        assert_eq!(tools.get_run(&rita, &id).await.unwrap().state, RunState::Awaiting);
        assert_eq!(tools.approve(&rita, &id).await.unwrap_err(), Fault::conflict("tools-conflict-own"));
        let page = app.get(&format!("/runs/{id}")).as_(&rita).send().await;
        page.is(200).lacks("/approve");
        app.get(&format!("/runs/{id}")).as_(&anna).send().await.is(200).has("/approve");
        tools.approve(&anna, &id).await.expect("approved");
        assert!(matches!(tools.reject(&anna, &id).await, Err(Fault::Conflict(_))));
        let run = over(&app, &rita, &id).await;
        assert_eq!((run.state, run.decided_name.as_str()), (RunState::Succeeded, "anna"));
        let refused = tools.run(&rita, &careful, &typed(json!({}))).await.expect("a run");
        tools.reject(&anna, &refused).await.expect("rejected");
        assert_eq!(over(&app, &rita, &refused).await.state, RunState::Rejected);
        let forgotten = tools.run(&rita, &careful, &typed(json!({}))).await.expect("a run");
        app.advance(25 * domain::time::HOUR);
        assert_eq!(over(&app, &rita, &forgotten).await.state, RunState::Withdrawn);
    }

    async fn who_may_run_what(app: TestApp) {
        let (ops, other) = (app.team("ops").await, app.team("other").await);
        let admin = app.admin().await;
        let plain = tool(&app, &admin, "plain", &["true"], json!([]), json!({})).await;
        let safe = tool(&app, &admin, "safe", &["true"], json!([]), json!({"first_line": true})).await;
        let operator = app.user("olaf", &[Permission::Read, Permission::RunSafeTools], Some(&ops)).await;
        let stranger = runner(&app, "sven", &other).await;
        let viewer = app.viewer("vera", &ops).await;
        let tools = &app.portal.tools;
        let nothing = typed(json!({}));
        assert_eq!(tools.run(&viewer, &safe, &nothing).await.unwrap_err(), Fault::Forbidden(Permission::RunSafeTools));
        assert_eq!(tools.run(&operator, &plain, &nothing).await.unwrap_err(), Fault::Forbidden(Permission::RunTools));
        assert_eq!(tools.run(&stranger, &safe, &nothing).await.unwrap_err(), Fault::NotFound("tool"));
        let id = tools.run(&operator, &safe, &nothing).await.expect("a run");
        assert_eq!(over(&app, &operator, &id).await.state, RunState::Succeeded);
        assert_eq!(tools.get_run(&stranger, &id).await.unwrap_err(), Fault::NotFound("run"));
        app.get(&format!("/runs/{id}/log")).as_(&stranger).send().await.is(404);
        app.get(&format!("/tools/{safe}")).as_(&stranger).send().await.is(404);
        let runner = runner(&app, "rita", &ops).await;
        let mine = json!({"name": "mine", "team": "ops", "argv": ["true"], "timeout_s": 5});
        assert_eq!(tools.define(&runner, &typed(mine)).await.unwrap_err(), Fault::Forbidden(Permission::DefineTools));
        app.get("/tools").as_(&viewer).send().await.is(200).has("plain");
        app.get("/runs").as_(&viewer).send().await.is(200).has("safe");
        app.get("/tools/new").as_(&admin).send().await.is(200);
        app.get(&format!("/tools/{plain}/edit")).as_(&admin).in_(domain::people::Locale::Zh).send().await.is(200).has("编辑工具");
        tools.retire(&admin, &safe, true).await.expect("retired");
        assert!(matches!(tools.run(&operator, &safe, &nothing).await, Err(Fault::Conflict(_))));
    }

    async fn a_run_whose_watcher_is_gone_is_lost_and_not_run_again(app: TestApp) {
        let team = app.team("ops").await;
        let admin = app.admin().await;
        let sleep = tool(&app, &admin, "sleep", &["sleep", "300"], json!([]), json!({"timeout_s": 400})).await;
        let actor = runner(&app, "rita", &team).await;
        let id = app.portal.tools.run(&actor, &sleep, &typed(json!({}))).await.expect("a run");
        // A watcher of another time has claimed it; what it started is still there.
        let mut conn = app.ctx.db.read().await.expect("a connection");
        let claim = "UPDATE runs SET state = 'running', runner = 'gone', host = $1, started_at = 1, lease_until = 1 WHERE id = $2";
        let host = host_name();
        backend::db::sql(claim).value(&host).value(&id).run(&mut conn).await.expect("claimed");
        drop(conn);
        let mut orphan = tokio::process::Command::new("sleep").arg("301").env("RUN_ID", id.as_str()).spawn().expect("a process");
        let run = over(&app, &actor, &id).await;
        assert_eq!(run.state, RunState::Lost);
        let ended = tokio::time::timeout(Duration::from_secs(5), orphan.wait()).await.expect("the orphan ends");
        assert!(!ended.expect("a status").success());
        app.settle().await;
        assert_eq!(app.portal.tools.get_run(&actor, &id).await.unwrap().state, RunState::Lost);
    }

    async fn the_log_is_served_in_parts(app: TestApp) {
        let team = app.team("ops").await;
        let admin = app.admin().await;
        let count = tool(&app, &admin, "count", &["seq", "1", "5000"], json!([]), json!({})).await;
        let actor = runner(&app, "rita", &team).await;
        let made = app.api("POST", &format!("/api/v1/tools/{count}/runs"), &json!({"parameters": {}})).as_(&actor).send().await;
        made.is(201);
        let id = RunId::parse(made.json()["id"].as_str().expect("an id")).expect("an id");
        let run = over(&app, &actor, &id).await;
        assert_eq!((run.state, run.log_lines, run.exit_code), (RunState::Succeeded, 5_000, Some(0)));
        let part = app.portal.tools.log(&actor, &id, 4_990, 5).await.unwrap();
        assert_eq!((part.lines.first().map(String::as_str), part.next, part.done), (Some("4990"), 4_995, false));
        let tail = app.portal.tools.log(&actor, &id, -3, 10).await.unwrap();
        assert_eq!((tail.lines, tail.done), (vec!["4998".to_owned(), "4999".into(), "5000".into()], true));
        let text = app.get(&format!("/runs/{id}/log.txt")).as_(&actor).send().await;
        assert_eq!(text.is(200).body.lines().count(), 5_000);
        let html = app.get(&format!("/runs/{id}/log?after=4999")).as_(&actor).send().await;
        html.is(200).has("L5000").lacks("L4999");
        let events = app.get(&format!("/runs/{id}/log?after=4999")).header("accept", "text/event-stream").as_(&actor).send().await;
        events.is(200).has("event: lines").has("id: 5000").has("event: end").has("succeeded");
        // A reader that fetches what it sees: so many lines, and of what is new the last ones.
        let few = app.get(&format!("/runs/{id}/log?after=10&limit=5")).as_(&actor).send().await;
        few.is(200).has("L11\"").has("L15\"").lacks("L16\"");
        let tail = app.get(&format!("/runs/{id}/log?after=7&tail=100")).header("accept", "text/event-stream").as_(&actor).send().await;
        tail.is(200).has("L4901\"").has("id: 5000").has("event: end").lacks("L4900\"");
        // Without JavaScript, in pages.
        let last = app.get(&format!("/runs/{id}")).as_(&actor).send().await;
        last.is(200).has("L3001\"").lacks("L3000\"").has("?from=1001#runs-log").has("data-total=\"5000\"");
        let middle = app.get(&format!("/runs/{id}?from=1001")).as_(&actor).send().await;
        middle.is(200).has("L1001\"").has("L3000\"").lacks("L3001\"").has("?from=1#runs-log").has("?from=3001#runs-log");
        app.get(&format!("/runs/{id}?from=-7")).as_(&actor).send().await.is(200).has("L1\"").has("?from=2001#runs-log");
        app.get(&format!("/runs/{id}?from=999999")).as_(&actor).send().await.is(200).has("L5000\"");
        app.get("/runs.csv").as_(&actor).send().await.is(403);
        app.get("/runs.csv").as_(&admin).send().await.is(200).has("count");
    }

    async fn a_command_that_is_not_there_says_so(app: TestApp) {
        let team = app.team("ops").await;
        let admin = app.admin().await;
        let missing = tool(&app, &admin, "missing", &["/no/such/program"], json!([]), json!({})).await;
        let actor = runner(&app, "rita", &team).await;
        let id = app.portal.tools.run(&actor, &missing, &typed(json!({}))).await.expect("a run");
        let run = over(&app, &actor, &id).await;
        assert_eq!(run.state, RunState::NotStarted);
        assert!(run.trouble.contains("No such file"), "{}", run.trouble);
        let bad = typed(json!({"name": "", "team": "none", "argv": ["sh", "{x}"], "timeout_s": 0, "colour": "red"}));
        let fault = app.portal.tools.define(&admin, &bad).await.unwrap_err();
        let fields: Vec<_> = fault.problems().iter().map(|p| p.field.clone()).collect();
        assert_eq!(fields, ["colour", "name", "timeout_s", "argv", "team"]);
    }

    async fn a_run_whose_secrets_no_key_opens_holds_up_no_other(app: TestApp) {
        let team = app.team("ops").await;
        let admin = app.admin().await;
        let parameters = json!([{"key": "password", "kind": "secret", "required": true}]);
        let sealed = tool(&app, &admin, "sealed", &["true"], parameters, json!({})).await;
        let plain = tool(&app, &admin, "plain", &["true"], json!([]), json!({})).await;
        let actor = runner(&app, "rita", &team).await;
        let tools = &app.portal.tools;
        let lost = tools.run(&actor, &sealed, &typed(json!({"p.password": "correct horse"}))).await.expect("a run");
        let torn = tools.run(&actor, &plain, &typed(json!({}))).await.expect("a run");
        let next = tools.run(&actor, &plain, &typed(json!({}))).await.expect("a run");
        let mut conn = app.ctx.db.read().await.expect("a connection");
        // Sealed by the key of another process; and one whose row is torn.
        let reseal = "UPDATE runs SET secrets = '0000.0000.0000' WHERE id = $1";
        assert_eq!(backend::db::sql(reseal).value(&lost).run(&mut conn).await.unwrap(), 1);
        assert_eq!(backend::db::sql("UPDATE runs SET given = '{' WHERE id = $1").value(&torn).run(&mut conn).await.unwrap(), 1);
        drop(conn);
        assert_eq!(over(&app, &actor, &next).await.state, RunState::Succeeded, "what stands behind them runs");
        let run = tools.get_run(&actor, &lost).await.unwrap();
        assert_eq!(run.state, RunState::NotStarted);
        assert!(run.trouble.contains("key"), "{}", run.trouble);
        app.get(&format!("/runs/{lost}")).as_(&actor).send().await.is(200).has("no key opens its secrets");
        let mut conn = app.ctx.db.read().await.expect("a connection");
        let states = backend::db::sql("SELECT state FROM runs WHERE id = $1 AND secrets = ''").value(&torn).texts(&mut conn).await.unwrap();
        assert_eq!(states, ["not-started"]);
        assert_eq!(backend::db::sql("SELECT COUNT(*) FROM audit WHERE act = 'run.refuse'").count(&mut conn).await.unwrap(), 2);
    }
}

fn host_name() -> String {
    std::fs::read_to_string("/proc/sys/kernel/hostname").expect("a host name").trim().to_owned()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn switched_off_nothing_runs() {
    let app = TestApp::with(backend::db::Kind::Sqlite, |settings| settings.tools.enabled = None).await;
    let team = app.team("ops").await;
    let admin = app.admin().await;
    let id = tool(&app, &admin, "true", &["true"], json!([]), json!({})).await;
    let actor = runner(&app, "rita", &team).await;
    let nothing = typed(json!({}));
    assert!(matches!(app.portal.tools.run(&actor, &id, &nothing).await, Err(Fault::Unavailable(_))));
    app.get("/tools").as_(&actor).send().await.is(200).has("switched off").lacks("/tools/switch");
    app.post_form("/tools/switch", &[("to", "on")]).as_(&actor).send().await.is(403);
    app.post_form("/tools/switch", &[("to", "on")]).as_(&admin).send().await.is(303);
    let run = app.portal.tools.run(&actor, &id, &nothing).await.expect("a run");
    assert_eq!(over(&app, &actor, &run).await.state, RunState::Succeeded);

    let fixed = TestApp::with(backend::db::Kind::Sqlite, |settings| settings.tools.enabled = Some(false)).await;
    let admin = fixed.admin().await;
    assert!(matches!(fixed.portal.tools.set_switch(&admin, true).await, Err(Fault::Conflict(_))));
}
