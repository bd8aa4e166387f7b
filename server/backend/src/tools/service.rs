//! Defining tools, asking for runs, deciding on them. Each act begins with authority and ends with its audit row.

use std::sync::Arc;

use domain::{
    Actor, Fault, Page, PageRequest, Permission, Problem, Reach, Wording,
    audit::Object,
    form::{Check, Typed},
    health::Apart,
    id::{RunId, SystemId, TeamId, ToolId, UserId},
    live::Topic,
    tools::{Definition, LogPart, Preview, Run, RunFilter, Switch, Tool, ToolFilter, Tools, Version},
};
use serde_json::json;
use sqlx::AnyConnection;

use super::{
    Settings,
    engine::{self, Runner, Runs},
    request,
    store::{
        runs,
        tools::{self, Place},
    },
    switch,
};
use crate::{Context, Engine, WriteTx, audit, changes, systems};

/// Implements [`domain::tools::Tools`].
pub struct Service {
    pub(super) ctx: Context,
    pub(super) settings: Arc<Settings>,
    runner: Arc<Runner>,
}

/// Fields of a definition beside `parameters[i].…`.
const FIELDS: &[&str] =
    &["name", "description", "team", "system", "argv", "parameters", "timeout_s", "approval", "first_line", "takes_away", "version"];

impl Service {
    /// The service over the common ground.
    pub fn new(ctx: Context, settings: Settings) -> Self {
        let settings = Arc::new(settings);
        let runner = Arc::new(Runner::new(ctx.clone(), settings.clone()));
        Self { ctx, settings, runner }
    }

    /// The engine that starts and watches runs.
    pub fn engine(&self) -> Arc<dyn Engine> {
        Arc::new(Runs(self.runner.clone()))
    }

    /// What keeps commands from what is the portal's own.
    pub fn apart(&self) -> Apart {
        self.settings.apart()
    }

    /// What boot stops when the process ends.
    pub fn runner(&self) -> Arc<Runner> {
        self.runner.clone()
    }

    pub(super) async fn demand_on(&self, conn: &mut AnyConnection) -> Result<(), Fault> {
        if switch::read(conn, &self.settings).await?.is_on() {
            Ok(())
        } else {
            Err(Fault::Unavailable(Wording::new("tools-unavailable-off")))
        }
    }

    /// Team and system that a definition names, by key or id. Without a team, the system's.
    async fn place(&self, conn: &mut AnyConnection, actor: &Actor, typed: &Typed) -> Result<(TeamId, Option<SystemId>), Vec<Problem>> {
        let mut problems = Vec::new();
        let broken = |_| vec![Problem::new("team", "", Wording::new("systems-expect-team"))];
        let system = match typed.get("system").trim() {
            "" => None,
            named => {
                let all = systems::all(conn, &actor.reach(Permission::Read)).await.map_err(broken)?;
                let found = all.into_iter().find(|s| s.key == named || s.id.as_str() == named);
                if found.is_none() {
                    problems.push(Problem::new("system", named, Wording::new("systems-expect-system")));
                }
                found
            }
        };
        let team = match typed.get("team").trim() {
            "" => system.as_ref().map(|s| s.team.clone()),
            named => {
                let teams = systems::teams(conn).await.map_err(broken)?;
                let found = teams.into_iter().find(|t| (t.key == named || t.id.as_str() == named) && actor.may(Permission::Read, &t.id));
                found.map(|t| t.id)
            }
        };
        match team {
            Some(team) if problems.is_empty() => Ok((team, system.map(|s| s.id))),
            Some(_) => Err(problems),
            None => {
                problems.push(Problem::new("team", typed.get("team"), Wording::new("systems-expect-team")));
                Err(problems)
            }
        }
    }

