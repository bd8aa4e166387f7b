//! Pages of the area `incidents`: what is the state, what next.

mod acts;
mod detail;
mod list;
mod open;
mod print;
mod say;
mod suspects;
mod timeline;

use domain::Permission;

use crate::routes::{Need, Routes};

/// Its pages and acts. An incident is named by its id or its number: `/incidents/42`.
pub fn routes() -> Routes {
    let work = Need::Permission(Permission::WorkIncidents);
    Routes::new()
        .get("/incidents", Need::LoggedIn, list::page)
        .get("/incidents.csv", Need::Permission(Permission::Export), list::csv)
        .get("/incidents/new", work, open::page)
        .post("/incidents", work, open::create)
        .get("/incidents/{id}", Need::LoggedIn, detail::page)
        .get("/incidents/{id}/print", Need::LoggedIn, print::page)
        .post("/incidents/{id}/edit", work, acts::edit)
        .post("/incidents/{id}/move", work, acts::move_to)
        .post("/incidents/{id}/comments", work, acts::comment)
        .post("/incidents/{id}/owner", work, acts::owner)
        .post("/incidents/{id}/suspects/{change}", work, acts::judge)
}
