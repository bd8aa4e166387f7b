//! Tools of steps run in place with what was approved and nothing else; and rolling back as one act.

use domain::{
    Who,
    form::Typed,
    id::{ChangeId, TokenId, ToolId},
};

use super::*;

impl Room {
    /// A tool of the team that says what it is given and ends with a code.
    async fn tool(&self, admin: &Actor, name: &str, code: u8) -> ToolId {
        let body = json!({ "name": name, "team": "payments", "timeout_s": 20, "argv": ["/bin/sh", "-c", format!("echo {name} \"$0\"; exit {code}"), "{node}"],
            "parameters": [{ "key": "node", "kind": "text", "rule": "[a-z0-9-]+", "required": true }] });
        self.app.portal.tools.define(admin, &serde_json::from_value(body).unwrap()).await.unwrap()
    }

    /// Everybody of the team may run its tools from now on.
    async fn runner(&self) -> Actor {
        let may = [Permission::Read, Permission::ExecuteChanges, Permission::RequestChanges, Permission::RunTools];
        self.app.user("rosa", &may, Some(&self.team)).await
    }

    /// Until no run is under way any more, and what follows from that is done.
    async fn ran(&self) {
        for _ in 0..1_200 {
            self.app.settle().await;
            if self.count("SELECT COUNT(*) FROM runs WHERE state IN ('queued', 'running')").await == 0 {
                break;
            }
            tokio::time::sleep(std::time::Duration::from_millis(25)).await;
        }
        self.app.settle().await;
        self.app.settle().await;
    }

    async fn start(&self, admin: &Actor, steps: Value) -> Value {
        let change = self.send(admin, "POST", "/api/v1/changes", &self.with(&[("steps", steps)])).await.is(201).json();
        self.act(&self.alan, &change, "approve", &json!({ "hash": change["hash"] })).await.is(200);
        self.app.advance(HOUR);
        self.act(&self.ruth, &change, "start", &json!({})).await.is(200);
        change
    }
}

fn undos(detail: &Value) -> Vec<(u64, String)> {
    let all = detail["rollback"]["undos"].as_array().unwrap();
    all.iter().map(|undo| (undo["place"].as_u64().unwrap(), undo["state"].as_str().unwrap().to_owned())).collect()
}

fn is(states: &[(u64, &str)]) -> Vec<(u64, String)> {
    states.iter().map(|(place, state)| (*place, (*state).to_owned())).collect()
}

