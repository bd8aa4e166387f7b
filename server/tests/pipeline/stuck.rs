//! One alert that cannot turn keeps back neither the others nor what groups have to say.

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
}
