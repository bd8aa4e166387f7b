//! Connections to the target, opened again where they broke: one for each request that is under way, or, of HTTP/2, one for up to
//! [`STREAMS`] of them.

use std::time::{Duration, Instant};

use bytes::Bytes;
use domain::load::{MARK, Plan};
use http::{HeaderName, HeaderValue, Method, Request, Response, Uri, Version, header};
use http_body_util::{BodyExt as _, Full, Limited};
use hyper::{
    body::Incoming,
    client::conn::{http1, http2},
};
use hyper_util::rt::{TokioExecutor, TokioIo, TokioTimer};
use tokio::{
    io::{AsyncRead, AsyncWrite},
    sync::Mutex,
};
use url::Url;

use super::send::Due;
use crate::egress::{Egress, Security, Whither};

/// What came of a request: the status, the bytes of the body, and whether it was good; or why there was no answer.
pub(super) type Answer = Result<(u16, u64, bool), String>;

/// How long a ledger is read.
const READ: Duration = Duration::from_secs(60);

/// Requests that share a connection of HTTP/2 at most: a server should let as many be under way (RFC 9113, 6.5.2).
const STREAMS: usize = 100;
/// How often a connection that is shared is asked whether it is still there.
const ALIVE: Duration = Duration::from_secs(1);

type One = http1::SendRequest<Full<Bytes>>;
type Shared = http2::SendRequest<Full<Bytes>>;

/// A connection that can send.
pub(super) enum Line {
    /// One request after another.
    One(One),
    /// Many at a time, of several who send.
    Shared(Shared),
}

impl Line {
    async fn is_ready(&mut self) -> bool {
        match self {
            Self::One(line) => line.ready().await.is_ok(),
            Self::Shared(line) => line.ready().await.is_ok(),
        }
    }

    async fn ask(&mut self, request: Request<Full<Bytes>>) -> Result<Response<Incoming>, String> {
        let answer = match self {
            Self::One(line) => line.send_request(request).await,
            Self::Shared(line) => line.send_request(request).await,
        };
        answer.map_err(|error| error.to_string())
    }
}

/// What all connections share.
pub(super) struct Lines {
    pub(super) plan: Plan,
    egress: Egress,
    host: String,
    port: u16,
    secure: bool,
    /// The `Host` header.
    authority: HeaderValue,
    /// What stands before each path.
    prefix: String,
    /// Connections of HTTP/2, those that are open.
    shared: Vec<Mutex<Option<Shared>>>,
}

impl Lines {
    pub(super) fn new(egress: Egress, base: &Url, plan: Plan) -> Result<Self, String> {
        let host = base.host_str().ok_or_else(|| format!("{base}: no host"))?.to_owned();
        let port = base.port_or_known_default().ok_or_else(|| format!("{base}: no port"))?;
        let authority = base.port().map_or_else(|| host.clone(), |port| format!("{host}:{port}"));
        // HTTP/2 has no header for it.
        let origin = if plan.http2 { format!("{}://{authority}", base.scheme()) } else { String::new() };
        let authority = HeaderValue::from_str(&authority).map_err(|error| error.to_string())?;
        let prefix = format!("{origin}{}", base.path().trim_end_matches('/'));
        let count = if plan.http2 { usize::try_from(plan.connections).unwrap_or(1).div_ceil(STREAMS) } else { 0 };
        let shared = (0..count).map(|_| Mutex::new(None)).collect();
        Ok(Self { plan, egress, host, port, secure: base.scheme() == "https", authority, prefix, shared })
    }

    /// Connections that there are when all are open.
    pub(super) fn count(&self) -> usize {
        if self.plan.http2 { self.shared.len() } else { usize::try_from(self.plan.connections).unwrap_or(1) }
    }

    fn timeout(&self) -> Duration {
        Duration::from_millis(self.plan.timeout_ms)
    }

    /// The connection of the one of this number who sends: one of their own, or the one that they share while it lasts.
    pub(super) async fn open(&self, who: usize) -> Result<Line, String> {
        let Some(shared) = who.checked_rem(self.shared.len()).and_then(|at| self.shared.get(at)) else {
            return Box::pin(self.dial()).await;
        };
        // Whoever comes first opens it, the others wait.
        let mut shared = shared.lock().await;
        if let Some(open) = shared.as_ref().filter(|open| !open.is_closed()) {
            return Ok(Line::Shared(open.clone()));
        }
        let line = Box::pin(self.dial()).await?;
        if let Line::Shared(open) = &line {
            *shared = Some(open.clone());
        }
        Ok(line)
    }

    async fn dial(&self) -> Result<Line, String> {
        let deadline = tokio::time::Instant::now() + self.timeout();
        let line = self.egress.dial(Whither::Host(&self.host, self.port), deadline).await.map_err(|error| error.to_string())?;
        if !self.secure {
            return self.speak(line.stream).await;
        }
        let how = Security { h2: self.plan.http2, ..Security::default() };
        let secured = self.egress.secure(line.stream, &self.host, how, deadline).await.map_err(|error| error.to_string())?;
        if self.plan.http2 && secured.stream.get_ref().1.alpn_protocol() != Some(b"h2") {
            return Err("the target does not speak HTTP/2".to_owned());
        }
        self.speak(secured.stream).await
    }

