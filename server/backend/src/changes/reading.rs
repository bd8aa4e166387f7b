//! Lists, the calendar, one change with everything about it.

use domain::{
    Actor, Fault, Page, PageRequest, Permission, Span,
    changes::{
        Act, Calendar, Choices, Conflict, Content, Demands, Detail, Filter, Freeze, Other, Powers, Question, State, Step, StepRun, Subject,
        Summary, TeamRef, Tick, step_clocks, step_of,
    },
    form::Typed,
    id::{ChangeId, TeamId, UserId},
    tools::Run,
};

use super::{
    Service, authority, binding, breaking,
    carrying::sole_refusal,
    loaded::{self, Loaded},
    since,
    standing::Standing,
    store,
    surroundings::Around,
    undoing, verifying,
};
use crate::{calendars, deployments, files, incidents, occasions, people, systems, tools};

/// Most changes that a calendar shows.
const MOST: u32 = 500;

/// Incidents of which the change is the confirmed cause; one of another team by its number only.
async fn caused(conn: &mut sqlx::AnyConnection, actor: &Actor, id: &ChangeId) -> Result<Vec<Other>, Fault> {
    let mut caused = Vec::new();
    for (incident, number, title) in incidents::caused_by(conn, id).await? {
        let readable = actor.may(Permission::Read, &incidents::team(conn, &incident).await?);
        let label = if readable { format!("INC-{number} {title}") } else { format!("INC-{number}") };
        caused.push(Other { noun: "incident".into(), id: readable.then(|| incident.to_string()), label });
    }
    Ok(caused)
}

impl Loaded {
    /// The change as the rule of conflicts looks at it.
    pub(super) fn subject<'a>(&'a self, owners: &'a [TeamId]) -> Subject<'a> {
        let span = self.stored.summary.busy();
        let subject = Subject::new(Some(self.id()), &self.content.team, (&self.content.systems, owners), span);
        Subject { risk: self.content.risk, ..subject }
    }
}

/// The tools that were run for its steps: of a run that the actor may not see only that it is there.
fn step_runs(actor: &Actor, steps: &[Step], ticks: &[Tick], runs: Vec<Run>) -> Vec<StepRun> {
    let told = |run: Run| {
        let seen = actor.may(Permission::Read, &run.team);
        Some(StepRun {
            step: step_of(steps, ticks, &run)?,
            undo: run.undo,
            run: seen.then_some(run.id),
            state: run.state,
            requested_by: run.requested_name,
            requested_at: run.requested_at,
            exit_code: run.exit_code.filter(|_| seen),
        })
    };
    runs.into_iter().filter_map(told).collect()
}

impl Service {
    pub(super) async fn list(&self, actor: &Actor, filter: &Filter, page: &PageRequest) -> Result<Page<Summary>, Fault> {
        actor.require_somewhere(Permission::Read)?;
        let mut conn = self.ctx.db.read().await?;
        let rows = store::list(&mut conn, &actor.reach(Permission::Read), filter, page).await?;
        let cut = Page::cut(rows, page.limit, |c| (c.summary.window.span.from.0, c.summary.id.to_string()));
        let items = loaded::named(&mut conn, cut.items.into_iter().map(|c| c.summary).collect()).await?;
        Ok(Page { items, next: cut.next })
    }

    pub(super) async fn calendar(&self, actor: &Actor, filter: &Filter, span: Span) -> Result<Calendar, Fault> {
        actor.require_somewhere(Permission::Read)?;
        let mut conn = self.ctx.db.read().await?;
        let reach = actor.reach(Permission::Read);
        let mut found = store::overlapping(&mut conn, &reach, filter, span, MOST + 1).await?;
        let cut = found.len() > MOST as usize;
        found.truncate(MOST as usize);
        let found = loaded::wholes(&mut conn, found).await?;
        let mut conflicts = Vec::with_capacity(found.len());
        let widest = found
            .iter()
            .map(|change| &change.stored.summary)
            .filter(|c| c.state.is_live())
            .map(Summary::busy)
            .reduce(|a, b| Span { from: a.from.min(b.from), to: a.to.max(b.to) });
        let mut around = match widest {
            Some(widest) => Some(Around::gather(&mut conn, actor, widest, self.ctx.now()).await?),
            None => None,
        };
        for change in &found {
            let Some(around) = around.as_mut().filter(|_| change.stored.summary.state.is_live()) else {
                conflicts.push(Vec::new());
                continue;
            };
            conflicts.push(around.of_change(&mut conn, change).await?);
        }
        let owners = found.iter().flat_map(|change| &change.systems).map(|system| (system.id.clone(), system.team.clone())).collect();
        let changes: Vec<Summary> = found.into_iter().map(|change| change.stored.summary).collect();
        let freezes = store::freezes(&mut conn, &reach, span).await?;
        let freezes = super::freezing::named(&mut conn, freezes).await?;
        let occasions = occasions::during(&mut conn, &reach, span).await?;
        let foreign = calendars::during(&mut conn, &reach, span).await?;
        Ok(Calendar { changes, conflicts, freezes, occasions, foreign, owners, cut })
    }

