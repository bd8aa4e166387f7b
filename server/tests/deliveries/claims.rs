//! Whoever claimed a delivery and died, or stood still.

use super::*;

/// The clock of a process that is stopped after it has looked at the time once, and goes on when another has done its work.
struct Stopping {
    app: Arc<TestApp>,
    asked: Arc<AtomicU16>,
}

impl domain::Clock for Stopping {
    fn now(&self) -> domain::Timestamp {
        if self.asked.fetch_add(1, Ordering::SeqCst) == 1 {
            self.app.advance(61 * SECOND);
            tokio::task::block_in_place(|| tokio::runtime::Handle::current().block_on(self.app.settle()));
        }
        self.app.now()
    }
}

both! {
    async fn a_crash_between_sending_and_recording_repeats_with_the_same_key(app: TestApp) {
        let receiver = Receiver::begin(200).await;
        app.channel(&receiver.url, &["alert.firing"]).await;
        let (_, system) = app.team_with_system("gateway").await;
        app.observe(&signal(&system, "m1", Some(true))).await.unwrap();
        app.settle().await;
        // As if the process had died after the answer: the claim stands, the record is missing.
        let mut conn = app.ctx.db.read().await.unwrap();
        backend::db::sql("UPDATE deliveries SET state = 'sending', next_at = $1").value(app.now().plus(MINUTE)).run(&mut conn).await.unwrap();
        app.settle().await;
        assert_eq!(receiver.keys().len(), 1, "the claim is respected until its lease is over");
        app.advance(MINUTE);
        app.settle().await;
        let keys = receiver.keys();
        assert_eq!(keys.len(), 2);
        assert_eq!(keys[0], keys[1]);
    }

    async fn what_a_dead_process_had_under_way_is_sent_soon_after_another_takes_over(app: TestApp) {
        let receiver = Receiver::begin(200).await;
        app.channel(&receiver.url, &["alert.firing"]).await;
        let (_, system) = app.team_with_system("gateway").await;
        app.observe(&signal(&system, "m1", Some(true))).await.unwrap();
        backend::Engine::tick(&backend::alerts::Dispatcher::new(app.ctx.clone()), app.now()).await.unwrap();
        let mut conn = app.ctx.db.read().await.unwrap();
        backend::db::sql("UPDATE deliveries SET state = 'sending', next_at = $1").value(app.now().plus(MINUTE)).run(&mut conn).await.unwrap();
        let ways = server::boot::ways(&app.edge.settings);
        let courier = backend::deliveries::Courier::new(app.ctx.clone(), ways, backend::deliveries::Settings::default());
        backend::Engine::take_over(&courier, app.now()).await.unwrap();
        app.advance(9 * SECOND);
        app.settle().await;
        assert_eq!(receiver.keys().len(), 0, "whoever claimed it may still be at it");
        app.advance(SECOND);
        app.settle().await;
        assert_eq!(receiver.keys().len(), 1);
        assert_eq!(app.ledger().await[0].state, State::Delivered);
    }

    async fn who_stood_still_after_claiming_does_not_send_what_another_took_over(app: TestApp) {
        let receiver = Receiver::begin(200).await;
        app.channel(&receiver.url, &["alert.firing"]).await;
        let (_, system) = app.team_with_system("gateway").await;
        app.observe(&signal(&system, "m1", Some(true))).await.unwrap();
        // It claims, stands still for longer than its claim lasts, and goes on when another has delivered.
        backend::Engine::tick(&backend::alerts::Dispatcher::new(app.ctx.clone()), app.now()).await.unwrap();
        let (house, stopped) = (Arc::new(app), Arc::default());
        let clock = Stopping { app: house.clone(), asked: Arc::clone(&stopped) };
        let ctx = backend::Context { clock: Arc::new(clock), ..house.ctx.clone() };
        let courier = backend::deliveries::Courier::new(ctx, server::boot::ways(&house.edge.settings), backend::deliveries::Settings::default());
        backend::Engine::tick(&courier, house.now()).await.unwrap();
        assert!(stopped.load(Ordering::SeqCst) > 1, "it went on");
        assert_eq!(receiver.keys().len(), 1, "sent once");
        let delivery = house.ledger().await.remove(0);
        assert_eq!((delivery.state, delivery.attempts), (State::Delivered, 2));
    }
}
