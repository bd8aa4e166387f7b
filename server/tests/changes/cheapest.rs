//! The cheapest windows of the days that the calendar shows, marked there and by an address; hours of the wall; and the time to verdict.

use domain::people::Locale;

use super::{quiet::history, *};

both! {
    async fn the_calendar_of_systems_marks_their_cheapest_windows(app: TestApp) {
        let room = Room::new(app).await;
        let shop = room.app.system("shop", &room.app.team("others").await).await;
        let at = |rest: &str| format!("/changes?system={}{rest}", room.gateway);
        room.app.get(&at("")).as_(&room.rita).send().await.is(200).has("a window would be a guess").lacks("changes-cheapest-bar");
        history(&room).await;
        // Not narrowed to systems, or to such as the reader may not see: nothing is proposed.
        room.app.get("/changes").as_(&room.rita).send().await.is(200).lacks("The cheapest windows of these days");
        room.app.get(&format!("/changes?system={shop}")).as_(&room.rita).send().await.is(200).lacks("The cheapest windows of these days");
        let page = room.app.get(&at("")).as_(&room.rita).send().await;
        page.is(200).has("The cheapest windows of these days").has("class=\"changes-cheapest-bar\"").has("not while it is watched").has("CNY 2,4");
        page.has("twice the margin").has("Hurt, as often as such changes fail").has("hurts about").has("no verdict while it is watched");
        let link = page.body.split("href=\"").find(|rest| rest.starts_with("/changes/new?")).unwrap().split('"').next().unwrap().replace("&amp;", "&");
        assert!(link.contains(&format!("system={}", room.gateway)) && link.contains("&start=2025-03-1") && link.contains("&zone=UTC"), "{link}");
        // It fills in the form.
        let start = link.split("start=").nth(1).unwrap().split('&').next().unwrap().replace("%3A", ":");
        let form = room.app.get(&link.replace("zone=UTC", "zone=Asia%2FTokyo")).as_(&room.rita).send().await;
        form.is(200).has(&format!("value=\"{start}\"")).has("value=\"Asia/Tokyo\"").has("checked");
        for (view, mark) in [("week", "data-cheapest"), ("month", "data-cheapest"), ("agenda", "data-cheapest")] {
            let page = room.app.get(&at(&format!("&view={view}"))).as_(&room.rita).in_(Locale::Zh).send().await;
            page.is(200).has(mark).has("这些天里代价最小的窗口").has("约影响").has("观察期内无法判定").has("/changes/new?");
        }
        // Another length, kept in the address; one that is none; days that are over, or too far ahead.
        let short = room.app.get(&at("&length=30")).as_(&room.rita).send().await;
        short.is(200).has("length=240").has("name=\"length\" value=\"30\"");
        assert_ne!(short.body.matches("/changes/new?").count(), 0);
        room.app.get(&at("&length=x")).as_(&room.rita).send().await.is(422).has("length");
        room.app.get(&at("&date=2025-02-01")).as_(&room.rita).send().await.is(200).has("These days are over");
        room.app.get(&at("&date=2025-08-01")).as_(&room.rita).send().await.is(200).has("too far ahead");
        // Whoever may only read sees them, and no way to ask.
        let page = room.app.get(&at("")).as_(&room.alan).send().await;
        page.is(200).has("#cheapest-1").has("id=\"cheapest-1\"").lacks("/changes/new?system");
        // A lane of a system leads to its own calendar.
        room.request(&room.body()).await;
        room.app.get("/changes?by=system").as_(&room.rita).send().await.is(200).has(&format!("by=system&amp;system={}", room.gateway));
    }

    async fn windows_of_asked_days_and_hours_of_the_wall(app: TestApp) {
        let room = Room::new(app).await;
        history(&room).await;
        let windows = |query: &str| room.app.get(&format!("/api/v1/quiet-windows?systems=gateway&{query}")).as_(&room.rita).send();
        // Within the days asked for, on full hours of a wall that is half an hour off.
        let told = windows("zone=Asia/Kolkata&length=60&from=2025-03-16T18:30:00Z&to=2025-03-17T18:30:00Z").await.is(200).json();
        let found = told["windows"].as_array().unwrap();
        assert!(!found.is_empty(), "{told}");
        for window in found {
            let start = window["start"].as_str().unwrap();
            assert!(start.starts_with("2025-03-17T") && start.ends_with(":00"), "{window}");
            assert_eq!(window["span"]["to"].as_i64().unwrap() - window["span"]["from"].as_i64().unwrap(), HOUR);
        }
        // 02:00 to 05:00 UTC is 07:30 to 10:30 there: of the hours of the wall, 08:00 to 10:00 are wholly quiet.
        assert!(["08:00", "09:00"].iter().any(|hour| found[0]["start"].as_str().unwrap().ends_with(hour)), "{told}");
        let hours = |zone: &str| {
            room.app.get(&format!("/api/v1/quiet-hours?from=2025-03-16T18:30:00Z&to=2025-03-17T18:30:00Z{zone}")).as_(&room.rita).send()
        };
        let spans = hours("&zone=Asia/Kolkata").await.is(200).json();
        let quietest = spans["spans"].as_array().unwrap().iter().find(|span| span["grade"] == 1).unwrap().clone();
        let eight = domain::Timestamp::parse_rfc3339("2025-03-17T02:30:00Z").unwrap();
        assert_eq!(quietest["span"], json!({ "from": eight.0, "to": eight.plus(2 * HOUR).0 }), "{spans}");
        hours("&zone=Mars").await.is(422).has("zone");
        // What cannot be.
        assert_eq!(windows("zone=UTC&from=2025-02-01T00:00:00Z&to=2025-02-08T00:00:00Z").await.is(200).json()["lack"], "past");
        assert_eq!(windows("zone=UTC&from=2025-08-01T00:00:00Z&to=2025-08-08T00:00:00Z").await.is(200).json()["lack"], "far");
        windows("zone=UTC&length=1").await.is(422).has("length");
        windows("zone=UTC&from=2025-03-16T00:00:00Z").await.is(422).has("to");
        // A verdict takes the looks of verification: none in an hour of so few, and in a day where a coarse margin is watched for long.
        let none = windows("zone=UTC").await.is(200).json();
        assert_eq!((&none["windows"][0]["verdict_ms"], &none["needed"], none["drop"].as_f64()), (&Value::Null, &json!(0.0), Some(0.4)));
        let long = windows("zone=UTC&verify_minutes=720&verify_margin=10").await.is(200).json();
        let first = &long["windows"][0];
        assert!((10 * MINUTE..=36 * HOUR).contains(&first["verdict_ms"].as_i64().unwrap()), "{long}");
        assert_eq!((first["slowest"].as_str(), long["drop"].as_f64()), (Some("gateway"), Some(20.0)));
        assert!(long["needed"].as_f64().unwrap() > 10.0, "{long}");
        let unwatched = windows("zone=UTC&verify_minutes=0&verify_margin=10").await.is(200).json();
        assert_eq!(unwatched["windows"][0]["verdict_ms"], Value::Null);
    }
}
