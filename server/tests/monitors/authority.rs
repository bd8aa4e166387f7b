//! An authority of the house's own: whom it vouches for is trusted where the setting names it, and nowhere else.

use backend::db::Kind;
use base64::{Engine as _, engine::general_purpose::STANDARD};
use domain::{
    Actor,
    deliveries::{Notify, State as Sent},
    monitors::{Reason, Verdict},
};
use serde_json::json;

use super::{
    monitor, scene,
    target::{Reply, Server},
};
use crate::app::{TestApp, process};

fn pem(der: &[u8]) -> String {
    let text = STANDARD.encode(der);
    let lines: Vec<_> = text.as_bytes().chunks(64).map(|line| String::from_utf8_lossy(line).into_owned()).collect();
    format!("-----BEGIN CERTIFICATE-----\n{}\n-----END CERTIFICATE-----\n", lines.join("\n"))
}

async fn an_authority_of_the_house_is_trusted_where_it_is_named(kind: Kind) {
    let (server, certificate) = Server::tls(4_000_000_000).await;
    let (other, _) = Server::tls(4_000_000_000).await;
    let url = |server: &Server| format!("https://localhost:{}/", server.address.port());
    for (server, named, trusted) in [(&server, false, false), (&server, true, true), (&other, true, false)] {
        let app = TestApp::with(kind, |settings| {
            if named {
                settings.egress.ca = settings.data.join("house.pem");
                std::fs::write(&settings.egress.ca, pem(&certificate)).expect("a file");
            }
        })
        .await;
        let (_, editor, id) = scene(&app, &url(server), &[("needed", "1")]).await;
        app.settle().await;
        let last = monitor(&app, &editor, &id).await.standing.last.expect("a result");
        let expected = if trusted { (Verdict::Up, Reason::Fine) } else { (Verdict::Down, Reason::Tls) };
        assert_eq!((last.verdict, last.reason), expected, "{}", last.detail);
        let channel = app.channel_of("webhook", json!({ "url": url(server) })).await;
        app.portal.deliveries.test_channel(&Actor::engine("test"), &channel).await.expect("a test");
        app.settle().await;
        let sent = app.ledger().await.into_iter().find(|delivery| delivery.event == Notify::Test).expect("in the ledger");
        let expected = if trusted { Sent::Delivered } else { Sent::Waiting };
        assert_eq!(sent.state, expected, "{}", sent.last_error);
        assert_eq!(sent.last_error.starts_with("tls"), !trusted, "{}", sent.last_error);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_authority_of_the_house_is_trusted_where_it_is_named_on_sqlite() {
    an_authority_of_the_house_is_trusted_where_it_is_named(Kind::Sqlite).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_authority_of_the_house_is_trusted_where_it_is_named_on_postgres() {
    if crate::app::Database::postgres_is_there() {
        an_authority_of_the_house_is_trusted_where_it_is_named(Kind::Postgres).await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn commands_trust_whom_they_are_told_to() {
    let (server, certificate) = Server::tls(4_000_000_000).await;
    server.set(Reply { body: json!({ "go": true, "accepted": 1, "refused": 0 }).to_string(), ..Reply::status(200) });
    let app = TestApp::new(Kind::Sqlite).await;
    let file = |name: &str, text: &str| {
        let path = app.database.folder().join(name);
        std::fs::write(&path, text).expect("a file");
        path.to_str().expect("a path").to_owned()
    };
    let (ca, log) = (file("house.pem", &pem(&certificate)), file("trust.ndjson", "{\"code\":\"00\"}\n"));
    let url = format!("https://localhost:{}", server.address.port());
    let run = async |command: &[&str], more: &[&str]| {
        let out = process::program(&app).args(command).args(more).env("EVENKEEL_TOKEN", "t").output().await.expect("it runs");
        (out.status.code(), String::from_utf8_lossy(&out.stdout).into_owned(), String::from_utf8_lossy(&out.stderr).into_owned())
    };
    let gate = ["gate", "CHG-1", "--url", &url];
    let load = ["load", "--url", &url, "--rate", "10", "--duration", "500ms", "--format", "json"];
    let read = |said: &str| serde_json::from_str::<serde_json::Value>(said).unwrap_or_default();
    let well = |report: &serde_json::Value| report["requests"].as_u64().is_some_and(|n| n > 0) && report["failed"] == 0;
    // Of its own nobody trusts that authority.
    let (code, _, why) = run(&gate, &[]).await;
    assert_eq!(code, Some(2), "{why}");
    let (_, said, why) = run(&load, &[]).await;
    assert!(!well(&read(&said)), "{said} {why}");
    assert_eq!(server.hits(), 0);
    let named = ["--ca", ca.as_str()];
    let (code, said, why) = run(&gate, &named).await;
    assert!(code == Some(0) && said.contains("GO"), "{said} {why}");
    let (_, said, why) = run(&load, &named).await;
    assert!(well(&read(&said)), "{said} {why}");
    let (code, said, why) = run(&["import", "transactions", &log, "--url", &url], &named).await;
    assert!(code == Some(0) && said.contains("1 counted"), "{said} {why}");
    let (code, said, why) = run(&["follow", &log, "--once", "--url", &url], &named).await;
    assert_eq!(code, Some(0), "{said} {why}");
    // A file that holds none is named.
    for command in [&gate[..], &load, &["follow", &log, "--once", "--url", &url]] {
        let (code, _, why) = run(command, &["--ca", &log]).await;
        assert!(code != Some(0) && why.contains("trust.ndjson: "), "{why}");
    }
}
