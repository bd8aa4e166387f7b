//! The run book of a change under way: steps ticked off one by one, pause, rolling back; and freezes that two people break.

use axum::extract::Path;
use domain::{
    Fault, Permission,
    changes::{Detail, FreezeBreak, Kind, Rollback, State, StepClock, StepResult, Tick, ToolRef, failed_step, open_step},
    id::{ChangeId, ToolId},
};
use leptos::prelude::*;

use super::{
    acts,
    runs::{StepLog, StepRuns},
    steps::step_facts,
    undoing::RollBack,
};
use crate::{
    components::{Badge, Button, ButtonKind, Notice, Panel, PostButton, Running, TextAreaField, Tone, When, duration},
    fault::Answer,
    form::{FormState, PostedForm},
    i18n::say_wording,
    t,
    visit::{Visit, current_locale, use_visit},
};

fn read(id: &str) -> Result<ChangeId, Fault> {
    ChangeId::parse(id).ok_or(Fault::NotFound("change"))
}

async fn answer(visit: Visit, id: &ChangeId, form: PostedForm, done: Result<(), Fault>, toast: &'static str) -> Answer {
    match done {
        Ok(()) => Ok(visit.go(&format!("/changes/{id}#runbook"), toast)),
        Err(fault) => acts::refused(&visit, id.as_str(), form, fault).await,
    }
}

/// `POST /changes/{id}/steps/{place}`; the first step is 0.
pub(super) async fn tick(visit: Visit, Path((id, place)): Path<(String, String)>, form: PostedForm) -> Answer {
    let id = read(&id)?;
    let place = place.parse().map_err(|_| Fault::NotFound("step"))?;
    let done = visit.portal.carrying.tick(&visit.actor, &id, place, &form.typed).await;
    let mut form = form;
    form.typed.set("step", place);
    answer(visit, &id, form, done, "toast-change-step").await
}

/// `POST /changes/{id}/steps/{place}/run`
pub(super) async fn run_step(visit: Visit, Path((id, place)): Path<(String, String)>, form: PostedForm) -> Answer {
    let id = read(&id)?;
    let place = place.parse().map_err(|_| Fault::NotFound("step"))?;
    let done = visit.portal.carrying.run_step(&visit.actor, &id, place, &form.typed).await.map(drop);
    answer(visit, &id, form, done, "toast-run-requested").await
}

/// `POST /changes/{id}/pause`
pub(super) async fn pause(visit: Visit, Path(id): Path<String>, form: PostedForm) -> Answer {
    let id = read(&id)?;
    let done = visit.portal.carrying.pause(&visit.actor, &id, &form.typed).await;
    answer(visit, &id, form, done, "toast-change-paused").await
}

/// `POST /changes/{id}/resume`
pub(super) async fn resume(visit: Visit, Path(id): Path<String>, form: PostedForm) -> Answer {
    let id = read(&id)?;
    let done = visit.portal.carrying.resume(&visit.actor, &id).await;
    answer(visit, &id, form, done, "toast-change-resumed").await
}

/// `POST /changes/{id}/rollback`
pub(super) async fn roll_back(visit: Visit, Path(id): Path<String>, form: PostedForm) -> Answer {
    let id = read(&id)?;
    let done = visit.portal.carrying.roll_back(&visit.actor, &id, &form.typed).await;
    answer(visit, &id, form, done, "toast-change-rollback").await
}

/// `POST /changes/{id}/break-glass`
pub(super) async fn break_glass(visit: Visit, Path(id): Path<String>, form: PostedForm) -> Answer {
    let id = read(&id)?;
    let done = visit.portal.carrying.break_glass(&visit.actor, &id, &form.typed).await;
    answer(visit, &id, form, done, "toast-break-asked").await
}

