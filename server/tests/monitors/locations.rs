//! Locations: a quorum of places, an agent over a real socket, and what its silence means.

mod joined;

use backend::{
    egress::{self, Egress, NameResolver},
    monitors::Agent,
};
use domain::{
    Actor, Fault, Permission, Timestamp,
    id::MonitorId,
    monitors::{CheckResult, NewLocation, Reason, Report, Reported, Shown, State, Verdict},
    time::SECOND,
};
use serde_json::json;
use std::{sync::Arc, time::Duration};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio_util::sync::CancellationToken;

use super::{
    fields, firing, monitor, round, scene,
    target::{Reply, Server},
};
use crate::app::TestApp;

async fn location(app: &TestApp, name: &str) -> NewLocation {
    let mut conn = app.ctx.db.read().await.unwrap();
    let team =
        backend::db::sql("SELECT id FROM teams WHERE key = 'payments' OR name = 'payments'").texts(&mut conn).await.unwrap().pop().unwrap();
    drop(conn);
    app.portal.locations.create(&Actor::engine("test"), &fields(&[("name", name), ("team", &team)])).await.expect("a location")
}

fn report(app: &TestApp, number: i64, results: Vec<(&MonitorId, Verdict)>) -> Report {
    let results = results
        .into_iter()
        .map(|(monitor, verdict)| Reported {
            monitor: monitor.clone(),
            version: 1,
            result: CheckResult::bare(
                app.now(),
                verdict,
                if verdict == Verdict::Up { Reason::Fine } else { Reason::Connect },
                "from there",
            ),
        })
        .collect();
    Report { session: "s".into(), number, sent_at: app.now(), version: "9.9".into(), results }
}

async fn lost(app: &TestApp) -> i64 {
    let mut conn = app.ctx.db.read().await.unwrap();
    backend::db::sql("SELECT COUNT(*) FROM alerts WHERE source_kind = 'location' AND holds = 1").count(&mut conn).await.unwrap()
}

