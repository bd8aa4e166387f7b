//! Files of an incident: shown in its page where they are pictures, saved otherwise.

use axum::{
    extract::Path,
    response::{IntoResponse, Response},
};
use domain::{Fault, form::Typed, id::FileId, incidents::File};
use http::header;
use leptos::prelude::*;

use super::detail::{self, Which};
use crate::{
    components::{Button, ButtonKind, Confirm, FileField, Icon, When},
    fault::Answer,
    form::{FormState, PostedFile, PostedForm},
    t,
    visit::Visit,
};

/// Nothing that a file holds does anything, wherever it is opened.
const POLICY: &str = "default-src 'none'; style-src 'unsafe-inline'; sandbox";

/// `GET /incidents/{id}/files/{file}`
pub(super) async fn content(visit: Visit, Path((id, file)): Path<(String, String)>) -> Result<Response, crate::fault::Refused> {
    let incident = detail::find(&visit, &id).await?;
    let file = FileId::parse(&file).ok_or(Fault::NotFound("file"))?;
    let (file, body) = visit.portal.incidents.file(&visit.actor, &incident, &file).await?;
    let head = [
        (header::CONTENT_TYPE, file.kind.media().to_owned()),
        (header::CONTENT_DISPOSITION, file.disposition()),
        (header::CONTENT_SECURITY_POLICY, POLICY.to_owned()),
        // What it holds never changes; who may see it may: the browser asks each time.
        (header::CACHE_CONTROL, "private, no-cache".to_owned()),
        (header::ETAG, format!("\"{}\"", file.sha256)),
    ];
    Ok((head, body).into_response())
}

/// `POST /incidents/{id}/files`, a form with the field `file`
pub(super) async fn attach(visit: Visit, Path(id): Path<String>, posted: Result<PostedFile, crate::fault::Refused>) -> Answer {
    let incident = detail::find(&visit, &id).await?;
    let done = match posted {
        Ok(posted) => visit.portal.incidents.attach(&visit.actor, &incident, &posted.name, posted.body).await.map(drop),
        Err(refused) => Err(refused.0),
    };
    answer(&visit, &id, Typed::default(), done, "toast-incident-file").await
}

/// `POST /incidents/{id}/files/{file}/remove`, field `reason`
pub(super) async fn remove(visit: Visit, Path((id, file)): Path<(String, String)>, form: PostedForm) -> Answer {
    let incident = detail::find(&visit, &id).await?;
    let file = FileId::parse(&file).ok_or(Fault::NotFound("file"))?;
    let done = visit.portal.incidents.remove_file(&visit.actor, &incident, &file, &form.typed).await;
    answer(&visit, &id, form.typed, done, "toast-incident-file-removed").await
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

/// Bytes in the unit in which people say them.
fn size(bytes: i64) -> String {
    match bytes {
        ..1_024 => format!("{bytes} B"),
        1_024..1_048_576 => format!("{} KiB", bytes / 1_024),
        _ => format!("{}.{} MiB", bytes / 1_048_576, bytes % 1_048_576 * 10 / 1_048_576),
    }
}

/// The panel on the page of the incident.
pub(super) fn panel(path: &str, files: &[File], may: bool, form: &FormState, open: bool) -> AnyView {
    let row = |file: &File| {
        let href = format!("{path}/files/{}", file.id);
        let about = format!("{} · {}", size(file.size), file.by);
        if !file.is_there() {
            let gone = t!("incidents-file-gone", name = file.removed_by.as_str(), reason = file.removed_why.as_str());
            return view! { <li class="incident-file"><s>{file.name.clone()}</s><p class="muted small">{gone}</p></li> }.into_any();
        }
        let picture = file.kind.is_image().then(|| {
            view! { <a href=href.clone()><img class="incident-picture" src=href.clone() alt=file.name.clone() loading="lazy"/></a> }
        });
        let remove = may.then(|| {
            let text = t!("incidents-file-remove-text", name = file.name.as_str());
            view! {
                <Confirm verb=t!("incidents-file-remove") text action=format!("{href}/remove") small=true>
                    <label class="field"><span>{t!("incidents-reason")}</span><input class="input" name="reason" required maxlength="120"/></label>
                </Confirm>
            }
            .into_any()
        });
        view! {
            <li class="incident-file">
                <a class="incident-file-name" href=href.clone()><Icon name="download"/>{file.name.clone()}</a>
                <p class="muted small">{about}" · "<When at=file.at/></p>
                {picture}
                {remove}
            </li>
        }
        .into_any()
    };
    let list = if files.is_empty() {
        view! { <p class="muted">{t!("incidents-no-files")}</p> }.into_any()
    } else {
        view! { <ul class="incident-files">{files.iter().map(row).collect_view()}</ul> }.into_any()
    };
    let add = may.then(|| {
        view! {
            <details class="incident-edit" open=open>
                <summary>{t!("incidents-file-add")}</summary>
                <form class="form" method="post" enctype="multipart/form-data" action=format!("{path}/files")>
                    <FileField form=form name="file" label=t!("incidents-file") hint=t!("incidents-file-hint")/>
                    <div class="form-acts"><Button label=t!("incidents-file-add") kind=ButtonKind::Primary/></div>
                </form>
            </details>
        }
    });
    view! { {list}{add} }.into_any()
}
