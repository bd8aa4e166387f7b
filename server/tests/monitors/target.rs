//! A real server on loopback that answers as the test wants.

use std::{
    net::SocketAddr,
    sync::{
        Arc, Mutex,
        atomic::{AtomicU32, Ordering},
    },
    time::Duration,
};

use rustls_pki_types::{PrivateKeyDer, PrivatePkcs8KeyDer};
use tokio::{
    io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt},
    net::TcpListener,
};

/// What the server answers next.
#[derive(Clone)]
pub struct Reply {
    pub status: u16,
    pub headers: String,
    pub body: String,
    pub delay: Duration,
    /// The delay is for requests that hold this word; empty: for all.
    pub slow: &'static str,
}

impl Reply {
    pub fn status(status: u16) -> Self {
        Self { status, headers: String::new(), body: "all is well".into(), delay: Duration::ZERO, slow: "" }
    }

    pub fn redirect(to: &str) -> Self {
        Self { headers: format!("location: {to}\r\n"), ..Self::status(302) }
    }
}

/// A server that runs until the test ends.
#[derive(Clone)]
pub struct Server {
    pub address: SocketAddr,
    reply: Arc<Mutex<Reply>>,
    pub hits: Arc<AtomicU32>,
    /// The last request as it came.
    pub request: Arc<Mutex<String>>,
}

