//! Pages of the area `sources`: list, one source, its form, what is kept of it, and questions in PromQL.

mod acts;
mod choose;
mod detail;
mod explore;
mod form;
mod list;
mod words;

use domain::{Fault, Permission, id::SourceId};

use crate::routes::{Need, Routes};

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
