//! Registering targets, asking for runs, ending them. Each act begins with authority and ends with its audit row.

use std::{sync::Arc, time::Duration};

use domain::{
    Actor, Fault, Page, PageRequest, Permission, Reach, Wording,
    audit::Object,
    form::Typed,
    id::{LoadComparisonId, LoadRunId, LoadTargetId},
    live::Topic,
    load::{
        Comparison, ComparisonOrder, Load, Order, Run, RunFilter, Script, Second, Side, State, TRIAL_FIELDS, Target, TargetDraft, side_of,
    },
    tools::Tools,
};
use serde_json::json;
use sqlx::AnyConnection;
use tokio::time::Instant;
use url::Url;

use super::{
    Runner, Settings, Way, deployed,
    engine::{NAME, Runs},
    read_script, seal,
    store::{comparisons, runs, targets},
    trial,
};
use crate::{
    Context, Engine, WriteTx, audit, deployments,
    egress::{Egress, EgressError, Whither},
    seal::digest,
    systems,
};

/// What asking for a run, and ending it, needs.
const MAY_RUN: Permission = Permission::RequestChanges;
/// Runs that wait, of everybody, at most.
const WAITING: i64 = 200;
/// How long the address of a target is looked for.
const LOOK: Duration = Duration::from_secs(5);

/// Implements [`domain::load::Load`].
pub struct Service {
    ctx: Context,
    runner: Arc<Runner>,
    egress: Egress,
}

impl Service {
    /// The service over the common ground; `way` leads to targets and nowhere else, `tools` are run by trials.
    pub fn new(ctx: Context, settings: Settings, way: Way, tools: Arc<dyn Tools>) -> Self {
        let egress = way();
        let runner = Arc::new(Runner::new(ctx.clone(), settings, way, tools));
        Self { ctx, runner, egress }
    }

    /// The engine that sends runs.
    pub fn engine(&self) -> Arc<dyn Engine> {
        Arc::new(Runs(self.runner.clone()))
    }

    /// What boot stops when the process ends.
    pub fn runner(&self) -> Arc<Runner> {
        self.runner.clone()
    }

    /// That a place may be loaded, as far as its address tells; what cannot be found now may be found later.
    async fn permitted(&self, url: &str, field: &str) -> Result<(), Fault> {
        let wrong = |why: String| Fault::invalid(field, url, Wording::new("load-expect-reachable").with("why", why));
        let parsed = Url::parse(url).map_err(|error| wrong(error.to_string()))?;
        let (Some(host), Some(port)) = (parsed.host_str(), parsed.port_or_known_default()) else { return Err(wrong(url.to_owned())) };
        match self.egress.look(Whither::Host(host, port), Instant::now() + LOOK).await {
            Err(EgressError::Refused { address, .. }) => {
                Err(Fault::invalid(field, url, Wording::new("load-expect-permitted").with("address", address)))
            }
            Err(EgressError::Invalid(why)) => Err(wrong(why)),
            _ => Ok(()),
        }
    }

    async fn record(&self, tx: &mut WriteTx, actor: &Actor, act: &str, object: Object, detail: &serde_json::Value) -> Result<(), Fault> {
        tx.announce(Topic::Load, &object.id, object.team.as_ref());
        audit::record(tx, &self.ctx, actor, act, object, detail).await
    }

    /// The target, if the actor may write it: it may be read, so what is missing is the permission.
    async fn editable(&self, conn: &mut AnyConnection, actor: &Actor, id: &LoadTargetId) -> Result<Target, Fault> {
        let found = targets::get(conn, &actor.reach(Permission::Read), id).await?;
        actor.require(Permission::EditSystems, &found.team, "load-target").map(|()| found)
    }

    /// The run, if the actor may end it.
    async fn endable(&self, conn: &mut AnyConnection, actor: &Actor, id: &LoadRunId) -> Result<Run, Fault> {
        let found = runs::get(conn, &actor.reach(Permission::Read), id).await?;
        actor.require(MAY_RUN, &found.team, "load-run").map(|()| found)
    }

