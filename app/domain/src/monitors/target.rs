//! What is checked, and how an answer is judged.

use regex_lite::{Regex, RegexBuilder};
use serde::{Deserialize, Serialize};

use super::{Reason, StatusSet};
use crate::{Timestamp, Wording, time::DAY, words::words};

words! {
    /// Methods that a check may use.
    pub enum Method {
        /// Asks for the content.
        Get = "GET",
        /// Asks for the head only.
        Head = "HEAD",
        /// Sends a body.
        Post = "POST",
    }
    /// How the body of an answer is looked at.
    pub enum MatchMode {
        /// Not at all.
        None = "none",
        /// Must contain the text.
        Contains = "contains",
        /// Must not contain the text.
        Lacks = "lacks",
        /// Must match the regular expression.
        Regex = "regex",
    }
}

/// What stands in the place of a value that the reader may not see.
pub const CONCEALED: &str = "…";

/// What the body of an answer must look like.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct BodyMatch {
    /// How it is looked at.
    pub mode: MatchMode,
    /// The text or regular expression; empty for `none`.
    pub text: String,
}

impl BodyMatch {
    /// Any body will do.
    pub fn any() -> Self {
        Self { mode: MatchMode::None, text: String::new() }
    }

    /// Reads the text that a mode needs: 1–500 characters; a regular expression (without Unicode classes) must compile, within 256 KiB.
    pub fn parse(mode: MatchMode, text: &str) -> Result<Self, Wording> {
        match mode {
            MatchMode::None => return Ok(Self::any()),
            _ if text.is_empty() => return Err(Wording::new("expect-something")),
            _ if text.chars().count() > 500 => return Err(Wording::new("expect-at-most-characters").with("max", 500)),
            MatchMode::Regex => {
                compile(text).map_err(|why| Wording::new("monitors-expect-regex").with("why", why))?;
            }
            MatchMode::Contains | MatchMode::Lacks => {}
        }
        Ok(Self { mode, text: text.to_owned() })
    }

    /// Whether the body is as it must be. Bytes that are no UTF-8 are read as replacement characters.
    pub fn holds(&self, body: &[u8]) -> bool {
        if self.mode == MatchMode::None {
            return true;
        }
        let body = String::from_utf8_lossy(body);
        match self.mode {
            MatchMode::None => true,
            MatchMode::Contains => body.contains(&self.text),
            MatchMode::Lacks => !body.contains(&self.text),
            MatchMode::Regex => compile(&self.text).is_ok_and(|regex| regex.is_match(&body)),
        }
    }
}

fn compile(text: &str) -> Result<Regex, String> {
    RegexBuilder::new(text).size_limit(256 << 10).build().map_err(|error| error.to_string().lines().last().unwrap_or_default().to_owned())
}

/// A check by asking a URL.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct HttpTarget {
    /// The method.
    pub method: Method,
    /// The URL.
    pub url: String,
    /// Seconds between two checks, 5–3600.
    pub interval_s: u32,
    /// Seconds for one check, 1–60, at most the interval.
    pub timeout_s: u32,
    /// Statuses that count as an answer.
    pub expected: StatusSet,
    /// What the body must look like.
    pub body_match: BodyMatch,
    /// Days that the certificate must still hold; `null` for any.
    pub tls_days: Option<u32>,
    /// Whether up to five redirects are followed.
    pub follow: bool,
    /// Whether a certificate that is not valid is accepted (and reported).
    pub accept_invalid: bool,
    /// Request headers. Values may be keys of an API, so only those who may edit the monitor are shown them: for others
    /// they are [`CONCEALED`].
    pub headers: Vec<(String, String)>,
    /// Request body; only with POST.
    pub body: String,
}

