//! Conflicts of people: who does two things at once, who is not there to approve, and what is risky at the same time.

use super::*;

/// Kinds of what is in the way of a change.
async fn kinds(room: &Room, who: &Actor, change: &Value) -> Vec<String> {
    let read = room.read(who, change).await;
    read["conflicts"].as_array().unwrap().iter().map(|one| one["kind"].as_str().unwrap().to_owned()).collect()
}

both! {
    async fn one_person_does_not_do_two_things_at_once(app: TestApp) {
        let room = Room::new(app).await;
        let others = room.app.team("others").await;
        room.app.system("vault", &others).await;
        let everywhere = room.app.user("everywhere", MANAGER, None).await;
        let step = |who: &str| ("steps", json!([{ "what": "deploy", "who": who }]));
        let vault = [("systems", json!(["vault"])), ("team", json!(others)), ("title", json!("Secret of others")), step("somebody, Ruth")];
        room.send(&everywhere, "POST", "/api/v1/changes", &room.with(&vault)).await.is(201);
        let free = room.request(&room.with(&[step("rita")])).await;
        assert_eq!(kinds(&room, &room.rita, &free).await, Vec::<String>::new());
        let late = [("start", json!("2025-03-14T08:30")), ("end", json!("2025-03-14T10:00")), ("risk", json!("high"))];
        let mut body = room.with(&late);
        body["steps"] = json!([{ "what": "deploy", "who": "ruth" }]);
        body["systems"] = json!(["ledger"]);
        room.app.system("ledger", &room.app.team("books").await).await;
        let books = room.app.user("books", REQUESTER, None).await;
        let both = room.send(&books, "POST", "/api/v1/changes", &body).await.is(201).json();
        let told = room.read(&everywhere, &both).await["conflicts"].clone();
        assert_eq!((told[0]["kind"].as_str(), told[0]["person"].as_str()), (Some("same-people"), Some("ruth")), "{told}");
        let page = room.app.get(&format!("/changes/{}", both["id"].as_str().unwrap())).as_(&everywhere).send().await;
        page.is(200).has("ruth works on CHG-1 Secret of others as well");
        // Another team's change stays a number.
        room.app.get(&format!("/changes/{}", both["id"].as_str().unwrap())).in_(domain::people::Locale::Zh).as_(&books).send().await.is(200).has("同时执行");
        // The next free slot is when both are over.
        let fields = [("title", "x"), ("systems", "ledger"), ("start", "2025-03-14T08:30"), ("end", "2025-03-14T10:00"), ("zone", "UTC"),
            ("plan", "x"), ("rollback", "x"), ("risk", "low"), ("risk_reason", "x"), ("steps[0].what", "x"), ("steps[0].who", "ruth"), ("act", "check")];
        let page = room.app.post_form("/changes/new", &fields).as_(&everywhere).send().await;
        page.is(200).has("ruth works on").has("2025-03-15 08:30");
    }

    async fn what_is_risky_at_the_same_time_is_told(app: TestApp) {
        let room = Room::new(app).await;
        let others = room.app.team("others").await;
        room.app.system("vault", &others).await;
        let sam = room.app.user("sam", Permission::ALL, Some(&others)).await;
        let high = ("risk", json!("high"));
        room.send(&sam, "POST", "/api/v1/changes", &room.with(&[("systems", json!(["vault"])), high.clone()])).await.is(201);
        let low = room.request(&room.body()).await;
        // One of them is enough for a warning, which does not ask for another window.
        assert_eq!(kinds(&room, &room.rita, &low).await, ["one-risky"]);
        room.app.get(&format!("/changes/{}", low["id"].as_str().unwrap())).as_(&room.rita).send().await.is(200).has("one of the two is of high risk");
        let next = room.app.get(&format!("/api/v1/changes/next-free-slot?change={}", low["id"].as_str().unwrap())).as_(&room.rita).send().await.is(200).json();
        assert_eq!((&next["conflicts"][0]["kind"], &next["free"]), (&json!("one-risky"), &next["asked"]), "{next}");
        room.act(&room.rita, &low, "cancel", &json!({})).await.is(200);
        let risky = room.request(&room.with(&[high])).await;
        assert_eq!(kinds(&room, &room.rita, &risky).await, ["same-window"]);
        // Of another team's change nothing but its number.
        room.app.get(&format!("/changes/{}", risky["id"].as_str().unwrap())).as_(&room.rita).send().await.is(200).has("CHG-1 is of high risk, too");
        room.app.get("/changes?view=week").as_(&room.rita).send().await.is(200).has("both of high risk");
    }

    async fn two_on_the_most_important_systems_at_once_are_told(app: TestApp) {
        let room = Room::new(app).await;
        let others = room.app.team("others").await;
        room.app.system("vault", &others).await;
        let sam = room.app.user("sam", Permission::ALL, Some(&others)).await;
        room.send(&sam, "POST", "/api/v1/changes", &room.with(&[("systems", json!(["vault"]))])).await.is(201);
        let own = room.request(&room.body()).await;
        assert_eq!(kinds(&room, &room.rita, &own).await, Vec::<String>::new());
        let mut conn = room.app.ctx.db.read().await.unwrap();
        backend::db::sql("UPDATE systems SET tier = 1").run(&mut conn).await.unwrap();
        drop(conn);
        assert_eq!(kinds(&room, &room.rita, &own).await, ["both-vital"]);
        let page = format!("/changes/{}", own["id"].as_str().unwrap());
        room.app.get(&page).as_(&room.rita).send().await.is(200).has("CHG-1 runs at the same time").has("both touch systems of tier 1");
        room.app.get(&page).as_(&room.rita).in_(domain::people::Locale::Zh).send().await.is(200).has("且两者都涉及 1 级系统");
    }

    async fn approvers_who_are_away_until_it_opens_are_in_its_way(app: TestApp) {
        let room = Room::new(app).await;
        let change = room.request(&room.body()).await;
        let vera = room.app.viewer("vera", &room.team).await;
        // Covered by somebody who is there: nothing is in the way.
        let away = |to: &str| json!({ "to": to, "until": "2025-03-15T12:00", "zone": "UTC", "reason": "leave" });
        let made = room.send(&room.alan, "POST", "/api/v1/approval-delegations", &away("vera")).await.is(201).json();
        assert_eq!(kinds(&room, &room.rita, &change).await, Vec::<String>::new());
        room.app.ask("DELETE", &format!("/api/v1/approval-delegations/{}", made["id"].as_str().unwrap())).as_(&room.alan).send().await.is(204);
        // Covered by whoever requested it: nobody is left.
        room.send(&room.alan, "POST", "/api/v1/approval-delegations", &away("rita")).await.is(201);
        assert_eq!(kinds(&room, &room.rita, &change).await, ["absent-approver"]);
        let path = format!("/changes/{}", change["id"].as_str().unwrap());
        room.app.get(&path).as_(&room.rita).send().await.is(200).has("Too few who approve for").has("alan");
        room.app.get("/changes?view=week").as_(&vera).send().await.is(200).has("approvers away");
        let check = room.send(&room.rita, "POST", "/api/v1/changes/check", &room.with(&[("submit", Value::Null)])).await.is(200).json();
        let told: Vec<_> = check["conflicts"].as_array().unwrap().iter().map(|one| one["kind"].as_str().unwrap()).collect();
        assert_eq!(told, ["same-system", "absent-approver"], "{check}");
        // Moved to a day on which he is back, there is nothing.
        let later = room.request(&room.with(&[("start", json!("2025-03-16T07:00")), ("end", json!("2025-03-16T09:00"))])).await;
        assert_eq!(kinds(&room, &room.rita, &later).await, Vec::<String>::new());
        // Somebody else who approves is there: nor is there.
        room.app.user("amy", APPROVER, Some(&room.team)).await;
        assert_eq!(kinds(&room, &room.rita, &change).await, Vec::<String>::new());
        // On a holiday of the team nobody approves for it.
        let holiday = json!({ "kind": "holiday", "name": "Founders", "first": "2025-03-14", "zone": "UTC", "team": room.team });
        room.send(&room.ruth, "POST", "/api/v1/occasions", &holiday).await.is(201);
        let read = room.read(&room.rita, &change).await;
        assert_eq!((read["conflicts"][0]["kind"].as_str(), read["conflicts"][0]["person"].as_str().map(|who| who.contains("Founders"))), (Some("absent-approver"), Some(true)));
        // Approved, it waits for nobody.
        room.act(&room.alan, &change, "approve", &json!({ "hash": change["hash"] })).await.is(200);
        assert_eq!(kinds(&room, &room.rita, &change).await, Vec::<String>::new());
    }
}
