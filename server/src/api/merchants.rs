//! `/api/v1/merchants`: who merchants are, what they were told, which incidents named them.

use axum::{
    Json,
    extract::{Path, State},
    http::StatusCode,
};
use domain::{Portal, form::Typed, merchants::Mentioned};
use utoipa::ToSchema;
use utoipa_axum::{router::OpenApiRouter, routes};

use super::{ApiFault, Body, Caller};

/// The endpoints of the area.
pub fn routes() -> OpenApiRouter<Portal> {
    OpenApiRouter::new().routes(routes!(get, edit))
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