impl HttpTarget {
    /// Judges an answer: the reason and its detail. The order is that in which a person would look.
    pub fn judge(&self, status: u16, body: &[u8], tls_expires_at: Option<Timestamp>, now: Timestamp) -> (Reason, String) {
        if !self.expected.has(status) {
            return (Reason::Status, format!("{status}, expected {}", self.expected));
        }
        if !self.body_match.holds(body) {
            return (Reason::Body, format!("{} “{}”", self.body_match.mode, self.body_match.text));
        }
        if let (Some(days), Some(end)) = (self.tls_days, tls_expires_at) {
            let left = end.since(now);
            if left < i64::from(days) * DAY {
                return (Reason::Expiry, format!("{} ({} d left, {days} d wanted)", end.rfc3339(), left.div_euclid(DAY)));
            }
        }
        (Reason::Fine, String::new())
    }
}

/// A check by waiting to be called.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Heartbeat {
    /// Seconds within which the next call must come, 10 s–32 days.
    pub deadline_s: u32,
    /// Seconds that it may be late, 0–1 day.
    pub grace_s: u32,
}

/// What is checked.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(tag = "kind", rename_all = "lowercase")]
pub enum Target {
    /// A URL is asked.
    Http(HttpTarget),
    /// A call is waited for.
    Heartbeat(Heartbeat),
    /// What is stored cannot be read, e.g. because a newer version wrote it: nothing is known of the target until it is
    /// edited.
    Unreadable {
        /// Whether it is a heartbeat; an HTTP monitor otherwise.
        heartbeat: bool,
        /// Why, in English.
        why: String,
    },
}

impl Target {
    /// `http` or `heartbeat`.
    pub fn kind(&self) -> &'static str {
        match self {
            Self::Http(_) | Self::Unreadable { heartbeat: false, .. } => "http",
            Self::Heartbeat(_) | Self::Unreadable { heartbeat: true, .. } => "heartbeat",
        }
    }

    /// Milliseconds between two results when all is well.
    pub fn interval_ms(&self) -> i64 {
        i64::from(match self {
            Self::Http(http) => http.interval_s,
            Self::Heartbeat(beat) => beat.deadline_s,
            Self::Unreadable { .. } => 60,
        }) * 1_000
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn target() -> HttpTarget {
        HttpTarget {
            method: Method::Get,
            url: "https://example.org/".into(),
            interval_s: 10,
            timeout_s: 5,
            expected: StatusSet::default(),
            body_match: BodyMatch::parse(MatchMode::Contains, "ok").unwrap(),
            tls_days: Some(14),
            follow: false,
            accept_invalid: false,
            headers: Vec::new(),
            body: String::new(),
        }
    }

    #[test]
    fn the_first_thing_wrong_is_the_reason() {
        let (now, soon, late) = (Timestamp(0), Some(Timestamp(13 * DAY)), Some(Timestamp(15 * DAY)));
        let reason = |status, body: &str, end| target().judge(status, body.as_bytes(), end, now).0;
        assert_eq!(reason(200, "all ok", late), Reason::Fine);
        assert_eq!(reason(200, "all ok", None), Reason::Fine);
        assert_eq!(reason(500, "no", soon), Reason::Status);
        assert_eq!(reason(200, "no", soon), Reason::Body);
        assert_eq!(reason(200, "all ok", soon), Reason::Expiry);
        assert_eq!(target().judge(200, b"ok", soon, now).1, "1970-01-14T00:00:00.000Z (13 d left, 14 d wanted)");
    }

    #[test]
    fn a_regex_must_compile_and_stay_small() {
        assert!(BodyMatch::parse(MatchMode::Regex, r#""status":\s*"UP""#).unwrap().holds(br#"{"status": "UP"}"#));
        assert_eq!(BodyMatch::parse(MatchMode::Regex, "(").unwrap_err().key, "monitors-expect-regex");
        assert!(BodyMatch::parse(MatchMode::Regex, r"(.{1000}){1000}").is_err());
        assert!(!BodyMatch::parse(MatchMode::Lacks, "error").unwrap().holds(b"an error"));
    }
}
