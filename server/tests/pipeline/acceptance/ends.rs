//! Ends that are said, twice or by two, and ends that come by themselves.

use backend::Engine;

use super::*;

both! {
    /// Said to be over twice, the later end counts, with what was told with it; an earlier one says nothing.
    async fn of_two_ends_the_later_one_is_told(app: TestApp) {
        let (house, sinks) = House::new(&app, &["hook"], &routes("")).await;
        let begun = app.now();
        let said = |word: &str, starts: i64, ends: Option<domain::Timestamp>| {
            let mut said = alert("A", json!({ "startsAt": begun.plus(starts).rfc3339(), "annotations": { "summary": word } }));
            if let Some(at) = ends {
                said["endsAt"] = json!(at.rfc3339());
            }
            said
        };
        house.post(&[said("v1", 0, None)]).await;
        house.after(10 * SECOND).await;
        assert_eq!(heard(&sinks[0]), ["A+"]);
        house.after(20 * SECOND).await;
        let (first, second) = (app.now().plus(-3 * SECOND), app.now().plus(2 * SECOND));
        house.post(&[said("v2", 15_000, Some(first))]).await;
        house.after(2 * SECOND).await;
        house.post(&[said("v3", 14_000, Some(second))]).await;
        house.post(&[said("v4", 14_000, Some(first.plus(-SECOND)))]).await;
        house.after(MINUTE).await;
        let told = sinks[0].one().json()["alerts"][0].clone();
        assert_eq!((&told["status"], &told["annotations"]["summary"]), (&json!("resolved"), &json!("v3")));
        assert_eq!((&told["startsAt"], &told["endsAt"]), (&json!(begun.rfc3339()), &json!(second.rfc3339())));
        // That it was over later than everybody was told is noted, and told to nobody; so it stays when the same is said again.
        let third = app.now();
        for _ in 0..2 {
            house.post(&[said("v5", 14_000, Some(third))]).await;
        }
        let over = app.alerts().await.remove(0);
        assert_eq!((over.state, over.resolved_at, over.title.as_str()), (State::Resolved, Some(third), "v5"));
        let history = app.portal.alerts.get(&house.admin, &over.id).await.unwrap().history;
        assert_eq!(history.iter().filter(|event| event.from == Some(State::Resolved)).count(), 2, "v3 and v5");
        // What begins after that is another one.
        house.post(&[said("v6", third.since(begun), None)]).await;
        house.after(2 * MINUTE).await;
        let told = sinks[0].one().json()["alerts"][0].clone();
        assert_eq!((&told["status"], &told["startsAt"]), (&json!("firing"), &json!(third.rfc3339())));
        assert_eq!(app.alerts().await.len(), 2);
    }

    /// Two Prometheus with the same rules: one sees the end first, the other one looks later.
    async fn who_has_not_seen_the_end_yet_begins_nothing(app: TestApp) {
        let (house, sinks) = House::new(&app, &["hook"], &routes("")).await;
        let begun = app.now().plus(-MINUTE);
        let lasts = || alert("A", json!({ "startsAt": begun.rfc3339(), "endsAt": app.now().plus(4 * MINUTE).rfc3339() }));
        let over = || alert("A", json!({ "startsAt": begun.rfc3339(), "endsAt": app.now().rfc3339() }));
        house.post(&[lasts()]).await;
        house.after(10 * SECOND).await;
        assert_eq!(heard(&sinks[0]), ["A+"]);
        house.after(10 * SECOND).await;
        house.post(&[over()]).await;
        house.after(5 * SECOND).await;
        house.post(&[lasts()]).await;
        assert_eq!(house.names("").await, "");
        house.after(10 * SECOND).await;
        let end = app.now();
        house.post(&[over()]).await;
        house.after(MINUTE + SECOND).await;
        let told = sinks[0].one().json()["alerts"][0].clone();
        assert_eq!((&told["status"], &told["endsAt"]), (&json!("resolved"), &json!(end.rfc3339())), "one end, that of the later one");
        assert_eq!(app.alerts().await.len(), 1);
        // What is repeated when the other one had its turn lasts.
        house.post(&[lasts()]).await;
        house.after(2 * MINUTE).await;
        assert_eq!((heard(&sinks[0]), app.alerts().await.len()), (vec!["A+".to_owned()], 2));
        // What began after the end begins at once.
        house.post(&[over()]).await;
        house.post(&[alert("A", json!({}))]).await;
        assert_eq!(house.names("").await, "A");
    }

    /// Whoever says that it lasts for hours may not say it again.
    async fn what_is_to_last_long_begins_again_at_once(app: TestApp) {
        let (house, _sinks) = House::new(&app, &["hook"], &routes("")).await;
        let begun = app.now().plus(-MINUTE).rfc3339();
        let until = |minutes: i64| alert("A", json!({ "startsAt": begun, "endsAt": app.now().plus(minutes * MINUTE).rfc3339() }));
        house.post(&[until(120)]).await;
        house.after(10 * SECOND).await;
        house.post(&[until(0)]).await;
        house.after(20 * SECOND).await;
        assert_eq!(house.names("").await, "");
        house.post(&[until(4)]).await;
        assert_eq!(house.names("").await, "", "what is repeated soon may wait for that");
        house.post(&[until(120)]).await;
        assert_eq!(house.names("").await, "A");
    }

    /// What was said of the end by one sender is not taken back by another one, or by one who says nothing of it.
    async fn an_end_that_was_named_outlasts_an_earlier_one(app: TestApp) {
        let (house, sinks) = House::new(&app, &["hook"], &routes("").replace("12h", "5m")).await;
        let begun = app.now().plus(-MINUTE).rfc3339();
        let ends = |name: &str, minutes: i64| alert(name, json!({ "startsAt": begun, "endsAt": app.now().plus(minutes * MINUTE).rfc3339() }));
        house.post(&[ends("A", 60), ends("B", 6), ends("C", 60)]).await;
        house.post(&[alert("A", json!({})), ends("B", 4)]).await;
        house.after(5 * MINUTE).await;
        assert_eq!(heard(&sinks[0]), ["A+ B+ C+"], "one of the two still sees B, and A was to last for an hour");
        house.after(2 * MINUTE).await;
        assert_eq!(heard(&sinks[0]), ["A+ B- C+"]);
        // Said to be over it is over.
        house.post(&[ending(&app, "C", 0)]).await;
        house.after(MINUTE).await;
        assert_eq!((heard(&sinks[0]), house.state("A").await.as_str()), (vec!["A+ C-".to_owned()], "active"));
        house.after(53 * MINUTE).await;
        assert_eq!(heard(&sinks[0]), ["A-"]);
        // Where nobody named the end, the last word counts.
        house.post(&[alert("D", json!({}))]).await;
        house.post(&[ends("D", 2)]).await;
        house.after(4 * MINUTE).await;
        assert_eq!(heard(&sinks[0]), ["D+", "D-"]);
    }

    async fn what_ends_by_itself_ends_when_that_was_said(app: TestApp) {
        let (house, sinks) = House::new(&app, &["hook"], &routes("").replace("12h", "5m")).await;
        let begun = app.now();
        house.post(&[alert("A", json!({}))]).await;
        // Nobody looks at that very moment.
        house.after(30 * SECOND).await;
        assert_eq!(heard(&sinks[0]), ["A+"]);
        house.after(6 * MINUTE).await;
        assert_eq!(sinks[0].one().json()["alerts"][0]["endsAt"], json!(begun.plus(5 * MINUTE).rfc3339()));
        // Where the house was off meanwhile nobody could say it again: it lasts on.
        house.post(&[alert("B", json!({}))]).await;
        house.after(30 * SECOND).await;
        app.advance(10 * MINUTE);
        let back = app.now();
        backend::alerts::Clockwork::new(app.ctx.clone()).resume().await.unwrap();
        house.after(10 * SECOND).await;
        assert_eq!(house.state("B").await, "active");
        house.after(5 * MINUTE).await;
        let over = app.alerts().await.into_iter().find(|alert| alert.title == "B is bad").unwrap();
        assert_eq!((over.state, over.resolved_at), (State::Resolved, Some(back.plus(5 * MINUTE))));
    }
}