    /// The target that an order names in this field, if the actor may load it.
    async fn chosen(&self, conn: &mut AnyConnection, actor: &Actor, id: &LoadTargetId, field: &'static str) -> Result<Target, Fault> {
        let target = match targets::get(conn, &actor.reach(Permission::Read), id).await {
            Err(Fault::NotFound(_)) => return Err(Fault::invalid(field, id, Wording::new("expect-id"))),
            other => other?,
        };
        actor.require(MAY_RUN, &target.team, "load-target")?;
        if target.retired {
            return Err(Fault::invalid(field, &target.name, Wording::new("load-expect-in-use")));
        }
        Ok(target)
    }

    async fn room(&self, conn: &mut AnyConnection, more: i64) -> Result<(), Fault> {
        if runs::waiting(conn).await? + more > WAITING { Err(Fault::TooMany { retry_after_s: 60 }) } else { Ok(()) }
    }

    /// Takes back what waits of a comparison, and wants ended what runs; the caller's act has the authority.
    async fn end_comparison(&self, mut tx: WriteTx, actor: &Actor, found: &Comparison) -> Result<(), Fault> {
        let (id, now) = (&found.id, self.ctx.now());
        if found.state.is_over() {
            return Err(Fault::conflict("load-conflict-over"));
        }
        runs::withdraw_rest(&mut tx, id, now).await?;
        let running = runs::of_comparison(&mut tx, id).await?.into_iter().find(|run| run.state == State::Running);
        // The end of what runs ends the comparison; where it ended just now, nothing else does.
        let wanted = match &running {
            Some(run) => runs::want_stopped(&mut tx, &run.id, &actor.name).await?,
            None => false,
        };
        if !wanted {
            comparisons::end(&mut tx, id, State::Stopped, None, "", None, now).await?;
        }
        tx.ring(NAME);
        let label = format!("{} / {}", found.candidate_name, found.baseline_name);
        self.record(&mut tx, actor, "load.call-off", Object::new("load-comparison", id, label, Some(&found.team)), &json!({})).await?;
        tx.commit().await?;
        if let Some(run) = running {
            self.runner.end(&run.id);
        }
        Ok(())
    }

    fn fresh(&self, actor: &Actor, target: &Target, order: &Order) -> Run {
        Run {
            id: self.ctx.new_id(),
            target: target.id.clone(),
            target_name: target.name.clone(),
            url: target.url.clone(),
            environment: target.environment.clone(),
            team: target.team.clone(),
            comparison: None,
            side: None,
            turn: 0,
            state: State::Queued,
            script: order.script.masked().unwrap_or_else(|| order.script.clone()),
            subject: order.subject.clone(),
            trial: None,
            owes: false,
            by: actor.name.clone(),
            by_id: actor.user().cloned(),
            asked_at: self.ctx.now(),
            started_at: None,
            finished_at: None,
            stopped_by: String::new(),
            trouble: String::new(),
            report: None,
            evidence: None,
            verdict: None,
        }
    }
}

/// What the audit says of a script: which it was. It may hold what is nobody's to read for ever.
fn script_mark(script: &Script) -> Result<String, Fault> {
    serde_json::to_string(script).map(|text| digest(&text)).map_err(|_| Fault::Internal)
}

/// What was typed, its place by the one name that it has: `2130706433`, `127.1` and `0x7f000001` are 127.0.0.1.
fn drafted(typed: &Typed) -> Result<TargetDraft, Fault> {
    let mut draft = TargetDraft::parse(typed)?;
    let url = Url::parse(&draft.url).map_err(|_| Fault::invalid("url", &draft.url, Wording::new("load-expect-origin")))?;
    draft.url = url.origin().ascii_serialization();
    Ok(draft)
}

