//! `/incidents/new`: what no monitor has seen.

use domain::{Fault, Permission, alerts::Severity, form::Typed};
use leptos::prelude::*;

use crate::{
    components::{Button, ButtonKind, ErrorSummary, Here, LinkButton, PageHead, SelectField, TextAreaField, TextField},
    fault::Answer,
    form::{FormState, PostedForm},
    t, tr,
    visit::Visit,
};

/// `GET /incidents/new?system=…`
pub(super) async fn page(visit: Visit) -> Answer {
    let here = Here::parse(&visit.path_and_query);
    let mut typed = Typed::default();
    typed.set("severity", "P2");
    typed.set("system", here.get("system"));
    form(&visit, FormState::fresh(typed)).await
}

/// `POST /incidents`
pub(super) async fn create(visit: Visit, posted: PostedForm) -> Answer {
    match visit.portal.incidents.open(&visit.actor, &posted.typed).await {
        Ok(incident) => Ok(visit.go(&format!("/incidents/{}", incident.number), "toast-incident-opened")),
        Err(fault @ (Fault::Invalid(_) | Fault::Conflict(_))) => form(&visit, FormState::refused(posted.typed, fault)).await,
        Err(fault) => Err(fault.into()),
    }
}

pub(super) fn severities() -> Vec<(String, String)> {
    let words = [t!("severity-p1"), t!("severity-p2"), t!("severity-p3"), t!("severity-p4")];
    Severity::ALL.iter().zip(words).map(|(severity, word)| (severity.name().to_owned(), word)).collect()
}

async fn form(visit: &Visit, form: FormState) -> Answer {
    visit.actor.require_somewhere(Permission::WorkIncidents)?;
    let systems = visit.portal.systems.choices(&visit.actor, Permission::WorkIncidents).await?;
    let systems = systems.into_iter().map(|brief| (brief.id.to_string(), brief.name)).collect::<Vec<_>>();
    let teams = visit.portal.systems.teams(&visit.actor, Permission::WorkIncidents).await?;
    let teams = teams.into_iter().map(|team| (team.id.to_string(), team.name)).collect::<Vec<_>>();
    Ok(visit.page_as(form.status(), tr!(visit, "incidents-open"), move || {
        let labels = vec![
            ("title", t!("incidents-field-title")),
            ("severity", t!("alerts-severity")),
            ("system", t!("alerts-system")),
            ("team", t!("incidents-team")),
            ("impact", t!("incidents-impact")),
        ];
        view! {
            <PageHead title=t!("incidents-open") back=("/incidents".to_owned(), t!("incidents-title"))/>
            <ErrorSummary form=&form labels/>
            <form class="form" method="post" action="/incidents">
                <TextField form=&form name="title" label=t!("incidents-field-title") hint=t!("incidents-title-hint") autofocus=true/>
                <SelectField form=&form name="severity" label=t!("alerts-severity") options=severities()/>
                <SelectField form=&form name="system" label=t!("alerts-system") options=systems blank=t!("incidents-open-no-system") optional=true/>
                <SelectField form=&form name="team" label=t!("incidents-team") options=teams blank=t!("incidents-open-team-of-system") hint=t!("incidents-open-team-hint") optional=true/>
                <TextAreaField form=&form name="impact" label=t!("incidents-impact") hint=t!("incidents-impact-hint") optional=true/>
                <div class="form-acts">
                    <Button label=t!("incidents-open") kind=ButtonKind::Primary/>
                    <LinkButton href="/incidents" label=t!("incidents-cancel") kind=ButtonKind::Quiet/>
                </div>
            </form>
        }
    }))
}
