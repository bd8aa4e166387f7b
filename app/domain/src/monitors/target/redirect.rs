//! Whether redirects are followed, and the version of HTTP that must be spoken.

use serde::Deserialize;

use crate::{
    Wording,
    form::{Check, Typed, one_of, whole},
    text::parse_url,
    words::words,
};

words! {
    /// Which version of HTTP must answer.
    #[derive(Default)]
    pub enum HttpVersion {
        /// Whichever both sides speak.
        #[default]
        Any = "any",
        /// HTTP/2, over TLS.
        Two = "2",
    }
}

/// Reads `http_version`: HTTP/2 is agreed on within TLS.
pub(super) fn http_version(check: &mut Check<'_>, typed: &Typed) -> Option<HttpVersion> {
    let version = check.optional("http_version", |text| HttpVersion::parse(text).ok_or_else(|| one_of(HttpVersion::ALL)))?;
    if version == Some(HttpVersion::Two) && typed.get("url").trim().to_ascii_lowercase().starts_with("http://") {
        check.problem("http_version", Wording::new("monitors-expect-https"));
    }
    Some(version.unwrap_or_default())
}

/// Reads `redirect` (`none`, `follow`, `expect`), `redirects` and `redirect_to`; `follow` ticked is what follows five.
pub(super) fn redirect(check: &mut Check<'_>, typed: &Typed) -> (Option<u8>, Option<String>) {
    let usual = if typed.has("follow") { "follow" } else { "none" };
    let policy = check.optional("redirect", |text| match text {
        "none" | "follow" | "expect" => Ok(text.to_owned()),
        _ => Err(one_of(&["none", "follow", "expect"])),
    });
    let Some(policy) = policy.map(|policy| policy.unwrap_or_else(|| usual.to_owned())) else { return (None, None) };
    match policy.as_str() {
        "follow" => {
            let most = check.optional("redirects", |text| whole(text, 1, 10));
            (most.map(|most| u8::try_from(most.unwrap_or(5)).unwrap_or(5)), Some(String::new()))
        }
        "expect" => (Some(0), check.field("redirect_to", parse_url)),
        _ => (Some(0), Some(String::new())),
    }
}

/// Redirects that are followed, as a number, or as it was once stored: whether five are.
pub(super) fn redirects<'de, D: serde::Deserializer<'de>>(d: D) -> Result<u8, D::Error> {
    #[derive(Deserialize)]
    #[serde(untagged)]
    enum Stored {
        Whether(bool),
        Many(u8),
    }
    Ok(match Stored::deserialize(d)? {
        Stored::Whether(follows) => {
            if follows {
                5
            } else {
                0
            }
        }
        Stored::Many(many) => many.min(10),
    })
}
