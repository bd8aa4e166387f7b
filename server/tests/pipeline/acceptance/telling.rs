//! Batching, merging, repeating, trying again, ending, reloading.

use backend::Engine;

use super::*;

const NOTHING: [&str; 0] = [];

both! {
    async fn what_comes_within_the_wait_is_one_message(app: TestApp) {
        let (house, sinks) = House::new(&app, &["hook"], &routes("")).await;
        house.post(&[alert("A", json!({}))]).await;
        house.after(8 * SECOND).await;
        house.post(&[alert("B", json!({}))]).await;
        house.after(SECOND).await;
        assert_eq!(heard(&sinks[0]), NOTHING, "the group waits ten seconds");
        house.after(SECOND).await;
        assert_eq!(heard(&sinks[0]), ["A+ B+"]);
        // What comes later waits for the interval of the group, and is told with the rest of it.
        house.post(&[alert("C", json!({}))]).await;
        house.after(59 * SECOND).await;
        assert_eq!(heard(&sinks[0]), NOTHING);
        house.after(SECOND).await;
        assert_eq!(heard(&sinks[0]), ["A+ B+ C+"]);
        // Posted again it is nothing new.
        house.post(&[alert("A", json!({})), alert("B", json!({})), alert("C", json!({}))]).await;
        house.after(10 * MINUTE).await;
        assert_eq!(heard(&sinks[0]), NOTHING);
    }

    /// The engines rest until then, and not for a whole second.
    async fn it_is_known_when_a_group_speaks_and_when_an_alert_ends(app: TestApp) {
        let (house, _) = House::new(&app, &["hook"], &routes("")).await;
        let (groups, alerts) = (backend::alerts::Dispatcher::new(app.ctx.clone()), backend::alerts::Clockwork::new(app.ctx.clone()));
        let due = async || (groups.next_due(app.now()).await, alerts.next_due(app.now()).await);
        assert_eq!(due().await, (None, None));
        let (speaks, ends) = (app.now().plus(10 * SECOND), app.now().plus(MINUTE));
        house.post(&[alert("A", json!({ "endsAt": ends.rfc3339() }))]).await;
        assert_eq!(due().await, (Some(speaks), Some(ends)));
        app.advance(10 * SECOND);
        assert_eq!(due().await, (None, Some(ends)), "what is due already is for the tick");
    }

    async fn groups_are_told_apart_by_their_labels(app: TestApp) {
        let (house, sinks) = House::new(&app, &["hook"], &routes("  group_by: [zone]\n")).await;
        let within = |name: &str, zone: &str| alert(name, json!({ "labels": { "alertname": name, "zone": zone } }));
        house.post(&[within("A", "eu"), within("B", "us"), within("C", "eu")]).await;
        house.after(10 * SECOND).await;
        let got = sinks[0].take();
        let mut groups: Vec<_> = got.iter().map(|got| (got.json()["groupLabels"]["zone"].clone(), names(got.json()["alerts"].as_array().unwrap()))).collect();
        groups.sort_by_key(|(zone, _)| zone.to_string());
        assert_eq!(groups, [(json!("eu"), "A C".to_owned()), (json!("us"), "B".to_owned())]);
        let body = got.iter().map(crate::deliveries::sink::Got::json).find(|body| body["groupLabels"]["zone"] == "eu").unwrap();
        assert_eq!((&body["commonLabels"], &body["receiver"], &body["version"]), (&json!({ "zone": "eu" }), &json!("hook"), &json!("4")));
        assert_eq!(body["truncatedAlerts"], 0);
    }

    /// Two Prometheus with the same rules say the same thing.
    async fn the_same_from_two_senders_is_one(app: TestApp) {
        let (house, sinks) = House::new(&app, &["hook"], &routes("")).await;
        let begun = app.now().plus(-3 * MINUTE);
        let same = |starts: domain::Timestamp, ends: domain::Timestamp| alert("A", json!({ "startsAt": starts.rfc3339(), "endsAt": ends.rfc3339() }));
        house.post(&[same(begun, app.now().plus(4 * MINUTE))]).await;
        house.post(&[same(begun.plus(MINUTE), app.now().plus(6 * MINUTE))]).await;
        house.after(10 * SECOND).await;
        assert_eq!(heard(&sinks[0]), ["A+"]);
        let list = house.list("").await;
        assert_eq!((list.len(), &list[0]["startsAt"]), (1, &json!(begun.rfc3339())), "since the earlier of the two");
        // Of the two ends the later one counts: one of them still sees it.
        house.after(5 * MINUTE - 10 * SECOND).await;
        assert_eq!((heard(&sinks[0]), house.state("A").await.as_str()), (vec![], "active"));
        house.after(3 * MINUTE).await;
        assert_eq!(heard(&sinks[0]), ["A-"]);
    }

    async fn it_is_said_again_after_the_repeat_interval_and_not_before(app: TestApp) {
        let (house, sinks) = House::new(&app, &["hook"], &routes("").replace("4h", "10m")).await;
        house.post(&[alert("A", json!({}))]).await;
        house.after(10 * SECOND).await;
        assert_eq!(heard(&sinks[0]), ["A+"]);
        for _ in 0..3 {
            house.after(9 * MINUTE).await;
            assert_eq!(heard(&sinks[0]), NOTHING);
            house.after(MINUTE).await;
            assert_eq!(heard(&sinks[0]), ["A+"]);
        }
        // What is over is not said again.
        house.post(&[ending(&app, "A", 0)]).await;
        house.after(30 * MINUTE).await;
        assert_eq!(heard(&sinks[0]), ["A-"]);
    }

    async fn an_end_that_nobody_hears_does_not_put_off_the_repetition(app: TestApp) {
        let (house, sinks) = House::new(&app, &["hook"], &format!("{}    send_resolved: false\n", routes("").replace("4h", "10m"))).await;
        house.post(&[alert("A", json!({})), alert("B", json!({}))]).await;
        house.after(10 * SECOND).await;
        assert_eq!(heard(&sinks[0]), ["A+ B+"]);
        house.after(5 * MINUTE).await;
        house.post(&[ending(&app, "A", 0)]).await;
        house.after(4 * MINUTE).await;
        assert_eq!(heard(&sinks[0]), NOTHING, "nobody wants to hear of the end");
        house.after(MINUTE).await;
        assert_eq!(heard(&sinks[0]), ["B+"], "ten minutes after it was told last");
    }

    async fn a_receiver_that_refuses_is_told_as_soon_as_it_accepts(app: TestApp) {
        let (house, sinks) = House::new(&app, &["hook"], &routes("")).await;
        sinks[0].answer(500, &[], "no");
        house.post(&[alert("A", json!({}))]).await;
        house.after(2 * MINUTE).await;
        let refused = sinks[0].take();
        assert!(refused.len() > 1, "tried again within two minutes");
        sinks[0].answer(200, &[], "");
        house.after(5 * MINUTE).await;
        let taken = sinks[0].one();
        // The same words, whatever happened meanwhile.
        assert!(refused.iter().all(|got| got.body == taken.body));
        house.after(HOUR).await;
        assert_eq!(heard(&sinks[0]), NOTHING, "once");
    }

    async fn an_end_is_told_once_and_only_of_what_was_told(app: TestApp) {
        let (house, sinks) = House::new(&app, &["hook"], &routes("")).await;
        house.post(&[alert("A", json!({})), alert("B", json!({}))]).await;
        house.after(5 * SECOND).await;
        // It is over before anybody heard of it: nobody does.
        house.post(&[ending(&app, "B", 0)]).await;
        house.after(5 * SECOND).await;
        assert_eq!(heard(&sinks[0]), ["A+"]);
        for _ in 0..3 {
            house.post(&[ending(&app, "A", 0)]).await;
            house.after(2 * MINUTE).await;
        }
        assert_eq!(heard(&sinks[0]), ["A-"]);
        // It comes again: a new story.
        house.post(&[alert("A", json!({}))]).await;
        house.after(2 * MINUTE).await;
        assert_eq!(heard(&sinks[0]), ["A+"]);
    }

    async fn an_end_that_lies_ahead_comes_by_itself_unless_it_is_put_off(app: TestApp) {
        let (house, sinks) = House::new(&app, &["hook"], &routes("")).await;
        house.post(&[ending(&app, "A", 4 * MINUTE)]).await;
        house.after(3 * MINUTE).await;
        assert_eq!(heard(&sinks[0]), ["A+"]);
        house.post(&[ending(&app, "A", 4 * MINUTE)]).await;
        let end = app.now().plus(4 * MINUTE);
        house.after(3 * MINUTE).await;
        assert_eq!((heard(&sinks[0]), house.state("A").await.as_str()), (vec![], "active"));
        house.after(2 * MINUTE).await;
        let told = sinks[0].one().json();
        assert_eq!((&told["status"], &told["alerts"][0]["status"]), (&json!("resolved"), &json!("resolved")));
        let told = domain::Timestamp::parse_rfc3339(told["alerts"][0]["endsAt"].as_str().unwrap()).unwrap();
        assert!(told >= end && told.since(end) <= MINUTE, "{}", told.rfc3339());
        assert_eq!(house.names("").await, "");
        house.after(30 * MINUTE).await;
        assert_eq!(heard(&sinks[0]), NOTHING);
    }

    async fn what_nobody_repeats_is_over_after_the_resolve_timeout(app: TestApp) {
        let (house, sinks) = House::new(&app, &["hook"], &routes("").replace("12h", "5m")).await;
        house.post(&[alert("A", json!({}))]).await;
        house.after(4 * MINUTE).await;
        house.post(&[alert("A", json!({}))]).await;
        house.after(4 * MINUTE).await;
        assert_eq!(heard(&sinks[0]), ["A+"]);
        house.after(3 * MINUTE).await;
        assert_eq!(heard(&sinks[0]), ["A-"]);
    }

    async fn an_edit_of_the_routes_does_not_stop_the_repetition(app: TestApp) {
        let (house, sinks) = House::new(&app, &["hook"], &routes("").replace("4h", "10m")).await;
        house.post(&[alert("A", json!({}))]).await;
        house.after(10 * SECOND).await;
        assert_eq!(heard(&sinks[0]), ["A+"]);
        house.after(4 * MINUTE).await;
        // Other groups of the same receiver.
        app.portal.routes.put(&house.admin, &routes("  group_by: [alertname]\n").replace("4h", "10m"), 1).await.unwrap();
        house.after(5 * MINUTE).await;
        assert_eq!(heard(&sinks[0]), NOTHING, "it was told nine minutes ago");
        house.after(2 * MINUTE).await;
        assert_eq!(heard(&sinks[0]), ["A+"], "as if nobody had edited anything");
        house.after(8 * MINUTE).await;
        assert_eq!(heard(&sinks[0]), NOTHING);
        house.post(&[ending(&app, "A", 0)]).await;
        house.after(2 * MINUTE).await;
        assert_eq!(heard(&sinks[0]), ["A-"]);
    }

    /// As upstream: the timers of groups begin anew, and what was told is not told again.
    async fn a_reload_begins_the_interval_anew(app: TestApp) {
        let (house, sinks) = House::new(&app, &["hook"], &routes("").replace("group_interval: 1m", "group_interval: 10m")).await;
        house.post(&[alert("A", json!({}))]).await;
        house.after(10 * SECOND).await;
        assert_eq!(heard(&sinks[0]), ["A+"]);
        house.after(7 * MINUTE).await;
        app.post_form("/-/reload", &[]).as_(&house.prometheus).send().await.is(403);
        app.post_form("/-/reload", &[]).as_(&house.admin).send().await.is(200);
        house.after(MINUTE).await;
        house.post(&[alert("B", json!({}))]).await;
        house.after(8 * MINUTE).await;
        assert_eq!(heard(&sinks[0]), NOTHING, "ten minutes after the reload, not after it was told");
        house.after(2 * MINUTE).await;
        assert_eq!(heard(&sinks[0]), ["A+ B+"]);
        // What is news by then is told with it.
        house.post(&[ending(&app, "A", 0)]).await;
        house.after(MINUTE).await;
        assert_eq!(heard(&sinks[0]), NOTHING);
        app.post_form("/-/reload", &[]).as_(&house.admin).send().await.is(200);
        house.after(SECOND).await;
        assert_eq!(heard(&sinks[0]), ["A- B+"]);
        // A group that has not spoken yet still waits.
        house.post(&[ending(&app, "B", 0)]).await;
        house.after(11 * MINUTE).await;
        assert_eq!(heard(&sinks[0]), ["B-"]);
        house.post(&[alert("C", json!({}))]).await;
        app.post_form("/-/reload", &[]).as_(&house.admin).send().await.is(200);
        house.after(5 * SECOND).await;
        assert_eq!(heard(&sinks[0]), NOTHING);
        house.after(5 * SECOND).await;
        assert_eq!(heard(&sinks[0]), ["C+"]);
    }

    async fn a_reload_and_a_new_process_know_what_was_told(app: TestApp) {
        let (house, sinks) = House::new(&app, &["hook", "other"], &routes("")).await;
        house.post(&[alert("A", json!({})), alert("B", json!({}))]).await;
        house.after(10 * SECOND).await;
        assert_eq!(heard(&sinks[0]), ["A+ B+"]);
        // The same file again, and another one that leads the same way.
        app.portal.routes.put(&house.admin, &routes(""), 1).await.unwrap();
        app.post_form("/-/reload", &[]).as_(&house.admin).send().await.is(200);
        let more = "  routes:\n    - matchers: [alertname=\"C\"]\n      receiver: other\n";
        let file = format!("{}  - name: other\n    channels: [other]\n", routes(more));
        app.portal.routes.put(&house.admin, &file, 2).await.unwrap();
        house.after(10 * MINUTE).await;
        assert_eq!((heard(&sinks[0]), heard(&sinks[1])), (vec![], vec![]));
        // Another process over the same database.
        let again = server::boot::house(&app.ctx, &app.edge.settings);
        house.post(&[alert("C", json!({})), ending(&app, "B", 0)]).await;
        for _ in 0..3 {
            app.advance(MINUTE);
            again.engines.settle().await.unwrap();
        }
        assert_eq!((heard(&sinks[0]), heard(&sinks[1])), (vec!["A+ B-".to_owned()], vec!["C+".to_owned()]));
        // A file that cannot be read leaves the one in force.
        app.portal.routes.put(&house.admin, "route: {receiver: nobody}", 3).await.unwrap_err();
        house.post(&[ending(&app, "A", 0), ending(&app, "C", 0)]).await;
        house.after(2 * MINUTE).await;
        assert_eq!((heard(&sinks[0]), heard(&sinks[1])), (vec!["A-".to_owned()], vec!["C-".to_owned()]));
    }

    /// `send_resolved` is of each integration: it comes over with the file, and the page shows and changes it.
    async fn who_does_not_want_ends_is_not_told_of_them(app: TestApp) {
        let (house, _) = House::new(&app, &[], &routes("").replace("    channels: [hook]\n", "")).await;
        let (both, begins) = (Sink::begin("").await, Sink::begin("").await);
        let file = format!(
            "global:\n  resolve_timeout: 12h\nroute:\n  receiver: duty\n  group_wait: 10s\n  group_interval: 1m\n  repeat_interval: 1h\nreceivers:\n  - name: duty\n    webhook_configs:\n      - url: {}/\n      - url: {}/\n        send_resolved: false\n",
            both.url, begins.url
        );
        let carried = app.portal.routes.import(&house.admin, &file, false).await.unwrap();
        assert!(carried.left.is_empty(), "{:?}", carried.left);
        let channels = app.portal.deliveries.channels(&house.admin).await.unwrap();
        let quiet: Vec<_> = channels.iter().map(|channel| (channel.name.as_str(), channel.manner.firing_only)).collect();
        assert_eq!(quiet, [("duty", false), ("duty 2", true)]);
        house.post(&[alert("A", json!({})), alert("B", json!({}))]).await;
        house.after(10 * SECOND).await;
        assert_eq!((heard(&both), heard(&begins)), (vec!["A+ B+".to_owned()], vec!["A+ B+".to_owned()]));
        house.post(&[ending(&app, "A", 0)]).await;
        house.after(2 * MINUTE).await;
        assert_eq!((heard(&both), heard(&begins)), (vec!["A- B+".to_owned()], vec![]), "an end is no reason to say the rest again");
        house.post(&[alert("C", json!({}))]).await;
        house.after(2 * MINUTE).await;
        assert_eq!((heard(&both), heard(&begins)), (vec!["B+ C+".to_owned()], vec!["B+ C+".to_owned()]));
        house.post(&[ending(&app, "B", 0), ending(&app, "C", 0)]).await;
        house.after(2 * MINUTE).await;
        assert_eq!((heard(&both), heard(&begins)), (vec!["B- C-".to_owned()], vec![]));
        // The page: it is ticked, and unticking it counts from then on.
        let quiet = channels.iter().find(|channel| channel.manner.firing_only).unwrap();
        let path = format!("/admin/channels/{}", quiet.id);
        let page = app.get(&path).as_(&house.admin).send().await;
        page.is(200).has("Does not tell that something is over");
        app.get(&path).as_(&house.admin).in_(domain::people::Locale::Zh).send().await.is(200).has("不通知恢复");
        let target = format!("{}/", begins.url);
        let fields = [("name", "duty 2"), ("url", target.as_str()), ("team", "*"), ("enabled", "on"), ("events", "alert.firing"), ("events", "alert.resolved")];
        app.post_form(&path, &fields).as_(&house.admin).send().await.is(303);
        assert!(!app.portal.deliveries.channel(&house.admin, &quiet.id).await.unwrap().manner.firing_only);
        house.post(&[alert("D", json!({}))]).await;
        house.after(2 * MINUTE).await;
        house.post(&[ending(&app, "D", 0)]).await;
        house.after(2 * MINUTE).await;
        assert_eq!(heard(&begins), ["D+", "D-"]);
        // The API says it as it is written there.
        let body = json!({ "name": "third", "kind": "slack", "hook": "https://hooks.slack.com/services/T/B/x", "team": "*", "enabled": true, "firing_only": true, "events": ["alert.resolved"] });
        let made = app.api("POST", "/api/v1/channels", &body).as_(&house.admin).send().await.is(201).json();
        assert_eq!(made["channel"]["manner"]["firing_only"], true);
    }

    /// The same where no route leads: whoever listens by itself.
    async fn who_listens_by_itself_may_hear_beginnings_only(app: TestApp) {
        let sink = Sink::begin("").await;
        app.channel_of("alertmanager", json!({ "url": format!("{}/", sink.url), "firing_only": true })).await;
        let (_, system) = app.team_with_system("gateway").await;
        app.fires(&system, "m1", true).await;
        app.settle().await;
        app.fires(&system, "m1", false).await;
        app.advance(MINUTE);
        app.settle().await;
        assert_eq!(sink.one().json()["status"], "firing");
    }
}
