//! How persons are reached: proof, order, browsers; and the links they acknowledge with.

use domain::{
    Who,
    deliveries::Contact,
    id::{IncidentId, TeamId, UserId},
    time::DAY,
};
use serde_json::{Value, json};

use backend::db::Kind;

use super::{sink::Sink, *};

const TELEGRAM: &str = "123456789:AAHdqTcvCH1vGWJxfSeofSAs0K5PALDsaw";
const YES: &str = r#"{"ok":true,"result":{"message_id":1}}"#;

pub(super) fn user(actor: &Actor) -> &UserId {
    let Who::User(id) = &actor.who else { panic!("a user") };
    id
}

impl TestApp {
    pub(super) async fn contact_of(&self, actor: &Actor, fields: Value) -> Contact {
        let typed: Typed = serde_json::from_value(fields).unwrap();
        match self.portal.contacts.add(actor, &typed).await {
            Ok(contact) => contact,
            Err(fault) => panic!("{fault:?}"),
        }
    }

    /// A webhook of one's own.
    pub(super) async fn hook_of(&self, actor: &Actor, sink: &Sink) -> Contact {
        self.contact_of(actor, json!({ "name": "hook", "kind": "webhook", "url": format!("{}/mine", sink.url), "enabled": true })).await
    }

    /// Calls a person about an incident.
    async fn page(&self, actor: &Actor, team: &TeamId, incident: &IncidentId, key: &str) {
        let payload = json!({ "page": { "run": "r", "step": 1, "policy": "nights" }, "incident": { "id": incident, "number": 1, "title": "t", "severity": "P1", "path": "/incidents/1" } });
        let notice = domain::deliveries::Notice {
            event: "page",
            system: None,
            team: team.clone(),
            incident: Some(incident.clone()),
            payload,
            key: key.to_owned(),
        };
        let mut tx = self.ctx.begin_write().await.unwrap();
        assert_eq!(backend::deliveries::enqueue_to_user(&mut tx, &self.ctx, user(actor), notice).await, Ok(1));
        tx.commit().await.unwrap();
        self.settle().await;
    }

    pub(super) async fn firing_incident(&self) -> (TeamId, IncidentId) {
        let (team, system) = self.team_with_system("gateway").await;
        self.observe(&signal(&system, "m1", Some(true))).await.unwrap();
        self.settle().await;
        let id = self.portal.incidents.get(&Actor::engine("test"), &Ref::Number(1)).await.unwrap().incident.id;
        (team, id)
    }
}

/// The path of the link in a message.
fn link(sink: &Sink) -> String {
    sink.one().json()["data"]["ack"].as_str().expect("a link").to_owned()
}

async fn what_persons_enter_stays_outside(kind: Kind) {
    let sink = Sink::begin(YES).await;
    let app = TestApp::with(kind, |settings| settings.egress.contacts.clear()).await;
    let vera = app.viewer("vera", &app.team("payments").await).await;
    let contact = app.hook_of(&vera, &sink).await;
    app.portal.contacts.test(&vera, &contact.id).await.unwrap();
    app.settle().await;
    let last = app.portal.contacts.last(&vera, &contact.id).await.unwrap().unwrap();
    assert!(last.state != State::Delivered && last.last_error.contains("127.0.0.1"), "{last:?}");
    assert!(sink.take().is_empty(), "the house may go there, its people's addresses may not");
}

#[tokio::test]
async fn what_persons_enter_stays_outside_sqlite() {
    what_persons_enter_stays_outside(Kind::Sqlite).await;
}

