//! In which manner channels speak: quiet hours, a rate, a fallback, their own words; and what happens when one ails.

use std::time::Duration;

use domain::deliveries::Held;
use serde_json::json;

use super::{sink::Sink, *};

impl TestApp {
    /// The clock says this moment of 14 March 2025 (UTC).
    pub(super) fn set_clock(&self, time: &str) {
        let to = domain::Timestamp::parse_rfc3339(&format!("2025-03-14T{time}Z")).unwrap();
        self.advance(to.since(self.now()));
    }
}

both! {
    async fn quiet_hours_hold_what_is_not_bad_enough(app: TestApp) {
        let sink = Sink::begin("ok").await;
        let fields = json!({ "hook": format!("{}/x", sink.url), "zone": "Asia/Shanghai", "quiet_from": "22:00", "quiet_to": "07:00", "quiet_through": "P1" });
        app.channel_of("slack", fields).await;
        let (_, system) = app.team_with_system("gateway").await;
        // 23:30 in Shanghai.
        app.set_clock("15:30:00.000");
        app.observe(&signal(&system, "bad", Some(true))).await.unwrap();
        let mut mild = signal(&system, "mild", Some(true));
        mild.severity = domain::alerts::Severity::P3;
        app.observe(&mild).await.unwrap();
        app.settle().await;
        assert_eq!(sink.one().json()["text"], "P1 · Alert fires: bad is down");
        let held = app.ledger().await.into_iter().find(|d| d.state == State::Waiting).unwrap();
        assert_eq!((held.held, held.attempts, held.next_at.rfc3339()), (Some(Held::Quiet), 0, "2025-03-14T23:00:00.000Z".to_owned()));
        // A test is asked for by somebody who is awake.
        let channel = app.portal.deliveries.channels(&Actor::engine("test")).await.unwrap().remove(0);
        app.portal.deliveries.test_channel(&Actor::engine("test"), &channel.id).await.unwrap();
        app.settle().await;
        assert_eq!(sink.take().len(), 1);
        app.set_clock("22:59:59.000");
        app.settle().await;
        assert_eq!(sink.take().len(), 0);
        app.set_clock("23:00:00.000");
        app.settle().await;
        assert_eq!(sink.one().json()["text"], "P3 · Alert fires: mild is down");
    }

    async fn what_is_over_the_rate_is_summed_up(app: TestApp) {
        let sink = Sink::begin("ok").await;
        app.channel_of("slack", json!({ "hook": format!("{}/x", sink.url), "per_minute": 3 })).await;
        let (_, system) = app.team_with_system("gateway").await;
        for n in 0..10 {
            app.observe(&signal(&system, &format!("m{n}"), Some(true))).await.unwrap();
        }
        app.settle().await;
        let got = sink.take();
        assert_eq!(got.len(), 3, "two alone, and one that tells the rest");
        let told = got.iter().map(|got| got.json().to_string()).find(|text| text.contains("and 7 more")).expect("a sum");
        // Which two were told alone is chance: all began at once.
        assert_eq!((0..10).filter(|n| told.contains(&format!("m{n} is down"))).count(), 8, "{told}");
        let ledger = app.ledger().await;
        assert_eq!(ledger.iter().filter(|d| d.summed_in.is_some()).count(), 7);
        assert!(ledger.iter().all(|d| d.state == State::Delivered));
        // What comes within the same minute waits for the next.
        app.advance(10 * SECOND);
        for n in 10..12 {
            app.observe(&signal(&system, &format!("m{n}"), Some(true))).await.unwrap();
        }
        app.settle().await;
        assert_eq!(sink.take().len(), 0);
        assert_eq!(app.ledger().await[0].held, Some(Held::Rate));
        app.advance(MINUTE);
        app.settle().await;
        assert_eq!(sink.take().len(), 2);
    }

    async fn what_is_over_the_rate_waits_where_programs_listen(app: TestApp) {
        let (upstream, hook) = (Sink::begin("").await, Sink::begin("").await);
        app.channel_of("alertmanager", json!({ "url": format!("{}/", upstream.url), "per_minute": 2 })).await;
        app.channel_of("webhook", json!({ "url": format!("{}/", hook.url), "per_minute": 3 })).await;
        let (_, system) = app.team_with_system("gateway").await;
        for n in 0..5 {
            app.observe(&signal(&system, &format!("m{n}"), Some(true))).await.unwrap();
        }
        let (mut alerts, mut messages) = (Vec::new(), Vec::new());
        for (told, hooked) in [(2, 3), (2, 2), (1, 0)] {
            app.settle().await;
            let got = upstream.take();
            assert_eq!(got.len(), told, "so many in this minute");
            alerts.extend(got.iter().flat_map(|got| got.json()["alerts"].as_array().unwrap().clone()));
            let got = hook.take();
            assert_eq!(got.len(), hooked);
            assert!(got.iter().all(|got| got.json().get("also").is_none()), "each by itself");
            messages.extend(got);
            app.advance(MINUTE);
        }
        let mut prints: Vec<String> = alerts.iter().map(|alert| alert["fingerprint"].to_string()).collect();
        prints.sort();
        prints.dedup();
        assert_eq!((alerts.len(), prints.len(), messages.len()), (5, 5, 5), "{prints:?}");
        assert!(app.ledger().await.iter().all(|one| one.state == State::Delivered && one.summed_in.is_none()));
    }

    async fn a_sum_that_was_refused_is_told_again_as_a_whole(app: TestApp) {
        let sink = Sink::begin("ok").await;
        app.channel_of("slack", json!({ "hook": format!("{}/x", sink.url), "per_minute": 1 })).await;
        sink.answer(500, &[], "");
        let (_, system) = app.team_with_system("gateway").await;
        for n in 0..5 {
            app.observe(&signal(&system, &format!("m{n}"), Some(true))).await.unwrap();
        }
        app.settle().await;
        assert_eq!(sink.take().len(), 1);
        assert!(app.ledger().await.iter().all(|d| d.state == State::Waiting && d.summed_in.is_none()));
        sink.answer(200, &[], "ok");
        app.advance(MINUTE);
        app.settle().await;
        assert!(sink.one().json().to_string().contains("and 4 more"));
        assert!(app.ledger().await.iter().all(|d| d.state == State::Delivered));
    }

    async fn a_fallback_steps_in_after_minutes_or_when_all_is_given_up(app: TestApp) {
        let (sink, other) = (Sink::begin("ok").await, Sink::begin("ok").await);
        let fallback = app.channel_of("teams", json!({ "hook": format!("{}/y", other.url), "events": ["change.pending"] })).await;
        sink.answer(503, &[], "");
        app.channel_of("slack", json!({ "hook": format!("{}/x", sink.url), "fallback": fallback, "fallback_after": 4 })).await;
        let (_, system) = app.team_with_system("gateway").await;
        app.observe(&signal(&system, "m1", Some(true))).await.unwrap();
        let begin = app.now();
        app.settle().await;
        let alert = |got: &[sink::Got]| got.iter().filter(|got| got.json().to_string().contains("m1 is down")).count();
        while app.now().since(begin) < 4 * MINUTE - 5 * SECOND {
            assert_eq!(other.take().len(), 0);
            app.advance(5 * SECOND);
            app.settle().await;
        }
        app.advance(6 * SECOND);
        app.settle().await;
        assert_eq!(alert(&other.take()), 1, "after four minutes");
        let stand_in = app.ledger().await.into_iter().find(|d| d.instead_of.is_some()).unwrap();
        assert_eq!((stand_in.channel_name.as_str(), stand_in.state), ("teams room", State::Delivered));
        for _ in 0..12 {
            app.advance(5 * MINUTE);
            app.settle().await;
        }
        assert_eq!(alert(&other.take()), 0, "once");
        sink.answer(200, &[], "ok");
        app.advance(16 * MINUTE);
        app.settle().await;
        assert!(sink.take().iter().any(|got| got.json().to_string().contains("m1 is down")), "the first channel tells it too when it can");
    }

    async fn a_fallback_that_is_off_burns_no_attempts(app: TestApp) {
        let (sink, other) = (Sink::begin("").await, Sink::begin("ok").await);
        let engine = Actor::engine("test");
        let fields = json!({ "hook": format!("{}/y", other.url), "events": ["change.pending"] });
        let fallback = app.channel_of("teams", fields).await;
        sink.answer(503, &[], "");
        let id = app.channel_of("slack", json!({ "hook": format!("{}/x", sink.url), "fallback": fallback, "fallback_after": 1 })).await;
        let turn = |on: bool| {
            let mut fields = vec![("name", "teams room"), ("team", "*"), ("events", "change.pending")];
            fields.extend(on.then_some(("enabled", "on")));
            typed(&fields)
        };
        app.portal.deliveries.edit_channel(&engine, &fallback, &turn(false)).await.unwrap();
        let (_, system) = app.team_with_system("gateway").await;
        app.observe(&signal(&system, "m1", Some(true))).await.unwrap();
        app.portal.deliveries.test_channel(&engine, &id).await.unwrap();
        let begin = app.now();
        while app.now().since(begin) < 5 * MINUTE {
            app.settle().await;
            app.advance(2 * SECOND);
        }
        // The pauses are 5 s, 10 s, 20 s, … at most, and half of that at least.
        let ledger: Vec<_> = app.ledger().await.into_iter().filter(|d| d.channel_name == "slack room").collect();
        assert_eq!(ledger.len(), 2, "{ledger:?}");
        assert!(ledger.iter().all(|d| d.state == State::Waiting && (5..=8).contains(&d.attempts)), "{ledger:?}");
        assert!(other.take().is_empty());
        // Turned on, it is told at the next attempt, and once; the test is not its business.
        app.portal.deliveries.edit_channel(&engine, &fallback, &turn(true)).await.unwrap();
        for _ in 0..20 {
            app.advance(MINUTE);
            app.settle().await;
        }
        let alert = |got: &[sink::Got]| got.iter().filter(|got| got.json().to_string().contains("m1 is down")).count();
        assert_eq!(alert(&other.take()), 1);
        assert_eq!(app.ledger().await.iter().filter(|d| d.instead_of.is_some() && d.event == domain::deliveries::Notify::Test).count(), 0);
    }

    async fn a_fallback_is_another_channel_of_ones_own(app: TestApp) {
        let admin = app.admin().await;
        let id = app.channel_of("slack", json!({ "hook": "https://hooks.example.org/x" })).await;
        let fields = typed(&[("name", "slack room"), ("team", "*"), ("events", "alert.firing"), ("fallback", id.as_str())]);
        let fault = app.portal.deliveries.edit_channel(&admin, &id, &fields).await.unwrap_err();
        assert_eq!(fault.problems()[0].field, "fallback", "not itself");
        let team = app.team("mine").await;
        let keeper = app.user("keeper", &[Permission::Read, Permission::ManageChannels], Some(&team)).await;
        let theirs = typed(&[("name", "b"), ("kind", "slack"), ("hook", "https://x.org/y"), ("team", team.as_str()), ("events", "alert.firing"), ("fallback", id.as_str())]);
        let fault = app.portal.deliveries.create_channel(&keeper, &theirs).await.map(|_| ()).unwrap_err();
        assert_eq!(fault.problems()[0].field, "fallback", "not another team's");
    }

    async fn a_channel_that_keeps_failing_is_an_alert_told_through_the_others(app: TestApp) {
        let (sick, well) = (Sink::begin("").await, Sink::begin("ok").await);
        sick.answer(500, &[], "");
        let id = app.channel_of("teams", json!({ "hook": format!("{}/x", sick.url) })).await;
        app.channel_of("slack", json!({ "hook": format!("{}/x", well.url) })).await;
        let (_, system) = app.team_with_system("gateway").await;
        app.observe(&signal(&system, "m1", Some(true))).await.unwrap();
        for _ in 0..20 {
            app.settle().await;
            app.advance(MINUTE);
        }
        let alerts = app.alerts().await;
        let ailing: Vec<_> = alerts.iter().filter(|alert| alert.source_kind == "channel").collect();
        assert_eq!(ailing.len(), 1, "{alerts:?}");
        assert_eq!((ailing[0].state, ailing[0].title.as_str()), (domain::alerts::State::Firing, "teams room · teams"));
        let told = |sink: &Sink| sink.take().iter().filter(|got| got.json().to_string().contains("teams room")).count();
        assert_eq!((told(&well), told(&sick)), (1, 0), "not through itself");
        sick.answer(200, &[], "");
        for _ in 0..20 {
            app.advance(MINUTE);
            app.settle().await;
        }
        let alerts = app.alerts().await;
        let ailing = alerts.iter().find(|alert| alert.source_kind == "channel").unwrap();
        assert_eq!(ailing.state, domain::alerts::State::Resolved);
        assert_eq!(told(&sick), 0);
        // Removed while it ails: nobody is told of it for ever.
        sick.answer(500, &[], "");
        app.observe(&signal(&system, "m2", Some(true))).await.unwrap();
        for _ in 0..20 {
            app.settle().await;
            app.advance(MINUTE);
        }
        app.portal.deliveries.remove_channel(&Actor::engine("test"), &id).await.unwrap();
        assert!(app.alerts().await.iter().filter(|alert| alert.source_kind == "channel").all(|alert| alert.state == domain::alerts::State::Resolved));
    }

    async fn a_slow_channel_does_not_hold_up_the_others(app: TestApp) {
        let (slow, quick) = (Sink::begin("ok").await, Sink::begin("ok").await);
        slow.pause(Duration::from_secs(3));
        app.channel_of("teams", json!({ "hook": format!("{}/x", slow.url) })).await;
        app.channel_of("slack", json!({ "hook": format!("{}/x", quick.url) })).await;
        let (_, system) = app.team_with_system("gateway").await;
        for n in 0..12 {
            app.observe(&signal(&system, &format!("m{n}"), Some(true))).await.unwrap();
        }
        let begun = std::time::Instant::now();
        let ((), all) = tokio::join!(app.settle(), async {
            let mut count = 0;
            while count < 12 {
                tokio::time::sleep(Duration::from_millis(20)).await;
                count += quick.take().len();
            }
            begun.elapsed()
        });
        assert!(all < Duration::from_secs(3), "{all:?}");
        assert_eq!(slow.take().len(), 12);
    }

    async fn words_of_ones_own_and_what_is_wrong_with_them(app: TestApp) {
        let sink = Sink::begin("ok").await;
        let admin = app.admin().await;
        let fields = json!({ "hook": format!("{}/x", sink.url), "title": "{severity}! {title}", "body": "{system}: {detail} ({label.alertname})" });
        let id = app.channel_of("slack", fields).await;
        let (_, system) = app.team_with_system("gateway").await;
        app.observe(&signal(&system, "m1", Some(true))).await.unwrap();
        app.settle().await;
        let body = sink.one().json();
        assert_eq!(body["text"], "P1! m1 is down");
        assert!(body["blocks"][1]["text"]["text"].as_str().unwrap().starts_with("gateway: status 503, expected 200"), "{body}");
        let form = [("name", "room"), ("team", "*"), ("events", "alert.firing"), ("body_zh", "{titel} {title}"), ("preview", "1")];
        let path = format!("/admin/channels/{id}");
        app.post_form(&path, &form).as_(&admin).send().await.is(422).has("titel").has("{titel} {title}");
        let form = [("name", "room"), ("team", "*"), ("events", "alert.firing"), ("body", "Look: {title}"), ("language", "zh-CN"), ("preview", "1")];
        app.post_form(&path, &form).as_(&admin).send().await.is(200).has("Look: gateway is down").has("告警恢复");
        assert_eq!(app.portal.deliveries.channel(&admin, &id).await.unwrap().name, "slack room", "a preview changes nothing");
        // Programs see the same.
        let preview = async |who: &Actor, body: &str| {
            let typed = json!({ "name": "room", "body": body, "language": "zh-CN" });
            app.api("POST", "/api/v1/channels/preview", &typed).as_(who).send().await
        };
        let told = preview(&admin, "Look: {title}").await.is(200).json();
        let events: Vec<_> = told.as_array().unwrap().iter().map(|one| one["event"].as_str().unwrap()).collect();
        let each = ["alert.firing", "alert.resolved", "incident.opened", "change.pending"];
        assert_eq!(events, [each, each].concat(), "in the language of the channel, then in the other one");
        assert_eq!((&told[0]["language"], &told[4]["language"]), (&json!("zh-CN"), &json!("en")));
        assert!(told[0]["text"].as_str().unwrap().starts_with("Look: gateway is down") && told.to_string().contains("告警恢复"), "{told}");
        let usual = preview(&admin, "").await.is(200).json();
        assert!(usual[0]["facts"][0]["word"].is_string() && usual[0]["facts"][0]["value"].is_string(), "{usual}");
        preview(&admin, "{titel} {title}").await.is(422).has("\"body\"");
        preview(&app.viewer("nora", &app.team("elsewhere").await).await, "x").await.is(403);
    }

    async fn words_of_ones_own_are_those_of_the_language(app: TestApp) {
        let sink = Sink::begin("ok").await;
        let admin = app.admin().await;
        let hook = format!("{}/x", sink.url);
        let fields = json!({ "hook": hook, "title": { "en": "Look: {title}", "zh-CN": "请看：{title}" }, "body": "{detail}" });
        let id = app.channel_of("slack", fields).await;
        let kept = app.get(&format!("/api/v1/channels/{id}")).as_(&admin).send().await.is(200).json();
        assert_eq!(kept["manner"]["title"], json!({ "en": "Look: {title}", "zh-CN": "请看：{title}" }), "{kept}");
        assert_eq!(kept["manner"]["body"], "{detail}", "what is one text stays one");
        let (_, system) = app.team_with_system("gateway").await;
        app.observe(&signal(&system, "m1", Some(true))).await.unwrap();
        app.settle().await;
        assert_eq!(sink.one().json()["text"], "Look: m1 is down");
        // The page shows both, and a text for both in the field of the channel's language.
        let path = format!("/admin/channels/{id}");
        let page = app.get(&path).as_(&admin).send().await;
        page.is(200).has("Look: {title}").has("请看：{title}").has("{detail}");
        let form = [("name", "room"), ("team", "*"), ("events", "alert.resolved"), ("enabled", "on"), ("language", "zh-CN"), ("hook", hook.as_str())];
        let words = [("title_en", "Look: {title}"), ("title_zh", "请看：{title}"), ("body_en", "{detail}"), ("body_zh", "")];
        let form = [form.as_slice(), &words].concat();
        let preview = [form.as_slice(), &[("preview", "1")]].concat();
        app.post_form(&path, &preview).as_(&admin).send().await.is(200).has("Look: gateway is down").has("请看：gateway is down");
        app.post_form(&path, &form).as_(&admin).send().await.is(303);
        app.observe(&signal(&system, "m1", Some(false))).await.unwrap();
        app.advance(MINUTE);
        app.settle().await;
        assert_eq!(sink.one().json()["text"], "请看：m1 is down");
        let wrong = json!({ "name": "room", "title": { "en": "{titel}" } });
        app.api("POST", "/api/v1/channels/preview", &wrong).as_(&admin).send().await.is(422).has("\"title\"");
    }

    async fn the_dead_are_sent_again_by_the_dozen(app: TestApp) {
        let sink = Sink::begin("").await;
        sink.answer(500, &[], "");
        let admin = app.admin().await;
        let id = app.channel_of("slack", json!({ "hook": format!("{}/x", sink.url) })).await;
        let (team, system) = app.team_with_system("gateway").await;
        for n in 0..5 {
            app.observe(&signal(&system, &format!("m{n}"), Some(true))).await.unwrap();
        }
        for _ in 0..MAX_ATTEMPTS {
            app.settle().await;
            app.advance(15 * MINUTE);
        }
        assert!(app.ledger().await.iter().all(|d| d.state == State::Dead));
        sink.answer(200, &[], "ok");
        sink.take();
        let viewer = app.viewer("vera", &team).await;
        app.post_form("/admin/deliveries/resend", &[]).as_(&viewer).send().await.is(403);
        app.get("/admin/deliveries?kind=slack&event=alert.firing&state=dead").as_(&admin).send().await.is(200).has("Send all dead again");
        let nothing = app.api("POST", "/api/v1/deliveries/resend?kind=email", &json!({})).as_(&admin).send().await.is(200).json();
        assert_eq!(nothing["resent"], 0);
        app.post_form(&format!("/admin/deliveries/resend?channel={id}"), &[]).as_(&admin).send().await.is(303);
        app.settle().await;
        assert_eq!(sink.take().len(), 5);
        assert!(app.ledger().await.iter().all(|d| d.state == State::Delivered));
    }

    async fn every_kind_has_a_form(app: TestApp) {
        let admin = app.admin().await;
        app.get("/admin/channels/new").as_(&admin).send().await.is(200).has("kind=dingtalk").has("Needs a mail server");
        for kind in domain::deliveries::Kind::of_teams() {
            app.get(&format!("/admin/channels/new?kind={kind}")).as_(&admin).send().await.is(200).has("name=\"quiet_from\"");
        }
        let wrong = [("kind", "slack"), ("name", "room"), ("hook", "hunter2"), ("team", "*"), ("events", "alert.firing"), ("quiet_from", "25:00")];
        let refused = app.post_form("/admin/channels", &wrong).as_(&admin).send().await;
        refused.is(422).has("25:00").lacks("hunter2").has("value=\"room\"");
        let mail = [("kind", "email"), ("name", "mail"), ("to", "a@example.org"), ("team", "*"), ("events", "alert.firing")];
        app.post_form("/admin/channels", &mail).as_(&admin).send().await.is(422).has("no mail server");
        let right = [("kind", "dingtalk"), ("name", "钉钉"), ("hook", "https://oapi.dingtalk.com/robot/send?access_token=x"), ("team", "*"), ("events", "alert.firing"), ("enabled", "on")];
        let made = app.post_form("/admin/channels", &right).as_(&admin).send().await;
        let page = app.get(made.is(303).location()).as_(&admin).send().await;
        page.is(200).has("钉钉").lacks("access_token");
    }
}
