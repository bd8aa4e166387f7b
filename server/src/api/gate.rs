//! `/api/v1/changes/{id}/gate`: go or no go, for a pipeline.

use app::i18n::say_wording;
use axum::{
    Json,
    body::Bytes,
    extract::{Path, State},
};
use domain::{
    Portal, Wording,
    changes::{State as ChangeState, number_text},
    deployments::Deployment,
    form::Typed,
    id::ChangeId,
    people::Locale,
};
use serde::Serialize;
use utoipa::ToSchema;
use utoipa_axum::{router::OpenApiRouter, routes};

use super::{ApiFault, Caller, extract::read_body};

/// The endpoint.
pub fn routes() -> OpenApiRouter<Portal> {
    OpenApiRouter::new().routes(routes!(gate))
}

/// What is about to be brought.
#[derive(ToSchema)]
#[expect(dead_code, reason = "describes the body; the domain parses it field by field")]
struct GateBody {
    /// SHA-256 or commit. Where the change names one it is needed, and must be that: the same, or one the beginning of the other and of
    /// 12 digits at least; all 64 where the change names 64.
    artifact_sha: Option<String>,
}

/// One thing against it.
#[derive(Serialize, ToSchema)]
struct GateReason {
    /// Stable name.
    key: &'static str,
    /// In words.
    text: String,
}

/// Go or no go.
#[derive(Serialize, ToSchema)]
struct GateTold {
    /// The change.
    id: ChangeId,
    /// `CHG-12`.
    number: String,
    /// Where it stands.
    state: ChangeState,
    /// Whether work may begin, or go on.
    go: bool,
    /// Everything against it.
    reasons: Vec<GateReason>,
    /// What was brought for it so far, oldest first.
    deployments: Vec<Deployment>,
}

/// Whether work on a change, by id or number, may begin or go on: what a pipeline asks. Answers 200 either way.
#[utoipa::path(post, path = "/api/v1/changes/{id}/gate", tag = "changes", params(("id" = String, Path)), security(("token" = ["deployments.post"])),
    request_body = GateBody, responses((status = 200, body = GateTold)))]
async fn gate(
    Caller(actor): Caller,
    State(portal): State<Portal>,
    Path(id): Path<String>,
    body: Bytes,
) -> Result<Json<GateTold>, ApiFault> {
    let typed: Typed = if body.is_empty() { Typed::default() } else { read_body(&body)? };
    let answer = portal.carrying.gate(&actor, &id, &typed).await?;
    let told = |wording: &Wording| GateReason { key: wording.key, text: say_wording(Locale::En, wording) };
    let reasons = answer.reasons.iter().map(told).collect();
    Ok(Json(GateTold {
        id: answer.id,
        number: number_text(answer.number),
        state: answer.state,
        go: answer.go,
        reasons,
        deployments: answer.deployments,
    }))
}
