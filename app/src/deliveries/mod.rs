//! Pages of the area `deliveries`: channels, the ledger of what was told through them, and how persons are reached.

mod ack;
mod channels;
mod contacts;
mod form;
mod ledger;
mod say;
mod worker;

use domain::Permission;

use crate::routes::{Need, Routes};
pub(crate) use ack::closed_link;
pub(crate) use ledger::DeliveryRows;
pub(crate) use say::{DeliveryBadge, event_word, kind_word, state_word};

/// Its pages and acts.
pub fn routes() -> Routes {
    let manage = Need::Permission(Permission::ManageChannels);
    Routes::new()
        .get("/admin/channels", manage, channels::list)
        .get("/admin/channels.csv", manage, channels::csv)
        .get("/admin/channels/new", manage, channels::fresh)
        .post("/admin/channels", manage, channels::create)
        .get("/admin/channels/{id}", manage, channels::page)
        .post("/admin/channels/{id}", manage, channels::edit)
        .post("/admin/channels/{id}/test", manage, channels::test)
        .post("/admin/channels/{id}/remove", manage, channels::remove)
        .get("/admin/deliveries", Need::LoggedIn, ledger::list)
        .get("/admin/deliveries.csv", Need::Permission(Permission::Export), ledger::csv)
        .post("/admin/deliveries/resend", manage, ledger::resend_all)
        .get("/admin/deliveries/{id}", Need::LoggedIn, ledger::page)
        .post("/admin/deliveries/{id}/resend", manage, ledger::resend)
        .get("/profile/contacts", Need::LoggedIn, contacts::list)
        .get("/profile/contacts/new", Need::LoggedIn, contacts::fresh)
        .post("/profile/contacts", Need::LoggedIn, contacts::add)
        .get("/profile/contacts/{id}", Need::LoggedIn, contacts::page)
        .post("/profile/contacts/{id}", Need::LoggedIn, contacts::edit)
        .post("/profile/contacts/{id}/verify", Need::LoggedIn, contacts::verify)
        .post("/profile/contacts/{id}/code", Need::LoggedIn, contacts::code)
        .post("/profile/contacts/{id}/test", Need::LoggedIn, contacts::test)
        .post("/profile/contacts/{id}/raise", Need::LoggedIn, contacts::raise)
        .post("/profile/contacts/{id}/remove", Need::LoggedIn, contacts::remove)
        .get("/ack/{token}", Need::Public, ack::page)
        .post("/ack/{token}", Need::Public, ack::act)
        .get("/sw.js", Need::Public, worker::serve)
        .get("/manifest.webmanifest", Need::Public, worker::manifest)
}
