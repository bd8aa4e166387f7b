//! What people see of Evenkeel: pages rendered on the server, forms that act, a few islands that live.
//!
//! **Architecture invariants:** a page is an HTTP handler that reads through a port and renders a view; an act is
//! a form POST that asks a port and answers 303, or the same page again with everything that was typed. Nothing
//! here knows SQL. All essential work is done without JavaScript; only islands are compiled to WebAssembly.

pub mod islands;

#[cfg(feature = "ssr")]
pub mod components;
#[cfg(feature = "ssr")]
pub mod csv;
#[cfg(feature = "ssr")]
pub mod edge;
#[cfg(feature = "ssr")]
pub mod fault;
#[cfg(feature = "ssr")]
mod files;
#[cfg(feature = "ssr")]
pub mod form;
#[cfg(feature = "ssr")]
pub mod i18n;
#[cfg(feature = "ssr")]
pub mod query;
#[cfg(feature = "ssr")]
pub mod render;
#[cfg(feature = "ssr")]
pub mod routes;
#[cfg(feature = "ssr")]
pub mod shell;
#[cfg(feature = "ssr")]
pub mod visit;
#[cfg(feature = "ssr")]
pub mod xlsx;

#[cfg(feature = "ssr")]
pub mod alerts;
#[cfg(feature = "ssr")]
pub mod audit;
#[cfg(feature = "ssr")]
pub mod calendars;
#[cfg(feature = "ssr")]
pub mod changes;
#[cfg(feature = "ssr")]
pub mod deliveries;
#[cfg(feature = "ssr")]
pub mod deployments;
#[cfg(feature = "ssr")]
pub mod escalations;
#[cfg(feature = "ssr")]
pub mod evidence;
#[cfg(feature = "ssr")]
pub mod health;
#[cfg(feature = "ssr")]
pub mod incidents;
#[cfg(feature = "ssr")]
pub mod live;
#[cfg(feature = "ssr")]
pub mod load;
#[cfg(feature = "ssr")]
pub mod merchants;
#[cfg(feature = "ssr")]
pub mod monitors;
#[cfg(feature = "ssr")]
pub mod objectives;
#[cfg(feature = "ssr")]
pub mod occasions;
#[cfg(feature = "ssr")]
pub mod oncall;
#[cfg(feature = "ssr")]
pub mod overview;
#[cfg(feature = "ssr")]
pub mod people;
#[cfg(feature = "ssr")]
pub mod reports;
#[cfg(feature = "ssr")]
pub mod rules;
#[cfg(feature = "ssr")]
pub mod sources;
#[cfg(feature = "ssr")]
pub mod status;
#[cfg(feature = "ssr")]
pub mod streams;
#[cfg(feature = "ssr")]
pub mod systems;
#[cfg(feature = "ssr")]
pub mod tools;
#[cfg(feature = "ssr")]
pub mod transactions;
#[cfg(feature = "ssr")]
pub mod views;

/// Every page and act of every area.
#[cfg(feature = "ssr")]
pub fn routes() -> routes::Routes {
    routes::Routes::new()
        .merge(overview::routes())
        .merge(alerts::routes())
        .merge(incidents::routes())
        .merge(oncall::routes())
        .merge(escalations::routes())
        .merge(evidence::routes())
        .merge(transactions::routes())
        .merge(merchants::routes())
        .merge(monitors::routes())
        .merge(reports::routes())
        .merge(rules::routes())
        .merge(objectives::routes())
        .merge(sources::routes())
        .merge(status::routes())
        .merge(streams::routes())
        .merge(systems::routes())
        .merge(changes::routes())
        .merge(occasions::routes())
        .merge(calendars::routes())
        .merge(views::routes())
        .merge(tools::routes())
        .merge(deliveries::routes())
        .merge(deployments::routes())
        .merge(people::routes())
        .merge(audit::routes())
        .merge(health::routes())
        .merge(live::routes())
        .merge(load::routes())
        .merge(shell::routes())
}

/// Brings the islands of a page to life; called by the script that the page carries.
#[cfg(feature = "hydrate")]
#[wasm_bindgen::prelude::wasm_bindgen]
pub fn hydrate() {
    leptos::mount::hydrate_islands();
}
