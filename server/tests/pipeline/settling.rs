//! Whichever is seen first, what fails or what it needs: one message is enough.

use super::*;
use crate::monitors::target::{Reply, Server};

/// A gateway that is checked every so many seconds, and hosts that need it.
async fn stage(app: &TestApp, server: &Server, interval: &str) -> Vec<SystemId> {
    let (team, gateway) = app.team_with_system("gateway").await;
    app.line("pager", false).await;
    let editor = app.user("eda", &[Permission::Read, Permission::EditMonitors], Some(&team)).await;
    let url = server.url("/");
    let fields =
        [("name", "front"), ("system", gateway.as_str()), ("kind", "http"), ("url", &url), ("interval", interval), ("needed", "1")];
    app.portal.monitors.create(&editor, &typed(&fields)).await.expect("a monitor");
    let mut hosts = Vec::new();
    for n in 0..3 {
        let (_, host) = app.team_with_system(&format!("host-{n}")).await;
        app.needs(&host, &gateway).await;
        hosts.push(host);
    }
    app.settle().await;
    // The first check is at once, the next one when the turn of this monitor comes: then the interval is known.
    for _ in 0..if interval == "10" { 20 } else { 0 } {
        if server.hits() > 1 {
            break;
        }
        app.advance(SECOND);
        app.settle().await;
    }
    app.advance(4 * SECOND);
    hosts
}

/// All hosts fail, and every engine does its work.
async fn hosts_fail(app: &TestApp, hosts: &[SystemId]) {
    for (n, host) in hosts.iter().enumerate() {
        app.fires(host, &format!("h{n}"), true).await;
    }
    app.settle().await;
}

async fn after(app: &TestApp, ms: i64) {
    app.advance(ms);
    app.settle().await;
    app.settle().await;
}

both! {
    async fn hosts_that_fail_before_their_gateway_is_looked_at_make_one_page(app: TestApp) {
        let server = Server::plain().await;
        let hosts = stage(&app, &server, "10").await;
        server.set(Reply::status(503));
        hosts_fail(&app, &hosts).await;
        assert_eq!(app.told().await, Vec::<String>::new());
        assert!(app.alerts().await.iter().all(|alert| alert.suppressed[0].cause == Cause::Unsettled));
        after(&app, 7 * SECOND).await;
        let told = app.told().await;
        assert_eq!((told.len(), told[0].contains("front")), (1, true), "{told:?}");
        after(&app, MINUTE).await;
        assert_eq!(app.told().await.len(), 1);
        let incidents = app.portal.incidents.list(&Actor::engine("test"), &Default::default(), &PageRequest::default()).await.unwrap();
        assert_eq!(incidents.items.len(), 1);
    }

    async fn what_fails_by_itself_is_told_once_its_gateway_was_looked_at(app: TestApp) {
        let server = Server::plain().await;
        let hosts = stage(&app, &server, "10").await;
        hosts_fail(&app, &hosts[..1]).await;
        assert_eq!(app.told().await, Vec::<String>::new());
        after(&app, 7 * SECOND).await;
        assert_eq!(app.told().await, ["alert.firing pager h0"]);
    }

    async fn a_gateway_that_nobody_looks_at_again_keeps_nobody_waiting_for_long(app: TestApp) {
        let server = Server::plain().await;
        let hosts = stage(&app, &server, "600").await;
        hosts_fail(&app, &hosts[..1]).await;
        after(&app, 14 * SECOND).await;
        assert_eq!(app.told().await, Vec::<String>::new());
        after(&app, SECOND).await;
        assert_eq!(app.told().await, ["alert.firing pager h0"]);
    }
}
