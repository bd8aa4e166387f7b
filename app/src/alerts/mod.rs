//! Pages of the area `alerts`: what needs me, and everything about one of them.

mod detail;
mod list;
mod say;

use domain::Permission;

use crate::routes::{Need, Routes};
pub(crate) use say::{AlertStateBadge, level};

/// Its pages and acts.
pub fn routes() -> Routes {
    Routes::new()
        .get("/alerts", Need::LoggedIn, list::page)
        .get("/alerts.csv", Need::Permission(Permission::Export), list::csv)
        .post("/alerts/acknowledge", Need::Permission(Permission::AcknowledgeAlerts), list::acknowledge)
        .get("/alerts/{id}", Need::LoggedIn, detail::page)
        .post("/alerts/{id}/acknowledge", Need::Permission(Permission::AcknowledgeAlerts), detail::acknowledge)
}
