//! Moving a change to another time: what it would do, who may, and that nothing is lost over it.

use domain::people::Locale;

use super::*;

both! {
    async fn what_a_move_would_do_is_known_before_it_is_done(app: TestApp) {
        let room = Room::new(app).await;
        let change = room.approved().await;
        let path = format!("/api/v1/changes/{}/move", change["id"].as_str().unwrap());
        let look = async |who: &Actor, start: &str| room.app.get(&format!("{path}?start={start}")).as_(who).send().await;
        // Another change of the same system, and a freeze, on the day after.
        let other = room.with(&[("title", json!("Other")), ("start", json!("2025-03-15T08:00")), ("end", json!("2025-03-15T10:00"))]);
        room.request(&other).await;
        let freeze = json!({ "scope": "all", "start": "2025-03-16T00:00", "end": "2025-03-17T00:00", "zone": "UTC", "reason": "Quarter end" });
        let admin = room.app.admin().await;
        room.send(&admin, "POST", "/api/v1/freezes", &freeze).await.is(201);
        let told = look(&room.rita, "2025-03-15T07:00").await.is(200).json();
        assert_eq!((told["window"]["start"].as_str(), told["window"]["end"].as_str()), (Some("2025-03-15T07:00"), Some("2025-03-15T09:00")));
        assert_eq!((told["voided"].as_i64(), told["state"].as_str(), told["version"].as_i64()), (Some(1), Some("pending"), Some(1)));
        assert_eq!((told["conflicts"][0]["kind"].as_str(), told["more"].as_i64(), told["fewer"].as_i64()), (Some("same-system"), Some(1), Some(0)));
        assert!(told["free"].is_object() && told["cost_then"].is_null(), "{told}");
        assert_eq!(look(&room.rita, "2025-03-16T07:00").await.is(200).json()["conflicts"][0]["kind"], "freeze");
        let stays = look(&room.rita, "2025-03-14T07:00").await.is(200).json();
        assert_eq!((stays["voided"].as_i64(), stays["state"].as_str()), (Some(0), Some("approved")));
        // Nothing of it was kept.
        assert_eq!(room.read(&room.rita, &change).await["version"], 1);
        look(&room.rita, "tomorrow").await.is(422).has("start");
        look(&room.rita, "2025-03-13T07:00").await.is(422).has("start").has("future");
        look(&room.alan, "2025-03-15T07:00").await.is(403);
        let sam = room.app.user("sam", Permission::ALL, Some(&room.app.team("others").await)).await;
        look(&sam, "2025-03-15T07:00").await.is(404);
    }

    async fn it_is_an_edit_of_the_window_alone(app: TestApp) {
        let room = Room::new(app).await;
        let change = room.approved().await;
        let put = async |who: &Actor, start: &str, version: i64| room.act(who, &change, "move", &json!({ "start": start, "version": version })).await;
        room.act(&room.rita, &change, "move", &json!({ "start": "2025-03-15T07:00" })).await.is(422).has("version");
        room.act(&room.rita, &change, "move", &json!({ "start": "2025-03-15T07:00", "version": 1, "end": "x" })).await.is(422).has("end");
        put(&room.alan, "2025-03-15T07:00", 1).await.is(403);
        // Where it is already: nothing happens, the approval stays.
        assert_eq!(put(&room.rita, "2025-03-14T07:00", 1).await.is(200).json(), json!({ "version": 1, "voided": 0 }));
        assert_eq!(put(&room.rita, "2025-03-15T07:30", 1).await.is(200).json(), json!({ "version": 2, "voided": 1 }));
        put(&room.rita, "2025-03-16T07:30", 1).await.is(409).has("changed since you read it");
        let after = room.read(&room.rita, &change).await;
        assert_eq!((after["state"].as_str(), after["window"]["end"].as_str()), (Some("pending"), Some("2025-03-15T09:30")));
        assert_eq!(after["changed_since_approval"][0]["field"], "start");
        let moved = after["entries"].as_array().unwrap().iter().find(|entry| entry["kind"] == "moved").unwrap();
        assert_eq!(moved["text"], "2025-03-14 07:00 – 2025-03-14 09:00 → 2025-03-15 07:30 – 2025-03-15 09:30 (UTC)");
        assert_eq!(room.count("SELECT COUNT(*) FROM audit WHERE act = 'change.move'").await, 1);
        // Under way, it stays.
        room.act(&room.alan, &change, "approve", &json!({ "hash": after["hash"] })).await.is(200);
        room.app.advance(26 * HOUR);
        room.act(&room.ruth, &change, "start", &json!({})).await.is(200);
        put(&room.ruth, "2025-03-17T07:00", 2).await.is(409);
        room.app.get(&format!("/changes/{}/move", change["id"].as_str().unwrap())).as_(&room.ruth).send().await.is(409).lacks("id=\"move\"");
    }

    async fn a_day_later_is_the_same_wall_time(app: TestApp) {
        let room = Room::new(app).await;
        let night = room.with(&[("start", json!("2025-03-29T01:30")), ("end", json!("2025-03-29T03:30")), ("zone", json!("Europe/Berlin"))]);
        let change = room.request(&night).await;
        room.act(&room.rita, &change, "move", &json!({ "start": "2025-03-30T01:30", "version": 1 })).await.is(200);
        let after = room.read(&room.rita, &change).await;
        let length = after["window"]["span"]["to"].as_i64().unwrap() - after["window"]["span"]["from"].as_i64().unwrap();
        assert_eq!((after["window"]["start"].as_str(), after["window"]["end"].as_str(), length), (Some("2025-03-30T01:30"), Some("2025-03-30T04:30"), 2 * HOUR));
    }

    async fn by_a_plain_form_that_keeps_what_was_typed(app: TestApp) {
        let room = Room::new(app).await;
        let change = room.approved().await;
        let path = format!("/changes/{}/move", change["id"].as_str().unwrap());
        let get = async |who: &Actor, query: &str| room.app.get(&format!("{path}{query}")).as_(who).send().await;
        let post = async |who: &Actor, fields: &[(&str, &str)]| room.app.post_form(&path, fields).as_(who).send().await;
        // The calendar hands it to a script, where its reader may move it.
        room.app.get("/changes?date=2025-03-14").as_(&room.rita).send().await.is(200).has(&format!("data-move=\"{path}\"")).has("changes-move-how");
        room.app.get("/changes?date=2025-03-14&view=month").as_(&room.rita).send().await.is(200).has("data-start=\"2025-03-14T07:00\"");
        room.app.get("/changes?date=2025-03-14").as_(&room.alan).send().await.is(200).lacks("data-move=").lacks("changes-move-how");
        get(&room.rita, "").await.is(200).has("2025-03-14T07:00").lacks("id=\"move\"");
        let shown = get(&room.rita, "?start=2025-03-15T07:00&next=/changes%3Fdays%3D1").await;
        shown.is(200).has("approval that was given would be void").has("Nothing known is in the way").has("value=\"/changes?days=1\"");
        let chinese = room.app.get(&format!("{path}?start=2025-03-15T07:00")).as_(&room.rita).in_(Locale::Zh).send().await;
        chinese.is(200).has("个审批将失效").has("确认移动");
        get(&room.rita, "?start=noon").await.is(422).has("error-summary").has("noon");
        get(&room.alan, "?start=2025-03-15T07:00").await.is(403);
        // Somebody else was quicker: said, and what was wanted stands there, against the change as it is now.
        room.act(&room.ruth, &change, "move", &json!({ "start": "2025-03-18T07:00", "version": 1 })).await.is(200);
        let stale = post(&room.rita, &[("start", "2025-03-15T07:00"), ("version", "1"), ("next", "/changes")]).await;
        stale.is(409).has("changed since you read it").has("2025-03-15T07:00").has("name=\"version\" value=\"2\"");
        let done = post(&room.rita, &[("start", "2025-03-15T07:00"), ("version", "2"), ("next", "/changes?days=1")]).await;
        assert_eq!((done.status, done.location()), (303, "/changes?days=1"));
        let elsewhere = post(&room.rita, &[("start", "2025-03-16T07:00"), ("version", "3"), ("next", "//evil.example")]).await;
        assert_eq!((elsewhere.status, elsewhere.location()), (303, format!("/changes/{}", change["id"].as_str().unwrap()).as_str()));
        post(&room.alan, &[("start", "2025-03-17T07:00"), ("version", "4")]).await.is(403);
    }
}
