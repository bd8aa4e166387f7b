//! Who is at the other end. `X-Forwarded-For` and `X-Forwarded-Proto` count only when a trusted proxy says so.

use std::net::{IpAddr, Ipv4Addr, SocketAddr};

use app::edge::{Peer, Secure};
use axum::{
    extract::{ConnectInfo, Request, State},
    middleware::Next,
    response::Response,
};
use backend::egress::Cidr;

use crate::router::Edge;

/// Set by the accept loop on connections that it encrypts itself.
#[derive(Debug, Clone, Copy)]
pub struct Encrypted;

/// Notes [`Peer`] and [`Secure`].
pub async fn find(State(edge): State<Edge>, mut request: Request, next: Next) -> Response {
    let direct = request.extensions().get::<ConnectInfo<SocketAddr>>().map_or(IpAddr::V4(Ipv4Addr::LOCALHOST), |info| info.0.ip());
    let mut peer = direct.to_canonical();
    let mut secure = request.extensions().get::<Encrypted>().is_some();
    if trusted(&edge.proxies, peer) {
        let headers = request.headers();
        // From the right: each proxy appends the address it saw; the first that is not a proxy is the caller.
        let chain = headers.get_all("x-forwarded-for").iter().filter_map(|v| v.to_str().ok()).flat_map(|v| v.split(','));
        for hop in chain.collect::<Vec<_>>().into_iter().rev() {
            let Ok(address) = hop.trim().parse::<IpAddr>() else { break };
            peer = address.to_canonical();
            if !trusted(&edge.proxies, peer) {
                break;
            }
        }
        secure |= headers.get("x-forwarded-proto").is_some_and(|v| v.as_bytes().eq_ignore_ascii_case(b"https"));
    }
    let extensions = request.extensions_mut();
    extensions.insert(Peer(peer));
    extensions.insert(Secure(secure));
    next.run(request).await
}

fn trusted(proxies: &[Cidr], address: IpAddr) -> bool {
    proxies.iter().any(|network| network.contains(address))
}
