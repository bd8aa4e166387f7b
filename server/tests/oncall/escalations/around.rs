//! What happens around a run: to the clock, and to the system.

use super::*;

both! {
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
