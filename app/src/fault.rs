//! Faults as answers: pages refuse with `?`, and one layer renders every refusal in the visitor's language.

use axum::{
    body::Body,
    extract::{OriginalUri, Request, State},
    middleware::Next,
    response::{IntoResponse, Response},
};
use domain::{Fault, Portal, Problem, Wording, people::Locale};
use http::{HeaderValue, Method, StatusCode, Uri, header, request::Parts};
use leptos::prelude::*;

use crate::{
    alerts::seen_in,
    components::PostButton,
    i18n::{say, say_wording},
    t,
    visit::Visit,
};

/// What a page handler gives.
pub type Answer = Result<Response, Refused>;

/// A fault on its way to the layer that renders it.
#[derive(Debug, Clone)]
pub struct Refused(pub Fault);

impl From<Fault> for Refused {
    fn from(fault: Fault) -> Self {
        Self(fault)
    }
}

/// The HTTP status of a fault.
pub fn status(fault: &Fault) -> StatusCode {
    match fault {
        Fault::Invalid(_) => StatusCode::UNPROCESSABLE_ENTITY,
        Fault::NotFound(_) => StatusCode::NOT_FOUND,
        Fault::Forbidden(_) => StatusCode::FORBIDDEN,
        Fault::Unauthenticated => StatusCode::UNAUTHORIZED,
        Fault::Conflict(_) => StatusCode::CONFLICT,
        Fault::TooMany { .. } => StatusCode::TOO_MANY_REQUESTS,
        Fault::Unavailable(_) => StatusCode::SERVICE_UNAVAILABLE,
        Fault::Internal => StatusCode::INTERNAL_SERVER_ERROR,
    }
}

/// `Retry-After` in seconds, where the fault asks for it.
pub fn retry_after(fault: &Fault) -> Option<u32> {
    match fault {
        Fault::TooMany { retry_after_s } => Some(*retry_after_s),
        Fault::Unavailable(_) => Some(5),
        _ => None,
    }
}

impl IntoResponse for Refused {
    fn into_response(self) -> Response {
        let mut response = status(&self.0).into_response();
        if let Some(seconds) = retry_after(&self.0) {
            response.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from(seconds));
        }
        response.extensions_mut().insert(self);
        response
    }
}

/// One problem of one field as a sentence.
pub fn problem_text(locale: Locale, label: &str, problem: &Problem) -> String {
    let expected = say_wording(locale, &problem.expected);
    if let Some(unsaid) = &problem.unsaid {
        let value = say_wording(locale, unsaid);
        say(locale, "fault-problem-unsaid", &[("field", label.into()), ("value", value.into()), ("expected", expected.into())])
    } else if problem.value.is_empty() {
        say(locale, "fault-problem-empty", &[("field", label.into()), ("expected", expected.into())])
    } else {
        say(locale, "fault-problem", &[("field", label.into()), ("value", problem.value.as_str().into()), ("expected", expected.into())])
    }
}

/// What the fault says, in a language: a title and one sentence or more.
pub fn words(locale: Locale, fault: &Fault, request_id: &str) -> (String, Vec<String>) {
    let one = |key: &str, text: String| (say(locale, key, &[]), vec![text]);
    match fault {
        Fault::Invalid(problems) => {
            (say(locale, "fault-invalid-title", &[]), problems.iter().map(|p| problem_text(locale, &p.field, p)).collect())
        }
        Fault::NotFound(_) => one("fault-not-found-title", say(locale, "fault-not-found-text", &[])),
        Fault::Forbidden(permission) => {
            let word = say(locale, &format!("permission-{}", permission.name().replace('.', "-")), &[]);
            let both = format!("{word} ({})", permission.name());
            one("fault-forbidden-title", say(locale, "fault-forbidden-text", &[("permission", both.into())]))
        }
        Fault::Unauthenticated => one("fault-unauthenticated-title", say(locale, "fault-unauthenticated-text", &[])),
        Fault::Conflict(wording) => one("fault-conflict-title", say_wording(locale, wording)),
        Fault::TooMany { retry_after_s } => {
            one("fault-too-many-title", say(locale, "fault-too-many-text", &[("seconds", (*retry_after_s).into())]))
        }
        Fault::Unavailable(wording) => one("fault-unavailable-title", say_wording(locale, &with_why(locale, wording))),
        Fault::Internal => one("fault-internal-title", say(locale, "fault-internal-text", &[("request", request_id.into())])),
    }
}

/// What a source met is told in lines of our own: said in the language, too.
fn with_why(locale: Locale, wording: &Wording) -> Wording {
    let mut wording = wording.clone();
    for (_, why) in wording.args.iter_mut().filter(|(name, _)| *name == "why") {
        *why = seen_in(locale, why);
    }
    wording
}

