//! Contact methods of persons: how much a minute, who steps in, in whose words.

use domain::people::Locale;
use serde_json::{Value, json};

use super::{
    persons::user,
    sink::{Got, Sink},
    *,
};

impl TestApp {
    /// Something is told to a person.
    async fn tells(&self, actor: &Actor, key: &str) -> u64 {
        let (team, incident) = match self.portal.incidents.get(&Actor::engine("test"), &Ref::Number(1)).await {
            Ok(found) => (found.incident.team, found.incident.id),
            Err(_) => self.firing_incident().await,
        };
        let notice = domain::deliveries::Notice {
            event: "page",
            system: None,
            team,
            incident: Some(incident.clone()),
            payload: json!({ "page": { "run": "r", "step": 1, "policy": "nights" }, "incident": { "id": incident, "number": 1, "title": key, "severity": "P1", "path": "/incidents/1" } }),
            key: key.to_owned(),
        };
        let mut tx = self.ctx.begin_write().await.unwrap();
        let told = backend::deliveries::enqueue_to_user(&mut tx, &self.ctx, user(actor), notice).await.unwrap();
        tx.commit().await.unwrap();
        self.settle().await;
        told
    }
}

fn keys(got: &[Got]) -> Vec<String> {
    got.iter().map(|got| got.header("webhook-id").to_owned()).collect()
}

fn hook(name: &str, sink: &Sink, more: Value) -> Value {
    let mut fields = json!({ "name": name, "kind": "webhook", "url": format!("{}/{name}", sink.url), "enabled": true });
    fields.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    fields
}

