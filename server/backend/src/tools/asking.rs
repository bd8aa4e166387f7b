//! Asking for a run, by hand or by the plan of a change.

use domain::{
    Actor, Fault, Reach,
    audit::Object,
    form::Typed,
    id::{RunId, ToolId},
    tools::{Run, RunState},
};
use serde_json::json;

use super::{
    engine,
    joined::{self, Purpose},
    request,
    service::{Service, demand_run},
    store::{runs, tools},
};
use crate::{WriteTx, changes};

impl Service {
    /// Asks for a run on the caller's transaction; by the plan of a change, where it is for that.
    pub(crate) async fn ask(
        &self,
        tx: &mut WriteTx,
        actor: &Actor,
        (id, purpose): (&ToolId, Option<Purpose<'_>>),
        typed: &Typed,
    ) -> Result<RunId, Fault> {
        let tool = tools::get(tx, &Reach::All, id).await?;
        demand_run(actor, &tool.team, tool.definition.first_line, "tool")?;
        self.demand_on(tx).await?;
        self.settings.standing(&engine::key_of(tx, &tool.team).await?)?;
        if tool.retired {
            return Err(Fault::conflict("tools-conflict-retired"));
        }
        let planned = purpose.map(|purpose| joined::planned(&tool, purpose, typed)).transpose()?;
        let request = request::read(tx, actor, &tool.definition, planned.as_ref().unwrap_or(typed), false).await?;
        if let Some(change) = &request.change {
            joined::agreed(tx, change, &tool, &request.values).await?;
            if purpose.is_none() {
                changes::handled(tx, actor, change, &tool.id).await?;
            }
        }
        let run = Run {
            id: self.ctx.new_id(),
            tool: tool.id.clone(),
            tool_name: tool.definition.name.clone(),
            version: tool.version,
            team: tool.team.clone(),
            state: if tool.definition.approval { RunState::Awaiting } else { RunState::Queued },
            argv: request.argv,
            values: request.values,
            requested_by: actor.user().cloned(),
            requested_name: actor.name.clone(),
            requested_at: self.ctx.now(),
            decided_name: String::new(),
            decided_at: None,
            started_at: None,
            finished_at: None,
            exit_code: None,
            trouble: String::new(),
            timeout_s: tool.definition.timeout_s,
            killed_name: String::new(),
            log_lines: 0,
            log_bytes: 0,
            log_cut: false,
            incident: request.incident,
            change: request.change,
            step: purpose.map(|purpose| purpose.step),
            undo: purpose.is_some_and(|purpose| purpose.undo),
        };
        let sealed = request::seal(&self.ctx, &run.id, &request.secrets)?;
        runs::insert(tx, &run, tool.definition.first_line, tool.system_id.as_ref(), &sealed).await?;
        tx.ring(engine::NAME);
        let detail = json!({ "tool": tool.id, "version": tool.version, "argv": run.argv, "incident": run.incident, "change": run.change, "step": run.step, "undo": run.undo });
        self.record(tx, actor, "run.request", Object::new("run", &run.id, &run.tool_name, Some(&run.team)), &detail).await?;
        Ok(run.id)
    }
}
