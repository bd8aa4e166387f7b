//! Every kind over HTTP: what is sent is what the other side documents, and its "no" within a 200 is a no.

use domain::{deliveries::Kind, time::MINUTE};
use serde_json::{Value, json};

use super::{sink::Sink, *};

const TELEGRAM: &str = "123456789:AAHdqTcvCH1vGWJxfSeofSAs0K5PALDsaw";

impl TestApp {
    /// A channel of a kind that hears everything about alerts, through the API as a program would make it.
    pub async fn channel_of(&self, kind: &str, fields: Value) -> domain::id::ChannelId {
        let mut body = json!({ "name": format!("{kind} room"), "kind": kind, "team": "*", "enabled": true, "events": ["alert.firing", "alert.resolved"] });
        for (name, value) in fields.as_object().unwrap() {
            body[name] = value.clone();
        }
        let typed: Typed = serde_json::from_value(body).unwrap();
        match self.portal.deliveries.create_channel(&Actor::engine("test"), &typed).await {
            Ok(made) => made.channel.id,
            Err(fault) => panic!("{fault:?}"),
        }
    }

    /// An alert fires and is over; between the two everything is sent.
    async fn fire(&self, source: &str) {
        let (_, system) = self.team_with_system(&format!("sys-{source}")).await;
        self.observe(&signal(&system, source, Some(true))).await.unwrap();
        self.settle().await;
    }

    async fn state_of_last(&self) -> (State, String) {
        let last = self.ledger().await.remove(0);
        (last.state, last.last_error)
    }
}

fn sign(key: &[u8], text: &[u8]) -> String {
    let mut mac = Hmac::<sha2::Sha256>::new_from_slice(key).unwrap();
    mac.update(text);
    STANDARD.encode(mac.finalize().into_bytes())
}

