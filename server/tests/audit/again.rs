//! What is written again as it stands changes nothing, and leaves no row.

use domain::{
    Actor,
    time::{DAY, MINUTE, SECOND},
};
use serde_json::{Value, json};

use super::*;

async fn rows_so_far(app: &TestApp) -> i64 {
    sql("SELECT COUNT(*) FROM audit").count(&mut app.ctx.db.read().await.unwrap()).await.unwrap()
}

/// How many rows an act adds to the trail.
async fn rows_of(app: &TestApp, who: &Actor, (method, path): (&str, &str), body: &Value) -> i64 {
    let before = rows_so_far(app).await;
    let answer = app.api(method, path, body).as_(who).send().await;
    assert!(answer.status < 300, "{method} {path}: {} {}", answer.status, answer.body);
    rows_so_far(app).await - before
}

/// The version of a thing, which may stand beside what else is known of it.
fn version(known: &Value) -> Option<&Value> {
    let own = |known: &Value| known["version"].is_number();
    let place = if own(known) { known } else { known.as_object()?.values().find(|part| part.is_object() && own(part))? };
    Some(&place["version"])
}

/// Fields, each with another value.
type Edits = Vec<(&'static str, Value)>;

both! {
    async fn what_is_written_again_as_it_stands_leaves_no_row(app: TestApp) {
        let admin = app.admin().await;
        let team = app.team("payments").await;
        let system = app.system("gateway", &team).await;
        let source = json!({ "name": "figures", "system": system, "kind": "query", "url": "http://127.0.0.1:9", "interval": "15s" });
        let made = app.api("POST", "/api/v1/sources", &source).as_(&admin).send().await.is(201).json();
        let source_id = made["id"].as_str().expect("an id");
        let rule = json!({ "name": "Failing", "system": system, "kind": "query", "source": source_id, "expr": "up", "compare": "above", "fire": 10 });
        let objective = json!({
            "name": "Payments", "system": system, "kind": "query", "source": source_id, "target": 99, "days": 28,
            "good": "sum(increase(a[$window]))", "total": "sum(increase(b[$window]))",
        });
        // Where it is made, what is made, and what it is called after an edit.
        let things = [
            ("sources", json!({ "name": "page", "system": system, "kind": "scrape", "url": "http://127.0.0.1:9/metrics" }), "page 2"),
            ("rules", rule, "Failing more"),
            ("objectives", objective, "Payments succeed"),
            ("monitors", json!({ "name": "front", "system": system, "kind": "http", "url": "http://127.0.0.1:9/" }), "front door"),
            ("locations", json!({ "name": "far", "team": team }), "Frankfurt"),
            ("channels", json!({ "name": "hook", "kind": "webhook", "url": "http://127.0.0.1:9/", "team": "*", "events": ["alert.firing"], "enabled": true }), "hook 2"),
            ("integrations", json!({ "name": "Grafana", "kind": "grafana", "team": team, "enabled": true }), "Grafana 2"),
            ("views", json!({ "place": "changes", "name": "Ours", "query": "view=week" }), "Mine"),
            ("roles", json!({ "key": "night", "name": "Night", "name_zh": "夜班", "home": "/", "permissions": ["read"] }), "Night watch"),
        ];
        for (noun, mut body, renamed) in things {
            let made = app.api("POST", &format!("/api/v1/{noun}"), &body).as_(&admin).send().await;
            let path = made.is(201).location().to_owned();
            body["name"] = json!(renamed);
            let mut grown = Vec::new();
            for _ in 0..3 {
                grown.push(rows_of(&app, &admin, ("PUT", &path), &body).await);
            }
            assert_eq!(grown, [1, 0, 0], "{noun}");
        }
        let page = json!({ "slug": "pay", "title": "Payments", "team": team, "public": true, "components": ["Cards = gateway"] });
        let made = app.api("POST", "/api/v1/status-pages", &page).as_(&admin).send().await.is(201).json();
        let vera = app.viewer("vera", &team).await;
        let paths = [
            (format!("/api/v1/status-pages/{}", made["id"].as_str().expect("an id")), page, 0),
            (format!("/api/v1/users/{}", vera.user().expect("a person")), json!({ "name": "Vera V", "email": "v@example.org" }), 1),
            (format!("/api/v1/teams/{team}"), json!({ "key": "payments", "name": "Payments" }), 1),
        ];
        for (path, body, first) in paths {
            let grown = [rows_of(&app, &admin, ("PUT", &path), &body).await, rows_of(&app, &admin, ("PUT", &path), &body).await];
            assert_eq!(grown, [first, 0], "{path}");
        }
        // A merchant's record names the version that it was read as.
        let shop = json!({ "team": team, "name": "Corner shop" });
        assert_eq!(rows_of(&app, &admin, ("PUT", "/api/v1/merchants/M1"), &shop).await, 1);
        let again = json!({ "team": team, "name": "Corner shop", "version": 1 });
        assert_eq!(rows_of(&app, &admin, ("PUT", "/api/v1/merchants/M1"), &again).await, 0);
    }

    async fn an_edit_of_any_field_is_kept_and_leaves_one_row(app: TestApp) {
        let admin = app.admin().await;
        let team = app.team("payments").await;
        let system = app.system("gateway", &team).await;
        let asked = json!({ "name": "figures", "system": system, "kind": "query", "url": "http://127.0.0.1:9", "interval": "15s" });
        let made = app.api("POST", "/api/v1/sources", &asked).as_(&admin).send().await.is(201).json();
        let source = made["id"].as_str().expect("an id");
        let steps = |minutes: u32| json!([{ "after_min": minutes, "targets": [format!("team:{team}")] }]);
        let sections = |heading: &str| json!([{ "heading": heading, "required": true }]);
        let words = [
            ("labels", json!("tier: one")), ("annotations", json!("summary: Hot")), ("annotations_zh", json!("summary: 热")),
            ("runbook", json!("https://example.org/run")),
        ];
        let things: Vec<(&str, Value, Edits)> = vec![
            (
                "sources",
                json!({ "name": "page", "system": system, "kind": "scrape", "url": "http://127.0.0.1:9/metrics" }),
                vec![
                    ("url", json!("http://127.0.0.1:9/other")), ("interval", json!("45s")), ("timeout", json!("4s")),
                    ("accept_invalid", json!(true)), ("tenant", json!("ops")),
                ],
            ),
            (
                "rules",
                json!({ "name": "Failing", "system": system, "kind": "query", "source": source, "expr": "up", "compare": "above", "fire": 10 }),
                [
                    ("group", json!("ours")), ("expr", json!("up * 2")), ("fire", json!(12)), ("recover", json!(8)), ("for", json!("7m")),
                    ("keep", json!("3m")), ("interval", json!("2m")), ("no_data", json!("alert")), ("severity", json!("P2")),
                ].into_iter().chain(words.clone()).collect(),
            ),
            (
                "objectives",
                json!({
                    "name": "Payments", "system": system, "kind": "query", "source": source, "target": 99, "days": 28,
                    "good": "sum(increase(a[$window]))", "total": "sum(increase(b[$window]))",
                }),
                [
                    ("target", json!(99.5)), ("days", json!(14)), ("good", json!("sum(increase(c[$window]))")),
                    ("total", json!("sum(increase(d[$window]))")),
                ].into_iter().chain(words).collect(),
            ),
            (
                "monitors",
                json!({ "name": "front", "system": system, "kind": "http", "url": "http://127.0.0.1:9/" }),
                vec![
                    ("severity", json!("P3")), ("needed", json!(4)), ("hold", json!("50s")), ("recover", json!("70s")),
                    ("url", json!("http://127.0.0.1:9/x")), ("interval", json!("2m")), ("timeout", json!("7s")),
                ],
            ),
            (
                "channels",
                json!({ "name": "hook", "kind": "webhook", "url": "http://127.0.0.1:9/", "team": "*", "events": ["alert.firing"], "enabled": true }),
                vec![
                    ("url", json!("http://127.0.0.1:9/y")), ("team", json!(team)), ("events", json!(["alert.resolved"])), ("enabled", json!(false)),
                ],
            ),
            ("integrations", json!({ "name": "Grafana", "kind": "grafana", "team": team, "enabled": true }), vec![("enabled", json!(false))]),
            ("views", json!({ "place": "changes", "name": "Ours", "query": "view=week" }), vec![("query", json!("view=month"))]),
            (
                "roles",
                json!({ "key": "night", "name": "Night", "name_zh": "夜班", "home": "/", "permissions": ["read"] }),
                vec![("name_zh", json!("夜")), ("permissions", json!(["read", "monitors.edit"]))],
            ),
            (
                "silences",
                json!({ "matchers": ["system=gateway"], "team": team, "duration": "2h", "comment": "we know" }),
                vec![("comment", json!("we mend it")), ("duration", json!("3h"))],
            ),
            (
                "oncall/policies",
                json!({ "name": "Payments", "team": team, "steps": steps(0) }),
                vec![
                    ("name", json!("Nights")), ("steps", steps(5)), ("repeat", json!(4)), ("again_min", json!(17)), ("skip_empty", json!(true)),
                    ("default", json!(true)), ("systems", json!([system])),
                ],
            ),
            (
                "review-templates",
                json!({ "name": "Usual", "team": team, "severities": ["P2"], "sections": sections("What happened") }),
                vec![("name", json!("Ours")), ("severities", json!(["P3"])), ("sections", sections("Five whys"))],
            ),
            (
                "occasions",
                json!({ "kind": "payday", "name": "Wages", "first": "2025-03-31", "zone": "Europe/Berlin", "team": team }),
                vec![("name", json!("Pay")), ("kind", json!("holiday")), ("zone", json!("UTC")), ("first", json!("2025-04-01"))],
            ),
            (
                "tools",
                json!({ "name": "true", "team": "payments", "argv": ["true"], "parameters": [], "timeout_s": 5, "approval": true }),
                vec![("name", json!("false")), ("argv", json!(["false"])), ("timeout_s", json!(6)), ("approval", json!(false))],
            ),
            (
                "streams",
                json!({
                    "system": system, "key": "web", "name": "Web", "success_codes": ["2*"], "time": "date", "time_format": "epoch-s",
                    "code": "status",
                }),
                vec![
                    ("name", json!("Web shop")), ("success_codes", json!(["2*", "3*"])), ("currency", json!("CNY")), ("code", json!("answer")),
                    ("dimensions", json!(["device"])),
                ],
            ),
        ];
        let mut wrong = Vec::new();
        for (noun, mut body, fields) in things {
            let made = app.api("POST", &format!("/api/v1/{noun}"), &body).as_(&admin).send().await;
            let id = made.is(201).location().rsplit('/').next().expect("an id").to_owned();
            let path = format!("/api/v1/{noun}/{id}");
            for (field, value) in fields {
                body[field] = value;
                for rows in [1, 0] {
                    let known = app.get(&path).as_(&admin).send().await;
                    if let Some(version) = serde_json::from_str(&known.body).ok().as_ref().and_then(version) {
                        body["version"] = version.clone();
                    }
                    let before = rows_so_far(&app).await;
                    let answer = app.api("PUT", &path, &body).as_(&admin).send().await;
                    let grown = rows_so_far(&app).await - before;
                    if answer.status >= 300 || grown != rows {
                        wrong.push(format!("{noun}: {field}: {grown} rows for {rows}, {} {}", answer.status, answer.body));
                    }
                }
            }
        }
        assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    }

    async fn nobody_fills_the_trail_with_what_is_their_own(app: TestApp) {
        let team = app.team("payments").await;
        let vera = app.user("vera", &[Permission::Read], Some(&team)).await;
        let count = async || sql("SELECT COUNT(*) FROM audit").count(&mut app.ctx.db.read().await.unwrap()).await.unwrap();
        let profile = [("name", "Vera"), ("email", ""), ("locale", "en")];
        let begun = count().await;
        for _ in 0..3 {
            app.post_form("/profile", &profile).as_(&vera).send().await.is(303);
            assert_eq!(count().await, begun + 1);
        }
        let hook = json!({ "kind": "webhook", "name": "hook", "url": "http://127.0.0.1:9/x", "enabled": true });
        let made = app.api("POST", "/api/v1/contacts", &hook).as_(&vera).send().await.is(201).json();
        let path = format!("/api/v1/contacts/{}", made["id"].as_str().expect("an id"));
        // The first one is raised no further.
        assert_eq!(rows_of(&app, &vera, ("POST", &format!("{path}/raise")), &json!({})).await, 0);
        assert_eq!(rows_of(&app, &vera, ("PUT", &path), &hook).await, 0);
        // An address of one's own is made once a minute.
        assert_eq!(rows_of(&app, &vera, ("POST", "/api/v1/oncall/feed"), &json!({})).await, 1);
        // Pressing twice means one.
        let address = async || app.get("/api/v1/oncall/feed").as_(&vera).send().await.is(200).json();
        let first = address().await;
        assert_eq!(rows_of(&app, &vera, ("POST", "/api/v1/oncall/feed"), &json!({})).await, 0);
        assert_eq!(address().await, first);
        app.advance(10 * SECOND);
        let before = count().await;
        let soon = app.api("POST", "/api/v1/oncall/feed", &json!({})).as_(&vera).send().await;
        assert_eq!(soon.is(429).header("retry-after"), "50");
        assert_eq!(count().await, before);
        app.advance(MINUTE);
        assert_eq!(rows_of(&app, &vera, ("POST", "/api/v1/oncall/feed"), &json!({})).await, 1);
        // Made before the clock was set back.
        app.advance(-DAY);
        assert_eq!(rows_of(&app, &vera, ("POST", "/api/v1/oncall/feed"), &json!({})).await, 1);
    }
}
