//! Kinds of changes: what runs first owes its approval, what is not begun in time is over, what yields takes a reason.

use domain::time::DAY;

use super::*;

both! {
    async fn an_emergency_runs_first_and_owes_its_approval(app: TestApp) {
        let room = Room::new(app).await;
        let change = room.request(&room.with(&[("kind", json!("emergency")), ("start", json!("2025-03-14T06:00"))])).await;
        assert_eq!((change["kind"].as_str(), change["state"].as_str()), (Some("emergency"), Some("pending")));
        assert!(change["score"]["reasons"].as_array().unwrap().iter().any(|r| r["factor"] == "emergency"));
        let started = room.act(&room.ruth, &change, "start", &json!({})).await.is(200).json();
        assert_eq!((started["state"].as_str(), started["owed_at"].as_i64()), (Some("executing"), Some(room.app.now().plus(DAY).0)));
        let page = room.app.get(&format!("/changes/{}", change["id"].as_str().unwrap())).as_(&room.rita).send().await;
        page.is(200).has("ran as an emergency before it was approved").has("Approval for");
        room.act(&room.ruth, &change, "finish", &json!({ "outcome": "success" })).await.is(200);
        room.act(&room.ruth, &change, "close", &json!({})).await.is(409).has("still owed");
        // It is asked for, once a day.
        let asked = "SELECT COUNT(*) FROM changes WHERE chase_at > owed_at";
        room.app.settle().await;
        assert_eq!(room.count(asked).await, 0);
        room.app.advance(DAY + MINUTE);
        room.app.settle().await;
        assert_eq!(room.count(asked).await, 1);
        assert_eq!(room.app.get("/api/v1/approvals").as_(&room.alan).send().await.json()[0]["number"], 1);
        room.app.get("/approvals").as_(&room.alan).send().await.is(200).has("ran as an emergency");
        // Whoever did it does not approve it.
        let both = [Permission::Read, Permission::ApproveChanges, Permission::ExecuteChanges];
        let eve = room.app.user("eve", &both, Some(&room.team)).await;
        let other = room.request(&room.with(&[("kind", json!("emergency")), ("start", json!("2025-03-15T06:00")), ("end", json!("2025-03-15T09:00"))])).await;
        room.act(&eve, &other, "start", &json!({})).await.is(200);
        room.act(&eve, &other, "approve", &json!({ "hash": other["hash"] })).await.is(409).has("carried this change out");
        let done = room.act(&room.alan, &change, "approve", &json!({ "hash": change["hash"] })).await.is(200).json();
        assert_eq!((done["state"].as_str(), done["owed_at"].as_i64(), done["approvals"].as_i64()), (Some("observing"), None, Some(1)));
        room.act(&room.ruth, &change, "close", &json!({})).await.is(200);
        // Refused is judged, too; what was done stays done.
        let refused = room.act(&room.alan, &other, "reject", &json!({ "hash": other["hash"], "remark": "was no emergency" })).await.is(200).json();
        assert_eq!((refused["state"].as_str(), refused["owed_at"].as_i64()), (Some("executing"), None));
    }

    async fn an_emergency_that_was_refused_or_outlives_its_window_goes_no_further(app: TestApp) {
        let room = Room::new(app).await;
        let ci = room.app.user("ci", &[Permission::Read, Permission::PostDeployments], Some(&room.team)).await;
        let emergency = [("kind", json!("emergency")), ("start", json!("2025-03-14T06:00")), ("steps", json!([{ "what": "Look" }]))];
        let (late, refused) = (room.request(&room.with(&emergency)).await, room.request(&room.with(&emergency)).await);
        let ask = async |change: &Value| {
            let told = room.act(&ci, change, "gate", &json!({})).await.is(200).json();
            told["reasons"].as_array().unwrap().iter().map(|r| r["key"].as_str().unwrap().to_owned()).collect::<Vec<_>>()
        };
        for change in [&late, &refused] {
            room.act(&room.ruth, change, "start", &json!({})).await.is(200);
            assert_eq!(ask(change).await, Vec::<String>::new());
        }
        room.act(&room.alan, &refused, "reject", &json!({ "hash": refused["hash"], "remark": "was no emergency" })).await.is(200);
        assert_eq!(ask(&refused).await, ["conflict-change-refused"]);
        room.act(&room.ruth, &refused, "steps/0", &json!({ "result": "done" })).await.is(409).has("It was refused");
        let page = format!("/changes/{}", refused["id"].as_str().unwrap());
        room.app.get(&page).as_(&room.ruth).send().await.is(200).has("It was refused");
        room.app.get(&page).as_(&room.ruth).in_(domain::people::Locale::Zh).send().await.is(200).has("该变更已被拒绝");
        let brought = json!({ "system": "gateway", "version": "1", "change": "CHG-2", "status": "started" });
        room.send(&ci, "POST", "/api/v1/deployments", &brought).await.is(201);
        let entries = room.read(&room.rita, &refused).await["entries"].clone();
        let noted: Vec<_> = entries.as_array().unwrap().iter().filter(|entry| entry["kind"] == "ungated").map(|entry| entry["text"].clone()).collect();
        assert_eq!(noted, [json!("1 → production\nunapproved")]);
        // Undoing it waits for nobody.
        let undone = room.act(&room.ruth, &refused, "rollback", &json!({ "remark": "it was refused" })).await.is(200).json();
        assert_eq!(undone["outcome"], "rolled-back");
        // That its approval is owed opens no gate when the window is over; the approval is given all the same.
        room.app.advance(3 * HOUR);
        assert_eq!(ask(&late).await, ["conflict-change-too-late"]);
        room.act(&room.alan, &late, "approve", &json!({ "hash": late["hash"] })).await.is(200);
        assert_eq!(ask(&late).await, ["conflict-change-too-late"]);
    }

    async fn what_is_not_begun_in_time_is_over_and_may_be_planned_anew(app: TestApp) {
        let room = Room::new(app).await;
        let (late, waits) = (room.approved().await, room.request(&room.with(&[("title", json!("Second"))])).await);
        room.app.advance(3 * HOUR - 1);
        room.app.settle().await;
        assert_eq!(room.read(&room.rita, &late).await["state"], "approved");
        room.app.advance(1);
        room.act(&room.alan, &waits, "approve", &json!({ "hash": waits["hash"] })).await.is(409).has("too late");
        room.app.settle().await;
        for change in [&late, &waits] {
            let now = room.read(&room.rita, change).await;
            assert_eq!((now["state"].as_str(), now["entries"].as_array().unwrap().last().unwrap()["kind"].as_str()), (Some("expired"), Some("expired")));
        }
        room.act(&room.ruth, &late, "start", &json!({})).await.is(409).has("expired");
        let path = format!("/api/v1/changes/{}", late["id"].as_str().unwrap());
        let anew = room.with(&[("version", json!(1)), ("submit", Value::Null), ("start", json!("2025-03-15T07:00")), ("end", json!("2025-03-15T09:00"))]);
        room.send(&room.rita, "PUT", &path, &anew).await.is(200);
        assert_eq!(room.act(&room.rita, &late, "submit", &json!({})).await.is(200).json()["state"], "pending");
        assert_eq!(room.count("SELECT COUNT(*) FROM audit WHERE act = 'change.expire'").await, 2);
    }

    async fn whoever_alone_approved_does_not_carry_it_out(app: TestApp) {
        let room = Room::new(app).await;
        let change = room.request(&room.body()).await;
        let eve = room.app.user("eve", &[Permission::Read, Permission::ApproveChanges, Permission::ExecuteChanges], Some(&room.team)).await;
        room.act(&eve, &change, "approve", &json!({ "hash": change["hash"] })).await.is(200);
        room.app.advance(HOUR);
        room.act(&eve, &change, "start", &json!({})).await.is(409).has("You alone approved");
        room.act(&eve, &change, "start", &json!({ "override": true, "reason": "in a hurry" })).await.is(409).has("You alone approved");
        room.act(&room.ruth, &change, "start", &json!({})).await.is(200);
    }

    async fn an_open_incident_yields_to_a_reason_only(app: TestApp) {
        let room = Room::new(app).await;
        let change = room.approved().await;
        let ops = room.app.user("ops", Permission::ALL, None).await;
        let incident = json!({ "title": "Gateway slow", "system": room.gateway, "severity": "P2" });
        room.send(&ops, "POST", "/api/v1/incidents", &incident).await.is(201);
        room.app.advance(HOUR);
        // However many have been opened since, elsewhere.
        for _ in 0..205 {
            let elsewhere = [("title", "Elsewhere"), ("team", room.team.as_str()), ("severity", "P4")].map(|(name, value)| (name.to_owned(), value.to_owned()));
            room.app.portal.incidents.open(&ops, &domain::form::Typed::from_pairs(elsewhere)).await.unwrap();
        }
        room.act(&room.ruth, &change, "start", &json!({})).await.is(409).has("Gateway slow");
        room.act(&room.ruth, &change, "start", &json!({ "override": true })).await.is(422).has("reason");
        room.act(&room.ruth, &change, "start", &json!({ "overide": true })).await.is(422).has("overide");
        let page = room.app.get(&format!("/changes/{}", change["id"].as_str().unwrap())).as_(&room.ruth).send().await;
        page.is(200).has("Gateway slow is open on a system").has("Start all the same");
        let done = room.act(&room.ruth, &change, "start", &json!({ "override": true, "reason": "it mends it" })).await.is(200).json();
        assert_eq!(done["overrides"][0]["reason"], "it mends it");
        assert_eq!(done["overrides"][0]["kind"], "conflict-change-incident");
        assert_eq!(room.count("SELECT COUNT(*) FROM change_overrides").await, 1);
        // It counts while the work runs, and is no freeze.
        let told = room.app.get("/api/v1/changes/figures?from=2025-03-07T00:00:00Z&to=2025-03-21T00:00:00Z").as_(&room.rita).send().await.is(200).json();
        assert_eq!(["changes", "overrides", "frozen"].map(|name| told["all"][name].as_i64()), [Some(0), Some(1), Some(0)]);
        assert_eq!((told["by_team"][0]["overrides"].as_i64(), told["by_system"][0]["overrides"].as_i64()), (Some(1), Some(1)));
    }

    async fn steps_artifact_and_score_are_shown_and_approved_with_the_rest(app: TestApp) {
        let room = Room::new(app).await;
        let steps = json!([{ "what": "Drain node 1", "who": "ruth", "expected": "no traffic", "rollback": "undrain" }, { "what": "Deploy" }]);
        let body = room.with(&[("steps", steps), ("artifact", json!("gateway")), ("artifact_version", json!("4.12")), ("artifact_sha", json!("AB12CD34"))]);
        let change = room.request(&body).await;
        assert_eq!(change["content"]["artifact"]["sha"], "ab12cd34");
        assert_eq!(change["score"]["total"], 35, "{}", change["score"]);
        let page = room.app.get(&format!("/changes/{}", change["id"].as_str().unwrap())).as_(&room.alan).send().await;
        page.is(200).has("Drain node 1").has("no traffic").has("gateway 4.12 ab12cd34").has("Risk by facts: 35 of 100").has("Tier 2: +15").has("When people work, from 08:00: +10");
        room.act(&room.alan, &change, "approve", &json!({ "hash": change["hash"] })).await.is(200);
        let mut edited = body.clone();
        edited.as_object_mut().unwrap().remove("submit");
        edited["version"] = json!(1);
        edited["steps"][1]["check"] = json!("all green");
        let path = format!("/api/v1/changes/{}", change["id"].as_str().unwrap());
        assert_eq!(room.send(&room.rita, "PUT", &path, &edited).await.is(200).json()["voided"], 1);
        let since = room.read(&room.rita, &change).await["changed_since_approval"].clone();
        assert_eq!((since[0]["field"].as_str(), since[0]["now"].as_str().unwrap().contains("all green")), (Some("steps"), true));
        edited["steps"] = json!([{ "wat": "x" }]);
        room.send(&room.rita, "PUT", &path, &edited).await.is(422).has("steps[0]");
        edited["steps"] = json!([{ "what": "x", "tool": "0193f2a0-7b1c-7def-8abc-0123456789a1" }]);
        room.send(&room.rita, "PUT", &path, &edited).await.is(422).has("steps[0].tool");
        // The form keeps what was typed when it is asked for more rows.
        let fields = [("title", "T"), ("act", "steps"), ("steps[0].what", "first of all"), ("kind", "normal")];
        room.app.post_form("/changes/new", &fields).as_(&room.rita).send().await.is(200).has("first of all").has("steps[2].what");
        let edit = room.app.get(&format!("/changes/{}/edit", change["id"].as_str().unwrap())).as_(&room.rita).send().await;
        edit.is(200).has("Drain node 1").has("steps[3].what");
    }
}
