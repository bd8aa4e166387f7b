//! Pages of the area `sources`: list, one source, its form, what is kept of it, and questions in PromQL.

mod acts;
mod choose;
mod detail;
mod explore;
mod form;
mod list;
mod words;

use domain::{
    Fault, Permission,
    id::SourceId,
    sources::{Source, SourceKind},
};

use crate::{
    routes::{Need, Routes},
    visit::Visit,
};

/// Its pages and acts.
pub fn routes() -> Routes {
    let edit = Need::Permission(Permission::EditMonitors);
    Routes::new()
        .get("/sources", Need::LoggedIn, list::list)
        .get("/sources/new", edit, form::new)
        .post("/sources/new", edit, form::create)
        .get("/sources/{id}", Need::LoggedIn, detail::detail)
        .get("/sources/{id}/edit", edit, form::edit)
        .post("/sources/{id}/edit", edit, form::save)
        .get("/sources/{id}/choose", edit, choose::page)
        .post("/sources/{id}/choose", edit, choose::save)
        .get("/sources/{id}/query", Need::LoggedIn, explore::page)
        .post("/sources/{id}/ask", edit, acts::ask)
        .post("/sources/{id}/pause", edit, acts::pause)
        .post("/sources/{id}/resume", edit, acts::resume)
        .post("/sources/{id}/delete", edit, acts::delete)
}

/// Reads the id of a path; anything else is not there.
fn read_id(text: &str) -> Result<SourceId, Fault> {
    SourceId::parse(text).ok_or(Fault::NotFound("source"))
}

/// What a form offers of the sources of a kind, beside the one that is chosen already: those that may be read, and of those that are
/// asked questions those that the reader may ask.
pub(crate) async fn offered(visit: &Visit, kind: SourceKind, chosen: &str) -> Result<Vec<(String, String)>, Fault> {
    let all = visit.portal.sources.list(&visit.actor).await?.into_iter().filter(|source| source.kind == kind);
    let may_ask = |source: &Source| visit.actor.may(Permission::EditMonitors, &source.system.team);
    let offered = all.filter(|source| kind == SourceKind::Scrape || source.id.as_str() == chosen || may_ask(source));
    Ok(offered.map(|source| (source.id.to_string(), source.name)).collect())
}