    pub(super) async fn detail(&self, actor: &Actor, id: &str) -> Result<Detail, Fault> {
        let mut conn = self.ctx.db.read().await?;
        let change = loaded::change(&mut conn, actor, id).await?;
        let version = change.stored.version;
        let changed = since::since_approval(&mut conn, &change).await?;
        let given = store::approvals(&mut conn, change.id(), version).await?;
        let demands = {
            let demands = change.demands();
            let mut not: Vec<&UserId> = change.writers.iter().chain(&change.hands).collect();
            not.extend(given.iter().filter(|a| !a.void).map(|a| &a.approver));
            authority::status(&mut conn, &demands, &authority::counts(&demands, &given), &not).await?
        };
        let (mut evidence, shown) = self.evidence(&mut conn, &change).await?;
        // What the systems of others are made of is told to whoever reads them all.
        if !change.owners().iter().all(|team| actor.reach(Permission::Read).includes(team)) {
            for one in &mut evidence {
                one.production = one.production.take().map(|_| Vec::new());
                one.differs.clear();
            }
        }
        let summary = &change.stored.summary;
        let ticks = store::ticks(&mut conn, change.id()).await?;
        let running = summary.state == State::Executing;
        let by_tools = change.content.steps.iter().any(|step| step.tools().next().is_some());
        let runs = if by_tools { tools::of_change(&mut conn, change.id()).await? } else { Vec::new() };
        let rollback = store::rollback(&mut conn, change.id()).await?.map(|(known, _)| known);
        let mut detail = Detail {
            summary: change.stored.summary.clone(),
            content: change.content.clone(),
            hash: change.stored.hash.clone(),
            version,
            sequence: change.stored.sequence,
            demands,
            policy: change.stored.demands.policy.clone(),
            approvals_given: given,
            conflicts: self.conflicts_of(&mut conn, actor, &change).await?,
            changed_since_approval: changed,
            evidence,
            shown,
            to_undo: undoing::places(&change, &ticks, &runs, rollback.as_ref()),
            runs: step_runs(actor, &change.content.steps, &ticks, runs),
            clocks: step_clocks(change.content.steps.len(), &ticks, summary.started_at, running),
            ticks,
            paused_at: change.stored.paused_at,
            maintained_until: change.stored.maintained_until,
            rollback: undoing::seen(&mut conn, actor, rollback).await?,
            deployments: deployments::of_change(&mut conn, &actor.reach(Permission::Read), change.id()).await?,
            breaks: store::breaks(&mut conn, change.id(), version).await?,
            overrides: store::overrides(&mut conn, change.id()).await?,
            caused: caused(&mut conn, actor, change.id()).await?,
            verification: match store::verification(&mut conn, change.id(), false).await? {
                Some(known) => Some(verifying::veiled(&mut conn, actor, known).await?),
                None => None,
            },
            tools: binding::tool_refs(&mut conn, &change.content).await?,
            files: files::files(&mut conn, files::Holder::Change(change.id())).await?,
            entries: store::entries(&mut conn, change.id()).await?,
            powers: Powers::default(),
            created_at: change.stored.created_at,
        };
        let ground = self.ground(&mut conn, actor, &change).await?;
        let waits = ground.gate(&change).next(Question::Approve).is_ok();
        let unfit = ground.gate(&change).refusals(Question::Approve).into_iter().next().map(|refusal| refusal.why);
        let ground = ground.of_executor(&mut conn, actor, &change).await?;
        let state = change.stored.summary.state;
        let may = |act: Act, permission| state.after(act).is_some() && actor.may(permission, change.team());
        let (fit, refusal) =
            if waits { self.approval_power(&mut conn, actor, &change, &detail.approvals_given).await? } else { (false, None) };
        let later = fit && refusal.is_none() && unfit.is_some();
        let refusal = refusal.or(unfit.filter(|_| fit));
        let start = ground.gate(&change).next(Question::Start).is_ok() && actor.may(Permission::ExecuteChanges, change.team());
        let judge = may(Act::Judge, Permission::ExecuteChanges);
        let mut unbreakable = Vec::new();
        detail.powers = Powers {
            revise: may(Act::Revise, Permission::RequestChanges),
            attach: actor.may(Permission::RequestChanges, change.team()),
            submit: may(Act::Submit, Permission::RequestChanges),
            approve: fit && refusal.is_none(),
            schedule: may(Act::Schedule, Permission::ExecuteChanges),
            start,
            finish: may(Act::Finish, Permission::ExecuteChanges),
            judge,
            judge_refusal: if judge { verifying::refusal(&mut conn, actor, &change).await? } else { None },
            close: may(Act::Close, Permission::ExecuteChanges),
            cancel: may(Act::Cancel, Permission::RequestChanges),
            // Also under way: what was set or edited meanwhile closes the gate again.
            breakable: if state.is_live() && actor.may(Permission::ExecuteChanges, change.team()) {
                let asked = |freeze: &Freeze| detail.breaks.iter().any(|one| one.freeze == freeze.id && !one.void);
                let other = |f: Freeze| Other { noun: "freeze".into(), id: Some(f.id.to_string()), label: f.content.reason };
                let blocking = ground.blocking(&change).into_iter().filter(|freeze| !asked(freeze));
                let (may, not): (Vec<Freeze>, Vec<Freeze>) = blocking.partition(|freeze| breaking::may_ask(actor, freeze));
                for freeze in &not {
                    unbreakable.push(breaking::refusal(&mut conn, actor, freeze).await?);
                }
                may.into_iter().map(other).collect()
            } else {
                Vec::new()
            },
            agree: change.may_agree_to_break(actor) && !change.is_theirs(actor),
            agree_waiver: change.may_agree_to_waive(actor) && !change.is_theirs(actor),
            agree_house: breaking::may_agree_everywhere(actor),
            unbreakable,
            approve_refusal: refusal,
            approve_later: later,
            hand_refusal: if state == State::Executing { sole_refusal(&mut conn, actor, &change).await? } else { None },
            start_refusals: if start { ground.gate(&change).refusals(Question::Start) } else { Vec::new() },
        };
        Ok(detail)
    }

