//! `/api/v1/incidents/{id}/…` after the fact: times, impact, review, actions.

use app::visit::Guest;
use axum::{
    Json,
    extract::{OriginalUri, Path, State},
    http::StatusCode,
    response::Response,
};
use domain::{
    Fault, Page, Portal, Span, Wording,
    form::Typed,
    id::{ActionId, AlertId},
    incidents::{Action, ActionFilter, FiguresAnswer, Impact, ReviewDetail, Times},
};
use utoipa::ToSchema;
use utoipa_axum::{router::OpenApiRouter, routes};

use super::find;
use crate::api::{
    ApiFault, Body, Caller, Created,
    alerts::{page, query},
};

/// The endpoints of this part.
pub fn routes() -> OpenApiRouter<Portal> {
    OpenApiRouter::new()
        .routes(routes!(impact))
        .routes(routes!(times, correct))
        .routes(routes!(review, write))
        .routes(routes!(document))
        .routes(routes!(finish))
        .routes(routes!(add_action))
        .routes(routes!(figures))
        .routes(routes!(useful))
        .routes(routes!(actions))
        .routes(routes!(end_action))
}

/// A moment, corrected.
#[derive(ToSchema)]
#[expect(dead_code, reason = "describes the body; the domain parses it field by field")]
struct CorrectionBody {
    /// `began`, `detected`, `acknowledged`, `mitigated` or `resolved`.
    what: String,
    /// RFC 3339, or wall time in `zone`; left out: the facts were right.
    at: Option<String>,
    /// IANA name of a zone; UTC where it is left out.
    zone: Option<String>,
    /// Why it is known better.
    reason: String,
}

/// What was learned.
#[derive(ToSchema)]
#[expect(dead_code, reason = "describes the body; the domain parses it field by field")]
struct ReviewBody {
    /// What happened, Markdown, as all of it.
    summary: Option<String>,
    /// What went well.
    went_well: Option<String>,
    /// What went badly.
    went_badly: Option<String>,
    /// What contributed to it.
    causes: Option<String>,
    /// Of a review that was begun from a template, instead of these four: one text for each of its sections.
    sections: Option<Vec<String>>,
    /// The version that was read; 409 where somebody has written since. Left out: whatever it is by now.
    version: Option<i64>,
}

/// What is to be done about it.
#[derive(ToSchema)]
#[expect(dead_code, reason = "describes the body; the domain parses it field by field")]
struct ActionBody {
    /// What, in a line.
    action: String,
    /// `me`, or the id of a user who may work incidents in its team.
    owner: String,
    /// By when: RFC 3339, or wall time in `zone`.
    due: String,
    /// IANA name of a zone; UTC where it is left out.
    zone: Option<String>,
}

/// How an action ends.
#[derive(ToSchema)]
#[expect(dead_code, reason = "describes the body; the domain parses it field by field")]
struct EndBody {
    /// Why it need not be done; left out: it is done.
    reason: Option<String>,
}

/// What it cost, as far as it was counted; `null` where it was not yet.
#[utoipa::path(get, path = "/api/v1/incidents/{id}/impact", tag = "incidents", security(("token" = ["read"])), params(("id" = String, Path, description = "id or number")),
    responses((status = 200, body = Option<Impact>)))]
async fn impact(Caller(actor): Caller, State(portal): State<Portal>, Path(id): Path<String>) -> Result<Json<Option<Impact>>, ApiFault> {
    let id = find(&portal, &actor, &id).await?;
    portal.incidents.times(&actor, &id).await?;
    let mut found = portal.incidents.impacts(&actor, std::slice::from_ref(&id)).await?;
    Ok(Json(found.pop().flatten()))
}

/// When things were: by the facts, and as they were corrected.
#[utoipa::path(get, path = "/api/v1/incidents/{id}/times", tag = "incidents", security(("token" = ["read"])), params(("id" = String, Path, description = "id or number")),
    responses((status = 200, body = Times)))]
