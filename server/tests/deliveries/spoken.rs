//! What alerts and incidents say in the language of whoever reads of them, in messages and on pages.

use domain::id::SystemId;
use serde_json::json;

use super::{opened::button, sink::Sink, *};

/// Events of an incident that are told one by one.
const LIFE: [&str; 3] = ["incident.opened", "incident.reopened", "incident.resolved"];

impl TestApp {
    /// A rule says that a link is at this value, in two languages, or that it is over.
    async fn link_at(&self, system: &SystemId, value: i64, holds: bool) {
        let mut bad = signal(system, "m1", Some(holds));
        bad.title = format!("L3 is at {value}");
        let texts = [("summary", bad.title.clone()), ("summary_zh", format!("L3 为 {value}"))];
        bad.annotations = texts.map(|(name, text)| (name.to_owned(), text)).into();
        self.observe(&bad).await.unwrap();
        self.advance(10 * SECOND);
        self.settle().await;
    }
}

both! {
    async fn an_alert_is_told_in_the_language_of_its_reader(app: TestApp) {
        let (en, zh) = (Sink::begin("ok").await, Sink::begin("ok").await);
        let room = |sink: &Sink, name: &str, language: &str, event: &str| {
            json!({ "hook": format!("{}/x", sink.url), "name": name, "language": language, "events": [event] })
        };
        app.channel_of("slack", room(&en, "en", "en", "alert.firing")).await;
        app.channel_of("slack", room(&zh, "zh", "zh-CN", "alert.firing")).await;
        let (_, system) = app.team_with_system("gateway").await;
        let mut bad = signal(&system, "m1", Some(true));
        bad.title = "Payments fail".to_owned();
        bad.annotations = [("summary", "Payments fail"), ("summary_zh", "支付失败")].map(|(n, t)| (n.to_owned(), t.to_owned())).into();
        app.observe(&bad).await.unwrap();
        app.settle().await;
        assert_eq!(en.one().json()["text"], "P1 · Alert fires: Payments fail");
        assert_eq!(zh.one().json()["text"], "P1 · 告警触发：支付失败");
        let admin = app.admin().await;
        app.get("/alerts").as_(&admin).send().await.is(200).has("Payments fail").lacks("支付失败");
        app.get("/alerts").as_(&admin).in_(domain::people::Locale::Zh).send().await.is(200).has("支付失败").lacks("Payments fail");
    }

    async fn every_page_says_a_title_in_the_language_of_its_reader(app: TestApp) {
        let sink = Sink::begin("ok").await;
        let events = ["incident.opened"];
        app.channel_of("slack", json!({ "hook": format!("{}/x", sink.url), "language": "zh-CN", "events": events })).await;
        let (_, system) = app.team_with_system("gateway").await;
        app.link_at(&system, 97, true).await;
        let link = button(&sink);
        app.get(&link).in_(Locale::Zh).send().await.is(200).has("#1 L3 为 97").lacks("L3 is at 97");
        app.get(&link).in_(Locale::En).send().await.is(200).has("#1 L3 is at 97").lacks("L3 为 97");
        let (admin, alert) = (app.admin().await, app.alerts().await.remove(0).id);
        for path in ["/".to_owned(), "/incidents".to_owned(), "/incidents/1".to_owned(), "/incidents/1/print".to_owned(), format!("/systems/{system}"), format!("/alerts/{alert}")] {
            app.get(&path).as_(&admin).in_(Locale::Zh).send().await.is(200).has("L3 为 97");
        }
        for path in ["/", "/incidents"] {
            app.get(path).as_(&admin).in_(Locale::Zh).send().await.is(200).lacks("L3 is at 97");
        }
    }

    async fn an_incident_keeps_its_language_whatever_its_alert_says_next(app: TestApp) {
        let (zh, en) = (Sink::begin("ok").await, Sink::begin("ok").await);
        for (sink, language) in [(&zh, "zh-CN"), (&en, "en")] {
            let room = json!({ "hook": format!("{}/x", sink.url), "name": language, "language": language, "events": LIFE });
            app.channel_of("slack", room).await;
        }
        let (_, system) = app.team_with_system("gateway").await;
        let said = || [&zh, &en].map(|sink| sink.one().json()["text"].as_str().unwrap().to_owned());
        app.link_at(&system, 97, true).await;
        assert_eq!(said(), ["P1 · 工单新建：#1 L3 为 97", "P1 · Incident opened: #1 L3 is at 97"]);
        // The alert has another title from now on; the incident goes by the one that it was opened with.
        app.link_at(&system, 96, true).await;
        app.link_at(&system, 12, false).await;
        assert_eq!(said(), ["P1 · 工单恢复：#1 L3 为 97", "P1 · Incident resolved: #1 L3 is at 97"]);
        app.link_at(&system, 99, true).await;
        assert_eq!(said(), ["P1 · 工单重开：#1 L3 为 97", "P1 · Incident reopened: #1 L3 is at 97"]);
        // A person calls it something else: that is its title in every language.
        let engine = Actor::engine("test");
        let incident = app.portal.incidents.get(&engine, &Ref::Number(1)).await.unwrap().incident;
        let version = incident.version.to_string();
        let edit = typed(&[("title", "Bank out"), ("severity", "P1"), ("impact", ""), ("version", version.as_str())]);
        app.portal.incidents.edit(&engine, &incident.id, &edit).await.unwrap();
        app.link_at(&system, 12, false).await;
        assert_eq!(said(), ["P1 · 工单恢复：#1 Bank out", "P1 · Incident resolved: #1 Bank out"]);
    }

    async fn what_was_open_before_the_upgrade_keeps_its_language(app: TestApp) {
        let zh = Sink::begin("ok").await;
        app.channel_of("slack", json!({ "hook": format!("{}/x", zh.url), "name": "zh", "language": "zh-CN", "events": LIFE })).await;
        let (_, system) = app.team_with_system("gateway").await;
        app.link_at(&system, 97, true).await;
        assert_eq!(zh.one().json()["text"], "P1 · 工单新建：#1 L3 为 97");
        let file = include_str!("../../../migrations/postgres/0151_incidents_told.sql");
        let fill = file.split(';').find(|statement| statement.contains("UPDATE incidents")).unwrap();
        let mut tx = app.ctx.begin_write().await.unwrap();
        for statement in ["UPDATE incidents SET told = ''", fill] {
            backend::db::sql(statement).run(&mut tx).await.unwrap();
        }
        tx.commit().await.unwrap();
        app.link_at(&system, 12, false).await;
        assert_eq!(zh.one().json()["text"], "P1 · 工单恢复：#1 L3 为 97");
    }

    async fn what_is_due_names_its_incident_in_the_language_of_its_owner(app: TestApp) {
        let sink = Sink::begin("").await;
        let (team, system) = app.team_with_system("gateway").await;
        app.link_at(&system, 97, true).await;
        app.link_at(&system, 96, true).await;
        let lena = app.user("lena", &[Permission::Read, Permission::WorkIncidents], Some(&team)).await;
        app.hook_of(&lena, &sink).await;
        let id = app.portal.incidents.get(&lena, &Ref::Number(1)).await.unwrap().incident.id;
        let due = app.now().plus(HOUR).rfc3339();
        app.portal.incidents.add_action(&lena, &id, &typed(&[("action", "Mend it"), ("owner", "me"), ("due", due.as_str())])).await.unwrap();
        app.advance(10 * MINUTE);
        app.settle().await;
        let incident = sink.one().json()["data"]["incident"].clone();
        assert_eq!((&incident["title"], &incident["told"]["annotations"]["summary_zh"]), (&json!("L3 is at 97"), &json!("L3 为 97")));
    }
}
