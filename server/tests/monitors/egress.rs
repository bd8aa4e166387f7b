//! The one client: what it never connects to, whatever a name or a redirect says.

use std::{
    net::IpAddr,
    sync::{
        Arc, Mutex,
        atomic::{AtomicU32, Ordering},
    },
    time::Duration,
};

use backend::egress::{Egress, EgressError, Phase, Request, ResolveError, Resolver, Settings};
use tokio::{io::AsyncWriteExt, net::TcpListener};

use super::target::{Reply, Server};

/// Answers each question with the next of its lists, and counts them.
struct Liar {
    answers: Mutex<Vec<Result<Vec<IpAddr>, ResolveError>>>,
    asked: AtomicU32,
}

impl Liar {
    fn new(answers: Vec<Result<Vec<IpAddr>, ResolveError>>) -> Arc<Self> {
        Arc::new(Self { answers: Mutex::new(answers), asked: AtomicU32::new(0) })
    }
    fn one(address: &str) -> Arc<Self> {
        Self::new(vec![Ok(vec![address.parse().expect("an address")])])
    }
}

#[async_trait::async_trait]
impl Resolver for Liar {
    async fn resolve(&self, _: &str) -> Result<Vec<IpAddr>, ResolveError> {
        self.asked.fetch_add(1, Ordering::SeqCst);
        let mut answers = self.answers.lock().expect("not poisoned");
        if answers.len() > 1 { answers.remove(0) } else { answers[0].clone() }
    }
}

fn client(allow: &[&str], resolver: Arc<Liar>) -> Egress {
    let allow = allow.iter().map(|block| block.parse().expect("a block")).collect();
    Egress::new(Settings { allow, roots: Vec::new() }, resolver).expect("a client")
}

fn get(url: &str) -> Request {
    Request { timeout: Duration::from_secs(5), ..Request::new(http::Method::GET, url) }
}

#[tokio::test]
async fn a_name_that_answers_differently_the_next_time_gains_nothing() {
    let server = Server::plain().await;
    let port = server.address.port();
    let liar = Liar::new(vec![Ok(vec!["127.0.0.1".parse().unwrap()]), Ok(vec!["169.254.169.254".parse().unwrap()])]);
    let client = client(&["127.0.0.0/8"], liar.clone());
    let exchange = client.request(get(&format!("http://rebind.test:{port}/"))).await.unwrap();
    assert_eq!((exchange.status.as_u16(), exchange.peer.ip().to_string().as_str()), (200, "127.0.0.1"));
    assert_eq!(liar.asked.load(Ordering::SeqCst), 1, "asked once, and pinned");
    // The second hop of a redirect asks again, and is checked again.
    server.set(Reply::redirect("/next"));
    let liar = Liar::new(vec![Ok(vec!["127.0.0.1".parse().unwrap()]), Ok(vec!["169.254.169.254".parse().unwrap()])]);
    let client = self::client(&["127.0.0.0/8"], liar);
    let hits = server.hits();
    let error = client.request(Request { follow: 5, ..get(&format!("http://rebind.test:{port}/")) }).await.unwrap_err();
    assert_eq!(error.code(), "refused-address");
    assert_eq!(server.hits(), hits + 1);
}

#[tokio::test]
async fn metadata_and_the_inside_are_not_reached() {
    for (url, allow, answer) in [
        ("http://169.254.169.254/latest/meta-data", &["0.0.0.0/0"][..], "1.1.1.1"),
        ("http://[::ffff:169.254.169.254]/", &["::/0"][..], "1.1.1.1"),
        ("http://0xa9fea9fe/", &["0.0.0.0/0"][..], "1.1.1.1"),
        ("http://2852039166/", &["0.0.0.0/0"][..], "1.1.1.1"),
        ("http://metadata.test/", &["0.0.0.0/0"][..], "169.254.169.254"),
        ("http://127.0.0.1:9/", &[][..], "1.1.1.1"),
        ("http://127.1:9/", &[][..], "1.1.1.1"),
        ("http://localhost.test/", &["10.0.0.0/8"][..], "127.0.0.1"),
    ] {
        let error = client(allow, Liar::one(answer)).request(get(url)).await.unwrap_err();
        assert_eq!(error.code(), "refused-address", "{url}");
    }
}

#[tokio::test]
async fn a_redirect_is_the_answer_unless_it_is_asked_to_be_followed() {
    let server = Server::plain().await;
    server.set(Reply::redirect("http://169.254.169.254/latest"));
    let client = client(&["127.0.0.1"], Liar::one("127.0.0.1"));
    assert_eq!(client.request(get(&server.url("/"))).await.unwrap().status, 302);
    let error = client.request(Request { follow: 3, ..get(&server.url("/")) }).await.unwrap_err();
    assert!(matches!(error, EgressError::Refused { .. }), "{error:?}");
    server.set(Reply::redirect("/again"));
    let error = client.request(Request { follow: 3, ..get(&server.url("/")) }).await.unwrap_err();
    assert!(matches!(error, EgressError::Redirect(_)), "{error:?}");
    server.set(Reply::redirect("file:///etc/passwd"));
    let error = client.request(Request { follow: 3, ..get(&server.url("/")) }).await.unwrap_err();
    assert_eq!(error.code(), "invalid-request");
}

