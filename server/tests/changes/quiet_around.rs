//! Quiet windows around what is in the way, however much of it there is, and by what days that are like others hold.

use super::{
    quiet::{history, history_with},
    *,
};

/// What is proposed to rita.
async fn windows(room: &Room, query: &str) -> Value {
    room.app.get(&format!("/api/v1/quiet-windows?systems=gateway&zone=UTC&{query}")).as_(&room.rita).send().await.is(200).json()
}

fn starts(told: &Value) -> Vec<&str> {
    told["windows"].as_array().unwrap().iter().map(|window| window["start"].as_str().unwrap()).collect()
}

both! {
    async fn a_freeze_of_every_night_leaves_the_evenings(app: TestApp) {
        let room = Room::new(app).await;
        history(&room).await;
        // More of the cheapest hours than anybody looks at: three in each of 47 nights.
        let days = "length=60&from=2025-03-15T00:00:00Z&to=2025-05-01T00:00:00Z";
        let free = windows(&room, days).await;
        assert!(starts(&free).iter().all(|start| ["T02:", "T03:", "T04:"].iter().any(|hour| start.contains(hour))), "{free}");
        let nights = json!({ "scope": "all", "start": "2025-03-14T00:00", "end": "2025-03-14T06:00", "zone": "UTC", "reason": "Nights", "rrule": "FREQ=DAILY" });
        room.send(&room.app.admin().await, "POST", "/api/v1/freezes", &nights).await.is(201);
        let told = windows(&room, days).await;
        assert_eq!((starts(&told).len(), told["lack"].as_str()), (3, None), "{told}");
        assert!(starts(&told).iter().all(|start| start[11..13].parse::<u32>().unwrap() >= 6), "{told}");
    }

    async fn holidays_that_are_over_do_not_make_a_day_quiet(app: TestApp) {
        let room = Room::new(app).await;
        // The Saturdays 1 and 8 March were holidays: hardly anybody paid.
        let holidays = ["2025-03-01", "2025-03-08"];
        history_with(&room, "gateway", |at| if holidays.contains(&&at.rfc3339()[..10]) { 2 } else { 20 }).await;
        let saturday = "length=120&from=2025-03-15T09:00:00Z&to=2025-03-15T17:00:00Z";
        let expected = async || windows(&room, saturday).await["windows"][0]["expected"].as_f64().unwrap();
        let taken_for_usual = expected().await;
        assert!(taken_for_usual < 35.0, "{taken_for_usual}");
        for day in holidays {
            let holiday = json!({ "kind": "holiday", "name": "Spring", "first": day, "zone": "UTC", "team": room.team });
            room.send(&room.ruth, "POST", "/api/v1/occasions", &holiday).await.is(201);
        }
        let told = expected().await;
        assert!((38.0..42.0).contains(&told), "{told}");
    }

    async fn rolling_back_is_kept_free_too(app: TestApp) {
        let room = Room::new(app).await;
        history(&room).await;
        let morning = json!({ "scope": "all", "start": "2025-03-15T05:00", "end": "2025-03-15T12:00", "zone": "UTC", "reason": "Closing" });
        room.send(&room.app.admin().await, "POST", "/api/v1/freezes", &morning).await.is(201);
        let night = "length=60&from=2025-03-15T00:00:00Z&to=2025-03-15T05:00:00Z";
        let told = windows(&room, night).await;
        assert!(starts(&told).contains(&"2025-03-15T04:00"), "{told}");
        // Four hours of rolling back end before it in one case only.
        let told = windows(&room, &format!("{night}&rollback_minutes=240")).await;
        assert_eq!(starts(&told), ["2025-03-15T00:00"], "{told}");
        let told = windows(&room, &format!("{night}&rollback_minutes=300")).await;
        assert_eq!((starts(&told).len(), told["lack"].as_str()), (0, Some("room")), "{told}");
    }

    async fn occasions_of_those_who_depend_on_it_count(app: TestApp) {
        let room = Room::new(app).await;
        let others = room.app.team("others").await;
        let shop = room.app.system("shop", &others).await;
        history(&room).await;
        let keeper = room.app.user("keeper", &[Permission::Read, Permission::SetFreezes], Some(&others)).await;
        let sale = json!({ "kind": "event", "name": "Sale", "first": "2025-03-16", "zone": "UTC", "team": others });
        room.send(&keeper, "POST", "/api/v1/occasions", &sale).await.is(201);
        let days = "length=60&from=2025-03-15T21:00:00Z&to=2025-03-17T00:00:00Z";
        let alone = windows(&room, days).await;
        assert!(starts(&alone).iter().all(|start| start.starts_with("2025-03-16")), "{alone}");
        room.app.needs(&shop, &room.gateway).await;
        let told = windows(&room, days).await;
        assert!(starts(&told).len() == 3 && starts(&told).iter().all(|start| start.starts_with("2025-03-15")), "{told}");
        // Rolling back does not reach into it either.
        let told = windows(&room, &format!("{days}&rollback_minutes=60")).await;
        assert_eq!(starts(&told).iter().filter(|start| **start == "2025-03-15T23:00").count(), 0, "{told}");
        assert_eq!(starts(&told).len(), 2, "{told}");
    }
}
