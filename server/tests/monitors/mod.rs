//! Monitors: real servers on loopback, the scheduler driven by hand, on both databases.

mod authority;
mod blackbox;
mod counterparts;
mod doubt;
mod egress;
mod engine;
mod import;
mod kinds;
mod locations;
mod maintained;
mod phases;
mod recurring;
mod resolver;
pub mod target;

use std::time::Duration;

use backend::db::sql;
use domain::{
    Actor, Fault, PageRequest, Permission, Span,
    form::Typed,
    id::{MonitorId, SystemId},
    monitors::{Filter, Monitor, Reason, Resolution, Shown, State, Verdict},
    time::{DAY, HOUR, MINUTE, SECOND},
};

use crate::app::TestApp;
use target::{Reply, Server};

fn fields(pairs: &[(&str, &str)]) -> Typed {
    Typed::from_pairs(pairs.iter().map(|(n, v)| ((*n).to_owned(), (*v).to_owned())))
}

/// A system of a team, somebody who may edit its monitors, and an HTTP monitor every 10 s, two in a row.
async fn scene(app: &TestApp, url: &str, more: &[(&str, &str)]) -> (SystemId, Actor, MonitorId) {
    let team = app.team("payments").await;
    let system = app.system("gateway", &team).await;
    let editor = app.user("eda", &[Permission::Read, Permission::EditMonitors], Some(&team)).await;
    let mut typed = fields(&[("name", "front"), ("system", system.as_str()), ("kind", "http"), ("url", url), ("interval", "10")]);
    for (name, value) in more {
        typed.set(*name, value);
    }
    let id = app.portal.monitors.create(&editor, &typed).await.expect("a monitor");
    (system, editor, id)
}

async fn monitor(app: &TestApp, actor: &Actor, id: &MonitorId) -> Monitor {
    app.portal.monitors.get(actor, id).await.expect("the monitor")
}

async fn round(app: &TestApp) {
    app.advance(10 * SECOND);
    app.settle().await;
}

/// How many monitors say that something is wrong, and are not kept quiet.
async fn firing(app: &TestApp) -> i64 {
    let mut conn = app.ctx.db.read().await.expect("a connection");
    let told = "SELECT COUNT(*) FROM alerts WHERE source_kind = 'monitor' AND holds = 1 AND suppressed = '[]'";
    sql(told).count(&mut conn).await.expect("a count")
}

