//! Of one thing a channel is told in the order in which it happened.

use domain::deliveries::Held as Waits;
use serde_json::json;

use super::{sink::Sink, *};

const BOTH: [&str; 2] = ["alert.firing", "alert.resolved"];

/// What a webhook was told, one after the other: alert and event.
fn told(got: &[sink::Got]) -> Vec<String> {
    let said = |got: &sink::Got| {
        let body = got.json();
        format!("{} {}", body["data"]["alert"]["title"].as_str().unwrap_or("?"), body["type"].as_str().unwrap_or("?"))
    };
    got.iter().map(said).collect()
}

impl TestApp {
    async fn says_of(&self, system: &domain::id::SystemId, source: &str, holds: bool) {
        self.observe(&signal(system, source, Some(holds))).await.unwrap();
        self.advance(10 * SECOND);
        self.settle().await;
    }

    /// The clock goes on in steps of twenty seconds.
    async fn goes_on(&self, ms: i64) {
        let end = self.now().plus(ms);
        while self.now() < end {
            self.advance(20 * SECOND);
            self.settle().await;
        }
    }

    /// How the deliveries of an event stand.
    async fn stands(&self, event: &str) -> (State, Option<Waits>) {
        let ledger = self.ledger().await;
        let found = ledger.iter().find(|delivery| delivery.event.name() == event).expect("a delivery");
        (found.state, found.held)
    }
}

