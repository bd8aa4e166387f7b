//! Pages of the area `escalations`: policies in sentences, what they would do, and on the page of an incident what they did.

mod form;
mod load;
mod policy;
mod record;
mod say;

use domain::Permission::{Export, ManageOnCall, Read};

use crate::routes::{Need, Routes};

pub(crate) use policy::plan;
pub use record::{Paging, paged, paging};

/// Its pages and acts.
pub fn routes() -> Routes {
    Routes::new()
        .get("/oncall/policies", Need::Permission(Read), policy::list)
        .get("/oncall/policies/new", Need::Permission(ManageOnCall), form::new)
        .post("/oncall/policies/new", Need::Permission(ManageOnCall), form::create)
        .get("/oncall/policies/{id}", Need::Permission(Read), policy::page)
        .get("/oncall/policies/{id}/edit", Need::Permission(ManageOnCall), form::edit)
        .post("/oncall/policies/{id}/edit", Need::Permission(ManageOnCall), form::change)
        .post("/oncall/policies/{id}/delete", Need::Permission(ManageOnCall), policy::remove)
        .get("/oncall/load", Need::Permission(Read), load::page)
        .get("/oncall/load.csv", Need::Permission(Export), load::csv)
}
