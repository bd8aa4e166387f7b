//! Whoever alone approved a change carries none of it out, and whoever carried any of it out does not approve it.

use domain::form::Typed;

use super::*;

/// May do everything about a change but request it.
const BOTH: &[Permission] = &[Permission::Read, Permission::ApproveChanges, Permission::ExecuteChanges];

/// How many buttons of a page cannot be pressed.
fn disabled(page: &Answer) -> usize {
    let buttons = page.body.split("<button").skip(1);
    buttons.filter(|button| button.split('>').next().is_some_and(|tag| tag.contains(" disabled"))).count()
}

both! {
    async fn whoever_alone_approved_it_neither_ticks_off_nor_runs_nor_finishes(app: TestApp) {
        let room = Room::new(app).await;
        let admin = room.app.admin().await;
        let eve = room.app.user("eve", &[BOTH, &[Permission::RunTools]].concat(), Some(&room.team)).await;
        let tool = json!({ "name": "drain", "team": "payments", "argv": ["/bin/true"], "parameters": [], "timeout_s": 20 });
        let drain = room.app.portal.tools.define(&admin, &serde_json::from_value(tool).unwrap()).await.unwrap();
        let steps = json!([{ "what": "Look" }, { "what": "Drain", "tool": drain }]);
        let change = room.send(&admin, "POST", "/api/v1/changes", &room.with(&[("steps", steps)])).await.is(201).json();
        room.act(&eve, &change, "approve", &json!({ "hash": change["hash"] })).await.is(200);
        room.app.advance(HOUR);
        room.act(&room.ruth, &change, "start", &json!({})).await.is(200);
        room.act(&eve, &change, "steps/0", &json!({ "result": "done" })).await.is(409).has("You alone approved this change");
        room.act(&eve, &change, "steps/1/run", &json!({})).await.is(409).has("You alone approved this change");
        // Nor from the tool's own page.
        let typed: Typed = serde_json::from_value(json!({ "change": change["id"] })).unwrap();
        assert_eq!(room.app.portal.tools.run(&eve, &drain, &typed).await, Err(domain::Fault::conflict("conflict-change-sole-executor")));
        assert_eq!(room.count("SELECT COUNT(*) FROM runs").await, 0);
        room.act(&eve, &change, "finish", &json!({ "outcome": "degraded", "remark": "slow" })).await.is(409).has("You alone approved this change");
        let page = format!("/changes/{}", change["id"].as_str().unwrap());
        let shown = room.app.get(&page).as_(&eve).send().await;
        shown.is(200).has("You alone approved this change");
        assert_eq!(disabled(&shown), 8, "three ways to tick each of two steps off, the tool, the end: {}", shown.body);
        room.app.get(&page).as_(&eve).in_(domain::people::Locale::Zh).send().await.is(200).has("该变更只由你一人批准");
        assert_eq!(disabled(room.app.get(&page).as_(&room.ruth).send().await.is(200)), 0);
        // Safety is never held up; and somebody else goes on.
        room.act(&eve, &change, "pause", &json!({ "reason": "too slow" })).await.is(200);
        room.act(&eve, &change, "resume", &json!({})).await.is(200);
        room.act(&room.ruth, &change, "steps/0", &json!({ "result": "done" })).await.is(200);
        let undone = room.act(&eve, &change, "finish", &json!({ "outcome": "rolled-back", "remark": "it hurt" })).await.is(200).json();
        assert_eq!((undone["state"].as_str(), undone["outcome"].as_str()), (Some("observing"), Some("rolled-back")));
    }

    async fn one_of_two_who_approved_it_may_carry_it_out(app: TestApp) {
        let room = Room::new(app).await;
        let eve = room.app.user("eve", BOTH, Some(&room.team)).await;
        let change = room.request(&room.with(&[("risk", json!("high")), ("steps", json!([{ "what": "Look" }]))])).await;
        for who in [&room.alan, &eve] {
            room.act(who, &change, "approve", &json!({ "hash": change["hash"] })).await.is(200);
        }
        room.app.advance(HOUR);
        room.act(&eve, &change, "start", &json!({})).await.is(200);
        room.act(&eve, &change, "steps/0", &json!({ "result": "done" })).await.is(200);
        room.act(&eve, &change, "finish", &json!({ "outcome": "success" })).await.is(200);
    }

    async fn whoever_alone_approved_it_does_not_bring_it_and_whoever_brought_it_does_not_approve_it(app: TestApp) {
        let room = Room::new(app).await;
        let ci = room.app.user("ci", &[Permission::Read, Permission::PostDeployments], Some(&room.team)).await;
        let eve = room.app.user("eve", &[BOTH, &[Permission::PostDeployments]].concat(), Some(&room.team)).await;
        let change = room.request(&room.body()).await;
        room.act(&eve, &change, "approve", &json!({ "hash": change["hash"] })).await.is(200);
        room.app.advance(HOUR);
        let ask = async |who: &Actor| {
            let told = room.act(who, &change, "gate", &json!({})).await.is(200).json();
            told["reasons"].as_array().unwrap().iter().map(|r| r["key"].as_str().unwrap().to_owned()).collect::<Vec<_>>()
        };
        let post = async |change: &str, environment: &str| {
            let body = json!({ "system": "gateway", "version": "1", "change": change, "environment": environment, "status": "started" });
            room.send(&eve, "POST", "/api/v1/deployments", &body).await.is(201);
        };
        assert_eq!((ask(&eve).await, ask(&ci).await), (vec!["conflict-change-sole-executor".to_owned()], vec![]));
        // Brought all the same, it is noted.
        post("CHG-1", "production").await;
        let entries = room.read(&room.rita, &change).await["entries"].clone();
        let noted: Vec<_> = entries.as_array().unwrap().iter().filter(|entry| entry["kind"] == "ungated").map(|entry| entry["text"].clone()).collect();
        assert_eq!(noted, [json!("1 → production\nsole")]);
        let page = format!("/changes/{}", change["id"].as_str().unwrap());
        room.app.get(&page).as_(&room.rita).send().await.is(200).has("1 → production: brought by its only approver");
        room.app.get(&page).as_(&room.rita).in_(domain::people::Locale::Zh).send().await.is(200).has("由唯一的批准人发布");
        // Whoever has begun it answers for it.
        room.act(&room.ruth, &change, "start", &json!({})).await.is(200);
        assert_eq!(ask(&eve).await, Vec::<String>::new());
        // Bringing an emergency to production is a hand in it; trying it elsewhere is none.
        let emergency = room.request(&room.with(&[("kind", json!("emergency")), ("start", json!("2025-03-14T06:00"))])).await;
        room.act(&room.ruth, &emergency, "start", &json!({})).await.is(200);
        let hands = "SELECT COUNT(*) FROM change_hands";
        post("CHG-2", "staging").await;
        assert_eq!(room.count(hands).await, 3, "eve and ruth of the first, ruth of the second");
        post("CHG-2", "production").await;
        assert_eq!(room.count(hands).await, 4);
        room.act(&eve, &emergency, "approve", &json!({ "hash": emergency["hash"] })).await.is(409).has("You carried this change out");
    }

    async fn whoever_did_any_of_an_emergency_does_not_give_what_it_owes(app: TestApp) {
        let room = Room::new(app).await;
        let eve = room.app.user("eve", BOTH, Some(&room.team)).await;
        let emergency = [("kind", json!("emergency")), ("start", json!("2025-03-14T06:00")), ("steps", json!([{ "what": "Look" }]))];
        let change = room.request(&room.with(&emergency)).await;
        let waits = async |who: &Actor| {
            let listed = room.app.get("/api/v1/approvals").as_(who).send().await.is(200).json().as_array().map(Vec::len);
            (listed, room.app.portal.overview.glance(who).await.unwrap().approvals)
        };
        room.act(&room.ruth, &change, "start", &json!({})).await.is(200);
        assert_eq!(waits(&eve).await, (Some(1), 1));
        room.act(&eve, &change, "steps/0", &json!({ "result": "done" })).await.is(200);
        let hash = json!({ "hash": change["hash"] });
        room.act(&eve, &change, "approve", &hash).await.is(409).has("You carried this change out");
        assert_eq!((waits(&eve).await, waits(&room.alan).await), ((Some(0), 0), (Some(1), 1)));
        // Nor does somebody in her place.
        let vera = room.app.viewer("vera", &room.team).await;
        let body = json!({ "to": "vera", "until": "2025-03-14T12:00", "zone": "UTC", "reason": "leave" });
        room.send(&eve, "POST", "/api/v1/approval-delegations", &body).await.is(201);
        room.act(&vera, &change, "approve", &hash).await.is(409);
        assert_eq!(waits(&vera).await, (Some(0), 0));
        room.act(&room.alan, &change, "approve", &hash).await.is(200);
    }

    async fn what_is_undone_is_ended_by_hands_and_not_made_a_success_by_whoever_alone_approved_it(app: TestApp) {
        let room = Room::new(app).await;
        let eve = room.app.user("eve", BOTH, Some(&room.team)).await;
        // Whoever ended an emergency as undone, or rolled it back, carried it out.
        for (act, body) in [("finish", json!({ "outcome": "rolled-back", "remark": "it hurt" })), ("rollback", json!({ "remark": "it hurt" }))] {
            let change = room.request(&room.with(&[("kind", json!("emergency")), ("start", json!("2025-03-14T06:00"))])).await;
            room.act(&room.ruth, &change, "start", &json!({})).await.is(200);
            room.act(&eve, &change, act, &body).await.is(200);
            room.act(&eve, &change, "judge", &json!({ "outcome": "success", "remark": "it did not" })).await.is(200);
            room.act(&eve, &change, "approve", &json!({ "hash": change["hash"] })).await.is(409).has("You carried this change out");
            room.act(&room.alan, &change, "approve", &json!({ "hash": change["hash"] })).await.is(200);
        }
        // Whoever alone approved it may undo it, and says nothing else of it then: not at once, nor by going no further.
        let steps = json!([{ "what": "Deploy", "rollback": "deploy the one before" }]);
        let (ended, given_up) = (room.request(&room.with(&[("steps", steps.clone())])).await, room.request(&room.with(&[("steps", steps)])).await);
        for change in [&ended, &given_up] {
            room.act(&eve, change, "approve", &json!({ "hash": change["hash"] })).await.is(200);
        }
        room.app.advance(HOUR);
        for change in [&ended, &given_up] {
            room.act(&room.ruth, change, "start", &json!({})).await.is(200);
            room.act(&room.ruth, change, "steps/0", &json!({ "result": "done" })).await.is(200);
        }
        room.act(&eve, &ended, "finish", &json!({ "outcome": "rolled-back", "remark": "it hurt" })).await.is(200);
        room.act(&eve, &given_up, "rollback", &json!({ "remark": "it hurt" })).await.is(200);
        room.act(&eve, &given_up, "finish", &json!({ "outcome": "degraded", "remark": "no further" })).await.is(200);
        // The page offers nothing else: of what is called undone already nothing, of the other that it was.
        for (change, cannot) in [(&ended, 1), (&given_up, 0)] {
            let page = format!("/changes/{}", change["id"].as_str().unwrap());
            let shown = room.app.get(&page).as_(&eve).send().await;
            shown.is(200).has("You alone approved this change").has("for somebody else to say").has("value=\"rolled-back\"").lacks("value=\"success\"");
            assert_eq!(disabled(&shown), cannot, "{}", shown.body);
            room.app.get(&page).as_(&eve).in_(domain::people::Locale::Zh).send().await.is(200).has("由他人判定");
            let shown = room.app.get(&page).as_(&room.ruth).send().await;
            shown.is(200).has("value=\"success\"").lacks("for somebody else to say");
            assert_eq!(disabled(&shown), 0, "{}", shown.body);
        }
        for change in [&ended, &given_up] {
            let judged = json!({ "outcome": "success", "remark": "it did not" });
            room.act(&eve, change, "judge", &judged).await.is(409).has("You alone approved this change");
            let told = room.act(&room.ruth, change, "judge", &judged).await.is(200).json();
            assert_eq!(told["outcome"], "success");
        }
    }

    async fn what_was_under_way_when_hands_began_to_be_kept_has_those_of_its_trail(app: TestApp) {
        let room = Room::new(app).await;
        let eve = room.app.user("eve", BOTH, Some(&room.team)).await;
        let emergency = [("kind", json!("emergency")), ("start", json!("2025-03-14T06:00")), ("steps", json!([{ "what": "Look" }]))];
        let (owed, settled) = (room.request(&room.with(&emergency)).await, room.request(&room.with(&emergency)).await);
        for change in [&owed, &settled] {
            room.act(&room.ruth, change, "start", &json!({})).await.is(200);
            room.act(&eve, change, "steps/0", &json!({ "result": "done" })).await.is(200);
            room.act(&room.ruth, change, "finish", &json!({ "outcome": "success" })).await.is(200);
        }
        room.act(&room.alan, &settled, "approve", &json!({ "hash": settled["hash"] })).await.is(200);
        let mut tx = room.app.ctx.begin_write().await.unwrap();
        backend::db::sql("DELETE FROM change_hands").run(&mut tx).await.unwrap();
        // Twice: some may be kept already.
        let file = include_str!("../../../migrations/sqlite/0135_hands_before.sql");
        for statement in [file, file].into_iter().flat_map(|file| file.split(';')).filter(|text| !text.trim().is_empty()) {
            backend::db::sql(statement).run(&mut tx).await.unwrap();
        }
        tx.commit().await.unwrap();
        assert_eq!(room.count("SELECT COUNT(*) FROM change_hands").await, 2);
        room.act(&eve, &owed, "approve", &json!({ "hash": owed["hash"] })).await.is(409).has("You carried this change out");
    }

    async fn whoever_ticks_and_approves_at_once_does_one_of_both(app: TestApp) {
        let room = Room::new(app).await;
        let eve = room.app.user("eve", BOTH, Some(&room.team)).await;
        for n in 0..8 {
            let title = json!(format!("Emergency {n}"));
            let emergency = [("title", title), ("kind", json!("emergency")), ("start", json!("2025-03-14T06:00")), ("steps", json!([{ "what": "Look" }]))];
            let change = room.request(&room.with(&emergency)).await;
            room.act(&room.ruth, &change, "start", &json!({})).await.is(200);
            let (done, hash) = (json!({ "result": "done" }), json!({ "hash": change["hash"] }));
            let (ticked, approved) = futures::future::join(room.act(&eve, &change, "steps/0", &done), room.act(&eve, &change, "approve", &hash)).await;
            let mut both = [ticked.status, approved.status];
            both.sort_unstable();
            assert_eq!(both, [200, 409], "{} {}", ticked.body, approved.body);
        }
    }

    async fn what_was_approved_in_ones_place_is_approved_by_oneself(app: TestApp) {
        let room = Room::new(app).await;
        let eve = room.app.user("eve", BOTH, Some(&room.team)).await;
        let bea = room.app.user("bea", &[Permission::Read, Permission::ExecuteChanges], Some(&room.team)).await;
        let body = json!({ "to": "bea", "until": "2025-03-14T12:00", "zone": "UTC", "reason": "leave" });
        room.send(&eve, "POST", "/api/v1/approval-delegations", &body).await.is(201);
        let change = room.request(&room.body()).await;
        let approved = room.act(&bea, &change, "approve", &json!({ "hash": change["hash"] })).await.is(200).json();
        assert_eq!(approved["approvals_given"][0]["principal_name"].as_str(), Some("eve"));
        room.app.advance(HOUR);
        for who in [&eve, &bea] {
            room.act(who, &change, "start", &json!({})).await.is(409).has("You alone approved this change");
        }
        room.act(&room.ruth, &change, "start", &json!({})).await.is(200);
    }
}
