//! Ways in: what other systems post, to addresses with a secret.

use domain::id::{IntegrationId, TeamId};

use super::*;

mod closing;

impl TestApp {
    async fn way_in(&self, kind: &str, team: &TeamId, more: &[(&str, &str)]) -> (IntegrationId, String) {
        let mut fields = vec![("name", kind), ("kind", kind), ("team", team.as_str()), ("enabled", "on")];
        fields.extend(more);
        let engine = Actor::engine("test");
        let one = self.portal.integrations.create(&engine, &typed(&fields)).await.expect("an integration");
        let (_, secret) = self.portal.integrations.get(&engine, &one.id).await.expect("its secret");
        (one.id, secret)
    }

    async fn states(&self) -> Vec<(String, State)> {
        let mut states: Vec<_> = self.alerts().await.into_iter().map(|alert| (alert.title, alert.state)).collect();
        states.sort_by(|a, b| a.0.cmp(&b.0));
        states
    }
}

/// As Alertmanager 0.2x posts it.
fn alertmanager(status: &str, system: &str, team: &str) -> Value {
    let labels = json!({ "alertname": "Down", "severity": "critical", "instance": "gw1:9100", "system": system, "team": team });
    let ends = if status == "firing" { "0001-01-01T00:00:00Z" } else { "2025-03-14T06:05:00.000Z" };
    json!({
        "receiver": "evenkeel", "status": status, "version": "4", "groupKey": "{}:{alertname=\"Down\"}", "truncatedAlerts": 0,
        "externalURL": "http://alertmanager:9093", "groupLabels": { "alertname": "Down" }, "commonLabels": labels, "commonAnnotations": {},
        "alerts": [{
            "status": status, "labels": labels, "annotations": { "summary": format!("{system} is down"), "runbook_url": "https://wiki/down" },
            "startsAt": "2025-03-14T05:58:30.123456789Z", "endsAt": ends, "generatorURL": "http://prometheus:9090/graph?g0.expr=up",
            "fingerprint": format!("{:016x}", system.bytes().map(u64::from).sum::<u64>()),
        }],
    })
}

/// As Grafana's unified alerting posts it.
fn grafana(status: &str) -> Value {
    let labels = json!({ "alertname": "High memory usage", "grafana_folder": "Infra", "zone": "us-1" });
    json!({
        "receiver": "Evenkeel", "status": status, "orgId": 1, "version": "1", "groupKey": "{}/{}:{alertname=\"High memory usage\"}", "truncatedAlerts": 0,
        "externalURL": "https://grafana.test/", "groupLabels": {}, "commonLabels": labels, "commonAnnotations": {}, "state": "alerting",
        "title": "[FIRING:1] High memory usage", "message": "**Firing**\n\nValue: B=44.2",
        "alerts": [{
            "status": status, "labels": labels, "annotations": { "runbook_url": "https://wiki/mem", "summary": "memory is nearly full" },
            "startsAt": "2025-03-14T13:51:03.157076+08:00", "endsAt": "0001-01-01T00:00:00Z", "generatorURL": "https://grafana.test/alerting/grafana/abc/view",
            "fingerprint": "c6eadffa33fcdf37", "silenceURL": "https://grafana.test/alerting/silence/new", "dashboardURL": "", "panelURL": "",
            "values": { "B": 44.25, "C": 1 }, "valueString": "[ var='B' labels={} value=44.25 ]",
        }],
    })
}

/// As clients of PagerDuty's Events API, version 2, post it.
fn event(key: &str, action: &str, dedup: Option<&str>) -> Value {
    json!({
        "routing_key": key, "event_action": action, "dedup_key": dedup, "client": "Sensu", "client_url": "https://sensu.test/events/1",
        "links": [{ "href": "https://wiki/disk", "text": "runbook" }], "images": [],
        "payload": {
            "summary": "disk full on db1", "source": "db1", "severity": "critical", "timestamp": "2025-03-14T05:59:00.000+0000",
            "component": "postgres", "group": "prod", "class": "disk", "custom_details": { "free": "0 B", "mounts": ["/", "/var"] },
        },
    })
}

