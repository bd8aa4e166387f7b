//! `/api/v1/changes/{id}/steps/{place}`, `…/pause`, `…/rollback`, `…/break-glass`, `…/verification`, `…/judge`,
//! `/api/v1/changes/figures`.

use app::i18n::say_wording;
use axum::{
    Json,
    extract::{Path, State},
    http::StatusCode,
};
use domain::{
    Fault, Portal, Span, Timestamp, Wording,
    changes::{ChangeFigures, Detail, Look, LookFigure, LookMeasure, QuietAnswer, Verification},
    form::Typed,
    people::Locale,
};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use utoipa_axum::{router::OpenApiRouter, routes};

use super::{ApiFault, Body, Caller, Query, changes::change_id};

/// The endpoints of the area.
pub fn routes() -> OpenApiRouter<Portal> {
    OpenApiRouter::new()
        .routes(routes!(tick))
        .routes(routes!(run_step))
        .routes(routes!(pause))
        .routes(routes!(resume))
        .routes(routes!(break_glass))
        .routes(routes!(agree))
        .routes(routes!(quiet))
        .routes(routes!(waive))
        .routes(routes!(agree_to_waive))
        .routes(routes!(verification))
        .routes(routes!(judge))
        .routes(routes!(figures))
}

/// What became of a step.
#[derive(ToSchema)]
#[expect(dead_code, reason = "describes the body; the domain parses it field by field")]
struct TickBody {
    /// `done`, `failed` or `skipped`.
    result: String,
    /// A remark.
    note: Option<String>,
}

/// What the plan does not say: secrets, as `p.KEY`.
#[derive(ToSchema)]
#[expect(dead_code, reason = "describes the body; the domain parses it field by field")]
struct SecretsBody {
    /// For example `p.token`.
    #[schema(rename = "p.KEY")]
    secret: Option<String>,
}

/// A reason.
#[derive(ToSchema)]
#[expect(dead_code, reason = "describes the body; the domain parses it field by field")]
struct ReasonBody {
    /// In words.
    reason: String,
}

/// A freeze that shall not hold the change back.
#[derive(ToSchema)]
#[expect(dead_code, reason = "describes the body; the domain parses it field by field")]
struct BreakBody {
    /// Id of the freeze.
    freeze: String,
    /// Why.
    reason: String,
}

/// What the second person agrees to.
#[derive(ToSchema)]
#[expect(dead_code, reason = "describes the body; the domain parses it field by field")]
struct AgreeBody {
    /// Id of what was asked, one of `breaks`.
    r#break: String,
}

/// What a window is looked for.
#[derive(ToSchema)]
#[expect(dead_code, reason = "describes the body; the domain parses it field by field")]
struct QuietBody {
    /// Keys or ids of the systems that are touched.
    systems: Vec<String>,
    /// IANA zone.
    zone: String,
    /// Local wall time; with `end` it says how long the work takes, two hours where neither is given.
    start: Option<String>,
    /// Local wall time.
    end: Option<String>,
    /// Minutes that the work takes, where `start` and `end` do not say it.
    length: Option<u32>,
    /// Percentage points that verification is to see.
    verify_margin: Option<String>,
    /// Id of the team that does the work; that of the first system where it is not given.
    team: Option<String>,
    /// Minutes that rolling back takes, 0 to 1,440: what is expected and hurt counts them after the work.
    rollback_minutes: Option<u32>,
    /// `low`, `medium` or `high`; medium where it is not given. With `kind` it says who must be there to approve.
    risk: Option<String>,
    /// `normal`, `emergency` or `standard`; normal where it is not given.
    kind: Option<String>,
    /// The plan step by step: who does a step does not do another at the same time.
    steps: Option<Vec<domain::changes::Step>>,
}

/// Evidence that shall be done without.
#[derive(ToSchema)]
#[expect(dead_code, reason = "describes the body; the domain parses it field by field")]
struct WaiveBody {
    /// Its kind.
    kind: String,
    /// Of `custom` evidence, the name under which it is asked for.
    custom: Option<String>,
    /// Why.
    reason: String,
    /// For how many days, 1 to 30; 1 where it is not given.
    days: Option<u32>,
}

/// What the second person agrees to do without.
#[derive(ToSchema)]
#[expect(dead_code, reason = "describes the body; the domain parses it field by field")]
struct WaiverBody {
    /// Id of what was asked, in `evidence`.
    waiver: String,
}

/// How a change ended, in somebody's eyes.
#[derive(ToSchema)]
#[expect(dead_code, reason = "describes the body; the domain parses it field by field")]
struct JudgeBody {
    /// `success`, `degraded`, `rolled-back` or `inconclusive`.
    outcome: String,
    /// Why.
    remark: String,
}

/// The verification of a change with every look.
#[derive(Serialize, ToSchema)]
struct VerificationTold {
    /// What the last look says, in English; empty before the first.
    sentence: String,
    /// What else is to be known of the last look; none of it changes the verdict by itself.
    warnings: Vec<WarningTold>,
    /// All of it.
    #[serde(flatten)]
    verification: Verification,
}

