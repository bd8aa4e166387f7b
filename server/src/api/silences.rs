//! `/api/v1/silences` and `/api/v1/alerts/routing`: what is quiet, and who is told.

use axum::{
    Json,
    extract::{OriginalUri, Path, State},
    http::StatusCode,
};
use domain::{
    Fault, Page, Portal, Timestamp,
    alerts::{Group, RoutingVersion, Silence, SilenceContent, SilenceState, WhatIf, Why},
    form::Typed,
    id::{AlertId, SilenceId},
};
use serde::Deserialize;
use utoipa::ToSchema;
use utoipa_axum::{router::OpenApiRouter, routes};

use super::{
    ApiFault, Body, Caller, Created,
    alerts::{page, query},
    extract::Language,
    imported::RoutingReport,
};

/// The endpoints.
pub fn routes() -> OpenApiRouter<Portal> {
    OpenApiRouter::new()
        .routes(routes!(list, create))
        .routes(routes!(one, edit))
        .routes(routes!(expire))
        .routes(routes!(preview))
        .routes(routes!(routing, put))
        .routes(routes!(import))
        .routes(routes!(groups))
        .routes(routes!(what_if))
        .routes(routes!(why))
}

fn read(id: &str) -> Result<SilenceId, Fault> {
    SilenceId::parse(id).ok_or(Fault::NotFound("silence"))
}

/// A silence as it is written.
#[derive(ToSchema)]
#[expect(dead_code, reason = "describes the body; it is read as fields")]
struct SilenceBody {
    /// Matchers in Alertmanager's syntax, one a line or as a list.
    matchers: Vec<String>,
    /// Id of the team whose alerts it silences; `*` for every team.
    team: String,
    /// Wall time in `zone`, or RFC 3339; now where it is absent.
    start: Option<String>,
    /// The same; or `duration`.
    end: Option<String>,
    /// Such as `2h`, `90m`, `3d`.
    duration: Option<String>,
    /// IANA zone of wall times; UTC where it is absent.
    zone: Option<String>,
    /// An RRULE, where it comes again.
    rrule: Option<String>,
    /// Minutes each time.
    minutes: Option<i64>,
    /// Why.
    comment: String,
    /// On an edit: the version that it is based on.
    version: Option<i64>,
}

/// Silences, the newest first.
#[utoipa::path(get, path = "/api/v1/silences", tag = "alerts", security(("token" = ["read"])),
    params(("state" = Option<String>, Query, description = "`active`, `pending`, `expired`"), ("after" = Option<String>, Query, description = "cursor"), ("limit" = Option<u32>, Query, description = "1 to 500, else 50")),
    responses((status = 200, body = Page<Silence>)))]
async fn list(Caller(actor): Caller, State(portal): State<Portal>, uri: OriginalUri) -> Result<Json<Page<Silence>>, ApiFault> {
    let query = query(&uri);
    let state = match query.get("state") {
        "" => None,
        text => Some(SilenceState::parse(text).ok_or_else(|| {
            Fault::invalid("state", text, domain::Wording::new("expect-one-of").with("choices", "active, pending, expired"))
        })?),
    };
    Ok(Json(portal.silences.list(&actor, state, &page(&query)?).await?))
}

/// Silences alerts.
#[utoipa::path(post, path = "/api/v1/silences", tag = "alerts", security(("token" = ["alerts.silence"])), request_body = SilenceBody,
    responses((status = 201, body = Silence)))]
async fn create(Caller(actor): Caller, State(portal): State<Portal>, Body(typed): Body<Typed>) -> Result<Created<Silence>, ApiFault> {
    let silence = portal.silences.create(&actor, &typed).await?;
    Ok(Created::new(format!("/api/v1/silences/{}", silence.id), silence))
}

/// Alerts that such a silence would match, at most 100; nothing is changed.
#[utoipa::path(post, path = "/api/v1/silences/preview", tag = "alerts", security(("token" = ["alerts.silence"])), request_body = SilenceBody,
    responses((status = 200, body = Vec<domain::alerts::Alert>)))]
async fn preview(
    Caller(actor): Caller,
    State(portal): State<Portal>,
    Body(typed): Body<Typed>,
) -> Result<Json<Vec<domain::alerts::Alert>>, ApiFault> {
    actor.require_somewhere(domain::Permission::SilenceAlerts)?;
    let content = SilenceContent::parse(&typed, portal.clock.now())?;
    Ok(Json(portal.silences.matching(&actor, &content).await?))
}

/// One silence.
#[utoipa::path(get, path = "/api/v1/silences/{id}", tag = "alerts", security(("token" = ["read"])), params(("id" = String, Path)),
    responses((status = 200, body = Silence)))]
async fn one(Caller(actor): Caller, State(portal): State<Portal>, Path(id): Path<String>) -> Result<Json<Silence>, ApiFault> {
    Ok(Json(portal.silences.get(&actor, &read(&id)?).await?))
}

