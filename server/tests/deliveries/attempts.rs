//! What each attempt of a delivery came to.

use super::*;

both! {
    async fn every_attempt_of_a_delivery_is_kept_when_it_is_sent_again(app: TestApp) {
        let receiver = Receiver::begin(500).await;
        app.channel(&receiver.url, &["alert.firing"]).await;
        let (_, system) = app.team_with_system("gateway").await;
        app.observe(&signal(&system, "m1", Some(true))).await.unwrap();
        for _ in 0..MAX_ATTEMPTS {
            app.settle().await;
            app.advance(15 * MINUTE);
        }
        let dead = app.ledger().await.remove(0);
        assert_eq!(dead.state, State::Dead);
        let admin = app.admin().await;
        receiver.answer(204);
        app.portal.deliveries.resend(&admin, &dead.id).await.unwrap();
        app.settle().await;
        let attempts = app.portal.deliveries.attempts(&admin, &dead.id).await.unwrap();
        assert_eq!(attempts.iter().map(|attempt| attempt.number).collect::<Vec<_>>(), (1..=MAX_ATTEMPTS + 1).collect::<Vec<_>>());
        let first = &attempts[0];
        assert_eq!((first.status, first.error.as_str()), (Some(500), "status 500, expected 2xx"));
        assert!(attempts.windows(2).all(|pair| pair[0].at < pair[1].at), "{attempts:?}");
        let last = attempts.last().unwrap();
        assert_eq!((last.status, last.error.as_str()), (Some(204), ""));
        // The page and the API tell them, to whoever may read the delivery.
        let page = format!("/admin/deliveries/{}", dead.id);
        app.get(&page).as_(&admin).send().await.is(200).has("Took").has("status 500, expected 2xx");
        app.get(&page).as_(&admin).in_(Locale::Zh).send().await.is(200).has("用时").has("状态码为 500，预期 2xx");
        let told = app.get(&format!("/api/v1/deliveries/{}", dead.id)).as_(&admin).send().await.is(200).json();
        assert_eq!(told["attempts"].as_array().unwrap().len(), attempts.len());
        assert_eq!(told["attempts"][0]["status"], 500);
        let other = app.team("other").await;
        let stranger = app.viewer("otto", &other).await;
        assert_eq!(app.portal.deliveries.attempts(&stranger, &dead.id).await, Err(Fault::NotFound("delivery")));
    }

    async fn of_many_attempts_the_newest_hundred_are_kept_and_go_with_their_delivery(app: TestApp) {
        let receiver = Receiver::begin(204).await;
        app.channel(&receiver.url, &["alert.firing"]).await;
        let (_, system) = app.team_with_system("gateway").await;
        app.observe(&signal(&system, "m1", Some(true))).await.unwrap();
        backend::Engine::tick(&backend::alerts::Dispatcher::new(app.ctx.clone()), app.now()).await.unwrap();
        let id = app.ledger().await.remove(0).id;
        // As if it had been sent again and again.
        let mut tx = app.ctx.begin_write().await.unwrap();
        for number in 1..=100_i64 {
            backend::db::sql("INSERT INTO delivery_attempts (delivery_id, number, at, ms, status, error) VALUES ($1, $2, $3, 5, 500, 'x')")
                .value(&id)
                .value(number)
                .value(number)
                .run(&mut tx)
                .await
                .unwrap();
        }
        tx.commit().await.unwrap();
        app.settle().await;
        let attempts = app.portal.deliveries.attempts(&Actor::engine("test"), &id).await.unwrap();
        assert_eq!((attempts.len(), attempts[0].number, attempts[99].number, attempts[99].status), (100, 2, 101, Some(204)));
        let mut tx = app.ctx.begin_write().await.unwrap();
        backend::db::sql("DELETE FROM deliveries WHERE id = $1").value(&id).run(&mut tx).await.unwrap();
        let left = backend::db::sql("SELECT COUNT(*) FROM delivery_attempts").count(&mut tx).await.unwrap();
        assert_eq!(left, 0);
    }
}
