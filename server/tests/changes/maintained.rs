//! The maintenance window of a change: what it keeps quiet, and that it ends by itself.

use domain::{form::Typed, id::MonitorId, monitors::Shown, time::SECOND};

use super::*;
use crate::{
    alerts::signal,
    deliveries::sink::Sink,
    monitors::target::{Reply, Server},
};

impl Room {
    async fn monitor(&self, url: &str, editor: &Actor) -> MonitorId {
        let pairs =
            [("name", "front"), ("system", self.gateway.as_str()), ("kind", "http"), ("url", url), ("interval", "10"), ("needed", "1")];
        let typed = Typed::from_pairs(pairs.into_iter().map(|(name, value)| (name.to_owned(), value.to_owned())));
        self.app.portal.monitors.create(editor, &typed).await.unwrap()
    }

    /// How many monitors say that something is wrong, and are not kept quiet.
    async fn told(&self) -> i64 {
        self.count("SELECT COUNT(*) FROM alerts WHERE source_kind = 'monitor' AND holds = 1 AND suppressed = '[]'").await
    }

    /// What keeps the alert of this name quiet.
    async fn quiet(&self, who: &Actor, name: &str) -> Value {
        let all = self.app.get("/api/v1/alerts").as_(who).send().await.is(200).json();
        all["items"].as_array().unwrap().iter().find(|alert| alert["labels"]["alertname"] == name).expect(name)["suppressed"].clone()
    }

    fn kinds(detail: &Value) -> Vec<String> {
        detail["entries"].as_array().unwrap().iter().map(|entry| entry["kind"].as_str().unwrap().to_owned()).collect()
    }
}

