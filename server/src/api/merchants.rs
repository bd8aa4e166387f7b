//! `/api/v1/merchants`: which there are and how they do, who they are, what they were told, which incidents named them.

use axum::{
    Extension, Json,
    extract::{Path, State},
    http::StatusCode,
};
use domain::{
    Page, PageRequest, Portal,
    form::Typed,
    merchants::{self, Listed, Mentioned, Order, Standing, page_of},
    people::Identity,
    transactions::Filter,
};
use utoipa::ToSchema;
use utoipa_axum::{router::OpenApiRouter, routes};

use super::{ApiFault, Body, Caller, Query, period};

/// The endpoints of the area.
pub fn routes() -> OpenApiRouter<Portal> {
    OpenApiRouter::new().routes(routes!(list)).routes(routes!(get, edit))
}

/// What a team knows of a merchant.
#[derive(ToSchema)]
#[expect(dead_code, reason = "describes the body; the domain parses it field by field")]
struct MerchantBody {
    /// Id of the team whose record it is.
    team: String,
    /// What the merchant is called.
    name: Option<String>,
    /// Whom to talk to.
    contact: Option<String>,
    /// Their telephone.
    phone: Option<String>,
    /// Their mail address.
    email: Option<String>,
    /// Everything else, Markdown.
    notes: Option<String>,
    /// The version that was read; left out where there is no record yet.
    version: Option<i64>,
}

/// Every merchant of a span with its counts beside those of last week, the one that loses most first.
///
/// `from` and `to` take RFC 3339, or a distance from now such as `now-6h`; name moments where you read page after page. `system`,
/// `stream` (`system/stream`), `code` and every dimension by its key choose what is counted, as of `GET /api/v1/transactions`.
#[utoipa::path(get, path = "/api/v1/merchants", tag = "transactions", security(("token" = ["read"])),
    params(
        ("from" = Option<String>, Query, description = "`now-24h` where it is not given."), ("to" = Option<String>, Query),
        ("q" = Option<String>, Query, description = "A part of the value, or of the name that a team has written down."),
        ("sort" = Option<String>, Query, description = "`excess`, `volume`, `rate`, `failed` or `name`, with `-` the highest first; `-excess` where it is not given."),
        ("system" = Option<Vec<String>>, Query), ("stream" = Option<Vec<String>>, Query), ("link" = Option<Vec<String>>, Query),
        ("merchant" = Option<Vec<String>>, Query), ("channel" = Option<Vec<String>>, Query), ("code" = Option<Vec<String>>, Query),
        ("zone" = Option<String>, Query, description = "IANA zone whose weeks are meant; that of the caller where it is not given."),
        ("after" = Option<String>, Query, description = "Cursor: `next` of the page before."),
        ("limit" = Option<u32>, Query, description = "Rows wanted, 1 to 500; 50 where it is not given.")
    ),
    responses((status = 200, body = Page<Standing>), (status = 422)))]
async fn list(
    Caller(actor): Caller,
    State(portal): State<Portal>,
    identity: Option<Extension<Identity>>,
    Query(pairs): Query<Vec<(String, String)>>,
) -> Result<Json<Page<Standing>>, ApiFault> {
    // What pages go by is no dimension.
    let (paging, asked): (Vec<_>, Vec<_>) = pairs.into_iter().partition(|(name, _)| matches!(name.as_str(), "after" | "limit"));
    let (paging, mut typed) = (Typed::from_pairs(paging), Typed::from_pairs(asked));
    let page = PageRequest::parse(Some(paging.get("after")), Some(paging.get("limit")))?;
    if typed.get("from").is_empty() {
        typed.set("from", "now-24h");
    }
    let (zone_name, zone) = period::zone(&typed, identity.map(|Extension(identity)| identity))?;
    let span = period::span(&typed, portal.clock.now(), &zone)?;
    let (filter, order, search) = (Filter::read(&typed)?, Order::parse(typed.get("sort"))?, typed.get("q").to_owned());
    let rows = merchants::list(&portal, &actor, Listed { span, filter, zone: zone_name, order, search }).await?;
    Ok(Json(page_of(rows, &page)?))
}

/// What is written down of a merchant, what it was told, and which incidents named it.
#[utoipa::path(get, path = "/api/v1/merchants/{merchant}", tag = "transactions",
    params(("merchant" = String, Path, description = "The value that senders give.")), responses((status = 200, body = Mentioned)))]
async fn get(Caller(actor): Caller, State(portal): State<Portal>, Path(merchant): Path<String>) -> Result<Json<Mentioned>, ApiFault> {
    Ok(Json(portal.merchants.get(&actor, &merchant).await?))
}

/// Writes down what a team knows of a merchant.
#[utoipa::path(put, path = "/api/v1/merchants/{merchant}", tag = "transactions",
    params(("merchant" = String, Path, description = "The value that senders give.")), request_body = MerchantBody,
    security(("token" = ["systems.edit"])),
    responses((status = 204), (status = 409, description = "Somebody has edited it since."), (status = 422, description = "A field is wrong.")))]
async fn edit(
    Caller(actor): Caller,
    State(portal): State<Portal>,
    Path(merchant): Path<String>,
    Body(typed): Body<Typed>,
) -> Result<StatusCode, ApiFault> {
    portal.merchants.edit(&actor, &merchant, &typed).await?;
    Ok(StatusCode::NO_CONTENT)
}
