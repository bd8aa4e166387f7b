//! Alerts of an objective: what they carry, and that each is over exactly once.

use domain::time::MINUTE;
use serde_json::json;

use super::{objective, post, sender};
use crate::sources::{alerts, scene};

both! {
    async fn what_had_fired_is_over_exactly_once(app: TestApp) {
        let (team, system, _) = scene(&app).await;
        let editor = sender(&app, &team).await;
        post(&app, &editor, 3, 50, 30, 20).await;
        let ids = [
            objective(
                &app,
                &editor,
                &system,
                &[
                    ("name", "Edited"),
                    ("runbook", "https://wiki.example.org/payments"),
                    ("labels", "service: pay\nwindow: never"),
                    ("annotations", "summary: {{ $labels.objective }} burns over {{ $labels.window }}"),
                ],
            )
            .await,
            objective(&app, &editor, &system, &[("name", "Paused")]).await,
            objective(&app, &editor, &system, &[("name", "Deleted")]).await,
        ];
        app.settle().await;
        app.settle().await;
        assert_eq!(alerts(&app, &editor).await.iter().filter(|(_, state)| state == "firing").count(), 9);
        let list = app.get("/api/v1/alerts").as_(&editor).send().await.json();
        let labels: Vec<_> = list["items"].as_array().unwrap().iter().map(|alert| alert["labels"].clone()).collect();
        assert!(labels.iter().all(|labels| labels["alertname"] == "ErrorBudgetBurn" && labels["system"] == "gateway" && labels["team"] == "payments"));
        assert!(labels.iter().any(|labels| labels["objective"] == "Edited" && labels["window"] == "6 h" && labels["severity"] == "high"), "{labels:?}");
        // What its alerts carry, on its page and in them; what an alarm says of itself stays.
        app.get(&format!("/objectives/{}", ids[0])).as_(&editor).send().await.is(200).has("https://wiki.example.org/payments").has("service: pay");
        let carries = |alert: &serde_json::Value| {
            alert["annotations"] == json!({ "runbook_url": "https://wiki.example.org/payments", "summary": "Edited burns over 6 h" })
                && alert["labels"]["service"] == "pay"
                && alert["labels"]["window"] == "6 h"
        };
        assert!(list["items"].as_array().unwrap().iter().any(carries), "{list}");
        let wrong = json!({ "name": "Wrong", "system": system, "kind": "success", "target": 99, "runbook": "javascript:alert(1)", "labels": "a b" });
        app.api("POST", "/api/v1/objectives", &wrong).as_(&editor).send().await.is(422).has("runbook").has("labels");
        // Nothing of it counts in the new form.
        let edited = json!({ "name": "Edited", "system": system, "kind": "success", "target": 99, "link": "nowhere", "version": 1 });
        app.api("PUT", &format!("/api/v1/objectives/{}", ids[0]), &edited).as_(&editor).send().await.is(200).has("\"new\"");
        app.api("POST", &format!("/api/v1/objectives/{}/pause", ids[1]), &json!({})).as_(&editor).send().await.is(200);
        app.api("DELETE", &format!("/api/v1/objectives/{}", ids[2]), &json!({})).as_(&editor).send().await.is(204);
        for _ in 0..3 {
            app.advance(MINUTE);
            app.settle().await;
        }
        let list = app.get("/api/v1/alerts?state=resolved").as_(&editor).send().await.json();
        let over = list["items"].as_array().unwrap();
        assert_eq!((over.len(), alerts(&app, &editor).await.len()), (9, 9));
        for alert in over {
            let one = app.get(&format!("/api/v1/alerts/{}", alert["id"].as_str().unwrap())).as_(&editor).send().await;
            let history = one.json()["history"].as_array().unwrap().clone();
            let ends = history.iter().filter(|event| event["to"] == "resolved" && event["from"] != "resolved").count();
            assert_eq!(ends, 1, "{}", one.body);
        }
        let audit = app.get("/api/v1/audit").as_(&app.admin().await).send().await;
        audit.is(200).has("objective.create").has("objective.edit").has("objective.pause").has("objective.delete");
    }
}
