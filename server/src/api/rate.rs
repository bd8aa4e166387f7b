//! How many API requests a credential may make: so many a minute, with headers that say what is left. Whoever posts alerts and may is
//! not metered: senders post one a request, a thousand a second, and never again what was answered 429. Guesses at secrets are.
//! Pages and their forms have a meter of their own, which nobody meets who clicks.

use std::{
    collections::HashMap,
    sync::{Mutex, PoisonError},
};

use app::{edge::Peer, fault::Refused};
use axum::{
    extract::{Request, State},
    http::{HeaderMap, HeaderValue, Method, header},
    middleware::Next,
    response::{IntoResponse, Response},
};
use backend::people::network_of;
use domain::{Fault, Permission, Timestamp, Who, people::Identity, time::MINUTE};

use super::ApiFault;
use crate::{layers::bounds::ingests, router::Edge};

/// Callers remembered at once; in a minute with more, those remembered are forgotten and begin anew.
const MOST_CALLERS: usize = 50_000;

/// Counts requests per caller and minute.
pub struct Meter {
    per_minute: u32,
    counts: Mutex<(Timestamp, HashMap<String, u32>)>,
}

/// What is left.
struct Left {
    requests: u32,
    refused: bool,
    /// Seconds until the count begins anew.
    reset_s: u32,
}

impl Meter {
    /// A meter that lets so many pass a minute.
    pub fn new(per_minute: u32) -> Self {
        Self { per_minute, counts: Mutex::new((Timestamp(i64::MIN), HashMap::new())) }
    }

    /// Counts a request.
    fn take(&self, caller: String, now: Timestamp) -> Left {
        let minute = now.floor(MINUTE);
        let mut counts = self.counts.lock().unwrap_or_else(PoisonError::into_inner);
        if counts.0 != minute || counts.1.len() >= MOST_CALLERS {
            *counts = (minute, HashMap::new());
        }
        let used = counts.1.entry(caller).or_default();
        *used = used.saturating_add(1);
        self.left(*used, *used > self.per_minute, now)
    }

    /// What is left, without a request that counts: whether one more would be refused.
    fn look(&self, caller: &str, now: Timestamp) -> Left {
        let counts = self.counts.lock().unwrap_or_else(PoisonError::into_inner);
        let used = if counts.0 == now.floor(MINUTE) { counts.1.get(caller).copied().unwrap_or_default() } else { 0 };
        self.left(used, used >= self.per_minute, now)
    }

    fn left(&self, used: u32, refused: bool, now: Timestamp) -> Left {
        let reset_s = u32::try_from((now.floor(MINUTE).plus(MINUTE).since(now) + 999) / 1000).unwrap_or(60);
        Left { requests: self.per_minute.saturating_sub(used), refused, reset_s }
    }

    /// Says it in the headers of an answer.
    fn told(&self, left: &Left, mut answer: Response) -> Response {
        let headers = answer.headers_mut();
        headers.insert("ratelimit-limit", HeaderValue::from(self.per_minute));
        headers.insert("ratelimit-remaining", HeaderValue::from(left.requests));
        headers.insert("ratelimit-reset", HeaderValue::from(left.reset_s));
        answer
    }
}

fn refusal(left: &Left) -> Response {
    ApiFault::from(Fault::TooMany { retry_after_s: left.reset_s }).into_response()
}

/// Refuses with 429 beyond the bound. Ingestion has bounds of its own: its queue, the room for bodies, the requests under way.
pub(super) async fn bound(State(edge): State<Edge>, request: Request, next: Next) -> Response {
    if ingests(request.method(), request.uri().path()) || posts_alerts(&request) {
        return next.run(request).await;
    }
    let left = edge.rate.take(caller(&request), edge.ctx.now());
    let answer = if left.refused { refusal(&left) } else { next.run(request).await };
    edge.rate.told(&left, answer)
}

/// The same for pages and their forms. Whoever clicks, and whose pages read themselves anew, stays far below; a stream counts once, when
/// it opens.
pub(crate) async fn bound_pages(State(edge): State<Edge>, request: Request, next: Next) -> Response {
    if is_open(request.method(), request.uri().path()) {
        return next.run(request).await;
    }
    // Whoever is called from behind an address where others ask without end can say that they have heard.
    let caller = if is_link(request.uri().path()) { format!("link {}", caller(&request)) } else { caller(&request) };
    let left = edge.pages.take(caller, edge.ctx.now());
    if !left.refused {
        return next.run(request).await;
    }
    let by_program = wants_json(request.headers());
    if by_program { refusal(&left) } else { Refused(Fault::TooMany { retry_after_s: left.reset_s }).into_response() }
}

/// Signs of life, which many hosts send from behind one address; what customers are told, and their subscriptions, which have bounds of
/// their own; and what a browser fetches by itself. What a reader makes for themselves on a status page is counted.
fn is_open(method: &Method, path: &str) -> bool {
    let told = path.starts_with("/status/") && (method == Method::GET || method == Method::HEAD || path.ends_with("/subscriptions"));
    told || path.starts_with("/beat/") || matches!(path, "/sw.js" | "/manifest.webmanifest")
}

