//! Groups of many: programs are told of every alert, people of some and how many more there are.

use super::{acceptance::*, posted::alert, *};
use crate::deliveries::sink::{Got, Sink};

const ALL: usize = 1_200;

/// A channel that hears only what is sent to it by name.
async fn room(app: &TestApp, kind: &str, name: &str, more: Value) -> Sink {
    let sink = Sink::begin("").await;
    let url = format!("{}/", sink.url);
    let mut fields = json!({ "name": name, "events": [] });
    fields[if kind == "slack" { "hook" } else { "url" }] = json!(url);
    for (name, value) in more.as_object().unwrap() {
        fields[name] = value.clone();
    }
    app.channel_of(kind, fields).await;
    sink
}

both! {
    async fn programs_are_told_of_every_alert_of_a_group_and_people_how_many_there_are(app: TestApp) {
        let (house, _) = House::new(&app, &["hook"], &routes("")).await;
        let all = room(&app, "alertmanager", "all", json!({})).await;
        let few = room(&app, "alertmanager", "few", json!({ "max_alerts": "7" })).await;
        let chat = room(&app, "slack", "chat", json!({})).await;
        let file = routes("").replace("channels: [hook]", "channels: [all, few, chat]");
        app.portal.routes.put(&house.admin, &file, 1).await.unwrap();
        let names: Vec<String> = (0..ALL).map(|n| format!("A{n}")).collect();
        house.post(&names.iter().map(|name| alert(name, json!({}))).collect::<Vec<_>>()).await;
        house.after(10 * SECOND).await;
        let told = all.take();
        let (mut sizes, mut named) = (Vec::new(), std::collections::BTreeSet::new());
        for got in &told {
            let body = got.json();
            assert_eq!((&body["status"], &body["truncatedAlerts"], &body["groupKey"]), (&json!("firing"), &json!(0), &told[0].json()["groupKey"]));
            let alerts = body["alerts"].as_array().unwrap().clone();
            sizes.push(alerts.len());
            named.extend(alerts.iter().map(|alert| alert["labels"]["alertname"].as_str().unwrap().to_owned()));
        }
        sizes.sort_unstable();
        assert_eq!((sizes, named.len()), (vec![200, 500, 500], ALL));
        let cut = few.one().json();
        assert_eq!((cut["alerts"].as_array().unwrap().len(), &cut["truncatedAlerts"]), (7, &json!(ALL - 7)));
        let said = chat.one().json().to_string();
        assert!(said.contains("and 1199 more"), "{said}");
        let why = app.alerts().await.remove(0);
        let why = app.portal.routes.why(&house.admin, &why.id).await.unwrap();
        assert_eq!(why.receipts.len(), 5, "three messages, and one each to the others");
        let groups = app.get("/api/v2/alerts/groups").as_(&house.prometheus).send().await.is(200).json();
        assert_eq!(groups[0]["alerts"].as_array().unwrap().len(), ALL);
        // What is over stands before what fires, for whoever names some only.
        house.post(&["A700", "A1100"].map(|name| ending(&app, name, 0))).await;
        house.after(2 * MINUTE).await;
        let over = |body: &Value| body["alerts"].as_array().unwrap().iter().filter(|alert| alert["status"] == "resolved").count();
        let told: Vec<Value> = all.take().iter().map(Got::json).collect();
        assert!(told.iter().all(|body| body["status"] == "firing"), "of one group no part is over by itself");
        assert_eq!((told.len(), told.iter().map(over).sum::<usize>(), over(&few.one().json())), (3, 2, 2));
        let said = chat.one().json().to_string();
        assert!(said.contains("Alert is over: A700 is bad") && said.contains("Alert is over: A1100 is bad"), "{said}");
    }
}
