//! Pages of the area `deliveries`: channels, and the ledger of what was told through them.

mod channels;
mod ledger;
mod say;

use domain::Permission;

use crate::routes::{Need, Routes};
pub(crate) use ledger::DeliveryRows;
pub(crate) use say::{event_word, state_word};

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
        .get("/admin/deliveries/{id}", Need::LoggedIn, ledger::page)
        .post("/admin/deliveries/{id}/resend", manage, ledger::resend)
}