both! {
    async fn a_quorum_decides_and_a_lost_location_says_nothing(app: TestApp) {
        let server = Server::plain().await;
        let (_, editor, front) = scene(&app, "http://127.0.0.1:1/", &[]).await;
        app.portal.monitors.pause(&editor, &front).await.unwrap();
        let (near, far) = (location(&app, "near").await, location(&app, "far").await);
        let system = app.portal.monitors.systems(&editor, Permission::Read).await.unwrap()[0].id.clone();
        let mut typed = fields(&[("name", "wide"), ("system", system.as_str()), ("url", &server.url("/")), ("interval", "10"), ("needed", "1"), ("quorum", "2"), ("locations", "here")]);
        typed.add("locations", &near.id);
        typed.add("locations", &far.id);
        let id = app.portal.monitors.create(&editor, &typed).await.unwrap();
        app.settle().await;
        let down = Verdict::Down;
        assert_eq!(app.portal.locations.report(&near.token, report(&app, 1, vec![(&id, down)])).await.unwrap(), 1);
        assert_eq!(monitor(&app, &editor, &id).await.shown, Shown::Up, "one of three is not enough");
        assert_eq!(app.portal.locations.report(&far.token, report(&app, 1, vec![(&id, down)])).await.unwrap(), 1);
        let wide = monitor(&app, &editor, &id).await;
        assert_eq!((wide.shown, wide.standing.last.unwrap().reason), (Shown::Down, Reason::Connect));
        assert_eq!(firing(&app).await, 1);
        assert_eq!(app.portal.locations.report(&far.token, report(&app, 1, vec![(&id, Verdict::Up)])).await.unwrap(), 0, "the same number is counted once");
        let places = app.portal.locations.places(&editor, &id).await.unwrap();
        assert_eq!(places.iter().map(|p| p.state).collect::<Vec<_>>(), [State::Up, State::Down, State::Down]);
        assert!(places.iter().all(|place| place.recent.len() == 1));
        app.get(&format!("/monitors/{id}")).as_(&editor).send().await.is(200).has("monitor-places").has("near");
        // Both fall silent: nobody is left who says down, and here says up.
        app.advance(100 * SECOND);
        app.settle().await;
        assert_eq!((lost(&app).await, monitor(&app, &editor, &id).await.shown, firing(&app).await), (2, Shown::Up, 0));
        // One is heard of again.
        app.portal.locations.report(&near.token, report(&app, 2, vec![])).await.unwrap();
        app.settle().await;
        assert_eq!(lost(&app).await, 1);
    }

    async fn the_loss_of_the_only_location_is_not_the_loss_of_the_target(app: TestApp) {
        let (_, editor, _) = scene(&app, "http://127.0.0.1:1/", &[]).await;
        let far = location(&app, "far").await;
        let system = app.portal.monitors.systems(&editor, Permission::Read).await.unwrap()[0].id.clone();
        let typed = fields(&[("name", "far only"), ("system", system.as_str()), ("url", "http://127.0.0.1:1/"), ("needed", "1"), ("locations", far.id.as_str())]);
        let id = app.portal.monitors.create(&editor, &typed).await.unwrap();
        round(&app).await;
        assert_eq!(monitor(&app, &editor, &id).await.shown, Shown::New, "it is not checked from here");
        assert_eq!(app.portal.monitors.check_now(&editor, &id).await.unwrap_err(), Fault::conflict("monitors-conflict-elsewhere"));
        let given = app.portal.locations.assignments(&far.token, "").await.unwrap();
        assert_eq!((given.monitors.len(), &given.monitors[0].monitor), (1, &id));
        app.portal.locations.report(&far.token, report(&app, 1, vec![(&id, Verdict::Up)])).await.unwrap();
        assert_eq!(monitor(&app, &editor, &id).await.shown, Shown::Up);
        app.advance(100 * SECOND);
        app.settle().await;
        let gone = monitor(&app, &editor, &id).await;
        assert_eq!((gone.shown, gone.standing.last.unwrap().reason, lost(&app).await), (Shown::Unknown, Reason::LocationLost, 1));
        let before = Timestamp(app.now().0);
        app.portal.locations.report(&far.token, report(&app, 2, vec![(&id, Verdict::Up)])).await.unwrap();
        app.settle().await;
        let back = monitor(&app, &editor, &id).await;
        assert_eq!((back.shown, lost(&app).await), (Shown::Up, 0));
        assert!(back.standing.since >= before);
    }

    async fn a_secret_that_no_key_opens_keeps_no_other_from_the_agent(app: TestApp) {
        let (_, editor, _) = scene(&app, "http://127.0.0.1:1/", &[]).await;
        let far = location(&app, "far").await;
        let system = app.portal.monitors.systems(&editor, Permission::Read).await.unwrap()[0].id.clone();
        let mut ids = Vec::new();
        for name in ["sealed", "open"] {
            let typed = fields(&[("name", name), ("system", system.as_str()), ("url", "http://127.0.0.1:1/"), ("needed", "1"), ("locations", far.id.as_str())]);
            ids.push(app.portal.monitors.create(&editor, &typed).await.unwrap());
        }
        app.portal.locations.report(&far.token, report(&app, 1, vec![(&ids[0], Verdict::Up)])).await.unwrap();
        app.advance(SECOND);
        let mut conn = app.ctx.db.read().await.unwrap();
        let spoilt = backend::db::sql("UPDATE monitors SET credential = 'of another key' WHERE id = $1").value(&ids[0]).run(&mut conn).await.unwrap();
        assert_eq!(spoilt, 1);
        drop(conn);
        let given = app.portal.locations.assignments(&far.token, "").await.unwrap();
        assert_eq!(given.monitors.iter().map(|one| &one.monitor).collect::<Vec<_>>(), [&ids[1]]);
        let sealed = monitor(&app, &editor, &ids[0]).await;
        assert_eq!((sealed.shown, sealed.standing.last.unwrap().reason), (Shown::Unknown, Reason::Unreadable));
    }

    async fn a_token_of_a_location_opens_nothing_else(app: TestApp) {
        let (_, editor, id) = scene(&app, "http://127.0.0.1:1/", &[]).await;
        let far = location(&app, "far").await;
        for path in ["/api/v1/monitors", "/api/v1/locations"] {
            app.get(path).header("authorization", &format!("Bearer {}", far.token)).send().await.is(401);
        }
        app.get("/api/v1/probe/assignments").header("authorization", &format!("Bearer {}", far.token)).send().await.is(200);
        for token in ["", "evl_0", "rubbish"] {
            app.get("/api/v1/probe/assignments").header("authorization", &format!("Bearer {token}")).send().await.is(404);
        }
        // A monitor that does not name it takes no results of it.
        assert_eq!(app.portal.locations.report(&far.token, report(&app, 1, vec![(&id, Verdict::Down)])).await.unwrap(), 0);
        let new = app.portal.locations.renew(&Actor::engine("test"), &far.id).await.unwrap();
        assert_eq!(app.portal.locations.assignments(&far.token, "").await.unwrap_err(), Fault::NotFound("location"));
        assert!(app.portal.locations.assignments(&new.token, "").await.is_ok());
        assert_eq!(app.portal.locations.renew(&editor, &far.id).await.unwrap_err(), Fault::Forbidden(Permission::ManageSettings));
        app.get("/admin/locations").as_(&editor).send().await.is(403);
        let admin = app.user("ada", Permission::ALL, None).await;
        app.get("/admin/locations").as_(&admin).send().await.is(200).has("far");
        let wrong = app.post_form("/admin/locations", &[("name", "far"), ("team", "x")]).as_(&admin).send().await;
        wrong.is(422).has("field-team-error");
        app.get("/monitors/new").as_(&editor).send().await.is(200).has("far");
        app.portal.locations.delete(&admin, &far.id).await.unwrap();
        assert_eq!(app.portal.locations.assignments(&new.token, "").await.unwrap_err(), Fault::NotFound("location"));
    }

    async fn a_location_gets_another_name_and_another_team(app: TestApp) {
        let (_, editor, _) = scene(&app, "http://127.0.0.1:1/", &[]).await;
        let (_, far) = (location(&app, "near").await, location(&app, "far").await);
        let (admin, others) = (app.user("ada", Permission::ALL, None).await, app.team("others").await);
        let listed = app.get("/api/v1/locations").as_(&admin).send().await.is(200).json();
        let team = listed[0]["team"].as_str().unwrap().to_owned();
        let (path, page) = (format!("/api/v1/locations/{}", far.id), format!("/admin/locations/{}/edit", far.id));
        let put = async |who: &Actor, name: &str, team: &str| app.api("PUT", &path, &json!({ "name": name, "team": team })).as_(who).send().await;
        app.portal.locations.report(&far.token, report(&app, 1, vec![])).await.unwrap();
        app.advance(100 * SECOND);
        app.settle().await;
        let alerts = async || {
            let told = "SELECT t.key || ': ' || a.title FROM alerts a JOIN teams t ON t.id = a.team_id WHERE a.source_kind = 'location' AND a.holds = ";
            let mut conn = app.ctx.db.read().await.unwrap();
            let holding = backend::db::sql(told).push("1").texts(&mut conn).await.unwrap();
            let over = backend::db::sql(told).push("0").texts(&mut conn).await.unwrap();
            (holding, over)
        };
        let only = |text: &str| vec![text.to_owned()];
        assert_eq!(alerts().await, (only("payments: far"), Vec::new()));
        put(&editor, "Frankfurt", &team).await.is(403);
        put(&admin, "NEAR", &team).await.is(422).has("name");
        put(&admin, "far", "00000000-0000-7000-8000-000000000000").await.is(422).has("team");
        // Another name is another word for the same loss; another team hears of it anew.
        let named = put(&admin, "Frankfurt", &team).await.is(200).json();
        assert_eq!((&named["name"], &named["team_name"]), (&json!("Frankfurt"), &json!("payments")));
        assert_eq!(alerts().await, (only("payments: Frankfurt"), Vec::new()));
        put(&admin, "FRANKFURT", others.as_str()).await.is(200);
        assert_eq!(alerts().await, (only("others: FRANKFURT"), only("payments: Frankfurt")));
        // Its agent goes on with the token that it has, and ends what was told.
        app.portal.locations.report(&far.token, report(&app, 2, vec![])).await.unwrap();
        app.settle().await;
        assert_eq!(lost(&app).await, 0);
        // In the page.
        app.get(&page).as_(&editor).send().await.is(403);
        app.get("/admin/locations").as_(&admin).send().await.is(200).has(&page);
        app.get(&page).as_(&admin).send().await.is(200).has("value=\"FRANKFURT\"");
        app.post_form(&page, &[("name", "Munich"), ("team", "x")]).as_(&admin).send().await.is(422).has("field-team-error").has("Munich");
        app.post_form(&page, &[("name", "Munich"), ("team", &team)]).as_(&editor).send().await.is(403);
        app.post_form(&page, &[("name", "Munich"), ("team", &team)]).as_(&admin).send().await.is(303);
        app.get("/admin/locations").as_(&admin).send().await.is(200).has("Munich").lacks("FRANKFURT");
        app.get("/admin/locations/00000000-0000-7000-8000-000000000000/edit").as_(&admin).send().await.is(404);
        let mut conn = app.ctx.db.read().await.unwrap();
        let acts = "SELECT COUNT(*) FROM audit WHERE act = 'location.edit'";
        assert_eq!(backend::db::sql(acts).count(&mut conn).await.unwrap(), 3);
    }

    async fn of_two_who_edit_a_location_the_second_hears_of_the_first(app: TestApp) {
        scene(&app, "http://127.0.0.1:1/", &[]).await;
        let (far, admin) = (location(&app, "far").await, app.user("ada", Permission::ALL, None).await);
        let (path, page) = (format!("/api/v1/locations/{}", far.id), format!("/admin/locations/{}/edit", far.id));
        let read = async || app.get("/api/v1/locations").as_(&admin).send().await.is(200).json()[0].clone();
        let first = read().await;
        let (team, revision) = (first["team"].as_str().unwrap(), first["revision"].as_i64().unwrap());
        let put = async |name: &str, revision: i64| {
            app.api("PUT", &path, &json!({ "name": name, "team": team, "revision": revision })).as_(&admin).send().await
        };
        let hidden = format!("name=\"revision\" value=\"{revision}\"");
        app.get(&page).as_(&admin).send().await.is(200).has(&hidden);
        // What its agent says is no edit.
        app.portal.locations.report(&far.token, report(&app, 1, vec![])).await.unwrap();
        let edited = put("Frankfurt", revision).await.is(200).json();
        assert_eq!((&edited["name"], edited["revision"].as_i64(), edited["version"].as_str()), (&json!("Frankfurt"), Some(revision + 1), Some("9.9")));
        put("Munich", revision).await.is(409).has("Somebody else has edited this location");
        put("Munich", 0).await.is(409);
        let typed = revision.to_string();
        let refused = app.post_form(&page, &[("name", "Munich"), ("team", team), ("revision", &typed)]).as_(&admin).send().await;
        refused.is(409).has("Somebody else has edited this location").has("value=\"Munich\"").has(&hidden);
        app.post_form(&page, &[("name", "Munich"), ("team", team), ("revision", "soon")]).as_(&admin).send().await.is(422);
        assert_eq!(read().await["name"], "Frankfurt");
        put("Munich", revision + 1).await.is(200);
    }

    async fn an_agent_fetches_checks_and_reports(app: TestApp) {
        let server = Server::plain().await;
        server.set(Reply::status(503));
        let (_, editor, _) = scene(&app, "http://127.0.0.1:1/", &[]).await;
        let far = location(&app, "far").await;
        let system = app.portal.monitors.systems(&editor, Permission::Read).await.unwrap()[0].id.clone();
        let typed = fields(&[("name", "remote"), ("system", system.as_str()), ("url", &server.url("/")), ("interval", "5"), ("timeout", "2"), ("needed", "1"), ("locations", far.id.as_str())]);
        let id = app.portal.monitors.create(&editor, &typed).await.unwrap();
        let client = || {
            let allow = vec!["127.0.0.0/8".parse().unwrap()];
            Egress::new(egress::Settings { allow, roots: Vec::new() }, Arc::new(NameResolver::of_the_system())).unwrap()
        };
        let address = app.listen().await;
        assert!(Agent::new(client(), client(), "http://portal.example.org/", "evl_x".to_owned().into()).is_err(), "never in clear over a network");
        let agent = Agent::new(client(), client(), &format!("http://{address}/"), far.token.clone().into()).unwrap();
        let stop = CancellationToken::new();
        let (stopped, running) = (stop.clone(), tokio::spawn(async move { agent.run(&stop).await }));
        let mut shown = Shown::New;
        for _ in 0..150 {
            tokio::time::sleep(Duration::from_millis(100)).await;
            shown = monitor(&app, &editor, &id).await.shown;
            if shown == Shown::Down {
                break;
            }
        }
        assert_eq!((shown, server.hits() > 0), (Shown::Down, true));
        stopped.cancel();
        running.await.unwrap().unwrap();
        let refused = Agent::new(client(), client(), &format!("http://{address}"), "evl_wrong".to_owned().into()).unwrap();
        assert!(refused.run(&CancellationToken::new()).await.unwrap_err().contains("refuses"));
    }

    async fn an_agent_outlasts_what_stands_between(app: TestApp) {
        let (_, editor, _) = scene(&app, "http://127.0.0.1:1/", &[]).await;
        let far = location(&app, "far").await;
        let system = app.portal.monitors.systems(&editor, Permission::Read).await.unwrap()[0].id.clone();
        let typed = fields(&[("name", "remote"), ("system", system.as_str()), ("url", "http://127.0.0.1:1/"), ("interval", "5"), ("timeout", "2"), ("needed", "1"), ("locations", far.id.as_str())]);
        let id = app.portal.monitors.create(&editor, &typed).await.unwrap();
        let (portal, between) = (app.listen().await, tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap());
        let address = between.local_addr().unwrap();
        tokio::spawn(async move {
            let mut refusals = ["403 Forbidden", "404 Not Found", "502 Bad Gateway"].into_iter();
            while let Ok((mut stream, _)) = between.accept().await {
                if let Some(status) = refusals.next() {
                    let mut asked = [0; 4_096];
                    let _ = stream.read(&mut asked).await;
                    let page = "<h1>not now</h1>";
                    let answer = format!("HTTP/1.1 {status}\r\ncontent-type: text/html\r\ncontent-length: {}\r\nconnection: close\r\n\r\n{page}", page.len());
                    let _ = stream.write_all(answer.as_bytes()).await;
                    continue;
                }
                tokio::spawn(async move {
                    let mut through = tokio::net::TcpStream::connect(portal).await.expect("the portal");
                    let _ = tokio::io::copy_bidirectional(&mut stream, &mut through).await;
                });
            }
        });
        let client = || {
            let allow = vec!["127.0.0.0/8".parse().unwrap()];
            Egress::new(egress::Settings { allow, roots: Vec::new() }, Arc::new(NameResolver::of_the_system())).unwrap()
        };
        let agent = Agent::new(client(), client(), &format!("http://{address}"), far.token.clone().into()).unwrap();
        let running = tokio::spawn(async move { agent.run(&CancellationToken::new()).await });
        let mut shown = Shown::New;
        for _ in 0..300 {
            tokio::time::sleep(Duration::from_millis(100)).await;
            shown = monitor(&app, &editor, &id).await.shown;
            if shown == Shown::Down {
                break;
            }
        }
        assert!(shown == Shown::Down && !running.is_finished(), "{shown:?}");
        // The portal's own word ends it.
        app.portal.locations.renew(&Actor::engine("test"), &far.id).await.unwrap();
        let ended = tokio::time::timeout(Duration::from_secs(30), running).await.expect("it ends").unwrap();
        assert!(ended.unwrap_err().contains("refuses"));
    }
}
