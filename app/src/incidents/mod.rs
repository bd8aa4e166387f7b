//! Pages of the area `incidents`: what is the state, what next.

mod actions;
mod acts;
mod beside;
mod cost;
mod detail;
mod entry;
mod figures;
mod files;
mod list;
mod open;
mod print;
mod proposal;
mod relations;
mod review;
mod rules;
mod say;
mod suspects;
mod timeline;
mod together;

use domain::Permission;

use crate::routes::{Need, Routes};
pub use actions::overdue;
pub use figures::useful_panel;
pub use review::review_file;

/// Its pages and acts. An incident is named by its id or its number: `/incidents/42`.
pub fn routes() -> Routes {
    let work = Need::Permission(Permission::WorkIncidents);
    let manage = Need::Permission(Permission::ManageSettings);
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
        .post("/incidents/{id}/acknowledge", work, acts::acknowledge)
        .post("/incidents/{id}/escalate", work, acts::escalate)
        .post("/incidents/{id}/page", work, acts::page)
        .post("/incidents/{id}/owner", work, acts::owner)
        .post("/incidents/{id}/suspects/{kind}/{what}", work, acts::judge)
        .post("/incidents/{id}/responders", work, acts::give_role)
        .post("/incidents/{id}/responders/remove", work, acts::take_role)
        .post("/incidents/{id}/tasks", work, acts::add_task)
        .post("/incidents/{id}/tasks/{task}", work, acts::tick_task)
        .post("/incidents/{id}/tasks/{task}/remove", work, acts::remove_task)
        .post("/incidents/{id}/runbook", work, acts::pin_runbook)
        .get("/incidents/{id}/relations", work, relations::page)
        .post("/incidents/{id}/links", work, relations::link)
        .post("/incidents/{id}/links/remove", work, relations::unlink)
        .post("/incidents/{id}/systems", work, relations::set_system)
        .post("/incidents/{id}/merge", work, relations::merge)
        .get("/incidents/{id}/entries/{entry}", Need::LoggedIn, entry::page)
        .post("/incidents/{id}/entries/{entry}", work, entry::rewrite)
        .post("/incidents/{id}/files", work, files::attach)
        .get("/incidents/{id}/files/{file}", Need::LoggedIn, files::content)
        .post("/incidents/{id}/files/{file}/remove", work, files::remove)
        .post("/incidents/{id}/times", work, acts::correct)
        .get("/incidents/{id}/review", Need::LoggedIn, review::page)
        .post("/incidents/{id}/review", work, review::write)
        .post("/incidents/{id}/review/begin", work, review::begin)
        .post("/incidents/{id}/review/finish", work, review::finish)
        .post("/incidents/{id}/review/actions", work, review::add_action)
        .get("/incidents/{id}/review/print", Need::LoggedIn, review::print)
        .get("/incidents/{id}/review.md", Need::LoggedIn, review::markdown)
        .get("/incidents/actions", Need::LoggedIn, actions::page)
        .get("/incidents/actions.csv", Need::Permission(Permission::Export), actions::csv)
        .post("/incidents/actions/{action}", Need::LoggedIn, actions::end)
        .get("/incidents/figures", Need::LoggedIn, figures::page)
        .get("/incidents/figures.csv", Need::Permission(Permission::Export), figures::csv)
        .post("/incidents/alerts/{id}/useful", Need::Permission(Permission::AcknowledgeAlerts), figures::say)
        .get("/incidents/rules", manage, rules::page)
        .post("/incidents/rules", manage, rules::set)
        .post("/incidents/rules/roles", manage, rules::save_role)
        .post("/incidents/rules/roles/{key}/remove", manage, rules::remove_role)
        .get("/incidents/rules/templates", manage, review::templates::list)
        .get("/incidents/rules/templates/new", manage, review::templates::new)
        .post("/incidents/rules/templates/new", manage, review::templates::create)
        .get("/incidents/rules/templates/{id}", manage, review::templates::edit)
        .post("/incidents/rules/templates/{id}", manage, review::templates::change)
        .post("/incidents/rules/templates/{id}/delete", manage, review::templates::remove)
}