impl Server {
    /// Plain HTTP.
    pub async fn plain() -> Self {
        let (server, listener) = Self::bind().await;
        let this = server.clone();
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                let this = this.clone();
                tokio::spawn(async move { this.serve(stream).await });
            }
        });
        server
    }

    /// HTTPS with a self-signed certificate for `localhost` that ends at this moment (seconds since 1970); gives it too.
    pub async fn tls(ends_at: i64) -> (Self, rustls_pki_types::CertificateDer<'static>) {
        let (server, listener, acceptor, certificate) = Self::secure(ends_at, &[]).await;
        let this = server.clone();
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                let (this, acceptor) = (this.clone(), acceptor.clone());
                tokio::spawn(async move {
                    if let Ok(stream) = acceptor.accept(stream).await {
                        this.serve(stream).await;
                    }
                });
            }
        });
        (server, certificate)
    }

    /// HTTPS that speaks HTTP/2 alone, and answers 200 with the path.
    pub async fn h2() -> (Self, rustls_pki_types::CertificateDer<'static>) {
        use hyper_util::rt::{TokioExecutor, TokioIo};
        let (server, listener, acceptor, certificate) = Self::secure(4_000_000_000, &[b"h2"]).await;
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                let acceptor = acceptor.clone();
                tokio::spawn(async move {
                    let Ok(stream) = acceptor.accept(stream).await else { return };
                    let answer = hyper::service::service_fn(|request: hyper::Request<hyper::body::Incoming>| async move {
                        let body = format!("{} {}", request.uri(), request.headers().contains_key("host"));
                        Ok::<_, std::convert::Infallible>(hyper::Response::new(http_body_util::Full::new(bytes::Bytes::from(body))))
                    });
                    let _ =
                        hyper::server::conn::http2::Builder::new(TokioExecutor::new()).serve_connection(TokioIo::new(stream), answer).await;
                });
            }
        });
        (server, certificate)
    }

    async fn secure(
        ends_at: i64,
        protocols: &[&[u8]],
    ) -> (Self, TcpListener, tokio_rustls::TlsAcceptor, rustls_pki_types::CertificateDer<'static>) {
        let (server, listener) = Self::bind().await;
        let key = rcgen::KeyPair::generate().expect("a key");
        let mut params = rcgen::CertificateParams::new(vec!["localhost".to_owned(), "127.0.0.1".to_owned()]).expect("names");
        let days = ends_at.div_euclid(86_400);
        let epoch = rcgen::date_time_ymd(1970, 1, 1);
        params.not_before = epoch;
        params.not_after = epoch + Duration::from_secs(u64::try_from(days * 86_400).expect("after 1970"));
        let certificate = params.self_signed(&key).expect("a certificate").der().clone();
        let acceptor = acceptor(certificate.clone(), &key, protocols);
        (server, listener, acceptor, certificate)
    }

    async fn bind() -> (Self, TcpListener) {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
        let address = listener.local_addr().expect("an address");
        let server = Self { address, reply: Arc::new(Mutex::new(Reply::status(200))), hits: Arc::default(), request: Arc::default() };
        (server, listener)
    }

    async fn serve(&self, mut stream: impl AsyncRead + AsyncWrite + Unpin) {
        let mut head = Vec::new();
        let mut buffer = [0; 4_096];
        while !head.windows(4).any(|w| w == b"\r\n\r\n") {
            match stream.read(&mut buffer).await {
                Ok(n) if n > 0 => head.extend_from_slice(&buffer[..n]),
                _ => return,
            }
        }
        // The body, where one was announced.
        let begin = head.windows(4).position(|w| w == b"\r\n\r\n").map_or(head.len(), |at| at + 4);
        let announced = String::from_utf8_lossy(&head[..begin]).to_lowercase();
        let length = announced.lines().find_map(|line| line.strip_prefix("content-length:")?.trim().parse::<usize>().ok()).unwrap_or(0);
        while head.len() < begin + length {
            match stream.read(&mut buffer).await {
                Ok(n) if n > 0 => head.extend_from_slice(&buffer[..n]),
                _ => return,
            }
        }
        self.hits.fetch_add(1, Ordering::SeqCst);
        let request = String::from_utf8_lossy(&head).into_owned();
        let reply = self.reply.lock().expect("not poisoned").clone();
        let waits = request.contains(reply.slow);
        *self.request.lock().expect("not poisoned") = request;
        if waits {
            tokio::time::sleep(reply.delay).await;
        }
        let answer = format!(
            "HTTP/1.1 {} X\r\ncontent-length: {}\r\nconnection: close\r\n{}\r\n{}",
            reply.status,
            reply.body.len(),
            reply.headers,
            reply.body
        );
        // A client that has given up is what some tests are about.
        let _ = stream.write_all(answer.as_bytes()).await;
        let _ = stream.shutdown().await;
    }

    /// Answers like this from now on.
    pub fn set(&self, reply: Reply) {
        *self.reply.lock().expect("not poisoned") = reply;
    }

    pub fn hits(&self) -> u32 {
        self.hits.load(Ordering::SeqCst)
    }

    pub fn url(&self, path: &str) -> String {
        format!("http://{}{path}", self.address)
    }
}

/// What ends TLS with a certificate, and speaks these protocols.
pub fn acceptor(
    certificate: rustls_pki_types::CertificateDer<'static>,
    key: &rcgen::KeyPair,
    protocols: &[&[u8]],
) -> tokio_rustls::TlsAcceptor {
    let private = PrivateKeyDer::Pkcs8(PrivatePkcs8KeyDer::from(key.serialize_der()));
    let mut config = rustls::ServerConfig::builder_with_provider(Arc::new(rustls::crypto::ring::default_provider()))
        .with_safe_default_protocol_versions()
        .expect("versions")
        .with_no_client_auth()
        .with_single_cert(vec![certificate], private)
        .expect("a configuration");
    config.alpn_protocols = protocols.iter().map(|p| p.to_vec()).collect();
    tokio_rustls::TlsAcceptor::from(Arc::new(config))
}

/// Says this to whoever connects, and ends the connection; gives its address.
pub async fn last_words(words: &'static str) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
    let address = listener.local_addr().expect("an address").to_string();
    tokio::spawn(async move {
        while let Ok((mut stream, _)) = listener.accept().await {
            let _ = stream.write_all(words.as_bytes()).await;
            let _ = stream.shutdown().await;
        }
    });
    address
}
