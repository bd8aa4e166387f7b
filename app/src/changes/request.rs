//! Requesting and editing: one page, one plain form. "Check" and every refusal show what is in the way.

use axum::{
    extract::Path,
    response::{IntoResponse, Response},
};
use domain::{
    Fault, Span,
    changes::{Choices, Conflict, Detail, Kind, QuietAnswer, Risk, Watch, number_text},
    id::{ChangeId, TemplateId},
};
use leptos::prelude::*;

use super::{
    order::in_order,
    quiet::{Quiet, too_short},
    say::{ConflictList, risk_word},
    steps::{self, StepFields},
};
use crate::{
    components::{
        Button, ButtonKind, ChoicesField, ErrorSummary, Here, LinkButton, MomentField, Notice, PageHead, Panel, SelectField, TextAreaField,
        TextField, Tone,
    },
    fault::Answer,
    form::{FormState, PostedForm},
    systems::no_system,
    t, tr,
    visit::Visit,
};

/// The label of each field by its name: in forms, in summaries of what is wrong, in differences.
pub(super) fn labels() -> Vec<(&'static str, String)> {
    [
        ("title", "changes-field-title"),
        ("systems", "changes-field-systems"),
        ("team", "changes-field-team"),
        ("start", "changes-field-start"),
        ("end", "changes-field-end"),
        ("zone", "changes-field-zone"),
        ("risk", "changes-field-risk"),
        ("risk_reason", "changes-field-risk-reason"),
        ("impact", "changes-field-impact"),
        ("plan", "changes-field-plan"),
        ("rollback", "changes-field-rollback"),
        ("rollback_minutes", "changes-field-rollback-minutes"),
        ("remark", "changes-field-remark"),
        ("outcome", "changes-field-outcome"),
        ("text", "changes-field-comment"),
        ("scope", "changes-field-scope"),
        ("reason", "changes-field-reason"),
        ("hash", "changes-field-hash"),
        ("version", "changes-field-version"),
        ("kind", "changes-field-kind"),
        ("template", "changes-template"),
        ("name", "changes-template-name"),
        ("artifact", "changes-field-artifact"),
        ("artifact_version", "changes-field-artifact-version"),
        ("artifact_sha", "changes-field-artifact-sha"),
        ("steps", "changes-field-steps"),
        ("verify_minutes", "changes-field-verify-minutes"),
        ("verify_margin", "changes-field-verify-margin"),
        ("verify_latency", "changes-field-verify-latency"),
        ("rrule", "changes-field-rrule"),
        ("freeze", "changes-break-field"),
        ("file", "files-file"),
        ("result", "changes-step-tick"),
        ("note", "changes-field-remark"),
    ]
    .into_iter()
    .map(|(name, key)| (name, t!(key)))
    .chain(steps::labels())
    .collect()
}

/// `GET /changes/new`; `?system=` (an id or key, may be repeated), `start`, `end` and `zone` fill in the form, `template` all but the window.
pub(super) async fn new(visit: Visit) -> Answer {
    visit.actor.require_somewhere(domain::Permission::RequestChanges)?;
    let choices = offered(&visit).await?;
    if choices.systems.is_empty() {
        return Ok(no_system(&visit, tr!(visit, "changes-new-title"), ("/changes", tr!(visit, "changes-title"))));
    }
    let here = Here::parse(&visit.path_and_query);
    let mut typed = match TemplateId::parse(here.get("template")) {
        Some(template) => visit.portal.change_templates.get(&visit.actor, &template).await?.to_typed(),
        None => {
            let mut typed = domain::form::Typed::default();
            typed.set("kind", Kind::Normal.name());
            Watch::default().fill(&mut typed);
            typed
        }
    };
    typed.set("zone", &visit.zone_name);
    for wanted in here.all("system") {
        if let Some(system) = choices.systems.iter().find(|s| s.id.as_str() == wanted || s.key == wanted) {
            typed.add("systems", &system.id);
        }
    }
    for name in ["start", "end", "zone"] {
        if !here.get(name).is_empty() {
            typed.set(name, here.get(name));
        }
    }
    Ok(show(&visit, FormState::fresh(typed), choices, None, None))
}