/// A name that another target of the system has is told at its field.
async fn refuse_name(conn: &mut AnyConnection, draft: &TargetDraft, but: &LoadTargetId) -> Result<(), Fault> {
    if targets::name_is_taken(conn, &draft.system, draft.name.as_str(), but).await? {
        return Err(Fault::invalid("name", draft.name.as_str(), Wording::new("expect-free")));
    }
    Ok(())
}

fn script(text: &str) -> Result<Script, Wording> {
    read_script(text).map_err(|message| Wording::new("load-expect-yaml").with("message", message))
}

fn detail(draft: &TargetDraft) -> serde_json::Value {
    json!({ "url": draft.url, "environment": draft.environment.as_str(), "caps": draft.caps })
}

#[async_trait::async_trait]
impl Load for Service {
    async fn targets(&self, actor: &Actor, retired: bool) -> Result<Vec<Target>, Fault> {
        actor.require_somewhere(Permission::Read)?;
        targets::list(&mut *self.ctx.db.read().await?, &actor.reach(Permission::Read), retired).await
    }

    async fn target(&self, actor: &Actor, id: &LoadTargetId) -> Result<Target, Fault> {
        actor.require_somewhere(Permission::Read)?;
        targets::get(&mut *self.ctx.db.read().await?, &actor.reach(Permission::Read), id).await
    }

    async fn register(&self, actor: &Actor, typed: &Typed) -> Result<LoadTargetId, Fault> {
        actor.require_somewhere(Permission::EditSystems)?;
        let draft = drafted(typed)?;
        self.permitted(&draft.url, "url").await?;
        let id: LoadTargetId = self.ctx.new_id();
        let mut tx = self.ctx.begin_write().await?;
        let system = systems::chosen(&mut tx, actor, Permission::EditSystems, &draft.system).await?;
        refuse_name(&mut tx, &draft, &id).await?;
        targets::insert(&mut tx, &id, &draft, &actor.name, self.ctx.now()).await?;
        let object = Object::new("load-target", &id, draft.name.as_str(), Some(&system.team));
        self.record(&mut tx, actor, "load-target.register", object, &detail(&draft)).await?;
        tx.commit().await?;
        Ok(id)
    }

    async fn change(&self, actor: &Actor, id: &LoadTargetId, typed: &Typed) -> Result<(), Fault> {
        self.editable(&mut *self.ctx.db.read().await?, actor, id).await?;
        let draft = drafted(typed)?;
        self.permitted(&draft.url, "url").await?;
        let mut tx = self.ctx.begin_write().await?;
        let before = self.editable(&mut tx, actor, id).await?;
        let system = systems::chosen(&mut tx, actor, Permission::EditSystems, &draft.system).await?;
        refuse_name(&mut tx, &draft, id).await?;
        if !targets::update(&mut tx, (id, typed.version(before.version)?), &draft, &actor.name, self.ctx.now()).await? {
            return Err(Fault::conflict("load-conflict-edited"));
        }
        if before.name != draft.name.as_str() {
            deployments::renamed(&mut tx, &before.system, (id, before.name.as_str())).await?;
        }
        let object = Object::new("load-target", id, draft.name.as_str(), Some(&system.team));
        let from = json!({ "url": before.url, "environment": before.environment, "caps": before.caps });
        self.record(&mut tx, actor, "load-target.change", object, &json!({ "from": from, "to": detail(&draft) })).await?;
        tx.commit().await
    }

    async fn retire(&self, actor: &Actor, id: &LoadTargetId, retired: bool) -> Result<(), Fault> {
        let mut tx = self.ctx.begin_write().await?;
        let target = self.editable(&mut tx, actor, id).await?;
        targets::retire(&mut tx, id, retired, &actor.name, self.ctx.now()).await?;
        // What is loaded no more is not loaded on, either.
        let running = if retired { runs::clear(&mut tx, id, &actor.name, self.ctx.now()).await? } else { Vec::new() };
        tx.ring(NAME);
        let act = if retired { "load-target.retire" } else { "load-target.revive" };
        let detail = json!({ "stopped": running });
        self.record(&mut tx, actor, act, Object::new("load-target", id, &target.name, Some(&target.team)), &detail).await?;
        tx.commit().await?;
        running.iter().for_each(|run| self.runner.end(run));
        Ok(())
    }

