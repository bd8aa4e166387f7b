//! Policies and their runs: who is paged, once, until somebody acknowledges.

use domain::{
    Actor, Permission,
    id::SystemId,
    time::{MINUTE, SECOND},
};
use serde_json::{Value, json};

use super::{Room, id};
use crate::{alerts::signal, app::TestApp};

mod again;
mod around;
mod held;
mod receipts;
mod worse;

/// A room with a system, a schedule (Lena is on call), and contact methods for Lena and Wei.
struct Ward {
    room: Room,
    system: SystemId,
    schedule: String,
}

impl Ward {
    async fn new(app: TestApp) -> Self {
        let room = Room::new(app).await;
        let system = room.app.system("gateway", &room.team).await;
        let schedule = room.schedule().await;
        let this = Self { room, system, schedule };
        this.contact(&this.room.lena).await;
        this.contact(&this.room.wei).await;
        this
    }

    /// A contact method of a person, that is on and verified. Nothing listens there.
    async fn contact(&self, person: &Actor) {
        let mut conn = self.room.app.ctx.db.read().await.unwrap();
        let channel: domain::id::ChannelId = self.room.app.ctx.new_id();
        backend::db::sql(
            "INSERT INTO channels (id, name, target, secret, team_id, events, enabled, created_at, updated_at, user_id, verified_at, label) \
             VALUES ($1, $2, 'http://127.0.0.1:9/', '', '-', '', 1, 0, 0, $3, 1, $4)",
        )
        .value(&channel)
        .value(channel.as_str())
        .value(person.user().unwrap())
        .value(format!("phone of {}", person.name))
        .run(&mut conn)
        .await
        .unwrap();
    }

    /// At once whoever is on call, five minutes later Wei, for P1 and P2.
    fn policy(&self) -> Value {
        let severities = ["P1", "P2"];
        json!({
            "name": "Payments", "team": self.room.team, "default": true, "skip_empty": true, "repeat": 0, "again_min": 10,
            "steps": [
                { "after_min": 0, "severities": severities, "targets": [format!("schedule:{}", self.schedule)] },
                { "after_min": 5, "severities": severities, "targets": [format!("user:{}", id(&self.room.wei))] },
            ],
        })
    }

    async fn make(&self, policy: &Value) -> String {
        let made = self.room.send(&self.room.kim, "POST", "/api/v1/oncall/policies", policy).await;
        made.is(201).json()["id"].as_str().unwrap().to_owned()
    }

    async fn breaks(&self) {
        self.room.app.observe(&signal(&self.system, "m1", Some(true))).await.unwrap();
        self.climb().await;
    }

    /// Ticks the engine of escalations alone: what it wrote is not sent.
    async fn climb(&self) {
        use backend::Engine;
        let climber = backend::escalations::Climber::new(self.room.app.ctx.clone());
        while climber.tick(self.room.app.now()).await.unwrap() > 0 {}
    }

    async fn record(&self) -> Value {
        self.room.read(&self.room.kim, "/api/v1/incidents/1/escalations").await
    }

    /// Whom each step has called, the first one first.
    async fn called(&self) -> Vec<String> {
        let record = self.record().await;
        let name = |called: &Value| {
            format!(
                "{}{}",
                called["person_name"].as_str().unwrap(),
                called["trouble"].as_str().map_or(String::new(), |t| format!(" ({t})"))
            )
        };
        let steps = record["taken"].as_array().unwrap().iter().rev();
        steps.map(|step| step["called"].as_array().unwrap().iter().map(name).collect::<Vec<_>>().join(", ")).collect()
    }

    async fn state(&self) -> Value {
        self.record().await["runs"][0]["state"].clone()
    }

    async fn pages(&self) -> i64 {
        let mut conn = self.room.app.ctx.db.read().await.unwrap();
        backend::db::sql("SELECT COUNT(*) FROM deliveries WHERE event = 'page'").count(&mut conn).await.unwrap()
    }
}

