//! Which version of a tool a plan means: what that does is approved with the rest, and nothing else runs for the change.

use domain::{
    Fault,
    form::Typed,
    id::{RunId, ToolId},
    tools::RunState,
};

use super::*;

/// A tool that says a text, and may ask somebody before.
fn tool(text: &str, approval: bool) -> Typed {
    let argv = json!(["/bin/echo", text]);
    let body = json!({ "name": "drain", "team": "payments", "description": "", "argv": argv, "parameters": [], "timeout_s": 20, "approval": approval });
    serde_json::from_value(body).unwrap()
}

async fn redefine(room: &Room, who: &Actor, id: &ToolId, version: i64, mut typed: Typed) {
    typed.set("version", version);
    room.app.portal.tools.redefine(who, id, &typed).await.unwrap();
    room.app.advance(MINUTE);
}

async fn run(room: &Room, who: &Actor, id: &ToolId, change: &Value) -> Result<RunId, Fault> {
    room.app.portal.tools.run(who, id, &serde_json::from_value(json!({ "change": change["id"] })).unwrap()).await
}

fn redefined() -> Result<RunId, Fault> {
    Err(Fault::conflict("tools-conflict-redefined"))
}

both! {
    async fn an_approval_binds_the_version_that_stood_when_it_was_asked_for(app: TestApp) {
        let room = Room::new(app).await;
        let admin = room.app.admin().await;
        let id = room.app.portal.tools.define(&admin, &tool("drain", true)).await.unwrap();
        let steps = json!([{ "what": "Drain", "tool": id, "rollback_tool": id }]);
        let body = room.with(&[("steps", steps)]);
        let change = room.send(&admin, "POST", "/api/v1/changes", &body).await.is(201).json();
        let step = &change["content"]["steps"][0];
        assert_eq!((step["tool_version"].as_i64(), step["rollback_tool_version"].as_i64()), (Some(1), Some(1)), "{step}");
        // Between asking and the click of whoever approves.
        redefine(&room, &admin, &id, 1, tool("destroy", true)).await;
        room.app.get("/approvals").as_(&room.alan).send().await.is(200).has("version 1");
        room.act(&room.alan, &change, "approve", &json!({ "hash": change["hash"] })).await.is(200);
        assert_eq!(run(&room, &admin, &id, &change).await, redefined());
        // As it was, but nobody else is asked any more.
        redefine(&room, &admin, &id, 2, tool("drain", false)).await;
        assert_eq!(run(&room, &admin, &id, &change).await, redefined());
        redefine(&room, &admin, &id, 3, tool("drain", true)).await;
        run(&room, &admin, &id, &change).await.unwrap();
        // Asked for anew, it means what stands now, and what was approved is void.
        redefine(&room, &admin, &id, 4, tool("drain harder", true)).await;
        let mut anew = body.clone();
        anew["version"] = json!(1);
        anew.as_object_mut().unwrap().remove("submit");
        let path = format!("/api/v1/changes/{}", change["id"].as_str().unwrap());
        assert_eq!(room.send(&admin, "PUT", &path, &anew).await.is(200).json()["voided"], 1);
        let after = room.read(&admin, &change).await;
        assert_eq!(after["content"]["steps"][0]["tool_version"], 5);
        assert_ne!(after["hash"], change["hash"]);
        run(&room, &admin, &id, &change).await.unwrap();
    }

    async fn an_emergency_runs_what_was_asked_for_and_nothing_else(app: TestApp) {
        let room = Room::new(app).await;
        let admin = room.app.admin().await;
        let id = room.app.portal.tools.define(&admin, &tool("drain", false)).await.unwrap();
        let steps = json!([{ "what": "Drain", "tool": id }]);
        let body = room.with(&[("kind", json!("emergency")), ("start", json!("2025-03-14T06:00")), ("steps", steps)]);
        let change = room.send(&admin, "POST", "/api/v1/changes", &body).await.is(201).json();
        room.act(&room.ruth, &change, "start", &json!({})).await.is(200);
        run(&room, &admin, &id, &change).await.unwrap();
        redefine(&room, &admin, &id, 1, tool("destroy", false)).await;
        assert_eq!(run(&room, &admin, &id, &change).await, redefined());
    }

    async fn what_waits_for_a_refused_emergency_never_runs(app: TestApp) {
        let room = Room::new(app).await;
        let admin = room.app.admin().await;
        let anna = room.app.user("anna", &[Permission::Read, Permission::ApproveRuns], Some(&room.team)).await;
        let id = room.app.portal.tools.define(&admin, &tool("drain", true)).await.unwrap();
        let steps = json!([{ "what": "Drain", "tool": id }]);
        let body = room.with(&[("kind", json!("emergency")), ("start", json!("2025-03-14T06:00")), ("steps", steps)]);
        let change = room.send(&admin, "POST", "/api/v1/changes", &body).await.is(201).json();
        room.act(&room.ruth, &change, "start", &json!({})).await.is(200);
        let waiting = run(&room, &admin, &id, &change).await.unwrap();
        room.act(&room.alan, &change, "reject", &json!({ "hash": change["hash"], "remark": "was no emergency" })).await.is(200);
        let tools = &room.app.portal.tools;
        assert_eq!(tools.get_run(&admin, &waiting).await.unwrap().state, RunState::Withdrawn);
        // Nor where the refusal comes between asking and starting.
        let set = async |state: &str| {
            let mut tx = room.app.ctx.begin_write().await.unwrap();
            backend::db::sql("UPDATE runs SET state = $1, finished_at = NULL").value(state).run(&mut tx).await.unwrap();
            tx.commit().await.unwrap();
        };
        set("awaiting").await;
        assert_eq!(tools.approve(&anna, &waiting).await, Err(Fault::conflict("conflict-change-refused")));
        set("queued").await;
        room.app.settle().await;
        let over = tools.get_run(&admin, &waiting).await.unwrap();
        assert_eq!((over.state, over.trouble.as_str()), (RunState::NotStarted, "the change that it was for was refused"));
    }

    async fn a_template_agrees_to_what_its_tools_did_then(app: TestApp) {
        let room = Room::new(app).await;
        let admin = room.app.admin().await;
        let id = room.app.portal.tools.define(&admin, &tool("drain", false)).await.unwrap();
        let steps = json!([{ "what": "Drain", "tool": id }]);
        let first = room.send(&admin, "POST", "/api/v1/changes", &room.with(&[("steps", steps.clone())])).await.is(201).json();
        let made = json!({ "change": first["id"], "name": "Weekly drain" });
        let template = room.send(&admin, "POST", "/api/v1/change-templates", &made).await.is(201).json();
        room.send(&room.alan, "POST", &format!("/api/v1/change-templates/{}/agree", template["id"].as_str().unwrap()), &json!({})).await.is(204);
        let standard = room.with(&[("steps", steps), ("kind", json!("standard")), ("template", template["id"].clone())]);
        redefine(&room, &admin, &id, 1, tool("destroy", false)).await;
        room.send(&admin, "POST", "/api/v1/changes", &standard).await.is(422).has("\"steps\"").has("Weekly drain");
        // Another version that does the same is as good.
        redefine(&room, &admin, &id, 2, tool("drain", false)).await;
        let change = room.send(&admin, "POST", "/api/v1/changes", &standard).await.is(201).json();
        assert_eq!((change["state"].as_str(), change["content"]["steps"][0]["tool_version"].as_i64()), (Some("approved"), Some(3)));
        run(&room, &admin, &id, &change).await.unwrap();
        redefine(&room, &admin, &id, 3, tool("destroy", false)).await;
        assert_eq!(run(&room, &admin, &id, &change).await, redefined());
    }
}
