//! Neither one alert that cannot turn nor many that need not keeps back the others, nor what groups have to say.

use super::*;

both! {
    async fn one_that_cannot_turn_keeps_back_none_of_the_others(app: TestApp) {
        let (team, system) = app.team_with_system("gateway").await;
        app.line("pager", false).await;
        let admin = app.admin().await;
        let silence = typed(&[("matchers", "system=gateway"), ("team", team.as_str()), ("comment", "moving"), ("duration", "1h")]);
        let made = app.portal.silences.create(&admin, &silence).await.unwrap();
        for source in ["bad", "good", "odd"] {
            app.fires(&system, source, true).await;
        }
        app.settle().await;
        assert_eq!(app.told().await, Vec::<String>::new());
        let mut conn = app.ctx.db.read().await.unwrap();
        for spoilt in [
            "UPDATE alerts SET incident_id = 'odd' WHERE source_id = 'bad'",
            "UPDATE alerts SET suppressed = '{' WHERE source_id = 'odd'",
        ] {
            assert_eq!(backend::db::sql(spoilt).run(&mut conn).await.unwrap(), 1);
        }
        drop(conn);
        app.portal.silences.expire(&admin, &made.id).await.unwrap();
        // This engine alone: what others make of a spoilt alert is their affair.
        let dispatcher = backend::alerts::Dispatcher::new(app.ctx.clone());
        for _ in 0..2 {
            app.advance(SECOND);
            backend::Engine::tick(&dispatcher, app.now()).await.expect("it goes on");
        }
        let told = app.told().await.join(" ");
        assert!(told.contains("good:firing") || told.contains("pager good"), "{told}");
        assert!(told.contains("odd"), "what does not read is written anew: {told}");
        assert!(!told.contains("bad"), "{told}");
        // Mended, it is turned once its minute is over.
        let mut conn = app.ctx.db.read().await.unwrap();
        backend::db::sql("UPDATE alerts SET incident_id = NULL WHERE source_id = 'bad'").run(&mut conn).await.unwrap();
        drop(conn);
        for after in [SECOND, MINUTE] {
            app.advance(after);
            backend::Engine::tick(&dispatcher, app.now()).await.unwrap();
            backend::Engine::tick(&dispatcher, app.now()).await.unwrap();
            assert_eq!(app.told().await.join(" ").contains("bad"), after == MINUTE, "after {after} ms");
        }
    }

    async fn of_more_than_are_judged_at_a_time_each_has_its_turn(app: TestApp) {
        let (team, system) = app.team_with_system("gateway").await;
        app.line("pager", false).await;
        let admin = app.admin().await;
        let quiet = async |matchers: &str| {
            let silence = typed(&[("matchers", matchers), ("team", team.as_str()), ("comment", "moving"), ("duration", "1h")]);
            app.portal.silences.create(&admin, &silence).await.unwrap().id
        };
        let fires = async |name: &str| app.observe(&named(&system, name, &[("part", name)], true)).await.unwrap();
        for n in 0..12 {
            fires(&format!("old{n}")).await;
            app.advance(SECOND);
        }
        let silence = quiet("part=new").await;
        fires("new").await;
        app.settle().await;
        assert_eq!(app.told().await.len(), 12);
        app.portal.silences.expire(&admin, &silence).await.unwrap();
        // This engine alone, which judges eight of the thirteen at a time.
        let dispatcher = backend::alerts::Dispatcher::new(app.ctx.clone()).judging(8);
        let tick = async || {
            app.advance(SECOND);
            backend::Engine::tick(&dispatcher, app.now()).await.unwrap();
        };
        tick().await;
        tick().await;
        assert!(app.told().await.join(" ").contains("new"), "what is kept quiet is looked at first");
        // All are kept quiet now, and all are heard again.
        let silence = quiet("system=gateway").await;
        for expected in [13, 0] {
            for _ in 0..6 {
                tick().await;
            }
            assert_eq!(app.alerts().await.iter().filter(|alert| !alert.suppressed.is_empty()).count(), expected);
            if expected > 0 {
                app.portal.silences.expire(&admin, &silence).await.unwrap();
            }
        }
    }
}
