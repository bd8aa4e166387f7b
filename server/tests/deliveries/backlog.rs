//! What waits: while a channel is off, when it is removed, after a long outage.

use super::*;

both! {
    async fn a_channel_that_is_off_keeps_its_backlog(app: TestApp) {
        let receiver = Receiver::begin(200).await;
        let admin = app.admin().await;
        let port = &app.portal.deliveries;
        let channel = app.channel(&receiver.url, &["alert.firing"]).await.channel;
        let (_, system) = app.team_with_system("gateway").await;
        for n in 0..6 {
            app.observe(&signal(&system, &format!("m{n}"), Some(true))).await.unwrap();
        }
        let mut fields = typed(&[("name", "pager"), ("url", &receiver.url), ("team", "*"), ("events", "alert.firing")]);
        port.edit_channel(&admin, &channel.id, &fields).await.unwrap();
        let test = port.test_channel(&admin, &channel.id).await.unwrap();
        app.advance(MINUTE);
        app.settle().await;
        assert_eq!(receiver.keys(), [format!("test-{test}")], "only the test that was asked for");
        assert_eq!(app.ledger().await.iter().filter(|d| d.state == State::Waiting).count(), 6);
        fields.set("enabled", "on");
        port.edit_channel(&admin, &channel.id, &fields).await.unwrap();
        app.settle().await;
        assert_eq!(receiver.keys().len(), 7);
    }

    async fn a_channel_that_is_removed_leaves_its_ledger_and_says_what_was_not_sent(app: TestApp) {
        let receiver = Receiver::begin(200).await;
        let admin = app.admin().await;
        let port = &app.portal.deliveries;
        let channel = app.channel(&receiver.url, &["alert.firing"]).await.channel;
        let (team, system) = app.team_with_system("gateway").await;
        app.observe(&signal(&system, "sent", Some(true))).await.unwrap();
        app.settle().await;
        app.advance(SECOND);
        app.observe(&signal(&system, "waits", Some(true))).await.unwrap();
        port.remove_channel(&admin, &channel.id).await.unwrap();
        app.settle().await;
        let ledger = app.ledger().await;
        let told: Vec<_> = ledger.iter().map(|d| (d.channel_name.as_str(), d.state, d.last_error.as_str())).collect();
        assert_eq!(told, [("pager", State::Dead, "the channel was removed"), ("pager", State::Delivered, "")]);
        assert_eq!(receiver.keys().len(), 1);
        let incident = app.portal.incidents.get(&admin, &Ref::Number(2)).await.unwrap();
        assert_eq!(incident.timeline.last().unwrap().text, "alert.firing → pager: the channel was removed");
        assert!(matches!(port.resend(&admin, &ledger[0].id).await, Err(Fault::Conflict(w)) if w.key == "conflict-channel-removed"));
        let viewer = app.viewer("vera", &team).await;
        app.get(&format!("/admin/deliveries/{}", ledger[0].id)).as_(&viewer).send().await.is(200).has("the channel was removed");
        // Nothing new is written for it.
        app.observe(&signal(&system, "later", Some(true))).await.unwrap();
        assert_eq!(app.ledger().await.len(), 2);
    }

    async fn a_long_backlog_goes_out_in_its_order_beside_a_dead_end(app: TestApp) {
        let (receiver, dead_end) = (Receiver::begin(200).await, Receiver::begin(500).await);
        app.channel(&receiver.url, &["alert.firing"]).await;
        let fields = typed(&[("name", "dead end"), ("url", &dead_end.url), ("team", "*"), ("events", "alert.firing"), ("enabled", "on")]);
        app.portal.deliveries.create_channel(&Actor::engine("test"), &fields).await.unwrap();
        let (_, system) = app.team_with_system("gateway").await;
        let mut tx = app.ctx.begin_write().await.unwrap();
        for n in 0..60 {
            backend::alerts::observe(&mut tx, &app.ctx, &signal(&system, &format!("m{n}"), Some(true))).await.unwrap();
            app.advance(1);
        }
        tx.commit().await.unwrap();
        app.settle().await;
        let got = receiver.got();
        assert_eq!((got.len(), dead_end.got().len()), (60, 60));
        // Four at a time, so that each may overtake a few others and no more.
        for (place, (_, body)) in got.iter().enumerate() {
            let body: serde_json::Value = serde_json::from_str(body).unwrap();
            let n: usize = body["data"]["alert"]["title"].as_str().unwrap().trim_start_matches('m').trim_end_matches(" is down").parse().unwrap();
            assert!(n.abs_diff(place) < 8, "{n} came as {place}");
        }
    }
}
