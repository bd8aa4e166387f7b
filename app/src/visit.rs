//! One request for a page: who asks, in which language, theme and zone, at what moment.

use std::{convert::Infallible, ops::Deref, sync::Arc};

use axum::{
    extract::{FromRequestParts, OriginalUri},
    response::{IntoResponse, Redirect, Response},
};
use domain::{
    Actor, Fault, Permission, Portal, Problem, Timestamp,
    overview::Glance,
    people::{Identity, Locale, Theme},
};
use http::{HeaderMap, Method, StatusCode, header, request::Parts};
use jiff::tz::TimeZone;
use leptos::prelude::use_context;

use crate::{edge::Secure, fault::LeftOut, routes::page_of};

/// The nonce of this response's content security policy; the edge makes one per request and puts it into the
/// request's extensions.
#[derive(Debug, Clone, Default)]
pub struct Nonce(pub(crate) leptos::nonce::Nonce);

impl Nonce {
    /// A new one, from 128 random bits.
    pub fn new() -> Self {
        Self::default()
    }

    /// The text of it, as it stands in the policy.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// The number under which this request stands in the logs.
#[derive(Debug, Clone)]
pub struct RequestId(pub String);

/// What a page needs to know of its request; cheap to clone. Handlers take it as an argument; whoever is not logged
/// in is sent to the login page (or gets 401 for an act). See [`Guest`] for pages that are open to anybody.
#[derive(Clone)]
pub struct Visit(Arc<Inner>);

/// The parts of a [`Visit`].
pub struct Inner {
    /// All ports.
    pub portal: Portal,
    /// Who asks.
    pub identity: Identity,
    /// Who asks, as services want to know it: `identity.actor`.
    pub actor: Actor,
    /// Language to answer in.
    pub locale: Locale,
    /// Theme to answer in.
    pub theme: Theme,
    /// Zone in which times are shown.
    pub zone: TimeZone,
    /// IANA name of that zone.
    pub zone_name: String,
    /// The moment of the request.
    pub now: Timestamp,
    /// How far was heard of events then: what the page shows is at least as new.
    pub heard: String,
    /// Path and query as they were asked for; of an act those of the page on which it stands.
    pub path_and_query: String,
    /// Where the reader is, e.g. `https://ops.example.org`, as their browser says: for what is printed.
    pub origin: String,
    /// Method of the request.
    pub method: Method,
    /// Nonce for scripts.
    pub nonce: Nonce,
    /// Number in the logs.
    pub request_id: String,
    /// Fluent key of a confirmation to show once.
    pub toast: Option<String>,
    /// Parameters that do not parse and were left out.
    pub left_out: Vec<Problem>,
    /// The rail is folded to icons.
    pub rail_narrow: bool,
    /// The state of things, for the frame; `None` where it was not read or is not known.
    pub glance: Option<Glance>,
}

impl Deref for Visit {
    type Target = Inner;
    fn deref(&self) -> &Inner {
        &self.0
    }
}

/// A visit by anybody, logged in or not.
pub struct Guest(pub Visit);

/// Name of the cookie that carries a confirmation over a redirect.
pub const TOAST_COOKIE: &str = "ek_toast";
/// Name of the cookie with the chosen language.
pub const LANGUAGE_COOKIE: &str = "ek_lang";
/// Name of the cookie with the chosen theme.
pub const THEME_COOKIE: &str = "ek_theme";
/// Name of the cookie with the width of the rail: `narrow`.
pub const RAIL_COOKIE: &str = "ek_rail";
/// Name of the cookie with the browser's zone.
pub const ZONE_COOKIE: &str = "ek_zone";

/// The value of a cookie of the request.
pub fn cookie<'a>(headers: &'a HeaderMap, name: &str) -> Option<&'a str> {
    headers
        .get_all(header::COOKIE)
        .iter()
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split(';'))
        .find_map(|pair| pair.trim().split_once('=').filter(|(key, _)| *key == name).map(|(_, value)| value))
}

/// Under which address the page can be read. A refused act answers with its page, but nobody can read it where the act was sent.
fn address(parts: &Parts) -> String {
    let uri = parts.extensions.get::<OriginalUri>().map_or(&parts.uri, |original| &original.0);
    let asked = uri.path_and_query().map_or("/", |p| p.as_str());
    if parts.method != Method::POST {
        return asked.to_owned();
    }
    let (path, query) = asked.split_once('?').unwrap_or((asked, ""));
    let mark = if query.is_empty() { "" } else { "?" };
    format!("{}{mark}{query}", page_of(path))
}

fn origin(parts: &Parts) -> String {
    let named = parts
        .headers
        .get(header::HOST)
        .and_then(|host| host.to_str().ok())
        .or_else(|| parts.uri.authority().map(http::uri::Authority::as_str));
    let scheme = if parts.extensions.get::<Secure>().is_some_and(|secure| secure.0) { "https" } else { "http" };
    named.map(|host| format!("{scheme}://{host}")).unwrap_or_default()
}