async fn times(Caller(actor): Caller, State(portal): State<Portal>, Path(id): Path<String>) -> Result<Json<Times>, ApiFault> {
    let id = find(&portal, &actor, &id).await?;
    Ok(Json(portal.incidents.times(&actor, &id).await?))
}

/// Corrects a moment, or takes the correction back.
#[utoipa::path(put, path = "/api/v1/incidents/{id}/times", tag = "incidents", security(("token" = ["incidents.work"])), params(("id" = String, Path, description = "id or number")),
    request_body = CorrectionBody, responses((status = 204)))]
async fn correct(
    Caller(actor): Caller,
    State(portal): State<Portal>,
    Path(id): Path<String>,
    Body(typed): Body<Typed>,
) -> Result<StatusCode, ApiFault> {
    let id = find(&portal, &actor, &id).await?;
    portal.incidents.correct(&actor, &id, &typed).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// The review with the facts and the actions.
#[utoipa::path(get, path = "/api/v1/incidents/{id}/review", tag = "incidents", security(("token" = ["read"])), params(("id" = String, Path, description = "id or number")),
    responses((status = 200, body = ReviewDetail)))]
async fn review(Caller(actor): Caller, State(portal): State<Portal>, Path(id): Path<String>) -> Result<Json<ReviewDetail>, ApiFault> {
    let id = find(&portal, &actor, &id).await?;
    Ok(Json(portal.incidents.review(&actor, &id).await?))
}

/// The review with the facts and the actions as Markdown, in the language and the zone of the caller.
#[utoipa::path(get, path = "/api/v1/incidents/{id}/review.md", tag = "incidents", security(("token" = ["read"])), params(("id" = String, Path, description = "id or number")),
    responses((status = 200, body = String, content_type = "text/markdown")))]
async fn document(
    Caller(actor): Caller,
    State(portal): State<Portal>,
    Path(id): Path<String>,
    Guest(visit): Guest,
) -> Result<Response, ApiFault> {
    let id = find(&portal, &actor, &id).await?;
    let detail = portal.incidents.review(&actor, &id).await?;
    Ok(app::incidents::review_file(&visit, &detail))
}

/// Writes the review.
#[utoipa::path(put, path = "/api/v1/incidents/{id}/review", tag = "incidents", security(("token" = ["incidents.work"])), params(("id" = String, Path, description = "id or number")),
    request_body = ReviewBody, responses((status = 204), (status = 409, description = "it lasts, or somebody has written since")))]
async fn write(
    Caller(actor): Caller,
    State(portal): State<Portal>,
    Path(id): Path<String>,
    Body(typed): Body<Typed>,
) -> Result<StatusCode, ApiFault> {
    let id = find(&portal, &actor, &id).await?;
    portal.incidents.write_review(&actor, &id, &typed).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// The review is finished; the incident is reviewed.
#[utoipa::path(post, path = "/api/v1/incidents/{id}/review/finish", tag = "incidents", security(("token" = ["incidents.work"])), params(("id" = String, Path, description = "id or number")),
    responses((status = 204), (status = 409, description = "what happened or why is not written, or it is not resolved")))]
async fn finish(Caller(actor): Caller, State(portal): State<Portal>, Path(id): Path<String>) -> Result<StatusCode, ApiFault> {
    let id = find(&portal, &actor, &id).await?;
    portal.incidents.finish_review(&actor, &id).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Somebody shall do something about it.
#[utoipa::path(post, path = "/api/v1/incidents/{id}/review/actions", tag = "incidents", security(("token" = ["incidents.work"])), params(("id" = String, Path, description = "id or number")),
    request_body = ActionBody, responses((status = 201, body = Action)))]
async fn add_action(
    Caller(actor): Caller,
    State(portal): State<Portal>,
    Path(id): Path<String>,
    Body(typed): Body<Typed>,
) -> Result<Created<Action>, ApiFault> {
    let id = find(&portal, &actor, &id).await?;
    let action = portal.incidents.add_action(&actor, &id, &typed).await?;
    Ok(Created::new(format!("/api/v1/incident-actions/{}", action.id), action))
}

