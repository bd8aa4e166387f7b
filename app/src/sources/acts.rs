//! Buttons of a source's page.

use axum::extract::Path;
use domain::{Fault, Permission, Wording};

use super::read_id;
use crate::{fault::Answer, form::PostedForm, visit::Visit};

pub(super) async fn ask(visit: Visit, Path(id): Path<String>) -> Answer {
    let id = read_id(&id)?;
    visit.portal.sources.ask_now(&visit.actor, &id).await?;
    Ok(visit.go(&format!("/sources/{id}"), "toast-source-asked"))
}

pub(super) async fn pause(visit: Visit, Path(id): Path<String>) -> Answer {
    let id = read_id(&id)?;
    visit.portal.sources.pause(&visit.actor, &id, true).await?;
    Ok(visit.go(&format!("/sources/{id}"), "toast-source-paused"))
}

pub(super) async fn resume(visit: Visit, Path(id): Path<String>) -> Answer {
    let id = read_id(&id)?;
    visit.portal.sources.pause(&visit.actor, &id, false).await?;
    Ok(visit.go(&format!("/sources/{id}"), "toast-source-resumed"))
}

/// The name must have been typed.
pub(super) async fn delete(visit: Visit, Path(id): Path<String>, form: PostedForm) -> Answer {
    let id = read_id(&id)?;
    let source = visit.portal.sources.get(&visit.actor, &id).await?;
    visit.actor.require(Permission::EditMonitors, &source.system.team, "source")?;
    if form.get("confirm").trim() != source.name {
        let expected = Wording::new("sources-expect-name").with("name", &source.name);
        return Err(Fault::invalid("confirm", form.get("confirm"), expected).into());
    }
    visit.portal.sources.delete(&visit.actor, &id).await?;
    Ok(visit.go("/sources", "toast-source-deleted"))
}