    async fn speak<S>(&self, stream: S) -> Result<Line, String>
    where
        S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
    {
        let io = TokioIo::new(stream);
        // What a connection ends with, whoever sends over it hears too.
        if self.plan.http2 {
            let mut builder = http2::Builder::new(TokioExecutor::new());
            // Of a line that was cut nobody hears; requests of others would wait on it for ever.
            builder.timer(TokioTimer::new()).keep_alive_interval(ALIVE).keep_alive_timeout(self.timeout());
            let (line, connection) = builder.handshake(io).await.map_err(|error| error.to_string())?;
            tokio::spawn(async move { drop(connection.await) });
            return Ok(Line::Shared(line));
        }
        let (line, connection) = http1::handshake(io).await.map_err(|error| error.to_string())?;
        tokio::spawn(async move { drop(connection.await) });
        Ok(Line::One(line))
    }

    /// Sends one request over the line of who sends and reads its answer to the end. What goes wrong gives the line up; the next opens
    /// another, or takes the shared one where that lasts.
    pub(super) async fn send(&self, who: usize, line: &mut Option<Line>, due: Due) -> Answer {
        // A request that has waited longer than its user would is not sent any more.
        let left = self.timeout().saturating_sub(Instant::now().saturating_duration_since(due.at));
        let answer = match tokio::time::timeout(left, self.exchange(who, line, due.n)).await {
            Ok(answer) => answer,
            Err(_) => Err("timeout".to_owned()),
        };
        if answer.is_err() {
            *line = None;
        }
        answer
    }

    async fn exchange(&self, who: usize, line: &mut Option<Line>, n: u64) -> Answer {
        if let Some(open) = line.as_mut()
            && !open.is_ready().await
        {
            *line = None;
        }
        if line.is_none() {
            *line = Some(self.open(who).await?);
        }
        let Some(open) = line.as_mut() else { return Err("no connection".to_owned()) };
        let sending = self.plan.request(n);
        let answer = open.ask(self.fill(n)?).await?;
        let status = answer.status().as_u16();
        let mut body = answer.into_body();
        let mut bytes = 0;
        while let Some(frame) = body.frame().await {
            let frame = frame.map_err(|error| error.to_string())?;
            bytes += frame.data_ref().map_or(0, |data| data.len() as u64);
        }
        Ok((status, bytes, sending.expects(status)))
    }

    /// What stands under a path, at most so many bytes of it.
    pub(super) async fn read(&self, path: &str, most: usize) -> Result<Bytes, String> {
        let reading = async {
            let mut line = self.open(0).await?;
            let uri: Uri = format!("{}{path}", self.prefix).parse().map_err(|error| format!("{path}: {error}"))?;
            let answer = line.ask(self.request(uri, Bytes::new())).await?;
            if !answer.status().is_success() {
                return Err(format!("{path}: status {}", answer.status().as_u16()));
            }
            let body = Limited::new(answer.into_body(), most).collect().await.map_err(|error| format!("{path}: {error}"))?;
            Ok(body.to_bytes())
        };
        tokio::time::timeout(READ, reading).await.unwrap_or_else(|_| Err(format!("{path}: timeout")))
    }

    /// A request that says where it goes, and nothing else.
    fn request(&self, uri: Uri, body: Bytes) -> Request<Full<Bytes>> {
        let mut request = Request::new(Full::new(body));
        *request.uri_mut() = uri;
        if self.plan.http2 {
            *request.version_mut() = Version::HTTP_2;
        } else {
            request.headers_mut().insert(header::HOST, self.authority.clone());
        }
        request
    }

    fn fill(&self, n: u64) -> Result<Request<Full<Bytes>>, String> {
        let sending = self.plan.request(n);
        let said = |error: &dyn std::fmt::Display| format!("request {n}: {error}");
        let path = format!("{}{}", self.prefix, sending.path.fill(n, &self.plan.variables));
        let uri: Uri = path.parse().map_err(|error| said(&error))?;
        let body = Bytes::from(sending.body.fill(n, &self.plan.variables));
        let mut request = self.request(uri, body);
        *request.method_mut() = Method::from_bytes(sending.method.as_bytes()).map_err(|error| said(&error))?;
        for (name, value) in &sending.headers {
            let name = HeaderName::from_bytes(name.as_bytes()).map_err(|error| said(&error))?;
            let value = HeaderValue::from_str(&value.fill(n, &self.plan.variables)).map_err(|error| said(&error))?;
            request.headers_mut().insert(name, value);
        }
        if !self.plan.mark.is_empty() {
            let value = HeaderValue::from_str(&format!("{}/{n}", self.plan.mark)).map_err(|error| said(&error))?;
            request.headers_mut().insert(MARK, value);
        }
        Ok(request)
    }
}
