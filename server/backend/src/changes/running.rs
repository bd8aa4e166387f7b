//! Running the tool of a step in its place, with exactly what the plan gives it.

use domain::{
    Actor, Fault, Wording,
    changes::failed_step,
    form::Typed,
    id::{ChangeId, RunId},
};

use super::{
    Service,
    carrying::{expect_at_work, take_part},
    loaded, store,
};
use crate::tools::{self, Purpose};

impl Service {
    pub(super) async fn run_step(&self, actor: &Actor, id: &ChangeId, place: usize, typed: &Typed) -> Result<RunId, Fault> {
        actor.authenticated()?;
        let mut tx = self.ctx.begin_write().await?;
        let change = loaded::change(&mut tx, actor, id.as_str()).await?;
        change.require_work(actor)?;
        let step = change.content.steps.get(place).ok_or(Fault::NotFound("step"))?;
        let tool = step.tool.as_ref().ok_or_else(|| Fault::conflict("conflict-change-step-by-hand"))?;
        expect_at_work(&mut tx, &change).await?;
        take_part(&mut tx, actor, &change).await?;
        let ticks = store::ticks(&mut tx, id).await?;
        if let Some(failed) = failed_step(&ticks).filter(|failed| failed.place < place) {
            return Err(Fault::Conflict(Wording::new("conflict-change-step-failed").with("number", failed.place + 1)));
        }
        // One at a time: whoever presses twice does not do it twice.
        let runs = tools::of_change(&mut tx, id).await?;
        if runs.iter().any(|run| run.step == Some(place) && !run.undo && !run.state.is_over()) {
            return Err(Fault::conflict("conflict-change-step-runs"));
        }
        let purpose = Purpose { change: id, step: place, undo: false, given: &step.parameters };
        let run = self.tools.ask(&mut tx, actor, (tool, Some(purpose)), typed).await?;
        tx.commit().await?;
        Ok(run)
    }
}
