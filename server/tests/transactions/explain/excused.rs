//! What an objective excuses explains no alert of it.

use std::fmt::Write as _;

use domain::{Actor, people::Locale, time::MINUTE};

use super::{Bad, explained, stage, trade};
use crate::{app::TestApp, sources::fields};

/// A minute before now, in which all of merchant M3 is refused with 51, and all of M5 fails with 96.
async fn refused_and_failing(app: &TestApp, sender: &Actor) {
    let mut body = String::new();
    for (merchant, n) in (0..12).flat_map(|merchant| (0..10).map(move |n| (merchant, n))) {
        let code = match merchant {
            3 => "51",
            5 => "96",
            _ => "00",
        };
        let (at, link) = (app.now().plus(n * 50 - MINUTE), n % 2);
        writeln!(body, r#"{{"time":{},"system":"pay","link":"L{link}","merchant":"M{merchant}","channel":"app","code":"{code}"}}"#, at.0)
            .unwrap();
    }
    app.ask("POST", "/api/v1/transactions").as_(sender).body(body).send().await.is(200).has("\"refused\":0");
}

both! {
    async fn what_an_objective_excuses_explains_nothing(app: TestApp) {
        let (system, lena) = stage(&app).await;
        let objective = [("name", "Payments succeed"), ("system", system.as_str()), ("kind", "success"), ("target", "99"), ("days", "28"), ("excused", "51")];
        app.portal.objectives.create(&lena, &fields(&objective)).await.unwrap();
        app.advance(30 * MINUTE);
        trade(&app, &lena, app.now(), 30, 10, |_| Bad::Nothing).await;
        app.settle().await;
        for _ in 0..10 {
            app.advance(MINUTE);
            refused_and_failing(&app, &lena).await;
            app.settle().await;
        }
        let slices = |found: &serde_json::Value| found["culprits"].to_string();
        let all = slices(&explained(&app, &lena, "from=now-10m").await);
        assert!(all.contains("M3") && all.contains("M5"), "{all}");
        let found = explained(&app, &lena, "from=now-10m&excused=51").await;
        assert!(!slices(&found).contains("M3") && slices(&found).contains("M5"), "{found}");
        assert_eq!((found["total"].as_f64(), found["observed"].as_f64(), found["excused"][0].as_str()), (Some(1_200.0), Some(100.0), Some("51")));
        let alerts = app.get("/api/v1/alerts").as_(&lena).send().await.json();
        let id = alerts["items"][0]["id"].as_str().unwrap_or_else(|| panic!("no alert of the objective: {alerts}")).to_owned();
        let told = app.get(&format!("/api/v1/alerts/{id}/explanation")).as_(&lena).send().await.is(200).json();
        let told = &told["explanation"];
        assert!(!slices(told).contains("M3") && slices(told).contains("M5") && told["excused"][0] == "51", "{told}");
        app.get(&format!("/alerts/{id}")).as_(&lena).send().await.is(200).has("Not counted as failures: 51").has("excused=51");
        let page = "/transactions/explanation?from=now-10m&excused=51";
        app.get(page).as_(&lena).in_(Locale::Zh).send().await.is(200).has("不计为失败：51").lacks("/rules/new?");
    }
}
