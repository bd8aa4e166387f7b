//! Against real counterparts: Redis and PostgreSQL. What a machine lacks is passed over, unless `CI` says that nothing may be.

use std::{
    net::SocketAddr,
    path::Path,
    process::{Child, Command, Stdio},
    time::Duration,
};

use domain::monitors::{FactKind, Reason, Verdict};
use tokio::net::TcpStream;

use super::{
    kinds::{check, fact, talker},
    scene,
};
use crate::app::{Database, TestApp};

/// A program that ends with the test.
struct Running(Child);

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// The path of a program; `None` where it is not installed, which is a failure where `CI` is set.
fn program(names: &[&str]) -> Option<String> {
    let found = names.iter().find(|name| Path::new(name).is_file()).map(|name| (*name).to_owned());
    assert!(found.is_some() || std::env::var_os("CI").is_none(), "none of {names:?} is installed");
    found
}

async fn free_port() -> u16 {
    tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("a port").local_addr().expect("an address").port()
}

async fn wait_for(address: SocketAddr) {
    for _ in 0..300 {
        if TcpStream::connect(address).await.is_ok() {
            return;
        }
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    panic!("{address} does not listen");
}

fn start(program: &str, arguments: &[&str]) -> Running {
    Running(Command::new(program).args(arguments).stdout(Stdio::null()).stderr(Stdio::null()).spawn().expect("a process"))
}

async fn app() -> Option<TestApp> {
    Some(TestApp::new(backend::db::Kind::Sqlite).await)
}

#[tokio::test]
async fn redis_itself() {
    let Some(redis) = program(&["/usr/bin/redis-server"]) else { return };
    let app = app().await.expect("an app");
    let (system, editor, _) = scene(&app, "http://127.0.0.1:1/", &[]).await;
    let address: SocketAddr = ([127, 0, 0, 1], free_port().await).into();
    let port = address.port().to_string();
    let _redis = start(&redis, &["--port", &port, "--bind", "127.0.0.1", "--save", "", "--requirepass", "sesame"]);
    wait_for(address).await;
    let target = address.to_string();
    for (password, verdict, reason) in
        [("sesame", Verdict::Up, Reason::Fine), ("", Verdict::Down, Reason::Login), ("wrong", Verdict::Down, Reason::Login)]
    {
        let result = check(&app, &editor, &system, &[("kind", "redis"), ("address", &target), ("password", password)]).await;
        assert_eq!((result.verdict, result.reason), (verdict, reason), "{password}: {result:?}");
    }
}

#[tokio::test]
async fn postgres_itself() {
    if !Database::postgres_is_there() {
        return;
    }
    let app = app().await.expect("an app");
    let (system, editor, _) = scene(&app, "http://127.0.0.1:1/", &[]).await;
    let url = url::Url::parse(&std::env::var("EVENKEEL_TEST_POSTGRES").expect("its address")).expect("a URL");
    let address = format!("{}:{}", url.host_str().expect("a host"), url.port().unwrap_or(5_432));
    let greeting = check(&app, &editor, &system, &[("kind", "postgres"), ("address", &address)]).await;
    assert_eq!((greeting.verdict, greeting.reason), (Verdict::Up, Reason::Fine), "{greeting:?}");
    let database = url.path().trim_start_matches('/');
    let login = [
        ("kind", "postgres"),
        ("address", &address),
        ("user", url.username()),
        ("password", url.password().unwrap_or_default()),
        ("database", database),
    ];
    let inside = check(&app, &editor, &system, &login).await;
    assert_eq!((inside.verdict, inside.reason), (Verdict::Up, Reason::Fine), "{inside:?}");
    assert!(fact(&inside, FactKind::ServerVersion).is_some());
    let none =
        check(&app, &editor, &system, &[("kind", "postgres"), ("address", &address), ("user", "nobody_of_that_name"), ("password", "x")])
            .await;
    assert_eq!((none.verdict, none.reason), (Verdict::Down, Reason::Login), "{none:?}");
    let other = check(&app, &editor, &system, &[("kind", "postgres"), ("address", &talker("220 hello\r\n", &[]).await)]).await;
    assert_eq!((other.verdict, other.reason), (Verdict::Down, Reason::Protocol), "{other:?}");
}
