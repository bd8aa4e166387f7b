//! An incident and the alert that opens it are one message to people, and two to programs.

use serde_json::{Value, json};

use super::{sink::Sink, *};

const ALL: [&str; 5] = ["alert.firing", "alert.resolved", "incident.opened", "incident.reopened", "incident.resolved"];

impl TestApp {
    /// What the ledger says of a channel: event, state, and the event of the message that told it too; the oldest first.
    async fn told_through(&self, channel: &str) -> Vec<(&'static str, State, Option<&'static str>)> {
        let mut ledger = self.ledger().await;
        ledger.reverse();
        let event = |id: &domain::id::DeliveryId| ledger.iter().find(|other| other.id == *id).map(|other| other.event.name());
        let of = ledger.iter().filter(|delivery| delivery.channel_name == channel);
        let mut told: Vec<_> = of.map(|one| (one.event.name(), one.state, one.summed_in.as_ref().and_then(event))).collect();
        told.sort_by_key(|(event, _, _)| ALL.iter().position(|known| known == event));
        told
    }

    async fn says(&self, system: &domain::id::SystemId, holds: bool) {
        self.observe(&signal(system, "m1", Some(holds))).await.unwrap();
        self.advance(10 * SECOND);
        self.settle().await;
    }
}

both! {
    async fn an_incident_and_its_alert_are_one_message_to_people(app: TestApp) {
        let (room, program) = (Sink::begin("ok").await, Receiver::begin(204).await);
        app.channel_of("slack", json!({ "hook": format!("{}/x", room.url), "events": ALL })).await;
        app.channel(&program.url, &ALL).await;
        let (_, system) = app.team_with_system("gateway").await;
        app.says(&system, true).await;
        let told = room.one().json();
        assert_eq!(told["text"], "P1 · Incident opened: #1 m1 is down");
        assert!(told.to_string().contains("status 503, expected 200"), "{told}");
        assert_eq!(program.keys().len(), 2, "each by itself");
        let opened: Vec<Value> = program.got().iter().map(|(_, body)| serde_json::from_str(body).unwrap()).collect();
        let opened = opened.iter().find(|body| body["type"] == "incident.opened").unwrap();
        assert_eq!((&opened["data"]["alerts"][0]["title"], &opened["data"]["incident"]["alerts"]), (&json!("m1 is down"), &json!(1)));
        let firing = [("alert.firing", State::Delivered, Some("incident.opened")), ("incident.opened", State::Delivered, None)];
        assert_eq!(app.told_through("slack room").await, firing);
        assert_eq!(app.told_through("pager").await.len(), 2);
        // Whoever asks whether the alert was told finds that it was.
        let alert = app.alerts().await.remove(0);
        let why = app.get(&format!("/alerts/{}", alert.id)).as_(&app.admin().await).send().await;
        why.is(200).has("slack room").has("pager");
        app.says(&system, false).await;
        let told = room.one().json();
        assert_eq!(told["text"], "P1 · Incident resolved: #1 m1 is down");
        assert!(told.to_string().contains("Alerts") && told.to_string().contains("m1 is down"), "{told}");
        assert_eq!(app.told_through("slack room").await[1], ("alert.resolved", State::Delivered, Some("incident.resolved")));
        // A relapse is another alert, and opens the incident again.
        app.says(&system, true).await;
        assert_eq!(room.one().json()["text"], "P1 · Incident reopened: #1 m1 is down");
        let all = app.told_through("slack room").await;
        assert_eq!((all.len(), all.iter().filter(|(_, _, within)| within.is_some()).count()), (6, 3));
        assert_eq!(program.keys().len(), 6);
    }

    async fn what_was_refused_is_told_again_as_one(app: TestApp) {
        let room = Sink::begin("ok").await;
        room.answer(500, &[], "");
        app.channel_of("slack", json!({ "hook": format!("{}/x", room.url), "events": ALL, "language": "zh-CN", "per_minute": 1 })).await;
        let (_, system) = app.team_with_system("gateway").await;
        app.says(&system, true).await;
        assert_eq!(room.take().len(), 1, "one attempt, and within the rate");
        assert!(app.told_through("slack room").await.iter().all(|(_, state, within)| *state == State::Waiting && within.is_none()));
        room.answer(200, &[], "ok");
        app.advance(MINUTE);
        app.settle().await;
        assert_eq!(room.one().json()["text"], "P1 · 工单新建：#1 m1 is down");
        assert_eq!(app.told_through("slack room").await[0], ("alert.firing", State::Delivered, Some("incident.opened")));
    }

    async fn who_wants_only_one_of_them_or_has_a_text_of_their_own_is_told_as_ever(app: TestApp) {
        let (alerts, own) = (Sink::begin("ok").await, Sink::begin("ok").await);
        app.channel_of("slack", json!({ "hook": format!("{}/x", alerts.url) })).await;
        let text = json!({ "hook": format!("{}/x", own.url), "events": ALL, "body": "{title} in {label.system}" });
        app.channel_of("teams", text).await;
        let (_, system) = app.team_with_system("gateway").await;
        app.says(&system, true).await;
        assert_eq!(alerts.one().json()["text"], "P1 · Alert fires: m1 is down");
        let told: Vec<String> = own.take().iter().map(|got| got.json().to_string()).collect();
        assert!(told.len() == 2 && told.iter().any(|text| text.contains("m1 is down in gateway")), "{told:?}");
    }

    async fn alerts_that_open_an_incident_together_are_one_message(app: TestApp) {
        let room = Sink::begin("ok").await;
        app.channel_of("slack", json!({ "hook": format!("{}/x", room.url), "events": ALL })).await;
        let team = app.team("payments").await;
        let sender = app.user("prometheus", &[Permission::Read, Permission::IngestAlerts], Some(&team)).await;
        let alert = |n: usize| json!({ "labels": { "alertname": "QueueFull", "queue": format!("q{n}") }, "annotations": { "summary": format!("q{n} is full") } });
        let all: Vec<Value> = (0..8).map(alert).collect();
        app.api("POST", "/api/v2/alerts", &json!(all)).as_(&sender).send().await.is(200);
        app.settle().await;
        let told = room.one().json().to_string();
        assert_eq!((0..8).filter(|n| told.contains(&format!("q{n} is full"))).count(), 6, "{told}");
        assert!(told.contains("and 2 more"), "{told}");
        let within = app.told_through("slack room").await.iter().filter(|(_, _, within)| *within == Some("incident.opened")).count();
        assert_eq!((within, app.ledger().await.len()), (8, 9));
    }
}
