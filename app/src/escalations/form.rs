//! Making and changing a policy: one form, which works without JavaScript; steps are added, removed and moved by buttons.

use axum::{extract::Path, response::Response};
use domain::{
    Fault, Permission,
    alerts::Severity,
    escalations::{Checked, Choices, Steps, Target},
    form::Typed,
    id::PolicyId,
};
use leptos::prelude::*;

use super::policy::read;
use crate::{
    components::{
        Button, ButtonKind, CheckField, ChoicesField, ErrorSummary, Icon, LinkButton, NumberField, PageHead, SelectField, TextField,
    },
    fault::Answer,
    form::{FormState, PostedForm},
    t, tr,
    visit::Visit,
};

/// Places for targets that are empty yet.
const FREE: usize = 2;

/// `GET /oncall/policies/new`
pub(super) async fn new(visit: Visit) -> Answer {
    let choices = visit.portal.escalations.choices(&visit.actor).await?;
    let mut typed = Typed::default();
    if let [(team, _)] = choices.teams.as_slice() {
        typed.set("team", team);
    }
    for (field, value) in [("repeat", "1"), ("again_min", "15"), ("skip_empty", "on"), ("default", "on")] {
        typed.set(field, value);
    }
    Steps::default().act("add").unwrap_or_default().write(&mut typed);
    Ok(page(&visit, FormState::fresh(typed), choices, None))
}

/// `POST /oncall/policies/new`
pub(super) async fn create(visit: Visit, form: PostedForm) -> Answer {
    visit.actor.require_somewhere(Permission::ManageOnCall)?;
    answer(visit, form, None).await
}

/// `GET /oncall/policies/{id}/edit`
pub(super) async fn edit(visit: Visit, Path(id): Path<String>) -> Answer {
    let found = visit.portal.escalations.policy(&visit.actor, &read(&id)?).await?;
    visit.actor.require(Permission::ManageOnCall, &found.policy.content.team, "policy")?;
    let choices = offered(&visit, Some(&found)).await?;
    let mut typed = found.policy.content.to_typed();
    typed.set("version", found.policy.version);
    Ok(page(&visit, FormState::fresh(typed), choices, Some(found)))
}

/// `POST /oncall/policies/{id}/edit`
pub(super) async fn change(visit: Visit, Path(id): Path<String>, form: PostedForm) -> Answer {
    let found = visit.portal.escalations.policy(&visit.actor, &read(&id)?).await?;
    visit.actor.require(Permission::ManageOnCall, &found.policy.content.team, "policy")?;
    answer(visit, form, Some(found)).await
}

/// What may be chosen, and what the policy names already.
async fn offered(visit: &Visit, found: Option<&Checked>) -> Result<Choices, Fault> {
    let mut choices = visit.portal.escalations.choices(&visit.actor).await?;
    for called in found.iter().flat_map(|found| found.names.iter().flatten()) {
        if !choices.targets.iter().any(|(target, _)| *target == called.target) {
            choices.targets.push((called.target.clone(), called.name.clone()));
        }
    }
    Ok(choices)
}

/// The fields that are not a step's.
fn rest(typed: &Typed) -> Typed {
    let names: Vec<String> = typed.names().filter(|name| !Steps::is_part(name) && *name != "act").map(str::to_owned).collect();
    let pairs = names.iter().flat_map(|name| typed.all(name).iter().map(|value| (name.clone(), value.clone())));
    Typed::from_pairs(pairs.collect::<Vec<_>>())
}

async fn answer(visit: Visit, form: PostedForm, found: Option<Checked>) -> Answer {
    let choices = offered(&visit, found.as_ref()).await?;
    if let Some(steps) = Steps::read(&form.typed).ok().and_then(|steps| steps.act(form.get("act"))) {
        let mut typed = rest(&form.typed);
        steps.write(&mut typed);
        return Ok(page(&visit, FormState::fresh(typed), choices, found));
    }
    match save(&visit, found.as_ref().map(|found| found.policy.id.clone()), &form.typed).await {
        Ok(id) => Ok(visit.go(&format!("/oncall/policies/{id}"), "toast-policy-saved")),
        Err(fault @ (Fault::Invalid(_) | Fault::Conflict(_))) => Ok(page(&visit, FormState::refused(form.typed, fault), choices, found)),
        Err(fault) => Err(fault.into()),
    }
}

async fn save(visit: &Visit, id: Option<PolicyId>, typed: &Typed) -> Result<PolicyId, Fault> {
    match id {
        Some(id) => visit.portal.escalations.change(&visit.actor, &id, typed).await.map(|()| id),
        None => visit.portal.escalations.create(&visit.actor, typed).await.map(|policy| policy.id),
    }
}

fn labels() -> Vec<(&'static str, String)> {
    [
        ("name", "oncall-field-name"),
        ("team", "oncall-field-team"),
        ("repeat", "escalations-field-repeat"),
        ("again_min", "escalations-field-again"),
        ("systems", "escalations-field-systems"),
        ("steps", "escalations-steps"),
    ]
    .into_iter()
    .map(|(name, key)| (name, t!(key)))
    .collect()
}

fn named(count: usize) -> Vec<(String, String)> {
    let parts = [("after", "escalations-step-delay"), ("severities", "escalations-step-severities"), ("targets", "escalations-whom")];
    let label = |i: usize, key: &str| format!("{} · {}", t!("escalations-step", number = i + 1), t!(key));
    (0..count).flat_map(|i| parts.map(|(part, key)| (format!("steps[{i}].{part}"), label(i, key)))).collect()
}

