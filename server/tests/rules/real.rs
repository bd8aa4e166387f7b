//! A rule on Debian's Prometheus or VictoriaMetrics fires with a real value.

use domain::time::SECOND;

use super::{alerts, rule, scene, source, states};
use crate::{
    app::{TestApp, counterpart::Counterpart},
    sources::real::{prometheus, victoria_metrics},
};

/// One of its two targets is gone, and a rule says so.
async fn says_what_is_gone(app: &TestApp, counts: &Counterpart) {
    app.to_wall_clock();
    let (_, system, editor) = scene(app).await;
    let id = source(app, &editor, &system, "query", &format!("http://127.0.0.1:{}", counts.port)).await;
    rule(
        app,
        &editor,
        &[
            ("name", "TargetDown"),
            ("system", system.as_str()),
            ("kind", "query"),
            ("source", id.as_str()),
            ("expr", "up == 0"),
            ("compare", "present"),
            ("interval", "10s"),
            ("annotations", "summary: {{ $labels.job }} at {{ $labels.instance }} is down"),
        ],
    )
    .await;
    // It scrapes every second; its first scrapes may still be on their way.
    for _ in 0..20 {
        app.advance(10 * SECOND);
        app.settle().await;
        if !alerts(app, &editor).await.is_empty() {
            break;
        }
        tokio::time::sleep(std::time::Duration::from_millis(500)).await;
    }
    let found = alerts(app, &editor).await;
    assert_eq!(states(&found), [("gone at 127.0.0.1:9 is down", "firing")]);
}

both! {
    async fn a_rule_on_a_real_prometheus_fires(app: TestApp) {
        let Some(prometheus) = prometheus().await else { return };
        says_what_is_gone(&app, &prometheus).await;
    }

    async fn a_rule_on_a_real_victoria_metrics_fires(app: TestApp) {
        let Some(victoria) = victoria_metrics().await else { return };
        says_what_is_gone(&app, &victoria).await;
    }
}
