//! How long each phase of a request took, in the API and on the page.

use domain::people::Locale;
use serde_json::Value;

use super::*;

const PHASES: [&str; 4] = ["dns_us", "connect_us", "tls_us", "first_byte_us"];

/// Microseconds of each phase, and of all together, as the API tells them of the last check; its results tell the same.
async fn took(app: &TestApp, reader: &Actor, id: &MonitorId) -> ([i64; 4], i64) {
    let told = async |path: &str| app.get(path).as_(reader).send().await.is(200).json();
    let monitor = told(&format!("/api/v1/monitors/{id}")).await;
    let last = &monitor["standing"]["last"];
    let results = told(&format!("/api/v1/monitors/{id}/results")).await;
    let us = |result: &Value, phase: &str| result[phase].as_i64().unwrap_or_default();
    for phase in PHASES {
        assert_eq!(us(&results["items"][0], phase), us(last, phase), "{phase}");
    }
    (PHASES.map(|phase| us(last, phase)), us(last, "latency_us"))
}

both! {
    async fn each_phase_is_told(app: TestApp) {
        let (server, _) = Server::tls(4_000_000_000).await;
        server.set(Reply { delay: Duration::from_millis(50), ..Reply::status(200) });
        let url = format!("https://localhost:{}/", server.address.port());
        let (_, editor, id) = scene(&app, &url, &[("accept_invalid", "on")]).await;
        app.settle().await;
        let ([dns, connect, tls, first_byte], total) = took(&app, &editor, &id).await;
        assert!([dns, connect, tls].iter().all(|us| *us > 0), "{dns} {connect} {tls}");
        assert!(first_byte >= 50_000, "the server waited before its first byte: {first_byte}");
        assert!(dns + connect + tls + first_byte <= total, "{dns} {connect} {tls} {first_byte} of {total}");
        let path = format!("/monitors/{id}");
        let page = app.get(&path).as_(&editor).send().await;
        page.is(200).has("monitors-phase-list").has("First byte");
        for phase in ["dns", "connect", "tls", "first-byte"] {
            page.has(&format!("data-phase=\"{phase}\""));
        }
        app.get(&path).as_(&editor).in_(Locale::Zh).send().await.is(200).has("首字节").has("连接");
    }

    async fn a_phase_that_there_was_not_is_not_shown(app: TestApp) {
        let server = Server::plain().await;
        let (_, editor, id) = scene(&app, &server.url("/"), &[]).await;
        app.settle().await;
        let ([dns, connect, tls, first_byte], _) = took(&app, &editor, &id).await;
        assert!(dns == 0 && tls == 0 && connect > 0 && first_byte > 0, "{dns} {connect} {tls} {first_byte}");
        let page = app.get(&format!("/monitors/{id}")).as_(&editor).send().await;
        page.is(200).has("data-phase=\"connect\"").has("data-phase=\"first-byte\"").lacks("data-phase=\"dns\"").lacks("data-phase=\"tls\"");
    }
}
