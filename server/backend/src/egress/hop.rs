//! One hop: resolve, check, pin, connect, agree on TLS, ask, read.

use std::{future::Future, net::IpAddr, sync::Arc};

use bytes::Bytes;
use http::{HeaderMap, HeaderValue, Method, Version, header, uri::Authority};
use http_body_util::Full;
use hyper::client::conn::{http1, http2};
use hyper_util::rt::{TokioExecutor, TokioIo};
use rustls::pki_types::ServerName;
use tokio::{
    io::{AsyncRead, AsyncWrite},
    sync::Semaphore,
    time::Instant,
};
use tokio_rustls::TlsConnector;
use tokio_util::task::AbortOnDropHandle;
use url::{Host, Url};

use super::{
    EgressError, Exchange, Inner, Phase, Timings,
    body::{self, Body},
    dial,
};

const AGENT: &str = concat!("Evenkeel/", env!("CARGO_PKG_VERSION"));

/// What one hop needs to know.
pub(super) struct Hop<'a> {
    pub(super) method: &'a Method,
    pub(super) url: &'a Url,
    pub(super) headers: &'a HeaderMap,
    pub(super) body: &'a Bytes,
    pub(super) deadline: Instant,
    pub(super) body_cap: usize,
    /// The room that the body shares with others.
    pub(super) room: Option<&'a Arc<Semaphore>>,
    pub(super) accept_invalid: bool,
    pub(super) only_13: bool,
}

impl Hop<'_> {
    /// Awaits one phase until the deadline of the whole request.
    pub(super) async fn within<T>(&self, phase: Phase, work: impl Future<Output = T>) -> Result<T, EgressError> {
        dial::within(self.deadline, phase, work).await
    }
}

pub(super) async fn send(egress: &Inner, hop: &Hop<'_>) -> Result<Exchange, EgressError> {
    let mut timings = Timings::default();
    let begin = Instant::now();
    let host = hop.url.host().ok_or_else(|| EgressError::Invalid("the URL has no host".into()))?;
    let addresses = dial::addresses(egress, host, hop.url.port_or_known_default().unwrap_or(80), hop.deadline).await?;
    timings.dns = if hop.url.domain().is_some() { begin.elapsed() } else { timings.dns };

    let begin = Instant::now();
    let (stream, peer) = dial::connect(hop.deadline, &addresses).await?;
    timings.connect = begin.elapsed();

    let (mut certificate, mut tls_version) = (None, None);
    let answer = if hop.url.scheme() == "https" {
        let begin = Instant::now();
        let name = server_name(hop)?;
        let connector = TlsConnector::from(egress.tls.config(hop.accept_invalid, hop.only_13));
        let stream =
            hop.within(Phase::Tls, connector.connect(name.clone(), stream)).await?.map_err(|error| EgressError::Tls(cause(&error)))?;
        timings.tls = begin.elapsed();
        let session = stream.get_ref().1;
        certificate = Some(egress.tls.examine(session.peer_certificates(), &name, hop.accept_invalid));
        tls_version = session.protocol_version().and_then(|version| version.as_str());
        let h2 = session.alpn_protocol() == Some(b"h2");
        Box::pin(ask(hop, stream, h2, &mut timings)).await?
    } else {
        Box::pin(ask(hop, stream, false, &mut timings)).await?
    };
    let (head, body) = answer;
    Ok(Exchange {
        status: head.status,
        headers: head.headers,
        version: head.version,
        body: body.bytes,
        truncated: body.truncated,
        room: body.room.map(Arc::new),
        url: hop.url.to_string(),
        peer,
        timings,
        certificate,
        tls_version,
    })
}

