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

    async fn whoever_wrote_a_part_of_it_does_not_approve_it(app: TestApp) {
        let room = Room::new(app).await;
        let both: &[Permission] = &[Permission::Read, Permission::RequestChanges, Permission::ApproveChanges];
        let ben = room.app.user("ben", both, Some(&room.team)).await;
        let vera = room.app.viewer("vera", &room.team).await;
        let away = json!({ "to": "vera", "until": "2025-03-14T12:00", "zone": "UTC", "reason": "leave" });
        room.send(&ben, "POST", "/api/v1/approval-delegations", &away).await.is(201);
        let change = room.request(&room.body()).await;
        let waits = async |who: &Actor| {
            let listed = room.app.get("/api/v1/approvals").as_(who).send().await.is(200).json().as_array().map(Vec::len);
            (listed, room.app.portal.overview.glance(who).await.unwrap().approvals)
        };
        assert_eq!((waits(&ben).await, waits(&vera).await), ((Some(1), 1), (Some(1), 1)));
        // Ben writes what is done; who requested it moves it by an hour, and is the author of the content that waits.
        let edited = room.with(&[("plan", json!("1. open the vault")), ("version", json!(1)), ("submit", Value::Null)]);
        room.send(&ben, "PUT", &format!("/api/v1/changes/{}", change["id"].as_str().unwrap()), &edited).await.is(200);
        room.act(&room.rita, &change, "move", &json!({ "start": "2025-03-14T07:30", "version": 2 })).await.is(200);
        let now = room.read(&ben, &change).await;
        assert_eq!((now["version"].as_i64(), now["content"]["plan"].as_str()), (Some(3), Some("1. open the vault")));
        let hash = json!({ "hash": now["hash"] });
        room.act(&ben, &change, "approve", &hash).await.is(409).has("You wrote this change or a part of it");
        room.act(&vera, &change, "approve", &hash).await.is(409);
        assert_eq!((waits(&ben).await, waits(&vera).await), ((Some(0), 0), (Some(0), 0)));
        let page = room.app.get(&format!("/changes/{}", change["id"].as_str().unwrap())).as_(&ben).in_(domain::people::Locale::Zh).send().await;
        page.is(200).has("由你撰写或参与撰写");
        assert_eq!(waits(&room.alan).await, (Some(1), 1));
        room.act(&room.alan, &change, "approve", &hash).await.is(200);
    }

    async fn whoever_requested_or_wrote_it_is_not_the_second_person_either(app: TestApp) {
        let room = Room::new(app).await;
        let keeper = room.app.user("keeper", &[Permission::Read, Permission::ManageSettings], None).await;
        let policy = json!({ "name": "Shown first", "stages": [{ "count": 1, "of": "owners" }], "rollback": true, "evidence": ["drill"] });
        room.send(&keeper, "POST", "/api/v1/approval-policies", &policy).await.is(201);
        let freeze = json!({ "scope": "team", "team": room.team, "start": "2025-03-14T06:30", "end": "2025-03-14T12:00", "zone": "UTC", "reason": "Quarter end" });
        let set = room.send(&room.ruth, "POST", "/api/v1/freezes", &freeze).await.is(201).json();
        let both: &[Permission] = &[Permission::Read, Permission::RequestChanges, Permission::ApproveChanges];
        let (asks, writes) = (room.app.user("asks", both, Some(&room.team)).await, room.app.user("writes", both, Some(&room.team)).await);
        let change = room.send(&asks, "POST", "/api/v1/changes", &room.with(&[("artifact", json!("gateway")), ("artifact_version", json!("4.12")), ("artifact_sha", json!("ab12cd34ef56"))])).await.is(201).json();
        let path = format!("/changes/{}", change["id"].as_str().unwrap());
        let edited = room.with(&[("artifact", json!("gateway")), ("artifact_version", json!("4.12")), ("artifact_sha", json!("ab12cd34ef56")), ("plan", json!("another")), ("version", json!(1)), ("submit", Value::Null)]);
        room.send(&writes, "PUT", &format!("/api/v1{path}"), &edited).await.is(200);
        room.act(&asks, &change, "move", &json!({ "start": "2025-03-14T07:30", "version": 2 })).await.is(200);
        // A colleague asks: the second person would be one whose change it is.
        let asked = room.act(&room.ruth, &change, "waive", &json!({ "kind": "drill", "reason": "no line is free" })).await.is(200).json();
        let waive = json!({ "waiver": asked["evidence"][0]["waiver"]["id"] });
        let asked = room.act(&room.ruth, &change, "break-glass", &json!({ "freeze": set["id"], "reason": "it cannot wait" })).await.is(200).json();
        let glass = json!({ "break": asked["breaks"][0]["id"] });
        for who in [&asks, &writes] {
            room.act(who, &change, "waive/agree", &waive).await.is(409).has("somebody else must be the second person");
            room.act(who, &change, "break-glass/agree", &glass).await.is(409).has("somebody else must be the second person");
            let page = room.app.get(&path).as_(who).send().await;
            page.is(200).has("neither requested nor wrote the change").lacks("/waive/agree\"").lacks("/break-glass/agree\"");
        }
        assert_eq!(room.count("SELECT COUNT(*) FROM audit WHERE act IN ('freeze.break', 'evidence.waive')").await, 0);
        room.app.get(&path).as_(&room.alan).send().await.is(200).has("/waive/agree\"").has("/break-glass/agree\"");
        room.act(&room.alan, &change, "waive/agree", &waive).await.is(200);
        room.act(&room.alan, &change, "break-glass/agree", &glass).await.is(200);
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
