//! Buttons of a monitor's page.

use axum::extract::Path;
use domain::{Fault, Wording};

use super::detail::read_id;
use crate::{fault::Answer, form::PostedForm, shell::local_path, visit::Visit};

pub(super) async fn check(visit: Visit, Path(id): Path<String>) -> Answer {
    let id = read_id(&id)?;
    visit.portal.monitors.check_now(&visit.actor, &id).await?;
    Ok(visit.go(&format!("/monitors/{id}"), "toast-monitor-checked"))
}

pub(super) async fn pause(visit: Visit, Path(id): Path<String>) -> Answer {
    let id = read_id(&id)?;
    visit.portal.monitors.pause(&visit.actor, &id).await?;
    Ok(visit.go(&format!("/monitors/{id}"), "toast-monitor-paused"))
}

pub(super) async fn resume(visit: Visit, Path(id): Path<String>) -> Answer {
    let id = read_id(&id)?;
    visit.portal.monitors.resume(&visit.actor, &id).await?;
    Ok(visit.go(&format!("/monitors/{id}"), "toast-monitor-resumed"))
}

/// `for` in seconds from now; 0 ends it.
pub(super) async fn maintain(visit: Visit, Path(id): Path<String>, form: PostedForm) -> Answer {
    let id = read_id(&id)?;
    let text = form.get("for");
    let seconds: u32 = text
        .parse()
        .ok()
        .filter(|s| *s <= 30 * 86_400)
        .ok_or_else(|| Fault::invalid("for", text, Wording::new("expect-between").with("min", 0).with("max", 30 * 86_400)))?;
    let until = (seconds > 0).then(|| visit.now.plus(i64::from(seconds) * 1_000));
    visit.portal.monitors.maintain(&visit.actor, &id, until).await?;
    let toast = if until.is_some() { "toast-monitor-maintenance" } else { "toast-monitor-maintenance-over" };
    Ok(visit.go(&format!("/monitors/{id}"), toast))
}

/// Back to the list as it was.
fn back(next: &str) -> String {
    let ours = next == "/monitors" || next.starts_with("/monitors?");
    if ours { local_path(next).to_owned() } else { "/monitors".to_owned() }
}

/// One act with all that are ticked.
pub(super) async fn many(visit: Visit, form: PostedForm) -> Answer {
    visit.portal.monitors.many(&visit.actor, &form.typed).await?;
    Ok(visit.go(&back(form.get("next")), "toast-monitors-many"))
}

pub(super) async fn renew(visit: Visit, Path(id): Path<String>) -> Answer {
    let id = read_id(&id)?;
    visit.portal.monitors.renew_secret(&visit.actor, &id).await?;
    Ok(visit.go(&format!("/monitors/{id}"), "toast-monitor-renewed"))
}

/// The name must have been typed.
pub(super) async fn delete(visit: Visit, Path(id): Path<String>, form: PostedForm) -> Answer {
    let id = read_id(&id)?;
    let monitor = visit.portal.monitors.get(&visit.actor, &id).await?;
    visit.actor.require(domain::Permission::EditMonitors, &monitor.system.team, "monitor")?;
    if form.get("confirm").trim() != monitor.name {
        let expected = Wording::new("monitors-expect-name").with("name", &monitor.name);
        return Err(Fault::invalid("confirm", form.get("confirm"), expected).into());
    }
    visit.portal.monitors.delete(&visit.actor, &id).await?;
    Ok(visit.go("/monitors", "toast-monitor-deleted"))
}
