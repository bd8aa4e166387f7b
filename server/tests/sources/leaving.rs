//! Series that are on no page any more.

use std::sync::Arc;

use backend::{
    Engine,
    egress::{Egress, NameResolver},
};
use domain::time::HOUR;

use super::*;

fn pods(numbers: std::ops::Range<usize>) -> Reply {
    let lines: Vec<String> = numbers.map(|n| format!("queue{{pod=\"{n:04}\"}} 1\n")).collect();
    page(&format!("# TYPE queue gauge\n{}", lines.concat()))
}

both! {
    async fn series_that_are_gone_make_room_and_leave(app: TestApp) {
        let server = Server::plain().await;
        server.set(pods(0..500));
        let (_, system, editor) = scene(&app).await;
        let id = source(&app, &editor, &system, "scrape", &server.url("/metrics")).await;
        app.api("PUT", &format!("/api/v1/sources/{id}/series"), &json!({ "metric": ["queue"] })).as_(&editor).send().await.is(200);
        app.settle().await;
        let kept = async || {
            let kept = app.portal.sources.kept(&editor, &id).await.unwrap();
            kept.into_iter().map(|one| one.labels["pod"].clone()).collect::<Vec<_>>()
        };
        let left_out = async || app.portal.sources.get(&editor, &id).await.unwrap().standing.left_out;
        assert_eq!((kept().await.len(), left_out().await), (500, 0));
        // The next ones come at once: what was there a moment ago may come again.
        server.set(pods(490..510));
        app.advance(15 * SECOND);
        app.settle().await;
        assert_eq!((kept().await.len(), left_out().await), (500, 10));
        app.advance(2 * HOUR);
        app.settle().await;
        assert_eq!((kept().await.len(), left_out().await), (500, 0));
        assert!(kept().await.iter().any(|pod| pod == "0509") && kept().await.iter().any(|pod| pod == "0490"));
        // What nothing is kept of leaves.
        let allow = backend::egress::Settings { allow: vec!["127.0.0.0/8".parse().unwrap()], roots: Vec::new() };
        let egress = Egress::new(allow, Arc::new(NameResolver::of_the_system())).unwrap();
        let settings =
            backend::sources::Settings { by_hand: true, minutes_ms: HOUR, hours_ms: HOUR, days_ms: HOUR, ..Default::default() };
        let collector = backend::sources::Collector::new(app.ctx.clone(), egress, settings);
        app.advance(24 * HOUR);
        collector.tick(app.now()).await.unwrap();
        let all: Vec<String> = (490..510).map(|n| format!("{n:04}")).collect();
        assert_eq!(kept().await, all);
    }
}
