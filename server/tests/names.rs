//! Names that nobody answers for, or that the name server refuses: whoever needs one says so, and nothing else stops.

use std::{net::IpAddr, sync::Arc, time::Duration};

use async_trait::async_trait;
use backend::{
    Engine,
    egress::{Egress, ResolveError, Resolver, Settings},
};
use domain::{
    Actor, PageRequest, Permission,
    deliveries::{Filter, State},
    objectives::Shown as Met,
    rules::Shown,
    sources::Health,
    time::{MINUTE, SECOND},
};

use crate::{
    monitors::target::{Reply, Server},
    sources::{fields, scene},
};

/// Knows `alive.test`, is refused for `refused.test`, and waits in vain for every other name.
struct Half;

#[async_trait]
impl Resolver for Half {
    async fn resolve(&self, host: &str) -> Result<Vec<IpAddr>, ResolveError> {
        match host {
            "alive.test" => Ok(vec![[127, 0, 0, 1].into()]),
            "refused.test" => Err(ResolveError::Failed("the name server refuses".to_owned())),
            _ => {
                tokio::time::sleep(Duration::from_millis(1_500)).await;
                Err(ResolveError::Failed("no name server answers".to_owned()))
            }
        }
    }
}

fn egress() -> Egress {
    Egress::new(Settings { allow: vec!["127.0.0.0/8".parse().unwrap()], roots: Vec::new() }, Arc::new(Half)).unwrap()
}

fn ninety() -> Reply {
    let body = r#"{"status":"success","data":{"resultType":"vector","result":[{"metric":{},"value":[1741932000,"90"]}]}}"#;
    Reply { body: body.to_owned(), headers: "content-type: application/json\r\n".into(), ..Reply::status(200) }
}

