//! Pages of the area `status`: what customers are told (`/status/{slug}`, without scripts, cookies or a word from inside), how
//! somebody has themselves told, and where it is edited (`/admin/status`).

mod edit;
mod feed;
mod public;
mod subscribe;

use domain::{
    Permission,
    status::{Harm, NoticeState, Standing},
};

use crate::{
    components::Tone,
    routes::{Need, Routes},
    t,
};
pub use feed::{Feed, feed_address, feed_of};
pub use public::{Place, page_of};
pub use subscribe::{ask_at, ticket_at};

/// Its pages and acts.
pub fn routes() -> Routes {
    let edit = Need::Permission(Permission::EditSystems);
    let work = Need::Permission(Permission::WorkIncidents);
    Routes::new()
        .get("/status/{slug}", Need::Public, public::page)
        .get("/status/{slug}/feed.atom", Need::Public, feed::atom)
        .get("/status/{slug}/feed.rss", Need::Public, feed::rss)
        .get("/status-feeds/{secret}", Need::Public, feed::own)
        .post("/status/{slug}/feed", Need::LoggedIn, subscribe::renew_feed)
        .post("/status/{slug}/feed/end", Need::LoggedIn, subscribe::end_feed)
        .post("/status/{slug}/subscriptions", Need::Public, subscribe::ask)
        .get("/subscriptions/{token}", Need::Public, subscribe::ticket)
        .post("/subscriptions/{token}", Need::Public, subscribe::redeem)
        .get("/admin/status", Need::LoggedIn, edit::list)
        .post("/admin/status", edit, edit::add)
        .get("/admin/status/{id}", Need::LoggedIn, edit::page)
        .post("/admin/status/{id}", edit, edit::save)
        .get("/admin/status/{id}/edit", edit, edit::editing)
        .post("/admin/status/{id}/remove", edit, edit::remove)
        .post("/admin/status/{id}/subscriptions/end", edit, edit::end_subscription)
        .post("/admin/status/{id}/notices", work, edit::publish)
        .post("/admin/status/{id}/notices/{notice}", work, edit::update)
}

fn standing_word(standing: Standing) -> String {
    match standing {
        Standing::Unknown => t!("status-is-unknown"),
        Standing::Operational => t!("status-is-operational"),
        Standing::Maintenance => t!("status-is-maintenance"),
        Standing::Degraded => t!("status-is-degraded"),
        Standing::Outage => t!("status-is-outage"),
    }
}

fn standing_tone(standing: Standing) -> Tone {
    match standing {
        Standing::Unknown => Tone::NoData,
        Standing::Operational => Tone::Ok,
        Standing::Maintenance => Tone::Maintenance,
        Standing::Degraded => Tone::P3,
        Standing::Outage => Tone::P1,
    }
}

fn state_word(state: NoticeState) -> String {
    match state {
        NoticeState::Investigating => t!("status-state-investigating"),
        NoticeState::Identified => t!("status-state-identified"),
        NoticeState::Monitoring => t!("status-state-monitoring"),
        NoticeState::Resolved => t!("status-state-resolved"),
    }
}

fn harm_word(harm: Harm) -> String {
    match harm {
        Harm::Degraded => t!("status-is-degraded"),
        Harm::Outage => t!("status-is-outage"),
    }
}

/// States as the choices of a form.
fn states() -> Vec<(String, String)> {
    NoticeState::ALL.iter().map(|state| (state.name().to_owned(), state_word(*state))).collect()
}
