//! Pages of the area `changes`: the calendar, one change, requesting and approving, freezes, the iCalendar feed.

mod acts;
mod agenda;
mod approvals;
mod calendar;
mod detail;
mod feeds;
mod freezes;
mod lanes;
mod list;
mod month;
mod print;
mod request;
mod rows;
mod say;

use domain::Permission::{ApproveChanges, ExecuteChanges, Export, ManagePeople, Read, RequestChanges, SetFreezes};

use crate::routes::{Need, Routes};

pub use say::{ChangeBadges, ConflictList, conflict_text, state_tone, state_word};

/// Its pages and acts.
pub fn routes() -> Routes {
    Routes::new()
        .get("/changes", Need::Permission(Read), calendar::page)
        .get("/changes.csv", Need::Permission(Export), list::csv)
        .get("/changes/new", Need::Permission(RequestChanges), request::new)
        .post("/changes/new", Need::Permission(RequestChanges), request::create)
        .get("/changes/feeds", Need::Permission(Read), feeds::page)
        .post("/changes/feeds/{team}/renew", Need::Permission(ManagePeople), feeds::renew)
        .get("/changes/{id}", Need::Permission(Read), detail::page)
        .get("/changes/{id}/print", Need::Permission(Read), print::page)
        .get("/changes/{id}/edit", Need::Permission(RequestChanges), request::edit)
        .post("/changes/{id}/edit", Need::Permission(RequestChanges), request::revise)
        .post("/changes/{id}/submit", Need::Permission(RequestChanges), acts::submit)
        .post("/changes/{id}/approve", Need::Permission(ApproveChanges), acts::approve)
        .post("/changes/{id}/reject", Need::Permission(ApproveChanges), acts::reject)
        .post("/changes/{id}/schedule", Need::Permission(ExecuteChanges), acts::schedule)
        .post("/changes/{id}/start", Need::Permission(ExecuteChanges), acts::start)
        .post("/changes/{id}/finish", Need::Permission(ExecuteChanges), acts::finish)
        .post("/changes/{id}/close", Need::Permission(ExecuteChanges), acts::close)
        .post("/changes/{id}/cancel", Need::Permission(RequestChanges), acts::cancel)
        .post("/changes/{id}/comments", Need::Permission(RequestChanges), acts::comment)
        .get("/approvals", Need::Permission(ApproveChanges), approvals::page)
        .get("/approvals.csv", Need::Permission(ApproveChanges), list::waiting_csv)
        .get("/freezes", Need::LoggedIn, freezes::page)
        .get("/freezes.csv", Need::Permission(Export), freezes::csv)
        .get("/freezes/new", Need::Permission(SetFreezes), freezes::new)
        .post("/freezes/new", Need::Permission(SetFreezes), freezes::create)
        .get("/freezes/{id}/edit", Need::Permission(SetFreezes), freezes::edit)
        .post("/freezes/{id}/edit", Need::Permission(SetFreezes), freezes::change)
        .post("/freezes/{id}/delete", Need::Permission(SetFreezes), freezes::lift)
        .get("/calendar/{file}", Need::Public, feeds::ical)
}
