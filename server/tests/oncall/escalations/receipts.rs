//! What became of a page stands under its step, however much was told of the incident since.

use backend::db::sql;
use domain::id::DeliveryId;

use super::*;

both! {
    async fn a_step_keeps_its_receipts_when_hundreds_are_told_after_it(app: TestApp) {
        let ward = Ward::new(app).await;
        ward.make(&ward.policy()).await;
        ward.breaks().await;
        let app = &ward.room.app;
        let incident = ward.record().await["runs"][0]["incident"].as_str().unwrap().to_owned();
        let mut tx = app.ctx.begin_write().await.unwrap();
        let page = sql("SELECT id FROM deliveries WHERE event = 'page'").texts(&mut tx).await.unwrap().pop().unwrap();
        let channel = sql("SELECT channel_id FROM deliveries WHERE event = 'page'").texts(&mut tx).await.unwrap().pop().unwrap();
        sql("INSERT INTO deliveries (id, channel_id, key, event, team_id, incident_id, payload, state, next_at, created_at) VALUES ")
            .rows(1..=101_i64, |r, n| {
                let at = app.now().plus(n);
                let r = r.bind(&app.ctx.new_id::<DeliveryId>()).bind(&channel).bind(format!("key-{n}")).bind("alert.firing");
                r.bind(&ward.room.team).bind(&incident).bind("{}").bind("delivered").bind(at).bind(at)
            })
            .run(&mut tx)
            .await
            .unwrap();
        tx.commit().await.unwrap();
        let shown = app.get("/incidents/1").as_(&ward.room.lena).send().await;
        shown.is(200).has("oncall-receipts").has(&format!("/admin/deliveries/{page}")).has(&format!("/admin/deliveries?incident={incident}"));
        // Whoever may not see the incident hears nothing of it.
        let lending = app.team("lending").await;
        let otto = app.user("otto", &[Permission::Read], Some(&lending)).await;
        let incident = domain::id::IncidentId::parse(&incident).unwrap();
        let key = ward.record().await["taken"][0]["key"].as_str().unwrap().to_owned();
        let told = async |who: &Actor| app.portal.deliveries.receipts(who, &incident, std::slice::from_ref(&key)).await.unwrap().len();
        assert_eq!((told(&ward.room.lena).await, told(&otto).await), (1, 0));
    }
}
