//! What a form on a change's page posts. Done: back to the change. Refused: its page again, with everything typed.

use axum::extract::Path;
use domain::{Fault, id::ChangeId};

use super::{detail, runs::whole};
use crate::{
    fault::Answer,
    form::{FormState, PostedForm},
    visit::Visit,
};

fn read(id: &str) -> Result<ChangeId, Fault> {
    ChangeId::parse(id).ok_or(Fault::NotFound("change"))
}

/// After an act: `next` where the form names one of our own pages, else the change.
fn next(id: &ChangeId, form: &PostedForm) -> String {
    if form.get("next") == "/approvals" { "/approvals".to_owned() } else { format!("/changes/{id}") }
}

/// Done: back to the change. Refused: its page again.
pub(super) async fn answer(visit: Visit, id: &ChangeId, form: PostedForm, done: Result<(), Fault>, toast: &'static str) -> Answer {
    match done {
        Ok(()) => Ok(visit.go(&next(id, &form), toast)),
        Err(fault) => refused(&visit, id.as_str(), form, fault).await,
    }
}

/// The page of the change with what was refused and typed; where the fault is of another kind, that.
pub(super) async fn refused(visit: &Visit, id: &str, form: PostedForm, fault: Fault) -> Answer {
    match fault {
        Fault::Invalid(_) | Fault::Conflict(_) => {
            let now = whole(visit, id).await?;
            Ok(detail::show(visit, now, FormState::refused(form.typed, fault)))
        }
        other => Err(other.into()),
    }
}

macro_rules! plain {
    ($($(#[$doc:meta])* $name:ident $toast:literal;)+) => {$(
        $(#[$doc])*
        pub(super) async fn $name(visit: Visit, Path(id): Path<String>, form: PostedForm) -> Answer {
            let id = read(&id)?;
            let done = visit.portal.changes.$name(&visit.actor, &id).await;
            answer(visit, &id, form, done, $toast).await
        }
    )+};
}

macro_rules! typed {
    ($($(#[$doc:meta])* $name:ident $toast:literal;)+) => {$(
        $(#[$doc])*
        pub(super) async fn $name(visit: Visit, Path(id): Path<String>, form: PostedForm) -> Answer {
            let id = read(&id)?;
            let done = visit.portal.changes.$name(&visit.actor, &id, &form.typed).await;
            answer(visit, &id, form, done, $toast).await
        }
    )+};
}

plain! {
    /// `POST /changes/{id}/submit`
    submit "toast-change-requested";
    /// `POST /changes/{id}/schedule`
    schedule "toast-change-scheduled";
    /// `POST /changes/{id}/close`
    close "toast-change-closed";
}

typed! {
    /// `POST /changes/{id}/start`
    start "toast-change-started";
    /// `POST /changes/{id}/approve`
    approve "toast-change-approved";
    /// `POST /changes/{id}/reject`
    reject "toast-change-rejected";
    /// `POST /changes/{id}/finish`
    finish "toast-change-finished";
    /// `POST /changes/{id}/cancel`
    cancel "toast-change-cancelled";
    /// `POST /changes/{id}/comments`
    comment "toast-change-commented";
}
