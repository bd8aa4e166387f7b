//! Pages of the area `rules`: list, one rule, its form with a preview, files of Prometheus rules.

mod acts;
mod detail;
mod form;
mod import;
mod list;
mod words;

pub(crate) use detail::carried;
use domain::{Fault, Permission, id::RuleId};
pub(crate) use form::annotation_fields;
pub(crate) use words::say_no_data;

use crate::routes::{Need, Routes};

/// Its pages and acts.
pub fn routes() -> Routes {
    let edit = Need::Permission(Permission::EditMonitors);
    Routes::new()
        .get("/rules", Need::LoggedIn, list::list)
        .get("/rules/new", edit, form::new)
        .post("/rules/new", edit, form::create)
        .get("/rules/import", edit, import::page)
        .post("/rules/import", edit, import::take)
        .get("/rules/{id}", Need::LoggedIn, detail::detail)
        .get("/rules/{id}/edit", edit, form::edit)
        .post("/rules/{id}/edit", edit, form::save)
        .post("/rules/{id}/pause", edit, acts::pause)
        .post("/rules/{id}/resume", edit, acts::resume)
        .post("/rules/{id}/delete", edit, acts::delete)
}

/// Reads the id of a path; anything else is not there.
fn read_id(text: &str) -> Result<RuleId, Fault> {
    RuleId::parse(text).ok_or(Fault::NotFound("rule"))
}
