//! Names: a real name server on loopback, and what happens when there is none.

use std::{
    collections::HashMap,
    net::{IpAddr, SocketAddr},
    sync::{Arc, Mutex},
    time::{Duration, Instant},
};

use backend::egress::{Egress, NameResolver, Request, ResolveError, Resolver, Settings};
use tokio::net::UdpSocket;

/// What a name server says of a name.
#[derive(Clone, Copy)]
pub(super) enum Says {
    V4([u8; 4]),
    Several(&'static [[u8; 4]]),
    V6([u8; 16]),
    /// A code, e.g. 3 for "no such name".
    Code(u8),
    Nothing,
}

/// A name server that answers as it was told, and counts its questions by name.
pub(super) struct Server {
    pub(super) address: SocketAddr,
    asked: Arc<Mutex<HashMap<String, u32>>>,
}

impl Server {
    pub(super) async fn of(names: &[(&str, Says)]) -> Self {
        let socket = Arc::new(UdpSocket::bind("127.0.0.1:0").await.expect("a port"));
        let address = socket.local_addr().expect("an address");
        let names: HashMap<String, Says> = names.iter().map(|(name, says)| ((*name).to_owned(), *says)).collect();
        let asked: Arc<Mutex<HashMap<String, u32>>> = Arc::default();
        let counter = asked.clone();
        tokio::spawn(async move {
            let mut packet = [0; 1_500];
            while let Ok((length, from)) = socket.recv_from(&mut packet).await {
                let (name, kind, end) = question(&packet[..length]);
                *counter.lock().expect("not poisoned").entry(name.clone()).or_default() += 1;
                let answer = answer(&packet[..end], kind, names.get(&name).copied().unwrap_or(Says::Code(3)));
                let socket = socket.clone();
                tokio::spawn(async move {
                    if let Some(answer) = answer {
                        // As long as a name server of the neighbourhood takes, so that questions meet.
                        tokio::time::sleep(Duration::from_millis(20)).await;
                        let _ = socket.send_to(&answer, from).await;
                    }
                });
            }
        });
        Self { address, asked }
    }

    fn resolver(&self) -> Arc<NameResolver> {
        Arc::new(NameResolver::of(vec![self.address]))
    }

    fn asked(&self, name: &str) -> u32 {
        self.asked.lock().expect("not poisoned").get(name).copied().unwrap_or_default()
    }
}

/// Name and kind of a question, and where it ends (RFC 1035, 4.1.2).
fn question(packet: &[u8]) -> (String, u16, usize) {
    let (mut at, mut labels) = (12, Vec::new());
    while packet[at] > 0 {
        let length = usize::from(packet[at]);
        labels.push(String::from_utf8_lossy(&packet[at + 1..=at + length]).to_lowercase());
        at += length + 1;
    }
    (labels.join("."), u16::from_be_bytes([packet[at + 1], packet[at + 2]]), at + 5)
}

fn answer(question: &[u8], kind: u16, says: Says) -> Option<Vec<u8>> {
    let (code, data): (u8, Vec<Vec<u8>>) = match says {
        Says::V4(address) if kind == 1 => (0, vec![address.to_vec()]),
        Says::Several(addresses) if kind == 1 => (0, addresses.iter().map(|address| address.to_vec()).collect()),
        Says::V6(address) if kind == 28 => (0, vec![address.to_vec()]),
        Says::V4(_) | Says::Several(_) | Says::V6(_) => (0, Vec::new()),
        Says::Code(code) => (code, Vec::new()),
        Says::Nothing => return None,
    };
    let mut packet = question.to_vec();
    packet[2] |= 0x80;
    packet[3] = 0x80 | code;
    packet[7] = u8::try_from(data.len()).expect("few");
    // Neither authority nor additional records, whatever the question had.
    packet[8..12].fill(0);
    for data in data {
        packet.extend([0xc0, 12]);
        packet.extend(kind.to_be_bytes());
        packet.extend([0, 1, 0, 0, 0, 60, 0, u8::try_from(data.len()).expect("short")]);
        packet.extend(data);
    }
    Some(packet)
}

#[tokio::test]
async fn the_same_question_is_asked_once_and_its_answer_kept() {
    let server = Server::of(&[("api.test", Says::V4([192, 0, 2, 7])), ("six.test", Says::V6([0x20; 16]))]).await;
    let resolver = server.resolver();
    let asking: Vec<_> = (0..200)
        .map(|_| {
            let resolver = resolver.clone();
            tokio::spawn(async move { resolver.resolve("api.test").await })
        })
        .collect();
    for asked in asking {
        assert_eq!(asked.await.unwrap().unwrap(), ["192.0.2.7".parse::<IpAddr>().unwrap()]);
    }
    assert_eq!(server.asked("api.test"), 1, "200 at once are one question");
    assert!(resolver.resolve("api.test").await.is_ok());
    assert_eq!(server.asked("api.test"), 1, "the answer is kept for as long as it says");
    assert_eq!(resolver.resolve("six.test").await.unwrap(), ["2020:2020:2020:2020:2020:2020:2020:2020".parse::<IpAddr>().unwrap()]);
}

#[tokio::test]
async fn only_an_authoritative_no_counts_against_the_target() {
    let server = Server::of(&[("fails.test", Says::Code(2)), ("refuses.test", Says::Code(5))]).await;
    let resolver = server.resolver();
    assert_eq!(resolver.resolve("none.test").await.unwrap_err(), ResolveError::NoSuchName);
    for name in ["fails.test", "refuses.test"] {
        assert!(matches!(resolver.resolve(name).await.unwrap_err(), ResolveError::Failed(_)), "{name}");
    }
}

#[tokio::test]
async fn names_that_nobody_answers_for_are_our_fault_and_hold_up_no_other() {
    let names: Vec<String> = (0..300).map(|n| format!("dead{n}.test")).collect();
    let mut says: Vec<_> = names.iter().map(|name| (name.as_str(), Says::Nothing)).collect();
    says.push(("api.test", Says::V4([127, 0, 0, 1])));
    let server = Server::of(&says).await;
    let resolver = server.resolver();
    let dead: Vec<_> = (0..300)
        .map(|n| {
            let resolver = resolver.clone();
            let name = format!("dead{n}.test");
            tokio::spawn(async move { (Instant::now(), resolver.resolve(&name).await) })
        })
        .collect();
    tokio::time::sleep(Duration::from_millis(100)).await;
    let begin = Instant::now();
    assert!(resolver.resolve("api.test").await.is_ok());
    assert!(begin.elapsed() < Duration::from_secs(1), "{:?}", begin.elapsed());
    for asked in dead {
        let (begin, answer) = asked.await.unwrap();
        assert!(matches!(answer.unwrap_err(), ResolveError::Failed(_)));
        assert!(begin.elapsed() < Duration::from_secs(8), "each has its bound");
    }
    // The verdict of a probe whose own deadline is over first: unknown, not down.
    let egress = Egress::new(Settings { allow: vec!["127.0.0.0/8".parse().unwrap()], roots: Vec::new() }, resolver).unwrap();
    let request = Request { timeout: Duration::from_millis(300), ..Request::new(http::Method::GET, "http://dead0.test/") };
    let error = egress.request(request).await.unwrap_err();
    assert!(error.is_ours(), "{error:?}");
}

#[tokio::test]
async fn the_file_of_hosts_is_known_without_any_name_server() {
    let resolver = NameResolver::of_the_system();
    let addresses = resolver.resolve("localhost").await.unwrap();
    assert!(addresses.iter().all(IpAddr::is_loopback), "{addresses:?}");
}
