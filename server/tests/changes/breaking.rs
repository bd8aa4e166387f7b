//! Hard freezes, which two people break for one change, as they were then.

use super::*;

both! {
    async fn a_hard_freeze_is_broken_by_two_people_only(app: TestApp) {
        let room = Room::new(app).await;
        let change = room.approved().await;
        let freeze = json!({ "scope": "team", "team": room.team, "start": "2025-03-13T00:00", "end": "2025-03-13T12:00", "zone": "UTC", "reason": "Quarter end", "rrule": "FREQ=DAILY" });
        let set = room.send(&room.ruth, "POST", "/api/v1/freezes", &freeze).await.is(201).json();
        assert_eq!((set["hard"].as_bool(), set["recurrence"]["rrule"].as_str()), (Some(true), Some("FREQ=DAILY")));
        room.app.get("/freezes").as_(&room.ruth).send().await.is(200).has("comes again:").has("every day at 00:00");
        room.app.advance(HOUR);
        room.act(&room.ruth, &change, "start", &json!({ "override": true, "reason": "must" })).await.is(409).has("Quarter end").has("2025-03-14 00:00");
        let ask = json!({ "freeze": set["id"], "reason": "the fix cannot wait" });
        room.act(&room.rita, &change, "break-glass", &ask).await.is(403);
        room.act(&room.ruth, &change, "break-glass", &json!({ "freeze": set["id"], "reason": "" })).await.is(422).has("reason");
        room.act(&room.ruth, &change, "break-glass", &json!({ "freeze": "00000000-0000-7000-8000-000000000000", "reason": "x" })).await.is(422).has("freeze");
        let asked = room.act(&room.ruth, &change, "break-glass", &ask).await.is(200).json();
        let agree = json!({ "break": asked["breaks"][0]["id"] });
        room.act(&room.ruth, &change, "break-glass/agree", &agree).await.is(409).has("second person");
        room.act(&room.rita, &change, "break-glass/agree", &agree).await.is(403);
        room.act(&room.ruth, &change, "start", &json!({})).await.is(409);
        room.app.get(&format!("/changes/{}", change["id"].as_str().unwrap())).as_(&room.alan).send().await.is(200).has("Agree as the second person");
        room.act(&room.alan, &change, "break-glass/agree", &agree).await.is(200);
        room.act(&room.ruth, &change, "start", &json!({})).await.is(200);
        assert_eq!(room.count("SELECT COUNT(*) FROM audit WHERE act = 'freeze.break'").await, 1);
    }

    async fn a_freeze_that_is_edited_is_broken_anew(app: TestApp) {
        let room = Room::new(app).await;
        let change = room.approved().await;
        let freeze = json!({ "scope": "team", "team": room.team, "start": "2025-03-14T00:00", "end": "2025-03-14T12:00", "zone": "UTC", "reason": "Quarter end" });
        let set = room.send(&room.ruth, "POST", "/api/v1/freezes", &freeze).await.is(201).json();
        let ask = json!({ "freeze": set["id"], "reason": "the fix cannot wait" });
        let first = room.act(&room.ruth, &change, "break-glass", &ask).await.is(200).json();
        let agree = json!({ "break": first["breaks"][0]["id"] });
        room.act(&room.alan, &change, "break-glass/agree", &agree).await.is(200);
        // To the whole house, as nobody of the team could break it.
        let mut edited = freeze.clone();
        edited.as_object_mut().unwrap().remove("team");
        (edited["scope"], edited["version"]) = (json!("all"), json!(1));
        let admin = room.app.admin().await;
        let path = format!("/api/v1/freezes/{}", set["id"].as_str().unwrap());
        room.send(&admin, "PUT", &path, &edited).await.is(200);
        room.app.advance(HOUR);
        room.act(&room.ruth, &change, "start", &json!({})).await.is(409).has("Quarter end");
        let void = room.read(&room.ruth, &change).await["breaks"].clone();
        assert_eq!((void.as_array().unwrap().len(), &void[0]["void"], void[0]["agreed_by"].as_str()), (1, &json!(true), Some("alan")));
        let page = format!("/changes/{}", change["id"].as_str().unwrap());
        room.app.get(&page).as_(&room.ruth).send().await.is(200).has("Agreed by alan").has("The freeze was edited since");
        room.app.get(&page).as_(&room.ruth).in_(domain::people::Locale::Zh).send().await.is(200).has("该封网此后已被修改");
        room.act(&room.ruth, &change, "break-glass", &ask).await.is(409).has("whole house");
        // Back to the team and longer: it is asked for, and agreed to, again.
        let longer = [("end", json!("2025-03-14T18:00")), ("version", json!(2))];
        let mut again = freeze;
        longer.into_iter().for_each(|(name, value)| again[name] = value);
        room.send(&admin, "PUT", &path, &again).await.is(200);
        room.act(&room.ruth, &change, "start", &json!({})).await.is(409).has("Quarter end");
        let second = room.act(&room.ruth, &change, "break-glass", &ask).await.is(200).json();
        let one = &second["breaks"][0];
        assert_eq!((second["breaks"].as_array().unwrap().len(), one["agreed_at"].is_null(), one["agreed_by"].as_str()), (1, true, Some("")));
        assert_eq!(one["void"], false);
        assert_ne!(one["id"], first["breaks"][0]["id"]);
        room.act(&room.alan, &change, "break-glass/agree", &agree).await.is(404);
        // Asked for twice, it stays asked for once.
        let twice = room.act(&room.ruth, &change, "break-glass", &ask).await.is(200).json();
        assert_eq!(twice["breaks"], second["breaks"]);
        room.act(&room.alan, &change, "break-glass/agree", &json!({ "break": one["id"] })).await.is(200);
        room.act(&room.ruth, &change, "start", &json!({})).await.is(200);
    }

    async fn a_freeze_that_is_edited_during_the_work_is_broken_again(app: TestApp) {
        let room = Room::new(app).await;
        let change = room.approved().await;
        let ci = room.app.user("ci", &[Permission::Read, Permission::PostDeployments], Some(&room.team)).await;
        let freeze = json!({ "scope": "team", "team": room.team, "start": "2025-03-14T00:00", "end": "2025-03-14T12:00", "zone": "UTC", "reason": "Quarter end" });
        let set = room.send(&room.ruth, "POST", "/api/v1/freezes", &freeze).await.is(201).json();
        let ask = json!({ "freeze": set["id"], "reason": "the fix cannot wait" });
        let broken = async || {
            let asked = room.act(&room.ruth, &change, "break-glass", &ask).await.is(200).json();
            room.act(&room.alan, &change, "break-glass/agree", &json!({ "break": asked["breaks"][0]["id"] })).await.is(200);
        };
        let go = async || room.act(&ci, &change, "gate", &json!({})).await.is(200).json()["go"].as_bool();
        let edit = async |version: i64, name: &str, value: &str| {
            let mut edited = freeze.clone();
            edited["reason"] = json!("End of the quarter");
            (edited[name], edited["version"]) = (json!(value), json!(version));
            room.send(&room.ruth, "PUT", &format!("/api/v1/freezes/{}", set["id"].as_str().unwrap()), &edited).await.is(200);
        };
        broken().await;
        room.app.advance(HOUR);
        room.act(&room.ruth, &change, "start", &json!({})).await.is(200);
        assert_eq!(go().await, Some(true));
        // Other words make it no other freeze.
        edit(1, "reason", "End of the quarter").await;
        assert_eq!(go().await, Some(true));
        edit(2, "end", "2025-03-14T18:00").await;
        assert_eq!(go().await, Some(false));
        let page = format!("/changes/{}", change["id"].as_str().unwrap());
        room.app.get(&page).as_(&room.ruth).send().await.is(200).has("The freeze was edited since").has("/break-glass\"");
        broken().await;
        assert_eq!(go().await, Some(true));
    }

    async fn a_freeze_of_the_whole_house_is_broken_by_people_of_the_whole_house_only(app: TestApp) {
        let room = Room::new(app).await;
        let change = room.approved().await;
        let admin = room.app.admin().await;
        let freeze = json!({ "scope": "all", "start": "2025-03-14T00:00", "end": "2025-03-15T00:00", "zone": "UTC", "reason": "Year end" });
        let set = room.send(&admin, "POST", "/api/v1/freezes", &freeze).await.is(201).json();
        let hana = room.app.user("hana", &[Permission::Read, Permission::ExecuteChanges], None).await;
        let aki = room.app.user("aki", &[Permission::Read, Permission::ApproveChanges], None).await;
        let page = format!("/changes/{}", change["id"].as_str().unwrap());
        let ask = json!({ "freeze": set["id"], "reason": "the fix cannot wait" });
        // The rights of one team end where the team ends; whom to ask is said.
        room.act(&room.ruth, &change, "break-glass", &ask).await.is(409).has("whole house").has("Year end").has("hana");
        room.app.post_form(&format!("{page}/break-glass"), &[("freeze", set["id"].as_str().unwrap()), ("reason", "now")]).as_(&room.ruth).send().await.is(409).has("binds the whole house");
        room.app.get(&page).as_(&room.ruth).send().await.is(200).has("Ask: ").has("hana").lacks("/break-glass\"");
        assert_eq!(room.count("SELECT COUNT(*) FROM freeze_breaks").await, 0);
        room.app.get(&page).as_(&hana).send().await.is(200).has("/break-glass\"");
        let asked = room.act(&hana, &change, "break-glass", &ask).await.is(200).json();
        let agree = json!({ "break": asked["breaks"][0]["id"] });
        assert_eq!(asked["breaks"][0]["house"], true);
        // Alan approves for every system that is touched, ruth sets freezes for the team: neither suffices.
        room.act(&room.alan, &change, "break-glass/agree", &agree).await.is(409).has("whole house").has("aki");
        room.act(&room.ruth, &change, "break-glass/agree", &agree).await.is(409).has("whole house");
        room.act(&hana, &change, "break-glass/agree", &agree).await.is(403);
        room.app.get(&page).as_(&room.alan).send().await.is(200).has("in the whole house").lacks("Agree as the second person");
        room.app.get(&page).as_(&aki).send().await.is(200).has("Agree as the second person");
        room.app.advance(HOUR);
        room.act(&room.ruth, &change, "start", &json!({})).await.is(409).has("Year end");
        room.act(&aki, &change, "break-glass/agree", &agree).await.is(200);
        room.act(&room.ruth, &change, "start", &json!({})).await.is(200);
        assert_eq!(room.count("SELECT COUNT(*) FROM audit WHERE act = 'freeze.break'").await, 1);
    }
}
