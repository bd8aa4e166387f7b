//! What goes to the channels and persons that were chosen, whatever they want to hear.

use backend::deliveries::{enqueue_to, enqueue_to_user};
use domain::{
    deliveries::Notice,
    id::{ChannelId, TeamId, UserId},
};

use super::*;

fn page(team: &TeamId, key: &str) -> Notice {
    let payload = serde_json::json!({ "page": { "run": "r", "step": 1, "policy": "nights" }, "incident": { "number": 7 } });
    Notice { event: "page", system: None, team: team.clone(), incident: None, payload, key: key.to_owned() }
}

impl TestApp {
    /// A contact method as it is stored.
    async fn contact(&self, user: &UserId, label: &str, url: &str, place: i64, verified: bool) -> ChannelId {
        let id: ChannelId = self.ctx.new_id();
        let secret = self.ctx.seal.seal("channels.secret", b"whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw").unwrap();
        let mut conn = self.ctx.db.read().await.unwrap();
        backend::db::sql(
            "INSERT INTO channels (id, name, label, config, secret, team_id, events, enabled, created_at, updated_at, user_id, place, verified_at, target) \
             VALUES ($1, $2, $3, $4, $5, '-', '', 1, 0, 0, $6, $7, $8, '')",
        )
        .value(&id)
        .value(&id)
        .value(label)
        .value(serde_json::json!({ "url": url }).to_string())
        .value(secret)
        .value(user)
        .value(place)
        .value(verified.then_some(1_i64))
        .run(&mut conn)
        .await
        .unwrap();
        id
    }
}

both! {
    async fn a_page_goes_to_the_channels_that_were_chosen(app: TestApp) {
        let receiver = Receiver::begin(204).await;
        let made = app.channel(&receiver.url, &["change.pending"]).await.channel;
        let team = app.team("payments").await;
        let nobody: ChannelId = app.ctx.new_id();
        for _ in 0..2 {
            let mut tx = app.ctx.begin_write().await.unwrap();
            assert_eq!(enqueue_to(&mut tx, &app.ctx, &[made.id.clone(), nobody.clone()], page(&team, "page-1")).await, Ok(1));
            assert_eq!(enqueue_to(&mut tx, &app.ctx, &[], page(&team, "page-1")).await, Ok(0));
            tx.commit().await.unwrap();
            app.settle().await;
        }
        assert_eq!(receiver.keys(), ["page-1"], "once, though it was said twice");
        assert!(receiver.got()[0].1.contains("\"type\":\"page\""));
        // Nobody can ask for pages: they are for whoever is called.
        let admin = app.admin().await;
        let mut fields = typed(&[("name", "all"), ("url", &receiver.url), ("team", "*"), ("events", "page")]);
        assert!(app.portal.deliveries.create_channel(&admin, &fields).await.is_err());
        // Turned off, it takes nothing.
        fields = typed(&[("name", "pager"), ("url", &receiver.url), ("team", "*"), ("events", "change.pending")]);
        app.portal.deliveries.edit_channel(&admin, &made.id, &fields).await.unwrap();
        let mut tx = app.ctx.begin_write().await.unwrap();
        assert_eq!(enqueue_to(&mut tx, &app.ctx, &[made.id], page(&team, "page-2")).await, Ok(0));
    }

    async fn a_page_goes_to_every_verified_contact_of_a_person(app: TestApp) {
        let receiver = Receiver::begin(204).await;
        let team = app.team("payments").await;
        let vera = app.viewer("vera", &team).await;
        let domain::Who::User(user) = &vera.who else { panic!("a user") };
        let contact = app.contact(user, "phone", &receiver.url, 2, true).await;
        app.contact(user, "desk", &receiver.url, 1, true).await;
        app.contact(user, "unverified", &receiver.url, 0, false).await;
        let mut tx = app.ctx.begin_write().await.unwrap();
        assert_eq!(enqueue_to_user(&mut tx, &app.ctx, user, page(&team, "page-1")).await, Ok(2));
        tx.commit().await.unwrap();
        app.settle().await;
        let told: std::collections::BTreeSet<_> = app.ledger().await.into_iter().map(|d| (d.channel_name, d.state)).collect();
        assert_eq!(told, [("desk".to_owned(), State::Delivered), ("phone".to_owned(), State::Delivered)].into());
        // It is nobody else's: it hears no team, and no administrator sees or tests it.
        let (_, system) = app.team_with_system("gateway").await;
        app.observe(&signal(&system, "m1", Some(true))).await.unwrap();
        assert_eq!(app.ledger().await.len(), 2);
        let admin = app.admin().await;
        assert_eq!(app.portal.deliveries.channels(&admin).await.unwrap().len(), 0);
        assert_eq!(app.portal.deliveries.channel(&admin, &contact).await, Err(Fault::NotFound("channel")));
        let mut tx = app.ctx.begin_write().await.unwrap();
        assert_eq!(enqueue_to(&mut tx, &app.ctx, &[contact], page(&team, "page-2")).await, Ok(0), "a person is called as a person");
        drop(tx);
        app.portal.people.set_disabled(&admin, user, true).await.unwrap();
        let mut tx = app.ctx.begin_write().await.unwrap();
        assert_eq!(enqueue_to_user(&mut tx, &app.ctx, user, page(&team, "page-3")).await, Ok(0));
    }
}
