//! The frame around every page: head, navigation, top bar, footer; and what belongs to no area: the choice of
//! language and theme, the search over everything, the living page of all components.

mod frame;
mod gallery;
mod menu;
mod nav;
mod preferences;
mod search;

use domain::Permission;

use crate::routes::{Need, Routes};

pub use frame::{Frame, set_demo};
pub use preferences::local_path;

/// Its pages and acts.
pub fn routes() -> Routes {
    Routes::new().post("/preferences", Need::Public, preferences::choose).get("/search", Need::LoggedIn, search::search).get(
        "/admin/components",
        Need::Permission(Permission::ManageSettings),
        gallery::show,
    )
}
