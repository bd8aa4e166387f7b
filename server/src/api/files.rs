//! What attaching files is asked with and answers, whatever they are attached to.

use axum::{
    http::header,
    response::{IntoResponse, Response},
};
use domain::files::File;
use serde::Deserialize;
use utoipa::{IntoParams, ToSchema};

/// Why a file is removed.
#[derive(ToSchema)]
#[expect(dead_code, reason = "describes the body; the domain parses it field by field")]
pub(super) struct RemovalBody {
    /// In a line.
    reason: String,
}

/// How a file is called.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(super) struct Named {
    /// Its name.
    #[param(value_type = String)]
    pub name: Option<String>,
}

/// The answer that is the content of a file: saved, never shown in place.
pub(super) fn content((file, body): (File, Vec<u8>)) -> Response {
    let head = [
        (header::CONTENT_TYPE, file.kind.media().to_owned()),
        (header::CONTENT_DISPOSITION, file.disposition().replacen("inline", "attachment", 1)),
        (header::CONTENT_SECURITY_POLICY, "default-src 'none'; sandbox".to_owned()),
    ];
    (head, body).into_response()
}
