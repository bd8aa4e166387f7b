//! An authority of the house's own: whom it vouches for is trusted where the setting names it, and nowhere else.

use backend::db::Kind;
use base64::{Engine as _, engine::general_purpose::STANDARD};
use domain::{
    Actor,
    deliveries::{Notify, State as Sent},
    monitors::{Reason, Verdict},
};
use serde_json::json;

use super::{monitor, scene, target::Server};
use crate::app::TestApp;

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
