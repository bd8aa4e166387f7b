//! A status page may have a host of its own: under it there is that page, its feeds and what it is drawn with, and nothing else.

use app::{
    edge::Peer,
    form::PostedForm,
    status::{self, Feed, Place},
    visit::Visit,
};
use axum::{
    extract::{FromRequest, Request, State},
    http::{Method, StatusCode, header},
    middleware::Next,
    response::{IntoResponse, Response},
};
use domain::Fault;

use crate::router::Edge;

/// Whether it is looked at what customers are told, or at what that is drawn with. Asks nobody.
pub fn shows(edge: &Edge, request: &Request) -> bool {
    let path = request.uri().path();
    let ours = path.starts_with("/status/") || path.starts_with("/a/");
    matches!(*request.method(), Method::GET | Method::HEAD)
        && (ours || host(request).is_some_and(|host| edge.portal.status.knows_host(&host)))
}

/// The host of a request in lower case, without its port.
fn host(request: &Request) -> Option<String> {
    let named = request.headers().get(header::HOST).and_then(|host| host.to_str().ok());
    let authority = named.or_else(|| request.uri().authority().map(axum::http::uri::Authority::as_str))?;
    let name = authority.rsplit_once(':').filter(|(_, port)| port.bytes().all(|b| b.is_ascii_digit())).map_or(authority, |(name, _)| name);
    Some(name.to_ascii_lowercase())
}

/// Whether it may be the host of a page: a name of several parts, not an address.
fn named(host: &str) -> bool {
    host.contains('.') && !host.ends_with(|last: char| last.is_ascii_digit())
}

/// Answers what is asked under the host of a status page.
pub async fn own(State(edge): State<Edge>, request: Request, next: Next) -> Response {
    // What answers under the portal's own name is never asked for.
    let ours = edge.public_authority.split(':').next().unwrap_or_default();
    let Some(host) = host(&request).filter(|host| named(host) && host != ours) else { return next.run(request).await };
    let Some(slug) = edge.portal.status.by_host(&host).await else { return next.run(request).await };
    if request.uri().path().starts_with("/a/") {
        return next.run(request).await;
    }
    let path = request.uri().path().to_owned();
    let (method, peer) = (request.method().clone(), request.extensions().get::<Peer>().copied());
    let (parts, body) = request.into_parts();
    let visit = Visit::read(&parts, &edge.portal);
    let reads = matches!(method, Method::GET | Method::HEAD);
    let answer = match (path.as_str(), path.strip_prefix("/subscriptions/")) {
        ("/", _) if reads => status::page_of(visit, &slug, Place::Host).await,
        ("/feed.atom", _) if reads => status::feed_of(visit, &slug, Place::Host, Feed::Atom).await,
        ("/feed.rss", _) if reads => status::feed_of(visit, &slug, Place::Host, Feed::Rss).await,
        ("/subscriptions", _) if method == Method::POST => {
            match (PostedForm::from_request(Request::from_parts(parts, body), &()).await, peer) {
                (Ok(form), Some(peer)) => status::ask_at(visit, &slug, Place::Host, peer, form).await,
                (Ok(_), None) => Err(Fault::Internal.into()),
                (Err(refused), _) => Err(refused),
            }
        }
        (_, Some(token)) if reads || method == Method::POST => status::ticket_at(visit, token, Some(&slug)).await,
        _ => return StatusCode::NOT_FOUND.into_response(),
    };
    answer.unwrap_or_else(|refused| app::fault::status(&refused.0).into_response())
}
