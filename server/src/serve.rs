//! One accept loop of our own: header-read timeout, an end for readers who do not read, a cap on connections, TCP_NODELAY, TLS where asked, and a drain
//! that lets every request that has begun come to its end.
//!
//! HTTP/1 in the clear; over TLS the client chooses between HTTP/1 and HTTP/2 by ALPN.

use std::{
    io,
    net::SocketAddr,
    path::Path,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use axum::{Router, body::Body, extract::ConnectInfo};
use hyper::{
    Request,
    body::Incoming,
    server::conn::{http1, http2},
    service::service_fn,
};
use hyper_util::{
    rt::{TokioExecutor, TokioIo, TokioTimer},
    server::graceful::{GracefulShutdown, Watcher},
};
use rustls::{
    ServerConfig,
    pki_types::{CertificateDer, PrivateKeyDer, pem::PemObject},
};
use tokio::{
    io::{AsyncRead, AsyncWrite},
    net::{TcpListener, TcpStream},
    sync::{OwnedSemaphorePermit, Semaphore},
    time::{sleep, timeout},
};
use tokio_io_timeout::TimeoutStream;
use tokio_rustls::TlsAcceptor;
use tokio_util::sync::CancellationToken;
use tower::ServiceExt;

use crate::{layers::peer::Encrypted, settings::Limits};

/// For how long a connection that has not asked anything yet may still do so when the process is told to stop.
const FIRST_WORDS: Duration = Duration::from_secs(1);

/// Serves until the token is cancelled, then drains: what waits in the accept queue is still taken, connections that ask nothing
/// close, running requests have `limits.drain_s` seconds.
pub async fn serve(listener: TcpListener, router: Router, tls: Option<TlsAcceptor>, limits: Limits, stop: CancellationToken) {
    let graceful = GracefulShutdown::new();
    let places = Arc::new(Semaphore::new(limits.connections));
    let header_timeout = Duration::from_secs(limits.header_timeout_s);
    let write_timeout = Duration::from_secs(limits.write_timeout_s);
    let door = Door { router, tls, header_timeout, write_timeout, stop: stop.clone() };
    let last_call = async {
        stop.cancelled().await;
        // Clients that connected before readiness was withdrawn must not meet a closed port.
        sleep(Duration::from_millis(300)).await;
    };
    tokio::pin!(last_call);
    loop {
        let place = tokio::select! {
            () = &mut last_call => break,
            place = places.clone().acquire_owned() => place,
        };
        let Ok(place) = place else { break };
        let accepted = tokio::select! {
            () = &mut last_call => break,
            accepted = listener.accept() => accepted,
        };
        match accepted {
            Ok((stream, peer)) => {
                let (door, watcher) = (door.clone(), graceful.watcher());
                tokio::spawn(async move { door.enter(stream, peer, watcher, place).await });
            }
            Err(error) => {
                // Out of file descriptors, mostly: give others time to close theirs.
                tracing::warn!(%error, "a connection was not accepted");
                sleep(Duration::from_millis(50)).await;
            }
        }
    }
    drop(listener);
    if timeout(Duration::from_secs(limits.drain_s), graceful.shutdown()).await.is_err() {
        tracing::warn!(seconds = limits.drain_s, "some requests had no end in time and were cut off");
    }
}

#[derive(Clone)]
struct Door {
    router: Router,
    tls: Option<TlsAcceptor>,
    header_timeout: Duration,
    write_timeout: Duration,
    stop: CancellationToken,
}

impl Door {
    async fn enter(self, stream: TcpStream, peer: SocketAddr, watcher: Watcher, _place: OwnedSemaphorePermit) {
        // Without this a streamed answer waits for the peer's delayed acknowledgement.
        if let Err(error) = stream.set_nodelay(true) {
            tracing::debug!(%error, "no TCP_NODELAY");
        }
        metrics::gauge!("evenkeel_connections").increment(1.0);
        let mut stream = TimeoutStream::new(stream);
        stream.set_write_timeout(Some(self.write_timeout));
        let stream = Box::pin(stream);
        match self.tls.clone() {
            None => self.drive(stream, peer, false, false, watcher).await,
            Some(tls) => match timeout(self.header_timeout, tls.accept(stream)).await {
                Ok(Ok(stream)) => {
                    let h2 = stream.get_ref().1.alpn_protocol() == Some(b"h2");
                    self.drive(stream, peer, true, h2, watcher).await;
                }
                Ok(Err(error)) => tracing::debug!(%error, %peer, "TLS handshake failed"),
                Err(_) => tracing::debug!(%peer, "TLS handshake took too long"),
            },
        }
        metrics::gauge!("evenkeel_connections").decrement(1.0);
    }

    async fn drive<S: AsyncRead + AsyncWrite + Unpin + Send + 'static>(
        self,
        stream: S,
        peer: SocketAddr,
        encrypted: bool,
        h2: bool,
        watcher: Watcher,
    ) {
        let (router, begun) = (self.router, Arc::new(AtomicBool::new(false)));
        let asked = begun.clone();
        let service = service_fn(move |request: Request<Incoming>| {
            asked.store(true, Ordering::Relaxed);
            let mut request = request.map(Body::new);
            request.extensions_mut().insert(ConnectInfo(peer));
            if encrypted {
                request.extensions_mut().insert(Encrypted);
            }
            router.clone().oneshot(request)
        });
        // Half a head would keep the process for as long as a head may take.
        let silent = async {
            self.stop.cancelled().await;
            sleep(FIRST_WORDS).await;
            if begun.load(Ordering::Relaxed) {
                std::future::pending::<()>().await;
            }
        };
        let io = TokioIo::new(stream);
        let talk = async {
            if h2 {
                let connection = http2::Builder::new(TokioExecutor::new())
                    .timer(TokioTimer::new())
                    .keep_alive_interval(Duration::from_secs(20))
                    .keep_alive_timeout(Duration::from_secs(20))
                    .max_concurrent_streams(128)
                    .max_header_list_size(32 * 1024)
                    .serve_connection(io, service);
                watcher.watch(connection).await
            } else {
                let connection = http1::Builder::new()
                    .timer(TokioTimer::new())
                    .header_read_timeout(self.header_timeout)
                    .max_buf_size(64 * 1024)
                    .serve_connection(io, service);
                watcher.watch(connection).await
            }
        };
        tokio::select! {
            end = talk => {
                if let Err(error) = end {
                    tracing::debug!(%error, %peer, "connection ended early");
                }
            }
            () = silent => tracing::debug!(%peer, "a connection that asked nothing was closed"),
        }
    }
}

/// Reads certificate chain and key; `None` where neither is set.
pub fn tls(certificate: &Path, key: &Path) -> io::Result<Option<TlsAcceptor>> {
    if certificate.as_os_str().is_empty() {
        return Ok(None);
    }
    let wrong = |file: &Path, what: &dyn std::fmt::Display| io::Error::other(format!("{}: {what}", file.display()));
    let chain = CertificateDer::pem_file_iter(certificate)
        .and_then(Iterator::collect::<Result<Vec<_>, _>>)
        .map_err(|error| wrong(certificate, &error))?;
    let secret = PrivateKeyDer::from_pem_file(key).map_err(|error| wrong(key, &error))?;
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let mut config = ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .map_err(|error| wrong(certificate, &error))?
        .with_no_client_auth()
        .with_single_cert(chain, secret)
        .map_err(|error| wrong(certificate, &error))?;
    config.alpn_protocols = vec![b"h2".to_vec(), b"http/1.1".to_vec()];
    Ok(Some(TlsAcceptor::from(Arc::new(config))))
}
