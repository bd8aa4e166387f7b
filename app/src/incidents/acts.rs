//! What forms on an incident's page post. Done: back to the incident. Refused: its page again, everything typed kept.

use axum::extract::Path;
use domain::{
    Fault, Wording,
    id::TaskId,
    incidents::{Ref, State, SuspectKind, Verdict},
};

use super::detail::{self, Which};
use crate::{
    fault::Answer,
    form::{FormState, PostedForm},
    visit::Visit,
};

async fn answer(visit: Visit, id: &str, which: Which, form: PostedForm, done: Result<(), Fault>, toast: &'static str) -> Answer {
    match done {
        Ok(()) => Ok(visit.go(&format!("/incidents/{id}"), toast)),
        Err(fault @ (Fault::Invalid(_) | Fault::Conflict(_))) => {
            detail::show(&visit, id, which, FormState::refused(form.typed, fault)).await
        }
        Err(fault) => Err(fault.into()),
    }
}

/// `POST /incidents/{id}/edit`
pub(super) async fn edit(visit: Visit, Path(id): Path<String>, form: PostedForm) -> Answer {
    let incident = detail::find(&visit, &id).await?;
    let done = visit.portal.incidents.edit(&visit.actor, &incident, &form.typed).await;
    answer(visit, &id, Which::Edit, form, done, "toast-incident-saved").await
}

/// `POST /incidents/{id}/move`, field `state`
pub(super) async fn move_to(visit: Visit, Path(id): Path<String>, form: PostedForm) -> Answer {
    let incident = detail::find(&visit, &id).await?;
    let choices = State::ALL.iter().map(|state| state.name()).collect::<Vec<_>>().join(", ");
    let done = match State::parse(form.get("state")) {
        Some(state) => visit.portal.incidents.move_to(&visit.actor, &incident, state).await,
        None => Err(Fault::invalid("state", form.get("state"), Wording::new("expect-one-of").with("choices", choices))),
    };
    answer(visit, &id, Which::Other, form, done, "toast-incident-moved").await
}

/// `POST /incidents/{id}/comments`, field `text`
pub(super) async fn comment(visit: Visit, Path(id): Path<String>, form: PostedForm) -> Answer {
    let incident = detail::find(&visit, &id).await?;
    let done = visit.portal.incidents.comment(&visit.actor, &incident, &form.typed).await;
    answer(visit, &id, Which::Comment, form, done, "toast-incident-commented").await
}

/// `POST /incidents/{id}/owner`, fields `owner`: `me`, an id, or empty for nobody; `was`: who led on the page
pub(super) async fn owner(visit: Visit, Path(id): Path<String>, form: PostedForm) -> Answer {
    let incident = detail::find(&visit, &id).await?;
    let done = visit.portal.incidents.lead(&visit.actor, &incident, &form.typed).await;
    answer(visit, &id, Which::Other, form, done, "toast-incident-owned").await
}

/// `POST /incidents/{id}/suspects/{kind}/{what}`, field `verdict`: `confirmed` or `rejected`
pub(super) async fn judge(visit: Visit, Path((id, kind, what)): Path<(String, String, String)>, form: PostedForm) -> Answer {
    let incident = detail::find(&visit, &id).await?;
    let kind = SuspectKind::parse(&kind).ok_or(Fault::NotFound("suspect"))?;
    let done = match Verdict::parse(form.get("verdict")) {
        Some(verdict) => visit.portal.incidents.judge(&visit.actor, &incident, kind, &what, verdict).await,
        None => Err(Fault::invalid("verdict", form.get("verdict"), Wording::new("expect-one-of").with("choices", "confirmed, rejected"))),
    };
    answer(visit, &id, Which::Other, form, done, "toast-incident-judged").await
}

/// `POST /incidents/{id}/times`, fields `what`, `at`, `zone`, `reason`
pub(super) async fn correct(visit: Visit, Path(id): Path<String>, form: PostedForm) -> Answer {
    let incident = detail::find(&visit, &id).await?;
    let done = visit.portal.incidents.correct(&visit.actor, &incident, &form.typed).await;
    answer(visit, &id, Which::Time, form, done, "toast-incident-saved").await
}

