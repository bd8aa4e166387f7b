//! What would have happened at a moment that is over, by the changes that were under way then.

use domain::{Timestamp, form::Typed, people::Locale};

use super::*;

impl Room {
    /// What would have kept an alert on the system quiet at a moment: cause and name.
    async fn quiet_at(&self, at: Timestamp) -> Vec<(String, String)> {
        self.quiet_of("severity%3Dcritical", at).await
    }

    /// The same of one with this label.
    async fn quiet_of(&self, label: &str, at: Timestamp) -> Vec<(String, String)> {
        let path = format!("/api/v1/alerts/what-if?labels={label}%0Asystem%3Dgateway&at={}", at.rfc3339());
        let answer = self.app.get(&path).as_(&self.ruth).send().await.is(200).json();
        let reasons = answer["reasons"].as_array().unwrap().clone();
        reasons.iter().map(|one| (one["cause"].as_str().unwrap().to_owned(), one["name"].as_str().unwrap().to_owned())).collect()
    }
}

both! {
    async fn a_change_of_then_keeps_quiet_and_one_of_now_does_not(app: TestApp) {
        let room = Room::new(app).await;
        let app = &room.app;
        let maintenance = |title: &str| vec![("maintenance".to_owned(), title.to_owned())];
        let first = room.approved().await;
        app.advance(HOUR);
        let before = app.now().plus(-MINUTE);
        room.act(&room.ruth, &first, "start", &json!({})).await.is(200);
        app.advance(30 * MINUTE);
        let during = app.now();
        app.advance(MINUTE);
        room.act(&room.ruth, &first, "finish", &json!({ "outcome": "success" })).await.is(200);
        app.advance(9 * MINUTE);
        let after = app.now();
        let second = room.with(&[("title", json!("Second")), ("start", json!("2025-03-14T08:00")), ("end", json!("2025-03-14T10:00"))]);
        let second = room.request(&second).await;
        room.act(&room.alan, &second, "approve", &json!({ "hash": second["hash"] })).await.is(200);
        app.advance(25 * MINUTE);
        room.act(&room.ruth, &second, "start", &json!({ "override": true, "reason": "the first is watched still" })).await.is(200);
        app.advance(MINUTE);
        assert_eq!(room.quiet_at(app.now()).await, maintenance("Second"), "now");
        assert_eq!(room.quiet_at(during).await, maintenance("New routing"), "closed since, under way then");
        assert_eq!((room.quiet_at(before).await, room.quiet_at(after).await), (vec![], vec![]), "under way now, not then");
        // The page says what it read as it was, and what it could not.
        let path = "/alerts/what-if?labels=severity%3Dcritical%0Asystem%3Dgateway";
        let then = app.get(&format!("{path}&at=2025-03-14T07%3A30")).as_(&room.ruth).send().await;
        then.is(200).has("It would tell nobody").has("New routing").lacks("Second").has("This moment is over").has("No alert of that time is kept");
        app.get(&format!("{path}&at=2025-03-14T07%3A30")).as_(&room.ruth).in_(Locale::Zh).send().await.is(200).has("该时刻已过");
        app.get(path).as_(&room.ruth).send().await.is(200).has("Second").lacks("This moment is over");
        // The window of one that lasts too long is over at its time, then as now.
        app.advance(2 * HOUR);
        app.settle().await;
        let late = app.now().plus(-MINUTE);
        assert_eq!((room.quiet_at(late).await, room.quiet_at(late.plus(-HOUR)).await), (vec![], maintenance("Second")));
    }

    /// Whatever the routes say of changes.
    async fn monitors_were_under_maintenance_while_the_window_of_a_change_was_open(app: TestApp) {
        let room = Room::new(app).await;
        let app = &room.app;
        let yaml = "route:\n  receiver: team\nreceivers:\n  - name: team\n    team: true\nsuppress:\n  changes: false\n";
        app.portal.routes.put(&app.admin().await, yaml, 0).await.unwrap();
        let eda = app.user("eda", &[Permission::Read, Permission::EditMonitors], Some(&room.team)).await;
        let pairs = [("name", "front"), ("system", room.gateway.as_str()), ("kind", "http"), ("url", "http://127.0.0.1:9/"), ("interval", "10")];
        let typed = Typed::from_pairs(pairs.into_iter().map(|(name, value)| (name.to_owned(), value.to_owned())));
        let id = app.portal.monitors.create(&eda, &typed).await.unwrap();
        let change = room.approved().await;
        app.advance(HOUR);
        let before = app.now().plus(-MINUTE);
        room.act(&room.ruth, &change, "start", &json!({})).await.is(200);
        app.advance(20 * MINUTE);
        let during = app.now();
        app.advance(MINUTE);
        // Somebody wants to hear of it all the same.
        app.portal.monitors.maintain(&eda, &id, None).await.unwrap();
        app.advance(MINUTE);
        let ended = app.now();
        app.advance(MINUTE);
        room.act(&room.ruth, &change, "finish", &json!({ "outcome": "success" })).await.is(200);
        app.advance(MINUTE);
        for (at, quiet) in [(before, false), (during, true), (ended, false)] {
            let expected = if quiet { vec![("monitor".to_owned(), "front".to_owned())] } else { vec![] };
            assert_eq!(room.quiet_of("monitor%3Dfront", at).await, expected, "{}", at.rfc3339());
            assert!(room.quiet_at(at).await.is_empty(), "of no monitor");
        }
    }

    /// What nobody had approved held its own systems only, whatever was approved since.
    async fn an_emergency_held_then_what_it_held_then(app: TestApp) {
        let room = Room::new(app).await;
        let others = room.app.team("others").await;
        let shop = room.app.system("shop", &others).await;
        room.app.needs(&shop, &room.gateway).await;
        let admin = room.app.admin().await;
        let body = room.with(&[("kind", json!("emergency")), ("start", json!("2025-03-14T06:00"))]);
        let change = room.request(&body).await;
        room.act(&room.ruth, &change, "start", &json!({})).await.is(200);
        room.app.advance(MINUTE);
        let unapproved = room.app.now();
        room.app.advance(MINUTE);
        let omar = room.app.user("omar", APPROVER, None).await;
        let read = room.read(&admin, &change).await;
        room.act(&omar, &change, "approve", &json!({ "hash": read["hash"] })).await.is(200);
        room.app.advance(MINUTE);
        let approved = room.app.now();
        room.app.advance(MINUTE);
        let quiet = async |system: &str, at: Timestamp| {
            let path = format!("/api/v1/alerts/what-if?labels=severity%3Dcritical%0Asystem%3D{system}&at={}", at.rfc3339());
            room.app.get(&path).as_(&admin).send().await.is(200).json()["reasons"].as_array().unwrap().len()
        };
        assert_eq!((quiet("gateway", unapproved).await, quiet("shop", unapproved).await), (1, 0));
        assert_eq!((quiet("gateway", approved).await, quiet("shop", approved).await), (1, 1));
    }
}
