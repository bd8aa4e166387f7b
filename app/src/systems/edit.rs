//! Writing a system down, editing and deleting it.

use axum::extract::Path;
use domain::{Fault, Permission, systems::Entry};
use leptos::prelude::*;

use super::list::tiers;
use crate::{
    components::{Button, ButtonKind, ChoicesField, ErrorSummary, LinkButton, PageHead, SelectField, TextAreaField, TextField},
    fault::Answer,
    form::{FormState, PostedForm},
    t, tr,
    visit::Visit,
};

pub(super) async fn fresh(visit: Visit) -> Answer {
    visit.actor.require_somewhere(Permission::EditSystems)?;
    form_page(&visit, None, FormState::default()).await
}

pub(super) async fn create(visit: Visit, form: PostedForm) -> Answer {
    match visit.portal.systems.create(&visit.actor, &form.typed).await {
        Ok(id) => Ok(visit.go(&format!("/systems/{id}"), "toast-system-created")),
        Err(fault) => form_page(&visit, None, FormState::refused(form.typed, kept(fault)?)).await,
    }
}

pub(super) async fn page(visit: Visit, Path(id): Path<String>) -> Answer {
    let system = visit.portal.systems.get(&visit.actor, &super::id(&id)?).await?;
    visit.actor.require(Permission::EditSystems, &system.brief.team, "system")?;
    let entry = Entry {
        key: system.brief.key,
        name: system.brief.name,
        team: system.team_key,
        tier: system.brief.tier,
        description: system.description,
        runbook: system.runbook,
        links: system.links,
        needs: system.needs.into_iter().map(|n| n.key).collect(),
    };
    let mut typed = entry.typed();
    typed.set("version", system.version);
    form_page(&visit, Some(id), FormState::fresh(typed)).await
}

pub(super) async fn save(visit: Visit, Path(id): Path<String>, form: PostedForm) -> Answer {
    match visit.portal.systems.edit(&visit.actor, &super::id(&id)?, &form.typed).await {
        Ok(()) => Ok(visit.go(&format!("/systems/{id}"), "toast-system-saved")),
        Err(fault) => form_page(&visit, Some(id), FormState::refused(form.typed, kept(fault)?)).await,
    }
}

pub(super) async fn delete(visit: Visit, Path(id): Path<String>, form: PostedForm) -> Answer {
    let system = visit.portal.systems.get(&visit.actor, &super::id(&id)?).await?;
    let outcome = if form.get("confirm").trim() == system.brief.key {
        visit.portal.systems.delete(&visit.actor, &system.brief.id).await
    } else {
        visit.actor.require(Permission::EditSystems, &system.brief.team, "system")?;
        Err(Fault::invalid("confirm", form.get("confirm"), domain::Wording::new("systems-expect-confirm").with("key", &system.brief.key)))
    };
    match outcome {
        Ok(()) => Ok(visit.go("/systems", "toast-system-deleted")),
        Err(fault) => super::detail::show(&visit, &id, FormState::refused(form.typed, kept(fault)?)).await,
    }
}

/// Refusals that belong on the form; others are pages of their own.
fn kept(fault: Fault) -> Result<Fault, Fault> {
    match fault {
        Fault::Invalid(_) | Fault::Conflict(_) | Fault::Unavailable(_) => Ok(fault),
        other => Err(other),
    }
}

async fn form_page(visit: &Visit, id: Option<String>, form: FormState) -> Answer {
    let systems = &visit.portal.systems;
    let teams = systems.teams(&visit.actor, Permission::EditSystems).await?;
    let choices = systems.choices(&visit.actor, Permission::Read).await?;
    let title = tr!(visit, if id.is_some() { "systems-edit-title" } else { "systems-new-title" });
    let heading = title.clone();
    Ok(visit.page_as(form.status(), title, move || {
        let back = id.as_ref().map_or_else(|| "/systems".to_owned(), |id| format!("/systems/{id}"));
        let action = id.as_ref().map_or_else(|| "/systems/new".to_owned(), |id| format!("/systems/{id}/edit"));
        let needs = choices
            .into_iter()
            .filter(|s| id.as_deref() != Some(s.id.as_str()))
            .map(|s| (s.key.clone(), format!("{} ({})", s.name, s.key)))
            .collect();
        let labels = vec![
            ("key", t!("systems-key")),
            ("name", t!("systems-name")),
            ("team", t!("systems-team")),
            ("tier", t!("systems-tier")),
            ("description", t!("systems-description")),
            ("runbook", t!("systems-runbook")),
            ("links", t!("systems-links")),
            ("needs", t!("systems-needs")),
        ];
        let is_new = id.is_none();
        let key_hint = if is_new { t!("systems-key-hint-new") } else { t!("systems-key-hint") };
        view! {
            <PageHead title=heading back=(back.clone(), t!("systems-back"))/>
            <form class="form" method="post" action=action>
                <ErrorSummary form=&form labels/>
                <div class="fields">
                    <TextField form=&form name="name" label=t!("systems-name")/>
                    <TextField form=&form name="key" label=t!("systems-key") hint=key_hint mono=true optional=is_new/>
                    <SelectField
                        form=&form
                        name="team"
                        label=t!("systems-team")
                        options=teams.into_iter().map(|t| (t.key, t.name)).collect()
                        blank=t!("systems-choose")
                    />
                    <SelectField form=&form name="tier" label=t!("systems-tier") options=tiers() blank=t!("systems-choose")/>
                </div>
                <TextAreaField form=&form name="description" label=t!("systems-description") hint=t!("systems-markdown") optional=true/>
                <TextAreaField form=&form name="runbook" label=t!("systems-runbook") hint=t!("systems-runbook-hint") rows=8 optional=true/>
                <TextAreaField form=&form name="links" label=t!("systems-links") hint=t!("systems-links-hint") rows=3 optional=true/>
                <ChoicesField form=&form name="needs" label=t!("systems-needs") hint=t!("systems-needs-hint") options=needs optional=true/>
                {id.is_some().then(|| view! { <input type="hidden" name="version" value=form.get("version")/> })}
                <div class="form-acts">
                    <Button label=t!("systems-save") kind=ButtonKind::Primary/>
                    <LinkButton href=back label=t!("systems-cancel") kind=ButtonKind::Quiet/>
                </div>
            </form>
        }
    }))
}
