//! `/api/docs`: the OpenAPI document as a page that needs no script and breaks no content security policy.

use app::render::asset;
use axum::{
    http::{HeaderMap, header},
    response::{Html, IntoResponse, Redirect, Response},
};
use utoipa::openapi::{Deprecated, OpenApi as Document};

use super::{ApiFault, Caller, openapi};

/// The body of the page; made once.
pub(super) fn render(document: &Document) -> String {
    let mut page = String::from("<p><a href=\"/\">← Evenkeel</a></p><h1>Evenkeel API</h1>");
    page += &format!("<p>{}</p>", prose(document.info.description.as_deref().unwrap_or_default()));
    page += "<p><a href=\"/api/v1/openapi.json\">openapi.json</a> (OpenAPI 3.1)</p>";
    let value = serde_json::to_value(document).unwrap_or_default();
    for (method, path, operation) in openapi::operations(document) {
        let summary = operation.summary.as_deref().or(operation.description.as_deref()).unwrap_or_default();
        let old = if matches!(operation.deprecated, Some(Deprecated::True)) { " <em>deprecated</em>" } else { "" };
        page += &format!(
            "<details class=\"api-operation\"><summary><code class=\"api-method\">{method}</code> <code>{}</code> {}{old}</summary>",
            escape(path),
            prose(summary)
        );
        page += &format!("<p>needs: <code>{}</code></p>", openapi::need(operation).name());
        if let Some(text) = operation.description.as_deref().filter(|text| *text != summary) {
            page += &format!("<p>{}</p>", prose(text));
        }
        let here = &value["paths"][path][method.to_ascii_lowercase()];
        page += &parameters(here);
        for (title, part) in [("request body", &here["requestBody"]["content"]), ("answers", &here["responses"])] {
            if part.as_object().is_some_and(|o| !o.is_empty()) {
                let json = serde_json::to_string_pretty(part).unwrap_or_default();
                page += &format!("<h3>{title}</h3><pre tabindex=\"0\">{}</pre>", escape(&json));
            }
        }
        page += "</details>";
    }
    page += "<h2>Schemas</h2>";
    for (name, schema) in value["components"]["schemas"].as_object().into_iter().flatten() {
        let json = serde_json::to_string_pretty(schema).unwrap_or_default();
        page += &format!(
            "<details id=\"{0}\"><summary><code>{0}</code></summary><pre tabindex=\"0\">{1}</pre></details>",
            escape(name),
            escape(&json)
        );
    }
    page
}

fn parameters(operation: &serde_json::Value) -> String {
    let Some(list) = operation["parameters"].as_array().filter(|list| !list.is_empty()) else { return String::new() };
    let mut table = String::from("<table><thead><tr><th>parameter<th>in<th>what</thead><tbody>");
    for one in list {
        let text = |key: &str| escape(one[key].as_str().unwrap_or_default());
        let must = if one["required"].as_bool() == Some(true) { " (required)" } else { "" };
        table += &format!(
            "<tr><td><code>{}</code>{must}<td>{}<td>{}",
            text("name"),
            text("in"),
            prose(one["description"].as_str().unwrap_or_default())
        );
    }
    table + "</tbody></table>"
}

fn escape(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}

/// A text with its code set as such: descriptions are comments of the source, where code stands in backticks.
fn prose(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let parts: Vec<&str> = text.split('`').collect();
    for (place, part) in parts.iter().enumerate() {
        let code = place % 2 == 1 && place + 1 < parts.len();
        match (code, place % 2) {
            (true, _) => out += &format!("<code>{}</code>", escape(part)),
            // One that opens and does not close is a backtick.
            (false, 1) => out += &format!("`{}", escape(part)),
            (false, _) => out += &escape(part),
        }
    }
    out
}

/// The page. A browser that has not logged in is led to where one does.
pub(super) async fn serve(caller: Result<Caller, ApiFault>, headers: &HeaderMap, body: String) -> Response {
    if let Err(fault) = caller {
        let browser =
            headers.get(header::ACCEPT).and_then(|accept| accept.to_str().ok()).is_some_and(|accept| accept.contains("text/html"));
        return if browser { Redirect::to("/login?next=%2Fapi%2Fdocs").into_response() } else { fault.into_response() };
    }
    Html(format!(
        "<!doctype html><html lang=\"en\"><head><meta charset=\"utf-8\"><meta name=\"viewport\" content=\"width=device-width\">\
         <title>API · Evenkeel</title><link rel=\"icon\" type=\"image/svg+xml\" href=\"{icon}\"><link rel=\"stylesheet\" href=\"{css}\"></head>\
         <body class=\"api-docs\"><main>{body}</main></body></html>",
        css = asset("main.css"),
        icon = asset("favicon.svg")
    ))
    .into_response()
}
