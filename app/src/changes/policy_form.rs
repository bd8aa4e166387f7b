//! Writing an approval policy: one plain form.

use axum::{extract::Path, response::Response};
use domain::{
    Fault, Permission,
    changes::{Kind, MOST_STAGES, Risk, Side},
    evidence::EvidenceKind,
    form::Typed,
    id::ApprovalPolicyId,
};
use leptos::prelude::*;

use super::{
    policies::role_names,
    request::labels,
    say::{kind_word, risk_word},
};
use crate::{
    components::{
        Button, ButtonKind, CheckField, ChoicesField, ErrorSummary, LinkButton, NumberField, PageHead, SelectField, TextAreaField,
        TextField,
    },
    evidence::say::kind_word as evidence_word,
    fault::Answer,
    form::{FormState, PostedForm},
    t, tr,
    visit::Visit,
};

fn read(id: &str) -> Result<ApprovalPolicyId, Fault> {
    ApprovalPolicyId::parse(id).ok_or(Fault::NotFound("policy"))
}

/// `GET /approvals/policies/new`
pub(super) async fn new(visit: Visit) -> Answer {
    visit.actor.require_everywhere(Permission::ManageSettings)?;
    let mut typed = Typed::default();
    for (name, value) in [("place", "100"), ("hours", "0"), ("rollback", "on"), ("stages[0].count", "1"), ("stages[0].of", "owners")] {
        typed.set(name, value);
    }
    show(&visit, FormState::fresh(typed), None).await
}

/// `POST /approvals/policies/new`
pub(super) async fn create(visit: Visit, form: PostedForm) -> Answer {
    match visit.portal.approving.set_policy(&visit.actor, &form.typed).await {
        Ok(_) => Ok(visit.go("/approvals/policies", "toast-policy-set")),
        Err(fault @ (Fault::Invalid(_) | Fault::Conflict(_))) => show(&visit, FormState::refused(form.typed, fault), None).await,
        Err(fault) => Err(fault.into()),
    }
}

/// `GET /approvals/policies/{id}/edit`
pub(super) async fn edit(visit: Visit, Path(id): Path<String>) -> Answer {
    visit.actor.require_everywhere(Permission::ManageSettings)?;
    let policy = visit.portal.approving.policy(&visit.actor, &read(&id)?).await?;
    let mut typed = policy.content.to_typed();
    typed.set("version", policy.version);
    show(&visit, FormState::fresh(typed), Some(id)).await
}

/// `POST /approvals/policies/{id}/edit`
pub(super) async fn change(visit: Visit, Path(id): Path<String>, form: PostedForm) -> Answer {
    match visit.portal.approving.change_policy(&visit.actor, &read(&id)?, &form.typed).await {
        Ok(()) => Ok(visit.go("/approvals/policies", "toast-policy-set")),
        Err(fault @ (Fault::Invalid(_) | Fault::Conflict(_))) => show(&visit, FormState::refused(form.typed, fault), Some(id)).await,
        Err(fault) => Err(fault.into()),
    }
}