/// `POST /changes/{id}/break-glass/agree`
pub(super) async fn agree(visit: Visit, Path(id): Path<String>, form: PostedForm) -> Answer {
    let id = read(&id)?;
    let done = visit.portal.carrying.agree_to_break(&visit.actor, &id, &form.typed).await;
    answer(visit, &id, form, done, "toast-freeze-broken").await
}

fn result_tone(result: StepResult) -> Tone {
    match result {
        StepResult::Done => Tone::Ok,
        StepResult::Failed => Tone::P2,
        StepResult::Skipped => Tone::NoData,
    }
}

/// The steps with what became of each; with buttons while the work is under way.
#[component]
pub(super) fn RunBook(detail: Detail, log: Option<StepLog>, form: FormState) -> impl IntoView {
    let under_way = detail.summary.state == State::Executing;
    if !under_way && detail.ticks.is_empty() {
        return ().into_any();
    }
    let visit = use_visit();
    let rolling = detail.rollback.as_ref().is_some_and(Rollback::is_open);
    let under_way = under_way && !rolling;
    let may = under_way && visit.actor.may(Permission::ExecuteChanges, &detail.content.team);
    let id = detail.summary.id.to_string();
    let length = detail.summary.started_at.map(|from| match detail.summary.finished_at {
        Some(until) => view! { <p class="muted">{t!("changes-runbook-took", length = duration(until.since(from)))}</p> }.into_any(),
        None => view! { <p class="muted">{t!("changes-runbook-since")}" "<Running from/></p> }.into_any(),
    });
    let maintained = under_way.then(|| match detail.maintained_until.filter(|until| *until > visit.now) {
        Some(until) => {
            let unapproved = detail.summary.kind == Kind::Emergency && detail.summary.approvals < detail.summary.needed;
            let words = if unapproved { "changes-maintained-unapproved" } else { "changes-maintained" };
            view! { <p class="muted">{t!(words, until = visit.wall(until))}</p> }.into_any()
        }
        None => view! { <Notice tone=Tone::P3 title=t!("changes-maintained-over")/> }.into_any(),
    });
    let failed = failed_step(&detail.ticks).filter(|_| under_way).map(|tick| {
        view! { <Notice tone=Tone::P2 title=t!("changes-clock-failed", number = tick.place + 1)/> }
    });
    let paused = detail.paused_at.map(|at| view! { <Notice tone=Tone::P3 title=t!("changes-paused")><p><When at/></p></Notice> });
    let open = may && detail.paused_at.is_none();
    // Who ticks a step off need not be who may run its tool.
    let team = &detail.content.team;
    let works = [Permission::RequestChanges, Permission::ExecuteChanges].into_iter().any(|one| visit.actor.may(one, team));
    let runs_tools = under_way && detail.paused_at.is_none() && works && visit.actor.may_somewhere(Permission::RunSafeTools);
    // Whoever alone approved it does not carry it out, and nobody does what was refused.
    let refused = detail.work_refusal().filter(|_| open || runs_tools);
    let disabled = refused.is_some();
    let refused = refused.map(|why| view! { <Notice tone=Tone::P3 title=say_wording(current_locale(), &why)/> });
    let next = open_step(detail.content.steps.len(), &detail.ticks);
    let steps = detail
        .content
        .steps
        .iter()
        .enumerate()
        .map(|(place, step)| {
            let tick = detail.ticks.iter().find(|tick| tick.place == place).cloned();
            let running = detail.runs.iter().any(|run| run.step == place && !run.undo && !run.state.is_over());
            let tool = step.tool.as_ref().filter(|_| runs_tools && !running).map(|tool| {
                let fields = secret_fields(&detail.tools, tool);
                let action = format!("/changes/{id}/steps/{place}/run");
                view! { <form class="post row" method="post" action=action>{fields}<Button label=t!("changes-step-run") icon="play" small=true disabled/></form> }
            });
            let runs: Vec<_> = detail.runs.iter().filter(|run| run.step == place && !run.undo).cloned().collect();
            let runs = view! { <StepRuns runs log=log.clone() page=format!("/changes/{id}")/> };
            let first = next == Some(place);
            // What was typed stands where it was typed.
            let note = if form.get("step") == place.to_string() { form.get("note") } else { String::new() };
            let acts = open.then(|| {
                let action = format!("/changes/{id}/steps/{place}");
                view! { <TickForm action next=first note check=step.check.clone() disabled/> }
            });
            let fails = first && under_way && tick.as_ref().is_some_and(|tick| tick.result == StepResult::Failed);
            let clock = detail.clocks.get(place).map(|clock| view! { <Clock clock=*clock failed=fails/> });
            view! {
                <li data-step=place.to_string()>
                    {step_facts(step.clone(), &detail.tools)}
                    {tick.map(|tick| view! { <Ticked tick/> })}
                    {clock}
                    {tool}
                    {runs}
                    {acts}
                </li>
            }
        })
        .collect_view();
    let to = |act: &str| format!("/changes/{id}/{act}");
    let acts = may.then(|| {
        let pause = if detail.paused_at.is_some() {
            view! { <PostButton action=to("resume") label=t!("changes-resume") kind=ButtonKind::Primary icon="play"/> }.into_any()
        } else {
            view! {
                <details class="confirm" open=form.error("reason").is_some()>
                    <summary class="button">{t!("changes-pause")}</summary>
                    <form class="confirm-body" method="post" action=to("pause")>
                        <TextAreaField form=&form name="reason" label=t!("changes-field-reason") rows=2/>
                        <Button label=t!("changes-pause")/>
                    </form>
                </details>
            }
            .into_any()
        };
        view! {
            <div class="row">
                {pause}
                <RollBack detail=detail.clone() text=t!("changes-roll-back-text")/>
            </div>
        }
    });
    view! {
        <Panel title=t!("changes-runbook") id="runbook">
            <div class="stack">
                {length}
                {maintained}
                {paused}
                {failed}
                {refused}
                <ol class="changes-steps">{steps}</ol>
                {acts}
            </div>
        </Panel>
    }
    .into_any()
}

