//! Links in the messages of channels of teams: who may acknowledge by them, and how that is recorded.

use domain::{id::ChannelId, people::Locale};
use serde_json::{Value, json};

use super::{sink::Sink, *};

impl TestApp {
    /// A room that hears of alerts, with more fields than that.
    async fn room(&self, sink: &Sink, more: Value) -> ChannelId {
        let mut fields = json!({ "hook": format!("{}/services/T/B/x", sink.url), "events": ["alert.firing"] });
        fields.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        self.channel_of("slack", fields).await
    }

    async fn breaks(&self, source: &str) {
        let there = self.portal.systems.list(&Actor::engine("test"), &Default::default(), &PageRequest::default()).await.unwrap().items;
        let system = match there.into_iter().next() {
            Some(system) => system.brief.id,
            None => self.team_with_system("gateway").await.1,
        };
        self.observe(&signal(&system, source, Some(true))).await.unwrap();
        self.settle().await;
    }

    async fn acknowledged_by(&self, title: &str) -> String {
        self.alerts().await.into_iter().find(|alert| alert.title.starts_with(title)).unwrap().acknowledged_by
    }
}

/// The path behind the first button of a message in a room.
pub(super) fn button(sink: &Sink) -> String {
    button_of(&sink.one())
}

fn button_of(got: &sink::Got) -> String {
    let blocks = got.json()["blocks"].as_array().unwrap().clone();
    let url = blocks.last().unwrap()["elements"][0]["url"].as_str().unwrap().to_owned();
    url.strip_prefix("http://127.0.0.1:8080").expect("of this house").to_owned()
}

