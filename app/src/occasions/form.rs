//! One occasion in a form.

use axum::{extract::Path, response::Response};
use domain::{
    Fault, Permission,
    form::Typed,
    occasions::{Kind, Occasion},
};
use leptos::prelude::*;

use super::{labels, read_id, say_kind};
use crate::{
    components::{Button, ButtonKind, ErrorSummary, LinkButton, PageHead, SelectField, TextField},
    fault::Answer,
    form::{FormState, PostedForm},
    t, tr,
    visit::Visit,
};

/// Values and words of a choice.
pub(crate) type Options = Vec<(String, String)>;

/// `GET /occasions/new`
pub(super) async fn new(visit: Visit) -> Answer {
    visit.actor.require_somewhere(Permission::SetFreezes)?;
    let mut typed = Typed::default();
    typed.set("zone", &visit.zone_name);
    let teams = teams(&visit).await?;
    Ok(show(&visit, FormState::fresh(typed), teams, None))
}

/// `POST /occasions/new`
pub(super) async fn create(visit: Visit, form: PostedForm) -> Answer {
    match visit.portal.occasions.add(&visit.actor, &form.typed).await {
        Ok(id) => Ok(visit.go(&format!("/occasions#occasion-{id}"), "toast-occasion-added")),
        Err(fault) => refused(&visit, form, fault, None).await,
    }
}

/// `GET /occasions/{id}/edit`
pub(super) async fn edit(visit: Visit, Path(id): Path<String>) -> Answer {
    let occasion = visit.portal.occasions.get(&visit.actor, &read_id(&id)?).await?;
    visit.actor.require_somewhere(Permission::SetFreezes)?;
    let mut typed = occasion.content.to_typed();
    typed.set("version", occasion.version);
    let teams = teams(&visit).await?;
    Ok(show(&visit, FormState::fresh(typed), teams, Some(&occasion)))
}

/// `POST /occasions/{id}/edit`
pub(super) async fn change(visit: Visit, Path(id): Path<String>, form: PostedForm) -> Answer {
    let id = read_id(&id)?;
    let occasion = visit.portal.occasions.get(&visit.actor, &id).await?;
    match visit.portal.occasions.change(&visit.actor, &id, &form.typed).await {
        Ok(()) => Ok(visit.go(&format!("/occasions#occasion-{id}"), "toast-occasion-changed")),
        Err(fault) => refused(&visit, form, fault, Some(&occasion)).await,
    }
}

/// Teams for which the reader may write occasions.
pub(crate) async fn teams(visit: &Visit) -> Result<Options, Fault> {
    let choices = visit.portal.changes.choices(&visit.actor).await?;
    let may = |team: &domain::changes::TeamRef| visit.actor.may(Permission::SetFreezes, &team.id);
    Ok(choices.teams.into_iter().filter(may).map(|team| (team.id.to_string(), team.name)).collect())
}

/// The kinds as a choice.
pub(super) fn kinds() -> Options {
    Kind::ALL.iter().map(|kind| (kind.name().to_owned(), say_kind(*kind))).collect()
}

async fn refused(visit: &Visit, form: PostedForm, fault: Fault, occasion: Option<&Occasion>) -> Answer {
    if !matches!(fault, Fault::Invalid(_) | Fault::Conflict(_) | Fault::Forbidden(_)) {
        return Err(fault.into());
    }
    let teams = teams(visit).await?;
    Ok(show(visit, FormState::refused(form.typed, fault), teams, occasion))
}

fn show(visit: &Visit, form: FormState, teams: Options, occasion: Option<&Occasion>) -> Response {
    let title = if occasion.is_some() { tr!(visit, "occasions-edit") } else { tr!(visit, "occasions-new") };
    let heading = title.clone();
    let action = occasion.map_or_else(|| "/occasions/new".to_owned(), |one| format!("/occasions/{}/edit", one.id));
    let editing = occasion.is_some();
    visit.page_as(form.status(), title, move || {
        let version = form.get("version");
        view! {
            <PageHead title=heading back=("/occasions".to_owned(), t!("occasions-title"))/>
            <ErrorSummary form=&form labels=labels()/>
            <form class="form" method="post" action=action>
                {editing.then(|| view! { <input type="hidden" name="version" value=version/> })}
                <TextField form=&form name="name" label=t!("occasions-name")/>
                <div class="fields">
                    <SelectField form=&form name="kind" label=t!("occasions-kind") options=kinds() blank=t!("changes-choose") hint=t!("occasions-kind-hint")/>
                    <SelectField form=&form name="team" label=t!("changes-field-team") options=teams blank=t!("occasions-everybody") optional=true/>
                </div>
                <div class="fields">
                    <TextField form=&form name="first" kind="date" label=t!("occasions-first")/>
                    <TextField form=&form name="last" kind="date" label=t!("occasions-last") hint=t!("occasions-last-hint") optional=true/>
                    <TextField form=&form name="zone" label=t!("changes-field-zone") hint=t!("occasions-zone-hint")/>
                </div>
                <TextField form=&form name="rrule" label=t!("changes-field-rrule") hint=t!("occasions-rrule-hint") mono=true optional=true/>
                <TextField form=&form name="without" label=t!("occasions-without") hint=t!("occasions-without-hint") mono=true optional=true/>
                <div class="form-acts">
                    <Button label=t!("changes-save") kind=ButtonKind::Primary/>
                    <LinkButton href="/occasions" label=t!("changes-back") kind=ButtonKind::Quiet/>
                </div>
            </form>
        }
    })
}
