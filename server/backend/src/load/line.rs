//! Connections to the target, opened again where they broke: one for each request that is under way, or, of HTTP/2, one for up to
//! [`STREAMS`] of them.

use std::{
    error::Error as _,
    sync::{Arc, Mutex, PoisonError},
    time::{Duration, Instant},
};

use bytes::Bytes;
use domain::load::{MARK, Plan};
use futures::{
    FutureExt as _,
    future::{BoxFuture, Shared as Common},
};
use http::{HeaderName, HeaderValue, Method, Request, Response, Uri, Version, header};
use http_body_util::{BodyExt as _, Full, Limited};
use hyper::{
    body::Incoming,
    client::conn::{http1, http2},
};
use hyper_util::rt::{TokioExecutor, TokioIo, TokioTimer};
use tokio::{
    io::{AsyncRead, AsyncWrite},
    time::{Instant as Moment, sleep_until, timeout, timeout_at},
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
/// After so long without a connection that is shared another one is tried beside it, and then another in place of that, each after twice
/// as long: what was sent into an outage does not come back with the target.
const BESIDE: Duration = Duration::from_millis(250);
/// How long that grows.
const RARELY: Duration = Duration::from_secs(2);
/// How often a request is sent that the target says it has not begun.
const TRIES: usize = 5;

type One = http1::SendRequest<Full<Bytes>>;
type Shared = http2::SendRequest<Full<Bytes>>;
/// A connection that is being opened, or was, for all who wait for it.
type Opening = Common<BoxFuture<'static, Result<Shared, String>>>;

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

    async fn ask(&mut self, request: Request<Full<Bytes>>) -> Result<Response<Incoming>, Unanswered> {
        match self {
            Self::One(line) => line.send_request(request).await.map_err(|error| Unanswered { why: error.to_string(), begun: true }),
            Self::Shared(line) => line.try_send_request(request).await.map_err(|mut error| {
                let unsent = error.take_message().is_some();
                let error = error.into_error();
                Unanswered { why: error.to_string(), begun: !unsent && !sent_back(&error) }
            }),
        }
    }
}

/// Why a request has no answer.
struct Unanswered {
    why: String,
    /// Whether the target may have begun it; else it is sent again, as every client of HTTP/2 does.
    begun: bool,
}

impl Unanswered {
    fn begun(why: String) -> Self {
        Self { why, begun: true }
    }
}

/// Whether a request came back as one that was not begun: the target gives the connection up without a fault (GOAWAY), or takes no more of
/// them at once (RFC 9113, 8.7).
fn sent_back(error: &hyper::Error) -> bool {
    let own = error.source().and_then(|source| source.downcast_ref::<h2::Error>());
    own.is_some_and(|own| match own.reason() {
        Some(h2::Reason::NO_ERROR) => own.is_go_away() && own.is_remote(),
        Some(h2::Reason::REFUSED_STREAM) => own.is_reset() && own.is_remote(),
        _ => false,
    })
}

/// The way to the target.
struct Road {
    egress: Egress,
    host: String,
    port: u16,
    secure: bool,
    http2: bool,
    timeout: Duration,
}

