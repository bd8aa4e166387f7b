//! The form that makes or edits a monitor. Its kind is chosen by a link, so that it works without JavaScript.

use axum::{extract::Path, response::Response};
use domain::{
    Permission,
    form::Typed,
    id::MonitorId,
    monitors::{Draft, MatchMode, Method},
    systems::Brief,
};
use leptos::prelude::*;

use super::detail::read_id;
use crate::{
    components::{
        Button, ButtonKind, CheckField, ErrorSummary, Here, LinkButton, PageHead, SelectField, Tab, Tabs, TextAreaField, TextField,
    },
    fault::Answer,
    form::{FormState, PostedForm},
    systems::no_system,
    t,
    visit::Visit,
};

pub(super) fn say_mode(mode: MatchMode) -> String {
    match mode {
        MatchMode::None => t!("monitors-match-none"),
        MatchMode::Contains => t!("monitors-match-contains"),
        MatchMode::Lacks => t!("monitors-match-lacks"),
        MatchMode::Regex => t!("monitors-match-regex"),
    }
}

pub(super) async fn new(visit: Visit) -> Answer {
    visit.actor.require_somewhere(Permission::EditMonitors)?;
    let here = Here::parse(&visit.path_and_query);
    let kind = if here.get("kind") == "heartbeat" { "heartbeat" } else { "http" };
    let mut typed = Typed::default();
    let first = [("kind", kind), ("severity", "P2"), ("needed", "2"), ("method", "GET"), ("interval", "30s"), ("timeout", "10s")];
    let rest = [("expected", "200-299"), ("match", "none"), ("deadline", "1h"), ("grace", "5m"), ("system", here.get("system"))];
    for (name, value) in first.into_iter().chain(rest) {
        typed.set(name, value);
    }
    page(&visit, None, FormState::fresh(typed)).await
}

pub(super) async fn create(visit: Visit, form: PostedForm) -> Answer {
    match visit.portal.monitors.create(&visit.actor, &form.typed).await {
        Ok(id) => Ok(visit.go(&format!("/monitors/{id}"), "toast-monitor-created")),
        Err(fault) => page(&visit, None, FormState::refused(form.typed, fault)).await,
    }
}

pub(super) async fn edit(visit: Visit, Path(id): Path<String>) -> Answer {
    let id = read_id(&id)?;
    let monitor = visit.portal.monitors.get(&visit.actor, &id).await?;
    visit.actor.require(Permission::EditMonitors, &monitor.system.team, "monitor")?;
    page(&visit, Some((id, monitor.name.clone())), FormState::fresh(Draft::typed(&monitor))).await
}

pub(super) async fn save(visit: Visit, Path(id): Path<String>, form: PostedForm) -> Answer {
    let id = read_id(&id)?;
    match visit.portal.monitors.edit(&visit.actor, &id, &form.typed).await {
        Ok(()) => Ok(visit.go(&format!("/monitors/{id}"), "toast-monitor-saved")),
        Err(fault) => {
            // Whoever may not even read it hears so, and gets no form.
            let monitor = visit.portal.monitors.get(&visit.actor, &id).await?;
            visit.actor.require(Permission::EditMonitors, &monitor.system.team, "monitor")?;
            page(&visit, Some((id, monitor.name)), FormState::refused(form.typed, fault)).await
        }
    }
}

async fn page(visit: &Visit, editing: Option<(MonitorId, String)>, form: FormState) -> Result<Response, crate::fault::Refused> {
    visit.actor.require_somewhere(Permission::EditMonitors)?;
    let systems = visit.portal.monitors.systems(&visit.actor, Permission::EditMonitors).await?;
    if editing.is_none() && systems.is_empty() && form.fault.is_none() {
        return Ok(no_system(visit, crate::tr!(visit, "monitors-new"), ("/monitors", crate::tr!(visit, "monitors-title"))));
    }
    let title = match &editing {
        Some((_, name)) => crate::tr!(visit, "monitors-edit-title", name = name.clone()),
        None => crate::tr!(visit, "monitors-new"),
    };
    let heading = title.clone();
    Ok(visit.page_as(form.status(), title, move || {
        let back = match &editing {
            Some((id, name)) => (format!("/monitors/{id}"), name.clone()),
            None => ("/monitors".to_owned(), t!("monitors-title")),
        };
        let cancel = back.0.clone();
        let heartbeat = form.get("kind") == "heartbeat";
        let tabs = editing.is_none().then(|| {
            let tab = |kind: &str, label| Tab { href: format!("/monitors/new?kind={kind}"), label, count: None };
            let tabs = vec![tab("http", t!("monitors-kind-http")), tab("heartbeat", t!("monitors-kind-heartbeat"))];
            let current = format!("/monitors/new?kind={}", if heartbeat { "heartbeat" } else { "http" });
            view! { <Tabs label=t!("monitors-kind") tabs current/> }
        });
        let fields = if heartbeat {
            view! { <BeatFields form=form.clone()/> }.into_any()
        } else {
            view! { <HttpFields form=form.clone()/> }.into_any()
        };
        view! {
            <PageHead title=heading back/>
            {tabs}
            <form class="form" method="post">
                <ErrorSummary form=form.clone() labels=labels()/>
                <input type="hidden" name="kind" value=form.get("kind")/>
                {editing.is_some().then(|| view! { <input type="hidden" name="version" value=form.get("version")/> })}
                <CommonFields form=form.clone() systems/>
                {fields}
                <div class="fields">
                    <TextField form=form.clone() name="hold" label=t!("monitors-hold") hint=t!("monitors-hold-hint") optional=true/>
                    <TextField form=form.clone() name="recover" label=t!("monitors-recover") hint=t!("monitors-recover-hint") optional=true/>
                </div>
                <div class="form-acts">
                    <Button label=t!("monitors-save") kind=ButtonKind::Primary/>
                    <LinkButton href=cancel label=t!("monitors-cancel") kind=ButtonKind::Quiet/>
                </div>
            </form>
        }
    }))
}