both! {
    async fn a_webhook_of_alertmanager_fires_and_ends(app: TestApp) {
        let (team, system) = app.team_with_system("gateway").await;
        app.team_with_system("foreign").await;
        let (id, secret) = app.way_in("alertmanager", &team, &[]).await;
        let send = async |status: &str, system: &str| app.api("POST", &format!("/hooks/{secret}"), &alertmanager(status, system, "team-foreign")).send().await;
        assert_eq!(send("firing", "gateway").await.is(202).json(), json!({ "taken": 1 }));
        send("firing", "foreign").await.is(202);
        let alerts = app.alerts().await;
        let down = alerts.iter().find(|a| a.title == "gateway is down").unwrap();
        assert_eq!((down.system.as_ref(), &down.team, down.source_kind.as_str(), down.severity), (Some(&system), &team, "alertmanager", Severity::P1));
        assert_eq!((down.started_at.rfc3339().as_str(), down.url.as_str()), ("2025-03-14T05:58:30.123Z", "http://prometheus:9090/graph?g0.expr=up"));
        assert!(down.incident.is_some());
        let why = app.portal.routes.why(&app.viewer("wanda", &team).await, &down.id).await.unwrap();
        let rule: Vec<(&str, &str)> = why.rule.iter().map(|term| (term.name.name(), term.value.as_str())).collect();
        assert_eq!(rule, [("reads", "up"), ("generator", "http://prometheus:9090/graph?g0.expr=up")]);
        let foreign = alerts.iter().find(|a| a.title == "foreign is down").unwrap();
        assert!(foreign.system.is_none() && foreign.team == team, "no label leads to another team");
        let label = |name: &str| foreign.labels.get(name).map(String::as_str);
        assert_eq!((label("team"), label("system")), (Some("team-gateway"), None), "nor do routes that read labels");
        assert_eq!((label("exported_team"), label("exported_system")), (Some("team-foreign"), Some("foreign")));
        app.advance(24 * HOUR);
        app.settle().await;
        assert_eq!(app.states().await[1].1, State::Firing, "its source tells the end");
        // Repeated, it is the same one.
        send("firing", "gateway").await.is(202);
        assert_eq!(app.alerts().await.len(), 2);
        send("resolved", "gateway").await.is(202);
        send("resolved", "gateway").await.is(202);
        assert_eq!(app.states().await[1].1, State::Resolved);
        let over = app.alerts().await.into_iter().find(|alert| alert.title == "gateway is down").unwrap();
        assert_eq!(over.resolved_at.unwrap().rfc3339(), "2025-03-14T06:05:00.000Z", "since it was over there, not since that was heard");
        app.api("POST", &format!("/hooks/{secret}"), &json!({ "alerts": "none" })).send().await.is(422).has("alerts: expected a list");
        app.api("POST", "/hooks/0000", &json!({})).send().await.is(404);
        app.get(&format!("/hooks/{secret}")).send().await.is(405);
        let (one, _) = app.portal.integrations.get(&app.admin().await, &id).await.unwrap();
        assert_eq!((one.taken, one.refused, one.last_error.as_str()), (5, 1, "alerts: expected a list"));
    }

    async fn grafana_fires_and_ends(app: TestApp) {
        let (team, system) = app.team_with_system("gateway").await;
        let (_, secret) = app.way_in("grafana", &team, &[("system", system.as_str())]).await;
        app.api("PUT", &format!("/hooks/{secret}"), &grafana("firing")).send().await.is(202);
        let alert = app.alerts().await.remove(0);
        assert_eq!((alert.title.as_str(), alert.detail.as_str(), alert.severity), ("memory is nearly full", "B=44.25, C=1", Severity::P3));
        assert_eq!((alert.system.as_ref(), alert.labels["zone"].as_str(), alert.labels["system"].as_str()), (Some(&system), "us-1", "gateway"));
        assert_eq!((alert.started_at.rfc3339().as_str(), alert.annotations["runbook_url"].as_str()), ("2025-03-14T05:51:03.157Z", "https://wiki/mem"));
        app.api("POST", &format!("/hooks/{secret}"), &grafana("resolved")).send().await.is(202);
        assert_eq!(app.states().await, [("memory is nearly full".to_owned(), State::Resolved)]);
    }

    async fn clients_of_pagerduty_need_another_address_only(app: TestApp) {
        let (team, _) = app.team_with_system("gateway").await;
        let (_, key) = app.way_in("pagerduty", &team, &[]).await;
        assert_eq!(key.len(), 32, "as long as theirs");
        let send = async |action: &str, dedup: Option<&str>| app.api("POST", "/v2/enqueue", &event(&key, action, dedup)).send().await;
        assert_eq!(send("trigger", Some("disk")).await.is(202).json(), json!({ "status": "success", "message": "Event processed", "dedup_key": "disk" }));
        send("trigger", Some("disk")).await.is(202);
        let alert = app.alerts().await.remove(0);
        assert_eq!((alert.title.as_str(), alert.severity, alert.acknowledged_at, alert.url.as_str()), ("disk full on db1", Severity::P1, None, "https://sensu.test/events/1"));
        assert_eq!((alert.labels["component"].as_str(), alert.annotations["mounts"].as_str()), ("postgres", r#"["/","/var"]"#));
        send("acknowledge", Some("disk")).await.is(202);
        assert_eq!(app.alerts().await[0].acknowledged_by, "pagerduty");
        send("resolve", Some("disk")).await.is(202);
        assert_eq!(app.states().await, [("disk full on db1".to_owned(), State::Resolved)]);
        for action in ["acknowledge", "resolve"] {
            assert_eq!(send(action, Some("disk")).await.is(202).json()["dedup_key"], "disk", "of what is over nothing is asked, and nothing is wrong");
        }
        // Whoever gives no key is given one, each event another.
        let given = send("trigger", None).await.is(202).json()["dedup_key"].as_str().unwrap().to_owned();
        assert_ne!(send("trigger", None).await.is(202).json()["dedup_key"], given.as_str());
        send("resolve", Some(&given)).await.is(202);
        let firing = app.alerts().await.into_iter().filter(|alert| alert.state == State::Firing).count();
        assert_eq!((given.len(), firing), (32, 1));
        let refused = send("dance", None).await.is(400).json();
        assert_eq!((refused["status"].as_str(), refused["message"].as_str()), (Some("invalid event"), Some("Event object is invalid")));
        assert!(refused["errors"][0].as_str().unwrap().contains("event_action"), "{refused}");
        send("resolve", None).await.is(400).has("dedup_key");
        app.ask("POST", "/v2/enqueue").body("{").send().await.is(400).has("invalid event");
        let (_, other) = app.way_in("grafana", &team, &[]).await;
        for wrong in ["", "0123456789abcdef0123456789abcdef", other.as_str()] {
            app.api("POST", "/v2/enqueue", &event(wrong, "trigger", None)).send().await.is(400).has("Invalid routing key");
        }
        app.api("POST", "/v2/enqueue", &json!({ "routing_key": 7 })).send().await.is(400).has("Invalid routing key");
    }

    async fn change_events_of_pagerduty_are_deployments(app: TestApp) {
        let (team, system) = app.team_with_system("gateway").await;
        let (_, key) = app.way_in("pagerduty", &team, &[("system", system.as_str())]).await;
        let event = json!({
            "routing_key": key, "images": [], "links": [{ "href": "https://ci.example.org/32", "text": "CI" }],
            "payload": { "summary": "Release 4.2: timeouts", "timestamp": "2025-03-14T05:50:00.885Z", "source": "pipeline-7", "custom_details": { "build": 2 } },
        });
        for _ in 0..2 {
            let told = app.api("POST", "/v2/change/enqueue", &event).send().await.is(202).json();
            assert_eq!(told, json!({ "status": "success", "message": "Change event processed" }));
        }
        let admin = app.admin().await;
        let listed = app.portal.deployments.list(&admin, &Default::default(), &PageRequest::default()).await.unwrap().items;
        assert_eq!(listed.len(), 1, "said twice it is one");
        assert_eq!((listed[0].label().as_str(), &listed[0].system, listed[0].url.as_str()), ("Release 4.2: timeouts → pipeline-7", &system, "https://ci.example.org/32"));
        assert_eq!((listed[0].by.as_str(), listed[0].started_at.rfc3339().as_str()), ("pagerduty", "2025-03-14T05:50:00.885Z"));
        let mut wrong = event.clone();
        wrong["payload"]["summary"] = json!("");
        app.api("POST", "/v2/change/enqueue", &wrong).send().await.is(400).has("payload.summary");
        wrong["routing_key"] = json!("0000");
        app.api("POST", "/v2/change/enqueue", &wrong).send().await.is(400).has("Invalid routing key");
        app.ask("POST", "/v2/change/enqueue").body("{").send().await.is(400).has("invalid event");
        // One that concerns no system has nothing to deploy; one of another kind is none.
        let mut other = event;
        other["routing_key"] = json!(app.way_in("grafana", &team, &[]).await.1);
        app.api("POST", "/v2/change/enqueue", &other).send().await.is(400).has("Invalid routing key");
        let plain = [("name", "plain"), ("kind", "pagerduty"), ("team", team.as_str()), ("enabled", "on")];
        let plain = app.portal.integrations.create(&admin, &typed(&plain)).await.unwrap();
        other["routing_key"] = json!(app.portal.integrations.get(&admin, &plain.id).await.unwrap().1);
        app.api("POST", "/v2/change/enqueue", &other).send().await.is(400).has("concerns a system");
    }

    async fn what_a_message_says_is_done_in_its_order_and_what_is_right_of_it(app: TestApp) {
        let (team, _) = app.team_with_system("gateway").await;
        let mapping = [("items", "/all"), ("title", "/t"), ("key", "/k"), ("status", "/s"), ("over", "ok")];
        let (id, secret) = app.way_in("webhook", &team, &mapping).await;
        let send = async |all: Value| app.api("POST", &format!("/hooks/{secret}"), &json!({ "all": all })).send().await;
        send(json!([{ "k": 1, "t": "a" }, { "k": 2, "t": "b" }, { "k": 1, "s": "ok" }])).await.is(202);
        assert_eq!(app.states().await, [("a".to_owned(), State::Resolved), ("b".to_owned(), State::Firing)]);
        send(json!([{ "k": 2, "s": "ok" }, { "k": 2, "t": "c" }])).await.is(202);
        assert_eq!(app.states().await[1..], [("b".to_owned(), State::Resolved), ("c".to_owned(), State::Firing)]);
        let long = "k".repeat(256);
        send(json!([{ "k": 3, "t": "d" }, {}, { "k": long, "t": "e" }])).await.is(422).has("expected a key").has("at most 255");
        assert_eq!(app.states().await[3..], [("d".to_owned(), State::Firing)]);
        send(json!(vec![json!({}); 5_000])).await.is(422).has("and 4990 more");
        let (one, _) = app.portal.integrations.get(&app.admin().await, &id).await.unwrap();
        assert_eq!((one.taken, one.refused), (2, 2));
        assert!(one.last_error.chars().count() <= 500);
    }

    async fn what_is_huge_or_hostile_is_refused(app: TestApp) {
        let (team, _) = app.team_with_system("gateway").await;
        let (_, secret) = app.way_in("alertmanager", &team, &[]).await;
        let send = async |body: String| app.ask("POST", &format!("/hooks/{secret}")).body(body).send().await;
        send(format!("{{\"alerts\":\"{}\"}}", "x".repeat(1 << 20))).await.is(413);
        send("[".repeat(100_000)).await.is(422).has("recursion limit");
        send(String::new()).await.is(422);
        send("null".to_owned()).await.is(422);
        send("\u{0}".to_owned()).await.is(422);
        let labels: serde_json::Map<String, Value> = (0..257).map(|n| (format!("l{n}"), json!("x"))).collect();
        send(json!({ "alerts": [{ "labels": labels }] }).to_string()).await.is(422).has("at most 256");
        send(json!({ "alerts": [{ "labels": { "n".repeat(300): "x" } }] }).to_string()).await.is(422);
        assert!(app.alerts().await.is_empty());
        // What is only long is cut, and taken.
        let long = json!({ "alerts": [{ "status": "firing", "labels": { "alertname": "L", "trace": "长".repeat(9_000) }, "annotations": { "summary": "<script>alert(1)</script>", "description": "x".repeat(99_000) } }] });
        send(long.to_string()).await.is(202);
        let alert = app.alerts().await.remove(0);
        assert!(alert.labels["trace"].len() <= 2_048 && alert.detail.len() <= 2_000);
        let admin = app.admin().await;
        app.get(&format!("/alerts/{}", alert.id)).as_(&admin).send().await.is(200).lacks("<script>alert(1)");
        // A secret is not to be guessed from another site's page either.
        app.api("POST", &format!("/hooks/{secret}"), &json!({ "alerts": [] })).header("sec-fetch-site", "cross-site").send().await.is(403);
    }

    async fn any_json_and_the_page(app: TestApp) {
        let (team, _) = app.team_with_system("gateway").await;
        let other = app.team("other").await;
        let rights = [Permission::Read, Permission::RouteAlerts];
        let olga = app.user("olga", &rights, Some(&team)).await;
        let otto = app.user("otto", &rights, Some(&other)).await;
        let vera = app.viewer("vera", &team).await;
        app.get("/admin/integrations").as_(&olga).send().await.is(200).has("No way in");
        app.get("/admin/integrations").as_(&vera).send().await.is(403);
        let sample = r#"{"id":7,"msg":"too hot","state":"open","host":"h1"}"#;
        let fields = [("name", "Sensors"), ("kind", "webhook"), ("team", team.as_str()), ("enabled", "on"), ("title", "/msg"), ("key", "/id"), ("status", "/state"), ("over", "ok"), ("labels", "host=/host"), ("sample", sample)];
        let preview: Vec<_> = fields.iter().copied().chain([("act", "preview")]).collect();
        app.post_form("/admin/integrations", &preview).as_(&olga).send().await.is(200).has("What the sample would become").has("too hot").has("h1");
        let instead = |name: &str, value: &'static str| -> Vec<(&str, &str)> {
            preview.iter().copied().map(|(n, v)| if n == name { (n, value) } else { (n, v) }).collect()
        };
        app.post_form("/admin/integrations", &instead("title", "msg")).as_(&olga).send().await.is(422).has("Sensors").has("begins with");
        app.post_form("/admin/integrations", &instead("sample", "{")).as_(&olga).send().await.is(422).has("Sensors").has("EOF while parsing");
        assert!(app.portal.integrations.list(&olga).await.unwrap().is_empty(), "a preview opens nothing");
        app.post_form("/admin/integrations", &fields).as_(&vera).send().await.is(403);
        app.post_form("/admin/integrations", &fields).as_(&otto).send().await.is(422);
        let to = app.post_form("/admin/integrations", &fields).as_(&olga).send().await.is(303).location().to_owned();
        app.post_form("/admin/integrations", &fields).as_(&olga).send().await.is(422);
        let id = IntegrationId::parse(to.rsplit('/').next().unwrap()).unwrap();
        let (_, secret) = app.portal.integrations.get(&olga, &id).await.unwrap();
        app.get(&to).as_(&olga).send().await.is(200).has(&format!("/hooks/{secret}"));
        app.get(&to).as_(&otto).send().await.is(404);
        app.get("/admin/integrations").as_(&olga).send().await.is(200).has("Sensors").lacks(&secret);
        app.get("/admin/integrations").as_(&otto).send().await.is(200).lacks("Sensors");
        app.api("POST", &format!("/hooks/{secret}"), &serde_json::from_str(sample).unwrap()).send().await.is(202);
        assert_eq!(app.states().await, [("too hot".to_owned(), State::Firing)]);
        app.api("POST", &format!("/hooks/{secret}"), &json!({ "id": 7, "state": "OK" })).send().await.is(202);
        assert_eq!(app.states().await[0].1, State::Resolved);
        let closed: Vec<_> = fields.iter().copied().filter(|(n, _)| *n != "enabled").chain([("version", "1")]).collect();
        app.post_form(&to, &closed).as_(&otto).send().await.is(404);
        app.post_form(&to, &closed).as_(&olga).send().await.is(303);
        app.post_form(&to, &closed).as_(&olga).send().await.is(409).has("Sensors");
        app.api("POST", &format!("/hooks/{secret}"), &json!({})).send().await.is(404);
        for act in ["renew", "remove"] {
            app.post_form(&format!("{to}/{act}"), &[]).as_(&otto).send().await.is(404);
            app.post_form(&format!("{to}/{act}"), &[]).as_(&vera).send().await.is(403);
            app.post_form(&format!("{to}/{act}"), &[]).as_(&olga).send().await.is(303);
        }
        app.get(&to).as_(&olga).send().await.is(404);
        let audit = app.get("/audit?act=integration").as_(&app.admin().await).send().await;
        audit.is(200).has("integration.create").has("integration.edit").has("integration.renew").has("integration.remove").lacks(&secret);
    }

    async fn programs_open_ways_in(app: TestApp) {
        let (team, system) = app.team_with_system("gateway").await;
        let (other, theirs) = app.team_with_system("foreign").await;
        let rights = [Permission::Read, Permission::RouteAlerts];
        let olga = app.user("olga", &rights, Some(&team)).await;
        let otto = app.user("otto", &rights, Some(&other)).await;
        let vera = app.viewer("vera", &team).await;
        let body = json!({ "name": "Grafana", "kind": "grafana", "team": team, "system": system, "enabled": true });
        let post = async |body: &Value, who: &Actor| app.api("POST", "/api/v1/integrations", body).as_(who).send().await;
        post(&body, &vera).await.is(403);
        post(&body, &otto).await.is(422);
        let made = post(&body, &olga).await;
        let to = made.is(201).location().to_owned();
        post(&body, &olga).await.is(422).has("name");
        let mut wrong = body.clone();
        (wrong["name"], wrong["system"]) = (json!("B"), json!(theirs));
        post(&wrong, &olga).await.is(422).has("system");
        post(&json!({ "name": "C", "kind": "webhook", "team": team }), &olga).await.is(422).has("title");
        post(&json!({ "name": "C", "kind": "smoke", "team": team, "colour": "red" }), &olga).await.is(422).has("kind").has("colour");
        let one = app.get(&to).as_(&olga).send().await.is(200).json();
        let secret = one["secret"].as_str().unwrap().to_owned();
        assert_eq!((one["name"].as_str(), one["path"].as_str()), (Some("Grafana"), Some(format!("/hooks/{secret}").as_str())));
        let list = app.get("/api/v1/integrations").as_(&olga).send().await;
        assert_eq!(list.is(200).lacks(&secret).json().as_array().unwrap().len(), 1);
        assert_eq!(app.get("/api/v1/integrations").as_(&otto).send().await.is(200).json(), json!([]));
        app.get("/api/v1/integrations").as_(&vera).send().await.is(403);
        let sample = json!({ "kind": "pagerduty", "sample": event("x", "trigger", None).to_string() });
        let found = app.api("POST", "/api/v1/integrations/preview", &sample).as_(&olga).send().await.is(200).json();
        assert_eq!((found[0]["becomes"].as_str(), found[0]["severity"].as_str(), found[0]["labels"]["class"].as_str()), (Some("fires"), Some("P1"), Some("disk")));
        app.api("POST", "/api/v1/integrations/preview", &sample).as_(&vera).send().await.is(403);
        app.api("POST", "/api/v1/integrations/preview", &json!({ "kind": "grafana", "sample": "{}" })).as_(&olga).send().await.is(422).has("sample");
        let fresh = app.api("POST", &format!("{to}/secret"), &json!({})).as_(&olga).send().await.is(200).json();
        assert_ne!(fresh["secret"], secret.as_str());
        app.api("POST", &format!("/hooks/{secret}"), &grafana("firing")).send().await.is(404);
        let edited = json!({ "name": "Grafana", "kind": "grafana", "team": team, "enabled": true, "version": 1 });
        for (method, path, body) in [("PUT", to.clone(), &edited), ("POST", format!("{to}/secret"), &json!({})), ("DELETE", to.clone(), &json!({}))] {
            app.api(method, &path, body).as_(&otto).send().await.is(404);
            app.api(method, &path, body).as_(&vera).send().await.is(403);
        }
        app.api("PUT", &to, &edited).as_(&olga).send().await.is(204);
        app.api("PUT", &to, &edited).as_(&olga).send().await.is(409);
        assert_eq!(app.get(&to).as_(&olga).send().await.is(200).json()["system"], Value::Null);
        app.ask("DELETE", &to).as_(&olga).send().await.is(204);
        app.ask("DELETE", &to).as_(&olga).send().await.is(404);
    }
}

#[tokio::test]
async fn who_guesses_secrets_too_often_waits_and_who_knows_one_does_not() {
    let app = TestApp::with(backend::db::Kind::Sqlite, |settings| settings.limits.api_per_minute = 3).await;
    let (team, _) = app.team_with_system("gateway").await;
    let admin = app.admin().await;
    let (_, key) = app.way_in("pagerduty", &team, &[]).await;
    let (_, hook) = app.way_in("alertmanager", &team, &[]).await;
    let send = |key: &str, n: usize| app.api("POST", "/v2/enqueue", &event(key, "trigger", Some(&n.to_string())));
    let posts = || app.api("POST", "/api/v2/alerts", &json!([{ "labels": { "alertname": "Slow" } }]));
    // An alert a request, as fast as they come.
    for n in 0..10 {
        send(&key, n).send().await.is(202);
        app.api("POST", &format!("/hooks/{hook}"), &alertmanager("firing", "gateway", "other")).send().await.is(202);
        posts().as_(&admin).send().await.is(200);
    }
    assert_eq!(app.alerts().await.len(), 12);
    // Nobody known is counted as ever; so is all else.
    for _ in 0..3 {
        posts().send().await.is(401);
        app.get("/api/v2/status").as_(&admin).send().await.is(200);
    }
    posts().send().await.is(429);
    app.get("/api/v2/status").as_(&admin).send().await.is(429);
    // Guesses are counted by themselves, through both doors.
    app.api("POST", "/hooks/guess", &json!({})).send().await.is(404);
    send("guess", 0).send().await.is(400);
    let last = app.api("POST", "/hooks/guess", &json!({})).send().await;
    assert_eq!(last.is(404).header("ratelimit-remaining"), "0");
    for key in ["guess", key.as_str()] {
        assert_eq!(send(key, 11).send().await.is(429).header("retry-after"), "60");
    }
    app.advance(MINUTE);
    send(&key, 11).send().await.is(202);
}
