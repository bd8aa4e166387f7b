//! Maintenance that comes again.

use domain::{
    Permission,
    monitors::Shown,
    people::Locale,
    time::{DAY, HOUR, MINUTE},
};
use serde_json::{Value, json};

use super::{
    firing, monitor, round, scene,
    target::{Reply, Server},
};

both! {
    async fn it_begins_and_ends_by_itself_on_the_clock_on_the_wall(app: TestApp) {
        let server = Server::plain().await;
        server.set(Reply::status(503));
        let (_, editor, id) = scene(&app, &server.url("/"), &[("needed", "1")]).await;
        app.settle().await;
        assert_eq!((monitor(&app, &editor, &id).await.shown, firing(&app).await), (Shown::Down, 1));
        // It is Friday, 14:00 in Shanghai; every day from 14:30 for an hour.
        let path = format!("/api/v1/monitors/{id}/maintenance/recurring");
        let rule = json!({ "rrule": "FREQ=DAILY", "start": "2025-03-01T14:30", "minutes": 60, "zone": "Asia/Shanghai" });
        let set = app.api("PUT", &path, &rule).as_(&editor).send().await;
        assert_eq!(set.is(200).json()["next_at"], json!(app.now().plus(30 * MINUTE)));
        app.advance(29 * MINUTE);
        round(&app).await;
        assert_eq!(firing(&app).await, 1, "not before its time");
        app.advance(MINUTE);
        round(&app).await;
        let now = monitor(&app, &editor, &id).await;
        assert_eq!((now.shown, firing(&app).await), (Shown::Maintenance, 0), "it tells nobody");
        let next = app.get(&path).as_(&editor).send().await.is(200).json()["next_at"].clone();
        assert_eq!(next, json!(app.now().floor(HOUR).plus(30 * MINUTE + DAY)), "and comes again tomorrow");
        app.advance(HOUR);
        round(&app).await;
        round(&app).await;
        assert_eq!((monitor(&app, &editor, &id).await.shown, firing(&app).await), (Shown::Down, 1));
        // Who was away for days begins none of those that are over, and the next one in time.
        app.advance(3 * DAY);
        round(&app).await;
        assert_eq!(monitor(&app, &editor, &id).await.shown, Shown::Down);
        app.advance(23 * HOUR + 5 * MINUTE);
        round(&app).await;
        assert_eq!(monitor(&app, &editor, &id).await.shown, Shown::Maintenance);
        // Ended by hand it stays so until the next one.
        app.portal.monitors.maintain(&editor, &id, None).await.unwrap();
        round(&app).await;
        assert_eq!(monitor(&app, &editor, &id).await.shown, Shown::Down);
        app.advance(DAY);
        round(&app).await;
        assert_eq!(monitor(&app, &editor, &id).await.shown, Shown::Maintenance);
        // Taken away, what runs goes on to its end, and that was the last.
        assert_eq!(app.api("PUT", &path, &json!({})).as_(&editor).send().await.is(200).json(), Value::Null);
        assert_eq!(monitor(&app, &editor, &id).await.shown, Shown::Maintenance);
        app.advance(DAY);
        round(&app).await;
        assert_eq!(monitor(&app, &editor, &id).await.shown, Shown::Down);
    }

    async fn who_may_edit_the_monitor_may_say_when(app: TestApp) {
        let server = Server::plain().await;
        let (_, editor, id) = scene(&app, &server.url("/"), &[]).await;
        let other = app.team("other").await;
        let otto = app.user("otto", &[Permission::Read, Permission::EditMonitors], Some(&other)).await;
        let vera = app.user("vera", &[Permission::Read], None).await;
        let page = format!("/monitors/{id}/maintenance/recurring");
        let api = format!("/api/v1{page}");
        let rule = [("rrule", "FREQ=WEEKLY;BYDAY=SU"), ("start", "2025-03-16T02:00"), ("minutes", "90"), ("zone", "Europe/Berlin")];
        app.get(&page).as_(&editor).send().await.is(200).has("Maintenance that comes again").has("value=\"60\"");
        app.get(&page).as_(&otto).send().await.is(404);
        app.get(&page).as_(&vera).send().await.is(403);
        app.post_form(&page, &rule).as_(&otto).send().await.is(404);
        app.post_form(&page, &rule).as_(&vera).send().await.is(403);
        app.get(&api).as_(&otto).send().await.is(404);
        app.api("PUT", &api, &json!({})).as_(&otto).send().await.is(404);
        assert_eq!(app.get(&api).as_(&vera).send().await.is(200).json(), Value::Null);
        let wrong = |field: &str, value: &'static str| rule.map(|(name, there)| if name == field { (name, value) } else { (name, there) });
        for (field, value) in [("rrule", "FREQ=SOMETIMES"), ("zone", "Mars/Base"), ("minutes", "0"), ("start", "tomorrow")] {
            app.post_form(&page, &wrong(field, value)).as_(&editor).send().await.is(422).has("error-summary").has(value);
        }
        app.post_form(&page, &wrong("rrule", "FREQ=DAILY;COUNT=1").map(|(n, v)| if n == "start" { (n, "2024-01-01T00:00") } else { (n, v) })).as_(&editor).send().await.is(422).has("lies ahead");
        app.post_form(&page, &rule).as_(&editor).send().await.is(303);
        app.get(&page).as_(&editor).send().await.is(200).has("FREQ=WEEKLY;BYDAY=SU").has("It comes no more");
        app.get(&format!("/monitors/{id}")).as_(&vera).send().await.is(200).has("every week on Sunday at 02:00").has("Europe/Berlin");
        app.get(&format!("/monitors/{id}")).as_(&vera).in_(Locale::Zh).send().await.is(200).has("每周（周日）02:00");
        assert_eq!(app.get(&api).as_(&vera).send().await.is(200).json()["minutes"], 90);
        let hours = app.post_form(&page, &wrong("rrule", "FREQ=DAILY;BYHOUR=1,13")).as_(&editor).send().await;
        hours.is(422).has("a rule without BYHOUR=1,13: days are chosen by");
        app.post_form(&page, &wrong("rrule", "FREQ=MONTHLY;BYDAY=MO,TU,WE,TH,FR;BYSETPOS=-1")).as_(&editor).send().await.is(303);
        let said = app.get(&format!("/monitors/{id}")).as_(&vera).send().await;
        said.is(200).has("every month on the last weekday (Monday to Friday) at 02:00");
        app.get(&format!("/monitors/{id}")).as_(&vera).in_(Locale::Zh).send().await.is(200).has("每月（最后一个工作日（周一至周五））02:00");
        app.post_form(&page, &[]).as_(&editor).send().await.is(303);
        app.get(&format!("/monitors/{id}")).as_(&vera).send().await.is(200).lacks("FREQ=WEEKLY").lacks("every week");
        app.get("/audit?act=monitor.recur").as_(&app.admin().await).send().await.is(200).has("monitor.recur");
        // It goes with its monitor.
        app.post_form(&page, &rule).as_(&editor).send().await.is(303);
        app.portal.monitors.delete(&editor, &id).await.unwrap();
        app.settle().await;
        app.get(&api).as_(&vera).send().await.is(404);
    }
}