    /// Definition, team and system, or every problem of all three.
    async fn read_definition(
        &self,
        conn: &mut AnyConnection,
        actor: &Actor,
        typed: &Typed,
    ) -> Result<(Definition, TeamId, Option<SystemId>), Fault> {
        let mut problems: Vec<Problem> = typed
            .names()
            .filter(|name| !FIELDS.contains(name) && !name.starts_with("parameters["))
            .map(|name| Problem::new(name, typed.get(name), Wording::new("expect-one-of").with("choices", FIELDS.join(", "))))
            .collect();
        let place = self.place(conn, actor, typed).await;
        match (Definition::parse(typed), place) {
            (Ok(definition), Ok((team, system))) if problems.is_empty() => Ok((definition, team, system)),
            (definition, place) => {
                match definition {
                    Err(Fault::Invalid(found)) => problems.extend(found),
                    Err(other) => return Err(other),
                    Ok(_) => {}
                }
                problems.extend(place.err().unwrap_or_default());
                Err(Fault::Invalid(problems))
            }
        }
    }

    pub(super) async fn record(
        &self,
        tx: &mut WriteTx,
        actor: &Actor,
        act: &str,
        object: Object,
        detail: &serde_json::Value,
    ) -> Result<(), Fault> {
        tx.announce(Topic::Runs, &object.id, object.team.as_ref());
        audit::record(tx, &self.ctx, actor, act, object, detail).await
    }

    async fn decide(&self, actor: &Actor, id: &RunId, approve: bool) -> Result<(), Fault> {
        actor.authenticated()?;
        let mut tx = self.ctx.begin_write().await?;
        let (run, _) = runs::get(&mut tx, &Reach::All, id).await?;
        actor.require(Permission::ApproveRuns, &run.team, "run")?;
        if approve {
            self.demand_on(&mut tx).await?;
            changes::refuse_run(&mut tx, &run).await?;
        }
        if actor.user().is_some() && actor.user() == run.requested_by.as_ref() {
            return Err(Fault::conflict("tools-conflict-own"));
        }
        let by = actor.user().map_or("", UserId::as_str);
        if !runs::decide(&mut tx, id, approve, by, &actor.name, self.ctx.now()).await? {
            return Err(Fault::Conflict(Wording::new("tools-conflict-decided").with("state", run.state.word())));
        }
        tx.ring(engine::NAME);
        let act = if approve { "run.approve" } else { "run.reject" };
        let object = Object::new("run", id, &run.tool_name, Some(&run.team));
        self.record(&mut tx, actor, act, object, &json!({ "argv": run.argv })).await?;
        tx.commit().await
    }
}

/// A name that another tool of the team has is told at its field.
async fn refuse_name(conn: &mut AnyConnection, team: &TeamId, name: &str, but: &ToolId) -> Result<(), Fault> {
    if tools::name_is_taken(conn, team, name, but).await? {
        return Err(Fault::invalid("name", name, Wording::new("expect-free")));
    }
    Ok(())
}

fn may_run(actor: &Actor, team: &TeamId, first_line: bool) -> bool {
    actor.may(Permission::RunTools, team) || first_line && actor.may(Permission::RunSafeTools, team)
}

pub(super) fn demand_run(actor: &Actor, team: &TeamId, first_line: bool, noun: &'static str) -> Result<(), Fault> {
    actor.require(Permission::Read, team, noun)?;
    if may_run(actor, team, first_line) {
        return Ok(());
    }
    Err(Fault::Forbidden(if first_line { Permission::RunSafeTools } else { Permission::RunTools }))
}

#[async_trait::async_trait]
impl Tools for Service {
    async fn switch(&self, actor: &Actor) -> Result<Switch, Fault> {
        actor.authenticated()?;
        let mut conn = self.ctx.db.read().await?;
        switch::read(&mut conn, &self.settings).await
    }

    fn obstacle(&self) -> Option<Wording> {
        match self.settings.standing("") {
            Err(Fault::Unavailable(why)) => Some(why),
            _ => None,
        }
    }

    async fn set_switch(&self, actor: &Actor, on: bool) -> Result<(), Fault> {
        actor.require_everywhere(Permission::ManageSettings)?;
        let mut tx = self.ctx.begin_write().await?;
        if self.settings.enabled.is_some() {
            return Err(Fault::conflict("tools-conflict-fixed"));
        }
        if on {
            self.settings.standing("")?;
        }
        switch::choose(&mut tx, on, self.ctx.now()).await?;
        tx.ring(engine::NAME);
        let act = if on { "tools.enable" } else { "tools.disable" };
        self.record(&mut tx, actor, act, Object::new("setting", switch::SETTING, switch::SETTING, None), &json!({})).await?;
        tx.commit().await
    }

