//! One router of everything: pages and acts (`app`), the API, assets, and what machines ask of the process.

use std::sync::Arc;

use app::{edge::Peer, fault::Refused, i18n::say_wording, routes::RouteEntry, visit::Visit};
use axum::{
    Extension, Router,
    extract::{DefaultBodyLimit, FromRequestParts, Request, State},
    http::{HeaderMap, Method, StatusCode, header},
    middleware::{Next, from_fn, from_fn_with_state},
    response::{IntoResponse, Redirect, Response},
    routing::get,
};
use backend::{Context, Engines, egress::Cidr};
use domain::{Fault, Portal, people::Locale};
use metrics_exporter_prometheus::PrometheusHandle;
use tokio::sync::Semaphore;
use tokio_util::sync::CancellationToken;

use crate::{
    api, assets,
    error::Asked,
    layers::{self, authority::Needs},
    settings::Settings,
};

/// What the edge itself needs; cheap to clone.
#[derive(Clone)]
pub struct Edge {
    /// The ports.
    pub portal: Portal,
    /// The ground, for readiness and for answers kept by `Idempotency-Key`.
    pub ctx: Context,
    /// The engines, for their pulses on `/metrics`.
    pub engines: Engines,
    /// Every setting.
    pub settings: Arc<Settings>,
    /// Cancelled when the process drains: readiness goes, live streams end, what runs may finish.
    pub stop: CancellationToken,
    pub(crate) places: Arc<Semaphore>,
    pub(crate) gathering: Arc<Semaphore>,
    pub(crate) showing: Arc<Semaphore>,
    pub(crate) proxies: Arc<Vec<Cidr>>,
    pub(crate) public_authority: Arc<str>,
    pub(crate) metrics: Option<PrometheusHandle>,
    pub(crate) rate: Arc<api::rate::Meter>,
    pub(crate) pages: Arc<api::rate::Meter>,
}

impl Edge {
    /// The edge over ports and settings. Cidrs that do not parse are left out: `evenkeel config check` names them.
    pub fn new(ctx: Context, portal: Portal, engines: Engines, settings: Settings, metrics: Option<PrometheusHandle>) -> Self {
        let public = settings.public_url();
        Self {
            portal,
            ctx,
            engines,
            stop: CancellationToken::new(),
            places: Arc::new(Semaphore::new(settings.limits.concurrency)),
            gathering: Arc::new(Semaphore::new(layers::bounds::GATHERED)),
            showing: Arc::new(Semaphore::new(layers::bounds::SHOWN)),
            proxies: Arc::new(settings.trusted_proxies.iter().filter_map(|text| text.parse().ok()).collect()),
            public_authority: public.split_once("://").map_or("", |(_, rest)| rest).into(),
            rate: Arc::new(api::rate::Meter::new(settings.limits.api_per_minute)),
            pages: Arc::new(api::rate::Meter::new(settings.limits.pages_per_minute)),
            settings: Arc::new(settings),
            metrics,
        }
    }
}

/// The router, and the table of what is in it.
pub fn build(edge: &Edge) -> (Router, Vec<RouteEntry>) {
    assemble(edge, Needs::new)
}

/// The router without the table at its door, so that a test can see that the services refuse by themselves.
pub fn without_door(edge: &Edge) -> Router {
    assemble(edge, |_| Needs::new(&[])).0
}

fn assemble(edge: &Edge, door: fn(&[RouteEntry]) -> Needs) -> (Router, Vec<RouteEntry>) {
    app::render::set_asset_root(assets::root().to_owned());
    let (pages, mut table) = app::routes().into_parts();
    let (api, listed) = api::router(edge, door);
    table.extend(listed);
    let machine: Router<Portal> = Router::new()
        .route("/healthz", get(|| async { "ok\n" }))
        .route("/readyz", get(ready).with_state(edge.clone()))
        .route("/-/healthy", get(|| async { "OK" }))
        .route("/-/ready", get(ready).with_state(edge.clone()))
        .route("/metrics", get(measure).with_state(edge.clone()))
        .route("/a/{hash}/{*path}", get(assets::serve));
    for path in ["/healthz", "/readyz", "/-/healthy", "/-/ready", "/metrics", "/a/{hash}/{*path}"] {
        table.push(RouteEntry { method: "GET", path: path.into(), need: app::routes::Need::Public });
    }
    let (hooks, listed) = api::hooks::router(edge);
    table.extend(listed);
    let pages = pages
        .layer(from_fn_with_state((door(&table), edge.portal.clone()), at_the_door))
        .layer(from_fn_with_state(edge.clone(), api::rate::bound_pages))
        .layer(from_fn_with_state(edge.portal.clone(), app::fault::render_faults))
        .layer(from_fn(api::put_into_words));
    let people = pages.merge(api).merge(hooks).fallback(nothing_here).method_not_allowed_fallback(wrong_method);
    let router = people
        .layer(from_fn_with_state(edge.clone(), layers::identify::identify))
        .merge(machine)
        // Sizes are bounded outside; axum's own bound would be a second, smaller one.
        .layer(DefaultBodyLimit::disable())
        .layer(from_fn(layers::naming::note_route))
        .with_state(edge.portal.clone());
    (layers::wrap(router, edge), table)
}

