//! Load over HTTP/2: requests that are under way share a connection, and a broken one is opened again for all of them.

use std::{
    convert::Infallible,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
};

use bytes::Bytes;
use http::{Request, Response, StatusCode, Version};
use http_body_util::Full;
use hyper::{body::Incoming, server::conn::http2, service::service_fn};
use hyper_util::rt::{TokioExecutor, TokioIo};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpListener, TcpStream},
};

use super::*;

/// A server on loopback that speaks nothing but HTTP/2.
#[derive(Clone, Default)]
struct Second {
    connections: Arc<AtomicUsize>,
    requests: Arc<AtomicUsize>,
    /// After so many requests of a connection it is closed; 0 for never.
    each: usize,
    /// Whether its first connection is given up at the first request, of which nothing was begun.
    gives_up: bool,
}

/// A connection that is given up without a fault: GOAWAY, and none of its requests was begun (RFC 9113, 6.8).
async fn give_up(mut stream: TcpStream) -> std::io::Result<()> {
    const HEADERS: u8 = 1;
    stream.read_exact(&mut [0; 24]).await?;
    stream.write_all(&[0, 0, 0, 4, 0, 0, 0, 0, 0]).await?;
    loop {
        let mut head = [0; 9];
        stream.read_exact(&mut head).await?;
        let length = u32::from_be_bytes([0, head[0], head[1], head[2]]);
        stream.read_exact(&mut vec![0; length as usize]).await?;
        if head[3] == HEADERS {
            stream.write_all(&[0, 0, 8, 7, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0]).await?;
            tokio::io::copy(&mut stream, &mut tokio::io::sink()).await?;
            return Ok(());
        }
    }
}

impl Second {
    /// Where it is.
    async fn begin(&self) -> String {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
        let address = listener.local_addr().expect("an address");
        let this = self.clone();
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                if this.connections.fetch_add(1, Ordering::Relaxed) == 0 && this.gives_up {
                    tokio::spawn(give_up(stream));
                    continue;
                }
                let (all, own, each) = (Arc::clone(&this.requests), Arc::new(AtomicUsize::new(0)), this.each);
                let seen = Arc::clone(&own);
                let answer = service_fn(move |request: Request<Incoming>| {
                    let right = request.version() == Version::HTTP_2 && request.uri().path().starts_with("/pay/");
                    all.fetch_add(1, Ordering::Relaxed);
                    seen.fetch_add(1, Ordering::Relaxed);
                    async move {
                        let mut answer = Response::new(Full::new(Bytes::from_static(b"ok")));
                        if !right {
                            *answer.status_mut() = StatusCode::BAD_REQUEST;
                        }
                        Ok::<_, Infallible>(answer)
                    }
                });
                tokio::spawn(async move {
                    let serving = http2::Builder::new(TokioExecutor::new()).serve_connection(TokioIo::new(stream), answer);
                    let full = async {
                        while each == 0 || own.load(Ordering::Relaxed) < each {
                            tokio::time::sleep(Duration::from_millis(5)).await;
                        }
                    };
                    tokio::select! {
                        _ = serving => {}
                        () = full => {}
                    }
                });
            }
        });
        format!("http://{address}")
    }
}

const SCRIPT: &str = "http: '2'\nrequests: [{ path: '/pay/{{n}}' }]\n";

both! {
    async fn requests_share_a_connection_of_http_2(app: TestApp) {
        let ground = Ground::new(app).await;
        let server = Second::default();
        let target = ground.register("Gateway", &server.begin().await).await;
        let run = ground.start(&target, &json!({ "script": SCRIPT, "max_failed": 1 })).await;
        let known = ground.over(&run, "finished").await;
        let report = &known["report"];
        assert_eq!((report["requests"].as_u64(), report["failed"].as_u64(), report["codes"]["200"].as_u64()), (Some(40), Some(0), Some(40)), "{report}");
        assert_eq!((server.connections.load(Ordering::Relaxed), server.requests.load(Ordering::Relaxed)), (1, 40));
        assert_eq!(known["verdict"], "passed", "{known}");
        let wrong = json!({ "script": "http: '3'\n" });
        ground.app.api("POST", "/api/v1/load/runs", &Ground::order(&target, &wrong)).as_(&ground.rita).send().await.is(422).has("http");
    }

    async fn a_connection_of_http_2_that_broke_is_opened_again(app: TestApp) {
        let ground = Ground::new(app).await;
        let server = Second { each: 10, ..Second::default() };
        let target = ground.register("Gateway", &server.begin().await).await;
        let run = ground.start(&target, &json!({ "script": SCRIPT, "max_failed": 100 })).await;
        let known = ground.over(&run, "finished").await;
        let (asked, good) = (known["report"]["requests"].as_u64().unwrap(), known["report"]["codes"]["200"].as_u64().unwrap());
        let opened = server.connections.load(Ordering::Relaxed);
        assert!(asked == 40 && good >= 20 && (2..=10).contains(&opened), "{opened} {known}");
    }
    async fn what_a_target_has_not_begun_is_sent_again(app: TestApp) {
        let ground = Ground::new(app).await;
        let server = Second { gives_up: true, ..Second::default() };
        let target = ground.register("Gateway", &server.begin().await).await;
        let run = ground.start(&target, &json!({ "script": SCRIPT, "max_failed": 1 })).await;
        let known = ground.over(&run, "finished").await;
        let report = &known["report"];
        assert_eq!((report["requests"].as_u64(), report["failed"].as_u64(), report["codes"]["200"].as_u64()), (Some(40), Some(0), Some(40)), "{report}");
        assert_eq!((server.connections.load(Ordering::Relaxed), server.requests.load(Ordering::Relaxed)), (2, 40));
    }
}