/// `POST /changes/new`
pub(super) async fn create(visit: Visit, form: PostedForm) -> Answer {
    visit.actor.require_somewhere(domain::Permission::RequestChanges)?;
    if is_question(form.get("act")) {
        return checked(&visit, form, None).await;
    }
    match visit.portal.changes.request(&visit.actor, &form.typed).await {
        Ok(id) if form.typed.has("submit") => Ok(visit.go(&format!("/changes/{id}"), "toast-change-requested")),
        Ok(id) => Ok(visit.go(&format!("/changes/{id}"), "toast-change-saved")),
        Err(fault) => refused(&visit, form, fault, None).await,
    }
}

/// `GET /changes/{id}/edit`
pub(super) async fn edit(visit: Visit, Path(id): Path<String>) -> Answer {
    let detail = editable(&visit, &id).await?;
    let mut typed = detail.content.to_typed();
    typed.set("version", detail.version);
    let choices = choices_of(&visit, &detail).await?;
    Ok(show(&visit, FormState::fresh(typed), choices, None, Some(detail)))
}

/// `POST /changes/{id}/edit`
pub(super) async fn revise(visit: Visit, Path(id): Path<String>, form: PostedForm) -> Answer {
    let detail = visit.portal.changes.detail(&visit.actor, &id).await?;
    if is_question(form.get("act")) {
        return checked(&visit, form, Some(detail)).await;
    }
    match visit.portal.changes.revise(&visit.actor, &detail.summary.id, &form.typed).await {
        Ok(revised) if revised.voided > 0 => Ok(visit.go(&format!("/changes/{}", detail.summary.id), "toast-change-voided")),
        Ok(_) => Ok(visit.go(&format!("/changes/{}", detail.summary.id), "toast-change-saved")),
        Err(fault) => refused(&visit, form, fault, Some(detail)).await,
    }
}

async fn editable(visit: &Visit, id: &str) -> Result<Detail, Fault> {
    let detail = visit.portal.changes.detail(&visit.actor, id).await?;
    if !visit.actor.may(domain::Permission::RequestChanges, &detail.content.team) {
        return Err(Fault::Forbidden(domain::Permission::RequestChanges));
    }
    detail.summary.state.step(domain::changes::Act::Revise)?;
    Ok(detail)
}

/// What the form offers: only teams for which the reader may ask.
async fn offered(visit: &Visit) -> Result<Choices, Fault> {
    let mut choices = visit.portal.changes.choices(&visit.actor).await?;
    choices.teams.retain(|team| visit.actor.may(domain::Permission::RequestChanges, &team.id));
    Ok(choices)
}

/// The same, with what the change names already.
async fn choices_of(visit: &Visit, detail: &Detail) -> Result<Choices, Fault> {
    let mut choices = offered(visit).await?;
    for system in &detail.summary.systems {
        if !choices.systems.iter().any(|s| s.id == system.id) {
            choices.systems.push(system.clone());
        }
    }
    Ok(choices)
}

async fn all_choices(visit: &Visit, detail: Option<&Detail>) -> Result<Choices, Fault> {
    match detail {
        Some(detail) => choices_of(visit, detail).await,
        None => offered(visit).await,
    }
}

/// What is asked of a form without keeping it.
fn is_question(act: &str) -> bool {
    matches!(act, "check" | "steps" | "quiet") || act.starts_with("take ")
}

/// What was found out about what is typed.
#[derive(Default)]
struct Found {
    conflicts: Option<Vec<Conflict>>,
    free: Option<Span>,
    quiet: Option<QuietAnswer>,
}

fn id_of(detail: Option<&Detail>) -> Option<&ChangeId> {
    detail.map(|d| &d.summary.id)
}

async fn checked(visit: &Visit, mut form: PostedForm, detail: Option<Detail>) -> Answer {
    let choices = all_choices(visit, detail.as_ref()).await?;
    let act = form.get("act").to_owned();
    if let Some((start, end)) = act.strip_prefix("take ").and_then(|window| window.split_once(' ')) {
        form.typed.set("start", start);
        form.typed.set("end", end);
        return Ok(show(visit, FormState::fresh(form.typed), choices, None, detail));
    }
    if act == "quiet" {
        return match visit.portal.carrying.quiet(&visit.actor, &form.typed).await {
            Ok(quiet) => {
                let found = Found { quiet: Some(quiet), ..Found::default() };
                Ok(show_with(visit, FormState::fresh(form.typed), choices, found, detail))
            }
            Err(fault @ Fault::Invalid(_)) => Ok(show(visit, FormState::refused(form.typed, in_order(fault)), choices, None, detail)),
            Err(fault) => Err(fault.into()),
        };
    }
    if form.get("act") == "steps" {
        return Ok(show(visit, FormState::fresh(form.typed), choices, None, detail));
    }
    match visit.portal.changes.check(&visit.actor, id_of(detail.as_ref()), &form.typed).await {
        Ok(conflicts) => {
            let free = visit.portal.changes.free_slot(&visit.actor, id_of(detail.as_ref()), &form.typed).await?;
            let found = Found { conflicts: Some(conflicts), free, quiet: None };
            Ok(show_with(visit, FormState::fresh(form.typed), choices, found, detail))
        }
        Err(fault @ (Fault::Invalid(_) | Fault::Conflict(_))) => {
            Ok(show(visit, FormState::refused(form.typed, in_order(fault)), choices, None, detail))
        }
        Err(fault) => Err(fault.into()),
    }
}