    pub(super) async fn choices(&self, actor: &Actor) -> Result<Choices, Fault> {
        actor.authenticated()?;
        let mut conn = self.ctx.db.read().await?;
        let systems = systems::all(&mut conn, &actor.reach(Permission::Read)).await?.iter().map(loaded::reference).collect();
        let teams = people::teams(&mut conn, &actor.reach(Permission::Read)).await?;
        let teams = teams.into_iter().map(|team| TeamRef { id: team.id, name: team.name }).collect();
        let tools = tools::usable(&mut conn, &actor.reach(Permission::Read)).await?;
        let tools = tools.into_iter().map(binding::tool_ref).collect();
        Ok(Choices { teams, systems, tools })
    }

    pub(super) async fn check(&self, actor: &Actor, id: Option<&ChangeId>, typed: &Typed) -> Result<Vec<Conflict>, Fault> {
        actor.require_somewhere(Permission::RequestChanges)?;
        let mut conn = self.ctx.db.read().await?;
        let change = loaded::if_named(&mut conn, actor, id).await?;
        let draft = self.drafted(&mut conn, actor, change.as_ref(), typed).await?;
        self.clashes(&mut conn, actor, id, &draft).await
    }

    /// What is in the way of what is typed.
    pub(super) async fn clashes(
        &self,
        conn: &mut sqlx::AnyConnection,
        actor: &Actor,
        id: Option<&ChangeId>,
        draft: &Draft,
    ) -> Result<Vec<Conflict>, Fault> {
        let mut around = Around::gather(conn, actor, draft.content.window.span, self.ctx.now()).await?;
        let standing = draft.standing(conn, &mut around).await?;
        around.of(&standing.of(draft.subject(id)))
    }

    /// What is typed for a change, new or there already, and the teams that own its systems.
    pub(super) async fn drafted(
        &self,
        conn: &mut sqlx::AnyConnection,
        actor: &Actor,
        change: Option<&Loaded>,
        typed: &Typed,
    ) -> Result<Draft, Fault> {
        let old = change.map_or(&[][..], |change| change.systems.as_slice());
        let (content, systems) = self.parse(conn, actor, typed, old).await?;
        // What its policy refuses it for is said when it is requested.
        let demands = match self.terms(conn, &content, &systems).await {
            Ok(terms) => terms.demands,
            Err(Fault::Invalid(_)) => Demands::default(),
            Err(fault) => return Err(fault),
        };
        let mut owners: Vec<_> = systems.into_iter().map(|s| s.team).collect();
        owners.sort();
        owners.dedup();
        Ok(Draft {
            content,
            owners,
            demands,
            writers: change.into_iter().flat_map(|change| &change.writers).chain(actor.user()).cloned().collect(),
        })
    }
}

/// What is typed for a change.
pub(super) struct Draft {
    pub(super) content: Content,
    /// Teams that own its systems.
    owners: Vec<TeamId>,
    /// What it would take.
    demands: Demands,
    /// Who wrote it.
    writers: Vec<UserId>,
}

impl Draft {
    pub(super) fn subject<'a>(&'a self, id: Option<&'a ChangeId>) -> Subject<'a> {
        let content = &self.content;
        let subject = Subject::new(id, &content.team, (&content.systems, &self.owners), content.window.span);
        Subject { risk: content.risk, ..subject }
    }

    pub(super) async fn standing(&self, conn: &mut sqlx::AnyConnection, around: &mut Around) -> Result<Standing, Fault> {
        around
            .foreseen(conn, (self.content.kind, &self.content.steps), (&self.demands, &[]), &self.writers.iter().collect::<Vec<_>>())
            .await
    }
}
