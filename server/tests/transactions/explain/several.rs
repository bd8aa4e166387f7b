//! Slices of several systems: each is an alert of its own.

use std::fmt::Write as _;

use domain::{
    Actor, Timestamp,
    time::{DAY, MINUTE},
};

use super::ALL;
use crate::app::TestApp;

/// Twelve merchants on two systems, each four times a minute, over whole minutes that end at a moment; in the last `failing` of them
/// M3 fails on the one, and M5 on the other.
async fn trade(app: &TestApp, sender: &Actor, until: Timestamp, minutes: i64, failing: i64) {
    let mut body = String::new();
    for (minute, system) in (1..=minutes).flat_map(|minute| ["pay", "ledger"].map(|system| (minute, system))) {
        for (merchant, n) in (0..12_i64).flat_map(|merchant| (0..4_i64).map(move |n| (merchant, n))) {
            let code = match (system, merchant) {
                ("pay", 3) if minute <= failing => "91",
                ("ledger", 5) if minute <= failing => "96",
                _ => "00",
            };
            let at = until.plus(n * 50 - minute * MINUTE);
            writeln!(
                body,
                r#"{{"time":{},"system":"{system}","link":"L{}","merchant":"M{merchant}","channel":"app","code":"{code}"}}"#,
                at.0,
                n % 2
            )
            .unwrap();
        }
    }
    app.ask("POST", "/api/v1/transactions").as_(sender).body(body).send().await.is(200).has("\"refused\":0");
}

both! {
    async fn the_alert_of_a_slice_is_of_its_own_system(app: TestApp) {
        let team = app.team("payments").await;
        let (pay, ledger) = (app.system("pay", &team).await, app.system("ledger", &team).await);
        let lena = app.user("lena", ALL, Some(&team)).await;
        for week in 1..=2 {
            trade(&app, &lena, app.now().plus(-7 * DAY * week + 60 * MINUTE), 120, 0).await;
        }
        app.advance(40 * MINUTE);
        trade(&app, &lena, app.now(), 40, 10).await;
        let page = app.get("/transactions/explanation?from=now-10m").as_(&lena).send().await;
        page.is(200).has(&format!("system={pay}&amp;over=5m")).has(&format!("system={ledger}&amp;over=5m"));
    }
}
