//! Rules held against past weeks, of which minutes are no longer kept.

use std::fmt::Write as _;

use backend::db::sql;
use domain::{
    Permission,
    time::{DAY, HOUR, MINUTE},
};
use serde_json::json;

use crate::sources::fields;

both! {
    /// Weeks whose minutes are gone are read by the hours that hold the window, and are no weeks without transactions.
    async fn weeks_without_minutes_are_read_by_hours_and_not_as_nought(app: TestApp) {
        let team = app.team("payments").await;
        let system = app.system("pay", &team).await;
        let editor = app.user("ines", &[Permission::Read, Permission::EditMonitors, Permission::IngestTransactions], Some(&team)).await;
        // One transaction a minute: from 6 to 8 in four weeks, today from 6 to half past 7.
        let begin = app.now();
        app.advance(90 * MINUTE);
        let mut body = String::new();
        for week in 0..=4_i64 {
            for minute in 0..if week == 0 { 90 } else { 120 } {
                let at = begin.plus(minute * MINUTE - week * 7 * DAY);
                writeln!(body, r#"{{"time":{},"system":"pay","link":"L1","code":"00","latency_ms":20}}"#, at.0).unwrap();
            }
        }
        app.ask("POST", "/api/v1/transactions").body(body).as_(&editor).send().await.is(200).has("\"refused\":0");
        app.settle().await;
        let old = sql("SELECT COUNT(*) FROM transaction_segments WHERE grain = 60000 AND slot < $1").value(app.now().plus(-20 * DAY));
        assert_eq!(old.count(&mut app.ctx.db.read().await.unwrap()).await.unwrap(), 0, "minutes are kept for fifteen days");
        let of = |name: &'static str, over: &'static str| {
            fields(&[
                ("name", name), ("system", system.as_str()), ("kind", "transactions"), ("measure", "volume"), ("over", over), ("weeks", "4"),
                ("compare", "above"), ("fire", "50"), ("interval", "30s"),
            ])
        };
        app.advance(MINUTE);
        for (name, over) in [("An hour", "60m"), ("Five minutes", "5m")] {
            let id = app.portal.rules.create(&editor, &of(name, over)).await.unwrap();
            app.settle().await;
            let found = app.portal.rules.instances(&editor, &id).await.unwrap();
            let value = found[0].value.unwrap();
            assert!(value.abs() < 0.001, "{name}: {value} % off what all four weeks had");
            // So it was tried out, too.
            let tried = app.portal.rules.preview(&editor, None, &of(name, over)).await.unwrap();
            assert!(tried.fired == 0 && tried.gaps < tried.moments, "{name}: {tried:?}");
        }
    }

    /// What another stream of the system forgets early says nothing of the transactions that a rule takes.
    async fn a_stream_that_forgets_early_blinds_no_rule_on_another(app: TestApp) {
        let team = app.team("payments").await;
        let system = app.system("pay", &team).await;
        let rights = [Permission::Read, Permission::EditMonitors, Permission::EditSystems, Permission::IngestTransactions];
        let editor = app.user("ines", &rights, Some(&team)).await;
        let begin = app.now();
        app.advance(30 * MINUTE);
        let mut body = String::new();
        for week in 0..=2_i64 {
            for minute in 0..30_i64 {
                let at = begin.plus(minute * MINUTE - week * 7 * DAY);
                writeln!(body, r#"{{"time":{},"system":"pay","link":"L1","code":"00","latency_ms":20}}"#, at.0).unwrap();
            }
        }
        app.ask("POST", "/api/v1/transactions").body(body).as_(&editor).send().await.is(200).has("\"refused\":0");
        let web = json!({"system": system.to_string(), "key": "web", "name": "Web", "dimensions": ["region"], "minute_days": 1, "hour_days": 1});
        app.ask("POST", "/api/v1/streams").json(&web).as_(&editor).send().await.is(201);
        app.settle().await;
        app.advance(MINUTE);
        let rule = [
            ("name", "Five minutes"), ("system", system.as_str()), ("kind", "transactions"), ("measure", "volume"), ("over", "5m"), ("link", "L1"),
            ("weeks", "2"), ("compare", "above"), ("fire", "50"), ("interval", "30s"),
        ];
        let id = app.portal.rules.create(&editor, &fields(&rule)).await.unwrap();
        app.settle().await;
        let found = app.portal.rules.instances(&editor, &id).await.unwrap();
        let value = found.first().and_then(|one| one.value).expect("past weeks are known");
        assert!(value.abs() < 0.001, "{value} % off what both weeks had");
    }

    /// Clocks in New York went forward five days ago: what was there at this time of the wall in the weeks before was an hour later in UTC.
    async fn weeks_are_those_of_the_wall_of_the_team(app: TestApp) {
        let team = app.team("payments").await;
        let system = app.system("pay", &team).await;
        let editor = app.user("ines", &[Permission::Read, Permission::EditMonitors, Permission::IngestTransactions], Some(&team)).await;
        app.on_call_in("America/New_York", &team).await;
        let begin = app.now();
        app.advance(30 * MINUTE);
        let mut body = String::new();
        for week in 0..=2_i64 {
            for minute in 0..30_i64 {
                let later = if week == 0 { 0 } else { HOUR };
                let at = begin.plus(minute * MINUTE + later - week * 7 * DAY);
                writeln!(body, r#"{{"time":{},"system":"pay","link":"L1","code":"00","latency_ms":20}}"#, at.0).unwrap();
            }
        }
        app.ask("POST", "/api/v1/transactions").body(body).as_(&editor).send().await.is(200).has("\"refused\":0");
        app.settle().await;
        app.advance(MINUTE);
        let rule = fields(&[
            ("name", "Five minutes"), ("system", system.as_str()), ("kind", "transactions"), ("measure", "volume"), ("over", "5m"), ("weeks", "2"),
            ("compare", "above"), ("fire", "50"), ("interval", "30s"),
        ]);
        let id = app.portal.rules.create(&editor, &rule).await.unwrap();
        app.settle().await;
        let found = app.portal.rules.instances(&editor, &id).await.unwrap();
        let value = found.first().and_then(|one| one.value).expect("past weeks are known");
        assert!(value.abs() < 0.001, "{value} % off what both weeks had");
        // So it was tried out, too.
        let tried = app.portal.rules.preview(&editor, None, &rule).await.unwrap();
        assert!(tried.fired == 0 && tried.gaps < tried.moments, "{tried:?}");
    }
}
