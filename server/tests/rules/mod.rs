//! Alert rules: judged with hysteresis, one alert per label set, unknown while their source is down, over when edited.

mod partial;
mod real;
mod severity;
mod told;
mod turns;
mod unusual;
mod weekly;
mod weeks;

use domain::{
    Actor, Permission,
    alerts::Severity,
    id::{RuleId, SourceId, SystemId},
    people::Locale,
    rules::Shown,
    time::{MINUTE, SECOND},
};
use serde_json::json;

use crate::{
    app::TestApp,
    monitors::target::{Reply, Server},
    pipeline::many::counted,
    sources::{alerts, fields, scene, source},
};

fn vector(values: &[(&str, &str)]) -> Reply {
    let result: Vec<_> = values
        .iter()
        .map(|(link, value)| json!({ "metric": { "__name__": "failing", "link": link }, "value": [1_741_932_000, value] }))
        .collect();
    let body = json!({ "status": "success", "data": { "resultType": "vector", "result": result } });
    Reply { body: body.to_string(), headers: "content-type: application/json\r\n".into(), ..Reply::status(200) }
}

async fn rule(app: &TestApp, editor: &Actor, pairs: &[(&str, &str)]) -> RuleId {
    app.portal.rules.create(editor, &fields(pairs)).await.expect("a rule")
}

async fn watching(app: &TestApp, editor: &Actor, system: &SystemId, id: &SourceId, more: &[(&str, &str)]) -> RuleId {
    let mut pairs = vec![
        ("name", "Failing"),
        ("system", system.as_str()),
        ("kind", "query"),
        ("source", id.as_str()),
        ("expr", "failing"),
        ("compare", "above"),
        ("fire", "10"),
        ("recover", "5"),
        ("annotations", "summary: {{ $labels.link }} fails {{ $value | humanize }}"),
        ("severity_steps", "> 100: P1"),
    ];
    pairs.retain(|(name, _)| more.iter().all(|(other, _)| other != name));
    pairs.extend(more);
    rule(app, editor, &pairs).await
}

/// One more evaluation, a minute later.
async fn minute(app: &TestApp) {
    app.advance(MINUTE);
    app.settle().await;
}

async fn shown(app: &TestApp, editor: &Actor, id: &RuleId) -> Shown {
    app.portal.rules.get(editor, id).await.unwrap().standing.shown
}

fn states(list: &[(String, String)]) -> Vec<(&str, &str)> {
    list.iter().map(|(title, state)| (title.as_str(), state.as_str())).collect()
}

