//! Defining a tool, making a new version of it, retiring it.

use axum::extract::Path;
use domain::{Fault, Permission, tools::MAX_PARAMETERS};
use leptos::prelude::*;

use super::{say, tool_id};
use crate::{
    components::{Button, ButtonKind, CheckField, ErrorSummary, LinkButton, NumberField, PageHead, SelectField, TextAreaField, TextField},
    fault::Answer,
    form::{FormState, PostedForm},
    t, tr,
    visit::Visit,
};

pub(super) async fn fresh(visit: Visit) -> Answer {
    visit.actor.require_somewhere(Permission::DefineTools)?;
    let mut typed = domain::form::Typed::default();
    typed.set("timeout_s", 60);
    form_page(&visit, None, FormState::fresh(typed)).await
}

pub(super) async fn create(visit: Visit, form: PostedForm) -> Answer {
    match visit.portal.tools.define(&visit.actor, &form.typed).await {
        Ok(id) => Ok(visit.go(&format!("/tools/{id}"), "toast-tool-defined")),
        Err(fault) => form_page(&visit, None, FormState::refused(form.typed, kept(fault)?)).await,
    }
}

pub(super) async fn page(visit: Visit, Path(id): Path<String>) -> Answer {
    let tool = visit.portal.tools.get(&visit.actor, &tool_id(&id)?).await?;
    visit.actor.require(Permission::DefineTools, &tool.team, "tool")?;
    let teams = visit.portal.systems.teams(&visit.actor, Permission::DefineTools).await?;
    let mut typed = tool.definition.typed();
    typed.set("team", teams.into_iter().find(|t| t.id == tool.team).map(|t| t.key).unwrap_or_default());
    typed.set("system", tool.system);
    typed.set("version", tool.version);
    form_page(&visit, Some(id), FormState::fresh(typed)).await
}

pub(super) async fn save(visit: Visit, Path(id): Path<String>, form: PostedForm) -> Answer {
    match visit.portal.tools.redefine(&visit.actor, &tool_id(&id)?, &form.typed).await {
        Ok(()) => Ok(visit.go(&format!("/tools/{id}"), "toast-tool-saved")),
        Err(fault) => form_page(&visit, Some(id), FormState::refused(form.typed, kept(fault)?)).await,
    }
}

pub(super) async fn retire(visit: Visit, Path(id): Path<String>) -> Answer {
    visit.portal.tools.retire(&visit.actor, &tool_id(&id)?, true).await?;
    Ok(visit.go(&format!("/tools/{id}"), "toast-tool-retired"))
}

pub(super) async fn revive(visit: Visit, Path(id): Path<String>) -> Answer {
    visit.portal.tools.retire(&visit.actor, &tool_id(&id)?, false).await?;
    Ok(visit.go(&format!("/tools/{id}"), "toast-tool-revived"))
}

/// Refusals that belong on the form; others are pages of their own.
fn kept(fault: Fault) -> Result<Fault, Fault> {
    match fault {
        Fault::Invalid(_) | Fault::Conflict(_) | Fault::Unavailable(_) => Ok(fault),
        other => Err(other),
    }
}

async fn form_page(visit: &Visit, id: Option<String>, form: FormState) -> Answer {
    let teams = visit.portal.systems.teams(&visit.actor, Permission::DefineTools).await?;
    let systems = visit.portal.systems.choices(&visit.actor, Permission::Read).await?;
    let title = tr!(visit, if id.is_some() { "tools-edit-title" } else { "tools-new-title" });
    let heading = title.clone();
    Ok(visit.page_as(form.status(), title, move || {
        let back = id.as_ref().map_or_else(|| "/tools".to_owned(), |id| format!("/tools/{id}"));
        let action = id.as_ref().map_or_else(|| "/tools/new".to_owned(), |id| format!("/tools/{id}/edit"));
        let labels = vec![
            ("name", t!("tools-name")),
            ("team", t!("tools-team")),
            ("system", t!("tools-system")),
            ("description", t!("tools-description")),
            ("argv", t!("tools-command")),
            ("timeout_s", t!("tools-timeout")),
        ];
        let rows = (0..MAX_PARAMETERS).map(|i| parameter(&form, i)).collect_view();
        view! {
            <PageHead title=heading back=(back.clone(), t!("tools-back"))/>
            <form class="form" method="post" action=action>
                <ErrorSummary form=&form labels/>
                <div class="fields">
                    <TextField form=&form name="name" label=t!("tools-name")/>
                    <SelectField
                        form=&form
                        name="team"
                        label=t!("tools-team")
                        hint=t!("tools-team-hint")
                        options=teams.into_iter().map(|t| (t.key, t.name)).collect()
                        blank=t!("tools-choose")
                    />
                    <SelectField
                        form=&form
                        name="system"
                        label=t!("tools-system")
                        options=systems.into_iter().map(|s| (s.key, s.name)).collect()
                        blank=t!("tools-no-system")
                        optional=true
                    />
                    <NumberField form=&form name="timeout_s" label=t!("tools-timeout") unit="s" min=1 max=86_400/>
                </div>
                <TextAreaField form=&form name="description" label=t!("tools-description") hint=t!("tools-description-hint") optional=true/>
                <TextAreaField form=&form name="argv" label=t!("tools-command") hint=t!("tools-command-hint") rows=5 mono=true/>
                <fieldset class="form-group">
                    <legend>{t!("tools-parameters")}</legend>
                    <p class="field-hint">{t!("tools-parameters-hint")}</p>
                    {rows}
                </fieldset>
                <CheckField form=&form name="first_line" label=t!("tools-first-line") hint=t!("tools-first-line-hint")/>
                <CheckField form=&form name="takes_away" label=t!("tools-takes-away") hint=t!("tools-takes-away-hint")/>
                <CheckField form=&form name="approval" label=t!("tools-approval") hint=t!("tools-approval-hint")/>
                {id.is_some().then(|| view! { <input type="hidden" name="version" value=form.get("version")/> })}
                <div class="form-acts">
                    <Button label=t!("tools-save") kind=ButtonKind::Primary/>
                    <LinkButton href=back label=t!("tools-cancel") kind=ButtonKind::Quiet/>
                </div>
            </form>
        }
    }))
}

/// One parameter; empty rows beyond the first are folded away.
fn parameter(form: &FormState, i: usize) -> impl IntoView + use<> {
    let name = |part: &str| format!("parameters[{i}].{part}");
    let filled = ["key", "label", "rule"].iter().any(|part| !form.get(&name(part)).is_empty());
    let number = i64::try_from(i).unwrap_or_default() + 1;
    let title = if filled { form.get(&name("key")) } else { t!("tools-parameter-empty") };
    view! {
        <details class="tools-parameter" open=filled || i == 0>
            <summary>{t!("tools-parameter", number = number)}" · "{title}</summary>
            <div class="fields">
                <TextField form name=name("key") label=t!("tools-parameter-key") mono=true optional=true/>
                <TextField form name=name("label") label=t!("tools-parameter-label") optional=true/>
                <SelectField form name=name("kind") label=t!("tools-parameter-kind") options=say::kinds() optional=true/>
                <TextField form name=name("rule") label=t!("tools-parameter-rule") hint=t!("tools-parameter-rule-hint") mono=true optional=true/>
                <CheckField form name=name("required") label=t!("tools-parameter-required")/>
            </div>
        </details>
    }
}
