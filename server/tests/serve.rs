//! The accept loop on real sockets.

use std::{
    net::SocketAddr,
    path::Path,
    time::{Duration, Instant},
};

use server::{serve, settings::Limits};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpListener, TcpStream},
};
use tokio_util::sync::CancellationToken;

use crate::app::TestApp;

/// Serves the app with our own loop; gives the address, the stop, and the task that ends after the drain.
async fn started(app: &TestApp, limits: Limits) -> (SocketAddr, CancellationToken, tokio::task::JoinHandle<()>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let stop = CancellationToken::new();
    let task = tokio::spawn(serve::serve(listener, app.router.clone(), None, limits, stop.clone()));
    (address, stop, task)
}

async fn exchange(address: SocketAddr, text: &str) -> String {
    let mut stream = TcpStream::connect(address).await.unwrap();
    stream.write_all(text.as_bytes()).await.unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).await.unwrap();
    answer
}

const HEALTH: &str = "GET /healthz HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n";

both! {
    async fn slow_headers_are_cut_off_and_others_do_not_wait(app: TestApp) {
        let (address, _stop, _task) = started(&app, Limits { header_timeout_s: 1, ..Limits::default() }).await;
        let mut slow = Vec::new();
        for _ in 0..200 {
            let mut stream = TcpStream::connect(address).await.unwrap();
            stream.write_all(b"GET / HTTP/1.1\r\nx: ").await.unwrap();
            slow.push(stream);
        }
        let began = Instant::now();
        assert!(exchange(address, HEALTH).await.starts_with("HTTP/1.1 200"));
        assert!(began.elapsed() < Duration::from_millis(900), "{:?}", began.elapsed());
        for mut stream in slow {
            let mut rest = Vec::new();
            let end = tokio::time::timeout(Duration::from_secs(10), stream.read_to_end(&mut rest)).await;
            assert!(end.is_ok(), "a slow connection stayed open");
        }
    }

    async fn slow_bodies_take_no_place_from_others(app: TestApp) {
        let limits = Limits { concurrency: 2, body_timeout_s: 1, ..Limits::default() };
        let app = crate::app::TestApp::with(app.ctx.db.kind(), move |settings| settings.limits = limits).await;
        let (address, _stop, _task) = started(&app, Limits::default()).await;
        let mut slow = Vec::new();
        for _ in 0..20 {
            let mut stream = TcpStream::connect(address).await.unwrap();
            stream.write_all(b"POST /login HTTP/1.1\r\nhost: x\r\ncontent-length: 1000\r\nconnection: close\r\n\r\nlogin=").await.unwrap();
            slow.push(stream);
        }
        let login = exchange(address, "GET /login HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n").await;
        assert!(login.starts_with("HTTP/1.1 200"), "{login}");
        for mut stream in slow {
            let mut answer = String::new();
            tokio::time::timeout(Duration::from_secs(10), stream.read_to_string(&mut answer)).await.unwrap().unwrap();
            assert!(answer.starts_with("HTTP/1.1 408"), "{answer}");
        }
    }

    async fn a_reader_who_does_not_read_is_let_go(app: TestApp) {
        let (address, _stop, _task) = started(&app, Limits { write_timeout_s: 1, ..Limits::default() }).await;
        let mut deaf = TcpStream::connect(address).await.unwrap();
        let ask = "GET /login HTTP/1.1\r\nhost: x\r\n\r\n".repeat(3_000);
        // More answers than the sockets hold, and nobody who takes them: in the end the connection is gone.
        let gone = async {
            loop {
                if deaf.write_all(ask.as_bytes()).await.is_err() {
                    return;
                }
            }
        };
        tokio::time::timeout(Duration::from_secs(30), gone).await.expect("the connection stayed open");
    }

    async fn a_drain_lets_what_has_begun_come_to_its_end(app: TestApp) {
        let (address, stop, task) = started(&app, Limits::default()).await;
        // A request whose body is still on its way when the drain begins.
        let mut slow = TcpStream::connect(address).await.unwrap();
        slow.write_all(b"POST /no/such HTTP/1.1\r\nhost: x\r\ncontent-length: 4\r\n\r\nab").await.unwrap();
        tokio::time::sleep(Duration::from_millis(50)).await;
        stop.cancel();
        tokio::time::sleep(Duration::from_millis(50)).await;
        slow.write_all(b"cd").await.unwrap();
        let mut answer = String::new();
        slow.read_to_string(&mut answer).await.unwrap();
        assert!(answer.starts_with("HTTP/1.1 404"), "{answer}");
        tokio::time::timeout(Duration::from_secs(5), task).await.expect("the drain ends").unwrap();
        assert!(TcpStream::connect(address).await.is_err(), "the port is still open");
    }

    async fn a_drain_does_not_wait_for_those_who_only_wait(app: TestApp) {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let stop = app.edge.stop.clone();
        let task = tokio::spawn(serve::serve(listener, app.router.clone(), None, Limits::default(), stop.clone()));
        let mut open = Vec::new();
        // Kept alive after an answer, opened and silent, half a head.
        for text in ["GET /healthz HTTP/1.1\r\nhost: x\r\n\r\n", "", "GET / HTTP/1.1\r\nx: "] {
            let mut stream = TcpStream::connect(address).await.unwrap();
            stream.write_all(text.as_bytes()).await.unwrap();
            open.push(stream);
        }
        // A probe that asks for work of which it knows all.
        let admin = app.admin().await;
        let made = app.api("POST", "/api/v1/locations", &serde_json::json!({ "name": "Shanghai", "team": app.team("payments").await })).as_(&admin).send().await.is(201).json();
        let token = made["token"].as_str().expect("a token");
        let ask = |tag: &str| {
            format!("GET /api/v1/probe/assignments?tag={tag} HTTP/1.1\r\nhost: x\r\nauthorization: Bearer {token}\r\nconnection: close\r\n\r\n")
        };
        let first = exchange(address, &ask("")).await;
        let tag = first.split("\"tag\":\"").nth(1).and_then(|rest| rest.split('"').next()).unwrap_or_else(|| panic!("{first}"));
        let mut waits = TcpStream::connect(address).await.unwrap();
        waits.write_all(ask(tag).as_bytes()).await.unwrap();
        tokio::time::sleep(Duration::from_millis(300)).await;
        let began = Instant::now();
        stop.cancel();
        tokio::time::timeout(Duration::from_secs(5), task).await.expect("the drain ends").unwrap();
        assert!(began.elapsed() < Duration::from_secs(5), "{:?}", began.elapsed());
        let mut answer = String::new();
        waits.read_to_string(&mut answer).await.unwrap();
        assert!(answer.starts_with("HTTP/1.1 503") && answer.contains("retry-after"), "{answer}");
    }
}