async fn show(visit: &Visit, form: FormState, id: Option<String>) -> Result<Response, crate::fault::Refused> {
    let roles = role_names(visit).await?;
    let teams = visit.portal.changes.choices(&visit.actor).await?.teams;
    let teams: Vec<(String, String)> = teams.into_iter().map(|team| (team.id.to_string(), team.name)).collect();
    let title = if id.is_some() { tr!(visit, "changes-policy-edit") } else { tr!(visit, "changes-policy-new") };
    let heading = title.clone();
    Ok(visit.page_as(form.status(), title, move || {
        let action = id.as_ref().map_or_else(|| "/approvals/policies/new".to_owned(), |id| format!("/approvals/policies/{id}/edit"));
        let mut names = labels();
        names.extend([
            ("name", t!("changes-policy-name")),
            ("place", t!("changes-policy-order")),
            ("hours", t!("changes-policy-hours-field")),
            ("kinds", t!("changes-policy-kinds")),
            ("risks", t!("changes-policy-risks")),
            ("tiers", t!("changes-policy-tiers")),
            ("evidence", t!("evidence-policy")),
            ("custom", t!("evidence-custom")),
            ("environment", t!("evidence-environment")),
            ("like_production", t!("evidence-like-production")),
            ("max_p99_ms", t!("evidence-bound-p99")),
            ("max_failed", t!("evidence-bound-failed")),
            ("min_rate", t!("evidence-bound-rate")),
            ("min_peak", t!("evidence-bound-peak")),
        ]);
        let kinds = Kind::ALL.iter().map(|kind| (kind.name().to_owned(), kind_word(*kind))).collect::<Vec<_>>();
        let risks = Risk::ALL.iter().map(|risk| (risk.name().to_owned(), risk_word(*risk))).collect::<Vec<_>>();
        let tiers = (1..=4).map(|tier| (tier.to_string(), t!("changes-policy-tier", tier = tier))).collect::<Vec<_>>();
        let needed = EvidenceKind::ALL.iter().map(|kind| (kind.name().to_owned(), evidence_word(*kind))).collect::<Vec<_>>();
        let stages = (0..MOST_STAGES).map(|i| stage(&form, i, &roles, &teams)).collect_view();
        view! {
            <PageHead title=heading back=("/approvals/policies".to_owned(), t!("changes-policies"))/>
            <ErrorSummary form=&form labels=names/>
            <form class="form" method="post" action=action>
                {id.is_some().then(|| view! { <input type="hidden" name="version" value=form.get("version")/> })}
                <TextField form=&form name="name" label=t!("changes-policy-name")/>
                <div class="fields">
                    <ChoicesField form=&form name="kinds" label=t!("changes-policy-kinds") options=kinds hint=t!("changes-policy-empty-all") optional=true/>
                    <ChoicesField form=&form name="risks" label=t!("changes-policy-risks") options=risks hint=t!("changes-policy-risks-hint") optional=true/>
                    <ChoicesField form=&form name="tiers" label=t!("changes-policy-tiers") options=tiers hint=t!("changes-policy-empty-all") optional=true/>
                </div>
                <fieldset class="form-group">
                    <legend>{t!("changes-policy-stages")}</legend>
                    <p class="field-hint">{t!("changes-policy-stages-hint")}</p>
                    {stages}
                </fieldset>
                <ChoicesField form=&form name="evidence" label=t!("evidence-policy") options=needed hint=t!("evidence-policy-hint") optional=true/>
                <div class="fields">
                    <TextAreaField form=&form name="custom" label=t!("evidence-custom") hint=t!("evidence-custom-hint") rows=2 optional=true/>
                    <TextField form=&form name="environment" label=t!("evidence-environment") hint=t!("evidence-policy-environment") optional=true/>
                </div>
                <CheckField form=&form name="like_production" label=t!("evidence-like-production") hint=t!("evidence-like-production-hint")/>
                <fieldset class="form-group">
                    <legend>{t!("evidence-bounds")}</legend>
                    <p class="field-hint">{t!("evidence-bounds-hint")}</p>
                    <div class="fields">
                        <NumberField form=&form name="max_p99_ms" label=t!("evidence-bound-p99") unit="ms" optional=true/>
                        <NumberField form=&form name="max_failed" label=t!("evidence-bound-failed") unit="%" optional=true/>
                        <NumberField form=&form name="min_rate" label=t!("evidence-bound-rate") unit="/s" optional=true/>
                        <NumberField form=&form name="min_peak" label=t!("evidence-bound-peak") unit="%" hint=t!("evidence-bound-peak-hint") optional=true/>
                    </div>
                </fieldset>
                <CheckField form=&form name="in_order" label=t!("changes-policy-in-order")/>
                <CheckField form=&form name="rollback" label=t!("changes-policy-needs-rollback")/>
                <div class="fields">
                    <NumberField form=&form name="hours" label=t!("changes-policy-hours-field") unit="h" min=0 max=2160 hint=t!("changes-policy-hours-hint")/>
                    <NumberField form=&form name="place" label=t!("changes-policy-order") min=0 max=10000 hint=t!("changes-policy-order-hint")/>
                </div>
                <div class="form-acts">
                    <Button label=t!("changes-save") kind=ButtonKind::Primary/>
                    <LinkButton href="/approvals/policies" label=t!("changes-back") kind=ButtonKind::Quiet/>
                </div>
            </form>
        }
    }))
}

fn stage(form: &FormState, i: usize, roles: &[(String, String)], teams: &[(String, String)]) -> impl IntoView + use<> {
    let name = |part: &str| format!("stages[{i}].{part}");
    let there = !form.get(&name("of")).is_empty();
    let sides = Side::ALL.iter().map(|side| (side.name().to_owned(), t!(&format!("changes-side-{side}")))).collect::<Vec<_>>();
    view! {
        <details class="changes-step-row" open=there || i == 0>
            <summary>{t!("changes-policy-stage", number = i + 1)}</summary>
            <div class="fields">
                <NumberField form name=name("count") label=t!("changes-stage-count") min=1 max=9 optional=true/>
                <SelectField form name=name("of") label=t!("changes-stage-of") options=sides blank=t!("changes-stage-none") optional=true/>
                <SelectField form name=name("team") label=t!("changes-field-team") options=teams.to_vec() blank=t!("changes-choose") optional=true/>
            </div>
            <ChoicesField form name=name("roles") label=t!("changes-stage-roles-field") options=roles.to_vec() hint=t!("changes-stage-roles-hint") optional=true/>
        </details>
    }
}