    async fn list(&self, actor: &Actor, filter: &ToolFilter, page: &PageRequest) -> Result<Page<Tool>, Fault> {
        actor.authenticated()?;
        let mut conn = self.ctx.db.read().await?;
        let rows = tools::list(&mut conn, &actor.reach(Permission::Read), filter, page).await?;
        Ok(Page::cut(rows, page.limit, |t| (t.created_at.0, t.id.to_string())))
    }

    async fn get(&self, actor: &Actor, id: &ToolId) -> Result<Tool, Fault> {
        actor.authenticated()?;
        let mut conn = self.ctx.db.read().await?;
        tools::get(&mut conn, &actor.reach(Permission::Read), id).await
    }

    async fn versions(&self, actor: &Actor, id: &ToolId) -> Result<Vec<Version>, Fault> {
        self.get(actor, id).await?;
        let mut conn = self.ctx.db.read().await?;
        tools::versions(&mut conn, id).await
    }

    async fn define(&self, actor: &Actor, typed: &Typed) -> Result<ToolId, Fault> {
        actor.require_somewhere(Permission::DefineTools)?;
        let mut tx = self.ctx.begin_write().await?;
        let (definition, team, system) = self.read_definition(&mut tx, actor, typed).await?;
        actor.require(Permission::DefineTools, &team, "tool")?;
        let id: ToolId = self.ctx.new_id();
        refuse_name(&mut tx, &team, &definition.name, &id).await?;
        let place = Place { team: &team, system: system.as_ref() };
        tools::insert(&mut tx, &id, &place, &definition, &actor.name, self.ctx.now()).await?;
        let detail = json!({ "version": 1, "argv": definition.argv, "approval": definition.approval, "first_line": definition.first_line, "takes_away": definition.takes_away });
        self.record(&mut tx, actor, "tool.define", Object::new("tool", &id, &definition.name, Some(&team)), &detail).await?;
        tx.commit().await?;
        Ok(id)
    }

    async fn redefine(&self, actor: &Actor, id: &ToolId, typed: &Typed) -> Result<(), Fault> {
        actor.authenticated()?;
        let mut tx = self.ctx.begin_write().await?;
        let stands = tools::get(&mut tx, &Reach::All, id).await?;
        actor.require(Permission::DefineTools, &stands.team, "tool")?;
        let (definition, team, system) = self.read_definition(&mut tx, actor, typed).await?;
        actor.require(Permission::DefineTools, &team, "tool")?;
        let mut form = Check::new(typed);
        let version = form.number("version", 1, i64::MAX);
        let (version,) = form.finish((version,))?;
        refuse_name(&mut tx, &team, &definition.name, id).await?;
        // The version of a tool is part of what is approved: one that says the same is none.
        if version == stands.version && definition == stands.definition && (&team, &system) == (&stands.team, &stands.system_id) {
            return Ok(());
        }
        let place = Place { team: &team, system: system.as_ref() };
        if !tools::update(&mut tx, id, version, &place, &definition, &actor.name, self.ctx.now()).await? {
            return Err(Fault::Conflict(Wording::new("tools-conflict-edited").with("version", stands.version)));
        }
        let detail = json!({ "version": version + 1, "argv": definition.argv, "approval": definition.approval, "first_line": definition.first_line, "takes_away": definition.takes_away });
        self.record(&mut tx, actor, "tool.redefine", Object::new("tool", id, &definition.name, Some(&team)), &detail).await?;
        tx.commit().await
    }

