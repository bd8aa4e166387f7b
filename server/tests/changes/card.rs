//! The card of an approval: what is brought, how it is watched, and what was edited since it was approved.

use domain::people::Locale;

use super::*;
use crate::deliveries::sink::Sink;

both! {
    async fn the_card_says_what_is_brought_and_what_changed_since(app: TestApp) {
        let sink = Sink::begin("{}").await;
        let room = Room::new(app).await;
        let fields = json!({ "name": "hook", "kind": "webhook", "url": format!("{}/mine", sink.url), "enabled": true });
        room.app.portal.contacts.add(&room.alan, &serde_json::from_value(fields).unwrap()).await.unwrap();
        let sha = "ab12cd34ef567890".repeat(4);
        let artifact = [("artifact", json!("gateway")), ("artifact_version", json!("4.12")), ("artifact_sha", json!(sha)), ("verify_minutes", json!(45))];
        let change = room.request(&room.with(&artifact)).await;
        room.app.settle().await;
        let link = sink.one().json()["data"]["ack"].as_str().unwrap().to_owned();
        for path in ["/approvals", link.as_str()] {
            let page = room.app.get(path).as_(&room.alan).send().await;
            page.is(200).has("gateway 4.12").has(">ab12cd34ef56<").lacks(&format!(">{sha}<")).has("Watched for 45 min").has("Failures may rise by 0.2 percentage points");
            page.lacks("Changed since it was approved");
            room.app.get(path).as_(&room.alan).in_(Locale::Zh).send().await.is(200).has("gateway 4.12").has("观察 45 分钟");
        }
        let none = room.app.get("/api/v1/approvals").as_(&room.alan).send().await.is(200).json();
        assert_eq!(none[0]["changed_since_approval"], Value::Null);
        room.act(&room.alan, &change, "approve", &json!({ "hash": change["hash"] })).await.is(200);
        // Edited since: fields by name, old and new; a long text line by line.
        let path = format!("/api/v1/changes/{}", change["id"].as_str().unwrap());
        let mut edited = room.with(&artifact);
        for (name, value) in [
            ("version", json!(1)),
            ("submit", Value::Null),
            ("artifact_version", json!("4.13")),
            ("risk", json!("medium")),
            ("plan", json!("1. drain\n2. deploy twice")),
            ("verify_minutes", json!(30)),
        ] {
            edited[name] = value;
        }
        room.send(&room.rita, "PUT", &path, &edited).await.is(200);
        for path in ["/approvals", link.as_str()] {
            let page = room.app.get(path).as_(&room.alan).send().await;
            page.is(200).has("Changed since it was approved").has("<del>low risk<").has("<ins>medium risk<").has("deploy twice");
            page.has("<del>45 min · +0.2 % · +20 %<").has("<ins>30 min · +0.2 % · +20 %<");
            let page = room.app.get(path).as_(&room.alan).in_(Locale::Zh).send().await;
            page.is(200).has("审批后的改动").has("<del>低风险<").has("<ins>中风险<");
        }
        let told = room.app.get("/api/v1/approvals").as_(&room.alan).send().await.is(200).json();
        let fields: Vec<&str> = told[0]["changed_since_approval"].as_array().unwrap().iter().map(|one| one["field"].as_str().unwrap()).collect();
        assert_eq!(fields, ["risk", "plan", "artifact", "verify_minutes"], "{told}");
        let plain = room.request(&room.with(&[("title", json!("Nothing brought"))])).await;
        room.app.get("/approvals").as_(&room.alan).send().await.is(200).has("No artifact is named").has(plain["number"].to_string().as_str());
    }
}
