//! `/profile`: what one says of oneself, password, sessions, tokens.

use axum::{extract::Path, response::Response};
use domain::{
    Fault,
    form::Typed,
    id::SessionId,
    people::{Locale, Session, Theme},
};
use leptos::prelude::*;

use super::{id, tokens::token_table, words::membership_word};
use crate::{
    components::{
        Badge, Button, ButtonKind, Cell, CheckField, Column, Confirm, ErrorSummary, Fact, Facts, LinkButton, PageHead, Panel, PostButton,
        SecretField, SelectField, Table, TextField, Tone, When,
    },
    fault::Answer,
    form::{FormState, PostedForm},
    t, tr,
    visit::Visit,
};

pub(super) async fn page(visit: Visit) -> Answer {
    show(&visit, None, FormState::default()).await
}

pub(super) async fn edit(visit: Visit, form: PostedForm) -> Answer {
    match visit.portal.people.edit_me(&visit.actor, &form.typed).await {
        Ok(()) => Ok(visit.go("/profile", "toast-people-saved")),
        Err(fault @ Fault::Invalid(_)) => show(&visit, Some(FormState::refused(form.typed, fault)), FormState::default()).await,
        Err(fault) => Err(fault.into()),
    }
}

pub(super) async fn password(visit: Visit, form: PostedForm) -> Answer {
    let session = visit.identity.session.clone().ok_or_else(|| Fault::conflict("conflict-needs-session"))?;
    match visit.portal.people.change_password(&visit.actor, &session, &form.typed).await {
        Ok(()) => Ok(visit.go("/profile", "toast-people-password")),
        Err(fault @ Fault::Invalid(_)) => show(&visit, None, FormState::refused(form.typed, fault)).await,
        Err(fault) => Err(fault.into()),
    }
}

/// `POST /profile/addresses`
pub(super) async fn renew_addresses(visit: Visit) -> Answer {
    visit.portal.people.renew_addresses(&visit.actor).await?;
    Ok(visit.go("/profile", "toast-people-addresses"))
}

pub(super) async fn revoke(visit: Visit, Path(session): Path<String>) -> Answer {
    let session: SessionId = id(&session, "session")?;
    visit.portal.people.revoke_session(&visit.actor, &session).await?;
    Ok(visit.go("/profile", "toast-people-session-ended"))
}

async fn show(visit: &Visit, edit: Option<FormState>, password: FormState) -> Result<Response, crate::fault::Refused> {
    let people = &visit.portal.people;
    let (user, prefs) = people.me(&visit.actor).await?;
    let sessions = people.sessions(&visit.actor).await?;
    let tokens = people.tokens(&visit.actor, false).await?;
    let contacts = visit.portal.contacts.mine(&visit.actor).await?;
    let usable = contacts.iter().filter(|contact| contact.enabled && contact.verified_at.is_some()).count();
    let edit = edit.unwrap_or_else(|| {
        let mut typed = Typed::default();
        typed.set("name", &user.name);
        typed.set("email", &user.email);
        typed.set("locale", prefs.locale.map_or("", Locale::tag));
        typed.set("zone", prefs.zone.as_deref().unwrap_or_default());
        typed.set("theme", prefs.theme.map_or("", Theme::word));
        if prefs.keyboard {
            typed.set("keyboard", "on");
        }
        FormState::fresh(typed)
    });
    let status = if edit.fault.is_some() { edit.status() } else { password.status() };
    let here = visit.identity.session.clone();
    let now = visit.now;
    Ok(visit.page_as(status, tr!(visit, "people-profile-title"), move || {
        let reached = if usable == 0 { t!("contacts-none-text") } else { t!("contacts-count", count = usable) };
        let memberships = user.memberships.iter().map(|m| view! { <li>{membership_word(m)}</li> }).collect_view();
        view! {
            <PageHead title=t!("people-profile-title") sub=user.login.clone()/>
            <div class="split">
                <div class="stack">
                    <Panel title=t!("people-about-me")>{edit_form(&edit)}</Panel>
                    <Panel title=t!("people-sessions") id="people-sessions" flush=true>{session_table(sessions, here)}</Panel>
                    <Panel title=t!("people-tokens") id="people-tokens" flush=true acts=tokens_link()>{token_table(tokens, now, false)}</Panel>
                </div>
                <div class="stack">
                    <Panel title=t!("people-memberships")>
                        <Facts stacked=true>
                            <Fact name=t!("people-roles")><ul class="people-roles">{memberships}</ul></Fact>
                            <Fact name=t!("people-created")><When at=user.created_at/></Fact>
                        </Facts>
                    </Panel>
                    <Panel title=t!("contacts-title") id="people-contacts" acts=contacts_link()>
                        <p class="muted">{reached}</p>
                    </Panel>
                    <Panel title=t!("people-addresses") id="people-addresses">
                        <div class="stack-tight">
                            <p class="muted">{t!("people-addresses-text")}</p>
                            <Confirm verb=t!("people-addresses-renew") text=t!("people-addresses-renew-text") action="/profile/addresses" small=true/>
                        </div>
                    </Panel>
                    <Panel title=t!("people-password-change")>{password_form(&password, &user.login, "/profile/password")}</Panel>
                </div>
            </div>
        }
    }))
}