/// The error page of a fault; `granters` are the names of those who can give a permission that is missing.
pub fn page(visit: &Visit, fault: &Fault, granters: &[String]) -> Response {
    let (title, mut sentences) = words(visit.locale, fault, &visit.request_id);
    if !granters.is_empty() {
        sentences.push(say(visit.locale, "fault-forbidden-granters", &[("names", granters.join(", ").into())]));
    }
    let code = status(fault);
    let home = visit.identity.home.clone();
    let anonymous = visit.actor.authenticated().is_err();
    // The first screen is what was refused: to send them there again helps nobody.
    let stuck = matches!(fault, Fault::Forbidden(_)) && home.split('?').next() == Some(visit.path());
    if stuck {
        sentences.push(say(visit.locale, "fault-forbidden-stuck", &[]));
    }
    let heading = title.clone();
    let mut response = visit.page_as(code, title, move || {
        view! {
            <section class="fault-page">
                <p class="fault-code">{code.as_u16()}</p>
                <h1>{heading}</h1>
                {sentences.into_iter().map(|s| view! { <p>{s}</p> }).collect_view()}
                <p>
                    {if anonymous {
                        view! { <a class="button" href="/login">{t!("fault-login")}</a> }.into_any()
                    } else if stuck {
                        view! { <PostButton action="/logout" label=t!("menu-logout") icon="log-out"/> }.into_any()
                    } else {
                        view! { <a class="button" href=home>{t!("fault-home")}</a> }.into_any()
                    }}
                </p>
            </section>
        }
    });
    if let Some(seconds) = retry_after(fault) {
        response.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from(seconds));
    }
    response
}

/// Parameters of a page that do not parse and were left out, for the frame to say so.
#[derive(Debug, Clone)]
pub struct LeftOut(pub Vec<Problem>);

/// The request without the parameters that do not parse, where that is all that is wrong with it: a page that is read.
fn without(parts: &Parts, fault: &Fault) -> Option<Parts> {
    let Fault::Invalid(problems) = fault else { return None };
    let reading = parts.method == Method::GET || parts.method == Method::HEAD;
    let pairs: Vec<_> = form_urlencoded::parse(parts.uri.query()?.as_bytes()).into_owned().collect();
    let named = |name: &str| problems.iter().any(|problem| problem.field == name);
    let all_there = problems.iter().all(|problem| pairs.iter().any(|(name, _)| *name == problem.field));
    // What is downloaded is refused: a file cannot say that its filter was another one.
    if !reading || !all_there || parts.extensions.get::<LeftOut>().is_some() || parts.uri.path().ends_with(".csv") {
        return None;
    }
    let kept = pairs.iter().filter(|(name, _)| !named(name));
    let query = form_urlencoded::Serializer::new(String::new()).extend_pairs(kept).finish();
    let path = parts.uri.path();
    let uri: Uri = if query.is_empty() { path.parse().ok()? } else { format!("{path}?{query}").parse().ok()? };
    let mut better = parts.clone();
    better.uri = uri.clone();
    better.extensions.insert(OriginalUri(uri));
    better.extensions.insert(LeftOut(problems.clone()));
    Some(better)
}

/// The layer around all pages: an answer that carries a [`Refused`] becomes its error page.
pub async fn render_faults(State(portal): State<Portal>, request: Request, next: Next) -> Response {
    let (parts, body) = request.into_parts();
    let mut asked = parts.clone();
    let again = next.clone();
    let response = next.run(Request::from_parts(parts, body)).await;
    let Some(Refused(mut fault)) = response.extensions().get::<Refused>().cloned() else { return response };
    if let Some(better) = without(&asked, &fault) {
        // A link with a wrong filter still leads to the list: without that filter, and saying so.
        asked = better.clone();
        let mut response = again.run(Request::from_parts(better, Body::empty())).await;
        let page = response.headers().get(header::CONTENT_TYPE).is_some_and(|kind| kind.as_bytes().starts_with(b"text/html"));
        if let Some(Refused(other)) = response.extensions().get::<Refused>() {
            fault = other.clone();
        } else if page {
            // Only a page can say it: a stream or a file is refused as before.
            *response.status_mut() = StatusCode::UNPROCESSABLE_ENTITY;
            return response;
        }
    }
    let visit = Visit::read(&asked, &portal);
    let granters = match &fault {
        // Whom to ask is a help, not the answer: without it the page still says what is missing.
        Fault::Forbidden(permission) => portal.people.granters(&visit.actor, *permission).await.unwrap_or_default(),
        _ => Vec::new(),
    };
    page(&visit, &fault, &granters)
}