/// Something to be known beside a verdict.
#[derive(Serialize, ToSchema)]
struct WarningTold {
    /// What is compared; absent where it is of all comparisons.
    measure: Option<LookMeasure>,
    /// Name of the system; empty where it is of all.
    system: String,
    /// As a sentence in English.
    en: String,
    /// The same in Chinese.
    zh: String,
}

impl WarningTold {
    fn all(look: &Look) -> Vec<Self> {
        let told = |(figure, wording): (Option<&LookFigure>, Wording)| Self {
            measure: figure.map(|figure| figure.measure),
            system: figure.map_or_else(String::new, |figure| figure.system.clone()),
            en: say_wording(Locale::En, &wording),
            zh: say_wording(Locale::Zh, &wording),
        };
        look.warnings().into_iter().map(told).collect()
    }
}

/// Ticks a step off; the first is 0.
#[utoipa::path(post, path = "/api/v1/changes/{id}/steps/{place}", tag = "changes", params(("id" = String, Path), ("place" = u32, Path)),
    security(("token" = ["changes.execute"])), request_body = TickBody, responses((status = 200, body = Detail)))]
async fn tick(
    Caller(actor): Caller,
    State(portal): State<Portal>,
    Path((id, place)): Path<(String, String)>,
    Body(typed): Body<Typed>,
) -> Result<Json<Detail>, ApiFault> {
    let place = place.parse().map_err(|_| Fault::NotFound("step"))?;
    portal.carrying.tick(&actor, &change_id(&id)?, place, &typed).await?;
    Ok(Json(portal.changes.detail(&actor, &id).await?))
}

/// Runs the tool of a step with exactly what the plan gives it.
#[utoipa::path(post, path = "/api/v1/changes/{id}/steps/{place}/run", tag = "changes", params(("id" = String, Path), ("place" = u32, Path)),
    security(("token" = ["tools.run-safe"])), request_body = SecretsBody, responses((status = 201, body = Detail)))]
async fn run_step(
    Caller(actor): Caller,
    State(portal): State<Portal>,
    Path((id, place)): Path<(String, String)>,
    Body(typed): Body<Typed>,
) -> Result<(StatusCode, Json<Detail>), ApiFault> {
    let place = place.parse().map_err(|_| Fault::NotFound("step"))?;
    portal.carrying.run_step(&actor, &change_id(&id)?, place, &typed).await?;
    Ok((StatusCode::CREATED, Json(portal.changes.detail(&actor, &id).await?)))
}

/// Pauses the work.
#[utoipa::path(post, path = "/api/v1/changes/{id}/pause", tag = "changes", params(("id" = String, Path)), security(("token" = ["changes.execute"])),
    request_body = ReasonBody, responses((status = 200, body = Detail)))]
async fn pause(
    Caller(actor): Caller,
    State(portal): State<Portal>,
    Path(id): Path<String>,
    Body(typed): Body<Typed>,
) -> Result<Json<Detail>, ApiFault> {
    portal.carrying.pause(&actor, &change_id(&id)?, &typed).await?;
    Ok(Json(portal.changes.detail(&actor, &id).await?))
}

/// Goes on with the work.
#[utoipa::path(post, path = "/api/v1/changes/{id}/resume", tag = "changes", params(("id" = String, Path)), security(("token" = ["changes.execute"])),
    responses((status = 200, body = Detail)))]
async fn resume(Caller(actor): Caller, State(portal): State<Portal>, Path(id): Path<String>) -> Result<Json<Detail>, ApiFault> {
    portal.carrying.resume(&actor, &change_id(&id)?).await?;
    Ok(Json(portal.changes.detail(&actor, &id).await?))
}

/// Asks that a freeze does not hold this change back; a second person must agree.
#[utoipa::path(post, path = "/api/v1/changes/{id}/break-glass", tag = "changes", params(("id" = String, Path)), security(("token" = ["changes.execute"])),
    request_body = BreakBody, responses((status = 200, body = Detail)))]
async fn break_glass(
    Caller(actor): Caller,
    State(portal): State<Portal>,
    Path(id): Path<String>,
    Body(typed): Body<Typed>,
) -> Result<Json<Detail>, ApiFault> {
    portal.carrying.break_glass(&actor, &change_id(&id)?, &typed).await?;
    Ok(Json(portal.changes.detail(&actor, &id).await?))
}

/// Agrees, as the second person, that a freeze does not hold this change back.
#[utoipa::path(post, path = "/api/v1/changes/{id}/break-glass/agree", tag = "changes", params(("id" = String, Path)),
    request_body = AgreeBody, responses((status = 200, body = Detail)))]
async fn agree(
    Caller(actor): Caller,
    State(portal): State<Portal>,
    Path(id): Path<String>,
    Body(typed): Body<Typed>,
) -> Result<Json<Detail>, ApiFault> {
    portal.carrying.agree_to_break(&actor, &change_id(&id)?, &typed).await?;
    Ok(Json(portal.changes.detail(&actor, &id).await?))
}