    async fn runs(&self, actor: &Actor, filter: &RunFilter, page: &PageRequest) -> Result<Page<Run>, Fault> {
        actor.require_somewhere(Permission::Read)?;
        let rows = runs::list(&mut *self.ctx.db.read().await?, &actor.reach(Permission::Read), filter, page).await?;
        Ok(Page::cut(rows, page.limit, |run| (run.asked_at.0, run.id.to_string())))
    }

    async fn run(&self, actor: &Actor, id: &LoadRunId) -> Result<Run, Fault> {
        actor.require_somewhere(Permission::Read)?;
        runs::get(&mut *self.ctx.db.read().await?, &actor.reach(Permission::Read), id).await
    }

    async fn seconds(&self, actor: &Actor, id: &LoadRunId) -> Result<Vec<Second>, Fault> {
        self.run(actor, id).await?;
        runs::seconds(&mut *self.ctx.db.read().await?, id).await
    }

    async fn start(&self, actor: &Actor, typed: &Typed) -> Result<LoadRunId, Fault> {
        actor.require_somewhere(MAY_RUN)?;
        let order = Order::parse(typed, TRIAL_FIELDS, script)?;
        let seen = self.chosen(&mut *self.ctx.db.read().await?, actor, &order.target, "target").await?;
        let plan = seen.plan(&order.script)?;
        self.permitted(&seen.url, "target").await?;
        let trial = match &order.trial {
            Some(asked) => Some(trial::read(&self.runner, actor, asked, &plan, &seen).await?),
            None => None,
        };
        let mut tx = self.ctx.begin_write().await?;
        let target = self.chosen(&mut tx, actor, &order.target, "target").await?;
        target.plan(&order.script)?;
        deployed::refuse_other(&mut tx, &target, None, &order.subject).await?;
        self.room(&mut tx, 1).await?;
        let run = Run { trial, ..self.fresh(actor, &target, &order) };
        let sealed = seal::close(&self.ctx, &run, &order.script)?;
        runs::insert(&mut tx, &[(run.clone(), sealed)]).await?;
        tx.ring(NAME);
        let detail = json!({ "url": run.url, "script_sha256": script_mark(&run.script)?, "artifact_sha": run.subject.artifact_sha, "trial": run.trial });
        self.record(&mut tx, actor, "load.ask", Object::new("load-run", &run.id, &target.name, Some(&target.team)), &detail).await?;
        tx.commit().await?;
        Ok(run.id)
    }

    async fn stop(&self, actor: &Actor, id: &LoadRunId) -> Result<(), Fault> {
        actor.authenticated()?;
        let mut tx = self.ctx.begin_write().await?;
        let run = self.endable(&mut tx, actor, id).await?;
        if let Some(comparison) = &run.comparison {
            // Whoever owns one of the two sides may end what loads it; with that all of it is over.
            let found = comparisons::get(&mut tx, &Reach::All, comparison).await?;
            return self.end_comparison(tx, actor, &found).await;
        }
        let taken_back = runs::withdraw(&mut tx, id, &actor.name, self.ctx.now()).await?;
        if !taken_back && !runs::want_stopped(&mut tx, id, &actor.name).await? {
            return Err(Fault::conflict("load-conflict-over"));
        }
        tx.ring(NAME);
        let object = Object::new("load-run", id, &run.target_name, Some(&run.team));
        self.record(&mut tx, actor, "load.stop", object, &json!({ "started": !taken_back })).await?;
        tx.commit().await?;
        self.runner.end(id);
        Ok(())
    }

