//! Pages of the area `changes`: the calendar, one change, requesting and approving, freezes, the iCalendar feed.

mod acts;
mod agenda;
mod approvals;
mod calendar;
mod carrying;
mod cheapest;
mod decide;
mod delegations;
mod deployed;
mod detail;
mod evidence;
mod feeds;
mod figures;
mod files;
mod forest;
mod freezes;
mod history;
mod lanes;
mod link;
mod list;
mod month;
mod moving;
mod order;
mod policies;
mod policy_form;
mod print;
mod quiet;
mod quiet_hours;
mod request;
mod rows;
mod runs;
mod say;
mod since;
mod steps;
mod templates;
mod undoing;
mod verification;

use domain::Permission::{ApproveChanges, ExecuteChanges, Export, ManagePeople, ManageSettings, Read, RequestChanges, SetFreezes};

use crate::routes::{Need, Routes};

pub use policies::starters;
pub use say::{ChangeBadges, ConflictList, conflict_text, say_told, state_tone, state_word};
pub use undoing::{RollBack, is_proposed};

/// Its pages and acts.
pub fn routes() -> Routes {
    Routes::new()
        .get("/changes", Need::Permission(Read), calendar::page)
        .get("/changes.csv", Need::Permission(Export), list::csv)
        .get("/changes/new", Need::Permission(RequestChanges), request::new)
        .post("/changes/new", Need::Permission(RequestChanges), request::create)
        .get("/changes/feeds", Need::Permission(Read), feeds::page)
        .post("/changes/feeds/{team}/renew", Need::Permission(ManagePeople), feeds::renew)
        .get("/changes/figures", Need::Permission(Read), figures::page)
        .get("/changes/figures.csv", Need::Permission(Export), figures::csv)
        .get("/changes/templates", Need::Permission(Read), templates::page)
        .post("/changes/templates/{id}/agree", Need::Permission(ApproveChanges), templates::agree)
        .post("/changes/templates/{id}/retire", Need::Permission(RequestChanges), templates::retire)
        .post("/changes/{id}/template", Need::Permission(RequestChanges), templates::make)
        .get("/changes/{id}", Need::Permission(Read), detail::page)
        .get("/changes/{id}/print", Need::Permission(Read), print::page)
        .get("/changes/{id}/edit", Need::Permission(RequestChanges), request::edit)
        .post("/changes/{id}/edit", Need::Permission(RequestChanges), request::revise)
        .get("/changes/{id}/move", Need::Permission(RequestChanges), moving::page)
        .post("/changes/{id}/move", Need::Permission(RequestChanges), moving::act)
        .post("/changes/{id}/submit", Need::Permission(RequestChanges), acts::submit)
        .post("/changes/{id}/approve", Need::LoggedIn, acts::approve)
        .post("/changes/{id}/reject", Need::LoggedIn, acts::reject)
        .post("/changes/{id}/schedule", Need::Permission(ExecuteChanges), acts::schedule)
        .post("/changes/{id}/start", Need::Permission(ExecuteChanges), acts::start)
        .post("/changes/{id}/finish", Need::Permission(ExecuteChanges), acts::finish)
        .post("/changes/{id}/judge", Need::Permission(ExecuteChanges), verification::judge)
        .post("/changes/{id}/close", Need::Permission(ExecuteChanges), acts::close)
        .post("/changes/{id}/cancel", Need::Permission(RequestChanges), acts::cancel)
        .post("/changes/{id}/steps/{place}", Need::Permission(ExecuteChanges), carrying::tick)
        .post("/changes/{id}/steps/{place}/run", Need::LoggedIn, carrying::run_step)
        .post("/changes/{id}/pause", Need::Permission(ExecuteChanges), carrying::pause)
        .post("/changes/{id}/resume", Need::Permission(ExecuteChanges), carrying::resume)
        .post("/changes/{id}/rollback", Need::Permission(ExecuteChanges), carrying::roll_back)
        .post("/changes/{id}/undo/{place}", Need::LoggedIn, undoing::undo)
        .post("/changes/{id}/break-glass", Need::Permission(ExecuteChanges), carrying::break_glass)
        .post("/changes/{id}/break-glass/agree", Need::LoggedIn, carrying::agree)
        .post("/changes/{id}/waive", Need::Permission(ExecuteChanges), evidence::waive)
        .post("/changes/{id}/waive/agree", Need::LoggedIn, evidence::agree)
        .post("/changes/{id}/comments", Need::Permission(RequestChanges), acts::comment)
        .post("/changes/{id}/files", Need::Permission(RequestChanges), files::attach)
        .get("/changes/{id}/files/{file}", Need::Permission(Read), files::content)
        .post("/changes/{id}/files/{file}/remove", Need::Permission(RequestChanges), files::remove)
        .get("/approvals", Need::LoggedIn, approvals::page)
        .get("/approvals.csv", Need::LoggedIn, list::waiting_csv)
        .post("/approvals", Need::LoggedIn, approvals::approve_picked)
        .get("/approvals/delegations", Need::LoggedIn, delegations::page)
        .post("/approvals/delegations", Need::Permission(ApproveChanges), delegations::give)
        .post("/approvals/delegations/{id}/end", Need::LoggedIn, delegations::end)
        .get("/approvals/policies", Need::Permission(Read), policies::page)
        .post("/approvals/policies/starters", Need::Permission(ManageSettings), policies::begin)
        .get("/approvals/policies/new", Need::Permission(ManageSettings), policy_form::new)
        .post("/approvals/policies/new", Need::Permission(ManageSettings), policy_form::create)
        .get("/approvals/policies/{id}/edit", Need::Permission(ManageSettings), policy_form::edit)
        .post("/approvals/policies/{id}/edit", Need::Permission(ManageSettings), policy_form::change)
        .post("/approvals/policies/{id}/delete", Need::Permission(ManageSettings), policies::remove)
        .get("/approve/{token}", Need::Public, link::page)
        .post("/approve/{token}", Need::Public, link::act)
        .get("/freezes", Need::LoggedIn, freezes::page)
        .get("/freezes.csv", Need::Permission(Export), freezes::csv)
        .get("/freezes/new", Need::Permission(SetFreezes), freezes::new)
        .post("/freezes/new", Need::Permission(SetFreezes), freezes::create)
        .get("/freezes/{id}/edit", Need::Permission(SetFreezes), freezes::edit)
        .post("/freezes/{id}/edit", Need::Permission(SetFreezes), freezes::change)
        .post("/freezes/{id}/delete", Need::Permission(SetFreezes), freezes::lift)
        .get("/calendar/{file}", Need::Public, feeds::ical)
}
