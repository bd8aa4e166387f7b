//! An alert that repeats for months: what is told of it is the latest, and how much is left out.

use domain::people::Locale;

use super::*;

/// As if the alert had been told again so often: decisions with their deliveries, and rows of its history.
async fn told_again(app: &TestApp, alert: &str, times: i64) {
    let mut tx = app.ctx.begin_write().await.unwrap();
    let now = app.now();
    let channel = backend::db::sql("SELECT id FROM channels").texts(&mut tx).await.unwrap().remove(0);
    let team = backend::db::sql("SELECT team_id FROM alerts WHERE id = $1").value(alert).texts(&mut tx).await.unwrap().remove(0);
    backend::db::sql("INSERT INTO alert_decisions (id, alert_id, at, seq, kind, data) VALUES ")
        .rows(1..=times, |r, n| {
            r.bind(format!("decision-{n}"))
                .bind(alert)
                .bind(now.plus(n))
                .bind(1_000 + n)
                .bind("told")
                .bind(json!({ "key": format!("again-{n}"), "told": "firing", "alerts": 1 }).to_string())
        })
        .run(&mut tx)
        .await
        .unwrap();
    backend::db::sql("INSERT INTO deliveries (id, channel_id, key, event, team_id, payload, state, next_at, created_at) VALUES ")
        .rows(1..=times, |r, n| {
            r.bind(&app.ctx.new_id::<domain::id::DeliveryId>())
                .bind(&channel)
                .bind(format!("again-{n}"))
                .bind("alert.firing")
                .bind(&team)
                .bind("{}")
                .bind("delivered")
                .bind(now.plus(n))
                .bind(now.plus(n))
        })
        .run(&mut tx)
        .await
        .unwrap();
    backend::db::sql("INSERT INTO alert_events (id, alert_id, seq, at, kind, from_state, to_state, actor, detail) VALUES ")
        .rows(1..=times, |r, n| {
            r.bind(format!("event-{n}"))
                .bind(alert)
                .bind(1_000 + n)
                .bind(now.plus(n))
                .bind("acknowledged")
                .bind("firing")
                .bind("firing")
                .bind("alerts")
                .bind("")
        })
        .run(&mut tx)
        .await
        .unwrap();
    tx.commit().await.unwrap();
}

both! {
    async fn of_an_alert_that_was_told_for_months_the_latest_is_told_and_how_much_came_before(app: TestApp) {
        let (_, system) = app.team_with_system("gateway").await;
        app.line("pager", false).await;
        let admin = app.admin().await;
        app.fires(&system, "x", true).await;
        app.settle().await;
        let alert = app.alerts().await.remove(0);
        let why = app.portal.routes.why(&admin, &alert.id).await.unwrap();
        assert_eq!((why.earlier_decisions, why.earlier_receipts), (0, 0));
        let before = i64::try_from(why.decisions.len()).unwrap();
        told_again(&app, alert.id.as_str(), 1_100).await;
        let why = app.portal.routes.why(&admin, &alert.id).await.unwrap();
        assert_eq!((why.decisions.len(), why.earlier_decisions), (500, 600 + before));
        let keys: Vec<&str> = why.receipts.iter().map(|receipt| receipt.key.as_str()).collect();
        assert_eq!((keys.len(), keys[0], keys[199], why.earlier_receipts), (200, "again-901", "again-1100", 300));
        let detail = app.portal.alerts.get(&admin, &alert.id).await.unwrap();
        assert_eq!(detail.history.len(), 1_000);
        assert!(detail.earlier_history >= 100, "{}", detail.earlier_history);
        let page = format!("/alerts/{}", alert.id);
        app.get(&page).as_(&admin).send().await.is(200).has("300 earlier ones are not shown");
        app.get(&page).as_(&admin).in_(Locale::Zh).send().await.is(200).has("另有 300 条较早的未显示");
    }
}
