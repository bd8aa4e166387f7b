//! Carrying changes out: steps, pauses, rolling back; the gate that CI asks; freezes that yield.

use super::*;

fn steps() -> Value {
    json!([{ "what": "Drain node 1", "expected": "no traffic" }, { "what": "Deploy" }])
}

async fn under_way(room: &Room, changes: &[(&str, Value)]) -> Value {
    let mut all = vec![("steps", steps())];
    all.extend(changes.iter().cloned());
    let change = room.request(&room.with(&all)).await;
    room.act(&room.alan, &change, "approve", &json!({ "hash": change["hash"] })).await.is(200);
    room.app.advance(HOUR);
    room.act(&room.ruth, &change, "start", &json!({})).await.is(200);
    change
}

both! {
    async fn steps_are_ticked_off_and_all_of_them_before_success(app: TestApp) {
        let room = Room::new(app).await;
        let waiting = room.request(&room.with(&[("steps", steps())])).await;
        room.act(&room.ruth, &waiting, "steps/0", &json!({ "result": "done" })).await.is(409).has("not under way");
        let change = under_way(&room, &[]).await;
        let page = format!("/changes/{}", change["id"].as_str().unwrap());
        room.app.get(&page).as_(&room.ruth).send().await.is(200).has("Run book").has("/steps/0").has("Drain node 1");
        room.app.get(&page).as_(&room.rita).send().await.is(200).has("Run book").lacks("/steps/0");
        room.act(&room.rita, &change, "steps/0", &json!({ "result": "done" })).await.is(403);
        room.act(&room.ruth, &change, "steps/7", &json!({ "result": "done" })).await.is(404);
        room.act(&room.ruth, &change, "steps/0", &json!({ "result": "fine" })).await.is(422).has("done, failed, skipped");
        room.act(&room.ruth, &change, "steps/0", &json!({ "result": "failed", "note": "still traffic" })).await.is(200);
        let done = room.act(&room.ruth, &change, "steps/0", &json!({ "result": "done" })).await.is(200).json();
        assert_eq!((done["ticks"].as_array().unwrap().len(), done["ticks"][0]["result"].as_str()), (1, Some("done")));
        let entries = done["entries"].as_array().unwrap().len();
        let again = room.act(&room.ruth, &change, "steps/0", &json!({ "result": "done" })).await.is(200).json();
        assert_eq!(again["entries"].as_array().unwrap().len(), entries);
        room.act(&room.ruth, &change, "finish", &json!({ "outcome": "success" })).await.is(409).has("1 step is not ticked off");
        room.act(&room.ruth, &change, "pause", &json!({})).await.is(422).has("reason");
        room.act(&room.ruth, &change, "pause", &json!({ "reason": "lunch" })).await.is(200);
        room.act(&room.ruth, &change, "steps/1", &json!({ "result": "done" })).await.is(409).has("paused");
        room.app.get(&page).as_(&room.ruth).send().await.is(200).has("Work is paused").has("/resume");
        room.act(&room.ruth, &change, "resume", &json!({})).await.is(200);
        // By the form, without a script.
        let path = format!("{page}/steps/1");
        room.app.post_form(&path, &[("result", "done"), ("note", "all green")]).as_(&room.ruth).send().await.is(303);
        room.app.get(&page).as_(&room.ruth).send().await.is(200).has("all green");
        room.act(&room.ruth, &change, "finish", &json!({ "outcome": "success" })).await.is(200);
    }

    async fn a_failed_step_holds_the_next_ones_back_and_success_with_them(app: TestApp) {
        let room = Room::new(app).await;
        let three = json!([{ "what": "Drain", "check": "no request in the log" }, { "what": "Deploy" }, { "what": "Open" }]);
        let change = under_way(&room, &[("steps", three)]).await;
        let page = format!("/changes/{}", change["id"].as_str().unwrap());
        let tick = async |step: u8, result: &str| room.act(&room.ruth, &change, &format!("steps/{step}"), &json!({ "result": result })).await;
        room.app.advance(5 * MINUTE);
        let shown = room.app.get(&page).as_(&room.ruth).send().await;
        shown.is(200).has("Go or no-go: no request in the log").has("Under way for").has("data-running=\"\" class=\"nowrap\">5 min");
        tick(0, "done").await.is(200);
        room.app.advance(2 * MINUTE);
        tick(1, "failed").await.is(200);
        tick(2, "done").await.is(409).has("Step 2 failed").has("roll the change back");
        tick(1, "skipped").await.is(409).has("Step 2 failed");
        tick(2, "skipped").await.is(200);
        let path = format!("{page}/steps/2");
        let refused = room.app.post_form(&path, &[("result", "done"), ("note", "typed")]).as_(&room.ruth).in_(domain::people::Locale::Zh).send().await;
        refused.is(409).has("步骤 2 失败了").has("typed");
        room.act(&room.ruth, &change, "finish", &json!({ "outcome": "success" })).await.is(409).has("Step 2 failed, so this is no success");
        room.app.advance(MINUTE);
        let told = tick(1, "done").await.is(200).json();
        let clock = |step: usize| -> (i64, i64) {
            let at = |name: &str| told["clocks"][step][name].as_i64().unwrap();
            (at("begun_at"), at("ended_at"))
        };
        assert_eq!((clock(0).1 - clock(0).0, clock(1).0, clock(1).1 - clock(1).0), (5 * MINUTE, clock(0).1, 3 * MINUTE));
        assert!(told["clocks"][2]["begun_at"].is_null());
        room.app.get(&page).as_(&room.rita).send().await.is(200).has("took 3 min").lacks("the steps after it wait");
        tick(2, "done").await.is(200);
        room.act(&room.ruth, &change, "finish", &json!({ "outcome": "success" })).await.is(200);
        room.app.get(&page).as_(&room.rita).send().await.is(200).has("Took 8 min").lacks("data-running");
        // What failed and stays so ends as what it is.
        let other = under_way(&room, &[("start", json!("2025-03-14T08:00")), ("end", json!("2025-03-14T11:00"))]).await;
        room.act(&room.ruth, &other, "steps/0", &json!({ "result": "failed" })).await.is(200);
        room.act(&room.ruth, &other, "finish", &json!({ "outcome": "degraded", "remark": "half of it" })).await.is(200);
    }

    async fn the_log_of_a_tool_stands_in_its_step(app: TestApp) {
        let room = Room::new(app).await;
        room.app.team("vault").await;
        let admin = room.app.admin().await;
        let define = async |name: &str, team: &str, text: &str| {
            let body = json!({ "name": name, "team": team, "argv": ["/bin/sh", "-c", format!("echo {text}; exit 3")], "parameters": [], "timeout_s": 20 });
            let typed = serde_json::from_value(body).unwrap();
            room.app.portal.tools.define(&admin, &typed).await.unwrap()
        };
        let (own, theirs) = (define("drain", "payments", "drained-it").await, define("unseal", "vault", "their-secret").await);
        let steps = json!([{ "what": "Drain", "tool": own }, { "what": "Unseal", "tool": theirs }]);
        let change = room.send(&admin, "POST", "/api/v1/changes", &room.with(&[("steps", steps)])).await.is(201).json();
        room.act(&room.alan, &change, "approve", &json!({ "hash": change["hash"] })).await.is(200);
        room.app.advance(HOUR);
        room.act(&room.ruth, &change, "start", &json!({})).await.is(200);
        let page = format!("/changes/{}", change["id"].as_str().unwrap());
        room.app.get(&page).as_(&room.ruth).send().await.is(200).lacks("changes-step-runs");
        let mut runs = Vec::new();
        for tool in [&own, &theirs] {
            let typed = serde_json::from_value(json!({ "change": change["id"] })).unwrap();
            runs.push(room.app.portal.tools.run(&admin, tool, &typed).await.unwrap());
        }
        let first = room.read(&room.ruth, &change).await;
        assert_eq!(first["runs"].as_array().unwrap().len(), 2, "{}", first["runs"]);
        // Before its end it is followed; without a script the page is asked for again.
        room.app.get(&page).as_(&room.ruth).send().await.is(200).has(&format!("data-source=\"/runs/{}/log\"", runs[0])).has(&format!("<a href=\"{page}#runbook\""));
        for id in &runs {
            for _ in 0..1_200 {
                room.app.settle().await;
                if room.app.portal.tools.get_run(&admin, id).await.unwrap().state.is_over() {
                    break;
                }
                tokio::time::sleep(std::time::Duration::from_millis(25)).await;
            }
        }
        let shown = room.app.get(&page).as_(&room.ruth).send().await;
        shown.is(200).has("drained-it").has("exit code 3").has("A tool of another team; its log is for them.").lacks("their-secret");
        room.app.get(&page).as_(&room.ruth).in_(domain::people::Locale::Zh).send().await.is(200).has("退出码 3").has("其他团队的工具");
        let told = room.read(&room.ruth, &change).await;
        let of = |step: u64| told["runs"].as_array().unwrap().iter().find(|run| run["step"] == step).unwrap().clone();
        assert_eq!((of(0)["run"].as_str(), of(0)["exit_code"].as_i64()), (Some(runs[0].as_str()), Some(3)));
        assert_eq!((of(1)["run"].is_null(), of(1)["exit_code"].is_null(), of(1)["state"].as_str()), (true, true, Some("failed")));
        room.app.get(&format!("/runs/{}/log", runs[1])).as_(&room.ruth).send().await.is(404);
        // A note that was refused keeps the log in its place.
        room.app.post_form(&format!("{page}/steps/0"), &[("result", "fine"), ("note", "typed")]).as_(&room.ruth).send().await.is(422).has("drained-it").has("typed");
    }

    async fn a_tool_that_was_redefined_is_not_what_was_approved(app: TestApp) {
        let room = Room::new(app).await;
        let admin = room.app.admin().await;
        let body = |text: &str, description: &str| -> domain::form::Typed {
            let argv = json!(["/bin/echo", text]);
            serde_json::from_value(json!({ "name": "drain", "team": "payments", "description": description, "argv": argv, "parameters": [], "timeout_s": 20 })).unwrap()
        };
        let tools = &room.app.portal.tools;
        let tool = tools.define(&admin, &body("drain", "")).await.unwrap();
        let change = room.send(&admin, "POST", "/api/v1/changes", &room.with(&[("steps", json!([{ "what": "Drain", "tool": tool }]))])).await.is(201).json();
        room.app.advance(MINUTE);
        room.act(&room.alan, &change, "approve", &json!({ "hash": change["hash"] })).await.is(200);
        room.app.advance(HOUR);
        room.act(&room.ruth, &change, "start", &json!({})).await.is(200);
        let edit = async |version: i64, text: &str, description: &str| {
            let mut typed = body(text, description);
            typed.set("version", version);
            tools.redefine(&admin, &tool, &typed).await.unwrap();
            room.app.advance(MINUTE);
        };
        let run = async |change: Option<&Value>| {
            let typed = serde_json::from_value(change.map_or(json!({}), |change| json!({ "change": change["id"] }))).unwrap();
            tools.run(&admin, &tool, &typed).await
        };
        run(Some(&change)).await.unwrap();
        edit(1, "drain", "said otherwise").await;
        run(Some(&change)).await.unwrap();
        edit(2, "destroy", "said otherwise").await;
        assert_eq!(run(Some(&change)).await, Err(domain::Fault::conflict("tools-conflict-redefined")));
        run(None).await.unwrap();
        edit(3, "drain", "as it was").await;
        run(Some(&change)).await.unwrap();
    }

    async fn rolling_back_is_one_act(app: TestApp) {
        let room = Room::new(app).await;
        let change = under_way(&room, &[]).await;
        room.act(&room.ruth, &change, "rollback", &json!({})).await.is(422).has("remark");
        let undone = room.act(&room.ruth, &change, "rollback", &json!({ "remark": "errors rose" })).await.is(200).json();
        let ticks: Vec<_> = undone["ticks"].as_array().unwrap().iter().map(|t| t["result"].as_str().unwrap().to_owned()).collect();
        assert_eq!((undone["outcome"].as_str(), ticks), (Some("rolled-back"), vec!["skipped".to_owned(), "skipped".to_owned()]));
        room.act(&room.ruth, &change, "rollback", &json!({ "remark": "errors rose" })).await.is(200);
    }

    async fn what_cannot_be_rolled_back_says_why_and_what_to_do(app: TestApp) {
        let room = Room::new(app).await;
        let refused = async |change: &Value, words: &str| {
            room.act(&room.ruth, change, "rollback", &json!({})).await.is(409).has("urn:evenkeel:problem:conflict").has(words);
        };
        let change = room.request(&room.body()).await;
        refused(&change, "If it shall not be carried out, withdraw it.").await;
        let page = format!("/changes/{}/rollback", change["id"].as_str().unwrap());
        let chinese = room.app.post_form(&page, &[("remark", "x")]).as_(&room.ruth).in_(domain::people::Locale::Zh).send().await;
        chinese.is(409).has("没有可回退的内容").has("请将其撤回");
        room.act(&room.alan, &change, "reject", &json!({ "hash": change["hash"], "remark": "no" })).await.is(200);
        refused(&change, "Edit it and ask for approval anew").await;
        room.act(&room.rita, &change, "cancel", &json!({})).await.is(200);
        refused(&change, "It was withdrawn").await;
        let done = under_way(&room, &[]).await;
        room.act(&room.ruth, &done, "rollback", &json!({ "remark": "errors rose" })).await.is(200);
        room.act(&room.ruth, &done, "close", &json!({})).await.is(200);
        refused(&done, "request a new change").await;
    }

    async fn ci_asks_the_gate_and_hears_every_reason(app: TestApp) {
        let room = Room::new(app).await;
        let ci = room.app.user("ci", &[Permission::Read, Permission::PostDeployments], Some(&room.team)).await;
        let change = room.request(&room.with(&[("artifact", json!("gateway")), ("artifact_version", json!("4.12")), ("artifact_sha", json!("ab12cd34ef56"))])).await;
        let ask = async |sha: &str| room.send(&ci, "POST", "/api/v1/changes/CHG-1/gate", &json!({ "artifact_sha": sha })).await;
        let no = ask("ab12cd34ef567890").await.is(200).json();
        let keys = |told: &Value| told["reasons"].as_array().unwrap().iter().map(|r| r["key"].as_str().unwrap().to_owned()).collect::<Vec<_>>();
        assert_eq!((no["go"].as_bool(), keys(&no)), (Some(false), vec!["conflict-change-state".into(), "conflict-change-too-early".into()]));
        room.act(&room.alan, &change, "approve", &json!({ "hash": change["hash"] })).await.is(200);
        room.app.advance(HOUR);
        let go = ask("ab12cd34ef567890").await.is(200).json();
        assert_eq!((go["go"].as_bool(), go["number"].as_str(), keys(&go).len()), (Some(true), Some("CHG-1"), 0));
        let other = ask("ffffffff").await.is(200).json();
        assert_eq!(keys(&other), ["conflict-change-other-artifact"]);
        assert!(other["reasons"][0]["text"].as_str().unwrap().contains("ab12cd34ef56 was approved"));
        // A few digits are not enough, and none at all are not either.
        assert_eq!(keys(&ask("ab12cd34ef5").await.is(200).json()), ["conflict-change-other-artifact"]);
        let unnamed = room.send(&ci, "POST", "/api/v1/changes/CHG-1/gate", &json!({})).await.is(200).json();
        assert_eq!((unnamed["go"].as_bool(), keys(&unnamed)), (Some(false), vec!["conflict-change-unnamed-artifact".into()]));
        // Who carries changes out asks it no more than others do without the right of a pipeline.
        room.send(&room.ruth, "POST", "/api/v1/changes/CHG-1/gate", &json!({})).await.is(403);
        ask("xyz").await.is(422).has("artifact_sha");
        room.act(&room.ruth, &change, "start", &json!({})).await.is(200);
        assert_eq!(ask("ab12cd34ef56").await.json()["go"], true);
        room.act(&room.ruth, &change, "pause", &json!({ "reason": "wait" })).await.is(200);
        assert_eq!(keys(&ask("ab12cd34ef56").await.json()), ["conflict-change-paused"]);
        room.act(&room.ruth, &change, "resume", &json!({})).await.is(200);
        room.app.advance(2 * HOUR);
        assert_eq!(keys(&ask("ab12cd34ef56").await.json()), ["conflict-change-too-late"], "what has begun ends with its window");
        room.send(&room.rita, "POST", "/api/v1/changes/CHG-1/gate", &json!({})).await.is(403);
        let stranger = room.app.user("sam", Permission::ALL, Some(&room.app.team("others").await)).await;
        room.send(&stranger, "POST", "/api/v1/changes/CHG-1/gate", &json!({})).await.is(404);
    }

    async fn a_reason_that_was_given_opens_the_gate_for_nothing_that_comes_later(app: TestApp) {
        let room = Room::new(app).await;
        let ci = room.app.user("ci", &[Permission::Read, Permission::PostDeployments], Some(&room.team)).await;
        let change = room.approved().await;
        let ops = room.app.user("ops", Permission::ALL, None).await;
        let freeze = json!({ "scope": "all", "start": "2025-03-14T00:00", "end": "2025-03-15T00:00", "zone": "UTC", "reason": "Sale", "soft": true });
        room.send(&ops, "POST", "/api/v1/freezes", &freeze).await.is(201);
        room.app.advance(HOUR);
        let ask = async || {
            let told = room.send(&ci, "POST", "/api/v1/changes/CHG-1/gate", &json!({})).await.is(200).json();
            told["reasons"].as_array().unwrap().iter().map(|r| r["key"].as_str().unwrap().to_owned()).collect::<Vec<_>>()
        };
        assert_eq!(ask().await, ["conflict-change-frozen"]);
        room.act(&room.ruth, &change, "start", &json!({ "override": true, "reason": "small" })).await.is(200);
        assert_eq!(ask().await, Vec::<String>::new());
        let incident = json!({ "title": "Gateway slow", "system": room.gateway, "severity": "P2" });
        room.send(&ops, "POST", "/api/v1/incidents", &incident).await.is(201);
        assert_eq!(ask().await, ["conflict-change-incident"]);
    }

    async fn a_pipeline_hears_go_or_no_go_by_exit_code(app: TestApp) {
        let room = Room::new(app).await;
        let change = room.request(&room.body()).await;
        let owner = room.app.user("ci", &[Permission::Read, Permission::PostDeployments, Permission::ManageTokens], Some(&room.team)).await;
        let fields = json!({ "name": "ci", "days": 30, "permissions": ["read", "deployments.post"] });
        let token = room.app.portal.people.create_token(&owner, &serde_json::from_value(fields).unwrap()).await.unwrap().secret;
        let url = format!("http://{}", room.app.listen().await);
        let gate = async |change: &str, token: &str| {
            let mut command = tokio::process::Command::new(env!("CARGO_BIN_EXE_evenkeel"));
            let told = command.args(["gate", change, "--url", &url, "--token", token]).output().await.unwrap();
            (told.status.code().unwrap(), String::from_utf8(told.stdout).unwrap(), String::from_utf8(told.stderr).unwrap())
        };
        let (code, out, _) = gate("CHG-1", &token).await;
        assert_eq!((code, out.lines().next()), (1, Some("CHG-1: NO GO")));
        assert!(out.contains("opens at 2025-03-14 07:00"), "{out}");
        room.act(&room.alan, &change, "approve", &json!({ "hash": change["hash"] })).await.is(200);
        room.app.advance(HOUR);
        assert_eq!(gate("CHG-1", &token).await, (0, "CHG-1: GO\n".to_owned(), String::new()));
        // What could not be asked is no answer.
        assert_eq!(gate("CHG-9", &token).await.0, 2);
        assert_eq!(gate("CHG-1", "rubbish").await.0, 2);
        assert!(gate("../x", &token).await.2.contains("names no change"));
    }

    async fn a_soft_freeze_yields_to_a_reason_and_the_figures_count_it(app: TestApp) {
        let room = Room::new(app).await;
        let change = room.approved().await;
        let freeze = json!({ "scope": "all", "start": "2025-03-14T00:00", "end": "2025-03-15T00:00", "zone": "UTC", "reason": "Sale", "soft": true });
        let admin = room.app.admin().await;
        room.send(&admin, "POST", "/api/v1/freezes", &freeze).await.is(201);
        room.send(&admin, "POST", "/api/v1/freezes", &json!({ "scope": "all", "start": "2025-03-14T00:00", "end": "2025-03-15T00:00", "zone": "UTC", "reason": "x", "rrule": "FREQ=NEVER" })).await.is(422).has("rrule");
        room.app.advance(HOUR);
        room.act(&room.ruth, &change, "start", &json!({})).await.is(409).has("Sale");
        room.act(&room.ruth, &change, "start", &json!({ "override": true, "reason": "small" })).await.is(200);
        room.act(&room.ruth, &change, "finish", &json!({ "outcome": "degraded", "remark": "slow" })).await.is(200);
        let post = json!({ "system": "gateway", "version": "1", "sha": "abcdef1", "status": "succeeded" });
        room.send(&admin, "POST", "/api/v1/deployments", &post).await.is(201);
        let told = room.app.get("/api/v1/changes/figures?from=2025-03-07T00:00:00Z&to=2025-03-21T00:00:00Z").as_(&room.rita).send().await.is(200).json();
        let all = &told["all"];
        assert_eq!((all["changes"].as_i64(), all["failed"].as_i64(), all["overrides"].as_i64(), all["deployments"].as_i64()), (Some(1), Some(1), Some(1), Some(1)));
        assert_eq!(all["frozen"], 1, "what yielded is a freeze");
        assert_eq!((all["lead_ms"].as_i64(), told["by_team"][0]["name"].as_str(), told["by_system"][0]["name"].as_str()), (Some(HOUR), Some("payments"), Some("gateway")));
        // The page counts until now, and now is no longer within.
        room.app.advance(MINUTE);
        room.app.get("/changes/figures").as_(&room.rita).send().await.is(200).has("Change failure rate").has("1 of 1").has("1 for a reason (1 past a freeze)");
        room.app.get("/changes/figures.csv").as_(&room.rita).send().await.is(200).has("team,payments,1,0,1");
        room.app.get("/api/v1/changes/figures?from=x&to=y").as_(&room.rita).send().await.is(422);
        // Another team counts nothing of it.
        let sam = room.app.user("sam", REQUESTER, Some(&room.app.team("others").await)).await;
        let none = room.app.get("/api/v1/changes/figures?from=2025-03-07T00:00:00Z&to=2025-03-21T00:00:00Z").as_(&sam).send().await.is(200).json();
        assert_eq!((none["all"]["changes"].as_i64(), none["all"]["deployments"].as_i64()), (Some(0), Some(0)));
    }

    async fn a_conflict_names_the_next_free_slot(app: TestApp) {
        let room = Room::new(app).await;
        room.request(&room.body()).await;
        let fields = [
            ("title", "Second"), ("systems", room.gateway.as_str()), ("start", "2025-03-14T08:00"), ("end", "2025-03-14T10:00"), ("zone", "UTC"),
            ("risk", "low"), ("risk_reason", "x"), ("impact", ""), ("plan", "p"), ("rollback", "r"), ("act", "check"),
        ];
        let page = room.app.post_form("/changes/new", &fields).as_(&room.rita).send().await;
        page.is(200).has("works on gateway as well").has("Next free slot: 2025-03-15 08:00 – 2025-03-15 10:00");
    }
}
