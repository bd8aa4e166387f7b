//! Pages of the area `views`: keeping a list as it is shown, the views that a person sees, and the row of them above a list.

mod form;
mod list;
mod row;

use domain::{Fault, id::ViewId, views::Place};

use crate::{
    routes::{Need, Routes},
    t,
};

pub(crate) use row::{Shown, ViewRow};

/// Its pages and acts.
pub fn routes() -> Routes {
    Routes::new()
        .get("/views", Need::LoggedIn, list::page)
        .get("/views/new", Need::LoggedIn, form::new)
        .post("/views/new", Need::LoggedIn, form::create)
        .get("/views/{id}", Need::LoggedIn, list::open)
        .get("/views/{id}/edit", Need::LoggedIn, form::edit)
        .post("/views/{id}/edit", Need::LoggedIn, form::change)
        .post("/views/{id}/delete", Need::LoggedIn, list::remove)
        .post("/views/{id}/prefer", Need::LoggedIn, list::prefer)
}

fn read_id(id: &str) -> Result<ViewId, Fault> {
    ViewId::parse(id).ok_or(Fault::NotFound("view"))
}

/// A list by name.
fn say_place(place: Place) -> String {
    match place {
        Place::Changes => t!("changes-title"),
    }
}

/// The labels of the fields, for what is wrong with them.
fn labels() -> Vec<(&'static str, String)> {
    vec![("place", t!("views-place")), ("name", t!("views-name")), ("query", t!("views-query")), ("team", t!("views-team"))]
}