both! {
    async fn values_of_headers_are_shown_to_editors_only(app: TestApp) {
        let (_, editor, id) = scene(&app, "https://example.org/", &[("headers", "X-Api-Key: hunter2-hunter2")]).await;
        let viewer = app.user("vera", &[Permission::Read], None).await;
        for path in [format!("/api/v1/monitors/{id}"), "/api/v1/monitors".to_owned(), format!("/monitors/{id}"), "/monitors".to_owned()] {
            let answer = app.get(&path).as_(&viewer).send().await;
            assert_eq!(answer.status, 200, "{path}");
            assert!(!answer.body.contains("hunter2"), "{path}");
            assert!(!path.contains("/api/") || answer.body.contains("X-Api-Key"), "{path}");
        }
        let answer = app.get(&format!("/api/v1/monitors/{id}")).as_(&editor).send().await;
        assert!(answer.body.contains("hunter2-hunter2"));
    }

    async fn a_flapping_server_moves_the_state_only_after_enough_in_a_row(app: TestApp) {
        let server = Server::plain().await;
        let (_, editor, id) = scene(&app, &server.url("/health"), &[]).await;
        assert_eq!(monitor(&app, &editor, &id).await.shown, Shown::New);
        app.settle().await;
        assert_eq!((monitor(&app, &editor, &id).await.shown, server.hits()), (Shown::Up, 1));
        for status in [503, 200, 503, 200] {
            server.set(Reply::status(status));
            round(&app).await;
            assert_eq!(monitor(&app, &editor, &id).await.shown, Shown::Up, "{status}");
        }
        assert_eq!(server.hits(), 5, "exactly one check in every interval");
        assert_eq!(firing(&app).await, 0);
        server.set(Reply::status(503));
        round(&app).await;
        round(&app).await;
        let down = monitor(&app, &editor, &id).await;
        assert_eq!((down.shown, down.standing.last.unwrap().reason), (Shown::Down, Reason::Status));
        assert_eq!(firing(&app).await, 1, "the alert is told in the same transaction");
        server.set(Reply::status(204));
        round(&app).await;
        round(&app).await;
        assert_eq!(monitor(&app, &editor, &id).await.shown, Shown::Up);
        assert_eq!(firing(&app).await, 0);
    }

    async fn roll_ups_are_exact(app: TestApp) {
        let server = Server::plain().await;
        let (system, editor, id) = scene(&app, &server.url("/"), &[]).await;
        let begin = app.now();
        app.settle().await;
        for i in 1..=30 {
            server.set(Reply::status(if i % 3 == 0 { 500 } else { 200 }));
            round(&app).await;
        }
        let span = Span { from: begin.floor(MINUTE), to: app.now().plus(1) };
        let series = app.portal.monitors.series(&editor, &id, span).await.unwrap();
        assert_eq!(series.resolution, Resolution::Minute);
        assert_eq!((series.total.count, series.total.failures, series.total.unknown), (31, 10, 0));
        assert!(series.points.iter().filter(|p| p.cell.count > 0).all(|p| p.min_us <= p.p50_us && p.p50_us <= p.p99_us && p.p99_us <= p.max_us));
        for resolution in Resolution::ALL {
            let mut conn = app.ctx.db.read().await.unwrap();
            let sum = sql("SELECT CAST(SUM(checks * 1000 + failures) AS BIGINT) FROM monitor_rollups WHERE width = $1")
                .value(resolution.width_ms()).count(&mut conn).await.unwrap();
            assert_eq!(sum, 31_010, "{resolution}");
            let latency = sql("SELECT CAST(SUM(sum_us) AS BIGINT) FROM monitor_rollups WHERE width = $1")
                .value(resolution.width_ms()).count(&mut conn).await.unwrap();
            let raw = sql("SELECT CAST(SUM(latency_us) AS BIGINT) FROM monitor_results").count(&mut conn).await.unwrap();
            assert_eq!(latency, raw, "{resolution}");
        }
        let mut conn = app.ctx.db.read().await.unwrap();
        let end = app.now().floor(HOUR).plus(HOUR);
        let strips = backend::monitors::strips(&mut conn, std::slice::from_ref(&system), Span { from: end.plus(-DAY), to: end }, 24).await.unwrap();
        assert_eq!((strips[0].1.len(), strips[0].1[23].cell.count, strips[0].1[0].cell.count), (24, 31, 0));
        let results = app.portal.monitors.results(&editor, &id, &PageRequest { after: None, limit: 20 }).await.unwrap();
        assert_eq!(results.items.len(), 20);
        let rest = app.portal.monitors.results(&editor, &id, &PageRequest { after: results.next, limit: 20 }).await.unwrap();
        assert_eq!((rest.items.len(), rest.next), (11, None));
    }

    async fn the_reason_says_what_was_wrong(app: TestApp) {
        let server = Server::plain().await;
        let (system, editor, id) = scene(&app, &server.url("/"), &[("match", "contains"), ("match_text", "well"), ("timeout", "1"), ("needed", "1")]).await;
        app.settle().await;
        assert_eq!(monitor(&app, &editor, &id).await.shown, Shown::Up);
        server.set(Reply { body: "out of order".into(), ..Reply::status(200) });
        round(&app).await;
        let last = |monitor: Monitor| monitor.standing.last.unwrap();
        assert_eq!(last(monitor(&app, &editor, &id).await).reason, Reason::Body);
        server.set(Reply { delay: Duration::from_secs(3), ..Reply::status(200) });
        round(&app).await;
        let slow = last(monitor(&app, &editor, &id).await);
        assert_eq!((slow.verdict, slow.reason, slow.detail.as_str()), (Verdict::Down, Reason::Timeout, "first-byte"));
        let typed = fields(&[("name", "closed"), ("system", system.as_str()), ("kind", "http"), ("url", "http://127.0.0.1:1/"), ("needed", "1")]);
        let closed = app.portal.monitors.create(&editor, &typed).await.unwrap();
        let typed = fields(&[("name", "inside"), ("system", system.as_str()), ("kind", "http"), ("url", "http://169.254.169.254/"), ("needed", "1")]);
        let inside = app.portal.monitors.create(&editor, &typed).await.unwrap();
        app.settle().await;
        assert_eq!(last(monitor(&app, &editor, &closed).await).reason, Reason::Connect);
        let inside = monitor(&app, &editor, &inside).await;
        assert_eq!((inside.shown, last(inside).reason), (Shown::Unknown, Reason::RefusedAddress));
        assert_eq!(firing(&app).await, 2, "what is unknown fires nothing");
    }

    async fn a_certificate_that_ends_soon_is_down(app: TestApp) {
        let (server, _) = Server::tls(app.now().plus(5 * DAY).0 / 1_000).await;
        let url = format!("https://{}/", server.address);
        let (_, editor, id) = scene(&app, &url, &[("tls_days", "14"), ("accept_invalid", "on"), ("needed", "1")]).await;
        app.settle().await;
        let standing = monitor(&app, &editor, &id).await.standing;
        assert_eq!((standing.state, standing.last.unwrap().reason), (State::Down, Reason::Expiry));
    }

    async fn a_heartbeat_has_its_deadline(app: TestApp) {
        let (system, editor, _) = scene(&app, "http://127.0.0.1:1/", &[]).await;
        let typed = fields(&[("name", "nightly"), ("system", system.as_str()), ("kind", "heartbeat"), ("deadline", "5m"), ("grace", "30s")]);
        let id = app.portal.monitors.create(&editor, &typed).await.unwrap();
        app.advance(HOUR);
        app.settle().await;
        assert_eq!(monitor(&app, &editor, &id).await.shown, Shown::New, "never called is new, not down and not up");
        let secret = app.portal.monitors.secret(&editor, &id).await.unwrap().unwrap();
        app.get(&format!("/beat/{secret}")).send().await.is(200);
        assert_eq!(monitor(&app, &editor, &id).await.shown, Shown::Up);
        app.advance(330 * SECOND - 1);
        app.settle().await;
        assert_eq!(monitor(&app, &editor, &id).await.shown, Shown::Up, "the grace");
        app.advance(1);
        app.settle().await;
        let missed = monitor(&app, &editor, &id).await;
        assert_eq!((missed.shown, missed.standing.last.unwrap().reason), (Shown::Down, Reason::Missed));
        app.settle().await;
        let results = app.portal.monitors.results(&editor, &id, &PageRequest::default()).await.unwrap();
        assert_eq!(results.items.len(), 2, "a miss is told once");
        app.ask("POST", &format!("/beat/{secret}")).send().await.is(200);
        app.ask("POST", &format!("/beat/{secret}")).send().await.is(200);
        assert_eq!(monitor(&app, &editor, &id).await.shown, Shown::Up);
        app.get("/beat/0123456789012345678901234567890123456789").send().await.is(404);
        app.get("/beat/x").send().await.is(404);
        let renewed = app.portal.monitors.renew_secret(&editor, &id).await.unwrap();
        app.get(&format!("/beat/{secret}")).send().await.is(404);
        app.get(&format!("/beat/{renewed}")).send().await.is(200);
    }

    async fn a_restart_keeps_what_was_known(app: TestApp) {
        let server = Server::plain().await;
        let (_, editor, id) = scene(&app, &server.url("/"), &[]).await;
        app.settle().await;
        server.set(Reply::status(500));
        round(&app).await;
        let before = monitor(&app, &editor, &id).await.standing;
        assert_eq!((before.state, before.run), (State::Up, 1));
        let settings = server::settings::Settings {
            egress: server::settings::Egress { allow: vec!["127.0.0.0/8".into()], ..Default::default() },
            monitors: server::settings::Monitors { by_hand: true, ..Default::default() },
            ..Default::default()
        };
        let again = server::boot::house(&app.ctx, &settings);
        again.engines.settle().await.unwrap();
        assert_eq!(server.hits(), 2, "no check out of turn");
        app.advance(10 * SECOND);
        again.engines.settle().await.unwrap();
        assert_eq!(monitor(&app, &editor, &id).await.standing.state, State::Down, "the run went on over the restart");
    }

    async fn paused_it_is_not_checked_and_deleted_it_is_gone(app: TestApp) {
        let server = Server::plain().await;
        server.set(Reply::status(500));
        let (_, editor, id) = scene(&app, &server.url("/"), &[("needed", "1")]).await;
        app.settle().await;
        assert_eq!(firing(&app).await, 1);
        app.portal.monitors.pause(&editor, &id).await.unwrap();
        app.portal.monitors.pause(&editor, &id).await.unwrap();
        let hits = server.hits();
        round(&app).await;
        assert_eq!((monitor(&app, &editor, &id).await.shown, server.hits(), firing(&app).await), (Shown::Paused, hits, 0));
        assert_eq!(app.portal.monitors.check_now(&editor, &id).await.unwrap_err(), Fault::conflict("monitors-conflict-paused"));
        app.portal.monitors.resume(&editor, &id).await.unwrap();
        assert_eq!(firing(&app).await, 1);
        app.portal.monitors.delete(&editor, &id).await.unwrap();
        assert_eq!(firing(&app).await, 0);
        assert_eq!(app.portal.monitors.get(&editor, &id).await.unwrap_err(), Fault::NotFound("monitor"));
    }

    async fn another_team_finds_nothing_and_a_viewer_changes_nothing(app: TestApp) {
        let server = Server::plain().await;
        let (system, editor, id) = scene(&app, &server.url("/"), &[]).await;
        let team = app.team("other").await;
        let stranger = app.user("olaf", Permission::ALL, Some(&team)).await;
        let own = domain::systems::Brief { ..monitor(&app, &editor, &id).await.system };
        let viewer = app.viewer("vera", &own.team).await;
        let monitors = &app.portal.monitors;
        assert_eq!(monitors.get(&stranger, &id).await.unwrap_err(), Fault::NotFound("monitor"));
        assert_eq!(monitors.delete(&stranger, &id).await.unwrap_err(), Fault::NotFound("monitor"));
        assert!(monitors.list(&stranger, &Filter::default(), &PageRequest::default()).await.unwrap().items.is_empty());
        let typed = fields(&[("name", "theirs"), ("system", system.as_str()), ("kind", "http"), ("url", "http://x.test/")]);
        assert_eq!(monitors.create(&stranger, &typed).await.unwrap_err().problems()[0].field, "system");
        assert_eq!(monitors.create(&viewer, &typed).await.unwrap_err(), Fault::Forbidden(Permission::EditMonitors));
        for refused in [monitors.pause(&viewer, &id).await, monitors.delete(&viewer, &id).await, monitors.edit(&viewer, &id, &typed).await] {
            assert_eq!(refused.unwrap_err(), Fault::Forbidden(Permission::EditMonitors));
        }
        assert_eq!(monitors.secret(&viewer, &id).await.unwrap_err(), Fault::Forbidden(Permission::EditMonitors));
        assert_eq!(monitors.get(&Actor::nobody(), &id).await.unwrap_err(), Fault::Unauthenticated);
        assert_eq!(monitors.list(&viewer, &Filter::default(), &PageRequest::default()).await.unwrap().items.len(), 1);
    }

    async fn an_edit_over_an_edit_is_refused_and_lists_page_by_what_is_shown(app: TestApp) {
        let (system, editor, id) = scene(&app, "http://127.0.0.1:1/", &[("needed", "1")]).await;
        let typed = |name: &str, version: &str| {
            fields(&[("name", name), ("system", system.as_str()), ("kind", "http"), ("url", "http://127.0.0.1:1/"), ("needed", "1"), ("version", version)])
        };
        app.portal.monitors.edit(&editor, &id, &typed("renamed", "1")).await.unwrap();
        assert_eq!(app.portal.monitors.edit(&editor, &id, &typed("again", "1")).await.unwrap_err(), Fault::conflict("monitors-conflict-edited"));
        assert_eq!(monitor(&app, &editor, &id).await.name, "renamed");
        for n in 0..7 {
            let typed = fields(&[("name", &format!("Job 1{n}%")), ("system", system.as_str()), ("kind", "heartbeat"), ("deadline", "1m")]);
            app.portal.monitors.create(&editor, &typed).await.unwrap();
        }
        app.settle().await;
        let (mut names, mut after) = (Vec::new(), None);
        loop {
            let page = app.portal.monitors.list(&editor, &Filter::default(), &PageRequest { after, limit: 3 }).await.unwrap();
            names.extend(page.items.into_iter().map(|row| row.monitor.name));
            after = page.next;
            if after.is_none() { break; }
        }
        assert_eq!(names, ["renamed", "Job 10%", "Job 11%", "Job 12%", "Job 13%", "Job 14%", "Job 15%", "Job 16%"]);
        let filter = Filter { shown: vec![Shown::New], text: "job 16%".into(), ..Filter::default() };
        let found = app.portal.monitors.list(&editor, &filter, &PageRequest::default()).await.unwrap();
        assert_eq!(found.items.len(), 1);
        let none = Filter { text: "j_b".into(), ..Filter::default() };
        assert!(app.portal.monitors.list(&editor, &none, &PageRequest::default()).await.unwrap().items.is_empty(), "wildcards are text");
        let counts = app.portal.monitors.counts(&editor).await.unwrap();
        assert!(counts.contains(&(Shown::New, 7)));
    }

    async fn only_the_newest_results_are_kept(app: TestApp) {
        let server = Server::plain().await;
        let (_, editor, id) = scene(&app, &server.url("/"), &[]).await;
        app.settle().await;
        let past = (1..=700).map(|i| domain::monitors::CheckResult::bare(app.now().plus(-i * SECOND), Verdict::Up, Reason::Fine, "")).collect();
        let mut tx = app.ctx.begin_write().await.unwrap();
        backend::monitors::backfill(&mut tx, &backend::monitors::Settings::default(), &id, past, app.now()).await.unwrap();
        tx.commit().await.unwrap();
        app.advance(6 * MINUTE);
        app.settle().await;
        let mut conn = app.ctx.db.read().await.unwrap();
        let kept = sql("SELECT COUNT(*) FROM monitor_results").count(&mut conn).await.unwrap();
        assert_eq!(kept, 500);
        let counted = sql("SELECT CAST(SUM(checks) AS BIGINT) FROM monitor_rollups WHERE width = 86400000").count(&mut conn).await.unwrap();
        assert_eq!(counted, 702, "roll-ups keep what raw results do not");
        assert_eq!(monitor(&app, &editor, &id).await.shown, Shown::Up);
    }

    async fn pages_show_what_is_known_and_keep_what_was_typed(app: TestApp) {
        let server = Server::plain().await;
        let (system, editor, id) = scene(&app, &server.url("/"), &[("name", "<script>front</script>"), ("needed", "1")]).await;
        app.settle().await;
        server.set(Reply::status(503));
        round(&app).await;
        app.get("/monitors").send().await.is(303);
        let list = app.get("/monitors").as_(&editor).send().await;
        list.is(200).has("&lt;script&gt;front").lacks("<script>front").has("503, expected 200-299").has("data-live=\"monitors\"");
        app.get("/monitors?state=up").as_(&editor).send().await.is(200).has("No monitor matches");
        app.get("/monitors?state=purple").as_(&editor).send().await.is(422);
        let detail = app.get(&format!("/monitors/{id}")).as_(&editor).send().await;
        detail.is(200).has("Unexpected status").has("data-chart").has("p99");
        app.get(&format!("/monitors/{id}")).as_(&editor).in_(domain::people::Locale::Zh).send().await.is(200).has("状态码不符合预期");
        for path in ["/monitors/new", "/monitors/new?kind=heartbeat"] {
            app.get(path).as_(&editor).send().await.is(200).has("<form");
        }
        app.get(&format!("/monitors/{id}/edit")).as_(&editor).send().await.is(200).has("name=\"version\"");
        let bad = [("kind", "http"), ("name", "kept as typed"), ("system", system.as_str()), ("url", "nonsense"), ("interval", "1s")];
        let refused = app.post_form("/monitors/new", &bad).as_(&editor).send().await;
        refused.is(422).has("kept as typed").has("nonsense").has("from 5 to 3600 seconds");
        let good = [("kind", "heartbeat"), ("name", "nightly"), ("system", system.as_str()), ("deadline", "1h"), ("severity", "P3")];
        let made = app.post_form("/monitors/new", &good).as_(&editor).send().await;
        made.is(303);
        let heartbeat = app.get(made.location()).as_(&editor).send().await;
        heartbeat.is(200).has("/beat/");
        let viewer = app.viewer("vera", &monitor(&app, &editor, &id).await.system.team).await;
        app.get(made.location()).as_(&viewer).send().await.is(200).lacks("/beat/").lacks("/delete");
        app.get("/monitors/new").as_(&viewer).send().await.is(403);
        app.post_form("/monitors/new", &good).as_(&viewer).send().await.is(403);
        let here = format!("/monitors/{id}");
        app.post_form(&format!("{here}/check"), &[]).as_(&editor).send().await.is(303);
        app.post_form(&format!("{here}/pause"), &[]).as_(&editor).send().await.is(303);
        app.post_form(&format!("{here}/check"), &[]).as_(&editor).send().await.is(409);
        app.post_form(&format!("{here}/resume"), &[]).as_(&editor).send().await.is(303);
        app.post_form(&format!("{here}/maintenance"), &[("for", "1800")]).as_(&editor).send().await.is(303);
        app.post_form(&format!("{here}/maintenance"), &[("for", "-1")]).as_(&editor).send().await.is(422);
        app.get(&here).as_(&editor).send().await.is(200).has("Under maintenance");
        app.post_form(&format!("{here}/delete"), &[("confirm", "something else")]).as_(&editor).send().await.is(422);
        app.post_form(&format!("{here}/delete"), &[("confirm", "<script>front</script>")]).as_(&editor).send().await.is(303);
        app.get(&here).as_(&editor).send().await.is(404);
    }

    async fn lists_and_results_leave_as_csv(app: TestApp) {
        let server = Server::plain().await;
        let (_, editor, id) = scene(&app, &server.url("/"), &[("name", "=1+1")]).await;
        app.settle().await;
        app.get("/monitors.csv").as_(&editor).send().await.is(403);
        let clerk = app.user("carl", &[Permission::Read, Permission::Export], Some(&monitor(&app, &editor, &id).await.system.team)).await;
        app.get("/monitors.csv").as_(&clerk).send().await.is(200).has("'=1+1").has(",gateway,payments,http,");
        app.get("/monitors.csv?state=down").as_(&clerk).send().await.is(200).lacks("=1+1");
        app.get(&format!("/monitors/{id}/results.csv")).as_(&clerk).send().await.is(200).has(",up,fine,,200,");
    }

    async fn the_api_does_what_the_pages_do(app: TestApp) {
        let server = Server::plain().await;
        let (system, editor, id) = scene(&app, &server.url("/"), &[]).await;
        app.settle().await;
        let api = "/api/v1/monitors";
        let list = app.get(api).as_(&editor).send().await;
        list.is(200);
        assert_eq!(list.json()["items"][0]["monitor"]["shown"], "up");
        let made = app.api("POST", api, &serde_json::json!({
            "name": "bank", "system": system, "kind": "http", "url": server.url("/"), "interval": 15, "expected": "200-299,301",
            "headers": ["Accept: text/html", "X-Probe: 1"], "severity": "P1",
        })).as_(&editor).send().await;
        made.is(201);
        assert_eq!(made.json()["target"]["interval_s"], 15);
        assert_eq!(made.location(), format!("{api}/{}", made.json()["id"].as_str().unwrap()));
        let wrong = app.api("POST", api, &serde_json::json!({ "name": "bank", "system": system, "kind": "http", "url": "x", "intervall": 3 })).as_(&editor).send().await;
        wrong.is(422).has("intervall").has("url");
        let checked = app.api("POST", &format!("{api}/{id}/check"), &serde_json::json!({})).as_(&editor).send().await;
        checked.is(200);
        assert_eq!(checked.json()["verdict"], "up");
        assert_eq!(app.get(&format!("{api}/{id}/results")).as_(&editor).send().await.json()["items"].as_array().unwrap().len(), 2);
        let series = app.get(&format!("{api}/{id}/series")).as_(&editor).send().await;
        series.is(200);
        assert_eq!(series.json()["total"]["count"], 2);
        let until = app.now().plus(HOUR).rfc3339();
        let under = app.api("PUT", &format!("{api}/{id}/maintenance"), &serde_json::json!({ "until": until })).as_(&editor).send().await;
        assert_eq!(under.json()["shown"], "maintenance");
        app.api("PUT", &format!("{api}/{id}/maintenance"), &serde_json::json!({ "until": "yesterday" })).as_(&editor).send().await.is(422);
        app.get(&format!("{api}/{id}/heartbeat")).as_(&editor).send().await.is(409);
        app.ask("DELETE", &format!("{api}/{id}")).as_(&editor).send().await.is(204);
        app.get(&format!("{api}/{id}")).as_(&editor).send().await.is(404);
    }
}