/// Changes a silence that is not over; all fields anew.
#[utoipa::path(put, path = "/api/v1/silences/{id}", tag = "alerts", security(("token" = ["alerts.silence"])), params(("id" = String, Path)), request_body = SilenceBody,
    responses((status = 200, body = Silence)))]
async fn edit(
    Caller(actor): Caller,
    State(portal): State<Portal>,
    Path(id): Path<String>,
    Body(typed): Body<Typed>,
) -> Result<Json<Silence>, ApiFault> {
    Ok(Json(portal.silences.edit(&actor, &read(&id)?, &typed).await?))
}

/// Ends a silence now.
#[utoipa::path(post, path = "/api/v1/silences/{id}/expire", tag = "alerts", security(("token" = ["alerts.silence"])), params(("id" = String, Path)),
    responses((status = 204)))]
async fn expire(Caller(actor): Caller, State(portal): State<Portal>, Path(id): Path<String>) -> Result<StatusCode, ApiFault> {
    portal.silences.expire(&actor, &read(&id)?).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// The routing file in force; `version` 0 and an empty file where there is none.
#[utoipa::path(get, path = "/api/v1/alerts/routing", tag = "alerts", security(("token" = ["read"])),
    responses((status = 200, body = RoutingVersion)))]
async fn routing(Caller(actor): Caller, State(portal): State<Portal>) -> Result<Json<RoutingVersion>, ApiFault> {
    Ok(Json(portal.routes.current(&actor).await?))
}

/// A routing file.
#[derive(Deserialize, ToSchema)]
struct RoutingBody {
    /// The file, as `alertmanager.yml` is written; receivers name channels.
    #[serde(default)]
    yaml: String,
    /// The version that it takes the place of.
    #[serde(default)]
    version: i64,
}

/// Puts a routing file into force, at once.
#[utoipa::path(put, path = "/api/v1/alerts/routing", tag = "alerts", security(("token" = ["alerts.route"])), request_body = RoutingBody,
    responses((status = 200, body = RoutingVersion)))]
async fn put(Caller(actor): Caller, State(portal): State<Portal>, Body(body): Body<RoutingBody>) -> Result<Json<RoutingVersion>, ApiFault> {
    Ok(Json(portal.routes.put(&actor, &body.yaml, body.version).await?))
}

/// A file of Alertmanager's.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct RoutingImport {
    /// `alertmanager.yml` as a whole.
    #[serde(default)]
    yaml: String,
    /// Only say what would be done.
    #[serde(default)]
    plan: bool,
}

/// Carries an `alertmanager.yml` over: makes the channels that its receivers need, puts its routes into force, and says what could not
/// be carried over. Needs `channels.manage`, too, and both for all teams.
#[utoipa::path(post, path = "/api/v1/alerts/routing/import", tag = "alerts", security(("token" = ["alerts.route"])), request_body = RoutingImport,
    responses((status = 200, body = RoutingReport), (status = 422)))]
async fn import(
    Caller(actor): Caller,
    Language(locale): Language,
    State(portal): State<Portal>,
    Body(body): Body<RoutingImport>,
) -> Result<Json<RoutingReport>, ApiFault> {
    let report = portal.routes.import(&actor, &body.yaml, body.plan).await?.told(!body.plan);
    Ok(Json(RoutingReport::said(report, locale)))
}

/// Groups of alerts as they stand.
#[utoipa::path(get, path = "/api/v1/alerts/groups", tag = "alerts", security(("token" = ["read"])),
    responses((status = 200, body = Vec<Group>)))]
async fn groups(Caller(actor): Caller, State(portal): State<Portal>) -> Result<Json<Vec<Group>>, ApiFault> {
    Ok(Json(portal.routes.groups(&actor).await?))
}

/// What would happen to an alert with these labels.
#[utoipa::path(get, path = "/api/v1/alerts/what-if", tag = "alerts", security(("token" = ["read"])),
    params(("labels" = String, Query, description = "`{a=\"b\"}` or a JSON object"), ("at" = Option<String>, Query, description = "RFC 3339; now where it is absent")),
    responses((status = 200, body = WhatIf)))]
async fn what_if(Caller(actor): Caller, State(portal): State<Portal>, uri: OriginalUri) -> Result<Json<WhatIf>, ApiFault> {
    let query = query(&uri);
    let at = match query.get("at") {
        "" => None,
        text => Some(Timestamp::parse_rfc3339(text).ok_or_else(|| Fault::invalid("at", text, domain::Wording::new("expect-moment")))?),
    };
    Ok(Json(portal.routes.what_if(&actor, query.get("labels"), at).await?))
}

/// Everything that was decided about an alert: routes, silences, notifications, receipts.
#[utoipa::path(get, path = "/api/v1/alerts/{id}/why", tag = "alerts", security(("token" = ["read"])), params(("id" = String, Path)),
    responses((status = 200, body = Why)))]
async fn why(Caller(actor): Caller, State(portal): State<Portal>, Path(id): Path<String>) -> Result<Json<Why>, ApiFault> {
    let id = AlertId::parse(&id).ok_or(Fault::NotFound("alert"))?;
    Ok(Json(portal.routes.why(&actor, &id).await?))
}
