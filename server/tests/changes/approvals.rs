//! Who approves what: four eyes, content hash, several owners.

use super::*;

both! {
    async fn four_eyes(app: TestApp) {
        let room = Room::new(app).await;
        // Rita may request and approve, but not the same change.
        let both = room.app.user("both", Permission::ALL, None).await;
        let mine = room.send(&both, "POST", "/api/v1/changes", &room.body()).await.is(201).json();
        room.act(&both, &mine, "approve", &json!({ "hash": mine["hash"] })).await.is(409).has("You requested this change");
        room.act(&room.rita, &mine, "approve", &json!({ "hash": mine["hash"] })).await.is(403);
        // Nor may who wrote what is to be approved.
        let change = room.request(&room.body()).await;
        let edited = room.with(&[("title", json!("Newer routing")), ("version", json!(1)), ("submit", Value::Null)]);
        let path = format!("/api/v1/changes/{}", change["id"].as_str().unwrap());
        room.send(&both, "PUT", &path, &edited).await.is(200);
        let change = room.read(&both, &change).await;
        room.act(&both, &change, "approve", &json!({ "hash": change["hash"] })).await.is(409).has("You wrote");
        // And the database itself refuses an approval by the requester, however it is written.
        let mut conn = room.app.ctx.db.read().await.unwrap();
        for (approver, requester) in [("requester_id", "requester_id"), ("author_id", "requester_id"), ("'x'", "'y'")] {
            let text: &'static str = Box::leak(format!(
                "INSERT INTO change_approvals (change_id, version, hash, requester_id, author_id, approver_id, approver_name, verdict, remark, at) \
                 SELECT c.id, c.version, c.hash, {requester}, r.author_id, {approver}, '', 'approve', '', 0 FROM changes c \
                 JOIN change_revisions r ON r.change_id = c.id AND r.version = c.version"
            ).into_boxed_str());
            assert!(backend::db::sql(text).run(&mut conn).await.is_err(), "{approver}");
        }
    }

    async fn an_edit_voids_what_was_approved(app: TestApp) {
        let room = Room::new(app).await;
        let change = room.approved().await;
        let path = format!("/api/v1/changes/{}", change["id"].as_str().unwrap());
        // The same content leaves the approval alone.
        let same = room.with(&[("version", json!(1)), ("submit", Value::Null)]);
        assert_eq!(room.send(&room.rita, "PUT", &path, &same).await.is(200).json()["voided"], 0);
        assert_eq!(room.read(&room.rita, &change).await["state"], "approved");
        let edited = room.with(&[("version", json!(1)), ("submit", Value::Null), ("plan", json!("1. drain\n2. deploy twice"))]);
        assert_eq!(room.send(&room.rita, "PUT", &path, &edited).await.is(200).json(), json!({ "version": 2, "voided": 1 }));
        let after = room.read(&room.rita, &change).await;
        assert_eq!((after["state"].as_str(), after["approvals"].as_i64(), after["approvals_given"][0]["void"].as_bool()), (Some("pending"), Some(0), Some(true)));
        assert_eq!(after["changed_since_approval"][0]["field"], "plan");
        assert_ne!(after["hash"], change["hash"]);
        // It does not start, and the old hash approves nothing.
        room.app.advance(HOUR);
        room.act(&room.ruth, &change, "start", &json!({})).await.is(409).has("pending");
        room.act(&room.alan, &change, "approve", &json!({ "hash": change["hash"] })).await.is(409).has("changed since");
        room.act(&room.alan, &change, "approve", &json!({ "hash": after["hash"] })).await.is(200);
        // Whoever edits what is not there any more hears of it.
        room.send(&room.rita, "PUT", &path, &edited).await.is(409);
    }

    async fn fifty_approvals_at_once_have_one_effect(app: TestApp) {
        let room = Room::new(app).await;
        let change = room.request(&room.body()).await;
        let mut approvers = Vec::new();
        for n in 0..50 {
            approvers.push(if n % 5 == 0 { room.alan.clone() } else { room.app.user(&format!("a{n}"), APPROVER, Some(&room.team)).await });
        }
        let hash = json!({ "hash": change["hash"] });
        let asks = approvers.iter().map(|who| room.act(who, &change, "approve", &hash));
        let answers = futures::future::join_all(asks).await;
        assert!(answers.iter().all(|a| a.status == 200 || a.status == 409), "{answers:?}");
        assert!(answers.iter().any(|a| a.status == 200));
        let after = room.read(&room.rita, &change).await;
        assert_eq!((after["state"].as_str(), after["approvals"].as_i64()), (Some("approved"), Some(1)));
        assert_eq!(room.count("SELECT COUNT(*) FROM change_approvals").await, 1);
        assert_eq!(room.count("SELECT COUNT(*) FROM audit WHERE act = 'change.approve'").await, 1);
    }

    async fn a_high_risk_takes_two(app: TestApp) {
        let room = Room::new(app).await;
        let change = room.request(&room.with(&[("risk", json!("high"))])).await;
        assert_eq!(change["needed"], 2);
        let more: Vec<_> = [room.app.user("b", APPROVER, Some(&room.team)).await, room.alan.clone()].into();
        let hash = json!({ "hash": change["hash"] });
        let (first, again) = futures::future::join(room.act(&room.alan, &change, "approve", &hash), room.act(&room.alan, &change, "approve", &hash)).await;
        first.is(200);
        again.is(200);
        assert_eq!(room.read(&room.rita, &change).await["state"], "pending");
        let answers = futures::future::join_all(more.iter().map(|who| room.act(who, &change, "approve", &hash))).await;
        assert!(answers.iter().all(|a| a.status == 200), "{answers:?}");
        let after = room.read(&room.rita, &change).await;
        assert_eq!((after["state"].as_str(), after["approvals"].as_i64()), (Some("approved"), Some(2)));
    }

    async fn owners_of_every_system_must_approve(app: TestApp) {
        let room = Room::new(app).await;
        let ledgers = room.app.team("ledgers").await;
        room.app.system("ledger", &ledgers).await;
        let wide = room.app.user("wide", REQUESTER, None).await;
        let body = room.with(&[("systems", json!(["gateway", "ledger"])), ("team", json!(room.team))]);
        let change = room.send(&wide, "POST", "/api/v1/changes", &body).await.is(201).json();
        // Alan approves for payments only.
        room.act(&room.alan, &change, "approve", &json!({ "hash": change["hash"] })).await.is(403);
        // The owners of the ledger see what is planned on it.
        let lena = room.app.user("lena", APPROVER, Some(&ledgers)).await;
        assert_eq!(room.read(&lena, &change).await["title"], "New routing");
        room.act(&lena, &change, "approve", &json!({ "hash": change["hash"] })).await.is(403);
        let boss = room.app.user("boss", APPROVER, None).await;
        assert_eq!(room.app.get("/api/v1/approvals").as_(&boss).send().await.json()[0]["number"], 1);
        room.act(&boss, &change, "approve", &json!({ "hash": change["hash"] })).await.is(200);
    }
}
