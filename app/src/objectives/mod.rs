//! Pages of the area `objectives`: list, one objective with its budget, its form, files.

mod detail;
mod export;
mod form;
mod list;
mod words;

use axum::extract::Path;
use domain::{Fault, Permission, Wording, id::ObjectiveId};

use crate::{
    fault::Answer,
    form::PostedForm,
    routes::{Need, Routes},
    visit::Visit,
};

/// Its pages and acts.
pub fn routes() -> Routes {
    let (edit, export) = (Need::Permission(Permission::EditMonitors), Need::Permission(Permission::Export));
    Routes::new()
        .get("/objectives", Need::LoggedIn, list::list)
        .get("/objectives.csv", export, export::objectives)
        .get("/objectives/new", edit, form::new)
        .post("/objectives/new", edit, form::create)
        .get("/objectives/{id}", Need::LoggedIn, detail::detail)
        .get("/objectives/{id}/hours.csv", export, export::hours)
        .get("/objectives/{id}/edit", edit, form::edit)
        .post("/objectives/{id}/edit", edit, form::save)
        .post("/objectives/{id}/pause", edit, pause)
        .post("/objectives/{id}/resume", edit, resume)
        .post("/objectives/{id}/delete", edit, delete)
}

/// Reads the id of a path; anything else is not there.
fn read_id(text: &str) -> Result<ObjectiveId, Fault> {
    ObjectiveId::parse(text).ok_or(Fault::NotFound("objective"))
}

async fn pause(visit: Visit, Path(id): Path<String>) -> Answer {
    let id = read_id(&id)?;
    visit.portal.objectives.pause(&visit.actor, &id, true).await?;
    Ok(visit.go(&format!("/objectives/{id}"), "toast-objective-paused"))
}

async fn resume(visit: Visit, Path(id): Path<String>) -> Answer {
    let id = read_id(&id)?;
    visit.portal.objectives.pause(&visit.actor, &id, false).await?;
    Ok(visit.go(&format!("/objectives/{id}"), "toast-objective-resumed"))
}

/// The name must have been typed.
async fn delete(visit: Visit, Path(id): Path<String>, form: PostedForm) -> Answer {
    let id = read_id(&id)?;
    let objective = visit.portal.objectives.get(&visit.actor, &id).await?;
    visit.actor.require(Permission::EditMonitors, &objective.system.team, "objective")?;
    if form.get("confirm").trim() != objective.name {
        let expected = Wording::new("objectives-expect-name").with("name", &objective.name);
        return Err(Fault::invalid("confirm", form.get("confirm"), expected).into());
    }
    visit.portal.objectives.delete(&visit.actor, &id).await?;
    Ok(visit.go("/objectives", "toast-objective-deleted"))
}
