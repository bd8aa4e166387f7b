//! What every request passes before a page sees it. From the outside in: a name and a log line ([`naming`]),
//! security headers ([`shield`]), bounds on size, time and number, and a net under panics ([`bounds`]), refusal of
//! what other sites forge ([`origin`]), status pages under hosts of their own ([`hosts`]), who is there ([`identify`]).
//! Live streams end with the process and with the session ([`streams`]). Answers are compressed on their way out ([`small`]).
//!
//! The name and the headers stand outside the bounds on purpose: a refusal carries them too.

pub mod authority;
pub mod bounds;
pub mod due;
pub mod hosts;
pub mod identify;
pub mod naming;
pub mod origin;
pub mod peer;
pub mod shield;
pub mod streams;

use axum::{Router, middleware::from_fn_with_state};
use tower_http::compression::{
    CompressionLayer, CompressionLevel, DefaultPredicate, Predicate,
    predicate::{NotForContentType, SizeAbove},
};

use crate::router::Edge;

/// Wraps every route; the last layer added is the outermost.
pub fn wrap(router: Router, edge: &Edge) -> Router {
    router
        .layer(from_fn_with_state(edge.clone(), streams::end_in_time))
        .layer(from_fn_with_state(edge.clone(), hosts::own))
        .layer(small())
        .layer(from_fn_with_state(edge.clone(), origin::same_site))
        .layer(from_fn_with_state(edge.clone(), bounds::catch_panic))
        .layer(from_fn_with_state(edge.clone(), bounds::in_number))
        .layer(from_fn_with_state(edge.clone(), bounds::gathered))
        .layer(from_fn_with_state(edge.clone(), bounds::in_time))
        .layer(from_fn_with_state(edge.clone(), bounds::in_size))
        .layer(from_fn_with_state(edge.clone(), shield::headers))
        .layer(from_fn_with_state(edge.clone(), naming::name))
        .layer(from_fn_with_state(edge.clone(), peer::find))
}

/// Answers of more than a packet leave as brotli or gzip, quickly rather than tightly. Streams of events stay as they are, each
/// event on its way at once; so do assets, which are compressed beforehand. What could be guessed from the size of an answer
/// (BREACH) needs another site that makes a browser ask with its cookie: `SameSite` and [`origin`] leave it none.
fn small() -> CompressionLayer<impl Predicate> {
    let wanted = DefaultPredicate::new().and(SizeAbove::new(1_024)).and(NotForContentType::const_new("application/octet-stream"));
    CompressionLayer::new().quality(CompressionLevel::Precise(4)).compress_when(wanted)
}