fn page(visit: &Visit, form: FormState, choices: Choices, found: Option<Checked>) -> Response {
    let title = if found.is_some() { tr!(visit, "escalations-edit") } else { tr!(visit, "escalations-new") };
    let heading = title.clone();
    visit.page_as(form.status(), title, move || {
        let (action, back) = match &found {
            Some(found) => (format!("/oncall/policies/{}/edit", found.policy.id), format!("/oncall/policies/{}", found.policy.id)),
            None => ("/oncall/policies/new".to_owned(), "/oncall/policies".to_owned()),
        };
        let teams = choices.teams.iter().map(|(id, name)| (id.to_string(), name.clone())).collect();
        let systems: Vec<_> = choices.systems.iter().map(|system| (system.id.to_string(), system.name.clone())).collect();
        let count = Steps::read(&form.typed).map_or(1, |steps| steps.0.len());
        let version = form.get("version");
        let steps = (0..count).map(|i| step(&form, i, count, &choices.targets)).collect_view();
        let none = systems.is_empty();
        view! {
            <PageHead title=heading back=(back.clone(), t!("escalations-title"))/>
            <ErrorSummary form=&form labels=labels() named=named(count)/>
            <form class="form oncall-form" method="post" action=action>
                // Enter in a field presses the first button: that one must not remove anything.
                <button class="visually-hidden" type="submit" name="act" value="save" tabindex="-1" aria-hidden="true">{t!("oncall-save")}</button>
                {found.is_some().then(|| view! { <input type="hidden" name="version" value=version/> })}
                <div class="fields">
                    <TextField form=&form name="name" label=t!("oncall-field-name")/>
                    <SelectField form=&form name="team" label=t!("oncall-field-team") options=teams blank=t!("oncall-choose")/>
                </div>
                <div class="stack" id="field-steps" tabindex="-1">
                    {steps}
                    <div><Button label=t!("escalations-step-add") icon="plus" name="act" value="add"/></div>
                </div>
                <div class="fields">
                    <NumberField form=&form name="repeat" label=t!("escalations-field-repeat") hint=t!("escalations-hint-repeat") min=0 max=9/>
                    <NumberField form=&form name="again_min" label=t!("escalations-field-again") unit="min" min=1 max=1440/>
                </div>
                <CheckField form=&form name="skip_empty" label=t!("escalations-field-skip")/>
                <CheckField form=&form name="default" label=t!("escalations-field-default")/>
                {(!none).then(|| view! { <ChoicesField form=&form name="systems" label=t!("escalations-field-systems") options=systems hint=t!("escalations-hint-systems") optional=true/> })}
                <div class="form-acts">
                    <Button label=t!("oncall-save") kind=ButtonKind::Primary name="act" value="save"/>
                    <LinkButton href=back label=t!("oncall-back") kind=ButtonKind::Quiet/>
                </div>
            </form>
        }
    })
}

fn step(form: &FormState, i: usize, count: usize, targets: &[(Target, String)]) -> AnyView {
    let name = |part: &str| format!("steps[{i}].{part}");
    let severities = Severity::ALL.iter().map(|s| (s.name().to_owned(), s.name().to_owned())).collect();
    let up = (i > 0).then(|| view! { <Button label=t!("oncall-layer-up") icon="arrow-up" small=true name="act" value=format!("up-{i}")/> });
    let gone = (count > 1).then(
        || view! { <Button label=t!("escalations-step-remove") kind=ButtonKind::Quiet small=true name="act" value=format!("remove-{i}")/> },
    );
    view! {
        <fieldset class="form-group">
            <legend>{t!("escalations-step", number = i + 1)}</legend>
            <div class="fields">
                <NumberField form name=name("after") label=t!("escalations-step-delay") hint=t!("escalations-step-delay-hint") unit="min" min=0 max=1440/>
                <ChoicesField form name=name("severities") label=t!("escalations-step-severities") options=severities/>
            </div>
            {whom(form, &name("targets"), targets)}
            <div class="row">{up}{gone}</div>
        </fieldset>
    }
    .into_any()
}

/// The choices by their kinds.
pub(super) fn grouped(targets: &[(Target, String)], current: &str) -> impl IntoView + use<> {
    let kind = |target: &Target| match target {
        Target::Schedule(_) => "schedule",
        Target::User(_) => "user",
        Target::Team(_) => "team",
        Target::Channel(_) => "channel",
    };
    ["schedule", "user", "team", "channel"]
        .map(|group| {
            let options: Vec<_> = targets
                .iter()
                .filter(|(target, _)| kind(target) == group)
                .map(|(target, word)| {
                    let value = target.to_string();
                    let selected = value == current;
                    view! { <option value=value selected=selected>{word.clone()}</option> }
                })
                .collect();
            (!options.is_empty()).then(|| view! { <optgroup label=t!(&format!("escalations-kind-{group}"))>{options}</optgroup> })
        })
        .into_iter()
        .collect_view()
}

fn whom(form: &FormState, name: &str, targets: &[(Target, String)]) -> AnyView {
    let chosen: Vec<String> = form.typed.all(name).iter().filter(|id| !id.trim().is_empty()).cloned().collect();
    let error = form.error(name);
    let places = (0..chosen.len() + FREE)
        .map(|place| {
            let current = chosen.get(place).cloned().unwrap_or_default();
            let options = grouped(targets, &current);
            view! {
                <select class="input" name=name.to_owned() aria-label=t!("escalations-target", number = place + 1)>
                    <option value="">{t!("escalations-target-free")}</option>
                    {options}
                </select>
            }
        })
        .collect_view();
    view! {
        <fieldset class="field" id=format!("field-{name}") tabindex="-1">
            <legend>{t!("escalations-whom")}</legend>
            <div class="oncall-turns">{places}</div>
            {error.map(|error| view! { <p class="field-error"><Icon name="circle-x"/><span>{t!("field-expected", expected = error)}</span></p> })}
        </fieldset>
    }
    .into_any()
}
