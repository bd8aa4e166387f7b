//! What fires through a way in when that is closed, removed or given away.

use std::time::Duration;

use backend::db::sql;

use super::*;

both! {
    async fn what_fired_through_a_way_in_is_over_with_it(app: TestApp) {
        let (team, _) = app.team_with_system("gateway").await;
        let other = app.team("other").await;
        app.line("pager", false).await;
        let admin = app.admin().await;
        let fire = async |secret: &str| app.api("POST", &format!("/hooks/{secret}"), &alertmanager("firing", "gateway", "")).send().await;
        let base = [("name", "alertmanager"), ("team", team.as_str())];
        let edit = async |id: &IntegrationId, fields: &[(&str, &str)]| {
            let fields: Vec<_> = base.iter().filter(|(name, _)| !fields.iter().any(|(n, _)| n == name)).chain(fields).copied().collect();
            app.portal.integrations.edit(&admin, id, &typed(&fields)).await
        };
        let (id, secret) = app.way_in("alertmanager", &team, &[]).await;
        let mut expected = Vec::new();
        for change in [
            vec![("kind", "alertmanager")],
            vec![("kind", "grafana"), ("enabled", "on")],
            vec![("kind", "grafana"), ("enabled", "on"), ("team", other.as_str())],
        ] {
            edit(&id, &[("kind", if change[0].1 == "grafana" && change.len() == 3 { "grafana" } else { "alertmanager" }), ("enabled", "on")]).await.unwrap();
            fire(&secret).await.is(202);
            app.settle().await;
            app.advance(SECOND);
            edit(&id, &change).await.unwrap();
            app.settle().await;
            app.advance(SECOND);
            assert!(app.states().await.iter().all(|(_, state)| *state == State::Resolved), "{change:?}");
            expected.extend(["alert.firing pager gateway is down", "alert.resolved pager gateway is down"]);
            assert_eq!(app.told().await, expected);
        }
        edit(&id, &[("kind", "alertmanager"), ("enabled", "on")]).await.unwrap();
        fire(&secret).await.is(202);
        app.settle().await;
        // What changes nothing of that ends nothing.
        edit(&id, &[("kind", "alertmanager"), ("enabled", "on"), ("name", "renamed")]).await.unwrap();
        assert!(app.states().await.iter().any(|(_, state)| *state == State::Firing));
        let (_, fresh) = app.portal.integrations.renew(&admin, &id).await.unwrap();
        fire(&secret).await.is(404);
        fire(&fresh).await.is(202);
        app.advance(SECOND);
        app.portal.integrations.remove(&admin, &id).await.unwrap();
        app.settle().await;
        fire(&fresh).await.is(404);
        expected.extend(["alert.firing pager gateway is down", "alert.resolved pager gateway is down"]);
        assert_eq!(app.told().await, expected, "told once that it fires, once that it is over");
    }

    async fn however_many_fire_through_a_way_in_all_are_over_with_it(app: TestApp) {
        let (team, _) = app.team_with_system("gateway").await;
        let (id, secret) = app.way_in("alertmanager", &team, &[]).await;
        let mut message = alertmanager("firing", "gateway", "");
        let one = message["alerts"][0].clone();
        let many = (0..300).map(|n| {
            let mut alert = one.clone();
            alert["labels"]["instance"] = format!("gw{n}:9100").into();
            alert["fingerprint"] = format!("{n:016x}").into();
            alert
        });
        message["alerts"] = many.collect();
        app.api("POST", &format!("/hooks/{secret}"), &message).send().await.is(202);
        let running = async || {
            let running = sql("SELECT COUNT(*) FROM alerts WHERE state <> 'resolved'");
            running.count(&mut app.ctx.db.read().await.unwrap()).await.unwrap()
        };
        app.settle().await;
        assert_eq!(running().await, 300);
        app.portal.integrations.remove(&app.admin().await, &id).await.unwrap();
        assert_eq!(running().await, 0);
    }

    async fn an_edit_that_is_refused_ends_nothing(app: TestApp) {
        let (team, _) = app.team_with_system("gateway").await;
        app.line("pager", false).await;
        let admin = app.admin().await;
        let (id, secret) = app.way_in("alertmanager", &team, &[]).await;
        let fire = async || app.api("POST", &format!("/hooks/{secret}"), &alertmanager("firing", "gateway", "")).send().await;
        let closed = [("name", "alertmanager"), ("kind", "alertmanager"), ("team", team.as_str()), ("version", "1")];
        fire().await.is(202);
        app.settle().await;
        // Somebody else edits it, and has not committed when it is to be closed.
        let mut tx = app.ctx.begin_write().await.unwrap();
        sql("UPDATE integrations SET version = version + 1 WHERE id = $1").value(&id).run(&mut tx).await.unwrap();
        let commit = async {
            tokio::time::sleep(Duration::from_millis(300)).await;
            tx.commit().await.unwrap();
        };
        let typed = typed(&closed);
        let (edited, ()) = tokio::join!(app.portal.integrations.edit(&admin, &id, &typed), commit);
        assert_eq!(edited.unwrap_err(), Fault::conflict("conflict-integration-edited"));
        app.settle().await;
        assert_eq!(app.states().await, [("gateway is down".to_owned(), State::Firing)]);
        assert_eq!(app.told().await, ["alert.firing pager gateway is down"]);
        fire().await.is(202);
    }

    async fn nothing_begins_through_a_way_in_that_is_being_closed(app: TestApp) {
        let (team, _) = app.team_with_system("gateway").await;
        let (id, secret) = app.way_in("alertmanager", &team, &[]).await;
        // It is closed, which is not committed when a message comes.
        let mut tx = app.ctx.begin_write().await.unwrap();
        sql("UPDATE integrations SET enabled = 0 WHERE id = $1").value(&id).run(&mut tx).await.unwrap();
        let commit = async {
            tokio::time::sleep(Duration::from_millis(300)).await;
            tx.commit().await.unwrap();
        };
        let message = alertmanager("firing", "gateway", "");
        let path = format!("/hooks/{secret}");
        let (answer, ()) = tokio::join!(app.api("POST", &path, &message).send(), commit);
        answer.is(404);
        assert!(app.states().await.is_empty());
    }
}