fn labels() -> Vec<(&'static str, String)> {
    vec![
        ("name", t!("monitors-name")),
        ("system", t!("monitors-system")),
        ("severity", t!("monitors-severity")),
        ("needed", t!("monitors-needed")),
        ("url", t!("monitors-url")),
        ("interval", t!("monitors-interval")),
        ("timeout", t!("monitors-timeout")),
        ("expected", t!("monitors-expected")),
        ("match", t!("monitors-match")),
        ("match_text", t!("monitors-match-text")),
        ("tls_days", t!("monitors-tls-days")),
        ("headers", t!("monitors-headers")),
        ("body", t!("monitors-body")),
        ("deadline", t!("monitors-deadline")),
        ("grace", t!("monitors-grace")),
        ("hold", t!("monitors-hold")),
        ("recover", t!("monitors-recover")),
    ]
}

#[component]
fn CommonFields(form: FormState, systems: Vec<Brief>) -> impl IntoView {
    let systems = systems.into_iter().map(|s| (s.id.to_string(), format!("{} ({})", s.name, s.team_name))).collect();
    let severities = [("P1", t!("severity-p1")), ("P2", t!("severity-p2")), ("P3", t!("severity-p3")), ("P4", t!("severity-p4"))];
    let severities = severities.into_iter().map(|(value, word)| (value.to_owned(), word)).collect();
    view! {
        <div class="fields">
            <TextField form=form.clone() name="name" label=t!("monitors-name") hint=t!("monitors-name-hint")/>
            <SelectField form=form.clone() name="system" label=t!("monitors-system") options=systems blank=t!("monitors-choose")/>
            <SelectField form name="severity" label=t!("monitors-severity") hint=t!("monitors-severity-hint") options=severities/>
        </div>
    }
}

#[component]
fn HttpFields(form: FormState) -> impl IntoView {
    let methods = Method::ALL.iter().map(|m| (m.name().to_owned(), m.name().to_owned())).collect();
    let modes = MatchMode::ALL.iter().map(|m| (m.name().to_owned(), say_mode(*m))).collect();
    view! {
        <div class="fields">
            <SelectField form=form.clone() name="method" label=t!("monitors-method") options=methods/>
            <TextField form=form.clone() name="url" label=t!("monitors-url") hint=t!("monitors-url-hint") kind="url" mono=true/>
        </div>
        <div class="fields">
            <TextField form=form.clone() name="interval" label=t!("monitors-interval") hint=t!("monitors-interval-hint")/>
            <TextField form=form.clone() name="timeout" label=t!("monitors-timeout") hint=t!("monitors-timeout-hint")/>
            <TextField form=form.clone() name="needed" label=t!("monitors-needed") hint=t!("monitors-needed-hint")/>
        </div>
        <div class="fields">
            <TextField form=form.clone() name="expected" label=t!("monitors-expected") hint=t!("monitors-expected-hint")/>
            <TextField form=form.clone() name="tls_days" label=t!("monitors-tls-days") hint=t!("monitors-tls-days-hint") optional=true/>
        </div>
        <div class="fields">
            <SelectField form=form.clone() name="match" label=t!("monitors-match") options=modes/>
            <TextField form=form.clone() name="match_text" label=t!("monitors-match-text") mono=true optional=true/>
        </div>
        <CheckField form=form.clone() name="follow" label=t!("monitors-follow") hint=t!("monitors-follow-hint")/>
        <CheckField form=form.clone() name="accept_invalid" label=t!("monitors-accept-invalid") hint=t!("monitors-accept-invalid-hint")/>
        <TextAreaField form=form.clone() name="headers" label=t!("monitors-headers") hint=t!("monitors-headers-hint") optional=true/>
        <TextAreaField form name="body" label=t!("monitors-body") hint=t!("monitors-body-hint") optional=true/>
    }
}

#[component]
fn BeatFields(form: FormState) -> impl IntoView {
    view! {
        <div class="fields">
            <TextField form=form.clone() name="deadline" label=t!("monitors-deadline") hint=t!("monitors-deadline-hint")/>
            <TextField form name="grace" label=t!("monitors-grace") hint=t!("monitors-grace-hint") optional=true/>
        </div>
        <p class="muted">{t!("monitors-beat-after")}</p>
    }
}
