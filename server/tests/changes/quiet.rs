//! Quiet windows: by the volume of what is touched and of what depends on it, around what is in the way.

use domain::{Fault, people::Locale, time::DAY, transactions::Batch};

use super::*;

/// Six weeks of hours: full by day, few from 02:00 to 05:00; each transaction moves 612.50 CNY.
pub(super) async fn history(room: &Room) {
    history_of(room, "gateway").await;
}

async fn history_of(room: &Room, system: &str) {
    history_with(room, system, |at| if (2..5).contains(&(at.0.rem_euclid(DAY) / HOUR)) { 2 } else { 20 }).await;
}

/// Six weeks of hours, each of so many.
pub(super) async fn history_with(room: &Room, system: &str, many: impl Fn(Timestamp) -> i64) {
    let sender = domain::Actor::engine("history");
    let now = room.app.now().floor(HOUR);
    let mut lines = Vec::new();
    for hour in 1..=(42 * 24) {
        let at = now.plus(-hour * HOUR);
        for i in 0..many(at) {
            lines.push(json!({ "time": at.plus(i * MINUTE).rfc3339(), "system": system, "link": "bank", "code": "00", "amount": "612.50", "currency": "CNY" }).to_string());
        }
    }
    for chunk in lines.chunks(5_000) {
        let done: Result<_, Fault> =
            room.app.portal.transactions.ingest(&sender, Batch { body: chunk.join("\n").into_bytes(), ..Batch::default() }).await;
        assert_eq!(done.unwrap().refused, 0);
    }
}