both! {
    async fn a_reserve_is_told_only_what_another_could_not_tell(app: TestApp) {
        let (first, second) = (Sink::begin("").await, Sink::begin("").await);
        let (team, _) = app.firing_incident().await;
        let oscar = app.viewer("oscar", &team).await;
        let reserve = app.contact_of(&oscar, hook("second", &second, json!({ "reserve": true }))).await;
        // As long as there is nothing else it is told at once.
        assert_eq!(app.tells(&oscar, "page-0").await, 1);
        assert_eq!(keys(&second.take()), ["page-0"]);
        let contact = app.contact_of(&oscar, hook("first", &first, json!({ "fallback": reserve.id, "fallback_after": 2 }))).await;
        assert_eq!(contact.manner.fallback.as_ref(), Some(&reserve.id));
        assert_eq!(app.tells(&oscar, "page-1").await, 1, "the first alone");
        assert_eq!((keys(&first.take()), keys(&second.take())), (vec!["page-1".to_owned()], vec![]));
        first.answer(503, &[], "");
        app.tells(&oscar, "page-2").await;
        assert!(second.take().is_empty(), "not at once");
        for _ in 0..5 {
            app.advance(MINUTE);
            app.settle().await;
        }
        assert_eq!(keys(&second.take()), ["page-2"], "after two minutes, once");
        let stand_in = app.ledger().await.into_iter().find(|delivery| delivery.instead_of.is_some()).unwrap();
        assert_eq!((stand_in.state, stand_in.user.as_ref()), (State::Delivered, Some(user(&oscar))));
        // Turned off, it does not step in.
        let fields = typed(&[("name", "second"), ("url", &format!("{}/second", second.url)), ("reserve", "on")]);
        app.portal.contacts.edit(&oscar, &reserve.id, &fields).await.unwrap();
        app.tells(&oscar, "page-3").await;
        for _ in 0..5 {
            app.advance(MINUTE);
            app.settle().await;
        }
        assert!(second.take().is_empty());
    }

    async fn what_steps_in_is_ones_own(app: TestApp) {
        let sink = Sink::begin("").await;
        let team = app.team("payments").await;
        let (oscar, olga) = (app.viewer("oscar", &team).await, app.viewer("olga", &team).await);
        let hers = app.contact_of(&olga, hook("hers", &sink, json!({}))).await;
        let mine = app.contact_of(&oscar, hook("mine", &sink, json!({}))).await;
        let room = app.channel_of("slack", json!({ "hook": format!("{}/x", sink.url) })).await;
        for strange in [&hers.id, &mine.id, &room] {
            let body = hook("mine", &sink, json!({ "fallback": strange }));
            let answer = app.api("PUT", &format!("/api/v1/contacts/{}", mine.id), &body).as_(&oscar).send().await;
            answer.is(422).has("\"fallback\"").has("another contact method of yours");
        }
        app.api("POST", "/api/v1/contacts", &hook("new", &sink, json!({ "fallback": hers.id }))).as_(&oscar).send().await.is(422);
        app.api("POST", "/api/v1/contacts", &hook("new", &sink, json!({ "per_minute": 0 }))).as_(&oscar).send().await.is(422).has("\"per_minute\"");
        let made = app.api("POST", "/api/v1/contacts", &hook("new", &sink, json!({ "fallback": mine.id, "fallback_after": 3, "per_minute": 2, "reserve": true }))).as_(&oscar).send().await.is(201).json();
        assert_eq!((&made["manner"]["fallback"], &made["manner"]["reserve"]), (&json!(mine.id), &json!(true)));
        // The page shows what was chosen, and offers nobody else's.
        let path = format!("/profile/contacts/{}", made["id"].as_str().unwrap());
        let page = app.get(&path).as_(&oscar).send().await;
        page.is(200).has("Told only what another one could not tell").has(mine.id.as_str()).lacks(hers.id.as_str());
        app.get(&path).as_(&oscar).in_(Locale::Zh).send().await.is(200).has("备用").has("仅在其他联系方式送不出时才使用");
        // The description of the API says what may be said.
        let described = app.get("/api/v1/openapi.json").as_(&oscar).send().await.is(200).json();
        let fields = described["components"]["schemas"]["ContactBody"]["properties"].as_object().expect("described").clone();
        for field in ["name", "kind", "to", "url", "secret", "token", "chat", "language", "quiet_from", "per_minute", "fallback", "fallback_after", "reserve", "title", "body"] {
            assert!(fields.contains_key(field), "{field}");
        }
    }

    async fn what_is_too_much_for_a_person_is_summed_up_in_their_words(app: TestApp) {
        let sink = Sink::begin(r#"{"ok":true,"result":{"message_id":1}}"#).await;
        let (team, _) = app.firing_incident().await;
        let oscar = app.viewer("oscar", &team).await;
        let fields = json!({ "name": "phone", "kind": "telegram", "token": "123456789:AAHdqTcvCH1vGWJxfSeofSAs0K5PALDsaw", "chat": "7", "api": sink.url,
            "enabled": true, "language": "zh-CN", "per_minute": 2, "title": "呼叫 {title}" });
        let contact = app.contact_of(&oscar, fields).await;
        let mut tx = app.ctx.begin_write().await.unwrap();
        backend::db::sql("UPDATE channels SET verified_at = $1 WHERE id = $2").value(app.now()).value(&contact.id).run(&mut tx).await.unwrap();
        tx.commit().await.unwrap();
        app.settle().await;
        sink.take();
        app.advance(MINUTE);
        for n in 0..5 {
            app.tells(&oscar, &format!("page-{n}")).await;
        }
        let first = sink.take();
        assert_eq!(first.len(), 2, "two a minute");
        assert!(first[0].json()["text"].as_str().unwrap().contains("呼叫 #1 page-0"), "{}", first[0].json());
        app.advance(MINUTE);
        app.settle().await;
        let rest: Vec<String> = sink.take().iter().map(|got| got.json()["text"].as_str().unwrap().to_owned()).collect();
        assert!(rest.len() == 2 && (2..5).all(|n| rest.iter().any(|text| text.contains(&format!("page-{n}")))), "{rest:?}");
        assert!(app.ledger().await.iter().filter(|delivery| delivery.key.starts_with("page-")).all(|delivery| delivery.state == State::Delivered));
    }
}
