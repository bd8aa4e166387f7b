//! The form that makes or edits a source.

use axum::{extract::Path, response::Response};
use domain::{
    Permission,
    form::Typed,
    id::SourceId,
    sources::{AuthKind, Draft},
    systems::Brief,
};
use leptos::prelude::*;

use super::{read_id, words::say_auth};
use crate::{
    components::{
        Button, ButtonKind, CheckField, ErrorSummary, Here, LinkButton, PageHead, SecretField, SelectField, Tab, Tabs, TextField,
    },
    fault::Answer,
    form::{FormState, PostedForm},
    systems::no_system,
    t, tr,
    visit::Visit,
};

pub(super) async fn new(visit: Visit) -> Answer {
    visit.actor.require_somewhere(Permission::EditMonitors)?;
    let here = Here::parse(&visit.path_and_query);
    let kind = if here.get("kind") == "query" { "query" } else { "scrape" };
    let mut typed = Typed::default();
    for (name, value) in [("kind", kind), ("interval", "30s"), ("timeout", "10s"), ("auth", "none"), ("system", here.get("system"))] {
        typed.set(name, value);
    }
    page(&visit, None, FormState::fresh(typed)).await
}

pub(super) async fn create(visit: Visit, form: PostedForm) -> Answer {
    match visit.portal.sources.create(&visit.actor, &form.typed).await {
        Ok(id) => Ok(visit.go(&format!("/sources/{id}"), "toast-source-created")),
        Err(fault) => page(&visit, None, FormState::refused(form.typed, fault)).await,
    }
}

pub(super) async fn edit(visit: Visit, Path(id): Path<String>) -> Answer {
    let id = read_id(&id)?;
    let source = visit.portal.sources.get(&visit.actor, &id).await?;
    visit.actor.require(Permission::EditMonitors, &source.system.team, "source")?;
    page(&visit, Some((id, source.name.clone())), FormState::fresh(Draft::typed(&source))).await
}

pub(super) async fn save(visit: Visit, Path(id): Path<String>, form: PostedForm) -> Answer {
    let id = read_id(&id)?;
    match visit.portal.sources.edit(&visit.actor, &id, &form.typed).await {
        Ok(()) => Ok(visit.go(&format!("/sources/{id}"), "toast-source-saved")),
        Err(fault) => {
            // Whoever may not even read it hears so, and gets no form.
            let source = visit.portal.sources.get(&visit.actor, &id).await?;
            visit.actor.require(Permission::EditMonitors, &source.system.team, "source")?;
            page(&visit, Some((id, source.name)), FormState::refused(form.typed, fault)).await
        }
    }
}

async fn page(visit: &Visit, editing: Option<(SourceId, String)>, form: FormState) -> Result<Response, crate::fault::Refused> {
    visit.actor.require_somewhere(Permission::EditMonitors)?;
    let systems = visit.portal.monitors.systems(&visit.actor, Permission::EditMonitors).await?;
    if editing.is_none() && systems.is_empty() && form.fault.is_none() {
        return Ok(no_system(visit, tr!(visit, "sources-new"), ("/sources", tr!(visit, "sources-title"))));
    }
    let title = match &editing {
        Some((_, name)) => tr!(visit, "sources-edit-title", name = name.clone()),
        None => tr!(visit, "sources-new"),
    };
    let heading = title.clone();
    Ok(visit.page_as(form.status(), title, move || {
        let back = match &editing {
            Some((id, name)) => (format!("/sources/{id}"), name.clone()),
            None => ("/sources".to_owned(), t!("sources-title")),
        };
        let cancel = back.0.clone();
        let query = form.get("kind") == "query";
        let tabs = editing.is_none().then(|| {
            let tab = |kind: &str, label| Tab { href: format!("/sources/new?kind={kind}"), label, count: None };
            let tabs = vec![tab("scrape", t!("sources-kind-scrape")), tab("query", t!("sources-kind-query"))];
            let current = format!("/sources/new?kind={}", if query { "query" } else { "scrape" });
            view! { <Tabs label=t!("sources-kind") tabs current/> }
        });
        let stored = editing.is_some();
        view! {
            <PageHead title=heading back/>
            {tabs}
            <form class="form" method="post">
                <ErrorSummary form=form.clone() labels=labels()/>
                <input type="hidden" name="kind" value=form.get("kind")/>
                {stored.then(|| view! { <input type="hidden" name="version" value=form.get("version")/> })}
                <Fields form=form.clone() systems query stored/>
                <div class="form-acts">
                    <Button label=t!("sources-save") kind=ButtonKind::Primary/>
                    <LinkButton href=cancel label=t!("sources-cancel") kind=ButtonKind::Quiet/>
                </div>
            </form>
        }
    }))
}

fn labels() -> Vec<(&'static str, String)> {
    vec![
        ("name", t!("sources-name")),
        ("system", t!("sources-system")),
        ("url", t!("sources-url")),
        ("interval", t!("sources-interval")),
        ("timeout", t!("sources-timeout")),
        ("tenant", t!("sources-tenant")),
        ("auth", t!("sources-auth")),
        ("user", t!("sources-user")),
        ("secret", t!("sources-secret")),
    ]
}

#[component]
fn Fields(form: FormState, systems: Vec<Brief>, query: bool, stored: bool) -> impl IntoView {
    let systems = systems.into_iter().map(|s| (s.id.to_string(), format!("{} ({})", s.name, s.team_name))).collect();
    let auths = AuthKind::ALL.iter().map(|auth| (auth.name().to_owned(), say_auth(*auth))).collect();
    let url_hint = if query { t!("sources-url-hint-query") } else { t!("sources-url-hint-scrape") };
    let secret_hint = if stored { t!("sources-secret-hint-stored") } else { t!("sources-secret-hint") };
    let tenant = query.then(|| {
        view! { <TextField form=form.clone() name="tenant" label=t!("sources-tenant") hint=t!("sources-tenant-hint") optional=true mono=true/> }
    });
    view! {
        <div class="fields">
            <TextField form=form.clone() name="name" label=t!("sources-name") hint=t!("sources-name-hint")/>
            <SelectField form=form.clone() name="system" label=t!("sources-system") hint=t!("sources-system-hint") options=systems blank=t!("sources-choose-one")/>
        </div>
        <TextField form=form.clone() name="url" label=t!("sources-url") hint=url_hint kind="url" mono=true/>
        <div class="fields">
            <TextField form=form.clone() name="interval" label=t!("sources-interval") hint=t!("sources-interval-hint")/>
            <TextField form=form.clone() name="timeout" label=t!("sources-timeout") hint=t!("sources-timeout-hint")/>
            {tenant}
        </div>
        <div class="fields">
            <SelectField form=form.clone() name="auth" label=t!("sources-auth") options=auths/>
            <TextField form=form.clone() name="user" label=t!("sources-user") hint=t!("sources-user-hint") optional=true/>
            <SecretField form=form.clone() name="secret" label=t!("sources-secret") hint=secret_hint optional=true autocomplete="new-password"/>
        </div>
        <CheckField form name="accept_invalid" label=t!("sources-accept-invalid") hint=t!("sources-accept-invalid-hint")/>
    }
}
