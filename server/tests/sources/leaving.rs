//! Series that are on no page any more.

use backend::Engine;
use domain::time::HOUR;

use super::*;

fn pods(numbers: std::ops::Range<usize>) -> Reply {
    let lines: Vec<String> = numbers.map(|n| format!("queue{{pod=\"{n:04}\"}} 1\n")).collect();
    page(&format!("# TYPE queue gauge\n{}", lines.concat()))
}

/// A source of which all queues are kept, and somebody who may edit it.
async fn queues(app: &TestApp, server: &Server) -> (Actor, SourceId) {
    let (_, system, editor) = scene(app).await;
    let id = source(app, &editor, &system, "scrape", &server.url("/metrics")).await;
    app.api("PUT", &format!("/api/v1/sources/{id}/series"), &json!({ "metric": ["queue"] })).as_(&editor).send().await.is(200);
    (editor, id)
}

both! {
    async fn series_that_are_gone_make_room_and_leave(app: TestApp) {
        let server = Server::plain().await;
        server.set(pods(0..500));
        let (editor, id) = queues(&app, &server).await;
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
        let settings =
            backend::sources::Settings { by_hand: true, minutes_ms: HOUR, hours_ms: HOUR, days_ms: HOUR, ..Default::default() };
        let collector = backend::sources::Collector::new(app.ctx.clone(), egress(), settings);
        app.advance(24 * HOUR);
        collector.tick(app.now()).await.unwrap();
        let all: Vec<String> = (490..510).map(|n| format!("{n:04}")).collect();
        assert_eq!(kept().await, all);
    }

    async fn what_leaves_takes_its_time_and_what_is_no_number_stays(app: TestApp) {
        let server = Server::plain().await;
        server.set(pods(0..500));
        let (editor, id) = queues(&app, &server).await;
        app.settle().await;
        let left_out = async || {
            app.settle().await;
            app.portal.sources.get(&editor, &id).await.unwrap().standing.left_out
        };
        let first_is_kept = async || app.portal.sources.kept(&editor, &id).await.unwrap().iter().any(|one| one.labels["pod"] == "0000");
        // Everything but the first is on the page with a number, and that one without.
        let mut reply = pods(1..501);
        reply.body += "queue{pod=\"0000\"} NaN\n";
        server.set(reply);
        app.advance(2 * HOUR);
        assert_eq!((left_out().await, first_is_kept().await), (1, true));
        // Everything is another now: ten at a time.
        server.set(pods(600..625));
        app.advance(2 * HOUR);
        for left in [15, 5, 0] {
            assert_eq!(left_out().await, left);
            app.advance(15 * SECOND);
        }
        assert!(!first_is_kept().await, "it was unseen the longest");
    }

    async fn of_what_a_page_says_twice_the_first_counts(app: TestApp) {
        let server = Server::plain().await;
        server.set(page("# TYPE queue gauge\nqueue 1\nqueue 2\n"));
        let (editor, id) = queues(&app, &server).await;
        for _ in 0..2 {
            app.settle().await;
            let standing = app.portal.sources.get(&editor, &id).await.unwrap().standing;
            assert_eq!((standing.health, standing.left_out, standing.trouble.as_str()), (Health::Up, 0, ""));
            let kept: Vec<_> = app.portal.sources.kept(&editor, &id).await.unwrap().into_iter().map(|one| one.last).collect();
            assert_eq!(kept, [Some(1.0)]);
            app.advance(15 * SECOND);
        }
    }
}
