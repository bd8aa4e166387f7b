//! Scripts, styles and icons, embedded in the binary (read from the folder in debug builds), under `/a/<hash>/…`.
//!
//! The hash covers every file, so the answers are immutable; `xtask` has compressed them beforehand.

use std::sync::LazyLock;

use axum::{
    extract::Path,
    http::{HeaderMap, HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
};
use rust_embed::RustEmbed;
use sha2::{Digest, Sha256};

#[derive(RustEmbed)]
#[folder = "$EVENKEEL_SITE"]
#[allow_missing = true]
struct Site;

static ROOT: LazyLock<String> = LazyLock::new(|| {
    let mut sha = Sha256::new();
    let mut names: Vec<_> = Site::iter().collect();
    names.sort();
    for name in names {
        if let Some(file) = Site::get(&name) {
            sha.update(name.as_bytes());
            sha.update(file.metadata.sha256_hash());
        }
    }
    let hash: String = sha.finalize().iter().take(8).map(|byte| format!("{byte:02x}")).collect();
    format!("/a/{hash}")
});

/// Where the assets are: `/a/<hash>`.
pub fn root() -> &'static str {
    &ROOT
}

/// Answers `/a/{hash}/{*path}`. A hash of another build is answered too, but not kept: a page that was open during
/// an upgrade still gets its files, the new ones.
pub async fn serve(Path((hash, path)): Path<(String, String)>, headers: HeaderMap) -> Response {
    let current = ROOT.strip_prefix("/a/") == Some(hash.as_str());
    let accepts = headers.get(header::ACCEPT_ENCODING).and_then(|v| v.to_str().ok()).unwrap_or_default();
    for (encoding, ending) in [("br", ".br"), ("gzip", ".gz"), ("", "")] {
        if !encoding.is_empty() && !accepts_encoding(accepts, encoding) {
            continue;
        }
        let Some(file) = Site::get(&format!("{path}{ending}")) else { continue };
        let kind = mime_guess::from_path(&path).first_or_octet_stream();
        let kind = if kind.type_() == "text" { format!("{kind}; charset=utf-8") } else { kind.to_string() };
        let mut answer = file.data.into_response();
        let headers = answer.headers_mut();
        if let Ok(kind) = HeaderValue::from_str(&kind) {
            headers.insert(header::CONTENT_TYPE, kind);
        }
        if !encoding.is_empty() {
            headers.insert(header::CONTENT_ENCODING, HeaderValue::from_static(encoding));
        }
        headers.insert(header::VARY, HeaderValue::from_static("accept-encoding"));
        let keep = if current { "public, max-age=31536000, immutable" } else { "no-cache" };
        headers.insert(header::CACHE_CONTROL, HeaderValue::from_static(keep));
        return answer;
    }
    StatusCode::NOT_FOUND.into_response()
}

fn accepts_encoding(header: &str, encoding: &str) -> bool {
    header.split(',').any(|part| {
        let (name, params) = part.split_once(';').unwrap_or((part, ""));
        name.trim().eq_ignore_ascii_case(encoding) && params.trim().strip_prefix("q=").is_none_or(|q| q.parse().unwrap_or(0.0) > 0.0)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_refused_encoding_is_not_sent() {
        assert!(accepts_encoding("gzip, br", "br"));
        assert!(accepts_encoding("gzip;q=0.5", "gzip"));
        assert!(!accepts_encoding("br;q=0, gzip", "br"));
        assert!(!accepts_encoding("", "br"));
    }
}
