//! Files of a change: attached, handed out, removed.

use axum::{extract::Path, response::Response};
use domain::{
    Fault,
    changes::{Detail, State},
    files::{File, file_id},
    form::Typed,
    id::ChangeId,
};
use leptos::prelude::*;

use super::acts;
use crate::{
    components::Panel,
    fault::Answer,
    files,
    form::{FormState, PostedFile, PostedForm},
    t,
    visit::Visit,
};

fn read(id: &str) -> Result<ChangeId, Fault> {
    ChangeId::parse(id).ok_or(Fault::NotFound("change"))
}

/// `GET /changes/{id}/files/{file}`
pub(super) async fn content(visit: Visit, Path((id, file)): Path<(String, String)>) -> Result<Response, crate::fault::Refused> {
    let file = file_id(&file)?;
    Ok(files::content(visit.portal.changes.file(&visit.actor, &read(&id)?, &file).await?))
}

/// `POST /changes/{id}/files`, a form with the field `file`
pub(super) async fn attach(visit: Visit, Path(id): Path<String>, posted: Result<PostedFile, crate::fault::Refused>) -> Answer {
    let id = read(&id)?;
    let done = match posted {
        Ok(posted) => visit.portal.changes.attach(&visit.actor, &id, &posted.name, posted.body).await.map(drop),
        Err(refused) => Err(refused.0),
    };
    acts::answer(visit, &id, PostedForm { typed: Typed::default() }, done, "toast-file").await
}

/// `POST /changes/{id}/files/{file}/remove`, field `reason`
pub(super) async fn remove(visit: Visit, Path((id, file)): Path<(String, String)>, form: PostedForm) -> Answer {
    let id = read(&id)?;
    let file = file_id(&file)?;
    let done = visit.portal.changes.remove_file(&visit.actor, &id, &file, &form.typed).await;
    acts::answer(visit, &id, form, done, "toast-file-removed").await
}

/// The panel on the page of the change.
#[component]
pub(super) fn Attached(detail: Detail, form: FormState) -> impl IntoView {
    let path = format!("/changes/{}", detail.summary.id);
    let may = detail.powers.attach;
    let draft = detail.summary.state == State::Draft;
    let list = files::panel(&path, &detail.files, (may, may && draft), &form, form.error("file").is_some());
    let stands = may && !draft && detail.files.iter().any(File::is_there);
    let stands = stands.then(|| view! { <p class="muted small">{t!("conflict-change-file-stands")}</p> });
    view! { <Panel title=t!("files-title") id="files">{list}{stands}</Panel> }
}