/// Nobody is sent to the login page, as by every page; who has a password to choose goes there first; who lacks the permission everywhere hears which.
async fn at_the_door(State((needs, portal)): State<(Needs, Portal)>, request: Request, next: Next) -> Response {
    if let Some(there) = layers::due::instead(&request) {
        return Redirect::to(&there).into_response();
    }
    match needs.refuse(&request) {
        None => next.run(request).await,
        Some(Fault::Unauthenticated) => {
            let (mut parts, _) = request.into_parts();
            match Visit::from_request_parts(&mut parts, &portal).await {
                Err(sent_away) => sent_away,
                Ok(_) => Refused(Fault::Unauthenticated).into_response(),
            }
        }
        Some(fault) => Refused(fault).into_response(),
    }
}

/// An address that leads nowhere: to people the page that says so, in its frame, like every other fault.
async fn nothing_here(State(portal): State<Portal>, request: Request) -> Response {
    let asked = Asked::of(&request);
    if asked.api {
        return asked.refuse(StatusCode::NOT_FOUND);
    }
    let (parts, _) = request.into_parts();
    app::fault::page(&Visit::read(&parts, &portal), &Fault::NotFound("page"), &[])
}

/// An address that only takes acts. Whoever reads it anew, after a refusal that left it in the address bar, is led to the page that
/// the act was on.
async fn wrong_method(request: Request) -> Response {
    let asked = Asked::of(&request);
    let accepts = request.headers().get(header::ACCEPT).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let reads = request.method() == Method::GET && (accepts.contains("text/html") || request.headers().contains_key("x-live"));
    match request.uri().path().rsplit_once('/') {
        Some((page, _)) if reads && !asked.api && page.len() > 1 => Redirect::to(page).into_response(),
        _ => asked.refuse(StatusCode::METHOD_NOT_ALLOWED),
    }
}

/// Ready: the process can do its work and is not on its way out.
async fn ready(State(edge): State<Edge>) -> Response {
    if edge.stop.is_cancelled() {
        return (StatusCode::SERVICE_UNAVAILABLE, "draining\n").into_response();
    }
    match edge.portal.health.ready().await {
        Ok(()) => "ready\n".into_response(),
        Err(Fault::Unavailable(wording)) => {
            (StatusCode::SERVICE_UNAVAILABLE, format!("{}\n", say_wording(Locale::En, &wording))).into_response()
        }
        Err(_) => (StatusCode::SERVICE_UNAVAILABLE, "not ready\n").into_response(),
    }
}

/// Figures in the Prometheus text format; for this machine and the networks of `metrics_from` only.
async fn measure(State(edge): State<Edge>, Extension(Peer(peer)): Extension<Peer>, headers: HeaderMap) -> Response {
    let from = &edge.settings.metrics_from;
    // Somebody asks through a proxy that was not named: whoever it is, the address is not theirs.
    let unnamed = edge.proxies.is_empty() && (headers.contains_key("x-forwarded-for") || headers.contains_key(header::FORWARDED));
    if unnamed || !from.iter().filter_map(|text| text.parse::<Cidr>().ok()).any(|network| network.contains(peer)) {
        return StatusCode::NOT_FOUND.into_response();
    }
    for (name, _, pulse) in edge.engines.pulses() {
        let Some(pulse) = pulse else { continue };
        let good = if pulse.outcome.is_ok() { 1.0 } else { 0.0 };
        metrics::gauge!("evenkeel_engine_ok", "engine" => name).set(good);
        #[expect(clippy::cast_precision_loss, reason = "a gauge of seconds since 1970")]
        metrics::gauge!("evenkeel_engine_last_tick_seconds", "engine" => name).set(pulse.at.0 as f64 / 1e3);
    }
    let text = edge.metrics.as_ref().map(PrometheusHandle::render).unwrap_or_default();
    ([(header::CONTENT_TYPE, "text/plain; version=0.0.4")], text).into_response()
}
