//! Alerts: observed, believed by time, told once, acknowledged by those who may.

use backend::alerts::{self, observe};
use domain::{
    Actor, Fault, PageRequest, Permission,
    alerts::{Alert, Filter, Labels, Severity, Signal, State},
    id::{SystemId, TeamId},
    time::{MINUTE, SECOND},
};

use crate::app::TestApp;

mod labels;

/// What a monitor says of a system.
pub fn signal(system: &SystemId, source: &str, holds: Option<bool>) -> Signal {
    Signal {
        source_kind: "monitor",
        source_id: source.into(),
        system: Some(system.clone()),
        team: None,
        holds,
        severity: Severity::P1,
        title: format!("{source} is down"),
        detail: "status 503, expected 200".into(),
        url: format!("/monitors/{source}"),
        delays: None,
        labels: Labels::new(),
        annotations: Labels::new(),
        late: String::new(),
        rule: Vec::new(),
    }
}

impl TestApp {
    /// A source says something, in its own transaction.
    pub async fn observe(&self, signal: &Signal) -> Result<(), Fault> {
        let mut tx = self.ctx.begin_write().await?;
        observe(&mut tx, &self.ctx, signal).await?;
        tx.commit().await
    }

    /// Every alert that there is, over or not.
    pub async fn alerts(&self) -> Vec<Alert> {
        let filter = Filter { states: State::ALL.to_vec(), unfired: true, ..Filter::default() };
        self.portal.alerts.list(&Actor::engine("test"), &filter, &PageRequest::default()).await.expect("alerts").items
    }

    /// As if every alert had gone back and forth for long: so many rows of history more, each a second after the other.
    pub async fn lengthen_history(&self, rows: i64) {
        let mut conn = self.ctx.db.read().await.expect("a connection");
        let from = self.now();
        for alert in self.alerts().await {
            for chunk in (1..=rows).collect::<Vec<_>>().chunks(500) {
                backend::db::sql("INSERT INTO alert_events (id, alert_id, seq, at, kind, from_state, to_state, actor, detail) VALUES ")
                    .rows(chunk, |r, n| {
                        let event = self.ctx.new_id::<domain::id::EntryId>();
                        r.bind(&event)
                            .bind(&alert.id)
                            .bind(100 + n)
                            .bind(from.plus(n * SECOND))
                            .bind("read")
                            .bind("firing")
                            .bind("firing")
                            .bind("alerts")
                            .bind(n.to_string())
                    })
                    .run(&mut conn)
                    .await
                    .expect("history");
            }
            backend::db::sql("UPDATE alerts SET events = $1 WHERE id = $2")
                .value(100 + rows)
                .value(&alert.id)
                .run(&mut conn)
                .await
                .expect("a count");
        }
    }

    /// A team with a system.
    pub async fn team_with_system(&self, key: &str) -> (TeamId, SystemId) {
        let team = self.team(&format!("team-{key}")).await;
        let system = self.system(key, &team).await;
        (team, system)
    }
}

