//! One view in a form: a name, and with whom it is shared.

use axum::{extract::Path, response::Response};
use domain::{
    Fault,
    form::Typed,
    views::{Place, SavedView},
};
use leptos::prelude::*;

use super::{labels, read_id, say_place};
use crate::{
    components::{Button, ButtonKind, CheckField, ErrorSummary, Here, LinkButton, PageHead, SelectField, TextField},
    fault::Answer,
    form::{FormState, PostedForm},
    t, tr,
    visit::Visit,
};

/// `GET /views/new?place=changes&query=…`
pub(super) async fn new(visit: Visit) -> Answer {
    let here = Here::parse(&visit.path_and_query);
    let mut typed = Typed::default();
    for name in ["place", "query"] {
        typed.set(name, here.get(name));
    }
    show(&visit, FormState::fresh(typed), None).await
}

/// `POST /views/new`
pub(super) async fn create(visit: Visit, form: PostedForm) -> Answer {
    match visit.portal.views.save(&visit.actor, &form.typed).await {
        Ok(id) => {
            let view = visit.portal.views.get(&visit.actor, &id).await?;
            Ok(visit.go(&view.address(), "toast-view-saved"))
        }
        Err(fault) => refused(&visit, form, fault, None).await,
    }
}

/// `GET /views/{id}/edit`
pub(super) async fn edit(visit: Visit, Path(id): Path<String>) -> Answer {
    let view = visit.portal.views.get(&visit.actor, &read_id(&id)?).await?;
    let mut typed = view.content.to_typed();
    typed.set("version", view.version);
    show(&visit, FormState::fresh(typed), Some(view)).await
}

/// `POST /views/{id}/edit`
pub(super) async fn change(visit: Visit, Path(id): Path<String>, form: PostedForm) -> Answer {
    let id = read_id(&id)?;
    let view = visit.portal.views.get(&visit.actor, &id).await?;
    match visit.portal.views.change(&visit.actor, &id, &form.typed).await {
        Ok(_) => Ok(visit.go("/views", "toast-view-saved")),
        Err(fault) => refused(&visit, form, fault, Some(view)).await,
    }
}

async fn refused(visit: &Visit, form: PostedForm, fault: Fault, view: Option<SavedView>) -> Answer {
    if !matches!(fault, Fault::Invalid(_) | Fault::Conflict(_) | Fault::Forbidden(_)) {
        return Err(fault.into());
    }
    show(visit, FormState::refused(form.typed, fault), view).await
}

/// Teams with which the reader may share views of a list.
async fn teams(visit: &Visit, place: Option<Place>) -> Result<Vec<(String, String)>, Fault> {
    let Some(place) = place else { return Ok(Vec::new()) };
    let choices = visit.portal.changes.choices(&visit.actor).await?;
    let may = |team: &domain::changes::TeamRef| visit.actor.may(place.shared_by(), &team.id);
    Ok(choices.teams.into_iter().filter(may).map(|team| (team.id.to_string(), team.name)).collect())
}

async fn show(visit: &Visit, form: FormState, view: Option<SavedView>) -> Answer {
    let place: Option<Place> = form.get("place").parse().ok();
    let mut teams = teams(visit, place).await?;
    // The team that it is shared with already stays a choice.
    if let Some((team, name)) = view.as_ref().and_then(|view| Some((view.content.team.as_ref()?.to_string(), view.team_name.clone())))
        && !teams.iter().any(|(id, _)| *id == team)
    {
        teams.push((team, name));
    }
    Ok(page(visit, form, place, teams, view))
}

fn page(visit: &Visit, form: FormState, place: Option<Place>, teams: Vec<(String, String)>, view: Option<SavedView>) -> Response {
    let title = if view.is_some() { tr!(visit, "views-edit") } else { tr!(visit, "views-new") };
    let heading = title.clone();
    visit.page_as(form.status(), title, move || {
        let list = place.map_or(("/views".to_owned(), t!("views-title")), |place| {
            let query = form.get("query");
            (format!("{}?{}", place.path(), place.tidy(&query).unwrap_or_default()), say_place(place))
        });
        let back = if view.is_some() { ("/views".to_owned(), t!("views-title")) } else { list };
        let (action, fresh) = match &view {
            Some(view) => (format!("/views/{}/edit", view.id), false),
            None => ("/views/new".to_owned(), true),
        };
        let (version, held) = (form.get("version"), form.get("place"));
        view! {
            <PageHead title=heading back=back.clone()/>
            <ErrorSummary form=&form labels=labels()/>
            <form class="form" method="post" action=action>
                <input type="hidden" name="place" value=held/>
                {(!fresh).then(|| view! { <input type="hidden" name="version" value=version/> })}
                <TextField form=&form name="name" label=t!("views-name")/>
                <TextField form=&form name="query" label=t!("views-query") hint=t!("views-query-hint") mono=true/>
                <SelectField form=&form name="team" label=t!("views-team") hint=t!("views-team-hint") options=teams blank=t!("views-mine") optional=true/>
                {fresh.then(|| view! { <CheckField form=&form name="preferred" label=t!("views-preferred")/> })}
                <div class="form-acts">
                    <Button label=t!("views-save") kind=ButtonKind::Primary/>
                    <LinkButton href=back.0 label=t!("changes-back") kind=ButtonKind::Quiet/>
                </div>
            </form>
        }
    })
}
