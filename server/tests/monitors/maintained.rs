//! What maintenance and a pause do to an alert: the one keeps it quiet, the other ends it.

use backend::db::sql;
use domain::{
    Actor, PageRequest, Permission, Timestamp,
    alerts::{Alert, Cause, Signal, State, Untold},
    deliveries::Filter,
    monitors::Shown,
    people::Locale,
    time::{DAY, HOUR, MINUTE, SECOND},
};
use serde_json::json;

use super::{
    fields, firing, monitor, round, scene,
    target::{Reply, Server},
};
use crate::{alerts::signal, app::TestApp};

/// A channel that hears alerts by themselves.
async fn line(app: &TestApp) {
    let typed = fields(&[
        ("name", "pager"),
        ("url", "http://127.0.0.1:9/hook"),
        ("team", "*"),
        ("enabled", "on"),
        ("events", "alert.firing"),
        ("events", "alert.resolved"),
    ]);
    app.portal.deliveries.create_channel(&Actor::engine("test"), &typed).await.expect("a channel");
}

/// What was told, the oldest first.
async fn told(app: &TestApp) -> Vec<String> {
    let page = PageRequest { after: None, limit: 500 };
    let rows = app.portal.deliveries.list(&Actor::engine("test"), &Filter::default(), &page).await.expect("the ledger").items;
    rows.iter().rev().map(|row| row.event.name().to_owned()).filter(|event| event.starts_with("alert.")).collect()
}

/// The alert of a monitor that fired last.
async fn newest(app: &TestApp) -> Alert {
    app.alerts().await.into_iter().filter(|alert| alert.source_kind == "monitor").max_by_key(|alert| alert.fired_at).expect("an alert")
}

/// What would keep an alert with these labels quiet, now or at an earlier moment, and what of that is not known.
async fn asked(app: &TestApp, labels: &str, at: Option<Timestamp>) -> (Vec<Cause>, Vec<Untold>) {
    let found = app.portal.routes.what_if(&Actor::engine("test"), labels, at).await.expect("an answer");
    (found.reasons.iter().map(|reason| reason.cause).collect(), found.untold)
}

async fn rounds(app: &TestApp, many: usize) {
    for _ in 0..many {
        round(app).await;
    }
}