both! {
    async fn each_label_set_is_an_alert_with_hysteresis(app: TestApp) {
        let server = Server::plain().await;
        let (_, system, editor) = scene(&app).await;
        let id = source(&app, &editor, &system, "query", &server.url("")).await;
        server.set(vector(&[("a", "11"), ("b", "7"), ("c", "200")]));
        let rule = watching(&app, &editor, &system, &id, &[]).await;
        app.settle().await;
        let mut found = alerts(&app, &editor).await;
        found.sort();
        assert_eq!(states(&found), [("a fails 11", "firing"), ("c fails 200", "firing")]);
        let list = app.get("/api/v1/alerts").as_(&editor).send().await.json();
        let of = |title: &str| list["items"].as_array().unwrap().iter().find(|alert| alert["title"] == title).unwrap().clone();
        assert_eq!((of("c fails 200")["severity"].as_str(), of("a fails 11")["severity"].as_str()), (Some("P1"), Some("P3")));
        assert_eq!((of("a fails 11")["labels"]["alertname"].as_str(), of("a fails 11")["labels"]["link"].as_str()), (Some("Failing"), Some("a")));
        // Between the thresholds each stays what it was.
        server.set(vector(&[("a", "7"), ("b", "7"), ("c", "4")]));
        minute(&app).await;
        let mut found = alerts(&app, &editor).await;
        found.sort();
        assert_eq!(states(&found), [("a fails 7", "firing"), ("c fails 4", "resolved")]);
        let page = app.get(&format!("/rules/{rule}")).as_(&editor).send().await;
        page.is(200).has("Bad above 10, good again at 5").has("link=a").has("rule-values");
        app.get("/rules").as_(&editor).in_(Locale::Zh).send().await.is(200).has("高于 10 为不良").has("成立");
        let values = app.get(&format!("/api/v1/rules/{rule}/values")).as_(&editor).send().await.json();
        assert_eq!((values[0]["least"].as_f64(), values[0]["most"].as_f64()), (Some(7.0), Some(200.0)));
    }

    /// Routes and silences that came over from elsewhere match what the rule says, not our word for how bad it is.
    async fn a_severity_that_a_rule_names_stays_as_it_is_written(app: TestApp) {
        let server = Server::plain().await;
        let (_, system, editor) = scene(&app).await;
        let id = source(&app, &editor, &system, "query", &server.url("")).await;
        let file = "route:\n  receiver: rest\n  routes:\n    - matchers: [severity=\"page\"]\n      receiver: pager\nreceivers:\n  - name: rest\n    team: true\n  - name: pager\n    team: true\n";
        let admin = app.admin().await;
        app.portal.routes.put(&admin, file, 0).await.unwrap();
        server.set(vector(&[("a", "11"), ("c", "200")]));
        let says = [("labels", "severity: page"), ("severity_label", "severity"), ("severity_steps", "> 100: P2")];
        watching(&app, &editor, &system, &id, &says).await;
        app.settle().await;
        let mut found = app.alerts().await;
        found.sort_by(|a, b| a.title.cmp(&b.title));
        let told: Vec<_> = found.iter().map(|alert| (alert.severity, alert.labels["severity"].as_str(), alert.labels.get("evenkeel_severity").map(String::as_str))).collect();
        assert_eq!(told, [(Severity::P1, "page", None), (Severity::P2, "page", Some("high"))]);
        let groups = app.portal.routes.groups(&admin).await.unwrap();
        assert!(!groups.is_empty() && groups.iter().all(|group| group.receiver == "pager"), "{groups:?}");
        let asked = app.portal.routes.what_if(&admin, "severity=\"page\"\nsystem=\"gateway\"", None).await.unwrap();
        assert_eq!((asked.labels["severity"].as_str(), asked.labels.contains_key("evenkeel_severity"), asked.reached[0].receiver.as_str()), ("page", false, "pager"));
    }

    async fn a_rule_on_a_source_that_is_down_is_unknown_and_keeps_what_it_fired(app: TestApp) {
        let server = Server::plain().await;
        let (_, system, editor) = scene(&app).await;
        let id = source(&app, &editor, &system, "query", &server.url("")).await;
        server.set(vector(&[("a", "11")]));
        let rule = watching(&app, &editor, &system, &id, &[]).await;
        watching(&app, &editor, &system, &id, &[("name", "Second"), ("fire", "1000"), ("recover", "")]).await;
        app.settle().await;
        server.set(Reply::status(502));
        for _ in 0..3 {
            minute(&app).await;
        }
        assert_eq!(shown(&app, &editor, &rule).await, Shown::Unknown);
        let mut found = alerts(&app, &editor).await;
        found.sort();
        // One alert on the source, none for each rule; what fired goes on firing.
        assert_eq!(states(&found), [("a fails 11", "firing"), ("metric source figures does not answer", "firing")]);
        app.get(&format!("/rules/{rule}")).as_(&editor).send().await.is(200).has("Nobody knows").has("status 502");
        server.set(vector(&[("a", "1")]));
        for _ in 0..2 {
            minute(&app).await;
        }
        assert_eq!(shown(&app, &editor, &rule).await, Shown::Quiet);
        assert!(alerts(&app, &editor).await.iter().all(|(_, state)| state == "resolved"));
    }

    async fn it_waits_for_it_to_last_and_keeps_firing_for_a_while(app: TestApp) {
        let server = Server::plain().await;
        let (_, system, editor) = scene(&app).await;
        let id = source(&app, &editor, &system, "query", &server.url("")).await;
        server.set(vector(&[("a", "11")]));
        watching(&app, &editor, &system, &id, &[("for", "2m"), ("keep", "3m")]).await;
        app.settle().await;
        assert_eq!(alerts(&app, &editor).await[0].1, "pending");
        minute(&app).await;
        assert_eq!(alerts(&app, &editor).await[0].1, "pending");
        minute(&app).await;
        assert_eq!(alerts(&app, &editor).await[0].1, "firing");
        server.set(vector(&[("a", "1")]));
        minute(&app).await;
        assert_eq!(alerts(&app, &editor).await[0].1, "recovering");
        for _ in 0..3 {
            minute(&app).await;
        }
        assert_eq!(alerts(&app, &editor).await[0].1, "resolved");
    }

    async fn no_data_means_what_was_chosen(app: TestApp) {
        let server = Server::plain().await;
        let (_, system, editor) = scene(&app).await;
        let id = source(&app, &editor, &system, "query", &server.url("")).await;
        server.set(vector(&[]));
        let keep = watching(&app, &editor, &system, &id, &[("name", "Keep")]).await;
        let alert = watching(&app, &editor, &system, &id, &[("name", "Alert"), ("no_data", "alert"), ("annotations", "")]).await;
        let good = watching(&app, &editor, &system, &id, &[("name", "Good"), ("no_data", "ok")]).await;
        app.settle().await;
        assert_eq!(shown(&app, &editor, &keep).await, Shown::NoData);
        assert_eq!(shown(&app, &editor, &alert).await, Shown::Holding);
        assert_eq!(shown(&app, &editor, &good).await, Shown::Quiet);
        assert_eq!(states(&alerts(&app, &editor).await), [("Alert", "firing")]);
        server.set(vector(&[("a", "1")]));
        minute(&app).await;
        assert_eq!(states(&alerts(&app, &editor).await), [("Alert", "resolved")]);
    }

    async fn what_holds_is_found_in_an_answer_of_any_length(app: TestApp) {
        let server = Server::plain().await;
        let (_, system, editor) = scene(&app).await;
        let id = source(&app, &editor, &system, "query", &server.url("")).await;
        let many: Vec<String> = (0..1_200).map(|n| format!("link-{n:04}")).collect();
        let mut values: Vec<_> = many.iter().map(|link| (link.as_str(), "1")).collect();
        values.push(("last", "11"));
        server.set(vector(&values));
        let rule = watching(&app, &editor, &system, &id, &[("no_data", "ok")]).await;
        app.settle().await;
        assert_eq!(states(&alerts(&app, &editor).await), [("last fails 11", "firing")]);
        let why = app.portal.rules.get(&editor, &rule).await.unwrap().standing.why;
        assert_eq!(why, "1201 label sets: 500 are looked at, 701 are left out");
        // It keeps firing for as long as it is in the answer, and is over when it is good.
        minute(&app).await;
        assert_eq!(states(&alerts(&app, &editor).await), [("last fails 11", "firing")]);
        values.pop();
        values.push(("last", "1"));
        server.set(vector(&values));
        minute(&app).await;
        assert_eq!(states(&alerts(&app, &editor).await), [("last fails 1", "resolved")]);
        let explored = app.get(&format!("/api/v1/sources/{id}/query?q=failing")).as_(&editor).send().await.is(200).json();
        assert_eq!((explored["series"].as_array().map(Vec::len), &explored["left_out"]), (Some(1_000), &json!(201)));
    }

    async fn editing_pausing_or_deleting_ends_what_it_fired(app: TestApp) {
        let server = Server::plain().await;
        let (_, system, editor) = scene(&app).await;
        let id = source(&app, &editor, &system, "query", &server.url("")).await;
        server.set(vector(&[("a", "11")]));
        let rule = watching(&app, &editor, &system, &id, &[]).await;
        app.settle().await;
        let form = app.get(&format!("/rules/{rule}/edit")).as_(&editor).send().await;
        form.is(200).has("{{ $labels.link }} fails");
        let edited = [
            ("name", "Failing"), ("system", system.as_str()), ("kind", "query"), ("source", id.as_str()), ("expr", "failing"),
            ("compare", "above"), ("fire", "50"), ("version", "1"),
        ];
        app.post_form(&format!("/rules/{rule}/edit"), &edited).as_(&editor).send().await.is(303);
        assert_eq!(alerts(&app, &editor).await[0].1, "resolved");
        // Twice the same version is an edit over somebody else's.
        app.post_form(&format!("/rules/{rule}/edit"), &edited).as_(&editor).send().await.is(409);
        server.set(vector(&[("a", "60")]));
        minute(&app).await;
        app.post_form(&format!("/rules/{rule}/pause"), &[]).as_(&editor).send().await.is(303);
        assert!(alerts(&app, &editor).await.iter().all(|(_, state)| state == "resolved"));
        app.post_form(&format!("/rules/{rule}/resume"), &[]).as_(&editor).send().await.is(303);
        app.settle().await;
        assert!(alerts(&app, &editor).await.iter().any(|(_, state)| state == "firing"));
        app.post_form(&format!("/rules/{rule}/delete"), &[("confirm", "Failing")]).as_(&editor).send().await.is(303);
        assert!(alerts(&app, &editor).await.iter().all(|(_, state)| state == "resolved"));
        app.get(&format!("/rules/{rule}")).as_(&editor).send().await.is(404);
    }

    /// In the one order in which all lock alerts, incidents and groups: one after another they would wait for whoever waits for them.
    async fn however_many_a_rule_has_fired_they_end_together(app: TestApp) {
        let server = Server::plain().await;
        let (_, system, editor) = scene(&app).await;
        let id = source(&app, &editor, &system, "query", &server.url("")).await;
        let mut counts = Vec::new();
        for many in [2, 40] {
            let links: Vec<String> = (0..many).map(|n| format!("link-{n}")).collect();
            let values: Vec<_> = links.iter().map(|link| (link.as_str(), "11")).collect();
            server.set(vector(&values));
            let rule = watching(&app, &editor, &system, &id, &[("for", "1h")]).await;
            app.settle().await;
            let lasting = alerts(&app, &editor).await.into_iter().filter(|(_, state)| state == "pending").count();
            assert_eq!(lasting, many, "none has an incident, which is closed by itself");
            counts.push(counted(async { app.portal.rules.delete(&editor, &rule).await.unwrap() }).await);
            assert!(alerts(&app, &editor).await.iter().all(|(_, state)| state == "resolved"));
        }
        assert_eq!(counts[0], counts[1], "statements for few and for many");
    }

    async fn why_tells_the_rule_as_it_was_after_its_edit_and_its_end(app: TestApp) {
        let server = Server::plain().await;
        let (_, system, editor) = scene(&app).await;
        let id = source(&app, &editor, &system, "query", &server.url("")).await;
        server.set(vector(&[("a", "11")]));
        let rule = watching(&app, &editor, &system, &id, &[("keep", "3m")]).await;
        app.settle().await;
        let alert = app.alerts().await.remove(0).id;
        let edited = [
            ("name", "Failing"), ("system", system.as_str()), ("kind", "query"), ("source", id.as_str()), ("expr", "failing * 2"),
            ("compare", "above"), ("fire", "50"), ("version", "1"),
        ];
        app.post_form(&format!("/rules/{rule}/edit"), &edited).as_(&editor).send().await.is(303);
        app.post_form(&format!("/rules/{rule}/delete"), &[("confirm", "Failing")]).as_(&editor).send().await.is(303);
        let why = app.get(&format!("/api/v1/alerts/{alert}/why")).as_(&editor).send().await.is(200).json();
        let said: Vec<String> =
            why["rule"].as_array().unwrap().iter().map(|term| format!("{}: {}", term["name"].as_str().unwrap(), term["value"].as_str().unwrap())).collect();
        let expected = ["reads: failing", "fires: > 10", "recovers: ≤ 5", "keep: 3 min", "every: 1 min", "no-data: keep"];
        assert_eq!(said, expected);
        assert!(why["value"].as_str().unwrap().contains("11"), "{why}");
        let page = app.get(&format!("/alerts/{alert}")).as_(&editor).in_(Locale::Zh).send().await;
        page.is(200).has("规则读取").has("&gt; 10").has("触发时所见");
    }

    async fn transactions_are_judged_and_tried_on_what_is_past(app: TestApp) {
        let (team, system, _) = scene(&app).await;
        let editor = app.user("ingrid", &[Permission::Read, Permission::EditMonitors, Permission::IngestTransactions], Some(&team)).await;
        let post = |minutes: i64, failed: usize| {
            let at = app.now().plus(-minutes * MINUTE).rfc3339();
            let lines: Vec<String> = (0..10)
                .map(|i| json!({ "time": at, "system": "gateway", "link": "bank", "code": if i < failed { "51" } else { "00" }, "latency_ms": 20 }).to_string())
                .collect();
            app.ask("POST", "/api/v1/transactions").header("content-type", "application/x-ndjson").body(lines.join("\n")).as_(&editor)
        };
        for (minutes, failed) in [(600, 0), (300, 9), (299, 9), (3, 8), (2, 8)] {
            let answer = post(minutes, failed).send().await;
            assert!(answer.status < 300, "{}", answer.body);
        }
        let fields = [
            ("name", "Success"), ("system", system.as_str()), ("kind", "transactions"), ("measure", "success"), ("over", "5m"),
            ("link", "bank"), ("compare", "below"), ("fire", "90"), ("recover", "95"), ("for", "0s"),
        ];
        let mut trying = fields.to_vec();
        trying.push(("act", "try"));
        let page = app.post_form("/rules/new", &trying).as_(&editor).send().await;
        // No value means "as it was": what was bad stays bad until a value says otherwise.
        page.is(200).has("It would have fired once").has("value=\"Success\"");
        assert!(app.portal.rules.list(&editor).await.unwrap().is_empty(), "trying saves nothing");
        app.post_form("/rules/new", &fields).as_(&editor).send().await.is(303);
        app.settle().await;
        let found = app.get("/api/v1/alerts").as_(&editor).send().await.json();
        assert_eq!(found["items"][0]["title"], "Success");
        assert_eq!(found["items"][0]["detail"], "value 20; bad where it is below 90");
        let alert = format!("/alerts/{}", found["items"][0]["id"].as_str().unwrap());
        app.get(&alert).as_(&editor).in_(domain::people::Locale::Zh).send().await.is(200).has("当前值 20，低于 90 即异常");
        let wrong = app.post_form("/rules/new", &[("name", "x"), ("kind", "transactions"), ("measure", "code"), ("compare", "below"), ("fire", "many")]).as_(&editor).send().await;
        wrong.is(422).has("field-code").has("field-fire").has("field-system").has("many");
    }

    async fn another_teams_rule_is_not_there(app: TestApp) {
        let (team, system, editor) = scene(&app).await;
        let id = source(&app, &editor, &system, "query", "http://127.0.0.1:9").await;
        let rule = watching(&app, &editor, &system, &id, &[]).await;
        let other = app.team("other").await;
        let theirs = app.system("theirs", &other).await;
        let stranger = app.user("sam", &[Permission::Read, Permission::EditMonitors], Some(&other)).await;
        for path in ["", "/edit"] {
            app.get(&format!("/rules/{rule}{path}")).as_(&stranger).send().await.is(404);
        }
        for act in ["edit", "pause", "resume", "delete"] {
            app.post_form(&format!("/rules/{rule}/{act}"), &[]).as_(&stranger).send().await.is(404);
        }
        for what in ["instances", "values"] {
            app.get(&format!("/api/v1/rules/{rule}/{what}")).as_(&stranger).send().await.is(404);
        }
        app.get("/rules").as_(&stranger).send().await.is(200).lacks("Failing");
        // Nor may a rule of theirs read a source of ours, or be about our system.
        let typed = |system: &SystemId| json!({ "name": "x", "system": system, "kind": "query", "source": id, "expr": "up", "compare": "present" });
        app.api("POST", "/api/v1/rules", &typed(&theirs)).as_(&stranger).send().await.is(422).has("\"source\"");
        app.api("POST", "/api/v1/rules", &typed(&system)).as_(&stranger).send().await.is(422).has("\"system\"");
        app.api("POST", "/api/v1/rules/preview", &typed(&theirs)).as_(&stranger).send().await.is(422);
        let viewer = app.viewer("vera", &team).await;
        app.get(&format!("/rules/{rule}")).as_(&viewer).send().await.is(200).lacks("/delete");
        app.post_form(&format!("/rules/{rule}/pause"), &[]).as_(&viewer).send().await.is(403);
    }

    async fn a_file_of_prometheus_rules_is_taken_over(app: TestApp) {
        let (_, system, editor) = scene(&app).await;
        let id = source(&app, &editor, &system, "query", "http://127.0.0.1:9").await;
        let yaml = "groups:\n- name: node\n  interval: 30s\n  rules:\n  - record: job:up:sum\n    expr: sum by (job) (up)\n  - alert: HostDown\n    \
                    expr: up{job=\"node\"} == 0\n    for: 5m\n    keep_firing_for: 10m\n    labels: {severity: critical, tier: 1}\n    annotations:\n      \
                    summary: '{{ $labels.instance }} is down'\n      odd: '{{ range query \"up\" }}x{{ end }}'\n";
        let import = |act: &'static str| {
            let fields = [("system", system.as_str()), ("source", id.as_str()), ("yaml", yaml), ("act", act)];
            app.post_form("/rules/import", &fields).as_(&editor)
        };
        import("").send().await.is(200).has("Nothing was changed yet").has("1 new, 0 changed, 0 as they were, 1 not carried over").has("recording rule");
        import("").in_(Locale::Zh).send().await.is(200).has("记录规则：请留在存储序列之处").has("未导入注释 odd：此处不认识 range");
        assert!(app.portal.rules.list(&editor).await.unwrap().is_empty());
        import("take").send().await.is(200).has("Taken over").has("annotation odd is left out");
        let rules = app.portal.rules.list(&editor).await.unwrap();
        let one = &rules[0];
        assert_eq!((one.name.as_str(), one.group.as_str(), one.for_s, one.keep_s, one.interval_s), ("HostDown", "node", 300, 600, 30));
        import("take").send().await.is(200).has("0 new, 0 changed, 1 as they were");
        let changed = json!({ "system": system, "source": id, "yaml": yaml.replace("5m", "6m"), "plan": false });
        let report = app.api("POST", "/api/v1/rules/import", &changed).as_(&editor).send().await.json();
        assert_eq!((&report["lines"][1]["fate"], &report["lines"][0]["notes"][0]), (&json!("update"), &json!("a recording rule: keep it where the series are stored")));
        // The same as Kubernetes keeps it, with keys after which nothing stands and a text of many lines.
        let resource = "apiVersion: monitoring.coreos.com/v1\nkind: PrometheusRule\nmetadata:\n  name: disks\nspec:\n  groups:\n    - name: disks\n      labels:\n      \
                        rules:\n        - alert: DiskFull\n          expr: |\n            disk_free\n              < 5\n          labels:\n          annotations:\n            \
                        description: |-\n              {{ $labels.disk }} at {{ printf \"%.1f\" $value }}\n                LABELS = {{ $labels }}\n    - name: empty\n      rules:\n";
        let given = json!({ "system": system, "source": id, "yaml": resource, "plan": false });
        let report = app.api("POST", "/api/v1/rules/import", &given).as_(&editor).send().await.is(200).json();
        assert_eq!((&report["lines"][0]["fate"], &report["lines"][0]["notes"]), (&json!("create"), &json!([])));
        let empty = json!({ "system": system, "source": id, "yaml": "rules: []", "plan": true });
        app.api("POST", "/api/v1/rules/import", &empty).as_(&editor).send().await.is(422).has("\"yaml\"");
        let broken = app.post_form("/rules/import", &[("system", system.as_str()), ("source", id.as_str()), ("yaml", "groups: [")]).as_(&editor).send().await;
        broken.is(422).has("groups: [");
    }

    async fn what_was_missed_is_counted_and_a_round_is_evaluated_once(app: TestApp) {
        let server = Server::plain().await;
        let (_, system, editor) = scene(&app).await;
        let id = source(&app, &editor, &system, "query", &server.url("")).await;
        server.set(vector(&[("a", "1")]));
        let rule = watching(&app, &editor, &system, &id, &[]).await;
        app.settle().await;
        let first = app.portal.rules.get(&editor, &rule).await.unwrap().standing;
        app.settle().await;
        assert_eq!(app.portal.rules.get(&editor, &rule).await.unwrap().standing, first);
        app.advance(10 * MINUTE + 5 * SECOND);
        app.settle().await;
        assert_eq!(app.portal.rules.get(&editor, &rule).await.unwrap().standing.missed, 9);
    }
}
