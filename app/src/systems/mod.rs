//! Pages of the area `systems`: the catalogue, one system with everything that belongs to it, writing it down, and
//! the YAML file that is planned before it is applied.

mod detail;
mod edit;
mod import;
mod list;

use axum::response::Response;
use domain::Permission;
use leptos::prelude::*;

use crate::{
    components::{ButtonKind, Empty, EmptyKind, LinkButton, PageHead},
    routes::{Need, Routes},
    t,
    visit::Visit,
};

/// Its pages and acts.
pub fn routes() -> Routes {
    let edit = Need::Permission(Permission::EditSystems);
    Routes::new()
        .get("/systems", Need::LoggedIn, list::page)
        .get("/systems.csv", Need::Permission(Permission::Export), list::csv)
        .get("/systems.yaml", Need::Permission(Permission::Export), import::export)
        .get("/systems/new", edit, edit::fresh)
        .post("/systems/new", edit, edit::create)
        .get("/systems/import", edit, import::page)
        .post("/systems/import", edit, import::plan)
        .post("/systems/import/apply", edit, import::apply)
        .get("/systems/{id}", Need::LoggedIn, detail::page)
        .get("/systems/{id}/edit", edit, edit::page)
        .post("/systems/{id}/edit", edit, edit::save)
        .post("/systems/{id}/delete", edit, edit::delete)
}

/// The id in a path; what does not parse is not there.
fn id(text: &str) -> Result<domain::id::SystemId, domain::Fault> {
    domain::id::SystemId::parse(text).ok_or(domain::Fault::NotFound("system"))
}

/// What stands where a form would ask for a system and the reader could choose none: where to make one, or whom to ask.
pub(crate) fn no_system(visit: &Visit, title: String, back: (&str, String)) -> Response {
    let back = (back.0.to_owned(), back.1);
    let may = visit.may(Permission::EditSystems);
    visit.page(title.clone(), move || {
        let text = if may { t!("systems-first-text") } else { t!("systems-first-ask") };
        let make = may.then(|| view! { <LinkButton href="/systems/new" label=t!("systems-new") icon="plus" kind=ButtonKind::Primary/> });
        view! {
            <PageHead title back/>
            <Empty kind=EmptyKind::NotConfigured title=t!("systems-first") text>{make}</Empty>
        }
    })
}