both! {
    async fn steps_are_taken_in_time_until_somebody_acknowledges(app: TestApp) {
        let ward = Ward::new(app).await;
        ward.make(&ward.policy()).await;
        ward.breaks().await;
        assert_eq!((ward.called().await, ward.pages().await), (vec!["lena".to_owned()], 1));
        assert_eq!(ward.state().await, "running");
        ward.climb().await;
        ward.room.app.advance(4 * MINUTE);
        ward.climb().await;
        assert_eq!(ward.pages().await, 1, "not before its time");
        ward.room.app.advance(MINUTE);
        ward.climb().await;
        assert_eq!((ward.called().await, ward.pages().await), (vec!["lena".to_owned(), "wei".to_owned()], 2));
        let path = "/api/v1/incidents/1/acknowledge";
        let vera = ward.room.app.viewer("vera", &ward.room.team).await;
        ward.room.send(&vera, "POST", path, &json!({})).await.is(403);
        ward.room.send(&ward.room.lena, "POST", path, &json!({})).await.is(204);
        ward.room.send(&ward.room.lena, "POST", path, &json!({})).await.is(204);
        let record = ward.record().await;
        assert_eq!((&record["runs"][0]["state"], &record["runs"][0]["ended_by"]), (&json!("acknowledged"), &json!("lena")));
        ward.room.app.advance(60 * MINUTE);
        ward.climb().await;
        assert_eq!(ward.pages().await, 2);
        let page = ward.room.app.get("/incidents/1").as_(&ward.room.lena).send().await;
        page.is(200).has("acknowledged the incident").has("paged: lena (Primary)").has("phone of lena").lacks("/incidents/1/acknowledge");
    }

    async fn an_acknowledged_alert_stops_it_too(app: TestApp) {
        let ward = Ward::new(app).await;
        ward.make(&ward.policy()).await;
        ward.breaks().await;
        let alert = ward.room.app.alerts().await.remove(0).id;
        let boss = ward.room.app.user("boss", &[Permission::Read, Permission::AcknowledgeAlerts], Some(&ward.room.team)).await;
        ward.room.send(&boss, "POST", &format!("/api/v1/alerts/{alert}/acknowledge"), &json!({})).await.is(200);
        assert_eq!(ward.state().await, "acknowledged");
    }

    async fn an_alert_says_who_was_paged_for_it_or_why_nobody_was(app: TestApp) {
        let ward = Ward::new(app).await;
        ward.breaks().await;
        let app = &ward.room.app;
        let alert = app.alerts().await.remove(0).id;
        let (page, api) = (format!("/alerts/{alert}"), format!("/api/v1/alerts/{alert}/why"));
        app.get(&page).as_(&ward.room.lena).send().await.is(200).has("Who was paged").has("No policy pages anybody");
        assert_eq!(ward.room.read(&ward.room.lena, &api).await["paging"], json!({ "runs": [], "taken": [], "policy": null }));
        ward.make(&ward.policy()).await;
        app.get(&page).as_(&ward.room.lena).send().await.is(200).has("has paged nobody yet");
        ward.room.send(&ward.room.kim, "POST", "/api/v1/incidents/1/escalate", &json!({})).await.is(200);
        ward.climb().await;
        app.get(&page).as_(&ward.room.lena).send().await.is(200).has("Step 1").has("lena (on call, Primary)").has("phone of lena").lacks("No policy");
        let paging = ward.room.read(&ward.room.lena, &api).await["paging"].clone();
        assert_eq!((paging["runs"][0]["state"].as_str(), paging["taken"][0]["called"][0]["person_name"].as_str()), (Some("running"), Some("lena")));
        // An incident may be another team's than its alert, since it was merged into another: then the alert does not tell of it.
        let other = app.team("lending").await;
        let otto = app.user("otto", &[Permission::Read, Permission::WorkIncidents], Some(&other)).await;
        app.get(&api).as_(&otto).send().await.is(404);
        let both = app.user("boss", Permission::ALL, None).await;
        let far = app.system("loans", &other).await;
        app.observe(&signal(&far, "m9", Some(true))).await.unwrap();
        ward.room.send(&both, "POST", "/api/v1/incidents/2/merge", &json!({ "into": "INC-1" })).await.is(200);
        let theirs = app.alerts().await.into_iter().find(|alert| alert.team == other).unwrap().id;
        assert_eq!(ward.room.read(&otto, &format!("/api/v1/alerts/{theirs}/why")).await["paging"], Value::Null);
        app.get(&format!("/alerts/{theirs}")).as_(&otto).send().await.is(200).lacks("Who was paged");
    }

    async fn what_is_over_pages_nobody(app: TestApp) {
        let ward = Ward::new(app).await;
        ward.make(&ward.policy()).await;
        ward.breaks().await;
        ward.room.app.observe(&signal(&ward.system, "m1", Some(false))).await.unwrap();
        ward.room.app.advance(11_000);
        ward.room.app.settle().await;
        assert_eq!(ward.state().await, "resolved");
        // A relapse begins another run, though the incident is the same.
        ward.room.app.advance(2 * MINUTE);
        ward.breaks().await;
        let record = ward.record().await;
        assert_eq!((record["runs"].as_array().unwrap().len(), record["runs"][0]["state"].as_str()), (2, Some("running")));
        assert_eq!(ward.pages().await, 2);
    }

    async fn one_that_was_merged_pages_nobody_and_the_other_does_in_its_place(app: TestApp) {
        let ward = Ward::new(app).await;
        ward.make(&ward.policy()).await;
        let app = &ward.room.app;
        let ledger = app.system("ledger", &ward.room.team).await;
        let minor = domain::alerts::Signal { severity: domain::alerts::Severity::P3, ..signal(&ledger, "m2", Some(true)) };
        app.observe(&minor).await.unwrap();
        ward.climb().await;
        assert_eq!((ward.record().await["runs"].clone(), ward.pages().await), (json!([]), 0), "its severity calls nobody");
        ward.breaks().await;
        assert_eq!(ward.pages().await, 1);
        ward.room.send(&ward.room.kim, "POST", "/api/v1/incidents/2/merge", &json!({ "into": "INC-1" })).await.is(200);
        let second = ward.room.read(&ward.room.kim, "/api/v1/incidents/2/escalations").await;
        assert_eq!((&second["runs"][0]["state"], &second["runs"][0]["ended_by"]), (&json!("replaced"), &json!("kim")));
        app.get("/incidents/2").as_(&ward.room.kim).send().await.is(200).has("replaced");
        ward.climb().await;
        assert_eq!(ward.called().await, ["lena"], "it has become as bad as the one that was merged into it");
        app.advance(5 * MINUTE);
        ward.climb().await;
        assert_eq!((ward.called().await, ward.pages().await), (vec!["lena".to_owned(), "wei".to_owned()], 3), "nobody twice");
        let second = ward.room.read(&ward.room.kim, "/api/v1/incidents/2/escalations").await;
        assert_eq!(second["taken"].as_array().unwrap().len(), 1);
    }

    async fn two_ticks_at_once_page_once(app: TestApp) {
        use backend::Engine;
        let ward = Ward::new(app).await;
        ward.make(&ward.policy()).await;
        ward.room.app.observe(&signal(&ward.system, "m1", Some(true))).await.unwrap();
        let now = ward.room.app.now();
        let ticks = (0..8).map(|_| {
            let climber = backend::escalations::Climber::new(ward.room.app.ctx.clone());
            tokio::spawn(async move { climber.tick(now).await })
        });
        for tick in ticks.collect::<Vec<_>>() {
            tick.await.unwrap().unwrap();
        }
        assert_eq!((ward.pages().await, ward.called().await.len()), (1, 1));
    }

    async fn a_gap_and_nobody_to_reach_are_said_and_skipped(app: TestApp) {
        let ward = Ward::new(app).await;
        let mut policy = ward.policy();
        policy["steps"][0]["targets"] = json!([format!("user:{}", id(&ward.room.kim))]);
        let made = ward.make(&policy).await;
        let checked = ward.room.read(&ward.room.lena, &format!("/api/v1/oncall/policies/{made}")).await;
        assert_eq!((&checked["warnings"][0]["name"], &checked["warnings"][0]["trouble"]), (&json!("kim"), &json!("no-contact")));
        ward.breaks().await;
        assert_eq!(ward.called().await, ["kim (no-contact)", "wei"], "the next step at once");
        ward.room.app.get("/incidents/1").as_(&ward.room.lena).send().await.is(200).has("nobody was reached: kim").has("no contact method");
        // Nobody answers: it ends, and says so.
        ward.room.app.advance(10 * MINUTE);
        ward.climb().await;
        assert_eq!(ward.state().await, "exhausted");
        ward.room.app.get("/incidents/1").as_(&ward.room.lena).send().await.has("nobody acknowledged");
        ward.room.app.get("/oncall/policies").as_(&ward.room.lena).send().await.is(200).has("in vain").has("kim: no contact method");
    }

    async fn severities_have_ladders_of_their_own(app: TestApp) {
        let ward = Ward::new(app).await;
        let mut policy = ward.policy();
        policy["steps"][0]["severities"] = json!(["P1"]);
        let made = ward.make(&policy).await;
        let what_if = |severity: &str| {
            let path = format!("/api/v1/oncall/policies/{made}/what-if?severity={severity}&at=2025-03-18T06:00:00Z");
            let room = &ward.room;
            async move { room.read(&room.lena, &path).await }
        };
        let told = what_if("P1").await;
        assert_eq!((&told[0]["called"][0]["person_name"], told[0]["after_min"].as_i64()), (&json!("wei"), Some(0)), "on call by then");
        assert_eq!(what_if("P2").await.as_array().unwrap().len(), 1);
        assert_eq!(what_if("P3").await, json!([]));
        ward.room.app.get(&format!("/oncall/policies/{made}?severity=P3")).as_(&ward.room.lena).send().await.is(200).has("Nobody would be paged");
        let page = ward.room.app.get(&format!("/oncall/policies/{made}")).as_(&ward.room.lena).send().await;
        page.is(200).has("lena (on call, Primary)").has("After 5 min, if nobody acknowledged");
        ward.room.app.get(&format!("/oncall/policies/{made}?severity=P9")).as_(&ward.room.lena).send().await.is(422);
        // P2 is paged after five minutes; when it gets worse, the other ladder begins.
        let mut mild = signal(&ward.system, "m1", Some(true));
        mild.severity = domain::alerts::Severity::P2;
        ward.room.app.observe(&mild).await.unwrap();
        ward.climb().await;
        assert_eq!(ward.pages().await, 0);
        ward.room.app.advance(1_000);
        let edit = json!({ "title": "worse", "severity": "P1", "impact": "" });
        ward.room.send(&ward.room.kim, "PUT", "/api/v1/incidents/1", &edit).await.is(204);
        ward.room.app.observe(&signal(&ward.system, "m1", Some(true))).await.unwrap();
        ward.climb().await;
        let record = ward.record().await;
        assert_eq!((&record["runs"][1]["state"], ward.called().await), (&json!("replaced"), vec!["lena".to_owned()]));
    }

    async fn somebody_escalates_and_pages_by_hand(app: TestApp) {
        let ward = Ward::new(app).await;
        let opening = json!({ "title": "Slow", "system": ward.system, "severity": "P1", "impact": "" });
        ward.room.send(&ward.room.kim, "POST", "/api/v1/incidents", &opening).await.is(201);
        ward.climb().await;
        assert_eq!(ward.record().await["runs"], json!([]), "whoever opened it is there");
        ward.room.app.get("/incidents/1").as_(&ward.room.kim).send().await.is(200).has("No policy pages anybody");
        let escalate = "/api/v1/incidents/1/escalate";
        ward.room.send(&ward.room.kim, "POST", escalate, &json!({})).await.is(409).has("No policy");
        ward.make(&ward.policy()).await;
        ward.room.send(&ward.room.kim, "POST", escalate, &json!({})).await.is(200);
        ward.climb().await;
        ward.room.send(&ward.room.kim, "POST", escalate, &json!({})).await.is(200);
        ward.climb().await;
        assert_eq!(ward.called().await, ["lena", "wei"]);
        let page = |target: &str| ward.room.app.post_form("/incidents/1/page", &[("target", target)]).as_(&ward.room.kim).send();
        page("").await.is(422).has("error-summary");
        page(&format!("user:{}", id(&ward.room.lena))).await.is(303);
        assert_eq!(ward.pages().await, 3);
        let other = ward.room.app.team("lending").await;
        let otto = ward.room.app.user("otto", Permission::ALL, Some(&other)).await;
        page(&format!("user:{}", id(&otto))).await.is(422);
        for path in ["escalate", "page", "acknowledge"] {
            ward.room.send(&otto, "POST", &format!("/api/v1/incidents/1/{path}"), &json!({ "target": "x" })).await.is(404);
        }
        ward.room.app.get("/api/v1/incidents/1/escalations").as_(&otto).send().await.is(404);
        // What it cost them.
        let load = ward.room.read(&ward.room.kim, "/api/v1/oncall/load?to=2025-03-15T00:00:00Z").await;
        assert_eq!((&load[0]["person"]["name"], load[0]["pages"].as_i64(), load[0]["at_night"].as_i64()), (&json!("lena"), Some(2), Some(2)));
        ward.room.app.get("/oncall/load?to=2025-03-15").as_(&ward.room.kim).send().await.is(200).has("Interrupted hours").has("lena");
        ward.room.app.get("/oncall/load.csv").as_(&ward.room.kim).send().await.is(403);
    }

    async fn policies_are_kept_by_who_may(app: TestApp) {
        let ward = Ward::new(app).await;
        ward.room.send(&ward.room.lena, "POST", "/api/v1/oncall/policies", &ward.policy()).await.is(403).has("oncall.manage");
        let mut wrong = ward.policy();
        wrong["steps"][0]["targets"] = json!(["lena"]);
        wrong["steps"][1]["after_min"] = json!(-1);
        ward.room.send(&ward.room.kim, "POST", "/api/v1/oncall/policies", &wrong).await.is(422).has("steps[0].targets").has("steps[1].after");
        let made = ward.make(&ward.policy()).await;
        ward.room.send(&ward.room.kim, "POST", "/api/v1/oncall/policies", &ward.policy()).await.is(422).has("not taken yet");
        // A schedule that a policy pages through stays.
        let schedule = format!("/api/v1/oncall/schedules/{}", ward.schedule);
        ward.room.app.ask("DELETE", &schedule).as_(&ward.room.kim).send().await.is(409).has("Payments");
        // Another default takes the place of the first one; a system may have its own.
        let mut other = ward.policy();
        other["name"] = json!("Night");
        other["systems"] = json!([ward.system]);
        ward.make(&other).await;
        let first = ward.room.read(&ward.room.kim, &format!("/api/v1/oncall/policies/{made}")).await;
        assert_eq!((&first["policy"]["default"], ward.record_policy().await), (&json!(false), json!("Night")));
        let mut edit = ward.policy();
        edit["version"] = json!(1);
        edit["again_min"] = json!(20);
        let path = format!("/api/v1/oncall/policies/{made}");
        ward.room.send(&ward.room.kim, "PUT", &path, &edit).await.is(200);
        ward.room.send(&ward.room.kim, "PUT", &path, &edit).await.is(409);
        let lending = ward.room.app.team("lending").await;
        let otto = ward.room.app.user("otto", Permission::ALL, Some(&lending)).await;
        assert_eq!(ward.room.read(&otto, "/api/v1/oncall/policies").await, json!([]));
        ward.room.app.get(&path).as_(&otto).send().await.is(404);
        ward.room.app.ask("DELETE", &path).as_(&ward.room.kim).send().await.is(204);
    }

    async fn a_policy_is_made_without_javascript(app: TestApp) {
        let ward = Ward::new(app).await;
        ward.room.app.get("/oncall/policies").as_(&ward.room.kim).send().await.is(200).has("nobody is paged");
        ward.room.app.get("/oncall/policies/new").as_(&ward.room.kim).send().await.is(200).has("Whoever is on call").has("Primary");
        let team = ward.room.team.to_string();
        let schedule = format!("schedule:{}", ward.schedule);
        let mut fields = vec![
            ("name", "Payments"), ("team", team.as_str()), ("repeat", "1"), ("again_min", "15"), ("default", "on"), ("steps[0].after", "0"),
            ("steps[0].severities", "P1"), ("steps[0].targets", schedule.as_str()), ("steps[0].targets", ""), ("act", "add"),
        ];
        let more = ward.room.app.post_form("/oncall/policies/new", &fields).as_(&ward.room.kim).send().await;
        more.is(200).has("steps[1].after").has("Remove step");
        fields.pop();
        let wrong: Vec<_> = fields.iter().map(|(name, value)| (*name, if *name == "steps[0].after" { "soon" } else { *value })).collect();
        ward.room.app.post_form("/oncall/policies/new", &wrong).as_(&ward.room.kim).send().await.is(422).has("Step 1 · Delay").has("soon");
        let saved = ward.room.app.post_form("/oncall/policies/new", &fields).as_(&ward.room.kim).send().await;
        let page = saved.is(303).location().to_owned();
        ward.room.app.get(&format!("{page}/edit")).as_(&ward.room.kim).send().await.is(200).has("value=\"Payments\"");
        ward.room.app.post_form(&format!("{page}/delete"), &[]).as_(&ward.room.kim).send().await.is(303);
        ward.room.app.get(&page).as_(&ward.room.kim).send().await.is(404);
    }
}

impl Ward {
    /// The policy that counts for an incident of the system.
    async fn record_policy(&self) -> Value {
        self.breaks().await;
        self.record().await["policy"].clone()
    }
}