async fn refused(visit: &Visit, form: PostedForm, fault: Fault, detail: Option<Detail>) -> Answer {
    // A team for which the reader may not ask is a matter of the form, too: nothing typed is lost over it.
    if !matches!(fault, Fault::Invalid(_) | Fault::Conflict(_) | Fault::Forbidden(_)) {
        return Err(fault.into());
    }
    let choices = all_choices(visit, detail.as_ref()).await?;
    // Where the content itself reads well, what is in the way is shown as well.
    let conflicts = visit.portal.changes.check(&visit.actor, id_of(detail.as_ref()), &form.typed).await.ok();
    Ok(show(visit, FormState::refused(form.typed, in_order(fault)), choices, conflicts, detail))
}

fn show(visit: &Visit, form: FormState, choices: Choices, conflicts: Option<Vec<Conflict>>, detail: Option<Detail>) -> Response {
    show_with(visit, form, choices, Found { conflicts, ..Found::default() }, detail)
}

/// The next free slot as a sentence, in the zone of the form.
fn free_text(form: &FormState, free: Span) -> String {
    let zone = domain::time::zone(form.get("zone").trim()).unwrap_or(jiff::tz::TimeZone::UTC);
    let wall = |at: domain::Timestamp| at.wall(&zone).chars().take(16).collect::<String>();
    t!("changes-free-slot", from = wall(free.from), to = wall(free.to))
}

fn show_with(
    visit: &Visit,
    form: FormState,
    choices: Choices,
    Found { conflicts, free, quiet }: Found,
    detail: Option<Detail>,
) -> Response {
    let title = match &detail {
        Some(detail) => tr!(visit, "changes-edit-title", number = number_text(detail.summary.number)),
        None => tr!(visit, "changes-new-title"),
    };
    let heading = title.clone();
    visit
        .page_as(form.status(), title, move || {
            let (action, back) = match &detail {
                Some(detail) => (format!("/changes/{}/edit", detail.summary.id), format!("/changes/{}", detail.summary.id)),
                None => ("/changes/new".to_owned(), "/changes".to_owned()),
            };
            let voids = detail.as_ref().filter(|d| d.summary.approvals > 0).map(|d| d.summary.approvals);
            view! {
                <PageHead title=heading back=(back.clone(), t!("changes-title"))/>
                <ErrorSummary form=&form labels=labels()/>
                {conflicts
                    .map(|conflicts| {
                        let free = free.map(|free| view! { <p><strong>{free_text(&form, free)}</strong></p> });
                        view! { <Panel title=t!("changes-conflicts") id="changes-check"><ConflictList conflicts/>{free}</Panel> }
                    })}
                {voids.map(|count| view! { <Notice tone=Tone::P3 title=t!("changes-edit-voids", count = count)/> })}
                <Fields form choices action back quiet edited=detail.is_some()/>
            }
        })
        .into_response()
}

