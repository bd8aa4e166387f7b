//! Merchants: which are there and which are hurt, and the page of one, so that somebody can go and help.

mod list;
mod one;
mod tell;

use domain::Permission;

use crate::routes::{Need, Routes};

/// Its pages and acts. A merchant is named by the value that senders give.
pub fn routes() -> Routes {
    Routes::new()
        .get("/merchants", Need::LoggedIn, list::page)
        .get("/merchants.csv", Need::Permission(Permission::Export), list::csv)
        .get("/merchants.xlsx", Need::Permission(Permission::Export), list::xlsx)
        .get("/merchants/{merchant}", Need::LoggedIn, one::page)
        .post("/merchants/{merchant}", Need::Permission(Permission::EditSystems), one::edit)
        .get("/merchants/{merchant}/tell", Need::Permission(Permission::WorkIncidents), tell::fresh)
        .post("/merchants/{merchant}/tell", Need::Permission(Permission::WorkIncidents), tell::tell)
}

/// A value as one segment of a path.
pub(crate) fn segment(merchant: &str) -> String {
    let mut out = String::with_capacity(merchant.len());
    for byte in merchant.bytes() {
        if byte.is_ascii_alphanumeric() || b"-_~".contains(&byte) {
            out.push(char::from(byte));
        } else {
            out.push_str(&format!("%{byte:02X}"));
        }
    }
    out
}

/// The page of a merchant.
pub(crate) fn path(merchant: &str) -> String {
    format!("/merchants/{}", segment(merchant))
}
