//! A check by asking a URL.

use serde::{Deserialize, Serialize};

use super::{
    BodyMatch, CONCEALED, HeaderMatch, JsonMatch, MatchMode, Pace, TlsVersion,
    grpc::line,
    header::{header, parse_headers},
    redirect::{HttpVersion, http_version, redirect, redirects},
    tls::tls_min,
};
use crate::{
    Wording,
    form::{Check, Typed, one_of, whole},
    monitors::StatusSet,
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
        /// Puts a body in place of what is there.
        Put = "PUT",
        /// Changes a part of what is there.
        Patch = "PATCH",
        /// Takes away what is there.
        Delete = "DELETE",
        /// Asks what may be done.
        Options = "OPTIONS",
    }
    /// How a request says who asks.
    #[derive(Default)]
    pub enum HttpAuth {
        /// Not at all.
        #[default]
        None = "none",
        /// By name and password (RFC 7617).
        Basic = "basic",
        /// By a token (RFC 6750).
        Bearer = "bearer",
    }
}

impl Method {
    /// Whether a request of this method may have a body here.
    pub fn has_body(self) -> bool {
        !matches!(self, Self::Get | Self::Head)
    }
}

impl HttpAuth {
    /// In which field its secret is typed.
    pub(super) fn field(self) -> Option<&'static str> {
        match self {
            Self::None => None,
            Self::Basic => Some("password"),
            Self::Bearer => Some("token"),
        }
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
    /// Redirects that are followed, 0–10; where none is, the redirect itself is the answer.
    #[serde(deserialize_with = "redirects")]
    pub follow: u8,
    /// Where the answer must redirect to; empty where it need not.
    #[serde(default)]
    pub redirect_to: String,
    /// What a header of the answer must look like.
    #[serde(default)]
    pub header: Option<HeaderMatch>,
    /// What the JSON of the answer must hold.
    #[serde(default)]
    pub json: Option<JsonMatch>,
    /// How the request says who asks.
    #[serde(default)]
    pub auth: HttpAuth,
    /// The user, with `basic`.
    #[serde(default)]
    pub user: String,
    /// The oldest version of TLS that is spoken.
    #[serde(default)]
    pub tls_min: TlsVersion,
    /// Which version of HTTP must answer.
    #[serde(default)]
    pub http_version: HttpVersion,
    /// Whether a certificate that is not valid is accepted (and reported).
    pub accept_invalid: bool,
    /// Request headers. Values may be keys of an API, so only those who may edit the monitor are shown them: for others
    /// they are [`CONCEALED`].
    pub headers: Vec<(String, String)>,
    /// Request body; none with GET and HEAD. [`CONCEALED`] for those who may not edit the monitor.
    pub body: String,
}

impl HttpTarget {
    /// To whom a secret is given: the origin, and how sure we are that it is that.
    pub(super) fn confidant(&self) -> String {
        let authority = self.url.splitn(4, '/').take(3).collect::<Vec<_>>().join("/");
        // Of this host the certificate must be.
        let host = self.headers.iter().find(|(name, _)| name.eq_ignore_ascii_case("host")).map_or("", |(_, host)| host.as_str());
        format!("{} {} {} {}", authority.to_ascii_lowercase(), self.accept_invalid, self.auth, host.to_ascii_lowercase())
    }

