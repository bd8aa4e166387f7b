//! Many rules of one slow source.

use std::time::Duration;

use backend::Engine;

use super::*;
use crate::sources::egress;

/// The engine, for which the rules of one source may take so long together.
fn evaluator(app: &TestApp, patience: Duration) -> backend::rules::Evaluator {
    let settings = backend::rules::Settings { by_hand: true, patience, ..Default::default() };
    backend::rules::Evaluator::new(app.ctx.clone(), egress(), settings)
}

both! {
    async fn of_a_slow_source_every_rule_has_its_turn(app: TestApp) {
        let server = Server::plain().await;
        let (_, system, editor) = scene(&app).await;
        let id = source(&app, &editor, &system, "query", &server.url("")).await;
        server.set(Reply { delay: Duration::from_millis(300), ..vector(&[("a", "1")]) });
        let names: Vec<String> = (0..8).map(|n| format!("Rule {n}")).collect();
        for name in &names {
            watching(&app, &editor, &system, &id, &[("name", name.as_str())]).await;
        }
        let evaluator = evaluator(&app, Duration::from_secs(1));
        let standings = async || {
            let rules = app.portal.rules.list(&editor).await.unwrap();
            rules.into_iter().map(|rule| rule.standing).collect::<Vec<_>>()
        };
        evaluator.tick(app.now()).await.unwrap();
        let first = standings().await;
        assert!(first.iter().any(|one| one.evaluated_at.is_some()), "some had their turn");
        assert!(first.iter().any(|one| one.evaluated_at.is_none()), "a second is not enough for all");
        assert!(first.iter().all(|one| one.shown != Shown::Unknown), "whoever waits is not unknown: {first:?}");
        // All are due again every time; those that had no turn come first.
        for _ in 1..names.len() {
            app.advance(MINUTE);
            evaluator.tick(app.now()).await.unwrap();
        }
        assert!(standings().await.iter().all(|one| one.evaluated_at.is_some()), "each had its turn");
    }

    async fn rules_that_hang_keep_no_other_from_its_turn(app: TestApp) {
        let server = Server::plain().await;
        let (_, system, editor) = scene(&app).await;
        let id = source(&app, &editor, &system, "query", &server.url("")).await;
        server.set(Reply { delay: Duration::from_secs(30), slow: "hanging", ..vector(&[("a", "1")]) });
        for (name, expr) in [("Hangs 1", "hanging"), ("Hangs 2", "hanging"), ("Quick 1", "failing"), ("Quick 2", "failing")] {
            watching(&app, &editor, &system, &id, &[("name", name), ("expr", expr)]).await;
            // Those that hang are due before the others.
            app.advance(SECOND);
        }
        let evaluator = evaluator(&app, Duration::from_secs(2));
        let quick = async || {
            let rules = app.portal.rules.list(&editor).await.unwrap();
            let quick = rules.into_iter().filter(|rule| rule.name.starts_with("Quick"));
            quick.map(|rule| rule.standing.shown).collect::<Vec<_>>()
        };
        evaluator.tick(app.now()).await.unwrap();
        assert_eq!(quick().await, [Shown::Unknown, Shown::Unknown], "the source answered nobody");
        for _ in 0..2 {
            app.advance(MINUTE);
            evaluator.tick(app.now()).await.unwrap();
        }
        assert_eq!(quick().await, [Shown::Quiet, Shown::Quiet], "each that hangs has had all the time once");
    }

    async fn rules_that_ask_no_source_are_not_unknown_together(app: TestApp) {
        let (_, system, editor) = scene(&app).await;
        for name in ["One", "Two", "Three"] {
            let volume = [("kind", "transactions"), ("measure", "volume"), ("over", "5m"), ("compare", "above"), ("fire", "50")];
            let pairs: Vec<_> = [("name", name), ("system", system.as_str())].into_iter().chain(volume).collect();
            rule(&app, &editor, &pairs).await;
        }
        let evaluator = evaluator(&app, Duration::ZERO);
        for turn in 1..=3 {
            evaluator.tick(app.now()).await.unwrap();
            let rules = app.portal.rules.list(&editor).await.unwrap();
            assert_eq!(rules.iter().filter(|rule| rule.standing.evaluated_at.is_some()).count(), turn, "one has its turn: {rules:?}");
        }
    }
}
