//! Pages of the area `load`: targets, what is asked of them, runs while they go on, comparisons.

mod comparison;
mod list;
mod order;
mod run;
mod say;
mod target;
pub(crate) mod trial;

use domain::{
    Fault, Permission,
    id::{LoadComparisonId, LoadRunId, LoadTargetId},
};

use crate::routes::{Need, Routes};

/// Its pages and acts.
pub fn routes() -> Routes {
    let read = Need::Permission(Permission::Read);
    let register = Need::Permission(Permission::EditSystems);
    let run = Need::Permission(Permission::RequestChanges);
    Routes::new()
        .get("/load", read, list::page)
        .get("/load/targets/new", register, target::fresh)
        .post("/load/targets/new", register, target::register)
        .get("/load/targets/{id}", read, target::page)
        .get("/load/targets/{id}/edit", register, target::edit)
        .post("/load/targets/{id}/edit", register, target::change)
        .post("/load/targets/{id}/retire", register, target::retire)
        .post("/load/targets/{id}/revive", register, target::revive)
        .get("/load/runs/new", run, order::fresh)
        .post("/load/runs/new", run, order::start)
        .get("/load/runs/{id}", read, run::page)
        .post("/load/runs/{id}/stop", run, run::stop)
        .post("/load/runs/{id}/given-back", run, run::given_back)
        .get("/load/comparisons/{id}", read, comparison::page)
        .post("/load/comparisons/{id}/stop", run, comparison::stop)
}

fn target_id(text: &str) -> Result<LoadTargetId, Fault> {
    LoadTargetId::parse(text).ok_or(Fault::NotFound("load-target"))
}

fn run_id(text: &str) -> Result<LoadRunId, Fault> {
    LoadRunId::parse(text).ok_or(Fault::NotFound("load-run"))
}

fn comparison_id(text: &str) -> Result<LoadComparisonId, Fault> {
    LoadComparisonId::parse(text).ok_or(Fault::NotFound("load-comparison"))
}