#[tokio::test]
async fn bounds_hold() {
    let server = Server::plain().await;
    let client = client(&["127.0.0.1"], Liar::one("127.0.0.1"));
    server.set(Reply { body: "x".repeat(300_000), ..Reply::status(200) });
    let exchange = client.request(Request { body_cap: 1_000, ..get(&server.url("/")) }).await.unwrap();
    assert_eq!((exchange.body.len(), exchange.truncated), (1_000, true));
    server.set(Reply { delay: Duration::from_secs(5), ..Reply::status(200) });
    let error = client.request(Request { timeout: Duration::from_millis(200), ..get(&server.url("/")) }).await.unwrap_err();
    assert_eq!(error, EgressError::Timeout(Phase::FirstByte));
}

/// A server that announces more than it sends, and then sends nothing; gives its address.
async fn stalling(sent: usize) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(async move {
        while let Ok((mut stream, _)) = listener.accept().await {
            tokio::spawn(async move {
                let answer = format!("HTTP/1.1 200 X\r\ncontent-length: {}\r\n\r\n{}", sent + 1, "x".repeat(sent));
                let _ = stream.write_all(answer.as_bytes()).await;
                std::future::pending::<()>().await;
            });
        }
    });
    format!("http://{address}/")
}

#[tokio::test]
async fn of_a_large_body_that_does_not_end_what_came_counts() {
    let client = client(&["127.0.0.1"], Liar::one("127.0.0.1"));
    let ask = async |sent: usize, shares: bool| {
        let url = stalling(sent).await;
        // What is asserted to have come needs its time, also beside others.
        let timeout = Duration::from_secs(if shares && sent > 256 << 10 { 5 } else { 1 });
        client.request(Request { timeout, body_cap: 4 << 20, shares, ..get(&url) }).await
    };
    let exchange = ask(300_000, true).await.unwrap();
    assert_eq!((exchange.status.as_u16(), exchange.body.len(), exchange.truncated), (200, 300_000, true));
    for (sent, shares) in [(1_000, true), (300_000, false)] {
        assert_eq!(ask(sent, shares).await.unwrap_err(), EgressError::Timeout(Phase::Body), "{sent}");
    }
}

#[tokio::test]
async fn certificates_are_checked_or_what_is_wrong_is_reported() {
    let (server, certificate) = Server::tls(4_000_000_000).await;
    let url = format!("https://localhost:{}/", server.address.port());
    let stranger = client(&["127.0.0.1"], Liar::one("127.0.0.1"));
    assert_eq!(stranger.request(get(&url)).await.unwrap_err().code(), "tls");
    let exchange = stranger.request(Request { accept_invalid: true, ..get(&url) }).await.unwrap();
    let shown = exchange.certificate.unwrap();
    assert!(shown.problem.unwrap().contains("UnknownIssuer"));
    assert_eq!(shown.expires_at.unwrap().0 / 1_000, 4_000_000_000 / 86_400 * 86_400);
    let allow = vec!["127.0.0.1".parse().unwrap()];
    let friend = Egress::new(Settings { allow, roots: vec![certificate] }, Liar::one("127.0.0.1")).unwrap();
    let exchange = friend.request(get(&url)).await.unwrap();
    assert_eq!(exchange.certificate.unwrap().problem, None);
    assert!(exchange.timings.tls > Duration::ZERO && exchange.timings.total >= exchange.timings.tls);
    let other = format!("https://other.test:{}/", server.address.port());
    assert_eq!(friend.request(get(&other)).await.unwrap_err().code(), "tls", "a certificate for another name");
    // A host that the request names is whose certificate it must be.
    for (host, name, good) in [("127.0.0.1", "localhost", true), ("other.test", "localhost:443", true), ("127.0.0.1", "other.test", false)]
    {
        let mut request = get(&format!("https://{host}:{}/", server.address.port()));
        request.headers.insert(http::header::HOST, http::HeaderValue::from_static(name));
        let answer = friend.request(request).await;
        assert_eq!(
            answer.as_ref().map(|exchange| exchange.status.as_u16()).map_err(EgressError::code),
            if good { Ok(200) } else { Err("tls") },
            "{host} {name}"
        );
    }
}

#[tokio::test]
async fn a_fault_of_our_resolver_is_told_from_a_name_that_does_not_exist() {
    let ours = client(&[], Liar::new(vec![Err(ResolveError::Failed("SERVFAIL".into()))])).request(get("http://x.test/")).await.unwrap_err();
    assert!(ours.is_ours());
    let theirs = client(&[], Liar::new(vec![Err(ResolveError::NoSuchName)])).request(get("http://x.test/")).await.unwrap_err();
    assert!(!theirs.is_ours());
    assert_eq!(theirs.code(), "no-such-name");
}

#[tokio::test]
async fn http2_is_spoken_where_the_server_offers_it() {
    let (server, certificate) = Server::h2().await;
    let allow = vec!["127.0.0.1".parse().unwrap()];
    let client = Egress::new(Settings { allow, roots: vec![certificate] }, Liar::one("127.0.0.1")).unwrap();
    let url = format!("https://localhost:{}/a?b=c", server.address.port());
    let exchange = client.request(get(&url)).await.unwrap();
    assert_eq!((exchange.status.as_u16(), exchange.version), (200, http::Version::HTTP_2));
    assert_eq!(exchange.body, format!("{url} false"));
}