both! {
    async fn what_reaches_others_must_be_proved(app: TestApp) {
        let sink = Sink::begin(YES).await;
        let vera = app.viewer("vera", &app.team("payments").await).await;
        let fields = json!({ "name": "phone", "kind": "telegram", "token": TELEGRAM, "chat": "7", "api": sink.url, "enabled": true });
        let contact = app.contact_of(&vera, fields.clone()).await;
        assert_eq!(contact.verified_at, None);
        app.settle().await;
        let told = sink.one().json()["text"].as_str().unwrap().to_owned();
        let code: String = told.chars().filter(char::is_ascii_digit).take(6).collect();
        let texts = crate::secrets::everything(&app).await;
        assert!(!texts.iter().any(|text| text.contains(&code) && text.starts_with("deliveries.payload")), "the code is stored nowhere");
        assert_eq!(app.portal.contacts.test(&vera, &contact.id).await, Err(Fault::conflict("conflict-contact-unverified")));
        let path = format!("/profile/contacts/{}", contact.id);
        let wrong = if code == "000000" { "000001" } else { "000000" };
        app.post_form(&format!("{path}/verify"), &[("code", "12")]).as_(&vera).send().await.is(422).has("six digits");
        for _ in 0..5 {
            app.post_form(&format!("{path}/verify"), &[("code", wrong)]).as_(&vera).send().await.is(422).has("newest message");
        }
        app.post_form(&format!("{path}/verify"), &[("code", &code)]).as_(&vera).send().await.is(409).has("tried too often");
        app.post_form(&format!("{path}/code"), &[]).as_(&vera).send().await.is(303);
        app.settle().await;
        let told = sink.one().json()["text"].as_str().unwrap().to_owned();
        let again: String = told.chars().filter(char::is_ascii_digit).take(6).collect();
        app.advance(16 * MINUTE);
        app.post_form(&format!("{path}/verify"), &[("code", &again)]).as_(&vera).send().await.is(409);
        app.post_form(&format!("{path}/code"), &[]).as_(&vera).send().await.is(303);
        app.settle().await;
        let told = sink.one().json()["text"].as_str().unwrap().to_owned();
        let last: String = told.chars().filter(char::is_ascii_digit).take(6).collect();
        app.post_form(&format!("{path}/verify"), &[("code", &last)]).as_(&vera).send().await.is(303);
        app.portal.contacts.test(&vera, &contact.id).await.unwrap();
        app.settle().await;
        assert!(sink.one().json()["text"].as_str().unwrap().contains("This is a test"));
        app.get(&path).as_(&vera).send().await.is(200).has("delivered").lacks(TELEGRAM);
        // It goes elsewhere now: it must be proved anew.
        let moved = typed(&[("name", "phone"), ("chat", "8"), ("api", &sink.url), ("enabled", "on")]);
        assert_eq!(app.portal.contacts.edit(&vera, &contact.id, &moved).await.unwrap().verified_at, None);
        // Nobody is pestered with codes.
        for _ in 0..6 {
            app.portal.contacts.send_code(&vera, &contact.id).await.unwrap();
        }
        assert!(matches!(app.portal.contacts.send_code(&vera, &contact.id).await, Err(Fault::TooMany { .. })));
    }

    async fn contact_methods_are_nobody_elses(app: TestApp) {
        let sink = Sink::begin("").await;
        let team = app.team("payments").await;
        let (vera, admin) = (app.viewer("vera", &team).await, app.admin().await);
        let first = app.hook_of(&vera, &sink).await;
        let second = app.hook_of(&vera, &sink).await;
        let path = format!("/profile/contacts/{}", first.id);
        app.get(&path).as_(&vera).send().await.is(200).has("hook").lacks("whsec_M");
        app.get(&path).as_(&admin).send().await.is(404);
        for verb in ["", "/test", "/remove", "/raise", "/code", "/verify"] {
            app.post_form(&format!("{path}{verb}"), &[("code", "123456"), ("name", "x"), ("url", "https://x.org/")]).as_(&admin).send().await.is(404);
        }
        app.get("/admin/channels").as_(&admin).send().await.is(200).has("No channel yet");
        assert!(app.portal.deliveries.remove_channel(&admin, &first.id).await.is_err());
        app.post_form(&format!("/profile/contacts/{}/raise", second.id), &[]).as_(&vera).send().await.is(303);
        let order: Vec<_> = app.portal.contacts.mine(&vera).await.unwrap().into_iter().map(|contact| contact.id).collect();
        assert_eq!(order, [second.id, first.id.clone()]);
        app.get("/profile").as_(&vera).send().await.is(200).has("2 in use");
        app.post_form(&format!("{path}/remove"), &[]).as_(&vera).send().await.is(303);
        app.get(&path).as_(&vera).send().await.is(404);
        assert!(app.portal.contacts.mine(&Actor::engine("test")).await.is_err(), "an engine has none");
    }

    async fn a_browser_is_pushed_to_until_it_unsubscribes(app: TestApp) {
        let sink = Sink::begin("").await;
        sink.answer(201, &[], "");
        let vera = app.viewer("vera", &app.team("payments").await).await;
        let key = app.portal.contacts.push_key(&vera).await.unwrap();
        assert_eq!((key.len(), app.portal.contacts.push_key(&vera).await.unwrap() == key), (87, true), "a point of P-256, always the same");
        app.get("/profile/contacts").as_(&vera).send().await.is(200).has(&format!("data-push-key=\"{key}\""));
        assert_eq!(app.get("/api/v1/contacts/push-key").as_(&vera).send().await.is(200).json()["key"], key.as_str());
        app.get("/sw.js").send().await.is(200).has("showNotification");
        app.get("/manifest.webmanifest").send().await.is(200).has("standalone");
        // The keys of the example of RFC 8291.
        let p256dh = "BCVxsr7N_eNgVRqvHtD0zTZsEc6-VV-JvLexhqUzORcxaOzi6-AYWXvTBHm4bjyPjs7Vd8pZGH6SRpkNtoIAiw4";
        let endpoint = format!("{}/push/canary-endpoint", sink.url);
        let form = [("kind", "web-push"), ("name", "browser"), ("enabled", "on"), ("endpoint", endpoint.as_str()), ("p256dh", p256dh), ("auth", "BTBZMqHH6r4Tts7J_aSIgg")];
        app.post_form("/profile/contacts", &form).as_(&vera).send().await.is(303);
        let contact = app.portal.contacts.mine(&vera).await.unwrap().remove(0);
        app.get(&format!("/profile/contacts/{}", contact.id)).as_(&vera).send().await.is(200).lacks("canary-endpoint").lacks("BTBZMqHH6r4Tts7J_aSIgg");
        app.portal.contacts.test(&vera, &contact.id).await.unwrap();
        app.settle().await;
        let got = sink.one();
        assert_eq!((got.method.as_str(), got.header("content-encoding"), got.header("ttl"), got.header("urgency")), ("POST", "aes128gcm", "14400", "normal"));
        assert!(got.header("authorization").starts_with("vapid t=") && got.header("authorization").ends_with(&format!(", k={key}")));
        assert!(got.body.len() < 4_096 && got.body[16..21] == [0, 0, 0x10, 0, 65], "a header of RFC 8188");
        assert!(!String::from_utf8_lossy(&got.body).contains("This is a test"), "encrypted");
        sink.answer(410, &[], "");
        app.advance(SECOND);
        app.portal.contacts.test(&vera, &contact.id).await.unwrap();
        app.settle().await;
        assert_eq!(app.portal.contacts.last(&vera, &contact.id).await.unwrap().unwrap().state, State::Dead, "nobody is there any more");
        assert!(!app.portal.contacts.mine(&vera).await.unwrap()[0].enabled);
        assert_eq!(sink.take().len(), 1);
    }

    async fn one_tap_acknowledges_as_the_person_it_was_sent_to(app: TestApp) {
        let sink = Sink::begin("").await;
        let (team, incident) = app.firing_incident().await;
        let oscar = app.user("oscar", &[Permission::Read, Permission::AcknowledgeAlerts], Some(&team)).await;
        app.hook_of(&oscar, &sink).await;
        app.page(&oscar, &team, &incident, "page-1").await;
        let link = link(&sink);
        let admin = app.admin().await;
        let delivery = app.ledger().await.into_iter().find(|d| d.key == "page-1").unwrap();
        app.get(&format!("/admin/deliveries/{}", delivery.id)).as_(&admin).send().await.is(200).lacks("/ack/");
        // Looking at it does nothing, however often.
        for _ in 0..3 {
            app.get(&link).send().await.is(200).has("m1 is down").has("Acknowledge as oscar").has("<form");
        }
        let acknowledged = async || app.alerts().await[0].acknowledged_at.is_some();
        assert!(!acknowledged().await);
        app.post_form(&link, &[]).send().await.is(200).has("Acknowledged").lacks("<form method=\"post\" action=\"/ack");
        assert!(acknowledged().await);
        app.get(&link).send().await.is(200).has("Acknowledged");
        app.post_form(&link, &[]).send().await.is(200);
        app.get("/audit").as_(&admin).send().await.is(200).has("oscar (webhook → hook)");
        // Bent, it does not open; and nobody is told why.
        let bent = format!("{}A", &link[..link.len() - 1]);
        if bent != link {
            app.get(&bent).send().await.is(404).has("does not open");
            app.post_form(&bent, &[]).send().await.is(404);
        }
        // When it is over there is nothing to acknowledge.
        let (_, system) = (&team, app.alerts().await[0].system.clone().unwrap());
        app.observe(&signal(&system, "m1", Some(false))).await.unwrap();
        app.advance(MINUTE);
        app.settle().await;
        app.get(&link).send().await.is(200).has("It is over");
        app.post_form(&link, &[]).send().await.is(409);
        app.advance(DAY);
        app.get(&link).send().await.is(404);
    }

    async fn a_link_acknowledges_an_incident_that_has_no_alerts_and_nobody_is_paged_any_more(app: TestApp) {
        let sink = Sink::begin("").await;
        let (team, system) = app.team_with_system("gateway").await;
        let admin = app.admin().await;
        let oscar = app.user("oscar", &[Permission::Read, Permission::WorkIncidents], Some(&team)).await;
        let vera = app.viewer("vera", &team).await;
        app.hook_of(&oscar, &sink).await;
        let step = json!({ "after_min": 0, "severities": ["P1"], "targets": [format!("user:{}", user(&oscar))] });
        let policy = json!({ "name": "nights", "team": team, "default": true, "skip_empty": true, "repeat": 0, "again_min": 10, "steps": [step] });
        app.portal.escalations.create(&admin, &serde_json::from_value(policy).unwrap()).await.unwrap();
        let opening = typed(&[("title", "Slow"), ("severity", "P1"), ("system", system.as_str()), ("impact", "")]);
        let incident = app.portal.incidents.open(&admin, &opening).await.unwrap();
        app.portal.escalations.escalate(&admin, &incident.id).await.unwrap();
        app.settle().await;
        let told = sink.one().json();
        assert_eq!((told["type"].as_str(), told["data"]["page"]["policy"].as_str()), (Some("page"), Some("nights")));
        let link = told["data"]["ack"].as_str().expect("the link").to_owned();
        let state = async || app.portal.escalations.record(&admin, &incident.id).await.unwrap().runs.remove(0);
        app.get(&link).send().await.is(200).has("Slow").has("Acknowledge as oscar");
        assert_eq!(state().await.state, domain::escalations::Progress::Running);
        app.post_form(&link, &[]).send().await.is(200).has("Acknowledged");
        let run = state().await;
        assert_eq!((run.state, run.ended_by.as_str()), (domain::escalations::Progress::Acknowledged, "oscar (webhook → hook)"));
        app.get(&link).send().await.is(200).has("Acknowledged").lacks("Acknowledge as oscar");
        app.post_form(&link, &[]).send().await.is(200);
        let detail = app.portal.incidents.get(&admin, &Ref::Number(1)).await.unwrap();
        assert_eq!(detail.timeline.iter().filter(|entry| entry.kind == EntryKind::Acknowledged).count(), 1, "twice the same is once");
        app.get("/audit?act=incident.acknowledge").as_(&admin).send().await.is(200).has("oscar (webhook → hook)");
        // Whoever may not, may not by link either.
        app.hook_of(&vera, &sink).await;
        app.page(&vera, &team, &incident.id, "page-vera").await;
        app.post_form(&self::link(&sink), &[]).send().await.is(404);
    }

    async fn a_link_opens_only_as_long_as_its_person_may(app: TestApp) {
        let sink = Sink::begin("").await;
        let (team, incident) = app.firing_incident().await;
        let oscar = app.user("oscar", &[Permission::Read, Permission::AcknowledgeAlerts], Some(&team)).await;
        let other = app.team("other").await;
        let olga = app.user("olga", &[Permission::Read, Permission::AcknowledgeAlerts], Some(&other)).await;
        let vera = app.viewer("vera", &team).await;
        for (actor, status) in [(&olga, 404), (&vera, 200)] {
            app.hook_of(actor, &sink).await;
            app.page(actor, &team, &incident, &format!("page-{}", actor.name)).await;
            let link = link(&sink);
            app.get(&link).send().await.is(status);
            app.post_form(&link, &[]).send().await.is(404);
        }
        let contact = app.hook_of(&oscar, &sink).await;
        app.page(&oscar, &team, &incident, "page-oscar").await;
        let link = link(&sink);
        let admin = app.admin().await;
        app.portal.people.set_disabled(&admin, user(&oscar), true).await.unwrap();
        app.post_form(&link, &[]).send().await.is(404);
        app.portal.people.set_disabled(&admin, user(&oscar), false).await.unwrap();
        app.portal.contacts.remove(&oscar, &contact.id).await.unwrap();
        app.post_form(&link, &[]).send().await.is(404);
        assert!(app.alerts().await[0].acknowledged_at.is_none());
    }
}
