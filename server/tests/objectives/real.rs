//! An objective on Debian's Prometheus burns by what that counts.

use std::time::Duration;

use domain::{objectives::Shown, time::MINUTE};

use super::{alerts, objective, scene, source};
use crate::sources::real::prometheus;

both! {
    async fn half_of_the_scrapes_of_a_real_prometheus_fail(app: TestApp) {
        let Some(prometheus) = prometheus().await else { return };
        app.to_wall_clock();
        let (_, system, editor) = scene(&app).await;
        let source = source(&app, &editor, &system, "query", &format!("http://127.0.0.1:{}", prometheus.port)).await;
        // One of its two targets is gone.
        let id = objective(&app, &editor, &system, &[
            ("name", "Scrapes succeed"), ("kind", "query"), ("source", source.as_str()), ("target", "99"),
            ("good", "sum(sum_over_time(up[$window]))"), ("total", "sum(count_over_time(up[$window]))"),
        ]).await;
        // It scrapes every second; a few scrapes may still be on their way.
        for _ in 0..4 {
            tokio::time::sleep(Duration::from_secs(3)).await;
            app.settle().await;
            if alerts(&app, &editor).await.len() == 3 {
                break;
            }
            app.advance(MINUTE);
        }
        let standing = app.portal.objectives.get(&editor, &id).await.unwrap().standing;
        assert_eq!((standing.shown, standing.why.as_str()), (Shown::Burning, ""));
        assert!(standing.burns.iter().all(|burn| burn.holds == Some(true) && burn.long.is_some_and(|burn| (30.0..70.0).contains(&burn))), "{standing:?}");
        let found = alerts(&app, &editor).await;
        assert!(found.len() == 3 && found.iter().all(|(title, state)| title.starts_with("Scrapes succeed burns") && state == "firing"), "{found:?}");
        let hours = app.portal.objectives.hours(&editor, &id).await.unwrap();
        // While it ran an hour may have ended; of the one that began nothing need be counted yet.
        let (before, now) = (&hours[hours.len() - 2], hours.last().unwrap());
        assert!(before.count.total + now.count.total > 2.0 && now.left < 0.0, "{before:?} {now:?}");
        assert!(hours[0].count.total == 0.0 && hours.len() == 28 * 24);
    }
}
