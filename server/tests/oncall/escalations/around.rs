//! What happens around a run: to the clock, and to the system.

use super::*;

/// An engine that notes by how much it was set back, and cannot be the first time.
#[derive(Default)]
struct Stubborn(std::sync::Mutex<Vec<i64>>);

#[async_trait::async_trait]
impl backend::Engine for Stubborn {
    fn name(&self) -> &'static str {
        "stubborn"
    }

    fn period(&self) -> std::time::Duration {
        std::time::Duration::from_secs(1)
    }

    async fn set_back(&self, by: i64, _now: domain::Timestamp) -> Result<(), domain::Fault> {
        let mut tries = self.0.lock().unwrap();
        tries.push(by);
        if tries.len() == 1 { Err(domain::Fault::Internal) } else { Ok(()) }
    }

    async fn tick(&self, _now: domain::Timestamp) -> Result<u64, domain::Fault> {
        Ok(0)
    }
}

both! {
    async fn a_clock_that_is_set_back_is_not_forgotten_where_the_correction_fails(app: TestApp) {
        let engine = std::sync::Arc::new(Stubborn::default());
        let engines = backend::Engines::new(app.ctx.clone(), vec![engine.clone()]);
        engines.settle().await.unwrap();
        app.advance(-60 * MINUTE);
        engines.settle().await.unwrap_err();
        engines.settle().await.unwrap();
        engines.settle().await.unwrap();
        assert_eq!(*engine.0.lock().unwrap(), [60 * MINUTE, 60 * MINUTE], "tried again until it was done, and then no more");
    }

    async fn a_clock_that_is_set_back_keeps_nobody_waiting(app: TestApp) {
        let ward = Ward::new(app).await;
        ward.make(&ward.policy()).await;
        ward.breaks().await;
        let app = &ward.room.app;
        app.settle().await;
        assert_eq!(ward.called().await, ["lena"]);
        app.advance(-60 * MINUTE);
        app.settle().await;
        assert_eq!(ward.called().await.len(), 1, "not sooner either");
        app.advance(5 * MINUTE);
        app.settle().await;
        assert_eq!(ward.called().await, ["lena", "wei"], "five minutes later, whatever the clock shows");
    }

    async fn a_policy_does_not_page_for_a_system_that_another_team_took_over(app: TestApp) {
        let ward = Ward::new(app).await;
        let mut policy = ward.policy();
        policy["systems"] = json!([ward.system]);
        policy["default"] = json!(false);
        ward.make(&policy).await;
        let app = &ward.room.app;
        let admin = app.admin().await;
        app.team("other").await;
        let edit = json!({ "key": "gateway", "name": "gateway", "team": "other", "tier": 2, "version": 1 });
        app.api("PUT", &format!("/api/v1/systems/{}", ward.system), &edit).as_(&admin).send().await.is(200);
        app.observe(&signal(&ward.system, "m1", Some(true))).await.unwrap();
        ward.climb().await;
        assert_eq!(ward.pages().await, 0);
        let mut conn = app.ctx.db.read().await.unwrap();
        assert_eq!(backend::db::sql("SELECT COUNT(*) FROM escalation_systems").count(&mut conn).await.unwrap(), 0);
        assert_eq!(backend::db::sql("SELECT COUNT(*) FROM escalation_runs").count(&mut conn).await.unwrap(), 0);
    }
}
