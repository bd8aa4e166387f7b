//! Alertmanager's API, version 2, as whoever posts and asks sees it.

use std::{
    sync::{
        Arc,
        atomic::{AtomicI64, Ordering},
    },
    time::Duration,
};

use backend::Engine;
use domain::time::SECOND;

use super::*;

/// The clockwork, which says at what moment it has ticked.
struct Ticking {
    clockwork: backend::alerts::Clockwork,
    at: AtomicI64,
}

#[async_trait::async_trait]
impl Engine for Ticking {
    fn name(&self) -> &'static str {
        self.clockwork.name()
    }

    fn period(&self) -> Duration {
        self.clockwork.period()
    }

    async fn resume(&self) -> Result<(), Fault> {
        self.clockwork.resume().await
    }

    async fn tick(&self, now: domain::Timestamp) -> Result<u64, Fault> {
        let done = self.clockwork.tick(now).await?;
        self.at.store(now.0, Ordering::SeqCst);
        Ok(done)
    }
}

pub(super) fn alert(name: &str, more: Value) -> Value {
    let mut alert = json!({ "labels": { "alertname": name, "severity": "critical" }, "annotations": { "summary": format!("{name} is bad") }, "generatorURL": "http://prometheus.test/graph" });
    if let (Value::Object(alert), Value::Object(more)) = (&mut alert, more) {
        alert.extend(more);
    }
    alert
}