    async fn given_back(&self, actor: &Actor, id: &LoadRunId) -> Result<(), Fault> {
        actor.authenticated()?;
        let run = self.endable(&mut *self.ctx.db.read().await?, actor, id).await?;
        let trying = trial::Trying::of(&self.runner, &run).await?.filter(|trying| trying.owes && run.state.is_over());
        trying.ok_or_else(|| Fault::conflict("load-conflict-not-owed"))?.by_hand(actor).await
    }

    async fn compare(&self, actor: &Actor, typed: &Typed) -> Result<LoadComparisonId, Fault> {
        actor.require_somewhere(MAY_RUN)?;
        let asked = ComparisonOrder::parse(typed, script)?;
        let order = &asked.order;
        let both = async |conn: &mut AnyConnection| {
            let candidate = self.chosen(conn, actor, &order.target, "target").await?;
            let baseline = self.chosen(conn, actor, &asked.baseline, "baseline").await?;
            candidate.against(&baseline)?;
            candidate.plan(&order.script)?;
            baseline.plan(&order.script)?;
            Ok((baseline, candidate))
        };
        let (baseline, candidate) = both(&mut *self.ctx.db.read().await?).await?;
        self.permitted(&candidate.url, "target").await?;
        self.permitted(&baseline.url, "baseline").await?;
        let mut tx = self.ctx.begin_write().await?;
        let (baseline, candidate) = both(&mut tx).await?;
        deployed::refuse_other(&mut tx, &candidate, Some(&baseline), &order.subject).await?;
        self.room(&mut tx, 2 * asked.turns).await?;
        let id: LoadComparisonId = self.ctx.new_id();
        comparisons::insert(&mut tx, &id, (&baseline, &candidate), &asked, &actor.name, self.ctx.now()).await?;
        // All are asked for in one moment: their ids keep their order in lists.
        let mut ids: Vec<LoadRunId> = (0..2 * asked.turns).map(|_| self.ctx.new_id()).collect();
        ids.sort_unstable_by(|one, other| one.as_str().cmp(other.as_str()));
        let all: Vec<(Run, String)> = (0..2 * asked.turns)
            .zip(ids)
            .map(|(turn, run)| {
                let side = side_of(turn);
                let target = if side == Side::Baseline { &baseline } else { &candidate };
                let run = Run { id: run, comparison: Some(id.clone()), side: Some(side), turn, ..self.fresh(actor, target, order) };
                let sealed = seal::close(&self.ctx, &run, &order.script)?;
                Ok((run, sealed))
            })
            .collect::<Result<_, Fault>>()?;
        runs::insert(&mut tx, &all).await?;
        tx.ring(NAME);
        let detail = json!({
            "baseline": baseline.url, "candidate": candidate.url, "turns": asked.turns, "script_sha256": all.first().map(|(run, _)| script_mark(&run.script)).transpose()?,
            "artifact_sha": order.subject.artifact_sha,
        });
        let label = format!("{} / {}", candidate.name, baseline.name);
        self.record(&mut tx, actor, "load.compare", Object::new("load-comparison", &id, label, Some(&candidate.team)), &detail).await?;
        tx.commit().await?;
        Ok(id)
    }

    async fn comparison(&self, actor: &Actor, id: &LoadComparisonId) -> Result<Comparison, Fault> {
        actor.require_somewhere(Permission::Read)?;
        let mut conn = self.ctx.db.read().await?;
        let reach = actor.reach(Permission::Read);
        let found = comparisons::get(&mut conn, &reach, id).await?;
        let mut runs = runs::of_comparison(&mut conn, id).await?;
        // Of one that was asked for while a baseline might be another team's.
        runs.retain(|run| reach.includes(&run.team));
        Ok(Comparison { runs, ..found })
    }

    async fn call_off(&self, actor: &Actor, id: &LoadComparisonId) -> Result<(), Fault> {
        actor.authenticated()?;
        let mut tx = self.ctx.begin_write().await?;
        let found = comparisons::get(&mut tx, &actor.reach(Permission::Read), id).await?;
        actor.require(MAY_RUN, &found.team, "load-comparison")?;
        self.end_comparison(tx, actor, &found).await
    }
}
