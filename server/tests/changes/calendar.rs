//! The calendar: lanes by system, hours shaded by what is expected in them, and the same for programs.

use domain::people::Locale;

use super::{quiet::history, *};

both! {
    async fn lanes_are_by_team_or_by_system(app: TestApp) {
        let room = Room::new(app).await;
        room.app.system("ledger", &room.team).await;
        room.request(&room.with(&[("title", json!("Both of them")), ("systems", json!(["gateway", "ledger"]))])).await;
        room.request(&room.with(&[("title", json!("One of them")), ("start", json!("2025-03-15T07:00")), ("end", json!("2025-03-15T09:00"))])).await;
        let lanes = |body: &str| {
            let heads = body.split("changes-lane-name\">").skip(1).map(|rest| rest.split('<').next().unwrap().to_owned());
            heads.collect::<Vec<_>>()
        };
        let bars = |body: &str| body.matches("<title>CHG-1 Both of them").count();
        let page = room.app.get("/changes").as_(&room.rita).send().await;
        page.is(200).has("By system").has("by=system");
        assert_eq!(lanes(&page.body), ["payments"]);
        assert_eq!(bars(&page.body), 1);
        let page = room.app.get("/changes?by=system").as_(&room.rita).send().await;
        page.is(200).has("aria-label=\"Changes by system\"");
        assert_eq!(lanes(&page.body), ["gateway", "ledger"]);
        assert_eq!(bars(&page.body), 2, "it is in the lane of each");
        // It stays in every other address of the page, and in a view that is kept.
        page.has("by=system&amp;days=1").has("name=\"by\" value=\"system\"");
        room.app.get("/changes?by=system").as_(&room.rita).in_(Locale::Zh).send().await.is(200).has("按系统的变更").has("按团队");
        room.app.get("/changes?by=colour").as_(&room.rita).send().await.is(422).has("team, system");
        // A freeze of a system lies on its lane.
        let freeze = json!({ "scope": "systems", "systems": ["ledger"], "start": "2025-03-16T00:00", "end": "2025-03-17T00:00", "zone": "UTC", "reason": "x" });
        room.send(&room.app.admin().await, "POST", "/api/v1/freezes", &freeze).await.is(201);
        let hatches = |body: &str| body.matches("fill=\"url(#changes-hatch)\"></rect>").count();
        let by_team = room.app.get("/changes").as_(&room.rita).send().await;
        let by_system = room.app.get("/changes?by=system").as_(&room.rita).send().await;
        assert_eq!(hatches(&by_system.body), hatches(&by_team.body) + 1);
    }

    async fn hours_are_shaded_by_what_is_expected(app: TestApp) {
        let room = Room::new(app).await;
        let unknown = room.app.get("/changes?quiet=on&view=week").as_(&room.rita).send().await;
        unknown.is(200).has("Too few transactions to tell").lacks("data-grade");
        history(&room).await;
        room.request(&room.body()).await;
        for view in ["lanes", "week", "month"] {
            let page = room.app.get(&format!("/changes?quiet=on&view={view}")).as_(&room.rita).send().await;
            page.is(200).has("data-grade=\"1\"").has("changes-legend").has("at most 10 % of the busiest hour").has("at most 75 % of the busiest hour");
            page.has("about 6 transactions").has("CNY 3,675.00");
            room.app.get(&format!("/changes?view={view}")).as_(&room.rita).send().await.is(200).has("Shade quiet hours").lacks("data-grade");
        }
        let page = room.app.get("/changes?quiet=on&view=week").as_(&room.rita).in_(Locale::Zh).send().await;
        page.is(200).has("最安静 02:00–05:00：不超过最忙一小时的 10%").has("底色：每小时预计交易量");
        let hours = |query: &str| room.app.get(&format!("/api/v1/quiet-hours?{query}")).as_(&room.rita).send();
        let told = hours("from=2025-03-15T00:00:00Z&to=2025-03-16T00:00:00Z").await.is(200).json();
        let span = &told["spans"][0];
        assert_eq!(told["spans"].as_array().unwrap().len(), 1, "{told}");
        assert_eq!(span["span"], json!({ "from": 1_742_004_000_000_i64, "to": 1_742_014_800_000_i64 }));
        assert!(span["grade"] == 1 && (span["share"].as_f64().unwrap() - 0.1).abs() < 0.01, "{span}");
        assert_eq!(span["amounts"], json!([{ "currency": "CNY", "amount": 367_500 }]));
        hours("from=2025-03-15T00:00:00Z").await.is(422).has("to");
        hours("").await.is(422).has("from");
        hours("from=2025-03-15T00:00:00Z&to=2026-03-15T00:00:00Z").await.is(422).has("62");
        hours("from=2025-03-15T00:00:00Z&to=2025-03-16T00:00:00Z&system=x").await.is(422).has("system");
        room.app.get("/api/v1/quiet-hours?from=2025-03-15T00:00:00Z&to=2025-03-16T00:00:00Z").send().await.is(401);
        // Others see nothing of it.
        let sam = room.app.user("sam", Permission::ALL, Some(&room.app.team("others").await)).await;
        let told = room.app.get("/api/v1/quiet-hours?from=2025-03-15T00:00:00Z&to=2025-03-16T00:00:00Z").as_(&sam).send().await;
        assert_eq!(told.is(200).json(), json!({ "spans": null }));
        // The windows of the form, by an address.
        let windows = room.app.get("/api/v1/quiet-windows?systems=gateway&zone=UTC&rollback_minutes=30").as_(&room.rita).send().await.is(200).json();
        assert_eq!(windows["windows"].as_array().unwrap().len(), 3, "{windows}");
        let same = json!({ "systems": ["gateway"], "zone": "UTC", "rollback_minutes": 30 });
        assert_eq!(room.send(&room.rita, "POST", "/api/v1/changes/quiet", &same).await.is(200).json(), windows);
        room.app.get("/api/v1/quiet-windows?zone=Mars").as_(&room.rita).send().await.is(422).has("systems").has("zone");
        room.app.get("/api/v1/quiet-windows?systems=gateway&zone=UTC").as_(&room.alan).send().await.is(403);
        room.app.get("/api/v1/quiet-windows?systems=gateway&zone=UTC").as_(&sam).send().await.is(422).has("systems");
    }

    async fn the_next_free_slot_is_told_with_what_is_in_the_way(app: TestApp) {
        let room = Room::new(app).await;
        let admin = room.app.admin().await;
        let next = |query: String| room.app.get(&format!("/api/v1/changes/next-free-slot?{query}")).as_(&room.rita).send();
        let asked = "systems=gateway&start=2025-03-14T07:00&end=2025-03-14T09:00&zone=Asia/Shanghai".to_owned();
        // 07:00 in Shanghai is over: the same time tomorrow.
        let told = next(asked.clone()).await.is(200).json();
        assert_eq!((told["asked"]["start"].as_str(), told["conflicts"].as_array().map(Vec::len)), (Some("2025-03-14T07:00"), Some(0)), "{told}");
        assert_eq!((told["free"]["start"].as_str(), told["free"]["zone"].as_str()), (Some("2025-03-15T07:00"), Some("Asia/Shanghai")), "{told}");
        let ahead = "systems=gateway&start=2025-03-15T07:00&end=2025-03-15T09:00&zone=UTC".to_owned();
        let told = next(ahead.clone()).await.is(200).json();
        assert_eq!(told["free"], told["asked"]);
        // A freeze and another change are in the way, with reasons.
        let freeze = json!({ "scope": "all", "start": "2025-03-15T08:00", "end": "2025-03-16T08:00", "zone": "UTC", "reason": "Quarter end" });
        room.send(&admin, "POST", "/api/v1/freezes", &freeze).await.is(201);
        let other = room.request(&room.with(&[("start", json!("2025-03-17T08:00")), ("end", json!("2025-03-17T10:00"))])).await;
        let told = next(ahead.clone()).await.is(200).json();
        assert_eq!(told["conflicts"][0]["kind"], "freeze", "{told}");
        assert!(told["conflicts"].to_string().contains("Quarter end"), "{told}");
        assert_eq!(told["free"]["start"], "2025-03-18T07:00", "on the 16th the freeze, on the 17th the other change: {told}");
        // Of a change that is there, it is not in its own way; another start alone moves it.
        let id = format!("CHG-{}", other["number"]);
        let told = next(format!("change={id}")).await.is(200).json();
        assert_eq!((told["free"]["start"].as_str(), told["conflicts"].as_array().map(Vec::len)), (Some("2025-03-17T08:00"), Some(0)), "{told}");
        let told = next(format!("change={id}&start=2025-03-15T09:00")).await.is(200).json();
        assert_eq!((told["asked"]["end"].as_str(), told["free"]["start"].as_str()), (Some("2025-03-15T11:00"), Some("2025-03-16T09:00")), "{told}");
        // A freeze without an end in sight: none.
        let long = json!({ "scope": "all", "start": "2025-03-15T00:00", "end": "2025-04-12T00:00", "zone": "UTC", "reason": "All of it" });
        room.send(&admin, "POST", "/api/v1/freezes", &long).await.is(201);
        assert_eq!(next(ahead.clone()).await.is(200).json()["free"], Value::Null);
        // What is wrong is named.
        next("systems=gateway&start=soon&end=2025-03-15T09:00&zone=Mars".into()).await.is(422).has("zone").has("start");
        next("colour=red".into()).await.is(422).has("colour");
        next("change=CHG-99".into()).await.is(404);
        next(format!("change={id}&start=soon")).await.is(422).has("start");
        room.app.get(&format!("/api/v1/changes/next-free-slot?{ahead}")).as_(&room.alan).send().await.is(403);
        room.app.get(&format!("/api/v1/changes/next-free-slot?{ahead}")).send().await.is(401);
        let sam = room.app.user("sam", Permission::ALL, Some(&room.app.team("others").await)).await;
        room.app.get(&format!("/api/v1/changes/next-free-slot?change={id}")).as_(&sam).send().await.is(404);
        assert_eq!(room.count("SELECT COUNT(*) FROM changes").await, 1, "looking keeps nothing");
    }
}
