//! Objectives over a calendar month.

use domain::{
    people::Locale,
    time::{DAY, HOUR},
};
use serde_json::json;

use super::{objective, post, sender};
use crate::sources::scene;

both! {
    async fn a_calendar_month_begins_anew_in_its_zone(app: TestApp) {
        let (team, system, _) = scene(&app).await;
        let editor = sender(&app, &team).await;
        // It is 14 March, 06:00 UTC: the month began in Shanghai 13 days and 14 hours ago.
        let ago = 13 * 24 * 60 + 14 * 60;
        post(&app, &editor, ago + 90, 100, 50, 20).await;
        post(&app, &editor, ago - 90, 100, 1, 20).await;
        let id = objective(&app, &editor, &system, &[("month", "Asia/Shanghai")]).await;
        app.settle().await;
        let found = app.portal.objectives.get(&editor, &id).await.unwrap();
        let counted = found.standing.counted.unwrap();
        assert_eq!((counted.total, counted.bad(), found.month.as_str()), (100.0, 1.0, "Asia/Shanghai"));
        let told = app.get(&format!("/api/v1/objectives/{id}")).as_(&editor).send().await.is(200).json();
        assert_eq!((told["month"].as_str(), told["standing"]["counted"]["total"].as_f64()), (Some("Asia/Shanghai"), Some(100.0)));
        let hours = app.portal.objectives.hours(&editor, &id).await.unwrap();
        assert_eq!((hours[0].at, hours.iter().map(|hour| hour.count.total).sum::<f64>()), (found.begins(app.now()), 100.0));
        app.get(&format!("/objectives/{id}")).as_(&editor).send().await.is(200).has("the calendar month in Asia/Shanghai");
        app.get(&format!("/objectives/{id}")).as_(&editor).in_(Locale::Zh).send().await.is(200).has("Asia/Shanghai 的自然月");
        app.get("/objectives.csv").as_(&app.admin().await).send().await.is(200).has("month_zone").has("success,99,,").has(",Asia/Shanghai");
        app.get(&format!("/objectives/{id}/edit")).as_(&editor).send().await.is(200).has("value=\"Asia/Shanghai\"");
        let wrong = json!({ "name": "x", "system": system, "kind": "success", "target": "99", "month": "Moon/Base" });
        app.api("POST", "/api/v1/objectives", &wrong).as_(&editor).send().await.is(422).has("\"month\"");
        let form = [("name", "x"), ("system", system.as_str()), ("kind", "success"), ("target", "99"), ("month", "Moon/Base")];
        app.post_form("/objectives/new", &form).as_(&editor).send().await.is(422).has("Moon/Base");
        // April has begun there, and nothing of March counts any more.
        app.advance(17 * DAY + 12 * HOUR);
        post(&app, &editor, 30, 10, 0, 20).await;
        app.settle().await;
        let counted = app.portal.objectives.get(&editor, &id).await.unwrap().standing.counted.unwrap();
        assert_eq!((counted.total, counted.bad()), (10.0, 0.0));
    }
}
