//! `/api/v1/change-templates`: what standard changes are made from.

use axum::{
    Json,
    extract::{Path, State},
    http::StatusCode,
};
use domain::{Fault, Portal, changes::Template, form::Typed, id::TemplateId};
use serde::Deserialize;
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::{router::OpenApiRouter, routes};

use super::{ApiFault, Body, Caller, Created, Query};

/// The endpoints of the area.
pub fn routes() -> OpenApiRouter<Portal> {
    OpenApiRouter::new().routes(routes!(list, make)).routes(routes!(get)).routes(routes!(agree)).routes(routes!(retire))
}

/// A template to be made.
#[derive(ToSchema)]
#[expect(dead_code, reason = "describes the body; the domain parses it field by field")]
struct TemplateBody {
    /// Id of the change that it is made of.
    change: String,
    /// Its name.
    name: String,
}

/// Which ones.
#[derive(Debug, Clone, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
struct Which {
    /// Also those that are out of use.
    #[serde(default)]
    retired: bool,
}

fn read_id(text: &str) -> Result<TemplateId, Fault> {
    TemplateId::parse(text).ok_or(Fault::NotFound("template"))
}

/// Templates of standard changes, those in use first.
#[utoipa::path(get, path = "/api/v1/change-templates", tag = "changes", params(Which), security(("token" = ["read"])),
    responses((status = 200, body = Vec<Template>)))]
async fn list(Caller(actor): Caller, State(portal): State<Portal>, Query(which): Query<Which>) -> Result<Json<Vec<Template>>, ApiFault> {
    Ok(Json(portal.change_templates.list(&actor, which.retired).await?))
}

/// Makes a template of a change. Somebody else, who wrote nothing of it, must agree to it; then a change of kind `standard` with its id as `template`, and with
/// nothing else than title, window, artifact and reason for the risk of its own, is approved as soon as it is asked for.
#[utoipa::path(post, path = "/api/v1/change-templates", tag = "changes", request_body = TemplateBody,
    security(("token" = ["changes.request"])),
    responses((status = 201, body = Template), (status = 404), (status = 422, description = "A field is wrong.")))]
async fn make(Caller(actor): Caller, State(portal): State<Portal>, Body(typed): Body<Typed>) -> Result<Created<Template>, ApiFault> {
    let mut fields = Typed::default();
    typed.names().filter(|name| *name != "change").for_each(|name| fields.set(name, typed.get(name)));
    let id = portal.change_templates.make(&actor, typed.get("change"), &fields).await?;
    Ok(Created::new(format!("/api/v1/change-templates/{id}"), portal.change_templates.get(&actor, &id).await?))
}

/// One template.
#[utoipa::path(get, path = "/api/v1/change-templates/{id}", tag = "changes", params(("id" = String, Path)), security(("token" = ["read"])),
    responses((status = 200, body = Template), (status = 404)))]
async fn get(Caller(actor): Caller, State(portal): State<Portal>, Path(id): Path<String>) -> Result<Json<Template>, ApiFault> {
    Ok(Json(portal.change_templates.get(&actor, &read_id(&id)?).await?))
}

/// Agrees to a template: for the owners of every system, and not by whoever made it, or wrote the change that it was made of. Whoever
/// agrees does not carry out what is made from it.
#[utoipa::path(post, path = "/api/v1/change-templates/{id}/agree", tag = "changes", params(("id" = String, Path)),
    security(("token" = ["changes.approve"])), responses((status = 204), (status = 404), (status = 409)))]
async fn agree(Caller(actor): Caller, State(portal): State<Portal>, Path(id): Path<String>) -> Result<StatusCode, ApiFault> {
    portal.change_templates.agree(&actor, &read_id(&id)?).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Takes a template out of use; what was approved with it stays approved.
#[utoipa::path(post, path = "/api/v1/change-templates/{id}/retire", tag = "changes", params(("id" = String, Path)),
    security(("token" = ["changes.request"])), responses((status = 204), (status = 404)))]
async fn retire(Caller(actor): Caller, State(portal): State<Portal>, Path(id): Path<String>) -> Result<StatusCode, ApiFault> {
    portal.change_templates.retire(&actor, &read_id(&id)?).await?;
    Ok(StatusCode::NO_CONTENT)
}
