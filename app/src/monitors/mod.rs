//! Pages of the area `monitors`: list, one monitor, its form, and the URL by which a heartbeat is called.

mod acts;
mod beat;
mod detail;
mod elsewhere;
mod form;
mod import;
mod list;
mod locations;
mod recurring;
mod seen;
mod what;
mod words;

use domain::Permission;

use crate::routes::{Need, Routes};
pub(crate) use words::{told_in, told_words};

/// Its pages and acts.
pub fn routes() -> Routes {
    let edit = Need::Permission(Permission::EditMonitors);
    let settings = Need::Permission(Permission::ManageSettings);
    let export = Need::Permission(Permission::Export);
    Routes::new()
        .get("/monitors", Need::LoggedIn, list::list)
        .get("/monitors.csv", export, list::csv)
        .get("/monitors/new", edit, form::new)
        .post("/monitors/new", edit, form::create)
        .get("/monitors/import", edit, import::page)
        .post("/monitors/import", edit, import::plan)
        .post("/monitors/import/apply", edit, import::apply)
        .post("/monitors/many", edit, acts::many)
        .get("/monitors/{id}", Need::LoggedIn, detail::detail)
        .get("/monitors/{id}/results.csv", export, detail::csv)
        .get("/monitors/{id}/edit", edit, form::edit)
        .post("/monitors/{id}/edit", edit, form::save)
        .post("/monitors/{id}/check", edit, acts::check)
        .post("/monitors/{id}/pause", edit, acts::pause)
        .post("/monitors/{id}/resume", edit, acts::resume)
        .post("/monitors/{id}/maintenance", edit, acts::maintain)
        .get("/monitors/{id}/maintenance/recurring", edit, recurring::page)
        .post("/monitors/{id}/maintenance/recurring", edit, recurring::save)
        .post("/monitors/{id}/renew", edit, acts::renew)
        .post("/monitors/{id}/delete", edit, acts::delete)
        .get("/admin/locations", settings, locations::list)
        .post("/admin/locations", settings, locations::create)
        .get("/admin/locations/{id}/edit", settings, locations::edit)
        .post("/admin/locations/{id}/edit", settings, locations::change)
        .post("/admin/locations/{id}/renew", settings, locations::renew)
        .post("/admin/locations/{id}/delete", settings, locations::delete)
        // The secret in the path is the whole authority. A GET that acts is the custom of every heartbeat sender (cron and
        // curl); it can do nothing but say "alive", and nobody can link to a secret they do not know.
        .get("/beat/{secret}", Need::Public, beat::beat)
        .post("/beat/{secret}", Need::Public, beat::beat)
}

/// Monitors in brief for the page of what they watch: state, name, the strip of a day.
pub fn brief(visit: &crate::visit::Visit, rows: Vec<domain::monitors::Row>, new: Option<String>) -> leptos::prelude::AnyView {
    use leptos::prelude::*;

    use crate::{
        components::{Empty, EmptyKind, LinkButton, StatusStrip},
        t,
    };
    if rows.is_empty() {
        return view! {
            <Empty kind=EmptyKind::NotConfigured title=t!("systems-monitors-none") tight=true>
                {new.map(|href| view! { <LinkButton href label=t!("monitors-new") icon="plus" small=true/> })}
            </Empty>
        }
        .into_any();
    }
    let mut said = words::Slots::default();
    let items = rows.into_iter().map(|row| {
        let summary = words::say_strip(&row.monitor.name, words::total(row.day.iter().map(|point| point.cell)));
        let slots = said.of(visit, &row.day, domain::time::HOUR);
        let (href, name, shown) = (format!("/monitors/{}", row.monitor.id), row.monitor.name, row.monitor.shown);
        view! {
            <li>
                <words::ShownBadge shown/>
                <a href=href>{name}</a>
                <div class="monitors-strip"><StatusStrip summary slots/></div>
            </li>
        }
    });
    view! { <ul class="systems-items">{items.collect_view()}</ul> }.into_any()
}
