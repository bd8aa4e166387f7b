//! `/setup/{secret}`: the first person makes the first team and themselves administrator.

use axum::extract::Path;
use domain::{Fault, form::Typed, people::Locale};
use leptos::prelude::*;

use super::browser::Browser;
use crate::{
    components::{Button, ButtonKind, CheckField, ErrorSummary, SecretField, SelectField, TextField},
    fault::Answer,
    form::{FormState, PostedForm},
    t, tr,
    visit::{Guest, Visit},
};

pub(super) async fn page(Guest(visit): Guest, Path(secret): Path<String>) -> Answer {
    if !visit.portal.people.setup_opens(&secret).await? {
        return Err(Fault::NotFound("setup-link").into());
    }
    let mut typed = Typed::default();
    typed.set("locale", visit.locale.tag());
    Ok(show(&visit, &secret, FormState::fresh(typed)))
}

pub(super) async fn finish(Guest(visit): Guest, Path(secret): Path<String>, browser: Browser, form: PostedForm) -> Answer {
    match visit.portal.people.setup(&secret, &form.typed, &browser.peer, &browser.agent).await {
        Ok(session) => Ok(browser.entered(&session, visit.now, &session.home)),
        Err(fault @ (Fault::Invalid(_) | Fault::Conflict(_))) => Ok(show(&visit, &secret, FormState::refused(form.typed, fault))),
        Err(fault) => Err(fault.into()),
    }
}

fn show(visit: &Visit, secret: &str, form: FormState) -> axum::response::Response {
    let action = format!("/setup/{secret}");
    visit.bare_page(form.status(), tr!(visit, "people-setup-title"), move || {
        let labels = vec![
            ("login", t!("people-login")),
            ("name", t!("people-name")),
            ("email", t!("people-email")),
            ("password", t!("people-password-new")),
            ("again", t!("people-password-again")),
            ("team", t!("people-setup-team")),
            ("locale", t!("people-language")),
        ];
        let languages = Locale::ALL.map(|l| (l.tag().to_owned(), l.own_name().to_owned())).to_vec();
        view! {
            <h1>{t!("people-setup-title")}</h1>
            <p class="muted">{t!("people-setup-text")}</p>
            <ErrorSummary form=&form labels/>
            <form class="form" method="post" action=action>
                <TextField form=&form name="login" label=t!("people-login") hint=t!("people-login-hint") autocomplete="username" autofocus=true/>
                <TextField form=&form name="name" label=t!("people-name") autocomplete="name"/>
                <TextField form=&form name="email" label=t!("people-email") kind="email" autocomplete="email" optional=true/>
                <SecretField
                    form=&form
                    name="password"
                    label=t!("people-password-new")
                    hint=t!("people-password-hint")
                    autocomplete="new-password"
                />
                <SecretField form=&form name="again" label=t!("people-password-again") autocomplete="new-password"/>
                <TextField form=&form name="team" label=t!("people-setup-team") hint=t!("people-setup-team-hint")/>
                <SelectField form=&form name="locale" label=t!("people-language") options=languages/>
                <CheckField form=&form name="tools" label=t!("people-setup-tools") hint=t!("people-setup-tools-hint")/>
                <div class="form-acts"><Button label=t!("people-setup-act") kind=ButtonKind::Primary wide=true/></div>
            </form>
        }
    })
}