both! {
    async fn alerts_are_posted_merged_and_end(app: TestApp) {
        let (team, system) = app.team_with_system("gateway").await;
        let sender = app.user("prom", &[Permission::Read, Permission::IngestAlerts], Some(&team)).await;
        let post = async |body: Value| app.api("POST", "/api/v2/alerts", &body).as_(&sender).send().await;
        post(json!([alert("Down", json!({ "labels": { "alertname": "Down", "system": "gateway", "severity": "critical", "empty": "" } })), alert("Slow", json!({}))])).await.is(200);
        let mut list = app.get("/api/v2/alerts").as_(&sender).send().await.is(200).json();
        let alerts = list.as_array_mut().unwrap();
        alerts.sort_by_key(|a| a["labels"]["alertname"].to_string());
        assert_eq!(alerts.len(), 2);
        assert_eq!(alerts[0]["labels"], json!({ "alertname": "Down", "system": "gateway", "severity": "critical" }), "as they were sent");
        assert_eq!((alerts[0]["status"]["state"].as_str(), alerts[0]["receivers"][0]["name"].as_str()), (Some("active"), Some("team")));
        assert_eq!(alerts[0]["fingerprint"].as_str().unwrap().len(), 16);
        let ours = app.alerts().await;
        let down = ours.iter().find(|a| a.title == "Down is bad").unwrap();
        assert_eq!((down.system.as_ref(), down.severity, down.state), (Some(&system), Severity::P1, State::Firing));
        assert!(down.incident.is_some(), "of a system in the catalogue: it has an incident");
        let slow = ours.iter().find(|a| a.title == "Slow is bad").unwrap();
        assert_eq!((slow.system.as_ref(), &slow.team, slow.incident.is_some()), (None, &team, true), "of the team alone: it has one, too");
        // Repeated, it is the same one; with an end in the past it is over.
        app.advance(4 * MINUTE);
        post(json!([alert("Slow", json!({ "annotations": { "summary": "Slow is worse" } }))])).await.is(200);
        app.settle().await;
        assert_eq!(app.alerts().await.len(), 2);
        app.advance(2 * MINUTE);
        app.settle().await;
        let state = async |title: &str| app.alerts().await.into_iter().find(|a| a.title == title).map(|a| a.state);
        assert_eq!((state("Down is bad").await, state("Slow is worse").await), (Some(State::Resolved), Some(State::Firing)), "nobody repeated the first one");
        post(json!([alert("Slow", json!({ "endsAt": app.now().rfc3339(), "startsAt": app.now().plus(-HOUR).rfc3339() }))])).await.is(200);
        assert_eq!(app.get("/api/v2/alerts").as_(&sender).send().await.is(200).json(), json!([]));
        // An end that lies ahead is told as it was said.
        let end = app.now().plus(HOUR).rfc3339();
        post(json!([alert("Ends", json!({ "endsAt": end }))])).await.is(200);
        assert_eq!(app.get("/api/v2/alerts?filter=alertname%3DEnds").as_(&sender).send().await.json()[0]["endsAt"], json!(end));
        post(json!([alert("Ends", json!({ "endsAt": app.now().rfc3339(), "startsAt": app.now().plus(-HOUR).rfc3339() }))])).await.is(200);
        // What is wrong is told, what is right is taken.
        let some = post(json!([alert("Good", json!({})), { "labels": {} }])).await;
        some.is(400).has("at least one label pair required");
        assert_eq!(app.get("/api/v2/alerts").as_(&sender).send().await.json().as_array().unwrap().len(), 1);
        post(json!({ "labels": {} })).await.is(400);
        post(json!([{ "labels": { "a": "b" }, "startsAt": "yesterday" }])).await.is(400);
        post(json!([{ "labels": { "a": "b" }, "startsAt": "2025-03-14T06:00:00Z", "endsAt": "2025-03-14T05:00:00Z" }])).await.is(400).has("start time must be before end time");
        let vera = app.viewer("vera", &team).await;
        app.api("POST", "/api/v2/alerts", &json!([])).as_(&vera).send().await.is(403);
        app.get("/api/v2/alerts").send().await.is(401);
    }

    async fn said_again_it_is_updated_and_nothing_else_updates_it(app: TestApp) {
        let (team, _) = app.team_with_system("gateway").await;
        let sender = app.user("prom", &[Permission::Read, Permission::IngestAlerts], Some(&team)).await;
        let post = async || {
            app.api("POST", "/api/v2/alerts", &json!([alert("Slow", json!({}))])).as_(&sender).send().await.is(200);
        };
        let updated = async || {
            let list = app.get("/api/v2/alerts").as_(&sender).send().await.is(200).json();
            let groups = app.get("/api/v2/alerts/groups").as_(&sender).send().await.is(200).json();
            assert_eq!(groups[0]["alerts"][0]["updatedAt"], list[0]["updatedAt"]);
            (list[0]["startsAt"].clone(), list[0]["updatedAt"].clone())
        };
        let begun = app.now().rfc3339();
        post().await;
        app.settle().await;
        assert_eq!(updated().await, (json!(begun), json!(begun)));
        app.advance(2 * MINUTE);
        app.settle().await;
        assert_eq!(updated().await, (json!(begun), json!(begun)), "time alone is no word of it");
        post().await;
        let again = app.now().rfc3339();
        app.advance(MINUTE);
        app.settle().await;
        assert_eq!(updated().await, (json!(begun), json!(again)));
    }

    /// As the acceptance tests of upstream want it: of what overlaps the earliest beginning, the end that was posted, the one that
    /// inhibits by its fingerprint.
    async fn what_is_posted_is_merged_and_named_as_upstream_does(app: TestApp) {
        let (team, _) = app.team_with_system("gateway").await;
        let sender = app.user("prom", &[Permission::Read, Permission::IngestAlerts], Some(&team)).await;
        let admin = app.admin().await;
        let yaml = "route:\n  receiver: team\nreceivers:\n  - name: team\ninhibit_rules:\n  - source_matchers: ['alertname=\"Gateway\"']\n    target_matchers: ['alertname=\"Page\"']\n";
        app.portal.routes.put(&admin, yaml, 0).await.unwrap();
        let post = async |name: &str, more: Value| {
            app.api("POST", "/api/v2/alerts", &json!([alert(name, more)])).as_(&sender).send().await.is(200);
        };
        let ago = |minutes: i64| app.now().plus(-minutes * MINUTE).rfc3339();
        let list = async |query: &str| app.get(&format!("/api/v2/alerts{query}")).as_(&sender).send().await.is(200).json();
        post("Page", json!({ "startsAt": ago(2) })).await;
        post("Page", json!({ "startsAt": ago(9) })).await;
        let earliest = ago(9);
        post("Page", json!({ "startsAt": ago(1) })).await;
        assert_eq!(list("").await[0]["startsAt"], json!(earliest));
        post("Gateway", json!({})).await;
        app.settle().await;
        let gateway = list("?filter=alertname%3DGateway").await[0]["fingerprint"].clone();
        let page = list("?filter=alertname%3DPage").await[0].clone();
        assert_eq!((&page["status"]["state"], &page["status"]["inhibitedBy"]), (&json!("suppressed"), &json!([gateway])));
        // It ended before that was posted.
        let end = app.now().plus(-MINUTE);
        app.advance(MINUTE);
        post("Gateway", json!({ "startsAt": ago(9), "endsAt": end.rfc3339() })).await;
        let over = app.alerts().await.into_iter().find(|alert| alert.title == "Gateway is bad").unwrap();
        assert_eq!((over.state, over.resolved_at), (State::Resolved, Some(end)));
    }

    async fn the_same_labels_of_two_teams_are_two_alerts(app: TestApp) {
        let (ours, system) = app.team_with_system("shop").await;
        let theirs = app.team("theirs").await;
        let rights = [Permission::Read, Permission::IngestAlerts];
        let (owner, stranger) = (app.user("owner", &rights, Some(&ours)).await, app.user("stranger", &rights, Some(&theirs)).await);
        let labels = json!({ "labels": { "alertname": "Down", "system": "shop", "severity": "critical" } });
        app.api("POST", "/api/v2/alerts", &json!([alert("Down", labels.clone())])).as_(&owner).send().await.is(200);
        // Whoever cannot reach the system speaks of something of their own, and ends nothing.
        for end in [app.now().rfc3339(), app.now().plus(HOUR).rfc3339()] {
            let mut posted = alert("Down", labels.clone());
            posted["endsAt"] = json!(end);
            app.api("POST", "/api/v2/alerts", &json!([posted])).as_(&stranger).send().await.is(200);
        }
        let alerts = app.alerts().await;
        assert_eq!(alerts.len(), 2);
        let shop = alerts.iter().find(|alert| alert.team == ours).unwrap();
        assert_eq!((shop.state, shop.system.as_ref(), shop.resolved_at), (State::Firing, Some(&system), None));
        assert!(alerts.iter().any(|alert| alert.team == theirs && alert.system.is_none()));
    }

    async fn what_no_team_can_take_is_refused_and_noted(app: TestApp) {
        let admin = app.admin().await;
        let post = async || app.api("POST", "/api/v2/alerts", &json!([alert("A", json!({})), alert("B", json!({}))])).as_(&admin).send().await;
        post().await.is(400).has("no team to give it to");
        let noted = app.portal.health.report(&admin).await.unwrap().refused.unwrap();
        assert_eq!((noted.count, noted.by.as_str(), noted.why.as_str()), (2, "admin", "no team to give it to"));
        app.team("shop").await;
        post().await.is(200);
        assert_eq!(app.alerts().await.len(), 2);
    }

    async fn what_could_not_be_heard_is_not_over(app: TestApp) {
        let (team, _) = app.team_with_system("gateway").await;
        let sender = app.user("prom", &[Permission::Read, Permission::IngestAlerts], Some(&team)).await;
        app.api("POST", "/api/v2/alerts", &json!([alert("Down", json!({}))])).as_(&sender).send().await.is(200);
        let state = async || app.alerts().await[0].state;
        // An upgrade that takes six minutes.
        app.advance(6 * MINUTE);
        let engine = Arc::new(Ticking { clockwork: backend::alerts::Clockwork::new(app.ctx.clone()), at: AtomicI64::new(0) });
        let engines = backend::Engines::new(app.ctx.clone(), vec![engine.clone()]);
        let (tracker, stop) = (tokio_util::task::TaskTracker::new(), tokio_util::sync::CancellationToken::new());
        engines.start(&tracker, &stop);
        tracker.close();
        // Until it has ticked at this moment.
        let ticked = async || {
            for _ in 0..2_000 {
                app.ctx.bus.bell("alerts").notify_one();
                if engine.at.load(Ordering::SeqCst) == app.now().0 {
                    return;
                }
                tokio::time::sleep(Duration::from_millis(5)).await;
            }
            panic!("it does not tick");
        };
        ticked().await;
        assert_eq!(state().await, State::Firing);
        // Everything stands still for as long again: the process, or the database, or the clock is set forward.
        app.advance(6 * MINUTE);
        ticked().await;
        assert_eq!(state().await, State::Firing);
        for _ in 0..14 {
            app.advance(20 * SECOND);
            ticked().await;
        }
        assert_eq!(state().await, State::Firing);
        app.advance(20 * SECOND);
        ticked().await;
        assert_eq!(state().await, State::Resolved, "nobody repeated it since");
        stop.cancel();
        tracker.wait().await;
    }

    async fn what_nobody_looked_at_has_not_lasted(app: TestApp) {
        let (_, system) = app.team_with_system("gateway").await;
        let says = async |source: &str, holds: bool| {
            let delays = Some(domain::alerts::Delays { hold_ms: 10 * MINUTE, recover_ms: 10 * MINUTE });
            app.observe(&Signal { delays, ..signal(&system, source, Some(holds)) }).await.unwrap();
        };
        let state = async |source: &str| app.alerts().await.into_iter().find(|alert| alert.source_id == source).unwrap().state;
        says("ended", true).await;
        app.advance(10 * MINUTE);
        app.settle().await;
        says("ended", false).await;
        says("begun", true).await;
        app.advance(MINUTE);
        says("ended", false).await;
        says("begun", true).await;
        app.settle().await;
        let lasting = async || (state("begun").await, state("ended").await);
        assert_eq!(lasting().await, (State::Pending, State::Recovering));
        // The house is off for twelve minutes, and looks before anybody has spoken. Then it stands still for as long.
        let clockwork = backend::alerts::Clockwork::new(app.ctx.clone());
        for _ in 0..2 {
            app.advance(12 * MINUTE);
            clockwork.resume().await.unwrap();
            clockwork.tick(app.now()).await.unwrap();
            assert_eq!(lasting().await, (State::Pending, State::Recovering));
        }
        // What held for a minute before has nine to go.
        app.advance(9 * MINUTE - SECOND);
        clockwork.tick(app.now()).await.unwrap();
        assert_eq!(lasting().await, (State::Pending, State::Recovering));
        app.advance(SECOND);
        clockwork.tick(app.now()).await.unwrap();
        assert_eq!(lasting().await, (State::Firing, State::Resolved));
    }

    async fn silences_filters_groups_and_receivers(app: TestApp) {
        let began = app.now().rfc3339();
        let (team, _) = app.team_with_system("gateway").await;
        let other = app.team("other").await;
        let admin = app.admin().await;
        let rights = [Permission::Read, Permission::IngestAlerts, Permission::SilenceAlerts];
        let olga = app.user("olga", &rights, Some(&team)).await;
        let otto = app.user("otto", &rights, Some(&other)).await;
        app.line("Duty", true).await;
        let yaml = "global:\n  resolve_timeout: 1h\nroute:\n  receiver: duty\n  group_by: [alertname]\n  group_wait: 0s\nreceivers:\n  - name: duty\n    channels: [Duty]\n";
        app.portal.routes.put(&admin, yaml, 0).await.unwrap();
        app.api("POST", "/api/v2/alerts", &json!([alert("A", json!({})), alert("B", json!({}))])).as_(&olga).send().await.is(200);
        app.settle().await;
        assert_eq!(app.told().await.len(), 2);
        let silence = json!({
            "matchers": [{ "name": "alertname", "value": "A|X", "isRegex": true, "isEqual": true }],
            "startsAt": app.now().rfc3339(), "endsAt": app.now().plus(HOUR).rfc3339(), "createdBy": "amtool", "comment": format!("quiet\nplease {}", "x".repeat(300)),
        });
        let made = app.api("POST", "/api/v2/silences", &silence).as_(&olga).send().await.is(200).json();
        let id = made["silenceID"].as_str().unwrap().to_owned();
        app.settle().await;
        let names = async |query: &str| {
            let list = app.get(&format!("/api/v2/alerts{query}")).as_(&olga).send().await.is(200).json();
            let mut names: Vec<_> = list.as_array().unwrap().iter().map(|a| a["labels"]["alertname"].as_str().unwrap().to_owned()).collect();
            names.sort();
            names.join("")
        };
        for (query, expected) in [
            ("", "AB"),
            ("?silenced=false", "B"),
            ("?active=false", "A"),
            ("?filter=alertname%3DB", "B"),
            ("?filter=alertname%3D~%22.*%22&filter=severity%21%3Dcritical", ""),
            ("?receiver=du.y", "AB"),
            ("?receiver=du", ""),
        ] {
            assert_eq!(names(query).await, expected, "{query}");
        }
        app.get("/api/v2/alerts?filter=oops").as_(&olga).send().await.is(400).has("bad matcher format");
        app.get("/api/v2/alerts?active=perhaps").as_(&olga).send().await.is(400);
        let groups = app.get("/api/v2/alerts/groups").as_(&olga).send().await.is(200).json();
        assert_eq!((groups.as_array().unwrap().len(), groups[0]["receiver"]["name"].as_str()), (2, Some("duty")));
        assert_eq!(app.get("/api/v2/alerts/groups").as_(&otto).send().await.is(200).json(), json!([]), "another team's");
        assert_eq!(app.get("/api/v2/receivers").as_(&olga).send().await.is(200).json(), json!([{ "name": "duty" }]));
        let status = app.get("/api/v2/status").as_(&olga).send().await.is(200).json();
        assert_eq!(status["cluster"]["status"], "disabled");
        app.advance(SECOND);
        assert_eq!(app.get("/api/v2/status").as_(&olga).send().await.json()["uptime"], json!(began), "when the process began");
        // As amtool reads it: without what only we know.
        let original = status["config"]["original"].as_str().unwrap();
        assert!(original.contains("receiver: duty") && original.contains("name: duty") && !original.contains("team:"), "{original}");
        let one = app.get(&format!("/api/v2/silence/{id}")).as_(&olga).send().await.is(200).json();
        assert_eq!((one["status"]["state"].as_str(), one["matchers"][0]["isRegex"].as_bool()), (Some("active"), Some(true)));
        assert_eq!(one["comment"].as_str().map(|text| (&text[..12], text.len())), Some(("quiet please", 313)), "as one line, and whole");
        assert_eq!(one["createdBy"], "amtool", "in whose name the program says it is");
        app.get("/alerts/silences").as_(&olga).send().await.is(200).has("amtool, by way of olga");
        app.get(&format!("/api/v2/silence/{id}")).as_(&otto).send().await.is(404);
        // The same matchers are the same silence; others are another one, and the first has ended.
        let mut again = silence.clone();
        again["id"] = json!(id);
        again["comment"] = json!("longer");
        assert_eq!(app.api("POST", "/api/v2/silences", &again).as_(&olga).send().await.is(200).json()["silenceID"], json!(id));
        again["matchers"][0]["value"] = json!("B");
        let second = app.api("POST", "/api/v2/silences", &again).as_(&olga).send().await.is(200).json()["silenceID"].as_str().unwrap().to_owned();
        assert_ne!(second, id);
        assert_eq!(app.get(&format!("/api/v2/silence/{id}")).as_(&olga).send().await.json()["status"]["state"], "expired");
        assert_eq!(app.get("/api/v2/silences?filter=alertname%3DB").as_(&olga).send().await.is(200).json().as_array().unwrap().len(), 1);
        app.ask("DELETE", &format!("/api/v2/silence/{second}")).as_(&otto).send().await.is(404);
        // Refused, and nothing made: the silence that it was to replace is everybody's.
        let everybody = app.api("POST", "/api/v2/silences", &silence).as_(&admin).send().await.is(200).json()["silenceID"].clone();
        let count = async || app.get("/api/v2/silences").as_(&admin).send().await.is(200).json().as_array().unwrap().len();
        let (before, mut theirs) = (count().await, silence.clone());
        theirs["id"] = everybody;
        theirs["matchers"][0]["value"] = json!("C");
        app.api("POST", "/api/v2/silences", &theirs).as_(&olga).send().await.is(403);
        assert_eq!(count().await, before);
        for _ in 0..2 {
            app.ask("DELETE", &format!("/api/v2/silence/{second}")).as_(&olga).send().await.is(200);
        }
        app.api("POST", "/api/v2/alerts", &json!([{ "labels": { "alertname": "N" }, "annotations": null, "generatorURL": null, "endsAt": null }])).as_(&olga).send().await.is(200);
        app.get("/-/healthy").send().await.is(200).has("OK");
        app.get("/-/ready").send().await.is(200);
        app.post_form("/-/reload", &[]).as_(&admin).send().await.is(200);
        app.post_form("/-/reload", &[]).as_(&olga).send().await.is(403);
    }

    async fn a_silence_may_last_for_years(app: TestApp) {
        let (team, _) = app.team_with_system("gateway").await;
        let olga = app.user("olga", &[Permission::Read, Permission::SilenceAlerts], Some(&team)).await;
        let post = async |days: i64| {
            let silence = json!({
                "matchers": [{ "name": "alertname", "value": "A", "isRegex": false, "isEqual": true }],
                "startsAt": app.now().rfc3339(), "endsAt": app.now().plus(days * 24 * HOUR).rfc3339(), "createdBy": "amtool", "comment": "until it is replaced",
            });
            app.api("POST", "/api/v2/silences", &silence).as_(&olga).send().await
        };
        post(2 * 365).await.is(200);
        post(3_653).await.is(200);
        post(11 * 365).await.is(400);
    }

    async fn a_token_may_be_the_password(app: TestApp) {
        use base64::{Engine as _, engine::general_purpose::STANDARD};
        let (team, _) = app.team_with_system("gateway").await;
        let olga = app.user("olga", &[Permission::Read, Permission::IngestAlerts, Permission::ManageTokens], Some(&team)).await;
        let fields = typed(&[("name", "prometheus"), ("days", "30"), ("permissions", "read"), ("permissions", "alerts.ingest")]);
        let token = app.portal.people.create_token(&olga, &fields).await.unwrap().secret;
        let ask = async |authorization: String| app.get("/api/v2/alerts").header("authorization", &authorization).send().await;
        ask(format!("Bearer {token}")).await.is(200);
        ask(format!("Basic {}", STANDARD.encode(format!("anybody:{token}")))).await.is(200);
        ask(format!("Basic {}", STANDARD.encode(format!("{token}:")))).await.is(401);
        ask(format!("Basic {}", STANDARD.encode("olga:wrong"))).await.is(401);
        ask("Basic !!".to_owned()).await.is(401);
    }
}