impl Visit {
    /// Reads the request. Needs no credential.
    pub fn read(parts: &Parts, portal: &Portal) -> Self {
        let identity = parts.extensions.get::<Identity>().cloned().unwrap_or_else(Identity::nobody);
        let prefs = &identity.preferences;
        let headers = &parts.headers;
        let accepted = || Locale::accept(headers.get(header::ACCEPT_LANGUAGE).and_then(|v| v.to_str().ok()).unwrap_or_default());
        let locale = prefs.locale.or_else(|| Locale::parse(cookie(headers, LANGUAGE_COOKIE)?)).unwrap_or_else(accepted);
        let theme = prefs.theme.or_else(|| Theme::parse(cookie(headers, THEME_COOKIE)?)).unwrap_or_default();
        let zone_name = prefs.zone.clone().or_else(|| cookie(headers, ZONE_COOKIE).map(|z| z.replace("%2F", "/")));
        let (zone, zone_name) =
            zone_name.and_then(|name| Some((domain::time::zone(&name)?, name))).unwrap_or_else(|| (TimeZone::UTC, "UTC".to_owned()));
        let toast = cookie(headers, TOAST_COOKIE).filter(|key| key.starts_with("toast-") && crate::i18n::has(key)).map(str::to_owned);
        Self(Arc::new(Inner {
            actor: identity.actor.clone(),
            identity,
            locale,
            theme,
            zone,
            zone_name,
            now: portal.clock.now(),
            heard: portal.live.heard(),
            path_and_query: address(parts),
            origin: origin(parts),
            method: parts.method.clone(),
            nonce: parts.extensions.get::<Nonce>().cloned().unwrap_or_default(),
            request_id: parts.extensions.get::<RequestId>().map(|r| r.0.clone()).unwrap_or_default(),
            toast,
            left_out: parts.extensions.get::<LeftOut>().map(|left| left.0.clone()).unwrap_or_default(),
            rail_narrow: cookie(headers, RAIL_COOKIE) == Some("narrow"),
            glance: None,
            portal: portal.clone(),
        }))
    }

    /// The same visit, answered in another language.
    #[must_use]
    pub fn in_language(mut self, locale: Locale) -> Self {
        if let Some(inner) = Arc::get_mut(&mut self.0) {
            inner.locale = locale;
        }
        self
    }

    /// The same visit, with times in another zone; as it was where there is no such zone.
    #[must_use]
    pub fn in_zone(mut self, name: &str) -> Self {
        if let (Some(inner), Some(zone)) = (Arc::get_mut(&mut self.0), domain::time::zone(name)) {
            (inner.zone, inner.zone_name) = (zone, name.to_owned());
        }
        self
    }

    /// Whether the actor holds the permission in some team: whether to show a button at all.
    pub fn may(&self, permission: Permission) -> bool {
        self.actor.may_somewhere(permission)
    }

    /// The path alone, without the query.
    pub fn path(&self) -> &str {
        self.path_and_query.split('?').next().unwrap_or("/")
    }

    /// `2025-03-14 14:05:30` in the reader's zone.
    pub fn wall(&self, at: Timestamp) -> String {
        at.wall(&self.zone)
    }

    /// `14:05` in the reader's zone.
    pub fn clock(&self, at: Timestamp) -> String {
        self.wall(at).chars().skip(11).take(5).collect()
    }

    /// `UTC+8` or the like: the offset of the reader's zone now.
    pub fn offset_label(&self) -> String {
        let seconds = self.zone.to_offset(self.now.jiff()).seconds();
        let (hours, minutes) = (seconds / 3600, (seconds.abs() % 3600) / 60);
        match (hours, minutes) {
            (0, 0) => "UTC".into(),
            (_, 0) => format!("UTC{hours:+}"),
            _ => format!("UTC{hours:+}:{minutes:02}"),
        }
    }

    /// After an act: go there (303) and say so once. `toast` is a Fluent key that begins with `toast-`.
    pub fn go(&self, to: &str, toast: &'static str) -> Response {
        let cookie = format!("{TOAST_COOKIE}={toast}; Path=/; Max-Age=20; HttpOnly; SameSite=Lax");
        ([(header::SET_COOKIE, cookie)], Redirect::to(to)).into_response()
    }
}

impl FromRequestParts<Portal> for Guest {
    type Rejection = Infallible;
    async fn from_request_parts(parts: &mut Parts, portal: &Portal) -> Result<Self, Infallible> {
        Ok(Self(Visit::read(parts, portal)))
    }
}

impl FromRequestParts<Portal> for Visit {
    type Rejection = Response;
    async fn from_request_parts(parts: &mut Parts, portal: &Portal) -> Result<Self, Response> {
        let mut visit = Self::read(parts, portal);
        if visit.actor.authenticated().is_ok() {
            // A frame without figures is better than no page: what cannot be known is not shown.
            let glance = portal.overview.glance(&visit.actor).await.ok();
            if let Some(inner) = Arc::get_mut(&mut visit.0) {
                inner.glance = glance;
            }
            return Ok(visit);
        }
        if visit.method == Method::GET || visit.method == Method::HEAD {
            let next: String = form_urlencoded::byte_serialize(visit.path_and_query.as_bytes()).collect();
            let to = if visit.path_and_query == "/" { "/login".to_owned() } else { format!("/login?next={next}") };
            return Err(Redirect::to(&to).into_response());
        }
        Err((StatusCode::UNAUTHORIZED, crate::fault::Refused(Fault::Unauthenticated)).into_response())
    }
}

/// The visit that is being rendered; for components. Panics outside of [`crate::render`].
pub fn use_visit() -> Visit {
    leptos::prelude::expect_context::<Visit>()
}

/// The language of the visit that is being rendered; English outside of one.
pub fn current_locale() -> Locale {
    use_context::<Visit>().map_or(Locale::En, |visit| visit.locale)
}