/// `POST /incidents/{id}/responders`, fields `user`, `role`
pub(super) async fn give_role(visit: Visit, Path(id): Path<String>, form: PostedForm) -> Answer {
    let incident = detail::find(&visit, &id).await?;
    let done = visit.portal.incidents.add_responder(&visit.actor, &incident, &form.typed).await;
    answer(visit, &id, Which::Role, form, done, "toast-incident-role").await
}

/// `POST /incidents/{id}/responders/remove`, fields `user`, `role`
pub(super) async fn take_role(visit: Visit, Path(id): Path<String>, form: PostedForm) -> Answer {
    let incident = detail::find(&visit, &id).await?;
    let done = visit.portal.incidents.remove_responder(&visit.actor, &incident, &form.typed).await;
    answer(visit, &id, Which::Other, form, done, "toast-incident-role").await
}

/// `POST /incidents/{id}/tasks`, fields `task`, `assignee`, `due`, `zone`
pub(super) async fn add_task(visit: Visit, Path(id): Path<String>, form: PostedForm) -> Answer {
    let incident = detail::find(&visit, &id).await?;
    let done = visit.portal.incidents.add_task(&visit.actor, &incident, &form.typed).await.map(drop);
    answer(visit, &id, Which::Task, form, done, "toast-incident-task").await
}

/// `POST /incidents/{id}/tasks/{task}`, field `done`: there, or not
pub(super) async fn tick_task(visit: Visit, Path((id, task)): Path<(String, String)>, form: PostedForm) -> Answer {
    let incident = detail::find(&visit, &id).await?;
    let task = TaskId::parse(&task).ok_or(Fault::NotFound("task"))?;
    let done = visit.portal.incidents.tick_task(&visit.actor, &incident, &task, form.typed.has("done")).await;
    answer(visit, &id, Which::Other, form, done, "toast-incident-task").await
}

/// `POST /incidents/{id}/tasks/{task}/remove`
pub(super) async fn remove_task(visit: Visit, Path((id, task)): Path<(String, String)>, form: PostedForm) -> Answer {
    let incident = detail::find(&visit, &id).await?;
    let task = TaskId::parse(&task).ok_or(Fault::NotFound("task"))?;
    let done = visit.portal.incidents.remove_task(&visit.actor, &incident, &task).await;
    answer(visit, &id, Which::Other, form, done, "toast-incident-task").await
}

/// `POST /incidents/{id}/runbook`, fields `runbook_of`, `runbook`
pub(super) async fn pin_runbook(visit: Visit, Path(id): Path<String>, form: PostedForm) -> Answer {
    let incident = detail::find(&visit, &id).await?;
    let done = visit.portal.incidents.pin_runbook(&visit.actor, &incident, &form.typed).await;
    answer(visit, &id, Which::Runbook, form, done, "toast-incident-saved").await
}

/// Reads how a URL names an incident.
pub(super) fn read(which: &str) -> Result<Ref, Fault> {
    Ref::parse(which).ok_or(Fault::NotFound("incident"))
}

/// `POST /incidents/{id}/acknowledge`
pub(super) async fn acknowledge(visit: Visit, Path(id): Path<String>, form: PostedForm) -> Answer {
    let incident = detail::find(&visit, &id).await?;
    let done = visit.portal.incidents.acknowledge(&visit.actor, &incident).await;
    answer(visit, &id, Which::Other, form, done, "toast-alert-acknowledged").await
}

/// `POST /incidents/{id}/escalate`
pub(super) async fn escalate(visit: Visit, Path(id): Path<String>, form: PostedForm) -> Answer {
    let incident = detail::find(&visit, &id).await?;
    let done = visit.portal.escalations.escalate(&visit.actor, &incident).await.map(drop);
    answer(visit, &id, Which::Other, form, done, "toast-escalated").await
}

/// `POST /incidents/{id}/page`, field `target`
pub(super) async fn page(visit: Visit, Path(id): Path<String>, form: PostedForm) -> Answer {
    let incident = detail::find(&visit, &id).await?;
    match visit.portal.escalations.page(&visit.actor, &incident, &form.typed).await {
        Ok(taken) if taken.called.iter().all(|called| called.trouble.is_some()) => {
            Ok(visit.go(&format!("/incidents/{id}"), "toast-paged-nobody"))
        }
        done => answer(visit, &id, Which::Page, form, done.map(drop), "toast-paged").await,
    }
}