    pub(super) fn parse(check: &mut Check<'_>, typed: &Typed) -> Option<Self> {
        let method = check.optional("method", |text| Method::parse(text).ok_or_else(|| one_of(Method::ALL)));
        let url = check.field("url", parse_url);
        let pace = Pace::parse(check);
        let (follow, redirect_to) = redirect(check, typed);
        let expected = check.optional("expected", StatusSet::parse);
        let mode = check.optional("match", |text| MatchMode::parse(text).ok_or_else(|| one_of(MatchMode::ALL)));
        let mode_word = mode.flatten().unwrap_or(MatchMode::None);
        let body_match = check.field("match_text", |text| BodyMatch::parse(mode_word, text));
        let header = header(check);
        let json = JsonMatch::parse(check);
        let tls_days = check.optional("tls_days", |text| whole(text, 1, 365));
        let tls_min = tls_min(check);
        let http_version = http_version(check, typed);
        let auth = check.optional("auth", |text| HttpAuth::parse(text).ok_or_else(|| one_of(HttpAuth::ALL)));
        let auth = auth?.unwrap_or(HttpAuth::None);
        let user = check.field("user", |text| match auth {
            HttpAuth::Basic if text.trim().is_empty() => Err(Wording::new("expect-something")),
            HttpAuth::Basic if text.contains(':') => Err(Wording::new("monitors-expect-no-colon")),
            HttpAuth::Basic => line(text, 200),
            _ => Ok(String::new()),
        });
        let lines = typed.all("headers").join("\n");
        let headers = check.field("headers", |_| parse_headers(&lines));
        let body = check.field("body", |text| {
            if text.len() > 10_000 { Err(Wording::new("expect-at-most-characters").with("max", 10_000)) } else { Ok(text.to_owned()) }
        });
        let method = method?.unwrap_or(Method::Get);
        if !method.has_body() && body.as_ref().is_some_and(|b| !b.is_empty()) {
            check.problem("body", Wording::new("monitors-expect-no-body"));
        }
        let redirect_to = redirect_to?;
        let redirects_out = !redirect_to.is_empty();
        Some(Self {
            method,
            url: url?,
            pace: pace?,
            expected: expected?.unwrap_or_else(|| if redirects_out { StatusSet::redirects() } else { StatusSet::default() }),
            body_match: body_match?,
            tls_days: tls_days?,
            follow: follow?,
            redirect_to,
            header: header?,
            json: json?,
            auth,
            user: user?,
            tls_min: tls_min?,
            http_version: http_version?,
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
        let policy = match (self.follow, self.redirect_to.is_empty()) {
            (_, false) => "expect",
            (0, true) => "none",
            _ => "follow",
        };
        typed.set("redirect", policy);
        typed.set("redirects", if self.follow == 0 { 5 } else { self.follow });
        typed.set("redirect_to", &self.redirect_to);
        if let Some(header) = &self.header {
            typed.set("header_name", &header.name);
            typed.set("header_match", header.value.mode);
            typed.set("header_text", &header.value.text);
        }
        if let Some(json) = &self.json {
            typed.set("json_path", &json.path);
            typed.set("json_op", json.op);
            typed.set("json_value", &json.value);
        }
        typed.set("auth", self.auth);
        typed.set("user", &self.user);
        typed.set("tls_min", self.tls_min);
        typed.set("http_version", self.http_version);
        if self.accept_invalid {
            typed.set("accept_invalid", "on");
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
        self.redirect_to = without_values(&self.redirect_to);
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

#[cfg(test)]
pub(super) mod tests {
    use super::*;

    pub(in super::super) fn target() -> HttpTarget {
        HttpTarget {
            method: Method::Get,
            url: "https://example.org/".into(),
            pace: Pace { interval_s: 10, timeout_s: 5 },
            expected: StatusSet::default(),
            body_match: BodyMatch::parse(MatchMode::Contains, "ok").unwrap(),
            tls_days: Some(14),
            follow: 0,
            redirect_to: String::new(),
            header: None,
            json: None,
            auth: HttpAuth::None,
            user: String::new(),
            tls_min: TlsVersion::V12,
            http_version: HttpVersion::Any,
            accept_invalid: false,
            headers: Vec::new(),
            body: String::new(),
        }
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
    fn a_secret_is_given_to_a_host_whose_certificate_is_that_of_its_header() {
        let with = |headers: &[(&str, &str)]| {
            let headers = headers.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
            HttpTarget { headers, ..target() }.confidant()
        };
        assert_eq!(with(&[]), with(&[("x-host", "a.example.org")]));
        assert_eq!(with(&[("Host", "a.example.org")]), with(&[("accept", "*/*"), ("host", "A.example.org")]));
        assert!(with(&[]) != with(&[("host", "a.example.org")]) && with(&[("host", "b")]) != with(&[("host", "a")]));
    }

    #[test]
    fn what_was_stored_before_is_still_read() {
        let old = r#"{"method":"GET","url":"http://x/","interval_s":10,"timeout_s":5,"expected":"200","body_match":{"mode":"none","text":""},
            "tls_days":null,"follow":true,"accept_invalid":false,"headers":[],"body":""}"#;
        let target: HttpTarget = serde_json::from_str(old).unwrap();
        assert_eq!((target.follow, target.auth, target.tls_min), (5, HttpAuth::None, TlsVersion::V12));
    }
}
