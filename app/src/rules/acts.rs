//! Buttons of a rule's page.

use axum::extract::Path;
use domain::{Fault, Permission, Wording};

use super::read_id;
use crate::{fault::Answer, form::PostedForm, visit::Visit};

pub(super) async fn pause(visit: Visit, Path(id): Path<String>) -> Answer {
    let id = read_id(&id)?;
    visit.portal.rules.pause(&visit.actor, &id, true).await?;
    Ok(visit.go(&format!("/rules/{id}"), "toast-rule-paused"))
}

pub(super) async fn resume(visit: Visit, Path(id): Path<String>) -> Answer {
    let id = read_id(&id)?;
    visit.portal.rules.pause(&visit.actor, &id, false).await?;
    Ok(visit.go(&format!("/rules/{id}"), "toast-rule-resumed"))
}

/// The name must have been typed.
pub(super) async fn delete(visit: Visit, Path(id): Path<String>, form: PostedForm) -> Answer {
    let id = read_id(&id)?;
    let rule = visit.portal.rules.get(&visit.actor, &id).await?;
    visit.actor.require(Permission::EditMonitors, &rule.system.team, "rule")?;
    if form.get("confirm").trim() != rule.name {
        let expected = Wording::new("rules-expect-name").with("name", &rule.name);
        return Err(Fault::invalid("confirm", form.get("confirm"), expected).into());
    }
    visit.portal.rules.delete(&visit.actor, &id).await?;
    Ok(visit.go("/rules", "toast-rule-deleted"))
}