    async fn retire(&self, actor: &Actor, id: &ToolId, retired: bool) -> Result<(), Fault> {
        actor.authenticated()?;
        let mut tx = self.ctx.begin_write().await?;
        let stands = tools::get(&mut tx, &Reach::All, id).await?;
        actor.require(Permission::DefineTools, &stands.team, "tool")?;
        if tools::retire(&mut tx, id, retired, self.ctx.now()).await? {
            let act = if retired { "tool.retire" } else { "tool.revive" };
            self.record(&mut tx, actor, act, Object::new("tool", id, &stands.definition.name, Some(&stands.team)), &json!({})).await?;
            tx.commit().await?;
        }
        Ok(())
    }

    fn may_run(&self, actor: &Actor, tool: &Tool) -> bool {
        may_run(actor, &tool.team, tool.definition.first_line)
    }

    async fn preview(&self, actor: &Actor, id: &ToolId, typed: &Typed) -> Result<Preview, Fault> {
        actor.authenticated()?;
        let mut conn = self.ctx.db.read().await?;
        let tool = tools::get(&mut conn, &Reach::All, id).await?;
        demand_run(actor, &tool.team, tool.definition.first_line, "tool")?;
        let request = request::read(&mut conn, actor, &tool.definition, typed, true).await?;
        Ok(Preview {
            argv: request.argv,
            secrets: request.secrets.into_iter().map(|(name, _)| name).collect(),
            approval: tool.definition.approval,
            timeout_s: tool.definition.timeout_s,
        })
    }

    async fn run(&self, actor: &Actor, id: &ToolId, typed: &Typed) -> Result<RunId, Fault> {
        actor.authenticated()?;
        let mut tx = self.ctx.begin_write().await?;
        let run = self.ask(&mut tx, actor, (id, None), typed).await?;
        tx.commit().await?;
        Ok(run)
    }

    async fn runs(&self, actor: &Actor, filter: &RunFilter, page: &PageRequest) -> Result<Page<Run>, Fault> {
        actor.authenticated()?;
        let mut conn = self.ctx.db.read().await?;
        let rows = runs::list(&mut conn, &actor.reach(Permission::Read), filter, page).await?;
        Ok(Page::cut(rows, page.limit, |r| (r.requested_at.0, r.id.to_string())))
    }

    async fn get_run(&self, actor: &Actor, id: &RunId) -> Result<Run, Fault> {
        actor.authenticated()?;
        let mut conn = self.ctx.db.read().await?;
        Ok(runs::get(&mut conn, &actor.reach(Permission::Read), id).await?.0)
    }

    async fn log(&self, actor: &Actor, id: &RunId, from: i64, limit: u32) -> Result<LogPart, Fault> {
        actor.authenticated()?;
        let mut conn = self.ctx.db.read().await?;
        let (run, _) = runs::get(&mut conn, &actor.reach(Permission::Read), id).await?;
        runs::log(&mut conn, &run, from, limit.clamp(1, 10_000)).await
    }

    async fn approve(&self, actor: &Actor, id: &RunId) -> Result<(), Fault> {
        self.decide(actor, id, true).await
    }

    async fn reject(&self, actor: &Actor, id: &RunId) -> Result<(), Fault> {
        self.decide(actor, id, false).await
    }

    async fn kill(&self, actor: &Actor, id: &RunId) -> Result<(), Fault> {
        actor.authenticated()?;
        let mut tx = self.ctx.begin_write().await?;
        let (run, first_line) = runs::get(&mut tx, &Reach::All, id).await?;
        demand_run(actor, &run.team, first_line, "run")?;
        let object = Object::new("run", id, &run.tool_name, Some(&run.team));
        if runs::withdraw(&mut tx, id, self.ctx.now()).await? {
            self.record(&mut tx, actor, "run.withdraw", object, &json!({})).await?;
        } else if runs::want_killed(&mut tx, id, &actor.name).await? {
            tx.ring(engine::NAME);
            self.record(&mut tx, actor, "run.kill", object, &json!({})).await?;
            tx.commit().await?;
            // The engine would say it too, but may be waiting for the database just now.
            self.runner.kill(id);
            return Ok(());
        } else {
            return Err(Fault::Conflict(Wording::new("tools-conflict-over").with("state", run.state.word())));
        }
        tx.commit().await
    }
}