/// What all connections share.
pub(super) struct Lines {
    pub(super) plan: Plan,
    road: Arc<Road>,
    /// The `Host` header.
    authority: HeaderValue,
    /// What stands before each path.
    prefix: String,
    /// Connections of HTTP/2, those that are open or being opened.
    shared: Vec<Mutex<Option<Opening>>>,
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
        let timeout = Duration::from_millis(plan.timeout_ms);
        let road = Arc::new(Road { egress, host, port, secure: base.scheme() == "https", http2: plan.http2, timeout });
        Ok(Self { plan, road, authority, prefix, shared })
    }

    /// Connections that there are when all are open.
    pub(super) fn count(&self) -> usize {
        if self.plan.http2 { self.shared.len() } else { usize::try_from(self.plan.connections).unwrap_or(1) }
    }

    /// The connection of the one of this number who sends: one of their own, or the one that they share while it lasts.
    pub(super) async fn open(&self, who: usize) -> Result<Line, String> {
        let Some(shared) = who.checked_rem(self.shared.len()).and_then(|at| self.shared.get(at)) else {
            return self.road.dial(Moment::now() + self.road.timeout).await;
        };
        // Whoever comes first has it opened, the others wait for the same one. Nobody's patience ends it: those who asked first give up first.
        let opening = {
            let mut shared = shared.lock().unwrap_or_else(PoisonError::into_inner);
            let lasts = |opening: &&Opening| opening.peek().is_none_or(|open| open.as_ref().is_ok_and(|line| !line.is_closed()));
            shared.as_ref().filter(lasts).cloned().unwrap_or_else(|| {
                let opening = Arc::clone(&self.road).share().boxed().shared();
                tokio::spawn(opening.clone().map(drop));
                shared.insert(opening).clone()
            })
        };
        opening.await.map(Line::Shared)
    }

    /// Sends one request over the line of who sends and reads its answer to the end. What goes wrong gives the line up; the next opens
    /// another, or takes the shared one where that lasts.
    pub(super) async fn send(&self, who: usize, line: &mut Option<Line>, due: Due) -> Answer {
        // A request that has waited longer than its user would is not sent any more.
        let left = self.road.timeout.saturating_sub(Instant::now().saturating_duration_since(due.at));
        let answer = match timeout(left, self.exchange(who, line, due.n)).await {
            Ok(answer) => answer,
            Err(_) => Err("timeout".to_owned()),
        };
        if answer.is_err() {
            *line = None;
        }
        answer
    }

    async fn exchange(&self, who: usize, line: &mut Option<Line>, n: u64) -> Answer {
        let sending = self.plan.request(n);
        let mut tries = 0;
        let answer = loop {
            tries += 1;
            match self.once(who, line, n).await {
                Ok(answer) => break answer,
                Err(why) if why.begun || tries == TRIES => return Err(why.why),
                Err(_) => *line = None,
            }
        };
        let status = answer.status().as_u16();
        let mut body = answer.into_body();
        let mut bytes = 0;
        while let Some(frame) = body.frame().await {
            let frame = frame.map_err(|error| error.to_string())?;
            bytes += frame.data_ref().map_or(0, |data| data.len() as u64);
        }
        Ok((status, bytes, sending.expects(status)))
    }

    /// Sends a request over an open line, or opens one for it.
    async fn once(&self, who: usize, line: &mut Option<Line>, n: u64) -> Result<Response<Incoming>, Unanswered> {
        if let Some(open) = line.as_mut()
            && !open.is_ready().await
        {
            *line = None;
        }
        if line.is_none() {
            *line = Some(self.open(who).await.map_err(Unanswered::begun)?);
        }
        let Some(open) = line.as_mut() else { return Err(Unanswered::begun("no connection".to_owned())) };
        open.ask(self.fill(n).map_err(Unanswered::begun)?).await
    }

    /// What stands under a path, at most so many bytes of it.
    pub(super) async fn read(&self, path: &str, most: usize) -> Result<Bytes, String> {
        let reading = async {
            let mut line = self.open(0).await?;
            let uri: Uri = format!("{}{path}", self.prefix).parse().map_err(|error| format!("{path}: {error}"))?;
            let answer = line.ask(self.request(uri, Bytes::new())).await.map_err(|unanswered| unanswered.why)?;
            if !answer.status().is_success() {
                return Err(format!("{path}: status {}", answer.status().as_u16()));
            }
            let body = Limited::new(answer.into_body(), most).collect().await.map_err(|error| format!("{path}: {error}"))?;
            Ok(body.to_bytes())
        };
        timeout(READ, reading).await.unwrap_or_else(|_| Err(format!("{path}: timeout")))
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

impl Road {
    /// Opens a connection that is shared: the first try goes on, another one at most is under way beside it, and whichever succeeds first
    /// counts. It failed when none is under way any more.
    async fn share(self: Arc<Self>) -> Result<Shared, String> {
        let begun = Moment::now();
        let deadline = begun + self.timeout;
        let (mut pause, mut next) = (BESIDE, begun + BESIDE);
        let [mut first, mut beside] = [Some(Box::pin(self.dial(deadline))), None];
        loop {
            let line = tokio::select! {
                line = end_of(&mut first) => {
                    first = beside.take();
                    line
                }
                line = end_of(&mut beside) => {
                    beside = None;
                    line
                }
                () = sleep_until(next) => {
                    beside = Some(Box::pin(self.dial(deadline)));
                    pause = (pause * 2).min(RARELY);
                    next += pause;
                    continue;
                }
            };
            match line {
                Ok(Line::Shared(line)) => return Ok(line),
                Ok(Line::One(_)) => return Err("no connection".to_owned()),
                Err(why) if first.is_none() => return Err(why),
                Err(_) => {}
            }
        }
    }

    async fn dial(&self, deadline: Moment) -> Result<Line, String> {
        timeout_at(deadline, Box::pin(self.connect(deadline))).await.unwrap_or_else(|_| Err("timeout".to_owned()))
    }

    async fn connect(&self, deadline: Moment) -> Result<Line, String> {
        let line = self.egress.dial(Whither::Host(&self.host, self.port), deadline).await.map_err(|error| error.to_string())?;
        if !self.secure {
            return self.speak(line.stream).await;
        }
        let how = Security { h2: self.http2, ..Security::default() };
        let secured = self.egress.secure(line.stream, &self.host, how, deadline).await.map_err(|error| error.to_string())?;
        if self.http2 && secured.stream.get_ref().1.alpn_protocol() != Some(b"h2") {
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
        if self.http2 {
            let mut builder = http2::Builder::new(TokioExecutor::new());
            // Of a line that was cut nobody hears; requests of others would wait on it for ever.
            builder.timer(TokioTimer::new()).keep_alive_interval(ALIVE).keep_alive_timeout(self.timeout);
            let (line, connection) = builder.handshake(io).await.map_err(|error| error.to_string())?;
            tokio::spawn(async move { drop(connection.await) });
            return Ok(Line::Shared(line));
        }
        let (line, connection) = http1::handshake(io).await.map_err(|error| error.to_string())?;
        tokio::spawn(async move { drop(connection.await) });
        Ok(Line::One(line))
    }
}

/// What a try comes to; where there is none, nothing ever.
async fn end_of<F: Future + Unpin>(one: &mut Option<F>) -> F::Output {
    match one {
        Some(one) => one.await,
        None => std::future::pending().await,
    }
}

#[cfg(test)]
mod tests;
