//! Merchants and links under other names: the first wide and the first narrow dimension by which something was counted.

use domain::{
    Permission,
    time::{DAY, HOUR, MINUTE},
};
use serde_json::json;

const ALL: &[Permission] = &[Permission::Read, Permission::IngestTransactions, Permission::EditSystems, Permission::WorkIncidents];

both! {
    async fn buyers_and_banks_stand_for_merchants_and_links(app: TestApp) {
        let team = app.team("payments").await;
        let system = app.system("pay", &team).await;
        let lena = app.user("lena", ALL, Some(&team)).await;
        let web = json!({"system": system.to_string(), "key": "web", "name": "Web", "dimensions": ["bank", {"key": "buyer", "wide": true}], "success_codes": ["00"]});
        let id = app.ask("POST", "/api/v1/streams").as_(&lena).json(&web).send().await.is(201).json()["id"].as_str().unwrap().to_owned();
        // Well a week before: the day report holds every value against it.
        for bad in ["00", "91"] {
            let mut lines = Vec::new();
            for n in 0..40_i64 {
                let (buyer, code) = if n < 30 { ("b1", bad) } else { ("b2", "00") };
                lines.push(json!({"time": app.now().plus(-30 * MINUTE + n).0, "bank": "north", "buyer": buyer, "code": code}).to_string());
            }
            let ask = app.ask("POST", &format!("/api/v1/streams/{id}/transactions"));
            ask.as_(&lena).body(lines.join("\n")).send().await.is(200).has("\"accepted\":40");
            if bad == "00" {
                app.advance(7 * DAY);
            }
        }
        app.get("/merchants").as_(&lena).send().await.is(200).has("/merchants/b1").has("/merchants/b2");
        let one = app.get("/merchants/b1").as_(&lena).send().await;
        one.is(200).has("91").has("buyer=b1").lacks("merchant=b1");
        app.get("/merchants/b1/tell").as_(&lena).send().await.is(200).has("30").has("91");
        let report = app.get("/api/v1/reports/day?date=today").as_(&lena).send().await.is(200).json();
        let worst = |list: &str| (report[list][0]["row"]["value"].as_str().map(str::to_owned), report[list][0]["row"]["failed"].as_u64());
        assert_eq!((worst("merchants"), worst("links")), ((Some("b1".into()), Some(30)), (Some("north".into()), Some(30))));
        // Where something comes with a merchant, merchants are meant.
        let usual = format!(r#"{{"time":{},"system":"pay","link":"L1","merchant":"M1","code":"91"}}"#, app.now().plus(-MINUTE).0);
        app.ask("POST", "/api/v1/transactions").as_(&lena).body(usual).send().await.is(200);
        app.get("/merchants").as_(&lena).send().await.is(200).has("/merchants/M1").lacks("/merchants/b1");
    }

    async fn merchants_that_are_quiet_stay_merchants(app: TestApp) {
        let team = app.team("payments").await;
        let system = app.system("pay", &team).await;
        let lena = app.user("lena", ALL, Some(&team)).await;
        let booking = json!({"system": system.to_string(), "key": "booking", "name": "Booking", "dimensions": [{"key": "agent", "wide": true}], "success_codes": ["00"]});
        let id = app.ask("POST", "/api/v1/streams").as_(&lena).json(&booking).send().await.is(201).json()["id"].as_str().unwrap().to_owned();
        let booked = json!({"time": app.now().plus(-MINUTE).0, "agent": "a1", "code": "00"}).to_string();
        let ask = app.ask("POST", &format!("/api/v1/streams/{id}/transactions"));
        ask.as_(&lena).body(booked).send().await.is(200).has("\"accepted\":1");
        app.get("/merchants").as_(&lena).send().await.is(200).has("/merchants/a1");
        // Payments stopped three hours ago, bookings go on.
        let paid = format!(r#"{{"time":{},"system":"pay","link":"L1","merchant":"M1","code":"91"}}"#, app.now().plus(-3 * HOUR).0);
        app.ask("POST", "/api/v1/transactions").as_(&lena).body(paid).send().await.is(200).has("\"accepted\":1");
        app.get("/merchants").as_(&lena).send().await.is(200).lacks("/merchants/a1");
        app.get("/merchants?from=now-6h").as_(&lena).send().await.is(200).has("/merchants/M1").lacks("/merchants/a1");
    }
}