both! {
    async fn a_step_runs_its_tool_with_what_was_approved_and_nothing_else(app: TestApp) {
        let room = Room::new(app).await;
        let admin = room.app.admin().await;
        let (drain, rosa) = (room.tool(&admin, "drain", 0).await, room.runner().await);
        // What the tool does not take is refused when the change is requested, each thing by name.
        let wrong = room.with(&[("steps", json!([{ "what": "Drain", "tool": drain, "parameters": { "nod": "n-1" } }]))]);
        let refused = room.send(&admin, "POST", "/api/v1/changes", &wrong).await;
        refused.is(422).has("steps[0].parameters").has("nod = n-1").has("node");
        let other = room.with(&[("steps", json!([{ "what": "Drain", "tool": drain, "parameters": { "node": "N 1" } }]))]);
        room.send(&admin, "POST", "/api/v1/changes", &other).await.is(422).has("node = N 1").has("[a-z0-9-]+");
        let change = room.start(&admin, json!([{ "what": "Drain", "tool": drain, "parameters": { "node": "n-1" } }, { "what": "Look" }])).await;
        let page = format!("/changes/{}", change["id"].as_str().unwrap());
        let shown = room.app.get(&page).as_(&rosa).send().await;
        shown.is(200).has("<code>node = n-1").has("/steps/0/run");
        room.app.get(&page).as_(&rosa).in_(domain::people::Locale::Zh).send().await.is(200).has("<code>node = n-1");
        // Nobody runs it with anything else for this change: not from the run book, not from the tool's own page.
        room.act(&rosa, &change, "steps/0/run", &json!({ "p.node": "n-2" })).await.is(422).has("what the plan says");
        let own = async |node: &str| {
            let typed: Typed = serde_json::from_value(json!({ "p.node": node, "change": change["id"] })).unwrap();
            room.app.portal.tools.run(&rosa, &drain, &typed).await
        };
        assert_eq!(own("n-2").await, Err(domain::Fault::conflict("tools-conflict-planned")));
        own("n-1").await.unwrap();
        room.ran().await;
        room.act(&room.ruth, &change, "steps/0/run", &json!({})).await.is(403);
        room.act(&rosa, &change, "steps/1/run", &json!({})).await.is(409).has("by hand");
        room.app.post_form(&format!("{page}/steps/0/run"), &[]).as_(&rosa).send().await.is(303);
        room.act(&rosa, &change, "steps/0/run", &json!({})).await.is(409).has("runs already");
        room.ran().await;
        let told = room.read(&rosa, &change).await;
        assert_eq!((told["runs"].as_array().unwrap().len(), told["runs"][0]["state"].as_str(), told["runs"][0]["undo"].as_bool()), (2, Some("succeeded"), Some(false)));
        room.app.get(&page).as_(&rosa).send().await.is(200).has("drain n-1");
        assert_eq!(room.count("SELECT COUNT(*) FROM runs WHERE change_step = 0").await, 1);
        // What a tool is given is part of what was approved.
        let draft = room.with(&[("steps", json!([{ "what": "Drain", "tool": drain, "parameters": { "node": "n-1" } }])), ("submit", json!(false)), ("start", json!("2025-03-14T11:00")), ("end", json!("2025-03-14T12:00"))]);
        let before = room.send(&admin, "POST", "/api/v1/changes", &draft).await.is(201).json();
        let mut after = draft.clone();
        after["steps"][0]["parameters"]["node"] = json!("n-2");
        after["version"] = json!(1);
        after.as_object_mut().unwrap().remove("submit");
        room.send(&admin, "PUT", &format!("/api/v1/changes/{}", before["id"].as_str().unwrap()), &after).await.is(200);
        assert_ne!(room.read(&admin, &before).await["hash"], before["hash"]);
    }

    async fn the_form_of_a_plan_says_what_its_tools_are_given(app: TestApp) {
        let room = Room::new(app).await;
        let admin = room.app.admin().await;
        let drain = room.tool(&admin, "drain", 0).await;
        room.app.get("/changes/new").as_(&admin).send().await.is(200).has("drain (node)").has("steps[0].rollback_parameters").has("Undone by the tool");
        let fields = [
            ("title", "New routing"), ("systems", "gateway"), ("start", "2025-03-14T07:00"), ("end", "2025-03-14T09:00"), ("zone", "UTC"), ("plan", "go"),
            ("rollback", "back"), ("risk", "low"), ("risk_reason", "weekly"), ("steps[0].what", "Drain"), ("steps[0].tool", drain.as_str()),
        ];
        let mut wrong = fields.to_vec();
        wrong.push(("steps[0].parameters", "node"));
        room.app.post_form("/changes/new", &wrong).as_(&admin).send().await.is(422).has("one “key = value” a line").has("Drain");
        let mut right = fields.to_vec();
        right.extend([("steps[0].parameters", "node = n-1"), ("steps[0].rollback_tool", drain.as_str()), ("steps[0].rollback_parameters", "node = n-9"), ("submit", "on")]);
        let made = room.app.post_form("/changes/new", &right).as_(&admin).send().await.is(303).location().to_owned();
        room.app.get(&made).as_(&room.alan).send().await.is(200).has("<code>node = n-1").has("<code>node = n-9");
        room.app.get("/approvals").as_(&room.alan).send().await.is(200).has("<code>node = n-9");
    }

    async fn rolling_back_undoes_each_step_from_the_end_by_tool_and_by_hand(app: TestApp) {
        let room = Room::new(app).await;
        let admin = room.app.admin().await;
        let (undeploy, rosa) = (room.tool(&admin, "undeploy", 0).await, room.runner().await);
        let change = room.start(&admin, json!([
            { "what": "Drain", "rollback": "let traffic in" },
            { "what": "Deploy", "rollback_tool": undeploy, "rollback_parameters": { "node": "n-1" } },
            { "what": "Look" },
            { "what": "Open", "rollback": "close" },
        ])).await;
        for step in 0..3 {
            room.act(&room.ruth, &change, &format!("steps/{step}"), &json!({ "result": "done" })).await.is(200);
        }
        let page = format!("/changes/{}", change["id"].as_str().unwrap());
        room.app.get(&page).as_(&rosa).send().await.is(200).has("In this order").has("<code>node = n-1");
        room.act(&rosa, &change, "undo/1", &json!({ "result": "done" })).await.is(409).has("not being rolled back");
        let begun = room.act(&rosa, &change, "rollback", &json!({ "remark": "errors rose" })).await.is(200).json();
        // What was not done, or says not how, is not undone.
        assert_eq!((undos(&begun), begun["state"].as_str()), (is(&[(1, "running"), (0, "waiting")]), Some("executing")));
        room.act(&rosa, &change, "rollback", &json!({ "remark": "errors rose" })).await.is(200);
        room.act(&room.ruth, &change, "steps/3", &json!({ "result": "done" })).await.is(409).has("being rolled back");
        room.act(&room.ruth, &change, "finish", &json!({ "outcome": "success" })).await.is(409);
        room.act(&room.ruth, &change, "undo/0", &json!({ "result": "done" })).await.is(409).has("Step 2 is undone first");
        room.ran().await;
        let half = room.read(&rosa, &change).await;
        assert_eq!(undos(&half), is(&[(1, "done"), (0, "waiting")]));
        let shown = room.app.get(&page).as_(&rosa).send().await;
        shown.is(200).has("rolling back").has("undeploy n-1").has("let traffic in").has("/undo/0").lacks("/undo/1");
        room.app.get(&page).as_(&rosa).in_(domain::people::Locale::Zh).send().await.is(200).has("正在回退").has("已撤销");
        room.app.get(&page).as_(&room.rita).send().await.is(200).has("rolling back").lacks("/undo/0");
        room.act(&room.rita, &change, "undo/0", &json!({ "result": "done" })).await.is(403);
        room.act(&room.ruth, &change, "undo/0", &json!({ "result": "fine" })).await.is(422).has("done, failed, skipped, run");
        room.app.post_form(&format!("{page}/undo/0"), &[("result", "done"), ("note", "traffic is back")]).as_(&room.ruth).send().await.is(303);
        let over = room.read(&rosa, &change).await;
        assert_eq!((over["state"].as_str(), over["outcome"].as_str(), over["rollback"]["ended_at"].is_null()), (Some("observing"), Some("rolled-back"), false));
        room.app.get(&page).as_(&room.rita).send().await.is(200).has("everything undone").has("traffic is back");
        let kinds: Vec<_> = over["entries"].as_array().unwrap().iter().map(|e| e["kind"].as_str().unwrap()).collect();
        assert_eq!(kinds.iter().filter(|kind| **kind == "undone").count(), 2, "{kinds:?}");
        assert!(kinds.contains(&"rolling-back"));
        assert_eq!(room.count("SELECT COUNT(*) FROM audit WHERE act = 'change.undo'").await, 2);
        assert_eq!(room.count("SELECT COUNT(*) FROM runs WHERE undoes = 1 AND change_step = 1").await, 1);
    }

    async fn it_stops_where_a_step_cannot_be_undone_and_goes_on_once_that_is_put_right(app: TestApp) {
        let room = Room::new(app).await;
        let admin = room.app.admin().await;
        let (broken, rosa) = (room.tool(&admin, "broken", 3).await, room.runner().await);
        let steps = json!([
            { "what": "Deploy", "rollback_tool": broken, "rollback_parameters": { "node": "n-1" } },
            { "what": "Migrate", "rollback_tool": broken, "rollback_parameters": { "node": "n-2" } },
        ]);
        let change = room.start(&admin, steps).await;
        for step in 0..2 {
            room.act(&room.ruth, &change, &format!("steps/{step}"), &json!({ "result": "done" })).await.is(200);
        }
        room.act(&rosa, &change, "rollback", &json!({ "remark": "errors rose" })).await.is(200);
        room.ran().await;
        let stopped = room.read(&rosa, &change).await;
        assert_eq!((undos(&stopped), stopped["rollback"]["undos"][0]["trouble"].as_str()), (is(&[(1, "failed"), (0, "waiting")]), Some("run")));
        let page = format!("/changes/{}", change["id"].as_str().unwrap());
        room.app.get(&page).as_(&rosa).send().await.is(200).has("Step 2 could not be undone").has("exit code 3").has("Run the tool").has("/undo/1");
        // Again by its tool, then by hand, which wants a word.
        let again = room.act(&rosa, &change, "undo/1", &json!({ "result": "run" })).await.is(200).json();
        assert_eq!(undos(&again), is(&[(1, "running"), (0, "waiting")]));
        room.act(&rosa, &change, "undo/1", &json!({ "result": "done", "note": "x" })).await.is(409).has("runs already");
        room.ran().await;
        room.act(&room.ruth, &change, "undo/1", &json!({ "result": "done" })).await.is(422).has("note");
        // Whoever goes on need not be who began: what they may not run waits for somebody who may.
        let next = room.act(&room.ruth, &change, "undo/1", &json!({ "result": "done", "note": "restored by hand" })).await.is(200).json();
        assert_eq!(undos(&next), is(&[(1, "done"), (0, "running")]));
        room.ran().await;
        assert_eq!(undos(&room.read(&rosa, &change).await), is(&[(1, "done"), (0, "failed")]));
        // It ends otherwise: that is said, and nothing more is undone.
        room.act(&room.ruth, &change, "finish", &json!({ "outcome": "success" })).await.is(409).has("being rolled back");
        room.act(&room.ruth, &change, "finish", &json!({ "outcome": "degraded", "remark": "half of it is back" })).await.is(200);
        room.app.get(&page).as_(&rosa).send().await.is(200).has("ended before everything was undone").lacks("/undo/0");
        assert_eq!(room.read(&rosa, &change).await["outcome"], "degraded");
        // Once more: what was undone is not undone again.
        let again = room.act(&rosa, &change, "rollback", &json!({ "remark": "the other half" })).await.is(200).json();
        assert_eq!(undos(&again), is(&[(1, "done"), (0, "running")]));
        room.ran().await;
        assert_eq!(room.count("SELECT COUNT(*) FROM runs WHERE undoes = 1 AND change_step = 1").await, 2);
    }

    async fn what_a_tool_did_is_undone_whether_or_not_it_was_ticked_off(app: TestApp) {
        let room = Room::new(app).await;
        let admin = room.app.admin().await;
        let (deploy, undeploy, rosa) = (room.tool(&admin, "deploy", 0).await, room.tool(&admin, "undeploy", 0).await, room.runner().await);
        let given = json!({ "node": "n-1" });
        let change = room.start(&admin, json!([{ "what": "Deploy", "tool": deploy, "parameters": given, "rollback_tool": undeploy, "rollback_parameters": given }])).await;
        // It is not done by saying so.
        room.act(&room.ruth, &change, "steps/0", &json!({ "result": "done" })).await.is(409).has("has not run well");
        room.act(&rosa, &change, "steps/0/run", &json!({})).await;
        room.act(&rosa, &change, "rollback", &json!({ "remark": "errors rose" })).await.is(409).has("Stop it or take it back first");
        room.ran().await;
        // Who may not run the tools does not have them run by a token either.
        let mut token = rosa.clone();
        token.who = Who::Token(TokenId::parse("00000000-0000-7000-8000-0000000000aa").unwrap(), rosa.user().unwrap().clone());
        token.grants.teams = [(room.team.clone(), [Permission::Read, Permission::ExecuteChanges].into_iter().collect())].into();
        let id = ChangeId::parse(change["id"].as_str().unwrap()).unwrap();
        let typed: Typed = serde_json::from_value(json!({ "remark": "errors rose" })).unwrap();
        assert_eq!(room.app.portal.carrying.roll_back(&token, &id, &typed).await, Err(domain::Fault::Forbidden(Permission::RunTools)));
        let begun = room.act(&rosa, &change, "rollback", &json!({ "remark": "errors rose" })).await.is(200).json();
        assert_eq!(undos(&begun), is(&[(0, "running")]));
        room.ran().await;
        let over = room.read(&rosa, &change).await;
        assert_eq!((undos(&over), over["outcome"].as_str()), (is(&[(0, "done")]), Some("rolled-back")));
    }

    async fn whoever_may_not_run_the_tool_can_begin_and_somebody_else_runs_it(app: TestApp) {
        let room = Room::new(app).await;
        let admin = room.app.admin().await;
        let (undeploy, rosa) = (room.tool(&admin, "undeploy", 0).await, room.runner().await);
        let change = room.start(&admin, json!([{ "what": "Deploy", "rollback_tool": undeploy, "rollback_parameters": { "node": "n-1" } }])).await;
        room.act(&room.ruth, &change, "steps/0", &json!({ "result": "done" })).await.is(200);
        let begun = room.act(&room.ruth, &change, "rollback", &json!({ "remark": "errors rose" })).await.is(200).json();
        assert_eq!((undos(&begun), begun["rollback"]["undos"][0]["trouble"].as_str()), (is(&[(0, "failed")]), Some("right")));
        room.act(&room.ruth, &change, "undo/0", &json!({ "result": "run" })).await.is(403);
        room.act(&rosa, &change, "undo/0", &json!({ "result": "run" })).await.is(200);
        room.ran().await;
        let over = room.read(&rosa, &change).await;
        assert_eq!((undos(&over), over["outcome"].as_str()), (is(&[(0, "done")]), Some("rolled-back")));
    }
}
