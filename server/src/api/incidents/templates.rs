//! `/api/v1/review-templates`, and the review that begins from one.

use axum::{
    Json,
    extract::{Path, State},
    http::StatusCode,
};
use domain::{Fault, Portal, form::Typed, id::ReviewTemplateId, incidents::ReviewTemplate};
use utoipa::ToSchema;
use utoipa_axum::{router::OpenApiRouter, routes};

use super::find;
use crate::api::{ApiFault, Body, Caller, Created};

/// The endpoints of this part.
pub fn routes() -> OpenApiRouter<Portal> {
    OpenApiRouter::new().routes(routes!(list, create)).routes(routes!(detail, change, remove)).routes(routes!(begin))
}

/// One section.
#[derive(ToSchema)]
#[schema(as = ReviewTemplateSectionBody)]
#[expect(dead_code, reason = "describes the body; the domain parses it field by field")]
struct SectionBody {
    /// One line.
    heading: String,
    /// What to write there.
    guide: Option<String>,
    /// `nothing`, which is what it is where it is left out, `impact` or `causes`.
    fill: Option<String>,
    /// Whether a review is finished only when something is written here; else `false`.
    required: Option<bool>,
}

/// What a template says.
#[derive(ToSchema)]
#[expect(dead_code, reason = "describes the body; the domain parses it field by field")]
struct ReviewTemplateBody {
    /// One line, taken by no other template of the same team or of everybody.
    name: String,
    /// Id of the team whose incidents it is for; left out: for everybody's.
    team: Option<String>,
    /// `P1` to `P4`: for which it is proposed.
    severities: Option<Vec<String>>,
    /// 1 to 20, in the order in which they are asked.
    sections: Vec<SectionBody>,
    /// When changing: the version that was read.
    version: Option<i64>,
}

/// What a review is begun from.
#[derive(ToSchema)]
#[expect(dead_code, reason = "describes the body; the domain parses it field by field")]
struct BeginBody {
    /// Id of a template; left out: the usual sections.
    template: Option<String>,
}

fn read(id: &str) -> Result<ReviewTemplateId, Fault> {
    ReviewTemplateId::parse(id).ok_or(Fault::NotFound("review-template"))
}

/// Review templates, by name.
#[utoipa::path(get, path = "/api/v1/review-templates", tag = "incidents", security(("token" = ["read"])), responses((status = 200, body = Vec<ReviewTemplate>)))]
async fn list(Caller(actor): Caller, State(portal): State<Portal>) -> Result<Json<Vec<ReviewTemplate>>, ApiFault> {
    Ok(Json(portal.incidents.review_templates(&actor).await?))
}

/// Makes a review template.
#[utoipa::path(post, path = "/api/v1/review-templates", tag = "incidents", security(("token" = ["settings.manage"])), request_body = ReviewTemplateBody,
    responses((status = 201, body = ReviewTemplate)))]
async fn create(
    Caller(actor): Caller,
    State(portal): State<Portal>,
    Body(typed): Body<Typed>,
) -> Result<Created<ReviewTemplate>, ApiFault> {
    let template = portal.incidents.add_review_template(&actor, &typed).await?;
    Ok(Created::new(format!("/api/v1/review-templates/{}", template.id), template))
}

/// One review template.
#[utoipa::path(get, path = "/api/v1/review-templates/{id}", tag = "incidents", security(("token" = ["read"])), params(("id" = String, Path)),
    responses((status = 200, body = ReviewTemplate)))]
async fn detail(Caller(actor): Caller, State(portal): State<Portal>, Path(id): Path<String>) -> Result<Json<ReviewTemplate>, ApiFault> {
    Ok(Json(portal.incidents.review_template(&actor, &read(&id)?).await?))
}

/// Changes a review template. Reviews that were begun from it stay as they are.
#[utoipa::path(put, path = "/api/v1/review-templates/{id}", tag = "incidents", security(("token" = ["settings.manage"])), params(("id" = String, Path)),
    request_body = ReviewTemplateBody, responses((status = 200, body = ReviewTemplate), (status = 409, description = "changed since it was read")))]
async fn change(
    Caller(actor): Caller,
    State(portal): State<Portal>,
    Path(id): Path<String>,
    Body(typed): Body<Typed>,
) -> Result<Json<ReviewTemplate>, ApiFault> {
    let id = read(&id)?;
    portal.incidents.change_review_template(&actor, &id, &typed).await?;
    Ok(Json(portal.incidents.review_template(&actor, &id).await?))
}

/// Removes a review template. Reviews that were begun from it stay as they are.
#[utoipa::path(delete, path = "/api/v1/review-templates/{id}", tag = "incidents", security(("token" = ["settings.manage"])), params(("id" = String, Path)),
    responses((status = 204)))]
async fn remove(Caller(actor): Caller, State(portal): State<Portal>, Path(id): Path<String>) -> Result<StatusCode, ApiFault> {
    portal.incidents.remove_review_template(&actor, &read(&id)?).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Chooses the sections of a review in which nobody has written yet.
#[utoipa::path(post, path = "/api/v1/incidents/{id}/review/begin", tag = "incidents", security(("token" = ["incidents.work"])), params(("id" = String, Path, description = "id or number")),
    request_body = BeginBody, responses((status = 204), (status = 409, description = "it lasts, or somebody has written in it")))]
async fn begin(
    Caller(actor): Caller,
    State(portal): State<Portal>,
    Path(id): Path<String>,
    Body(typed): Body<Typed>,
) -> Result<StatusCode, ApiFault> {
    let id = find(&portal, &actor, &id).await?;
    portal.incidents.begin_review(&actor, &id, &typed).await?;
    Ok(StatusCode::NO_CONTENT)
}
