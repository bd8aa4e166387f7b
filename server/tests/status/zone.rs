//! The zone of a status page: its times, and where its days begin.

use backend::db::sql;
use domain::{
    Actor,
    id::MonitorId,
    people::Locale,
    time::{DAY, HOUR},
};
use serde_json::json;

use super::EDITOR;

both! {
    async fn times_and_days_are_those_of_its_zone(app: TestApp) {
        let (team, gateway) = app.team_with_system("gateway").await;
        let lena = app.user("lena", EDITOR, Some(&team)).await;
        let body = |slug: &str, zone: serde_json::Value| json!({ "slug": slug, "title": "Payments", "team": team, "public": true, "zone": zone, "components": ["Cards = gateway"] });
        app.api("POST", "/api/v1/status-pages", &body("mars", json!("Mars/Base"))).as_(&lena).send().await.is(422).has("zone");
        let made = app.api("POST", "/api/v1/status-pages", &body("pay", json!("Asia/Shanghai"))).as_(&lena).send().await.is(201).json();
        assert_eq!(made["zone"], "Asia/Shanghai");
        assert_eq!(app.api("POST", "/api/v1/status-pages", &body("utc", json!(""))).as_(&lena).send().await.is(201).json()["zone"], "UTC");
        let notice = json!({ "title": "Cards", "state": "investigating", "impact": "degraded", "affects": ["Cards"], "text": "We look." });
        let id = made["id"].as_str().unwrap();
        app.api("POST", &format!("/api/v1/status-pages/{id}/notices"), &notice).as_(&lena).send().await.is(201);
        // One failure at 17:00 UTC of the day before, which is today there; one at 15:00, which is not; and one day that is kept as such.
        let monitor: MonitorId = app.ctx.new_id();
        let today = app.now().floor(DAY);
        let mut tx = app.ctx.begin_write().await.unwrap();
        sql("INSERT INTO monitors (id, system_id, name, kind, target, severity, needed, created_at, updated_at) VALUES ")
            .rows([&monitor], |r, id| r.bind(id).bind(&gateway).bind("m").bind("heartbeat").bind("{}").bind(2_i64).bind(1_i64).bind(0_i64).bind(0_i64))
            .run(&mut tx)
            .await
            .unwrap();
        let slots = [(HOUR, today.plus(-7 * HOUR), 1_i64), (HOUR, today.plus(-9 * HOUR), 2), (DAY, today.plus(-DAY), 3), (DAY, today.plus(-5 * DAY), 4)];
        sql("INSERT INTO monitor_rollups (monitor_id, width, start, checks, failures, unknowns, answers, sum_us, min_us, max_us, sketch) VALUES ")
            .rows(slots, |r, (width, start, failures)| {
                r.bind(&monitor).bind(width).bind(start).bind(10_i64).bind(failures).bind(0_i64).bind(0_i64).bind(0_i64).bind(0_i64).bind(0_i64).bind(vec![0_u8])
            })
            .run(&mut tx)
            .await
            .unwrap();
        tx.commit().await.unwrap();
        app.advance(domain::time::MINUTE);
        let failures = async |slug: &str| {
            let answer = app.portal.status.answer(&Actor::engine("test"), slug).await.unwrap();
            let days = &answer.components[0].days;
            (days.len(), days.iter().rev().take(6).map(|day| day.cell.failures).collect::<Vec<_>>(), days[89].span.from)
        };
        assert_eq!(failures("pay").await, (90, vec![1, 2, 0, 0, 0, 4], today.plus(-8 * HOUR)));
        assert_eq!(failures("utc").await, (90, vec![0, 3, 0, 0, 0, 4], today));
        // The clock of the test began at six in the morning in Greenwich. Whoever reads it, in whatever zone, sees that of the page.
        let page = app.get("/status/pay").in_(Locale::En).send().await;
        page.is(200).has("2025-03-14 14:00").has("Asia/Shanghai, UTC+8").lacks("2025-03-14 06:00");
        app.get("/status/pay").header("cookie", "ek_zone=Europe%2FBerlin").send().await.is(200).has("2025-03-14 14:00");
        app.get("/status/utc").send().await.is(200).lacks("Shanghai");
        app.get("/status/pay/feed.atom").send().await.is(200).has("2025-03-14 14:00").has("<updated>2025-03-14T06:00:00.000Z</updated>");
        // In the form, and what is wrong there is named and kept.
        let edit = format!("/admin/status/{id}");
        app.get(&format!("{edit}/edit")).as_(&lena).in_(Locale::Zh).send().await.is(200).has("value=\"Asia/Shanghai\"").has("时区");
        let fields = |zone: &'static str| [("slug", "pay"), ("title", "Payments"), ("team", team.as_str()), ("zone", zone), ("components", "Cards = gateway"), ("public", "on")];
        app.post_form(&edit, &fields("Mars/Base")).as_(&lena).send().await.is(422).has("Mars/Base").has("a time zone such as");
        app.post_form(&edit, &fields("Europe/Berlin")).as_(&lena).send().await.is(303);
        app.get("/status/pay").send().await.is(200).has("2025-03-14 07:00").has("Europe/Berlin");
    }
}
