//! A check by asking a URL.

use serde::{Deserialize, Serialize};

use super::{BodyMatch, CONCEALED, MatchMode, Pace, tls::expiry};
use crate::{
    Timestamp, Wording,
    form::{Check, Typed},
    monitors::{
        Reason, StatusSet,
        input::{one_of, whole},
    },
    text::parse_url,
    words::words,
};

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
}

/// A check by asking a URL.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct HttpTarget {
    /// The method.
    pub method: Method,
    /// The URL. Those who may not edit the monitor see [`CONCEALED`] for the values of its query.
    pub url: String,
    /// How often.
    #[serde(flatten)]
    pub pace: Pace,
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
    /// Request body; only with POST. [`CONCEALED`] for those who may not edit the monitor.
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
        if let (Some(days), Some(end)) = (self.tls_days, tls_expires_at)
            && let Some(soon) = expiry(end, days, now)
        {
            return soon;
        }
        (Reason::Fine, String::new())
    }

    pub(super) fn parse(check: &mut Check<'_>, typed: &Typed) -> Option<Self> {
        let method = check.optional("method", |text| Method::parse(text).ok_or_else(|| one_of(Method::ALL)));
        let url = check.field("url", parse_url);
        let pace = Pace::parse(check);
        let expected = check.optional("expected", StatusSet::parse);
        let mode = check.optional("match", |text| MatchMode::parse(text).ok_or_else(|| one_of(MatchMode::ALL)));
        let mode_word = mode.flatten().unwrap_or(MatchMode::None);
        let body_match = check.field("match_text", |text| BodyMatch::parse(mode_word, text));
        let tls_days = check.optional("tls_days", |text| whole(text, 1, 365));
        let lines = typed.all("headers").join("\n");
        let headers = check.field("headers", |_| parse_headers(&lines));
        let body = check.field("body", |text| {
            if text.len() > 10_000 { Err(Wording::new("expect-at-most-characters").with("max", 10_000)) } else { Ok(text.to_owned()) }
        });
        let method = method?.unwrap_or(Method::Get);
        if method != Method::Post && body.as_ref().is_some_and(|b| !b.is_empty()) {
            check.problem("body", Wording::new("monitors-expect-no-body"));
        }
        Some(Self {
            method,
            url: url?,
            pace: pace?,
            expected: expected?.unwrap_or_default(),
            body_match: body_match?,
            tls_days: tls_days?,
            follow: typed.has("follow"),
            accept_invalid: typed.has("accept_invalid"),
            headers: headers?,
            body: body?,
        })
    }

    pub(super) fn fill(&self, typed: &mut Typed) {
        typed.set("method", self.method);
        typed.set("url", &self.url);
        typed.set("expected", &self.expected);
        typed.set("match", self.body_match.mode);
        typed.set("match_text", &self.body_match.text);
        typed.set("tls_days", self.tls_days.map(|d| d.to_string()).unwrap_or_default());
        typed.set("headers", self.headers.iter().map(|(n, v)| format!("{n}: {v}")).collect::<Vec<_>>().join("\n"));
        typed.set("body", &self.body);
        for (name, on) in [("follow", self.follow), ("accept_invalid", self.accept_invalid)] {
            if on {
                typed.set(name, "on");
            }
        }
    }

    /// Takes out what may be a key: values of headers and of the query, and the body.
    pub(super) fn conceal(&mut self) {
        for (_, value) in &mut self.headers {
            CONCEALED.clone_into(value);
        }
        if !self.body.is_empty() {
            CONCEALED.clone_into(&mut self.body);
        }
        self.url = without_values(&self.url);
    }
}

/// An address without the values of its query, and without its fragment.
fn without_values(url: &str) -> String {
    let url = url.split('#').next().unwrap_or_default();
    let Some((path, query)) = url.split_once('?') else { return url.to_owned() };
    let names = query.split('&').map(|pair| match pair.split_once('=') {
        Some((name, _)) => format!("{name}={CONCEALED}"),
        // A name alone may be the key itself.
        None => CONCEALED.to_owned(),
    });
    format!("{path}?{}", names.collect::<Vec<_>>().join("&"))
}

/// Reads `Name: value` lines, at most 20. The usual credentials are refused; since others may hold one too, a line that is
/// wrong is told by its number, and values are shown only to those who may edit the monitor.
fn parse_headers(lines: &str) -> Result<Vec<(String, String)>, Wording> {
    let wrong = |index: usize| Wording::new("monitors-expect-header").with("line", index + 1);
    let mut headers = Vec::new();
    for (index, line) in lines.lines().map(str::trim).enumerate().filter(|(_, line)| !line.is_empty()) {
        let (name, value) = line.split_once(':').ok_or_else(|| wrong(index))?;
        let (name, value) = (name.trim(), value.trim());
        let token = !name.is_empty() && name.bytes().all(|b| b.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&b));
        if !token || value.is_empty() || value.len() > 1_000 || !value.bytes().all(|b| (0x20..0x7f).contains(&b)) {
            return Err(wrong(index));
        }
        let lower = name.to_ascii_lowercase();
        if ["authorization", "proxy-authorization", "cookie"].contains(&lower.as_str()) {
            return Err(Wording::new("monitors-expect-no-credentials").with("name", name));
        }
        if ["connection", "content-length", "transfer-encoding", "upgrade", "te", "trailer", "expect"].contains(&lower.as_str()) {
            return Err(Wording::new("monitors-expect-no-connection-header").with("name", name));
        }
        headers.push((name.to_owned(), value.to_owned()));
    }
    if headers.len() > 20 { Err(Wording::new("monitors-expect-few-headers")) } else { Ok(headers) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::time::DAY;

    fn target() -> HttpTarget {
        HttpTarget {
            method: Method::Get,
            url: "https://example.org/".into(),
            pace: Pace { interval_s: 10, timeout_s: 5 },
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
    fn keys_are_not_for_everybody() {
        let url = "https://example.org/health?verbose&token=hunter2&of=a=b#hunter2".to_owned();
        let mut told = HttpTarget { url, headers: vec![("x-key".to_owned(), "hunter2".to_owned())], body: "hunter2".into(), ..target() };
        told.conceal();
        assert!(!format!("{told:?}").contains("hunter2"), "{told:?}");
        assert_eq!(told.url, "https://example.org/health?…&token=…&of=…");
        let mut plain = target();
        plain.conceal();
        assert_eq!(plain, target(), "nothing to hide");
    }

    #[test]
    fn headers_are_lines() {
        assert_eq!(parse_headers("Accept: text/html\n\n X-A:b ").unwrap().len(), 2);
        for (bad, key) in [
            ("no colon", "monitors-expect-header"),
            ("a b: c", "monitors-expect-header"),
            ("Cookie: a=b", "monitors-expect-no-credentials"),
            ("Content-Length: 3", "monitors-expect-no-connection-header"),
        ] {
            assert_eq!(parse_headers(bad).unwrap_err().key, key);
        }
    }
}