fn contacts_link() -> AnyView {
    view! { <LinkButton href="/profile/contacts" label=t!("contacts-manage") small=true/> }.into_any()
}

fn tokens_link() -> AnyView {
    view! { <LinkButton href="/admin/tokens" label=t!("people-token-new") icon="plus" small=true/> }.into_any()
}

fn edit_form(form: &FormState) -> impl IntoView + use<> {
    let form = form.clone();
    let labels = vec![
        ("name", t!("people-name")),
        ("email", t!("people-email")),
        ("locale", t!("people-language")),
        ("zone", t!("people-zone")),
        ("theme", t!("people-theme")),
    ];
    let languages = Locale::ALL.map(|l| (l.tag().to_owned(), l.own_name().to_owned())).to_vec();
    let themes = vec![
        ("system".to_owned(), t!("people-theme-system")),
        ("light".to_owned(), t!("people-theme-light")),
        ("dark".to_owned(), t!("people-theme-dark")),
    ];
    view! {
        <ErrorSummary form=&form labels/>
        <form class="form" method="post" action="/profile">
            <div class="fields">
                <TextField form=&form name="name" label=t!("people-name") autocomplete="name"/>
                <TextField form=&form name="email" label=t!("people-email") kind="email" autocomplete="email" optional=true/>
                <SelectField form=&form name="locale" label=t!("people-language") options=languages blank=t!("people-language-browser")/>
                <SelectField form=&form name="theme" label=t!("people-theme") options=themes blank=t!("people-theme-cookie")/>
                <TextField form=&form name="zone" label=t!("people-zone") hint=t!("people-zone-hint") optional=true/>
            </div>
            <CheckField form=&form name="keyboard" label=t!("people-keyboard") hint=t!("people-keyboard-hint")/>
            <div class="form-acts"><Button label=t!("people-save") kind=ButtonKind::Primary/></div>
        </form>
    }
}

/// Present password, new one, and the new one again; `next` travels along where it is typed.
pub(super) fn password_form(form: &FormState, login: &str, action: &'static str) -> impl IntoView + use<> {
    let (form, login) = (form.clone(), login.to_owned());
    let next = form.get("next");
    let next = (!next.is_empty()).then(|| view! { <input type="hidden" name="next" value=next/> });
    let labels =
        vec![("current", t!("people-password-current")), ("password", t!("people-password-new")), ("again", t!("people-password-again"))];
    view! {
        <ErrorSummary form=&form labels/>
        <form class="form" method="post" action=action>
            {next}
            // Tells password managers whose password this is.
            <input class="visually-hidden" type="text" name="" value=login autocomplete="username" tabindex="-1" aria-hidden="true" readonly/>
            <SecretField form=&form name="current" label=t!("people-password-current") autocomplete="current-password"/>
            <SecretField
                form=&form
                name="password"
                label=t!("people-password-new")
                hint=t!("people-password-hint")
                autocomplete="new-password"
            />
            <SecretField form=&form name="again" label=t!("people-password-again") autocomplete="new-password"/>
            <p class="muted small">{t!("people-password-others-end")}</p>
            <div class="form-acts"><Button label=t!("people-password-act")/></div>
        </form>
    }
}

fn session_table(sessions: Vec<Session>, here: Option<SessionId>) -> impl IntoView {
    let columns = vec![
        Column::new(t!("people-agent")),
        Column::new(t!("people-address")),
        Column::new(t!("people-begun")),
        Column::new(t!("people-seen")),
        Column::unspoken(t!("people-acts")),
    ];
    let rows = sessions
        .into_iter()
        .map(|session| {
            let this = here.as_ref() == Some(&session.id);
            let agent = if session.agent.is_empty() { "—".to_owned() } else { session.agent };
            let act = if this {
                view! { <Badge tone=Tone::Accent word=t!("people-this-session")/> }.into_any()
            } else {
                view! { <PostButton action=format!("/profile/sessions/{}/revoke", session.id) label=t!("people-session-end") small=true/> }
                    .into_any()
            };
            view! {
                <tr>
                    <Cell main=true><span class="people-agent">{agent}</span></Cell>
                    <Cell label=t!("people-address")><span class="mono">{session.address}</span></Cell>
                    <Cell label=t!("people-begun")><When at=session.created_at/></Cell>
                    <Cell label=t!("people-seen")><When at=session.seen_at/></Cell>
                    <Cell acts=true>{act}</Cell>
                </tr>
            }
        })
        .collect_view();
    view! { <Table caption=t!("people-sessions") columns>{rows}</Table> }
}
