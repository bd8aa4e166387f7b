//! Amounts over time and by value: of one currency, and of none where there are several.

use domain::{Permission, time::DAY};
use serde_json::json;

use super::{analyse, line, post, stage};

both! {
    async fn amounts_stand_over_time_and_by_value_in_one_currency(app: TestApp) {
        let (_, _, sender) = stage(&app).await;
        let week = app.now().plus(-7 * DAY);
        let lines = [line(app.now(), "L1", "M1", "00", 5.0, 1_250), line(app.now(), "L2", "M1", "91", 5.0, 750), line(week, "L1", "M1", "00", 5.0, 500)];
        post(&app, &sender, lines.join("\n"), &[]).await.is(200).has("\"accepted\":3");
        let json = analyse(&app, &sender, "from=now-1h").await;
        assert_eq!(json["currency"], "CNY");
        let points = json["points"].as_array().unwrap();
        let sum = |field: &str| points.iter().map(|point| point[field].as_i64().unwrap()).sum::<i64>();
        assert_eq!((sum("amount"), sum("before_amount")), (2_000, 500));
        assert_eq!((&json["links"][1]["amount"], &json["links"][1]["before_amount"]), (&json!(1_250), &json!(500)));
        let page = app.get("/transactions?from=now-1h").as_(&sender).send().await;
        page.is(200).has("id=\"transactions-amount\"").has("20.00 CNY in this span; 5.00 CNY").has("Amount CNY").has("12.50");
        app.get("/transactions?code=91").as_(&sender).send().await.is(200).lacks("id=\"transactions-amount\"");
        let ana = app.user("ana", &[Permission::Read, Permission::Export], None).await;
        app.get("/transactions.csv?from=now-1h&by=link").as_(&ana).send().await.is(200).has("amount,amount_last_week").has("12.50,5.00");
        // Yen beside yuan are not added up, and the page says so.
        post(&app, &sender, line(app.now(), "L1", "M1", "00", 5.0, 7).replace("CNY", "JPY"), &[]).await.is(200);
        let json = analyse(&app, &sender, "from=now-1h").await;
        assert!(json["currency"].is_null() && json["links"][0]["amount"].is_null() && json["points"][0]["amount"].is_null());
        let page = app.get("/transactions?from=now-1h").as_(&sender).send().await;
        page.is(200).has("Amounts of several currencies are not added up").lacks("id=\"transactions-amount\"");
    }
}
