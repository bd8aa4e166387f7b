//! Explanations where traffic goes another way than before.

use domain::{
    Actor, Timestamp,
    time::{DAY, MINUTE},
};
use serde_json::{Value, json};

use super::{line, post, stage};
use crate::app::TestApp;

/// So many transactions of a merchant on a link, of which the first fail with this code.
fn some(at: Timestamp, (link, merchant): (&str, &str), (total, failed): (i64, i64), code: &str) -> Vec<String> {
    (0..total).map(|n| line(at.plus(n), link, merchant, if n < failed { code } else { "00" }, 5.0, 1_000)).collect()
}

async fn explained(app: &TestApp, actor: &Actor, query: &str) -> Value {
    app.get(&format!("/api/v1/transactions/explanation?{query}")).as_(actor).send().await.is(200).json()
}

both! {
    /// Each link fails as often as it always did, but for C; the traffic of A has gone over to B, of which more fails.
    async fn what_is_expected_follows_the_traffic(app: TestApp) {
        let (_, _, sender) = stage(&app).await;
        let (now, past) = (app.now().plus(-5 * MINUTE), app.now().plus(-7 * DAY));
        let mut lines = Vec::new();
        for (link, before, since) in [("A", (3_600, 36), (100, 1)), ("B", (400, 40), (900, 90)), ("C", (1_000, 10), (500, 500))] {
            lines.extend(some(past, (link, "M1"), before, "05"));
            lines.extend(some(now, (link, "M1"), since, "91"));
        }
        post(&app, &sender, lines.join("\n"), &[]).await.is(200).has("\"refused\":0");
        let near = |value: &Value| (85.0..=95.0).contains(&value.as_f64().unwrap());
        let found = explained(&app, &sender, "from=now-10m&link=A&link=B").await;
        assert_eq!((found["verdict"].as_str(), found["observed"].as_f64()), (Some("none"), Some(91.0)), "{found}");
        assert!(near(&found["expected"]), "{found}");
        let found = explained(&app, &sender, "from=now-10m").await;
        assert_eq!((found["culprits"].as_array().unwrap().len(), &found["culprits"][0]["slice"][0]["value"]), (1, &json!("C")), "{found}");
        assert!(near(&found["rest"]["expected"]), "{found}");
        app.get("/transactions/explanation?from=now-10m&to=now").as_(&sender).send().await.is(200).has("The rest without it is normal");
    }

    /// All of a link fails, and a merchant on the others: what it has on the link is the link's.
    async fn what_two_slices_hold_is_of_the_first_one(app: TestApp) {
        let (_, _, sender) = stage(&app).await;
        let (now, past) = (app.now().plus(-5 * MINUTE), app.now().plus(-7 * DAY));
        let mut lines = Vec::new();
        for (link, merchant) in (0..4).flat_map(|link| (0..8).map(move |merchant| (link, merchant))) {
            let (failed, code) = if link == 3 { (50, "91") } else { (if merchant == 7 { 20 } else { 1 }, "05") };
            let (link, merchant) = (format!("L{link}"), format!("M{merchant}"));
            lines.extend(some(past, (&link, &merchant), (50, 1), "05"));
            lines.extend(some(now, (&link, &merchant), (50, failed), code));
        }
        post(&app, &sender, lines.join("\n"), &[]).await.is(200).has("\"refused\":0");
        let found = explained(&app, &sender, "from=now-10m").await;
        let culprits = found["culprits"].as_array().unwrap();
        let named: Vec<_> = culprits.iter().map(|culprit| culprit["slice"][0]["value"].as_str().unwrap()).collect();
        assert_eq!(named, ["L3", "M7"], "{found}");
        let figures: Vec<_> = culprits.iter().map(|culprit| (culprit["total"].as_f64(), culprit["observed"].as_f64())).collect();
        assert_eq!(figures, [(Some(400.0), Some(400.0)), (Some(150.0), Some(60.0))], "{found}");
        let codes: Vec<_> = culprits[1]["codes"].as_array().unwrap().iter().map(|code| (&code["code"], &code["failed"])).collect();
        assert_eq!(codes, [(&json!("05"), &json!(60))], "{found}");
        assert!((50_000..=60_000).contains(&culprits[1]["money"][0]["failed_amount"].as_i64().unwrap()), "{found}");
        assert_eq!(found["rest"]["total"].as_f64(), Some(1_600.0 - 550.0), "{found}");
    }
}