#[tokio::test]
async fn connections_can_be_encrypted() {
    let app = TestApp::new(backend::db::Kind::Sqlite).await;
    let made = rcgen::generate_simple_self_signed(vec!["localhost".to_owned()]).unwrap();
    let (certificate, key) = (app.database.folder().join("cert.pem"), app.database.folder().join("key.pem"));
    std::fs::write(&certificate, made.cert.pem()).unwrap();
    std::fs::write(&key, made.signing_key.serialize_pem()).unwrap();
    let tls = serve::tls(&certificate, &key).unwrap();
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(serve::serve(listener, app.router.clone(), tls, Limits::default(), CancellationToken::new()));

    let mut roots = rustls::RootCertStore::empty();
    roots.add(made.cert.der().clone()).unwrap();
    let provider = std::sync::Arc::new(rustls::crypto::ring::default_provider());
    let config = rustls::ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_root_certificates(roots)
        .with_no_client_auth();
    let connector = tokio_rustls::TlsConnector::from(std::sync::Arc::new(config));
    let stream = TcpStream::connect(address).await.unwrap();
    let mut stream = connector.connect("localhost".try_into().unwrap(), stream).await.unwrap();
    stream.write_all(HEALTH.as_bytes()).await.unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).await.unwrap();
    assert!(answer.starts_with("HTTP/1.1 200"), "{answer}");
    assert!(answer.contains("strict-transport-security"), "{answer}");

    assert!(serve::tls(Path::new("/no/such"), &key).is_err());
}
