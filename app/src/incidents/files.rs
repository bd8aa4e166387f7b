//! Files of an incident: attached, handed out, removed.

use axum::{extract::Path, response::Response};
use domain::{Fault, files::file_id, form::Typed};

use super::detail::{self, Which};
use crate::{
    fault::Answer,
    files,
    form::{FormState, PostedFile, PostedForm},
    visit::Visit,
};

/// `GET /incidents/{id}/files/{file}`
pub(super) async fn content(visit: Visit, Path((id, file)): Path<(String, String)>) -> Result<Response, crate::fault::Refused> {
    let incident = detail::find(&visit, &id).await?;
    let file = file_id(&file)?;
    Ok(files::content(visit.portal.incidents.file(&visit.actor, &incident, &file).await?))
}

/// `POST /incidents/{id}/files`, a form with the field `file`
pub(super) async fn attach(visit: Visit, Path(id): Path<String>, posted: Result<PostedFile, crate::fault::Refused>) -> Answer {
    let incident = detail::find(&visit, &id).await?;
    let done = match posted {
        Ok(posted) => visit.portal.incidents.attach(&visit.actor, &incident, &posted.name, posted.body).await.map(drop),
        Err(refused) => Err(refused.0),
    };
    answer(&visit, &id, Typed::default(), done, "toast-file").await
}

/// `POST /incidents/{id}/files/{file}/remove`, field `reason`
pub(super) async fn remove(visit: Visit, Path((id, file)): Path<(String, String)>, form: PostedForm) -> Answer {
    let incident = detail::find(&visit, &id).await?;
    let file = file_id(&file)?;
    let done = visit.portal.incidents.remove_file(&visit.actor, &incident, &file, &form.typed).await;
    answer(&visit, &id, form.typed, done, "toast-file-removed").await
}

async fn answer(visit: &Visit, id: &str, typed: Typed, done: Result<(), Fault>, toast: &'static str) -> Answer {
    match done {
        Ok(()) => Ok(visit.go(&format!("/incidents/{id}"), toast)),
        Err(fault @ (Fault::Invalid(_) | Fault::Conflict(_))) => {
            detail::show(visit, id, Which::File, FormState::refused(typed, fault)).await
        }
        Err(fault) => Err(fault.into()),
    }
}
