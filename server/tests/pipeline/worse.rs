//! Whoever was told that an alert fires is told that it is worse by now, and of its end once.

use super::*;

fn told_to_be(system: &SystemId, severity: Severity, holds: bool) -> Signal {
    Signal { severity, ..named(system, "m", &[], holds) }
}

both! {
    async fn what_gets_worse_is_told_again_and_ends_once(app: TestApp) {
        let (_, system) = app.team_with_system("gateway").await;
        app.line("pager", false).await;
        use Severity::{P1, P2, P3};
        for (severity, times) in [(P3, 1), (P3, 1), (P1, 2), (P1, 2), (P2, 2), (P1, 2)] {
            app.observe(&told_to_be(&system, severity, true)).await.unwrap();
            app.settle().await;
            assert_eq!(app.told().await, vec!["alert.firing pager m"; times], "{severity}");
        }
        app.observe(&told_to_be(&system, P1, false)).await.unwrap();
        app.advance(10 * SECOND);
        app.settle().await;
        app.settle().await;
        assert_eq!(app.told().await, ["alert.firing pager m", "alert.firing pager m", "alert.resolved pager m"]);
    }

    async fn what_gets_worse_is_news_to_its_group(app: TestApp) {
        let (_, system) = app.team_with_system("gateway").await;
        app.line("Duty", true).await;
        let yaml = "route:\n  receiver: duty\n  group_wait: 20s\n  group_interval: 1m\n  repeat_interval: 4h\nreceivers:\n  - name: duty\n    channels: [Duty]\n";
        app.portal.routes.put(&app.admin().await, yaml, 0).await.unwrap();
        let after = async |ms: i64| {
            app.advance(ms);
            app.settle().await;
        };
        app.observe(&told_to_be(&system, Severity::P3, true)).await.unwrap();
        after(20 * SECOND).await;
        assert_eq!(app.told().await, ["alert.firing Duty m:firing"]);
        app.observe(&told_to_be(&system, Severity::P1, true)).await.unwrap();
        after(30 * SECOND).await;
        assert_eq!(app.told().await.len(), 1, "not before its interval is over");
        after(30 * SECOND).await;
        assert_eq!(app.told().await, ["alert.firing Duty m:firing", "alert.firing Duty m:firing"]);
        app.observe(&told_to_be(&system, Severity::P1, false)).await.unwrap();
        after(10 * SECOND).await;
        after(MINUTE).await;
        assert_eq!(app.told().await[2..], ["alert.resolved Duty m:resolved"], "once, and nothing between");
    }
}
