//! Policies of approval, delegation, several at once, and the link that approves.

use domain::time::DAY;

use super::*;
use crate::deliveries::sink::Sink;

async fn policy(room: &Room, body: Value) -> Value {
    // Keeps policies and approves nothing, so that nobody but those named could.
    let keeper = room.app.user("keeper", &[Permission::Read, Permission::ManageSettings], None).await;
    room.send(&keeper, "POST", "/api/v1/approval-policies", &body).await.is(201).json()
}

both! {
    async fn a_policy_asks_teams_and_roles_in_order(app: TestApp) {
        let room = Room::new(app).await;
        let risk = room.app.team("risk").await;
        let (rob, rose) = (room.app.user("rob", APPROVER, Some(&risk)).await, room.app.user("rose", APPROVER, Some(&risk)).await);
        let body = json!({
            "name": "Low ones too", "risks": ["low", "medium"], "tiers": [2], "in_order": true, "hours": 1,
            "stages": [{ "count": 1, "of": "owners" }, { "count": 1, "of": "team", "team": risk, "roles": ["role-of-rob"] }],
        });
        room.send(&room.ruth, "POST", "/api/v1/approval-policies", &body).await.is(403);
        policy(&room, body.clone()).await;
        let change = room.send(&room.rita, "POST", "/api/v1/changes", &{
            let mut body = room.body();
            // Without a word of how it is undone: this policy does not ask for it.
            body["rollback"] = json!("");
            body
        }).await.is(201).json();
        assert_eq!((change["needed"].as_i64(), change["policy"].as_str()), (Some(2), Some("Low ones too")));
        let who: Vec<_> = change["demands"].as_array().unwrap().iter().map(|d| (d["open"].as_bool().unwrap(), d["who"].to_string())).collect();
        assert_eq!(who, [(true, "[\"alan\"]".to_owned()), (false, "[\"rob\"]".to_owned())]);
        // Whose agreement it takes reads it.
        assert_eq!(room.read(&rose, &change).await["title"], "New routing");
        let hash = json!({ "hash": change["hash"] });
        room.act(&rob, &change, "approve", &hash).await.is(409).has("others are asked first");
        assert_eq!(room.act(&room.alan, &change, "approve", &hash).await.is(200).json()["state"], "pending");
        room.act(&rose, &change, "approve", &hash).await.is(403);
        assert_eq!(room.app.get("/api/v1/approvals").as_(&rob).send().await.json()[0]["number"], 1);
        let done = room.act(&rob, &change, "approve", &hash).await.is(200).json();
        assert_eq!((done["state"].as_str(), done["approval_until"].as_i64()), (Some("approved"), Some(room.app.now().plus(HOUR).0)));
        // It held for an hour; the window is still open.
        room.app.advance(HOUR);
        room.act(&room.ruth, &change, "start", &json!({})).await.is(409).has("The approval ended");
        room.app.settle().await;
        assert_eq!(room.read(&room.rita, &change).await["state"], "expired");
        // Where no policy matches, a rollback plan is needed.
        let tall = room.with(&[("risk", json!("high")), ("rollback", json!("")), ("start", json!("2025-03-15T07:00")), ("end", json!("2025-03-15T09:00"))]);
        room.send(&room.rita, "POST", "/api/v1/changes", &tall).await.is(422).has("rollback");
    }

    async fn policies_are_kept_by_administrators_and_tell_what_they_would_ask(app: TestApp) {
        let room = Room::new(app).await;
        let admin = room.app.admin().await;
        let post = async |path: &str, fields: &[(&str, &str)]| room.app.post_form(path, fields).as_(&admin).send().await;
        let fields = [("name", "Core"), ("place", "10"), ("hours", "24"), ("risks", "high"), ("stages[0].count", "3"), ("stages[0].of", "each-owner"), ("stages[1].count", ""), ("stages[1].of", "")];
        post("/approvals/policies/new", &fields).await.is(303);
        post("/approvals/policies/new", &fields).await.is(422).has("a name that no other has").has("value=\"Core\"");
        let page = room.app.get("/approvals/policies").as_(&room.alan).send().await;
        page.is(200).has("Core").has("3 persons of each owner").has("holds for 24 hours").lacks("/approvals/policies/new");
        room.app.get("/approvals/policies/new").as_(&room.alan).send().await.is(403);
        let asked = room.app.get(&format!("/approvals/policies?risk=high&systems={}", room.gateway)).as_(&room.alan).send().await;
        asked.is(200).has("Asked for by the policy “Core”").has("alan").has("fewer people");
        room.app.get("/approvals/policies?risk=huge").as_(&room.alan).send().await.is(422).has("low, medium, high");
        let told = room.app.get("/api/v1/approval-policies/what-if?risk=low&systems=gateway").as_(&room.alan).send().await.is(200).json();
        assert_eq!((told["policy"].as_str(), told["demands"][0]["count"].as_i64()), (Some(""), Some(1)));
        let list = room.app.get("/api/v1/approval-policies").as_(&room.rita).send().await.is(200).json();
        let path = format!("/approvals/policies/{}", list[0]["id"].as_str().unwrap());
        let edit = room.app.get(&format!("{path}/edit")).as_(&admin).send().await;
        edit.is(200).has("value=\"Core\"");
        let wrong = [("name", "Core"), ("stages[0].count", "0"), ("stages[0].of", "owners"), ("version", "1")];
        post(&format!("{path}/edit"), &wrong).await.is(422).has("a whole number from 1 to 9");
        let right = [("name", "Core"), ("stages[0].count", "1"), ("stages[0].of", "owners"), ("version", "1")];
        post(&format!("{path}/edit"), &right).await.is(303);
        post(&format!("{path}/edit"), &right).await.is(409);
        post(&format!("{path}/delete"), &[]).await.is(303);
        assert_eq!(room.count("SELECT COUNT(*) FROM audit WHERE object_kind = 'approval-policy'").await, 3);
        room.app.post_form(&format!("{path}/delete"), &[]).as_(&room.ruth).send().await.is(403);
    }

    async fn a_policy_for_standard_changes_asks_nobody(app: TestApp) {
        let room = Room::new(app).await;
        let stages = json!([{ "count": 1, "of": "owners" }]);
        let keeper = room.app.user("keeper", &[Permission::Read, Permission::ManageSettings], None).await;
        let body = json!({ "name": "Routine", "kinds": ["standard"], "stages": stages, "evidence": ["drill"] });
        room.send(&keeper, "POST", "/api/v1/approval-policies", &body).await.is(422).has("stages[0].of").has("agreed to with their template");
        room.send(&keeper, "POST", "/api/v1/approval-policies", &json!({ "name": "Routine", "kinds": ["standard", "normal"], "stages": stages })).await.is(201);
        room.send(&keeper, "POST", "/api/v1/approval-policies", &json!({ "name": "Shown", "kinds": ["standard"], "evidence": ["drill"] })).await.is(201);
        room.app.get("/approvals/policies").as_(&room.rita).send().await.is(200).has("Shown");
        let asked = [("name", "Mine"), ("kinds", "standard"), ("stages[0].count", "1"), ("stages[0].of", "owners")];
        room.app.post_form("/approvals/policies/new", &asked).as_(&keeper).send().await.is(422).has("value=\"Mine\"").has("agreed to with their template");
    }

    async fn a_token_delegates_nothing_that_would_outlive_it(app: TestApp) {
        let room = Room::new(app).await;
        room.app.viewer("vera", &room.team).await;
        let owner = room.app.user("olaf", &[Permission::Read, Permission::ApproveChanges, Permission::ManageTokens], Some(&room.team)).await;
        let fields = json!({ "name": "bot", "days": 1, "permissions": ["read", "changes.approve"] });
        let token = room.app.portal.people.create_token(&owner, &serde_json::from_value(fields).unwrap()).await.unwrap().secret;
        let body = json!({ "to": "vera", "until": "2025-03-20T12:00", "zone": "UTC", "reason": "leave" });
        let ask = room.app.api("POST", "/api/v1/approval-delegations", &body);
        ask.header("authorization", &format!("Bearer {token}")).send().await.is(409).has("not by a token");
        assert_eq!(room.count("SELECT COUNT(*) FROM approval_delegations").await, 0);
        room.send(&owner, "POST", "/api/v1/approval-delegations", &body).await.is(201);
    }

    async fn a_delegate_approves_in_ones_place_until_it_ends(app: TestApp) {
        let room = Room::new(app).await;
        let vera = room.app.viewer("vera", &room.team).await;
        let change = room.request(&room.body()).await;
        let hash = json!({ "hash": change["hash"] });
        room.act(&vera, &change, "approve", &hash).await.is(403);
        let body = json!({ "to": "vera", "until": "2025-03-14T12:00", "zone": "UTC", "reason": "leave" });
        room.send(&room.rita, "POST", "/api/v1/approval-delegations", &body).await.is(403);
        room.send(&room.alan, "POST", "/api/v1/approval-delegations", &json!({ "to": "alan", "until": "2025-03-14T12:00", "zone": "UTC", "reason": "x" })).await.is(422).has("to");
        room.send(&room.alan, "POST", "/api/v1/approval-delegations", &json!({ "to": "vera", "until": "2025-03-14T05:00", "zone": "UTC", "reason": "x" })).await.is(422).has("until");
        let made = room.send(&room.alan, "POST", "/api/v1/approval-delegations", &body).await.is(201).json();
        room.app.get("/approvals/delegations").as_(&vera).send().await.is(200).has("alan").has("leave");
        room.app.get("/approvals").as_(&vera).send().await.is(200).has("New routing");
        let done = room.act(&vera, &change, "approve", &hash).await.is(200).json();
        assert_eq!((done["state"].as_str(), done["approvals_given"][0]["principal_name"].as_str()), (Some("approved"), Some("alan")));
        room.app.get(&format!("/changes/{}", change["id"].as_str().unwrap())).as_(&vera).send().await.is(200).has("in place of alan");
        // Whoever asked for it does not get it approved by their own voice in another's mouth.
        let both = room.app.user("both", &[Permission::Read, Permission::RequestChanges, Permission::ApproveChanges], Some(&room.team)).await;
        room.send(&both, "POST", "/api/v1/approval-delegations", &json!({ "to": "vera", "until": "2025-03-14T12:00", "zone": "UTC", "reason": "x" })).await.is(201);
        let own = room.send(&both, "POST", "/api/v1/changes", &room.with(&[("risk", json!("high"))])).await.is(201).json();
        let own_hash = json!({ "hash": own["hash"] });
        room.act(&vera, &own, "approve", &own_hash).await.is(200);
        // Alan has spoken through Vera: he is not counted twice.
        room.act(&room.alan, &own, "approve", &own_hash).await.is(409);
        assert_eq!(room.read(&room.rita, &own).await["approvals"], 1);
        // Ended, or over, it opens nothing.
        let path = format!("/api/v1/approval-delegations/{}", made["id"].as_str().unwrap());
        room.app.ask("DELETE", &path).as_(&room.ruth).send().await.is(404);
        room.app.ask("DELETE", &path).as_(&room.alan).send().await.is(204);
        let next = room.request(&room.with(&[("start", json!("2025-03-16T07:00")), ("end", json!("2025-03-16T09:00"))])).await;
        room.app.advance(6 * HOUR);
        room.act(&vera, &next, "approve", &json!({ "hash": next["hash"] })).await.is(403);
    }

    async fn what_is_counted_as_waiting_is_what_is_listed(app: TestApp) {
        let room = Room::new(app).await;
        let vera = room.app.viewer("vera", &room.team).await;
        let body = json!({ "to": "vera", "until": "2025-03-14T12:00", "zone": "UTC", "reason": "leave" });
        room.send(&room.alan, "POST", "/api/v1/approval-delegations", &body).await.is(201);
        room.request(&room.body()).await;
        let waiting = async || {
            let listed = room.app.get("/api/v1/approvals").as_(&vera).send().await.is(200).json().as_array().map(Vec::len);
            (listed, room.app.portal.overview.glance(&vera).await.unwrap().approvals)
        };
        assert_eq!(waiting().await, (Some(1), 1));
        // Alan has carried it out, as in an emergency: that is not for his voice, in nobody's mouth.
        let mut conn = room.app.ctx.db.read().await.unwrap();
        backend::db::sql("UPDATE changes SET started_by = $1").value(room.alan.user().unwrap()).run(&mut conn).await.unwrap();
        drop(conn);
        assert_eq!(waiting().await, (Some(0), 0));
    }

    async fn several_are_approved_in_one_go_each_for_itself(app: TestApp) {
        let room = Room::new(app).await;
        let mut changes = Vec::new();
        for n in 0..3 {
            changes.push(room.request(&room.with(&[("title", json!(format!("Change {n}")))])).await);
        }
        let pick = |change: &Value| format!("{}:{}", change["id"].as_str().unwrap(), change["hash"].as_str().unwrap());
        let stale = format!("{}:{}", changes[2]["id"].as_str().unwrap(), "0".repeat(64));
        room.app.get("/approvals").as_(&room.alan).send().await.is(200).has("approve-picked").has(&pick(&changes[0]));
        room.app.post_form("/approvals", &[]).as_(&room.alan).send().await.is(422).has("Tick at least one");
        let picks = [("pick", pick(&changes[0])), ("pick", stale)];
        let fields: Vec<(&str, &str)> = picks.iter().map(|(k, v)| (*k, v.as_str())).collect();
        room.app.post_form("/approvals", &fields).as_(&room.alan).send().await.is(409).has("1 approved, 1 refused").has("changed since");
        let states: Vec<_> = [room.read(&room.rita, &changes[0]).await, room.read(&room.rita, &changes[2]).await].iter().map(|c| c["state"].clone()).collect();
        assert_eq!(states, ["approved", "pending"]);
        let told = room.send(&room.alan, "POST", "/api/v1/approvals", &json!({ "pick": [pick(&changes[1]), pick(&changes[2])] })).await.is(200).json();
        assert_eq!((told[0]["approved"].as_bool(), told[1]["approved"].as_bool()), (Some(true), Some(true)));
        room.send(&room.alan, "POST", "/api/v1/approvals", &json!({ "pick": ["x"] })).await.is(422);
        let own = room.send(&room.rita, "POST", "/api/v1/approvals", &json!({ "pick": [pick(&changes[1])] })).await.is(200).json();
        assert_eq!(own[0]["refused"], "conflict-change-not-yours");
    }

    async fn a_signed_link_approves_what_it_shows_and_looking_changes_nothing(app: TestApp) {
        let sink = Sink::begin("{}").await;
        let room = Room::new(app).await;
        let fields = json!({ "name": "hook", "kind": "webhook", "url": format!("{}/mine", sink.url), "enabled": true });
        room.app.portal.contacts.add(&room.alan, &serde_json::from_value(fields).unwrap()).await.unwrap();
        let change = room.request(&room.body()).await;
        room.app.settle().await;
        let told = sink.one().json();
        assert_eq!(told["type"], "change.pending");
        let link = told["data"]["ack"].as_str().unwrap().to_owned();
        assert!(link.starts_with("/approve/"), "{link}");
        for _ in 0..2 {
            let page = room.app.get(&link).send().await;
            page.is(200).has("New routing").has("Approve as alan").has("low risk: done weekly").has("Risk by facts").has("Nothing known is in the way");
        }
        assert_eq!(room.read(&room.rita, &change).await["approvals"], 0);
        room.app.post_form(&link, &[]).send().await.is(409);
        // Edited after it was shown: the button approves nothing.
        let path = format!("/api/v1/changes/{}", change["id"].as_str().unwrap());
        let edited = room.with(&[("version", json!(1)), ("submit", Value::Null), ("plan", json!("another"))]);
        room.send(&room.rita, "PUT", &path, &edited).await.is(200);
        let old = change["hash"].as_str().unwrap();
        room.app.post_form(&link, &[("hash", old)]).send().await.is(409).has("changed since");
        let now = room.read(&room.rita, &change).await;
        room.app.post_form(&link, &[("hash", now["hash"].as_str().unwrap())]).send().await.is(200).has("You have approved exactly this content");
        assert_eq!(room.read(&room.rita, &change).await["state"], "approved");
        let admin = room.app.admin().await;
        room.app.get("/audit?act=change.approve").as_(&admin).send().await.is(200).has("alan (webhook → hook)");
        room.app.get("/approve/rubbish").send().await.is(404);
        room.app.get(&link.replace("/approve/", "/ack/")).send().await.is(404);
        room.app.advance(8 * DAY);
        room.app.get(&link).send().await.is(404);
    }
}