/// What no plan says of a tool that is run as the plan says, and so is typed beside the button: its secrets.
pub(super) fn secret_fields(tools: &[ToolRef], tool: &ToolId) -> impl IntoView + use<> {
    let keys = tools.iter().find(|known| known.id == *tool).map_or_else(Vec::new, |known| known.secrets.clone());
    keys.into_iter()
        .map(|key| {
            let name = format!("p.{key}");
            view! { <label class="field"><span>{key}</span><input class="input" type="password" name=name autocomplete="off"/></label> }
        })
        .collect_view()
}

#[component]
fn Ticked(tick: Tick) -> impl IntoView {
    let note = (!tick.note.is_empty()).then(|| view! { <p>{tick.note}</p> });
    view! {
        <p class="row">
            <Badge tone=result_tone(tick.result) word=t!(&format!("changes-step-{}", tick.result))/>
            <span class="muted">{tick.by}" · "<When at=tick.at/></span>
        </p>
        {note}
    }
}

/// When a step began, and how long it took or has run for: one that failed runs until it is put right.
#[component]
fn Clock(clock: StepClock, failed: bool) -> impl IntoView {
    let Some(from) = clock.begun_at else { return ().into_any() };
    let at = use_visit().wall(from);
    match clock.ended_at.filter(|_| !failed) {
        Some(until) => {
            let length = duration(until.since(from));
            view! { <p class="muted">{t!("changes-clock-took", at = at, length = length)}</p> }.into_any()
        }
        None => view! { <p class="muted">{t!("changes-clock-runs", at = at)}" "<Running from/></p> }.into_any(),
    }
}