both! {
    async fn maintenance_keeps_an_alert_quiet_and_does_not_end_it(app: TestApp) {
        let server = Server::plain().await;
        server.set(Reply::status(500));
        line(&app).await;
        let (_, editor, id) = scene(&app, &server.url("/"), &[("needed", "1")]).await;
        app.settle().await;
        assert_eq!((firing(&app).await, told(&app).await), (1, vec!["alert.firing".to_owned()]));
        app.portal.monitors.maintain(&editor, &id, Some(app.now().plus(MINUTE))).await.unwrap();
        app.settle().await;
        assert_eq!((monitor(&app, &editor, &id).await.shown, firing(&app).await), (Shown::Maintenance, 0));
        rounds(&app, 4).await;
        let alert = newest(&app).await;
        assert_eq!((alert.state, alert.holds, alert.detail.starts_with("status")), (State::Firing, Some(true), true), "{}", alert.detail);
        assert_eq!((alert.suppressed[0].cause, alert.suppressed[0].name.as_str(), alert.suppressed[0].by.as_str()), (Cause::Monitor, "front", id.as_str()));
        let page = format!("/alerts/{}", alert.id);
        app.get(&page).as_(&editor).send().await.is(200).has("Its monitor is under maintenance: front").has(&format!("/monitors/{id}"));
        app.get(&page).as_(&editor).in_(Locale::Zh).send().await.is(200).has("其监控项处于维护中：front");
        assert_eq!(told(&app).await, ["alert.firing"], "nobody hears of an end that is none");
        rounds(&app, 3).await;
        let after = newest(&app).await;
        assert_eq!((after.id, after.state, after.suppressed.len()), (alert.id, State::Firing, 0), "it is the same one");
        assert_eq!((monitor(&app, &editor, &id).await.shown, firing(&app).await), (Shown::Down, 1));
        server.set(Reply::status(200));
        rounds(&app, 3).await;
        assert_eq!((newest(&app).await.state, told(&app).await), (State::Resolved, vec!["alert.firing".to_owned(), "alert.resolved".to_owned()]));
    }

    async fn what_recovers_under_maintenance_is_over_and_its_end_is_told_where_it_is_owed(app: TestApp) {
        let server = Server::plain().await;
        server.set(Reply::status(500));
        line(&app).await;
        let (_, editor, id) = scene(&app, &server.url("/"), &[("needed", "1")]).await;
        app.settle().await;
        app.portal.monitors.maintain(&editor, &id, Some(app.now().plus(HOUR))).await.unwrap();
        app.settle().await;
        server.set(Reply::status(200));
        rounds(&app, 3).await;
        assert_eq!((newest(&app).await.state, told(&app).await), (State::Resolved, vec!["alert.firing".to_owned(), "alert.resolved".to_owned()]));
        // What begins and ends meanwhile is told to nobody.
        server.set(Reply::status(500));
        round(&app).await;
        let second = newest(&app).await;
        assert_eq!((second.state, second.suppressed[0].cause, second.incident), (State::Firing, Cause::Monitor, None));
        server.set(Reply::status(200));
        rounds(&app, 3).await;
        assert_eq!((newest(&app).await.state, told(&app).await.len()), (State::Resolved, 2));
        // What begins meanwhile and outlasts it is news when it is over, also by hand.
        server.set(Reply::status(500));
        round(&app).await;
        assert_eq!(told(&app).await.len(), 2);
        app.portal.monitors.maintain(&editor, &id, None).await.unwrap();
        app.settle().await;
        let third = newest(&app).await;
        assert!(third.suppressed.is_empty() && third.incident.is_some(), "{:?}", third.suppressed);
        assert_eq!(told(&app).await[2..], ["alert.firing"]);
    }

    async fn a_pause_ends_an_alert_once_and_says_that_it_is_one(app: TestApp) {
        let server = Server::plain().await;
        server.set(Reply::status(500));
        line(&app).await;
        let (_, editor, id) = scene(&app, &server.url("/"), &[("needed", "1")]).await;
        app.settle().await;
        let monitors = &app.portal.monitors;
        for maintained in [false, true] {
            if maintained {
                monitors.maintain(&editor, &id, Some(app.now().plus(HOUR))).await.unwrap();
                app.settle().await;
            }
            for _ in 0..2 {
                monitors.pause(&editor, &id).await.unwrap();
                rounds(&app, 2).await;
            }
            let alert = newest(&app).await;
            assert_eq!((alert.state, alert.detail.as_str(), told(&app).await.len()), (State::Resolved, "paused", if maintained { 4 } else { 2 }));
            assert_eq!(told(&app).await.last().map(String::as_str), Some("alert.resolved"));
            app.advance(SECOND);
            monitors.resume(&editor, &id).await.unwrap();
            app.settle().await;
        }
        assert_eq!(told(&app).await.len(), 4, "the third one is quiet");
    }

    /// Else nobody would hear of either.
    async fn what_maintenance_keeps_quiet_keeps_nothing_quiet_that_needs_its_system(app: TestApp) {
        let server = Server::plain().await;
        server.set(Reply::status(500));
        line(&app).await;
        let (gateway, editor, id) = scene(&app, &server.url("/"), &[("needed", "1"), ("severity", "P1")]).await;
        let (_, shop) = app.team_with_system("shop").await;
        app.needs(&shop, &gateway).await;
        app.settle().await;
        app.observe(&signal(&shop, "orders", Some(true))).await.unwrap();
        let quiet = async || {
            rounds(&app, 2).await;
            let alert = app.alerts().await.into_iter().find(|alert| alert.title == "orders is down").unwrap();
            alert.suppressed.iter().map(|reason| reason.cause).collect::<Vec<_>>()
        };
        assert_eq!((quiet().await, told(&app).await.len()), (vec![Cause::Dependency], 1));
        app.portal.monitors.maintain(&editor, &id, Some(app.now().plus(HOUR))).await.unwrap();
        assert_eq!((quiet().await, told(&app).await), (vec![], vec!["alert.firing".to_owned(); 2]));
        let during = app.now();
        app.portal.monitors.maintain(&editor, &id, None).await.unwrap();
        assert_eq!(quiet().await, [Cause::Dependency]);
        // It is remembered of then.
        let afterwards = app.now();
        app.advance(MINUTE);
        let needs = "system=\"shop\"";
        assert!(asked(&app, needs, Some(during)).await.0.is_empty());
        assert_eq!(asked(&app, needs, Some(afterwards)).await.0, [Cause::Dependency]);
    }

    async fn what_maintenance_keeps_quiet_inhibits_nothing(app: TestApp) {
        let server = Server::plain().await;
        server.set(Reply::status(500));
        let (gateway, editor, id) = scene(&app, &server.url("/"), &[("needed", "1")]).await;
        let rules = "inhibit_rules:\n  - source_matchers: [monitor=front]\n    target_matchers: [kind=edge]\n";
        let routes = format!("route:\n  receiver: none\nreceivers:\n  - name: none\n{rules}");
        app.portal.routes.put(&app.admin().await, &routes, 0).await.unwrap();
        app.settle().await;
        let labels = [("kind".to_owned(), "edge".to_owned())].into();
        app.observe(&Signal { labels, ..signal(&gateway, "edge", Some(true)) }).await.unwrap();
        let inhibited = async || {
            round(&app).await;
            let alert = app.alerts().await.into_iter().find(|alert| alert.title == "edge is down").unwrap();
            alert.suppressed.iter().any(|reason| reason.cause == Cause::Inhibition)
        };
        assert!(inhibited().await);
        app.portal.monitors.maintain(&editor, &id, Some(app.now().plus(HOUR))).await.unwrap();
        assert!(!inhibited().await);
        let during = app.now();
        app.portal.monitors.maintain(&editor, &id, None).await.unwrap();
        assert!(inhibited().await);
        let afterwards = app.now();
        app.advance(MINUTE);
        let edge = "kind=\"edge\"\nsystem=\"gateway\"";
        let (then, later) = (asked(&app, edge, Some(during)).await.0, asked(&app, edge, Some(afterwards)).await.0);
        assert!(!then.contains(&Cause::Inhibition) && later.contains(&Cause::Inhibition), "{then:?} {later:?}");
    }

    async fn what_if_knows_the_maintenance_of_the_monitor_that_the_labels_name(app: TestApp) {
        let (_, editor, id) = scene(&app, "http://127.0.0.1:9/", &[]).await;
        let monitors = &app.portal.monitors;
        let front = "monitor=\"front\"\nsystem=\"gateway\"";
        let before = app.now();
        app.advance(MINUTE);
        monitors.maintain(&editor, &id, Some(app.now().plus(HOUR))).await.unwrap();
        assert_eq!(asked(&app, front, None).await, (vec![Cause::Monitor], vec![]), "now");
        app.advance(10 * MINUTE);
        let by_hand = app.now();
        app.advance(MINUTE);
        monitors.maintain(&editor, &id, None).await.unwrap();
        app.advance(MINUTE);
        let ended = app.now();
        // It is 14:13 in Shanghai.
        let rule = [("rrule", "FREQ=DAILY"), ("start", "2025-03-01T14:30"), ("minutes", "60"), ("zone", "Asia/Shanghai")];
        monitors.recur(&editor, &id, &fields(&rule)).await.unwrap();
        app.advance(32 * MINUTE);
        let recurs = app.now();
        app.advance(HOUR);
        let over = app.now();
        app.advance(MINUTE);
        for (at, quiet) in [(before, false), (by_hand, true), (ended, false), (recurs.plus(-DAY), false), (recurs, true), (over, false)] {
            let (causes, untold) = asked(&app, front, Some(at)).await;
            assert_eq!((causes == [Cause::Monitor], causes.is_empty()), (quiet, !quiet), "{} {causes:?}", at.rfc3339());
            assert!(!untold.contains(&Untold::Maintenance));
        }
        // Of one that is not there any more nobody knows.
        let gone = "monitor=\"gone\"\nsystem=\"gateway\"";
        assert_eq!(asked(&app, gone, Some(by_hand)).await.1.last(), Some(&Untold::Maintenance));
        assert!(asked(&app, gone, None).await.1.is_empty());
        let page = "/alerts/what-if?labels=monitor%3Dgone%0Asystem%3Dgateway&at=2025-03-14T06%3A10";
        app.get(page).as_(&editor).send().await.is(200).has("whether it was under maintenance is not known");
        app.get(page).as_(&editor).in_(Locale::Zh).send().await.is(200).has("无法判断当时是否处于维护中");
        let page = "/alerts/what-if?labels=monitor%3Dfront%0Asystem%3Dgateway&at=2025-03-14T06%3A10";
        app.get(page).as_(&editor).send().await.is(200).has("Its monitor is under maintenance: front").has(&format!("/monitors/{id}"));
    }

    async fn what_comes_and_goes_under_maintenance_damps_nothing_afterwards(app: TestApp) {
        let server = Server::plain().await;
        line(&app).await;
        let (_, editor, id) = scene(&app, &server.url("/"), &[("needed", "1")]).await;
        app.settle().await;
        app.portal.monitors.maintain(&editor, &id, Some(app.now().plus(HOUR))).await.unwrap();
        for _ in 0..6 {
            server.set(Reply::status(500));
            round(&app).await;
            assert_eq!(newest(&app).await.state, State::Firing);
            server.set(Reply::status(200));
            rounds(&app, 3).await;
            assert_eq!(newest(&app).await.state, State::Resolved);
        }
        app.portal.monitors.maintain(&editor, &id, None).await.unwrap();
        server.set(Reply::status(500));
        round(&app).await;
        assert_eq!((newest(&app).await.suppressed, told(&app).await), (vec![], vec!["alert.firing".to_owned()]));
    }

    async fn what_was_missed_under_maintenance_before_an_upgrade_is_told(app: TestApp) {
        let server = Server::plain().await;
        line(&app).await;
        let (system, editor, _) = scene(&app, &server.url("/"), &[]).await;
        let typed = fields(&[("name", "nightly"), ("system", system.as_str()), ("kind", "heartbeat"), ("deadline", "1h"), ("grace", "30s")]);
        let id = app.portal.monitors.create(&editor, &typed).await.unwrap();
        let secret = app.portal.monitors.secret(&editor, &id).await.unwrap().unwrap();
        app.get(&format!("/beat/{secret}")).send().await.is(200);
        // As it stood then: it is down, alerts were told that all is well, and it is to be missed again much later.
        let mut tx = app.ctx.begin_write().await.unwrap();
        sql("UPDATE monitor_standings SET state = 'down', told = 'clear', since = $1, due_at = $2 WHERE monitor_id = $3")
            .value(app.now())
            .value(app.now().plus(HOUR))
            .value(&id)
            .run(&mut tx)
            .await
            .unwrap();
        for statement in include_str!("../../../migrations/postgres/0136_missed_under_maintenance.sql").split(';').filter(|text| !text.trim().is_empty()) {
            sql(statement).run(&mut tx).await.unwrap();
        }
        tx.commit().await.unwrap();
        round(&app).await;
        assert_eq!((newest(&app).await.state, told(&app).await), (State::Firing, vec!["alert.firing".to_owned()]));
    }

    async fn a_status_page_tells_of_maintenance_and_not_of_what_it_keeps_quiet(app: TestApp) {
        let server = Server::plain().await;
        server.set(Reply::status(500));
        let (_, editor, id) = scene(&app, &server.url("/"), &[("needed", "1"), ("severity", "P1")]).await;
        app.settle().await;
        let team = monitor(&app, &editor, &id).await.system.team;
        let lena = app.user("lena", &[Permission::Read, Permission::EditSystems, Permission::WorkIncidents], Some(&team)).await;
        let body = json!({ "slug": "pay", "title": "Payments", "team": team, "public": true, "components": ["Cards = gateway"] });
        app.api("POST", "/api/v1/status-pages", &body).as_(&lena).send().await.is(201);
        let standing = async || {
            app.advance(MINUTE);
            app.settle().await;
            let told = app.get("/api/v1/status/pay").as_(&lena).send().await.is(200).json();
            told["components"][0]["standing"].as_str().unwrap().to_owned()
        };
        assert_eq!(standing().await, "outage");
        app.portal.monitors.maintain(&editor, &id, Some(app.now().plus(HOUR))).await.unwrap();
        assert_eq!(standing().await, "maintenance");
        app.portal.monitors.maintain(&editor, &id, None).await.unwrap();
        assert_eq!(standing().await, "outage");
    }
}