both! {
    async fn an_end_does_not_overtake_its_beginning(app: TestApp) {
        let sink = Sink::begin("").await;
        app.channel_of("webhook", json!({ "url": format!("{}/", sink.url), "events": BOTH })).await;
        let (_, system) = app.team_with_system("gateway").await;
        sink.answer(503, &[], "");
        app.says_of(&system, "m1", true).await;
        app.goes_on(20 * MINUTE).await;
        app.says_of(&system, "m1", false).await;
        assert_eq!(app.stands("alert.resolved").await, (State::Waiting, Some(Waits::Order)));
        sink.take();
        sink.answer(200, &[], "");
        app.says_of(&system, "m2", true).await;
        let mut got = told(&sink.take());
        assert!(got.iter().any(|told| told == "m2 is down alert.firing"), "others do not wait: {got:?}");
        app.goes_on(20 * MINUTE).await;
        got.extend(told(&sink.take()));
        let place = |what: &str| got.iter().position(|told| told == what).expect(what);
        assert!(place("m1 is down alert.firing") < place("m1 is down alert.resolved"), "{got:?}");
        assert_eq!(got.len(), 3, "each once: {got:?}");
        // It left as soon as it could.
        let ledger = app.ledger().await;
        let delivered = |event: &str| ledger.iter().filter(|one| one.event.name() == event).map(|one| one.delivered_at).min().flatten();
        let firing = ledger.iter().filter(|one| one.event.name() == "alert.firing").map(|one| one.delivered_at).max().flatten();
        assert_eq!(delivered("alert.resolved"), firing);
    }

    async fn a_beginning_that_was_given_up_holds_up_no_end(app: TestApp) {
        let sink = Sink::begin("").await;
        app.channel_of("webhook", json!({ "url": format!("{}/", sink.url), "events": BOTH })).await;
        let (_, system) = app.team_with_system("gateway").await;
        sink.answer(500, &[], "");
        app.says_of(&system, "m1", true).await;
        app.says_of(&system, "m1", false).await;
        for _ in 0..40 {
            app.advance(15 * MINUTE);
            app.settle().await;
            if app.stands("alert.firing").await.0 == State::Dead {
                break;
            }
        }
        assert_eq!(app.stands("alert.firing").await.0, State::Dead);
        sink.take();
        sink.answer(200, &[], "");
        app.advance(MINUTE);
        app.settle().await;
        assert_eq!(told(&sink.take()), ["m1 is down alert.resolved"], "somebody may have heard an attempt");
    }

    async fn what_was_passed_on_is_followed_there(app: TestApp) {
        let (sink, other) = (Sink::begin("").await, Sink::begin("").await);
        let fallback = app.channel_of("webhook", json!({ "name": "other", "url": format!("{}/", other.url), "events": ["change.pending"] })).await;
        sink.answer(503, &[], "");
        app.channel_of("webhook", json!({ "url": format!("{}/", sink.url), "events": BOTH, "fallback": fallback, "fallback_after": 4 })).await;
        let (_, system) = app.team_with_system("gateway").await;
        app.says_of(&system, "m1", true).await;
        app.goes_on(6 * MINUTE).await;
        assert_eq!(told(&other.take()), ["m1 is down alert.firing"]);
        app.says_of(&system, "m1", false).await;
        app.goes_on(16 * MINUTE).await;
        let got = told(&other.take());
        assert_eq!(got.iter().filter(|told| told.starts_with("m1 is down")).collect::<Vec<_>>(), ["m1 is down alert.resolved"], "{got:?}");
    }

    async fn a_channel_that_is_removed_leaves_nothing_waiting(app: TestApp) {
        let sink = Sink::begin("").await;
        let channel = app.channel_of("webhook", json!({ "url": format!("{}/", sink.url), "events": BOTH })).await;
        let (_, system) = app.team_with_system("gateway").await;
        sink.answer(503, &[], "");
        app.says_of(&system, "m1", true).await;
        app.says_of(&system, "m1", false).await;
        app.portal.deliveries.remove_channel(&Actor::engine("test"), &channel).await.unwrap();
        app.settle().await;
        assert!(app.ledger().await.iter().all(|one| one.state == State::Dead));
    }

    async fn what_waits_for_nothing_is_found(app: TestApp) {
        let sink = Sink::begin("").await;
        app.channel_of("webhook", json!({ "url": format!("{}/", sink.url), "events": BOTH })).await;
        let (_, system) = app.team_with_system("gateway").await;
        app.settle().await;
        app.observe(&signal(&system, "m1", Some(true))).await.unwrap();
        // As if what it waits for had ended while it was written.
        let mut conn = app.ctx.db.read().await.unwrap();
        backend::db::sql("UPDATE deliveries SET behind = 1").run(&mut conn).await.unwrap();
        drop(conn);
        app.settle().await;
        assert_eq!(sink.take().len(), 0);
        app.advance(MINUTE);
        app.settle().await;
        assert_eq!(told(&sink.take()), ["m1 is down alert.firing"]);
    }

    async fn what_is_urgent_waits_for_nothing_that_waits_for_the_morning(app: TestApp) {
        let sink = Sink::begin("ok").await;
        let fields = json!({ "name": "room", "hook": format!("{}/x", sink.url), "zone": "Asia/Shanghai", "quiet_from": "22:00", "quiet_to": "07:00", "quiet_through": "P1" });
        app.channel_of("slack", fields).await;
        let routes = "route:\n  receiver: ops\n  group_wait: 10s\n  group_interval: 1m\nreceivers:\n  - name: ops\n    channels: [room]\n";
        app.portal.routes.put(&app.admin().await, routes, 0).await.unwrap();
        let (_, system) = app.team_with_system("gateway").await;
        app.set_clock("15:30:00.000");
        let mut mild = signal(&system, "mild", Some(true));
        mild.severity = domain::alerts::Severity::P3;
        app.observe(&mild).await.unwrap();
        app.goes_on(MINUTE).await;
        assert_eq!((sink.take().len(), app.stands("alert.firing").await), (0, (State::Waiting, Some(Waits::Quiet))));
        app.observe(&signal(&system, "bad", Some(true))).await.unwrap();
        app.goes_on(2 * MINUTE).await;
        let got: Vec<String> = sink.take().iter().map(|got| got.json()["text"].to_string()).collect();
        assert!(got.iter().any(|told| told.contains("bad is down")), "{got:?}");
        assert!(app.ledger().await.iter().all(|one| one.state == State::Delivered), "the mild one went before it");
    }

    async fn what_gets_worse_does_not_wait_for_the_morning(app: TestApp) {
        let sink = Sink::begin("ok").await;
        let fields = json!({ "name": "room", "hook": format!("{}/x", sink.url), "zone": "Asia/Shanghai", "quiet_from": "22:00", "quiet_to": "07:00", "quiet_through": "P1", "events": BOTH });
        app.channel_of("slack", fields).await;
        let (_, system) = app.team_with_system("gateway").await;
        app.set_clock("15:30:00.000");
        let mut told = signal(&system, "m1", Some(true));
        told.severity = domain::alerts::Severity::P3;
        app.observe(&told).await.unwrap();
        app.goes_on(MINUTE).await;
        assert_eq!((sink.take().len(), app.stands("alert.firing").await), (0, (State::Waiting, Some(Waits::Quiet))));
        told.severity = domain::alerts::Severity::P1;
        app.observe(&told).await.unwrap();
        app.goes_on(2 * MINUTE).await;
        assert!(!sink.take().is_empty(), "it is P1 now");
        assert!(app.ledger().await.iter().all(|one| one.state == State::Delivered), "nothing of it is held");
    }

    async fn the_last_message_of_a_minute_tells_what_comes_after_it_too(app: TestApp) {
        let sink = Sink::begin("ok").await;
        app.channel_of("slack", json!({ "hook": format!("{}/x", sink.url), "per_minute": 1, "events": BOTH })).await;
        let (_, system) = app.team_with_system("gateway").await;
        app.says_of(&system, "m0", true).await;
        assert_eq!(sink.take().len(), 1);
        app.says_of(&system, "m1", true).await;
        app.says_of(&system, "m1", false).await;
        assert_eq!(sink.take().len(), 0);
        app.goes_on(MINUTE).await;
        assert_eq!(sink.take().len(), 1);
        assert!(app.ledger().await.iter().all(|one| one.state == State::Delivered));
    }

    async fn what_is_sent_again_keeps_its_order(app: TestApp) {
        let sink = Sink::begin("").await;
        app.channel_of("webhook", json!({ "url": format!("{}/", sink.url), "events": BOTH })).await;
        let (_, system) = app.team_with_system("gateway").await;
        // A message whose content is refused is given up after minutes.
        sink.answer(400, &[], "");
        app.says_of(&system, "m1", true).await;
        app.says_of(&system, "m1", false).await;
        app.goes_on(45 * MINUTE).await;
        assert!(app.ledger().await.iter().filter(|one| one.event.name().starts_with("alert.")).all(|one| one.state == State::Dead));
        sink.take();
        sink.answer(200, &[], "");
        app.portal.deliveries.resend_all(&app.admin().await, &Filter::default()).await.unwrap();
        app.goes_on(MINUTE).await;
        let got: Vec<String> = told(&sink.take()).into_iter().filter(|told| told.starts_with("m1")).collect();
        assert_eq!(got, ["m1 is down alert.firing", "m1 is down alert.resolved"]);
    }
}
