//! Pages of the area `alerts`: what needs me, everything about one of them, what is silenced, who is told and why.

mod detail;
mod importing;
mod integrations;
mod list;
mod routing;
mod say;
mod seen;
mod silences;
mod why;

use domain::Permission;

use crate::routes::{Need, Routes};
pub(crate) use say::{AlertStateBadge, level};
pub use seen::SPEECH;
pub(crate) use seen::{alert_title, seen_in, seen_words, spoken_title, spoken_title_to, title_words, titled_words};

/// Its pages and acts.
pub fn routes() -> Routes {
    Routes::new()
        .get("/alerts", Need::LoggedIn, list::page)
        .get("/alerts.csv", Need::Permission(Permission::Export), list::csv)
        .post("/alerts/acknowledge", Need::Permission(Permission::AcknowledgeAlerts), list::acknowledge)
        .get("/admin/integrations", Need::Permission(Permission::RouteAlerts), integrations::list)
        .get("/admin/integrations/new", Need::Permission(Permission::RouteAlerts), integrations::fresh)
        .post("/admin/integrations", Need::Permission(Permission::RouteAlerts), integrations::create)
        .get("/admin/integrations/{id}", Need::Permission(Permission::RouteAlerts), integrations::one)
        .post("/admin/integrations/{id}", Need::Permission(Permission::RouteAlerts), integrations::edit)
        .post("/admin/integrations/{id}/renew", Need::Permission(Permission::RouteAlerts), integrations::renew)
        .post("/admin/integrations/{id}/remove", Need::Permission(Permission::RouteAlerts), integrations::remove)
        .get("/alerts/silences", Need::LoggedIn, silences::page)
        .get("/alerts/silences/new", Need::Permission(Permission::SilenceAlerts), silences::fresh)
        .post("/alerts/silences", Need::Permission(Permission::SilenceAlerts), silences::create)
        .get("/alerts/silences/{id}", Need::LoggedIn, silences::one)
        .post("/alerts/silences/{id}", Need::Permission(Permission::SilenceAlerts), silences::edit)
        .post("/alerts/silences/{id}/expire", Need::Permission(Permission::SilenceAlerts), silences::expire)
        .get("/alerts/routing", Need::LoggedIn, routing::page)
        .post("/alerts/routing", Need::Permission(Permission::RouteAlerts), routing::put)
        .get("/alerts/routing/import", Need::Permission(Permission::RouteAlerts), importing::page)
        .post("/alerts/routing/import", Need::Permission(Permission::RouteAlerts), importing::take)
        .get("/alerts/what-if", Need::LoggedIn, routing::what_if)
        .get("/alerts/{id}", Need::LoggedIn, detail::page)
        .post("/alerts/{id}/acknowledge", Need::Permission(Permission::AcknowledgeAlerts), detail::acknowledge)
}
