//! Services refuse by themselves: the table of needs at the door is the second lock, not the first. Here the door is
//! taken out, every act is tried on things that are there, and nothing may have been written.

use std::collections::BTreeMap;

use app::routes::{Need, RouteEntry};
use axum::Router;
use domain::{Actor, Permission, id::TeamId};
use serde_json::{Value, json};

use crate::{
    app::{Ask, TestApp},
    secrets::everything,
};

/// A file as a browser sends it.
const FILE: &str =
    "--x\r\nContent-Disposition: form-data; name=\"file\"; filename=\"a.txt\"\r\nContent-Type: text/plain\r\n\r\nseen\r\n--x--\r\n";

/// An id that nothing has.
const NOTHING: &str = "00000000-0000-7000-8000-000000000000";

/// One of everything that an act may concern, all of the team `payments`.
struct Scene {
    app: TestApp,
    /// Without the door.
    router: Router,
    admin: Actor,
    team: TeamId,
    /// The id of the thing by the word that stands before it in a path.
    ids: BTreeMap<&'static str, String>,
}

impl Scene {
    async fn new(app: TestApp) -> Self {
        let team = app.team("payments").await;
        let system = app.system("gateway", &team).await;
        let admin = app.admin().await;
        let router = server::router::without_door(&app.edge);
        let mut ids = BTreeMap::from([("teams", team.to_string()), ("feeds", team.to_string()), ("systems", system.to_string())]);
        ids.insert("users", admin.user().expect("a user").to_string());
        app.observe(&crate::alerts::signal(&system, "m1", Some(true))).await.expect("an alert");
        let alert = app.alerts().await.remove(0);
        ids.insert("alerts", alert.id.to_string());
        ids.insert("incidents", alert.incident.expect("an incident").to_string());
        let mut this = Self { app, router, admin, team, ids };
        for (noun, body) in this.new_things() {
            let made = this.app.api("POST", &format!("/api/v1/{noun}"), &body).as_(&this.admin).send().await;
            made.is(201);
            let id = made.location().rsplit('/').next().expect("an id").to_owned();
            this.ids.insert(noun.rsplit('/').next().expect("a noun"), id);
        }
        let page = this.ids["status-pages"].clone();
        let notice = json!({ "title": "Slow", "state": "identified", "impact": "degraded", "text": "We mend it." });
        let told = this.app.api("POST", &format!("/api/v1/status-pages/{page}/notices"), &notice).as_(&this.admin).send().await;
        let told = told.is(201).location().rsplit('/').next().expect("an id").to_owned();
        this.ids.extend([("status", page), ("notices", told.clone()), ("status-notices", told)]);
        let run = format!("/api/v1/tools/{}/runs", this.ids["tools"]);
        let run = this.app.api("POST", &run, &json!({ "parameters": {} })).as_(&this.admin).send().await;
        this.ids.insert("runs", run.is(201).location().rsplit('/').next().expect("an id").to_owned());
        let test = format!("/api/v1/channels/{}/test", this.ids["channels"]);
        assert!(this.app.api("POST", &test, &json!({})).as_(&this.admin).send().await.status < 300);
        let sent = this.app.get("/api/v1/deliveries").as_(&this.admin).send().await;
        this.ids.insert("deliveries", sent.is(200).json()["items"][0]["id"].as_str().expect("an id").to_owned());
        this
    }