#[component]
fn Fields(form: FormState, choices: Choices, action: String, back: String, quiet: Option<QuietAnswer>, edited: bool) -> impl IntoView {
    let systems = choices.systems.into_iter().map(|s| (s.id.to_string(), format!("{} ({})", s.name, s.key))).collect::<Vec<_>>();
    let teams = choices.teams.into_iter().map(|t| (t.id.to_string(), t.name)).collect();
    let risks = Risk::ALL.iter().map(|r| (r.name().to_owned(), t!(&format!("changes-risk-{r}-long"), word = risk_word(*r)))).collect();
    // A standard change is made from its template, which knows all of this already.
    let keep = form.get("kind");
    let kinds = Kind::ALL
        .iter()
        .filter(|kind| **kind != Kind::Standard || keep == Kind::Standard.name())
        .map(|kind| (kind.name().to_owned(), t!(&format!("changes-kind-{kind}-long"))))
        .collect::<Vec<_>>();
    let zone = form.get("zone");
    let version = form.get("version");
    let template = form.get("template");
    let short = quiet.as_ref().and_then(|answer| too_short(answer, &form.get("verify_minutes")));
    view! {
        <form class="form changes-form" method="post" action=action>
            {edited.then(|| view! { <input type="hidden" name="version" value=version/> })}
            {(!template.is_empty()).then(|| view! {
                <input type="hidden" name="template" value=template/>
                <Notice tone=Tone::P4 title=t!("changes-template-form")/>
            })}
            <TextField form=&form name="title" label=t!("changes-field-title") hint=t!("changes-hint-title")/>
            <ChoicesField form=&form name="systems" label=t!("changes-field-systems") options=systems hint=t!("changes-hint-systems")/>
            <SelectField
                form=&form
                name="team"
                label=t!("changes-field-team")
                options=teams
                blank=t!("changes-team-of-system")
                optional=true
            />
            <div class="fields">
                <MomentField form=&form name="start" label=t!("changes-field-start") zone=zone.clone()/>
                <MomentField form=&form name="end" label=t!("changes-field-end") zone=zone/>
                <TextField form=&form name="zone" label=t!("changes-field-zone") hint=t!("changes-hint-zone")/>
            </div>
            {quiet.map(|answer| view! { <Quiet answer/> })}
            <SelectField form=&form name="kind" label=t!("changes-field-kind") options=kinds hint=t!("changes-hint-kind")/>
            <div class="fields">
                <SelectField form=&form name="risk" label=t!("changes-field-risk") options=risks blank=t!("changes-choose")/>
                <TextField form=&form name="risk_reason" label=t!("changes-field-risk-reason") hint=t!("changes-hint-risk-reason")/>
            </div>
            <TextAreaField form=&form name="impact" label=t!("changes-field-impact") hint=t!("changes-hint-impact") rows=2 optional=true/>
            <TextAreaField form=&form name="plan" label=t!("changes-field-plan") hint=t!("changes-hint-plan") rows=8/>
            <TextAreaField form=&form name="rollback" label=t!("changes-field-rollback") hint=t!("changes-hint-rollback") rows=5/>
            <TextField
                form=&form
                name="rollback_minutes"
                label=t!("changes-field-rollback-minutes")
                hint=t!("changes-hint-rollback-minutes")
                kind="number"
                optional=true
            />
            <StepFields form=form.clone() tools=choices.tools/>
            <div class="fields">
                <TextField form=&form name="artifact" label=t!("changes-field-artifact") hint=t!("changes-hint-artifact") optional=true/>
                <TextField form=&form name="artifact_version" label=t!("changes-field-artifact-version") optional=true/>
                <TextField form=&form name="artifact_sha" label=t!("changes-field-artifact-sha") hint=t!("load-sha-hint") mono=true optional=true/>
            </div>
            <fieldset class="form-group">
                <legend>{t!("changes-verification")}</legend>
                <p class="field-hint">{t!("changes-hint-verify")}</p>
                {short.map(|title| view! { <Notice tone=Tone::P3 title/> })}
                <div class="fields">
                    <TextField form=&form name="verify_minutes" label=t!("changes-field-verify-minutes") kind="number" optional=true/>
                    <TextField form=&form name="verify_margin" label=t!("changes-field-verify-margin") optional=true/>
                    <TextField form=&form name="verify_latency" label=t!("changes-field-verify-latency") kind="number" optional=true/>
                </div>
            </fieldset>
            <div class="form-acts">
                {if edited {
                    view! { <Button label=t!("changes-save") kind=ButtonKind::Primary/> }.into_any()
                } else {
                    view! {
                        <Button label=t!("changes-request") kind=ButtonKind::Primary name="submit" value="on" icon="send"/>
                        <Button label=t!("changes-save-draft") name="act" value="draft"/>
                    }
                    .into_any()
                }}
                <Button label=t!("changes-check") name="act" value="check"/>
                <Button label=t!("changes-quiet") name="act" value="quiet" icon="moon"/>
                <LinkButton href=back label=t!("changes-back") kind=ButtonKind::Quiet/>
            </div>
        </form>
    }
}
