//! What a browser needs to be reached while no page is open: a service worker at the root, and the manifest with which a
//! phone takes the portal as an app (iOS demands that before it shows pushed messages).

use axum::response::{IntoResponse, Response};
use http::header;

use crate::render::asset;

/// The service worker. It keeps nothing: pages always come from the server.
const SCRIPT: &str = include_str!("../../js/worker.js");

/// `GET /sw.js`
pub(super) async fn serve() -> Response {
    ([(header::CONTENT_TYPE, "text/javascript; charset=utf-8"), (header::CACHE_CONTROL, "no-cache")], SCRIPT).into_response()
}

/// `GET /manifest.webmanifest`
pub(super) async fn manifest() -> Response {
    let icon = serde_json::json!({ "src": asset("favicon.svg"), "sizes": "any", "type": "image/svg+xml", "purpose": "any" });
    let manifest = serde_json::json!({
        "name": "Evenkeel 稳舵", "short_name": "Evenkeel", "start_url": "/", "scope": "/", "display": "standalone", "icons": [icon],
    });
    let headers = [(header::CONTENT_TYPE, "application/manifest+json"), (header::CACHE_CONTROL, "no-cache")];
    (headers, manifest.to_string()).into_response()
}
