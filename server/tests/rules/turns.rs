//! Many rules of one slow source.

use std::{sync::Arc, time::Duration};

use backend::{
    Engine,
    egress::{Egress, NameResolver},
};

use super::*;

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
        let allow = backend::egress::Settings { allow: vec!["127.0.0.0/8".parse().unwrap()], roots: Vec::new() };
        let egress = Egress::new(allow, Arc::new(NameResolver::of_the_system())).unwrap();
        let settings = backend::rules::Settings { by_hand: true, patience: Duration::from_secs(1), ..Default::default() };
        let evaluator = backend::rules::Evaluator::new(app.ctx.clone(), egress, settings);
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
}
