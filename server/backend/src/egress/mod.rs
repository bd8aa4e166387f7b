//! The one client to the outside: probes, webhooks and data sources all leave through here, as requests, or over
//! connections and datagrams that it opens.
//!
//! **Architecture invariants:** a name is resolved once per hop and the address pinned; link-local and metadata addresses
//! are never connected to; the inside (private ranges, loopback) only where the allow-list says so; no redirect is
//! followed unless the request asks, and every hop is checked anew; the body is capped and the whole request has one
//! deadline. No other client may be built: a lint of the house forbids it.
//!
//! Connections are not kept: a probe wants the true time of every phase, a webhook is rare.

mod address;
mod body;
mod dial;
mod error;
mod hop;
mod ping;
mod resolve;
mod room;
mod tls;

use std::{
    net::{IpAddr, SocketAddr},
    sync::Arc,
    time::Duration,
};

use bytes::Bytes;
use http::{HeaderMap, Method, StatusCode, Version, header};
use rustls::pki_types::CertificateDer;
use tokio::{
    sync::{OwnedSemaphorePermit, Semaphore},
    time::Instant,
};
use url::Url;

pub use address::{Cidr, NotACidr};
pub use dial::{Line, Secured, Security, Whither};
pub use error::{EgressError, Phase};
pub use ping::Echoes;
pub use resolve::{NameResolver, ResolveError, Resolver};
pub use room::room;
pub use tls::{Certificate, ChainLink};

/// What the client may reach and whom it trusts.
#[derive(Debug, Clone, Default)]
pub struct Settings {
    /// Blocks of the inside (private ranges, loopback) that may be connected to; none by default.
    pub allow: Vec<Cidr>,
    /// Certificates of the house's own authorities, in DER, trusted beside Mozilla's.
    pub roots: Vec<CertificateDer<'static>>,
}

/// One request.
#[derive(Debug, Clone)]
pub struct Request {
    /// The method.
    pub method: Method,
    /// Absolute `http` or `https` URL.
    pub url: String,
    /// Headers beside those that the connection needs; hop-by-hop headers are refused.
    pub headers: HeaderMap,
    /// Body; empty for none.
    pub body: Bytes,
    /// For everything together, redirects included.
    pub timeout: Duration,
    /// Redirects that may be followed; 0 gives the redirect itself as the answer.
    pub follow: u8,
    /// Bytes of the answer's body that are kept; the rest is not read.
    pub body_cap: usize,
    /// Whether a large body needs room that all such requests of a client share: where there is none left, it is cut short.
    pub shares: bool,
    /// Whether to go on with a certificate that is not valid, and report what is wrong.
    pub accept_invalid: bool,
    /// Whether nothing older than TLS 1.3 will do.
    pub only_13: bool,
}

impl Request {
    /// A request without body, ten seconds, no redirects, 1 MiB at most, valid certificates only.
    pub fn new(method: Method, url: impl Into<String>) -> Self {
        Self {
            method,
            url: url.into(),
            headers: HeaderMap::new(),
            body: Bytes::new(),
            timeout: Duration::from_secs(10),
            follow: 0,
            body_cap: 1 << 20,
            shares: false,
            accept_invalid: false,
            only_13: false,
        }
    }
}

/// How long each phase of the last hop took, and everything together.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Timings {
    /// Name to address; zero for an address literal.
    pub dns: Duration,
    /// Opening the connection.
    pub connect: Duration,
    /// TLS handshake; zero without TLS.
    pub tls: Duration,
    /// From sending the request to the head of the answer.
    pub first_byte: Duration,
    /// From the call to the end of the body, redirects included.
    pub total: Duration,
}

/// A request and its answer.
#[derive(Debug, Clone)]
pub struct Exchange {
    /// Status of the answer.
    pub status: StatusCode,
    /// Its headers.
    pub headers: HeaderMap,
    /// Its body, at most `body_cap` bytes.
    pub body: Bytes,
    /// Whether the body went on after the cap, or after the room that there was.
    pub truncated: bool,
    /// The room that the body takes, until this is dropped.
    pub room: Option<Arc<OwnedSemaphorePermit>>,
    /// HTTP version spoken.
    pub version: Version,
    /// The URL that answered: another than asked for only after redirects.
    pub url: String,
    /// The address that answered.
    pub peer: SocketAddr,
    /// How long it took.
    pub timings: Timings,
    /// The certificate; `None` without TLS.
    pub certificate: Option<Certificate>,
    /// The version of TLS that was spoken, e.g. `TLSv1_3`.
    pub tls_version: Option<&'static str>,
}

impl Exchange {
    /// Where the answer redirects to, as a whole URL; `None` where it does not.
    pub fn location(&self) -> Option<String> {
        let from = Url::parse(&self.url).ok()?;
        target(self, &from)?.ok().map(String::from)
    }
}

/// The client. Cheap to clone.
#[derive(Clone)]
pub struct Egress(Arc<Inner>);

struct Inner {
    settings: Settings,
    /// Whether nothing but what is allowed may be connected to: not the open internet either.
    within: bool,
    resolver: Arc<dyn Resolver>,
    tls: tls::Tls,
    /// Room for large bodies.
    room: Arc<Semaphore>,
}

