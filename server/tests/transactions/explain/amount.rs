//! Rules on what is moved in one currency, held against past weeks, and what explains their alerts.

use std::fmt::Write as _;

use domain::{
    Actor, Timestamp,
    people::Locale,
    time::{DAY, MINUTE},
};

use super::{Bad, stage, trade, trade_without};
use crate::{app::TestApp, sources::fields};

/// What twelve merchants move in euros on a link of their own, over whole minutes that end at a moment; one of them may be away.
async fn euros(app: &TestApp, sender: &Actor, until: Timestamp, minutes: i64, away: Option<i64>) {
    let mut body = String::new();
    for (minute, merchant) in (1..=minutes).flat_map(|minute| (0..12_i64).map(move |merchant| (minute, merchant))) {
        for n in (0..10).filter(|_| away != Some(merchant)) {
            let at = until.plus(n * 50 + merchant - minute * MINUTE);
            writeln!(
                body,
                r#"{{"time":{},"system":"pay","link":"L2","merchant":"M{merchant}","channel":"web","code":"00","amount":500,"currency":"EUR"}}"#,
                at.0
            )
            .unwrap();
        }
    }
    app.ask("POST", "/api/v1/transactions").as_(sender).body(body).send().await.is(200).has("\"refused\":0");
}

both! {
    async fn money_that_falls_fires_and_is_explained_by_itself(app: TestApp) {
        let (system, lena) = stage(&app).await;
        for week in 1..=2 {
            euros(&app, &lena, app.now().plus(-7 * DAY * week + 60 * MINUTE), 120, None).await;
        }
        let mut ids = Vec::new();
        for (name, currency) in [("Yuan low", "cny"), ("Euros low", "EUR"), ("Yen low", "JPY")] {
            let rule = [
                ("name", name), ("system", system.as_str()), ("kind", "transactions"), ("measure", "amount"), ("currency", currency),
                ("over", "5m"), ("weeks", "2"), ("compare", "below"), ("fire", "-5"), ("recover", "-2"), ("interval", "30s"),
            ];
            ids.push(app.portal.rules.create(&lena, &fields(&rule)).await.unwrap());
        }
        app.advance(30 * MINUTE);
        trade(&app, &lena, app.now(), 30, 10, |_| Bad::Nothing).await;
        euros(&app, &lena, app.now(), 30, None).await;
        app.settle().await;
        for _ in 0..10 {
            app.advance(MINUTE);
            trade_without(&app, &lena, app.now(), 1, 10, 3).await;
            euros(&app, &lena, app.now(), 1, Some(5)).await;
            app.settle().await;
        }
        let alerts = app.get("/api/v1/alerts").as_(&lena).send().await.json();
        for (id, currency, merchant) in [(&ids[0], "CNY", "M3"), (&ids[1], "EUR", "M5")] {
            let value = app.portal.rules.instances(&lena, id).await.unwrap()[0].value.unwrap();
            assert!((value + 100.0 / 12.0).abs() < 0.01, "{currency}: {value}");
            let name = if currency == "CNY" { "Yuan low" } else { "Euros low" };
            let alert = alerts["items"].as_array().unwrap().iter().find(|alert| alert["labels"]["alertname"] == name);
            let alert = alert.unwrap_or_else(|| panic!("no alert {name}: {alerts}"))["id"].as_str().unwrap().to_owned();
            let told = app.get(&format!("/api/v1/alerts/{alert}/explanation")).as_(&lena).send().await.is(200).json();
            let told = &told["explanation"];
            assert_eq!((told["looked"].as_str(), told["currency"].as_str()), (Some("amount"), Some(currency)), "{told}");
            assert!(told["culprits"][0]["slice"].to_string().contains(merchant), "{told}");
            app.get(&format!("/alerts/{alert}")).as_(&lena).send().await.is(200).has(&format!("Merchant {merchant}"));
        }
        // What was never moved is held against nothing.
        assert!(app.portal.rules.instances(&lena, &ids[2]).await.unwrap().iter().all(|one| !one.holds));
        let page = format!("/rules/{}", ids[0]);
        app.get(&page).as_(&lena).send().await.is(200).has("amount (moved in the window, in one currency)").has("CNY");
        app.get(&format!("{page}/edit")).as_(&lena).in_(Locale::Zh).send().await.is(200).has("币种").has("value=\"CNY\"");
    }
}
