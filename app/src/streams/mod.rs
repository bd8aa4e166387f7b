//! Pages of the area `streams`: what systems send, one stream with its senders, its form with a preview, and a table taken by hand.

mod detail;
mod form;
mod list;
mod preview;
mod upload;

use axum::extract::Path;
use domain::{
    Fault, Permission, Wording,
    id::StreamId,
    streams::{Detail, Stream},
};

use crate::{
    fault::Answer,
    form::PostedForm,
    routes::{Need, Routes},
    t,
    visit::Visit,
};

/// Its pages and acts.
pub fn routes() -> Routes {
    let (edit, post) = (Need::Permission(Permission::EditSystems), Need::Permission(Permission::IngestTransactions));
    Routes::new()
        .get("/streams", Need::LoggedIn, list::list)
        .get("/streams/new", edit, form::new)
        .post("/streams/new", edit, form::create)
        .get("/streams/{id}", Need::LoggedIn, detail::detail)
        .get("/streams/{id}/edit", edit, form::edit)
        .post("/streams/{id}/edit", edit, form::save)
        .post("/streams/{id}/delete", edit, delete)
        .get("/streams/{id}/upload", post, upload::page)
        .post("/streams/{id}/upload", post, upload::look)
        .post("/streams/{id}/upload/rows", post, upload::take)
}

/// The stream of a path; what does not parse is not there.
async fn find(visit: &Visit, text: &str) -> Result<Detail, Fault> {
    let id = StreamId::parse(text).ok_or(Fault::NotFound("stream"))?;
    visit.portal.streams.get(&visit.actor, &id).await
}

/// What a stream is called: its own name, or what the usual one of a system is called.
fn name_of(stream: &Stream) -> String {
    if stream.name.is_empty() { t!("streams-usual-of", system = stream.system.name.clone()) } else { stream.name.clone() }
}

/// What a dimension is called.
fn dimension_name(key: &str, label: &str) -> String {
    match key {
        _ if !label.is_empty() => label.to_owned(),
        "link" => t!("transactions-by-link"),
        "merchant" => t!("transactions-by-merchant"),
        "channel" => t!("transactions-by-channel"),
        other => other.to_owned(),
    }
}

/// The name of the stream must have been typed.
async fn delete(visit: Visit, Path(id): Path<String>, form: PostedForm) -> Answer {
    let stream = find(&visit, &id).await?.stream;
    visit.actor.require(Permission::EditSystems, &stream.system.team, "stream")?;
    if form.get("confirm").trim() != stream.full {
        let expected = Wording::new("objectives-expect-name").with("name", &stream.full);
        return Err(Fault::invalid("confirm", form.get("confirm"), expected).into());
    }
    visit.portal.streams.delete(&visit.actor, &stream.id).await?;
    Ok(visit.go("/streams", "toast-stream-deleted"))
}