/// Headers that the connection sets itself.
const OURS: [header::HeaderName; 8] = [
    header::CONNECTION,
    header::CONTENT_LENGTH,
    header::TRANSFER_ENCODING,
    header::UPGRADE,
    header::TE,
    header::TRAILER,
    header::PROXY_AUTHORIZATION,
    header::EXPECT,
];

impl Inner {
    /// Whether a connection to the address is permitted.
    fn permits(&self, address: IpAddr) -> bool {
        address::permitted(address, &self.settings.allow) && (!self.within || address::listed(address, &self.settings.allow))
    }
}

impl Egress {
    /// A client over the resolver; an error names the root certificate that cannot be read.
    pub fn new(settings: Settings, resolver: Arc<dyn Resolver>) -> Result<Self, String> {
        let tls = tls::Tls::new(&settings.roots)?;
        Ok(Self(Arc::new(Inner { settings, within: false, resolver, tls, room: body::room() })))
    }

    /// A client that connects to nothing but what is allowed: not to the open internet either.
    pub fn within(settings: Settings, resolver: Arc<dyn Resolver>) -> Result<Self, String> {
        let tls = tls::Tls::new(&settings.roots)?;
        Ok(Self(Arc::new(Inner { settings, within: true, resolver, tls, room: body::room() })))
    }

    /// Sends the request and reads the answer, within its timeout.
    pub async fn request(&self, request: Request) -> Result<Exchange, EgressError> {
        if let Some(name) = OURS.iter().find(|name| request.headers.contains_key(*name)) {
            return Err(EgressError::Invalid(format!("the header {name} is set by the connection itself")));
        }
        let mut url = parse(&request.url)?;
        let begin = Instant::now();
        let deadline = begin + request.timeout;
        let (mut method, mut headers, mut body) = (request.method, request.headers, request.body);
        let mut hops = 0;
        loop {
            let mut exchange = Box::pin(hop::send(
                &self.0,
                &hop::Hop {
                    method: &method,
                    url: &url,
                    headers: &headers,
                    body: &body,
                    deadline,
                    body_cap: request.body_cap,
                    room: request.shares.then_some(&self.0.room),
                    accept_invalid: request.accept_invalid,
                    only_13: request.only_13,
                },
            ))
            .await?;
            exchange.timings.total = begin.elapsed();
            let onward = (request.follow > 0).then(|| target(&exchange, &url)).flatten();
            let Some(onward) = onward else { return Ok(exchange) };
            hops += 1;
            if hops > request.follow {
                return Err(EgressError::Redirect(format!("more than {} redirects", request.follow)));
            }
            let next = onward?;
            if next.origin() != url.origin() {
                // What was meant for one house is not carried to another.
                headers.retain_common();
            }
            let drops_body = exchange.status == StatusCode::SEE_OTHER
                || (method == Method::POST && matches!(exchange.status, StatusCode::MOVED_PERMANENTLY | StatusCode::FOUND));
            if drops_body && method != Method::HEAD {
                method = Method::GET;
                body = Bytes::new();
                headers.remove(header::CONTENT_TYPE);
            }
            url = next;
        }
    }
}

/// Where a redirect leads, or `None` where the answer is none.
fn target(exchange: &Exchange, from: &Url) -> Option<Result<Url, EgressError>> {
    if !matches!(exchange.status.as_u16(), 301 | 302 | 303 | 307 | 308) {
        return None;
    }
    let location = exchange.headers.get(header::LOCATION)?;
    Some(
        location
            .to_str()
            .ok()
            .and_then(|text| from.join(text).ok())
            .ok_or_else(|| EgressError::Redirect("the Location header is not a URL".into()))
            .and_then(|url| parse(url.as_str()))
            .and_then(|url| {
                if from.scheme() == "https" && url.scheme() == "http" {
                    return Err(EgressError::Redirect(format!("from https down to {url}")));
                }
                Ok(url)
            }),
    )
}

/// Reads a URL that can be asked for.
fn parse(text: &str) -> Result<Url, EgressError> {
    let wrong = |why: &str| EgressError::Invalid(format!("{why}: {text}"));
    let url = Url::parse(text).map_err(|error| wrong(&error.to_string()))?;
    if !matches!(url.scheme(), "http" | "https") || url.host().is_none() {
        return Err(wrong("expected an absolute http or https URL"));
    }
    if !url.username().is_empty() || url.password().is_some() {
        return Err(wrong("credentials in a URL are not sent"));
    }
    Ok(url)
}

/// Dropping what must not cross to another origin.
trait RetainCommon {
    fn retain_common(&mut self);
}

impl RetainCommon for HeaderMap {
    fn retain_common(&mut self) {
        let kept: HeaderMap = [header::ACCEPT, header::ACCEPT_LANGUAGE, header::USER_AGENT, header::CONTENT_TYPE]
            .into_iter()
            .filter_map(|name| self.get(&name).cloned().map(|value| (name, value)))
            .collect();
        *self = kept;
    }
}