/// Whether an alert was worth it.
#[derive(ToSchema)]
#[expect(dead_code, reason = "describes the body; it is read as fields")]
struct UsefulBody {
    /// It was, or not.
    useful: bool,
}

/// Incidents that were opened in a span, in figures, and how many alerts were worth it.
#[utoipa::path(get, path = "/api/v1/incident-figures", tag = "incidents", security(("token" = ["read"])),
    params(
        ("from" = Option<String>, Query, description = "RFC 3339, or e.g. `now-30d`, which is what it is where it is left out"),
        ("to" = Option<String>, Query, description = "RFC 3339, or `now`, which is what it is where it is left out"),
    ),
    responses((status = 200, body = FiguresAnswer)))]
async fn figures(Caller(actor): Caller, State(portal): State<Portal>, uri: OriginalUri) -> Result<Json<FiguresAnswer>, ApiFault> {
    let query = query(&uri);
    let now = portal.clock.now();
    let moment = |field: &'static str, usual: &str| {
        let text = if query.get(field).is_empty() { usual } else { query.get(field) };
        app::components::parse_moment(text, now, &jiff::tz::TimeZone::UTC)
            .ok_or_else(|| Fault::invalid(field, text, Wording::new("expect-moment")))
    };
    let (from, to) = (moment("from", "now-30d")?, moment("to", "now")?);
    let span = Span::new(from, to)
        .ok_or_else(|| Fault::invalid("to", query.get("to"), Wording::new("expect-after").with("earlier", from.rfc3339())))?;
    Ok(Json(portal.incidents.figures(&actor, span).await?))
}

/// Says whether an alert was worth it; the last word of a person counts.
#[utoipa::path(put, path = "/api/v1/alerts/{id}/useful", tag = "alerts", security(("token" = ["alerts.acknowledge"])), params(("id" = String, Path, description = "id of the alert")),
    request_body = UsefulBody, responses((status = 204)))]
async fn useful(
    Caller(actor): Caller,
    State(portal): State<Portal>,
    Path(id): Path<String>,
    Body(typed): Body<Typed>,
) -> Result<StatusCode, ApiFault> {
    let alert = AlertId::parse(&id).ok_or(Fault::NotFound("alert"))?;
    portal.incidents.say_useful(&actor, &alert, typed.has("useful")).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// What is still to be done after incidents, the most urgent first.
#[utoipa::path(get, path = "/api/v1/incident-actions", tag = "incidents",
    params(
        ("mine" = Option<String>, Query, description = "any value: only those of the caller"),
        ("overdue" = Option<String>, Query, description = "any value: only those that are late"),
        ("all" = Option<String>, Query, description = "any value: those that ended as well"),
        ("after" = Option<String>, Query, description = "cursor: `next` of the page before"),
        ("limit" = Option<u32>, Query, description = "1 to 500, else 50"),
    ),
    responses((status = 200, body = Page<Action>)))]
async fn actions(Caller(actor): Caller, State(portal): State<Portal>, uri: OriginalUri) -> Result<Json<Page<Action>>, ApiFault> {
    let query = query(&uri);
    Ok(Json(portal.incidents.actions(&actor, &ActionFilter::parse(&query), &page(&query)?).await?))
}

/// It is done, or need not be. Its owner may say so, and whoever works the incident.
#[utoipa::path(put, path = "/api/v1/incident-actions/{action}", tag = "incidents", params(("action" = String, Path, description = "id of the action")),
    request_body = EndBody, responses((status = 204)))]
async fn end_action(
    Caller(actor): Caller,
    State(portal): State<Portal>,
    Path(action): Path<String>,
    Body(typed): Body<Typed>,
) -> Result<StatusCode, ApiFault> {
    let action = ActionId::parse(&action).ok_or(Fault::NotFound("action"))?;
    portal.incidents.end_action(&actor, &action, &typed).await?;
    Ok(StatusCode::NO_CONTENT)
}
