//! How bad an alert of a rule is, by steps.

use super::*;

both! {
    async fn steps_ask_of_labels_and_value_together(app: TestApp) {
        let server = Server::plain().await;
        let (_, system, editor) = scene(&app).await;
        let id = source(&app, &editor, &system, "query", &server.url("")).await;
        server.set(vector(&[("a", "11"), ("b", "12"), ("c", "12"), ("d", "10.5")]));
        let steps = "{link=\"a\"} >= 11: P1\n{link=\"b\"} == 12: P2\n{link=\"c\"} > 12: P1\n<= 10.5: P4";
        let rule = watching(&app, &editor, &system, &id, &[("severity_steps", steps)]).await;
        app.settle().await;
        let mut found: Vec<_> = app.alerts().await.into_iter().map(|alert| (alert.labels["link"].clone(), alert.severity)).collect();
        found.sort_by(|a, b| a.0.cmp(&b.0));
        let said: Vec<_> = found.iter().map(|(link, severity)| (link.as_str(), *severity)).collect();
        assert_eq!(said, [("a", Severity::P1), ("b", Severity::P2), ("c", Severity::P3), ("d", Severity::P4)]);
        let told = app.get(&format!("/api/v1/rules/{rule}")).as_(&editor).send().await.json();
        assert_eq!(told["severity"]["steps"][0]["test"], "{link=\"a\"} >= 11");
        // What is typed back is what was typed.
        let page = app.get(&format!("/rules/{rule}/edit")).as_(&editor).in_(Locale::Zh).send().await;
        page.is(200).has("== 12: P2").has("也可两者并用");
        let wrong = json!({
            "name": "Wrong", "system": system, "kind": "query", "source": id, "expr": "failing", "compare": "above", "fire": 10,
            "severity_steps": "{link=\"a\"} => 11: P1",
        });
        app.api("POST", "/api/v1/rules", &wrong).as_(&editor).send().await.is(422).has("\"severity_steps\"");
    }
}
