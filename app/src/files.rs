//! Files attached to an incident or a change: shown in its page where they are pictures, saved otherwise.

use axum::response::{IntoResponse, Response};
use domain::files::File;
use http::header;
use leptos::prelude::*;

use crate::{
    components::{Button, ButtonKind, Confirm, FileField, Icon, When},
    form::FormState,
    t,
};

/// Nothing that a file holds does anything, wherever it is opened.
const POLICY: &str = "default-src 'none'; style-src 'unsafe-inline'; sandbox";

/// The answer that is the content of a file.
pub(crate) fn content((file, body): (File, Vec<u8>)) -> Response {
    let head = [
        (header::CONTENT_TYPE, file.kind.media().to_owned()),
        (header::CONTENT_DISPOSITION, file.disposition()),
        (header::CONTENT_SECURITY_POLICY, POLICY.to_owned()),
        // What it holds never changes; who may see it may: the browser asks each time.
        (header::CACHE_CONTROL, "private, no-cache".to_owned()),
        (header::ETAG, format!("\"{}\"", file.sha256)),
    ];
    (head, body).into_response()
}

/// Bytes in the unit in which people say them.
fn size(bytes: i64) -> String {
    match bytes {
        ..1_024 => format!("{bytes} B"),
        1_024..1_048_576 => format!("{} KiB", bytes / 1_024),
        _ => format!("{}.{} MiB", bytes / 1_048_576, bytes % 1_048_576 * 10 / 1_048_576),
    }
}

/// What stands in the panel on the page of what `path` names; whether the reader may attach, and remove.
pub(crate) fn panel(path: &str, files: &[File], (attach, remove): (bool, bool), form: &FormState, open: bool) -> AnyView {
    let row = |file: &File| {
        let href = format!("{path}/files/{}", file.id);
        let about = format!("{} · {}", size(file.size), file.by);
        if !file.is_there() {
            let gone = t!("files-gone", name = file.removed_by.as_str(), reason = file.removed_why.as_str());
            return view! { <li class="file"><s>{file.name.clone()}</s><p class="muted small">{gone}</p></li> }.into_any();
        }
        let picture = file.kind.is_image().then(|| {
            view! { <a href=href.clone()><img class="file-picture" src=href.clone() alt=file.name.clone() loading="lazy"/></a> }
        });
        let remove = remove.then(|| {
            let text = t!("files-remove-text", name = file.name.as_str());
            view! {
                <Confirm verb=t!("files-remove") text action=format!("{href}/remove") small=true>
                    <label class="field"><span>{t!("files-reason")}</span><input class="input" name="reason" required maxlength="120"/></label>
                </Confirm>
            }
            .into_any()
        });
        view! {
            <li class="file">
                <a class="file-name" href=href.clone()><Icon name="download"/>{file.name.clone()}</a>
                <p class="muted small">{about}" · "<When at=file.at/></p>
                {picture}
                {remove}
            </li>
        }
        .into_any()
    };
    let list = if files.is_empty() {
        view! { <p class="muted">{t!("files-none")}</p> }.into_any()
    } else {
        view! { <ul class="files">{files.iter().map(row).collect_view()}</ul> }.into_any()
    };
    let add = attach.then(|| {
        view! {
            <details class="file-add" open=open>
                <summary>{t!("files-add")}</summary>
                <form class="form" method="post" enctype="multipart/form-data" action=format!("{path}/files")>
                    <FileField form=form name="file" label=t!("files-file") hint=t!("files-hint")/>
                    <div class="form-acts"><Button label=t!("files-add") kind=ButtonKind::Primary/></div>
                </form>
            </details>
        }
    });
    view! { {list}{add} }.into_any()
}