#[component]
fn TickForm(action: String, next: bool, note: String, check: String, disabled: bool) -> impl IntoView {
    let open = next || !note.is_empty();
    let go = (!check.is_empty()).then(|| view! { <p>{t!("changes-go-no-go", check = check)}</p> });
    view! {
        <details class="changes-tick" open=open>
            <summary>{t!("changes-step-tick")}</summary>
            <form class="form" method="post" action=action>
                {go}
                <label class="field"><span>{t!("changes-field-remark")}</span><input class="input" name="note" maxlength="1000" value=note/></label>
                <div class="row">
                    <Button label=t!("changes-step-done") kind=ButtonKind::Primary icon="check" name="result" value="done" disabled/>
                    <Button label=t!("changes-step-failed") icon="x" name="result" value="failed" disabled/>
                    <Button label=t!("changes-step-skipped") kind=ButtonKind::Quiet name="result" value="skipped" disabled/>
                </div>
            </form>
        </details>
    }
}

/// Freezes in the way: who asked to break one, and the second person's button.
#[component]
pub(super) fn Breaking(detail: Detail, form: FormState) -> impl IntoView {
    if detail.breaks.is_empty() && detail.powers.breakable.is_empty() && detail.powers.unbreakable.is_empty() {
        return ().into_any();
    }
    let id = detail.summary.id.to_string();
    let (agrees, house) = (detail.powers.agree, detail.powers.agree_house);
    let known = detail
        .breaks
        .into_iter()
        .map(|one| {
            let agrees = agrees && (house || !one.house);
            view! { <li><One id=id.clone() one agrees/></li> }
        })
        .collect_view();
    let cannot = detail.powers.unbreakable.iter().map(|why| view! { <p>{say_wording(current_locale(), why)}</p> }).collect_view();
    let asks = detail
        .powers
        .breakable
        .into_iter()
        .map(|freeze| {
            let refused = freeze.id.is_some() && freeze.id == Some(form.get("freeze"));
            let reason = if refused { form.get("reason") } else { String::new() };
            view! {
                <details class="confirm" open=refused>
                    <summary class="button" data-kind="danger">{t!("changes-break", freeze = freeze.label)}</summary>
                    <form class="confirm-body" method="post" action=format!("/changes/{id}/break-glass")>
                        <p>{t!("changes-break-text")}</p>
                        <input type="hidden" name="freeze" value=freeze.id/>
                        <label class="field">
                            <span>{t!("changes-field-reason")}</span>
                            <input class="input" id=refused.then_some("field-reason") name="reason" maxlength="1000" required value=reason/>
                        </label>
                        <Button label=t!("changes-break-ask") kind=ButtonKind::Danger/>
                    </form>
                </details>
            }
        })
        .collect_view();
    view! { <Panel title=t!("changes-breaks") id="breaks"><ul class="changes-steps">{known}</ul>{cannot}<div class="row">{asks}</div></Panel> }
        .into_any()
}

#[component]
fn One(id: String, one: FreezeBreak, agrees: bool) -> impl IntoView {
    let agreed = one.agreed_at;
    let another = use_visit().actor.user() != Some(&one.asked_id);
    let act = (agrees && another && agreed.is_none() && !one.void).then(|| {
        view! {
            <form class="post" method="post" action=format!("/changes/{id}/break-glass/agree")>
                <input type="hidden" name="break" value=one.id.to_string()/>
                <Button label=t!("changes-break-agree") kind=ButtonKind::Danger/>
            </form>
        }
    });
    let waits = if one.house { t!("changes-break-waits-house") } else { t!("changes-break-waits") };
    let void = one.void.then(|| view! { <p>{t!("changes-break-void")}</p> });
    let state = match agreed {
        None if one.void => ().into_any(),
        Some(at) => view! { <p>{t!("changes-break-done", name = one.agreed_by)}" · "<When at/></p> }.into_any(),
        None => view! { <p class="muted">{waits}</p> }.into_any(),
    };
    view! {
        <p><strong>{one.freeze_reason}</strong>": "{one.reason}</p>
        <p class="muted">{one.asked_by}" · "<When at=one.asked_at/></p>
        {state}
        {void}
        {act}
    }
}
