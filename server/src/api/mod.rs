//! The REST API under `/api/v1`: the same ports as the pages, in JSON.
//!
//! Each area has a file here with `routes()`; a handler takes [`Caller`], asks the port, and gives JSON or an
//! [`ApiFault`]. What a handler needs stands in its annotation, `security(("token" = ["incidents.work"]))`; one that
//! names no permission needs a login, and `security(())` means anybody may call.
//!
//! ```ignore
//! pub fn routes() -> OpenApiRouter<Portal> {
//!     OpenApiRouter::new().routes(routes!(list, create)).routes(routes!(detail))
//! }
//!
//! /// Opens an incident.
//! #[utoipa::path(post, path = "/api/v1/incidents", tag = "incidents", request_body = Object,
//!     security(("token" = ["incidents.work"])), responses((status = 201, body = Incident)))]
//! async fn create(Caller(actor): Caller, State(portal): State<Portal>, Body(typed): Body<Typed>) -> Result<Created<Incident>, ApiFault> { … }
//! ```

mod docs;
mod extract;
mod fault;
mod once;
mod openapi;
pub mod rate;

pub mod alerts;
pub mod approvals;
mod audit;
mod bands;
mod calendars;
mod carrying;
pub mod changes;
mod contacts;
pub mod deliveries;
pub mod deployments;
pub mod escalations;
pub mod evidence;
pub mod explanations;
mod files;
mod gate;
pub(crate) mod hooks;
mod imported;
pub mod incidents;
mod integrations;
mod load;
mod locations;
pub mod merchants;
pub mod monitors;
mod moving;
pub mod objectives;
mod occasions;
pub mod oncall;
pub mod overview;
pub mod people;
mod period;
mod quiet;
pub mod reports;
pub mod rules;
pub mod silences;
pub mod sources;
pub mod status;
pub mod streams;
pub mod systems;
mod templates;
pub mod tools;
pub mod transactions;
mod undoing;
pub mod v2;
mod views;

use app::routes::RouteEntry;
use axum::{
    Router,
    extract::{Request, State},
    http::HeaderMap,
    middleware::{Next, from_fn_with_state},
    response::{IntoResponse, Response},
    routing::{get, post},
};
use domain::{Fault, Portal};
use utoipa_axum::router::OpenApiRouter;

pub use extract::{Body, Caller, Created, PageQuery, Query};
pub(crate) use fault::put_into_words;
pub use fault::{ApiFault, FieldProblem, ProblemDetails};

use crate::{
    layers::{self, authority::Needs},
    router::Edge,
};

/// Every area's endpoints; one line for each.
fn areas() -> OpenApiRouter<Portal> {
    OpenApiRouter::with_openapi(openapi::frame())
        .merge(alerts::routes())
        .merge(audit::routes())
        .merge(bands::routes())
        .merge(approvals::routes())
        .merge(carrying::routes())
        .merge(gate::routes())
        .merge(undoing::routes())
        .merge(moving::routes())
        .merge(changes::routes())
        .merge(calendars::routes())
        .merge(quiet::routes())
        .merge(contacts::routes())
        .merge(deliveries::routes())
        .merge(deployments::routes())
        .merge(escalations::routes())
        .merge(evidence::routes())
        .merge(explanations::routes())
        .merge(incidents::routes())
        .merge(integrations::routes())
        .merge(load::routes())
        .merge(locations::routes())
        .merge(merchants::routes())
        .merge(monitors::routes())
        .merge(occasions::routes())
        .merge(views::routes())
        .merge(oncall::routes())
        .merge(overview::routes())
        .merge(people::routes())
        .merge(reports::routes())
        .merge(rules::routes())
        .merge(objectives::routes())
        .merge(sources::routes())
        .merge(silences::routes())
        .merge(status::routes())
        .merge(streams::routes())
        .merge(systems::routes())
        .merge(templates::routes())
        .merge(tools::routes())
        .merge(transactions::routes())
        .merge(v2::routes())
}

/// The API with its layers and its document, and what each endpoint needs.
pub(crate) fn router(edge: &Edge, door: fn(&[RouteEntry]) -> Needs) -> (Router<Portal>, Vec<RouteEntry>) {
    let (router, document) = areas().split_for_parts();
    let mut table = openapi::table(&document);
    for path in ["/api/v1/openapi.json", "/api/docs"] {
        table.push(RouteEntry { method: "GET", path: path.into(), need: app::routes::Need::LoggedIn });
    }
    let page = docs::render(&document);
    let json = document.to_json().unwrap_or_default();
    table.push(RouteEntry {
        method: "POST",
        path: v2::RELOAD.into(),
        need: app::routes::Need::Permission(domain::Permission::RouteAlerts),
    });
    let router = router
        .layer(from_fn_with_state(edge.clone(), once::once))
        .route(v2::RELOAD, post(v2::reload))
        .layer(from_fn_with_state(door(&table), at_the_door))
        .route("/api/v1/openapi.json", get(move |caller| openapi::serve(caller, json)))
        .route(
            "/api/docs",
            get(move |caller: Result<Caller, ApiFault>, headers: HeaderMap| async move { docs::serve(caller, &headers, page).await }),
        )
        .layer(from_fn_with_state(edge.clone(), rate::bound))
        .layer(axum::middleware::from_fn(fault::put_into_words));
    (router, table)
}

async fn at_the_door(State(needs): State<Needs>, request: Request, next: Next) -> Response {
    if layers::due::is_due(&request) {
        return ApiFault::from(Fault::conflict("conflict-password-due")).into_response();
    }
    match needs.refuse(&request) {
        None => next.run(request).await,
        Some(fault) => ApiFault::from(fault).into_response(),
    }
}
