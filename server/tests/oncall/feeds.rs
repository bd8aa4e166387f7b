//! Feeds of schedules and of one's own shifts: who reads them, and what another program reads in them.

use backend::db::sql;
use domain::{
    Actor, Permission,
    people::Locale,
    time::{HOUR, MINUTE, SECOND},
};
use serde_json::{Value, json};

use super::Room;
use crate::app::{Answer, icalendar};

both! {
    async fn feeds_are_found_by_their_secret_alone(app: TestApp) {
        let room = Room::new(app).await;
        let schedule = room.schedule().await;
        let page = format!("/oncall/schedules/{schedule}");
        let address = |answer: &Answer| {
            let from = answer.body.find("/oncall/calendar/").expect("an address");
            answer.body[from..].split(['<', '"']).next().unwrap().to_owned()
        };
        let feed = address(room.app.get(&page).as_(&room.lena).send().await.is(200));
        let calendar = room.app.get(&feed).send().await;
        calendar.is(200).has("BEGIN:VCALENDAR").has("lena · Primary").has("wei · Primary").has("DTSTART:20250317T010000Z");
        assert!(calendar.header("content-type").starts_with("text/calendar"));
        room.app.post_form(&format!("{page}/feed"), &[]).as_(&room.lena).send().await.is(403);
        room.app.post_form(&format!("{page}/feed"), &[]).as_(&room.kim).send().await.is(303);
        room.app.get(&feed).send().await.is(404);
        // One's own.
        room.app.get("/oncall").as_(&room.wei).send().await.is(200).lacks("/oncall/calendar/");
        room.app.post_form("/oncall/feed", &[]).as_(&room.wei).send().await.is(303);
        let own = address(room.app.get("/oncall").as_(&room.wei).send().await.is(200));
        room.app.get(&own).send().await.is(200).has("wei · Primary").lacks("lena · Primary");
        room.app.get("/oncall/calendar/nothing.ics").send().await.is(404);
    }

    async fn programs_read_and_renew_the_addresses_of_feeds(app: TestApp) {
        let room = Room::new(app).await;
        let path = format!("/api/v1/oncall/schedules/{}/feed", room.schedule().await);
        let calendar = |told: &Value| {
            let (house, rest) = told["address"].as_str().expect("an address").split_once("/oncall/").expect("a calendar");
            assert!(house.ends_with("://evenkeel.test"), "{told}");
            format!("/oncall/{rest}")
        };
        let told = room.read(&room.lena, &path).await;
        assert_eq!(told["may_renew"], false);
        room.app.get(&calendar(&told)).send().await.is(200).has("lena · Primary");
        room.send(&room.lena, "POST", &path, &json!({})).await.is(403);
        let renewed = room.send(&room.kim, "POST", &path, &json!({})).await.is(200).json();
        room.app.get(&calendar(&told)).send().await.is(404);
        room.app.get(&calendar(&renewed)).send().await.is(200).has("lena · Primary");
        assert_eq!(room.read(&room.kim, &path).await, renewed);
        let elsewhere = room.app.viewer("nora", &room.app.team("elsewhere").await).await;
        room.app.get(&path).as_(&elsewhere).send().await.is(404);
        // One's own.
        let own = "/api/v1/oncall/feed";
        room.app.get(own).as_(&room.wei).send().await.is(404);
        let made = room.send(&room.wei, "POST", own, &json!({})).await.is(200).json();
        assert_eq!(room.read(&room.wei, own).await, made);
        room.app.get(&calendar(&made)).send().await.is(200).has("wei · Primary").lacks("lena · Primary");
        room.app.get(own).as_(&room.lena).send().await.is(404);
    }

    async fn a_schedule_is_read_as_long_as_the_one_who_took_its_address_may(app: TestApp) {
        let room = Room::new(app).await;
        let path = format!("/api/v1/oncall/schedules/{}/feed", room.schedule().await);
        let address = async |who: &Actor| {
            let told = room.read(who, &path).await;
            let (_, rest) = told["address"].as_str().expect("an address").split_once("/oncall/").expect("a calendar");
            format!("/oncall/{rest}")
        };
        let (lenas, weis) = (address(&room.lena).await, address(&room.wei).await);
        assert_ne!(lenas, weis, "each has an address of their own");
        let read = async |address: &str| room.app.get(address).send().await.status;
        assert_eq!((read(&lenas).await, read(&weis).await), (200, 200));
        let change = async |text: &'static str| {
            let lena = room.lena.user().expect("a person");
            sql(text).value(lena).run(&mut room.app.ctx.db.read().await.unwrap()).await.unwrap();
        };
        change("UPDATE users SET disabled = 1 WHERE id = $1").await;
        assert_eq!((read(&lenas).await, read(&weis).await), (404, 200));
        change("UPDATE users SET disabled = 0 WHERE id = $1").await;
        assert_eq!(read(&lenas).await, 200);
        // Of her own shifts none is told of a team that she has left.
        room.send(&room.lena, "POST", "/api/v1/oncall/feed", &json!({})).await.is(200);
        let told = room.read(&room.lena, "/api/v1/oncall/feed").await;
        let (_, rest) = told["address"].as_str().expect("an address").split_once("/oncall/").expect("a calendar");
        let own = format!("/oncall/{rest}");
        room.app.get(&own).send().await.is(200).has("lena · Primary");
        change("DELETE FROM memberships WHERE user_id = $1").await;
        assert_eq!((read(&lenas).await, read(&weis).await), (404, 200));
        room.app.get(&own).send().await.is(200).lacks("lena · Primary");
    }

    async fn addresses_end_for_one_person_or_with_the_token_that_took_them(app: TestApp) {
        let room = Room::new(app).await;
        let path = format!("/api/v1/oncall/schedules/{}/feed", room.schedule().await);
        let calendar = |told: &Value| {
            let (_, rest) = told["address"].as_str().expect("an address").split_once("/oncall/").expect("a calendar");
            format!("/oncall/{rest}")
        };
        let read = async |address: &str| room.app.get(address).send().await.status;
        let olga = room.app.user("olga", &[Permission::Read, Permission::ManageTokens], Some(&room.team)).await;
        let (olgas, weis) = (calendar(&room.read(&olga, &path).await), calendar(&room.read(&room.wei, &path).await));
        // What a token was given ends with it.
        let people = &room.app.portal.people;
        let fields = json!({ "name": "bot", "days": 1, "permissions": ["read"] });
        let token = people.create_token(&olga, &serde_json::from_value(fields).unwrap()).await.unwrap();
        let told = room.app.get(&path).header("authorization", &format!("Bearer {}", token.secret)).send().await;
        let bots = calendar(&told.is(200).json());
        assert_ne!(bots, olgas);
        assert_eq!((read(&bots).await, read(&olgas).await), (200, 200));
        people.revoke_token(&olga, &token.id).await.unwrap();
        assert_eq!((read(&bots).await, read(&olgas).await), (404, 200));
        // Whoever wants others has them at once, of teams too, and nobody else has.
        let teams = room.app.calendar(&olga, &room.team).await;
        room.app.get("/profile").as_(&olga).send().await.is(200).has("New addresses for me").has("/profile/addresses");
        room.app.get("/changes/feeds").as_(&olga).in_(Locale::Zh).send().await.is(200).has("更换我的地址");
        let renew = async || room.app.post_form("/profile/addresses", &[]).as_(&olga).send().await;
        renew().await.is(303);
        assert_eq!((read(&olgas).await, read(&teams).await, read(&weis).await), (404, 404, 200));
        let others = (calendar(&room.read(&olga, &path).await), room.app.calendar(&olga, &room.team).await);
        assert_eq!((read(&others.0).await, read(&others.1).await), (200, 200));
        // Pressed twice it is done once; then a minute has to pass.
        renew().await.is(303);
        assert_eq!(read(&others.0).await, 200);
        room.app.advance(10 * SECOND);
        renew().await.is(429);
        room.app.advance(MINUTE);
        renew().await.is(303);
        assert_eq!((read(&others.0).await, read(&others.1).await), (404, 404));
        let rows = sql("SELECT COUNT(*) FROM audit WHERE act = 'profile.renew-feeds'");
        assert_eq!(rows.count(&mut room.app.ctx.db.read().await.unwrap()).await.unwrap(), 2);
    }

    async fn another_program_reads_shifts_through_the_change_of_clocks(app: TestApp) {
        let room = Room::new(app).await;
        let mut body = room.body();
        body["zone"] = json!("Europe/Berlin");
        // Somebody is always on call but on Saturday afternoons.
        body["layers"][0]["hours"] = json!([
            { "days": ["mon", "tue", "wed", "thu", "fri", "sun"], "from": "00:00", "to": "00:00" }, { "days": ["sat"], "from": "00:00", "to": "12:00" },
        ]);
        let made = room.send(&room.kim, "POST", "/api/v1/oncall/schedules", &body).await;
        let schedule = made.is(201).json()["id"].as_str().unwrap().to_owned();
        let page = room.app.get(&format!("/oncall/schedules/{schedule}")).as_(&room.lena).send().await;
        let from = page.is(200).body.find("/oncall/calendar/").expect("an address");
        let feed = page.body[from..].split(['<', '"']).next().unwrap();
        let calendar = room.app.get(feed).send().await;
        let Some(mut shifts) = icalendar::read(&calendar.is(200).body, "Europe/Berlin") else { return };
        shifts.sort_by_key(|shift| shift.start.ms);
        let mut names: Vec<_> = shifts.iter().map(|shift| &shift.uid).collect();
        names.sort();
        names.dedup();
        assert_eq!(names.len(), shifts.len(), "each has a name of its own");
        assert!(shifts.iter().all(|shift| shift.category == "ONCALL"));
        // One after the other without a hole, those in which nobody is on call said as well, and hand-offs on the wall.
        assert!(shifts.windows(2).all(|two| two[0].end.ms == two[1].start.ms), "{shifts:?}");
        let walls: Vec<_> = shifts.iter().skip(1).map(|shift| &shift.start.wall[10..]).collect();
        assert!(walls.iter().all(|wall| ["T00:00", "T09:00", "T12:00"].contains(wall)), "{walls:?}");
        let turn = shifts.iter().find(|shift| shift.start.wall == "2025-03-30T00:00").expect("the Sunday of the gap");
        assert_eq!((turn.end.wall.as_str(), turn.end.ms - turn.start.ms), ("2025-03-31T09:00", 32 * HOUR));
    }
}
