//! The form that makes or edits an objective.

use axum::{extract::Path, response::Response};
use domain::{
    Permission,
    form::Typed,
    id::ObjectiveId,
    objectives::{Draft, SliKind},
    sources::SourceKind,
};
use leptos::prelude::*;

use super::{read_id, words::say_kind};
use crate::{
    components::{Button, ButtonKind, ErrorSummary, Here, LinkButton, PageHead, SelectField, Tab, Tabs, TextAreaField, TextField},
    fault::Answer,
    form::{FormState, PostedForm},
    rules::annotation_fields,
    sources,
    systems::no_system,
    t, tr,
    visit::Visit,
};

type Choices = Vec<(String, String)>;

pub(super) async fn new(visit: Visit) -> Answer {
    visit.actor.require_somewhere(Permission::EditMonitors)?;
    let here = Here::parse(&visit.path_and_query);
    let kind = SliKind::parse(here.get("kind")).unwrap_or(SliKind::Success);
    let mut typed = Typed::default();
    for (name, value) in [("kind", kind.name()), ("target", "99.9"), ("days", "28"), ("system", here.get("system"))] {
        typed.set(name, value);
    }
    page(&visit, None, FormState::fresh(typed)).await
}

pub(super) async fn create(visit: Visit, form: PostedForm) -> Answer {
    match visit.portal.objectives.create(&visit.actor, &form.typed).await {
        Ok(id) => Ok(visit.go(&format!("/objectives/{id}"), "toast-objective-created")),
        Err(fault) => page(&visit, None, FormState::refused(form.typed, fault)).await,
    }
}

pub(super) async fn edit(visit: Visit, Path(id): Path<String>) -> Answer {
    let objective = visit.portal.objectives.get(&visit.actor, &read_id(&id)?).await?;
    visit.actor.require(Permission::EditMonitors, &objective.system.team, "objective")?;
    page(&visit, Some((objective.id.clone(), objective.name.clone())), FormState::fresh(Draft::typed(&objective))).await
}

pub(super) async fn save(visit: Visit, Path(id): Path<String>, form: PostedForm) -> Answer {
    let id = read_id(&id)?;
    match visit.portal.objectives.edit(&visit.actor, &id, &form.typed).await {
        Ok(()) => Ok(visit.go(&format!("/objectives/{id}"), "toast-objective-saved")),
        Err(fault) => {
            // Whoever may not even read it hears so, and gets no form.
            let objective = visit.portal.objectives.get(&visit.actor, &id).await?;
            visit.actor.require(Permission::EditMonitors, &objective.system.team, "objective")?;
            page(&visit, Some((id, objective.name)), FormState::refused(form.typed, fault)).await
        }
    }
}

async fn page(visit: &Visit, editing: Option<(ObjectiveId, String)>, form: FormState) -> Result<Response, crate::fault::Refused> {
    visit.actor.require_somewhere(Permission::EditMonitors)?;
    let systems = visit.portal.monitors.systems(&visit.actor, Permission::EditMonitors).await?;
    if editing.is_none() && systems.is_empty() && form.fault.is_none() {
        return Ok(no_system(visit, tr!(visit, "objectives-new"), ("/objectives", tr!(visit, "objectives-title"))));
    }
    let kind = SliKind::parse(&form.get("kind")).unwrap_or(SliKind::Success);
    let systems: Choices = systems.into_iter().map(|s| (s.id.to_string(), format!("{} ({})", s.name, s.team_name))).collect();
    let sources: Choices = sources::offered(visit, SourceKind::Query, &form.get("source")).await?;
    let title = match &editing {
        Some((_, name)) => tr!(visit, "objectives-edit-title", name = name.clone()),
        None => tr!(visit, "objectives-new"),
    };
    let heading = title.clone();
    Ok(visit.page_as(form.status(), title, move || {
        let back = match &editing {
            Some((id, name)) => (format!("/objectives/{id}"), name.clone()),
            None => ("/objectives".to_owned(), t!("objectives-title")),
        };
        let cancel = back.0.clone();
        let tabs = editing.is_none().then(|| {
            let href = |kind: SliKind| format!("/objectives/new?kind={}", kind.name());
            let tabs = SliKind::ALL.iter().map(|kind| Tab { href: href(*kind), label: say_kind(*kind), count: None }).collect::<Vec<_>>();
            view! { <Tabs label=t!("objectives-kind") tabs current=href(kind)/> }
        });
        let version = editing.is_some().then(|| view! { <input type="hidden" name="version" value=form.get("version")/> });
        view! {
            <PageHead title=heading back/>
            {tabs}
            <form class="form" method="post">
                <ErrorSummary form=form.clone() labels=labels()/>
                <input type="hidden" name="kind" value=kind.name()/>
                {version}
                <div class="fields">
                    <TextField form=form.clone() name="name" label=t!("objectives-name") hint=t!("objectives-name-hint")/>
                    <SelectField form=form.clone() name="system" label=t!("objectives-system") options=systems blank=t!("objectives-choose-one")/>
                </div>
                <div class="fields">
                    <TextField form=form.clone() name="target" label=t!("objectives-target") hint=t!("objectives-target-hint")/>
                    <TextField form=form.clone() name="days" label=t!("objectives-days") hint=t!("objectives-days-hint")/>
                    <TextField form=form.clone() name="month" label=t!("objectives-month") hint=t!("objectives-month-hint") placeholder="Asia/Shanghai" optional=true/>
                </div>
                <Counted form=form.clone() kind sources/>
                <TextField form=form.clone() name="runbook" label=t!("rules-runbook") kind="url" optional=true/>
                <TextAreaField form=form.clone() name="labels" label=t!("rules-labels") hint=t!("rules-labels-hint") optional=true mono=true/>
                {annotation_fields(&form)}
                <div class="form-acts">
                    <Button label=t!("objectives-save") kind=ButtonKind::Primary/>
                    <LinkButton href=cancel label=t!("objectives-cancel") kind=ButtonKind::Quiet/>
                </div>
            </form>
        }
    }))
}