/// The three cheapest windows of the next two weeks by the volume of the systems and of all that depend on them, with cost and time
/// until verification can tell; freezes, conflicts and open incidents are left out.
#[utoipa::path(post, path = "/api/v1/changes/quiet", tag = "changes", security(("token" = ["changes.request"])),
    request_body = QuietBody, responses((status = 200, body = QuietAnswer)))]
async fn quiet(Caller(actor): Caller, State(portal): State<Portal>, Body(typed): Body<Typed>) -> Result<Json<QuietAnswer>, ApiFault> {
    Ok(Json(portal.carrying.quiet(&actor, &typed).await?))
}

/// Asks to do without evidence; a second person must agree.
#[utoipa::path(post, path = "/api/v1/changes/{id}/waive", tag = "changes", params(("id" = String, Path)), security(("token" = ["changes.execute"])),
    request_body = WaiveBody, responses((status = 200, body = Detail)))]
async fn waive(
    Caller(actor): Caller,
    State(portal): State<Portal>,
    Path(id): Path<String>,
    Body(typed): Body<Typed>,
) -> Result<Json<Detail>, ApiFault> {
    portal.carrying.waive(&actor, &change_id(&id)?, &typed).await?;
    Ok(Json(portal.changes.detail(&actor, &id).await?))
}

/// Agrees, as the second person, to do without evidence.
#[utoipa::path(post, path = "/api/v1/changes/{id}/waive/agree", tag = "changes", params(("id" = String, Path)),
    request_body = WaiverBody, responses((status = 200, body = Detail)))]
async fn agree_to_waive(
    Caller(actor): Caller,
    State(portal): State<Portal>,
    Path(id): Path<String>,
    Body(typed): Body<Typed>,
) -> Result<Json<Detail>, ApiFault> {
    portal.carrying.agree_to_waive(&actor, &change_id(&id)?, &typed).await?;
    Ok(Json(portal.changes.detail(&actor, &id).await?))
}

/// How a change went since its work, by figures: every look with n, estimate, interval, margin and verdict of each comparison.
#[utoipa::path(get, path = "/api/v1/changes/{id}/verification", tag = "changes", params(("id" = String, Path)), security(("token" = ["read"])),
    responses((status = 200, body = VerificationTold)))]
async fn verification(
    Caller(actor): Caller,
    State(portal): State<Portal>,
    Path(id): Path<String>,
) -> Result<Json<VerificationTold>, ApiFault> {
    let verification = portal.verifying.verification(&actor, &id).await?;
    let said = verification.looks.last().and_then(|look| look.sentence().1).map(|wording| say_wording(Locale::En, &wording));
    let warnings = verification.looks.last().map(WarningTold::all).unwrap_or_default();
    Ok(Json(VerificationTold { sentence: said.unwrap_or_default(), warnings, verification }))
}

/// Says how a change ended, in place of the figures; nothing more is looked at then.
#[utoipa::path(post, path = "/api/v1/changes/{id}/judge", tag = "changes", params(("id" = String, Path)), security(("token" = ["changes.execute"])),
    request_body = JudgeBody, responses((status = 200, body = Detail)))]
async fn judge(
    Caller(actor): Caller,
    State(portal): State<Portal>,
    Path(id): Path<String>,
    Body(typed): Body<Typed>,
) -> Result<Json<Detail>, ApiFault> {
    portal.verifying.judge(&actor, &change_id(&id)?, &typed).await?;
    Ok(Json(portal.changes.detail(&actor, &id).await?))
}

/// The span of the figures.
#[derive(Deserialize)]
struct SpanQuery {
    from: Option<String>,
    to: Option<String>,
}

/// How changes went: deployment frequency, lead time, failure rate, time to restore, by team and system.
#[utoipa::path(get, path = "/api/v1/changes/figures", tag = "changes", security(("token" = ["read"])), params(
    ("from" = String, Query, description = "RFC 3339"), ("to" = String, Query, description = "RFC 3339"),
), responses((status = 200, body = ChangeFigures)))]
async fn figures(
    Caller(actor): Caller,
    State(portal): State<Portal>,
    Query(query): Query<SpanQuery>,
) -> Result<Json<ChangeFigures>, ApiFault> {
    let moment = |field: &'static str, text: Option<String>| {
        let text = text.unwrap_or_default();
        Timestamp::parse_rfc3339(&text).ok_or_else(|| Fault::invalid(field, text, Wording::new("changes-expect-rfc3339")))
    };
    let (from, to) = (moment("from", query.from)?, moment("to", query.to)?);
    let after = || Fault::invalid("to", to.rfc3339(), Wording::new("changes-expect-after-start").with("start", from.rfc3339()));
    let span = Span::new(from, to).ok_or_else(after)?;
    Ok(Json(portal.carrying.figures(&actor, span).await?))
}
