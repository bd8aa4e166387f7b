//! Alerts that say much: a label with a whole query, more than an index takes, and more words than are kept.

use super::{
    acceptance::{House, heard, routes},
    posted::alert,
    *,
};

/// So many bytes that cannot be said shorter.
fn noise(bytes: usize) -> String {
    let mut seed: u64 = 7;
    let mut next = || {
        seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        char::from(b'a' + u8::try_from((seed >> 33) % 26).expect("a letter"))
    };
    (0..bytes).map(|_| next()).collect()
}

both! {
    async fn an_alert_with_a_long_label_is_taken_told_and_found(app: TestApp) {
        let (house, sinks) = House::new(&app, &["hook"], &routes("  group_by: ['...']\n")).await;
        let query = noise(30_000);
        let slow = |end: &str, more: Value| {
            let mut slow = alert("Slow", json!({ "labels": { "alertname": "Slow", "query": format!("{query}{end}") } }));
            slow.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
            slow
        };
        let long = json!({ "annotations": { "summary": "slow", "description": "错".repeat(9_000) } });
        house.post(&[slow("a", long), slow("b", json!({}))]).await;
        house.after(10 * SECOND).await;
        assert_eq!(heard(&sinks[0]), ["Slow+", "Slow+"], "two alerts, each in a group of its own");
        // Found by the whole of it, or by how it begins.
        let filter = |matcher: String| format!("?filter={}", url::form_urlencoded::byte_serialize(matcher.as_bytes()).collect::<String>());
        let found = house.list(&filter(format!("query=\"{query}a\""))).await;
        assert_eq!((found.len(), &found[0]["labels"]["query"]), (1, &json!(format!("{query}a"))));
        assert_eq!(found[0]["annotations"]["description"].as_str().map(str::len), Some(16 * 1024 - 1), "cut, and whole letters");
        assert_eq!(house.list(&filter(format!("query=~\"{}.*\"", &query[..100]))).await.len(), 2);
        assert_eq!(house.list(&filter(format!("query=\"{query}\""))).await.len(), 0);
        // It is the same one when it ends.
        house.post(&[slow("a", json!({ "endsAt": app.now().rfc3339(), "startsAt": app.now().plus(-HOUR).rfc3339() }))]).await;
        house.after(2 * MINUTE).await;
        assert_eq!(heard(&sinks[0]), ["Slow-"]);
        // What is longer yet is refused, and takes nothing else with it.
        let worse = [slow(&"x".repeat(5_000), json!({})), alert("Fine", json!({}))];
        let refused = app.api("POST", "/api/v2/alerts", &json!(worse)).as_(&house.prometheus).send().await;
        refused.is(400).has("invalid label set");
        let noted = app.portal.health.report(&house.admin).await.unwrap().refused.unwrap();
        assert_eq!((noted.count, noted.at, noted.by.as_str(), noted.why.starts_with("invalid label set")), (1, app.now(), "prometheus", true));
        app.get("/admin/health").as_(&house.admin).send().await.is(200).has("Alerts that are posted are refused").has("posted by prometheus");
        app.get("/admin/health").as_(&house.admin).in_(domain::people::Locale::Zh).send().await.is(200).has("有提交的告警被拒绝");
        assert_eq!(house.names("?filter=alertname%3DFine").await, "Fine");
    }
}
