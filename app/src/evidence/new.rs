//! Bringing evidence: one plain form with a file.

use axum::response::Response;
use domain::{
    Fault, Permission,
    evidence::{EvidenceKind, EvidenceVerdict},
    form::Typed,
};
use leptos::prelude::*;

use super::say::{kind_word, verdict_word};
use crate::{
    components::{
        Button, ButtonKind, ErrorSummary, FileField, Here, LinkButton, NumberField, PageHead, SelectField, TextAreaField, TextField,
    },
    fault::{Answer, Refused},
    form::{FormState, PostedUpload},
    t, tr,
    visit::Visit,
};

fn labels() -> Vec<(&'static str, String)> {
    [
        ("team", "changes-field-team"),
        ("kind", "evidence-kind"),
        ("custom", "evidence-custom-name"),
        ("artifact", "changes-field-artifact"),
        ("artifact_version", "changes-field-artifact-version"),
        ("artifact_sha", "changes-field-artifact-sha"),
        ("environment", "evidence-environment"),
        ("facts", "evidence-facts"),
        ("verdict", "evidence-verdict"),
        ("note", "evidence-note"),
        ("days", "evidence-days"),
        ("max_p99_ms", "evidence-max-p99"),
        ("max_failed", "evidence-max-failed"),
        ("file", "evidence-file"),
    ]
    .into_iter()
    .map(|(name, key)| (name, t!(key)))
    .collect()
}

/// `GET /evidence/new`; `artifact`, `artifact_version`, `artifact_sha` and `kind` fill in the form.
pub(super) async fn fresh(visit: Visit) -> Answer {
    visit.actor.require_somewhere(Permission::RequestChanges)?;
    let here = Here::parse(&visit.path_and_query);
    let mut typed = Typed::default();
    typed.set("days", 30);
    for name in ["kind", "custom", "environment", "artifact", "artifact_version", "artifact_sha"] {
        if !here.get(name).is_empty() {
            typed.set(name, here.get(name));
        }
    }
    Ok(show(&visit, FormState::fresh(typed)).await?)
}

/// `POST /evidence/new`
pub(super) async fn submit(visit: Visit, posted: Result<PostedUpload, Refused>) -> Answer {
    visit.actor.require_somewhere(Permission::RequestChanges)?;
    let posted = posted?;
    match visit.portal.evidence.submit(&visit.actor, &posted.typed, &posted.name, posted.body).await {
        Ok(id) => Ok(visit.go(&format!("/evidence/{id}"), "toast-evidence-kept")),
        Err(fault @ (Fault::Invalid(_) | Fault::Conflict(_))) => Ok(show(&visit, FormState::refused(posted.typed, fault)).await?),
        Err(fault) => Err(fault.into()),
    }
}

async fn show(visit: &Visit, form: FormState) -> Result<Response, Fault> {
    let mut teams = visit.portal.changes.choices(&visit.actor).await?.teams;
    teams.retain(|team| visit.actor.may(Permission::RequestChanges, &team.id));
    let teams: Vec<(String, String)> = teams.into_iter().map(|team| (team.id.to_string(), team.name)).collect();
    Ok(visit.page_as(form.status(), tr!(visit, "evidence-new"), move || {
        let kinds: Vec<_> = EvidenceKind::ALL.iter().map(|kind| (kind.name().to_owned(), kind_word(*kind))).collect();
        let verdicts: Vec<_> = EvidenceVerdict::ALL.iter().map(|verdict| (verdict.name().to_owned(), verdict_word(*verdict))).collect();
        view! {
            <PageHead title=t!("evidence-new") sub=t!("evidence-new-sub") back=("/evidence".to_owned(), t!("evidence-title"))/>
            <ErrorSummary form=&form labels=labels()/>
            <form class="form changes-form" method="post" action="/evidence/new" enctype="multipart/form-data">
                <div class="fields">
                    <SelectField form=&form name="kind" label=t!("evidence-kind") options=kinds blank=t!("changes-choose")/>
                    <SelectField form=&form name="team" label=t!("changes-field-team") options=teams blank=t!("changes-choose")/>
                    <TextField form=&form name="custom" label=t!("evidence-custom-name") hint=t!("evidence-custom-name-hint") optional=true/>
                </div>
                <div class="fields">
                    <TextField form=&form name="artifact" label=t!("changes-field-artifact")/>
                    <TextField form=&form name="artifact_version" label=t!("changes-field-artifact-version")/>
                    <TextField form=&form name="artifact_sha" label=t!("changes-field-artifact-sha") mono=true/>
                </div>
                <TextField form=&form name="environment" label=t!("evidence-environment") hint=t!("evidence-environment-hint")/>
                <TextAreaField form=&form name="facts" label=t!("evidence-facts") hint=t!("evidence-facts-hint") rows=3 optional=true/>
                <FileField form=&form name="file" label=t!("evidence-file") hint=t!("evidence-file-hint")/>
                <div class="fields">
                    <TextField form=&form name="max_p99_ms" label=t!("evidence-max-p99") optional=true/>
                    <TextField form=&form name="max_failed" label=t!("evidence-max-failed") optional=true/>
                    <SelectField form=&form name="verdict" label=t!("evidence-verdict") options=verdicts blank=t!("evidence-verdict-file") hint=t!("evidence-verdict-hint") optional=true/>
                </div>
                <NumberField form=&form name="days" label=t!("evidence-days") min=1 max=365 optional=true/>
                <TextAreaField form=&form name="note" label=t!("evidence-note") rows=2 optional=true/>
                <div class="form-acts">
                    <Button label=t!("evidence-keep") kind=ButtonKind::Primary/>
                    <LinkButton href="/evidence" label=t!("changes-back") kind=ButtonKind::Quiet/>
                </div>
            </form>
        }
    }))
}