fn labels() -> Vec<(&'static str, String)> {
    vec![
        ("name", t!("objectives-name")),
        ("system", t!("objectives-system")),
        ("target", t!("objectives-target")),
        ("days", t!("objectives-days")),
        ("month", t!("objectives-month")),
        ("link", t!("rules-link")),
        ("merchant", t!("rules-merchant")),
        ("where", t!("rules-where")),
        ("channel", t!("rules-channel")),
        ("excused", t!("objectives-excused")),
        ("within", t!("objectives-within")),
        ("source", t!("rules-source")),
        ("good", t!("objectives-good")),
        ("total", t!("objectives-total")),
        ("runbook", t!("rules-runbook")),
        ("labels", t!("rules-labels")),
        ("annotations", t!("rules-annotations")),
        ("annotations_zh", t!("rules-annotations-zh")),
    ]
}

#[component]
fn Counted(form: FormState, kind: SliKind, sources: Choices) -> impl IntoView {
    if kind == SliKind::Query {
        return view! {
            <SelectField form=form.clone() name="source" label=t!("rules-source") options=sources blank=t!("objectives-choose-one")/>
            <TextAreaField form=form.clone() name="good" label=t!("objectives-good") hint=t!("objectives-good-hint") mono=true/>
            <TextAreaField form name="total" label=t!("objectives-total") hint=t!("objectives-total-hint") mono=true/>
        }
        .into_any();
    }
    // Several values stand in one field, with commas.
    let joined = |name: &str| {
        let mut typed = (*form.typed).clone();
        typed.set(name, typed.all(name).join(", "));
        FormState { typed: std::sync::Arc::new(typed), fault: form.fault.clone() }
    };
    let within = (kind == SliKind::Latency)
        .then(|| view! { <TextField form=form.clone() name="within" label=t!("objectives-within") hint=t!("objectives-within-hint")/> });
    let merchant = (kind == SliKind::Success).then(
        || view! { <TextField form=joined("merchant") name="merchant" label=t!("rules-merchant") hint=t!("rules-several") optional=true/> },
    );
    let excused = (kind == SliKind::Success).then(|| {
        let hint = t!("objectives-excused-hint");
        view! { <TextField form=joined("excused") name="excused" label=t!("objectives-excused") hint optional=true/> }
    });
    view! {
        <div class="fields">
            {within}
            {excused}
            <TextField form=joined("link") name="link" label=t!("rules-link") hint=t!("rules-several") optional=true/>
            {merchant}
            <TextField form=joined("channel") name="channel" label=t!("rules-channel") hint=t!("rules-several") optional=true/>
            <TextField form=joined("where") name="where" label=t!("rules-where") hint=t!("rules-where-hint") optional=true/>
        </div>
    }
    .into_any()
}
