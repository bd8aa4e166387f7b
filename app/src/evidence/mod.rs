//! Pages of the area `evidence`: what was shown of artifacts, and bringing more of it.

mod list;
mod new;
pub mod say;

use domain::Permission;

use crate::routes::{Need, Routes};

/// Its pages and acts.
pub fn routes() -> Routes {
    Routes::new()
        .get("/evidence", Need::Permission(Permission::Read), list::page)
        .get("/evidence/new", Need::Permission(Permission::RequestChanges), new::fresh)
        .post("/evidence/new", Need::Permission(Permission::RequestChanges), new::submit)
        .get("/evidence/{id}", Need::Permission(Permission::Read), list::one)
        .get("/evidence/{id}/file", Need::Permission(Permission::Read), list::file)
}