both! {
    async fn chat_rooms_get_what_they_document(app: TestApp) {
        let sink = Sink::begin("ok").await;
        app.channel_of("slack", json!({ "hook": format!("{}/services/T/B/x", sink.url) })).await;
        app.fire("slack").await;
        let got = sink.one();
        assert_eq!((got.method.as_str(), got.path.as_str(), got.header("content-type")), ("POST", "/services/T/B/x", "application/json"));
        assert_eq!(got.json()["text"], "P1 · Alert fires: slack is down");
        assert_eq!(got.json()["blocks"][0]["type"], "header");
        assert!(got.json()["blocks"].as_array().unwrap().last().unwrap()["elements"][0]["url"].as_str().unwrap().contains("/ack/"));
        assert!(got.json()["blocks"].as_array().unwrap().last().unwrap()["elements"][1]["url"].as_str().unwrap().contains("/alerts/"));
        app.drop_channels().await;

        app.channel_of("teams", json!({ "hook": format!("{}/workflows/x?sig=y", sink.url), "language": "zh-CN", "zone": "Asia/Shanghai" })).await;
        sink.answer(202, &[], "");
        app.fire("teams").await;
        let got = sink.one();
        assert_eq!(got.path, "/workflows/x?sig=y");
        let card = &got.json()["attachments"][0];
        assert_eq!(card["contentType"], "application/vnd.microsoft.card.adaptive");
        assert_eq!((&card["content"]["type"], &card["content"]["version"]), (&json!("AdaptiveCard"), &json!("1.4")));
        assert_eq!(card["content"]["body"][0]["text"], "P1 · 告警触发：teams is down");
        assert_eq!(card["content"]["actions"][0]["type"], "Action.OpenUrl");
        app.drop_channels().await;

        app.channel_of("wecom", json!({ "hook": format!("{}/cgi-bin/webhook/send?key=k", sink.url) })).await;
        sink.answer(200, &[], r#"{"errcode":0,"errmsg":"ok"}"#);
        app.fire("wecom").await;
        let got = sink.one();
        assert_eq!((got.path.as_str(), &got.json()["msgtype"]), ("/cgi-bin/webhook/send?key=k", &json!("markdown")));
        assert!(got.json()["markdown"]["content"].as_str().unwrap().contains("wecom is down"));
    }

    async fn robots_that_sign_are_signed_for(app: TestApp) {
        let sink = Sink::begin(r#"{"errcode":0,"errmsg":"ok"}"#).await;
        app.channel_of("dingtalk", json!({ "hook": format!("{}/robot/send?access_token=t", sink.url), "secret": "SECabc" })).await;
        app.fire("ding").await;
        let got = sink.one();
        let query: std::collections::BTreeMap<String, String> =
            got.path.split_once('?').unwrap().1.split('&').map(|pair| pair.split_once('=').unwrap()).map(|(k, v)| (k.to_owned(), v.to_owned())).collect();
        assert_eq!(query["access_token"], "t");
        assert_eq!(query["timestamp"], app.now().0.to_string(), "milliseconds");
        let expected = sign(b"SECabc", format!("{}\nSECabc", app.now().0).as_bytes());
        let said = query["sign"].replace("%2B", "+").replace("%2F", "/").replace("%3D", "=");
        assert_eq!(said, expected);
        assert_eq!(got.json()["msgtype"], "markdown");
        app.drop_channels().await;

        app.channel_of("feishu", json!({ "hook": format!("{}/open-apis/bot/v2/hook/x", sink.url), "secret": "abc" })).await;
        sink.answer(200, &[], r#"{"code":0,"msg":"success","data":{}}"#);
        app.fire("feishu").await;
        let body = sink.one().json();
        let at_s = app.now().0 / 1_000;
        assert_eq!((&body["timestamp"], &body["msg_type"]), (&json!(at_s.to_string()), &json!("interactive")));
        assert_eq!(body["sign"], sign(format!("{at_s}\nabc").as_bytes(), b""));
        assert_eq!(body["card"]["header"]["title"]["content"], "P1 · Alert fires: feishu is down");
    }

    async fn telegram_gives_a_receipt(app: TestApp) {
        let sink = Sink::begin(r#"{"ok":true,"result":{"message_id":42}}"#).await;
        app.channel_of("telegram", json!({ "token": TELEGRAM, "chat": "-100200", "api": sink.url })).await;
        app.fire("tele").await;
        let got = sink.one();
        assert_eq!(got.path, format!("/bot{TELEGRAM}/sendMessage"));
        let body = got.json();
        assert_eq!((&body["chat_id"], &body["parse_mode"]), (&json!("-100200"), &json!("HTML")));
        assert!(body["text"].as_str().unwrap().starts_with("<b>P1 · Alert fires: tele is down</b>"));
        assert_eq!(app.ledger().await[0].receipt, "message 42");
    }

    async fn what_listens_to_alertmanager_listens_to_us(app: TestApp) {
        let sink = Sink::begin("").await;
        app.channel_of("alertmanager", json!({ "url": format!("{}/alerts", sink.url), "token": "t0ken" })).await;
        let (_, system) = app.team_with_system("gateway").await;
        app.observe(&signal(&system, "m1", Some(true))).await.unwrap();
        app.settle().await;
        let firing = sink.one();
        assert_eq!(firing.header("authorization"), "Bearer t0ken");
        app.observe(&signal(&system, "m1", Some(false))).await.unwrap();
        app.advance(MINUTE);
        app.settle().await;
        let resolved = sink.one().json();
        let firing = firing.json();
        assert_eq!((firing["version"].as_str(), firing["status"].as_str()), (Some("4"), Some("firing")));
        assert_eq!((&firing["alerts"][0]["labels"]["system"], &firing["alerts"][0]["labels"]["severity"]), (&json!("gateway"), &json!("critical")));
        assert_eq!(resolved["status"], "resolved");
        assert_eq!(resolved["alerts"][0]["fingerprint"], firing["alerts"][0]["fingerprint"]);
    }

    async fn a_group_reaches_what_listens_to_alertmanager_as_a_group(app: TestApp) {
        let sink = Sink::begin("").await;
        app.channel_of("alertmanager", json!({ "url": format!("{}/alerts", sink.url) })).await;
        let (_, system) = app.team_with_system("gateway").await;
        let yaml = "route:\n  receiver: hooks\n  group_by: [system]\n  group_wait: 0s\n  group_interval: 1m\nreceivers:\n  - name: hooks\n    channels: [alertmanager room]\n";
        app.portal.routes.put(&app.admin().await, yaml, 0).await.unwrap();
        for source in ["m1", "m2"] {
            app.observe(&signal(&system, source, Some(true))).await.unwrap();
        }
        app.settle().await;
        let first = sink.one().json();
        assert_eq!((&first["receiver"], &first["groupLabels"], &first["status"]), (&json!("hooks"), &json!({ "system": "gateway" }), &json!("firing")));
        assert_eq!(first["alerts"].as_array().unwrap().len(), 2, "{first}");
        app.observe(&signal(&system, "m1", Some(false))).await.unwrap();
        for _ in 0..2 {
            app.advance(MINUTE);
            app.settle().await;
        }
        // Each end is told, though the group goes on.
        let second = sink.one().json();
        let mut states: Vec<&str> = second["alerts"].as_array().unwrap().iter().map(|alert| alert["status"].as_str().unwrap()).collect();
        states.sort_unstable();
        assert_eq!((states, &second["status"], &second["groupKey"]), (vec!["firing", "resolved"], &json!("firing"), &first["groupKey"]));
        assert!(first["alerts"][0]["generatorURL"].as_str().unwrap().starts_with("http"), "{first}");
    }

    async fn a_no_within_a_200_is_a_no(app: TestApp) {
        let cases = [
            ("dingtalk", json!({ "hook": "/robot" }), r#"{"errcode":310000,"errmsg":"sign not match"}"#, "code 310000: sign not match", r#"{"errcode":0}"#),
            ("feishu", json!({ "hook": "/hook" }), r#"{"code":19024,"msg":"Key Words Not Found"}"#, "code 19024: Key Words Not Found", r#"{"code":0}"#),
            ("wecom", json!({ "hook": "/send" }), r#"{"errcode":93000,"errmsg":"invalid webhook url"}"#, "code 93000: invalid webhook url", r#"{"errcode":0}"#),
            ("telegram", json!({ "token": TELEGRAM, "chat": "1" }), r#"{"ok":false,"description":"Bad Request: chat not found"}"#, "Bad Request: chat not found", r#"{"ok":true}"#),
        ];
        for (kind, mut fields, no, told, yes) in cases {
            let sink = Sink::begin(no).await;
            match fields["hook"].as_str().map(|path| format!("{}{path}", sink.url)) {
                Some(hook) => fields["hook"] = json!(hook),
                None => fields["api"] = json!(sink.url),
            }
            app.channel_of(kind, fields).await;
            app.fire(kind).await;
            assert_eq!(app.state_of_last().await, (State::Waiting, told.to_owned()), "{kind}");
            sink.take();
            // An hour of that: nothing is lost, and what is sent in the end is the same.
            for _ in 0..12 {
                app.advance(5 * MINUTE);
                app.settle().await;
            }
            sink.answer(200, &[], yes);
            sink.take();
            app.advance(16 * MINUTE);
            app.settle().await;
            assert_eq!(sink.take().len(), 1, "{kind}");
            let all = app.ledger().await;
            let mine: Vec<_> = all.iter().filter(|d| d.channel_name == format!("{kind} room")).collect();
            assert!(mine.len() == 1 && mine[0].state == State::Delivered, "{mine:?}");
            app.drop_channels().await;
        }
    }

    async fn slack_that_answers_well_and_says_no_has_not_taken_it(app: TestApp) {
        let sink = Sink::begin(r#"{"ok":false,"error":"not_authed"}"#).await;
        app.channel_of("slack", json!({ "hook": format!("{}/api/x", sink.url) })).await;
        app.fire("token").await;
        assert_eq!(sink.take().len(), 1);
        assert_eq!(app.state_of_last().await, (State::Waiting, "not_authed".to_owned()));
        sink.answer(200, &[], "ok");
        app.advance(MINUTE);
        app.settle().await;
        assert_eq!((sink.take().len(), app.state_of_last().await.0), (1, State::Delivered));
    }

    async fn who_asks_to_wait_is_waited_for(app: TestApp) {
        let sink = Sink::begin("").await;
        sink.answer(429, &[("retry-after", "600")], "slow down");
        app.channel_of("slack", json!({ "hook": format!("{}/x", sink.url) })).await;
        app.fire("limited").await;
        assert_eq!(sink.take().len(), 1);
        app.advance(9 * MINUTE);
        app.settle().await;
        assert_eq!(sink.take().len(), 0, "it asked for ten minutes");
        sink.answer(200, &[], "ok");
        app.advance(MINUTE);
        app.settle().await;
        assert_eq!(sink.take().len(), 1);
    }

    async fn no_secret_of_any_kind_is_shown_again(app: TestApp) {
        let admin = app.admin().await;
        let canary = "c4narY7b1c4narY7b1";
        let bot = format!("123456789:AAHdqTcv{canary}");
        let hook = format!("https://hooks.example.org/{canary}");
        let cases = [
            ("slack", json!({ "hook": hook })),
            ("teams", json!({ "hook": hook })),
            ("wecom", json!({ "hook": hook })),
            ("dingtalk", json!({ "hook": hook, "secret": canary })),
            ("feishu", json!({ "hook": hook, "secret": canary })),
            ("telegram", json!({ "chat": "1", "token": bot })),
            ("alertmanager", json!({ "url": "https://am.example.org/", "token": canary })),
        ];
        for (kind, fields) in cases {
            let id = app.channel_of(kind, fields).await;
            app.get(&format!("/admin/channels/{id}")).as_(&admin).send().await.is(200).lacks(canary);
            app.get(&format!("/api/v1/channels/{id}")).as_(&admin).send().await.is(200).lacks(canary);
        }
        assert_eq!(app.portal.deliveries.channels(&admin).await.unwrap().len(), 7);
        for page in ["/admin/channels", "/admin/channels.csv", "/api/v1/channels", "/audit", "/audit.csv"] {
            app.get(page).as_(&admin).send().await.is(200).lacks(canary);
        }
        let texts = crate::secrets::everything(&app).await;
        assert!(!texts.iter().any(|text| text.contains(canary)), "{:?}", texts.iter().find(|text| text.contains(canary)));
    }
}

impl TestApp {
    pub async fn drop_channels(&self) {
        let engine = Actor::engine("test");
        for channel in self.portal.deliveries.channels(&engine).await.unwrap() {
            assert_ne!(channel.kind, Kind::WebPush);
            self.portal.deliveries.remove_channel(&engine, &channel.id).await.unwrap();
        }
    }
}
