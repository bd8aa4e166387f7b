//! What is a sign that a system is down, and keeps quiet what needs it.

use domain::{alerts::Delays, time::DAY};

use super::*;
use crate::monitors::target::{Reply, Server};

/// Kind of the source, severity, detail, labels, and whether it means that the system is down.
type Sign = (&'static str, Severity, &'static str, &'static [(&'static str, &'static str)], bool);

both! {
    async fn only_what_means_that_a_system_is_down_keeps_quiet_what_needs_it(app: TestApp) {
        const YES: &[(&str, &str)] = &[("means_down", "true")];
        const NO: &[(&str, &str)] = &[("means_down", "false")];
        let signs: [Sign; 10] = [
            ("rule", Severity::P1, "90 of 100", &[], true),
            ("rule", Severity::P2, "90 of 100", &[], false),
            ("rule", Severity::P4, "90 of 100", YES, true),
            ("rule", Severity::P1, "90 of 100", NO, false),
            ("monitor", Severity::P2, "status: 503, expected 200", &[], true),
            ("monitor", Severity::P3, "status: 503, expected 200", &[], false),
            ("monitor", Severity::P2, "expiry: in 13 days", &[], false),
            ("monitor", Severity::P1, "expiry", &[], false),
            ("monitor", Severity::P1, "slow: 300 ms, at most 200 ms", &[], false),
            ("monitor", Severity::P2, "slow", YES, true),
        ];
        for (n, (source_kind, severity, detail, labels, down)) in signs.into_iter().enumerate() {
            let (_, core) = app.team_with_system(&format!("core-{n}")).await;
            let (_, shop) = app.team_with_system(&format!("shop-{n}")).await;
            app.needs(&shop, &core).await;
            let sign = named(&core, &format!("sign {n}"), labels, true);
            let delays = Some(Delays { hold_ms: 0, recover_ms: 0 });
            app.observe(&Signal { source_kind, severity, detail: detail.to_owned(), delays, ..sign }).await.unwrap();
            app.fires(&shop, &format!("shop {n}"), true).await;
            app.settle().await;
            let alert = app.alerts().await.into_iter().find(|alert| alert.title == format!("shop {n}")).unwrap();
            let causes: Vec<Cause> = alert.suppressed.iter().map(|reason| reason.cause).collect();
            assert_eq!(causes, if down { vec![Cause::Dependency] } else { vec![] }, "{source_kind} {severity} {detail} {labels:?}");
        }
    }

    /// A certificate that ends in some days hides nothing for weeks; what is down besides does, as long as it is.
    async fn a_monitor_says_whether_what_it_looks_at_answers(app: TestApp) {
        let (server, _) = Server::tls(app.now().plus(5 * DAY).0 / 1_000).await;
        let (team, gateway) = app.team_with_system("gateway").await;
        let (_, shop) = app.team_with_system("shop").await;
        app.needs(&shop, &gateway).await;
        let editor = app.user("eda", &[Permission::Read, Permission::EditMonitors], Some(&team)).await;
        let url = format!("https://{}/", server.address);
        let fields = [
            ("name", "front"), ("system", gateway.as_str()), ("kind", "http"), ("url", url.as_str()), ("interval", "10"), ("needed", "1"),
            ("severity", "P2"), ("tls_days", "14"), ("accept_invalid", "on"),
        ];
        app.portal.monitors.create(&editor, &typed(&fields)).await.unwrap();
        app.settle().await;
        app.fires(&shop, "orders fail", true).await;
        // How the monitor's alert says it fails, and what keeps the other one quiet.
        let after = async |status: u16| {
            server.set(Reply::status(status));
            for _ in 0..3 {
                app.advance(10 * SECOND);
                app.settle().await;
            }
            let alerts = app.alerts().await;
            let of = |end: &str| alerts.iter().find(|alert| alert.title.ends_with(end)).unwrap().clone();
            let reason = of("front").detail.split(':').next().unwrap_or_default().to_owned();
            (reason, of("orders fail").suppressed.iter().map(|reason| reason.cause).collect::<Vec<_>>())
        };
        assert_eq!(after(200).await, ("expiry".to_owned(), vec![]));
        assert_eq!(after(503).await, ("status".to_owned(), vec![Cause::Dependency]));
        assert_eq!(after(200).await, ("expiry".to_owned(), vec![]));
    }
}
