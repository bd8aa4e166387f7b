//! Connections that are shared, while they are opened.

use domain::load::Script;
use tokio::{
    io::AsyncReadExt as _,
    net::{TcpListener, TcpStream},
};

use super::*;
use crate::egress::{NameResolver, Settings};

/// A target that takes connections and says nothing.
async fn silent() -> (TcpListener, Lines) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let base = format!("https://{}", listener.local_addr().unwrap());
    let script = Script { base: base.clone(), rate: 10.0, duration: "1s".into(), http: "2".into(), ..Script::default() };
    let settings = Settings { allow: vec!["127.0.0.0/8".parse().unwrap()], roots: Vec::new() };
    let egress = Egress::new(settings, Arc::new(NameResolver::of_the_system())).unwrap();
    (listener, Lines::new(egress, &Url::parse(&base).unwrap(), script.plan().unwrap()).unwrap())
}

/// The first connection that somebody opens who gives up then.
async fn opened(listener: &TcpListener, lines: &Lines) -> TcpStream {
    let mut asking = Box::pin(lines.open(0));
    tokio::select! {
        accepted = listener.accept() => accepted.unwrap().0,
        _ = &mut asking => panic!("nobody answers"),
    }
}

/// Whether it stays open for a moment.
async fn stays(stream: &mut TcpStream) -> bool {
    timeout(Duration::from_millis(300), stream.read_to_end(&mut Vec::new())).await.is_err()
}

/// Who asked first gives up first: what they have begun must go on for the others.
#[tokio::test]
async fn a_shared_connection_is_opened_on_when_who_asked_gave_up() {
    let (listener, lines) = silent().await;
    let mut stream = opened(&listener, &lines).await;
    assert!(stays(&mut stream).await, "given up");
}

#[tokio::test]
async fn a_target_that_is_slow_has_two_tries_at_a_time() {
    let (listener, lines) = silent().await;
    let mut first = opened(&listener, &lines).await;
    let (mut second, _) = listener.accept().await.unwrap();
    let _third = listener.accept().await.unwrap();
    let ended = timeout(READ, second.read_to_end(&mut Vec::new())).await;
    assert!(ended.is_ok(), "the second is still tried beside the third");
    assert!(stays(&mut first).await, "given up");
}
