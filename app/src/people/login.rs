//! `/login` and `/logout`.

use axum::response::{IntoResponse, Redirect, Response};
use domain::{Fault, form::Typed, people::local_path};
use http::{HeaderValue, StatusCode, header};
use leptos::prelude::*;
use serde::Deserialize;

use super::browser::Browser;
use crate::{
    components::{Button, ButtonKind, ErrorSummary, Notice, SecretField, TextField, Tone},
    fault::{Answer, retry_after},
    form::{FormState, PostedForm},
    query::Query,
    t, tr,
    visit::{Guest, Visit},
};

#[derive(Deserialize)]
pub(super) struct Asked {
    #[serde(default)]
    next: String,
}

pub(super) async fn page(Guest(visit): Guest, Query(asked): Query<Asked>) -> Answer {
    if visit.actor.authenticated().is_ok() {
        return Ok(Redirect::to(local_path(&asked.next).unwrap_or(&visit.identity.home)).into_response());
    }
    let mut typed = Typed::default();
    typed.set("next", asked.next);
    Ok(show(&visit, FormState::fresh(typed)).await)
}

pub(super) async fn enter(Guest(visit): Guest, browser: Browser, form: PostedForm) -> Answer {
    let people = &visit.portal.people;
    match people.login(form.get("login"), form.get("password"), &browser.peer, &browser.agent).await {
        Ok(session) => {
            let to = local_path(form.get("next")).unwrap_or(&session.home);
            Ok(browser.entered(&session, visit.now, to))
        }
        Err(fault @ (Fault::Unauthenticated | Fault::TooMany { .. })) => Ok(show(&visit, FormState::refused(form.typed, fault)).await),
        Err(fault) => Err(fault.into()),
    }
}

async fn show(visit: &Visit, form: FormState) -> Response {
    // Whoever comes before anybody could exist is told where to begin; not to know is no reason to refuse the page.
    let unmade = visit.portal.people.needs_setup().await.unwrap_or(false);
    let wait = form.fault.as_ref().and_then(retry_after);
    // A form that was refused, like any other: 401 is for those who come to a page without having entered.
    let status = if form.fault == Some(Fault::Unauthenticated) { StatusCode::UNPROCESSABLE_ENTITY } else { form.status() };
    let mut response = visit.bare_page(status, tr!(visit, "people-login-title"), move || {
        // What is wrong is never said more exactly: not which of the two, nor whether there is such a user.
        let refused = matches!(form.fault, Some(Fault::Unauthenticated));
        view! {
            <h1>{t!("people-login-title")}</h1>
            {unmade.then(|| view! { <Notice tone=Tone::P4 title=t!("people-login-unmade")><p>{t!("people-login-unmade-text")}</p></Notice> })}
            {refused
                .then(|| {
                    view! { <div role="alert"><Notice tone=Tone::P2 title=t!("people-login-refused")>{t!("people-login-refused-text")}</Notice></div> }
                })}
            {(!refused).then(|| view! { <ErrorSummary form=&form/> })}
            <form class="form" method="post" action="/login">
                <input type="hidden" name="next" value=local_path(&form.get("next")).unwrap_or_default().to_owned()/>
                <TextField form=&form name="login" label=t!("people-login") autocomplete="username" autofocus=true/>
                <SecretField form=&form name="password" label=t!("people-password") autocomplete="current-password"/>
                <div class="form-acts"><Button label=t!("people-login-act") kind=ButtonKind::Primary wide=true/></div>
            </form>
        }
    });
    if let Some(seconds) = wait {
        response.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from(seconds));
    }
    response
}

pub(super) async fn leave(visit: Visit, browser: Browser) -> Answer {
    if let Some(session) = &visit.identity.session {
        visit.portal.people.logout(&visit.actor, session).await?;
    }
    Ok(browser.left("/login"))
}
