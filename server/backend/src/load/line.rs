//! One connection to the target, opened again where it broke.

use std::time::{Duration, Instant};

use bytes::Bytes;
use domain::load::{MARK, Plan};
use http::{HeaderName, HeaderValue, Method, Request, Uri, header};
use http_body_util::{BodyExt as _, Full, Limited};
use hyper::client::conn::http1::{SendRequest, handshake};
use hyper_util::rt::TokioIo;
use tokio::io::{AsyncRead, AsyncWrite};
use url::Url;

use super::send::Due;
use crate::egress::{Egress, Security, Whither};

/// What came of a request: the status, the bytes of the body, and whether it was good; or why there was no answer.
pub(super) type Answer = Result<(u16, u64, bool), String>;

/// How long a ledger is read.
const READ: Duration = Duration::from_secs(60);

/// A connection that can send.
pub(super) type Line = SendRequest<Full<Bytes>>;

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
}

impl Lines {
    pub(super) fn new(egress: Egress, base: &Url, plan: Plan) -> Result<Self, String> {
        let host = base.host_str().ok_or_else(|| format!("{base}: no host"))?.to_owned();
        let port = base.port_or_known_default().ok_or_else(|| format!("{base}: no port"))?;
        let authority = base.port().map_or_else(|| host.clone(), |port| format!("{host}:{port}"));
        let authority = HeaderValue::from_str(&authority).map_err(|error| error.to_string())?;
        let prefix = base.path().trim_end_matches('/').to_owned();
        Ok(Self { plan, egress, host, port, secure: base.scheme() == "https", authority, prefix })
    }

    fn timeout(&self) -> Duration {
        Duration::from_millis(self.plan.timeout_ms)
    }

    pub(super) async fn open(&self) -> Result<Line, String> {
        let deadline = tokio::time::Instant::now() + self.timeout();
        let line = self.egress.dial(Whither::Host(&self.host, self.port), deadline).await.map_err(|error| error.to_string())?;
        if self.secure {
            let secured =
                self.egress.secure(line.stream, &self.host, Security::default(), deadline).await.map_err(|error| error.to_string())?;
            speak(secured.stream).await
        } else {
            speak(line.stream).await
        }
    }

    /// Sends one request over a line and reads its answer to the end. What goes wrong closes the line; the next opens another.
    pub(super) async fn send(&self, line: &mut Option<Line>, due: Due) -> Answer {
        // A request that has waited longer than its user would is not sent any more.
        let left = self.timeout().saturating_sub(Instant::now().saturating_duration_since(due.at));
        let answer = match tokio::time::timeout(left, self.exchange(line, due.n)).await {
            Ok(answer) => answer,
            Err(_) => Err("timeout".to_owned()),
        };
        if answer.is_err() {
            *line = None;
        }
        answer
    }

    async fn exchange(&self, line: &mut Option<Line>, n: u64) -> Answer {
        if let Some(open) = line.as_mut()
            && open.ready().await.is_err()
        {
            *line = None;
        }
        if line.is_none() {
            *line = Some(self.open().await?);
        }
        let Some(open) = line.as_mut() else { return Err("no connection".to_owned()) };
        let sending = self.plan.request(n);
        let answer = open.send_request(self.fill(n)?).await.map_err(|error| error.to_string())?;
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
            let mut line = self.open().await?;
            let uri: Uri = format!("{}{path}", self.prefix).parse().map_err(|error| format!("{path}: {error}"))?;
            let mut request = Request::new(Full::default());
            *request.uri_mut() = uri;
            request.headers_mut().insert(header::HOST, self.authority.clone());
            let answer = line.send_request(request).await.map_err(|error| error.to_string())?;
            if !answer.status().is_success() {
                return Err(format!("{path}: status {}", answer.status().as_u16()));
            }
            let body = Limited::new(answer.into_body(), most).collect().await.map_err(|error| format!("{path}: {error}"))?;
            Ok(body.to_bytes())
        };
        tokio::time::timeout(READ, reading).await.unwrap_or_else(|_| Err(format!("{path}: timeout")))
    }

    fn fill(&self, n: u64) -> Result<Request<Full<Bytes>>, String> {
        let sending = self.plan.request(n);
        let said = |error: &dyn std::fmt::Display| format!("request {n}: {error}");
        let path = format!("{}{}", self.prefix, sending.path.fill(n, &self.plan.variables));
        let uri: Uri = path.parse().map_err(|error| said(&error))?;
        let body = Bytes::from(sending.body.fill(n, &self.plan.variables));
        let mut request = Request::new(Full::new(body));
        *request.method_mut() = Method::from_bytes(sending.method.as_bytes()).map_err(|error| said(&error))?;
        *request.uri_mut() = uri;
        request.headers_mut().insert(header::HOST, self.authority.clone());
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

async fn speak<S>(stream: S) -> Result<Line, String>
where
    S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
{
    let (line, connection) = handshake(TokioIo::new(stream)).await.map_err(|error| error.to_string())?;
    // What it ends with, whoever sends over it hears too.
    tokio::spawn(async move { drop(connection.await) });
    Ok(line)
}