/// Whose certificate must be shown: of the host that the request names in its header, as other clients do, else of that of the URL.
fn server_name(hop: &Hop<'_>) -> Result<ServerName<'static>, EgressError> {
    let header = hop.headers.get(header::HOST).and_then(|host| host.to_str().ok()?.parse::<Authority>().ok());
    let named = header.and_then(|authority| Host::parse(authority.host()).ok());
    match named.or_else(|| Host::parse(hop.url.host_str()?).ok()) {
        Some(Host::Ipv4(v4)) => Ok(ServerName::from(IpAddr::from(v4))),
        Some(Host::Ipv6(v6)) => Ok(ServerName::from(IpAddr::from(v6))),
        Some(Host::Domain(name)) => ServerName::try_from(name.clone()).map_err(|error| EgressError::Invalid(format!("{name}: {error}"))),
        None => Err(EgressError::Invalid("the URL has no host".into())),
    }
}

type Answer = (http::response::Parts, Body);

/// Sends the request over the connection and reads the answer; the connection ends with it.
async fn ask<S>(hop: &Hop<'_>, stream: S, h2: bool, timings: &mut Timings) -> Result<Answer, EgressError>
where
    S: AsyncRead + AsyncWrite + Send + Unpin + 'static,
{
    let begin = Instant::now();
    let io = TokioIo::new(stream);
    let broken = |error: hyper::Error| EgressError::Protocol(cause(&error));
    let request = request(hop, h2)?;
    // The handle ends the connection's task when this answer has been read, or given up.
    let (answer, _connection) = if h2 {
        let shaken = http2::Builder::new(TokioExecutor::new()).max_header_list_size(32 << 10).handshake(io);
        let (mut sender, connection) = hop.within(Phase::FirstByte, shaken).await?.map_err(broken)?;
        let driver = AbortOnDropHandle::new(tokio::spawn(connection));
        (hop.within(Phase::FirstByte, sender.send_request(request)).await?.map_err(broken)?, driver)
    } else {
        let shaken = http1::Builder::new().max_buf_size(64 << 10).handshake(io);
        let (mut sender, connection) = hop.within(Phase::FirstByte, shaken).await?.map_err(broken)?;
        let driver = AbortOnDropHandle::new(tokio::spawn(connection));
        (hop.within(Phase::FirstByte, sender.send_request(request)).await?.map_err(broken)?, driver)
    };
    timings.first_byte = begin.elapsed();
    let (head, incoming) = answer.into_parts();
    Ok((head, body::read(hop, incoming).await?))
}

fn request(hop: &Hop<'_>, h2: bool) -> Result<http::Request<Full<Bytes>>, EgressError> {
    let url = hop.url;
    let wrong = |error: http::Error| EgressError::Invalid(error.to_string());
    let authority = match url.port() {
        Some(port) => format!("{}:{port}", url.host_str().unwrap_or_default()),
        None => url.host_str().unwrap_or_default().to_owned(),
    };
    let path = url.query().map_or_else(|| url.path().to_owned(), |query| format!("{}?{query}", url.path()));
    let host = match hop.headers.get(header::HOST) {
        Some(host) => host.clone(),
        None => HeaderValue::from_str(&authority).map_err(|error| wrong(error.into()))?,
    };
    let uri = if h2 { format!("{}://{}{path}", url.scheme(), host.to_str().unwrap_or(&authority)) } else { path };
    let mut request = http::Request::builder()
        .method(hop.method)
        .uri(uri)
        .version(if h2 { Version::HTTP_2 } else { Version::HTTP_11 })
        .body(Full::new(hop.body.clone()))
        .map_err(wrong)?;
    let headers = request.headers_mut();
    headers.insert(header::USER_AGENT, HeaderValue::from_static(AGENT));
    headers.insert(header::ACCEPT, HeaderValue::from_static("*/*"));
    for name in hop.headers.keys().filter(|name| **name != header::HOST) {
        headers.remove(name);
        for value in hop.headers.get_all(name) {
            headers.append(name.clone(), value.clone());
        }
    }
    if !h2 {
        headers.insert(header::HOST, host);
    }
    Ok(request)
}

/// The innermost sentence of an error: the one that says what happened.
pub(super) fn cause(error: &dyn std::error::Error) -> String {
    let mut inner = error;
    while let Some(source) = inner.source() {
        inner = source;
    }
    inner.to_string()
}
