//! Metric sources: asked when due, one alert when down, chosen series kept and rolled up, questions passed on, secrets kept.

mod leaving;
pub mod real;

use std::sync::Arc;

use backend::egress::{Egress, NameResolver};
use domain::{
    Actor, Permission, Span,
    form::Typed,
    id::{SourceId, SystemId, TeamId},
    people::Locale,
    sources::Health,
    time::{MINUTE, SECOND},
};
use serde_json::json;

use crate::{
    app::TestApp,
    monitors::target::{Reply, Server},
};

pub fn fields(pairs: &[(&str, &str)]) -> Typed {
    Typed::from_pairs(pairs.iter().map(|(n, v)| ((*n).to_owned(), (*v).to_owned())))
}

/// A team, its system, and somebody who may edit there.
pub async fn scene(app: &TestApp) -> (TeamId, SystemId, Actor) {
    let team = app.team("payments").await;
    let system = app.system("gateway", &team).await;
    let editor = app.user("edith", &[Permission::Read, Permission::EditMonitors], Some(&team)).await;
    (team, system, editor)
}

pub async fn source(app: &TestApp, editor: &Actor, system: &SystemId, kind: &str, url: &str) -> SourceId {
    let typed = fields(&[("name", "figures"), ("system", system.as_str()), ("kind", kind), ("url", url), ("interval", "15s")]);
    app.portal.sources.create(editor, &typed).await.expect("a source")
}

/// A way out that reaches this machine.
pub fn egress() -> Egress {
    let allow = backend::egress::Settings { allow: vec!["127.0.0.0/8".parse().unwrap()], roots: Vec::new() };
    Egress::new(allow, Arc::new(NameResolver::of_the_system())).unwrap()
}

fn page(body: &str) -> Reply {
    Reply { body: body.to_owned(), headers: "content-type: text/plain; version=0.0.4\r\n".into(), ..Reply::status(200) }
}

fn answer(body: &serde_json::Value) -> Reply {
    Reply { body: body.to_string(), headers: "content-type: application/json\r\n".into(), ..Reply::status(200) }
}

/// Titles and states of the alerts there are.
pub async fn alerts(app: &TestApp, actor: &Actor) -> Vec<(String, String)> {
    let list = app.get("/api/v1/alerts?state=pending&state=firing&state=recovering&state=resolved").as_(actor).send().await.json();
    let text = |alert: &serde_json::Value, name: &str| alert[name].as_str().unwrap_or_default().to_owned();
    list["items"].as_array().expect("alerts").iter().map(|alert| (text(alert, "title"), text(alert, "state"))).collect()
}

const PAGE: &str = "# TYPE orders counter\n# HELP orders Orders taken\norders{link=\"a\"} 10\norders{link=\"b\"} 100\n# TYPE queue gauge\nqueue 7\nodd NaN\n";