    /// What makes one of each through the API.
    fn new_things(&self) -> Vec<(&'static str, Value)> {
        let (team, system) = (self.team.as_str(), self.ids["systems"].as_str());
        let window = json!({ "start": "2025-03-14T07:00", "end": "2025-03-14T09:00", "zone": "UTC" });
        let within = |mut json: Value| {
            for (name, value) in window.as_object().expect("an object") {
                json[name] = value.clone();
            }
            json
        };
        vec![
            ("systems", json!({ "key": "ledger", "name": "Ledger", "team": "payments", "tier": 1 })),
            ("monitors", json!({ "name": "nightly", "system": system, "kind": "heartbeat", "deadline": "5m", "severity": "P3" })),
            ("incidents", json!({ "title": "Slow", "system": system, "severity": "P3", "impact": "some" })),
            (
                "changes",
                within(json!({
                    "title": "New routing", "team": team, "systems": ["gateway"], "plan": "1", "rollback": "2", "impact": "", "risk": "low",
                    "risk_reason": "weekly", "submit": true,
                })),
            ),
            ("freezes", within(json!({ "scope": "systems", "systems": ["gateway"], "reason": "Quarter end" }))),
            (
                "channels",
                json!({ "name": "pager", "url": "http://127.0.0.1:9/", "team": team, "events": ["alert.firing"], "enabled": true }),
            ),
            (
                "oncall/schedules",
                json!({
                    "name": "Primary", "team": team, "zone": "UTC",
                    "layers": [{ "name": "Weeks", "rotation": "weekly", "handoff": "09:00", "start": "2025-03-10", "people": [self.admin.user()] }],
                }),
            ),
            (
                "oncall/policies",
                json!({ "name": "Payments", "team": team, "steps": [{ "after_min": 0, "targets": [format!("team:{team}")] }] }),
            ),
            ("silences", json!({ "matchers": ["system=gateway"], "team": team, "duration": "2h", "comment": "we know" })),
            ("integrations", json!({ "name": "Grafana", "kind": "grafana", "team": team, "enabled": true })),
            ("sources", json!({ "name": "Prometheus", "system": system, "kind": "query", "url": "http://127.0.0.1:9" })),
            (
                "status-pages",
                json!({ "slug": "pay", "title": "Payments", "team": team, "public": true, "components": ["Cards = gateway"] }),
            ),
            ("tools", json!({ "name": "true", "team": "payments", "argv": ["true"], "parameters": [], "timeout_s": 5, "approval": true })),
            ("roles", json!({ "key": "night", "name": "Night", "name_zh": "夜班", "home": "/", "permissions": ["read"] })),
            ("tokens", json!({ "name": "shipper", "days": 30, "permissions": ["read"] })),
            ("teams", json!({ "key": "cards", "name": "Cards" })),
            ("users", json!({ "login": "emil", "name": "Emil", "password": "correct horse battery" })),
        ]
    }

    /// The path with what is there, or, within something that is there, with what is not.
    fn filled(&self, path: &str) -> String {
        let mut before = "";
        let mut parts = Vec::new();
        for part in path.split('/') {
            parts.push(self.fill(path, before, part).unwrap_or(part));
            before = part;
        }
        parts.join("/")
    }

    fn fill(&self, path: &str, before: &str, part: &str) -> Option<&str> {
        let id = |noun: &str| self.ids.get(noun).map(String::as_str);
        match part {
            "{change}" | "{what}" => id("changes"),
            "{other}" => id("incidents"),
            "{system}" => id("systems"),
            "{user}" => id("users"),
            "{key}" | "{role}" => Some("scribe"),
            "{kind}" if path.contains("/links/") => Some("related"),
            "{kind}" => Some("change"),
            _ if part.starts_with('{') => Some(id(before).unwrap_or(NOTHING)),
            _ => None,
        }
    }

    /// Whether the act concerns something that the scene does not have: then "not there" is as good as "not allowed".
    fn lacks(&self, entry: &RouteEntry) -> bool {
        // A run of a load test has the noun of a tool's run, and is another thing.
        self.filled(&entry.path).contains(NOTHING) || entry.path.contains("/load/runs/")
    }

    /// An act with a body that is good enough to reach the thing.
    fn ask(&self, entry: &RouteEntry) -> Ask {
        let path = self.filled(&entry.path);
        let ask = Ask::new(self.router.clone(), entry.method, &path);
        // Mostly nothing is needed: authority comes first. Some acts are named by what is sent.
        let (alert, incident, team) = (self.ids["alerts"].as_str(), self.ids["incidents"].as_str(), self.team.as_str());
        let fields: &[(&str, &str)] = match entry.path.rsplit_once('/').map_or("", |(_, act)| act) {
            "move" => &[("state", "investigating")],
            "{change}" | "{what}" => &[("verdict", "confirmed")],
            "useful" => &[("useful", "on")],
            "maintenance" if !entry.path.starts_with("/api/") => &[("for", "1800")],
            "switch" => &[("to", "on")],
            "acknowledge" => &[("id", alert)],
            "explanation" => &[("incident", incident)],
            "{merchant}" => &[("team", team), ("name", "Meier")],
            "tell" => &[("team", team), ("to", "meier@example.org"), ("subject", "Slow"), ("text", "We look into it.")],
            _ => &[],
        };
        match (entry.method, entry.path.as_str()) {
            ("DELETE", path) if path.ends_with("{file}") => ask.json(&json!({ "reason": "a mistake" })),
            ("DELETE", _) => ask,
            (_, "/api/v2/alerts") => ask.json(&json!([{ "labels": { "alertname": "Slow", "system": "gateway" } }])),
            (_, "/api/v1/rules/import") => {
                ask.json(&json!({ "system": self.ids["systems"], "source": self.ids["sources"], "yaml": "groups: []" }))
            }
            (_, "/api/v1/alerts/acknowledge") => ask.json(&json!({ "ids": [alert] })),
            (_, "/rules/import") => {
                let (system, source) = (self.ids["systems"].as_str(), self.ids["sources"].as_str());
                ask.form(&[("system", system), ("source", source), ("yaml", "groups: []")])
            }
            (_, "/incidents/{id}/files" | "/changes/{id}/files" | "/evidence/new") => {
                ask.header("content-type", "multipart/form-data; boundary=x").body(FILE)
            }
            (_, path) if path.starts_with("/api/") => {
                let fields: serde_json::Map<_, _> = fields.iter().map(|(name, value)| ((*name).to_owned(), json!(value))).collect();
                ask.json(&Value::Object(fields))
            }
            _ => ask.form(fields),
        }
    }

