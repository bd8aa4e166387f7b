//! An incident whose alerts came and went for days: what people did stays on its timeline, and what is left out is said.

use domain::{
    id::{DeliveryId, EntryId},
    people::Locale,
};

use super::*;

both! {
    async fn the_beginning_of_a_timeline_is_not_pushed_out_by_deliveries(app: TestApp) {
        let (team, system) = app.team_with_system("gateway").await;
        app.observe(&signal(&system, "m1", Some(true))).await.unwrap();
        let detail = app.incident(1).await;
        assert_eq!((detail.timeline_left_out, detail.earlier_alerts), (0, 0));
        let (id, now) = (detail.incident.id, app.now());
        for n in 0..204 {
            app.observe(&signal(&system, &format!("more-{n}"), Some(true))).await.unwrap();
        }
        let channel = [("name", "pager"), ("url", "http://127.0.0.1:9/hook"), ("team", "*"), ("enabled", "on"), ("events", "change.pending")];
        let channel = app.portal.deliveries.create_channel(&Actor::engine("test"), &typed(&channel)).await.unwrap().channel;
        let mut tx = app.ctx.begin_write().await.unwrap();
        backend::db::sql("UPDATE alerts SET incident_id = $1").value(&id).run(&mut tx).await.unwrap();
        backend::db::sql("INSERT INTO incident_entries (id, incident_id, seq, at, kind, actor, text, link) VALUES ")
            .rows(1..=2_100_i64, |r, n| {
                r.bind(&app.ctx.new_id::<EntryId>())
                    .bind(&id)
                    .bind(10_000 + n)
                    .bind(now.plus(n))
                    .bind("delivered")
                    .bind("deliveries")
                    .bind("alert.firing → pager")
                    .bind("")
            })
            .run(&mut tx)
            .await
            .unwrap();
        backend::db::sql("INSERT INTO deliveries (id, channel_id, key, event, team_id, incident_id, payload, state, next_at, created_at) VALUES ")
            .rows(1..=101_i64, |r, n| {
                r.bind(&app.ctx.new_id::<DeliveryId>())
                    .bind(&channel.id)
                    .bind(format!("key-{n}"))
                    .bind("alert.firing")
                    .bind(&team)
                    .bind(&id)
                    .bind("{}")
                    .bind("delivered")
                    .bind(now.plus(n))
                    .bind(now.plus(n))
            })
            .run(&mut tx)
            .await
            .unwrap();
        tx.commit().await.unwrap();
        let detail = app.incident(1).await;
        assert_eq!(detail.timeline[0].kind, EntryKind::Opened);
        assert_eq!(kinds(&detail).iter().filter(|kind| kind.comes_often()).count(), 2_000);
        assert!(detail.timeline_left_out > 100, "{}", detail.timeline_left_out);
        assert!(detail.timeline.windows(2).all(|pair| pair[0].at <= pair[1].at));
        assert_eq!((detail.alerts.len(), detail.earlier_alerts), (200, 5));
        let admin = app.admin().await;
        let page = app.get("/incidents/1").as_(&admin).send().await;
        page.is(200).has(&format!("{} older rows are not shown", detail.timeline_left_out)).has("and 5 earlier ones");
        page.has(&format!("/alerts?incident={id}")).has(&format!("/admin/deliveries?incident={id}"));
        app.get(&format!("/admin/deliveries?incident={id}")).as_(&admin).send().await.is(200).has("pager");
        let words = format!("另有 {} 条较早的记录未显示", detail.timeline_left_out);
        app.get("/incidents/1/print").as_(&admin).in_(Locale::Zh).send().await.is(200).has(&words);
    }
}