both! {
    async fn whoever_logs_in_acknowledges_as_themselves(app: TestApp) {
        let sink = Sink::begin("ok").await;
        app.room(&sink, json!({})).await;
        app.breaks("m1").await;
        let link = button(&sink);
        assert!(link.starts_with("/ack/"), "{link}");
        // Looking at it changes nothing, and nobody acts without saying who they are.
        for _ in 0..2 {
            app.get(&link).send().await.is(200).has("m1 is down").has("Log in to acknowledge").has(&format!("/login?next={link}")).lacks("<form method=\"post\" action=\"/ack");
        }
        app.get(&link).in_(Locale::Zh).send().await.is(200).has("登录后确认");
        app.post_form(&link, &[]).send().await.is(401).has("Log in to acknowledge");
        assert_eq!(app.acknowledged_by("m1").await, "");
        let team = app.alerts().await[0].team.clone();
        let vera = app.viewer("vera", &team).await;
        let olga = app.user("olga", &[Permission::Read, Permission::AcknowledgeAlerts], Some(&app.team("other").await)).await;
        app.post_form(&link, &[]).as_(&vera).send().await.is(404);
        app.get(&link).as_(&olga).send().await.is(404).lacks("m1 is down");
        assert_eq!(app.acknowledged_by("m1").await, "");
        let oscar = app.user("oscar", &[Permission::Read, Permission::AcknowledgeAlerts], Some(&team)).await;
        app.get(&link).as_(&oscar).send().await.is(200).has("Acknowledge as oscar");
        app.post_form(&link, &[]).as_(&oscar).send().await.is(200).has("Acknowledged");
        assert_eq!(app.acknowledged_by("m1").await, "oscar (slack → slack room)");
        app.get("/audit").as_(&app.admin().await).send().await.is(200).has("oscar (slack → slack room)");
    }

    async fn readers_acknowledge_by_way_of_the_channel_where_they_may(app: TestApp) {
        let sink = Sink::begin("ok").await;
        let room = app.room(&sink, json!({ "acknowledge": "readers" })).await;
        app.breaks("m1").await;
        let link = button(&sink);
        app.get(&link).send().await.is(200).has("Acknowledge by way of slack room");
        app.get(&link).in_(Locale::Zh).send().await.is(200).has("通过渠道“slack room”确认");
        assert_eq!(app.acknowledged_by("m1").await, "", "GET acts nothing");
        app.post_form(&link, &[]).send().await.is(200).has("Acknowledged");
        assert_eq!(app.acknowledged_by("m1").await, "via channel slack room");
        let admin = app.admin().await;
        app.get("/audit").as_(&admin).send().await.is(200).has("via channel slack room");
        app.post_form(&link, &[]).send().await.is(200);
        // What was allowed is asked when the link is opened, not when it was written.
        app.breaks("m2").await;
        let second = button(&sink);
        let fields = |acknowledge: &str| typed(&[("name", "slack room"), ("team", "*"), ("enabled", "on"), ("events", "alert.firing"), ("acknowledge", acknowledge)]);
        app.portal.deliveries.edit_channel(&admin, &room, &fields("login")).await.unwrap();
        app.post_form(&second, &[]).send().await.is(401);
        app.portal.deliveries.edit_channel(&admin, &room, &fields("nobody")).await.unwrap();
        app.get(&second).send().await.is(404).has("does not open");
        app.post_form(&second, &[]).as_(&admin).send().await.is(404);
        app.breaks("m3").await;
        assert!(button(&sink).starts_with("/alerts/"), "there is no such button");
        app.portal.deliveries.edit_channel(&admin, &room, &fields("readers")).await.unwrap();
        app.portal.deliveries.remove_channel(&admin, &room).await.unwrap();
        app.post_form(&second, &[]).send().await.is(404);
        assert_eq!(app.acknowledged_by("m2").await, "");
    }

    /// A route may lead to a room what another team's system says: the room reaches no further than its own team.
    async fn a_room_reaches_no_further_than_it_hears(app: TestApp) {
        let sink = Sink::begin("ok").await;
        let (ours, theirs) = (app.team("ours").await, app.team_with_system("gateway").await.0);
        app.room(&sink, json!({ "team": ours, "acknowledge": "readers" })).await;
        let routes = "route:\n  receiver: room\n  group_wait: 0s\nreceivers:\n  - name: room\n    channels: [slack room]\n";
        app.portal.routes.put(&app.admin().await, routes, 0).await.unwrap();
        app.breaks("m1").await;
        let link = button(&sink);
        app.post_form(&link, &[]).send().await.is(404);
        let oscar = app.user("oscar", &[Permission::Read, Permission::AcknowledgeAlerts], Some(&theirs)).await;
        app.post_form(&link, &[]).as_(&oscar).send().await.is(200);
        assert_eq!(app.acknowledged_by("m1").await, "oscar (slack → slack room)");
    }

    /// Two incidents in one message: the page names both alerts, and the button takes both.
    async fn of_several_alerts_all_that_the_message_told_of_are_acknowledged(app: TestApp) {
        let sink = Sink::begin("ok").await;
        app.room(&sink, json!({ "acknowledge": "readers" })).await;
        let routes = "route:\n  receiver: room\n  group_wait: 10s\nreceivers:\n  - name: room\n    channels: [slack room]\n";
        app.portal.routes.put(&app.admin().await, routes, 0).await.unwrap();
        app.breaks("m1").await;
        app.advance(SECOND);
        app.breaks("m2").await;
        app.advance(9 * SECOND);
        app.settle().await;
        let link = button(&sink);
        // What begins afterwards is in no message yet.
        app.breaks("m3").await;
        let page = app.get(&link).send().await;
        page.is(200).has("2 alerts").has("m1 is down").has("m2 is down").lacks("m3 is down").has("Acknowledge by way of slack room");
        app.get(&link).in_(Locale::Zh).send().await.is(200).has("2 个告警").has("将确认以下告警及其故障工单");
        assert_eq!((app.acknowledged_by("m1").await.as_str(), app.acknowledged_by("m2").await.as_str()), ("", ""), "GET acts nothing");
        app.post_form(&link, &[]).send().await.is(200).has("Acknowledged").lacks("Acknowledge by way of");
        for title in ["m1", "m2"] {
            assert_eq!(app.acknowledged_by(title).await, "via channel slack room", "{title}");
        }
        assert_eq!(app.acknowledged_by("m3").await, "");
        for alert in app.alerts().await {
            let id = alert.incident.clone().expect("an incident");
            let incident = app.portal.incidents.get(&Actor::engine("test"), &Ref::Id(id)).await.unwrap().incident;
            assert_eq!(incident.acknowledged_at.is_some(), !alert.title.starts_with("m3"), "{}", alert.title);
        }
        app.post_form(&link, &[]).send().await.is(200);
        // Of what is over there is nothing to acknowledge; of the rest there is.
        let system = app.alerts().await[0].system.clone().unwrap();
        for source in ["m1", "m2"] {
            app.observe(&signal(&system, source, Some(false))).await.unwrap();
        }
        app.advance(10 * SECOND);
        app.settle().await;
        app.get(&link).send().await.is(200).has("nothing to acknowledge").lacks("<form method=\"post\" action=\"/ack");
        app.post_form(&link, &[]).send().await.is(409);
    }

    /// What is over the rate goes out as one message: its link takes all of it, not only what stands first.
    async fn of_what_is_summed_up_all_is_acknowledged(app: TestApp) {
        let sink = Sink::begin("ok").await;
        app.room(&sink, json!({ "acknowledge": "readers", "per_minute": 2 })).await;
        let (_, system) = app.team_with_system("gateway").await;
        for source in ["m1", "m2", "m3", "m4"] {
            app.observe(&signal(&system, source, Some(true))).await.unwrap();
        }
        app.settle().await;
        let got = sink.take();
        let told = |got: &sink::Got| got.json()["text"].as_str().unwrap_or_default().rsplit(": ").next().unwrap().to_owned();
        let (alone, sum) = got.iter().partition::<Vec<_>, _>(|got| !got.json().to_string().contains("and 2 more"));
        assert_eq!((alone.len(), sum.len()), (1, 1));
        let link = button_of(sum[0]);
        let page = app.get(&link).send().await;
        page.is(200).has("3 alerts").lacks(&told(alone[0]));
        app.get(&link).in_(Locale::Zh).send().await.is(200).has("3 个告警");
        app.post_form(&link, &[]).send().await.is(200).has("Acknowledged").lacks("Acknowledge by way of");
        for alert in app.alerts().await {
            assert_eq!(alert.acknowledged_by.is_empty(), alert.title == told(alone[0]), "{}", alert.title);
        }
    }

    /// An incident takes its alerts with it: they are not listed beside it.
    async fn of_incidents_that_are_summed_up_each_is_acknowledged(app: TestApp) {
        let sink = Sink::begin("ok").await;
        app.room(&sink, json!({ "acknowledge": "readers", "per_minute": 1, "events": ["alert.firing", "incident.opened"] })).await;
        for key in ["gateway", "ledger"] {
            let (_, system) = app.team_with_system(key).await;
            app.observe(&signal(&system, key, Some(true))).await.unwrap();
        }
        app.settle().await;
        let link = button_of(&sink.one());
        let page = app.get(&link).send().await;
        page.is(200).has("2 incidents").has("#1 gateway is down").has("#2 ledger is down").lacks("/alerts/");
        app.get(&link).in_(Locale::Zh).send().await.is(200).has("2 个故障工单");
        app.post_form(&link, &[]).send().await.is(200).has("Acknowledged");
        for title in ["gateway", "ledger"] {
            assert_eq!(app.acknowledged_by(title).await, "via channel slack room", "{title}");
        }
    }

    async fn programs_get_a_link_only_where_readers_may(app: TestApp) {
        let (plain, open) = (Receiver::begin(204).await, Receiver::begin(204).await);
        for (name, receiver, acknowledge) in [("plain", &plain, "login"), ("open", &open, "readers")] {
            let fields = [("name", name), ("url", receiver.url.as_str()), ("team", "*"), ("enabled", "on"), ("events", "alert.firing"), ("acknowledge", acknowledge)];
            app.portal.deliveries.create_channel(&Actor::engine("test"), &typed(&fields)).await.unwrap();
        }
        app.breaks("m1").await;
        let data = |receiver: &Receiver| serde_json::from_str::<Value>(&receiver.got()[0].1).unwrap()["data"]["ack"].clone();
        assert_eq!(data(&plain), Value::Null);
        let link = data(&open).as_str().expect("a path").to_owned();
        app.post_form(&link, &[]).send().await.is(200);
        assert_eq!(app.acknowledged_by("m1").await, "via channel open");
        // The form offers the three, in both languages; what is none of them is refused.
        let admin = app.admin().await;
        app.get("/admin/channels/new?kind=slack").as_(&admin).send().await.is(200).has("whoever reads the channel").has("value=\"login\" selected");
        app.get("/admin/channels/new?kind=slack").as_(&admin).in_(Locale::Zh).send().await.is(200).has("确认链接");
        let body = json!({ "name": "x", "kind": "slack", "hook": "https://hooks.slack.com/services/T/B/x", "team": "*", "events": ["alert.firing"], "acknowledge": "all" });
        app.api("POST", "/api/v1/channels", &body).as_(&admin).send().await.is(422).has("\"acknowledge\"");
    }
}
