//! `/password`: whoever came in with a password that somebody else chose chooses their own, before anything else.

use axum::response::{IntoResponse, Redirect, Response};
use domain::{Fault, form::Typed, people::local_path};
use leptos::prelude::*;
use serde::Deserialize;

use super::profile::password_form;
use crate::{
    components::{Notice, PostButton, Tone},
    fault::Answer,
    form::{FormState, PostedForm},
    query::Query,
    t, tr,
    visit::Visit,
};

#[derive(Deserialize)]
pub(super) struct Asked {
    #[serde(default)]
    next: String,
}

pub(super) async fn page(visit: Visit, Query(asked): Query<Asked>) -> Answer {
    if !visit.identity.password_due {
        return Ok(Redirect::to("/profile").into_response());
    }
    let mut typed = Typed::default();
    typed.set("next", asked.next);
    Ok(show(&visit, FormState::fresh(typed)))
}

pub(super) async fn choose(visit: Visit, form: PostedForm) -> Answer {
    let session = visit.identity.session.clone().ok_or_else(|| Fault::conflict("conflict-needs-session"))?;
    let mut change = Typed::default();
    for name in form.typed.names().filter(|name| *name != "next") {
        change.set(name, form.get(name));
    }
    match visit.portal.people.change_password(&visit.actor, &session, &change).await {
        Ok(()) => Ok(visit.go(local_path(form.get("next")).unwrap_or(&visit.identity.home), "toast-people-password")),
        Err(fault @ Fault::Invalid(_)) => Ok(show(&visit, FormState::refused(form.typed, fault))),
        Err(fault) => Err(fault.into()),
    }
}

fn show(visit: &Visit, form: FormState) -> Response {
    let login = visit.identity.login.clone();
    visit.bare_page(form.status(), tr!(visit, "people-due-title"), move || {
        view! {
            <h1>{t!("people-due-title")}</h1>
            <Notice tone=Tone::P4 title=t!("people-due-why")><p>{t!("people-due-text")}</p></Notice>
            {password_form(&form, &login, "/password")}
            <PostButton action="/logout" label=t!("menu-logout")/>
        }
    })
}
