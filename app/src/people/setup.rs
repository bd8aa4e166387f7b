//! `/setup/{secret}`: the first person makes the first team and themselves administrator.

use axum::extract::Path;
use domain::{Fault, form::Typed, people::Locale};
use http::StatusCode;
use leptos::prelude::*;

use super::browser::Browser;
use crate::{
    components::{Button, ButtonKind, CheckField, ErrorSummary, LinkButton, Notice, SecretField, SelectField, TextField, Tone},
    fault::Answer,
    form::{FormState, PostedForm},
    i18n::say_wording,
    t, tr,
    visit::{Guest, Visit, current_locale},
};

pub(super) async fn page(Guest(visit): Guest, Path(secret): Path<String>) -> Answer {
    if !visit.portal.people.setup_opens(&secret).await? {
        return closed(&visit).await;
    }
    let mut typed = Typed::default();
    typed.set("locale", visit.locale.tag());
    Ok(show(&visit, &secret, FormState::fresh(typed)))
}

/// Why the link does not open: it was used, or it is not the newest one.
async fn closed(visit: &Visit) -> Answer {
    let needed = visit.portal.people.needs_setup().await?;
    Ok(visit.bare_page(StatusCode::NOT_FOUND, tr!(visit, "people-setup-closed"), move || {
        let text = if needed { t!("people-setup-old") } else { t!("people-setup-used") };
        view! {
            <h1>{t!("people-setup-closed")}</h1>
            <p>{text}</p>
            {(!needed).then(|| view! { <p><LinkButton href="/login" label=t!("fault-login") kind=ButtonKind::Primary/></p> })}
        }
    }))
}

pub(super) async fn finish(Guest(visit): Guest, Path(secret): Path<String>, browser: Browser, form: PostedForm) -> Answer {
    match visit.portal.people.setup(&secret, &form.typed, &browser.peer, &browser.agent).await {
        Ok(session) => Ok(browser.entered(&session, visit.now, &session.home)),
        Err(fault @ (Fault::Invalid(_) | Fault::Conflict(_))) => Ok(show(&visit, &secret, FormState::refused(form.typed, fault))),
        Err(Fault::NotFound("setup-link")) => closed(&visit).await,
        Err(fault) => Err(fault.into()),
    }
}

fn show(visit: &Visit, secret: &str, form: FormState) -> axum::response::Response {
    let action = format!("/setup/{secret}");
    let obstacle = visit.portal.tools.obstacle();
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
                <TextField form=&form name="email" label=t!("people-email") kind="email" autocomplete="email" hint=t!("people-setup-email-hint") optional=true/>
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
                {obstacle.map(|why| view! { <Notice tone=Tone::P3 title=say_wording(current_locale(), &why)/> })}
                <div class="form-acts"><Button label=t!("people-setup-act") kind=ButtonKind::Primary wide=true/></div>
            </form>
        }
    })
}