    /// The acts that need a permission, beside reading; and the one on tokens that a person may do on their own.
    fn acts(&self) -> impl Iterator<Item = &RouteEntry> {
        self.app.table.iter().filter(|entry| entry.method != "GET").filter(|entry| match entry.need {
            Need::Permission(permission) => permission != Permission::Read,
            Need::LoggedIn => entry.path.contains("/tokens/"),
            Need::Public => false,
        })
    }
}

both! {
    async fn a_reader_of_the_team_is_refused_by_every_service(app: TestApp) {
        let scene = Scene::new(app).await;
        let viewer = scene.app.viewer("vera", &scene.team).await;
        let before = everything(&scene.app).await;
        let mut wrong = Vec::new();
        for entry in scene.acts() {
            let answer = scene.ask(entry).as_(&viewer).send().await;
            // What only its owner sees is not there for others.
            let hidden = (entry.path.contains("/tokens/") || scene.lacks(entry)) && answer.status == 404;
            if answer.status != 403 && !hidden {
                wrong.push(format!("{} {}: {}", entry.method, entry.path, answer.status));
            }
        }
        assert!(wrong.is_empty(), "{wrong:#?}");
        assert!(everything(&scene.app).await == before, "a refused act wrote something");
    }

    async fn whoever_may_everything_in_another_team_finds_nothing(app: TestApp) {
        let scene = Scene::new(app).await;
        let other = scene.app.team("lending").await;
        let stranger = scene.app.user("otto", Permission::ALL, Some(&other)).await;
        let before = everything(&scene.app).await;
        let mut wrong = Vec::new();
        for entry in scene.acts().filter(|entry| entry.path.contains('{')) {
            let status = scene.ask(entry).as_(&stranger).send().await.status;
            if status != 404 && status != 403 {
                wrong.push(format!("{} {}: {status}", entry.method, entry.path));
            }
        }
        assert!(wrong.is_empty(), "{wrong:#?}");
        assert!(everything(&scene.app).await == before, "a refused act wrote something");
    }

    async fn nobody_makes_things_for_another_team(app: TestApp) {
        let scene = Scene::new(app).await;
        let other = scene.app.team("lending").await;
        let stranger = scene.app.user("otto", Permission::ALL, Some(&other)).await;
        for (noun, body) in scene.new_things().into_iter().filter(|(noun, _)| !["tokens", "systems"].contains(noun)) {
            let mut body = body;
            // A name that is free, or the refusal could be about that.
            for name in ["key", "name", "login", "slug"] {
                if body.get(name).is_some() {
                    body[name] = json!(format!("other-{noun}"));
                }
            }
            let path = format!("/api/v1/{noun}");
            let before = everything(&scene.app).await;
            let make = |who: &Actor| Ask::new(scene.router.clone(), "POST", &path).json(&body).as_(who).send();
            let refused = make(&stranger).await;
            assert!([403, 404, 422].contains(&refused.status), "{noun}: {}", refused.text());
            assert!(everything(&scene.app).await == before, "{noun}: a refused act wrote something");
            // The same body was good: it is the person that was refused.
            make(&scene.admin).await.is(201);
        }
    }
}