both! {
    async fn what_was_chosen_is_kept_and_counters_become_rates(app: TestApp) {
        let server = Server::plain().await;
        server.set(page(PAGE));
        let (_, system, editor) = scene(&app).await;
        let id = source(&app, &editor, &system, "scrape", &server.url("/metrics")).await;
        app.settle().await;
        let found = app.portal.sources.get(&editor, &id).await.unwrap();
        assert_eq!((found.standing.health, found.standing.samples, server.hits()), (Health::Up, Some(4), 1));
        assert!(server.request.lock().unwrap().contains("application/openmetrics-text"));
        let offered = app.portal.sources.catalogue(&editor, &id).await.unwrap().unwrap();
        assert_eq!(offered.metrics.iter().map(|m| (m.name.as_str(), m.series)).collect::<Vec<_>>(), [("odd", 1), ("orders", 2), ("queue", 1)]);
        app.get(&format!("/sources/{id}/choose")).as_(&editor).send().await.is(200).has("Orders taken").has("its rate is kept");
        let chosen = app.post_form(&format!("/sources/{id}/choose"), &[("metric", "queue"), ("selectors", "orders{link=\"a\"}\r\n")]).as_(&editor).send().await;
        chosen.is(303);
        for orders in [20, 35] {
            app.settle().await;
            app.advance(15 * SECOND);
            server.set(page(&PAGE.replace("link=\"a\"} 10", &format!("link=\"a\"}} {orders}"))));
        }
        app.settle().await;
        let kept = app.portal.sources.kept(&editor, &id).await.unwrap();
        let standing = app.portal.sources.get(&editor, &id).await.unwrap().standing;
        assert_eq!((standing.trouble.as_str(), standing.asked_at, server.hits()), ("", Some(app.now()), 4));
        let shown: Vec<_> = kept.iter().map(|one| (one.title(), one.counts, one.last)).collect();
        assert_eq!(shown, [("orders{link=\"a\"}".to_owned(), true, Some(1.0)), ("queue".to_owned(), false, Some(7.0))]);
        let span = Span { from: app.now().plus(-MINUTE), to: app.now().plus(1) };
        let series = app.portal.sources.series(&editor, &id, &[kept[0].id.clone(), kept[1].id.clone()], span).await.unwrap();
        let point = series[0].points.iter().fold((0, 0.0), |(count, sum), p| (count + p.count, sum + p.sum));
        assert_eq!(point.0, 2, "the first reading of a counter gives no rate");
        assert!((point.1 - (10.0 / 15.0 + 1.0)).abs() < 1e-9, "{point:?}");
        assert_eq!(series[1].points.iter().map(|p| (p.min, p.max, p.last)).next(), Some((7.0, 7.0, 7.0)));
        app.get(&format!("/sources/{id}")).as_(&editor).send().await.is(200).has("orders{link=").has("1/s");
        app.get(&format!("/sources/{id}")).as_(&editor).in_(Locale::Zh).send().await.is(200).has("留存内容");
        // What is not chosen any more is forgotten.
        app.api("PUT", &format!("/api/v1/sources/{id}/series"), &json!({ "metric": ["queue"] })).as_(&editor).send().await.is(200);
        assert_eq!(app.portal.sources.kept(&editor, &id).await.unwrap().len(), 1);
    }

    async fn a_source_that_is_down_is_one_alert_that_ends(app: TestApp) {
        let server = Server::plain().await;
        server.set(Reply::status(500));
        let (_, system, editor) = scene(&app).await;
        let id = source(&app, &editor, &system, "scrape", &server.url("/metrics")).await;
        app.settle().await;
        assert_eq!(alerts(&app, &editor).await, [("metric source figures does not answer".to_owned(), "pending".to_owned())]);
        app.get("/sources").as_(&editor).send().await.is(200).has("does not answer").has("status 500, expected 200");
        for _ in 0..3 {
            app.advance(15 * SECOND);
            app.settle().await;
        }
        assert_eq!(alerts(&app, &editor).await[0].1, "firing");
        // A page that is cut off gives no value at all.
        server.set(page("queue 7\nqueue2 1"));
        app.advance(15 * SECOND);
        app.settle().await;
        let found = app.portal.sources.get(&editor, &id).await.unwrap();
        assert_eq!(found.standing.trouble, "line 2: the page ends within this line");
        app.get("/sources").as_(&editor).in_(Locale::Zh).send().await.is(200).has("第 2 行：页面在该行中途结束");
        server.set(page(PAGE));
        app.advance(15 * SECOND);
        app.settle().await;
        assert_eq!(alerts(&app, &editor).await[0].1, "recovering");
        app.advance(30 * SECOND);
        app.settle().await;
        assert_eq!(alerts(&app, &editor).await[0].1, "resolved");
        assert_eq!(alerts(&app, &editor).await.len(), 1);
    }

    async fn pausing_or_deleting_a_source_ends_its_alert(app: TestApp) {
        let (_, system, editor) = scene(&app).await;
        let down = "http://127.0.0.1:9/metrics";
        let (first, second) = (source(&app, &editor, &system, "scrape", down).await, source(&app, &editor, &system, "query", down).await);
        for _ in 0..4 {
            app.settle().await;
            app.advance(15 * SECOND);
        }
        let states = |list: Vec<(String, String)>| list.into_iter().map(|(_, state)| state).collect::<Vec<_>>();
        assert_eq!(states(alerts(&app, &editor).await), ["firing", "firing"]);
        app.post_form(&format!("/sources/{first}/pause"), &[]).as_(&editor).send().await.is(303);
        app.post_form(&format!("/sources/{second}/delete"), &[("confirm", "figures!")]).as_(&editor).send().await.is(422);
        app.post_form(&format!("/sources/{second}/delete"), &[("confirm", "figures")]).as_(&editor).send().await.is(303);
        assert_eq!(states(alerts(&app, &editor).await), ["resolved", "resolved"]);
        app.settle().await;
        assert_eq!(app.portal.sources.get(&editor, &first).await.unwrap().standing.health, Health::Paused);
        app.get(&format!("/sources/{second}")).as_(&editor).send().await.is(404);
    }

    async fn questions_are_passed_on_with_tenant_and_credentials(app: TestApp) {
        let server = Server::plain().await;
        let (_, system, editor) = scene(&app).await;
        let typed = fields(&[
            ("name", "mimir"), ("system", system.as_str()), ("kind", "query"), ("url", &server.url("/prometheus/")),
            ("tenant", "payments"), ("auth", "basic"), ("user", "reader"), ("secret", "canary!5e2"),
        ]);
        let id = app.portal.sources.create(&editor, &typed).await.unwrap();
        server.set(answer(&json!({ "status": "success", "data": { "resultType": "matrix", "result":
            [{ "metric": { "__name__": "up", "job": "<b>" }, "values": [[1_741_931_000, "1"], [1_741_931_060, "0"]] }] } })));
        let page = app.get(&format!("/sources/{id}/query?q=up%7Bjob%3D%22x%22%7D&mode=range")).as_(&editor).send().await;
        page.is(200).has("up{job=\"&lt;b&gt;").lacks("\"<b>").lacks("canary!5e2");
        let request = server.request.lock().unwrap().clone();
        assert!(request.starts_with("POST /prometheus/api/v1/query_range "), "{request}");
        assert!(request.contains("x-scope-orgid: payments") && request.contains("authorization: Basic cmVhZGVyOmNhbmFyeSE1ZTI="), "{request}");
        // The source says that the question is wrong: what was typed is kept.
        server.set(Reply { status: 400, ..answer(&json!({ "status": "error", "errorType": "bad_data", "error": "1:4: parse error" })) });
        let page = app.get(&format!("/sources/{id}/query?q=sum%28&mode=instant")).as_(&editor).send().await;
        page.is(422).has("bad_data: 1:4: parse error").has("sum(</textarea>");
        let api = app.get(&format!("/api/v1/sources/{id}/query?q=sum%28")).as_(&editor).send().await;
        api.is(422).has("parse error");
        server.set(Reply::status(502));
        app.get(&format!("/api/v1/sources/{id}/query?q=up")).as_(&editor).send().await.is(503);
        // The secret does not go to another host unasked, nor into any answer.
        let moved = json!({ "name": "mimir", "system": system, "kind": "query", "url": "http://elsewhere.example/", "auth": "basic", "user": "reader" });
        app.api("PUT", &format!("/api/v1/sources/{id}"), &moved).as_(&editor).send().await.is(422).has("\"secret\"");
        let same = json!({ "name": "mimir 2", "system": system, "kind": "query", "url": server.url("/other"), "auth": "basic", "user": "reader" });
        app.api("PUT", &format!("/api/v1/sources/{id}"), &same).as_(&editor).send().await.is(200).has("mimir 2").lacks("canary");
        app.get(&format!("/sources/{id}/edit")).as_(&editor).send().await.is(200).lacks("canary");
    }

    async fn another_teams_source_is_not_there(app: TestApp) {
        let (_, system, editor) = scene(&app).await;
        let id = source(&app, &editor, &system, "scrape", "http://127.0.0.1:9/").await;
        let other = app.team("other").await;
        let stranger = app.user("sam", &[Permission::Read, Permission::EditMonitors], Some(&other)).await;
        for path in ["", "/edit", "/choose", "/query"] {
            app.get(&format!("/sources/{id}{path}")).as_(&stranger).send().await.is(404);
        }
        for act in ["edit", "choose", "ask", "pause", "resume", "delete"] {
            app.post_form(&format!("/sources/{id}/{act}"), &[]).as_(&stranger).send().await.is(404);
        }
        app.get("/sources").as_(&stranger).send().await.is(200).lacks("figures");
        app.get(&format!("/api/v1/sources/{id}/query?q=up")).as_(&stranger).send().await.is(404);
        let typed = json!({ "name": "x", "system": system, "kind": "scrape", "url": "http://x.example/" });
        app.api("POST", "/api/v1/sources", &typed).as_(&stranger).send().await.is(422).has("system");
        let viewer = app.viewer("vera", &app.portal.sources.get(&editor, &id).await.unwrap().system.team).await;
        // It is asked with the source's own credential: whoever only reads sees its rules, and asks nothing.
        for path in [format!("/sources/{id}/query?q=up"), format!("/api/v1/sources/{id}/query?q=up")] {
            app.get(&path).as_(&viewer).send().await.is(403);
        }
        app.get(&format!("/sources/{id}")).as_(&viewer).send().await.is(200).lacks("/delete");
        app.post_form(&format!("/sources/{id}/ask"), &[]).as_(&viewer).send().await.is(403);
        // Everything that is wrong is said at once, and what was typed is kept.
        let form = app.post_form("/sources/new", &[("name", ""), ("kind", "scrape"), ("url", "node:9100"), ("interval", "1s")]).as_(&editor).send().await;
        form.is(422).has("node:9100").has("field-url").has("field-interval").has("field-system");
        // The kind that the page asks cannot be asked a question, nor the other way round.
        app.get(&format!("/api/v1/sources/{id}/query?q=up")).as_(&editor).send().await.is(409);
    }

    async fn a_question_is_put_by_whoever_edits_monitors_in_the_sources_own_team(app: TestApp) {
        let server = Server::plain().await;
        server.set(answer(&json!({ "status": "success", "data": { "resultType": "vector", "result": [] } })));
        let (team, system, editor) = scene(&app).await;
        let id = source(&app, &editor, &system, "query", &server.url("")).await;
        let other = app.team("other").await;
        let theirs = app.system("shop", &other).await;
        // Edits monitors elsewhere, and reads here.
        let mut guest = app.user("gus", &[Permission::Read, Permission::EditMonitors], Some(&other)).await;
        guest.grants.teams.insert(team.clone(), [Permission::Read].into_iter().collect());
        for path in [format!("/sources/{id}/query?q=up&mode=instant"), format!("/api/v1/sources/{id}/query?q=up")] {
            app.get(&path).as_(&guest).send().await.is(403);
            app.get(&path).as_(&editor).send().await.is(200);
        }
        let asked = server.hits();
        app.get(&format!("/sources/{id}")).as_(&guest).send().await.is(200).lacks(&format!("/sources/{id}/query"));
        // Nor by way of a rule, a trial of one, a file of rules or an objective of their own.
        let rule = |name: &str| json!({
            "name": name, "system": theirs, "kind": "query", "source": id, "expr": "up", "compare": "above", "fire": 10, "version": 1,
        });
        let objective = json!({
            "name": "Theirs", "system": theirs, "kind": "query", "source": id, "target": 99, "days": 28,
            "good": "sum(increase(a[$window]))", "total": "sum(increase(b[$window]))",
        });
        for (path, body) in [("/api/v1/rules", rule("Theirs")), ("/api/v1/rules/preview", rule("Theirs")), ("/api/v1/objectives", objective)] {
            app.api("POST", path, &body).as_(&guest).send().await.is(422).has("\"source\"").has("of a team in which you may edit monitors");
        }
        let yaml = "groups: [{ name: g, rules: [{ alert: Up, expr: up > 1 }] }]";
        let file = [("system", theirs.as_str()), ("source", id.as_str()), ("yaml", yaml), ("act", "take")];
        app.post_form("/rules/import", &file).as_(&guest).send().await.is(422);
        app.get("/rules/new?kind=query").as_(&guest).send().await.is(200).lacks(id.as_str());
        assert_eq!(server.hits(), asked, "nothing was asked");
        // A rule that asks already goes on, and may be edited as long as it asks the same.
        guest.grants.teams.insert(team.clone(), [Permission::Read, Permission::EditMonitors].into_iter().collect());
        let made = app.api("POST", "/api/v1/rules", &rule("Theirs")).as_(&guest).send().await.is(201).json();
        guest.grants.teams.insert(team, [Permission::Read].into_iter().collect());
        let path = format!("/api/v1/rules/{}", made["id"].as_str().expect("an id"));
        app.api("PUT", &path, &rule("Renamed")).as_(&guest).send().await.is(200).has("Renamed");
        // What may be saved may be tried; another question may not.
        server.set(answer(&json!({ "status": "success", "data": { "resultType": "matrix", "result": [] } })));
        let form = format!("{}/edit", path.replace("/api/v1/", "/"));
        let fields = |expr: &'static str| [
            ("name", "Renamed"), ("system", theirs.as_str()), ("kind", "query"), ("source", id.as_str()), ("expr", expr), ("compare", "above"),
            ("fire", "12"), ("version", "2"), ("act", "try"),
        ];
        app.post_form(&form, &fields("up * 2")).as_(&guest).send().await.is(422).has("of a team in which you may edit monitors");
        assert_eq!(server.hits(), asked, "nothing was asked");
        app.post_form(&form, &fields("up")).as_(&guest).send().await.is(200);
        assert!(server.hits() > asked);
        let tried = format!("/api/v1/rules/preview?rule={}", made["id"].as_str().expect("an id"));
        app.api("POST", &tried, &rule("Renamed")).as_(&guest).send().await.is(200);
        let mut more = rule("Renamed");
        (more["expr"], more["version"]) = (json!("up * 2"), json!(2));
        app.api("PUT", &path, &more).as_(&guest).send().await.is(422).has("\"source\"");
    }

    async fn a_source_is_asked_once_a_round_and_what_was_missed_is_counted(app: TestApp) {
        let server = Server::plain().await;
        server.set(page(PAGE));
        let (_, system, editor) = scene(&app).await;
        let id = source(&app, &editor, &system, "scrape", &server.url("/metrics")).await;
        app.settle().await;
        app.settle().await;
        assert_eq!(server.hits(), 1, "twice in the same moment is once");
        app.advance(10 * MINUTE);
        app.settle().await;
        let found = app.portal.sources.get(&editor, &id).await.unwrap();
        assert_eq!((server.hits(), found.standing.missed), (2, 39));
        app.advance(15 * SECOND);
        app.settle().await;
        assert_eq!(server.hits(), 3);
        let asked = app.post_form(&format!("/sources/{id}/ask"), &[]).as_(&editor).send().await;
        asked.is(303);
        assert_eq!(server.hits(), 4);
    }
}