both! {
    async fn sources_rules_and_objectives_say_so_and_others_go_on(app: TestApp) {
        let server = Server::plain().await;
        server.set(ninety());
        let (_, system, editor) = scene(&app).await;
        let port = server.url("").rsplit(':').next().unwrap().trim_end_matches('/').to_owned();
        let (mut sources, mut rules, mut objectives) = (Vec::new(), Vec::new(), Vec::new());
        for name in ["refused.test", "silent.test", "alive.test"] {
            let url = format!("http://{name}:{port}");
            let typed = [("name", name), ("system", system.as_str()), ("kind", "query"), ("url", &url), ("interval", "15s"), ("timeout", "5s")];
            let source = app.portal.sources.create(&editor, &fields(&typed)).await.unwrap();
            let typed = [("name", name), ("system", system.as_str()), ("kind", "query"), ("source", source.as_str()), ("expr", "failing"), ("compare", "above"), ("fire", "10"), ("recover", "5")];
            rules.push(app.portal.rules.create(&editor, &fields(&typed)).await.unwrap());
            let typed = [("name", name), ("system", system.as_str()), ("kind", "query"), ("target", "99"), ("days", "28"), ("source", source.as_str()), ("good", "a[$window]"), ("total", "b[$window]")];
            objectives.push(app.portal.objectives.create(&editor, &fields(&typed)).await.unwrap());
            sources.push(source);
        }
        let collector = backend::sources::Collector::new(app.ctx.clone(), egress(), backend::sources::Settings { by_hand: true, ..Default::default() });
        let evaluator = backend::rules::Evaluator::new(app.ctx.clone(), egress(), backend::rules::Settings { by_hand: true, ..Default::default() });
        let watcher = backend::objectives::Watcher::new(app.ctx.clone(), egress(), backend::objectives::Settings { by_hand: true, ..Default::default() });
        let engines: [&dyn Engine; 3] = [&collector, &evaluator, &watcher];
        let begun = std::time::Instant::now();
        for _ in 0..4 {
            for engine in engines {
                engine.tick(app.now()).await.unwrap();
            }
            app.advance(MINUTE);
        }
        assert!(begun.elapsed() < Duration::from_secs(60), "{:?}", begun.elapsed());
        for (n, why) in [(0, "the name server refuses"), (1, "no name server answers")] {
            let source = app.portal.sources.get(&editor, &sources[n]).await.unwrap().standing;
            assert!(source.health == Health::Down && source.trouble.contains(why), "{source:?}");
            let rule = app.portal.rules.get(&editor, &rules[n]).await.unwrap().standing;
            assert!(rule.shown == Shown::Unknown && !rule.why.is_empty(), "{rule:?}");
            let objective = app.portal.objectives.get(&editor, &objectives[n]).await.unwrap().standing;
            assert!(objective.shown == Met::Unknown && !objective.why.is_empty(), "{objective:?}");
        }
        assert_eq!(app.portal.sources.get(&editor, &sources[2]).await.unwrap().standing.health, Health::Up);
        assert_eq!(app.portal.rules.get(&editor, &rules[2]).await.unwrap().standing.shown, Shown::Holding);
        assert_eq!(app.portal.objectives.get(&editor, &objectives[2]).await.unwrap().standing.shown, Met::Met);
        let alerts = app.alerts().await;
        assert_eq!(alerts.iter().filter(|alert| alert.source_kind == "source").count(), 2, "one for each source, and none for what asks it");
        assert_eq!(alerts.iter().filter(|alert| alert.source_kind == "rule").count(), 1);
    }

    async fn what_cannot_be_delivered_waits_and_the_rest_arrives(app: TestApp) {
        let server = Server::plain().await;
        let port = server.url("").rsplit(':').next().unwrap().trim_end_matches('/').to_owned();
        for name in ["refused.test", "silent.test", "alive.test"] {
            let url = format!("http://{name}:{port}/hook");
            let typed = fields(&[("name", name), ("url", &url), ("team", "*"), ("enabled", "on"), ("events", "alert.firing")]);
            app.portal.deliveries.create_channel(&Actor::engine("test"), &typed).await.unwrap();
        }
        let (_, system) = app.team_with_system("gateway").await;
        app.observe(&crate::alerts::signal(&system, "m1", Some(true))).await.unwrap();
        let ways = backend::deliveries::Ways { teams: egress(), persons: egress(), subscribers: egress() };
        let courier = backend::deliveries::Courier::new(app.ctx.clone(), ways, backend::deliveries::Settings::default());
        for _ in 0..2 {
            courier.tick(app.now()).await.unwrap();
            app.advance(SECOND);
        }
        let page = PageRequest { after: None, limit: 50 };
        let ledger = app.portal.deliveries.list(&Actor::engine("test"), &Filter::default(), &page).await.unwrap().items;
        let of = |name: &str| ledger.iter().find(|one| one.channel_name == name && one.event.name() == "alert.firing").unwrap();
        assert_eq!((of("alive.test").state, of("alive.test").attempts), (State::Delivered, 1));
        for (name, why) in [("refused.test", "the name server refuses"), ("silent.test", "no name server answers")] {
            let one = of(name);
            assert!(one.state == State::Waiting && one.attempts >= 1 && one.last_error.contains(why), "{one:?}");
        }
    }

    async fn a_source_that_hangs_holds_up_its_own_rules_only(app: TestApp) {
        let server = Server::plain().await;
        server.set(ninety());
        let (_, system, editor) = scene(&app).await;
        let port = server.url("").rsplit(':').next().unwrap().trim_end_matches('/').to_owned();
        let mut rules = Vec::new();
        for (name, count) in [("silent.test", 40), ("alive.test", 2)] {
            let url = format!("http://{name}:{port}");
            let typed = [("name", name), ("system", system.as_str()), ("kind", "query"), ("url", &url), ("timeout", "5s")];
            let source = app.portal.sources.create(&editor, &fields(&typed)).await.unwrap();
            for n in 0..count {
                let rule = format!("{name} {n}");
                let typed = [("name", rule.as_str()), ("system", system.as_str()), ("kind", "query"), ("source", source.as_str()), ("expr", "failing"), ("compare", "above"), ("fire", "10"), ("recover", "5")];
                rules.push((name, app.portal.rules.create(&editor, &fields(&typed)).await.unwrap()));
            }
        }
        // Two places only, and less time than forty questions without an answer take.
        let settings = backend::rules::Settings { concurrency: 2, patience: Duration::from_secs(3), ..Default::default() };
        let evaluator = backend::rules::Evaluator::new(app.ctx.clone(), egress(), settings);
        for _ in 0..5 {
            evaluator.tick(app.now()).await.unwrap();
            tokio::time::sleep(Duration::from_millis(300)).await;
            app.advance(MINUTE);
        }
        for (_, rule) in rules.iter().filter(|(name, _)| *name == "alive.test") {
            let standing = app.portal.rules.get(&editor, rule).await.unwrap().standing;
            assert!(standing.shown == Shown::Holding && standing.evaluated_at >= Some(app.now().plus(-2 * MINUTE)), "{standing:?}");
        }
        tokio::time::sleep(Duration::from_secs(4)).await;
        evaluator.tick(app.now()).await.unwrap();
        for (_, rule) in rules.iter().filter(|(name, _)| *name == "silent.test") {
            let standing = app.portal.rules.get(&editor, rule).await.unwrap().standing;
            assert!(standing.shown == Shown::Unknown && !standing.why.is_empty(), "{standing:?}");
        }
    }

    async fn words_are_found_whatever_their_case(app: TestApp) {
        let team = app.team("zahlungen").await;
        let reader = app.user("vera", &[Permission::Read], Some(&team)).await;
        let (_, system) = app.team_with_system("gateway").await;
        let signal = |title: &str| domain::alerts::Signal { title: title.to_owned(), ..crate::alerts::signal(&system, title, Some(true)) };
        for title in ["ÄRGER mit der Kasse", "СЕРВЕР упал", "支付 Gateway"] {
            app.observe(&signal(title)).await.unwrap();
        }
        drop(reader);
        for (text, found) in [("ärger", 1), ("Ärger", 1), ("сервер", 1), ("支付 gate", 1), ("100%", 0), ("_", 0)] {
            let filter = domain::incidents::Filter { text: text.to_owned(), ..Default::default() };
            let page = app.portal.incidents.list(&Actor::engine("test"), &filter, &PageRequest::default()).await.unwrap();
            assert_eq!(page.items.len(), found, "{text}");
        }
    }
}
