//! The feeds of changes and freezes through the Sundays on which clocks change, as another program reads them.

use backend::db::sql;
use domain::time::DAY;

use super::*;
use crate::app::icalendar;

both! {
    async fn another_program_reads_the_same_instants_from_the_feed(app: TestApp) {
        let room = Room::new(app).await;
        let berlin = json!("Europe/Berlin");
        // Through the gap, from within it, through the hour that comes twice, from within it, and a day like others.
        let walls = [
            ("2025-03-30T01:30", "2025-03-30T03:30"), ("2025-03-30T02:15", "2025-03-30T04:00"), ("2025-10-26T01:30", "2025-10-26T03:30"),
            ("2025-10-26T02:30", "2025-10-26T03:00"), ("2025-06-01T01:30", "2025-06-01T03:30"),
        ];
        let mut expected = Vec::new();
        for (n, (start, end)) in walls.iter().enumerate() {
            let title = format!("Night {n}; one, and\\or two – 夜间变更 {}", "long ".repeat(14));
            let wall = [("title", json!(title)), ("start", json!(start)), ("end", json!(end)), ("zone", berlin.clone())];
            let change = room.request(&room.with(&wall)).await;
            let span = &change["content"]["window"]["span"];
            let summary = format!("CHG-{} {}", n + 1, title.trim());
            expected.push((format!("change-{}@evenkeel", change["id"].as_str().unwrap()), span["from"].as_i64().unwrap(), span["to"].as_i64().unwrap(), summary));
        }
        let freeze = json!({
            "scope": "all", "start": "2025-03-15T22:00", "end": "2025-03-16T02:30", "zone": berlin, "reason": "Nights", "rrule": "FREQ=WEEKLY",
        });
        let admin = room.app.admin().await;
        room.send(&admin, "POST", "/api/v1/freezes", &freeze).await.is(201);
        let address = room.app.calendar(&room.rita, &room.team).await;
        let feed = room.app.get(&address).send().await;
        let Some(events) = icalendar::read(&feed.is(200).body, "Europe/Berlin") else { return };
        let mut changes: Vec<_> = events.iter().filter(|event| event.category == "CHANGE").collect();
        changes.sort_by_key(|event| event.summary.clone());
        let read: Vec<_> = changes.iter().map(|event| (event.uid.clone(), event.start.ms, event.end.ms, event.summary.clone())).collect();
        assert_eq!(read, expected);
        let shown: Vec<_> = changes.iter().map(|event| (event.start.wall.as_str(), event.end.wall.as_str(), (event.end.ms - event.start.ms) / MINUTE)).collect();
        assert_eq!(shown, [
            ("2025-03-30T01:30", "2025-03-30T03:30", 60), ("2025-03-30T03:15", "2025-03-30T04:00", 45), ("2025-10-26T01:30", "2025-10-26T03:30", 180),
            ("2025-10-26T02:30", "2025-10-26T03:00", 90), ("2025-06-01T01:30", "2025-06-01T03:30", 120),
        ]);
        // Every Saturday of the year ahead once, at 22:00 whatever clocks do; the end that does not exist is read an hour later.
        let mut nights: Vec<_> = events.iter().filter(|event| event.category == "FREEZE").collect();
        nights.sort_by_key(|event| event.start.ms);
        assert!((56..=58).contains(&nights.len()), "{}", nights.len());
        assert!(nights.iter().all(|night| night.start.wall.ends_with("T22:00") && night.summary == "⛔ Nights" && night.status == "CONFIRMED"));
        assert!(nights.windows(2).all(|two| two[0].uid != two[1].uid && (two[1].start.ms - two[0].start.ms - 7 * DAY).abs() <= HOUR));
        let odd: Vec<_> = nights.iter().filter(|night| night.end.ms - night.start.ms != 4 * HOUR + 30 * MINUTE || !night.end.wall.ends_with("T02:30")).collect();
        let odd: Vec<_> = odd.iter().map(|night| night.end.wall.as_str()).collect();
        assert_eq!(odd, ["2025-03-30T03:30", "2026-03-29T03:30"], "in autumn the first 02:30 is meant");
        // The same read again has the same names.
        let again = icalendar::read(&room.app.get(&address).send().await.body, "UTC").unwrap();
        assert_eq!(again.iter().map(|event| (&event.uid, event.start.ms)).collect::<Vec<_>>(), events.iter().map(|event| (&event.uid, event.start.ms)).collect::<Vec<_>>());
    }

    async fn a_calendar_is_read_as_long_as_the_one_who_took_its_address_may(app: TestApp) {
        let room = Room::new(app).await;
        let (ritas, ruths) = (room.app.calendar(&room.rita, &room.team).await, room.app.calendar(&room.ruth, &room.team).await);
        assert_ne!(ritas, ruths, "each has an address of their own");
        let read = async |address: &str| room.app.get(address).send().await.status;
        assert_eq!((read(&ritas).await, read(&ruths).await), (200, 200));
        let change = async |text: &'static str| {
            let rita = room.rita.user().expect("a person");
            sql(text).value(rita).run(&mut room.app.ctx.db.read().await.unwrap()).await.unwrap();
        };
        // Disabled, with a role that reads nothing, and out of the team; the others read on.
        change("UPDATE users SET disabled = 1 WHERE id = $1").await;
        assert_eq!((read(&ritas).await, read(&ruths).await), (404, 200));
        change("UPDATE users SET disabled = 0 WHERE id = $1").await;
        assert_eq!(read(&ritas).await, 200);
        change("UPDATE roles SET permissions = '' WHERE id = (SELECT role_id FROM memberships WHERE user_id = $1)").await;
        assert_eq!(read(&ritas).await, 404);
        change("DELETE FROM memberships WHERE user_id = $1").await;
        assert_eq!((read(&ritas).await, read(&ruths).await), (404, 200));
    }
}