/// Whether it is a link of a message, which opens without a log-in.
fn is_link(path: &str) -> bool {
    path.starts_with("/ack/") || path.starts_with("/approve/")
}

/// Whether a program asks for data and not for a page.
fn wants_json(headers: &HeaderMap) -> bool {
    let accepts = headers.get(header::ACCEPT).and_then(|value| value.to_str().ok()).unwrap_or_default();
    accepts.contains("json") && !accepts.contains("text/html")
}

/// Whether somebody posts alerts who may.
fn posts_alerts(request: &Request) -> bool {
    let may = |identity: &Identity| identity.actor.require_somewhere(Permission::IngestAlerts).is_ok();
    request.method() == Method::POST && request.uri().path() == "/api/v2/alerts" && request.extensions().get::<Identity>().is_some_and(may)
}

/// Stands in an answer to a secret that opens nothing.
#[derive(Clone)]
pub(super) struct Guess;

/// For doors that a secret opens: what comes with the right one is not metered. Wrong ones are, per address: after so many in a minute
/// none is looked at, not even the right one.
pub(super) async fn bound_guesses(State(edge): State<Edge>, request: Request, next: Next) -> Response {
    let (guesser, now) = (format!("secret {}", address(&request)), edge.ctx.now());
    let left = edge.rate.look(&guesser, now);
    if left.refused {
        return edge.rate.told(&left, refusal(&left));
    }
    let answer = next.run(request).await;
    if answer.extensions().get::<Guess>().is_none() {
        return answer;
    }
    let left = edge.rate.take(guesser, now);
    edge.rate.told(&left, answer)
}

fn caller(request: &Request) -> String {
    match request.extensions().get::<Identity>().map(|identity| &identity.actor.who) {
        Some(Who::User(user)) => format!("user {user}"),
        Some(Who::Token(token, _)) => format!("token {token}"),
        Some(Who::Engine(name)) => (*name).to_owned(),
        Some(Who::Nobody) | None => address(request),
    }
}

fn address(request: &Request) -> String {
    request.extensions().get::<Peer>().map(|peer| network_of(&peer.0.to_string())).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_minute_holds_so_many_and_the_next_begins_anew() {
        let meter = Meter::new(2);
        let at = |s: i64| Timestamp(s * 1000);
        assert_eq!(meter.take("a".into(), at(0)).requests, 1);
        assert!(!meter.take("a".into(), at(1)).refused);
        let third = meter.take("a".into(), at(20));
        assert!(third.refused && third.reset_s == 40);
        assert!(!meter.take("b".into(), at(20)).refused);
        assert!(!meter.take("a".into(), at(60)).refused);
    }

    #[test]
    fn a_look_counts_nothing() {
        let meter = Meter::new(2);
        let at = |s: i64| Timestamp(s * 1000);
        for refused in [false, false, true] {
            assert_eq!((meter.look("a", at(1)).refused, meter.look("a", at(1)).refused), (refused, refused));
            meter.take("a".into(), at(1));
        }
        assert!(!meter.look("b", at(1)).refused && !meter.look("a", at(60)).refused);
    }

    #[test]
    fn a_program_asks_for_json_and_a_browser_for_a_page() {
        let asks = |accept: &'static str| wants_json(&[(header::ACCEPT, HeaderValue::from_static(accept))].into_iter().collect());
        assert!(asks("application/json") && asks("application/problem+json, */*"));
        assert!(!asks("text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8") && !asks("text/html, application/json"));
        assert!(!asks("*/*") && !wants_json(&HeaderMap::new()));
    }

    #[test]
    fn signs_of_life_and_status_pages_have_no_meter() {
        let (reads, sends) = (|path: &str| is_open(&Method::GET, path), |path: &str| is_open(&Method::POST, path));
        assert!(reads("/beat/x") && reads("/status/shop/feed.atom") && reads("/sw.js"));
        assert!(sends("/beat/x") && sends("/status/shop/subscriptions"));
        assert!(!reads("/") && !reads("/login") && !reads("/admin/status") && !reads("/calendar/x.ics"));
        assert!(!sends("/status/shop/feed") && !sends("/status/shop/feed/end") && !sends("/admin/status/x/subscriptions"));
    }

    #[test]
    fn a_host_with_many_addresses_is_one_caller() {
        let of = |peer: &str| {
            let mut request = Request::new(axum::body::Body::empty());
            request.extensions_mut().insert(Peer(peer.parse().unwrap()));
            caller(&request)
        };
        assert_eq!(of("2001:db8:1:2::7"), of("2001:db8:1:2:ffff::1"));
        assert_ne!(of("2001:db8:1:2::7"), of("2001:db8:1:3::7"));
        assert_ne!(of("192.0.2.1"), of("192.0.2.2"));
        assert_eq!(of("::ffff:192.0.2.1"), of("192.0.2.1"));
    }
}
