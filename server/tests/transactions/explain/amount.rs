//! A rule on what is moved in one currency, held against past weeks, and what explains its alert.

use domain::{people::Locale, time::MINUTE};

use super::{Bad, stage, trade, trade_without};
use crate::sources::fields;

both! {
    async fn money_that_falls_fires_and_is_explained_by_itself(app: TestApp) {
        let (system, lena) = stage(&app).await;
        let rule = [
            ("name", "Money low"), ("system", system.as_str()), ("kind", "transactions"), ("measure", "amount"), ("currency", "cny"),
            ("over", "5m"), ("weeks", "2"), ("compare", "below"), ("fire", "-5"), ("recover", "-2"), ("interval", "30s"),
        ];
        let id = app.portal.rules.create(&lena, &fields(&rule)).await.unwrap();
        // In another currency nothing was ever moved: there is nothing to be held against.
        let mut other = rule;
        (other[0].1, other[4].1) = ("Euros low", "EUR");
        let other = app.portal.rules.create(&lena, &fields(&other)).await.unwrap();
        app.advance(30 * MINUTE);
        trade(&app, &lena, app.now(), 30, 10, |_| Bad::Nothing).await;
        app.settle().await;
        for _ in 0..10 {
            app.advance(MINUTE);
            trade_without(&app, &lena, app.now(), 1, 10, 3).await;
            app.settle().await;
        }
        let value = app.portal.rules.instances(&lena, &id).await.unwrap()[0].value.unwrap();
        assert!((value + 100.0 / 12.0).abs() < 0.01, "{value}");
        assert!(app.portal.rules.instances(&lena, &other).await.unwrap().iter().all(|one| !one.holds));
        let alerts = app.get("/api/v1/alerts").as_(&lena).send().await.json();
        let alert = alerts["items"][0]["id"].as_str().unwrap_or_else(|| panic!("no alert: {alerts}")).to_owned();
        let told = app.get(&format!("/api/v1/alerts/{alert}/explanation")).as_(&lena).send().await.is(200).json();
        let told = &told["explanation"];
        assert_eq!((told["looked"].as_str(), told["currency"].as_str()), (Some("amount"), Some("CNY")), "{told}");
        assert_eq!(told["culprits"][0]["slice"][0]["value"], "M3", "{told}");
        app.get(&format!("/alerts/{alert}")).as_(&lena).send().await.is(200).has("Merchant M3");
        app.get(&format!("/rules/{id}")).as_(&lena).send().await.is(200).has("amount (moved in the window, in one currency)").has("CNY");
        app.get(&format!("/rules/{id}/edit")).as_(&lena).in_(Locale::Zh).send().await.is(200).has("币种").has("value=\"CNY\"");
    }
}