both! {
    async fn the_quietest_windows_are_named_around_what_is_in_the_way(app: TestApp) {
        let room = Room::new(app).await;
        let ask = json!({ "systems": ["gateway"], "zone": "UTC" });
        let none = room.send(&room.rita, "POST", "/api/v1/changes/quiet", &ask).await.is(200).json();
        assert_eq!((none["lack"].as_str(), none["windows"].as_array().unwrap().len()), (Some("volume"), 0));
        history(&room).await;
        let told = room.send(&room.rita, "POST", "/api/v1/changes/quiet", &ask).await.is(200).json();
        let windows = told["windows"].as_array().unwrap();
        assert_eq!(windows.len(), 3, "{told}");
        for window in windows {
            let start = window["start"].as_str().unwrap();
            assert!(["T02:", "T03:"].iter().any(|hour| start.contains(hour)), "{start}");
            assert!(window["expected"].as_f64().unwrap() < 10.0 && window["cost"].as_f64().unwrap() < 1.0, "{window}");
        }
        // What is moved in it: as many as are expected, each 612.50.
        let (expected, amount) = (windows[0]["expected"].as_f64().unwrap(), &windows[0]["amounts"][0]);
        let minor = amount["amount"].as_f64().unwrap();
        assert!(amount["currency"] == "CNY" && (minor / 61_250.0 - expected).abs() < 0.2, "{amount} {expected}");
        let tried = &told["backtest"];
        assert!(tried["mean"].as_f64().unwrap() < 1.2 && tried["worst"].as_f64() >= tried["mean"].as_f64(), "{told}");
        assert!(tried["weeks"].as_u64() > Some(0), "{told}");
        // A freeze takes the first away.
        let first = windows[0]["start"].as_str().unwrap().to_owned();
        let freeze = json!({ "scope": "all", "start": first, "end": windows[0]["end"], "zone": "UTC", "reason": "x" });
        let admin = room.app.admin().await;
        room.send(&admin, "POST", "/api/v1/freezes", &freeze).await.is(201);
        let told = room.send(&room.rita, "POST", "/api/v1/changes/quiet", &ask).await.is(200).json();
        assert!(told["windows"].as_array().unwrap().iter().all(|window| window["start"] != first.as_str()), "{told}");
        room.send(&room.rita, "POST", "/api/v1/changes/quiet", &json!({ "zone": "Mars" })).await.is(422).has("systems").has("zone");
        room.send(&room.alan, "POST", "/api/v1/changes/quiet", &ask).await.is(403);
        let sam = room.app.user("sam", Permission::ALL, Some(&room.app.team("others").await)).await;
        room.send(&sam, "POST", "/api/v1/changes/quiet", &ask).await.is(422).has("systems");
        let first = told["windows"][0].clone();
        // Rolling back lasts, too: what is at risk is both.
        let longer = json!({ "systems": ["gateway"], "zone": "UTC", "rollback_minutes": 240 });
        let with = room.send(&room.rita, "POST", "/api/v1/changes/quiet", &longer).await.is(200).json();
        assert!(with["windows"][0]["expected"].as_f64() > first["expected"].as_f64().map(|expected| expected * 2.0), "{with}");
        assert_eq!(with["rollback_minutes"], 240);
        let wrong = json!({ "systems": ["gateway"], "zone": "UTC", "rollback_minutes": 1_441, "team": "x" });
        room.send(&room.rita, "POST", "/api/v1/changes/quiet", &wrong).await.is(422).has("rollback_minutes").has("team");
        // What the doing team has to do elsewhere takes a window away, whichever system it is on.
        let others = room.app.team("doers").await;
        room.app.system("vault", &others).await;
        let both = room.app.user("both", &[Permission::Read, Permission::RequestChanges], None).await;
        let busy = [("systems", json!(["vault"])), ("team", json!(others)), ("start", first["start"].clone()), ("end", first["end"].clone())];
        room.send(&both, "POST", "/api/v1/changes", &room.with(&busy)).await.is(201);
        let by = json!({ "systems": ["gateway"], "zone": "UTC", "team": others });
        let starts = async |ask: &Value| {
            let told = room.send(&both, "POST", "/api/v1/changes/quiet", ask).await.is(200).json();
            told["windows"].as_array().unwrap().iter().map(|window| window["start"].as_str().unwrap().to_owned()).collect::<Vec<_>>()
        };
        assert!(starts(&ask).await.contains(&first["start"].as_str().unwrap().to_owned()));
        assert!(!starts(&by).await.contains(&first["start"].as_str().unwrap().to_owned()));
        room.send(&room.rita, "POST", "/api/v1/changes/quiet", &by).await.is(422).has("team");
        // Its page says how long it takes.
        let change = room.request(&room.with(&[("rollback_minutes", json!(45)), ("start", json!("2025-03-20T07:00")), ("end", json!("2025-03-20T09:00"))])).await;
        assert_eq!(change["content"]["rollback_minutes"], 45);
        let path = format!("/changes/{}", change["id"].as_str().unwrap());
        room.app.get(&path).as_(&room.rita).send().await.is(200).has("Rolling back takes 45 min");
        room.app.get(&format!("{path}/edit")).as_(&room.rita).send().await.is(200).has("value=\"45\"");
        room.act(&room.rita, &change, "cancel", &json!({})).await.is(200);
        // In the form: half filled is enough, what was typed stays, a button takes a window.
        let fields = [("title", "Half a change"), ("systems", room.gateway.as_str()), ("zone", "UTC"), ("act", "quiet")];
        let page = room.app.post_form("/changes/new", &fields).as_(&room.rita).send().await;
        page.is(200).has("The quietest windows ahead").has("Half a change").has("Rolling back takes (minutes)").has("Take it").has("take 2025-03-");
        page.has("Amount expected").has("CNY 2,4");
        let taken = [("title", "Half a change"), ("zone", "UTC"), ("act", "take 2025-03-18T02:00 2025-03-18T04:00")];
        room.app.post_form("/changes/new", &taken).as_(&room.rita).in_(Locale::Zh).send().await.is(200).has("2025-03-18T02:00").has("Half a change");
        room.app.get("/changes?quiet=on").as_(&room.rita).send().await.is(200).has("data-grade=\"1\"").has("quiet spans are shaded");
        room.app.get("/changes").as_(&room.rita).send().await.is(200).has("Shade quiet hours").lacks("changes-quiet-hour\"");
        assert_eq!(room.count("SELECT COUNT(*) FROM changes").await, 2, "looking keeps nothing");
    }
    async fn numbers_of_other_teams_are_not_told(app: TestApp) {
        let room = Room::new(app).await;
        let shop = room.app.system("shop", &room.app.team("others").await).await;
        room.app.needs(&shop, &room.gateway).await;
        history(&room).await;
        let both = room.app.user("both", &[Permission::Read, Permission::RequestChanges], None).await;
        let ask = json!({ "systems": ["gateway"], "zone": "UTC" });
        let windows = async |who: &Actor| room.send(who, "POST", "/api/v1/changes/quiet", &ask).await.is(200).json();
        let hours = async |who: &Actor| {
            let path = "/api/v1/quiet-hours?from=2025-03-15T00:00:00Z&to=2025-03-16T00:00:00Z";
            room.app.get(path).as_(who).send().await.is(200).json()["spans"][0].clone()
        };
        let before = hours(&room.rita).await;
        history_of(&room, "shop").await;
        // What depends on it counts for the grade and the choice; its transactions and its money are told to those who may read it.
        let (own, all) = (hours(&room.rita).await, hours(&both).await);
        assert_eq!((&own["expected"], &own["amounts"]), (&before["expected"], &before["amounts"]));
        assert_eq!((&own["grade"], &own["span"]), (&all["grade"], &all["span"]));
        assert_eq!(all["amounts"][0]["amount"].as_i64(), own["amounts"][0]["amount"].as_i64().map(|amount| 2 * amount));
        let (own, all) = (windows(&room.rita).await, windows(&both).await);
        assert_eq!((&own["systems"], &own["told"], &all["told"]), (&json!(2), &json!(1), &json!(2)));
        for number in ["expected", "upper", "cost"] {
            let of = |told: &Value| told["windows"][0][number].as_f64().unwrap();
            assert!(of(&own) < 0.7 * of(&all), "{number}: {own} {all}");
        }
        let money = |told: &Value| told["windows"][0]["amounts"][0]["amount"].as_i64().unwrap();
        assert!(money(&own) * 10 < money(&all) * 7, "{own} {all}");
        assert_eq!(own["windows"][0]["start"], all["windows"][0]["start"]);
        let fields = [("title", "Half a change"), ("systems", room.gateway.as_str()), ("zone", "UTC"), ("act", "quiet")];
        let page = room.app.post_form("/changes/new", &fields).as_(&room.rita).send().await;
        page.is(200).has("numbers are those of the one system within your reach");
    }
}
