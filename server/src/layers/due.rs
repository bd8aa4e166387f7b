//! Whoever came in with a password that somebody else chose chooses their own before anything else. Tokens are not held
//! up: they were made for a program.

use axum::{extract::Request, http::Method};
use domain::people::Identity;
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};

/// Where the password is chosen.
const HERE: &str = "/password";
/// What is open meanwhile, besides.
const OPEN: [&str; 2] = ["/logout", "/preferences"];

/// Whether the one who asks has a password to choose first.
pub fn is_due(request: &Request) -> bool {
    request.extensions().get::<Identity>().is_some_and(|identity| identity.password_due)
}

/// Where to go instead, with the way back to the page that was asked for.
pub fn instead(request: &Request) -> Option<String> {
    let path = request.uri().path();
    if !is_due(request) || path == HERE || OPEN.contains(&path) {
        return None;
    }
    let asked = request.uri().path_and_query().map_or("/", |asked| asked.as_str());
    if request.method() != Method::GET || path == "/" || path == "/login" {
        return Some(HERE.to_owned());
    }
    Some(format!("{HERE}?next={}", utf8_percent_encode(asked, NON_ALPHANUMERIC)))
}