both! {
    async fn a_change_opens_its_maintenance_window_and_its_end_closes_it(app: TestApp) {
        let server = Server::plain().await;
        let room = Room::new(app).await;
        let eda = room.app.user("eda", &[Permission::Read, Permission::EditMonitors], Some(&room.team)).await;
        let (id, planned) = (room.monitor(&server.url("/"), &eda).await, room.monitor(&server.url("/"), &eda).await);
        let change = room.approved().await;
        room.app.advance(HOUR);
        let until = room.app.now().plus(3 * HOUR);
        room.app.portal.monitors.maintain(&eda, &planned, Some(until)).await.unwrap();
        room.act(&room.ruth, &change, "start", &json!({})).await.is(200);
        let started = room.read(&room.ruth, &change).await;
        assert_eq!(started["maintained_until"].as_i64(), Some(room.app.now().0 + 2 * HOUR));
        assert!(Room::kinds(&started).contains(&"maintenance-opened".to_owned()));
        let page = format!("/changes/{}", change["id"].as_str().unwrap());
        room.app.get(&page).as_(&room.ruth).send().await.is(200).has("Its maintenance window is open until 2025-03-14 09:00").has("Under maintenance: gateway.");
        room.app.get(&page).as_(&room.ruth).in_(domain::people::Locale::Zh).send().await.is(200).has("处于维护中：gateway");
        server.set(Reply::status(500));
        room.app.advance(10 * SECOND);
        room.app.settle().await;
        let shown = async |id: &MonitorId| room.app.portal.monitors.get(&eda, id).await.unwrap().shown;
        assert_eq!((shown(&id).await, room.told().await), (Shown::Maintenance, 0));
        // Its end closes the window, and what is still wrong is told at once; what a person planned stands.
        room.act(&room.ruth, &change, "rollback", &json!({ "remark": "errors rose" })).await.is(200);
        room.app.settle().await;
        assert_eq!((shown(&id).await, shown(&planned).await, room.told().await), (Shown::Down, Shown::Maintenance, 1));
        let ended = room.read(&room.ruth, &change).await;
        assert!(ended["maintained_until"].is_null() && Room::kinds(&ended).contains(&"maintenance-closed".to_owned()));
        assert_eq!(room.count("SELECT COUNT(*) FROM monitor_windows").await, 0);
    }

    async fn what_was_wrong_before_goes_on_to_tell(app: TestApp) {
        let server = Server::plain().await;
        server.set(Reply::status(500));
        let room = Room::new(app).await;
        let eda = room.app.user("eda", &[Permission::Read, Permission::EditMonitors], Some(&room.team)).await;
        let id = room.monitor(&server.url("/"), &eda).await;
        let change = room.approved().await;
        room.app.advance(HOUR);
        room.app.settle().await;
        assert_eq!(room.told().await, 1);
        room.app.advance(MINUTE);
        room.act(&room.ruth, &change, "start", &json!({ "override": true, "reason": "it mends that" })).await.is(200);
        room.app.settle().await;
        let shown = room.app.portal.monitors.get(&eda, &id).await.unwrap().shown;
        assert_eq!((shown, room.told().await), (Shown::Down, 1));
        assert_eq!(room.count("SELECT COUNT(*) FROM alerts WHERE suppressed LIKE '%maintenance%'").await, 0);
    }

    async fn the_window_is_over_with_the_time_for_the_work_though_the_work_is_not(app: TestApp) {
        let server = Server::plain().await;
        server.set(Reply::status(500));
        let room = Room::new(app).await;
        let eda = room.app.user("eda", &[Permission::Read, Permission::EditMonitors], Some(&room.team)).await;
        let id = room.monitor(&server.url("/"), &eda).await;
        let first = room.approved().await;
        let second = room.request(&room.with(&[("end", json!("2025-03-14T08:00"))])).await;
        room.act(&room.alan, &second, "approve", &json!({ "hash": second["hash"] })).await.is(200);
        room.app.advance(HOUR);
        for change in [&second, &first] {
            room.act(&room.ruth, change, "start", &json!({ "override": true, "reason": "both are small" })).await.is(200);
        }
        room.app.advance(HOUR);
        room.app.settle().await;
        // One of two is over: the other still holds it.
        let shown = async || room.app.portal.monitors.get(&eda, &id).await.unwrap().shown;
        assert_eq!((shown().await, room.told().await), (Shown::Maintenance, 0));
        assert!(room.read(&room.ruth, &second).await["maintained_until"].is_null());
        room.app.advance(HOUR);
        room.app.settle().await;
        room.app.settle().await;
        assert_eq!((shown().await, room.told().await), (Shown::Down, 1));
        let late = room.read(&room.ruth, &first).await;
        assert_eq!((late["state"].as_str(), late["maintained_until"].is_null()), (Some("executing"), true));
        let page = format!("/changes/{}", first["id"].as_str().unwrap());
        room.app.get(&page).as_(&room.ruth).send().await.is(200).has("Its maintenance window is over").has("the time for the work is over, the work is not");
        room.act(&room.ruth, &first, "finish", &json!({ "outcome": "success" })).await.is(200);
        let closed = Room::kinds(&room.read(&room.ruth, &first).await).into_iter().filter(|kind| kind == "maintenance-closed").count();
        assert_eq!(closed, 1);
    }

    async fn alerts_that_begin_on_what_needs_it_tell_nobody_until_it_is_over(app: TestApp) {
        let room = Room::new(app).await;
        let others = room.app.team("others").await;
        let shop = room.app.system("shop", &others).await;
        room.app.needs(&shop, &room.gateway).await;
        room.app.system("apart", &others).await;
        let olga = room.app.user("olga", &[Permission::Read, Permission::IngestAlerts], Some(&others)).await;
        let fire = async |name: &str, system: &str| {
            let body = json!([{ "labels": { "alertname": name, "severity": "critical", "system": system }, "endsAt": "2025-03-14T20:00:00Z" }]);
            room.app.api("POST", "/api/v2/alerts", &body).as_(&olga).send().await.is(200);
            room.app.settle().await;
        };
        let admin = room.app.admin().await;
        let change = room.approved().await;
        room.app.advance(HOUR - MINUTE);
        fire("Before", "shop").await;
        room.app.advance(MINUTE);
        room.act(&room.ruth, &change, "start", &json!({})).await.is(200);
        room.app.advance(MINUTE);
        fire("Since", "shop").await;
        fire("Apart", "apart").await;
        let since = room.quiet(&admin, "Since").await;
        // Which change of another team it is, is not said.
        assert_eq!((since[0]["cause"].as_str(), since[0]["name"].as_str()), (Some("maintenance"), Some("")), "{since}");
        assert_eq!((room.quiet(&admin, "Before").await, room.quiet(&admin, "Apart").await), (json!([]), json!([])));
        let opened = room.read(&room.ruth, &change).await;
        let told = opened["entries"].as_array().unwrap().iter().find(|entry| entry["kind"] == "maintenance-opened").unwrap().clone();
        assert!(told["text"].as_str().unwrap().ends_with("\ngateway\n1"), "{told}");
        // The time for the work is over: nothing is hidden any more, though nobody said that the work has ended.
        room.app.advance(2 * HOUR);
        fire("Apart", "apart").await;
        assert_eq!(room.quiet(&admin, "Since").await, json!([]));
        fire("Late", "shop").await;
        assert_eq!(room.quiet(&admin, "Late").await, json!([]));
    }

    async fn an_emergency_that_nobody_approved_keeps_quiet_what_is_its_own_and_not_for_long(app: TestApp) {
        let server = Server::plain().await;
        let room = Room::new(app).await;
        let others = room.app.team("others").await;
        let shop = room.app.system("shop", &others).await;
        let till = room.app.system("till", &others).await;
        room.app.needs(&till, &room.gateway).await;
        let admin = room.app.admin().await;
        let omar = room.app.user("omar", APPROVER, None).await;
        let own = room.monitor(&server.url("/"), &admin).await;
        let url = server.url("/");
        let pairs = [("name", "shop front"), ("system", shop.as_str()), ("kind", "http"), ("url", url.as_str()), ("interval", "10"), ("needed", "1")];
        let foreign = Typed::from_pairs(pairs.map(|(name, value)| (name.to_owned(), value.to_owned())));
        let foreign = room.app.portal.monitors.create(&admin, &foreign).await.unwrap();
        let held = async |id: &MonitorId| room.app.portal.monitors.get(&admin, id).await.unwrap().shown == Shown::Maintenance;
        let fire = async |name: &str, system: &str| {
            let body = json!([{ "labels": { "alertname": name, "severity": "critical", "system": system }, "endsAt": "2025-03-14T20:00:00Z" }]);
            room.app.api("POST", "/api/v2/alerts", &body).as_(&admin).send().await.is(200);
            room.app.settle().await;
        };
        let body = room.with(&[("kind", json!("emergency")), ("team", json!(room.team)), ("systems", json!(["gateway", "shop"])),
            ("start", json!("2025-03-14T06:00")), ("end", json!("2025-03-14T18:00"))]);
        let change = room.send(&admin, "POST", "/api/v1/changes", &body).await.is(201).json();
        // Whoever begins it carries out changes of one of the two teams.
        room.act(&room.ruth, &change, "start", &json!({})).await.is(200);
        let started = room.read(&room.ruth, &change).await;
        assert_eq!(started["maintained_until"].as_i64(), Some(room.app.now().plus(4 * HOUR).0));
        let told = |detail: &Value| detail["entries"].as_array().unwrap().iter().rfind(|entry| entry["kind"] == "maintenance-opened").unwrap()["text"].clone();
        assert!(told(&started).as_str().unwrap().ends_with("\ngateway\n0"), "{started}");
        let page = format!("/changes/{}", change["id"].as_str().unwrap());
        room.app.get(&page).as_(&room.ruth).send().await.is(200).has("nobody has approved it yet");
        room.app.get(&page).as_(&room.ruth).in_(domain::people::Locale::Zh).send().await.is(200).has("变更尚未获批");
        assert_eq!((held(&own).await, held(&foreign).await), (true, false));
        room.app.advance(MINUTE);
        for (name, system) in [("Own", "gateway"), ("Foreign", "shop"), ("Around", "till")] {
            fire(name, system).await;
        }
        assert_eq!(room.quiet(&admin, "Own").await[0]["cause"], "maintenance");
        // What needs a system that is down is quiet for that, and for nothing else.
        let by_change = async |name: &str| room.quiet(&admin, name).await.as_array().unwrap().iter().any(|reason| reason["cause"] == "maintenance");
        assert_eq!((room.quiet(&admin, "Foreign").await, by_change("Around").await), (json!([]), false));
        // Whoever approves for both teams opens the rest.
        room.act(&omar, &change, "approve", &json!({ "hash": change["hash"] })).await.is(200);
        assert_eq!((held(&own).await, held(&foreign).await), (true, true));
        let approved = room.read(&room.ruth, &change).await;
        assert_eq!(approved["maintained_until"].as_i64(), Some(room.app.now().plus(-MINUTE).plus(12 * HOUR).0));
        assert!(told(&approved).as_str().unwrap().ends_with("\ngateway, shop\n1"), "{approved}");
        room.app.advance(5 * HOUR);
        room.app.settle().await;
        fire("Late", "till").await;
        assert_eq!((held(&own).await, by_change("Late").await), (true, true));
        // Its end gives all of it back.
        room.act(&room.ruth, &change, "finish", &json!({ "outcome": "success" })).await.is(200);
        assert_eq!((held(&own).await, held(&foreign).await, room.count("SELECT COUNT(*) FROM monitor_windows").await), (false, false, 0));
    }

    async fn what_nobody_approves_is_quiet_for_four_hours_and_what_is_anothers_not_at_all(app: TestApp) {
        let room = Room::new(app).await;
        let others = room.app.team("others").await;
        room.app.system("shop", &others).await;
        let admin = room.app.admin().await;
        let ask = async |system: &str| {
            let body = room.with(&[("kind", json!("emergency")), ("team", json!(room.team)), ("systems", json!([system])),
                ("start", json!("2025-03-14T06:00")), ("end", json!("2025-03-14T18:00"))]);
            let change = room.send(&admin, "POST", "/api/v1/changes", &body).await.is(201).json();
            room.act(&room.ruth, &change, "start", &json!({})).await.is(200);
            change
        };
        let (own, foreign) = (ask("gateway").await, ask("shop").await);
        let nothing = room.read(&room.ruth, &foreign).await;
        assert!(nothing["maintained_until"].is_null() && !Room::kinds(&nothing).contains(&"maintenance-opened".to_owned()), "{nothing}");
        room.app.advance(4 * HOUR);
        room.app.settle().await;
        let late = room.read(&room.ruth, &own).await;
        assert_eq!((late["state"].as_str(), late["maintained_until"].is_null()), (Some("executing"), true));
        // Refused is not approved: nothing opens.
        room.act(&room.alan, &own, "reject", &json!({ "hash": own["hash"], "remark": "was no emergency" })).await.is(200);
        assert!(room.read(&room.ruth, &own).await["maintained_until"].is_null());
    }

    async fn what_begins_in_the_window_and_outlives_it_is_told_once_and_its_end_once(app: TestApp) {
        let sink = Sink::begin("ok").await;
        app.channel_of("slack", json!({ "hook": format!("{}/x", sink.url) })).await;
        let room = Room::new(app).await;
        let said = |sink: &Sink| sink.take().iter().map(|got| got.json()["text"].as_str().unwrap().to_owned()).collect::<Vec<_>>();
        let observe = async |source: &str, holds: bool| {
            room.app.observe(&signal(&room.gateway, source, Some(holds))).await.unwrap();
            room.app.settle().await;
        };
        let change = room.approved().await;
        room.app.advance(HOUR);
        room.act(&room.ruth, &change, "start", &json!({})).await.is(200);
        room.app.advance(MINUTE);
        observe("brief", true).await;
        observe("lasting", true).await;
        room.app.advance(MINUTE);
        observe("brief", false).await;
        // It fires, it is listed with its reason, and nobody is told; no incident is opened.
        assert_eq!(said(&sink), Vec::<String>::new());
        assert!(room.app.incidents().await.is_empty());
        let viewer = room.app.viewer("vera", &room.team).await;
        room.app.get("/alerts").as_(&viewer).send().await.is(200).has("lasting is down").has("suppressed");
        room.app.advance(MINUTE);
        room.act(&room.ruth, &change, "finish", &json!({ "outcome": "success" })).await.is(200);
        room.app.settle().await;
        assert_eq!(said(&sink), ["P1 · Alert fires: lasting is down"]);
        let suspects = room.app.incident(1).await.suspects;
        assert!(suspects.iter().any(|suspect| suspect.id == change["id"].as_str().unwrap()), "{suspects:?}");
        room.app.settle().await;
        observe("lasting", false).await;
        // What has recovered is over once it stays so.
        room.app.advance(10 * MINUTE);
        room.app.settle().await;
        room.app.settle().await;
        let ends = said(&sink);
        assert!(ends.len() == 1 && ends[0].contains("lasting is down") && !ends[0].contains("fires"), "{ends:?}");
    }

    async fn the_routes_say_whether_a_change_keeps_alerts_quiet(app: TestApp) {
        let room = Room::new(app).await;
        let admin = room.app.admin().await;
        room.app.get("/alerts/routing").as_(&admin).send().await.is(200).has("suppress.changes").has("A change is being carried out within its window").lacks(">off<");
        let yaml = "route:\n  receiver: team\nreceivers:\n  - name: team\n    team: true\nsuppress:\n  changes: false\n";
        room.app.portal.routes.put(&admin, yaml, 0).await.unwrap();
        room.app.get("/alerts/routing").as_(&admin).send().await.is(200).has(">off<");
        room.app.get("/alerts/routing").as_(&admin).in_(domain::people::Locale::Zh).send().await.is(200).has("其他抑制告警的情形");
        let change = room.approved().await;
        room.app.advance(HOUR);
        room.act(&room.ruth, &change, "start", &json!({})).await.is(200);
        room.app.advance(MINUTE);
        room.app.observe(&signal(&room.gateway, "m1", Some(true))).await.unwrap();
        assert_eq!(room.app.incidents().await.len(), 1);
    }
}
