//! Pages of the area `oncall`: who has the pager now, the calendar of a schedule, making and changing schedules, covers and
//! swaps, iCalendar feeds.

mod acts;
mod calendar;
mod feeds;
mod form;
mod layers;
mod now;
mod say;
mod schedule;

use domain::Permission::{ManageOnCall, Read};

use crate::routes::{Need, Routes};
pub use feeds::feed_address;

/// Its pages and acts.
pub fn routes() -> Routes {
    Routes::new()
        .get("/oncall", Need::Permission(Read), now::page)
        .post("/oncall/feed", Need::LoggedIn, feeds::renew_own)
        .get("/oncall/calendar/{file}", Need::Public, feeds::ical)
        .get("/oncall/schedules/new", Need::Permission(ManageOnCall), form::new)
        .post("/oncall/schedules/new", Need::Permission(ManageOnCall), form::create)
        .get("/oncall/schedules/{id}", Need::Permission(Read), schedule::page)
        .get("/oncall/schedules/{id}/edit", Need::Permission(ManageOnCall), form::edit)
        .post("/oncall/schedules/{id}/edit", Need::Permission(ManageOnCall), form::change)
        .post("/oncall/schedules/{id}/delete", Need::Permission(ManageOnCall), acts::remove)
        .post("/oncall/schedules/{id}/feed", Need::Permission(ManageOnCall), feeds::renew)
        .post("/oncall/schedules/{id}/covers", Need::Permission(Read), acts::cover)
        .post("/oncall/schedules/{id}/covers/{cover}/delete", Need::Permission(Read), acts::uncover)
        .post("/oncall/schedules/{id}/swaps", Need::Permission(Read), acts::offer)
        .post("/oncall/swaps/{id}/accept", Need::Permission(Read), acts::accept)
        .post("/oncall/swaps/{id}/decline", Need::Permission(Read), acts::decline)
        .post("/oncall/swaps/{id}/withdraw", Need::Permission(Read), acts::withdraw)
}
