//! Retention: what is over and old is forgotten, what runs or is needed stays, the record stays for good.

use backend::{
    Engine,
    db::sql,
    retention::{Keeper, Settings},
};
use domain::{
    Actor, PageRequest, Permission,
    form::Typed,
    id::{DeliveryId, RunId, ToolId},
    incidents::Ref,
    time::{DAY, MINUTE, SECOND},
};

use crate::{alerts::signal, app::TestApp};

fn typed(fields: &[(&str, &str)]) -> Typed {
    Typed::from_pairs(fields.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())))
}

impl TestApp {
    async fn number(&self, text: &'static str) -> i64 {
        sql(text).count(&mut self.ctx.db.read().await.expect("a connection")).await.expect("a number")
    }

    async fn forget(&self) -> u64 {
        Keeper::new(self.ctx.clone(), Settings::default()).tick(self.now()).await.expect("a tick")
    }
}

both! {
    async fn old_alerts_go_with_their_history_but_not_from_an_open_incident(app: TestApp) {
        let (_, system) = app.team_with_system("gateway").await;
        let engine = Actor::engine("test");
        for source in ["gone", "needed"] {
            app.observe(&signal(&system, source, Some(true))).await.unwrap();
            app.observe(&signal(&system, source, Some(false))).await.unwrap();
        }
        app.observe(&signal(&system, "running", Some(true))).await.unwrap();
        app.advance(MINUTE);
        app.settle().await;
        // Somebody found that the second one is not over at all.
        let needed = app.portal.incidents.get(&engine, &Ref::Number(2)).await.unwrap().incident.id;
        app.portal.incidents.move_to(&engine, &needed, domain::incidents::State::Investigating).await.unwrap();
        app.advance(400 * DAY - 2 * MINUTE);
        assert_eq!(app.forget().await, 0, "not yet");
        app.advance(3 * MINUTE);
        let entries = app.number("SELECT COUNT(*) FROM incident_entries").await;
        assert!(app.forget().await > 0);
        let mut left: Vec<_> = app.alerts().await.into_iter().map(|alert| alert.source_id).collect();
        left.sort();
        assert_eq!(left, ["needed", "running"]);
        assert_eq!(app.number("SELECT COUNT(*) FROM alert_events WHERE alert_id NOT IN (SELECT id FROM alerts)").await, 0);
        assert_eq!(app.number("SELECT COUNT(*) FROM incident_entries").await, entries, "the timeline is the record");
        assert_eq!(app.number("SELECT COUNT(*) FROM incidents").await, 3);
        assert_eq!(app.number("SELECT COUNT(*) FROM audit WHERE act = 'retention.forget'").await, 1);
        assert_eq!(app.forget().await, 0);
    }

    async fn a_long_history_goes_in_batches(app: TestApp) {
        let (_, system) = app.team_with_system("gateway").await;
        app.observe(&signal(&system, "flapper", Some(true))).await.unwrap();
        app.observe(&signal(&system, "flapper", Some(false))).await.unwrap();
        app.advance(10 * SECOND);
        app.settle().await;
        app.lengthen_history(1_500).await;
        app.advance(401 * DAY);
        assert!(app.forget().await > 1_500);
        assert_eq!(app.number("SELECT COUNT(*) FROM alerts").await + app.number("SELECT COUNT(*) FROM alert_events").await, 0);
    }

    async fn deliveries_go_when_they_ended_and_channels_after_them(app: TestApp) {
        let admin = app.admin().await;
        let fields = typed(&[("name", "pager"), ("url", "http://127.0.0.1:1/"), ("team", "*"), ("events", "alert.firing"), ("enabled", "on")]);
        let port = &app.portal.deliveries;
        let channel = port.create_channel(&admin, &fields).await.unwrap().channel.id;
        let waiting: DeliveryId = port.test_channel(&admin, &channel).await.unwrap();
        let ended = port.test_channel(&admin, &channel).await.unwrap();
        let mut conn = app.ctx.db.read().await.unwrap();
        sql("UPDATE deliveries SET state = 'delivered' WHERE id = $1").value(&ended).run(&mut conn).await.unwrap();
        sql("UPDATE deliveries SET next_at = $1 WHERE id = $2").value(app.now().plus(9_999 * DAY)).value(&waiting).run(&mut conn).await.unwrap();
        drop(conn);
        app.advance(91 * DAY);
        assert_eq!(app.forget().await, 1);
        assert_eq!(port.list(&admin, &Default::default(), &PageRequest::default()).await.unwrap().items[0].id, waiting);
        // Removed, the channel stays as long as there is something to read of it.
        port.remove_channel(&admin, &channel).await.unwrap();
        app.settle().await;
        assert_eq!(app.number("SELECT COUNT(*) FROM deliveries").await, 0, "what it left behind was given up, and old");
        assert_eq!(app.number("SELECT COUNT(*) FROM channels").await, 1);
        app.advance(91 * DAY);
        assert_eq!(app.forget().await, 1);
        assert_eq!(app.number("SELECT COUNT(*) FROM channels").await, 0);
    }

    async fn logs_go_before_runs_and_nothing_that_runs(app: TestApp) {
        let team = app.team("ops").await;
        let admin = app.admin().await;
        let tool: ToolId = app.portal.tools.define(&admin, &typed(&[("name", "noop"), ("team", "ops"), ("argv", "/bin/true"), ("timeout_s", "20")])).await.unwrap();
        let mut conn = app.ctx.db.read().await.unwrap();
        let mut ids = Vec::new();
        for (state, finished) in [("succeeded", Some(app.now())), ("awaiting", None)] {
            let id: RunId = app.ctx.new_id();
            sql("INSERT INTO runs (id, tool_id, tool_name, version, team_id, first_line, state, argv, given, secrets, requested_by, requested_name, \
                 requested_at, finished_at, timeout_s, log_lines) VALUES ")
                .rows([()], |r, ()| {
                    r.bind(&id).bind(&tool).bind("noop").bind(1_i64).bind(&team).bind(0_i64).bind(state).bind("[]").bind("[]").bind("").bind("")
                        .bind("rita").bind(app.now()).bind(finished).bind(20_i64).bind(50_i64)
                })
                .run(&mut conn)
                .await
                .unwrap();
            for first in 0..50_i64 {
                sql("INSERT INTO run_logs (run_id, first_line, lines, text) VALUES ($1, $2, 1, 'x')").value(&id).value(first + 1).run(&mut conn).await.unwrap();
            }
            ids.push(id);
        }
        drop(conn);
        app.advance(181 * DAY);
        assert_eq!(app.forget().await, 50);
        let run = app.portal.tools.get_run(&admin, &ids[0]).await.unwrap();
        assert_eq!(run.log_lines, 50, "it is still known how long it was");
        let part = app.portal.tools.log(&admin, &ids[0], 1, 100).await.unwrap();
        assert!(part.lines.is_empty() && part.done, "and nobody waits for more");
        app.get(&format!("/runs/{}", ids[0])).as_(&admin).send().await.is(200).has("The log of 50 lines was old");
        app.advance(220 * DAY);
        assert_eq!(app.forget().await, 1);
        assert!(app.portal.tools.get_run(&admin, &ids[0]).await.is_err());
        assert_eq!(app.number("SELECT COUNT(*) FROM run_logs").await, 50, "what waits for approval is left alone");
    }

    async fn tokens_go_long_after_they_ended(app: TestApp) {
        let admin = app.user("tom", &[Permission::Read, Permission::ManageTokens], None).await;
        for days in ["1", "365"] {
            let fields = typed(&[("name", days), ("permissions", "read"), ("days", days)]);
            app.portal.people.create_token(&admin, &fields).await.unwrap();
        }
        app.advance(90 * DAY);
        assert_eq!(app.forget().await, 0);
        app.advance(2 * DAY);
        assert_eq!(app.forget().await, 1);
        assert_eq!(app.number("SELECT COUNT(*) FROM tokens").await, 1);
    }
}
