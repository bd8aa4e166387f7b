//! Asking the process, and what it answers.

use axum::{
    Router,
    body::Body,
    http::{HeaderMap, Request, request::Builder},
};
use domain::{
    Actor,
    people::{Identity, Locale},
};
use http_body_util::BodyExt;
use tower::ServiceExt;

/// A request under construction.
pub struct Ask {
    router: Router,
    builder: Builder,
    identity: Option<Identity>,
    locale: Option<Locale>,
    body: Body,
}

/// What came back.
#[derive(Debug)]
pub struct Answer {
    /// The status as a number.
    pub status: u16,
    /// The headers.
    pub headers: HeaderMap,
    /// The body as text.
    pub body: String,
}

impl Answer {
    /// A header as text; empty where it is missing.
    pub fn header(&self, name: &str) -> &str {
        self.headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default()
    }

    /// Where a redirect leads, or what was created.
    pub fn location(&self) -> &str {
        self.header("location")
    }

    /// The body as JSON.
    pub fn json(&self) -> serde_json::Value {
        serde_json::from_str(&self.body).unwrap_or_else(|error| panic!("{error} in {:?}", self.body))
    }

    /// The `name=value` of a cookie that was set.
    pub fn cookie(&self, name: &str) -> Option<String> {
        let set = self.headers.get_all("set-cookie").iter().filter_map(|value| value.to_str().ok());
        set.filter_map(|value| value.split(';').next()).find(|pair| pair.starts_with(&format!("{name}="))).map(str::to_owned)
    }

    /// Status and body in one text, for snapshots.
    pub fn text(&self) -> String {
        format!("{}\n{}", self.status, self.body)
    }

    /// Fails unless the body contains the text; shows the body.
    #[track_caller]
    pub fn has(&self, text: &str) -> &Self {
        assert!(self.body.contains(text), "{text:?} is not in the answer ({}):\n{}", self.status, self.body);
        self
    }

    /// Fails if the body contains the text.
    #[track_caller]
    pub fn lacks(&self, text: &str) -> &Self {
        assert!(!self.body.contains(text), "{text:?} is in the answer ({}):\n{}", self.status, self.body);
        self
    }

    /// Fails unless this is the status; shows the body.
    #[track_caller]
    pub fn is(&self, status: u16) -> &Self {
        assert_eq!(self.status, status, "{}", self.body);
        self
    }
}

impl Ask {
    pub fn new(router: Router, method: &str, path: &str) -> Self {
        let builder = Request::builder().method(method).uri(path).header("host", "evenkeel.test");
        Self { router, builder, identity: None, locale: None, body: Body::empty() }
    }

    /// In the name of an actor.
    #[must_use]
    pub fn as_(mut self, actor: &Actor) -> Self {
        let mut identity = Identity::nobody();
        identity.actor = actor.clone();
        identity.user = actor.user().cloned();
        identity.login.clone_from(&actor.name);
        self.identity = Some(identity);
        self
    }

    /// In a language.
    #[must_use]
    pub fn in_(mut self, locale: Locale) -> Self {
        self.locale = Some(locale);
        self
    }

    /// With a header.
    #[must_use]
    pub fn header(mut self, name: &str, value: &str) -> Self {
        self.builder = self.builder.header(name, value);
        self
    }

    /// Under the name of another host.
    #[must_use]
    pub fn host(mut self, name: &str) -> Self {
        if let (Some(headers), Ok(name)) = (self.builder.headers_mut(), name.parse()) {
            headers.insert("host", name);
        }
        self
    }

    /// With a `name=value` cookie.
    #[must_use]
    pub fn cookie(self, pair: &str) -> Self {
        self.header("cookie", pair)
    }

    /// With a form.
    #[must_use]
    pub fn form(self, fields: &[(&str, &str)]) -> Self {
        let text = fields.iter().map(|(name, value)| format!("{}={}", escape(name), escape(value))).collect::<Vec<_>>().join("&");
        self.header("content-type", "application/x-www-form-urlencoded").body(text)
    }

    /// With JSON.
    #[must_use]
    pub fn json(self, json: &serde_json::Value) -> Self {
        self.header("content-type", "application/json").body(json.to_string())
    }

    /// With any body.
    #[must_use]
    pub fn body(mut self, body: impl Into<Body>) -> Self {
        self.body = body.into();
        self
    }

    /// Sends it and reads the whole answer.
    pub async fn send(self) -> Answer {
        let response = self.open().await;
        let (parts, body) = response.into_parts();
        let bytes = body.collect().await.expect("a body").to_bytes();
        Answer { status: parts.status.as_u16(), headers: parts.headers, body: String::from_utf8_lossy(&bytes).into_owned() }
    }

    /// Sends it and gives the answer with its body unread: for streams.
    pub async fn open(self) -> axum::response::Response {
        let mut request = self.builder.body(self.body).expect("a request");
        if let Some(mut identity) = self.identity {
            identity.preferences.locale = self.locale.or(identity.preferences.locale);
            request.extensions_mut().insert(identity);
        } else if let Some(locale) = self.locale {
            request.headers_mut().insert("accept-language", locale.tag().parse().expect("a tag"));
        }
        self.router.oneshot(request).await.expect("the router is infallible")
    }
}

fn escape(text: &str) -> String {
    text.bytes()
        .map(|byte| match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'_' | b'.' | b'~' => char::from(byte).to_string(),
            _ => format!("%{byte:02X}"),
        })
        .collect()
}