both! {
    async fn a_condition_becomes_firing_then_recovering_then_resolved(app: TestApp) {
        let (_, system) = app.team_with_system("gateway").await;
        app.observe(&signal(&system, "m1", Some(false))).await.unwrap();
        assert!(app.alerts().await.is_empty());
        app.observe(&signal(&system, "m1", Some(true))).await.unwrap();
        let alert = &app.alerts().await[0];
        assert_eq!((alert.state, alert.fired_at), (State::Firing, Some(app.now())));
        app.advance(MINUTE);
        app.observe(&signal(&system, "m1", Some(false))).await.unwrap();
        app.settle().await;
        assert_eq!(app.alerts().await[0].state, State::Recovering);
        app.advance(10 * SECOND);
        app.settle().await;
        let detail = app.portal.alerts.get(&Actor::engine("test"), &app.alerts().await[0].id).await.unwrap();
        assert_eq!(detail.alert.state, State::Resolved);
        let states: Vec<_> = detail.history.iter().map(|event| (event.from, event.to)).collect();
        assert_eq!(
            states,
            [
                (None, State::Pending),
                (Some(State::Pending), State::Firing),
                (Some(State::Firing), State::Recovering),
                (Some(State::Recovering), State::Resolved),
            ]
        );
        // The next fault is another alert.
        app.observe(&signal(&system, "m1", Some(true))).await.unwrap();
        assert_eq!(app.alerts().await.len(), 2);
    }

    async fn unknown_keeps_every_state(app: TestApp) {
        let (_, system) = app.team_with_system("gateway").await;
        app.observe(&signal(&system, "m1", None)).await.unwrap();
        assert!(app.alerts().await.is_empty(), "unknown begins nothing");
        app.observe(&signal(&system, "m1", Some(true))).await.unwrap();
        app.observe(&signal(&system, "m1", None)).await.unwrap();
        app.advance(24 * 60 * MINUTE);
        app.settle().await;
        assert_eq!((app.alerts().await[0].state, app.alerts().await[0].holds), (State::Firing, None));
        app.observe(&signal(&system, "m1", Some(false))).await.unwrap();
        app.observe(&signal(&system, "m1", None)).await.unwrap();
        app.advance(24 * 60 * MINUTE);
        app.settle().await;
        assert_eq!(app.alerts().await[0].state, State::Recovering, "unknown does not resolve");
        app.observe(&signal(&system, "m1", Some(false))).await.unwrap();
        app.settle().await;
        assert_eq!(app.alerts().await[0].state, State::Recovering, "the run of good signs begins anew");
        app.advance(10 * SECOND);
        app.settle().await;
        assert_eq!(app.alerts().await[0].state, State::Resolved);
    }

    async fn twenty_observers_at_once_make_one_alert_and_one_incident(app: TestApp) {
        let (_, system) = app.team_with_system("gateway").await;
        let app = std::sync::Arc::new(app);
        let mut tasks = Vec::new();
        for _ in 0..20 {
            let (app, signal) = (app.clone(), signal(&system, "m1", Some(true)));
            tasks.push(tokio::spawn(async move { app.observe(&signal).await }));
        }
        for task in tasks {
            task.await.unwrap().unwrap();
        }
        assert_eq!(app.alerts().await.len(), 1);
        let incidents = app.portal.incidents.list(&Actor::engine("test"), &Default::default(), &PageRequest::default()).await.unwrap();
        assert_eq!(incidents.items.len(), 1);
        assert_eq!(incidents.items[0].number, 1);
    }

    async fn a_source_that_goes_away_ends_its_alert(app: TestApp) {
        let (_, system) = app.team_with_system("gateway").await;
        app.observe(&signal(&system, "m1", Some(true))).await.unwrap();
        let mut tx = app.ctx.begin_write().await.unwrap();
        alerts::withdraw(&mut tx, &app.ctx, "monitor", "m1").await.unwrap();
        tx.commit().await.unwrap();
        assert_eq!(app.alerts().await[0].state, State::Resolved);
    }

    async fn acknowledging_needs_the_permission_and_the_team(app: TestApp) {
        let (team, system) = app.team_with_system("gateway").await;
        let other = app.team("other").await;
        app.observe(&signal(&system, "m1", Some(true))).await.unwrap();
        let id = app.alerts().await[0].id.clone();
        let viewer = app.viewer("vera", &team).await;
        let stranger = app.user("otto", &[Permission::Read, Permission::AcknowledgeAlerts], Some(&other)).await;
        let operator = app.user("olga", &[Permission::Read, Permission::AcknowledgeAlerts], Some(&team)).await;
        let alerts = &app.portal.alerts;
        assert_eq!(alerts.acknowledge(&Actor::nobody(), &id).await, Err(Fault::Unauthenticated));
        assert_eq!(alerts.acknowledge(&viewer, &id).await, Err(Fault::Forbidden(Permission::AcknowledgeAlerts)));
        assert_eq!(alerts.acknowledge(&stranger, &id).await, Err(Fault::NotFound("alert")));
        assert_eq!(alerts.get(&stranger, &id).await.unwrap_err(), Fault::NotFound("alert"));
        assert_eq!(alerts.acknowledge(&operator, &id).await, Ok(true));
        assert_eq!(alerts.acknowledge(&operator, &id).await, Ok(false), "twice is once");
        let alert = alerts.get(&viewer, &id).await.unwrap().alert;
        assert_eq!((alert.acknowledged_by.as_str(), alert.acknowledged_at), ("olga", Some(app.now())));
        let list = alerts.list(&stranger, &Filter::default(), &PageRequest::default()).await.unwrap();
        assert!(list.items.is_empty());
    }

    async fn the_list_begins_with_what_nobody_has_seen(app: TestApp) {
        let (team, system) = app.team_with_system("gateway").await;
        for (source, severity) in [("p3", Severity::P3), ("p1", Severity::P1), ("p2", Severity::P2), ("seen", Severity::P1), ("gone", Severity::P1)] {
            app.observe(&Signal { severity, ..signal(&system, source, Some(true)) }).await.unwrap();
            app.advance(SECOND);
        }
        let admin = app.admin().await;
        let seen = app.alerts().await.iter().find(|a| a.source_id == "seen").unwrap().id.clone();
        app.portal.alerts.acknowledge(&admin, &seen).await.unwrap();
        app.observe(&signal(&system, "gone", Some(false))).await.unwrap();
        app.advance(MINUTE);
        app.settle().await;
        let mut order = Vec::new();
        let filter = Filter { states: State::ALL.to_vec(), ..Filter::default() };
        let viewer = app.viewer("vera", &team).await;
        let mut page = PageRequest { after: None, limit: 2 };
        loop {
            let answer = app.portal.alerts.list(&viewer, &filter, &page).await.unwrap();
            order.extend(answer.items.into_iter().map(|alert| alert.source_id));
            match answer.next {
                Some(next) => page.after = Some(next),
                None => break,
            }
        }
        assert_eq!(order, ["p1", "p2", "p3", "seen", "gone"]);

    }

    async fn the_page_shows_what_needs_me_and_acknowledges_in_one_click(app: TestApp) {
        let (team, system) = app.team_with_system("gateway").await;
        let other = app.team("other").await;
        let viewer = app.viewer("vera", &team).await;
        let operator = app.user("olga", &[Permission::Read, Permission::AcknowledgeAlerts, Permission::Export], Some(&team)).await;
        let stranger = app.user("otto", &[Permission::Read, Permission::AcknowledgeAlerts], Some(&other)).await;
        app.get("/alerts").as_(&operator).send().await.is(200).has("All clear");
        app.observe(&signal(&system, "m1", Some(true))).await.unwrap();
        app.observe(&signal(&system, "<b>m2</b>", Some(true))).await.unwrap();
        let ids: Vec<String> = app.alerts().await.iter().map(|alert| alert.id.to_string()).collect();
        let page = app.get("/alerts").as_(&operator).send().await;
        page.is(200).has("m1 is down").has("&lt;b&gt;m2").has("P1 critical").has("firing").has("gateway").has("Acknowledge");
        app.get("/alerts").as_(&operator).in_(domain::people::Locale::Zh).send().await.is(200).has("告警中").has("P1");
        app.get("/alerts").as_(&viewer).send().await.is(200).has("m1 is down").lacks("alerts-bulk");
        app.get("/alerts").as_(&stranger).send().await.is(200).lacks("m1 is down");
        app.get("/alerts?state=burning").as_(&operator).send().await.is(422).has("burning").has("pending, firing, recovering, resolved");
        app.get("/alerts?severity=P4").as_(&operator).send().await.is(200).has("No alert matches");
        let act = format!("/alerts/{}/acknowledge", ids[0]);
        app.post_form(&act, &[]).send().await.is(401);
        app.post_form(&act, &[]).as_(&viewer).send().await.is(403).has("alerts.acknowledge");
        app.post_form(&act, &[]).as_(&stranger).send().await.is(404);
        let done = app.post_form(&act, &[("next", "/alerts?state=firing")]).as_(&operator).send().await;
        assert_eq!((done.is(303).location(), done.cookie("ek_toast").as_deref()), ("/alerts?state=firing", Some("ek_toast=toast-alert-acknowledged")));
        let evil = app.post_form(&act, &[("next", "//evil.test")]).as_(&operator).send().await;
        assert_eq!(evil.is(303).location(), format!("/alerts/{}", ids[0]));
        let all = app.post_form("/alerts/acknowledge", &[("id", &ids[0]), ("id", &ids[1])]).as_(&operator).send().await;
        assert_eq!(all.is(303).location(), "/alerts");
        app.get("/alerts?unacknowledged=on").as_(&operator).send().await.is(200).has("No alert matches");
        app.get(&format!("/alerts/{}", ids[0])).as_(&viewer).send().await.is(200).has("olga").has("status 503, expected 200").has("INC-");
        app.get(&format!("/alerts/{}", ids[0])).as_(&stranger).send().await.is(404);
        app.get("/alerts/no-such").as_(&viewer).send().await.is(404);
        app.get("/alerts.csv").as_(&viewer).send().await.is(403).has("export");
        app.get("/alerts.csv?state=firing").as_(&operator).send().await.is(200).has("m1 is down,P1,firing,gateway");
    }

    async fn the_api_speaks_of_alerts(app: TestApp) {
        let (team, system) = app.team_with_system("gateway").await;
        let operator = app.user("olga", &[Permission::Read, Permission::AcknowledgeAlerts], Some(&team)).await;
        app.observe(&signal(&system, "m1", Some(true))).await.unwrap();
        let list = app.get("/api/v1/alerts?severity=P1&severity=P2").as_(&operator).send().await;
        let alert = list.is(200).json()["items"][0].clone();
        assert_eq!((alert["state"].as_str(), alert["holds"].as_bool()), (Some("firing"), Some(true)));
        let id = alert["id"].as_str().unwrap().to_owned();
        let none = serde_json::json!({});
        for expected in [1, 0] {
            let answer = app.api("POST", &format!("/api/v1/alerts/{id}/acknowledge"), &none).as_(&operator).send().await;
            assert_eq!(answer.is(200).json()["acknowledged"], expected);
        }
        let detail = app.get(&format!("/api/v1/alerts/{id}")).as_(&operator).send().await;
        assert_eq!(detail.is(200).json()["history"].as_array().unwrap().len(), 3);
        app.get("/api/v1/alerts?limit=0").as_(&operator).send().await.is(422).has("limit");
        app.get("/api/v1/alerts").send().await.is(401);
    }

    async fn a_flapper_shows_its_newest_history(app: TestApp) {
        let (_, system) = app.team_with_system("gateway").await;
        app.observe(&signal(&system, "m1", Some(true))).await.unwrap();
        app.lengthen_history(1_500).await;
        app.advance(2_000 * SECOND);
        app.observe(&signal(&system, "m1", None)).await.unwrap();
        let history = app.portal.alerts.get(&Actor::engine("test"), &app.alerts().await[0].id).await.unwrap().history;
        assert_eq!(history.len(), 1_000);
        assert_eq!((history[0].detail.as_str(), history[998].detail.as_str(), history[999].at), ("502", "1500", app.now()));
        let mut conn = app.ctx.db.read().await.unwrap();
        assert_eq!(backend::db::sql("SELECT MAX(seq) FROM alert_events").count(&mut conn).await.unwrap(), 1_601);
    }

    async fn one_that_cannot_be_moved_does_not_stop_the_others(app: TestApp) {
        let (_, system) = app.team_with_system("gateway").await;
        for source in ["m1", "poisoned", "m2"] {
            app.observe(&signal(&system, source, Some(true))).await.unwrap();
            app.observe(&signal(&system, source, Some(false))).await.unwrap();
        }
        let poison = async |team: String| {
            let mut conn = app.ctx.db.read().await.unwrap();
            backend::db::sql("UPDATE alerts SET team_id = $1 WHERE source_id = 'poisoned'").value(team).run(&mut conn).await.unwrap();
        };
        let team = app.alerts().await[0].team.to_string();
        poison("rubbish".into()).await;
        app.advance(10 * SECOND);
        app.settle().await;
        poison(team).await;
        let state = async |source: &str| app.alerts().await.into_iter().find(|alert| alert.source_id == source).unwrap().state;
        assert_eq!((state("m1").await, state("poisoned").await, state("m2").await), (State::Resolved, State::Recovering, State::Resolved));
        app.settle().await;
        assert_eq!(state("poisoned").await, State::Recovering, "it is left alone for a while");
        app.advance(MINUTE);
        app.settle().await;
        assert_eq!(state("poisoned").await, State::Resolved);
    }

    async fn a_full_batch_asks_for_the_next_one_at_once(app: TestApp) {
        use backend::Engine;
        let (_, system) = app.team_with_system("gateway").await;
        let mut tx = app.ctx.begin_write().await.unwrap();
        for n in 0..230 {
            observe(&mut tx, &app.ctx, &signal(&system, &format!("m{n}"), Some(true))).await.unwrap();
            observe(&mut tx, &app.ctx, &signal(&system, &format!("m{n}"), Some(false))).await.unwrap();
        }
        tx.commit().await.unwrap();
        app.advance(10 * SECOND);
        let engine = backend::alerts::Clockwork::new(app.ctx.clone());
        let bell = app.ctx.bus.bell("alerts");
        let rung = async || tokio::time::timeout(std::time::Duration::from_millis(50), bell.notified()).await.is_ok();
        assert_eq!((engine.tick(app.now()).await, rung().await), (Ok(200), true));
        assert_eq!((engine.tick(app.now()).await, rung().await), (Ok(30), false));
    }

    async fn not_too_many_are_acknowledged_at_once(app: TestApp) {
        let (team, system) = app.team_with_system("gateway").await;
        let operator = app.user("olga", &[Permission::Read, Permission::AcknowledgeAlerts], Some(&team)).await;
        let ids: Vec<String> = (0..501).map(|_| app.ctx.new_id::<domain::id::AlertId>().to_string()).collect();
        let all = serde_json::json!({ "ids": ids });
        app.api("POST", "/api/v1/alerts/acknowledge", &all).as_(&operator).send().await.is(422).has("\"ids\"").has("at most 500 alerts");
        for source in ["m1", "m2", "m3"] {
            app.observe(&signal(&system, source, Some(true))).await.unwrap();
        }
        let mut ids: Vec<String> = app.alerts().await.iter().map(|alert| alert.id.to_string()).collect();
        let acknowledge = async |ids: &[String]| app.api("POST", "/api/v1/alerts/acknowledge", &serde_json::json!({ "ids": ids })).as_(&operator).send().await;
        assert_eq!(acknowledge(&ids[..1]).await.is(200).json()["acknowledged"], 1);
        ids.push(ids[0].clone());
        assert_eq!(acknowledge(&ids).await.is(200).json()["acknowledged"], 2);
        for alert in app.alerts().await {
            let history = app.portal.alerts.get(&operator, &alert.id).await.unwrap().history;
            assert_eq!(history.iter().filter(|event| event.kind == domain::alerts::EventKind::Acknowledged).count(), 1);
        }
        ids.push(app.ctx.new_id::<domain::id::AlertId>().to_string());
        acknowledge(&ids).await.is(404);
    }

    async fn every_choice_of_states_lists_the_same_alerts(app: TestApp) {
        let (_, system) = app.team_with_system("gateway").await;
        for (source, holds) in [("fires", Some(true)), ("over", Some(false)), ("over-too", Some(false))] {
            app.observe(&signal(&system, source, Some(true))).await.unwrap();
            app.observe(&signal(&system, source, holds)).await.unwrap();
            app.advance(10 * SECOND);
            app.settle().await;
        }
        let listed = async |states: &[State]| {
            let filter = Filter { states: states.to_vec(), ..Filter::default() };
            let mut page = PageRequest { after: None, limit: 1 };
            let mut found = Vec::new();
            loop {
                let answer = app.portal.alerts.list(&Actor::engine("test"), &filter, &page).await.unwrap();
                found.extend(answer.items.into_iter().map(|alert| alert.source_id));
                page.after = answer.next;
                if page.after.is_none() {
                    return found.join(" ");
                }
            }
        };
        assert_eq!(listed(&[]).await, "fires");
        assert_eq!(listed(&[State::Firing]).await, "fires");
        assert_eq!(listed(&[State::Resolved]).await, "over-too over");
        assert_eq!(listed(&[State::Resolved, State::Firing]).await, "fires over-too over");
        assert_eq!(listed(&[State::Resolved, State::Pending]).await, "over-too over");
        assert_eq!(listed(State::ALL).await, "fires over-too over");
    }
}
